"""On a development site no mail leaves the machine; each message is a file that can be read."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from email import message_from_bytes, policy

import pytest
from django.conf import settings as site_settings
from django.core.mail import EmailMessage, get_connection

from consentkit.correspondence import outbox as letterbox
from consentkit.correspondence.actions import send_letter
from tests.test_queue import drain


def settings_of(**variables):
    """Two settings, as a process of its own finds them."""
    kept = {"PATH": os.environ["PATH"], "PYTHON_DOTENV_DISABLED": "1"}
    script = (
        "from consentkit import settings; "
        "print(repr((settings.EMAIL_BACKEND, bool(settings.OUTBOX_FOLDER))))"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=site_settings.BASE_DIR,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.strip()


def test_a_development_site_uses_no_mail_server_even_where_one_is_named():
    told = settings_of(DEBUG="True", EMAIL_HOST="mail.example")

    assert told == "('consentkit.correspondence.outbox.OutboxBackend', True)"


def test_production_has_no_outbox():
    told = settings_of(DEBUG="False", SECRET_KEY="x" * 60, ALLOWED_HOSTS="letters.example")

    assert told == "('django.core.mail.backends.smtp.EmailBackend', False)"


@pytest.mark.django_db
def test_nothing_leaves_the_machine(letter, ada, outbox, server, monkeypatch):
    """There is a mail server, it is configured, and nobody calls it."""
    called = []
    monkeypatch.setattr(socket, "create_connection", lambda *told, **_: called.append(told))
    send_letter(letter, channel="email", by=ada)
    drain()
    with get_connection("consentkit.correspondence.outbox.OutboxBackend") as backend:
        EmailMessage("Hello", "text", to=["ada@example.org"], connection=backend).send()

    assert (called, server.taken) == ([], [])
    assert [one.to for one in letterbox.listing()] == ["ada@example.org", "privacy@example.com"]


@pytest.mark.django_db
def test_each_message_is_a_file_of_its_own_that_a_mail_program_reads(letter, ada, outbox):
    message = send_letter(letter, channel="email", by=ada)
    drain()

    (file,) = outbox.iterdir()
    message.refresh_from_db()
    told = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert file.read_bytes() == message.raw
    assert told["Subject"] == message.headers["subject"]
    assert [part.get_content_type() for part in told.walk()] == [
        "multipart/mixed",
        "text/plain",
        "application/pdf",
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(outbox.stat().st_mode) == 0o700


def test_django_s_own_mail_lies_there_too(outbox):
    with get_connection("consentkit.correspondence.outbox.OutboxBackend") as backend:
        sent = EmailMessage("Grüße", "Wörter", to=["ada@example.org"], connection=backend).send()

    (one,) = letterbox.listing()
    assert (sent, one.subject, one.to) == (1, "Grüße", "ada@example.org")
    assert b"\r\n" in letterbox.content(one.name)


def test_an_empty_outbox_is_empty(outbox):
    assert (letterbox.listing(), letterbox.content("x.eml")) == ([], None)


def test_a_message_that_cannot_be_read_hides_no_other(outbox):
    letterbox.keep(b"To: a@example.org\r\nSubject: one\r\n\r\n")
    letterbox.keep(b"Subject: =?utf-8?b?!?=\r\nTo: <<<\r\n\r\n\xff")

    assert len(letterbox.listing()) == 2
