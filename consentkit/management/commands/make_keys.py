"""``manage.py make_keys``: the first keys of a site."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from consentkit.confidential import keys


class Command(BaseCommand):
    help = (
        "Makes the keys with which everything personal is sealed. Keys that are there already are "
        "never overwritten."
    )
    requires_system_checks = ()  # they complain of the keys that are made here

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--print",
            action="store_true",
            dest="prints",
            help="print new keys for the environment of several machines; nothing is written",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["prints"]:
            for name in (keys.FIELD_KEYS, keys.SEARCH_KEY):
                self.stdout.write(f"{name.upper()}={keys.written(keys.new_key())}")
            return
        told = {keys.FIELD_KEYS: settings.FIELD_KEYS, keys.SEARCH_KEY: settings.SEARCH_KEY}
        in_environment = [name.upper() for name, value in told.items() if value]
        if in_environment:
            raise CommandError(
                f"{' and '.join(in_environment)} stand in the environment, and win over files. "
                f"Nothing is made. For new ones there: manage.py make_keys --print"
            )
        folder = Path(settings.KEYS_FOLDER)
        there = [name for name in told if (folder / name).exists()]
        if len(there) == len(told):
            raise CommandError(
                f"The keys are in {folder} already, and are not overwritten: with other keys "
                f"nobody could read what is in the database. To change them: manage.py rotate_keys"
            )
        made = [name for name in told if keys.make(name)]
        keys.forget()
        self.stdout.write(f"Made in {folder}: {', '.join(made)}.")
        self.stdout.write(
            "Copy this folder now to a place apart from the backups of the database. Without the "
            "keys nobody can read what is personal in it, you neither; and whoever has both can."
        )
