"""The demo shows every place where a case can stand, and is made once."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils.timezone import localdate
from django_q.models import OrmQ

from consentkit.cases.actions import verify
from consentkit.cases.models import Case, EventRecord, Proposal, Reminder
from consentkit.cases.posture import Stage
from consentkit.correspondence.models import Attachment, Message
from consentkit.letters.models import Letter
from consentkit.management.commands import demo
from consentkit.teams.models import User

MODELS = (User, Case, EventRecord, Letter, Message, Attachment, Proposal)


def run():
    out = io.StringIO()
    call_command("demo", stdout=out)
    return out.getvalue().strip()


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """The demo, made once for the tests of this file."""
    with django_db_blocker.unblock():
        demo.make(localdate())
        yield User.objects.get()
        # One after the other: an attachment goes with its case, and a case with its person.
        User.objects.all().delete()


@pytest.fixture
def person(made, db):
    return made


def test_a_case_stands_in_every_place_where_one_can_stand(person):
    stages = Counter(Case.objects.values_list("stage", flat=True))

    assert set(stages) == {stage.value for stage in Stage}


def test_every_case_is_of_the_demo_and_holds_together(person):
    cases = list(Case.objects.all())

    assert [case for case in cases if case.owner != person or not case.demo] == []
    assert [case for case in cases if verify(case) is not None] == []
    assert list(Case.objects.without_next_date()) == []


def test_it_shows_what_can_go_wrong(person):
    today = localdate()
    cases = list(Case.objects.all())
    postures = {case.code: case.posture() for case in cases}
    missed = [due for found in postures.values() for due in found.late(today)]
    extended = next(found for found in postures.values() if found.stage is Stage.EXTENDED)

    assert {due.key for due in missed if due.is_ours and due.is_law} == {"confirm_cost"}
    assert {due.key for due in missed if not due.is_ours} >= {"answer"}
    assert extended.last("extension_notified").details["reasons"] is False
    assert "struck" in EventRecord.objects.values_list("kind", flat=True)
    assert [one.case.stage for one in Proposal.objects.filter(decided_at=None)] == ["sent"]


def test_it_has_a_german_case_and_one_under_bipa(person):
    assert set(Letter.objects.values_list("language", flat=True)) == {"en", "de"}
    assert Case.objects.filter(law="us-il-bipa", stage="waiting").count() == 1


def test_what_went_out_is_frozen_and_what_came_in_is_kept(person):
    drafts = Letter.objects.filter(frozen_at=None)

    assert [letter.case.stage for letter in drafts] == ["draft"]
    assert Message.objects.filter(outgoing=False).count() >= 5
    assert set(Attachment.objects.values_list("kind", flat=True)) == {
        "application/json", "application/pdf",
    }  # fmt: skip


def test_nobody_is_written_to(person):
    assert (OrmQ.objects.count(), Reminder.objects.count(), mail.outbox) == (0, 0, [])
    assert Message.objects.filter(outgoing=True).count() == 0


def test_a_company_that_did_something_is_an_invented_one(person):
    of_real_ones = EventRecord.objects.exclude(case__platform="")

    assert set(of_real_ones.values_list("kind", flat=True)) == {"made", "sent"}


def test_its_person_can_sign_in(person, client):
    assert person.check_password("demo")
    assert person.emailaddress_set.get().verified


def test_running_it_twice_changes_nothing(person, settings):
    settings.DEBUG = True
    before = [(model, model.objects.count()) for model in MODELS]

    assert run() == "demo@example.org has an account already; nothing was changed."

    assert [(model, model.objects.count()) for model in MODELS] == before


def test_it_is_refused_where_others_may_be(settings, db):
    settings.DEBUG = False
    before = User.objects.count()

    with pytest.raises(CommandError, match="DEBUG is off"):
        run()

    assert User.objects.count() == before


def test_every_page_of_it_can_be_looked_at(person, client):
    client.force_login(person)
    pages = ["/cases/", *(case.get_absolute_url() for case in Case.objects.all())]

    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
