"""Whether a campaign can work: a letter, an addressee, and somebody whom the law protects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from consentkit.law.statutes import law_of
from consentkit.law.vocabulary import Law
from consentkit.letters.texts import languages
from consentkit.platforms.models import Platform
from consentkit.platforms.records import NoAddressee


@dataclass(frozen=True)
class Fit:
    """What was looked up for a letter to a platform, on the day on which people begin to join.

    ``protects`` are the places whose people the law protects, ``unreached`` those of them from
    which a letter would have no addressee. ``written`` are the languages of the letter, and
    ``unwritten`` those that were asked for in vain.
    """

    law: Law
    protects: tuple[str, ...]
    unreached: tuple[str, ...]
    written: tuple[str, ...]
    unwritten: tuple[str, ...]
    begins: date | None = None  # the law's first day, where that is still to come
    is_off: bool = False

    @property
    def has_addressee(self) -> bool:
        return len(self.unreached) < len(self.protects)

    @property
    def is_for_children(self) -> bool:
        """Whether only a parent can use the law, so that nobody joins for themselves."""
        return self.law.for_children_under is not None

    @property
    def works(self) -> bool:
        return (
            self.has_addressee
            and not self.unwritten
            and bool(self.written)
            and self.begins is None
            and not self.is_off
        )


def fit(*, platform: str, law: str, kind: str, wanted: Sequence[str], on: date) -> Fit:
    """Look up whether a letter can be written and whom it reaches. Raises LookupError."""
    found = law_of(law)
    written = tuple(languages(law, kind))
    record = Platform.objects.get(slug=platform, listed=True).record()

    def is_reached(place: str) -> bool:
        try:
            return bool(record.addressees(place, on))
        except NoAddressee:
            return False

    protects = tuple(sorted(found.protects))
    begins = found.in_force_from
    return Fit(
        law=found,
        protects=protects,
        unreached=tuple(place for place in protects if not is_reached(place)),
        written=written,
        unwritten=tuple(one for one in wanted if one not in written),
        begins=begins if begins and begins > on else None,
        is_off=law in settings.LAWS_OFF,
    )
