"""Make one letter from a request in JSON, or many from a file with one request a line."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consentkit.letters import many
from consentkit.letters.many import ENDINGS, CannotMake, Outcome, made
from consentkit.letters.render import MissingEngine

MANY = (".jsonl", ".csv")
FAILED = "failed.csv"
EVERY = 2.0  # seconds between two lines of progress


class Command(BaseCommand):
    help = (
        "Makes the letter that REQUEST.json asks for. FILE ends in .pdf, .html or .txt; - prints "
        "the text. Exit status 2, and nothing written, when the request is wrong or incomplete. "
        "A .jsonl or .csv file has one request a line: --output is then a folder, every core "
        "works, and a run that was stopped goes on where it was. Lines that fail are listed in "
        "failed.csv, with exit status 2."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "request", metavar="REQUEST.json", help="a file, or - for standard input"
        )
        parser.add_argument("--output", required=True, metavar="FILE")
        parser.add_argument(
            "--format", choices=[one[1:] for one in ENDINGS], default="pdf", help="of many letters"
        )
        parser.add_argument(
            "--workers", type=int, default=os.cpu_count() or 1, help="of many letters"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if Path(options["request"]).suffix.lower() in MANY:
            self.make_many(options)
            return
        output = options["output"]
        ending = ".txt" if output == "-" else Path(output).suffix.lower()
        if ending not in ENDINGS:
            raise _refused(f"--output ends in none of {', '.join(ENDINGS)}: {output}")
        written = letter(_read(options["request"]), ending)
        if output == "-":
            self.stdout.write(written.decode("utf-8"), ending="")
            return
        try:
            many.write(Path(output), written)
        except OSError as error:
            raise _refused(f"cannot write {output}: {error.strerror}") from None

    def make_many(self, options: dict[str, Any]) -> None:
        source, folder = Path(options["request"]), Path(options["output"])
        try:
            many.prepare(source, folder)
            total = sum(1 for _ in many.lines(source))
        except (CannotMake, many.WrongFolder) as error:
            raise _refused(str(error)) from None
        except OSError as error:
            raise _refused(f"cannot read or write: {error}") from None
        progress = Progress(total, self.stderr.write)
        try:
            many.make_all(
                source,
                folder,
                ending=f".{options['format']}",
                workers=max(1, options["workers"]),
                tell=progress.hear,
            )
        except (MissingEngine, RuntimeError) as error:
            raise CommandError(str(error), returncode=1) from None
        self.finish(folder, progress)

    def finish(self, folder: Path, progress: Progress) -> None:
        self.stdout.write(progress.summary())
        listed = folder / FAILED
        if not progress.failed:
            listed.unlink(missing_ok=True)
            return
        many.write(listed, many.failures(progress.failed).encode())
        for outcome in progress.failed[:20]:
            self.stderr.write(f"line {outcome.line}: {outcome.error}")
        raise _refused(f"{len(progress.failed)} lines failed; they are listed in {listed}")


class Progress:
    """What has been made so far, told every few seconds."""

    def __init__(self, total: int, write: Any) -> None:
        self.total, self.write = total, write
        self.made, self.there = 0, 0
        self.failed: list[Outcome] = []
        self.began = self.told = time.monotonic()

    def hear(self, outcome: Outcome) -> None:
        if outcome.error:
            self.failed.append(outcome)
        elif outcome.was_there:
            self.there += 1
        else:
            self.made += 1
        now = time.monotonic()
        if now - self.told >= EVERY:
            self.told = now
            done = self.made + self.there + len(self.failed)
            speed = done / (now - self.began)
            self.write(f"{done} of {self.total}, {speed:.0f} a second, {len(self.failed)} failed")

    def summary(self) -> str:
        return f"{self.made} letters made, {self.there} were there, {len(self.failed)} failed"


def letter(data: object, ending: str) -> bytes:
    """The letter as ``.pdf``, ``.html`` or ``.txt``. Raises CommandError naming what is wrong."""
    try:
        return made(data, ending)
    except CannotMake as error:
        raise _refused(str(error)) from None
    except MissingEngine as error:
        raise CommandError(str(error), returncode=1) from None


def _read(name: str) -> object:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
        return json.loads(text)
    except OSError as error:
        raise _refused(f"cannot read {name}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise _refused(f"{name} is not JSON: {error}") from None


def _refused(message: str) -> CommandError:
    return CommandError(message, returncode=2)
