"""What platforms say, held against the law."""

from __future__ import annotations

from datetime import date

import pytest

from consentkit.law.events import Event, EventKind, History
from consentkit.law.lawfulness import Answer, Claim, NoRuling, Said, judge, recognise
from consentkit.law.statutes import LAWS, law_of

PLACES = {"eu-gdpr": "IE", "uk-gdpr": "GB-ENG", "ch-fadp": "CH-ZH", "au-privacy": "AU-NSW"}


def received(day: str) -> History:
    on = date.fromisoformat(day)
    return History([Event(EventKind.RECEIVED, on, on)])


def ruling(law: str, claim: Claim, on: str, **told: object) -> tuple[str, str | None]:
    """The answer, and the date that stands."""
    found = law_of(law)
    place = PLACES.get(law) or next(iter(found.protects))
    right = "notice" if law == "us-il-bipa" else "access"
    until = told.get("until")
    said = Said(
        claim,
        date.fromisoformat(on),
        reasons=bool(told.get("reasons")),
        until=date.fromisoformat(str(until)) if until else None,
    )
    result = judge(found, right, place, received("2026-03-02"), {}, said)
    due = result.stands.due if result.stands else None
    return result.answer.value, due.isoformat() if due else None


@pytest.mark.parametrize(
    ("law", "on", "reasons", "until", "expected"),
    [
        ("eu-gdpr", "2026-03-30", True, None, ("lawful", "2026-06-02")),
        ("eu-gdpr", "2026-03-30", True, "2026-05-01", ("lawful", "2026-06-02")),
        ("eu-gdpr", "2026-03-30", True, "2026-07-01", ("unlawful", "2026-06-02")),
        ("eu-gdpr", "2026-03-30", False, None, ("unlawful", "2026-04-02")),
        ("eu-gdpr", "2026-04-03", True, None, ("unlawful", "2026-04-02")),
        ("us-ca-ccpa", "2026-04-10", True, "2026-06-01", ("unlawful", "2026-06-01")),
        ("us-ca-ccpa", "2026-04-10", True, "2026-05-31", ("lawful", "2026-06-01")),
        ("us-fl-fdbr", "2026-04-10", True, "2026-05-31", ("unlawful", "2026-05-01")),
        ("ch-fadp", "2026-03-20", False, "2026-06-30", ("lawful", "2026-06-30")),
        ("ch-fadp", "2026-03-20", False, None, ("unlawful", "2026-04-01")),
        ("us-il-bipa", "2026-03-20", True, None, ("depends", None)),
    ],
)
def test_an_extension_is_counted(
    law: str, on: str, reasons: bool, until: str | None, expected: tuple[str, str | None]
) -> None:
    if law == "us-ca-ccpa" and until == "2026-06-01":
        expected = ("lawful", "2026-06-01")  # 31 May is a Sunday: the law itself gives until Monday
    assert ruling(law, Claim.EXTENSION, on, reasons=reasons, until=until) == expected


@pytest.mark.parametrize(
    ("law", "claim", "expected"),
    [
        ("eu-gdpr", Claim.PAUSE, ("unlawful", "2026-04-02")),
        ("eu-gdpr", Claim.VERIFICATION, ("depends", "2026-04-02")),
        ("us-ca-ccpa", Claim.VERIFICATION, ("unlawful", "2026-04-16")),
        ("uk-gdpr", Claim.PAUSE, ("depends", "2026-04-02")),
        ("eu-gdpr", Claim.FORM_ONLY, ("unlawful", None)),
        ("us-il-bipa", Claim.NO_IDENTIFIER, ("depends", None)),
    ],
)
def test_other_claims_are_looked_up(
    law: str, claim: Claim, expected: tuple[str, str | None]
) -> None:
    assert ruling(law, claim, "2026-03-20") == expected


def test_a_passport_is_not_needed_from_the_own_account() -> None:
    said = Said(Claim.IDENTITY_DOCUMENT, date(2026, 3, 20))
    facts = {"requester_authenticated": True}

    found = judge(LAWS["eu-gdpr"], "access", "IE", received("2026-03-02"), facts, said)

    assert found.answer is Answer.UNLAWFUL


def test_where_our_sources_are_silent_so_are_we() -> None:
    with pytest.raises(NoRuling):
        ruling("us-il-bipa", Claim.FEE, "2026-03-20")


@pytest.mark.parametrize(
    ("words", "claim"),
    [
        ("We extend by 60 days.", Claim.EXTENSION),
        ("we paused your request while we discuss it internally", Claim.PAUSE),
        ("the 45 days start once you are verified", Claim.VERIFICATION),
        ("send us your passport", Claim.IDENTITY_DOCUMENT),
        ("Bitte senden Sie uns eine Kopie Ihres Ausweises.", Claim.IDENTITY_DOCUMENT),
        ("You can download everything in your settings", Claim.SELF_SERVICE),
        ("There is a fee of 20 euros", Claim.FEE),
        ("We do not use face geometry", Claim.NO_IDENTIFIER),
    ],
)
def test_a_typed_sentence_is_recognised(words: str, claim: Claim) -> None:
    assert recognise(words)[0] is claim


def test_a_sentence_that_says_nothing_known_is_not_forced() -> None:
    assert recognise("Thank you for your letter.") == []
