"""What a team has much of: entries of its audit log, and cases that change hands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consentkit import tasks
from consentkit.cases import assignment
from consentkit.cases.models import Case, HandOver
from consentkit.teams.audit import note, verify, verify_new
from consentkit.teams.models import AuditEntry, AuditMark, Membership
from tests.teams.clinic import Clinic, a_clinic
from tests.world import a_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


def browser_of(clinic: Clinic, name: str) -> Browser:
    browser = Browser()
    browser.force_login(clinic[name])
    return browser


def entries(clinic: Clinic, number: int) -> None:
    for _ in range(number):
        note(clinic.team, "case.viewed", by=clinic["cay"])


def changes(number: int, **forged: object) -> None:
    """Somebody at the database takes an entry out and puts another one in its place."""
    entry = AuditEntry.objects.get(number=number)
    AuditEntry.objects.filter(pk=entry.pk).delete()
    for name, value in forged.items():
        setattr(entry, name, value)
    entry.save(force_insert=True)


# The audit log ------------------------------------------------------------------------------------


def test_only_new_entries_are_walked_and_the_whole_chain_when_asked(clinic):
    entries(clinic, 20)
    assert verify(clinic.team) is None
    mark = AuditMark.objects.get(team=clinic.team)
    assert (mark.number, mark.whole_at is not None) == (21, True)

    entries(clinic, 2)
    with CaptureQueriesContext(connection) as walked:
        assert verify_new(clinic.team) is None
    [walk] = [query["sql"] for query in walked if '"number" >=' in query["sql"]]
    assert '"number" >= 22' in walk
    assert AuditMark.objects.get(team=clinic.team).number == 23


@pytest.mark.parametrize(("number", "seen_at_once"), [(3, False), (5, True), (7, True)])
def test_a_changed_entry_is_found_at_once_or_by_walking_the_whole_chain(
    clinic, number, seen_at_once
):
    entries(clinic, 4)
    verify(clinic.team)
    entries(clinic, 3)
    changes(number, **({"digest": "0" * 64} if number == 5 else {"action": "nothing"}))

    assert verify_new(clinic.team) == (number if seen_at_once else None)
    assert verify(clinic.team) == number
    with pytest.raises(CommandError):
        call_command("verify_audit")
    page = browser_of(clinic, "clara").post(
        reverse("team-audit-verify", args=[clinic.team.slug]), follow=True
    )
    assert f"The chain breaks at entry {number}." in page.content.decode()


# Handing over -------------------------------------------------------------------------------------


def test_many_cases_are_handed_over_by_the_workers(clinic, monkeypatch):
    monkeypatch.setattr(assignment, "AT_ONCE", 2)
    cases = []
    for _ in range(5):
        case = a_case(owner=clinic["stu"])
        Case.objects.filter(pk=case.pk).update(team=clinic.team)
        cases.append(case)
    asked: list[int] = []
    monkeypatch.setattr(assignment, "later", lambda _name, pk: asked.append(pk))
    people = {one.user_id: one.pk for one in Membership.objects.filter(team=clinic.team)}
    address = reverse("team-handover", args=[clinic.team.slug])
    told = {
        "giver": people[clinic["stu"].pk],
        "taker": people[clinic["cay"].pk],
        "memo": "Her semester is over.",
    }
    browser = browser_of(clinic, "clara")
    assert browser.post(address, told).status_code == 302
    [going] = HandOver.objects.all()
    assert Case.objects.filter(owner=clinic["stu"]).count() == 5

    tasks.hand_over(going.pk)
    assert "2 cases moved, going on" in browser.get(address).content.decode()
    tasks.hand_over(going.pk)
    tasks.hand_over(going.pk)
    tasks.hand_over(going.pk)  # a task that runs once more changes nothing

    going.refresh_from_db()
    assert asked == [going.pk] * 3
    assert (going.moved, going.stayed, going.memo) == (5, 0, "")
    assert going.finished_at is not None
    assert {case.facts()[-1].note for case in cases} == {"Her semester is over."}
    assert Case.objects.filter(owner=clinic["cay"]).count() == 5
    done = AuditEntry.objects.filter(team=clinic.team, action="cases.handed_over")
    assert [entry.details["cases"] for entry in done] == [5]


def test_whoever_may_no_longer_hand_over_moves_nothing_more(clinic, monkeypatch):
    monkeypatch.setattr(assignment, "AT_ONCE", 1)
    for _ in range(2):
        case = a_case(owner=clinic["stu"])
        Case.objects.filter(pk=case.pk).update(team=clinic.team)
    going = assignment.begin(
        clinic.team,
        giver=clinic["stu"],
        taker=clinic["cay"],
        memo="Her semester is over.",
        by=clinic["sue"],
        on=timezone.localdate(),
    )
    Membership.objects.filter(user=clinic["sue"]).update(role="viewer")
    HandOver.objects.update(made_at=timezone.now() - timedelta(hours=2))
    asked: list[int] = []
    monkeypatch.setattr(assignment, "later", lambda _name, pk: asked.append(pk))
    assignment.requeue_unfinished(timezone.now())
    tasks.hand_over(going.pk)
    going.refresh_from_db()

    assert asked == [going.pk]
    assert (going.moved, going.stayed) == (0, 2)
