"""Whether a letter of a team may go out: who has to have read it, and whether it is still the same.

What somebody wrote whose role needs it goes out only as somebody else approved it, to the letter.
Whatever was given to a review once needs its end. A person's own letters ask nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import BadFact, Fact
from consentkit.cases.models import Case
from consentkit.cases.trail import leave
from consentkit.teams.models import AuditEntry, Membership, User
from consentkit.teams.roles import ROLES, Permission

from .compose import compose
from .models import Letter, Review

State = Review.State
CLEARED = (State.APPROVED, State.EDITED, State.EMERGENCY)
# A review that stands: what changes the letter voids it.
STANDING = (State.WAITING, *CLEARED)
REVISED = "letter.revised"

REASONS: dict[str, str | Promise] = {
    "ask": _("Somebody else has to read this letter before it goes out. Ask for a review first."),
    "waiting": _("This letter waits for its review. It can go out once it is approved."),
    "returned": _(
        "This letter came back from its review with comments. Look at them, change the letter, and "
        "ask for another review."
    ),
    "void": _("The approval of this letter no longer holds. Ask for another review."),
    "no_right": _("Your role does not let letters go out. Somebody whose role does can send it."),
}
OF_STATE = {State.WAITING: "waiting", State.RETURNED: "returned"}


class NotApproved(BadFact):
    """The letter may not go out; the message says why. ``reason`` is a key of ``REASONS``."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


def content_hash(letter: Letter) -> str:
    """The hash of everything that goes out: the words, and all that the letter is made from.

    Raises what ``compose`` raises where a draft cannot be made any more.
    """
    words = letter.text if letter.is_frozen else compose(letter.letter_request()).text()
    told = json.dumps([words, letter.request], sort_keys=True, ensure_ascii=False)
    return sha256(told.encode()).hexdigest()


def may_go_out(letter: Letter, by: User | None) -> None:
    """Raise NotApproved where a letter may not go out, or not by this person.

    ``by`` is None where nobody asks any more: a worker, or a letter that is made final.
    """
    case = letter.case
    if case.team_id is None:
        return
    if by is not None and not Case.objects.within(by, Permission.SEND).contains(case):
        raise NotApproved("no_right")
    reason = hindrances(case, [letter], by=by)[letter.number]
    if reason:
        raise NotApproved(reason)


def needs_review(letter: Letter, by: User | None) -> bool:
    """Whether somebody else has to read a letter before it goes out. ``by`` is who would send it"""
    case = letter.case
    if case.team_id is None:
        return False
    hands = _hands(case, [letter], case.facts())[letter.number]
    people = hands | ({by.pk} if by else set())
    return letter.reviews.exists() or bool(people & _read_first(case, people))


def hindrances(
    case: Case,
    letters: Sequence[Letter],
    *,
    by: User | None = None,
    facts: Sequence[Fact] | None = None,
) -> dict[int, str]:
    """By the number of each letter why it may not go out, as a key of ``REASONS``; empty if it may.

    Three questions to the database, however many letters there are.
    """
    if case.team_id is None:
        return {letter.number: "" for letter in letters}
    hands = _hands(case, letters, case.facts() if facts is None else facts)
    asked = {by.pk} if by else set()
    read_first = _read_first(case, asked.union(*hands.values()))
    reviews = {review.letter_id: review for review in _reviews(letters)}
    return {
        letter.number: _hindrance(
            letter,
            reviews.get(letter.pk),
            needed=bool((hands[letter.number] | asked) & read_first),
        )
        for letter in letters
    }


def _reviews(letters: Sequence[Letter]) -> Iterable[Review]:
    """Every review of some letters, the latest last."""
    found = Review.objects.filter(letter__in=[letter.pk for letter in letters])
    return found.only("letter", "state", "approved_sha256").order_by("pk")


def _hindrance(letter: Letter, latest: Review | None, *, needed: bool) -> str:
    if latest is None:
        return "ask" if needed else ""
    if latest.state not in CLEARED:
        return OF_STATE.get(State(latest.state), "void")
    return "" if is_as_approved(letter, latest) else "void"


def is_as_approved(letter: Letter, review: Review) -> bool:
    """Whether a letter is still what was approved."""
    try:
        return content_hash(letter) == review.approved_sha256
    except LookupError:  # its text asks for something by now that was not told then
        return False


def authors(letter: Letter) -> set[int]:
    """Who wrote a letter, and who changed it last, as numbers of people."""
    return _hands(letter.case, [letter], letter.case.facts())[letter.number]


def _hands(case: Case, letters: Sequence[Letter], facts: Sequence[Fact]) -> dict[int, set[int]]:
    made = {fact.letter: fact.by for fact in facts if fact.kind == "made"}
    changes = AuditEntry.objects.filter(
        team=case.team_id, thing="case", thing_id=case.pk, action=REVISED
    )
    revised = {
        entry.details["letter"]: entry.user
        for entry in changes.order_by("number").only("details", "user")
    }
    numbers = [letter.number for letter in letters]
    return {
        number: {one for one in (made.get(number), revised.get(number)) if one is not None}
        for number in numbers
    }


def _read_first(case: Case, people: Iterable[int]) -> set[int]:
    """Whose letters somebody else has to read, by their latest role in the team of the case."""
    found = Membership.objects.filter(team=case.team_id, user__in=list(people)).order_by("pk")
    roles: Mapping[int, str] = dict(found.values_list("user", "role"))
    return {user for user, role in roles.items() if ROLES[role].needs_review}


@transaction.atomic
def changed(letter: Letter, *, by: User | None) -> None:
    """A draft was changed: note who did it, and void what was said of it before."""
    if letter.case.team_id is None:
        return
    leave(letter.case, REVISED, by=by, letter=letter.number)
    for review in letter.reviews.filter(state__in=STANDING):
        void(review, by=by)


@transaction.atomic
def void(review: Review, *, by: User | None) -> None:
    """A review counts no more."""
    gone = Review.objects.filter(pk=review.pk, state__in=STANDING).update(
        state=State.VOID, voided_at=timezone.now()
    )
    if gone:
        letter = review.letter
        leave(letter.case, "review.voided", by=by, letter=letter.number, review=review.pk)
