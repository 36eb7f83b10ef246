"""Who we are: the people who sign in."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from consentkit.confidential.addresses import SealedAddress, normal
from consentkit.confidential.fields import SealedText


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address; there are no user names."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who can sign in. Raises ValueError without an e-mail address."""
        if not email:
            raise ValueError("a user needs an e-mail address")
        user = self.model(email=normal(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who may do everything in the back office."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractUser):
    """Somebody with an account: an e-mail address and a name they chose, nothing else."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    # Sealed always in the same way, so that ``unique`` holds, whatever the case of the letters.
    email = SealedAddress(_("e-mail address"), place="user.email", unique=True)
    name = SealedText(_("name"), place="user.name", default="", blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True)
    # How many days before a date of one's own to be reminded of it, with commas between them.
    lead = models.CharField(_("days of notice"), max_length=40, default="14,3,1", blank=True)
    remind = models.BooleanField(_("reminders by e-mail"), default=True)
    # Whether e-mails to the person name companies and laws; otherwise they only link to the case.
    names_in_mail = models.BooleanField(_("name companies in e-mails"), default=False)
    closed_at = models.DateTimeField(_("account closed"), null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    class Privacy:
        erased = frozenset(
            "email name password last_login groups user_permissions language time_zone lead remind "
            "names_in_mail".split()
        )
        kept = frozenset("id is_active is_staff is_superuser date_joined closed_at".split())

    def __str__(self) -> str:
        return f"user {self.pk}"

    def get_full_name(self) -> str:
        return str(self.name or self.email)

    def lead_days(self) -> list[int]:
        """How many days before a date of theirs somebody wants to be reminded, most first."""
        return sorted({int(days) for days in self.lead.split(",") if days.strip()}, reverse=True)

    def get_short_name(self) -> str:
        return self.get_full_name()

    def zone(self) -> tzinfo:
        """The time zone they live in; the site's own where they named none, or none that exists."""
        try:
            return ZoneInfo(self.time_zone or settings.TIME_ZONE)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            return ZoneInfo(settings.TIME_ZONE)

    def today(self, now: datetime) -> date:
        """The day it is for them at a moment."""
        return now.astimezone(self.zone()).date()
