"""Internal notes of a case: for the people of the office, and for nobody else.

No letter, e-mail, archive or evidence bundle reads them.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consentkit.cases.actions import learn_words
from consentkit.cases.models import Case, CaseWord
from consentkit.cases.trail import leave
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import User
from consentkit.teams.roles import Permission

from .models import CaseNote

LONGEST = 20_000  # characters


@transaction.atomic
def write(case: Case, text: str, *, by: User) -> CaseNote:
    """Write a note about a team's case; it stays as it is. Raises Forbidden and NotPossible."""
    if not text.strip():
        raise NotPossible(_("Write something down."))
    if len(text) > LONGEST:
        raise NotPossible(_("This is too long for a note."))
    within(case, by, Permission.RECORD)
    note = CaseNote.objects.create(case=case, author=by, at=timezone.now(), text=text.strip())
    learn_words(case, [note.text], CaseWord.Place.NOTE)
    leave(case, "note.written", by=by, note=note.pk)
    return note


def within(case: Case, user: User, permission: Permission) -> None:
    """Raises Forbidden unless somebody may do something with a case of a team."""
    mine = Case.objects.within(user, permission)
    if not mine.filter(pk=case.pk, team__isnull=False).exists():
        raise Forbidden(f"user {user.pk}: {permission} of case {case.pk}")
