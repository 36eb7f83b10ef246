"""A team's rules for keeping, what falls due under them, and what was destroyed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consentkit.confidential.fields import SealedText
from consentkit.teams.models import Team, User


class What(models.TextChoices):
    """What a rule is about. Each has a day from which its months are counted."""

    CASES = "cases", _("closed cases")
    FORMER = "former", _("former clients without cases")
    DECLINED = "declined", _("declined intakes")
    UNFINISHED = "unfinished", _("intakes that nobody finished")


class Action(models.TextChoices):
    """What happens when the months are over."""

    KEEP = "keep", _("keep")
    REVIEW = "review", _("somebody decides")
    ANONYMISE = "anonymise", _("anonymise")
    DESTROY = "destroy", _("destroy")


class RetentionRule(models.Model):
    """One rule of a team. A rule that is replaced stays on record.

    ``outcome`` narrows closed cases to an ending; the rule without one is for all the others.
    ``notice`` is how many days people have to object before it is carried out by itself.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="retention_rules")
    what = models.CharField(max_length=10, choices=What)
    outcome = models.CharField(max_length=20, blank=True)
    months = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=9, choices=Action)
    notice = models.PositiveSmallIntegerField(default=14)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        ordering = ("team", "what", "outcome", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["team", "what", "outcome"],
                condition=Q(ended_at=None),
                name="one_retention_rule_at_a_time",
            ),
        )

    class Privacy:
        erased = frozenset({"by"})
        kept = frozenset("id team what outcome months action notice made_at ended_at".split())

    def __str__(self) -> str:
        return f"retention rule {self.pk} of team {self.team_id}"


class Destruction(models.Model):
    """What was destroyed or anonymised at once: a certificate that names nobody.

    ``numbers`` are those of the matters, ``counts`` how many rows of each table went, ``sha256``
    the hash of both with the rule. ``decided_by`` is None where the rule was carried out by itself.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="destructions")
    rule = models.ForeignKey(RetentionRule, models.PROTECT, related_name="destructions")
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=9, choices=Action)
    numbers = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("destruction")
        verbose_name_plural = _("destructions")
        ordering = ("-made_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["team", "number"], name="one_destruction_per_number"),
        )

    class Privacy:
        erased = frozenset({"decided_by"})
        kept = frozenset("id team rule number action numbers counts sha256 made_at".split())

    def __str__(self) -> str:
        return f"destruction {self.number} of team {self.team_id}"


class Falling(models.Model):
    """Something whose time of keeping is over under a rule, and what becomes of it.

    ``thing_id`` is the key of a case or a client, without a foreign key: the row outlives the
    thing. ``since`` is the day from which its months were counted, ``after`` the last
    day of the notice. ``keep_until`` is set where somebody decided to keep it longer.
    """

    class Thing(models.TextChoices):
        CASE = "case", _("case")
        CLIENT = "client", _("client")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waits for a decision, or for the end of the notice")
        KEPT = "kept", _("kept longer")
        DONE = "done", _("carried out")
        GONE = "gone", _("no longer due")

    team = models.ForeignKey(Team, models.CASCADE, related_name="fallings")
    rule = models.ForeignKey(RetentionRule, models.PROTECT, related_name="fallings")
    thing = models.CharField(max_length=6, choices=Thing)
    thing_id = models.BigIntegerField()
    since = models.DateField()
    after = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    keep_until = models.DateField(null=True)
    reason = SealedText(place="falling.reason", default="")
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    destruction = models.ForeignKey(Destruction, models.PROTECT, null=True, related_name="fallings")

    class Meta:
        verbose_name = _("what falls due")
        verbose_name_plural = _("what falls due")
        ordering = ("after", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["team", "thing", "thing_id"],
                condition=Q(state__in=["proposed", "kept"]),
                name="one_falling_at_a_time",
            ),
        )
        indexes = (models.Index(fields=["team", "state", "after"], name="falling_by_state"),)

    class Privacy:
        erased = frozenset({"reason", "decided_by"})
        kept = frozenset(
            "id team rule thing thing_id since after state keep_until made_at decided_at "
            "destruction".split()
        )

    def __str__(self) -> str:
        return f"{self.thing} {self.thing_id} falls due in team {self.team_id}"
