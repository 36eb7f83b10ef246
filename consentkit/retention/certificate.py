"""The certificate of a destruction, as a page of paper: it names matters by number, and nobody."""

from __future__ import annotations

from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from django.apps import apps
from django.template.loader import render_to_string
from django.utils.translation import gettext, gettext_lazy, ngettext, override

from consentkit.cases.log import ENDINGS
from consentkit.letters.render import tagged_pdf

from .actions import hash_of
from .models import Action, Destruction, RetentionRule, What

# What of all that goes with a matter somebody wants to read of; the rest is counted together.
KINDS = ("Case", "Client", "Letter", "Message", "Attachment", "EventRecord", "Deadline", "Mandate",
         "Consent", "Party", "ConflictCheck")  # fmt: skip


DONE = {Action.DESTROY: gettext_lazy("destroyed"), Action.ANONYMISE: gettext_lazy("anonymised")}


def in_words(one: Destruction) -> dict[str, Any]:
    """What a certificate says, in the active language."""
    return {
        "one": one,
        "done": DONE[Action(one.action)],
        "rule": rule_in_words(one.rule),
        "counts": counts_in_words(one.counts),
        "who": one.decided_by.get_full_name() if one.decided_by else "",
        "is_true": one.sha256 == hash_of(one),
    }


def rule_in_words(rule: RetentionRule) -> str:
    """A rule as one sentence."""
    what = str(What(rule.what).label)
    if rule.outcome:
        what = gettext("%(what)s with the outcome “%(outcome)s”") % {
            "what": what,
            "outcome": ENDINGS[rule.outcome],
        }
    told = ngettext(
        "After %(months)s month: %(what)s – %(action)s.",
        "After %(months)s months: %(what)s – %(action)s.",
        rule.months,
    )
    action = rule.get_action_display()
    return told % {"months": rule.months, "what": what, "action": action}


def counts_in_words(counts: dict[str, int]) -> list[tuple[str, int]]:
    """How many of which kind went, in words."""
    found = [
        (str(apps.get_model("consentkit", name)._meta.verbose_name_plural), counts[name])
        for name in KINDS
        if counts.get(name)
    ]
    rest = sum(number for name, number in counts.items() if name not in KINDS)
    return [*found, (gettext("what belonged to these"), rest)] if rest else found


TITLE = gettext_lazy("Certificate of destruction")


def certificate(one: Destruction, *, language: str, paper: str) -> bytes:
    """The certificate as a PDF tagged for PDF/UA-1. Raises MissingEngine or NoGlyph."""
    locale = Locale.parse(language)
    with override(language):
        html = render_to_string(
            "print/destruction.html",
            {
                **in_words(one),
                "title": TITLE,
                "language": language,
                "paper": paper,
                "made_on": format_date(one.made_at, "full", locale=locale),
                "made_at": format_datetime(one.made_at, "long", locale=locale),
                "made_on_iso": one.made_at.date().isoformat(),
            },
        )
    styles = ("print/fonts.css", "print/certificate.css", "print/report.css")
    return tagged_pdf([html], styles)
