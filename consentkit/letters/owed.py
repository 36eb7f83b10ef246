"""Where an answer is owed, and on which paper a letter is written, for somebody who lives there."""

from __future__ import annotations

from collections.abc import Iterable

from consentkit.law.holidays import UnknownPlace, check_place
from consentkit.law.vocabulary import Law
from consentkit.platforms.records import EntityRecord

from .envelope import AT_HOME


def place_of_answer(law: Law, entities: Iterable[EntityRecord], residence: str) -> str | None:
    """The place whose holidays count for an answer; None where we know no calendar.

    ``entities`` are the companies that the letter goes to.
    """
    if law.only_place:
        return law.only_place
    places = [place for one in entities for place in (one.holiday_place, one.country)]
    return next((one for one in (*places, residence) if one and _has_calendar(one)), None)


def paper_of(residence: str) -> str:
    """The layout for the envelopes that are used where somebody lives: theirs, as they send it."""
    return AT_HOME.get(residence.split("-")[0], "a4")


def _has_calendar(place: str) -> bool:
    try:
        check_place(place)
    except UnknownPlace:
        return False
    return True
