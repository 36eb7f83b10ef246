"""Every table in one glance. Django finds the models here."""

from consentkit.campaigns.models import Campaign
from consentkit.cases.models import (
    Acknowledgement,
    CalendarFeed,
    Case,
    CaseWord,
    ControlList,
    Deadline,
    Digest,
    EventRecord,
    Heartbeat,
    Proposal,
    Reminder,
)
from consentkit.clients.models import (
    Client,
    ConflictCheck,
    Consent,
    IntakeLink,
    Mandate,
    Party,
)
from consentkit.correspondence.models import Attachment, AttachmentPart, Mailbox, Message
from consentkit.letters.models import Letter, Review
from consentkit.platforms.models import Entity, NameTrigram, Platform, PlatformName
from consentkit.teams.models import (
    AuditEntry,
    Invitation,
    Membership,
    Team,
    User,
    Wall,
    WallAttestation,
)

__all__ = [
    "Acknowledgement",
    "Attachment",
    "AttachmentPart",
    "AuditEntry",
    "CalendarFeed",
    "Campaign",
    "Case",
    "CaseWord",
    "Client",
    "ConflictCheck",
    "Consent",
    "ControlList",
    "Deadline",
    "Digest",
    "Entity",
    "EventRecord",
    "Heartbeat",
    "IntakeLink",
    "Invitation",
    "Letter",
    "Mailbox",
    "Mandate",
    "Membership",
    "Message",
    "NameTrigram",
    "Party",
    "Platform",
    "PlatformName",
    "Proposal",
    "Reminder",
    "Review",
    "Team",
    "User",
    "Wall",
    "WallAttestation",
]
