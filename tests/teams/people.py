"""People with accounts, and the e-mails that they get."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.models import EmailAddress
from django.core import mail

from consentkit.teams.models import User

PASSWORD = "correct horse battery staple"


def person(email: str = "ada@example.org", password: str | None = None, **fields: Any) -> User:
    """Somebody who has an account, with an address that is confirmed."""
    user = User.objects.create_user(email, password, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def code() -> str:
    """The code in the last e-mail."""
    found = re.search(r"^ {4}(\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]


def signs_up(client: Any, email: str, password: str = "") -> Any:
    """Make an account and confirm its address; gives the answer to the code."""
    client.post("/account/signup/", {"email": email, "password1": password})
    return client.post("/account/confirm-email/", {"code": code()})


def signs_in(client: Any, email: str) -> Any:
    """Sign in with a code by e-mail; gives the answer to the code."""
    client.post("/account/login/code/", {"email": email})
    return client.post("/account/login/code/confirm/", {"code": code()})
