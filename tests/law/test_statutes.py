"""What the statute files claim is what the reckoning gives, and every claim has its source."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from consentkit.law.applicability import REASONS, State, assess
from consentkit.law.events import Event, EventKind, History
from consentkit.law.holidays import check_place
from consentkit.law.periods import NotSet
from consentkit.law.reckoning import Reading, reckon
from consentkit.law.statutes import KNOWN_LAWS, LAWS, law_of
from consentkit.law.steps import TEXTS, in_english
from consentkit.law.vocabulary import Confidence, Duty, Example, Law, Source

DUTIES = [(law, duty) for law in LAWS.values() for duty in law.duties]
EXAMPLES = [(law, duty, example) for law, duty in DUTIES for example in duty.examples]


def happened(kind: EventKind, day: str) -> History:
    return History([Event(kind, date.fromisoformat(day), date.fromisoformat(day))])


@pytest.mark.parametrize(
    ("law", "duty", "example"),
    EXAMPLES,
    ids=[f"{law.key}-{duty.key}-{example.day}-{example.place}" for law, duty, example in EXAMPLES],
)
def test_an_example_is_true(law: Law, duty: Duty, example: Example) -> None:
    history = happened(example.after or duty.terms[0].after, example.day)

    counted = reckon(duty, history, example.place, {}, Reading.STRICT)

    assert counted is not None
    assert counted.due == date.fromisoformat(example.due), example.because


@pytest.mark.parametrize(
    ("law", "duty"),
    DUTIES,
    ids=[f"{law.key}-{n}-{duty.key}" for n, (law, duty) in enumerate(DUTIES)],
)
def test_a_duty_is_cited_and_its_steps_can_be_said(law: Law, duty: Duty) -> None:
    known = {right.key for right in law.rights}

    assert duty.citation
    assert duty.source.title
    assert duty.rights <= known
    for place in duty.places:
        check_place(place)
    for term in duty.terms:
        assert f"event.{term.after}" in TEXTS
    assert duty.source.confidence is not Confidence.UNCERTAIN or duty.disputed


def sources() -> Iterator[Source]:
    for law in (*LAWS.values(), *KNOWN_LAWS.values()):
        yield law.source
        yield from (right.source for right in law.rights)
        yield from (duty.source for duty in law.duties)


def test_what_was_read_says_when() -> None:
    undated = {
        source.title
        for source in sources()
        if source.confidence in (Confidence.READ, Confidence.SECONDARY)
        and source.read_on is None
        and source.title != "The letter itself"
    }

    assert undated == set()


def test_bipa_sets_no_term_for_an_answer_and_says_so() -> None:
    answer = next(duty for duty in law_of("us-il-bipa").duties if duty.key == "answer")
    counted = reckon(
        answer, happened(EventKind.RECEIVED, "2026-11-30"), "US-IL", {}, Reading.STRICT
    )

    assert isinstance(answer.terms[0].within, NotSet)
    assert counted is not None
    assert counted.due is None
    assert [in_english(step) for step in counted.steps] == [
        "Received on Mon 30 Nov 2026; that day is not counted.",
        "The law sets no term, so no date runs.",
    ]


def test_an_unknown_law_or_right_names_the_choices() -> None:
    with pytest.raises(LookupError, match="known are: us-il-bipa, eu-gdpr, uk-gdpr"):
        law_of("us-xx")
    with pytest.raises(
        LookupError, match="it has: notice, withdraw_consent, preserve, destruction"
    ):
        law_of("us-il-bipa").right("access")


@pytest.mark.parametrize(
    ("residence", "expected"),
    [
        ("US-IL", {"us-il-bipa": "applies", "eu-gdpr": "no", "us-ca-ccpa": "no"}),
        ("US-CA", {"us-ca-ccpa": "applies", "eu-gdpr": "no", "us-il-bipa": "no"}),
        ("DE-BE", {"eu-gdpr": "applies", "us-il-bipa": "no", "us-ca-ccpa": "no"}),
        (
            "GB-SCT",
            {"uk-gdpr": "applies", "eu-gdpr": "no", "us-il-bipa": "no", "us-ca-ccpa": "no"},
        ),
        ("CH", {"ch-fadp": "applies", "eu-gdpr": "no", "us-il-bipa": "no", "us-ca-ccpa": "no"}),
    ],
)
def test_laws_say_whom_they_protect(residence: str, expected: dict[str, str]) -> None:
    words = {State.APPLIES: "applies", State.DOES_NOT_APPLY: "no"}

    found = {verdict.law.key: words[verdict.state] for verdict in assess(residence)}

    assert found == expected


def test_what_depends_is_said_to_depend() -> None:
    elsewhere = {v.law.key: v.state for v in assess("IN", controller_in="IE")}
    visitor = {v.law.key: v.state for v in assess("US-NY", recorded_in_illinois=True)}

    assert elsewhere["eu-gdpr"] is State.DEPENDS_ON
    assert visitor["us-il-bipa"] is State.DEPENDS_ON


def test_every_law_has_a_reason_for_each_answer_it_can_get() -> None:
    answers = {(law, state) for law, state in REASONS}
    laws = {*LAWS, *KNOWN_LAWS}

    assert {
        (law, state) for law in laws for state in (State.APPLIES, State.DOES_NOT_APPLY)
    } <= answers
