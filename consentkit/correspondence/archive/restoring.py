"""Putting the cases of an archive into an account: all of them, or none."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from django.db import Error, transaction

from consentkit.cases.models import Case, Deadline, EventRecord, Proposal, Reminder, new_code
from consentkit.correspondence import search, virus
from consentkit.correspondence.incoming import sanitised
from consentkit.correspondence.models import Attachment, AttachmentPart, Message
from consentkit.letters.models import Letter
from consentkit.office.tags import put
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import User

from .form import CASE_FILE
from .reading import Archive, CaseTold, Refused, Told

State = Message.State
# What was on its way when the archive was made is not sent by its being restored.
NOT_SENT_AGAIN = {
    State.QUEUED: State.STOPPED,
    State.CLAIMED: State.STOPPED,
    State.HANDING_OVER: State.UNCERTAIN,
}


@dataclass(frozen=True)
class Restored:
    """How many cases came out of an archive, and how many were there already."""

    new: int
    known: int


def restore(stream: BinaryIO, *, owner: User) -> Restored:
    """Take the cases of an archive into an account. Raises Refused; then nothing is changed.

    A case that the account has already stays as it is.
    """
    archive = Archive(stream)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)  # one archive at a time
        fresh = [case for case in archive.cases if not _is_known(case, owner)]
        for case in fresh:
            try:
                _restore(archive, case, owner)
            except Error:
                raise Refused("shape", f"{case.folder}/{CASE_FILE}") from None
    return Restored(len(fresh), len(archive.cases) - len(fresh))


def _is_known(told: CaseTold, owner: User) -> bool:
    same = {name: told.columns[name] for name in ("reference", "law", "kind", "created_at")}
    return Case.objects.filter(owner=owner, team=None, **same).exists()


def _restore(archive: Archive, told: CaseTold, owner: User) -> None:
    columns = dict(told.columns)
    if Case.objects.filter(code=columns["code"]).exists():
        columns["code"] = new_code()  # somebody else has taken the case in
    case = Case.objects.create(owner=owner, **columns)
    for row in told.log:
        by = row.beside["by"]
        is_owner = by == owner.pk
        EventRecord.objects.create(
            case=case,
            by=owner if is_owner else None,
            by_elsewhere=None if is_owner else by,
            **row.columns,
        )
    letters = {row.columns["number"]: _letter(archive, told, case, row) for row in told.letters}
    messages = [_message(archive, told, case, row, letters) for row in told.messages]
    for row in told.attachments:
        _attachment(archive, told, case, row, messages)
    for row in told.deadlines:
        deadline = Deadline.objects.create(case=case, **row.columns)
        for reminder in row.beside["reminders"]:
            Reminder.objects.create(deadline=deadline, recipient=owner, **reminder)
    for row in told.proposals:
        Proposal.objects.create(case=case, **row.columns)
    if told.tags:
        with suppress(NotPossible):  # the account has as many tags as there can be
            put([case], told.tags, by=owner)
    search.learn_everything(case)


def _letter(archive: Archive, told: CaseTold, case: Case, row: Told) -> Letter:
    texts: dict[str, object] = {}
    if row.columns["frozen_at"] is not None:
        folder = f"{told.folder}/letters/{row.columns['number']}"
        texts = {
            "text": archive.content(f"{folder}/letter.txt").decode(),
            "html": archive.content(f"{folder}/letter.html").decode(),
            "pdf": archive.content(f"{folder}/letter.pdf"),
        }
    return Letter.objects.create(case=case, request=row.beside["request"], **row.columns, **texts)


def _message(
    archive: Archive, told: CaseTold, case: Case, row: Told, letters: dict[int, Letter]
) -> Message:
    columns, beside = row.columns, row.beside
    state = State(columns["state"])
    return Message.objects.create(
        case=case,
        letter=letters.get(beside["letter"]),
        number=beside["number"],
        raw=archive.content(f"{told.folder}/{beside['file']}") if beside["file"] else b"",
        **{
            **columns,
            "state": NOT_SENT_AGAIN.get(state, state),
            # What we sanitised comes through this unchanged; we do not know that it was us.
            "html": sanitised(columns["html"]) if columns["html"] else "",
        },
    )


def _attachment(
    archive: Archive, told: CaseTold, case: Case, row: Told, messages: list[Message]
) -> None:
    scan = Attachment.Scan.CLEAN if virus.is_configured() else Attachment.Scan.NONE
    of = row.beside["message"]
    attachment = Attachment.objects.create(
        case=case,
        message=messages[of - 1] if of else None,
        **{**row.columns, "scan": scan},
    )
    # A piece here is as large as a piece there.
    pieces = archive.pieces(f"{told.folder}/{row.beside['file']}")
    for number, piece in enumerate(pieces, start=1):
        AttachmentPart.objects.create(attachment=attachment, number=number, data=piece)
