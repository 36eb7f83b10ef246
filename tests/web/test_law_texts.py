"""Every word of the law files that pages show is marked for translation, and in the catalogue.

American and Australian citations and sources stay in English: only their prose is translated.
"""

from __future__ import annotations

from collections.abc import Iterator

from consentkit.law.holidays import arguable, established
from consentkit.law.lawfulness import RULINGS
from consentkit.law.procedure import LATER_DATE_ARGUABLE
from consentkit.law.statutes import LAWS
from consentkit.law.vocabulary import Duty, Law
from consentkit.web.law_texts import HOLIDAYS, TEXTS

YEARS = range(2024, 2034)
ENGLISH_CALENDARS = (
    *("IE", "GB-ENG", "GB-SCT", "GB-NIR", "US-NY-NYC", "AU-NSW", "CH-ZH", "CH-GE"),
    *(law.only_place for law in LAWS.values() if law.only_place and law.rights),
)
CITED_IN_ENGLISH = ("us-", "au-")


def prose_of(law: Law) -> Iterator[str | None]:
    yield from (law.title, law.short_title, law.why, law.threshold)
    yield law.note
    for right in law.rights:
        yield right.title
        if right.instead:
            yield from (right.instead.how, right.instead.office)
            yield from (change.text for change in right.instead.changes)
    for duty in law.duties:
        yield duty.disputed
        yield from (pause.disputed for pause in duty.pauses)
        if duty.extension:
            yield duty.extension.disputed_without_reasons
        yield from (example.because for example in duty.examples)


def citations_of(law: Law) -> Iterator[str | None]:
    yield from (law.citation, law.source.title)
    for right in law.rights:
        yield from (right.provision, right.source.title)
        if right.instead:
            yield from (right.instead.citation, right.instead.source.title)
    for duty in law.duties:
        yield from citations_of_duty(duty)


def citations_of_duty(duty: Duty) -> Iterator[str | None]:
    yield from (duty.citation, duty.source.title, duty.roll_citation)
    yield from (term.citation for term in duty.terms)
    yield from (late_start.citation for late_start in duty.late_starts)
    yield from (pause.citation for pause in duty.pauses)
    if duty.extension:
        yield duty.extension.citation
    if duty.minority:
        yield duty.minority.citation


def rulings_cited(*, in_english: bool) -> set[str]:
    return {
        row[2]
        for law, rows in RULINGS.items()
        for row in rows.values()
        if law.startswith(CITED_IN_ENGLISH) == in_english
    }


def test_every_text_of_the_laws_is_marked():
    shown = {text for law in LAWS.values() for text in prose_of(law) if text}
    shown |= {LATER_DATE_ARGUABLE, *rulings_cited(in_english=False)}
    shown |= {
        text
        for law in LAWS.values()
        if not law.key.startswith(CITED_IN_ENGLISH)
        for text in citations_of(law)
        if text
    }
    cited = {text for law in LAWS.values() for text in citations_of(law) if text}
    cited |= rulings_cited(in_english=True)

    assert sorted(shown - set(TEXTS)) == []
    assert sorted(set(TEXTS) - shown - cited) == [], "no longer in any law"


def test_the_names_of_holidays_are_marked():
    names = {
        name
        for place in ENGLISH_CALENDARS
        for year in YEARS
        for days in (established(place, year), arguable(place, year))
        for name in days.values()
    }

    assert sorted(names - set(HOLIDAYS)) == []
