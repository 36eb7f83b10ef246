"""How long the list of cases and the page of a case take with 100,000 cases and a million events.

    python benchmarks/case_list.py
    python benchmarks/case_list.py --cases 10000 --rate 0
    python benchmarks/case_list.py --office      # the cases are a team's, with tags and people
    DATABASE_URL=postgres://user:password@localhost/postgres python benchmarks/case_list.py

Without DATABASE_URL it starts a PostgreSQL of its own in a temporary folder. The test database that
it fills is dropped again. The cases are copies of those of the demo, each sealed by itself, with
their words in the search index: one owner has all of them, another one two thousand more. With
``--office`` the large owner's are those of a team, and a caseworker of it looks at them. Requests
come one after the other, 20 a second; what is measured is the time from request to answer.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import gc
import glob
import os
import random
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")
for name in ("FIELD_KEYS", "SEARCH_KEY"):  # nothing of this outlives the run
    os.environ[name] = base64.b64encode(secrets.token_bytes(32)).decode()

from benchmarks.marks import Row, as_a_site, tell  # noqa: E402 (after the path)

TARGET = 100  # milliseconds, for the slowest of twenty
EVENTS = 10  # of each case
NAMES = "Ahmed Anna Chiara Emil Fatima Georg Hana Ivan José Lena Maria Noah Olga Pavel Yuki".split()
FAMILIES = "Berg Costa Dubois Evans Fischer Garcia Kowalska Lopez Meyer Novak Rossi Smith".split()
STREETS = "Birch Church Garden High Lake Mill Park River School Station".split()
SHOWN = ("open", "late", "week", "you", "waiting", "closed", "all")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--rate", type=float, default=20, help="requests a second; 0: no pause")
    options.add_argument("--office", action="store_true", help="the cases are a team's")
    chosen = options.parse_args()
    with contextlib.ExitStack() as stack:
        if not os.environ.get("DATABASE_URL"):
            stack.enter_context(cluster())
        import django  # reads DATABASE_URL
        from django.db import connection

        django.setup()
        as_a_site()
        connection.creation.create_test_db(verbosity=0)
        try:
            started = time.perf_counter()
            people = fill(chosen.cases, office=chosen.office)
            number = f"{chosen.cases:,}"
            say(f"filled in {time.perf_counter() - started:.0f} s: {counted()}")
            # What filling has left in memory is none that a web server would have to look through.
            gc.collect()
            gc.freeze()
            slowest, queries = measure(people, chosen.rounds, chosen.rate)
            tell(
                Row(
                    f"list of {number} cases, its search, and the page of one case",
                    f"p95 ≤ {TARGET} ms at 20 requests a second, constant queries",
                    f"{slowest:.0f} ms for the slowest request, at most {queries} queries",
                    slowest <= TARGET,
                    f"{chosen.cases * EVENTS:,} entries in their logs, each case sealed by itself, "
                    "on PostgreSQL",
                )
            )
        finally:
            connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


@contextlib.contextmanager
def cluster() -> Iterator[None]:
    """A PostgreSQL of our own, reached through a socket in a temporary folder."""
    found = shutil.which("initdb") or next(
        iter(sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), reverse=True)), None
    )
    if found is None:
        sys.exit("no PostgreSQL server here: apt-get install postgresql, or set DATABASE_URL")
    tools = Path(found).parent
    home = Path(tempfile.mkdtemp(prefix="consentkit."))  # short: a socket has no long path
    as_owner = []
    if os.getuid() == 0:
        # The server refuses to run as root.
        shutil.chown(home, "nobody")
        as_owner = ["setpriv", "--reuid", "nobody", "--clear-groups"]

    def run(tool: str, *arguments: str) -> None:
        subprocess.run(
            [*as_owner, str(tools / tool), "--pgdata", str(home / "data"), *arguments],
            cwd=home,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            check=True,
            stdout=subprocess.DEVNULL,
        )

    try:
        run("initdb", "--username", "consentkit", "--auth", "trust", "--no-sync")
        places = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off"
        memory = "-c shared_buffers=256MB -c maintenance_work_mem=256MB -c max_wal_size=4GB"
        run("pg_ctl", "--wait", "start", "--options", f"{places} {memory}")
        os.environ |= {"PGHOST": str(home), "DATABASE_URL": "postgres://consentkit@/postgres"}
        yield
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            run("pg_ctl", "--mode", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


# Filling ------------------------------------------------------------------------------------------


def fill(number: int, *, office: bool) -> dict[str, Any]:
    """The demo, and copies of its cases for a large owner and a busy one."""
    from django.db import connection
    from django.utils.timezone import localdate

    from consentkit.management.demo.person import make_person
    from consentkit.platforms.actions import sync
    from consentkit.platforms.loading import read_directory
    from consentkit.teams.models import User

    sync(read_directory()[0])
    make_person(localdate())
    demo = User.objects.get()
    large = User.objects.create_user("large@example.org", "-", name="A large group")
    busy = User.objects.create_user("busy@example.org", "-", name="A busy person")
    team = a_team(large) if office else None
    patterns = [
        _Pattern(case, timedelta(weeks=weeks))
        for case in demo.cases.filter(team=None)
        for weeks in range(40)
    ]
    with without_checks():
        copy_cases(patterns, [(large, number, team), (busy, min(number, 2_000), None)])
    if team is not None:
        tag_cases(team)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    people = {"large": large, "busy": busy, "demo": demo}
    return people | ({"caseworker": caseworker_of(team)} if team is not None else {})


def a_team(owner: Any) -> Any:
    """An office with a caseworker, whose cases are all of the large owner's."""
    from django.utils.timezone import now

    from consentkit.teams.actions import found
    from consentkit.teams.models import Membership, User

    team = found("A large office", by=owner)
    other = User.objects.create_user("caseworker@example.org", "-", name="A caseworker")
    Membership.objects.create(team=team, user=other, role="caseworker", made_at=now())
    return team


def caseworker_of(team: Any) -> Any:
    return team.memberships.get(role="caseworker").user


def tag_cases(team: Any) -> None:
    """Twenty tags; the first is on every second case, the last on few."""
    from django.utils.timezone import now

    from consentkit.office.models import Tag, Tagged

    keys = list(team.cases.order_by("pk").values_list("pk", flat=True))
    for number in range(1, 21):
        tag = Tag.objects.create(team=team, name=f"Tag {number}", made_at=now())
        every = 2 ** min(number, 12)
        rows = [Tagged(tag=tag, case_id=pk) for pk in keys[::every]]
        Tagged.objects.bulk_create(rows, batch_size=5_000)


@contextlib.contextmanager
def without_checks() -> Iterator[None]:
    """Rows go in unchecked, and the search index is built when all are there."""
    from django.db import connection

    from consentkit.cases.models import CaseWord

    [unique] = CaseWord._meta.constraints
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    with connection.schema_editor() as schema:
        schema.remove_constraint(CaseWord, unique)
    yield
    with connection.schema_editor() as schema:
        schema.add_constraint(CaseWord, unique)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")


class _Pattern:
    """A case of the demo as it would be had it happened some weeks earlier."""

    def __init__(self, case: Any, shift: timedelta) -> None:
        from consentkit.cases.actions import fill
        from consentkit.cases.models import Deadline
        from consentkit.cases.posture import assess

        self.case = case
        self.shift = shift
        self.facts = [
            replace(
                fact,
                on=fact.on - shift,
                arguably_on=fact.arguably_on - shift,
                recorded_at=fact.recorded_at - shift,
                details={name: moved(value, shift) for name, value in fact.details.items()},
            )
            for fact in case.facts()
        ]
        self.posture = assess(case.matter(), self.facts)
        self.deadlines = []
        for due in self.posture.dues:
            if due.day is not None:
                row = Deadline(case=case, day=due.day, made_at=case.created_at - shift)
                row.key, row.right, row.letter = due.identity
                fill(row, due, case)
                self.deadlines.append(row)
        self.letters = list(case.letters.defer("pdf", "html"))


def moved(value: object, shift: timedelta) -> object:
    """A detail of a fact, earlier where it is a day."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return (date.fromisoformat(value) - shift).isoformat()
    return value


def copy_cases(patterns: list[_Pattern], wanted: list[tuple[Any, int, Any]]) -> None:
    from consentkit.cases.models import Case

    dice = random.Random(2026)  # noqa: S311 (names, not secrets)
    first = Case.objects.latest("pk").pk + 1
    owners = [(owner, team) for owner, number, team in wanted for _ in range(number)]
    batch = 5_000
    for start in range(0, len(owners), batch):
        made = [
            _Copy(dice.choice(patterns), first + start + place, owner, team, dice)
            for place, (owner, team) in enumerate(owners[start : start + batch])
        ]
        copy_in(Case, (one.case for one in made))
        for rows in (_Copy.records, _Copy.deadlines, _Copy.letters, _Copy.words):
            copied = [row for one in made for row in rows(one)]
            copy_in(type(copied[0]), copied)


class _Copy:
    """One case like its pattern, of another person and of another day."""

    def __init__(
        self, pattern: _Pattern, pk: int, owner: Any, team: Any, dice: random.Random
    ) -> None:
        from consentkit.cases.models import new_code

        self.pattern = pattern
        self.owner = owner
        name = f"{dice.choice(NAMES)} {dice.choice(FAMILIES)}"
        handle = f"{name.split()[1].lower()}{dice.randint(1, 99_999)}"
        address = [f"{dice.randint(1, 200)} {dice.choice(STREETS)} Street", "Springfield"]
        model, posture = pattern.case, pattern.posture
        late = [due.overdue_from for due in posture.open if due.overdue_from and not due.is_marker]
        about = {
            **model.about,
            "person": name,
            "sender": [name, f"{handle}@example.org", *address],
            "account": [f"@{handle}", ""],
        }
        self.case = like(
            model,
            code=new_code(),
            owner_id=owner.pk,
            team_id=team.pk if team is not None else None,
            about=about,
            reference=f"CK-{dice.getrandbits(40):010X}",
            opened_on=model.opened_on - pattern.shift,
            created_at=model.created_at - pattern.shift - timedelta(seconds=pk),
            next_on=posture.next.day if posture.next else None,
            next_key=posture.next.key if posture.next else "",
            late_from=min(late, default=None),
        )
        self.case.pk = pk

    def records(self) -> Iterator[Any]:
        """The log, with notes until it is as long as those of others."""
        from consentkit.cases.log import digest
        from consentkit.cases.models import EventRecord

        facts = self.pattern.facts
        last = facts[-1]
        notes = [
            replace(
                last,
                number=number,
                kind="noted",
                details={},
                note=f"Rang them for the time number {number}; nobody could say anything.",
            )
            for number in range(last.number + 1, EVENTS + 1)
        ]
        link = ""
        for fact in [*facts, *notes]:
            told = replace(fact, by=self.owner.pk)
            link = digest(link, told)
            yield EventRecord(
                case_id=self.case.pk,
                number=told.number,
                kind=told.kind,
                on=told.on,
                arguably_on=told.arguably_on,
                recorded_at=told.recorded_at,
                details=dict(told.details),
                note=told.note,
                by_id=told.by,
                digest=link,
            )

    def deadlines(self) -> Iterator[Any]:
        for row in self.pattern.deadlines:
            yield like(row, case_id=self.case.pk)

    def letters(self) -> Iterator[Any]:
        """The letters without their paper, which no page of a case reads."""
        for letter in self.pattern.letters:
            yield like(letter, case_id=self.case.pk, html="", pdf=b"")

    def words(self) -> Iterator[Any]:
        from consentkit.cases.actions import texts_in
        from consentkit.cases.models import CaseWord
        from consentkit.confidential.words import index

        names = [self.case.reference, *texts_in(self.case.about)]
        notes = [fact.note for fact in self.pattern.facts]
        owner = self.case.search_owner()
        for word in index(names, owner, beginnings=True) | index(notes, owner, beginnings=False):
            yield CaseWord(case_id=self.case.pk, word=word)


def like(row: Any, **changed: Any) -> Any:
    """A row as another one, with a key of its own."""
    fields = [each.attname for each in row._meta.concrete_fields if not each.primary_key]
    return type(row)(
        **{name: getattr(row, name) for name in fields if name not in changed}, **changed
    )


def copy_in(model: Any, rows: Iterable[Any]) -> None:
    """Write rows by COPY; without a key of their own they get one."""
    from django.db import connection

    rows = list(rows)
    fields = [
        each
        for each in model._meta.concrete_fields
        if not each.primary_key or rows[0].pk is not None
    ]
    columns = ", ".join(f'"{each.column}"' for each in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(
                [each.get_db_prep_save(getattr(row, each.attname), connection) for each in fields]
            )


def counted() -> str:
    """How much there is."""
    from consentkit.cases.models import Case, CaseWord, Deadline, EventRecord

    return ", ".join(
        f"{model.objects.count():,} {model._meta.verbose_name_plural}"
        for model in (Case, EventRecord, Deadline, CaseWord)
    )


# Measuring ----------------------------------------------------------------------------------------


def measure(people: dict[str, Any], rounds: int, rate: float) -> tuple[float, int]:
    """The p95 of the slowest request, and the most queries of any."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    say("")
    say("median     p95  queries")
    slowest, most = 0.0, 0
    pace = _Pace(rate)
    for name, person in people.items():
        client = Client()
        client.force_login(person)
        for what, ask in requests(person):
            with CaptureQueriesContext(connection) as captured:
                warm = ask(client)
            queries = len(captured)
            most = max(most, queries)
            assert warm.status_code == 200, (what, warm.status_code)
            times = []
            for _ in range(rounds):
                pace.wait()
                started = time.perf_counter()
                ask(client)
                times.append((time.perf_counter() - started) * 1000)
            p95 = statistics.quantiles(times, n=20)[-1]
            slowest = max(slowest, p95)
            said = f"{statistics.median(times):6.1f}  {p95:6.1f}  {queries:7}"
            say(f"{said}  {name}: {what}")
    return slowest, most


class _Pace:
    """Lets so many requests a second begin."""

    def __init__(self, rate: float) -> None:
        self.gap = 1 / rate if rate else 0.0
        self.next = time.perf_counter()

    def wait(self) -> None:
        self.next = max(self.next + self.gap, time.perf_counter())
        time.sleep(max(0.0, self.next - time.perf_counter()))


def requests(person: Any) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """What is asked for, and how."""
    from consentkit.cases.models import Case
    from consentkit.office.models import Tag

    mine = Case.objects.visible_to(person)
    dice = random.Random(7)  # noqa: S311 (which pages to look at)
    codes = list(mine.order_by("pk").values_list("code", flat=True)[:2_000])

    for shown in SHOWN:
        yield f"list, {shown}", lambda client, shown=shown: client.get(f"/cases/?show={shown}")
    yield "list, one law", lambda client: client.get("/cases/?law=eu-gdpr")
    yield "list, one stage", lambda client: client.get("/cases/?stage=partial")
    middle = mine.order_by("next_on", "pk").exclude(next_on=None).values_list("code", flat=True)
    after = middle[mine.exclude(next_on=None).count() // 2]
    yield "list, from the middle on", lambda client: client.get(f"/cases/?after={after}")
    if tags := list(Tag.objects.filter(team__memberships__user=person).order_by("pk")):
        for tag in (tags[0], tags[-1]):
            yield f"list, {tag.name}", lambda client, pk=tag.pk: client.get(f"/cases/?tag={pk}")
        slug, owner = tags[0].team.slug, mine.first().owner_id
        for part in (f"who={owner}", "who=nobody", "platform=example-video", "review=waiting"):
            query = f"team={slug}&{part}"
            yield f"list, team, {part}", lambda client, query=query: client.get(f"/cases/?{query}")
    for typed in ("Meyer", "mey", "example", "Maria Rossi", "Example Meyer", "nobody"):
        yield f"search for {typed!r}", lambda client, q=typed: client.post("/cases/", {"q": q})
    yield "page of a case", lambda client: client.get(f"/cases/{dice.choice(codes)}/")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
