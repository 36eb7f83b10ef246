"""Finding a platform by what people call it, typos included.

Names are compared by their trigrams, the threes of letters in them. They are rows of their own, so
SQLite and PostgreSQL find the likely names the same way, from one index; the few dozen that come
back are ranked here.
"""

from __future__ import annotations

import re
import unicodedata
from heapq import nlargest
from typing import NamedTuple

from django.db.models import Count, F, FloatField, Value
from django.db.models.functions import Cast

from .models import NameKind, NameTrigram, Platform, PlatformName
from .records import regions_of

# Below this likeness a name is another word: "goggle" and "Google" have 0.6, strangers below 0.3.
ALIKE = 0.35
CANDIDATES = 80
LONGEST = 50  # of what somebody types; the rest of a pasted text says nothing more

# How much a match counts, by what the name is to the platform.
WEIGHT = {
    NameKind.NAME: 1.0,
    NameKind.ALIAS: 0.95,
    NameKind.BRAND: 0.85,
    NameKind.OWNER: 0.8,
    NameKind.LEGAL: 0.7,
}
EXACT, BEGINS, WORD_BEGINS, AT_HOME = 1.0, 0.5, 0.25, 0.05


class Hit(NamedTuple):
    """A name that resembles what was typed, and how much; a higher score is better."""

    score: float
    platform: int


def search(text: str, limit: int = 8, residence: str | None = None) -> list[Platform]:
    """The listed platforms whose names resemble the text, best first; three queries.

    With a residence, those that name an addressee for it come first among equals.
    """
    typed = plain(text[:LONGEST])
    best: dict[int, float] = {}
    for hit in _hits(typed):
        best[hit.platform] = max(hit.score, best.get(hit.platform, 0.0))
    nearest = nlargest(4 * limit, best, key=lambda pk: best[pk])
    platforms = Platform.objects.filter(listed=True).in_bulk(nearest)
    home = set(regions_of(residence)) if residence else set()
    for pk, platform in platforms.items():
        best[pk] += AT_HOME if home & set(platform.regions) else 0.0
    ranked = sorted(platforms.values(), key=lambda each: (-best[each.pk], each.name.casefold()))
    return ranked[:limit]


def _hits(typed: str) -> list[Hit]:
    grams = trigrams(typed)
    if not grams:
        return []
    likeness = Cast(2 * F("shared"), FloatField()) / (F("size") + Value(len(grams)))
    alike = dict(
        NameTrigram.objects.filter(trigram__in=grams)
        .values("name", "size")
        .annotate(shared=Count("*"))  # of the index alone: no column beside it is needed
        .annotate(likeness=likeness)
        .order_by("-likeness", "name")
        .values_list("name", "likeness")[:CANDIDATES]
    )
    names = PlatformName.objects.filter(pk__in=alike)
    hits = []
    for pk, platform, kind, name in names.values_list("pk", "platform", "kind", "text"):
        bonus = _bonus(typed, name)
        if alike[pk] >= ALIKE or bonus:
            hits.append(Hit((alike[pk] + bonus) * WEIGHT[NameKind(kind)], platform))
    return hits


def _bonus(typed: str, name: str) -> float:
    """What a name gains for being, or beginning with, exactly what was typed."""
    solid, solid_name = typed.replace(" ", ""), name.replace(" ", "")
    if solid == solid_name:
        return EXACT
    if solid_name.startswith(solid):
        return BEGINS
    if f" {name}".find(f" {typed}") >= 0:
        return WORD_BEGINS
    return 0.0


def plain(text: str) -> str:
    """The text in small letters and digits: no accents, no punctuation, single spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    return re.sub(r"[\W_]+", " ", bare).strip()


def trigrams(plain_text: str) -> set[str]:
    """The trigrams of each word, and of the text without its spaces: "tik tok" is "tiktok"."""
    words = {*plain_text.split(), plain_text.replace(" ", "")} - {""}
    return {
        padded[start : start + 3]
        for padded in (f"__{word}_" for word in words)
        for start in range(len(padded) - 2)
    }
