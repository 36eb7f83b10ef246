"""Some small works of WeasyPrint done faster, with the same result.

Pango contexts are shared by all texts of a style, and leave nothing behind. The subset of a font is
kept for the next letter with the same glyphs, and no type is parsed for each number of glyphs.
Values are written without asking of each what all it could be.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import pydyf
from weasyprint.draw import text
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.pdf.fonts import Font
from weasyprint.text import line_break
from weasyprint.text.ffi import (
    FROM_UNITS,
    ffi,
    gobject,
    harfbuzz,
    harfbuzz_subset,
    pango,
    unicode_to_char_p,
)
from weasyprint.text.fonts import get_font_description, get_hb_object_data

from .watch import exchanged
from .writer import as_bytes


def quick() -> AbstractContextManager[None]:
    """WeasyPrint with these works exchanged, for as long as it lasts."""
    return exchanged(
        (line_break, "Layout", quick_layouts),
        (Font, "_harfbuzz_subset", quick_subsets),
        (pydyf, "_to_bytes", lambda _original: as_bytes),
        (text, "draw_first_line", quick_drawing),
    )


def quick_lines() -> AbstractContextManager[None]:
    """The same for lines that are laid out anew from boxes that are kept."""
    return exchanged(
        (inline, "resolve_percentages", quick_percentages), (inline, "strut", quick_struts)
    )


# Drawing ------------------------------------------------------------------------------------------

# A glyph of Pango: its number, width, and offsets.
_GLYPH = struct.Struct("=Iiii4x")
_MOST_SHAPES = 8192


class _Unusual(Exception):
    """A text with something else than plain glyphs."""


@cache
def quick_drawing(original: Any) -> Any:
    """``draw_first_line`` for plain glyphs, which writes each glyph with its kerning at once."""

    def draw_first_line(stream: Any, box: Any, overflow: Any, ellipsis: Any, matrix: Any) -> Any:
        is_plain = overflow != "ellipsis" and ellipsis == "none" and box.text.strip()
        if is_plain and box.style["font_size"] >= 1e-6:
            before = len(stream.stream), stream._current_font
            try:
                _draw(stream, box, matrix)
                return []
            except _Unusual:
                del stream.stream[before[0] :]
                stream._current_font = before[1]
        return original(stream, box, overflow, ellipsis, matrix)

    return draw_first_line


def _draw(stream: Any, box: Any, matrix: Any) -> None:
    pango.pango_layout_set_single_paragraph_mode(box.pango_layout.layout, True)
    line, _index = box.pango_layout.get_first_line()
    stream.set_text_matrix(*matrix.values)
    utf8 = box.pango_layout.text.encode()
    last, shown = None, ""
    run = line.runs[0]
    while run != ffi.NULL:
        item = run.data
        run = run.next
        pango_font = item.item.analysis.font
        if pango_font != last:
            last = pango_font
            font, size = stream.add_font(pango_font)
            if font.bitmap or font.png or font.svg or font.colr:
                raise _Unusual
            if _PANGO < 14802:
                size = box.style["font_size"]
            if shown:
                stream.show_text(shown)
            shown = ""
            stream.set_font_size(font.hash, size)
        shown += "<" + _glyphs(stream, font, size, item, pango_font, utf8)
        shown = shown[:-1] if shown[-1] == "<" else shown + ">"
    stream.show_text(shown)


def _glyphs(stream: Any, font: Any, size: float, item: Any, pango_font: Any, utf8: bytes) -> str:
    """The glyphs of a run, in hexadecimal, with what moves them."""
    count = item.glyphs.num_glyphs
    raw = bytes(ffi.buffer(item.glyphs.glyphs, count * _GLYPH.size))
    widths, characters = font.widths, font.to_unicode
    # How a glyph of a certain width is written depends on nothing else, in one font and size.
    shapes = font.__dict__.setdefault("shapes", {})
    if len(shapes) > _MOST_SHAPES:
        shapes.clear()
    parts = []
    clusters = None
    for n, (glyph, width, right, up) in enumerate(_GLYPH.iter_unpack(raw)):
        if glyph == pango.PANGO_GLYPH_EMPTY:
            parts.append(f">{-width / size}<")
            continue
        if up or glyph & pango.PANGO_GLYPH_UNKNOWN_FLAG:
            raise _Unusual
        if glyph not in characters:
            if clusters is None:
                clusters = ffi.unpack(item.glyphs.log_clusters, count)
            begins = item.item.offset
            if item.item.analysis.level % 2:
                ends = item.item.length if n == 0 else clusters[n - 1]
            else:
                ends = item.item.length if n == count - 1 else clusters[n + 1]
            characters[glyph] = utf8[begins + clusters[n] : begins + ends].decode()
        shape = shapes.get((glyph, width, right))
        if shape is None or glyph not in widths:
            if glyph not in widths:
                pango.pango_font_get_glyph_extents(
                    pango_font, glyph, stream.ink_rect, stream.logical_rect
                )
                widths[glyph] = round(stream.logical_rect.width * 1000 * FROM_UNITS / size)
            offset = right / size
            shape = f">{-offset}<{glyph:04x}" if offset else f"{glyph:04x}"
            kerning = widths[glyph] + offset - width * 1000 * FROM_UNITS / size
            if kerning:
                shape += f">{int(kerning)}<"
            shapes[glyph, width, right] = shape
        parts.append(shape)
    return "".join(parts)


_PANGO = pango.pango_version()


# Measures -----------------------------------------------------------------------------------------

_SIDES = ("top", "right", "bottom", "left")
_MEASURES = [
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in _SIDES),
    *(f"border_{side}_width" for side in _SIDES),
    *(f"{limit}{axis}" for limit in ("", "min_", "max_") for axis in ("width", "height")),
]
_MOST_MEASURES = 2048


@cache
def quick_percentages(original: Any) -> Any:
    """``resolve_percentages``, which follows from a style and the holder's measures alone."""
    known: dict[Any, tuple[Any, dict[str, Any]]] = {}

    def resolve_percentages(box: Any, holder: Any) -> None:
        style = box.style
        if not isinstance(box, boxes.Box) or style["border_collapse"] == "collapse":
            original(box, holder)
            return
        key = (id(style), holder.width, holder.height)
        if key not in known:
            original(box, holder)
            if len(known) == _MOST_MEASURES:
                known.clear()
            # The style is kept, so that no other one takes its identity.
            known[key] = style, {name: box.__dict__[name] for name in _MEASURES}
        else:
            box.__dict__.update(known[key][1])

    return resolve_percentages


@cache
def quick_struts(original: Any) -> Any:
    """``strut``, which builds a long key out of a style to look up two numbers."""
    known: dict[int, tuple[Any, Any]] = {}

    def strut(style: Any) -> Any:
        if id(style) not in known:
            if len(known) == _MOST_MEASURES:
                known.clear()
            known[id(style)] = style, original(style)
        return known[id(style)][1]

    return strut


# Layouts ------------------------------------------------------------------------------------------


_CONTEXT_OF = (
    "font_style font_stretch font_weight font_size font_variant_caps "
    "font_variation_settings font_language_override lang direction"
).split()
_MOST_CONTEXTS = 256


@cache
def quick_layouts(original: Any) -> Any:
    """WeasyPrint's ``Layout``, with a Pango context for each style instead of each text."""
    known: dict[Any, tuple[Any, Any, Any]] = {}

    class QuickLayout(original):  # type: ignore[misc]
        kept: Any = None

        def deactivate(self) -> None:
            """Keep the shaped text for when it is drawn, and no longer."""
            if self.kept is None and not any(char in self.text for char in "\n\t"):
                self.kept = self.layout
            else:
                self.kept = None
            super().deactivate()

        def reactivate(self, style: Any) -> None:
            if self.kept is None or self.justification_spacing:
                super().reactivate(style)
            else:
                self.layout, self.style, self.language = self.kept, style, None

        def setup(self, style: Any) -> None:
            if style["text_decoration_line"] != "none":
                super().setup(style)
                return
            family = tuple(style["font_family"])
            key = (id(style.font_config), family, *(style[name] for name in _CONTEXT_OF))
            if key not in known:
                if len(known) == _MOST_CONTEXTS:
                    known.clear()
                known[key] = _context_of(style)
            context, description, self.language = known[key]
            self.style = style
            self.first_line_direction = 0
            self.layout = ffi.gc(pango.pango_layout_new(context), gobject.g_object_unref)
            pango.pango_layout_set_auto_dir(self.layout, False)
            pango.pango_layout_set_font_description(self.layout, description)
            self.ascent = self.underline_position = self.strikethrough_position = None
            features = line_break.font_features(
                style["font_kerning"], style["font_variant_ligatures"],
                style["font_variant_position"], style["font_variant_caps"],
                style["font_variant_numeric"], style["font_variant_alternates"],
                style["font_variant_east_asian"], style["font_feature_settings"],
            )  # fmt: skip
            if features:
                told = ",".join(f"{name} {value}" for name, value in features.items()).encode()
                # The list owns the attribute, and the layout the list: nothing is left behind.
                attributes = pango.pango_attr_list_new()
                pango.pango_attr_list_insert(attributes, pango.pango_attr_font_features_new(told))
                pango.pango_layout_set_attributes(self.layout, attributes)
                pango.pango_attr_list_unref(attributes)

    return QuickLayout


def _context_of(style: Any) -> tuple[Any, Any, Any]:
    context = ffi.gc(
        pango.pango_font_map_create_context(style.font_config.font_map), gobject.g_object_unref
    )
    pango.pango_context_set_round_glyph_positions(context, False)
    pango.pango_context_set_base_dir(context, line_break.PANGO_DIRECTION[style["direction"]])
    name = style["lang"]
    if style["font_language_override"] != "normal":
        override = style["font_language_override"]
        name = line_break.LST_TO_ISO.get(override.lower(), override)
    if name:
        pointer, _bytes = unicode_to_char_p(name)
        language = pango.pango_language_from_string(pointer)
        pango.pango_context_set_language(context, language)
    else:
        language = pango.pango_language_get_default()
    return context, get_font_description(style), language


# Subsets ------------------------------------------------------------------------------------------

_MOST_SUBSETS = 48
_DROPPED = b"BASE DSIG EBDT EBLC EBSC GPOS GSUB JSTF LTSH PCLT SVG".split()


@cache
def quick_subsets(original: Any) -> Any:
    """``Font._harfbuzz_subset``, remembering what it made."""
    known: OrderedDict[Any, bytes] = OrderedDict()

    def subset(font: Any, to_unicode: Any, hinting: Any) -> None:
        if font.missing or hinting:
            original(font, to_unicode, hinting)
            return
        glyphs = sorted(to_unicode)
        key = (font.hash, font.name, int(ffi.cast("uintptr_t", font.hb_face)), tuple(glyphs))
        if key not in known:
            made = _subset(font.hb_face, glyphs)
            if not made:
                original(font, to_unicode, hinting)
                return
            known[key] = made
            if len(known) > _MOST_SUBSETS:
                known.popitem(last=False)
        known.move_to_end(key)
        font.file_content = known[key]

    return subset


def _subset(face: Any, glyphs: list[int]) -> bytes | None:
    keep = harfbuzz_subset.HB_SUBSET_FLAGS_RETAIN_GIDS
    flags = (
        harfbuzz_subset.HB_SUBSET_FLAGS_PASSTHROUGH_UNRECOGNIZED
        | harfbuzz_subset.HB_SUBSET_FLAGS_DESUBROUTINIZE
    )
    asked = _asked(glyphs, flags | keep)
    dropped = harfbuzz_subset.hb_subset_input_set(
        asked, harfbuzz_subset.HB_SUBSET_SETS_DROP_TABLE_TAG
    )
    tags = [harfbuzz.hb_tag_from_string(name.ljust(4), 4) for name in _DROPPED]
    _add(dropped, tags)
    smaller = _made(face, asked)
    # The empty glyphs after the last one are dropped in a second pass.
    if smaller is None:
        return None
    rest = _made(
        smaller,
        _asked([*range(glyphs[-1] + 1)], flags | harfbuzz_subset.HB_SUBSET_FLAGS_NO_HINTING),
    )
    return get_hb_object_data(rest) if rest is not None else None


def _asked(glyphs: list[int], flags: int) -> Any:
    asked = ffi.gc(
        harfbuzz_subset.hb_subset_input_create_or_fail(), harfbuzz_subset.hb_subset_input_destroy
    )
    _add(harfbuzz_subset.hb_subset_input_glyph_set(asked), glyphs)
    harfbuzz_subset.hb_subset_input_set_flags(asked, flags)
    return asked


def _add(numbers: Any, more: list[int]) -> None:
    more = sorted(more)
    harfbuzz.hb_set_add_sorted_array(numbers, ffi.new("hb_codepoint_t[]", more), len(more))


def _made(face: Any, asked: Any) -> Any:
    made = harfbuzz_subset.hb_subset_or_fail(face, asked)
    return ffi.gc(made, harfbuzz.hb_face_destroy) if made != ffi.NULL else None
