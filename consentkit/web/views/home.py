"""The pages that explain, and two plain answers for machines."""

from __future__ import annotations

from calendar import Calendar as Weeks
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, get_language_from_request, override
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from consentkit.law.calendars import Calendar
from consentkit.law.events import Event, EventKind, History
from consentkit.law.procedure import Deadline, deadlines
from consentkit.law.statutes import LAWS
from consentkit.letters.explain import sentence
from consentkit.templatetags.reading import reader_locale, written
from consentkit.web.wizard.dates import Line


@require_safe
@vary_on_headers("Accept-Language")
def home(request: HttpRequest) -> HttpResponse:
    """The front page. It offers the reader's own language where that is another one of ours."""
    preferred = get_language_from_request(request)
    other = None
    if preferred != get_language():
        with override(preferred):
            other = {"code": preferred, "href": reverse("home")}
    return render(request, "web/home.html", {"other_language": other})


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "web/about.html")


@require_safe
def how_we_count(request: HttpRequest) -> HttpResponse:
    """The rules of counting, with one example that the law's own code has counted."""
    return render(request, "web/how_we_count.html", {"example": counting_example(request)})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "web/privacy.html")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the web process answers. It asks nobody else, so it says nothing about them."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Explanations may be found by search engines; a letter in the making may not."""
    return HttpResponse(
        "User-agent: *\nDisallow: /letter/\nDisallow: /de/letter/\nDisallow: /account/\n"
        "Disallow: /de/account/\nDisallow: /admin/\n",
        content_type="text/plain",
    )


# The example of counting --------------------------------------------------------------------------


@dataclass(frozen=True)
class DayOfMonth:
    """A day on the drawn calendar; ``marks`` are CSS classes, each explained below the drawing."""

    day: date
    shown: bool
    marks: tuple[str, ...]
    holiday: str


@dataclass(frozen=True)
class CountingExample:
    """A letter under the GDPR to a company in Ireland, and how the time for its answer ends."""

    received: date
    deadline: Deadline
    latest: date
    lines: tuple[Line, ...]
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[DayOfMonth, ...], ...]


RECEIVED, PLACE = date(2026, 11, 25), "IE"


def counting_example(request: HttpRequest) -> CountingExample:
    """One that has everything: a holiday, a weekend, and a day that can be argued about."""
    history = History([Event(EventKind.RECEIVED, RECEIVED, RECEIVED)])
    found = deadlines(LAWS["eu-gdpr"], "access", PLACE, history, {})
    answer = next(one for one in found if one.duty.key == "answer")
    assert answer.due
    assert answer.overdue_from  # nothing in this history stops the clock
    latest = date.fromordinal(answer.overdue_from.toordinal() - 1)
    marks: dict[date | None, str] = {
        answer.nominal: "is-counted",
        answer.due: "is-due",
        latest: "is-latest",
        answer.overdue_from: "is-late",
    }
    sure, arguable = Calendar(PLACE), Calendar(PLACE, with_arguable=True)
    month = answer.due.replace(day=1)

    def on_the_wall(day: date) -> DayOfMonth:
        named = [marks[day]] if day in marks else []
        if not sure.is_working_day(day):
            named.append("is-closed")
        elif not arguable.is_working_day(day):
            named.append("is-arguable")
        return DayOfMonth(day, day.month == month.month, tuple(named), arguable.holiday(day) or "")

    locale = reader_locale(request)
    weeks = Weeks(locale.first_week_day).monthdatescalendar(month.year, month.month)
    names = locale.days["stand-alone"]["short"]
    return CountingExample(
        received=RECEIVED,
        deadline=answer,
        latest=latest,
        lines=tuple(
            Line(sentence(step, lambda day: written(day, request)), step.citation)
            for step in answer.steps
        ),
        weekdays=tuple(names[(locale.first_week_day + place) % 7] for place in range(7)),
        weeks=tuple(tuple(on_the_wall(day) for day in week) for week in weeks),
    )
