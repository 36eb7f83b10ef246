"""Background work. This is the one place that knows django-q.

A task that is asked for inside a transaction is a row of that transaction: both come about, or
neither does. When a worker dies its task runs again, so tasks are safe to repeat.
"""

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
    async_task(f"consentkit.tasks.{name}", *arguments)
