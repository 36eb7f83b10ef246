"""How long a team keeps things: what falls due, what a hold keeps, and what is left of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from consentkit.campaigns.models import Campaign, EntryRecord, Participation
from consentkit.cases.actions import Held, close, hold, reopen
from consentkit.cases.models import Case, Conduct
from consentkit.clients.actions import hold as hold_client
from consentkit.clients.models import Client, ConflictCheck, Consent, Party
from consentkit.correspondence.erasure import delete_case
from consentkit.correspondence.models import Message
from consentkit.retention.actions import (
    HANGS_ON_A_CLIENT,
    carry_out,
    daily,
    end_rule,
    hash_of,
    keep_longer,
    let_go,
    months_from,
    preview,
    propose,
    set_rule,
    waiting_for,
)
from consentkit.retention.models import Action, Destruction, Falling, What
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import NotPossible, attest, wall_off
from consentkit.teams.audit import verify
from consentkit.teams.models import AuditEntry
from tests.teams.clinic import Clinic, a_clinic
from tests.world import a_case, tell

pytestmark = pytest.mark.django_db

CLOSED = date(2026, 5, 31)
DUE = date(2026, 11, 30)  # half a year later: November has no 31st
AFTER = DUE + timedelta(days=15)  # when the notice of 14 days is over


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


def a_matter(clinic: Clinic, number: str, ending: str = "given_up", **fields: object) -> Case:
    """A closed matter of the clinic, whose letter went out and was answered."""
    case = a_case(
        ("sent", "03-02", {"letter": 1, "channel": "registered"}),
        ("received", "03-05", {"letter": 1, "evidence": "signed"}),
        owner=clinic["cay"],
    )
    Case.objects.filter(pk=case.pk).update(team=clinic.team, matter_number=number, **fields)
    case.refresh_from_db()
    tell(case, ("answered", "03-30", {"verdict": "complete"}))
    close(case, ending, by=clinic["cay"], on=CLOSED)
    return case


def a_client(clinic: Clinic, number: int, stage: str, **fields: object) -> Client:
    made = {"made_at": datetime(2026, 1, 10, tzinfo=UTC), "residence": "DE-BE", "name": "Dora Demo"}
    return Client.objects.create(team=clinic.team, number=number, stage=stage, **{**made, **fields})


def rule(clinic: Clinic, action: str, what: str = "cases", **told: object):
    return set_rule(
        clinic.team, what=what, action=action, by=clinic["clara"], **{"months": 6, **told}
    )


def numbers(clinic: Clinic) -> list[int]:
    return [one.thing_id for one in waiting_for(clinic.team, clinic["clara"])]


def actions(clinic: Clinic) -> list[str]:
    told = AuditEntry.objects.filter(team=clinic.team).values_list("action", flat=True)
    return [one for one in told if one.startswith(("retention", "case.deleted", "client.d"))]


def test_a_matter_is_destroyed_after_its_months_and_the_notice_and_a_certificate_is_left(clinic):
    case, other = a_matter(clinic, "26-0001"), a_matter(clinic, "26-0002", "duplicate")
    rule(clinic, "destroy")
    rule(clinic, "keep", outcome="duplicate")

    assert propose(clinic.team, DUE - timedelta(days=1)) == 0
    assert (propose(clinic.team, DUE), propose(clinic.team, DUE)) == (1, 0)
    assert numbers(clinic) == [case.pk]
    assert carry_out(clinic.team, AFTER - timedelta(days=1)) == []
    [made] = carry_out(clinic.team, AFTER)

    assert list(Case.objects.all()) == [other]
    assert (made.action, made.numbers, made.decided_by) == ("destroy", ["26-0001"], None)
    assert (made.counts["Case"], made.counts["Letter"], made.counts["EventRecord"]) == (1, 1, 5)
    assert made.counts["Conduct"] == 1
    assert made.sha256 == hash_of(Destruction.objects.get())
    assert actions(clinic) == [
        "retention.rule",
        "retention.rule",
        "retention.proposed",
        "case.deleted",
        "retention.done",
    ]
    assert verify(clinic.team) is None
    assert carry_out(clinic.team, AFTER) == []


def test_what_is_anonymised_leaves_figures_that_are_nobodys(clinic):
    a_matter(clinic, "26-0001")
    rule(clinic, "anonymise")
    propose(clinic.team, DUE)
    carry_out(clinic.team, AFTER)
    row = Conduct.objects.get()

    assert not Case.objects.exists()
    assert row.case is None
    # The first day of the quarter, and everything else as many days from it as it was.
    assert (row.asked_on, row.days) == (date(2026, 1, 1), 25)
    assert row.answered_on == date(2026, 1, 26)
    assert row.due is not None
    assert row.due - row.asked_on == date(2026, 4, 7) - date(2026, 3, 5)


def test_a_hold_beats_every_rule(clinic):
    held = a_matter(clinic, "26-0001")
    client = a_client(clinic, 1, "open")
    theirs = a_matter(clinic, "26-0002", client=client)
    rule(clinic, "destroy")
    hold(held, until=AFTER, reason="A court case.", by=clinic["clara"])
    [outlook] = preview(clinic.team, clinic["clara"], DUE)
    assert (outlook.now, outlook.held) == (2, 1)

    propose(clinic.team, DUE)
    assert numbers(clinic) == [theirs.pk]
    # A hold that comes during the notice is in time, and so is one at the last moment.
    hold_client(client, until=AFTER, reason="An authority asks.", by=clinic["clara"])
    assert carry_out(clinic.team, AFTER) == []
    assert Case.objects.count() == 2
    with pytest.raises(Held):
        delete_case(theirs, clinic["clara"], today=AFTER)

    assert propose(clinic.team, AFTER + timedelta(days=1)) == 2


def test_a_matter_whose_letter_is_being_handed_over_waits_for_that(clinic):
    case = a_matter(clinic, "26-0001")
    message = Message.objects.create(
        case=case, outgoing=True, state="handing_over", made_at=datetime(2026, 5, 1, tzinfo=UTC)
    )
    rule(clinic, "destroy")
    propose(clinic.team, DUE)

    assert carry_out(clinic.team, AFTER) == []
    assert numbers(clinic) == [case.pk]
    message.state, message.handed_over_at = "sent", message.made_at
    message.save()
    assert [one.numbers for one in carry_out(clinic.team, AFTER)] == [["26-0001"]]


def test_nothing_of_a_client_is_left_out_when_they_are_emptied():
    hangs = {one.get_accessor_name() for one in Client._meta.related_objects}

    # Cases go before; what a wall says is emptied; the link goes on its own.
    assert hangs == {*HANGS_ON_A_CLIENT, "cases", "walls", "intake_link"}


def test_people_decide_about_what_is_for_them_to_decide(clinic):
    first, second, third = (a_matter(clinic, f"26-000{one}") for one in (1, 2, 3))
    rule(clinic, "review")
    propose(clinic.team, DUE)
    assert carry_out(clinic.team, AFTER) == []  # it waits for somebody
    waiting = {one.thing_id: one.pk for one in waiting_for(clinic.team, clinic["clara"])}

    with pytest.raises(Forbidden):
        let_go(clinic.team, [waiting[first.pk]], action="destroy", by=clinic["sue"], today=DUE)
    with pytest.raises(NotPossible):
        keep_longer(
            clinic.team, [waiting[first.pk]], until=AFTER, reason=" ", by=clinic["clara"], today=DUE
        )
    keep_longer(
        clinic.team,
        [waiting[first.pk]],
        until=AFTER,
        reason="She may come back.",
        by=clinic["clara"],
        today=DUE,
    )
    reopen(third, by=clinic["cay"], on=DUE)
    chosen = [waiting[second.pk], waiting[third.pk]]
    [made] = let_go(clinic.team, chosen, action="destroy", by=clinic["clara"], today=DUE)

    assert (made.numbers, made.decided_by) == (["26-0002"], clinic["clara"])
    assert set(Case.objects.all()) == {first, third}
    assert propose(clinic.team, AFTER) == 0
    assert propose(clinic.team, AFTER + timedelta(days=1)) == 1
    assert numbers(clinic) == [first.pk]


def test_nobody_decides_about_a_matter_behind_a_wall_to_them(clinic):
    client = a_client(clinic, 1, "open")
    case = a_matter(clinic, "26-0001", client=client)
    rule(clinic, "review")
    propose(clinic.team, DUE)
    [one] = waiting_for(clinic.team, clinic["clara"])
    wall_off(clinic.team, clinic["clara"], client.pk, by=clinic["sue"], reason="A friend.")

    assert numbers(clinic) == []
    [outlook] = preview(clinic.team, clinic["clara"], DUE)
    assert (outlook.now, outlook.soon, outlook.held) == (0, 0, 0)
    assert let_go(clinic.team, [one.pk], action="destroy", by=clinic["clara"], today=DUE) == []
    assert list(Case.objects.all()) == [case]


def test_a_rule_that_ends_proposes_nothing_any_more(clinic):
    a_matter(clinic, "26-0001")
    standing = rule(clinic, "destroy")
    propose(clinic.team, DUE)
    end_rule(standing, by=clinic["clara"])

    assert not daily(clinic.team, AFTER)
    assert Case.objects.count() == 1
    assert Falling.objects.get().state == "gone"


def test_clients_are_kept_as_long_as_they_have_matters_and_then_emptied_or_deleted(clinic):
    ended = {"ended_on": CLOSED}
    former, busy = a_client(clinic, 1, "former", **ended), a_client(clinic, 2, "former", **ended)
    declined, unfinished = a_client(clinic, 3, "declined"), a_client(clinic, 4, "intake")
    a_client(clinic, 5, "open")
    a_matter(clinic, "26-0001", client=busy)
    now = datetime(2026, 2, 1, tzinfo=UTC)
    Party.objects.create(
        team=clinic.team, client=former, role="related", name="A cousin", made_at=now
    )
    Consent.objects.create(client=former, toward="us", subject="processing", wording="Yes",
                           wording_sha256="0", made_at=now)  # fmt: skip
    ConflictCheck.objects.create(
        team=clinic.team, client=declined, asked_at=now, searched=1, state="decline", decided_at=now
    )
    wall = wall_off(clinic.team, clinic["cay"], former.pk, by=clinic["clara"], reason="A cousin.")
    attest(wall, by=clinic["cay"], statement="I asked no cousin.")
    Participation.objects.create(
        campaign=Campaign.objects.create(
            team=clinic.team, slug="faces", title="Faces", opens_on=CLOSED, made_at=now
        ),
        client=former, email="dora@example.org", secret_hash="0", language="en", joined_at=now,
    )  # fmt: skip
    EntryRecord.objects.create(team=clinic.team, client=former, person="DORA", made_at=now)
    rule(clinic, "anonymise", "former")
    rule(clinic, "destroy", "declined")
    rule(clinic, "destroy", "unfinished", months=1)
    assert propose(clinic.team, DUE) == 3
    made = carry_out(clinic.team, AFTER)

    assert [one.numbers for one in made] == [["client 1"], ["client 3"], ["client 4"]]
    assert set(Client.objects.values_list("number", flat=True)) == {1, 2, 5}
    former.refresh_from_db()
    assert (former.name, former.number, former.residence) == ("", 1, "DE-BE")
    left = (Party, Consent, Participation, EntryRecord)
    assert [one.objects.count() for one in left] == [0, 0, 0, 0]
    wall.refresh_from_db()
    assert (wall.reason, wall.attestations.get().statement) == ("", "")
    assert {declined.pk, unfinished.pk} & set(Client.objects.values_list("pk", flat=True)) == set()
    # What is emptied is not due once more.
    assert propose(clinic.team, AFTER) == 0


def test_a_certificate_and_the_audit_log_hold_nothing_personal(clinic):
    a_matter(clinic, "26-0001", client=a_client(clinic, 1, "open"))
    rule(clinic, "destroy")
    propose(clinic.team, DUE)
    [made] = carry_out(clinic.team, AFTER)
    told = str([made.numbers, made.counts, list(AuditEntry.objects.values_list("details"))])

    assert [name for name in ("Ada", "Beispiel", "Dora", "@sample", "CK-") if name in told] == []


def test_only_who_may_says_how_long_things_are_kept(clinic):
    for name in ("sue", "cay", "stu", "coo", "vic"):
        with pytest.raises(Forbidden):
            set_rule(clinic.team, what="cases", months=1, action="destroy", by=clinic[name])
    for wrong in (
        {"months": -1},
        {"outcome": "nonsense"},
        {"what": "declined", "outcome": "court"},
    ):
        with pytest.raises(NotPossible):
            rule(clinic, "destroy", **{"what": "cases", **wrong})
    assert (set(What.values), set(Action.values)) == (
        {"cases", "former", "declined", "unfinished"},
        {"keep", "review", "anonymise", "destroy"},
    )


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
    ],
)
def test_months_are_counted_to_the_same_day_or_the_last(day, months, later):
    assert months_from(day, months) == later
