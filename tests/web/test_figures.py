"""The pages of figures: how platforms behave, publications, reports."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from lxml import html

from consentkit.cases.models import Conduct
from consentkit.clients.models import Client
from consentkit.reports.anonymous import quarter_of
from consentkit.teams.actions import wall_off
from consentkit.teams.models import AuditEntry
from tests.teams.clinic import Clinic, a_clinic

pytestmark = pytest.mark.django_db
QUARTER = quarter_of(quarter_of(timezone.localdate())[0] - timedelta(days=1))


@pytest.fixture
def clinic() -> Clinic:
    """A clinic that asked Example thirty times and Other three times, in the last quarter."""
    made = a_clinic()
    for place in range(33):
        asked = QUARTER[0] + timedelta(days=place)
        due = asked + timedelta(days=30)
        answered = due + timedelta(days=1 if place < 20 else -5) if place < 28 else None
        Conduct.objects.create(
            team=made.team,
            platform="example" if place < 30 else "other",
            law="eu-gdpr",
            kind="access",
            asked_on=asked,
            assumed=False,
            due=due,
            overdue_from=due + timedelta(days=1),
            answered_on=answered,
            days=(answered - asked).days if answered else None,
            ended_on=due + timedelta(days=90),
            extended=place < 6,
            identity=place == 7,
            incomplete=False,
            refused=False,
        )
    return made


def browser_of(clinic: Clinic, name: str) -> Browser:
    browser = Browser()
    browser.force_login(clinic[name])
    return browser


def page_of(browser: Browser, name: str, *arguments: Any, **query: str) -> html.HtmlElement:
    response = browser.get(reverse(name, args=arguments), query)
    assert response.status_code == 200
    return html.fromstring(response.content.decode())


def rows_of(page: html.HtmlElement) -> list[list[str]]:
    return [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.xpath("//div[@aria-labelledby='table-title']//tbody/tr")
    ]


def test_the_page_says_how_platforms_behave_and_what_the_figures_mean(clinic):
    page = page_of(browser_of(clinic, "clara"), "team-platforms", clinic.team.slug)
    example, other = rows_of(page)

    # In time, disputable, late, overdue without an answer, running, closed before, no date …
    assert example[1:9] == ["30", "8", "0", "20", "2", "0", "0", "0"]
    # … took more time, asked who, in part, refused, and the median.
    assert example[9:] == ["6", "1", "0", "0", "31"]
    assert other[1:] == ["3", "0", "0", "0", "3", "0", "0", "0", "0", "0", "0", "0", "none"]
    terms = [
        term.text_content() for term in page.xpath("//section[@aria-labelledby='definitions']//dt")
    ]
    assert {"in time", "disputable", "late", "overdue, no answer", "Median of days"} < set(terms)

    later = (QUARTER[0] + timedelta(days=30)).isoformat()
    narrowed = page_of(browser_of(clinic, "clara"), "team-platforms", clinic.team.slug, since=later)
    assert [row[1] for row in rows_of(narrowed)] == ["3"]


def test_figures_are_fixed_once_and_every_file_says_the_same(clinic):
    browser = browser_of(clinic, "clara")
    chosen = {"since": QUARTER[0].isoformat(), "until": QUARTER[1].isoformat()}
    address = reverse("team-publish", args=[clinic.team.slug])
    assert browser.post(address, chosen).status_code == 302
    again = browser.post(address, chosen)

    assert again.status_code == 422
    assert "A part of this period has been published" in again.content.decode()
    assert clinic.team.publications.count() == 1
    assert AuditEntry.objects.filter(team=clinic.team, action="figures.published").count() == 1

    published = clinic.team.publications.get()

    def file(kind: str) -> str:
        path = reverse("team-publication", args=[clinic.team.slug, published.pk, kind])
        return browser.get(path).content.decode()

    told = json.loads(file("json"))
    # Three requests to Other are about too few, and take the smallest named line with them.
    assert [(line["platform"], line["requests"]) for line in told["lines"]] == [("", 33)]
    [line] = told["lines"]
    assert (line["late"], line["in_time"], line["missed"], line["open"]) == (20, 8, 5, 0)
    assert (line["extended"], line["identity"], line["incomplete"]) == (6, None, 0)
    [row] = csv.DictReader(io.StringIO(file("csv")))
    assert (row["late"], row["identity"], row["platform_name"]) == ("20", "withheld", "all others")
    assert told["quarters"] == [{**chosen, "requests": 33}]

    # What happens later changes nothing of it.
    Conduct.objects.all().delete()
    assert json.loads(file("json")) == told


def test_nobody_fixes_figures_of_a_quarter_that_is_not_over_or_of_cases_they_do_not_see(clinic):
    client = Client.objects.create(
        team=clinic.team, number=1, name="Dora", residence="DE-BE", made_at=timezone.now()
    )
    wall_off(clinic.team, clinic["cay"], client.pk, by=clinic["clara"], reason="A friend.")
    address = reverse("team-publish", args=[clinic.team.slug])
    chosen = {"since": QUARTER[0].isoformat(), "until": QUARTER[1].isoformat()}
    now = quarter_of(timezone.localdate())

    assert browser_of(clinic, "cay").post(address, chosen).status_code == 422
    running = {**chosen, "until": now[1].isoformat()}
    assert browser_of(clinic, "clara").post(address, running).status_code == 422
    assert browser_of(clinic, "vic").post(address, chosen).status_code == 404
    assert clinic.team.publications.count() == 0
