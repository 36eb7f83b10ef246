"""Campaigns of a team, and who joined them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import models
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case
from consentkit.clients.models import Client
from consentkit.confidential.addresses import SealedAddress, SealedReference
from consentkit.confidential.fields import SealedBytes, SealedJSON
from consentkit.letters.models import HouseText
from consentkit.teams.models import Team, User


class Campaign(models.Model):
    """A letter that many people send: the same company, law and kind, each in their own name.

    ``intro`` is shown on its public page. ``house`` is a paragraph of the team's own that stands in
    every letter. ``sending`` says who sends: the people themselves, or the team for them, under a
    mandate. ``want`` is the wish by which people find the letter, ``questions`` are facts of the
    letter that people are asked for beside those that it cannot do without. ``language`` is one of
    ``languages``, in which the letters can be. ``letters_made`` counts downloads, and nothing else,
    where people send themselves.
    """

    class Sending(models.TextChoices):
        SELF = "self", _("everybody sends their own letter")
        TEAM = "team", _("the team sends the letters")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PLANNED = "planned", _("not open yet")
        OPEN = "open", _("open")
        PAUSED = "paused", _("paused")
        CLOSED = "closed", _("closed")

    team = models.ForeignKey(Team, models.CASCADE, related_name="campaigns")
    slug = models.SlugField(max_length=60)
    title = models.CharField(_("title"), max_length=200)
    intro = models.TextField(_("introduction"), blank=True)
    platform = models.CharField(max_length=100)
    law = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    want = models.CharField(max_length=20, blank=True)
    questions = models.JSONField(default=list)
    language = models.CharField(max_length=10, default="en")
    languages = models.JSONField(default=list)
    house = models.ForeignKey(HouseText, models.SET_NULL, null=True, blank=True, related_name="+")
    sending = models.CharField(max_length=4, choices=Sending, default=Sending.SELF)
    mandate_needed = models.BooleanField(default=False)
    opens_on = models.DateField()
    closes_on = models.DateField(null=True, blank=True)  # the last day on which people can join
    letters_made = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ("-made_at",)
        constraints = (
            models.UniqueConstraint(fields=["team", "slug"], name="one_campaign_per_slug"),
        )

    class Privacy:
        erased = frozenset({"by"})
        kept = frozenset(
            "id team slug title intro platform law kind want questions language languages house "
            "sending mandate_needed opens_on closes_on letters_made made_at opened_at paused_at "
            "closed_at".split()
        )

    def __str__(self) -> str:
        return f"campaign {self.slug} of team {self.team_id}"

    def state(self, today: date) -> Campaign.State:
        """Where it stands on a day."""
        if self.closed_at or (self.closes_on and self.closes_on < today):
            return self.State.CLOSED
        if not self.opened_at:
            return self.State.DRAFT
        if self.paused_at:
            return self.State.PAUSED
        return self.State.PLANNED if today < self.opens_on else self.State.OPEN

    def team_today(self) -> date:
        """The day it is in the team's office, by which the campaign opens and closes."""
        try:
            return localdate(timezone=ZoneInfo(self.team.time_zone))
        except (ValueError, OSError, ZoneInfoNotFoundError):
            return localdate()

    def last_day(self) -> date | None:
        """The last day on which people could join, once that is settled."""
        ended = localdate(self.closed_at) if self.closed_at else None
        return min((day for day in (ended, self.closes_on) if day), default=None)

    @property
    def by_team(self) -> bool:
        """Whether the team sends the letters."""
        return self.sending == self.Sending.TEAM


class Participation(models.Model):
    """Somebody who asked to join a campaign whose letters the team sends.

    Until they confirm their address, ``answers`` hold what they filled in; then they become a
    client, and the answers are kept only while something is missing that keeps the case from being
    opened. Of the secret of their link only a hash is kept.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="participations")
    client = models.ForeignKey(Client, models.CASCADE, null=True, related_name="participations")
    email = SealedAddress(place="participation.email")
    answers = SealedJSON(place="participation.answers", default=dict)
    secret_hash = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=10)
    joined_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        ordering = ("campaign", "joined_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["campaign", "email"],
                condition=models.Q(confirmed_at__isnull=False, withdrawn_at=None),
                name="one_participation_at_a_time",
            ),
        )
        indexes = (
            models.Index(
                fields=["joined_at"],
                condition=models.Q(confirmed_at=None),
                name="participation_unconfirmed",
            ),
        )

    class Privacy:
        erased = frozenset({"client", "email", "answers", "secret_hash"})
        kept = frozenset("id campaign language joined_at confirmed_at withdrawn_at".split())

    def __str__(self) -> str:
        return f"participation {self.pk} in campaign {self.campaign_id}"


class EntryRecord(models.Model):
    """Somebody who was entered, what was asked for them, and the case that came of it.

    ``person`` is by what the same person is known when they are entered once more. ``platform``,
    ``law`` and ``kind`` are empty where nothing was asked. ``asked`` is kept while the case waits
    for a decision about a conflict, and emptied when it opens, or will not.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="entries")
    client = models.ForeignKey(Client, models.CASCADE, related_name="entries")
    campaign = models.ForeignKey(Campaign, models.SET_NULL, null=True, related_name="entries")
    case = models.OneToOneField(Case, models.CASCADE, null=True, related_name="entry")
    person = SealedReference(place="entry.person", db_index=True)
    platform = models.CharField(max_length=100, blank=True)
    law = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    asked = SealedJSON(place="entry.asked", default=dict)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ("team", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["client", "campaign", "platform", "law", "kind"],
                condition=models.Q(campaign__isnull=False),
                name="one_entry_in_a_campaign",
            ),
            models.UniqueConstraint(
                fields=["client", "platform", "law", "kind"],
                condition=models.Q(campaign=None),
                name="one_entry_without_campaign",
            ),
        )

    class Privacy:
        erased = frozenset({"client", "case", "person", "asked", "by"})
        kept = frozenset({"id", "team", "campaign", "platform", "law", "kind", "made_at"})

    def __str__(self) -> str:
        return f"entry {self.pk} of team {self.team_id}"

    @property
    def waits(self) -> bool:
        """Whether something was asked that no case has come of yet."""
        return self.case_id is None and bool(self.asked)


class Batch(models.Model):
    """One piece of work on many cases, done by the workers.

    It is checked first, and nothing is done before somebody has seen what would be: ``checking``,
    then ``ready``. Then it is ``working`` and, where letters are put together for printing,
    ``binding``. ``done`` and ``cancelled`` are ends. ``selection`` says by what the cases were
    chosen (``query``) or how many were ticked; ``size`` is how many there were.

    ``step`` is the kind of letter of a chase, or the way by which letters were posted. ``options``
    are ``double_sided`` and ``on``, the day. ``words`` are facts that all letters of a chase tell
    in the same words. ``source`` is the batch whose letters are posted or sent.
    """

    class Kind(models.TextChoices):
        LETTERS = "letters", _("letters to print")
        CHASE = "chase", _("next letters")
        POSTING = "posting", _("record of posting")
        SENDING = "sending", _("e-mails")

    class State(models.TextChoices):
        CHECKING = "checking", _("being checked")
        READY = "ready", _("checked, nothing done yet")
        WORKING = "working", _("in work")
        BINDING = "binding", _("being put together")
        DONE = "done", _("finished")
        CANCELLED = "cancelled", _("cancelled")

    team = models.ForeignKey(Team, models.CASCADE, related_name="batches")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=9, choices=State)
    step = models.CharField(max_length=40, blank=True)
    options = models.JSONField(default=dict)
    words = SealedJSON(place="batch.words", default=dict)
    selection = models.JSONField(default=dict)
    size = models.PositiveIntegerField(default=0)
    source = models.ForeignKey("self", models.CASCADE, null=True, related_name="followers")
    made_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)  # when its present state began
    claimed_at = models.DateTimeField(null=True)  # by whoever puts the letters together
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("work on many cases")
        verbose_name_plural = _("work on many cases")
        ordering = ("-made_at", "-pk")
        indexes = (
            models.Index(fields=["team", "-made_at"], name="batch_by_age"),
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["checking", "working", "binding"]),
                name="batch_unfinished",
            ),
        )

    class Privacy:
        erased = frozenset({"by", "words", "selection"})
        kept = frozenset(
            "id team kind state step options size source made_at begun_at claimed_at attempts "
            "ended_at".split()
        )

    def __str__(self) -> str:
        return f"batch {self.pk} of team {self.team_id}"


class BatchItem(models.Model):
    """One case of a batch. Whoever works on it has claimed it first.

    ``letter`` is the number of the letter it is about. ``seen`` is the last fact of the case's log
    when it was looked at: what happens after that stops the work on this case. ``way`` is how the
    letter would go, ``told`` to whom (``to``). ``recipients`` are keyed hashes of addresses, by
    which letters to one address are counted; ``due_at`` is when such a letter may go.
    """

    class State(models.TextChoices):
        NEW = "new", _("not checked yet")
        READY = "ready", _("can be done")
        CANNOT = "cannot", _("cannot be done")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        SKIPPED = "skipped", _("left out")
        STOPPED = "stopped", _("cancelled")

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="items")
    case = models.ForeignKey(Case, models.CASCADE, related_name="batch_items")
    position = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=State, default=State.NEW)
    letter = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    way = models.CharField(max_length=10, blank=True)
    problem = models.CharField(max_length=40, blank=True)  # a key of ``batches.PROBLEMS``
    told = SealedJSON(place="batch_item.told", default=dict)
    recipients = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("case of a batch")
        verbose_name_plural = _("cases of batches")
        ordering = ("batch", "position")
        constraints = (
            models.UniqueConstraint(fields=["batch", "position"], name="one_item_per_position"),
            models.UniqueConstraint(fields=["batch", "case"], name="one_item_per_case"),
        )
        indexes = (models.Index(fields=["batch", "state", "position"], name="batch_item_by_state"),)

    class Privacy:
        erased = frozenset("case letter seen told recipients".split())
        kept = frozenset(
            "id batch position state way problem attempts claimed_at due_at done_at".split()
        )

    def __str__(self) -> str:
        return f"item {self.position} of batch {self.batch_id}"


class BatchFile(models.Model):
    """What a batch made to be taken away: all letters as one PDF, or as a ZIP.

    It goes when ``keep_until`` is over, when somebody says so, and when a case of it is deleted:
    ``letters`` is how many there are in it.
    """

    class Kind(models.TextChoices):
        PDF = "pdf", _("one PDF for the printer")
        ZIP = "zip", _("ZIP with one PDF for each letter")

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="files")
    kind = models.CharField(max_length=3, choices=Kind)
    size = models.PositiveBigIntegerField()
    letters = models.PositiveIntegerField()
    pages = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    keep_until = models.DateField()

    class Meta:
        verbose_name = _("file of a batch")
        verbose_name_plural = _("files of batches")
        ordering = ("batch", "kind")
        constraints = (models.UniqueConstraint(fields=["batch", "kind"], name="one_file_per_kind"),)

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset("id batch kind size letters pages made_at keep_until".split())

    def __str__(self) -> str:
        return f"{self.kind} of batch {self.batch_id}"


class BatchFilePart(models.Model):
    """A piece of such a file, sealed."""

    SIZE = 512 * 1024

    file = models.ForeignKey(BatchFile, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    data = SealedBytes(place="batch_file.data")

    class Meta:
        verbose_name = _("piece of a batch’s file")
        verbose_name_plural = _("pieces of batches’ files")
        constraints = (
            models.UniqueConstraint(fields=["file", "number"], name="one_part_per_number"),
        )

    class Privacy:
        erased = frozenset({"file", "data"})
        kept = frozenset({"id", "number"})

    def __str__(self) -> str:
        return f"piece {self.number} of file {self.file_id}"
