"""What a team has published of its statistics."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from consentkit.teams.models import Team, User


class Publication(models.Model):
    """The anonymised statistics of some quarters, as they were when they were made.

    A period is published once, and no two overlap: the difference between two publications would
    say something about a few cases. ``until`` is the last day of a quarter.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="publications")
    since = models.DateField()
    until = models.DateField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")
        ordering = ("-since",)
        constraints = (
            models.UniqueConstraint(fields=["team", "since"], name="one_publication_per_period"),
            models.CheckConstraint(
                condition=Q(until__gt=F("since")), name="publication_ends_after_it_starts"
            ),
        )

    class Privacy:
        erased = frozenset({"by"})
        kept = frozenset({"id", "team", "since", "until", "content", "sha256", "made_at"})

    def __str__(self) -> str:
        return f"publication of team {self.team_id} since {self.since}"
