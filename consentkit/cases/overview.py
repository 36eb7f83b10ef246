"""How the open cases of a team, or somebody's own, stand today: numbers, by the index alone.

Nothing is unsealed. Every number is that of the cases which a ``Selection`` lets through, so what
counts and what is shown behind the number cannot differ. The queries are as many for ten cases as
for a hundred thousand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, Q

from consentkit.teams.access import Scope, scope_in
from consentkit.teams.models import Membership, Team, User
from consentkit.teams.roles import Permission

from .models import Case
from .selection import CONDITIONS, NOBODY, OWN, SHOWN, Selection

DUE = ("today_ours", "today_theirs", "week_ours", "week_theirs")


@dataclass(frozen=True)
class Counted:
    """A number and the cases behind it; None where no selection says which they are."""

    key: str
    number: int
    selection: Selection | None


@dataclass(frozen=True)
class Load:
    """The open cases for which somebody answers, and how many of them are late."""

    person: int | None  # None: nobody who is still in the team
    open: int
    late: int
    team: str

    @property
    def who(self) -> str:
        return NOBODY if self.person is None else str(self.person)

    @property
    def all(self) -> Selection:
        return Selection(team=self.team, who=self.who, show="open")

    @property
    def behind(self) -> Selection:
        return Selection(team=self.team, who=self.who, show="late")


@dataclass(frozen=True)
class Overview:
    """What one looks at in the morning."""

    open: Counted
    late: Counted
    due: tuple[Counted, ...]
    late_by_platform: tuple[Counted, ...]  # the most first
    without_step: Counted
    in_review: Counted | None
    load: tuple[Load, ...]  # the most first


def of_team(team: Team, user: User, today: date) -> Overview:
    """How the cases of a team stand, as far as somebody may see them."""
    counting = _Counting(scope_in(user, Permission.VIEW, team), team.slug, today)
    load = counting.load(team)
    return counting.overview(sum(one.open for one in load), load)


def of_person(user: User, today: date) -> Overview:
    """How somebody's own cases stand."""
    counting = _Counting(Scope(Q(owner=user, team=None), None), OWN, today)
    return counting.overview(counting.number(SHOWN["open"](today)), ())


class _Counting:
    """Counts what is in a scope: each number of all that is there, less that of what is hidden."""

    def __init__(self, scope: Scope, team: str, today: date) -> None:
        self.some = Case.objects.filter(scope.some).order_by()
        self.hidden = None if scope.hidden is None else Case.objects.filter(scope.hidden).order_by()
        self.team, self.today = team, today

    def overview(self, open_: int, load: tuple[Load, ...]) -> Overview:
        platforms = self.platforms()
        late = sum(one.number for one in platforms)
        is_own = self.team == OWN
        return Overview(
            open=Counted("open", open_, self.selection("open")),
            late=Counted("late", late, self.selection("late")),
            due=self.due(),
            late_by_platform=platforms,
            without_step=self.counted("nostep"),
            in_review=None if is_own else self.in_review(),
            load=load,
        )

    def selection(self, show: str, **more: str) -> Selection:
        return Selection(team=self.team, show=show, **more)

    def number(self, chosen: Q) -> int:
        hidden = 0 if self.hidden is None else self.hidden.filter(chosen).count()
        return self.some.filter(chosen).count() - hidden

    def by(self, column: str, chosen: Q, **filters: Q) -> dict[Any, list[int]]:
        """How many there are for each value of a column, in all and by further filters."""
        counts = {name: Count(column, filter=further) for name, further in filters.items()}
        found: dict[Any, list[int]] = {}
        for cases, sign in ((self.some, 1), (self.hidden, -1)):
            if cases is None:
                continue
            rows = cases.filter(chosen).values_list(column).annotate(number=Count("*"), **counts)
            for value, *numbers in rows:
                before = found.get(value, [0] * len(numbers))
                found[value] = [one + sign * n for one, n in zip(before, numbers, strict=True)]
        return {value: numbers for value, numbers in found.items() if numbers[0]}

    def counted(self, show: str) -> Counted:
        return Counted(show, self.number(SHOWN[show](self.today)), self.selection(show))

    def due(self) -> tuple[Counted, ...]:
        """What is due today and within a week, by whose it is."""
        return tuple(self.counted(show) for show in DUE)

    def platforms(self) -> tuple[Counted, ...]:
        # Only an open case has a first late day.
        found = self.by("platform", Q(late_from__lte=self.today))
        return tuple(
            Counted(slug, number, self.selection("late", platform=slug) if slug else None)
            for slug, [number] in sorted(found.items(), key=lambda one: (-one[1][0], one[0]))
        )

    def in_review(self) -> Counted:
        chosen = self.selection("all", review="waiting")
        return Counted("review", self.number(CONDITIONS["review"]("waiting", self.today)), chosen)

    def load(self, team: Team) -> tuple[Load, ...]:
        """How much each person answers for. Whoever has left counts as nobody."""
        there = set(
            Membership.objects.filter(
                Q(expires_on=None) | Q(expires_on__gte=self.today), team=team, ended_at=None
            ).values_list("user", flat=True)
        )
        found = self.by("owner", SHOWN["open"](self.today), late=Q(late_from__lte=self.today))
        loads: dict[int | None, Load] = {}
        for owner, (many, late) in found.items():
            person = owner if owner in there else None
            before = loads.get(person, Load(person, 0, 0, team.slug))
            loads[person] = replace(before, open=before.open + many, late=before.late + late)
        return tuple(sorted(loads.values(), key=lambda one: (-one.open, one.who)))
