"""``manage.py tickle``: the daily digest, for the system's own cron. It needs no queue."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from consentkit.cases import clock
from consentkit.correspondence.digest import send_digests

from .check_clock import complaint


class Command(BaseCommand):
    help = (
        "Send everybody the digest of their day, once a day and in their morning. Run it every "
        "hour from cron; it depends on no other process."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        sent = send_digests(now)
        if sent:
            self.stdout.write(f"{sent} digests sent")
        # cron mails to its owner whatever is said: one clock looks after the other.
        for watch in clock.watches(now):
            if watch.is_late and watch.name != clock.DIGEST:
                self.stderr.write(self.style.ERROR(complaint(watch)))
