"""They wrote back: is that lawful?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from consentkit.templatetags.reading import reader_locale
from consentkit.web.checker import CheckForm, find

from .wizard import personal


@personal
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """The questions, and the answer above them once they are asked."""
    today = timezone.localdate()
    if request.method != "POST":
        return render(request, "web/check/check.html", {"form": CheckForm(today=today)})
    form = CheckForm(request.POST, today=today)
    if not form.is_valid():
        return render(request, "web/check/check.html", {"form": form}, status=422)
    finding = find(form, reader_locale(request))
    return render(request, "web/check/check.html", {"form": form, "finding": finding})
