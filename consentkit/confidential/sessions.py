"""Sessions in the database, with what they hold sealed.

While somebody signs in, a session holds their address and the code that was mailed to them; while
a letter waits for an account, the letter. A session that cannot be opened, because its key is gone,
is an empty one: its owner signs in again.

Of the key of a session, which a browser keeps as a cookie, only a hash is stored: whoever reads the
database cannot go on with somebody else's session.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from binascii import Error
from hashlib import blake2b
from typing import Any

from django.contrib.sessions.backends import db
from django.db import models

from .cipher import Tampered, seal, unseal
from .keys import UnknownKey, search_key

PLACE = "session"


class SessionStore(db.SessionStore):
    """Django's own store; only what is written is sealed."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        plain: bytes = self.serializer().dumps(session_dict)
        return b64encode(seal(zlib.compress(plain), PLACE)).decode("ascii")

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        try:
            plain = zlib.decompress(unseal(b64decode(session_data, validate=True), PLACE))
        except (Error, Tampered, UnknownKey):
            return {}
        found: dict[str, Any] = self.serializer().loads(plain)
        return found


class StoredKey(str):
    """The key of a session as it is stored. Equal to the key in the cookie, which it is made of."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return str(self) == stored(other) if isinstance(other, str) else False

    def __hash__(self) -> int:
        return super().__hash__()

    def __str__(self) -> str:
        return "".join(self)


def stored(key: str) -> str:
    """What is stored of the key of a session; of a stored one, itself."""
    if isinstance(key, StoredKey):
        return str(key)
    return blake2b(
        key.encode(), key=search_key(), digest_size=20, person=b"consentkit visit"
    ).hexdigest()


class HashedKey(models.CharField):  # type: ignore[type-arg]  # generic in the stubs only
    """The key of a session, in a column: found by what the cookie says, and not to be read."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value) if not isinstance(value, StoredKey) else value
        return stored(value) if isinstance(value, str) else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return None if value is None else StoredKey(value)
