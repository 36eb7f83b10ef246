"""Two people know each date of a team's case; silence is told; a day's list is signed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from consentkit.cases import actions, control, watch
from consentkit.cases.control import NotSigned, State, Why, sign
from consentkit.cases.log import BadFact, Detail
from consentkit.cases.models import Acknowledgement, Case, ControlList, Deadline, Reminder
from consentkit.cases.reminders import OWNERS, SUPERVISORS
from consentkit.cases.watch import (
    NotYours,
    acknowledge,
    check_date,
    escalates_on,
    give_second,
    set_date,
    to_acknowledge,
)
from consentkit.clients.models import Client
from consentkit.correspondence.agenda import agenda, agendas
from consentkit.correspondence.reminding import sweep
from consentkit.letters.actions import take_in
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import end, found, wall_off
from consentkit.teams.models import AuditEntry, Membership, Team, User
from tests.world import a_person, a_request

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def on(days: int) -> datetime:
    """Noon, some days from now."""
    return noon(TODAY + timedelta(days=days))


@pytest.fixture(autouse=True)
def morning():
    """It is morning, so that it is the same day for everybody, whenever the tests run."""
    with time_machine.travel(noon(TODAY) - timedelta(hours=4)):
        yield


@pytest.fixture
def olga():
    return a_person("olga@example.org", name="Olga")


@pytest.fixture
def clinic(olga):
    return found("Example Clinic", by=olga)


def joins(team: Team, role: str, name: str, **fields: object) -> User:
    person = a_person(f"{name}@example.org", name=name.title(), **fields)
    Membership.objects.create(team=team, user=person, role=role, made_at=timezone.now())
    return person


@pytest.fixture
def ada(clinic):
    return joins(clinic, "caseworker", "ada")


@pytest.fixture
def ben(clinic):
    return joins(clinic, "caseworker", "ben", language="de", time_zone="Asia/Tokyo")


@pytest.fixture
def sue(clinic):
    return joins(clinic, "supervisor", "sue")


def a_team_case(team: Team, owner: User, second: User | None = None, **fields: object) -> Case:
    """A case of a team of which nobody is reminded by itself, so that a test sees what it adds."""
    case = take_in(a_request(date=TODAY), owner=owner, place="IE")
    Case.objects.filter(pk=case.pk).update(team=team, second=second, **fields)
    case = Case.objects.get(pk=case.pk)
    case.deadlines.update(remind_on=None)
    return case


def typed(case: Case, days: int, by: User, title: str = "Hearing") -> Deadline:
    """A date that somebody typed in, some days from now; no other date of the case counts."""
    day = TODAY + timedelta(days=days)
    fact = set_date(case, day=day, title=title, reason="Their letter.", by=by, on=TODAY)
    case.deadlines.exclude(key="date_set").update(remind_on=None, void=True)
    return case.deadlines.get(key="date_set", letter=fact.number)


def recipients() -> list[str]:
    return sorted(message.to[0] for message in mail.outbox)


def noted(team: Team) -> list[str]:
    return list(AuditEntry.objects.filter(team=team).values_list("action", flat=True))


# Reminders for two --------------------------------------------------------------------------------


def test_both_are_reminded_once_each_in_their_own_language(clinic, ada, ben):
    typed(a_team_case(clinic, ada, ben), 3, by=ada)

    sent = [sweep(on(0)) for _ in range(3)]

    assert sent == [2, 0, 0]
    assert recipients() == ["ada@example.org", "ben@example.org"]
    subjects = {message.to[0]: message.subject for message in mail.outbox}
    assert subjects["ada@example.org"] == "A date in one of your cases"
    assert subjects["ben@example.org"] != subjects["ada@example.org"]


def test_each_is_reminded_in_their_own_morning_and_by_their_own_notice(clinic, ada, ben):
    User.objects.filter(pk=ada.pk).update(lead="2")
    User.objects.filter(pk=ben.pk).update(lead="5")
    case = a_team_case(clinic, User.objects.get(pk=ada.pk), User.objects.get(pk=ben.pk))
    row = typed(case, 20, by=ada)
    for each in (ada, ben):
        acknowledge(row, by=each)
    told = []
    for days in range(14, 21):
        # 22:00 UTC of the evening before is seven in the morning in Tokyo.
        for moment in (on(days) - timedelta(hours=14), on(days)):
            mail.outbox.clear()
            sweep(moment)
            told += [(moment, who) for who in recipients()]

    assert told == [
        (on(15) - timedelta(hours=14), "ben@example.org"),
        (on(18), "ada@example.org"),
        (on(20) - timedelta(hours=14), "ben@example.org"),
        (on(20), "ada@example.org"),
    ]


def test_a_private_case_has_no_second_person_even_where_one_is_written_down(ada, ben):
    case = take_in(a_request(date=TODAY), owner=ada, place="IE")
    Case.objects.filter(pk=case.pk).update(second=ben)

    sweep(on(3))

    assert recipients() == ["ada@example.org"]


def test_whose_membership_ended_gets_none(clinic, olga, ada, ben):
    typed(a_team_case(clinic, ada, ben), 3, by=ada)
    end(Membership.objects.get(user=ben), by=olga)

    sweep(on(0))

    assert recipients() == ["ada@example.org"]
    assert Reminder.objects.get(recipient=ben).state == "void"


def test_whose_last_day_of_access_is_over_gets_none(clinic, ada, ben):
    typed(a_team_case(clinic, ada, ben), 3, by=ada)
    Membership.objects.filter(user=ben).update(expires_on=TODAY - timedelta(days=1))

    sweep(on(0))

    assert recipients() == ["ada@example.org"]


def test_who_is_behind_a_wall_gets_none(clinic, olga, ada, ben):
    client = Client.objects.create(
        team=clinic, number=1, name="Dora Demo", residence="DE-BE", made_at=timezone.now()
    )
    typed(a_team_case(clinic, ada, ben, client=client), 3, by=ada)
    wall_off(clinic, ben, client.pk, by=olga, reason="His sister.")

    sweep(on(0))

    assert recipients() == ["ada@example.org"]
    assert agenda(ben, on(0)).soon == []


def test_who_wants_no_reminders_gets_none_and_the_other_still_does(clinic, ada, ben):
    typed(a_team_case(clinic, ada, ben), 3, by=ada)
    User.objects.filter(pk=ben.pk).update(remind=False)

    sweep(on(0))

    assert recipients() == ["ada@example.org"]


def test_a_claim_whose_worker_died_is_not_taken_over_for_somebody_who_left(clinic, olga, ada, ben):
    row = typed(a_team_case(clinic, ada, ben), 3, by=ada)
    long_ago = on(0) - timedelta(hours=1)
    Reminder.objects.create(
        deadline=row, kind="before.3", recipient=ben, channel="email",
        claimed_at=long_ago, message_id="<dead@example.org>",
    )  # fmt: skip
    end(Membership.objects.get(user=ben), by=olga)

    sweep(on(0))

    assert recipients() == ["ada@example.org"]


def test_a_new_second_person_is_told_of_what_the_first_was_told(clinic, sue, ada, ben):
    case = a_team_case(clinic, ada)
    typed(case, 3, by=ada)
    sweep(on(0))
    mail.outbox.clear()

    give_second(case, ben, by=sue)
    case.deadlines.exclude(key="date_set").update(remind_on=None)
    sweep(on(0))

    assert recipients() == ["ben@example.org"]
    assert "case.second" in noted(clinic)


def test_the_second_person_is_somebody_else_who_may_see_the_case(clinic, sue, ada):
    case = a_team_case(clinic, ada)
    with pytest.raises(BadFact, match="somebody else"):
        give_second(case, ada, by=sue)
    with pytest.raises(BadFact, match="may not see"):
        give_second(case, a_person("stranger@example.org"), by=sue)
    with pytest.raises(Forbidden):
        give_second(case, sue, by=ada)

    assert Case.objects.get(pk=case.pk).second is None
    assert list(watch.without_second(clinic)) == [case]


def test_the_digest_is_about_the_same_dates_for_both(clinic, ada, ben, sue):
    row = typed(a_team_case(clinic, ada, ben), 3, by=ada)

    told = {one.owner: one for one in agendas(on(0))}

    assert [row in told[who].soon for who in (ada, ben)] == [True, True]
    assert [told[who].unknown for who in (ada, ben)] == [[row], [row]]
    assert sue not in told
    assert agenda(sue, on(0)).soon == []


# Acknowledging ------------------------------------------------------------------------------------


def test_each_acknowledges_for_themselves(clinic, ada, ben):
    row = typed(a_team_case(clinic, ada, ben), 10, by=ada)

    acknowledge(row, by=ada)
    acknowledge(row, by=ada)

    assert list(to_acknowledge(ada, on(0))) == []
    assert list(to_acknowledge(ben, on(0))) == [row]
    assert Acknowledgement.objects.count() == 1
    assert noted(clinic).count("date.acknowledged") == 1


def test_nobody_acknowledges_for_somebody_else(clinic, sue, ada, ben):
    row = typed(a_team_case(clinic, ada, ben), 10, by=ada)

    with pytest.raises(NotYours):
        acknowledge(row, by=sue)


def test_a_date_far_off_is_not_asked_about_yet(clinic, ada, ben):
    row = typed(a_team_case(clinic, ada, ben), 15, by=ada)

    assert list(to_acknowledge(ada, on(0))) == []
    assert list(to_acknowledge(ada, on(1))) == [row]


def test_what_no_law_sets_is_asked_about_once_it_was_missed(clinic, ada, ben):
    case = a_team_case(clinic, ada, ben)
    row = case.deadlines.get(key="send_it")

    assert list(to_acknowledge(ada, noon(row.day))) == []
    assert list(to_acknowledge(ada, noon(row.overdue_from))) == [row]


def test_a_moved_date_is_asked_about_anew(clinic, ada, ben):
    case = a_team_case(clinic, ada, ben)
    details = {Detail.LETTER: 1, Detail.CHANNEL: "email"}
    actions.record(case, "sent", on=TODAY, by=ada, details=details)
    before = case.deadlines.get(key="answer", void=False)
    acknowledge(before, by=ada)

    actions.record(case, "extension_notified", on=TODAY, by=ada, details={Detail.REASONS: True})

    after = case.deadlines.get(key="answer", void=False)
    assert after.day > before.day
    assert after in to_acknowledge(ada, noon(after.day))


# Silence ------------------------------------------------------------------------------------------


def kinds_told() -> list[tuple[str, str]]:
    rows = Reminder.objects.filter(kind__startswith="silence", state="sent").order_by("pk")
    return [(row.recipient.email, row.kind) for row in rows]


def test_silence_is_told_to_the_supervisors_once_and_later_to_the_owners(clinic, sue, ada, ben):
    row = typed(a_team_case(clinic, ada, ben), 10, by=ada)
    acknowledge(row, by=ada)

    by_day = []
    for days in range(7):
        for _ in range(2):
            sweep(on(days))
        by_day.append(kinds_told())

    supervisors = ("sue@example.org", SUPERVISORS)
    owners = ("olga@example.org", OWNERS)
    assert by_day == [
        [], [], [], [supervisors], [supervisors],
        [supervisors, owners], [supervisors, owners],
    ]  # fmt: skip
    assert noted(clinic).count("date.escalated") == 2
    [told] = [message for message in mail.outbox if message.to == ["sue@example.org"]]
    assert told.subject == "A date of your team is not acknowledged"
    assert "Ben" not in told.body


def test_where_both_know_nothing_is_told(clinic, sue, ada, ben):
    row = typed(a_team_case(clinic, ada, ben), 10, by=ada)
    for each in (ada, ben):
        acknowledge(row, by=each)

    for days in range(8):
        sweep(on(days))

    assert kinds_told() == []


def test_a_near_date_does_not_wait_for_patience(clinic, ada, ben):
    case = a_team_case(clinic, ada, ben)

    assert escalates_on(typed(case, 10, by=ada)) == TODAY + timedelta(days=3)
    assert escalates_on(typed(case, 3, by=ada)) == TODAY + timedelta(days=2)
    assert escalates_on(typed(case, 1, by=ada)) == TODAY


def test_without_a_supervisor_the_owners_are_told_and_not_twice(clinic, ada, ben):
    typed(a_team_case(clinic, ada, ben), 10, by=ada)

    for days in range(7):
        sweep(on(days))

    assert kinds_told() == [("olga@example.org", SUPERVISORS)]


def test_a_supervisor_behind_a_wall_is_not_told(clinic, olga, sue, ada, ben):
    client = Client.objects.create(
        team=clinic, number=1, name="Dora Demo", residence="DE-BE", made_at=timezone.now()
    )
    typed(a_team_case(clinic, ada, ben, client=client), 10, by=ada)
    wall_off(clinic, sue, client.pk, by=olga, reason="Her sister.")

    sweep(on(3))

    assert kinds_told() == [("olga@example.org", SUPERVISORS)]


def test_somebody_who_left_is_silent_so_the_supervisors_learn_of_it(clinic, olga, sue, ada, ben):
    row = typed(a_team_case(clinic, ada, ben), 10, by=ada)
    acknowledge(row, by=ada)
    end(Membership.objects.get(user=ben), by=olga)

    sweep(on(3))

    assert kinds_told() == [("sue@example.org", SUPERVISORS)]


# Dates that somebody types in ---------------------------------------------------------------------


def test_a_typed_date_is_a_date_of_ours_that_no_law_sets(clinic, ada, ben):
    case = a_team_case(clinic, ada, ben)
    row = typed(case, 5, by=ada)

    [due] = [one for one in case.posture().dues if one.key == "date_set"]
    assert (row.day, row.is_law, row.is_ours) == (TODAY + timedelta(days=5), False, True)
    assert due.unchecked
    assert "date.set" in noted(clinic)


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"reason": " "}, "where this date comes from"),
        ({"title": "\n"}, "what this date is"),
        ({"day": TODAY - timedelta(days=1)}, "over already"),
    ],
)
def test_a_typed_date_needs_a_name_a_reason_and_a_day_to_come(clinic, ada, ben, told, complaint):
    case = a_team_case(clinic, ada, ben)
    whole = {"day": TODAY, "title": "Hearing", "reason": "Their letter.", **told}

    with pytest.raises(BadFact, match=complaint):
        set_date(case, by=ada, on=TODAY, **whole)


def test_a_second_person_checks_it_once(clinic, ada, ben, sue):
    case = a_team_case(clinic, ada, ben)
    number = typed(case, 5, by=ada).letter

    with pytest.raises(BadFact, match="Somebody else has to check"):
        check_date(case, number, by=ada, on=TODAY)
    check_date(case, number, by=ben, on=TODAY)
    with pytest.raises(BadFact, match="checked already"):
        check_date(case, number, by=sue, on=TODAY)

    assert [one.unchecked for one in case.posture().dues if one.key == "date_set"] == [False]
    assert "date.checked" in noted(clinic)


def test_only_a_typed_date_can_be_checked(clinic, ada, ben):
    with pytest.raises(BadFact, match="no such date"):
        check_date(a_team_case(clinic, ada, ben), 1, by=ben, on=TODAY)


# The list at the end of a day ---------------------------------------------------------------------


def the_list(team: Team, days: int = 0) -> control.Sheet:
    return control.sheet_of(team, TODAY + timedelta(days=days))


def why(sheet: control.Sheet) -> dict[str, tuple[Why, ...]]:
    return {line.deadline.key: line.whys for line in sheet.lines}


def signs(team: Team, person: User, **told: object) -> ControlList:
    sheet = the_list(team)
    whole = {
        "content_hash": sheet.content_hash,
        "ticked": {line.deadline.pk for line in sheet.lines},
        "remark": "",
        **told,
    }
    return sign(team, TODAY, by=person, **whole)


def test_the_list_has_every_date_with_which_something_was_that_day(clinic, ada, ben):
    case = a_team_case(clinic, ada, ben)
    row = typed(case, 0, by=ada)
    other = a_team_case(clinic, ada, ben)
    actions.record(
        other, "sent", on=TODAY, by=ada, details={Detail.LETTER: 1, Detail.CHANNEL: "email"}
    )
    actions.record(other, "extension_notified", on=TODAY, by=ada, details={Detail.REASONS: True})
    [due] = [one for one in case.posture().open if one.key == "date_set"]
    actions.let_go(case, due, by=ada, on=TODAY, reason="Called off.")

    sheet = the_list(clinic)
    told = why(sheet)
    [answer] = [
        line for line in sheet.lines if line.deadline.key == "answer" and not line.deadline.void
    ]

    assert told["date_set"] == (Why.DUE, Why.ENTERED, Why.LET_GO)
    assert row.pk in {line.deadline.pk for line in sheet.lines}
    assert answer.whys == (Why.MOVED,)
    assert answer.before < answer.deadline.day


def test_a_date_that_nobody_checked_stays_on_the_list_until_somebody_does(clinic, ada, ben):
    case = a_team_case(clinic, ada, ben)
    number = typed(case, 9, by=ada).letter
    assert why(the_list(clinic, days=3))["date_set"] == (Why.UNCHECKED,)

    check_date(case, number, by=ben, on=TODAY)

    assert "date_set" not in why(the_list(clinic, days=3))
    assert why(the_list(clinic))["date_set"] == (Why.ENTERED,)


def test_a_list_has_the_same_hash_alone_and_among_others(clinic, ada, ben):
    case = a_team_case(clinic, ada, ben)
    typed(case, 0, by=ada)
    Team.objects.filter(pk=clinic.pk).update(made_at=on(-30))
    clinic.refresh_from_db()

    among = {day.sheet.day: day.sheet.content_hash for day in control.days(clinic, on(5))}

    assert among[TODAY + timedelta(days=5)] == the_list(clinic, days=5).content_hash
    if TODAY in among:
        assert among[TODAY] == the_list(clinic).content_hash


def test_a_change_after_the_signature_makes_another_list(clinic, sue, ada, ben):
    case = a_team_case(clinic, ada, ben)
    typed(case, 5, by=ada)
    signed = signs(clinic, sue, remark="All seen.")
    assert control.day_of(clinic, TODAY, on(0)).state is State.SIGNED

    typed(case, 6, by=ada, title="Another hearing")

    changed = control.day_of(clinic, TODAY, on(1))
    assert changed.state is State.CHANGED
    assert changed.is_missing
    assert changed.sheet.content_hash != signed.content_hash
    signs(clinic, sue)
    assert control.day_of(clinic, TODAY, on(1)).state is State.SIGNED
    assert ControlList.objects.count() == 2
    assert noted(clinic).count("control.signed") == 2


def test_a_list_is_signed_once_and_only_when_every_line_is_ticked(clinic, sue, olga, ada, ben):
    typed(a_team_case(clinic, ada, ben), 5, by=ada)

    with pytest.raises(NotSigned, match="Tick every line"):
        signs(clinic, sue, ticked=set())
    with pytest.raises(NotSigned, match="changed while you read"):
        signs(clinic, sue, content_hash="0" * 64)
    with pytest.raises(Forbidden):
        signs(clinic, ada)
    signs(clinic, sue)
    with pytest.raises(NotSigned, match="signed this list already"):
        signs(clinic, olga)


def test_nobody_signs_what_a_wall_keeps_from_them(clinic, olga, sue, ada, ben):
    client = Client.objects.create(
        team=clinic, number=1, name="Dora Demo", residence="DE-BE", made_at=timezone.now()
    )
    typed(a_team_case(clinic, ada, ben, client=client), 5, by=ada)
    wall_off(clinic, sue, client.pk, by=olga, reason="Her sister.")

    with pytest.raises(NotSigned, match="Somebody else has to sign"):
        signs(clinic, sue)
    assert the_list(clinic).seen_by(sue, on(0)) == []


def test_unsigned_days_are_working_days_with_dates_and_stand_in_the_digest(
    clinic, sue, ada, ben, olga
):
    typed(a_team_case(clinic, ada, ben), 5, by=ada)
    is_workday = TODAY.weekday() < control.SATURDAY
    later = on(1)

    expected = [TODAY] if is_workday else []
    assert control.missing(clinic, later) == expected
    told = {one.owner: one for one in agendas(later)}
    assert [office.unsigned for office in told[sue].offices] == ([expected] if expected else [])
    assert told[ada].offices == []


def test_the_lists_need_no_more_queries_for_more_dates(
    clinic, ada, ben, django_assert_max_num_queries
):
    for _ in range(4):
        typed(a_team_case(clinic, ada, ben), 2, by=ada)
    clinic.refresh_from_db()

    with django_assert_max_num_queries(5):
        assert control.days(clinic, on(2))
