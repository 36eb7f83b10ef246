"""The keys: in files beside the data, or in the environment; never in the database.

``FIELD_KEYS`` seals fields, newest first: the first key seals, every key opens. ``SEARCH_KEY``
makes the search index. Each is 32 random bytes in base64. Without them in the environment they are
read from the folder ``KEYS_FOLDER``, where a development site makes them on first use.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from time import time

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


def ring() -> Mapping[bytes, AESGCM]:
    """Every key by its id, the one that seals first. Raises ImproperlyConfigured without one.

    A key file that changed is read again at once: keys rotate while the site runs.
    """
    return _ring(_state(FIELD_KEYS) if in_files() else None)


@lru_cache(maxsize=2)
def _ring(state: object) -> Mapping[bytes, AESGCM]:
    return {key_id(key): AESGCM(key) for key in field_keys()}


def _state(name: str) -> object:
    """What tells whether a key file is still the one that was read; None without a file."""
    path = f"{settings.KEYS_FOLDER}/{name}"
    try:
        found = os.stat(path)  # asked for every value: a Path would take ten times as long
    except FileNotFoundError:
        return None
    return path, found.st_ino, found.st_mtime_ns


def field_keys() -> list[bytes]:
    """The keys that seal and open fields, newest first."""
    return _read(FIELD_KEYS, settings.FIELD_KEYS)


def search_key() -> bytes:
    """The key of the search index, and of whatever is looked up by the whole."""
    return search_keys()[0]


@cache
def search_keys() -> list[bytes]:
    """The search key, and behind it a former one while ``rebuild_search`` replaces it."""
    return _read(SEARCH_KEY, settings.SEARCH_KEY)


def new_key() -> bytes:
    """A fresh key."""
    return secrets.token_bytes(LENGTH)


def in_files() -> bool:
    """Whether the field keys stand in a file that we may change, not in the environment."""
    return not settings.FIELD_KEYS


def make(name: str) -> bool:
    """Make a key file for this owner alone; False where there is one already."""
    path = Path(settings.KEYS_FOLDER) / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = _write(path, [new_key()])
    try:
        # Unlike a rename, a link never takes the place of a file; and nobody sees it half written.
        os.link(fresh, path)
    except FileExistsError:
        return False
    finally:
        fresh.unlink()
    return True


def written(key: bytes) -> str:
    """A key as it is written in a file or a variable."""
    return base64.b64encode(key).decode("ascii")


def replace_field_keys(keys: list[bytes]) -> None:
    """Write the field keys anew, newest first, in one step that cannot be half done."""
    path = Path(settings.KEYS_FOLDER) / FIELD_KEYS
    _write(path, keys).replace(path)
    forget()


def age_of_field_keys() -> float | None:
    """Seconds since the file of the field keys was changed; None where there is no such file."""
    try:
        changed = (Path(settings.KEYS_FOLDER) / FIELD_KEYS).stat().st_mtime
    except FileNotFoundError:
        return None
    return time() - changed


@contextlib.contextmanager
def changing() -> Iterator[None]:
    """Let nobody else change the key files meanwhile. Raises BlockingIOError if somebody is."""
    folder = os.open(settings.KEYS_FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(folder)  # and with it the lock


def _write(path: Path, keys: list[bytes]) -> Path:
    """A new file beside ``path``, safely on disk, for this owner alone."""
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as opened:
        opened.write("\n".join(map(written, keys)) + "\n")
        opened.flush()
        os.fsync(handle)
    return Path(name)


def forget() -> None:
    """Read the keys again on their next use."""
    _ring.cache_clear()
    search_keys.cache_clear()


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
