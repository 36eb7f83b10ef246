"""Read deadline cases, one JSON object a line, and print the deadlines of each."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consentkit.law.docket import NotACase, answer


class Command(BaseCommand):
    help = (
        "Reads deadline cases, one JSON object a line, from FILE or standard input, and prints one "
        "line for each: its deadlines, or what is wrong with it. Exit status 1 if any was wrong."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        all_right = True
        with _lines(options["file"]) as lines:
            for line in lines:
                if line.strip():
                    reply = reply_to(line)
                    all_right &= "error" not in reply
                    self.stdout.write(json.dumps(reply, ensure_ascii=False))
        if not all_right:
            sys.exit(1)


def reply_to(line: bytes) -> dict[str, object]:
    """The answer to one line: ``{"id", "deadlines"}``, or ``{"id", "error"}``."""
    try:
        case = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return {"id": None, "error": f"not JSON: {error}"}
    name = case.get("id") if isinstance(case, dict) else None
    try:
        if isinstance(case, dict) and not isinstance(name, (str, int)):
            raise NotACase("'id' is missing")
        return {"id": name, "deadlines": answer(case)}
    except NotACase as error:
        return {"id": name, "error": str(error)}


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is not a value")


@contextmanager
def _lines(name: str) -> Iterator[Iterable[bytes]]:
    """The lines of a file, or of standard input for ``-``, as bytes."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 (closed below; only opening may fail here)
    except OSError as error:
        raise CommandError(f"cannot read {name}: {error.strerror}") from None
    with stream:
        yield stream
