"""What the dates of a case are called.

``NAMES`` says what a date is. ``sentence`` says how it stands without naming a company, a law or
what the case is about, so that it may stand in an e-mail or on a screen that others see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .log import Label
from .models import Deadline

NAMES: Mapping[str, Label] = {
    # What the law sets, or a letter asks for
    "answer": _("Answer due"),
    "extension_notice": _("Last day to announce that they need longer"),
    "stop": _("They must stop"),
    "requested_answer": _("Answer asked for by this day"),
    "destroy": _("The data must be destroyed"),
    "sue_until": _("Last day to go to court, counted from the first time"),
    "sue_until_last_collection": _("Last day to go to court, counted from the latest time"),
    "acknowledge": _("Confirmation of receipt due"),
    "acknowledge_complaint": _("Confirmation of the complaint due"),
    "comply": _("They must have done it"),
    "appeal_answer": _("Decision about the appeal or complaint due"),
    "cure": _("They must have put it right"),
    "confirm_cost": _("Last day to confirm that you pay the costs"),
    "complain_from": _("Last day to wait before a complaint to the authority"),
    "complain_until": _("Last day for a complaint to the authority"),
    "authority_progress": _("News from the authority due"),
    # What we give ourselves time for
    "send_it": _("Send the letter"),
    "prove_receipt": _("See whether the letter arrived"),
    "answer_identity": _("Answer them who you are"),
    "answer_question": _("Answer their question"),
    "answer_fee": _("Answer them about the fee"),
    "choose_channel": _("Choose another way to send the letter"),
    "next_step": _("Take the next step"),
    "close_it": _("Look through the answer, and close the case"),
    "look_again": _("Look at the case again"),
    "own_reminder": _("A reminder that you set"),
    "date_set": _("A date that somebody typed in"),
}

# How a date stands that no law sets. Nothing in it tells whose case it is, or about what.
STEPS: Mapping[str, Label] = {
    "send_it": _("You have not sent your letter yet."),
    "prove_receipt": _("There is no acknowledgement yet that your letter arrived."),
    "answer_identity": _("They asked who you are, and wait for your answer."),
    "answer_question": _("They asked you something, and wait for your answer."),
    "answer_fee": _("They want a fee, and wait for your answer."),
    "choose_channel": _("Your letter came back. Choose another way to send it."),
    "next_step": _("It is time for the next step."),
    "close_it": _("They answered. Look through it, and close the case if nothing is missing."),
    "look_again": _("Nothing has happened for some time. Look at the case again."),
    "own_reminder": _("You asked to be reminded of this case."),
}


def name_of(key: str) -> str:
    """What a date is, in a few words."""
    return str(NAMES.get(key, key))


def sentence(deadline: Deadline, today: date, written: Callable[[date], str]) -> str:
    """How a date stands today, in one or two sentences that name nobody."""
    if deadline.key in STEPS:
        return str(STEPS[deadline.key])
    if deadline.is_marker:
        told = gettext("A time of waiting ends after %(day)s.")
    elif deadline.is_ours:
        told = _ours(deadline, today)
    else:
        told = _theirs(deadline, today)
    told %= {"day": written(deadline.day)}
    if deadline.provisional:
        told += " " + gettext("The date is provisional: your letter's arrival is not proven.")
    return told


def _ours(deadline: Deadline, today: date) -> str:
    if today > deadline.day:
        return gettext(
            "A date of yours was %(day)s. It stays open until you record what became of it."
        )
    if today == deadline.day:
        return gettext("A date of yours is today.")
    return gettext("A date of yours is coming: %(day)s.")


def _theirs(deadline: Deadline, today: date) -> str:
    if deadline.is_overdue(today):
        return gettext(
            "They had time until %(day)s. If nothing has come, it is time for the next step."
        )
    if today > deadline.day:
        return gettext(
            "They had time until %(day)s, and there is an argument that it is not over yet."
        )
    if today == deadline.day:
        return gettext("They have time until today.")
    return gettext("They have time until %(day)s.")
