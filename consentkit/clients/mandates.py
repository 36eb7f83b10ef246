"""Whether a letter lies within a client's mandate: asked before it is drafted, or goes out."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from .models import Client, Mandate


class NoMandate(Exception):
    """No mandate covers the letter; the message says why, for a person to read."""


def mandate_for(client: Client, *, law: str, kind: str, platform: str, on: date) -> Mandate:
    """The mandate under which a letter may go out on a day. Raises NoMandate."""
    mandates = list(client.mandates.all())
    in_force = [one for one in mandates if one.in_force(on)]
    covering = [one for one in in_force if one.covers(law=law, kind=kind, platform=platform)]
    if covering:
        return covering[0]
    if in_force:
        raise NoMandate(_("The client's mandate does not cover this letter."))
    if any(one.revoked_at for one in mandates):
        raise NoMandate(_("The client has revoked the mandate."))
    if any(one.ends_on and one.ends_on < on for one in mandates):
        raise NoMandate(_("The client's mandate has ended."))
    if any(one.signed_on is None for one in mandates):
        raise NoMandate(_("The client has not signed the mandate yet."))
    raise NoMandate(_("There is no mandate of this client."))
