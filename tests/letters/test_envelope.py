"""The address is inside the window, whatever the address, layout and language; and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import cycle

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from consentkit.letters.compose import Addressee, Draft, compose
from consentkit.letters.envelope import (
    LAYOUTS,
    MM,
    AddressTooLong,
    Box,
    Layout,
    Place,
    fit,
)
from consentkit.letters.render import pdf
from consentkit.letters.request import PAPERS, Sender
from consentkit.letters.texts import languages
from consentkit.platforms.authorities import authorities
from consentkit.platforms.loading import read_directory
from consentkit.platforms.records import EntityRecord
from tests.world import a_request

SHORT = ("Example LLC", "1 Main Street", "Springfield, CA 90001")
LONG = (
    "Example Ireland Limited",
    "Attn: Privacy",
    "Merrion Road",
    "Dublin 4",
    "D04 X2K5",
    "IRELAND",
)
# Four postal lines and an address for e-mail: as much as somebody has.
SENDER = Sender(
    "Maximiliane Musterfrau-Beispielhuber",
    (
        "c/o Beispiel, Hinterhaus, 4. Stock",
        "Lange Musterstraße 125a",
        "10115 Berlin",
        "Deutschland",
    ),
    "maximiliane.musterfrau-beispielhuber@example.org",
    "+49 30 1234567",
)
WHICH = ("most lines", "widest line", "most letters")
each_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))


# Type that fits -----------------------------------------------------------------------------------


@each_layout
@pytest.mark.parametrize("lines", [SHORT, LONG, (*LONG, "one more"), ("word " * 40, *SHORT)])
def test_an_address_fits(lines: tuple[str, ...], layout: Layout) -> None:
    place = layout.address

    fitted = fit(lines, place)

    assert len(fitted.lines) * fitted.leading <= place.height
    assert (
        " ".join(fitted.lines).replace(",", "").split() == " ".join(lines).replace(",", "").split()
    )


def test_short_lines_are_joined_before_the_type_becomes_small() -> None:
    assert fit(LONG, LAYOUTS["a4"].address).lines == LONG
    assert fit(LONG, LAYOUTS["letter"].address).lines == (
        "Example Ireland Limited",
        "Attn: Privacy, Merrion Road",
        "Dublin 4, D04 X2K5",
        "IRELAND",
    )


@pytest.mark.parametrize("lines", [tuple("x" * 60 for _ in range(40)), ("x" * 200,)])
def test_an_address_without_end_is_an_error(lines: tuple[str, ...]) -> None:
    with pytest.raises(AddressTooLong):
        fit(lines, LAYOUTS["letter"].address)


# Windows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "seen"),
    [  # left, top, right and bottom in millimetres, worked out by hand from the sources
        ("a4", (20, 54, 91, 90)),
        ("din-a", (20, 36, 91, 72)),
        ("ch", (122, 48, 193, 75)),
        ("fr", (110, 55, 185, 77)),
        ("uk", (20, 57, 100, 81)),
        ("letter", (22.2, 63.5, 111.1, 80.4)),  # 0.875, 2.5, 4.375 and 3.167 inches
        ("letter-double", (15.9, 54, 92.1, 67.7)),
    ],
)
def test_what_shows_however_the_sheet_lies(key: str, seen: tuple[float, ...]) -> None:
    box = LAYOUTS[key].always_seen()

    measured = [side / MM for side in (box.left, box.top, box.right, box.bottom)]
    assert measured == pytest.approx(seen, abs=0.05)


@each_layout
def test_each_part_of_the_head_has_its_place(layout: Layout) -> None:
    seen, windows = layout.always_seen(), layout.may_be_seen()

    assert layout.address.within(seen)
    assert layout.return_line is None or layout.return_line.within(seen)
    sender_window = layout.sender_seen()
    if sender_window is None:
        assert not any(layout.sender.touches(window) for window in windows)
    else:
        assert layout.sender.within(sender_window)
    for window in windows:
        assert not layout.about.touches(window)
        assert window.bottom < layout.body
    assert layout.sources
    assert layout.key in PAPERS


@cache
def longest() -> dict[str, tuple[str, ...]]:
    """The addresses of the directory and of authorities that need most room, each way."""
    found = [
        (entity.legal_name or record.name, *entity.address)
        for record in read_directory()[0]
        for entity in record.entities
        if entity.address
    ]
    found += [(each.name, *each.address) for each in authorities().values()]
    return {
        "most lines": max(found, key=len),
        "widest line": max(found, key=lambda lines: max(map(len, lines))),
        "most letters": max(found, key=lambda lines: sum(map(len, lines))),
    }


@cache
def a_draft(language: str = "en") -> Draft:
    """A letter of few words, with much at its head."""
    draft = compose(a_request(language=language, sender=SENDER))
    return replace(draft, paragraphs=draft.paragraphs[:1])


def glyphs(written: bytes) -> Iterator[tuple[str, Box]]:
    """What stands on the first page, character by character, in the order of reading."""
    with pypdfium2.PdfDocument(written) as document:
        page = document[0]
        textpage, height = page.get_textpage(), page.get_height()
        for n in range(textpage.count_chars()):
            char = chr(pdfium.FPDFText_GetUnicode(textpage, n))
            left, bottom, right, top = textpage.get_charbox(n)
            if char.strip():
                yield char, Box(left, height - top, right - left, top - bottom)


def check_windows(draft: Draft, layout: Layout) -> None:
    """What can come into view is the address and what belongs beside it, and it always shows."""
    written = pdf(draft, layout.key)
    windows, seen, sender_seen = layout.may_be_seen(), layout.always_seen(), layout.sender_seen()

    in_view = [
        (char, box)
        for char, box in glyphs(written)
        if any(box.touches(window) for window in windows)
    ]

    expected = [*fit(draft.addressees[0].lines, layout.address).lines]
    if layout.return_line:
        expected = [draft.return_line, *expected]
    if layout.beside and sender_seen:
        postal = draft.sender_lines[: -len(draft.contact_lines)]
        expected = [*fit(postal, layout.sender).lines, *expected]
    text = "".join(char for char, _ in in_view)
    assert text.replace("ﬁ", "fi") == "".join("".join(expected).split())
    for _, box in in_view:
        assert box.within(seen, 0.3) or (sender_seen and box.within(sender_seen, 0.3))


@each_layout
@pytest.mark.parametrize(
    ("language", "which"),
    list(zip(languages("eu-gdpr", "access"), cycle(WHICH), strict=False)),
)
def test_the_longest_addresses_show_and_nothing_else(
    language: str, which: str, layout: Layout
) -> None:
    lines = longest()[which]
    addressee = Addressee(lines[0], lines, EntityRecord(regions=("*",), legal_name=lines[0]))

    check_windows(replace(a_draft(language), addressees=(addressee,)), layout)


@each_layout
def test_fold_and_punch_marks_are_where_the_layout_has_them(layout: Layout) -> None:
    expected = sorted(filter(None, (*layout.folds, layout.punch)))
    draft = compose(a_request())  # of two pages

    with pypdfium2.PdfDocument(pdf(draft, layout.key)) as document:
        first, second = (marks(page) for page in list(document)[:2])

    assert first == pytest.approx(expected, abs=1)
    assert second == []


def marks(page: pypdfium2.PdfPage) -> list[float]:
    """Where lines are drawn 6 mm from the left edge, in points from the top."""
    scale = 3
    picture = page.render(scale=scale, grayscale=True).to_pil()
    x = round(6 * MM * scale)
    rows = [y for y in range(picture.height) if picture.getpixel((x, y)) < 200]
    return [y / scale for y in rows if y - 1 not in rows]


def test_a_place_that_holds_nothing_is_an_error() -> None:
    with pytest.raises(AddressTooLong):
        fit(SHORT, Place(0, 0, 100, 5, 10))
