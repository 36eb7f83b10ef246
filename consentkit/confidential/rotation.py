"""Sealing anew, with the newest key, whatever an older one has sealed.

Every sealed column is found through Django's registry of models. One row after the other is opened,
sealed and written back only if it still holds what was read, so that nothing which is written
meanwhile is lost. What is sealed with the newest key already is left alone: a run that was broken
off goes on where it stopped, and a second run has nothing to do.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connections, models, router, transaction

from . import sessions
from .addresses import SealedAddress, open_address, seal_exactly
from .cipher import VERSION, is_current, seal, unseal
from .fields import SealedField

BATCH = 200  # rows that are looked at in one transaction
PASSES = 3  # over the rows that somebody else wrote in the same moment


@runtime_checkable
class Sealing(Protocol):
    """A field that keeps what is sealed in a column of another kind than bytes.

    ``unwrap`` takes the sealed bytes from what the column holds, ``wrap`` is the way back.
    """

    place: str

    def unwrap(self, raw: Any) -> bytes: ...

    def wrap(self, sealed: bytes) -> Any: ...


@dataclass(frozen=True)
class Column:
    """One sealed column of the database."""

    model: type[models.Model]
    name: str
    place: str
    unwrap: Callable[[Any], bytes] = bytes
    wrap: Callable[[bytes], Any] = bytes

    def __str__(self) -> str:
        return f"{self.model._meta.label} {self.name}"


def columns() -> list[Column]:
    """Every sealed column there is."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy:
            continue
        for field in model._meta.local_concrete_fields:
            name = str(field.column)
            if isinstance(field, SealedField):
                found.append(Column(model, name, field.place))
            elif isinstance(field, Sealing):
                found.append(Column(model, name, field.place, field.unwrap, field.wrap))
    return [*found, _sessions()]


def _sessions() -> Column:
    """Django's sessions, which ``confidential.sessions`` seals as a text."""

    def unwrap(raw: str) -> bytes:
        try:
            return b64decode(raw, validate=True)
        except Error:
            return b""  # a session from before they were sealed

    return Column(
        Session,
        "session_data",
        sessions.PLACE,
        unwrap,
        lambda sealed: b64encode(sealed).decode("ascii"),
    )


@dataclass
class Progress:
    """How far the sealing of a column is."""

    column: Column
    seen: int = 0
    sealed: int = 0


def reseal(column: Column) -> Iterator[Progress]:
    """Seal a column anew; tells after each batch how far it is.

    Raises UnknownKey or Tampered where something cannot be opened; what was done by then stays.
    """
    for _ in range(PASSES):
        progress, missed = Progress(column), 0
        for keys in _batches(column, progress):
            missed += _reseal_batch(column, keys, progress)
            yield progress
        if not missed:
            return


def keys_in_use() -> Counter[bytes]:
    """The ids of the keys with which something is sealed, and how many values each holds."""
    found: Counter[bytes] = Counter()
    for column in columns():
        for rows in _rows(column):
            sealed = (column.unwrap(raw) for _, raw in rows if raw is not None)
            found.update(one[1:5] for one in sealed if _is_sealed(one))
    return found


def reseal_addresses() -> int:
    """Seal every e-mail address with the newest search key; gives how many it changed.

    The former key has to stand behind the new one meanwhile. Raises Tampered without it.
    """
    changed = 0
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedAddress) and not model._meta.proxy:
                changed += _reseal_addresses(Column(model, str(field.column), field.place))
    return changed


def _reseal_addresses(column: Column) -> int:
    table, key, name = _names(column)
    changed = 0
    using = router.db_for_write(column.model)
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {key}, {name} FROM {table}")  # noqa: S608 (our own names)
        for row, old in cursor.fetchall():
            # What was sealed was brought into its form before, where its field has one.
            new = seal_exactly(open_address(old or "", column.place), column.place)
            if old and new != old:
                cursor.execute(
                    f"UPDATE {table} SET {name} = %s WHERE {key} = %s AND {name} = %s",  # noqa: S608
                    [new, row, old],
                )
                changed += cursor.rowcount
    return changed


def _is_sealed(value: bytes) -> bool:
    return value[:1] == VERSION and len(value) >= 5


def _batches(column: Column, progress: Progress) -> Iterator[list[Any]]:
    """The primary keys of rows that an older key has sealed."""
    for rows in _rows(column):
        progress.seen += len(rows)
        stale = []
        for key, raw in rows:
            head = b"" if raw is None else column.unwrap(raw)
            if _is_sealed(head) and not is_current(head):
                stale.append(key)
        yield stale


def _rows(column: Column) -> Iterator[list[tuple[Any, Any]]]:
    """The rows in batches: each with its primary key, and enough of the column to know its key."""
    table, key, name = _names(column)
    # Of bytes, the beginning says it; files would fill the memory. The rest is small.
    shown = f"substr({name}, 1, 5)" if column.unwrap is bytes else name
    query = f"SELECT {key}, {shown} FROM {table}"  # noqa: S608 (our own names)
    last: Any = None
    while True:
        where = "" if last is None else f" WHERE {key} > %s"
        with _connection(column).cursor() as cursor:
            cursor.execute(
                f"{query}{where} ORDER BY {key} LIMIT {BATCH}", [] if last is None else [last]
            )
            rows = cursor.fetchall()
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _reseal_batch(column: Column, keys: list[Any], progress: Progress) -> int:
    """Seal some rows anew. Gives how many somebody else wrote in the same moment."""
    missed = 0
    if not keys:
        return missed
    with transaction.atomic(using=router.db_for_write(column.model)):
        for key in keys:
            written = _reseal_row(column, key)
            progress.sealed += written is True
            missed += written is False
    return missed


def _reseal_row(column: Column, key: Any) -> bool | None:
    """Whether the row is sealed anew; None where it needs nothing any more."""
    table, primary, name = _names(column)
    with _connection(column).cursor() as cursor:
        # We never wait for a row that somebody else is writing: two who wait can block each other.
        lock = "FOR NO KEY UPDATE SKIP LOCKED" if cursor.db.vendor == "postgresql" else ""
        cursor.execute(f"SELECT {name} FROM {table} WHERE {primary} = %s {lock}", [key])  # noqa: S608
        row = cursor.fetchone()
        if row is None:
            return False  # locked, or gone: the next pass sees
        old = row[0]
        sealed = b"" if old is None else column.unwrap(old)
        if not _is_sealed(sealed) or is_current(sealed):
            return None
        new = column.wrap(seal(unseal(sealed, column.place), column.place))
        cursor.execute(
            f"UPDATE {table} SET {name} = %s WHERE {primary} = %s AND {name} = %s",  # noqa: S608
            [_parameter(column, new), key, _parameter(column, old)],
        )
        return bool(cursor.rowcount)


def _parameter(column: Column, value: Any) -> Any:
    if isinstance(value, str):
        return value
    binary: Callable[[bytes], Any] = _connection(column).Database.Binary
    return binary(bytes(value))


def _connection(column: Column) -> Any:
    return connections[router.db_for_write(column.model)]


def _names(column: Column) -> tuple[str, str, str]:
    quote = _connection(column).ops.quote_name
    options = column.model._meta
    assert options.pk is not None
    return quote(options.db_table), quote(options.pk.column), quote(column.name)
