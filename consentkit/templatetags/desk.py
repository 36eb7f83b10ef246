"""What the office keeps beside a case, on its pages: tags, notes, time, outcome, the timer."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Sum
from django.template import Context
from django.utils import timezone
from django.utils.translation import gettext

from consentkit.cases.models import Case
from consentkit.office.hours import minutes_of, running, was_forgotten
from consentkit.office.outcomes import name_of
from consentkit.teams.models import User

register = template.Library()

SHOWN = 5  # notes on the page of a case


@register.inclusion_tag("web/desk/_tags.html", takes_context=True)
def case_tags(context: Context, case: Case) -> dict[str, Any]:
    """The tags of a case."""
    names = sorted((one.name for one in case.tags.all()), key=str.casefold)
    return {"case": case, "names": names, "may": context["may"]}


@register.inclusion_tag("web/desk/_case.html", takes_context=True)
def office_keeps(context: Context, case: Case) -> dict[str, Any]:
    """The internal notes of a team's case and the time spent on it; nothing for one's own."""
    if case.team_id is None:
        return {}
    notes = list(case.notes.select_related("author").order_by("-at", "-pk")[: SHOWN + 1])
    ended = case.time_entries.filter(minutes__isnull=False)
    return {
        "case": case,
        "notes": notes[:SHOWN],
        "more": len(notes) > SHOWN,
        "minutes": ended.aggregate(total=Sum("minutes"))["total"] or 0,
        "is_running": case.time_entries.filter(
            minutes=None, user=context["request"].user.pk
        ).exists(),
        "may": context["may"],
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def outcome_name(case: Case) -> str:
    """What came of a case, in words."""
    return name_of(case.outcome, case.team) if case.team is not None and case.outcome else ""


@register.inclusion_tag("web/desk/_timer.html", takes_context=True)
def running_timer(context: Context) -> dict[str, Any]:
    """The timer of whoever looks at the page, where one runs; a forgotten one asks."""
    user = context["request"].user
    entry = running(user) if isinstance(user, User) else None
    if entry is None:
        return {}
    now = timezone.now()
    return {
        "entry": entry,
        "case": entry.case,
        "minutes": minutes_of(entry, now),
        "forgotten": was_forgotten(entry, now),
    }


@register.filter
def as_hours(minutes: int) -> str:
    """Minutes as people say them."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return gettext("%(minutes)s min") % {"minutes": rest}
    return gettext("%(hours)s h %(minutes)s min") % {"hours": whole, "minutes": rest}
