"""manage.py tickle: the daily digest, which needs no queue and goes out once a day."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from django_q.models import OrmQ

from consentkit.cases import actions, clock
from consentkit.cases.log import Detail
from consentkit.cases.models import Case, Digest, Heartbeat
from consentkit.correspondence import digest
from consentkit.correspondence.agenda import agenda
from consentkit.correspondence.digest import send_digests
from consentkit.correspondence.mailings import in_words
from consentkit.correspondence.models import Message
from consentkit.letters.actions import take_in
from consentkit.teams.models import User
from tests.world import a_request

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
NOON = datetime.combine(TODAY, time(12), UTC)


def somebody(name: str = "ada", **told: object) -> User:
    return User.objects.create_user(f"{name}@example.org", "secret", **told)


def a_case(owner: User, *, made_ago: int = 0, **told: object) -> Case:
    """A case with a letter that was never sent; three days are given for that."""
    day = TODAY - timedelta(days=made_ago)
    return take_in(a_request(date=day, **told), owner=owner, place="IE")


def tickle() -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("tickle", stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def sections(message: mail.EmailMessage) -> dict[str, list[str]]:
    """What stands under each heading of a digest, without the addresses."""
    found: dict[str, list[str]] = {}
    for line in str(message.body).partition("All your dates:")[0].splitlines():
        if re.fullmatch(r"[A-Z ]+", line):
            found[line] = []
        elif line and "://" not in line:
            found[list(found)[-1]].append(line)
    return found


def test_a_digest_says_what_is_late_and_what_is_near():
    owner = somebody(lead="5")
    a_case(owner, made_ago=10)
    a_case(owner, made_ago=0, right="erasure")
    a_case(somebody("carl"), made_ago=0)

    assert send_digests(NOON) == 2

    ada, carl = sorted(mail.outbox, key=lambda one: one.to)
    late, soon = (
        f"{in_words(TODAY + timedelta(days=days))}: You have not sent your letter yet."
        for days in (-7, 3)
    )
    assert sections(ada) == {"LATE": [late], "SOON": [soon]}
    assert sections(carl) == {"SOON": [soon]}
    assert (ada.subject, carl.subject) == (
        "Your cases today: something is late",
        "Your cases today",
    )


def test_cases_without_a_next_date_and_doubtful_messages_are_in_it():
    owner = somebody()
    case = a_case(owner)
    case.deadlines.update(void=True)
    Case.objects.update(next_on=None)
    other = a_case(owner, right="erasure")
    other.deadlines.update(void=True)
    Message.objects.create(
        case=other, outgoing=True, state=Message.State.UNCERTAIN, message_id="<1@example.org>",
        made_at=NOON,
    )  # fmt: skip

    send_digests(NOON)

    body = str(mail.outbox[0].body)
    assert list(sections(mail.outbox[0])) == [
        "MESSAGES OF WHICH NOBODY KNOWS WHETHER THEY WENT OUT",
        "OPEN CASES WITHOUT A NEXT DATE",
    ]
    assert [body.index(other.code) < body.index(case.code)] == [True]


def test_ten_runs_are_one_digest_a_day():
    a_case(somebody(), made_ago=10)

    sent = [send_digests(NOON + timedelta(hours=hour)) for hour in range(10)]
    tomorrow = send_digests(NOON + timedelta(days=1))

    assert sent == [1] + [0] * 9
    assert tomorrow == 1
    assert list(Digest.objects.values_list("day", flat=True)) == [
        TODAY,
        TODAY + timedelta(days=1),
    ]


def test_a_digest_comes_in_the_persons_own_morning():
    for name, zone in (("hana", "Pacific/Honolulu"), ("aroha", "Pacific/Auckland")):
        a_case(somebody(name, time_zone=zone), made_ago=10)
    six = datetime.combine(TODAY, time(6), ZoneInfo("Pacific/Honolulu")).astimezone(UTC)
    send_digests(six - timedelta(hours=1))
    mail.outbox.clear()

    assert [send_digests(six - timedelta(minutes=1)), send_digests(six)] == [0, 1]
    assert mail.outbox[0].to == ["hana@example.org"]


def test_nobody_is_written_to_who_has_nothing_to_do_or_wants_no_e_mails():
    somebody("una")
    a_case(somebody("carl", remind=False), made_ago=10)
    a_case(somebody("ada", is_active=False), made_ago=10)

    assert send_digests(NOON) == 0
    assert mail.outbox == []


def test_the_page_says_it_to_whoever_wants_no_e_mails():
    owner = somebody(remind=False)
    case = a_case(owner, made_ago=10)

    assert [one.case for one in agenda(owner, NOON).late] == [case]


def test_a_digest_names_nobody_unless_that_was_chosen():
    a_case(somebody("ada"), made_ago=10)
    a_case(somebody("una", names_in_mail=True), made_ago=10)
    send_digests(NOON)

    plain, named = sorted(mail.outbox, key=lambda one: one.to)
    assert re.findall(r"Example|GDPR", f"{plain.subject} {plain.body}") == []
    assert sections(named)["LATE"] == [
        "Example (GDPR): Send the letter",
        f"{in_words(TODAY - timedelta(days=7))}: You have not sent your letter yet.",
    ]


def test_a_digest_whose_process_died_is_sent_by_a_later_run_of_the_day():
    owner = somebody()
    a_case(owner, made_ago=10)
    Digest.objects.create(
        recipient=owner, day=TODAY, claimed_at=NOON, message_id="<first@example.org>"
    )

    assert send_digests(NOON + timedelta(minutes=10)) == 0
    assert send_digests(NOON + timedelta(hours=1)) == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == "<first@example.org>"


def test_it_needs_no_queue_and_leaves_its_mark():
    a_case(somebody(), made_ago=10)
    clock.beat(clock.SWEEP, timezone.now())

    said, complained = tickle()

    assert complained == ""
    assert said in ("1 digests sent\n", "")  # at night there is nobody to be woken
    assert OrmQ.objects.count() == 0
    assert Heartbeat.objects.filter(name="digest").exists()


def test_it_says_when_the_queue_stands_still():
    clock.beat(clock.SWEEP, timezone.now() - timedelta(hours=27))

    _, complained = tickle()

    assert complained.startswith("THE CLOCK STANDS STILL: sweep ")


def test_a_run_that_did_not_reach_everybody_does_not_count(settings):
    a_case(somebody(), made_ago=10)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    with pytest.raises(OSError, match="refused"):
        send_digests(NOON)

    assert not Heartbeat.objects.filter(name="digest").exists()
    assert not Digest.objects.exists()


def test_the_ledger_of_digests_forgets_in_time():
    owner = somebody()
    a_case(owner, made_ago=10)
    send_digests(NOON - timedelta(days=40))
    send_digests(NOON)

    assert list(Digest.objects.values_list("day", flat=True)) == [TODAY]


def test_many_dates_need_no_more_queries(django_assert_num_queries):
    owner = somebody()
    a_case(owner, made_ago=10)
    with django_assert_num_queries(8):
        agenda(owner, NOON)

    for right in ("erasure", "portability", "objection_marketing"):
        a_case(owner, made_ago=10, right=right)
    with django_assert_num_queries(8):
        assert len(agenda(owner, NOON).late) == 4


def test_nobody_gets_a_list_without_an_end(monkeypatch):
    monkeypatch.setattr(digest, "MOST", 2)
    owner = somebody()
    for right in ("access", "erasure", "portability"):
        a_case(owner, made_ago=10, right=right)

    send_digests(NOON)

    told = sections(mail.outbox[0])["LATE"]
    assert len(told) == 3
    assert told[-1] == "There are more. The page of all your dates has them."


def test_a_date_that_was_let_go_is_no_longer_late():
    owner = somebody()
    case = a_case(owner, made_ago=10)
    [due] = case.posture().late(TODAY)

    actions.let_go(case, due, by=owner, on=TODAY, reason="The letter is not needed any more.")

    assert agenda(owner, NOON).late == []
    assert case.posture().last("let_go").get(Detail.DUTY) == "send_it"
