"""Writing many rows at once, faster than models can be made.

A row is a mapping from the names of a model's fields (``attname``: ``team_id``, not ``team``) to
their values; what is left out has its default. The fields prepare the values as in ``save``, so
that what is sealed is sealed. Nothing else of a model happens: no ``save``, no signals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import connection, connections, models

# SQLite takes no more than 32,766 parameters in one statement.
PARAMETERS = 30_000
# From so many rows on PostgreSQL takes them faster by COPY, which needs a query for their keys.
MANY = 20

# Fields whose values the database takes as they are; words may be members of an enumeration.
PLAIN = frozenset(
    {
        models.BigIntegerField,
        models.BooleanField,
        models.ForeignKey,
        models.IntegerField,
        models.OneToOneField,
        models.PositiveBigIntegerField,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
    }
)
WORDS = frozenset({models.CharField, models.SlugField, models.TextField})
Row = Mapping[str, Any]
Prepare = Callable[[Any], Any]


def insert(model: type[models.Model], rows: Sequence[Row]) -> list[int]:
    """Add the rows in their order, and give their keys. Call it inside a transaction."""
    fields = _fields(model)
    if connection.vendor == "postgresql" and len(rows) >= MANY:
        return _copied(model, fields, rows)
    at_once = PARAMETERS // len(fields)
    keys: list[int] = []
    with connection.cursor() as cursor:
        for start in range(0, len(rows), at_once):
            part = rows[start : start + at_once]
            cursor.execute(_statement(model, len(part)), list(_values(model, fields, part)))
            keys += [key for (key,) in cursor.fetchall()]
    return keys


def pour(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add a great many small rows: the values of the named fields, as the database takes them.

    The other fields of the model must have a default in the database, or be its key.
    """
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(model._meta.get_field(name).column)) for name in names)  # type: ignore[union-attr]
    table = f"{quote(model._meta.db_table)} ({columns})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(names))
        cursor.executemany(f"INSERT INTO {table} VALUES ({places})", list(rows))  # noqa: S608 (our own)


def _copied(
    model: type[models.Model], fields: Sequence[models.Field[Any, Any]], rows: Sequence[Row]
) -> list[int]:
    """The same by COPY, with keys taken beforehand, in half the time."""
    quote, key = connection.ops.quote_name, model._meta.pk
    assert key is not None
    table = model._meta.db_table
    columns = ", ".join(quote(str(one.column)) for one in (key, *fields))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [table, key.column, len(rows)],
        )
        keys = sorted(one for (one,) in cursor.fetchall())
        values = _values(model, fields, rows)
        with cursor.copy(f"COPY {quote(table)} ({columns}) FROM STDIN") as copy:
            for one in keys:
                copy.write_row([one, *islice(values, len(fields))])
    return keys


@lru_cache(maxsize=64)
def _fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(one for one in model._meta.concrete_fields if not one.primary_key)


@lru_cache(maxsize=64)
def _statement(model: type[models.Model], number: int) -> str:
    quote = connection.ops.quote_name
    fields = _fields(model)
    columns = ", ".join(quote(str(one.column)) for one in fields)
    places = f"({', '.join(['%s'] * len(fields))})"
    key = model._meta.pk
    assert key is not None
    return (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) "  # noqa: S608 (our own names)
        f"VALUES {', '.join([places] * number)} RETURNING {quote(str(key.column))}"
    )


def _values(
    model: type[models.Model], fields: Sequence[models.Field[Any, Any]], rows: Sequence[Row]
) -> Iterator[Any]:
    names = frozenset(one.attname for one in fields)
    columns = [(one.attname, one, _prepares(one)) for one in fields]
    for row in rows:
        if not names.issuperset(row):
            raise TypeError(f"{model.__name__} has no {sorted(row.keys() - names)}")
        for name, field, prepare in columns:
            value = row[name] if name in row else field.get_default()
            yield prepare(value) if prepare else value


def _prepares(field: models.Field[Any, Any]) -> Prepare | None:
    """What makes a value one for the database; None where nothing has to be done."""
    # The connection itself: the one that Django imports looks it up anew at every touch.
    own = connections[connection.alias]
    kind, database = type(field), own.ops
    if kind in PLAIN:
        return None
    if kind in WORDS:
        return str
    if kind is models.DateTimeField:
        return database.adapt_datetimefield_value
    if kind is models.DateField:
        return database.adapt_datefield_value
    if kind is models.JSONField:
        return lambda value: database.adapt_json_value(value, None)
    return lambda value: field.get_db_prep_save(value, own)
