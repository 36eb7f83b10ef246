"""Signing up from another page than the one for it, and leaving what one has begun."""

from __future__ import annotations

from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
)
from allauth.account.internal.flows.signup import complete_signup
from allauth.account.internal.stagekit import clear_login
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest, HttpResponse

from .forms import SignUp


def begin(request: HttpRequest, form: SignUp) -> HttpResponse:
    """Mail a code to the address of a valid form, and lead to the page on which to enter it.

    The same answer for an address that has an account: its owner is mailed how to sign in.
    """
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="signup")
    if limited is not None:
        return limited
    user, response = form.try_save(request)
    if user is None:
        told: HttpResponse = response
        return told
    try:
        told = complete_signup(request, user=user)
    except ImmediateHttpResponse as answer:
        told = answer.response
    return told


def sign_in_instead(request: HttpRequest) -> None:
    """Forget a sign-up or sign-in that waits for its code, and nothing else: a letter stays."""
    clear_login(request)
    request.session.pop(EMAIL_VERIFICATION_CODE_SESSION_KEY, None)
