"""What the cases say together: the dashboard, how platforms behave, publications and reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from consentkit.cases import overview
from consentkit.cases.conduct import groups, rows_for
from consentkit.cases.selection import Selection
from consentkit.letters.render import MissingEngine, NoGlyph
from consentkit.reports import paper
from consentkit.reports.anonymous import K
from consentkit.reports.behaviour import DEFINITIONS, drawing, key, table
from consentkit.reports.models import Publication
from consentkit.reports.publishing import as_json, csv_lines, periods, publish
from consentkit.teams.access import sees_all
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import Team
from consentkit.teams.roles import Permission
from consentkit.web.doors import mine, team_or_404, user_of
from consentkit.web.teamwork.behaviour import PeriodForm, PublishForm
from consentkit.web.teamwork.dashboard import Dashboard, behind

# The dashboard ------------------------------------------------------------------------------------


@mine
@require_safe
def dashboard(request: HttpRequest, slug: str) -> HttpResponse:
    """How the cases of a team stand today."""
    team, user = team_or_404(request, slug, Permission.VIEW), user_of(request)
    shown = Dashboard(overview.of_team(team, user, user.today(timezone.now())))
    context = {"team": team, "shown": shown, "charts": [shown.due, shown.platforms, shown.load]}
    return render(request, "web/figures/dashboard.html", context)


@mine
@require_safe
def own_dashboard(request: HttpRequest) -> HttpResponse:
    """How somebody's own cases stand today."""
    user = user_of(request)
    shown = Dashboard(overview.of_person(user, user.today(timezone.now())))
    context = {"shown": shown, "charts": [shown.due, shown.platforms]}
    return render(request, "web/figures/dashboard.html", context)


# How platforms behave -----------------------------------------------------------------------------


@mine
@require_safe
def platforms(request: HttpRequest, slug: str) -> HttpResponse:
    """How platforms behaved in the cases of a team, as far as somebody may see them."""
    return _platforms_page(request, team_or_404(request, slug, Permission.REPORTS))


def _platforms_page(
    request: HttpRequest, team: Team, form: PublishForm | None = None
) -> HttpResponse:
    user = user_of(request)
    today = user.today(timezone.now())
    period = PeriodForm(request.GET)
    rows = rows_for(user, team, since=period.day("since"), until=period.day("until"))
    found = groups(rows, today)
    quarters = periods(team, today)

    def link(platform: str, law: str) -> str:
        return behind(Selection(team=team.slug, platform=platform, law=law, show="all"))

    context = {
        "team": team,
        "period": period,
        "chart": drawing(found, link),
        "key": key(),
        "lines": table(found, link),
        "number": sum(group.number for group in found),
        "assumed": sum(group.assumed for group in found),
        "definitions": DEFINITIONS,
        "is_whole": sees_all(user, Permission.REPORTS, team),
        "form": form or PublishForm(None, quarters=quarters),
        "quarters": quarters,
        "publications": team.publications.select_related("by"),
        "k": K,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "web/figures/platforms.html", context, status=status)


@mine
@require_POST
def publish_figures(request: HttpRequest, slug: str) -> HttpResponse:
    """Fix the anonymised figures of some quarters."""
    team, user = team_or_404(request, slug, Permission.REPORTS), user_of(request)
    today = user.today(timezone.now())
    form = PublishForm(request.POST, quarters=periods(team, today))
    if form.is_valid():
        since, until = (date.fromisoformat(form.cleaned_data[name]) for name in ("since", "until"))
        try:
            publish(team, since=since, until=until, by=user, today=today)
        except NotPossible as error:
            form.add_error("until", str(error))
        else:
            messages.success(request, gettext("The figures are fixed, and can be published."))
            return redirect("team-platforms", slug=slug)
    return _platforms_page(request, team, form)


@mine
@require_safe
def publication(request: HttpRequest, slug: str, pk: int, kind: str) -> HttpResponseBase:
    """Published figures as a file: CSV, JSON or PDF."""
    team = team_or_404(request, slug, Permission.REPORTS)
    found = get_object_or_404(team.publications, pk=pk)
    name = f"platforms-{found.since:%Y-%m}-{found.until:%Y-%m}.{kind}"
    made = FILES.get(kind)
    if made is None:
        raise Http404
    try:
        content, content_type = made(found)
    except (MissingEngine, NoGlyph) as error:
        messages.error(request, str(error))
        return redirect("team-platforms", slug=slug)
    return _file(content, content_type, name)


def _file(content: str | bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


FILES: dict[str, Callable[[Publication], tuple[str | bytes, str]]] = {
    "csv": lambda one: ("".join(csv_lines(one.content)), "text/csv; charset=utf-8"),
    "json": lambda one: (as_json(one.content), "application/json; charset=utf-8"),
    "pdf": lambda one: (
        paper.published(one, language=get_language() or "en", paper="a4"),
        "application/pdf",
    ),
}


@mine
@require_safe
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """The report of a team over a period, on paper, for its own people."""
    team, user = team_or_404(request, slug, Permission.REPORTS), user_of(request)
    today = user.today(timezone.now())
    period = PeriodForm(request.GET)
    try:
        made = paper.internal(
            team,
            user,
            since=period.day("since"),
            until=period.day("until"),
            today=today,
            language=get_language() or "en",
            paper="a4",
        )
    except (MissingEngine, NoGlyph) as error:
        messages.error(request, str(error))
        return redirect("team-platforms", slug=slug)
    note(team, "report.exported", by=user)
    return _file(made, "application/pdf", f"report-{today:%Y-%m-%d}.pdf")
