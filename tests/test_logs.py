"""A log of production names what failed and where, never what somebody typed."""

import logging
import sys

from consentkit.logs import WithoutValues


def test_an_exception_is_told_without_its_message():
    try:
        int("Ada Lovelace, 12 Long Lane")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "It failed", (), sys.exc_info())

    lines = WithoutValues("{message}", style="{").format(record).splitlines()

    assert lines[:2] == ["It failed", "builtins.ValueError"]
    assert lines[2].startswith(f"  {__file__}:")
    assert "Lovelace" not in "\n".join(lines)
