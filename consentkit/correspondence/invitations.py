"""E-mails with a link for somebody who may have no account: to join a team, to tell a matter."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import override

from consentkit.clients.models import IntakeLink
from consentkit.teams.models import Invitation
from consentkit.teams.roles import ROLES

from .mailings import address_of, can_send, in_words, new_message_id


def send_invitation(invitation: Invitation, secret: str) -> bool:
    """Send the link of an invitation, in the team's language; whether the mail server took it."""
    with override(invitation.team.language):
        told = {
            "team": invitation.team.name,
            "role": ROLES[invitation.role].name,
            "until": in_words(invitation.expires_on) if invitation.expires_on else "",
            "valid_until": in_words(invitation.valid_until.date()),
            "address": address_of("team-join", secret),
        }
        return _send("invitation", told, to=invitation.email)


def send_intake_link(link: IntakeLink, secret: str, email: str) -> bool:
    """Send the link of an intake, in its language; whether the mail server took it."""
    with override(link.language):
        told = {
            "team": link.team.name,
            "valid_until": in_words(link.valid_until.date()),
            "address": address_of("intake-by-client", secret),
        }
        return _send("intake_link", told, to=email)


def _send(template: str, told: Mapping[str, object], *, to: str) -> bool:
    """Send an e-mail to somebody who may have no account; False where no mail server takes it."""
    if not can_send():
        return False
    subject = render_to_string(f"email/{template}_subject.txt", told)
    message = EmailMessage(
        subject=" ".join(subject.split()),
        body=render_to_string(f"email/{template}.txt", told).strip() + "\n",
        to=[to],
        headers={"Message-ID": new_message_id(), "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except OSError:  # every trouble with the mail server is one
        return False
    return True
