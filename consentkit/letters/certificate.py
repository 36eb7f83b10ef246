"""The deadline certificate: one page that says how a date was reckoned, for somebody to check.

It names the law and the version of the rule, what started the time and how that is known, each step
of counting with its citation, the result, and what is disputed. It holds nothing of the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from typing import Any

from babel import Locale
from babel.dates import format_date
from django.template.loader import render_to_string
from django.utils.translation import gettext, gettext_noop, override

from consentkit.law.places import region_name
from consentkit.law.procedure import Deadline
from consentkit.law.vocabulary import Law, Nature

from .explain import sentence
from .render import tagged_pdf


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What a certificate is made from.

    ``place`` is where the act has to be done. ``evidence`` says how the day that started the time
    is known, in the reader's words; empty where it is only assumed. ``made_on`` is the day on which
    it is issued.
    """

    law: Law
    right: str
    place: str
    deadline: Deadline
    evidence: str
    made_on: date


NATURES = {
    Nature.STATUTORY: gettext_noop("Set by law"),
    Nature.GUIDANCE: gettext_noop("Advice of an authority, not law"),
    Nature.CONTRACT: gettext_noop("From a contract"),
    Nature.REQUESTED: gettext_noop("Asked for in the letter, not set by law"),
}


def certificate(told: Certificate, *, language: str, paper: str) -> bytes:
    """The certificate as a PDF tagged for PDF/UA-1; the same bytes for the same certificate.

    Raises MissingEngine or NoGlyph, as ``render.pdf`` does.
    """
    with override(language):
        html = render_to_string("print/certificate.html", in_words(told, language, paper))
    return tagged_pdf([html], ("print/fonts.css", "print/certificate.css"))


def in_words(told: Certificate, language: str, paper: str) -> dict[str, Any]:
    """What ``print/_certificate.html`` shows, in the active language."""
    written = partial(format_date, format="full", locale=Locale.parse(language))
    deadline, duty = told.deadline, told.deadline.duty
    since, until = duty.since, duty.until
    return {
        "language": language,
        "paper": paper,
        "law": gettext(told.law.title),
        "key": told.law.key,
        "right": told.law.right(told.right),
        "duty": duty,
        "nature": gettext(NATURES[duty.nature]),
        "place": region_name(told.place)
        or Locale.parse(language).territories.get(told.place, told.place),
        "since": written(since) if since else "",
        "until": written(until) if until else "",
        "evidence": told.evidence,
        "steps": [(sentence(step, written), step.citation or "") for step in deadline.steps],
        "nominal": written(deadline.nominal) if deadline.nominal else "",
        "due": written(deadline.due) if deadline.due else "",
        "overdue_from": written(deadline.overdue_from) if deadline.overdue_from else "",
        "disputed": gettext(deadline.disputed) if deadline.disputed else "",
        "source": duty.source,
        "made_on": written(told.made_on),
        "made_on_iso": told.made_on.isoformat(),
        "holidays_version": version("holidays"),
    }
