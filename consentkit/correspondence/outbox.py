"""Where the mail of a development site goes: a folder of ``.eml`` files, one for each message."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.parser import BytesHeaderParser
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

NAME = re.compile(r"\d{8}-\d{6}-\d{6}-[0-9a-f]{8}\.eml")
LINE_END = re.compile(rb"\r?\n")
SHOWN_AT_MOST = 200


@dataclass(frozen=True)
class Letterbox:
    """One message that would have gone out."""

    name: str
    made_at: datetime
    to: str
    subject: str


def keep(raw: bytes) -> Path:
    """Put a message into the outbox, in one step: a half-written one never shows."""
    folder = Path(settings.OUTBOX_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = datetime.now(UTC)
    path = folder / f"{made:%Y%m%d-%H%M%S-%f}-{token_hex(4)}.eml"
    unfinished = path.with_suffix(".part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(raw)
    unfinished.replace(path)
    return path


def listing() -> list[Letterbox]:
    """What lies in the outbox, the newest first."""
    folder = Path(settings.OUTBOX_FOLDER)
    names = [one.name for one in folder.iterdir()] if folder.is_dir() else []
    found = sorted(filter(NAME.fullmatch, names), reverse=True)
    return [_shown(folder / name) for name in found[:SHOWN_AT_MOST]]


def content(name: str) -> bytes | None:
    """The bytes of one message; None for a name that is not one of ours."""
    path = Path(settings.OUTBOX_FOLDER) / name
    return path.read_bytes() if NAME.fullmatch(name) and path.is_file() else None


def forget(ids: Collection[str], address: str = "") -> None:
    """Delete the messages with one of these ids, and those to an address."""
    folder = Path(settings.OUTBOX_FOLDER)
    for path in [*folder.iterdir()] if folder.is_dir() else []:
        if not NAME.fullmatch(path.name):
            continue
        with path.open("rb") as file:
            told = BytesHeaderParser(policy=policy.default).parse(file)
        is_theirs = bool(address) and address.lower() in str(told["To"] or "").lower()
        if is_theirs or str(told["Message-ID"] or "").strip() in ids:
            path.unlink(missing_ok=True)


def _shown(path: Path) -> Letterbox:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    made_at = datetime.strptime(path.name[:22], "%Y%m%d-%H%M%S-%f").replace(tzinfo=UTC)
    return Letterbox(path.name, made_at, str(message["To"] or ""), str(message["Subject"] or ""))


class OutboxBackend(BaseEmailBackend):
    """Django's own mail (sign-in codes, reminders), laid into the outbox."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            keep(LINE_END.sub(b"\r\n", message.message().as_bytes()))
        return len(email_messages)
