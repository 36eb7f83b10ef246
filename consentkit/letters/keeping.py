"""A letter request as it is kept with a case: everything that made the letter, as JSON.

The company is kept as it was on the day, so a letter made anew years later says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from consentkit.platforms.records import EntityRecord, PlatformRecord

from . import house
from .facts import check_facts
from .request import Account, LetterRequest, Sender

# What a letter says of a company; its sources stay in the directory.
ENTITY = tuple(one.name for one in fields(EntityRecord) if one.name != "sources")
PLATFORM = ("slug", "name", "owner", "categories", "website")


def as_json(request: LetterRequest, platform: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The request as JSON says it; ``from_json`` gives it back.

    ``platform`` is its company in JSON, for somebody who keeps many letters to one.
    """
    platform = platform or company_as_json(request.platform)
    told = {
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
    # Left out where there are none, so a letter that was kept before there were any stays the same.
    if request.house:
        told["house"] = house.as_json(request.house)
    if not request.machine_readable:
        told["machine_readable"] = False
    return told


def company_as_json(company: PlatformRecord) -> dict[str, Any]:
    """A company as it is kept with a letter."""
    told = {name: _plain(getattr(company, name)) for name in PLATFORM}
    told["entities"] = [
        {name: _plain(getattr(entity, name)) for name in ENTITY} for entity in company.entities
    ]
    return told


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
        house=house.from_json(told.get("house", {})),
        machine_readable=told.get("machine_readable", True),
    )


def filled_in(request: LetterRequest) -> list[str]:
    """What somebody wrote into a letter, beside what stands in every letter of its kind."""
    facts = [one for one in request.facts.values() if isinstance(one, str)]
    return [*facts, *filter(None, request.edits.values()), request.account.handle]


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
