"""What the statute files claim is what the reckoning gives, and every claim has its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from consentkit.law.applicability import Situation, assess
from consentkit.law.events import Event, EventKind, History
from consentkit.law.holidays import check_place
from consentkit.law.periods import Days, NotSet
from consentkit.law.reckoning import Reading, reckon
from consentkit.law.statutes import LAWS, law_of
from consentkit.law.steps import TEXTS, in_english
from consentkit.law.vocabulary import Confidence, Duty, Example, Law, Signpost, Source

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
    for law in LAWS.values():
        yield law.source
        yield from (right.source for right in law.rights)
        yield from (right.instead.source for right in law.rights if right.instead)
        yield from (duty.source for duty in law.duties)


SIGNPOSTS = [(law, right.instead) for law in LAWS.values() for right in law.rights if right.instead]


@pytest.mark.parametrize(("law", "signpost"), SIGNPOSTS)
def test_a_signpost_is_cited_and_its_dates_are_in_order(law: Law, signpost: Signpost) -> None:
    days = [change.since for change in signpost.changes]

    assert signpost.how
    assert signpost.citation
    assert days == sorted(set(days))
    assert signpost.office or not signpost.url


def test_the_signpost_to_the_californian_platform_says_what_the_duties_count() -> None:
    california = law_of("us-ca-ccpa")
    signpost = california.right("broker_deletion").instead
    counted = {}
    for duty in california.duties:
        within = duty.terms[0].within
        if duty.rights == {"broker_deletion"} and isinstance(within, Days):
            counted[duty.since] = within.number

    assert signpost is not None
    assert counted == {date(2026, 8, 1): 45, date(2027, 1, 1): 30}
    assert [change.since for change in signpost.changes] == [date(2026, 1, 1), *counted]
    assert [f"within {number} days" for number in counted.values()] == [
        re.findall(r"within \d+ days", change.text)[-1] for change in signpost.changes[1:]
    ]


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
    with pytest.raises(LookupError, match="known are: us-il-bipa, eu-gdpr, uk-gdpr, ch-fadp"):
        law_of("us-xx")
    with pytest.raises(
        LookupError, match="it has: notice, withdraw_consent, preserve, destruction"
    ):
        law_of("us-il-bipa").right("access")


def verdicts(residence: str, **told: Any) -> dict[str, str]:
    situation = Situation(**{"residence": residence, "on": date(2026, 11, 24), **told})
    return {verdict.law.key: verdict.state.value for verdict in assess(situation)}


YES, NO, PERHAPS = "applies", "does_not_apply", "depends_on"


@pytest.mark.parametrize(
    ("residence", "expected"),
    [
        ("US-IL", {"us-coppa": PERHAPS, "us-il-bipa": YES, "eu-gdpr": NO, "us-ca-ccpa": NO}),
        ("US-CA", {"us-coppa": PERHAPS, "us-ca-ccpa": PERHAPS, "eu-gdpr": NO, "us-il-bipa": NO}),
        (
            "US-TX",
            {
                "us-coppa": PERHAPS,
                "us-tx-cubi": YES,
                "us-tx-tdpsa": PERHAPS,
                "eu-gdpr": NO,
                "us-il-bipa": NO,
                "us-ca-ccpa": NO,
            },
        ),
        (
            "US-NY-NYC",
            {
                "us-coppa": PERHAPS,
                "us-nyc-biometric": YES,
                "eu-gdpr": NO,
                "us-il-bipa": NO,
                "us-ca-ccpa": NO,
            },
        ),
        ("US-NY", {"us-coppa": PERHAPS, "eu-gdpr": NO, "us-il-bipa": NO, "us-ca-ccpa": NO}),
        ("DE-BE", {"eu-gdpr": YES, "us-il-bipa": NO, "us-ca-ccpa": NO}),
        ("GB-SCT", {"uk-gdpr": YES, "eu-gdpr": NO, "us-il-bipa": NO, "us-ca-ccpa": NO}),
        ("CH-ZH", {"ch-fadp": YES, "eu-gdpr": NO, "us-il-bipa": NO, "us-ca-ccpa": NO}),
        ("AU-NSW", {"au-privacy": YES, "eu-gdpr": NO, "us-il-bipa": NO, "us-ca-ccpa": NO}),
    ],
)
def test_laws_say_whom_they_protect(residence: str, expected: dict[str, str]) -> None:
    assert verdicts(residence) == expected


def test_what_depends_is_said_to_depend() -> None:
    assert verdicts("IN", controller_in="IE")["eu-gdpr"] == PERHAPS
    assert verdicts("US-NY", recorded_in="US-IL")["us-il-bipa"] == PERHAPS


def test_a_state_law_leaves_out_employees_and_days_before_it_was_in_force() -> None:
    assert verdicts("US-RI", relation="employee")["us-ri-dtppa"] == NO
    assert verdicts("US-RI", on=date(2025, 12, 31))["us-ri-dtppa"] == NO
    assert verdicts("US-RI", on=date(2026, 1, 1))["us-ri-dtppa"] == PERHAPS


def test_laws_not_yet_in_force_switch_on_by_themselves() -> None:
    assert verdicts("US-OK", on=date(2026, 12, 31))["us-ok-sb546"] == NO
    assert verdicts("US-OK", on=date(2027, 1, 1))["us-ok-sb546"] == YES


def test_federal_laws_are_spoken_of_only_where_they_can_help() -> None:
    assert "us-fcra" not in verdicts("US-IL")
    assert "us-coppa" not in verdicts("US-IL", child=False)
    assert verdicts("US-IL")["us-coppa"] == PERHAPS
    assert verdicts("US-IL", child=True, child_under=13)["us-coppa"] == YES
    assert verdicts("US-IL", platform_categories=frozenset({"credit"}))["us-fcra"] == YES


def test_a_law_for_children_is_decided_by_the_age_of_the_child() -> None:
    assert verdicts("US-IL", child=True)["us-coppa"] == PERHAPS
    assert verdicts("US-IL", child=True, child_under=13)["us-coppa"] == YES
    assert verdicts("US-IL", child=True, child_under=18)["us-coppa"] == NO


def test_the_washington_health_act_leaves_out_employees_and_illinois_does_not() -> None:
    assert verdicts("US-WA", relation="employee")["us-wa-mhmda"] == NO
    assert verdicts("US-WA", relation="user")["us-wa-mhmda"] == YES
    assert verdicts("US-IL", relation="employee")["us-il-bipa"] == YES
    assert verdicts("US-CA", relation="employee")["us-ca-ccpa"] == PERHAPS


def test_a_law_that_is_switched_off_is_not_spoken_of() -> None:
    situation = Situation(residence="US-RI", on=date(2026, 11, 24))

    assert "us-ri-dtppa" not in {v.law.key for v in assess(situation, frozenset({"us-ri-dtppa"}))}


def test_every_reason_can_be_filled_in() -> None:
    for law in LAWS.values():
        for verdict in assess(Situation(residence=min(law.protects), on=date(2026, 11, 24))):
            assert "%(" not in verdict.reason % verdict.values
