"""A campaign in a frame: on the sites that the team allows, and nothing else anywhere."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from consentkit.web.campaigning.hosts import ancestors, origins
from tests.campaigns.joiners import a_group, address, joins

SITE = "https://www.example.org"


@pytest.fixture
def group(db):
    return a_group()


def ancestors_of(response) -> list[str]:
    """The sites that may frame a page, by its headers."""
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in response.headers["Content-Security-Policy"].split(";")
    )
    return policy["frame-ancestors"].split()


def test_only_the_page_without_a_form_can_stand_in_a_frame(group):
    group.team.frame_hosts = [SITE]
    group.team.save()
    campaign = group.campaign()
    own = group.campaign(title="Own", sending="self")
    framed = Browser().get(address(campaign, "join-frame"))

    assert ancestors_of(framed) == [SITE]
    assert "X-Frame-Options" not in framed.headers
    assert not framed.cookies
    page = framed.content.decode()
    assert "<form" not in page
    assert "<script" not in page
    assert f'href="{address(campaign)}" target="_top"' in page

    others = [address(campaign), address(own), address(campaign, "join-sent"), joins(campaign),
              reverse("letter"), reverse("home")]  # fmt: skip
    for where in others:
        response = Browser().get(where)
        assert ancestors_of(response) == ["'none'"], where
        assert response.headers["X-Frame-Options"] == "DENY", where


def test_without_leave_no_site_can_frame_it(group):
    response = Browser().get(address(group.campaign(), "join-frame"))

    assert response.status_code == 200
    assert ancestors_of(response) == ["'none'"]
    assert response.headers["X-Frame-Options"] == "DENY"


def test_what_stands_in_the_database_cannot_break_out_of_the_header(group):
    group.team.frame_hosts = [SITE, "*", "https://a.example; script-src *", "https://*.example"]
    group.team.save()

    response = Browser().get(address(group.campaign(), "join-frame"))
    assert ancestors_of(response) == [SITE]
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("www.example.org", ["https://www.example.org"]),
        ("https://Example.org/\n\nexample.org", ["https://example.org"]),
        ("https://bücher.example:8443", ["https://xn--bcher-kva.example:8443"]),
        ("", []),
    ],
)
def test_sites_are_kept_as_browsers_compare_them(typed, kept):
    assert origins(typed) == kept == ancestors(kept)


@pytest.mark.parametrize(
    "typed",
    [
        "http://example.org",
        "https://*.example.org",
        "*",
        "https://example.org/page",
        "https://user@example.org",
        "https://192.0.2.1",
        "https://[2001:db8::1]",
        "localhost",
        "https://example.org; script-src *",
        "javascript:alert(1)",
        "https://exam ple.org",
        "https://example.org:99999",
    ],
)
def test_anything_else_is_no_site(typed):
    with pytest.raises(ValidationError):
        origins(typed)


def test_an_owner_says_which_sites_and_a_coordinator_does_not(group):
    where = reverse("team-frames", args=[group.team.slug])
    wrong = group.browser(group.clara).post(where, {"hosts": "https://*.example.org"})
    assert wrong.status_code == 422
    assert "https://*.example.org" in wrong.content.decode()

    group.browser(group.clara).post(where, {"hosts": "www.example.org"})
    group.team.refresh_from_db()
    assert group.team.frame_hosts == [SITE]
    assert group.browser(group.coo).get(where).status_code == 404
    page = group.browser(group.coo).get(
        reverse("campaign", args=[group.team.slug, group.campaign().slug])
    )
    assert "&lt;iframe src=" in page.content.decode()
