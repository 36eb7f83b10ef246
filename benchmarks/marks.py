"""What a benchmark was to reach and what it reached: one row of the table in docs/performance.md.

A benchmark tells its rows at its end. Run by itself it prints them; ``bench.py`` collects them
through the file that ``BENCH_ROWS`` names.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """``what`` was measured, the ``mark``, what was ``reached``, and whether the mark ``holds``.

    ``note`` says what a reader should know: conditions, or why a mark is missed.
    """

    what: str
    mark: str
    reached: str
    holds: bool
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: what it stands for, how much, and whether it is ours."""

    chart: str
    unit: str
    name: str
    value: float
    ours: bool = False


def tell(*rows: Row, bars: tuple[Bar, ...] = ()) -> None:
    """Say what was reached."""
    for row in rows:
        verdict = "kept" if row.holds else "MISSED"
        sys.stdout.write(f"{verdict}: {row.what}: {row.reached} (mark: {row.mark}) {row.note}\n")
    collected = os.environ.get("BENCH_ROWS")
    if collected:
        told = {"rows": [asdict(row) for row in rows], "bars": [asdict(bar) for bar in bars]}
        with Path(collected).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(told) + "\n")


def as_a_site() -> None:
    """Let Django's test client in, without its test environment: that notes, and copies, the
    context of every template that is drawn, which no site does.
    """
    from django.conf import settings

    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
