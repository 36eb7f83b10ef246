"""The forms of a team's rules for keeping, and its rules and queue in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import ENDINGS
from consentkit.cases.models import Case
from consentkit.clients.models import Client
from consentkit.retention.actions import LONGEST, LONGEST_NOTICE, number_of
from consentkit.retention.models import Action, Falling, What
from consentkit.web.forms import day_field

TEXT = 20_000
CHOOSE = _("Choose one from the list.")


class RuleForm(forms.Form):
    """One rule: what, after how long, and what then."""

    use_required_attribute = False

    what = forms.ChoiceField(
        choices=What.choices, label=_("What"), error_messages={"required": CHOOSE}
    )
    outcome = forms.ChoiceField(
        choices=[("", _("any other outcome")), *ENDINGS.items()],
        required=False,
        label=_("How the case ended"),
        help_text=_(
            "For closed cases only. A rule for one outcome goes before the one for others."
        ),
    )
    months = forms.IntegerField(
        min_value=0,
        max_value=LONGEST,
        label=_("After how many months"),
        error_messages={"required": _("Write down a number of months.")},
    )
    action = forms.ChoiceField(
        choices=Action.choices,
        widget=forms.RadioSelect,
        label=_("What then happens"),
        error_messages={"required": CHOOSE},
    )
    notice = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_NOTICE,
        initial=14,
        label=_("Days of notice"),
        help_text=_("So long it waits in the list below before it goes by itself."),
        error_messages={"required": _("Write down a number of days.")},
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("outcome") and told.get("what") != What.CASES:
            self.add_error("outcome", _("Only closed cases have an outcome."))
        return told


class DecideForm(forms.Form):
    """What becomes of what waits."""

    use_required_attribute = False

    chosen = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=_("What waits"),
        error_messages={"required": _("Choose at least one.")},
    )
    decision = forms.ChoiceField(
        choices=[
            ("keep", _("Keep it longer")),
            ("anonymise", _("Anonymise it now: only figures stay")),
            ("destroy", _("Destroy it now")),
        ],
        widget=forms.RadioSelect,
        label=_("What becomes of it"),
        error_messages={"required": CHOOSE},
    )
    until = day_field(required=False, label=_("Keep it until"))
    reason = forms.CharField(
        required=False,
        max_length=TEXT,
        widget=forms.Textarea({"rows": 2}),
        label=_("Why it is kept longer"),
    )

    def __init__(self, told: Any, *, waiting: Iterable[Waiting]) -> None:
        super().__init__(told)
        field = self.fields["chosen"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(one.falling.pk), one.label) for one in waiting]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("decision") == "keep":
            if not told.get("until") and "until" not in self.errors:
                self.add_error("until", _("Write down the day."))
            if not str(told.get("reason") or "").strip():
                self.add_error("reason", _("Say why it is kept longer."))
        return told


class ClientHoldForm(forms.Form):
    """Until when, and why, a client and their matters are kept whatever a rule says."""

    use_required_attribute = False

    until = day_field(label=_("Until which day must it be kept?"))
    reason = forms.CharField(
        max_length=TEXT,
        widget=forms.Textarea({"rows": 3}),
        label=_("Why?"),
        error_messages={"required": _("Say why this client has to be kept.")},
    )

    def __init__(self, told: Any, *, today: date) -> None:
        super().__init__(told)
        self.today = today

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if not self.today < day < self.today.replace(year=self.today.year + 20, day=1):
            raise forms.ValidationError(_("Choose a day in the next twenty years."))
        return day


@dataclass(frozen=True)
class Waiting:
    """One line of the queue, by number."""

    falling: Falling
    number: str

    @property
    def goes_by_itself(self) -> bool:
        return self.falling.rule.action != Action.REVIEW

    @property
    def label(self) -> str:
        return self.number


def in_words(fallings: Iterable[Falling]) -> list[Waiting]:
    """The lines of the queue. Two queries."""
    found = list(fallings)
    keys = {
        kind: [one.thing_id for one in found if one.thing == kind] for kind in Falling.Thing.values
    }
    things: dict[str, Mapping[int, Case | Client]] = {
        Falling.Thing.CASE: Case.objects.only("matter_number").in_bulk(keys["case"]),
        Falling.Thing.CLIENT: Client.objects.only("number").in_bulk(keys["client"]),
    }
    return [Waiting(one, number_of(things[one.thing][one.thing_id])) for one in found]
