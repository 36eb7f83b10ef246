"""Clients, and by what authority we act for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from consentkit.clients.actions import (
    close_client,
    draft_mandate,
    give_consent,
    revoke,
    sign,
    withdraw_consent,
)
from consentkit.clients.mandates import NoMandate, mandate_for
from consentkit.clients.models import Client, Consent, Mandate
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import NotPossible, wall_off
from consentkit.teams.models import AuditEntry
from tests.clients.people import DRAWN, ON, comes, signed

pytestmark = pytest.mark.django_db
LETTER = {"law": "eu-gdpr", "kind": "access", "platform": "example"}


@pytest.fixture
def dora(clinic, carol):
    return comes(clinic, carol)


def asked(client, on=ON, **told):
    return mandate_for(client, **{**LETTER, "on": on, **told})


# Clients ------------------------------------------------------------------------------------------


def test_clients_are_numbered_in_their_team_and_no_number_comes_back(clinic, carol):
    first, second = comes(clinic, carol), comes(clinic, carol, "Peter Muster")
    second.delete()

    assert (first.number, comes(clinic, carol, "Rita Probe").number) == (1, 3)


@pytest.mark.django_db(transaction=True)
def test_clients_who_come_at_the_same_moment_have_numbers_of_their_own(clinic, carol):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes one after the other")

    def come(number):
        try:
            return comes(clinic, carol, f"Somebody{number} Else{number}").number
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(come, range(24)))

    assert sorted(numbers) == list(range(1, 25))


def test_a_student_takes_nobody_in(clinic, sid):
    with pytest.raises(Forbidden):
        comes(clinic, sid)


@pytest.mark.parametrize(
    "told", [{"name": " "}, {"consents": False}, {"acts_as": "parent"}, {"acts_as": "guardian"}]
)
def test_an_intake_that_lacks_something_is_refused(clinic, carol, told):
    with pytest.raises(NotPossible):
        comes(clinic, carol, **told)

    assert not Client.objects.exists()


def test_the_consent_to_process_is_in_the_ledger_in_the_clients_words(dora):
    consent = dora.consents.get()

    assert (consent.toward, consent.subject, consent.given_on) == ("us", "processing", ON)
    assert consent.wording.startswith("I agree that Example Clinic keeps and uses what I tell them")


def test_nobody_behind_a_wall_changes_anything(clinic, clara, carol, dora):
    mandate = draft_mandate(dora, by=carol, starts_on=ON)
    wall_off(clinic, carol, dora.pk, by=clara, reason="A cousin.")

    for change in (
        lambda: draft_mandate(dora, by=carol, starts_on=ON),
        lambda: sign(mandate, by=carol, signer="Dora Demo", on=ON, strokes=DRAWN),
        lambda: revoke(mandate, by=carol, how="By telephone."),
        lambda: close_client(dora, by=carol, on=ON),
    ):
        with pytest.raises(Forbidden):
            change()


# Mandates -----------------------------------------------------------------------------------------


def test_of_several_mandates_the_narrowest_is_shown(dora, carol):
    narrow = signed(dora, carol, laws={LETTER["law"]: "a"}, platforms={LETTER["platform"]: "b"})
    signed(dora, carol, platforms={LETTER["platform"]: "b", "another": "c"})
    signed(dora, carol)

    assert asked(dora) == narrow


def test_a_mandate_counts_once_it_is_signed(dora, carol):
    mandate = draft_mandate(dora, by=carol, starts_on=ON)
    with pytest.raises(NoMandate, match="not signed"):
        asked(dora)

    sign(mandate, by=carol, signer="Dora Demo", on=ON, strokes=DRAWN)

    assert asked(dora) == mandate


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ({"laws": {"eu-gdpr": "GDPR"}}, {"law": "uk-gdpr"}),
        ({"kinds": {"access": "Access"}}, {"kind": "erasure"}),
        ({"platforms": {"example": "Example"}}, {"platform": "other"}),
    ],
)
def test_a_letter_outside_the_scope_is_refused(dora, carol, scope, told):
    mandate = signed(dora, carol, **scope)

    assert asked(dora) == mandate
    with pytest.raises(NoMandate, match="does not cover"):
        asked(dora, **told)


def test_a_mandate_holds_from_its_first_to_its_last_day(dora, carol):
    mandate = signed(dora, carol, ends_on=ON + timedelta(days=30))
    assert [asked(dora, ON), asked(dora, ON + timedelta(days=30))] == [mandate, mandate]

    with pytest.raises(NoMandate, match="has ended"):
        asked(dora, ON + timedelta(days=31))
    with pytest.raises(NoMandate):
        asked(dora, ON - timedelta(days=1))


def test_a_revoked_mandate_counts_no_more_and_stays_on_record(dora, carol):
    mandate = signed(dora, carol)
    revoke(mandate, by=carol, how="By telephone, on Monday.")

    with pytest.raises(NoMandate, match="revoked"):
        asked(dora)
    kept = Mandate.objects.get(pk=mandate.pk)
    assert (kept.revocation, kept.strokes) == (
        "By telephone, on Monday.",
        [[[0.1, 0.2], [0.5, 0.6]]],
    )


def test_we_do_not_act_for_a_former_client(dora, carol):
    signed(dora, carol)
    close_client(dora, by=carol, on=ON)

    with pytest.raises(NoMandate):
        asked(dora)


def test_a_signed_paper_is_known_by_its_content(dora, carol):
    mandate = draft_mandate(dora, by=carol, starts_on=ON)
    with pytest.raises(NotPossible):
        sign(mandate, by=carol, signer="Dora Demo", on=ON, scan=b"<svg onload=alert(1)>")

    sign(mandate, by=carol, signer="Dora Demo", on=ON, scan=b"%PDF-1.7 signed")

    kept = Mandate.objects.get(pk=mandate.pk)
    assert (bytes(kept.scan), kept.scan_kind) == (b"%PDF-1.7 signed", "application/pdf")


@pytest.mark.parametrize(
    "told",
    [
        {"strokes": ()},
        {"strokes": ((),)},
        {"signer": " "},
        {"on": date(2999, 1, 1)},
    ],
)
def test_what_is_no_signature_is_refused(dora, carol, told):
    mandate = draft_mandate(dora, by=carol, starts_on=ON)
    with pytest.raises(NotPossible):
        sign(mandate, by=carol, **{"signer": "Dora Demo", "on": ON, "strokes": DRAWN, **told})

    assert Mandate.objects.get().signed_on is None


def test_a_mandate_is_signed_once(dora, carol):
    mandate = signed(dora, carol)
    with pytest.raises(NotPossible):
        sign(mandate, by=carol, signer="Somebody Else", on=ON, strokes=DRAWN)

    assert Mandate.objects.get().signer == "Dora Demo"


def test_a_parent_signs_for_a_child(clinic, carol):
    kim = comes(clinic, carol, "Kim Demo", acts_as="parent", representative="Paula Probe")
    text = draft_mandate(kim, by=carol, starts_on=ON, ends_on=ON).text

    assert text.splitlines()[2] == (
        "I, Paula Probe, as a parent of Kim Demo, authorise Example Clinic to write to companies "
        "and authorities in the name of Kim Demo and to receive their answers."
    )


def test_the_mandate_says_what_the_law_asks_of_an_agent(clinic, carol):
    cal = comes(clinic, carol, "Cal Sample", residence="US-CA")

    assert "11 CCR § 7063" in draft_mandate(cal, by=carol, starts_on=ON).text
    assert (
        "11 CCR" not in draft_mandate(cal, by=carol, starts_on=ON, laws={"us-il-bipa": "BIPA"}).text
    )


# Consents -----------------------------------------------------------------------------------------


def agreed(client, by, **told):
    return give_consent(
        client,
        by=by,
        **{
            "toward": "tiktok",
            "subject": "face",
            "wording": "I agree to effects.",
            "on": ON,
            "how": "screen",
            **told,
        },
    )


def test_a_consent_that_was_taken_back_stays_in_the_ledger(dora, carol):
    consent = agreed(dora, carol)
    withdraw_consent(consent, by=carol, on=ON + timedelta(days=2))

    kept = Consent.objects.get(pk=consent.pk)
    assert (kept.wording, kept.given_on, kept.withdrawn_on) == (
        "I agree to effects.",
        ON,
        ON + timedelta(days=2),
    )
    with pytest.raises(NotPossible):
        withdraw_consent(consent, by=carol, on=ON + timedelta(days=3))


def test_a_consent_is_not_taken_back_before_it_was_given(dora, carol):
    with pytest.raises(NotPossible):
        withdraw_consent(agreed(dora, carol), by=carol, on=ON - timedelta(days=1))


@pytest.mark.parametrize(
    "told",
    [{"subject": "nonsense"}, {"how": "magic"}, {"wording": " "}, {"on": date(2999, 1, 1)}],
)
def test_a_line_that_says_nothing_is_not_entered(dora, carol, told):
    with pytest.raises(NotPossible):
        agreed(dora, carol, **told)


def test_everything_is_noted(clinic, carol):
    client = comes(clinic, carol, adverse=["TikTok"])
    revoke(signed(client, carol), by=carol, how="In writing.")
    withdraw_consent(agreed(client, carol), by=carol, on=timezone.localdate())
    close_client(client, by=carol, on=ON)

    noted = AuditEntry.objects.filter(thing="client", thing_id=client.pk).order_by("number")
    assert [entry.action for entry in noted] == [
        "client.taken_in",
        "consent.given",
        "party.added",
        "conflict.checked",
        "mandate.drafted",
        "mandate.signed",
        "mandate.revoked",
        "consent.given",
        "consent.withdrawn",
        "client.closed",
    ]
