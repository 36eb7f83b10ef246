"""What can happen in a case: facts in the past tense, by the day they happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class EventKind(StrEnum):
    """Every event that a rule of some law turns on."""

    SENT = "sent"
    RECEIVED = "received"  # by the platform
    ACKNOWLEDGED = "acknowledged"
    IDENTITY_REQUESTED = "identity_requested"
    IDENTITY_PROVIDED = "identity_provided"
    CLARIFICATION_REQUESTED = "clarification_requested"
    CLARIFICATION_PROVIDED = "clarification_provided"
    FEE_REQUESTED = "fee_requested"
    FEE_PAID = "fee_paid"
    COST_NOTICE_RECEIVED = "cost_notice_received"
    COST_CONFIRMED = "cost_confirmed"
    EXTENSION_NOTIFIED = "extension_notified"
    ANSWERED = "answered"
    REFUSED = "refused"
    APPEALED = "appealed"  # the day the platform received the appeal
    APPEAL_EXTENSION_NOTIFIED = "appeal_extension_notified"
    COMPLAINT_RECEIVED = "complaint_received"  # by the controller itself
    COMPLAINED = "complained"  # to an authority
    LAST_CONTACT = "last_contact"
    BECAME_AWARE = "became_aware"
    INFRINGEMENT = "infringement"
    INVASION = "invasion"
    CONSENT_REVOKED_RECEIVED = "consent_revoked_received"
    CONSENT_REVOKED = "consent_revoked"
    ACCOUNT_DELETED = "account_deleted"
    LAST_INTERACTION = "last_interaction"
    PURPOSE_SATISFIED = "purpose_satisfied"
    FOUND_UNNECESSARY = "found_unnecessary"
    FIRST_COLLECTED = "first_collected"
    LAST_COLLECTED = "last_collected"
    BORN = "born"


@dataclass(frozen=True)
class Event:
    """One fact.

    ``on`` is the day at the place where the act has to be done. ``arguably_on`` differs from it
    only where a moment falls on two days: it is the later of that day and the sender's own day.
    """

    kind: EventKind
    on: date
    arguably_on: date
    reasons: bool = False
    justified: bool = True
    new_date: date | None = None


RANK = {kind: number for number, kind in enumerate(EventKind)}


def _order(event: Event) -> tuple[date, int, bool, bool, date]:
    return event.on, RANK[event.kind], event.reasons, event.justified, event.new_date or date.max


class History:
    """The events of one case, in the order of the days they happened.

    On one day the order is that of ``EventKind``, so a question comes before its answer, in
    whatever order the events are told.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self._events = sorted(events, key=_order)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def first(self, kind: EventKind) -> Event | None:
        """The earliest event of a kind."""
        return next((event for event in self._events if event.kind == kind), None)

    def all(self, kind: EventKind) -> list[Event]:
        """Every event of a kind, earliest first."""
        return [event for event in self._events if event.kind == kind]

    def questions(
        self, asked: EventKind, supplied: EventKind
    ) -> list[tuple[Event | None, Event | None]]:
        """Each justified question with the next answer to it, or None while it is open.

        An answer whose question was never told comes with None for the question. A question
        that is asked again before it is answered is one question.
        """
        pairs: list[tuple[Event | None, Event | None]] = []
        open_question: Event | None = None
        unjustified = False
        for event in self._events:
            if event.kind == asked:
                unjustified = not event.justified
                if open_question is None and event.justified:
                    open_question = event
            elif event.kind == supplied:
                if open_question is not None or not unjustified:
                    pairs.append((open_question, event))
                open_question, unjustified = None, False
        if open_question is not None:
            pairs.append((open_question, None))
        return pairs
