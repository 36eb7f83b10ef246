"""Whose case does an incoming message belong to? It is filed there, whole and as it came.

By the address it was sent to, by the message that it answers, by the message that a notice is
about. A reference in the subject is only a hint: a person confirms it. Nothing is ever answered.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from consentkit.cases import actions as cases
from consentkit.cases.models import Case, CaseWord
from consentkit.cases.trail import leave
from consentkit.teams.models import User

from . import incoming, virus
from .actions import proved_sent, record_bounce
from .addresses import code_in
from .attachments import Checked, NotTaken, check_file, keep_file
from .days import day_of
from .incoming import Incoming
from .models import Message

State, Kind = Message.State, Message.Kind

REFERENCE = re.compile(r"\bCK-[A-Z2-7]{8}\b", re.I)
# A reference names few cases; a subject full of them is no hint at all.
HINTS = 3
SEARCHED = 4_000  # characters of a message by which its case can be found
A_DAY = timedelta(days=1)
# What an incoming message shows of a letter's arrival, if it is about one of ours.
SHOWS = {
    Kind.DELIVERED: "delivery_status",
    Kind.RELAYED: "delivery_status",
    Kind.READ: "acknowledgement",
    Kind.AUTO: "acknowledgement",
}


class TooLarge(ValueError):
    """The message is larger than this site takes in."""


class NotAMessage(ValueError):
    """The bytes are no e-mail."""


@dataclass(frozen=True)
class Filed:
    """Where a message was filed. ``is_new`` is False for one that was there already."""

    message: Message
    is_new: bool


def receive(raw: bytes, *, recipient: str = "", case: Case | None = None) -> Filed | None:
    """File a message; None where it is of no case of ours.

    ``recipient`` is the address for which the mail server took it. ``case`` is where somebody put
    it by hand. Raises TooLarge, NotAMessage, and ScannerAway where files cannot be scanned now.
    """
    if len(raw) > settings.MAX_FILE_SIZE:
        raise TooLarge
    if not raw.strip():
        raise NotAMessage
    told = incoming.read(raw)
    if case is not None and not told.headers:
        raise NotAMessage
    about = _message_answered(told)
    if case is not None:
        # Who added it by hand knows who wrote it; a stranger could write any name above theirs.
        own = _is_from_us(case, told)
        return _file(case, raw, told, about=_of_case(about, case), own=own)
    found = _case_addressed((recipient, *told.recipients))
    if found is None and about is not None:
        found = about.case
    if found is not None:
        return _file(found, raw, told, about=_of_case(about, found))
    hinted = _case_hinted(told)
    return _file(hinted, raw, told, about=None, proposed=True) if hinted else None


@transaction.atomic
def accept(message: Message, *, by: User | None = None) -> bool:
    """A person says that a proposed message belongs to its case."""
    proposed = Message.objects.filter(pk=message.pk, state=State.PROPOSED)
    accepted = proposed.update(state=State.RECEIVED)
    if accepted:
        leave(message.case, "message.accepted", by=by, message=message.pk)
    return bool(accepted)


@transaction.atomic
def reject(message: Message, *, by: User | None = None) -> bool:
    """A person says that a proposed message does not belong to its case; it is forgotten."""
    deleted, _ = Message.objects.filter(pk=message.pk, state=State.PROPOSED).delete()
    if deleted:
        leave(message.case, "message.rejected", by=by, message=message.pk)
    return bool(deleted)


# Whose it is --------------------------------------------------------------------------------------


def _case_addressed(recipients: Iterable[str]) -> Case | None:
    codes = {code for address in recipients if (code := code_in(address))}
    return Case.objects.filter(code__in=codes).order_by("pk").first() if codes else None


def _message_answered(told: Incoming) -> Message | None:
    """The message of ours that this one answers, or is a notice about."""
    ids = [*told.notice.about, *told.references]
    found = {
        message.message_id: message
        for message in Message.objects.filter(
            message_id__in=ids[:200], outgoing=True, letter__isnull=False
        )
        .without_bodies()
        .select_related("case__owner", "letter")
    }
    return next((found[one] for one in ids if one in found), None)


def _of_case(message: Message | None, case: Case) -> Message | None:
    return message if message is not None and message.case_id == case.pk else None


def _case_hinted(told: Incoming) -> Case | None:
    """The case whose reference stands in the subject, if it is one case alone."""
    references = {one.upper() for one in REFERENCE.findall(told.subject)}
    if not 0 < len(references) <= HINTS:
        return None
    found = list(Case.objects.filter(reference__in=references).order_by("pk")[:2])
    return found[0] if len(found) == 1 else None


# Filing -------------------------------------------------------------------------------------------


def _file(
    case: Case,
    raw: bytes,
    told: Incoming,
    *,
    about: Message | None,
    proposed: bool = False,
    own: bool = False,
) -> Filed:
    if (known := _known(case, told)) is not None:
        return Filed(known, False)
    # A scanner takes its time; nobody else has to wait for it.
    files, left_out = _checked(told)
    with transaction.atomic():
        return _filed(case, raw, told, files, left_out, about=about, proposed=proposed, own=own)


def _filed(
    case: Case,
    raw: bytes,
    told: Incoming,
    files: list[Checked],
    left_out: list[list[str]],
    *,
    about: Message | None,
    proposed: bool,
    own: bool,
) -> Filed:
    case = Case.objects.select_for_update(no_key=True).select_related("owner").get(pk=case.pk)
    known = _known(case, told)
    if known is not None:
        return Filed(known, False)
    now = timezone.now()
    happened = told.date if told.date is not None and told.date <= now + A_DAY else now
    message = Message.objects.create(
        case=case,
        letter=about.letter if about is not None else None,
        outgoing=own,
        state=State.PROPOSED if proposed else State.SENT if own else State.RECEIVED,
        kind=told.notice.kind,
        message_id=_free_id(case, told),
        headers={**_headers(told), "left_out": left_out},
        text=told.text,
        html=told.html,
        raw=raw,
        sha256=told.sha256,
        problem=told.problem,
        made_at=now,
        handed_over_at=happened if own else None,
        happened_at=happened,
    )
    for file in files:
        keep_file(case, file, message=message)
    texts = [told.subject, told.sender, told.text[:SEARCHED]]
    cases.learn_words(case, texts, CaseWord.Place.MESSAGE)
    if about is not None and not proposed and not own:
        _draw_conclusions(case, about, told, happened)
    return Filed(message, True)


def _known(case: Case, told: Incoming) -> Message | None:
    """The same message, if it was filed before; one that travelled two ways is the same one."""
    same = Q(sha256=told.sha256) | Q(message_id=told.message_id)
    for one in case.messages.defer("raw", "html").filter(same):
        if one.sha256 == told.sha256:
            return one
        said = (one.headers.get("subject"), one.text.strip())
        if said == (told.subject, told.text.strip()):
            return one
    return None


def _free_id(case: Case, told: Incoming) -> str:
    """The message's own id, or one made of its hash where another message has that already."""
    if case.messages.filter(message_id=told.message_id).exists():
        return f"<sha256.{told.sha256}@same-id.invalid>"
    return told.message_id


def _is_from_us(case: Case, told: Incoming) -> bool:
    """Whether the person wrote it: a copy of what they sent by their own mail program."""
    senders = [*case.about.get("sender", [])[1:2], *case.about.get("account", [])[1:2]]
    own = {str(one).strip().lower() for one in (*senders, case.owner.email) if one}
    return told.notice.kind == Kind.MAIL and told.sender_address in own


def _headers(told: Incoming) -> dict[str, object]:
    return {
        "from": told.sender,
        "to": list(told.to),
        "cc": list(told.cc),
        "reply_to": told.reply_to,
        "subject": told.subject,
        "date": told.date.isoformat() if told.date else "",
        "all": [list(pair) for pair in told.headers],
    }


def _checked(told: Incoming) -> tuple[list[Checked], list[list[str]]]:
    """The files of a message that are taken out of it, and those that stay in the original."""
    files: list[Checked] = []
    left_out: list[list[str]] = []
    for file in told.files:
        try:
            files.append(check_file(io.BytesIO(file.content), file.name))
        except NotTaken as error:
            if error.problem == "scanner_away":
                raise virus.ScannerAway from None
            left_out.append([file.name[:200], error.problem])
    return files, left_out


# What follows from it -----------------------------------------------------------------------------


def _draw_conclusions(case: Case, about: Message, told: Incoming, happened: datetime) -> None:
    """What a message shows of the letter that it is about.

    A letter that came back is known not to be there. An arrival is only proposed.
    """
    letter = about.letter
    assert letter is not None
    on = min(day_of(case, happened), day_of(case, timezone.now()))
    kind = told.notice.kind
    if kind == Kind.BOUNCED:
        if _is_lost(about, told):
            record_bounce(about, on=on, status=told.notice.status)
        return
    # Only what went out can be answered, delivered or delayed.
    proved_sent(about)
    evidence = SHOWS.get(kind)
    if evidence is not None and not case.is_closed:
        sent = about.handed_over_at or about.claimed_at
        earliest = day_of(case, sent) if sent else on
        cases.propose_receipt(case, letter=letter.number, on=max(on, earliest), evidence=evidence)


def _is_lost(about: Message, told: Incoming) -> bool:
    """Whether nobody whom a message went to got it. Remembers those who did not."""
    recipients = {one.lower() for one in about.headers.get("to", [])}
    failed = {*about.headers.get("failed", []), *(recipients & set(told.notice.failed))}
    if not recipients & set(told.notice.failed) and len(recipients) == 1:
        failed = recipients  # it names an address to which theirs was forwarded
    about.headers["failed"] = sorted(failed)
    about.save(update_fields=["headers"])
    return recipients <= failed
