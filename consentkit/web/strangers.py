"""E-mails that people let go out to somebody who did not ask for them: a link to join, or to tell.

Anybody with an account can found a team and name it as they like, so these are counted.
"""

from __future__ import annotations

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext

from consentkit.confidential.addresses import mailbox


def may_mail(request: HttpRequest, address: str) -> bool:
    """Whether one more e-mail may go to an address; the page says so where it may not."""
    if consume(request, action="mail_to_stranger", key=mailbox(address)):
        return True
    messages.warning(
        request,
        gettext("Many e-mails have gone out from here today, so this one did not. Pass the link "
                "on yourself."),
    )  # fmt: skip
    return False
