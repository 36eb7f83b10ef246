"""What a class settlement means, from what somebody remembers."""

import pytest

from consentkit.law.settlements import ALL, Bearing, Reply, bearing, settlements
from consentkit.law.vocabulary import Confidence

YES, NO, UNSURE = Reply.YES, Reply.NO, Reply.UNSURE


@pytest.mark.parametrize(
    ("in_class", "opted_out", "expected"),
    [
        (NO, None, Bearing.NONE),
        (NO, NO, Bearing.NONE),
        (YES, YES, Bearing.KEPT),
        (UNSURE, YES, Bearing.KEPT),
        (YES, NO, Bearing.SETTLED),
        (YES, UNSURE, Bearing.OPEN),
        (YES, None, Bearing.OPEN),
        (UNSURE, NO, Bearing.OPEN),
        (None, None, Bearing.OPEN),
    ],
)
def test_what_a_settlement_means(in_class, opted_out, expected):
    assert bearing(in_class, opted_out) is expected


def test_a_settlement_belongs_to_its_company_and_its_law():
    assert [one.key for one in settlements("us-il-bipa", "tiktok")] == ["tiktok"]
    assert settlements("eu-gdpr", "tiktok") == ()
    assert settlements("us-il-bipa", "example") == ()


@pytest.mark.parametrize("settlement", ALL, ids=lambda one: one.key)
def test_a_settlement_says_how_we_know(settlement):
    assert (settlement.source.read_on is not None) == (
        settlement.source.confidence is Confidence.READ
    )
    # Never a promise of money.
    assert "$" not in repr(settlement)
