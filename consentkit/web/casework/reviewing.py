"""What the page of a review shows: the letter, and what changed since somebody last read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.letters.review import Piece

TEXT = 20_000
WORDS = "text:"  # before the key of a paragraph, in the form
TOKEN = re.compile(r"\s+|[^\s]+")

SAID: dict[str, str | Promise] = {
    "@letterhead": _("Letterhead"),
    "@sender": _("Sender"),
    "@to": _("Addressee"),
    "@date": _("Date and reference"),
    "@subject": _("Subject"),
    "@salutation": _("Salutation"),
    "@last": _("Last line"),
    "@closing": _("Closing"),
}


@dataclass(frozen=True)
class Run:
    """Words that stayed (``kind`` empty), came (``ins``) or went (``del``)."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the letter, with what changed in it. ``state`` is "", ``changed``, ``new``, or
    ``gone``. ``text`` is what stands there now.
    """

    piece: Piece
    state: str
    runs: tuple[Run, ...]
    typed: str = ""

    @property
    def name(self) -> str:
        """Its field in the form; empty for what cannot be edited in a review."""
        editable = self.state != "gone" and not self.piece.key.startswith("@")
        return WORDS + self.piece.key if editable else ""

    @property
    def title(self) -> str | Promise:
        return SAID.get(self.piece.key) or self.piece.heading or self.piece.text[:60]

    @property
    def rows(self) -> int:
        return min(14, 2 + len(self.typed) // 70 + self.typed.count("\n"))


def parts(
    before: Sequence[Piece] | None, after: Sequence[Piece], typed: dict[str, str] | None = None
) -> list[Part]:
    """The letter part by part. ``before`` is what was read last, None for a first reading.

    A part that went stands where it was.
    """
    if before is None:
        return [_part(one, "", (Run("", one.text),), typed) for one in after]
    old, new = {one.key: one for one in before}, {one.key: one for one in after}
    found: list[Part] = []
    for key in _order(list(old), list(new)):
        if key not in new:
            found.append(_part(old[key], "gone", (Run("del", old[key].text),), typed))
        elif key not in old:
            found.append(_part(new[key], "new", (Run("ins", new[key].text),), typed))
        else:
            runs = tuple(difference(old[key].text, new[key].text))
            state = "changed" if any(run.kind for run in runs) else ""
            found.append(_part(new[key], state, runs, typed))
    return found


def _part(piece: Piece, state: str, runs: tuple[Run, ...], typed: dict[str, str] | None) -> Part:
    text = (typed or {}).get(piece.key, piece.text)
    return Part(piece=piece, state=state, runs=runs, typed=text)


def _order(old: list[str], new: list[str]) -> Iterator[str]:
    """Every key once, in the order of the letter, and what went where it was."""
    seen: set[str] = set()
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for key in [*(old[a:b] if tag != "equal" else []), *new[c:d]]:
            if key not in seen and (key not in new or key in new[c:d]):
                seen.add(key)
                yield key


def difference(before: str, after: str) -> Iterator[Run]:
    """What became of a text, word by word."""
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Run("", "".join(new[c:d]))
            continue
        if a < b:
            yield Run("del", "".join(old[a:b]))
        if c < d:
            yield Run("ins", "".join(new[c:d]))


class CommentsForm(forms.Form):
    """What the reviewer says to the author."""

    use_required_attribute = False

    comments = forms.CharField(
        required=False,
        max_length=TEXT,
        widget=forms.Textarea({"rows": 4}),
        label=_("Comments for the author"),
        help_text=_("Needed where you return the letter. The team sees them; the letter does not."),
    )


class EmergencyForm(forms.Form):
    """Why a letter cannot wait for its review."""

    use_required_attribute = False

    reason = forms.CharField(
        max_length=TEXT,
        widget=forms.Textarea({"rows": 3}),
        label=_("Why can it not wait?"),
        help_text=_("Every supervisor of the team gets an e-mail, and your reason is kept."),
        error_messages={"required": _("Say why this letter cannot wait for its review.")},
    )
