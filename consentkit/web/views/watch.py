"""Two people and their dates: acknowledging, typing a date in, and the list at the end of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consentkit.cases import control, watch
from consentkit.cases.control import Day, NotSigned
from consentkit.cases.log import BadFact, Detail
from consentkit.cases.models import Case, Deadline
from consentkit.cases.naming import name_of
from consentkit.cases.watch import NotYours
from consentkit.cases.watchers import reached, silent
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission
from consentkit.web.doors import case_or_404, mine, team_or_404, today_of, user_of
from consentkit.web.forms import day_field

FURTHEST = timedelta(days=20 * 365)
TEXT = 20_000


# Acknowledging ------------------------------------------------------------------------------------


@mine
@require_POST
def acknowledge(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Say for oneself that one knows a date."""
    case = case_or_404(request, code)
    deadline = get_object_or_404(case.deadlines, pk=pk)
    try:
        watch.acknowledge(deadline, by=user_of(request))
    except NotYours as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("You have acknowledged this date."))
    return redirect("dates" if request.POST.get("back") == "dates" else case)


# Dates that somebody types in ---------------------------------------------------------------------


class DateForm(forms.Form):
    """A date, what it is, and where it comes from."""

    use_required_attribute = False

    title = forms.CharField(
        max_length=watch.TITLE,
        label=_("What is it?"),
        help_text=_("In a few words, such as: hearing at the district court."),
        error_messages={"required": _("Say what this date is.")},
    )
    due = day_field(label=_("On which day?"))
    reason = forms.CharField(
        max_length=TEXT,
        widget=forms.Textarea({"rows": 3}),
        label=_("Where does it come from?"),
        help_text=_("The second person checks the date by it. It stays in the log."),
        error_messages={"required": _("Say where this date comes from: it stays in the log.")},
    )

    def __init__(self, told: Any, *, today: date) -> None:
        super().__init__(told)
        self.today = today

    def clean_due(self) -> date:
        day: date = self.cleaned_data["due"]
        if not self.today <= day < self.today + FURTHEST:
            raise forms.ValidationError(gettext("Choose a day in the next twenty years."))
        return day


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def new_date(request: HttpRequest, code: str) -> HttpResponse:
    """Type in a date that nothing here can count."""
    case = _of_a_team(case_or_404(request, code, Permission.RECORD))
    today = today_of(request)
    form = DateForm(request.POST if request.method == "POST" else None, today=today)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            watch.set_date(
                case,
                day=told["due"],
                title=told["title"],
                reason=told["reason"],
                by=user_of(request),
                on=today,
            )
        except BadFact as error:
            form.add_error("due" if error.detail is Detail.DUE else None, str(error))
        else:
            messages.success(request, gettext("The date is there. Somebody else has to check it."))
            return redirect(case)
    context = {"case": case, "form": form}
    return render(request, "web/watch/new.html", context, status=422 if form.errors else 200)


@mine
@require_POST
def check_date(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Say that one has looked at a typed-in date, and found it right."""
    case = _of_a_team(case_or_404(request, code, Permission.RECORD))
    row = get_object_or_404(case.deadlines, pk=pk, key="date_set", void=False)
    try:
        watch.check_date(case, row.letter, by=user_of(request), on=today_of(request))
    except BadFact as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The date is checked."))
    return redirect("case-date", code=code, pk=pk)


def _of_a_team(case: Case) -> Case:
    if case.team_id is None:
        raise Http404
    return case


# Who watches --------------------------------------------------------------------------------------


class SecondForm(forms.Form):
    use_required_attribute = False

    second = forms.TypedChoiceField(
        coerce=int,
        label=_("The second person"),
        error_messages={"required": _("Choose somebody.")},
    )

    def __init__(self, told: Any, *, case: Case, people: list[User]) -> None:
        super().__init__(told, initial={"second": case.second_id})
        self.people = {one.pk: one for one in people}
        field = self.fields["second"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", "–"), *((one.pk, one.get_full_name()) for one in people)]

    @property
    def chosen(self) -> User:
        return self.people[self.cleaned_data["second"]]


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def second(request: HttpRequest, code: str) -> HttpResponse:
    """Choose who watches the dates of a case beside whoever answers for it."""
    case = _of_a_team(case_or_404(request, code, Permission.ASSIGN))
    assert case.team is not None
    people = [one for one in _members(case.team) if one.pk != case.owner_id]
    told = request.POST if request.method == "POST" else None
    form = SecondForm(told, case=case, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            watch.give_second(case, form.chosen, by=user_of(request))
        except BadFact as error:
            form.add_error("second", str(error))
        else:
            messages.success(request, gettext("Saved. Both are reminded from now on."))
            return redirect(case)
    context = {"case": case, "form": form}
    return render(request, "web/watch/second.html", context, status=422 if form.errors else 200)


def _members(team: Team) -> list[User]:
    today = watch.office_day(team, timezone.now())
    return [
        one.user
        for one in team.memberships.filter(ended_at=None).select_related("user").order_by("pk")
        if one.expires_on is None or one.expires_on >= today
    ]


@dataclass(frozen=True)
class QuietRow:
    """A date that somebody has not acknowledged, for the page of a team."""

    deadline: Deadline
    people: list[str]
    is_late: bool

    @property
    def pk(self) -> int:
        return self.deadline.pk

    @property
    def case(self) -> Case:
        return self.deadline.case

    @property
    def day(self) -> date:
        return self.deadline.day

    @property
    def name(self) -> str:
        return name_of(self.deadline.key)


@mine
@require_safe
def team_watch(request: HttpRequest, slug: str) -> HttpResponse:
    """Which dates of a team somebody does not know yet, and which cases nobody else watches."""
    team = team_or_404(request, slug, Permission.REVIEW)
    now, user = timezone.now(), user_of(request)
    today = watch.office_day(team, now)
    waiting = list(
        Deadline.objects.filter(watch.to_know(today), case__team=team)
        .select_related("case__owner", "case__second", "case__team")
        .order_by("day", "pk")
    )
    within = reached(user, [one.case for one in waiting], now)
    quiet = silent([one for one in waiting if one.case_id in within])
    rows = [
        QuietRow(
            one,
            [person.get_full_name() for person in quiet[one.pk]],
            one.is_overdue(today),
        )
        for one in waiting
        if one.pk in quiet
    ]
    visible = Case.objects.within(user, Permission.ASSIGN).values("pk")
    alone = watch.without_second(team).filter(pk__in=visible).order_by("next_on", "pk")
    context = {"team": team, "quiet": rows, "alone": alone}
    return render(request, "web/watch/team.html", context)


# The list at the end of a day ---------------------------------------------------------------------


@mine
@require_safe
def control_lists(request: HttpRequest, slug: str) -> HttpResponse:
    """Today and the working days before it, and whether somebody signed their lists."""
    team = team_or_404(request, slug, Permission.REVIEW)
    context = {"team": team, "days": control.days(team, timezone.now())}
    return render(request, "web/watch/control.html", context)


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def control_day(request: HttpRequest, slug: str, day: str) -> HttpResponse:
    """Every date of a team with which something was on a day, to be ticked and signed."""
    team = team_or_404(request, slug, Permission.REVIEW)
    on = _day_or_404(day)
    user, now = user_of(request), timezone.now()
    error = ""
    if request.method == "POST":
        try:
            control.sign(
                team,
                on,
                content_hash=str(request.POST.get("hash", "")),
                ticked=_ticked(request),
                remark=str(request.POST.get("remark", ""))[:TEXT],
                by=user,
            )
        except NotSigned as refusal:
            error = str(refusal)
        else:
            messages.success(request, gettext("You have signed this list."))
            return redirect("team-control-day", slug=slug, day=day)
    one = control.day_of(team, on, now)
    lines = one.sheet.seen_by(user, now)
    is_whole = len(lines) == len(one.sheet.lines)
    context = {
        "team": team,
        "one": one,
        "lines": lines,
        "is_whole": is_whole,
        "can_sign": _can_be_signed(one, team) and is_whole,
        "ticked": _ticked(request),
        "remark": request.POST.get("remark", ""),
        "error": error,
    }
    return render(request, "web/watch/day.html", context, status=422 if error else 200)


def _can_be_signed(one: Day, team: Team) -> bool:
    today = watch.office_day(team, timezone.now())
    return one.signature is None and bool(one.sheet.lines) and one.sheet.day <= today


def _day_or_404(day: str) -> date:
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if found.isoformat() != day:
        raise Http404
    return found


def _ticked(request: HttpRequest) -> set[int]:
    told = request.POST.getlist("line")
    return {int(one) for one in told if one.isascii() and one.isdigit() and len(one) < 19}
