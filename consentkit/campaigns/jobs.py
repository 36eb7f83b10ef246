"""What is done with one case of a batch: first looked at, then done. ``JOBS`` has one of each kind.

A job asks anew, at the moment it is done, whether it may be: people, mandates, reviews and logs may
have changed since the case was chosen. Doing it twice does it once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b

from django.db.models import QuerySet

from consentkit.cases.log import HEARD, BadFact, Fact
from consentkit.cases.models import Case
from consentkit.cases.posture import Posture
from consentkit.clients.conflicts import may_open
from consentkit.confidential.keys import search_key
from consentkit.correspondence import mail
from consentkit.correspondence.actions import (
    NOT_AGAIN,
    CannotSend,
    record_sent_by_hand,
    send_letter,
)
from consentkit.letters import approval, authority
from consentkit.letters.actions import draft_letter, freeze
from consentkit.letters.compose import Draft, MissingFact, NotProtected, compose
from consentkit.letters.envelope import AddressTooLong
from consentkit.letters.follow_up import NextStep, next_steps, request_for
from consentkit.letters.models import Letter
from consentkit.letters.render import MissingEngine, NoGlyph
from consentkit.letters.request import LetterRequest
from consentkit.letters.review import submit
from consentkit.teams.models import User
from consentkit.teams.roles import Permission

from .models import Batch, BatchItem, Participation

AN_HOUR = timedelta(hours=1)
# What somebody tells of a case without anything having happened in it.
QUIET = frozenset({"noted", "reminder_set", "date_set", "date_checked", "rule_accepted"})


class Problem(Exception):
    """It cannot be done; ``key`` is one of ``batches.PROBLEMS``."""

    state = BatchItem.State.FAILED

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class LeftOut(Problem):
    """It need not be done any more."""

    state = BatchItem.State.SKIPPED


class Held(Exception):
    """It has to wait until ``until``."""

    def __init__(self, until: datetime) -> None:
        super().__init__(str(until))
        self.until = until


def problem_of(error: Exception) -> Problem | None:
    """What an error means for the case; None for one that nobody foresaw."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, (CannotSend, approval.NotApproved, authority.OutsideMandate)):
        return LeftOut("already") if error.reason == "already" else Problem(error.reason)
    return next((Problem(key) for kind, key in ERRORS.items() if isinstance(error, kind)), None)


ERRORS: dict[type[Exception], str] = {
    MissingFact: "incomplete",
    NotProtected: "incomplete",
    NoGlyph: "font",
    AddressTooLong: "address",
    MissingEngine: "engine",
    BadFact: "refused",
}


@dataclass(frozen=True, kw_only=True)
class Job:
    """One kind of work. ``at_once`` says that it comes about together with the note that it did.

    ``binds`` says that its letters are put together for the printer.
    """

    permission: Permission
    check: Callable[[BatchItem, User, date], None]
    work: Callable[[BatchItem, User, datetime], None]
    at_once: bool = True
    binds: bool = False


# What is common to all ----------------------------------------------------------------------------


def case_for(item: BatchItem, by: User | None, permission: Permission) -> Case:
    """The case of an item, if somebody may still do this with it. Raises Problem."""
    case, team = item.case, item.batch.team_id
    within = Case.objects.within(by, permission) if by is not None else Case.objects.none()
    if not within.filter(pk=case.pk, team=team).exists():
        raise Problem("not_yours")
    if case.is_closed:
        raise Problem("closed")
    if has_left(case):
        raise Problem("left")
    if case.client is not None and not may_open(case.client):
        raise Problem("conflict")
    return case


def has_left(case: Case) -> bool:
    """Whether the client joined the campaign of a case and has left it again."""
    if case.campaign_id is None or case.client_id is None:
        return False
    joined = Participation.objects.filter(
        campaign=case.campaign_id, client=case.client_id, confirmed_at__isnull=False
    )
    return joined.exists() and not joined.filter(withdrawn_at=None).exists()


def happened_since(facts: Sequence[Fact], seen: int) -> str:
    """Why a case is left alone after what its log tells since; empty where nothing happened."""
    kinds = {fact.kind for fact in facts if fact.number > seen} - QUIET
    if kinds & HEARD:
        return "answered"
    if kinds & {"sent", "made"}:
        return "chased"
    return "changed" if kinds else ""


def _waiting(posture: Posture) -> int:
    """The first letter that is made and has not gone out. Raises Problem."""
    for number, arrival in posture.arrivals.items():
        if arrival.sent is None and arrival.received is None:
            return number
    raise Problem("no_letter")


def _letter(case: Case, number: int) -> Letter:
    found = case.letters.defer("pdf", "html").filter(number=number).first()
    if found is None:
        raise Problem("no_letter")
    found.case = case
    return found


def _tell(item: BatchItem, draft: Draft) -> None:
    """Note to whom a letter goes, and by which way it can."""
    addresses = mail.addresses_of(draft)
    item.told = {"to": [one.name for one in draft.addressees]}
    item.way = "email" if addresses else "post"
    item.recipients = [_hashed(address) for address in addresses]


def _hashed(address: str) -> str:
    return blake2b(address.lower().encode(), digest_size=12, key=search_key()).hexdigest()


def _to_go_out(item: BatchItem, by: User, on: date, *, permission: Permission) -> None:
    """Look at the letter of a case that waits to go out. Raises what ``problem_of`` knows."""
    case = case_for(item, by, permission)
    facts = case.facts()
    posture = case.posture(facts)
    number = item.letter or _waiting(posture)
    arrival = posture.arrivals.get(number)
    if arrival is None:
        raise Problem("no_letter")
    if arrival.sent or arrival.received:
        raise LeftOut("already")
    letter = _letter(case, number)
    if letter.messages.filter(outgoing=True, state__in=NOT_AGAIN).exists():
        raise LeftOut("already")
    approval.may_go_out(letter, by)
    authority.covers(case, letter.law, letter.kind, on=on)
    draft = compose(letter.letter_request())
    item.letter, item.seen = number, facts[-1].number
    _tell(item, draft)


# Letters to print ---------------------------------------------------------------------------------


def _check_letter(item: BatchItem, by: User, on: date) -> None:
    _to_go_out(item, by, on, permission=Permission.SEND)
    item.way = "post"


def _make_letter(item: BatchItem, by: User, at: datetime) -> None:
    case = case_for(item, by, Permission.SEND)
    if "sent" in {fact.kind for fact in case.facts() if fact.number > item.seen}:
        raise LeftOut("chased")
    letter = _letter(case, item.letter)
    to_print(letter, by, on=by.today(at))
    freeze(letter, at=at)


def to_print(letter: Letter, by: User | None, *, on: date) -> None:
    """Raise NotApproved or OutsideMandate where a letter may not go to the printer (any more).

    ``by`` is None where nobody asks any more, as in ``approval.may_go_out``.
    """
    approval.may_go_out(letter, by)
    authority.covers(letter.case, letter.law, letter.kind, on=on)


# The next letter of many cases --------------------------------------------------------------------


def _next(item: BatchItem, on: date) -> tuple[LetterRequest, int]:
    """The letter that carries a case on, and the last fact it rests on. Raises Problem."""
    case, kind = item.case, item.batch.step
    facts = case.facts()
    posture = case.posture(facts)
    steps = next_steps(case, posture, on)
    if any(_is_drafted(posture, step, kind) for step in steps):
        raise LeftOut("drafted")
    step = next((one for one in steps if one.letter == kind and one.is_due(on)), None)
    if step is None:
        raise Problem("no_step")
    told = {**item.batch.words, **step.facts}
    request = request_for(case, posture, kind, today=on, told=told)
    return request, facts[-1].number


def _is_drafted(posture: Posture, step: NextStep, kind: str) -> bool:
    number = step.send or step.review
    return bool(number) and number in posture.letters and posture.letters[number].kind == kind


def next_letter(item: BatchItem, on: date) -> Draft:
    """The letter of a chase as it would be made for a case. Raises what ``problem_of`` knows."""
    request, _seen = _next(item, on)
    return compose(request)


def _check_next(item: BatchItem, by: User, on: date) -> None:
    case = case_for(item, by, Permission.DRAFT)
    request, item.seen = _next(item, on)
    authority.covers(case, request.law, request.right, on=on)
    _tell(item, compose(request))


def _draft_next(item: BatchItem, by: User, at: datetime) -> None:
    item.case = Case.objects.select_for_update(no_key=True).get(pk=item.case_id)
    case = case_for(item, by, Permission.DRAFT)
    if since := happened_since(case.facts(), item.seen):
        raise LeftOut(since)
    request, seen = _next(item, by.today(at))
    letter = draft_letter(case, request, by=by)
    item.letter, item.seen = letter.number, seen + 1
    if approval.needs_review(letter, by):
        submit(letter, by=by)


# Sending and posting what a batch made ------------------------------------------------------------


def _check_sending(item: BatchItem, by: User, on: date) -> None:
    seen = item.seen
    if since := happened_since(item.case.facts(), seen):
        raise LeftOut(since)
    _to_go_out(item, by, on, permission=Permission.SEND)
    item.seen = seen
    if item.way != "email":
        raise Problem("no_address")


def _send(item: BatchItem, by: User, at: datetime) -> None:
    item.case = Case.objects.select_for_update(no_key=True).get(pk=item.case_id)
    case = case_for(item, by, Permission.SEND)
    if since := happened_since(case.facts(), item.seen):
        raise LeftOut(since)
    _keep_to_rate(item, at)
    try:
        send_letter(_letter(case, item.letter), channel="email", by=by)
    except CannotSend as error:
        if error.reason == "too_many":
            raise Held(at + AN_HOUR) from None
        raise


def _keep_to_rate(item: BatchItem, at: datetime) -> None:
    """Raise Held where one of the addresses got as many letters in the last hour as it may."""
    wanted = set(item.recipients)
    limit = item.batch.team.mails_an_hour
    times: dict[str, list[datetime]] = {one: [] for one in wanted}
    for recipients, done_at in sent_lately(item.batch, at).values_list("recipients", "done_at"):
        for one in wanted.intersection(recipients):
            times[one].append(done_at or at)
    full = [sorted(found)[-limit] + AN_HOUR for found in times.values() if len(found) >= limit]
    if full:
        raise Held(max(full))


def sent_lately(batch: Batch, at: datetime) -> QuerySet[BatchItem]:
    """What batches of the team sent in the last hour."""
    return BatchItem.objects.filter(
        batch__team=batch.team_id,
        batch__kind=Batch.Kind.SENDING,
        state=BatchItem.State.DONE,
        done_at__gt=at - AN_HOUR,
    )


def _check_posting(item: BatchItem, by: User, on: date) -> None:
    case_for(item, by, Permission.SEND)


def _post(item: BatchItem, by: User, at: datetime) -> None:
    item.case = Case.objects.select_for_update(no_key=True).get(pk=item.case_id)
    case = case_for(item, by, Permission.SEND)
    on = date.fromisoformat(item.batch.options["on"])
    record_sent_by_hand(_letter(case, item.letter), channel=item.batch.step, on=on, by=by)


JOBS: dict[str, Job] = {
    Batch.Kind.LETTERS: Job(
        permission=Permission.SEND,
        check=_check_letter,
        work=_make_letter,
        # Setting a letter takes long, nobody else is to wait for it, and it is safe to repeat.
        at_once=False,
        binds=True,
    ),
    Batch.Kind.CHASE: Job(permission=Permission.DRAFT, check=_check_next, work=_draft_next),
    Batch.Kind.SENDING: Job(permission=Permission.SEND, check=_check_sending, work=_send),
    Batch.Kind.POSTING: Job(permission=Permission.SEND, check=_check_posting, work=_post),
}
