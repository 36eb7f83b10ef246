"""Whom a letter goes to: by residence, by day, and by the time since which data was collected."""

from __future__ import annotations

from datetime import date

import pytest

from consentkit.platforms.loading import read_directory, read_platform
from consentkit.platforms.records import (
    Confidence,
    EntityRecord,
    FieldSource,
    NoAddressee,
    PlatformRecord,
    regions_of,
    unlisted,
)

TODAY = "2026-11-24"
NEW, OLD = "TikTok USDS Joint Venture LLC", "TikTok Inc."
IRELAND, UK = "TikTok Technology Limited", "TikTok Information Technologies UK Limited"
SINGAPORE = "TikTok Pte. Ltd."


def names(
    platform: PlatformRecord, residence: str, on: str, collected_since: str | None = None
) -> list[str | None]:
    since = date.fromisoformat(collected_since) if collected_since else None
    found = platform.addressees(residence, date.fromisoformat(on), since)
    return [entity.legal_name for entity in found]


@pytest.mark.parametrize(
    ("residence", "on", "collected_since", "expected"),
    [
        # The US company changed on 22 January 2026.
        ("US-IL", "2026-01-21", None, [OLD]),
        ("US-IL", "2026-01-22", None, [NEW]),
        ("US-IL", TODAY, None, [NEW]),
        # A letter about data collected before then goes to both.
        ("US-IL", TODAY, "2021-06-01", [NEW, OLD]),
        ("US-IL", TODAY, "2026-01-21", [NEW, OLD]),
        ("US-IL", TODAY, "2026-01-22", [NEW]),
        ("US-IL", "2025-06-01", "2021-06-01", [OLD]),
        # Nobody else is concerned by it.
        ("DE-BE", TODAY, "2021-06-01", [IRELAND]),
        ("IS", TODAY, None, [IRELAND]),
        ("GB-ENG", TODAY, "2021-06-01", [UK]),
        ("CH-ZH", TODAY, None, [IRELAND]),
        ("AU-NSW", TODAY, None, [SINGAPORE]),
        ("BR", TODAY, None, [SINGAPORE]),
    ],
)
def test_tiktok(residence: str, on: str, collected_since: str | None, expected: list[str]) -> None:
    assert names(read_platform("tiktok"), residence, on, collected_since) == expected


@pytest.mark.parametrize(
    ("slug", "residence", "expected"),
    [
        ("capcut", "US-CA", ["TikTok USDS Joint Venture LLC", "Bytedance Inc.",
                             "Bytedance Pte. Ltd."]),
        ("lemon8", "US-CA", ["TikTok USDS Joint Venture LLC", "Heliophilia Pte. Ltd."]),
        ("23andme", "US-IL", ["23andMe Research Institute", "23andMe, Inc."]),
        ("facebook", "US-IL", ["Meta Platforms, Inc."]),
        ("experian", "DE-BY", ["Experian GmbH", "infoscore Consumer Data GmbH"]),
        ("crif", "AT-9", ["CRIF GmbH"]),
        ("world", "FR", ["Tools for Humanity Corporation", "World Foundation"]),
        ("x", "GB", ["X Internet Unlimited Company"]),
    ],
)  # fmt: skip
def test_whom_a_letter_of_today_about_data_since_2021_goes_to(
    slug: str, residence: str, expected: list[str]
) -> None:
    assert names(read_platform(slug), residence, TODAY, "2021-01-01") == expected


def test_before_a_company_took_over_a_region_the_wider_region_counts() -> None:
    lemon8 = read_platform("lemon8")

    assert names(lemon8, "US-CA", "2025-06-01") == ["Heliophilia Pte. Ltd."]


@pytest.mark.parametrize(
    ("residence", "expected"),
    [
        ("US-IL", ["US-IL", "US", "*"]),
        ("DE-BE", ["DE-BE", "DE", "EEA", "*"]),
        ("NO", ["NO", "EEA", "*"]),
        ("GB-ENG", ["GB-ENG", "GB", "*"]),
        ("CH", ["CH", "*"]),
    ],
)
def test_regions_of_a_residence(residence: str, expected: list[str]) -> None:
    assert list(regions_of(residence)) == expected


def test_a_state_can_have_an_addressee_of_its_own() -> None:
    platform = PlatformRecord(
        slug="example",
        name="Example",
        entities=(
            EntityRecord(regions=("US",), legal_name="Example, Inc."),
            EntityRecord(regions=("US-IL",), legal_name="Example Illinois LLC"),
        ),
    )

    assert names(platform, "US-IL", TODAY) == ["Example Illinois LLC"]
    assert names(platform, "US-TX", TODAY) == ["Example, Inc."]


def test_where_nobody_is_known_it_says_so() -> None:
    snapchat = read_platform("snapchat")

    with pytest.raises(
        NoAddressee, match=r"^Snapchat has no addressee for BR on 2026-11-24; it has some for: AU,"
    ):
        snapchat.addressees("BR", date(2026, 11, 24))


def test_most_platforms_can_be_written_to_from_anywhere_that_has_a_law_for_it() -> None:
    records, _ = read_directory()

    def reaches(record: PlatformRecord, residence: str) -> bool:
        try:
            return bool(record.addressees(residence, date(2026, 11, 24)))
        except NoAddressee:
            return False

    reached = {
        residence: sum(reaches(record, residence) for record in records)
        for residence in ("US-IL", "DE-BE", "GB-ENG", "CH-ZH")
    }

    assert {residence: number >= 80 for residence, number in reached.items()} == {
        "US-IL": True,
        "DE-BE": True,
        "GB-ENG": True,
        "CH-ZH": True,
    }


def test_a_company_can_be_typed_in() -> None:
    corner_shop = unlisted(
        " Corner Shop Ltd ", ["1 High Street ", "", "Leeds"], "shop@example.com", country="GB"
    )
    typed = FieldSource("Typed in by hand", None, None, Confidence.KNOWLEDGE)
    told = "regions legal_name address country holiday_place privacy_email"

    assert corner_shop == PlatformRecord(
        slug="",
        name="Corner Shop Ltd",
        entities=(
            EntityRecord(
                regions=("*",),
                legal_name="Corner Shop Ltd",
                address=("1 High Street", "Leeds"),
                country="GB",
                holiday_place="GB",
                privacy_email="shop@example.com",
                sources=dict.fromkeys(told.split(), typed),
            ),
        ),
    )
    assert names(corner_shop, "US-IL", TODAY) == ["Corner Shop Ltd"]


def test_a_company_typed_in_needs_a_name_and_nothing_else() -> None:
    assert unlisted("Shop", []).entities[0].holiday_place is None
    with pytest.raises(ValueError, match="needs a name"):
        unlisted("  ", ["1 High Street"])
