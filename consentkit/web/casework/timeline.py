"""A case as a drawing: where each mark and bar lies. The template draws what is computed here.

Time runs from left to right. Facts lie on the line in the middle, our dates above it, theirs below.
Each running date is a bar from the day that started it to the day on which it is due; what is
beyond the horizon runs to the edge. Everything is in the units of the drawing, whole or halves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from consentkit.cases.log import KINDS, By, Fact
from consentkit.cases.posture import OWN_TIME, Due, Posture
from consentkit.law.vocabulary import Force, LateStart, Pause

# Dates further away than this are not what the drawing is scaled to.
HORIZON = timedelta(days=200)
SHORTEST = timedelta(days=14)  # of what is shown after today
MARGIN, ROW, AXIS, BAR = 14.0, 44.0, 46.0, 14.0
MARK = 9.0  # how much room a fact takes on the line


@dataclass(frozen=True)
class Size:
    """How wide a drawing is, and how many months it can name."""

    width: int
    ticks: int


WIDE, NARROW = Size(760, 8), Size(340, 3)


@dataclass(frozen=True)
class Span:
    """A piece of a bar. ``argued`` says that it stands only where somebody argues for it."""

    x: float
    width: float
    argued: bool = False

    @property
    def end(self) -> float:
        return self.x + self.width


@dataclass(frozen=True)
class Bar:
    """A date that runs or ran. ``due`` says which.

    ``extended`` is what an extension added, ``pauses`` are days that do or may not count, ``band``
    lies between the due day and the first day on which nobody can argue any more. ``goes_on`` and
    ``began_before`` say that the bar is cut at an edge.
    """

    due: Due
    y: float
    whole: Span
    elapsed: Span | None
    extended: Span | None
    pauses: tuple[Span, ...]
    band: Span | None
    late: bool
    goes_on: bool
    began_before: bool
    label_x: float
    anchor: str

    @property
    def label_y(self) -> float:
        return self.y - 6

    @property
    def cut_top(self) -> float:
        """From where a stroke through the bar is drawn, a little above it."""
        return self.y - 3

    @property
    def cut_bottom(self) -> float:
        return self.y + BAR + 3

    @property
    def arrow(self) -> str:
        """The corners of an arrow at the end of a bar that goes on beyond the edge."""
        x, y = self.whole.end, self.y
        return f"{x},{y - 3} {x + 10},{y + BAR / 2} {x},{y + BAR + 3}"

    @property
    def target_y(self) -> float:
        """Where the touchable area begins, which is as high as the row."""
        return self.y - 22


@dataclass(frozen=True)
class Mark:
    """A fact on the line, or one of several that share a place."""

    x: float
    y: float
    facts: tuple[Fact, ...]
    whose: str

    @property
    def numbers(self) -> str:
        return ", ".join(str(fact.number) for fact in self.facts)


@dataclass(frozen=True)
class Tick:
    """The first day of a month on the line."""

    x: float
    day: date


@dataclass(frozen=True)
class Timeline:
    """The drawing. ``line`` is how far down the line of facts lies."""

    width: int
    height: float
    first: date
    last: date
    line: float
    today: float
    holds_today: bool
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]

    @property
    def today_anchor(self) -> str:
        return anchored(self.today, self.width)

    @property
    def today_shift(self) -> int:
        return 4 if self.today_anchor == "start" else -4

    @property
    def month_y(self) -> float:
        """Where the names of the months stand, just below the line of facts."""
        return self.line + AXIS / 2 - 1


def timeline(posture: Posture, today: date, size: Size = WIDE) -> Timeline:
    """The drawing of a case on a day."""
    shown = drawn(posture)
    first, last = span_of(posture, shown, today)
    scale = _Scale(first, last, size.width)
    ours = [due for due in shown if due.is_ours]
    theirs = [due for due in shown if not due.is_ours]
    line = MARGIN + ROW * len(ours) + AXIS / 2
    bars = [
        *_bars(ours, posture, scale, today, top=MARGIN),
        *_bars(theirs, posture, scale, today, top=line + AXIS / 2),
    ]
    return Timeline(
        width=size.width,
        height=line + AXIS / 2 + ROW * len(theirs) + MARGIN,
        first=first,
        last=last,
        line=line,
        today=scale.x(today),
        holds_today=scale.holds(today),
        bars=tuple(bars),
        marks=tuple(_marks(posture.facts, scale, line)),
        ticks=tuple(_ticks(first, last, scale, size.ticks)),
    )


# What is drawn ------------------------------------------------------------------------------------


def drawn(posture: Posture) -> list[Due]:
    """The dates that the drawing shows: what is open, and what the law had set; the rest is told
    by the table alone. A marker that falls on the day of another date says nothing new."""
    days = {due.day for due in posture.dues if not due.is_marker}
    return [
        due
        for due in posture.dues
        if due.day is not None
        and (due.is_open or due.is_law)
        and not (due.is_marker and (due.day in days or not due.is_open))
    ]


def span_of(posture: Posture, shown: Iterable[Due], today: date) -> tuple[date, date]:
    """The first and last day of the drawing: from the case's first letter to what comes soon."""
    made = [fact.on for fact in posture.facts if fact.kind == "made"]
    begun = made or [fact.on for fact in posture.facts] or [today]
    first = min([*begun, today])
    ended = today if not posture.is_closed else max(fact.on for fact in posture.facts)
    soon = [
        day
        for due in shown
        for day in (due.day, due.overdue_from)
        if day is not None and day <= ended + HORIZON
    ]
    last = max([*soon, ended + SHORTEST, first + SHORTEST])
    return first - timedelta(days=2), last + max(timedelta(days=3), (last - first) // 12)


def start_of(due: Due) -> date | None:
    """The day from which a date runs; None where nobody can say."""
    if due.deadline is None:
        if due.day is None:
            return None
        return due.day - timedelta(days=OWN_TIME.get(due.key, 0))
    start = None
    for step in due.deadline.steps:
        day = step.values.get("day")
        if not isinstance(day, date):
            continue
        if (start is None and step.key.startswith("event.")) or step.key == "starts_afresh":
            start = day
    return start


def extended_from(due: Due) -> date | None:
    """The day on which it was due before an extension that stands."""
    for step in due.deadline.steps if due.deadline else ():
        last = step.values.get("last")
        if step.key == "extension_in_time" and isinstance(last, date):
            return last
    return None


def pauses_of(due: Due, facts: Sequence[Fact], today: date) -> list[tuple[date, date, bool]]:
    """From when to when time stood still, or may have: ``(first, last, argued)``."""
    if due.deadline is None:
        return []
    found = []
    duty = due.deadline.duty
    rules: tuple[Pause | LateStart, ...] = (*duty.pauses, *duty.late_starts)
    for rule in rules:
        asked: date | None = None
        for fact in facts:
            kind = KINDS[fact.kind].law
            if kind == rule.asked:
                asked = asked or fact.on
            elif kind == rule.supplied and asked is not None:
                found.append((asked, fact.on, rule.force is Force.ARGUABLE))
                asked = None
        if asked is not None:
            found.append((asked, max(today, asked), rule.force is Force.ARGUABLE))
    return sorted(found)


# Where it lies ------------------------------------------------------------------------------------


class _Scale:
    def __init__(self, first: date, last: date, width: int) -> None:
        self.first = first
        self.days = (last - first).days
        self.left, self.right = MARGIN, width - MARGIN
        self.width = width

    def x(self, day: date) -> float:
        """Where a day lies, never beyond the edges."""
        share = (day - self.first).days / self.days
        place = self.left + share * (self.right - self.left)
        return round(min(max(place, self.left), self.right), 1)

    def span(self, start: date, end: date, *, argued: bool = False) -> Span:
        x = self.x(start)
        return Span(x, round(max(self.x(end) - x, 0.0), 1), argued)

    def holds(self, day: date) -> bool:
        return 0 <= (day - self.first).days <= self.days


def _bars(
    dues: Sequence[Due], posture: Posture, scale: _Scale, today: date, *, top: float
) -> list[Bar]:
    return [
        _bar(due, posture, scale, today, top + ROW * row + ROW - BAR - 6)
        for row, due in enumerate(dues)
    ]


def _bar(due: Due, posture: Posture, scale: _Scale, today: date, y: float) -> Bar:
    assert due.day is not None
    start = min(start_of(due) or due.day, due.day)
    whole = scale.span(start, due.day)
    stopped = min(due.settled_on or today, due.day)
    elapsed = scale.span(start, stopped) if stopped > start else None
    before = extended_from(due)
    overdue = due.overdue_from
    # The day after the due day is when a date that nobody disputes has passed.
    is_band = overdue is not None and (overdue - due.day).days > 1
    pauses = [
        scale.span(max(first, start), min(last, due.day), argued=argued)
        for first, last, argued in pauses_of(due, posture.facts, today)
        if first < due.day and last > start
    ]
    anchor = anchored(whole.x, scale.width)
    return Bar(
        due=due,
        y=y,
        whole=whole,
        elapsed=elapsed,
        extended=scale.span(before, due.day) if before is not None else None,
        pauses=tuple(pauses),
        band=scale.span(due.day, overdue) if is_band and overdue and scale.holds(due.day) else None,
        late=due.is_overdue(today),
        goes_on=not scale.holds(due.day),
        began_before=start < scale.first,
        label_x=whole.x if anchor == "start" else whole.end,
        anchor=anchor,
    )


def anchored(x: float, width: int) -> str:
    """To which side a label at a place has room."""
    return "start" if x < width * 0.5 else "end"


WHOSE = {By.YOU: "ours", By.THEM: "theirs", By.AUTHORITY: "authority", By.NOBODY: "noted"}
UNSHOWN = frozenset({"made", "reminder_set", "date_set", "date_checked", "rule_accepted", "let_go"})


def _marks(facts: Iterable[Fact], scale: _Scale, line: float) -> list[Mark]:
    """Facts that lie closer than a mark is wide share one; ours are above the line."""
    found: list[Mark] = []
    for fact in facts:
        if fact.kind in UNSHOWN or not scale.holds(fact.on):
            continue
        whose, x = WHOSE[KINDS[fact.kind].by], scale.x(fact.on)
        y = {"ours": line - MARK, "noted": line}.get(whose, line + MARK)
        near = next((one for one in found if one.y == y and abs(one.x - x) < 2 * MARK), None)
        if near is None:
            found.append(Mark(x, y, (fact,), whose))
        else:
            found[found.index(near)] = Mark(near.x, y, (*near.facts, fact), near.whose)
    return found


def _ticks(first: date, last: date, scale: _Scale, most: int) -> list[Tick]:
    """First days of months, as many as can be named: each, every second, third, …"""
    months = []
    day = date(first.year, first.month, 1)
    while day <= last:
        if day > first:
            months.append(day)
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    for every in (1, 2, 3, 6, 12, 24, 60, 120):
        chosen = [one for one in months if (one.year * 12 + one.month - 1) % every == 0]
        if len(chosen) <= most:
            break
    return [Tick(scale.x(one), one) for one in chosen]
