"""What the pages need to speak to the reader: their dates, their language, where they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import (
    get_language,
    get_language_info,
    gettext,
    gettext_lazy,
    override,
)
from django.utils.translation.trans_real import parse_accept_lang_header

from consentkit.law.places import region_name
from consentkit.law.vocabulary import Confidence as LawConfidence
from consentkit.platforms.records import Confidence as PlatformConfidence
from consentkit.platforms.records import EntityRecord, FieldSource, PlatformRecord

register = template.Library()


@register.simple_tag(takes_context=True)
def day(context: Context, value: date | str | None) -> SafeString | str:
    """A date as the reader writes it: 22 November 2026, November 22, 2026, 22. November 2026."""
    if not value:
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), written(value, context.get("request"))
    )


def written(value: date, request: HttpRequest | None = None) -> str:
    """The date in words; the request says which English or German its reader uses."""
    return format_date(value, "long", locale=reader_locale(request))


def reader_locale(request: HttpRequest | None = None) -> Locale:
    """The page's language, in the variety that the reader's browser prefers if it names one."""
    language = get_language() or settings.LANGUAGE_CODE
    header = request.headers.get("Accept-Language", "") if request else ""
    for wanted, _ in parse_accept_lang_header(header):
        if wanted.split("-")[0] == language and "-" in wanted:
            try:
                return Locale.parse(wanted, sep="-")
            except (UnknownLocaleError, ValueError):
                continue
    return Locale.parse(language)


@register.filter
def translated(text: str | None) -> str:
    """A text of the law's own files in the reader's language: see ``consentkit.web.law_texts``."""
    return gettext(text) if text else ""


@register.filter
def place_name(place: str) -> str:
    """A country, region or group of countries in the reader's language."""
    if place in WIDER:
        return str(WIDER[place])
    return region_name(place) or Locale.parse(get_language() or "en").territories.get(place, place)


WIDER = {
    "*": gettext_lazy("everywhere else"),
    "EEA": gettext_lazy("European Union, Iceland, Liechtenstein and Norway"),
}


@register.filter
def in_words(confidence: LawConfidence | PlatformConfidence) -> str:
    """How sure we are, as a phrase."""
    return str(HOW_SURE[confidence])


HOW_SURE = {
    LawConfidence.READ: gettext_lazy("read in the text itself"),
    LawConfidence.SECONDARY: gettext_lazy("read in a quotation or summary, not in the text itself"),
    LawConfidence.SETTLED: gettext_lazy("settled knowledge, not read again"),
    LawConfidence.UNCERTAIN: gettext_lazy("not certain"),
    PlatformConfidence.POLICY: gettext_lazy("the company's own published text"),
    PlatformConfidence.DATASET: gettext_lazy("a collection made by others"),
    PlatformConfidence.KNOWLEDGE: gettext_lazy("not checked by anybody yet"),
}


@register.simple_tag
def source_of(record: PlatformRecord | EntityRecord, name: str) -> FieldSource | None:
    """Where a fact of the directory comes from."""
    return record.source_of(name)


@register.simple_tag(takes_context=True)
def here(context: Context, prefix: str) -> SafeString | str:
    """Marks the link of the menu under which the page lies: pages named ``prefix`` or alike."""
    request = context.get("request")
    match = request.resolver_match if request else None
    if match is None or not (match.url_name or "").startswith(prefix):
        return ""
    # The page itself is "page"; what lies below it is only "true".
    return format_html(' aria-current="{}"', "page" if _is_menu_page(match.url_name) else "true")


def _is_menu_page(name: str) -> bool:
    return name in (
        "letter",
        "check",
        "platforms",
        "laws",
        "about",
        "cases",
        "teams",
        "account",
        "account_login",
    )


@dataclass(frozen=True)
class PageInLanguage:
    """The page that is shown, in one of the languages of the site."""

    code: str
    name: str
    href: str
    current: bool


@register.simple_tag(takes_context=True)
def languages_of_this_page(context: Context) -> list[PageInLanguage]:
    """A link to this page in every language; to the front page where it has no address."""
    request = context.get("request")
    pages = []
    for code, _ in settings.LANGUAGES:
        with override(code):
            href = _this_page(request)
        name = get_language_info(code)["name_local"]
        pages.append(PageInLanguage(code, name, href, code == get_language()))
    return pages


def _this_page(request: HttpRequest | None) -> str:
    match = request.resolver_match if request else None
    if request is None or match is None:
        return reverse("home")
    try:
        address = reverse(match.view_name, args=match.args, kwargs=match.kwargs)
    except NoReverseMatch:
        return reverse("home")
    query = request.META.get("QUERY_STRING", "")
    return f"{address}?{query}" if query else address
