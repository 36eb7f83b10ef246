"""The letters of a batch to take away: one PDF for the printer, and a ZIP with an index.

Both are made by a worker, are kept sealed in pieces, and go when their time is over, when somebody
says so, and when a case of theirs is deleted or a mandate of theirs revoked. No name in them tells
of a person.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext, override

from consentkit.cases.models import Case
from consentkit.clients.models import Mandate
from consentkit.confidential.spool import Spool
from consentkit.correspondence.collating import Collator
from consentkit.letters import approval, authority
from consentkit.letters.models import Letter
from consentkit.office.cells import line
from consentkit.teams.access import require
from consentkit.teams.audit import note
from consentkit.teams.models import User
from consentkit.teams.roles import Permission

from .batches import GIVEN_UP, State, move
from .jobs import Problem, case_for, problem_of, to_print
from .models import Batch, BatchFile, BatchFilePart, BatchItem

KEPT = timedelta(days=14)
INDEX = "index.csv"
NO_TIME = (1980, 1, 1, 0, 0, 0)
ODD = re.compile(r"[^A-Za-z0-9-]+")


def name_of(position: int, case: Case, letter: Letter) -> str:
    """What a letter is called in the ZIP: speaking, and impersonal."""
    company = slugify(case.platform) or "other"
    reference = ODD.sub("-", case.reference).strip("-")
    return f"{position:04}-{reference}-{company}-{letter.kind.replace('_', '-')}.pdf"


@dataclass
class _Volumes:
    """The two files in the making."""

    batch: Batch
    zipped: Spool = field(default_factory=Spool)
    letters: int = 0

    def __post_init__(self) -> None:
        team = self.batch.team
        title = gettext("Letters of batch %(number)s") % {"number": self.batch.pk}
        double = bool(self.batch.options.get("double_sided"))
        self.stack = Collator(title, team.language, double_sided=double)
        self.zip = zipfile.ZipFile(self.zipped, "w")
        self.index = [
            line(
                [
                    gettext("Number"),
                    gettext("File"),
                    gettext("Reference"),
                    gettext("Matter number"),
                    gettext("Company"),
                    gettext("Letter"),
                    gettext("Pages"),
                    gettext("First page in the PDF"),
                ]
            )
        ]

    def add(self, item: BatchItem, letter: Letter) -> None:
        case, first = item.case, self.stack.pages + 1
        name = name_of(item.position, case, letter)
        pages = self.stack.add(letter.pdf, f"{item.position} · {case.reference}")
        self._write(name, letter.pdf, zipfile.ZIP_STORED)  # a PDF is packed already
        told = [item.position, name, case.reference, case.matter_number, case.platform]
        self.index.append(line([*told, letter.title, pages, first]))
        self.letters += 1

    def _write(self, name: str, content: bytes, packed: int) -> None:
        info = zipfile.ZipInfo(name, NO_TIME)
        info.compress_type = packed
        info.external_attr = 0o600 << 16
        self.zip.writestr(info, content)

    def finish(self) -> tuple[Spool, Spool]:
        self._write(INDEX, "".join(self.index).encode(), zipfile.ZIP_DEFLATED)
        self.zip.close()
        return self.stack.finish(), self.zipped


def bind(batch_id: int) -> None:
    """Put the letters of a batch together. Safe to run twice, and beside others."""
    at = timezone.now()
    claimed = Batch.objects.filter(
        Q(claimed_at=None) | Q(claimed_at__lt=at - GIVEN_UP),
        pk=batch_id,
        state=State.BINDING,
    ).update(claimed_at=at, attempts=F("attempts") + 1)
    if not claimed:
        return
    batch = Batch.objects.select_related("team").get(pk=batch_id)
    with override(batch.team.language):
        made = _Volumes(batch)
        for item, letter in _letters(batch):
            made.add(item, letter)
        pdf, zipped = made.finish()
    with transaction.atomic():
        mine = Batch.objects.filter(pk=batch_id, state=State.BINDING, claimed_at=at)
        if not mine.exists():
            return  # it was cancelled, or somebody thought that we were dead
        if made.letters:
            _keep(batch, BatchFile.Kind.PDF, pdf, made.letters, made.stack.pages, at)
            _keep(batch, BatchFile.Kind.ZIP, zipped, made.letters, 0, at)
        move(batch, State.BINDING, State.DONE)


def _letters(batch: Batch) -> Iterator[tuple[BatchItem, Letter]]:
    """The letters that were made, in their order, one in memory at a time.

    One that may not go out any more fails alone.
    """
    items = batch.items.filter(state=BatchItem.State.DONE).order_by("position")
    for item in items.select_related("case__client", "case__team").iterator(chunk_size=50):
        item.batch = batch
        try:
            yield item, _letter(item)
        except (Problem, approval.NotApproved, authority.OutsideMandate) as error:
            problem = problem_of(error)
            BatchItem.objects.filter(pk=item.pk).update(
                state=BatchItem.State.FAILED, problem=problem.key if problem else "odd"
            )


def _letter(item: BatchItem) -> Letter:
    """The final letter of an item, with its PDF. Raises what says why it may not be printed."""
    case_for(item, item.batch.by, Permission.SEND)
    frozen = Letter.objects.filter(case=item.case_id, frozen_at__isnull=False)
    letter = frozen.defer("html").filter(number=item.letter).first()
    if letter is None:
        raise Problem("no_letter")
    letter.case = item.case
    to_print(letter, None, on=timezone.localdate())
    return letter


def _keep(
    batch: Batch, kind: BatchFile.Kind, spool: Spool, letters: int, pages: int, at: datetime
) -> None:
    batch.files.filter(kind=kind).delete()
    file = BatchFile.objects.create(
        batch=batch,
        kind=kind,
        size=spool.size,
        letters=letters,
        pages=pages,
        made_at=at,
        keep_until=(at + KEPT).date(),
    )
    number, waiting = 0, b""
    for piece in spool.pieces():
        waiting += piece
        while len(waiting) >= BatchFilePart.SIZE:
            number += 1
            _keep_part(file, number, waiting[: BatchFilePart.SIZE])
            waiting = waiting[BatchFilePart.SIZE :]
    if waiting:
        _keep_part(file, number + 1, waiting)
    spool.close()


def _keep_part(file: BatchFile, number: int, data: bytes) -> None:
    BatchFilePart.objects.create(file=file, number=number, data=data)


# Taking away, and forgetting ----------------------------------------------------------------------


def file_for(batch: Batch, kind: str, user: User) -> BatchFile | None:
    """A file of a batch, for somebody who may let every letter in it go out; None otherwise.

    One letter behind a wall keeps the whole file from them: it cannot be taken out of it.
    """
    file = batch.files.filter(kind=kind).first()
    if file is None:
        return None
    if is_stale(file):
        discard(batch, by=None)
        return None
    made = batch.items.filter(state=BatchItem.State.DONE)
    reached = Case.objects.within(user, Permission.SEND).filter(pk__in=made.values("case"))
    return file if reached.count() == made.count() else None


def is_stale(file: BatchFile) -> bool:
    """Whether something stands in a file that may not go out any more, or is not there.

    That is a letter of a case that was deleted, or one under a mandate that was revoked since.
    """
    made = file.batch.items.filter(state=BatchItem.State.DONE)
    if made.count() != file.letters:
        return True
    clients = made.filter(case__client__isnull=False).values("case__client")
    return Mandate.objects.filter(client__in=clients, revoked_at__gte=file.made_at).exists()


def pieces(file: BatchFile) -> Iterator[bytes]:
    """The bytes of a file, so that it is never in memory whole."""
    for part in file.parts.order_by("number").iterator(chunk_size=1):
        yield part.data


@transaction.atomic
def taken_away(file: BatchFile, *, by: User) -> None:
    """Note who took which letters away. By their ids, so that it can be found for each case."""
    made = file.batch.items.filter(state=BatchItem.State.DONE).order_by("position")
    note(
        file.batch.team,
        "batch.downloaded",
        by=by,
        thing="batch",
        thing_id=file.batch_id,
        details={"file": file.kind, "cases": list(made.values_list("case", flat=True))},
    )


@transaction.atomic
def discard(batch: Batch, *, by: User | None) -> bool:
    """Delete the files of a batch; the letters stay in their cases."""
    if by is not None:
        require(by, Permission.CAMPAIGNS, batch.team)
    files = BatchFile.objects.filter(batch=batch)
    if not files.exists():
        return False
    BatchFilePart.objects.filter(file__in=files).delete()
    files.delete()
    note(batch.team, "batch.discarded", by=by, thing="batch", thing_id=batch.pk)
    return True


def forget_old(today: date) -> None:
    """Delete files whose time is over, and those in which something stands that may not go out."""
    for batch in Batch.objects.filter(files__isnull=False).distinct().select_related("team"):
        file = batch.files.first()
        if file and (file.keep_until < today or is_stale(file)):
            discard(batch, by=None)
