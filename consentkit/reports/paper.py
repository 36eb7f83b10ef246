"""Reports on paper: how platforms behave, for the team itself or for everybody, and the walls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from babel import Locale
from babel.dates import format_date
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from consentkit.cases.behaviour import Outcome
from consentkit.cases.conduct import groups, rows_for
from consentkit.correspondence.chronicle import title_of_kind
from consentkit.law.statutes import law_of
from consentkit.letters.render import tagged_pdf
from consentkit.teams.access import sees_all
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .anonymous import OPEN, OUTCOMES, K
from .behaviour import DEFINITIONS, FLAGS, drawing, key, table
from .behaviour import OUTCOMES as WORDS
from .charts import Chart, Part, Row
from .models import Publication

WITHHELD = "*"
MOST = 10  # bars on paper
STYLES = ("print/fonts.css", "print/certificate.css", "print/report.css")
OR_WITHHELD = _("neither of these, or withheld")
IN_WORDS: dict[str, str | Promise] = {
    **{outcome.value: label for outcome, label in WORDS.items()},
    OPEN: _("open, closed before, or without a date"),
}


def internal(
    team: Team,
    user: User,
    *,
    since: date | None,
    until: date | None,
    today: date,
    language: str,
    paper: str,
) -> bytes:
    """How platforms behaved in the cases that somebody may see, over a period.

    Raises MissingEngine or NoGlyph, as ``render.pdf`` does.
    """
    found = groups(rows_for(user, team, since=since, until=until), today)
    with override(language):
        lines = table(found)
        return _pdf(
            "print/report.html",
            {
                "title": gettext("How platforms behave"),
                "team": team.name,
                "kind": gettext("For the team only: it names small numbers."),
                "is_whole": sees_all(user, Permission.REPORTS, team),
                "since": _written(since, language) if since else "",
                "until": _written(until or today, language),
                "number": sum(group.number for group in found),
                "assumed": sum(group.assumed for group in found),
                "chart": replace(drawing(found), most=MOST),
                "key": key(),
                "heads": [*WORDS.values(), *FLAGS.values(), gettext("Median of days")],
                "rows": [
                    {
                        "name": line.platform,
                        "about": f"{line.law} · {line.asked}",
                        "number": line.group.number,
                        "cells": [
                            *(number for _label, number in (*line.outcomes, *line.flags)),
                            "–" if line.median is None else line.median,
                        ],
                    }
                    for line in lines
                ],
                "definitions": DEFINITIONS,
            },
            made=today,
            language=language,
            paper=paper,
        )


def published(one: Publication, *, language: str, paper: str) -> bytes:
    """A publication on paper, with no figure in it that the publication has not."""
    content = one.content
    with override(language):
        lines = content["lines"]
        names = {line["platform"]: line["platform_name"] for line in lines}
        names[""] = gettext("all others")
        figures = [*OUTCOMES, *FLAGS, "median_weeks"]
        return _pdf(
            "print/report.html",
            {
                "title": gettext("How platforms behave"),
                "team": content["team"],
                "kind": gettext(
                    "Anonymised: whatever is about fewer than %(number)s requests is withheld, and "
                    "so is what it could be computed from. Groups that are too small are one line."
                )
                % {"number": K},
                "is_whole": True,
                "since": _written(one.since, language),
                "until": _written(one.until, language),
                "as_of": _written(date.fromisoformat(content["as_of"]), language),
                "number": content["requests"],
                "chart": _bars(lines, names),
                "key": [*key()[:-1], ("rest", OR_WITHHELD)],
                "withheld": WITHHELD,
                "heads": [
                    *(IN_WORDS[name] for name in OUTCOMES),
                    *FLAGS.values(),
                    gettext("Median of weeks"),
                ],
                "rows": [
                    {
                        "name": names[line["platform"]],
                        "about": _about(line),
                        "number": line["requests"],
                        "cells": [
                            WITHHELD if line[name] is None else line[name] for name in figures
                        ],
                    }
                    for line in lines
                ],
                "quarters": [
                    (
                        _written(date.fromisoformat(span["since"]), language),
                        _written(date.fromisoformat(span["until"]), language),
                        span["requests"],
                    )
                    for span in content["quarters"]
                ],
                "definitions": DEFINITIONS,
                "sha256": one.sha256,
            },
            made=one.made_at.date(),
            language=language,
            paper=paper,
        )


def _about(line: dict[str, Any]) -> str:
    if not line["law"]:
        return ""
    return f"{law_of(line['law']).short_title} · {title_of_kind(line['law'], line['asked'])}"


def _bars(lines: list[dict[str, Any]], names: dict[str, str]) -> Chart:
    """The published lines as bars; what is withheld of one is part of the rest."""
    kinds = {Outcome.IN_TIME: "good", Outcome.ARGUABLE: "unsure", Outcome.LATE: "late",
             Outcome.MISSED: "missed"}  # fmt: skip
    rows = []
    for line in lines:
        parts = [Part(kind, line[name] or 0, str(WORDS[name])) for name, kind in kinds.items()]
        rest = line["requests"] - sum(part.number for part in parts)
        parts.append(Part("rest", rest, str(OR_WITHHELD)))
        about = _about(line)
        label = f"{names[line['platform']]}, {about}" if about else names[line["platform"]]
        rows.append(Row(label, tuple(parts)))
    return Chart("behaviour", gettext("What became of the requests"), tuple(rows), MOST)


# Walls --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WallLine:
    """A wall as the report shows it."""

    number: int
    person: str
    client: str
    reason: str
    made_at: datetime
    made_by: str
    lifted_at: datetime | None
    attest_by: date
    attestations: tuple[tuple[datetime, str], ...]
    attempts: tuple[datetime, ...]


def walls(team: Team, lines: list[WallLine], *, today: date, language: str, paper: str) -> bytes:
    """Every wall of a team with its attestations and the attempts from behind it."""
    standing = [line for line in lines if line.lifted_at is None]
    with override(language):
        return _pdf(
            "print/walls.html",
            {
                "title": gettext("Report of ethical walls"),
                "team": team.name,
                "lines": lines,
                "standing": len(standing),
                "overdue": sum(line.attest_by <= today for line in standing),
                "attempts": sum(len(line.attempts) for line in lines),
                "today": today,
            },
            made=today,
            language=language,
            paper=paper,
        )


def _pdf(template: str, told: dict[str, Any], *, made: date, language: str, paper: str) -> bytes:
    html = render_to_string(
        template,
        {
            **told,
            "language": language,
            "paper": paper,
            "made_on": _written(made, language),
            "made_on_iso": made.isoformat(),
        },
    )
    return tagged_pdf([html], STYLES)


def _written(day: date, language: str) -> str:
    return format_date(day, "long", locale=Locale.parse(language))
