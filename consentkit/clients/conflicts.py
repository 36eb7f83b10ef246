"""Is there a conflict of interest? The search, and the decision.

Whoever asks learns only whether there is something to decide and who may decide it. The search
covers clients and former clients, adverse parties, related persons, and the caseworkers' own
conflicts, in every spelling that may be the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.queue import later
from consentkit.teams.access import Forbidden, client_reach, require
from consentkit.teams.actions import NotPossible, wall_off
from consentkit.teams.audit import note
from consentkit.teams.models import Membership, Team, User
from consentkit.teams.roles import Permission, roles_with

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


WHO: dict[str, str | Promise] = {
    "client": Client.Stage.OPEN.label,
    "former": Client.Stage.FORMER.label,
    "declined": Client.Stage.DECLINED.label,
    **{role.value: role.label for role in Party.Role},
}
# What a client is to the search, by their stage.
CLIENTS = {Client.Stage.FORMER: "former", Client.Stage.DECLINED: "declined"}


def names_of(team: Team) -> Iterator[Known]:
    """Every name that counts for conflicts in a team."""
    for client in Client.objects.filter(team=team).iterator():
        what = CLIENTS.get(Client.Stage(client.stage), "client")
        for name in names_of_client(client):
            yield Known(what, client.pk, client.pk, None, name)
    for party in Party.objects.filter(team=team).iterator():
        yield Known(party.role, party.pk, party.client_id, party.user_id, party.name)


@dataclass(frozen=True)
class Asked:
    """A name that is looked for. Two clients may have one adversary: that is no conflict.

    Nor is it one where two people of one campaign have the same name: they ask for the same of the
    same company. ``beside`` are the clients of whom this is true.
    """

    name: str
    is_adverse: bool = False
    beside: AbstractSet[int] = frozenset()

    def concerns(self, known: Known) -> bool:
        if _is_client(known.what):
            return known.pk not in self.beside
        return not (self.is_adverse and known.what == Party.Role.ADVERSE)


def search(team: Team, names: Iterable[Asked], *, of: Client) -> tuple[int, list[Hit]]:
    """How many names were compared, and those that may be the same, the likeliest first.

    A client's own records are not compared with themselves.
    """
    asked = [(one, name_of(one.name)) for one in names if one.name.strip()]
    compared = 0
    best: dict[tuple[str, int], Hit] = {}
    for known in names_of(team):
        if known.client == of.pk:
            continue
        compared += 1
        there = name_of(known.name)
        score = max(
            (likeness(name, there) for one, name in asked if one.concerns(known)), default=0.0
        )
        at = (known.what, known.pk)
        if score >= LIKE and (at not in best or best[at].score < score):
            best[at] = Hit(known, round(score, 2))
    return compared, sorted(best.values(), key=lambda hit: -hit.score)


def _asked(
    client: Client, party: Party | None, beside: frozenset[int] = frozenset()
) -> list[Asked]:
    return [_of(party)] if party else asked(client, client.parties.all(), beside)


def asked(client: Client, parties: Iterable[Party], beside: AbstractSet[int]) -> list[Asked]:
    """What is looked for of a client and their parties; ``beside`` as ``Asked`` has it."""
    own = [Asked(name, beside=beside) for name in names_of_client(client)]
    return [*own, *map(_of, parties)]


def _of(party: Party) -> Asked:
    return Asked(party.name, is_adverse=party.role == Party.Role.ADVERSE)


@transaction.atomic
def check(client: Client, *, by: User, party: Party | None = None) -> ConflictCheck:
    """Search for conflicts of a client, or of a party that was added, and keep what was found."""
    require(by, Permission.CLIENTS, client.team)
    return search_for(client, by=by, party=party)


@transaction.atomic
def search_for(
    client: Client, *, by: User | None, party: Party | None = None, beside: Iterable[int] = ()
) -> ConflictCheck:
    """As ``check``, for whom the door let in; ``by`` is None for a client who came by a link.

    ``beside`` are the clients of a campaign that this one is about to join.
    """
    # One search at a time in a team: two that come in together must see each other.
    Team.objects.select_for_update(no_key=True).get(pk=client.team_id)
    wanted = _asked(client, party, _fellows(client) | frozenset(beside))
    compared, hits = search(client.team, wanted, of=client)
    made = _keep(client, party, hits, compared, by=by)
    _open(client)
    return made


def _fellows(client: Client) -> frozenset[int]:
    """The clients of the campaigns that a client is in."""
    campaigns = client.entries.exclude(campaign=None).values("campaign")
    joined = Client.objects.filter(team=client.team_id, entries__campaign__in=campaigns)
    return frozenset(joined.values_list("pk", flat=True))


@transaction.atomic
def check_own(party: Party, *, by: User) -> list[ConflictCheck]:
    """Search for a caseworker's own conflict among the clients and their parties."""
    Team.objects.select_for_update(no_key=True).get(pk=party.team_id)
    asked, compared = name_of(party.name), 0
    best: dict[int, float] = {}
    for known in names_of(party.team):
        if known.client is None:
            continue
        compared += 1
        score = likeness(asked, name_of(known.name))
        if score >= LIKE:
            best[known.client] = max(score, best.get(known.client, 0.0))
    own = Known(Party.Role.OWN, party.pk, None, party.user_id, party.name)
    return [
        _keep(client, party, [Hit(own, round(best[client.pk], 2))], compared, by=by)
        for client in Client.objects.filter(pk__in=best).order_by("pk")
    ]


def _keep(
    client: Client, party: Party | None, hits: list[Hit], compared: int, *, by: User | None
) -> ConflictCheck:
    made = ConflictCheck.objects.create(
        team=client.team,
        client=client,
        party=party,
        asked_by=by,
        asked_at=timezone.now(),
        searched=compared,
        hits=[[str(hit.known.what), hit.known.pk, hit.score] for hit in hits],
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


def _open(client: Client) -> None:
    """Take a client on once nothing stands in the way."""
    if client.stage == Client.Stage.INTAKE and may_open(client):
        client.stage = Client.Stage.OPEN
        client.save(update_fields=["stage"])


def who_decide(team: Team) -> list[User]:
    """The people who may decide about conflicts in a team, by name."""
    members = Membership.objects.filter(
        Q(expires_on=None) | Q(expires_on__gte=timezone.localdate()),
        team=team,
        ended_at=None,
        role__in=roles_with(Permission.CONFLICTS),
    )
    found = [one.user for one in members.select_related("user")]
    return sorted(found, key=lambda user: user.get_full_name().casefold())


def conflicted(check: ConflictCheck) -> set[int]:
    """The people of the team whose own conflicts a search found."""
    own = [pk for what, pk, _score in check.hits if what == Party.Role.OWN]
    found = Party.objects.filter(team=check.team, pk__in=own).values_list("user", flat=True)
    return {user for user in found if user is not None}


@dataclass(frozen=True)
class Finding:
    """What a search found, for whoever decides: the name that was looked for beside the one found.

    ``name`` is empty where it was erased since.
    """

    what: str
    asked: str
    name: str
    score: float
    client: Client | None
    user: User | None

    @property
    def label(self) -> str | Promise:
        return WHO[self.what]


def findings(check: ConflictCheck) -> list[Finding]:
    """What a search found, with the names that the records have now."""
    ids: dict[bool, set[int]] = {True: set(), False: set()}
    for what, pk, _score in check.hits:
        ids[_is_client(what)].add(pk)
    clients = Client.objects.filter(team=check.team).in_bulk(list(ids[True]))
    parties = (
        Party.objects.filter(team=check.team)
        .select_related("client", "user")
        .in_bulk(list(ids[False]))
    )
    party = check.party
    asked = _asked(check.client, party if party and party.role != Party.Role.OWN else None)
    found = []
    for what, pk, score in check.hits:
        client = clients.get(pk) if _is_client(what) else None
        named = None if _is_client(what) else parties.get(pk)
        names = [*names_of_client(client), *([named.name] if named else [])]
        left, right = _closest([one.name for one in asked], names)
        found.append(
            Finding(
                what=what,
                asked=left,
                name=right,
                score=score,
                client=client or (named.client if named else None),
                user=named.user if named else None,
            )
        )
    return found


def names_of_client(client: Client | None) -> list[str]:
    """Every name that a client goes by, and that of whoever acts for them."""
    if client is None:
        return []
    return [name for name in (client.name, client.representative, *client.other_names) if name]


def _closest(asked: Iterable[str], names: Iterable[str]) -> tuple[str, str]:
    """The two names that are most alike."""
    pairs = [(one, other) for one in asked if one for other in names]
    if not pairs:
        return "", ""
    return max(pairs, key=lambda pair: likeness(name_of(pair[0]), name_of(pair[1])))


def _is_client(what: str) -> bool:
    return what in ("client", *CLIENTS.values())


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
    if by.pk in conflicted(check):
        raise NotPossible(_("A conflict of your own was found: somebody else has to decide."))
    if not Client.objects.filter(
        client_reach(by, Permission.CONFLICTS), pk=check.client_id
    ).exists():
        raise Forbidden(f"user {by.pk}: client {check.client_id}")
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
    _open(check.client)
    # What was asked for somebody who was entered waits for this.
    later("open_waiting", check.client_id)
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
