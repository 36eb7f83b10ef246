"""Matters, parties, time and outcomes as CSV, for an office's own system of record.

``FILES`` names every column and says what it means; docs/exports.md is held to it by a test. Names
of columns and codes stay as they are in every language, days are ISO 8601.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch

from consentkit.cases.log import Detail, Fact, struck_numbers
from consentkit.cases.models import Case, EventRecord
from consentkit.clients.models import Client
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .cells import line
from .models import TimeEntry
from .outcomes import outcomes_of

BATCH = 200  # cases that are read at a time
BOM = "\ufeff"


@dataclass(frozen=True)
class Office:
    """What the lines of all files need to know of the team."""

    outcomes: dict[str, str]
    people: dict[int, str]

    def outcome(self, key: str) -> str:
        return self.outcomes.get(key, key)

    def person(self, user: int | None) -> str:
        return self.people.get(user, "") if user else ""


Row = Sequence[object]
Rows = Callable[[Case, Office], Iterable[Row]]


@dataclass(frozen=True)
class File:
    """One file: its columns with their meaning, and the rows that it has of a case."""

    name: str
    columns: dict[str, str]
    rows: Rows


@dataclass(frozen=True)
class End:
    """How and when a case was closed, as its log has it; all empty while it is open."""

    on: date | None = None
    ending: str = ""


def end_of(case: Case) -> End:
    """The last closing of a case that is closed, from the part of its log that was read."""
    if not case.is_closed:
        return End()
    facts = [record.fact for record in case.records.all()]
    struck = struck_numbers(facts)
    closings = [one for one in facts if one.kind == "closed" and one.number not in struck]
    last: Fact | None = closings[-1] if closings else None
    return End(last.on, str(last.get(Detail.ENDING))) if last else End()


def _matter(case: Case, office: Office) -> Iterator[Row]:
    client, end = case.client, end_of(case)
    yield (
        case.matter_number,
        case.code,
        case.reference,
        client.number if client else "",
        client.outside_id if client else "",
        client.name if client else "",
        case.law,
        case.kind,
        case.platform,
        case.company,
        case.campaign.title if case.campaign else "",
        case.place,
        case.language,
        case.stage,
        case.opened_on,
        end.on,
        end.ending,
        case.outcome,
        office.outcome(case.outcome),
        office.person(case.owner_id),
        office.person(case.second_id),
        case.next_on,
        case.next_key,
        case.late_from if not case.is_closed else "",
        "; ".join(sorted(tag.name for tag in case.tags.all())),
    )


def _parties(case: Case, office: Office) -> Iterator[Row]:
    ours = (case.matter_number, case.code)
    client = case.client
    if client is not None:
        contact = client.contact
        yield (
            *ours,
            "client",
            client.name,
            client.number,
            client.outside_id,
            contact.get("email", ""),
            contact.get("phone", ""),
            ", ".join(contact.get("address", [])),
            client.residence,
            client.language,
            client.born,
        )
        if client.representative:
            yield _only_name(ours, "representative", client.representative, client)
        for party in client.parties.all():
            yield _only_name(ours, party.role, party.name, client)
    yield _only_name(ours, "company", case.company, client)


def _only_name(ours: tuple[str, str], role: str, name: str, client: Client | None) -> Row:
    number, outside = (client.number, client.outside_id) if client else ("", "")
    return (*ours, role, name, number, outside, "", "", "", "", "", "")


def _time(case: Case, office: Office) -> Iterator[Row]:
    for entry in case.time_entries.all():
        if entry.minutes is not None:
            yield (
                case.matter_number,
                case.code,
                entry.pk,
                entry.day,
                entry.minutes,
                f"{entry.minutes / 60:.2f}",
                entry.activity,
                TimeEntry.Activity(entry.activity).label,
                entry.what,
                office.person(entry.user_id),
            )


def _outcome(case: Case, office: Office) -> Iterator[Row]:
    if case.is_closed:
        end = end_of(case)
        yield (
            case.matter_number,
            case.code,
            end.on,
            end.ending,
            case.outcome,
            office.outcome(case.outcome),
            case.opened_on,
            (end.on - case.opened_on).days if end.on else "",
            office.person(case.owner_id),
        )


NUMBER = "Number of the matter in the team"
CODE = "The matter in addresses of this site; it never changes"
FILES: dict[str, File] = {
    file.name: file
    for file in (
        File(
            "matters",
            {
                "matter_number": NUMBER,
                "case_code": CODE,
                "reference": "Reference on the letters",
                "client_number": "Number of the client in the team",
                "client_outside_id": "The client’s number in the office’s own system",
                "client_name": "Name of the client",
                "law": "Key of the law, as in docs/laws.md",
                "kind": "Key of the opening letter",
                "platform": "Key of the platform; empty for a company that was typed in",
                "company": "Name of the company",
                "campaign": "Title of the campaign",
                "place": "Place whose holidays count, ISO 3166-2",
                "language": "Language of the letters",
                "stage": "Where the matter stands",
                "opened_on": "Day on which it was opened",
                "closed_on": "Day on which it was closed",
                "ending": "Key of the ending in the log",
                "outcome_code": "Code of the outcome",
                "outcome": "Name of the outcome",
                "responsible": "Who answers for it",
                "second": "Who watches its dates beside them",
                "next_date": "The next date",
                "next_step": "Key of what is due then",
                "late_since": "Day since which it is late",
                "tags": "Tags, with semicolons between them",
            },
            _matter,
        ),
        File(
            "parties",
            {
                "matter_number": NUMBER,
                "case_code": CODE,
                "role": "client, representative, adverse, related or company",
                "name": "Name",
                "client_number": "Number of the client in the team",
                "client_outside_id": "The client’s number in the office’s own system",
                "email": "E-mail address (client only, as all below)",
                "phone": "Telephone",
                "address": "Postal address on one line",
                "residence": "Where the client lives, ISO 3166-2",
                "language": "Language of the client",
                "born": "Day of birth",
            },
            _parties,
        ),
        File(
            "time",
            {
                "matter_number": NUMBER,
                "case_code": CODE,
                "entry": "Number of the entry",
                "day": "Day of the work",
                "minutes": "Minutes",
                "hours": "The same in hours, with a decimal point",
                "activity_code": "Code of the activity",
                "activity": "Name of the activity",
                "what": "What was done",
                "person": "Who did it",
            },
            _time,
        ),
        File(
            "outcomes",
            {
                "matter_number": NUMBER,
                "case_code": CODE,
                "closed_on": "Day on which the matter was closed",
                "ending": "Key of the ending in the log",
                "outcome_code": "Code of the outcome",
                "outcome": "Name of the outcome",
                "opened_on": "Day on which it was opened",
                "days": "Days from opening to closing",
                "responsible": "Who answers for it",
            },
            _outcome,
        ),
    )
}


def lines(file: File, team: Team, user: User, *, bom: bool = False) -> Iterator[str]:
    """A file line by line: the team's cases that ``user`` may export, each with what belongs to it.

    ``bom`` lets Excel see that it is UTF-8.
    """
    yield (BOM if bom else "") + line(file.columns)
    office = _office(team)
    for case in _cases(team, user, file):
        for row in file.rows(case, office):
            yield line(row)


def _office(team: Team) -> Office:
    people = User.objects.filter(memberships__team=team).distinct()
    return Office(
        outcomes={one.key: str(one.name) for one in outcomes_of([team])},
        people={one.pk: one.get_full_name() for one in people},
    )


def _cases(team: Team, user: User, file: File) -> Iterator[Case]:
    mine = Case.objects.within(user, Permission.EXPORT).filter(team=team).order_by("pk")
    # Of a log only what says how the case was closed.
    told = EventRecord.objects.filter(kind__in=("closed", "struck")).order_by("number")
    related: dict[str, tuple[Any, ...]] = {
        "matters": (Prefetch("records", told), "tags"),
        "parties": ("client__parties",),
        "time": ("time_entries",),
        "outcomes": (Prefetch("records", told),),
    }
    rows = mine.select_related("client", "campaign").defer("hold_reason")
    return rows.prefetch_related(*related[file.name]).iterator(chunk_size=BATCH)
