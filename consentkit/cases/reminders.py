"""When somebody is to be reminded of a date, and of what; and the ledger of what was said.

A date of ours is reminded before it comes, a date of theirs when it comes and when it has passed.
The moments follow from the date alone, so a worker that was away for days knows what it missed.

``Reminder`` is the ledger. A worker claims what it is about to say by inserting the rows, which the
database lets only one worker do; a claim that its worker did not live to fulfil is taken over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from consentkit.teams.models import User

from .models import Case, Deadline, Reminder
from .posture import Stage
from .watchers import reached, silent, watchers

EMAIL = "email"
# What others are told where a date of a team's case was not acknowledged: see ``watch``.
SUPERVISORS, OWNERS = "silence.supervisors", "silence.owners"
ESCALATIONS = frozenset({SUPERVISORS, OWNERS})
# Dates that are worth no reminder: nobody has to do anything by them.
SILENT = frozenset({"extension_notice"})
# The hour, at the person's place, from which on the reminders of a day go out.
MORNING = 6
# The time zone in which a day begins first, in hours before UTC.
EASTERNMOST = 14
# A claim this old has lost its worker: a task ends after five minutes, and one e-mail is made and
# handed over in less.
STALE = timedelta(minutes=15)


@dataclass(frozen=True, order=True)
class Moment:
    """A day on which somebody is to be reminded, and the kind of the reminder."""

    on: date
    kind: str


def moments(deadline: Deadline, lead_days: Iterable[int]) -> list[Moment]:
    """Every reminder of a date, the earliest first; ``lead_days`` are days before one's own."""
    if deadline.key in SILENT:
        return []
    has_notice = deadline.is_law or deadline.key == "date_set"
    if deadline.is_ours and has_notice and not deadline.is_marker:
        before = [
            Moment(deadline.day - timedelta(days=days), f"before.{days}") for days in lead_days
        ]
        return sorted({*before, Moment(deadline.day, "today"), _missed(deadline)})
    if deadline.is_ours:
        return [Moment(deadline.day, "today")]
    return sorted({Moment(deadline.day, "theirs_today"), _missed(deadline, "theirs_missed")})


def _missed(deadline: Deadline, kind: str = "missed") -> Moment:
    return Moment(deadline.overdue_from or deadline.day + timedelta(days=1), kind)


def next_moment(deadline: Deadline, owner: User, after: date | None = None) -> date | None:
    """The next day on which a reminder of this date is due, None when there is none.

    Days before the date was known are past and gone. ``after`` is the last day that was dealt with.
    """
    if not deadline.is_open:
        return None
    coming = (moment.on for moment in _known(deadline, owner) if after is None or moment.on > after)
    return next(coming, None)


def planned(deadline: Deadline, case: Case) -> date | None:
    """The next day on which one of those who watch a date is to be reminded of it."""
    days = (next_moment(deadline, watcher) for watcher in watchers(case))
    return min((day for day in days if day is not None), default=None)


def _known(deadline: Deadline, owner: User) -> list[Moment]:
    first = owner.today(deadline.made_at)
    return [one for one in moments(deadline, owner.lead_days()) if one.on >= first]


def morning(owner: User, now: datetime) -> date:
    """The last day whose reminders may go out to a person now: it is morning there, or later."""
    local = now.astimezone(owner.zone())
    return (local - timedelta(hours=MORNING)).date()


# What is due --------------------------------------------------------------------------------------


def due(now: datetime) -> list[tuple[User, list[Deadline]]]:
    """The people to be reminded now, each with their dates, whoever has waited longest first.

    It reads what is due, however many dates there are: ``deadline_to_remind`` is an index of the
    dates that still have something to say, by the day they say it.
    """
    latest = (now + timedelta(hours=EASTERNMOST - MORNING)).date()
    found: dict[int, tuple[User, list[Deadline]]] = {}
    # What is sealed is left alone: most reminders do not name it.
    waiting = (
        Deadline.objects.filter(remind_on__lte=latest)
        .select_related("case__owner", "case__second")
        .defer("case__about", "case__hold_reason", "case__owner__name", "case__second__name")
        .order_by("remind_on", "day", "pk")
    )
    for deadline in waiting:
        assert deadline.remind_on is not None
        for person in watchers(deadline.case):
            if _is_due(deadline, person, morning(person, now)):
                found.setdefault(person.pk, (person, []))[1].append(deadline)
    return list(found.values())


def _is_due(deadline: Deadline, person: User, day: date) -> bool:
    """Whether something of a date may have to be said to somebody by a day; the ledger knows."""
    assert deadline.remind_on is not None
    if deadline.case.team_id is None:
        return deadline.remind_on <= day
    # ``remind_on`` may be the other one's, who has other days of notice, or lives elsewhere.
    return any(moment.on <= day for moment in _known(deadline, person))


def wants(owner: User) -> bool:
    """Whether a person gets e-mails about their cases."""
    return owner.remind and owner.is_active and owner.closed_at is None


# The ledger ---------------------------------------------------------------------------------------


def claim(
    owner: User, deadlines: Sequence[Deadline], *, now: datetime, message_id: str
) -> list[Reminder]:
    """Claim all that is due of some dates of one person; what came back is ours alone to say.

    ``message_id`` is that of the e-mail that will say it, made for this claim. What was said or
    claimed before stays as it is. What must not be said any more is void, and not in the answer.
    """
    day = morning(owner, now)
    within = reached(owner, [one.case for one in deadlines], now) if wants(owner) else set()
    Reminder.objects.bulk_create(
        [
            Reminder(
                deadline=deadline,
                kind=moment.kind,
                recipient=owner,
                channel=EMAIL,
                state=(
                    Reminder.State.CLAIMED if deadline.case_id in within else Reminder.State.VOID
                ),
                claimed_at=now,
                message_id=message_id,
            )
            # Always in the same order, so that two workers do not wait for each other.
            for deadline in sorted(deadlines, key=lambda one: one.pk)
            for moment in _known(deadline, owner)
            if moment.on <= day
        ],
        ignore_conflicts=True,
    )
    return _still_true(
        Reminder.objects.filter(
            deadline__in=deadlines, message_id=message_id, state=Reminder.State.CLAIMED
        ),
        now,
    )


def take_over(now: datetime) -> Iterator[list[Reminder]]:
    """Claims whose worker died, one e-mail after the other, the oldest first; ours alone now."""
    left = (
        Reminder.objects.filter(state=Reminder.State.CLAIMED, claimed_at__lt=now - STALE)
        .order_by("claimed_at", "message_id")
        .values_list("claimed_at", "message_id")
        .distinct()
    )
    for claimed_at, message_id in list(left):
        held = Reminder.objects.filter(
            state=Reminder.State.CLAIMED, claimed_at=claimed_at, message_id=message_id
        )
        # Whoever comes second finds that the time has changed.
        if held.update(claimed_at=now):
            yield _still_true(
                Reminder.objects.filter(
                    state=Reminder.State.CLAIMED, claimed_at=now, message_id=message_id
                ),
                now,
            )


def claim_silence(
    person: User, deadlines: Sequence[Deadline], kind: str, *, now: datetime, message_id: str
) -> list[Reminder]:
    """Claim telling somebody of dates that were not acknowledged, as ``claim`` does."""
    Reminder.objects.bulk_create(
        [
            Reminder(
                deadline=deadline,
                kind=kind,
                recipient=person,
                channel=EMAIL,
                claimed_at=now,
                message_id=message_id,
            )
            for deadline in sorted(deadlines, key=lambda one: one.pk)
        ],
        ignore_conflicts=True,
    )
    return _still_true(
        Reminder.objects.filter(message_id=message_id, state=Reminder.State.CLAIMED), now
    )


def _still_true(claimed: QuerySet[Reminder], now: datetime) -> list[Reminder]:
    """What may be said by what the tables say now; the rest becomes void."""
    said: list[Reminder] = []
    void: list[Reminder] = []
    rows = list(
        claimed.select_related("deadline__case__owner", "deadline__case__second", "recipient")
        .defer(
            "deadline__case__about",
            "deadline__case__hold_reason",
            "deadline__case__owner__name",
            "deadline__case__second__name",
            "recipient__name",
        )
        .order_by("deadline__day", "deadline__pk", "pk")
    )
    people = {row.recipient_id: row.recipient for row in rows}
    within = {
        pk: reached(person, [row.deadline.case for row in rows if row.recipient_id == pk], now)
        for pk, person in people.items()
    }
    unanswered = silent([row.deadline for row in rows if row.kind in ESCALATIONS])
    for row in rows:
        is_true = (
            row.deadline.is_open
            and row.deadline.case.stage != Stage.CLOSED
            and row.deadline.case_id in within[row.recipient_id]
            and (row.kind not in ESCALATIONS or row.deadline_id in unanswered)
        )
        (said if is_true and wants(row.recipient) else void).append(row)
    give_up(void)
    return said


def mark_sent(reminders: Sequence[Reminder], now: datetime) -> None:
    """The e-mail is out. That is so whatever became of the dates meanwhile."""
    Reminder.objects.filter(pk__in=[one.pk for one in reminders]).update(
        state=Reminder.State.SENT, sent_at=now
    )


def give_up(reminders: Sequence[Reminder]) -> None:
    """These will not be said."""
    if reminders:
        Reminder.objects.filter(pk__in=[one.pk for one in reminders]).update(
            state=Reminder.State.VOID
        )


def void_unsent(case: Case) -> None:
    """What was claimed and is not out yet falls away where its date moved, ended or was struck."""
    Reminder.objects.filter(
        Q(deadline__void=True) | Q(deadline__settled_on__isnull=False),
        deadline__case=case,
        state=Reminder.State.CLAIMED,
    ).update(state=Reminder.State.VOID)


def advance(owner: User, deadlines: Iterable[Deadline], now: datetime) -> None:
    """Let each date wait for its next moment. A date that changed meanwhile is left as it is."""
    told = list(deadlines)
    day = morning(owner, now)
    shared = [one for one in told if one.case.team_id is not None]
    left = _left(shared)
    for deadline in told:
        following = (
            left[deadline.pk] if deadline.pk in left else next_moment(deadline, owner, after=day)
        )
        is_as_it_was = Deadline.objects.filter(
            pk=deadline.pk, remind_on=deadline.remind_on, void=False, settled_on=None
        )
        if is_as_it_was.update(remind_on=following):
            deadline.remind_on = following


def _left(deadlines: Sequence[Deadline]) -> dict[int, date | None]:
    """Of dates that two people watch, the earliest moment that was not said to one of them."""
    if not deadlines:
        return {}
    said = set(
        Reminder.objects.filter(deadline__in=deadlines).values_list("deadline", "recipient", "kind")
    )
    return {
        one.pk: min(
            (
                moment.on
                for person in watchers(one.case)
                for moment in _known(one, person)
                if (one.pk, person.pk, moment.kind) not in said
            ),
            default=None,
        )
        for one in deadlines
    }


def replan(owner: User, now: datetime) -> None:
    """Count the coming reminders anew, after a person chose other days of notice or another place.

    What should have been said already stays due; what the new choice puts into the past is gone.
    """
    today = morning(owner, now)
    rows = (
        Deadline.objects.filter(
            Q(case__owner=owner) | Q(case__second=owner, case__team__isnull=False),
            void=False,
            settled_on=None,
        )
        .select_related("case__owner", "case__second")
        .defer("case__about", "case__hold_reason", "case__owner__name", "case__second__name")
    )
    changed = []
    for row in rows.exclude(remind_on__lte=today):
        people = [owner if one.pk == owner.pk else one for one in watchers(row.case)]
        days = (next_moment(row, one, after=morning(one, now)) for one in people)
        following = min((day for day in days if day is not None), default=None)
        if following != row.remind_on:
            row.remind_on = following
            changed.append(row)
    Deadline.objects.bulk_update(changed, ["remind_on"], batch_size=500)
