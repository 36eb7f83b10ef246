"""``manage.py sync_platforms``: bring the database up to date with the files of the directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consentkit.management.demo.companies import SLUGS
from consentkit.platforms.actions import sync
from consentkit.platforms.loading import DIRECTORY, read_directory


class Command(BaseCommand):
    help = "Bring the platforms in the database up to date with the files of the directory."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="read and check the files, and change nothing"
        )
        parser.add_argument(
            "--directory", type=Path, default=DIRECTORY, help="a folder of platform files"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        records, problems = read_directory(options["directory"])
        if not records and not problems:
            raise CommandError(f"there are no platform files in {options['directory']}")
        for problem in problems:
            self.stderr.write(str(problem))
        broken = {Path(problem.file).stem for problem in problems}
        if options["check"]:
            self.stdout.write(f"{len(records)} files are valid")
        else:
            # Those of the demo are nowhere but in the database of a development site.
            for line in sync(records, keep=broken | SLUGS).lines():
                self.stdout.write(line)
        if broken:
            raise CommandError(f"{len(broken)} left as they were, for the mistakes named above")
