"""Every table in one glance. Django finds the models here."""

from consentkit.cases.models import (
    CalendarFeed,
    Case,
    CaseWord,
    Deadline,
    Digest,
    EventRecord,
    Heartbeat,
    Proposal,
    Reminder,
)
from consentkit.correspondence.models import Attachment, AttachmentPart, Mailbox, Message
from consentkit.letters.models import Letter
from consentkit.platforms.models import Entity, NameTrigram, Platform, PlatformName
from consentkit.teams.models import User

__all__ = [
    "Attachment",
    "AttachmentPart",
    "CalendarFeed",
    "Case",
    "CaseWord",
    "Deadline",
    "Digest",
    "Entity",
    "EventRecord",
    "Heartbeat",
    "Letter",
    "Mailbox",
    "Message",
    "NameTrigram",
    "Platform",
    "PlatformName",
    "Proposal",
    "Reminder",
    "User",
]
