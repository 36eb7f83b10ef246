"""Who we are: the people who sign in, their teams, and who may not see what."""

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

from .roles import ROLES


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


class Team(models.Model):
    """People who work on cases together: an advocacy group, a legal clinic.

    ``pattern`` makes the numbers of matters: ``{YY}``, ``{YYYY}``, ``{seq}`` and plain text.
    ``control_by`` is who signs the list of the day's dates. ``frame_hosts`` may show the team's
    campaign pages in a frame. The calendar of ``time_zone`` is that of the office. To one address
    no more than ``mails_an_hour`` go out when many letters are sent at once.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    pattern = models.CharField(_("pattern of matter numbers"), max_length=40, default="{YY}-{seq}")
    sequence = models.PositiveIntegerField(default=0)  # the last number given out
    frame_hosts = models.JSONField(default=list)
    mails_an_hour = models.PositiveSmallIntegerField(default=20)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ("name", "pk")

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset(
            "id slug name language time_zone pattern sequence frame_hosts mails_an_hour made_at "
            "closed_at".split()
        )

    def __str__(self) -> str:
        return f"team {self.slug}"


class Membership(models.Model):
    """Somebody's place in a team. It ends by itself on ``expires_on``, the last day of access."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=[(key, key) for key in ROLES])
    expires_on = models.DateField(_("access until"), null=True, blank=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ("team", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["team", "user"],
                condition=models.Q(ended_at=None),
                name="one_membership_at_a_time",
            ),
        )

    class Privacy:
        erased = frozenset({"user"})
        kept = frozenset({"id", "team", "role", "expires_on", "made_at", "ended_at"})

    def __str__(self) -> str:
        return f"{self.role} of {self.team_id}"


class Invitation(models.Model):
    """Somebody asked to join a team. Only a hash of the link's secret is kept."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    email = SealedText(_("e-mail address"), place="invitation.email")
    role = models.CharField(_("role"), max_length=20, choices=[(key, key) for key in ROLES])
    expires_on = models.DateField(_("access until"), null=True, blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-made_at",)

    class Privacy:
        erased = frozenset({"email", "by", "secret_hash"})
        kept = frozenset(
            "id team role expires_on made_at valid_until accepted_at withdrawn_at".split()
        )

    def __str__(self) -> str:
        return f"invitation {self.pk} of team {self.team_id}"


class Wall(models.Model):
    """An ethical wall: somebody may not see a client's matters, whatever their role.

    It is never deleted, only lifted, and attested from time to time (``WallAttestation``).
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="walls")
    user = models.ForeignKey(User, models.CASCADE, related_name="walls")
    client = models.ForeignKey("consentkit.Client", models.CASCADE, related_name="walls")
    reason = SealedText(place="wall.reason", default="")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    attest_by = models.DateField()  # the day by which it must be attested next

    class Meta:
        verbose_name = _("ethical wall")
        verbose_name_plural = _("ethical walls")
        ordering = ("-made_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["user", "client"],
                condition=models.Q(lifted_at=None),
                name="one_wall_at_a_time",
            ),
        )

    class Privacy:
        erased = frozenset({"user", "client", "reason", "by", "lifted_by"})
        kept = frozenset({"id", "team", "made_at", "lifted_at", "attest_by"})

    def __str__(self) -> str:
        return f"wall {self.pk} of team {self.team_id}"


class WallAttestation(models.Model):
    """Somebody's word that a wall has been kept."""

    wall = models.ForeignKey(Wall, models.CASCADE, related_name="attestations")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    statement = SealedText(place="attestation.statement", default="")

    class Meta:
        verbose_name = _("attestation of a wall")
        verbose_name_plural = _("attestations of walls")
        ordering = ("wall", "at")

    class Privacy:
        erased = frozenset({"by", "statement"})
        kept = frozenset({"id", "wall", "at"})

    def __str__(self) -> str:
        return f"attestation {self.pk} of wall {self.wall_id}"


class AuditEntry(models.Model):
    """Who did and who saw what, in a team's matters. Append-only, and chained by ``digest``.

    People and things stand by number, without a foreign key, so that the log outlives them; it
    holds nothing personal besides.
    """

    team = models.ForeignKey(Team, models.DO_NOTHING, related_name="audit", db_constraint=False)
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    user = models.BigIntegerField(null=True)
    action = models.CharField(max_length=40)
    thing = models.CharField(max_length=40, blank=True)  # "case", "letter", "client" …
    thing_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ("team", "number")
        constraints = (
            models.UniqueConstraint(fields=["team", "number"], name="one_audit_entry_per_number"),
        )
        indexes = (models.Index(fields=["team", "thing", "thing_id"], name="audit_by_thing"),)

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset("id team number at user action thing thing_id details digest".split())

    def __str__(self) -> str:
        return f"audit entry {self.number} of team {self.team_id}"


class AuditMark(models.Model):
    """How far a team's audit log has been verified: the last entry, and its link in the chain."""

    team = models.OneToOneField(
        Team, models.DO_NOTHING, related_name="audit_mark", db_constraint=False
    )
    number = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    whole_at = models.DateTimeField(null=True)  # when the whole chain was last walked

    class Meta:
        verbose_name = _("mark in an audit log")
        verbose_name_plural = _("marks in audit logs")

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset({"id", "team", "number", "digest", "whole_at"})

    def __str__(self) -> str:
        return f"audit log of team {self.team_id}, verified up to {self.number}"
