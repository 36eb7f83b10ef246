"""Finding platforms: by name, alias, brand and owner, typos included, in a few queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consentkit.platforms.actions import sync
from consentkit.platforms.loading import read_directory
from consentkit.platforms.records import EntityRecord, PlatformRecord
from consentkit.platforms.search import plain, search, trigrams

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def directory(django_db_setup: None, django_db_blocker: Any) -> Any:
    """The real directory, filled in once for this file and taken out again."""
    from consentkit.platforms.models import Platform

    with django_db_blocker.unblock():
        sync(read_directory()[0])
        yield
        Platform.objects.all().delete()


def found(text: str, **options: Any) -> list[str]:
    return [platform.name for platform in search(text, **options)]


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("TikTok", "TikTok"),
        ("tik tok", "TikTok"),
        ("TIK-TOK", "TikTok"),
        ("ticktok", "TikTok"),
        ("tiktk", "TikTok"),
        ("instgram", "Instagram"),
        ("insta", "Instagram"),
        ("facebok", "Facebook"),
        ("face book", "Facebook"),
        ("fb", "Facebook"),
        ("X", "X"),
        ("twiter", "X"),
        ("twitter", "X"),
        ("goggle", "Google"),
        ("gmail", "Google"),
        ("linked in", "LinkedIn"),
        ("linkdin", "LinkedIn"),
        ("snap chat", "Snapchat"),
        ("snapchatt", "Snapchat"),
        ("whats app", "WhatsApp"),
        ("watsapp", "WhatsApp"),
        ("you tube", "YouTube"),
        ("yuotube", "YouTube"),
        ("clear view", "Clearview AI"),
        ("pim eyes", "PimEyes"),
        ("chatgpt", "OpenAI"),
        ("chat gpt", "OpenAI"),
        ("fortnite", "Epic Games"),
        ("disney plus", "Disney+"),
        ("worldcoin", "World"),
        ("valve", "Steam"),
        ("amazn", "Amazon"),
        ("schuffa", "SCHUFA"),
        ("crif burgel", "CRIF"),
        ("pintrest", "Pinterest"),
        ("redit", "Reddit"),
        ("telegramm", "Telegram"),
        ("whaleco", "Temu"),
    ],
)
def test_what_people_type_finds_what_they_mean(typed: str, first: str) -> None:
    assert found(typed, limit=1) == [first]


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(
    ("owner", "platforms"),
    [
        ("meta", ["Facebook", "Instagram", "Messenger", "Threads", "WhatsApp"]),
        ("bytedance", ["CapCut", "Lemon8", "TikTok"]),
        ("match group", ["Hinge", "Match", "OkCupid", "Tinder"]),
        ("microsft", ["Clipchamp", "LinkedIn", "Microsoft", "Xbox"]),
    ],
)
def test_an_owner_finds_its_platforms(owner: str, platforms: list[str]) -> None:
    assert sorted(found(owner, limit=len(platforms))) == platforms


@pytest.mark.usefixtures("directory")
def test_a_name_comes_before_an_owner() -> None:
    assert found("google")[:3] == ["Google", "Fitbit", "YouTube"]


@pytest.mark.usefixtures("directory")
def test_the_first_letters_are_enough() -> None:
    assert sorted(found("face", limit=3)) == ["FaceApp", "FaceCheck.ID", "Facebook"]


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("nonsense", ["", "   ", "!?", "zzzzzz", "qxkvjw", "💥", "\x00"])
def test_nothing_comes_of_nonsense(nonsense: str) -> None:
    assert found(nonsense) == []


@pytest.mark.usefixtures("directory")
def test_a_pasted_text_does_no_harm() -> None:
    assert found("tiktok " * 10_000, limit=1) == ["TikTok"]


@pytest.mark.usefixtures("directory")
def test_no_more_than_were_asked_for() -> None:
    assert len(found("a", limit=3)) == 3


def test_residence_decides_among_equals() -> None:
    sync(
        PlatformRecord(
            slug=slug,
            name=f"Credit Bureau {slug.upper()}",
            entities=(EntityRecord(regions=(region,)),),
        )
        for slug, region in [("x", "US"), ("y", "EEA")]
    )

    assert found("credit bureau") == ["Credit Bureau X", "Credit Bureau Y"]
    assert found("credit bureau", residence="US-IL") == ["Credit Bureau X", "Credit Bureau Y"]
    assert found("credit bureau", residence="DE-BE") == ["Credit Bureau Y", "Credit Bureau X"]


def a_platform(number: int) -> PlatformRecord:
    return PlatformRecord(slug=f"chat-{number}", name=f"Chat {number}", aliases=(f"Talk {number}",))


@pytest.mark.parametrize("number", [1, 3, 40])
def test_a_search_takes_three_queries_however_much_there_is(number: int) -> None:
    sync(map(a_platform, range(number)))

    with CaptureQueriesContext(connection) as queries:
        assert len(search("chat", limit=number)) == number

    assert len(queries) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tik-Tok!", "tik tok"),
        ("  Crédit   Agricole ", "credit agricole"),
        ("GROẞE Straße", "grosse strasse"),
        ("23andMe", "23andme"),
        ("ＴｉｋＴｏｋ", "tiktok"),
        ("Disney+", "disney"),
        ("抖音", "抖音"),
        ("_._", ""),
    ],
)
def test_plain_text(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_trigrams_do_not_mind_spaces() -> None:
    assert trigrams("tiktok") == {"__t", "_ti", "tik", "ikt", "kto", "tok", "ok_"}
    assert trigrams("tik tok") == trigrams("tiktok") | {"ik_", "_to"}
    assert trigrams("x") == {"__x", "_x_"}
    assert trigrams("") == set()
