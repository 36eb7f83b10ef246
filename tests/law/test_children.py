"""The ages on which something turns, and what a law says of a child of that age."""

from __future__ import annotations

import pytest

from consentkit.law.children import OF_AGE, RULES, bands, note
from consentkit.law.places import EEA
from consentkit.law.statutes import LAWS


@pytest.mark.parametrize(
    ("residence", "ages"),
    [
        ("US-IL", [(0, 13), (13, 18)]),
        ("US-NY-NYC", [(0, 13), (13, 18)]),
        ("DE-BE", [(0, 16), (16, 18)]),
        ("AT", [(0, 14), (14, 18)]),
        ("GB", [(0, 13), (13, 18)]),
        ("GB-SCT", [(0, 12), (12, 18)]),
        ("AU-NSW", [(0, 15), (15, 18)]),
        ("CH-ZH", []),
        ("LI", []),
        ("BR", []),
    ],
)
def test_only_ages_on_which_something_turns_are_told_apart(
    residence: str, ages: list[tuple[int, int]]
) -> None:
    assert [(band.at_least, band.under) for band in bands(residence)] == ages


def said(law: str, residence: str, child_under: int) -> str:
    found = note(law, residence, child_under)
    return found.text % {"age": found.age} if found else ""


def test_a_child_below_the_age_hears_something_else_than_one_above_it() -> None:
    assert said("eu-gdpr", "DE-BE", 16).startswith("Where you live, a child under 16 cannot")
    assert said("eu-gdpr", "DE-BE", OF_AGE).startswith("Where you live, a child of 16 or more can")
    assert "let the child sign as well" in said("us-va-vcdpa", "US-VA", OF_AGE)
    assert "let the child sign" not in said("us-va-vcdpa", "US-VA", 13)


def test_scotland_has_a_rule_of_its_own() -> None:
    assert "from the age of 12 on" in said("uk-gdpr", "GB-SCT", 12)
    assert "a child under 13" in said("uk-gdpr", "GB-ENG", 13)


def test_swiss_law_names_no_age() -> None:
    assert said("ch-fadp", "CH-ZH", OF_AGE).startswith("Swiss law names no age.")


def test_a_law_for_children_alone_needs_no_further_word() -> None:
    assert note("us-coppa", "US-IL", 13) is None


def test_every_state_of_the_eea_has_an_age_but_the_one_that_is_not_certain() -> None:
    covered = {place for rule in RULES if "eu-gdpr" in rule.laws for place in rule.places}

    assert sorted(EEA - covered) == ["LI"]


def test_every_rule_can_be_filled_in_and_says_on_what_it_rests() -> None:
    for rule in RULES:
        assert rule.laws <= set(LAWS)
        for law in rule.laws:
            for under in (rule.age or OF_AGE, OF_AGE):
                found = note(law, min(rule.places), under)
                assert found is not None
                assert found.citation
                assert "%(" not in found.text % {"age": found.age}
