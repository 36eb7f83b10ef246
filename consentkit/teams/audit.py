"""Who did and who saw what, in a team's matters: a log that is only added to, and chained.

An entry names people and things by number and says nothing else of them. ``verify`` walks the
chain; where somebody changed or took out an entry, it says which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from .models import AuditEntry, Team, User


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


def digest(previous: str, entry: AuditEntry) -> str:
    """The link of an entry in the chain."""
    told = [
        previous,
        entry.team_id,
        entry.number,
        _moment(entry.at),
        entry.user,
        entry.action,
        entry.thing,
        entry.thing_id,
        entry.details,
    ]
    return sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def verify(team: Team) -> int | None:
    """The number of the first entry that does not fit the chain; None where all is well."""
    previous, expected = "", 1
    for entry in AuditEntry.objects.filter(team=team).order_by("number").iterator():
        if entry.number != expected or entry.digest != digest(previous, entry):
            return expected
        previous, expected = entry.digest, expected + 1
    return None


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
