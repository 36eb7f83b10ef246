"""The dates of a person for their calendar program: a secret address, and what stands there.

Whoever has the address reads the dates. So only its hash is kept, it can be taken back, and it
names companies and laws only where the person chose that.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.translation import gettext, override

from consentkit.cases.models import CalendarFeed, Case, Deadline
from consentkit.cases.naming import STEPS, name_of
from consentkit.cases.reminders import SILENT
from consentkit.teams.models import User

from .calendar import Entry, calendar
from .mailings import address_of, language_of, title_of

# How often a calendar program should look again, and how long it is told that a date has gone.
REFRESH = timedelta(hours=6)
CANCELLED_FOR = timedelta(days=60)
# When a feed was last read is kept to the hour: reading it need not write each time.
READ_TO = timedelta(hours=1)


# The address --------------------------------------------------------------------------------------


def make_feed(user: User, now: datetime) -> str:
    """A new secret for a person's feed; the one before it is worthless from now on."""
    secret = token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        user=user,
        defaults={"secret_hash": _hash(secret), "made_at": now, "read_at": None},
    )
    return secret


def path_of(secret: str) -> str:
    """Where the feed stands on the site, in no language of its own."""
    return reverse("calendar", args=[secret])


def revoke_feed(user: User) -> None:
    """Let the address of a person's feed lead nowhere."""
    CalendarFeed.objects.filter(user=user).delete()


def choose_names(user: User, names: bool) -> None:
    """Whether the feed names companies and laws."""
    CalendarFeed.objects.filter(user=user).update(names=names)


def feed_of(secret: str) -> CalendarFeed | None:
    """The feed with a secret, found by its hash."""
    return (
        CalendarFeed.objects.select_related("user")
        .filter(secret_hash=_hash(secret), user__is_active=True, user__closed_at=None)
        .first()
    )


def was_read(feed: CalendarFeed, now: datetime) -> None:
    """Note that somebody's program came by, so that they can see whether one still does."""
    stale = Q(read_at=None) | Q(read_at__lt=now - READ_TO)
    CalendarFeed.objects.filter(stale, pk=feed.pk).update(read_at=now)


def _hash(secret: str) -> str:
    # The secret is 256 random bits: nothing slower is needed to keep it from being guessed.
    return sha256(secret.encode()).hexdigest()


# What stands there --------------------------------------------------------------------------------


def edition_of(feed: CalendarFeed, now: datetime) -> str:
    """Changes whenever the feed does, and costs one query: what a program need not read again."""
    cases = Case.objects.visible_to(feed.user).aggregate(last=Max("changed_at"), number=Count("pk"))
    told = [cases, feed.pk, feed.names, language_of(feed.user), now.date()]
    return sha256(repr(told).encode()).hexdigest()[:32]


def feed_file(feed: CalendarFeed, now: datetime) -> bytes:
    """Everything that has a date, and for a while what had one."""
    # What was over before there was a feed has never been told, so it need not be taken back.
    since = max(feed.made_at, now - CANCELLED_FOR)
    with override(language_of(feed.user)):
        rows = (
            Deadline.objects.filter(case__in=Case.objects.visible_to(feed.user))
            .filter(Q(void=False, settled_on=None) | Q(case__changed_at__gte=since))
            .exclude(key__in=SILENT)
            .order_by("case__pk", "key", "right", "letter", "sequence", "day")
        )
        return calendar(
            entries(rows, names=feed.names),
            name=gettext("Dates of my cases"),
            made_at=now,
            refresh=REFRESH,
        )


def date_file(deadline: Deadline, *, names: bool, now: datetime) -> bytes:
    """One date by itself, in the active language."""
    name = gettext("A date in one of your cases")
    return calendar(entries([deadline], names=names), name=name, made_at=now)


def entries(rows: Iterable[Deadline], *, names: bool) -> list[Entry]:
    """An entry for each date, however often it moved. Where it is over, the entry is cancelled."""
    latest: dict[tuple[int, str, str, int], Deadline] = {}
    for row in rows:
        identity = (row.case_id, row.key, row.right, row.letter)
        before = latest.get(identity)
        if before is None or (row.is_open, row.sequence) >= (before.is_open, before.sequence):
            latest[identity] = row
    cases = Case.objects.defer(*(() if names else ("about",)), "hold_reason").in_bulk(
        {row.case_id for row in latest.values()}
    )
    return [_entry(row, cases[row.case_id], names) for row in latest.values()]


def _entry(row: Deadline, case: Case, names: bool) -> Entry:
    if names:
        summary = f"{title_of(case)}: {name_of(row.key)}"
    elif row.key in STEPS:
        summary = gettext("One of your cases: %(step)s") % {"step": name_of(row.key)}
    elif row.is_ours:
        summary = gettext("One of your cases: a date of yours")
    else:
        summary = gettext("One of your cases: a date of theirs")
    told = [gettext("What it is and how it is counted stands in your case.")]
    if row.provisional:
        told.append(gettext("The date is provisional: your letter's arrival is not proven."))
    if row.disputed:
        told.append(gettext("The date can be argued about."))
    return Entry(
        day=row.day,
        summary=summary,
        description="\n".join(told),
        subject=("case", case.code, row.key, row.right, str(row.letter)),
        sequence=row.sequence,
        cancelled=not row.is_open,
        changed_at=case.changed_at,
        address=address_of("case", case.code),
    )
