"""Looking through an archive that somebody brings. Nothing in it is trusted, nothing is written.

First the ZIP file itself: names, sizes, no bombs. Then every file against the manifest. Then what
the files say, down to the chain of each log. Only an archive that stands all of it is handed on.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import EVIDENCE, KINDS, SHAPES, Detail, Fact, digest
from consentkit.cases.models import ALPHABET, CODE_LENGTH, Case, Deadline, EventRecord, Proposal
from consentkit.cases.models import Reminder as ReminderRow
from consentkit.cases.posture import Matter, assess
from consentkit.correspondence import virus
from consentkit.correspondence.kinds import ENDINGS, safe_name
from consentkit.correspondence.models import Attachment, AttachmentPart, Message
from consentkit.law.holidays import UnknownPlace, check_place
from consentkit.law.statutes import LAWS
from consentkit.letters.keeping import from_json
from consentkit.letters.models import Letter
from consentkit.letters.role import stage_of
from consentkit.office.tags import MOST, normal
from consentkit.teams.actions import NotPossible

from .form import (
    ACCOUNT,
    CASE_FILE,
    DATES_FILE,
    FOLDER,
    FORMAT,
    MANIFEST,
    README,
    VERSION,
    Json,
    Misshapen,
    heard,
    thing,
    things,
    whole,
)

MOST_FILES = 50_000
LARGEST_TOTAL = 1024**3  # bytes of all files, unpacked
LARGEST_JSON = 64 * 1024**2
# Text shrinks to a tenth, or a hundredth where it repeats itself; what shrinks more is a trap.
MOST_SHRUNK = 250
PIECE = AttachmentPart.SIZE
NAME = re.compile(r"[^\x00-\x1f\x7f\\:]{1,300}")
CODE = re.compile(rf"[{ALPHABET}]{{{CODE_LENGTH}}}")
REFERENCE = re.compile(r"CK-[A-Z2-7]{8}")
DIGEST = re.compile(r"[0-9a-f]{64}")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
LISTS = frozenset({"addressees", "sender", "account"})  # of what is known about a case
FROZEN = ("letter.txt", "letter.html", "letter.pdf")


class Refused(ValueError):
    """The archive is not taken in: ``problem`` is a key of ``PROBLEMS``, ``file`` is at fault."""

    def __init__(self, problem: str, file: str = "", detail: str = "") -> None:
        super().__init__(f"{problem} {file} {detail}".strip())
        self.problem = problem
        self.file = file
        self.detail = detail

    @property
    def message(self) -> str:
        said = str(PROBLEMS[self.problem]) % {"file": self.file}
        return f"{said} ({self.detail})" if self.detail else said


PROBLEMS: dict[str, str | Promise] = {
    "no_zip": _("This is no archive of ConsentKit: it cannot be opened as a ZIP file."),
    "foreign": _("This is no archive of ConsentKit: it has no manifest that we can read."),
    "version": _("This archive was made by another version of ConsentKit, which we cannot read."),
    "too_large": _("This archive is larger than this site takes in."),
    "name": _("The archive holds a file whose name is not allowed: %(file)s."),
    "method": _("The archive holds a file that is packed in a way we do not read: %(file)s."),
    "large_file": _("The archive holds a file that is too large: %(file)s."),
    "twice": _("The archive holds a file twice: %(file)s."),
    "missing": _("A file is missing from the archive: %(file)s."),
    "extra": _("The archive holds a file that its manifest does not name: %(file)s."),
    "changed": _("A file was changed or damaged since the archive was made: %(file)s."),
    "shape": _("A file of the archive is not as it has to be: %(file)s."),
    "chain": _("The log of a case was changed: its chain of digests breaks in %(file)s."),
    "law": _("This site does not know the law or the kind of letter of a case: %(file)s."),
    "infected": _("The virus scanner found something harmful in a file: %(file)s."),
    "scanner_away": _(
        "The virus scanner of this site does not answer, so no file can be taken in now. Please "
        "try again later."
    ),
}


@dataclass(frozen=True)
class Told:
    """A row: the columns, and what stands beside them."""

    columns: dict[str, Any]
    beside: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CaseTold:
    """A case of an archive, checked."""

    folder: str
    columns: dict[str, Any]
    log: list[Told]
    letters: list[Told]
    messages: list[Told]
    attachments: list[Told]
    deadlines: list[Told]
    proposals: list[Told]
    tags: list[str]


class Archive:
    """An archive that was looked through whole, or is refused. It reads from ``stream``."""

    def __init__(self, stream: BinaryIO) -> None:
        stream.seek(0)
        try:
            self.zip = zipfile.ZipFile(stream)
            self.members = self._members()
            self.files = self._manifest()
            self._compare()
            self.cases = [self._case(name) for name in self.files if _is_case(name)]
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError):
            raise Refused("no_zip") from None
        self._know_all()

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, in pieces; never more than its entry in the ZIP file says."""
        left = self.members[name].file_size
        with self.zip.open(self.members[name]) as member:
            while piece := member.read(PIECE):
                left -= len(piece)
                if left < 0:
                    raise Refused("changed", name)
                yield piece

    def content(self, name: str) -> bytes:
        """The bytes of a file."""
        return b"".join(self.pieces(name))

    # The ZIP file

    def _members(self) -> dict[str, zipfile.ZipInfo]:
        found: dict[str, zipfile.ZipInfo] = {}
        every = self.zip.infolist()
        if len(every) > MOST_FILES or sum(one.file_size for one in every) > LARGEST_TOTAL:
            raise Refused("too_large")
        for one in every:
            if one.is_dir() and not one.file_size:
                continue  # somebody packed it anew; folders hold nothing
            self._check_member(one)
            if one.filename in found:
                raise Refused("twice", one.filename)
            found[one.filename] = one
        return found

    def _check_member(self, one: zipfile.ZipInfo) -> None:
        name = one.orig_filename
        parts = name.split("/")
        kind = one.external_attr >> 28  # of file: 0 where it is not told, 8 for a plain one
        if (
            not NAME.fullmatch(name)
            or name != one.filename
            or any(part in ("", ".", "..") for part in parts)
            or kind not in (0, 8)
        ):
            raise Refused("name", _shown(name))
        if one.compress_type not in METHODS or one.flag_bits & 0x1:
            raise Refused("method", name)
        largest = LARGEST_JSON if name.endswith(".json") else settings.MAX_FILE_SIZE
        if one.file_size > largest:
            raise Refused("large_file", name)
        if one.file_size > PIECE and one.file_size > MOST_SHRUNK * one.compress_size:
            raise Refused("large_file", name)

    def _manifest(self) -> dict[str, dict[str, Json]]:
        if MANIFEST not in self.members:
            raise Refused("foreign")
        try:
            told = thing(self._json(MANIFEST), MANIFEST)
        except Refused:
            raise Refused("foreign") from None
        except Misshapen:
            raise Refused("foreign") from None
        if told.get("format") != FORMAT:
            raise Refused("foreign")
        if told.get("version") != VERSION:
            raise Refused("version", detail=_shown(str(told.get("version"))))
        found: dict[str, dict[str, Json]] = {}
        try:
            for entry in things(told.get("files"), "files", MOST_FILES):
                row = thing(entry, "files")
                name, size, hashed = row.get("name"), row.get("size"), row.get("sha256")
                if (
                    not isinstance(name, str)
                    or not isinstance(size, int)
                    or not isinstance(hashed, str)
                ):
                    raise Misshapen("files")
                found[name] = row
        except Misshapen as error:
            raise Refused("shape", MANIFEST, str(error)) from None
        return found

    def _compare(self) -> None:
        """Every file is there, is named, and has the bytes that it had."""
        for name in self.files:
            if name not in self.members:
                raise Refused("missing", _shown(name))
        for name in self.members:
            if name != MANIFEST and name not in self.files:
                raise Refused("extra", name)
        for name, entry in self.files.items():
            size, hashed = 0, sha256()
            try:
                for piece in self.pieces(name):
                    size += len(piece)
                    hashed.update(piece)
            except (zipfile.BadZipFile, zlib.error, EOFError):
                raise Refused("changed", name) from None
            if (size, hashed.hexdigest()) != (entry["size"], entry["sha256"]):
                raise Refused("changed", name)

    def _know_all(self) -> None:
        """Whether there is a file that belongs to nothing."""
        known = {README, ACCOUNT}
        for case in self.cases:
            known |= {f"{case.folder}/{CASE_FILE}", f"{case.folder}/{DATES_FILE}"}
            for letter in case.letters:
                known |= {f"{case.folder}/{name}" for name in _letter_files(letter)}
            for row in (*case.messages, *case.attachments):
                known |= {f"{case.folder}/{row.beside['file']}"}
        for name in self.files:
            if name not in known:
                raise Refused("extra", name)

    def _json(self, name: str) -> Json:
        try:
            return json.loads(self.content(name), parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise Refused("shape", name) from None

    # What the files say

    def _case(self, name: str) -> CaseTold:
        folder = name.removesuffix(f"/{CASE_FILE}")
        try:
            if not FOLDER.fullmatch(folder):
                raise Misshapen(folder)
            return self._case_told(folder, self._json(name))
        except Misshapen as error:
            raise Refused("shape", name, _shown(str(error))) from None

    def _case_told(self, folder: str, told: Json) -> CaseTold:
        name = f"{folder}/{CASE_FILE}"
        columns = heard(Case, told, "case")
        case = CaseTold(
            folder=folder,
            columns=columns,
            log=_rows(EventRecord, told, "log"),
            letters=_rows(Letter, told, "letters"),
            messages=_rows(Message, told, "messages"),
            attachments=_rows(Attachment, told, "attachments"),
            deadlines=_rows(Deadline, told, "deadlines"),
            proposals=_rows(Proposal, told, "proposals"),
            tags=_tags(told["tags"]),
        )
        _check_columns(columns, name)
        facts = _check_log(case.log, name)
        _check_dates(columns, facts)
        for letter in case.letters:
            self._check_letter(case, letter)
        self._check_messages(case)
        self._check_attachments(case)
        for proposal in case.proposals:
            _check_proposal(proposal.columns)
        for row in case.deadlines:
            row.beside["reminders"] = [
                heard(ReminderRow, one, "reminders")
                for one in things(row.beside["reminders"], "reminders")
            ]
            for reminder in row.beside["reminders"]:
                if reminder["state"] == ReminderRow.State.SENT and not reminder["sent_at"]:
                    raise Misshapen("reminders.sent_at is missing")
        return case

    def _check_letter(self, case: CaseTold, letter: Told) -> None:
        columns = letter.columns
        request = f"{case.folder}/letters/{columns['number']}/request.json"
        if columns["law"] not in LAWS:
            raise Refused("law", request)
        try:
            stage_of(columns["law"], columns["kind"])
        except LookupError:
            raise Refused("law", request) from None
        for name in _letter_files(letter):
            self._expect(f"{case.folder}/{name}")
        letter.beside["request"] = thing(self._json(request), "request")
        try:
            from_json(letter.beside["request"])
        except Exception:  # whatever a stranger's values provoke
            raise Refused("shape", request) from None
        if columns["frozen_at"] is None:
            return
        folder = f"{case.folder}/letters/{columns['number']}"
        for part in ("html", "pdf"):
            content = self.content(f"{folder}/letter.{part}")
            if sha256(content).hexdigest() != columns[f"{part}_sha256"]:
                raise Refused("changed", f"{folder}/letter.{part}")
        for part in ("txt", "html"):
            _utf8(self.content(f"{folder}/letter.{part}"), f"{folder}/letter.{part}")

    def _check_messages(self, case: CaseTold) -> None:
        letters = {letter.columns["number"] for letter in case.letters}
        ids = [message.columns["message_id"] for message in case.messages]
        if len(set(ids)) != len(ids):
            raise Misshapen("messages.message_id is there twice")
        for place, message in enumerate(case.messages, start=1):
            columns, beside = message.columns, message.beside
            thing(columns["headers"], "messages.headers")
            whole(beside["number"], "messages.number")
            letter = whole(beside["letter"], "messages.letter", may_be_none=True)
            if letter is not None and letter not in letters:
                raise Misshapen("messages.letter is of no letter")
            if columns["state"] == Message.State.SENT and columns["handed_over_at"] is None:
                raise Misshapen("messages.handed_over_at is missing")
            if beside["file"] is None:
                continue
            if beside["file"] != f"messages/{place:04d}.eml":
                raise Misshapen("messages.file")
            name = f"{case.folder}/{beside['file']}"
            self._expect(name)
            told = columns["sha256"]
            if told and told != self.files[name]["sha256"]:
                raise Refused("changed", name)

    def _check_attachments(self, case: CaseTold) -> None:
        for place, attachment in enumerate(case.attachments, start=1):
            columns, beside = attachment.columns, attachment.beside
            of = whole(beside["message"], "attachments.message", may_be_none=True)
            if of is not None and of > len(case.messages):
                raise Misshapen("attachments.message is of no message")
            if columns["kind"] not in ENDINGS:
                raise Misshapen("attachments.kind is unknown")
            safe = safe_name(columns["name"], columns["kind"])
            if beside["file"] != f"attachments/{place:04d}-{safe}":
                raise Misshapen("attachments.file")
            name = f"{case.folder}/{beside['file']}"
            self._expect(name)
            entry = self.files[name]
            if (columns["size"], columns["sha256"]) != (entry["size"], entry["sha256"]):
                raise Refused("changed", name)
            self._scan(name)

    def _scan(self, name: str) -> None:
        if not virus.is_configured():
            return
        try:
            virus.scan(self.pieces(name))
        except virus.Infected:
            raise Refused("infected", name) from None
        except virus.ScannerAway:
            raise Refused("scanner_away") from None

    def _expect(self, name: str) -> None:
        if name not in self.files:
            raise Refused("missing", name)


def _letter_files(letter: Told) -> list[str]:
    folder = f"letters/{letter.columns['number']}"
    frozen = FROZEN if letter.columns["frozen_at"] is not None else ()
    return [f"{folder}/{name}" for name in ("request.json", *frozen)]


def _is_case(name: str) -> bool:
    return name.endswith(f"/{CASE_FILE}")


def _rows(model: type[Any], told: Json, name: str) -> list[Told]:
    found = []
    for one in things(thing(told, "case")[name], name):
        columns = heard(model, one, name)
        found.append(Told(columns, {key: one[key] for key in one.keys() - columns.keys()}))
    if model in (EventRecord, Letter):
        numbers = [row.columns["number"] for row in found]
        if numbers != sorted(set(numbers)) or any(number < 1 for number in numbers):
            raise Misshapen(f"{name}.number")
    return found


def _tags(told: Json) -> list[str]:
    """The tags of a case, each as it is kept here."""
    found = things(told, "tags", MOST)
    try:
        if any(not isinstance(one, str) or normal(one) != one for one in found):
            raise Misshapen("tags")
    except NotPossible:
        raise Misshapen("tags") from None
    return found


def _check_columns(columns: dict[str, Any], name: str) -> None:
    if columns["law"] not in LAWS:
        raise Refused("law", name)
    known = {right.key for right in LAWS[columns["law"]].rights}
    try:
        check_place(columns["place"])
        stage_of(columns["law"], columns["kind"])
    except (UnknownPlace, LookupError):
        raise Refused("law", name) from None
    if not isinstance(columns["rights"], list) or not known.issuperset(columns["rights"]):
        raise Refused("law", name)
    if not CODE.fullmatch(columns["code"]) or not REFERENCE.fullmatch(columns["reference"]):
        raise Misshapen("code or reference")
    for key, value in thing(columns["about"], "about").items():
        texts = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) for text in texts if text is not None):
            raise Misshapen(f"about.{key}")
        if isinstance(value, list) != (key in LISTS):
            raise Misshapen(f"about.{key}")


def _check_log(log: list[Told], name: str) -> list[Fact]:
    """The facts of a log whose chain holds."""
    facts, previous = [], ""
    for number, row in enumerate(log, start=1):
        columns = row.columns
        by = whole(row.beside["by"], "log.by", may_be_none=True)
        fact = Fact(**{key: columns[key] for key in columns if key != "digest"}, by=by)
        if fact.number != number or fact.arguably_on < fact.on:
            raise Misshapen("log.number or log.arguably_on")
        for key, value in thing(fact.details, "log.details").items():
            if key not in KINDS[fact.kind].asks:
                raise Misshapen("log.details")
            fits, _complaint = SHAPES.get(Detail(key), (lambda _: True, ""))
            if not fits(value):
                raise Misshapen(f"log.details.{key}")
        previous = digest(previous, fact)
        if columns["digest"] != previous:
            raise Refused("chain", name, str(number))
        facts.append(fact)
    return facts


def _check_dates(columns: dict[str, Any], facts: list[Fact]) -> None:
    """The log can be counted: a page that shows the case does so."""
    about = columns["about"]
    try:
        born, since = (
            datetime.fromisoformat(str(about[key])).date() if about.get(key) else None
            for key in ("born", "collected_since")
        )
        matter = Matter(
            law=LAWS[columns["law"]],
            rights=tuple(columns["rights"]),
            place=columns["place"],
            born=born,
            collected_since=since,
        )
        assess(matter, facts)
    except Exception:  # whatever a stranger's values provoke
        raise Misshapen("the dates cannot be counted") from None


def _check_proposal(columns: dict[str, Any]) -> None:
    details = thing(columns["details"], "proposals.details")
    for name in ("before", "after"):
        things(columns[name], f"proposals.{name}")
    if columns["kind"] == Proposal.Kind.RECEIPT:
        whole(details.get("letter"), "proposals.details.letter")
        if columns["on"] is None or details.get("evidence") not in EVIDENCE:
            raise Misshapen("proposals.details")


def _utf8(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Refused("shape", name) from None


def _no_number(told: str) -> Any:
    raise ValueError(told)


def _shown(text: str) -> str:
    """A text from outside, short and without what a screen could obey."""
    return "".join(one if one.isprintable() else "?" for one in text[:120])
