"""Figures that can be published: what is about fewer than ``K`` requests is withheld.

The rule, which docs/statistics.md explains to readers:

- A group (platform, law, what was asked) of fewer than K requests is named nowhere. All such groups
  are one line together; where that line is too small, the smallest named group joins it.
- Within a line, an outcome of 1 to K - 1 requests is withheld. So that it cannot be had by
  subtraction, more outcomes are withheld until those withheld make up K or more, and so is every
  zero of the line: nobody can tell them from the rest.
- A share (extended, identity demanded …) stands only where it and its complement are nothing, or K
  and more. A median stands only for K answers and more, rounded to whole weeks.
- There are no totals of outcomes over several lines, but for what the lines themselves show.
- Quarters of fewer than K requests are joined to their neighbours, and say nothing but a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from consentkit.cases.behaviour import Outcome
from consentkit.cases.conduct import FLAGS, Group, add

K = 5
A_WEEK = 7
# What a reader outside cannot follow any further is one outcome.
OPEN = "open"
OUTCOMES: tuple[str, ...] = (
    Outcome.IN_TIME,
    Outcome.ARGUABLE,
    Outcome.LATE,
    Outcome.MISSED,
    OPEN,
)
Quarter = tuple[date, date]  # its first and its last day


class TooFew(ValueError):
    """There are not enough requests to publish anything."""


@dataclass(frozen=True)
class Line:
    """A group as it is published; None where something is withheld.

    ``platform`` is empty for all the groups that are too small to be named.
    """

    platform: str
    law: str
    kind: str
    number: int
    outcomes: Mapping[str, int | None]
    shares: Mapping[str, int | None]
    median_weeks: int | None


@dataclass(frozen=True)
class Span:
    """Some quarters that follow each other, and how many requests arrived in them."""

    since: date
    until: date
    number: int


@dataclass(frozen=True)
class Anonymous:
    """What is published."""

    number: int
    lines: tuple[Line, ...]
    spans: tuple[Span, ...]


def anonymous(groups: Iterable[Group], quarters: Sequence[tuple[Quarter, int]]) -> Anonymous:
    """What of the groups, and of the requests by quarter, can be published. Raises TooFew."""
    named, rest = _named(list(groups))
    lines = [_line(one) for one in named]
    if rest is not None:
        lines.append(_line(rest))
    return Anonymous(sum(line.number for line in lines), tuple(lines), tuple(spans(quarters)))


def _named(groups: list[Group]) -> tuple[list[Group], Group | None]:
    """The groups that are large enough, the most first, and all the others as one."""
    ordered = sorted(groups, key=lambda one: (-one.number, one.platform, one.law, one.kind))
    named = [one for one in ordered if one.number >= K and one.platform]
    small = [one for one in ordered if one not in named and one.number]
    if not small:
        if not named:
            raise TooFew
        return named, None
    rest = Group("", "", "")
    for one in small:
        add(rest, one)
    while rest.number < K:
        if not named:
            raise TooFew
        add(rest, named.pop())
    return named, rest


def _line(group: Group) -> Line:
    counted = dict.fromkeys(OUTCOMES, 0)
    for outcome, number in group.outcomes.items():
        counted[outcome if outcome in counted else OPEN] += number
    hidden = withheld(counted)
    median = group.median if group.answered >= K else None
    return Line(
        group.platform,
        group.law,
        group.kind,
        group.number,
        {name: None if name in hidden else number for name, number in counted.items()},
        {flag: share(group.flags[flag], group.number) for flag in FLAGS},
        None if median is None else round(median / A_WEEK),
    )


def withheld(cells: Mapping[str, int]) -> frozenset[str]:
    """The cells of a line that are not published, so that none of them can be computed."""
    hidden = {name for name, number in cells.items() if 0 < number < K}
    if not hidden:
        return frozenset()
    shown = sorted(
        (name for name, number in cells.items() if number >= K),
        key=lambda name: (cells[name], name),
    )
    while shown and (sum(cells[name] for name in hidden) < K or len(hidden) < 2):
        hidden.add(shown.pop(0))
    return frozenset(hidden | {name for name, number in cells.items() if number == 0})


def share(number: int, whole: int) -> int | None:
    """How many of a group have something, None where that or its complement is about a few."""
    few = range(1, K)
    return None if number in few or whole - number in few else number


def spans(quarters: Sequence[tuple[Quarter, int]]) -> list[Span]:
    """Quarters in their order, joined until each span has enough requests, or none at all."""
    found: list[Span] = []
    open_: Span | None = None
    for (since, until), number in quarters:
        if open_ is None:
            open_ = Span(since, until, number)
        else:
            open_ = Span(open_.since, until, open_.number + number)
        if open_.number == 0 or open_.number >= K:
            found.append(open_)
            open_ = None
    while open_ is not None and found and 0 < open_.number < K:
        last = found.pop()
        open_ = Span(last.since, open_.until, last.number + open_.number)
    return [*found, open_] if open_ is not None else found


def quarter_of(day: date) -> Quarter:
    """The quarter in which a day lies."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return first, _next(first) - date.resolution


def quarters_between(since: date, until: date) -> list[Quarter]:
    """The quarters from one that begins on a day to one that ends on a day."""
    found = []
    first = since
    while first <= until:
        found.append(quarter_of(first))
        first = _next(first)
    return found


def _next(first: date) -> date:
    """The first day of the quarter after the one that begins on a day."""
    return date(first.year + (first.month + 2) // 12, (first.month + 2) % 12 + 1, 1)
