"""Sending a letter by e-mail: what goes out, once, and what happens where it does not."""

from __future__ import annotations

import ssl
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from consentkit.cases.actions import close, strike
from consentkit.cases.log import CHANNELS as LOG_CHANNELS
from consentkit.cases.log import EVIDENCE, Detail
from consentkit.correspondence import actions, mail, smtp
from consentkit.correspondence.actions import (
    CannotSend,
    confirm_not_sent,
    confirm_sent,
    deliver,
    record_sent_by_hand,
    requeue_unfinished,
    send_letter,
    stop,
)
from consentkit.correspondence.addresses import case_address
from consentkit.correspondence.channels import CHANNELS
from consentkit.correspondence.models import Message
from consentkit.letters.actions import draft_letter, freeze
from consentkit.letters.models import Letter
from tests.correspondence.conftest import REACHABLE
from tests.correspondence.mailbox import certificate
from tests.correspondence.mailserver import mail_server
from tests.test_queue import drain
from tests.world import a_request

pytestmark = pytest.mark.django_db
State = Message.State


def kinds(case):
    return [record.kind for record in case.records.all()]


def sent_facts(case):
    return [record.details for record in case.records.filter(kind="sent")]


def state_of(message):
    message.refresh_from_db()
    return message.state


# What goes out ------------------------------------------------------------------------------------


def test_a_letter_is_queued_then_handed_over_then_recorded(case, letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)

    assert (message.state, kinds(case), server.taken) == ("queued", ["made"], [])
    assert drain() == ["deliver"]
    assert state_of(message) == "sent"
    assert sent_facts(case) == [{"letter": 1, "channel": "email", "message": message.pk}]
    assert len(server.taken) == 1


def test_the_server_gets_the_text_and_the_frozen_pdf(case, letter, ada, server):
    message = send_letter(letter, channel="email", by=ada, answers_to="ada@example.org")
    drain()

    letter.refresh_from_db()
    message.refresh_from_db()
    (taken,) = server.taken
    told = message_from_bytes(taken.raw, policy=policy.default)
    body = told.get_body(("plain",)).get_content()
    (pdf,) = told.iter_attachments()
    assert taken.recipients == ["privacy@example.com"]
    assert taken.sender == "letters@letters.example"
    assert told["From"].addresses[0].addr_spec == "letters@letters.example"
    assert told["From"].addresses[0].display_name == "Ada Beispiel"
    assert told["Reply-To"] == "ada@example.org"
    assert told["Message-ID"] == message.message_id
    assert body.replace("\r\n", "\n") == message.text
    assert pdf.get_content() == letter.pdf
    assert pdf.get_filename() == f"letter-{case.reference}.pdf"
    assert message.raw == taken.raw


def test_no_header_tells_of_the_site_or_the_case(case, letter, ada, server):
    send_letter(letter, channel="email", by=ada, answers_to="ada@example.org")
    drain()

    (taken,) = server.taken
    told = message_from_bytes(taken.raw, policy=policy.default)
    assert sorted(name for name in told if not name.startswith("Content-")) == [
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Reply-To",
        "Subject",
        "To",
    ]
    assert case.code.encode() not in taken.raw


def test_notices_of_delivery_are_asked_for_where_the_server_offers_them(letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    drain()

    name = message.message_id.strip("<>").partition("@")[0]
    asked = ["RET=HDRS", f"ENVID={name}", "NOTIFY=SUCCESS,FAILURE"]
    asked.append("ORCPT=rfc822;privacy@example.com")
    # This server writes everything in capitals.
    assert server.taken[0].options == [one.upper() for one in asked]


def test_a_server_without_notices_is_not_asked(letter, ada, server):
    server.offers_dsn = False
    send_letter(letter, channel="email", by=ada)
    drain()

    assert server.taken[0].options == []


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("a@example.com", "rfc822;a@example.com"),
        ("a+b=c@example.com", "rfc822;a+2Bb+3Dc@example.com"),
        ("jörg@example.com", "utf-8;j\\x{F6}rg@example.com"),
    ],
)
def test_an_original_recipient_is_written_as_the_standard_has_it(address, written):
    assert smtp._orcpt(address) == written


def test_answers_come_to_the_case_where_there_is_an_inbox(case, letter, ada, server, inbox):
    send_letter(letter, channel="email", by=ada)
    drain()

    (taken,) = server.taken
    told = message_from_bytes(taken.raw, policy=policy.default)
    assert told["Reply-To"] == case_address(case) == taken.sender


def test_an_address_that_was_not_offered_is_not_taken(letter, ada, server):
    message = send_letter(letter, channel="email", by=ada, answers_to="mallory@example.net")

    assert message.headers["reply_to"] == "ada@example.org"


def test_a_line_that_is_only_a_dot_does_not_end_the_message(letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    Message.objects.filter(pk=message.pk).update(text="One\n.\n..\nTwo\n")
    drain()

    (taken,) = server.taken
    told = message_from_bytes(taken.raw, policy=policy.default)
    assert told.get_body(("plain",)).get_content().split() == ["One", ".", "..", "Two"]


def test_the_letter_is_frozen_when_it_is_asked_for(letter, ada, server):
    send_letter(letter, channel="email", by=ada)

    letter.refresh_from_db()
    assert letter.is_frozen


def test_a_letter_that_was_final_before_says_what_it_said_then(letter, ada, server):
    freeze(letter)
    Letter.objects.filter(pk=letter.pk).update(text="The words of an older version.\n")

    message = send_letter(letter, channel="email", by=ada)
    assert message.text == "The words of an older version.\n"


def test_nothing_personal_is_in_the_queue(letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)

    (row,) = OrmQ.objects.all()
    assert SignedPackage.loads(row.payload)["args"] == (message.pk,)


# Once ---------------------------------------------------------------------------------------------


def test_running_the_task_twice_sends_once(case, letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    drain()
    deliver(message.pk)

    assert (len(server.taken), len(sent_facts(case))) == (1, 1)


def test_a_letter_that_is_on_its_way_or_out_is_not_sent_again(letter, ada, server):
    send_letter(letter, channel="email", by=ada)
    with pytest.raises(CannotSend, match="already"):
        send_letter(letter, channel="email", by=ada)
    drain()
    with pytest.raises(CannotSend, match="already"):
        send_letter(letter, channel="email", by=ada)


def test_a_letter_that_was_sent_by_ones_own_mail_program_is_not_sent_again(letter, ada, server):
    fact = record_sent_by_hand(letter, channel="email", on=timezone.localdate(), by=ada)
    with pytest.raises(CannotSend, match="already"):
        send_letter(letter, channel="email", by=ada)

    strike(letter.case, fact.number, by=ada, reason="that was another one")
    assert send_letter(letter, channel="email", by=ada).state == State.QUEUED


def test_a_closed_case_sends_nothing(case, letter, ada, server):
    close(case, "given_up", by=ada, on=timezone.localdate())
    with pytest.raises(CannotSend, match="closed"):
        send_letter(letter, channel="email", by=ada)


def test_a_case_that_is_closed_in_between_keeps_the_message_and_says_so(case, letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    close(case, "given_up", by=ada, on=timezone.localdate())
    drain()

    message.refresh_from_db()
    assert (message.state, message.problem) == ("sent", "not_recorded")
    assert sent_facts(case) == []


def test_without_a_mail_server_nothing_is_sent_from_here(letter, ada, settings):
    settings.EMAIL_HOST = settings.OUTBOX_FOLDER = ""
    with pytest.raises(CannotSend, match="no_server"):
        send_letter(letter, channel="email", by=ada)


def test_only_e_mail_goes_out_from_here(server):
    assert [key for key, channel in CHANNELS.items() if channel.from_here()] == ["email"]


# What does not go out -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_refusal_fails_and_says_why(case, letter, ada, server, command):
    server.refuse[command] = "550 5.1.1 privacy@example.com does not exist"
    message = send_letter(letter, channel="email", by=ada)
    drain()

    message.refresh_from_db()
    assert (message.state, message.problem) == ("failed", "smtp 550 5.1.1")
    assert "Choose another way" in str(actions.problem_text(message.problem))
    assert kinds(case) == ["made"]


def test_after_a_refusal_the_letter_can_be_sent_again(letter, ada, server):
    server.refuse["RCPT"] = "550 no"
    send_letter(letter, channel="email", by=ada)
    drain()
    server.refuse.clear()
    again = send_letter(letter, channel="email", by=ada)
    drain()

    assert state_of(again) == "sent"


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_what_is_put_off_waits_and_is_tried_again(letter, ada, server, command):
    server.refuse[command] = "451 4.7.1 greylisted"
    message = send_letter(letter, channel="email", by=ada)
    drain()
    message.refresh_from_db()
    assert (message.state, message.attempts, message.problem) == ("queued", 1, "smtp 451 4.7.1")

    requeue_unfinished(timezone.now() + timedelta(minutes=4))
    assert drain() == []
    server.refuse.clear()
    requeue_unfinished(timezone.now() + timedelta(minutes=6))
    assert drain() == ["deliver"]
    assert state_of(message) == "sent"


def test_a_server_that_is_away_is_tried_five_times_more(letter, ada, port, caplog):
    message = send_letter(letter, channel="email", by=ada)
    drain()
    attempts, later = 1, timezone.now()
    while state_of(message) == "queued":
        later += timedelta(days=1)
        requeue_unfinished(later)
        drain()
        attempts += 1

    assert (attempts, message.state, message.problem) == (6, "failed", "unreachable")
    assert "example.com" not in caplog.text


def test_one_refused_address_keeps_the_letter_from_all_of_them(letter, ada, port):
    refused = {"b@example.com": "550 5.1.1 no"}

    with mail_server(port) as server:

        async def choosy(server_, session, envelope, address, options):
            envelope.rcpt_tos.append(address)
            return refused.get(address, "250 OK")

        server.handle_RCPT = choosy
        message = send_letter(letter, channel="email", by=ada)
        headers = {**message.headers, "to": ["a@example.com", "b@example.com"]}
        Message.objects.filter(pk=message.pk).update(headers=headers)
        drain()

        assert (state_of(message), server.taken) == ("failed", [])


def test_a_message_can_be_stopped_until_it_is_handed_over(letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    assert stop(message) is True
    drain()
    assert (state_of(message), server.taken) == ("stopped", [])

    again = send_letter(letter, channel="email", by=ada)
    drain()
    assert stop(again) is False
    assert state_of(again) == "sent"


def test_a_message_that_is_stopped_while_the_server_is_asked_is_not_handed_over(letter, ada, port):
    stopped = []

    with mail_server(port) as server:
        message = send_letter(letter, channel="email", by=ada)
        make = mail.written

        def stopped_meanwhile(*given):
            stopped.append(stop(message))
            return make(*given)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mail, "written", stopped_meanwhile)
            drain()

    assert (stopped, state_of(message), server.taken) == ([True], "stopped", [])


# What nobody knows --------------------------------------------------------------------------------


def test_a_connection_that_breaks_before_the_last_word_is_uncertain(case, letter, ada, port):
    with mail_server(port) as server:

        async def breaks(server_, session, envelope):
            server_.transport.abort()
            return "250 never heard"

        server.handle_DATA = breaks
        message = send_letter(letter, channel="email", by=ada)
        drain()

    message.refresh_from_db()
    assert (message.state, message.problem) == ("uncertain", "unclear")
    assert kinds(case) == ["made"]


def left(message, state, ago):
    """A worker died in this state, so long ago."""
    Message.objects.filter(pk=message.pk).update(
        state=state, claimed_at=timezone.now() - ago, attempts=1
    )


def test_a_worker_that_died_before_handing_over_is_replaced(case, letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    left(message, "claimed", timedelta(minutes=9))
    requeue_unfinished()
    assert state_of(message) == "claimed"

    left(message, "claimed", timedelta(minutes=11))
    requeue_unfinished()
    drain()
    assert (state_of(message), len(server.taken)) == ("sent", 1)


def test_a_worker_that_died_while_handing_over_leaves_a_question(case, letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    left(message, "handing_over", timedelta(minutes=11))
    requeue_unfinished()
    drain()

    message.refresh_from_db()
    assert (message.state, message.problem, server.taken) == ("uncertain", "worker", [])
    with pytest.raises(CannotSend, match="uncertain"):
        send_letter(letter, channel="email", by=ada)


def test_somebody_says_that_it_went_out(case, letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    left(message, "uncertain", timedelta(minutes=11))

    assert confirm_sent(message, by=ada) is True
    assert confirm_sent(message, by=ada) is False
    assert state_of(message) == "sent"
    assert sent_facts(case) == [{"letter": 1, "channel": "email", "message": message.pk}]


def test_somebody_says_that_it_did_not_go_out(case, letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    left(message, "uncertain", timedelta(minutes=11))

    assert confirm_not_sent(message) is True
    assert (state_of(message), message.problem) == ("failed", "said_not_sent")
    assert send_letter(letter, channel="email", by=ada).state == State.QUEUED


def test_what_kills_every_worker_is_given_up(letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    left(message, "claimed", timedelta(minutes=11))
    Message.objects.filter(pk=message.pk).update(attempts=6)
    requeue_unfinished()

    assert (state_of(message), message.problem) == ("failed", "stuck")


def test_a_message_whose_task_got_lost_is_found(letter, ada, server):
    message = send_letter(letter, channel="email", by=ada)
    OrmQ.objects.all().delete()
    requeue_unfinished(timezone.now() + timedelta(minutes=11))
    drain()

    assert state_of(message) == "sent"


# By hand ------------------------------------------------------------------------------------------


def test_every_way_of_the_log_has_its_channel():
    assert set(CHANNELS) == set(LOG_CHANNELS)
    assert {channel.proof for channel in CHANNELS.values()} - {""} <= set(EVIDENCE)


@pytest.mark.parametrize("key", CHANNELS)
def test_every_channel_says_what_to_do_and_what_to_keep(key):
    channel = CHANNELS[key]

    assert channel.label == LOG_CHANNELS[key]
    assert all(map(str, (*channel.steps, *channel.keep, channel.hint, channel.note)))
    assert bool(channel.proof) == bool(channel.proof_label)


def test_a_posted_letter_is_recorded_with_its_number_sealed(case, letter, ada):
    today = timezone.localdate()
    fact = record_sent_by_hand(
        letter, channel="registered", on=today, by=ada, note="RR 123 456 789 DE"
    )

    record = case.records.get(number=fact.number)
    letter.refresh_from_db()
    assert (record.kind, record.on, record.note) == ("sent", today, "RR 123 456 789 DE")
    assert record.details == {Detail.LETTER: 1, Detail.CHANNEL: "registered"}
    assert letter.is_frozen


def test_a_form_that_confirmed_proves_the_arrival(case, letter, ada):
    today = timezone.localdate()
    record_sent_by_hand(letter, channel="form", on=today, by=ada, proven=True)

    received = case.records.get(kind="received")
    assert (received.on, received.details) == (today, {"letter": 1, "evidence": "form"})


def test_a_letter_is_not_recorded_twice_for_the_same_way(letter, ada):
    record_sent_by_hand(letter, channel="post", on=timezone.localdate(), by=ada)
    with pytest.raises(CannotSend, match="already"):
        record_sent_by_hand(letter, channel="post", on=timezone.localdate(), by=ada)
    record_sent_by_hand(letter, channel="form", on=timezone.localdate(), by=ada)


def test_tomorrow_is_not_recorded(case, letter, ada):
    with pytest.raises(ValueError, match="still to come"):
        record_sent_by_hand(
            letter, channel="post", on=timezone.localdate() + timedelta(days=2), by=ada
        )

    letter.refresh_from_db()
    assert (kinds(case), letter.is_frozen) == (["made"], False)


def test_nobody_can_send_letters_to_half_the_world(case, ada, server, monkeypatch):
    monkeypatch.setattr(actions, "IN_A_DAY", 2)
    letters = [
        draft_letter(case, a_request(platform=REACHABLE, date=timezone.localdate()), by=ada)
        for _ in range(3)
    ]
    for one in letters[:2]:
        send_letter(one, channel="email", by=ada)
    with pytest.raises(CannotSend, match="too_many"):
        send_letter(letters[2], channel="email", by=ada)

    Message.objects.update(made_at=timezone.now() - timedelta(hours=25))
    assert send_letter(letters[2], channel="email", by=ada).state == State.QUEUED


# The connection -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("trusted", "state"), [(True, "sent"), (False, "queued")])
def test_only_a_server_that_somebody_vouches_for_is_told_anything(
    letter, ada, port, settings, tmp_path, monkeypatch, trusted, state
):
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    settings.EMAIL_USE_TLS = True
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with mail_server(port, tls_context=context) as server:
        message = send_letter(letter, channel="email", by=ada)
        drain()

    assert (state_of(message), len(server.taken)) == (state, int(trusted))
