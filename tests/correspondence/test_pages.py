"""The pages of sending, of messages and files, and that a stranger finds none of them."""

from __future__ import annotations

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consentkit.correspondence.actions import deliver, record_sent_by_hand, send_letter
from consentkit.correspondence.attachments import add_file
from consentkit.correspondence.channels import CHANNELS
from consentkit.correspondence.inbound import receive
from consentkit.correspondence.models import Message
from tests.test_queue import drain

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF\n"
ANSWER = b"""From: Example Privacy <privacy@example.com>\r
To: ada@example.org\r
Subject: Your request\r
Message-ID: <answer@example.com>\r
Date: Tue, 24 Nov 2026 08:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Dear <b>Ada</b></p><img src="https://tracker.example/x.gif"><script>alert(1)</script>\r
"""


@pytest.fixture
def page(client, ada):
    client.force_login(ada)
    return client


def address(name, case, *more):
    return reverse(name, args=[case.code, *more])


def upload(name, content):
    return SimpleUploadedFile(name, content)


# A stranger ---------------------------------------------------------------------------------------


@pytest.fixture
def everything(case, letter, ada, outbox):
    """Every address of this part, each with something behind it."""
    message = send_letter(letter, channel="email", by=ada)
    drain()
    file = add_file(case, "proof.pdf", io.BytesIO(PDF))
    number = letter.number
    return {
        "case-send": address("case-send", case, number),
        "case-send-by": address("case-send-by", case, number, "post"),
        "case-send-pdf": address("case-send-pdf", case, number),
        "case-send-envelope": address("case-send-envelope", case, number),
        "case-send-counter": address("case-send-counter", case, number),
        "case-message": address("case-message", case, message.pk),
        "case-message-original": address("case-message-original", case, message.pk),
        "case-add-files": address("case-add-files", case),
        "case-file": address("case-file", case, file.pk),
    }


def test_its_owner_sees_each_page(page, everything):
    codes = {name: page.get(where).status_code for name, where in everything.items()}

    assert codes == dict.fromkeys(everything, 200)


def test_a_stranger_finds_nothing(client, bob, everything):
    client.force_login(bob)
    codes = {name: client.get(where).status_code for name, where in everything.items()}

    assert codes == dict.fromkeys(everything, 404)


def test_a_stranger_decides_and_adds_nothing(client, bob, case, everything):
    client.force_login(bob)
    message = case.messages.get()
    decide = client.post(address("case-message-decide", case, message.pk), {"decision": "stop"})
    add = client.post(everything["case-add-files"], {"files": upload("x.pdf", PDF)})

    assert (decide.status_code, add.status_code) == (404, 404)
    assert case.attachments.count() == 1


def test_somebody_who_is_not_signed_in_is_asked_to(client, everything):
    codes = {client.get(where).status_code for where in everything.values()}

    assert codes == {302}


def test_no_address_tells_of_anybody(case, everything):
    beside = "post/|pdf/|envelope/|post-office/"
    below = rf"letters/\d+/send/({beside})?|messages/\d+/(original/)?|files/(\d+/)?"
    pattern = rf"/cases/{case.code}/({below})"

    assert [one for one in everything.values() if not re.fullmatch(pattern, one)] == []


# Sending ------------------------------------------------------------------------------------------


def test_the_ways_are_offered_those_that_lead_somewhere_first(page, case):
    told = page.get(address("case-send", case, 1)).content.decode()

    links = re.findall(r'href="([^"]+/send/[a-z]+/)"', told)
    assert links == [
        address("case-send-by", case, 1, key)
        for key in ("email", "form", "registered", "post", "app", "hand")
    ] + [address("case-send-pdf", case, 1)]


@pytest.mark.parametrize("way", CHANNELS)
def test_every_way_says_what_to_do(page, case, way):
    told = page.get(address("case-send-by", case, 1, way)).content.decode()

    assert "Keep as proof:" in told
    assert "Record that it has gone out" in told


@pytest.mark.parametrize("way", CHANNELS)
def test_by_post_there_is_an_envelope_and_a_sheet_for_the_counter(page, case, way):
    told = page.get(address("case-send-by", case, 1, way)).content.decode()

    for name in ("case-send-envelope", "case-send-counter"):
        assert (address(name, case, 1) in told) == (way in ("post", "registered"))


def test_sending_from_here_lands_in_the_outbox_of_a_development_site(page, case, outbox):
    where = address("case-send-by", case, 1, "email")
    response = page.post(where, {"send": "1", "answers_to": "ada@example.org"})
    assert response.status_code == 302
    drain()

    listed = page.get(reverse("outbox")).content.decode()
    (name,) = re.findall(r"/outbox/([\w.-]+\.eml)", listed)
    mail = page.get(reverse("outbox-message", args=[name]))
    assert mail.status_code == 200
    assert b"From: Ada Beispiel <" in mail.content
    assert mail["Content-Disposition"] == f'attachment; filename="{name}"'


def test_sending_twice_is_refused_in_words(page, case, outbox):
    where = address("case-send-by", case, 1, "email")
    page.post(where, {"send": "1", "answers_to": "ada@example.org"})
    response = page.post(where, {"send": "1", "answers_to": "ada@example.org"})

    assert response.status_code == 422
    assert "has gone out this way already" in response.content.decode()
    assert case.messages.count() == 1


def test_without_a_mail_server_only_ones_own_program_is_offered(page, case, settings):
    settings.EMAIL_HOST = settings.OUTBOX_FOLDER = ""
    told = page.get(address("case-send-by", case, 1, "email")).content.decode()

    assert "Send it now" not in told
    assert "mailto:privacy@example.com" in told


def test_what_was_posted_is_recorded_with_its_proof(page, case, letter):
    today = timezone.localdate()
    told = {
        "record": "1",
        "on": today.isoformat(),
        "note": "RR 123",
        "files": [upload("receipt.pdf", PDF), upload("photo.png", b"\x89PNG\r\n\x1a\n...")],
    }
    response = page.post(address("case-send-by", case, 1, "registered"), told)

    assert response.status_code == 302
    sent = case.records.get(kind="sent")
    assert (sent.on, sent.note, sent.details["channel"]) == (today, "RR 123", "registered")
    assert sorted((one.name, one.event) for one in case.attachments.all()) == [
        ("photo.png", sent.number),
        ("receipt.pdf", sent.number),
    ]


def test_a_file_that_is_not_taken_keeps_the_rest_of_the_form(page, case):
    told = {"record": "1", "on": "2026-11-23", "note": "RR 123", "files": upload("x.exe", b"MZ\0")}
    response = page.post(address("case-send-by", case, 1, "post"), told)

    assert response.status_code == 422
    assert "This kind of file is not taken in" in response.content.decode()
    assert "RR 123" in response.content.decode()
    assert (case.records.filter(kind="sent").count(), case.attachments.count()) == (0, 0)


# Messages -----------------------------------------------------------------------------------------


def test_a_message_is_shown_so_that_nothing_in_it_can_act(page, case):
    message = receive(ANSWER, case=case).message
    response = page.get(address("case-message", case, message.pk))
    told = response.content.decode()

    assert "<p>Dear <b>Ada</b></p>" in told
    assert "tracker.example" not in told
    assert "alert(1)" not in told
    assert "Your request" not in re.search(r"<title>(.*?)</title>", told, re.S)[1]


def test_a_message_leads_to_recording_what_it_is(page, case):
    message = receive(ANSWER, case=case).message
    told = page.get(address("case-message", case, message.pk)).content.decode()

    assert "What is this?" in told
    assert address("case-record", case, "answered") in told


def test_the_original_comes_back_byte_for_byte(page, case):
    message = receive(ANSWER, case=case).message
    response = page.get(address("case-message-original", case, message.pk))

    assert response.content == ANSWER
    assert response["Content-Disposition"] == f'attachment; filename="message-{message.pk}.eml"'
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("decision", "state", "facts"), [("went_out", "sent", 1), ("did_not", "failed", 0)]
)
def test_an_uncertain_message_is_settled_by_a_person(
    page, case, letter, ada, outbox, decision, state, facts
):
    message = send_letter(letter, channel="email", by=ada)
    Message.objects.filter(pk=message.pk).update(state="uncertain", claimed_at=timezone.now())
    where = address("case-message", case, message.pk)
    assert "Did it go out? Only you can say." in page.get(where).content.decode()

    response = page.post(address("case-message-decide", case, message.pk), {"decision": decision})
    message.refresh_from_db()
    assert (response["Location"], message.state) == (where, state)
    assert case.records.filter(kind="sent").count() == facts


def test_a_queued_message_can_be_stopped(page, case, letter, ada, outbox):
    message = send_letter(letter, channel="email", by=ada)
    page.post(address("case-message-decide", case, message.pk), {"decision": "stop"})
    deliver(message.pk)

    message.refresh_from_db()
    assert message.state == "stopped"


def test_no_other_decision_is_known(page, case, letter, ada, outbox):
    message = send_letter(letter, channel="email", by=ada)
    where = address("case-message-decide", case, message.pk)

    assert page.post(where, {"decision": "delete"}).status_code == 404
    assert page.get(where).status_code == 405


# Files --------------------------------------------------------------------------------------------


def test_files_and_messages_are_added_together(page, case):
    told = {"files": [upload("proof.pdf", PDF), upload("answer.eml", ANSWER)]}
    response = page.post(address("case-add-files", case), told)

    assert response.status_code == 302
    assert [one.name for one in case.attachments.all()] == ["proof.pdf"]
    assert [one.message_id for one in case.messages.all()] == ["<answer@example.com>"]


def test_an_empty_upload_is_answered_in_words(page, case):
    response = page.post(address("case-add-files", case), {})

    assert response.status_code == 422
    assert "Choose a file first." in response.content.decode()


def test_a_request_that_is_too_large_is_answered_in_words(page, case, settings):
    settings.MAX_FILE_SIZE = 1024 * 1024
    big = upload("big.pdf", PDF + b"x" * (3 * 1024 * 1024))
    response = page.post(address("case-add-files", case), {"files": big})

    assert response.status_code == 422
    assert "larger than 1 MB" in response.content.decode()
    assert case.attachments.count() == 0


def test_a_large_file_is_taken_in_and_never_lies_on_the_disk(page, case, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    content = PDF + bytes(range(256)) * 20_000
    seen = []

    class Watched(io.BytesIO):
        def read(self, *size):
            seen.extend(tmp_path.iterdir())
            return super().read(*size)

    file = Watched(content)
    file.name = "big.pdf"
    page.post(address("case-add-files", case), {"files": file})

    assert case.attachments.get().content() == content
    assert seen == []


def test_an_upload_needs_its_token(client, ada, case):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)

    response = strict.post(address("case-add-files", case), {"files": upload("x.pdf", PDF)})
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("proof.pdf", 'attachment; filename="proof.pdf"'),
        ("Überweisung.pdf", "attachment; filename*=utf-8''%C3%9Cberweisung.pdf"),
        ('a"b\r\nX: y.pdf', 'attachment; filename="a_bX_ y.pdf"'),
        ("../../etc/passwd", 'attachment; filename="passwd.pdf"'),
        ("exe\u202efdp.scr", 'attachment; filename="exefdp.scr.pdf"'),
    ],
)
def test_a_file_is_only_ever_a_download(page, case, name, disposition):
    file = add_file(case, name, io.BytesIO(PDF))
    response = page.get(address("case-file", case, file.pk))

    assert b"".join(response.streaming_content) == PDF
    headers = ("Content-Disposition", "X-Content-Type-Options", "Cache-Control", "Content-Length")
    assert [response[one] for one in headers] == [
        disposition,
        "nosniff",
        "no-store, private",
        str(len(PDF)),
    ]
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"


# The outbox ---------------------------------------------------------------------------------------


def test_production_has_no_outbox(page, settings):
    settings.OUTBOX_FOLDER = ""

    assert page.get(reverse("outbox")).status_code == 404
    assert page.get(reverse("outbox-message", args=["x.eml"])).status_code == 404


@pytest.mark.parametrize("name", ["..", "x.eml", "..%2f..%2fmanage.py"])
def test_the_outbox_gives_out_its_own_files_alone(page, outbox, name):
    outbox.mkdir()
    (outbox / "x.eml").write_bytes(b"not ours")

    assert page.get(f"/outbox/{name}").status_code == 404


def test_the_fragments_ask_the_database_no_more_for_many_than_for_one(
    page, case, ada, django_assert_max_num_queries
):
    def shown():
        context = {
            "case": case,
            "messages": list(case.messages.without_bodies()),
            "attachments": list(case.attachments.all()),
        }
        render_to_string("web/correspondence/_messages.html", context)
        render_to_string("web/correspondence/_files.html", context)

    for number in range(3):
        receive(ANSWER.replace(b"<answer", b"<answer%d" % number) + b"%d" % number, case=case)
        add_file(case, f"{number}.pdf", io.BytesIO(PDF + b"%d" % number))
    with django_assert_max_num_queries(2):
        shown()


def test_a_letter_that_went_out_by_hand_shows_its_day(page, case, letter, ada):
    record_sent_by_hand(letter, channel="post", on=timezone.localdate(), by=ada)
    told = page.get(address("case-send", case, 1)).content.decode()

    assert "Sent on" in told
    assert address("case-send-by", case, 1, "post") not in told
