"""The deadline certificate: one page, tagged, with every step and nothing of the person."""

from __future__ import annotations

from datetime import date

import pypdfium2

from consentkit.law.events import Event, EventKind, History
from consentkit.law.procedure import deadlines
from consentkit.law.statutes import law_of
from consentkit.letters.certificate import Certificate, certificate


def a_certificate(language: str = "en", *, paper: str = "a4", evidence: str = "") -> bytes:
    law = law_of("eu-gdpr")
    on = date(2026, 11, 25)
    history = History([Event(EventKind.RECEIVED, on, on)])
    [deadline, *_] = deadlines(law, "access", "IE", history, {})
    told = Certificate(
        law=law,
        right="access",
        place="IE",
        deadline=deadline,
        evidence=evidence,
        made_on=date(2026, 12, 4),
    )
    return certificate(told, language=language, paper=paper)


def text_of(written: bytes) -> str:
    with pypdfium2.PdfDocument(written) as document:
        assert len(document) == 1
        return " ".join(document[0].get_textpage().get_text_range().split())


def test_it_shows_the_result_each_step_and_what_it_rests_on() -> None:
    text = text_of(a_certificate(evidence="Registered post, tracking record"))

    assert "Due on Monday, December 28, 2026" in text
    assert "Friday, December 25, 2026 is a public holiday: Christmas Day." in text
    assert "Art. 12(3) GDPR" in text
    assert "Called late from Wednesday, December 30, 2026" in text
    assert "a later date can be argued" in text
    assert "Registered post, tracking record" in text


def test_without_evidence_it_says_so() -> None:
    assert "assumed; no proof is on record" in text_of(a_certificate())


def test_it_speaks_german_on_either_paper() -> None:
    assert "28. Dezember 2026" in text_of(a_certificate("de", paper="letter"))


def test_in_german_it_names_the_right_and_the_provisions_in_german() -> None:
    text = text_of(a_certificate("de"))

    assert "Auskunft · Art. 15 DSGVO" in text
    assert "Art. 12 Abs. 3 DSGVO" in text
    assert "GDPR" not in text


def test_the_same_certificate_is_the_same_bytes() -> None:
    assert a_certificate() == a_certificate()
