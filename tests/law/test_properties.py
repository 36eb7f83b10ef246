"""What must hold of every date, whatever the history. The oracle shares no code with the engine."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import holidays
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit.law.docket import DeadlineAnswer, answer
from consentkit.law.statutes import LAWS

settings.register_profile("quick", max_examples=120, deadline=None)
settings.load_profile("quick")

PLACES = {
    "eu-gdpr": ["IE", "DE-BY", "NL", "AT", "ES", "FR"],
    "uk-gdpr": ["GB-ENG", "GB-SCT", "GB-NIR"],
    "ch-fadp": ["CH-ZH", "CH-GE"],
    "au-privacy": ["AU-NSW"],
}
ANSWERING = [
    law.key
    for law in LAWS.values()
    if any(duty.key == "answer" and duty.rights for duty in law.duties)
]
DAYS = st.dates(min_value=date(2026, 2, 5), max_value=date(2029, 12, 31))


@st.composite
def histories(draw: st.DrawFn) -> dict[str, Any]:
    """A case about access with questions, answers and extensions in any order."""
    law = draw(st.sampled_from(ANSWERING))
    place = draw(st.sampled_from(PLACES.get(law) or [LAWS[law].only_place or "US-IL"]))
    received = draw(DAYS)
    events = [{"event": "received", "on": received.isoformat()}]

    def later(day: date, most: int = 60) -> date:
        return day + timedelta(days=draw(st.integers(0, most)))

    for asked, supplied in (
        ("identity_requested", "identity_provided"),
        ("clarification_requested", "clarification_provided"),
    ):
        if draw(st.booleans()):
            on = later(received)
            events.append({"event": asked, "on": on.isoformat()})
            if draw(st.booleans()):
                events.append({"event": supplied, "on": later(on).isoformat()})
    if draw(st.booleans()):
        notice = {"event": "extension_notified", "on": later(received, 120).isoformat()}
        events.append({**notice, "reasons": draw(st.booleans())})
    return {"law": law, "place": place, "right": "access", "events": events, "facts": {}}


def of_duty(case: dict[str, Any], duty: str = "answer") -> DeadlineAnswer:
    return next(deadline for deadline in answer(case) if deadline["duty"] == duty)


def without(case: dict[str, Any], *kinds: str) -> dict[str, Any]:
    return {**case, "events": [event for event in case["events"] if event["event"] not in kinds]}


@given(histories())
def test_nominal_due_and_overdue_come_in_this_order(case: dict[str, Any]) -> None:
    for deadline in answer(case):
        nominal, due, overdue = deadline["nominal"], deadline["due"], deadline["overdue_from"]
        assert (nominal is None) == (due is None)
        if nominal is not None and due is not None:
            assert nominal <= due
            assert overdue is None or due < overdue


@given(histories(), st.randoms())
def test_the_order_of_telling_changes_nothing(case: dict[str, Any], random: Any) -> None:
    shuffled = list(case["events"])
    random.shuffle(shuffled)

    assert answer({**case, "events": shuffled}) == answer(case)


@given(histories())
def test_an_extension_never_shortens(case: dict[str, Any]) -> None:
    extended, plain = of_duty(case), of_duty(without(case, "extension_notified"))

    if extended["due"] is not None and plain["due"] is not None:
        assert extended["due"] >= plain["due"]


@given(histories(), st.integers(1, 30))
def test_a_later_receipt_is_never_due_earlier(case: dict[str, Any], days: int) -> None:
    plain = {**case, "events": case["events"][:1]}
    received = date.fromisoformat(plain["events"][0]["on"]) + timedelta(days=days)
    later = {**plain, "events": [{"event": "received", "on": received.isoformat()}]}

    first, second = of_duty(plain), of_duty(later)

    assert first["due"] is not None
    assert second["due"] is not None
    assert first["due"] <= second["due"]
    assert str(first["overdue_from"]) <= str(second["overdue_from"])


@given(DAYS, st.integers(0, 25), st.sampled_from(PLACES["eu-gdpr"]))
def test_a_pause_of_no_days_changes_nothing(received: date, after: int, place: str) -> None:
    on = (received + timedelta(days=after)).isoformat()
    plain = {
        "law": "eu-gdpr",
        "place": place,
        "right": "access",
        "events": [{"event": "received", "on": received.isoformat()}],
    }
    paused = {
        **plain,
        "events": [
            *plain["events"],
            {"event": "clarification_requested", "on": on},
            {"event": "clarification_provided", "on": on},
        ],
    }

    assert of_duty(paused)["overdue_from"] == of_duty(plain)["overdue_from"]


# The oracle --------------------------------------------------------------------------------------


def oracle(law: str, place: str, received: date) -> date:
    """The last day of a plain request, by dateutil and the holidays library alone."""
    if law in ("eu-gdpr", "uk-gdpr"):
        day = received + relativedelta(months=1)
    else:
        day = received + relativedelta(days=30)
    country, _, region = place.partition("-")
    closed = holidays.country_holidays(country, subdiv=region or None, years=range(2026, 2032))
    while day.weekday() > 4 or day in closed:
        day += relativedelta(days=1)
    return day


@pytest.mark.parametrize("law", ["eu-gdpr", "uk-gdpr", "ch-fadp"])
def test_plain_requests_agree_with_the_oracle_on_every_day_of_four_years(law: str) -> None:
    for place in PLACES[law]:
        wrong = {}
        for number in range(4 * 365):
            received = date(2026, 2, 5) + timedelta(days=number)
            case = {
                "law": law,
                "place": place,
                "right": "access",
                "events": [{"event": "received", "on": received.isoformat()}],
            }
            due = of_duty(case)["due"]
            if due != oracle(law, place, received).isoformat():
                wrong[received] = due
        assert wrong == {}
