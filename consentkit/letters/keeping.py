"""A letter request as it is kept with a case: everything that made the letter, as JSON.

The company is kept as it was on the day, so a letter made anew years later says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from consentkit.platforms.records import EntityRecord, PlatformRecord

from .facts import check_facts
from .request import Account, LetterRequest, Sender

# What a letter says of a company; its sources stay in the directory.
ENTITY = tuple(one.name for one in fields(EntityRecord) if one.name != "sources")
PLATFORM = ("slug", "name", "owner", "categories", "website")


def as_json(request: LetterRequest) -> dict[str, Any]:
    """The request as JSON says it; ``from_json`` gives it back."""
    platform = {name: _plain(getattr(request.platform, name)) for name in PLATFORM}
    platform["entities"] = [
        {name: _plain(getattr(entity, name)) for name in ENTITY}
        for entity in request.platform.entities
    ]
    return {
        "law": request.law,
        "right": request.right,
        "platform": platform,
        "language": request.language,
        "paper": request.paper,
        "date": request.date.isoformat(),
        "residence": request.residence,
        "sender": {one.name: _plain(getattr(request.sender, one.name)) for one in fields(Sender)},
        "account": {
            one.name: _plain(getattr(request.account, one.name)) for one in fields(Account)
        },
        "facts": {key: _plain(value) for key, value in request.facts.items()},
        "edits": dict(request.edits),
        "strokes": _plain(request.strokes),
        "file": request.file,
    }


def from_json(told: Mapping[str, Any]) -> LetterRequest:
    """The request that was kept."""
    platform = dict(told["platform"])
    entities = tuple(_entity(one) for one in platform.pop("entities"))
    platform["categories"] = tuple(platform["categories"])
    sender = {**told["sender"], "address": tuple(told["sender"]["address"])}
    return LetterRequest(
        law=told["law"],
        right=told["right"],
        platform=PlatformRecord(**platform, entities=entities),
        language=told["language"],
        paper=told["paper"],
        date=date.fromisoformat(told["date"]),
        residence=told["residence"],
        sender=Sender(**sender),
        account=Account(**told["account"]),
        facts=check_facts(told["facts"]),
        edits=told["edits"],
        strokes=tuple(tuple((x, y) for x, y in stroke) for stroke in told["strokes"]),
        file=told["file"],
    )


def _entity(told: Mapping[str, Any]) -> EntityRecord:
    return EntityRecord(
        **{
            **told,
            "regions": tuple(told["regions"]),
            "address": tuple(told["address"]),
            "since": date.fromisoformat(told["since"]) if told["since"] else None,
            "until": date.fromisoformat(told["until"]) if told["until"] else None,
        }
    )


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value
