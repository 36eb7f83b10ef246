"""Who did and who saw what, in a team's matters: a log that is only added to, and chained.

An entry names people and things by number and says nothing else of them. ``verify`` walks the
chain; where somebody changed or took out an entry, it says which. ``verify_new`` walks what came
since the last walk.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from consentkit.rows import insert

from .models import AuditEntry, AuditMark, Team, User


@transaction.atomic
def note(
    team: Team,
    action: str,
    *,
    by: User | None,
    thing: str = "",
    thing_id: int | None = None,
    details: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Add an entry. ``details`` hold numbers, keys and dates, nothing personal."""
    # The team's row is the lock: entries of a team come one after the other.
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    last = AuditEntry.objects.filter(team=team).order_by("-number").first()
    entry = AuditEntry(
        team=team,
        number=last.number + 1 if last else 1,
        at=timezone.now(),
        user=by.pk if by else None,
        action=action,
        thing=thing,
        thing_id=thing_id,
        details=dict(details or {}),
    )
    entry.digest = digest(last.digest if last else "", entry)
    entry.save(force_insert=True)
    return entry


@dataclass(frozen=True)
class Note:
    """One entry that is still to be added."""

    action: str
    thing: str
    thing_id: int
    details: Mapping[str, object] = field(default_factory=dict)


@transaction.atomic
def note_many(team: Team, notes: Iterable[Note], *, by: User | None) -> None:
    """Add entries in this order, as ``note`` would one after the other."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    last = AuditEntry.objects.filter(team=team).order_by("-number").first()
    previous, rows = last.digest if last else "", []
    for number, one in enumerate(notes, start=last.number + 1 if last else 1):
        row = {
            "team_id": team.pk,
            "number": number,
            "at": timezone.now(),
            "user": by.pk if by else None,
            "action": one.action,
            "thing": one.thing,
            "thing_id": one.thing_id,
            "details": dict(one.details),
        }
        previous = link(previous, row)
        rows.append({**row, "digest": previous})
    insert(AuditEntry, rows)


TOLD = ("team_id", "number", "at", "user", "action", "thing", "thing_id", "details")


def digest(previous: str, entry: AuditEntry) -> str:
    """The link of an entry in the chain."""
    return link(previous, {name: getattr(entry, name) for name in TOLD})


def link(previous: str, told: Mapping[str, Any]) -> str:
    """The same by the columns of an entry."""
    links = [previous, *(_moment(told[name]) if name == "at" else told[name] for name in TOLD)]
    return sha256(json.dumps(links, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def verify(team: Team) -> int | None:
    """The number of the first entry that does not fit the chain; None where all is well.

    It walks the whole chain, and notes how far it is whole (``verify_new`` goes on from there).
    """
    AuditMark.objects.filter(team=team).delete()
    broken = verify_new(team)
    if broken is None:
        AuditMark.objects.filter(team=team).update(whole_at=timezone.now())
    return broken


def verify_new(team: Team) -> int | None:
    """The same for the entries since the last time: the last one that was whole then, and on.

    An entry before it that was changed since is found by ``verify`` alone.
    """
    mark = AuditMark.objects.filter(team=team).first()
    entries = AuditEntry.objects.filter(team=team).order_by("number")
    previous, expected = "", 1
    if mark is not None:
        last = entries.filter(number=mark.number).first()
        if last is None or last.digest != mark.digest:
            return mark.number
        previous, expected = mark.digest, mark.number + 1
    for entry in entries.filter(number__gte=expected).iterator():
        if entry.number != expected or entry.digest != digest(previous, entry):
            return expected
        previous, expected = entry.digest, expected + 1
    _note_verified(team, expected - 1, previous, mark)
    return None


def _note_verified(team: Team, number: int, digest: str, mark: AuditMark | None) -> None:
    if number > (mark.number if mark else 0):
        told = {"number": number, "digest": digest}
        if mark is None:
            AuditMark.objects.update_or_create(team=team, defaults=told)
        else:
            AuditMark.objects.filter(pk=mark.pk, number__lt=number).update(**told)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
