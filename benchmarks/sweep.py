"""What a sweep costs among 1,000,000 open dates of which 100 are due.

    python benchmarks/sweep.py
    DATABASE_URL=postgres://user:password@localhost/postgres python benchmarks/sweep.py

Fills a test database that is dropped again (a file, on SQLite), then measures how long it takes to
find what is due (the aim is 200 ms or less), a whole sweep that sends it into memory, and one that
finds nothing to do. Last comes how the database looks for it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")

import django
from django.conf import settings
from django.db import connection

from benchmarks.marks import Row, tell

NOW = datetime(2026, 12, 4, 12, tzinfo=UTC)
PEOPLE, CASES = 1_000, 10_000
COLUMNS = {
    "case_id": "c.id",
    "key": "'answer'",
    "right": "''",
    "letter": "n.number",
    "overdue_from": "NULL",
    "is_ours": "false",
    "is_law": "true",
    "is_marker": "false",
    "disputed": "false",
    "provisional": "false",
    "unconfirmed": "false",
    "settled_on": "NULL",
    "void": "false",
    "sequence": "0",
}
NUMBERS = {
    "postgresql": "SELECT generate_series(1, %s) AS number",
    "sqlite": "WITH RECURSIVE s(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM s "
    "WHERE number < %s) SELECT number FROM s",
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--dates", type=int, default=1_000_000)
    options.add_argument("--due", type=int, default=100)
    options.add_argument("--rounds", type=int, default=20)
    chosen = options.parse_args()
    django.setup()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with tempfile.TemporaryDirectory() as folder:
        # In memory SQLite would be faster than it is for anybody.
        connection.settings_dict["TEST"]["NAME"] = (
            f"{folder}/sweep.sqlite3" if connection.vendor == "sqlite" else None
        )
        connection.creation.create_test_db(verbosity=0)
        try:
            started = time.perf_counter()
            fill(chosen.dates, chosen.due)
            say(f"{chosen.dates:,} open dates on {connection.vendor}, {chosen.due} due, filled in "
                f"{time.perf_counter() - started:.0f} s")  # fmt: skip
            measure(chosen.rounds, chosen.dates, chosen.due)
        finally:
            connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def fill(dates: int, due: int) -> None:
    """People, cases, and for each case as many dates as it takes; some of them are due."""
    from consentkit.cases.models import Case, Deadline
    from consentkit.cases.posture import Stage
    from consentkit.teams.models import User

    User.objects.bulk_create(
        [User(email=f"person{number}@example.org") for number in range(PEOPLE)]
    )
    owners = list(User.objects.all())
    Case.objects.bulk_create(
        [
            Case(
                owner=owners[number % PEOPLE], law="eu-gdpr", kind="access", rights=["access"],
                place="IE", language="en", reference=f"CK-{number}", about={"company": "Example"},
                opened_on=NOW.date(), created_at=NOW, changed_at=NOW, stage=Stage.WAITING,
            )
            for number in range(CASES)
        ],
        batch_size=1_000,
    )  # fmt: skip
    later = NOW.date() + timedelta(days=30)
    columns = {**COLUMNS, "day": "%s", "remind_on": "%s", "made_at": "%s"}
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    table = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table(Deadline._meta.db_table)} ({names}) "  # noqa: S608 (our own names)
            f"SELECT {', '.join(columns.values())} FROM {table(Case._meta.db_table)} c, "
            f"({NUMBERS[connection.vendor]}) n",
            [typed(later), typed(later), typed(NOW - timedelta(days=9)), -(-dates // CASES)],
        )
    chosen = Deadline.objects.filter(letter=1).order_by("case").values_list("pk", flat=True)[:due]
    today = NOW.date()
    Deadline.objects.filter(pk__in=list(chosen)).update(remind_on=today, day=today)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def typed(value: date) -> date | str:
    """A day or a moment as the database takes it in a selection: SQLite knows only texts."""
    return str(value) if connection.vendor == "sqlite" else value


def measure(rounds: int, total: int, due: int) -> None:
    from consentkit.cases import reminders
    from consentkit.correspondence.reminding import sweep

    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        found = reminders.due(NOW)
        times.append((time.perf_counter() - started) * 1000)
    assert sum(len(dates) for _, dates in found) == due
    median = statistics.median(times)
    tell(
        Row(
            f"sweep, {total:,} open dates of which {due} are due",
            "≤ 200 ms",
            f"{median:.0f} ms",
            median <= 200,
            f"the slowest of {rounds} took {max(times):.0f} ms",
        )
    )
    say(f"finding what is due: median {statistics.median(times):.1f} ms, worst {max(times):.1f} ms")
    started = time.perf_counter()
    sent = sweep(NOW)
    say(f"sweeping it: {(time.perf_counter() - started) * 1000:.0f} ms for {sent} e-mails")
    started = time.perf_counter()
    assert sweep(NOW) == 0
    say(f"sweeping again: {(time.perf_counter() - started) * 1000:.1f} ms")
    from consentkit.cases.models import Deadline

    say(Deadline.objects.filter(remind_on__lte=NOW.date()).order_by("remind_on").explain())


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
