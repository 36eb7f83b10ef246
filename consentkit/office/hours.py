"""Time spent on cases: typed in, or measured by a timer of which everybody has one.

A timer that runs longer than ``LONGEST`` was forgotten. It is not believed: whoever started it says
how long they worked.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case
from consentkit.cases.trail import leave
from consentkit.teams.access import reach
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import User
from consentkit.teams.roles import Permission

from .models import TimeEntry
from .notes import within

LONGEST = timedelta(hours=8)
A_MINUTE = timedelta(minutes=1)
DAY = 24 * 60  # minutes
WHAT = 500  # characters
BACK = timedelta(days=366)  # how long ago time may have been spent

Activity = TimeEntry.Activity


def running(user: User) -> TimeEntry | None:
    """The timer that runs for somebody, where they may still see its case."""
    mine = TimeEntry.objects.filter(reach(user, Permission.VIEW, "case__"))
    return mine.filter(user=user, minutes=None).select_related("case").first()


def minutes_of(entry: TimeEntry, now: datetime) -> int:
    """How long a timer has run, in minutes begun; for an entry that ended, how long it was."""
    if entry.minutes is not None or entry.started_at is None:
        return entry.minutes or 0
    return max(1, -((entry.started_at - now) // A_MINUTE))


def was_forgotten(entry: TimeEntry, now: datetime) -> bool:
    """Whether a timer has run longer than anybody works at a stretch."""
    return entry.minutes is None and minutes_of(entry, now) * A_MINUTE > LONGEST


@transaction.atomic
def start(case: Case, *, by: User, now: datetime) -> TimeEntry:
    """Start the timer on a team's case. Raises Forbidden, and NotPossible while one runs."""
    within(case, by, Permission.RECORD)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if TimeEntry.objects.filter(user=by, minutes=None).exists():
        raise NotPossible(_("Your timer runs already. Stop it first."))
    entry = TimeEntry.objects.create(
        case=case, user=by, day=by.today(now), started_at=now, made_at=now
    )
    leave(case, "time.started", by=by, entry=entry.pk)
    return entry


@transaction.atomic
def stop(
    entry: TimeEntry,
    *,
    now: datetime,
    activity: str,
    what: str = "",
    minutes: int | None = None,
) -> TimeEntry:
    """Stop a timer. ``minutes`` where somebody knows better; a forgotten timer needs them.

    Raises NotPossible.
    """
    locked = TimeEntry.objects.select_for_update(of=("self",)).select_related("case", "user")
    entry = locked.get(pk=entry.pk)
    if entry.minutes is not None:
        raise NotPossible(_("This timer has been stopped already."))
    if minutes is None and was_forgotten(entry, now):
        raise NotPossible(_("This timer was forgotten. Say how long you worked."))
    entry.minutes = _sensible(minutes_of(entry, now) if minutes is None else minutes)
    entry.activity, entry.what = _known(activity), _short(what)
    entry.save(update_fields=["minutes", "activity", "what"])
    leave(entry.case, "time.recorded", by=entry.user, entry=entry.pk, minutes=entry.minutes)
    return entry


@transaction.atomic
def discard(entry: TimeEntry) -> None:
    """Take away somebody's own time, running or not."""
    leave(entry.case, "time.discarded", by=entry.user, entry=entry.pk)
    entry.delete()


@transaction.atomic
def enter(
    case: Case,
    *,
    by: User,
    day: date,
    minutes: int,
    activity: str,
    what: str = "",
    now: datetime,
) -> TimeEntry:
    """Type in time that was spent on a team's case. Raises Forbidden and NotPossible."""
    within(case, by, Permission.RECORD)
    today = by.today(now)
    if not today - BACK <= day <= today:
        raise NotPossible(_("Choose a day of the last year, or today."))
    entry = TimeEntry.objects.create(
        case=case,
        user=by,
        day=day,
        minutes=_sensible(minutes),
        activity=_known(activity),
        what=_short(what),
        made_at=now,
    )
    leave(case, "time.recorded", by=by, entry=entry.pk, minutes=entry.minutes)
    return entry


def _sensible(minutes: int) -> int:
    if not 0 < minutes <= DAY:
        raise NotPossible(_("Write down the minutes: at least 1, at most 1440."))
    return minutes


def _known(activity: str) -> str:
    if activity not in Activity.values:
        raise NotPossible(_("Choose what kind of work it was."))
    return activity


def _short(what: str) -> str:
    plain = " ".join(what.split())
    if len(plain) > WHAT:
        raise NotPossible(_("Say it in at most 500 characters."))
    return plain
