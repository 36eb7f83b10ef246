"""The log is only added to: mistakes are struck, numbers stay, and a chain holds it together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.db import DatabaseError, connection, connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from consentkit.cases.actions import (
    AFTER_THE_END,
    close,
    let_go,
    record,
    refresh,
    reopen,
    strike,
    verify,
)
from consentkit.cases.log import KINDS, BadFact, Detail, Fact, digest
from consentkit.cases.models import AppendOnly, Case, EventRecord
from consentkit.cases.posture import Matter, Stage, assess
from consentkit.confidential import keys
from consentkit.confidential.cipher import seal
from consentkit.law.statutes import law_of
from consentkit.letters.models import Letter
from tests.cases.test_posture import CONFIRMED, GOT, NO, REMINDED, REMINDER, SENT, WHOLE, day
from tests.world import a_case, a_person, home, tell

pytestmark = pytest.mark.django_db

ANSWERED_LATE = ("answered", "05-04", {"verdict": "complete"})
# A value for every detail that a fact may need.
SAMPLES = {
    Detail.LETTER: 1,
    Detail.KIND: "reminder",
    Detail.ARRIVAL: "",
    Detail.CHANNEL: "email",
    Detail.EVIDENCE: "signed",
    Detail.VERDICT: "complete",
    Detail.DUE: "2026-07-01",
    Detail.DUTY: "answer",
    Detail.NUMBER: 2,
    Detail.ENDING: "fulfilled",
}


def numbers_and_kinds(case):
    return [(fact.number, fact.kind) for fact in case.facts()]


# Only added to ------------------------------------------------------------------------------------


def test_facts_are_numbered_as_they_are_told_and_no_number_is_used_twice():
    case = a_case(SENT, GOT)

    strike(case, 3, by=case.owner, reason="That was another letter.")
    tell(case, CONFIRMED)

    assert numbers_and_kinds(case) == [
        (1, "made"), (2, "sent"), (3, "received"), (4, "struck"), (5, "acknowledged"),
    ]  # fmt: skip


def test_nobody_changes_or_removes_a_line_by_mistake():
    case = a_case(SENT)
    row = case.records.get(number=2)

    for change in (
        row.save,
        row.delete,
        case.records.all().delete,
        EventRecord.objects.all().delete,
    ):
        with pytest.raises(AppendOnly):
            change()

    assert numbers_and_kinds(Case.objects.get()) == [(1, "made"), (2, "sent")]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("case_id", 0), ("number", 9), ("kind", "received"), ("on", date(2026, 1, 1)),
        ("arguably_on", date(2027, 1, 1)), ("recorded_at", datetime(2026, 1, 1, tzinfo=UTC)),
        ("details", {}), ("by_id", None), ("digest", "0" * 64),
    ],
)  # fmt: skip
def test_the_database_refuses_to_change_a_line(column, value):
    a_case(SENT)

    with pytest.raises(DatabaseError, match="a log is only added to"), transaction.atomic():
        EventRecord.objects.filter(number=2).update(**{column: value})


def test_the_database_refuses_it_in_its_own_language_too():
    a_case(SENT)

    with (
        pytest.raises(DatabaseError, match="a log is only added to"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE consentkit_eventrecord SET kind = 'noted' WHERE number = 2")


def test_a_log_goes_with_its_case():
    case = a_case(SENT, GOT)

    case.delete()

    assert EventRecord.objects.count() == Letter.objects.count() == 0


# Striking -----------------------------------------------------------------------------------------


def test_what_is_struck_stays_in_the_log_with_what_struck_it():
    case = a_case(SENT, GOT)

    strike(case, 3, by=case.owner, reason="That was another letter.")

    received, struck = case.facts()[2:]
    assert (received.kind, received.on) == ("received", day("03-06"))
    assert (struck.kind, struck.get(Detail.NUMBER), struck.note, struck.by) == (
        "struck", 3, "That was another letter.", case.owner.pk,
    )  # fmt: skip
    assert case.stage == Stage.SENT


@pytest.mark.parametrize(
    ("number", "reason", "detail"),
    [
        (3, "Again.", Detail.NUMBER),  # struck already
        (4, "No, it was right.", Detail.NUMBER),  # a strike
        (5, "Not yet told.", Detail.NUMBER),
        (0, "Nothing.", Detail.NUMBER),
        (1, "Never made.", None),  # the letter that opened the case
        (2, " ", None),  # without a reason
    ],
)
def test_what_cannot_be_struck(number, reason, detail):
    case = a_case(SENT, GOT)
    strike(case, 3, by=case.owner, reason="That was another letter.")

    with pytest.raises(BadFact) as raised:
        strike(case, number, by=case.owner, reason=reason)

    assert raised.value.detail == detail
    assert len(case.facts()) == 4


def test_a_letter_is_struck_only_after_what_was_told_of_it():
    case = a_case(SENT, GOT, REMINDER, REMINDED)

    with pytest.raises(BadFact, match="Strike first what you recorded of this letter"):
        strike(case, 4, by=case.owner, reason="I never wrote it.")
    strike(case, 5, by=case.owner, reason="It never went out.")
    strike(case, 4, by=case.owner, reason="I never wrote it.")

    assert sorted(case.posture().letters) == [1]


def test_a_struck_fact_leaves_the_index_as_if_it_had_never_been_told():
    told, untold = a_case(SENT, GOT, owner=a_person()), a_case(SENT, GOT, owner=a_person("b@x.org"))

    tell(told, NO)
    strike(told, 4, by=told.owner, reason="That was their newsletter.")

    assert index_of(told) == index_of(untold)
    assert state_of(told) == state_of(untold)


# The chain ----------------------------------------------------------------------------------------


def test_the_chain_holds_after_the_database_has_kept_it():
    case = a_case(SENT)
    berlin = datetime(2026, 3, 7, 1, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    record(
        case,
        "answered",
        on=day("03-09"),
        by=case.owner,
        details={Detail.VERDICT: "partial", Detail.MISSING: ("source", "copy"), Detail.STALLS: []},
        note="Größe, 日本, \N{GRINNING FACE}",
        arguably_on=day("03-10"),
        at=berlin,
    )

    assert verify(Case.objects.get()) is None


def test_the_chain_holds_when_notes_are_sealed_anew(settings):
    case = a_case(SENT)
    record(case, "noted", on=day("03-04"), by=case.owner, note="They rang.")
    ring = [keys.new_key(), *keys.field_keys()]
    settings.FIELD_KEYS = [keys.written(key) for key in ring]
    keys.forget()
    try:
        for row in EventRecord.objects.all():
            row.save(update_fields=["note"])

        assert verify(case) is None
        assert case.facts()[-1].note == "They rang."
    finally:
        keys.forget()


def test_a_log_that_nobody_touched_is_whole():
    assert verify(a_case(SENT, GOT, NO)) is None


@contextmanager
def without_the_triggers():
    """Somebody who may do anything with the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered before
            cursor.execute("ALTER TABLE consentkit_eventrecord DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER consentkit_eventrecord_frozen")
        yield cursor


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "noted"},
        {"on": date(2026, 3, 4)},
        {"arguably_on": date(2026, 3, 30)},
        {"recorded_at": datetime(2026, 3, 1, tzinfo=UTC)},
        {"details": {"letter": 1, "evidence": "signed"}},
        {"note": "I never said that."},
        {"by_id": 4711},
        {"number": 7},
        {"digest": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_line_that_was_altered_is_found(change):
    case = a_case(SENT, GOT, CONFIRMED)

    with without_the_triggers():
        EventRecord.objects.filter(number=3).update(**change)

    assert verify(case) == 3


def test_a_line_that_was_taken_out_is_found():
    case = a_case(SENT, GOT, CONFIRMED)

    with without_the_triggers() as cursor:
        cursor.execute("DELETE FROM consentkit_eventrecord WHERE number = 2")

    assert verify(case) == 2


def test_a_note_whose_seal_is_broken_is_found():
    case = a_case(SENT, GOT)
    record(case, "noted", on=day("03-07"), by=case.owner, note="They rang.")

    with connection.cursor() as cursor:
        broken = seal(b"They rang.", "event.note")[:-2] + b"??"
        cursor.execute("UPDATE consentkit_eventrecord SET note = %s WHERE number = 4", [broken])

    assert verify(case) == 4


# What cannot be -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("history", "fact", "detail"),
    [
        # kinds and details
        ([], ("abducted", "03-04", {}), None),
        ([], ("noted", "03-04", {"verdict": "complete"}), None),
        ([], ("noted", "03-04", {"mood": "low"}), None),
        ([], ("sent", "03-03", {"letter": 1}), Detail.CHANNEL),
        ([], ("sent", "03-03", {"channel": "email"}), Detail.LETTER),
        ([], ("sent", "03-03", {"letter": 1, "channel": "pigeon"}), Detail.CHANNEL),
        ([], ("sent", "03-03", {"letter": "1", "channel": "email"}), Detail.LETTER),
        ([], ("sent", "03-03", {"letter": True, "channel": "email"}), Detail.LETTER),
        ([SENT], ("received", "03-06", {"letter": 1, "evidence": "a dream"}), Detail.EVIDENCE),
        ([SENT], ("answered", "03-06", {}), Detail.VERDICT),
        ([SENT], ("answered", "03-06", {"verdict": "maybe"}), Detail.VERDICT),
        ([SENT], ("answered", "03-06", {"verdict": "partial", "missing": "copy"}), Detail.MISSING),
        ([SENT], ("answered", "03-06", {"verdict": "partial", "stalls": [7]}), Detail.STALLS),
        ([SENT], ("extension_notified", "03-06", {"reasons": "yes"}), Detail.REASONS),
        ([SENT], ("extension_notified", "03-06", {"new_date": "2026-02-30"}), Detail.NEW_DATE),
        ([SENT], ("extension_notified", "03-06", {"new_date": "20260405"}), Detail.NEW_DATE),
        ([SENT], ("identity_requested", "03-06", {"justified": 1}), Detail.JUSTIFIED),
        ([], ("reminder_set", "03-06", {}), Detail.DUE),
        ([], ("reminder_set", "03-06", {"due": "soon"}), Detail.DUE),
        ([], ("reminder_set", "03-06", {"due": "2026-03-05"}), Detail.DUE),
        ([], ("reminder_set", "03-06", {"due": "9999-12-31"}), None),
        ([], ("made", "03-06", {"letter": 2, "kind": "reminder", "arrival": "flown in"}),
         Detail.ARRIVAL),
        ([], ("made", "03-06", {"letter": 2, "arrival": ""}), Detail.KIND),
        ([], ("closed", "03-06", {"ending": "bored"}), Detail.ENDING),
        ([], ("closed", "03-06", {}), Detail.ENDING),
        # letters
        ([], ("sent", "03-03", {"letter": 2, "channel": "email"}), Detail.LETTER),
        ([], ("sent", "03-01", {"letter": 1, "channel": "email"}), None),  # not written yet
        ([], ("received", "03-03", {"letter": 1, "evidence": "signed"}), Detail.LETTER),  # not sent
        ([SENT], ("received", "03-02", {"letter": 1, "evidence": "signed"}), None),
        ([], ("bounced", "03-03", {"letter": 1}), Detail.LETTER),
        ([SENT], ("bounced", "03-02", {"letter": 1}), None),
        ([], ("made", "03-06", {"letter": 1, "kind": "reminder", "arrival": ""}), Detail.LETTER),
        # nobody answers a letter that has not been sent
        *[
            (history, (kind, "03-02", {"verdict": "refusal"} if kind == "answered" else {}), None)
            for history in ([], [SENT])
            for kind in ("acknowledged", "identity_requested", "clarification_requested",
                         "fee_requested", "cost_notice_received", "extension_notified", "answered")
        ],
        # the case itself
        ([], ("reopened", "03-06", {}), None),
        ([SENT, GOT], ("let_go", "06-01", {"duty": "answer", "due": "2026-04-07"}), None),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_the_wrong_detail_named(history, fact, detail):
    case = a_case(*history)
    before = numbers_and_kinds(case)

    with pytest.raises(BadFact) as raised:
        tell(case, fact)

    assert raised.value.detail == detail
    assert numbers_and_kinds(Case.objects.get()) == before


def test_a_day_from_which_no_date_can_be_counted_is_refused():
    case = a_case()

    with pytest.raises(BadFact, match="No date can be counted from this day"):
        record(
            case,
            "sent",
            on=date(9999, 12, 30),
            by=case.owner,
            details={Detail.LETTER: 1, Detail.CHANNEL: "email"},
        )


# The end ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(set(KINDS) - AFTER_THE_END))
def test_a_closed_case_takes_nothing_new(kind):
    case = a_case(SENT, GOT, WHOLE)
    close(case, "fulfilled", by=case.owner, on=day("06-01"))
    details = {name: SAMPLES[name] for name in KINDS[kind].needs}

    with pytest.raises(BadFact, match=r"^This case is closed\. Open it again first\.$"):
        record(case, kind, on=day("06-02"), by=case.owner, details=details, note="A reason.")


def test_a_closed_case_takes_a_note_and_a_strike_and_stays_closed():
    case = a_case(SENT, GOT, WHOLE)
    close(case, "fulfilled", by=case.owner, on=day("06-01"))

    record(case, "noted", on=day("06-02"), by=case.owner, note="They thanked me.")
    strike(case, 4, by=case.owner, reason="That was another company.")

    assert state_of(case) == (Stage.CLOSED, None, "", None)


def test_a_case_that_is_opened_again_runs_as_if_it_had_not_been_closed():
    case, open_one = a_case(SENT, GOT), a_case(SENT, GOT, owner=a_person("b@example.org"))

    close(case, "given_up", by=case.owner, on=day("06-01"))
    assert case.deadlines.filter(settled_on=None, void=False).count() == 0
    reopen(case, by=case.owner, on=day("06-02"))

    assert index_of(case) == index_of(open_one)
    assert state_of(case) == state_of(open_one) == (
        Stage.WAITING, day("04-07"), "answer", day("04-08"),
    )  # fmt: skip


def test_a_case_is_open_again_when_its_closing_is_struck():
    case = a_case(SENT, GOT)
    close(case, "given_up", by=case.owner, on=day("06-01"))

    strike(case, 4, by=case.owner, reason="I meant another case.")
    tell(case, ANSWERED_LATE)

    assert case.stage == Stage.ANSWERED


def test_a_case_is_closed_again_when_its_opening_is_struck():
    case = a_case(SENT, GOT)
    close(case, "given_up", by=case.owner, on=day("06-01"))
    reopen(case, by=case.owner, on=day("06-02"))

    strike(case, 5, by=case.owner, reason="I meant another case.")

    assert case.stage == Stage.CLOSED
    with pytest.raises(BadFact, match="This case is closed"):
        tell(case, ANSWERED_LATE)


def test_what_was_told_last_decides_whether_a_case_is_open_whatever_day_it_bears():
    case = a_case(SENT, GOT)
    close(case, "given_up", by=case.owner, on=day("06-01"))

    reopen(case, by=case.owner, on=day("05-20"))

    assert case.stage == Stage.WAITING
    tell(case, ANSWERED_LATE)


def test_a_date_is_let_go_only_with_a_reason():
    case = a_case(SENT, GOT)
    [answer] = [due for due in case.posture().open if due.key == "answer"]

    with pytest.raises(BadFact, match="Say why this date is closed"):
        let_go(case, answer, by=case.owner, on=day("06-01"), reason=" \n")
    let_go(case, answer, by=case.owner, on=day("06-01"), reason="They went bankrupt.")

    row = case.deadlines.get(key="answer", void=False)
    assert (row.settled_on, row.is_open, case.facts()[-1].note) == (
        day("06-01"), False, "They went bankrupt.",
    )  # fmt: skip


def test_a_date_that_is_not_open_cannot_be_let_go():
    case = a_case(SENT, GOT)
    [answer] = [due for due in case.posture().open if due.key == "answer"]
    tell(case, WHOLE)

    with pytest.raises(BadFact, match="There is no such open date"):
        let_go(case, answer, by=case.owner, on=day("06-01"), reason="They went bankrupt.")


def test_of_two_letters_that_wait_to_be_sent_one_can_be_let_go():
    case = a_case(("made", "03-02", {"letter": 2, "kind": "reminder", "arrival": ""}))
    first, second = [due for due in case.posture().open if due.key == "send_it"]

    let_go(case, first, by=case.owner, on=day("03-06"), reason="The other one says it better.")

    assert [due.letter for due in case.posture().open if due.key == "send_it"] == [second.letter]


# Several at once ----------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_never_get_the_same_number():
    case = a_case(SENT)

    def write(name):
        try:
            mine = Case.objects.get(pk=case.pk)
            return [
                record(mine, "noted", on=day("03-04"), by=None, note=f"{name} {turn}").number
                for turn in range(10)
            ]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        given_out = [number for numbers in pool.map(write, "ab") for number in numbers]

    assert sorted(given_out) == list(range(3, 23))
    assert verify(case) is None


# Whatever happens ---------------------------------------------------------------------------------

FROM = date(2026, 3, 2)
LAW_PLACES = {
    "eu-gdpr": ("access", "IE"),
    "ch-fadp": ("access", "CH-ZH"),
    "us-il-bipa": ("withdraw_consent", "US-IL"),
    "us-ca-ccpa": ("access", "US-CA"),
    "us-co-cpa": ("erasure", "US-CO"),
}
OFFERED = [
    ("made", {"letter": 2, "kind": "reminder", "arrival": "", "asked": {"reply_within_days": 14}}),
    ("made", {"letter": 3, "kind": "complaint", "arrival": "complained", "asked": {}}),
    *[("sent", {"letter": one, "channel": how}) for one in (1, 2, 3) for how in ("email", "post")],
    ("bounced", {"letter": 1}),
    *[
        ("received", {"letter": one, "evidence": how})
        for one in (1, 3)
        for how in ("none", "signed")
    ],
    *[(kind, {}) for kind, told in KINDS.items() if told.by_hand and not told.needs],
    ("extension_notified", {"reasons": True}),
    ("identity_requested", {"justified": False}),
    *[
        (kind, {"verdict": verdict})
        for kind in ("answered", "appeal_answered")
        for verdict in ("complete", "partial", "refusal")
    ],
    ("reminder_set", {"due": "2026-12-01", "unless_heard": True}),
    ("closed", {"ending": "settled"}),
    ("reopened", {}),
    *[("struck", {"number": number}) for number in range(2, 9)],
]
OPENING = ("made", {"letter": 1, "kind": "access", "arrival": "received", "asked": {}})
# The letter went out and arrived, and then anything at all.
HISTORIES = st.lists(
    st.tuples(st.sampled_from(OFFERED), st.integers(0, 120)), min_size=3, max_size=10
)


def index_of(case):
    """The rows of the index that count."""
    told = "key right letter day overdue_from is_ours is_law is_marker disputed provisional "
    names = (told + "unconfirmed settled_on").split()
    return sorted(case.deadlines.filter(void=False).values_list(*names), key=str)


def fold_of(case):
    """What the index should say."""
    return sorted(
        (
            (
                due.key, due.right, due.letter or 0, due.day, due.overdue_from, due.is_ours,
                due.is_law, due.is_marker, bool(due.disputed), due.provisional, due.unconfirmed,
                due.settled_on,
            )
            for due in case.posture().dues
            if due.day is not None
        ),
        key=str,
    )  # fmt: skip


def state_of(case):
    found = Case.objects.get(pk=case.pk)
    return found.stage, found.next_on, found.next_key, found.late_from


def state_by_fold(case):
    found = case.posture()
    late = [due.overdue_from for due in found.open if not due.is_marker and due.overdue_from]
    following = found.next
    return (
        found.stage,
        following.day if following else None,
        following.key if following else "",
        min(late, default=None),
    )


@settings(max_examples=40, deadline=None)
@given(law=st.sampled_from(sorted(LAW_PLACES)), history=HISTORIES)
def test_the_index_says_what_the_log_says_after_every_step(law, history):
    right, place = LAW_PLACES[law]
    with transaction.atomic():
        case = a_case(owner=a_person(), law=law, right=right, place=place, residence=home(law)[0])
        steps = [("sent", {"letter": 1, "channel": "email"}), ("received", SAMPLES_OF_RECEIPT)]
        for (kind, details), after in [((*step,), 3) for step in steps] + history:
            try:
                record(
                    case,
                    kind,
                    on=FROM + timedelta(days=after),
                    by=case.owner,
                    details=details,
                    note="Because." if kind == "struck" else "",
                )
            except BadFact:
                continue
            assert index_of(case) == fold_of(case)
            assert state_of(case) == state_by_fold(case)
            rows = case.deadlines.filter(void=False).values_list("key", "right", "letter")
            assert len(rows) == len(set(rows))
        assert verify(case) is None
        assert state_of(case)[0] == Stage.CLOSED or state_of(case)[1] is not None
        before = index_of(case)
        refresh(case)
        assert index_of(case) == before
        transaction.set_rollback(True)


SAMPLES_OF_RECEIPT = {"letter": 1, "evidence": "signed"}


def as_facts(history):
    opening = [(OPENING, 0), (("sent", {"letter": 1, "channel": "post"}), 1)]
    return [
        Fact(
            number=number,
            kind=kind,
            on=FROM + timedelta(days=after),
            arguably_on=FROM + timedelta(days=after),
            recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
            details=details,
        )
        for number, ((kind, details), after) in enumerate(opening + history, start=1)
        if kind not in ("struck", "closed", "reopened")
    ]


def legal_dates(law, facts):
    right, place = LAW_PLACES[law]
    matter = Matter(law=law_of(law), rights=(right,), place=place)
    return sorted(
        (due.key, due.right, due.letter or 0, due.day, due.overdue_from)
        for due in assess(matter, facts).dues
        if due.is_law and due.day is not None
    )


@settings(max_examples=150, deadline=None)
@given(law=st.sampled_from(sorted(LAW_PLACES)), history=HISTORIES, data=st.data())
def test_the_order_in_which_facts_are_told_moves_no_date_of_the_law(law, history, data):
    # A letter that comes back and one that goes out on the same day do have an order.
    told = [fact for fact in as_facts(history) if fact.kind != "bounced"]
    shuffled = [
        replace(fact, number=number)
        for number, fact in enumerate(data.draw(st.permutations(told)), start=1)
    ]

    assert legal_dates(law, shuffled) == legal_dates(law, told)


@settings(max_examples=150, deadline=None)
@given(law=st.sampled_from(sorted(LAW_PLACES)), history=HISTORIES, data=st.data())
def test_a_struck_fact_is_one_that_was_never_told(law, history, data):
    right, place = LAW_PLACES[law]
    matter = Matter(law=law_of(law), rights=(right,), place=place)
    told = as_facts(history)
    mistake = data.draw(st.sampled_from(told[1:]))
    strike_of_it = replace(
        told[0], number=len(told) + 20, kind="struck", details={"number": mistake.number}
    )

    never_told = [fact for fact in told if fact is not mistake]

    assert assess(matter, [*told, strike_of_it]) == assess(matter, never_told)


def test_the_moment_of_a_fact_counts_in_its_link_not_its_time_zone():
    utc = datetime(2026, 3, 1, 22, tzinfo=UTC)
    fact = Fact(number=1, kind="noted", on=FROM, arguably_on=FROM, recorded_at=utc)
    elsewhere = replace(fact, recorded_at=utc.astimezone(timezone(timedelta(hours=9))))

    assert digest("", elsewhere) == digest("", fact)
    assert digest("", replace(fact, recorded_at=utc + timedelta(hours=9))) != digest("", fact)
