"""Which days count at a place: Saturdays, Sundays and public holidays do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from . import holidays


@dataclass(frozen=True)
class Calendar:
    """The working days of a place, without or with the holidays that are only arguable."""

    place: str
    with_arguable: bool = False

    def holiday(self, day: date) -> str | None:
        """The name of the public holiday on that day, if it is one."""
        return _days(self.place, self.with_arguable, day.year).get(day)

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < holidays.SATURDAY and self.holiday(day) is None

    def on_or_after(self, day: date) -> date:
        """The first working day from ``day`` on."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def after_sunday(self, day: date) -> date:
        """The day itself, or Monday for a Sunday."""
        return day + timedelta(days=1) if day.weekday() == holidays.SUNDAY else day

    def closed_days(self, first: date, last: date) -> list[tuple[date, str]]:
        """The days from ``first`` to before ``last`` that do not count, with a holiday's name.

        A weekend day has the empty string.
        """
        closed = []
        while first < last:
            if not self.is_working_day(first):
                closed.append((first, self.holiday(first) or ""))
            first += timedelta(days=1)
        return closed


def open_weekday_on_or_after(place: str, day: date) -> date:
    """The first weekday from ``day`` on that is neither a federal nor a state holiday (US)."""
    state = Calendar(place)
    while not state.is_working_day(day) or day in holidays.federal(day.year):
        day += timedelta(days=1)
    return day


@cache
def _days(place: str, with_arguable: bool, year: int) -> dict[date, str]:
    days = holidays.established(place, year)
    return {**holidays.arguable(place, year), **days} if with_arguable else days
