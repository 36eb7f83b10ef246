"""What a log may say: what failed and where, never what somebody typed."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

Caught = tuple[type[BaseException], BaseException, TracebackType | None]


class WithoutValues(logging.Formatter):
    """Writes an exception as its kind and its places in the code.

    The message of an exception often quotes the value that caused it ("invalid literal for int()
    with base 10: ..."), so it is left out.
    """

    def formatException(self, ei: Caught | tuple[None, None, None]) -> str:
        kind, _, places = ei
        if kind is None:
            return ""
        frames = traceback.extract_tb(places)
        lines = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        return "\n".join([f"{kind.__module__}.{kind.__qualname__}", *lines])
