"""Supervisory authorities by the key that a platform's file names them with."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "authorities.toml"


@dataclass(frozen=True)
class Authority:
    """A supervisory authority. ``place`` is the country, or the state, that it supervises."""

    key: str
    place: str
    name: str
    website: str


@cache
def authorities() -> dict[str, Authority]:
    """Every authority we can name, by its key."""
    table = tomllib.loads(FILE.read_text("utf-8"))
    return {key: Authority(key=key, **row) for key, row in table.items()}
