"""A duty and a history make a date that can explain itself.

Every duty is reckoned twice. The *strict* reading accepts only what the law says: it gives the due
date. The *lenient* reading also honours whatever can be argued (a pause that the text does not
know, an extension without reasons, a customary holiday, the sender's own day): it gives the last
day on which nobody may be called late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum

from .calendars import Calendar
from .events import Event, EventKind, History
from .periods import (
    AskedDays,
    Before,
    Counted,
    Days,
    Months,
    NotSet,
    WorkingDays,
    YearEnds,
    Years,
)
from .vocabulary import Duty, Extension, Force, LateStart, Pause, Roll, Term

Value = str | int | date


class Reading(Enum):
    STRICT = False
    LENIENT = True


@dataclass(frozen=True)
class Step:
    """One step of counting: a key into ``steps.TEXTS`` with its values, and what it rests on."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    citation: str | None = None


@dataclass(frozen=True)
class Reckoning:
    """The result of counting. ``nominal`` is by counting alone, ``due`` after the roll.

    Both are None where no date runs; the steps say why.
    """

    nominal: date | None
    due: date | None
    steps: tuple[Step, ...]
    disputed: str | None = None


def reckon(
    duty: Duty, history: History, place: str, facts: Mapping[str, object], reading: Reading
) -> Reckoning | None:
    """Count one duty in one reading; None where nothing has happened that starts it.

    Raises UnknownPlace where the place has no calendar, NoDate beyond the year 9999.
    """
    calendar = Calendar(place, with_arguable=reading is Reading.LENIENT)
    chosen = _earliest(duty, history, facts, reading, calendar)
    if chosen is None:
        return None
    return _Count(duty, chosen, history, calendar, facts, reading).result()


@dataclass(frozen=True)
class _Start:
    term: Term
    event: EventKind
    day: date
    period: Counted | NotSet


def _earliest(
    duty: Duty,
    history: History,
    facts: Mapping[str, object],
    reading: Reading,
    calendar: Calendar,
) -> _Start | None:
    starts = []
    for term in duty.terms:
        event = _trigger(term, history)
        if event is None or not duty.in_force(event.on):
            continue
        period: Counted | NotSet | None
        if isinstance(term.within, AskedDays):
            period = term.within.days(facts)
        else:
            period = term.within
        if period is not None:
            starts.append(_Start(term, event.kind, _day(event, reading), period))
    return min(starts, key=lambda start: _nominal_or_never(start, calendar), default=None)


LAST = (EventKind.LAST_INTERACTION, EventKind.LAST_COLLECTED, EventKind.LAST_CONTACT)


def _trigger(term: Term, history: History) -> Event | None:
    if term.after not in LAST:
        return history.first(term.after)
    events = [event for kind in (term.after, *term.or_later) for event in history.all(kind)]
    return max(events, key=lambda event: event.on, default=None)


def _nominal_or_never(start: _Start, calendar: Calendar) -> date:
    if isinstance(start.period, NotSet):
        return date.max
    return start.period.last_day(start.day, calendar)


def _day(event: Event, reading: Reading) -> date:
    return event.arguably_on if reading is Reading.LENIENT else event.on


class _Count:
    """One count in progress: the clock's start, the days that do not count, the steps so far."""

    def __init__(
        self,
        duty: Duty,
        start: _Start,
        history: History,
        calendar: Calendar,
        facts: Mapping[str, object],
        reading: Reading,
    ) -> None:
        self.duty = duty
        self.history = history
        self.facts = facts
        self.reading = reading
        self.calendar = calendar
        self.chosen = start
        self.start = start.day
        self.citation = start.term.citation or duty.citation
        self.disputed = duty.disputed
        self.steps: list[Step] = []

    def result(self) -> Reckoning:
        period = self.chosen.period
        self.say(f"event.{self.chosen.event}", day=self.start)
        if isinstance(period, NotSet):
            self.say("no_term", citation=self.duty.citation)
            return self.never()
        for late_start in self.duty.late_starts:
            if self.stands(late_start) and not self.start_later(late_start, period):
                return self.never()
        nominal = self.last_day(period)
        if nominal is None:
            return self.never()
        nominal = self.after_minority(nominal)
        return self.extended(nominal)

    def stands(self, rule: LateStart | Pause) -> bool:
        return rule.force is Force.STANDS or self.reading is Reading.LENIENT

    def start_later(self, rule: LateStart, period: Counted) -> bool:
        """Move the start to the day of the answer; false while the question is open."""
        if self.facts.get("requester_authenticated") and rule.asked == EventKind.IDENTITY_REQUESTED:
            return True
        for asked, supplied in self.history.questions(rule.asked, rule.supplied):
            if asked is None:
                if self.reading is Reading.STRICT:
                    continue
            elif asked.on > self.rolled(period.last_day(self.start, self.calendar)):
                continue  # the time was over: a late question does not bring it back
            else:
                self.say(f"event.{rule.asked}", day=asked.on)
            if supplied is None:
                self.say("not_begun", citation=rule.citation)
                return False
            if asked is not None and rule.reflection is not None:
                over = rule.reflection.last_day(asked.on, self.calendar)
                if supplied.on > over:
                    self.say("lapsed", day=over, citation=rule.citation)
                    return False
                self.say(f"event.{rule.supplied}", day=supplied.on)
                self.start = over
                self.say("starts_afresh", day=over, citation=rule.citation)
                continue
            if _day(supplied, self.reading) > self.start:
                self.start = _day(supplied, self.reading)
                self.say(f"event.{rule.supplied}", day=self.start)
                self.say("starts_afresh", day=self.start, citation=rule.citation)
        return True

    def last_day(self, period: Counted) -> date | None:
        """The last day by counting, with the pauses that fall into the term; None while paused."""
        counted = period.last_day(self.start, self.calendar)
        self.say(_counted_step(period), number=period.number, day=counted, citation=self.citation)
        left_out: set[date] = set()
        for pause, asked, supplied in self.pauses():
            if asked.on > self.rolled(counted + timedelta(days=len(left_out))):
                continue  # the time was over before the question was put
            self.say(f"event.{pause.asked}", day=asked.on)
            if supplied is None:
                self.disputed = self.disputed or pause.disputed
                self.say("paused", day=asked.on, citation=pause.citation)
                return None
            first = asked.on if pause.counts_first_day else asked.on + timedelta(days=1)
            first = max(first, self.start + timedelta(days=1))
            before = len(left_out)
            left_out |= {
                first + timedelta(days=n)
                for n in range((_day(supplied, self.reading) - first).days + 1)
            }
            self.say(f"event.{pause.supplied}", day=supplied.on)
            if len(left_out) > before:
                self.disputed = self.disputed or pause.disputed
                self.say(
                    "pause_left_out",
                    number=len(left_out) - before,
                    day=counted + timedelta(days=len(left_out)),
                    citation=pause.citation,
                )
        return counted + timedelta(days=len(left_out))

    def pauses(self) -> list[tuple[Pause, Event, Event | None]]:
        found = []
        for pause in self.duty.pauses:
            if not self.stands(pause):
                continue
            if (
                self.facts.get("requester_authenticated")
                and pause.asked == EventKind.IDENTITY_REQUESTED
            ):
                continue
            for asked, supplied in self.history.questions(pause.asked, pause.supplied):
                if asked is not None:
                    found.append((pause, asked, supplied))
        return sorted(found, key=lambda one: one[1].on)

    def after_minority(self, nominal: date) -> date:
        rule, born = self.duty.minority, self.history.first(EventKind.BORN)
        if rule is None or born is None:
            return nominal
        of_age = Years(rule.age).last_day(born.on, self.calendar)
        if self.start >= of_age:
            return nominal
        later = rule.plus.last_day(of_age, self.calendar)
        if later <= nominal:
            return nominal
        self.say("minor", age=rule.age, of_age=of_age, day=later, citation=rule.citation)
        return later

    def extended(self, nominal: date) -> Reckoning:
        """The date with the extension, where one was announced in time."""
        rule = self.duty.extension
        due = self.rolled(nominal)
        for notice in self.history.all(rule.notice) if rule is not None else ():
            assert rule is not None
            if notice.on > due:
                self.say("extension_late", day=notice.on, last=due, citation=rule.citation)
            elif rule.needs_reasons and not notice.reasons and not self.argued(rule):
                self.say("extension_without_reasons", day=notice.on, citation=rule.citation)
            elif rule.to is None and (notice.new_date is None or notice.new_date < due):
                self.say("extension_names_no_day", day=notice.on, citation=rule.citation)
            else:
                self.say("extension_in_time", day=notice.on, last=due, citation=rule.citation)
                if rule.to is None:
                    assert notice.new_date is not None
                    self.say("extended_to_named_day", day=notice.new_date, citation=rule.citation)
                    return Reckoning(
                        notice.new_date, notice.new_date, tuple(self.steps), self.disputed
                    )
                longer = self.last_day(rule.to)
                if longer is None:
                    return self.never()
                nominal, due = longer, self.rolled(longer)
                break
        self.say_roll(nominal, due)
        return Reckoning(nominal, due, tuple(self.steps), self.disputed)

    def argued(self, rule: Extension) -> bool:
        """Whether an extension without reasons is honoured in this reading."""
        self.disputed = self.disputed or rule.disputed_without_reasons
        return self.reading is Reading.LENIENT and rule.disputed_without_reasons is not None

    def rolled(self, day: date) -> date:
        """The day after the law's own rule for weekends and holidays."""
        roll = self.duty.roll
        if self.reading is Reading.LENIENT and self.duty.arguable_roll is not None:
            roll = self.duty.arguable_roll
        if roll is Roll.WORKING_DAY:
            return self.calendar.on_or_after(day)
        return self.calendar.after_sunday(day) if roll is Roll.SUNDAY else day

    def say_roll(self, nominal: date, due: date) -> None:
        for day, name in self.calendar.closed_days(nominal, due):
            if name:
                self.say("holiday", day=day, name=name)
            else:
                self.say("weekend", day=day)
        if due != nominal:
            self.say("rolled", day=due, citation=self.duty.roll_citation)

    def never(self) -> Reckoning:
        return Reckoning(None, None, tuple(self.steps), self.disputed)

    def say(self, key: str, citation: str | None = None, **values: Value) -> None:
        step = Step(key, values, citation)
        if step not in self.steps:  # an extended term counts the same pauses again
            self.steps.append(step)


def _counted_step(period: Counted) -> str:
    match period:
        case Days():
            return "counted_days"
        case WorkingDays():
            return "counted_working_days"
        case Before():
            return "counted_before"
        case Months():
            return "counted_months"
        case Years():
            return "counted_years"
        case YearEnds():
            return "counted_year_ends"
