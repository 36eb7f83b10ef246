"""Supervisory authorities by the key that a platform's file names them with, and who has which."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from consentkit.law.places import surroundings
from consentkit.law.vocabulary import Confidence, Source

FILE = Path(__file__).parent / "authorities.toml"


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A supervisory authority. ``place`` is the country, or the state, that it supervises.

    ``companies`` says whether it watches over companies, ``form`` where a complaint is lodged.
    ``address`` are the lines below its name on an envelope; ``address_note`` says in English why
    one had better not rely on them.
    """

    key: str
    place: str
    name: str
    website: str
    address: tuple[str, ...]
    address_source: Source
    address_note: str = ""
    form: str = ""
    companies: bool = True

    @property
    def has_sure_address(self) -> bool:
        """Whether the address can stand in a letter without another look."""
        return self.address_source.confidence is not Confidence.UNCERTAIN


@cache
def authorities() -> dict[str, Authority]:
    """Every authority we can name, by its key."""
    table = tomllib.loads(FILE.read_text("utf-8"))
    sources = {
        key: Source(**{**row, "confidence": Confidence(row["confidence"])})
        for key, row in table.pop("sources").items()
    }
    return {key: _authority(key, row, sources) for key, row in table.items()}


def _authority(key: str, row: dict[str, Any], sources: dict[str, Source]) -> Authority:
    address = tuple(row.pop("address"))
    source = sources[row.pop("address_source")]
    return Authority(key=key, address=address, address_source=source, **row)


def authorities_of(residence: str) -> list[Authority]:
    """The authorities to complain to about a company: that of the Land, else the country's.

    Germany has none for all of it, so there is none where somebody does not name their Land.
    """
    known = [authority for authority in authorities().values() if authority.companies]
    for place in surroundings(residence):
        found = [authority for authority in known if authority.place == place]
        if found:
            return found
    return []
