"""Keys change while the site runs: nothing is lost, and nothing stays behind."""

from __future__ import annotations

import io
import os
import re
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from time import sleep

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.utils import timezone

from consentkit.cases.actions import verify
from consentkit.cases.models import Case, CaseWord, EventRecord
from consentkit.clients.models import Client
from consentkit.confidential import checks, cipher, keys, rotation
from consentkit.confidential.sessions import SessionStore
from consentkit.confidential.words import query
from consentkit.correspondence.archive.writing import everything
from consentkit.letters.models import Letter
from consentkit.teams import actions as teams
from consentkit.teams.models import User
from tests import story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """A folder with keys of our own."""
    settings.KEYS_FOLDER = str(tmp_path / "keys")
    settings.FIELD_KEYS = settings.SEARCH_KEY = []
    keys.forget()
    keys.make(keys.FIELD_KEYS)
    keys.make(keys.SEARCH_KEY)
    yield tmp_path / "keys"
    keys.forget()


def run(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def age(folder: Path) -> None:
    """Let the newest key be an hour old."""
    path = folder / keys.FIELD_KEYS
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 3600))


def sealed_with() -> set[bytes]:
    return set(rotation.keys_in_use())


def content(user: User) -> bytes:
    """Everything that the person can read."""
    return b"".join(everything(user, made_at=datetime(2026, 1, 1, tzinfo=UTC)))


# Rotation -----------------------------------------------------------------------------------------


def test_every_sealed_column_is_found():
    assert sorted(map(str, rotation.columns())) == [
        "consentkit.Attachment name",
        "consentkit.AttachmentPart data",
        "consentkit.Batch words",
        "consentkit.BatchFilePart data",
        "consentkit.BatchItem told",
        "consentkit.Case about",
        "consentkit.Case hold_reason",
        "consentkit.CaseNote text",
        "consentkit.Client about",
        "consentkit.Client born",
        "consentkit.Client contact",
        "consentkit.Client hold_reason",
        "consentkit.Client name",
        "consentkit.Client other_names",
        "consentkit.Client representative",
        "consentkit.ConflictCheck hits",
        "consentkit.ConflictCheck reason",
        "consentkit.Consent wording",
        "consentkit.ControlList remark",
        "consentkit.EntryRecord asked",
        "consentkit.EventRecord note",
        "consentkit.Falling reason",
        "consentkit.HandOver memo",
        "consentkit.HouseTextVersion body",
        "consentkit.HouseTextVersion comments",
        "consentkit.Import file",
        "consentkit.Import header",
        "consentkit.ImportBlock findings",
        "consentkit.ImportBlock results",
        "consentkit.ImportBlock rows",
        "consentkit.IntakeLink answers",
        "consentkit.Invitation email",
        "consentkit.Letter html",
        "consentkit.Letter pdf",
        "consentkit.Letter request",
        "consentkit.Letter text",
        "consentkit.Mandate revocation",
        "consentkit.Mandate scan",
        "consentkit.Mandate signer",
        "consentkit.Mandate strokes",
        "consentkit.Mandate text",
        "consentkit.Message headers",
        "consentkit.Message html",
        "consentkit.Message raw",
        "consentkit.Message text",
        "consentkit.Participation answers",
        "consentkit.Party name",
        "consentkit.Party note",
        "consentkit.Review comments",
        "consentkit.Review edits",
        "consentkit.Review reason",
        "consentkit.Review submitted",
        "consentkit.SavedView name",
        "consentkit.Tag name",
        "consentkit.TimeEntry what",
        "consentkit.User name",
        "consentkit.Wall reason",
        "consentkit.WallAttestation statement",
        "mfa.Authenticator data",
        "sessions.Session session_data",
    ]


def test_a_rotation_seals_everything_anew_and_changes_nothing_that_can_be_read():
    told = story.tell()
    before, old = content(told.user), sealed_with()

    run("rotate_keys")

    new = {keys.key_id(keys.field_keys()[0])}
    assert (len(old), sealed_with(), old & new) == (1, new, set())
    assert content(told.user) == before
    assert verify(told.case) is None
    assert Authenticator.objects.get(type="totp").data == {"secret": story.TOTP}
    assert SessionStore(Session.objects.get().session_key).load()["typed"] == [
        story.NAME,
        story.EMAIL,
    ]
    assert User.objects.get(email=story.EMAIL).name == story.NAME


def test_frozen_letters_and_logs_still_refuse_every_other_change():
    told = story.tell()
    run("rotate_keys")

    for rows, change in (
        (Letter.objects.filter(case=told.case, number=1), {"title": "x"}),
        (EventRecord.objects.filter(case=told.case, number=1), {"kind": "noted"}),
        (EventRecord.objects.filter(case=told.case, number=1), {"by_elsewhere": 7}),
    ):
        with pytest.raises(Error, match="only added to|stays"), transaction.atomic():
            rows.update(**change)


def test_a_rotation_that_was_broken_off_goes_on_with_its_key():
    story.tell()
    keys.replace_field_keys([keys.new_key(), *keys.field_keys()])
    for column in rotation.columns()[:5]:  # then somebody pulled the plug
        list(rotation.reseal(column))
    ring = keys.field_keys()
    assert len(sealed_with()) == 2

    said = run("rotate_keys")

    assert "it goes on now" in said
    assert keys.field_keys() == ring
    assert sealed_with() == {keys.key_id(ring[0])}


def test_what_is_written_meanwhile_is_not_lost():
    told = story.tell()
    keys.replace_field_keys([keys.new_key(), *keys.field_keys()])
    column = next(one for one in rotation.columns() if str(one) == "consentkit.Case about")

    def somebody_is_faster(sealed):
        Case.objects.filter(pk=told.case.pk).update(about={"company": "written meanwhile"})
        return column.wrap(sealed)

    passes = list(rotation.reseal(replace(column, wrap=somebody_is_faster)))

    told.case.refresh_from_db()
    assert told.case.about == {"company": "written meanwhile"}
    assert [one.sealed for one in passes] == [0, 0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_rotation_beside_somebody_who_writes_loses_nothing():
    told = story.tell()
    keys.replace_field_keys([keys.new_key(), *keys.field_keys()])
    stop, written = Event(), []

    def write() -> None:
        while not stop.is_set():
            written.append(f"name {len(written)}")
            User.objects.filter(pk=told.user.pk).update(name=written[-1])
        connection.close()

    writer = Thread(target=write)
    writer.start()
    try:
        while len(written) < 5:
            sleep(0.01)
        run("rotate_keys", "--no-new-key")
    finally:
        stop.set()
        writer.join()

    assert len(written) > 20
    assert User.objects.get().name == written[-1]
    assert sealed_with() == {keys.key_id(keys.field_keys()[0])}


def test_a_process_that_runs_knows_the_new_key_at_once():
    told = story.tell()
    sealed = cipher.seal(b"x", "place")
    path = Path(keys.settings.KEYS_FOLDER) / keys.FIELD_KEYS
    other = keys.new_key()
    # As another process does it: it cannot tell us to forget what we read.
    fresh = path.with_name("another")
    fresh.write_text("\n".join(map(keys.written, [other, *keys.field_keys()])))
    fresh.replace(path)

    assert cipher.seal(b"y", "place")[1:5] == keys.key_id(other)
    assert cipher.unseal(sealed, "place") == b"x"
    told.case.refresh_from_db()
    assert told.case.company == "Example"


def test_an_old_key_goes_when_nothing_needs_it_and_not_before(folder):
    told = story.tell()
    before = content(told.user)
    keys.replace_field_keys([keys.new_key(), *keys.field_keys()])
    age(folder)
    with pytest.raises(CommandError, match="values are sealed with older keys"):
        run("rotate_keys", "--drop-old")
    assert len(keys.field_keys()) == 2

    run("rotate_keys", "--no-new-key")
    assert "Removed" in run("rotate_keys", "--drop-old")

    assert len(keys.field_keys()) == 1
    assert content(told.user) == before
    assert "only one key" in run("rotate_keys", "--drop-old")


def test_an_old_key_stays_while_something_may_still_be_under_way():
    story.tell()
    run("rotate_keys")

    with pytest.raises(CommandError, match="not ten minutes old"):
        run("rotate_keys", "--drop-old")

    assert len(keys.field_keys()) == 2


def test_two_rotations_do_not_get_into_each_others_way():
    with keys.changing(), pytest.raises(CommandError, match="Somebody is changing the keys"):
        run("rotate_keys")


def test_keys_in_the_environment_are_explained_and_rotated(settings):
    told = story.tell()
    old = keys.field_keys()[0]
    new = keys.new_key()
    settings.FIELD_KEYS = [keys.written(old)]
    keys.forget()
    with pytest.raises(CommandError, match="Put it FIRST in FIELD_KEYS"):
        run("rotate_keys")
    settings.FIELD_KEYS = [keys.written(new), keys.written(old)]
    keys.forget()
    with pytest.raises(CommandError, match="values are sealed with older keys"):
        run("rotate_keys", "--drop-old")

    run("rotate_keys", "--no-new-key")

    assert "Take it out of FIELD_KEYS" in run("rotate_keys", "--drop-old")
    settings.FIELD_KEYS = [keys.written(new)]
    keys.forget()
    told.case.refresh_from_db()
    assert told.case.company == "Example"


def test_a_value_that_cannot_be_opened_is_named_and_stays():
    told = story.tell()
    keys.replace_field_keys([keys.new_key()])

    with pytest.raises(CommandError, match=r"User name: sealed with key \w{8}, which this server"):
        run("rotate_keys", "--no-new-key")

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM consentkit_user WHERE id = %s", [told.user.pk])
        assert bytes(cursor.fetchone()[0])[:1] == cipher.VERSION


# First keys ---------------------------------------------------------------------------------------


def test_first_keys_are_made_once_and_for_nobody_else(tmp_path, settings):
    settings.KEYS_FOLDER = str(tmp_path / "new" / "keys")

    said = run("make_keys")

    assert "apart from the backups of the database" in said
    made = sorted(Path(settings.KEYS_FOLDER).iterdir())
    assert [path.name for path in made] == ["field_keys", "search_key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    before = [path.read_bytes() for path in made]
    with pytest.raises(CommandError, match="are not overwritten"):
        run("make_keys")
    assert [path.read_bytes() for path in made] == before


def test_keys_in_the_environment_are_not_made_in_files(settings, folder):
    settings.FIELD_KEYS = [keys.written(keys.new_key())]
    with pytest.raises(CommandError, match="FIELD_KEYS stand in the environment"):
        run("make_keys")


def test_keys_for_the_environment_can_be_printed(settings):
    printed = dict(line.split("=", 1) for line in run("make_keys", "--print").split())

    assert list(printed) == ["FIELD_KEYS", "SEARCH_KEY"]
    settings.FIELD_KEYS, settings.SEARCH_KEY = [printed["FIELD_KEYS"]], [printed["SEARCH_KEY"]]
    assert len(keys.field_keys()[0]) == 32


# The search key -----------------------------------------------------------------------------------


def found(user: User, text: str) -> set[int]:
    cases = [
        set(CaseWord.objects.filter(word=word).values_list("case", flat=True))
        for word in query(text, f"user {user.pk}")
    ]
    return set.intersection(*cases)


def test_search_and_addresses_survive_another_search_key(folder):
    told = story.tell()
    words = ["Zwiebelturm", "grünkohl", "verschnupft", "Mirabellenfotos", "Süßkirsche"]
    hashes = set(CaseWord.objects.values_list("word", flat=True))
    assert [found(told.user, word) for word in words] == [{told.case.pk}] * len(words)
    team = teams.found("Example Clinic", by=told.user)
    client = Client.objects.create(
        team=team, number=1, residence="DE-BE", outside_id="a-Ö17", made_at=timezone.now()
    )
    path = folder / keys.SEARCH_KEY
    path.write_text(f"{keys.written(keys.new_key())}\n{path.read_text()}")
    keys.forget()

    run("rebuild_search")

    path.write_text(path.read_text().split()[0])
    keys.forget()
    assert [found(told.user, word) for word in words] == [{told.case.pk}] * len(words)
    assert (
        set(map(bytes, CaseWord.objects.values_list("word", flat=True))) & set(map(bytes, hashes))
        == set()
    )
    assert User.objects.get(email=story.EMAIL.upper()) == told.user
    assert Client.objects.get(outside_id="a-Ö17") == client
    assert not Client.objects.filter(outside_id="A-Ö17").exists()
    assert told.user.emailaddress_set.get(email=story.EMAIL).verified


def test_a_search_key_without_the_former_one_is_refused(folder):
    story.tell()
    (folder / keys.SEARCH_KEY).write_text(keys.written(keys.new_key()))
    keys.forget()

    with pytest.raises(CommandError, match="Put the former search key behind the new one"):
        run("rebuild_search")


def test_the_same_name_is_another_hash_for_somebody_else():
    ada = story.tell()
    eve = story.tell("eve@example.org")
    words = {
        user: {
            bytes(word)
            for word in CaseWord.objects.filter(case__owner=user).values_list("word", flat=True)
        }
        for user in (ada.user, eve.user)
    }

    assert len(words[ada.user]) > 50
    assert words[ada.user] & words[eve.user] == set()
    assert found(ada.user, "Zwiebelturm") == {ada.case.pk}
    assert found(eve.user, "Zwiebelturm") == {eve.case.pk}


# Checks -------------------------------------------------------------------------------------------


def complaints() -> list[str]:
    return [one.id for one in checks.check_keys()]


def test_production_without_keys_is_an_error(settings, folder):
    assert complaints() == []
    (folder / keys.FIELD_KEYS).unlink()
    (folder / keys.SEARCH_KEY).unlink()
    keys.forget()

    assert complaints() == ["consentkit.E001", "consentkit.E001"]
    assert {one.id for one in run_checks()} >= {"consentkit.E001"}
    settings.DEBUG = True
    assert complaints() == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_keys_that_others_can_read_are_an_error(folder, mode):
    (folder / keys.FIELD_KEYS).chmod(mode)

    assert complaints() == ["consentkit.E002"]


def test_keys_that_are_served_are_an_error(settings, folder):
    settings.STATIC_ROOT = folder.parent

    assert complaints() == ["consentkit.E003"]


def test_keys_beside_the_database_are_worth_a_warning(settings, folder, monkeypatch):
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}
    monkeypatch.setitem(settings.DATABASES, "default", database)

    assert complaints() == ["consentkit.W001"]


def test_what_a_key_is_called_tells_nothing_of_it():
    key = keys.new_key()

    assert re.fullmatch(rb".{4}", keys.key_id(key), re.DOTALL)
    assert keys.key_id(key) not in key
