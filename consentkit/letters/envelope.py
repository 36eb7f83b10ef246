"""Where things must stand so that a window envelope shows the address, and how large they may be.

A layout is measured data: envelopes with their windows, where the sheet is folded, and where each
part of the head stands on it. A sheet is smaller than its envelope and slips about in it. So two
areas of the page are worked out from the measures: what shows however the sheet lies, where the
whole address must be, and what can come into view at all, where nothing else may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import product
from pathlib import Path

from fontTools.ttLib import TTFont

TEXT_FACE = Path(__file__).parent / "fonts" / "GentiumBookPlus-Regular.ttf"
MM = 72 / 25.4
INCH = 72.0
A4 = (210 * MM, 297 * MM)
US_LETTER = (8.5 * INCH, 11 * INCH)


@dataclass(frozen=True)
class Box:
    """A rectangle, in points from the top left of a page or of the front of an envelope."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def moved(self, right: float, down: float) -> Box:
        return Box(self.left + right, self.top + down, self.width, self.height)

    def within(self, other: Box, slack: float = 0.01) -> bool:
        """Whether it lies inside another, save for some ``slack`` on each side."""
        return (
            self.left >= other.left - slack
            and self.top >= other.top - slack
            and self.right <= other.right + slack
            and self.bottom <= other.bottom + slack
        )

    def touches(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True)
class Place(Box):
    """Where lines of the head stand, and the largest type they are set in, in points."""

    largest: float


@dataclass(frozen=True)
class Source:
    """Where measures were read, when, and how far they can be relied on."""

    what: str
    where: str
    read_on: date
    confidence: str  # "standard" as quoted there, "maker" of the envelope, "custom" of the trade


@dataclass(frozen=True)
class Window:
    """An envelope with its window for the address, and where it has one that for the sender."""

    name: str
    width: float
    height: float
    address: Box
    sender: Box | None = None


@dataclass(frozen=True)
class Layout:
    """How a letter stands on its sheet. Measures are in points from the top left of the page.

    ``folds`` and ``punch`` are marks at the left edge, by their distance from the top. The first
    fold is the lower edge of what is seen in the envelope. ``beside`` says that e-mail address and
    telephone stand with the date, where the sender's place has no room for them.
    """

    key: str
    sheet: str  # "a4" or "letter"
    windows: tuple[Window, ...]
    folds: tuple[float, float]
    margins: tuple[float, float, float, float]  # top from page 2 on, right, bottom, left
    sender: Place
    about: Place
    address: Place
    body: float  # where the text begins on the first page
    sources: tuple[Source, ...]
    return_line: Place | None = None
    punch: float | None = None
    beside: bool = False
    about_right: bool = False

    @property
    def size(self) -> tuple[float, float]:
        return US_LETTER if self.sheet == "letter" else A4

    def slips(self, window: Window) -> Iterator[tuple[float, float]]:
        """How far the page can be from the left and upper edge of an envelope: the four corners.

        The sheet is folded like a Z. Its lowest edge is the first fold; where the upper part is the
        shorter one, as in form A of DIN 5008, the page begins below the top of what is folded.
        """
        width, height = self.size
        upper = self.folds[0]
        folded = max(upper, self.folds[1] - upper, height - self.folds[1])
        for right, down in product((0.0, window.width - width), (0.0, window.height - folded)):
            yield right, down + folded - upper

    def always_seen(self) -> Box:
        """What shows of the page in every envelope of the layout, however the sheet lies."""
        return _common(list(self._views()))

    def sender_seen(self) -> Box | None:
        """The same for a second window, for the sender."""
        views = list(self._views(sender=True))
        return _common(views) if views else None

    def may_be_seen(self) -> list[Box]:
        """All that can come into view, by window: from the farthest left to the farthest right."""
        seen = []
        for window in self.windows:
            for pane in filter(None, (window.address, window.sender)):
                views = [pane.moved(-right, -down) for right, down in self.slips(window)]
                left, top = min(v.left for v in views), min(v.top for v in views)
                right, bottom = max(v.right for v in views), max(v.bottom for v in views)
                seen.append(Box(left, top, right - left, bottom - top))
        return seen

    def _views(self, *, sender: bool = False) -> Iterator[Box]:
        for window in self.windows:
            pane = window.sender if sender else window.address
            if pane is not None:
                yield from (pane.moved(-right, -down) for right, down in self.slips(window))


def _common(boxes: list[Box]) -> Box:
    left, top = max(box.left for box in boxes), max(box.top for box in boxes)
    right, bottom = min(box.right for box in boxes), min(box.bottom for box in boxes)
    return Box(left, top, right - left, bottom - top)


def _mm(left: float, top: float, width: float, height: float) -> Box:
    return Box(left * MM, top * MM, width * MM, height * MM)


def _place(left: float, top: float, width: float, height: float, largest: float) -> Place:
    return Place(left * MM, top * MM, width * MM, height * MM, largest)


def _inches(left: float, top: float, width: float, height: float) -> Box:
    return Box(left * INCH, top * INCH, width * INCH, height * INCH)


def _inch_place(left: float, top: float, width: float, height: float, largest: float) -> Place:
    return Place(left * INCH, top * INCH, width * INCH, height * INCH, largest)


READ = date(2026, 11, 24)
A4_MARGINS = (22 * MM, 20 * MM, 24 * MM, 25 * MM)

# Windows ------------------------------------------------------------------------------------------

DIN_DL = Window("DL", 220 * MM, 110 * MM, _mm(20, 110 - 15 - 45, 90, 45))
DIN_C65 = Window("C6/C5", 229 * MM, 114 * MM, _mm(20, 114 - 15 - 45, 90, 45))
SWISS = Window("C5/6", 229 * MM, 114 * MM, _mm(229 - 17 - 90, 114 - 30 - 40, 90, 40))
SWISS_OLD = Window("C5/6", 229 * MM, 114 * MM, _mm(229 - 12 - 100, 114 - 21 - 45, 100, 45))
# Where the frame that is read for the page comes to lie with the sheet pushed to the upper left.
FRENCH = Window("DL", 220 * MM, 110 * MM, _mm(110, 55, 85, 33))
BRITISH = Window("DL", 220 * MM, 110 * MM, _mm(20, 110 - 18 - 35, 90, 35))
NUMBER_10 = Window("#10", 9.5 * INCH, 4.125 * INCH, _inches(0.875, 4.125 - 0.5 - 1.125, 4.5, 1.125))
NUMBER_10_DOUBLE = Window(
    "#10",
    9.5 * INCH,
    4.125 * INCH,
    _inches(0.625, 4.125 - 1 - 1, 4, 1),
    _inches(0.625, 4.125 - 2.375 - 0.875, 3.25, 0.875),
)

DIN_SOURCES = (
    Source(
        "DIN 5008: forms A and B, folds at 87 and 192 or 105 and 210 mm, punch mark at 148.5 mm",
        "https://sprache-kompakt.de/schreibpraxis/briefe/briefbogen-faltmarken.php",
        READ,
        "standard",
    ),
    Source(
        "DIN 5008: address field of 85 by 45 mm, 17.7 mm for the return line, 27.3 for the address",
        "https://gruendung.de/din-5008/anschriftenfeld",
        READ,
        "standard",
    ),
    Source(
        "DIN 676: address field 20 mm from the left, 27 (A) or 45 mm (B) from the top",
        "http://www.r9005.de/wissen/vorlagen-briefbogen.php",
        READ,
        "standard",
    ),
    Source(
        "DIN 680: DL and C6/C5, window of 90 by 45 mm, 20 mm from the left, 15 from the bottom",
        "https://de.wiki.li/DIN_lang",
        READ,
        "standard",
    ),
)
# The postal service asks that every character of the address shows however the insert moves.
PUB_25 = Source(
    "USPS Publication 25, 3-9: the whole address shows over the full movement of the insert",
    "https://about.usps.com/publications/pub25/pub25_ch3_009.htm",
    READ,
    "standard",
)

# Layouts ------------------------------------------------------------------------------------------

LAYOUTS = {
    layout.key: layout
    for layout in (
        Layout(
            key="a4",  # DIN 5008 form B; the first layout there was, so it has the plain name
            sheet="a4",
            windows=(DIN_DL, DIN_C65),
            folds=(105 * MM, 210 * MM),
            punch=148.5 * MM,
            margins=A4_MARGINS,
            sender=_place(25, 13, 165, 31, 9.5),
            about=_place(125, 62.7, 65, 27.3, 9.5),
            return_line=_place(25, 56.2, 66, 6, 7),
            address=_place(25, 62.7, 66, 27.3, 10.5),
            body=100 * MM,
            sources=DIN_SOURCES,
        ),
        Layout(
            key="din-a",
            sheet="a4",
            windows=(DIN_DL, DIN_C65),
            folds=(87 * MM, 192 * MM),
            punch=148.5 * MM,
            margins=A4_MARGINS,
            sender=_place(25, 8, 165, 18, 9.5),
            about=_place(125, 32, 65, 40, 9.5),
            return_line=_place(25, 38.2, 66, 6, 7),
            address=_place(25, 44.7, 66, 27.3, 10.5),
            body=82 * MM,
            beside=True,
            sources=DIN_SOURCES,
        ),
        Layout(
            key="ch",
            sheet="a4",
            windows=(SWISS, SWISS_OLD),
            folds=(105 * MM, 210 * MM),
            margins=A4_MARGINS,
            sender=_place(25, 15, 72, 31, 9.5),
            about=_place(25, 48.5, 72, 26, 9.5),
            address=_place(123, 48.5, 69, 26, 10.5),
            body=98 * MM,
            sources=(
                Source(
                    "SN 010130 and the older norm: window right, of 90 by 40 or 100 by 45 mm, "
                    "17 or 12 mm from the right, 30 or 21 mm from the bottom of C5/6",
                    "https://studylibfr.com/doc/2273411/",
                    READ,
                    "maker",
                ),
                Source(
                    "Folds at 105 and 210 mm",
                    "https://ctan.org/pkg/koma-script (SN.lco)",
                    READ,
                    "custom",
                ),
            ),
        ),
        Layout(
            key="fr",
            sheet="a4",
            windows=(FRENCH,),
            folds=(99 * MM, 198 * MM),
            margins=(22 * MM, 20 * MM, 24 * MM, 20 * MM),
            sender=_place(20, 15, 75, 36, 9.5),
            about=_place(20, 55.5, 75, 21, 9.5),
            address=_place(111, 55.5, 73, 21, 10.5),
            body=95 * MM,
            sources=(
                Source(
                    "Address in a frame of 85 by 33 mm, 110 mm from the left, 55 mm from the top",
                    "https://edics.fr/rediger-vos-adresses-les-bonnes-pratiques/",
                    READ,
                    "custom",
                ),
                Source(
                    "NF Z 11-001: address right, folds at 99 and 198 mm",
                    "https://ctan.org/pkg/koma-script (NF.lco)",
                    READ,
                    "custom",
                ),
            ),
        ),
        Layout(
            key="uk",
            sheet="a4",
            windows=(BRITISH,),
            folds=(99 * MM, 198 * MM),
            margins=(22 * MM, 20 * MM, 24 * MM, 22 * MM),
            sender=_place(122, 14, 68, 38, 9.5),
            about=_place(122, 57.5, 68, 23, 9.5),
            address=_place(22, 57.5, 77, 23, 10.5),
            body=95 * MM,
            sources=(
                Source(
                    "Royal Mail: a window is at least 15 mm from top and sides, 18 from the bottom",
                    "https://online.flippingbook.com/view/353760/77/",
                    READ,
                    "standard",
                ),
                Source(
                    "DL window of 90 by 35 mm, 20 mm from the left, 18 mm from the bottom",
                    "the usual window of British envelopes; no document of a maker was read",
                    READ,
                    "custom",
                ),
            ),
        ),
        Layout(
            key="letter",  # #10 with one window; the plain name for the same reason
            sheet="letter",
            windows=(NUMBER_10,),
            folds=(11 / 3 * INCH, 22 / 3 * INCH),
            margins=(0.9 * INCH, 1 * INCH, 0.95 * INCH, 1 * INCH),
            sender=_inch_place(1, 0.6, 3.8, 1.4, 9.5),
            about=_inch_place(5, 0.6, 2.5, 1.4, 9.5),
            about_right=True,
            address=_inch_place(1, 2.5, 3.375, 0.66, 10),
            body=3.75 * INCH,
            sources=(
                Source(
                    "#10 window of 4 1/2 by 1 1/8 inches, 7/8 from the left, 1/2 from the bottom",
                    "https://www.businessenvelopes.com/window-envelopes-the-complete-guide",
                    READ,
                    "maker",
                ),
                PUB_25,
            ),
        ),
        Layout(
            key="letter-double",
            sheet="letter",
            windows=(NUMBER_10_DOUBLE,),
            folds=(11 / 3 * INCH, 22 / 3 * INCH),
            margins=(0.9 * INCH, 0.85 * INCH, 0.95 * INCH, 0.75 * INCH),
            sender=_inch_place(0.75, 0.88, 2.1, 0.4, 9.5),
            about=_inch_place(4.95, 0.88, 2.7, 1.4, 9.5),
            about_right=True,
            address=_inch_place(0.75, 2.13, 2.85, 0.53, 10),
            body=3.75 * INCH,
            beside=True,
            sources=(
                Source(
                    "#10 with two windows: 3 1/4 by 7/8 inches, 2 3/8 from the bottom, and "
                    "4 by 1, 1 from the bottom, both 5/8 from the left",
                    "https://help.lob.com/print-and-mail/designing-mail/mail-piece-design-specs/"
                    "letter-envelopes",
                    READ,
                    "maker",
                ),
                PUB_25,
            ),
        ),
    )
}

# The envelope is the sender's, so it is that of where they live.
AT_HOME = {
    "US": "letter",
    "CA": "letter",
    "CH": "ch",
    "LI": "ch",
    "FR": "fr",
    "MC": "fr",
    "GB": "uk",
    "GG": "uk",
    "IM": "uk",
    "JE": "uk",
}


# Type that fits -----------------------------------------------------------------------------------

COMFORTABLE, SMALLEST = 9.0, 5.5  # points


class AddressTooLong(ValueError):
    """The address does not fit the window, however small it is printed."""


@dataclass(frozen=True)
class Fitted:
    """An address set to fit: its lines, broken where they must be, and its size in points."""

    lines: tuple[str, ...]
    size: float
    leading: float


def fit(lines: tuple[str, ...], place: Place) -> Fitted:
    """The largest type at which an address fits its place. Raises AddressTooLong.

    Rather than print very small, neighbouring short lines between the name and the last line are
    joined by a comma, the shortest pair first.
    """
    best = _largest(lines, place)
    comfortable = min(COMFORTABLE, place.largest)
    while best is None or best.size < comfortable:
        joined = _joined(lines, place)
        if joined is None:
            break
        lines = joined
        larger = _largest(lines, place)
        if larger is not None and (best is None or larger.size > best.size):
            best = larger
    if best is None:
        raise AddressTooLong(f"the address has too many or too long lines: {', '.join(lines)}")
    return best


def _largest(lines: tuple[str, ...], place: Place) -> Fitted | None:
    size = place.largest
    while size >= SMALLEST:
        broken = tuple(piece for line in lines for piece in _broken(line, size, place.width))
        leading = size * 1.2
        wide = max((_width(piece) * size for piece in broken), default=0.0)
        if len(broken) * leading <= place.height and wide <= place.width:
            return Fitted(broken, round(size, 2), round(leading, 2))
        size -= 0.25
    return None


def _joined(lines: tuple[str, ...], place: Place) -> tuple[str, ...] | None:
    """The lines with one pair joined, or None where no pair fits the width."""
    pairs = [(_width(f"{lines[n]}, {lines[n + 1]}"), n) for n in range(1, len(lines) - 2)]
    width, n = min(pairs, default=(0.0, 0))
    if not pairs or width * COMFORTABLE > place.width:
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


@lru_cache(maxsize=512)
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
