"""What an archive holds: which columns of which tables, and how JSON says them.

Each table of columns serves both ways, so what is written is what is read; and the published schema
is made from them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from consentkit.cases.models import Case, Deadline, EventRecord, Proposal, Reminder
from consentkit.confidential.fields import SealedField, SealedJSON, SealedText
from consentkit.correspondence.models import Attachment, Message
from consentkit.letters.models import Letter

FORMAT = "consentkit-archive"
VERSION = 1
README, ACCOUNT, MANIFEST = "README.txt", "account.json", "manifest.json"
CASE_FILE, DATES_FILE = "case.json", "deadlines.csv"
# The folder of a case is called by its reference; a second case with the same one gets a number.
FOLDER = re.compile(r"cases/CK-[A-Z2-7]{8}(?:-[1-9][0-9]{0,5})?")

Json = Any


class Misshapen(ValueError):
    """Something is not what it has to be; the message says what and where."""


# The columns of each table that stand in an archive, in this order.
CASE = tuple(
    "code law kind rights place platform language reference about demo opened_on created_at "
    "hold_until hold_reason stage next_on next_key late_from edition changed_at".split()
)
RECORD = tuple("number kind on arguably_on recorded_at details note digest".split())
DEADLINE = tuple(
    "key right letter day overdue_from is_ours is_law is_marker disputed provisional unconfirmed "
    "settled_on void sequence made_at remind_on".split()
)
REMINDER = tuple("kind channel state claimed_at sent_at message_id".split())
LETTER = tuple(
    "number law kind language to_authority made_at frozen_at title html_sha256 pdf_sha256 "
    "text_version software_version".split()
)
MESSAGE = tuple(
    "outgoing state kind message_id headers text html sha256 attempts problem made_at claimed_at "
    "handed_over_at happened_at".split()
)
ATTACHMENT = tuple("event name kind size sha256 scan added_at".split())
PROPOSAL = tuple("kind on details before after edition made_at decided_at accepted".split())
COLUMNS: Mapping[type[models.Model], tuple[str, ...]] = {
    Case: CASE,
    EventRecord: RECORD,
    Deadline: DEADLINE,
    Reminder: REMINDER,
    Letter: LETTER,
    Message: MESSAGE,
    Attachment: ATTACHMENT,
    Proposal: PROPOSAL,
}
# What stands there in another way: as a place in the file, as a file of its own, or under the name
# by which a log knows it.
OTHERWISE: Mapping[type[models.Model], frozenset[str]] = {
    # What is a team's stays with the team: in a person's archive are their own cases.
    Case: frozenset("id owner team client second campaign matter_number outcome".split()),
    EventRecord: frozenset({"id", "case", "by", "by_elsewhere"}),
    Deadline: frozenset({"id", "case"}),
    Reminder: frozenset({"id", "deadline", "recipient"}),
    Letter: frozenset({"id", "case", "request", "text", "html", "pdf"}),
    Message: frozenset({"id", "case", "letter", "number", "raw"}),
    Attachment: frozenset({"id", "case", "message"}),
    Proposal: frozenset({"id", "case"}),
}
# The keys that objects have beside the columns, and what stands under them.
BESIDE: Mapping[type[models.Model], tuple[str, ...]] = {
    Case: ("log", "letters", "messages", "attachments", "deadlines", "proposals", "tags"),
    EventRecord: ("by",),
    Deadline: ("reminders",),
    Reminder: (),
    Letter: (),
    Message: ("number", "letter", "file"),
    Attachment: ("message", "file"),
    Proposal: (),
}


def said(row: models.Model) -> dict[str, Json]:
    """A row's columns as JSON says them."""
    return {name: _said(getattr(row, name)) for name in COLUMNS[type(row)]}


def _said(value: object) -> Json:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def heard(model: type[models.Model], told: object, where: str) -> dict[str, Any]:
    """The columns of a row from what JSON says. Raises Misshapen."""
    row = thing(told, where)
    columns = COLUMNS[model]
    strange = row.keys() - {*columns, *BESIDE[model]}
    missing = {*columns, *BESIDE[model]} - row.keys()
    if strange or missing:
        names = ", ".join(sorted(strange or missing))
        raise Misshapen(f"{where}: {'unknown' if strange else 'missing'} {names}")
    return {name: _heard(model, name, row[name], f"{where}.{name}") for name in columns}


def _heard(model: type[models.Model], name: str, value: Json, where: str) -> Any:
    field: Any = model._meta.get_field(name)
    if value is None:
        if field.null:
            return None
        raise Misshapen(f"{where} is missing")
    read, words = READERS[kind_of(field)]
    found = read(value)
    if found is None:
        raise Misshapen(f"{where} is not {words}")
    if not isinstance(field, SealedField) and not _is_for_columns(value):
        raise Misshapen(f"{where} holds a character that no text has")
    # The length and the range that the column has; only that much is asked of it.
    try:
        field.run_validators(found)
    except ValidationError:
        raise Misshapen(f"{where} is out of range") from None
    if field.choices and found not in {key for key, _ in field.flatchoices}:
        raise Misshapen(f"{where} is unknown")
    return found


def _day(value: Json) -> date | None:
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.isoformat() == value else None


def _moment(value: Json) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is not None else None


def _number(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and _is_unicode(value) else None


def _truth(value: Json) -> bool | None:
    return value if isinstance(value, bool) else None


def _json(value: Json) -> Json:
    return value if isinstance(value, (dict, list)) and _is_unicode(value) else None


def _is_unicode(value: Json) -> bool:
    """Whether no text in it holds half of a character, which JSON can say and nobody can write."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_for_columns(value: Json) -> bool:
    """Whether a database takes it: PostgreSQL knows no NUL in a text."""
    return "\\u0000" not in json.dumps(value)


READERS: Mapping[str, tuple[Callable[[Json], Any], str]] = {
    "day": (_day, "a day"),
    "moment": (_moment, "a moment"),
    "number": (_number, "a whole number"),
    "text": (_text, "a text"),
    "truth": (_truth, "true or false"),
    "json": (_json, "an object or a list"),
}
KINDS: Sequence[tuple[type[models.Field[Any, Any]], str]] = (
    (models.DateTimeField, "moment"),  # before the day, of which it is a kind
    (models.DateField, "day"),
    (models.BooleanField, "truth"),
    (models.IntegerField, "number"),
    (models.CharField, "text"),
    (SealedText, "text"),
    (models.JSONField, "json"),
    (SealedJSON, "json"),
)


def kind_of(field: models.Field[Any, Any]) -> str:
    return next(kind for one, kind in KINDS if isinstance(field, one))


def thing(value: object, where: str) -> dict[str, Json]:
    """An object of JSON. Raises Misshapen."""
    if not isinstance(value, dict):
        raise Misshapen(f"{where} is not an object")
    return value


def things(value: object, where: str, most: int = 100_000) -> list[Json]:
    """A list of JSON. Raises Misshapen."""
    if not isinstance(value, list) or len(value) > most:
        raise Misshapen(f"{where} is not a list, or too long")
    return value


def whole(value: object, where: str, *, may_be_none: bool = False) -> int | None:
    """A whole number above zero. Raises Misshapen."""
    if value is None and may_be_none:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise Misshapen(f"{where} is not a number above zero")
    return value
