"""What goes into an evidence bundle, as somebody chooses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from consentkit.correspondence.exhibits import Exhibit


class BundleForm(forms.Form):
    """Which exhibits, in which language, on which paper. Everything is chosen to begin with."""

    use_required_attribute = False

    exhibits = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=_("What goes in"),
        help_text=_(
            "Enclose no copy of an identity card. How many pieces are left out stands on the cover."
        ),
        error_messages={"required": _("Choose at least one piece.")},
    )
    notes = forms.BooleanField(
        required=False,
        label=_("With my notes"),
        help_text=_(
            "What you wrote in the log in your own words. Reasons for striking always go in."
        ),
    )
    language = forms.ChoiceField(
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        label=_("Language of the bundle"),
        help_text=_("Letters and messages stay as they are."),
        error_messages={"required": _("Choose a language.")},
    )
    paper = forms.ChoiceField(
        choices=[("a4", _("A4")), ("letter", _("US Letter"))],
        widget=forms.RadioSelect,
        label=_("Paper"),
        error_messages={"required": _("Choose a paper.")},
    )

    def __init__(
        self,
        posted: object,
        *,
        exhibits: Iterable[Exhibit],
        language: str,
        paper: str,
        written: Callable[[date], str],
    ) -> None:
        found = list(exhibits)
        super().__init__(
            posted or None,  # type: ignore[arg-type]
            initial={
                "exhibits": [one.key for one in found],
                "notes": True,
                "language": language,
                "paper": paper,
            },
        )
        choice: forms.MultipleChoiceField = self.fields["exhibits"]  # type: ignore[assignment]
        choice.choices = [(one.key, _label(one, written)) for one in found]


def _label(one: Exhibit, written: Callable[[date], str]) -> str:
    detail = f" · {one.detail}" if one.detail else ""
    return f"{written(one.on)} · {one.title}{detail}"
