"""Background work, thin: each task fetches what it needs and calls one function.

Tasks are named by ``queue.later`` and ``schedules.SCHEDULES``, and are safe to run twice. One that
fails tells no values (``without_values``).
"""

import logging
from datetime import timedelta

from django.core.management import call_command
from django.utils.timezone import localdate, now

from consentkit.cases.actions import propose_rule_changes as propose_changes
from consentkit.confidential.cached import forget_expired
from consentkit.correspondence import actions as correspondence
from consentkit.correspondence import erasure, fetching, reminding, reviewing
from consentkit.law.statutes import LAWS
from consentkit.logs import without_values
from consentkit.platforms.loading import read_directory
from consentkit.queue import later
from consentkit.teams.strangers import forget_ended_sessions, forget_unconfirmed

logger = logging.getLogger(__name__)
A_YEAR = timedelta(days=365)


@without_values
def check_directory() -> None:
    """Name in the log the platforms with a fact that was last looked up over a year ago."""
    limit = localdate() - A_YEAR
    platforms, _ = read_directory()
    for platform in platforms:
        sources = [*platform.sources.values()]
        for entity in platform.entities:
            sources += entity.sources.values()
        oldest = min((source.checked for source in sources if source.checked), default=limit)
        if oldest < limit:
            logger.warning("platform %s: last checked on %s", platform.slug, oldest)


@without_values
def clear_sessions() -> None:
    """Forget what has expired: sessions, counted attempts, accounts that nobody confirmed."""
    call_command("clearsessions")
    forget_ended_sessions()
    forget_expired()
    forget_unconfirmed(now())


@without_values
def sweep() -> None:
    """Send the reminders that are due and not yet said."""
    reminding.sweep(now())


@without_values
def deliver(message_id: int) -> None:
    """Hand a message to the mail server."""
    correspondence.deliver(message_id)


@without_values
def requeue_unfinished() -> None:
    """Look after messages whose worker died, and those whose next attempt is due."""
    correspondence.requeue_unfinished()
    reviewing.tell_forgotten(now())


@without_values
def tell_of_review(review_id: int) -> None:
    """Tell the author of a letter what its review said, or the supervisors of an emergency."""
    reviewing.tell(review_id)


@without_values
def propose_rule_changes(law: str = "") -> None:
    """Propose the dates that a changed rule moves, of one law or of all; many in several tasks."""
    for key in [law] if law else LAWS:
        if propose_changes(key):
            later("propose_rule_changes", key)


@without_values
def finish_erasures() -> None:
    """Take away what stayed of closed accounts and is not kept any longer."""
    erasure.finish_erasures(now())


@without_values
def fetch_mail() -> None:
    """File what has come into the mailbox, where the site has one."""
    if fetching.is_configured():
        fetching.fetch()
