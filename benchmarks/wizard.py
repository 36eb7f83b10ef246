"""How long a step of the letter's pages takes, with the directory of platforms in the database.

    python benchmarks/wizard.py
    DATABASE_URL=postgres://user:password@localhost/postgres python benchmarks/wizard.py

Two people answer every question once, as a browser without script sends it. Then each of their
requests is made anew, 20 a second, and timed from request to answer; what was typed differs each
time, as it does among strangers. The test database is dropped again.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")

import django

from benchmarks.marks import Row, tell

TARGET = 100  # milliseconds, for the slowest of twenty
PLAIN = "application/x-www-form-urlencoded"
STEPS = ("home", "want", "whom", "law", "details", "send")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--rate", type=float, default=20, help="requests a second; 0: no pause")
    chosen = options.parse_args()
    django.setup()
    from django.conf import settings
    from django.db import connection

    from consentkit.platforms.actions import sync
    from consentkit.platforms.loading import read_directory

    # Django's set-up for tests would keep a copy of whatever each template was given.
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    connection.creation.create_test_db(verbosity=0)
    try:
        sync(read_directory()[0])
        # A web server does the same when it has started, see consentkit/wsgi.py.
        gc.collect()
        gc.freeze()
        slowest, queries = measure(chosen.rounds, chosen.rate)
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    tell(
        Row(
            "a step of the wizard, at 20 requests a second",
            f"p95 ≤ {TARGET} ms, constant queries",
            f"{slowest:.0f} ms for the slowest step, at most {queries} queries",
            slowest <= TARGET,
        )
    )


def measure(rounds: int, rate: float) -> tuple[float, int]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.web.visitor import ADA, CARL

    client, slowest, most = Client(), 0.0, 0
    say("median     p95  queries")
    for name, person in (("Ada", ADA), ("Carl", CARL)):
        for step in STEPS:
            body = posted(person, step)
            with CaptureQueriesContext(connection) as captured:
                warm = client.post("/letter/", body, content_type=PLAIN)
            assert warm.status_code == 200, (step, warm.status_code)
            queries = len(captured)
            most = max(most, queries)
            times = []
            for number in range(rounds):
                began = time.perf_counter()
                client.post("/letter/", differing(body, number), content_type=PLAIN)
                times.append((time.perf_counter() - began) * 1000)
                if rate:
                    time.sleep(max(0.0, 1 / rate - (time.perf_counter() - began)))
            p95 = statistics.quantiles(times, n=20)[-1]
            slowest = max(slowest, p95)
            say(f"{statistics.median(times):6.1f}  {p95:6.1f}  {queries:7}  {name}: {step}")
    return slowest, most


def posted(person: dict[str, str], step: str) -> str:
    """What the form sends at a step, with everything answered up to there."""
    told: dict[str, Any] = {**person, "at": step, "reached": step}
    return urlencode(told)


def differing(body: str, number: int) -> str:
    """The same answers by somebody else."""
    told = dict(parse_qsl(body, keep_blank_values=True))
    told["name"] = f"Person Number{number}"
    told["handle"] = f"@person{number}"
    told["account_email"] = f"person{number}@example.org"
    return urlencode(told)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
