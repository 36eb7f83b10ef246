"""Which way a letter takes: from standing type, or set in full. Both ways print the same bytes.

That is watched. The first letter of a process that comes from standing type is set in full as well,
and so is one of every few hundred after it. Where the two differ, or the inside of WeasyPrint is
not as it was, standing type is given up for the rest of the process, and the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from weasyprint.text.ffi import harfbuzz, harfbuzz_subset

from consentkit.letters.finish import Enclosure

from . import writer
from .forme import Family, Stock, layout_context
from .impression import Impression
from .quick import quick, quick_lines
from .shape import Copy, Differs, Spot, cut, spots
from .survey import Surveyor
from .watch import Prototypes, Watch

logger = logging.getLogger(__name__)

CHECKED = 500  # of so many letters from standing type one is set in full as well
# A family of which so many letters in a row found no forme is tried less and less often.
PATIENCE = 4
LONGEST_PAUSE = 32


@dataclass(frozen=True)
class Order:
    """A letter to print: a page of HTML for each addressee, style sheets, and what is enclosed."""

    pages: tuple[str, ...]
    styles: tuple[str, ...]
    enclosures: tuple[Enclosure, ...] = ()


class Works:
    """Prints letters with an engine, and keeps those that were set in full.

    ``given_up`` says why standing type is not used any more; empty while it is.
    """

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.given_up = ""
        self.from_standing_type = 0
        self._stock = Stock()
        self._prototypes = Prototypes()
        self._context: Any = None
        if not (harfbuzz_subset and harfbuzz.hb_version_atleast(4, 1, 0)):
            self.give_up("HarfBuzz is too old to make subsets of fonts")

    def printed(self, order: Order) -> bytes:
        """The letter as a PDF. Raises NoGlyph."""
        if self.given_up:
            return self.plainly(order)
        try:
            copies = [cut(page) for page in order.pages]
        except Differs:
            return self.plainly(order)
        with quick():
            kinds = tuple((one.name, one.media_type, one.description) for one in order.enclosures)
            key = order.styles, tuple(one.shape for one in copies), kinds
            family = self._stock.family(key)
            if family is not None and _is_pausing(family):
                return self.plainly(order)
            written = self._from_standing_type(order, family, copies)
            if written is None:
                return self.plainly(order) if self.given_up else self._in_full(key, order, copies)
        return self._checked(order, written)

    def plainly(self, order: Order) -> bytes:
        """The letter as WeasyPrint alone makes it. Raises NoGlyph."""
        documents = [self.engine.document(page, order.styles) for page in order.pages]
        written: bytes = self.engine.finished(documents, order.enclosures)
        return written

    def _from_standing_type(
        self, order: Order, family: Family | None, copies: Sequence[Copy]
    ) -> bytes | None:
        if family is None:
            return None
        values = tuple(value for one in copies for value in one.values)
        try:
            with quick_lines():
                impression = Impression(family, values, self._context, self._prototypes)
                written = impression.printed(order.enclosures)
        except Differs:
            family.barren += 1
            return None
        except Exception:
            self.give_up("a letter could not be printed from standing type", with_trace=True)
            return None
        finally:
            self._forget_strange_glyphs()
        self.engine.complain()
        family.barren = 0
        return written

    def _in_full(self, key: Any, order: Order, copies: Sequence[Copy]) -> bytes:
        watch = Watch(self._prototypes)
        try:
            with watch.watching():
                documents = [self.engine.document(page, order.styles) for page in order.pages]
                pdf = self.engine.generated(documents, order.enclosures)
        finally:
            self._forget_strange_glyphs()
        sheet = writer.sheet(pdf)
        try:
            self._keep(key, copies, documents, watch, pdf, sheet)
        except Differs:
            pass  # it is printed, if not kept
        except Exception:
            self.give_up("a letter could not be kept standing", with_trace=True)
        return sheet.file()

    def _keep(
        self,
        key: Any,
        copies: Sequence[Copy],
        documents: Sequence[Any],
        watch: Watch,
        pdf: Any,
        sheet: writer.Sheet,
    ) -> None:
        found: list[Spot] = []
        values: list[str] = []
        for n, (one, document) in enumerate(zip(copies, documents, strict=True)):
            found += spots(document._html.etree_element, one.values, n)
            values += one.values
        survey = Surveyor(documents, watch, found, values).survey()
        if self._context is None:
            self._context = layout_context(watch.margins[0].context)
        self._stock.keep(key, survey, values, watch, pdf, sheet)

    def _forget_strange_glyphs(self) -> None:
        """A glyph that no font has was drawn with a width of its own: nothing may remember it."""
        if self.engine.unknown:
            self._prototypes.forget()

    # Both ways print the same -----------------------------------------------------------------

    def _checked(self, order: Order, written: bytes) -> bytes:
        self.from_standing_type += 1
        if self.from_standing_type % CHECKED == 1:
            plain = self.plainly(order)
            if plain != written:
                self.give_up("a letter from standing type differs from the same set in full")
                return plain
        return written

    def give_up(self, why: str, *, with_trace: bool = False) -> None:
        self.given_up = why
        self._stock.clear()
        logger.error(
            "STANDING TYPE IS OFF in this process, letters are printed slowly: %s. "
            "manage.py check_press tries it anew.",
            why,
            exc_info=with_trace,
        )


def _is_pausing(family: Family) -> bool:
    """Whether a letter of a family that seldom has a fitting forme is not even tried."""
    if family.barren < PATIENCE:
        return False
    family.barren += 1
    return family.barren % min(LONGEST_PAUSE, family.barren // PATIENCE + 1) != 0


def proof(works: Works, orders: Sequence[Order], said: Callable[[str], None]) -> str:
    """Why letters are not the same both ways, empty if they are; ``said`` hears what was done."""
    for order in orders:
        if works.printed(order) != works.plainly(order):
            works.give_up("a letter differs from the same as WeasyPrint alone makes it")
        if works.given_up:
            return works.given_up
    if not works.from_standing_type:
        return "no letter came from standing type"
    said(
        f"{works.from_standing_type} of {len(orders)} letters came from standing type, "
        "each as WeasyPrint alone makes it."
    )
    return ""
