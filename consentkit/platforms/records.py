"""What we know of a platform: whom to write to, for whom, since when, and how we know.

Frozen values, read from the directory's files or from the database. No Django in here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from enum import StrEnum

from consentkit.law.holidays import UnknownPlace, check_place
from consentkit.law.places import EEA

EVERYWHERE = "*"

# What a platform is. A file may name several; the list is short so that pages can filter by it.
CATEGORIES = frozenset(
    "ad-tech ai biometrics children credit crypto data-broker dating delivery devices education "
    "face-search fitness gaming genetics identity jobs media messaging mobility payments "
    "people-search photos search shopping social tech travel video voice".split()
)


class NoAddressee(LookupError):
    """We do not know whom somebody who lives there writes to."""


class Confidence(StrEnum):
    """How we know a fact, best first."""

    POLICY = "policy"  # the company's own published text
    DATASET = "dataset"  # somebody else's collection
    KNOWLEDGE = "knowledge"  # nobody has checked it yet


@dataclass(frozen=True)
class FieldSource:
    """Where a fact stands.

    ``dated`` is the day of the text itself, ``checked`` the day on which somebody last looked the
    fact up in it. Both are None for a fact that nobody has checked.
    """

    ref: str
    url: str | None
    checked: date | None
    confidence: Confidence
    dated: date | None = None


@dataclass(frozen=True, kw_only=True)
class EntityRecord:
    """One company behind a platform: the addressee for some regions, from a day to a day.

    A region is ``US-IL``, ``US``, ``EEA`` or ``*``, which stands for everywhere else. ``joint``
    says that a letter goes to this company and to the others of the same region as well.
    ``sources`` holds one source for every field that is filled.
    """

    regions: tuple[str, ...]
    legal_name: str | None = None
    address: tuple[str, ...] = ()
    country: str | None = None
    holiday_place: str | None = None
    privacy_email: str | None = None
    dpo_email: str | None = None
    web_form: str | None = None
    in_app_path: str | None = None
    note: str | None = None
    lead_authority: str | None = None
    since: date | None = None
    until: date | None = None
    joint: bool = False
    sources: Mapping[str, FieldSource] = field(default_factory=dict, hash=False)

    def source_of(self, name: str) -> FieldSource | None:
        """Where the field of that name comes from; None when the field is empty."""
        return self.sources.get(name)

    def in_force(self, day: date) -> bool:
        """Whether this company was the one to write to on that day."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


# The fields of an entity that somebody has looked up; each has a source when it is filled.
ENTITY_FACTS = tuple(
    each.name for each in fields(EntityRecord) if each.name not in ("sources", "joint")
)
PLATFORM_FACTS = ("delete_account_url", "biometric_note")


def filled(entity: EntityRecord) -> list[str]:
    """The names of the entity's facts that are not empty, in the order of the record."""
    return [name for name in ENTITY_FACTS if getattr(entity, name)]


@dataclass(frozen=True, kw_only=True)
class TermsRecord:
    """What a platform's US terms of service say about disputes, in our words."""

    source: FieldSource
    informal_step: str | None = None
    arbitration: str | None = None
    opt_out: str | None = None
    notice_address: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlatformRecord:
    """A platform as people know it, and the companies behind it.

    ``slug`` is empty for a company that somebody typed in.
    """

    slug: str
    name: str
    owner: str | None = None
    aliases: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    website: str | None = None
    delete_account_url: str | None = None
    biometric_note: str | None = None
    terms: TermsRecord | None = None
    entities: tuple[EntityRecord, ...] = ()
    sources: Mapping[str, FieldSource] = field(default_factory=dict, hash=False)

    def source_of(self, name: str) -> FieldSource | None:
        """Where the platform's own field of that name comes from, if it needs a source."""
        return self.sources.get(name)

    def addressees(
        self, residence: str, on: date, collected_since: date | None = None
    ) -> tuple[EntityRecord, ...]:
        """Whom a letter of the day ``on`` goes to, for somebody living at ``residence``.

        A residence is an ISO 3166-2 code such as ``US-IL``, ``DE-BE`` or ``GB-ENG``. Companies in
        charge on the day come first. With ``collected_since``, those who were in charge on an
        earlier day since then follow, latest first. Raises NoAddressee.
        """
        current = self._in_charge(residence, on)
        if not current:
            known = sorted({region for entity in self.entities for region in entity.regions})
            raise NoAddressee(
                f"{self.name} has no addressee for {residence} on {on}; "
                f"it has some for: {', '.join(known) or 'nobody'}"
            )
        found = list(current)
        for day in self._handovers(residence, collected_since, on):
            found += [entity for entity in self._in_charge(residence, day) if entity not in found]
        return tuple(found)

    def _in_charge(self, residence: str, day: date) -> list[EntityRecord]:
        """The companies of the narrowest region that has any on that day."""
        for region in regions_of(residence):
            found = [
                each for each in self.entities if region in each.regions and each.in_force(day)
            ]
            if found:
                return found
        return []

    def _handovers(self, residence: str, since: date | None, on: date) -> list[date]:
        """The days from ``since`` to ``on`` whose next day may have had another company, latest
        first, and ``since`` itself."""
        if since is None or since >= on:
            return []
        around = set(regions_of(residence))
        days = {since}
        for entity in self.entities:
            if around & set(entity.regions):
                days |= {entity.until} if entity.until else set()
                days |= {entity.since - timedelta(days=1)} if entity.since else set()
        return sorted((day for day in days if since <= day < on), reverse=True)


def regions_of(residence: str) -> Iterator[str]:
    """The regions a residence lies in, narrowest first: ``DE-BE``, ``DE``, ``EEA``, ``*``."""
    country = residence.partition("-")[0]
    if country != residence:
        yield residence
    yield country
    if country in EEA:
        yield "EEA"
    yield EVERYWHERE


def unlisted(
    name: str,
    address: Sequence[str],
    email: str = "",
    web_form: str = "",
    country: str = "",
) -> PlatformRecord:
    """A company that the directory does not have, as somebody typed it in.

    Raises ValueError without a name.
    """
    name = name.strip()
    if not name:
        raise ValueError("a company needs a name")
    entity = EntityRecord(
        regions=(EVERYWHERE,),
        legal_name=name,
        address=tuple(line.strip() for line in address if line.strip()),
        country=country.strip() or None,
        holiday_place=_with_calendar(country.strip()),
        privacy_email=email.strip() or None,
        web_form=web_form.strip() or None,
    )
    typed = FieldSource("Typed in by hand", None, None, Confidence.KNOWLEDGE)
    entity = replace(entity, sources=dict.fromkeys(filled(entity), typed))
    return PlatformRecord(slug="", name=name, entities=(entity,))


def _with_calendar(place: str) -> str | None:
    """The place, if we can tell its holidays."""
    try:
        check_place(place)
    except UnknownPlace:
        return None
    return place
