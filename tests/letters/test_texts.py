"""Every letter in every language: it can be read, composed, and says nothing of its own making."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from consentkit.law.statutes import LAWS
from consentkit.letters import texts
from consentkit.letters.compose import GAP, compose
from consentkit.letters.conditions import BadCondition, parse
from consentkit.letters.facts import FACTS, Kind
from tests.world import EXAMPLE, NEEDED_FACTS, a_request

LETTERS = sorted(texts.catalogue())


def told_facts(law: str, right: str, language: str) -> dict[str, object]:
    needed = texts.text_of(law, right, language).needs
    return {name: NEEDED_FACTS[name] for name in needed}


@pytest.mark.parametrize(("law", "right", "language"), LETTERS)
def test_a_letter_is_whole(law: str, right: str, language: str) -> None:
    facts = told_facts(law, right, language)

    draft = compose(a_request(law, right, language=language, facts=facts))

    assert GAP not in draft.text()
    assert "{" not in draft.text()
    assert draft.rights
    assert draft.signer in draft.text()


@pytest.mark.parametrize(("law", "right", "language"), LETTERS)
def test_every_answer_to_every_question_makes_a_letter(law: str, right: str, language: str) -> None:
    text = texts.text_of(law, right, language)
    facts = told_facts(law, right, language)
    for name in text.facts():
        fact = FACTS[name]
        for value in _possible(fact.kind, list(fact.choices or {})):
            more: dict[str, object] = {}
            if name == "acts_as":
                more = {"person_name": "Kim Sample"}
            elif value == ["objection"]:
                more = {"situation": "I am known at work by this name."}
            draft = compose(
                a_request(law, right, language=language, facts={**facts, **more, name: value})
            )
            assert GAP not in draft.text()


def _possible(kind: Kind, choices: list[str]) -> list[object]:
    match kind:
        case Kind.YES:
            return [True, False]
        case Kind.DAY:
            return [date(2021, 6, 2)]
        case Kind.CHOICE:
            return list(choices)
        case Kind.CHOICES:
            return [[choice] for choice in choices]
        case Kind.NUMBER:
            return [int(choice) for choice in choices]
    return ["told in words"]


@pytest.mark.parametrize(("law", "right", "language"), LETTERS)
def test_a_letter_says_where_it_comes_from(law: str, right: str, language: str) -> None:
    text = texts.text_of(law, right, language)

    assert text.reviewed <= date(2026, 12, 31)
    assert all(
        "20" in source or "settled" in source or "gefestigt" in source for source in text.sources
    )
    assert all(paragraph.why for paragraph in text.paragraphs)


GDPR = {
    "access",
    "access_erasure",
    "automated_decision",
    "erasure",
    "objection",
    "objection_marketing",
    "portability",
    "rectification",
    "restriction",
    "withdraw_consent",
}
CARRIED_ON = {"reminder", "rebuttal", "complaint", "before_action", "mandate"}
SWISS = {
    "access",
    "portability",
    "rectification",
    "erasure",
    "objection",
    "withdraw_consent",
    "reminder",
    "rebuttal",
    "complaint",
}


def written(law: str, language: str) -> set[str]:
    return {
        kind for of_law, kind, of_language in LETTERS if (of_law, of_language) == (law, language)
    }


@pytest.mark.parametrize(
    ("law", "language", "kinds"),
    [
        *(
            ("eu-gdpr", language, GDPR | CARRIED_ON)
            for language in ("en", "de", "fr", "it", "es", "nl", "pl")
        ),
        ("uk-gdpr", "en", GDPR | CARRIED_ON | {"complaint_to_controller"}),
        *(("ch-fadp", language, SWISS) for language in ("de", "fr", "it", "en")),
        (
            "us-il-bipa",
            "en",
            {
                "notice",
                "withdraw_consent",
                "preserve",
                "reminder",
                "rebuttal",
                "pre_suit",
                "mandate",
            },
        ),
        ("us-tx-cubi", "en", {"notice", "destruction", "attorney_general"}),
        ("us-nyc-biometric", "en", {"notice"}),
    ],
)
def test_what_was_promised_is_written(law: str, language: str, kinds: set[str]) -> None:
    assert written(law, language) == kinds


RIGHTS = [(law.key, right.key) for law in LAWS.values() for right in law.rights]


def opening_letters(law: str, right: str) -> set[str]:
    """The first letters that exercise a right, in whatever language."""
    found = set()
    for of_law, kind, language in LETTERS:
        if of_law == law:
            text = texts.text_of(law, kind, language)
            if text.stage is texts.Stage.OPENING and right in text.rights_under(LAWS[law]):
                found.add(kind)
    return found


@pytest.mark.parametrize(("law", "right"), RIGHTS)
def test_every_right_has_a_first_letter_or_a_signpost(law: str, right: str) -> None:
    signpost = LAWS[law].right(right).instead

    assert bool(opening_letters(law, right)) != bool(signpost)


def test_a_letter_that_several_laws_share_exercises_what_each_law_grants() -> None:
    def rights(law: str) -> tuple[str, ...]:
        return compose(a_request(law, "opt_out")).rights

    assert rights("us-va-vcdpa") == ("opt_out_sale", "opt_out_advertising", "opt_out_profiling")
    assert rights("us-ut-ucpa") == ("opt_out_sale", "opt_out_advertising")
    assert rights("us-ia-icdpa") == ("opt_out_sale",)


def test_where_only_the_sale_can_be_forbidden_the_rest_is_only_asked_for() -> None:
    def keys(law: str) -> set[str]:
        draft = compose(a_request(law, "opt_out", facts={"face": True}))
        return {paragraph.key for paragraph in draft.paragraphs}

    about = {"request", "request_sale", "profiling", "consent_revoked"}

    assert keys("us-ia-icdpa") & about == {"request_sale"}
    assert keys("us-ut-ucpa") & about == {"request"}
    assert keys("us-va-vcdpa") & about == {"request", "profiling", "consent_revoked"}


WITHOUT_A_WITHDRAWAL = {
    "us-ut-ucpa",
    "us-ia-icdpa",
    "us-tn-tipa",
    "us-in-icdpa",
    "us-ky-kcdpa",
}


def test_nobody_is_offered_a_withdrawal_that_the_law_does_not_know() -> None:
    shared = {law.key for law in LAWS.values() if law.letters == "us-states"}

    assert {law for law in shared if "withdraw_consent" not in written(law, "en")} == (
        WITHOUT_A_WITHDRAWAL
    )


@pytest.mark.parametrize("law", sorted(WITHOUT_A_WITHDRAWAL))
def test_no_letter_revokes_a_consent_where_the_law_has_no_right_to(law: str) -> None:
    for kind in texts.kinds(law):
        facts = told_facts(law, kind, "en") | {
            name: True for name in ("face", "voice") if name in texts.text_of(law, kind, "en").asks
        }

        assert "revoke" not in compose(a_request(law, kind, facts=facts)).text()


AMERICAN = [
    (law, kind)
    for law, kind, language in LETTERS
    if law.startswith("us-")
    and law != "us-nyc-biometric"  # to one shop, not to a platform
    and not texts.text_of(law, kind, language).to
    and texts.text_of(law, kind, language).stage is not texts.Stage.DOCUMENT
]


@pytest.mark.parametrize(("law", "kind"), AMERICAN)
def test_a_letter_to_several_companies_asks_each_to_answer(law: str, kind: str) -> None:
    american = next(one for one in EXAMPLE.entities if one.regions == ("US",))
    second = replace(american, legal_name="Example Second LLC")
    two = replace(EXAMPLE, entities=(*EXAMPLE.entities, second))
    facts = told_facts(law, kind, "en")

    letter = compose(a_request(law, kind, platform=two, facts=facts)).text()

    assert letter.count("to more than one company") == 1


def test_every_law_can_be_used() -> None:
    usable = {law.key for law in LAWS.values() if law.rights}

    assert {law for law, _, _ in LETTERS} == usable


def test_a_shared_letter_is_offered_only_where_the_law_has_the_right() -> None:
    assert "third_parties" in written("us-or-ocpa", "en")
    assert "third_parties" not in written("us-va-vcdpa", "en")
    assert "rectification" not in written("us-ia-icdpa", "en")


TRANSLATED = sorted(
    {(law, kind) for law, kind, _ in LETTERS if len(texts.languages(law, kind)) > 1}
)


@pytest.mark.parametrize(("law", "kind"), TRANSLATED)
def test_languages_agree_on_what_is_in_a_letter(law: str, kind: str) -> None:
    def outline(language: str) -> object:
        text = texts.text_of(law, kind, language)
        paragraphs = [(p.key, p.condition, p.optional) for p in text.paragraphs]
        return paragraphs, text.rights, text.needs, set(text.asks)

    outlines = {language: outline(language) for language in texts.languages(law, kind)}

    for language, found in outlines.items():
        assert found == outlines["en"], language


# What the law forbids us to say ------------------------------------------------------------------


@pytest.mark.parametrize("right", texts.kinds("uk-gdpr"))
def test_uk_letters_cite_the_law_as_it_stands(right: str) -> None:
    letter = (
        compose(a_request("uk-gdpr", right, facts=told_facts("uk-gdpr", right, "en")))
        .text()
        .replace("\N{NO-BREAK SPACE}", " ")
    )

    assert "Art. 77" not in letter
    assert "Article 77" not in letter
    assert "EDPB" not in letter
    assert "165 " in letter
    assert "164A" in letter


@pytest.mark.parametrize("right", texts.kinds("us-il-bipa"))
def test_bipa_letters_ask_and_do_not_threaten(right: str) -> None:
    letter = compose(
        a_request("us-il-bipa", right, facts=told_facts("us-il-bipa", right, "en"))
    ).text()

    for word in ("$", "per scan", "damages", "attorney general", "you must reply", "criminal"):
        assert word not in letter.lower()
    assert "I ask for one within 30" in letter


def test_preservation_asks_for_no_destruction() -> None:
    letter = compose(
        a_request("us-il-bipa", "preserve", facts=told_facts("us-il-bipa", "preserve", "en"))
    )

    assert "destroy" not in letter.text().lower()


# The format --------------------------------------------------------------------------------------

HEADER = """title: A title
subject: A subject
rights: access
reviewed: 2026-11-24
sources:
  Art. 15 GDPR, read 2026-11-22
asks: scope
salutation: Dear Sir or Madam,
closing: Yours faithfully,
"""


def read(tmp_path: Path, paragraphs: str, header: str = HEADER) -> texts.LetterText:
    path = tmp_path / "eu-gdpr" / "access.en.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(header + "\n" + paragraphs, "utf-8")
    return texts.read(path)


def test_wrapped_lines_are_joined_and_kept_lines_are_kept(tmp_path: Path) -> None:
    text = read(
        tmp_path,
        "== one\nwhy: because\n\nOne\nline.\n\n| kept {sender.name}\n|? dropped\n"
        "1. first\n   goes on\n– dash\n",
    )

    assert [(b.kind, b.label, b.text, b.droppable) for b in text.paragraphs[0].blocks] == [
        ("text", "", "One line.", False),
        ("line", "", "kept {sender.name}", False),
        ("line", "", "dropped", True),
        ("item", "1.", "first goes on", False),
        ("item", "–", "dash", False),
    ]


@pytest.mark.parametrize(
    ("paragraphs", "message"),
    [
        ("text\n", "access.en.txt:11: expected a paragraph"),
        ("== one\n\nText.\n", "does not say why"),
        ("== one\nwhy: x\n\n", "paragraph 'one' is empty"),
        ("== one\nwhy: x\nhow: y\n\nText.\n", "access.en.txt:13: expected one of why"),
        ("== one\nwhy: x\n\n{facts.claim}\n", "nothing is known as {facts.claim}"),
        ("== one\nwhy: x\n\n{scope\n", "a brace stands for nothing"),
        ("== one\nwhy: x\nwhen: claim\n\nText.\n", "no such condition: claim"),
        ("== one\nwhy: x\nwhen: a=\n\nText.\n", "cannot read the condition"),
        ("== one\nwhy: x\n\nText.\n\n== one\nwhy: x\n\nText.\n", "is no key, or is there twice"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, paragraphs: str, message: str) -> None:
    with pytest.raises(texts.BadText) as raised:
        read(tmp_path, paragraphs)

    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER.replace("rights: access", "rights: everything"), "has no right 'everything'"),
        (HEADER.replace("asks: scope", "asks: mood"), "no such fact: mood"),
        (HEADER.replace("2026-11-24", "24.11.2026"), "is not a date like"),
        (HEADER.replace("closing: Yours faithfully,\n", ""), "the header lacks 'closing'"),
        (HEADER + "title: Again\n", "'title' is said twice"),
    ],
)
def test_a_fault_of_the_header_is_named(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(texts.BadText) as raised:
        read(tmp_path, "== one\nwhy: x\n\nText.\n", header)

    assert message in str(raised.value)


def test_an_unknown_letter_or_language_names_the_choices() -> None:
    with pytest.raises(texts.NoSuchText, match="it has: mandate, notice, pre_suit, preserve"):
        texts.text_of("us-il-bipa", "access", "en")
    with pytest.raises(texts.NoSuchText, match="it is in: en"):
        texts.text_of("us-il-bipa", "notice", "de")


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ("face or voice", {"voice": True}, True),
        ("face and voice", {"voice": True}, False),
        ("not face", {}, True),
        ("not face and voice or child", {"child": True}, True),
        ("ground=claims", {"ground": "claims"}, True),
        ("ground=claims", {"ground": ("unlawful", "claims")}, True),
        ("not ground=claims", {"ground": "unlawful"}, True),
        ("account.handle", {"account.handle": ""}, False),
    ],
)
def test_conditions(condition: str, values: dict[str, object], holds: bool) -> None:
    assert parse(condition).holds(values) is holds


@pytest.mark.parametrize("condition", ["", "and", "face and", "face!", "a=", "or b"])
def test_a_condition_that_cannot_be_read(condition: str) -> None:
    with pytest.raises(BadCondition):
        parse(condition)
