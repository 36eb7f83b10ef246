"""The demo shows every place where a case can stand, a clinic and a group at work; made once."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils.timezone import localdate, now
from django_q.models import OrmQ

from consentkit.campaigns.models import Batch, Campaign, Participation
from consentkit.cases.actions import verify
from consentkit.cases.models import Case, EventRecord, Proposal, Reminder
from consentkit.cases.posture import Stage
from consentkit.cases.watch import to_acknowledge
from consentkit.clients.models import Client, Mandate
from consentkit.correspondence.models import Attachment, Message
from consentkit.imports.models import Import
from consentkit.letters import review
from consentkit.letters.approval import NotApproved, may_go_out
from consentkit.letters.models import Letter, Review
from consentkit.management.demo.clinic import STUDENT, SUPERVISOR
from consentkit.management.demo.companies import SHOP, SLUGS, SOCIAL, VIDEO
from consentkit.management.demo.group import COORDINATOR
from consentkit.management.demo.people import EMAIL
from consentkit.platforms.models import Platform
from consentkit.teams.access import memberships
from consentkit.teams.audit import verify as first_broken
from consentkit.teams.models import AuditEntry, Team, User

MODELS = (
    User, Case, EventRecord, Letter, Message, Attachment, Proposal,
    Team, Client, Mandate, Review, AuditEntry, Campaign, Participation, Batch, Import, Platform,
)  # fmt: skip


def run():
    out = io.StringIO()
    call_command("demo", stdout=out)
    return out.getvalue().strip()


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """The demo, made once for the tests of this file; what the command said."""
    with django_db_blocker.unblock():
        with override_settings(DEBUG=True):
            said = run()
        yield said
        # One after the other: an attachment goes with its case, and a case with its person.
        User.objects.all().delete()
        Team.objects.all().delete()
        AuditEntry.objects.all().delete()
        Platform.objects.all().delete()


@pytest.fixture
def person(made, db):
    return User.objects.get(email=EMAIL)


@pytest.fixture
def supervisor(made, db):
    return User.objects.get(email=SUPERVISOR)


@pytest.fixture
def student(made, db):
    return User.objects.get(email=STUDENT)


@pytest.fixture
def coordinator(made, db):
    return User.objects.get(email=COORDINATOR)


@pytest.fixture
def clinic(made, db):
    return Team.objects.get(slug="example-clinic")


@pytest.fixture
def group(made, db):
    return Team.objects.get(slug="demo-group")


def test_it_says_how_to_sign_in(made):
    assert made.splitlines() == [
        "The demo data are there: sign in as demo@example.org, password demo.",
        "The demo clinic is there: sign in as supervisor@example.org or student@example.org, "
        "password demo.",
        "The demo group is there: sign in as demo@example.org or coordinator@example.org, "
        "password demo.",
    ]


def test_a_case_stands_in_every_place_where_one_can_stand(person):
    stages = Counter(person.cases.values_list("stage", flat=True))

    assert set(stages) == {stage.value for stage in Stage}


def test_every_case_holds_together_and_those_of_the_group_count_in_statistics(person, group):
    cases = list(Case.objects.all())

    assert {case for case in cases if not case.demo} == set(group.cases.all())
    assert [case for case in cases if verify(case) is not None] == []
    assert list(Case.objects.without_next_date()) == []


def test_it_shows_what_can_go_wrong(person):
    today = localdate()
    cases = list(person.cases.filter(team=None))
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
    drafts = Letter.objects.filter(frozen_at=None, case__owner=person)

    assert [letter.case.stage for letter in drafts] == ["draft"]
    assert Message.objects.filter(outgoing=False).count() >= 5
    assert set(Attachment.objects.values_list("kind", flat=True)) == {
        "application/json", "application/pdf",
    }  # fmt: skip


def test_nobody_is_written_to(person):
    assert (OrmQ.objects.count(), Reminder.objects.count(), mail.outbox) == (0, 0, [])
    assert Message.objects.filter(outgoing=True).count() == 0


def test_a_company_that_did_something_is_an_invented_one(person):
    of_real_ones = EventRecord.objects.exclude(case__platform__in=SLUGS)

    assert set(of_real_ones.values_list("kind", flat=True)) == {"made", "sent"}


def test_its_person_can_sign_in(person, client):
    assert person.check_password("demo")
    assert person.emailaddress_set.get().verified


def test_running_it_twice_changes_nothing(person, settings):
    settings.DEBUG = True
    before = [(model, model.objects.count()) for model in MODELS]

    assert run().splitlines() == [
        "demo@example.org has an account already; nothing was changed.",
        "supervisor@example.org or student@example.org has an account; no clinic was made.",
        "coordinator@example.org has an account; no group was made.",
    ]

    assert [(model, model.objects.count()) for model in MODELS] == before


def test_it_is_refused_where_others_may_be(settings, db):
    settings.DEBUG = False
    before = User.objects.count()

    with pytest.raises(CommandError, match="DEBUG is off"):
        run()

    assert User.objects.count() == before


@pytest.mark.parametrize("name", ["person", "supervisor", "student", "coordinator"])
def test_every_page_of_it_can_be_looked_at(name, client, request):
    user = request.getfixturevalue(name)
    client.force_login(user)
    seen = Case.objects.visible_to(user)
    pages = ["/cases/", "/teams/", *(case.get_absolute_url() for case in seen)]

    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


def test_the_pages_of_the_clinic_show_its_work(supervisor, client):
    client.force_login(supervisor)
    letter = Review.objects.get().letter
    team = "/teams/example-clinic/"
    pages = {
        f"{team}reviews/": "Example Video",
        f"{team}clients/": "Dora Demo",
        f"{team}clients/1/": "-0002",
        f"{letter.case.get_absolute_url()}letters/{letter.number}/review/": "Approve with edits",
    }

    shown = {page: client.get(page).content.decode() for page in pages}

    assert [page for page, words in pages.items() if words not in shown[page]] == []


# The clinic ---------------------------------------------------------------------------------------


def test_the_clinic_has_somebody_who_runs_it_and_a_student(clinic, supervisor, student, person):
    assert [(one.user, one.role) for one in clinic.memberships.all()] == [
        (supervisor, "owner"),
        (student, "student"),
    ]
    assert clinic.name == "Example Clinic"
    assert not memberships(person).filter(team=clinic).exists()
    assert first_broken(clinic) is None


def test_both_can_sign_in(supervisor, student):
    assert [one.check_password("demo") for one in (supervisor, student)] == [True, True]
    assert supervisor.emailaddress_set.get().verified
    assert student.emailaddress_set.get().verified


def test_its_client_has_a_clear_check_and_a_signed_mandate(supervisor):
    dora = Client.objects.get(team__slug="example-clinic")

    assert (dora.name, dora.stage) == ("Dora Demo", "open")
    assert {check.state for check in dora.conflict_checks.all()} == {"clear"}
    assert dora.mandates.get().in_force(localdate())
    assert dora.cases.count() == 2


def test_a_letter_of_the_student_waits_for_the_supervisor(clinic, supervisor, student):
    [waiting] = review.waiting(clinic, supervisor)

    assert (waiting.asked_by, waiting.letter.kind) == (student, "reminder")
    assert not review.is_own(waiting, supervisor)
    with pytest.raises(NotApproved):
        may_go_out(waiting.letter, by=supervisor)


def test_both_are_asked_to_acknowledge_when_the_answer_is_due(supervisor, student):
    for user in (supervisor, student):
        coming = [one for one in to_acknowledge(user, now()) if one.day >= localdate()]

        assert [(one.case.kind, one.key) for one in coming] == [("erasure", "answer")]


def test_both_see_the_matters_and_nobody_else_does(clinic, supervisor, student, person):
    matters = set(clinic.cases.all())

    assert set(Case.objects.visible_to(supervisor)) == matters
    assert set(Case.objects.visible_to(student)) == matters
    assert not matters & set(Case.objects.visible_to(person))


# The group ----------------------------------------------------------------------------------------


def test_the_group_is_run_by_the_person_of_the_demo_and_a_coordinator(group, person, coordinator):
    assert [(one.user, one.role) for one in group.memberships.all()] == [
        (person, "owner"),
        (coordinator, "coordinator"),
    ]
    assert coordinator.check_password("demo")
    assert first_broken(group) is None


def test_some_forty_people_take_part_and_their_cases_stand_at_many_places(group, coordinator):
    stages = Counter(group.cases.values_list("stage", flat=True))

    assert 35 <= sum(stages.values()) <= 45
    assert set(stages) == {
        "draft", "waiting", "asked", "extended", "partial", "refused", "closed",
    }  # fmt: skip
    assert set(Case.objects.visible_to(coordinator)) == set(group.cases.all())


def test_everybody_in_it_is_plainly_of_the_demo(group):
    names = [one.name for one in group.clients.all()]

    assert [name for name in names if not name.endswith(" Demo")] == []
    assert set(group.cases.values_list("platform", flat=True)) < SLUGS


def test_its_campaign_is_open_and_has_a_public_page(group, client):
    page = client.get("/join/demo-group/what-does-example-video-know-about-you/")

    assert page.status_code == 200
    assert "Show me my letter" in page.content.decode()
    assert group.campaigns.exclude(closed_at=None).count() == 1


def test_it_has_an_import_and_letters_to_post_and_reminders_to_decide_about(group):
    people = group.imports.get()

    assert (people.state, people.wrong, people.there, people.waiting) == ("done", 2, 1, 1)
    assert [(one.kind, one.state) for one in group.batches.order_by("pk")] == [
        ("letters", "done"),
        ("chase", "ready"),
    ]
    assert {one.kind for one in group.batches.get(kind="letters").files.all()} == {"pdf", "zip"}


def test_its_companies_stay_when_the_directory_is_read_again(made, db):
    call_command("sync_platforms", stdout=io.StringIO())

    listed = Platform.objects.filter(listed=True, slug__in=SLUGS)
    assert {one.record() for one in listed} == {VIDEO, SOCIAL, SHOP}


@pytest.mark.parametrize("name", ["person", "coordinator"])
def test_the_pages_of_the_group_show_its_work(name, group, client, request):
    client.force_login(request.getfixturevalue(name))
    team = f"/teams/{group.slug}/"
    letters, chase = (group.batches.get(kind=kind).pk for kind in ("letters", "chase"))
    pages = {
        "/cases/": "No answer, and late",
        f"{team}dashboard/": "Example Video",
        f"{team}platforms/": "Example Social",
        f"{team}campaigns/": "Delete what you know about us",
        f"{team}campaigns/what-does-example-video-know-about-you/": "Igor Demo",
        f"{team}texts/": "Many ask at once",
        f"{team}imports/{group.imports.get().pk}/": "Atlantis",
        f"{team}batches/{letters}/": "ZIP with one PDF for each letter",
        f"{team}batches/{chase}/": "Draft these letters",
        "/platforms/example-video/": "Example Video Europe Limited",
    }

    shown = {page: client.get(page).content.decode() for page in pages}

    assert [page for page, words in pages.items() if words not in shown[page]] == []
