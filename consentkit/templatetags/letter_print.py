"""How a letter is set: lists gathered, names taken as they are, and where things stand on paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from consentkit.letters.compose import Draft
from consentkit.letters.envelope import LAYOUTS, MM, Box, Fitted, Layout
from consentkit.letters.texts import Block

register = template.Library()

STYLES = {"–": "dash", "-": "hyphen", "•": "bullet"}


@dataclass(frozen=True)
class Run:
    """Neighbouring blocks of one kind; for a list, how it is labelled and where it starts."""

    kind: str
    blocks: tuple[Block, ...]
    tag: str = ""
    style: str = ""
    start: int = 0

    @property
    def before(self) -> int:
        """What the counter of the list is set to; WeasyPrint does not read ``start``."""
        return self.start - 1


@register.filter
def runs(blocks: Iterable[Block]) -> list[Run]:
    """Blocks gathered into runs. A number that does not follow on begins a list of its own."""
    gathered: list[Run] = []
    for (kind, _number), group in groupby(_numbered(blocks), key=lambda pair: pair[0]):
        members = tuple(block for _, block in group)
        if kind == "item":
            label = members[0].label
            if label in STYLES:
                gathered.append(Run(kind, members, "ul", STYLES[label]))
            else:
                gathered.append(Run(kind, members, "ol", start=int(label.rstrip("."))))
        else:
            gathered.append(Run(kind, members))
    return gathered


def _numbered(blocks: Iterable[Block]) -> Iterable[tuple[tuple[str, int], Block]]:
    """Each block with a key that changes where a new run begins."""
    number, previous = 0, None
    for block in blocks:
        follows = (
            previous is not None
            and previous.kind == block.kind
            and (block.kind != "item" or _follows(previous.label, block.label))
        )
        if not follows:
            number += 1
        yield (block.kind, number), block
        previous = block


def _follows(label: str, following: str) -> bool:
    if label in STYLES or following in STYLES:
        return label == following
    return int(following.rstrip(".")) == int(label.rstrip(".")) + 1


@register.simple_tag
def set_in(address: Fitted) -> SafeString:
    """The size of type of an address, as an attribute of its element (print only)."""
    return format_html('style="font-size: {}pt; line-height: {}pt"', address.size, address.leading)


# Words taken as they are --------------------------------------------------------------------------

# Words of a citation that are long enough to be hyphenated, and are not.
PART = (
    r"(?:Erwägungsgr(?:und|ünde)|[Rr]ecitals?|[Cc]onsidérants?|[Cc]onsiderand[oi]s?"
    r"|[Mm]otyw(?:y|u|ów)?|[Oo]verweging(?:en)?|[Aa]rtikeln?|[Aa]rtikelen|[Aa]rticles?"
    r"|[Aa]rtículos?|[Aa]rticol[oi]|[Aa]partados?|[Pp]aragraph(?:e?s)?|[Pp]aragraf[oi]|[Ss]ections?)"
)
# E-mail and web addresses, references of ours, and parts of a law by their number.
ADDRESS = (
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://[^\s<>\"]+"
    rf"|(?<!\w)CK-[A-Z2-7]{{8}}(?!\w)|(?<!\w){PART}\N{{NO-BREAK SPACE}}\d+\w*"
)
WORD_BEGUN = re.compile(r"[^ \t\n]*$")
WHOLE = 40  # characters; a longer one may be broken at a hyphen that it has
# An abbreviation and the number or letter it belongs to stay on one line.
CITED = re.compile(
    r"(?<!\w)([Aa]rtt?\.|Abs\.|Nr\.|Rn\.|Buchst\.|lit\.|§§?|No\.|n°|nr|ust\.|pkt|lid|par\.|para\."
    rf"|{PART}) (?=[\d(§A-Za-z](?:\b|\d|\())"
)


@lru_cache(maxsize=512)
def _common(text: str) -> tuple[str, SafeString]:
    """A text with its citations kept together, and as it is set where it names nobody.

    Most paragraphs are those of every letter of their kind.
    """
    cited = CITED.sub("\\1\N{NO-BREAK SPACE}", text)
    return cited, _marked(cited, (found.span() for found in _ADDRESS.finditer(cited)))


_ADDRESS = re.compile(ADDRESS)
_LETTER = re.compile(r"\w")


def _named(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Where names and addresses stand in a text; a longer name comes before a shorter one."""
    longest_first = sorted({word for word in words if word.strip()}, key=len, reverse=True)
    at = 0
    while True:
        spans = [
            (begin, n, begin + len(word))
            for n, word in enumerate(longest_first)
            if (begin := _find(text, word, at)) >= 0
        ]
        address = _ADDRESS.search(text, at)
        if address:
            spans.append((address.start(), len(longest_first), address.end()))
        if not spans:
            return
        begin, _, at = min(spans)
        yield begin, at


def _find(text: str, word: str, at: int) -> int:
    """Where a word stands by itself, from a place on; -1 where it does not."""
    begin = text.find(word, at)
    while begin >= 0:
        end = begin + len(word)
        before = begin > 0 and _LETTER.match(text, begin - 1)
        if not before and not _LETTER.match(text, end):
            return begin
        begin = text.find(word, begin + 1)
    return -1


@register.filter
def has_spaces(text: str) -> bool:
    """Whether somebody has set words apart by more than one space."""
    return "  " in text or "\t" in text


@register.filter
def as_set(text: str, draft: Draft) -> SafeString:
    """A text with its names and addresses marked, so that they are neither hyphenated nor mixed up.

    Each stands apart from the words around it, whichever way its script runs. What no line may
    part from it, as a bracket, is marked with it, and so is the space before it: the engine finds
    the right place to break a line within a mark, but not always before one.
    """
    cited, plain = _common(text)
    if not any(word in cited for word in draft.as_is):
        return plain
    return _marked(cited, _named(cited, draft.as_is))


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> SafeString:
    pieces, done = [], 0
    for begin, end in spans:
        at = done + len(WORD_BEGUN.split(text[done:begin])[0])
        name = text[at:end]
        if "-" in name and " " not in name and len(name) <= WHOLE:
            mark = '<bdi class="whole">'
        else:
            mark = "<bdi>"
            at -= text[done:at].endswith(" ")
        pieces += [escape(text[done:at]), f"{mark}{escape(text[at:end])}</bdi>"]
        done = end
    pieces.append(escape(text[done:]))
    return mark_safe("".join(pieces))  # noqa: S308 (each piece is escaped)


# Where things stand on paper ----------------------------------------------------------------------


@register.simple_tag
def layout_rules(key: str) -> SafeString:
    """The style sheet of a layout: its page, its head and its fold marks.

    In the order of reading, so nothing is positioned: each part of the head is moved from where
    the one before it ends.
    """
    layout = LAYOUTS[key]
    width, height = layout.size
    top, right, bottom, left = layout.margins
    rules = [
        f"@page {{ size: {width:.2f}pt {height:.2f}pt; "
        f"margin: {top:.2f}pt {right:.2f}pt {bottom:.2f}pt {left:.2f}pt; }}",
        "@page :first { margin-top: 0; " + _marks(layout) + " }",
        f".head {{ padding-top: {layout.sender.top:.2f}pt; "
        f"height: {layout.body - layout.sender.top:.2f}pt; }}",
    ]
    parts: list[tuple[str, Box | None]] = [
        ("sender", layout.sender),
        ("about", layout.about),
        ("return", layout.return_line),
        ("address", layout.address),
    ]
    ends = layout.sender.top
    for name, box in parts:
        if box is None:
            rules.append(f".{name} {{ display: none; }}")
            continue
        rules.append(
            f".{name} {{ margin: {box.top - ends:.2f}pt 0 0 {box.left - left:.2f}pt; "
            f"width: {box.width:.2f}pt; height: {box.height:.2f}pt; }}"
        )
        ends = box.bottom
    if layout.about_right:
        rules.append(".about { text-align: right; }")
    return mark_safe("\n".join(rules) + "\n")  # noqa: S308 (numbers of ours)


def _marks(layout: Layout) -> str:
    """Fold and punch marks, as boxes of the left margin: no part of the text, so artifacts."""
    _, height = layout.size
    line = f"content: ''; width: 4mm; margin: 0 auto 0 {4.5 * MM:.2f}pt; border: 0 solid #777;"
    area = height - layout.margins[2]  # the margin box begins at the top edge and ends here
    first, second = layout.folds
    marks = [
        f"@left-top {{ {line} height: {first:.2f}pt; border-bottom-width: 0.2mm; }}",
        f"@left-bottom {{ {line} height: {area - second:.2f}pt; border-top-width: 0.2mm; }}",
    ]
    if layout.punch is not None:
        half = layout.punch - area / 2  # it lies in the middle, so half of it above the mark
        marks.append(
            f"@left-middle {{ {line} width: 6mm; height: {2 * half:.2f}pt; "
            "border-bottom-width: 0.2mm; }"
        )
    return " ".join(marks)
