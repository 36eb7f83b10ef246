"""``manage.py demo``: a person with a case for each place where one can stand, a clinic, a group.

Everything is written with the actions that the pages use, dated back from today. Whatever a company
is said to have done, an invented one has done it; real ones only get letters that nobody sends.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localdate

from consentkit.management.demo.clinic import STUDENT, SUPERVISOR, make_clinic
from consentkit.management.demo.companies import list_companies
from consentkit.management.demo.group import COORDINATOR, make_group
from consentkit.management.demo.people import EMAIL, PASSWORD
from consentkit.management.demo.person import make_person


class Command(BaseCommand):
    help = (
        "Makes a person to try the site with, a case of theirs for each place where a case can "
        "stand, a clinic with a client, and a group with a campaign. Only on a development site; "
        "safe to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo data belong on a development site: DEBUG is off.")
        today = localdate()
        list_companies()
        if make_person(today):
            self.stdout.write(f"The demo data are there: sign in as {EMAIL}, password {PASSWORD}.")
        else:
            self.stdout.write(f"{EMAIL} has an account already; nothing was changed.")
        if make_clinic(today):
            self.stdout.write(
                f"The demo clinic is there: sign in as {SUPERVISOR} or {STUDENT}, "
                f"password {PASSWORD}."
            )
        else:
            self.stdout.write(f"{SUPERVISOR} or {STUDENT} has an account; no clinic was made.")
        if make_group(today):
            self.stdout.write(
                f"The demo group is there: sign in as {EMAIL} or {COORDINATOR}, "
                f"password {PASSWORD}."
            )
        else:
            self.stdout.write(f"{COORDINATOR} has an account; no group was made.")
