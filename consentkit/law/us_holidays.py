"""Statutory holidays of American states, where the library's list is not the statute's.

Each table is the set of days that the state's own computing statute leaves out. Whether they move
when they fall on a weekend is part of the table. The library's list mixes in days off for state
employees, days kept by proclamation, and days kept by some.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from .easter import easter_sunday

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)

Rule = Callable[[int], date | None]


def fixed(month: int, day: int) -> Rule:
    return lambda year: date(year, month, day)


def nth(number: int, weekday: int, month: int, *, plus: int = 0) -> Rule:
    """The first, second … such weekday of a month, or some days after it."""

    def rule(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1) + plus)

    return rule


def last(weekday: int, month: int) -> Rule:
    def rule(year: int) -> date:
        end = date(year, month + 1, 1) - timedelta(days=1)
        return end - timedelta(days=(end.weekday() - weekday) % 7)

    return rule


def good_friday(year: int) -> date:
    return easter_sunday(year) - timedelta(days=2)


def monday_on_or_before(month: int, day: int) -> Rule:
    """Utah keeps Juneteenth on a Monday: the preceding one, or the following after a Friday."""

    def rule(year: int) -> date:
        found = date(year, month, day)
        if found.weekday() in (FRIDAY, SATURDAY, SUNDAY):
            return found + timedelta(days=7 - found.weekday())
        return found - timedelta(days=found.weekday())

    return rule


def in_even_years(rule: Rule) -> Rule:
    return lambda year: rule(year) if year % 2 == 0 else None


def from_year(first: int, rule: Rule) -> Rule:
    return lambda year: rule(year) if year >= first else None


NEW_YEAR = {"New Year's Day": fixed(1, 1)}
KING = {"Martin Luther King, Jr. Day": nth(3, MONDAY, 1)}
LINCOLN = {"Lincoln's Birthday": fixed(2, 12)}
PRESIDENTS = {"Presidents' Day": nth(3, MONDAY, 2)}
MEMORIAL = {"Memorial Day": last(MONDAY, 5)}
JUNETEENTH = {"Juneteenth": from_year(2021, fixed(6, 19))}
INDEPENDENCE = {"Independence Day": fixed(7, 4)}
LABOR = {"Labor Day": nth(1, MONDAY, 9)}
COLUMBUS = {"Columbus Day": nth(2, MONDAY, 10)}
VETERANS = {"Veterans Day": fixed(11, 11)}
THANKSGIVING = {"Thanksgiving Day": nth(4, THURSDAY, 11)}
DAY_AFTER = {"Day after Thanksgiving": nth(4, THURSDAY, 11, plus=1)}
CHRISTMAS = {"Christmas Day": fixed(12, 25)}
GOOD_FRIDAY: dict[str, Rule] = {"Good Friday": good_friday}
ELECTION = {"General Election Day": in_even_years(nth(1, MONDAY, 11, plus=1))}

COMMON = (
    NEW_YEAR | KING | PRESIDENTS | MEMORIAL | JUNETEENTH | INDEPENDENCE | LABOR | VETERANS
    | THANKSGIVING | CHRISTMAS
)  # fmt: skip
FEDERAL = COMMON | COLUMBUS


@dataclass(frozen=True)
class Table:
    """The holidays of one statute.

    ``sunday_to_monday`` and ``saturday_to_friday`` say whether a day on a weekend is kept then.
    ``note`` says how the table was come by, and what is not sure.
    """

    citation: str
    days: dict[str, Rule]
    note: str
    sunday_to_monday: bool = True
    saturday_to_friday: bool = False

    def in_year(self, year: int) -> dict[date, str]:
        """The holidays of a year with their names, days kept for others included."""
        found: dict[date, str] = {}
        for name, rule in self.days.items():
            for of_year in (year, year + 1):
                day = rule(of_year)
                if day is not None:
                    found |= {kept: name for kept in self.kept(day) if kept.year == year}
        return found

    def kept(self, day: date) -> list[date]:
        if day.weekday() == SUNDAY and self.sunday_to_monday:
            return [day, day + timedelta(days=1)]
        if day.weekday() == SATURDAY and self.saturday_to_friday:
            return [day, day - timedelta(days=1)]
        return [day]


TABLES = {
    "US-IL": Table(
        "205 ILCS 630/17",
        FEDERAL
        | LINCOLN
        | {"Casimir Pulaski Day": nth(1, MONDAY, 3)}
        | GOOD_FRIDAY
        | ELECTION,
        "Compiled 2026-09-29. The courts keep a list of their own (M.R. 5272).",
    ),
    "US-CA": Table(
        "Cal. Code Civ. Proc. 135",
        COMMON
        | LINCOLN
        | {"Farmworkers Day": fixed(3, 31), "Native American Day": nth(4, FRIDAY, 9)}
        | DAY_AFTER,
        "Read for 2026 in the list of the Los Angeles Superior Court.",
        saturday_to_friday=True,
    ),
    "US-TX": Table(
        "Tex. Gov't Code 662.003, 662.021",
        COMMON
        | {
            "Confederate Heroes Day": fixed(1, 19),
            "Texas Independence Day": fixed(3, 2),
            "San Jacinto Day": fixed(4, 21),
            "Lyndon Baines Johnson Day": fixed(8, 27),
        }
        | DAY_AFTER,
        "The list of 662.021 was not verified.",
        sunday_to_monday=False,
    ),
    "US-WA": Table(
        "RCW 1.16.050",
        COMMON | {"Native American Heritage Day": nth(4, THURSDAY, 11, plus=1)},
        "Compiled 2026-09-29.",
        saturday_to_friday=True,
    ),
    "US-NY": Table(
        "N.Y. Gen. Constr. Law 24",
        FEDERAL
        | LINCOLN
        | {"Flag Day": nth(2, SUNDAY, 6), "Election Day": nth(1, MONDAY, 11, plus=1)},
        "Compiled 2026-09-29.",
    ),
    "US-CO": Table(
        "C.R.S. 24-11-101",
        COMMON | {"Frances Xavier Cabrini Day": nth(1, MONDAY, 10)},
        "Compiled 2026-09-29.",
    ),
    "US-MD": Table(
        "Md. Code, Gen. Prov. 1-111",
        FEDERAL
        | LINCOLN
        | {"Maryland Day": fixed(3, 25), "Defenders' Day": fixed(9, 12)}
        | GOOD_FRIDAY
        | DAY_AFTER
        | ELECTION,
        "Compiled 2026-09-29.",
    ),
    "US-UT": Table(
        "Utah Code 68-3-7",
        (FEDERAL | {"Juneteenth": monday_on_or_before(6, 19), "Pioneer Day": fixed(7, 24)}),
        "Compiled 2026-09-29; check before use.",
        saturday_to_friday=True,
    ),
    "US-TN": Table(
        "Tenn. Code 1-3-102",
        FEDERAL | GOOD_FRIDAY,
        "Compiled 2026-09-29; check before use.",
    ),
}  # fmt: skip
