"""A log of facts, and where the case then stands."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import permutations

import pytest

from consentkit.cases.log import Fact, digest, in_effect
from consentkit.cases.posture import Matter, Stage, assess
from consentkit.law.statutes import law_of

MADE = ("made", "03-02", {"letter": 1, "kind": "access", "arrival": "received", "asked": {}})
SENT = ("sent", "03-03", {"letter": 1, "channel": "email"})
POSTED = ("sent", "03-03", {"letter": 1, "channel": "post"})
GOT = ("received", "03-06", {"letter": 1, "evidence": "acknowledgement"})
BOUNCED = ("bounced", "03-03", {"letter": 1})
CONFIRMED = ("acknowledged", "03-07", {})
ASKED = ("identity_requested", "03-10", {"justified": True})
SHOWN = ("identity_provided", "03-20", {})
LONGER = ("extension_notified", "04-02", {"reasons": True})
PARTIAL = ("answered", "04-03", {"verdict": "partial", "missing": ["purposes"]})
WHOLE = ("answered", "04-03", {"verdict": "complete"})
NO = ("answered", "04-03", {"verdict": "refusal"})
REMINDER = ("made", "04-10", {"letter": 2, "kind": "reminder", "arrival": "", "asked": {}})
REMINDED = ("sent", "04-10", {"letter": 2, "channel": "email"})
COMPLAINT = ("made", "05-04", {"letter": 3, "kind": "complaint", "arrival": "complained"})
COMPLAINED = ("sent", "05-04", {"letter": 3, "channel": "form"})
CLOSED = ("closed", "06-01", {"ending": "fulfilled"})
REOPENED = ("reopened", "06-02", {})


def facts(*told):
    return [
        Fact(
            number=number,
            kind=kind,
            on=day(on),
            arguably_on=day(on),
            recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
            details=details,
        )
        for number, (kind, on, details) in enumerate(told, start=1)
    ]


def day(text):
    return date.fromisoformat(f"2026-{text}")


def matter(**told):
    return Matter(**{"law": law_of("eu-gdpr"), "rights": ("access",), "place": "IE", **told})


def struck(number, reason="a mistake"):
    return ("struck", "03-09", {"number": number})


def posture(*told, **about):
    return assess(matter(**about), facts(*told))


def due(found, key):
    """The one date of that key that is neither settled nor closed."""
    [one] = [each for each in found.open if each.key == key]
    return one


@pytest.mark.parametrize(
    ("history", "stage", "next_key", "next_day"),
    [
        ([MADE], Stage.DRAFT, "send_it", "03-05"),
        ([MADE, SENT], Stage.SENT, "prove_receipt", "03-10"),
        ([MADE, SENT, BOUNCED], Stage.RETURNED, "choose_channel", "03-04"),
        ([MADE, SENT, BOUNCED, ("sent", "03-05", {"letter": 1, "channel": "post"})],
         Stage.SENT, "prove_receipt", "03-12"),
        ([MADE, SENT, GOT], Stage.WAITING, "answer", "04-07"),
        ([MADE, SENT, GOT, CONFIRMED], Stage.WAITING, "answer", "04-07"),
        ([MADE, SENT, GOT, ASKED], Stage.ASKED, "answer_identity", "03-17"),
        ([MADE, SENT, GOT, ASKED, SHOWN], Stage.WAITING, "answer", "04-07"),
        ([MADE, SENT, GOT, LONGER], Stage.EXTENDED, "answer", "06-08"),
        ([MADE, SENT, GOT, PARTIAL], Stage.PARTIAL, "answer", "04-07"),
        ([MADE, SENT, GOT, WHOLE], Stage.ANSWERED, "close_it", "04-17"),
        ([MADE, SENT, GOT, NO], Stage.REFUSED, "next_step", "04-17"),
        ([MADE, SENT, GOT, REMINDER], Stage.WAITING, "answer", "04-07"),
        ([MADE, SENT, GOT, NO, COMPLAINT, COMPLAINED], Stage.COMPLAINED, "prove_receipt", "05-11"),
        ([MADE, SENT, GOT, NO, ("went_to_court", "06-01", {})], Stage.COURT, "look_again", "07-01"),
        ([MADE, SENT, GOT, WHOLE, CLOSED, REOPENED], Stage.ANSWERED, "close_it", "04-17"),
    ],
)  # fmt: skip
def test_the_log_says_where_a_case_stands_and_what_comes_next(history, stage, next_key, next_day):
    found = posture(*history)

    assert (found.stage, found.next.key, found.next.day) == (stage, next_key, day(next_day))


def test_a_closed_case_has_no_open_date():
    found = posture(MADE, SENT, GOT, WHOLE, CLOSED)

    assert (found.stage, found.open, found.next) == (Stage.CLOSED, (), None)


def test_an_open_case_always_has_a_next_date():
    histories = [[MADE, SENT, GOT, *more] for more in permutations([ASKED, SHOWN, LONGER, NO], 2)]

    assert [history for history in histories if posture(*history).next is None] == []


def test_without_proof_the_arrival_is_presumed_and_the_dates_are_provisional():
    by_post, by_mail = posture(MADE, POSTED), posture(MADE, SENT)

    assert by_post.arrivals[1].received == day("03-10")
    assert by_mail.arrivals[1].received == day("03-03")
    assert (due(by_post, "answer").provisional, due(by_post, "answer").day) == (True, day("04-10"))
    assert due(posture(MADE, SENT, GOT), "answer").provisional is False


def test_a_letter_that_came_back_starts_no_time():
    keys = {one.key for one in posture(MADE, SENT, BOUNCED).dues}

    assert keys == {"choose_channel"}


def test_the_arrival_that_is_proven_counts_before_one_that_is_only_likely():
    likely = ("received", "03-04", {"letter": 1, "evidence": "none"})
    proven = ("received", "03-06", {"letter": 1, "evidence": "signed"})

    found = posture(MADE, SENT, likely, proven)

    assert (found.arrivals[1].received, found.arrivals[1].proved_by) == (day("03-06"), "signed")


def test_an_acknowledgement_ends_no_duty_to_answer():
    assert due(posture(MADE, SENT, GOT, CONFIRMED), "answer").settled_on is None


def test_an_answer_in_part_leaves_the_answer_owed():
    found = posture(MADE, SENT, GOT, PARTIAL)

    assert due(found, "answer").is_overdue(day("06-01"))
    assert {one.key for one in found.dues if one.settled_on} == {"extension_notice"}


def test_a_reminder_starts_no_clock_again():
    before, after = posture(MADE, SENT, GOT), posture(MADE, SENT, GOT, REMINDER, REMINDED)

    assert due(after, "answer").day == due(before, "answer").day


def test_a_reminder_asks_for_an_answer_of_its_own():
    made = ("made", "04-10", {**REMINDER[2], "asked": {"reply_within_days": 14}})

    found = posture(MADE, SENT, GOT, made, REMINDED)

    asked = due(found, "requested_answer")
    assert (asked.letter, asked.day, asked.is_law) == (2, day("04-24"), True)


def test_an_answer_before_the_reminder_does_not_answer_the_reminder():
    made = ("made", "04-10", {**REMINDER[2], "asked": {"reply_within_days": 14}})
    early = ("answered", "04-03", {"verdict": "complete"})

    assert due(posture(MADE, SENT, GOT, early, made, REMINDED), "requested_answer").is_open


def test_what_was_struck_never_happened():
    assert posture(MADE, SENT, GOT, NO, struck(4)).stage is Stage.WAITING
    assert in_effect(facts(MADE, SENT, struck(2))) == facts(MADE)


def test_a_reminder_of_ones_own_falls_away_when_they_write_only_if_that_was_wanted():
    always = ("reminder_set", "03-04", {"due": "2026-03-20"})
    unless = ("reminder_set", "03-04", {"due": "2026-03-20", "unless_heard": True})

    assert due(posture(MADE, SENT, always, CONFIRMED), "own_reminder").day == day("03-20")
    assert [one.key for one in posture(MADE, SENT, unless, CONFIRMED).open].count(
        "own_reminder"
    ) == 0


def test_a_date_can_be_let_go():
    gone = ("let_go", "05-01", {"duty": "answer", "due": "2026-04-07"})

    found = posture(MADE, SENT, GOT, gone)

    [answer] = [one for one in found.dues if one.key == "answer"]
    assert (answer.settled_on, answer.settled_by) == (day("05-01"), 4)


def test_facts_told_in_another_order_give_the_same_dates():
    told = [MADE, SENT, GOT, ASKED, SHOWN, LONGER]
    wanted = {(one.key, one.day) for one in posture(*told).dues if one.is_law}

    for order in permutations(told):
        assert {(one.key, one.day) for one in posture(*order).dues if one.is_law} == wanted


def test_our_own_dates_never_roll_and_theirs_do():
    swiss = matter(law=law_of("ch-fadp"), place="CH-ZH")
    history = facts(
        MADE, SENT, ("received", "03-05", GOT[2]), ("cost_notice_received", "03-11", {})
    )

    [cost] = [one for one in assess(swiss, history).open if one.key == "confirm_cost"]

    assert (cost.is_ours, cost.day, cost.day.strftime("%A")) == (True, day("03-21"), "Saturday")


def test_the_chain_of_a_log_holds_every_fact_in_place():
    first, second = facts(MADE, SENT)
    link = digest("", first)

    changed = Fact(**{**vars(second), "on": day("03-04")})

    assert digest(link, second) != digest(link, changed)
    assert digest(link, second) != digest("", second)
    assert digest("", first) == link
