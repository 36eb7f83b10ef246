"""Taking a mandate back, with everything that still waits to go out under it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from consentkit.cases.models import Case
from consentkit.cases.trail import leave
from consentkit.clients import actions as clients
from consentkit.clients.models import Mandate
from consentkit.letters.authority import OutsideMandate, covers
from consentkit.teams.models import User

from .models import Message

WAITING = (Message.State.QUEUED, Message.State.CLAIMED)


@transaction.atomic
def revoke(mandate: Mandate, *, by: User, how: str) -> int:
    """The client took a mandate back. How many messages were stopped before they went out.

    A message that another mandate covers goes on. Raises what ``clients.actions.revoke`` raises.
    """
    # A worker that begins to hand a message over holds its case: this is before it, or too late.
    list(Case.objects.select_for_update(no_key=True).filter(client=mandate.client_id).values("pk"))
    clients.revoke(mandate, by=by, how=how)
    waiting = Message.objects.filter(
        case__client=mandate.client_id, outgoing=True, letter__isnull=False, state__in=WAITING
    ).select_related("case__client", "case__team", "letter")
    stopped = 0
    for message in waiting:
        letter = message.letter
        assert letter is not None
        try:
            covers(message.case, letter.law, letter.kind, on=timezone.localdate())
        except OutsideMandate as error:
            moved = Message.objects.filter(pk=message.pk, state__in=WAITING).update(
                state=Message.State.STOPPED, problem=error.reason
            )
            if moved:
                stopped += 1
                leave(message.case, "message.stopped", by=by, message=message.pk)
    return stopped
