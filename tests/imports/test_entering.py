"""Somebody is entered once, whatever comes twice, and opens a case as soon as nothing stands in the
way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from consentkit.campaigns.entering import NOT_YOURS, Entry, Outcome, enter, open_waiting
from consentkit.campaigns.many import enter_many
from consentkit.campaigns.models import EntryRecord
from consentkit.cases.models import Case
from consentkit.clients.actions import Intake
from consentkit.clients.conflicts import decide
from consentkit.clients.models import Client
from consentkit.imports.checking import Checker, Choices, Reader
from consentkit.imports.reading import Line
from consentkit.letters.actions import freeze
from consentkit.letters.authority import OutsideMandate
from consentkit.letters.request import Account
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import NotPossible, wall_off
from tests.clients.people import DRAWN, comes, joins

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)


def somebody(name="Dora Demo", **told) -> Entry:
    intake = Intake(name=name, residence="DE-BE", email="dora@example.org", **told)
    return Entry(intake=intake, account=Account("@dora"))


def test_a_coordinator_enters_somebody_once(group, campaign, cora):
    first = enter(group, somebody(), campaign=campaign, by=cora, on=ON)
    again = enter(group, somebody(phone="030 1"), campaign=campaign, by=cora, on=ON)

    assert (first.outcome, again.outcome, again.differs) == ("opened", "there", ("phone",))
    assert (first.client, first.case) == (again.client, again.case)
    [case] = Case.objects.all()
    assert (case.campaign, case.owner, case.platform) == (campaign, cora, "tiktok")
    assert case.letters.get().letter_request().account == Account("@dora", "")


def test_without_a_mandate_the_letter_waits_as_a_draft(group, campaign, cora):
    entered = enter(group, somebody(), campaign=campaign, by=cora, on=ON)
    letter = entered.case.letters.get()
    with pytest.raises(OutsideMandate):
        freeze(letter)

    signed = replace(somebody(), strokes=DRAWN)
    assert enter(group, signed, campaign=campaign, by=cora, on=ON).case == entered.case
    enter(group, signed, campaign=campaign, by=cora, on=ON)
    mandate = entered.client.mandates.get()
    assert (mandate.laws, mandate.platforms) == (["eu-gdpr"], ["tiktok"])
    assert freeze(letter).is_frozen


def test_the_outside_number_says_who_it_is(group, campaign, cora):
    enter(group, somebody(outside_id="A-1"), campaign=campaign, by=cora, on=ON)
    moved = somebody(name="Dora Demo-Doe", outside_id="A-1")

    assert enter(group, moved, campaign=campaign, by=cora, on=ON).differs == ("name",)
    other = enter(group, somebody(outside_id="A-2"), campaign=campaign, by=cora, on=ON)
    assert other.outcome == Outcome.OPENED
    assert Client.objects.count() == 2


def test_a_case_opens_once_a_conflict_is_decided(group, campaign, clara, cora):
    comes(group, clara, "Max Muster", adverse=["Dora Demo"])
    waits = enter(group, somebody(), campaign=campaign, by=cora, on=ON)
    assert (waits.outcome, waits.case) == ("waits", None)
    assert enter(group, somebody(), campaign=campaign, by=cora, on=ON).outcome == "waits"
    assert open_waiting(waits.client, on=ON) == 0

    decide(waits.client.conflict_checks.get(), "proceed", by=clara, reason="Another one.")
    client = Client.objects.get(pk=waits.client.pk)
    assert (open_waiting(client, on=ON), open_waiting(client, on=ON)) == (1, 0)
    record = EntryRecord.objects.get(client=client)
    assert (record.case.owner, record.case.campaign, record.asked) == (cora, campaign, {})


def test_what_was_asked_is_forgotten_where_we_do_not_act(group, campaign, clara, cora):
    comes(group, clara, "Max Muster", adverse=["Dora Demo"])
    waits = enter(group, somebody(), campaign=campaign, by=cora, on=ON)
    decide(waits.client.conflict_checks.get(), "decline", by=clara, reason="His wife.")

    assert open_waiting(Client.objects.get(pk=waits.client.pk), on=ON) == 0
    assert EntryRecord.objects.get(client=waits.client).asked == {}


def test_two_of_one_name_in_a_campaign_are_no_conflict(group, campaign, cora):
    enter(group, somebody(), campaign=campaign, by=cora, on=ON)
    other = replace(somebody(), intake=replace(somebody().intake, email="other@example.org"))

    assert enter(group, other, campaign=campaign, by=cora, on=ON).outcome == "opened"
    alone = replace(somebody(), intake=replace(somebody().intake, email="third@example.org"))
    assert enter(group, alone, by=cora, on=ON).client.stage == Client.Stage.INTAKE


@pytest.mark.parametrize(
    "told",
    [{"residence": "US-NY"}, {"name": ""}, {"email": ""}, {"acts_as": "parent"}],
)
def test_what_cannot_be_written_is_not_entered(group, campaign, cora, told):
    entry = replace(somebody(), intake=replace(somebody().intake, **told), account=Account())
    with pytest.raises(NotPossible):
        enter(group, entry, campaign=campaign, by=cora, on=ON)

    assert not Client.objects.exists()


def test_a_student_enters_nobody(group, campaign):
    with pytest.raises(Forbidden):
        enter(group, somebody(), campaign=campaign, by=joins(group, "student", "s@x.org"), on=ON)


def test_nobody_learns_from_an_entry_what_is_known_of_somebody_out_of_reach(
    group, campaign, clara, cora
):
    there = enter(group, somebody(outside_id="A-1", born=date(1990, 5, 17)), by=clara, on=ON).client
    guess = somebody(outside_id="A-1", born=date(1990, 5, 18))

    with pytest.raises(Forbidden):
        enter(group, guess, campaign=campaign, by=cora, on=ON)
    [refused] = enter_many(group, [guess], campaign=campaign, by=cora, on=ON)
    [finding] = Checker(a_reader(group, campaign), ON, cora).check([LINE])
    assert (refused.reason, finding.problems[0].message) == (str(NOT_YOURS), str(NOT_YOURS))
    assert (finding.differs, finding.client) == ((), 0)
    assert not EntryRecord.objects.filter(campaign=campaign).exists()

    assert enter(group, guess, campaign=campaign, by=clara, on=ON).differs == ("born",)
    wall_off(group, clara, there.pk, by=clara, reason="A relative.")
    [hidden] = Checker(a_reader(group, campaign), ON, clara).check([LINE])
    [seen] = Checker(a_reader(group, campaign), ON, cora).check([LINE])
    assert (hidden.differs, seen.differs) == ((), ("born",))


LINE = Line(2, ("Dora Demo", "", "dora@example.org", "@dora", "A-1", "1990-05-18"))


def a_reader(group, campaign) -> Reader:
    columns = ["name", "residence", "email", "handle", "outside_id", "born"]
    return Reader(group, campaign, columns, Choices(residence="DE-BE"))
