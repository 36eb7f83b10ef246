"""A warning on the pages of people who rely on reminders, when none go out."""

from __future__ import annotations

from django import template
from django.template import Context
from django.utils import timezone

from consentkit.cases.clock import reminders_stand_still

register = template.Library()


@register.inclusion_tag("web/_clock.html", takes_context=True)
def clock_warning(context: Context) -> dict[str, bool]:
    """Nothing for a visitor, who keeps nothing here; for the others, whether the sweep stopped."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return {"stands_still": False}
    return {"stands_still": reminders_stand_still(timezone.now(), since=user.date_joined)}
