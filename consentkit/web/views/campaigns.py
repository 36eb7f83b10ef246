"""The campaigns of a team: setting one up, opening and closing it, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext, override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consentkit.campaigns import actions, joining
from consentkit.campaigns.checks import fit
from consentkit.campaigns.models import Campaign, Participation
from consentkit.cases.models import Case
from consentkit.law.statutes import law_of
from consentkit.letters.compose import compose
from consentkit.letters.facts import FACTS
from consentkit.platforms.models import Platform
from consentkit.teams.access import may
from consentkit.teams.actions import NotPossible, let_frame
from consentkit.teams.models import Team
from consentkit.teams.roles import Permission
from consentkit.web.campaigning.forms import (
    CampaignForm,
    FramesForm,
    in_words,
    initial_of,
    language_name,
    places,
    troubles,
)
from consentkit.web.campaigning.hosts import ancestors
from consentkit.web.campaigning.numbers import chart, participants
from consentkit.web.campaigning.preview import example
from consentkit.web.doors import behind_the_door, team_or_404, today_of, user_of
from consentkit.web.wizard.letter import title_of

SHOWN = 200


def _campaign(request: HttpRequest, slug: str, campaign: str) -> Campaign:
    team = team_or_404(request, slug, Permission.CAMPAIGNS)
    found = team.campaigns.select_related("team", "by", "house")
    return get_object_or_404(found, slug=campaign)


# Setting up ---------------------------------------------------------------------------------------


@behind_the_door
@require_safe
def campaigns(request: HttpRequest, slug: str) -> HttpResponse:
    """The campaigns of a team, the newest first."""
    team = team_or_404(request, slug, Permission.CAMPAIGNS)
    found, today = list(team.campaigns.all()), today_of(request)
    names = dict(Platform.objects.values_list("slug", "name"))
    context = {
        "team": team,
        "rows": [
            {
                "campaign": one,
                "state": one.state(today),
                "company": names.get(one.platform, one.platform),
                "law": law_of(one.law).short_title,
            }
            for one in found
        ],
        "manages": may(user_of(request), Permission.MANAGE, team),
    }
    return render(request, "web/campaigns/list.html", context)


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """A new campaign. It is a draft until somebody opens it."""
    team = team_or_404(request, slug, Permission.CAMPAIGNS)
    initial = {"languages": [team.language], "opens_on": today_of(request), "sending": "self"}
    form = CampaignForm(request.POST or None, team=team, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.make(team, form.plan(), by=user_of(request))
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("The campaign is a draft. Nobody else sees it yet."))
            return redirect("campaign", slug, made.slug)
    return _form(request, form, {"team": team})


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, campaign: str) -> HttpResponse:
    """Change a campaign."""
    found = _campaign(request, slug, campaign)
    form = CampaignForm(
        request.POST or None, team=found.team, campaign=found, initial=initial_of(found)
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(found, form.plan(), by=user_of(request))
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("campaign", slug, campaign)
    needed, _asks = actions.questions_of(found.law, found.kind, found.language)
    context = {
        "team": found.team,
        "campaign": found,
        "needed": [FACTS[key].label for key in needed],
    }
    return _form(request, form, context)


def _form(request: HttpRequest, form: CampaignForm, context: dict[str, Any]) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    told = {"form": form, **context}
    return render(request, "web/campaigns/edit.html", told, status=status)


# One campaign -------------------------------------------------------------------------------------


@behind_the_door
@require_safe
def campaign(request: HttpRequest, slug: str, campaign: str) -> HttpResponse:
    """A campaign at a glance: what was decided, who joined, and how to spread it."""
    found, user, today = _campaign(request, slug, campaign), user_of(request), today_of(request)
    joined = list(
        participants(found, user).select_related("client").order_by("-confirmed_at")[: SHOWN + 1]
    )
    clients = [one.client_id for one in joined]
    cases = Case.objects.within(user, Permission.VIEW).filter(campaign=found, client__in=clients)
    case_of = {one.client_id: one for one in cases.defer("about", "hold_reason")}
    waiting = Participation.objects.filter(campaign=found, confirmed_at=None).count()
    context = {
        "team": found.team,
        "campaign": found,
        "state": found.state(today),
        "company": _company(found),
        "law": law_of(found.law),
        "letter": title_of(found.law, found.kind),
        "languages": in_words([language_name(one) for one in found.languages]),
        "questions": [FACTS[key].label for key in _questions(found)],
        "checks": _checks(found, today),
        "chart": chart(found, user, today) if found.by_team else None,
        "participants": [(one, case_of.get(one.client_id)) for one in joined[:SHOWN]],
        "more": len(joined) > SHOWN,
        "unconfirmed": waiting,
        "link": _address(request, "join", found),
        "frame_code": _frame_code(_address(request, "join-frame", found), found.title),
        "hosts": ancestors(found.team.frame_hosts),
        "manages": may(user, Permission.MANAGE, found.team),
    }
    return render(request, "web/campaigns/detail.html", context)


def _company(campaign: Campaign) -> str:
    found = Platform.objects.filter(slug=campaign.platform).values_list("name", flat=True).first()
    return found or campaign.platform


def _questions(campaign: Campaign) -> tuple[str, ...]:
    needed, _asks = actions.questions_of(campaign.law, campaign.kind, campaign.language)
    return (*needed, *campaign.questions)


def _checks(campaign: Campaign, today: date) -> list[dict[str, Any]]:
    """What was looked up for the campaign, as it is today: what fits, and what no longer does."""
    try:
        found = fit(
            platform=campaign.platform,
            law=campaign.law,
            kind=campaign.kind,
            wanted=campaign.languages,
            on=max(today, campaign.opens_on),
        )
    except (LookupError, Platform.DoesNotExist):
        gone = gettext("The company is no longer in the directory: no letter can be written.")
        return [{"text": gone, "is_wrong": True}]
    wrong = [
        {"text": text, "is_wrong": True}
        for _name, text in troubles(found, sending=campaign.sending)
    ]
    said = [
        gettext("The law protects people in %(places)s.") % {"places": places(found.protects)},
        gettext("The letter is written in %(there)s.")
        % {"there": in_words([language_name(one) for one in found.written])},
    ]
    if found.unreached and found.has_addressee:
        said.append(
            gettext("Nobody to write to is known for people in %(places)s: they cannot join.")
            % {"places": places(found.unreached)}
        )
    elif found.has_addressee:
        said.append(gettext("There is somebody to write to for all of them."))
    return [*wrong, *({"text": text, "is_wrong": False} for text in said)]


def _address(request: HttpRequest, name: str, campaign: Campaign) -> str:
    """A public page of a campaign, in its own language where the site has that."""
    with override(joining.page_language(campaign)):
        path = reverse(name, args=[campaign.team.slug, campaign.slug])
    return request.build_absolute_uri(path)


def _frame_code(address: str, title: str) -> str:
    """The line of HTML that shows the campaign on the group's own site."""
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" width="100%" height="640" '
        'loading="lazy"></iframe>'
    )


STATES = {"open": actions.open_, "pause": actions.pause, "close": actions.close}


@behind_the_door
@require_POST
def campaign_state(request: HttpRequest, slug: str, campaign: str) -> HttpResponse:
    """Open, pause or close it."""
    found = _campaign(request, slug, campaign)
    do = STATES.get(request.POST.get("do", ""))
    if do is None:
        return redirect("campaign", slug, campaign)
    try:
        do(found, by=user_of(request))
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("Saved."))
    return redirect("campaign", slug, campaign)


@behind_the_door
@require_safe
def preview(request: HttpRequest, slug: str, campaign: str) -> HttpResponse:
    """The letter as somebody who joins would get it; the name and the account are made up."""
    found, today = _campaign(request, slug, campaign), today_of(request)
    trouble, draft = "", None
    try:
        draft = compose(example(found, on=today))
    except NotPossible as error:
        trouble = str(error)
    except (LookupError, Platform.DoesNotExist):
        trouble = gettext("The company is no longer in the directory: no letter can be written.")
    context = {"team": found.team, "campaign": found, "draft": draft, "trouble": trouble}
    return render(request, "web/campaigns/preview.html", context)


# Frames -------------------------------------------------------------------------------------------


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def frames(request: HttpRequest, slug: str) -> HttpResponse:
    """Which sites may show the team's campaigns in a frame."""
    team: Team = team_or_404(request, slug, Permission.MANAGE)
    initial = {"hosts": "\n".join(team.frame_hosts)}
    form = FramesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        let_frame(team, form.cleaned_data["hosts"], by=user_of(request))
        messages.success(request, gettext("Saved."))
        return redirect("team-frames", slug)
    status = 422 if form.errors else 200
    context = {"team": team, "form": form}
    return render(request, "web/campaigns/frames.html", context, status=status)
