"""A coordinator sets a campaign up: what is looked up, what stays, who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from consentkit.campaigns import actions
from consentkit.campaigns.actions import Plan
from consentkit.campaigns.models import Campaign
from consentkit.cases.models import Case
from consentkit.letters import house_texts
from consentkit.letters.compose import compose
from consentkit.letters.models import HouseText, Letter
from consentkit.platforms.models import Entity
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import NotPossible, found
from consentkit.teams.models import AuditEntry
from consentkit.teams.roles import offered_roles
from tests.campaigns.joiners import a_group, a_member, address, answers, joins, says_yes, text_of
from tests.world import a_case, a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return a_group()


def posted(**told: Any) -> dict[str, Any]:
    return {
        "title": "Faces of the Year",
        "platform": "tiktok",
        "letter": "eu-gdpr:face:access",
        "languages": ["en"],
        "sending": "team",
        "opens_on": timezone.localdate().isoformat(),
        **told,
    }


def sets_up(group: Any, **told: Any) -> Any:
    where = reverse("campaign-new", args=[group.team.slug])
    return group.browser(group.coo).post(where, posted(**told))


def test_a_campaign_is_set_up_as_a_draft_and_opened(group):
    response = sets_up(group, languages=["de", "en"], intro="What do they measure?")
    assert response.status_code == 302
    made = Campaign.objects.get()
    assert (made.slug, made.law, made.kind, made.want) == (
        "faces-of-the-year",
        "eu-gdpr",
        "access",
        "face",
    )
    assert (made.language, made.languages, made.mandate_needed) == ("en", ["en", "de"], True)
    assert made.state(timezone.localdate()) == Campaign.State.DRAFT
    page = group.sees(group.coo, "campaign", made.slug)
    assert "The letter is written in" in page
    assert "There is somebody to write to for all of them." in page

    state = reverse("campaign-state", args=[group.team.slug, made.slug])
    for do, then in (("open", "open"), ("pause", "paused"), ("open", "open"), ("close", "closed")):
        group.browser(group.coo).post(state, {"do": do})
        assert Campaign.objects.get().state(timezone.localdate()) == then
    said = AuditEntry.objects.filter(action__startswith="campaign.").order_by("number")
    assert [one.action for one in said] == [
        "campaign.made",
        "campaign.opened",
        "campaign.paused",
        "campaign.opened",
        "campaign.closed",
    ]


@pytest.mark.parametrize(
    ("told", "field", "said"),
    [
        (
            {"letter": "us-il-bipa:face:notice", "languages": ["it", "en"]},
            "languages",
            "This letter is not written in Italian.",
        ),
        (
            {"letter": "au-privacy:know:access", "platform": "nowhere"},
            "platform",
            "Choose a company from the list.",
        ),
        (
            {"letter": "us-coppa:know:access", "languages": ["en"]},
            "sending",
            "a parent writes for a child",
        ),
        ({"closes_on": "2020-01-01"}, "closes_on", "It cannot close before it opens."),
        ({"languages": []}, "languages", "Choose a language for the letter."),
        ({"title": ""}, "title", "Give the campaign a title."),
    ],
)
def test_what_cannot_work_is_said_beside_its_field(group, told, field, said):
    response = sets_up(group, **told)

    assert response.status_code == 422
    form = response.context["form"]
    assert said in " ".join(form.errors[field])
    assert not Campaign.objects.exists()


def test_a_law_without_an_addressee_is_no_campaign(group):
    Entity.objects.all().delete()
    response = sets_up(group)

    [said] = response.context["form"].errors["platform"]
    assert said.startswith("We know nobody there to whom people in")


def test_what_people_have_read_stays_as_it_was(group):
    made = group.campaign()
    plan = Plan(
        title="Other",
        platform="tiktok",
        law="eu-gdpr",
        kind="erasure",
        languages=("en",),
        opens_on=made.opens_on,
        sending="team",
    )
    with pytest.raises(NotPossible):
        actions.change(made, plan, by=group.coo)

    edit = reverse("campaign-edit", args=[group.team.slug, made.slug])
    answer = group.browser(group.coo).post(
        edit, posted(title="New title", letter="eu-gdpr:delete:erasure")
    )
    assert answer.status_code == 302
    changed = Campaign.objects.get()
    assert (changed.title, changed.kind, changed.slug) == ("New title", "access", "faces")


def test_the_letter_asks_what_the_coordinator_chose(group):
    sets_up(group, letter="us-il-bipa:face:notice", languages=["en"])
    made = Campaign.objects.get()
    assert made.questions == ["since"]  # the addressee can depend on it

    edit = reverse("campaign-edit", args=[group.team.slug, made.slug])
    told = posted(letter="us-il-bipa:face:notice", questions=["content", "since"])
    group.browser(group.coo).post(edit, told)
    assert Campaign.objects.get().questions == ["content", "since"]


def test_the_preview_is_the_letter_of_somebody_made_up(group):
    made = group.campaign()
    page = group.sees(group.coo, "campaign-preview", made.slug)

    assert "Kim Example" in page
    assert "Request for access under Art. 15 GDPR" in page


def approved(group: Any, body: str = "We ask this of many.", **told: Any) -> HouseText:
    """A paragraph of the group, approved by somebody else than its author."""
    sue = a_member(group.team, "supervisor", "sue@example.org")
    text = house_texts.begin(
        group.team, kind="paragraph", title="Many", body=body, by=group.coo, language="en",
        everywhere=False, **told,
    )  # fmt: skip
    version = text.versions.get()
    house_texts.submit(version, by=group.coo)
    version.refresh_from_db()
    house_texts.approve(version, by=sue, digest=version.content_sha256)
    return text


def test_the_house_text_stands_in_the_letter_read_and_the_letter_kept(group, client):
    text = approved(group)
    made = group.campaign(house=text)

    assert "We ask this of many." in group.sees(group.coo, "campaign-preview", made.slug)
    assert "We ask this of many." in text_of(client.post(address(made), answers()))
    says_yes(joins(made))
    assert "We ask this of many." in compose(Letter.objects.get().letter_request()).text()


def test_whoever_may_not_run_campaigns_cannot(group):
    viewer = a_member(group.team, "caseworker", "cay@example.org")
    plan = Plan(
        title="X", platform="tiktok", law="eu-gdpr", kind="access", languages=("en",),
        opens_on=timezone.localdate(),
    )  # fmt: skip
    with pytest.raises(Forbidden):
        actions.make(group.team, plan, by=viewer)
    other = found("Another", by=a_person("eve@example.org"))
    with pytest.raises(Forbidden):
        actions.make(other, plan, by=group.coo)


def test_a_coordinator_can_be_invited_and_sees_only_cases_of_campaigns(group):
    says_yes(joins(group.campaign()))
    other = a_case(owner=group.clara)
    Case.objects.filter(pk=other.pk).update(team=group.team)

    assert "coordinator" in [role.key for role in offered_roles()]
    seen = Case.objects.visible_to(group.coo)
    assert [one.campaign.slug for one in seen] == ["faces"]
