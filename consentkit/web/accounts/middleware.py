"""What being signed in means on every page."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.cache import patch_cache_control

from consentkit.teams.models import User

from . import confirm, kept

AN_HOUR = 3600


class Accounts:
    """The clock of whoever is signed in, no copy in a cache, and the letter that waited for them.

    A visitor without a session is left alone: nothing is looked up, and no cookie set.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = signed_in(request)
        if user is None:
            return self.get_response(request)
        _note_visit(request)
        if kept.waits(request):
            case = kept.take(request, user)
            if case is not None and request.method == "GET":
                return HttpResponseRedirect(case.get_absolute_url())
        with timezone.override(user.zone()):
            response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_: Any
    ) -> HttpResponse | None:
        user = signed_in(request)
        detour = confirm.detour(request, user) if user else None
        return HttpResponseRedirect(detour) if detour else None


def _note_visit(request: HttpRequest) -> None:
    """Once an hour, write down that a device is still in use."""
    now = timezone.now()
    if now.timestamp() - request.session.get(confirm.SEEN, math.inf) < AN_HOUR:
        return
    request.session[confirm.SEEN] = now.timestamp()
    here = UserSession.objects.filter(session_key=request.session.session_key)
    here.update(last_seen_at=now)


def signed_in(request: HttpRequest) -> User | None:
    """Who is signed in. A visitor who has no session cookie is not looked for."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return request.user if isinstance(request.user, User) else None
