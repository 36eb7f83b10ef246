"""The letters that are measured: GDPR access to Meta on two pages, and the BIPA notice to TikTok.

Nobody of those who write them exists; each has another name, address, account and reference.
"""

from __future__ import annotations

import random
from datetime import date

from consentkit.letters.compose import Draft, compose
from consentkit.letters.request import Account, LetterRequest, Sender
from consentkit.platforms.loading import read_platform
from consentkit.platforms.records import PlatformRecord

ON = date(2026, 11, 24)
FIRST = "Ada Björn Chiara Dmitri Élodie Fatima Grzegorz Hana Iñigo Jörg Łucja Maëlle".split()
LAST = "Berg Çelik Dvořák Eriksen Fischer García Høeg Ivanova Jørgensen Kowalska Lefèvre".split()
STREETS = "Amselweg Birkenallee Dorfstraße High Street Lindenplatz Rue Mill Lane".split()
CITIES = ("10115 Berlin", "20095 Hamburg", "80331 München", "50667 Köln", "04109 Leipzig")
AMERICAN = ("Chicago, IL 60601", "Peoria, IL 61602", "Springfield, IL 62701")
LAWS = ("eu-gdpr", "us-il-bipa")
_known: dict[str, PlatformRecord] = {}


def platform(slug: str) -> PlatformRecord:
    if slug not in _known:
        _known[slug] = read_platform(slug)
    return _known[slug]


def a_request(law: str = "eu-gdpr", number: int = 0) -> LetterRequest:
    """The request of one person of a campaign; the same number is the same person."""
    dice = random.Random(number)  # noqa: S311 (names, not secrets)
    name = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
    street = f"{dice.choice(STREETS)} {dice.randint(1, 199)}"
    is_european = law == "eu-gdpr"
    sender = Sender(
        name=name,
        address=(street, dice.choice(CITIES if is_european else AMERICAN)),
        email=f"person{number}@example.org",
    )
    return LetterRequest(
        law=law,
        right="access" if is_european else "notice",
        platform=platform("facebook" if is_european else "tiktok"),
        language="en",
        paper="a4" if is_european else "letter",
        date=ON,
        residence="DE-BE" if is_european else "US-IL",
        sender=sender,
        account=Account(handle=f"@person{number}", email=sender.email),
        facts={} if is_european else {"since": date(2021, 5, 1)},
    )


def a_draft(law: str = "eu-gdpr", number: int = 0) -> Draft:
    """The same in words."""
    return compose(a_request(law, number))
