"""The words: one text file a letter and language, under ``templates/letters/<law>/``.

A file begins with a header and goes on with paragraphs. docs/adding-a-letter.md shows the format.
Nothing in a text is programmed: a paragraph has a condition, a place for a fact is written
``{facts.situation}``, and a line that begins with ``|?`` is left out when its facts are missing.
What a person typed is put in once and never read again as text of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from django.conf import settings

from consentkit.law.statutes import LAWS
from consentkit.law.vocabulary import Law

from .conditions import ALWAYS, BadCondition, Condition, parse
from .facts import FACTS

PLACE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?)\}")

# Everything that a place in a text can stand for, beside the facts.
VALUES = {
    "sender.name",
    "sender.email",
    "sender.phone",
    "sender.address",
    "account.handle",
    "account.email",
    "platform.name",
    "addressee.name",
    "law.title",
    "law.short_title",
    "law.citation",
    "law.answer",
    "law.answer_days",
    "law.appeal",
    "law.appeal_days",
    "law.consent",
    "date",
    "reference",
    "residence",
}
# What a condition may ask, beside facts and values: derived in compose.
QUESTIONS = {"for_somebody", "several_addressees", "by_post", "law_grants"}


class BadText(ValueError):
    """A text file that cannot be used; the message names file, line and fault."""


class NoSuchText(LookupError):
    """There is no letter of that law, kind or language; the message names the choices."""


@dataclass(frozen=True)
class Block:
    """A piece of a paragraph: ``text``, ``item`` of a list (with its ``label``), or ``line``.

    A ``line`` keeps its line end; with ``droppable`` it is left out when a fact is missing.
    """

    kind: str
    text: str
    label: str = ""
    droppable: bool = False


@dataclass(frozen=True)
class ParagraphText:
    """One paragraph as written: its blocks, when it belongs in, and why it is there."""

    key: str
    blocks: tuple[Block, ...]
    why: str
    cites: str
    condition: Condition = ALWAYS
    optional: bool = False
    heading: str = ""


class Stage(StrEnum):
    """Where a letter stands in a case. Only an opening letter starts the law's clocks."""

    OPENING = "opening"
    FOLLOW_UP = "follow_up"
    DOCUMENT = "document"


@dataclass(frozen=True)
class LetterText:
    """One letter in one language, as its file says.

    ``rights`` are what it exercises under whatever law; ``where_granted`` are rights that it
    exercises besides under those of the laws sharing it that have them.
    """

    law: str
    key: str
    language: str
    title: str
    subject: str
    rights: tuple[str, ...]
    reviewed: date
    sources: tuple[str, ...]
    needs: tuple[str, ...]
    asks: tuple[str, ...]
    salutation: str
    closing: str
    paragraphs: tuple[ParagraphText, ...]
    path: Path = field(compare=False)
    stage: Stage = Stage.OPENING
    to: str = ""  # an authority, where the letter does not go to the company
    where_granted: tuple[str, ...] = ()

    def rights_under(self, law: Law) -> tuple[str, ...]:
        """The rights that the letter exercises under one of the laws that share it."""
        granted = {right.key for right in law.rights}
        return self.rights + tuple(right for right in self.where_granted if right in granted)

    def facts(self) -> tuple[str, ...]:
        """The facts that this letter needs or can use, the needed ones first."""
        return self.needs + self.asks


def folder() -> Path:
    """Where the texts lie."""
    return Path(settings.BASE_DIR) / "templates" / "letters"


@cache
def catalogue() -> Mapping[tuple[str, str, str], Path]:
    """Every letter there is, by law, kind and language.

    A law that shares letters has those of the shared folder that exercise its rights, unless it
    has one of its own.
    """
    found = {}
    for path in sorted(folder().glob("*/*.txt")):
        key, _, language = path.stem.partition(".")
        for law in _laws_of(path.parent.name):
            if path.parent.name == law.key:
                found[(law.key, key, language)] = path
            elif _exercises_rights_of(law, path):
                found.setdefault((law.key, key, language), path)
    return found


def _exercises_rights_of(law: Law, path: Path) -> bool:
    rights = {right.key for right in law.rights}
    return set(read(path).rights) <= rights


def kinds(law: str) -> list[str]:
    """The kinds of letter that a law has, as keys."""
    return [key for of_law, key in _languages() if of_law == law]


def languages(law: str, key: str) -> list[str]:
    """The languages in which a letter is written."""
    return list(_languages().get((law, key), ()))


@cache
def _languages() -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for law, kind, language in sorted(catalogue()):
        found.setdefault((law, kind), []).append(language)
    return found


def text_of(law: str, key: str, language: str) -> LetterText:
    """The text of a letter. Raises NoSuchText, naming the choices, or BadText."""
    if key not in kinds(law):
        raise NoSuchText(f"{law} has no letter {key!r}; it has: {', '.join(kinds(law))}")
    path = catalogue().get((law, key, language))
    if path is None:
        choices = ", ".join(languages(law, key))
        raise NoSuchText(f"{law}/{key} is not written in {language!r}; it is in: {choices}")
    return read(path)


HEADER_KEYS = (
    "title",
    "subject",
    "rights",
    "where_granted",
    "stage",
    "to",
    "reviewed",
    "sources",
    "needs",
    "asks",
    "salutation",
    "closing",
)
PARAGRAPH_KEYS = ("why", "cites", "when", "optional", "heading")


@cache
def read(path: Path) -> LetterText:
    """Read one file. Raises BadText with the line of the first fault."""
    return _Reader(path).letter()


class _Reader:
    """One file while it is read, line by line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = path.read_text("utf-8").splitlines()
        self.number = 0

    def letter(self) -> LetterText:
        key, _, language = self.path.stem.partition(".")
        header = self.header(HEADER_KEYS)
        paragraphs = tuple(self.paragraphs())
        for name in ("title", "subject", "rights", "reviewed", "sources", "salutation", "closing"):
            if not header.get(name):
                raise self.fault(f"the header lacks {name!r}")
        law = self.path.parent.name
        if law not in LAWS and law not in SHARED:
            raise self.fault(f"no law has the key {law!r}")
        text = LetterText(
            law=law,
            key=key,
            language=language,
            title=header["title"],
            subject=header["subject"],
            rights=_words(header["rights"]),
            reviewed=self.day(header["reviewed"]),
            sources=tuple(header["sources"].split("\n")),
            needs=_words(header.get("needs", "")),
            asks=_words(header.get("asks", "")),
            salutation=header["salutation"],
            closing=header["closing"],
            paragraphs=paragraphs,
            path=self.path,
            stage=self.stage(header.get("stage", Stage.OPENING)),
            to=header.get("to", ""),
            where_granted=_words(header.get("where_granted", "")),
        )
        self.check(text)
        return text

    def header(self, keys: tuple[str, ...]) -> dict[str, str]:
        """``name: value`` lines up to a blank line; an indented line goes on with the last."""
        found: dict[str, str] = {}
        name = ""
        while self.number < len(self.lines) and self.lines[self.number].strip():
            line = self.lines[self.number]
            if line.startswith((" ", "\t")) and name:
                glue = "\n" if name == "sources" and found[name] else " " if found[name] else ""
                found[name] += glue + line.strip()
            else:
                name, colon, value = line.partition(":")
                name = name.strip()
                if name not in keys or (not colon and name != "optional"):
                    raise self.fault(f"expected one of {', '.join(keys)}")
                if name in found:
                    raise self.fault(f"{name!r} is said twice")
                found[name] = value.strip()
            self.number += 1
        return found

    def paragraphs(self) -> Iterator[ParagraphText]:
        seen: set[str] = set()
        while self.skip_blank():
            line = self.lines[self.number]
            if not line.startswith("== "):
                raise self.fault("expected a paragraph, which begins with '== key'")
            key = line[3:].strip()
            if not re.fullmatch(r"[a-z][a-z0-9_]*", key) or key in seen:
                raise self.fault(f"{key!r} is no key, or is there twice")
            seen.add(key)
            self.number += 1
            header = self.header(PARAGRAPH_KEYS)
            if not header.get("why"):
                raise self.fault(f"paragraph {key!r} does not say why it is there")
            try:
                condition = parse(header["when"]) if header.get("when") else ALWAYS
            except BadCondition as error:
                raise self.fault(str(error)) from None
            blocks = tuple(self.blocks())
            if not blocks:
                raise self.fault(f"paragraph {key!r} is empty")
            yield ParagraphText(
                key=key,
                blocks=blocks,
                why=header["why"],
                cites=header.get("cites", ""),
                condition=condition,
                optional="optional" in header,
                heading=header.get("heading", ""),
            )

    def blocks(self) -> Iterator[Block]:
        """The lines up to the next paragraph: wrapped lines joined, lists and kept lines apart."""
        parts: list[str] = []
        label = ""
        while self.number < len(self.lines) and not self.lines[self.number].startswith("== "):
            line = self.lines[self.number].strip()
            item = LABEL.match(line)
            if not line or item or line.startswith("|"):
                if parts:
                    yield Block("item" if label else "text", " ".join(parts), label)
                parts, label = [], ""
            if item:
                label, line = item[1], item[2]
            if line.startswith("|"):
                droppable = line.startswith("|?")
                yield Block("line", line.lstrip("|?").strip(), droppable=droppable)
            elif line:
                parts.append(line)
            self.number += 1
        if parts:
            yield Block("item" if label else "text", " ".join(parts), label)

    def skip_blank(self) -> bool:
        while self.number < len(self.lines) and not self.lines[self.number].strip():
            self.number += 1
        return self.number < len(self.lines)

    def check(self, text: LetterText) -> None:
        """Every place and every condition must stand for something that can be known."""
        known_facts = set(text.facts())
        unknown = known_facts - set(FACTS)
        if unknown:
            raise self.fault(f"no such fact: {', '.join(sorted(unknown))}")
        rights = {right.key for law in _laws_of(text.law) for right in law.rights}
        for right in text.rights + text.where_granted:
            if right not in rights:
                choices = ", ".join(sorted(rights))
                raise self.fault(f"{text.law} has no right {right!r}; it has: {choices}")
        allowed = VALUES | {f"facts.{name}" for name in known_facts}
        for where, template in _templates(text):
            for place in PLACE.findall(template):
                if place not in allowed:
                    raise self.fault(f"{where}: nothing is known as {{{place}}}")
            if "{" in PLACE.sub("", template) or "}" in PLACE.sub("", template):
                raise self.fault(f"{where}: a brace stands for nothing")
        for paragraph in text.paragraphs:
            names = paragraph.condition.names() - VALUES - QUESTIONS - known_facts
            if names:
                raise self.fault(f"{paragraph.key}: no such condition: {', '.join(sorted(names))}")

    def stage(self, value: str) -> Stage:
        try:
            return Stage(value)
        except ValueError:
            raise self.fault(f"'stage' is one of {', '.join(Stage)}, not {value!r}") from None

    def day(self, value: str) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.fault(f"{value!r} is not a date like 2026-11-24") from None

    def fault(self, message: str) -> BadText:
        return BadText(f"{self.path.parent.name}/{self.path.name}:{self.number + 1}: {message}")


# Folders of letters that several laws share.
SHARED = {law.letters for law in LAWS.values() if law.letters}


def _laws_of(folder: str) -> list[Law]:
    return [law for law in LAWS.values() if folder in (law.key, law.letters)]


# A list label, as it will be printed: "1." or "–".
LABEL = re.compile(r"^(\d{1,2}\.|[-–•]) (\S.*)$")


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _templates(text: LetterText) -> Iterator[tuple[str, str]]:
    yield "subject", text.subject
    yield "to", text.to
    yield "salutation", text.salutation
    yield "closing", text.closing
    for paragraph in text.paragraphs:
        for block in paragraph.blocks:
            yield paragraph.key, block.text
