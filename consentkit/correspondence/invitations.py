"""The e-mail that asks somebody to join a team."""

from __future__ import annotations

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import override

from consentkit.teams.models import Invitation
from consentkit.teams.roles import ROLES

from .mailings import address_of, can_send, in_words, new_message_id


def send_invitation(invitation: Invitation, secret: str) -> bool:
    """Send the link of an invitation, in the team's language; whether the mail server took it."""
    if not can_send():
        return False
    with override(invitation.team.language):
        told = {
            "team": invitation.team.name,
            "role": ROLES[invitation.role].name,
            "until": in_words(invitation.expires_on) if invitation.expires_on else "",
            "valid_until": in_words(invitation.valid_until.date()),
            "address": address_of("team-join", secret),
        }
        subject = render_to_string("email/invitation_subject.txt", told)
        body = render_to_string("email/invitation.txt", told)
    message = EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        to=[invitation.email],
        headers={"Message-ID": new_message_id(), "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except OSError:  # every trouble with the mail server is one
        return False
    return True
