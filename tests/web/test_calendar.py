"""Dates in a calendar program: a secret address, entries that follow their dates, and no names."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, Event
from lxml import html

from consentkit.cases import actions
from consentkit.cases.log import Detail
from consentkit.cases.models import CalendarFeed, Case, Deadline
from consentkit.correspondence.feed import make_feed
from consentkit.letters.actions import take_in
from consentkit.teams.models import User
from tests.world import a_request

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.org", "secret", name="Ada Beispiel")


@pytest.fixture
def case(ada: User) -> Case:
    """Sent, and arrived today."""
    case = take_in(a_request(date=TODAY), owner=ada, place="IE")
    sent = {Detail.LETTER: 1, Detail.CHANNEL: "email"}
    actions.record(case, "sent", on=TODAY, by=ada, details=sent)
    received(case, TODAY)
    return case


def received(case: Case, day: date) -> int:
    details = {Detail.LETTER: 1, Detail.EVIDENCE: "signed"}
    return actions.record(case, "received", on=day, by=case.owner, details=details).number


def address(user: User) -> str:
    return reverse("calendar", args=[make_feed(user, timezone.now())])


def read(client, path: str) -> Calendar:
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content)


def events(client, path: str) -> dict[str, Event]:
    """The events by their UID."""
    return {str(event["UID"]): event for event in read(client, path).walk("VEVENT")}


def event_of(client, path: str, key: str) -> Event:
    """The one event of a date, found by the day it is on."""
    deadline = Deadline.objects.get(key=key, void=False)
    [event] = [
        event for event in events(client, path).values() if event.decoded("DTSTART") == deadline.day
    ]
    return event


# The address --------------------------------------------------------------------------------------


def test_whoever_has_the_address_reads_the_dates_without_signing_in(client, ada, case):
    days = {event.decoded("DTSTART") for event in events(client, address(ada)).values()}

    assert days == set(
        case.deadlines.filter(void=False, settled_on=None)
        .exclude(key="extension_notice")
        .values_list("day", flat=True)
    )


@pytest.mark.parametrize("secret", ["x", "a" * 43, "0", "ada@example.org", "%2e%2e"])
def test_a_wrong_address_is_as_good_as_none(client, ada, case, secret):
    make_feed(ada, timezone.now())

    response = client.get(f"/calendar/{secret}.ics")

    assert response.status_code == 404
    assert "Set-Cookie" not in response.headers


def test_the_address_cannot_be_guessed_and_is_not_in_the_database(ada):
    secrets = {make_feed(ada, timezone.now()) for _ in range(20)}

    assert len(secrets) == 20
    assert {len(secret) for secret in secrets} == {43}  # 256 bits
    kept = CalendarFeed.objects.values().get()
    assert not [secret for secret in secrets if secret in str(kept)]


def test_a_feed_holds_the_dates_of_its_own_person_alone(client, ada, case):
    carl = User.objects.create_user("carl@example.org", "secret")

    assert events(client, address(carl)) == {}
    assert len(events(client, address(ada))) > 0


def test_a_new_address_ends_the_old_one(client, ada, case):
    old = address(ada)
    new = address(ada)

    assert [client.get(path).status_code for path in (old, new)] == [404, 200]


@pytest.mark.parametrize("change", [{"is_active": False}, {"closed_at": datetime.now(UTC)}])
def test_the_address_of_a_closed_account_leads_nowhere(client, ada, change):
    path = address(ada)
    User.objects.filter(pk=ada.pk).update(**change)

    assert client.get(path).status_code == 404


def test_the_feed_takes_no_posts_and_is_kept_by_nobody(client, ada, case):
    path = address(ada)

    assert client.post(path).status_code == 405
    response = client.get(path)
    assert response["Cache-Control"] == "private, no-cache"
    assert response["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in response.headers


def test_reading_it_again_costs_little_until_something_changes(
    client, ada, case, django_assert_num_queries
):
    path = address(ada)
    first = client.get(path)
    with django_assert_num_queries(3):  # whose it is, that it was read, what changed
        again = client.get(path, headers={"If-None-Match": first["ETag"]})
    received(case, TODAY + timedelta(days=1))
    changed = client.get(path, headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200


def test_more_cases_need_no_more_queries(client, ada, case, django_assert_num_queries):
    path = address(ada)
    client.get(path)
    with django_assert_num_queries(5):
        one = len(events(client, path))
    for right in ("erasure", "portability"):
        take_in(a_request(date=TODAY, right=right), owner=ada, place="IE")
    with django_assert_num_queries(5):
        assert len(events(client, path)) == one + 2


# What stands in it --------------------------------------------------------------------------------


def test_it_keeps_to_the_rules_of_rfc_5545_and_7986(client, ada, case):
    path = address(ada)
    content = client.get(path).content
    found = Calendar.from_ical(content)

    assert content.endswith(b"END:VCALENDAR\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert [error for part in found.walk() for error in part.errors] == []
    assert {name: str(found[name]) for name in ("VERSION", "METHOD", "CALSCALE")} == {
        "VERSION": "2.0",
        "METHOD": "PUBLISH",
        "CALSCALE": "GREGORIAN",
    }
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n" in content
    assert b"X-PUBLISHED-TTL:PT360M\r\n" in content
    for event in found.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE"} <= set(event)
        assert event["DTSTART"].params["VALUE"] == event["DTEND"].params["VALUE"] == "DATE"
        assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(days=1)
        assert str(event["TRANSP"]) == "TRANSPARENT"
        assert event.decoded("DTSTAMP").utcoffset() == timedelta(0)
    uids = [str(event["UID"]) for event in found.walk("VEVENT")]
    assert len(uids) == len(set(uids))


def test_ones_own_dates_stand_on_the_day_on_which_the_time_is_over_at_the_latest(client, ada):
    """They never move over a weekend: whoever relies on that may be too late."""
    case = take_in(a_request("us-il-bipa", "notice", date=TODAY), owner=ada, place="US-IL")
    first = TODAY.replace(day=1) - timedelta(days=400)
    actions.record(case, "first_collected", on=first, by=ada)
    due = next(due for due in case.posture().dues if due.key == "sue_until")

    assert due.day == due.nominal
    days = {event.decoded("DTSTART") for event in events(client, address(ada)).values()}
    assert due.nominal in days


def test_a_date_that_moves_is_the_same_event_with_a_higher_sequence(client, ada, case):
    path = address(ada)
    before = event_of(client, path, "answer")
    received(case, TODAY)
    number = case.records.filter(kind="received").last().number
    actions.strike(case, number, by=ada, reason="twice")
    first = case.records.filter(kind="received").first().number
    actions.strike(case, first, by=ada, reason="it was later")
    received(case, TODAY + timedelta(days=20))

    after = event_of(client, path, "answer")

    assert before["UID"] == after["UID"]
    assert after.decoded("DTSTART") > before.decoded("DTSTART")
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert str(after["STATUS"]) == "CONFIRMED"


def test_the_sequence_grows_with_every_change_even_back_to_a_day_that_was(client, ada, case):
    path = address(ada)
    uid = str(event_of(client, path, "answer")["UID"])
    told = [_told(client, path, uid)]
    for _ in range(2):
        answered = {Detail.VERDICT: "complete"}
        fact = actions.record(case, "answered", on=TODAY, by=ada, details=answered)
        told.append(_told(client, path, uid))
        actions.strike(case, fact.number, by=ada, reason="that was another company")
        told.append(_told(client, path, uid))

    assert [status for _, status in told] == ["CONFIRMED", "CANCELLED"] * 2 + ["CONFIRMED"]
    sequences = [sequence for sequence, _ in told]
    assert sequences == sorted(set(sequences))


def _told(client, path: str, uid: str) -> tuple[int, str]:
    event = events(client, path)[uid]
    return int(event["SEQUENCE"]), str(event["STATUS"])


def test_what_is_over_is_cancelled_for_a_while_and_then_gone(client, ada, case):
    path = address(ada)
    number = len(events(client, path))
    actions.close(case, "given_up", by=ada, on=TODAY)

    closed = events(client, path)
    assert {str(event["STATUS"]) for event in closed.values()} == {"CANCELLED"}
    assert len(closed) >= number

    Case.objects.update(changed_at=timezone.now() - timedelta(days=61))
    assert events(client, path) == {}


def test_no_name_stands_in_it_unless_that_was_chosen(client, ada, case):
    path = address(ada)
    plain = client.get(path).content.replace(b"\r\n ", b"").decode()
    CalendarFeed.objects.update(names=True)
    named = client.get(path).content.replace(b"\r\n ", b"").decode()

    secret = r"Ada|Beispiel|ada@|@sample|GDPR|Example|answer due|CK-\w+"
    assert re.findall(secret, plain, re.IGNORECASE) == []
    assert "SUMMARY:One of your cases: a date of theirs" in plain
    assert "SUMMARY:Example (GDPR): Answer due" in named
    assert re.findall(r"Ada|Beispiel|@sample", named) == []


def test_an_entry_leads_to_its_case(client, ada, case):
    event = event_of(client, address(ada), "answer")

    assert urlsplit(str(event["URL"])).path == reverse("case", args=[case.code])


def test_a_feed_speaks_the_language_of_its_person(client, ada, case):
    ada.language = "de"
    ada.save()

    event = event_of(client, address(ada), "answer")
    assert urlsplit(str(event["URL"])).path == f"/de/cases/{case.code}/"


# One date -----------------------------------------------------------------------------------------


def date_address(case: Case, key: str = "answer") -> str:
    due = next(due for due in case.posture().dues if due.key == key)
    return reverse("case-ics", args=[case.code, due.name])


def test_one_date_is_a_file_of_its_own_with_the_uid_of_the_feed(client, ada, case):
    client.force_login(ada)
    [event] = events(client, date_address(case)).values()

    assert event["UID"] == event_of(client, address(ada), "answer")["UID"]
    assert client.get(date_address(case))["Content-Disposition"] == (
        'attachment; filename="date.ics"'
    )


@pytest.mark.parametrize("name", ["answer", "answer.access.9", "x.y.z", "..", "answer.access.-1"])
def test_a_date_that_a_case_has_not_is_not_found(client, ada, case, name):
    client.force_login(ada)

    assert client.get(f"/cases/{case.code}/dates/{name}.ics").status_code == 404


def test_a_stranger_finds_neither_the_date_nor_that_there_is_one(client, ada, case):
    client.force_login(User.objects.create_user("carl@example.org", "secret"))

    assert client.get(date_address(case)).status_code == 404


# The page -----------------------------------------------------------------------------------------


def page(response) -> html.HtmlElement:
    return html.fromstring(response.content.decode())


def test_the_address_is_made_shown_once_used_and_taken_back(client, ada, case):
    client.force_login(ada)
    there = reverse("calendar-feed")

    assert page(client.get(there)).xpath("//input[@id='address']") == []
    made = client.post(there, {"do": "make"})
    assert "no-store" in made["Cache-Control"]
    [shown] = page(made).xpath("//input[@id='address']/@value")
    assert page(client.get(there)).xpath("//input[@id='address']") == []

    client.logout()
    assert client.get(urlsplit(shown).path).status_code == 200

    client.force_login(ada)
    assert client.post(there, {"do": "revoke"}).status_code == 302
    assert client.get(urlsplit(shown).path).status_code == 404
    assert not CalendarFeed.objects.exists()


def test_names_are_chosen_on_the_page(client, ada):
    client.force_login(ada)
    make_feed(ada, timezone.now())

    chosen = []
    for posted in ({"do": "names", "names": "on"}, {"do": "names"}):
        client.post(reverse("calendar-feed"), posted)
        chosen.append(CalendarFeed.objects.get().names)

    assert chosen == [True, False]


def test_the_page_says_when_a_program_last_came_by(client, ada, case):
    path = address(ada)
    client.get(path)
    read_at = CalendarFeed.objects.get().read_at
    client.get(path)

    assert CalendarFeed.objects.get().read_at == read_at  # to the hour, so that reading is cheap
    client.force_login(ada)
    assert "A program last read it on" in client.get(reverse("calendar-feed")).content.decode()


@pytest.mark.parametrize("name", ["calendar-feed", "dates"])
def test_the_pages_are_for_people_who_signed_in(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 302
    assert reverse("account_login") in response["Location"]


def test_the_page_of_dates_shows_what_is_late_until_it_is_closed_with_a_reason(client, ada):
    case = take_in(a_request(date=TODAY - timedelta(days=10)), owner=ada, place="IE")
    client.force_login(ada)
    [late] = page(client.get(reverse("dates"))).xpath("//section[h2[@id='late']]//li")
    assert "Example (GDPR)" in late.text_content()

    [due] = case.posture().late(TODAY)
    actions.let_go(case, due, by=ada, on=TODAY, reason="I do not need it any more.")

    assert page(client.get(reverse("dates"))).xpath("//section[h2[@id='late']]") == []


def test_the_page_of_dates_lists_cases_without_a_next_date(client, ada, case):
    case.deadlines.update(void=True)
    Case.objects.update(next_on=None)
    client.force_login(ada)

    [link] = page(client.get(reverse("dates"))).xpath("//section[h2[@id='undated']]//li/a/@href")
    assert link == reverse("case", args=[case.code])


def test_nobody_sees_the_dates_of_others(client, ada, case):
    client.force_login(User.objects.create_user("carl@example.org", "secret"))

    assert case.code not in client.get(reverse("dates")).content.decode()


@pytest.mark.parametrize("width", [320, 1280])
def test_everybody_can_use_the_pages(make_page, axe, client, ada, width):
    take_in(a_request(date=TODAY - timedelta(days=10)), owner=ada, place="IE")
    client.force_login(ada)
    opened = make_page(viewport={"width": width, "height": 900})
    cookie = client.cookies["sessionid"].value
    opened.goto("/about/")
    opened.context.add_cookies(
        [{"name": "sessionid", "value": cookie, "url": opened.url.replace("/about/", "/")}]
    )
    for name in ("dates", "calendar-feed"):
        opened.goto(reverse(name))
        axe(opened)
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not opened.evaluate(wide)
    opened.get_by_role("button", name="Make the address").click()
    axe(opened)
    assert opened.get_by_label("Address of your calendar").input_value().endswith(".ics")
