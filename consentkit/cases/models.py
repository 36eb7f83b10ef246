"""Cases as tables: the log, which is the truth, and an index of what is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from secrets import choice
from typing import Any, NoReturn

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from consentkit.clients.models import Client
from consentkit.confidential.addresses import SealedReference
from consentkit.confidential.fields import SealedJSON, SealedText
from consentkit.law.edition import edition
from consentkit.law.statutes import law_of
from consentkit.teams.access import reach
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .log import KINDS, Fact, Label
from .posture import Matter, Posture, Stage, assess

# Letters and digits that nobody confuses when reading them aloud.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 12


def new_code() -> str:
    """A name for a case in addresses: nobody guesses it, and it tells nothing."""
    return "".join(choice(ALPHABET) for _ in range(CODE_LENGTH))


class CaseQuerySet(models.QuerySet["Case"]):
    """Which cases somebody may see or change. A door asks here, so a stranger finds nothing."""

    def visible_to(self, user: User | AnonymousUser) -> CaseQuerySet:
        """The cases that somebody may see."""
        return self.filter(reach(user, Permission.VIEW))

    def editable_by(self, user: User | AnonymousUser) -> CaseQuerySet:
        """The cases that somebody may change."""
        return self.within(user, Permission.RECORD)

    def within(self, user: User | AnonymousUser, permission: Permission) -> CaseQuerySet:
        """The cases with which somebody may do something."""
        return self.filter(reach(user, permission))

    def open(self) -> CaseQuerySet:
        """Cases that are not closed."""
        return self.exclude(stage=Stage.CLOSED)

    def with_changed_rule(self, law: str) -> CaseQuerySet:
        """Open cases of a law that were counted by another edition, and nobody was asked about."""
        current = edition(law)
        asked = Proposal.objects.filter(case=OuterRef("pk"), kind="rule", edition=current)
        # Two ranges of an index; what is up to date is not read.
        other = Q(edition__lt=current) | Q(edition__gt=current)
        return self.open().filter(other, ~Exists(asked), law=law)

    def without_next_date(self) -> CaseQuerySet:
        """Open cases of which nobody would be reminded. There should be none."""
        return self.open().filter(next_on=None)


class Case(models.Model):
    """One request to one company under one law.

    It is a person's own, or a team's: then ``owner`` is whoever answers for it in the team, and
    ``second`` the other one who watches its dates.

    ``about`` is what is personal: ``sender``, ``account``, ``company``, ``born``,
    ``collected_since`` and the facts of the letter, as JSON. ``stage``, ``next_on``, ``next_key``
    and ``late_from`` are an index of the log for lists; ``actions`` alone writes them. ``edition``
    is that of the law by which the dates were counted.
    """

    code = models.CharField(max_length=CODE_LENGTH, unique=True, default=new_code)
    owner = models.ForeignKey(User, models.CASCADE, related_name="cases")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="cases")
    client = models.ForeignKey(Client, models.CASCADE, null=True, related_name="cases")
    second = models.ForeignKey(User, models.SET_NULL, null=True, related_name="second_cases")
    campaign = models.ForeignKey(
        "consentkit.Campaign", models.SET_NULL, null=True, related_name="cases"
    )
    matter_number = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=40, blank=True)  # a key of the team's table of outcomes
    law = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)  # of the opening letter
    rights = models.JSONField(default=list)
    place = models.CharField(max_length=10)  # whose days count
    platform = models.CharField(max_length=100, blank=True)  # slug; empty for a typed-in company
    language = models.CharField(max_length=10)  # of the letters
    reference = SealedReference(place="case.reference", db_index=True)
    about = SealedJSON(place="case.about", default=dict)
    demo = models.BooleanField(default=False)
    opened_on = models.DateField()
    created_at = models.DateTimeField()
    hold_until = models.DateField(null=True, blank=True)
    hold_reason = SealedText(place="case.hold_reason", default="")
    # The index
    stage = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Stage])
    next_on = models.DateField(null=True)
    next_key = models.CharField(max_length=40, blank=True)
    late_from = models.DateField(null=True)
    edition = models.CharField(max_length=12, blank=True)
    changed_at = models.DateTimeField()

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ("-created_at", "-pk")
        indexes = (
            models.Index(fields=["owner", "next_on"], name="case_by_next_date"),
            models.Index(fields=["owner", "-created_at"], name="case_by_age"),
            models.Index(
                fields=["owner", "late_from"],
                condition=Q(late_from__isnull=False),
                name="case_by_lateness",
            ),
            models.Index(
                fields=["law", "edition"], condition=~Q(stage="closed"), name="case_by_edition"
            ),
            # What lists are narrowed to, in the order of the next date.
            models.Index(fields=["owner", "stage", "next_on"], name="case_by_stage"),
            models.Index(fields=["owner", "law", "next_on"], name="case_by_law"),
            models.Index(fields=["owner", "platform", "next_on"], name="case_by_platform"),
            models.Index(fields=["team", "next_on", "next_key"], name="case_of_team_by_next_date"),
            models.Index(fields=["team", "-created_at"], name="case_of_team_by_age"),
            models.Index(fields=["team", "late_from"], name="case_of_team_by_lateness"),
            # What the dashboard counts, without reading the rows themselves.
            models.Index(fields=["team", "platform", "late_from"], name="case_late_by_platform"),
            models.Index(fields=["team", "owner", "stage", "late_from"], name="case_by_person"),
            # What a team's list is narrowed to, in the order of the next date.
            models.Index(fields=["team", "stage", "next_on"], name="case_of_team_list_by_stage"),
            models.Index(fields=["team", "platform", "next_on"], name="case_of_team_list_platform"),
            models.Index(fields=["team", "campaign", "next_on"], name="case_of_team_list_campaign"),
            models.Index(fields=["team", "owner", "next_on"], name="case_of_team_list_by_owner"),
            models.Index(
                fields=["team", "outcome"], condition=~Q(outcome=""), name="case_of_team_by_outcome"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["team", "matter_number"],
                condition=~Q(matter_number=""),
                name="one_matter_per_number",
            ),
        )

    class Privacy:
        erased = frozenset(
            "code owner client second about reference matter_number hold_reason hold_until".split()
        )
        kept = frozenset(
            "id team campaign outcome law kind rights place platform language demo opened_on "
            "created_at stage next_on next_key late_from edition changed_at".split()
        )

    def __str__(self) -> str:
        return f"case {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("case", args=[self.code])

    @property
    def company(self) -> str:
        """The platform's name, as the opening letter has it."""
        return str(self.about.get("company", ""))

    @property
    def is_closed(self) -> bool:
        return self.stage == Stage.CLOSED

    def matter(self) -> Matter:
        """What the law needs to know of the case, beside its log."""
        return Matter(
            law=law_of(self.law),
            rights=tuple(self.rights),
            place=self.place,
            born=_day(self.about.get("born")),
            collected_since=_day(self.about.get("collected_since")),
        )

    def facts(self) -> list[Fact]:
        """The log, in the order in which it was written."""
        return [record.fact for record in self.records.all()]

    def posture(self, facts: Sequence[Fact] | None = None) -> Posture:
        """Where the case stands by its log, counted anew; ``facts`` where somebody read it already.

        Where a rule has changed, and nobody has accepted it yet, the dates are as they were.
        """
        counted = assess(self.matter(), self.facts() if facts is None else facts)
        if self.edition == edition(self.law):
            return counted
        kept = self.deadlines.filter(void=False)
        return counted.with_dates(
            {(row.key, row.right, row.letter): (row.day, row.overdue_from) for row in kept}
        )

    def search_owner(self) -> str:
        """Whose search index the case belongs to."""
        return f"team {self.team_id}" if self.team_id else f"user {self.owner_id}"


class AppendOnly(TypeError):
    """A line of a log is neither changed nor taken out by itself."""


class EventRecordQuerySet(models.QuerySet["EventRecord"]):
    """Lines of logs. They go with their case, never by themselves."""

    def delete(self) -> NoReturn:
        raise AppendOnly("a log is only added to")


class EventRecord(models.Model):
    """One line of a case's log. It is written once: the database refuses to change it.

    A mistake is struck by a later line. ``note`` alone is sealed anew when keys rotate. ``digest``
    holds the line and all before it in place.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="records")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=30, choices=[(key, key) for key in KINDS])
    on = models.DateField()
    arguably_on = models.DateField()
    recorded_at = models.DateTimeField()
    details = models.JSONField(default=dict)
    note = SealedText(place="event.note", default="")
    by = models.ForeignKey(User, models.DO_NOTHING, null=True, db_constraint=False)
    # Who recorded it in the account, or on the site, from which the case was brought here: the
    # number that ``digest`` holds in place, and nobody here.
    by_elsewhere = models.PositiveBigIntegerField(null=True)
    digest = models.CharField(max_length=64)

    objects = EventRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("case_id", "number")
        constraints = (
            models.UniqueConstraint(fields=["case", "number"], name="one_event_per_number"),
            models.CheckConstraint(condition=Q(number__gt=0), name="events_count_from_one"),
            models.CheckConstraint(
                condition=Q(arguably_on__gte=F("on")), name="event_arguably_not_earlier"
            ),
        )

    class Privacy:
        # A log is erased whole, with its case.
        erased = frozenset(
            "case number kind on arguably_on recorded_at details note digest".split()
        )
        kept = frozenset({"id", "by", "by_elsewhere"})

    def __str__(self) -> str:
        return f"event {self.number} of case {self.case_id}"

    def save(self, **options: Any) -> None:
        if not self._state.adding and set(options.get("update_fields") or ()) != {"note"}:
            raise AppendOnly("a log is only added to")
        super().save(**options)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnly("a log is only added to")

    @cached_property
    def fact(self) -> Fact:
        return Fact(
            number=self.number,
            kind=self.kind,
            on=self.on,
            arguably_on=self.arguably_on,
            recorded_at=self.recorded_at,
            details=self.details,
            note=self.note,
            by=self.by_id if self.by_elsewhere is None else self.by_elsewhere,
        )

    def label(self) -> Label:
        return KINDS[self.kind].label


class Deadline(models.Model):
    """An index row for one date of a case, as ``posture`` counts it.

    A date that moves is a new row, and the old one is void; so a reminder belongs to one date.
    ``remind_on`` is the next day on which somebody is to be reminded of it, None when all is said:
    the sweep finds what is due by it. ``sequence`` grows with every change that a calendar has to
    learn of: a date that moved, ended or runs again.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="deadlines")
    key = models.CharField(max_length=40)
    right = models.CharField(max_length=40, blank=True)
    letter = models.PositiveIntegerField(default=0)
    day = models.DateField()
    overdue_from = models.DateField(null=True)
    is_ours = models.BooleanField()
    is_law = models.BooleanField()
    is_marker = models.BooleanField()
    disputed = models.BooleanField()
    provisional = models.BooleanField()
    unconfirmed = models.BooleanField()
    settled_on = models.DateField(null=True)
    void = models.BooleanField(default=False)
    sequence = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    remind_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ("day", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["case", "key", "right", "letter", "day"], name="one_row_per_date"
            ),
        )
        indexes = (
            models.Index(
                fields=["remind_on"],
                condition=Q(remind_on__isnull=False),
                name="deadline_to_remind",
            ),
            models.Index(
                fields=["case", "day"],
                condition=Q(void=False, settled_on__isnull=True),
                name="deadline_open",
            ),
        )

    class Privacy:
        erased = frozenset({"case"})
        kept = frozenset(
            "id key right letter day overdue_from is_ours is_law is_marker disputed provisional "
            "unconfirmed settled_on void sequence made_at remind_on".split()
        )

    def __str__(self) -> str:
        return f"{self.key} of case {self.case_id}"

    @property
    def is_open(self) -> bool:
        return not self.void and self.settled_on is None

    def is_overdue(self, today: date) -> bool:
        """Whether we may say today that it was missed."""
        return (
            self.is_open
            and not self.is_marker
            and self.overdue_from is not None
            and today >= self.overdue_from
        )


class Acknowledgement(models.Model):
    """Somebody's word that they know a date. One that moves is another row, and asked anew."""

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="acknowledgements")
    user = models.ForeignKey(User, models.CASCADE, related_name="acknowledgements")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        ordering = ("at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["deadline", "user"], name="one_acknowledgement_each"),
        )

    class Privacy:
        erased = frozenset({"deadline", "user"})
        kept = frozenset({"id", "at"})

    def __str__(self) -> str:
        return f"acknowledgement of deadline {self.deadline_id}"


class ControlList(models.Model):
    """Somebody's signature under the list of a team's dates of one day.

    ``content_hash`` is that of the list they signed: where a date of the day changes later, the
    list has another hash and needs another signature. The earlier one stays.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="control_lists")
    day = models.DateField()
    content_hash = models.CharField(max_length=64)
    signed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    signed_at = models.DateTimeField()
    remark = SealedText(place="control.remark", default="")

    class Meta:
        verbose_name = _("control list")
        verbose_name_plural = _("control lists")
        ordering = ("day", "signed_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["team", "day", "content_hash"], name="one_signature_per_list"
            ),
        )

    class Privacy:
        erased = frozenset({"signed_by", "remark"})
        kept = frozenset({"id", "team", "day", "content_hash", "signed_at"})

    def __str__(self) -> str:
        return f"control list of {self.day}"


class Reminder(models.Model):
    """The ledger of reminders: one row per date, kind, recipient and channel. The insert is the
    claim, so that two workers never send the same one.

    ``state`` is ``claimed`` until it is out, then ``sent``; ``void`` where the date moved or was
    settled in between, or where the person wants no reminders or cannot be reached. All rows of one
    e-mail have its ``message_id``, which is made before the first try and never changes.
    """

    class State(models.TextChoices):
        CLAIMED = "claimed", _("claimed")
        SENT = "sent", _("sent")
        VOID = "void", _("void")

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=30)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="reminders")
    channel = models.CharField(max_length=10)
    state = models.CharField(max_length=8, choices=State, default=State.CLAIMED)
    claimed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ("claimed_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["deadline", "kind", "recipient", "channel"], name="one_reminder_of_a_kind"
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="sent_reminder_has_time"
            ),
        )
        indexes = (models.Index(fields=["state", "claimed_at"], name="reminder_unfinished"),)

    class Privacy:
        erased = frozenset({"deadline", "recipient", "message_id"})
        kept = frozenset({"id", "kind", "channel", "state", "claimed_at", "sent_at"})

    def __str__(self) -> str:
        return f"{self.kind} of deadline {self.deadline_id}"


class Digest(models.Model):
    """The ledger of daily digests: one row per person and day of theirs. The insert is the claim.

    ``message_id`` is that of the e-mail, empty where the person's mail server refuses it.
    """

    recipient = models.ForeignKey(User, models.CASCADE, related_name="digests")
    day = models.DateField()
    claimed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        ordering = ("day", "pk")
        constraints = (
            models.UniqueConstraint(fields=["recipient", "day"], name="one_digest_a_day"),
        )

    class Privacy:
        erased = frozenset({"recipient", "message_id"})
        kept = frozenset({"id", "day", "claimed_at", "sent_at"})

    def __str__(self) -> str:
        return f"digest of {self.day}"


class Proposal(models.Model):
    """A change of dates that somebody has to accept: it never happens by itself.

    ``receipt``: something arrived that shows when a letter got there; ``details`` is then the fact
    that would be recorded. ``rule``: a law or its holidays changed; ``before`` and ``after`` are
    the dates, each ``[key, right, letter, day]``.
    """

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("A letter's arrival")
        RULE = "rule", _("A changed rule")

    case = models.ForeignKey(Case, models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=8, choices=Kind)
    on = models.DateField(null=True)
    details = models.JSONField(default=dict)
    before = models.JSONField(default=list)
    after = models.JSONField(default=list)
    edition = models.CharField(max_length=12, blank=True)
    made_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ("made_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["case", "edition"],
                condition=Q(kind="rule", decided_at__isnull=True),
                name="one_open_proposal_per_edition",
            ),
        )

    class Privacy:
        erased = frozenset({"case", "details"})
        kept = frozenset("id kind on before after edition made_at decided_at accepted".split())

    def __str__(self) -> str:
        return f"proposal {self.pk} of case {self.case_id}"


class Conduct(models.Model):
    """How the platform behaved in a team's case: one row a case once its letter went out.

    An index of the log, as ``behaviour`` reads it, for statistics. When a case is anonymised its
    row stays without the case, its days moved so that ``asked_on`` is the first of a quarter.
    """

    case = models.OneToOneField(Case, models.CASCADE, null=True, related_name="conduct")
    team = models.ForeignKey(Team, models.CASCADE, related_name="conducts")
    platform = models.CharField(max_length=100, blank=True)
    law = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    asked_on = models.DateField()
    assumed = models.BooleanField()
    due = models.DateField(null=True)
    overdue_from = models.DateField(null=True)
    answered_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    days = models.IntegerField(null=True)
    extended = models.BooleanField()
    identity = models.BooleanField()
    incomplete = models.BooleanField()
    refused = models.BooleanField()

    class Meta:
        verbose_name = _("conduct of a platform")
        verbose_name_plural = _("conduct of platforms")
        ordering = ("pk",)
        indexes = (
            models.Index(
                fields=[
                    "team",
                    "platform",
                    "law",
                    "kind",
                    "asked_on",
                    "due",
                    "overdue_from",
                    "answered_on",
                    "ended_on",
                    "days",
                    "assumed",
                    "extended",
                    "identity",
                    "incomplete",
                    "refused",
                ],
                name="conduct_of_platforms",
            ),
        )

    class Privacy:
        erased = frozenset({"case"})
        kept = frozenset(
            "id team platform law kind asked_on assumed due overdue_from answered_on ended_on days "
            "extended identity incomplete refused".split()
        )

    def __str__(self) -> str:
        return f"conduct of {self.platform} in case {self.case_id}"


class HandOver(models.Model):
    """Many cases on their way from one person to another; the workers move them in batches.

    ``memo`` goes into the log of each and is emptied when all have moved.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="hand_overs")
    giver = models.ForeignKey(User, models.CASCADE, related_name="+")
    taker = models.ForeignKey(User, models.CASCADE, related_name="+")
    by = models.ForeignKey(User, models.CASCADE, related_name="+")
    memo = SealedText(place="hand_over.memo", default="")
    on = models.DateField()
    made_at = models.DateTimeField()
    moved = models.PositiveIntegerField(default=0)
    stayed = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("handing over")
        verbose_name_plural = _("handings over")
        ordering = ("-made_at", "-pk")

    class Privacy:
        erased = frozenset({"giver", "taker", "by", "memo"})
        kept = frozenset({"id", "team", "on", "made_at", "moved", "stayed", "finished_at"})

    def __str__(self) -> str:
        return f"handing over {self.pk} of team {self.team_id}"


class CaseWord(models.Model):
    """A word of a case, as nobody without the key can read it (``confidential.words``).

    ``place`` says what of the case it stands in.
    """

    class Place(models.TextChoices):
        CASE = "case", _("the case itself")
        LOG = "log", _("the log")
        NOTE = "note", _("an internal note")
        MESSAGE = "message", _("a message")
        LETTER = "letter", _("a letter")
        FILE = "file", _("the name of a file")
        PARTY = "party", _("the people around the client")

    case = models.ForeignKey(Case, models.CASCADE, related_name="words")
    word = models.BinaryField(max_length=12)
    place = models.CharField(max_length=7, choices=Place, default=Place.CASE)

    class Meta:
        verbose_name = _("word of a case")
        verbose_name_plural = _("words of cases")
        constraints = (
            models.UniqueConstraint(fields=["word", "case", "place"], name="one_row_per_word"),
        )

    class Privacy:
        erased = frozenset({"case", "word", "place"})
        kept = frozenset({"id"})

    def __str__(self) -> str:
        return f"a word of case {self.case_id}"


class CalendarFeed(models.Model):
    """An address at which somebody's calendar program reads their dates; whoever has it reads them.

    Only a hash of the secret is kept. ``names`` says whether companies are named in it.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="calendar_feed")
    secret_hash = models.CharField(max_length=64, unique=True)
    names = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")

    class Privacy:
        erased = frozenset({"user", "secret_hash", "names", "read_at"})
        kept = frozenset({"id", "made_at"})

    def __str__(self) -> str:
        return f"calendar feed {self.pk}"


class Heartbeat(models.Model):
    """When something that must run regularly last ran: the sweep, the digest."""

    name = models.CharField(max_length=30, unique=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset({"id", "name", "at"})

    def __str__(self) -> str:
        return self.name


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None
