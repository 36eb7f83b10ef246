"""They wrote back: the page that says whether it is lawful, and which date stands."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client
from lxml import html

from consentkit.law.lawfulness import Claim
from consentkit.law.statutes import LAWS
from consentkit.web.wizard.rights import rights_to_tell_apart
from tests.web.visitor import Visitor, said

ADDRESS = "/check/"
IRELAND = {
    "country": "DE",
    "law": "eu-gdpr",
    "right": "access",
    "seat": "IE",
    "received": "2026-03-02",
}
CALIFORNIA = {"law": "us-ca-ccpa", "received": "2026-03-02", "claim": "pause"}


class Check:
    """One question to the page, and what it says."""

    def __init__(self, client: Client, answers: dict[str, str], address: str = ADDRESS) -> None:
        self.response = client.post(
            address, urlencode(answers), content_type="application/x-www-form-urlencoded"
        )
        self.page = html.fromstring(self.response.content.decode())

    def errors(self) -> list[str]:
        return [said(one) for one in self.page.xpath('//ul[contains(@class, "errorlist")]/li')]

    def finding(self) -> str:
        return said(self.page.get_element_by_id("finding"))

    def rights(self) -> list[str]:
        """The rights to choose from."""
        return [one.get("value") for one in self.page.xpath('//input[@name="right"]')]

    def date(self) -> str | None:
        days = self.page.xpath('//section[@id="finding"]//time/@datetime')
        return days[0] if days else None

    def reply(self) -> dict[str, str]:
        """The answers that lead into the letter."""
        pairs = self.page.xpath('//section[@id="finding"]//input[@type="hidden"]')
        return {
            one.get("name"): one.get("value")
            for one in pairs
            if one.get("name") != "csrfmiddlewaretoken"
        }


def extension(**more: str) -> dict[str, str]:
    return {**IRELAND, "claim": "extension", "said_on": "2026-03-30", **more}


def test_an_extension_in_time_and_with_reasons_is_lawful(client):
    check = Check(client, extension(reasons="on"))

    assert "Yes, that is lawful." in check.finding()
    assert "Art. 12(3) GDPR" in check.finding()
    assert check.date() == "2026-06-02"
    assert check.reply() == {}


def test_an_extension_that_comes_too_late_is_not_and_the_first_date_stands(client):
    check = Check(client, extension(said_on="2026-04-03", reasons="on"))

    assert "No, that is not lawful." in check.finding()
    assert "the last day for it was Thursday, April 2, 2026" in check.finding()
    assert check.date() == "2026-04-02"


def test_a_typed_sentence_is_recognised(client):
    check = Check(client, {**IRELAND, "words": "Your request has been put on hold."})

    assert "“We have paused your request.”" in check.finding()
    assert "No, that is not lawful." in check.finding()
    assert check.date() == "2026-04-02"


def test_a_german_sentence_is_recognised_on_the_german_page(client):
    words = "Bitte senden Sie uns eine Kopie Ihres Personalausweises."
    check = Check(client, {**IRELAND, "words": words}, "/de" + ADDRESS)

    assert "Ausweis" in check.finding()
    assert "Art. 12 Abs. 6 DSGVO" in check.finding()


def test_a_sentence_that_says_two_things_offers_the_other(client):
    words = "Please pay a fee and send us your passport."
    check = Check(client, {**IRELAND, "words": words})

    others = check.page.xpath('//section[@id="finding"]//button[@name="claim"]/@value')
    assert others == ["fee"]


def test_a_sentence_that_nobody_recognises_asks_for_a_choice(client):
    check = Check(client, {**IRELAND, "words": "The weather is fine."})

    assert check.response.status_code == 422
    assert check.errors() == ["We did not recognise this sentence. Choose what comes closest."]


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({}, 3),
        ({**IRELAND, "received": "2026-02-30", "claim": "fee"}, 1),
        ({**IRELAND, "claim": "extension"}, 1),
        (extension(said_on="2026-03-01"), 1),
        ({**IRELAND, "received": "1066-10-14", "claim": "fee"}, 1),
        ({**IRELAND, "claim": "bribe"}, 1),
        ({**IRELAND, "law": "us-il-nothing", "claim": "fee"}, 1),
        ({**IRELAND, "law": "", "country": "US", "claim": "fee"}, 1),
    ],
)
def test_what_is_missing_or_wrong_is_named_beside_its_field(client, answers, errors):
    check = Check(client, answers)

    assert check.response.status_code == 422
    assert len(check.errors()) == errors
    targets = check.page.xpath('//div[contains(@class, "error-summary")]//a/@href')
    assert [check.page.get_element_by_id(one[1:]) is not None for one in targets]


@pytest.mark.parametrize(("country", "law"), [("FR", "eu-gdpr"), ("CH", "ch-fadp")])
def test_the_law_follows_from_the_country(client, country, law):
    answers = {"country": country, "received": "2026-03-02", "right": "access", "claim": "fee"}
    check = Check(client, answers)

    assert f"/laws/{law}/" in check.response.content.decode()


def test_what_no_source_speaks_of_is_not_judged(client):
    check = Check(client, {**IRELAND, "law": "us-tx-cubi", "claim": "language"})

    assert "We do not know." in check.finding()
    assert check.reply() == {}


@pytest.mark.parametrize("claim", Claim)
@pytest.mark.parametrize("law", [key for key, law in LAWS.items() if law.rights])
def test_every_claim_under_every_law_has_an_answer(client, law, claim):
    answers = {"law": law, "received": "2026-03-02", "claim": claim.value, "said_on": "2026-03-20"}
    rights = rights_to_tell_apart(LAWS[law], min(LAWS[law].protects))
    for right in rights[-1:]:
        answers["right"] = right.key
    check = Check(client, answers)

    assert check.response.status_code == 200
    assert "%(" not in check.finding()


@pytest.mark.parametrize(
    ("law", "rights"),
    [
        ("us-il-bipa", []),
        ("us-wa-mhmda", []),
        ("us-fcra", ["access", "rectification"]),
        (
            "us-ca-ccpa",
            ["access", "erasure", "rectification", "opt_out_sale", "limit_sensitive"],
        ),
    ],
)
def test_the_right_is_asked_for_where_the_time_depends_on_it(client, law, rights):
    check = Check(client, {**CALIFORNIA, "law": law})

    assert check.rights() == rights
    assert check.errors() == (["Choose the right that you used."] if rights else [])


@pytest.mark.parametrize(
    ("law", "right", "day"),
    [
        ("us-ca-ccpa", "access", "2026-04-16"),
        ("us-ca-ccpa", "opt_out_sale", "2026-03-23"),
        ("us-fcra", "access", "2026-03-17"),
        ("us-fcra", "rectification", "2026-04-01"),
        ("us-ct-ctdpa", "withdraw_consent", "2026-03-17"),
        ("ch-fadp", "access", "2026-04-01"),
        ("ch-fadp", "erasure", None),
    ],
)
def test_the_date_is_that_of_the_right_that_was_used(client, law, right, day):
    check = Check(client, {**CALIFORNIA, "law": law, "right": right})

    assert (check.response.status_code, check.date()) == (200, day)


def test_an_opt_out_knows_no_extension_and_says_for_what_it_was_counted(client):
    longer = {**CALIFORNIA, "right": "opt_out_sale", "claim": "extension", "said_on": "2026-03-10"}
    check = Check(client, {**longer, "reasons": "on"})

    assert "No, that is not lawful." in check.finding()
    assert "The law knows no extension of this term." in check.finding()
    assert "They must have done it" in check.finding()
    assert "Counted for the right “Opt-out of sale and sharing”" in check.finding()
    assert check.reply() == {}


@pytest.mark.usefixtures("companies")
def test_the_letter_that_answers_begins_with_what_is_known(client):
    check = Check(client, {**IRELAND, "claim": "fee"})
    reply = {**check.reply(), "region": "BE", "q": "meta", "platform": "facebook"}
    visitor = Visitor(client)
    visitor.send("/letter/", [*reply.items(), ("at", "send"), ("reached", "send")])

    assert (visitor.open(), visitor.value("kind")) == ("details", "rebuttal")
    assert "fee" in [value for name, value in visitor.answers if name == "fact-stalls"]
    assert visitor.value("fact-due_on") == "2026-04-02"


def test_what_was_typed_is_in_no_cache_and_in_no_address(client):
    check = Check(client, {**IRELAND, "words": "We put Ada on hold"})

    assert check.response["Cache-Control"] == "no-store, private"
    assert check.response.request["QUERY_STRING"] == ""
    assert not client.cookies.get("sessionid")


def test_the_page_is_linked_from_the_front_page_and_the_menu(client):
    links = html.fromstring(client.get("/").content.decode()).xpath("//a/@href")

    assert links.count(ADDRESS) == 2


def test_a_form_from_elsewhere_is_refused():
    assert Client(enforce_csrf_checks=True).post(ADDRESS, IRELAND).status_code == 403


@pytest.mark.browser
def test_everybody_can_use_it(make_page, axe, db):
    page = make_page(viewport={"width": 390, "height": 844}, allow=["status of 422"])
    page.goto(ADDRESS)
    axe(page)
    page.click("#check-now")
    page.wait_for_selector(".error-summary")
    axe(page)
    page.select_option("#id_law", "eu-gdpr")
    page.fill("#id_received", "2026-03-02")
    page.check("input[name=claim][value=pause]")
    page.click("#check-now")
    page.wait_for_selector("#id_right")  # the time depends on it
    axe(page)
    page.check("input[name=right][value=erasure]")
    page.click("#check-now")
    page.wait_for_selector("#finding")
    axe(page)
