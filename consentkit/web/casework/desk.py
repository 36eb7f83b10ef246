"""The forms of the desk: tags, people, views, notes, time, outcomes; which cases are meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case, CaseQuerySet
from consentkit.office.hours import DAY, WHAT, Activity
from consentkit.office.notes import LONGEST as LONGEST_NOTE
from consentkit.office.outcomes import LONGEST as LONGEST_OUTCOME
from consentkit.office.outcomes import Outcome
from consentkit.office.saved import LONGEST as LONGEST_VIEW
from consentkit.teams.models import Team
from consentkit.web.forms import day_field

from .board import TICKED, Board

MEMO = 20_000


@dataclass(frozen=True)
class Chosen:
    """The cases that somebody ticked in the list, or all that the list shows.

    ``told`` is what the list posted; ``hidden`` says the same once more, for the next page.
    """

    board: Board
    told: QueryDict

    @property
    def is_all(self) -> bool:
        # Words do not go from page to page, so what they found is ticked one by one.
        return self.told.get("all") == "yes" and not self.board.filter.words

    @property
    def codes(self) -> list[str]:
        return [code for code in self.told.getlist("case") if code.isalnum()][:TICKED]

    def cases(self) -> CaseQuerySet:
        """Those with which somebody may do what the board is for."""
        if self.is_all:
            return self.board.cases()
        mine = Case.objects.within(self.board.user, self.board.permission)
        return mine.filter(code__in=self.codes)

    def hidden(self) -> list[tuple[str, str]]:
        if not self.is_all:
            return [("case", code) for code in self.codes]
        return [*self.board.filter.selection.parts().items(), ("all", "yes")]


class TagsForm(forms.Form):
    use_required_attribute = False

    tags = forms.CharField(
        max_length=400,
        label=_("Tags"),
        help_text=_("Several with commas between them. Everybody who sees the case sees its tags."),
        widget=forms.TextInput({"autocomplete": "off", "list": "known-tags"}),
        error_messages={"required": _("Write down a tag.")},
    )


class AssignForm(forms.Form):
    """Who answers for cases, and who watches their dates beside them."""

    use_required_attribute = False

    owner = forms.TypedChoiceField(
        coerce=int, empty_value=None, required=False, label=_("Who answers for it")
    )
    second = forms.TypedChoiceField(
        coerce=int, empty_value=None, required=False, label=_("The second person")
    )
    memo = forms.CharField(
        required=False,
        max_length=MEMO,
        widget=forms.Textarea({"rows": 3}),
        label=_("What does the next person have to know?"),
        help_text=_("Where you write something, it goes into the log of each case."),
    )

    def __init__(self, told: Any, *, people: dict[int, str]) -> None:
        super().__init__(told)
        for name in ("owner", "second"):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = [("", _("as it is")), *people.items()]


class ViewForm(forms.Form):
    """The name of a saved view, and with which team it is shared."""

    use_required_attribute = False

    name = forms.CharField(
        max_length=LONGEST_VIEW,
        label=_("Name of the view"),
        error_messages={"required": _("Give the view a name.")},
    )
    share = forms.ChoiceField(required=False, label=_("Who sees it"))

    def __init__(self, told: Any, *, teams: Iterable[Team], initial: str = "") -> None:
        super().__init__(told, initial={"share": initial})
        field = self.fields["share"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("only I")), *((team.slug, team.name) for team in teams)]


class RenameForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(
        max_length=LONGEST_VIEW,
        label=_("Name of the view"),
        error_messages={"required": _("Give the view a name.")},
    )


class NoteForm(forms.Form):
    use_required_attribute = False

    text = forms.CharField(
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 3}),
        label=_("A note for the office"),
        help_text=_("It stays as it is, and stands in no letter, export or file for others."),
        error_messages={"required": _("Write something down.")},
    )


def _activity() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[("", "–"), *Activity.choices],
        label=_("What kind of work"),
        error_messages={"required": _("Choose what kind of work it was.")},
    )


def _what() -> forms.CharField:
    return forms.CharField(required=False, max_length=WHAT, label=_("What was done"))


class StopForm(forms.Form):
    """The end of a timer. Whoever forgot it says how long they worked."""

    use_required_attribute = False

    minutes = forms.IntegerField(
        min_value=1,
        max_value=DAY,
        label=_("Minutes"),
        error_messages={"required": _("This timer was forgotten. Say how long you worked.")},
    )
    activity = _activity()
    what = _what()


class TimeForm(forms.Form):
    """Time that was spent, typed in."""

    use_required_attribute = False

    day = day_field(label=_("On which day?"))
    minutes = forms.IntegerField(
        min_value=1,
        max_value=DAY,
        label=_("Minutes"),
        error_messages={"required": _("Write down the minutes: at least 1, at most 1440.")},
    )
    activity = _activity()
    what = _what()


class OutcomeForm(forms.Form):
    """A code of the team's table."""

    use_required_attribute = False

    name = forms.CharField(
        max_length=LONGEST_OUTCOME,
        label=_("Name of the outcome"),
        error_messages={"required": _("Give the outcome a name.")},
    )
    retired = forms.BooleanField(required=False, label=_("Nobody can choose it any more"))


class CaseOutcomeForm(forms.Form):
    """What came of a case."""

    use_required_attribute = False

    outcome = forms.ChoiceField(required=False, label=_("What came of it?"))

    def __init__(self, told: Any, *, choices: Iterable[Outcome], now: str = "") -> None:
        super().__init__(told, initial={"outcome": now})
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = outcome_choices(choices, now)


def outcome_choices(choices: Iterable[Outcome], now: str = "") -> list[tuple[str, Any]]:
    """The outcomes to choose from; the one that a case has stays among them."""
    found: list[tuple[str, Any]] = [("", _("not said")), *((one.key, one.name) for one in choices)]
    if now and now not in {key for key, _label in found}:
        found.append((now, now))
    return found


class ExportForm(forms.Form):
    """Which files, and for which program."""

    use_required_attribute = False

    what = forms.ChoiceField(
        choices=[
            ("all", _("All four files in one ZIP file")),
            ("matters", _("Matters")),
            ("parties", _("Parties")),
            ("time", _("Time")),
            ("outcomes", _("Outcomes")),
        ],
        widget=forms.RadioSelect,
        initial="all",
        label=_("What?"),
        error_messages={"required": _("Choose what to export.")},
    )
    bom = forms.BooleanField(
        required=False,
        label=_("For Excel"),
        help_text=_("Puts a mark at the beginning by which Excel reads accents correctly."),
    )
