"""Work on many cases at once, by the workers. ``jobs.py`` says what is done with one case.

A batch is cut into chunks of positions; a task is one chunk. Each case is claimed before anything
is done with it, so two workers on the same chunk share it, and a chunk that is handed out again
goes on where it was left. What killed its worker is taken up by ``requeue_unfinished``. One case
that fails does so alone, and says why.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.correspondence.actions import REASONS as OF_SENDING
from consentkit.queue import later
from consentkit.teams.access import require
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .jobs import AN_HOUR, JOBS, Held, Job, Problem, problem_of, sent_lately
from .models import Batch, BatchItem

logger = logging.getLogger(__name__)
State, ItemState = Batch.State, BatchItem.State

CHUNK = 25
MOST = 2000  # more letters in one file than an office prints in a day
# A task ends after five minutes, whatever it does (settings.Q_CLUSTER). Whoever has not finished
# after this time is dead.
GIVEN_UP = timedelta(minutes=10)
TRIES = 3
# What a batch takes up in each of its states, in which workers work on it.
TAKEN_UP = {State.CHECKING: ItemState.NEW, State.WORKING: ItemState.READY}
ENDED = (State.DONE, State.CANCELLED)
MAKES_LETTERS = (Batch.Kind.LETTERS, Batch.Kind.CHASE)

PROBLEMS: Mapping[str, str | Promise] = {
    **OF_SENDING,
    "already": _("This has been done already."),
    "not_yours": _("Your role does not let you do this with this case, or not any more."),
    "conflict": _("A possible conflict of interest has to be decided first."),
    "left": _("The client has left the campaign."),
    "no_letter": _("No letter of this case waits to go out."),
    "no_step": _("This letter is not a next step of this case now."),
    "drafted": _("Such a letter has been made in this case already, and has not gone out."),
    "answered": _("They have written meanwhile. Look at the case first."),
    "chased": _("Another letter has been made or sent in this case meanwhile."),
    "changed": _("Something has been recorded in this case meanwhile. Look at it first."),
    "incomplete": _("The letter lacks something. Open it in the case and fill it in."),
    "font": _("The letter has a character that no installed font can print."),
    "address": _("The address does not fit the window of an envelope."),
    "engine": _("This site cannot make PDF files. Tell whoever runs it."),
    "refused": _("The log of this case does not take this. Look at the case."),
    "stuck": _("The worker stopped at this case again and again. Tell whoever runs this site."),
    "odd": _("Something went wrong that nobody foresaw. Tell whoever runs this site."),
}


@dataclass(frozen=True)
class Progress:
    """How far a batch is: how many of its cases are in each state."""

    counts: Mapping[str, int]
    size: int

    def __getattr__(self, name: str) -> int:
        if name not in ItemState.values:
            raise AttributeError(name)
        return self.counts.get(name, 0)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def gone(self) -> int:
        """Cases that were deleted since the batch was made."""
        return max(self.size - self.total, 0)


def progress(batch: Batch) -> Progress:
    """How far a batch is. One question to the database."""
    found = batch.items.order_by().values_list("state").annotate(Count("pk"))
    return Progress(dict(found), batch.size)


def done_of(batch: Batch, counts: Progress) -> int:
    """How many cases the workers are through with, in the present state of a batch."""
    before = TAKEN_UP.get(State(batch.state))
    return counts.total - (counts.counts.get(before, 0) if before else 0)


# Beginning, and what people decide ----------------------------------------------------------------


@transaction.atomic
def begin(
    team: Team,
    kind: str,
    cases: Sequence[int],
    *,
    by: User,
    step: str = "",
    options: Mapping[str, object] | None = None,
    words: Mapping[str, str] | None = None,
    selection: Mapping[str, object] | None = None,
) -> Batch:
    """A new batch for cases in this order, by their ids; the workers check it first.

    Raises Forbidden and NotPossible.
    """
    require(by, Permission.CAMPAIGNS, team)
    require(by, JOBS[kind].permission, team)
    return _begin(
        Batch(
            team=team,
            by=by,
            kind=kind,
            step=step,
            options=dict(options or {}),
            words=dict(words or {}),
            selection=dict(selection or {}),
        ),
        [BatchItem(case_id=pk) for pk in cases],
    )


@transaction.atomic
def follow(
    source: Batch, kind: str, *, by: User, step: str = "", options: Mapping[str, object]
) -> Batch:
    """A batch that prints, sends or posts what another one made.

    Raises Forbidden and NotPossible.
    """
    require(by, Permission.CAMPAIGNS, source.team)
    require(by, JOBS[kind].permission, source.team)
    if source.kind not in MAKES_LETTERS or source.state not in ENDED:
        raise NotPossible(_("There is no letter here that could go out, or not yet."))
    made = source.items.filter(state=ItemState.DONE).order_by("position")
    items = [
        BatchItem(case_id=one.case_id, letter=one.letter, seen=one.seen)
        for one in made.only("case", "letter", "seen")
    ]
    batch = Batch(team=source.team, by=by, kind=kind, step=step, options=dict(options))
    batch.source = source
    return _begin(batch, items)


def _begin(batch: Batch, items: list[BatchItem]) -> Batch:
    if not items:
        raise NotPossible(_("There is no case to work on."))
    if len(items) > MOST:
        raise NotPossible(_("These are too many cases at once. Narrow your choice down."))
    batch.made_at = batch.begun_at = timezone.now()
    batch.state, batch.size = State.CHECKING, len(items)
    batch.save()
    for position, item in enumerate(items, start=1):
        item.batch, item.position = batch, position
    BatchItem.objects.bulk_create(items, batch_size=500)
    note(
        batch.team,
        "batch.begun",
        by=batch.by,
        thing="batch",
        thing_id=batch.pk,
        details={"kind": str(batch.kind), "cases": batch.size},
    )
    _hand_out(batch, range(1, batch.size + 1))
    return batch


@transaction.atomic
def make(batch: Batch, *, by: User, now: datetime | None = None) -> bool:
    """Do what has been checked. False where it is not in that state any more."""
    require(by, Permission.CAMPAIGNS, batch.team)
    require(by, JOBS[batch.kind].permission, batch.team)
    now = now or timezone.now()
    if not move(batch, State.READY, State.WORKING, by=by):
        return False
    plan(batch, now)
    may_go = batch.items.filter(Q(due_at=None) | Q(due_at__lte=now), state=ItemState.READY)
    positions = list(may_go.values_list("position", flat=True))
    note(batch.team, "batch.made", by=by, thing="batch", thing_id=batch.pk)
    _hand_out(batch, positions)
    if not positions:
        _end_if_done(batch)
    return True


@transaction.atomic
def cancel(batch: Batch, *, by: User) -> bool:
    """Stop what has not begun; what is done stays. False for a batch that has ended."""
    require(by, Permission.CAMPAIGNS, batch.team)
    changed = Batch.objects.filter(pk=batch.pk).exclude(state__in=ENDED)
    if not changed.update(state=State.CANCELLED, ended_at=timezone.now()):
        return False
    _stop_what_was_cancelled(batch)
    note(batch.team, "batch.cancelled", by=by, thing="batch", thing_id=batch.pk)
    batch.refresh_from_db()
    return True


def _stop_what_was_cancelled(batch: Batch) -> None:
    open_ = batch.items.filter(state__in=(ItemState.NEW, ItemState.READY), claimed_at=None)
    open_.filter(batch__state=State.CANCELLED).update(state=ItemState.STOPPED)


@transaction.atomic
def again(batch: Batch, *, by: User) -> bool:
    """Check once more what could not be done, or failed. False while somebody works on it."""
    require(by, Permission.CAMPAIGNS, batch.team)
    locked = Batch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if locked.state not in (State.READY, State.DONE):
        return False
    failed = batch.items.filter(state__in=(ItemState.CANNOT, ItemState.FAILED))
    positions = list(failed.values_list("position", flat=True))
    if not positions:
        return False
    batch.items.filter(position__in=positions).update(
        state=ItemState.NEW, problem="", attempts=0, due_at=None
    )
    move(batch, State(locked.state), State.CHECKING, by=by)
    Batch.objects.filter(pk=batch.pk).update(ended_at=None)
    _hand_out(batch, positions)
    return True


def move(batch: Batch, before: Batch.State, after: Batch.State, by: User | None = None) -> bool:
    """Bring a batch from one state to the next; whether nobody was faster."""
    now = timezone.now()
    changes: dict[str, object] = {"state": after, "begun_at": now, "claimed_at": None}
    if by is not None:
        changes["by"] = by
    if after in ENDED:
        changes["ended_at"] = now
    moved = Batch.objects.filter(pk=batch.pk, state=before).update(**changes, attempts=0)
    if moved:
        batch.refresh_from_db()
    return bool(moved)


def _hand_out(batch: Batch, positions: Iterable[int]) -> None:
    """Queue the chunks in which these positions lie."""
    for chunk in sorted({(position - 1) // CHUNK for position in positions}):
        later("work_on_batch", batch.pk, chunk * CHUNK + 1)


# When letters to one address may go ---------------------------------------------------------------


def plan(batch: Batch, now: datetime) -> datetime | None:
    """Say of each e-mail of a batch when it may go; the time of the last one.

    To one address go as many in an hour as the team wants, whichever batch they are of.
    """
    if batch.kind != Batch.Kind.SENDING:
        return None
    limit = max(batch.team.mails_an_hour, 1)
    times: dict[str, list[datetime]] = {}
    others = BatchItem.objects.filter(
        batch__team=batch.team_id,
        batch__kind=Batch.Kind.SENDING,
        batch__state=State.WORKING,
        state=ItemState.READY,
    ).exclude(batch=batch)
    taken = [
        *sent_lately(batch, now).values_list("recipients", "done_at"),
        *others.values_list("recipients", "due_at"),
    ]
    for recipients, at in taken:
        for recipient in recipients:
            times.setdefault(recipient, []).append(at or now)
    for found in times.values():
        found.sort()
    items = list(
        batch.items.filter(state=ItemState.READY)
        .only("recipients", "due_at", "batch", "position")
        .order_by("position")
    )
    last = now
    for item in items:
        slot = now
        for recipient in item.recipients:
            known = times.setdefault(recipient, [])
            if len(known) >= limit:
                slot = max(slot, known[-limit] + AN_HOUR)
        for recipient in item.recipients:
            times[recipient].append(slot)
        item.due_at = slot
        last = max(last, slot)
    BatchItem.objects.bulk_update(items, ["due_at"], batch_size=500)
    return last


# The worker's part --------------------------------------------------------------------------------


class _TakenOver(Exception):
    """Somebody thought that this worker was dead, and did its work."""


def work_on(batch_id: int, first: int) -> None:
    """Work on one chunk of a batch. Safe to run twice, and beside others."""
    batch = Batch.objects.select_related("team", "by").filter(pk=batch_id).first()
    before = TAKEN_UP.get(State(batch.state)) if batch else None
    if batch is None or before is None:
        return
    now = timezone.now()
    waiting = batch.items.filter(
        Q(due_at=None) | Q(due_at__lte=now) | Q(state=ItemState.NEW),
        position__gte=first,
        position__lt=first + CHUNK,
        state=before,
        claimed_at=None,
    )
    for pk in list(waiting.order_by("position").values_list("pk", flat=True)):
        _work_on_one(batch, pk, before)
    _end_if_done(batch)


def _work_on_one(batch: Batch, pk: int, before: BatchItem.State) -> None:
    at = timezone.now()
    claimed = BatchItem.objects.filter(
        pk=pk, state=before, claimed_at=None, batch__state=batch.state
    ).update(claimed_at=at, attempts=F("attempts") + 1)
    if not claimed:
        return
    item = BatchItem.objects.select_related("case__client", "case__team").get(pk=pk)
    item.batch = batch
    try:
        _do(JOBS[batch.kind], item, at)
    except _TakenOver:
        return
    except Held as error:
        _note(item, at, before, due_at=error.until)
        _stop_what_was_cancelled(batch)
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            # The message of an error may hold what somebody typed; its kind and place do not.
            logger.error("batch item %s: %s", pk, type(error).__name__)
        key, state = (problem.key, problem.state) if problem else ("odd", ItemState.FAILED)
        if before is ItemState.NEW and state is ItemState.FAILED:
            state = ItemState.CANNOT
        _note(item, at, state, problem=key)


def _do(job: Job, item: BatchItem, at: datetime) -> None:
    by = item.batch.by
    if by is None:
        raise Problem("not_yours")
    if item.state == ItemState.NEW:
        job.check(item, by, by.today(at))
        _finish(item, at, ItemState.READY)
    elif job.at_once:
        with transaction.atomic():
            job.work(item, by, at)
            _finish(item, at, ItemState.DONE)
    else:
        job.work(item, by, at)
        _finish(item, at, ItemState.DONE)


def _finish(item: BatchItem, at: datetime, state: BatchItem.State) -> None:
    done_at = timezone.now() if state is ItemState.DONE else None
    told = {name: getattr(item, name) for name in ("letter", "seen", "way", "told", "recipients")}
    if not _note(item, at, state, attempts=0, done_at=done_at, problem="", **told):
        raise _TakenOver


def _note(item: BatchItem, at: datetime, state: BatchItem.State, **changes: object) -> bool:
    """Put an item down, if it is still ours."""
    held = BatchItem.objects.filter(pk=item.pk, claimed_at=at)
    return bool(held.update(state=state, claimed_at=None, **changes))


def _end_if_done(batch: Batch) -> None:
    """Bring a batch into its next state where nothing is left of the present one."""
    before = TAKEN_UP.get(State(batch.state))
    if before is None or batch.items.filter(state=before).exists():
        return
    if batch.state == State.CHECKING:
        with transaction.atomic():
            if move(batch, State.CHECKING, State.READY):
                plan(batch, timezone.now())
        return
    binds = JOBS[batch.kind].binds and batch.items.filter(state=ItemState.DONE).exists()
    with transaction.atomic():
        if move(batch, State.WORKING, State.BINDING if binds else State.DONE) and binds:
            later("bind_batch", batch.pk)


def requeue_unfinished(now: datetime | None = None) -> None:
    """Take up what a worker left when it died, chunks that got lost, and e-mails that are due."""
    now = now or timezone.now()
    dead = BatchItem.objects.filter(claimed_at__lt=now - GIVEN_UP)
    dead.filter(attempts__gte=TRIES).update(
        state=ItemState.FAILED, problem="stuck", claimed_at=None
    )
    dead.update(claimed_at=None)
    open_ = Batch.objects.filter(state__in=list(TAKEN_UP)).annotate(
        worked_at=Max("items__claimed_at"), done_at=Max("items__done_at")
    )
    for batch in open_.select_related("team"):
        moved = max(filter(None, (batch.begun_at, batch.worked_at, batch.done_at)))
        lost = Q(due_at=None) if moved < now - GIVEN_UP else Q(pk__in=())
        waiting = batch.items.filter(
            lost | Q(due_at__lte=now), state=TAKEN_UP[State(batch.state)], claimed_at=None
        )
        _hand_out(batch, waiting.values_list("position", flat=True))
        _end_if_done(batch)
    stopped = Q(claimed_at=None, begun_at__lt=now - GIVEN_UP) | Q(claimed_at__lt=now - GIVEN_UP)
    for left in Batch.objects.filter(stopped, state=State.BINDING):
        if left.attempts >= TRIES:
            move(left, State.BINDING, State.DONE)
        else:
            later("bind_batch", left.pk)
