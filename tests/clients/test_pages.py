"""The pages of a team's clients, as caseworkers and supervisors meet them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from lxml import html

from consentkit.cases.models import Case
from consentkit.clients.actions import own_conflict
from consentkit.clients.models import Client, ConflictCheck, Mandate
from consentkit.letters.compose import compose
from consentkit.letters.house_texts import approve, begin, submit
from consentkit.teams.actions import wall_off
from consentkit.teams.models import AuditEntry
from tests.clients.people import ON, comes, joins, signed
from tests.web.visitor import ADA, Visitor
from tests.world import a_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("companies")]
CLIENTS = "/teams/example-clinic/clients/"
TOLD = {
    "name": "Dora Demo",
    "acts_as": "self",
    "residence": "DE-BE",
    "language": "de",
    "email": "dora@example.org",
    "consents": "on",
}


def door(user):
    one = Browser()
    one.force_login(user)
    return one


@pytest.fixture
def at_work(carol):
    return door(carol)


@pytest.fixture
def dora(clinic, carol):
    return comes(clinic, carol, email="dora@example.org", address=["Musterweg 5", "10115 Berlin"])


def text(response):
    return " ".join(html.fromstring(response.content.decode()).text_content().split())


def test_a_caseworker_takes_a_client_in(clinic, at_work):
    response = at_work.post(CLIENTS + "new/", TOLD)

    client = Client.objects.get()
    assert response["Location"] == f"{CLIENTS}{client.number}/"
    assert (client.name, client.residence, client.language) == ("Dora Demo", "DE-BE", "de")
    assert client.consents.get().subject == "processing"


def test_what_is_wrong_stands_beside_the_field_and_what_was_typed_stays(clinic, at_work):
    response = at_work.post(CLIENTS + "new/", {**TOLD, "acts_as": "parent", "consents": ""})

    page = html.fromstring(response.content.decode())
    assert response.status_code == 422
    assert page.get_element_by_id("id_name").get("value") == "Dora Demo"
    assert {one.getparent().get("class") for one in page.find_class("errorlist")} == {
        "field has-error"
    }
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("demo d.", True), ("DORA@example.org", True), ("1", True), ("Peter Muster", False)],
)
def test_a_client_is_found_by_a_name_that_nobody_reads_in_the_address(dora, at_work, wanted, found):
    response = at_work.post(CLIENTS, {"q": wanted})

    assert ("Dora Demo" in text(response)) == found


def test_a_stranger_finds_no_door(dora):
    stranger = door(a_person("stranger@example.org"))

    for path in ("", "new/", "1/", "1/mandates/", "1/consents/", "1/parties/", "1/close/"):
        assert stranger.get(CLIENTS + path).status_code == 404


def test_a_student_sees_no_client_who_is_not_theirs(dora, sid):
    student = door(sid)

    assert "Dora Demo" not in text(student.get(CLIENTS))
    assert student.get(CLIENTS + "1/").status_code == 404
    assert student.get(CLIENTS + "new/").status_code == 404


def test_a_wall_hides_a_client_and_the_attempt_is_noted(clinic, clara, carol, dora, at_work):
    wall_off(clinic, carol, dora.pk, by=clara, reason="A cousin.")

    assert "Dora Demo" not in text(at_work.get(CLIENTS))
    assert "Dora Demo" not in text(at_work.post(CLIENTS, {"q": "Dora Demo"}))
    assert at_work.get(CLIENTS + "1/").status_code == 404
    assert AuditEntry.objects.filter(action="wall.attempt", user=carol.pk).count() == 1


def test_whoever_looks_at_a_client_is_noted_once_an_hour(dora, carol, at_work):
    at_work.get(CLIENTS + "1/")
    at_work.get(CLIENTS + "1/")

    assert AuditEntry.objects.filter(action="client.viewed", user=carol.pk).count() == 1


# Conflicts ----------------------------------------------------------------------------------------


def test_the_asker_learns_only_that_there_is_something_and_who_decides(clinic, clara, carol):
    clara.name = "Clara"
    clara.save(update_fields=["name"])
    comes(clinic, clara, "Peter Muster", adverse=["Secret Landlord"])
    wall_off(clinic, carol, Client.objects.get().pk, by=clara, reason="A cousin.")
    asker = door(carol)
    asker.post(CLIENTS + "new/", {**TOLD, "name": "Landlord, Secret"})

    told = text(asker.get(CLIENTS + "2/"))
    assert "There is something to decide before a matter opens" in told
    assert "These people may decide:Clara" in told
    assert "Peter Muster" not in told
    assert "Open a matter" not in told
    assert (
        asker.get(
            f"{CLIENTS}2/conflicts/{Client.objects.get(number=2).conflict_checks.get().pk}/"
        ).status_code
        == 404
    )


def test_a_supervisor_sees_the_names_side_by_side_and_decides(clinic, carol, dora):
    again = comes(clinic, carol, "Demo, Dora")
    sue = joins(clinic, "supervisor", "sue@example.org")
    page = f"{CLIENTS}2/conflicts/{again.conflict_checks.get().pk}/"
    supervisor = door(sue)

    assert "Demo, Dora Dora Demo client \u00b7 Client 1 100" in text(supervisor.get(page))
    undecided = supervisor.post(page, {"state": "wall", "reason": "A cousin."})
    assert undecided.status_code == 422

    supervisor.post(page, {"state": "wall", "reason": "A cousin.", "wall": [str(carol.pk)]})
    assert again.conflict_checks.get().state == "wall"
    assert door(carol).get(CLIENTS + "2/").status_code == 404


def test_whose_own_conflict_was_found_is_shown_no_decision(clinic, clara, carol):
    own_conflict(clinic, clara, "Dora Demo", by=clara)
    dora = comes(clinic, carol)
    owner = door(clara)

    check = dora.conflict_checks.get()
    assert owner.get(f"{CLIENTS}1/conflicts/{check.pk}/").status_code == 404
    assert f"conflicts/{check.pk}" not in owner.get(CLIENTS).content.decode()


# Mandates and consents ----------------------------------------------------------------------------


def test_a_mandate_is_written_signed_on_screen_and_revoked(dora, at_work):
    at_work.post(CLIENTS + "1/mandates/", {"laws": ["eu-gdpr"], "starts_on": ON.isoformat()})
    mandate = Mandate.objects.get()
    page = f"{CLIENTS}1/mandates/{mandate.pk}/"
    assert "Only under: GDPR." in text(at_work.get(page))

    told = {"signer": "Dora Demo", "on": ON.isoformat()}
    assert at_work.post(page, told).status_code == 422
    at_work.post(page, {**told, "strokes": "[[[0.1,0.2],[0.5,0.6]]]"})
    assert "It is in force." in text(at_work.get(page))

    at_work.post(page + "revoke/", {"how": "By telephone."})
    assert "It was revoked, and counts no more." in text(at_work.get(page))


def test_a_signed_paper_comes_back_as_it_was_uploaded(dora, at_work):
    at_work.post(CLIENTS + "1/mandates/", {"starts_on": ON.isoformat()})
    page = f"{CLIENTS}1/mandates/{Mandate.objects.get().pk}/"
    paper = SimpleUploadedFile("x.html", b"%PDF-1.7 signed")
    at_work.post(page, {"signer": "Dora Demo", "on": ON.isoformat(), "scan": paper})

    response = at_work.get(page + "scan/")
    assert (response["Content-Type"], response.content) == ("application/pdf", b"%PDF-1.7 signed")
    assert response["Content-Disposition"].startswith("attachment")


def test_a_consent_is_entered_and_taken_back(dora, at_work):
    at_work.post(
        CLIENTS + "1/consents/",
        {"subject": "face", "toward": "tiktok", "wording": "Effects.", "how": "screen", "on": ""},
    )
    consent = dora.consents.get(subject="face")
    at_work.post(f"{CLIENTS}1/consents/{consent.pk}/withdraw/", {"on": ON.isoformat()})

    consent.refresh_from_db()
    assert (consent.given_on, consent.withdrawn_on) == (None, ON)


# Opening a matter ---------------------------------------------------------------------------------


def begun(at_work, number=1):
    """The letter's page, as the button of the client's page opens it."""
    page = html.fromstring(at_work.get(f"{CLIENTS}{number}/").content.decode())
    form = next(one for one in page.forms if one.get("action") == "/letter/")
    visitor = Visitor(at_work)
    visitor.send("/letter/", form.form_values())
    return visitor


def finished(visitor):
    told = {
        key: value
        for key, value in ADA.items()
        if key not in ("country", "region", "name", "account_email")
    }
    visitor.answer(**told, at="send", reached="send", done="details").send(
        "/letter/", visitor.answers
    )
    return visitor


def test_a_letter_begins_with_what_is_known_of_the_client_and_becomes_their_matter(
    clinic, carol, dora, at_work
):
    signed(dora, carol)
    visitor = finished(begun(at_work))
    assert ("name", "Dora Demo") in visitor.answers

    visitor.send("/letter/keep/", visitor.answers)
    case = Case.objects.get()
    assert visitor.response["Location"] == case.get_absolute_url()
    assert (case.team, case.client, case.owner) == (clinic, dora, carol)
    assert (case.matter_number, case.about["sender"][0]) == ("26-0001", "Dora Demo")


def with_house_text(team, author, reader):
    """A letterhead that stands in every letter of the team."""
    own = begin(team, kind="letterhead", title="Head", body="Clinic, {matter_number}", by=author)
    submit(own.versions.get(), by=author)
    approve(own.versions.get(), by=reader, digest=own.versions.get().content_sha256)


@pytest.mark.parametrize(("said", "letterhead"), [(None, ("Clinic, 26-0001",)), ("none", ())])
def test_the_opening_letter_has_the_house_texts_of_the_team_unless_somebody_leaves_them_out(
    clinic, carol, clara, dora, at_work, said, letterhead
):
    signed(dora, carol)
    with_house_text(clinic, carol, clara)
    visitor = finished(begun(at_work))
    assert "Clinic, [ … ]" in text(visitor.response)
    if said:
        visitor.answer(house=said).send("/letter/", visitor.answers)
        assert "Clinic, [ … ]" not in text(visitor.response)

    visitor.send("/letter/keep/", visitor.answers)

    assert compose(Case.objects.get().letters.get().letter_request()).letterhead == letterhead


def test_no_matter_opens_without_a_mandate(dora, at_work):
    visitor = finished(begun(at_work))
    visitor.send("/letter/keep/", visitor.answers)

    assert "There is no mandate of this client" in text(visitor.response)
    assert not Case.objects.exists()


def test_no_matter_opens_while_a_conflict_is_undecided(clinic, carol, dora, at_work):
    signed(dora, carol)
    visitor = finished(begun(at_work))
    own_conflict(clinic, carol, "Dora Demo", by=carol)
    visitor.send("/letter/keep/", visitor.answers)

    assert "A possible conflict of interest has to be decided first." in text(visitor.response)
    assert not Case.objects.exists()


def test_no_matter_opens_from_behind_a_wall(clinic, clara, carol, dora, at_work):
    signed(dora, carol)
    visitor = finished(begun(at_work))
    wall_off(clinic, carol, dora.pk, by=clara, reason="A cousin.")
    visitor.response = at_work.post("/letter/keep/", dict(visitor.answers))

    assert visitor.response.status_code == 404
    assert not Case.objects.exists()


def test_nobody_uses_what_another_carries_along(clinic, clara, carol, dora, at_work):
    signed(dora, carol)
    visitor = finished(begun(at_work))
    response = door(clara).post("/letter/keep/", dict(visitor.answers))

    assert response.status_code == 404
    assert not Case.objects.exists()


def test_many_conflicts_are_looked_through_on_one_page(clinic, clara, carol):
    own_conflict(clinic, carol, "Jörg Müller", by=carol)
    clients = [comes(clinic, carol, name) for name in ("Joerg Mueller", "Mueller J.", "Dora Demo")]
    at_the_desk = door(clara)
    address = "/teams/example-clinic/conflicts/"

    shown = text(at_the_desk.get(address))
    checks = ConflictCheck.objects.filter(state="waiting").order_by("pk")
    ids = [str(check.pk) for check in checks]
    without_reason = at_the_desk.post(address, {"check": ids[:1]})
    at_the_desk.post(address, {"check": ids[:1], "reason": "Another person."})

    assert [client.number for client in clients if f"Client {client.number}" in shown] == [1, 2]
    assert without_reason.status_code == 422
    assert f'value="{ids[0]}" checked' in without_reason.content.decode()
    states = [(one.state, one.reason) for one in ConflictCheck.objects.filter(pk__in=ids)]
    assert sorted(states) == [("proceed", "Another person."), ("waiting", "")]
    assert door(carol).get(address).status_code == 404


def test_nobody_decides_about_their_own_conflict_among_many(clinic, clara, carol):
    own_conflict(clinic, clara, "Jörg Müller", by=clara)
    comes(clinic, carol, "Joerg Mueller")
    check = ConflictCheck.objects.get(state="waiting")

    response = door(clara).post(
        "/teams/example-clinic/conflicts/", {"check": [check.pk], "reason": "Mine."}
    )

    check.refresh_from_db()
    assert (response.status_code, check.state) == (422, "waiting")
