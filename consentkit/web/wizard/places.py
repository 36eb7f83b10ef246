"""Countries by name in the reader's language, and the regions where the law differs."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_lazy

from consentkit.law.places import REGIONS, region_name

# Codes that CLDR names and that are no country where somebody lives.
NO_HOMES = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())

# Where the region decides which law applies; elsewhere it decides who helps later, or until when.
REQUIRED = frozenset({"US"})

REGION_LABELS: dict[str, str | Promise] = {
    "US": gettext_lazy("State"),
    "DE": gettext_lazy("Land"),
    "GB": gettext_lazy("Nation"),
    "CH": gettext_lazy("Canton"),
    "AU": gettext_lazy("State or territory"),
}
REGION_WHYS: dict[str, str | Promise] = {
    "US": gettext_lazy("In the United States every state has privacy laws of its own."),
    "DE": gettext_lazy("Optional. Each Land has its own authority for complaints."),
    "GB": gettext_lazy("Optional. Public holidays and time limits differ between the nations."),
    "CH": gettext_lazy("Optional. It tells us the language that your letter probably needs."),
    "AU": gettext_lazy("Optional. It tells us which day it is where you live."),
}


def countries() -> list[tuple[str, str]]:
    """Every country with its name in the reader's language, in alphabetical order."""
    return _countries(get_language() or "en")


@cache
def _countries(language: str) -> list[tuple[str, str]]:
    names = Locale.parse(language, sep="-").territories
    homes = [
        (code, name)
        for code, name in names.items()
        if re.fullmatch("[A-Z]{2}", code) and code not in NO_HOMES
    ]
    return sorted(homes, key=lambda home: _without_accents(home[1]))


def _without_accents(name: str) -> str:
    """A key by which Ägypten stands beside Albanien."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def regions(country: str) -> list[tuple[str, str]]:
    """The regions of a country that people are asked for, in alphabetical order."""
    return sorted(REGIONS.get(country, {}).items(), key=lambda region: _without_accents(region[1]))


def place_name(residence: str) -> str:
    """A residence in the reader's language: ``Illinois, United States``."""
    country = dict(countries()).get(residence.split("-")[0], "")
    region = region_name(residence)
    if not region:
        return country
    return gettext("%(region)s, %(country)s") % {"region": region, "country": country}
