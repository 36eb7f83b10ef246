"""Where allauth asks how this site does it."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _

from consentkit.confidential.addresses import FitsWhenSealed
from consentkit.teams.models import User

from . import kept

logger = logging.getLogger(__name__)


class Accounts(DefaultAccountAdapter):
    """Accounts by e-mail address."""

    error_messages = {  # noqa: RUF012 (a table, as in the library)
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "duplicate_email": _("This is the address that your account has already."),
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "enter_current_password": _("This is not your password."),
        "incorrect_password": _("This is not your password."),
        "incorrect_code": _("This code is not right, or no longer valid."),
        "too_many_login_attempts": _(
            "That was tried too often. Wait five minutes, or sign in in another way."
        ),
        "rate_limited": _("That was tried too often. Wait a few minutes."),
        "email_taken": _("This address cannot be used."),
        "same_as_current": _("This is the address that your account has already."),
    }

    def clean_email(self, email: str) -> str:
        FitsWhenSealed()(email)
        return str(super().clean_email(email))

    def new_user(self, request: HttpRequest) -> User:
        """Somebody who reads this page can read e-mails in its language."""
        return User(language=get_language() or settings.LANGUAGE_CODE)

    def get_user_search_fields(self) -> list[str]:
        return []  # what would be searched is sealed

    # Where to go ----------------------------------------------------------------------------------

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return start(request)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return start(request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        words = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use the code of your app"),
            "mfa_reauthenticate:webauthn": _("Use your passkey"),
        }
        methods = super().get_reauthentication_methods(user)
        for method in methods:
            method["description"] = words.get(method["id"], method["description"])
        return list(methods)

    # What is mailed ------------------------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        request = self.request
        more = {
            "login_url": request.build_absolute_uri(reverse("account_login")),
            "letter_waits": kept.waits(request),
        }
        try:
            super().send_mail(template_prefix, email, {**more, **context})
        except OSError:  # every trouble with the mail server is one
            logger.exception("an e-mail about an account was not taken")
            messages.error(
                request,
                gettext("The e-mail could not be sent just now. Try again in a few minutes."),
            )

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """No out-of-office assistant is to answer."""
        headers = {"Auto-Submitted": "auto-generated", **(headers or {})}
        message: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        return message


class SecondFactors(DefaultMFAAdapter):
    """What stands beside a password. Its secrets are sealed by ``teams.sealing``."""

    error_messages = {  # noqa: RUF012
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right."),
        "unverified_email": _("Confirm your e-mail address first."),
        "cannot_generate_recovery_codes": _(
            "Recovery codes need an app for codes, or a passkey, to stand in for."
        ),
    }

    def _get_site_name(self) -> str:
        return "ConsentKit"

    def generate_authenticator_name(self, user: User, type: str) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        if number == 1:
            return gettext("My passkey")
        return gettext("My passkey %(number)s") % {"number": number}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": user.get_full_name()}


def start(request: HttpRequest) -> str:
    """The page after signing in, in the person's own language."""
    user = request.user
    language = user.language if isinstance(user, User) else ""
    known = {code for code, _name in settings.LANGUAGES}
    with override(language if language in known else get_language()):
        return reverse(settings.LOGIN_REDIRECT_URL)
