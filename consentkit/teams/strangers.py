"""Accounts and sessions that are nobody's.

Anybody can begin an account with an address that is not theirs, and choose a password. When the
owner of the address later signs in with a code, the account becomes theirs, and nobody else may
hold a key to it. Where no owner comes, it is forgotten.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from .models import User

A_DAY = timedelta(days=1)


def watch() -> None:
    """Look at each address that is confirmed. Safe to repeat."""
    email_confirmed.connect(_take_keys_away, dispatch_uid="strangers")


def _take_keys_away(request: HttpRequest, email_address: EmailAddress, **_: Any) -> None:
    user = email_address.user
    pending = request.session.get(LOGIN_SESSION_KEY) or {}
    known = {record["method"] for record in get_authentication_records(request, user)}
    if user.last_login is not None or request.user.is_authenticated:
        return  # the account has been in use
    if pending.get("signup") or "password" in known:
        return  # who confirms the address is who chose the password
    if user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
    Authenticator.objects.filter(user_id=user.pk).delete()


def forget_unconfirmed(now: datetime) -> int:
    """Delete accounts that were begun over a day ago and whose address nobody confirmed."""
    begun = User.objects.filter(
        date_joined__lt=now - A_DAY, last_login=None, is_staff=False, cases=None
    )
    unconfirmed = begun.filter(emailaddress__isnull=False).exclude(emailaddress__verified=True)
    them = list(unconfirmed.values_list("pk", flat=True))
    User.objects.filter(pk__in=them).delete()
    return len(them)


def forget_ended_sessions() -> None:
    """Delete what is known of the browser of a session that is over."""
    going_on = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=going_on).delete()
