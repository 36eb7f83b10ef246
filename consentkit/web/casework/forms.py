"""The small forms of a case: reasons, endings, holds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import ENDINGS
from consentkit.cases.models import Case
from consentkit.office.outcomes import to_choose
from consentkit.web.forms import day_field

from .desk import outcome_choices

TEXT = 20_000


class ReasonForm(forms.Form):
    """Why something is struck or let go; it stays in the log."""

    use_required_attribute = False

    reason = forms.CharField(
        max_length=TEXT,
        widget=forms.Textarea({"rows": 3}),
        label=_("Why?"),
        help_text=_("It stays in the log, and whoever reads the file sees it."),
        error_messages={"required": _("Say why: it stays in the log.")},
    )


class CloseForm(forms.Form):
    use_required_attribute = False

    ending = forms.ChoiceField(
        choices=list(ENDINGS.items()),
        widget=forms.RadioSelect,
        label=_("How did it end?"),
        error_messages={"required": _("Choose how it ended.")},
    )
    outcome = forms.ChoiceField(
        required=False,
        label=_("What came of it?"),
        help_text=_("For the statistics and the exports of the team."),
    )
    note = forms.CharField(
        required=False,
        max_length=TEXT,
        widget=forms.Textarea({"rows": 3}),
        label=_("Anything else worth keeping?"),
    )

    def __init__(self, told: Any, *, case: Case) -> None:
        super().__init__(told)
        if case.team is None:
            del self.fields["outcome"]
            return
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = outcome_choices(to_choose(case.team), case.outcome)


class HoldForm(forms.Form):
    use_required_attribute = False

    until = day_field(
        label=_("Until which day must it be kept?"),
        help_text=_("Until then nobody can delete it, not even with the account."),
    )
    reason = forms.CharField(
        max_length=TEXT,
        widget=forms.Textarea({"rows": 3}),
        label=_("Why?"),
        help_text=_("A court case, for example, or an authority that still looks into it."),
        error_messages={"required": _("Say why this case has to be kept.")},
    )

    def __init__(self, told: Any, *, today: date) -> None:
        super().__init__(told)
        self.today = today

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if not self.today < day < self.today + timedelta(days=20 * 365):
            raise forms.ValidationError(gettext("Choose a day in the next twenty years."))
        return day


class DeleteForm(forms.Form):
    use_required_attribute = False

    reference = forms.CharField(
        max_length=40,
        label=_("Type the reference of the case"),
        help_text=_("So that nothing is deleted by mistake."),
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type the reference of the case.")},
    )

    def __init__(self, told: Any, *, reference: str) -> None:
        super().__init__(told)
        self.expected = reference

    def clean_reference(self) -> str:
        typed: str = self.cleaned_data["reference"].strip()
        if typed.casefold() != self.expected.casefold():
            raise forms.ValidationError(gettext("This is not the reference of this case."))
        return typed
