"""How a platform behaved in one case: a pure function of where the case stands.

It goes by the law's own dates alone, as the posture has them: the strict last day and the first day
after every date that can be argued. What no law sets a date for, or an authority only advises, is
neither in time nor late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from consentkit.law.procedure import OWED
from consentkit.law.vocabulary import Nature

from .log import Detail, ending
from .posture import Due, Posture


class Outcome(StrEnum):
    """What became of a request by a day. Each request has exactly one."""

    IN_TIME = "in_time"  # answered on the strict last day or before
    ARGUABLE = "arguable"  # after it, but not after every date that can be argued
    LATE = "late"  # answered after every date that can be argued
    MISSED = "missed"  # not answered, and every date is over
    RUNNING = "running"  # not answered, and their time runs
    ENDED = "ended"  # closed by the sender while their time ran
    UNDATED = "undated"  # no date of a law runs


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What the log says of the platform.

    ``asked_on`` is the day on which the opening letter arrived, ``assumed`` where nothing proves
    it. ``answered_on`` is the day of the answer that ended their duty: a complete one or a refusal.
    An answer in part ends none and is ``incomplete``. ``ended_on`` is when the case was closed.
    """

    asked_on: date
    assumed: bool
    due: date | None
    overdue_from: date | None
    answered_on: date | None
    ended_on: date | None
    extended: bool
    identity: bool
    incomplete: bool
    refused: bool

    @property
    def days(self) -> int | None:
        """The days from the arrival to the answer, None without one."""
        return (self.answered_on - self.asked_on).days if self.answered_on else None

    def outcome(self, today: date) -> Outcome:
        """What became of the request by a day, on which nothing of it is still to come."""
        if self.due is None:
            return Outcome.UNDATED
        until = self.answered_on or self.ended_on or today
        answered = self.answered_on is not None
        if until <= self.due:
            if answered:
                return Outcome.IN_TIME
            return Outcome.ENDED if self.ended_on else Outcome.RUNNING
        if self.overdue_from is None or until < self.overdue_from:
            return Outcome.ARGUABLE
        return Outcome.LATE if answered else Outcome.MISSED


def behaviour(posture: Posture) -> Behaviour | None:
    """How the platform behaved; None where no letter is on its way, or the case was a mistake."""
    opening = next(iter(posture.arrivals.values()), None)
    closing = ending(posture.facts)
    if opening is None or opening.received is None:
        return None
    if closing is not None and closing.get(Detail.ENDING) == "duplicate":
        return None
    owed = _owed(posture)
    answer = next(
        (
            fact
            for fact in posture.facts
            if fact.kind == "answered" and fact.get(Detail.VERDICT) != "partial"
        ),
        None,
    )
    return Behaviour(
        asked_on=opening.received,
        assumed=not opening.is_proven,
        due=owed.day if owed else None,
        overdue_from=owed.overdue_from if owed else None,
        answered_on=max(answer.on, opening.received) if answer else None,
        ended_on=closing.on if closing else None,
        extended=_told(posture, "extension_notified"),
        identity=_told(posture, "identity_requested"),
        incomplete=_told(posture, "answered", "partial"),
        refused=_told(posture, "answered", "refusal"),
    )


def _owed(posture: Posture) -> Due | None:
    """The duty that the request is measured by: of several rights the one that has longest."""
    found = [
        due
        for due in posture.dues
        if due.key in OWED
        and due.letter is None
        and due.nature is Nature.STATUTORY
        and due.day is not None
    ]
    first = min((OWED.index(due.key) for due in found), default=None)
    same = [due for due in found if OWED.index(due.key) == first]
    return max(same, key=lambda due: (due.day, due.overdue_from or date.max), default=None)


def _told(posture: Posture, kind: str, verdict: str = "") -> bool:
    return any(
        fact.kind == kind and verdict in ("", fact.get(Detail.VERDICT)) for fact in posture.facts
    )
