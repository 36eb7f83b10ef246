"""The keys: in files beside the data, or in the environment; never in the database.

``FIELD_KEYS`` seals fields, newest first: the first key seals, every key opens. ``SEARCH_KEY``
makes the search index. Each is 32 random bytes in base64. Without them in the environment they are
read from the folder ``KEYS_FOLDER``, where a development site makes them on first use.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

FIELD_KEYS, SEARCH_KEY = "field_keys", "search_key"
LENGTH = 32


class UnknownKey(LookupError):
    """Something was sealed with a key that this server does not have."""


def key_id(key: bytes) -> bytes:
    """Four bytes that name a key and tell nothing of it."""
    return sha256(b"consentkit key id" + key).digest()[:4]


@cache
def ring() -> Mapping[bytes, AESGCM]:
    """Every key by its id, the one that seals first. Raises ImproperlyConfigured without one."""
    return {key_id(key): AESGCM(key) for key in field_keys()}


def field_keys() -> list[bytes]:
    """The keys that seal and open fields, newest first."""
    return _read(FIELD_KEYS, settings.FIELD_KEYS)


@cache
def search_key() -> bytes:
    """The key of the search index."""
    return _read(SEARCH_KEY, settings.SEARCH_KEY)[0]


def new_key() -> str:
    """A fresh key as it is written in a file or a variable."""
    return base64.b64encode(secrets.token_bytes(LENGTH)).decode("ascii")


def in_files() -> bool:
    """Whether the field keys stand in a file that we may change, not in the environment."""
    return not settings.FIELD_KEYS


def make(name: str) -> bool:
    """Make a key file for this owner alone; False where there is one already."""
    path = Path(settings.KEYS_FOLDER) / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(file, "w") as opened:
        opened.write(new_key() + "\n")
    return True


def replace_field_keys(keys: list[str]) -> None:
    """Write the field keys anew, newest first, in one step that cannot be half done."""
    path = Path(settings.KEYS_FOLDER) / FIELD_KEYS
    fresh = path.with_suffix(".new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write("\n".join(keys) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(path)
    forget()


def forget() -> None:
    """Read the keys again on their next use."""
    ring.cache_clear()
    search_key.cache_clear()


def _read(name: str, told: list[str]) -> list[bytes]:
    lines = told or _lines(name)
    try:
        keys = [base64.b64decode(line, validate=True) for line in lines]
    except binascii.Error:
        keys = []
    if not keys or any(len(key) != LENGTH for key in keys):
        raise ImproperlyConfigured(
            f"{name.upper()} expects {LENGTH} random bytes in base64, or several with commas "
            f"between them; manage.py make_keys makes them"
        )
    return keys


def _lines(name: str) -> list[str]:
    path = Path(settings.KEYS_FOLDER) / name
    if settings.DEBUG and not path.exists():
        make(name)
    try:
        return path.read_text("ascii").split()
    except FileNotFoundError:
        raise ImproperlyConfigured(
            f"{path} is missing: what is personal cannot be sealed or opened. Put the keys of this "
            f"site there, or make the first ones with: manage.py make_keys"
        ) from None
