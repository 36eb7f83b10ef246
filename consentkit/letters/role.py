"""What a letter is in a case: to whom it goes, and what its arrival is to the law."""

from __future__ import annotations

from consentkit.law.events import EventKind

from .texts import Stage, languages, text_of

# Letters that go to an authority, and not to the company.
TO_AUTHORITY = frozenset({"oaic_complaint", "agency_complaint", "attorney_general"})
COMPLAINT_IS_TO_AUTHORITY = frozenset({"eu-gdpr", "uk-gdpr", "ch-fadp"})

# What the arrival of a letter starts, by its kind; a reminder starts nothing.
STARTS: dict[str, EventKind] = {
    "appeal": EventKind.APPEALED,
    "complaint_to_controller": EventKind.COMPLAINT_RECEIVED,
}


def stage_of(law: str, kind: str) -> Stage:
    """Where a letter stands in a case, which is the same in all its languages."""
    return text_of(law, kind, languages(law, kind)[0]).stage


def is_to_authority(law: str, kind: str) -> bool:
    """Whether a letter goes to an authority."""
    return kind in TO_AUTHORITY or (kind == "complaint" and law in COMPLAINT_IS_TO_AUTHORITY)


def arrival_of(law: str, kind: str) -> EventKind | None:
    """What the arrival of a letter is to the law; None where it starts nothing."""
    if stage_of(law, kind) is Stage.OPENING:
        return EventKind.RECEIVED
    if is_to_authority(law, kind):
        return EventKind.COMPLAINED
    if (law, kind) == ("au-privacy", "complaint"):
        return EventKind.COMPLAINT_RECEIVED
    return STARTS.get(kind)
