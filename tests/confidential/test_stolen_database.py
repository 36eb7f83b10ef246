"""Whoever steals the database, a backup of it or the log learns nothing of what people wrote."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from quopri import encodestring

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django_q.models import OrmQ, Task
from django_q.signing import SignedPackage

from consentkit import tasks
from consentkit.logs import Failed
from consentkit.platforms.models import Platform
from consentkit.queue import later
from tests import story

pytestmark = pytest.mark.django_db(transaction=True)


def database() -> bytes:
    """Every byte of the database: on SQLite the file itself, on PostgreSQL every row."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        return connection.connection.serialize()
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                found += [bytes(one) if _is_bytes(one) else str(one).encode() for one in row]
    return b"\n".join(found)


def _is_bytes(value: object) -> bool:
    return isinstance(value, (bytes, memoryview))


def writings(text: str) -> Iterator[bytes]:
    """The ways in which a text can stand in bytes."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1"):
        plain = text.encode(encoding, "ignore")
        yield plain
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
        for offset in range(3):
            # Without what would depend on the bytes before and after it.
            coded = base64.b64encode(b"\0" * offset + plain)
            yield coded[(offset * 8 + 5) // 6 : len(coded) // 4 * 4 - 4]
    yield json.dumps(text)[1:-1].encode()
    yield encodestring(text.encode())


def found_in(content: bytes, texts: tuple[str, ...]) -> set[str]:
    """Those of the texts that can be read somewhere, or of whose words one can."""
    lower = content.lower()
    parts = {*texts, *(word for text in texts for word in text.split() if len(word) > 6)}
    return {
        part
        for part in parts
        for spelt in (part, part.lower())
        if any(len(one) > 5 and (one in content or one in lower) for one in writings(spelt))
    }


@pytest.mark.parametrize(
    "hide",
    [
        lambda text: text,
        lambda text: text.upper().lower(),
        lambda text: json.dumps([text]),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.b64encode(b"x" + text.encode()).decode(),
        lambda text: base64.b64encode(b"xy" + text.encode("utf-16-be")).decode(),
        lambda text: text.encode("utf-16-le").hex(),
        lambda text: text.encode().hex().upper(),
    ],
)
def test_what_lies_open_is_found_however_it_is_written(hide):
    Platform.objects.create(slug="open", name=hide("Wilhelmine Zwiebelturm")[:200])

    assert "Zwiebelturm" in found_in(database(), ("Wilhelmine Zwiebelturm",))


def test_the_database_shows_nothing_personal(caplog):
    with everything_logged(caplog):
        told = story.tell()

    kept = database()
    assert len(kept) > 50_000
    assert found_in(kept, told.texts) == set()
    assert found_in(caplog.text.encode(), told.texts) == set()


def test_the_queue_shows_nothing_personal():
    told = story.tell()

    rows = [SignedPackage.loads(row.payload) for row in OrmQ.objects.all()]
    assert [(row["func"], len(row["args"])) for row in rows] == [("consentkit.tasks.deliver", 1)]
    assert found_in(repr(rows).encode(), told.texts) == set()


def test_a_task_that_fails_says_where_and_not_what(monkeypatch):
    """django-q writes the message of an exception into its table and into the log."""

    def fail(*_: object) -> None:
        raise ValidationError(f"{story.NAME} is no address")

    monkeypatch.setattr(tasks.correspondence, "deliver", fail)

    with pytest.raises(Failed) as caught:
        tasks.deliver(1)

    said = str(caught.value)
    assert said.startswith("django.core.exceptions.ValidationError\n  ")
    assert "in fail" in said
    assert story.NAME not in said
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def everything_logged(caplog):
    """Let the test read what production writes into its log."""
    logging.getLogger("django").addHandler(caplog.handler)
    return caplog.at_level(logging.INFO)


@pytest.fixture(autouse=True)
def _quiet_again(caplog):
    yield
    logging.getLogger("django").removeHandler(caplog.handler)


def test_what_ran_leaves_only_numbers():
    later("deliver", 7)
    task = SignedPackage.loads(OrmQ.objects.get().payload)

    assert (task["args"], task["kwargs"]) == ((7,), {})
    assert Task.objects.count() == 0
