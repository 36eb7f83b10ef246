"""What went out and what came in: messages, and the files that belong to a case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case
from consentkit.confidential.fields import SealedBytes, SealedJSON, SealedText
from consentkit.letters.models import Letter
from consentkit.teams.models import User


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages that somebody may see. A door asks here, so a stranger finds nothing."""

    def visible_to(self, user: User | AnonymousUser) -> MessageQuerySet:
        return self.filter(case__in=Case.objects.visible_to(user))

    def without_bodies(self) -> MessageQuerySet:
        """For lists: what is large stays in the database."""
        return self.defer("raw", "html", "text")


class Message(models.Model):
    """An e-mail, out or in.

    Outgoing: ``queued`` until a worker claims it; ``claimed`` while it is made and the mail server
    is asked whether it takes it; ``handing_over`` while its bytes go over, ``sent`` when the server
    took them. A worker that dies while claimed has sent nothing, and the message is queued again;
    one that dies while handing over may have sent it: the message becomes ``uncertain``, and a
    person decides. ``message_id`` is made before the first try and never changes.

    Incoming: ``raw`` is the message as it came, ``sha256`` its hash. One whose case is only likely
    is ``proposed`` until a person says that it belongs there.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting to go out")
        CLAIMED = "claimed", _("being made")
        HANDING_OVER = "handing_over", _("being handed over")
        SENT = "sent", _("handed over")
        FAILED = "failed", _("not sent")
        BOUNCED = "bounced", _("came back")
        UNCERTAIN = "uncertain", _("perhaps sent")
        STOPPED = "stopped", _("stopped before it went out")
        RECEIVED = "received", _("came in")
        PROPOSED = "proposed", _("perhaps of this case")

    class Kind(models.TextChoices):
        MAIL = "mail", _("e-mail")
        AUTO = "auto", _("automatic message")
        READ = "read", _("read receipt")
        DELIVERED = "delivered", _("confirmation of delivery")
        RELAYED = "relayed", _("confirmation that it was passed on")
        DELAYED = "delayed", _("notice of a delay")
        BOUNCED = "bounced", _("notice that it could not be delivered")

    case = models.ForeignKey(Case, models.CASCADE, related_name="messages")
    letter = models.ForeignKey(Letter, models.CASCADE, null=True, related_name="messages")
    outgoing = models.BooleanField()
    state = models.CharField(max_length=12, choices=State)
    kind = models.CharField(max_length=9, choices=Kind, default=Kind.MAIL)
    message_id = models.CharField(max_length=250)
    # By which the log names it, where it came out of an archive; otherwise that is its own id.
    number = models.PositiveBigIntegerField(null=True)
    headers = SealedJSON(place="message.headers", default=dict)  # from, to, subject, date, …
    text = SealedText(place="message.text", default="")
    html = SealedText(place="message.html", default="")  # sanitised
    raw = SealedBytes(place="message.raw", default=b"")
    sha256 = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True)  # a key or an SMTP code, no addresses
    made_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)
    happened_at = models.DateTimeField(null=True)  # by the message's own date, for incoming mail

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("case_id", "made_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["case", "message_id"], name="one_message_per_id"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(handed_over_at__isnull=False),
                name="sent_message_has_time",
            ),
        )
        indexes = (
            models.Index(fields=["message_id"], name="message_by_id"),
            models.Index(
                fields=["state", "claimed_at"],
                condition=Q(state__in=["queued", "claimed", "handing_over"]),
                name="message_unfinished",
            ),
        )

    class Privacy:
        erased = frozenset("case letter message_id headers text html raw sha256 problem".split())
        kept = frozenset(
            "id outgoing state kind number attempts made_at claimed_at handed_over_at "
            "happened_at".split()
        )

    def __str__(self) -> str:
        return f"message {self.pk} of case {self.case_id}"

    @property
    def number_in_log(self) -> int:
        """The number by which the log of the case names it."""
        return self.number or self.pk

    @property
    def shown_on(self) -> date:
        """The day under which it is listed."""
        return localdate(self.happened_at or self.handed_over_at or self.made_at)


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Files that somebody may see."""

    def visible_to(self, user: User | AnonymousUser) -> AttachmentQuerySet:
        return self.filter(case__in=Case.objects.visible_to(user))


class Attachment(models.Model):
    """A file of a case: what somebody added, or what came with a message.

    Its bytes are sealed in pieces. ``kind`` is what its content is, not what its name says.
    """

    class Scan(models.TextChoices):
        NONE = "none", _("not checked")
        CLEAN = "clean", _("checked, nothing found")

    case = models.ForeignKey(Case, models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, models.CASCADE, null=True, related_name="attachments")
    event = models.PositiveIntegerField(null=True)  # the number of the fact it belongs to
    name = SealedText(place="attachment.name")
    kind = models.CharField(max_length=100)  # a media type
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    scan = models.CharField(max_length=5, choices=Scan, default=Scan.NONE)
    added_at = models.DateTimeField()

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ("case_id", "added_at", "pk")

    class Privacy:
        erased = frozenset("case message event name sha256".split())
        kept = frozenset("id kind size scan added_at".split())

    def __str__(self) -> str:
        return f"file {self.pk} of case {self.case_id}"

    def pieces(self) -> Iterator[bytes]:
        """The bytes, piece by piece, so that no file is in memory whole."""
        for piece in self.parts.order_by("number").iterator(chunk_size=1):
            yield piece.data

    def content(self) -> bytes:
        """All the bytes."""
        return b"".join(self.pieces())


class AttachmentPart(models.Model):
    """A piece of a file's bytes, sealed."""

    SIZE = 512 * 1024

    attachment = models.ForeignKey(Attachment, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    data = SealedBytes(place="attachment.data")

    class Meta:
        verbose_name = _("piece of a file")
        verbose_name_plural = _("pieces of files")
        constraints = (
            models.UniqueConstraint(fields=["attachment", "number"], name="one_piece_per_number"),
        )

    class Privacy:
        erased = frozenset({"attachment", "data"})
        kept = frozenset({"id", "number"})

    def __str__(self) -> str:
        return f"piece {self.number} of file {self.attachment_id}"


class Mailbox(models.Model):
    """How far a mailbox has been read. ``name`` is a hash of where it is; it holds no address.

    ``validity`` is the server's UIDVALIDITY: when it changes, ``last_uid`` means nothing any more.
    """

    name = models.CharField(max_length=64, unique=True)
    validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset({"id", "name", "validity", "last_uid", "read_at"})

    def __str__(self) -> str:
        return f"mailbox {self.pk}"
