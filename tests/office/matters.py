"""An office with two clients and a matter for each; nobody of them exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from consentkit.cases.models import Case
from consentkit.clients.models import Client, Party
from consentkit.correspondence.search import rebuild
from consentkit.teams.actions import found, wall_off
from consentkit.teams.models import Membership, Team, User
from tests.world import a_case, a_person

ROLES = {"sue": "supervisor", "cay": "caseworker", "stu": "student", "vic": "viewer"}


@dataclass
class Office:
    """Clara runs it; Dora's matter and Emil's matter are hers to begin with."""

    team: Team
    people: dict[str, User]
    dora: Case
    emil: Case

    def __getitem__(self, name: str) -> User:
        return self.people[name]

    def wall(self, name: str, case: Case) -> None:
        assert case.client_id is not None
        wall_off(self.team, self[name], case.client_id, by=self["clara"], reason="A friend.")

    def both(self) -> list[Case]:
        return [self.dora, self.emil]


def an_office() -> Office:
    clara = a_person("clara@example.org", name="Clara")
    team = found("Example Clinic", by=clara)
    people = {"clara": clara}
    for name, role in ROLES.items():
        people[name] = a_person(f"{name}@example.org", name=name.capitalize())
        Membership.objects.create(team=team, user=people[name], role=role, made_at=timezone.now())
    dora, emil = (_client(team, number, name) for number, name in enumerate(["Dora", "Emil"], 1))
    return Office(team, people, a_matter(team, clara, dora), a_matter(team, clara, emil))


def _client(team: Team, number: int, name: str) -> Client:
    return Client.objects.create(
        team=team,
        number=number,
        name=f"{name} Demo",
        contact={"email": f"{name.lower()}@example.org"},
        residence="DE-BE",
        made_at=timezone.now(),
    )


def a_matter(team: Team, owner: User, client: Client, *facts: Any, **asked: Any) -> Case:
    """A matter of a client, opened on 2 March 2026."""
    case = a_case(*facts, owner=owner, **asked)
    Case.objects.filter(pk=case.pk).update(
        team=team, client=client, matter_number=f"26-{team.cases.count() + 1}"
    )
    case.refresh_from_db()
    rebuild(case)
    return case


def has_party(case: Case, name: str, role: str = "adverse") -> Party:
    assert case.team is not None
    return Party.objects.create(
        team=case.team, client=case.client, role=role, name=name, made_at=timezone.now()
    )
