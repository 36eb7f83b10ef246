"""Intake by a link: somebody who wants help tells their matter alone, stopping and going on.

The link is the key: only a hash of its secret is kept, and what has been filled in is sealed. What
is handed in becomes a client at once, so that conflicts are searched before anybody reads it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consentkit.teams.access import require
from consentkit.teams.actions import NotPossible, hash_of
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .actions import Intake, taken_in
from .models import Client, IntakeLink

LASTS = timedelta(days=30)
# All that a link may keep before it is handed in, in letters.
ROOM = 60_000


@transaction.atomic
def ask(team: Team, *, by: User, language: str) -> tuple[IntakeLink, str]:
    """A link for one person; the second value is its secret, which is kept nowhere.

    ``language`` is that of the page, the consent and later the mandate.
    """
    require(by, Permission.CLIENTS, team)
    if language not in dict(settings.LANGUAGES):
        raise NotPossible(_("The page does not exist in this language."))
    secret, now = secrets.token_urlsafe(24), timezone.now()
    link = IntakeLink.objects.create(
        team=team,
        secret_hash=hash_of(secret),
        language=language,
        by=by,
        made_at=now,
        valid_until=now + LASTS,
    )
    note(team, "intake.asked", by=by, thing="intake", thing_id=link.pk)
    return link, secret


def waiting(team: Team) -> QuerySet[IntakeLink]:
    """The links of a team that nobody has handed in or withdrawn, and that still lead somewhere."""
    return IntakeLink.objects.filter(
        team=team,
        team__closed_at=None,
        finished_at=None,
        withdrawn_at=None,
        valid_until__gte=timezone.now(),
    )


def link_of(secret: str) -> IntakeLink | None:
    """The intake behind a link, if it can still be filled in."""
    link = IntakeLink.objects.select_related("team", "by").filter(secret_hash=hash_of(secret))
    return link.filter(
        team__closed_at=None,
        finished_at=None,
        withdrawn_at=None,
        valid_until__gte=timezone.now(),
    ).first()


@transaction.atomic
def keep(link: IntakeLink, answers: Mapping[str, str]) -> None:
    """Keep what has been filled in so far, complete or not. Raises NotPossible where it is over."""
    if sum(map(len, answers.values())) > ROOM:
        raise NotPossible(_("This is too long. Write the most important things."))
    _locked(link)
    link.answers = dict(answers)
    link.save(update_fields=["answers"])


@transaction.atomic
def hand_in(link: IntakeLink, intake: Intake, *, on: date) -> Client:
    """The intake is complete: a client now, whose conflicts are searched before anybody reads it.

    What the link kept is emptied. Raises NotPossible where it was handed in already.
    """
    _locked(link)
    client = taken_in(link.team, intake, by=None, on=on, how="link")
    link.client, link.finished_at, link.answers = client, timezone.now(), {}
    link.save(update_fields=["client", "finished_at", "answers"])
    note(link.team, "intake.handed_in", by=None, thing="client", thing_id=client.pk)
    return client


@transaction.atomic
def withdraw(link: IntakeLink, *, by: User) -> None:
    """The link leads nowhere any more, and what was filled in is gone."""
    require(by, Permission.CLIENTS, link.team)
    _locked(link)
    link.withdrawn_at, link.answers = timezone.now(), {}
    link.save(update_fields=["withdrawn_at", "answers"])
    note(link.team, "intake.withdrawn", by=by, thing="intake", thing_id=link.pk)


def forget_unfinished() -> int:
    """Empty the links whose time is over; how many there were. Safe to repeat."""
    over = IntakeLink.objects.filter(finished_at=None, valid_until__lt=timezone.now())
    emptied = 0
    for link in over.filter(withdrawn_at=None).iterator():
        link.withdrawn_at, link.answers = timezone.now(), {}
        link.save(update_fields=["withdrawn_at", "answers"])
        emptied += 1
    return emptied


def _locked(link: IntakeLink) -> None:
    """Hold the link, so that two windows do not hand it in twice."""
    held = IntakeLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    if held.finished_at or held.withdrawn_at or held.valid_until < timezone.now():
        raise NotPossible(_("This page has been handed in, or is over."))
