"""The table of how platforms behaved, and what a team reads from it.

A row is written whenever the log of a case changes; what it lacks, such as cases that came into a
team in another way, is found by ``count_missing``. The outcome is asked of a row with a day, so no
row grows old.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Case as Choose
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from consentkit.teams.access import scope_in, sees_all, walls_before
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .behaviour import Outcome, behaviour
from .models import Case, Conduct, EventRecord
from .posture import Posture

FLAGS = ("extended", "identity", "incomplete", "refused")
BATCH = 500


def keep(case: Case, posture: Posture) -> None:
    """Bring the row of a case up to date. Demonstrations and somebody's own cases have none."""
    found = None if case.team_id is None or case.demo else behaviour(posture)
    rows = Conduct.objects.filter(case=case)
    if found is None:
        rows.delete()
        return
    values = {
        "team": case.team_id,
        "platform": case.platform,
        "law": case.law,
        "kind": case.kind,
        "asked_on": found.asked_on,
        "assumed": found.assumed,
        "due": found.due,
        "overdue_from": found.overdue_from,
        "answered_on": found.answered_on,
        "ended_on": found.ended_on,
        "days": found.days,
        **{flag: getattr(found, flag) for flag in FLAGS},
    }
    if not rows.update(**values):
        values["team_id"] = values.pop("team")
        Conduct.objects.create(case=case, **values)


def count_missing() -> bool:
    """Write the rows that are missing, in a batch of cases; whether more may wait."""
    gone_out = EventRecord.objects.filter(case=OuterRef("pk"), kind__in=("sent", "received"))
    missing = Case.objects.filter(
        Exists(gone_out), team__isnull=False, demo=False, conduct=None
    ).exclude(records__details__ending="duplicate")
    batch = list(missing.order_by("pk")[:BATCH])
    for case in batch:
        keep(case, case.posture())
    return len(batch) == BATCH


# Reading it ---------------------------------------------------------------------------------------


@dataclass
class Group:
    """The requests to one platform under one law for one thing."""

    platform: str
    law: str
    kind: str
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    flags: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FLAGS, 0))
    assumed: int = 0
    days: dict[int, int] = field(default_factory=dict)  # how often an answer took so many days

    @property
    def number(self) -> int:
        return sum(self.outcomes.values())

    @property
    def answered(self) -> int:
        return sum(self.days.values())

    @property
    def median(self) -> float | None:
        """The median of the days to an answer, of those that were answered."""
        return median(self.days)


def median(days: dict[int, int]) -> float | None:
    """The median of values that are given with how often each is there."""
    total = sum(days.values())
    if not total:
        return None
    low, high = _nth(days, (total - 1) // 2), _nth(days, total // 2)
    return (low + high) / 2


def _nth(days: dict[int, int], place: int) -> int:
    for value in sorted(days):
        place -= days[value]
        if place < 0:
            return value
    raise IndexError(place)


@dataclass(frozen=True)
class Rows:
    """The rows that somebody may count: ``some`` without ``hidden``, as in ``teams.access``."""

    some: QuerySet[Conduct]
    hidden: tuple[QuerySet[Conduct], ...] = ()


def rows_for(
    user: User, team: Team, *, since: date | None = None, until: date | None = None
) -> Rows:
    """The rows of a team that somebody may count, of requests that arrived in a period.

    Rows of anonymised cases belong to nobody any more: whoever sees all cases counts them too.
    """
    rows = Conduct.objects.filter(team=team).order_by()
    if since is not None:
        rows = rows.filter(asked_on__gte=since)
    if until is not None:
        rows = rows.filter(asked_on__lte=until)
    if sees_all(user, Permission.REPORTS, team):
        return Rows(rows)
    scope = scope_in(user, Permission.REPORTS, team)
    if scope.hidden is None:
        return Rows(rows.filter(case__in=Case.objects.filter(scope.some)))
    walled = Case.objects.filter(client__in=list(walls_before(user, team)))
    return Rows(rows, (rows.filter(case=None), rows.filter(case__in=walled)))


def outcome_on(today: date) -> Choose:
    """``Behaviour.outcome`` as the database says it."""
    over = Q(answered_on=None, ended_on=None) & Q(due__lt=today)
    over |= Q(answered_on=None, ended_on__gt=F("due"))
    over |= Q(answered_on__gt=F("due"))
    missed = Q(answered_on=None, ended_on=None, overdue_from__lte=today)
    missed |= Q(answered_on=None, ended_on__gte=F("overdue_from"))
    return Choose(
        When(due=None, then=Value(Outcome.UNDATED.value)),
        When(answered_on__lte=F("due"), then=Value(Outcome.IN_TIME.value)),
        When(answered_on__gte=F("overdue_from"), then=Value(Outcome.LATE.value)),
        When(missed, then=Value(Outcome.MISSED.value)),
        When(over, then=Value(Outcome.ARGUABLE.value)),
        When(ended_on__isnull=False, then=Value(Outcome.ENDED.value)),
        default=Value(Outcome.RUNNING.value),
        output_field=CharField(),
    )


def groups(rows: Rows, today: date) -> list[Group]:
    """The rows by platform, law and what was asked, the most first."""
    found: dict[tuple[str, str, str], Group] = {}
    _count(rows.some, 1, found, today)
    for hidden in rows.hidden:
        _count(hidden, -1, found, today)
    there = [group for group in found.values() if group.number]
    return sorted(there, key=lambda one: (-one.number, one.platform, one.law, one.kind))


def _count(
    rows: QuerySet[Conduct], sign: int, found: dict[tuple[str, str, str], Group], today: date
) -> None:
    """Count rows into their groups, or out of them. Two queries."""
    counted = (
        rows.annotate(outcome=outcome_on(today))
        .values_list("platform", "law", "kind", "outcome")
        .annotate(
            number=Count("*"),
            not_proven=Count("team", filter=Q(assumed=True)),
            **{f"with_{flag}": Count("team", filter=Q(**{flag: True})) for flag in FLAGS},
        )
    )
    for platform, law, kind, outcome, number, assumed, *flags in counted:
        key = (platform, law, kind)
        group = found.setdefault(key, Group(*key))
        group.outcomes[Outcome(outcome)] += sign * number
        group.assumed += sign * assumed
        for flag, many in zip(FLAGS, flags, strict=True):
            group.flags[flag] += sign * many
    taken = (
        rows.filter(days__isnull=False)
        .values_list("platform", "law", "kind", "days")
        .annotate(number=Count("*"))
    )
    for platform, law, kind, days, number in taken:
        if days is not None:
            times = found[platform, law, kind].days
            times[days] = times.get(days, 0) + sign * number


def by_platform(found: list[Group]) -> list[Group]:
    """The same groups, one for each platform."""
    merged: dict[str, Group] = {}
    for group in found:
        add(merged.setdefault(group.platform, Group(group.platform, "", "")), group)
    return sorted(merged.values(), key=lambda one: (-one.number, one.platform))


def add(whole: Group, part: Group) -> None:
    """Count the requests of one group into another."""
    for outcome, number in part.outcomes.items():
        whole.outcomes[outcome] += number
    for flag, number in part.flags.items():
        whole.flags[flag] += number
    whole.assumed += part.assumed
    days = defaultdict(int, whole.days)
    for value, number in part.days.items():
        days[value] += number
    whole.days = dict(days)
