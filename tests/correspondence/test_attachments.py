"""The files of a case: what is taken in, that it is sealed, and that no scanner is passed by."""

from __future__ import annotations

import io
import socket
import struct
import threading
import zipfile
from contextlib import contextmanager

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from consentkit.correspondence import virus
from consentkit.correspondence.attachments import PROBLEMS, NotTaken, add_file, check_file
from consentkit.correspondence.kinds import ENDINGS, kind_of, safe_name
from consentkit.correspondence.models import Attachment, AttachmentPart
from tests.correspondence.mailserver import free_port

# The test file of the European Institute for Computer Antivirus Research, in two halves, so that
# no scanner stumbles over this one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def a_zip(*names):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 100)
    return made.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = [
    ("x.exe", b"%PDF-1.7\n...", "application/pdf"),
    ("x.pdf", b"\x89PNG\r\n\x1a\n...", "image/png"),
    ("x", b"\xff\xd8\xff\xe0...", "image/jpeg"),
    ("x", b"GIF89a...", "image/gif"),
    ("x", b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    ("x", b"\0\0\0\x18ftypheic....", "image/heic"),
    ("x.docx", a_zip("word/document.xml"), "application/zip"),
    (
        "x.zip",
        a_zip("[Content_Types].xml", "word/document.xml"),
        OFFICE + "wordprocessingml.document",
    ),
    ("x", a_zip("[Content_Types].xml", "xl/workbook.xml"), OFFICE + "spreadsheetml.sheet"),
    ("x", a_zip("[Content_Types].xml", "ppt/slides.xml"), OFFICE + "presentationml.presentation"),
    ("x", a_zip("data.json", "photos/1.jpg"), "application/zip"),
    ("x.html", b"<!doctype html><script>alert(1)</script>", "text/plain"),
    ("x.csv", b"name;value\n1;2\n", "text/csv"),
    ("x.txt", "Grüße\n".encode("utf-16"), "text/plain"),
    ("x.txt", "Grüße\n".encode("cp1252"), "text/plain"),
    ("x", b'\xef\xbb\xbf {"a": [1]}\n', "application/json"),
    ("x", b"[1, 2]", "application/json"),
    ("x", b"Received: x\r\n by y\r\nFrom: a@example.com\r\n\r\nhello", "message/rfc822"),
    ("x.eml", b"Note: this is no message\n\nhello", "text/plain"),
    ("x.pdf", b"MZ\x90\0\x03\0\0\0", None),
    ("x.txt", b"\x7fELF\x02\x01\x01\0", None),
    ("x.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", None),
    ("x.png", b"\0\0\0\0", None),
]


@pytest.mark.parametrize(("name", "content", "kind"), KINDS)
def test_a_file_is_what_its_content_is(name, content, kind):
    assert kind_of(content, content, name) == kind


@given(st.binary(max_size=300), st.text(max_size=20))
def test_whatever_it_is_it_has_a_kind_or_none(content, name):
    assert kind_of(content, content, name) in {None, *ENDINGS}


@pytest.mark.parametrize(
    ("name", "kind", "safe"),
    [
        ("proof.pdf", "application/pdf", "proof.pdf"),
        ("C:\\Users\\ada\\proof.PDF", "application/pdf", "proof.PDF"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("page.html", "text/plain", "page.html.txt"),
        ("", "image/png", "file.png"),
        ("...", "image/png", "file.png"),
        ("a\r\nb\0c.png", "image/png", "abc.png"),
        ("photo\u202egnp.exe", "image/png", "photognp.exe.png"),
        ('a"b<c>|d?.png', "image/png", "a_b_c__d_.png"),
        ("x" * 300 + ".png", "image/png", "x" * 147 + ".png"),
    ],
)
def test_a_name_is_only_a_name_and_ends_as_the_content_does(name, kind, safe):
    assert safe_name(name, kind) == safe


@given(st.text(max_size=300), st.sampled_from(sorted(ENDINGS)))
def test_every_name_becomes_safe(name, kind):
    safe = safe_name(name, kind)

    assert safe.lower().endswith(ENDINGS[kind])
    assert len(safe) <= 151
    assert not set(safe) & set('/\\\r\n\0"<>')


# Keeping them -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [9, AttachmentPart.SIZE, AttachmentPart.SIZE + 1, 1_500_000])
def test_a_file_comes_back_byte_for_byte(case, size):
    content = (b"%PDF-1.7\n" + bytes(range(256)) * 6_000)[:size]
    file = add_file(case, "x.pdf", io.BytesIO(content))

    assert (file.content(), file.size) == (content, size)
    assert file.parts.count() == -(-size // AttachmentPart.SIZE)


def test_neither_its_name_nor_its_bytes_stand_in_the_database(case):
    add_file(case, "secret-name.txt", io.BytesIO(b"a secret of Ada Beispiel"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM consentkit_attachment")
        rows = [bytes(str(cursor.fetchall()), "utf-8")]
        cursor.execute("SELECT data FROM consentkit_attachmentpart")
        rows += [bytes(data) for (data,) in cursor.fetchall()]
    assert [row for row in rows if b"secret" in row] == []


def test_the_same_file_twice_is_kept_once(case):
    files = [add_file(case, "x.txt", io.BytesIO(b"the same")) for _ in range(2)]

    assert files[0] == files[1]
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "problem"), [(b"", "empty"), (b"MZ\0\0", "kind"), (b"x" * 2000, "too_large")]
)
def test_what_is_not_taken_in_leaves_nothing_behind(case, settings, content, problem):
    settings.MAX_FILE_SIZE = 1000
    with pytest.raises(NotTaken) as error:
        add_file(case, "x.txt", io.BytesIO(content))

    assert (error.value.problem, str(error.value)) == (problem, str(PROBLEMS[problem]))
    assert Attachment.objects.count() == 0


# The scanner --------------------------------------------------------------------------------------


@contextmanager
def clamd(answer=None):
    """Speaks as clamd does: takes a stream in chunks, and finds the test file in it."""
    listening = socket.create_server(("127.0.0.1", free_port()))
    seen = []

    def exactly(talk, size):
        told = b""
        while len(told) < size and (piece := talk.recv(size - len(told))):
            told += piece
        return told

    def listen():
        while True:
            try:
                talk, _ = listening.accept()
            except OSError:
                return
            with talk:
                assert exactly(talk, 10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack("!I", exactly(talk, 4))[0]:
                    content += exactly(talk, size)
                seen.append(content)
                found = b"stream: Eicar-Signature FOUND\0"
                talk.sendall(answer or (found if EICAR in content else b"stream: OK\0"))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}", seen
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def test_without_a_scanner_a_file_is_marked_as_not_checked(case):
    assert add_file(case, "x.txt", io.BytesIO(b"hello")).scan == "none"


def test_the_scanner_sees_every_byte(case, settings):
    content = b"%PDF-1.7\n" + b"x" * 1_200_000
    with clamd() as (settings.CLAMAV, seen):
        file = add_file(case, "x.pdf", io.BytesIO(content))

    assert (file.scan, seen) == ("clean", [content])


def test_what_the_scanner_finds_is_not_taken_in(case, settings):
    with clamd() as (settings.CLAMAV, _), pytest.raises(NotTaken, match="something harmful"):
        add_file(case, "x.txt", io.BytesIO(EICAR))

    assert Attachment.objects.count() == 0


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"\0", b"nonsense\0"])
def test_a_scanner_that_does_not_say_ok_has_not_said_ok(settings, answer):
    with clamd(answer) as (settings.CLAMAV, _), pytest.raises(NotTaken) as error:
        check_file(io.BytesIO(b"hello"), "x.txt")

    assert error.value.problem == "scanner_away"


def test_where_the_scanner_is_away_nothing_is_taken_in(settings):
    settings.CLAMAV = f"127.0.0.1:{free_port()}"
    with pytest.raises(NotTaken) as error:
        check_file(io.BytesIO(b"hello"), "x.txt")

    assert error.value.problem == "scanner_away"


def test_a_scanner_behind_a_socket_of_this_machine_is_asked_there(settings, tmp_path):
    settings.CLAMAV = str(tmp_path / "nobody-listens.ctl")
    with pytest.raises(virus.ScannerAway):
        virus.scan([b"hello"])
