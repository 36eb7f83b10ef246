"""The edition of a law: a short mark that changes whenever one of its rules, or a holiday, does.

A case keeps the edition by which its dates were counted. Where the mark differs, its dates may have
moved, and somebody decides whether the new ones count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from .statutes import law_of

# Reckoning itself: a correction there moves dates as an amended statute does.
COUNTING = ("reckoning", "periods", "calendars", "holidays", "us_holidays", "easter", "procedure")


@cache
def edition(law: str) -> str:
    """Twelve hexadecimal digits, the same on every machine with the same rules."""
    written = f"{_canonical(law_of(law).duties)}|{version('holidays')}|{_counting()}"
    return sha256(written.encode()).hexdigest()[:12]


@cache
def _counting() -> str:
    here = Path(__file__).parent
    return sha256(b"".join((here / f"{name}.py").read_bytes() for name in COUNTING)).hexdigest()


def _canonical(value: object) -> str:
    """A value as a text that does not depend on the order in which Python keeps sets."""
    if is_dataclass(value) and not isinstance(value, type):
        inner = ",".join(
            f"{one.name}={_canonical(getattr(value, one.name))}" for one in fields(value)
        )
        return f"{type(value).__name__}({inner})"
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted(map(_canonical, value))) + "}"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{_canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_canonical, value)) + "]"
    return repr(value)
