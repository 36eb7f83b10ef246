"""Whom we can write to, and how we know."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from consentkit.platforms.authorities import Authority, authorities
from consentkit.platforms.models import Platform
from consentkit.platforms.records import EntityRecord, FieldSource
from consentkit.platforms.search import search
from consentkit.web.htmx import page_or_fragment

FOUND_AT_MOST = 30


@require_safe
def platforms(request: HttpRequest) -> HttpResponse:
    """Every platform by its first letter, or those that a search finds."""
    text = request.GET.get("q", "").strip()[:100]
    context: dict[str, Any] = {"q": text}
    if text:
        context["found"] = search(text, FOUND_AT_MOST)
    else:
        listed = list(Platform.objects.filter(listed=True))
        context["total"] = len(listed)
        context["letters"] = _by_letter(listed)
    return page_or_fragment(
        request, "web/platforms/list.html", "web/platforms/_results.html", context
    )


@require_safe
def platform(request: HttpRequest, slug: str) -> HttpResponse:
    """One platform: the companies behind it, each fact with its source."""
    found = get_object_or_404(Platform.objects.prefetch_related("entities"), slug=slug, listed=True)
    record = found.record()
    today = timezone.localdate()
    companies = [Company.of(entity) for entity in record.entities]
    return render(
        request,
        "web/platforms/detail.html",
        {
            "platform": record,
            "categories": [CATEGORIES.get(each, each) for each in record.categories],
            "current": [each for each in companies if each.entity.in_force(today)],
            "coming": [each for each in companies if (each.entity.since or today) > today],
            "former": [each for each in companies if (each.entity.until or today) < today],
        },
    )


def _by_letter(listed: list[Platform]) -> list[tuple[str, list[Platform]]]:
    ordered = sorted(listed, key=lambda one: one.name.casefold())
    return [(letter, list(group)) for letter, group in groupby(ordered, key=_letter)]


def _letter(platform: Platform) -> str:
    first = platform.name[:1].upper()
    return first if first.isalpha() else "#"


@dataclass(frozen=True)
class Told:
    """One fact of a company: what it is called, its value, and its source if it has its own."""

    name: str
    label: str | Promise
    value: object
    source: FieldSource | None


@dataclass(frozen=True)
class Company:
    """A company as the page tells of it.

    ``source`` is where its name stands, and every fact that names no source of its own.
    """

    entity: EntityRecord
    facts: tuple[Told, ...]
    source: FieldSource | None
    authority: Authority | None

    @classmethod
    def of(cls, entity: EntityRecord) -> Company:
        main = entity.source_of("legal_name") or entity.source_of("address")
        facts = []
        for name, label in FACTS.items():
            value, source = getattr(entity, name), entity.source_of(name)
            if value:
                facts.append(Told(name, label, value, None if source == main else source))
        authority = authorities().get(entity.lead_authority or "")
        return cls(entity, tuple(facts), main, authority)

    @property
    def all_from_one(self) -> bool:
        """Whether no fact has a source of its own."""
        return all(fact.source is None for fact in self.facts)


FACTS: dict[str, str | Promise] = {
    "address": _("Postal address"),
    "privacy_email": _("E-mail for privacy"),
    "dpo_email": _("Data protection officer"),
    "web_form": _("Web form"),
    "in_app_path": _("In the app"),
    "lead_authority": _("Authority in charge"),
    "note": _("Note"),
}
CATEGORIES: dict[str, str | Promise] = {
    "ad-tech": _("advertising technology"),
    "ai": _("artificial intelligence"),
    "biometrics": _("biometrics"),
    "children": _("children"),
    "credit": _("credit rating"),
    "crypto": _("crypto"),
    "data-broker": _("data trade"),
    "dating": _("dating"),
    "delivery": _("delivery"),
    "devices": _("devices"),
    "education": _("education"),
    "face-search": _("face search"),
    "fitness": _("fitness"),
    "gaming": _("games"),
    "genetics": _("genetics"),
    "identity": _("identity checks"),
    "jobs": _("jobs"),
    "media": _("media"),
    "messaging": _("messages"),
    "mobility": _("getting around"),
    "payments": _("payments"),
    "people-search": _("people search"),
    "photos": _("photos"),
    "search": _("web search"),
    "shopping": _("shopping"),
    "social": _("social network"),
    "tech": _("technology"),
    "travel": _("travel"),
    "video": _("video"),
    "voice": _("voice"),
}
