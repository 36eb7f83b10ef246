"""A case at a glance: where it stands, its dates, its log. What the template prints, ready-made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils.timezone import localdate
from django.utils.translation import gettext, ngettext

from consentkit.cases.actions import changes, preview
from consentkit.cases.log import (
    CHANNELS,
    ENDINGS,
    EVIDENCE,
    KINDS,
    VERDICTS,
    BadFact,
    Detail,
    Fact,
    struck_numbers,
)
from consentkit.cases.models import Case, Deadline, Proposal
from consentkit.cases.naming import name_of
from consentkit.cases.posture import Due, Posture
from consentkit.cases.watchers import acknowledgements
from consentkit.law.vocabulary import Law, Nature
from consentkit.letters.explain import Written, sentence
from consentkit.letters.facts import FACTS
from consentkit.letters.models import Letter
from consentkit.web.wizard.dates import NATURES, Line

from .recording import Moved, moved
from .timeline import NARROW, WIDE, Bar, Mark, Timeline, timeline
from .words import MEANINGS, PARTIES, STAGES, fact_title, right_title, state_of


@dataclass(frozen=True)
class DateRow:
    """One date of a case as the table and its own page show it.

    ``row`` is its line in the index, None where no date runs.
    """

    due: Due
    law: Law
    row: Deadline | None
    today: date
    letter: str = ""  # which letter or reminder it is about, where there are several

    @property
    def pk(self) -> int | None:
        return self.row.pk if self.row else None

    @property
    def title(self) -> str:
        if self.due.day is None and self.due.key == "answer":
            return gettext("The law sets no date for an answer, or none runs now")
        return name_of(self.due.key)

    @property
    def whose(self) -> str:
        return str(PARTIES[self.due.owed_by])

    @property
    def state(self) -> str:
        return state_of(self.due, self.today)

    @property
    def is_late(self) -> bool:
        return self.due.is_overdue(self.today)

    @property
    def can_be_let_go(self) -> bool:
        """Whether somebody may close the date although it was not kept."""
        if not self.due.is_open or self.due.is_marker:
            return False
        return self.is_late or self.due.key in ("own_reminder", "date_set")

    @property
    def nature(self) -> str:
        if self.due.deadline is None:
            return gettext("Your own date; no law sets it")
        return str(NATURES[self.due.nature])

    @property
    def is_statutory(self) -> bool:
        return self.due.nature is Nature.STATUTORY and self.due.is_law

    @property
    def disputed(self) -> str:
        return gettext(self.due.disputed) if self.due.disputed else ""

    def lines(self, written: Written) -> list[Line]:
        """How it was counted, step by step."""
        steps = self.due.deadline.steps if self.due.deadline else ()
        return [Line(sentence(step, written), step.citation) for step in steps]


@dataclass(frozen=True)
class LogLine:
    """A fact of the log. ``struck`` is the fact that struck it, where one did."""

    fact: Fact
    struck: Fact | None
    details: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        return fact_title(self.fact)

    @property
    def whose(self) -> str:
        return KINDS[self.fact.kind].by.value

    @property
    def can_be_struck(self) -> bool:
        # Opening a letter's line again would leave the letter without its making.
        return self.struck is None and self.fact.kind not in ("made", "rule_accepted")

    @property
    def recorded_later(self) -> bool:
        return self.recorded_on != self.fact.on

    @property
    def recorded_on(self) -> date:
        return localdate(self.fact.recorded_at)


@dataclass(frozen=True)
class Drawing:
    """A timeline with what its bars are about."""

    name: str
    timeline: Timeline
    bars: tuple[tuple[Bar, DateRow], ...]

    @property
    def marks(self) -> list[tuple[Mark, str]]:
        """The facts on the line, with what they are."""
        return [(one, "; ".join(map(fact_title, one.facts))) for one in self.timeline.marks]


@dataclass(frozen=True)
class ProposalView:
    """A proposed change of dates: what was, and what would be."""

    proposal: Proposal
    moved: tuple[Moved, ...]
    evidence: str

    @property
    def is_receipt(self) -> bool:
        return self.proposal.kind == Proposal.Kind.RECEIPT


class CasePage:
    """A case on a day. Reads the log once."""

    def __init__(self, case: Case, today: date) -> None:
        self.case = case
        self.today = today
        self.facts = case.facts()
        self.law = case.matter().law
        self.posture: Posture = case.posture(self.facts)

    # At a glance

    @property
    def kind(self) -> str:
        return right_title(self.law, self.case.kind)

    @property
    def stage(self) -> str:
        return str(STAGES[self.posture.stage])

    @property
    def meaning(self) -> str:
        return str(MEANINGS[self.posture.stage])

    @cached_property
    def late(self) -> list[DateRow]:
        return [row for row in self.dates if row.is_late]

    @cached_property
    def next(self) -> DateRow | None:
        """What comes next: the earliest open date that is not late."""
        coming = [
            row
            for row in self.dates
            if row.due.is_open and not row.due.is_marker and not row.is_late
        ]
        return coming[0] if coming else None

    @property
    def elapsed(self) -> str:
        """How long it has been since the first letter went out."""
        gone = [one.sent for one in self.posture.arrivals.values() if one.sent is not None]
        if not gone or self.posture.is_closed:
            return ""
        days = max(0, (self.today - min(gone)).days)
        return ngettext(
            "%(days)s day since you sent your letter",
            "%(days)s days since you sent your letter",
            days,
        ) % {"days": days}

    @property
    def is_provisional(self) -> bool:
        return any(row.due.provisional and row.due.is_open for row in self.dates)

    @property
    def ending(self) -> str:
        closing = self.posture.last("closed")
        key = str(closing.get(Detail.ENDING)) if closing else ""
        return str(ENDINGS.get(key, ""))

    @property
    def closed_on(self) -> date | None:
        closing = self.posture.last("closed")
        return closing.on if closing and self.posture.is_closed else None

    @property
    def held(self) -> bool:
        return self.case.hold_until is not None and self.case.hold_until >= self.today

    # Dates

    @cached_property
    def dates(self) -> list[DateRow]:
        """Every date, the earliest first; those that do not run come last."""
        rows = {
            (row.key, row.right, row.letter, row.day): row
            for row in self.case.deadlines.filter(void=False)
        }
        found = []
        for due in self.posture.dues:
            row = rows.get((*due.identity, due.day)) if due.day else None
            found.append(DateRow(due, self.law, row, self.today, self._about(due)))
        return found

    @cached_property
    def acknowledged(self) -> dict[int, dict[int, datetime]]:
        """For each date of a team's case, who acknowledged it and when."""
        return acknowledgements(self.case) if self.case.team_id is not None else {}

    def _about(self, due: Due) -> str:
        """Which letter a date is about, where the case has several; what a reminder says."""
        if due.key in ("own_reminder", "date_set"):
            fact = next((one for one in self.facts if one.number == due.letter), None)
            # Of a date that was typed in, the first line says what it is.
            return fact.note.partition("\n\n")[0] if fact else ""
        made = self.posture.letters.get(due.letter or 0)
        if due.key in ("send_it", "prove_receipt", "choose_channel", "requested_answer") and made:
            return self.letter_name(made.number)
        return ""

    @property
    def drawings(self) -> list[Drawing]:
        """The timeline for large screens and for small ones."""
        return [
            self._drawing("wide", timeline(self.posture, self.today, WIDE)),
            self._drawing("narrow", timeline(self.posture, self.today, NARROW)),
        ]

    def _drawing(self, name: str, drawn: Timeline) -> Drawing:
        rows = {(*row.due.identity, row.due.day): row for row in self.dates}
        bars = [(bar, rows[(*bar.due.identity, bar.due.day)]) for bar in drawn.bars]
        return Drawing(name, drawn, tuple(bars))

    # The log

    @cached_property
    def log(self) -> list[LogLine]:
        """Every fact by the day it happened, the latest first; each with what struck it."""
        struck = struck_numbers(self.facts)
        shown = [fact for fact in self.facts if fact.kind != "struck"]
        shown.sort(key=lambda fact: (fact.on, fact.number), reverse=True)
        return [LogLine(fact, struck.get(fact.number), self.details_of(fact)) for fact in shown]

    def line(self, number: int) -> LogLine | None:
        return next((line for line in self.log if line.fact.number == number), None)

    def letter_name(self, number: int) -> str:
        """What a letter of the case is called: its number and its kind."""
        made = next(
            (fact for fact in self.facts if fact.kind == "made" and fact.letter == number), None
        )
        if made is None:
            return gettext("No. %(number)s") % {"number": number}
        title = right_title(self.law, str(made.get(Detail.KIND)))
        return gettext("No. %(number)s: %(title)s") % {"number": number, "title": title}

    def details_of(self, fact: Fact) -> tuple[tuple[str, str], ...]:
        """What is known of a fact, as label and words."""
        found: list[tuple[str, str]] = []
        if fact.letter is not None:
            found.append((gettext("Letter"), self.letter_name(fact.letter)))
        for detail, label, words in (
            (Detail.CHANNEL, gettext("How"), CHANNELS),
            (Detail.EVIDENCE, gettext("Shown by"), EVIDENCE),
            (Detail.VERDICT, gettext("Verdict"), VERDICTS),
            (Detail.ENDING, gettext("Ending"), ENDINGS),
        ):
            value = fact.get(detail)
            if value:
                found.append((label, str(words.get(str(value), value))))
        for detail, yes, no in (
            (Detail.REASONS, gettext("with reasons"), gettext("without reasons")),
            (Detail.JUSTIFIED, gettext("with good reason"), gettext("without good reason")),
        ):
            said = fact.get(detail)
            if isinstance(said, bool):
                found.append((gettext("How"), yes if said else no))
        for detail, label in (
            (Detail.MISSING, gettext("Missing")),
            (Detail.STALLS, gettext("They put you off")),
        ):
            keys = fact.get(detail)
            if isinstance(keys, list) and keys:
                choices = FACTS[detail.value].choices or {}
                found.append((label, "; ".join(str(choices.get(key, key)) for key in keys)))
        duty = fact.get(Detail.DUTY)
        if duty:
            found.append((gettext("Date"), name_of(str(duty))))
        return tuple(found)

    # Letters

    @cached_property
    def letters(self) -> list[Letter]:
        """The letters, without their words, which nobody reads here."""
        return list(
            self.case.letters.only(
                "number", "law", "kind", "language", "to_authority", "made_at", "frozen_at", "case"
            )
        )

    @property
    def letter_rows(self) -> list[tuple[Letter, str, str]]:
        """Each letter with its name and how far it got."""
        found = []
        for letter in self.letters:
            arrival = self.posture.arrivals.get(letter.number)
            if arrival is None:
                state = gettext("struck from the log")
            elif arrival.returned and arrival.sent is None:
                state = gettext("came back")
            elif arrival.is_proven:
                state = gettext("arrived")
            elif arrival.sent:
                state = gettext("sent")
            elif letter.is_frozen:
                state = gettext("final, not sent yet")
            else:
                state = gettext("draft")
            found.append((letter, self.letter_name(letter.number), state))
        return found

    # Proposals

    @cached_property
    def proposals(self) -> list[ProposalView]:
        """Changes that wait for a decision."""
        waiting = self.case.proposals.filter(decided_at=None)
        return [self._proposal(proposal) for proposal in waiting]

    def _proposal(self, proposal: Proposal) -> ProposalView:
        if proposal.kind == Proposal.Kind.RULE:
            return ProposalView(proposal, rule_moves(proposal.before, proposal.after), "")
        evidence = str(EVIDENCE.get(str(proposal.details.get("evidence")), ""))
        return ProposalView(proposal, self._receipt_moves(proposal), evidence)

    def _receipt_moves(self, proposal: Proposal) -> tuple[Moved, ...]:
        assert proposal.on is not None
        arguably = proposal.details.get("arguably_on")
        try:
            after = preview(
                self.case,
                "received",
                on=proposal.on,
                details={
                    Detail.LETTER: proposal.details["letter"],
                    Detail.EVIDENCE: proposal.details["evidence"],
                },
                arguably_on=date.fromisoformat(arguably) if arguably else None,
            )
        except BadFact:  # the case was closed in between, for example: accepting says so
            return ()
        return tuple(moved(changes(self.posture, after)))

    def evidence_of(self, due: Due) -> str:
        """How the day that started a date is known; empty where it is only assumed."""
        if due.deadline is None or due.provisional:
            return ""
        start = next((one for one in due.deadline.steps if one.key.startswith("event.")), None)
        if start is None:
            return ""
        letter = self.posture.letters.get(due.letter or next(iter(self.posture.letters), 0))
        arrival = self.posture.arrivals.get(letter.number) if letter else None
        if start.key == "event.received" and arrival is not None and arrival.is_proven:
            return str(EVIDENCE[arrival.proved_by])
        event = start.key.removeprefix("event.")
        for fact in self.posture.facts:
            law = KINDS[fact.kind].law
            if law is not None and law.value == event:
                return gettext("Recorded in the log of the case as no. %(number)s") % {
                    "number": fact.number
                }
        return ""


def rule_moves(
    before: Sequence[Sequence[object]], after: Sequence[Sequence[object]]
) -> tuple[Moved, ...]:
    """The dates that a changed rule moves, from the lists that a proposal keeps."""
    old = {(one[0], one[1], one[2]): _day(one) for one in before}
    new = {(one[0], one[1], one[2]): _day(one) for one in after}
    identities: Iterable[tuple[object, object, object]] = dict.fromkeys([*old, *new])
    found = [
        Moved(name_of(str(one[0])), old.get(one), new.get(one))
        for one in identities
        if old.get(one) != new.get(one)
    ]
    return tuple(dict.fromkeys(found))


def _day(one: Sequence[object]) -> date:
    return date.fromisoformat(str(one[3]))
