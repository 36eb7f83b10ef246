"""The audit log of a team as people read it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import KINDS
from consentkit.cases.models import Case
from consentkit.teams.models import AuditEntry, Team, User
from consentkit.web.casework.board import cell

PAGE = 50

# What is done, by the name under which the log keeps it. A fact of a case has the log's own name.
ACTIONS: dict[str, str | Promise] = {
    "team.founded": _("Team founded"),
    "person.invited": _("Person invited"),
    "person.joined": _("Person joined"),
    "person.changed": _("Role or last day changed"),
    "person.left": _("Person left"),
    "invitation.withdrawn": _("Invitation withdrawn"),
    "cases.handed_over": _("Cases handed over"),
    "cases.exported": _("List of cases exported"),
    "case.viewed": _("Case viewed"),
    "case.exported": _("Evidence of a case exported"),
    "case.held": _("Case put on hold"),
    "case.released": _("Hold of a case ended"),
    "case.deleted": _("Case deleted"),
    "letter.revised": _("Draft changed"),
    "review.asked": _("Letter given to review"),
    "review.approved": _("Letter approved"),
    "review.edited": _("Letter approved with edits"),
    "review.returned": _("Letter returned with comments"),
    "review.voided": _("Approval of a letter ended"),
    "review.emergency": _("Letter released unread in an emergency"),
    "letter.queued": _("Letter given to the mail server"),
    "message.stopped": _("Message stopped"),
    "message.not_sent": _("Message did not go out"),
    "message.accepted": _("Message taken into a case"),
    "message.rejected": _("Message taken out of a case"),
    "file.added": _("File added"),
    "proposal.declined": _("Proposed dates declined"),
    "wall.made": _("Wall put up"),
    "wall.lifted": _("Wall lifted"),
    "wall.attested": _("Wall attested"),
    "wall.attempt": _("Attempt from behind a wall"),
    "walls.exported": _("Report of walls exported"),
    "audit.exported": _("Audit log exported"),
}


def name_of(action: str) -> str:
    """An action in words; its own name where it has none."""
    known = ACTIONS.get(action)
    if known is None and action.startswith("case."):
        kind = KINDS.get(action.removeprefix("case."))
        known = kind.label if kind else None
    return str(known or action)


@dataclass(frozen=True)
class Line:
    """One entry, for somebody to read. ``case`` only where the reader may see it."""

    entry: AuditEntry
    who: str
    what: str
    case: Case | None

    @property
    def about(self) -> str:
        """The thing an entry is about, by number."""
        return f"{self.entry.thing} {self.entry.thing_id}" if self.entry.thing_id else ""

    @property
    def details(self) -> str:
        return ", ".join(f"{key}: {value}" for key, value in self.entry.details.items())


def entries(team: Team, *, person: str, action: str) -> QuerySet[AuditEntry]:
    """The entries of a team, the latest first, narrowed to a person and an action."""
    found = AuditEntry.objects.filter(team=team).order_by("-number")
    if person:
        found = found.filter(user=int(person))
    return found.filter(action=action) if action else found


def people_in(team: Team) -> dict[int, str]:
    """The names of everybody who is or was in the team."""
    users = User.objects.filter(memberships__team=team).distinct()
    return {user.pk: user.get_full_name() for user in users}


def actions_in(team: Team) -> list[tuple[str, str]]:
    """The actions there are, in words and in the order of these."""
    keys = AuditEntry.objects.filter(team=team).order_by().values_list("action", flat=True)
    return sorted(((key, name_of(key)) for key in keys.distinct()), key=lambda one: one[1])


def lines(found: list[AuditEntry], team: Team, reader: User) -> list[Line]:
    """Entries in words."""
    names = people_in(team)
    keys = {entry.thing_id for entry in found if entry.thing == "case"}
    cases = Case.objects.visible_to(reader).in_bulk(keys)
    return [
        Line(
            entry,
            who_is(entry.user, names),
            name_of(entry.action),
            cases.get(entry.thing_id or 0) if entry.thing == "case" else None,
        )
        for entry in found
    ]


def who_is(user: int | None, names: dict[int, str]) -> str:
    if user is None:
        return gettext("the site itself")
    return names.get(user) or gettext("Person %(number)s") % {"number": user}


def csv_lines(found: QuerySet[AuditEntry]) -> Iterator[str]:
    """Entries as CSV, by number as they are chained, so that somebody else can check them."""
    columns = ["number", "at", "user", "action", "thing", "thing_id", "details", "digest"]
    yield row(columns)
    for entry in found.order_by("number").iterator(chunk_size=500):
        details = json.dumps(entry.details, sort_keys=True, separators=(",", ":"))
        yield row(
            [
                entry.number,
                entry.at.isoformat(),
                entry.user,
                entry.action,
                entry.thing,
                entry.thing_id,
                details,
                entry.digest,
            ]
        )


def row(values: Sequence[object]) -> str:
    """A line of CSV, in which no cell is a formula."""
    written = StringIO()
    csv.writer(written).writerow([cell(value) for value in values])
    return written.getvalue()
