"""The list at the end of a day: every date of a team with which something was that day.

It is made from the tables whenever somebody looks, so a date that changes later changes the list of
its day. ``content_hash`` tells one version from another, and a signature is under one version.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consentkit.teams.access import require
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .log import Detail
from .models import ControlList, Deadline, EventRecord
from .naming import name_of
from .reminders import SILENT
from .watch import A_DAY, office_day, zone_of
from .watchers import reached

# How many days back lists are asked for; a list nobody signed by then is a matter of the audit log.
LOOK_BACK = timedelta(days=14)
SATURDAY = 5


class Why(StrEnum):
    """What was with a date on the day of the list."""

    DUE = "due"
    ENTERED = "entered"
    MOVED = "moved"
    SETTLED = "settled"
    LET_GO = "let_go"
    UNCHECKED = "unchecked"


WHYS: Mapping[Why, str | Promise] = {
    Why.DUE: pgettext_lazy("control list", "due on this day"),
    Why.ENTERED: pgettext_lazy("control list", "new"),
    Why.MOVED: pgettext_lazy("control list", "moved"),
    Why.SETTLED: pgettext_lazy("control list", "settled"),
    Why.LET_GO: pgettext_lazy("control list", "closed without being kept"),
    Why.UNCHECKED: pgettext_lazy("control list", "typed in, not checked yet"),
}


@dataclass(frozen=True)
class Line:
    """A date on the list, with why it is there; ``before`` is the day from which it moved."""

    deadline: Deadline
    whys: tuple[Why, ...]
    before: date | None = None

    @property
    def name(self) -> str:
        return name_of(self.deadline.key)

    @property
    def told(self) -> list[str]:
        return [str(WHYS[why]) for why in self.whys]

    @property
    def is_unchecked(self) -> bool:
        return Why.UNCHECKED in self.whys


@dataclass(frozen=True)
class Sheet:
    """The list of one day."""

    team: Team
    day: date
    lines: tuple[Line, ...]

    @cached_property
    def content_hash(self) -> str:
        told = [
            self.team.pk,
            self.day.isoformat(),
            [
                [
                    line.deadline.case_id,
                    line.deadline.key,
                    line.deadline.right,
                    line.deadline.letter,
                    line.deadline.day.isoformat(),
                    [*line.whys],
                    line.before.isoformat() if line.before else None,
                ]
                for line in self.lines
            ],
        ]
        return sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()

    def is_whole_for(self, user: User, now: datetime) -> bool:
        """Whether somebody may see every line of it."""
        return len(self.seen_by(user, now)) == len(self.lines)

    def seen_by(self, user: User, now: datetime) -> list[Line]:
        """The lines whose cases somebody may see."""
        within = reached(user, [line.deadline.case for line in self.lines], now)
        return [line for line in self.lines if line.deadline.case_id in within]


class State(StrEnum):
    """How a day's list stands."""

    EMPTY = "empty"  # nothing was with any date: it needs no signature
    SIGNED = "signed"
    CHANGED = "changed"  # somebody signed it before a date of it changed
    UNSIGNED = "unsigned"


@dataclass(frozen=True)
class Day:
    """A day with its list and the signatures under its versions, the latest last."""

    sheet: Sheet
    signatures: tuple[ControlList, ...]
    is_over: bool

    @property
    def signature(self) -> ControlList | None:
        """The signature under the list as it is now."""
        return next(
            (one for one in self.signatures if one.content_hash == self.sheet.content_hash), None
        )

    @property
    def state(self) -> State:
        if self.signature is not None:
            return State.SIGNED
        if self.signatures:
            return State.CHANGED
        return State.UNSIGNED if self.sheet.lines else State.EMPTY

    @property
    def is_missing(self) -> bool:
        """Whether a signature is missing under the list of a day that is over."""
        return self.is_over and self.state in (State.UNSIGNED, State.CHANGED)


def sheet_of(team: Team, day: date) -> Sheet:
    """The list of one day."""
    return _Counting(team, day, day).sheet(day)


def working_days(first: date, last: date) -> list[date]:
    """The days from Monday to Friday between two days, both included."""
    days = [first + timedelta(days=one) for one in range((last - first).days + 1)]
    return [day for day in days if day.weekday() < SATURDAY]


def day_of(team: Team, day: date, now: datetime) -> Day:
    """A day with its list, as it stands at a moment."""
    signatures = tuple(team.control_lists.filter(day=day).select_related("signed_by"))
    return Day(sheet_of(team, day), signatures, day < office_day(team, now))


def days(team: Team, now: datetime) -> list[Day]:
    """Today and the working days before it, the latest first. A constant number of queries."""
    today = office_day(team, now)
    first = max(today - LOOK_BACK, office_day(team, team.made_at))
    if first > today:
        return []
    counting = _Counting(team, first, today)
    signed: dict[date, list[ControlList]] = defaultdict(list)
    for one in team.control_lists.filter(day__gte=first).select_related("signed_by"):
        signed[one.day].append(one)
    wanted = sorted({*working_days(first, today), today}, reverse=True)
    return [Day(counting.sheet(day), tuple(signed[day]), day < today) for day in wanted]


def missing(team: Team, now: datetime) -> list[date]:
    """The past working days under whose list a signature is missing, the earliest first."""
    return sorted(day.sheet.day for day in days(team, now) if day.is_missing)


# Signing ------------------------------------------------------------------------------------------


class NotSigned(ValueError):
    """A list could not be signed; the message says why, for a person to read."""


@transaction.atomic
def sign(
    team: Team, day: date, *, content_hash: str, ticked: Collection[int], remark: str, by: User
) -> ControlList:
    """Put one's name under a list of which one ticked every line.

    ``content_hash`` is that of the list somebody read. Raises NotSigned, and Forbidden.
    """
    require(by, Permission.REVIEW, team)
    now = timezone.now()
    sheet = sheet_of(team, day)
    if day > office_day(team, now):
        raise NotSigned(_("This day has not come yet."))
    if not sheet.lines:
        raise NotSigned(_("There is nothing on this list."))
    if not sheet.is_whole_for(by, now):
        raise NotSigned(_("You do not see every line of this list. Somebody else has to sign it."))
    if content_hash != sheet.content_hash:
        raise NotSigned(_("The list has changed while you read it. Look through it once more."))
    if {line.deadline.pk for line in sheet.lines} - set(ticked):
        raise NotSigned(_("Tick every line first: the signature says that you looked at each."))
    try:
        with transaction.atomic():
            signed = ControlList.objects.create(
                team=team,
                day=day,
                content_hash=content_hash,
                signed_by=by,
                signed_at=now,
                remark=remark.strip(),
            )
    except IntegrityError:
        raise NotSigned(_("Somebody has signed this list already.")) from None
    note(
        team,
        "control.signed",
        by=by,
        thing="control",
        thing_id=signed.pk,
        details={"day": day.isoformat(), "hash": content_hash},
    )
    return signed


# Counting -----------------------------------------------------------------------------------------

_Name = tuple[int, str, str, int]  # of a date in its case, wherever it moves


def _name(row: Deadline) -> _Name:
    return row.case_id, row.key, row.right, row.letter


class _Counting:
    """The lists of a stretch of days, from a handful of queries however long it is."""

    def __init__(self, team: Team, first: date, last: date) -> None:
        self.team = team
        start = datetime.combine(first, time(), zone_of(team))
        end = datetime.combine(last + A_DAY, time(), zone_of(team))
        self.rows = list(
            Deadline.objects.filter(
                Q(day__gte=first, day__lte=last, void=False)
                | Q(made_at__gte=start, made_at__lt=end)
                | Q(settled_on__gte=first, settled_on__lte=last, void=False)
                | Q(key="date_set", void=False),
                case__team=team,
            )
            .exclude(key__in=SILENT)
            .select_related("case")
            .defer("case__about", "case__hold_reason")
            .order_by("day", "pk")
        )
        entered = {row.case_id for row in self.rows if start <= row.made_at < end}
        self.earlier: dict[_Name, list[Deadline]] = defaultdict(list)
        for row in Deadline.objects.filter(case__in=entered, void=True).order_by("made_at", "pk"):
            self.earlier[_name(row)].append(row)
        self.read_log()

    def read_log(self) -> None:
        cases = {row.case_id for row in self.rows if row.settled_on or row.key == "date_set"}
        facts = EventRecord.objects.filter(
            case__in=cases, kind__in=("let_go", "date_checked", "struck")
        ).values_list("case", "number", "kind", "details", "recorded_at")
        told = list(facts)
        struck = {
            (case, details.get(Detail.NUMBER))
            for case, _number, kind, details, _at in told
            if kind == "struck"
        }
        self.let_go: set[tuple[int, object, object]] = set()
        self.checked: dict[tuple[int, object], date] = {}
        for case, number, kind, details, at in told:
            if (case, number) in struck:
                continue
            if kind == "let_go":
                self.let_go.add((case, details.get(Detail.DUTY), details.get(Detail.DUE)))
            elif kind == "date_checked":
                self.checked[case, details.get(Detail.NUMBER)] = office_day(self.team, at)

    def sheet(self, day: date) -> Sheet:
        return Sheet(self.team, day, tuple(self.lines(day)))

    def lines(self, day: date) -> Iterable[Line]:
        for row in self.rows:
            before = self.before(row)
            whys = tuple(self.whys(row, day, before))
            if whys:
                yield Line(row, whys, before if Why.MOVED in whys else None)

    def before(self, row: Deadline) -> date | None:
        """The day from which a date moved to where it is."""
        older = [one for one in self.earlier[_name(row)] if one.pk != row.pk and one.pk < row.pk]
        return older[-1].day if older else None

    def whys(self, row: Deadline, day: date, before: date | None) -> Iterable[Why]:
        made = office_day(self.team, row.made_at)
        if row.day == day and not row.void:
            yield Why.DUE
        if made == day:
            yield Why.ENTERED if before is None else Why.MOVED
        if row.settled_on == day and not row.void:
            gone = (row.case_id, row.key, row.day.isoformat()) in self.let_go
            yield Why.LET_GO if gone else Why.SETTLED
        if row.key == "date_set" and not row.void and made <= day:
            checked = self.checked.get((row.case_id, row.letter))
            is_open = row.settled_on is None or row.settled_on > day
            if is_open and (checked is None or checked > day):
                yield Why.UNCHECKED
