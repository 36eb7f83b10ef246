"""Imports point down, and the law stays pure. docs/architecture.md draws the same picture."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "consentkit"

# From the top down. What stands on one row does not know its neighbours.
LAYERS = """
    wsgi apps
    urls admin management
    web api
    templatetags tasks
    imports
    campaigns reports retention
    correspondence
    letters
    office
    cases
    clients
    platforms
    teams
    law
    confidential queue schedules env logs rows
"""
# Not part of the order: they list what there is, or are listed.
OUTSIDE = {"__init__", "migrations", "models", "settings", "static"}
RANK = {name: -row for row, names in enumerate(LAYERS.split("\n")) for name in names.split()}

LAW_MAY_IMPORT = {"consentkit", "holidays"} | set(sys.stdlib_module_names)
CLOCKS = {"today", "now", "utcnow", "time", "monotonic", "localtime", "gmtime", "perf_counter"}
CLOCK_OWNERS = {"date", "datetime", "time", "timezone"}
NO_PLACE_FOR = {"sqlite3", "socket", "urllib", "http", "subprocess", "random", "secrets", "os"}


def place(path: Path) -> str:
    """The folder, or the module, of ``consentkit`` to which a file belongs."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every module that a file imports, by its full name."""
    found = set()
    package = ".".join(("consentkit", *path.relative_to(PACKAGE).parts[:-1]))
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(parents if node.level else []), *filter(None, [node.module])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if place(path) not in OUTSIDE)
LAW = [path for path in MODULES if place(path) == "law"]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_downwards(path):
    here = place(path)
    assert here in RANK, "a new folder needs a place in LAYERS"
    ours = {found.split(".")[1] for found in imports(path) if found.startswith("consentkit.")}
    above = {there for there in ours - OUTSIDE - {here} if RANK.get(there, 0) >= RANK[here]}

    assert above == set()


@pytest.mark.parametrize("path", LAW, ids=name)
def test_the_law_needs_only_python_and_holidays(path):
    libraries = {found.split(".")[0] for found in imports(path)}

    assert libraries - LAW_MAY_IMPORT == set()
    assert libraries & NO_PLACE_FOR == set()


@pytest.mark.parametrize("path", LAW, ids=name)
def test_the_law_asks_no_clock(path):
    calls = [
        node.func
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    asked = {
        ast.unparse(call)
        for call in calls
        if call.attr in CLOCKS and ast.unparse(call.value).split(".")[-1] in CLOCK_OWNERS
    }

    assert asked == set()
    assert "time" not in {found.split(".")[0] for found in imports(path)}


def test_every_feature_keeps_its_tables_in_models_py():
    tables = {
        name(path)
        for path in PACKAGE.rglob("*.py")
        if "(models.Model)" in path.read_text() and "migrations" not in path.parts
    }

    assert {table for table in tables if not table.endswith("/models.py")} == set()
