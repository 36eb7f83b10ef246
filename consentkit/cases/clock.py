"""Whether what must run regularly does run: the sweep of the queue, and the daily digest of cron.

The two do not depend on each other, so that one of them is left to say that the other has stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .models import Heartbeat

SWEEP = "sweep"
DIGEST = "digest"
WATCHED = (SWEEP, DIGEST)
# A day, and two hours for a run that takes its time or starts late.
LONGEST = timedelta(hours=26)


@dataclass(frozen=True)
class Watch:
    """When something last ran to its end; None where it never did."""

    name: str
    last: datetime | None
    is_late: bool


def beat(name: str, now: datetime) -> None:
    """Something ran to its end."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})


def watches(now: datetime) -> list[Watch]:
    """The last run of everything that is watched."""
    last = dict(Heartbeat.objects.filter(name__in=WATCHED).values_list("name", "at"))
    return [
        Watch(name, at := last.get(name), is_late=at is None or at < now - LONGEST)
        for name in WATCHED
    ]


def reminders_stand_still(now: datetime, since: datetime) -> bool:
    """Whether the sweep stopped, or never ran although somebody is here ``since`` long ago."""
    last = Heartbeat.objects.filter(name=SWEEP).values_list("at", flat=True).first()
    return (last or since) < now - LONGEST
