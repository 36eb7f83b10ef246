"""``manage.py check_press``: whether letters from standing type are as WeasyPrint makes them."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from consentkit.letters import render
from consentkit.letters.press import pinned


class Command(BaseCommand):
    help = (
        "Print some letters both ways, from standing type and as WeasyPrint alone makes them, and "
        "compare the bytes; exit with 1 if they differ or standing type is off."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not pinned.is_wanted():
            self.stderr.write(self.style.ERROR("STANDING_TYPE is False: each letter takes long."))
            sys.exit(1)
        why = pinned.obstacle() or render.prove(self.stdout.write)
        if why:
            self.stderr.write(self.style.ERROR(f"STANDING TYPE IS OFF: {why}"))
            sys.exit(1)
