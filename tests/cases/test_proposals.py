"""Dates never move by themselves: what would move them is proposed, and somebody decides."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from django.core.management import call_command

from consentkit import tasks
from consentkit.cases import actions
from consentkit.cases.actions import (
    accept,
    close,
    decline,
    propose_receipt,
    propose_rule_change,
    record,
    reopen,
    strike,
    verify,
)
from consentkit.cases.log import BadFact, Detail
from consentkit.cases.models import Case, Proposal
from consentkit.law.edition import edition
from consentkit.law.periods import Days, Months
from consentkit.law.statutes import LAWS
from tests.cases.test_log import fold_of, index_of
from tests.cases.test_posture import GOT, POSTED, SENT, day
from tests.test_queue import drain
from tests.world import a_case, a_person, tell

pytestmark = pytest.mark.django_db

GUESSED = ("received", "03-05", {"letter": 1, "evidence": "none"})


def answer_day(case):
    """The day by which they must answer, by the index."""
    return case.deadlines.get(key="answer", void=False).day


def last_kinds(case, number):
    return [fact.kind for fact in case.facts()[-number:]]


# An arrival ---------------------------------------------------------------------------------------


def test_evidence_of_an_arrival_is_proposed_and_moves_nothing():
    case = a_case(POSTED)

    proposal = propose_receipt(case, letter=1, on=day("03-06"), evidence="acknowledgement")

    assert (proposal.kind, proposal.on, proposal.details) == (
        "receipt", day("03-06"), {"letter": 1, "evidence": "acknowledgement"},
    )  # fmt: skip
    assert (answer_day(case), last_kinds(case, 1)) == (day("04-10"), ["sent"])


def test_accepting_it_records_the_arrival_and_moves_the_dates():
    case = a_case(POSTED)
    proposal = propose_receipt(
        case,
        letter=1,
        on=day("03-06"),
        evidence="delivery_status",
        arguably_on=day("03-07"),
    )

    accept(proposal, by=case.owner)
    accept(proposal, by=case.owner)

    received = case.facts()[-1]
    assert (received.kind, received.on, received.arguably_on, received.by) == (
        "received", day("03-06"), day("03-07"), case.owner.pk,
    )  # fmt: skip
    assert (answer_day(case), last_kinds(case, 2)) == (day("04-07"), ["sent", "received"])


def test_declining_it_leaves_everything_as_it_was():
    case = a_case(POSTED)
    proposal = propose_receipt(case, letter=1, on=day("03-06"), evidence="acknowledgement")

    decline(proposal)
    accept(proposal, by=case.owner)

    assert (answer_day(case), last_kinds(case, 1)) == (day("04-10"), ["sent"])
    assert Proposal.objects.get().accepted is False


@pytest.mark.parametrize("decide", [None, decline], ids=["undecided", "declined"])
def test_the_same_evidence_is_proposed_once(decide):
    case = a_case(POSTED)
    first = propose_receipt(case, letter=1, on=day("03-06"), evidence="acknowledgement")
    if decide:
        decide(first)

    assert propose_receipt(case, letter=1, on=day("03-06"), evidence="acknowledgement") is None
    assert propose_receipt(case, letter=1, on=day("03-05"), evidence="signed") is not None
    assert Proposal.objects.count() == 2


@pytest.mark.parametrize(
    ("known", "on", "is_proposed"),
    [
        (GOT, "03-06", False),  # proven for that day
        (GOT, "03-09", False),  # proven for an earlier one
        (GOT, "03-05", True),  # now proven earlier
        (GUESSED, "03-06", True),  # until now only likely
    ],
)
def test_what_the_log_knows_already_is_not_proposed(known, on, is_proposed):
    case = a_case(POSTED, known)

    proposal = propose_receipt(case, letter=1, on=day(on), evidence="signed")

    assert (proposal is not None) == is_proposed


def test_a_letter_that_the_case_does_not_have_cannot_have_arrived():
    assert propose_receipt(a_case(POSTED), letter=2, on=day("03-06"), evidence="signed") is None


def test_an_arrival_that_cannot_be_stays_undecided():
    case = a_case(POSTED)
    proposal = propose_receipt(case, letter=1, on=day("03-02"), evidence="signed")

    with pytest.raises(BadFact, match="That is before you sent the letter"):
        accept(proposal, by=case.owner)

    assert Proposal.objects.get().decided_at is None
    assert last_kinds(case, 1) == ["sent"]


# A changed rule -----------------------------------------------------------------------------------


@pytest.fixture
def amend(monkeypatch):
    """Give the controllers of the GDPR another time to answer, as a new release would."""
    original = LAWS["eu-gdpr"]

    def change(within, **told):
        duties = tuple(
            replace(duty, terms=tuple(replace(term, within=within) for term in duty.terms), **told)
            if duty.key == "answer"
            else duty
            for duty in original.duties
        )
        monkeypatch.setitem(LAWS, "eu-gdpr", replace(original, duties=duties))
        edition.cache_clear()

    yield change
    monkeypatch.undo()
    edition.cache_clear()


def rule_proposals(case):
    return list(case.proposals.filter(kind="rule"))


def moved(dates):
    """The day of the answer among the dates of a proposal."""
    [found] = [told for key, _, _, told in dates if key == "answer"]
    return date.fromisoformat(found)


def test_a_changed_rule_is_proposed_and_moves_nothing(amend):
    case = a_case(SENT, GOT)
    before = index_of(case)

    amend(Days(14))
    tasks.propose_rule_changes()

    [proposal] = rule_proposals(case)
    assert (moved(proposal.before), moved(proposal.after)) == (day("04-07"), day("03-20"))
    assert (index_of(case), last_kinds(case, 1)) == (before, ["received"])
    [answer] = [due for due in case.posture().open if due.key == "answer"]
    assert (answer.day, answer.overdue_from) == (day("04-07"), day("04-08"))


def test_it_is_proposed_once_however_often_somebody_looks(amend):
    case = a_case(SENT, GOT)
    amend(Days(14))

    for _ in range(3):
        tasks.propose_rule_changes()
        propose_rule_change(case)

    assert len(rule_proposals(case)) == 1


def test_accepting_a_changed_rule_moves_the_dates_and_says_so_in_the_log(amend):
    case = a_case(SENT, GOT)
    amend(Days(14))
    proposal = propose_rule_change(case)

    accept(proposal, by=case.owner)

    case.refresh_from_db()
    fact = case.facts()[-1]
    assert (fact.kind, fact.by) == ("rule_accepted", case.owner.pk)
    assert (moved(fact.get(Detail.BEFORE)), moved(fact.get(Detail.AFTER))) == (
        day("04-07"), day("03-20"),
    )  # fmt: skip
    assert (answer_day(case), case.edition) == (day("03-20"), edition("eu-gdpr"))
    assert index_of(case) == fold_of(case)
    assert verify(case) is None
    assert propose_rule_change(case) is None


def test_declining_a_changed_rule_leaves_the_dates_and_nobody_asks_again(amend):
    case = a_case(SENT, GOT)
    before = index_of(case)
    amend(Days(14))

    decline(propose_rule_change(case))
    tasks.propose_rule_changes()

    assert propose_rule_change(case) is None
    assert (index_of(Case.objects.get()), last_kinds(case, 1)) == (before, ["received"])
    assert [one.accepted for one in rule_proposals(case)] == [False]


@pytest.mark.parametrize("asked_before", ["nobody", "asked", "declined"])
def test_before_something_new_is_told_the_log_says_what_the_changed_rule_moves(amend, asked_before):
    case = a_case(SENT, GOT)
    amend(Days(14))
    if asked_before != "nobody":
        proposal = propose_rule_change(case)
        if asked_before == "declined":
            decline(proposal)

    record(case, "noted", on=day("03-09"), by=case.owner, note="They rang.")

    accepted, note = case.facts()[-2:]
    assert (accepted.kind, accepted.by, note.kind) == ("rule_accepted", None, "noted")
    assert (moved(accepted.get(Detail.BEFORE)), moved(accepted.get(Detail.AFTER))) == (
        day("04-07"), day("03-20"),
    )  # fmt: skip
    assert (answer_day(case), case.edition) == (day("03-20"), edition("eu-gdpr"))
    assert case.proposals.filter(decided_at=None).count() == 0
    assert index_of(case) == fold_of(case)


def strike_the_arrival(case):
    strike(case, 3, by=case.owner, reason="That was another letter.")


def close_it(case):
    close(case, "fulfilled", by=case.owner, on=day("06-01"))


@pytest.mark.parametrize("act", [strike_the_arrival, close_it])
def test_striking_and_closing_move_no_date_silently_either(amend, act):
    case = a_case(SENT, GOT)
    amend(Days(14))

    act(case)

    assert last_kinds(case, 2)[0] == "rule_accepted"


def test_a_closed_case_is_asked_nothing_until_it_is_opened_again(amend):
    case = a_case(SENT, GOT)
    close_it(case)
    amend(Days(14))
    tasks.propose_rule_changes()
    assert rule_proposals(case) == []

    reopen(case, by=case.owner, on=day("06-02"))

    assert last_kinds(case, 2) == ["rule_accepted", "reopened"]
    assert answer_day(case) == day("03-20")


def test_a_change_that_moves_no_date_is_taken_over_silently(amend):
    case = a_case(SENT, GOT)
    before = index_of(case)
    amend(Months(1), citation="Art. 12(3), as renumbered")
    assert edition("eu-gdpr") != case.edition

    tasks.propose_rule_changes()

    case.refresh_from_db()
    assert case.edition == edition("eu-gdpr")
    assert (rule_proposals(case), index_of(case), last_kinds(case, 1)) == (
        [], before, ["received"],
    )  # fmt: skip


def test_a_proposal_that_was_overtaken_by_another_change_is_not_accepted(amend):
    case = a_case(SENT, GOT)
    amend(Days(14))
    outdated = propose_rule_change(case)
    amend(Days(20))

    accept(outdated, by=case.owner)

    [proposal] = rule_proposals(case)
    assert (moved(proposal.after), proposal.decided_at) == (day("03-26"), None)
    assert (answer_day(case), last_kinds(case, 1)) == (day("04-07"), ["received"])


def test_a_rule_that_changes_back_leaves_nothing_to_decide(amend):
    case = a_case(SENT, GOT)
    amend(Days(14))
    propose_rule_change(case)

    amend(Months(1), citation="Art. 12(3), restored")
    tasks.propose_rule_changes()

    assert rule_proposals(case) == []


def test_when_no_rule_changed_one_query_a_law_finds_that_out(django_assert_num_queries):
    a_case(SENT, GOT)

    with django_assert_num_queries(len(LAWS)):
        tasks.propose_rule_changes()


def test_many_cases_are_done_in_batches(amend, monkeypatch):
    for number in range(5):
        a_case(SENT, GOT, owner=a_person(f"{number}@example.org"))
    amend(Days(14))
    monkeypatch.setattr(actions, "BATCH", 2)

    tasks.propose_rule_changes()
    ran = drain()

    assert ran == ["propose_rule_changes", "propose_rule_changes"]
    assert Proposal.objects.count() == 5


# The command --------------------------------------------------------------------------------------


def recompute(*arguments):
    out = io.StringIO()
    call_command("recompute_deadlines", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_says_what_would_move_and_changes_nothing(amend):
    a_case(SENT, GOT)
    a_case(SENT, owner=a_person("b@example.org"), law="us-co-cpa", right="access", place="US-CO",
           residence="US-CO")  # fmt: skip
    assert recompute() == ["Every open case is counted by the rules of today."]
    a_case(owner=a_person("c@example.org"))
    amend(Days(14))

    said = [
        "eu-gdpr: 2 cases were counted by another edition of the law; the dates of 1 would move"
    ]
    assert recompute() == recompute() == said
    assert Proposal.objects.count() == 0


def test_the_command_proposes_when_asked_to(amend):
    case = a_case(SENT, GOT)
    amend(Days(14))

    assert recompute("--propose") == [
        "eu-gdpr: 1 case was counted by another edition of the law; the dates of 1 would move",
        "The new dates are proposed.",
    ]

    assert (len(rule_proposals(case)), answer_day(case)) == (1, day("04-07"))
    assert recompute("--propose") == ["Every open case is counted by the rules of today."]


def test_a_changed_rule_leaves_other_laws_alone(amend):
    other = a_case(SENT, law="us-co-cpa", right="access", place="US-CO", residence="US-CO")
    amend(Days(14))

    tell(other, ("noted", "03-04", {}))

    assert last_kinds(other, 2) == ["sent", "noted"]
