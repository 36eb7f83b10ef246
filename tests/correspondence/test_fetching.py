"""Reading a mailbox: each message once, and nothing in it is changed."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from consentkit.correspondence.addresses import case_address
from consentkit.correspondence.fetching import Fetched, NotFetched, fetch
from consentkit.correspondence.models import Mailbox
from tests.correspondence.mailbox import certificate, mailbox
from tests.correspondence.test_inbound import mail

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def box(settings, pem, monkeypatch, inbox):
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with mailbox(pem) as box:
        settings.IMAP_HOST, settings.IMAP_PORT = "127.0.0.1", box.port
        settings.IMAP_USER, settings.IMAP_PASSWORD = "in@letters.example", "secret"
        yield box


def to_case(case, number):
    head = f"From: a@example.com\r\nTo: {case_address(case)}\r\nMessage-ID: <{number}@x.example>"
    return f"{head}\r\nSubject: number {number}\r\n\r\nhello {number}\r\n".encode()


def subjects(case):
    return [one.headers["subject"] for one in case.messages.all()]


def test_each_message_is_filed_once(case, box):
    box.add(to_case(case, 1), mail("stranger"), to_case(case, 2))
    assert fetch() == Fetched(filed=2, foreign=1)
    assert fetch() == Fetched()

    box.add(to_case(case, 3))
    assert fetch() == Fetched(filed=1)
    assert subjects(case) == ["number 1", "number 2", "number 3"]


def test_it_comes_byte_for_byte(case, box):
    raw = to_case(case, 1)
    box.add(raw)
    fetch()

    assert case.messages.get().raw == raw


def test_nothing_is_changed_in_the_mailbox(case, box):
    box.add(to_case(case, 1))
    fetch()

    words = {" ".join(command.split()[:2]) for command in box.commands}
    assert words == {"CAPABILITY", "LOGIN", 'EXAMINE "INBOX"', "UID SEARCH", "UID FETCH", "LOGOUT"}
    assert [one for one in box.commands if "BODY[" in one] == []


def test_a_mailbox_that_was_numbered_anew_is_read_from_the_start_and_filed_once(case, box):
    box.add(to_case(case, 1))
    fetch()
    box.validity = 8
    box.messages = {}
    box.add(to_case(case, 2), to_case(case, 1))

    assert fetch() == Fetched(filed=2)
    assert subjects(case) == ["number 1", "number 2"]


def test_what_is_too_large_is_left_where_it_is(case, box, settings):
    settings.MAX_FILE_SIZE = 1000
    box.add(to_case(case, 1) + b"x" * 1000, to_case(case, 2))

    assert fetch() == Fetched(filed=1, refused=1)
    assert subjects(case) == ["number 2"]


def test_no_address_is_kept_of_the_mailbox(case, box):
    fetch()

    assert "letters" not in Mailbox.objects.get().name


def test_a_wrong_password_is_said_without_saying_it(box):
    box.password = "another"
    with pytest.raises(CommandError, match=r"^the server does not let us in$"):
        call_command("fetch_mail")


def test_a_server_that_nobody_vouches_for_is_not_spoken_to(box, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(NotFetched, match="no connection: SSLCertVerificationError"):
        fetch()

    assert box.commands == []


def test_without_a_mailbox_the_command_says_so():
    with pytest.raises(CommandError, match="IMAP_HOST is not set"):
        call_command("fetch_mail")
