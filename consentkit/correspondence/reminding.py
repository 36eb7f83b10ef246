"""The sweep: sends the reminders that are due and not yet said, each once.

Who says what is settled by the ledger (``cases.reminders``): claim, send, mark. A worker that dies
before it sends has sent nothing. One that dies between the mail server's "250" and the mark may
have sent the e-mail; it is then sent again, with the same Message-ID, by which most mail programs
show it once. We prefer that to the other choice, that a reminder is lost: a date may hang on it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum, auto
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from time import monotonic

from django.utils.translation import override

from consentkit.cases import clock, reminders, watch
from consentkit.cases.models import Reminder
from consentkit.teams.models import User

from .agenda import MOST
from .mailings import (
    Outbound,
    Refused,
    can_send,
    hand_over,
    language_of,
    lines,
    mailing,
    new_message_id,
    unknown_lines,
)

logger = logging.getLogger(__name__)
# Seconds. The queue ends a task after 300, and would do so in the middle of an e-mail.
LONGEST = 200


class NotAllReminded(Exception):
    """Some people could not be reminded; what is theirs stays claimed, and is tried again."""


def sweep(now: datetime) -> int:
    """Send what is due, and return how many e-mails went out. Any number may run at a time.

    Raises what the mail server's connection raises: what is left then stays due. One that takes too
    long leaves the rest to the next. Only a sweep that reached everybody counts as one
    (``clock.beat``).
    """
    outcomes = Counter(_outcomes(now)) if can_send() else Counter()
    if outcomes[Outcome.FAILED]:
        raise NotAllReminded(f"{outcomes[Outcome.FAILED]} e-mails")
    if not outcomes[Outcome.LEFT]:
        clock.beat(clock.SWEEP, now)
    return outcomes[Outcome.SENT]


class Outcome(Enum):
    """What became of what one person was to be told."""

    SENT = auto()
    NOTHING = auto()  # somebody else said it, it is no longer true, or nobody wants to hear it
    FAILED = auto()  # it stays claimed
    LEFT = auto()  # it, and what would have followed, is for the next sweep


def _outcomes(now: datetime) -> Iterator[Outcome]:
    started = monotonic()
    with Outbound() as mail:
        for claimed in reminders.take_over(now):
            yield _say(claimed, now, mail)
        for owner, deadlines in reminders.due(now):
            if monotonic() - started > LONGEST:
                yield Outcome.LEFT
                return
            if reminders.wants(owner):
                mail.connection()  # where there is none, nothing is claimed and all stays due
            message_id = new_message_id()
            yield _say(reminders.claim(owner, deadlines, now=now, message_id=message_id), now, mail)
            reminders.advance(owner, deadlines, now)
        for silence in watch.silences(now):
            if monotonic() - started > LONGEST:
                yield Outcome.LEFT
                return
            mail.connection()
            claimed = reminders.claim_silence(
                silence.person,
                silence.deadlines,
                silence.kind,
                now=now,
                message_id=new_message_id(),
            )
            yield _say(claimed, now, mail)


def _say(claimed: Sequence[Reminder], now: datetime, mail: Outbound) -> Outcome:
    """Send one e-mail about everything that was claimed."""
    if not claimed:
        return Outcome.NOTHING
    try:
        _send(claimed, now, mail)
    except Refused:
        logger.warning("reminders of user %s: their mail server refuses them", _owner(claimed).pk)
        reminders.give_up(claimed)
        return Outcome.NOTHING
    except (SMTPResponseException, SMTPRecipientsRefused):
        logger.exception("reminders of user %s: not taken", _owner(claimed).pk)
        return Outcome.FAILED
    except OSError:
        raise  # the connection is gone: nobody else can be reached either
    except Exception:
        # Whatever is wrong with the cases of one person, the others have a right to be reminded.
        logger.exception("reminders of user %s: not sent", _owner(claimed).pk)
        return Outcome.FAILED
    reminders.mark_sent(claimed, now)
    if _is_silence(claimed):
        watch.note_told(claimed)
    return Outcome.SENT


def _owner(claimed: Sequence[Reminder]) -> User:
    return claimed[0].recipient


def _is_silence(claimed: Sequence[Reminder]) -> bool:
    """Whether an e-mail tells of dates that others did not acknowledge; one never tells of both."""
    return claimed[0].kind in reminders.ESCALATIONS


def _send(claimed: Sequence[Reminder], now: datetime, mail: Outbound) -> None:
    owner = _owner(claimed)
    # One line for each date, however many of its moments were missed: it says how things stand now.
    dates = list({one.deadline_id: one.deadline for one in claimed}.values())
    with override(language_of(owner)):
        told: Sequence[object] = lines(dates[:MOST], owner, owner.today(now))
        if _is_silence(claimed):
            told = unknown_lines(dates[:MOST], owner)
        hand_over(
            mailing(
                owner,
                "silence" if _is_silence(claimed) else "reminders",
                {"lines": told, "number": len(dates), "more": len(dates) > MOST},
                message_id=claimed[0].message_id,
                connection=mail.connection(),
            )
        )
