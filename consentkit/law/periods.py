"""Lengths of legal time. Each knows its own last day, by counting alone.

The calendar of the place is handed to each; only working days need to look at it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol


class WorkingCalendar(Protocol):
    """Whatever can say whether a day is a working day."""

    def is_working_day(self, day: date) -> bool: ...


class NoDate(ValueError):
    """The last day lies outside the calendar that Python can count with (year 9999)."""


@dataclass(frozen=True)
class Days:
    """Calendar days; the day of the event is not counted."""

    number: int

    def last_day(self, start: date, calendar: WorkingCalendar) -> date:
        try:
            return start + timedelta(days=self.number)
        except OverflowError:
            raise NoDate(f"{self.number} days after {start} is beyond the year 9999") from None


@dataclass(frozen=True)
class WorkingDays:
    """Days that are neither weekends nor public holidays; the day of the event is not counted."""

    number: int

    def last_day(self, start: date, calendar: WorkingCalendar) -> date:
        day, left = start, self.number
        while left:
            day += timedelta(days=1)
            left -= calendar.is_working_day(day)
        return day


@dataclass(frozen=True)
class Months:
    """Calendar months: the same date of a later month, or that month's last day."""

    number: int

    def last_day(self, start: date, calendar: WorkingCalendar) -> date:
        return _months_later(start, self.number)


@dataclass(frozen=True)
class Years:
    """Calendar years: the same date of a later year; 29 February becomes 28 February."""

    number: int

    def last_day(self, start: date, calendar: WorkingCalendar) -> date:
        return _months_later(start, 12 * self.number)


@dataclass(frozen=True)
class YearEnds:
    """Whole years from the end of the year of the event: the last day is a 31 December."""

    number: int

    def last_day(self, start: date, calendar: WorkingCalendar) -> date:
        if start.year + self.number > date.max.year:
            raise NoDate(f"{self.number} years after {start} is beyond the year 9999")
        return date(start.year + self.number, 12, 31)


@dataclass(frozen=True)
class Before:
    """A period whose last day is too late: the act must come before it."""

    period: Days | Months | Years

    @property
    def number(self) -> int:
        return self.period.number

    def last_day(self, start: date, calendar: WorkingCalendar) -> date:
        return self.period.last_day(start, calendar) - timedelta(days=1)


@dataclass(frozen=True)
class AskedDays:
    """The calendar days that the letter itself asked for, under the name of a fact."""

    fact: str

    def days(self, facts: Mapping[str, object]) -> Days | None:
        """The term as asked for, or None where the letter asked for none."""
        number = facts.get(self.fact)
        return Days(number) if isinstance(number, int) else None


@dataclass(frozen=True)
class NotSet:
    """The law sets no term at all, which is worth saying."""


Counted = Days | WorkingDays | Months | Years | YearEnds | Before
Period = Counted | AskedDays | NotSet


def _months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > date.max.year:
        raise NoDate(f"{months} months after {start} is beyond the year 9999")
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
