"""How a platform behaved, by hand-made histories: what the log says, and what the table counts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from consentkit.cases.actions import close, strike
from consentkit.cases.behaviour import Outcome, behaviour
from consentkit.cases.conduct import (
    by_platform,
    count_missing,
    groups,
    median,
    outcome_on,
    rows_for,
)
from consentkit.cases.models import Case, Conduct
from consentkit.clients.models import Client
from consentkit.teams.actions import wall_off
from tests.teams.clinic import a_clinic
from tests.world import Told, a_case, tell

pytestmark = pytest.mark.django_db

SENT: tuple[Told, ...] = (
    ("sent", "03-02", {"letter": 1, "channel": "registered"}),
    ("received", "03-05", {"letter": 1, "evidence": "signed"}),
)
WHOLE, PART, NO = ({"verdict": one} for one in ("complete", "partial", "refusal"))


def on(day: str) -> date:
    return date.fromisoformat(f"2026-{day}")


# Arrived on 5 March 2026 under the GDPR: a month ends on Sunday 5 April, and by the holidays of
# Ireland the strict last day is Tuesday 7 April. Nobody can argue for a later one.
@pytest.mark.parametrize(
    ("told", "day", "outcome"),
    [
        ((("answered", "04-07", WHOLE),), "12-01", Outcome.IN_TIME),
        ((("answered", "04-08", WHOLE),), "12-01", Outcome.LATE),
        ((("answered", "04-07", NO),), "12-01", Outcome.IN_TIME),
        ((), "04-07", Outcome.RUNNING),
        ((), "04-08", Outcome.MISSED),
        # An answer in part ends nothing; the one that completes it counts.
        ((("answered", "04-01", PART),), "04-08", Outcome.MISSED),
        ((("answered", "04-01", PART), ("answered", "04-10", WHOLE)), "12-01", Outcome.LATE),
        # An extension with reasons and in time moves the last day to 5 June.
        ((("extension_notified", "04-01", {"reasons": True}),), "06-05", Outcome.RUNNING),
        ((("extension_notified", "04-01", {"reasons": True}),), "06-06", Outcome.MISSED),
        # Closed while their time ran, or when it was over.
        ((("closed", "04-07", {"ending": "given_up"}),), "12-01", Outcome.ENDED),
        ((("closed", "04-08", {"ending": "given_up"}),), "12-01", Outcome.MISSED),
        # A question stops the time only for whoever argues so; one without need for nobody.
        ((("identity_requested", "03-20", {}),), "12-01", Outcome.ARGUABLE),
        ((("identity_requested", "03-20", {"justified": False}),), "04-08", Outcome.MISSED),
        (
            (
                ("identity_requested", "03-20", {}),
                ("identity_provided", "03-30", {}),
                ("answered", "04-15", WHOLE),
            ),
            "12-01",
            Outcome.ARGUABLE,
        ),
    ],
)
def test_the_outcome_goes_by_the_dates_of_the_law(told, day, outcome):
    clinic = a_clinic()
    case = a_case(*SENT, owner=clinic["cay"])
    Case.objects.filter(pk=case.pk).update(team=clinic.team)
    case.refresh_from_db()
    tell(case, ("noted", "03-06", {}), *told)
    found = behaviour(case.posture())
    assert found is not None
    [row] = Conduct.objects.annotate(outcome=outcome_on(on(day)))

    assert (found.outcome(on(day)), row.outcome) == (outcome, outcome)


def test_the_outcome_of_the_table_is_that_of_the_function_on_every_day():
    clinic = a_clinic()
    histories: list[tuple[Told, ...]] = [
        (),
        (("answered", "04-20", PART),),
        (("identity_requested", "03-20", {"justified": False}),),
        (("identity_requested", "03-20", {}), ("identity_provided", "03-25", {})),
        (("closed", "04-07", {"ending": "given_up"}),),
        (("closed", "05-07", {"ending": "given_up"}),),
    ]
    cases = []
    for told in histories:
        case = a_case(*SENT, owner=clinic["cay"])
        Case.objects.filter(pk=case.pk).update(team=clinic.team)
        case.refresh_from_db()
        tell(case, ("noted", "03-06", {}), *told)
        cases.append(case)
    states = {case.pk: behaviour(case.posture()) for case in cases}
    differing = [
        (day, pk)
        for days in range(60)
        for day in (on("03-05") + timedelta(days=days),)
        for pk, outcome in Conduct.objects.annotate(outcome=outcome_on(day)).values_list(
            "case", "outcome"
        )
        if states[pk].outcome(day) != outcome
    ]

    assert Conduct.objects.count() == len(histories)
    assert differing == []


def test_what_is_not_counted():
    clinic = a_clinic()

    def counted(*told: Told, **fields: object) -> bool:
        case = a_case(*told, owner=clinic["cay"])
        Case.objects.filter(pk=case.pk).update(**{"team": clinic.team, **fields})
        case.refresh_from_db()
        tell(case, ("noted", "03-09", {}))
        return Conduct.objects.filter(case=case).exists()

    assert counted(*SENT)
    assert not counted()  # nothing went out
    assert not counted(*SENT, demo=True)
    assert not counted(*SENT, team=None)

    case = a_case(*SENT, owner=clinic["cay"])
    Case.objects.filter(pk=case.pk).update(team=clinic.team)
    case.refresh_from_db()
    close(case, "duplicate", by=clinic["cay"], on=on("03-10"))
    assert not Conduct.objects.filter(case=case).exists()


def test_a_strike_is_counted_at_once_and_missing_rows_are_found():
    clinic = a_clinic()
    case = a_case(*SENT, owner=clinic["cay"])
    Case.objects.filter(pk=case.pk).update(team=clinic.team)
    assert not count_missing()
    assert Conduct.objects.get(case=case).answered_on is None

    case.refresh_from_db()
    tell(case, ("answered", "04-01", NO))
    row = Conduct.objects.get(case=case)
    assert (row.answered_on, row.days, row.refused) == (on("04-01"), 27, True)
    strike(case, 4, by=clinic["cay"], reason="It was another company.")
    assert Conduct.objects.get(case=case).answered_on is None


def test_groups_are_counted_without_what_a_wall_hides():
    clinic = a_clinic()
    client = Client.objects.create(
        team=clinic.team, number=1, name="Dora", residence="DE-BE", made_at="2026-01-01T00:00Z"
    )
    for days, hidden in ((10, False), (20, False), (30, True)):
        case = a_case(*SENT, owner=clinic["cay"])
        Case.objects.filter(pk=case.pk).update(team=clinic.team, client=client if hidden else None)
        case.refresh_from_db()
        day = on("03-05") + timedelta(days=days)
        tell(case, ("answered", f"{day:%m-%d}", WHOLE))
    wall_off(clinic.team, clinic["cay"], client.pk, by=clinic["clara"], reason="A friend.")

    [all_] = groups(rows_for(clinic["clara"], clinic.team), on("12-01"))
    [fewer] = groups(rows_for(clinic["cay"], clinic.team), on("12-01"))
    [platform] = by_platform([all_])

    assert (all_.number, all_.median, all_.outcomes[Outcome.IN_TIME]) == (3, 20, 3)
    assert (fewer.number, fewer.median) == (2, 15)
    assert (platform.platform, platform.median) == ("example", 20)
    # Cases of campaigns only, of which there are none; and somebody who may not.
    assert groups(rows_for(clinic["coo"], clinic.team), on("12-01")) == []
    assert groups(rows_for(clinic["vic"], clinic.team), on("12-01")) == []


def test_the_median_of_values_and_how_often_each_is_there():
    assert median({}) is None
    assert median({3: 1}) == 3
    assert median({3: 1, 10: 1}) == 6.5
    assert median({1: 5, 100: 4}) == 1
