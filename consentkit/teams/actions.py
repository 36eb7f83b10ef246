"""What can be done with a team and its people. The only code that writes them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from .access import memberships, require
from .audit import note
from .models import Invitation, Membership, Team, User, Wall, WallAttestation
from .roles import ROLES, Permission

INVITATION_LASTS = timedelta(days=14)
ATTESTED_EVERY = timedelta(days=90)
RESERVED = frozenset({"join"})  # a word in addresses of the site


class NotPossible(ValueError):
    """It cannot be done; the message says why, for a person to read."""


@transaction.atomic
def found(name: str, *, by: User, language: str = "en", time_zone: str = "UTC") -> Team:
    """A new team, with its founder as its owner."""
    base = slugify(name)[:50] or "team"
    slug, number = base, 1
    while slug in RESERVED or Team.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    now = timezone.now()
    team = Team.objects.create(
        slug=slug, name=name, language=language, time_zone=time_zone, made_at=now
    )
    Membership.objects.create(team=team, user=by, role="owner", made_at=now)
    note(team, "team.founded", by=by)
    return team


# People -------------------------------------------------------------------------------------------


@transaction.atomic
def invite(
    team: Team, email: str, role: str, *, by: User, expires_on: date | None = None
) -> tuple[Invitation, str]:
    """Invite somebody; the second value is the secret of their link, which is kept nowhere.

    ``expires_on`` is the last day of their access, once they have accepted.
    """
    require(by, Permission.MANAGE, team)
    if role not in ROLES:
        raise NotPossible(_("There is no such role."))
    if expires_on is not None and expires_on < timezone.localdate():
        raise NotPossible(_("That day is over."))
    secret = secrets.token_urlsafe(24)
    now = timezone.now()
    invitation = Invitation.objects.create(
        team=team,
        email=email.strip().lower(),
        role=role,
        expires_on=expires_on,
        secret_hash=hash_of(secret),
        by=by,
        made_at=now,
        valid_until=now + INVITATION_LASTS,
    )
    note(team, "person.invited", by=by, details={"role": role, "invitation": invitation.pk})
    return invitation, secret


def invitation_of(secret: str) -> Invitation | None:
    """The invitation behind a link, if it can still be accepted."""
    return Invitation.objects.filter(
        secret_hash=hash_of(secret),
        accepted_at=None,
        withdrawn_at=None,
        valid_until__gte=timezone.now(),
        team__closed_at=None,
    ).first()


@transaction.atomic
def accept(invitation: Invitation, *, by: User) -> Membership:
    """Join the team. Raises NotPossible where the invitation was used or somebody is a member."""
    claimed = Invitation.objects.filter(
        pk=invitation.pk, accepted_at=None, withdrawn_at=None, valid_until__gte=timezone.now()
    ).update(accepted_at=timezone.now())
    if not claimed:
        raise NotPossible(_("This invitation has been used, or is over."))
    if memberships(by).filter(team=invitation.team).exists():
        raise NotPossible(_("You are in this team already."))
    Membership.objects.filter(team=invitation.team, user=by, ended_at=None).update(
        ended_at=timezone.now()  # one that expired
    )
    membership = Membership.objects.create(
        team=invitation.team,
        user=by,
        role=invitation.role,
        expires_on=invitation.expires_on,
        made_at=timezone.now(),
    )
    note(invitation.team, "person.joined", by=by, details={"role": invitation.role})
    return membership


@transaction.atomic
def withdraw(invitation: Invitation, *, by: User) -> None:
    """Take an invitation back."""
    require(by, Permission.MANAGE, invitation.team)
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(
        withdrawn_at=timezone.now()
    )
    note(invitation.team, "invitation.withdrawn", by=by, details={"invitation": invitation.pk})


@transaction.atomic
def change(
    membership: Membership, *, by: User, role: str | None = None, expires_on: date | None = None
) -> None:
    """Give somebody another role, or another last day. Raises NotPossible for the last owner."""
    require(by, Permission.MANAGE, membership.team)
    if role is not None and role not in ROLES:
        raise NotPossible(_("There is no such role."))
    if expires_on is not None and expires_on < timezone.localdate():
        raise NotPossible(_("That day is over."))
    if (role is not None and role != "owner") or expires_on is not None:
        _keep_an_owner(membership)
    membership.role = role or membership.role
    membership.expires_on = expires_on
    membership.save(update_fields=["role", "expires_on"])
    note(
        membership.team,
        "person.changed",
        by=by,
        thing="user",
        thing_id=membership.user_id,
        details={"role": membership.role, "until": str(expires_on or "")},
    )


@transaction.atomic
def end(membership: Membership, *, by: User) -> None:
    """End somebody's place in the team, at once. Raises NotPossible for the last owner."""
    if membership.user_id != by.pk:
        require(by, Permission.MANAGE, membership.team)
    _keep_an_owner(membership)
    membership.ended_at = timezone.now()
    membership.save(update_fields=["ended_at"])
    note(membership.team, "person.left", by=by, thing="user", thing_id=membership.user_id)


def owners_of(team: Team) -> QuerySet[Membership]:
    """Who runs a team today."""
    in_force = Q(expires_on=None) | Q(expires_on__gte=timezone.localdate())
    owners = Membership.objects.filter(in_force, team=team, role="owner", ended_at=None)
    return owners.select_related("user").order_by("pk")


def run_alone_by(user: User) -> list[Team]:
    """The teams that have no other owner, but other people or cases: somebody must be left."""
    teams = [one.team for one in memberships(user).filter(role="owner").select_related("team")]
    alone = [team for team in teams if not owners_of(team).exclude(user=user).exists()]
    return [team for team in alone if not _is_empty(team, user)]


def _is_empty(team: Team, user: User) -> bool:
    people = Membership.objects.filter(team=team, ended_at=None).exclude(user=user)
    return not (people.exists() or team.cases.exists() or team.clients.exists())


@transaction.atomic
def leave_all(user: User) -> None:
    """End somebody's place in every team. A team of which nothing is left is closed."""
    for membership in memberships(user).select_related("team"):
        if _is_empty(membership.team, user):
            Team.objects.filter(pk=membership.team_id).update(closed_at=timezone.now())
        note(membership.team, "person.left", by=user, thing="user", thing_id=user.pk)
    Membership.objects.filter(user=user, ended_at=None).update(ended_at=timezone.now())


def _keep_an_owner(membership: Membership) -> None:
    others = owners_of(membership.team).exclude(pk=membership.pk)
    if membership.role == "owner" and not others.exists():
        raise NotPossible(_("A team needs an owner: make somebody else one first."))


@transaction.atomic
def let_frame(team: Team, hosts: Sequence[str], *, by: User) -> None:
    """Say which sites may show the team's campaigns in a frame, as ``https://host``."""
    require(by, Permission.MANAGE, team)
    team.frame_hosts = list(hosts)
    team.save(update_fields=["frame_hosts"])
    note(team, "team.frames_changed", by=by, details={"sites": len(team.frame_hosts)})


# Numbers ------------------------------------------------------------------------------------------


def next_number(team: Team) -> int:
    """The next number of a matter: given out once, whoever else asks at the same moment."""
    Team.objects.filter(pk=team.pk).update(sequence=F("sequence") + 1)
    return Team.objects.values_list("sequence", flat=True).get(pk=team.pk)


def matter_number(team: Team, on: date) -> str:
    """A new matter's number by the team's pattern. Call it inside a transaction."""
    with transaction.atomic():
        number = next_number(team)
    return _by_pattern(team, number, on)


def matter_numbers(team: Team, on: date, count: int) -> list[str]:
    """Several new numbers, in order. Call it inside a transaction."""
    Team.objects.filter(pk=team.pk).update(sequence=F("sequence") + count)
    last = Team.objects.values_list("sequence", flat=True).get(pk=team.pk)
    return [_by_pattern(team, number, on) for number in range(last - count + 1, last + 1)]


def _by_pattern(team: Team, number: int, on: date) -> str:
    return team.pattern.format(YY=f"{on:%y}", YYYY=f"{on:%Y}", seq=f"{number:04}")


# Walls --------------------------------------------------------------------------------------------


@transaction.atomic
def wall_off(team: Team, user: User, client_id: int, *, by: User, reason: str) -> Wall:
    """Put up a wall between somebody and a client. There is one at a time."""
    require(by, Permission.WALLS, team)
    if not reason.strip():
        raise NotPossible(_("Say why this wall is needed."))
    existing = Wall.objects.filter(user=user, client_id=client_id, lifted_at=None).first()
    if existing:
        return existing
    now = timezone.now()
    wall = Wall.objects.create(
        team=team,
        user=user,
        client_id=client_id,
        reason=reason,
        by=by,
        made_at=now,
        attest_by=(now + ATTESTED_EVERY).date(),
    )
    note(team, "wall.made", by=by, thing="client", thing_id=client_id, details={"user": user.pk})
    return wall


@transaction.atomic
def lift(wall: Wall, *, by: User, reason: str) -> None:
    """Take a wall down. It stays on record."""
    require(by, Permission.WALLS, wall.team)
    if wall.user_id == by.pk:
        raise NotPossible(_("Nobody can lift a wall that stands before themselves."))
    if not reason.strip():
        raise NotPossible(_("Say why this wall is no longer needed."))
    Wall.objects.filter(pk=wall.pk, lifted_at=None).update(lifted_at=timezone.now(), lifted_by=by)
    WallAttestation.objects.create(wall=wall, by=by, at=timezone.now(), statement=reason)
    note(wall.team, "wall.lifted", by=by, thing="client", thing_id=wall.client_id)


@transaction.atomic
def attest(wall: Wall, *, by: User, statement: str) -> WallAttestation:
    """Say that a wall has been kept, and for how long the next word is good."""
    if wall.user_id != by.pk:
        require(by, Permission.WALLS, wall.team)
    now = timezone.now()
    attestation = WallAttestation.objects.create(wall=wall, by=by, at=now, statement=statement)
    wall.attest_by = (now + ATTESTED_EVERY).date()
    wall.save(update_fields=["attest_by"])
    note(wall.team, "wall.attested", by=by, thing="client", thing_id=wall.client_id)
    return attestation


def hash_of(secret: str) -> str:
    """What is kept of a secret link."""
    return sha256(secret.encode()).hexdigest()


def teams_for(user: User) -> Sequence[Team]:
    """The teams somebody is in, by name."""
    return list(Team.objects.filter(pk__in=memberships(user).values("team")).order_by("name"))
