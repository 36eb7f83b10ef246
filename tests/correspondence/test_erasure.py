"""Whoever wants to be forgotten is forgotten: nothing of them is found afterwards, in any table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.utils import timezone
from django_q.models import OrmQ, Task

from consentkit import tasks
from consentkit.cases import actions as cases
from consentkit.cases.actions import Held
from consentkit.cases.models import Case, Deadline
from consentkit.cases.selection import Selection
from consentkit.confidential.addresses import seal_address
from consentkit.correspondence import outbox
from consentkit.correspondence.erasure import (
    delete_account,
    delete_case,
    finish_erasures,
    outlook,
)
from consentkit.correspondence.models import Message
from consentkit.correspondence.reminding import sweep
from consentkit.letters.actions import take_in
from consentkit.office import saved
from consentkit.teams.models import User
from tests import story

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LAST_DAY = date(2026, 6, 30)


def database() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as it lies there."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = [tuple(map(_plain, row)) for row in cursor.fetchall()]
            found[table] = sorted(rows, key=repr)
    return found


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def differences(before: dict, after: dict) -> dict[str, list[object]]:
    """The rows that came, by table."""
    return {
        table: [row for row in rows if row not in before[table]]
        for table, rows in after.items()
        if rows != before[table]
    }


# The account --------------------------------------------------------------------------------------


def test_after_a_deletion_every_table_is_as_if_they_had_never_come():
    story.tell("eve@example.org")
    before = database()
    ada = story.tell()
    Task.objects.create(
        id="1" * 32,
        name="x",
        func="consentkit.tasks.deliver",
        args=(ada.case.messages.get(outgoing=True).pk,),
        started=NOW,
        stopped=NOW,
        success=True,
    )
    assert {table for table, rows in differences(before, database()).items() if rows} >= {
        "account_emailaddress", "consentkit_attachment", "consentkit_attachmentpart",
        "consentkit_calendarfeed", "consentkit_case", "consentkit_caseword", "consentkit_deadline",
        "consentkit_digest", "consentkit_eventrecord", "consentkit_letter", "consentkit_message",
        "consentkit_proposal", "consentkit_reminder", "consentkit_user", "django_q_ormq",
        "django_q_task", "django_session", "mfa_authenticator",
    }  # fmt: skip

    told = delete_account(ada.user, now=NOW)

    assert (told.cases, told.letters, told.messages, told.files, told.held) == (1, 2, 2, 2, ())
    assert database() == before


@pytest.mark.django_db(transaction=True)
def test_what_was_sealed_is_overwritten_in_the_file():
    """On SQLite; PostgreSQL clears up behind itself in its own time."""
    ada = story.tell()
    sealed = [
        bytes(row[0])
        for table, column in (("case", "about"), ("letter", "request"), ("attachmentpart", "data"))
        for row in _raw(f"SELECT {column} FROM consentkit_{table}")
    ]
    if connection.vendor != "sqlite":
        pytest.skip("only on SQLite")
    assert len(sealed) == 5
    assert all(one[:100] in connection.connection.serialize() for one in sealed)

    delete_account(ada.user, now=NOW)

    left = connection.connection.serialize()
    assert [one for one in sealed if one[:100] in left] == []


def _raw(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_deleting_tells_beforehand_what_it_will_do():
    ada = story.tell(hold_until=LAST_DAY)
    other = story.request(date=date(2026, 3, 9))
    take_in(other, owner=ada.user, place="IE")
    told = outlook(ada.user, NOW.date())

    assert (told.cases, told.letters, told.messages, told.files) == (1, 1, 0, 0)
    (held,) = told.held
    assert (held.company, held.reference, held.until, held.reason) == (
        "Example",
        ada.case.reference,
        LAST_DAY,
        story.HOLD,
    )
    assert delete_account(ada.user, now=NOW) == told


def test_what_is_held_stays_until_its_day_and_the_account_is_closed_meanwhile(client):
    eve = story.tell("eve@example.org")
    before = database()
    ada = story.tell(hold_until=LAST_DAY)
    client.force_login(ada.user)
    saved.save(Selection(show="late"), "Ada’s late ones", by=ada.user)

    delete_account(ada.user, now=NOW)

    left = User.objects.get(pk=ada.user.pk)
    assert emptied(left) == {}
    assert (left.is_active, left.closed_at) == (False, NOW)
    assert not client.login(email=story.EMAIL, password="ein Passwort das keiner kennt")
    sealed = [seal_address(story.EMAIL, place) for place in ("user.email", "account.email")]
    came = differences(before, database())
    assert {table for table, rows in came.items() if rows} == {
        "consentkit_user", "consentkit_case", "consentkit_eventrecord", "consentkit_letter",
        "consentkit_message", "consentkit_attachment", "consentkit_attachmentpart",
        "consentkit_deadline", "consentkit_proposal", "consentkit_caseword", "django_q_ormq",
    }  # fmt: skip
    assert not [row for rows in came.values() for row in rows if set(sealed) & set(row)]
    case = Case.objects.get(owner=left)
    assert (case.company, cases.verify(case)) == ("Example", None)

    finish_erasures(datetime(2026, 7, 1, 11, tzinfo=UTC))  # still June on the westernmost islands
    assert Case.objects.filter(pk=ada.case.pk).exists()
    finish_erasures(datetime(2026, 7, 1, 13, tzinfo=UTC))
    finish_erasures(datetime(2026, 7, 1, 13, tzinfo=UTC))

    assert database() == before
    assert User.objects.get() == eve.user


def emptied(row: models.Model) -> dict[str, object]:
    """What a row still holds of that which its model says is erased."""
    found = {}
    for name in row.Privacy.erased:
        field = row._meta.get_field(name)
        value = list(getattr(row, name).all()) if field.many_to_many else getattr(row, name)
        is_empty = value in (None, "", []) or (
            not field.many_to_many and value == field.get_default()
        )
        if not is_empty and value != f"closed-{row.pk}@invalid" and not str(value).startswith("!"):
            found[name] = value
    return found


def test_an_account_of_somebody_is_not_empty():
    assert set(emptied(story.tell().user)) == {"email", "name", "password"}


def test_of_what_remains_nothing_that_must_go_is_left():
    """By what every model says of itself, whichever models there will be."""
    ada = story.tell(hold_until=LAST_DAY)
    delete_account(ada.user, now=NOW)
    held = {
        model: [
            field.name
            for field in model._meta.fields
            if field.name in ("case", "attachment", "deadline")
        ]
        for model in apps.get_app_config("consentkit").get_models()
    }

    left = {
        (model.__name__, name)
        for model, paths in held.items()
        if model is not Case and not paths
        for row in model._base_manager.all()
        for name in emptied(row)
    }

    assert left == set()


def test_nobody_is_reminded_of_what_is_only_kept_and_nothing_goes_out():
    ada = story.tell(hold_until=LAST_DAY)
    Message.objects.filter(outgoing=True).update(state="queued")
    delete_account(ada.user, now=NOW)

    sweep(NOW + timedelta(days=10))

    assert Deadline.objects.exclude(remind_on=None).count() == 0
    assert ada.case.messages.get(outgoing=True).state == "stopped"
    assert OrmQ.objects.count() <= 1  # of a message that is stopped, which the worker sees


def test_everywhere_they_were_signed_in_they_are_not_any_more(client):
    eve, ada = story.tell("eve@example.org"), story.tell()
    client.force_login(ada.user)
    theirs = client.session.session_key
    waiting = story.SessionStore()
    waiting["account_login"] = {"email": story.EMAIL.upper()}
    waiting.create()

    delete_account(ada.user, now=NOW)

    assert not Session.objects.filter(session_key=theirs).exists()
    left = Session.objects.values_list("session_data", flat=True)
    assert [waiting.decode(one)["_auth_user_id"] for one in left] == [str(eve.user.pk)]
    assert client.get("/").wsgi_request.user.is_anonymous


def test_the_address_is_free_again():
    ada = story.tell()
    delete_account(ada.user, now=NOW)

    again = User.objects.create_user(story.EMAIL, "x")

    assert again.pk != ada.user.pk
    assert EmailAddress.objects.count() == 0


def test_two_accounts_can_be_closed_at_a_time():
    for email in (story.EMAIL, "eve@example.org"):
        told = story.tell(email, hold_until=LAST_DAY)
        delete_account(told.user, now=NOW)

    assert User.objects.exclude(closed_at=None).count() == 2


def test_the_daily_task_finishes_what_was_begun():
    told = story.tell(hold_until=timezone.localdate() - timedelta(days=3))
    User.objects.filter(pk=told.user.pk).update(closed_at=timezone.now())

    tasks.finish_erasures()

    assert not User.objects.filter(pk=told.user.pk).exists()


def test_mail_in_the_outbox_of_a_development_site_goes_too(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.OUTBOX_FOLDER = str(tmp_path)
    ada, eve = story.tell(), story.tell("eve@example.org")
    for told in (ada, eve):
        outbox.keep(bytes(told.case.messages.get(outgoing=True).raw))
        outbox.keep(f"To: {told.user.email}\r\nSubject: 123456\r\n\r\nx\r\n".encode())
    assert len(outbox.listing()) == 4

    with django_capture_on_commit_callbacks(execute=True):
        delete_account(ada.user, now=NOW)

    assert [one.to for one in outbox.listing() if one.subject == "123456"] == ["eve@example.org"]
    assert len(outbox.listing()) == 2


# One case -----------------------------------------------------------------------------------------


def test_a_case_goes_whole_and_leaves_the_others_alone():
    eve = story.tell("eve@example.org")
    before = database()
    ada = story.tell()

    delete_case(ada.case, ada.user)

    came = {table for table, rows in differences(before, database()).items() if rows}
    assert came == {
        "account_emailaddress", "mfa_authenticator", "consentkit_calendarfeed",
        "consentkit_digest", "consentkit_user", "django_session",
    }  # fmt: skip
    assert Case.objects.get() == eve.case


def test_a_case_on_hold_is_not_deleted_before_its_day_is_over():
    ada = story.tell(hold_until=LAST_DAY)
    before = database()

    with pytest.raises(Held):
        delete_case(ada.case, ada.user, today=LAST_DAY)
    assert database() == before

    delete_case(ada.case, ada.user, today=LAST_DAY + timedelta(days=1))
    assert Case.objects.count() == 0
