"""A development site needs no setting; production refuses to start without what makes it safe."""

import logging
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from consentkit import env

PRODUCTION = {
    "DEBUG": "False",
    "SECRET_KEY": "".join(chr(33 + number) for number in range(60)),
    "ALLOWED_HOSTS": "letters.example",
    "BEHIND_PROXY": "True",
    "FIELD_KEYS": "a" * 43 + "=",
    "SEARCH_KEY": "b" * 43 + "=",
}


def manage(*arguments, **variables):
    """Run ``manage.py`` in a process of its own, with these variables and no others of ours."""
    kept = {key: os.environ[key] for key in ("PATH", "DATABASE_URL", "PGHOST") if key in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**kept, "PYTHON_DOTENV_DISABLED": "1", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_production_has_nothing_to_complain_about():
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert result.returncode == 0, result.stderr
    assert result.stdout == "System check identified no issues (0 silenced).\n"


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_production_refuses_to_start_without(name):
    result = manage("check", **{**PRODUCTION, name: ""})

    assert result.returncode != 0
    assert f"{name} is not set" in result.stderr


def test_an_empty_environment_is_a_development_site():
    result = manage("check")

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", True), ("True", True), ("1", True), ("on", True), ("no", False), ("FALSE", False)],
)
def test_a_flag(monkeypatch, value, expected):
    monkeypatch.setenv("FLAG", value)
    assert env.flag("FLAG", default=True) is expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.flag("IT", default=True), "perhaps"),
        (lambda: env.number("IT", default=1), "-1"),
        (lambda: env.number("IT", default=1), "two"),
        (lambda: env.required("IT", "it is needed"), " "),
        (lambda: env.database("IT", default=settings.BASE_DIR), "mysql://host/name"),
        (lambda: env.database("IT", default=settings.BASE_DIR), "postgres://host"),
    ],
)
def test_a_wrong_value_fails_with_the_name_of_the_variable(monkeypatch, read, value):
    monkeypatch.setenv("IT", value)
    with pytest.raises(ImproperlyConfigured, match=r"^IT "):
        read()


def test_a_list_ignores_spaces_and_empty_items(monkeypatch):
    monkeypatch.setenv("HOSTS", " a.example, ,b.example,")
    assert env.listing("HOSTS") == ["a.example", "b.example"]


def test_a_postgres_address(monkeypatch):
    monkeypatch.setenv("IT", "postgres://ann:p%40ss@db.example:5433/letters")
    database = env.database("IT", default=settings.BASE_DIR)
    assert {key: database[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "letters",
        "USER": "ann",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
    }


def test_the_content_policy_allows_nothing_from_elsewhere_and_nothing_inline():
    sources = {
        source
        for allowed in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].values()
        for source in allowed
    }
    assert sources == {"'none'", "'self'", "data:"}


def test_no_log_is_mailed():
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    handlers = {type(handler).__name__ for logger in loggers for handler in logger.handlers}
    assert "AdminEmailHandler" not in handlers
