"""The navigation of a team: on all of its pages, and with nothing in it that leads nowhere."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, get_resolver, reverse
from lxml import html

from consentkit.clients.actions import Intake, take_in
from consentkit.teams.actions import found
from consentkit.teams.models import Team, User
from consentkit.teams.roles import ROLES
from consentkit.templatetags.teamwork import GROUPS, belongs
from tests.teams.test_pages import joins, matter, signed_in
from tests.world import a_case, a_person

pytestmark = pytest.mark.django_db

# What comes as a file, or only takes what is posted and leads to another page.
NO_PAGES = {
    "team-report",
    "team-publication",
    "destruction-pdf",
    "client-mandate-scan",
    "client-consent-withdraw",
    "import-template",
    "import-errors",
    "batch-file",
    "team-withdraw",
    "team-text-sample",
    "team-walls-report",
    "team-walls-pdf",
    "team-audit-export",
}


@pytest.fixture
def clara() -> User:
    return a_person("clara@example.org", name="Clara")


@pytest.fixture
def team(clara: User) -> Team:
    return found("Example Clinic", by=clara)


def links(page: bytes) -> list[str]:
    return [str(one) for one in html.fromstring(page).xpath('//nav[@class="team-nav"]//a/@href')]


def index(browser: Browser, team: Team) -> list[str]:
    page = html.fromstring(browser.get(reverse("team", args=[team.slug])).content)
    return [str(one) for one in page.xpath('//nav[@class="team-index"]//a/@href')]


def test_every_page_of_a_team_has_its_place_in_the_navigation():
    pages = {
        one.name
        for one in get_resolver("consentkit.web.urls").url_patterns
        if isinstance(one, URLPattern) and str(one.pattern).startswith("teams/<slug:slug>/")
    }

    assert {name for name in pages if not belongs(name or "")} == NO_PAGES


@pytest.mark.parametrize("role", ROLES)
def test_whatever_a_role_is_offered_opens_and_stands_in_the_same_navigation(team, role):
    browser = signed_in(joins(team, role))
    heads = '//ul[@class="team-nav__groups"]//a/@href'
    same = html.fromstring(browser.get(reverse("team", args=[team.slug])).content).xpath(heads)

    for address in index(browser, team):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        page = html.fromstring(answer.content)
        here = page.xpath('//nav[@class="team-nav"]//a[@aria-current="page"]/@href')
        assert (page.xpath(heads), here) == (same, [address])


def test_an_owner_is_offered_everything(team, clara):
    assert len(index(signed_in(clara), team)) == sum(len(group.entries) for group in GROUPS)


def test_the_list_of_a_teams_cases_names_the_clients_and_bears_its_navigation(team, clara):
    nora = take_in(
        team, Intake(name="Nora Nagel", residence="DE-BE"), by=clara, on=date(2026, 3, 2)
    )
    case = matter(team, clara, nora)
    browser = signed_in(clara)

    listed = browser.get(reverse("cases"), {"team": team.slug, "show": "all"}).content
    shown = browser.get(case.get_absolute_url()).content

    assert "Nora Nagel" in listed.decode()
    assert reverse("client", args=[team.slug, nora.number]) in shown.decode()
    assert links(listed) == links(shown) != []


def test_a_persons_own_case_has_no_navigation_of_a_team(team, clara):
    assert links(signed_in(clara).get(a_case(owner=clara).get_absolute_url()).content) == []
