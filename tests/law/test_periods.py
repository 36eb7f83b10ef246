"""Months end where they end."""

from datetime import date

import pytest

from consentkit.law.calendars import Calendar
from consentkit.law.periods import AskedDays, Counted, Days, Months, NoDate, YearEnds, Years


@pytest.mark.parametrize(
    ("start", "period", "last_day"),
    [
        ("2026-03-10", Months(1), "2026-04-10"),
        ("2026-01-29", Months(1), "2026-02-28"),
        ("2026-01-30", Months(1), "2026-02-28"),
        ("2026-01-31", Months(1), "2026-02-28"),
        ("2028-01-31", Months(1), "2028-02-29"),
        ("2026-02-28", Months(1), "2026-03-28"),
        ("2028-02-29", Months(12), "2029-02-28"),
        ("2026-11-30", Months(3), "2027-02-28"),
        ("2026-12-31", Months(2), "2027-02-28"),
        ("2026-03-10", Days(0), "2026-03-10"),
        ("2028-02-28", Days(2), "2028-03-01"),
        ("2024-02-29", Years(5), "2029-02-28"),
        ("2024-02-29", Years(4), "2028-02-29"),
        ("2026-05-10", YearEnds(3), "2029-12-31"),
    ],
)
def test_the_last_day_of_a_period(start: str, period: Counted, last_day: str) -> None:
    assert period.last_day(date.fromisoformat(start), Calendar("IE")) == date.fromisoformat(
        last_day
    )


@pytest.mark.parametrize("period", [Days(10**9), Months(10**6), Years(8000), YearEnds(8000)])
def test_a_day_beyond_the_calendar_is_an_error(period: Counted) -> None:
    with pytest.raises(NoDate):
        period.last_day(date(2026, 1, 1), Calendar("IE"))


def test_a_term_the_letter_asks_for_comes_from_its_facts() -> None:
    asked = AskedDays("reply_within_days")

    assert asked.days({"reply_within_days": 21}) == Days(21)
    assert asked.days({}) is None
