"""How long a search takes among 5,000 platforms.

    python benchmarks/platform_search.py
    DATABASE_URL=postgres://user:password@localhost/postgres python benchmarks/platform_search.py

Fills a test database that is dropped again (in memory, on SQLite) with the directory and with
invented platforms, then measures searches with and without typos.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")

import django
from django.db import connection, transaction

from benchmarks.marks import Row, tell

SYLLABLES = (
    "ba be bi bo chi co da de do fa fi flo ga go gra ha hi in jo ka ki la le li lo ma me mi mo na "
    "ne no nu pa pi po qua ra re ri ro sa se sha so sta ta te ti to tra u va ve vi wa wi xo ya zo"
).split()
ENDINGS = ["", "", "", "app", "book", "chat", "gram", "ly", "pay", "space", "tok", "tube"]
TYPED = (
    "tiktok", "tik tok", "instgram", "facebok", "meta", "twiter", "x", "goggle", "linked in",
    "snap chat", "whats app", "clearview", "face", "a", "in", "match group", "bytedance",
    "google photos", "qzxjkv", "open ai", "sta", "the", "app", "chatgpt",
)  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--platforms", type=int, default=5000)
    options.add_argument("--rounds", type=int, default=20)
    chosen = options.parse_args()
    django.setup()
    connection.creation.create_test_db(verbosity=0)
    try:
        started = time.perf_counter()
        fill(chosen.platforms)
        say(f"{chosen.platforms} platforms on {connection.vendor}, filled in "
            f"{time.perf_counter() - started:.0f} s")  # fmt: skip
        p95 = measure(chosen.rounds)
        number = f"{chosen.platforms:,}"
        tell(Row(f"platform search, {number} platforms", "p95 ≤ 10 ms", f"{p95:.1f} ms", p95 <= 10))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def fill(number: int) -> None:
    """The directory, and invented platforms until there are enough."""
    from consentkit.platforms.actions import sync
    from consentkit.platforms.loading import read_directory
    from consentkit.platforms.records import EntityRecord, PlatformRecord

    dice = random.Random(2026)  # noqa: S311 (names, not secrets)

    def word() -> str:
        return "".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))).capitalize()

    records, _ = read_directory()
    owners = [word() for _ in range(number // 10)]
    while len(records) < number:
        name = word() + dice.choice(ENDINGS)
        records.append(
            PlatformRecord(
                slug=f"invented-{len(records)}",
                name=name,
                owner=dice.choice(owners) if dice.random() < 0.3 else None,
                aliases=(word(),) if dice.random() < 0.5 else (),
                brands=tuple(word() for _ in range(dice.choice([0, 0, 1, 2]))),
                entities=(
                    EntityRecord(regions=("US", "*"), legal_name=f"{name} Holdings, Inc."),
                    EntityRecord(regions=("EEA",), legal_name=f"{word()} {word()} Ireland Limited"),
                ),
            )
        )
    with transaction.atomic():
        sync(records)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as the server does by itself, some minutes later


def measure(rounds: int) -> float:
    from consentkit.platforms.search import search

    times: dict[str, list[float]] = {typed: [] for typed in TYPED}
    for _ in range(rounds):
        for typed in TYPED:
            started = time.perf_counter()
            search(typed)
            times[typed].append((time.perf_counter() - started) * 1000)
    for typed in TYPED:
        found = ", ".join(platform.name for platform in search(typed, limit=4)) or "nothing"
        say(f"{statistics.median(times[typed]):6.1f} ms  {typed:14} {found}")
    every = [each for row in times.values() for each in row]
    p95 = statistics.quantiles(every, n=20)[-1]
    say(f"median {statistics.median(every):.1f} ms, p95 {p95:.1f} ms")
    return p95


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
