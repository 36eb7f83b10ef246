"""The files of a case: looked at, scanned, and kept sealed in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.cases.actions import learn_words
from consentkit.cases.models import Case, CaseWord
from consentkit.cases.trail import leave
from consentkit.teams.models import User

from . import virus
from .kinds import LOOKED_AT, kind_of, safe_name
from .models import Attachment, AttachmentPart, Message


class NotTaken(ValueError):
    """A file that is not taken in; ``problem`` is a key of ``PROBLEMS``."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        """What to tell the person."""
        return str(PROBLEMS[self.problem])


PROBLEMS: dict[str, str | Promise] = {
    "empty": _("This file is empty."),
    "too_large": _("This file is too large."),
    "kind": _(
        "This kind of file is not taken in. PDF, pictures, ZIP, Office documents, text, CSV, JSON "
        "and e-mails (.eml) are; you can put any other into a ZIP file."
    ),
    "infected": _("The virus scanner found something harmful in this file."),
    "scanner_away": _(
        "The virus scanner of this site does not answer, so no file can be taken in now. Please "
        "try again later."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A file that may be taken in. ``stream`` still holds its bytes."""

    stream: BinaryIO
    name: str
    kind: str
    size: int
    sha256: str
    scanned: bool


def check_file(stream: BinaryIO, name: str) -> Checked:
    """Look at a file and let it be scanned. Raises NotTaken; nothing is stored yet."""
    size, digest, tail = 0, sha256(), b""
    for piece in _pieces(stream):
        size += len(piece)
        if size > settings.MAX_FILE_SIZE:
            raise NotTaken("too_large")
        digest.update(piece)
        tail = (tail + piece)[-LOOKED_AT:]
    if not size:
        raise NotTaken("empty")
    stream.seek(0)
    kind = kind_of(stream.read(LOOKED_AT), tail, name)
    if kind is None:
        raise NotTaken("kind")
    if virus.is_configured():
        try:
            virus.scan(_pieces(stream))
        except virus.Infected:
            raise NotTaken("infected") from None
        except virus.ScannerAway:
            raise NotTaken("scanner_away") from None
    return Checked(
        stream=stream,
        name=safe_name(name, kind),
        kind=kind,
        size=size,
        sha256=digest.hexdigest(),
        scanned=virus.is_configured(),
    )


@transaction.atomic
def keep_file(
    case: Case,
    checked: Checked,
    *,
    message: Message | None = None,
    event: int | None = None,
    by: User | None = None,
) -> Attachment:
    """Seal a checked file, piece by piece. The same file twice in one place is kept once."""
    same = case.attachments.filter(sha256=checked.sha256, message=message, event=event)
    for known in same:
        if known.name == checked.name:
            return known
    attachment = Attachment.objects.create(
        case=case,
        message=message,
        event=event,
        name=checked.name,
        kind=checked.kind,
        size=checked.size,
        sha256=checked.sha256,
        scan=Attachment.Scan.CLEAN if checked.scanned else Attachment.Scan.NONE,
        added_at=timezone.now(),
    )
    for number, piece in enumerate(_pieces(checked.stream), start=1):
        AttachmentPart.objects.create(attachment=attachment, number=number, data=piece)
    learn_words(case, [checked.name], CaseWord.Place.FILE)
    if message is None:
        leave(case, "file.added", by=by, file=attachment.pk)
    return attachment


def add_file(
    case: Case,
    name: str,
    stream: BinaryIO,
    *,
    message: Message | None = None,
    event: int | None = None,
) -> Attachment:
    """Take a file into a case: to a message, to the fact of a number, or to neither.

    Raises NotTaken.
    """
    return keep_file(case, check_file(stream, name), message=message, event=event)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes from the beginning, in pieces of the size in which they are sealed."""
    stream.seek(0)
    while piece := stream.read(AttachmentPart.SIZE):
        yield piece
