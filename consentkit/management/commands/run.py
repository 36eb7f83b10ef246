"""``manage.py run``: the site and its worker, started together and stopped together."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from consentkit import env
from consentkit.teams.models import User

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 10.0  # seconds that a process has to end by itself; the queue repeats unfinished tasks


class Command(BaseCommand):
    help = "Bring everything up to date, then run the web server and the worker until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        port = env.number("PORT", default=8000)
        require_free(port)
        call_command("migrate", verbosity=0)
        call_command("compile_translations")
        call_command("sync_platforms", stdout=io.StringIO())  # its list of changes is long
        if settings.DEBUG:
            if not User.objects.exists():
                call_command("demo", stdout=self.stdout)
            web = [*MANAGE, "runserver", str(port)]
        else:
            call_command("collectstatic", interactive=False, verbosity=0)
            # gunicorn's control socket would let any process of this user stop the site.
            gunicorn = [sys.executable, "-m", "gunicorn", "consentkit.wsgi", "--no-control-socket"]
            web = [*gunicorn, f"--bind=127.0.0.1:{port}", "--workers=2", "--threads=4"]
        self.stdout.write(f"ConsentKit starts on http://127.0.0.1:{port} - Ctrl-C stops it.")
        self.stdout.flush()
        run_together({"web server": web, "worker": [*MANAGE, "qcluster"]})


def require_free(port: int) -> None:
    """Raise CommandError when something else listens on the port."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            raise CommandError(
                f"Port {port} is taken. Choose another one: PORT={port + 1} make run"
            ) from None


def run_together(commands: Mapping[str, Sequence[str]]) -> None:
    """Run the commands until we are told to stop, then end them and whatever they started.

    If one of them ends by itself the others are stopped too. Raises CommandError naming it.
    """
    children: dict[str, subprocess.Popen[bytes]] = {}
    for signum in TO_STOP:
        signal.signal(signum, _interrupt)
    try:
        for name, command in commands.items():
            # In a session of its own, so that Ctrl-C reaches only us and we can end all of it.
            children[name] = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        while True:
            for name, child in children.items():
                if child.poll() is not None:
                    raise CommandError(f"The {name} ended (code {child.returncode}); all stopped.")
            time.sleep(0.2)
    except KeyboardInterrupt:
        pass
    finally:
        _stop(list(children.values()))


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _stop(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for signum in TO_STOP:
        signal.signal(signum, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
    for child in children:
        child.terminate()
    deadline = time.monotonic() + PATIENCE
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0, deadline - time.monotonic()))
    for child in children:
        # The worker's own children survive it if it was killed.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
