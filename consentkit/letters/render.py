"""A draft becomes paper: HTML first, then a tagged PDF that is the same bytes every time.

The engine gets the letter's own HTML and our fonts. It can reach neither the network nor the file
system. A missing engine is an error with the command that installs it; a character that no font
has is an error that names it.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from babel.languages import get_official_languages
from django.template.loader import render_to_string

from . import signature
from .compose import WORDS, Addressee, Draft, compose
from .enclosed import enclosures
from .envelope import LAYOUTS, AddressTooLong, Fitted, Layout, Place, fit
from .finish import About, Enclosure, finish
from .press import pinned, sample, writer

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from weasyprint import Document

LETTERHEAD_GAP = 6  # points, as base.css has it
LEGIBLE = 7.0  # points
FONTS = Path(__file__).parent / "fonts"
INSTALL = {
    "Debian or Ubuntu": "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
    "Fedora": "sudo dnf install pango",
    "macOS": "brew install pango",
}
OPTIONS = {"pdf_variant": "pdf/ua-1", "pdf_version": "1.7"}
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

    ``paper`` is a key of ``envelope.LAYOUTS``. Raises MissingEngine or NoGlyph.
    """
    copies = tuple(_html(draft, paper, addressee) for addressee in draft.addressees)
    with typesetting() as engine:
        return engine.printed(copies, sheets_of(paper), enclosures(draft))


def sheets_of(paper: str) -> tuple[str, ...]:
    """The templates of the style sheets of a letter on this paper."""
    return ("print/fonts.css", "print/base.css", f"print/{paper}.css")


def tagged_pdf(pages: Sequence[str], styles: tuple[str, ...]) -> bytes:
    """HTML documents as one PDF, tagged for PDF/UA-1; each counts its own pages.

    ``styles`` are the templates of the style sheets. Raises MissingEngine or NoGlyph.
    """
    with typesetting() as engine:
        return engine.finished([engine.document(page, styles) for page in pages])


def _html(draft: Draft, paper: str, addressee: Addressee, *, styled: bool = False) -> str:
    words = WORDS[draft.language]
    before, _, rest = words.page.partition("{page}")
    between, _, after = rest.partition("{pages}")
    others = [other for other in draft.addressees if other is not addressee]
    layout = LAYOUTS[paper]
    beside = draft.contact_lines if layout.beside else ()
    letterhead, sender = _head(draft, beside, layout.sender)
    about = (*beside, draft.date_line, f"{words.reference}{words.colon} {draft.reference}")
    return render_to_string(
        "print/letter.html",
        {
            "draft": draft,
            "paper": paper,
            "addressee": addressee,
            "address": fit(addressee.lines, layout.address),
            "letterhead": letterhead,
            "sender": sender,
            "about": fit(about, layout.about),
            "return_line": _return_line(draft, layout),
            "running_head": _running_head(draft),
            "address_language": language_of_address(addressee, draft),
            "others": [", ".join(other.lines) for other in others],
            "paragraphs": draft.included(),
            "words": words,
            "page_words": (before, between, after),
            "signature": signature.path(draft.strokes),
            "signature_size": (signature.WIDTH, signature.HEIGHT),
            "styles": style_sheet(paper) if styled else "",
        },
    )


def _running_head(draft: Draft) -> str:
    """What stands at the head of each page but the first: whose letter it is, and of when."""
    name = shorten(draft.signer, 60, placeholder="…")
    return f"{_apart(name)} · {draft.date_line}"


# Scripts that run from right to left, by the classes of the Unicode bidirectional algorithm.
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def _apart(text: str) -> str:
    """A text with an invisible mark behind it, where the next words would else run into it."""
    if any(unicodedata.bidirectional(char) in RIGHT_TO_LEFT for char in text):
        return f"{text}\N{LEFT-TO-RIGHT MARK}"
    return text


def language_of_address(addressee: Addressee, draft: Draft) -> str:
    """The language of an address in another country than the letter's, where it has but one."""
    spoken = get_official_languages(addressee.entity.country or "ZZ", de_facto=True)
    return str(spoken[0]) if len(spoken) == 1 and spoken[0] != draft.language else ""


def _head(draft: Draft, beside: tuple[str, ...], room: Place) -> tuple[Fitted | None, Fitted]:
    """The letterhead of a team, if there is one, and the sender in the room that it leaves.

    Where both together would be too small to read, as in a window, the letterhead is left to the
    text of the letter. What stands ``beside`` needs no room. Raises AddressTooLong.
    """
    lines = draft.sender_lines[: len(draft.sender_lines) - len(beside)]
    if draft.letterhead:
        try:
            letterhead = fit(draft.letterhead, replace(room, height=room.height / 2))
            used = len(letterhead.lines) * letterhead.leading + LETTERHEAD_GAP
            sender = fit(lines, replace(room, height=room.height - used))
        except AddressTooLong:
            pass
        else:
            if min(letterhead.size, sender.size) >= LEGIBLE:
                return letterhead, sender
    return None, fit(lines, room)


def _return_line(draft: Draft, layout: Layout) -> Fitted | None:
    """The sender in small, left out where two lines do not hold it or the envelope has none."""
    if layout.return_line is None or not draft.return_line:
        return None
    try:
        line = fit((" · ".join(map(_apart, draft.return_line.split(" · "))),), layout.return_line)
    except AddressTooLong:
        return None
    return line if len(line.lines) <= 2 else None


def prove(said: Callable[[str], None]) -> str:
    """Print sample letters both ways and compare; gives why they differ, empty if they do not."""
    drafts = [(compose(request), request.paper) for request in sample.requests()]
    with typesetting() as engine:
        from .press.works import Order, Works, proof

        orders = [
            Order((_html(draft, paper, draft.addressees[0]),), sheets_of(paper))
            for draft, paper in drafts
        ]
        return proof(Works(engine), orders, said)


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
        self._works: Any = None
        self._is_without_works = False

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
        with self._quickly():
            pdf: bytes | None = whole.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=False)
        self.complain()
        assert pdf is not None
        return pdf

    def printed(
        self,
        pages: tuple[str, ...],
        styles: tuple[str, ...],
        enclosures: tuple[Enclosure, ...] = (),
    ) -> bytes:
        """A letter as one PDF, from standing type where that can be. Raises NoGlyph."""
        works = self.works()
        if works is None:
            return self.finished([self.document(page, styles) for page in pages], enclosures)
        from .press.works import Order

        printed: bytes = works.printed(Order(pages, styles, enclosures))
        return printed

    def _quickly(self) -> AbstractContextManager[None]:
        """The small works of the press that are faster than WeasyPrint's own, where it is used."""
        works = self.works()
        if works is None or works.given_up:
            return nullcontext()
        from .press.quick import quick

        return quick()

    def works(self) -> Any:
        """The press with its standing type; None where that is not wanted or cannot be."""
        if not pinned.is_wanted():
            return None
        if self._works is None and not self._is_without_works:
            why = pinned.obstacle()
            if why:
                self._is_without_works = True
                logger.error("STANDING TYPE IS OFF, letters are printed slowly: %s.", why)
            else:
                from .press.works import Works

                self._works = Works(self)
        return self._works

    def finished(
        self, documents: Sequence[Document], enclosures: Sequence[Enclosure] = ()
    ) -> bytes:
        """Documents as one PDF, finished for PDF/UA-1 and PDF/A-3. Raises NoGlyph."""
        return writer.sheet(self.generated(documents, enclosures)).file()

    def generated(self, documents: Sequence[Document], enclosures: Sequence[Enclosure]) -> Any:
        """Documents as a ``pydyf.PDF``, finished but not written. Raises NoGlyph."""
        whole = documents[0].copy([page for document in documents for page in document.pages])
        options = {**self.weasyprint.DEFAULT_OPTIONS, **OPTIONS}
        pdf = self.weasyprint.pdf.generate_pdf(whole, None, 1, **options)
        self.complain()
        finish(pdf, about(whole), enclosures)
        return pdf

    def complain(self) -> None:
        """Raise NoGlyph where a character was drawn that no font has."""
        if self.unknown:
            raise NoGlyph(tuple(sorted(self.unknown)))


def about(document: Document) -> About:
    """What the metadata of a document say, once it was drawn."""
    metadata = document.metadata
    return About(
        title=metadata.title or "",
        created=metadata.created or "",
        modified=metadata.modified or "",
        producer=f"WeasyPrint {version('weasyprint')}",
        readable=all(text for font in document.fonts.values() for text in font.to_unicode.values()),
    )


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
    with _ONE_AT_A_TIME, _collecting_seldom():
        engine = _loaded()
        engine.unknown = set()
        logger = logging.getLogger("weasyprint")
        handler = _UnknownGlyphs(engine.unknown)
        logger.addHandler(handler)
        try:
            yield engine
        finally:
            logger.removeHandler(handler)


# How many objects are made before Python looks for those that nobody needs (see the module gc). A
# layout makes very many and holds them to its end: looking as often as usual finds nothing.
_SELDOM = (20_000, 20, 100)


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


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
