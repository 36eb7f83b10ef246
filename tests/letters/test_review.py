"""Four eyes: who may let which letter go, and that an approval is of one wording."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from consentkit.cases.models import Case
from consentkit.correspondence.actions import (
    CannotSend,
    confirm_not_sent,
    deliver,
    record_sent_by_hand,
    requeue_unfinished,
    send_letter,
)
from consentkit.correspondence.models import Message
from consentkit.correspondence.reviewing import tell, tell_forgotten
from consentkit.letters import review
from consentkit.letters.actions import Frozen, freeze, revise
from consentkit.letters.approval import NotApproved, content_hash, may_go_out, needs_review
from consentkit.letters.compose import compose
from consentkit.letters.follow_up import next_steps
from consentkit.letters.models import Letter, Review
from consentkit.letters.review import CannotReview
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import end, wall_off
from consentkit.teams.audit import verify
from consentkit.teams.models import AuditEntry, Membership
from tests.correspondence.conftest import REACHABLE
from tests.teams.clinic import a_clinic
from tests.teams.test_access import a_client
from tests.test_queue import drain
from tests.world import a_case, a_person

pytestmark = pytest.mark.django_db
State = Review.State


@pytest.fixture
def clinic():
    return a_clinic()


@pytest.fixture
def letter(clinic):
    """A letter that a student drafted, to a company with an e-mail address."""
    return clinic.letter_by("stu", platform=REACHABLE)


@pytest.fixture
def outbox(settings, tmp_path):
    settings.OUTBOX_FOLDER = str(tmp_path / "outbox")


def reason(letter, by=None):
    """Why a letter may not go out; empty where it may."""
    try:
        may_go_out(Letter.objects.get(pk=letter.pk), by)
    except NotApproved as error:
        return error.reason
    return ""


def first_paragraph(letter):
    return compose(letter.letter_request()).included()[0]


def in_other_words(letter, words="Good morning."):
    request = letter.letter_request()
    return replace(request, edits={**request.edits, first_paragraph(letter).key: words})


def approved(letter, clinic, by="sue"):
    asked = review.submit(letter, by=clinic["stu"])
    review.approve(asked, by=clinic[by])
    asked.refresh_from_db()
    return asked


def audited(letter):
    about = AuditEntry.objects.filter(thing="case", thing_id=letter.case_id).order_by("number")
    return [
        (entry.action, entry.details["letter"])
        for entry in about
        if entry.action.startswith(("review.", "letter."))
    ]


# Who may what -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("author", "sender", "expected"),
    [
        ("stu", "clara", "ask"),
        ("stu", "sue", "ask"),
        ("stu", "cay", "ask"),
        ("stu", "stu", "no_right"),
        ("stu", "vic", "no_right"),
        ("stu", "coo", "no_right"),  # no case of a campaign
        ("cay", "clara", ""),
        ("cay", "cay", ""),
        ("cay", "stu", "no_right"),
        ("sue", "cay", ""),
        ("sue", "sue", ""),
    ],
)
def test_who_may_let_which_letter_go(clinic, author, sender, expected):
    assert reason(clinic.letter_by(author), clinic[sender]) == expected


@pytest.mark.parametrize(
    ("who", "allowed"),
    [("clara", True), ("sue", True), ("cay", False), ("coo", False), ("vic", False)],
)
@pytest.mark.parametrize("decision", ["approve", "approve_with_edits", "send_back"])
def test_only_who_reviews_decides(clinic, letter, who, allowed, decision):
    asked = review.submit(letter, by=clinic["stu"])
    key = first_paragraph(letter).key
    decisions = {
        "approve": lambda: review.approve(asked, by=clinic[who]),
        "approve_with_edits": lambda: review.approve_with_edits(
            asked, {key: "Good day."}, by=clinic[who]
        ),
        "send_back": lambda: review.send_back(asked, by=clinic[who], comments="Shorter."),
    }
    if not allowed:
        with pytest.raises(Forbidden):
            decisions[decision]()
    else:
        decisions[decision]()

    asked.refresh_from_db()
    assert (asked.state != State.WAITING) == allowed


@pytest.mark.parametrize("who", ["vic", "coo"])
def test_who_may_not_draft_asks_for_no_review(clinic, letter, who):
    with pytest.raises(Forbidden):
        review.submit(letter, by=clinic[who])

    assert Review.objects.count() == 0


def test_a_persons_own_letter_asks_nobody(django_assert_num_queries):
    letter = a_case().letters.get()
    letter.case  # noqa: B018 (fetched beforehand)

    with django_assert_num_queries(0):
        may_go_out(letter, letter.case.owner)
        assert not needs_review(letter, letter.case.owner)


def test_a_student_who_left_is_still_read_first(clinic, letter):
    end(Membership.objects.get(user=clinic["stu"]), by=clinic["clara"])

    assert reason(letter, clinic["sue"]) == "ask"


def test_what_a_student_changed_is_read_first(clinic):
    letter = clinic.letter_by("cay")
    revise(letter, in_other_words(letter), by=clinic["stu"])

    assert reason(letter, clinic["cay"]) == "ask"


def test_a_wall_keeps_a_reviewer_away(clinic, letter):
    asked = review.submit(letter, by=clinic["stu"])
    client = a_client(clinic.team)
    Case.objects.filter(pk=letter.case_id).update(client=client)
    wall_off(clinic.team, clinic["sue"], client.pk, by=clinic["clara"], reason="Her brother.")

    with pytest.raises(Forbidden):
        review.approve(asked, by=clinic["sue"])
    assert not review.waiting(clinic.team, clinic["sue"]).exists()
    assert review.waiting(clinic.team, clinic["clara"]).get() == asked


# One's own ----------------------------------------------------------------------------------------


def test_nobody_approves_their_own(clinic):
    letter = clinic.letter_by("sue")
    asked = review.submit(letter, by=clinic["cay"])

    with pytest.raises(CannotReview, match="letter of their own"):
        review.approve(asked, by=clinic["sue"])
    review.approve(asked, by=clinic["clara"])
    assert reason(letter) == ""


def test_nobody_approves_what_they_asked_for(clinic, letter):
    asked = review.submit(letter, by=clinic["sue"])

    with pytest.raises(CannotReview, match="letter of their own"):
        review.approve(asked, by=clinic["sue"])


def test_nobody_approves_what_they_put_in_other_words_themselves(clinic, letter):
    revise(letter, in_other_words(letter), by=clinic["sue"])
    asked = review.submit(letter, by=clinic["stu"])

    with pytest.raises(CannotReview, match="letter of their own"):
        review.approve(asked, by=clinic["sue"])


# Bound to the wording -----------------------------------------------------------------------------


def test_an_approved_letter_goes_out_as_it_was_approved(clinic, letter):
    asked = approved(letter, clinic)

    assert asked.approved_sha256 == asked.content_sha256 == content_hash(letter)
    assert reason(letter, clinic["sue"]) == ""
    freeze(letter)
    assert content_hash(letter) == asked.approved_sha256
    assert reason(letter, clinic["sue"]) == ""


def change_words(letter):
    return in_other_words(letter)


def change_signature(letter):
    return replace(letter.letter_request(), strokes=(((0.1, 0.2), (0.3, 0.4)),))


def change_account(letter):
    request = letter.letter_request()
    return replace(request, account=replace(request.account, email="other@example.org"))


def change_paper(letter):
    return replace(letter.letter_request(), paper="letter")


@pytest.mark.parametrize("change", [change_words, change_signature, change_account, change_paper])
def test_any_change_ends_the_approval(clinic, letter, change):
    asked = approved(letter, clinic)

    revise(letter, change(letter), by=clinic["stu"])

    asked.refresh_from_db()
    assert (asked.state, reason(letter, clinic["sue"])) == (State.VOID, "void")
    with pytest.raises(NotApproved):
        freeze(letter)


def test_a_change_past_the_pages_ends_the_approval_too(clinic, letter):
    approved(letter, clinic)
    Letter.objects.filter(pk=letter.pk).update(
        request={**letter.request, "edits": {first_paragraph(letter).key: "Slipped in."}}
    )

    assert reason(letter, clinic["sue"]) == "void"


def test_saving_a_letter_unchanged_ends_nothing(clinic, letter):
    asked = approved(letter, clinic)

    revise(letter, letter.letter_request(), by=clinic["stu"])

    asked.refresh_from_db()
    assert (asked.state, reason(letter, clinic["sue"])) == (State.APPROVED, "")


def test_a_change_while_it_waits_has_to_be_submitted_anew(clinic, letter):
    asked = review.submit(letter, by=clinic["stu"])
    revise(letter, in_other_words(letter), by=clinic["stu"])

    with pytest.raises(CannotReview, match="Look at it again"):
        review.approve(asked, by=clinic["sue"])
    again = review.submit(letter, by=clinic["stu"])
    review.approve(again, by=clinic["sue"])
    assert reason(letter, clinic["sue"]) == ""


def test_asking_twice_for_the_same_wording_is_asking_once(clinic, letter):
    first, again = [review.submit(letter, by=clinic["stu"]) for _ in range(2)]

    assert first == again
    assert Review.objects.count() == 1


# Decided ------------------------------------------------------------------------------------------


def test_edits_are_kept_with_what_was_there_before_and_the_author_is_told(clinic, letter):
    asked = review.submit(letter, by=clinic["stu"])
    paragraph = first_paragraph(letter)

    review.approve_with_edits(
        asked, {paragraph.key: "In short:", "@subject": "x"}, by=clinic["sue"], comments="Better."
    )
    drain()

    asked.refresh_from_db()
    letter.refresh_from_db()
    assert asked.edits == [
        {
            "key": paragraph.key,
            "heading": paragraph.heading,
            "before": paragraph.text,
            "after": "In short:",
        }
    ]
    assert (asked.state, asked.comments) == (State.EDITED, "Better.")
    assert letter.letter_request().edits == {paragraph.key: "In short:"}
    assert asked.content_sha256 != asked.approved_sha256 == content_hash(letter)
    assert review.approved(asked) == review.pieces(compose(letter.letter_request()))
    assert reason(letter, clinic["sue"]) == ""
    [told] = mail.outbox
    assert told.to == ["stu@example.org"]
    assert "approved with edits" in told.body
    assert "In short" not in told.body
    assert "Example" not in told.subject + told.body.replace("example", "")


def test_edits_that_change_nothing_are_none(clinic, letter):
    asked = review.submit(letter, by=clinic["stu"])
    paragraph = first_paragraph(letter)

    with pytest.raises(CannotReview, match="not changed a word"):
        review.approve_with_edits(
            asked, {paragraph.key: paragraph.text.replace("\n", "\r\n")}, by=clinic["sue"]
        )
    assert Review.objects.get().state == State.WAITING


def test_a_returned_letter_waits_for_its_author(clinic, letter):
    asked = review.submit(letter, by=clinic["stu"])
    with pytest.raises(CannotReview, match="Say what has to change"):
        review.send_back(asked, by=clinic["sue"], comments=" ")

    review.send_back(asked, by=clinic["sue"], comments="Name the date.")
    drain()

    assert reason(letter, clinic["sue"]) == "returned"
    assert [one.to for one in mail.outbox] == [["stu@example.org"]]
    assert "Name the date" not in mail.outbox[0].body


def test_an_author_who_left_is_told_nothing(clinic, letter):
    asked = review.submit(letter, by=clinic["stu"])
    end(Membership.objects.get(user=clinic["stu"]), by=clinic["clara"])

    review.approve(asked, by=clinic["sue"])
    drain()

    assert mail.outbox == []


def test_every_step_is_in_the_audit_log(clinic, letter):
    review.send_back(review.submit(letter, by=clinic["stu"]), by=clinic["sue"], comments="No.")
    revise(letter, in_other_words(letter), by=clinic["stu"])
    asked = approved(letter, clinic)
    review.withdraw(asked, by=clinic["clara"])
    review.release(letter, by=clinic["cay"], reason="The day is today.")

    assert audited(letter) == [
        ("review.asked", 1),
        ("review.returned", 1),
        ("letter.revised", 1),
        ("review.asked", 1),
        ("review.approved", 1),
        ("review.voided", 1),
        ("review.emergency", 1),
    ]
    assert verify(clinic.team) is None
    told = AuditEntry.objects.values_list("details", flat=True)
    assert "The day is today." not in str(list(told))


# In an emergency ----------------------------------------------------------------------------------


def test_an_emergency_needs_a_reason_and_tells_every_supervisor(clinic, letter):
    with pytest.raises(CannotReview, match="Say why"):
        review.release(letter, by=clinic["cay"], reason="  ")

    review.release(letter, by=clinic["cay"], reason="The period ends tonight.")
    drain()

    assert reason(letter, clinic["cay"]) == ""
    assert sorted(one.to[0] for one in mail.outbox) == ["clara@example.org", "sue@example.org"]
    assert not any("period ends" in one.body for one in mail.outbox)
    assert Review.objects.get().told_at is not None


@pytest.mark.parametrize("who", ["stu", "vic", "coo"])
def test_who_may_not_send_releases_nothing(clinic, letter, who):
    with pytest.raises(Forbidden):
        review.release(letter, by=clinic[who], reason="Please.")

    assert reason(letter, clinic["sue"]) == "ask"


def test_what_is_changed_after_an_emergency_needs_its_review(clinic, letter):
    review.release(letter, by=clinic["cay"], reason="Tonight.")

    revise(letter, in_other_words(letter), by=clinic["cay"])

    assert reason(letter, clinic["cay"]) == "void"


def test_a_lost_task_is_found_and_an_e_mail_is_sent_once(clinic, letter):
    made = review.release(letter, by=clinic["cay"], reason="Tonight.")
    drain()
    tell(made.pk)
    assert len(mail.outbox) == 2

    Review.objects.update(told_at=None)
    tell_forgotten(timezone.now())
    assert drain() == []
    tell_forgotten(timezone.now() + timedelta(minutes=11))
    assert drain() == ["tell_of_review"]
    ids = [one.extra_headers["Message-ID"] for one in mail.outbox]
    assert (len(ids), len(set(ids))) == (4, 2)  # a second try is the same message


# Every way out ------------------------------------------------------------------------------------


def test_no_way_out_is_open_before_the_approval(clinic, letter, outbox):
    today = timezone.localdate()
    with pytest.raises(CannotSend) as sent:
        send_letter(letter, channel="email", by=clinic["sue"])
    with pytest.raises(CannotSend) as posted:
        record_sent_by_hand(letter, channel="post", on=today, by=clinic["sue"])
    with pytest.raises(NotApproved):
        freeze(letter)

    letter.refresh_from_db()
    assert (sent.value.reason, posted.value.reason, letter.is_frozen) == ("ask", "ask", False)
    assert Message.objects.count() == 0


def test_every_way_out_is_open_after_it(clinic, letter, outbox):
    approved(letter, clinic)
    message = send_letter(letter, channel="email", by=clinic["sue"])
    deliver(message.pk)
    record_sent_by_hand(letter, channel="post", on=timezone.localdate(), by=clinic["cay"])

    message.refresh_from_db()
    assert message.state == Message.State.SENT
    assert [fact.kind for fact in letter.case.facts()] == ["made", "sent", "sent"]


def test_a_message_that_was_queued_stops_when_the_approval_is_taken_back(clinic, letter, outbox):
    asked = approved(letter, clinic)
    message = send_letter(letter, channel="email", by=clinic["sue"])

    review.withdraw(asked, by=clinic["clara"])
    assert drain() == ["tell_of_review", "deliver"]

    message.refresh_from_db()
    assert (message.state, message.problem, bytes(message.raw)) == ("stopped", "not_approved", b"")
    assert [fact.kind for fact in letter.case.facts()] == ["made"]
    requeue_unfinished(timezone.now() + timedelta(days=1))
    assert drain() == []


def test_an_uncertain_message_does_not_go_again_without_an_approval(clinic, letter, outbox):
    asked = approved(letter, clinic)
    message = send_letter(letter, channel="email", by=clinic["sue"])
    Message.objects.filter(pk=message.pk).update(
        state=Message.State.UNCERTAIN, claimed_at=timezone.now()
    )

    review.withdraw(asked, by=clinic["clara"])
    confirm_not_sent(message, by=clinic["sue"])

    with pytest.raises(CannotSend) as refused:
        send_letter(letter, channel="email", by=clinic["sue"])
    assert refused.value.reason == "void"


def test_a_letter_that_is_final_is_not_revised_under_its_approval(clinic, letter):
    asked = approved(letter, clinic)
    freeze(letter)

    with pytest.raises(Frozen):
        revise(letter, in_other_words(letter), by=clinic["stu"])

    asked.refresh_from_db()
    assert asked.state == State.APPROVED


# The next step ------------------------------------------------------------------------------------


def test_the_next_step_says_review_until_the_letter_may_go(clinic, letter):
    def step():
        case = Case.objects.get(pk=letter.case_id)
        first = next_steps(case, case.posture(), timezone.localdate())[0]
        return str(first.label), first.review, first.send

    assert step() == ("Ask for review", 1, 0)
    asked = review.submit(letter, by=clinic["stu"])
    assert step() == ("Waits for review", 1, 0)
    review.send_back(asked, by=clinic["sue"], comments="No.")
    assert step() == ("See what has to change", 1, 0)
    revise(letter, in_other_words(letter), by=clinic["stu"])
    asked = approved(letter, clinic)
    assert step() == ("Send the letter", 0, 1)
    review.withdraw(asked, by=clinic["sue"])
    assert step() == ("Ask for review again", 1, 0)


def test_somebody_outside_sees_no_queue(clinic, letter):
    review.submit(letter, by=clinic["stu"])

    assert not review.waiting(clinic.team, a_person("x@example.org")).exists()
    assert not review.waiting(clinic.team, clinic["stu"]).exists()
