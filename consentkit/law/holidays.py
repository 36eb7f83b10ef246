"""Public holidays of a place in a year: the library's, corrected where a statute says otherwise.

Two sets are kept apart. ``established`` are holidays that nobody disputes. ``arguable`` are days on
which somebody could say that the office was closed by law: a customary closure, or the holiday of a
region when we do not know in which region the office lies. The second set never moves a due date;
it only delays the day on which we say that one has passed.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays as library

from .us_holidays import TABLES

Holidays = dict[date, str]

# The last year whose holidays somebody compared with what is published (spot checks of November
# 2026). A date beyond it is counted all the same, and called unconfirmed.
CHECKED_UNTIL = 2028

MONDAY, TUESDAY, FRIDAY, SATURDAY, SUNDAY = 0, 1, 4, 5, 6

# How the library spells regions that ISO 3166-2, or our own files, spell otherwise.
REGION_NAMES = {("FR", "A"): "6AE", ("FR", "GES"): "6AE", ("US", "NY-NYC"): "NY"}

# Countries whose regions keep different days. Without a region, each region's day can be argued.
# For France only Alsace-Moselle is meant: an overseas seat would be named as such.
DIVIDED = {
    "AU": None,
    "CH": None,
    "DE": None,
    "ES": None,
    "FR": ("6AE",),
    "GB": None,
    "IT": None,
    "PT": None,
}


# Holidays of some communes only: Assumption in parts of Bavaria, Corpus Christi in parts of Saxony
# and Thuringia. Whether an office lies in one of them, we do not know.
LOCAL_CATEGORIES = {"DE": "catholic"}


class UnknownPlace(LookupError):
    """We have no calendar for this place."""


@cache
def known_places() -> dict[str, frozenset[str]]:
    """Every country with a calendar, and the codes of its regions."""
    return {
        country: frozenset(regions)
        for country, regions in library.list_supported_countries().items()
        if len(country) == 2
    }


def check_place(place: str) -> None:
    """Raise UnknownPlace unless holidays of the place can be told. Places are ISO 3166-2 codes."""
    country, _, region = place.partition("-")
    places = known_places()
    if country not in places:
        raise UnknownPlace(f"unknown place {place!r}: no country {country!r}")
    region = REGION_NAMES.get((country, region), region)
    if region and region not in places[country]:
        choices = ", ".join(sorted(places[country])) or "none"
        raise UnknownPlace(f"unknown place {place!r}: {country} has the regions {choices}")


@cache
def established(place: str, year: int) -> Holidays:
    """Holidays of the place that nobody disputes, by day. Raises UnknownPlace."""
    check_place(place)
    country, _, region = place.partition("-")
    region = REGION_NAMES.get((country, region), region)
    table = TABLES.get(f"{country}-{region}")
    if table is not None:
        return table.in_year(year)
    return _from_library(country, region, year)


@cache
def arguable(place: str, year: int) -> Holidays:
    """Further days of the place that can be argued to be closed, by day."""
    country, _, region = place.partition("-")
    days: Holidays = {}
    if country == "IE":
        days.update(_irish_closures(established(place, year)))
    if country in LOCAL_CATEGORIES and region:
        days.update(_from_library(country, region, year, LOCAL_CATEGORIES[country]))
    if not region and country in DIVIDED:
        regions = DIVIDED[country] or tuple(known_places()[country])
        for name in regions:
            days.update(_from_library(country, name, year))
    return {day: name for day, name in days.items() if day not in established(place, year)}


@cache
def federal(year: int) -> Holidays:
    """Federal holidays of the United States with their observed days (5 U.S.C. 6103)."""
    return _from_library("US", "", year)


def _from_library(country: str, region: str, year: int, category: str = "public") -> Holidays:
    return dict(
        library.country_holidays(
            country, subdiv=region or None, years=year, categories=(category,)
        ).items()
    )


def _irish_closures(public: Holidays) -> Holidays:
    """The weekdays after a holiday on a weekend, when Irish offices are customarily shut.

    Irish law moves no public holiday (Organisation of Working Time Act 1997, Sch. 2), so these
    days are arguable only: Monday 28 December 2026 for St Stephen's Day on a Saturday.
    """
    closures: Holidays = {}
    for day, name in sorted(public.items()):
        if day.weekday() in (SATURDAY, SUNDAY):
            substitute = day + timedelta(days=1)
            while substitute.weekday() in (SATURDAY, SUNDAY) or substitute in {
                **public,
                **closures,
            }:
                substitute += timedelta(days=1)
            closures[substitute] = f"{name} (customary closure)"
    return closures
