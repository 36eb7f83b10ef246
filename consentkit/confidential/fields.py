"""Model fields that are sealed in the database and plain in Python.

They can be asked whether they are empty, and nothing else: to search, see ``words``. ``place`` is
written down once and never changes, so that a model can be renamed.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from .cipher import seal, unseal


class SealedField(models.Field):  # type: ignore[type-arg]  # generic in the stubs only
    """The base of all sealed fields: bytes in the database, whatever ``dump`` and ``load`` say."""

    def __init__(self, *args: Any, place: str = "", **kwargs: Any) -> None:
        self.place = place
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "place": self.place}

    def get_internal_type(self) -> str:
        return "BinaryField"

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return models.BinaryField().db_type(connection=connection)

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> Any:
        if value is None:
            return None
        return connection.Database.Binary(seal(self.dump(value), self.place))  # type: ignore[attr-defined]

    def from_db_value(self, value: Any, expression: object, connection: object) -> Any:
        return None if value is None else self.load(unseal(bytes(value), self.place))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise TypeError(f"{self.name} is sealed and cannot be looked up by {lookup_name!r}")
        return super().get_lookup(lookup_name)

    def dump(self, value: Any) -> bytes:
        raise NotImplementedError

    def load(self, plain: bytes) -> Any:
        raise NotImplementedError


class SealedText(SealedField):
    """A text."""

    def dump(self, value: str) -> bytes:
        return value.encode()

    def load(self, plain: bytes) -> str:
        return plain.decode()


class SealedBytes(SealedField):
    """Bytes: a file, a message as it came."""

    def dump(self, value: bytes) -> bytes:
        return bytes(value)

    def load(self, plain: bytes) -> bytes:
        return plain


class SealedJSON(SealedField):
    """What JSON can say. Keys keep their order, so the same value is written the same way."""

    def dump(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def load(self, plain: bytes) -> Any:
        return json.loads(plain)


def sealed_fields(model: type[models.Model]) -> list[SealedField]:
    """The sealed fields of a model."""
    return [field for field in model._meta.concrete_fields if isinstance(field, SealedField)]
