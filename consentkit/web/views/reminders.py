"""What is due across one's cases, and the calendar that shows it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import condition, require_http_methods, require_safe

from consentkit.cases import clock
from consentkit.cases.models import CalendarFeed, Case, Deadline
from consentkit.cases.naming import name_of, sentence
from consentkit.correspondence import feed as feeds
from consentkit.correspondence.agenda import MOST, agenda
from consentkit.correspondence.mailings import title_of
from consentkit.templatetags.reading import written
from consentkit.web.doors import case_or_404

CALENDAR = "text/calendar; charset=utf-8"


@login_required
@never_cache
@require_safe
def dates(request: HttpRequest) -> HttpResponse:
    """What the daily digest says, on a page: it is there whoever wants e-mails and whoever not."""
    user = request.user
    assert user.is_authenticated
    now = timezone.now()
    found = agenda(user, now)
    late, soon = found.late[:MOST], found.soon[:MOST]
    unknown = found.unknown[:MOST]
    listed = [*late, *soon, *unknown]
    cases = Case.objects.in_bulk({one.case_id for one in listed})
    today = user.today(now)

    def rows(deadlines: list[Deadline]) -> list[dict[str, object]]:
        return [
            {
                "pk": one.pk,
                "day": one.day,
                "name": name_of(one.key),
                "case": cases[one.case_id],
                "title": title_of(cases[one.case_id]),
                "text": sentence(one, today, lambda day: written(day, request)),
                "provisional": one.provisional,
            }
            for one in deadlines
        ]

    context = {
        "late": rows(late),
        "soon": rows(soon),
        "unknown": rows(unknown),
        "offices": found.offices,
        "more": max(map(len, (found.late, found.soon, found.unknown))) >= MOST,
        "undated": [(case, title_of(case)) for case in found.undated],
        "uncertain": [(one.case, title_of(one.case)) for one in found.uncertain],
        "anything": bool(found),
    }
    return render(request, "web/reminders/dates.html", context)


# The calendar -------------------------------------------------------------------------------------


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret", "address")
def calendar_feed(request: HttpRequest) -> HttpResponse:
    """Make the address of one's calendar, take it back, choose what stands there.

    The address is shown once, in the answer to the press of the button: nobody can read it later.
    """
    user = request.user
    assert user.is_authenticated
    address = ""
    if request.method == "POST":
        asked = request.POST.get("do")
        if asked == "make":
            secret = feeds.make_feed(user, timezone.now())
            address = f"{request.scheme}://{request.get_host()}{feeds.path_of(secret)}"
        elif asked == "revoke":
            feeds.revoke_feed(user)
            messages.success(request, gettext("The address leads nowhere any more."))
            return redirect("calendar-feed")
        elif asked == "names":
            feeds.choose_names(user, request.POST.get("names") == "on")
            messages.success(request, gettext("Saved. Your calendar shows it within some hours."))
            return redirect("calendar-feed")
    context = {
        "feed": CalendarFeed.objects.filter(user=user).first(),
        "address": address,
        "webcal": address.replace("https://", "webcal://").replace("http://", "webcal://"),
    }
    return render(request, "web/reminders/calendar.html", context)


@require_safe
@sensitive_variables()
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """A person's dates, for whoever has the address. A wrong one is as good as none."""
    feed = feeds.feed_of(secret)
    if feed is None:
        raise Http404
    now = timezone.now()
    feeds.was_read(feed, now)

    @condition(etag_func=lambda *_: f'"{feeds.edition_of(feed, now)}"')
    def answer(request: HttpRequest) -> HttpResponse:
        return _file(feeds.feed_file(feed, now), "dates.ics", inline=True)

    response = answer(request)
    # A program asks each time; nobody on the way keeps a copy, and no search engine an entry.
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@login_required
@never_cache
@require_safe
def case_ics(request: HttpRequest, code: str, date: str) -> HttpResponse:
    """One date of a case, for a calendar. ``date`` is the ``name`` of a ``Due``."""
    case = case_or_404(request, code)
    key, _, rest = date.partition(".")
    right, _, letter = rest.rpartition(".")
    if not letter.isascii() or not letter.isdigit() or len(letter) > 6:
        raise Http404
    rows = case.deadlines.filter(key=key, right=right, letter=int(letter), void=False)
    row = rows.order_by("sequence", "pk").last()
    if row is None:
        raise Http404
    names = CalendarFeed.objects.filter(user=case.owner, names=True).exists()
    return _file(feeds.date_file(row, names=names, now=timezone.now()), "date.ics")


def _file(made: bytes, name: str, *, inline: bool = False) -> HttpResponse:
    how = "inline" if inline else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{name}"'}
    return HttpResponse(made, content_type=CALENDAR, headers=headers)


# The clock ----------------------------------------------------------------------------------------


@never_cache
@require_safe
def healthz_clock(request: HttpRequest) -> HttpResponse:
    """When the sweep and the digest last ran; 503 when one is late. It says nothing of anybody."""
    watches = clock.watches(timezone.now())
    told = {
        watch.name: {
            "last": watch.last.isoformat(timespec="seconds") if watch.last else None,
            "late": watch.is_late,
        }
        for watch in watches
    }
    late = any(watch.is_late for watch in watches)
    return JsonResponse(told, status=503 if late else 200)
