"""Letters as PDF/UA-1 and PDF/A-3: a sample of all, chosen by hash; all with ``--every-letter``."""

from __future__ import annotations

import re
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest
from pikepdf import pdfa

from consentkit.letters import texts
from consentkit.letters.compose import compose
from consentkit.letters.render import pdf
from consentkit.letters.request import LetterRequest
from tests.letters.matterhorn import complaints
from tests.letters.sameness import stock_pdf
from tests.world import NEEDED_FACTS, a_request

LETTERS = sorted(texts.catalogue())
ONE_IN = 16
DRAWN = (((0.1, 0.2), (0.3, 0.4)),)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-letter")
        chosen = [one for one in LETTERS if every or _number(one) % ONE_IN == 0]
        metafunc.parametrize("kind", chosen, ids="-".join)


def _number(kind: tuple[str, str, str]) -> int:
    return int.from_bytes(sha256("-".join(kind).encode()).digest()[:4], "big")


def of_kind(kind: tuple[str, str, str], paper: str = "a4") -> LetterRequest:
    law, right, language = kind
    needed = {name: NEEDED_FACTS[name] for name in texts.text_of(law, right, language).needs}
    return a_request(law, right, language=language, paper=paper, facts=needed, strokes=DRAWN)


def test_a_letter_is_accessible(kind: tuple[str, str, str]) -> None:
    draft = compose(of_kind(kind))
    written = pdf(draft, "a4")

    assert complaints(written) == []
    with pikepdf.open(BytesIO(written)) as document:
        assert str(document.Root.Lang) == draft.locale
        with document.open_metadata() as metadata:
            assert metadata["dc:title"] == draft.title
    report = pdfa.validate_written(BytesIO(without_what_the_validator_does_not_know(written)), "3b")
    assert [str(one) for one in report.findings] == []


def without_what_the_validator_does_not_know(written: bytes) -> bytes:
    """The same file with metadata for PDF/A-3B alone: pikepdf knows neither level A nor PDF/UA.

    Each byte that goes becomes a space, so nothing else moves.
    """
    spaces = re.compile(
        rb"<rdf:Description[^>]*pdfuaid:part=\"1\"/>"
        rb"|<rdf:Description rdf:about=\"\" xmlns:pdfaExtension=.*?</rdf:Description>",
        re.DOTALL,
    )
    plain, found = spaces.subn(lambda match: b" " * len(match[0]), written)
    assert found == 2
    assert plain.count(b'conformance="A"') + plain.count(b'conformance="B"') == 1
    return plain.replace(b'conformance="A"', b'conformance="B"')


def test_the_validator_would_find_a_fault() -> None:
    written = without_what_the_validator_does_not_know(pdf(compose(a_request()), "a4"))
    spoilt = written.replace(b'pdfaid:part="3"', b'pdfaid:part="2"')

    assert spoilt != written
    assert not pdfa.validate_written(BytesIO(spoilt), "3b").passed


def test_the_checker_finds_what_weasyprint_leaves_undone() -> None:
    draft = compose(a_request())

    assert complaints(stock_pdf(draft, "a4")) == [
        "it does not say that it is PDF/A-3",
        "page 1: the tree does not reach what is tagged [01-004]",
        "page 2: the tree does not reach what is tagged [01-004]",
    ]


def test_the_level_is_a_where_all_can_be_read_out_and_b_else() -> None:
    plain = pdf(compose(a_request()), "a4")
    assert b'pdfaid:conformance="A"' in plain

    with pikepdf.open(BytesIO(plain)) as document:
        assert document.Root.OutputIntents[0].S == pikepdf.Name.GTS_PDFA1
        assert document.trailer.ID[0] == document.trailer.ID[1]
