"""Who knows which date of a team's case, on its pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from consentkit.cases.models import Case
from consentkit.cases.watch import waits_for
from consentkit.cases.watchers import watchers
from consentkit.teams.roles import Permission

register = template.Library()


@register.inclusion_tag("web/cases/_acknowledge.html", takes_context=True)
def acknowledging(context: Context, page: Any, row: Any) -> dict[str, Any]:
    """Who has acknowledged a date, and the button for whoever has to. ``page`` is a CasePage."""
    case: Case = page.case
    if case.team_id is None or row.row is None or not row.row.is_open:
        return {"people": ()}
    asked = [one for one in watchers(case) if waits_for(row.row, one, page.today)]
    user = context["request"].user
    told = page.acknowledged.get(row.pk, {})
    return {
        "case": case,
        "row": row,
        "people": [(one.get_full_name(), told.get(one.pk)) for one in asked],
        "is_mine": any(one.pk == user.pk and one.pk not in told for one in asked),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("web/cases/_watchers.html", takes_context=True)
def watched_by(context: Context, page: Any) -> dict[str, Any]:
    """Who watches the dates of a team's case, and what somebody may do about it."""
    case: Case = page.case
    if case.team_id is None:
        return {"people": ()}
    user = context["request"].user
    this = Case.objects.filter(pk=case.pk)
    return {
        "case": case,
        "people": [one.get_full_name() for one in watchers(case)],
        "is_alone": case.second_id is None,
        "may_assign": this.within(user, Permission.ASSIGN).exists(),
        "may_record": this.within(user, Permission.RECORD).exists(),
    }
