"""What a person has to look at: late dates, coming ones, cases without a date, doubtful messages.

The daily digest sends it, the page "Dates" shows it. It is read from the tables of cases alone, so
it is right whether the queue runs or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from consentkit.cases.models import Case, Deadline
from consentkit.cases.reminders import EASTERNMOST, SILENT
from consentkit.teams.models import User

from .models import Message

# How far ahead somebody looks who wants no notice of their own dates.
AT_LEAST = 3
# How many dates of a kind are listed: a list that nobody can read to its end helps nobody.
MOST = 100


@dataclass
class Agenda:
    """``late`` and ``soon`` begin with the oldest."""

    owner: User
    late: list[Deadline] = field(default_factory=list)
    soon: list[Deadline] = field(default_factory=list)
    undated: list[Case] = field(default_factory=list)
    uncertain: list[Message] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.late or self.soon or self.undated or self.uncertain)


def days_ahead(owner: User) -> int:
    """How many days ahead the dates of a person are shown."""
    return max([AT_LEAST, *owner.lead_days()])


def agenda(owner: User, now: datetime) -> Agenda:
    """What one person has to look at, in a constant number of queries.

    Of somebody with more cases than fit it reads those that have waited longest, and those that
    come first.
    """
    today = owner.today(now)
    cases = Case.objects.visible_to(owner).order_by("next_on").values_list("pk", flat=True)
    past = cases.filter(next_on__lt=today)[:MOST]
    coming = cases.filter(
        next_on__gte=today, next_on__lte=today + timedelta(days=days_ahead(owner))
    )[:MOST]
    found = _agendas(now, Q(case__in=[*past, *coming]), Q(owner=owner), Q(case__owner=owner))
    return next(iter(found), Agenda(owner))


def agendas(now: datetime) -> list[Agenda]:
    """The agendas of everybody who has something to look at."""
    return _agendas(now, Q(), Q(), Q())


def _agendas(now: datetime, dates: Q, cases: Q, messages: Q) -> list[Agenda]:
    found: dict[int, Agenda] = {}

    def of(owner: User) -> Agenda:
        return found.setdefault(owner.pk, Agenda(owner))

    for deadline in _dates(dates, now):
        owner = deadline.case.owner
        today = owner.today(now)
        if deadline.is_overdue(today):
            of(owner).late.append(deadline)
        elif deadline.day <= today + timedelta(days=days_ahead(owner)) and (
            deadline.day >= today or not deadline.is_marker
        ):
            of(owner).soon.append(deadline)
    undated = Case.objects.without_next_date().filter(cases).select_related("owner")
    for case in undated.order_by("created_at", "pk"):
        of(case.owner).undated.append(case)
    uncertain = Message.objects.filter(messages, outgoing=True, state=Message.State.UNCERTAIN)
    for message in uncertain.select_related("case__owner").defer("headers", "text", "html", "raw"):
        of(message.case.owner).uncertain.append(message)
    return list(found.values())


def _dates(whose: Q, now: datetime) -> Iterable[Deadline]:
    leads = User.objects.values_list("lead", flat=True).distinct()
    farthest = max([AT_LEAST, *(days for lead in leads for days in User(lead=lead).lead_days())])
    latest = (now + timedelta(hours=EASTERNMOST)).date() + timedelta(days=farthest)
    return (
        Deadline.objects.filter(whose, void=False, settled_on=None, day__lte=latest)
        .exclude(key__in=SILENT)
        .select_related("case__owner")
        # What is sealed is left alone: who wants names asks for them.
        .defer("case__about", "case__hold_reason", "case__owner__name")
        .order_by("day", "pk")
    )
