"""The pages on which two people watch their dates, and somebody signs the day's list."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from lxml import html

from consentkit.cases import control, watch
from consentkit.cases.actions import record
from consentkit.cases.log import Detail
from consentkit.cases.models import Acknowledgement, Case, ControlList
from consentkit.letters.actions import take_in
from consentkit.teams.actions import found
from consentkit.teams.models import AuditEntry, Membership, Team, User
from tests.world import a_person, a_request

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()
SOON = TODAY + timedelta(days=5)


@pytest.fixture
def clinic():
    return found("Example Clinic", by=a_person("olga@example.org", name="Olga"))


def joins(team: Team, role: str, name: str) -> User:
    person = a_person(f"{name}@example.org", name=name.title())
    Membership.objects.create(team=team, user=person, role=role, made_at=timezone.now())
    return person


@pytest.fixture
def ada(clinic):
    return joins(clinic, "caseworker", "ada")


@pytest.fixture
def ben(clinic):
    return joins(clinic, "caseworker", "ben")


@pytest.fixture
def sue(clinic):
    return joins(clinic, "supervisor", "sue")


@pytest.fixture
def case(clinic, ada, ben):
    """A case of the clinic with a date that Ada typed in."""
    made = take_in(a_request(date=TODAY), owner=ada, place="IE")
    Case.objects.filter(pk=made.pk).update(team=clinic, second=ben)
    made = Case.objects.get(pk=made.pk)
    watch.set_date(made, day=SOON, title="Hearing", reason="Their letter.", by=ada, on=TODAY)
    return made


def the_date(case: Case):
    return case.deadlines.get(key="date_set")


def page(client, address: str, *arguments: object) -> html.HtmlElement:
    shown = client.get(reverse(address, args=arguments))
    assert shown.status_code == 200
    return html.fromstring(shown.content.decode())


def texts(shown: html.HtmlElement, path: str) -> list[str]:
    return [" ".join(one.text_content().split()) for one in shown.xpath(path)]


def test_each_acknowledges_on_the_page_of_all_dates(client, case, ben):
    client.force_login(ben)
    shown = page(client, "dates")
    [form] = shown.xpath("//section[@aria-labelledby='unknown']//form")

    answer = client.post(form.get("action"), {"back": "dates"})

    assert answer["Location"] == reverse("dates")
    [said] = Acknowledgement.objects.all()
    assert (said.user, said.deadline) == (ben, the_date(case))
    assert page(client, "dates").xpath("//section[@aria-labelledby='unknown']") == []


def test_the_case_says_who_knows_a_date_and_who_does_not(client, case, ada, ben):
    watch.acknowledge(the_date(case), by=ben)
    client.force_login(ada)

    shown = page(client, "case", case.code)

    said = [one for one in texts(shown, "//table//li") if "acknowledged" in one]
    assert [one.split()[0] for one in said] == ["Ada", "Ben"]
    assert said[0] == "Ada has not acknowledged it yet"
    assert len(shown.xpath("//form[contains(@action, '/acknowledge/')]")) == 1
    client.force_login(ben)
    shown = page(client, "case", case.code)
    assert shown.xpath("//form[contains(@action, '/acknowledge/')]") == []


def test_a_supervisor_has_no_button_and_no_word_for_others(client, case, sue):
    client.force_login(sue)
    shown = page(client, "case", case.code)

    client.post(reverse("date-acknowledge", args=[case.code, the_date(case).pk]))

    assert shown.xpath("//form[contains(@action, '/acknowledge/')]") == []
    assert Acknowledgement.objects.count() == 0


def test_a_private_case_has_nothing_of_it(client, ada):
    made = take_in(a_request(date=TODAY), owner=ada, place="IE")
    client.force_login(ada)

    shown = page(client, "case", made.code)

    assert "Who watches these dates" not in shown.text_content()
    assert client.get(reverse("date-new", args=[made.code])).status_code == 404
    assert client.get(reverse("case-second", args=[made.code])).status_code == 404


def test_a_date_is_typed_in_with_a_reason(client, case, ada):
    client.force_login(ada)
    address = reverse("date-new", args=[case.code])
    day = TODAY + timedelta(days=30)

    refused = client.post(address, {"title": "Set by the court", "due": day.isoformat()})
    told = html.fromstring(refused.content.decode())
    taken = client.post(
        address, {"title": "Set by the court", "due": day.isoformat(), "reason": "Order no. 5."}
    )

    assert refused.status_code == 422
    assert told.get_element_by_id("id_title").value == "Set by the court"
    assert taken["Location"] == case.get_absolute_url()
    fact = case.posture().last("date_set")
    assert fact.note == "Set by the court\n\nOrder no. 5."
    assert fact.get(Detail.DUE) == day.isoformat()


@pytest.mark.parametrize("due", ["", "soon", "2020-01-01"])
def test_a_typed_date_is_a_day_to_come(client, case, ada, due):
    client.force_login(ada)
    told = {"title": "Hearing", "due": due, "reason": "Their letter."}

    assert client.post(reverse("date-new", args=[case.code]), told).status_code == 422


def test_a_second_person_checks_it_and_nobody_their_own(client, case, ada, ben):
    row = the_date(case)
    for person, chips in ((ada, ["not checked yet"]), (ben, [])):
        client.force_login(person)
        client.post(reverse("date-check", args=[case.code, row.pk]))
        shown = page(client, "case-date", case.code, row.pk)
        assert texts(shown, "//dd/span[contains(@class, 'chip--warn')]") == chips


def test_a_supervisor_chooses_the_second_person(client, case, ada, sue):
    client.force_login(sue)
    address = reverse("case-second", args=[case.code])

    assert client.post(address, {"second": ""}).status_code == 422
    assert client.post(address, {"second": ada.pk}).status_code == 422  # who is the first
    client.post(address, {"second": sue.pk})

    assert Case.objects.get(pk=case.pk).second == sue
    client.force_login(ada)
    assert client.get(address).status_code == 404


def test_the_team_sees_who_is_silent_and_which_case_is_watched_by_one(client, clinic, case, sue):
    other = take_in(a_request(date=TODAY), owner=case.owner, place="IE")
    Case.objects.filter(pk=other.pk).update(team=clinic)
    client.force_login(sue)

    shown = page(client, "team-watch", clinic.slug)

    assert texts(shown, "//td[@data-label='Who is silent']") == ["Ada, Ben"]
    assert texts(shown, "//section[@aria-labelledby='alone']//li") == [other.reference]


def test_a_list_is_ticked_and_signed(client, clinic, case, sue):
    client.force_login(sue)
    address = reverse("team-control-day", args=[clinic.slug, TODAY.isoformat()])
    shown = page(client, "team-control-day", clinic.slug, TODAY.isoformat())
    lines = [one.get("value") for one in shown.xpath("//input[@name='line']")]
    told = {"hash": shown.xpath("//input[@name='hash']/@value")[0], "remark": "All seen."}

    refused = client.post(address, {**told, "line": lines[:1]})
    kept = html.fromstring(refused.content.decode())
    taken = client.post(address, {**told, "line": lines})

    assert refused.status_code == 422
    assert [one.get("value") for one in kept.xpath("//input[@name='line'][@checked]")] == lines[:1]
    assert kept.get_element_by_id("id_remark").value.strip() == "All seen."
    assert taken.status_code == 302
    [signed] = ControlList.objects.all()
    assert (signed.signed_by, signed.day, signed.remark) == (sue, TODAY, "All seen.")
    shown = page(client, "team-control-day", clinic.slug, TODAY.isoformat())
    assert shown.xpath("//input[@name='line']") == []
    assert "signed by Sue" in shown.text_content()
    assert AuditEntry.objects.filter(action="control.signed", user=sue.pk).count() == 1


def test_an_unsigned_day_is_shown_in_red(client, clinic, case, sue):
    client.force_login(sue)
    # The last working day before today had a date.
    before = max(control.working_days(TODAY - timedelta(days=7), TODAY - timedelta(days=1)))
    case.deadlines.filter(key="send_it").update(day=before)
    Team.objects.filter(pk=clinic.pk).update(made_at=timezone.now() - timedelta(days=30))

    shown = page(client, "team-control", clinic.slug)

    assert texts(shown, "//tr[contains(@class, 'is-overdue')]//strong[@class='late']") == [
        "not signed"
    ]
    assert "1 control list is not signed" in page(client, "dates").text_content()


def test_a_computed_date_leads_to_its_certificate(client, clinic, case, ada, sue):
    record(case, "sent", on=TODAY, by=ada, details={Detail.LETTER: 1, Detail.CHANNEL: "email"})
    client.force_login(sue)

    shown = page(client, "team-control-day", clinic.slug, TODAY.isoformat())

    row = case.deadlines.get(key="answer", void=False)
    address = reverse("case-certificate", args=[case.code, row.pk])
    assert len(shown.xpath(f"//a[@href='{address}']")) == 1


@pytest.mark.parametrize("role", ["caseworker", "student", "viewer", "coordinator"])
def test_lists_and_silence_are_for_whoever_answers_for_the_work(client, clinic, case, role):
    client.force_login(joins(clinic, role, "kim"))

    for address in (
        reverse("team-watch", args=[clinic.slug]),
        reverse("team-control", args=[clinic.slug]),
        reverse("team-control-day", args=[clinic.slug, TODAY.isoformat()]),
    ):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("day", ["today", "2026-1-1", "20260101", "2026-02-30"])
def test_a_day_that_is_none_has_no_list(client, clinic, sue, day):
    client.force_login(sue)

    assert client.get(reverse("team-control-day", args=[clinic.slug, day])).status_code == 404


def test_a_stranger_finds_nothing(client, clinic, case):
    client.force_login(a_person("stranger@example.org"))
    row = the_date(case)

    asked = [
        client.get(reverse("date-new", args=[case.code])),
        client.get(reverse("case-second", args=[case.code])),
        client.get(reverse("team-watch", args=[clinic.slug])),
        client.get(reverse("team-control-day", args=[clinic.slug, date(2026, 1, 2)])),
        client.post(reverse("date-acknowledge", args=[case.code, row.pk])),
        client.post(reverse("date-check", args=[case.code, row.pk])),
    ]

    assert [one.status_code for one in asked] == [404] * len(asked)
