"""What makes a page worth signing: words broken rightly, nothing left alone, and real quotes."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain
from unicodedata import bidirectional

import pypdfium2
import pytest

from consentkit.letters import texts
from consentkit.letters.compose import Draft, Paragraph, compose
from consentkit.letters.render import html, pdf
from consentkit.letters.request import Account, Sender
from consentkit.letters.texts import Block
from consentkit.templatetags.letter_print import as_set
from tests.world import EXAMPLE, a_request

LONG_WORD = "Donaudampfschifffahrtselektrizität"


def lines_of(written: bytes) -> list[list[str]]:
    """The lines of each page, as a reader's program extracts them."""
    with pypdfium2.PdfDocument(written) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return [[line.strip() for line in page.splitlines() if line.strip()] for page in pages]


def words_of(written: bytes) -> str:
    return " ".join(chain.from_iterable(lines_of(written)))


def a_text(*blocks: str, **told: object) -> Draft:
    """A German letter of these paragraphs only."""
    draft = compose(a_request(language="de", **told))
    paragraph = replace(
        draft.paragraphs[0], heading="", blocks=tuple(Block("text", text) for text in blocks)
    )
    return replace(draft, paragraphs=(paragraph,))


# Words --------------------------------------------------------------------------------------------


def test_words_are_hyphenated_but_no_name_or_address_is() -> None:
    account = Account(handle="@" + LONG_WORD, email="donaudampfschifffahrt@example.org")
    sender = Sender(f"Ada {LONG_WORD}", ("Musterweg 5", "10115 Berlin"), "ada@example.org")
    names = [sender.name, account.handle, account.email, "CK-ABCDEFGH", "C-154/21"]
    # Each stands once at every place in a line where it could be broken.
    blocks = [f"{'x' * (n * 3)} {name} danach" for name in names for n in range(3, 30, 2)]
    common = [f"{'x' * (n * 3)} {LONG_WORD}kapitänsmütze danach" for n in range(3, 30, 2)]

    named = words_of(pdf(a_text(*blocks, account=account, sender=sender), "a4"))
    spoken = words_of(pdf(a_text(*common), "a4"))

    for name in names[1:]:
        assert named.count(name) == 14
    assert named.count(LONG_WORD) >= 2 * 14
    assert spoken.count(f"{LONG_WORD}kapitänsmütze") < 14


def test_a_number_stays_with_its_article() -> None:
    draft = a_text("")

    assert as_set("nach Art. 15 Abs. 1 Buchst. a", draft) == (
        "nach Art.\u00a015 Abs.\u00a01 Buchst.\u00a0a"
    )
    assert as_set("der Art. nach", draft) == "der Art. nach"
    assert as_set("(Erwägungsgrund 63)", draft) == ("<bdi>(Erwägungsgrund\u00a063</bdi>)")


def test_a_line_is_not_broken_early_beside_a_name() -> None:
    """The engine would, where a mark begins after the space or after one that does not break."""
    draft = a_text("")
    name = draft.addressees[0].name

    assert as_set(f"nach Art. {name}", draft) == f"nach Art.<bdi> {name}</bdi>"
    assert as_set(f"nach Nr.\u00a0({name})", draft) == f"nach<bdi> Nr.\u00a0({name}</bdi>)"


def test_names_stand_apart_and_what_is_typed_is_no_markup() -> None:
    draft = replace(a_text(""), as_is=("<b>Ada & Co", "Ada"))

    assert as_set("<i> <b>Ada & Co, Ada, Adam", draft) == (
        "&lt;i&gt;<bdi> &lt;b&gt;Ada &amp; Co</bdi>,<bdi> Ada</bdi>, Adam"
    )


@pytest.mark.parametrize("name", ["שרה לוי", "سارة حداد"])
def test_a_name_from_right_to_left_does_not_move_the_words_around_it(name: str) -> None:
    sender = Sender(name, ("Musterweg 5", "10115 Berlin"), "ada@example.org")
    draft = a_text(*[f"Vorher 1 {name} 2 nachher."] * 60, sender=sender)

    with pypdfium2.PdfDocument(pdf(draft, "a4")) as document:
        first, second, *_ = document
        body = seen_on_line(first, "nachher")
        # At the head of the second page a date follows the name.
        head = seen_on_line(second, "November")
        text = first.get_textpage().get_text_range()

    letters = "R" * len(name.replace(" ", ""))
    assert body == f"Vorher1{letters}2nachher."
    assert head.startswith(f"{letters}·24.November2026")
    assert name in text


def seen_on_line(page: pypdfium2.PdfPage, word: str) -> str:
    """What is seen from left to right on the line of a word, with R for letters of these names."""
    textpage = page.get_textpage()
    found = textpage.search(word).get_next()
    assert found is not None
    _, low, _, high = textpage.get_charbox(found[0])
    glyphs = []
    for n in range(textpage.count_chars()):
        char = textpage.get_text_range(n, 1)
        left, bottom, _, top = textpage.get_charbox(n)
        if char.strip() and low - 4 < (bottom + top) / 2 < high + 4:
            glyphs.append((left, "R" if bidirectional(char) in ("R", "AL") else char))
    return "".join(char for _, char in sorted(glyphs))


def test_a_foreign_address_says_its_language() -> None:
    german = html(compose(a_request(language="de")), "a4")
    english = html(compose(a_request("us-il-bipa", "notice")), "letter")

    assert '<html lang="de">' in german
    assert re.search(r'<div class="address" translate="no"[^>]*>', german)
    assert 'class="address" translate="no" lang=' not in english
    irish = replace(EXAMPLE.entities[0], country="JP")
    abroad = replace(EXAMPLE, entities=(irish, *EXAMPLE.entities[1:]))
    assert 'translate="no" lang="ja"' in html(compose(a_request(platform=abroad)), "a4")


# Pages --------------------------------------------------------------------------------------------


def of_lines(number: int, *, kind: str = "text", heading: str = "") -> Draft:
    """A letter of so many lines, one paragraph or one list, then perhaps a short one headed."""
    draft = compose(a_request())
    if kind == "text":
        blocks = tuple(Block("text", "\n".join(f"Line {n}." for n in range(number))) for _ in "1")
    elif kind == "short":  # with a last paragraph of one line
        blocks = (Block("text", "\n".join(f"Line {n}." for n in range(number))),)
        blocks += (Block("text", "Last Line."),)
    else:
        blocks = tuple(Block("item", f"Line {n}.", f"{n + 1}.") for n in range(number))
    last = Paragraph(
        "last", heading, (Block("text", "One.\nTwo.\nThree."),), "", "", optional=False
    )
    first = replace(draft.paragraphs[0], heading="", blocks=blocks)
    return replace(draft, paragraphs=(first, last) if heading else (first,))


@pytest.mark.parametrize("kind", ["text", "item", "short"])
def test_no_signature_stands_alone(kind: str) -> None:
    turned = 0
    numbers = range(19, 26) if kind == "item" else range(22, 29)
    for number in numbers:
        pages = lines_of(pdf(of_lines(number, kind=kind), "a4"))
        closing = next(page for page in pages if "Yours faithfully," in page)
        at = closing.index("Yours faithfully,")
        assert "Ada Beispiel" in closing[at:]
        assert "Line" in closing[at - 1]
        assert "Line" in closing[at - 2]
        turned += len(pages) > 1
    assert 0 < turned < len(numbers)


def test_no_heading_stands_alone() -> None:
    turned = 0
    numbers = range(16, 23)
    for number in numbers:
        pages = lines_of(pdf(of_lines(number, heading="A heading"), "a4"))
        page = next(page for page in pages if "A heading" in page)
        at = page.index("A heading")
        assert page[at + 1 : at + 3] == ["One.", "Two."]
        turned += page is not pages[0]
    assert 0 < turned < len(numbers)


def test_each_page_says_whose_letter_it_is_and_which() -> None:
    draft = a_text(*[f"Absatz {n}. " + "Satz um Satz. " * 40 for n in range(40)])

    pages = lines_of(pdf(draft, "a4"))

    assert len(pages) >= 6
    for number, page in enumerate(pages, 1):
        assert page[-1] == f"Seite {number} von {len(pages)}" or (
            f"Seite {number} von {len(pages)}" in page
        )
        head = " ".join(page)
        assert ("Ada Beispiel · 24. November 2026" in head) == (number > 1)
        assert f"Zeichen {draft.reference}" in head or number == 1


# Quotation marks ----------------------------------------------------------------------------------

# Opening and closing mark of each language; Swiss letters in German have those of the French.
QUOTES = {
    "de": ("„", "“"), "en": ("“", "”"), "es": ("«", "»"), "fr": ("«", "»"), "it": ("«", "»"),
    "nl": ("‘", "’"), "pl": ("„", "”"),
}  # fmt: skip
SWISS = ("«", "»")
ANY = re.compile("[\"'`„“”«»‘‚‹›]|(?<![^\\W\\d_])’")  # an apostrophe follows a letter


def all_texts() -> list[tuple[str, str, str]]:
    files = {path: key for key, path in sorted(texts.catalogue().items())}
    return sorted(files.values())


@pytest.mark.parametrize(("law", "right", "language"), all_texts())
def test_every_letter_has_the_quotation_marks_of_its_language(
    law: str, right: str, language: str
) -> None:
    text = texts.text_of(law, right, language)
    opening, closing = SWISS if (law, language) == ("ch-fadp", "de") else QUOTES[language]
    written = [text.title, text.subject, text.salutation, text.closing]
    written += [one.heading for one in text.paragraphs]
    written += [block.text for one in text.paragraphs for block in one.blocks]
    written += [why for one in text.paragraphs for why in (one.why, one.cites)]

    for piece in written:
        marks = [mark for mark in ANY.findall(piece) if mark != "’" or closing == "’"]
        assert set(marks) <= {opening, closing}, piece
        if closing != "’":  # which is an apostrophe as well
            assert marks == [opening, closing] * (len(marks) // 2), piece
        if language == "fr":  # within the marks, a space that does not break
            assert not re.search("«(?![\u00a0\u202f])|(?<![\u00a0\u202f])»", piece), piece
