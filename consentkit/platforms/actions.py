"""Bringing the tables up to date with the directory's files: the only code that writes them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256

from django.db import transaction

from .models import (
    Entity,
    NameKind,
    NameTrigram,
    Platform,
    PlatformName,
    sources_as_json,
    terms_as_json,
)
from .records import EntityRecord, PlatformRecord
from .search import plain, trigrams

# Part of every digest: raise it when the tables are filled differently from the same file.
EDITION = 1
LONGEST_NAME = 200

# Nobody looks for a company by these, and they would make every search wade through all companies.
LEGAL_FORMS = frozenset(
    "ab ag bv co company corp corporation gmbh group holding holdings inc incorporated "
    "international ireland limited llc ltd oy plc pte sa sas sarl se services spa technologies "
    "technology the uab uk unlimited".split()
)


@dataclass(frozen=True)
class SyncReport:
    """What a sync did, by slug. ``changed`` says which fields differ."""

    added: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """The report as lines of text: every change, then the sum."""
        for slug in self.added:
            yield f"added {slug}"
        for slug, names in self.changed.items():
            yield f"changed {slug}: {', '.join(names)}"
        for slug in self.removed:
            yield f"no longer listed: {slug}"
        yield (
            f"{len(self.added)} added, {len(self.changed)} changed, "
            f"{len(self.removed)} no longer listed, {len(self.unchanged)} unchanged"
        )


def sync(records: Iterable[PlatformRecord], keep: Collection[str] = ()) -> SyncReport:
    """Make the tables say what the records say; safe to repeat.

    Each platform is one transaction. Platforms without a record are no longer listed, except those
    in ``keep``, whose files cannot be read at the moment.
    """
    report = SyncReport()
    known = {
        slug: (digest, listed)
        for slug, digest, listed in Platform.objects.values_list("slug", "digest", "listed")
    }
    seen = set(keep)
    for record in records:
        seen.add(record.slug)
        digest = digest_of(record)
        if known.get(record.slug) == (digest, True):
            report.unchanged.append(record.slug)
        elif record.slug in known and known[record.slug][1]:
            report.changed[record.slug] = _write(record, digest)
        else:
            _write(record, digest)
            report.added.append(record.slug)
    report.removed.extend(sorted(slug for slug in known if known[slug][1] and slug not in seen))
    _unlist(report.removed)
    return report


def digest_of(record: PlatformRecord) -> str:
    """A digest of everything the record says."""
    content = json.dumps([EDITION, asdict(record)], default=str, sort_keys=True)
    return sha256(content.encode()).hexdigest()


@transaction.atomic
def _write(record: PlatformRecord, digest: str) -> list[str]:
    """Write one platform whole. Returns the names of the fields that differ from before."""
    before = Platform.objects.filter(slug=record.slug).first()
    changes = _changes(before.record(), record) if before else []
    platform, _ = Platform.objects.update_or_create(
        slug=record.slug,
        defaults={
            "name": record.name,
            "owner": record.owner or "",
            "aliases": list(record.aliases),
            "brands": list(record.brands),
            "categories": list(record.categories),
            "website": record.website or "",
            "delete_account_url": record.delete_account_url or "",
            "biometric_note": record.biometric_note or "",
            "terms": terms_as_json(record.terms),
            "sources": sources_as_json(record.sources),
            "regions": sorted({region for each in record.entities for region in each.regions}),
            "digest": digest,
            "listed": True,
        },
    )
    platform.entities.all().delete()
    Entity.objects.bulk_create(
        _entity(platform, number, entity) for number, entity in enumerate(record.entities, start=1)
    )
    _index(platform, record)
    return changes or ["how it is searched"]


def _entity(platform: Platform, number: int, record: EntityRecord) -> Entity:
    return Entity(
        platform=platform,
        number=number,
        regions=list(record.regions),
        legal_name=record.legal_name or "",
        address=list(record.address),
        country=record.country or "",
        holiday_place=record.holiday_place or "",
        privacy_email=record.privacy_email or "",
        dpo_email=record.dpo_email or "",
        web_form=record.web_form or "",
        in_app_path=record.in_app_path or "",
        note=record.note or "",
        lead_authority=record.lead_authority or "",
        since=record.since,
        until=record.until,
        joint=record.joint,
        sources=sources_as_json(record.sources),
    )


def _index(platform: Platform, record: PlatformRecord) -> None:
    """Make the platform findable by its names, and by nothing else."""
    platform.names.all().delete()
    kinds: dict[str, NameKind] = {}
    for kind, name in _names(record):
        text = plain(name)[:LONGEST_NAME].strip()
        if text:
            kinds.setdefault(text, kind)
    grams = {text: trigrams(text) for text in kinds}
    names = PlatformName.objects.bulk_create(
        PlatformName(platform=platform, kind=kind, text=text, size=len(grams[text]))
        for text, kind in kinds.items()
    )
    NameTrigram.objects.bulk_create(
        NameTrigram(name=name, trigram=gram, size=name.size)
        for name in names
        for gram in sorted(grams[name.text])
    )


def _names(record: PlatformRecord) -> Iterator[tuple[NameKind, str]]:
    """Every name of the platform, the better kinds first."""
    yield NameKind.NAME, record.name
    for alias in record.aliases:
        yield NameKind.ALIAS, alias
    for brand in record.brands:
        yield NameKind.BRAND, brand
    if record.owner:
        yield NameKind.OWNER, record.owner
    for entity in record.entities:
        yield NameKind.LEGAL, _without_form(entity.legal_name or "")


def _without_form(legal_name: str) -> str:
    """A company's name without the words that half of all companies share."""
    return " ".join(word for word in plain(legal_name).split() if word not in LEGAL_FORMS)


@transaction.atomic
def _unlist(slugs: list[str]) -> None:
    Platform.objects.filter(slug__in=slugs).update(listed=False)
    PlatformName.objects.filter(platform__slug__in=slugs).delete()


def _changes(before: PlatformRecord, after: PlatformRecord) -> list[str]:
    """The names of what differs; what belongs to a company follows its regions."""
    names = [name for name in _differing(before, after) if name != "entities"]
    if len(before.entities) != len(after.entities):
        return [*names, "entities"]
    for old, new in zip(before.entities, after.entities, strict=True):
        names += [f"{', '.join(new.regions)}: {name}" for name in _differing(old, new)]
    return names


def _differing(
    one: PlatformRecord | EntityRecord, other: PlatformRecord | EntityRecord
) -> list[str]:
    return [
        each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)
    ]
