"""Which cases: a choice that can be kept, and stands in an address without anybody's name."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl

import pytest
from django.utils import timezone

from consentkit.cases.actions import close
from consentkit.cases.models import Case
from consentkit.cases.selection import SHAPES, Selection
from consentkit.letters.models import Review
from consentkit.office.tags import put
from consentkit.teams.models import Membership
from consentkit.teams.roles import Permission
from tests.office.matters import an_office
from tests.world import a_case

TODAY = date(2026, 3, 10)
FULL = Selection(
    team="example-clinic",
    show="week_ours",
    stage="waiting",
    platform="example",
    law="eu-gdpr",
    campaign="faces",
    who="nobody",
    tag="7",
    step="send_it",
    review="waiting",
    outcome="data-received",
    since="2026-01-01",
    until="2026-12-31",
)


def test_it_comes_back_from_an_address_as_it_went_in():
    assert Selection.from_query(dict(parse_qsl(FULL.query()))) == FULL
    assert list(FULL.parts()) == list(SHAPES)
    assert Selection().query() == ""


def test_what_cannot_be_understood_narrows_nothing():
    garbage = dict.fromkeys(SHAPES, "?' OR 1=1")

    assert Selection.from_query({**garbage, "q": "Meyer", "since": "2026-02-30"}) == Selection()


@pytest.mark.django_db
def test_each_part_lets_through_what_it_says():
    office = an_office()
    clara, dora, emil = office["clara"], office.dora, office.emil
    own = a_case(owner=clara, **{"date": date(2026, 2, 1)})
    Case.objects.filter(pk=emil.pk).update(owner=office["cay"], outcome="refused")
    put([dora], ["Face filter"], by=clara)
    Review.objects.create(
        letter=dora.letters.get(),
        asked_by=clara,
        asked_at=timezone.now(),
        content_sha256="0",
        state=Review.State.WAITING,
    )
    Membership.objects.filter(user=office["cay"]).update(expires_on=date(2026, 3, 1))
    close(own, "fulfilled", by=clara, on=TODAY)

    def through(**parts: str) -> list[str]:
        found = Selection(**parts).cases(clara, Permission.VIEW, TODAY)
        names = {dora.pk: "dora", emil.pk: "emil", own.pk: "own"}
        return sorted(names[pk] for pk in found.values_list("pk", flat=True))

    expected = {
        "team": (office.team.slug, ["dora", "emil"]),
        "who": (str(clara.pk), ["dora"]),
        "tag": (str(dora.tags.get().pk), ["dora"]),
        "review": ("waiting", ["dora"]),
        "outcome": ("refused", ["emil"]),
        "step": ("send_it", ["dora", "emil"]),
        "since": ("2026-03-01", ["dora", "emil"]),
        "until": ("2026-02-28", []),
        "show": ("closed", ["own"]),
        "platform": ("nothing", []),
        "campaign": ("nothing", []),
    }
    assert {name: through(**{name: value}) for name, (value, _) in expected.items()} == {
        name: cases for name, (_, cases) in expected.items()
    }
    assert through(team="-", show="all") == ["own"]
    assert through(who="nobody") == ["emil"]
    assert Selection().cases(office["stu"], Permission.VIEW, TODAY).count() == 0
