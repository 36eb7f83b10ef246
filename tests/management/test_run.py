"""The site and its worker start together and stop together, with all that they started."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.core.management.base import CommandError

from consentkit.management.commands.run import TO_STOP, require_free, run_together

# A process that starts another one, writes down both, and ends when told to - or does not.
FAMILY = """
import os, signal, subprocess, sys, time
if {stubborn}:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open({file!r}, "w") as file:
    file.write(f"{{os.getpid()}} {{child.pid}}")
time.sleep({life})
"""
RUN = "from consentkit.management.commands import run; run.PATIENCE = 1; run.run_together({!r})"


def family(file, *, stubborn=False, life=60):
    code = FAMILY.format(file=str(file), stubborn=stubborn, life=life)
    return [sys.executable, "-c", code]


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def members(files):
    return [int(pid) for file in files for pid in file.read_text().split()]


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc to look into")
@pytest.mark.parametrize("signum", TO_STOP)
def test_nothing_is_left_running(tmp_path, signum):
    files = [tmp_path / "obedient", tmp_path / "stubborn"]
    commands = {"web": family(files[0]), "worker": family(files[1], stubborn=True)}
    code = "import django; django.setup(); " + RUN.format(commands)
    variables = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    process = subprocess.Popen([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=variables)
    wait_until(lambda: all(file.exists() and file.read_text() for file in files))
    assert all(is_alive(pid) for pid in members(files))

    process.send_signal(signum)

    assert process.wait(timeout=10) == 0
    wait_until(lambda: not any(is_alive(pid) for pid in members(files)))


def test_when_one_ends_the_other_is_stopped_too(tmp_path):
    file = tmp_path / "web"
    before = {signum: signal.getsignal(signum) for signum in TO_STOP}
    try:
        with pytest.raises(CommandError, match=r"^The worker ended \(code 3\); all stopped\.$"):
            run_together({"web": family(file), "worker": [sys.executable, "-c", "exit(3)"]})
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def test_a_taken_port_is_named():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} is taken.*PORT={port + 1} make run"):
            require_free(port)
