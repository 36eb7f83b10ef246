"""Taking everything away: one case, or an account with all that belongs to it.

What is asked for goes at once, from every table. Only a case on hold stays until its day; then the
account is closed meanwhile: nobody can sign in, address and name are gone, and a daily task takes
the rest away when the last hold has ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from consentkit.cases import actions as cases
from consentkit.cases.assignment import leave_behind
from consentkit.cases.models import CalendarFeed, Case, Deadline, Digest, Reminder
from consentkit.confidential.sessions import SessionStore
from consentkit.letters.models import Letter
from consentkit.office.models import SavedView
from consentkit.office.tags import forget_unused
from consentkit.queue import forget
from consentkit.teams.actions import leave_all, run_alone_by
from consentkit.teams.models import User

from . import outbox
from .models import Attachment, Message

# The last day of a hold is over when it is over everywhere: last, twelve hours behind UTC.
WESTERNMOST = timedelta(hours=12)


@dataclass(frozen=True)
class Stays:
    """A case that stays for now."""

    company: str
    reference: str
    until: date
    reason: str


@dataclass(frozen=True)
class Outlook:
    """What goes when an account is deleted, in numbers, and what stays for now."""

    cases: int
    letters: int
    messages: int
    files: int
    held: tuple[Stays, ...]
    team_cases: int = 0  # that go to an owner of their team
    run_alone: tuple[str, ...] = ()  # teams without another owner: nothing goes before there is one


def is_held(case: Case, today: date) -> bool:
    """Whether a case has to be kept. The last day of a hold belongs to it."""
    return case.hold_until is not None and case.hold_until >= today


def outlook(user: User, today: date) -> Outlook:
    """What would go today, and what would stay and why."""
    held = list(Case.objects.filter(owner=user, team=None, hold_until__gte=today))
    stays = [case.pk for case in held]
    return Outlook(
        cases=Case.objects.filter(owner=user, team=None).exclude(pk__in=stays).count(),
        letters=Letter.objects.filter(case__owner=user, case__team=None)
        .exclude(case__in=stays)
        .count(),
        messages=Message.objects.filter(case__owner=user, case__team=None)
        .exclude(case__in=stays)
        .count(),
        files=Attachment.objects.filter(case__owner=user, case__team=None)
        .exclude(case__in=stays)
        .count(),
        held=tuple(
            Stays(case.company, case.reference, case.hold_until, case.hold_reason)
            for case in held
            if case.hold_until is not None
        ),
        team_cases=Case.objects.filter(owner=user, team__isnull=False).count(),
        run_alone=tuple(team.name for team in run_alone_by(user)),
    )


class OnlyOwner(Exception):
    """A team would be left without an owner."""


@transaction.atomic
def delete_case(case: Case, by: User, *, today: date | None = None) -> None:
    """Delete a case with its letters, messages, files and reminders.

    The door has asked before whether ``by`` may. Raises ``cases.actions.Held`` while it is on hold.
    """
    delete_cases([case], by, today=today or by.today(timezone.now()))


@transaction.atomic
def delete_cases(found: Iterable[Case], by: User | None, *, today: date) -> dict[str, int]:
    """Delete some cases as ``delete_case`` does; how many rows went, by the name of their table."""
    told: dict[str, int] = {}
    every = list(found)
    _forget_traces([case.pk for case in every])
    for case in every:
        for table, number in cases.delete(case, on=today, by=by).items():
            told[table] = told.get(table, 0) + number
    forget_unused()
    return told


@transaction.atomic
def delete_account(user: User, *, now: datetime) -> Outlook:
    """Delete an account: at once what nothing keeps. Gives what went, and what stays and why.

    Cases of teams are the teams': an owner of each takes them. Raises OnlyOwner where there is
    none.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    told = outlook(user, user.today(now))
    if told.run_alone:
        raise OnlyOwner(f"{user} alone runs a team")
    leave_behind(
        user, memo=gettext("Whoever answered for this case has left."), on=timezone.localdate(now)
    )
    leave_all(user)
    _forget_mail(_mail_of(user), user.email)
    _forget_log_entries(user)
    _delete_cases(user, user.today(now))
    if not told.held:
        _end_sessions(user)
        user.delete()
        return told
    _close(user, now)
    return told


@transaction.atomic
def finish_erasures(now: datetime) -> None:
    """Take away what stayed of closed accounts and is not kept any longer. Safe to repeat."""
    for user in User.objects.select_for_update().exclude(closed_at=None):
        _delete_cases(user, (now - WESTERNMOST).date())
        if not Case.objects.filter(owner=user, team=None).exists():
            user.delete()


def _delete_cases(user: User, today: date) -> None:
    every = Case.objects.filter(owner=user, team=None).select_for_update()
    keys = [case.pk for case in every if not is_held(case, today)]
    _forget_traces(keys)
    Case.objects.filter(pk__in=keys).delete()
    forget_unused()


def _forget_traces(keys: list[int]) -> None:
    """Forget what lies of some cases outside of their own tables."""
    forget("deliver", list(Message.objects.filter(case__in=keys).values_list("pk", flat=True)))
    _forget_mail(Message.objects.filter(case__in=keys).values_list("message_id", flat=True))


# The account --------------------------------------------------------------------------------------


def _close(user: User, now: datetime) -> None:
    """Empty an account whose cases are not all gone."""
    _end_sessions(user)
    SavedView.objects.filter(owner=user).delete()
    for model in (EmailAddress, Authenticator, UserSession, CalendarFeed):
        model._default_manager.filter(user=user).delete()
    Digest.objects.filter(recipient=user).delete()
    Reminder.objects.filter(recipient=user).delete()
    # Nothing moves any more in what is only kept.
    Deadline.objects.filter(case__owner=user, case__team=None).update(remind_on=None)
    Message.objects.filter(
        case__owner=user, case__team=None, state__in=(Message.State.QUEUED, Message.State.CLAIMED)
    ).update(state=Message.State.STOPPED)
    for name in User.Privacy.erased:
        field = User._meta.get_field(name)
        if field.many_to_many:
            getattr(user, name).clear()
        else:
            setattr(user, name, field.get_default())  # type: ignore[union-attr]
    # An address is unique, so that it cannot be empty; this one belongs to nobody.
    user.email = f"closed-{user.pk}@invalid"
    user.password = make_password(None)
    user.is_active = user.is_staff = user.is_superuser = False
    user.closed_at = now
    user.save()


def _forget_log_entries(user: User) -> None:
    """Forget what the back office noted of somebody, and of what they did there."""
    theirs = ContentType.objects.get_for_model(User)
    about = Q(content_type=theirs, object_id=str(user.pk))
    LogEntry.objects.filter(about | Q(user=user)).delete()


def _end_sessions(user: User) -> None:
    """End every session of a person, those in which they are only signing in included."""
    ended, store = [], SessionStore()
    for session in Session.objects.iterator():
        told = store.decode(session.session_data)
        is_theirs = told.get("_auth_user_id") == str(user.pk)
        if is_theirs or user.email in json.dumps(told, ensure_ascii=False, default=str).lower():
            ended.append(session.pk)
    Session.objects.filter(pk__in=ended).delete()


def _mail_of(user: User) -> set[str]:
    """The ids of the e-mails that went to a person."""
    return {
        *Reminder.objects.filter(recipient=user).values_list("message_id", flat=True),
        *Digest.objects.filter(recipient=user).values_list("message_id", flat=True),
    } - {""}


def _forget_mail(ids: Iterable[str], address: str = "") -> None:
    """Delete from the outbox of a development site what has these ids, or goes to an address."""
    gone = set(ids)
    if settings.OUTBOX_FOLDER:
        transaction.on_commit(lambda: outbox.forget(gone, address))
