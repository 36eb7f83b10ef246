"""What the accounts library keeps about people, sealed like our own tables.

``allauth`` brings its own tables. Three of them hold something personal:

- ``EmailAddress.email``: sealed, and looked up as it was before.
- ``Authenticator.data``: the secret of one-time codes, the seed of recovery codes, the public part
  of passkeys and what people call them: sealed as a whole.
- ``UserSession``: the network address and the browser of each session. No network address is kept,
  and of the browser only its kind and that of the system, which is what people know it by. The key
  of the session is hashed, there and in Django's own table of sessions.

The library's own migrations make the columns, and wide enough they are (ACCOUNT_EMAIL_MAX_LENGTH).
So its fields are given another class, in place and before anything is read or written; towards
migrations they go on calling themselves what they were.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.signals import pre_save

from consentkit.confidential.addresses import SealedAddress
from consentkit.confidential.cipher import seal, unseal
from consentkit.confidential.sessions import HashedKey

from .devices import kind_of_device

NOWHERE = "0.0.0.0"  # noqa: S104 (says that no address is kept; nothing listens there)


class Disguised:
    """A field that tells migrations it is the one that it took the place of."""

    stands_for: str

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()  # type: ignore[misc]
        kwargs.pop("place", None)
        return name, self.stands_for, args, kwargs


class AddressOfAccount(Disguised, SealedAddress):
    stands_for = "django.db.models.EmailField"


class SealedData(Disguised, models.JSONField):
    """JSON, sealed, in a column that takes JSON: one object with one key."""

    stands_for = "django.db.models.JSONField"
    place: str

    def get_prep_value(self, value: Any) -> Any:
        plain = json.dumps(value, separators=(",", ":")).encode()
        return {"sealed": b64encode(seal(plain, self.place)).decode("ascii")}

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(unseal(self.unwrap(value), self.place))

    def unwrap(self, raw: str) -> bytes:
        """The sealed bytes in what the column holds."""
        return b64decode(json.loads(raw)["sealed"])

    def wrap(self, sealed: bytes) -> str:
        """What the column holds of sealed bytes; ``confidential.rotation`` asks for it."""
        return json.dumps({"sealed": b64encode(sealed).decode("ascii")})

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise TypeError(f"{self.name} is sealed and cannot be looked up by {lookup_name!r}")
        return super().get_lookup(lookup_name)


class KeyOfSession(Disguised, HashedKey):
    stands_for = "django.db.models.CharField"


# Model, field, its new class, and the place for which it is sealed.
SEALED = (
    ("account.EmailAddress", "email", AddressOfAccount, "account.email"),
    ("mfa.Authenticator", "data", SealedData, "authenticator.data"),
    ("sessions.Session", "session_key", KeyOfSession, ""),
    ("usersessions.UserSession", "session_key", KeyOfSession, ""),
)


def seal_accounts() -> None:
    """Give the fields their new classes. Safe to repeat."""
    for model, name, kind, place in SEALED:
        field: Any = apps.get_model(model)._meta.get_field(name)
        field.__class__ = kind
        field.place = place
    pre_save.connect(_coarsen, apps.get_model("usersessions.UserSession"), dispatch_uid="coarsen")


def _coarsen(instance: Any, **_: object) -> None:
    """Keep of a session what its owner needs to know it by, and no more."""
    instance.ip = NOWHERE
    instance.user_agent = kind_of_device(instance.user_agent)
