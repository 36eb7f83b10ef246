"""E-mails to our own people: plain text, in their language, and nothing in them that tells much.

A company or a law is named only to somebody who chose that. Everything else is behind the link, and
behind the sign-in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit
from uuid import uuid4

from babel.dates import format_date
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext

from consentkit.cases.models import Case, Deadline
from consentkit.cases.naming import STEPS, name_of, sentence
from consentkit.law.statutes import law_of
from consentkit.teams.models import User


class Refused(Exception):
    """The mail server will never take a message to this person."""


@dataclass(frozen=True)
class Line:
    """One date in an e-mail. ``about`` is empty for somebody who wants no names in e-mails, ``day``
    where the text says it.
    """

    text: str
    about: str
    day: str
    address: str


def can_send() -> bool:
    """Whether this site has a way to send e-mails; without one, the pages say what is due."""
    is_smtp = settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"
    return not is_smtp or bool(settings.EMAIL_HOST)


class Outbound:
    """A connection to the mail server: made for the first e-mail, closed after the last."""

    def __init__(self) -> None:
        self.backend: BaseEmailBackend | None = None

    def connection(self) -> BaseEmailBackend:
        """The open connection. Raises OSError where there is no way to the server."""
        if self.backend is None:
            backend: BaseEmailBackend = get_connection()
            backend.open()
            self.backend = backend
        return self.backend

    def __enter__(self) -> Outbound:
        return self

    def __exit__(self, *_: object) -> None:
        if self.backend is not None:
            self.backend.close()


# What stands in an e-mail -------------------------------------------------------------------------


def language_of(user: User) -> str:
    return user.language or settings.LANGUAGE_CODE


def in_words(day: date) -> str:
    """A date as the active language writes it."""
    return format_date(day, "long", locale=get_language() or settings.LANGUAGE_CODE)


def address_of(name: str, *arguments: str) -> str:
    """The whole address of a page, in the active language."""
    return str(settings.SITE_URL) + reverse(name, args=arguments)


def title_of(case: Case) -> str:
    """The company and the law of a case, for somebody who wants to see them."""
    return f"{case.company} ({gettext(law_of(case.law).short_title)})"


def lines(deadlines: Iterable[Deadline], user: User, today: date) -> list[Line]:
    """A line for each date, in the order given. Asks once for the names, and only if wanted."""
    found = list(deadlines)
    named: Mapping[int, Case] = {}
    if user.names_in_mail:
        named = Case.objects.in_bulk({one.case_id for one in found})
    return [
        Line(
            text=sentence(one, today, in_words),
            about=(
                f"{title_of(named[one.case_id])}: {name_of(one.key)}"
                if one.case_id in named
                else ""
            ),
            day=in_words(one.day) if one.key in STEPS else "",
            address=address_of("case", one.case.code),
        )
        for one in found
    ]


def unknown_lines(deadlines: Iterable[Deadline], user: User) -> list[Line]:
    """A line for each date that somebody else has, or has yet, to acknowledge: day and address."""
    found = list(deadlines)
    named: Mapping[int, Case] = {}
    if user.names_in_mail:
        named = Case.objects.in_bulk({one.case_id for one in found})
    return [
        Line(
            text=in_words(one.day),
            about=(
                f"{title_of(named[one.case_id])}: {name_of(one.key)}"
                if one.case_id in named
                else ""
            ),
            day="",
            address=address_of("case", one.case.code),
        )
        for one in found
    ]


def new_message_id() -> str:
    """A Message-ID. It is made before the first try, so that a second try is the same message."""
    return f"<{uuid4().hex}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}>"


def mailing(
    user: User,
    template: str,
    context: Mapping[str, object],
    *,
    message_id: str,
    connection: BaseEmailBackend,
) -> EmailMessage:
    """An e-mail from ``templates/email``: ``<template>_subject.txt`` and ``<template>.txt``."""
    told: dict[str, object] = {**context, "names": user.names_in_mail, "dates": address_of("dates")}
    subject = render_to_string(f"email/{template}_subject.txt", told)
    return EmailMessage(
        subject=" ".join(subject.split()),  # a header is one line
        body=render_to_string(f"email/{template}.txt", told).strip() + "\n",
        to=[user.email],
        headers={
            "Message-ID": message_id,
            # No machine need answer this (RFC 3834), and Outlook's holiday notes need not either.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
        connection=connection,
    )


def hand_over(message: EmailMessage) -> None:
    """Give an e-mail to the mail server. Raises Refused where it will never take it."""
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if all(500 <= code < 600 for code in codes):
            # Without the cause: it quotes the address.
            raise Refused(f"refused with {codes[0]}") from None
        raise
