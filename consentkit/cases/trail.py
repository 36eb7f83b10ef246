"""What a team's audit log keeps of what is done with its cases."""

from __future__ import annotations

from consentkit.teams.audit import note
from consentkit.teams.models import User

from .models import Case


def leave(case: Case, action: str, *, by: User | None, **details: object) -> None:
    """Note in the audit log what was done with a team's case; nothing for somebody's own.

    ``details`` are numbers, keys and dates, nothing personal.
    """
    if case.team is not None:
        note(case.team, action, by=by, thing="case", thing_id=case.pk, details=details)
