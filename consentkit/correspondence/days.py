"""On which day something happened, at the place whose days count."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.timezone import localdate

from consentkit.cases.models import Case
from consentkit.law.places import UnknownZone, zone_of


def day_of(case: Case, moment: datetime) -> date:
    """The day of a moment where the duty lies; the site's own where the zone is not known."""
    try:
        return moment.astimezone(zone_of(case.place)).date()
    except UnknownZone:
        return localdate(moment)
