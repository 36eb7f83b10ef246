"""How long it takes to make the letters of many cases, from the choice to the printer's file.

A team with N cases, each with a draft. Real workers (``manage.py qcluster``) look at all cases,
make the letters, and put them together as one PDF and a ZIP; once with one worker and once with
two, on a database of its own each time. Told are the seconds of each step and the largest memory
that any process of the cluster had. Run it from the top of the project:
.venv/bin/python benchmarks/campaign_letters.py [CASES]
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")

from benchmarks.marks import Row, tell  # noqa: E402 (after the path)

PATIENCE = 3600


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/group.sqlite3",
            "KEYS_FOLDER": f"{folder}/keys",
        }
        run(environment, str(cases), "fill")
        pristine = Path(folder, "pristine.sqlite3")
        Path(folder, "group.sqlite3").rename(pristine)
        say(f"{cases} cases, {pristine.stat().st_size / 1e6:.0f} MB in the database")
        for workers in (1, 2):
            for old in Path(folder).glob("group.sqlite3*"):
                old.unlink()
            Path(folder, "group.sqlite3").write_bytes(pristine.read_bytes())
            told = run({**environment, "WORKERS": str(workers)}, str(cases), "work")
            say(
                f"{workers} worker{'s' if workers > 1 else ' '}: looked at {told['check']:6.1f} s, "
                f"made {told['make']:6.1f} s ({cases / told['make']:5.1f} letters/s), "
                f"put together {told['bind']:5.1f} s; PDF {told['pdf']:.0f} MB of "
                f"{told['pages']} pages, ZIP {told['zip']:.0f} MB; peak {told['peak']:.0f} MB"
            )
        tell(
            Row(
                f"letters of {cases:,} cases through the queue, two workers",
                "none set",
                f"{told['make']:.1f} s, {cases / told['make']:.0f} letters/s",
                True,
                "each sealed, noted in the log of its case and kept in the database; then one PDF "
                f"and a ZIP for the printer in {told['bind']:.1f} s; peak {told['peak']:.0f} MB",
            )
        )


def run(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, *arguments], env=environment, check=True, stdout=subprocess.PIPE
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def fill(cases: int) -> dict[str, Any]:
    """A team with so many cases of the same company, each of somebody else."""
    from django.core.management import call_command
    from django.utils import timezone

    from consentkit.letters.actions import take_in
    from consentkit.letters.request import Account, Sender
    from consentkit.teams.actions import found
    from consentkit.teams.models import User
    from tests.world import a_request

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("ada@example.org", "x")
    team = found("Example Group", by=owner)
    today = timezone.localdate()
    for number in range(cases):
        sender = Sender(f"Person {number:05}", (f"Lane {number}", "10115 Berlin"), "")
        request = a_request(date=today, sender=sender, account=Account(handle=f"@person{number}"))
        take_in(request, owner=owner, place="IE", team=team)
    return {}


def work(cases: int) -> dict[str, Any]:
    """Let the workers make all letters; how long each step took, and what the cluster needed."""
    from consentkit.campaigns.batches import begin, make
    from consentkit.campaigns.models import Batch
    from consentkit.cases.models import Case
    from consentkit.teams.models import User

    owner = User.objects.get()
    ids = list(Case.objects.order_by("pk").values_list("pk", flat=True))
    cluster = subprocess.Popen(
        [sys.executable, "manage.py", "qcluster"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(3)  # so that the start of the workers is not counted
        times: dict[str, float] = {}
        started = time.perf_counter()
        batch = begin(Case.objects.first().team, "letters", ids, by=owner)  # type: ignore[union-attr, arg-type]
        for step, until in (
            ("check", {"ready"}),
            ("make", {"binding", "done"}),
            ("bind", {"done"}),
        ):
            if step == "make":
                started = time.perf_counter()
                make(batch, by=owner)
            while batch.state not in until:
                if time.perf_counter() - started > PATIENCE:
                    raise SystemExit(f"{step} takes too long")
                time.sleep(0.1)
                batch = Batch.objects.get(pk=batch.pk)
            times[step] = time.perf_counter() - started
            started = time.perf_counter()
        peak = max(map(high_water, family(cluster.pid)))
    finally:
        cluster.send_signal(signal.SIGTERM)
        cluster.wait(timeout=60)
    files = {file.kind: file for file in batch.files.all()}
    if batch.items.filter(state="done").count() != cases:
        raise SystemExit("not every letter was made")
    return {
        **times,
        "peak": peak / 1024,
        "pdf": files["pdf"].size / 1e6,
        "zip": files["zip"].size / 1e6,
        "pages": files["pdf"].pages,
    }


def family(pid: int) -> list[int]:
    """A process and all that come from it (on Linux)."""
    found, waiting = [pid], [pid]
    while waiting:
        listed = Path(f"/proc/{waiting[0]}/task/{waiting.pop(0)}/children").read_text().split()
        children = [int(one) for one in listed]
        found += children
        waiting += children
    return found


def high_water(pid: int) -> int:
    """The most memory that a process ever had, in kB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        import django

        if not os.environ.get("DATABASE_URL"):
            raise SystemExit("this fills a database: say with DATABASE_URL which one")
        django.setup()
        step = fill if sys.argv[2] == "fill" else work
        sys.stdout.write(json.dumps(step(int(sys.argv[1]))))
    else:
        main()
