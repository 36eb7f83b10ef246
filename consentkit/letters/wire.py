"""A letter request as JSON says it: read, checked, and named where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from consentkit.law.holidays import UnknownPlace, check_place
from consentkit.law.statutes import law_of
from consentkit.platforms.loading import UnknownPlatform, read_platform
from consentkit.platforms.records import PlatformRecord

from . import house
from .facts import WrongFact, check_facts
from .request import PAPERS, Account, LetterRequest, Sender
from .texts import NoSuchText, text_of

REQUEST_KEYS = (
    "law",
    "right",
    "platform",
    "language",
    "paper",
    "date",
    "residence",
    "sender",
    "account",
    "facts",
    "house",
    "machine_readable",
)
OPTIONAL_KEYS = ("account", "facts", "house", "machine_readable")
SENDER_KEYS = ("name", "address", "email", "phone")
ACCOUNT_KEYS = ("handle", "email")


class BadRequest(ValueError):
    """The request cannot be read; the message names what is wrong and the choices."""


def from_json(data: object) -> LetterRequest:
    """The request that a JSON object stands for. Raises BadRequest."""
    told = _object(data, "the request", REQUEST_KEYS)
    for key in REQUEST_KEYS:
        if key not in told and key not in OPTIONAL_KEYS:
            raise BadRequest(f"{key!r} is missing")
    try:
        law = law_of(_text(told, "law")).key
        language = _text(told, "language")
        right = text_of(law, _text(told, "right"), language).key
        facts = check_facts(_object(told.get("facts", {}), "'facts'", None))
    except (NoSuchText, WrongFact, LookupError) as error:
        raise BadRequest(str(error.args[0])) from None
    paper = _text(told, "paper")
    if paper not in PAPERS:
        raise BadRequest(f"unknown paper {paper!r}; known are: {', '.join(PAPERS)}")
    return LetterRequest(
        law=law,
        right=right,
        platform=_platform(_text(told, "platform")),
        language=language,
        paper=paper,
        date=_day(_text(told, "date")),
        residence=_residence(_text(told, "residence")),
        sender=_sender(told["sender"]),
        account=_account(told.get("account", {})),
        facts=facts,
        house=_house(told.get("house", {})),
        machine_readable=_flag(told, "machine_readable", default=True),
    )


def _object(value: object, name: str, keys: tuple[str, ...] | None) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"{name} is not an object")
    for key in value:
        if keys is not None and key not in keys:
            raise BadRequest(f"unknown key {key!r} of {name}; known are: {', '.join(keys)}")
    return value


def _text(data: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or (default is None and not value):
        raise BadRequest(f"{key!r} is not a text: {value!r}")
    return value


def _flag(data: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = data.get(key, default)
    if not isinstance(value, bool):
        raise BadRequest(f"{key!r} is neither true nor false: {value!r}")
    return value


def _platform(slug: str) -> PlatformRecord:
    try:
        return read_platform(slug)
    except UnknownPlatform as error:
        raise BadRequest(str(error.args[0])) from None


def _day(value: str) -> date:
    try:
        if len(value) != 10:
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise BadRequest(f"'date' is no date that exists, as YYYY-MM-DD: {value!r}") from None


def _residence(value: str) -> str:
    try:
        check_place(value)
    except UnknownPlace as error:
        raise BadRequest(f"'residence': {error.args[0]}") from None
    return value


def _sender(value: object) -> Sender:
    data = _object(value, "'sender'", SENDER_KEYS)
    address = data.get("address", [])
    if not isinstance(address, list) or not all(isinstance(line, str) for line in address):
        raise BadRequest("'address' of 'sender' is not a list of lines")
    return Sender(
        name=_text(data, "name", ""),
        address=tuple(line for line in address if line.strip()),
        email=_text(data, "email", ""),
        phone=_text(data, "phone", ""),
    )


def _account(value: object) -> Account:
    data = _object(value, "'account'", ACCOUNT_KEYS)
    return Account(handle=_text(data, "handle", ""), email=_text(data, "email", ""))


def _house(value: object) -> house.House:
    try:
        texts = house.from_json(value)
        house.check(texts)
    except house.BadHouse as error:
        raise BadRequest(str(error)) from None
    return texts
