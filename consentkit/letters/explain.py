"""How a date was counted, in sentences of the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext, ngettext

from consentkit.law.reckoning import Step
from consentkit.law.steps import TEXTS

# How the reader writes a day.
Written = Callable[[date], str]


def sentence(step: Step, written: Written) -> str:
    """A step of counting in the active language, its days as ``written`` writes them."""
    values: dict[str, Any] = {
        name: written(value) if isinstance(value, date) else value
        for name, value in step.values.items()
    }
    if "name" in values:
        values["name"] = gettext(str(values["name"]))
    text = TEXTS[step.key]
    if isinstance(text, tuple):
        return ngettext(text[0], text[1], int(values["number"])) % values
    return gettext(text) % values
