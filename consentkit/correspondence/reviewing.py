"""E-mails about reviews: to the author what was decided, to every supervisor that a letter was let
go unread. They only lead to the page; what stands in the letter and the comments stays there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from consentkit.cases.models import Case
from consentkit.letters.models import Review
from consentkit.queue import later
from consentkit.teams.models import Membership, Team, User
from consentkit.teams.roles import Permission, roles_with

from .mailings import Outbound, Refused, address_of, can_send, hand_over, language_of, mailing

# A decision of which nobody was told by now: its task got lost, or the mail server was away.
FORGOTTEN, TOO_LATE = timedelta(minutes=10), timedelta(days=7)


def tell(review_id: int) -> None:
    """Tell whoever has to know of a decision. Safe to repeat: every e-mail keeps its id.

    Raises what the mail server's connection raises; the sweep tries again.
    """
    found = Review.objects.select_related("letter__case__team", "asked_by")
    review = found.filter(pk=review_id, decided_at__isnull=False, told_at=None).first()
    if review is None or not can_send():
        return
    with Outbound() as outbound:
        for person in recipients(review):
            with override(language_of(person)):
                case = review.letter.case
                page = address_of("case-review", case.code, str(review.letter.number))
                context = {"state": _kind(review), "page": page}
                message = mailing(
                    person,
                    "review",
                    context,
                    message_id=_message_id(review, person),
                    connection=outbound.connection(),
                )
            try:
                hand_over(message)
            except Refused:
                continue  # nobody reads there any more
    Review.objects.filter(pk=review.pk, told_at=None).update(told_at=timezone.now())


def tell_forgotten(now: datetime) -> None:
    """Tell of decisions of which nobody was told."""
    if not can_send():
        return
    decided = Review.objects.filter(
        told_at=None, decided_at__lt=now - FORGOTTEN, decided_at__gt=now - TOO_LATE
    )
    for pk in decided.values_list("pk", flat=True):
        later("tell_of_review", pk)


def recipients(review: Review) -> list[User]:
    """Who is told: supervisors who may see the case of an emergency, else whoever asked."""
    case = review.letter.case
    if case.team is None:
        return []
    if review.reason:
        return [one for one in _supervisors(case.team) if _sees(one, case, Permission.REVIEW)]
    asked = review.asked_by
    return [asked] if asked is not None and _sees(asked, case, Permission.VIEW) else []


def _supervisors(team: Team) -> list[User]:
    roles = roles_with(Permission.REVIEW)
    found = Membership.objects.filter(team=team, role__in=roles, ended_at=None)
    return [one.user for one in found.select_related("user").order_by("pk")]


def _sees(user: User, case: Case, permission: Permission) -> bool:
    reached = Case.objects.within(user, permission)
    return user.is_active and reached.filter(pk=case.pk).exists()


def _kind(review: Review) -> str:
    """What the e-mail says; a decision that was voided since is told as it was."""
    if review.reason:
        return "emergency"
    if review.edits:
        return "edited"
    return "approved" if review.approved_sha256 else "returned"


def _message_id(review: Review, user: User) -> str:
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<review.{review.pk}.{user.pk}@{host}>"
