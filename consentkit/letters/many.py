"""Many letters from one file: a line is a request, and becomes a file of its own.

Every core works on its own share of the lines. A letter is written whole or not at all, under the
number of its line, so that a run which was killed goes on where it stopped, and running it twice
changes nothing. A line that is wrong fails alone and says why.
"""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from queue import Empty
from typing import Any

from consentkit.platforms.records import NoAddressee

from .compose import MissingFact, NotProtected, compose
from .envelope import AddressTooLong
from .facts import FACTS, Kind
from .render import MissingEngine, NoGlyph, html, pdf
from .wire import BadRequest, from_json

ENDINGS = (".pdf", ".html", ".txt")
SHARE = 25  # lines that one worker takes after another
SOURCE = ".letters.json"  # in the folder: which file its letters are made from
BOOLEANS = {"true": True, "false": False}


class CannotMake(ValueError):
    """The letter cannot be made; the message says why."""


class WrongFolder(ValueError):
    """The folder has letters of another file."""


@dataclass(frozen=True)
class Outcome:
    """What became of a line. ``error`` is empty where its letter is there."""

    line: int
    error: str = ""
    was_there: bool = False


def made(data: object, ending: str) -> bytes:
    """The letter that a JSON object asks for, as ``.pdf``, ``.html`` or ``.txt``.

    Raises CannotMake naming what is wrong, and MissingEngine.
    """
    try:
        request = from_json(data)
        draft = compose(request)
        if ending == ".pdf":
            return pdf(draft, request.paper)
        text = html(draft, request.paper) if ending == ".html" else draft.text()
        return text.encode("utf-8")
    except MissingFact as error:
        raise CannotMake(f"the letter cannot be made; {error}") from None
    except (BadRequest, NotProtected, NoAddressee, NoGlyph, AddressTooLong) as error:
        raise CannotMake(str(error.args[0] if error.args else error)) from None


def write(path: Path, content: bytes) -> None:
    """All of it or nothing: a letter cut short is worse than none. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".letter-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


# The lines of a file ------------------------------------------------------------------------------


def lines(source: Path) -> Iterator[tuple[int, object]]:
    """The requests of a ``.jsonl`` or ``.csv`` file, each with its number, counted from 1.

    A request that cannot be read is a CannotMake in place of the object. The columns of a table
    are the keys of the request, with a full stop between them: ``sender.name``, ``facts.since``.
    Raises OSError, and CannotMake for a table whose head cannot be read.
    """
    if source.suffix.lower() == ".csv":
        yield from _rows(source)
        return
    with source.open(encoding="utf-8-sig", errors="replace") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield number, _parsed(line)


def _parsed(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return CannotMake(f"not JSON: {error}")


def _rows(source: Path) -> Iterator[tuple[int, object]]:
    with source.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        head = stream.readline()
        stream.seek(0)
        table = csv.DictReader(stream, delimiter=_delimiter(head), restkey="")
        if not {"law", "right", "platform"} <= set(table.fieldnames or ()):
            raise CannotMake("the first line of the table does not name law, right and platform")
        for number, row in enumerate(table, start=1):
            yield number, _request(row)


def _delimiter(head: str) -> str:
    return max(",;\t", key=head.count)


def _request(row: dict[str, Any]) -> object:
    if "" in row:
        return CannotMake("the row has more cells than the table has columns")
    request: dict[str, Any] = {}
    for column, cell in row.items():
        value = (cell or "").strip()
        if not value:
            continue
        *above, key = column.strip().split(".")
        place = request
        for name in above:
            place = place.setdefault(name, {})
        place[key] = _cell(column, value)
    return request


def _cell(column: str, value: str) -> object:
    if column == "sender.address":
        return _listed(value)
    fact = FACTS.get(column.removeprefix("facts."))
    if fact is None or not column.startswith("facts."):
        return value
    match fact.kind:
        case Kind.YES:
            return BOOLEANS.get(value.lower(), value)
        case Kind.NUMBER:
            return int(value) if value.isascii() and value.isdigit() else value
        case Kind.CHOICES:
            return _listed(value)
        case _:
            return value


def _listed(value: str) -> list[str]:
    """What stands in one cell with upright lines, or ends of lines, between."""
    return [one.strip() for one in value.replace("|", "\n").splitlines() if one.strip()]


# The run ------------------------------------------------------------------------------------------


def prepare(source: Path, folder: Path) -> None:
    """Make the folder ready for the letters of a file. Raises WrongFolder, or OSError."""
    with source.open("rb") as stream:
        told = {"source_sha256": file_digest(stream, "sha256").hexdigest()}
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / SOURCE
    if mark.exists():
        if json.loads(mark.read_text("utf-8")) != told:
            raise WrongFolder(f"{folder} has letters of another file; choose an empty folder")
        return
    if any(folder.iterdir()):
        raise WrongFolder(f"{folder} is not empty; choose an empty folder")
    write(mark, json.dumps(told).encode())


def make_all(
    source: Path,
    folder: Path,
    *,
    ending: str,
    workers: int,
    tell: Callable[[Outcome], None],
) -> None:
    """Make the letter of every line, with so many processes; ``tell`` hears of each.

    Call ``prepare`` first. Raises MissingEngine, and RuntimeError where a worker died: what it had
    made is there, and another run makes the rest.
    """
    for left_over in folder.glob(".letter-*"):
        left_over.unlink()  # of a run that was killed
    if ending == ".pdf":
        _warm_up()
    context = multiprocessing.get_context("fork")  # what is loaded once, each worker has
    told: multiprocessing.Queue[Any] = context.Queue(maxsize=1000)
    processes = [
        context.Process(target=_work, args=(source, folder, ending, number, workers, told))
        for number in range(workers)
    ]
    for process in processes:
        process.start()
    try:
        _listen(processes, told, tell)
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _warm_up() -> None:
    """Load the engine, its fonts and its style sheets before the workers are made."""
    from . import render

    with render.typesetting():
        pass


def _listen(processes: list[Any], told: Any, tell: Callable[[Outcome], None]) -> None:
    ended = 0
    while ended < len(processes):
        try:
            outcome = told.get(timeout=1)
        except Empty:
            if any(process.exitcode not in (None, 0) for process in processes):
                raise RuntimeError("a worker died") from None
            continue
        if outcome is None:
            ended += 1
        elif isinstance(outcome, MissingEngine):
            raise outcome
        else:
            tell(outcome)


def _work(source: Path, folder: Path, ending: str, number: int, workers: int, told: Any) -> None:
    """One worker: every so manieth share of the lines. It ends with whoever started it."""
    parent = os.getppid()
    try:
        for position, (line, data) in enumerate(lines(source)):
            if os.getppid() != parent:
                os._exit(1)
            if position // SHARE % workers == number:
                told.put(_outcome(folder / f"{line:06}{ending}", line, data, ending))
        told.put(None)
    except MissingEngine as error:
        told.put(error)
    except KeyboardInterrupt:
        os._exit(130)


def _outcome(path: Path, line: int, data: object, ending: str) -> Outcome:
    if path.exists():
        return Outcome(line, was_there=True)
    if isinstance(data, CannotMake):
        return Outcome(line, str(data))
    try:
        write(path, made(data, ending))
    except CannotMake as error:
        return Outcome(line, str(error))
    except OSError as error:
        return Outcome(line, f"cannot write: {error.strerror}")
    return Outcome(line)


def failures(outcomes: list[Outcome]) -> str:
    """Lines that failed, as a table: the number of the line, and why."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(["line", "error"])
    table.writerows([one.line, one.error] for one in sorted(outcomes, key=lambda one: one.line))
    return written.getvalue()
