"""A clinic at work: Clara runs it, Sue supervises, Cay is a caseworker, Stu a student."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from consentkit.cases.models import Case
from consentkit.letters.models import Letter
from consentkit.teams.actions import found
from consentkit.teams.models import Membership, Team, User
from tests.teams.people import PASSWORD, person
from tests.world import a_case


@dataclass
class Clinic:
    team: Team
    people: dict[str, User]

    def __getitem__(self, name: str) -> User:
        return self.people[name]

    def letter_by(self, name: str, **asked: Any) -> Letter:
        """The opening letter of a new case, drafted by somebody, who is assigned to it."""
        on = timezone.localdate() - timedelta(days=2)
        case = a_case(owner=self[name], **{"date": on, **asked})
        Case.objects.filter(pk=case.pk).update(team=self.team, second=self["stu"])
        return Letter.objects.get(case=case)


ROLES = {
    "sue": "supervisor",
    "cay": "caseworker",
    "stu": "student",
    "coo": "coordinator",
    "vic": "viewer",
}


def a_clinic() -> Clinic:
    """A clinic with somebody in every role."""
    owner = person("clara@example.org", PASSWORD, name="Clara")
    team = found("Example Clinic", by=owner)
    people = {"clara": owner}
    for name, role in ROLES.items():
        people[name] = person(f"{name}@example.org", PASSWORD, name=name.capitalize())
        Membership.objects.create(team=team, user=people[name], role=role, made_at=timezone.now())
    return Clinic(team, people)
