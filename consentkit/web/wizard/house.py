"""Which house texts of a team stand in a letter: those in use, those that a draft has, or none."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.letters.house import House

# What the field of that name can say.
FIELD = "house"
KEPT, NOW, NONE = "kept", "now", "none"

LABELS: dict[str, str | Promise] = {
    KEPT: _("As they stand in this draft"),
    NOW: _("Those that are in use now"),
    NONE: _("None in this letter"),
}


@dataclass(frozen=True)
class Option:
    value: str
    label: str | Promise
    chosen: bool


@dataclass(frozen=True)
class HouseChoice:
    """What can stand in a letter, by its value in the form, and what was chosen."""

    offered: dict[str, House]
    chosen: str
    nothing_now: bool = False

    @property
    def house(self) -> House:
        return self.offered.get(self.chosen, House())

    @property
    def options(self) -> list[Option]:
        return [Option(value, LABELS[value], value == self.chosen) for value in self.offered]

    @property
    def has_changed(self) -> bool:
        """Whether others are in use than those that the draft has."""
        return KEPT in self.offered and NOW in self.offered

    @property
    def is_retired(self) -> bool:
        """Whether the draft has texts, and none are in use any more."""
        return KEPT in self.offered and self.nothing_now


def choose(posted: QueryDict, *, now: House, kept: House | None = None) -> HouseChoice:
    """What a form says; else a new letter has what is in use, and a draft what it had.

    ``kept`` are the texts of a draft, None for a letter that is still to be made.
    """
    offered = {}
    if kept:
        offered[KEPT] = kept
    if now and (not kept or now.versions != kept.versions):
        offered[NOW] = now
    if offered:
        offered[NONE] = House()
    usual = KEPT if kept else NOW if kept is None and now else NONE
    said = posted.get(FIELD, "")
    return HouseChoice(offered, said if said in offered else usual, nothing_now=not now)
