"""Background work. This is the one place that knows django-q.

A task that is asked for inside a transaction is a row of that transaction: both come about, or
neither does. When a worker dies its task runs again, so tasks are safe to repeat.

Redis, where it is configured, knows no transaction: a task goes there once its cause is committed.
It is lost if the site dies in between, or with the worker that runs it; so nothing may depend on a
task alone, and what it leaves undone is found by a sweep.
"""

from collections.abc import Collection
from functools import partial

from django.conf import settings
from django.db import transaction
from django_q.models import OrmQ, Task
from django_q.tasks import async_task

# Long enough for a name or a key; a text that somebody typed has no business in the queue.
LONGEST = 100


def later(name: str, *arguments: int | str) -> None:
    """Run ``tasks.<name>(*arguments)`` in the worker, as soon as what happens now is committed.

    Arguments are ids and short names, never things or texts. Raises TypeError for anything else.
    """
    for argument in arguments:
        if type(argument) is not int and not (type(argument) is str and len(argument) <= LONGEST):
            raise TypeError(f"{name}: a task takes ids and short names, not a {type(argument)}")
    put = partial(async_task, f"consentkit.tasks.{name}", *arguments)
    if settings.QUEUE:
        transaction.on_commit(put)
    else:
        put()


def forget(name: str, ids: Collection[int]) -> None:
    """Forget the tasks of a name that were for one of these ids, whether they ran already or not.

    One that waits in Redis stays until a worker takes it, and finds nothing to do.
    """
    function = f"consentkit.tasks.{name}"
    gone = set(ids)
    waiting = [
        row.pk
        for row in OrmQ.objects.iterator()
        if row.task.get("func") == function and gone & set(row.task.get("args", ()))
    ]
    OrmQ.objects.filter(pk__in=waiting).delete()
    ran = [
        task.pk
        for task in Task.objects.filter(func=function).only("args").iterator()
        if gone & set(task.args or ())
    ]
    Task.objects.filter(pk__in=ran).delete()
