"""Whether we may write a letter for a client: a case for a client needs their mandate, every time.

A person's own case, and one of a team without a client, needs none.
"""

from __future__ import annotations

from datetime import date

from consentkit.cases.log import BadFact
from consentkit.cases.models import Case
from consentkit.clients.mandates import REASONS, NoMandate, mandate_for
from consentkit.clients.models import Client, Mandate

from .models import Letter


class OutsideMandate(BadFact):
    """No mandate covers the letter; the message says why. ``reason`` is one of ``NoMandate``'s."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


def within_mandate(
    client: Client | None,
    *,
    law: str,
    kind: str,
    platform: str,
    on: date,
    in_hindsight: bool = False,
) -> Mandate | None:
    """The mandate that covers a letter on a day; None where no client is concerned.

    Raises OutsideMandate.
    """
    if client is None:
        return None
    try:
        return mandate_for(
            client, law=law, kind=kind, platform=platform, on=on, in_hindsight=in_hindsight
        )
    except NoMandate as error:
        raise OutsideMandate(error.reason) from None


# Why a mandate may be missing that the client can still give.
STILL_TO_COME = frozenset({"mandate_none", "mandate_unsigned"})


def covers(
    case: Case,
    law: str,
    kind: str,
    *,
    on: date,
    later: bool = False,
    in_hindsight: bool = False,
) -> Mandate | None:
    """The same for a letter of a case. Raises OutsideMandate.

    With ``later`` it is also None where the client has yet to sign a mandate. ``in_hindsight`` asks
    about a letter that went out on that day already.
    """
    try:
        return within_mandate(
            case.client,
            law=law,
            kind=kind,
            platform=case.platform,
            on=on,
            in_hindsight=in_hindsight,
        )
    except OutsideMandate as outside:
        if later and outside.reason in STILL_TO_COME:
            return None
        raise


def in_force_for(letter: Letter, *, on: date) -> Mandate | None:
    """The signed mandate that goes along with a letter on a day; None where none is, or needed."""
    try:
        mandate = covers(letter.case, letter.law, letter.kind, on=on)
    except OutsideMandate:
        return None
    return Mandate.objects.select_related("client").get(pk=mandate.pk) if mandate else None
