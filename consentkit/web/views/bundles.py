"""The evidence of a case as one file.

It is made while the reader waits: a hundred pages take a second or two, and nothing of it is kept.
"""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from consentkit.cases.models import Case
from consentkit.cases.trail import leave
from consentkit.correspondence.bundle import Bundle, bundle
from consentkit.correspondence.exhibits import NotTheOriginal, exhibits
from consentkit.letters.render import MissingEngine
from consentkit.teams.models import User
from consentkit.teams.roles import Permission
from consentkit.templatetags.reading import written
from consentkit.web.casework.bundling import BundleForm
from consentkit.web.doors import case_or_404, mine


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_bundle(request: HttpRequest, code: str) -> HttpResponseBase:
    """What there is to choose from; posted, the bundle or its manifest as a download."""
    assert isinstance(request.user, User)
    case = case_or_404(request, code, Permission.EXPORT)
    days = partial(written, request=request)
    found = exhibits(case, written=days)
    form = BundleForm(
        request.POST,
        exhibits=found,
        language=get_language() or "en",
        paper="a4" if not case.law.startswith("us-") else "letter",
        written=days,
    )
    if not form.is_bound:
        return _page(request, case, form)
    if not form.is_valid():
        return _page(request, case, form, status=422)
    try:
        made = bundle(
            case,
            language=form.cleaned_data["language"],
            paper=form.cleaned_data["paper"],
            made_on=request.user.today(timezone.now()),
            include=frozenset(form.cleaned_data["exhibits"]),
            notes=form.cleaned_data["notes"],
        )
    except MissingEngine as error:
        form.add_error(None, str(error))
    except NotTheOriginal:
        form.add_error(
            None,
            gettext(
                "Something that is kept of this case is not what was noted for it, so no bundle "
                "was made. Please tell whoever runs this site."
            ),
        )
    else:
        leave(case, "case.exported", by=request.user)
        return _download(made, case, only_manifest="manifest" in request.POST)
    return _page(request, case, form, status=422)


def _page(request: HttpRequest, case: Case, form: BundleForm, status: int = 200) -> HttpResponse:
    return render(request, "web/cases/bundle.html", {"case": case, "form": form}, status=status)


def _download(made: Bundle, case: Case, *, only_manifest: bool) -> HttpResponseBase:
    name = f"{case.reference}-evidence"
    if only_manifest:
        response: HttpResponseBase = HttpResponse(made.manifest, content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="{name}-manifest.json"'
        return response
    response = StreamingHttpResponse(made.file.pieces(), content_type="application/pdf")
    response["Content-Length"] = str(made.file.size)
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
