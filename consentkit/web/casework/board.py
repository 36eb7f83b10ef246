"""Somebody's cases as a list: narrowed, searched, and a page at a time.

Nothing of a case is unsealed but the rows that are shown. Where a page ends the next one begins
(by the code of its last case), so the hundredth page costs what the first one does.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from io import StringIO
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.forms.utils import flatatt
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case, CaseQuerySet, CaseWord
from consentkit.cases.naming import name_of
from consentkit.cases.posture import OWN_TIME, Stage
from consentkit.confidential.words import query
from consentkit.law.statutes import LAWS, law_of
from consentkit.law.vocabulary import Party
from consentkit.platforms.models import Platform
from consentkit.teams.actions import teams_for
from consentkit.teams.models import User
from consentkit.teams.roles import Permission

from .words import STAGES, Label, right_title

PAGE = 30
OWN = "-"  # no team's slug
WEEK = timedelta(days=7)

# Dates that somebody has to do something about themselves.
OURS = (
    frozenset(OWN_TIME)
    | {"own_reminder", "date_set"}
    | {duty.key for law in LAWS.values() for duty in law.duties if duty.owed_by is Party.YOU}
)
TO_DO = frozenset(OWN_TIME) - {"look_again"} | {"own_reminder", "date_set", "confirm_cost"}
WAITING = (Stage.SENT, Stage.WAITING, Stage.EXTENDED, Stage.APPEALED, Stage.COMPLAINED)
YOUR_TURN = (Stage.DRAFT, Stage.RETURNED, Stage.ASKED, Stage.PARTIAL, Stage.REFUSED, Stage.ANSWERED)

SHOW: dict[str, Label] = {
    "open": _("Open"),
    "late": _("Late"),
    "week": _("Next 7 days"),
    "you": _("Your turn"),
    "waiting": _("Waiting for them"),
    "closed": _("Closed"),
    "all": _("All"),
}


class LongSelect(forms.Select):
    """A choice of many: Django renders a template for each option, which takes long."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, mark_safe(" selected") if str(key) == chosen else "", label)
                for key, label in self.choices
            ),
        )
        told = flatatt({**self.build_attrs(self.attrs, attrs), "name": name})
        return format_html("<select{}>{}</select>", told, options)


class Filter(forms.Form):
    """What the list is narrowed to. What cannot be understood narrows nothing."""

    use_required_attribute = False

    q = forms.CharField(
        required=False,
        max_length=200,
        label=_("Search in your cases"),
        help_text=_(
            "Names, companies, your account names, references and your notes. All words must be "
            "there."
        ),
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    show = forms.ChoiceField(required=False, choices=list(SHOW.items()), widget=forms.HiddenInput)
    law = forms.ChoiceField(required=False, label=_("Law"), widget=LongSelect)
    platform = forms.ChoiceField(required=False, label=_("Platform"), widget=LongSelect)
    stage = forms.ChoiceField(required=False, label=_("Where it stands"), widget=LongSelect)
    team = forms.ChoiceField(required=False, label=_("Whose"), widget=LongSelect)

    def __init__(self, told: Any, user: User) -> None:
        super().__init__(told)
        anything = ("", _("All"))
        self.teams = list(teams_for(user))
        teams = [(team.slug, team.name) for team in self.teams]
        self._choices("team", [anything, (OWN, _("My own cases")), *teams])
        self._choices("law", [anything, *((law.key, law.short_title) for law in with_rights())])
        self._choices("stage", [anything, *((str(key), name) for key, name in STAGES.items())])
        names = Platform.objects.filter(listed=True).order_by("name").values_list("slug", "name")
        self._choices("platform", [anything, *names])

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def value(self, name: str) -> str:
        """What is asked for; empty where it cannot be understood."""
        self.errors  # noqa: B018 (looking at the errors is what checks)
        return str(self.cleaned_data.get(name) or "")

    @property
    def shown(self) -> str:
        """Which cases are shown: the open ones, or all where something is looked for."""
        return self.value("show") or ("all" if self.value("q") or self.value("stage") else "open")


def with_rights() -> list[Any]:
    """The laws under which there can be a case, by the name people know them by."""
    return sorted((law for law in LAWS.values() if law.rights), key=lambda law: law.short_title)


@dataclass(frozen=True)
class Row:
    """One case in the list."""

    case: Case
    today: date

    @property
    def law(self) -> str:
        return law_of(self.case.law).short_title

    @property
    def letter(self) -> str:
        return right_title(law_of(self.case.law), self.case.kind)

    @property
    def stage(self) -> str:
        return str(STAGES[self.case.stage])

    @property
    def is_late(self) -> bool:
        late = self.case.late_from
        return late is not None and late <= self.today and not self.case.is_closed

    @property
    def what(self) -> str:
        return name_of(self.case.next_key) if self.case.next_key else ""

    @property
    def is_ours(self) -> bool:
        return self.case.next_key in OURS

    @property
    def days(self) -> int | None:
        """Days until the next date; below nought when it is past."""
        return (self.case.next_on - self.today).days if self.case.next_on else None


@dataclass(frozen=True)
class Board:
    """A page of somebody's cases on a day. ``after`` is the code of the last case before it."""

    user: User
    filter: Filter
    today: date
    after: str = ""
    permission: Permission = Permission.VIEW

    @property
    def newest_first(self) -> bool:
        """Closed cases have no next date: the list is then by age."""
        return self.filter.shown in ("closed", "all")

    def cases(self) -> CaseQuerySet:
        """Every case that the filter lets through."""
        found = Case.objects.within(self.user, self.permission)
        found = found.filter(SHOWN[self.filter.shown](self.today))
        for name in ("law", "platform", "stage"):
            if self.filter.value(name):
                found = found.filter(**{name: self.filter.value(name)})
        whose = self.filter.value("team")
        if whose:
            found = found.filter(Q(team=None) if whose == OWN else Q(team__slug=whose))
        return found.filter(self._with_words()) if self.filter.value("q") else found

    def _with_words(self) -> Q:
        """Cases with all the words that are looked for; each index has words of its own."""
        owners = [Case(owner=self.user), *(Case(team=team) for team in self.filter.teams)]
        where = Q(pk__in=())
        for owner in owners:
            words = sorted(query(self.filter.value("q"), owner.search_owner()))
            here = Q(team=owner.team_id)
            for word in words:
                here &= Q(Exists(CaseWord.objects.filter(case=OuterRef("pk"), word=word)))
            where |= here
        return where

    @cached_property
    def page(self) -> list[Case]:
        """The cases of this page, and one more where there is a next one."""
        found = self.cases().select_related(None).defer("hold_reason")
        last = self._last()
        if self.newest_first:
            found = found.order_by("-created_at", "-pk")
            if last is not None:
                found = found.filter(created_at__lte=last.created_at).filter(
                    Q(created_at__lt=last.created_at) | Q(pk__lt=last.pk)
                )
        else:
            found = found.filter(next_on__isnull=False).order_by("next_on", "pk")
            if last is not None and last.next_on is not None:
                found = found.filter(next_on__gte=last.next_on).filter(
                    Q(next_on__gt=last.next_on) | Q(pk__gt=last.pk)
                )
        return list(found[: PAGE + 1])

    def _last(self) -> Case | None:
        if not self.after:
            return None
        mine = Case.objects.visible_to(self.user)
        return mine.only("next_on", "created_at").filter(code=self.after).first()

    @property
    def rows(self) -> list[Row]:
        return [Row(case, self.today) for case in self.page[:PAGE]]

    @property
    def next(self) -> str:
        """After which case the next page begins; empty where this is the last one."""
        return self.page[PAGE - 1].code if len(self.page) > PAGE else ""

    @cached_property
    def undated(self) -> list[Case]:
        """Open cases that nobody would be reminded of. There should be none."""
        found = Case.objects.visible_to(self.user).without_next_date()
        return list(found.defer("hold_reason").order_by("-pk")[:PAGE])


def _late(today: date) -> Q:
    return Q(late_from__lte=today) & ~Q(stage=Stage.CLOSED)


SHOWN: dict[str, Callable[[date], Q]] = {
    "open": lambda today: ~Q(stage=Stage.CLOSED),
    "late": _late,
    "week": lambda today: Q(next_on__gte=today, next_on__lte=today + WEEK),
    "you": lambda today: Q(stage__in=YOUR_TURN) | Q(next_key__in=TO_DO) | _late(today),
    "waiting": lambda today: Q(stage__in=WAITING),
    "closed": lambda today: Q(stage=Stage.CLOSED),
    "all": lambda today: Q(),
}


# As a table for a spreadsheet ---------------------------------------------------------------------

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: object) -> str:
    """A value as a spreadsheet takes it for a text, and never for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_lines(board: Board, address: str) -> Iterator[str]:
    """The whole list as CSV, line by line; ``address`` is that of the site."""
    yield _line(
        [
            gettext("Reference"),
            gettext("Company"),
            gettext("Law"),
            gettext("Letter"),
            gettext("Where it stands"),
            gettext("Next date"),
            gettext("What"),
            gettext("Late"),
            gettext("Opened"),
            gettext("Address"),
        ]
    )
    order = ["-created_at", "-pk"] if board.newest_first else ["next_on", "pk"]
    for case in board.cases().defer("hold_reason").order_by(*order).iterator(chunk_size=200):
        row = Row(case, board.today)
        yield _line(
            [
                case.reference,
                case.company,
                row.law,
                row.letter,
                row.stage,
                case.next_on,
                row.what,
                gettext("yes") if row.is_late else gettext("no"),
                case.opened_on,
                f"{address}{reverse('case', args=[case.code])}",
            ]
        )


def _line(values: list[Any]) -> str:
    written = StringIO()
    csv.writer(written).writerow([cell(value) for value in values])
    return written.getvalue()
