"""``manage.py check_clock``: whether reminders and digests still go out."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from consentkit.cases import clock

HINTS = {
    clock.SWEEP: "no reminder goes out. Is a worker running (manage.py qcluster)?",
    clock.DIGEST: "no digest goes out. Does cron run manage.py tickle?",
}


class Command(BaseCommand):
    help = "Say when the sweep and the digest last ran; exit with 1 if one is over 26 hours ago."

    def handle(self, *args: Any, **options: Any) -> None:
        watches = clock.watches(timezone.now())
        for watch in watches:
            if watch.is_late:
                self.stderr.write(self.style.ERROR(complaint(watch)))
            else:
                self.stdout.write(f"{watch.name}: last ran {told(watch)}")
        if any(watch.is_late for watch in watches):
            sys.exit(1)


def complaint(watch: clock.Watch) -> str:
    """The loud line about something that stands still."""
    return f"THE CLOCK STANDS STILL: {watch.name} {told(watch)}; {HINTS[watch.name]}"


def told(watch: clock.Watch) -> str:
    return f"{watch.last:%Y-%m-%d %H:%M} UTC" if watch.last else "never ran"
