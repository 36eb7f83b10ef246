"""Dates as a calendar file (RFC 5545): all-day events, nothing personal in them.

The dates of a letter in the making, one date of a case, or all dates of a person as a feed that
their calendar program reads again and again (``feed``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from icalendar import Calendar, Event

PRODUCT = "-//ConsentKit//Letters//EN"


@dataclass(frozen=True)
class Entry:
    """One day. ``subject`` names what it is about; the same subject always has the same UID.

    ``sequence`` grows with every change of the same event. One that is ``cancelled`` is still told,
    so that a program which knows it takes it away. ``address`` is the page to open.
    """

    day: date
    summary: str
    description: str
    subject: tuple[str, ...]
    sequence: int = 0
    cancelled: bool = False
    changed_at: datetime | None = None
    address: str = ""

    @property
    def uid(self) -> str:
        return sha256("\n".join(self.subject).encode()).hexdigest()[:32] + "@consentkit"


def calendar(
    entries: Iterable[Entry], *, name: str, made_at: datetime, refresh: timedelta | None = None
) -> bytes:
    """The calendar file. A day is a date, not a moment: it is the same day in every time zone.

    ``refresh`` is for a feed: how often a program should read it again.
    """
    found = Calendar()
    found.add("PRODID", PRODUCT)
    found.add("VERSION", "2.0")
    found.add("CALSCALE", "GREGORIAN")
    found.add("METHOD", "PUBLISH")
    found.add("X-WR-CALNAME", name)
    if refresh is not None:
        found.add("NAME", name)
        found.add("REFRESH-INTERVAL", refresh, parameters={"VALUE": "DURATION"})
        found.add("X-PUBLISHED-TTL", _duration(refresh))  # the same in Outlook's words
    for entry in entries:
        found.add_component(_event(entry, made_at))
    written: bytes = found.to_ical()
    return written


def _duration(length: timedelta) -> str:
    return f"PT{length // timedelta(minutes=1)}M"


def _event(entry: Entry, made_at: datetime) -> Event:
    event = Event()
    event.add("UID", entry.uid)
    event.add("DTSTAMP", entry.changed_at or made_at)
    event.add("DTSTART", entry.day)
    event.add("DTEND", entry.day + timedelta(days=1))
    event.add("SUMMARY", entry.summary)
    event.add("DESCRIPTION", entry.description)
    event.add("TRANSP", "TRANSPARENT")
    if entry.changed_at is not None:
        event.add("LAST-MODIFIED", entry.changed_at)
        event.add("SEQUENCE", entry.sequence)
        event.add("STATUS", "CANCELLED" if entry.cancelled else "CONFIRMED")
    if entry.address:
        event.add("URL", entry.address)
    return event
