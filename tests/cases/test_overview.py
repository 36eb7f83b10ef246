"""The overview counts exactly the cases that its links lead to, whoever looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html

from consentkit.cases import overview
from consentkit.cases.models import Case
from consentkit.cases.overview import Counted, Overview
from consentkit.clients.models import Client
from consentkit.letters.models import Letter, Review
from consentkit.teams.access import reach, scope_in
from consentkit.teams.actions import wall_off
from consentkit.teams.roles import Permission
from tests.teams.clinic import Clinic, a_clinic
from tests.world import a_case, a_person

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
SOON, PAST = TODAY + timedelta(days=3), TODAY - timedelta(days=3)

# What stands in the index: platform, owner, next date, its key, first late day, stage.
CASES = [
    ("example", "cay", TODAY, "send_it", None, "draft"),
    ("example", "cay", TODAY, "answer", None, "waiting"),
    ("example", "stu", SOON, "answer", PAST, "waiting"),
    ("other", "stu", SOON, "answer_fee", PAST, "asked"),
    ("other", "cay", PAST, "answer", PAST, "waiting"),
    ("", "cay", PAST, "answer", PAST, "waiting"),
    ("example", "cay", None, "", None, "waiting"),
    ("example", "cay", None, "", None, "closed"),
]


@pytest.fixture
def clinic() -> Clinic:
    made = a_clinic()
    gone = a_person("gone@example.org")
    client = Client.objects.create(
        team=made.team, number=1, name="Dora Demo", residence="DE-BE", made_at=timezone.now()
    )
    for platform, owner, next_on, key, late, stage in [
        *CASES,
        ("other", "", SOON, "x", None, "sent"),
    ]:
        case = a_case(owner=made.people.get(owner, gone))
        Case.objects.filter(pk=case.pk).update(
            team=made.team,
            platform=platform,
            next_on=next_on,
            next_key=key,
            late_from=late,
            stage=stage,
            client=client if platform == "other" else None,
        )
    letter = Letter.objects.filter(case__platform="example").latest("pk")
    Review.objects.create(letter=letter, asked_at=timezone.now(), state="waiting")
    wall_off(made.team, made["cay"], client.pk, by=made["clara"], reason="A friend.")
    return made


def counted(found: Overview) -> Iterator[Counted]:
    yield from (found.open, found.late, found.without_step, *found.due, *found.late_by_platform)
    if found.in_review:
        yield found.in_review
    for load in found.load:
        yield Counted(load.who, load.open, load.all)
        yield Counted(load.who, load.late, load.behind)


def test_the_overview_is_what_the_index_says(clinic):
    found = overview.of_team(clinic.team, clinic["clara"], TODAY)
    cay, stu = clinic["cay"].pk, clinic["stu"].pk

    assert (found.open.number, found.late.number, found.without_step.number) == (8, 4, 1)
    assert [one.number for one in found.due] == [1, 1, 2, 3]
    assert [(one.number, one.selection is None) for one in found.late_by_platform] == [
        (2, False),
        (1, True),  # a company that somebody typed in has no address of its own
        (1, False),
    ]
    assert [(one.person, one.open, one.late) for one in found.load] == [
        (cay, 5, 2),
        (stu, 2, 2),
        (None, 1, 0),
    ]
    assert found.in_review is not None
    assert found.in_review.number == 1


@pytest.mark.parametrize("name", ["clara", "cay", "stu", "vic"])
def test_a_number_is_that_of_the_cases_behind_it(clinic, name):
    user = clinic[name]
    found = overview.of_team(clinic.team, user, TODAY)
    differing = [
        (one.key, one.number, shown)
        for one in counted(found)
        if one.selection is not None
        and (shown := one.selection.cases(user, Permission.VIEW, TODAY).count()) != one.number
    ]

    assert differing == []
    # A wall and a narrower role take their cases out of the numbers too.
    assert found.open.number == {"clara": 8, "cay": 5, "stu": 2, "vic": 8}[name]


def test_one_team_is_reached_as_all_of_them_are(clinic):
    for user in clinic.people.values():
        for permission in Permission:
            whole = Case.objects.filter(reach(user, permission), team=clinic.team)
            scope = scope_in(user, permission, clinic.team)
            found = set(Case.objects.filter(scope.some))
            if scope.hidden is not None:
                found -= set(Case.objects.filter(scope.hidden))
            assert found == set(whole)


def test_somebody_sees_how_their_own_cases_stand(clinic):
    ada = a_person()
    a_case(owner=ada)

    browser = Browser()
    browser.force_login(ada)
    tiles = html.fromstring(browser.get(reverse("overview")).content.decode()).find_class("tile")

    assert overview.of_person(ada, TODAY).open.number == 1
    assert [tile.text_content() for tile in tiles] == ["1open", "1late", "0without a next date"]


def test_the_page_draws_what_it_counts_and_says_it_in_tables(clinic):
    browser = Browser()
    browser.force_login(clinic["clara"])
    address = reverse("team-dashboard", args=[clinic.team.slug])
    with CaptureQueriesContext(connection) as few:
        page = html.fromstring(browser.get(address).content.decode())
    drawings = page.xpath("//*[local-name()='svg'][@class='chart']")
    bars = [one.get("href") for one in drawings[1].iter("a") if one.get("class") == "chart-part"]

    assert len(drawings) == 3
    assert all(one.find("title") is not None and one.find("desc") is not None for one in drawings)
    team = f"team={clinic.team.slug}"
    assert bars == [f"/cases/?{team}&show=late&platform={slug}" for slug in ("other", "example")]
    rows = page.xpath("//section[@aria-labelledby='about-load']//tbody/tr")
    assert next(" ".join(row.text_content().split()) for row in rows).startswith("Cay2 late")

    for _ in range(5):
        case = a_case(owner=clinic["cay"])
        Case.objects.filter(pk=case.pk).update(team=clinic.team)
    with CaptureQueriesContext(connection) as more:
        browser.get(address)
    assert len(more) == len(few)
