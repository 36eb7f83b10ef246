"""What stands in a cell, understood: a day, a place, a language, yes or no.

Whatever could be meant in two ways is not guessed: ``NotUnderstood`` says what is wrong, for
whoever has to put the cell right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from itertools import chain

from babel import Locale
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext

from consentkit.law.places import REGIONS

from .columns import plain

# In which headers and cells are written: the languages of the letters, and two more.
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pl")
# A country in which the region decides which law applies.
NEEDS_REGION = frozenset({"US"})
NO_COUNTRY = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())
ALSO = {
    "usa": "US", "us": "US", "u s a": "US", "uk": "GB", "great britain": "GB",
    "grossbritannien": "GB", "england": "GB-ENG", "scotland": "GB-SCT", "schottland": "GB-SCT",
    "wales": "GB-WLS", "holland": "NL", "tschechien": "CZ", "czech republic": "CZ", "brd": "DE",
    "bavaria": "DE-BY", "new york city": "US-NY-NYC", "nyc": "US-NY-NYC",
}  # fmt: skip
YES = frozenset("yes y true 1 x ja j wahr oui vrai si sì vero verdadero tak prawda да".split())
NO = frozenset("no n false 0 nein falsch non faux falso nee nie fałsz нет".split())
CHILD = frozenset(
    "parent child minor kind minderjahrig enfant nino nina hijo figlio dziecko".split()
)
WARD = frozenset("guardian ward mundel betreut betreuung vormund pupille tutelle".split())
SELF = frozenset(["", "self", "themselves", "selbst", "fur sich", "soi meme"])

ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T].*)?")
DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{2}|\d{4})")
SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{2}|\d{4})")
WRITTEN = re.compile(r"(?:(\d{1,2})\.? )?([^\W\d]+)\.?,? ?(\d{1,2})?,? (\d{4})")
# A long number that a spreadsheet has shortened, and so destroyed.
SHORTENED = re.compile(r"\d+[.,]?\d*E\+?\d+")
ORDERS = ("dmy", "mdy")


class NotUnderstood(ValueError):
    """A cell that cannot be understood; the message says what is wrong."""


def day(text: str, order: str = "") -> date:
    """A day. ``order`` is one of ``ORDERS`` where it is known; else 03/04/2025 is not guessed."""
    if found := ISO.fullmatch(text):
        return _date(text, found[1], found[2], found[3])
    if found := DOTTED.fullmatch(text):
        return _date(text, found[3], found[2], found[1])
    if found := SLASHED.fullmatch(text):
        first, second, year = found.groups()
        if not order and int(first) <= 12 and int(second) <= 12 and first != second:
            raise NotUnderstood(
                gettext("Is the day or the month first? Say so where the columns are chosen.")
            )
        month_first = order == "mdy" or (not order and int(second) > 12)
        month, number = (first, second) if month_first else (second, first)
        return _date(text, year, month, number)
    if found := WRITTEN.fullmatch(text):
        month = _months().get(plain(found[2]))
        number = found[1] or found[3]
        if month and number:
            return _date(text, found[4], str(month), number)
    raise NotUnderstood(gettext("This is no day. Write it like 2025-03-14."))


def _date(text: str, year: str, month: str, number: str) -> date:
    if len(year) != 4:
        raise NotUnderstood(gettext("Write the year with four digits."))
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        raise NotUnderstood(gettext("There is no such day.")) from None


@cache
def _months() -> Mapping[str, int]:
    found: dict[str, int] = {}
    for language in LANGUAGES:
        months = Locale(language).months
        for where in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[where][width].items():
                    found.setdefault(plain(name), number)
    return found


@lru_cache(maxsize=1_000)
def place(country: str, region: str = "") -> str:
    """Where somebody lives, as ISO 3166-2 says it, from one cell or two."""
    found = _place(country) if country else ""
    if region and "-" not in found:
        inside = _region(region, found)
        if inside:
            found = inside
    if not found:
        raise NotUnderstood(gettext("There is no such country or state in our list."))
    if found in NEEDS_REGION:
        raise NotUnderstood(gettext("Say which state: its privacy laws are its own."))
    return found


def _place(text: str) -> str:
    code = text.strip().upper().replace("_", "-")
    if code in _codes():
        return code
    country, _comma, region = text.partition(",")
    known = _places().get(plain(text)) or _places().get(plain(country), "")
    state = _region(text, "")
    if known and state and known != state:
        raise NotUnderstood(
            gettext("This is a country and a state. Write its code: %(country)s or %(state)s.")
            % {"country": known, "state": state}
        )
    if region and known:
        return _region(region, known) or _region(country, _place(region)) or known
    if region and not known:
        return _region(country, _place(region))
    return known or _region(text, "")


def _region(text: str, country: str) -> str:
    """A region by its name or the end of its code; without a country, by its name alone."""
    code = text.strip().upper()
    if country and code in REGIONS.get(country, {}):
        return f"{country}-{code}"
    found = code if "-" in code and code in _codes() else _regions().get(plain(text), "")
    return found if country in ("", found.split("-")[0]) else ""


@cache
def _regions() -> Mapping[str, str]:
    return {
        plain(name): f"{of}-{one}" for of, inside in REGIONS.items() for one, name in inside.items()
    }


@cache
def _codes() -> frozenset[str]:
    named = map(str, Locale("en").territories)
    countries = (one for one in named if re.fullmatch("[A-Z]{2}", one))
    regions = (f"{of}-{one}" for of, inside in REGIONS.items() for one in inside)
    return frozenset(chain(countries, regions)) - NO_COUNTRY


@cache
def _places() -> Mapping[str, str]:
    found = dict(ALSO)
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in _codes():
                found.setdefault(plain(name), str(code))
    return found


def language(text: str) -> str:
    """A language, by its name or its code."""
    code = text.strip().lower().replace("_", "-").split("-")[0]
    if code in _languages().values():
        return code
    found = _languages().get(plain(text))
    if found is None:
        raise NotUnderstood(gettext("We know no such language."))
    return found


@cache
def _languages() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for named_in in {*LANGUAGES}:
        names = Locale(named_in).languages
        for code in LANGUAGES:
            found[plain(names[code])] = code
    for code in LANGUAGES:
        found[plain(Locale(code).languages[code])] = code
    return found


def yes(text: str) -> bool:
    """Yes or no."""
    word = text.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise NotUnderstood(gettext("Write yes or no."))


def email(text: str) -> str:
    """An e-mail address."""
    try:
        validate_email(text)
    except ValidationError:
        raise NotUnderstood(gettext("This is not an e-mail address.")) from None
    return text


def acts_as(text: str) -> str:
    """For whom somebody comes."""
    word = plain(text)
    for said, words in (("self", SELF), ("parent", CHILD), ("guardian", WARD)):
        if word in words:
            return said
    raise NotUnderstood(gettext("Write “child” or “ward”, or leave it empty."))


def whole(text: str, longest: int) -> str:
    """A number or a name of another system, which a spreadsheet must not have shortened."""
    if SHORTENED.fullmatch(text):
        raise NotUnderstood(
            gettext("The spreadsheet has shortened this number. Format the column as text.")
        )
    if len(text) > longest:
        raise NotUnderstood(gettext("This is too long."))
    return text


def several(text: str) -> list[str]:
    """Several names in one cell, parted by semicolons, bars or lines."""
    return [one.strip() for one in re.split(r"[;|\n]", text) if one.strip()]


def address(text: str) -> list[str]:
    """The lines of an address, parted by lines, else by commas or semicolons."""
    parts = text.split("\n") if "\n" in text else re.split(r"[;,] ", text)
    return [one.strip() for one in parts if one.strip()]
