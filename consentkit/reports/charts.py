"""Bars, drawn on the server. The template draws what is computed here, and a table says the same.

A drawing is as wide as a narrow screen, and a label stands above its bar, so that it can be read
at 320 px as well as in print. Kinds of bars differ in pattern, not in colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 260
ROW = 40  # of one bar with its label
LABEL_Y, BAR_Y, BAR = 13, 19, 14
NUMBER = 46  # room for the number at the end of the longest bar
SHORTEST = 2.0  # of a bar that is not nothing
LONGEST_LABEL = 36  # characters


@dataclass(frozen=True)
class Part:
    """A piece of a bar: what it counts, how many, and the address of the cases behind it.

    ``kind`` is how it looks: ours, theirs, late, plain, good, unsure.
    """

    kind: str
    number: int
    title: str
    href: str = ""


@dataclass(frozen=True)
class Row:
    """A bar before it is drawn. ``href`` leads to all the cases of its label."""

    label: str
    parts: tuple[Part, ...]
    href: str = ""

    @property
    def number(self) -> int:
        return sum(part.number for part in self.parts)


@dataclass(frozen=True)
class Piece:
    """A part where it lies."""

    part: Part
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Bar:
    """A row where it lies."""

    row: Row
    y: float
    pieces: tuple[Piece, ...]

    @property
    def label(self) -> str:
        text = self.row.label
        return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1].rstrip()}…"

    @property
    def label_y(self) -> float:
        return self.y + LABEL_Y

    @property
    def number_x(self) -> float:
        return (self.pieces[-1].x + self.pieces[-1].width if self.pieces else 0) + 5

    @property
    def number_y(self) -> float:
        return self.y + BAR_Y + BAR - 2


@dataclass(frozen=True)
class Chart:
    """A drawing of some rows. ``name`` tells it from others on the page."""

    name: str
    title: str
    rows: tuple[Row, ...]
    most: int = 12  # how many of the rows are drawn; the table has all of them

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def height(self) -> int:
        return max(1, len(self.drawn)) * ROW

    @property
    def bar_height(self) -> int:
        return BAR

    @property
    def drawn(self) -> Sequence[Row]:
        return self.rows[: self.most]

    @property
    def left_out(self) -> int:
        """How many rows only the table has."""
        return len(self.rows) - len(self.drawn)

    @property
    def is_empty(self) -> bool:
        return not any(row.number for row in self.rows)

    @property
    def kinds(self) -> list[str]:
        """The kinds of parts that are drawn, in their order."""
        return list(dict.fromkeys(p.kind for row in self.drawn for p in row.parts))

    @property
    def bars(self) -> list[Bar]:
        longest = max((row.number for row in self.drawn), default=0) or 1
        unit = (WIDTH - NUMBER) / longest
        return [
            Bar(row, place * ROW, tuple(_pieces(row, place * ROW + BAR_Y, unit)))
            for place, row in enumerate(self.drawn)
        ]


def _pieces(row: Row, y: float, unit: float) -> list[Piece]:
    found: list[Piece] = []
    x = 0.0
    for part in row.parts:
        if part.number:
            width = max(SHORTEST, round(part.number * unit, 1))
            found.append(Piece(part, x, y, width))
            x = round(x + width, 1)
    return found
