"""Is there a conflict of interest? The search, and the decision.

Whoever asks learns only whether there is something to decide and who may decide it. The search
covers clients and former clients, adverse parties, related persons, and the caseworkers' own
conflicts, in every spelling that may be the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consentkit.teams.access import require
from consentkit.teams.actions import NotPossible, wall_off
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .models import Client, ConflictCheck, Party
from .names import LIKE, likeness, name_of

State = ConflictCheck.State


@dataclass(frozen=True)
class Known:
    """A name of the team's records. ``what`` is ``client``, ``former``, ``adverse``, …"""

    what: str
    pk: int
    client: int | None
    user: int | None
    name: str


@dataclass(frozen=True)
class Hit:
    """A name that may be the same, and how alike the two are, from 0 to 1."""

    known: Known
    score: float


def names_of(team: Team) -> Iterator[Known]:
    """Every name that counts for conflicts in a team."""
    for client in Client.objects.filter(team=team).iterator():
        what = "former" if client.stage == Client.Stage.FORMER else "client"
        for name in filter(None, [client.name, client.representative, *client.other_names]):
            yield Known(what, client.pk, client.pk, None, name)
    for party in Party.objects.filter(team=team).iterator():
        yield Known(party.role, party.pk, party.client_id, party.user_id, party.name)


def search(team: Team, names: Iterable[str], *, of: Client) -> tuple[int, list[Hit]]:
    """How many names were compared, and those that may be the same, the likeliest first.

    A client's own records are not compared with themselves.
    """
    asked = [name_of(name) for name in names if name.strip()]
    compared = 0
    best: dict[tuple[str, int], Hit] = {}
    for known in names_of(team):
        if known.client == of.pk:
            continue
        compared += 1
        score = max((likeness(one, name_of(known.name)) for one in asked), default=0.0)
        at = (known.what, known.pk)
        if score >= LIKE and (at not in best or best[at].score < score):
            best[at] = Hit(known, round(score, 2))
    return compared, sorted(best.values(), key=lambda hit: -hit.score)


@transaction.atomic
def check(client: Client, *, by: User, party: Party | None = None) -> ConflictCheck:
    """Search for conflicts of a client, or of a party that was added, and keep what was found."""
    require(by, Permission.CLIENTS, client.team)
    names = [party.name] if party else [client.name, client.representative, *client.other_names]
    if party is None:
        names += [one.name for one in client.parties.all()]
    compared, hits = search(client.team, names, of=client)
    made = ConflictCheck.objects.create(
        team=client.team,
        client=client,
        party=party,
        asked_by=by,
        asked_at=timezone.now(),
        searched=compared,
        hits=[[hit.known.what, hit.known.pk, hit.score] for hit in hits],
        state=State.WAITING if hits else State.CLEAR,
    )
    note(
        client.team,
        "conflict.checked",
        by=by,
        thing="client",
        thing_id=client.pk,
        details={"compared": compared, "found": len(hits)},
    )
    return made


@transaction.atomic
def decide(
    check: ConflictCheck, state: str, *, by: User, reason: str, wall: Iterable[User] = ()
) -> None:
    """Decide about what a search found. ``wall`` are those who must not see the client's matters.

    Raises NotPossible without a reason, or where it has been decided.
    """
    require(by, Permission.CONFLICTS, check.team)
    if state not in (State.PROCEED, State.WALL, State.DECLINE):
        raise NotPossible(_("Choose what was decided."))
    if not reason.strip():
        raise NotPossible(_("Say why: the reason is kept."))
    behind = list(wall)
    if state == State.WALL and not behind:
        raise NotPossible(_("Say who must not see the client’s matters."))
    if by in behind:
        raise NotPossible(_("Nobody can put up a wall before themselves and decide."))
    decided = ConflictCheck.objects.filter(pk=check.pk, state=State.WAITING).update(
        state=state, decided_by=by, decided_at=timezone.now()
    )
    if not decided:
        raise NotPossible(_("This has been decided already."))
    check.refresh_from_db()
    check.reason = reason
    check.save(update_fields=["reason"])
    for user in behind if state == State.WALL else ():
        wall_off(check.team, user, check.client_id, by=by, reason=reason)
    if state == State.DECLINE and check.client.stage == Client.Stage.INTAKE:
        check.client.stage = Client.Stage.DECLINED
        check.client.save(update_fields=["stage"])
    note(
        check.team,
        "conflict.decided",
        by=by,
        thing="client",
        thing_id=check.client_id,
        details={"state": state},
    )


def may_open(client: Client) -> bool:
    """Whether a matter of this client may be opened: checked, and every finding decided for it."""
    checks = list(client.conflict_checks.all())
    return bool(checks) and all(one.allows_opening for one in checks)
