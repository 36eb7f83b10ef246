"""Walk the audit log of every team, from its first entry on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consentkit.teams.audit import verify
from consentkit.teams.models import Team


class Command(BaseCommand):
    help = "Walk the audit log of every team and say where a chain breaks."

    def handle(self, **_: Any) -> None:
        broken = []
        for team in Team.objects.order_by("pk").iterator():
            number = verify(team)
            said = "whole" if number is None else f"breaks at entry {number}"
            self.stdout.write(f"{team}: {said}")
            if number is not None:
                broken.append(team)
        if broken:
            raise CommandError(f"{len(broken)} audit logs were changed")
