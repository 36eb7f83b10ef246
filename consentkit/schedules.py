"""What runs at which time. Installed by ``migrate``, safe to repeat."""

from typing import Any

from django_q.models import Schedule

# The name of a task, and how often it runs; a number counts minutes.
SCHEDULES: dict[str, str | int] = {
    "sweep": 5,
    "requeue_unfinished": 5,
    "look_after_imports": 5,
    "fetch_mail": 5,
    "check_directory": Schedule.DAILY,
    "propose_rule_changes": Schedule.DAILY,
    "count_conduct": Schedule.DAILY,
    "retain": Schedule.DAILY,
    "clear_sessions": Schedule.HOURLY,
}
OURS = "consentkit.tasks."


def install(**_: Any) -> None:
    """Bring the table of schedules up to date; a schedule that is there keeps its next run."""
    for name, often in SCHEDULES.items():
        minutes = often if isinstance(often, int) else None
        kind = often if minutes is None else Schedule.MINUTES
        Schedule.objects.update_or_create(
            name=name, defaults={"func": OURS + name, "schedule_type": kind, "minutes": minutes}
        )
    Schedule.objects.filter(func__startswith=OURS).exclude(name__in=SCHEDULES).delete()
