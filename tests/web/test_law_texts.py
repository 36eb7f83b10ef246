"""Every word of the law files that pages show is marked for translation, and in the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from consentkit.law.holidays import arguable, established
from consentkit.law.statutes import KNOWN_LAWS, LAWS
from consentkit.law.vocabulary import Duty, Law
from consentkit.web.law_texts import HOLIDAYS, TEXTS

YEARS = range(2024, 2034)
ENGLISH_CALENDARS = ("IE", "GB-ENG", "GB-SCT", "GB-NIR", "US-IL")


def texts_of(law: Law) -> Iterator[str | None]:
    yield from (law.title, law.short_title, law.why, law.citation, law.source.title)
    yield from law.notes.values()
    for right in law.rights:
        yield from (right.title, right.provision, right.source.title)
    for duty in law.duties:
        yield from texts_of_duty(duty)


def texts_of_duty(duty: Duty) -> Iterator[str | None]:
    yield from (duty.citation, duty.source.title, duty.roll_citation, duty.disputed)
    yield from (term.citation for term in duty.terms)
    yield from (late_start.citation for late_start in duty.late_starts)
    for pause in duty.pauses:
        yield from (pause.citation, pause.disputed)
    if duty.extension:
        yield from (duty.extension.citation, duty.extension.disputed_without_reasons)
    if duty.minority:
        yield duty.minority.citation
    yield from (example.because for example in duty.examples)


def test_every_text_of_the_laws_is_marked():
    shown = {
        text for law in (*LAWS.values(), *KNOWN_LAWS.values()) for text in texts_of(law) if text
    }

    assert sorted(shown - set(TEXTS)) == []
    assert sorted(set(TEXTS) - shown) == [], "no longer in any law"


def test_the_names_of_holidays_are_marked():
    names = {
        name
        for place in ENGLISH_CALENDARS
        for year in YEARS
        for days in (established(place, year), arguable(place, year))
        for name in days.values()
    }

    assert sorted(names - set(HOLIDAYS)) == []
