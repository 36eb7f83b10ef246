"""Dates for a calendar: whole days that stay on their day, and nothing of the person."""

from dataclasses import replace
from datetime import UTC, date, datetime

from icalendar import Calendar

from consentkit.correspondence.calendar import Entry, calendar

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DUE = Entry(
    day=date(2026, 12, 28),
    summary="Example: answer due (GDPR)",
    description="Received on 25 November; not counted.\nOne month, and a weekend; “so”.",
    subject=("eu-gdpr", "access", "answer", "2026-12-28", "CK-AAAAAAAA"),
)


def read(made: bytes) -> Calendar:
    return Calendar.from_ical(made)


def test_a_day_is_a_whole_day_and_ends_on_the_next():
    (event,) = read(calendar([DUE], name="Example", made_at=NOW)).walk("VEVENT")

    assert event.decoded("DTSTART") == date(2026, 12, 28)
    assert event.decoded("DTEND") == date(2026, 12, 29)
    assert event["DTSTART"].params["VALUE"] == "DATE"


def test_text_comes_back_as_it_was():
    (event,) = read(calendar([DUE], name="Example", made_at=NOW)).walk("VEVENT")

    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (DUE.summary, DUE.description)


def test_the_file_is_one_calendars_accept():
    made = calendar([DUE, replace(DUE, subject=("other",))], name="Example", made_at=NOW)

    found = read(made)
    assert (found["VERSION"], found["METHOD"]) == ("2.0", "PUBLISH")
    assert made.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in made.split(b"\r\n")) <= 75
    assert [error for event in found.walk() for error in event.errors] == []


def test_the_same_date_made_twice_is_one_event():
    earlier = read(calendar([DUE], name="Example", made_at=NOW)).walk("VEVENT")[0]
    later = read(calendar([replace(DUE, description="")], name="", made_at=NOW)).walk("VEVENT")[0]

    assert earlier["UID"] == later["UID"]
    assert replace(DUE, subject=("another", "letter")).uid != DUE.uid


def test_a_uid_tells_nothing():
    assert set(DUE.uid.removesuffix("@consentkit")) <= set("0123456789abcdef")
