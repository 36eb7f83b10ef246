"""The daily digest: what each person has to look at, sent whether the queue runs or not.

``manage.py tickle`` runs it, from the system's own cron. It may run any number of times: a person
gets one a day, in their own morning, and none on a day with nothing to say.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from time import monotonic

from django.utils.translation import override

from consentkit.cases import clock
from consentkit.cases.models import Digest
from consentkit.cases.reminders import STALE, morning, wants
from consentkit.teams.models import User

from .agenda import MOST, Agenda, agendas
from .mailings import (
    Outbound,
    Refused,
    address_of,
    can_send,
    hand_over,
    language_of,
    lines,
    mailing,
    new_message_id,
    title_of,
    unknown_lines,
)

logger = logging.getLogger(__name__)
# How long the ledger remembers; a day needs no longer than its longest time zone.
KEPT = timedelta(days=30)


class NotAllToldToday(Exception):
    """Some people could not be sent their digest; the next run tries again."""


def send_digests(now: datetime) -> int:
    """Send what has not been sent today, and return how many went out.

    Raises what the mail server's connection raises. Only a run that reached everybody counts as one
    (``clock.beat``).
    """
    sent, failed = (0, 0) if not can_send() else _send_all(now)
    if failed:
        raise NotAllToldToday(f"{failed} digests")
    Digest.objects.filter(day__lt=now.date() - KEPT).delete()
    clock.beat(clock.DIGEST, now)
    return sent


def _send_all(now: datetime) -> tuple[int, int]:
    sent = failed = 0
    started = monotonic()
    with Outbound() as mail:
        for agenda in agendas(now):
            if not wants(agenda.owner):
                continue
            day = morning(agenda.owner, now)
            mail.connection()  # where there is none, nothing is claimed
            # A long run goes on beside the next one: each claim is as old as it is.
            at = now + timedelta(seconds=monotonic() - started)
            message_id = _claim(agenda.owner, day, at)
            if message_id is None:
                continue
            try:
                _send(agenda, now, message_id, mail)
            except Refused:
                logger.warning("digest of user %s: their server refuses it", agenda.owner.pk)
                Digest.objects.filter(recipient=agenda.owner, day=day).update(message_id="")
                continue
            except (SMTPResponseException, SMTPRecipientsRefused):
                logger.exception("digest of user %s: not taken", agenda.owner.pk)
                failed += 1
                continue
            except OSError:
                raise  # the connection is gone: nobody else can be reached either
            except Exception:
                # Whatever is wrong with one person's cases, the others are told of theirs.
                logger.exception("digest of user %s: not sent", agenda.owner.pk)
                failed += 1
                continue
            Digest.objects.filter(recipient=agenda.owner, day=day).update(sent_at=now)
            sent += 1
    return sent, failed


def _claim(owner: User, day: date, now: datetime) -> str | None:
    """The Message-ID under which a digest is ours to send; None where it is somebody else's.

    A claim whose process died is taken over, with the Message-ID it had.
    """
    message_id = new_message_id()
    mine = Digest(recipient=owner, day=day, claimed_at=now, message_id=message_id)
    Digest.objects.bulk_create([mine], ignore_conflicts=True)
    row = Digest.objects.get(recipient=owner, day=day)
    if row.message_id == message_id:
        return message_id
    if row.sent_at is not None or row.claimed_at >= now - STALE or not row.message_id:
        return None
    left = Digest.objects.filter(pk=row.pk, sent_at=None, claimed_at=row.claimed_at)
    kept: str = row.message_id
    return kept if left.update(claimed_at=now) else None


def _send(agenda: Agenda, now: datetime, message_id: str, mail: Outbound) -> None:
    owner = agenda.owner
    today = owner.today(now)
    with override(language_of(owner)):
        late, soon = (lines(dates[:MOST], owner, today) for dates in (agenda.late, agenda.soon))
        cases = [
            (title_of(case) if owner.names_in_mail else "", address_of("case", case.code))
            for case in agenda.undated
        ]
        doubtful = [
            (title_of(one.case) if owner.names_in_mail else "", address_of("case", one.case.code))
            for one in agenda.uncertain
        ]
        offices = [
            (
                one,
                address_of("team-control", one.team.slug),
                address_of("team-watch", one.team.slug),
            )
            for one in agenda.offices
        ]
        hand_over(
            mailing(
                owner,
                "digest",
                {
                    "more": max(map(len, (agenda.late, agenda.soon, agenda.unknown))) > MOST,
                    "unknown": unknown_lines(agenda.unknown[:MOST], owner),
                    "offices": offices,
                    "late": late,
                    "soon": soon,
                    "undated": cases,
                    "uncertain": doubtful,
                },
                message_id=message_id,
                connection=mail.connection(),
            )
        )
