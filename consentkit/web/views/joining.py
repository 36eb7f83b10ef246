"""Joining a campaign: the public page of a team, in a frame and out of it, and leaving again.

Nobody signs in here. A campaign that is not open does not exist for a stranger. Only the page that
asks for nothing can stand in a frame (docs/adr/0008-frames.md).
"""

from __future__ import annotations

from typing import Any

from allauth.core.ratelimit import consume, respond_429
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from consentkit.campaigns import joining
from consentkit.campaigns.joining import Answers, NotSent
from consentkit.campaigns.models import Campaign, Participation
from consentkit.confidential.addresses import mailbox
from consentkit.law.places import surroundings
from consentkit.law.statutes import law_of
from consentkit.letters import signature
from consentkit.letters.compose import compose
from consentkit.platforms.models import Platform
from consentkit.teams.actions import NotPossible
from consentkit.web.campaigning.forms import JoinForm, places
from consentkit.web.campaigning.hosts import ancestors
from consentkit.web.wizard.letter import title_of

State = Campaign.State


def _public(team: str, slug: str) -> Campaign:
    found = joining.public(team, slug)
    if found is None:
        raise Http404
    return found


def _told(campaign: Campaign) -> dict[str, Any]:
    """What every public page of a campaign says of it."""
    names = Platform.objects.filter(slug=campaign.platform).values_list("name", flat=True)
    law = law_of(campaign.law)
    return {
        "campaign": campaign,
        "team": campaign.team,
        "company": names.first() or campaign.platform,
        "law": law,
        "letter": title_of(campaign.law, campaign.kind),
        "places": places(tuple(sorted(law.protects))),
        "is_open": campaign.state(campaign.team_today()) is State.OPEN,
        # A page in another language than the introduction says which that is.
        "intro_language": joining.page_language(campaign),
        "wizard": f"{reverse('letter')}?campaign={campaign.team.slug}/{campaign.slug}",
    }


def _slowed(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = respond_429(request)
    return response


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, team: str, slug: str) -> HttpResponse:
    """The public page of a campaign. Where the team sends, one joins on it, in two steps."""
    campaign = _public(team, slug)
    told = _told(campaign)
    if not told["is_open"]:
        return render(request, "web/join/closed.html", told)
    if not campaign.by_team:
        if request.method == "POST":
            raise Http404
        return render(request, "web/join/own.html", told)
    step = request.POST.get("step", "")
    form = JoinForm(
        request.POST.copy(), campaign=campaign, strict=request.method == "POST" and step != "change"
    )
    if request.method != "POST" or step == "change":
        return render(request, "web/join/join.html", {**told, "form": form})
    if not consume(request, action="join_look"):
        return _slowed(request)
    answers = _answers(campaign, form)
    if answers is None:
        return render(request, "web/join/join.html", {**told, "form": form}, status=422)
    trouble = ""
    if step == "join":
        if "consents" not in request.POST:
            trouble = gettext("Without your consent we may not keep what you tell us.")
        else:
            if not consume(request, action="join", key=mailbox(answers.email)):
                return _slowed(request)
            try:
                joining.ask(campaign, answers)
            except (NotPossible, NotSent) as error:
                trouble = str(error) or gettext(
                    "The e-mail to your address could not be sent. Nothing was kept. Try again "
                    "later."
                )
            else:
                return redirect("join-sent", team, slug)
    return _review(request, campaign, form, answers, told, trouble)


def _answers(campaign: Campaign, form: JoinForm) -> Answers | None:
    """What was filled in, if a letter can be written with it; else the form says what is wrong."""
    form.full_clean()
    if form.errors:
        return None
    told = form.checked
    protects = law_of(campaign.law).protects
    if protects.isdisjoint(surroundings(told["residence"])):
        said = gettext("The law of this letter protects people who live in %(places)s.")
        form.add_error("residence", said % {"places": places(tuple(sorted(protects)))})
        return None
    try:
        strokes = signature.strokes_from_json(form.answers.get("strokes", ""))
    except signature.NotASignature:
        strokes = ()
    answers = Answers(
        name=told["name"],
        email=told["email"].strip(),
        residence=told["residence"],
        language=get_language() or "en",
        letter_language=told.get("language") or campaign.language,
        on=campaign.team_today(),
        handle=told.get("handle", ""),
        account_email=told.get("account_email", ""),
        facts=form.facts(),
        strokes=strokes,
    )
    try:
        joining.letter(campaign, answers)
    except NotPossible as error:
        form.add_error(None, str(error))
        return None
    return answers


def _review(
    request: HttpRequest,
    campaign: Campaign,
    form: JoinForm,
    answers: Answers,
    told: dict[str, Any],
    trouble: str,
) -> HttpResponse:
    """What somebody reads, signs and agrees to before they join: their letter first."""
    draft = compose(joining.letter(campaign, answers))
    context = {
        **told,
        "hidden": form.hidden(),
        "draft": draft,
        "mandate": joining.mandate(campaign, answers),
        "consent": joining.consent(campaign, answers),
        "address": answers.email,
        "strokes": form.answers.get("strokes", ""),
        "consents": "consents" in request.POST,
        "trouble": trouble,
    }
    return render(request, "web/join/review.html", context, status=422 if trouble else 200)


@require_safe
def sent(request: HttpRequest, team: str, slug: str) -> HttpResponse:
    """Look into your mailbox. It says the same to everybody."""
    campaign = _public(team, slug)
    days = joining.LASTS.days
    return render(request, "web/join/sent.html", {**_told(campaign), "days": days})


@require_safe
def frame(request: HttpRequest, team: str, slug: str) -> HttpResponse:
    """The campaign in a frame on the group's own site: words and a link, no form and no cookie."""
    campaign = _public(team, slug)
    response = render(request, "web/join/frame.html", _told(campaign))
    allowed = ancestors(campaign.team.frame_hosts)
    if allowed:
        response._csp_replace = {"frame-ancestors": allowed}  # type: ignore[attr-defined]
        # Browsers that know frame-ancestors do not ask for the older header, which names no sites.
        response.xframe_options_exempt = True
    return response


# Behind the link that was mailed ------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret")
def participation(request: HttpRequest, secret: str) -> HttpResponse:
    """Confirm that one joins; later: how it stands, and leave."""
    found = joining.participation_of(secret, timezone.now())
    if found is None:
        return _quiet(render(request, "web/join/gone.html", status=404))
    trouble = ""
    if request.method == "POST":
        try:
            _do(found, request.POST.get("do", ""), secret)
        except NotPossible as error:
            trouble = str(error)
        else:
            return _quiet(redirect("participation", secret))
    return _quiet(_page(request, found, trouble))


def _do(found: Participation, what: str, secret: str) -> None:
    there = joining.standing(found)
    if what == "confirm" and there is None:
        joining.confirm(found)
        joining.tell(found, secret)
    elif what == "withdraw" and there is not None:
        joining.withdraw(there, on=there.campaign.team_today())


def _page(request: HttpRequest, found: Participation, trouble: str) -> HttpResponse:
    campaign, there = found.campaign, joining.standing(found)
    context = {**_told(campaign), "participation": there or found, "trouble": trouble}
    if there is not None:
        context |= {"case": joining.case_of(there), "unsigned": joining.is_unsigned(there)}
    elif found.confirmed_at is None:
        answers = Answers.from_json(found.answers)
        try:
            context["draft"] = compose(joining.letter(campaign, answers))
        except NotPossible as error:
            context["trouble"] = trouble or str(error)
        context["signed"] = any(answers.strokes)
    status = 422 if trouble else 200
    return render(request, "web/join/participation.html", context, status=status)


def _quiet(response: HttpResponse) -> HttpResponse:
    """Keep a page with a secret in its address out of search engines.

    Its address goes to no other site: that is the site's referrer policy. A stricter one would take
    the origin away, without which no form of ours is accepted.
    """
    response.headers["X-Robots-Tag"] = "noindex"
    return response
