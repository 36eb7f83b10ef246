"""Every table in one glance. Django finds the models here."""

from consentkit.platforms.models import Entity, NameTrigram, Platform, PlatformName
from consentkit.teams.models import User

__all__ = ["Entity", "NameTrigram", "Platform", "PlatformName", "User"]
