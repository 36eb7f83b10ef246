"""manage.py deadlines: a line in, a line out, whatever is in it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

CASE = {
    "id": "one",
    "law": "eu-gdpr",
    "place": "IE",
    "right": "access",
    "events": [{"event": "received", "on": "2026-03-06"}],
}


def run(tmp_path: Path, *lines: str) -> tuple[list[dict[str, object]], int]:
    """What the command prints for these lines, and its exit status."""
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    out = io.StringIO()
    try:
        call_command("deadlines", str(path), stdout=out)
    except SystemExit as exit:
        status = int(str(exit.code))
    else:
        status = 0
    return [json.loads(line) for line in out.getvalue().splitlines()], status


def test_a_case_is_answered_with_its_deadlines(tmp_path: Path) -> None:
    [reply], status = run(tmp_path, json.dumps(CASE))

    assert status == 0
    assert reply["id"] == "one"
    deadlines = reply["deadlines"]
    assert isinstance(deadlines, list)
    assert [(d["duty"], d["due"]) for d in deadlines] == [
        ("answer", "2026-04-07"),
        ("extension_notice", "2026-04-07"),
    ]
    assert list(deadlines[0]) == [
        "duty",
        "owed_by",
        "nature",
        "nominal",
        "due",
        "overdue_from",
        "disputed",
        "citation",
        "steps",
    ]


def test_a_wrong_line_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    replies, status = run(
        tmp_path,
        json.dumps({**CASE, "law": "xx"}),
        "not json",
        "",
        json.dumps([1]),
        json.dumps({"law": "eu-gdpr"}),
        '{"id": "big", "events": NaN}',
        json.dumps({**CASE, "id": 7}),
    )

    assert status == 1
    assert [(reply["id"], "error" in reply) for reply in replies] == [
        ("one", True),
        (None, True),
        (None, True),
        (None, True),
        (None, True),
        (7, False),
    ]
    assert str(replies[0]["error"]).startswith("unknown law 'xx'")


def test_standard_input_is_read_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO(json.dumps(CASE).encode()))
    monkeypatch.setattr(sys, "stdin", given)
    out = io.StringIO()

    call_command("deadlines", stdout=out)

    assert json.loads(out.getvalue())["id"] == "one"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot read .*missing.jsonl: No such file"):
        call_command("deadlines", str(tmp_path / "missing.jsonl"))
