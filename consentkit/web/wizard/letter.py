"""The letter as it can be edited: each paragraph as written, as the person has it, and why.

Every paragraph of the page sends its text back with a fingerprint of the text that was offered.
Where the two agree nobody has edited, and the paragraph may change with the facts; where they
differ, the words are the person's own and stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from django.http import QueryDict
from django.utils.translation import get_language, gettext

from consentkit.letters.compose import Draft, Paragraph, compose
from consentkit.letters.request import LetterRequest
from consentkit.letters.texts import languages, text_of
from consentkit.web.forms import Tile

from .concerns import LETTERS

# The prefixes of fields that belong to one paragraph of one letter.
TEXT, WAS = "text:", "was:"

# Languages of a place, the one of most people first. Elsewhere a letter is in English.
OFFICIAL: dict[str, tuple[str, ...]] = {
    "AT": ("de",), "BE": ("nl", "fr", "de"), "CH": ("de", "fr", "it"), "DE": ("de",),
    "ES": ("es",), "FR": ("fr",), "IT": ("it",), "LI": ("de",), "LU": ("fr", "de"),
    "MC": ("fr",), "NL": ("nl",), "PL": ("pl",), "SM": ("it",),
    "CH-BE": ("de", "fr"), "CH-FR": ("fr", "de"), "CH-GE": ("fr",), "CH-GR": ("de", "it"),
    "CH-JU": ("fr",), "CH-NE": ("fr",), "CH-TI": ("it",), "CH-VD": ("fr",), "CH-VS": ("fr", "de"),
}  # fmt: skip


def letter_language(law: str, kind: str, residence: str, wanted: str | None) -> str:
    """The language of a letter: the wanted one; else the reader's, if it is official where they
    live; else that of the place; else English."""
    written = languages(law, kind)
    country = residence.split("-")[0]
    reader = (get_language() or "en").split("-")[0]
    official = OFFICIAL.get(residence) or OFFICIAL.get(country) or ("en",)
    at_home = [reader, *official] if reader in official else official
    choices: tuple[str, ...] = (wanted or "", *at_home, "en", *written)
    return next(one for one in choices if one in written)


def title_of(law: str, kind: str) -> Tile:
    """What a kind of letter is called, in the reader's language if it is written in that."""
    reader = (get_language() or "en").split("-")[0]
    written = languages(law, kind)
    language = next(one for one in (reader, "en", *written) if one in written)
    title = text_of(law, kind, language).title
    return Tile(title, LETTERS.get(kind, ""), lang="" if language == reader else language)


@dataclass(frozen=True)
class Reason:
    """Why a paragraph is there, what it rests on, and the language this is said in."""

    why: str
    cites: str
    lang: str


@dataclass(frozen=True)
class Piece:
    """A paragraph on the page. ``typed`` is what stands in its editing field.

    ``reason`` says why it is there, in the reader's language if the letter is written in that.
    """

    name: str
    paragraph: Paragraph
    typed: str
    was: str
    reason: Reason

    @property
    def id(self) -> str:
        return self.name.replace(".", "-").replace("_", "-")

    @property
    def rows(self) -> int:
        """How many lines the field needs for its text, about."""
        return min(24, 1 + sum(1 + len(line) // 60 for line in self.typed.split("\n")))


@dataclass(frozen=True)
class Sheet:
    """A letter in the making. ``out`` names the paragraphs that are left out."""

    request: LetterRequest
    draft: Draft
    pieces: tuple[Piece, ...]
    out: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return any(piece.paragraph.edited for piece in self.pieces) or bool(self.out)


def fingerprint(text: str) -> str:
    return sha256(_plain(text).encode()).hexdigest()[:16]


def sheet(request: LetterRequest, answers: QueryDict) -> Sheet:
    """The letter with the edits that the answers bring along. Raises what ``compose`` raises."""
    scope = f"{request.law}.{request.right}.{request.language}"
    written = compose(request, preview=True)
    out = _left_out(answers)
    edits: dict[str, str | None] = {}
    own: dict[str, str] = {}
    for paragraph in written.paragraphs:
        name = f"{scope}.{paragraph.key}"
        typed = _plain(answers.get(TEXT + name, ""))
        edited = typed.strip() and fingerprint(typed) != answers.get(WAS + name)
        if edited and not paragraph.house and answers.get("restore") != name:
            own[name] = edits[paragraph.key] = typed
        if name in out and paragraph.optional:
            edits[paragraph.key] = None
    draft = compose(replace(request, edits=edits), preview=True)
    originals = {paragraph.key: paragraph.text for paragraph in written.paragraphs}
    reasons = _reasons(request)
    pieces = tuple(
        Piece(
            name=(name := f"{scope}.{paragraph.key}"),
            paragraph=paragraph,
            typed=own.get(name, originals[paragraph.key]),
            was=fingerprint(originals[paragraph.key]),
            reason=_of_house()
            if paragraph.house
            else reasons.get(paragraph.key)
            or Reason(paragraph.why, paragraph.cites, request.language),
        )
        for paragraph in draft.paragraphs
    )
    return Sheet(replace(request, edits=edits), draft, pieces, out)


def _reasons(request: LetterRequest) -> dict[str, Reason]:
    """The reasons for each paragraph as the same letter gives them in the reader's language."""
    reader = (get_language() or "en").split("-")[0]
    if reader not in languages(request.law, request.right):
        return {}
    text = text_of(request.law, request.right, reader)
    return {one.key: Reason(one.why, one.cites, reader) for one in text.paragraphs}


def _of_house() -> Reason:
    said = gettext(
        "Your team puts this paragraph into its letters. Its words are approved and stay as they "
        "are; you can leave it out."
    )
    return Reason(said, "", get_language() or "en")


def _left_out(answers: QueryDict) -> tuple[str, ...]:
    """The paragraphs left out, after the button that was pressed."""
    out = list(dict.fromkeys(answers.getlist("out")))
    toggled = answers.get("toggle")
    if toggled:
        out = [name for name in out if name != toggled] if toggled in out else [*out, toggled]
    return tuple(out)


def _plain(text: str) -> str:
    """The text with the line ends that we use; a browser sends those of its own."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
