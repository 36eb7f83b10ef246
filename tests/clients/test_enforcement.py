"""No letter goes out for a client without their mandate, at whatever step it is tried."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes, policy

import pypdfium2
import pytest
from django.test import Client as Browser
from django.utils import timezone

from consentkit.clients.actions import own_conflict, revoke
from consentkit.clients.models import Mandate
from consentkit.correspondence import authority
from consentkit.correspondence.actions import CannotSend, deliver, record_sent_by_hand, send_letter
from consentkit.letters.actions import draft_letter, freeze, take_in
from consentkit.letters.authority import OutsideMandate
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import NotPossible, found, wall_off
from consentkit.teams.models import AuditEntry
from tests.clients.people import comes, signed
from tests.correspondence.conftest import REACHABLE
from tests.world import a_request

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)


@pytest.fixture
def dora(clinic, carol):
    return comes(clinic, carol)


@pytest.fixture
def mandate(dora, carol):
    return signed(dora, carol)


def opened(dora, carol, **told):
    request = a_request(**{"date": ON, "platform": REACHABLE, **told})
    return take_in(request, owner=carol, place="IE", team=dora.team, client=dora)


@pytest.fixture
def matter(mandate, dora, carol):
    return opened(dora, carol)


def ends(mandate):
    Mandate.objects.filter(pk=mandate.pk).update(ends_on=timezone.localdate() - timedelta(days=1))


def test_a_matter_belongs_to_the_team_and_has_a_number(matter, clinic, dora, carol):
    assert (matter.team, matter.client, matter.owner) == (clinic, dora, carol)
    assert matter.matter_number == "26-0001"
    assert AuditEntry.objects.filter(action="case.opened", thing_id=matter.pk).count() == 1


def test_the_same_letter_twice_is_one_matter_and_uses_one_number(matter, dora, carol):
    assert opened(dora, carol) == matter
    assert opened(dora, carol, right="erasure").matter_number == "26-0002"


def test_the_same_letter_of_ones_own_is_another_case(matter, carol):
    own = take_in(a_request(date=ON), owner=carol, place="IE")

    assert (own != matter, own.team, own.client) == (True, None, None)


def test_a_matter_opens_only_within_the_mandate(dora, carol):
    with pytest.raises(OutsideMandate):
        opened(dora, carol)
    signed(dora, carol, kinds={"erasure": "Erasure"})
    with pytest.raises(OutsideMandate):
        opened(dora, carol)

    assert not dora.cases.exists()


def test_a_matter_waits_for_the_decision_about_a_conflict(mandate, clinic, dora, carol):
    own_conflict(clinic, carol, "Dora Demo", by=carol)

    with pytest.raises(NotPossible):
        opened(dora, carol)


def test_nobody_opens_a_matter_from_behind_a_wall_or_for_another_team(
    mandate, clinic, clara, dora, carol
):
    other = found("Other Clinic", by=carol)
    with pytest.raises(Forbidden):
        take_in(a_request(date=ON), owner=carol, place="IE", team=other, client=dora)

    wall_off(clinic, carol, dora.pk, by=clara, reason="A cousin.")
    with pytest.raises(Forbidden):
        opened(dora, carol)


def test_a_further_letter_needs_the_mandate_too(matter, mandate, carol):
    revoke(mandate, by=carol, how="By telephone.")

    with pytest.raises(OutsideMandate):
        draft_letter(matter, a_request(right="erasure", date=ON), by=carol)


def test_a_letter_is_not_made_final_after_the_mandate_has_ended(matter, mandate):
    ends(mandate)

    with pytest.raises(OutsideMandate):
        freeze(matter.letters.get())
    assert not matter.letters.get().is_frozen


@pytest.mark.parametrize(
    ("step", "reason"), [("ended", "mandate_ended"), ("revoked", "mandate_revoked")]
)
def test_a_letter_is_not_sent_without_the_mandate(matter, mandate, carol, settings, step, reason):
    if step == "ended":
        ends(mandate)
    else:
        revoke(mandate, by=carol, how="By telephone.")

    with pytest.raises(CannotSend) as refused:
        record_sent_by_hand(matter.letters.get(), channel="post", on=ON, by=carol)
    assert refused.value.reason == reason


def test_what_was_posted_before_the_revocation_can_be_recorded_after_it(matter, mandate, carol):
    letter, today = freeze(matter.letters.get()), timezone.localdate()
    revoke(mandate, by=carol, how="By telephone.")

    with pytest.raises(CannotSend):
        record_sent_by_hand(letter, channel="post", on=today, by=carol)
    yesterday = today - timedelta(days=1)
    assert record_sent_by_hand(letter, channel="post", on=yesterday, by=carol).on == yesterday


def queued(matter, carol):
    return send_letter(matter.letters.get(), channel="email", by=carol)


def test_what_is_queued_stops_when_the_mandate_is_revoked(outbox, matter, mandate, carol):
    message = queued(matter, carol)

    assert authority.revoke(mandate, by=carol, how="By telephone.") == 1
    message.refresh_from_db()
    assert (message.state, message.problem) == ("stopped", "mandate_revoked")


def test_what_another_mandate_covers_goes_on(outbox, matter, mandate, dora, carol):
    message = queued(matter, carol)
    signed(dora, carol)

    assert authority.revoke(mandate, by=carol, how="By telephone.") == 0
    message.refresh_from_db()
    assert message.state == "queued"


@pytest.mark.parametrize(
    ("stop", "problem"),
    [
        (ends, "mandate_ended"),
        (lambda mandate: Mandate.objects.update(kinds=["erasure"]), "mandate_scope"),
    ],
)
def test_a_worker_hands_nothing_over_without_a_mandate(
    outbox, matter, mandate, carol, stop, problem
):
    message = queued(matter, carol)
    stop(mandate)
    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, message.problem) == ("stopped", problem)
    assert not outbox.exists() or not list(outbox.iterdir())


def test_a_worker_hands_over_what_the_mandate_covers(outbox, matter, mandate, carol):
    message = queued(matter, carol)
    deliver(message.pk)

    message.refresh_from_db()
    assert (message.state, len(list(outbox.iterdir()))) == ("sent", 1)


def test_the_signed_mandate_goes_along_with_an_e_mail(outbox, matter, mandate, dora, carol):
    deliver(queued(matter, carol).pk)

    sent = message_from_bytes(matter.messages.get().raw, policy=policy.default)
    letter, paper = list(sent.iter_attachments())
    with pypdfium2.PdfDocument(paper.get_content()) as read:
        words = " ".join(read[0].get_textpage().get_text_range().split())
    assert paper.get_filename() == f"mandate-{matter.reference}.pdf"
    assert "I, Dora Demo, authorise Example Clinic to write to companies" in words
    assert letter.get_filename() == f"letter-{matter.reference}.pdf"


def test_a_mandate_on_paper_goes_along_as_it_was_signed_and_can_be_printed(
    outbox, matter, mandate, dora, carol
):
    paper = b"%PDF-1.7 signed by hand"
    Mandate.objects.update(strokes=[])
    mandate.refresh_from_db()
    mandate.scan, mandate.scan_kind = paper, "application/pdf"
    mandate.save()

    deliver(queued(matter, carol).pk)
    browser = Browser()
    browser.force_login(carol)
    address = f"/cases/{matter.code}/letters/1/send/mandate/"
    printed = browser.get(address)
    revoke(mandate, by=carol, how="By telephone.")

    sent = message_from_bytes(matter.messages.get().raw, policy=policy.default)
    assert list(sent.iter_attachments())[1].get_content() == paper
    assert printed.content == paper
    assert browser.get(address).status_code == 404
