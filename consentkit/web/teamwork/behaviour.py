"""The forms of the page of how platforms behave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consentkit.reports.anonymous import Quarter
from consentkit.reports.behaviour import quarter_name
from consentkit.web.forms import day_field


class PeriodForm(forms.Form):
    """When the requests arrived. What cannot be understood narrows nothing."""

    use_required_attribute = False

    since = day_field(required=False, label=_("From"))
    until = day_field(required=False, label=_("Until"))

    def day(self, name: str) -> date | None:
        self.errors  # noqa: B018 (looking at the errors is what checks)
        found = self.cleaned_data.get(name)
        return found if isinstance(found, date) else None


class PublishForm(forms.Form):
    """Which quarters are published."""

    use_required_attribute = False

    since = forms.ChoiceField(label=_("From the quarter"))
    until = forms.ChoiceField(label=_("Until the quarter"))

    def __init__(self, told: Any, *, quarters: Iterable[Quarter]) -> None:
        super().__init__(told)
        found = list(quarters)
        for name, place in (("since", 0), ("until", 1)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(one[place].isoformat(), quarter_name(one[0])) for one in found]
            field.error_messages["invalid_choice"] = _("Choose a quarter that is over.")
            field.error_messages["required"] = _("Choose a quarter that is over.")
