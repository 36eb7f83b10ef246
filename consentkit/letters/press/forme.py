"""Standing type: letters that were set in full, kept so that the next one needs only its own words.

A printer who keeps a forme standing changes a few lines of it and prints again. Here a *forme* is a
letter that WeasyPrint laid out and drew in full, with the operators that each piece of text drew.
Letters whose HTML differs in nothing but texts are a *family*. For the next letter of a family only
the paragraphs with other words are laid out, by WeasyPrint's own line layout. Where lines are as
many and as high as in a forme, nothing outside of them can have moved; then the pieces of text are
put in place of the former ones, and everything else is taken as it stands. Where anything differs,
the letter is set in full and becomes a forme itself.

This folder knows the inside of WeasyPrint 70. What it rests on:

1.  *Shape* (``shape``). The HTML of a letter is cut at its tags. Only texts between tags with a
    character that is no white space, ``data-`` attributes, the ``content`` of ``meta`` and the
    ``d`` of ``path`` may differ; all else is the key of the family. So the element trees differ in
    these values only, and so do styles, as no selector looks at them.
2.  *Use* (``survey``). A text is used in one place: the text box that stands for it, checked by
    finding its value there; a heading also in its bookmark; the title and the dates in the
    metadata; a ``data-`` attribute in a named string, which the margins alone show; the ``d`` of a
    path in its picture, whose measures come from its ``viewBox``. A value whose use was not found
    is *fixed*: it has to be the same.
3.  *Lines*. A paragraph affects what is outside of it by the number, the height and the baseline of
    its lines and by the intrinsic widths that were asked of it. These are its *signature*. It does
    not depend on where the paragraph stands, as there are no floats; formes are found by it.
4.  *Drawing* (``watch``). A text box draws the operators between ``BT`` and ``ET`` after its
    colour, in the same place of its page's stream, whatever its text. The kerning that it draws
    depends on the widths of glyphs drawn before it in another size: they are followed through the
    whole letter (``Pen``).
5.  *Margins*. What stands above and below a page follows from its named strings; it is made anew by
    WeasyPrint's functions where they differ. Texts at its sides are not dealt with.
6.  *Fonts*. Each letter gets the subset of its own glyphs, as WeasyPrint makes it, so a file does
    not depend on what was printed before. Fonts with pictures, bitmaps or axes are left alone:
    their letters are never kept.

WeasyPrint's functions are exchanged only while a letter is set, and put back after it. Nothing here
may be used by two threads at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from weasyprint.layout import LayoutContext

from . import writer
from .shape import Differs
from .survey import (
    FIXED,
    Lines,
    NamedString,
    Paragraph,
    Signature,
    Survey,
    line_signature,
    structure,
    text_boxes,
)
from .watch import Face, Margins, Piece, Watch

FORMES = 48  # kept at most, and
FAMILIES = 24


@dataclass(frozen=True, slots=True)
class Part:
    """A text in a page's stream, where it stands, and its fonts."""

    page: int
    place: int
    text: str
    position: tuple[float, float]
    faces: Mapping[Any, Face]


@dataclass(frozen=True)
class Picture:
    """A picture in a page's stream."""

    page: int
    place: int
    piece: Piece


@dataclass
class PageMargins:
    """A page's margins: how they are made, with which strings, and what they drew."""

    maker: Margins
    strings: list[NamedString]
    shown: dict[str, set[str]]  # the strings that each side shows
    parts: dict[str, list[int]]  # of each box
    kinds: dict[str, Signature]  # of each box


@dataclass
class Forme:
    """A letter set in full."""

    values: tuple[str, ...]
    contents: list[list[bytes]]  # of each page: the operators, texts in places of their own
    content_numbers: list[int]
    parts: list[Part]
    placed: list[list[tuple[float, float]]]  # of each paragraph's lines: how far right, how high
    texts: list[list[int]]  # of each paragraph: its parts
    pictures: dict[int, Picture]  # by value
    graphic_states: frozenset[str]
    margins: list[PageMargins]
    sheet: writer.Sheet
    metadata: int
    enclosed: list[int]
    differing: list[tuple[int, Any]]
    told: Mapping[int, bytes]  # the same, as they stand in the file
    bookmarks: dict[int, int]  # by number of the object: the paragraph
    info: Mapping[str, Any]
    # Parts whose glyphs were reckoned with other widths: what they draw then.
    variants: dict[Any, bytes] = field(default_factory=dict)


@dataclass
class Family:
    """Letters of one shape. ``barren`` counts those in a row that no forme was right for."""

    uses: list[str]
    paragraphs: list[Paragraph]
    formes: OrderedDict[Any, Forme] = field(default_factory=OrderedDict)
    barren: int = 0

    def fixed(self, values: Sequence[str]) -> tuple[str, ...]:
        return tuple(value for value, use in zip(values, self.uses, strict=True) if use == FIXED)


class Stock:
    """The formes that are kept, the last used last."""

    def __init__(self) -> None:
        self._families: OrderedDict[Any, Family] = OrderedDict()

    def family(self, key: Any) -> Family | None:
        if key in self._families:
            self._families.move_to_end(key)
        return self._families.get(key)

    def keep(
        self,
        key: Any,
        survey: Survey,
        values: Sequence[str],
        watch: Watch,
        pdf: Any,
        sheet: writer.Sheet,
    ) -> None:
        """Keep a letter that was set in full. Raises Differs where it cannot be kept."""
        if watch.odd:
            raise Differs(watch.odd)
        family = self.family(key) or Family(survey.uses, survey.paragraphs)
        if not _is_alike(family, survey):
            raise Differs("another use of the same shape")
        forme = _forme(survey, tuple(values), watch, pdf, sheet)
        signatures = []
        context = layout_context(watch.margins[0].context)
        for paragraph, lines in zip(family.paragraphs, survey.final, strict=True):
            as_set = tuple(map(line_signature, lines))
            if not paragraph.asked:
                paragraph.remember_first(values, Lines((as_set, ())))
            signature = paragraph.signature(values, context)
            if signature[0] != as_set:
                raise Differs("a paragraph that is laid out otherwise")
            signatures.append(signature)
        self._families[key] = family
        family.formes[family.fixed(values), tuple(signatures)] = forme
        self._forget()

    def _forget(self) -> None:
        while (
            len(self._families) > FAMILIES
            or sum(len(one.formes) for one in self._families.values()) > FORMES
        ):
            oldest = next(iter(self._families.values()))
            if len(oldest.formes) > 1:
                oldest.formes.popitem(last=False)
            else:
                self._families.popitem(last=False)

    def clear(self) -> None:
        self._families.clear()


def layout_context(like: Any) -> Any:
    """A context in which lines can be laid out, without floats."""
    context = LayoutContext(
        None, like.get_image_from_uri, like.font_config, like.counter_style, like.target_collector
    )
    context.create_block_formatting_context()
    context.current_page = 1
    return context


def _is_alike(family: Family, survey: Survey) -> bool:
    def measures(one: Paragraph) -> Any:
        holder = one.attempt.holder
        return one.values, holder.width, holder.content_box_x()

    return family.uses == survey.uses and [*map(measures, family.paragraphs)] == [
        *map(measures, survey.paragraphs)
    ]


def _forme(
    survey: Survey, values: tuple[str, ...], watch: Watch, pdf: Any, sheet: writer.Sheet
) -> Forme:
    objects = sheet.objects
    pages = [pdf.objects[number] for number in pdf.pages["Kids"][::3]]
    contents = [writer.target(page["Contents"], pdf) for page in pages]
    cut = _Cut(watch, contents)
    texts, placed = [], []
    for lines in survey.final:
        texts.append(cut.parts_of(box for line in lines for box in text_boxes(line)))
        placed.append([(line.position_x - line.set_in[1], line.position_y) for line in lines])
    metadata = writer.target(pdf.catalog["Metadata"], pdf)
    differing = [
        (number, one)
        for number, one in objects.others
        if number < objects.fonts and writer.differs(objects, number, one)
    ]
    resources = writer.target(pages[0]["Resources"], pdf)
    return Forme(
        values=values,
        contents=cut.places,
        content_numbers=[objects.new_number[one.number] for one in contents],
        parts=cut.parts,
        placed=placed,
        texts=texts,
        pictures={value: cut.pictures[n] for value, n in survey.pictures.items()},
        graphic_states=frozenset(resources["ExtGState"]),
        margins=_page_margins(survey, watch, cut),
        sheet=sheet,
        metadata=objects.new_number[metadata.number],
        enclosed=[
            number for number, one in objects.streams if one.extra.get("Type") == "/EmbeddedFile"
        ],
        differing=differing,
        told={number: objects.bytes_of(one) for number, one in differing},
        bookmarks=_bookmarks(survey, values, differing),
        info=dict(pdf.info),
    )


class _Cut:
    """The streams of the pages, cut so that each text and each picture has a place of its own."""

    def __init__(self, watch: Watch, contents: Sequence[Any]) -> None:
        self._page_of = {id(content): n for n, content in enumerate(contents)}
        self.places: list[list[bytes]] = [[] for _content in contents]
        self._ends = [0] * len(contents)
        self.parts: list[Part] = []
        self.pictures: dict[int, Picture] = {}
        self._part_of: dict[int, int] = {}
        pieces = [(piece, -1) for piece in watch.texts]
        pieces += [(piece, n) for n, piece in enumerate(watch.pictures)]
        # Texts come in the order in which they were drawn, which is that of a page's stream.
        order = {id(piece): n for n, piece in enumerate(watch.texts)}
        for piece, picture in sorted(
            pieces, key=lambda one: (self._page(one[0]), one[0].start, order.get(id(one[0]), 0))
        ):
            if picture < 0:
                self._cut_text(piece)
            else:
                self._cut_picture(piece, picture)
        for page, content in enumerate(contents):
            self.places[page].append(joined(content.stream[self._ends[page] :]))

    def _page(self, piece: Piece) -> int:
        page = self._page_of.get(id(piece.stream))
        if page is None:
            raise Differs("a text in a group of its own")
        return page

    def _cut_text(self, piece: Piece) -> None:
        drawn = piece.stream.stream[piece.start : piece.end]
        if b"BT" not in drawn or drawn[-1] != b"ET":
            raise Differs("a text without operators of its own")
        page, place = self._take(piece, piece.start + drawn.index(b"BT"))
        self._part_of[id(piece.box)] = len(self.parts)
        box = piece.box
        position = box.position_x, box.position_y
        self.parts.append(Part(page, place, box.text, position, piece.faces))

    def _cut_picture(self, piece: Piece, number: int) -> None:
        page, place = self._take(piece, piece.start)
        stub = Piece(piece.box, None, 0, 0, {}, piece.state)
        self.pictures[number] = Picture(page, place, stub)

    def _take(self, piece: Piece, begins: int) -> tuple[int, int]:
        page = self._page(piece)
        between = piece.stream.stream[self._ends[page] : begins]
        if not between or begins < self._ends[page]:
            raise Differs("two pieces in one")
        places = self.places[page]
        places.append(joined(between))
        places.append(joined(piece.stream.stream[begins : piece.end]))
        self._ends[page] = piece.end
        return page, len(places) - 1

    def parts_of(self, drawn: Any) -> list[int]:
        """The parts that text boxes drew."""
        try:
            return [self._part_of[id(box)] for box in drawn]
        except KeyError:
            raise Differs("a text that was not drawn") from None


def joined(operators: Sequence[Any]) -> bytes:
    return b"\n".join(map(writer.as_bytes, operators))


def _page_margins(survey: Survey, watch: Watch, cut: _Cut) -> list[PageMargins]:
    margins: list[PageMargins] = []
    document = -1
    for maker in watch.margins:
        document += maker.number == 1
        shown: dict[str, set[str]] = {}
        for box in maker.boxes:
            names = {value[0] for kind, value in box.style["content"] if kind == "string()"}
            if names:
                shown.setdefault(_side(box), set()).update(names)
        parts = {box.at_keyword: cut.parts_of(text_boxes(box)) for box in maker.boxes}
        kinds = {box.at_keyword: margin_kind(box) for box in maker.boxes}
        margins.append(PageMargins(maker, survey.strings[document], shown, parts, kinds))
        maker.boxes = ()
    return margins


def _side(box: Any) -> str:
    side = str(box.at_keyword).lstrip("@").split("-")[0]
    if side not in ("top", "bottom") or box.at_keyword.endswith("-corner"):
        raise Differs("a text at the side of a page")
    return side


def margin_kind(box: Any) -> Signature:
    """What stands in a margin box, and where, if more than text shows of it."""
    measures = (box.position_x, box.position_y, box.width, box.height)
    return structure(box), measures if _is_decorated(box) else ()


def _is_decorated(box: Any) -> bool:
    style = box.style
    sides = ("top", "right", "bottom", "left")
    return bool(
        any(style[f"border_{side}_width"] for side in sides)
        or style["outline_width"]
        or style["background_color"] == "currentcolor"
        or style["background_color"].alpha > 0
        or any(kind != "none" for kind, _image in style["background_image"])
    )


def _bookmarks(
    survey: Survey, values: Sequence[str], differing: Sequence[tuple[int, Any]]
) -> dict[int, int]:
    """Which paragraph each bookmark names."""
    outlines = [(number, one) for number, one in differing if "Dest" in one]
    labels = [label for _element, label in survey.labels]
    if [one["Title"].string for _number, one in outlines] != labels:
        raise Differs("other bookmarks than headings")
    by_element = {id(one.attempt.line_box.element): n for n, one in enumerate(survey.paragraphs)}
    found: dict[int, int] = {}
    for (number, _one), (element, label) in zip(outlines, survey.labels, strict=True):
        n = by_element.get(id(element))
        if n is not None:
            if survey.paragraphs[n].with_words(values).content_text != label:
                raise Differs("a bookmark that says something else")
            found[number] = n
    return found
