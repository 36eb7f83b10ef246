"""Reading the directory: one small TOML file a platform, every mistake named with its line.

The file of a platform is ``directory/<slug>.toml``; docs/adding-a-platform.md explains each key.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from consentkit.law.holidays import UnknownPlace, check_place
from consentkit.law.places import EEA

from .authorities import authorities
from .records import (
    CATEGORIES,
    EVERYWHERE,
    PLATFORM_FACTS,
    Confidence,
    EntityRecord,
    FieldSource,
    PlatformRecord,
    TermsRecord,
    filled,
)

DIRECTORY = Path(__file__).parent / "directory"
SHARED_SOURCES = Path(__file__).parent / "sources.toml"

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[A-Za-z]{2,}")
# Letters that a text may have where 500 would be too many, or too few.
LONGEST = {"name": 200, "owner": 200, "legal_name": 200, "privacy_email": 254, "dpo_email": 254}
LONGEST |= dict.fromkeys(["note", "biometric_note", "informal_step", "arbitration"], 2000)
REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


class UnknownPlatform(LookupError):
    """The directory has no platform of that slug."""


class Problem(NamedTuple):
    """What is wrong in a file, where, and what is expected there."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class InvalidPlatform(ValueError):
    """The file of a platform cannot be used; ``problems`` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def slugs(directory: Path = DIRECTORY) -> list[str]:
    """The slugs of all platforms, in alphabetical order. Reads no file."""
    return sorted(path.stem for path in directory.glob("*.toml"))


def read_platform(slug: str, directory: Path = DIRECTORY) -> PlatformRecord:
    """One platform, from its file alone. Raises UnknownPlatform or InvalidPlatform."""
    known = slugs(directory)
    if slug not in known:
        close = get_close_matches(slug, known)
        hint = f"did you mean {' or '.join(close)}?" if close else "none has a similar name"
        raise UnknownPlatform(f"no platform {slug!r} among the {len(known)} listed; {hint}")
    record, problems = _read(directory / f"{slug}.toml")
    if record is None:
        raise InvalidPlatform(problems)
    return record


def read_directory(directory: Path = DIRECTORY) -> tuple[list[PlatformRecord], list[Problem]]:
    """Every platform whose file is valid, and what is wrong with the others."""
    records: list[PlatformRecord] = []
    problems: list[Problem] = []
    taken: dict[str, str] = {}
    for slug in slugs(directory):
        record, found = _read(directory / f"{slug}.toml")
        if record and record.name.casefold() in taken:
            other = taken[record.name.casefold()]
            found = [Problem(f"{slug}.toml", 1, f"{record.name!r} is the name in {other} already")]
        elif record:
            taken[record.name.casefold()] = f"{slug}.toml"
            records.append(record)
        problems += found
    return records, problems


def _read(path: Path) -> tuple[PlatformRecord | None, list[Problem]]:
    try:
        text = path.read_text("utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        return None, [Problem(path.name, 1, f"cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return None, [Problem(path.name, line, "is not UTF-8 text; save the file as UTF-8")]
    except tomllib.TOMLDecodeError as error:
        return None, [Problem(path.name, *_place_of(error, text))]
    sheet = _Sheet(path.name, text)
    if not SLUG.fullmatch(path.stem) or len(path.stem) > 100:
        sheet.object((), "the file name expects small letters, digits and single hyphens")
    record = _platform(sheet, path.stem, values)
    return (None, sorted(sheet.problems)) if sheet.problems else (record, [])


def _place_of(error: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    """The line of a mistake in the writing itself, and what it is."""
    message, _, where = str(error).rpartition(" (at ")
    number = re.match(r"line (\d+)", where)
    line = int(number[1]) if number else text.count("\n") + 1
    return line, f"is not valid TOML: {message[:1].lower()}{message[1:]}"


# Where things stand in a file -------------------------------------------------------------------

Spot = tuple[str | int, ...]

HEADER = re.compile(r"\s*(\[{1,2})\s*([A-Za-z0-9_.\"'-]+)\s*\]")
KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


def _lines(text: str) -> dict[Spot, int]:
    """The line of every table and key, by the path that leads to it."""
    found: dict[Spot, int] = {}
    table: Spot = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if header := HEADER.match(line):
            names = header[2].replace('"', "").replace("'", "").split(".")
            if header[1] == "[[":
                counts[names[0]] = counts.get(names[0], -1) + 1
            table = (names[0], counts[names[0]]) if names[0] in counts else (names[0],)
            table += tuple(names[1:])
            found.setdefault(table, number)
        elif key := KEY.match(line):
            found.setdefault((*table, key[1]), number)
    return found


class _Sheet:
    """A file under review: where its keys stand, and what was objected to so far."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = _lines(text)
        self.problems: list[Problem] = []

    def line_of(self, path: Spot) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def object(self, path: Spot, message: str) -> None:
        self.problems.append(Problem(self.name, self.line_of(path), message))


class _Table:
    """One table of a file. Each reader gives the value, or nothing after objecting to it."""

    def __init__(self, sheet: _Sheet, path: Spot, values: object, known: str) -> None:
        self.sheet = sheet
        self.path = path
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}
        if not isinstance(values, dict):
            sheet.object(path, f"{path[-1]} expects a table of its own, [{path[-1]}]")
        for key in self.values.keys() - set(known.split()):
            self.object(key, f"unknown key {key!r}; {_choices(key, known.split())}")

    def object(self, key: str, message: str) -> None:
        self.sheet.object((*self.path, key), message)

    def require(self, *keys: str) -> None:
        for key in keys:
            if not self.values.get(key):
                self.object("", f"{key!r} is missing, and this part cannot do without it")

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or value != value.strip():
            self.object(key, f"{key} expects a text in quotes, without spaces around it")
            return None
        if "\n" in value:
            self.object(key, f"{key} expects a text of one line")
            return None
        if len(value) > LONGEST.get(key, 500):
            self.object(key, f"{key} is too long; it expects up to {LONGEST.get(key, 500)} letters")
            return None
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.object(key, f'{key} expects a list of texts, like ["one", "two"]')
            return ()
        if any(not item.strip() or item != item.strip() or "\n" in item for item in value):
            self.object(key, f"{key} has an empty text, or one with spaces around it")
        if len(set(value)) < len(value):
            self.object(key, f"{key} says the same thing twice")
        return tuple(value)

    def day(self, key: str) -> date | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            self.object(key, f"{key} expects a day without quotes, like 2026-01-22")
            return None
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.object(key, f"{key} expects true or false, without quotes")
        return value is True

    def url(self, key: str) -> str | None:
        value = self.text(key)
        if value and not _is_url(value):
            self.object(key, f"{key} is {value!r}; it expects an address like https://example.com")
        return value

    def email(self, key: str) -> str | None:
        value = self.text(key)
        if value and not EMAIL.fullmatch(value):
            self.object(key, f"{key} is {value!r}; it expects an e-mail address")
        return value


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme == "https" and "." in parts.netloc and not re.search(r"\s", value)


def _choices(given: str, known: list[str]) -> str:
    close = get_close_matches(given, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"expected: {', '.join(known)}"


# What a file says -------------------------------------------------------------------------------

PLATFORM_KEYS = (
    "name owner aliases brands categories website delete_account_url biometric_note source_of "
    "terms sources entities"
)
ENTITY_KEYS = (
    "regions legal_name address country holiday_place privacy_email dpo_email web_form "
    "in_app_path note lead_authority since until joint source source_of"
)
TERMS_KEYS = "informal_step arbitration opt_out notice_address source"
SOURCE_KEYS = "ref url dated checked confidence"


def _platform(sheet: _Sheet, slug: str, values: dict[str, Any]) -> PlatformRecord:
    table = _Table(sheet, (), values, PLATFORM_KEYS)
    table.require("name", "categories", "entities")
    sources = _Sources(sheet, values.get("sources", {}))
    categories = table.texts("categories")
    for category in set(categories) - CATEGORIES:
        table.object(
            "categories",
            f"unknown category {category!r}; {_choices(category, sorted(CATEGORIES))}",
        )
    rows = values.get("entities", [])
    if not isinstance(rows, list):
        table.object("entities", "each company expects a part that begins with [[entities]]")
        rows = []
    record = PlatformRecord(
        slug=slug,
        name=table.text("name") or slug,
        owner=table.text("owner"),
        aliases=table.texts("aliases"),
        brands=table.texts("brands"),
        categories=categories,
        website=table.url("website"),
        delete_account_url=table.url("delete_account_url"),
        biometric_note=table.text("biometric_note"),
        terms=_terms(sheet, sources, values["terms"]) if "terms" in values else None,
        entities=tuple(_entity(sheet, sources, n, row) for n, row in enumerate(rows)),
    )
    own = [name for name in PLATFORM_FACTS if getattr(record, name)]
    record = replace(record, sources=sources.given((), values, own))
    _check_turns(sheet, record.entities)
    sources.check_used()
    return record


def _terms(sheet: _Sheet, sources: _Sources, values: object) -> TermsRecord:
    table = _Table(sheet, ("terms",), values, TERMS_KEYS)
    terms = TermsRecord(
        source=sources.named(("terms", "source"), table.values.get("source")),
        informal_step=table.text("informal_step"),
        arbitration=table.text("arbitration"),
        opt_out=table.text("opt_out"),
        notice_address=table.texts("notice_address"),
    )
    if not (terms.informal_step or terms.arbitration or terms.opt_out or terms.notice_address):
        sheet.object(("terms",), "the terms say nothing; fill in what they say, or leave them out")
    return terms


def _entity(sheet: _Sheet, sources: _Sources, number: int, values: object) -> EntityRecord:
    path = ("entities", number)
    table = _Table(sheet, path, values, ENTITY_KEYS)
    table.require("regions")
    entity = EntityRecord(
        regions=table.texts("regions"),
        legal_name=table.text("legal_name"),
        address=table.texts("address"),
        country=table.text("country"),
        holiday_place=table.text("holiday_place"),
        privacy_email=table.email("privacy_email"),
        dpo_email=table.email("dpo_email"),
        web_form=table.url("web_form"),
        in_app_path=table.text("in_app_path"),
        note=table.text("note"),
        lead_authority=table.text("lead_authority"),
        since=table.day("since"),
        until=table.day("until"),
        joint=table.flag("joint"),
    )
    _check_places(table, entity)
    if entity.since and entity.until and entity.since > entity.until:
        table.object("until", f"until is {entity.until}, before since, {entity.since}")
    return replace(entity, sources=sources.given(path, table.values, filled(entity)))


def _check_places(table: _Table, entity: EntityRecord) -> None:
    for region in entity.regions:
        if not _is_region(region):
            table.object(
                "regions",
                f"unknown region {region!r}; expected a country like DE, a state like US-IL, "
                'EEA, or "*" for everywhere else',
            )
    country = entity.country
    if country and country not in _countries():
        table.object("country", f"unknown country {country!r}; expected two letters, like IE")
    if entity.address and not country:
        table.object("address", "an address needs its country, like country = 'IE'")
    place = entity.holiday_place
    if place:
        try:
            check_place(place)
        except UnknownPlace as error:
            table.object("holiday_place", str(error))
        if country and place.partition("-")[0] != country:
            table.object("holiday_place", f"{place} does not lie in {country}, the country")
    authority = entity.lead_authority
    if authority and authority not in authorities():
        table.object(
            "lead_authority",
            f"unknown authority {authority!r}; {_choices(authority, list(authorities()))}",
        )
    elif authority and not {EVERYWHERE, "EEA", *EEA} & set(entity.regions):
        table.object("lead_authority", "only residents of the EEA have a lead authority")


def _check_turns(sheet: _Sheet, entities: tuple[EntityRecord, ...]) -> None:
    """Object to two companies for one region at one time, unless both are meant."""
    for (one, first), (two, second) in combinations(enumerate(entities), 2):
        shared = sorted(set(first.regions) & set(second.regions))
        apart = (first.until and second.since and first.until < second.since) or (
            second.until and first.since and second.until < first.since
        )
        if shared and not apart and not (first.joint and second.joint):
            line = sheet.line_of(("entities", one))
            sheet.object(
                ("entities", two, "regions"),
                f"the company of line {line} has {', '.join(shared)} at the same time; give one "
                "of them an until, or write joint = true in both if a letter goes to both",
            )


def _is_region(region: str) -> bool:
    if region in (EVERYWHERE, "EEA"):
        return True
    return bool(REGION.fullmatch(region)) and region[:2] in _countries()


@cache
def _countries() -> frozenset[str]:
    """The country codes of ISO 3166-1, from the table in the tz database."""
    table = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text("utf-8")
    return frozenset(line[:2] for line in table.splitlines() if line and line[0] != "#")


# Where a file has it from -----------------------------------------------------------------------

# Stands in for a source that was objected to, so that the rest of the file is still read.
UNKNOWN = FieldSource("unknown", None, None, Confidence.KNOWLEDGE)


class _Sources:
    """The ``[sources.…]`` parts of a file, those all files share, and which of them are used."""

    def __init__(self, sheet: _Sheet, values: object) -> None:
        self.sheet = sheet
        self.used: set[str] = set()
        if not isinstance(values, dict):
            sheet.object(("sources",), "each source expects a part that begins with [sources.name]")
            values = {}
        self.own = {key: _source(sheet, ("sources", key), row) for key, row in values.items()}
        self.known = {**_shared_sources(), **self.own}

    def named(self, path: Spot, key: object) -> FieldSource:
        """The source of that key; objects to one that there is not."""
        if isinstance(key, str) and key in self.known:
            self.used.add(key)
            return self.known[key]
        if key is None:
            self.sheet.object(path, "'source' is missing; it says where this comes from")
        else:
            self.sheet.object(path, f"unknown source {key!r}; {_choices(str(key), [*self.known])}")
        return UNKNOWN

    def given(self, path: Spot, values: dict[str, Any], names: list[str]) -> dict[str, FieldSource]:
        """A source for each of the fields: its own in ``source_of``, or that of the whole part.

        The country and the place of holidays follow the address.
        """
        own = values.get("source_of", {})
        exceptions = _Table(self.sheet, (*path, "source_of"), own, " ".join(names))
        found: dict[str, FieldSource] = {}
        whole = self.named((*path, "source"), values.get("source")) if path and names else None
        for name in names:
            if name in exceptions.values:
                found[name] = self.named((*path, "source_of", name), exceptions.values[name])
            elif name in ("country", "holiday_place") and "address" in found:
                found[name] = found["address"]
            elif whole:
                found[name] = whole
            else:
                self.sheet.object((name,), f"{name} needs a source: name it under [source_of]")
        return found

    def check_used(self) -> None:
        for key in self.own.keys() - self.used:
            message = f"nothing refers to the source {key!r}; use it, or leave it out"
            self.sheet.object(("sources", key), message)


def _source(sheet: _Sheet, path: Spot, values: object) -> FieldSource:
    table = _Table(sheet, path, values, SOURCE_KEYS)
    table.require("ref", "confidence")
    confidence = table.text("confidence") or Confidence.KNOWLEDGE
    if confidence not in list(Confidence):
        choices = ", ".join(Confidence)
        table.object("confidence", f"unknown confidence {confidence!r}; expected: {choices}")
        confidence = Confidence.KNOWLEDGE
    source = FieldSource(
        ref=table.text("ref") or "",
        url=table.url("url"),
        checked=table.day("checked"),
        confidence=Confidence(confidence),
        dated=table.day("dated"),
    )
    if source.confidence != Confidence.KNOWLEDGE and not table.values.get("checked"):
        message = f"confidence {confidence!r} needs the day of reading, like checked = 2026-11-22"
        table.object("confidence", message)
    if source.checked and source.dated and source.checked < source.dated:
        table.object("checked", f"checked is {source.checked}, before the text of {source.dated}")
    return source


@cache
def _shared_sources() -> dict[str, FieldSource]:
    text = SHARED_SOURCES.read_text("utf-8")
    sheet = _Sheet(SHARED_SOURCES.name, text)
    return {key: _source(sheet, (key,), row) for key, row in tomllib.loads(text).items()}
