"""Tags, saved views, internal notes, time entries and outcome codes as tables."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consentkit.cases.models import AppendOnly, Case
from consentkit.confidential.fields import SealedText
from consentkit.teams.models import Team, User


class Tag(models.Model):
    """A word by which cases are sorted: a team's for its cases, or somebody's for their own."""

    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="tags")
    owner = models.ForeignKey(User, models.CASCADE, null=True, related_name="tags")
    name = SealedText(place="tag.name")
    made_at = models.DateTimeField()
    cases = models.ManyToManyField(Case, through="Tagged", related_name="tags")

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(team=None) ^ Q(owner=None), name="tag_of_a_team_or_of_somebody"
            ),
        )

    class Privacy:
        erased = frozenset({"owner", "name", "cases"})
        kept = frozenset({"id", "team", "made_at"})

    def __str__(self) -> str:
        return f"tag {self.pk}"


class Tagged(models.Model):
    """That a case has a tag."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("tag of a case")
        verbose_name_plural = _("tags of cases")
        constraints = (models.UniqueConstraint(fields=["tag", "case"], name="one_tag_once"),)

    class Privacy:
        erased = frozenset({"tag", "case"})
        kept = frozenset({"id"})

    def __str__(self) -> str:
        return f"tag {self.tag_id} of case {self.case_id}"


class SavedView(models.Model):
    """A narrowed list under a name: somebody's own, or where ``team`` is set, the whole team's.

    ``query`` is a ``Selection`` as it stands in an address.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="saved_views")
    name = SealedText(place="view.name")
    query = models.CharField(max_length=1000)
    position = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("position", "pk")

    class Privacy:
        erased = frozenset({"owner", "name", "query"})
        kept = frozenset({"id", "team", "position", "made_at"})

    def __str__(self) -> str:
        return f"saved view {self.pk}"


class CaseNote(models.Model):
    """A note of the office about a team's case. It is written once, and never leaves the office."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    text = SealedText(place="note.text")

    class Meta:
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")
        ordering = ("at", "pk")

    class Privacy:
        erased = frozenset({"case", "author", "text"})
        kept = frozenset({"id", "at"})

    def __str__(self) -> str:
        return f"note {self.pk} of case {self.case_id}"

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("notes are only added to")
        super().save(**options)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise AppendOnly("notes are only added to")


class TimeEntry(models.Model):
    """Time that somebody spent on a team's case.

    While the timer runs, ``minutes`` is None and ``started_at`` says since when.
    """

    class Activity(models.TextChoices):
        CLIENT = "client", _("Talking or writing to the client")
        DRAFTING = "drafting", _("Writing letters")
        READING = "reading", _("Reading what came in")
        RESEARCH = "research", pgettext_lazy("activity", "Research")
        OTHER_SIDE = "other_side", _("Talking or writing to the company")
        AUTHORITY = "authority", _("Talking or writing to an authority or a court")
        SUPERVISION = "supervision", _("Supervision and review")
        ADMINISTRATION = "administration", _("Filing and organising")
        OTHER = "other", _("Something else")

    case = models.ForeignKey(Case, models.CASCADE, related_name="time_entries")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="time_entries")
    day = models.DateField()
    minutes = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField(null=True)
    activity = models.CharField(max_length=20, choices=Activity, default=Activity.OTHER)
    what = SealedText(place="time.what", default="")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("time entry")
        verbose_name_plural = _("time entries")
        ordering = ("day", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["user"], condition=Q(minutes=None), name="one_running_timer_each"
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=False) | Q(started_at__isnull=False),
                name="running_timer_has_a_start",
            ),
        )

    class Privacy:
        erased = frozenset({"case", "user", "what"})
        kept = frozenset({"id", "day", "minutes", "started_at", "activity", "made_at"})

    def __str__(self) -> str:
        return f"time entry {self.pk} of case {self.case_id}"


class OutcomeCode(models.Model):
    """A line of a team's own table of outcomes: one that it added, renamed or no longer uses.

    What it leaves alone is as in ``outcomes.USUAL``.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="outcome_codes")
    key = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=100, blank=True)  # empty: the usual name
    retired = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("outcome code")
        verbose_name_plural = _("outcome codes")
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["team", "key"], name="one_outcome_per_key"),)

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset({"id", "team", "key", "name", "retired"})

    def __str__(self) -> str:
        return f"outcome {self.key} of team {self.team_id}"
