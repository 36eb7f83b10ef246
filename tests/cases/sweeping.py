"""A worker of its own, for tests that need several of them, or one that is killed.

``python -m tests.cases.sweeping fill 30``         people with a reminder that is due
``python -m tests.cases.sweeping sweep outbox``    sweep it, with mail into a folder
``… sweep outbox before`` or ``after``             and be killed (SIGKILL) before or after the first
                                                   e-mail is handed over
``… sweep outbox late``                            some time later, as the next sweeps would

The database is that of DATABASE_URL.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import sleep

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from django.conf import settings  # noqa: E402 (after setup)
from django.core.mail.backends.filebased import EmailBackend  # noqa: E402

from consentkit.cases.models import Case, Deadline  # noqa: E402
from consentkit.cases.posture import Stage  # noqa: E402
from consentkit.correspondence.reminding import sweep  # noqa: E402
from consentkit.teams.models import User  # noqa: E402

NOW = datetime.combine(datetime.now(UTC), time(12), UTC)
DAY = NOW.date() - timedelta(days=1)


def fill(people: int) -> None:
    for number in range(people):
        owner = User.objects.create_user(f"person{number}@example.org")
        case = Case.objects.create(
            owner=owner, law="eu-gdpr", kind="access", rights=["access"], place="IE",
            language="en", reference=f"CK-{number}", about={"company": "Example"}, opened_on=DAY,
            created_at=NOW, changed_at=NOW, stage=Stage.DRAFT, next_on=DAY, next_key="send_it",
        )  # fmt: skip
        Deadline.objects.create(
            case=case, key="send_it", day=DAY, overdue_from=DAY + timedelta(days=1), is_ours=True,
            is_law=False, is_marker=False, disputed=False, provisional=False, unconfirmed=False,
            made_at=NOW - timedelta(days=9), remind_on=DAY,
        )  # fmt: skip


class Fragile(EmailBackend):
    """Writes e-mails into a folder, until it is told to die."""

    dies = ""

    def send_messages(self, messages: list) -> int:  # type: ignore[type-arg]
        if self.dies == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        sent = super().send_messages(messages)
        if self.dies == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return sent


def run(folder: str, when: str = "") -> None:
    # Each e-mail into a file of its own: a process makes one connection, and that one file.
    settings.EMAIL_BACKEND = f"{__name__}.Fragile"
    settings.EMAIL_FILE_PATH = folder
    Fragile.dies = when if when in ("before", "after") else ""
    ready, start = Path(folder) / f"ready.{os.getpid()}", Path(folder) / "start"
    ready.touch()
    while not start.exists():  # so that all begin in the same moment
        sleep(0.001)
    # Late enough for what the dead worker claimed, and too close together for each other's claims.
    moments = [NOW] if when != "late" else [NOW + timedelta(minutes=m) for m in (16, 21)]
    for moment in moments:
        sweep(moment)


if __name__ == "__main__":
    sys.modules["tests.cases.sweeping"] = sys.modules["__main__"]
    task, *arguments = sys.argv[1:]
    if task == "fill":
        fill(int(arguments[0]))
    else:
        run(*arguments)
