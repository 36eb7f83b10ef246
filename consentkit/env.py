"""Reading the environment. Each function fails with the variable's name and what it expects."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv


def load(path: Path) -> None:
    """Take variables from a ``.env`` file; what is already set wins."""
    load_dotenv(path)


def text(name: str, default: str = "") -> str:
    """A text; empty counts as not set."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    """True or False. Raises ImproperlyConfigured for any other word."""
    value = text(name).lower()
    if value in ("", "true", "1", "yes", "on", "false", "0", "no", "off"):
        return default if value == "" else value in ("true", "1", "yes", "on")
    raise ImproperlyConfigured(f"{name} is {value!r}; it expects True or False")


def number(name: str, default: int) -> int:
    """A whole number of zero or more."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit():
        raise ImproperlyConfigured(f"{name} is {value!r}; it expects a whole number")
    return int(value)


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """One of a few words; the first where nothing is set."""
    value = text(name, choices[0]).lower()
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it expects {', '.join(choices)}")
    return value


def listing(name: str, default: list[str] | None = None) -> list[str]:
    """Items separated by commas."""
    items = [item.strip() for item in text(name).split(",")]
    return [item for item in items if item] or list(default or [])


def required(name: str, why: str) -> str:
    """A text that production cannot do without."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set; {why}")
    return value


def database(name: str, default: Path) -> dict[str, object]:
    """A database address, ``postgres://user:password@host:port/name`` or ``sqlite:///path``.

    Without one, SQLite at ``default``.
    """
    address = text(name)
    if not address or address.startswith("sqlite:///"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": address.removeprefix("sqlite:///") or str(default),
            "OPTIONS": {
                # Writers queue for the lock instead of failing in mid-transaction.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # What is deleted is overwritten, not only forgotten.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                "PRAGMA secure_delete=ON;",
            },
        }
    parts = urlsplit(address)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"{name} expects postgres://user:password@host:port/name or sqlite:///path"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
