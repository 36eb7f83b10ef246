"""Cases: the list, the page of one, and what can be told or changed there."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TypeVar

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consentkit.cases import actions
from consentkit.cases.actions import Held
from consentkit.cases.log import KINDS, BadFact, Fact, Label
from consentkit.cases.models import Case, Proposal
from consentkit.cases.naming import name_of
from consentkit.cases.posture import assess
from consentkit.cases.selection import TABS
from consentkit.clients.models import Client
from consentkit.correspondence.attachments import keep_file
from consentkit.correspondence.erasure import delete_case
from consentkit.correspondence.models import Attachment
from consentkit.letters.actions import freeze
from consentkit.letters.certificate import Certificate, certificate
from consentkit.letters.compose import compose
from consentkit.letters.envelope import AddressTooLong
from consentkit.letters.follow_up import next_steps
from consentkit.letters.house_texts import versions_in
from consentkit.letters.models import Letter
from consentkit.letters.render import MissingEngine, NoGlyph
from consentkit.office.outcomes import choose
from consentkit.office.saved import views_of
from consentkit.teams.access import client_reach, role_in
from consentkit.teams.access import may as allowed
from consentkit.teams.audit import note
from consentkit.teams.models import User
from consentkit.teams.roles import Permission
from consentkit.templatetags.reading import written
from consentkit.web.casework.board import Board, Filter, csv_lines
from consentkit.web.casework.forms import CloseForm, DeleteForm, HoldForm, ReasonForm
from consentkit.web.casework.page import CasePage, DateRow
from consentkit.web.casework.recording import (
    FactForm,
    by_hand,
    groups,
    likely,
    moved,
    needed,
    would_change,
)
from consentkit.web.casework.words import STAGES, choice_title
from consentkit.web.doors import case_or_404, may, mine, permissions, today_of, user_of
from consentkit.web.uploads import takes_files, too_large

Response = TypeVar("Response", bound=HttpResponseBase)


def _sends(request: HttpRequest, case: Case) -> bool:
    """Whether somebody may let the letters of a case go out."""
    return case.team_id is None or may(request, case, Permission.SEND)


# The list -----------------------------------------------------------------------------------------


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def cases(request: HttpRequest) -> HttpResponse:
    """Every case of somebody's, narrowed. What is looked for is posted: it stands in no address."""
    board = _board(request)
    told = board.filter
    context = {
        "board": board,
        "form": told,
        "team": next((one for one in told.teams if one.slug == told.selection.team), None),
        "show": [(key, label, key == told.shown) for key, label in TABS.items()],
        "narrowed": told.is_narrowed,
        "views": [(one, one.query == told.selection.query()) for one in views_of(board.user)],
        "batches": _batches(board),
        "anchors": ANCHORS,
    }
    return render(request, "web/cases/list.html", context)


# Where on the page of a case stands what words were found in.
ANCHORS = {"note": "notes", "log": "log-title", "letter": "letters-title"}
# What the workers do with the chosen cases of a team, where that is offered.
BATCHES = (
    ("batch-letters", _("Print letters"), Permission.SEND),
    ("batch-chase", _("Make the next letters"), Permission.DRAFT),
)


def _batches(board: Board) -> list[tuple[str, Label]]:
    """Where work on the chosen cases of one team begins, for whoever may begin it."""
    asked = board.filter.selection.team
    teams = [team for team in board.filter.teams if team.slug == asked]
    if not asked and len(board.filter.teams) == 1:
        teams = board.filter.teams
    if not teams:
        return []
    role = role_in(board.user, teams[0])
    may = role.may if role else frozenset()
    found: list[tuple[str, Label]] = []
    for name, label, permission in BATCHES:
        if {Permission.CAMPAIGNS, permission} <= may:
            with suppress(NoReverseMatch):
                found.append((reverse(name, args=[teams[0].slug]), label))
    return found


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """The list for a spreadsheet: every case that the filter lets through, or the ticked ones."""
    board = _board(request, Permission.EXPORT)
    for team in board.filter.teams:
        if board.filter.value("team") in ("", team.slug) and allowed(
            board.user, Permission.EXPORT, team
        ):
            note(team, "cases.exported", by=board.user)
    ticked = "chosen" in request.POST and request.POST.get("all") != "yes"
    codes = request.POST.getlist("case") if ticked else None
    lines = csv_lines(board, request.build_absolute_uri("/").rstrip("/"), codes)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="cases.csv"'
    return response


def _board(request: HttpRequest, permission: Permission = Permission.VIEW) -> Board:
    told = request.POST if request.method == "POST" else request.GET.copy()
    if request.method != "POST":
        told.pop("q", None)
    user, after = user_of(request), str(told.get("after", ""))
    return Board(user, Filter(told, user), today_of(request), after, permission)


# One case -----------------------------------------------------------------------------------------


@mine
@require_safe
def case(request: HttpRequest, code: str) -> HttpResponse:
    """A case at a glance."""
    found = case_or_404(request, code)
    page = CasePage(found, today_of(request))
    rights = permissions(request, found)
    steps = next_steps(found, page.posture, page.today, sends=_sends(request, found))
    context = {
        "case": found,
        "page": page,
        "may": rights,
        "client": _client(request, found),
        "next_steps": steps if Permission.DRAFT in rights else [],
        "likely": likely(page.posture, rights),
        "groups": groups(page.posture, rights),
        "correspondence": found.messages.without_bodies(),
        "files": found.attachments.filter(message=None),
    }
    return render(request, "web/cases/detail.html", context)


def _client(request: HttpRequest, case: Case) -> Client | None:
    """The client of a case, for whoever reaches them."""
    if case.client_id is None or not isinstance(request.user, User):
        return None
    reached = Client.objects.filter(client_reach(request.user, Permission.VIEW))
    return reached.filter(pk=case.client_id).first()


@mine
@require_safe
def case_date(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """How one date was counted."""
    found = case_or_404(request, code)
    page = CasePage(found, today_of(request))
    row = _date_row(page, pk)
    if row is None:
        return _moved_date(request, page, pk)
    lines = row.lines(lambda day: written(day, request))
    evidence = page.evidence_of(row.due)
    context = {"case": found, "page": page, "row": row, "lines": lines, "evidence": evidence}
    return render(request, "web/cases/date.html", context)


def _moved_date(request: HttpRequest, page: CasePage, pk: int) -> HttpResponse:
    """A date that no longer counts says where it went."""
    old = get_object_or_404(page.case.deadlines, pk=pk)
    name = (old.key, old.right, old.letter)
    now = next((row for row in page.dates if row.due.identity == name and row.pk), None)
    context = {"case": page.case, "old": old, "title": name_of(old.key), "now": now}
    return render(request, "web/cases/date_moved.html", context)


def _date_row(page: CasePage, pk: int) -> DateRow | None:
    return next((row for row in page.dates if row.pk == pk), None)


@mine
@require_safe
def case_certificate(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """How one date was counted, on one page that somebody else can check."""
    found = case_or_404(request, code)
    page = CasePage(found, today_of(request))
    row = _date_row(page, pk)
    if row is None or row.due.deadline is None:
        raise Http404
    told = Certificate(
        law=page.law,
        right=row.due.right,
        place=found.place,
        deadline=row.due.deadline,
        evidence=page.evidence_of(row.due),
        made_on=page.today,
    )
    paper = "letter" if found.place.startswith("US") else "a4"
    try:
        made = certificate(told, language=get_language() or "en", paper=paper)
    except (MissingEngine, NoGlyph) as error:
        messages.error(request, _no_paper(error))
        return redirect("case-date", code=code, pk=pk)
    return _download(made, f"{found.reference}-{row.due.key}.pdf")


def _download(made: bytes, name: str, kind: str = "application/pdf") -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(made, content_type=kind, headers=headers)


def _no_paper(error: Exception) -> str:
    match error:
        case AddressTooLong():
            return gettext("The company's address is too long for the window of an envelope.")
        case NoGlyph():
            return gettext("No font on this server can print these characters: %(characters)s.") % {
                "characters": " ".join(error.characters)
            }
    return gettext("This site cannot make PDF files yet. Whoever runs it has to install something.")


# Letters ------------------------------------------------------------------------------------------


@mine
@require_safe
def case_letter(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A letter of a case: as it went out, with its hashes, or as it stands in draft."""
    found = case_or_404(request, code)
    letter = get_object_or_404(found.letters.defer("pdf"), number=number)
    page = CasePage(found, today_of(request))
    context = {
        "case": found,
        "letter": letter,
        "name": page.letter_name(number),
        "text": letter.text if letter.is_frozen else _draft_text(letter),
        "arrival": page.posture.arrivals.get(number),
        "sends": _sends(request, found),
        "house": versions_in(letter),
    }
    return render(request, "web/cases/sent_letter.html", context)


def _draft_text(letter: Letter) -> str:
    return compose(letter.letter_request()).text()


@mine
@require_safe
def case_letter_pdf(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The letter on paper, byte for byte as it went out."""
    found = case_or_404(request, code)
    letter = get_object_or_404(found.letters.exclude(frozen_at=None), number=number)
    return _download(letter.pdf, f"{found.reference}-{number}.pdf")


@mine
@require_safe
def case_letter_text(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The words of a letter that went out."""
    found = case_or_404(request, code)
    letters = found.letters.exclude(frozen_at=None).defer("pdf")
    letter = get_object_or_404(letters, number=number)
    name = f"{found.reference}-{number}.txt"
    return _download(letter.text.encode(), name, "text/plain; charset=utf-8")


# Telling what happened ----------------------------------------------------------------------------


@takes_files
@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_record(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Tell what happened: the form, then what it changes, then the log.

    ``known`` is how long the log was when the changes were shown; where it has grown since, they
    are shown again, so that nothing is recorded twice by a second click.
    """
    found = case_or_404(request, code, needed(kind))
    if by_hand(kind) is None:
        raise Http404
    today = today_of(request)
    posture = found.posture(facts := found.facts())
    told = request.POST if request.method == "POST" else None
    waiting = [number for number, one in posture.arrivals.items() if one.sent is None]
    if kind == "sent" and told is None and waiting:
        return redirect("case-send", code=code, number=waiting[-1])  # which also says how
    form = FactForm(
        told,
        request.FILES if told is not None else None,
        case=found,
        posture=posture,
        kind=kind,
        user=user_of(request),
        today=today,
    )
    step = request.POST.get("step", "")
    is_valid = told is not None and form.is_valid()
    files = _files(request, form)
    if not is_valid or form.errors or step == "change":
        return _form(request, form, {"files": files}, status=422 if form.errors else 200)
    try:
        changed, after = would_change(form)
    except BadFact as error:
        form.complain(error)
        return _form(request, form, {"files": files}, status=422)
    seen = step == "confirm" and request.POST.get("known") == str(len(facts))
    if not seen and (changed or form.contents or step == "confirm"):
        context = {
            "changed": changed,
            "stage": STAGES[after.stage] if after.stage != posture.stage else "",
            "known": len(facts),
            "again": step == "confirm",
            "files": files,
        }
        return _form(request, form, context, template="web/cases/confirm.html")
    try:
        _record(form, files)
    except BadFact as error:
        form.complain(error)
    except (MissingEngine, NoGlyph, AddressTooLong) as error:
        form.add_error(None, _no_paper(error))
    else:
        messages.success(request, gettext("It is in the log."))
        return redirect(found)
    return _form(request, form, {"files": files}, status=422)


def _files(request: HttpRequest, form: FactForm) -> list[Attachment]:
    """The files told with a fact. They are taken in at once, so that no mistake loses them, and
    belong to the fact as soon as it is in the log."""
    told = [int(pk) for pk in request.POST.getlist("kept") if pk.isascii() and pk.isdigit()]
    found = list(form.case.attachments.filter(pk__in=told, event=None, message=None))
    if form.is_bound and (trouble := too_large(request)):
        form.add_error("files", trouble)
        return found
    checked = getattr(form, "cleaned_data", {}).get("files") or []
    return [*found, *(keep_file(form.case, one, by=form.user) for one in checked)]


@transaction.atomic
def _record(form: FactForm, files: list[Attachment]) -> Fact:
    """Write it down. A letter that went out is final from then on."""
    on, arguably_on = form.days()
    if form.kind == "sent":
        freeze(form.case.letters.get(number=form.cleaned_data["letter"]))
    fact = actions.record(
        form.case,
        form.kind,
        on=on,
        by=form.user,
        details=form.details(),
        note=form.cleaned_data["note"],
        arguably_on=arguably_on,
    )
    form.case.attachments.filter(pk__in=[file.pk for file in files]).update(event=fact.number)
    return fact


def _form(
    request: HttpRequest,
    form: FactForm,
    context: Mapping[str, object],
    *,
    template: str = "web/cases/record.html",
    status: int = 200,
) -> HttpResponse:
    context = {
        **context,
        "case": form.case,
        "form": form,
        "kind": KINDS[form.kind],
        "title": choice_title(form.kind),
    }
    return render(request, template, context, status=status)


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_strike(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Strike a fact that was a mistake. It stays in the log, struck through, with the reason."""
    found = case_or_404(request, code, Permission.RECORD)
    page = CasePage(found, today_of(request))
    line = page.line(number)
    if line is None or not line.can_be_struck:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.strike(found, number, by=user_of(request), reason=form.cleaned_data["reason"])
        except BadFact as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, gettext("It is struck. Both stay in the log."))
            return redirect(found)
    without = assess(found.matter(), [fact for fact in page.facts if fact.number != number])
    context = {
        "case": found,
        "line": line,
        "form": form,
        "changed": moved(actions.changes(page.posture, without)),
    }
    return render(request, "web/cases/strike.html", context, status=422 if form.errors else 200)


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_let_go(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Close a date that was not kept, with a reason."""
    found = case_or_404(request, code, Permission.CLOSE)
    page = CasePage(found, today_of(request))
    row = _date_row(page, pk)
    if row is None or not row.can_be_let_go:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            actions.let_go(found, row.due, by=user_of(request), on=page.today, reason=reason)
        except BadFact as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, gettext("The date is closed. The reason is in the log."))
            return redirect(found)
    context = {"case": found, "row": row, "form": form}
    return render(request, "web/cases/let_go.html", context, status=422 if form.errors else 200)


# Beginning and end --------------------------------------------------------------------------------


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_close(request: HttpRequest, code: str) -> HttpResponse:
    """Close a case: no date of it runs any longer."""
    found = case_or_404(request, code, Permission.CLOSE)
    form = CloseForm(request.POST if request.method == "POST" else None, case=found)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        user, today = user_of(request), today_of(request)
        try:
            with transaction.atomic():
                actions.close(found, told["ending"], by=user, on=today, note=told["note"])
                if found.team is not None:
                    choose(found, told["outcome"], by=user)
        except BadFact as error:
            form.add_error("ending", str(error))
        else:
            messages.success(request, gettext("The case is closed. No date of it runs any longer."))
            return redirect(found)
    context = {"case": found, "form": form, "late": CasePage(found, today_of(request)).late}
    return render(request, "web/cases/close.html", context, status=422 if form.errors else 200)


@mine
@require_POST
def case_reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Open a closed case again."""
    found = case_or_404(request, code, Permission.CLOSE)
    try:
        with transaction.atomic():
            actions.reopen(found, by=user_of(request), on=today_of(request))
            if found.team is not None:
                choose(found, "", by=user_of(request))
    except BadFact as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The case is open again, and its dates run."))
    return redirect(found)


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_hold(request: HttpRequest, code: str) -> HttpResponse:
    """Keep a case from being deleted until a day, or let it go."""
    found = case_or_404(request, code, Permission.RETENTION)
    if request.POST.get("end"):
        actions.end_hold(found, by=user_of(request))
        messages.success(request, gettext("The case can be deleted again."))
        return redirect(found)
    form = HoldForm(request.POST if request.method == "POST" else None, today=today_of(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.hold(
                found,
                until=form.cleaned_data["until"],
                reason=form.cleaned_data["reason"],
                by=user_of(request),
            )
        except BadFact as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, gettext("The case is kept until that day."))
            return redirect(found)
    context = {"case": found, "form": form}
    return render(request, "web/cases/hold.html", context, status=422 if form.errors else 200)


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_delete(request: HttpRequest, code: str) -> HttpResponse:
    """Delete a case with all that belongs to it. Its reference is typed to confirm."""
    found = case_or_404(request, code, Permission.RETENTION)
    page = CasePage(found, today_of(request))
    form = DeleteForm(request.POST if request.method == "POST" else None, reference=found.reference)
    if request.method == "POST" and form.is_valid():
        try:
            delete_case(found, user_of(request), today=page.today)
        except Held:
            form.add_error(None, gettext("This case is kept until the day of its hold is over."))
        else:
            messages.success(request, gettext("The case is deleted, with all that belonged to it."))
            return redirect("cases")
    context = {
        "case": found,
        "page": page,
        "form": form,
        "counts": {
            "facts": len(page.facts),
            "letters": len(page.letters),
            "messages": found.messages.count(),
            "files": found.attachments.count(),
        },
    }
    return render(request, "web/cases/delete.html", context, status=422 if form.errors else 200)


@mine
@require_POST
def case_proposal(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Accept a proposed change of dates, or leave them as they are."""
    found = case_or_404(request, code, Permission.RECORD)
    proposal = get_object_or_404(Proposal, case=found, pk=pk)
    if request.POST.get("answer") == "accept":
        try:
            actions.accept(proposal, by=user_of(request))
        except BadFact as error:
            messages.error(request, str(error))
        else:
            messages.success(request, gettext("The dates are counted anew."))
    else:
        actions.decline(proposal, by=user_of(request))
        messages.success(request, gettext("The dates stay as they are."))
    return redirect(found)
