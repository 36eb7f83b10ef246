"""Every letter as a whole, as it would be sent. ``pytest --golden`` writes them anew for review."""

from __future__ import annotations

from pathlib import Path

import pytest

from consentkit.law.statutes import LAWS
from consentkit.letters import texts
from consentkit.letters.compose import compose
from tests.world import NEEDED_FACTS, a_request

GOLDEN = Path(__file__).parent / "golden"


def one_law_each() -> list[tuple[str, str, str, str]]:
    """Each text file once, for the first law that uses it: folder, law, kind, language."""
    order = list(LAWS)
    found: dict[Path, tuple[str, str, str, str]] = {}
    for law, kind, language in sorted(
        texts.catalogue(), key=lambda one: (order.index(one[0]), one[1:])
    ):
        path = texts.catalogue()[(law, kind, language)]
        found.setdefault(path, (path.parent.name, law, kind, language))
    return list(found.values())


@pytest.mark.parametrize(("folder", "law", "kind", "language"), one_law_each())
def test_a_letter_reads_as_it_was_reviewed(
    folder: str, law: str, kind: str, language: str, request: pytest.FixtureRequest
) -> None:
    needed = {name: NEEDED_FACTS[name] for name in texts.text_of(law, kind, language).needs}
    path = GOLDEN / folder / f"{kind}.{language}.txt"

    letter = compose(a_request(law, kind, language=language, facts=needed)).text()

    if request.config.getoption("--golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(letter, "utf-8")
    assert path.read_text("utf-8") == letter


def test_no_golden_letter_is_left_behind() -> None:
    kept = {str(path.relative_to(GOLDEN)) for path in GOLDEN.glob("*/*.txt")}

    assert kept == {
        f"{folder}/{kind}.{language}.txt" for folder, _, kind, language in one_law_each()
    }
