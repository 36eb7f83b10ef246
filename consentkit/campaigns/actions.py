"""Setting a campaign up, opening it, pausing and closing it. The only code that writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from consentkit.letters.models import HouseText
from consentkit.letters.role import stage_of
from consentkit.letters.texts import Stage, text_of
from consentkit.platforms.models import Platform
from consentkit.teams.access import require
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .checks import fit
from .models import Campaign

# Facts that nobody is asked for: they follow from who joins and how.
NEVER_ASKED = frozenset({"relation", "acts_as", "person_name", "person_born", "authenticated"})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a coordinator decides. ``languages`` are those of the letter, the first one first."""

    title: str
    platform: str
    law: str
    kind: str
    languages: Sequence[str]
    opens_on: date
    want: str = ""
    intro: str = ""
    sending: str = Campaign.Sending.SELF
    questions: Sequence[str] = ()
    house: HouseText | None = None
    closes_on: date | None = None


# What people have read, signed or been promised: it stays as it is once the campaign was open.
SETTLED = ("platform", "law", "kind", "sending")


@transaction.atomic
def make(team: Team, plan: Plan, *, by: User) -> Campaign:
    """A new campaign, as a draft. Raises NotPossible where it could not work."""
    require(by, Permission.CAMPAIGNS, team)
    campaign = Campaign(team=team, slug=_new_slug(team, plan.title), by=by, made_at=timezone.now())
    _take(campaign, plan)
    campaign.save()
    note(team, "campaign.made", by=by, thing="campaign", thing_id=campaign.pk)
    return campaign


@transaction.atomic
def change(campaign: Campaign, plan: Plan, *, by: User) -> None:
    """Change a campaign. Raises NotPossible where it could not work any more, or is settled."""
    require(by, Permission.CAMPAIGNS, campaign.team)
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if locked.opened_at and any(getattr(plan, name) != getattr(locked, name) for name in SETTLED):
        raise NotPossible(
            _("It has been open: company, letter and who sends it stay as people have read them.")
        )
    _take(campaign, plan)
    campaign.save()
    note(campaign.team, "campaign.changed", by=by, thing="campaign", thing_id=campaign.pk)


def _take(campaign: Campaign, plan: Plan) -> None:
    if not plan.title.strip():
        raise NotPossible(_("Give the campaign a title."))
    if not plan.languages:
        raise NotPossible(_("Choose a language for the letter."))
    if plan.closes_on and plan.closes_on < plan.opens_on:
        raise NotPossible(_("It cannot close before it opens."))
    if plan.house is not None and plan.house.team_id != campaign.team_id:
        raise NotPossible(_("Choose a house text of the team."))
    try:
        found = fit(
            platform=plan.platform,
            law=plan.law,
            kind=plan.kind,
            wanted=plan.languages,
            on=plan.opens_on,
        )
    except (LookupError, Platform.DoesNotExist):
        raise NotPossible(_("There is no such letter or company.")) from None
    if not found.works or stage_of(plan.law, plan.kind) is not Stage.OPENING:
        raise NotPossible(_("This letter cannot be sent from anywhere in this language."))
    if plan.sending == Campaign.Sending.TEAM and found.is_for_children:
        raise NotPossible(_("Under this law a parent writes for a child, so they send themselves."))
    askable = text_of(plan.law, plan.kind, plan.languages[0]).facts()
    for name in ("title", "intro", "platform", "law", "kind", "want", "sending"):
        setattr(campaign, name, getattr(plan, name))
    campaign.languages, campaign.language = list(plan.languages), plan.languages[0]
    campaign.questions = [key for key in plan.questions if key in askable]
    campaign.house, campaign.opens_on, campaign.closes_on = (
        plan.house,
        plan.opens_on,
        plan.closes_on,
    )
    # No letter of a client goes out without their mandate (letters/authority.py).
    campaign.mandate_needed = plan.sending == Campaign.Sending.TEAM


def questions_of(law: str, kind: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The facts that a letter cannot do without, and those that people can be asked for besides."""
    text = text_of(law, kind, language)
    return (
        tuple(key for key in text.needs if key not in NEVER_ASKED),
        tuple(key for key in text.asks if key not in NEVER_ASKED),
    )


def _new_slug(team: Team, title: str) -> str:
    base = slugify(title)[:50] or "campaign"
    slug, number = base, 1
    while Campaign.objects.filter(team=team, slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return slug


# Open, paused, closed -----------------------------------------------------------------------------


def open_(campaign: Campaign, *, by: User) -> None:
    """Let people join, from the day on which it opens; also after a pause, or anew."""
    require(by, Permission.CAMPAIGNS, campaign.team)
    if campaign.closes_on and campaign.closes_on < timezone.localdate():
        raise NotPossible(_("Its last day is over. Choose a later one first."))
    opened = campaign.opened_at or timezone.now()
    _set(campaign, "campaign.opened", by, opened_at=opened, paused_at=None, closed_at=None)


def pause(campaign: Campaign, *, by: User) -> None:
    """Let nobody join for a while. What has begun goes on."""
    require(by, Permission.CAMPAIGNS, campaign.team)
    if not campaign.opened_at or campaign.closed_at:
        raise NotPossible(_("Only an open campaign can be paused."))
    _set(campaign, "campaign.paused", by, paused_at=timezone.now())


def close(campaign: Campaign, *, by: User) -> None:
    """Let nobody join any more. Its cases go on."""
    require(by, Permission.CAMPAIGNS, campaign.team)
    if not campaign.opened_at:
        raise NotPossible(_("It has never been open."))
    _set(campaign, "campaign.closed", by, closed_at=timezone.now(), paused_at=None)


@transaction.atomic
def _set(campaign: Campaign, action: str, by: User, **values: object) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(**values)
    campaign.refresh_from_db()
    note(campaign.team, action, by=by, thing="campaign", thing_id=campaign.pk)


def count_letter(campaign: Campaign) -> None:
    """Count a letter that somebody took away. Who it was is not known, and not asked."""
    Campaign.objects.filter(pk=campaign.pk).update(letters_made=F("letters_made") + 1)
