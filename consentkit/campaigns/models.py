"""Campaigns of a team, and who joined them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from consentkit.confidential.fields import SealedText
from consentkit.teams.models import Team, User


class Campaign(models.Model):
    """A letter that many people send: the same company, law and kind, each in their own name.

    ``intro`` is shown on its public page, ``house_text`` stands in every letter as a paragraph of
    the team's own. ``sending`` says who sends: the people themselves, or the team for them.
    """

    class Sending(models.TextChoices):
        SELF = "self", _("everybody sends their own letter")
        TEAM = "team", _("the team sends the letters")

    team = models.ForeignKey(Team, models.CASCADE, related_name="campaigns")
    slug = models.SlugField(max_length=60)
    title = models.CharField(_("title"), max_length=200)
    intro = models.TextField(_("introduction"), blank=True)
    platform = models.CharField(max_length=100)
    law = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=10, default="en")
    house_text = SealedText(_("house text"), place="campaign.house_text", default="", blank=True)
    sending = models.CharField(max_length=4, choices=Sending, default=Sending.SELF)
    mandate_needed = models.BooleanField(default=False)
    opens_on = models.DateField()
    closes_on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
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
            "id team slug title intro platform law kind language house_text sending mandate_needed "
            "opens_on closes_on made_at closed_at".split()
        )

    def __str__(self) -> str:
        return f"campaign {self.slug} of team {self.team_id}"
