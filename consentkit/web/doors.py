"""The door to a case: who may do what behind it, and what a team's audit log keeps of that.

Every view that shows a case, or something of a case, fetches it here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.debug import sensitive_post_parameters

from consentkit.cases.models import Case
from consentkit.teams.access import Forbidden, memberships, role_in, team_reach
from consentkit.teams.audit import note
from consentkit.teams.models import AuditEntry, Team, User, Wall
from consentkit.teams.roles import Permission

Response = TypeVar("Response", bound=HttpResponseBase)
AN_HOUR = timedelta(hours=1)


# Whoever stands before a door ---------------------------------------------------------------------


def mine(view: Callable[..., Response]) -> Callable[..., Response]:
    """For somebody signed in, kept out of error reports and of every cache."""

    @login_required
    @sensitive_post_parameters()
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        response = view(request, *args, **kwargs)
        patch_cache_control(response, no_store=True, private=True)
        return response

    return guarded


def behind_the_door(view: Callable[..., Response]) -> Callable[..., Response]:
    """As ``mine``, for people of a team: what they may not do is not there."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        try:
            return view(request, *args, **kwargs)
        except Forbidden:
            raise Http404 from None

    return mine(guarded)


def user_of(request: HttpRequest) -> User:
    """Whoever asks, behind a door that lets nobody in who is not signed in."""
    assert isinstance(request.user, User)
    return request.user


def today_of(request: HttpRequest) -> date:
    """The day it is for whoever asks."""
    return user_of(request).today(timezone.now())


# Cases --------------------------------------------------------------------------------------------


def case_or_404(request: HttpRequest, code: str, permission: Permission = Permission.VIEW) -> Case:
    """The case with which somebody may do something. Raises Http404 where there is none.

    That somebody saw a team's case is noted in its audit log, and so is an attempt from behind a
    wall.
    """
    cases = Case.objects.select_related("owner", "team")
    found = cases.within(request.user, permission).filter(code=code).first()
    if not isinstance(request.user, User):
        raise Http404
    if found is None:
        _note_attempt(request.user, code)
        raise Http404
    if found.team is not None:
        _note_view(found.team, found, request.user)
    return found


def may(request: HttpRequest, case: Case, permission: Permission) -> bool:
    """Whether somebody may do something with a case that they have in hand."""
    return Case.objects.within(request.user, permission).filter(pk=case.pk).exists()


def permissions(request: HttpRequest, case: Case) -> frozenset[str]:
    """What somebody may do with a case that they may see; templates show no other buttons."""
    user = request.user
    if case.team is None or not isinstance(user, User):
        return frozenset(map(str, Permission))
    role = role_in(user, case.team)
    return frozenset(map(str, role.may)) if role else frozenset()


def _note_view(team: Team, case: Case, user: User) -> None:
    """Note that somebody saw a case, once an hour."""
    seen = AuditEntry.objects.filter(
        team=team,
        thing="case",
        thing_id=case.pk,
        user=user.pk,
        action="case.viewed",
        at__gt=timezone.now() - AN_HOUR,
    )
    if seen.exists():
        return
    with transaction.atomic():
        Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        if not seen.exists():  # somebody's second window may have been faster
            note(team, "case.viewed", by=user, thing="case", thing_id=case.pk)


def _note_attempt(user: User, code: str) -> None:
    """Note that somebody tried a case from which only a wall keeps them."""
    case = Case.objects.filter(code=code).select_related("team").first()
    if case is None or case.team is None or case.client_id is None:
        return
    walled = Wall.objects.filter(user=user, client=case.client_id, lifted_at=None).exists()
    if walled and memberships(user).filter(team=case.team).exists():
        note(case.team, "wall.attempt", by=user, thing="case", thing_id=case.pk)


# Teams --------------------------------------------------------------------------------------------


def team_or_404(request: HttpRequest, slug: str, permission: Permission | None = None) -> Team:
    """The team in which somebody may do something, or is at all. Raises Http404."""
    user = request.user
    within = Q(pk__in=memberships(user).values("team"))
    if permission is not None:
        within = team_reach(user, permission)
    return get_object_or_404(Team.objects.filter(within), slug=slug)
