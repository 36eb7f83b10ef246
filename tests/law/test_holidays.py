"""Which days count where: the library's holidays, and where a statute corrects them."""

from datetime import date

import pytest

from consentkit.law import holidays
from consentkit.law.calendars import Calendar, open_weekday_on_or_after
from consentkit.law.easter import easter_sunday
from consentkit.law.places import UnknownZone, zone_of


@pytest.mark.parametrize(
    ("place", "day", "name"),
    [
        ("IE", "2026-04-03", None),  # Good Friday is no public holiday in Ireland
        ("IE", "2026-04-06", "Easter Monday"),
        ("IE", "2027-02-01", "Saint Brigid's Day"),
        ("DE-BE", "2027-03-08", "Internationaler Frauentag"),
        ("DE-BY", "2027-03-08", None),
        ("DE-SN", "2026-11-18", "Buß- und Bettag"),
        ("FR", "2026-04-03", None),
        ("FR-57", "2026-04-03", "Vendredi saint"),
        ("GB-SCT", "2027-01-04", "2nd January (substitute day)"),
        ("US-IL", "2027-03-26", "Good Friday"),
        ("US-IL", "2026-11-03", "General Election Day"),
        ("US-IL", "2027-11-02", None),  # general elections are held in even years
        ("US-IL", "2026-07-03", None),  # a Saturday's holiday is not moved
        ("US-IL", "2027-07-05", "Independence Day (kept on Monday)"),
    ],
)
def test_holidays_of_a_place(place: str, day: str, name: str | None) -> None:
    found = holidays.established(place, int(day[:4])).get(date.fromisoformat(day))

    assert (found is None) == (name is None), found


@pytest.mark.parametrize(
    ("place", "only_in_the_statute", "only_in_the_library"),
    [
        ("US-IL", {"2026-04-03"}, {"2026-07-03"}),
        ("US-CA", {"2026-02-12", "2026-09-25"}, {"2026-02-15", "2026-11-08"}),
        ("US-TX", set(), {"2026-03-31", "2026-04-03", "2026-07-03", "2026-12-24", "2026-12-26"}),
        ("US-NY", {"2026-06-14", "2026-06-15"}, {"2026-02-15", "2026-07-03"}),
        ("US-CO", set(), {"2026-03-31", "2026-07-03"}),
        (
            "US-MD",
            {"2026-02-12", "2026-03-25", "2026-04-03", "2026-09-12", "2026-11-03"},
            {"2026-07-03"},
        ),
    ],
)
def test_where_the_library_and_a_statute_differ(
    place: str, only_in_the_statute: set[str], only_in_the_library: set[str]
) -> None:
    library = {day.isoformat() for day in holidays._from_library("US", place[3:], 2026)}
    statute = {day.isoformat() for day in holidays.established(place, 2026)}

    assert (statute - library, library - statute) == (only_in_the_statute, only_in_the_library)


def test_easter() -> None:
    assert [easter_sunday(year) for year in (2024, 2025, 2026, 2027, 2038)] == [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2027, 3, 28),
        date(2038, 4, 25),
    ]


@pytest.mark.parametrize(
    ("place", "year", "days"),
    [
        ("IE", 2026, {"2026-12-28"}),  # St Stephen's Day is a Saturday
        ("IE", 2027, {"2027-12-27", "2027-12-28"}),  # Christmas Day and St Stephen's Day
        ("IE", 2025, set()),
        ("FR", 2027, {"2027-03-26", "2027-12-26"}),  # Alsace and Moselle
        ("NL", 2026, set()),
    ],
)
def test_days_that_are_only_arguable(place: str, year: int, days: set[str]) -> None:
    assert {day.isoformat() for day in holidays.arguable(place, year)} == days


def test_without_a_land_every_lands_holidays_can_be_argued() -> None:
    assert date(2026, 6, 4) in holidays.arguable("DE", 2026)
    assert holidays.arguable("DE-BY", 2026) == {date(2026, 8, 15): "Assumption Day"}
    assert holidays.arguable("DE-HH", 2026) == {}


@pytest.mark.parametrize("place", ["XX", "DE-XX", "US-ZZ", "", "Ireland", "IE-D"])
def test_an_unknown_place_is_named(place: str) -> None:
    with pytest.raises(holidays.UnknownPlace, match="unknown place"):
        holidays.check_place(place)


def test_the_first_working_day() -> None:
    assert Calendar("IE").on_or_after(date(2026, 4, 4)) == date(2026, 4, 7)
    assert Calendar("IE", with_arguable=True).on_or_after(date(2026, 12, 26)) == date(2026, 12, 29)
    assert Calendar("IE").on_or_after(date(2026, 12, 26)) == date(2026, 12, 28)


def test_an_open_weekday_is_neither_a_federal_nor_a_state_holiday() -> None:
    # 3 July 2026 is a federal day off, 4 July a Saturday, but no holiday of Illinois' own law.
    assert open_weekday_on_or_after("US-IL", date(2026, 7, 3)) == date(2026, 7, 6)


def test_time_zones() -> None:
    assert str(zone_of("IE")) == "Europe/Dublin"
    assert str(zone_of("DE-BE")) == "Europe/Berlin"
    assert str(zone_of("US-IL")) == "America/Chicago"
    assert str(zone_of("GB-SCT")) == "Europe/London"
    with pytest.raises(UnknownZone):
        zone_of("US")
