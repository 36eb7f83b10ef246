"""The ways a letter can go, with everything each of them needs."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from consentkit.correspondence.handover import fits_mailto, length, mailto, pieces
from consentkit.letters.compose import Draft
from consentkit.platforms.records import EntityRecord
from consentkit.web.forms import WAYS, Tile


def email_of(entity: EntityRecord) -> str:
    """The address for privacy matters, or that of the data protection officer."""
    return entity.privacy_email or entity.dpo_email or ""


def ways(
    entities: tuple[EntityRecord, ...], *, to_authority: bool = False
) -> list[tuple[str, Tile]]:
    """The ways that lead to the addressees, the quickest first. Paper always can be printed."""
    paper = gettext("A PDF to print and sign; the best proof of receipt.")
    post = ("post", Tile(WAYS["post"], paper))
    if to_authority:
        hint = gettext("You copy the text into it, or into a letter or e-mail of your own.")
        return [("authority", Tile(WAYS["authority"], hint)), post]
    found = []
    email = next(filter(None, map(email_of, entities)), "")
    form = next((entity.web_form for entity in entities if entity.web_form), "")
    if email:
        found.append(("email", Tile(WAYS["email"], gettext("To %(address)s") % {"address": email})))
    if form:
        found.append(("form", Tile(WAYS["form"], gettext("You copy the text into it."))))
    return [*found, post]


@dataclass(frozen=True)
class Mail:
    """An e-mail to one of the addressees.

    ``whole`` opens a mail program with the text, ``empty`` without; ``fits`` says whether every
    program can be expected to take the text along.
    """

    to: str
    subject: str
    body: str
    whole: str
    empty: str
    fits: bool


def mails(draft: Draft) -> list[Mail]:
    """One e-mail for each addressee that has an address."""
    found = []
    for to in dict.fromkeys(email_of(addressee.entity) for addressee in draft.addressees):
        if to:
            subject, body = draft.subject, draft.body()
            whole, empty = mailto(to, subject, body), mailto(to, subject)
            found.append(Mail(to, subject, body, whole, empty, fits_mailto(whole)))
    return found


@dataclass(frozen=True)
class FormText:
    """The text for a web form, in pieces that fit its fields."""

    number: int
    text: str
    length: int


def form_texts(draft: Draft, size: int) -> list[FormText]:
    text = f"{draft.subject}\n\n{draft.body()}"
    return [
        FormText(number, piece, length(piece)) for number, piece in enumerate(pieces(text, size), 1)
    ]


def web_forms(draft: Draft) -> list[EntityRecord]:
    """The addressees that have a web form, each form once."""
    found: dict[str, EntityRecord] = {}
    for addressee in draft.addressees:
        if addressee.entity.web_form:
            found.setdefault(addressee.entity.web_form, addressee.entity)
    return list(found.values())
