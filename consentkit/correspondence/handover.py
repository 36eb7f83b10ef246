"""Handing a letter over where the person sends it: a ``mailto:`` link, pieces for a web form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import combining
from urllib.parse import quote

# Windows hands a mail program no more than some two thousand characters of an address.
LONGEST_MAILTO = 1_900
LINE_END = re.compile(r"\r\n|\r|\n")
# Where a text may be cut, the best place first: between paragraphs, lines, sentences, words.
BORDERS = ("\n\n", "\n", r"(?<=[.!?;:]) ", " ")
JOINER = "\u200d"


def mailto(to: str, subject: str, body: str = "") -> str:
    """A ``mailto:`` address (RFC 6068) that opens the person's own mail program."""
    address = f"mailto:{quote(to, safe='@+')}?subject={quote(subject, safe='')}"
    if not body:
        return address
    lines = LINE_END.sub("\r\n", body)
    return f"{address}&body={quote(lines, safe='')}"


def fits_mailto(address: str) -> bool:
    """Whether every mail program is likely to accept the address whole."""
    return len(address) <= LONGEST_MAILTO


def length(text: str) -> int:
    """The characters as a browser counts them for a field's limit: in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, size: int) -> list[str]:
    """The text in pieces of at most ``size`` characters, cut between paragraphs where possible.

    Nothing but white space at the cuts is lost.
    """
    found: list[str] = []
    for part in _parts(LINE_END.sub("\n", text).strip(), size, BORDERS):
        glued = f"{found[-1]}{part}" if found else part
        if found and length(glued.strip()) <= size:
            found[-1] = glued
        else:
            found.append(part)
    return [piece.strip() for piece in found if piece.strip()]


def _parts(text: str, size: int, borders: tuple[str, ...]) -> Iterator[str]:
    """Parts that each fit, with the white space that follows them."""
    if length(text.strip()) <= size:
        yield text
    elif not borders:
        yield from _cut(text, size)
    else:
        # The capturing group keeps the border at the end of the part before it.
        split = re.split(f"({borders[0]})", text)
        for part, border in zip(split[::2], [*split[1::2], ""], strict=True):
            yield from _parts(part + border, size, borders[1:])


def _cut(word: str, size: int) -> Iterator[str]:
    """A word longer than a field, cut where no character is torn from what belongs to it."""
    part = ""
    for character in _clusters(word):
        if part and length(part + character) > size:
            yield part
            part = ""
        part += character
    yield part


def _clusters(word: str) -> Iterator[str]:
    cluster = ""
    for character in word:
        belongs = (
            combining(character) or character in (JOINER, "\ufe0f") or cluster.endswith(JOINER)
        )
        if cluster and not belongs:
            yield cluster
            cluster = ""
        cluster += character
    yield cluster
