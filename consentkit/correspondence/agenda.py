"""What a person has to look at: late dates, coming ones, cases without a date, doubtful messages.

The daily digest sends it, the page "Dates" shows it. It is read from the tables of cases alone, so
it is right whether the queue runs or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q

from consentkit.cases import control
from consentkit.cases.models import Case, Deadline
from consentkit.cases.reminders import EASTERNMOST, SILENT
from consentkit.cases.watch import office_day, to_know, waits_for, without_second
from consentkit.cases.watchers import reached, silent, watchers
from consentkit.teams.models import Membership, Team, User
from consentkit.teams.roles import Permission, roles_with

from .models import Message

# How far ahead somebody looks who wants no notice of their own dates.
AT_LEAST = 3
# How many dates of a kind are listed: a list that nobody can read to its end helps nobody.
MOST = 100


@dataclass
class Office:
    """What is left open in a team whose work somebody answers for.

    ``unsigned`` are the days under whose control list a signature is missing, ``alone`` is how many
    open cases have no second person.
    """

    team: Team
    unsigned: Sequence[date]
    alone: int

    def __bool__(self) -> bool:
        return bool(self.unsigned or self.alone)


@dataclass
class Agenda:
    """``late`` and ``soon`` begin with the oldest.

    ``unknown`` are the dates of teams' cases that wait for the person's own acknowledgement.
    """

    owner: User
    late: list[Deadline] = field(default_factory=list)
    soon: list[Deadline] = field(default_factory=list)
    undated: list[Case] = field(default_factory=list)
    uncertain: list[Message] = field(default_factory=list)
    unknown: list[Deadline] = field(default_factory=list)
    offices: list[Office] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(
            self.late or self.soon or self.undated or self.uncertain or self.unknown or self.offices
        )


def days_ahead(owner: User) -> int:
    """How many days ahead the dates of a person are shown."""
    return max([AT_LEAST, *owner.lead_days()])


def agenda(owner: User, now: datetime) -> Agenda:
    """What one person has to look at, in a constant number of queries.

    Of somebody with more cases than fit it reads those that have waited longest, and those that
    come first.
    """
    today = owner.today(now)
    mine = Q(owner=owner) | Q(second=owner, team__isnull=False)
    watched = Case.objects.visible_to(owner).filter(mine)
    cases = watched.order_by("next_on").values_list("pk", flat=True)
    past = cases.filter(next_on__lt=today)[:MOST]
    coming = cases.filter(
        next_on__gte=today, next_on__lte=today + timedelta(days=days_ahead(owner))
    )[:MOST]
    dates = Q(case__in=[*past, *coming])
    of_case = Q(case__owner=owner) | Q(case__second=owner, case__team__isnull=False)
    found = _Gathering(now, only=owner).gather(dates, mine, of_case)
    return next(iter(found), Agenda(owner))


def agendas(now: datetime) -> list[Agenda]:
    """The agendas of everybody who has something to look at."""
    return _Gathering(now).gather(Q(), Q(), Q())


class _Gathering:
    """Agendas in the making; of one person where ``only`` names them."""

    def __init__(self, now: datetime, only: User | None = None) -> None:
        self.now = now
        self.only = only
        self.found: dict[int, Agenda] = {}

    def gather(self, dates: Q, cases: Q, of_case: Q) -> list[Agenda]:
        deadlines = list(_dates(dates, self.now))
        undated = list(
            Case.objects.without_next_date()
            .filter(cases)
            .select_related("owner", "second")
            .order_by("created_at", "pk")
        )
        uncertain = list(
            Message.objects.filter(of_case, outgoing=True, state=Message.State.UNCERTAIN)
            .select_related("case__owner", "case__second")
            .defer("headers", "text", "html", "raw")
        )
        unknown = list(_unknown(of_case, self.now))
        self.look_who_may_see(
            [
                *undated,
                *(one.case for one in deadlines),
                *(one.case for one in unknown),
                *(one.case for one in uncertain),
            ]
        )
        for deadline in deadlines:
            for person in self.people(deadline.case):
                self.put(person, deadline)
        for case in undated:
            for person in self.people(case):
                self.of(person).undated.append(case)
        for message in uncertain:
            for person in self.people(message.case):
                self.of(person).uncertain.append(message)
        quiet = silent(unknown)
        for deadline in unknown:
            waiting = {one.pk for one in quiet.get(deadline.pk, ())}
            for person in self.people(deadline.case):
                today = person.today(self.now)
                if person.pk in waiting and waits_for(deadline, person, today):
                    self.of(person).unknown.append(deadline)
        for person, office in _offices(self.now, self.only):
            self.of(person).offices.append(office)
        return list(self.found.values())

    def of(self, person: User) -> Agenda:
        return self.found.setdefault(person.pk, Agenda(person))

    def look_who_may_see(self, cases: Iterable[Case]) -> None:
        """Ask once for each person which of the cases of teams they may see."""
        by_person: dict[int, tuple[User, list[Case]]] = {}
        for case in cases:
            for person in watchers(case):
                by_person.setdefault(person.pk, (person, []))[1].append(case)
        self.within = {
            pk: reached(person, theirs, self.now)
            for pk, (person, theirs) in by_person.items()
            if self.only is None or self.only.pk == pk
        }

    def people(self, case: Case) -> list[User]:
        """Who is told of a case: who watches it, and may see it still."""
        return [one for one in watchers(case) if case.pk in self.within.get(one.pk, ())]

    def put(self, person: User, deadline: Deadline) -> None:
        today = person.today(self.now)
        if deadline.is_overdue(today):
            self.of(person).late.append(deadline)
        elif deadline.day <= today + timedelta(days=days_ahead(person)) and (
            deadline.day >= today or not deadline.is_marker
        ):
            self.of(person).soon.append(deadline)


def _unknown(of_case: Q, now: datetime) -> Iterable[Deadline]:
    latest = (now + timedelta(hours=EASTERNMOST)).date()
    return (
        Deadline.objects.filter(of_case, to_know(latest))
        .select_related("case__owner", "case__second")
        .defer("case__about", "case__hold_reason", "case__owner__name", "case__second__name")
        .order_by("day", "pk")
    )


def _offices(now: datetime, only: User | None) -> Iterable[tuple[User, Office]]:
    """Who answers for the work of which team, where something of it is left open."""
    people = Membership.objects.filter(
        role__in=roles_with(Permission.REVIEW), ended_at=None, team__closed_at=None
    ).select_related("user", "team")
    if only is not None:
        people = people.filter(user=only)
    offices: dict[int, Office] = {}
    for one in people.order_by("pk"):
        if one.expires_on is not None and one.expires_on < office_day(one.team, now):
            continue
        office = offices.get(one.team_id)
        if office is None:
            alone = without_second(one.team).count()
            office = offices[one.team_id] = Office(one.team, control.missing(one.team, now), alone)
        if office:
            yield one.user, office


def _dates(whose: Q, now: datetime) -> Iterable[Deadline]:
    leads = User.objects.values_list("lead", flat=True).distinct()
    farthest = max([AT_LEAST, *(days for lead in leads for days in User(lead=lead).lead_days())])
    latest = (now + timedelta(hours=EASTERNMOST)).date() + timedelta(days=farthest)
    return (
        Deadline.objects.filter(whose, void=False, settled_on=None, day__lte=latest)
        .exclude(key__in=SILENT)
        .select_related("case__owner", "case__second")
        # What is sealed is left alone: who wants names asks for them.
        .defer("case__about", "case__hold_reason", "case__owner__name", "case__second__name")
        .order_by("day", "pk")
    )
