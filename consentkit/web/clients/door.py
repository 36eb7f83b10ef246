"""The door to a team's clients, and what the audit log keeps of who went through it."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone

from consentkit.clients.models import Client
from consentkit.teams.access import client_reach, memberships
from consentkit.teams.audit import note
from consentkit.teams.models import AuditEntry, Team, User, Wall
from consentkit.teams.roles import Permission

AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)
SALT = "consentkit.matter"


def client_or_404(
    request: HttpRequest, slug: str, number: int, permission: Permission = Permission.VIEW
) -> Client:
    """The client with whom somebody may do something. Raises Http404 where there is none.

    Who saw a client is noted in the audit log, and so is an attempt from behind a wall.
    """
    user = request.user
    if not isinstance(user, User):
        raise Http404
    asked = Client.objects.filter(team__slug=slug, number=number).select_related("team")
    client = asked.filter(client_reach(user, permission)).first()  # each at most once
    if client is None:
        _note_attempt(user, asked.first())
        raise Http404
    _note_view(client, user)
    return client


def _note_view(client: Client, user: User) -> None:
    """Note that somebody saw a client, once an hour."""
    seen = AuditEntry.objects.filter(
        team=client.team,
        thing="client",
        thing_id=client.pk,
        user=user.pk,
        action="client.viewed",
        at__gt=timezone.now() - AN_HOUR,
    )
    if seen.exists():
        return
    with transaction.atomic():
        Team.objects.select_for_update(no_key=True).get(pk=client.team_id)
        if not seen.exists():  # somebody's second window may have been faster
            note(client.team, "client.viewed", by=user, thing="client", thing_id=client.pk)


def _note_attempt(user: User, client: Client | None) -> None:
    """Note that somebody tried a client from whom only a wall keeps them."""
    if client is None:
        return
    walled = Wall.objects.filter(user=user, client=client, lifted_at=None).exists()
    if walled and memberships(user).filter(team=client.team).exists():
        note(client.team, "wall.attempt", by=user, thing="client", thing_id=client.pk)


# A letter that is written for a client ------------------------------------------------------------


def matter_token(client: Client, user: User) -> str:
    """What the letter's form carries along, so that the letter becomes a matter of this client."""
    return signing.dumps([client.pk, user.pk], salt=SALT)


def client_of_token(token: str, user: User) -> Client:
    """The client for whom a letter is written. Raises Http404 where that may not be, or is over."""
    try:
        client, by = signing.loads(token, salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        raise Http404 from None
    found = (
        Client.objects.filter(client_reach(user, Permission.CLIENTS), pk=client)
        .select_related("team")
        .first()
    )
    if found is None or by != user.pk:
        raise Http404
    return found
