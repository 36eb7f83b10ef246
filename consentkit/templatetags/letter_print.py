"""How blocks of a letter are gathered for print: items of one list stand together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from consentkit.letters.envelope import Fitted
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
