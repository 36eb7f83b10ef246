"""A campaign in which everybody sends their own letter: it is filled in, and nothing is stored."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.test import Client as Browser
from django.urls import reverse

from consentkit.campaigns import actions
from consentkit.campaigns.models import Campaign
from tests.campaigns.joiners import a_group, address, text_of
from tests.campaigns.test_setting_up import approved

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return a_group()


@pytest.fixture
def campaign(group):
    return group.campaign(
        title="Own letters", sending="self", law="us-il-bipa", kind="notice", languages=("en",),
        house=approved(group),
    )  # fmt: skip


def fields_of(page: str) -> dict[str, str]:
    import re

    tags = re.findall(r"<input type=\"hidden\"[^>]*>", page)
    return {
        re.search(r'name="([^"]*)"', tag)[1]: re.search(r'value="([^"]*)"', tag)[1] for tag in tags
    }


ABOUT_ME = {
    "country": "US",
    "region": "IL",
    "fact-relation": "user",
    "fact-acts_as": "self",
    "handle": "@carl",
    "account_email": "carl@example.org",
    "name": "Carl Sample",
    "way": "form",
    "done": "details",
}


def rows() -> dict[str, int]:
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


def test_the_letter_is_filled_in_and_nobody_is_stored(campaign):
    browser = Browser()
    page = browser.get(address(campaign))
    assert "learns nothing about you" in text_of(page)
    [way] = [
        one for one in page.content.decode().split('"') if one.startswith(reverse("letter") + "?c")
    ]
    before = rows()
    begun = browser.get(way)
    carried = fields_of(begun.content.decode())
    assert {name: carried[name] for name in ("campaign", "want", "platform", "law", "kind")} == {
        "campaign": "example-group/own-letters",
        "want": "face",
        "platform": "tiktok",
        "law": "us-il-bipa",
        "kind": "notice",
    }

    told = {**carried, **ABOUT_ME}
    shown = browser.post(reverse("letter"), told)
    assert "You take part in “Own letters”" in text_of(shown)
    assert "We ask this of many." in text_of(shown)
    text = browser.post(reverse("letter-text"), told)
    assert text.status_code == 200, text_of(text)
    assert b"We ask this of many." in text.content
    assert b"Carl Sample" in text.content
    assert "Example Group" not in text.content.decode()  # no letterhead: it is Carl's letter

    assert rows() == before
    assert Campaign.objects.get().letters_made == 1
    assert "sessionid" not in browser.cookies
    assert "was downloaded 1 time." in text_of(page_of_campaign(campaign))


def page_of_campaign(campaign: Campaign):
    browser = Browser()
    browser.force_login(campaign.by)
    return browser.get(reverse("campaign", args=[campaign.team.slug, campaign.slug]))


def test_another_letter_is_not_that_of_the_campaign(campaign):
    told = {
        **ABOUT_ME, "country": "DE", "region": "BE", "campaign": "example-group/own-letters",
        "want": "face", "platform": "tiktok", "law": "eu-gdpr", "kind": "access",
    }  # fmt: skip
    shown = Browser().post(reverse("letter"), told)
    assert "The letter below is not that of the campaign" in text_of(shown)
    assert "We ask this of many." not in text_of(shown)

    Browser().post(reverse("letter-text"), told)
    assert Campaign.objects.get().letters_made == 0


def test_a_campaign_that_is_not_open_gives_nothing(group, campaign):
    actions.pause(campaign, by=group.coo)
    page = Browser().get(reverse("letter") + "?campaign=example-group/own-letters")

    assert "campaign" not in fields_of(page.content.decode())
    for odd in ("nowhere", "a/b/c", "example-group/", "/", "é/ü"):
        assert Browser().get(reverse("letter"), {"campaign": odd}).status_code == 200


def test_nobody_joins_where_everybody_sends_themselves(campaign):
    assert Browser().post(address(campaign), {"step": "join"}).status_code == 404
