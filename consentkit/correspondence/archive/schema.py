"""What an archive looks like, as JSON Schema (2020-12), made from the columns themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models

from consentkit.cases.models import Case, Deadline, EventRecord, Proposal, Reminder
from consentkit.correspondence.models import Attachment, Message
from consentkit.letters.models import Letter
from consentkit.office.tags import LONGEST

from .form import BESIDE, COLUMNS, FORMAT, VERSION, Json, kind_of

TEXT: dict[str, Json] = {"type": "string"}
NUMBER: dict[str, Json] = {"type": "integer", "minimum": 1}
HASH: dict[str, Json] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
SHAPES: Mapping[str, dict[str, Json]] = {
    "day": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "number": {"type": "integer"},
    "text": {"type": "string"},
    "truth": {"type": "boolean"},
    "json": {"type": ["object", "array"]},
}


def shape(model: type[models.Model], **beside: Json) -> dict[str, Json]:
    """A table as JSON Schema says it; ``beside`` are its further keys."""
    assert beside.keys() == set(BESIDE[model])
    properties = {name: _shape(model._meta.get_field(name)) for name in COLUMNS[model]}
    return closed({**properties, **beside})


def closed(properties: Mapping[str, Json]) -> dict[str, Json]:
    """An object with exactly these keys."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _shape(field: Any) -> dict[str, Json]:
    found = dict(SHAPES[kind_of(field)])
    if field.choices:
        found["enum"] = [key for key, _ in field.flatchoices]
    elif isinstance(field, models.CharField):
        found["maxLength"] = field.max_length
    if isinstance(field, (models.PositiveIntegerField, models.PositiveSmallIntegerField)):
        found["minimum"] = 0
    return or_null(found) if field.null else found


def or_null(found: dict[str, Json]) -> dict[str, Json]:
    return {"anyOf": [found, {"type": "null"}]}


def many(found: dict[str, Json]) -> dict[str, Json]:
    return {"type": "array", "items": found}


def schema() -> dict[str, Json]:
    """The three kinds of JSON in an archive: the manifest, the account, a case."""
    case = shape(
        Case,
        log=many(shape(EventRecord, by=or_null(NUMBER))),
        letters=many(shape(Letter)),
        messages=many(
            shape(Message, number=NUMBER, letter=or_null(NUMBER), file=or_null(TEXT)),
        ),
        attachments=many(shape(Attachment, message=or_null(NUMBER), file=TEXT)),
        deadlines=many(shape(Deadline, reminders=many(shape(Reminder)))),
        proposals=many(shape(Proposal)),
        tags=many({"type": "string", "maxLength": LONGEST}),
    )
    manifest = closed(
        {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            "software": TEXT,
            "made_at": SHAPES["moment"],
            "files": many(
                closed({"name": TEXT, "size": {"type": "integer", "minimum": 0}, "sha256": HASH})
            ),
        }
    )
    account = closed(
        {
            "email": TEXT,
            "name": TEXT,
            "language": TEXT,
            "time_zone": TEXT,
            "lead": TEXT,
            "remind": SHAPES["truth"],
            "names_in_mail": SHAPES["truth"],
            "date_joined": SHAPES["moment"],
            "addresses": many(
                closed({"email": TEXT, "verified": SHAPES["truth"], "primary": SHAPES["truth"]})
            ),
            "ways_to_sign_in": many(closed({"kind": TEXT, "since": SHAPES["moment"]})),
            "calendar_feed": or_null(closed({"since": SHAPES["moment"], "names": SHAPES["truth"]})),
        }
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FORMAT} {VERSION}",
        "$defs": {"manifest.json": manifest, "account.json": account, "case.json": case},
    }
