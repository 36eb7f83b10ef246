"""The desk: tags, people, saved views, notes, time, outcomes, and exports for the office."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from consentkit.cases.assignment import MANY, assign
from consentkit.cases.models import Case
from consentkit.cases.selection import SHOW, Selection
from consentkit.correspondence.archive.writing import Sink
from consentkit.office import exports, hours, notes, outcomes, saved, tags
from consentkit.teams.actions import NotPossible, teams_for
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission
from consentkit.web.casework.board import Board, Filter
from consentkit.web.casework.desk import (
    AssignForm,
    CaseOutcomeForm,
    Chosen,
    ExportForm,
    NoteForm,
    OutcomeForm,
    StopForm,
    TagsForm,
    TimeForm,
    ViewForm,
)
from consentkit.web.doors import case_or_404, mine, permissions, team_or_404, user_of

MANY_TAGGED = 5_000  # cases that are tagged while somebody waits


def _status(form: Any) -> int:
    return 422 if form.errors else 200


# Many cases at once -------------------------------------------------------------------------------


def chosen(request: HttpRequest, permission: Permission) -> Chosen:
    """The cases that the list's form means, of those with which somebody may do something."""
    user = user_of(request)
    board = Board(
        user, Filter(request.POST, user), user.today(timezone.now()), permission=permission
    )
    return Chosen(board, request.POST)


def back_to_list(found: Chosen) -> str:
    """The list as it was, but for the words that were searched for."""
    query = found.board.filter.selection.query()
    return reverse("cases") + (f"?{query}" if query else "")


@mine
@require_POST
def tag_many(request: HttpRequest) -> HttpResponse:
    """Put tags on the chosen cases, or take them off."""
    found = chosen(request, Permission.RECORD)
    count = found.cases().count()
    doing = request.POST.get("do") if count else None
    form = TagsForm(request.POST if doing else None)
    if doing and form.is_valid():
        act = tags.take_off if doing == "off" else tags.put
        try:
            if count > MANY_TAGGED:
                raise NotPossible(gettext("These are too many at once. Narrow the list down."))
            cases = found.cases().only("pk")
            done = act(cases, tags.split(form.cleaned_data["tags"]), by=user_of(request))
        except NotPossible as error:
            form.add_error("tags", str(error))
        else:
            said = ngettext("%(number)s case was changed.", "%(number)s cases were changed.", done)
            messages.success(request, said % {"number": done})
            return redirect(back_to_list(found))
    context = {
        "form": form,
        "count": count,
        "hidden": found.hidden(),
        "back": back_to_list(found),
        "known": sorted(found.board.filter.tags.values(), key=str.casefold),
    }
    return render(request, "web/desk/tag.html", context, status=_status(form))


@mine
@require_POST
def assign_many(request: HttpRequest) -> HttpResponse:
    """Let somebody answer for the chosen cases, or watch their dates."""
    found = chosen(request, Permission.ASSIGN)
    cases = found.cases().filter(team__isnull=False)
    count, user = cases.count(), user_of(request)
    told = request.POST if count and request.POST.get("do") else None
    form = AssignForm(told, people=found.board.filter.people)
    if told is not None and form.is_valid():
        people = User.objects.in_bulk(
            [pk for pk in (form.cleaned_data["owner"], form.cleaned_data["second"]) if pk]
        )
        try:
            done = assign(
                list(cases.only("pk")[: MANY + 1]),
                owner=people.get(form.cleaned_data["owner"]),
                second=people.get(form.cleaned_data["second"]),
                memo=form.cleaned_data["memo"],
                by=user,
                on=found.board.today,
            )
        except NotPossible as error:
            form.add_error("owner", str(error))
        else:
            _say_moved(request, done.moved, done.stayed)
            return redirect(back_to_list(found))
    context = {
        "form": form,
        "count": count,
        "hidden": found.hidden(),
        "back": back_to_list(found),
    }
    return render(request, "web/desk/assign.html", context, status=_status(form))


def _say_moved(request: HttpRequest, moved: int, stayed: int) -> None:
    said = ngettext("%(number)s case is assigned.", "%(number)s cases are assigned.", moved)
    messages.success(request, said % {"number": moved})
    if stayed:
        left = ngettext(
            "%(number)s case stayed as it was: it was so already, or this person may not have it.",
            "%(number)s cases stayed as they were: they were so already, or this person may not "
            "have them.",
            stayed,
        )
        messages.warning(request, left % {"number": stayed})


# Saved views --------------------------------------------------------------------------------------


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def views(request: HttpRequest) -> HttpResponse:
    """The saved views, and a new one where the list asked for it."""
    user = user_of(request)
    teams = list(teams_for(user))
    told = request.POST if request.method == "POST" else None
    selection = Selection.from_query((told or request.GET).dict())
    form = ViewForm(told, teams=teams, initial=selection.team)
    if told is not None and form.is_valid():
        team = next((one for one in teams if one.slug == form.cleaned_data["share"]), None)
        try:
            saved.save(selection, form.cleaned_data["name"], by=user, team=team)
        except NotPossible as error:
            form.add_error("share", str(error))
        else:
            messages.success(request, gettext("The view is saved. It stands above your list."))
            return redirect(f"{reverse('cases')}?{selection.query()}")
    return _views_page(request, form, selection, teams)


def _views_page(
    request: HttpRequest, form: Any, selection: Selection, teams: list[Team]
) -> HttpResponse:
    user = user_of(request)
    rows = list(saved.views_of(user).select_related("team"))
    context = {
        "rows": [(one, one.owner_id == user.pk) for one in rows],
        "form": form,
        "selection": selection,
        "is_new": bool(selection.parts()),
        "told": in_words(selection, Filter(_as_told(request, selection), user)),
    }
    return render(request, "web/desk/views.html", context, status=_status(form))


def _as_told(request: HttpRequest, selection: Selection) -> Any:
    told = request.GET.copy()
    told.clear()
    told.update(selection.parts())
    return told


def in_words(selection: Selection, form: Filter) -> list[tuple[str, str]]:
    """What a selection narrows to, as label and words."""
    found = [(gettext("Which cases"), str(SHOW[selection.shown]))]
    for name in selection.parts():
        field = form.fields.get(name)
        choices = {str(key): str(label) for key, label in getattr(field, "choices", ())}
        if name not in ("show", "step") and field is not None:
            value = getattr(selection, name)
            found.append((str(field.label), choices.get(value, value)))
    return found


@mine
@require_POST
def view_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, move or delete a view that one has made."""
    user = user_of(request)
    view = get_object_or_404(saved.changeable(user).select_related("team"), pk=pk)
    match request.POST.get("do"):
        case "delete":
            saved.delete(view, by=user)
            messages.success(request, gettext("The view is deleted. The cases stay."))
        case "earlier" | "later" as way:
            saved.move(view, earlier=way == "earlier")
        case _:
            try:
                saved.rename(view, request.POST.get("name", ""))
            except NotPossible as error:
                messages.error(request, str(error))
            else:
                messages.success(request, gettext("Saved."))
    return redirect("cases-views")


# Tags and notes of a case -------------------------------------------------------------------------


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_tags(request: HttpRequest, code: str) -> HttpResponse:
    """Put tags on a case, or take one off."""
    case = case_or_404(request, code, Permission.RECORD)
    user = user_of(request)
    told = request.POST if request.method == "POST" else None
    if told is not None and "off" in told:
        try:
            tags.take_off([case], [told["off"]], by=user)
        except NotPossible as error:
            messages.error(request, str(error))
        return redirect("case-tags", code)
    form = TagsForm(told)
    if told is not None and form.is_valid():
        try:
            tags.put([case], tags.split(form.cleaned_data["tags"]), by=user)
        except NotPossible as error:
            form.add_error("tags", str(error))
        else:
            return redirect(case)
    here = sorted((one.name for one in case.tags.all()), key=str.casefold)
    teams = [case.team] if case.team is not None else []
    known = tags.in_use(user, teams)
    context = {
        "case": case,
        "form": form,
        "here": here,
        "known": sorted({one.name for one in known} - set(here), key=str.casefold),
    }
    return render(request, "web/desk/case_tags.html", context, status=_status(form))


def _of_a_team(case: Case) -> Team:
    if case.team is None:
        raise Http404
    return case.team


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_notes(request: HttpRequest, code: str) -> HttpResponse:
    """The internal notes of a team's case; a new one."""
    writes = request.method == "POST"
    case = case_or_404(request, code, Permission.RECORD if writes else Permission.VIEW)
    _of_a_team(case)
    form = NoteForm(request.POST if writes else None)
    if writes and form.is_valid():
        try:
            notes.write(case, form.cleaned_data["text"], by=user_of(request))
        except NotPossible as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, gettext("The note is there."))
            return redirect(f"{case.get_absolute_url()}#notes")
    context = {
        "case": case,
        "form": form,
        "notes": case.notes.select_related("author").order_by("-at", "-pk"),
        "may": permissions(request, case),
    }
    return render(request, "web/desk/notes.html", context, status=_status(form))


# Time ---------------------------------------------------------------------------------------------


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_time(request: HttpRequest, code: str) -> HttpResponse:
    """The time spent on a team's case; typing some in, and taking one's own away."""
    writes = request.method == "POST"
    case = case_or_404(request, code, Permission.RECORD if writes else Permission.VIEW)
    _of_a_team(case)
    user, now = user_of(request), timezone.now()
    told = request.POST if writes else None
    if told is not None and "discard" in told:
        number = told["discard"]
        own = case.time_entries.filter(user=user, minutes__isnull=False)
        hours.discard(get_object_or_404(own, pk=int(number) if number.isdecimal() else 0))
        messages.success(request, gettext("The entry is gone."))
        return redirect("case-time", code)
    form = TimeForm(told, initial={"day": user.today(now)})
    if told is not None and form.is_valid():
        try:
            hours.enter(case, by=user, now=now, **form.cleaned_data)
        except NotPossible as error:
            form.add_error("day", str(error))
        else:
            messages.success(request, gettext("The time is kept."))
            return redirect("case-time", code)
    ended = case.time_entries.filter(minutes__isnull=False).select_related("user")
    context = {
        "case": case,
        "form": form,
        "entries": ended.order_by("-day", "-pk"),
        "total": ended.aggregate(total=Sum("minutes"))["total"] or 0,
        "may": permissions(request, case),
    }
    return render(request, "web/desk/time.html", context, status=_status(form))


@mine
@require_POST
def timer_start(request: HttpRequest, code: str) -> HttpResponse:
    """Start one's timer on a team's case."""
    case = case_or_404(request, code, Permission.RECORD)
    _of_a_team(case)
    try:
        hours.start(case, by=user_of(request), now=timezone.now())
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect("timer")
    messages.success(request, gettext("Your timer runs."))
    return redirect(case)


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def timer(request: HttpRequest) -> HttpResponse:
    """One's running timer: stop it, or take it away."""
    user, now = user_of(request), timezone.now()
    entry = hours.running(user)
    if entry is None:
        messages.info(request, gettext("Your timer does not run."))
        return redirect("cases")
    forgotten = hours.was_forgotten(entry, now)
    if request.method == "POST" and "discard" in request.POST:
        hours.discard(entry)
        messages.success(request, gettext("The timer is gone, and no time is kept."))
        return redirect(entry.case)
    told = request.POST if request.method == "POST" else None
    initial = {} if forgotten else {"minutes": min(hours.minutes_of(entry, now), hours.DAY)}
    form = StopForm(told, initial=initial)
    if told is not None and form.is_valid():
        try:
            hours.stop(entry, now=now, **form.cleaned_data)
        except NotPossible as error:
            form.add_error("minutes", str(error))
        else:
            messages.success(request, gettext("The time is kept."))
            return redirect(entry.case)
    context = {"entry": entry, "case": entry.case, "form": form, "forgotten": forgotten}
    return render(request, "web/desk/timer.html", context, status=_status(form))


# Outcomes -----------------------------------------------------------------------------------------


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def team_outcomes(request: HttpRequest, slug: str) -> HttpResponse:
    """The team's table of outcomes: add one, rename one, let nobody choose it any more."""
    team = team_or_404(request, slug, Permission.MANAGE)
    user, told = user_of(request), request.POST if request.method == "POST" else None
    key = told.get("key", "") if told is not None else ""
    form = OutcomeForm(told)
    if told is not None and form.is_valid():
        try:
            if key:
                outcomes.change(team, key, by=user, **form.cleaned_data)
            else:
                outcomes.add(team, form.cleaned_data["name"], by=user)
        except NotPossible as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, gettext("Saved."))
            return redirect("team-outcomes", slug)
    rows = [(one, form if one.key == key else _filled(one)) for one in outcomes.outcomes_of([team])]
    context = {
        "team": team,
        "rows": rows,
        "form": form if told is not None and not key else OutcomeForm(),
        "wrong": form if form.errors else None,
    }
    return render(request, "web/desk/outcomes.html", context, status=_status(form))


def _filled(one: outcomes.Outcome) -> OutcomeForm:
    return OutcomeForm(auto_id=f"{one.key}-%s", initial={"name": one.name, "retired": one.retired})


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_outcome(request: HttpRequest, code: str) -> HttpResponse:
    """Say what came of a team's case, or put it right."""
    case = case_or_404(request, code, Permission.CLOSE)
    choices = outcomes.to_choose(_of_a_team(case))
    told = request.POST if request.method == "POST" else None
    form = CaseOutcomeForm(told, choices=choices, now=case.outcome)
    if told is not None and form.is_valid():
        outcomes.choose(case, form.cleaned_data["outcome"], by=user_of(request))
        messages.success(request, gettext("Saved."))
        return redirect(case)
    context = {"case": case, "form": form}
    return render(request, "web/desk/outcome.html", context, status=_status(form))


# Exports ------------------------------------------------------------------------------------------


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def team_exports(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Matters, parties, time and outcomes for the office's own system of record."""
    team = team_or_404(request, slug, Permission.EXPORT)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        what, bom, user = form.cleaned_data["what"], form.cleaned_data["bom"], user_of(request)
        note(team, "office.exported", by=user, details={"what": what})
        if what == "all":
            pieces = zipped(
                (f"{name}.csv", _bytes(file, team, user, bom=bom))
                for name, file in exports.FILES.items()
            )
            return _download(pieces, "consentkit-export.zip", "application/zip")
        file = exports.FILES[what]
        return _download(
            _bytes(file, team, user, bom=bom), f"{what}.csv", "text/csv; charset=utf-8"
        )
    context = {"team": team, "form": form, "files": exports.FILES.values()}
    return render(request, "web/desk/exports.html", context, status=_status(form))


def _bytes(file: exports.File, team: Team, user: User, *, bom: bool) -> Iterator[bytes]:
    return (line.encode() for line in exports.lines(file, team, user, bom=bom))


def _download(pieces: Iterable[bytes], name: str, kind: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def zipped(files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """Files as a ZIP file, piece by piece."""
    sink = Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in files:
            with archive.open(name, "w") as member:
                for piece in pieces:
                    member.write(piece)
                    if taken := sink.take():
                        yield taken
    yield sink.take()
