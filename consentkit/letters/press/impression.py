"""Printing a letter from a forme: its own words in place of the former ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import pydyf
from weasyprint import draw
from weasyprint.draw import text as drawing
from weasyprint.formatting_structure import boxes, build
from weasyprint.images import SVGImage
from weasyprint.layout import page as page_layout
from weasyprint.layout.percent import resolve_percentages
from weasyprint.matrix import Matrix
from weasyprint.pdf import _w3c_date_to_pdf
from weasyprint.pdf.fonts import build_fonts_dictionary
from weasyprint.pdf.stream import Stream

from consentkit.letters.finish import About, Enclosure, embedded, xmp

from . import writer
from .forme import Family, Forme, PageMargins, joined, margin_kind
from .shape import Differs
from .survey import CREATED, MODIFIED, TITLE, Paragraph, text_boxes
from .watch import STATE, Margins, Pen, Prototypes, is_plain

VARIANTS = 256  # of one forme
_OPTIONS = {"hinting": False, "pdf_version": "1.7"}


class _Slip(Stream):  # type: ignore[misc]
    """A stream for one piece at a time."""

    def __init__(self, pen: Pen) -> None:
        self.resources: dict[str, Any] = {
            "ExtGState": {}, "XObject": {}, "Pattern": {}, "Shading": {}, "ColorSpace": {},
        }  # fmt: skip
        super().__init__(pen.fonts, (0, 0, 0, 0), self.resources, {}, None, {}, None)
        self.pen = pen

    def add_font(self, pango_font: Any) -> tuple[Any, float]:
        if not self.pen.is_down:
            raise Differs("a text in a picture")
        return self.pen.font(pango_font)

    def clear(self) -> None:
        self.stream: list[Any] = []
        self.__dict__.update(dict.fromkeys(STATE))

    def text(self, box: Any) -> bytes:
        """What a text box draws, after its colour."""
        self.clear()
        faces = self.pen.write(lambda: self._draw(box), self.clear)
        if not all(is_plain(face.prototype) for face in faces.values()):
            raise Differs("a font with pictures or axes")
        return joined(self.stream)

    def _draw(self, box: Any) -> None:
        """As WeasyPrint's ``draw_text`` draws a text without decoration."""
        box.pango_layout.reactivate(box.style)
        self.begin_text()
        place = Matrix(d=-1, e=box.position_x, f=box.position_y + box.baseline)
        drawing.draw_first_line(self, box, "clip", "none", place)
        self.end_text()
        box.pango_layout.deactivate()

    def picture(self, box: Any, state: Mapping[str, Any], known: frozenset[str]) -> bytes:
        self.clear()
        self.__dict__.update(state)
        draw.draw_replacedbox(self, box)
        others = any(self.resources[name] for name in ("XObject", "Pattern", "Shading"))
        if others or not known.issuperset(self.resources["ExtGState"]):
            raise Differs("a picture that draws with more")
        return joined(self.stream)


class Impression:
    """One letter, printed from a forme. Raises Differs wherever it would not be the same."""

    def __init__(
        self, family: Family, values: Sequence[str], context: Any, prototypes: Prototypes
    ) -> None:
        self.family, self.values, self.context = family, values, context
        self.forme = self._fitting()
        self.pen = Pen(prototypes, {})
        self.slip = _Slip(self.pen)
        self.changed = {
            n
            for n, (new, old) in enumerate(zip(values, self.forme.values, strict=True))
            if new != old
        }

    def _fitting(self) -> Forme:
        """The forme with lines like these."""
        family = self.family
        fixed = family.fixed(self.values)
        keys = [key for key in reversed(family.formes) if key[0] == fixed]
        if not keys:
            raise Differs("other words that are fixed")
        # What says the same as in the forme that was used last has lines like that one.
        last, same = keys[0], family.formes[keys[0]].values
        for n, paragraph in enumerate(family.paragraphs):
            signature = last[1][n]
            if any(self.values[value] != same[value] for value in paragraph.values):
                keys = [key for key in keys if self._may_fit(key, n, paragraph)]
                if not keys:
                    break
                signature = paragraph.signature(self.values, self.context)
            keys = [key for key in keys if key[1][n] == signature]
        if not keys:
            raise Differs("other lines")
        family.formes.move_to_end(keys[0])
        return family.formes[keys[0]]

    def _may_fit(self, key: Any, n: int, paragraph: Paragraph) -> bool:
        """Whether a text is about as long as one of so many lines; else it is not laid out."""
        lines = len(key[1][n][0])
        before = sum(map(len, paragraph.words(self.family.formes[key].values)))
        now = sum(map(len, paragraph.words(self.values)))
        return abs(now - before) * lines <= before * (1.5 + lines * 0.25)

    def printed(self, enclosures: Sequence[Enclosure]) -> bytes:
        """The file."""
        forme, sheet = self.forme, self.forme.sheet
        contents = [list(page) for page in forme.contents]
        self._set(contents, {**self._paragraphs(), **self._margins()})
        self._draw_pictures(contents)
        streams = dict(sheet.streams)
        for number, content in zip(forme.content_numbers, contents, strict=True):
            streams[number] = writer.stream(b"\n".join(content))
        streams[forme.metadata] = writer.stream(
            xmp(self._about()), {"Type": "/Metadata", "Subtype": "/XML"}, compress=False
        )
        for number, one in zip(forme.enclosed, enclosures, strict=True):
            streams[number] = writer.stream(one.content, embedded(one))
        differing = [(number, self._said(number, one)) for number, one in forme.differing]
        size = sheet.objects.fonts
        for number, written in self._font_objects():
            size = max(size, number)
            if written.endswith(b"endstream"):
                streams[number] = written
            else:
                differing.append((number, written))
        return writer.file_of(
            sorted(streams.items()),
            (sheet.common, writer.packed(sorted(differing))),
            size=size + 1,
            root=sheet.objects.root,
            info=sheet.objects.info,
        )

    # What is set anew

    def _paragraphs(self) -> dict[int, Any]:
        """The text boxes of paragraphs with other words, by the part whose place they take."""
        found: dict[int, Any] = {}
        for n, paragraph in enumerate(self.family.paragraphs):
            if self.changed.isdisjoint(paragraph.values):
                continue
            for number, box in zip(self.forme.texts[n], self._text_boxes(n), strict=True):
                part = self.forme.parts[number]
                if part.text != box.text or part.position != (box.position_x, box.position_y):
                    found[number] = box
        return found

    def _text_boxes(self, n: int) -> Iterator[Any]:
        """The text boxes of a paragraph, where they stand on their pages."""
        lines = self.family.paragraphs[n].lines(self.values, self.context)
        for line, (right, high) in zip(lines, self.forme.placed[n], strict=True):
            down = high - line.position_y
            for box in text_boxes(line):
                box = box.copy()
                box.position_x += right
                box.position_y += down
                yield box

    def _margins(self) -> dict[int, Any]:
        """The text boxes of margins with other words."""
        found: dict[int, Any] = {}
        for page in self.forme.margins:
            changed = {
                string.name
                for string in page.strings
                if self.changed.intersection(string.attributes.values())
            }
            for side, names in page.shown.items():
                if names & changed:
                    for box in self._made_anew(page, side):
                        if margin_kind(box) != page.kinds[box.at_keyword]:
                            raise Differs("other boxes in the margins")
                        parts = page.parts[box.at_keyword]
                        found |= zip(parts, text_boxes(box), strict=True)
        return found

    def _made_anew(self, page: PageMargins, side: str) -> list[Any]:
        context = page.maker.context
        before = context.string_set, context.current_page
        strings = _Strings()
        for one in page.strings:
            named = strings.setdefault(one.name, {})
            named.setdefault(one.page, []).append(one.with_words(self.values))
        context.string_set, context.current_page = strings, page.maker.number
        try:
            return _margin_side(context, page.maker, side)
        finally:
            context.string_set, context.current_page = before

    def _set(self, contents: list[list[bytes]], new: Mapping[int, Any]) -> None:
        """Draw the new text boxes into their places, and follow the fonts of all others."""
        fonts = self.pen.fonts
        for n, part in enumerate(self.forme.parts):
            if n in new:
                contents[part.page][part.place] = self.slip.text(new[n])
                continue
            other = []
            for key, face in part.faces.items():
                if key in fonts and face.widths.items() <= fonts[key].widths.items():
                    continue
                widths = self.pen.note(key, face)
                if not face.widths.items() <= widths.items():
                    used = {glyph: widths[glyph] for glyph in face.widths}
                    other.append((key, frozenset(used.items() - face.widths.items())))
            if other:
                contents[part.page][part.place] = self._variant(n, tuple(other))

    def _variant(self, n: int, other: tuple[Any, ...]) -> bytes:
        """A part with the same words, of which some glyphs were drawn before in another size."""
        variants = self.forme.variants
        if (n, other) not in variants:
            paragraph = next((m for m, parts in enumerate(self.forme.texts) if n in parts), None)
            if paragraph is None:
                raise Differs("a glyph was drawn before in another size")
            box = list(self._text_boxes(paragraph))[self.forme.texts[paragraph].index(n)]
            if len(variants) == VARIANTS:
                variants.clear()
            variants[n, other] = self.slip.text(box)
        return variants[n, other]

    def _draw_pictures(self, contents: list[list[bytes]]) -> None:
        for value, picture in self.forme.pictures.items():
            if value not in self.changed:
                continue
            box = picture.piece.box.copy()
            image = box.replacement
            element = deepcopy(box.element)
            path = [one for one in element.iter() if "d" in one.attrib]
            if len(path) != 1:
                raise Differs("a picture of several paths")
            path[0].set("d", self.values[value])
            box.replacement = SVGImage(element, image._base_url, image._url_fetcher, None)
            contents[picture.page][picture.place] = self.slip.picture(
                box, picture.piece.state, self.forme.graphic_states
            )

    # What is said of it

    def _font_objects(self) -> Iterator[writer.Numbered]:
        """The dictionary of the fonts, and what it lists, numbered as WeasyPrint numbers it."""
        fonts = list(self.pen.fonts.values())
        if len({font.hash for font in fonts}) < len(fonts):
            raise Differs("two fonts of one name")
        first = self.forme.sheet.objects.fonts
        listed = pydyf.Dictionary()
        next_number = first + 1 + len(fonts)
        for number, font in enumerate(fonts, start=first + 1):
            objects = _objects_of(font, number, next_number)
            yield from objects
            next_number = objects[-1][0] + 1
            listed[font.hash] = b"%d 0 R" % objects[-1][0]
        yield first, writer.as_bytes(listed)

    def _said(self, number: int, one: Any) -> bytes:
        if number == self.forme.sheet.objects.info:
            return writer.as_bytes(self._info())
        if number in self.forme.bookmarks:
            paragraph = self.family.paragraphs[self.forme.bookmarks[number]]
            if not self.changed.isdisjoint(paragraph.values):
                label = paragraph.with_words(self.values).content_text
                named = pydyf.Dictionary({**one, "Title": pydyf.String(label)})
                return self.forme.sheet.objects.bytes_of(named)
        return self.forme.told[number]

    def _info(self) -> Any:
        info = pydyf.Dictionary(self.forme.info)
        for n in self.changed:
            use, value = self.family.uses[n], self.values[n]
            if use == TITLE:
                info["Title"] = pydyf.String(value)
            elif use in (CREATED, MODIFIED):
                name = "CreationDate" if use == CREATED else "ModDate"
                written = _w3c_date_to_pdf(value, use)
                if written is None or name not in info:
                    raise Differs("no date")
                info[name] = pydyf.String(written)
        return info

    def _about(self) -> About:
        told = dict(zip(self.family.uses, self.values, strict=True))
        return About(
            title=told.get(TITLE, ""),
            created=told.get(CREATED, ""),
            modified=told.get(MODIFIED, ""),
            producer=str(self.forme.info["Producer"].string),
            readable=all(all(font.to_unicode.values()) for font in self.pen.fonts.values()),
        )


def _margin_side(context: Any, maker: Margins, side: str) -> list[Any]:
    """The boxes above or below a page, made as WeasyPrint's ``make_margin_boxes`` does."""
    page = maker.page
    width = page.border_width()
    height = page.margin_top if side == "top" else page.margin_bottom
    top = 0 if side == "top" else page.margin_top + page.border_height()
    three = [
        _margin_box(context, maker, f"@{side}-{one}", (width, height))
        for one in ("left", "center", "right")
    ]
    page_layout.compute_variable_dimension(context, three, False, width)
    generated = [
        (box, offset) for box, offset in zip(three, (0, 0.5, 1), strict=True) if box.is_generated
    ]
    for box, offset in generated:
        box.position_x = page.margin_left
        box.position_y = top
        box.position_x += offset * (width - box.margin_width())
        page_layout.compute_fixed_dimension(context, box, height, True, side == "top")
    return [page_layout.margin_box_content_layout(context, page, box) for box, _offset in generated]


def _margin_box(context: Any, maker: Margins, keyword: str, room: tuple[float, float]) -> Any:
    page = maker.page
    style = context.style_for(page.page_type, keyword)
    if style is None:
        style = page.style.anonymous_style
    page_layout._standardize_page_based_counters(style, keyword)
    box = boxes.MarginBox(keyword, style)
    box.is_generated = style["content"] not in ("normal", "inhibit", "none")
    if box.is_generated:
        state = deepcopy(maker.state)
        depth, counters, scopes, _groups = state
        scopes.append(set())
        build.update_counters(state, style)
        box.children = build.content_to_boxes(
            style, box, depth, counters, context.get_image_from_uri, context.target_collector,
            context.counter_style, context, page,
        )  # fmt: skip
        box.process_whitespace()
        box.process_text_transform()
        box = build.create_anonymous_boxes(box)
    resolve_percentages(box, room)
    if not box.is_generated:
        box.width = box.height = 0
        for one in ("top", "right", "bottom", "left"):
            box._reset_spacing(one)
    return box


class _Strings(dict[str, dict[int, list[str]]]):
    """Named strings, as WeasyPrint asks for them: one that is not set has no pages."""

    def __missing__(self, name: str) -> dict[int, list[str]]:
        return {}


# What was made for a font with certain glyphs; headings often have the same from letter to letter.
_made: OrderedDict[Any, tuple[writer.Numbered, ...]] = OrderedDict()
_MOST_FONTS = 64


def _objects_of(font: Any, file_number: int, number: int) -> tuple[writer.Numbered, ...]:
    """The objects of a font: its file, and from another number on the rest, itself the last."""
    key = (
        font.hash, font.name, font.font_size, file_number, number,
        tuple(font.widths.items()), tuple(font.to_unicode.items()),
    )  # fmt: skip
    if key not in _made:
        made = _Objects(file_number, number)
        build_fonts_dictionary(made, {font.hash: font}, True, True, _OPTIONS)
        if not font.file_content:
            raise Differs("a font that cannot be subset")
        _made[key] = tuple((one.number, _written(one)) for one in made.objects)
        if len(_made) > _MOST_FONTS:
            _made.popitem(last=False)
    _made.move_to_end(key)
    return _made[key]


def _written(one: Any) -> bytes:
    return writer.stream_of(one) if isinstance(one, pydyf.Stream) else writer.as_bytes(one)


class _Objects:
    """Numbers objects, as ``pydyf.PDF`` does: the first one so, and the others from a number on."""

    def __init__(self, first: int, others: int) -> None:
        self._first, self._others = first, others
        self.objects: list[Any] = []

    def add_object(self, one: Any) -> None:
        one.number = self._others + len(self.objects) - 1 if self.objects else self._first
        self.objects.append(one)
