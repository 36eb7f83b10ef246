"""What is published can be subtracted, added and simulated: nothing withheld comes out of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import combinations, product
from random import Random

import pytest

from consentkit.cases.behaviour import Outcome
from consentkit.cases.conduct import Group
from consentkit.reports.anonymous import (
    OPEN,
    OUTCOMES,
    K,
    TooFew,
    anonymous,
    quarter_of,
    quarters_between,
    share,
    spans,
    withheld,
)

DICE = Random(7)


def a_group(platform: str, *numbers: int, refused: int = 0, days: int = 0) -> Group:
    found = Group(platform, "eu-gdpr", "access")
    for outcome, number in zip(Outcome, numbers, strict=False):
        found.outcomes[outcome] = number
    found.flags["refused"] = refused
    found.days = {10: days} if days else {}
    return found


def shown(cells: dict[str, int]) -> tuple[int | None, ...]:
    hidden = withheld(cells)
    return tuple(None if name in hidden else number for name, number in cells.items())


def test_no_figure_and_no_difference_of_figures_is_about_a_few():
    for _ in range(3_000):
        cells = {name: DICE.choice((0, 0, 1, 2, 3, 4, 5, 6, 30)) for name in OUTCOMES}
        total = sum(cells.values())
        if total < K:
            continue
        hidden = withheld(cells)
        published = [number for name, number in cells.items() if name not in hidden]
        # Every sum that somebody can make of the line: of its figures, or of its total less these.
        for size in range(len(published) + 1):
            for chosen in combinations(published, size):
                assert sum(chosen) == 0 or sum(chosen) >= K
                assert total - sum(chosen) == 0 or total - sum(chosen) >= K


def test_whoever_knows_the_rule_and_tries_every_table_learns_no_withheld_figure():
    names = OUTCOMES[:4]
    by_publication = defaultdict(list)
    for numbers in product(range(12), repeat=4):
        if K <= sum(numbers) <= 11:
            cells = dict(zip(names, numbers, strict=True))
            by_publication[sum(numbers), shown(cells)].append(numbers)

    assert len(by_publication) > 50
    for (_, published), tables in by_publication.items():
        for place, figure in enumerate(published):
            values = {table[place] for table in tables}
            assert (len(values) > 1) == (figure is None)


def test_small_groups_are_one_line_that_names_nobody():
    found = anonymous([a_group("large", 20, 0, 10), a_group("a", 2), a_group("b", 3)], [])
    named, rest = found.lines

    assert (named.platform, named.number, named.outcomes["late"]) == ("large", 30, 10)
    assert (rest.platform, rest.law, rest.number) == ("", "", 5)
    assert found.number == 35


def test_a_single_small_group_takes_the_smallest_named_one_with_it():
    groups = [a_group("large", 20), a_group("middle", 7), a_group("small", 1)]
    found = anonymous(groups, [])

    assert [(line.platform, line.number) for line in found.lines] == [("large", 20), ("", 8)]


def test_what_is_not_enough_is_not_published_at_all():
    with pytest.raises(TooFew):
        anonymous([a_group("a", 2), a_group("b", 2)], [])
    with pytest.raises(TooFew):
        anonymous([], [])


def test_a_company_that_somebody_typed_in_is_never_named():
    found = anonymous([a_group("", 30)], [])

    assert [(line.platform, line.law, line.number) for line in found.lines] == [("", "", 30)]


def test_a_share_is_shown_only_where_it_and_its_complement_are_about_enough():
    assert [share(number, 12) for number in range(13)] == [
        0, None, None, None, None, 5, 6, 7, None, None, None, None, 12
    ]  # fmt: skip


def test_what_cannot_be_followed_is_one_outcome_and_a_median_is_of_enough_answers():
    [line] = anonymous([a_group("x", 0, 0, 6, 0, 2, 3, 1, refused=6, days=6)], []).lines
    [few] = anonymous([a_group("x", 0, 0, 4, 6, days=4)], []).lines

    assert (line.outcomes[OPEN], line.outcomes["late"], line.shares["refused"]) == (6, 6, 6)
    assert (line.median_weeks, few.median_weeks) == (1, None)


def test_small_quarters_join_their_neighbours():
    quarters = quarters_between(date(2025, 10, 1), date(2026, 9, 30))
    assert [first for first, _ in quarters] == [
        date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)
    ]  # fmt: skip
    assert quarter_of(date(2026, 12, 31)) == (date(2026, 10, 1), date(2026, 12, 31))

    def joined(*numbers: int) -> list[tuple[int, int]]:
        found = spans(list(zip(quarters, numbers, strict=True)))
        assert found[0].since == quarters[0][0]
        assert found[-1].until == quarters[-1][1]
        return [(one.since.month, one.number) for one in found]

    assert joined(9, 0, 6, 7) == [(10, 9), (1, 0), (4, 6), (7, 7)]
    assert joined(2, 9, 1, 8) == [(10, 11), (4, 9)]
    assert joined(9, 9, 9, 1) == [(10, 9), (1, 9), (4, 10)]
    assert joined(9, 0, 0, 1) == [(10, 10)]
