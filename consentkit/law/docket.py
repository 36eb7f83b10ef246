"""The language of a deadline case: one JSON object, read into events and answered with dates.

A case names a law, a place, a right, what happened, and a few facts::

    {"id": "1", "law": "eu-gdpr", "place": "IE", "right": "access",
     "events": [{"event": "received", "on": "2026-03-06"}], "facts": {}}

``place`` is where the act has to be done (ISO 3166-2), so whose holidays count. ``on`` is a date,
or a moment with an offset, which is read in the place's own time zone. Events come in any order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypedDict

from .events import Event, EventKind, History
from .holidays import UnknownPlace, check_place
from .periods import NoDate
from .places import UnknownZone, zone_of
from .procedure import Deadline, deadlines
from .reckoning import Step
from .statutes import law_of
from .steps import in_english
from .vocabulary import Law


class NotACase(ValueError):
    """The case cannot be read; the message says what is wrong with it."""


class StepAnswer(TypedDict):
    step: str
    values: dict[str, str | int]
    citation: str | None
    text: str


class DeadlineAnswer(TypedDict):
    duty: str
    owed_by: str
    nature: str
    nominal: str | None
    due: str | None
    overdue_from: str | None
    disputed: bool
    citation: str
    steps: list[StepAnswer]


FACTS: dict[str, type] = {
    "requester_authenticated": bool,
    "entity": str,
    "reply_within_days": int,
}
WRITTEN_DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?$")
EVENT_KEYS = {"event", "on", "reasons", "justified", "new_date"}

# A platform cannot react to a request, nor a person supply what was asked for, before it arrived.
CANNOT_PRECEDE = {
    EventKind.RECEIVED: (
        EventKind.ACKNOWLEDGED,
        EventKind.IDENTITY_REQUESTED,
        EventKind.CLARIFICATION_REQUESTED,
        EventKind.FEE_REQUESTED,
        EventKind.COST_NOTICE_RECEIVED,
        EventKind.EXTENSION_NOTIFIED,
        EventKind.ANSWERED,
        EventKind.REFUSED,
    ),
    EventKind.SENT: (EventKind.RECEIVED,),
    EventKind.IDENTITY_REQUESTED: (EventKind.IDENTITY_PROVIDED,),
    EventKind.CLARIFICATION_REQUESTED: (EventKind.CLARIFICATION_PROVIDED,),
    EventKind.FEE_REQUESTED: (EventKind.FEE_PAID,),
    EventKind.COST_NOTICE_RECEIVED: (EventKind.COST_CONFIRMED,),
    EventKind.APPEALED: (EventKind.APPEAL_EXTENSION_NOTIFIED,),
    EventKind.FIRST_COLLECTED: (EventKind.LAST_COLLECTED,),
    EventKind.INFRINGEMENT: (EventKind.BECAME_AWARE,),
    EventKind.BORN: tuple(kind for kind in EventKind if kind != EventKind.BORN),
}


def answer(case: object) -> list[DeadlineAnswer]:
    """The deadlines of a case. Raises NotACase, naming what is wrong."""
    if not isinstance(case, Mapping):
        raise NotACase("a case is a JSON object")
    law = _law(case)
    place = _place(case, law)
    right = _right(case, law)
    facts = _facts(case)
    history = History(_events(case, place))
    _check_order(history)
    try:
        found = deadlines(law, right, place, history, facts)
    except NoDate as error:
        raise NotACase(str(error)) from None
    return [to_answer(deadline) for deadline in found]


def to_answer(deadline: Deadline) -> DeadlineAnswer:
    """A deadline as JSON says it: dates as YYYY-MM-DD, steps as keys, values and English."""
    duty = deadline.duty
    return {
        "duty": duty.key,
        "owed_by": duty.owed_by.value,
        "nature": duty.nature.value,
        "nominal": _iso(deadline.nominal),
        "due": _iso(deadline.due),
        "overdue_from": _iso(deadline.overdue_from),
        "disputed": deadline.disputed is not None,
        "citation": duty.citation,
        "steps": [_step(step) for step in deadline.steps],
    }


def _step(step: Step) -> StepAnswer:
    return {
        "step": step.key,
        "values": {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in step.values.items()
        },
        "citation": step.citation,
        "text": in_english(step),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _text(case: Mapping[str, Any], key: str) -> str:
    value = case.get(key)
    if not isinstance(value, str) or not value:
        raise NotACase(f"{key!r} is missing or not a text")
    return value


def _law(case: Mapping[str, Any]) -> Law:
    key = _text(case, "law")
    try:
        return law_of(key)
    except LookupError as error:
        raise NotACase(_message(error)) from None


def _place(case: Mapping[str, Any], law: Law) -> str:
    place = _text(case, "place")
    if law.only_place is not None and place != law.only_place:
        raise NotACase(f"{law.key} is the law of {law.only_place}, not of {place!r}")
    try:
        check_place(place)
    except UnknownPlace as error:
        raise NotACase(_message(error)) from None
    return place


def _right(case: Mapping[str, Any], law: Law) -> str:
    key = _text(case, "right")
    try:
        return law.right(key).key
    except LookupError as error:
        raise NotACase(_message(error)) from None


def _facts(case: Mapping[str, Any]) -> Mapping[str, object]:
    facts = case.get("facts", {})
    if not isinstance(facts, Mapping):
        raise NotACase("'facts' is not an object")
    for name, value in facts.items():
        kind = FACTS.get(name)
        if kind is None:
            raise NotACase(f"unknown fact {name!r}; known are: {', '.join(FACTS)}")
        if type(value) is not kind:
            raise NotACase(f"fact {name!r} is not of the kind {kind.__name__}: {value!r}")
        if isinstance(value, int) and kind is int and not 1 <= value <= 3650:
            raise NotACase(f"fact {name!r} is not between 1 and 3650: {value}")
        if name == "entity" and value not in ("agency", "organisation"):
            raise NotACase(f"fact 'entity' is neither 'agency' nor 'organisation': {value!r}")
    return facts


def _events(case: Mapping[str, Any], place: str) -> list[Event]:
    events = case.get("events")
    if not isinstance(events, list):
        raise NotACase("'events' is missing or not a list")
    return [_event(event, place) for event in events]


def _event(event: object, place: str) -> Event:
    if not isinstance(event, Mapping):
        raise NotACase(f"an event is an object, not {event!r}")
    unknown = set(event) - EVENT_KEYS
    if unknown:
        raise NotACase(f"unknown key of an event: {', '.join(sorted(map(repr, unknown)))}")
    try:
        kind = EventKind(str(event.get("event")))
    except ValueError:
        choices = ", ".join(EventKind)
        raise NotACase(f"unknown event {event.get('event')!r}; known are: {choices}") from None
    on, arguably_on = _day(event.get("on"), kind, place)
    for name in ("reasons", "justified"):
        if not isinstance(event.get(name, True), bool):
            raise NotACase(f"{name!r} of {kind} is neither true nor false: {event[name]!r}")
    new_date = event.get("new_date")
    return Event(
        kind,
        on,
        arguably_on,
        reasons=event.get("reasons", False),
        justified=event.get("justified", True),
        new_date=None if new_date is None else _day(new_date, kind, place)[0],
    )


def _day(value: object, kind: EventKind, place: str) -> tuple[date, date]:
    """The day at the place, and the later of it and the day where the moment was written down."""
    if not isinstance(value, str):
        raise NotACase(f"the day of {kind} is missing or not a text: {value!r}")
    if not WRITTEN_DAY.match(value):
        raise NotACase(f"the date of {kind} is not written as YYYY-MM-DD: {value!r}")
    try:
        if len(value) == 10:
            day = date.fromisoformat(value)
            return day, day
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise NotACase(f"the date of {kind} does not exist: {value!r}") from None
    if moment.utcoffset() is None:
        raise NotACase(f"the moment of {kind} has no offset: {value!r}")
    try:
        here = moment.astimezone(zone_of(place)).date()
    except (UnknownZone, OverflowError) as error:
        raise NotACase(_message(error)) from None
    return here, max(here, moment.date())


def _check_order(history: History) -> None:
    for earlier, later_kinds in CANNOT_PRECEDE.items():
        first = history.first(earlier)
        if first is None:
            continue
        for kind in later_kinds:
            event = history.first(kind)
            if event is not None and event.on < first.on:
                raise NotACase(f"{kind} on {event.on} lies before {earlier} on {first.on}")


def _message(error: Exception) -> str:
    return str(error.args[0]) if error.args else str(error)
