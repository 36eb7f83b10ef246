"""How long 10,000 people from a spreadsheet take, from the upload to their cases; and the memory.

    python benchmarks/import_cases.py
    python benchmarks/import_cases.py --rows 1000
    DATABASE_URL=postgres://user:password@localhost/postgres python benchmarks/import_cases.py

Without DATABASE_URL it works on SQLite, in a temporary folder. The spreadsheet is made up: names in
several scripts and spellings, days in several formats, people who come twice, and rows that are
wrong. It is read, checked, entered, and brought once more, when nothing may change.
"""

from __future__ import annotations

import argparse
import base64
import csv
import io
import os
import random
import resource
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")
for name in ("FIELD_KEYS", "SEARCH_KEY"):  # nothing of this outlives the run
    os.environ[name] = base64.b64encode(secrets.token_bytes(32)).decode()

from benchmarks.marks import Row, tell  # noqa: E402 (after the path)

TARGET = 20.0  # seconds for 10,000 rows, checked and entered
FLAT = 15  # megabytes more than when half of it was entered
HEADER = (
    "Nr.", "Name", "Vorname", "E-Mail", "Telefon", "Straße", "PLZ", "Ort", "Land", "Geburtstag",
    "Benutzername", "Weitere Namen",
)  # fmt: skip
PLACES = ("DE-BE", "Deutschland", "Austria", "Frankreich", "IT", "Polska", "Spanien", "NL")
SYLLABLES = (
    "ba be bo da de di do fa fe ga ge ha he hi ja jo ka ke ki la le li lo ma me mi mo na ne ni no "
    "pa pe ra re ri ro sa se si so ta te ti to va ve vi wa we za ze"
).split()
ENDS = ["", "", "n", "r", "s", "mann", "ski", "er", "ová", "sen", "ez"]
OTHER_SCRIPTS = ("Мария Иванова", "محمد حسن", "田中由紀", "Γιώργος Παππάς", "김민준")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/benchmark.sqlite3")
        import django  # reads DATABASE_URL
        from django.db import connection
        from django.test.utils import setup_test_environment

        django.setup()
        setup_test_environment(debug=False)
        test = connection.settings_dict.setdefault("TEST", {})
        if connection.vendor == "sqlite":
            test["NAME"] = f"{folder}/test.sqlite3"  # on disk, as on a server
        connection.creation.create_test_db(verbosity=0)
        try:
            measure(chosen.rows)
        finally:
            connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measure(rows: int) -> None:
    from django.db import connection
    from django.utils.timezone import localdate

    from consentkit.imports import actions
    from consentkit.imports.checking import Choices
    from consentkit.imports.models import Import
    from consentkit.teams import audit

    team, campaign, by = fill()
    content = spreadsheet(rows)
    say(f"{rows:,} rows, {len(content) / 1e6:.1f} MB, {connection.vendor}")
    say("seconds      CPU  rows/s  peak MB")

    def bring() -> Import:
        return actions.begin(team, content, by=by, campaign=campaign)

    def check(made: Import) -> None:
        actions.choose(made, made.columns, Choices(), by=by, on=localdate())
        actions.check(again(made))

    def write(made: Import) -> None:
        actions.confirm(again(made), by=by)
        while actions.write(again(made), for_long=timedelta(hours=1)):
            pass

    def again(made: Import) -> Import:
        found = actions.of_id(made.pk)
        assert found is not None
        return found

    with timed("upload, letters and columns recognised", rows):
        made = bring()
    with timed("checked", rows) as checked:
        check(made)
    with timed("entered", rows) as written, watched() as peaks:
        write(made)
    total = checked() + written()
    first = again(made)
    say(
        f"{first.new:,} new, {first.there:,} twice, {first.wrong:,} wrong; "
        f"{first.opened:,} cases, {first.waiting:,} wait for a decision, {first.failed:,} failed"
    )
    with timed("the same file once more", rows):
        second = bring()
        check(second)
    assert (again(second).new, audit.verify(team)) == (0, None)
    seconds = TARGET * rows / 10_000
    grown = peaks[-1] - peaks[len(peaks) // 2]
    tell(
        Row(
            f"import of {rows:,} rows of a spreadsheet, checked and entered",
            f"≤ {seconds:g} s, memory flat",
            f"{total:.1f} s, {grown:+.0f} MB in its second half",
            total <= seconds and grown <= FLAT,
            f"peak {peak():.0f} MB",
        )
    )


@contextmanager
def timed(what: str, rows: int) -> Iterator[Callable[[], float]]:
    started, cpu, ended = time.perf_counter(), time.process_time(), [0.0]
    yield lambda: ended[0]
    ended[0] = time.perf_counter() - started
    cpu = time.process_time() - cpu
    say(f"{ended[0]:7.1f}  {cpu:7.1f}  {rows / ended[0]:6.0f}  {peak():7.0f}  {what}")


@contextmanager
def watched() -> Iterator[list[float]]:
    """The most memory so far, noted ten times a second."""
    peaks, done = [peak()], threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            peaks.append(peak())

    looking = threading.Thread(target=look)
    looking.start()
    yield peaks
    done.set()
    looking.join()


def peak() -> float:
    """The most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill() -> tuple[Any, Any, Any]:
    """A group with a campaign."""
    from django.utils import timezone

    from consentkit.campaigns.models import Campaign
    from consentkit.platforms.actions import sync
    from consentkit.platforms.loading import read_platform
    from consentkit.teams.actions import found
    from consentkit.teams.models import User

    sync([read_platform("tiktok")])
    by = User.objects.create_user("group@example.org", "-", name="A group")
    team = found("A group", by=by)
    campaign = Campaign.objects.create(
        team=team,
        slug="faces",
        title="Faces",
        platform="tiktok",
        law="eu-gdpr",
        kind="access",
        languages=["en", "de"],
        sending=Campaign.Sending.TEAM,
        opens_on=date(2026, 1, 1),
        by=by,
        made_at=timezone.now(),
    )
    return team, campaign, by


def spreadsheet(rows: int) -> bytes:
    """People who do not exist, as somebody might have typed them."""
    dice = random.Random(2026)  # noqa: S311 (names, not secrets)
    first = [word(dice, 2).title() for _ in range(400)]
    last = [
        (word(dice, dice.choice((2, 3, 3, 4))) + dice.choice(ENDS)).title() for _ in range(4000)
    ]
    people: list[list[str]] = []
    for number in range(rows):
        if people and dice.random() < 0.02:
            people.append(dice.choice(people))  # somebody twice
            continue
        one = [dice.choice(first), dice.choice(last)]
        born = date(1950, 1, 1) + timedelta(days=dice.randint(0, 20_000))
        row = [
            f"A-{number}",
            one[1] if dice.random() < 0.8 else one[1].upper(),
            one[0],
            f"{one[0]}.{one[1]}{number}@example.org".lower().replace("á", "a"),
            f"+49 30 {number:07}",
            f"{dice.choice(last)}weg {dice.randint(1, 99)}",
            f"{dice.randint(10000, 99999)}",
            dice.choice(last),
            dice.choice(PLACES),
            dice.choice((born.isoformat(), f"{born:%d.%m.%Y}", "")),
            f"@{one[0]}{number}".lower(),
            dice.choice(OTHER_SCRIPTS) if dice.random() < 0.01 else "",
        ]
        if dice.random() < 0.03:  # something is wrong
            at, text = dice.choice(((3, "no address"), (8, "Atlantis"), (9, "03/04/1990"), (1, "")))
            row[at] = text
            row[2] = "" if at == 1 else row[2]
        people.append(row)
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows([HEADER, *people])
    return written.getvalue().encode("utf-8-sig")


def word(dice: random.Random, length: int) -> str:
    return "".join(dice.choices(SYLLABLES, k=length))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
