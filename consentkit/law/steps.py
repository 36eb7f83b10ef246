"""The steps of counting, as sentences. Keys are stable; the texts are translated at the edge.

A door that speaks another language translates ``TEXTS[key]`` and writes the values in its own
format. ``in_english`` is for the command line and for tests.
"""

from __future__ import annotations

from datetime import date

from .reckoning import Step


def gettext_noop(message: str) -> str:
    """Mark a text for translation, without translating it here: ``law`` knows no Django."""
    return message


def ngettext(one: str, many: str) -> tuple[str, str]:
    """Mark a pair of singular and plural for translation; ``number`` decides between them."""
    return one, many


TEXTS: dict[str, str | tuple[str, str]] = {
    "event.received": gettext_noop("Received on %(day)s; that day is not counted."),
    "event.identity_requested": gettext_noop("Proof of identity asked for on %(day)s."),
    "event.identity_provided": gettext_noop("Proof of identity given on %(day)s."),
    "event.clarification_requested": gettext_noop("Clarification asked for on %(day)s."),
    "event.clarification_provided": gettext_noop("Clarification given on %(day)s."),
    "event.fee_requested": gettext_noop("A fee asked for on %(day)s."),
    "event.fee_paid": gettext_noop("The fee paid on %(day)s."),
    "event.complaint_received": gettext_noop(
        "Complaint received by the controller on %(day)s; that day is not counted."
    ),
    "event.complained": gettext_noop("Complaint made to the authority on %(day)s."),
    "event.last_contact": gettext_noop("Last contact with the controller on %(day)s."),
    "event.became_aware": gettext_noop("You learnt of it on %(day)s."),
    "event.infringement": gettext_noop("It happened on %(day)s."),
    "event.consent_revoked_received": gettext_noop("Withdrawal of consent received on %(day)s."),
    "event.purpose_satisfied": gettext_noop("The purpose was satisfied on %(day)s."),
    "event.last_interaction": gettext_noop("Your last interaction was on %(day)s."),
    "event.account_deleted": gettext_noop("You deleted your account on %(day)s."),
    "event.first_collected": gettext_noop("First collected on %(day)s."),
    "event.last_collected": gettext_noop("Last collected on %(day)s."),
    "no_term": gettext_noop("The law sets no term, so no date runs."),
    "not_begun": gettext_noop("What was asked for has not been given: the time has not begun."),
    "starts_afresh": gettext_noop("The time starts afresh on %(day)s."),
    "counted_days": ngettext(
        "%(number)s calendar day ends on %(day)s.", "%(number)s calendar days end on %(day)s."
    ),
    "counted_working_days": ngettext(
        "%(number)s working day ends on %(day)s.", "%(number)s working days end on %(day)s."
    ),
    "counted_before": gettext_noop(
        "It must be done before the period is over: the last day is %(day)s."
    ),
    "counted_months": ngettext(
        "%(number)s month ends on %(day)s.", "%(number)s months end on %(day)s."
    ),
    "counted_years": ngettext(
        "%(number)s year ends on %(day)s.", "%(number)s years end on %(day)s."
    ),
    "counted_year_ends": ngettext(
        "%(number)s year from the end of the year ends on %(day)s.",
        "%(number)s years from the end of the year end on %(day)s.",
    ),
    "lapsed": gettext_noop("Not confirmed by %(day)s: the request counts as withdrawn."),
    "extension_names_no_day": gettext_noop(
        "An extension was announced on %(day)s without a later day: it does not stand."
    ),
    "extended_to_named_day": gettext_noop("The notice names a new last day, %(day)s."),
    "event.cost_notice_received": gettext_noop("Notice of costs received on %(day)s."),
    "event.cost_confirmed": gettext_noop("Costs confirmed on %(day)s."),
    "event.appealed": gettext_noop("Appeal received on %(day)s; that day is not counted."),
    "event.consent_revoked": gettext_noop("Consent withdrawn on %(day)s."),
    "event.found_unnecessary": gettext_noop("Found to be no longer necessary on %(day)s."),
    "event.invasion": gettext_noop("The privacy was invaded on %(day)s."),
    "paused": gettext_noop("No answer to the question yet: the time stands still since %(day)s."),
    "pause_left_out": ngettext(
        "%(number)s day is left out; it now ends on %(day)s.",
        "%(number)s days are left out; it now ends on %(day)s.",
    ),
    "minor": gettext_noop(
        "You turn %(age)s on %(of_age)s; for a minor it ends no earlier than %(day)s."
    ),
    "extension_late": gettext_noop(
        "An extension was announced on %(day)s, after the last day for it, %(last)s: "
        "it does not stand."
    ),
    "extension_without_reasons": gettext_noop(
        "An extension was announced on %(day)s without reasons: it does not stand."
    ),
    "extension_in_time": gettext_noop(
        "An extension was announced on %(day)s, in time (last day %(last)s)."
    ),
    "holiday": gettext_noop("%(day)s is a public holiday: %(name)s."),
    "weekend": gettext_noop("%(day)s is on a weekend."),
    "rolled": gettext_noop("It moves to the next working day, %(day)s."),
    "unconfirmed": gettext_noop(
        "Nobody has checked the public holidays of %(year)s yet: the date is unconfirmed."
    ),
    "arguably": gettext_noop("It can be argued that the time ends only on %(day)s."),
    "arguably_paused": gettext_noop("It can be argued that the time stands still."),
}


def in_english(step: Step) -> str:
    """The step as an English sentence, dates as ``Tue 7 Apr 2026``."""
    values = {
        name: f"{value:%a} {value.day} {value:%b} {value.year}"
        if isinstance(value, date)
        else value
        for name, value in step.values.items()
    }
    text = TEXTS[step.key]
    if isinstance(text, tuple):
        text = text[0] if step.values["number"] == 1 else text[1]
    return text % values
