"""What an answer has to contain: the lists agree with the laws and with the letters that reply."""

from __future__ import annotations

import pytest

from consentkit.law.answers import CONTENTS, Content, answer_contents
from consentkit.law.statutes import LAWS, law_of
from consentkit.law.vocabulary import Confidence
from consentkit.letters.facts import FACTS
from consentkit.letters.texts import kinds, languages, text_of

POINTS = [(law, content) for law, contents in CONTENTS.items() for content in contents]
ACCESS_UNDER_GDPR = [
    "confirmation", "copy", "purposes", "categories", "recipients", "retention", "rights",
    "source", "automated", "transfers", "biometrics", "reasons",
]  # fmt: skip


def laws_of(group: str) -> list[str]:
    return [law.key for law in LAWS.values() if group in (law.key, law.letters)]


def test_access_under_the_gdpr_has_every_point_of_article_15() -> None:
    contents = answer_contents(law_of("eu-gdpr"), ["access"])

    assert [one.key for one in contents] == ACCESS_UNDER_GDPR


def test_several_rights_ask_each_point_once() -> None:
    contents = answer_contents(law_of("eu-gdpr"), ["access", "copy", "recipients", "erasure"])

    keys = [one.key for one in contents]
    assert keys == list(dict.fromkeys(keys))
    assert set(keys) - set(ACCESS_UNDER_GDPR) == {"erased", "third_parties"}


def test_a_law_shares_the_list_of_its_group() -> None:
    virginia = answer_contents(law_of("us-va-vcdpa"), ["access"])

    assert [one.key for one in virginia] == ["confirmation", "copy", "reasons", "rights"]


def test_a_law_that_prescribes_no_answer_owes_none_of_the_points() -> None:
    contents = answer_contents(law_of("us-il-bipa"), ["notice"])

    assert [one.key for one in contents] == ["biometrics", "retention", "purposes", "recipients"]
    assert not any(one.owed for one in contents)


def test_without_a_list_there_is_nothing_to_ask() -> None:
    assert answer_contents(law_of("us-nyc-biometric"), ["notice"]) == ()


@pytest.mark.parametrize(("group", "content"), POINTS, ids=lambda one: getattr(one, "key", one))
def test_each_point_belongs_to_rights_that_the_law_has(group: str, content: Content) -> None:
    has = {right.key for key in laws_of(group) for right in law_of(key).rights}

    assert content.rights
    assert content.rights <= has


@pytest.mark.parametrize(("group", "content"), POINTS, ids=lambda one: getattr(one, "key", one))
def test_each_point_is_cited_and_nothing_uncertain_is_owed(group: str, content: Content) -> None:
    assert content.citation
    assert content.source.title
    assert content.question.endswith(("?", "."))
    assert content.source.confidence is not Confidence.UNCERTAIN


@pytest.mark.parametrize(("group", "content"), POINTS, ids=lambda one: getattr(one, "key", one))
def test_each_point_that_is_missing_can_be_asked_for_again(group: str, content: Content) -> None:
    """Every key is a choice of the letters, and a rebuttal that lists what is missing lists it."""
    assert content.key in (FACTS["missing"].choices or {})
    for law in laws_of(group):
        if "rebuttal" not in kinds(law):
            continue
        for language in languages(law, "rebuttal"):
            text = text_of(law, "rebuttal", language)
            if "missing" in text.asks:
                assert f"missing_{content.key}" in {one.key for one in text.paragraphs}
