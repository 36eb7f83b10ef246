"""Publishing a team's statistics: once for each period, and then always the same figures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consentkit.cases.conduct import FLAGS, groups, rows_for
from consentkit.cases.models import Conduct
from consentkit.law.statutes import law_of
from consentkit.office import cells
from consentkit.platforms.models import Platform
from consentkit.teams.access import require, sees_all
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .anonymous import (
    OPEN,
    OUTCOMES,
    Anonymous,
    K,
    Quarter,
    TooFew,
    anonymous,
    quarter_of,
    quarters_between,
)
from .models import Publication

FORMAT, VERSION = "consentkit-conduct", 1
WITHHELD = "withheld"
# Said in English in every publication, whatever the language of the site: it is read anywhere.
DEFINITIONS: dict[str, str] = {
    "requests": "Requests that reached a platform in the period, one for each case; cases that were"
    " opened by mistake or for a demonstration are left out.",
    "in_time": "Answered in full, or refused, on the last day that the law sets or before.",
    "arguable": "After that day, answered or not, but not after the latest day for which somebody"
    " could argue.",
    "late": "Answered in full, or refused, after the latest day for which somebody could argue.",
    "missed": "Not answered in full, and not refused, and that day is over.",
    OPEN: "The time still runs, the case was closed while it ran, or no law sets a date.",
    "extended": "The platform announced that it needs longer.",
    "identity": "The platform asked for proof of who somebody is.",
    "incomplete": "The platform answered in part.",
    "refused": "The platform refused.",
    "median_weeks": "Median of the time from arrival to answer, of the requests that were answered,"
    " in whole weeks; where nothing proves the arrival it is assumed.",
    WITHHELD: f"About fewer than {K} requests, or something from which such a figure could be"
    " computed.",
}


def periods(team: Team, today: date) -> list[Quarter]:
    """The quarters that are over, from the first request of a team on, the latest first."""
    first = Conduct.objects.filter(team=team).aggregate(first=Min("asked_on"))["first"]
    if first is None:
        return []
    over = quarter_of(today)[0] - date.resolution
    return quarters_between(quarter_of(first)[0], over)[::-1] if first <= over else []


@transaction.atomic
def publish(team: Team, *, since: date, until: date, by: User, today: date) -> Publication:
    """Fix the figures of some quarters. Raises NotPossible, and Forbidden.

    ``since`` is the first day of a quarter, ``until`` the last day of one that is over. Only
    whoever sees every case of the team can publish: figures with gaps would be wrong.
    """
    require(by, Permission.REPORTS, team)
    if not sees_all(by, Permission.REPORTS, team):
        raise NotPossible(_("You do not see every case of the team. Somebody else has to do it."))
    if quarter_of(since)[0] != since or quarter_of(until)[1] != until or since > until:
        raise NotPossible(_("Choose whole quarters, the earlier one first."))
    if until >= today:
        raise NotPossible(_("The last quarter is not over yet."))
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    if Publication.objects.filter(team=team, since__lte=until, until__gte=since).exists():
        raise NotPossible(
            _(
                "A part of this period has been published. A second version would show by the "
                "difference what a few cases are about."
            )
        )
    try:
        found = _figures(team, by, since, until, today)
    except TooFew:
        raise NotPossible(
            _("There are fewer than %(number)s requests in this period.") % {"number": K}
        ) from None
    content = _content(team, found, since, until, today)
    made = Publication.objects.create(
        team=team,
        since=since,
        until=until,
        content=content,
        sha256=sha256(as_json(content).encode()).hexdigest(),
        by=by,
        made_at=timezone.now(),
    )
    details = {"since": since.isoformat(), "until": until.isoformat()}
    note(team, "figures.published", by=by, details=details)
    return made


def _figures(team: Team, by: User, since: date, until: date, today: date) -> Anonymous:
    rows = rows_for(by, team, since=since, until=until)
    quarters = quarters_between(since, until)
    chosen = {f"q{place}": Q(asked_on__range=one) for place, one in enumerate(quarters)}
    told = rows.some.aggregate(**{name: Count("pk", filter=one) for name, one in chosen.items()})
    numbers = [told[name] for name in chosen]
    return anonymous(groups(rows, today), list(zip(quarters, numbers, strict=True)))


def _content(team: Team, found: Anonymous, since: date, until: date, today: date) -> dict[str, Any]:
    names = dict(
        Platform.objects.filter(slug__in={line.platform for line in found.lines}).values_list(
            "slug", "name"
        )
    )
    return {
        "format": FORMAT,
        "version": VERSION,
        "team": team.name,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "as_of": today.isoformat(),
        "k": K,
        "definitions": DEFINITIONS,
        "requests": found.number,
        "lines": [
            {
                "platform": line.platform,
                "platform_name": names.get(line.platform, line.platform) or "all others",
                "law": line.law,
                "law_name": law_of(line.law).short_title if line.law else "",
                "asked": line.kind,
                "requests": line.number,
                **line.outcomes,
                **line.shares,
                "median_weeks": line.median_weeks,
            }
            for line in found.lines
        ],
        "quarters": [
            {
                "since": span.since.isoformat(),
                "until": span.until.isoformat(),
                "requests": span.number,
            }
            for span in found.spans
        ],
    }


def as_json(content: dict[str, Any]) -> str:
    """A publication as JSON, the same text every time."""
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=False) + "\n"


def csv_lines(content: dict[str, Any]) -> Iterator[str]:
    """A publication as CSV: a line for each group."""
    columns = ["platform", "platform_name", "law", "law_name", "asked", "requests"]
    figures = [*OUTCOMES, *FLAGS, "median_weeks"]
    yield cells.line(["since", "until", *columns, *figures])
    for line in content["lines"]:
        told = [WITHHELD if line[name] is None else line[name] for name in figures]
        period = [content["since"], content["until"]]
        yield cells.line([*period, *(line[name] for name in columns), *told])
