"""Reading a mailbox over IMAP. Nothing in it is changed: no flag is set, no message is deleted.

A row of ``Mailbox`` says how far it has been read; it moves on after each message, so that whoever
dies in between reads at most one twice, which is then filed once.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.utils import timezone

from .inbound import NotAMessage, TooLarge, receive
from .models import Mailbox

PATIENCE = 30
AT_ONCE = 500  # messages of one run; the next one goes on
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class NotFetched(Exception):
    """The mailbox could not be read; the message says why, and names no address."""


@dataclass
class Fetched:
    """What one run found: filed, of no case of ours, and not taken in for its size or its form."""

    filed: int = 0
    foreign: int = 0
    refused: int = 0


def is_configured() -> bool:
    return bool(settings.IMAP_HOST)


def fetch() -> Fetched:
    """File what has come in since the last run. Raises NotFetched, and ScannerAway."""
    place = f"{settings.IMAP_USER}@{settings.IMAP_HOST}:{settings.IMAP_PORT}/{settings.IMAP_FOLDER}"
    mailbox, _ = Mailbox.objects.get_or_create(name=sha256(place.encode()).hexdigest())
    found = Fetched()
    with _server() as server:
        _agree(server.select(_quoted(settings.IMAP_FOLDER), readonly=True), "no such folder")
        validity = int((server.response("UIDVALIDITY")[1] or [b"0"])[0] or 0)
        if validity != mailbox.validity:
            mailbox.validity, mailbox.last_uid = validity, 0
        for uid in _new(server, mailbox.last_uid)[:AT_ONCE]:
            _take(server, uid, found)
            mailbox.last_uid = uid
            mailbox.save()
    mailbox.read_at = timezone.now()
    mailbox.save()
    return found


def _take(server: imaplib.IMAP4, uid: int, found: Fetched) -> None:
    size = SIZE.search(b"".join(_parts(server.uid("FETCH", str(uid), "(RFC822.SIZE)"))))
    if size is None:
        return  # it was deleted meanwhile
    if int(size[1]) > settings.MAX_FILE_SIZE:
        found.refused += 1
        return
    answer = server.uid("FETCH", str(uid), "(BODY.PEEK[])")[1] or []
    raw = next((one[1] for one in answer if isinstance(one, tuple)), b"")
    try:
        filed = receive(raw)
    except (TooLarge, NotAMessage):
        found.refused += 1
        return
    found.filed += filed is not None
    found.foreign += filed is None


def _new(server: imaplib.IMAP4, last: int) -> list[int]:
    """The UIDs after the last one, in order."""
    answer = _agree(server.uid("SEARCH", f"UID {last + 1}:*"), "search failed")
    uids = sorted(int(one) for one in b" ".join(_parts(answer)).split())
    # "n:*" always names the last message of a mailbox, even where it is older than n.
    return [uid for uid in uids if uid > last]


@contextlib.contextmanager
def _server() -> Iterator[imaplib.IMAP4]:
    try:
        server = imaplib.IMAP4_SSL(
            settings.IMAP_HOST,
            settings.IMAP_PORT,
            ssl_context=ssl.create_default_context(),
            timeout=PATIENCE,
        )
    except (OSError, imaplib.IMAP4.error) as error:
        raise NotFetched(f"no connection: {type(error).__name__}") from None
    try:
        try:
            server.login(settings.IMAP_USER, settings.IMAP_PASSWORD)
        except imaplib.IMAP4.error:
            raise NotFetched("the server does not let us in") from None
        yield server
    except (OSError, imaplib.IMAP4.error) as error:
        raise NotFetched(f"the connection broke: {type(error).__name__}") from None
    finally:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            server.logout()


def _agree(answer: object, problem: str) -> object:
    if not isinstance(answer, tuple) or answer[0] != "OK":
        raise NotFetched(problem)
    return answer


def _parts(answer: object) -> list[bytes]:
    found = answer[1] if isinstance(answer, tuple) else []
    return [one for one in found or [] if isinstance(one, bytes)]


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
