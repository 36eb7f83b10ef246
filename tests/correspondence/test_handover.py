"""A letter leaves through a link to the mail program, or in pieces that fit a web form."""

from urllib.parse import parse_qs, urlsplit

import pytest

from consentkit.correspondence.handover import fits_mailto, length, mailto, pieces

PARAGRAPHS = "First paragraph.\n\nSecond one, a little longer.\n\nThird."


def test_a_mail_program_gets_subject_and_body_as_they_are():
    address = mailto(
        "privacy+eu@example.com", "Access? 100 % & more", "Dear all,\n\nä, 😀 = fine.\n"
    )

    parts = urlsplit(address)
    assert (parts.scheme, parts.path) == ("mailto", "privacy+eu@example.com")
    assert parse_qs(parts.query) == {
        "subject": ["Access? 100 % & more"],
        "body": ["Dear all,\r\n\r\nä, 😀 = fine.\r\n"],
    }
    assert "+" not in parts.query  # a mail program would show it as a plus


def test_a_mail_can_be_begun_without_its_text():
    assert mailto("a@example.com", "My data") == "mailto:a@example.com?subject=My%20data"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_those_of_mail(end):
    assert mailto("a@example.com", "s", f"one{end}two").endswith("body=one%0D%0Atwo")


def test_an_address_cannot_add_fields_of_its_own():
    assert mailto("a@example.com?bcc=b@example.com&x", "s", "b").startswith(
        "mailto:a@example.com%3Fbcc%3Db@example.com%26x?"
    )


def test_a_long_letter_does_not_fit_a_link():
    assert fits_mailto(mailto("a@example.com", "Subject", "Short"))
    assert not fits_mailto(mailto("a@example.com", "Subject", "word " * 400))


def test_a_text_that_fits_is_one_piece():
    assert pieces(PARAGRAPHS, 100) == [PARAGRAPHS]


def test_a_text_is_cut_between_paragraphs():
    assert pieces(PARAGRAPHS, 48) == [
        "First paragraph.\n\nSecond one, a little longer.",
        "Third.",
    ]


def test_a_paragraph_that_is_too_long_is_cut_between_sentences():
    assert pieces("One is here. Two is here. Three is here.", 28) == [
        "One is here. Two is here.",
        "Three is here.",
    ]


def test_a_word_that_is_too_long_is_cut_between_characters_people_see():
    family = "👨‍👩‍👧"
    assert pieces(family * 3, length(family) * 2) == [family * 2, family]
    assert pieces("e\u0301" * 3, 4) == ["e\u0301" * 2, "e\u0301"]


def test_characters_are_counted_as_browsers_count_them():
    assert [length("abc"), length("ü"), length("😀")] == [3, 1, 2]


@pytest.mark.parametrize("size", [10, 60, 500, 2000])
def test_pieces_fit_and_nothing_but_white_space_is_lost(size):
    text = "\n\n".join(
        f"{n}. A sentence. Another, with a-long-word-{'x' * n}; end 😀." for n in range(40)
    )

    found = pieces(text, size)

    assert max(length(piece) for piece in found) <= size
    assert "".join("".join(found).split()) == "".join(text.split())


def test_nothing_has_no_pieces():
    assert pieces(" \n\n ", 100) == []
