"""Pages as pictures, against pictures that somebody has looked at.

Where a page differs, the picture expected, the one made and the difference are written to a folder
that the failure names. ``pytest --pages`` takes the pages as they are now; look at each before it
is committed. Letters are in our own font, so they look the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops

from consentkit.correspondence.postal import counter_sheet, envelope_sheet
from consentkit.letters.compose import Draft, compose
from consentkit.letters.envelope import LAYOUTS
from consentkit.letters.render import pdf
from consentkit.letters.request import Stroke
from tests.world import a_request

PAGES = Path(__file__).parent / "pages"
DPI = 75
# A pixel counts where its grey differs by more than this of 255, and so many may: what rounding in
# another build of the library that draws them can do to the edges of letters.
DIFFERENT, MOST = 48, 4

SIGNED: tuple[Stroke, ...] = (((0.05, 0.6), (0.2, 0.2), (0.3, 0.8), (0.5, 0.3), (0.9, 0.6)),)
AT_HOME = {
    "a4": ("eu-gdpr", "access", "de"),
    "din-a": ("eu-gdpr", "erasure", "en"),
    "uk": ("uk-gdpr", "access", "en"),
    "ch": ("ch-fadp", "access", "fr"),
    "fr": ("eu-gdpr", "access", "fr"),
    "letter": ("us-il-bipa", "notice", "en"),
    "letter-double": ("us-il-bipa", "notice", "en"),
}


@cache
def a_letter(key: str) -> Draft:
    law, right, language = AT_HOME[key]
    return compose(a_request(law, right, language=language, strokes=SIGNED))


@cache
def a_long_letter() -> bytes:
    """A letter of six pages, with lists, headings and a last page of its own."""
    draft = a_letter("a4")
    body = [one for one in draft.paragraphs if one.key != "request"]
    return pdf(replace(draft, paragraphs=(*draft.paragraphs, *body, *body, *body)), "a4")


def pages() -> dict[str, Callable[[], tuple[bytes, int]]]:
    """What is looked at: how it is made, and which page of it."""
    made: dict[str, Callable[[], tuple[bytes, int]]] = {}
    for key in LAYOUTS:
        made[key] = lambda key=key: (pdf(a_letter(key), key), 0)
    for key in ("a4", "letter"):
        made[f"{key}-2"] = lambda key=key: (pdf(a_letter(key), key), 1)
    made["long-3"] = lambda: (a_long_letter(), 2)
    made["long-last"] = lambda: (a_long_letter(), -1)
    for key in ("a4", "letter"):
        made[f"{key}-envelope"] = lambda key=key: (envelope_sheet(a_letter(key), key, "en"), 0)
    made["counter-us"] = lambda: (
        counter_sheet(a_letter("letter"), "letter", country="US", language="en"),
        0,
    )
    made["counter-de"] = lambda: (
        counter_sheet(a_letter("a4"), "a4", country="DE", language="en"),
        0,
    )
    return made


def picture(written: bytes, number: int) -> Image.Image:
    with pypdfium2.PdfDocument(written) as document:
        page = document[number % len(document)]
        shown: Image.Image = page.render(scale=DPI / 72, grayscale=True).to_pil()
    return shown.convert("L")


def different(one: Image.Image, other: Image.Image) -> Image.Image:
    """The pixels that differ, in white."""
    return ImageChops.difference(one, other).point(lambda grey: 255 if grey > DIFFERENT else 0)


def keep(shown: Image.Image, reference: Path) -> None:
    """Save a picture with sixteen greys, which is small and looks the same."""
    levels = shown.point(lambda grey: (grey + 8) // 17)
    small = Image.frombytes("P", levels.size, levels.tobytes())
    small.putpalette([17 * level for level in range(16) for _ in "rgb"])
    small.save(reference, optimize=True, bits=4)


@pytest.mark.parametrize("name", pages())
def test_a_page_looks_as_it_did_when_it_was_reviewed(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    reference = PAGES / f"{name}.png"
    actual = picture(*pages()[name]())

    if request.config.getoption("--pages"):
        keep(actual, reference)
    expected = Image.open(reference).convert("L")
    if actual.size == expected.size:
        difference = different(actual, expected)
        changed = difference.histogram()[255]
    else:
        difference, changed = actual, actual.width * actual.height
    if changed > MOST:
        for kind, image in (("expected", expected), ("actual", actual), ("difference", difference)):
            image.save(tmp_path / f"{name}-{kind}.png")
        pytest.fail(f"{changed} pixels of {name} have changed; look at the pictures in {tmp_path}")


def test_a_changed_pixel_is_noticed() -> None:
    """The tolerance is below what one other figure in a date changes."""
    draft = a_letter("a4")
    moved = replace(draft, date_line=draft.date_line.replace("24", "25"))

    difference = different(picture(pdf(draft, "a4"), 0), picture(pdf(moved, "a4"), 0))

    assert difference.histogram()[255] > MOST


def test_no_picture_is_left_behind() -> None:
    assert {path.stem for path in PAGES.glob("*.png")} == set(pages())
    assert sum(path.stat().st_size for path in PAGES.glob("*.png")) < 1_000_000
