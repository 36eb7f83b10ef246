"""The directory as tables: what pages list, search and show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .records import Confidence, EntityRecord, FieldSource, PlatformRecord, TermsRecord


class Platform(models.Model):
    """A platform of the directory. ``manage.py sync_platforms`` alone writes it.

    When its file is gone it is no longer listed, but stays: letters may refer to it.
    """

    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    owner = models.CharField(max_length=200, blank=True)
    aliases = models.JSONField(default=list)
    brands = models.JSONField(default=list)
    categories = models.JSONField(default=list)
    website = models.URLField(max_length=500, blank=True)
    delete_account_url = models.URLField(max_length=500, blank=True)
    biometric_note = models.TextField(blank=True)
    terms = models.JSONField(null=True)
    sources = models.JSONField(default=dict)
    regions = models.JSONField(default=list)  # those of all its entities, for the search
    digest = models.CharField(max_length=64)
    listed = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("platform")
        verbose_name_plural = _("platforms")
        ordering = ("name",)

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset(
            "id slug name owner aliases brands categories website delete_account_url "
            "biometric_note terms sources regions digest listed".split()
        )

    def __str__(self) -> str:
        return self.name

    def record(self) -> PlatformRecord:
        """The platform as its file describes it."""
        return PlatformRecord(
            slug=self.slug,
            name=self.name,
            owner=self.owner or None,
            aliases=tuple(self.aliases),
            brands=tuple(self.brands),
            categories=tuple(self.categories),
            website=self.website or None,
            delete_account_url=self.delete_account_url or None,
            biometric_note=self.biometric_note or None,
            terms=_terms_from(self.terms) if self.terms else None,
            entities=tuple(entity.record() for entity in self.entities.all()),
            sources=_sources_from(self.sources),
        )


class Entity(models.Model):
    """A company behind a platform, in the order of the file. Replaced whenever the file changes.

    Refer to the platform, and keep a copy of an address that was written to.
    """

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="entities")
    number = models.PositiveSmallIntegerField()
    regions = models.JSONField(default=list)
    legal_name = models.CharField(max_length=200, blank=True)
    address = models.JSONField(default=list)
    country = models.CharField(max_length=2, blank=True)
    holiday_place = models.CharField(max_length=6, blank=True)
    privacy_email = models.EmailField(blank=True)
    dpo_email = models.EmailField(blank=True)
    web_form = models.URLField(max_length=500, blank=True)
    in_app_path = models.CharField(max_length=500, blank=True)
    note = models.TextField(blank=True)
    lead_authority = models.CharField(max_length=20, blank=True)
    since = models.DateField(null=True)
    until = models.DateField(null=True)
    joint = models.BooleanField(default=False)
    sources = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("company behind a platform")
        verbose_name_plural = _("companies behind platforms")
        ordering = ("platform", "number")
        constraints = (
            models.UniqueConstraint(fields=["platform", "number"], name="one_entity_per_number"),
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(since__lte=F("until")),
                name="entity_ends_after_it_begins",
            ),
        )

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset(
            "id platform number regions legal_name address country holiday_place privacy_email "
            "dpo_email web_form in_app_path note lead_authority since until joint sources".split()
        )

    def __str__(self) -> str:
        return f"{self.legal_name or '?'} ({', '.join(self.regions)})"

    def record(self) -> EntityRecord:
        """The company as the platform's file describes it."""
        return EntityRecord(
            regions=tuple(self.regions),
            legal_name=self.legal_name or None,
            address=tuple(self.address),
            country=self.country or None,
            holiday_place=self.holiday_place or None,
            privacy_email=self.privacy_email or None,
            dpo_email=self.dpo_email or None,
            web_form=self.web_form or None,
            in_app_path=self.in_app_path or None,
            note=self.note or None,
            lead_authority=self.lead_authority or None,
            since=self.since,
            until=self.until,
            joint=self.joint,
            sources=_sources_from(self.sources),
        )


class NameKind(models.TextChoices):
    """What a name is to a platform, in the order in which it counts for the search."""

    NAME = "name", _("name")
    ALIAS = "alias", _("other name")
    BRAND = "brand", _("brand")
    OWNER = "owner", _("owner")
    LEGAL = "legal", _("company")


class PlatformName(models.Model):
    """A name that a platform is found by: written plainly, with the number of its trigrams."""

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="names")
    kind = models.CharField(max_length=5, choices=NameKind)
    text = models.CharField(max_length=200)
    size = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("name to search by")
        verbose_name_plural = _("names to search by")
        constraints = (
            models.UniqueConstraint(fields=["platform", "text"], name="one_name_per_text"),
            models.CheckConstraint(condition=Q(size__gt=0), name="name_has_trigrams"),
        )

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset({"id", "platform", "kind", "text", "size"})

    def __str__(self) -> str:
        return f"{self.text} ({self.kind})"


class NameTrigram(models.Model):
    """Three letters in a row that occur in a name.

    ``size`` repeats that of the name, so that the index alone can tell how alike two names are.
    """

    name = models.ForeignKey(PlatformName, models.CASCADE, related_name="trigrams")
    trigram = models.CharField(max_length=3)
    size = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("trigram of a name")
        verbose_name_plural = _("trigrams of names")
        constraints = (
            models.UniqueConstraint(fields=["trigram", "name", "size"], name="one_row_per_trigram"),
        )

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset({"id", "name", "trigram", "size"})

    def __str__(self) -> str:
        return f"{self.trigram!r} of {self.name_id}"


# Records as JSON ----------------------------------------------------------------------------------


def source_as_json(source: FieldSource) -> dict[str, Any]:
    """A source as a column keeps it."""
    return {
        "ref": source.ref,
        "url": source.url,
        "checked": source.checked and source.checked.isoformat(),
        "confidence": source.confidence.value,
        "dated": source.dated and source.dated.isoformat(),
    }


def sources_as_json(sources: Mapping[str, FieldSource]) -> dict[str, Any]:
    """The source of every field, as a column keeps them."""
    return {name: source_as_json(source) for name, source in sources.items()}


def terms_as_json(terms: TermsRecord | None) -> dict[str, Any] | None:
    """The terms, as a column keeps them."""
    if terms is None:
        return None
    return {
        "informal_step": terms.informal_step,
        "arbitration": terms.arbitration,
        "opt_out": terms.opt_out,
        "notice_address": list(terms.notice_address),
        "source": source_as_json(terms.source),
    }


def _source_from(value: Mapping[str, Any]) -> FieldSource:
    return FieldSource(
        ref=value["ref"],
        url=value["url"],
        checked=_day(value["checked"]),
        confidence=Confidence(value["confidence"]),
        dated=_day(value["dated"]),
    )


def _sources_from(value: Mapping[str, Any]) -> dict[str, FieldSource]:
    return {name: _source_from(each) for name, each in value.items()}


def _terms_from(value: Mapping[str, Any]) -> TermsRecord:
    return TermsRecord(
        source=_source_from(value["source"]),
        informal_step=value["informal_step"],
        arbitration=value["arbitration"],
        opt_out=value["opt_out"],
        notice_address=tuple(value["notice_address"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
