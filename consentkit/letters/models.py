"""The letters of cases: a draft until it goes out, then frozen."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case
from consentkit.confidential.fields import SealedBytes, SealedJSON, SealedText
from consentkit.teams.models import Team, User

from .house import KINDS
from .keeping import from_json
from .request import LetterRequest


class Letter(models.Model):
    """A letter of a case; ``number`` counts from 1 and names it in the log.

    Until it goes out it is a draft, and ``request`` may change. Then it is frozen: the words, the
    page and the PDF as they went out, with their hash and what made them. The database refuses to
    change a frozen letter.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="letters")
    number = models.PositiveIntegerField()
    law = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    to_authority = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    request = SealedJSON(place="letter.request")
    # Once it is frozen
    frozen_at = models.DateTimeField(null=True)
    title = models.CharField(max_length=200, blank=True)  # of the text; no names in it
    text = SealedText(place="letter.text", default="")
    html = SealedText(place="letter.html", default="")
    pdf = SealedBytes(place="letter.pdf", default=b"")
    html_sha256 = models.CharField(max_length=64, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    text_version = models.CharField(max_length=40, blank=True)  # when reviewed, and a hash
    software_version = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ("case_id", "number")
        constraints = (
            models.UniqueConstraint(fields=["case", "number"], name="one_letter_per_number"),
            models.CheckConstraint(
                condition=Q(frozen_at=None) | (~Q(pdf_sha256="") & ~Q(html_sha256="")),
                name="frozen_letter_has_hashes",
            ),
        )

    class Privacy:
        erased = frozenset("case request text html pdf html_sha256 pdf_sha256".split())
        kept = frozenset(
            "id number law kind language to_authority made_at frozen_at title text_version "
            "software_version".split()
        )

    def __str__(self) -> str:
        return f"letter {self.number} of case {self.case_id}"

    @property
    def is_frozen(self) -> bool:
        return self.frozen_at is not None

    def letter_request(self) -> LetterRequest:
        """What the letter is made from."""
        return from_json(self.request)


class Review(models.Model):
    """What somebody else said of a letter before it went out; one row for each time it was asked.

    ``content_sha256`` is the hash of what was submitted, ``approved_sha256`` of what may go out:
    the same, or with the edits of whoever approved it. ``submitted`` holds the parts of the letter
    (key, heading, text), ``edits`` what was there before and after, by paragraph. ``told_at`` is
    when the people were told of the decision.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for review")
        APPROVED = "approved", _("approved")
        EDITED = "edited", _("approved with edits")
        RETURNED = "returned", _("returned with comments")
        VOID = "void", _("counts no more")
        EMERGENCY = "emergency", _("released unread in an emergency")

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="reviews")
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    content_sha256 = models.CharField(max_length=64)
    submitted = SealedJSON(place="review.submitted", default=list)
    state = models.CharField(max_length=9, choices=State)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)
    comments = SealedText(place="review.comments", default="")
    edits = SealedJSON(place="review.edits", default=list)
    reason = SealedText(place="review.reason", default="")
    voided_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ("letter_id", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["letter"],
                condition=Q(state__in=["waiting", "approved", "edited", "emergency"]),
                name="one_standing_review_per_letter",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "edited", "emergency"])
                | (~Q(approved_sha256="") & Q(decided_at__isnull=False)),
                name="approval_is_of_something",
            ),
        )
        indexes = (
            models.Index(
                fields=["asked_at"], condition=Q(state="waiting"), name="review_by_waiting"
            ),
        )

    class Privacy:
        erased = frozenset(
            "letter asked_by decided_by content_sha256 approved_sha256 submitted comments edits "
            "reason".split()
        )
        kept = frozenset("id state asked_at decided_at voided_at told_at".split())

    def __str__(self) -> str:
        return f"review {self.pk} of letter {self.letter_id}"


class HouseText(models.Model):
    """Words that a team puts into its letters: a letterhead, a paragraph, or a closing line.

    ``law`` and ``right`` (the kind of letter) are empty where it fits any; a letterhead fits any
    language where that is empty. With ``everywhere`` it stands in every letter that it fits, else
    only where a campaign names it. None of this changes later: what was approved was approved for
    these letters.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="house_texts")
    kind = models.CharField(max_length=10, choices=list(KINDS.items()))
    title = models.CharField(max_length=100)
    language = models.CharField(max_length=10, blank=True)
    law = models.CharField(max_length=40, blank=True)
    right = models.CharField(max_length=40, blank=True)
    everywhere = models.BooleanField(default=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("house text")
        verbose_name_plural = _("house texts")
        ordering = ("team_id", "kind", "title", "pk")

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset("id team kind title language law right everywhere made_at".split())

    def __str__(self) -> str:
        return f"house text {self.pk} of team {self.team_id}"

    def fits(self, law: str, right: str, language: str) -> bool:
        """Whether it can stand in a letter."""
        return all(
            mine in ("", theirs)
            for mine, theirs in (
                (self.law, law),
                (self.right, right),
                (self.language, language),
            )
        )


class HouseTextVersion(models.Model):
    """One version of a house text; ``number`` counts from 1. Every version that was approved stays.

    ``content_sha256`` is the hash of what was submitted, ``approved_sha256`` of what may stand in
    letters; a version whose words are not those is not used. ``author`` wrote the words last.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        WAITING = "waiting", _("waits for review")
        APPROVED = "approved", _("in use")
        RETURNED = "returned", _("returned with comments")
        RETIRED = "retired", _("no longer in use")

    text = models.ForeignKey(HouseText, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    body = SealedText(place="house_text_version.body")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)
    comments = SealedText(place="house_text_version.comments", default="")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("version of a house text")
        verbose_name_plural = _("versions of house texts")
        ordering = ("text_id", "number")
        constraints = (
            models.UniqueConstraint(fields=["text", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["text"], condition=Q(state="approved"), name="one_version_in_use"
            ),
            models.UniqueConstraint(
                fields=["text"],
                condition=Q(state__in=["draft", "waiting"]),
                name="one_version_in_the_making",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "retired"])
                | (~Q(approved_sha256="") & Q(decided_at__isnull=False)),
                name="version_in_use_is_approved",
            ),
        )

    class Privacy:
        erased = frozenset({"author", "asked_by", "decided_by"})
        kept = frozenset(
            "id text number body state written_at asked_at content_sha256 decided_at "
            "approved_sha256 comments retired_at".split()
        )

    def __str__(self) -> str:
        return f"version {self.number} of house text {self.text_id}"
