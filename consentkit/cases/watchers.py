"""Who watches the dates of a case: its owner, and in a team a second person beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime

from consentkit.teams.access import reach
from consentkit.teams.models import User
from consentkit.teams.roles import Permission

from .models import Acknowledgement, Case, Deadline


def watchers(case: Case) -> list[User]:
    """The people whose task it is to know the dates of a case, whoever may see it besides."""
    second = case.second if case.team_id is not None else None
    if second is None or second.pk == case.owner_id:
        return [case.owner]
    return [case.owner, second]


def reached(person: User, cases: Iterable[Case], now: datetime) -> set[int]:
    """Which of some cases somebody may still see: a membership ends, and a wall may stand.

    Asks once, and not at all where the cases are their own.
    """
    found = {one.pk: one for one in cases}
    own = {pk for pk, one in found.items() if one.team_id is None and one.owner_id == person.pk}
    others = found.keys() - own
    if not others:
        return own
    may_see = reach(person, Permission.VIEW, today=now.astimezone(UTC).date())
    return own | set(Case.objects.filter(may_see, pk__in=others).values_list("pk", flat=True))


def silent(deadlines: Collection[Deadline]) -> dict[int, list[User]]:
    """Who has not acknowledged each of some dates; dates that everybody knows are left out."""
    if not deadlines:
        return {}
    known = set(
        Acknowledgement.objects.filter(deadline__in=deadlines).values_list("deadline", "user")
    )
    found = {
        one.pk: [person for person in watchers(one.case) if (one.pk, person.pk) not in known]
        for one in deadlines
    }
    return {pk: people for pk, people in found.items() if people}


def acknowledgements(case: Case) -> dict[int, dict[int, datetime]]:
    """For each date of a case, who acknowledged it and when."""
    found: dict[int, dict[int, datetime]] = {}
    for one in Acknowledgement.objects.filter(deadline__case=case):
        found.setdefault(one.deadline_id, {})[one.user_id] = one.at
    return found
