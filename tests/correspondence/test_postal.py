"""The envelope, and what to write at the counter: the right lines, in the right places."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pikepdf
import pypdfium2
import pytest

from consentkit.correspondence.postal import counter_sheet, envelope_sheet, is_certified
from consentkit.letters.compose import Draft, compose
from consentkit.letters.envelope import LAYOUTS, MM
from tests.world import a_request


def a_draft(law: str = "us-il-bipa", kind: str = "notice", paper: str = "letter") -> Draft:
    return compose(a_request(law, kind, paper=paper))


def words(written: bytes) -> str:
    with pypdfium2.PdfDocument(written) as document:
        return " ".join(" ".join(p.get_textpage().get_text_range() for p in document).split())


@pytest.mark.parametrize("paper", LAYOUTS)
def test_an_envelope_has_its_size_and_keeps_clear_of_stamp_and_machine_print(paper: str) -> None:
    draft = a_draft(paper=paper)
    window = LAYOUTS[paper].windows[0]

    written = envelope_sheet(draft, paper, "en")

    with pypdfium2.PdfDocument(written) as document:
        [page] = document
        assert page.get_size() == pytest.approx((window.width, window.height), abs=0.5)
        textpage = page.get_textpage()
        boxes = [textpage.get_charbox(n) for n in range(textpage.count_chars())]
        text = textpage.get_text_range()
    assert text.split() == [
        word
        for line in (
            "Carl Sample",
            "12 Elm Street",
            "Chicago, IL 60601",
            *draft.addressees[0].lines,
        )
        for word in line.split()
    ]
    height = window.height
    for left, bottom, right, top in boxes:
        assert bottom >= 16 * MM  # below, machines print
        assert right <= window.width - 15 * MM
        in_corner = height - top < 40 * MM
        assert (right <= 90 * MM) if in_corner else (left >= 0.44 * window.width)


def test_each_company_has_its_envelope() -> None:
    draft = a_draft()
    other = replace(draft.addressees[0], name="Other Inc.", lines=("Other Inc.", "Reno, NV 89501"))

    written = envelope_sheet(replace(draft, addressees=(*draft.addressees, other)), "letter", "en")

    with pikepdf.open(BytesIO(written)) as document:
        assert len(document.pages) == len(draft.addressees) + 1
    assert "Other Inc." in words(written)
    assert "carl@example.org" not in words(written)


def test_certified_mail_has_the_lines_of_both_forms() -> None:
    draft = a_draft()

    told = words(counter_sheet(draft, "letter", country="US", language="en"))

    assert "PS Form 3800, Certified Mail receipt Sent to Example New LLC" in told
    assert "3 Main Street, Suite 100 City, state, ZIP+4 Springfield, CA 90001" in told
    assert "1. Article addressed to Example New LLC" in told
    assert "3. Service type Certified Mail" in told
    assert "the card comes back there Carl Sample 12 Elm Street Chicago, IL 60601" in told
    assert "carl@example.org" not in told


@pytest.mark.parametrize(
    ("country", "service"),
    [
        ("DE", "Ask for: Einschreiben mit Rückschein, or Einwurf-Einschreiben."),
        ("NZ", "Ask for registered post with proof of delivery."),
    ],
)
def test_elsewhere_it_is_what_a_counter_asks_for(country: str, service: str) -> None:
    draft = a_draft("eu-gdpr", "access", "a4")

    told = words(counter_sheet(draft, "a4", country=country, language="en"))

    assert service in told
    assert "Addressee Example Ireland Limited Attn: Privacy" in told
    assert "Sender, to whom the advice of delivery comes back Ada Beispiel" in told
    assert "PS Form" not in told


def test_certified_mail_goes_to_addresses_in_the_united_states_only() -> None:
    at_home = a_draft().addressees[0]
    abroad = replace(at_home, entity=replace(at_home.entity, country="IE"))
    draft = replace(a_draft(), addressees=(abroad,))

    assert is_certified("US", at_home)
    assert not is_certified("US", abroad)
    assert not is_certified("CA", at_home)
    told = words(counter_sheet(draft, "letter", country="US", language="en"))
    assert "PS Form" not in told
    assert "Ask for registered post with proof of delivery." in told
