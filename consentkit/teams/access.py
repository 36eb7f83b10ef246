"""The one place that answers "may they?".

A question is a condition on rows (``Q``), so a page, an export, a search, a digest and a feed ask
the same one, and what somebody may not see is never fetched. Whatever belongs to a case is asked
with the path to its case: ``reach(user, Permission.VIEW, "case__")``.

A person's own cases are theirs alone. A case of a team is reached through a membership that is in
force, within the role's reach. A wall beats all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from .models import Membership, Team, User, Wall
from .roles import ROLES, Permission, Reach, Role, roles_with

Person = User | AnonymousUser


class Forbidden(Exception):
    """Somebody asked for what their role does not allow. Doors answer it with 404."""


def memberships(user: Person, today: date | None = None) -> QuerySet[Membership]:
    """The memberships of somebody that are in force on a day, by default today."""
    return Membership.objects.filter(
        Q(expires_on=None) | Q(expires_on__gte=today or localdate()),
        user=user.pk,
        ended_at=None,
        team__closed_at=None,
    )


def reach(user: Person, permission: Permission, path: str = "", today: date | None = None) -> Q:
    """The cases with which somebody may do something, as a condition.

    ``path`` leads from the rows that are asked for to their case.
    """
    if not user.is_authenticated:
        return Q(pk__in=())
    found = Q(pk__in=())
    in_force = memberships(user, today)
    for scope in Reach:
        keys = [key for key in roles_with(permission) if ROLES[key].reach is scope]
        if keys:
            teams = in_force.filter(role__in=keys).values("team")
            found |= Q(**{f"{path}team__in": teams}) & _within(scope, user, path)
    own = Q(**{f"{path}owner": user.pk, f"{path}team": None})
    return own | (found & beyond_walls(user, f"{path}client"))


@dataclass(frozen=True)
class Scope:
    """The cases of one team that somebody reaches: ``some`` without ``hidden``.

    What ``reach`` says in one condition, said in two that indexes serve: few cases are behind a
    wall, so to count a hundred thousand one counts all of them, and takes those few away.
    """

    some: Q
    hidden: Q | None


def scope_in(user: User, permission: Permission, team: Team) -> Scope:
    """The cases of a team with which somebody may do something."""
    role = role_in(user, team)
    if role is None or permission not in role.may:
        return Scope(Q(pk__in=()), None)
    walled = list(walls_before(user, team))
    hidden = Q(team=team.pk, client__in=walled)
    match role.reach:
        case Reach.ALL:
            return Scope(Q(team=team.pk), hidden if walled else None)
        case Reach.ASSIGNED:
            first, second = (team.cases.filter(**{who: user}) for who in ("owner", "second"))
            mine = first.order_by().values("pk").union(second.order_by().values("pk"))
            return Scope(Q(pk__in=mine) & ~hidden, None)
        case Reach.CAMPAIGNS:
            return Scope(Q(team=team.pk, campaign__isnull=False) & ~hidden, None)


def walls_before(user: User, team: Team) -> QuerySet[Wall, int]:
    """The clients of a team from whom a wall keeps somebody, by key."""
    standing = Wall.objects.filter(user=user.pk, team=team, lifted_at=None)
    return standing.values_list("client", flat=True)


def sees_all(user: User, permission: Permission, team: Team) -> bool:
    """Whether somebody may do something with every case of a team: no wall, no narrower role."""
    role = role_in(user, team)
    return (
        role is not None
        and permission in role.may
        and role.reach is Reach.ALL
        and not walls_before(user, team).exists()
    )


def _within(scope: Reach, user: Person, path: str) -> Q:
    match scope:
        case Reach.ALL:
            return Q()
        case Reach.ASSIGNED:
            return Q(**{f"{path}owner": user.pk}) | Q(**{f"{path}second": user.pk})
        case Reach.CAMPAIGNS:
            return Q(**{f"{path}campaign__isnull": False})


def beyond_walls(user: Person, client: str) -> Q:
    """What no wall keeps somebody from. ``client`` is the path to the client."""
    walled = Wall.objects.filter(user=user.pk, lifted_at=None).values("client")
    return ~Q(**{f"{client}__in": walled})


def team_reach(user: Person, permission: Permission, today: date | None = None) -> Q:
    """The teams in which somebody may do something, as a condition on teams."""
    return Q(pk__in=memberships(user, today).filter(role__in=roles_with(permission)).values("team"))


def client_reach(user: Person, permission: Permission, path: str = "") -> Q:
    """The clients with whom somebody may do something, behind no wall, as a condition.

    Roles that reach assigned cases only reach the clients of those cases.
    """
    found = Q(pk__in=())
    for scope in Reach:
        keys = [key for key in roles_with(permission) if ROLES[key].reach is scope]
        if not keys:
            continue
        through = Q(**{f"{path}team__in": memberships(user).filter(role__in=keys).values("team")})
        if scope is Reach.ASSIGNED:
            mine = Q(**{f"{path}cases__owner": user.pk}) | Q(**{f"{path}cases__second": user.pk})
            through &= mine
        elif scope is Reach.CAMPAIGNS:
            # Somebody may have been entered whose case waits for a decision.
            joined = Q(**{f"{path}entries__campaign__isnull": False})
            through &= joined | Q(**{f"{path}cases__campaign__isnull": False})
        found |= through
    return found & beyond_walls(user, f"{path}pk" if path else "pk")


def role_in(user: Person, team: Team, today: date | None = None) -> Role | None:
    """Somebody's role in a team, None where they have none in force."""
    membership = memberships(user, today).filter(team=team).first()
    return ROLES[membership.role] if membership else None


def may(user: Person, permission: Permission, team: Team) -> bool:
    """Whether somebody may do something in a team at all."""
    role = role_in(user, team)
    return role is not None and permission in role.may


def require(user: Person, permission: Permission, team: Team) -> None:
    """Raises Forbidden unless somebody may do something in a team."""
    if not may(user, permission, team):
        raise Forbidden(f"user {user.pk}: {permission} in team {team.pk}")
