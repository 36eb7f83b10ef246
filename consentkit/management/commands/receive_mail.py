"""Take in one e-mail from standard input, as a mail server pipes it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from consentkit.correspondence.inbound import NotAMessage, TooLarge, receive
from consentkit.correspondence.virus import ScannerAway

# What a mail server understands (sysexits.h): it gives the message back, or tries again later.
DATA_ERROR, NO_USER, TRY_AGAIN = 65, 67, 75


class Command(BaseCommand):
    help = (
        "Reads one e-mail from standard input and files it in the case to which it belongs. Exit "
        "status 67: it belongs to none; 65: it is too large or no e-mail; 75: try again later."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to", default="", metavar="ADDRESS", help="the address for which the server took it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(settings.MAX_FILE_SIZE + 1)
        try:
            filed = receive(raw, recipient=options["to"])
        except (TooLarge, NotAMessage) as error:
            sys.exit(self.complain(type(error).__name__, DATA_ERROR))
        except ScannerAway as error:
            sys.exit(self.complain(type(error).__name__, TRY_AGAIN))
        if filed is None:
            sys.exit(self.complain("it belongs to no case", NO_USER))

    def complain(self, what: str, status: int) -> int:
        self.stderr.write(f"receive_mail: {what}")
        return status
