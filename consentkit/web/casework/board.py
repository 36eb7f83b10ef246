"""Somebody's cases as a list: narrowed, searched, and a page at a time.

Nothing of a case is unsealed but the rows that are shown. Where a page ends the next one begins
(by the code of its last case), so the hundredth page costs what the first one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.campaigns.models import Campaign
from consentkit.cases.finding import Place, places, with_words
from consentkit.cases.models import Case, CaseQuerySet
from consentkit.cases.naming import name_of
from consentkit.cases.selection import NOBODY, OURS, OWN, SHOW, Selection
from consentkit.law.statutes import LAWS, law_of
from consentkit.office.cells import line
from consentkit.office.models import Tagged
from consentkit.office.outcomes import outcomes_of
from consentkit.office.tags import in_use
from consentkit.platforms.models import Platform
from consentkit.teams.access import memberships
from consentkit.teams.actions import teams_for
from consentkit.teams.models import Membership, User
from consentkit.teams.roles import ROLES, Permission
from consentkit.web.forms import LongSelect, day_field

from .words import STAGES, right_title

PAGE = 30
TICKED = 300  # that many cases can be ticked at once
# Of a client the list shows the name; the rest stays sealed.
BESIDE_THE_NAME = [
    f"client__{name}"
    for name in "other_names contact about born representative hold_reason outside_id".split()
]


class Filter(forms.Form):
    """What the list is narrowed to, as a form to change it.

    ``selection`` is what it is narrowed to; what cannot be understood narrows nothing.
    """

    use_required_attribute = False

    q = forms.CharField(
        required=False,
        max_length=200,
        label=_("Search in your cases"),
        help_text=_(
            "Names, companies, account names, references, notes, messages, what was filled into "
            "letters, and names of files. All words must be there."
        ),
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    show = forms.ChoiceField(required=False, choices=list(SHOW.items()), widget=forms.HiddenInput)
    step = forms.CharField(required=False, widget=forms.HiddenInput)
    law = forms.ChoiceField(required=False, label=_("Law"), widget=LongSelect)
    platform = forms.ChoiceField(required=False, label=_("Platform"), widget=LongSelect)
    stage = forms.ChoiceField(required=False, label=_("Where it stands"), widget=LongSelect)
    team = forms.ChoiceField(required=False, label=_("Whose"), widget=LongSelect)
    campaign = forms.ChoiceField(required=False, label=_("Campaign"), widget=LongSelect)
    who = forms.ChoiceField(required=False, label=_("Who answers for it"), widget=LongSelect)
    tag = forms.ChoiceField(required=False, label=_("Tag"), widget=LongSelect)
    review = forms.ChoiceField(required=False, label=_("Review"), widget=LongSelect)
    outcome = forms.ChoiceField(required=False, label=_("Outcome"), widget=LongSelect)
    since = day_field(required=False, label=_("Opened on or after"))
    until = day_field(required=False, label=_("Opened on or before"))

    def __init__(self, told: Any, user: User) -> None:
        super().__init__(told)
        self.selection = Selection.from_query({**told.dict(), **self._days(told)})
        self.teams = list(teams_for(user))
        self.people = dict(self._people())
        anything = ("", _("All"))
        self.tags = {tag.pk: tag.name for tag in in_use(user, self.teams)}
        tags = sorted(self.tags.items(), key=lambda one: one[1].casefold())
        choices: dict[str, Iterable[tuple[str, Any]]] = {
            "team": [(OWN, _("My own cases")), *((team.slug, team.name) for team in self.teams)],
            "law": ((law.key, law.short_title) for law in with_rights()),
            "stage": ((str(key), name) for key, name in STAGES.items()),
            "platform": Platform.objects.filter(listed=True)
            .order_by("name")
            .values_list("slug", "name"),
            "tag": ((str(pk), name) for pk, name in tags),
            "campaign": self._campaigns(),
            "who": [(NOBODY, _("Nobody")), *((str(pk), one) for pk, one in self.people.items())],
            "review": [("waiting", _("Waits for review"))],
            "outcome": self._outcomes(),
        }
        for name, found in choices.items():
            self._choices(name, [anything, *found])

    def _days(self, told: Any) -> dict[str, str]:
        """The days as a selection has them, however somebody typed them in."""
        found = {}
        for name in ("since", "until"):
            with suppress(forms.ValidationError):
                day = self.fields[name].clean(told.get(name))
                found[name] = day.isoformat() if day else ""
        return found

    def _people(self) -> Iterable[tuple[int, str]]:
        """Whoever has a place in one of the teams, by number."""
        if not self.teams:
            return []
        found = Membership.objects.filter(team__in=self.teams, ended_at=None)
        people = {one.user_id: one.user.get_full_name() for one in found.select_related("user")}
        return sorted(people.items(), key=lambda one: one[1].casefold())

    def _campaigns(self) -> list[tuple[str, str]]:
        if not self.teams:
            return []
        found = Campaign.objects.filter(team__in=self.teams).order_by("title")
        return list(found.values_list("slug", "title"))

    def _outcomes(self) -> list[tuple[str, Any]]:
        if not self.teams:
            return []
        return list({one.key: one.name for one in outcomes_of(self.teams)}.items())

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        # What a link narrows to is shown even where nobody could choose it any more.
        asked = getattr(self.selection, name)
        if asked and asked not in {key for key, _label in choices}:
            choices.append((asked, asked))
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def value(self, name: str) -> str:
        """What is asked for; empty where it cannot be understood."""
        if name in SELECTED:
            return str(getattr(self.selection, name))
        self.errors  # noqa: B018 (looking at the errors is what checks)
        return str(self.cleaned_data.get(name) or "")

    @property
    def words(self) -> str:
        """What is looked for."""
        return self.value("q")

    @property
    def shown(self) -> str:
        """Which cases are shown: the open ones, or all where something is looked for."""
        return self.effective.shown

    @property
    def effective(self) -> Selection:
        """The selection as it is shown: somebody who looks for words looks in all cases."""
        shown = "all" if self.words and not self.selection.show else self.selection.shown
        return replace(self.selection, show=shown)

    @property
    def more(self) -> list[Any]:
        """The fields beside the words, as far as there is something to choose."""
        names = ["law", "platform", "stage", "team"] if self.teams else ["law", "platform", "stage"]
        if self.teams:
            names += ["campaign", "who", "review", "outcome"]
        found = [self[name] for name in (*names, "tag")]
        offered = [one for one in found if len(list(getattr(one.field, "choices", ()))) > 1]
        return [*offered, self["since"], self["until"]]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.words) or self.selection.is_narrowed


SELECTED = frozenset(Selection.__dataclass_fields__)


def with_rights() -> list[Any]:
    """The laws under which there can be a case, by the name people know them by."""
    return sorted((law for law in LAWS.values() if law.rights), key=lambda law: law.short_title)


@dataclass(frozen=True)
class Row:
    """One case in the list. ``who`` answers for it, where it is a team's."""

    case: Case
    today: date
    who: str = ""
    tags: tuple[str, ...] = ()
    found_in: tuple[Place, ...] = ()

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
        return self.filter.effective.newest_first

    def cases(self) -> CaseQuerySet:
        """Every case that the filter lets through."""
        found = self.filter.effective.cases(self.user, self.permission, self.today)
        words = self.filter.words
        return found.filter(with_words(words, self.user, self.filter.teams)) if words else found

    @cached_property
    def page(self) -> list[Case]:
        """The cases of this page, and one more where there is a next one."""
        found = self.cases().select_related("client").defer("hold_reason", *BESIDE_THE_NAME)
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

    @cached_property
    def rows(self) -> list[Row]:
        shown = self.page[:PAGE]
        found = places(self.filter.words, shown) if self.filter.words else {}
        people, tags = self.filter.people, self._tags(shown)
        return [
            Row(
                one,
                self.today,
                people.get(one.owner_id, "") if one.team_id else "",
                tuple(sorted(tags.get(one.pk, ()), key=str.casefold)),
                tuple(found.get(one.pk, ())),
            )
            for one in shown
        ]

    def _tags(self, shown: list[Case]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        if self.filter.tags:
            for tagged in Tagged.objects.filter(case__in=shown):
                name = self.filter.tags.get(tagged.tag_id)
                if name:
                    found.setdefault(tagged.case_id, []).append(name)
        return found

    @property
    def next(self) -> str:
        """After which case the next page begins; empty where this is the last one."""
        return self.page[PAGE - 1].code if len(self.page) > PAGE else ""

    @cached_property
    def undated(self) -> list[Case]:
        """Open cases that nobody would be reminded of. There should be none."""
        found = Case.objects.visible_to(self.user).without_next_date()
        return list(found.defer("hold_reason").order_by("-pk")[:PAGE])

    @cached_property
    def may(self) -> frozenset[str]:
        """What somebody may do with some of the cases that they see."""
        own = frozenset({"record", "export"})
        if not self.filter.teams:
            return own
        roles = memberships(self.user).values_list("role", flat=True)
        return own.union(*(map(str, ROLES[one].may) for one in roles))


# As a table for a spreadsheet ---------------------------------------------------------------------


def csv_lines(board: Board, address: str, codes: list[str] | None = None) -> Iterator[str]:
    """The whole list as CSV, line by line; ``address`` is that of the site.

    With ``codes`` only those of its cases that somebody ticked.
    """
    yield line(
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
    found = board.cases() if codes is None else board.cases().filter(code__in=codes[:TICKED])
    for case in found.defer("hold_reason").order_by(*order).iterator(chunk_size=200):
        row = Row(case, board.today)
        yield line(
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
