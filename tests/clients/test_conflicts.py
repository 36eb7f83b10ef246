"""Conflicts of interest: what a search finds, who learns it, and who decides."""

from __future__ import annotations

import pytest

from consentkit.clients.actions import add_party, close_client, own_conflict
from consentkit.clients.conflicts import conflicted, decide, findings, may_open, who_decide
from consentkit.clients.models import Client, ConflictCheck, Party
from consentkit.teams.access import Forbidden, client_reach
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import AuditEntry, Wall
from consentkit.teams.roles import Permission
from tests.clients.people import ON, comes, joins

pytestmark = pytest.mark.django_db
State = ConflictCheck.State


def the_check(client):
    return client.conflict_checks.first()


def found(client):
    return [(one.what, one.name) for one in findings(the_check(client))]


def test_a_client_nobody_knows_is_taken_on_at_once(clinic, carol):
    dora = comes(clinic, carol)

    assert (the_check(dora).state, may_open(dora), dora.stage) == (State.CLEAR, True, "open")


def test_a_client_is_found_again_under_another_spelling(clinic, carol):
    comes(clinic, carol, "M\u00fcller, J\u00f6rg")
    again = comes(clinic, carol, "Mueller J.")

    assert found(again) == [("client", "M\u00fcller, J\u00f6rg")]
    assert (the_check(again).state, may_open(again), again.stage) == ("waiting", False, "intake")


def test_a_former_client_is_found(clinic, carol):
    close_client(comes(clinic, carol), by=carol, on=ON)

    assert found(comes(clinic, carol, "Demo, Dora")) == [("former", "Dora Demo")]


def test_somebody_whom_a_client_is_against_is_found(clinic, carol):
    comes(clinic, carol, adverse=["Peter Muster"])

    assert found(comes(clinic, carol, "P. Muster")) == [("adverse", "Peter Muster")]


def test_a_relative_of_a_client_is_found(clinic, carol):
    comes(clinic, carol, related=["Rita Demo"])

    assert found(comes(clinic, carol, "Rita Demo")) == [("related", "Rita Demo")]


def test_a_representative_is_found_like_the_client(clinic, carol):
    comes(clinic, carol, "Kim Demo", acts_as="parent", representative="Paula Probe")

    assert found(comes(clinic, carol, "Probe, Paula")) == [("client", "Paula Probe")]


def test_two_clients_may_be_against_the_same_company(clinic, carol):
    comes(clinic, carol, adverse=["TikTok Ltd."])
    second = comes(clinic, carol, "Peter Muster", adverse=["TikTok Limited"])

    assert may_open(second)


def test_a_caseworker_who_is_not_free_is_found(clinic, clara, carol, sid):
    own_conflict(clinic, sid, "Dora Demo", by=sid)
    dora = comes(clinic, carol)

    assert found(dora) == [("own", "Dora Demo")]
    assert conflicted(the_check(dora)) == {sid.pk}


def test_a_caseworkers_conflict_that_is_told_late_stops_the_clients_it_meets(clinic, carol, sid):
    dora, peter = comes(clinic, carol), comes(clinic, carol, "Peter Muster")
    own_conflict(clinic, sid, "Demo, Dora", by=sid)

    assert (may_open(dora), may_open(peter)) == (False, True)


def test_naming_a_party_searches_again(clinic, carol):
    comes(clinic, carol)
    peter = comes(clinic, carol, "Peter Muster")
    add_party(peter, role="adverse", name="Dora Demo", by=carol)

    assert (found(peter), may_open(peter)) == ([("client", "Dora Demo")], False)


def test_another_teams_records_are_not_searched(clinic, carol, clara):
    from consentkit.teams.actions import found as found_team

    comes(clinic, carol)
    other = found_team("Other Clinic", by=clara)

    assert may_open(comes(other, clara))


# Who decides --------------------------------------------------------------------------------------


@pytest.fixture
def doubtful(clinic, carol):
    comes(clinic, carol)
    return comes(clinic, carol, "Demo, Dora")


def test_those_who_may_decide_are_named(clinic, clara, carol, sid):
    sue = joins(clinic, "supervisor", "sue@example.org")

    assert set(who_decide(clinic)) == {clara, sue}


def test_whoever_asks_cannot_decide(doubtful, carol):
    with pytest.raises(Forbidden):
        decide(the_check(doubtful), State.PROCEED, by=carol, reason="The same person.")

    assert not may_open(doubtful)


def test_a_decision_is_kept_with_its_person_time_and_reason(doubtful, clara):
    check = the_check(doubtful)
    decide(check, State.PROCEED, by=clara, reason="The same person came twice.")

    kept = ConflictCheck.objects.get(pk=check.pk)
    assert (kept.state, kept.decided_by, kept.reason) == (
        "proceed",
        clara,
        "The same person came twice.",
    )
    assert kept.decided_at is not None
    assert may_open(doubtful)
    assert Client.objects.get(pk=doubtful.pk).stage == "open"


def test_a_decision_needs_a_reason(doubtful, clara):
    with pytest.raises(NotPossible):
        decide(the_check(doubtful), State.PROCEED, by=clara, reason="  ")


def test_it_is_decided_once(doubtful, clara):
    decide(the_check(doubtful), State.DECLINE, by=clara, reason="Her landlord is our client.")
    with pytest.raises(NotPossible):
        decide(the_check(doubtful), State.PROCEED, by=clara, reason="After all.")

    declined = Client.objects.get(pk=doubtful.pk)
    assert (declined.stage, may_open(declined)) == ("declined", False)


def test_a_wall_from_a_decision_stands_at_once(clinic, doubtful, clara, carol):
    decide(the_check(doubtful), State.WALL, by=clara, reason="A cousin.", wall=[carol])

    assert Wall.objects.get().user == carol
    assert not Client.objects.filter(
        client_reach(carol, Permission.CLIENTS), pk=doubtful.pk
    ).exists()
    assert may_open(doubtful)


def test_a_wall_needs_somebody_behind_it(doubtful, clara):
    with pytest.raises(NotPossible):
        decide(the_check(doubtful), State.WALL, by=clara, reason="A cousin.")


def test_nobody_decides_about_a_conflict_of_their_own(clinic, clara, carol):
    own_conflict(clinic, clara, "Dora Demo", by=clara)
    dora = comes(clinic, carol)
    with pytest.raises(NotPossible):
        decide(the_check(dora), State.PROCEED, by=clara, reason="I will be fair.")

    sue = joins(clinic, "supervisor", "sue@example.org")
    decide(the_check(dora), State.WALL, by=sue, reason="Her sister.", wall=[clara])
    assert may_open(dora)


def test_the_audit_log_says_how_much_was_found_and_not_whom(doubtful):
    entries = AuditEntry.objects.filter(action="conflict.checked", thing_id=doubtful.pk)

    assert [entry.details for entry in entries] == [{"compared": 1, "found": 1}]


def test_a_party_of_nobody_cannot_be(clinic, carol):
    dora = comes(clinic, carol)
    for told in ({"role": "own", "name": "Rita Demo"}, {"role": "adverse", "name": " "}):
        with pytest.raises(NotPossible):
            add_party(dora, by=carol, **told)

    assert not Party.objects.exists()
