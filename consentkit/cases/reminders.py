"""When somebody is to be reminded of a date, and of what.

A date of ours is reminded before it comes, a date of theirs when it comes and when it has passed.
The moments follow from the date alone, so a worker that was away for days knows what it missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from consentkit.teams.models import User

from .models import Deadline

# Dates that are worth no reminder: nobody has to do anything by them.
SILENT = frozenset({"extension_notice"})


@dataclass(frozen=True, order=True)
class Moment:
    """A day on which somebody is to be reminded, and the kind of the reminder."""

    on: date
    kind: str


def moments(deadline: Deadline, lead_days: Iterable[int]) -> list[Moment]:
    """Every reminder of a date, the earliest first; ``lead_days`` are days before one's own."""
    if deadline.key in SILENT:
        return []
    if deadline.is_ours and deadline.is_law and not deadline.is_marker:
        before = [
            Moment(deadline.day - timedelta(days=days), f"before.{days}") for days in lead_days
        ]
        return sorted({*before, Moment(deadline.day, "today"), _missed(deadline)})
    if deadline.is_ours:
        return [Moment(deadline.day, "today")]
    return sorted({Moment(deadline.day, "theirs_today"), _missed(deadline, "theirs_missed")})


def _missed(deadline: Deadline, kind: str = "missed") -> Moment:
    return Moment(deadline.overdue_from or deadline.day + timedelta(days=1), kind)


def next_moment(deadline: Deadline, owner: User, after: date | None = None) -> date | None:
    """The next day on which a reminder of this date is due, None when there is none.

    Days before the date was known are past and gone. ``after`` is the last day that was dealt with.
    """
    if deadline.void or deadline.settled_on is not None:
        return None
    first = deadline.made_at.date()
    return next(
        (
            moment.on
            for moment in moments(deadline, owner.lead_days())
            if moment.on >= first and (after is None or moment.on > after)
        ),
        None,
    )
