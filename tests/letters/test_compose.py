"""Facts and a text make a letter; what people type arrives as they typed it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from consentkit.letters.compose import MissingFact, NotProtected, as_typed, compose, plain
from consentkit.letters.facts import WrongFact, check_facts
from consentkit.letters.request import Account, Sender
from consentkit.platforms.records import NoAddressee
from tests.world import ADA, EXAMPLE, a_request

TYPED = [
    "$& and $1 and \\1",
    "{{ x }} {% y %} {facts.scope} {sender.name}",
    "<b>bold</b> & &amp; </p>",
    "a ] b [ c",
    "100 % of %s and %(name)s",
    "emoji 😀 👩‍👩‍👧 ❤️",
    "العربية שלום 中文 日本語 Ελληνικά Русский",
    "combining: n\u0303 Z\u0351algo",
    "x" * 10_000,
    "1. not a list\n- nor this",
    "  two  spaces ",
]


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_typed_as_a_fact_arrives_verbatim(typed: str) -> None:
    draft = compose(a_request(facts={"scope": typed}))

    assert typed in draft.text()


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_typed_as_a_paragraph_arrives_verbatim(typed: str) -> None:
    draft = compose(a_request(edits={"request": typed}))
    paragraph = next(p for p in draft.paragraphs if p.key == "request")

    assert paragraph.edited
    assert paragraph.text == typed


def test_windows_line_ends_are_line_ends() -> None:
    draft = compose(a_request(facts={"scope": "one\r\ntwo\rthree"}))

    assert "one\ntwo\nthree" in draft.text()


def test_a_name_of_two_hundred_characters_is_kept() -> None:
    name = "Maximiliane " * 16 + "Wolfsch"

    assert compose(a_request(sender=replace(ADA, name=name))).signer == name


def test_a_typed_list_is_printed_with_the_labels_it_was_typed_with() -> None:
    typed = "Please:\n3. first\n4. second\n\n- dash\n– long dash"

    assert [(block.kind, block.label) for block in as_typed(typed)] == [
        ("text", ""),
        ("item", "3."),
        ("item", "4."),
        ("item", "-"),
        ("item", "–"),
    ]
    assert plain(as_typed("3. a\n4. b")) == "3. a\n4. b"


def test_an_unchanged_paragraph_is_not_called_edited() -> None:
    first = compose(a_request())
    text = first.paragraphs[0].text.replace("\n", "\r\n")

    again = compose(a_request(edits={first.paragraphs[0].key: text}))

    assert again == first


def test_only_optional_paragraphs_can_be_left_out() -> None:
    whole = compose(a_request())
    without = compose(a_request(edits={p.key: None for p in whole.paragraphs}))

    assert [p.key for p in without.included()] == [
        p.key for p in whole.paragraphs if not p.optional
    ]


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({"sender": Sender()}, ("sender.name", "sender.email or sender.address")),
        (
            {"sender": Sender("Ada", ("Street 1",)), "account": Account()},
            ("account.handle or account.email",),
        ),
        ({"facts": {"acts_as": "parent"}}, ("facts.person_name",)),
        ({"right": "objection"}, ("facts.situation",)),
        ({"right": "rectification"}, ("facts.wrong_data", "facts.correct_data")),
        ({"right": "restriction"}, ("facts.restriction_ground",)),
        ({"right": "objection", "facts": {"situation": ""}}, ("facts.situation",)),
    ],
)
def test_a_missing_fact_is_named_and_no_letter_is_made(
    told: dict[str, object], missing: tuple[str, ...]
) -> None:
    with pytest.raises(MissingFact) as raised:
        compose(a_request(**told))

    assert set(missing) <= set(raised.value.facts)


def test_a_preview_shows_gaps_instead() -> None:
    draft = compose(a_request(sender=Sender(), right="objection"), preview=True)

    assert draft.signer == "[ … ]"
    assert "[ … ]" in draft.text()


def test_somebody_without_an_account_can_be_found_otherwise() -> None:
    draft = compose(
        a_request(
            account=Account(),
            sender=Sender("Ada", ("Street 1", "10115 Berlin")),
            facts={"relation": "non_user", "content": "A video of 3 May 2026"},
        )
    )

    assert "A video of 3 May 2026" in draft.text()


def test_a_letter_about_earlier_collection_goes_to_both_companies() -> None:
    now = compose(a_request("us-il-bipa", "notice"))
    since = compose(a_request("us-il-bipa", "notice", facts={"since": date(2021, 6, 2)}))

    assert [a.name for a in now.addressees] == ["Example New LLC"]
    assert [a.name for a in since.addressees] == ["Example New LLC", "Example Old Inc."]


def test_a_letter_abroad_names_the_country_in_capitals() -> None:
    assert compose(a_request()).addressees[0].lines == (
        "Example Ireland Limited",
        "Attn: Privacy",
        "1 Quay Street",
        "Dublin 4",
        "D04 X2K5",
        "IRELAND",
    )
    assert compose(a_request(language="de")).addressees[0].lines[-1] == "IRLAND"
    assert compose(a_request("uk-gdpr")).addressees[0].lines[-1] == "LS1 1AA"


def test_dates_are_written_as_the_reader_writes_them() -> None:
    assert compose(a_request()).date_line == "24 November 2026"
    assert compose(a_request(language="de")).date_line == "24. November 2026"
    assert compose(a_request("us-il-bipa", "notice")).date_line == "November 24, 2026"


def test_french_sets_a_space_before_the_colon() -> None:
    def email(language: str) -> str:
        return compose(a_request(language=language)).sender_lines[-1]

    assert email("fr") == "Courriel\N{NO-BREAK SPACE}: ada@example.org"
    assert email("es") == "Correo electrónico: ada@example.org"


def test_a_reference_belongs_to_a_letter_and_not_to_its_wording() -> None:
    one = a_request().reference()

    assert one == a_request(edits={"request": "other words"}).reference()
    assert one != a_request(sender=replace(ADA, email="other@example.org")).reference()
    assert len(one) == 11


def test_no_letter_says_that_somebody_lives_in_illinois_who_does_not() -> None:
    with pytest.raises(NotProtected, match="lives in US-IL, not in US-NY"):
        compose(a_request("us-il-bipa", "notice", residence="US-NY"))


def test_a_platform_without_an_addressee_is_an_error() -> None:
    nobody = replace(EXAMPLE, entities=EXAMPLE.entities[1:])

    with pytest.raises(NoAddressee, match="Example has no addressee for DE-BE"):
        compose(a_request(platform=nobody))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"mood": 1}, "unknown fact 'mood'; known are: face, voice"),
        ({"face": "yes"}, "fact 'face' is true or false, not 'yes'"),
        ({"since": "2021-02-30"}, "is a date that exists"),
        ({"relation": "friend"}, "is one of user, former_user, non_user"),
        ({"erasure_grounds": "unlawful"}, "is a list of some of no_longer_necessary"),
        ({"reply_within_days": 7}, "is one of the numbers 14, 21, 30"),
        ({"scope": 7}, "is a text"),
    ],
)
def test_a_fact_of_the_wrong_kind_is_named(facts: dict[str, object], message: str) -> None:
    with pytest.raises(WrongFact) as raised:
        check_facts(facts)

    assert message in str(raised.value)


def test_a_complaint_goes_to_the_authority_and_names_the_company() -> None:
    facts = {
        "authority": "The Authority",
        "authority_address": "1 Quiet Lane\n10115 Berlin",
        "first_letter_on": date(2026, 10, 1),
        "claim": "They never answered.",
    }

    draft = compose(a_request(right="complaint", facts=facts))

    assert [addressee.lines for addressee in draft.addressees] == [
        ("The Authority", "1 Quiet Lane", "10115 Berlin")
    ]
    assert "Example Ireland Limited" in draft.body()
