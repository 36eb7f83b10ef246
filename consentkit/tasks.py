"""Background work, thin: each task fetches what it needs and calls one function.

Tasks are named by ``queue.later`` and ``schedules.SCHEDULES``, and are safe to run twice.
"""

import logging
from datetime import timedelta

from django.core.management import call_command
from django.utils.timezone import localdate

from consentkit.platforms.loading import read_directory

logger = logging.getLogger(__name__)
A_YEAR = timedelta(days=365)


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


def clear_sessions() -> None:
    """Forget sessions that have expired."""
    call_command("clearsessions")
