"""What comes in: whose case it is, what it shows, and that nothing in it does any harm."""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consentkit.correspondence import incoming
from consentkit.correspondence.actions import record_sent_by_hand, send_letter
from consentkit.correspondence.addresses import case_address, code_in
from consentkit.correspondence.inbound import NotAMessage, TooLarge, accept, receive, reject
from consentkit.correspondence.models import Message
from consentkit.letters.actions import take_in
from tests.correspondence.conftest import REACHABLE
from tests.test_queue import drain
from tests.world import a_request

MAILS = Path(__file__).parent / "mails"


@pytest.fixture
def sent(letter, ada, outbox, inbox):
    """Ada's letter has gone out by e-mail."""
    message = send_letter(letter, channel="email", by=ada)
    drain()
    message.refresh_from_db()
    return message


def mail(name, sent=None, **told):
    """A message from the folder, with the names of this case in it."""
    if sent is not None:
        told = {
            "message_id": sent.message_id,
            "case_address": case_address(sent.case),
            "reference": sent.case.reference,
            **told,
        }
    text = (MAILS / f"{name}.eml").read_text("utf-8")
    for place, value in told.items():
        text = text.replace("{" + place + "}", value)
    return text.replace("\n", "\r\n").encode()


def kinds(case):
    return [record.kind for record in case.records.all()]


# Whose case it is ---------------------------------------------------------------------------------


def test_a_message_to_the_address_of_a_case_is_filed_there(sent):
    raw = mail("answer", sent, message_id="<somebody-elses@example.com>")
    filed = receive(raw)

    assert filed.message.case == sent.case
    assert filed.message.raw == raw
    assert filed.message.sha256 == sha256(raw).hexdigest()
    assert (filed.message.state, filed.message.kind) == ("received", "mail")


def test_the_address_for_which_the_server_took_it_counts_as_well(sent):
    raw = mail("stranger")
    assert receive(raw) is None

    assert receive(raw, recipient=case_address(sent.case)).message.case == sent.case


def test_an_answer_is_filed_by_the_message_that_it_answers(sent):
    raw = mail("answer", sent, case_address="ada@example.org")
    filed = receive(raw)

    assert (filed.message.case, filed.message.letter) == (sent.case, sent.letter)


def test_a_reference_in_the_subject_is_only_a_hint(sent):
    filed = receive(mail("reference", sent))
    assert (filed.message.case, filed.message.state) == (sent.case, "proposed")

    assert accept(filed.message) is True
    filed.message.refresh_from_db()
    assert filed.message.state == "received"
    assert reject(filed.message) is False


def test_a_proposed_message_that_does_not_belong_is_forgotten(sent):
    filed = receive(mail("reference", sent))

    assert reject(filed.message) is True
    assert list(sent.case.messages.all()) == [sent]


def test_a_reference_of_two_cases_is_no_hint(sent, bob):
    take_in(
        a_request(platform=REACHABLE, date=sent.letter.letter_request().date), owner=bob, place="IE"
    )

    assert receive(mail("reference", sent)) is None


def test_mail_of_nobody_is_not_kept(sent):
    assert receive(mail("stranger")) is None
    assert Message.objects.count() == 1


def test_a_message_that_is_dropped_on_a_case_stays_there(case):
    filed = receive(mail("stranger"), case=case)

    assert filed.message.case == case
    assert filed.message.headers["subject"] == "Our offers of this week"


def test_ones_own_message_is_outgoing(case):
    filed = receive(mail("own"), case=case)

    assert (filed.message.outgoing, filed.message.state) == (True, "sent")
    assert kinds(case) == ["made"]  # what it means, the person says


# The addresses of cases ---------------------------------------------------------------------------


def test_an_address_leads_back_to_its_case(case, inbox):
    address = case_address(case)

    assert address.startswith(f"in+{case.code}.")
    assert code_in(address) == code_in(address.upper()) == case.code


@pytest.mark.parametrize(
    "change",
    [
        lambda address: address.replace("+", "-"),
        lambda address: address.replace("@letters.example", "@other.example"),
        lambda address: address.replace("in+", "out+"),
        lambda address: address[:-18] + "aaaaa" + address[-13:],
        lambda address: address.partition(".")[0] + "@letters.example",
        lambda address: "in@letters.example",
        lambda address: "",
    ],
)
def test_no_other_address_does(case, inbox, change):
    assert code_in(change(case_address(case))) is None


def test_without_an_inbox_there_are_no_addresses(case, settings):
    settings.INBOX = ""

    assert (case_address(case), code_in("in+x@letters.example")) == ("", None)


# What is kept of it -------------------------------------------------------------------------------


def test_headers_text_and_files_are_taken_out(sent):
    message = receive(mail("answer", sent)).message

    assert message.headers["from"] == "Example Privacy Büro <privacy@example.com>"
    assert message.headers["subject"] == "Re: Access request – your data"
    assert message.happened_at == datetime(2026, 11, 24, 9, 12, 30, tzinfo=UTC)
    assert message.text == (
        "Dear Ada Beispiel,\n\nattached is a copy of your data. Sincerely, the Example privacy büro"
    )
    assert [(one.name, one.kind) for one in message.attachments.all()] == [
        ("data.json", "application/json"),
        ("Auskunft für Ada.pdf", "application/pdf"),
    ]
    assert message.headers["left_out"] == [["reader.exe", "kind"]]


def test_its_page_keeps_words_and_loses_what_could_act_or_call_home(sent):
    html = receive(mail("answer", sent)).message.html

    assert " ".join(html.split()) == (
        "<p>Dear <b>Ada Beispiel</b>,</p> <p>attached is a copy of your data. "
        '<a href="https://example.com/privacy" rel="noopener noreferrer nofollow">'
        "Privacy büro</a></p>"
    )


@pytest.mark.parametrize(
    "html",
    [
        '<img src="x" onerror="alert(1)">',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="//evil.example/x">x</a>',
        "<svg><script>alert(1)</script></svg>",
        '<style>@import "https://evil.example/x.css"</style>',
        '<iframe src="https://evil.example"></iframe>',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)">',
        '<p style="background:url(https://evil.example/x)">x</p>',
        '<video poster="https://evil.example/x"></video>',
    ],
)
def test_nothing_of_a_page_is_fetched_or_run(html):
    shown = incoming.sanitised(html).lower()

    assert [
        bad for bad in ("evil", "alert", "javascript", "<img", "style", "on") if bad in shown
    ] == []


def test_the_case_is_found_by_the_words_of_the_message(sent):
    from consentkit.cases.models import CaseWord
    from consentkit.confidential.words import query

    receive(mail("answer", sent))
    wanted = query("attached", sent.case.search_owner())
    found = {bytes(word) for word in CaseWord.objects.values_list("word", flat=True)}
    assert wanted <= found


def test_a_stranger_who_writes_under_the_persons_name_stays_a_stranger(case, inbox):
    filed = receive(mail("own"), recipient=case_address(case))

    assert (filed.message.outgoing, filed.message.state) == (False, "received")


def test_the_same_message_twice_is_kept_once(sent):
    first = receive(mail("answer", sent))
    again = receive(mail("answer", sent))
    other_way = receive(b"Received: from elsewhere.example\r\n" + mail("answer", sent))

    assert [first.is_new, again.is_new, other_way.is_new] == [True, False, False]
    assert first.message == again.message == other_way.message
    assert first.message.attachments.count() == 2


def test_another_message_with_the_same_id_is_not_lost(sent):
    receive(mail("automatic", sent))
    other = mail("automatic", sent).replace(b"number 4711", b"number 4712")

    assert receive(other).is_new is True
    assert sent.case.messages.filter(outgoing=False).count() == 2


def test_a_message_in_no_known_encoding_is_read_as_far_as_it_goes(case):
    message = receive(mail("unknown-charset"), case=case).message

    assert message.headers["from"] == "Köln <privacy@example.com>"
    assert message.text == "Grüße from nowhere"
    assert message.headers["date"] == ""


# What it shows ------------------------------------------------------------------------------------


def test_a_hard_bounce_means_not_sent(sent):
    filed = receive(mail("bounce", sent))

    sent.refresh_from_db()
    assert (filed.message.kind, sent.state, sent.problem) == (
        "bounced",
        "bounced",
        "smtp 5 bounced 5.1.1",
    )
    assert kinds(sent.case) == ["made", "sent", "bounced"]
    posture = sent.case.posture()
    assert posture.stage == "returned"
    assert [due.key for due in posture.open] == ["choose_channel"]


def test_a_bounce_that_knows_no_standard_is_understood(sent):
    assert receive(mail("bounce-exim", sent)).message.kind == "bounced"
    assert kinds(sent.case) == ["made", "sent", "bounced"]


def test_after_a_bounce_the_letter_can_go_another_way(sent, ada):
    receive(mail("bounce", sent))
    record_sent_by_hand(sent.letter, channel="post", on=timezone.localdate(), by=ada)

    assert sent.case.posture().stage == "sent"


def test_the_same_bounce_twice_is_recorded_once(sent):
    receive(mail("bounce", sent))
    receive(mail("bounce", sent).replace(b"<bounce.1@", b"<bounce.2@"))

    assert kinds(sent.case) == ["made", "sent", "bounced"]


def test_one_lost_address_of_two_is_no_bounce(sent):
    Message.objects.filter(pk=sent.pk).update(
        headers={**sent.headers, "to": ["privacy@example.com", "dpo@example.com"]}
    )
    receive(mail("bounce", sent))
    assert kinds(sent.case) == ["made", "sent"]

    other = mail("bounce", sent).replace(b"privacy@example.com", b"dpo@example.com")
    receive(other.replace(b"<bounce.1@", b"<bounce.2@"))
    assert kinds(sent.case) == ["made", "sent", "bounced"]


def test_a_bounce_of_another_message_changes_nothing(sent):
    receive(mail("bounce", message_id="<not-ours@example.com>"), case=sent.case)

    assert kinds(sent.case) == ["made", "sent"]


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("delivered", "delivery_status"),
        ("relayed", "delivery_status"),
        ("read", "acknowledgement"),
        ("automatic", "acknowledgement"),
    ],
)
def test_what_shows_the_arrival_proposes_it(sent, name, evidence):
    filed = receive(mail(name, sent))

    (proposal,) = sent.case.proposals.all()
    assert proposal.details == {"letter": 1, "evidence": evidence}
    assert filed.message.kind == {"automatic": "auto"}.get(name, name)
    assert kinds(sent.case) == ["made", "sent"]  # nothing changes by itself


def test_a_delay_shows_nothing(sent):
    assert receive(mail("delayed", sent)).message.kind == "delayed"
    assert (kinds(sent.case), sent.case.proposals.count()) == (["made", "sent"], 0)


def test_a_persons_answer_shows_nothing_by_itself(sent):
    receive(mail("answer", sent))

    assert (kinds(sent.case), sent.case.proposals.count()) == (["made", "sent"], 0)


@pytest.mark.parametrize("state", ["uncertain", "handing_over"])
def test_a_notice_of_delivery_settles_what_nobody_knew(sent, letter, ada, state):
    sent.case.messages.all().delete()
    message = Message.objects.create(
        case=sent.case,
        letter=letter,
        outgoing=True,
        state=state,
        message_id="<unsure@letters.example>",
        headers={"to": ["privacy@example.com"]},
        made_at=timezone.now(),
        claimed_at=timezone.now(),
    )
    receive(mail("delivered", message))

    message.refresh_from_db()
    assert message.state == "sent"
    assert sent.case.records.filter(kind="sent", details__message=message.pk).count() == 1


def test_a_proposed_day_is_never_before_the_letter_went_out(sent):
    early = mail("delivered", sent).replace(b"24 Nov 2026", b"24 Nov 2016")
    receive(early)

    assert sent.case.proposals.get().on >= sent.handed_over_at.date() - timedelta(days=1)
    assert sent.case.proposals.get().on > date(2020, 1, 1)


def test_nothing_is_ever_answered(sent, outbox, mailoutbox):
    before = len(list(outbox.iterdir()))
    for name in ("answer", "bounce", "delivered", "automatic", "read", "reference"):
        receive(mail(name, sent))
    drain()

    assert (len(list(outbox.iterdir())), mailoutbox) == (before, [])


# Limits -------------------------------------------------------------------------------------------


def test_a_message_that_is_too_large_is_not_taken(case, settings):
    settings.MAX_FILE_SIZE = 1000
    with pytest.raises(TooLarge):
        receive(mail("answer") + b"x" * 1000, case=case)


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"just some words\r\n"])
def test_what_is_no_message_is_not_filed_by_hand(case, raw):
    with pytest.raises(NotAMessage):
        receive(raw, case=case)


HEAD = b"From: a@example.com\r\nTo: b@example.org\r\nSubject: x\r\nMessage-ID: <x@example.com>\r\n"
COSTLY = {
    "headers": HEAD + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\nhello",
    "addresses": HEAD + b"Cc: " + b", ".join([b"a@example.com"] * 4_000) + b"\r\n\r\nhello",
    "parameters": HEAD
    + b"Content-Type: text/plain"
    + b"".join(b";\r\n x%d=1" % number for number in range(5_000))
    + b"\r\n\r\nhello",
    "inner parameters": HEAD
    + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain'
    + b"".join(b";\r\n x%d=1" % number for number in range(200_000))
    + b"\r\n\r\nhello\r\n--b--\r\n",
    "nested": HEAD
    + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
        for number in range(900)
    ),
    "parts": HEAD
    + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    + b"--b\r\n\r\nx\r\n" * 20_000,
    "encoded words": HEAD + b"X-Y: " + b"=?utf-8?q?=41?= " * 3_000 + b"\r\n\r\nhello",
}


@pytest.mark.parametrize("name", COSTLY)
def test_no_message_costs_more_than_a_moment(name):
    started = time.process_time()
    told = incoming.read(COSTLY[name])

    assert time.process_time() - started < 2
    assert told.sha256 == sha256(COSTLY[name]).hexdigest()


@pytest.mark.parametrize("name", ["headers", "parameters", "inner parameters", "nested", "parts"])
def test_what_is_not_taken_apart_is_said_and_kept_whole(case, inbox, name):
    filed = receive(COSTLY[name], recipient=case_address(case))

    assert (filed.message.problem, filed.message.raw) == ("complicated", COSTLY[name])


BROKEN = [
    b"\x00\xff\xfe",
    b"From: \xff\xff <a@b>\r\nSubject: \xe4\xf6\r\n\r\n\xff",
    b"From: =?utf-8?b?!!!?=\r\n\r\n",
    b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n',
    b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nnothing",
    b"Content-Type: text/plain; charset*=utf-8''%ff\r\n"
    b"Content-Disposition: attachment; filename*0*=x''%E4\r\n\r\nx",
    b"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n%%%",
    b"Content-Transfer-Encoding: uuencode\r\nContent-Type: image/png\r\n\r\nbegin 644 x\r\n",
    b"Date: Mon, 99 Foo 99999999999 99:99:99 +9999\r\n\r\n",
    b"Message-ID: <" + b"x" * 500 + b">\r\n\r\n",
    b"To: " + b"<" * 500 + b"\r\n\r\n",
    b"Auto-Submitted: \r\nX-Failed-Recipients: ,,,\r\nReturn-Path: <>\r\n\r\n",
]
WORDS = st.sampled_from(
    [
        b"From: ", b"To: a@example.com\r\n", b"Subject: =?utf-8?q?", b"?=\r\n", b"Date: ", b"\r\n",
        b"\r\n\r\n", b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n",
        b"Content-Type: message/delivery-status\r\n", b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html; charset=", b"--x\r\n", b"--x--", b"Action: failed\r\n",
        b"Final-Recipient: rfc822;", b"Content-Transfer-Encoding: base64\r\n", b"<a@b>",
        b'Content-Disposition: attachment; filename="', b"\xff", b"\x00", b";", b'"', b"=?",
        b"Content-Type: message/disposition-notification\r\n", b"Message-ID: <", b">\r\n", b"%0",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=400), st.lists(WORDS, max_size=40).map(b"".join)))
@example(b"")
def test_no_message_raises(raw):
    told = incoming.read(raw)

    assert told.sha256 == sha256(raw).hexdigest()
    told.text.encode()
    told.subject.encode()


@pytest.mark.parametrize("raw", BROKEN)
def test_broken_messages_are_filed_all_the_same(case, inbox, raw):
    message = receive(raw, recipient=case_address(case)).message
    message.refresh_from_db()

    assert message.raw == raw


# From a mail server -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_pipes_a_message_in(sent, monkeypatch):
    from io import BytesIO, TextIOWrapper

    from django.core.management import call_command

    def pipe(raw, *arguments):
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(raw)))
        try:
            call_command("receive_mail", *arguments)
        except SystemExit as end:
            return end.code
        return 0

    assert pipe(mail("answer", sent)) == 0
    assert pipe(mail("stranger"), "--to", case_address(sent.case)) == 0
    assert pipe(mail("stranger")) == 67
    assert pipe(b"") == 65
    assert sent.case.messages.filter(outgoing=False).count() == 2
