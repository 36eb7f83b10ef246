"""Whether a letter lies within a client's mandate: asked before it is drafted, or goes out."""

from __future__ import annotations

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import Client, Mandate

REASONS: dict[str, str | Promise] = {
    "mandate_client": _("We do not act for this client."),
    "mandate_scope": _("The client’s mandate does not cover this letter."),
    "mandate_revoked": _("The client has revoked the mandate."),
    "mandate_ended": _("The client’s mandate has ended."),
    "mandate_unsigned": _("The client has not signed the mandate yet."),
    "mandate_none": _("There is no mandate of this client for this day."),
}


class NoMandate(Exception):
    """No mandate covers the letter; the message says why. ``reason`` is a key of ``REASONS``."""

    def __init__(self, reason: str) -> None:
        super().__init__(str(REASONS[reason]))
        self.reason = reason


def mandate_for(
    client: Client, *, law: str, kind: str, platform: str, on: date, in_hindsight: bool = False
) -> Mandate:
    """The mandate under which a letter may go out on a day, or went out. Raises NoMandate.

    Of several the narrowest: it is shown to the company, which need not read what else the client
    gave authority for.
    """
    if client.stage in (Client.Stage.FORMER, Client.Stage.DECLINED):
        raise NoMandate("mandate_client")
    mandates = list(client.mandates.defer("text", "strokes", "scan", "signer", "revocation"))
    in_force = [one for one in mandates if one.in_force(on, in_hindsight=in_hindsight)]
    covering = [one for one in in_force if one.covers(law=law, kind=kind, platform=platform)]
    if covering:
        return min(covering, key=_breadth)
    raise NoMandate(_why_not(mandates, bool(in_force), on))


def _breadth(mandate: Mandate) -> tuple[tuple[bool, int], ...]:
    """How far a mandate reaches; what names nothing reaches everywhere."""
    return tuple((not one, len(one)) for one in (mandate.platforms, mandate.laws, mandate.kinds))


def _why_not(mandates: list[Mandate], in_force: bool, on: date) -> str:
    if in_force:
        return "mandate_scope"
    if any(one.revoked_at for one in mandates):
        return "mandate_revoked"
    if any(one.ends_on and one.ends_on < on for one in mandates):
        return "mandate_ended"
    if any(one.signed_on is None for one in mandates):
        return "mandate_unsigned"
    return "mandate_none"
