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
from consentkit.letters.envelope import ENVELOPES, INCH, MM
from consentkit.letters.render import MissingEngine, NoGlyph, html, pdf
from consentkit.letters.request import LetterRequest, Stroke
from tests.world import ADA, NEEDED_FACTS, a_request

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


@pytest.mark.parametrize(
    ("law", "right", "paper"),
    [
        ("eu-gdpr", "access", "a4"),
        ("eu-gdpr", "access", "letter"),
        ("uk-gdpr", "access", "a4"),
        ("us-il-bipa", "notice", "letter"),
        ("us-il-bipa", "notice", "a4"),
    ],
)
def test_the_address_is_in_the_window(law: str, right: str, paper: str) -> None:
    draft = compose(a_request(law, right, paper=paper))
    written = pdf(draft, paper)
    window = ENVELOPES[paper]
    lines = [line for line in draft.addressees[0].lines if len(line) > 8]

    for line in lines:
        left, top, right_edge, bottom = box_of(written, line)
        assert left >= window.left - 0.5
        assert right_edge <= window.left + window.width
        assert top >= window.top
        assert bottom <= window.top + window.height


def test_the_windows_are_those_of_the_standards() -> None:
    din, number_ten = ENVELOPES["a4"], ENVELOPES["letter"]

    # DIN 5008 form B: 20 to 105 mm from the left, the last 27.3 mm of 45 to 90 mm from the top.
    assert din.left >= 20 * MM
    assert din.left + din.width <= 105 * MM
    assert (din.top, din.top + din.height) == pytest.approx((62.7 * MM, 90 * MM))
    # #10: what shows however the letter slips, 0.875 to 4.375 by 2.5 to 3.167 inches.
    assert number_ten.left >= 0.875 * INCH
    assert number_ten.left + number_ten.width <= 4.375 * INCH
    assert number_ten.top >= 2.5 * INCH
    assert number_ten.top + number_ten.height <= 3.167 * INCH


def test_nothing_else_shows_in_the_us_window() -> None:
    written = on_paper(a_request("us-il-bipa", "notice"))

    _, _, _, sender_ends = box_of(written, "carl@example.org")
    _, subject_begins, _, _ = box_of(written, "Notice and demand")

    assert sender_ends < 2.04 * INCH
    assert subject_begins > 3.167 * INCH


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


# Tagged paper -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("law", "right", "language"), LETTERS)
def test_every_letter_is_tagged_for_screen_readers(law: str, right: str, language: str) -> None:
    needed = {name: NEEDED_FACTS[name] for name in texts.text_of(law, right, language).needs}
    draft = compose(a_request(law, right, language=language, facts=needed, strokes=DRAWN))

    with pikepdf.open(BytesIO(pdf(draft, "a4"))) as document:
        root = document.Root
        assert str(root.Lang) == draft.locale
        assert root.MarkInfo.Marked
        assert root.ViewerPreferences.DisplayDocTitle
        with document.open_metadata() as metadata:
            assert metadata["dc:title"] == draft.title
            assert metadata["pdfuaid:part"] == "1"
        kinds = [str(element.S) for element in structure(root.StructTreeRoot)]
        assert kinds.count("/H1") == 1
        assert "/Figure" in kinds
        figure = next(e for e in structure(root.StructTreeRoot) if pikepdf.Name.Figure == e.S)
        assert str(figure.Alt)
        for page in document.pages:
            assert page.obj.Tabs == pikepdf.Name.S or "/Annots" not in page.obj
            assert marks_of(page) == reached_on(page, root.StructTreeRoot)
            assert "Artifact" in operators(page)


DRAWN: tuple[Stroke, ...] = (((0.1, 0.2), (0.3, 0.4)),)


def structure(element: Any) -> list[Any]:
    """Every structure element below, in reading order."""
    found = []
    children = element.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            found += [child, *structure(child)]
    return found


def marks_of(page: pikepdf.Page) -> set[int]:
    marks = set()
    for instruction in pikepdf.parse_content_stream(page):
        if str(instruction.operator) == "BDC":
            marks.add(int(instruction.operands[1].MCID))
    return marks


def reached_on(page: pikepdf.Page, root: Any) -> set[int]:
    marks = set()
    for element in structure(root):
        children = element.get("/K", [])
        for child in children if isinstance(children, pikepdf.Array) else [children]:
            on = element.get("/Pg")
            if isinstance(child, pikepdf.Dictionary) and "/MCID" in child:
                on, child = child.get("/Pg", on), child.MCID
            if not isinstance(child, pikepdf.Dictionary) and on.objgen == page.obj.objgen:
                marks.add(int(child))
    return marks


def operators(page: pikepdf.Page) -> str:
    return " ".join(
        f"{i.operator} {i.operands[0] if i.operands else ''}"
        for i in pikepdf.parse_content_stream(page)
        if str(i.operator) == "BMC"
    )


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
