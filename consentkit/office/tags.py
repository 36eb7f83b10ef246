"""Tags on cases: the team's on its cases, somebody's own on their own. The only code that writes
them.

A tag without a case is gone, so the tags in use are all there are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case
from consentkit.teams.access import reach, sees_all
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .models import Tag, Tagged

LONGEST = 40  # characters of a tag
MOST = 12  # tags of a case
ALL = 300  # tags of a team, or of somebody


def normal(name: str) -> str:
    """A tag as it is kept: one line, single spaces, no punctuation around it.

    Raises NotPossible where nothing is left, or too much.
    """
    plain = " ".join(unicodedata.normalize("NFC", name).split()).strip(" ,;#")
    if not plain or any(unicodedata.category(one) == "Cc" for one in plain):
        raise NotPossible(_("Write down a tag."))
    if len(plain) > LONGEST:
        raise NotPossible(_("A tag has at most 40 characters."))
    return plain


def split(text: str) -> list[str]:
    """Several tags typed into one field, with commas or lines between them."""
    names = [one for one in text.replace("\n", ",").replace(";", ",").split(",") if one.strip()]
    return list({name.casefold(): name for name in map(normal, names)}.values())


def in_use(user: User, teams: Iterable[Team]) -> QuerySet[Tag]:
    """Somebody's own tags, and those of some teams on cases that they may see.

    A tag may be a name, so one that stands only on cases out of reach is not told.
    """
    seen = Q(owner=user)
    for team in teams:
        ours = Q(team=team)
        if not sees_all(user, Permission.VIEW, team):
            reached = Case.objects.filter(reach(user, Permission.VIEW), pk=OuterRef("case"))
            tagged = Tagged.objects.filter(Exists(reached), tag=OuterRef("pk"))
            ours &= Q(Exists(tagged))
        seen |= ours
    return Tag.objects.filter(seen)


@transaction.atomic
def put(cases: Iterable[Case], names: Sequence[str], *, by: User) -> int:
    """Put tags on cases of which ``by`` may record something; how many cases there were.

    Raises NotPossible where there are too many.
    """
    wanted = {name.casefold(): name for name in map(normal, names)}
    if not wanted:
        raise NotPossible(_("Write down a tag."))
    done = 0
    for owner, mine in _by_owner(cases, by):
        known = _locked(owner)
        tags = [known.get(key) or _new(owner, name, known) for key, name in wanted.items()]
        Tagged.objects.bulk_create(
            [Tagged(tag=tag, case=case) for case in mine for tag in tags], ignore_conflicts=True
        )
        _not_too_many(mine)
        _leave(owner, "cases.tagged", mine, by)
        done += len(mine)
    return done


@transaction.atomic
def take_off(cases: Iterable[Case], names: Sequence[str], *, by: User) -> int:
    """Take tags off cases; how many cases there were. One that no case has any more is gone."""
    wanted = {normal(name).casefold() for name in names}
    done = 0
    for owner, mine in _by_owner(cases, by):
        tags = [tag for key, tag in _locked(owner).items() if key in wanted]
        Tagged.objects.filter(tag__in=tags, case__in=mine).delete()
        Tag.objects.filter(pk__in=[tag.pk for tag in tags], cases=None).delete()
        _leave(owner, "cases.untagged", mine, by)
        done += len(mine)
    return done


def forget_unused() -> None:
    """Take away the tags whose last case is gone; a name may be the last word of somebody."""
    Tag.objects.filter(cases=None).delete()


Owner = Team | User


def _by_owner(cases: Iterable[Case], by: User) -> list[tuple[Owner, list[Case]]]:
    """The cases that somebody may change, by whose tags they have."""
    keys = [one.pk for one in cases]
    found: dict[Owner, list[Case]] = {}
    mine = Case.objects.within(by, Permission.RECORD).filter(pk__in=keys)
    for case in mine.select_related("team").defer("about", "hold_reason").order_by("pk"):
        found.setdefault(case.team or by, []).append(case)
    return list(found.items())


def _locked(owner: Owner) -> dict[str, Tag]:
    """The tags of a team or of somebody, to which nobody adds until this transaction ends."""
    if isinstance(owner, Team):
        Team.objects.select_for_update(no_key=True).get(pk=owner.pk)
        tags = Tag.objects.filter(team=owner)
    else:
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)
        tags = Tag.objects.filter(owner=owner)
    return {tag.name.casefold(): tag for tag in tags}


def _new(owner: Owner, name: str, known: dict[str, Tag]) -> Tag:
    if len(known) >= ALL:
        raise NotPossible(_("There are too many tags already. Take some away first."))
    team = owner if isinstance(owner, Team) else None
    user = owner if isinstance(owner, User) else None
    tag = Tag.objects.create(team=team, owner=user, name=name, made_at=timezone.now())
    known[name.casefold()] = tag
    return tag


def _not_too_many(cases: Sequence[Case]) -> None:
    counted: dict[int, int] = {}
    for case in Tagged.objects.filter(case__in=cases).values_list("case", flat=True):
        counted[case] = counted.get(case, 0) + 1
    if any(number > MOST for number in counted.values()):
        raise NotPossible(_("A case has at most 12 tags."))


def _leave(owner: Owner, action: str, cases: Sequence[Case], by: User) -> None:
    if isinstance(owner, Team):
        note(owner, action, by=by, details={"cases": len(cases)})
