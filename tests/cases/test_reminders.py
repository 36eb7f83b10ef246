"""Reminders that can be trusted: each in time, each once, and none that is no longer true."""

from __future__ import annotations

import re
import socket
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from consentkit.cases import actions, reminders
from consentkit.cases.log import Detail
from consentkit.cases.models import Case, Deadline, Heartbeat, Reminder
from consentkit.cases.reminders import Moment, moments
from consentkit.correspondence import reminding
from consentkit.correspondence.reminding import sweep
from consentkit.letters.actions import take_in
from consentkit.teams.models import User
from tests.world import a_request

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
FRIDAY = TODAY + timedelta(days=7 + (4 - TODAY.weekday()) % 7)
SATURDAY, SUNDAY, MONDAY = (FRIDAY + timedelta(days=days) for days in (1, 2, 3))


def noon(day: date, zone: str = "UTC") -> datetime:
    return datetime.combine(day, time(12), ZoneInfo(zone))


def somebody(name: str = "ada", **told: object) -> User:
    return User.objects.create_user(f"{name}@example.org", "secret", **{"name": "Ada", **told})


def a_case(owner: User, **told: object) -> Case:
    """A case whose letter is made and sent, and of which nobody is reminded before next week."""
    request = a_request(date=TODAY, **told)
    case = take_in(request, owner=owner, place="IE")
    details = {Detail.LETTER: 1, Detail.CHANNEL: "email"}
    actions.record(case, "sent", on=TODAY, by=owner, details=details)
    return case


def remind(case: Case, *days: date, unless_heard: bool = False) -> None:
    """Set reminders. Other dates of the case keep quiet, so that a test sees these alone."""
    for day in days:
        details = {Detail.DUE: day.isoformat(), Detail.UNLESS_HEARD: unless_heard}
        actions.record(case, "reminder_set", on=TODAY, by=case.owner, details=details)
    case.deadlines.exclude(key="own_reminder").update(remind_on=None)


def received(case: Case, day: date) -> int:
    details = {Detail.LETTER: 1, Detail.EVIDENCE: "signed"}
    return actions.record(case, "received", on=day, by=case.owner, details=details).number


def answer(case: Case) -> Deadline:
    """The date of the answer that counts now."""
    return case.deadlines.get(key="answer", void=False)


def ledger(**which: object) -> list[tuple[str, str]]:
    rows = Reminder.objects.filter(**which).order_by("deadline__day", "pk")
    return [(row.kind, row.state) for row in rows]


def told_of(message: mail.EmailMessage) -> list[str]:
    """The texts of an e-mail's lines, without the addresses and the end."""
    body = str(message.body).partition("All your dates:")[0]
    return [line for line in body.splitlines() if line and "://" not in line]


# Which moments a date has -------------------------------------------------------------------------

DAY = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (
            {"key": "sue_until", "is_ours": True, "is_law": True},
            [("2026-04-20", "before.14"), ("2026-05-01", "before.3"), ("2026-05-04", "today"),
             ("2026-05-05", "missed")],
        ),
        ({"key": "send_it", "is_ours": True}, [("2026-05-04", "today")]),
        ({"key": "complain_from", "is_ours": True, "is_law": True, "is_marker": True},
         [("2026-05-04", "today")]),
        ({"key": "answer", "is_law": True},
         [("2026-05-04", "theirs_today"), ("2026-05-05", "theirs_missed")]),
        ({"key": "answer", "is_law": True, "overdue_from": date(2026, 5, 7)},
         [("2026-05-04", "theirs_today"), ("2026-05-07", "theirs_missed")]),
        ({"key": "extension_notice", "is_law": True, "is_marker": True}, []),
    ],
)  # fmt: skip
def test_a_date_has_its_moments(about, expected):
    known = {"is_ours": False, "is_law": False, "is_marker": False, **about}

    found = moments(Deadline(day=DAY, **known), [14, 3])

    assert found == [Moment(date.fromisoformat(on), kind) for on, kind in expected]


# The sweep ----------------------------------------------------------------------------------------


def test_what_is_due_is_sent_once_however_often_one_looks():
    case = a_case(somebody())
    remind(case, FRIDAY)

    sent = [sweep(noon(FRIDAY) + timedelta(minutes=5 * turn)) for turn in range(4)]

    assert sent == [1, 0, 0, 0]
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert ledger() == [("today", "sent")]
    assert Reminder.objects.get().message_id == mail.outbox[0].extra_headers["Message-ID"]


def test_nothing_is_sent_before_its_day():
    remind(a_case(somebody()), FRIDAY)

    assert sweep(noon(FRIDAY - timedelta(days=1))) == 0
    assert ledger() == []


def test_a_worker_that_was_away_from_friday_to_monday_says_everything_once_and_the_oldest_first():
    case = a_case(somebody(names_in_mail=True))
    remind(case, MONDAY, SATURDAY, FRIDAY, SUNDAY, MONDAY + timedelta(days=1))

    assert sweep(noon(MONDAY)) == 1
    assert sweep(noon(MONDAY)) == 0

    assert ledger() == [("today", "sent")] * 4
    said = Reminder.objects.order_by("pk").values_list("deadline__day", flat=True)
    assert sorted(said) == [FRIDAY, SATURDAY, SUNDAY, MONDAY]
    claimed = reminders.Reminder.objects.order_by("deadline__day")
    assert {row.message_id for row in claimed} == {mail.outbox[0].extra_headers["Message-ID"]}
    assert mail.outbox[0].subject == "4 dates in your cases"
    assert list(case.deadlines.filter(remind_on__isnull=False).values_list("day", flat=True)) == [
        MONDAY + timedelta(days=1)
    ]


def test_whoever_waited_longest_is_told_first():
    for name, day in (("carl", SUNDAY), ("ada", FRIDAY), ("una", SATURDAY)):
        remind(a_case(somebody(name)), day)

    assert sweep(noon(MONDAY)) == 3
    assert [message.to[0].partition("@")[0] for message in mail.outbox] == ["ada", "una", "carl"]


def test_a_date_whose_moments_were_missed_is_one_line_that_says_how_it_stands():
    case = a_case(somebody())
    received(case, TODAY)
    deadline = answer(case)
    assert deadline.overdue_from is not None
    case.deadlines.exclude(pk=deadline.pk).update(remind_on=None)

    assert sweep(noon(deadline.overdue_from)) == 1

    assert ledger() == [("theirs_today", "sent"), ("theirs_missed", "sent")]
    day = f"{deadline.day:%B} {deadline.day.day}, {deadline.day.year}"
    assert told_of(mail.outbox[0]) == [
        f"They had time until {day}. If nothing has come, it is time for the next step."
    ]


def test_the_reminder_of_a_missed_date_is_the_last_one_and_the_date_stays_late():
    case = a_case(somebody())
    received(case, TODAY)
    deadline = answer(case)
    sweep(noon(deadline.overdue_from))

    assert Deadline.objects.get(pk=deadline.pk).remind_on is None
    assert Deadline.objects.get(pk=deadline.pk).is_overdue(deadline.overdue_from)


@pytest.mark.parametrize(
    ("kind", "details", "key", "text"),
    [
        (None, {}, "send_it", "You have not sent your letter yet."),
        ("sent", {Detail.LETTER: 1, Detail.CHANNEL: "post"}, "prove_receipt",
         "There is no acknowledgement yet that your letter arrived."),
        ("identity_requested", {}, "answer_identity",
         "They asked who you are, and wait for your answer."),
        ("clarification_requested", {}, "answer_question",
         "They asked you something, and wait for your answer."),
        ("fee_requested", {}, "answer_fee", "They want a fee, and wait for your answer."),
        ("bounced", {Detail.LETTER: 1}, "choose_channel",
         "Your letter came back. Choose another way to send it."),
        ("answered", {Detail.VERDICT: "partial"}, "next_step", "It is time for the next step."),
        ("answered", {Detail.VERDICT: "complete"}, "close_it",
         "They answered. Look through it, and close the case if nothing is missing."),
    ],
)  # fmt: skip
def test_every_step_of_ones_own_has_its_reminder(kind, details, key, text):
    owner = somebody()
    case = take_in(a_request(date=TODAY), owner=owner, place="IE")
    if kind not in (None, "sent"):
        sent = {Detail.LETTER: 1, Detail.CHANNEL: "email"}
        actions.record(case, "sent", on=TODAY, by=owner, details=sent)
    if kind:
        actions.record(case, kind, on=TODAY, by=owner, details=details)
    case.deadlines.exclude(key=key).update(remind_on=None)
    deadline = case.deadlines.get(key=key)

    assert sweep(noon(deadline.day - timedelta(days=1))) == 0
    assert sweep(noon(deadline.day)) == 1
    assert told_of(mail.outbox[0]) == [text]


def test_ones_own_dates_are_reminded_as_long_before_as_one_likes():
    owner = somebody(lead="10,2")
    request = a_request("us-il-bipa", "notice", date=TODAY)
    case = take_in(request, owner=owner, place="US-IL")
    first = TODAY - timedelta(days=5 * 365 - 60)
    actions.record(case, "first_collected", on=first, by=owner)
    deadline = case.deadlines.get(key="sue_until", void=False)
    case.deadlines.exclude(pk=deadline.pk).update(remind_on=None)

    days = [day for day in range(-20, 4) if sweep(noon(deadline.day + timedelta(days=day)))]

    assert days == [-10, -2, 0, 1]
    assert ledger() == [(kind, "sent") for kind in ("before.10", "before.2", "today", "missed")]


def test_other_days_of_notice_count_for_dates_that_are_known_already(client):
    owner = somebody(lead="10")
    case = take_in(a_request("us-il-bipa", "notice", date=TODAY), owner=owner, place="US-IL")
    first = TODAY - timedelta(days=5 * 365 - 60)
    actions.record(case, "first_collected", on=first, by=owner)
    deadline = case.deadlines.get(key="sue_until", void=False)
    assert deadline.remind_on == deadline.day - timedelta(days=10)

    client.force_login(owner)
    chosen = {"language": "", "time_zone": "", "lead": "30", "remind": "on", "name": "Ada"}
    assert client.post(reverse("account"), chosen).status_code == 302

    deadline.refresh_from_db()
    assert deadline.remind_on == deadline.day - timedelta(days=30)


# What is no longer true ---------------------------------------------------------------------------


def test_a_date_that_moved_is_reminded_on_its_new_day_alone():
    case = a_case(somebody())
    number = received(case, TODAY)
    before = answer(case)
    actions.strike(case, number, by=case.owner, reason="it was another day")
    received(case, TODAY + timedelta(days=20))
    after = answer(case)
    case.deadlines.exclude(key="answer").update(remind_on=None)
    assert before.day < after.day

    assert sweep(noon(before.day + timedelta(days=1))) == 0
    assert sweep(noon(after.day)) == 1
    assert ledger(deadline=before) == []
    assert ledger(deadline=after) == [("theirs_today", "sent")]


def test_a_date_that_moves_back_is_reminded_again_only_of_what_was_not_said():
    case = a_case(somebody())
    received(case, TODAY)
    deadline = answer(case)
    case.deadlines.exclude(pk=deadline.pk).update(remind_on=None)
    sweep(noon(deadline.day))
    number = actions.record(
        case,
        "answered",
        on=TODAY + timedelta(days=1),
        by=case.owner,
        details={Detail.VERDICT: "complete"},
    ).number
    actions.strike(case, number, by=case.owner, reason="that was somebody else")
    case.deadlines.exclude(pk=deadline.pk).update(remind_on=None)

    assert sweep(noon(deadline.day)) == 0
    assert sweep(noon(deadline.overdue_from)) == 1
    assert ledger() == [("theirs_today", "sent"), ("theirs_missed", "sent")]


def claim_and_die(owner: User, now: datetime) -> list[Reminder]:
    """What a worker leaves that is killed before it sends."""
    [(found, deadlines)] = reminders.due(now)
    assert found == owner
    return reminders.claim(owner, deadlines, now=now, message_id="<first-try@example.org>")


def test_what_was_claimed_falls_away_when_its_date_is_struck():
    owner = somebody()
    case = a_case(owner)
    remind(case, FRIDAY)
    claim_and_die(owner, noon(FRIDAY))
    set_it = case.records.get(kind="reminder_set").number

    actions.strike(case, set_it, by=owner, reason="no longer needed")

    case.deadlines.exclude(key="own_reminder").update(remind_on=None)
    assert ledger() == [("today", "void")]
    assert sweep(noon(FRIDAY) + timedelta(minutes=20)) == 0
    assert mail.outbox == []


def test_what_was_claimed_before_it_changed_is_looked_at_again_before_it_is_sent():
    owner = somebody()
    case = a_case(owner)
    remind(case, FRIDAY)
    [(_, deadlines)] = reminders.due(noon(FRIDAY))
    Deadline.objects.filter(key="own_reminder").update(void=True)  # by another process, just now

    assert reminders.claim(owner, deadlines, now=noon(FRIDAY), message_id="<x@example.org>") == []
    assert ledger() == [("today", "void")]


def test_a_closed_case_reminds_no_more_and_an_opened_one_again():
    owner = somebody()
    case = a_case(owner)
    remind(case, FRIDAY)
    actions.close(case, "given_up", by=owner, on=TODAY)

    assert sweep(noon(FRIDAY)) == 0

    actions.reopen(case, by=owner, on=TODAY)
    case.deadlines.exclude(key="own_reminder").update(remind_on=None)
    assert sweep(noon(FRIDAY)) == 1


def test_a_reminder_unless_they_write_falls_away_when_they_do():
    owner = somebody()
    case = a_case(owner)
    remind(case, FRIDAY, unless_heard=True)
    remind(case, SATURDAY)
    actions.record(case, "wrote", on=TODAY, by=owner)
    case.deadlines.exclude(key="own_reminder").update(remind_on=None)

    assert sweep(noon(SUNDAY)) == 1
    assert list(Reminder.objects.values_list("deadline__day", "state")) == [(SATURDAY, "sent")]


def test_whoever_wants_no_reminders_gets_none_and_not_later_either():
    owner = somebody(remind=False)
    remind(a_case(owner), FRIDAY, MONDAY)

    assert sweep(noon(FRIDAY)) == 0
    owner.remind = True
    owner.save()
    assert sweep(noon(SATURDAY)) == 0
    assert sweep(noon(MONDAY)) == 1

    assert ledger() == [("today", "void"), ("today", "sent")]


# Where people live --------------------------------------------------------------------------------


def test_a_day_begins_where_the_person_lives():
    zones = {"hana": "Pacific/Honolulu", "aroha": "Pacific/Auckland"}
    for name, zone in zones.items():
        remind(a_case(somebody(name, time_zone=zone)), FRIDAY)

    def at_six(zone: str, minutes: int) -> datetime:
        six = datetime.combine(FRIDAY, time(6), ZoneInfo(zone)).astimezone(UTC)
        return six + timedelta(minutes=minutes)

    told = []
    for zone, minutes in (
        ("Pacific/Auckland", -1),
        ("Pacific/Auckland", 1),
        ("Pacific/Honolulu", -1),
        ("Pacific/Honolulu", 1),
    ):
        sweep(at_six(zone, minutes))
        told.append([message.to[0] for message in mail.outbox])

    assert told == [
        [],
        ["aroha@example.org"],
        ["aroha@example.org"],
        ["aroha@example.org", "hana@example.org"],
    ]


def test_a_time_zone_that_does_not_exist_is_that_of_the_site():
    owner = somebody(time_zone="Atlantis/Capital")

    assert owner.today(noon(FRIDAY)) == FRIDAY


# What the e-mail says -----------------------------------------------------------------------------


def test_an_e_mail_names_neither_person_nor_company_nor_law():
    case = a_case(somebody())
    received(case, TODAY)
    sweep(noon(answer(case).overdue_from))

    [message] = mail.outbox
    everything = f"{message.subject}\n{message.body}\n{message.extra_headers}"
    assert re.findall(r"Example|GDPR|Ada|access|@sample|CK-\w+", everything) == []
    assert f"http://127.0.0.1:8000/cases/{case.code}/" in str(message.body)
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert message.content_subtype == "plain"
    assert message.attachments == []


def test_the_subject_says_that_there_is_a_date_and_no_more():
    remind(a_case(somebody()), FRIDAY)
    sweep(noon(FRIDAY))

    assert mail.outbox[0].subject == "A date in one of your cases"


def test_names_stand_in_it_for_whoever_chose_that():
    remind(a_case(somebody(names_in_mail=True)), FRIDAY)
    sweep(noon(FRIDAY))

    [message] = mail.outbox
    assert message.subject == "Example (GDPR): A reminder that you set"
    assert told_of(message) == [
        "Example (GDPR): A reminder that you set",
        "You asked to be reminded of this case.",
    ]


def test_a_company_with_a_line_end_in_its_name_cannot_add_a_header():
    owner = somebody(names_in_mail=True)
    case = a_case(owner)
    case.about = {**case.about, "company": "Example\nBcc: everybody@example.org"}
    case.save()
    remind(case, FRIDAY)

    assert sweep(noon(FRIDAY)) == 1
    assert mail.outbox[0].subject.startswith("Example Bcc: everybody@example.org (GDPR)")


def test_it_is_in_the_language_of_its_reader():
    case = a_case(somebody(language="de"))
    remind(case, FRIDAY)
    sweep(noon(FRIDAY))

    assert f"http://127.0.0.1:8000/de/cases/{case.code}/" in str(mail.outbox[0].body)


def test_what_is_due_on_one_day_is_one_e_mail_with_a_row_for_each():
    owner = somebody()
    one, other = a_case(owner), a_case(owner, right="erasure")
    remind(one, FRIDAY)
    remind(other, FRIDAY)

    assert sweep(noon(FRIDAY)) == 1
    assert ledger() == [("today", "sent")] * 2
    assert [str(mail.outbox[0].body).count(case.code) for case in (one, other)] == [1, 1]


# When something breaks ----------------------------------------------------------------------------


def test_a_claim_whose_worker_died_is_sent_once_under_its_first_message_id():
    owner = somebody()
    remind(a_case(owner), FRIDAY)
    claim_and_die(owner, noon(FRIDAY))

    sent = [sweep(noon(FRIDAY) + timedelta(minutes=minutes)) for minutes in (5, 10, 16, 21, 60)]

    assert sent == [0, 0, 1, 0, 0]
    [message] = mail.outbox
    assert message.extra_headers["Message-ID"] == "<first-try@example.org>"
    assert ledger() == [("today", "sent")]


def test_without_a_way_to_the_mail_server_nothing_is_claimed_and_nothing_lost(settings):
    remind(a_case(somebody()), FRIDAY)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    with pytest.raises(OSError, match="refused"):
        sweep(noon(FRIDAY))
    assert ledger() == []
    assert not Heartbeat.objects.filter(name="sweep").exists()

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert sweep(noon(FRIDAY)) == 1


def test_a_site_without_a_mail_server_leaves_everything_due(settings):
    remind(a_case(somebody()), FRIDAY)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = ""

    assert sweep(noon(FRIDAY)) == 0
    assert ledger() == []
    assert Heartbeat.objects.get(name="sweep").at == noon(FRIDAY)


class Picky:
    """A mail server that refuses Carl for good, and puts Una off."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("carl"):
            return "550 5.1.1 no such user"
        if address.startswith("una"):
            return "451 4.7.1 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken += envelope.rcpt_tos
        return "250 OK"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_whom_the_mail_server_refuses_keeps_nobody_else_from_being_reminded(settings, caplog):
    for name in ("carl", "una", "ada"):
        remind(a_case(somebody(name)), FRIDAY)
    server = Picky()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = controller.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        with pytest.raises(reminding.NotAllReminded, match="1 e-mails"):
            sweep(noon(FRIDAY))
    finally:
        controller.stop()

    assert server.taken == ["ada@example.org"]
    states = Reminder.objects.values_list("recipient__email", "state")
    assert dict(states) == {
        "ada@example.org": "sent",
        "carl@example.org": "void",  # nobody there, now or in an hour
        "una@example.org": "claimed",  # again in a quarter of an hour
    }
    assert not Heartbeat.objects.filter(name="sweep").exists()
    assert "example.org" not in "".join(caplog.messages)


def test_a_case_that_cannot_be_read_keeps_nobody_else_from_being_reminded(settings):
    broken = a_case(somebody("carl", names_in_mail=True))
    remind(broken, FRIDAY)
    Case.objects.filter(pk=broken.pk).update(law="no-such-law")
    remind(a_case(somebody("una")), SATURDAY)

    with pytest.raises(reminding.NotAllReminded):
        sweep(noon(SATURDAY))

    assert [message.to for message in mail.outbox] == [["una@example.org"]]


def test_a_sweep_that_takes_too_long_leaves_the_rest_to_the_next(monkeypatch):
    remind(a_case(somebody()), FRIDAY)
    monkeypatch.setattr(reminding, "LONGEST", -1)
    assert sweep(noon(FRIDAY)) == 0
    assert ledger() == []
    assert not Heartbeat.objects.exists()

    monkeypatch.undo()
    assert sweep(noon(FRIDAY)) == 1


def test_the_ledger_takes_no_second_row_for_the_same_reminder():
    owner = somebody()
    remind(a_case(owner), FRIDAY)
    [(_, deadlines)] = reminders.due(noon(FRIDAY))

    first = reminders.claim(owner, deadlines, now=noon(FRIDAY), message_id="<one@example.org>")
    second = reminders.claim(owner, deadlines, now=noon(FRIDAY), message_id="<two@example.org>")

    assert (len(first), second) == (1, [])


# What it costs ------------------------------------------------------------------------------------


def test_finding_what_is_due_asks_once_however_much_there_is(django_assert_num_queries):
    for name in ("ada", "carl", "una"):
        remind(a_case(somebody(name)), FRIDAY)

    with django_assert_num_queries(1):
        found = reminders.due(noon(FRIDAY))

    assert [owner.email for owner, _ in found] == [
        f"{name}@example.org" for name in ("ada", "carl", "una")
    ]


def test_a_case_without_a_next_date_is_found():
    owner = somebody()
    case = a_case(owner)
    assert list(Case.objects.without_next_date()) == []

    Case.objects.filter(pk=case.pk).update(next_on=None)
    assert list(Case.objects.without_next_date()) == [case]
    actions.close(case, "given_up", by=owner, on=TODAY)
    assert list(Case.objects.without_next_date()) == []
