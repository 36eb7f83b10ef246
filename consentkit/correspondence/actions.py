"""Sending the letters of a case, and saying what became of them.

What is known to be out never goes out again, and what is not known is asked of a person.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.cases import actions as cases
from consentkit.cases.log import BadFact, Detail, Fact, in_effect
from consentkit.cases.models import Case
from consentkit.cases.trail import leave
from consentkit.clients.mandates import REASONS as OF_MANDATES
from consentkit.letters import approval, authority
from consentkit.letters.actions import freeze
from consentkit.letters.compose import compose
from consentkit.letters.models import Letter
from consentkit.queue import later
from consentkit.teams.models import User

from . import mail, smtp
from .addresses import case_address
from .attachments import Checked, keep_file
from .channels import CHANNELS
from .days import day_of
from .models import Message

logger = logging.getLogger(__name__)
State = Message.State

# A task ends after five minutes, whatever it does (settings.Q_CLUSTER). Whoever has not finished
# after this time is dead.
GIVEN_UP = timedelta(minutes=10)
# How long to wait after each attempt that the server put off; after the last one it has failed.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 720))
# A message that no worker has looked at: its task got lost, or the worker is behind.
FORGOTTEN = timedelta(minutes=10)
# E-mails of one person in a day: more than anybody's own cases need, and too few to annoy others
# with. A company may be one that somebody typed in, with any address.
A_DAY, IN_A_DAY = timedelta(days=1), 20
ON_ITS_WAY = (State.QUEUED, State.CLAIMED, State.HANDING_OVER)
# In these states the letter has gone out, or will.
NOT_AGAIN = (*ON_ITS_WAY, State.SENT)


class CannotSend(Exception):
    """The letter cannot go this way now; ``reason`` is a key of ``REASONS``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def message(self) -> str | Promise:
        return REASONS[self.reason]


REASONS: dict[str, str | Promise] = {
    "already": _("This letter has gone out this way already, or is on its way."),
    "uncertain": _(
        "Perhaps this letter has gone out already: say first whether it did, below its message."
    ),
    "closed": _("This case is closed. Open it again first."),
    "future": _("This letter bears a date that is still to come."),
    "too_many": _(
        "You have sent many letters from here since yesterday. Send this one tomorrow, or with "
        "your own mail program."
    ),
    "no_address": _("We know no e-mail address for this letter. Choose another way."),
    "no_server": _("This site cannot send e-mail. Use your own mail program."),
    **approval.REASONS,
    **OF_MANDATES,
}

# What became of a message, by the beginning of its ``problem``.
PROBLEMS: dict[str, str | Promise] = {
    "smtp 5": _("Their mail server does not take it. Choose another way to send this letter."),
    "smtp 4": _("The mail server put it off too often. Choose another way, or try again later."),
    "address": _("The mail server cannot write to this address. Choose another way."),
    "unreachable": _(
        "Our mail server could not be reached. Choose another way, or try again later."
    ),
    "login": _("Our mail server does not let us in. Tell whoever runs this site."),
    "said_not_sent": _("You said that it did not go out. You can send it again."),
    "worker": _("The worker stopped while it handed the message over."),
    "stuck": _("It could not be sent from here. Tell whoever runs this site; choose another way."),
    "unclear": _("The mail server did not say whether it took the message."),
    **OF_MANDATES,
    "not_approved": _("It was stopped: nobody has approved this letter, or not any more."),
    "not_recorded": _("It went out, but could not be written into the log. Record it by hand."),
}


def problem_text(problem: str) -> str | Promise:
    """What a message's problem means to the person; empty for none."""
    return next((text for key, text in PROBLEMS.items() if problem.startswith(key)), "")


# Asking for a letter to be sent -------------------------------------------------------------------


def answers_to_choices(letter: Letter, by: User) -> list[str]:
    """The addresses to which an answer may be asked for, the best first."""
    own = letter.request.get("sender", {}).get("email", "")
    return [
        address for address in dict.fromkeys((case_address(letter.case), own, by.email)) if address
    ]


@transaction.atomic
def send_letter(letter: Letter, *, channel: str, by: User, answers_to: str = "") -> Message:
    """Send a letter from here; the worker does it. ``answers_to`` is one of ``answers_to_choices``.

    The letter is frozen. Raises CannotSend, and what ``letters.actions.freeze`` raises.
    """
    case = Case.objects.select_for_update(no_key=True).get(pk=letter.case_id)
    letter = Letter.objects.get(pk=letter.pk)
    if not CHANNELS[channel].from_here():
        raise CannotSend("no_server")
    _may_go_out(case, letter, channel, by)
    request = letter.letter_request()
    draft = compose(request)
    if not mail.addresses_of(draft):
        raise CannotSend("no_address")
    if request.date > _today(case):
        raise CannotSend("future")
    if _are_too_many(case):
        raise CannotSend("too_many")
    choices = answers_to_choices(letter, by)
    answers = answers_to if answers_to in choices else choices[0]
    freeze(letter)
    # A letter that was final before says the same as it did then, whatever its text file says now.
    body = draft.body() if draft.text() == letter.text else letter.text
    message = Message.objects.create(
        case=case,
        letter=letter,
        outgoing=True,
        state=State.QUEUED,
        message_id=mail.new_message_id(),
        headers=mail.headers_of(letter, draft, answers),
        text=body,
        made_at=timezone.now(),
    )
    leave(case, "letter.queued", by=by, letter=letter.number, message=message.pk)
    later("deliver", message.pk)
    return message


def _are_too_many(case: Case) -> bool:
    """Whether as many e-mails have gone out since yesterday as may.

    A team's letters to companies of the directory, whose addresses nobody typed in, are counted
    for the team; all others for whoever answers for them.
    """
    made = Message.objects.filter(
        outgoing=True, letter__isnull=False, made_at__gt=timezone.now() - A_DAY
    )
    by_team = Q(case__team__isnull=False) & ~Q(case__platform="")
    if case.team_id is not None and case.platform:
        sent = made.filter(by_team, case__team=case.team_id)
        return sent.count() >= settings.TEAM_MAILS_A_DAY
    return made.filter(~by_team, case__owner=case.owner_id).count() >= IN_A_DAY


def _may_go_out(
    case: Case, letter: Letter, channel: str, by: User, *, on: date | None = None
) -> None:
    """Raise CannotSend where a letter is out by this channel, nobody knows, or nobody approved.

    ``on`` is the day where it went out already: the mandate of that day counts.
    """
    if case.is_closed:
        raise CannotSend("closed")
    try:
        approval.may_go_out(letter, by)
        day = on or timezone.localdate()
        authority.covers(case, letter.law, letter.kind, on=day, in_hindsight=on is not None)
    except (approval.NotApproved, authority.OutsideMandate) as error:
        raise CannotSend(error.reason) from None
    sent = _sent_facts(case.facts(), letter.number)
    if any(fact.get(Detail.CHANNEL) == channel for fact in sent):
        raise CannotSend("already")
    if channel == "email":
        states = set(letter.messages.filter(outgoing=True).values_list("state", flat=True))
        if State.UNCERTAIN in states:
            raise CannotSend("uncertain")
        if states & set(NOT_AGAIN):
            raise CannotSend("already")


def _sent_facts(facts: Sequence[Fact], letter: int) -> list[Fact]:
    """How a letter went out and did not come back."""
    about = [fact for fact in in_effect(facts) if fact.letter == letter]
    back = max((fact.number for fact in about if fact.kind == "bounced"), default=0)
    return [fact for fact in about if fact.kind == "sent" and fact.number > back]


def _today(case: Case) -> date:
    """The latest day that it is, here or where the duty lies."""
    now = timezone.now()
    return max(day_of(case, now), timezone.localdate(now))


# The worker's part --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Claim:
    """One worker's hold on a message. Whoever holds a later one has taken it over."""

    message: Message
    at: datetime

    def move(self, *before: Message.State, **changes: object) -> bool:
        """Change the message if it is still ours and in one of these states."""
        held = Message.objects.filter(pk=self.message.pk, claimed_at=self.at, state__in=before)
        return bool(held.update(**changes))


def deliver(message_id: int) -> None:
    """Hand one queued message to the mail server. Safe to run twice, and beside others."""
    claim = _claim(message_id)
    if claim is None:
        return
    message = claim.message
    letter = message.letter
    assert letter is not None
    try:
        with smtp.session() as session:
            session.offer(mail.envelope_of(message))
            mandate = authority.in_force_for(letter, on=timezone.localdate())
            raw = mail.written(message, letter, claim.at, mandate)
            if not _begin(claim, letter, raw):
                return  # somebody stopped it, or thought that we were dead
            session.hand_over(raw)
    except smtp.Unclear:
        claim.move(State.HANDING_OVER, state=State.UNCERTAIN, problem="unclear")
        return
    except smtp.Refused as error:
        _failed(claim, error.problem)
        return
    except smtp.Postponed as error:
        _put_off(claim, error.problem)
        return
    _handed_over(claim, timezone.now())


@transaction.atomic
def _begin(claim: _Claim, letter: Letter, raw: bytes) -> bool:
    """Begin to hand a message over, unless its letter may not go out any more.

    Whoever takes an approval back holds the case meanwhile: it is before this, or too late.
    """
    Case.objects.select_for_update(no_key=True).get(pk=letter.case_id)
    try:
        approval.may_go_out(letter, by=None)
        authority.covers(letter.case, letter.law, letter.kind, on=timezone.localdate())
    except (approval.NotApproved, authority.OutsideMandate) as error:
        problem = error.reason if isinstance(error, authority.OutsideMandate) else "not_approved"
        if claim.move(State.CLAIMED, state=State.STOPPED, problem=problem):
            leave(claim.message.case, "message.stopped", by=None, message=claim.message.pk)
        return False
    return claim.move(
        State.CLAIMED, state=State.HANDING_OVER, raw=raw, sha256=sha256(raw).hexdigest()
    )


def _claim(message_id: int) -> _Claim | None:
    now = timezone.now()
    claimed = Message.objects.filter(pk=message_id, outgoing=True, state=State.QUEUED).update(
        state=State.CLAIMED, claimed_at=now, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    message = Message.objects.select_related("case__owner", "letter").get(pk=message_id)
    return _Claim(message, now)


def _failed(claim: _Claim, problem: str) -> None:
    """It did not go out, and no further attempt is worth while."""
    claim.move(
        State.CLAIMED, State.HANDING_OVER, state=State.FAILED, problem=problem, raw=b"", sha256=""
    )


def _put_off(claim: _Claim, problem: str) -> None:
    if problem in ("login", "unreachable"):
        logger.warning("mail server: %s; message %s waits", problem, claim.message.pk)
    if claim.message.attempts > len(PAUSES):
        _failed(claim, problem)
        return
    claim.move(
        State.CLAIMED, State.HANDING_OVER, state=State.QUEUED, problem=problem, raw=b"", sha256=""
    )


def _handed_over(claim: _Claim, at: datetime) -> None:
    """The server took it. What it is and what is told of it come about together, or not at all."""
    with transaction.atomic():
        # A sweep may have thought us dead meanwhile; we know better.
        if claim.move(
            State.HANDING_OVER,
            State.UNCERTAIN,
            state=State.SENT,
            handed_over_at=at,
            problem="",
        ):
            _record_sent(claim.message, at, by=None)


def _record_sent(message: Message, at: datetime, *, by: User | None) -> None:
    """Write into the log that the letter of a message went out. Part of a transaction."""
    letter = message.letter
    assert letter is not None
    case = message.case
    on = max(day_of(case, at), letter.letter_request().date)
    try:
        with transaction.atomic():
            cases.record(
                case,
                "sent",
                on=on,
                by=by,
                details={
                    Detail.LETTER: letter.number,
                    Detail.CHANNEL: "email",
                    Detail.MESSAGE: message.number_in_log,
                },
                arguably_on=max(on, timezone.localdate(at)),
            )
    except BadFact:
        # The case was closed meanwhile, or the letter given up. The message is out all the same.
        Message.objects.filter(pk=message.pk).update(problem="not_recorded")


def requeue_unfinished(now: datetime | None = None) -> None:
    """Look after messages whose worker died, and those whose next attempt is due.

    A worker that died before it handed anything over is replaced. One that died while doing so may
    have been heard: a person decides.
    """
    now = now or timezone.now()
    dead = Message.objects.filter(outgoing=True, claimed_at__lt=now - GIVEN_UP)
    dead.filter(state=State.HANDING_OVER).update(state=State.UNCERTAIN, problem="worker")
    unfinished = dead.filter(state=State.CLAIMED)
    # What kills every worker that touches it is not given to the next one for ever.
    unfinished.filter(attempts__gt=len(PAUSES)).update(state=State.FAILED, problem="stuck")
    unfinished.update(state=State.QUEUED)
    for pk in Message.objects.filter(_is_due(now), outgoing=True, state=State.QUEUED).values_list(
        "pk", flat=True
    ):
        later("deliver", pk)


def _is_due(now: datetime) -> Q:
    """Which queued messages a worker should look at now."""
    due = Q(claimed_at=None, made_at__lt=now - FORGOTTEN)
    for number, pause in enumerate(PAUSES, start=1):
        due |= Q(attempts=number, claimed_at__lt=now - pause)
    return due


# What a person decides ----------------------------------------------------------------------------


@transaction.atomic
def stop(message: Message, *, by: User | None = None) -> bool:
    """Stop a message that no worker has begun to hand over; whether that was in time."""
    stopped = Message.objects.filter(
        pk=message.pk, outgoing=True, state__in=(State.QUEUED, State.CLAIMED)
    ).update(state=State.STOPPED)
    if stopped:
        leave(message.case, "message.stopped", by=by, message=message.pk)
    return bool(stopped)


def confirm_sent(message: Message, *, by: User) -> bool:
    """An uncertain message did go out. False where it is not uncertain any more."""
    return _did_go_out(message, Q(state=State.UNCERTAIN), by=by)


def proved_sent(message: Message) -> bool:
    """Something came in that shows that a message went out, whatever we thought of it."""
    doubtful = Q(state__in=(State.HANDING_OVER, State.UNCERTAIN))
    return _did_go_out(message, doubtful | Q(state=State.FAILED, problem="said_not_sent"), by=None)


@transaction.atomic
def _did_go_out(message: Message, where: Q, *, by: User | None) -> bool:
    at = message.claimed_at or timezone.now()
    changed = Message.objects.filter(where, pk=message.pk).update(
        state=State.SENT, handed_over_at=at, problem=""
    )
    if changed:
        _record_sent(message, at, by=by)
    return bool(changed)


@transaction.atomic
def confirm_not_sent(message: Message, *, by: User | None = None) -> bool:
    """An uncertain message did not go out, so its letter may be sent again."""
    changed = Message.objects.filter(pk=message.pk, state=State.UNCERTAIN).update(
        state=State.FAILED, problem="said_not_sent"
    )
    if changed:
        leave(message.case, "message.not_sent", by=by, message=message.pk)
    return bool(changed)


@transaction.atomic
def record_bounce(message: Message, *, on: date, status: str) -> bool:
    """A message that went out came back: its letter counts as not sent. False where that is known.

    What came back had gone out, even where nobody was sure of that.
    """
    proved_sent(message)
    changed = Message.objects.filter(pk=message.pk, state=State.SENT).update(
        state=State.BOUNCED, problem=" ".join(filter(None, ["smtp 5 bounced", status]))
    )
    if not changed or message.letter is None:
        return False
    sent = [
        fact
        for fact in _sent_facts(message.case.facts(), message.letter.number)
        if fact.get(Detail.MESSAGE) == message.number_in_log
    ]
    if not sent:
        return False
    with contextlib.suppress(BadFact), transaction.atomic():
        cases.record(
            message.case,
            "bounced",
            on=max(on, sent[0].on),
            by=None,
            details={Detail.LETTER: message.letter.number, Detail.MESSAGE: message.number_in_log},
        )
    return True


# By hand ------------------------------------------------------------------------------------------


@transaction.atomic
def record_sent_by_hand(
    letter: Letter,
    *,
    channel: str,
    on: date,
    by: User,
    note: str = "",
    files: Sequence[Checked] = (),
    proven: bool = False,
) -> Fact:
    """Record that somebody sent a letter themselves, with what they keep as proof.

    ``note`` (a tracking number, say) is sealed. ``proven`` says that the way itself confirmed the
    arrival, as a web form does. The letter is frozen. Raises CannotSend and BadFact, and what
    ``letters.actions.freeze`` raises.
    """
    case = Case.objects.select_for_update(no_key=True).get(pk=letter.case_id)
    letter = Letter.objects.get(pk=letter.pk)
    if on > _today(case):
        raise BadFact(_("This day is still to come."))
    # What was made final before may have been posted before its mandate was taken back.
    _may_go_out(case, letter, channel, by, on=on if letter.is_frozen else None)
    freeze(letter)
    details = {Detail.LETTER: letter.number, Detail.CHANNEL: channel}
    fact = cases.record(case, "sent", on=on, by=by, details=details, note=note)
    for file in files:
        keep_file(case, file, event=fact.number, by=by)
    proof = CHANNELS[channel].proof
    if proven and proof:
        details = {Detail.LETTER: letter.number, Detail.EVIDENCE: proof}
        cases.record(case, "received", on=on, by=by, details=details)
    return fact
