"""Background work, thin: each task fetches what it needs and calls one function.

Tasks are named by ``queue.later`` and ``schedules.SCHEDULES``, and are safe to run twice. One that
fails tells no values (``without_values``).
"""

import logging
from datetime import timedelta

from django.core.management import call_command
from django.utils.timezone import localdate, now

from consentkit.campaigns import batches, entering, volumes
from consentkit.campaigns.joining import forget_unconfirmed as forget_unconfirmed_joins
from consentkit.cases import assignment, conduct
from consentkit.cases.actions import propose_rule_changes as propose_changes
from consentkit.cases.watch import office_day
from consentkit.clients.intake import forget_unfinished
from consentkit.clients.models import Client
from consentkit.confidential.cached import forget_expired
from consentkit.correspondence import actions as correspondence
from consentkit.correspondence import erasure, fetching, intakes, reminding, reviewing
from consentkit.imports import actions as imports
from consentkit.law.statutes import LAWS
from consentkit.logs import without_values
from consentkit.platforms.loading import read_directory
from consentkit.queue import later
from consentkit.retention import actions as retention
from consentkit.teams.models import Team
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
    """Forget what has expired: sessions, counted attempts, accounts and intakes left unfinished."""
    call_command("clearsessions")
    forget_ended_sessions()
    forget_expired()
    forget_unconfirmed(now())
    forget_unconfirmed_joins(now())
    forget_unfinished()


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
    """Look after messages and batches whose worker died, and what is due only now."""
    correspondence.requeue_unfinished()
    batches.requeue_unfinished()
    assignment.requeue_unfinished(now())
    volumes.forget_old(localdate())
    reviewing.tell_forgotten(now())
    intakes.tell_forgotten(now())


@without_values
def tell_of_review(review_id: int) -> None:
    """Tell the author of a letter what its review said, or the supervisors of an emergency."""
    reviewing.tell(review_id)


@without_values
def tell_of_intake(link_id: int) -> None:
    """Tell whoever asked for an intake that it was handed in."""
    intakes.tell(link_id)


@without_values
def work_on_batch(batch_id: int, first: int) -> None:
    """Work on the cases of a batch that stand in one chunk, from a position on."""
    batches.work_on(batch_id, first)


@without_values
def bind_batch(batch_id: int) -> None:
    """Put the letters of a batch together for the printer."""
    volumes.bind(batch_id)


@without_values
def propose_rule_changes(law: str = "") -> None:
    """Propose the dates that a changed rule moves, of one law or of all; many in several tasks."""
    for key in [law] if law else LAWS:
        if propose_changes(key):
            later("propose_rule_changes", key)


@without_values
def hand_over(hand_over_id: int) -> None:
    """Move the next cases of a handing over; many in several tasks."""
    assignment.go_on(hand_over_id)


@without_values
def count_conduct() -> None:
    """Count how platforms behaved in cases of which that was not noted; many in several tasks."""
    if conduct.count_missing():
        later("count_conduct")


@without_values
def retain(team_id: int = 0) -> None:
    """Propose what falls due in a team, or in all, and do what nobody objected to."""
    if not team_id:
        for key in retention.teams_with_rules():
            later("retain", key)
        return
    team = Team.objects.get(pk=team_id)
    if retention.daily(team, office_day(team, now())):
        later("retain", team_id)


@without_values
def finish_erasures() -> None:
    """Take away what stayed of closed accounts and is not kept any longer."""
    erasure.finish_erasures(now())


@without_values
def fetch_mail() -> None:
    """File what has come into the mailbox, where the site has one."""
    if fetching.is_configured():
        fetching.fetch()


@without_values
def open_waiting(client_id: int) -> None:
    """Open the cases that waited for a decision about a client."""
    client = Client.objects.filter(pk=client_id).first()
    if client is not None:
        entering.open_waiting(client, on=localdate())


@without_values
def check_import(import_id: int) -> None:
    """Read and check the rows of a spreadsheet."""
    found = imports.of_id(import_id)
    if found is not None:
        imports.check(found)


@without_values
def write_import(import_id: int) -> None:
    """Enter the people of a spreadsheet, for a while; the rest in a task of its own."""
    found = imports.of_id(import_id)
    if found is not None and imports.write(found):
        later("write_import", import_id)


@without_values
def look_after_imports() -> None:
    """Go on with imports whose worker died, open what waited, and forget old spreadsheets."""
    imports.look_after(now())
    for client in entering.decided():
        entering.open_waiting(client, on=localdate())
