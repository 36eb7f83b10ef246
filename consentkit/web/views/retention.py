"""How long a team keeps things: its rules, what waits for a decision, and certificates."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consentkit.clients import actions as clients
from consentkit.letters.render import MissingEngine, NoGlyph
from consentkit.retention import actions
from consentkit.retention.certificate import certificate, in_words, rule_in_words
from consentkit.retention.models import Destruction
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission
from consentkit.web.clients.door import client_or_404
from consentkit.web.doors import mine, team_or_404, user_of
from consentkit.web.teamwork import retention as words
from consentkit.web.teamwork.retention import ClientHoldForm, DecideForm, RuleForm, Waiting

SHOWN = 100  # of what waits, and of destructions


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def retention(request: HttpRequest, slug: str) -> HttpResponse:
    """The rules of a team, what they would bring, what waits, and what went. A new rule."""
    team = team_or_404(request, slug, Permission.RETENTION)
    form = RuleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            actions.set_rule(team, by=user_of(request), **told)
        except NotPossible as error:
            form.add_error("what", str(error))
        else:
            messages.success(request, gettext("The rule holds from now on."))
            return redirect("team-retention", slug=slug)
    return _page(request, team, form=form)


def _page(
    request: HttpRequest,
    team: Team,
    *,
    form: RuleForm | None = None,
    decide: DecideForm | None = None,
) -> HttpResponse:
    user = user_of(request)
    waiting = _waiting(team, user)
    context: dict[str, Any] = {
        "team": team,
        "form": form or RuleForm(),
        "rules": [
            (one, rule_in_words(one.rule))
            for one in actions.preview(team, user, user.today(timezone.now()))
        ],
        "waiting": waiting,
        "decide": decide or DecideForm(None, waiting=waiting),
        "destructions": team.destructions.select_related("rule", "decided_by")[:SHOWN],
        "horizon": actions.HORIZON.days,
    }
    wrong = (form is not None and form.errors) or (decide is not None and decide.errors)
    return render(request, "web/retention/retention.html", context, status=422 if wrong else 200)


def _waiting(team: Team, user: User) -> list[Waiting]:
    return words.in_words(actions.waiting_for(team, user)[:SHOWN])


@mine
@require_POST
def end_rule(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """End a rule; it stays on record."""
    team = team_or_404(request, slug, Permission.RETENTION)
    actions.end_rule(get_object_or_404(actions.rules(team), pk=pk), by=user_of(request))
    messages.success(request, gettext("The rule is ended."))
    return redirect("team-retention", slug=slug)


@mine
@require_POST
@sensitive_post_parameters()
def decide(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep some of what waits longer, or let it go now."""
    team, user = team_or_404(request, slug, Permission.RETENTION), user_of(request)
    today = user.today(timezone.now())
    form = DecideForm(request.POST, waiting=_waiting(team, user))
    if form.is_valid():
        told = form.cleaned_data
        chosen = [int(pk) for pk in told["chosen"]]
        try:
            if told["decision"] == "keep":
                actions.keep_longer(
                    team, chosen, until=told["until"], reason=told["reason"], by=user, today=today
                )
                messages.success(request, gettext("It is kept until that day."))
                return redirect("team-retention", slug=slug)
            made = actions.let_go(team, chosen, action=told["decision"], by=user, today=today)
        except NotPossible as error:
            form.add_error("decision", str(error))
        else:
            went = sum(len(one.numbers) for one in made)
            messages.success(
                request,
                ngettext("%(number)s went.", "%(number)s went.", went) % {"number": went},
            )
            return redirect("team-retention", slug=slug)
    return _page(request, team, decide=form)


@mine
@require_safe
def destruction(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The certificate of one destruction."""
    team = team_or_404(request, slug, Permission.RETENTION)
    context = {"team": team, **in_words(_destruction(team, number))}
    return render(request, "web/retention/destruction.html", context)


@mine
@require_safe
def destruction_pdf(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The certificate on paper."""
    team = team_or_404(request, slug, Permission.RETENTION)
    one = _destruction(team, number)
    try:
        made = certificate(one, language=get_language() or "en", paper="a4")
    except (MissingEngine, NoGlyph) as error:
        messages.error(request, str(error))
        return redirect("destruction", slug=slug, number=number)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="destruction-{number}.pdf"'
    return response


def _destruction(team: Team, number: int) -> Destruction:
    found = team.destructions.select_related("rule", "decided_by", "team")
    return get_object_or_404(found, number=number)


@mine
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def client_hold(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Keep a client and their matters, whatever a rule says, or let them go."""
    client, user = client_or_404(request, slug, number, Permission.RETENTION), user_of(request)
    told = request.POST if request.method == "POST" else None
    if told is not None and "end" in told:
        clients.end_hold(client, by=user)
        messages.success(request, gettext("The client can be deleted again."))
        return redirect("client", slug=slug, number=number)
    form = ClientHoldForm(told, today=user.today(timezone.now()))
    if told is not None and form.is_valid():
        try:
            clients.hold(client, by=user, **form.cleaned_data)
        except NotPossible as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, gettext("The client is kept until that day."))
            return redirect("client", slug=slug, number=number)
    context = {"team": client.team, "client": client, "form": form}
    return render(request, "web/retention/hold.html", context, status=422 if form.errors else 200)
