"""Say which cases a changed rule concerns, and propose the new dates to their owners."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from consentkit.cases.actions import moved_by_rule, propose_rule_changes
from consentkit.cases.models import Case
from consentkit.law.statutes import LAWS


class Command(BaseCommand):
    help = (
        "Counts, law by law, the open cases whose dates were counted by another edition of the law "
        "and those whose dates would move. Nothing is changed; with --propose each owner is asked "
        "whether the new dates count. The worker does this daily by itself."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--propose", action="store_true", help="propose the new dates")

    def handle(self, *args: Any, **options: Any) -> None:
        nothing = True
        for law in LAWS:
            stale = moved = 0
            for case in Case.objects.with_changed_rule(law).iterator(chunk_size=500):
                before, after = moved_by_rule(case)
                stale, moved = stale + 1, moved + (before != after)
            if stale:
                nothing = False
                self.stdout.write(
                    f"{law}: {counted(stale)} by another edition of the law; "
                    f"the dates of {moved} would move"
                )
            if options["propose"]:
                while propose_rule_changes(law):
                    pass
        if nothing:
            self.stdout.write("Every open case is counted by the rules of today.")
        elif options["propose"]:
            self.stdout.write("The new dates are proposed.")


def counted(number: int) -> str:
    return "1 case was counted" if number == 1 else f"{number} cases were counted"
