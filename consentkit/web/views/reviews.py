"""Four eyes: the page on which a letter is read and decided about, and a team's queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from consentkit.letters import house_texts
from consentkit.letters import review as reviewing
from consentkit.letters.approval import CLEARED, REASONS, hindrances
from consentkit.letters.compose import compose
from consentkit.letters.models import Letter, Review
from consentkit.letters.review import CannotReview, Piece
from consentkit.teams.access import Forbidden
from consentkit.teams.models import User
from consentkit.teams.roles import Permission
from consentkit.web.casework.reviewing import (
    WORDS,
    CommentsForm,
    EmergencyForm,
    Part,
    difference,
    parts,
)
from consentkit.web.doors import case_or_404, may, mine, team_or_404
from consentkit.web.wizard.letter import title_of


@dataclass
class _Page:
    """One letter on its way through a review, for one person."""

    request: HttpRequest
    user: User
    letter: Letter
    reviews: list[Review]
    comments: CommentsForm = field(default_factory=CommentsForm)
    emergency: EmergencyForm = field(default_factory=EmergencyForm)

    @property
    def latest(self) -> Review | None:
        return self.reviews[-1] if self.reviews else None

    @property
    def open(self) -> Review | None:
        """The review that waits for a decision."""
        latest = self.latest
        return latest if latest and latest.state == Review.State.WAITING else None

    def now(self) -> list[Piece] | None:
        """The letter as it would go out, or did; None where it lacks something by now."""
        try:
            return reviewing.pieces(compose(self.letter.letter_request()))
        except LookupError:
            return None

    def before(self) -> list[Piece] | None:
        """The letter as it was when it was last read, None before that."""
        earlier = [one for one in self.reviews if one != self.open]
        return reviewing.approved(earlier[-1]) if earlier else None

    def typed(self) -> dict[str, str]:
        """The reviewer's own words, by paragraph."""
        told = self.request.POST
        return {key.removeprefix(WORDS): told[key] for key in told if key.startswith(WORDS)}

    def changes_words(self) -> bool:
        """Whether the reviewer typed other words than the letter has."""
        text = {one.key: _plain(one.text) for one in self.now() or ()}
        return any(
            _plain(words) and _plain(words) != text.get(key, _plain(words))
            for key, words in self.typed().items()
        )

    def parts(self) -> list[Part]:
        now = self.now()
        return [] if now is None else parts(self.before(), now, self.typed())

    def may(self, permission: Permission) -> bool:
        return may(self.request, self.letter.case, permission)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def case_review(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A letter as somebody else reads it, and what can be done with it."""
    case = case_or_404(request, code)
    if case.team_id is None or not isinstance(request.user, User):
        raise Http404
    letter = get_object_or_404(case.letters.defer("pdf", "html"), number=number)
    letter.case = case
    reviews = list(letter.reviews.select_related("asked_by", "decided_by").order_by("pk"))
    page = _Page(request, request.user, letter, reviews)
    if request.method == "POST":
        act = ACTS.get(request.POST.get("do", ""))
        if act is None:
            raise Http404
        try:
            done = act(page)
        except Forbidden:
            raise Http404 from None
        except CannotReview as error:
            messages.error(request, str(error))
            done = ""
        except LookupError:
            messages.error(
                request, gettext("This letter lacks something by now. Look it through first.")
            )
            done = ""
        if done:
            messages.success(request, done)
            return redirect("case-review", code=code, number=number)
    context = _context(page)
    return render(
        request, "web/reviews/review.html", context, status=422 if request.method == "POST" else 200
    )


def _context(page: _Page) -> dict[str, Any]:
    letter, case, latest = page.letter, page.letter.case, page.latest
    reason = hindrances(case, [letter])[letter.number]
    found = page.parts()
    is_own = page.open is not None and reviewing.is_own(page.open, page.user)
    may_review = page.may(Permission.REVIEW)
    is_open = not case.is_closed
    asks = reason != "waiting" and not letter.is_frozen and is_open
    return {
        "case": case,
        "letter": letter,
        "title": title_of(letter.law, letter.kind),
        "latest": latest,
        "open": page.open,
        "reason": reason,
        "why": REASONS.get(reason, ""),
        "parts": found,
        "changed": sum(1 for part in found if part.state),
        "compared": page.before() is not None,
        "history": [(one, _edits(one)) for one in reversed(page.reviews) if one != page.open],
        "is_own": is_own,
        "may_ask": asks and page.may(Permission.DRAFT) and not _is_cleared(latest, reason),
        "may_change": not letter.is_frozen and page.may(Permission.DRAFT),
        "may_review": may_review,
        "may_decide": page.open is not None and may_review and not is_own,
        "may_withdraw": may_review and latest is not None and latest.state in CLEARED,
        "may_send": not reason and page.may(Permission.SEND) and is_open,
        "may_print": page.may(Permission.SEND),
        "may_release": bool(reason) and is_open and page.may(Permission.SEND),
        "comments": page.comments,
        "emergency": page.emergency,
        "edited": page.request.POST.get("do") in DECISIONS and page.changes_words(),
    }


def _is_cleared(latest: Review | None, reason: str) -> bool:
    return latest is not None and latest.state in CLEARED and not reason


def _edits(review: Review) -> list[tuple[str, list[Any]]]:
    """The tracked edits of whoever approved: the paragraph, and what became of its words."""
    return [
        (edit["heading"] or edit["before"][:60], list(difference(edit["before"], edit["after"])))
        for edit in review.edits
    ]


# What can be done. Each says what was done; nothing where a form has to be looked at again.


def _ask(page: _Page) -> str:
    reviewing.submit(page.letter, by=page.user)
    return gettext("The letter waits for its review.")


def _approve(page: _Page) -> str:
    if page.changes_words():
        raise CannotReview(
            gettext("You have changed words. Approve with edits, or put the words back first.")
        )
    told = _told(page)
    if told is None:
        return ""
    reviewing.approve(_asked(page), by=page.user, comments=told)
    return gettext("Approved. The letter can go out as it is.")


def _edit(page: _Page) -> str:
    told = _told(page)
    if told is None:
        return ""
    reviewing.approve_with_edits(_asked(page), page.typed(), by=page.user, comments=told)
    return gettext("Approved with your edits. The author is told, and sees them.")


def _return(page: _Page) -> str:
    if page.changes_words():
        raise CannotReview(
            gettext("You have changed words. Approve with edits, or put the words back first.")
        )
    told = _told(page)
    if told is None:
        return ""
    if not told.strip():
        page.comments.add_error(
            "comments", gettext("Say what has to change, so that the author knows.")
        )
        return ""
    reviewing.send_back(_asked(page), by=page.user, comments=told)
    return gettext("Returned. The author is told.")


def _withdraw(page: _Page) -> str:
    if page.latest is None:
        raise Http404
    reviewing.withdraw(page.latest, by=page.user)
    return gettext("The approval is taken back. What has not gone out yet stops.")


def _release(page: _Page) -> str:
    page.emergency = EmergencyForm(page.request.POST)
    if not page.emergency.is_valid():
        return ""
    reason = page.emergency.cleaned_data["reason"]
    reviewing.release(page.letter, by=page.user, reason=reason)
    return gettext("The letter can go out. The supervisors are told.")


def _told(page: _Page) -> str | None:
    page.comments = CommentsForm(page.request.POST)
    return page.comments.cleaned_data["comments"] if page.comments.is_valid() else None


def _asked(page: _Page) -> Review:
    """The review that the form was about: not one that was asked for since."""
    asked = page.request.POST.get("review", "")
    for one in page.reviews:
        if str(one.pk) == asked:
            return one
    raise Http404


DECISIONS = ("approve", "edit", "return")
ACTS: dict[str, Callable[[_Page], str]] = {
    "ask": _ask,
    "approve": _approve,
    "edit": _edit,
    "return": _return,
    "withdraw": _withdraw,
    "release": _release,
}


# The queue ----------------------------------------------------------------------------------------


@mine
@require_safe
def team_reviews(request: HttpRequest, slug: str) -> HttpResponse:
    """What waits for its review in a team, the oldest first."""
    assert isinstance(request.user, User)
    team = team_or_404(request, slug, Permission.REVIEW)
    found = reviewing.waiting(team, request.user).defer(
        "submitted", "letter__request", "letter__text", "letter__html", "letter__pdf"
    )
    rows = [(one, title_of(one.letter.law, one.letter.kind)) for one in found]
    context = {"team": team, "rows": rows, "texts": house_texts.waiting(team).defer("body")}
    return render(request, "web/reviews/queue.html", context)
