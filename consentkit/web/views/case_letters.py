"""Making the letters that carry a case on, and changing a draft."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from consentkit.cases.log import BadFact
from consentkit.cases.models import Case
from consentkit.letters.actions import Frozen, delete_draft, draft_letter, revise
from consentkit.letters.authority import OutsideMandate
from consentkit.letters.follow_up import letters_to_choose, next_steps
from consentkit.letters.models import Letter
from consentkit.teams.roles import Permission
from consentkit.web.casework.letter import LetterPage, draft_page, new_letter
from consentkit.web.doors import case_or_404, may
from consentkit.web.htmx import page_or_fragment
from consentkit.web.wizard.letter import title_of

SAVE = "save"


@login_required
@require_http_methods(["GET", "HEAD"])
def letters(request: HttpRequest, code: str) -> HttpResponse:
    """Every letter that can carry the case on."""
    case = case_or_404(request, code, Permission.DRAFT)
    advised = {step.letter for step in next_steps(case, case.posture(), localdate())}
    choices = [
        (kind, title_of(case.law, kind), kind in advised) for kind in letters_to_choose(case)
    ]
    return page_or_fragment(
        request,
        "web/cases/letters.html",
        "web/cases/letters.html",
        {"case": case, "choices": choices},
    )


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """A new letter of a case: what the log knows is filled in, everything can be changed."""
    case = case_or_404(request, code, Permission.DRAFT)
    if case.is_closed or kind not in letters_to_choose(case):
        raise Http404
    saves = SAVE in request.POST
    page = new_letter(case, kind, request.POST, today=localdate(), strict=saves)
    if saves and page.is_complete:
        try:
            letter = draft_letter(case, page.sheet.request, by=request.user)  # type: ignore[arg-type]
        except OutsideMandate as error:
            messages.error(request, str(error))
            return redirect(case)
        messages.success(request, gettext("The letter is made. It has not gone out yet."))
        return redirect(_next_page(request, case, letter.number))
    address = reverse("case-letter-new", args=[case.code, kind])
    return _page(request, page, address, status=422 if saves else 200)


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A draft, as long as it has not gone out."""
    letter = _draft(request, code, number)
    posted: QueryDict | None = request.POST if request.method == "POST" else None
    saves = SAVE in request.POST
    page = draft_page(letter, posted, strict=saves)
    if saves and page.is_complete:
        try:
            revise(letter, page.sheet.request, by=request.user)  # type: ignore[arg-type]
        except Frozen:
            messages.error(request, gettext("This letter has gone out in the meantime."))
        else:
            messages.success(request, gettext("The letter is changed. It has not gone out yet."))
        return redirect(_next_page(request, letter.case, number))
    address = reverse("case-letter-edit", args=[code, number])
    return _page(request, page, address, status=422 if saves else 200)


@login_required
@require_POST
def delete(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Give a draft up. A letter that went out stays."""
    letter = _draft(request, code, number)
    try:
        delete_draft(letter, by=request.user)  # type: ignore[arg-type]
    except Frozen:
        messages.error(request, gettext("This letter has gone out in the meantime."))
    except BadFact as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The draft is gone."))
    return redirect(letter.case)


def _draft(request: HttpRequest, code: str, number: int) -> Letter:
    case = case_or_404(request, code, Permission.DRAFT)
    return get_object_or_404(case.letters.filter(frozen_at=None), number=number)


def _next_page(request: HttpRequest, case: Case, number: int) -> str:
    """Where a letter goes on: on its way, or to its own page where others let it out."""
    name = "case-send" if may(request, case, Permission.SEND) else "case-letter"
    return reverse(name, args=[case.code, number])


def _page(request: HttpRequest, page: LetterPage, address: str, *, status: int) -> HttpResponse:
    return page_or_fragment(
        request,
        "web/cases/letter.html",
        "web/cases/_letter.html",
        {
            "case": page.case,
            "page": page,
            "house": page.house,
            "address": address,
            "answers": {"languages": page.languages, "language": page.sheet.request.language},
            "sheet": page.sheet,
            "draft": page.sheet.draft,
        },
        status=status,
    )
