"""What every way of sending tells of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.functional import Promise

from consentkit.cases.log import CHANNELS as LABELS
from consentkit.cases.log import Label
from consentkit.letters.compose import Draft


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One way of sending a letter.

    ``hint`` says what it is good for, ``steps`` what to do, ``keep`` what to keep as proof.
    ``proof`` is the evidence of arrival that this way can yield at once, a key of
    ``cases.log.EVIDENCE``, with the words in which somebody is asked for it. ``leads`` says whether
    a letter can go this way, as far as we know its addressees. ``from_here`` says whether this
    site can send by itself.
    """

    key: str
    hint: Label
    steps: tuple[Label, ...]
    keep: tuple[Label, ...]
    note: Label  # what the field for a tracking number or the like is called
    proof: str = ""
    proof_label: str | Promise = ""
    leads: Callable[[Draft], bool] = field(default=lambda draft: True)
    from_here: Callable[[], bool] = field(default=lambda: False)

    @property
    def label(self) -> Label:
        return LABELS[self.key]
