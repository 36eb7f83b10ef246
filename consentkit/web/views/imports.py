"""People from a spreadsheet: upload, columns, what was found row by row, and how far it is.

Nothing is entered before somebody has looked at what was found and said so.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from consentkit.imports import actions
from consentkit.imports.models import Import
from consentkit.imports.reading import PROBLEMS, Format, NotRead
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.roles import Permission
from consentkit.web.doors import behind_the_door, team_or_404, today_of, user_of
from consentkit.web.htmx import page_or_fragment
from consentkit.web.teamwork.importing import (
    ColumnsForm,
    ConfirmForm,
    FormatForm,
    RowsPage,
    UploadForm,
    errors_csv,
    template_csv,
)
from consentkit.web.uploads import takes_files, too_large

SHOWN = 50
State = Import.State


@takes_files
@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest, slug: str) -> HttpResponse:
    """The imports of a team, and a new one."""
    team = team_or_404(request, slug, Permission.CAMPAIGNS)
    posted = request.method == "POST"
    form = UploadForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        team=team,
        initial={"campaign": request.GET.get("campaign", "")},
    )
    if posted and too_large(request):
        form.add_error("file", str(PROBLEMS["too_large"]))
    if posted and form.is_valid():
        content = form.cleaned_data["file"].read()
        try:
            made = actions.begin(team, content, by=user_of(request), campaign=form.chosen())
        except NotRead as error:
            form.add_error("file", str(PROBLEMS[error.problem]))
        except NotPossible as error:
            form.add_error("campaign", str(error))
        else:
            return redirect("import-columns", team.slug, made.pk)
    rows = Import.objects.filter(team=team).select_related("campaign", "by")
    context = {"team": team, "form": form, "rows": rows.defer("file", "header")[:SHOWN]}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "web/imports/list.html", context, status=status)


@behind_the_door
@require_safe
def template(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A spreadsheet to begin with."""
    team_or_404(request, slug, Permission.CAMPAIGNS)
    return _csv(template_csv(), "people.csv")


def _csv(lines: object, name: str) -> HttpResponseBase:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")  # type: ignore[arg-type]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _import(request: HttpRequest, slug: str, pk: int) -> Import:
    team = team_or_404(request, slug, Permission.CAMPAIGNS)
    rows = Import.objects.select_related("team", "campaign", "by")
    return get_object_or_404(rows, team=team, pk=pk)


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What the columns are."""
    made = _import(request, slug, pk)
    if made.state not in (State.COLUMNS, State.CHECKED) or made.file is None:
        return redirect("import", slug, pk)
    posted = request.method == "POST"
    rereads = posted and request.POST.get("do") == "read"
    reading = FormatForm(request.POST if rereads else None, made=made)
    if rereads and reading.is_valid():
        form = Format(reading.cleaned_data["encoding"], reading.cleaned_data["delimiter"])
        try:
            actions.read_as(made, form, by=user_of(request))
        except NotRead as error:
            reading.add_error(None, str(PROBLEMS[error.problem]))
        except NotPossible as error:
            reading.add_error(None, str(error))
        else:
            return redirect("import-columns", slug, pk)
    sample = [line.cells for line in actions.sample(made)]
    chosen = ColumnsForm(request.POST if posted and not rereads else None, made=made, sample=sample)
    if chosen.is_bound and chosen.is_valid():
        try:
            actions.choose(made, *chosen.chosen(), by=user_of(request), on=today_of(request))
        except NotPossible as error:
            chosen.add_error(None, str(error))
        else:
            return redirect("import", slug, pk)
    context = {"team": made.team, "made": made, "form": chosen, "reading": reading}
    wrong = (chosen.is_bound and chosen.errors) or (reading.is_bound and reading.errors)
    return render(request, "web/imports/columns.html", context, status=422 if wrong else 200)


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def import_(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What was found, row by row; how far it is; and what came of it."""
    made = _import(request, slug, pk)
    if made.state == State.COLUMNS and request.method != "POST":
        return redirect("import-columns", slug, pk)
    form = ConfirmForm(request.POST if request.POST.get("do") == "confirm" else None)
    if request.method == "POST":
        try:
            if request.POST.get("do") == "stop":
                actions.stop(made, by=user_of(request))
                return redirect("import", slug, pk)
            if form.is_bound and form.is_valid():
                actions.confirm(made, by=user_of(request))
                return redirect("import", slug, pk)
        except NotPossible as error:
            messages.error(request, str(error))
            return redirect("import", slug, pk)
    only_wrong = request.GET.get("only") == "wrong"
    page = RowsPage(made, user_of(request), _number(request.GET.get("from")), only_wrong=only_wrong)
    context = {
        "team": made.team,
        "made": made,
        "form": form,
        "page": page,
        "problem": PROBLEMS.get(made.problem, ""),
        "kept": made.blocks.exists(),
    }
    status = 422 if form.is_bound and form.errors else 200
    return page_or_fragment(
        request, "web/imports/import.html", "web/imports/_progress.html", context, status=status
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else 0


@behind_the_door
@require_safe
def errors(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """The rows that were not entered, to put right and bring again."""
    made = _import(request, slug, pk)
    note(made.team, "import.errors", by=user_of(request), thing="import", thing_id=made.pk)
    return _csv(errors_csv(made), "errors.csv")
