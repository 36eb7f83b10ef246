"""Real workers, in processes of their own, on one database: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

# Nobody here asks the database of the tests; the mark lets them run against PostgreSQL, too.
pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 30
REDIS = shutil.which("redis-server")


class Site:
    """A database of its own, and processes that work on it."""

    def __init__(self, address: str, folder: Path) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "PGHOST") if name in os.environ}
        self.environment = {**kept, "DATABASE_URL": address, "PYTHON_DOTENV_DISABLED": "1"}
        self.outbox = folder / "outbox"
        self.outbox.mkdir()
        self.environment["TEST_OUTBOX"] = str(self.outbox)

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str) -> str:
        process = self.start(*command)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return said

    def sweeps(self, *how: str) -> list[int]:
        """Sweep in several processes at once, and say how each ended."""
        self.outbox.joinpath("start").unlink(missing_ok=True)
        command = ["-m", "tests.cases.sweeping", "sweep", str(self.outbox)]
        processes = [self.start(*command, *([one] if one else [])) for one in how]
        while any(
            process.poll() is None and not self.outbox.joinpath(f"ready.{process.pid}").exists()
            for process in processes
        ):
            time.sleep(0.01)
        self.outbox.joinpath("start").touch()
        ends = [(process.communicate(timeout=120)[0], process.returncode) for process in processes]
        assert [said for said, code in ends if code not in (0, -9)] == []
        return [code for _, code in ends]

    def mails(self) -> list[tuple[str, str]]:
        """Of every e-mail that went out, the recipient and the Message-ID."""
        texts = [path.read_text() for path in self.outbox.glob("*.log")]
        found = "\n".join(texts)
        to = re.findall(r"^To: (.*)$", found, re.MULTILINE)
        return list(zip(to, re.findall(r"^Message-ID: (.*)$", found, re.MULTILINE), strict=True))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A migrated database with people who each have one reminder that is due."""
    if connection.vendor == "postgresql":
        parts = connection.settings_dict
        name = f"{parts['NAME']}_workers"
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
        who = quote(parts["USER"]) + (f":{quote(parts['PASSWORD'])}" if parts["PASSWORD"] else "")
        where = parts["HOST"] + (f":{parts['PORT']}" if parts["PORT"] else "")
        found = Site(f"postgres://{who}@{where}/{name}", tmp_path)
    else:
        found = Site(f"sqlite:///{tmp_path / 'site.sqlite3'}", tmp_path)
    found.run("manage.py", "migrate", "--verbosity", "0", "--settings", "tests.settings")
    found.run("-m", "tests.cases.sweeping", "fill", str(PEOPLE))
    yield found
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_workers_on_one_database_never_send_a_reminder_twice(site: Site) -> None:
    assert site.sweeps("", "", "") == [0, 0, 0]

    sent = Counter(to for to, _ in site.mails())
    assert sent == {f"person{number}@example.org": 1 for number in range(PEOPLE)}


def test_a_worker_killed_before_it_sent_leaves_a_claim_that_is_sent_once(site: Site) -> None:
    assert site.sweeps("before") == [-9]
    assert site.mails() == []

    assert site.sweeps("late", "late") == [0, 0]
    sent = Counter(to for to, _ in site.mails())
    assert sent == {f"person{number}@example.org": 1 for number in range(PEOPLE)}


def test_a_worker_killed_before_it_could_say_so_sends_the_same_message_again(site: Site) -> None:
    """The one case that nobody can know: it is the same message, with the same Message-ID."""
    assert site.sweeps("after") == [-9]
    [first] = site.mails()

    assert site.sweeps("late", "late") == [0, 0]
    twice = {mail: number for mail, number in Counter(site.mails()).items() if number > 1}
    assert twice == {first: 2}
    assert len(site.mails()) == PEOPLE + 1


# Whole clusters -----------------------------------------------------------------------------------

CLUSTER = ["manage.py", "qcluster", "--settings", "tests.cases.cluster_settings"]
SHELL = ["manage.py", "shell", "--settings", "tests.cases.cluster_settings", "-v", "0", "-c"]
QUEUE = "from consentkit.queue import later; [later('sweep') for _ in range(6)]"
ENDS = (
    "from django_q.models import Task; "
    "print(*Task.objects.filter(func='consentkit.tasks.sweep')"
    ".values_list('success', 'attempt_count'))"
)


def wait_for(site: Site, number: int) -> None:
    """Until so many e-mails are out; then a little longer, in case there are more."""
    until = time.monotonic() + 60
    while len(site.mails()) < number and time.monotonic() < until:
        time.sleep(0.2)
    time.sleep(3)


def stop(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def run_clusters(site: Site, number: int) -> None:
    """Queue the sweep some times, and let some clusters at it."""
    site.run(*SHELL, QUEUE)
    clusters = [site.start(*CLUSTER) for _ in range(number)]
    try:
        wait_for(site, PEOPLE)
    finally:
        stop(clusters)


def test_two_clusters_on_one_database_run_each_task_once_and_remind_everybody_once(
    site: Site,
) -> None:
    run_clusters(site, 2)

    sent = Counter(to for to, _ in site.mails())
    assert sent == {f"person{number}@example.org": 1 for number in range(PEOPLE)}
    assert site.run(*SHELL, ENDS).strip() == " ".join(["(True, 1)"] * 6)


@pytest.mark.skipif(REDIS is None, reason="no Redis: apt-get install redis-server")
def test_a_queue_in_redis_does_the_same(site: Site, tmp_path: Path) -> None:
    socket = tmp_path / "redis.sock"
    redis = subprocess.Popen(
        [str(REDIS), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", tmp_path],
        stdout=subprocess.DEVNULL,
    )
    site.environment["TEST_QUEUE"] = f"unix://{socket}"
    try:
        run_clusters(site, 2)
    finally:
        redis.terminate()
        redis.wait()

    sent = Counter(to for to, _ in site.mails())
    assert sent == {f"person{number}@example.org": 1 for number in range(PEOPLE)}
    assert site.run(*SHELL, ENDS).strip() == " ".join(["(True, 1)"] * 6)
