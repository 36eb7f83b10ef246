"""Sending a letter of a case: what may be typed, and what the pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import Detail, in_effect
from consentkit.cases.models import Case
from consentkit.correspondence.channels import CHANNELS, Channel
from consentkit.letters.compose import Draft
from consentkit.web.forms import day_field
from consentkit.web.uploads import FilesField

NOTE = 2_000


class SendForm(forms.Form):
    """Sending by e-mail from here: where the answer is to come to."""

    use_required_attribute = False
    answers_to = forms.ChoiceField(
        widget=forms.RadioSelect,
        label=_("Where shall they answer to?"),
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )

    def __init__(self, told: Any, *, choices: list[str], of_case: str) -> None:
        super().__init__(told)
        field = self.fields["answers_to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (
                one,
                gettext("To this case: %(address)s. Answers are filed here by themselves.")
                % {"address": one}
                if one == of_case
                else gettext("To my own address: %(address)s") % {"address": one},
            )
            for one in choices
        ]
        self.initial["answers_to"] = choices[0]


class SentForm(forms.Form):
    """Somebody sent the letter themselves: when, and what they keep as proof."""

    use_required_attribute = False
    on = day_field(label=_("On which day did you send it?"))
    note = forms.CharField(
        required=False, max_length=NOTE, widget=forms.Textarea({"rows": 2}), label=""
    )

    def __init__(self, told: Any, files: Any = None, *, channel: Channel, today: date) -> None:
        super().__init__(told, files, initial={"on": today.isoformat()})
        self.fields["files"] = FilesField(
            required=False,
            label=_("What you keep as proof"),
            help_text=_("Pictures, PDF, e-mails (.eml). Only you see them."),
        )
        self.fields["note"].label = str(channel.note)
        self.fields["note"].help_text = gettext("Kept sealed; it goes into no letter by itself.")
        if channel.proof:
            self.fields["proven"] = forms.BooleanField(
                required=False, label=str(channel.proof_label)
            )


class AddForm(forms.Form):
    """Files for a case. An e-mail among them becomes a message of the case."""

    use_required_attribute = False

    def __init__(self, told: Any = None, files: Any = None) -> None:
        super().__init__(told, files)
        self.fields["files"] = FilesField(
            label=_("Add files"),
            help_text=_(
                "PDF, pictures, ZIP, Office documents, text, JSON, or an e-mail saved as a file "
                "(.eml), which is filed as a message."
            ),
            error_messages={"required": _("Choose a file first.")},
        )


@dataclass(frozen=True)
class Way:
    """One way a letter can go. ``done_on`` is the day it went out that way, if it did."""

    channel: Channel
    leads: bool
    done_on: date | None


def ways(case: Case, number: int, draft: Draft) -> list[Way]:
    """Every way for a letter, those that lead somewhere first."""
    done: dict[str, date] = {}
    for fact in in_effect(case.facts()):
        if fact.letter == number and fact.kind == "bounced":
            done.clear()
        elif fact.letter == number and fact.kind == "sent":
            done.setdefault(str(fact.get(Detail.CHANNEL)), fact.on)
    found = [Way(channel, channel.leads(draft), done.get(key)) for key, channel in CHANNELS.items()]
    return sorted(found, key=lambda way: not way.leads)


# The kinds of facts that a message may turn out to be, the likeliest first.
COULD_BE = (
    "acknowledged",
    "answered",
    "identity_requested",
    "clarification_requested",
    "extension_notified",
    "fee_requested",
    "wrote",
)
