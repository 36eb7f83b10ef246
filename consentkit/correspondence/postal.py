"""What lies beside a letter by post: its envelope, and what to write at the counter.

Both are made for the moment and kept nowhere. The forms of a post are its own and are not
reproduced; the sheet says what to copy onto them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.letters.compose import WORDS, Addressee, Draft
from consentkit.letters.envelope import LAYOUTS, MM, Place, fit
from consentkit.letters.render import language_of_address, tagged_pdf

from .channels.registered import REGISTERED

# What registered post is called where somebody lives, by country.
SERVICES: dict[str, str | Promise] = {
    "US": _("Certified Mail with Return Receipt (PS Forms 3800 and 3811), at the counter"),
    "DE": _("Einschreiben mit Rückschein, or Einwurf-Einschreiben"),
    "GB": _("Royal Mail Signed For"),
    "AT": _("Einschreiben mit Rückschein"),
    "CH": _("Einschreiben (R) with an acknowledgement of receipt"),
    "FR": _("Lettre recommandée avec avis de réception"),
}
# Clear of the franking at the upper right and of the strip at the bottom that machines print on:
# 40 mm and 15 mm with Deutsche Post (help.octoflex.de/geschaeftspartner/richtig_adressieren, read
# on 2026-11-24); the USPS asks for 5/8 of an inch at the bottom (about.usps.com, Publication 25).
TOP, SIDE, BOTTOM = 42 * MM, 15 * MM, 17 * MM


def envelope_sheet(draft: Draft, paper: str, language: str) -> bytes:
    """An envelope without window for each addressee, as a PDF of its size.

    ``language`` is that of the reader, for the title. Raises what ``render.pdf`` raises.
    """
    window = LAYOUTS[paper].windows[0]
    width, height = window.width, window.height
    left = 0.45 * width
    place = Place(left, TOP, width - left - SIDE, height - TOP - BOTTOM, 12)
    corner = Place(12 * MM, 10 * MM, 75 * MM, 28 * MM, 9)
    postal = draft.sender_lines[: len(draft.sender_lines) - len(draft.contact_lines)]
    pages = [
        render_to_string(
            "print/envelope.html",
            {
                "language": language,
                "draft": draft,
                "width": f"{width:.2f}pt",
                "height": f"{height:.2f}pt",
                "sender": fit(postal, corner),
                "address": fit(addressee.lines, place),
                "address_language": language_of_address(addressee, draft),
                "corner": _css(corner),
                "place": _css(place),
            },
        )
        for addressee in draft.addressees
    ]
    return tagged_pdf(pages, ("print/fonts.css", "print/envelope.css"))


def _css(place: Place) -> str:
    return (
        f"left: {place.left:.2f}pt; top: {place.top:.2f}pt; "
        f"width: {place.width:.2f}pt; height: {place.height:.2f}pt"
    )


@dataclass(frozen=True)
class Field:
    """A field of a form of the post: what it is called there, and what to write into it.

    Without lines it is filled in at the counter.
    """

    name: str | Promise
    lines: tuple[str, ...] = ()
    lang: str = ""


@dataclass(frozen=True)
class Form:
    """A form of the post, or what it asks for where we know no form."""

    title: str | Promise
    fields: tuple[Field, ...]


def counter_sheet(draft: Draft, paper: str, *, country: str, language: str) -> bytes:
    """What to write on the forms of registered post, a page for each addressee.

    ``country`` is where the letter is posted. Raises what ``render.pdf`` raises.
    """
    pages = [
        render_to_string("print/counter.html", _counter(draft, addressee, paper, country, language))
        for addressee in draft.addressees
    ]
    return tagged_pdf(pages, ("print/fonts.css", "print/certificate.css", "print/counter.css"))


def _counter(
    draft: Draft, addressee: Addressee, paper: str, country: str, language: str
) -> dict[str, Any]:
    certified = is_certified(country, addressee)
    return {
        "language": language,
        "paper": LAYOUTS[paper].sheet,
        "draft": draft,
        "made_on": draft.date.isoformat(),
        "service": SERVICES.get(country, "") if certified or country != "US" else "",
        "certified": certified,
        "forms": certified_forms(draft, addressee)
        if certified
        else registered_forms(draft, addressee),
        "keep": REGISTERED.keep,
        "reference": draft.reference,
        "reference_word": WORDS[draft.language].reference,
    }


def is_certified(country: str, addressee: Addressee) -> bool:
    """Whether it can go by Certified Mail, which is for addresses in the United States."""
    return country == "US" and (addressee.entity.country or "US") == "US"


def certified_forms(draft: Draft, addressee: Addressee) -> tuple[Form, ...]:
    """The fields of PS Forms 3800 and 3811.

    As uspsguide.com/usps-domestic-return-receipt and postoffice.duke.edu/services/certified-mail
    describe them, read on 2026-11-24.
    """
    lang = language_of_address(addressee, draft)
    to = addressee.lines
    sender = draft.sender_lines[: len(draft.sender_lines) - len(draft.contact_lines)]
    return (
        Form(
            _("PS Form 3800, Certified Mail receipt"),
            (
                Field(_("Sent to"), to[:1], lang),
                Field(_("Street and apartment number, or PO box"), to[1:-1], lang),
                Field(_("City, state, ZIP+4"), to[-1:] if len(to) > 1 else (), lang),
                Field(_("Postmark"), ()),
            ),
        ),
        Form(
            _("PS Form 3811, Domestic Return Receipt, front"),
            (
                Field(_("1. Article addressed to"), to, lang),
                Field(_("2. Article number, from the label of Form 3800"), ()),
                Field(_("3. Service type"), ("Certified Mail",), "en"),
            ),
        ),
        Form(
            _("PS Form 3811, back"),
            (Field(_("Your name, address and ZIP+4: the card comes back there"), sender),),
        ),
    )


def registered_forms(draft: Draft, addressee: Addressee) -> tuple[Form, ...]:
    """What the counter of any post asks for."""
    lang = language_of_address(addressee, draft)
    sender = draft.sender_lines[: len(draft.sender_lines) - len(draft.contact_lines)]
    return (
        Form(
            _("For the receipt of the counter and the advice of delivery"),
            (
                Field(_("Addressee"), addressee.lines, lang),
                Field(_("Sender, to whom the advice of delivery comes back"), sender),
                Field(_("Number of the consignment"), ()),
                Field(_("Posted on"), ()),
                Field(_("Posted where"), ()),
            ),
        ),
    )
