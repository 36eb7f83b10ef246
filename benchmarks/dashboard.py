"""How long the dashboard and the page of how platforms behave take with 100,000 cases of a team.

    python benchmarks/dashboard.py
    python benchmarks/dashboard.py --cases 10000
    DATABASE_URL=sqlite:////tmp/dashboard.sqlite3 python benchmarks/dashboard.py

Without DATABASE_URL it starts a PostgreSQL of its own in a temporary folder. The test database that
it fills is dropped again. The cases are spread over twenty people, sixty platforms and half a year;
what a dashboard reads of them is their index, so nothing else of them is filled in with care. It is
looked at by an owner, who sees all, by a caseworker behind a wall, and by a student with a few.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.case_list import TARGET, cluster, say  # which makes the keys of this run
from benchmarks.marks import Row, as_a_site, tell

KINDS = ("access", "erasure", "objection")
KEYS = ("answer", "answer", "stop", "send_it", "next_step", "answer_identity")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=40)
    chosen = options.parse_args()
    with contextlib.ExitStack() as stack:
        if not os.environ.get("DATABASE_URL"):
            stack.enter_context(cluster())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        import django  # reads DATABASE_URL
        from django.db import connection

        django.setup()
        as_a_site()
        if connection.vendor == "sqlite":  # on disk, as it is on a site
            connection.settings_dict["TEST"]["NAME"] = f"{folder}/dashboard.sqlite3"
        connection.creation.create_test_db(verbosity=0)
        try:
            started = time.perf_counter()
            team, people = fill(chosen.cases)
            say(f"filled in {time.perf_counter() - started:.0f} s, {connection.vendor}")
            gc.collect()
            gc.freeze()
            slowest, queries = measure(team, people, chosen.rounds)
            tell(
                Row(
                    f"dashboard of a team with {chosen.cases:,} cases",
                    f"p95 ≤ {TARGET} ms at 20 requests a second, constant queries",
                    f"{slowest:.0f} ms for the slowest of three people, at most {queries} queries",
                    slowest <= TARGET,
                )
            )
        finally:
            connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def fill(number: int) -> tuple[Any, dict[str, Any]]:
    """A team with so many cases, and who looks at them."""
    from django.db import connection
    from django.utils import timezone

    from consentkit.cases.models import Case, Conduct
    from consentkit.clients.models import Client
    from consentkit.teams.actions import found, wall_off
    from consentkit.teams.models import Membership, User

    now = timezone.now()
    owner = User.objects.create_user("owner@example.org", "-", name="Owner")
    team = found("A large group", by=owner)
    people = {"owner": owner}
    for place in range(20):
        role = "student" if place == 0 else "caseworker"
        person = User.objects.create_user(f"p{place}@example.org", "-", name=f"Person {place}")
        Membership.objects.create(team=team, user=person, role=role, made_at=now)
        people[f"person {place}"] = person
    clients = Client.objects.bulk_create(
        Client(team=team, number=one, name="Somebody", residence="DE-BE", made_at=now)
        for one in range(1, 2_001)
    )
    walled = people["person 1"]
    wall_off(team, walled, clients[0].pk, by=owner, reason="A friend.")
    workers = [one for name, one in people.items() if name not in ("owner", "person 0")]
    made = _cases(number, team, people["person 0"], workers, clients)
    for start in range(0, number, 5_000):
        Case.objects.bulk_create(made[start : start + 5_000])
        rows = [_conduct(case) for case in made[start : start + 5_000] if case.stage != "draft"]
        Conduct.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return team, {"owner": owner, "behind a wall": walled, "student": people["person 0"]}


def _cases(
    number: int, team: Any, student: Any, workers: list[Any], clients: list[Any]
) -> list[Any]:
    from django.utils import timezone

    from consentkit.cases.models import Case

    dice = random.Random(2026)  # noqa: S311 (numbers, not secrets)
    now, today = timezone.now(), timezone.localdate()
    about = {"sender": ["Maria Rossi", "maria@example.org", "12 Elm Street"] * 4}
    made = []
    for place in range(number):
        stage = dice.choice(
            ("waiting", "waiting", "sent", "extended", "partial", "draft", "closed")
        )
        next_on = today + timedelta(days=dice.randint(-20, 90)) if stage != "closed" else None
        case = Case(
            owner=student if place % 2_000 == 0 else dice.choice(workers),
            second=dice.choice(workers),
            team=team,
            client=dice.choice(clients),
            law="eu-gdpr",
            kind=dice.choice(KINDS),
            place="IE",
            platform=f"platform-{dice.randint(1, 60)}",
            language="en",
            reference=f"CK-{place:08}",
            about=about,
            opened_on=today - timedelta(days=dice.randint(0, 500)),
            created_at=now - timedelta(minutes=place),
            changed_at=now,
            stage=stage,
            next_on=next_on if dice.random() > 0.01 else None,
            next_key=dice.choice(KEYS) if next_on else "",
            late_from=next_on if next_on and next_on < today and dice.random() < 0.8 else None,
        )
        made.append(case)
    return made


def _conduct(case: Any) -> Any:
    from consentkit.cases.models import Conduct

    due = case.opened_on + timedelta(days=30)
    days = case.pk % 70
    return Conduct(
        case=case,
        team=case.team,
        platform=case.platform,
        law=case.law,
        kind=case.kind,
        asked_on=case.opened_on,
        assumed=case.pk % 3 == 0,
        due=due,
        overdue_from=due + timedelta(days=1),
        answered_on=case.opened_on + timedelta(days=days) if case.pk % 2 else None,
        days=days if case.pk % 2 else None,
        extended=case.pk % 5 == 0,
        identity=case.pk % 7 == 0,
        incomplete=case.pk % 11 == 0,
        refused=case.pk % 13 == 0,
    )


def measure(team: Any, people: dict[str, Any], rounds: int) -> tuple[float, int]:
    """The slowest p95 of a dashboard, and the most queries of any."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    say("")
    say("median     p95  queries")
    slowest, most = 0.0, 0
    for name, person in people.items():
        client = Client()
        client.force_login(person)
        for page in pages(name):
            address = f"/teams/{team.slug}/{page}/"
            with CaptureQueriesContext(connection):
                warm = client.get(address)
                queries = len(connection.queries_log)
            assert warm.status_code == 200, (address, warm.status_code)
            times = []
            for _ in range(rounds):
                started = time.perf_counter()
                client.get(address)
                taken = time.perf_counter() - started
                times.append(taken * 1000)
                time.sleep(max(0.0, 0.05 - taken))  # twenty requests a second
            p95 = statistics.quantiles(times, n=20)[-1]
            if page == "dashboard":
                slowest, most = max(slowest, p95), max(most, queries)
            said = f"{statistics.median(times):6.1f}  {p95:6.1f}  {queries:7}"
            say(f"{said}  {name}: {page}")
    return slowest, most


def pages(name: str) -> Iterator[str]:
    yield "dashboard"
    if name != "student":
        yield "platforms"


if __name__ == "__main__":
    main()
