"""Whether we may write a letter for a client: a case for a client needs their mandate, every time.

A person's own case, and one of a team without a client, needs none.
"""

from __future__ import annotations

from datetime import date

from consentkit.cases.log import BadFact
from consentkit.cases.models import Case
from consentkit.clients.mandates import REASONS, NoMandate, mandate_for
from consentkit.clients.models import Client, Mandate


class OutsideMandate(BadFact):
    """No mandate covers the letter; the message says why. ``reason`` is one of ``NoMandate``'s."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


def within_mandate(
    client: Client | None, *, law: str, kind: str, platform: str, on: date
) -> Mandate | None:
    """The mandate that covers a letter on a day; None where no client is concerned.

    Raises OutsideMandate.
    """
    if client is None:
        return None
    try:
        return mandate_for(client, law=law, kind=kind, platform=platform, on=on)
    except NoMandate as error:
        raise OutsideMandate(error.reason) from None


def covers(case: Case, law: str, kind: str, *, on: date) -> Mandate | None:
    """The same for a letter of a case. Raises OutsideMandate."""
    return within_mandate(case.client, law=law, kind=kind, platform=case.platform, on=on)
