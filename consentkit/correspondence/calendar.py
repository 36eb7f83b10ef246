"""The dates of a letter as a calendar file (RFC 5545): all-day events, nothing personal in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from icalendar import Calendar, Event

PRODUCT = "-//ConsentKit//Letters//EN"


@dataclass(frozen=True)
class Entry:
    """One day. ``subject`` names what it is about; the same subject always has the same UID."""

    day: date
    summary: str
    description: str
    subject: tuple[str, ...]

    @property
    def uid(self) -> str:
        return sha256("\n".join(self.subject).encode()).hexdigest()[:32] + "@consentkit"


def calendar(entries: Iterable[Entry], *, name: str, made_at: datetime) -> bytes:
    """The calendar file. A day is a date, not a moment: it is the same day in every time zone."""
    found = Calendar()
    found.add("PRODID", PRODUCT)
    found.add("VERSION", "2.0")
    found.add("CALSCALE", "GREGORIAN")
    found.add("METHOD", "PUBLISH")
    found.add("X-WR-CALNAME", name)
    for entry in entries:
        found.add_component(_event(entry, made_at))
    written: bytes = found.to_ical()
    return written


def _event(entry: Entry, made_at: datetime) -> Event:
    event = Event()
    event.add("UID", entry.uid)
    event.add("DTSTAMP", made_at)
    event.add("DTSTART", entry.day)
    event.add("DTEND", entry.day + timedelta(days=1))
    event.add("SUMMARY", entry.summary)
    event.add("DESCRIPTION", entry.description)
    event.add("TRANSP", "TRANSPARENT")
    return event
