"""Paper: the same bytes, the address in the window, every character, and no way out."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from consentkit.letters import render, texts
from consentkit.letters.compose import compose
from consentkit.letters.render import MissingEngine, NoGlyph, html, pdf
from consentkit.letters.request import LetterRequest
from tests.world import ADA, a_request

LETTERS = sorted(texts.catalogue())
SCRIPTS = "العربية שלום 中文 日本語 Ελληνικά Русский n\u0303 Z\u0351 ﬁ 100 % $& {{ x }} <b> ] &amp;"
EMOJI = "😀 ❤️"


def on_paper(request: LetterRequest) -> bytes:
    return pdf(compose(request), request.paper)


def text_of(written: bytes) -> str:
    """The text of a PDF as a reader's program extracts it, spaces and line ends as one space."""
    with pypdfium2.PdfDocument(written) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(" ".join(pages).split())


def box_of(written: bytes, text: str) -> tuple[float, float, float, float]:
    """Where the first occurrence of a text stands: left, top, right, bottom in points.

    Counted from the top left of the first page. What comes first is read first.
    """
    with pypdfium2.PdfDocument(written) as document:
        page = document[0]
        textpage = page.get_textpage()
        index, count = textpage.search(text).get_next()
        boxes = [textpage.get_charbox(n) for n in range(index, index + count)]
        height = page.get_height()
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), height - max(top), max(right), height - min(bottom)


def test_the_same_request_gives_the_same_bytes_here_and_in_another_process() -> None:
    request = a_request(facts={"scope": SCRIPTS + EMOJI}, strokes=(((0.1, 0.2), (0.3, 0.4)),))
    again = (
        "import sys, django; sys.path.insert(0, '.'); django.setup()\n"
        "from tests.letters.test_render import *\n"
        "request = a_request(facts={'scope': SCRIPTS + EMOJI}, "
        "strokes=(((0.1, 0.2), (0.3, 0.4)),))\n"
        "sys.stdout.buffer.write(on_paper(request))\n"
    )

    first = on_paper(request)

    assert on_paper(request) == first
    assert (
        subprocess.run([sys.executable, "-c", again], check=True, capture_output=True).stdout
        == first
    )


@pytest.mark.parametrize("script", [*SCRIPTS.split(), EMOJI.split()[0]])
def test_every_script_is_printed(script: str) -> None:
    written = on_paper(a_request(facts={"scope": f"before {script} after"}))

    assert "before" in text_of(written)
    assert ".notdef" not in text_of(written)
    if script.isascii():
        assert f"before {script} after" in text_of(written)


def test_a_character_that_no_font_has_is_an_error_that_names_it() -> None:
    with pytest.raises(NoGlyph, match=r"U\+E123 without a name.*fonts-noto") as raised:
        on_paper(a_request(facts={"scope": "a private \ue123 character"}))

    assert raised.value.characters == ("\ue123",)


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize(
    "told",
    [
        {
            "edits": {
                "request": "A long word: " + "x" * 300 + "\n\n" + "sentence after sentence. " * 400
            }
        },
        {"facts": {"scope": "- item\n" * 200}},
        {"sender": replace(ADA, name="Maximiliane " * 17)},
    ],
)
def test_long_texts_stay_on_the_paper(paper: str, told: dict[str, Any]) -> None:
    written = on_paper(a_request(paper=paper, **told))

    with pypdfium2.PdfDocument(written) as document:
        for page in document:
            textpage = page.get_textpage()
            boxes = [textpage.get_charbox(n) for n in range(textpage.count_chars())]
            assert all(left >= 0 and right <= page.get_width() for left, _, right, _ in boxes)


# Copies and fonts --------------------------------------------------------------------------------


def test_a_letter_to_two_companies_is_two_letters() -> None:
    from datetime import date

    request = a_request("us-il-bipa", "notice", facts={"since": date(2021, 6, 2)})

    written = text_of(on_paper(request))

    assert written.count("Page 1 of") == 2
    assert "Also sent to: Example Old Inc., 4 Main Street" in written
    assert "Also sent to: Example New LLC, 3 Main Street" in written


def test_fonts_are_embedded_and_subset() -> None:
    with pikepdf.open(BytesIO(on_paper(a_request()))) as document:
        fonts = [
            o
            for o in document.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
        ]

        assert fonts
        for font in fonts:
            assert "/FontFile2" in font or "/FontFile3" in font
            assert str(font.FontName)[7] == "+"


# No way out ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/x", "https://example.org/x.png", "file:///etc/passwd", "data:text/css,x",
     "font:../render.py", "font:/etc/passwd", "font:OFL.txt"],
)  # fmt: skip
def test_the_engine_can_fetch_nothing_but_our_fonts(url: str) -> None:
    from weasyprint.urls import FatalURLFetchingError

    with pytest.raises(FatalURLFetchingError):
        render._fetcher().fetch(url)


def test_our_fonts_can_be_fetched() -> None:
    assert render._fetcher().fetch("font:GentiumBookPlus-Regular.ttf").read()[:4] == b"\0\1\0\0"


def test_markup_that_is_typed_fetches_nothing() -> None:
    typed = '<img src="file:///etc/passwd"><link rel=stylesheet href="http://127.0.0.1:9/">'

    assert '<img src="file:///etc/passwd">' in text_of(on_paper(a_request(facts={"scope": typed})))


def test_a_missing_engine_is_an_error_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoLibrary:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libgobject-2.0-0'")

    for name in [name for name in sys.modules if name.split(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoLibrary(), *sys.meta_path])
    render._loaded.cache_clear()
    with pytest.raises(
        MissingEngine, match="sudo apt-get install libpango-1.0-0.*brew install pango"
    ):
        on_paper(a_request())
    render._loaded.cache_clear()


# HTML ---------------------------------------------------------------------------------------------


class _Texts(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_stands_alone_and_escapes_what_is_typed() -> None:
    typed = "<script>alert(1)</script> {{ x }} &amp;"
    page = html(compose(a_request(facts={"scope": typed})), "a4")

    assert typed in _Texts(page).text
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "url(" not in page


def test_the_fonts_we_ship_come_with_their_licence() -> None:
    assert "SIL Open Font License, Version 1.1" in (Path(render.FONTS) / "OFL.txt").read_text()
