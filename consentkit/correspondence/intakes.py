"""The e-mail that tells somebody that the intake they asked for was handed in.

It only leads to the page of the clients; what was handed in stays there.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from consentkit.clients.models import Client, IntakeLink
from consentkit.queue import later
from consentkit.teams.access import client_reach
from consentkit.teams.roles import Permission

from .mailings import Outbound, Refused, address_of, can_send, hand_over, language_of, mailing

# An intake of which nobody was told by now: its task got lost, or the mail server was away.
FORGOTTEN, TOO_LATE = timedelta(minutes=10), timedelta(days=7)


def tell(link_id: int) -> None:
    """Tell whoever asked for an intake that it is there. Safe to repeat: the e-mail keeps its id.

    Raises what the mail server's connection raises; the sweep tries again.
    """
    found = IntakeLink.objects.select_related("team", "by", "client")
    link = found.filter(pk=link_id, finished_at__isnull=False, told_at=None).first()
    if link is None or link.client is None or not can_send():
        return
    if link.by is not None and _reaches(link):
        host = urlsplit(settings.SITE_URL).hostname or "localhost"
        page = address_of("client", link.team.slug, str(link.client.number))
        with Outbound() as outbound, override(language_of(link.by)):
            message = mailing(
                link.by,
                "intake_in",
                {"page": page},
                message_id=f"<intake.{link.pk}@{host}>",
                connection=outbound.connection(),
            )
            # Where nobody reads any more, the list of clients shows it all the same.
            with suppress(Refused):
                hand_over(message)
    IntakeLink.objects.filter(pk=link.pk, told_at=None).update(told_at=timezone.now())


def _reaches(link: IntakeLink) -> bool:
    """Whether whoever asked may still see the client: they may have left, or there is a wall."""
    assert link.by is not None
    assert link.client is not None
    reached = Client.objects.filter(client_reach(link.by, Permission.VIEW), pk=link.client.pk)
    return link.by.is_active and reached.exists()


def tell_forgotten(now: datetime) -> None:
    """Tell of intakes of which nobody was told."""
    if not can_send():
        return
    handed_in = IntakeLink.objects.filter(
        told_at=None, finished_at__lt=now - FORGOTTEN, finished_at__gt=now - TOO_LATE
    )
    for pk in handed_in.values_list("pk", flat=True):
        later("tell_of_intake", pk)
