"""Two people know each date of a team's case, each by their own word; silence is told to others.

Who watches a case is asked to acknowledge the dates that a law sets and those that somebody typed
in, from ``HORIZON`` before the day, and whatever was missed. Where one of them keeps silent for
``PATIENCE``, or the day is nearer than ``NEAR``, the team's supervisors are told, and ``FURTHER``
later its owners: each of them once, by the ledger of reminders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now as clock
from django.utils.translation import gettext_lazy as _

from consentkit.teams.access import Forbidden, reach, require
from consentkit.teams.audit import note
from consentkit.teams.models import Membership, Team, User
from consentkit.teams.roles import Permission

from . import actions
from .log import BadFact, Detail, Fact
from .models import Acknowledgement, Case, Deadline, Reminder
from .posture import Stage
from .reminders import EASTERNMOST, ESCALATIONS, OWNERS, SUPERVISORS, planned, wants
from .watchers import reached, silent, watchers

HORIZON = timedelta(days=14)
PATIENCE = timedelta(days=3)
NEAR = timedelta(days=2)
FURTHER = timedelta(days=2)
A_DAY = timedelta(days=1)
TITLE = 120  # characters


def zone_of(team: Team) -> tzinfo:
    """The time zone of a team's office; UTC where it names none that exists."""
    try:
        return ZoneInfo(team.time_zone)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC


def office_day(team: Team, moment: datetime) -> date:
    """Which day a moment is in a team's office."""
    return moment.astimezone(zone_of(team)).date()


# Acknowledging ------------------------------------------------------------------------------------


def to_know(today: date) -> Q:
    """The dates that whoever watches them has to know on a day."""
    coming = (Q(is_law=True) | Q(key="date_set")) & Q(day__lte=today + HORIZON)
    missed = Q(overdue_from__lte=today)
    return Q(
        coming | missed,
        ~Q(case__stage=Stage.CLOSED),
        void=False,
        settled_on=None,
        is_marker=False,
        case__team__isnull=False,
        case__team__closed_at=None,
    )


def _with_people(rows: QuerySet[Deadline]) -> QuerySet[Deadline]:
    return (
        rows.select_related("case__owner", "case__second", "case__team")
        .defer("case__about", "case__hold_reason", "case__owner__name", "case__second__name")
        .order_by("day", "pk")
    )


def to_acknowledge(user: User, now: datetime) -> QuerySet[Deadline]:
    """The dates that wait for somebody's own word, the earliest first."""
    mine = Q(case__owner=user) | Q(case__second=user)
    return _with_people(
        Deadline.objects.filter(
            mine, to_know(user.today(now)), reach(user, Permission.VIEW, "case__")
        ).exclude(acknowledgements__user=user)
    )


def waits_for(deadline: Deadline, user: User, today: date) -> bool:
    """Whether somebody's own word is asked for on a day, as far as the row itself can tell."""
    if user.pk not in {one.pk for one in watchers(deadline.case)}:
        return False
    return (
        deadline.case.team_id is not None
        and deadline.is_open
        and not deadline.is_marker
        and (
            (_is_announced(deadline) and deadline.day <= today + HORIZON)
            or deadline.is_overdue(today)
        )
    )


def _is_announced(deadline: Deadline) -> bool:
    """Whether a date has to be known before it comes, not only once it was missed."""
    return deadline.is_law or deadline.key == "date_set"


class NotYours(ValueError):
    """Somebody acknowledged a date that they do not watch, or that waits for nobody."""


@transaction.atomic
def acknowledge(deadline: Deadline, *, by: User) -> Acknowledgement:
    """Somebody says for themselves that they know a date. Saying it twice changes nothing.

    Raises NotYours where they do not watch the case, or the date no longer counts.
    """
    case = deadline.case
    if (
        case.team is None
        or not deadline.is_open
        or by.pk not in {one.pk for one in watchers(case)}
        or not reached(by, [case], clock())
    ):
        raise NotYours(_("This date does not wait for your word."))
    found, is_new = Acknowledgement.objects.get_or_create(
        deadline=deadline, user=by, defaults={"at": clock()}
    )
    if is_new:
        note(
            case.team,
            "date.acknowledged",
            by=by,
            thing="case",
            thing_id=case.pk,
            details={"date": deadline.pk},
        )
    return found


# Silence ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Silence:
    """What somebody is to be told of dates that others did not acknowledge."""

    person: User
    kind: str
    deadlines: list[Deadline]


def asked_on(deadline: Deadline) -> date:
    """From which day on the people who watch a date are asked whether they know it."""
    assert deadline.case.team is not None
    made = office_day(deadline.case.team, deadline.made_at)
    if _is_announced(deadline):
        return max(made, deadline.day - HORIZON)
    return max(made, deadline.overdue_from or deadline.day + A_DAY)


def escalates_on(deadline: Deadline) -> date:
    """The day on which silence about a date is told to the supervisors."""
    asked = asked_on(deadline)
    patient = asked + PATIENCE
    if asked > deadline.day:  # it was missed before anybody could be asked
        return patient
    return min(patient, max(asked, deadline.day - NEAR + A_DAY))


def silences(now: datetime) -> list[Silence]:
    """Everything that has to be told to somebody and was not, by what the tables say now."""
    waiting = list(_unacknowledged(now))
    if not waiting:
        return []
    quiet = silent(waiting)
    told = set(
        Reminder.objects.filter(deadline__in=waiting, kind__in=ESCALATIONS).values_list(
            "deadline", "recipient"
        )
    )
    people = _People(waiting, now)
    found: dict[tuple[int, str], Silence] = {}
    for deadline in waiting:
        if deadline.pk not in quiet:
            continue
        for person, kind in people.to_tell(deadline, {one.pk for one in quiet[deadline.pk]}, now):
            if (deadline.pk, person.pk) not in told:
                told.add((deadline.pk, person.pk))
                one = found.setdefault((person.pk, kind), Silence(person, kind, []))
                one.deadlines.append(deadline)
    return list(found.values())


def _unacknowledged(now: datetime) -> Iterator[Deadline]:
    latest = (now + timedelta(hours=EASTERNMOST)).date()
    for deadline in _with_people(Deadline.objects.filter(to_know(latest))):
        assert deadline.case.team is not None
        if escalates_on(deadline) <= office_day(deadline.case.team, now):
            yield deadline


class _People:
    """Whom silence in some teams can be told: those who are there, may see the case, and listen."""

    def __init__(self, deadlines: Collection[Deadline], now: datetime) -> None:
        cases = {one.case_id: one.case for one in deadlines}
        self.by_role: dict[tuple[int, str], list[User]] = defaultdict(list)
        self.within: dict[int, set[int]] = {}
        in_force = Membership.objects.filter(
            Q(expires_on=None) | Q(expires_on__gte=now.astimezone(UTC).date()),
            team__in={one.team_id for one in cases.values()},
            role__in=("supervisor", "owner"),
            ended_at=None,
        )
        for membership in in_force.select_related("user").order_by("pk"):
            person = membership.user
            if wants(person):
                self.by_role[membership.team_id, membership.role].append(person)
                if person.pk not in self.within:
                    self.within[person.pk] = reached(person, cases.values(), now)

    def to_tell(self, deadline: Deadline, quiet: set[int], now: datetime) -> list[tuple[User, str]]:
        team = deadline.case.team
        assert team is not None
        # Somebody who is silent themselves is no help to their own silence.
        others = [one for one in self.of(deadline, "supervisor") if one.pk not in quiet]
        owners = self.of(deadline, "owner")
        others = others or [one for one in owners if one.pk not in quiet]
        found = [(person, SUPERVISORS) for person in others]
        if escalates_on(deadline) + FURTHER <= office_day(team, now):
            found += [(person, OWNERS) for person in owners]
        return found

    def of(self, deadline: Deadline, role: str) -> list[User]:
        assert deadline.case.team_id is not None
        return [
            person
            for person in self.by_role[deadline.case.team_id, role]
            if deadline.case_id in self.within[person.pk]
        ]


def note_told(claimed: Collection[Reminder]) -> None:
    """Write into the audit log of each team whose silence was told to whom."""
    for one in claimed:
        case = one.deadline.case
        if case.team is not None:
            note(
                case.team,
                "date.escalated",
                by=None,
                thing="case",
                thing_id=case.pk,
                details={"date": one.deadline_id, "to": one.recipient_id, "kind": one.kind},
            )


# Who watches --------------------------------------------------------------------------------------


def without_second(team: Team) -> QuerySet[Case]:
    """Open cases of a team whose dates nobody watches beside their owner."""
    return Case.objects.open().filter(team=team, second=None)


@transaction.atomic
def give_second(case: Case, second: User, *, by: User) -> None:
    """Let a second person watch the dates of a team's case. Raises Forbidden, or BadFact."""
    team = case.team
    if team is None:
        raise Forbidden(f"{case} is nobody's but their owner's")
    require(by, Permission.ASSIGN, team)
    if second.pk == case.owner_id:
        raise BadFact(_("The second person has to be somebody else than the first."))
    before, case.second = case.second, second
    case.save(update_fields=["second"])
    if not reached(second, [case], clock()):
        case.second = before
        raise BadFact(_("This person may not see the case."))  # which undoes the saving
    plan_anew(case)
    note(
        team,
        "case.second",
        by=by,
        thing="case",
        thing_id=case.pk,
        details={"user": second.pk},
    )


def plan_anew(case: Case) -> None:
    """After other people watch a case, let its dates be said to them. What was said stays said."""
    rows = list(case.deadlines.filter(void=False, settled_on=None))
    for row in rows:
        row.remind_on = planned(row, case)
    Deadline.objects.bulk_update(rows, ["remind_on"])


# Dates that somebody types in ---------------------------------------------------------------------


@transaction.atomic
def set_date(case: Case, *, day: date, title: str, reason: str, by: User, on: date) -> Fact:
    """Add a date that nothing here can count, with a reason. A second person has to check it."""
    if case.team is None:
        raise Forbidden(f"{case} has no second person")
    if not reason.strip():
        raise BadFact(_("Say where this date comes from: it stays in the log."))
    name = " ".join(title.split())
    if not name:
        raise BadFact(_("Say what this date is."))
    if day < on:
        raise BadFact(_("That day is over already."), Detail.DUE)
    fact = actions.record(
        case,
        "date_set",
        on=on,
        by=by,
        details={Detail.DUE: day.isoformat()},
        note=f"{name}\n\n{reason.strip()}",
    )
    _note_fact(case.team, "date.set", case, fact, by)
    return fact


@transaction.atomic
def check_date(case: Case, number: int, *, by: User, on: date) -> Fact:
    """Somebody else looked at a typed-in date, and found it right. Raises BadFact."""
    if case.team is None:
        raise Forbidden(f"{case} has no second person")
    fact = actions.record(case, "date_checked", on=on, by=by, details={Detail.NUMBER: number})
    _note_fact(case.team, "date.checked", case, fact, by)
    return fact


def _note_fact(team: Team, action: str, case: Case, fact: Fact, by: User) -> None:
    details = {"number": fact.number}
    note(team, action, by=by, thing="case", thing_id=case.pk, details=details)
