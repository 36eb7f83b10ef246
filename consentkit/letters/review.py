"""Four eyes: asking somebody else to read a letter, and what they say of it.

An approval is of one wording: its hash is kept, and whatever changes the letter ends it. Every step
is in the team's audit log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case
from consentkit.cases.trail import leave
from consentkit.queue import later
from consentkit.teams.access import Forbidden, reach
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .actions import rewrite
from .approval import CLEARED, STANDING, authors, content_hash, void
from .compose import Draft, Paragraph, compose
from .models import Letter, Review

State = Review.State


class CannotReview(ValueError):
    """It cannot be done; the message says why, for a person to read."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)


@dataclass(frozen=True)
class Piece:
    """A part of a letter as it is reviewed. ``key`` of what is no paragraph begins with ``@``."""

    key: str
    heading: str
    text: str

    def as_json(self) -> list[str]:
        return [self.key, self.heading, self.text]


def pieces(draft: Draft) -> list[Piece]:
    """Everything that stands on a letter, from the sender to the signer."""
    addressees = ["\n".join(addressee.lines) for addressee in draft.addressees]
    letterhead = "\n".join(draft.letterhead)
    return [
        *([Piece("@letterhead", "", letterhead)] if letterhead else []),
        Piece("@sender", "", "\n".join(draft.sender_lines)),
        Piece("@to", "", "\n\n".join(addressees)),
        Piece("@date", "", f"{draft.date_line}\n{draft.reference}"),
        Piece("@subject", "", draft.subject),
        Piece("@salutation", "", draft.salutation),
        *(Piece(_key(one), one.heading, one.text) for one in draft.included()),
        *([Piece("@last", "", draft.last_line)] if draft.last_line else []),
        Piece("@closing", "", f"{draft.closing}\n{draft.signer}"),
    ]


def _key(paragraph: Paragraph) -> str:
    """The key of a paragraph; one of the team's own is not put in other words in a review."""
    return f"@{paragraph.key}" if paragraph.house else paragraph.key


def submitted(review: Review) -> list[Piece]:
    """The letter as it was given to a review."""
    return [Piece(*told) for told in review.submitted]


def approved(review: Review) -> list[Piece]:
    """The letter as it left a review: with the edits of whoever approved it."""
    after = {edit["key"]: edit["after"] for edit in review.edits}
    return [replace(one, text=after.get(one.key, one.text)) for one in submitted(review)]


def waiting(team: Team, user: User) -> QuerySet[Review]:
    """What waits for its review in a team, of what somebody may review; the oldest first."""
    found = Review.objects.filter(
        reach(user, Permission.REVIEW, "letter__case__"),
        letter__case__team=team,
        state=State.WAITING,
    )
    return found.select_related("letter__case", "asked_by").order_by("asked_at", "pk")


# Asking -------------------------------------------------------------------------------------------


@transaction.atomic
def submit(letter: Letter, *, by: User) -> Review:
    """Ask for a review. Asking twice for the same wording gives the review that waits.

    Raises CannotReview, Forbidden, and what ``compose`` raises.
    """
    letter = _locked(letter)
    if letter.is_frozen or letter.case.is_closed:
        raise CannotReview(_("This letter has gone out, or its case is closed."))
    _require(by, Permission.DRAFT, letter.case)
    digest = content_hash(letter)
    for standing in letter.reviews.filter(state__in=STANDING):
        now = standing.content_sha256 if standing.state == State.WAITING else ""
        if digest in (now, standing.approved_sha256):
            return standing
        void(standing, by=by)
    review = Review.objects.create(
        letter=letter,
        asked_by=by,
        asked_at=timezone.now(),
        content_sha256=digest,
        submitted=[one.as_json() for one in pieces(compose(letter.letter_request()))],
        state=State.WAITING,
    )
    _note(review, "review.asked", by)
    return review


# Deciding -----------------------------------------------------------------------------------------


@transaction.atomic
def approve(review: Review, *, by: User, comments: str = "") -> None:
    """Let the letter go out as it was submitted. Raises CannotReview and Forbidden."""
    review = _open(review, by)
    _decide(
        review,
        State.APPROVED,
        by=by,
        comments=comments,
        approved_sha256=review.content_sha256,
    )


@transaction.atomic
def approve_with_edits(
    review: Review, words: Mapping[str, str], *, by: User, comments: str = ""
) -> None:
    """Let the letter go out with other words, by the key of their paragraph.

    What was there and what is there now are kept, so that the author sees it. Raises CannotReview
    and Forbidden.
    """
    review = _open(review, by)
    letter = review.letter
    request = letter.letter_request()
    before = {one.key: one for one in compose(request).included() if not one.house}
    other = {
        key: plain
        for key, text in words.items()
        if key in before and (plain := _plain(text)) and plain != _plain(before[key].text)
    }
    if not other:
        raise CannotReview(_("You have not changed a word. Approve the letter as it is."))
    rewrite(letter, replace(request, edits={**request.edits, **other}))
    after = {one.key: one.text for one in compose(letter.letter_request()).included()}
    _decide(
        review,
        State.EDITED,
        by=by,
        comments=comments,
        approved_sha256=content_hash(letter),
        edits=[
            {
                "key": key,
                "heading": before[key].heading,
                "before": before[key].text,
                "after": after[key],
            }
            for key in before
            if key in other
        ],
    )


@transaction.atomic
def send_back(review: Review, *, by: User, comments: str) -> None:
    """Return the letter to whoever asked. Raises CannotReview and Forbidden."""
    review = _open(review, by, as_submitted=False)
    if not comments.strip():
        raise CannotReview(_("Say what has to change, so that the author knows."))
    _decide(review, State.RETURNED, by=by, comments=comments)


@transaction.atomic
def withdraw(review: Review, *, by: User) -> None:
    """Take an approval back: what has not gone out yet stops. Raises CannotReview and Forbidden."""
    letter = _locked(review.letter)
    _require(by, Permission.REVIEW, letter.case)
    if not letter.reviews.filter(pk=review.pk, state__in=CLEARED).exists():
        raise CannotReview(_("There is no approval any more that could be taken back."))
    void(review, by=by)


@transaction.atomic
def release(letter: Letter, *, by: User, reason: str) -> Review:
    """Let a letter go out unread in an emergency; every supervisor of the team is told.

    Raises CannotReview, Forbidden, and what ``compose`` raises.
    """
    letter = _locked(letter)
    _require(by, Permission.SEND, letter.case)
    if letter.case.is_closed:
        raise CannotReview(_("This case is closed. Open it again first."))
    if not reason.strip():
        raise CannotReview(_("Say why this letter cannot wait for its review."))
    for standing in letter.reviews.filter(state__in=STANDING):
        void(standing, by=by)
    digest, now = content_hash(letter), timezone.now()
    review = Review.objects.create(
        letter=letter,
        asked_by=by,
        asked_at=now,
        content_sha256=digest,
        approved_sha256=digest,
        submitted=[one.as_json() for one in pieces(compose(letter.letter_request()))],
        state=State.EMERGENCY,
        decided_by=by,
        decided_at=now,
        reason=reason,
    )
    _note(review, "review.emergency", by)
    later("tell_of_review", review.pk)
    return review


def _open(review: Review, by: User, *, as_submitted: bool = True) -> Review:
    """A review that waits for a decision by this person, read anew, with its case locked."""
    letter = _locked(review.letter)
    _require(by, Permission.REVIEW, letter.case)
    review = Review.objects.get(pk=review.pk)
    review.letter = letter
    if review.state != State.WAITING:
        raise CannotReview(
            _("This review has been decided, or the letter has changed. Look at it again.")
        )
    if is_own(review, by):
        raise CannotReview(_("Nobody reviews a letter of their own. Somebody else has to read it."))
    if as_submitted and (letter.is_frozen or content_hash(letter) != review.content_sha256):
        raise CannotReview(
            _("The letter is not what was submitted any more. Return it, so that it is made anew.")
        )
    return review


def is_own(review: Review, user: User) -> bool:
    """Whether somebody asked for a review themselves, or wrote or changed what it is about."""
    return user.pk in authors(review.letter) | {review.asked_by_id}


def _decide(review: Review, state: Review.State, *, by: User, **told: object) -> None:
    now: datetime = timezone.now()
    told = {"state": state, "decided_by": by, "decided_at": now, **told}
    for name, value in told.items():
        setattr(review, name, value)
    review.save(update_fields=list(told))
    _note(review, f"review.{state.value}", by)
    later("tell_of_review", review.pk)


def _locked(letter: Letter) -> Letter:
    """The letter, read anew, while nobody else decides about its case."""
    case = Case.objects.select_for_update(no_key=True).get(pk=letter.case_id)
    found = Letter.objects.get(pk=letter.pk)
    found.case = case
    return found


def _require(by: User, permission: Permission, case: Case) -> None:
    if case.team_id is None or not Case.objects.within(by, permission).contains(case):
        raise Forbidden(f"user {by.pk}: {permission} of case {case.pk}")


def _note(review: Review, action: str, by: User) -> None:
    letter, digest = review.letter, review.approved_sha256 or review.content_sha256
    leave(letter.case, action, by=by, letter=letter.number, review=review.pk, sha256=digest)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
