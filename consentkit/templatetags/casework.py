"""What the pages of a case need in their templates."""

from __future__ import annotations

from django import template
from django.urls import reverse

from consentkit.cases.models import Case
from consentkit.letters.follow_up import NextStep

register = template.Library()

# Facts that have a page of their own, where something more is asked.
OWN_PAGES = {"closed": "case-close"}


@register.simple_tag
def step_url(case: Case, step: NextStep) -> str:
    """Where a next step is taken."""
    if step.send:
        return reverse("case-send", args=[case.code, step.send])
    if step.review:
        return reverse("case-review", args=[case.code, step.review])
    if step.letter:
        return reverse("case-letter-new", args=[case.code, step.letter])
    if step.record in OWN_PAGES:
        return reverse(OWN_PAGES[step.record], args=[case.code])
    return reverse("case-record", args=[case.code, step.record])
