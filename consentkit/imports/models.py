"""A spreadsheet on its way into a team, and how its columns were understood before."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from consentkit.campaigns.models import Campaign
from consentkit.confidential.fields import SealedBytes, SealedJSON
from consentkit.teams.models import Team, User


class Import(models.Model):
    """A spreadsheet of people, from its upload until its rows are forgotten.

    ``file`` is sealed, and empty once everything was read into blocks. ``columns`` says for each
    column what it is (a key of ``columns.FIELDS``, empty for one that is not used); ``choices``
    holds the order of day and month, and what is true of every row. ``on`` is the day of the
    letters. Its rows are forgotten on ``forget_on``, the counts stay.
    """

    class State(models.TextChoices):
        COLUMNS = "columns", _("waits for its columns")
        CHECKING = "checking", _("is being checked")
        CHECKED = "checked", _("waits to be confirmed")
        WRITING = "writing", _("is being entered")
        DONE = "done", _("done")
        STOPPED = "stopped", _("stopped")
        FAILED = "failed", _("could not be read")

    team = models.ForeignKey(Team, models.CASCADE, related_name="imports")
    campaign = models.ForeignKey(Campaign, models.SET_NULL, null=True, related_name="imports")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.COLUMNS)
    file = SealedBytes(place="import.file", null=True)
    encoding = models.CharField(max_length=20, blank=True)  # empty for a workbook
    delimiter = models.CharField(max_length=1, blank=True)
    header = SealedJSON(place="import.header", default=list)
    columns = models.JSONField(default=list)
    choices = models.JSONField(default=dict)
    problem = models.CharField(max_length=30, blank=True)  # a key of ``reading.PROBLEMS``
    on = models.DateField(null=True)
    rows = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    there = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    written = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # when a worker was last at it
    finished_at = models.DateTimeField(null=True)
    forget_on = models.DateField()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-made_at", "-pk")

    class Privacy:
        erased = frozenset({"by", "file", "header"})
        kept = frozenset(
            "id team campaign state encoding delimiter columns choices problem on rows new there "
            "wrong written opened waiting failed made_at seen_at finished_at forget_on".split()
        )

    def __str__(self) -> str:
        return f"import {self.pk} of team {self.team_id}"

    @property
    def is_working(self) -> bool:
        """Whether a worker has something to do for it."""
        return self.state in (self.State.CHECKING, self.State.WRITING)


class ImportBlock(models.Model):
    """Some hundred rows of an import: what stands in them, what was found, what came of it.

    ``rows`` are ``[line, [cell, …]]``, ``findings`` and ``results`` belong to them one by one
    (``checking.Finding``, ``actions.Result``).
    """

    of = models.ForeignKey(Import, models.CASCADE, related_name="blocks")
    number = models.PositiveIntegerField()
    rows = SealedJSON(place="import.rows", default=list)
    findings = SealedJSON(place="import.findings", default=list)
    results = SealedJSON(place="import.results", default=list)
    size = models.PositiveIntegerField()
    wrong = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    written_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("block of an import")
        verbose_name_plural = _("blocks of imports")
        ordering = ("of", "number")
        constraints = (
            models.UniqueConstraint(fields=["of", "number"], name="one_block_per_number"),
        )

    class Privacy:
        erased = frozenset({"of", "rows", "findings", "results"})
        kept = frozenset({"id", "number", "size", "wrong", "failed", "written_at"})

    def __str__(self) -> str:
        return f"block {self.number} of import {self.of_id}"


class KnownHeader(models.Model):
    """How a team understood the columns under a header row the last time.

    ``shape`` is a keyed hash of the header; the words themselves are not kept.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="known_headers")
    shape = models.CharField(max_length=32)
    columns = models.JSONField(default=list)
    choices = models.JSONField(default=dict)
    used_at = models.DateTimeField()

    class Meta:
        verbose_name = _("known header row")
        verbose_name_plural = _("known header rows")
        ordering = ("team", "-used_at")
        constraints = (
            models.UniqueConstraint(fields=["team", "shape"], name="one_memory_per_header"),
        )

    class Privacy:
        erased: frozenset[str] = frozenset()
        kept = frozenset("id team shape columns choices used_at".split())

    def __str__(self) -> str:
        return f"known header row {self.pk} of team {self.team_id}"
