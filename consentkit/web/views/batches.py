"""Work on many cases of a team at once: choosing them, looking at what would be done, doing it.

Cases are chosen by a selection, which stands in the address, or by ticked rows, which are posted.
Whoever wants to do it sees the result of the check first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consentkit.campaigns import batches as actions
from consentkit.campaigns import volumes
from consentkit.campaigns.jobs import JOBS, next_letter, problem_of
from consentkit.campaigns.models import Batch, BatchFile, BatchItem
from consentkit.cases.models import Case, CaseQuerySet
from consentkit.cases.selection import Selection
from consentkit.teams.access import may
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import Team
from consentkit.teams.roles import Permission
from consentkit.web.doors import behind_the_door, case_or_404, team_or_404, today_of, user_of
from consentkit.web.htmx import page_or_fragment
from consentkit.web.teamwork.batching import (
    ORDERS,
    PAGE,
    BatchPage,
    ChaseForm,
    LettersForm,
    PostedForm,
    RateForm,
    WhichForm,
)

SHOWN = 50
# What is chosen where nobody chose anything.
AT_FIRST = {
    Batch.Kind.LETTERS: Selection(stage="draft"),
    Batch.Kind.CHASE: Selection(show="late"),
}


def _batch(request: HttpRequest, slug: str, pk: int) -> Batch:
    team = team_or_404(request, slug, Permission.CAMPAIGNS)
    found = Batch.objects.select_related("team", "by", "source")
    return get_object_or_404(found, team=team, pk=pk)


# The list -----------------------------------------------------------------------------------------


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def batches(request: HttpRequest, slug: str) -> HttpResponse:
    """What has been done with many cases at once, the latest first; how fast e-mails go out."""
    team = team_or_404(request, slug, Permission.CAMPAIGNS)
    manages = may(user_of(request), Permission.MANAGE, team)
    posted = request.POST if request.method == "POST" else None
    if posted is not None and not manages:
        raise Http404
    form = RateForm(posted, initial={"mails_an_hour": team.mails_an_hour})
    if form.is_valid():
        team.mails_an_hour = form.cleaned_data["mails_an_hour"]
        team.save(update_fields=["mails_an_hour"])
        rate = {"mails_an_hour": team.mails_an_hour}
        note(team, "team.changed", by=user_of(request), details=rate)
        messages.success(request, gettext("Saved."))
        return redirect("batches", slug=slug)
    rows = Batch.objects.filter(team=team).select_related("by")[:SHOWN]
    context = {"team": team, "rows": rows, "form": form if manages else None}
    return render(request, "web/batches/list.html", context, status=422 if form.errors else 200)


# Choosing -----------------------------------------------------------------------------------------


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: HttpRequest, slug: str) -> HttpResponse:
    """Letters of many cases, to be printed."""
    return _choose(request, slug, Batch.Kind.LETTERS)


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def chase(request: HttpRequest, slug: str) -> HttpResponse:
    """The next letter of many cases."""
    return _choose(request, slug, Batch.Kind.CHASE)


def _choose(request: HttpRequest, slug: str, kind: Batch.Kind) -> HttpResponse:
    team = team_or_404(request, slug, Permission.CAMPAIGNS)
    user, permission = user_of(request), JOBS[kind].permission
    reached = Case.objects.within(user, permission).filter(team=team)
    codes = [] if request.POST.get("all") == "yes" else request.POST.getlist("case")
    if "ticked" in request.POST and not codes and request.POST.get("all") != "yes":
        return _nothing_ticked(request)
    selection = _selection(request, team, kind)
    chosen = (
        reached.filter(code__in=codes)
        if codes
        else selection.cases(user, permission, today_of(request)).filter(team=team)
    )
    begins = "begin" in request.POST
    form = _form(kind, request.POST if begins else None, chosen)
    if begins and form.is_valid():
        try:
            batch = _begin(request, team, kind, chosen, form, selection, codes)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return redirect("batch", slug=slug, pk=batch.pk)
    context = {
        "team": team,
        "kind": kind,
        "form": form,
        "which": WhichForm(selection, team, reached),
        "codes": codes,
        "query": selection.query(),
        "number": chosen.count(),
        "sample": chosen.order_by("next_on", "pk").defer("hold_reason")[:5],
        "most": actions.MOST,
    }
    return render(request, "web/batches/new.html", context, status=422 if form.errors else 200)


def _nothing_ticked(request: HttpRequest) -> HttpResponse:
    """Back to the list, which may have shown less than its filter lets through: found by words."""
    messages.error(request, gettext("Tick the cases in the list first, or choose all of them."))
    query = Selection.from_query(QueryDict(request.POST.get("selection", ""))).query()
    return redirect(reverse("cases") + (f"?{query}" if query else ""))


def _selection(request: HttpRequest, team: Team, kind: Batch.Kind) -> Selection:
    """What the address or the filter of a list says, or the form in which it was kept."""
    told: Mapping[str, Any] = {**request.GET.dict(), **request.POST.dict()}
    if "selection" in request.POST:
        told = QueryDict(request.POST["selection"])
    selection = Selection.from_query(told)
    if not selection.parts().keys() - {"team"}:
        selection = AT_FIRST[kind]
    return replace(selection, team=team.slug)


def _form(
    kind: Batch.Kind, posted: QueryDict | None, chosen: CaseQuerySet
) -> LettersForm | ChaseForm:
    if kind == Batch.Kind.LETTERS:
        return LettersForm(posted, initial={"order": "next", "double_sided": False})
    laws = chosen.order_by().values_list("law", flat=True).distinct()
    return ChaseForm(posted, sorted(laws))


def _begin(
    request: HttpRequest,
    team: Team,
    kind: Batch.Kind,
    chosen: CaseQuerySet,
    form: LettersForm | ChaseForm,
    selection: Selection,
    codes: list[str],
) -> Batch:
    told = form.cleaned_data
    order, _label = ORDERS[told.get("order") or "next"]
    ids = list(chosen.order_by(*order).values_list("pk", flat=True)[: actions.MOST + 1])
    return actions.begin(
        team,
        kind,
        ids,
        by=user_of(request),
        step=told.get("step", ""),
        options={"double_sided": bool(told.get("double_sided"))} if kind == "letters" else {},
        words=form.words() if isinstance(form, ChaseForm) else {},
        selection={"ticked": len(codes)} if codes else {"query": selection.query()},
    )


# One batch ----------------------------------------------------------------------------------------


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """How far it is, what cannot be done and why; and what can be decided about it."""
    found, user = _batch(request, slug, pk), user_of(request)
    if request.method == "POST":
        act = ACTS.get(request.POST.get("do", ""))
        if act is None:
            raise Http404
        if not act(found, by=user):
            messages.warning(request, gettext("That cannot be done any more. Look at it again."))
        return redirect("batch", slug=slug, pk=pk)
    page = _page(request, found)
    rows = page.rows()
    files = [one for kind in BatchFile.Kind if (one := volumes.file_for(found, kind, user))]
    context = {
        "team": found.team,
        "batch": found,
        "page": page,
        "rows": rows[:PAGE],
        "more_from": rows[PAGE].item.position if len(rows) > PAGE else 0,
        "files": files,
        "others_see_more": found.files.exists() and not files,
        "followers": list(found.followers.order_by("pk")),
        "sends": may(user, Permission.SEND, found.team),
    }
    response = page_or_fragment(
        request, "web/batches/batch.html", "web/batches/_progress.html", context
    )
    if getattr(request, "htmx", None) and not page.is_running:
        response.headers["HX-Refresh"] = "true"  # what can be done with it has changed
    return response


ACTS = {
    "make": actions.make,
    "cancel": actions.cancel,
    "again": actions.again,
    "discard": volumes.discard,
}


def _page(request: HttpRequest, found: Batch) -> BatchPage:
    state, start = request.GET.get("state", ""), request.GET.get("from", "")
    return BatchPage(
        found,
        user_of(request),
        request,
        timezone.now(),
        state=state if state in BatchItem.State.values else "",
        start=int(start) if start.isdecimal() and len(start) < 7 else 1,
    )


@behind_the_door
@require_safe
def letter(request: HttpRequest, slug: str, pk: int, position: int) -> HttpResponse:
    """The letter of one case of a chase, as it would be made; nothing is kept of it."""
    found = _batch(request, slug, pk)
    reached = Case.objects.within(user_of(request), Permission.DRAFT)
    items = found.items.select_related("case__client").filter(case__in=reached)
    item = get_object_or_404(items, position=position)
    case_or_404(request, item.case.code, Permission.DRAFT)  # who saw it is noted
    if item.letter:
        return redirect("case-letter", code=item.case.code, number=item.letter)
    if found.kind != Batch.Kind.CHASE:
        raise Http404
    item.batch = found
    context: dict[str, Any] = {"team": found.team, "batch": found, "item": item}
    try:
        context["draft"] = next_letter(item, today_of(request))
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        context["problem"] = actions.PROBLEMS[problem.key]
    return render(request, "web/batches/letter.html", context)


@behind_the_door
@require_safe
def file(request: HttpRequest, slug: str, pk: int, kind: str) -> HttpResponseBase:
    """All letters of a batch as one file. Who took it is noted."""
    found = _batch(request, slug, pk)
    kept = volumes.file_for(found, kind, user_of(request))
    if kept is None:
        raise Http404
    if request.method != "HEAD":
        volumes.taken_away(kept, by=user_of(request))
    type_ = "application/pdf" if kind == BatchFile.Kind.PDF else "application/zip"
    response = StreamingHttpResponse(volumes.pieces(kept), content_type=type_)
    response["Content-Length"] = str(kept.size)
    response["Content-Disposition"] = f'attachment; filename="letters-{found.pk}.{kind}"'
    return response


# What comes after ---------------------------------------------------------------------------------


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def posted(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Record of all letters of a batch that they were posted."""
    found = _batch(request, slug, pk)
    form = PostedForm(request.POST if request.method == "POST" else None, today_of(request))
    if form.is_valid():
        on, way = form.cleaned_data["on"], form.cleaned_data["way"]
        options = {"on": on.isoformat()}
        try:
            made = actions.follow(
                found, Batch.Kind.POSTING, by=user_of(request), step=way, options=options
            )
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return redirect("batch", slug=slug, pk=made.pk)
    number = found.items.filter(state=BatchItem.State.DONE).count()
    context = {"team": found.team, "batch": found, "form": form, "number": number}
    return render(request, "web/batches/posted.html", context, status=422 if form.errors else 200)


@behind_the_door
@require_POST
def send(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Send the letters of a batch by e-mail: they are checked first."""
    return _follow(request, slug, pk, Batch.Kind.SENDING, {})


@behind_the_door
@require_POST
def print_(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Put the letters that a chase made together for the printer: they are checked first."""
    options = {"double_sided": "double_sided" in request.POST}
    return _follow(request, slug, pk, Batch.Kind.LETTERS, options)


def _follow(
    request: HttpRequest, slug: str, pk: int, kind: str, options: Mapping[str, object]
) -> HttpResponse:
    found = _batch(request, slug, pk)
    try:
        made = actions.follow(found, kind, by=user_of(request), options=options)
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("batch", slug=slug, pk=pk)
    return redirect("batch", slug=slug, pk=made.pk)
