"""Where the address must stand so that a window envelope shows it, and how large it may be.

DIN 5008 form B: the address zone is 85 mm wide and begins 62.7 mm from the top, for six lines in
27.3 mm. US #10 with a single window and a letter folded in three: whatever way the letter slips,
the part from 2.5 to 3.167 inches below the top edge shows (measured on paper).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

TEXT_FACE = Path(__file__).parent / "fonts" / "GentiumBookPlus-Regular.ttf"
MM = 72 / 25.4
INCH = 72.0


@dataclass(frozen=True)
class Envelope:
    """A window: the part of the page, in points from the top left, that is always visible."""

    left: float
    top: float
    width: float
    height: float
    largest: float  # size of type, in points


ENVELOPES = {
    "a4": Envelope(25 * MM, 62.7 * MM, 80 * MM, 27.3 * MM, 10.5),
    "letter": Envelope(1 * INCH, 2.5 * INCH, 3.375 * INCH, 0.66 * INCH, 10),
}
# Where the sender stands: above the window, and never in it.
HEADS = {
    "a4": Envelope(25 * MM, 14 * MM, 165 * MM, 42 * MM, 9.5),
    "letter": Envelope(1 * INCH, 0.6 * INCH, 3.8 * INCH, 1.4 * INCH, 9.5),
}
# The sender's address in one small line above the addressee's, for mail that comes back.
RETURN_LINE = Envelope(25 * MM, 57 * MM, 80 * MM, 4 * MM, 7)
COMFORTABLE, SMALLEST = 9.0, 5.5  # points


class AddressTooLong(ValueError):
    """The address does not fit the window, however small it is printed."""


@dataclass(frozen=True)
class Fitted:
    """An address set to fit: its lines, broken where they must be, and its size in points."""

    lines: tuple[str, ...]
    size: float
    leading: float


def fit(lines: tuple[str, ...], envelope: Envelope) -> Fitted:
    """The largest type at which an address fits its window. Raises AddressTooLong.

    Rather than print very small, neighbouring short lines between the name and the last line are
    joined by a comma, the shortest pair first.
    """
    best = _largest(lines, envelope)
    comfortable = min(COMFORTABLE, envelope.largest)
    while best is None or best.size < comfortable:
        joined = _joined(lines, envelope)
        if joined is None:
            break
        lines = joined
        larger = _largest(lines, envelope)
        if larger is not None and (best is None or larger.size > best.size):
            best = larger
    if best is None:
        raise AddressTooLong(f"the address has too many or too long lines: {', '.join(lines)}")
    return best


def _largest(lines: tuple[str, ...], envelope: Envelope) -> Fitted | None:
    size = envelope.largest
    while size >= SMALLEST:
        broken = tuple(piece for line in lines for piece in _broken(line, size, envelope.width))
        leading = size * 1.2
        if len(broken) * leading <= envelope.height:
            return Fitted(broken, round(size, 2), round(leading, 2))
        size -= 0.25
    return None


def _joined(lines: tuple[str, ...], envelope: Envelope) -> tuple[str, ...] | None:
    """The lines with one pair joined, or None where no pair fits the width."""
    pairs = [(_width(f"{lines[n]}, {lines[n + 1]}"), n) for n in range(1, len(lines) - 2)]
    width, n = min(pairs, default=(0.0, 0))
    if not pairs or width * COMFORTABLE > envelope.width:
        return None
    return (*lines[:n], f"{lines[n]}, {lines[n + 1]}", *lines[n + 2 :])


def _broken(line: str, size: float, width: float) -> list[str]:
    pieces = [""]
    for word in line.split():
        longer = f"{pieces[-1]} {word}".strip()
        if pieces[-1] and _width(longer) * size > width:
            pieces.append(word)
        else:
            pieces[-1] = longer
    return pieces


def _width(text: str) -> float:
    """The width of a text in ems; a character of another font counts as one em."""
    advances = _advances()
    return sum(advances.get(ord(char), 1.0) for char in text)


@cache
def _advances() -> dict[int, float]:
    with TTFont(TEXT_FACE, lazy=True) as font:
        units = font["head"].unitsPerEm
        metrics = font["hmtx"].metrics
        return {code: metrics[name][0] / units for code, name in font.getBestCmap().items()}
