"""The same letter by other engines: the words of one draft, our fonts, the same two pages.

Each maker takes a draft and gives a PDF. None of them has an advantage that its users would not
have: what can be kept between letters (fonts, a compiled template, a browser) is kept. Their
packages are in requirements-bench.txt.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from consentkit.letters.compose import WORDS, Draft
from consentkit.letters.render import FONTS, html

REGULAR, BOLD = FONTS / "GentiumBookPlus-Regular.ttf", FONTS / "GentiumBookPlus-Bold.ttf"
Maker = Callable[[Draft], bytes]


@dataclass(frozen=True)
class Peer:
    """One engine: what it is called, whether its PDF is tagged, and how to begin with it."""

    name: str
    tagged: bool
    begin: Callable[[ExitStack], Maker]
    package: str

    @property
    def title(self) -> str:
        return f"{self.name} {version(self.package)}"


def parts(draft: Draft) -> Iterator[tuple[str, str]]:
    """The letter from its subject on: ``h1``, ``h2``, ``p``, ``line``, ``item``; and the words."""
    yield "h1", draft.subject
    yield "p", draft.salutation
    for paragraph in draft.included():
        if paragraph.heading:
            yield "h2", paragraph.heading
        for block in paragraph.blocks:
            if block.kind == "item":
                yield "item", f"{block.label} {block.text}"
            else:
                yield ("line" if block.kind == "line" else "p"), block.text
    yield "p", draft.closing
    yield "space", ""
    yield "p", draft.signer


def about(draft: Draft) -> list[str]:
    words = WORDS[draft.language]
    return [draft.date_line, f"{words.reference}{words.colon} {draft.reference}"]


# WeasyPrint, as its documentation shows it --------------------------------------------------------


def stock(stack: ExitStack) -> Maker:
    """A plain loop: fonts and style sheets are read for each letter."""
    import weasyprint
    from django.template.loader import render_to_string
    from weasyprint.text.fonts import FontConfiguration

    def make(draft: Draft) -> bytes:
        fonts = FontConfiguration()
        faces = render_to_string("print/fonts.css").replace("font:", f"{FONTS.as_uri()}/")
        css = weasyprint.CSS(string=faces, font_config=fonts)
        page = weasyprint.HTML(string=html(draft, "a4"))
        written = page.write_pdf(stylesheets=[css], font_config=fonts, pdf_variant="pdf/ua-1")
        assert written is not None
        return bytes(written)

    return make


# Typst --------------------------------------------------------------------------------------------

TYPST = """
#let letter = json(bytes(sys.inputs.letter))
#set document(title: letter.title)
#set text(font: "Gentium Book Plus", size: 10.5pt, lang: letter.language, hyphenate: true)
#set par(leading: 0.52em, spacing: 2.6mm)
#set page(
  paper: "a4", margin: (left: 25mm, right: 20mm, top: 22mm, bottom: 24mm),
  footer: context [
    #set text(size: 8.5pt)
    #letter.about.at(1) #h(1fr) #counter(page).display() / #counter(page).final().first()
  ],
)
#block(height: 35mm, for line in letter.sender [#text(size: 9.5pt, line) \\ ])
#grid(columns: (80mm, 1fr),
  block(height: 27.3mm, for line in letter.address [#line \\ ]),
  for line in letter.about [#text(size: 9.5pt, line) \\ ])
#for (kind, words) in letter.parts {
  if kind == "h1" { heading(level: 1, text(size: 11.5pt, words)) }
  else if kind == "h2" { heading(level: 2, text(size: 10.5pt, words)) }
  else if kind == "item" { pad(left: 6mm, par(hanging-indent: 6mm, words)) }
  else if kind == "space" { v(16mm) }
  else { par(words) }
}
"""


def typst(stack: ExitStack) -> Maker:
    """A template that is compiled once; each letter comes as JSON. Tagged for PDF/UA-1."""
    import typst as engine

    source = Path(stack.enter_context(TemporaryDirectory())) / "letter.typ"
    source.write_text(TYPST)
    compiler = engine.Compiler(
        str(source), root=str(source.parent), font_paths=[str(FONTS)], ignore_system_fonts=True
    )

    def make(draft: Draft) -> bytes:
        told = {
            "title": draft.title,
            "language": draft.language,
            "sender": draft.sender_lines,
            "address": draft.addressees[0].lines,
            "about": about(draft),
            "parts": list(parts(draft)),
        }
        inputs = {"letter": json.dumps(told)}
        return bytes(compiler.compile(format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"]))

    return make


# ReportLab ----------------------------------------------------------------------------------------


def reportlab(stack: ExitStack) -> Maker:
    """Platypus, with its paragraphs and frames. Its PDF has no tags."""
    from xml.sax.saxutils import escape

    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    pdfmetrics.registerFont(TTFont("Letter", str(REGULAR)))
    pdfmetrics.registerFont(TTFont("Letter-Bold", str(BOLD)))
    body = ParagraphStyle("p", fontName="Letter", fontSize=10.5, leading=14.3, spaceAfter=2.6 * mm)
    small = ParagraphStyle("small", parent=body, fontSize=9.5, leading=12.4, spaceAfter=0)
    styles = {
        "p": body,
        "line": ParagraphStyle("line", parent=body, spaceAfter=0),
        "item": ParagraphStyle("item", parent=body, leftIndent=6 * mm, spaceAfter=1 * mm),
        "h1": ParagraphStyle("h1", parent=body, fontName="Letter-Bold", fontSize=11.5),
        "h2": ParagraphStyle("h2", parent=body, fontName="Letter-Bold", keepWithNext=1),
    }

    def make(draft: Draft) -> bytes:
        written = BytesIO()
        story: list[Any] = [Paragraph(escape(line), small) for line in draft.sender_lines]
        story.append(Spacer(1, 8 * mm))
        story += [Paragraph(escape(line), body) for line in draft.addressees[0].lines]
        story += [Paragraph(escape(line), small) for line in about(draft)]
        story.append(Spacer(1, 10 * mm))
        for kind, words in parts(draft):
            story.append(
                Spacer(1, 16 * mm) if kind == "space" else Paragraph(escape(words), styles[kind])
            )

        def foot(canvas: Any, document: Any) -> None:
            canvas.setFont("Letter", 8.5)
            canvas.drawString(25 * mm, 14 * mm, about(draft)[1])
            canvas.drawRightString(190 * mm, 14 * mm, str(document.page))

        SimpleDocTemplate(
            written, pagesize=A4, title=draft.title, leftMargin=25 * mm, rightMargin=20 * mm,
            topMargin=14 * mm, bottomMargin=24 * mm,
        ).build(story, onFirstPage=foot, onLaterPages=foot)  # fmt: skip
        return written.getvalue()

    return make


# fpdf2 --------------------------------------------------------------------------------------------


def fpdf2(stack: ExitStack) -> Maker:
    """Its cells; it has no way to keep a font between two documents, and no tags."""
    from fpdf import FPDF

    # It says for each letter which tables of the font it leaves out.
    logging.getLogger("fontTools").setLevel(logging.ERROR)

    class Letter(FPDF):  # type: ignore[misc]
        reference = ""

        def footer(self) -> None:
            self.set_y(-14)
            self.set_font("Letter", size=8.5)
            self.cell(0, 4, f"{self.reference}   {self.page_no()} / {{nb}}")

    def make(draft: Draft) -> bytes:
        page = Letter(format="A4")
        page.reference = about(draft)[1]
        page.set_title(draft.title)
        page.set_lang(draft.locale)
        page.set_margins(25, 14, 20)
        page.set_auto_page_break(True, margin=24)
        page.add_font("Letter", fname=str(REGULAR))
        page.add_font("Letter", style="B", fname=str(BOLD))
        page.add_page()
        page.set_font("Letter", size=9.5)
        for line in (*draft.sender_lines, "", *draft.addressees[0].lines, *about(draft), ""):
            page.multi_cell(0, 4.4, line, new_x="LMARGIN", new_y="NEXT")
        for kind, words in parts(draft):
            if kind == "space":
                page.ln(16)
                continue
            page.set_font("Letter", "B" if kind in ("h1", "h2") else "", 10.5)
            page.set_x(31 if kind == "item" else 25)
            page.multi_cell(0, 5, words, new_x="LMARGIN", new_y="NEXT")
            page.ln(1 if kind in ("item", "h2") else 2.6)
        return bytes(page.output())

    return make


# Chromium -----------------------------------------------------------------------------------------


def chromium(stack: ExitStack) -> Maker:
    """One warm browser, one page: our own HTML, printed. Tagged, as its printing is by default."""
    import shutil

    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
    if program is None:
        raise LookupError("Chromium is not installed")
    playwright = stack.enter_context(sync_playwright())
    browser = playwright.chromium.launch(
        executable_path=program,
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )
    stack.callback(browser.close)
    page = browser.new_page()
    faces = "".join(
        f"@font-face{{font-family:'Letter';font-weight:{weight};src:url('{path.as_uri()}')}}"
        for weight, path in ((400, REGULAR), (700, BOLD))
    )
    home = Path(stack.enter_context(TemporaryDirectory())) / "letter.html"

    def make(draft: Draft) -> bytes:
        home.write_text(html(draft, "a4").replace("</head>", f"<style>{faces}</style></head>"))
        page.goto(home.as_uri())
        page.evaluate("document.fonts.ready")
        return bytes(page.pdf(prefer_css_page_size=True, tagged=True))

    return make


PEERS = (
    Peer("WeasyPrint, plain loop", True, stock, "weasyprint"),
    Peer("Typst", True, typst, "typst"),
    Peer("ReportLab", False, reportlab, "reportlab"),
    Peer("fpdf2", False, fpdf2, "fpdf2"),
    Peer("Chromium by Playwright", True, chromium, "playwright"),
)


def main() -> None:
    """Write each peer's letter into a folder, to be looked at."""
    folder = Path(sys.argv[1])
    from benchmarks.letters import a_draft

    draft = a_draft("eu-gdpr")
    for peer in PEERS:
        with ExitStack() as stack:
            (folder / f"{peer.package}.pdf").write_bytes(peer.begin(stack)(draft))


if __name__ == "__main__":
    main()
