"""What a log may say: what failed and where, never what somebody typed."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import ParamSpec

Parameters = ParamSpec("Parameters")
Caught = tuple[type[BaseException], BaseException, TracebackType | None]


class WithoutValues(logging.Formatter):
    """Writes an exception as its kind and its places in the code.

    The message of an exception often quotes the value that caused it ("invalid literal for int()
    with base 10: ..."), so it is left out.
    """

    def formatException(self, ei: Caught | tuple[None, None, None]) -> str:
        kind, _, places = ei
        return "" if kind is None else _kind_and_places(kind, places)


class Failed(Exception):
    """A task failed. It says with which kind of exception, and where; the message is left out."""


def without_values(task: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Let a task fail without telling what it was about.

    The queue writes the message of an exception into its table and into the log.
    """

    @wraps(task)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            task(*args, **kwargs)
        except Exception as error:
            raise Failed(_kind_and_places(type(error), error.__traceback__)) from None

    return run


def _kind_and_places(kind: type[BaseException], places: TracebackType | None) -> str:
    frames = traceback.extract_tb(places)
    lines = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join([f"{kind.__module__}.{kind.__qualname__}", *lines])
