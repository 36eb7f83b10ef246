"""What a case has to show: its letters, messages, files, and how its dates were counted.

``exhibits`` numbers them by the day they are from, E1 first; the certificates of the dates come
last. Everything that speaks of exhibits (the list on the page, the index of the bundle, its
bookmarks, stamps and manifest) goes by this list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import Label
from consentkit.cases.models import Case
from consentkit.cases.posture import Due, Posture
from consentkit.letters.models import Letter

from .chronicle import Written, counted, evidence_of, key_of, title_of
from .days import day_of
from .kinds import EML, ENDINGS, JSON, PDF
from .models import Attachment, Message


class Sort(StrEnum):
    """What an exhibit is."""

    LETTER = "letter"
    MESSAGE = "message"
    FILE = "file"
    DATE = "date"


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """One piece of evidence.

    ``key`` names it in its case for good (``message-12``), ``number`` in a bundle. ``title`` and
    ``source`` name nobody; ``detail`` is what others wrote on it: a subject, the name of a file.
    ``file`` is the name under which the original is embedded, ``sha256`` the original's hash, and
    ``read`` gives its bytes. ``facts`` are the numbers of the entries of the log that it belongs
    to, ``parent`` the key of the message that it came with.
    """

    key: str
    sort: Sort
    number: int = 0
    title: str
    detail: str = ""
    source: str
    on: date
    media_type: str
    file: str = ""
    sha256: str
    facts: tuple[int, ...] = ()
    parent: str = ""
    due: Due | None = field(default=None, compare=False, repr=False)
    read: Callable[[], bytes] = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        return f"E{self.number}"


class NotTheOriginal(ValueError):
    """What is kept does not have the hash that was noted for it. ``key`` names the exhibit."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} does not have the hash that was noted for it")
        self.key = key


# Messages that left or came in; what is only planned is no evidence.
SHOWN = (
    Message.State.SENT,
    Message.State.BOUNCED,
    Message.State.UNCERTAIN,
    Message.State.RECEIVED,
)
KINDS_OF_MESSAGE: Mapping[str, Label] = {
    Message.Kind.MAIL: _("E-mail received"),
    Message.Kind.AUTO: _("Automatic message received"),
    Message.Kind.READ: _("Read receipt"),
    Message.Kind.DELIVERED: _("Confirmation of delivery"),
    Message.Kind.RELAYED: _("Confirmation that it was passed on"),
    Message.Kind.DELAYED: _("Notice of a delay"),
    Message.Kind.BOUNCED: _("Notice that it could not be delivered"),
}
SENT: Mapping[str, Label] = {
    Message.State.SENT: _("E-mail sent"),
    Message.State.BOUNCED: _("E-mail sent, came back"),
    Message.State.UNCERTAIN: _("E-mail, perhaps sent"),
}
# What the sender filed something as, by the entry of the log that it was added to.
PROOF: Mapping[str, Label] = {
    "sent": _("Filed as proof of sending"),
    "received": _("Filed as proof of arrival"),
    "bounced": _("Filed as proof of non-delivery"),
    "acknowledged": _("Filed as confirmation of receipt"),
    "answered": _("Filed as answer of the company"),
    "appeal_answered": _("Filed as decision about the appeal or complaint"),
    "extension_notified": _("Filed as announcement of an extension"),
    "identity_requested": _("Filed as request for identification"),
    "authority_progress": _("Filed as report of the authority"),
    "authority_decided": _("Filed as decision of the authority"),
}


def exhibits(
    case: Case, *, written: Written, include: Collection[str] | None = None
) -> list[Exhibit]:
    """The exhibits of a case, numbered. ``include`` are the keys to keep, None for all.

    What is large stays in the database until it is read.
    """
    posture = case.posture()
    found = [
        *_letters(case, posture, written),
        *_messages_and_files(case, written),
        *_dates(case, posture, written),
    ]
    kept = [one for one in found if include is None or one.key in include]
    kept.sort(key=_order(kept))
    width = max(2, len(str(len(kept))))
    return [
        replace(one, number=number, file=f"E{number:0{width}}-{_file_name(one)}")
        for number, one in enumerate(kept, start=1)
    ]


def _order(found: Iterable[Exhibit]) -> Callable[[Exhibit], tuple[Any, ...]]:
    """By day; what came with a message stands behind it, the counted dates behind everything."""
    days = {one.key: one.on for one in found}
    sorts = list(Sort)

    def place(one: Exhibit) -> tuple[Any, ...]:
        lead = one.parent if one.parent in days else one.key
        sort, _, number = lead.partition("-")
        own = int(one.key.rpartition("-")[2]) if one.sort is not Sort.DATE else 0
        leader = int(number) if one.sort is not Sort.DATE else 0
        return (
            one.sort is Sort.DATE,
            days[lead],
            sorts.index(Sort(sort)),
            leader,
            lead != one.key,
            own,
        )

    return place


def _file_name(one: Exhibit) -> str:
    """What the original is called in the bundle; it names nobody."""
    ending = ENDINGS.get(one.media_type, (".bin",))[0]
    plain = {Sort.LETTER: "letter", Sort.MESSAGE: "message", Sort.FILE: "file", Sort.DATE: "date"}
    return plain[one.sort] + ending


def _letters(case: Case, posture: Posture, written: Written) -> Iterable[Exhibit]:
    frozen = case.letters.exclude(frozen_at=None).defer("request", "text", "html", "pdf")
    for letter in frozen:
        arrival = posture.arrivals.get(letter.number)
        made = posture.letters.get(letter.number)
        assert letter.frozen_at is not None
        frozen_on = day_of(case, letter.frozen_at)
        on = (arrival.sent if arrival else None) or (made.on if made else frozen_on)
        yield Exhibit(
            key=f"letter-{letter.number}",
            sort=Sort.LETTER,
            title=gettext("Letter %(number)s: %(title)s")
            % {"number": letter.number, "title": letter.title},
            source=gettext("Letter of the sender, as it was made final on %(day)s")
            % {"day": written(frozen_on)},
            on=on,
            media_type=PDF,
            sha256=letter.pdf_sha256,
            facts=_facts_of(posture, letter.number),
            read=_reads_letter(letter),
        )


def _facts_of(posture: Posture, letter: int) -> tuple[int, ...]:
    return tuple(
        fact.number
        for fact in posture.facts
        if fact.letter == letter and fact.kind in ("made", "sent")
    )


def _reads_letter(letter: Letter) -> Callable[[], bytes]:
    return lambda: bytes(Letter.objects.values_list("pdf", flat=True).get(pk=letter.pk))


def _messages_and_files(case: Case, written: Written) -> Iterable[Exhibit]:
    messages = list(case.messages.filter(state__in=SHOWN).defer("raw", "text", "html"))
    facts = case.facts()
    told = {fact.number: fact for fact in facts}
    days = {}
    for message in messages:
        moment = message.happened_at or message.handed_over_at or message.made_at
        days[message.pk] = day_of(case, moment)
        words = SENT[message.state] if message.outgoing else KINDS_OF_MESSAGE[message.kind]
        source = (
            gettext("Sent through this site's mail server")
            if message.outgoing
            else gettext("Taken in on %(day)s, as it came")
            % {"day": written(day_of(case, message.made_at))}
        )
        yield Exhibit(
            key=f"message-{message.pk}",
            sort=Sort.MESSAGE,
            title=str(words),
            detail=str(message.headers.get("subject") or ""),
            source=source,
            on=days[message.pk],
            media_type=EML,
            sha256=message.sha256,
            facts=tuple(fact.number for fact in facts if fact.details.get("message") == message.pk),
            read=_reads_message(message),
        )
    for attachment in case.attachments.all():
        if attachment.message_id is not None and attachment.message_id not in days:
            continue  # of a message that is not shown
        fact = told.get(attachment.event or 0)
        added = day_of(case, attachment.added_at)
        if attachment.message_id is not None:
            title, source = gettext("File that came with it"), gettext("Attached to the message")
        elif fact is not None:
            title = str(PROOF.get(fact.kind, gettext("File of the sender")))
            source = gettext("Added by the sender on %(day)s to entry %(number)s of the log") % {
                "day": written(added),
                "number": fact.number,
            }
        else:
            title = gettext("File of the sender")
            source = gettext("Added by the sender on %(day)s") % {"day": written(added)}
        yield Exhibit(
            key=f"file-{attachment.pk}",
            sort=Sort.FILE,
            title=title,
            detail=attachment.name,
            source=source,
            on=days.get(attachment.message_id or 0) or (fact.on if fact else added),
            media_type=attachment.kind,
            sha256=attachment.sha256,
            facts=(fact.number,) if fact else (),
            parent=f"message-{attachment.message_id}" if attachment.message_id else "",
            read=_reads_file(attachment),
        )


def _reads_message(message: Message) -> Callable[[], bytes]:
    return lambda: bytes(Message.objects.values_list("raw", flat=True).get(pk=message.pk))


def _reads_file(attachment: Attachment) -> Callable[[], bytes]:
    return attachment.content


def _dates(case: Case, posture: Posture, written: Written) -> Iterable[Exhibit]:
    for due in counted(posture):
        assert due.day is not None
        data = reckoning_as_json(case, due, evidence_of(due, posture, written))
        yield Exhibit(
            key=f"date-{key_of(due)}",
            sort=Sort.DATE,
            title=title_of(due),
            source=gettext("Counted by the software from the log and the rules it cites"),
            on=due.day,
            media_type=JSON,
            sha256=sha256(data).hexdigest(),
            due=due,
            read=_gives(data),
        )


def _gives(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def reckoning_as_json(case: Case, due: Due, evidence: str) -> bytes:
    """How a date was counted, for a program: the rule, each step, the result."""
    assert due.deadline is not None
    deadline = due.deadline
    told = {
        "law": case.law,
        "right": due.right,
        "duty": due.key,
        "letter": due.letter,
        "owed_by": due.owed_by.value,
        "nature": due.nature.value,
        "citation": deadline.duty.citation,
        "place": case.place,
        "rules": case.edition,
        "arrival": evidence,
        "steps": [
            {"step": step.key, "citation": step.citation, **_plain(step.values)}
            for step in deadline.steps
        ],
        "by_counting_alone": _iso(deadline.nominal),
        "due": _iso(deadline.due),
        "late_from": _iso(deadline.overdue_from),
        "disputed": deadline.disputed,
        "provisional": due.provisional,
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _iso(value) if isinstance(value, date) else value for name, value in values.items()
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
