"""What somebody asks a letter for, whichever door they came through."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from consentkit.platforms.records import PlatformRecord

from .envelope import LAYOUTS
from .house import House

PAPERS = tuple(LAYOUTS)

# A drawn line: points between 0 and 1, from the top left of the signature field.
Stroke = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Sender:
    """Who writes. ``address`` has one postal line each, without the name."""

    name: str = ""
    address: tuple[str, ...] = ()
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Account:
    """How the platform knows the person."""

    handle: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class LetterRequest:
    """Everything that makes a letter; the same request makes the same bytes.

    ``right`` is the kind of letter. ``date`` is the letter's own day. ``facts`` are as
    ``facts.check_facts`` returns them. ``edits`` holds the person's own wording by paragraph, or
    None for a paragraph left out. ``strokes`` is a drawn signature. ``file`` is the reference
    of the case that the letter belongs to, empty for a letter that opens one. ``house`` are
    the words that a team adds. ``machine_readable`` encloses what is asked as data in the PDF.
    """

    law: str
    right: str
    platform: PlatformRecord
    language: str
    paper: str
    date: date
    residence: str
    sender: Sender
    account: Account = Account()
    facts: Mapping[str, object] = field(default_factory=dict)
    edits: Mapping[str, str | None] = field(default_factory=dict)
    strokes: tuple[Stroke, ...] = ()
    file: str = ""
    house: House = field(default_factory=House)
    machine_readable: bool = True

    def reference(self) -> str:
        """A short reference for this letter, ``CK-`` and eight letters or digits.

        It follows from what is asked and by whom, so the letter, its e-mail and its calendar agree
        without anything being stored. Wording, signature and house texts do not change it. Letters
        that carry a case on bear the reference of the case.
        """
        if self.file:
            return self.file
        told = [
            self.law,
            self.right,
            self.platform.slug,
            self.platform.name,
            self.date.isoformat(),
            self.residence,
            [self.sender.name, self.sender.email],
            [self.account.handle, self.account.email],
        ]
        digest = hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).digest()
        return "CK-" + base64.b32encode(digest[:5]).decode("ascii")
