"""Intake by a link: staff ask for it, and the client fills it in without an account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from consentkit.clients import intake as intakes
from consentkit.clients.models import Client, IntakeLink
from consentkit.clients.wordings import processing
from consentkit.correspondence.invitations import send_intake_link
from consentkit.queue import later
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import User
from consentkit.teams.roles import Permission
from consentkit.web.clients.forms import LinkForm, OwnIntakeForm
from consentkit.web.doors import behind_the_door, team_or_404
from consentkit.web.strangers import may_mail


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret")
def links(request: HttpRequest, slug: str) -> HttpResponse:
    """The intakes that somebody was asked for; a new link, which is shown once."""
    team = team_or_404(request, slug, Permission.CLIENTS)
    user = request.user
    assert isinstance(user, User)
    form, address = LinkForm(request.POST or None, initial={"language": team.language}), ""
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        link, secret = intakes.ask(team, by=user, language=told["language"])
        goes = bool(told["email"]) and may_mail(request, told["email"])
        if goes and send_intake_link(link, secret, told["email"]):
            messages.success(request, gettext("The link is on its way."))
            return redirect("intake-links", slug)
        address = request.build_absolute_uri(reverse("intake-by-client", args=[secret]))
        form = LinkForm(initial={"language": told["language"]})
    rows = intakes.waiting(team).defer("answers").select_related("by").order_by("-made_at")
    context = {"team": team, "form": form, "address": address, "rows": rows}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "web/clients/links.html", context, status=status)


@behind_the_door
@require_POST
def withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a link back, with what was filled in."""
    team = team_or_404(request, slug, Permission.CLIENTS)
    link = get_object_or_404(intakes.waiting(team).select_related("team"), pk=pk)
    assert isinstance(request.user, User)
    try:
        intakes.withdraw(link, by=request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The link leads nowhere now."))
    return redirect("intake-links", slug)


@never_cache
@sensitive_post_parameters()
@sensitive_variables("secret", "form", "answers")
@require_http_methods(["GET", "HEAD", "POST"])
def by_client(request: HttpRequest, secret: str) -> HttpResponse:
    """The intake as the client fills it in: saved at any time, handed in when it is complete."""
    link = intakes.link_of(secret)
    if link is None:
        return render(request, "web/clients/by_client_gone.html", status=404)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    with translation.override(chosen if chosen in dict(settings.LANGUAGES) else link.language):
        response = _by_client(request, link, secret)
    # Its address goes to no other site: that is the site's referrer policy. A stricter one would
    # take the origin away, without which the form is not accepted.
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _by_client(request: HttpRequest, link: IntakeLink, secret: str) -> HttpResponse:
    form = OwnIntakeForm(initial=link.answers)
    told = request.POST if request.method == "POST" else None
    try:
        if told is not None and "save" in told:
            answers = {name: told.get(name, "") for name in form.fields if name in told}
            form = OwnIntakeForm(initial=answers)
            intakes.keep(link, answers)
            messages.success(request, gettext("It is saved. Come back with the same link."))
            return redirect("intake-by-client", secret)
        if told is not None:
            form = OwnIntakeForm(told)
            if form.is_valid():
                intake = form.intake(language=link.language)
                intakes.hand_in(link, intake, on=timezone.localdate())
                later("tell_of_intake", link.pk)
                return render(request, "web/clients/by_client_done.html", {"team": link.team})
    except NotPossible as error:
        form.is_valid()
        form.add_error(None, str(error)) if form.is_bound else messages.error(request, str(error))
    context = {
        "form": form,
        "team": link.team,
        "valid_until": link.valid_until,
        "wording": processing(Client(team=link.team, language=link.language)),
        "saved": bool(link.answers),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "web/clients/by_client.html", context, status=status)
