"""Make one letter from a request in JSON."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consentkit.letters.compose import MissingFact, NotProtected, compose
from consentkit.letters.envelope import AddressTooLong
from consentkit.letters.render import MissingEngine, NoGlyph, html, pdf
from consentkit.letters.wire import BadRequest, from_json
from consentkit.platforms.records import NoAddressee

ENDINGS = (".pdf", ".html", ".txt")


class Command(BaseCommand):
    help = (
        "Makes the letter that REQUEST.json asks for. FILE ends in .pdf, .html or .txt; - prints "
        "the text. Exit status 2, and nothing written, when the request is wrong or incomplete."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "request", metavar="REQUEST.json", help="a file, or - for standard input"
        )
        parser.add_argument("--output", required=True, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        output = options["output"]
        ending = ".txt" if output == "-" else Path(output).suffix.lower()
        if ending not in ENDINGS:
            raise _refused(f"--output ends in none of {', '.join(ENDINGS)}: {output}")
        written = letter(_read(options["request"]), ending)
        if output == "-":
            self.stdout.write(written.decode("utf-8"), ending="")
        else:
            _write(Path(output), written)


def letter(data: object, ending: str) -> bytes:
    """The letter as ``.pdf``, ``.html`` or ``.txt``. Raises CommandError naming what is wrong."""
    try:
        request = from_json(data)
        draft = compose(request)
        if ending == ".pdf":
            return pdf(draft, request.paper)
        text = html(draft, request.paper) if ending == ".html" else draft.text()
        return text.encode("utf-8")
    except MissingFact as error:
        raise _refused(f"the letter cannot be made; {error}") from None
    except (BadRequest, NotProtected, NoAddressee, NoGlyph, AddressTooLong) as error:
        raise _refused(str(error.args[0] if error.args else error)) from None
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


def _write(path: Path, written: bytes) -> None:
    """All of it or nothing: a letter cut short is worse than none."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".letter-")
        with os.fdopen(handle, "wb") as stream:
            stream.write(written)
        Path(name).replace(path)
    except OSError as error:
        raise _refused(f"cannot write {path}: {error.strerror}") from None


def _refused(message: str) -> CommandError:
    return CommandError(message, returncode=2)
