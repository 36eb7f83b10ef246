"""When a paragraph belongs into a letter: ``child``, ``face or voice``, ``ground=claims``.

Names joined by ``and``, ``or`` and ``not`` (binding in the order not, and, or); ``name=value``
compares. A name that is not known is an error of the text, found when the text is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WORDS = ("and", "or", "not")


class BadCondition(ValueError):
    """A condition that cannot be read; the message says why."""


@dataclass(frozen=True)
class Test:
    """One name, perhaps negated, perhaps compared."""

    name: str
    value: str | None
    negated: bool

    def holds(self, values: Mapping[str, object]) -> bool:
        found = values.get(self.name)
        if self.value is None:
            result = bool(found)
        elif isinstance(found, (list, tuple)):
            result = self.value in found
        else:
            result = str(found) == self.value
        return result != self.negated


@dataclass(frozen=True)
class Condition:
    """Alternatives, each a list of tests that must all hold."""

    alternatives: tuple[tuple[Test, ...], ...]

    def holds(self, values: Mapping[str, object]) -> bool:
        return any(all(test.holds(values) for test in tests) for tests in self.alternatives)

    def names(self) -> set[str]:
        return {test.name for tests in self.alternatives for test in tests}


ALWAYS = Condition(((),))


def parse(text: str) -> Condition:
    """Read a condition. Raises BadCondition."""
    alternatives = []
    for alternative in " ".join(text.split()).split(" or "):
        alternatives.append(tuple(_test(part) for part in alternative.split(" and ")))
    return Condition(tuple(alternatives))


def _test(part: str) -> Test:
    negated = part.startswith("not ")
    name, equals, value = part.removeprefix("not ").strip().partition("=")
    readable = name.replace("_", "").replace(".", "").isalnum() and name not in WORDS
    if not readable or (equals and not value):
        raise BadCondition(f"cannot read the condition {part!r}")
    return Test(name, value if equals else None, negated)
