"""Who answers for a team's cases: handing them over, with a memo in each case's log."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consentkit.queue import later
from consentkit.teams.access import Forbidden, beyond_walls, require, role_in
from consentkit.teams.actions import NotPossible, owners_of
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User, Wall
from consentkit.teams.roles import Permission, Reach

from .actions import record
from .models import Case, HandOver
from .trail import leave
from .watch import plan_anew


@dataclass(frozen=True)
class HandedOver:
    """How many cases went to somebody, and how many they may not have."""

    moved: int
    stayed: int


AT_ONCE = 50  # as many as one request, or one task, moves
PATIENCE = timedelta(hours=1)


@transaction.atomic
def hand_over(team: Team, *, giver: User, taker: User, memo: str, by: User, on: date) -> HandedOver:
    """Give all cases for which somebody answers to somebody else. ``memo`` goes into each log.

    Cases that the taker cannot reach (a wall, a role for campaigns only) stay where they are, and
    so do those behind a wall to ``by``. Raises Forbidden and NotPossible.
    """
    _check(team, giver, taker, memo, by)
    cases = _to_move(team, giver, taker, by)
    for case in cases:
        _move(case, taker, memo=memo, by=by, on=on)
    left = Case.objects.filter(team=team, owner=giver).count()
    _note_handed_over(team, giver, taker, by, len(cases))
    return HandedOver(len(cases), left)


def are_many(team: Team, giver: User) -> bool:
    """Whether somebody answers for more cases than one request should move."""
    return Case.objects.filter(team=team, owner=giver).count() > AT_ONCE


@transaction.atomic
def begin(team: Team, *, giver: User, taker: User, memo: str, by: User, on: date) -> HandOver:
    """Let the workers hand many cases over. Raises as ``hand_over`` does."""
    _check(team, giver, taker, memo, by)
    _could_reach(taker, team)
    made = HandOver.objects.create(
        team=team, giver=giver, taker=taker, by=by, memo=memo, on=on, made_at=timezone.now()
    )
    later("hand_over", made.pk)
    return made


@transaction.atomic
def go_on(pk: int) -> None:
    """Move the next cases of a handing over; the last time says that it is done. Safe to repeat.

    Whoever may no longer do it, or no longer take them, ends it: the others stay where they are.
    """
    going = HandOver.objects.select_for_update(no_key=True).filter(pk=pk, finished_at=None).first()
    if going is None:
        return
    try:
        require(going.by, Permission.ASSIGN, going.team)
        cases = _to_move(going.team, going.giver, going.taker, going.by, AT_ONCE)
    except (Forbidden, NotPossible):
        cases = []
    for case in cases:
        _move(case, going.taker, memo=going.memo, by=going.by, on=going.on)
    going.moved += len(cases)
    if len(cases) == AT_ONCE:
        going.save(update_fields=["moved"])
        later("hand_over", pk)
        return
    going.stayed = Case.objects.filter(team=going.team, owner=going.giver).count()
    going.finished_at, going.memo = timezone.now(), ""
    going.save(update_fields=["moved", "stayed", "finished_at", "memo"])
    _note_handed_over(going.team, going.giver, going.taker, going.by, going.moved)


def requeue_unfinished(now: datetime) -> None:
    """Let every handing over go on that has not ended for long: its worker may have died."""
    old = HandOver.objects.filter(finished_at=None, made_at__lt=now - PATIENCE)
    for pk in old.values_list("pk", flat=True):
        later("hand_over", pk)


def _check(team: Team, giver: User, taker: User, memo: str, by: User) -> None:
    require(by, Permission.ASSIGN, team)
    if not memo.strip():
        raise NotPossible(_("Write down what the next person has to know."))
    if giver == taker:
        raise NotPossible(_("Choose two different people."))


def _to_move(team: Team, giver: User, taker: User, by: User, most: int | None = None) -> list[Case]:
    """The cases that go from one person to another, held."""
    theirs = Case.objects.within(by, Permission.ASSIGN).filter(team=team, owner=giver)
    keys = theirs.filter(_could_reach(taker, team)).order_by("pk").values_list("pk", flat=True)
    held = Case.objects.select_for_update(no_key=True).filter(pk__in=list(keys[:most]))
    return list(held.order_by("pk"))


def _note_handed_over(team: Team, giver: User, taker: User, by: User, number: int) -> None:
    details = {"from": giver.pk, "to": taker.pk, "cases": number}
    note(team, "cases.handed_over", by=by, details=details)


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


MANY = 300  # cases that are assigned while somebody waits


@transaction.atomic
def assign(
    cases: Sequence[Case],
    *,
    owner: User | None = None,
    second: User | None = None,
    memo: str = "",
    by: User,
    on: date,
) -> HandedOver:
    """Let somebody answer for cases of teams, or watch their dates as the second person.

    ``memo``, where there is one, goes into each log. A case that somebody cannot have (a wall, a
    role that does not reach it, the same person twice) stays as it is. Raises NotPossible.
    """
    if owner is None and second is None:
        raise NotPossible(_("Choose somebody."))
    if owner == second:
        raise NotPossible(_("Choose two different people."))
    if len(cases) > MANY:
        raise NotPossible(_("These are too many at once. Narrow the list down."))
    within = Case.objects.within(by, Permission.ASSIGN).filter(
        pk__in=[case.pk for case in cases], team__isnull=False
    )
    free = set(within.values_list("pk", flat=True))
    for person, works in ((owner, True), (second, False)):
        if person is not None:
            free &= _open_to(person, free, works=works)
    moved = 0
    for case in Case.objects.select_for_update(no_key=True).filter(pk__in=free).order_by("pk"):
        before = (case.owner_id, case.second_id)
        case.owner = owner or case.owner
        case.second = second or case.second
        if case.second == case.owner:
            if owner is None:  # who answers for a case cannot be its second person as well
                continue
            case.second = None
        if (case.owner_id, case.second_id) == before:
            continue
        case.save(update_fields=["owner", "second"])
        if memo.strip():
            record(case, "noted", on=on, by=by, note=memo.strip())
        plan_anew(case)
        leave(case, "case.assigned", by=by, owner=case.owner_id, second=case.second_id)
        moved += 1
    return HandedOver(moved, len(cases) - moved)


def _open_to(person: User, cases: Set[int], *, works: bool) -> set[int]:
    """Which of some cases somebody could work on, or see, if they were theirs."""
    may: set[int] = set()
    for team in Team.objects.filter(cases__in=cases).distinct():
        role = role_in(person, team)
        if role is None or (works and Permission.RECORD not in role.may):
            continue
        within = Q(campaign__isnull=False) if role.reach is Reach.CAMPAIGNS else Q()
        found = Case.objects.filter(within & beyond_walls(person, "client"), team=team)
        may |= set(found.filter(pk__in=cases).values_list("pk", flat=True))
    return may


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
