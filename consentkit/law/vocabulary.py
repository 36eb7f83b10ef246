"""The nouns a statute file is written with.

A law grants rights; a right makes others owe duties; a duty has terms, and a term is a length of
legal time after something that happened. Everything here is a frozen value: a statute file is a
table, and a lawyer can read it beside the statute book.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from .events import EventKind
from .periods import Counted, Days, Period


class Confidence(StrEnum):
    """How sure we are of a fact, and how we came to know it."""

    READ = "read"  # read in the primary text, or a faithful copy of it
    SECONDARY = "secondary"  # read in a compilation, a memo or the press
    SETTLED = "settled"  # settled knowledge, not read again
    UNCERTAIN = "uncertain"  # open, inferred or disputed: never printed as if it were settled


@dataclass(frozen=True)
class Source:
    """Where a fact stands, and the day somebody last read it there.

    ``read_on`` is None where the fact is settled knowledge that was not read again.
    """

    title: str
    confidence: Confidence
    read_on: date | None = None
    url: str | None = None


class Party(StrEnum):
    """Who owes a duty. ``YOU`` is the data subject, or whoever acts for them."""

    PLATFORM = "platform"
    AUTHORITY = "authority"
    YOU = "you"


class Nature(StrEnum):
    """What stands behind a date. Only a statutory date may be called the law's."""

    STATUTORY = "statutory"
    GUIDANCE = "guidance"
    CONTRACT = "contract"
    REQUESTED = "requested"


class Force(StrEnum):
    """Whether a pause or a late start is in the law, or only argued for."""

    STANDS = "stands"
    ARGUABLE = "arguable"


class Roll(StrEnum):
    """What happens to a last day on which offices are closed, by the law's own rule."""

    NONE = "none"
    WORKING_DAY = "working_day"  # Saturday, Sunday or holiday: the next working day
    SUNDAY = "sunday"  # Sundays only: the next day


@dataclass(frozen=True)
class Term:
    """A period after an event. ``after`` is the event, ``within`` the length of time.

    What is called "last" begins with the last such event; ``or_later`` names further events that
    count as one, if they came later. Everything else begins with the first such event.
    """

    after: EventKind
    within: Period
    citation: str | None = None  # where it differs from the duty's
    or_later: tuple[EventKind, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LateStart:
    """The clock starts afresh when what was asked for has been supplied.

    While it is asked for and not supplied, no date runs. With ``reflection`` the person has that
    long to supply it, and the clock starts when this time is over, however soon they do.
    """

    asked: EventKind
    supplied: EventKind
    force: Force
    citation: str
    reflection: Days | None = None


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Days between a question and its answer that do not count.

    ``counts_first_day`` says whether the day of the question is itself left out of the count.
    The day of an event that starts the clock never counts, so it is never left out twice.
    """

    asked: EventKind
    supplied: EventKind
    force: Force
    counts_first_day: bool
    citation: str
    disputed: str | None = None


@dataclass(frozen=True, kw_only=True)
class Extension:
    """A longer term, counted from the same start, when it is announced in time.

    ``to`` replaces the term; None where the notice itself must name the new last day, which then
    counts. Without reasons, where ``needs_reasons``, it does not stand; where ``disputed`` says why
    that can be argued, the later date is kept as the arguable one.
    """

    notice: EventKind
    to: Counted | None
    needs_reasons: bool
    citation: str
    disputed_without_reasons: str | None = None


@dataclass(frozen=True, kw_only=True)
class Minority:
    """For somebody under ``age`` when the term began: not before ``age`` plus ``plus``."""

    age: int
    plus: Counted
    citation: str


@dataclass(frozen=True)
class Example:
    """A worked date, and a test: what happened on ``day``, and the ``due`` that follows.

    ``after`` is what happened; by default the event of the duty's first term.
    """

    day: str
    due: str
    because: str
    place: str
    after: EventKind | None = None


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What somebody owes, and when.

    The earliest of ``terms`` counts. ``rights`` empty means: whatever the right. ``places`` empty
    means: everywhere. ``since`` and ``until`` are the first and last day on which the event that
    starts the clock may lie, so a request is judged by the rule in force when it arrived.
    ``facts`` are what must be known for the duty to be this one, and ``unless`` what must not.
    ``roll`` says what becomes of a last day on a weekend or public holiday; ``arguable_roll``
    where a roll can only be argued.
    """

    key: str
    owed_by: Party
    nature: Nature
    terms: tuple[Term, ...]
    citation: str
    source: Source
    rights: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    unless: Mapping[str, object] = field(default_factory=dict)
    roll: Roll = Roll.WORKING_DAY
    arguable_roll: Roll | None = None
    roll_citation: str | None = None
    late_starts: tuple[LateStart, ...] = ()
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None
    minority: Minority | None = None
    disputed: str | None = None
    examples: tuple[Example, ...] = ()

    def concerns(self, right: str, place: str, facts: Mapping[str, object]) -> bool:
        """Whether this duty belongs to a right exercised against somebody at a place."""
        return (
            (not self.rights or right in self.rights)
            and (not self.places or bool(self.places & {place, place.split("-")[0]}))
            and all(facts.get(name) == value for name, value in self.facts.items())
            and not any(facts.get(name) == value for name, value in self.unless.items())
        )

    def in_force(self, day: date) -> bool:
        """Whether an event of that day is judged by this duty."""
        return (self.since is None or day >= self.since) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True)
class Change:
    """What holds from a day on, as a sentence."""

    since: date
    text: str


@dataclass(frozen=True, kw_only=True)
class Signpost:
    """How a right is exercised that no first letter can exercise.

    ``how`` says so in whole sentences. ``office`` is the office or the platform that takes the
    request, with its ``url``; both are empty where there is not one for everybody. ``changes`` say
    what holds from which day on, the earliest first.
    """

    how: str
    citation: str
    source: Source
    office: str = ""
    url: str | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Right:
    """What a person may ask for. ``provision`` is how the law itself is cited.

    ``instead`` says where to turn, for a right that has no opening letter.
    """

    key: str
    title: str
    provision: str
    source: Source
    instead: Signpost | None = None


class Accusation(StrEnum):
    """From when the product may say that a date has passed."""

    NEXT_DAY = "next_day"  # the day after the latest date that can be argued
    AFTER_OPEN_WEEKDAY = "after_open_weekday"  # US: after a weekday without any holiday


class Enforcer(StrEnum):
    """Who can go to court. No letter threatens a suit that the person cannot bring."""

    PERSON = "person"
    AUTHORITY = "authority"
    ATTORNEY_GENERAL = "attorney_general"


@dataclass(frozen=True, kw_only=True)
class Law:
    """A law that a person can use against a platform.

    ``protects`` are the places of residence it covers. ``rights`` and ``duties`` are empty for a
    law that we know of, and can say whether it applies, but write no letters under yet.
    ``enforcer`` says who can go to court; where it is not the person, no letter threatens to.
    """

    key: str
    title: str
    short_title: str
    protects: frozenset[str]
    why: str  # one sentence: whom it protects
    citation: str
    source: Source
    enforcer: Enforcer
    rights: tuple[Right, ...] = ()
    duties: tuple[Duty, ...] = ()
    accusation: Accusation = Accusation.NEXT_DAY
    only_place: str | None = None
    for_children_under: int | None = None
    categories: frozenset[str] = frozenset()  # of platforms it binds; empty: whatever the platform
    threshold: str = ""  # which companies it binds, where not all
    not_at_work: bool = False  # whether it leaves out people in their work for the company
    letters: str | None = None  # whose letters it shares, if it has none of its own
    in_force_from: date | None = None
    note: str = ""  # one sentence worth knowing

    def right(self, key: str) -> Right:
        """The right of that key; raises LookupError, naming the choices."""
        for right in self.rights:
            if right.key == key:
                return right
        choices = ", ".join(right.key for right in self.rights)
        raise LookupError(f"{self.key} has no right {key!r}; it has: {choices}")

    def duties_of(self, right: str, place: str, facts: Mapping[str, object]) -> tuple[Duty, ...]:
        """The duties that a right brings about at a place, given the facts."""
        return tuple(duty for duty in self.duties if duty.concerns(right, place, facts))
