"""Read the mailbox (IMAP) to which answers come."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consentkit.correspondence.fetching import NotFetched, fetch, is_configured
from consentkit.correspondence.virus import ScannerAway


class Command(BaseCommand):
    help = (
        "Reads what has come into the mailbox of IMAP_HOST since the last run, and files it in the "
        "cases to which it belongs. Nothing in the mailbox is changed. For cron, every few minutes."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_configured():
            raise CommandError("IMAP_HOST is not set; .env.example explains it")
        try:
            found = fetch()
        except NotFetched as error:
            raise CommandError(str(error)) from None
        except ScannerAway:
            raise CommandError("the virus scanner does not answer; nothing is lost") from None
        if options["verbosity"] and (found.filed or found.foreign or found.refused):
            self.stdout.write(
                f"filed {found.filed}, of no case {found.foreign}, not taken in {found.refused}"
            )
