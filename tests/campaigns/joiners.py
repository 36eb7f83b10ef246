"""A group that runs a campaign, and people who join it; nobody of them exists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from consentkit.campaigns import actions
from consentkit.campaigns.actions import Plan
from consentkit.campaigns.models import Campaign
from consentkit.platforms.actions import sync
from consentkit.platforms.loading import read_platform
from consentkit.teams.actions import found
from consentkit.teams.models import Membership, Team, User
from tests.world import a_person

DRAWN = "[[[0.1,0.2],[0.5,0.6]]]"


@dataclass
class Group:
    """Clara owns the team, Coo coordinates its campaigns."""

    team: Team
    clara: User
    coo: User
    browsers: dict[int, Browser] = field(default_factory=dict)

    def campaign(self, *, opened: bool = True, **told: Any) -> Campaign:
        """A campaign for access under the GDPR, whose letters the team sends."""
        plan = {
            "title": "Faces",
            "platform": "tiktok",
            "law": "eu-gdpr",
            "kind": "access",
            "want": "face",
            "languages": ("en", "de"),
            "sending": Campaign.Sending.TEAM,
            "opens_on": timezone.localdate(),
        }
        made = actions.make(self.team, Plan(**{**plan, **told}), by=self.coo)
        if opened:
            actions.open_(made, by=self.coo)
        return made

    def browser(self, user: User) -> Browser:
        if user.pk not in self.browsers:
            self.browsers[user.pk] = Browser()
            self.browsers[user.pk].force_login(user)
        return self.browsers[user.pk]

    def sees(self, user: User, name: str, *rest: Any) -> str:
        """The text of a page of the team."""
        response = self.browser(user).get(reverse(name, args=[self.team.slug, *rest]))
        assert response.status_code == 200
        return text_of(response)


def a_group() -> Group:
    sync([read_platform("tiktok"), read_platform("acxiom")])
    clara = a_person("clara@example.org", name="Clara")
    team = found("Example Group", by=clara)
    return Group(team, clara, a_member(team, "coordinator", "coo@example.org"))


def a_member(team: Team, role: str, email: str) -> User:
    person = a_person(email)
    Membership.objects.create(team=team, user=person, role=role, made_at=timezone.now())
    return person


def text_of(response: Any) -> str:
    """What a page says, without its tags."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(words.replace("&#x27;", "'").split())


def address(campaign: Campaign, name: str = "join") -> str:
    return reverse(name, args=[campaign.team.slug, campaign.slug])


def answers(called: str = "Dora Demo", /, **told: str) -> dict[str, str]:
    """What somebody fills in."""
    nick = called.split()[0].lower()
    return {
        "residence": "DE-BE",
        "fact-relation": "user",
        "name": called,
        "email": f"{nick}@example.org",
        "handle": f"@{nick}",
        "language": "en",
        "step": "look",
        **told,
    }


def joins(campaign: Campaign, name: str = "Dora Demo", **told: str) -> str:
    """Somebody fills in everything and signs; gives the address in the e-mail that they get."""
    posted = {"step": "join", "consents": "on", "strokes": DRAWN, **told}
    response = Browser().post(address(campaign), answers(name, **posted))
    assert response.status_code == 302, text_of(response)
    return link()


def link() -> str:
    """The way that stands in the last e-mail."""
    found = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found[1]


def says_yes(way: str) -> str:
    """Somebody follows the link and confirms; gives what the page says then."""
    response = Browser().post(way, {"do": "confirm"}, follow=True)
    assert response.status_code == 200, text_of(response)
    return text_of(response)
