"""Intake by a link: asked for by staff, filled in by the client alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone
from lxml import html

from consentkit.clients import intake
from consentkit.clients.actions import own_conflict
from consentkit.clients.models import Client, ConflictCheck, IntakeLink
from consentkit.correspondence.intakes import tell
from consentkit.teams.models import AuditEntry
from tests.clients.people import comes
from tests.world import a_person

pytestmark = pytest.mark.django_db
TOLD = {
    "name": "Dora Demo",
    "acts_as": "self",
    "residence": "DE-BE",
    "email": "dora@example.org",
    "matter": "My face, in an app.",
    "adverse": "Example Corporation",
    "consents": "on",
}


@pytest.fixture
def asked(clinic, carol):
    return intake.ask(clinic, by=carol, language="de")


def page(response):
    return html.fromstring(response.content.decode())


def test_a_client_stops_and_goes_on_later_with_the_same_link(asked):
    _link, secret = asked
    address = f"/intake/{secret}/"

    Browser().post(address, {"name": "Dora", "matter": "Half a", "save": "1"})
    later = page(Browser().get(address))

    assert later.get_element_by_id("id_name").get("value") == "Dora"
    assert later.get_element_by_id("id_matter").text.strip() == "Half a"
    assert later.get("lang") == "de"
    assert not Client.objects.exists()


def test_what_is_handed_in_is_a_client_whose_conflicts_were_searched(asked, clinic, carol):
    own_conflict(clinic, carol, "Example Corp.", by=carol)
    _link, secret = asked

    done = Browser().post(f"/intake/{secret}/", TOLD)
    again = Browser().post(f"/intake/{secret}/", TOLD)

    client = Client.objects.get()
    assert (done.status_code, again.status_code) == (200, 404)
    assert (client.name, client.language, client.stage) == ("Dora Demo", "de", "intake")
    assert client.conflict_checks.get().state == ConflictCheck.State.WAITING
    assert client.consents.get().how == "link"
    assert IntakeLink.objects.get().answers == {}
    assert b"Example Corp" not in done.content  # the client learns nothing of a conflict


def test_a_browser_can_hand_in_what_it_was_shown(asked):
    _link, secret = asked
    browser, address = Browser(enforce_csrf_checks=True), f"/intake/{secret}/"
    shown = browser.get(address)
    [token] = page(shown).xpath("//input[@name='csrfmiddlewaretoken']/@value")
    # Under "no-referrer" a browser says "null" here, and no form of ours is accepted then.
    assert shown.headers["Referrer-Policy"] == "same-origin"
    told = {**TOLD, "csrfmiddlewaretoken": token}

    kept = browser.post(address, {**told, "save": "1"}, headers={"Origin": "http://testserver"})
    lost = browser.post(address, {**told, "save": "1"}, headers={"Origin": "null"})
    assert (kept.status_code, lost.status_code) == (302, 403)


def test_what_is_missing_stands_beside_the_field_and_nothing_is_lost(asked):
    _link, secret = asked

    response = Browser().post(f"/intake/{secret}/", {**TOLD, "name": "", "consents": ""})

    assert response.status_code == 422
    shown = page(response)
    assert shown.get_element_by_id("id_matter").text.strip() == TOLD["matter"]
    wrong = {one.get("id") for one in shown.iter() if one.get("aria-invalid") == "true"}
    assert wrong == {"id_name", "id_consents"}
    assert not Client.objects.exists()


@pytest.mark.parametrize("over", ["withdrawn", "expired", "wrong"])
def test_a_link_that_is_over_leads_nowhere(asked, carol, over):
    link, secret = asked
    intake.keep(link, {"name": "Dora"})
    if over == "withdrawn":
        intake.withdraw(link, by=carol)
    if over == "expired":
        IntakeLink.objects.update(valid_until=timezone.now() - timedelta(days=1))
        assert intake.forget_unfinished() == 1

    response = Browser().get(f"/intake/{'x' if over == 'wrong' else secret}/")

    assert response.status_code == 404
    assert b"Dora" not in response.content
    assert over == "wrong" or IntakeLink.objects.get().answers == {}


def test_whoever_asked_is_told_once_and_reads_no_name(asked, carol):
    link, secret = asked
    Browser().post(f"/intake/{secret}/", TOLD)

    tell(link.pk)
    tell(link.pk)

    [told] = mail.outbox
    assert told.to == [carol.email]
    assert "Dora" not in told.subject + told.body


def test_a_link_goes_out_by_mail_or_is_shown_once(clinic, carol):
    browser = Browser()
    browser.force_login(carol)
    address = f"/teams/{clinic.slug}/intakes/"

    shown = browser.post(address, {"language": "en"})
    browser.post(address, {"language": "de", "email": "dora@example.org"})

    links = page(shown).find_class("address")
    assert [Browser().get(one.text.partition("testserver")[2]).status_code for one in links] == [
        200
    ]
    assert [one.to for one in mail.outbox] == [["dora@example.org"]]
    actions = AuditEntry.objects.filter(team=clinic).values_list("action", flat=True)
    assert list(actions).count("intake.asked") == 2


def test_nobody_floods_a_mailbox_with_links(clinic, carol):
    browser = Browser()
    browser.force_login(carol)
    address = f"/teams/{clinic.slug}/intakes/"
    ways = ("eve@example.org", "Eve@example.org", "eve+a@example.org", "EVE+b@example.org")
    for email in ways:
        browser.post(address, {"language": "en", "email": email})

    fifth = browser.post(address, {"language": "en", "email": "eve+c@example.org"})
    assert len(mail.outbox) == 4
    assert "Pass the link on yourself." in fifth.content.decode()
    assert len(page(fifth).find_class("address")) == 1


def test_a_new_name_is_searched_for_conflicts_and_a_new_telephone_number_is_not(clinic, carol):
    own_conflict(clinic, carol, "Jörg Müller", by=carol)
    client = comes(clinic, carol)
    browser = Browser()
    browser.force_login(carol)
    address = f"/teams/{clinic.slug}/clients/{client.number}/change/"
    told = {"name": "Dora Demo", "acts_as": "self", "residence": "DE-BE", "language": "en"}

    browser.post(address, {**told, "phone": "030 1"})
    before = client.conflict_checks.count()
    browser.post(address, {**told, "phone": "030 1", "name": "Mueller, Joerg"})

    client.refresh_from_db()
    assert (client.name, client.contact["phone"]) == ("Mueller, Joerg", "030 1")
    assert before == 1
    assert client.conflict_checks.first().state == ConflictCheck.State.WAITING
    fields = [
        entry.details["fields"] for entry in AuditEntry.objects.filter(action="client.changed")
    ]
    assert fields == [["contact"], ["name"]]


def test_only_whoever_may_take_clients_in_may_change_them(clinic, carol, sid):
    client = comes(clinic, carol)
    browser = Browser()
    for person in (sid, a_person("eve@example.org")):
        browser.force_login(person)
        response = browser.get(f"/teams/{clinic.slug}/clients/{client.number}/change/")
        assert response.status_code == 404
