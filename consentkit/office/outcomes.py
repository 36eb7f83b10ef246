"""How cases ended, in the words of an office: a table of codes that a team can make its own.

The ending in the log says what an end is to the case. The outcome says what came of it for the
office's statistics and its system of record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import Label
from consentkit.cases.models import Case
from consentkit.cases.trail import leave
from consentkit.teams.access import require
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .models import OutcomeCode

LONGEST = 100  # characters of a name
MOST = 60  # codes of a team

# What every team has until it says otherwise.
USUAL: dict[str, Label] = {
    "data-received": _("Data received"),
    "data-received-in-part": _("Data received in part"),
    "deleted": _("Data deleted"),
    "corrected": _("Data corrected"),
    "stopped": _("Use of the data stopped"),
    "consent-withdrawn": _("Consent taken back, and they comply"),
    "no-data": _("They have no data"),
    "refused": _("Refused"),
    "no-answer": _("No answer"),
    "settled": _("Settled by agreement"),
    "decision-won": _("Decided in the client’s favour"),
    "decision-lost": _("Decided against the client"),
    "advice-only": _("Advice only"),
    "referred": _("Referred to somebody else"),
    "client-withdrew": _("The client did not want to go on"),
    "contact-lost": _("Contact to the client lost"),
    "mistake": _("Opened by mistake, or twice"),
}


@dataclass(frozen=True)
class Outcome:
    """One code: its key, which exports bear, its name, and whether it can still be chosen."""

    key: str
    name: Label
    retired: bool = False
    own: bool = False  # whether it is the team's, and none of the usual ones


def outcomes_of(teams: Iterable[Team]) -> list[Outcome]:
    """The outcomes of some teams, the usual ones first; asks once."""
    found = {key: Outcome(key, name) for key, name in USUAL.items()}
    for code in OutcomeCode.objects.filter(team__in=list(teams)):
        usual = found.get(code.key) or Outcome(code.key, code.name, own=True)
        found[code.key] = replace(usual, name=code.name or usual.name, retired=code.retired)
    return list(found.values())


def to_choose(team: Team) -> list[Outcome]:
    """The outcomes that a case of a team can end with today."""
    return [one for one in outcomes_of([team]) if not one.retired]


def name_of(key: str, team: Team) -> str:
    """An outcome in words; its key where the team knows it no longer."""
    return next((str(one.name) for one in outcomes_of([team]) if one.key == key), key)


@transaction.atomic
def choose(case: Case, key: str, *, by: User) -> None:
    """Say what came of a team's case; nothing where ``key`` is empty. Raises NotPossible."""
    if case.team is None:
        raise NotPossible(_("Only cases of a team have an outcome."))
    if key and key not in {one.key for one in to_choose(case.team)} | {case.outcome}:
        raise NotPossible(_("Choose one of the outcomes of the team."))
    if key == case.outcome:
        return
    case.outcome = key
    case.save(update_fields=["outcome"])
    leave(case, "case.outcome", by=by, outcome=key)


@transaction.atomic
def add(team: Team, name: str, *, by: User) -> OutcomeCode:
    """A new code of the team's own. Raises Forbidden and NotPossible."""
    plain = _named(name)
    _keeps(team, by)
    if OutcomeCode.objects.filter(team=team).count() >= MOST:
        raise NotPossible(_("There are too many outcomes already."))
    known = outcomes_of([team])
    if plain.casefold() in {str(one.name).casefold() for one in known}:
        raise NotPossible(_("There is such an outcome already."))
    code = OutcomeCode.objects.create(
        team=team, key=_free_key(plain, {one.key for one in known}), name=plain
    )
    note(team, "outcome.added", by=by, details={"outcome": code.key})
    return code


@transaction.atomic
def change(team: Team, key: str, *, name: str, retired: bool, by: User) -> None:
    """Rename a code, or let nobody choose it any more. Raises Forbidden and NotPossible."""
    plain = _named(name)
    _keeps(team, by)
    if key not in {one.key for one in outcomes_of([team])}:
        raise NotPossible(_("Choose one of the outcomes of the team."))
    # A usual name stays untranslated only where somebody has changed it.
    kept = "" if plain == str(USUAL.get(key, "")) else plain
    OutcomeCode.objects.update_or_create(
        team=team, key=key, defaults={"name": kept, "retired": retired}
    )
    note(team, "outcome.changed", by=by, details={"outcome": key, "retired": retired})


def _named(name: str) -> str:
    plain = " ".join(name.split())
    if not plain:
        raise NotPossible(_("Give the outcome a name."))
    if len(plain) > LONGEST:
        raise NotPossible(_("A name has at most 100 characters."))
    return plain


def _keeps(team: Team, by: User) -> None:
    require(by, Permission.MANAGE, team)
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def _free_key(name: str, taken: set[str]) -> str:
    """A key for a name that no code has yet; it stays when the name changes."""
    start = slugify(name)[:30].strip("-") or "outcome"
    numbers = (f"{start}-{number}" for number in range(2, MOST + len(USUAL) + 3))
    return next(key for key in (start, *numbers) if key not in taken)
