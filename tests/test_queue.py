"""Work for later: only ids and short names go into the queue, and every name is a task."""

import ast
import inspect
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.utils.timezone import localdate
from django_q.models import OrmQ, Schedule
from django_q.signing import SignedPackage

from consentkit import schedules, tasks
from consentkit.platforms.records import Confidence, FieldSource, PlatformRecord
from consentkit.queue import later

PACKAGE = Path(settings.BASE_DIR) / "consentkit"
TASKS = {
    name
    for name, function in inspect.getmembers(tasks, inspect.isfunction)
    if function.__module__ == tasks.__name__
}


def drain():
    """Run what is queued, as the worker would, and say what ran."""
    ran = []
    while row := OrmQ.objects.first():
        task = SignedPackage.loads(row.payload)
        row.delete()
        module, _, name = task["func"].rpartition(".")
        getattr(import_module(module), name)(*task["args"], **task["kwargs"])
        ran.append(name)
    return ran


def names_given_to_later():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "later":
                yield ast.literal_eval(node.args[0])


def test_every_name_is_a_task():
    assert {*schedules.SCHEDULES, *names_given_to_later()} - TASKS == set()


def test_no_task_that_fails_tells_what_it_was_about():
    """See ``consentkit.logs.without_values``."""
    assert {name for name in TASKS if not hasattr(getattr(tasks, name), "__wrapped__")} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(schedules.SCHEDULES))
def test_a_scheduled_task_can_run_twice(name):
    later(name)
    later(name)

    assert drain() == [name, name]


@pytest.mark.django_db
def test_what_is_undone_is_not_queued():
    with transaction.atomic():
        later("clear_sessions")
        assert OrmQ.objects.count() == 1
        transaction.set_rollback(True)

    assert OrmQ.objects.count() == 0


@pytest.mark.parametrize("argument", [None, True, 1.5, b"x", ["x"], {"a": 1}, object(), "x" * 101])
def test_only_ids_and_short_names_are_queued(argument):
    with pytest.raises(TypeError, match="clear_sessions: a task takes ids and short names"):
        later("clear_sessions", argument)


@pytest.mark.django_db
def test_schedules_are_installed_by_migrate_and_keep_their_next_run():
    Schedule.objects.create(name="gone", func="consentkit.tasks.gone")
    foreign = Schedule.objects.create(name="foreign", func="somebody.elses")
    before = dict(
        Schedule.objects.filter(func__startswith=schedules.OURS).values_list("name", "next_run")
    )

    schedules.install()

    ours = Schedule.objects.exclude(pk=foreign.pk)
    assert set(ours.values_list("name", flat=True)) == set(schedules.SCHEDULES)
    assert {name: next_run for name, next_run in before.items() if name != "gone"} == dict(
        ours.values_list("name", "next_run")
    )


def test_the_yearly_review_names_platforms_that_nobody_looked_at(monkeypatch, caplog):
    def platform(slug, *checked):
        sources = {
            f"fact {number}": FieldSource("x", None, day, Confidence.POLICY)
            for number, day in enumerate(checked)
        }
        return PlatformRecord(slug=slug, name=slug, sources=sources)

    today = localdate()
    old = today - timedelta(days=366)
    directory = [platform("fresh", today), platform("never", None), platform("old", today, old)]
    monkeypatch.setattr(tasks, "read_directory", lambda: (directory, []))

    tasks.check_directory()

    assert caplog.messages == [f"platform old: last checked on {old}"]


@pytest.mark.django_db
def test_a_queue_elsewhere_gets_a_task_only_once_its_cause_is_committed(
    settings, django_capture_on_commit_callbacks
):
    settings.QUEUE = "redis://127.0.0.1/0"

    with django_capture_on_commit_callbacks(execute=True):
        later("clear_sessions")
        assert OrmQ.objects.count() == 0

    assert OrmQ.objects.count() == 1
