"""What a letter that was set consists of: its paragraphs, and the use of each of its values."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline

from .shape import Differs, Spot
from .watch import Attempt, Watch

SVG = "{http://www.w3.org/2000/svg}"
KNOWN_LINES = 8  # of one paragraph

# What a value is used for. One whose use was not found is fixed: it has to be the same.
FIXED, LINE, STRING, PICTURE, TITLE, CREATED, MODIFIED, UNUSED = (
    "fixed line string picture title created modified unused".split()
)

# What the lines of a paragraph do to the outside, and the widths that were asked of it.
Signature = tuple[Any, ...]


@dataclass
class Leaf:
    """A text box in a paragraph, and the value that it shows, if that may differ."""

    box: Any
    value: int | None = None
    edges: tuple[bool, bool] | None = None  # where white space at its ends may collapse


@dataclass
class Lines:
    """The lines of a paragraph with certain words; without them where they have not been needed."""

    signature: Signature
    lines: tuple[Any, ...] | None = None


@dataclass
class _Whole:
    """A paragraph that was laid out: the words of each child, its lines, and where each ended."""

    words: list[list[str]]
    lines: list[Any] = field(default_factory=list)
    ends: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, line_box: Any) -> _Whole:
        return cls(
            [
                [child.text]
                if isinstance(child, boxes.TextBox)
                else [box.text for box in text_boxes(child)]
                for child in line_box.children
            ]
        )

    def last_that_differs(self, other: _Whole) -> int:
        """The number of the last child with other words."""
        differing = [
            n
            for n, (one, two) in enumerate(zip(self.words, other.words, strict=True))
            if one != two
        ]
        return max(differing, default=-1)


@dataclass
class Paragraph:
    """An inline formatting context: how its lines are laid out anew."""

    attempt: Attempt
    leaves: list[Leaf]
    asked: list[tuple[Any, Any, Any]]
    values: list[int] = field(default_factory=list)  # those that its leaves show
    known: OrderedDict[tuple[str, ...], Lines] = field(default_factory=OrderedDict)
    _model: Lines | None = None
    _whole: _Whole | None = None

    def words(self, values: Sequence[str]) -> tuple[str, ...]:
        return tuple(values[value] for value in self.values)

    def with_words(self, values: Sequence[str]) -> Any:
        """The line box, not laid out, with other words."""
        leaves = iter(self.leaves)

        def copied(box: Any) -> Any:
            one = box.copy()
            if isinstance(one, boxes.TextBox):
                leaf = next(leaves)
                if leaf.value is not None:
                    one.text = values[leaf.value]
            else:
                one.children = tuple(map(copied, box.children))
            return one

        return copied(self.attempt.line_box)

    def signature(self, values: Sequence[str], context: Any) -> Signature:
        """The signature with other words. Raises Differs where it cannot be told."""
        words = self.words(values)
        if words in self.known:
            self.known.move_to_end(words)
            return self.known[words].signature
        return self._laid_out(values, context).signature

    def lines(self, values: Sequence[str], context: Any) -> tuple[Any, ...]:
        """Its lines with other words. Raises Differs where they cannot be told."""
        known = self.known.get(self.words(values))
        if known is None or known.lines is None:
            known = self._laid_out(values, context)
        assert known.lines is not None
        return known.lines

    def _laid_out(self, values: Sequence[str], context: Any) -> Lines:
        for leaf in self.leaves:
            if leaf.value is not None and leaf.edges not in (None, edges(values[leaf.value])):
                raise Differs("white space at the end of a text")
        one_line = self._on_one_line(values, context)
        if one_line is not None:
            self.remember(values, one_line)
            return one_line
        box = self.with_words(values)
        box.process_whitespace()
        box.process_text_transform()
        widths = tuple(
            original(context, box.deepcopy(), *args, **named)
            for original, args, named in self.asked
        )
        attempt = self.attempt
        made = block.iter_line_boxes(
            context, box, attempt.position_y, attempt.bottom_space, None, attempt.holder,
            [], [], None, None,
        )  # fmt: skip
        whole = self._whole = self._until_it_goes_on_as_before(made, _Whole.of(box))
        lines = tuple(whole.lines)
        found = Lines((tuple(map(line_signature, lines)), widths), lines)
        self.remember(values, found)
        if self._model is None and self._can_be_a_model(lines):
            self._model = found
        return found

    def _until_it_goes_on_as_before(self, made: Iterator[Any], whole: _Whole) -> _Whole:
        """All lines; those that begin where one began before, in the same words, are as before."""
        before = self._whole
        changed = whole.last_that_differs(before) if before else 0
        same = before is not None
        for n, (line, resume_at) in enumerate(made):
            whole.lines.append(line)
            whole.ends.append(resume_at)
            if before is None or not same or n + 1 >= len(before.lines):
                continue
            same = line_signature(line) == line_signature(before.lines[n])
            if same and resume_at == before.ends[n] and next(iter(resume_at)) > changed:
                whole.lines += before.lines[n + 1 :]
                whole.ends += before.ends[n + 1 :]
                break
        return whole

    # Most paragraphs that differ are a name or an address on one line. Once such a line was laid
    # out in full, the next one needs only its words set, as long as they are as high and fit.

    def _can_be_a_model(self, lines: tuple[Any, ...]) -> bool:
        style = self.attempt.line_box.style
        return (
            len(lines) == 1
            and not self.asked
            and lines[0].text_indent == 0
            and style["text_align_all"] != "justify"
            and style["text_align_last"] != "justify"
            and len([*text_boxes(lines[0])]) == len(self.leaves)
            and all(map(_takes_no_room, (lines[0], *lines[0].descendants())))
        )

    def _on_one_line(self, values: Sequence[str], context: Any) -> Lines | None:
        """The same with other words, as WeasyPrint's ``get_next_linebox`` makes a single line."""
        if self._model is None or self._model.lines is None:
            return None
        model = self._model.lines[0]
        left = self.attempt.holder.content_box_x()
        available = left + self.attempt.holder.width - left
        most = (left + available) * (1 + 1e-9)
        position = left
        boxes_by_leaf = []
        for leaf, like in zip(self.leaves, text_boxes(model), strict=True):
            box = self._set(leaf, like, values, context, most - position)
            if box is None:
                return None
            box.position_x = position
            position += box.margin_width()
            boxes_by_leaf.append(box)
        if position > most:
            return None
        line = _with_text_boxes(model, iter(boxes_by_leaf))
        line.width = position - left
        line.position_x = left
        offset = inline.text_align(context, line, available, last=True)
        line.position_x = left + offset
        for box in boxes_by_leaf:
            box.position_x += offset
        return Lines(self._model.signature, (line,))

    def _set(
        self, leaf: Leaf, like: Any, values: Sequence[str], context: Any, room: float
    ) -> Any | None:
        """A text box with other words beside the like one; None where it is not of its height."""
        if leaf.value is None or values[leaf.value] == like.text:
            return like.copy() if like.width <= room else None
        text = values[leaf.value]
        collapses = leaf.box.style["white_space"] in _COLLAPSING
        if _BREAKS.search(text) or (collapses and (text != text.strip(" ") or "  " in text)):
            return None
        box = leaf.box.copy()
        box.text = text
        box.process_text_transform()
        inline.resolve_percentages(box, self.attempt.holder)
        box, resume_at, _break = inline.split_text_box(context, box, room, 0)
        if box is None or resume_at is not None or _heights(box) != _heights(like):
            return None
        box.position_y = like.position_y
        return box

    def remember_first(self, values: Sequence[str], lines: Lines) -> None:
        if self.words(values) not in self.known:
            self.remember(values, lines)

    def remember(self, values: Sequence[str], lines: Lines) -> None:
        self.known[self.words(values)] = lines
        if len(self.known) > KNOWN_LINES:
            self.known.popitem(last=False)


_BREAKS = re.compile(r"[\t\n\f\x85\u2028\u2029]")


def _takes_no_room(box: Any) -> bool:
    """Whether a box of a line runs from left to right and has nothing before or behind it."""
    return box.style["direction"] == "ltr" and not any(
        getattr(box, f"{kind}_{side}{suffix}", 0)
        for kind, suffix in (("margin", ""), ("padding", ""), ("border", "_width"))
        for side in ("left", "right")
    )


def _with_text_boxes(box: Any, new: Iterator[Any]) -> Any:
    """A line with other text boxes."""
    one = box.copy()
    one.children = tuple(
        next(new) if isinstance(child, boxes.TextBox) else _with_text_boxes(child, new)
        for child in box.children
    )
    return one


def _heights(box: Any) -> tuple[float, ...]:
    return box.height, box.baseline, box.margin_top, box.margin_bottom


def edges(text: str) -> tuple[bool, bool]:
    """Whether a text begins and ends with white space."""
    return text[:1].isspace(), text[-1:].isspace()


def line_signature(line: Any) -> Signature:
    return line.height, line.baseline, structure(line)


def structure(box: Any) -> Signature:
    """What boxes a line consists of."""
    return tuple(
        (type(child).__name__, child.element_tag, structure(child)) for child in box.children
    )


def text_boxes(box: Any) -> Iterator[Any]:
    """The text boxes in a line, or in a page's margin box."""
    for child in box.children:
        if isinstance(child, boxes.TextBox):
            yield child
        elif isinstance(child, boxes.Box):
            yield from text_boxes(child)


# A content list of CSS: strings, and attributes of the element.
Tokens = tuple[tuple[str, Any], ...]


@dataclass
class NamedString:
    """A string that the margins use: its page and name, and what it consists of."""

    page: int
    name: str
    tokens: Tokens
    attributes: Mapping[str, int]  # the values that they have
    text: str
    element: Any

    def with_words(self, values: Sequence[str]) -> str:
        if not self.attributes:
            return self.text
        return "".join(
            value if kind == "string" else self._attribute(value[0], values)
            for kind, value in self.tokens
        )

    def _attribute(self, name: str, values: Sequence[str]) -> str:
        if name in self.attributes:
            return values[self.attributes[name]]
        return str(self.element.get(name, ""))


# Surveying ---------------------------------------------------------------------------------------

_COLLAPSING = ("normal", "nowrap", "pre-line")
_DATES = {"dcterms.created": CREATED, "dcterms.modified": MODIFIED}


@dataclass
class Survey:
    """What a letter that was set consists of."""

    uses: list[str]
    paragraphs: list[Paragraph]
    final: list[list[Any]]  # the lines of each paragraph, where they came to stand
    pictures: dict[int, int]  # the picture of each value that is drawn
    strings: list[list[NamedString]]  # by document
    labels: list[tuple[Any, str]]  # elements with a bookmark


class Surveyor:
    """Finds out where each value of a letter is used."""

    def __init__(
        self, documents: Sequence[Any], watch: Watch, found: Sequence[Spot], values: Sequence[str]
    ) -> None:
        self.documents, self.watch = documents, watch
        self.spots, self.values = found, values
        self.uses = [FIXED] * len(values)
        self.lines: OrderedDict[int, list[Any]] = OrderedDict()
        self.spoilt: set[int] = set()
        self.labels: list[tuple[Any, str]] = []
        self.pictures: dict[int, int] = {}
        self.strings: list[list[NamedString]] = []
        self.attributes: dict[int, dict[str, int]] = {}
        for n, spot in enumerate(found):
            if spot.is_attribute:
                self.attributes.setdefault(id(spot.element), {})[spot.name] = n
        self.read: set[tuple[int, str]] = set()  # attributes of elements that content shows

    def survey(self) -> Survey:
        for document in self.documents:
            self.strings.append([])
            for number, page in enumerate(document.pages, start=1):
                for child in page._page_box.children:
                    if not isinstance(child, boxes.MarginBox):
                        self._walk(child, number, is_plain=True)
        paragraphs = self._paragraphs()
        self._use_strings()
        self._use_pictures()
        self._use_head()
        return Survey(
            self.uses,
            paragraphs,
            [self.lines[id(one.attempt.line_box)] for one in paragraphs],
            self.pictures,
            self.strings,
            self.labels,
        )

    def _walk(self, box: Any, page: int, *, is_plain: bool) -> None:
        style = box.style
        if isinstance(style["content"], tuple):
            self.read |= {(id(box.element), name) for name in _shown(style["content"])}
        if box.bookmark_label and style["bookmark_level"] != "none":
            self.labels.append((box.element, box.bookmark_label))
        if box.string_set and box.string_set != "none":
            tokens = dict(style["string_set"])
            for name, text in box.string_set:
                self._note_string(page, name, tokens[name], text, box.element)
        is_plain = is_plain and not isinstance(
            box, (boxes.FlexContainerBox, boxes.GridContainerBox)
        )
        is_plain = is_plain and not getattr(box, "is_column", False)
        if isinstance(box, boxes.LineBox) and hasattr(box, "set_in"):
            line_box = box.set_in[0].line_box
            self.lines.setdefault(id(line_box), []).append(box)
            if not (is_plain and _is_plain_line(box)):
                self.spoilt.add(id(line_box))
        for child in box.children:
            if isinstance(child, boxes.Box):
                self._walk(child, page, is_plain=is_plain)

    def _note_string(self, page: int, name: str, tokens: Tokens, text: str, element: Any) -> None:
        attributes = self.attributes.get(id(element), {})
        shown = {one: attributes[one] for one in _shown(tokens) if one in attributes}
        if not all(kind in ("string", "attr()") for kind, _value in tokens):
            shown = {}
        string = NamedString(page, name, tokens, shown, text, element)
        if string.with_words(self.values) != text:
            string.attributes = {}
        self.strings[-1].append(string)

    def _paragraphs(self) -> list[Paragraph]:
        by_owner: dict[int, list[int]] = {}
        for n, spot in enumerate(self.spots):
            if not spot.is_attribute:
                by_owner.setdefault(id(spot.owner), []).append(n)
        candidates: list[Paragraph] = []
        leaves: dict[int, list[Leaf]] = {}
        for key in self.lines:
            attempts = self.watch.attempts[key]
            asked = [(one[0], one[1], one[2]) for one in self.watch.asked.get(key, ())]
            paragraph = Paragraph(
                attempts[0], [Leaf(box) for box in text_boxes(attempts[0].line_box)], asked
            )
            for leaf in paragraph.leaves:
                if "::" not in leaf.box.element_tag:
                    leaves.setdefault(id(leaf.box.element), []).append(leaf)
            candidates.append(paragraph)
        for owner, numbers in by_owner.items():
            if len(leaves.get(owner, ())) == len(numbers):
                for leaf, n in zip(leaves[owner], numbers, strict=True):
                    leaf.value = n
        for paragraph in candidates:
            paragraph.values = [leaf.value for leaf in paragraph.leaves if leaf.value is not None]
        paragraphs = [one for one in candidates if self._holds(one)]
        for paragraph in paragraphs:
            for value in paragraph.values:
                self.uses[value] = LINE
        return paragraphs

    def _holds(self, paragraph: Paragraph) -> bool:
        """Whether a paragraph can be laid out anew; it shows then what it showed."""
        if not paragraph.values:
            return False
        key = id(paragraph.attempt.line_box)
        attempts = self.watch.attempts[key]
        measures = {
            (one.holder.width, one.holder.content_box_x(), one.holder.style["direction"])
            for one in attempts
        }
        lines = self.lines[key]
        if (
            key in self.spoilt
            or not all(one.is_plain for one in attempts)
            or len(measures) > 1
            or any(named.get("skip_stack") for _original, _args, named in paragraph.asked)
            or lines[-1].resume_at is not None
        ):
            return False
        again = paragraph.with_words(self.values)
        again.process_whitespace()
        again.process_text_transform()
        for leaf, box in zip(paragraph.leaves, text_boxes(again), strict=True):
            if leaf.box.text != box.text:
                return False
            if leaf.value is not None and leaf.box.style["white_space"] in _COLLAPSING:
                leaf.edges = edges(self.values[leaf.value])
        return True

    def _use_strings(self) -> None:
        for string in (one for strings in self.strings for one in strings):
            for n in string.attributes.values():
                self.uses[n] = STRING
        for string in (one for strings in self.strings for one in strings):
            told = self.attributes.get(id(string.element), {})
            for name in _shown(string.tokens):
                if name in told and name not in string.attributes:
                    self.uses[told[name]] = FIXED
            if any(kind not in ("string", "attr()") for kind, _value in string.tokens):
                self._fix_below(string.element)
        for element, name in self.read:
            if name in self.attributes.get(element, {}):
                self.uses[self.attributes[element][name]] = FIXED

    def _fix_below(self, element: Any) -> None:
        below = {id(one) for one in element.iter()}
        for n, spot in enumerate(self.spots):
            if id(spot.owner) in below:
                self.uses[n] = FIXED

    def _use_pictures(self) -> None:
        drawn = {id(piece.box.element): n for n, piece in enumerate(self.watch.pictures)}
        for n, spot in enumerate(self.spots):
            if spot.name == "d" and spot.element.tag == f"{SVG}path":
                for element, picture in drawn.items():
                    piece = self.watch.pictures[picture]
                    if (
                        piece.box.element.tag == f"{SVG}svg"
                        and "viewBox" in piece.box.element.attrib
                    ):
                        below = [id(one) for one in piece.box.element.iter()]
                        if element and id(spot.element) in below:
                            self.uses[n], self.pictures[n] = PICTURE, picture

    def _use_head(self) -> None:
        seen: set[str] = set()
        for n, spot in enumerate(self.spots):
            use = ""
            if spot.name == "text" and spot.element.tag == "title":
                use = TITLE
            elif spot.element.tag == "meta" and spot.name == "content":
                use = _DATES.get(spot.element.get("name", "").lower(), "")
            if use:
                self.uses[n] = use if use not in seen and not spot.document else UNUSED
                seen.add(use)


def _shown(tokens: Any) -> list[str]:
    """The attributes that a content list shows."""
    return [value[0] for kind, value in tokens if kind == "attr()"]


def _is_plain_line(line: Any) -> bool:
    return bool(
        line.text_overflow == "clip"
        and line.block_ellipsis == "none"
        and all(map(_is_plain_inline, line.children))
    )


def _is_plain_inline(box: Any) -> bool:
    style = box.style
    if isinstance(box, boxes.TextBox):
        return bool(style["text_decoration_line"] == "none" and style["visibility"] == "visible")
    return bool(
        isinstance(box, boxes.InlineBox)
        and box.background is None
        and not box.link
        and not box.is_leader
        and not any(style[f"border_{side}_width"] for side in ("top", "right", "bottom", "left"))
        and not style["outline_width"]
        and style["position"] == "static"
        and style["opacity"] == 1
        and all(map(_is_plain_inline, box.children))
    )
