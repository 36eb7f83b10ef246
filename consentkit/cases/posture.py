"""Where a case stands: a pure function of its log.

``assess`` folds the facts into the dates that run, whose they are, which of them are settled, and
what is still open. Nothing here knows today: whether a date has passed is asked of it with a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from consentkit.law.events import Event, EventKind, History
from consentkit.law.procedure import Deadline, deadlines
from consentkit.law.vocabulary import Law, Nature, Party

from .log import HEARD, KINDS, PROVES, Detail, Fact, ending, in_effect

# Days from sending to arrival that we assume until something shows the day. No law says so: the
# dates that follow are provisional, and lean to the late side because they are somebody else's.
PRESUMED: Mapping[str, int] = {
    "email": 0, "form": 0, "app": 0, "hand": 0, "post": 7, "registered": 7,
}  # fmt: skip

# Days that we give ourselves for what no law sets a date for.
OWN_TIME: Mapping[str, int] = {
    "send_it": 3,
    "prove_receipt": 7,
    "answer_identity": 7,
    "answer_question": 7,
    "answer_fee": 7,
    "choose_channel": 1,
    "next_step": 14,
    "close_it": 14,
    "look_again": 30,
}
QUESTIONS = {
    "identity_requested": ("identity_provided", "answer_identity"),
    "clarification_requested": ("clarification_provided", "answer_question"),
    "fee_requested": ("fee_paid", "answer_fee"),
}
# The last day on which somebody may do something, which nobody has to do.
MARKERS = frozenset({"extension_notice", "complain_from"})
# Duties that an answer in part leaves open.
NEEDS_WHOLE_ANSWER = frozenset({"answer", "comply", "requested_answer", "stop", "cure"})

Identity = tuple[str, str, int]  # of a date: what it is, the right, the letter or fact it is about


class Stage(StrEnum):
    """Where a case stands, whatever the day."""

    DRAFT = "draft"  # nothing has gone out
    RETURNED = "returned"  # it went out and came back
    SENT = "sent"  # gone out, arrival not proven
    WAITING = "waiting"  # arrived, no answer yet
    ASKED = "asked"  # they asked something, and wait for us
    EXTENDED = "extended"  # they took more time
    PARTIAL = "partial"  # they answered in part
    REFUSED = "refused"
    ANSWERED = "answered"
    APPEALED = "appealed"  # an appeal or a complaint lies with the company itself
    COMPLAINED = "complained"  # a complaint lies with an authority
    COURT = "court"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True)
class Matter:
    """What stays the same in a case: the law, the rights, and the place whose days count.

    ``born`` and ``collected_since`` are what the law may want to know of the person.
    """

    law: Law
    rights: tuple[str, ...]
    place: str
    born: date | None = None
    collected_since: date | None = None


@dataclass(frozen=True, kw_only=True)
class Made:
    """A letter of the case, as far as its dates are concerned.

    ``arrival`` is what its arrival is to the law, None for a letter that starts nothing, such as a
    reminder. ``asked`` are those of its facts that a date can turn on.
    """

    number: int
    kind: str
    on: date
    arrival: EventKind | None
    asked: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Due:
    """One date of a case.

    ``key`` is the duty, or what is to be done; ``letter`` the letter whose arrival started it.
    ``owed_by`` says whose it is. ``day`` is what a reminder goes by: our own dates never roll, so
    it is their nominal day, and theirs is the due day. ``provisional`` says that the arrival is
    only assumed, ``unchecked`` that somebody typed the date in and nobody else has looked at it.
    ``deadline`` is how the law counted it, None for what no law sets.
    """

    key: str
    owed_by: Party
    nature: Nature
    day: date | None
    nominal: date | None
    overdue_from: date | None
    right: str = ""
    letter: int | None = None
    disputed: str = ""
    provisional: bool = False
    unconfirmed: bool = False
    unless_heard: bool = False
    unchecked: bool = False
    settled_on: date | None = None
    settled_by: int | None = None
    deadline: Deadline | None = None

    @property
    def identity(self) -> Identity:
        """What names this date among those of the case, however often it moves."""
        return self.key, self.right, self.letter or 0

    @property
    def name(self) -> str:
        """The identity as one word, for addresses and anchors."""
        return ".".join(str(part) for part in self.identity)

    @property
    def is_ours(self) -> bool:
        return self.owed_by is Party.YOU

    @property
    def is_law(self) -> bool:
        return self.deadline is not None

    @property
    def is_marker(self) -> bool:
        return self.key in MARKERS

    @property
    def is_open(self) -> bool:
        return self.settled_on is None and self.day is not None

    def is_overdue(self, today: date) -> bool:
        """Whether we may say today that it was missed."""
        return (
            self.is_open
            and not self.is_marker
            and self.overdue_from is not None
            and today >= self.overdue_from
        )


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """When a letter went out and arrived. ``proved_by`` is empty where it is only assumed."""

    letter: int
    sent: date | None = None
    channel: str = ""
    received: date | None = None
    arguably: date | None = None
    proved_by: str = ""
    returned: bool = False

    @property
    def is_proven(self) -> bool:
        return self.received is not None and bool(self.proved_by)


@dataclass(frozen=True, kw_only=True)
class Posture:
    """Where a case stands. ``dues`` are all its dates, the settled ones too, the earliest first."""

    stage: Stage
    dues: tuple[Due, ...]
    letters: Mapping[int, Made]
    arrivals: Mapping[int, Arrival]
    facts: tuple[Fact, ...]

    @property
    def open(self) -> tuple[Due, ...]:
        return tuple(due for due in self.dues if due.is_open)

    @property
    def is_closed(self) -> bool:
        return self.stage is Stage.CLOSED

    @property
    def next(self) -> Due | None:
        """The earliest open date that somebody has to do something about."""
        dated = [due for due in self.open if not due.is_marker and due.day is not None]
        return min(dated, key=lambda due: (due.day, not due.is_ours), default=None)

    def late(self, today: date) -> tuple[Due, ...]:
        """What they or we missed, the oldest first."""
        return tuple(due for due in self.dues if due.is_overdue(today))

    def last(self, *kinds: str) -> Fact | None:
        """The latest fact of some kinds."""
        return next((fact for fact in reversed(self.facts) if fact.kind in kinds), None)

    def with_dates(self, accepted: Mapping[Identity, tuple[date, date | None]]) -> Posture:
        """The same with dates that were counted by another rule: each with its ``overdue_from``.

        A date that only the new rule knows is left out.
        """
        dues = [
            due if due.day is None else _on(due, *accepted[due.identity])
            for due in self.dues
            if due.day is None or due.identity in accepted
        ]
        return replace(self, dues=_by_day(dues))


def _on(due: Due, day: date, overdue_from: date | None) -> Due:
    if due.day == day:
        return due
    return replace(due, day=day, nominal=day, overdue_from=overdue_from)


def _by_day(dues: Iterable[Due]) -> tuple[Due, ...]:
    """The earliest first; those that do not run come last."""
    return tuple(sorted(dues, key=lambda due: (due.day is None, due.day or date.max)))


def assess(matter: Matter, told: Iterable[Fact]) -> Posture:
    """Fold a log into a posture. Raises NoDate where a date would lie beyond the year 9999."""
    return _Fold(matter, in_effect(told)).posture()


# Letters: sent, arrived, come back ----------------------------------------------------------------


def letters_in(facts: Iterable[Fact]) -> dict[int, Made]:
    """The letters that the facts tell of, by number: the first one opened the case."""
    found = {
        fact.letter: Made(
            number=fact.letter,
            kind=str(fact.get(Detail.KIND)),
            on=fact.on,
            arrival=EventKind(str(arrival)) if (arrival := fact.get(Detail.ARRIVAL)) else None,
            asked=asked if isinstance(asked := fact.get(Detail.ASKED), Mapping) else {},
        )
        for fact in facts
        if fact.kind == "made" and fact.letter is not None
    }
    return dict(sorted(found.items()))


def _arrival(number: int, facts: list[Fact]) -> Arrival:
    about = [fact for fact in facts if fact.letter == number]
    bounced = [fact for fact in about if fact.kind == "bounced"]
    last_bounce = max(((fact.on, fact.number) for fact in bounced), default=None)
    sent = [
        fact
        for fact in about
        if fact.kind == "sent" and (last_bounce is None or (fact.on, fact.number) > last_bounce)
    ]
    received = [fact for fact in about if fact.kind == "received"]
    if received:
        proven = [fact for fact in received if fact.get(Detail.EVIDENCE) in PROVES]
        first = min(proven or received, key=lambda fact: fact.on)
        return Arrival(
            letter=number,
            sent=sent[0].on if sent else None,
            channel=str(sent[0].get(Detail.CHANNEL) or "") if sent else "",
            received=first.on,
            arguably=first.arguably_on,
            proved_by=str(first.get(Detail.EVIDENCE)) if proven else "",
        )
    if not sent:
        return Arrival(letter=number, returned=bool(bounced))
    arrives = [
        (one.on + timedelta(days=PRESUMED[str(one.get(Detail.CHANNEL))]), one) for one in sent
    ]
    day, how = min(arrives, key=lambda pair: pair[0])
    return Arrival(
        letter=number,
        sent=sent[0].on,
        channel=str(how.get(Detail.CHANNEL)),
        received=day,
        arguably=day,
    )


# The fold -----------------------------------------------------------------------------------------


class _Fold:
    """One fold in progress."""

    def __init__(self, matter: Matter, facts: list[Fact]) -> None:
        self.matter = matter
        self.facts = facts
        self.letters = letters_in(facts)
        self.arrivals = {number: _arrival(number, facts) for number in self.letters}
        self.closing = ending(facts)
        self.reply = self.last("answered", "appeal_answered", "authority_decided")

    def last(self, *kinds: str, letter: int | None = None) -> Fact | None:
        return next(
            (
                fact
                for fact in reversed(self.facts)
                if fact.kind in kinds and (letter is None or fact.letter == letter)
            ),
            None,
        )

    def posture(self) -> Posture:
        dues = [self.settled(due) for due in (*self.legal(), *self.asked_for(), *self.own())]
        if self.facts and not self.closing and not any(_keeps_going(due) for due in dues):
            # An open case always has a next date.
            dues.append(_ours("look_again", self.facts[-1].on))
        return Posture(
            stage=self.stage(),
            dues=_by_day(dues),
            letters=self.letters,
            arrivals=self.arrivals,
            facts=tuple(self.facts),
        )

    # Dates that the law sets

    def events(self) -> tuple[list[Event], frozenset[EventKind]]:
        """What the facts are to the law, and which of these events are only assumed."""
        events = [event for fact in self.facts for event in _told(fact)]
        assumed: set[EventKind] = set()
        for letter in self.letters.values():
            arrival = self.arrivals[letter.number]
            if letter.arrival is None or arrival.received is None:
                continue
            kinds = [letter.arrival]
            if letter.arrival is EventKind.RECEIVED:
                if arrival.sent is not None:
                    events.append(Event(EventKind.SENT, arrival.sent, arrival.sent))
                if "withdraw_consent" in self.matter.rights:
                    kinds.append(EventKind.CONSENT_REVOKED_RECEIVED)
            for kind in kinds:
                events.append(Event(kind, arrival.received, arrival.arguably or arrival.received))
                if not arrival.is_proven:
                    assumed.add(kind)
        if self.matter.born is not None:
            events.append(Event(EventKind.BORN, self.matter.born, self.matter.born))
        since = self.matter.collected_since
        if since is not None and not self.last("first_collected"):
            events.append(Event(EventKind.FIRST_COLLECTED, since, since))
        return events, frozenset(assumed)

    def legal(self) -> list[Due]:
        matter = self.matter
        events, assumed = self.events()
        history = History(events)
        opening = next(iter(self.letters.values()), None)
        asked = opening.asked if opening else {}
        found: dict[tuple[str, date | None], Due] = {}
        for right in matter.rights:
            for deadline in deadlines(matter.law, right, matter.place, history, asked):
                due = _due(deadline, right, assumed)
                found.setdefault((due.key, due.day), due)
        return list(found.values())

    def asked_for(self) -> list[Due]:
        """The days by which later letters themselves ask for an answer."""
        found = []
        right = self.matter.rights[0]
        for letter in self.letters.values():
            arrival = self.arrivals[letter.number]
            if letter.arrival is not None or arrival.received is None:
                continue
            day, arguably = arrival.received, arrival.arguably or arrival.received
            history = History([Event(EventKind.RECEIVED, day, arguably)])
            assumed = frozenset(() if arrival.is_proven else (EventKind.RECEIVED,))
            found += [
                _due(deadline, right, assumed, letter.number)
                for deadline in deadlines(
                    self.matter.law, right, self.matter.place, history, letter.asked
                )
                if deadline.duty.key == "requested_answer"
            ]
        return found

    # What we have to do ourselves

    def own(self) -> list[Due]:
        found = [due for letter in self.letters.values() for due in self.to_send(letter)]
        for asked, (supplied, key) in QUESTIONS.items():
            question = self.unanswered(asked, supplied)
            if question is not None:
                found.append(_ours(key, question.on, letter=question.number))
        for fact in self.facts:
            if fact.kind == "reminder_set":
                day = date.fromisoformat(str(fact.get(Detail.DUE)))
                reminder = _ours("own_reminder", day, days=0, letter=fact.number)
                found.append(replace(reminder, unless_heard=bool(fact.get(Detail.UNLESS_HEARD))))
            elif fact.kind == "date_set":
                day = date.fromisoformat(str(fact.get(Detail.DUE)))
                typed = _ours("date_set", day, days=0, letter=fact.number)
                found.append(replace(typed, unchecked=not self.is_checked(fact)))
        if self.reply is not None and not self.followed(self.reply):
            done = self.reply.get(Detail.VERDICT) == "complete"
            key = "close_it" if done else "next_step"
            found.append(_ours(key, self.reply.on, letter=self.reply.number))
        return found

    def is_checked(self, typed: Fact) -> bool:
        """Whether a second person looked at a date that somebody typed in."""
        return any(
            fact.kind == "date_checked" and fact.get(Detail.NUMBER) == typed.number
            for fact in self.facts
        )

    def to_send(self, letter: Made) -> list[Due]:
        arrival = self.arrivals[letter.number]
        if arrival.sent is None and arrival.received is None:
            bounce = self.last("bounced", letter=letter.number)
            if bounce is not None:
                return [_ours("choose_channel", bounce.on, letter=letter.number)]
            return [_ours("send_it", letter.on, letter=letter.number)]
        if (
            arrival.sent is not None
            and not arrival.is_proven
            and not self.heard_since(arrival.sent)
        ):
            return [_ours("prove_receipt", arrival.sent, letter=letter.number)]
        return []

    def heard_since(self, day: date) -> bool:
        """Whether they have written since a day; then nobody needs to chase a receipt."""
        return any(fact.kind in HEARD and fact.on >= day for fact in self.facts)

    def unanswered(self, asked: str, supplied: str) -> Fact | None:
        """The question that waits for us; one that is asked again is one question."""
        waiting: Fact | None = None
        for fact in self.facts:
            if fact.kind == asked:
                waiting = waiting or fact
            elif fact.kind in (supplied, "answered"):
                waiting = None
        return waiting

    def followed(self, reply: Fact) -> bool:
        """Whether something of ours went out after a reply."""
        first = next(iter(self.letters), None)
        return any(
            fact.kind in ("sent", "went_to_court")
            and fact.letter != first
            and (fact.on, fact.number) > (reply.on, reply.number)
            for fact in self.facts
        )

    # What settles a date

    def settled(self, due: Due) -> Due:
        by = next((fact for fact in self.facts if self.settles(fact, due)), None) or self.closing
        return due if by is None else replace(due, settled_on=by.on, settled_by=by.number)

    def settles(self, fact: Fact, due: Due) -> bool:
        if fact.kind == "let_go":
            day = due.day.isoformat() if due.day else None
            return (
                fact.get(Detail.DUTY) == due.key
                and fact.get(Detail.DUE) == day
                and fact.get(Detail.NUMBER) in (None, due.letter)
            )
        if due.key == "own_reminder":
            return due.unless_heard and fact.kind in HEARD and fact.number > (due.letter or 0)
        if due.key not in KINDS[fact.kind].settles and not self.complains(fact, due):
            return False
        if due.letter is not None and fact.letter is not None and fact.letter != due.letter:
            return False  # that was another letter
        if fact.kind == "answered" and due.key in NEEDS_WHOLE_ANSWER:
            letter = self.letters.get(due.letter or 0)
            is_whole = fact.get(Detail.VERDICT) != "partial"
            return is_whole and (letter is None or fact.on >= letter.on)
        return True

    def complains(self, fact: Fact, due: Due) -> bool:
        """Whether a complaint went to the authority, which is what ``complain_until`` is for."""
        letter = self.letters.get(fact.letter or 0)
        return (
            fact.kind == "sent"
            and due.key == "complain_until"
            and letter is not None
            and letter.arrival is EventKind.COMPLAINED
        )

    # Where it stands

    def stage(self) -> Stage:
        if self.closing is not None:
            return Stage.CLOSED
        gone = {
            number: arrival.sent or arrival.received
            for number, arrival in self.arrivals.items()
            if arrival.sent or arrival.received
        }
        if not gone:
            returned = any(arrival.returned for arrival in self.arrivals.values())
            return Stage.RETURNED if returned else Stage.DRAFT
        if self.last("went_to_court"):
            return Stage.COURT
        carried_on = [
            CARRIED_ON[arrival]
            for number, day in sorted(gone.items())
            if (arrival := self.letters[number].arrival) in CARRIED_ON
            and (self.reply is None or (day is not None and day >= self.reply.on))
        ]
        if carried_on:
            return carried_on[-1]
        if self.reply is not None:
            return VERDICT_STAGES.get(str(self.reply.get(Detail.VERDICT)), Stage.ANSWERED)
        if any(self.unanswered(asked, supplied) for asked, (supplied, _) in QUESTIONS.items()):
            return Stage.ASKED
        if self.last("extension_notified"):
            return Stage.EXTENDED
        proven = any(self.arrivals[number].is_proven for number in gone)
        return Stage.WAITING if proven or self.last("acknowledged") else Stage.SENT


CARRIED_ON: Mapping[EventKind | None, Stage] = {
    EventKind.APPEALED: Stage.APPEALED,
    EventKind.COMPLAINT_RECEIVED: Stage.APPEALED,
    EventKind.COMPLAINED: Stage.COMPLAINED,
}
VERDICT_STAGES = {
    "complete": Stage.ANSWERED,
    "partial": Stage.PARTIAL,
    "refusal": Stage.REFUSED,
}


def _keeps_going(due: Due) -> bool:
    return due.is_open and not due.is_marker


def _told(fact: Fact) -> list[Event]:
    """What a fact is to the law by itself; the way of a letter depends on the letter."""
    kind = KINDS[fact.kind].law
    if kind is None or fact.kind in ("sent", "received"):
        return []
    if fact.kind == "answered" and fact.get(Detail.VERDICT) == "refusal":
        kind = EventKind.REFUSED
    new_date = fact.get(Detail.NEW_DATE)
    event = Event(
        kind,
        fact.on,
        fact.arguably_on,
        reasons=bool(fact.get(Detail.REASONS)),
        justified=fact.get(Detail.JUSTIFIED) is not False,
        new_date=date.fromisoformat(str(new_date)) if new_date else None,
    )
    if fact.kind in ("answered", "appeal_answered"):
        return [event, Event(EventKind.LAST_CONTACT, fact.on, fact.arguably_on)]
    return [event]


def _due(
    deadline: Deadline, right: str, assumed: frozenset[EventKind], letter: int | None = None
) -> Due:
    duty = deadline.duty
    ours = duty.owed_by is Party.YOU
    overdue = deadline.overdue_from
    if ours and deadline.nominal is not None:
        overdue = deadline.nominal + timedelta(days=1)
    return Due(
        key=duty.key,
        right=right,
        letter=letter,
        owed_by=duty.owed_by,
        nature=duty.nature,
        day=deadline.nominal if ours else deadline.due,
        nominal=deadline.nominal,
        overdue_from=overdue,
        disputed=deadline.disputed or "",
        provisional=any(term.after in assumed for term in duty.terms),
        unconfirmed=deadline.unconfirmed,
        deadline=deadline,
    )


def _ours(key: str, start: date, *, days: int | None = None, letter: int | None = None) -> Due:
    day = start + timedelta(days=OWN_TIME[key] if days is None else days)
    return Due(
        key=key,
        owed_by=Party.YOU,
        nature=Nature.REQUESTED,
        day=day,
        nominal=day,
        overdue_from=day + timedelta(days=1),
        letter=letter,
    )
