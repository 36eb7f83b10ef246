"""``manage.py rebuild_search``: the search index and what is looked up, with the key of today."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consentkit.cases.models import Case
from consentkit.confidential.cipher import Tampered
from consentkit.confidential.rotation import reseal_addresses
from consentkit.correspondence.search import rebuild

SAID_EVERY = 500


class Command(BaseCommand):
    help = (
        "Makes the search index of every case anew, and seals every e-mail address with the newest "
        "search key: after SEARCH_KEY changed, while the site stands still. Safe to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = reseal_addresses()
        except Tampered as error:
            raise CommandError(
                f"{error}. Put the former search key behind the new one (SEARCH_KEY=new,former, or "
                f"one line each in the file) and run this again."
            ) from None
        self.stdout.write(f"E-mail addresses: {changed} sealed anew")
        number = 0
        for number, case in enumerate(Case.objects.order_by("pk").iterator(), start=1):
            rebuild(case)
            if not number % SAID_EVERY:
                self.stdout.write(f"Cases: {number}")
        self.stdout.write(f"Cases: {number}, done")
