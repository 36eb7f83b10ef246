"""House texts: what a team puts into its letters beside the words of the law.

They are plain words with places from one fixed list, filled in one pass: nothing is evaluated, and
what is put into a place is never read again. They are only ever added: the letterhead above the
sender, paragraphs after the law's own, one line before the complimentary close.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

Label = str | Promise
Item = TypeVar("Item", str, int)


class Kind(StrEnum):
    """Where a house text stands in a letter."""

    LETTERHEAD = "letterhead"
    PARAGRAPH = "paragraph"
    CLOSING = "closing"


KINDS: dict[Kind, Label] = {
    Kind.LETTERHEAD: _("letterhead, above the sender"),
    Kind.PARAGRAPH: _("paragraph, after those of the law"),
    Kind.CLOSING: _("closing line, before the complimentary close"),
}

# What a place can stand for, and nothing else.
PLACES: dict[str, Label] = {
    "matter_number": _("the number of the matter; where there is none, the reference"),
    "reference": _("the reference of the letter"),
    "platform": _("the name of the company"),
    "team": _("the name of your team"),
    "client": _("the name of the person whose data it is about"),
}
_PLACE = re.compile(rf"\{{({'|'.join(PLACES)})\}}")
_BRACED = re.compile(r"\{[^{}\n]*\}|[{}]")
# A wide value in many places would fill a page.
PLACES_IN_A_TEXT = 8
# In every letter, and with that of a campaign.
PARAGRAPHS_EVERYWHERE = 3
PARAGRAPHS_IN_A_LETTER = PARAGRAPHS_EVERYWHERE + 1


@dataclass(frozen=True)
class Limit:
    """How much room a text has: its characters, its lines, and the characters of one line."""

    characters: int
    lines: int
    line: int


LIMITS: dict[Kind, Limit] = {
    Kind.LETTERHEAD: Limit(characters=240, lines=4, line=60),
    Kind.PARAGRAPH: Limit(characters=1200, lines=20, line=1200),
    Kind.CLOSING: Limit(characters=160, lines=1, line=160),
}

UNSEEN = ("Cc", "Cf", "Co", "Cs")
# Line ends, and what joins or parts the letters of some scripts.
JOINING = "\n\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"

# The keys of house paragraphs in a letter; no text file may use them.
KEY = "house-"


@dataclass(frozen=True)
class House:
    """The house texts of one letter, with their places still open.

    ``versions`` are the versions they come from, by number of their row. ``team`` and
    ``matter_number`` are what the letter itself does not know.
    """

    letterhead: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    closing: str = ""
    versions: tuple[int, ...] = ()
    team: str = ""
    matter_number: str = ""

    def __bool__(self) -> bool:
        return bool(self.letterhead or self.paragraphs or self.closing)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled in, in one pass; a value stays on one line."""
    return _PLACE.sub(lambda place: " ".join(values[place[1]].split()), text)


def tidy(words: str) -> str:
    """Words with the line ends that we use, and nothing around them."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def faults(kind: Kind, words: str) -> list[str]:
    """What is wrong with a text, in words for whoever wrote it; empty where nothing is."""
    if not words.strip():
        return [gettext("Write the text.")]
    return [*_wrong_places(words), *_unseen(words), *_too_much(LIMITS[kind], words)]


def _wrong_places(words: str) -> list[str]:
    known = ", ".join(f"{{{name}}}" for name in PLACES)
    wrong = dict.fromkeys(found for found in _BRACED.findall(words) if not _PLACE.fullmatch(found))
    said = [
        gettext(
            "“%(found)s” is no place that can be filled in. Curly brackets are only for these: "
            "%(known)s."
        )
        % {"found": found, "known": known}
        for found in list(wrong)[:3]
    ]
    if len(_PLACE.findall(words)) > PLACES_IN_A_TEXT:
        said.append(
            gettext("A text can have %(most)s places at most.") % {"most": PLACES_IN_A_TEXT}
        )
    return said


def _unseen(words: str) -> list[str]:
    """Signs that nobody sees, and that could turn the order of what one reads."""
    if any(unicodedata.category(sign) in UNSEEN and sign not in JOINING for sign in words):
        return [gettext("There is a sign in it that cannot be seen. Type the text anew.")]
    return []


def _too_much(limit: Limit, words: str) -> list[str]:
    lines = words.split("\n")
    said = []
    if len(words) > limit.characters:
        said.append(
            gettext("It has %(now)s characters; there is room for %(most)s.")
            % {"now": len(words), "most": limit.characters}
        )
    if len(lines) > limit.lines:
        said.append(
            ngettext(
                "It has %(now)s lines; there is room for %(most)s.",
                "It has %(now)s lines; there is room for %(most)s.",
                limit.lines,
            )
            % {"now": len(lines), "most": limit.lines}
        )
    if limit.lines > 1 and max(map(len, lines)) > limit.line < limit.characters:
        said.append(
            gettext("A line of it has more than %(most)s characters.") % {"most": limit.line}
        )
    return said


# As JSON ------------------------------------------------------------------------------------------


class BadHouse(ValueError):
    """Something that is no set of house texts; the message says what is wrong."""


def as_json(house: House) -> dict[str, Any]:
    """House texts as JSON says them; ``from_json`` gives them back."""
    return {
        "letterhead": list(house.letterhead),
        "paragraphs": list(house.paragraphs),
        "closing": house.closing,
        "versions": list(house.versions),
        "team": house.team,
        "matter_number": house.matter_number,
    }


def from_json(told: object) -> House:
    """The house texts that were kept. Raises BadHouse."""
    if not isinstance(told, dict) or not set(told) <= set(as_json(House())):
        raise BadHouse("'house' is not an object with the keys of house texts")
    return House(
        letterhead=_list(told, "letterhead", str),
        paragraphs=_list(told, "paragraphs", str),
        closing=_text(told, "closing"),
        versions=_list(told, "versions", int),
        team=_text(told, "team"),
        matter_number=_text(told, "matter_number"),
    )


def check(house: House) -> None:
    """Raises BadHouse where a text has a fault, or there are too many."""
    texts = [(Kind.PARAGRAPH, words) for words in house.paragraphs]
    if house.letterhead:
        texts.append((Kind.LETTERHEAD, "\n".join(house.letterhead)))
    if house.closing:
        texts.append((Kind.CLOSING, house.closing))
    for kind, words in texts:
        for fault in faults(kind, words):
            raise BadHouse(f"{kind}: {fault}")
    if any("{team}" in words for _kind, words in texts) and not house.team:
        raise BadHouse("'team' of 'house' is missing, and a text has its place")
    if len(house.paragraphs) > PARAGRAPHS_IN_A_LETTER:
        raise BadHouse(f"'paragraphs' of 'house': {PARAGRAPHS_IN_A_LETTER} at most")


def _list(told: Mapping[str, Any], key: str, kind: type[Item]) -> tuple[Item, ...]:
    value = told.get(key, [])
    if not isinstance(value, list) or any(type(one) is not kind for one in value):
        raise BadHouse(f"{key!r} of 'house' is not a list")
    return tuple(value)


def _text(told: Mapping[str, Any], key: str) -> str:
    value = told.get(key, "")
    if not isinstance(value, str):
        raise BadHouse(f"{key!r} of 'house' is not a text")
    return value
