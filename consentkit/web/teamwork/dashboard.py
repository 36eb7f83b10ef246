"""The overview of cases as drawings, each with its table and the way to the cases behind it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases.overview import Counted, Load, Overview
from consentkit.cases.selection import Selection
from consentkit.reports.behaviour import NOT_LISTED, names_of
from consentkit.reports.charts import Chart, Part, Row
from consentkit.teams.models import User

DUE: dict[str, tuple[str, str | Promise]] = {
    "today_ours": ("ours", _("today: ours")),
    "today_theirs": ("theirs", _("today: theirs")),
    "week_ours": ("ours", _("next 7 days: ours")),
    "week_theirs": ("theirs", _("next 7 days: theirs")),
}


@dataclass(frozen=True)
class Dashboard:
    """What the page shows."""

    overview: Overview

    @property
    def tiles(self) -> list[dict[str, object]]:
        found = self.overview
        told = [
            (gettext("open"), found.open, False),
            (gettext("late"), found.late, True),
            (gettext("without a next date"), found.without_step, True),
        ]
        if found.in_review is not None:
            told.append((gettext("waiting for review"), found.in_review, False))
        return [
            {
                "label": label,
                "number": one.number,
                "href": behind(one.selection),
                "is_bad": is_bad and one.number > 0,
            }
            for label, one, is_bad in told
        ]

    @property
    def due(self) -> Chart:
        rows = [self._due(one) for one in self.overview.due]
        return Chart("due", gettext("Dates of today and of the next 7 days"), tuple(rows))

    def _due(self, one: Counted) -> Row:
        kind, label = DUE[one.key]
        href = behind(one.selection)
        return Row(str(label), (Part(kind, one.number, str(label), href),), href)

    @property
    def platforms(self) -> Chart:
        late = self.overview.late_by_platform
        names = names_of(one.selection.platform for one in late if one.selection)
        rows = []
        for one in late:
            slug = one.selection.platform if one.selection else ""
            name, href = names.get(slug, slug) or str(NOT_LISTED), behind(one.selection)
            rows.append(Row(name, (Part("late", one.number, gettext("late"), href),), href))
        return Chart("platforms", gettext("Late cases by platform"), tuple(rows))

    @property
    def load(self) -> Chart:
        people = User.objects.in_bulk([one.person for one in self.overview.load if one.person])
        rows = [self._load(one, people) for one in self.overview.load]
        return Chart("load", gettext("Open cases by person"), tuple(rows))

    def _load(self, one: Load, people: dict[int, User]) -> Row:
        name = people[one.person].get_full_name() if one.person else gettext("nobody in the team")
        late = Part("late", one.late, gettext("late"), behind(one.behind))
        rest = Part("plain", one.open - one.late, gettext("in time"), behind(one.all))
        return Row(name, (late, rest), behind(one.all))


def behind(selection: Selection | None) -> str:
    """The address of the cases of a selection."""
    return f"{reverse('cases')}?{selection.query()}" if selection else ""
