"""What a client is given to read and sign, in their own language.

A mandate says what it allows in whole sentences. What a law asks of an agent is said with it, so
that whoever signs, and whoever receives it, sees why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from babel.dates import format_date
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.law.statutes import LAWS

from .models import Client, Mandate

Label = str | Promise

# What somebody can consent to, by the key that the ledger keeps.
SUBJECTS: dict[str, Label] = {
    "processing": _("that we work with their data"),
    "health": _("that we work with data about their health"),
    "face": _("that their face is measured"),
    "voice": _("that their voice is measured"),
    "location": _("that their location is recorded"),
    "advertising": _("advertising that is made for them"),
    "terms": _("the terms of a platform"),
    "other": _("something else"),
}
HOWS: dict[str, Label] = {
    "intake": _("with us, at the intake"),
    "link": _("by themselves, through a link"),
    "paper": _("on paper"),
    "screen": _("on a screen"),
    "spoken": _("by word of mouth"),
    "unknown": _("nobody knows"),
}
# What a law asks of somebody who acts for another, and where it says so.
ASKED_OF_AGENTS: dict[str, tuple[Label, str]] = {
    "us-ca-ccpa": (
        _(
            "For requests to know, to delete and to correct, the business may ask the client to "
            "confirm that they gave this permission."
        ),
        "11 CCR § 7063",
    ),
    "us-il-bipa": (
        _("A release may be signed by a legally authorized representative."),
        "740 ILCS 14/15(b)",
    ),
}


def processing(client: Client) -> str:
    """The consent to process, as the client is asked for it at the intake."""
    with translation.override(client.language):
        return gettext(
            "I agree that %(team)s keeps and uses what I tell them, to write letters for me, to "
            "follow their answers and to advise me. I can take this back at any time, for the time "
            "to come."
        ) % {"team": client.team.name}


def mandate_text(
    mandate: Mandate, *, laws: Sequence[str], kinds: Sequence[str], platforms: Sequence[str]
) -> str:
    """A mandate as it is signed. The scope is told by names, as the client reads them."""
    client = mandate.client
    with translation.override(client.language):
        lines = [gettext("Mandate"), "", _who(client), ""]
        lines.append(_listed(gettext("Under every law."), gettext("Only under: %(names)s."), laws))
        lines.append(
            _listed(gettext("For every kind of letter."), gettext("Only for: %(names)s."), kinds)
        )
        lines.append(
            _listed(gettext("Toward every company."), gettext("Only toward: %(names)s."), platforms)
        )
        dates = {
            "start": _written(mandate.starts_on, client.language),
            "end": _written(mandate.ends_on, client.language) if mandate.ends_on else "",
        }
        if mandate.ends_on:
            lines.append(gettext("From %(start)s to %(end)s, both included.") % dates)
        else:
            lines.append(gettext("From %(start)s, until it is revoked.") % dates)
        for law, (said, cites) in ASKED_OF_AGENTS.items():
            if law in mandate.laws or (not mandate.laws and _lives_under(client, law)):
                lines.append(f"{said} ({cites})")
        lines.append(gettext("I can revoke this mandate at any time."))
        return "\n".join(lines)


def _written(day: date, language: str) -> str:
    return format_date(day, "long", locale="en_GB" if language == "en" else language)


def _lives_under(client: Client, law: str) -> bool:
    return LAWS[law].only_place == client.residence


def _who(client: Client) -> str:
    told = {"team": client.team.name, "name": client.name, "representative": client.representative}
    match client.acts_as:
        case Client.ActsAs.PARENT:
            return (
                gettext(
                    "I, %(representative)s, as a parent of %(name)s, authorise %(team)s to write "
                    "to companies and authorities in the name of %(name)s and to receive their "
                    "answers."
                )
                % told
            )
        case Client.ActsAs.GUARDIAN:
            return (
                gettext(
                    "I, %(representative)s, as the guardian of %(name)s, authorise %(team)s to "
                    "write to companies and authorities in the name of %(name)s and to receive "
                    "their answers."
                )
                % told
            )
        case _:
            return (
                gettext(
                    "I, %(name)s, authorise %(team)s to write to companies and authorities in my "
                    "name and to receive their answers."
                )
                % told
            )


def _listed(every: str, only: str, names: Sequence[str]) -> str:
    return only % {"names": ", ".join(names)} if names else every
