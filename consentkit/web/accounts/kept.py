"""A letter that somebody wants to keep before they have an account, or have signed in.

It waits in their session, which is sealed, for an hour at most; then it is theirs or gone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from consentkit.cases.models import Case
from consentkit.letters.actions import take_in
from consentkit.letters.keeping import as_json, from_json
from consentkit.letters.request import LetterRequest
from consentkit.teams.models import User

WAITING = "letter"
AN_HOUR = timedelta(hours=1)


def keep(request: HttpRequest, letter: LetterRequest, place: str) -> None:
    """Let a letter wait for its writer to sign in. A second one takes the place of the first."""
    request.session[WAITING] = {
        "request": as_json(letter),
        "place": place,
        "until": (timezone.now() + AN_HOUR).isoformat(),
    }
    request.session.set_expiry(AN_HOUR)


def waits(request: HttpRequest) -> bool:
    """Whether a letter waits in this session."""
    return WAITING in request.session


def take(request: HttpRequest, user: User) -> Case | None:
    """The case of the letter that waited; None, and a word why, where its hour is over."""
    waiting = request.session.pop(WAITING)
    request.session.set_expiry(None)
    if datetime.fromisoformat(waiting["until"]) < timezone.now():
        messages.warning(
            request,
            gettext("Your letter was kept for an hour, and is gone. Please write it again."),
        )
        return None
    try:
        case = take_in(from_json(waiting["request"]), owner=user, place=waiting["place"])
    except (LookupError, ValueError):
        # The site took on a new version within the hour, and its letter asks for something else.
        messages.error(request, gettext("Your letter could not be kept. Please write it again."))
        return None
    messages.success(request, gettext("Your letter is kept."))
    return case
