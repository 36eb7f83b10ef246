"""The language of deadline cases, and cases worked by hand. Every line of cases/ is a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from consentkit.law.docket import NotACase, answer

CASES = [
    json.loads(line)
    for path in sorted((Path(__file__).parent / "cases").glob("*.jsonl"))
    for line in path.read_text().splitlines()
]


def a_case(*events: tuple[str, str] | dict[str, Any], **overrides: Any) -> dict[str, Any]:
    told = [
        {"event": event[0], "on": event[1]} if isinstance(event, tuple) else event
        for event in events
    ]
    return {"law": "eu-gdpr", "place": "IE", "right": "access", "events": told, **overrides}


def dates(case: dict[str, Any], duty: str = "answer") -> tuple[str | None, str | None, bool]:
    """``due``, ``overdue_from`` and ``disputed`` of one duty."""
    found = {deadline["duty"]: deadline for deadline in answer(case)}[duty]
    return found["due"], found["overdue_from"], found["disputed"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_worked_case(case: dict[str, Any]) -> None:
    found = {deadline["duty"]: deadline for deadline in answer(case)}

    for duty, expected in case["expect"].items():
        assert {name: found[duty][name] for name in expected} == expected  # type: ignore[literal-required]


GOT = ("received", "2026-03-02")


def notice(day: str, *, reasons: bool) -> dict[str, Any]:
    return {"event": "extension_notified", "on": day, "reasons": reasons}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([GOT], ("2026-04-02", "2026-04-03", False)),
        # Identity asked for: the text has no pause, the EDPB says there may be one.
        (
            [GOT, ("identity_requested", "2026-03-05"), ("identity_provided", "2026-03-12")],
            ("2026-04-02", "2026-04-10", True),
        ),
        ([GOT, ("identity_requested", "2026-03-05")], ("2026-04-02", None, True)),
        (
            [GOT, {"event": "identity_requested", "on": "2026-03-05", "justified": False}],
            ("2026-04-02", "2026-04-03", False),
        ),
        # A question put after the time was over brings it not back.
        ([GOT, ("identity_requested", "2026-04-20")], ("2026-04-02", "2026-04-03", False)),
        # Two pauses at once leave each day out once.
        (
            [
                GOT,
                ("identity_requested", "2026-03-05"),
                ("identity_provided", "2026-03-12"),
                ("clarification_requested", "2026-03-10"),
                ("clarification_provided", "2026-03-14"),
            ],
            ("2026-04-02", "2026-04-14", True),
        ),
        ([GOT, notice("2026-04-02", reasons=True)], ("2026-06-02", "2026-06-03", False)),
        ([GOT, notice("2026-04-03", reasons=True)], ("2026-04-02", "2026-04-03", False)),
        ([GOT, notice("2026-03-30", reasons=False)], ("2026-04-02", "2026-06-03", True)),
        (
            [GOT, notice("2026-03-20", reasons=False), notice("2026-03-30", reasons=True)],
            ("2026-06-02", "2026-06-03", True),
        ),
        # 31 January plus three months: the later of the two ways to count.
        (
            [("received", "2026-01-31"), notice("2026-02-20", reasons=True)],
            ("2026-04-30", "2026-05-01", False),
        ),
        # A moment on two days: the controller's own day, and the later of the two before accusing.
        ([("received", "2026-06-15T00:30:00+02:00")], ("2026-07-14", "2026-07-16", True)),
        ([("received", "2026-06-14T23:30:00Z")], ("2026-07-15", "2026-07-16", False)),
    ],
)
def test_the_month_of_the_gdpr(events: list[Any], expected: tuple[str, str, bool]) -> None:
    assert dates(a_case(*events)) == expected


def test_an_authenticated_request_leaves_no_doubt_about_identity() -> None:
    events = [GOT, ("identity_requested", "2026-03-05"), ("identity_provided", "2026-03-12")]
    case = a_case(*events, facts={"requester_authenticated": True})

    assert dates(case) == ("2026-04-02", "2026-04-03", False)


ASKED_ID = ("identity_requested", "2026-06-03")


@pytest.mark.parametrize(
    ("right", "events", "expected"),
    [
        # Days of clarification do not count for access, and only for access.
        (
            "access",
            [
                ("received", "2026-06-01"),
                ("clarification_requested", "2026-06-05"),
                ("clarification_provided", "2026-06-09"),
            ],
            ("2026-07-06", "2026-07-07", True),
        ),
        (
            "erasure",
            [
                ("received", "2026-06-01"),
                ("clarification_requested", "2026-06-05"),
                ("clarification_provided", "2026-06-09"),
            ],
            ("2026-07-01", "2026-07-02", False),
        ),
        (
            "access",
            [("received", "2026-06-01"), ("clarification_requested", "2026-06-05")],
            (None, None, True),
        ),
        # The month begins at the latest of request, identity and fee.
        (
            "access",
            [
                ("received", "2026-06-01"),
                ASKED_ID,
                ("identity_provided", "2026-06-10"),
                ("fee_requested", "2026-06-04"),
                ("fee_paid", "2026-06-16"),
            ],
            ("2026-07-16", "2026-07-17", False),
        ),
        (
            "erasure",
            [("received", "2026-06-01"), ("fee_requested", "2026-06-04")],
            (None, None, False),
        ),
        (
            "access",
            [
                ("received", "2026-06-01"),
                {"event": "identity_requested", "on": "2026-06-03", "justified": False},
            ],
            ("2026-07-01", "2026-07-02", False),
        ),
        # Clarification that was over before the identity was shown shortens nothing.
        (
            "access",
            [
                ("received", "2026-06-01"),
                ASKED_ID,
                ("clarification_requested", "2026-06-03"),
                ("clarification_provided", "2026-06-08"),
                ("identity_provided", "2026-06-10"),
            ],
            ("2026-07-10", "2026-07-11", False),
        ),
        # Before 5 February 2026 the law was another: the old date, and the new one before accusing.
        (
            "access",
            [
                ("received", "2026-02-02"),
                ("identity_requested", "2026-02-04"),
                ("identity_provided", "2026-02-09"),
            ],
            ("2026-03-02", "2026-03-10", True),
        ),
        (
            "access",
            [
                ("received", "2026-02-05"),
                ("identity_requested", "2026-02-06"),
                ("identity_provided", "2026-02-09"),
            ],
            ("2026-03-09", "2026-03-10", False),
        ),
    ],
)
def test_the_month_of_the_uk(right: str, events: list[Any], expected: tuple[Any, ...]) -> None:
    case = a_case(*events, law="uk-gdpr", place="GB-ENG", right=right)

    assert dates(case) == expected


def test_a_complaint_before_the_duty_began_has_no_date() -> None:
    case = a_case(
        ("complaint_received", "2026-06-18"), law="uk-gdpr", place="GB-ENG", right="complaint"
    )

    assert answer(case) == []


@pytest.mark.parametrize(
    ("place", "events", "duty", "due"),
    [
        ("DE-BE", [("became_aware", "2026-05-10")], "sue_until", "2029-12-31"),
        ("IE", [("infringement", "2026-05-10")], "sue_until", "2032-05-10"),
        (
            "BE",
            [("infringement", "2000-05-10"), ("became_aware", "2019-05-10")],
            "sue_until",
            "2020-05-10",
        ),
        (
            "BG",
            [("infringement", "2024-09-01"), ("became_aware", "2026-06-01")],
            "complain_until",
            "2026-09-01",
        ),
        ("AT", [("complained", "2026-06-19")], "authority_progress", "2026-09-21"),
    ],
)
def test_what_you_and_authorities_owe(place: str, events: list[Any], duty: str, due: str) -> None:
    assert dates(a_case(*events, place=place), duty)[0] == due


def test_an_objection_to_marketing_is_obeyed_at_once() -> None:
    case = a_case(("received", "2026-03-14"), right="objection_marketing")

    assert dates(case, "stop") == ("2026-03-14", "2026-03-15", False)
    assert dates(case, "answer") == ("2026-04-14", "2026-04-15", False)


def test_illinois_waits_for_an_open_weekday_before_it_accuses() -> None:
    case = a_case(
        ("received", "2026-06-03"),
        law="us-il-bipa",
        place="US-IL",
        right="notice",
        facts={"reply_within_days": 30},
    )

    # 3 July is a federal holiday, then comes a weekend.
    assert dates(case, "requested_answer") == ("2026-07-03", "2026-07-07", False)
    assert dates(case, "answer") == (None, None, False)


def test_deleting_an_account_is_the_last_interaction_at_the_latest() -> None:
    deleted = ("account_deleted", "2024-05-01")
    bipa = {"law": "us-il-bipa", "place": "US-IL", "right": "destruction"}

    assert dates(a_case(deleted, **bipa), "destroy")[0] == "2027-05-03"
    assert (
        dates(a_case(("last_interaction", "2024-03-01"), deleted, **bipa), "destroy")[0]
        == "2027-05-03"
    )


def test_a_holiday_of_some_communes_delays_only_the_accusation() -> None:
    case = a_case(("received", "2028-07-15"), place="DE-BY")

    assert dates(case) == ("2028-08-15", "2028-08-17", True)


def test_a_year_that_nobody_has_checked_is_called_unconfirmed() -> None:
    [checked, *_] = answer(a_case(("received", "2028-03-06")))
    [unchecked, *_] = answer(a_case(("received", "2029-03-06")))

    assert checked["steps"][-1]["step"] != "unconfirmed"
    assert unchecked["steps"][-1]["text"] == (
        "Nobody has checked the public holidays of 2029 yet: the date is unconfirmed."
    )


RECEIVED = {"event": "received", "on": "2026-03-02"}


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ([], "a case is a JSON object"),
        (a_case(law="xx"), "unknown law 'xx'"),
        (a_case(place="XX"), "unknown place 'XX'"),
        (a_case(place=7), "'place' is missing or not a text"),
        (a_case(right="everything"), "has no right 'everything'"),
        (a_case(events={}), "'events' is missing or not a list"),
        (a_case(events=["received"]), "an event is an object"),
        (a_case(("recieved", "2026-03-02")), "unknown event 'recieved'"),
        (a_case(("received", "2026-02-30")), "the date of received does not exist: '2026-02-30'"),
        (a_case(("received", "2026-W10-1")), "not written as YYYY-MM-DD"),
        (a_case(("received", "2026-03-02T10:00:00")), "has no offset"),
        (a_case({"event": "received"}), "the day of received is missing"),
        (a_case({**RECEIVED, "why": 1}), "unknown key of an event: 'why'"),
        (a_case({**RECEIVED, "reasons": "yes"}), "'reasons' of received is neither true nor false"),
        (a_case(GOT, ("answered", "2026-03-01")), "answered on 2026-03-01 lies before received"),
        (a_case(GOT, ("sent", "2026-03-03")), "received on 2026-03-02 lies before sent"),
        (a_case(GOT, facts={"mood": 1}), "unknown fact 'mood'"),
        (a_case(GOT, facts={"reply_within_days": "30"}), "not of the kind int"),
        (a_case(GOT, facts={"reply_within_days": True}), "not of the kind int"),
        (a_case(GOT, facts={"reply_within_days": 0}), "between 1 and 3650"),
        (a_case(GOT, facts=[]), "'facts' is not an object"),
        (a_case(("received", "9999-12-31")), "beyond the year 9999"),
        (a_case(GOT, law="us-il-bipa", right="notice"), "us-il-bipa is the law of US-IL"),
        (a_case(law="us-ca-ccpa"), "us-ca-ccpa is the law of US-CA"),
        (a_case(("received", "2026-03-02T10:00:00Z"), place="US"), "more than one time zone"),
    ],
)
def test_what_is_wrong_is_named(case: Any, message: str) -> None:
    with pytest.raises(NotACase) as raised:
        answer(case)

    assert message in str(raised.value)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_order_of_telling_changes_nothing(case: dict[str, Any]) -> None:
    assert answer({**case, "events": case["events"][::-1]}) == answer(case)


def test_a_question_and_its_answer_on_one_day_belong_together() -> None:
    asked, given = ("identity_requested", "2026-03-05"), ("identity_provided", "2026-03-05")

    assert dates(a_case(given, asked, GOT)) == ("2026-04-02", "2026-04-03", False)


def test_every_date_explains_itself() -> None:
    [deadline, *_] = answer(a_case(("received", "2026-03-06")))

    assert [(step["text"], step["citation"]) for step in deadline["steps"]] == [
        ("Received on Fri 6 Mar 2026; that day is not counted.", None),
        ("1 month ends on Mon 6 Apr 2026.", "Art. 12(3) GDPR"),
        ("Mon 6 Apr 2026 is a public holiday: Easter Monday.", None),
        (
            "It moves to the next working day, Tue 7 Apr 2026.",
            "Regulation (EEC, Euratom) No 1182/71, Art. 3(4)",
        ),
    ]
