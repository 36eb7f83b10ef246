"""How fast deadlines are counted, beside a plain loop over dateutil and holidays.

Both count the first deadline of the same plain requests on one core, in turns, start-up apart; then
ours counts whole histories with every duty and every step. Run it from the top of the project:
.venv/bin/python benchmarks/deadlines.py [HISTORIES]
"""

import json
import statistics
import sys
import time
from datetime import date, timedelta
from itertools import cycle, islice
from pathlib import Path

import holidays
from dateutil.relativedelta import relativedelta

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.marks import Row, tell  # noqa: E402 (after the path)
from consentkit.law.events import Event, EventKind, History  # noqa: E402
from consentkit.law.procedure import deadlines  # noqa: E402
from consentkit.law.statutes import law_of  # noqa: E402
from consentkit.management.commands.deadlines import reply_to  # noqa: E402

PLACES = ("IE", "DE-BY", "NL", "AT")
DAYS = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]


def ours(number: int) -> float:
    law = law_of("eu-gdpr")
    started = time.perf_counter()
    for place, day in islice(cycle((place, day) for place in PLACES for day in DAYS), number):
        deadlines(law, "access", place, History([Event(EventKind.RECEIVED, day, day)]), {})
    return time.perf_counter() - started


def plain(number: int) -> float:
    closed = {}
    for place in PLACES:
        country, _, region = place.partition("-")
        closed[place] = holidays.country_holidays(
            country, subdiv=region or None, years=(2026, 2027)
        )
    started = time.perf_counter()
    for place, day in islice(cycle((place, day) for place in PLACES for day in DAYS), number):
        last = day + relativedelta(months=1)
        while last.weekday() > 4 or last in closed[place]:
            last += timedelta(days=1)
    return time.perf_counter() - started


def whole(number: int) -> float:
    lines = [
        line
        for path in sorted((ROOT / "tests" / "law" / "cases").glob("*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]
    for line in lines:
        reply_to(line)  # holidays of each place and year are built once
    started = time.perf_counter()
    for line in islice(cycle(lines), number):
        json.dumps(reply_to(line))
    return time.perf_counter() - started


def main(number: int = 10_000) -> None:
    ours(1_500), plain(1_500)
    turns = [(ours(number), plain(number)) for _ in range(3)]
    own, loop = (statistics.median(column) for column in zip(*turns, strict=True))
    cases = whole(number)
    sys.stdout.write(
        f"first deadline, {number:,} requests: ours {own:.2f} s (two readings, two duties, steps), "
        f"plain loop {loop:.2f} s, ratio {own / loop:.1f}\n"
        f"whole histories as JSON: {number:,} in {cases:.2f} s, {number / cases * 60:,.0f} a "
        f"minute\n"
    )
    tell(
        Row(
            "deadlines, whole histories on one core",
            "100,000 a minute",
            f"{number / cases * 60:,.0f} a minute",
            number / cases * 60 >= 100_000,
            f"the first deadline alone takes {own / loop:.1f} × a plain loop over dateutil and "
            "holidays, which counts one reading and explains nothing",
        )
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
