"""What runs at which time. Installed by ``migrate``, safe to repeat."""

from typing import Any

from django_q.models import Schedule

# The name of a task, and how often it runs.
SCHEDULES = {
    "check_directory": Schedule.DAILY,
    "clear_sessions": Schedule.DAILY,
}
OURS = "consentkit.tasks."


def install(**_: Any) -> None:
    """Bring the table of schedules up to date; a schedule that is there keeps its next run."""
    for name, often in SCHEDULES.items():
        Schedule.objects.update_or_create(
            name=name, defaults={"func": OURS + name, "schedule_type": often}
        )
    Schedule.objects.filter(func__startswith=OURS).exclude(name__in=SCHEDULES).delete()
