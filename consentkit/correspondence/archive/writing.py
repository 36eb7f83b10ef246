"""Writing an archive: piece by piece, so that no case has to be in memory whole."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models.functions import Length
from django.utils import translation
from django.utils.translation import gettext, ngettext

from consentkit.cases.models import CalendarFeed, Case
from consentkit.cases.naming import name_of
from consentkit.confidential.cipher import OVERHEAD
from consentkit.correspondence.kinds import safe_name
from consentkit.correspondence.models import Attachment, AttachmentPart, Message
from consentkit.law.statutes import law_of
from consentkit.letters.models import Letter
from consentkit.teams.models import User

from .form import (
    ACCOUNT,
    CASE_FILE,
    DATES_FILE,
    FORMAT,
    MANIFEST,
    README,
    VERSION,
    Json,
    said,
)

# Every member bears the same time, so that the same case makes the same bytes.
NO_TIME = (1980, 1, 1, 0, 0, 0)
SETTINGS = tuple("email name language time_zone lead remind names_in_mail date_joined".split())


class Sink(io.RawIOBase):
    """Takes what is written and gives it away; it cannot go back, like a network."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self.waiting = b"".join(self.waiting), []
        return taken


@dataclass
class _Archive:
    """A ZIP file in the making, and what will stand in its manifest."""

    sink: Sink = field(default_factory=Sink)
    files: list[dict[str, Json]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.zip = zipfile.ZipFile(self.sink, "w", zipfile.ZIP_DEFLATED)

    def add(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Add a file; yields the bytes of the archive that are ready by then."""
        info = zipfile.ZipInfo(name, NO_TIME)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        size, digest = 0, sha256()
        with self.zip.open(info, "w") as member:
            for piece in pieces:
                member.write(piece)
                size += len(piece)
                digest.update(piece)
                yield self.sink.take()
        self.files.append({"name": name, "size": size, "sha256": digest.hexdigest()})
        yield self.sink.take()

    def end(self, manifest: Mapping[str, Json]) -> Iterator[bytes]:
        yield from self.add(MANIFEST, [written({**manifest, "files": self.files})])
        self.zip.close()
        yield self.sink.take()


def written(value: Json) -> bytes:
    """JSON for people and programs: indented, with real letters, each value on its line."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def everything(user: User, *, made_at: datetime) -> Iterator[bytes]:
    """The archive of an account, as the bytes of a ZIP file."""
    archive = _Archive()
    cases = list(Case.objects.filter(owner=user, team=None).order_by("created_at", "pk"))
    folders = _folders(cases)
    yield from archive.add(README, [_readme(user, cases, folders)])
    yield from archive.add(ACCOUNT, [written(_account(user))])
    for case in cases:
        yield from _case(archive, case, folders[case.pk], _language(user))
    yield from archive.end(
        {
            "format": FORMAT,
            "version": VERSION,
            "software": f"ConsentKit {settings.VERSION}",
            "made_at": made_at.isoformat(timespec="seconds"),
        }
    )


def _folders(cases: Iterable[Case]) -> dict[int, str]:
    found: dict[int, str] = {}
    for case in cases:
        name, number = f"cases/{case.reference}", 1
        while name in found.values():
            number += 1
            name = f"cases/{case.reference}-{number}"
        found[case.pk] = name
    return found


def _language(user: User) -> str:
    return user.language or translation.get_language() or settings.LANGUAGE_CODE


# For people ---------------------------------------------------------------------------------------


def _readme(user: User, cases: list[Case], folders: Mapping[int, str]) -> bytes:
    with translation.override(_language(user)):
        lines = [
            gettext("Your data from ConsentKit"),
            "",
            gettext(
                "This file holds everything that belongs to your account. You can read it without "
                "ConsentKit, and ConsentKit can take your cases in again, on this site or on "
                "another one: on the page of your account, under “Your data”."
            ),
            "",
            gettext("Keep it as safe as the letters in it: nothing here is encrypted."),
            "",
            gettext("What is what"),
            "",
            *(f"{name}\n    {text}" for name, text in _explained()),
            "",
            ngettext("Your case", "Your cases", len(cases)) if cases else gettext("No cases."),
            "",
            *(
                f"{folders[case.pk]}/\n    {case.company}, {law_of(case.law).title}, "
                f"{case.opened_on}"
                for case in cases
            ),
        ]
    return "\n".join([*lines, ""]).encode()


def _explained() -> list[tuple[str, str]]:
    return [
        (ACCOUNT, gettext("What your account holds: address, name, settings, ways to sign in.")),
        (
            f"cases/…/{CASE_FILE}",
            gettext("The case with its whole log, struck entries included, for programs."),
        ),
        (f"cases/…/{DATES_FILE}", gettext("The dates of the case, for a spreadsheet.")),
        (
            "cases/…/letters/",
            gettext(
                "Each letter as it went out (PDF, HTML, text), and the answers that it is made of "
                "(request.json)."
            ),
        ),
        ("cases/…/messages/", gettext("E-mails as they went out or came in (.eml).")),
        ("cases/…/attachments/", gettext("Files as they came. Open only those that you trust.")),
        (
            MANIFEST,
            gettext(
                "A list of all files with their SHA-256. It shows whether a file was damaged or "
                "changed on the way."
            ),
        ),
    ]


def _account(user: User) -> dict[str, Json]:
    feed = CalendarFeed.objects.filter(user=user).first()
    return {
        **{name: _plain(getattr(user, name)) for name in SETTINGS},
        "addresses": [
            {"email": one.email, "verified": one.verified, "primary": one.primary}
            for one in EmailAddress.objects.filter(user=user).order_by("pk")
        ],
        "ways_to_sign_in": [
            {"kind": one.type, "since": _plain(one.created_at)}
            for one in Authenticator.objects.filter(user=user).order_by("pk")
        ],
        "calendar_feed": {"since": _plain(feed.made_at), "names": feed.names} if feed else None,
    }


def _plain(value: object) -> Json:
    return value.isoformat() if isinstance(value, (date, datetime)) else value


# Cases --------------------------------------------------------------------------------------------


def _case(archive: _Archive, case: Case, folder: str, language: str) -> Iterator[bytes]:
    messages = list(
        case.messages.select_related("letter")
        .defer("raw")
        .annotate(raw_size=Length("raw"))
        .order_by("made_at", "pk")
    )
    attachments = list(case.attachments.order_by("added_at", "pk"))
    files = {one.pk: _file_name(number, one) for number, one in enumerate(attachments, start=1)}
    letters = case.letters.defer("text", "html", "pdf").order_by("number")
    told = {
        **said(case),
        "log": [{**said(row), "by": row.fact.by} for row in case.records.order_by("number")],
        "letters": [said(letter) for letter in letters],
        "messages": [_message(message, number) for number, message in enumerate(messages, start=1)],
        "attachments": [
            {
                **said(one),
                "message": _place(messages, one.message_id),
                "file": files[one.pk],
            }
            for one in attachments
        ],
        "deadlines": _deadlines(case),
        "proposals": [said(one) for one in case.proposals.order_by("made_at", "pk")],
        "tags": sorted(tag.name for tag in case.tags.all()),
    }
    yield from archive.add(f"{folder}/{CASE_FILE}", [written(_in_order(told))])
    yield from archive.add(f"{folder}/{DATES_FILE}", [_dates(case, language)])
    for letter in letters:
        yield from _letter(archive, letter, f"{folder}/letters/{letter.number}")
    for number, message in enumerate(messages, start=1):
        if _has_original(message):
            yield from archive.add(f"{folder}/{_message_file(number)}", [message.raw])
    for one in attachments:
        pieces = AttachmentPart.objects.filter(attachment=one).order_by("number")
        yield from archive.add(
            f"{folder}/{files[one.pk]}", (part.data for part in pieces.iterator(chunk_size=1))
        )


def _in_order(told: dict[str, Json]) -> dict[str, Json]:
    """The same always in the same order: a database may give keys back in another one."""
    for row in (*told["log"], *told["proposals"]):
        row["details"] = json.loads(json.dumps(row["details"], sort_keys=True))
    return told


def _message(message: Message, number: int) -> dict[str, Json]:
    return {
        **said(message),
        "number": message.number_in_log,
        "letter": message.letter.number if message.letter else None,
        "file": _message_file(number) if _has_original(message) else None,
    }


def _has_original(message: Any) -> bool:
    """Whether a message is kept as it went over the wire; as ``raw_size`` says, unopened."""
    return bool(message.raw_size > OVERHEAD)


def _message_file(number: int) -> str:
    return f"messages/{number:04d}.eml"


def _place(messages: list[Message], key: int | None) -> int | None:
    """Which of the messages it is, counted from 1."""
    return next((place for place, one in enumerate(messages, start=1) if one.pk == key), None)


def _file_name(number: int, attachment: Attachment) -> str:
    return f"attachments/{number:04d}-{safe_name(attachment.name, attachment.kind)}"


def _deadlines(case: Case) -> list[dict[str, Json]]:
    rows = case.deadlines.prefetch_related("reminders").order_by("key", "right", "letter", "day")
    return [
        {
            **said(row),
            "reminders": [
                said(one)
                for one in sorted(
                    row.reminders.all(), key=lambda one: (one.kind, one.channel, one.claimed_at)
                )
                if one.recipient_id == case.owner_id
            ],
        }
        for row in rows
    ]


def _letter(archive: _Archive, letter: Letter, folder: str) -> Iterator[bytes]:
    yield from archive.add(f"{folder}/request.json", [written(letter.request)])
    if not letter.is_frozen:
        return
    for name, content in (
        ("letter.txt", letter.text.encode()),
        ("letter.html", letter.html.encode()),
        ("letter.pdf", letter.pdf),
    ):
        yield from archive.add(f"{folder}/{name}", [content])


def _dates(case: Case, language: str) -> bytes:
    """The dates of a case for a spreadsheet."""
    text = io.StringIO()
    with translation.override(language):
        table = csv.writer(text)
        table.writerow(
            [
                gettext("Date"),
                gettext("What"),
                gettext("Whose"),
                gettext("Set by law"),
                gettext("Late from"),
                gettext("How it stands"),
            ]
        )
        for row in case.deadlines.filter(void=False).order_by("day", "key", "right", "letter"):
            table.writerow(
                [
                    row.day.isoformat(),
                    name_of(row.key),
                    gettext("yours") if row.is_ours else gettext("theirs"),
                    gettext("yes") if row.is_law else gettext("no"),
                    row.overdue_from.isoformat() if row.overdue_from else "",
                    gettext("done on %(day)s") % {"day": row.settled_on.isoformat()}
                    if row.settled_on
                    else gettext("open"),
                ]
            )
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    return ("\ufeff" + text.getvalue()).encode()
