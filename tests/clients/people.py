"""A clinic with its people and a client; nobody of them exists."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from consentkit.clients.actions import Intake, draft_mandate, sign, take_in
from consentkit.clients.models import Client, Mandate
from consentkit.teams.models import Membership, Team, User
from tests.world import a_person

ON = date(2026, 11, 2)
DRAWN = (((0.1, 0.2), (0.5, 0.6)),)


def joins(team: Team, role: str, email: str, **fields: Any) -> User:
    """Somebody new in a team."""
    person = a_person(email)
    Membership.objects.create(team=team, user=person, role=role, made_at=timezone.now(), **fields)
    return person


def comes(team: Team, by: User, name: str = "Dora Demo", **told: Any) -> Client:
    """A client who is taken in."""
    intake = Intake(name=name, **{"residence": "DE-BE", **told})
    return take_in(team, intake, by=by, on=ON)


def signed(client: Client, by: User, **told: Any) -> Mandate:
    """A mandate of theirs, signed on the screen."""
    mandate = draft_mandate(client, by=by, **{"starts_on": ON, **told})
    sign(mandate, by=by, signer=client.name, on=ON, strokes=DRAWN)
    return mandate
