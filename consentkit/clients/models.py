"""Clients of a team, the people around them, and what they allowed us to do."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from consentkit.confidential.addresses import SealedNumber
from consentkit.confidential.fields import SealedBytes, SealedJSON, SealedText
from consentkit.teams.models import Team, User


class Client(models.Model):
    """A person a team acts for, with or without an account of their own.

    ``stage`` is ``intake`` until the conflict check is decided. ``contact`` holds ``email``,
    ``phone`` and ``address`` (lines), ``about`` whatever the intake asked besides. ``number``
    counts within the team.
    """

    class Stage(models.TextChoices):
        INTAKE = "intake", _("intake")
        OPEN = "open", _("client")
        DECLINED = "declined", _("declined")
        FORMER = "former", _("former client")

    class ActsAs(models.TextChoices):
        SELF = "self", _("for themselves")
        PARENT = "parent", _("a child, through a parent")
        GUARDIAN = "guardian", _("a ward, through a guardian")

    team = models.ForeignKey(Team, models.CASCADE, related_name="clients")
    number = models.PositiveIntegerField()
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="client_of")
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.INTAKE)
    name = SealedText(_("name"), place="client.name")
    other_names = SealedJSON(place="client.other_names", default=list)
    contact = SealedJSON(place="client.contact", default=dict)
    about = SealedJSON(place="client.about", default=dict)
    born = SealedText(place="client.born", default="")  # YYYY-MM-DD
    language = models.CharField(_("language"), max_length=10, default="en")
    residence = models.CharField(_("home"), max_length=10)  # ISO 3166-2
    acts_as = models.CharField(max_length=8, choices=ActsAs, default=ActsAs.SELF)
    representative = SealedText(place="client.representative", default="")  # parent or guardian
    # Their number in the office's own system.
    outside_id = SealedNumber(place="client.outside_id", default="", blank=True)
    made_at = models.DateTimeField()
    ended_on = models.DateField(null=True, blank=True)
    hold_until = models.DateField(null=True, blank=True)
    hold_reason = SealedText(place="client.hold_reason", default="")

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        ordering = ("team", "number")
        constraints = (
            models.UniqueConstraint(fields=["team", "number"], name="one_client_per_number"),
            models.UniqueConstraint(
                fields=["team", "outside_id"],
                condition=~Q(outside_id=""),
                name="one_client_per_outside_id",
            ),
        )

    class Privacy:
        erased = frozenset(
            "user name other_names contact about born representative outside_id hold_until "
            "hold_reason".split()
        )
        kept = frozenset("id team number stage language residence acts_as made_at ended_on".split())

    def __str__(self) -> str:
        return f"client {self.number} of team {self.team_id}"

    @property
    def born_on(self) -> date | None:
        return date.fromisoformat(self.born) if self.born else None


class IntakeLink(models.Model):
    """A link by which a client fills in the intake alone, stopping and going on as they like.

    Only a hash of the secret is kept. ``answers`` is what has been filled in so far.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="intake_links")
    client = models.OneToOneField(Client, models.CASCADE, null=True, related_name="intake_link")
    secret_hash = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=10, default="en")
    answers = SealedJSON(place="intake.answers", default=dict)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when whoever asked was told that it is there

    class Meta:
        verbose_name = _("intake link")
        verbose_name_plural = _("intake links")
        ordering = ("-made_at",)

    class Privacy:
        erased = frozenset({"client", "secret_hash", "answers", "by"})
        kept = frozenset(
            "id team language made_at valid_until finished_at withdrawn_at told_at".split()
        )

    def __str__(self) -> str:
        return f"intake link {self.pk} of team {self.team_id}"


class Party(models.Model):
    """Somebody whose name matters for conflicts: an adverse party, a relative, a caseworker's own.

    ``user`` is set for a caseworker's own conflict: a person or company they must not act against
    or for.
    """

    class Role(models.TextChoices):
        ADVERSE = "adverse", _("adverse party")
        RELATED = "related", _("related person")
        OWN = "own", _("a caseworker's own conflict")

    team = models.ForeignKey(Team, models.CASCADE, related_name="parties")
    client = models.ForeignKey(Client, models.CASCADE, null=True, related_name="parties")
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="own_conflicts")
    role = models.CharField(max_length=8, choices=Role)
    name = SealedText(_("name"), place="party.name")
    note = SealedText(place="party.note", default="")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ("team", "pk")
        constraints = (
            models.CheckConstraint(
                condition=(Q(role="own") & Q(user__isnull=False))
                | (~Q(role="own") & Q(client__isnull=False)),
                name="party_of_somebody",
            ),
        )

    class Privacy:
        erased = frozenset({"client", "user", "name", "note"})
        kept = frozenset({"id", "team", "role", "made_at"})

    def __str__(self) -> str:
        return f"party {self.pk} of team {self.team_id}"


class ConflictCheck(models.Model):
    """One search for conflicts, what it found, and what somebody decided.

    ``hits`` are ``[what, id, score]``: whom the search found, for those who may decide. The asker
    learns only ``state``.
    """

    class State(models.TextChoices):
        CLEAR = "clear", _("nothing found")
        WAITING = "waiting", _("waits for a decision")
        PROCEED = "proceed", _("decided: go ahead")
        WALL = "wall", _("decided: go ahead behind a wall")
        DECLINE = "decline", _("decided: do not act")

    team = models.ForeignKey(Team, models.CASCADE, related_name="conflict_checks")
    client = models.ForeignKey(Client, models.CASCADE, related_name="conflict_checks")
    party = models.ForeignKey(Party, models.CASCADE, null=True, related_name="conflict_checks")
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    searched = models.PositiveIntegerField()  # how many names were compared
    hits = SealedJSON(place="conflict.hits", default=list)
    state = models.CharField(max_length=8, choices=State)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = SealedText(place="conflict.reason", default="")

    class Meta:
        verbose_name = _("conflict check")
        verbose_name_plural = _("conflict checks")
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["clear", "waiting"]) | Q(decided_at__isnull=False),
                name="decided_check_has_time",
            ),
        )

    class Privacy:
        erased = frozenset({"client", "party", "hits", "reason", "asked_by", "decided_by"})
        kept = frozenset({"id", "team", "asked_at", "searched", "state", "decided_at"})

    def __str__(self) -> str:
        return f"conflict check {self.pk} of team {self.team_id}"

    @property
    def allows_opening(self) -> bool:
        return self.state in (self.State.CLEAR, self.State.PROCEED, self.State.WALL)


class Mandate(models.Model):
    """A client's authority to act for them: how far it goes, from when to when, and its signature.

    Empty ``laws``, ``kinds`` or ``platforms`` mean: every one. It is in force from ``starts_on`` to
    ``ends_on`` (both included), once signed and until revoked. ``strokes`` is a signature drawn on
    screen; ``scan`` a signed paper.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="mandates")
    laws = models.JSONField(default=list)
    kinds = models.JSONField(default=list)
    platforms = models.JSONField(default=list)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    text = SealedText(place="mandate.text", default="")  # as it was signed
    text_sha256 = models.CharField(max_length=64, blank=True)
    signer = SealedText(place="mandate.signer", default="")
    strokes = SealedJSON(place="mandate.strokes", default=list)
    scan = SealedBytes(place="mandate.scan", null=True)
    scan_kind = models.CharField(max_length=50, blank=True)
    signed_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revocation = SealedText(place="mandate.revocation", default="")  # how, in words
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("mandate")
        verbose_name_plural = _("mandates")
        ordering = ("client", "-made_at")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="mandate_ends_after_it_starts",
            ),
        )

    class Privacy:
        erased = frozenset("client text text_sha256 signer strokes scan revocation".split())
        kept = frozenset(
            "id laws kinds platforms starts_on ends_on scan_kind signed_on revoked_at "
            "made_at".split()
        )

    def __str__(self) -> str:
        return f"mandate {self.pk} of client {self.client_id}"

    def in_force(self, day: date, *, in_hindsight: bool = False) -> bool:
        """Whether it is signed and covers that day.

        Once revoked it covers none, but for what was done before that, ``in_hindsight``.
        """
        revoked = localdate(self.revoked_at) if self.revoked_at else None
        return (
            self.signed_on is not None
            and (revoked is None or (in_hindsight and day < revoked))
            and self.starts_on <= day
            and (self.ends_on is None or day <= self.ends_on)
        )

    def covers(self, *, law: str, kind: str, platform: str) -> bool:
        """Whether a letter lies within its scope."""
        return (
            (not self.laws or law in self.laws)
            and (not self.kinds or kind in self.kinds)
            and (not self.platforms or platform in self.platforms)
        )


class Consent(models.Model):
    """One line of the ledger: what a client agreed to, on what wording, and when they took it back.

    ``toward`` is ``us``, or the slug of a platform.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="consents")
    toward = models.CharField(max_length=100)
    subject = models.CharField(max_length=60)  # a key: "processing", "face", "terms" …
    wording = SealedText(place="consent.wording")
    wording_sha256 = models.CharField(max_length=64)
    given_on = models.DateField(null=True)  # None where nobody knows
    how = models.CharField(max_length=40, blank=True)  # "intake", "paper", "app" …
    withdrawn_on = models.DateField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("client", "made_at", "pk")

    class Privacy:
        erased = frozenset({"client", "wording", "wording_sha256"})
        kept = frozenset("id toward subject given_on how withdrawn_on made_at".split())

    def __str__(self) -> str:
        return f"consent {self.pk} of client {self.client_id}"
