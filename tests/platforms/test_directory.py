"""The directory's files: all of them valid and sourced, and mistakes named with their line."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from consentkit.platforms import loading
from consentkit.platforms.authorities import authorities
from consentkit.platforms.loading import (
    InvalidPlatform,
    UnknownPlatform,
    read_directory,
    read_platform,
    slugs,
)
from consentkit.platforms.records import (
    CATEGORIES,
    Confidence,
    EntityRecord,
    FieldSource,
    PlatformRecord,
    filled,
)
from tests.platforms.files import EXAMPLE, example, write

RECORDS, PROBLEMS = read_directory()
ENTITIES = [(record, entity) for record in RECORDS for entity in record.entities]


# What is in it ------------------------------------------------------------------------------------


def test_every_file_is_valid() -> None:
    assert PROBLEMS == []
    assert [record.slug for record in RECORDS] == slugs()


def test_there_are_at_least_eighty_platforms() -> None:
    assert len(RECORDS) >= 80


@pytest.mark.parametrize("slug", ["clearview-ai", "facebook", "snapchat", "tiktok", "x", "world"])
def test_biometric_and_social_platforms_come_first(slug: str) -> None:
    assert read_platform(slug).entities != ()


def test_every_filled_field_has_a_source_and_no_other_field_has() -> None:
    for record, entity in ENTITIES:
        assert list(entity.sources) == filled(entity), record.slug


def test_what_was_read_was_read_on_a_day() -> None:
    undated = {
        (record.slug, source.ref)
        for record, entity in ENTITIES
        for source in entity.sources.values()
        if source.confidence is not Confidence.KNOWLEDGE and source.checked is None
    }

    assert undated == set()


def test_every_biometric_note_says_where_it_stands() -> None:
    noted = [record for record in RECORDS if record.biometric_note]

    assert [record.slug for record in noted if not record.source_of("biometric_note")] == []


def test_notes_repeat_no_jargon_of_their_making() -> None:
    words = ("dataset", "knowledge", "find_string", "stored", "CONFLICT", "own policy text")
    texts = [
        (record.slug, text)
        for record, entity in ENTITIES
        for text in (record.biometric_note, entity.note, *(s.ref for s in entity.sources.values()))
        if text
    ]

    assert [found for found in texts if any(word in found[1] for word in words)] == []


def test_every_category_is_used() -> None:
    assert {name for record in RECORDS for name in record.categories} == CATEGORIES


def test_representatives_have_no_lead_authority() -> None:
    """Art. 56 GDPR needs an establishment; a representative is none."""
    represented = {
        record.slug: entity.lead_authority
        for record, entity in ENTITIES
        if any("representative" in line for line in entity.address)
    }

    assert set(represented.values()) == {None}


def test_authorities_have_names_and_sites() -> None:
    assert authorities()["iedpc"].name == "Data Protection Commission"
    assert [key for key, each in authorities().items() if each.key != key] == []
    assert [key for key, each in authorities().items() if "https://" not in each.website] == []


def test_tiktok_changed_its_operator_in_the_us() -> None:
    tiktok = read_platform("tiktok")
    new, old = (entity for entity in tiktok.entities if "US" in entity.regions)

    assert (new.legal_name, new.since, new.until) == (
        "TikTok USDS Joint Venture LLC",
        date(2026, 1, 22),
        None,
    )
    assert (old.legal_name, old.since, old.until) == ("TikTok Inc.", None, date(2026, 1, 21))
    assert new.address == (
        "Attn: Privacy Policy Inquiry",
        "5800 Bristol Parkway, Suite 300",
        "Culver City, CA 90230",
    )
    assert new.source_of("address") == FieldSource(
        ref="TikTok privacy policy, US (Open Terms Archive)",
        url="https://github.com/OpenTermsArchive/vlopses-us-versions/blob/bae7b0f744fd/"
        "TikTok/Privacy%20Policy.md",
        checked=date(2026, 11, 22),
        confidence=Confidence.POLICY,
        dated=date(2026, 7, 15),
    )
    assert new.source_of("in_app_path") == FieldSource(
        "Not yet checked", None, None, Confidence.KNOWLEDGE
    )
    assert new.source_of("privacy_email") is None


# The page that explains it ------------------------------------------------------------------------


PAGE = Path(loading.__file__).parents[2] / "docs" / "adding-a-platform.md"


def test_the_example_to_copy_is_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    write(tmp_path, "example-app", blocks[0])

    records, problems = read_directory(tmp_path)

    assert problems == []
    assert [entity.legal_name for entity in records[0].addressees("US-IL", date(2026, 11, 24))] == [
        "Example App LLC"
    ]


def test_every_key_and_category_is_explained() -> None:
    page = PAGE.read_text("utf-8")
    keys = loading.PLATFORM_KEYS, loading.ENTITY_KEYS, loading.TERMS_KEYS, loading.SOURCE_KEYS
    categories = re.findall(r"[a-z-]+", page.partition("\nCategories: ")[2].partition(".")[0])

    assert [key for key in " ".join(keys).split() if not re.search(rf"\b{key}\b", page)] == []
    assert set(categories) == CATEGORIES
    assert [word for word in ("not-checked", "seat", "deletion-list") if word not in page] == []


# How a file is read -------------------------------------------------------------------------------


def test_a_file_becomes_a_record(tmp_path: Path) -> None:
    write(tmp_path, "example", EXAMPLE)
    policy = FieldSource(
        "Example privacy policy",
        "https://example.com/privacy",
        date(2026, 11, 22),
        Confidence.POLICY,
        date(2026, 7, 15),
    )
    unchecked = FieldSource("Not yet checked", None, None, Confidence.KNOWLEDGE)
    told = "regions legal_name address country holiday_place privacy_email in_app_path since"

    assert read_platform("example", tmp_path) == PlatformRecord(
        slug="example",
        name="Example",
        owner="Example Holdings",
        aliases=("Exemplar",),
        categories=("social",),
        website="https://example.com",
        biometric_note="The policy says that faces are counted.",
        sources={"biometric_note": policy},
        entities=(
            EntityRecord(
                regions=("US", "*"),
                legal_name="Example, Inc.",
                address=("1 Main Street", "Springfield, IL 62701"),
                country="US",
                holiday_place="US-IL",
                privacy_email="privacy@example.com",
                in_app_path="Settings > Your data",
                since=date(2026, 1, 22),
                sources={**dict.fromkeys(told.split(), policy), "in_app_path": unchecked},
            ),
            EntityRecord(
                regions=("US",),
                legal_name="Old Example, Inc.",
                until=date(2026, 1, 21),
                sources=dict.fromkeys(("regions", "legal_name", "until"), policy),
            ),
        ),
    )


def test_one_platform_is_read_without_the_others(tmp_path: Path) -> None:
    write(tmp_path, "example", EXAMPLE)
    write(tmp_path, "broken", "this is not TOML")

    assert read_platform("example", tmp_path).name == "Example"


def test_an_unknown_platform_is_told_with_close_names() -> None:
    with pytest.raises(UnknownPlatform, match=r"no platform 'tiktk' .* did you mean tiktok"):
        read_platform("tiktk")


def test_a_slug_is_never_a_path(tmp_path: Path) -> None:
    write(tmp_path, "secret", EXAMPLE)
    (tmp_path / "inside").mkdir()

    with pytest.raises(UnknownPlatform):
        read_platform("../secret", tmp_path / "inside")


def test_the_file_of_one_platform_may_be_invalid(tmp_path: Path) -> None:
    write(tmp_path, "example", example(website='website = "example.com"'))

    with pytest.raises(InvalidPlatform, match=r"^example\.toml:5: website is 'example\.com'"):
        read_platform("example", tmp_path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        # Writing
        ({"name": 'name = "Example'}, "1: is not valid TOML: illegal character '\\n'"),
        ({"owner": "name = 'Twice'"}, "2: is not valid TOML: cannot overwrite a value"),
        # Keys
        ({"owner": 'ownr = "Example Holdings"'}, "2: unknown key 'ownr'; did you mean 'owner'?"),
        ({"owner": 'colour = "red"'}, "2: unknown key 'colour'; expected: name, owner, aliases, "),
        ({"name": ""}, "1: 'name' is missing"),
        ({"regions": ""}, "18: 'regions' is missing"),
        # Texts
        ({"name": "name = 12"}, "1: name expects a text in quotes"),
        ({"name": 'name = " Example"'}, "1: name expects a text in quotes, without spaces"),
        ({"name": f'name = "{"x" * 201}"'}, "1: name is too long; it expects up to 200 letters"),
        ({"aliases": 'aliases = "Exemplar"'}, "3: aliases expects a list of texts"),
        ({"aliases": 'aliases = ["A", "A"]'}, "3: aliases says the same thing twice"),
        ({"categories": 'categories = ["sociable"]'},
         "4: unknown category 'sociable'; did you mean 'social'?"),
        ({"website": 'website = "http://example.com"'},
         "5: website is 'http://example.com'; it expects an address like https://example.com"),
        ({"website": 'website = "https://[example"'}, "5: website is 'https://[example'"),
        ({"privacy_email": 'privacy_email = "privacy at example"'},
         "24: privacy_email is 'privacy at example'; it expects an e-mail address"),
        # Places
        ({"regions": 'regions = ["USA"]'}, "19: unknown region 'USA'; expected a country like DE"),
        ({"regions": 'regions = ["ZZ"]'}, "19: unknown region 'ZZ'"),
        ({"country": 'country = "XX"'}, "22: unknown country 'XX'"),
        ({"country": ""}, "21: an address needs its country"),
        ({"holiday_place": 'holiday_place = "US-ZZ"'},
         "23: unknown place 'US-ZZ': US has the regions"),
        ({"holiday_place": 'holiday_place = "DE"'},
         "23: DE does not lie in US, the country"),
        ({"until": 'lead_authority = "iedpc"\nuntil = 2026-01-21'},
         "34: only residents of the EEA have a lead authority"),
        ({"since": 'lead_authority = "irish"\nsince = 2026-01-22'},
         "26: unknown authority 'irish'"),
        # Days
        ({"since": 'since = "2026-01-22"'}, "26: since expects a day without quotes"),
        ({"until": "until = 2026-02-01"},
         "32: the company of line 18 has US at the same time; give one of them an until"),
        ({"until": "since = 2026-02-01\nuntil = 2026-01-01"},
         "35: until is 2026-01-01, before since, 2026-02-01"),
        ({"until": 'joint = "yes"\nuntil = 2026-01-21'}, "34: joint expects true or false"),
        # Sources
        ({"source": ""}, "18: 'source' is missing; it says where this comes from"),
        ({"source": 'source = "polcy"'}, "27: unknown source 'polcy'; did you mean 'policy'?"),
        ({"in_app_path": ""}, "28: unknown key 'in_app_path'"),
        ({"ref": ""}, "11: 'ref' is missing"),
        ({"confidence": 'confidence = "sure"'},
         "16: unknown confidence 'sure'; expected: policy, dataset, knowledge"),
        ({"checked": ""}, "15: confidence 'policy' needs the day of reading"),
        ({"checked": "checked = 2026-01-01"}, "15: checked is 2026-01-01, before the text of "),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, change: dict[str, str], problem: str
) -> None:
    write(tmp_path, "example", example(**change))

    records, problems = read_directory(tmp_path)

    assert records == []
    assert str(problems[0]).startswith(f"example.toml:{problem}"), problems


def test_a_note_needs_a_source(tmp_path: Path) -> None:
    text = EXAMPLE.replace('[source_of]\nbiometric_note = "policy"\n', "")
    write(tmp_path, "example", text)

    assert [str(problem) for problem in read_directory(tmp_path)[1]] == [
        "example.toml:6: biometric_note needs a source: name it under [source_of]"
    ]


def test_a_source_that_nothing_refers_to_is_a_mistake(tmp_path: Path) -> None:
    write(tmp_path, "example", f'{EXAMPLE}\n[sources.spare]\nref = "-"\nconfidence = "knowledge"\n')

    assert [str(problem) for problem in read_directory(tmp_path)[1]] == [
        "example.toml:37: nothing refers to the source 'spare'; use it, or leave it out"
    ]


def test_all_mistakes_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    text = example(website='website = "x"', country='country = "XX"')
    write(tmp_path, "example", text)

    assert [problem.line for problem in read_directory(tmp_path)[1]] == [5, 22, 23]


def test_an_invalid_file_stops_no_other(tmp_path: Path) -> None:
    write(tmp_path, "a-broken-one", "name = ")
    (tmp_path / "latin.toml").write_bytes(b'name = "Caf\xe9"\n')
    (tmp_path / "folder.toml").mkdir()
    write(tmp_path, "Big", example(name='name = "Big"'))
    write(tmp_path, "example", EXAMPLE)

    records, problems = read_directory(tmp_path)

    assert [record.slug for record in records] == ["example"]
    assert [(problem.file, problem.line) for problem in problems] == [
        ("Big.toml", 1),
        ("a-broken-one.toml", 1),
        ("folder.toml", 1),
        ("latin.toml", 1),
    ]


def test_two_platforms_cannot_share_a_name(tmp_path: Path) -> None:
    write(tmp_path, "example", EXAMPLE)
    write(tmp_path, "example-two", EXAMPLE)

    assert [str(problem) for problem in read_directory(tmp_path)[1]] == [
        "example-two.toml:1: 'Example' is the name in example.toml already"
    ]


def test_joint_addressees_may_share_a_region(tmp_path: Path) -> None:
    joint = example(since="joint = true", until="joint = true")
    write(tmp_path, "example", joint)

    assert read_directory(tmp_path)[1] == []
