"""Is it still you? Before something that matters, people show it again.

Whoever has a password, a passkey or an app for codes is asked for one of these by allauth. Whoever
only ever signs in by a mailed code is mailed another one.
"""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.signals import user_logged_in
from allauth.core import ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from consentkit.teams.models import User

# The pages behind which lies what matters, by name.
SENSITIVE = frozenset(
    {
        "account_email",
        "account_set_password",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_generate_recovery_codes",
        "account-data",
        "account-delete",
    }
)
VALID = 5 * 60  # seconds for which somebody is taken to be still there
CODE_VALID = 15 * 60
TRIES = 3
ASKED, SINCE, SEEN = "confirm", "signed_in_at", "seen_at"


def watch() -> None:
    """Note in each session when it began. Safe to repeat."""
    user_logged_in.connect(_note, dispatch_uid="confirm")


def _note(request: HttpRequest, **_: Any) -> None:
    request.session[SINCE] = request.session[SEEN] = time.time()


def detour(request: HttpRequest, user: User) -> str | None:
    """Where to show who one is before a sensitive page; None where that was just now."""
    match = request.resolver_match
    if match is None or match.url_name not in SENSITIVE or was_here(request, user):
        return None
    methods = get_adapter().get_reauthentication_methods(user)
    address = methods[0]["url"] if methods else reverse("account-confirm")
    return f"{address}?{urlencode({'next': request.path})}"


def was_here(request: HttpRequest, user: User) -> bool:
    """Whether somebody signed in, or showed again who they are, in the last minutes."""
    shown = [record["at"] for record in get_authentication_records(request, user)]
    return bool(time.time() - max([*shown, request.session.get(SINCE, 0)]) < VALID)


def send_code(request: HttpRequest, user: User) -> bool:
    """Mail a code to somebody who is signed in; False where that happened too often."""
    if not ratelimit.consume(request, action="request_login_code", key=user.email):
        return False
    code = get_adapter().generate_login_code()
    request.session[ASKED] = {"code": code, "at": time.time(), "left": TRIES}
    get_adapter().send_mail("account/email/confirm_code", user.email, {"code": code})
    return True


def is_asked(request: HttpRequest) -> bool:
    """Whether a code is on its way and still counts."""
    asked: dict[str, Any] = request.session.get(ASKED, {"left": 0})
    return bool(asked["left"] > 0 and time.time() - asked["at"] < CODE_VALID)


def check_code(request: HttpRequest, user: User, typed: str) -> bool:
    """Take a code; a wrong one counts, and after three of them the code is dead."""
    if not is_asked(request):
        return False
    asked = request.session[ASKED]
    if not compare_user_code(actual=typed, expected=asked["code"]):
        request.session[ASKED] = {**asked, "left": asked["left"] - 1}
        return False
    del request.session[ASKED]
    record_authentication(request, user, method="code", email=user.email, reauthenticated=True)
    return True
