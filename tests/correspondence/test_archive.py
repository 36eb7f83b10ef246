"""Everything can be taken away and brought back, and not one byte of it changes."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import zipfile
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consentkit.campaigns.models import BatchItem, EntryRecord
from consentkit.cases import actions as cases
from consentkit.cases.models import Case, CaseWord, Conduct, Deadline, Reminder
from consentkit.confidential.words import query
from consentkit.correspondence.actions import record_bounce
from consentkit.correspondence.archive import form, reading
from consentkit.correspondence.archive.reading import PROBLEMS, Refused
from consentkit.correspondence.archive.restoring import Restored, restore
from consentkit.correspondence.archive.schema import schema
from consentkit.correspondence.archive.writing import everything, written
from consentkit.correspondence.attachments import add_file
from consentkit.correspondence.erasure import delete_account, delete_case
from consentkit.correspondence.models import Attachment, AttachmentPart, Message
from consentkit.letters.actions import take_in
from consentkit.office.models import CaseNote, Tagged, TimeEntry
from consentkit.teams.models import User
from tests import story
from tests.world import a_person

pytestmark = pytest.mark.django_db

EARLIER, LATER = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


def archive_of(user: User, at: datetime = EARLIER) -> bytes:
    return b"".join(everything(user, made_at=at))


def members(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def packed(files: dict[str, bytes], **options) -> bytes:
    """A ZIP file of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **options) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return stream.getvalue()


def forged(files: dict[str, bytes], **manifest) -> bytes:
    """A ZIP file of these members, with a manifest that fits them."""
    told = json.loads(files[form.MANIFEST])
    told["files"] = [
        {"name": name, "size": len(content), "sha256": sha256(content).hexdigest()}
        for name, content in files.items()
        if name != form.MANIFEST
    ]
    return packed({**files, form.MANIFEST: written({**told, **manifest})})


def bring(archive: bytes, owner: User) -> Restored:
    return restore(io.BytesIO(archive), owner=owner)


def refused(archive: bytes, owner: User | None = None) -> Refused:
    """How an archive is refused; nothing may come of it."""
    owner = owner or a_person("somebody@example.org")
    before = database_counts()
    with pytest.raises(Refused) as caught:
        bring(archive, owner)
    assert database_counts() == before
    assert "%" not in caught.value.message
    return caught.value


def database_counts() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def case_file(files: dict[str, bytes]) -> str:
    return next(name for name in files if name.endswith("/case.json"))


def changed(files: dict[str, bytes], change) -> dict[str, bytes]:
    """The same members, but something in the case is said otherwise."""
    name = case_file(files)
    told = json.loads(files[name])
    change(told)
    return {**files, name: written(told)}


# What stands in it --------------------------------------------------------------------------------


def test_it_holds_everything_under_names_that_explain_themselves():
    told = story.tell()
    files = members(archive_of(told.user))
    folder = f"cases/{told.case.reference}"

    assert list(files) == [
        "README.txt",
        "account.json",
        f"{folder}/case.json",
        f"{folder}/deadlines.csv",
        f"{folder}/letters/1/request.json",
        f"{folder}/letters/1/letter.txt",
        f"{folder}/letters/1/letter.html",
        f"{folder}/letters/1/letter.pdf",
        f"{folder}/letters/2/request.json",
        f"{folder}/messages/0001.eml",
        f"{folder}/messages/0002.eml",
        f"{folder}/attachments/0001-{story.FILE_NAME}",
        f"{folder}/attachments/0002-Akte Rhabarber.txt",
        "manifest.json",
    ]
    letter = told.case.letters.get(number=1)
    assert files[f"{folder}/letters/1/letter.pdf"] == letter.pdf
    assert files[f"{folder}/letters/1/letter.html"].decode() == letter.html
    assert files[f"{folder}/messages/0002.eml"] == story.incoming()
    assert files[f"{folder}/attachments/0001-{story.FILE_NAME}"] == story.FILE.encode()
    account = json.loads(files["account.json"])
    assert (account["email"], account["name"]) == (story.EMAIL, story.NAME)
    assert story.TOTP.encode() not in b"".join(files.values())


def test_the_log_is_there_whole_with_what_was_struck():
    told = story.tell()
    log = json.loads(members(archive_of(told.user))[f"cases/{told.case.reference}/case.json"])[
        "log"
    ]

    assert [(row["number"], row["kind"]) for row in log] == [
        (1, "made"), (2, "sent"), (3, "noted"), (4, "acknowledged"), (5, "struck"), (6, "made"),
    ]  # fmt: skip
    assert log[2]["note"] == story.NOTE
    assert log[4]["details"] == {"number": 4}
    assert [row["digest"] for row in log] == list(
        told.case.records.order_by("number").values_list("digest", flat=True)
    )


def test_the_manifest_names_every_file_with_its_hash():
    files = members(archive_of(story.tell().user))
    manifest = json.loads(files.pop("manifest.json"))

    assert {row["name"]: row["sha256"] for row in manifest["files"]} == {
        name: sha256(content).hexdigest() for name, content in files.items()
    }
    assert (manifest["format"], manifest["version"]) == ("consentkit-archive", 1)


@pytest.mark.parametrize(("language", "title"), [("en", "Your data from ConsentKit"), ("de", None)])
def test_people_read_it_in_their_language(language, title):
    told = story.tell()
    User.objects.filter(pk=told.user.pk).update(language=language)
    told.user.refresh_from_db()
    files = members(archive_of(told.user))

    assert title is None or files["README.txt"].decode().splitlines()[0] == title
    dates = files[f"cases/{told.case.reference}/deadlines.csv"].decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(dates))][1:] == [
        row.day.isoformat() for row in told.case.deadlines.filter(void=False).order_by("day")
    ]


def test_it_is_made_piece_by_piece():
    told = story.tell()
    big = b"\xffx" * 1_500_000
    add_file(told.case, "gross.txt", io.BytesIO(big))
    pieces = list(everything(told.user, made_at=EARLIER))

    assert (
        members(b"".join(pieces))[f"cases/{told.case.reference}/attachments/0003-gross.txt"] == big
    )
    assert max(map(len, pieces)) < 600_000


def test_every_column_of_a_case_is_in_it_or_known_to_be_elsewhere():
    for model, columns in form.COLUMNS.items():
        named = {field.name for field in model._meta.fields}
        assert {*columns, *form.OTHERWISE[model]} == named, model
        assert set(columns) & form.OTHERWISE[model] == set(), model


def test_every_table_that_hangs_on_a_case_is_in_it():
    by_a_case = {
        model
        for model in apps.get_app_config("consentkit").get_models()
        if any(getattr(field, "related_model", None) is Case for field in model._meta.fields)
    }
    # Words are learnt again from what they stand in; parts are the file itself; tags stand by name.
    # Notes, time, entries, batches and statistics are a team's, and a person's archive has no
    # case of a team.
    of_a_team = {CaseNote, TimeEntry, EntryRecord, BatchItem, Conduct}
    assert by_a_case - {CaseWord, Tagged} - of_a_team <= set(form.COLUMNS)
    assert Attachment in form.COLUMNS
    assert AttachmentPart not in form.COLUMNS


def test_it_is_as_its_published_schema_says():
    told = story.tell(hold_until=date(2030, 1, 1))
    published = schema()["$defs"]
    files = members(archive_of(told.user))

    for name in ("manifest.json", "account.json", "case.json"):
        content = json.loads(next(files[one] for one in files if one.endswith(name)))
        assert faults(content, published[name]) == []
    wrong = {**content, "stage": "x", "demo": 1, "more": None, "opened_on": None}
    assert faults(wrong, published["case.json"]) == ["more", "demo", "opened_on", "stage"]


def faults(value, shape, at="") -> list[str]:
    """Where a value is not as a schema says, as far as ours go."""
    if "anyOf" in shape:
        return [] if any(not faults(value, one) for one in shape["anyOf"]) else [at]
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}
    told = shape.get("type", [])
    if "const" in shape or "enum" in shape:
        return [] if value in shape.get("enum", [shape.get("const")]) else [at]
    if told == "boolean" or isinstance(value, bool):
        return [] if told == "boolean" and isinstance(value, bool) else [at]
    if not isinstance(
        value, tuple(kinds[one] for one in ([told] if isinstance(told, str) else told))
    ):
        return [at]
    if isinstance(value, str):
        fits = len(value) <= shape.get("maxLength", len(value))
        return [] if fits and re.search(shape.get("pattern", ""), value) else [at]
    if isinstance(value, int):
        return [] if value >= shape.get("minimum", value) else [at]
    if isinstance(value, list):
        return [
            one
            for row in value
            for one in faults(row, shape.get("items", {"type": list(kinds)}), at)
        ]
    if "properties" not in shape:
        return []
    wrong = sorted(value.keys() ^ shape["properties"].keys())
    return wrong + [
        fault
        for name, inner in sorted(shape["properties"].items())
        if name in value
        for fault in faults(value[name], inner, name)
    ]


# There and back -----------------------------------------------------------------------------------


def test_deleted_and_brought_back_it_is_the_same_byte_for_byte():
    told = story.tell()
    before = members(archive_of(told.user))
    delete_case(told.case, told.user)
    assert Case.objects.count() == 0

    assert bring(archive_of_members(before), told.user) == Restored(new=1, known=0)

    after = members(archive_of(told.user, LATER))
    manifest, again = (json.loads(files.pop("manifest.json")) for files in (before, after))
    assert after == before
    assert (manifest.pop("made_at"), again.pop("made_at")) == (
        "2026-04-01T00:00:00+00:00",
        "2026-05-01T00:00:00+00:00",
    )
    assert again == manifest
    case = Case.objects.get()
    assert (case.code, cases.verify(case)) == (told.case.code, None)


def archive_of_members(files: dict[str, bytes]) -> bytes:
    """The archive packed anew by somebody's own program."""
    return packed(files)


def test_a_restored_case_lives_on():
    told = story.tell()
    archive = archive_of(told.user)
    dates = list(Deadline.objects.order_by("pk").values_list("key", "day", "void", "sequence"))
    delete_case(told.case, told.user)
    bring(archive, told.user)
    case = Case.objects.get()

    assert sorted(dates) == sorted(Deadline.objects.values_list("key", "day", "void", "sequence"))
    assert Reminder.objects.get().recipient == told.user
    cases.record(case, "noted", on=date(2026, 3, 20), by=told.user, note="Weiter geht es")
    assert cases.verify(case) is None
    for word in ("Zwiebelturm", "verschnupft", "Rhabarber", "Mirabellenfotos"):
        for hashed in query(word, case.search_owner()):
            assert CaseWord.objects.filter(case=case, word=hashed).exists()


def test_it_goes_into_another_account_too():
    told = story.tell()
    other = a_person("other@example.org")
    archive = archive_of(told.user)
    before = members(archive)

    assert bring(archive, other) == Restored(new=1, known=0)

    after = members(archive_of(other))
    name = case_file(before)
    mine, theirs = json.loads(before.pop(name)), json.loads(after.pop(name))
    assert mine.pop("code") != theirs.pop("code")  # the address of a case is only one case's
    assert theirs == mine
    own = {"README.txt", "account.json", "manifest.json"}
    assert {k: v for k, v in after.items() if k not in own} == {
        k: v for k, v in before.items() if k not in own
    }
    case = Case.objects.get(owner=other)
    assert cases.verify(case) is None
    # Who recorded it there is nobody here.
    assert set(case.records.values_list("by", flat=True)) == {None}
    assert set(Case.objects.visible_to(told.user)) == {told.case}


def test_bringing_it_twice_changes_nothing():
    told = story.tell()
    other = a_person("other@example.org")
    archive = archive_of(told.user)
    bring(archive, other)
    before = database_counts()

    assert bring(archive, other) == Restored(new=0, known=1)
    assert bring(archive, told.user) == Restored(new=0, known=1)
    assert database_counts() == before


def test_what_went_on_since_is_not_turned_back():
    told = story.tell()
    archive = archive_of(told.user)
    cases.close(told.case, "fulfilled", by=told.user, on=date(2026, 3, 21))
    now = members(archive_of(told.user))

    bring(archive, told.user)

    assert members(archive_of(told.user)) == now


@pytest.mark.parametrize(
    ("state", "becomes"),
    [("queued", "stopped"), ("claimed", "stopped"), ("handing_over", "uncertain")],
)
def test_a_restored_message_never_goes_out_again(state, becomes):
    told = story.tell()
    Message.objects.filter(outgoing=True).update(state=state)
    other = a_person("other@example.org")

    bring(archive_of(told.user), other)

    assert Message.objects.get(case__owner=other, outgoing=True).state == becomes


def test_the_log_of_a_restored_case_still_finds_its_messages():
    told = story.tell()
    other = a_person("other@example.org")
    bring(archive_of(told.user), other)
    message = Message.objects.get(case__owner=other, outgoing=True)

    assert record_bounce(message, on=date(2026, 3, 6), status="5.1.1")

    assert Case.objects.get(owner=other).records.last().kind == "bounced"
    assert told.case.records.filter(kind="bounced").count() == 0


def test_a_page_in_a_message_is_cleaned_again():
    told = story.tell()
    files = changed(
        members(archive_of(told.user)),
        lambda case: case["messages"][1].update(html="<p>a</p><script>alert(1)</script>"),
    )
    other = a_person("other@example.org")

    bring(forged(files), other)

    assert Message.objects.get(case__owner=other, outgoing=False).html == "<p>a</p>"


def test_writing_takes_as_many_queries_for_each_case():
    told = story.tell()
    list(everything(told.user, made_at=EARLIER))

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            list(everything(told.user, made_at=EARLIER))
        return len(caught)

    one = queries()
    for number in (3, 4):
        other = story.request(date=date(2026, 3, number))
        take_in(other, owner=told.user, place="IE")
    three = queries()

    assert three - one == 2 * 9


# What is refused ----------------------------------------------------------------------------------


KEPT: dict[str, bytes] = {}


@pytest.fixture
def files() -> dict[str, bytes]:
    """The members of an archive whose account is gone. It is made once for all tests."""
    if not KEPT:
        told = story.tell()
        KEPT.update(members(archive_of(told.user)))
        delete_account(told.user, now=EARLIER)
    return dict(KEPT)


def test_a_file_that_was_changed_is_named(files):
    for name in files:
        if name == "manifest.json":
            continue
        spoilt = {**files, name: files[name] + b" "}
        owner = User.objects.filter(email="somebody@example.org").first()
        told = refused(packed(spoilt), owner)
        assert (told.problem, told.file) == ("changed", name)
        assert name in told.message


def test_a_file_that_is_missing_or_too_much_is_named(files):
    name = next(name for name in files if name.endswith(".eml"))
    without = {key: content for key, content in files.items() if key != name}
    owner = a_person("somebody@example.org")

    assert (refused(packed(without), owner).problem) == "missing"
    assert refused(forged(without), owner).file == name
    more = {**files, "cases/x.exe": b"MZ"}
    assert refused(packed(more), owner).problem == "extra"
    assert refused(forged(more), owner).file == "cases/x.exe"


CHANGES = {
    "a fact": ("chain", lambda case: case["log"][1].update(on="2026-02-01")),
    "a note": ("chain", lambda case: case["log"][2].update(note="x")),
    "a fact left out": (None, lambda case: case["log"].pop()),
    "a fact in between": ("shape", lambda case: case["log"].pop(2)),
    "an unknown kind": ("shape", lambda case: case["log"][1].update(kind="x")),
    "an unknown detail": ("shape", lambda case: case["log"][1]["details"].update(x=1)),
    "a wrong detail": ("shape", lambda case: case["log"][1]["details"].update(channel="x")),
    "a law": ("law", lambda case: case.update(law="xx-law")),
    "a kind of letter": ("law", lambda case: case.update(kind="x")),
    "a place": ("law", lambda case: case.update(place="XX")),
    "a right": ("law", lambda case: case.update(rights=["x"])),
    "a reference": ("shape", lambda case: case.update(reference="<b>")),
    "a code": ("shape", lambda case: case.update(code="../../../etc")),
    "a stage": ("shape", lambda case: case.update(stage="x")),
    "another column": ("shape", lambda case: case.update(owner=1)),
    "a column less": ("shape", lambda case: case.pop("about")),
    "a text for a day": ("shape", lambda case: case.update(opened_on="yesterday")),
    "a moment without a zone": ("shape", lambda case: case.update(created_at="2026-01-01T00:00")),
    "half a character": ("shape", lambda case: case.update(hold_reason="\ud800")),
    "no character": ("shape", lambda case: case.update(next_key="a\0b")),
    "a text too long": ("shape", lambda case: case.update(place="x" * 11)),
    "a number too large": ("shape", lambda case: case["deadlines"][0].update(letter=2**63)),
    "what is about it": ("shape", lambda case: case["about"].update(sender="x")),
    "a date twice": ("shape", lambda case: case["deadlines"].append(case["deadlines"][0])),
    "a hash": ("changed", lambda case: case["letters"][0].update(pdf_sha256="0" * 64)),
    "a message's hash": ("changed", lambda case: case["messages"][1].update(sha256="0" * 64)),
    "an attachment's hash": ("changed", lambda case: case["attachments"][0].update(sha256="0")),
    "a media type": ("shape", lambda case: case["attachments"][0].update(kind="text/html")),
    "a file elsewhere": ("shape", lambda case: case["attachments"][0].update(file="../x")),
    "a message's letter": ("shape", lambda case: case["messages"][0].update(letter=9)),
    "a proposal": ("shape", lambda case: case["proposals"][0]["details"].update(evidence="x")),
    "a list for an object": ("shape", lambda case: case.update(log={})),
}  # fmt: skip


@pytest.mark.parametrize(("problem", "change"), CHANGES.values(), ids=CHANGES)
def test_a_forged_case_is_refused_although_its_hashes_fit(files, change, problem):
    """Whoever changes a case and the manifest with it still cannot bring nonsense in."""
    name = case_file(files)
    try:
        archive = forged(changed(files, change))
    except UnicodeEncodeError:  # as a program would write half a character
        told = json.loads(files[name])
        change(told)
        archive = forged({**files, name: json.dumps(told).encode()})
    if problem is None:
        # The end of a log can be cut; its chain still holds, and the letter in it stays a draft.
        assert bring(archive, a_person("somebody@example.org")).new == 1
        return

    told = refused(archive)

    assert told.problem == problem
    assert told.file.startswith(name.removesuffix("case.json"))


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"PK\x03\x04" + b"\0" * 100, b"%PDF-1.7"], ids=repr
)
def test_what_is_no_zip_file_is_refused(content):
    assert refused(content).problem == "no_zip"


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        ({"format": "something-else"}, "foreign"),
        ({"version": 2}, "version"),
        ({"version": "1"}, "version"),
        ({"files": [{"name": 1}]}, "shape"),
    ],
)
def test_a_foreign_manifest_is_refused(files, manifest, problem):
    told = {**json.loads(files["manifest.json"]), **manifest}

    assert refused(packed({**files, "manifest.json": written(told)})).problem == problem


def test_a_zip_file_without_a_manifest_is_refused():
    assert refused(packed({"a.txt": b"a"})).problem == "foreign"
    assert (
        refused(packed({"manifest.json": b"[" * 100_000}), User.objects.get()).problem == "foreign"
    )


@pytest.mark.parametrize(
    "name",
    ["../etc/passwd", "/etc/passwd", "cases/../../x", "a\\b", "C:x", "a//b", "./a", "a/\x07"],
)
def test_a_name_that_leads_elsewhere_is_refused(files, name):
    assert refused(forged({**files, name: b"x"})).problem in ("name", "extra")


def test_a_link_in_a_zip_file_is_refused(files):
    stream = io.BytesIO(packed(files))
    with zipfile.ZipFile(stream, "a") as opened:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        opened.writestr(link, "/etc/passwd")

    assert refused(stream.getvalue()).problem == "name"


def test_the_same_name_twice_is_refused(files):
    stream = io.BytesIO(packed(files))
    with zipfile.ZipFile(stream, "a") as opened, pytest.warns(UserWarning, match="Duplicate"):
        opened.writestr("README.txt", "x")

    assert refused(stream.getvalue()).problem == "twice"


def test_a_bomb_is_refused_before_it_is_unpacked(files):
    bomb = {**files, "cases/bomb.txt": b"\0" * 5_000_000}

    told = refused(forged(bomb))

    assert (told.problem, told.file) == ("large_file", "cases/bomb.txt")


def test_a_huge_member_is_refused(files, settings):
    settings.MAX_FILE_SIZE = 100_000
    huge = {**files, "cases/huge.bin": bytes(range(256)) * 400}

    assert refused(forged(huge)).file == "cases/huge.bin"


def test_a_member_that_says_it_is_smaller_than_it_is_is_refused(files):
    """The list at the end of a ZIP file is what a reader believes; it may lie."""
    archive = bytearray(packed({**files, "README.txt": b"x" * 4000}))
    entry = archive.rindex(
        b"PK\x01\x02", 0, archive.index(b"README.txt", archive.index(b"PK\x01\x02"))
    )
    struct.pack_into("<L", archive, entry + 24, 10)

    told = refused(bytes(archive))

    assert (told.problem, told.file) == ("changed", "README.txt")


def test_too_many_files_are_refused(files, monkeypatch):
    monkeypatch.setattr(reading, "MOST_FILES", 5)

    assert refused(packed(files)).problem == "too_large"


def test_a_packed_file_that_is_broken_is_refused(files):
    archive = bytearray(packed(files))
    place = archive.index(b"letter.pdf") + 200
    archive[place : place + 8] = b"\xff" * 8

    told = refused(bytes(archive))

    assert (told.problem, told.file.rsplit("/", 1)[-1]) == ("changed", "letter.pdf")


def test_a_second_case_that_is_wrong_lets_no_first_one_in(files):
    name = case_file(files)
    folder = name.removesuffix("/case.json")
    twin = {
        key.replace(folder, f"{folder}-2"): content
        for key, content in changed(files, lambda case: case["log"][1].update(note="x")).items()
        if key.startswith(folder)
    }

    told = refused(forged({**files, **twin}))

    assert (told.problem, told.file) == ("chain", f"{folder}-2/case.json")


def test_every_problem_is_told_in_a_sentence():
    for problem in PROBLEMS:
        assert Refused(problem, "cases/x").message.endswith((".", "?"))
