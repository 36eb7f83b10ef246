"""Where things happen: the time zone of a place, and which residences belong to which region."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

# Regions of countries with more than one zone. Other countries are looked up in the tz database.
ZONES = {
    "AU-ACT": "Australia/Sydney", "AU-NSW": "Australia/Sydney", "AU-VIC": "Australia/Melbourne",
    "AU-QLD": "Australia/Brisbane", "AU-SA": "Australia/Adelaide", "AU-WA": "Australia/Perth",
    "AU-TAS": "Australia/Hobart", "AU-NT": "Australia/Darwin",
    "CY": "Asia/Nicosia", "DE": "Europe/Berlin",
    "ES": "Europe/Madrid", "ES-CN": "Atlantic/Canary",
    "PT": "Europe/Lisbon", "PT-20": "Atlantic/Azores", "PT-30": "Atlantic/Madeira",
    "CA-ON": "America/Toronto", "CA-QC": "America/Montreal", "CA-BC": "America/Vancouver",
    "CN": "Asia/Shanghai", "NZ": "Pacific/Auckland",
}  # fmt: skip
US_ZONES = {
    "America/New_York": "CT DE DC FL GA IN KY MA MD ME MI NC NH NJ NY NY-NYC OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
}
ZONES |= {f"US-{state}": zone for zone, states in US_ZONES.items() for state in states.split()}

EU = frozenset(
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split()
)
EEA = EU | {"IS", "LI", "NO"}
UK = frozenset({"GB"})


class UnknownZone(LookupError):
    """A moment cannot be read in this place, because we cannot tell its time zone."""


@cache
def zone_of(place: str) -> ZoneInfo:
    """The time zone of a place. A state with two zones has that of most of its people.

    Raises UnknownZone for a country with several zones whose region is not given.
    """
    country = place.split("-")[0]
    name = ZONES.get(place) or ZONES.get(country) or _only_zone(country)
    if name is None:
        raise UnknownZone(f"{place} has more than one time zone: give a date instead of a moment")
    return ZoneInfo(name)


@cache
def _zone_table() -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for line in files("tzdata").joinpath("zoneinfo/zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, name, *_ = line.split("\t")
            table.setdefault(country, []).append(name)
    return table


def _only_zone(country: str) -> str | None:
    zones = _zone_table().get(country, [])
    return zones[0] if len(zones) == 1 else None


# Names of regions that residents give as their home, where the law differs between them.
STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia",
    "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois",
    "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
    "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
    "NY-NYC": "New York City",
}  # fmt: skip
LAENDER = {
    "BW": "Baden-Württemberg", "BY": "Bayern", "BE": "Berlin", "BB": "Brandenburg", "HB": "Bremen",
    "HH": "Hamburg", "HE": "Hessen", "MV": "Mecklenburg-Vorpommern", "NI": "Niedersachsen",
    "NW": "Nordrhein-Westfalen", "RP": "Rheinland-Pfalz", "SL": "Saarland", "SN": "Sachsen",
    "ST": "Sachsen-Anhalt", "SH": "Schleswig-Holstein", "TH": "Thüringen",
}  # fmt: skip
NATIONS = {"ENG": "England", "NIR": "Northern Ireland", "SCT": "Scotland", "WLS": "Wales"}
CANTONS = {
    "AG": "Aargau", "AI": "Appenzell Innerrhoden", "AR": "Appenzell Ausserrhoden", "BE": "Bern",
    "BL": "Basel-Landschaft", "BS": "Basel-Stadt", "FR": "Fribourg", "GE": "Genève",
    "GL": "Glarus", "GR": "Graubünden", "JU": "Jura", "LU": "Luzern", "NE": "Neuchâtel",
    "NW": "Nidwalden", "OW": "Obwalden", "SG": "St. Gallen", "SH": "Schaffhausen",
    "SO": "Solothurn", "SZ": "Schwyz", "TG": "Thurgau", "TI": "Ticino", "UR": "Uri",
    "VD": "Vaud", "VS": "Valais", "ZG": "Zug", "ZH": "Zürich",
}  # fmt: skip
AUSTRALIAN_STATES = {
    "ACT": "Australian Capital Territory", "NSW": "New South Wales", "NT": "Northern Territory",
    "QLD": "Queensland", "SA": "South Australia", "TAS": "Tasmania", "VIC": "Victoria",
    "WA": "Western Australia",
}  # fmt: skip

# Countries whose residents are asked for their region.
REGIONS: dict[str, dict[str, str]] = {
    "US": STATES, "DE": LAENDER, "GB": NATIONS, "CH": CANTONS, "AU": AUSTRALIAN_STATES,
}  # fmt: skip


def region_name(place: str) -> str:
    """The name of a region, in its own language; empty where we keep none."""
    country, _, region = place.partition("-")
    return REGIONS.get(country, {}).get(region, "")


def surroundings(place: str) -> tuple[str, ...]:
    """The place and every place around it, the smallest first: New York City lies in New York."""
    parts = place.split("-")
    return tuple("-".join(parts[:length]) for length in range(len(parts), 0, -1))
