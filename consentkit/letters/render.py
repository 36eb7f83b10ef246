"""A draft becomes paper: HTML first, then a tagged PDF that is the same bytes every time.

The engine gets the letter's own HTML and our fonts. It can reach neither the network nor the file
system. A missing engine is an error with the command that installs it; a character that no font
has is an error that names it.
"""

from __future__ import annotations

import logging
import os
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from . import signature
from .compose import WORDS, Addressee, Draft
from .envelope import ENVELOPES, HEADS, RETURN_LINE, AddressTooLong, Fitted, fit
from .finish import finish

if TYPE_CHECKING:
    from weasyprint import Document

FONTS = Path(__file__).parent / "fonts"
INSTALL = {
    "Debian or Ubuntu": "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
    "Fedora": "sudo dnf install pango",
    "macOS": "brew install pango",
}
RARE_SCRIPTS = "sudo apt-get install fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji"


class MissingEngine(RuntimeError):
    """The native libraries of the PDF engine are not installed; the message says how to."""

    def __init__(self) -> None:
        commands = "; ".join(f"{system}: {command}" for system, command in INSTALL.items())
        super().__init__(f"PDF needs the Pango library, which is not installed. {commands}")


class NoGlyph(ValueError):
    """The letter has characters that no installed font can show. ``characters`` are they."""

    def __init__(self, characters: tuple[str, ...]) -> None:
        self.characters = characters
        names = ", ".join(
            f"{char} (U+{ord(char):04X} {unicodedata.name(char, 'without a name')})"
            for char in characters
        )
        super().__init__(
            f"No installed font can print {names}. Fonts for more scripts: {RARE_SCRIPTS}"
        )


def html(draft: Draft, paper: str) -> str:
    """The letter to its first addressee as one HTML page that stands alone."""
    return _html(draft, paper, draft.addressees[0], styled=True)


def pdf(draft: Draft, paper: str) -> bytes:
    """The letter as a PDF, tagged for PDF/UA-1, with a copy for each addressee.

    ``paper`` is ``a4`` or ``letter``. Raises MissingEngine or NoGlyph.
    """
    copies = [_html(draft, paper, addressee) for addressee in draft.addressees]
    return tagged_pdf(copies, ("print/fonts.css", "print/base.css", f"print/{paper}.css"))


def tagged_pdf(pages: Sequence[str], styles: tuple[str, ...]) -> bytes:
    """HTML documents as one PDF, tagged for PDF/UA-1; each counts its own pages.

    ``styles`` are the templates of the style sheets. Raises MissingEngine or NoGlyph.
    """
    with typesetting() as engine:
        written = engine.written([engine.document(page, styles) for page in pages])
    return finish(written)


def _html(draft: Draft, paper: str, addressee: Addressee, *, styled: bool = False) -> str:
    words = WORDS[draft.language]
    before, _, rest = words.page.partition("{page}")
    between, _, after = rest.partition("{pages}")
    others = [other for other in draft.addressees if other is not addressee]
    return render_to_string(
        "print/letter.html",
        {
            "draft": draft,
            "paper": paper,
            "addressee": addressee,
            "address": fit(addressee.lines, ENVELOPES[paper]),
            "sender": fit(draft.sender_lines, HEADS[paper]),
            "return_line": _return_line(draft),
            "others": [", ".join(other.lines) for other in others],
            "paragraphs": draft.included(),
            "words": words,
            "page_words": (before, between, after),
            "signature": signature.path(draft.strokes),
            "signature_size": (signature.WIDTH, signature.HEIGHT),
            "styles": style_sheet(paper) if styled else "",
        },
    )


def _return_line(draft: Draft) -> Fitted | None:
    """The sender in one line, left out where one line does not hold it."""
    try:
        line = fit((draft.return_line,), RETURN_LINE) if draft.return_line else None
    except AddressTooLong:
        return None
    return line if line is not None and len(line.lines) == 1 else None


def style_sheet(paper: str) -> str:
    """The style sheets of a letter on this paper, as one text."""
    return render_to_string("print/base.css") + render_to_string(f"print/{paper}.css")


def _import_engine() -> Any:
    try:
        import weasyprint  # slow to import, and the native libraries it needs may be missing
        import weasyprint.text.fonts
    except OSError:
        raise MissingEngine from None
    return weasyprint


class Engine:
    """WeasyPrint with our fonts, in one thread at a time: see ``typesetting``."""

    def __init__(self) -> None:
        weasyprint = _import_engine()
        # A font's subset notes when it was made, unless it is told: the same bytes each time.
        os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
        self.weasyprint = weasyprint
        self.fetcher = _fetcher()
        self.fonts = weasyprint.text.fonts.FontConfiguration()
        self.styles: dict[tuple[str, ...], Any] = {}
        self.unknown: set[str] = set()

    def document(self, page: str, styles: tuple[str, ...]) -> Document:
        """An HTML document, laid out; ``styles`` are the templates of its style sheets."""
        if styles not in self.styles:
            self.styles[styles] = self.weasyprint.CSS(
                string="".join(render_to_string(name) for name in styles),
                font_config=self.fonts,
                url_fetcher=self.fetcher,
            )
        return self.weasyprint.HTML(string=page, url_fetcher=self.fetcher).render(
            stylesheets=[self.styles[styles]], font_config=self.fonts
        )

    def written(self, documents: Sequence[Document]) -> bytes:
        """Documents as one tagged PDF, its margins not yet finished. Raises NoGlyph."""
        pages = [page for document in documents for page in document.pages]
        whole = documents[0].copy(pages)
        pdf: bytes | None = whole.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=False)
        if self.unknown:
            raise NoGlyph(tuple(sorted(self.unknown)))
        assert pdf is not None
        return pdf


class _UnknownGlyphs(logging.Handler):
    """Catches what the engine only logs: a character that no font has."""

    def __init__(self, found: set[str]) -> None:
        super().__init__(logging.WARNING)
        self.found = found

    def emit(self, record: logging.LogRecord) -> None:
        if "notdef" in str(record.msg) and isinstance(record.args, tuple) and record.args:
            self.found.add(str(record.args[0]))


@cache
def _loaded() -> Engine:
    return Engine()


# WeasyPrint's fonts are not safe to use from two threads.
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def typesetting() -> Iterator[Engine]:
    """The engine, for whoever lays out and writes at once. Raises MissingEngine."""
    with _ONE_AT_A_TIME:
        engine = _loaded()
        engine.unknown = set()
        logger = logging.getLogger("weasyprint")
        handler = _UnknownGlyphs(engine.unknown)
        logger.addHandler(handler)
        try:
            yield engine
        finally:
            logger.removeHandler(handler)


def _fetcher() -> Any:
    """A fetcher that gives our own fonts and refuses everything else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class OwnFontsOnly(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            name = url.removeprefix("font:")
            path = FONTS / name
            if name != url and path.parent == FONTS and path.suffix == ".ttf" and path.is_file():
                return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})
            raise FatalURLFetchingError(f"a letter may not fetch {url}")

    return OwnFontsOnly(allowed_protocols=())
