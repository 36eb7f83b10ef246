"""Who reaches which case: one condition, asked everywhere."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from consentkit.cases.models import Case
from consentkit.clients.models import Client
from consentkit.teams.access import Forbidden, may, role_in
from consentkit.teams.actions import (
    NotPossible,
    accept,
    attest,
    change,
    end,
    found,
    invitation_of,
    invite,
    lift,
    matter_number,
    wall_off,
)
from consentkit.teams.audit import note, verify
from consentkit.teams.models import AuditEntry, Membership, Wall
from consentkit.teams.roles import ROLES, Permission, Reach
from tests.world import a_case, a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def clara():
    return a_person("clara@example.org")


@pytest.fixture
def clinic(clara):
    return found("Example Clinic", by=clara)


def joins(team, role, email="sam@example.org", **fields):
    person = a_person(email)
    Membership.objects.create(team=team, user=person, role=role, made_at=timezone.now(), **fields)
    return person


def a_client(team, number=1, **fields):
    told = {"name": "Dora Demo", "residence": "DE-BE", "made_at": timezone.now(), **fields}
    return Client.objects.create(team=team, number=number, **told)


def of_team(case, team, client=None, **fields):
    Case.objects.filter(pk=case.pk).update(team=team, client=client, **fields)
    case.refresh_from_db()
    return case


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("permission", Permission)
def test_a_role_reaches_what_the_table_says(clinic, clara, role, permission):
    case = of_team(a_case(owner=clara), clinic)
    sam = joins(clinic, role)
    allowed = permission in ROLES[role].may and ROLES[role].reach is Reach.ALL

    assert Case.objects.within(sam, permission).contains(case) == allowed
    assert may(sam, permission, clinic) == (permission in ROLES[role].may)


def test_a_student_reaches_assigned_cases_only(clinic, clara):
    case = of_team(a_case(owner=clara), clinic)
    sam = joins(clinic, "student")
    assert not Case.objects.visible_to(sam).exists()

    of_team(case, clinic, second=sam)

    assert Case.objects.visible_to(sam).get() == case


def test_ones_own_cases_are_nobody_elses(clinic, clara):
    mine = a_case(owner=joins(clinic, "student"))

    assert not Case.objects.visible_to(clara).contains(mine)


def test_who_left_the_team_reaches_nothing_even_where_the_case_was_theirs(clinic, clara):
    sam = joins(clinic, "caseworker")
    of_team(a_case(owner=sam), clinic)
    assert Case.objects.visible_to(sam).exists()

    end(Membership.objects.get(user=sam), by=clara)

    assert not Case.objects.visible_to(sam).exists()


def test_access_ends_by_itself_after_its_last_day(clinic, clara):
    today = timezone.localdate()
    of_team(a_case(owner=clara), clinic)
    until_today = joins(clinic, "caseworker", "a@example.org", expires_on=today)
    until_yesterday = joins(
        clinic, "caseworker", "b@example.org", expires_on=today - timedelta(days=1)
    )

    assert Case.objects.visible_to(until_today).exists()
    assert not Case.objects.visible_to(until_yesterday).exists()
    assert role_in(until_yesterday, clinic) is None


def test_a_wall_beats_every_role(clinic, clara):
    client = a_client(clinic)
    of_team(a_case(owner=clara), clinic, client)
    sam = joins(clinic, "owner")
    assert Case.objects.visible_to(sam).exists()

    wall = wall_off(clinic, sam, client.pk, by=clara, reason="His sister works for the company.")

    assert not Case.objects.visible_to(sam).exists()
    assert Case.objects.visible_to(clara).exists()
    with pytest.raises(NotPossible):
        lift(wall, by=sam, reason="I promise.")
    lift(wall, by=clara, reason="She left the company.")
    assert Case.objects.visible_to(sam).exists()


def test_a_case_without_a_client_is_behind_no_wall(clinic, clara):
    of_team(a_case(owner=clara), clinic)
    sam = joins(clinic, "caseworker")
    wall_off(clinic, sam, a_client(clinic).pk, by=clara, reason="A friend.")

    assert Case.objects.visible_to(sam).exists()


def test_a_wall_is_attested_and_its_next_day_moves(clinic, clara):
    sam = joins(clinic, "caseworker")
    wall = wall_off(clinic, sam, a_client(clinic).pk, by=clara, reason="A friend.")
    Wall.objects.update(attest_by=date(2026, 1, 1))

    attest(wall, by=sam, statement="I have seen nothing.")

    wall.refresh_from_db()
    assert wall.attest_by > timezone.localdate()
    assert wall.attestations.get().statement == "I have seen nothing."


def test_an_invitation_is_accepted_once(clinic, clara):
    invitation, secret = invite(clinic, "new@example.org", "student", by=clara)
    new = a_person("new@example.org")
    assert invitation_of(secret) == invitation
    assert invitation_of("x" + secret) is None

    accept(invitation, by=new)

    assert role_in(new, clinic).key == "student"
    assert invitation_of(secret) is None
    with pytest.raises(NotPossible):
        accept(invitation, by=a_person("other@example.org"))


def test_only_who_manages_invites(clinic):
    with pytest.raises(Forbidden):
        invite(clinic, "new@example.org", "viewer", by=joins(clinic, "supervisor"))


def test_a_team_keeps_an_owner(clinic, clara):
    membership = Membership.objects.get(user=clara)
    with pytest.raises(NotPossible):
        change(membership, by=clara, role="viewer")
    with pytest.raises(NotPossible):
        end(membership, by=clara)


def test_matter_numbers_follow_the_pattern_and_none_comes_twice(clinic):
    clinic.pattern = "{YY}-PRIV-{seq}"
    clinic.save()
    numbers = [matter_number(clinic, date(2026, 11, 24)) for _ in range(3)]

    assert numbers == ["26-PRIV-0001", "26-PRIV-0002", "26-PRIV-0003"]


def test_the_audit_log_tells_when_somebody_changed_it(clinic, clara):
    for number in range(3):
        note(clinic, "case.viewed", by=clara, thing="case", thing_id=number)
    assert verify(clinic) is None

    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.filter(number=2).update(action="case.edited")
    AuditEntry.objects.filter(number=2).delete()

    assert verify(clinic) == 2
