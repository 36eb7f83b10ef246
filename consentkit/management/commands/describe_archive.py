"""Write docs/archive.schema.json: what an archive of an account looks like, as JSON Schema."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from consentkit.correspondence.archive.schema import schema

PATH = Path(settings.BASE_DIR) / "docs" / "archive.schema.json"


class Command(BaseCommand):
    help = "Writes docs/archive.schema.json. --check only says whether it is up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        text = json.dumps(schema(), indent=1) + "\n"
        if not options["check"]:
            PATH.write_text(text, "utf-8")
        elif not PATH.is_file() or PATH.read_text("utf-8") != text:
            raise CommandError(
                "docs/archive.schema.json is out of date; run: manage.py describe_archive"
            )
