"""What a team keeps and for how long: its rules, what falls due, and what is then done.

A hold beats every rule. Nothing goes without a row of ``Falling`` before it, a notice, an entry in
the audit log, and a ``Destruction`` after it, whose certificate names nobody.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consentkit.cases.actions import is_held
from consentkit.cases.log import ENDINGS
from consentkit.cases.models import Case, Conduct, EventRecord
from consentkit.cases.posture import Stage
from consentkit.clients.models import Client
from consentkit.correspondence.erasure import delete_cases
from consentkit.correspondence.models import Message
from consentkit.teams.access import client_reach, reach, require, walls_before
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .models import Action, Destruction, Falling, RetentionRule, What

LONGEST = 600  # months
LONGEST_NOTICE = 365  # days
HORIZON = timedelta(days=90)
BATCH = 200  # how many things go at once
GOES = frozenset({Action.ANONYMISE, Action.DESTROY})
Thing = Case | Client


# Rules --------------------------------------------------------------------------------------------


@transaction.atomic
def set_rule(
    team: Team,
    *,
    what: str,
    outcome: str = "",
    months: int,
    action: str,
    notice: int = 14,
    by: User,
) -> RetentionRule:
    """A new rule; one for the same is ended by it, and what it proposed is proposed anew."""
    require(by, Permission.RETENTION, team)
    if what not in What.values or action not in Action.values:
        raise NotPossible(_("Choose one from the list."))
    if outcome and (what != What.CASES or outcome not in ENDINGS):
        raise NotPossible(_("Only closed cases have an outcome."))
    if not 0 <= months <= LONGEST or not 0 <= notice <= LONGEST_NOTICE:
        raise NotPossible(_("Choose a time that is not longer."))
    for standing in rules(team).filter(what=what, outcome=outcome):
        _end(standing)
    rule = RetentionRule.objects.create(
        team=team,
        what=what,
        outcome=outcome,
        months=months,
        action=action,
        notice=notice,
        by=by,
        made_at=timezone.now(),
    )
    details = {"rule": rule.pk, "what": what, "outcome": outcome, "months": months}
    note(team, "retention.rule", by=by, details={**details, "action": action, "notice": notice})
    return rule


@transaction.atomic
def end_rule(rule: RetentionRule, *, by: User) -> None:
    """End a rule. What it proposed is no longer due."""
    require(by, Permission.RETENTION, rule.team)
    _end(rule)
    note(rule.team, "retention.rule_ended", by=by, details={"rule": rule.pk})


def _end(rule: RetentionRule) -> None:
    RetentionRule.objects.filter(pk=rule.pk, ended_at=None).update(ended_at=timezone.now())
    rule.fallings.filter(state=Falling.State.PROPOSED).update(state=Falling.State.GONE)


def rules(team: Team) -> QuerySet[RetentionRule]:
    """The rules of a team that are in force."""
    return RetentionRule.objects.filter(team=team, ended_at=None)


# What falls due -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """A thing that a rule is about, and the day from which its months are counted."""

    thing: Thing
    since: date

    def on(self, rule: RetentionRule) -> date:
        """The day on which its time of keeping is over."""
        return months_from(self.since, rule.months)


def months_from(day: date, months: int) -> date:
    """The day so many months later, or before where there are less than none.

    It is the last of the month where that is shorter.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def things(rule: RetentionRule, until: date) -> Iterator[Due]:
    """What a rule is about and whose months are over on a day, whether it is held or not."""
    # A shorter month may end earlier: three days more are looked at than can be due.
    last = months_from(until, -rule.months) + timedelta(days=3)
    found: QuerySet[Any] = WHATS[What(rule.what)](rule)
    for thing in found.filter(since__lte=last).order_by("since", "pk").iterator(chunk_size=500):
        due = Due(thing, thing.since)
        if due.on(rule) <= until:
            yield due


def _cases(rule: RetentionRule) -> QuerySet[Any]:
    closing = EventRecord.objects.filter(case=OuterRef("pk"), kind="closed").order_by("-number")
    told: QuerySet[Any] = closing.annotate(ending=KeyTextTransform("ending", "details"))
    found = (
        Case.objects.filter(team=rule.team, stage=Stage.CLOSED)
        .select_related("client")
        .defer("about", "hold_reason", "client__name", "client__contact", "client__about")
        .annotate(
            since=Subquery(closing.values("on")[:1]),
            ended=Subquery(told.values("ending")[:1]),
        )
    )
    if rule.outcome:
        return found.filter(ended=rule.outcome)
    others = rules(rule.team).filter(what=What.CASES).exclude(outcome="")
    return found.exclude(ended__in=list(others.values_list("outcome", flat=True)))


def _clients(stage: str, since: Any) -> Any:
    def found(rule: RetentionRule) -> QuerySet[Any]:
        clients = Client.objects.filter(team=rule.team, stage=stage, cases=None)
        return clients.annotate(since=since)

    return found


MADE = TruncDate("made_at")
DECIDED = Coalesce(TruncDate(Max("conflict_checks__decided_at")), MADE)
WHATS = {
    What.CASES: _cases,
    What.FORMER: _clients(Client.Stage.FORMER, Coalesce("ended_on", MADE)),
    What.DECLINED: _clients(Client.Stage.DECLINED, DECIDED),
    What.UNFINISHED: _clients(Client.Stage.INTAKE, MADE),
}


def kind_of(thing: Thing) -> str:
    return Falling.Thing.CASE if isinstance(thing, Case) else Falling.Thing.CLIENT


def number_of(thing: Thing) -> str:
    """How a certificate names a thing: by a number of the office, never by a name."""
    if isinstance(thing, Client):
        return str(_("client %(number)s") % {"number": thing.number})
    return thing.matter_number or str(_("case %(number)s") % {"number": thing.pk})


def held(thing: Thing, today: date) -> bool:
    """Whether a hold keeps a thing."""
    if isinstance(thing, Case):
        return is_held(thing, today)
    return thing.hold_until is not None and thing.hold_until >= today


@dataclass(frozen=True)
class Outlook:
    """What a rule would bring: by today, in the next ``HORIZON``, and what a hold keeps of it."""

    rule: RetentionRule
    now: int
    soon: int
    held: int


def preview(team: Team, by: User, today: date) -> list[Outlook]:
    """What every rule would bring of what somebody may decide, without doing anything."""
    found = []
    gone = _done(team) | _walled(team, by)
    for rule in rules(team):
        coming = [
            one
            for one in things(rule, today + HORIZON)
            if (kind_of(one.thing), one.thing.pk) not in gone
        ]
        due = [one for one in coming if one.on(rule) <= today]
        kept = sum(held(one.thing, today) for one in due)
        found.append(Outlook(rule, len(due), len(coming) - len(due), kept))
    return found


def _walled(team: Team, by: User) -> set[tuple[str, int]]:
    """What a wall keeps from somebody: no number is to tell of it."""
    clients = list(walls_before(by, team))
    cases = Case.objects.filter(team=team, client__in=clients).values_list("pk", flat=True)
    return {
        *((Falling.Thing.CLIENT.value, pk) for pk in clients),
        *((Falling.Thing.CASE.value, pk) for pk in cases),
    }


def _done(team: Team) -> set[tuple[str, int]]:
    """What was anonymised already: a client whose row stays is not due once more."""
    done = Falling.objects.filter(team=team, state=Falling.State.DONE)
    return set(done.values_list("thing", "thing_id"))


@transaction.atomic
def propose(team: Team, today: date) -> int:
    """Note what has fallen due, and what no longer is; how many are new. Safe to repeat."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    waiting = Falling.objects.filter(team=team, state=Falling.State.PROPOSED)
    kept = Falling.objects.filter(team=team, state=Falling.State.KEPT)
    kept.filter(keep_until__lt=today).update(state=Falling.State.GONE)
    known = set(kept.filter(state=Falling.State.KEPT).values_list("thing", "thing_id"))
    known |= _done(team)
    before = {(one.thing, one.thing_id): one for one in waiting}
    still: set[tuple[str, int]] = set()
    new = []
    for rule in rules(team).exclude(action=Action.KEEP):
        for due in things(rule, today):
            key = (kind_of(due.thing), due.thing.pk)
            if key in known or key in still or held(due.thing, today):
                continue
            still.add(key)
            if key not in before:
                new.append(_falling(rule, key, due.since, today))
    gone = [one.pk for key, one in before.items() if key not in still]
    waiting.filter(pk__in=gone).update(state=Falling.State.GONE)
    Falling.objects.bulk_create(new)
    if new:
        note(team, "retention.proposed", by=None, details={"number": len(new)})
    return len(new)


def _falling(rule: RetentionRule, key: tuple[str, int], since: date, today: date) -> Falling:
    return Falling(
        team=rule.team,
        rule=rule,
        thing=key[0],
        thing_id=key[1],
        since=since,
        after=today + timedelta(days=rule.notice),
        made_at=timezone.now(),
    )


def waiting_for(team: Team, by: User) -> QuerySet[Falling]:
    """What waits for a decision or for the end of its notice, of what somebody may decide."""
    cases = Case.objects.filter(reach(by, Permission.RETENTION), team=team)
    clients = Client.objects.filter(client_reach(by, Permission.RETENTION), team=team)
    of_cases = Q(thing=Falling.Thing.CASE, thing_id__in=cases.values("pk"))
    of_clients = Q(thing=Falling.Thing.CLIENT, thing_id__in=clients.values("pk"))
    found = Falling.objects.filter(of_cases | of_clients, team=team, state=Falling.State.PROPOSED)
    return found.select_related("rule")


# Deciding, and carrying out -----------------------------------------------------------------------


@transaction.atomic
def keep_longer(
    team: Team, chosen: Collection[int], *, until: date, reason: str, by: User, today: date
) -> int:
    """Keep some of what waits until a day, with a reason; how many."""
    require(by, Permission.RETENTION, team)
    if not reason.strip():
        raise NotPossible(_("Say why it is kept longer."))
    if until <= today:
        raise NotPossible(_("That day is over."))
    found = list(waiting_for(team, by).filter(pk__in=chosen))
    for one in found:
        one.state, one.keep_until, one.reason = Falling.State.KEPT, until, reason
        one.decided_by, one.decided_at = by, timezone.now()
    Falling.objects.bulk_update(
        found, ["state", "keep_until", "reason", "decided_by", "decided_at"]
    )
    details = {"number": len(found), "until": until.isoformat()}
    note(team, "retention.kept", by=by, details=details)
    return len(found)


@transaction.atomic
def let_go(
    team: Team, chosen: Collection[int], *, action: str, by: User, today: date
) -> list[Destruction]:
    """Anonymise or destroy some of what waits, now. One certificate for each rule."""
    require(by, Permission.RETENTION, team)
    if action not in GOES:
        raise NotPossible(_("Choose one from the list."))
    _one_at_a_time(team)
    found = list(waiting_for(team, by).filter(pk__in=chosen).order_by("rule_id", "pk")[:BATCH])
    return _carry_out(team, found, today, action=Action(action), by=by)


@transaction.atomic
def carry_out(team: Team, today: date) -> list[Destruction]:
    """Do what the rules say with whatever nobody objected to within the notice.

    What a rule gives to somebody to decide waits for them.
    """
    _one_at_a_time(team)
    over = Falling.objects.filter(
        team=team, state=Falling.State.PROPOSED, after__lt=today, rule__action__in=GOES
    )
    found = list(over.select_related("rule").order_by("rule_id", "pk")[:BATCH])
    return _carry_out(team, found, today, action=None, by=None)


def _one_at_a_time(team: Team) -> None:
    """Two who carry out the rules of a team at once would certify the same matter twice."""
    list(rules(team).select_for_update(no_key=True).order_by("pk").values("pk"))


def _carry_out(
    team: Team, found: list[Falling], today: date, *, action: Action | None, by: User | None
) -> list[Destruction]:
    by_rule: dict[RetentionRule, list[Falling]] = {}
    for one in found:
        by_rule.setdefault(one.rule, []).append(one)
    made = []
    for rule, fallings in by_rule.items():
        done = _of_rule(rule, fallings, today, action=action or Action(rule.action), by=by)
        if done is not None:
            made.append(done)
    return made


def _of_rule(
    rule: RetentionRule, fallings: list[Falling], today: date, *, action: Action, by: User | None
) -> Destruction | None:
    """Take away what some rows are about, as far as it is still due and no hold keeps it."""
    on_its_way = _hold_still(fallings)
    due = {(kind_of(one.thing), one.thing.pk): one.thing for one in things(rule, today)}
    goes = {
        one.pk: thing
        for one in fallings
        if (thing := due.get((one.thing, one.thing_id))) is not None
        and not held(thing, today)
        and one.pk not in on_its_way
    }
    stale = [one.pk for one in fallings if one.pk not in goes and one.pk not in on_its_way]
    Falling.objects.filter(pk__in=stale).update(state=Falling.State.GONE)
    if not goes:
        return None
    numbers = sorted(number_of(thing) for thing in goes.values())
    counts = _take_away(list(goes.values()), action, today, by)
    now = timezone.now()
    made = _certified(rule, action, numbers, counts, by)
    Falling.objects.filter(pk__in=goes).update(
        state=Falling.State.DONE, destruction=made, decided_by=by, decided_at=now
    )
    details = {"destruction": made.number, "rule": rule.pk, "action": action.value}
    note(rule.team, "retention.done", by=by, details={**details, "number": len(numbers)})
    return made


def _hold_still(fallings: Iterable[Falling]) -> set[int]:
    """Let nobody change what some rows are about; those whose case is just sending an e-mail wait.

    Whoever holds, reopens or sends something has done so before this, or comes too late.
    """
    cases = {one.thing_id: one.pk for one in fallings if one.thing == Falling.Thing.CASE}
    locked = Case.objects.select_for_update().filter(pk__in=cases).order_by("pk")
    clients = {one.thing_id for one in fallings if one.thing == Falling.Thing.CLIENT}
    clients |= {key for key in locked.values_list("client", flat=True) if key}
    list(Client.objects.select_for_update().filter(pk__in=clients).order_by("pk").values("pk"))
    sending = Message.objects.filter(case__in=cases, state=Message.State.HANDING_OVER)
    return {cases[pk] for pk in sending.values_list("case", flat=True)}


def _take_away(every: list[Thing], action: Action, today: date, by: User | None) -> dict[str, int]:
    cases = [one for one in every if isinstance(one, Case)]
    clients = [one for one in every if isinstance(one, Client)]
    if action is Action.ANONYMISE:
        for case in cases:
            _loosen(case)
    counts = delete_cases(cases, by, today=today)
    for client in clients:
        what = "client.anonymised" if action is Action.ANONYMISE else "client.deleted"
        note(client.team, what, by=by, thing="client", thing_id=client.pk)
        took = empty(client) if action is Action.ANONYMISE else client.delete()[1]
        for table, number in took.items():
            counts[table] = counts.get(table, 0) + number
    return {table.removeprefix("consentkit."): number for table, number in counts.items() if number}


def _loosen(case: Case) -> None:
    """Let the figures of a case be nobody's: without the case, and without its days.

    All days move by as much as brings the first to the beginning of its quarter, so what lay
    between them stays.
    """
    row = Conduct.objects.filter(case=case).first()
    if row is None:
        return
    month = (row.asked_on.month - 1) // 3 * 3 + 1
    moved = row.asked_on - date(row.asked_on.year, month, 1)
    row.case = None
    for name in ("asked_on", "due", "overdue_from", "answered_on", "ended_on"):
        day = getattr(row, name)
        setattr(row, name, day - moved if day else None)
    row.save()


# What of a client goes with what is personal of them. Walls stay, without their words.
HANGS_ON_A_CLIENT = (
    "parties",
    "conflict_checks",
    "mandates",
    "consents",
    "entries",
    "participations",
)


def empty(client: Client) -> dict[str, int]:
    """Take out of a client's row what is personal, and delete what hangs on it.

    The number, the stage, language and home stay, and so do the walls, with what they say emptied.
    """
    counts: dict[str, int] = {}
    for name in HANGS_ON_A_CLIENT:
        for table, number in getattr(client, name).all().delete()[1].items():
            counts[table] = counts.get(table, 0) + number
    link = getattr(client, "intake_link", None)
    if link is not None:
        link.delete()
    for wall in client.walls.all():
        wall.reason = ""
        wall.save(update_fields=["reason"])
        for said in wall.attestations.all():
            said.statement = ""
            said.save(update_fields=["statement"])
    for field in Client._meta.concrete_fields:
        if field.name in Client.Privacy.erased:
            setattr(client, field.name, None if field.null else field.get_default())
    client.save()
    counts["consentkit.Client"] = 1
    return counts


# Certificates -------------------------------------------------------------------------------------


def _certified(
    rule: RetentionRule, action: Action, numbers: list[str], counts: dict[str, int], by: User | None
) -> Destruction:
    last = Destruction.objects.filter(team=rule.team).aggregate(last=Max("number"))["last"]
    made = Destruction(
        team=rule.team,
        rule=rule,
        number=(last or 0) + 1,
        action=action,
        numbers=numbers,
        counts=counts,
        decided_by=by,
        made_at=timezone.now(),
    )
    made.sha256 = hash_of(made)
    made.save(force_insert=True)
    return made


def hash_of(one: Destruction) -> str:
    """The hash of what a certificate says."""
    told = [
        one.team_id,
        one.number,
        one.rule_id,
        one.action,
        one.numbers,
        sorted(one.counts.items()),
        one.made_at.isoformat(timespec="seconds"),
    ]
    written = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()


def teams_with_rules() -> Iterable[int]:
    """The keys of the teams that have a rule in force."""
    found = RetentionRule.objects.filter(ended_at=None, team__closed_at=None)
    return found.order_by("team").values_list("team", flat=True).distinct()


def daily(team: Team, today: date) -> bool:
    """Propose what falls due and do what nobody objected to; whether more may wait."""
    propose(team, today)
    done = carry_out(team, today)
    return sum(len(one.numbers) for one in done) == BATCH
