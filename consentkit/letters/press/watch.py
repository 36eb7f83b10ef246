"""Watching WeasyPrint set a letter: how its lines were laid out, and what each text drew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from weasyprint import draw, layout
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline, preferred
from weasyprint.pdf.fonts import Font
from weasyprint.pdf.stream import Stream
from weasyprint.text.fonts import get_pango_font_key

# What a stream remembers of what it drew.
STATE = (
    "_current_color _current_color_stroke _current_alpha _current_alpha_stroke _current_font "
    "_current_font_size _old_font _old_font_size"
).split()
_PICTURES = ("bitmap", "png", "svg", "colr")


# Fonts --------------------------------------------------------------------------------------------


class Prototypes:
    """Fonts by face and size, with which nothing was drawn yet, shared by all letters.

    Their ``widths`` are those that glyphs have in that size, as far as they were asked for.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Any, float], Any] = {}

    def of(self, pango_font: Any) -> tuple[Any, Any, float]:
        """The key of a font's face, the prototype, and the size."""
        key, description, size = get_pango_font_key(pango_font)
        prototype = self._known.get((key, size))
        if prototype is None:
            prototype = self._known[key, size] = Font(pango_font, description, size)
            prototype.shapes = {}
            prototype.file_content = b""  # a subset is made from the face; no need of a copy
        return key, prototype, size

    def forget(self) -> None:
        self._known.clear()


def fresh(prototype: Any, widths: dict[int, float]) -> Any:
    """A font to draw with. What is known of its glyphs holds for the widths of the prototype."""
    font = object.__new__(Font)
    font.__dict__.update(prototype.__dict__)
    font.widths, font.to_unicode, font.missing = widths, {}, {}
    font.variations = dict(prototype.variations)
    if widths is not prototype.widths:
        font.shapes = {}
    return font


def is_plain(font: Any) -> bool:
    """Whether a font has neither pictures nor axes."""
    return "fvar" not in font.tables and not any(getattr(font, name) for name in _PICTURES)


@dataclass(slots=True)
class Face:
    """A font in one piece of text.

    ``natural`` are the widths of its glyphs in their size. ``widths`` are those that the kerning
    was reckoned with: WeasyPrint keeps the rounded width of a glyph where it was drawn first,
    though in another size it may be rounded otherwise.
    """

    prototype: Any
    natural: Mapping[int, float]
    widths: Mapping[int, float]
    characters: Mapping[int, str]


class Pen:
    """Gives a stream the fonts for one piece of text, and follows what was drawn before."""

    def __init__(self, prototypes: Prototypes, fonts: dict[Any, Any]) -> None:
        self.prototypes = prototypes
        self.fonts = fonts  # of the letter so far
        self._used: dict[Any, tuple[Any, Any]] | None = None

    @property
    def is_down(self) -> bool:
        return self._used is not None

    def font(self, pango_font: Any) -> tuple[Any, float]:
        assert self._used is not None
        key, prototype, size = self.prototypes.of(pango_font)
        if key not in self._used:
            self._used[key] = prototype, fresh(prototype, prototype.widths)
        return self._used[key][1], size

    def write(self, draw_it: Callable[[], None], take_back: Callable[[], None]) -> dict[Any, Face]:
        """Draw a piece; gives its fonts."""
        self._used = {}
        draw_it()
        faces = {}
        for key, (prototype, font) in self._used.items():
            natural = {glyph: font.widths[glyph] for glyph in font.to_unicode}
            faces[key] = Face(prototype, natural, natural, font.to_unicode)
        if not all(self.agrees(key, face) for key, face in faces.items()):
            take_back()
            for key, face in faces.items():
                before = self.fonts[key].widths if key in self.fonts else {}
                face.widths = {
                    glyph: before.get(glyph, width) for glyph, width in face.natural.items()
                }
                self._used[key] = face.prototype, fresh(face.prototype, dict(face.widths))
            draw_it()
        for key, face in faces.items():
            self.note(key, face)
        self._used = None
        return faces

    def agrees(self, key: Any, face: Face) -> bool:
        """Whether a piece reckons with the widths that were drawn with before."""
        if key not in self.fonts:
            return True
        before = self.fonts[key].widths
        return not any(glyph in before for glyph, _width in face.widths.items() - before.items())

    def note(self, key: Any, face: Face) -> Mapping[int, float]:
        """Take a piece into the fonts of the letter; gives all widths drawn with so far."""
        font = self.fonts.get(key)
        if font is None:
            font = self.fonts[key] = fresh(face.prototype, {})
        widths: dict[int, float] = font.widths
        first = face.natural.keys() - widths.keys()
        if first:
            for glyph, text in face.characters.items():
                if glyph in first:
                    widths[glyph] = face.natural[glyph]
                    font.to_unicode[glyph] = text
        return widths


# What is noted ------------------------------------------------------------------------------------


@dataclass
class Attempt:
    """One go at the lines of a paragraph; it may be the rest of one that began a page before."""

    line_box: Any
    position_y: float
    bottom_space: float
    holder: Any
    is_plain: bool


@dataclass
class Piece:
    """What one text box or picture drew: the operators ``start`` to ``end`` of a stream."""

    box: Any
    stream: Any
    start: int
    end: int
    faces: Mapping[Any, Face] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)  # of the stream before a picture


@dataclass
class Margins:
    """How the margin boxes of a page are made."""

    context: Any
    page: Any
    state: Any
    number: int
    boxes: tuple[Any, ...]


class Watch:
    """Notes how a letter is laid out and drawn, while ``watching``."""

    def __init__(self, prototypes: Prototypes) -> None:
        self.attempts: dict[int, list[Attempt]] = {}
        self.asked: dict[int, list[tuple[Any, Any, Any]]] = {}
        self.margins: list[Margins] = []
        self.texts: list[Piece] = []
        self.pictures: list[Piece] = []
        self.odd = ""
        self._prototypes = prototypes
        self._pen: Pen | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        with exchanged(
            (block, "iter_line_boxes", self._lines),
            (preferred, "inline_min_content_width", self._widths),
            (preferred, "inline_max_content_width", self._widths),
            (inline, "inline_min_content_width", self._widths),
            (layout, "make_margin_boxes", self._make_margins),
            (draw, "draw_text", self._draw_text),
            (draw, "draw_replacedbox", self._draw_picture),
            (Stream, "add_font", self._add_font),
        ):
            yield

    def _lines(self, original: Any) -> Any:
        def iter_line_boxes(
            context: Any, box: Any, y: Any, bottom: Any, skip: Any, holder: Any, *more: Any
        ) -> Iterator[Any]:
            kept = holder.copy()
            kept.children = ()
            *_absolute_and_fixed, first_letter, first_line = more
            is_plain = not (first_letter or first_line or context.excluded_shapes)
            attempt = Attempt(box, y, bottom, kept, is_plain)
            self.attempts.setdefault(id(box), []).append(attempt)
            for line, resume_at in original(context, box, y, bottom, skip, holder, *more):
                line.set_in = (attempt, line.position_x)
                yield line, resume_at

        return iter_line_boxes

    def _widths(self, original: Any) -> Any:
        def content_width(context: Any, box: Any, *args: Any, **named: Any) -> Any:
            if isinstance(box, boxes.LineBox):
                self.asked.setdefault(id(box), []).append((original, args, named))
            return original(context, box, *args, **named)

        return content_width

    def _make_margins(self, original: Any) -> Any:
        def make_margin_boxes(context: Any, page: Any, state: Any) -> Iterator[Any]:
            made = tuple(original(context, page, state))
            stub = page.copy()
            stub.children = ()
            self.margins.append(Margins(context, stub, state, context.current_page, made))
            yield from made

        return make_margin_boxes

    def _draw_text(self, original: Any) -> Any:
        def draw_text(stream: Any, box: Any, *args: Any) -> None:
            if self._pen is None or self._pen.fonts is not stream._fonts:
                self._pen = Pen(self._prototypes, stream._fonts)
            start = len(stream.stream)
            state = {name: getattr(stream, name) for name in STATE}

            def take_back() -> None:
                del stream.stream[start:]
                stream.__dict__.update(state)

            faces = self._pen.write(lambda: original(stream, box, *args), take_back)
            self.texts.append(Piece(box, stream, start, len(stream.stream), faces))
            for face in faces.values():
                if not is_plain(face.prototype):
                    self.odd = f"the font {face.prototype.family}"

        return draw_text

    def _add_font(self, original: Any) -> Any:
        def add_font(stream: Any, pango_font: Any) -> Any:
            if self._pen is not None and self._pen.is_down:
                return self._pen.font(pango_font)
            self.odd = "a text that is no text box"
            return original(stream, pango_font)

        return add_font

    def _draw_picture(self, original: Any) -> Any:
        def draw_replacedbox(stream: Any, box: Any) -> None:
            start = len(stream.stream)
            state = {name: getattr(stream, name) for name in STATE}
            original(stream, box)
            self.pictures.append(Piece(box, stream, start, len(stream.stream), {}, state))

        return draw_replacedbox


Exchange = tuple[Any, str, Callable[[Any], Any]]


@contextmanager
def exchanged(*exchanges: Exchange) -> Iterator[None]:
    """Exchange functions of WeasyPrint for as long as it lasts; each is made from the original."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _made in exchanges]
    for (owner, name, made), (_owner, _name, original) in zip(exchanges, before, strict=True):
        setattr(owner, name, made(original))
    try:
        yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)
