"""The audit log of a team as people read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import KINDS
from consentkit.cases.models import Case
from consentkit.office.cells import line
from consentkit.teams.models import AuditEntry, Team, User

PAGE = 50

# What is done, by the name under which the log keeps it. A fact of a case has the log's own name.
ACTIONS: dict[str, str | Promise] = {
    "team.founded": _("Team founded"),
    "team.changed": _("Settings of the team changed"),
    "person.invited": _("Person invited"),
    "person.joined": _("Person joined"),
    "person.changed": _("Role or last day changed"),
    "person.left": _("Person left"),
    "invitation.withdrawn": _("Invitation withdrawn"),
    "cases.handed_over": _("Cases handed over"),
    "cases.exported": _("List of cases exported"),
    "cases.tagged": _("Tags put on cases"),
    "cases.untagged": _("Tags taken off cases"),
    "case.assigned": _("Case assigned"),
    "case.outcome": _("Outcome of a case chosen"),
    "note.written": _("Internal note written"),
    "time.started": _("Timer started"),
    "time.recorded": _("Time recorded"),
    "time.discarded": _("Time taken away"),
    "view.shared": _("View shared with the team"),
    "view.deleted": _("Shared view deleted"),
    "outcome.added": _("Outcome code added"),
    "outcome.changed": _("Outcome code changed"),
    "office.exported": _("Matters, parties, time or outcomes exported"),
    "case.viewed": _("Case viewed"),
    "case.exported": _("Evidence of a case exported"),
    "case.held": _("Case put on hold"),
    "case.released": _("Hold of a case ended"),
    "case.deleted": _("Case deleted"),
    "batch.begun": _("Work on many cases begun"),
    "batch.made": _("Work on many cases done"),
    "batch.cancelled": _("Work on many cases cancelled"),
    "batch.downloaded": _("Letters of many cases taken away"),
    "batch.discarded": _("File with letters of many cases deleted"),
    "letter.revised": _("Draft changed"),
    "review.asked": _("Letter given to review"),
    "review.approved": _("Letter approved"),
    "review.edited": _("Letter approved with edits"),
    "review.returned": _("Letter returned with comments"),
    "review.voided": _("Approval of a letter ended"),
    "review.emergency": _("Letter released unread in an emergency"),
    "house.written": _("House text written"),
    "house.asked": _("House text given to review"),
    "house.approved": _("House text approved"),
    "house.returned": _("House text returned with comments"),
    "house.retired": _("House text taken out of use"),
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
    "figures.published": _("Figures published"),
    "report.exported": _("Report exported"),
    "retention.rule": _("Rule for keeping set"),
    "retention.rule_ended": _("Rule for keeping ended"),
    "retention.proposed": _("Things fell due under a rule for keeping"),
    "retention.kept": _("Kept longer than a rule says"),
    "retention.done": _("Destroyed or anonymised under a rule"),
    "client.held": _("Client put on hold"),
    "client.released": _("Hold of a client ended"),
    "client.anonymised": _("Client anonymised"),
    "client.deleted": _("Client deleted"),
    "campaign.made": _("Campaign set up"),
    "campaign.changed": _("Campaign changed"),
    "campaign.opened": _("Campaign opened"),
    "campaign.paused": _("Campaign paused"),
    "campaign.closed": _("Campaign closed"),
    "participation.confirmed": _("Somebody joined a campaign"),
    "participation.withdrawn": _("Somebody left a campaign"),
    "team.frames_changed": _("Sites for frames changed"),
    "import.begun": _("Spreadsheet of people brought"),
    "import.confirmed": _("People of a spreadsheet entered"),
    "import.stopped": _("Spreadsheet of people stopped"),
    "import.errors": _("Rows that were not entered taken away"),
    "intake.asked": _("Link for an intake made"),
    "intake.handed_in": _("Intake handed in by a link"),
    "intake.withdrawn": _("Link for an intake withdrawn"),
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
    return line(values)


def attempts(team: Team) -> dict[tuple[int, int], list[datetime]]:
    """When whom tried to get behind the wall before a client: by person and client."""
    tried = AuditEntry.objects.filter(team=team, action="wall.attempt").order_by("number")
    rows = list(tried.values_list("user", "thing", "thing_id", "at"))
    cases = [thing_id or 0 for _user, thing, thing_id, _at in rows if thing == "case"]
    clients = dict(Case.objects.filter(pk__in=cases).values_list("pk", "client"))
    found: dict[tuple[int, int], list[datetime]] = {}
    for user, thing, thing_id, at in rows:
        client = clients.get(thing_id or 0) if thing == "case" else thing_id
        if user is not None and client is not None:
            found.setdefault((user, client), []).append(at)
    return found
