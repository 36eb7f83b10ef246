"""Which cases: a choice as a value that can be kept, put into an address and handed to workers.

Lists, saved views, the bars of a dashboard and work on many cases all say by it which cases they
mean. Nothing in it is personal: people and tags stand in it by number, and words that somebody
searches for never do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from consentkit.law.statutes import LAWS
from consentkit.law.vocabulary import Party
from consentkit.teams.models import Membership, Team, User
from consentkit.teams.roles import Permission

from .log import Label
from .models import Case, CaseQuerySet
from .posture import OWN_TIME, Stage

OWN = "-"  # no team's slug: somebody's own cases
NOBODY = "nobody"  # no user's number: nobody in the team answers for it
WEEK = timedelta(days=7)

# Dates that somebody has to do something about themselves.
OURS = (
    frozenset(OWN_TIME)
    | {"own_reminder", "date_set"}
    | {duty.key for law in LAWS.values() for duty in law.duties if duty.owed_by is Party.YOU}
)
TO_DO = frozenset(OWN_TIME) - {"look_again"} | {"own_reminder", "date_set", "confirm_cost"}
WAITING = (Stage.SENT, Stage.WAITING, Stage.EXTENDED, Stage.APPEALED, Stage.COMPLAINED)
YOUR_TURN = (Stage.DRAFT, Stage.RETURNED, Stage.ASKED, Stage.PARTIAL, Stage.REFUSED, Stage.ANSWERED)

# The choices that stand above the list, and those that only a link leads to.
TABS: dict[str, Label] = {
    "open": _("Open"),
    "late": _("Late"),
    "week": _("Next 7 days"),
    "you": _("Your turn"),
    "waiting": _("Waiting for them"),
    "closed": _("Closed"),
    "all": _("All"),
}
SHOW: dict[str, Label] = {
    **TABS,
    "today": _("Today"),
    "ours": _("Next date is ours"),
    "theirs": _("Next date is theirs"),
    "nostep": _("Without a next date"),
    "today_ours": _("Today, and ours"),
    "today_theirs": _("Today, and theirs"),
    "week_ours": _("Next 7 days, and ours"),
    "week_theirs": _("Next 7 days, and theirs"),
}


def _late(today: date) -> Q:
    return Q(late_from__lte=today) & _open(today)


def _open(today: date) -> Q:
    return ~Q(stage=Stage.CLOSED)


def _ours(today: date) -> Q:
    return Q(next_on__isnull=False, next_key__in=OURS)


def _theirs(today: date) -> Q:
    return Q(next_on__isnull=False) & ~Q(next_key__in=OURS)


def _today(today: date) -> Q:
    return Q(next_on=today)


def _week(today: date) -> Q:
    return Q(next_on__gte=today, next_on__lte=today + WEEK)


SHOWN: dict[str, Callable[[date], Q]] = {
    "open": _open,
    "late": _late,
    "week": _week,
    "you": lambda today: Q(stage__in=YOUR_TURN) | Q(next_key__in=TO_DO) | _late(today),
    "waiting": lambda today: Q(stage__in=WAITING),
    "closed": lambda today: Q(stage=Stage.CLOSED),
    "all": lambda today: Q(),
    "today": _today,
    "ours": _ours,
    "theirs": _theirs,
    "nostep": lambda today: Q(next_on=None) & _open(today),
    "today_ours": lambda today: _today(today) & _ours(today),
    "today_theirs": lambda today: _today(today) & _theirs(today),
    "week_ours": lambda today: _week(today) & _ours(today),
    "week_theirs": lambda today: _week(today) & _theirs(today),
}

SLUG = re.compile(r"[-\w]{1,100}", re.ASCII)
NUMBER = re.compile(r"[1-9][0-9]{0,14}")


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


# What each part has to be; anything else narrows nothing.
SHAPES: dict[str, Callable[[str], bool]] = {
    "team": lambda value: value == OWN or bool(SLUG.fullmatch(value)),
    "show": SHOW.__contains__,
    "stage": {str(one) for one in Stage}.__contains__,
    "platform": lambda value: bool(SLUG.fullmatch(value)),
    "law": LAWS.__contains__,
    "campaign": lambda value: bool(SLUG.fullmatch(value)),
    "who": lambda value: value == NOBODY or bool(NUMBER.fullmatch(value)),
    "tag": lambda value: bool(NUMBER.fullmatch(value)),
    "step": lambda value: bool(SLUG.fullmatch(value)),
    "review": lambda value: value == "waiting",
    "outcome": lambda value: bool(SLUG.fullmatch(value)),
    "since": _is_day,
    "until": _is_day,
}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """A choice of cases; whatever is empty narrows nothing.

    ``team`` and ``campaign`` are slugs (``OWN``: somebody's own cases), ``show`` is a key of
    ``SHOW``, ``who`` the number of whoever answers for a case or ``NOBODY``, ``tag`` a tag's
    number, ``step`` the key of the next date, ``review`` ``waiting`` for cases with a letter that
    waits for review. ``since`` and ``until`` are the days, both included, on which a case was
    opened.
    """

    team: str = ""
    show: str = ""
    stage: str = ""
    platform: str = ""
    law: str = ""
    campaign: str = ""
    who: str = ""
    tag: str = ""
    step: str = ""
    review: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def from_query(cls, told: Mapping[str, object]) -> Selection:
        """What the parameters of an address say. What cannot be understood narrows nothing."""
        found = {name: str(told.get(name) or "") for name in SHAPES}
        return cls(
            **{name: value for name, value in found.items() if value and SHAPES[name](value)}
        )

    def query(self) -> str:
        """The parameters of an address that say the same."""
        return urlencode(self.parts())

    def parts(self) -> dict[str, str]:
        """What is not empty, by name."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in found.items() if value}

    @property
    def shown(self) -> str:
        """Which of the choices of ``SHOW`` it is: what is asked for, or else the open cases."""
        return self.show or ("all" if self.stage or self.outcome else "open")

    @property
    def is_narrowed(self) -> bool:
        """Whether it is more than one of the choices of ``SHOW``."""
        return bool(self.parts().keys() - {"show"})

    @property
    def newest_first(self) -> bool:
        """Whether its cases have no next date to be in the order of: they are then by age."""
        return self.shown in ("closed", "all", "nostep")

    def cases(self, user: User, permission: Permission, today: date) -> CaseQuerySet:
        """The cases that it lets through, of those with which somebody may do something."""
        found = Case.objects.within(user, permission).filter(SHOWN[self.shown](today))
        for name, value in self.parts().items():
            if name in CONDITIONS:
                found = found.filter(CONDITIONS[name](value, today))
        return found


def _team(slug: str, today: date) -> Q:
    # As one value, so that the index that begins with the team is used.
    return Q(team=None) if slug == OWN else Q(team=Team.objects.filter(slug=slug).values("pk")[:1])


def _who(number: str, today: date) -> Q:
    if number != NOBODY:
        return Q(owner=int(number))
    in_force = Membership.objects.filter(
        Q(expires_on=None) | Q(expires_on__gte=today),
        team=OuterRef("team"),
        user=OuterRef("owner"),
        ended_at=None,
    )
    return Q(~Exists(in_force), team__isnull=False)


def _in_review(state: str, today: date) -> Q:
    # Reviews belong to letters, which lie above: the way there is by name.
    return Q(pk__in=Case.objects.filter(letters__reviews__state=state).values("pk"))


CONDITIONS: dict[str, Callable[[str, date], Q]] = {
    "team": _team,
    "stage": lambda value, today: Q(stage=value),
    "platform": lambda value, today: Q(platform=value),
    "law": lambda value, today: Q(law=value),
    "campaign": lambda value, today: Q(campaign__slug=value),
    "who": _who,
    "tag": lambda value, today: Q(tags=int(value)),
    "step": lambda value, today: Q(next_key=value),
    "review": _in_review,
    "outcome": lambda value, today: Q(outcome=value),
    "since": lambda value, today: Q(opened_on__gte=date.fromisoformat(value)),
    "until": lambda value, today: Q(opened_on__lte=date.fromisoformat(value)),
}
