"""What can be done with a case. The only code that writes its log or its index."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consentkit.clients.models import Client
from consentkit.confidential.cipher import Tampered
from consentkit.confidential.words import index
from consentkit.law.edition import edition
from consentkit.law.periods import NoDate
from consentkit.teams.models import Team, User

from . import conduct
from .log import KINDS, NO_CHOICE, SHAPES, BadFact, Detail, Fact, digest, ending, struck_numbers
from .models import Case, CaseWord, Deadline, EventRecord, Proposal
from .posture import Due, Posture, Stage, assess
from .reminders import planned, void_unsent
from .trail import leave

Dates = list[list[str | int]]
_Identity = tuple[str, str, int, date]  # of a date, and the day it is on


def open_case(
    *,
    owner: User,
    law: str,
    kind: str,
    rights: Sequence[str],
    place: str,
    platform: str,
    language: str,
    reference: str,
    about: Mapping[str, object],
    on: date,
    demo: bool = False,
    team: Team | None = None,
    client: Client | None = None,
    matter_number: str = "",
    campaign: int | None = None,
) -> Case:
    """A new case without a letter; the letter's own action adds it. ``on`` is the day it opens.

    ``campaign`` is the key of the campaign to which it belongs.
    """
    now = timezone.now()
    case = Case.objects.create(
        owner=owner,
        law=law,
        kind=kind,
        rights=list(rights),
        place=place,
        platform=platform,
        language=language,
        reference=reference,
        about=dict(about),
        opened_on=on,
        created_at=now,
        changed_at=now,
        stage=Stage.DRAFT,
        edition=edition(law),
        demo=demo,
        team=team,
        client=client,
        matter_number=matter_number,
        campaign_id=campaign,
    )
    learn_words(case)
    if client is not None:
        learn_words(case, [one.name for one in client.parties.all()], CaseWord.Place.PARTY)
    return case


@transaction.atomic
def record(
    case: Case,
    kind: str,
    *,
    on: date,
    by: User | None,
    details: Mapping[Detail, object] | None = None,
    note: str = "",
    arguably_on: date | None = None,
    at: datetime | None = None,
) -> Fact:
    """Write a fact into the log and bring the index up to date.

    ``on`` is the day it happened, ``at`` the moment it is told, by default now. ``by`` is None for
    the system itself. Raises BadFact where the fact cannot be.
    """
    locked = _locked(case)
    if kind != "rule_accepted":
        _take_new_edition(locked)
    facts = locked.facts()
    fact = Fact(
        number=len(facts) + 1,
        kind=kind,
        on=on,
        arguably_on=max(arguably_on or on, on),
        recorded_at=at or timezone.now(),
        details={str(key): value for key, value in (details or {}).items() if value is not None},
        note=note,
        by=by.pk if by else None,
    )
    check(locked, facts, fact)
    last = locked.records.order_by("-number").values_list("digest", flat=True).first()
    EventRecord.objects.create(
        case=locked,
        number=fact.number,
        kind=fact.kind,
        on=fact.on,
        arguably_on=fact.arguably_on,
        recorded_at=fact.recorded_at,
        details=dict(fact.details),
        note=fact.note,
        by=by,
        digest=digest(last or "", fact),
    )
    if note:
        learn_words(locked, [note], CaseWord.Place.LOG)
    refresh(locked, [*facts, fact])
    leave(locked, f"case.{kind}", by=by, fact=fact.number)
    _reread(case, locked)
    return fact


def _locked(case: Case) -> Case:
    """The case as it is now, which nobody else writes to until this transaction ends."""
    return Case.objects.select_for_update(no_key=True).get(pk=case.pk)


def verify(case: Case) -> int | None:
    """The number at which the chain of a log breaks, None for a log that is whole."""
    previous, number = "", 0
    try:
        for row in case.records.order_by("number").iterator():
            number += 1
            previous = digest(previous, row.fact)
            if row.number != number or row.digest != previous:
                return number
    except Tampered:
        return number + 1
    return None


def preview(
    case: Case,
    kind: str,
    *,
    on: date,
    details: Mapping[Detail, object] | None = None,
    arguably_on: date | None = None,
) -> Posture:
    """Where the case would stand if a fact were recorded. Raises BadFact as ``record`` does."""
    facts = case.facts()
    fact = Fact(
        number=len(facts) + 1,
        kind=kind,
        on=on,
        arguably_on=max(arguably_on or on, on),
        recorded_at=timezone.now(),
        details={str(key): value for key, value in (details or {}).items() if value is not None},
    )
    check(case, facts, fact)
    return assess(case.matter(), [*facts, fact])


def strike(case: Case, number: int, *, by: User | None, reason: str) -> Fact:
    """Strike a fact that was a mistake; both stay in the log. Raises BadFact."""
    return record(
        case,
        "struck",
        on=timezone.localdate(),
        by=by,
        details={Detail.NUMBER: number},
        note=reason,
    )


def close(case: Case, ending: str, *, by: User | None, on: date, note: str = "") -> Fact:
    """Close a case: no date of it runs any longer. ``ending`` is a key of ``log.ENDINGS``."""
    return record(case, "closed", on=on, by=by, details={Detail.ENDING: ending}, note=note)


def reopen(case: Case, *, by: User | None, on: date) -> Fact:
    """Open a closed case again; its dates run as if it had not been closed."""
    return record(case, "reopened", on=on, by=by)


def let_go(case: Case, due: Due, *, by: User | None, on: date, reason: str) -> Fact:
    """Close a date that was not kept. It takes a reason, since it stays in the log."""
    assert due.day is not None
    return record(
        case,
        "let_go",
        on=on,
        by=by,
        details={
            Detail.DUTY: due.key,
            Detail.DUE: due.day.isoformat(),
            Detail.NUMBER: due.letter,
        },
        note=reason,
    )


@transaction.atomic
def hold(case: Case, *, until: date, reason: str, by: User | None = None) -> None:
    """Keep a case from being deleted until a day. It takes a reason."""
    if not reason.strip():
        raise BadFact(_("Say why this case has to be kept."))
    case.hold_until, case.hold_reason = until, reason
    case.save(update_fields=["hold_until", "hold_reason"])
    leave(case, "case.held", by=by, until=until.isoformat())


@transaction.atomic
def end_hold(case: Case, *, by: User | None = None) -> None:
    """Let a case be deleted again."""
    case.hold_until, case.hold_reason = None, ""
    case.save(update_fields=["hold_until", "hold_reason"])
    leave(case, "case.released", by=by)


class Held(Exception):
    """The case has to be kept for the time being."""


def is_held(case: Case, today: date) -> bool:
    """Whether a case has to be kept, for its own sake or its client's. The last day counts."""
    holds = [case.hold_until, case.client.hold_until if case.client else None]
    return any(until is not None and until >= today for until in holds)


@transaction.atomic
def delete(case: Case, *, on: date, by: User | None = None) -> dict[str, int]:
    """Delete a case with all that belongs to it; how many rows went, by the name of their table.

    Raises Held while it has to be kept.
    """
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    # A hold on the client is before this, or too late.
    list(Client.objects.select_for_update(no_key=True).filter(cases=locked).values("pk"))
    if is_held(locked, on):
        raise Held(f"{case} is held")
    leave(locked, "case.deleted", by=by)
    return locked.delete()[1]


# What a fact must be ------------------------------------------------------------------------------


def check(case: Case, facts: list[Fact], fact: Fact) -> None:
    """Whether a fact can follow the others of a log. Raises BadFact, naming the detail."""
    kind = KINDS.get(fact.kind)
    if kind is None:
        raise BadFact(f"unknown kind of fact {fact.kind!r}")
    for name in fact.details:
        if name not in kind.asks:
            raise BadFact(f"{fact.kind} knows no {name!r}")
    for needed in kind.needs:
        if fact.get(needed) in (None, "", ()) and needed is not Detail.ARRIVAL:
            raise BadFact(_("This is needed."), needed)
    for name, value in fact.details.items():
        fits, complaint = SHAPES.get(Detail(name), (_anything_said, NO_CHOICE))
        if not fits(value):
            raise BadFact(complaint, Detail(name))
    if ending(facts) is not None and fact.kind not in AFTER_THE_END:
        raise BadFact(_("This case is closed. Open it again first."))
    CHECKS.get(fact.kind, _anything)(facts, fact)
    try:
        posture = assess(case.matter(), [*facts, fact])
    except (NoDate, OverflowError):
        raise BadFact(_("No date can be counted from this day.")) from None
    if fact.kind == "let_go" and all(due.settled_by != fact.number for due in posture.dues):
        raise BadFact(_("There is no such open date."), Detail.DUE)


# Facts that a closed case still takes.
AFTER_THE_END = frozenset({"reopened", "noted", "struck", "rule_accepted"})


def _anything_said(value: object) -> bool:
    return isinstance(value, str)


def _anything(facts: list[Fact], fact: Fact) -> None:
    if fact.letter is not None:
        _of_a_letter(facts, fact)
    _in_order(facts, fact)


def _of_a_letter(facts: list[Fact], fact: Fact) -> None:
    struck = struck_numbers(facts)
    known = [one for one in facts if one.number not in struck and one.letter == fact.letter]
    made = next((one for one in known if one.kind == "made"), None)
    if made is None:
        raise BadFact(_("This case has no such letter."), Detail.LETTER)
    if fact.on < made.on:
        raise BadFact(_("The letter did not exist yet on that day."))
    if fact.kind in ("received", "bounced"):
        sent = [one.on for one in known if one.kind == "sent"]
        if not sent:
            raise BadFact(_("Say first when and how you sent this letter."), Detail.LETTER)
        if fact.on < min(sent):
            raise BadFact(_("That is before you sent the letter."))


# A platform cannot react to a letter before it left.
REACTIONS = frozenset(
    "acknowledged identity_requested clarification_requested fee_requested cost_notice_received "
    "extension_notified answered".split()
)


def _in_order(facts: list[Fact], fact: Fact) -> None:
    if fact.kind not in REACTIONS:
        return
    struck = struck_numbers(facts)
    sent = [one.on for one in facts if one.kind == "sent" and one.number not in struck]
    if not sent:
        raise BadFact(_("Say first when and how you sent your letter."))
    if fact.on < min(sent):
        raise BadFact(_("That is before you sent your letter."))


def _strike(facts: list[Fact], fact: Fact) -> None:
    number = fact.get(Detail.NUMBER)
    target = next((one for one in facts if one.number == number), None)
    if target is None or target.kind in ("struck", "rule_accepted"):
        raise BadFact(_("There is nothing to strike under this number."), Detail.NUMBER)
    if number in struck_numbers(facts):
        raise BadFact(_("This has been struck already."), Detail.NUMBER)
    if not fact.note.strip():
        raise BadFact(_("Say why this is a mistake: it stays in the log."))
    if target.kind == "made":
        if target.number == 1:
            raise BadFact(_("This letter opened the case: delete the case instead."))
        struck = struck_numbers(facts)
        if any(
            one.letter == target.letter and one.number not in struck
            for one in facts
            if one is not target
        ):
            raise BadFact(_("Strike first what you recorded of this letter."), Detail.NUMBER)


def _again(facts: list[Fact], fact: Fact) -> None:
    if ending(facts) is None:
        raise BadFact(_("This case is open."))


def _let_go(facts: list[Fact], fact: Fact) -> None:
    if not fact.note.strip():
        raise BadFact(_("Say why this date is closed."))


def _reminder(facts: list[Fact], fact: Fact) -> None:
    if str(fact.get(Detail.DUE)) < fact.on.isoformat():
        raise BadFact(_("That day is over already."), Detail.DUE)


def _typed(facts: list[Fact], fact: Fact) -> None:
    if not fact.note.strip():
        raise BadFact(_("Say what the date is, and where it comes from."))


def _checked(facts: list[Fact], fact: Fact) -> None:
    number = fact.get(Detail.NUMBER)
    struck = struck_numbers(facts)
    typed = next((one for one in facts if one.number == number and one.number not in struck), None)
    if typed is None or typed.kind != "date_set":
        raise BadFact(_("There is no such date to check."), Detail.NUMBER)
    if fact.by is None or fact.by == typed.by:
        raise BadFact(_("Somebody else has to check a date that you typed in."))
    if any(
        one.kind == "date_checked" and one.get(Detail.NUMBER) == number
        for one in facts
        if one.number not in struck
    ):
        raise BadFact(_("This date has been checked already."), Detail.NUMBER)


def _new_letter(facts: list[Fact], fact: Fact) -> None:
    if any(one.kind == "made" and one.letter == fact.letter for one in facts):
        raise BadFact(_("This case has such a letter already."), Detail.LETTER)


CHECKS = {
    "made": _new_letter,
    "struck": _strike,
    "reopened": _again,
    "let_go": _let_go,
    "reminder_set": _reminder,
    "date_set": _typed,
    "date_checked": _checked,
}


# The index ----------------------------------------------------------------------------------------


def refresh(case: Case, facts: Iterable[Fact] | None = None) -> Posture:
    """Bring the rows of ``Deadline`` and the index of the case up to date with its log."""
    told = case.facts() if facts is None else list(facts)
    posture = assess(case.matter(), told)
    rows = {_identity(row): row for row in case.deadlines.all()}
    wanted: set[_Identity] = set()
    now = timezone.now()
    for due in posture.dues:
        if due.day is None:
            continue
        identity = (*due.identity, due.day)
        wanted.add(identity)
        row = rows.get(identity)
        was_open = row.is_open if row else None
        if row is None:
            row = Deadline(case=case, day=due.day, made_at=now)
            row.key, row.right, row.letter = due.identity
        fill(row, due, case)
        if row.is_open != was_open:
            row.sequence = _next_sequence(rows, due.identity)
        row.save()
    live = {identity[:3] for identity in wanted}
    for identity, row in rows.items():
        if identity not in wanted and not row.void:
            row.void, row.remind_on = True, None
            if identity[:3] not in live:
                row.sequence = _next_sequence(rows, identity[:3])
            row.save(update_fields=["void", "remind_on", "sequence"])
    void_unsent(case)
    _write_index(case, posture, now)
    conduct.keep(case, posture)
    return posture


def _next_sequence(rows: Mapping[_Identity, Deadline], identity: tuple[str, str, int]) -> int:
    """The number of the next change of a date; calendars take no smaller one for an update."""
    before = [row.sequence for one, row in rows.items() if one[:3] == identity]
    return max(before, default=-1) + 1


def _identity(row: Deadline) -> _Identity:
    return row.key, row.right, row.letter, row.day


def fill(row: Deadline, due: Due, case: Case) -> None:
    """Let the row of a date say what is known of it."""
    row.overdue_from = due.overdue_from
    row.is_ours, row.is_law, row.is_marker = due.is_ours, due.is_law, due.is_marker
    row.disputed, row.provisional = bool(due.disputed), due.provisional
    row.unconfirmed = due.unconfirmed
    row.settled_on = due.settled_on
    row.void = False
    row.remind_on = planned(row, case)


def _write_index(case: Case, posture: Posture, now: datetime) -> None:
    following = posture.next
    case.stage = posture.stage
    case.next_on = following.day if following else None
    case.next_key = following.key if following else ""
    case.late_from = late_from(posture)
    case.edition = case.edition or edition(case.law)
    case.changed_at = now
    case.save(update_fields=["stage", "next_on", "next_key", "late_from", "edition", "changed_at"])


def late_from(posture: Posture) -> date | None:
    """The first day on which something is overdue, None where nothing can be."""
    late = [
        due.overdue_from
        for due in posture.open
        if not due.is_marker and due.overdue_from is not None
    ]
    return min(late, default=None)


def _reread(case: Case, locked: Case) -> None:
    """Let the caller's case say what the database says now."""
    for name in ("stage", "next_on", "next_key", "late_from", "edition", "changed_at"):
        setattr(case, name, getattr(locked, name))
    case._prefetched_objects_cache = {}  # type: ignore[attr-defined]


# Proposals ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A date before and after, for somebody to look at. None where there is none."""

    key: str
    right: str
    letter: int
    before: date | None
    after: date | None


def changes(before: Posture, after: Posture) -> list[Change]:
    """The dates that differ between two postures, as one would show them."""
    old = {due.identity: due for due in before.dues}
    new = {due.identity: due for due in after.dues}
    found = []
    for identity in [*old, *(one for one in new if one not in old)]:
        was, becomes = old.get(identity), new.get(identity)
        days = (was.day if was else None, becomes.day if becomes else None)
        if days[0] != days[1]:
            found.append(Change(*identity, *days))
    return found


def propose_receipt(
    case: Case, *, letter: int, on: date, evidence: str, arguably_on: date | None = None
) -> Proposal | None:
    """Propose that a letter arrived on a day; None where the log knows as much already."""
    arrival = case.posture().arrivals.get(letter)
    if arrival is None or (
        arrival.is_proven and arrival.received is not None and arrival.received <= on
    ):
        return None
    details = {"letter": letter, "evidence": evidence}
    if arguably_on is not None and arguably_on > on:
        details["arguably_on"] = arguably_on.isoformat()
    # What somebody declined is not proposed again.
    if case.proposals.filter(kind=Proposal.Kind.RECEIPT, on=on, details=details).exists():
        return None
    return Proposal.objects.create(
        case=case,
        kind=Proposal.Kind.RECEIPT,
        on=on,
        details=details,
        made_at=timezone.now(),
    )


@transaction.atomic
def propose_rule_change(case: Case) -> Proposal | None:
    """Where the law has a new edition, propose the dates that follow from it.

    Where no date moves, the case takes the new edition at once, and None is returned; so it is
    where somebody has declined this edition, or the case is closed.
    """
    locked = _locked(case)
    declined = Proposal.objects.filter(
        case=locked, kind=Proposal.Kind.RULE, edition=edition(locked.law), accepted=False
    )
    if locked.is_closed or declined.exists():
        return None
    proposal = _rule_change(locked)
    _reread(case, locked)
    return proposal


# How many cases one task counts anew: well within the time that a task has.
BATCH = 200


def propose_rule_changes(law: str) -> bool:
    """Propose the dates that a changed rule moves, in a batch of cases; whether more may wait."""
    batch = list(Case.objects.with_changed_rule(law).order_by("pk")[:BATCH])
    for case in batch:
        propose_rule_change(case)
    return len(batch) == BATCH


def moved_by_rule(case: Case) -> tuple[Dates, Dates]:
    """The dates of a case as they stand, and as its law counts them today."""
    kept = case.deadlines.filter(void=False)
    before: Dates = [[row.key, row.right, row.letter, row.day.isoformat()] for row in kept]
    after: Dates = [
        [*due.identity, due.day.isoformat()]
        for due in assess(case.matter(), case.facts()).dues
        if due.day is not None
    ]
    return sorted(before), sorted(after)


def _rule_change(case: Case) -> Proposal | None:
    current = edition(case.law)
    if case.edition == current:
        return None
    waiting = case.proposals.filter(kind=Proposal.Kind.RULE, decided_at=None)
    waiting.exclude(edition=current).delete()
    before, after = moved_by_rule(case)
    if before == after:
        case.edition = current
        case.save(update_fields=["edition"])
        refresh(case)
        return None
    proposal, _ = Proposal.objects.get_or_create(
        case=case,
        kind=Proposal.Kind.RULE,
        edition=current,
        decided_at=None,
        defaults={"before": before, "after": after, "made_at": timezone.now()},
    )
    return proposal


def _take_new_edition(case: Case) -> None:
    """Before something new is recorded under a changed rule, say in the log what the rule moves."""
    proposal = _rule_change(case)
    if proposal is not None and _decide(proposal, accepted=True):
        _accept_rule(case, proposal, by=None)


@transaction.atomic
def accept(proposal: Proposal, *, by: User) -> None:
    """Let a proposed change happen. A proposal that was decided already stays as it is.

    Where the law has changed once more since, nothing is accepted: the new dates are proposed.
    """
    case = _locked(proposal.case)
    if proposal.kind == Proposal.Kind.RULE and proposal.edition != edition(case.law):
        propose_rule_change(case)
        return
    if not _decide(proposal, accepted=True):
        return
    if proposal.kind == Proposal.Kind.RECEIPT:
        assert proposal.on is not None
        arguably = proposal.details.get("arguably_on")
        record(
            case,
            "received",
            on=proposal.on,
            by=by,
            details={
                Detail.LETTER: proposal.details["letter"],
                Detail.EVIDENCE: proposal.details["evidence"],
            },
            arguably_on=date.fromisoformat(arguably) if arguably else None,
        )
        return
    _accept_rule(case, proposal, by=by)


def _accept_rule(case: Case, proposal: Proposal, *, by: User | None) -> None:
    case.edition = proposal.edition
    case.save(update_fields=["edition"])
    record(
        case,
        "rule_accepted",
        on=timezone.localdate(),
        by=by,
        details={Detail.BEFORE: proposal.before, Detail.AFTER: proposal.after},
    )


@transaction.atomic
def decline(proposal: Proposal, *, by: User | None = None) -> None:
    """Leave the dates as they are."""
    if _decide(proposal, accepted=False):
        leave(proposal.case, "proposal.declined", by=by, proposal=proposal.pk)


def _decide(proposal: Proposal, *, accepted: bool) -> bool:
    decided = Proposal.objects.filter(pk=proposal.pk, decided_at=None).update(
        decided_at=timezone.now(), accepted=accepted
    )
    return bool(decided)


# Search -------------------------------------------------------------------------------------------


def learn_words(
    case: Case, texts: Iterable[str] = (), place: CaseWord.Place = CaseWord.Place.CASE
) -> None:
    """Make a case findable by its names, handles and reference, and by the words of more texts.

    ``place`` says what of the case the texts are.
    """
    owner = case.search_owner()
    names = index([case.reference, *texts_in(case.about)], owner, beginnings=True)
    found = [(word, CaseWord.Place.CASE) for word in sorted(names)]
    found += [(word, place) for word in sorted(index(texts, owner, beginnings=False))]
    CaseWord.objects.bulk_create(
        [CaseWord(case=case, word=word, place=place) for word, place in found],
        ignore_conflicts=True,
    )


def learn_parties(client: Client) -> None:
    """Make the cases of a client findable by the people and companies around them."""
    names = [one.name for one in client.parties.all()]
    for case in client.cases.all() if names else ():
        learn_words(case, names, CaseWord.Place.PARTY)


def texts_in(value: object) -> list[str]:
    """Every text in what JSON can say."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in texts_in(inner)]
    if isinstance(value, (list, tuple)):
        return [text for inner in value for text in texts_in(inner)]
    return []
