"""The shape of a letter: its HTML cut at its tags, and where each value stands in its tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any


class Differs(Exception):
    """The letter cannot be printed from standing type; the message says why."""


# A text with a character that is no white space, or the value of an attribute that may differ.
_VALUE = re.compile(
    r"(?<=>)([ \n\t]*[^<> \n\t][^<]*)|(?<=\s)((?:data-[\w-]+|content|d)=\")([^\"]*)"
)
_ATTRIBUTE = re.compile(r"data-[\w-]+|content|d")
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Copy:
    """The HTML of one addressee's letter: its shape, and what may differ in it."""

    shape: str
    values: tuple[str, ...]


def cut(page: str) -> Copy:
    """HTML, cut. Raises Differs for characters that a parser changes."""
    shape, values, end = [], [], 0
    for found in _VALUE.finditer(page):
        start = found.end() - len(found[1] or found[3] or "")
        shape.append(page[end:start])
        values.append(unescape(page[start : found.end()]))
        end = found.end()
    shape.append(page[end:])
    if any(map(_ODD.search, values)):
        raise Differs("a control character")
    return Copy("\0".join(shape), tuple(values))


@dataclass(frozen=True)
class Spot:
    """Where a value stands in the element tree.

    ``name`` is ``text``, ``tail`` or an attribute; ``owner`` is the element whose box bears it.
    ``document`` counts the addressees' copies.
    """

    element: Any
    name: str
    owner: Any
    document: int = 0

    @property
    def is_attribute(self) -> bool:
        return self.name not in ("text", "tail")


def spots(root: Any, values: Sequence[str], document: int) -> list[Spot]:
    """Where the values stand, in their order. Raises Differs where the tree has others."""
    found = [
        (Spot(element, name, owner, document), value) for element, name, value, owner in _told(root)
    ]
    if [value for _spot, value in found] != list(values):
        raise Differs("the parser reads another text")
    return [spot for spot, _value in found]


def _told(element: Any) -> Iterator[tuple[Any, str, str, Any]]:
    """What a tree tells, in the order of its source."""
    for name, value in element.attrib.items():
        if _ATTRIBUTE.fullmatch(name):
            yield element, name, value, element
    if (element.text or "").strip(" \n\t"):
        yield element, "text", element.text, element
    for child in element:
        yield from _told(child)
        if (child.tail or "").strip(" \n\t"):
            yield child, "tail", child.tail, element
