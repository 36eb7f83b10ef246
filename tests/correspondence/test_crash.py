"""The worker is killed with SIGKILL at each step of sending a letter, on a real database.

A real worker (``manage.py qcluster``) talks to a real mail server on this machine. Where it stops
is decided from outside, by the server that says nothing, or by a lock on the database; the program
has no place made for it.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from tests.correspondence.mailserver import free_port, mail_server, silent_server

# The mark lets the run on PostgreSQL select these tests; the databases they use are their own.
pytestmark = pytest.mark.django_db
PATIENCE = 60.0
# A letter of Ada's in a case, and the message that is to carry it.
PREPARE = """
from django.utils.timezone import localdate
from django_q.models import OrmQ
from consentkit.correspondence.actions import send_letter
from consentkit.letters.actions import take_in
from consentkit.teams.models import User
from tests.correspondence.conftest import REACHABLE
from tests.world import a_request
User.objects.all().delete()
OrmQ.objects.all().delete()
ada = User.objects.create_user("ada@example.org", "secret")
case = take_in(a_request(platform=REACHABLE, date=localdate()), owner=ada, place="IE")
message = send_letter(case.letters.get(), channel="email", by=ada)
print(json.dumps({"case": case.pk, "message": message.pk, "id": message.message_id}))
"""
# Time passes: the dead worker is found, and the queue hands its task out again.
LATER = """
from datetime import timedelta
from django.utils.timezone import now
from django_q.models import OrmQ
from consentkit.correspondence.actions import requeue_unfinished
from consentkit.correspondence.models import Message
long_ago = now() - timedelta(minutes=11)
Message.objects.exclude(claimed_at=None).update(claimed_at=long_ago)
OrmQ.objects.update(lock=long_ago)
requeue_unfinished()
print(json.dumps({}))
"""
WENT_OUT = """
from consentkit.correspondence.actions import confirm_sent
from consentkit.correspondence.models import Message
message = Message.objects.select_related("case__owner", "letter").get()
print(json.dumps({"changed": confirm_sent(message, by=message.case.owner)}))
"""
LOOK = """
from consentkit.correspondence.models import Message
message = Message.objects.get()
facts = [[one.kind, one.details.get("message")] for one in message.case.records.all()]
print(json.dumps({"state": message.state, "problem": message.problem, "facts": facts}))
"""


class Site:
    """A site with a database of its own, whose every process is a real one."""

    def __init__(self, folder: Path, address: str, port: int) -> None:
        self.address = address
        self.port = port
        kept = {key: os.environ[key] for key in ("PATH", "PGHOST", "HOME") if key in os.environ}
        self.environment = {
            **kept,
            "PYTHON_DOTENV_DISABLED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": "consentkit.settings",
            "DATABASE_URL": address,
            "DEBUG": "False",
            "SECRET_KEY": "not-a-secret-" + "0" * 50,
            "ALLOWED_HOSTS": "letters.example",
            "KEYS_FOLDER": str(folder / "keys"),
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(port),
            "EMAIL_SECURITY": "none",
            "EMAIL_FROM": "letters@letters.example",
            "WORKERS": "1",
        }
        self.told: dict[str, Any] = {}

    def manage(self, *arguments: str) -> None:
        self.python("-m", "django", *arguments)

    def run(self, script: str) -> Any:
        """Run a script in a process of its own, and return what it prints."""
        opening = "import json, django; django.setup()\n"
        return json.loads(self.python("-c", opening + script))

    def python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A cluster of workers; whatever is left of it at the end is killed."""
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "qcluster"],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            kill(process)

    def works(self, until: Callable[[], bool]) -> None:
        """Let a worker run until something is so."""
        with self.worker():
            wait_for(until)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database, past the program."""
        with connected(self.address) as connection:
            return list(connection.execute(sql).fetchall())

    def state(self) -> str:
        return str(self.query("SELECT state FROM consentkit_message")[0][0])

    def queue_is_empty(self) -> bool:
        return self.query("SELECT count(*) FROM django_q_ormq") == [(0,)]

    def wait_for_state(self, *states: str) -> None:
        wait_for(lambda: self.state() in states)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else can write what became of the message."""
        with connected(self.address) as connection:
            if self.address.startswith("sqlite"):
                connection.execute("BEGIN IMMEDIATE")
            else:
                connection.execute("BEGIN")
                connection.execute("SELECT 1 FROM consentkit_message FOR UPDATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")


@contextmanager
def connected(address: str) -> Iterator[Any]:
    if address.startswith("sqlite"):
        connection: Any = sqlite3.connect(
            address.removeprefix("sqlite:///"), timeout=20, isolation_level=None
        )
    else:
        connection = psycopg.connect(address, autocommit=True)
    try:
        yield connection
    finally:
        connection.close()


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the cluster, its guard and its workers, all at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)


def wait_for(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.1)


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """An empty database, of the kind on which the tests run."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield f"sqlite:///{folder / 'db.sqlite3'}"
        return
    name = f"crash_{os.getpid()}"
    with connected(server) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with connected(server) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("crash")
    with database(folder) as address:
        site = Site(folder, address, free_port())
        site.manage("make_keys")
        site.manage("migrate", "--verbosity", "0")
        # What else a worker does by itself would only be in the way.
        site.run("from django_q.models import Schedule\nSchedule.objects.all().delete()\nprint(0)")
        yield site


@pytest.fixture
def site(prepared: Site) -> Site:
    """A site with one letter that is to go out."""
    prepared.told = prepared.run(PREPARE)
    return prepared


def test_killed_before_the_hand_over_nothing_is_out_and_nothing_is_lost(site):
    with silent_server(site.port) as called, site.worker() as worker:
        assert called.wait(PATIENCE)
        site.wait_for_state("claimed")
        kill(worker)

    assert site.state() == "claimed"
    site.run(LATER)
    with mail_server(site.port) as server:
        site.works(until=lambda: site.state() == "sent" and site.queue_is_empty())

    assert [site.told["id"].encode() in one.raw for one in server.taken] == [True]
    assert site.run(LOOK) == {
        "state": "sent",
        "problem": "",
        "facts": [["made", None], ["sent", site.told["message"]]],
    }


def test_killed_during_the_hand_over_a_person_decides_and_it_goes_out_once(site):
    may_answer = threading.Event()
    with mail_server(site.port, before_the_last_word=may_answer.wait) as server:
        with site.worker() as worker:
            wait_for(lambda: bool(server.taken))
            assert site.state() == "handing_over"
            kill(worker)
        may_answer.set()  # nobody is there any more to hear it

        site.run(LATER)
        assert site.state() == "uncertain"
        site.works(until=site.queue_is_empty)

        assert len(server.taken) == 1
        seen = site.run(LOOK)
        assert (seen["state"], seen["problem"]) == ("uncertain", "worker")
        assert seen["facts"] == [["made", None]]
        assert site.run(WENT_OUT) == {"changed": True}
        assert site.run(LOOK)["facts"] == [["made", None], ["sent", site.told["message"]]]


def test_killed_between_the_hand_over_and_the_record_a_person_decides(site):
    may_answer = threading.Event()
    with mail_server(site.port, before_the_last_word=may_answer.wait) as server:
        with site.worker() as worker:
            wait_for(lambda: bool(server.taken))
            # The server has the message. Before it says so, the database is closed to the worker.
            with site.locked():
                may_answer.set()
                wait_for(lambda: server.said_its_last_word)
                time.sleep(1)  # the worker hears it, and waits for the database
                assert site.state() == "handing_over"
                kill(worker)

        site.run(LATER)
        site.works(until=site.queue_is_empty)
        assert len(server.taken) == 1
        seen = site.run(LOOK)
        assert (seen["state"], seen["facts"]) == ("uncertain", [["made", None]])


def test_killed_after_the_record_it_is_not_sent_again(site):
    with mail_server(site.port) as server:
        with site.worker() as worker:
            site.wait_for_state("sent")
            kill(worker)
        # The task may have been acknowledged or not; the queue hands it out again in any case.
        site.run(
            "from consentkit.queue import later\n"
            f"later('deliver', {site.told['message']})\nprint(0)"
        )
        site.run(LATER)
        site.works(until=site.queue_is_empty)

        assert len(server.taken) == 1
        assert site.run(LOOK)["facts"] == [["made", None], ["sent", site.told["message"]]]
