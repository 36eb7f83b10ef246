"""Who answers for a team's cases: handing them over, with a memo in each case's log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consentkit.teams.access import beyond_walls, require, role_in
from consentkit.teams.actions import NotPossible, owners_of
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User, Wall
from consentkit.teams.roles import Permission, Reach

from .actions import record
from .models import Case


@dataclass(frozen=True)
class HandedOver:
    """How many cases went to somebody, and how many they may not have."""

    moved: int
    stayed: int


@transaction.atomic
def hand_over(team: Team, *, giver: User, taker: User, memo: str, by: User, on: date) -> HandedOver:
    """Give all cases for which somebody answers to somebody else. ``memo`` goes into each log.

    Cases that the taker cannot reach (a wall, a role for campaigns only) stay where they are, and
    so do those behind a wall to ``by``. Raises Forbidden and NotPossible.
    """
    require(by, Permission.ASSIGN, team)
    if not memo.strip():
        raise NotPossible(_("Write down what the next person has to know."))
    if giver == taker:
        raise NotPossible(_("Choose two different people."))
    theirs = Case.objects.within(by, Permission.ASSIGN).filter(team=team, owner=giver)
    cases = list(
        Case.objects.select_for_update(no_key=True)
        .filter(pk__in=list(theirs.filter(_could_reach(taker, team)).values_list("pk", flat=True)))
        .order_by("pk")
    )
    for case in cases:
        _move(case, taker, memo=memo, by=by, on=on)
    left = Case.objects.filter(team=team, owner=giver).count()
    note(
        team,
        "cases.handed_over",
        by=by,
        details={"from": giver.pk, "to": taker.pk, "cases": len(cases)},
    )
    return HandedOver(len(cases), left)


def _move(case: Case, taker: User, *, memo: str, by: User | None, on: date) -> None:
    case.owner = taker
    if case.second_id == taker.pk:
        case.second = None
    case.save(update_fields=["owner", "second"])
    record(case, "noted", on=on, by=by, note=memo)


def _could_reach(taker: User, team: Team) -> Q:
    """The cases that somebody could work on if they answered for them."""
    role = role_in(taker, team)
    if role is None or Permission.RECORD not in role.may:
        raise NotPossible(_("This person cannot work on cases of the team."))
    within = Q(campaign__isnull=False) if role.reach is Reach.CAMPAIGNS else Q()
    return within & beyond_walls(taker, "client")


@transaction.atomic
def leave_behind(user: User, *, memo: str, on: date) -> None:
    """Give all team cases of somebody who goes to an owner of each team, whom no wall keeps off.

    Where a wall stands before every owner, one of them answers for the case all the same and does
    not see it, until somebody who does assigns it.
    """
    for case in Case.objects.filter(owner=user, team__isnull=False).order_by("pk"):
        assert case.team is not None
        owners = [one.user for one in owners_of(case.team) if one.user_id != user.pk]
        walled = set(
            Wall.objects.filter(client=case.client_id, lifted_at=None).values_list(
                "user", flat=True
            )
        )
        taker = next((one for one in owners if one.pk not in walled), next(iter(owners), None))
        if taker is None:
            raise NotPossible(_("A team needs an owner: make somebody else one first."))
        _move(case, taker, memo=memo, by=None, on=on)
