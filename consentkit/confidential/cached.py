"""The shared cache counts attempts to sign in, by network address and by e-mail address.

Its keys name both, so they are hashed with a key before the cache sees them.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections, router
from django.utils import timezone

from .keys import search_key


def hashed_key(key: str, prefix: str, version: int) -> str:
    """The KEY_FUNCTION of the cache: what is looked up, unreadable and impossible to try out."""
    named = f"{prefix}:{version}:{key}".encode()
    return blake2b(named, key=search_key(), digest_size=32, person=b"consentkit cache").hexdigest()


def make_table(using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Make the table of the cache where there is none; ``migrate`` does this."""
    call_command("createcachetable", database=using, verbosity=0)


def forget_expired() -> None:
    """Delete what has expired. By itself the cache would only do so when it is full."""
    cache = caches["default"]
    if not isinstance(cache, DatabaseCache):
        return
    connection = connections[router.db_for_write(cache.cache_model_class)]
    quote = connection.ops.quote_name
    table = quote(cache._table)  # type: ignore[attr-defined]  # missing in the stubs
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE {quote('expires')} < %s",  # noqa: S608 (our own names)
            [now],
        )
