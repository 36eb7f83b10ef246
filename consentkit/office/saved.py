"""Saved views: a narrowed list under a name, one's own or shared with a team.

What is kept is a ``Selection``, so words that somebody searched for are never in it.
"""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consentkit.cases.selection import OWN, Selection
from consentkit.teams.access import memberships
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User

from .models import SavedView

LONGEST = 60  # characters of a name
MOST = 40  # views of somebody, and of a team


def views_of(user: User) -> QuerySet[SavedView]:
    """The views that somebody sees: their own, and those of their teams."""
    own = Q(owner=user, team=None)
    return SavedView.objects.filter(own | Q(team__in=memberships(user).values("team")))


def changeable(user: User) -> QuerySet[SavedView]:
    """The views that somebody may rename, move and delete: those that they made."""
    return views_of(user).filter(owner=user)


@transaction.atomic
def save(selection: Selection, name: str, *, by: User, team: Team | None = None) -> SavedView:
    """Keep a narrowed list under a name; with a team, for everybody in it. Raises NotPossible.

    A shared view shows cases of that team alone.
    """
    plain = _named(name)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if team is not None:
        if not memberships(by).filter(team=team).exists():
            raise NotPossible(_("Share a view with a team that you are in."))
        if selection.team not in ("", team.slug) or selection.team == OWN:
            raise NotPossible(_("This list shows cases that are not the team’s."))
        selection = replace(selection, team=team.slug)
    beside = SavedView.objects.filter(team=team) if team else by.saved_views.filter(team=None)
    if beside.count() >= MOST:
        raise NotPossible(_("There are too many saved views. Delete one first."))
    position = (beside.aggregate(last=Max("position"))["last"] or 0) + 1
    view = SavedView.objects.create(
        owner=by,
        team=team,
        name=plain,
        query=selection.query(),
        position=position,
        made_at=timezone.now(),
    )
    _leave(view, "view.shared", by)
    return view


@transaction.atomic
def rename(view: SavedView, name: str) -> None:
    """Give a view another name. Raises NotPossible."""
    view.name = _named(name)
    view.save(update_fields=["name"])


@transaction.atomic
def delete(view: SavedView, *, by: User) -> None:
    """Delete a view; the cases stay."""
    _leave(view, "view.deleted", by)
    view.delete()


@transaction.atomic
def move(view: SavedView, *, earlier: bool) -> None:
    """Let a view change places with the one before it, or the one after it."""
    owner = Q(team=view.team_id) if view.team_id else Q(team=None, owner=view.owner_id)
    beside = list(SavedView.objects.select_for_update().filter(owner).order_by("position", "pk"))
    at = next(place for place, one in enumerate(beside) if one.pk == view.pk)
    to = at - 1 if earlier else at + 1
    if 0 <= to < len(beside):
        beside[at], beside[to] = beside[to], beside[at]
    for position, one in enumerate(beside, start=1):
        SavedView.objects.filter(pk=one.pk).update(position=position)


def _named(name: str) -> str:
    plain = " ".join(name.split())
    if not plain:
        raise NotPossible(_("Give the view a name."))
    if len(plain) > LONGEST:
        raise NotPossible(_("A name has at most 60 characters."))
    return plain


def _leave(view: SavedView, action: str, by: User) -> None:
    if view.team is not None:
        note(view.team, action, by=by, details={"view": view.pk})
