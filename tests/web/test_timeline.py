"""The drawing of a case: where bars and marks lie, as data. No database, no page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from consentkit.cases.log import Detail, Fact
from consentkit.cases.posture import Matter, Posture, assess
from consentkit.law.statutes import law_of
from consentkit.web.casework.timeline import (
    MARGIN,
    NARROW,
    WIDE,
    Bar,
    Size,
    Timeline,
    extended_from,
    start_of,
    timeline,
)

RECORDED = datetime(2026, 3, 1, 12, tzinfo=UTC)
MADE = ("made", "2026-03-02", {"letter": 1, "kind": "access", "arrival": "received", "asked": {}})
SENT = ("sent", "2026-03-03", {"letter": 1, "channel": "email"})
RECEIVED = ("received", "2026-03-04", {"letter": 1, "evidence": "acknowledgement"})


def posture(*told: tuple[str, str, dict[str, object]], law: str = "eu-gdpr") -> Posture:
    place = {"eu-gdpr": "IE", "uk-gdpr": "GB-ENG", "us-il-bipa": "US-IL"}[law]
    right = "notice" if law == "us-il-bipa" else "access"
    facts = [
        Fact(
            number=number,
            kind=kind,
            on=date.fromisoformat(on),
            arguably_on=date.fromisoformat(on),
            recorded_at=RECORDED,
            details=details,
        )
        for number, (kind, on, details) in enumerate(told, start=1)
    ]
    return assess(Matter(law=law_of(law), rights=(right,), place=place), facts)


def drawn(on: str, *told: tuple[str, str, dict[str, object]], size: Size = WIDE) -> Timeline:
    return timeline(posture(*told), date.fromisoformat(on), size)


def bar(drawing: Timeline, key: str) -> Bar:
    return next(one for one in drawing.bars if one.due.key == key)


def day_at(drawing: Timeline, x: float) -> date:
    """The day that lies at a place; the inverse of the scale."""
    share = (x - MARGIN) / (drawing.width - 2 * MARGIN)
    return drawing.first + timedelta(days=round(share * (drawing.last - drawing.first).days))


# Bars ---------------------------------------------------------------------------------------------


def test_a_bar_runs_from_the_arrival_to_the_day_it_is_due() -> None:
    drawing = drawn("2026-03-20", MADE, SENT, RECEIVED)
    answer = bar(drawing, "answer")

    assert day_at(drawing, answer.whole.x) == date(2026, 3, 4)
    assert day_at(drawing, answer.whole.end) == date(2026, 4, 7)  # after Easter


def test_what_is_over_ends_today() -> None:
    drawing = drawn("2026-03-20", MADE, SENT, RECEIVED)
    answer = bar(drawing, "answer")

    assert answer.elapsed is not None
    assert answer.elapsed.x == answer.whole.x
    assert answer.elapsed.end == pytest.approx(drawing.today)
    assert answer.elapsed.end < answer.whole.end


def test_a_settled_date_is_over_on_the_day_it_was_settled() -> None:
    answered = ("answered", "2026-03-12", {"verdict": "complete"})
    drawing = drawn("2026-03-20", MADE, SENT, RECEIVED, answered)
    answer = bar(drawing, "answer")

    assert answer.elapsed is not None
    assert day_at(drawing, answer.elapsed.end) == date(2026, 3, 12)


def test_an_extension_shows_what_it_added_to_the_first_due_day() -> None:
    extended = ("extension_notified", "2026-03-30", {"reasons": True})
    drawing = drawn("2026-04-20", MADE, SENT, RECEIVED, extended)
    answer = bar(drawing, "answer")

    assert answer.extended is not None
    assert day_at(drawing, answer.extended.x) == date(2026, 4, 7)
    assert answer.extended.end == answer.whole.end
    assert answer.band is None


def test_an_extension_without_reasons_is_no_extension_but_a_band_until_nobody_can_argue() -> None:
    extended = ("extension_notified", "2026-03-30", {"reasons": False})
    drawing = drawn("2026-04-20", MADE, SENT, RECEIVED, extended)
    answer = bar(drawing, "answer")

    assert answer.extended is None
    assert answer.band is not None
    assert answer.band.x == answer.whole.end
    assert answer.due.overdue_from is not None
    assert day_at(drawing, answer.band.end) == answer.due.overdue_from
    assert not answer.late


def test_a_pause_that_is_only_argued_is_marked_as_such() -> None:
    asked = ("identity_requested", "2026-03-10", {})
    shown = ("identity_provided", "2026-03-14", {})
    drawing = drawn("2026-03-20", MADE, SENT, RECEIVED, asked, shown)
    [pause] = bar(drawing, "answer").pauses

    assert pause.argued
    assert day_at(drawing, pause.x) == date(2026, 3, 10)
    assert day_at(drawing, pause.end) == date(2026, 3, 14)


def test_a_pause_goes_on_until_today_while_the_question_is_open() -> None:
    asked = ("identity_requested", "2026-03-10", {})
    drawing = drawn("2026-03-20", MADE, SENT, RECEIVED, asked)
    [pause] = bar(drawing, "answer").pauses

    assert pause.end == pytest.approx(drawing.today, abs=0.2)


def test_a_late_bar_says_so() -> None:
    assert bar(drawn("2026-04-08", MADE, SENT, RECEIVED), "answer").late
    assert not bar(drawn("2026-04-07", MADE, SENT, RECEIVED), "answer").late


def test_a_date_far_away_is_cut_at_the_edge() -> None:
    told = posture(
        ("made", "2026-03-02", {"letter": 1, "kind": "notice", "arrival": "received", "asked": {}}),
        SENT,
        RECEIVED,
        ("first_collected", "2024-01-01", {}),
        law="us-il-bipa",
    )
    drawing = timeline(told, date(2026, 3, 20))
    limit = bar(drawing, "sue_until")

    assert limit.goes_on
    assert limit.began_before
    assert (limit.whole.x, limit.whole.end) == (MARGIN, WIDE.width - MARGIN)
    assert limit.band is None


def test_a_date_of_ones_own_runs_as_long_as_one_gives_oneself() -> None:
    told = posture(MADE)
    [send_it] = [due for due in told.dues if due.key == "send_it"]

    assert start_of(send_it) == date(2026, 3, 2)
    assert extended_from(send_it) is None


# Rows and marks -----------------------------------------------------------------------------------


def test_ours_lie_above_the_line_and_theirs_below_it() -> None:
    drawing = drawn("2026-03-06", MADE, SENT)

    assert {one.due.key: one.y < drawing.line for one in drawing.bars} == {
        "prove_receipt": True,
        "answer": False,
    }


def test_rows_do_not_overlap() -> None:
    drawing = drawn("2026-03-06", MADE, SENT, ("identity_requested", "2026-03-05", {}))
    rows = sorted(one.y for one in drawing.bars)

    assert all(lower - upper >= 44 for upper, lower in pairwise(rows))
    assert rows[-1] + 14 < drawing.height


def test_a_marker_on_the_day_of_another_date_is_not_drawn_twice() -> None:
    told = posture(MADE, SENT, RECEIVED)

    assert {due.key for due in told.dues} == {"answer", "extension_notice"}
    assert [one.due.key for one in timeline(told, date(2026, 3, 20)).bars] == ["answer"]


def test_facts_lie_on_their_day_ours_above_and_theirs_below() -> None:
    drawing = drawn("2026-04-01", MADE, SENT, ("acknowledged", "2026-03-20", {}))
    marks = {mark.facts[0].kind: mark for mark in drawing.marks}

    assert {kind: mark.whose for kind, mark in marks.items()} == {
        "sent": "ours",
        "acknowledged": "theirs",
    }
    assert marks["sent"].y < drawing.line < marks["acknowledged"].y
    assert day_at(drawing, marks["acknowledged"].x) == date(2026, 3, 20)


def test_facts_that_would_cover_each_other_share_a_mark() -> None:
    drawing = drawn(
        "2026-04-01",
        MADE,
        SENT,
        ("acknowledged", "2026-03-20", {}),
        ("wrote", "2026-03-20", {}),
    )

    assert [mark.numbers for mark in drawing.marks] == ["2", "3, 4"]


def test_a_struck_fact_is_not_drawn() -> None:
    struck = ("struck", "2026-03-21", {Detail.NUMBER: 3})
    drawing = drawn("2026-04-01", MADE, SENT, ("wrote", "2026-03-20", {}), struck)

    assert [mark.numbers for mark in drawing.marks] == ["2"]


# The whole ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_everything_lies_inside_the_drawing(size: Size) -> None:
    extended = ("extension_notified", "2026-03-30", {"reasons": False})
    drawing = drawn("2026-06-20", MADE, SENT, RECEIVED, extended, size=size)
    spans = [
        span
        for one in drawing.bars
        for span in (one.whole, one.elapsed, one.extended, one.band, *one.pauses)
        if span is not None
    ]

    assert all(span.x >= MARGIN and span.end <= size.width - MARGIN + 0.1 for span in spans)
    assert all(0 < mark.y < drawing.height for mark in drawing.marks)
    assert MARGIN <= drawing.today <= size.width - MARGIN
    assert len(drawing.ticks) <= size.ticks


def test_a_label_has_room_on_its_side() -> None:
    drawing = drawn("2026-03-20", MADE, SENT, RECEIVED)

    assert all(
        one.anchor == "start" if one.whole.x < drawing.width / 2 else one.anchor == "end"
        for one in drawing.bars
    )


def test_a_case_of_many_years_names_few_months() -> None:
    drawing = drawn("2031-03-20", MADE, SENT, RECEIVED, size=NARROW)

    assert [tick.day for tick in drawing.ticks] == [date(year, 1, 1) for year in (2028, 2030)]


def test_a_closed_case_ends_with_its_last_fact() -> None:
    closed = ("closed", "2026-03-20", {"ending": "fulfilled"})
    drawing = drawn("2028-01-01", MADE, SENT, RECEIVED, closed)

    assert drawing.last < date(2026, 6, 1)
    assert not drawing.holds_today
