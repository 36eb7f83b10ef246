"""What follows from what happened: the deadlines of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from .calendars import open_weekday_on_or_after
from .events import History
from .holidays import CHECKED_UNTIL
from .reckoning import Reading, Reckoning, Step, reckon
from .vocabulary import Accusation, Duty, Law


@dataclass(frozen=True)
class Deadline:
    """One duty with its dates.

    ``nominal``: the last day by counting alone. ``due``: the last day after the law's own weekend
    and holiday rule. ``overdue_from``: the first day on which we may say that it has passed, which
    is after the latest date that can be argued. All are days at the place of the duty, and None
    where no date runs. ``disputed`` is the reason why somebody could count otherwise, or None.
    ``unconfirmed`` says that nobody has checked the holidays of that year yet.
    """

    duty: Duty
    nominal: date | None
    due: date | None
    overdue_from: date | None
    disputed: str | None
    steps: tuple[Step, ...]
    unconfirmed: bool = False

    def is_overdue(self, today: date) -> bool:
        return self.overdue_from is not None and today >= self.overdue_from


# What a platform owes for a request, the answer first: its dates differ from right to right.
OWED = ("answer", "comply", "stop")


def owed(law: Law, right: str, place: str) -> tuple[Duty, ...]:
    """What a platform owes to somebody who uses a right, with a date or without."""
    found = [duty for duty in law.duties_of(right, place, {}) if duty.key in OWED]
    return tuple(sorted(found, key=lambda duty: OWED.index(duty.key)))


LATER_DATE_ARGUABLE = "a later date can be argued"


def deadlines(
    law: Law, right: str, place: str, history: History, facts: Mapping[str, object]
) -> list[Deadline]:
    """The deadlines that run or have run, in the order in which the law's file lists its duties."""
    found = []
    for duty in law.duties_of(right, place, facts):
        strict = reckon(duty, history, place, facts, Reading.STRICT)
        if strict is None:
            continue
        lenient = reckon(duty, history, place, facts, Reading.LENIENT)
        assert lenient is not None  # the same events start both readings
        found.append(_deadline(law, duty, place, strict, lenient))
    return found


def _deadline(law: Law, duty: Duty, place: str, strict: Reckoning, lenient: Reckoning) -> Deadline:
    disputed = strict.disputed or lenient.disputed
    steps = strict.steps
    if lenient.due != strict.due:
        disputed = disputed or LATER_DATE_ARGUABLE
        if lenient.due is None:
            steps += (Step("arguably_paused"),)
        else:
            steps += (Step("arguably", {"day": lenient.due}),)
    unconfirmed = False
    if strict.due is not None and strict.due.year > CHECKED_UNTIL:
        unconfirmed = True
        steps += (Step("unconfirmed", {"year": str(strict.due.year)}),)
    return Deadline(
        duty,
        strict.nominal,
        strict.due,
        _overdue_from(law, place, lenient.due),
        disputed,
        steps,
        unconfirmed,
    )


def _overdue_from(law: Law, place: str, latest: date | None) -> date | None:
    if latest is None:
        return None
    if law.accusation is Accusation.AFTER_OPEN_WEEKDAY:
        latest = open_weekday_on_or_after(place, latest)
    return latest + timedelta(days=1)
