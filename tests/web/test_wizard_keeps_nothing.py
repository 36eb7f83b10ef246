"""The whole wizard with marked answers, and then a search for the marks everywhere.

The marks are made for each run, so that nothing but the run itself can hold them.
"""

from __future__ import annotations

import logging
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from tests.web.visitor import Visitor

MARKED = (
    "handle account_email email name address fact-person_name fact-content "
    "other_name other_address other_email q text:us-il-bipa.notice.en.opening"
).split()


class Log(logging.Handler):
    """Everything that any logger says, formatted as a careless formatter would."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.__dict__!r}")


@pytest.fixture
def log():
    """What is logged, and more than that: requests, queries and our own at the most talkative
    level, the rest of Django at the level that the settings give it."""
    handler = Log()
    talkative = ["", "consentkit", "django.request", "django.server", "django.security"]
    loggers = [logging.getLogger(name) for name in [*talkative, "django.db.backends", "django"]]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
    for logger in loggers[:-1]:
        logger.setLevel(logging.DEBUG)
    yield handler
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.fixture
def marks() -> dict[str, str]:
    return {name: f"m{uuid4().hex}" for name in MARKED}


def tables() -> str:
    """Every row of every table."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [f"{table}: {row!r}" for row in cursor.fetchall()]
    return "\n".join(found)


def files(folders: list[Path], since: float) -> str:
    """The content of every file that was written since."""
    found = []
    for folder in folders:
        for path in folder.rglob("*"):
            if ".git" in path.parts or "__pycache__" in path.parts:
                continue
            if path.is_file() and path.stat().st_mtime >= since:
                found.append(f"{path}: {path.read_bytes()!r}")
    return "\n".join(found)


def test_nothing_personal_is_written_anywhere(
    client, companies, marks, log, tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    since = time.time() - 1
    mail = f"{marks['account_email']}@example.org"
    other = f"{marks['email']}@example.org"
    responses = []

    def keep(visitor: Visitor) -> Visitor:
        responses.append(visitor.response)
        return visitor

    # The walk: forth, with mistakes, back, in the other language, into every file.
    visitor = Visitor(client)
    keep(visitor.answer(country="US").press("Continue"))
    keep(visitor.answer(region="IL").press("Continue"))
    keep(visitor.answer(want="face").press("Continue"))
    keep(visitor.answer(q=marks["q"]).press("Search"))
    keep(visitor.answer(q="tik", platform="tiktok", fact_acts_as="parent").press("Continue"))
    keep(visitor.answer(child_age="0").press("Continue"))
    keep(visitor.press("Continue"))
    keep(visitor.answer(way="post").press("Finish the letter"))
    keep(visitor.answer(account_email=marks["account_email"]).press("Finish the letter"))
    visitor.answer(
        handle=marks["handle"],
        account_email=mail,
        email=other,
        name=marks["name"],
        address=f"{marks['address']}\nChicago, IL 60601",
        fact_person_name=marks["fact-person_name"],
        fact_content=marks["fact-content"],
        strokes="[[[0.1, 0.1], [0.9, 0.9]]]",
    )
    keep(visitor.press("Finish the letter"))
    keep(visitor.press("Update the letter", **{"HX-Request": "true"}))
    name = "text:us-il-bipa.notice.en.opening"
    visitor.answers = [(n, marks[name] if n == name else value) for n, value in visitor.answers]
    keep(visitor.press("Update the letter"))
    keep(visitor.press("Deutsch"))
    keep(visitor.press("English"))
    for button in (
        "Download the PDF",
        "Download the text",
        "Put the dates into my calendar (.ics)",
    ):
        keep(visitor.press(button))
    letter = next(one for one in responses if one["Content-Type"].startswith("text/plain"))
    dates = next(one for one in responses if one["Content-Type"].startswith("text/calendar"))
    keep(visitor.answer(address="", name="").press("Download the PDF"))
    visitor.answer(
        platform="unlisted",
        other_name=marks["other_name"],
        other_address=marks["other_address"],
        other_email=f"{marks['other_email']}@example.org",
        name=marks["name"],
        way="email",
        done="whom",
    ).send("/letter/", visitor.answers)
    keep(visitor)

    # The marks were there: they came back to the person, and stand in the letter.
    page = responses[-1].content.decode()
    assert [mark for mark in marks.values() if mark not in page + letter.content.decode()] == [
        marks["q"]
    ]

    # And they are nowhere else.
    said = capfd.readouterr()
    places = {
        "database and queue": tables(),
        "logs": "\n".join(log.lines),
        "output": said.out + said.err,
        "files": files([tmp_path, Path(settings.BASE_DIR)], since),
        "headers": repr([response.headers for response in responses]),
        "cookies": repr(client.cookies),
        "session": repr(dict(client.session)),
        "addresses": repr(
            [one.request["PATH_INFO"] + one.request["QUERY_STRING"] for one in responses]
        ),
        "calendar": dates.content.decode().replace("\r\n ", ""),
        "titles": repr(
            [one.content.split(b"</title>")[0] for one in responses if b"<title>" in one.content]
        ),
    }
    leaks = {
        place: [name for name, mark in marks.items() if mark in content]
        for place, content in places.items()
    }
    assert leaks == {place: [] for place in places}
    # The search looks where something is: a log and a table are not empty.
    assert "tiktok" in places["database and queue"]
    assert len(log.lines) > 0


def test_the_search_would_find_a_leak(db, marks, log, tmp_path):
    since = time.time() - 1
    logging.getLogger("django.request").warning("typed: %s", marks["name"])
    (tmp_path / "upload").write_text(marks["handle"])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE leak (content text)")
        cursor.execute("INSERT INTO leak VALUES (%s)", [marks["address"]])

    assert marks["name"] in "\n".join(log.lines)
    assert marks["handle"] in files([tmp_path], since)
    assert marks["address"] in tables()


def test_an_error_report_does_not_quote_what_was_typed(client, companies, marks, log, monkeypatch):
    """Even where a page fails: neither the log nor the page for the visitor tells it."""

    def fail(*args: object, **kwargs: object) -> None:
        raise ValueError("something broke")

    monkeypatch.setattr("consentkit.web.views.wizard.Answers", fail)
    client.raise_request_exception = False

    response = client.post("/letter/", marks)

    assert response.status_code == 500
    assert [mark for mark in marks.values() if mark in response.content.decode()] == []
    formatted = [line for line in log.lines if any(mark in line for mark in marks.values())]
    assert formatted == []
