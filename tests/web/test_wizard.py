"""The wizard as somebody without script meets it, one question after the other."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import pikepdf
import pytest
from django.test import Client
from icalendar import Calendar

from consentkit.correspondence.handover import mailto
from consentkit.letters.envelope import LAYOUTS
from consentkit.web.wizard import warnings
from consentkit.web.wizard.concerns import CONCERNS
from tests.web.visitor import ADA, CARL, Visitor, finished, said

pytestmark = pytest.mark.usefixtures("companies")


@pytest.fixture
def carl(client) -> Visitor:
    """Carl has answered everything: he lives in Chicago and writes to TikTok about his face."""
    return finished(client, CARL)


@pytest.fixture
def ada(client) -> Visitor:
    """Ada has answered everything: she lives in Berlin and asks Facebook what it has on her."""
    return finished(client, ADA)


# One question after the other -------------------------------------------------------------------


def test_the_page_grows_from_one_question_to_a_letter(client):
    visitor = Visitor(client)
    assert visitor.open() == "home"

    visitor.answer(country="US").press("Continue")
    assert (visitor.open(), visitor.errors()) == ("home", [])  # the state is asked for now

    visitor.answer(region="IL").press("Continue")
    assert visitor.open() == "want"

    visitor.answer(want="face").press("Continue")
    assert visitor.open() == "whom"

    visitor.answer(q="tik tok").press("Search")
    assert visitor.choices("platform")[0] == "tiktok"

    visitor.answer(platform="tiktok").press("Continue")
    assert visitor.open() == "law"

    visitor.press("Continue")
    assert visitor.open() == "details"
    assert "Illinois Biometric Information Privacy Act" in visitor.letter()

    visitor.answer(handle="@carl", account_email="carl@example.org", name="Carl Carlson")
    visitor.press("Finish the letter")
    assert visitor.open() == "send"
    assert visitor.summaries() == [
        "Illinois, United States",
        "They scan my face or voice",
        "TikTok",
        "BIPA: Notice and demand for compliance",
        "@carl · Through their web form",
    ]


def test_the_first_page_asks_one_thing_only(client):
    visitor = Visitor(client)

    assert [said(one) for one in visitor.page.iter("h2")] == ["Where do you live?"]


def test_a_wish_can_be_brought_along_in_the_address(client):
    visitor = Visitor(client, "/letter/?want=delete")
    visitor.answer(country="FR").press("Continue")

    assert (visitor.open(), visitor.value("want")) == ("want", "delete")


def test_an_unknown_wish_in_the_address_is_no_answer(client):
    assert Visitor(client, "/letter/?want=money").value("want") is None


def test_a_country_without_regions_is_an_answer(client):
    assert Visitor(client).answer(country="FR").press("Continue").open() == "want"


def test_a_region_that_changes_no_law_may_be_kept_to_oneself(client):
    visitor = Visitor(client).answer(country="DE").press("Continue")
    assert visitor.labels() == ["Country", "Land"]

    assert visitor.press("Continue").open() == "want"


def test_an_earlier_answer_can_be_changed_and_the_later_ones_stay(carl):
    carl.answer(platform="facebook", done="whom").send("/letter/", carl.answers)

    assert carl.open() == "send"
    assert carl.value("name") == "Carl Carlson"
    assert "Meta Platforms, Inc." in carl.letter()


def test_an_answer_that_no_longer_fits_is_asked_again(carl):
    carl.answer(country="DE", region="", done="home").send("/letter/", carl.answers)

    assert carl.summaries()[0] == "Germany"
    assert carl.value("law") == "eu-gdpr"


def test_later_answers_wait_unseen_while_an_earlier_one_is_missing(carl):
    carl.answer(platform=None, done="whom").send("/letter/", carl.answers)
    assert (carl.open(), carl.errors()) == ("whom", ["Choose whom you write to."])

    carl.answer(platform="tiktok").press("Continue")
    assert (carl.open(), carl.value("name")) == ("send", "Carl Carlson")


# Mistakes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "done", "errors"),
    [
        ({"country": ""}, "home", ["Choose the country where you live."]),
        ({"country": "Freedonia"}, "home", ["Choose a country from the list."]),
        ({"country": "US", "region": ""}, "home", ["Choose the state where you live."]),
        ({"country": "US", "region": "BE"}, "home", ["Choose from the list."]),
        ({"want": ""}, "want", ["Choose what you want."]),
        ({"want": "money"}, "want", ["Choose one from the list."]),
        ({"platform": ""}, "whom", ["Choose whom you write to."]),
        ({"platform": "nobody"}, "whom", ["Choose a company from the list."]),
        ({"name": " "}, "details", ["Write down your name."]),
        ({"account_email": "carl at home"}, "details", ["This is not an e-mail address."]),
        (
            {"account_email": ""},
            "details",
            ["Write down an e-mail address: they find you by it, and answer there."],
        ),
        (
            {"account_email": "", "email": "", "handle": "", "way": "post", "address": "1 Main St"},
            "details",
            ["Write down your name on the platform, or the e-mail address of your account."],
        ),
        (
            {"way": "post", "address": ""},
            "details",
            ["Write down where the answer can be sent."],
        ),
        (
            {"fact-since": "2026-02-30"},
            "details",
            ["This day does not exist. Write it as 2026-03-31."],
        ),
        ({"fact-since": "0026-02-03"}, "details", ["This day is too long ago."]),
        ({"strokes": "<svg>"}, "send", ["The drawing could not be read. Please sign again."]),
        ({"arrives": "soon"}, "send", ["This day does not exist. Write it as 2026-03-31."]),
        ({"arrives": "2126-01-01"}, "send", ["Choose a day within the next ten years."]),
    ],
)
def test_a_mistake_is_named_beside_its_field_and_what_was_typed_stays(
    client, answers, done, errors
):
    visitor = finished(client, {**CARL, **answers}, done=done)

    assert (visitor.response.status_code, visitor.open()) == (422, done)
    assert visitor.errors() == errors
    for name, value in answers.items():
        if name in ("name", "account_email", "handle", "address", "arrives", "strokes"):
            assert (visitor.value(name) or "") == value


def test_what_is_missing_is_no_mistake_before_the_section_is_finished(client):
    visitor = finished(client, {**CARL, "name": ""}, at="details")

    assert (visitor.response.status_code, visitor.errors()) == (200, [])


def test_several_mistakes_are_listed_with_a_way_to_each(client):
    visitor = finished(client, {**CARL, "name": "", "account_email": ""}, done="details")

    (summary,) = visitor.page.find_class("error-summary")
    links = [(link.get("href"), said(link)) for link in summary.iter("a")]
    assert links == [
        (
            "#id_account_email",
            "Write down an e-mail address: they find you by it, and answer there.",
        ),
        ("#id_name", "Write down your name."),
    ]
    assert [visitor.page.get_element_by_id(href[1:]).tag for href, _ in links] == ["input"] * 2


def test_an_error_belongs_to_its_field_for_screen_readers_too(client):
    visitor = finished(client, {**CARL, "name": ""}, done="details")

    field = visitor.page.get_element_by_id("id_name")
    described = [visitor.text(one) for one in field.get("aria-describedby").split()]
    assert described == ["A letter needs somebody who signs it.", "Write down your name."]


# Whom -------------------------------------------------------------------------------------------


def test_an_address_says_where_it_comes_from_and_when_it_was_checked(client):
    visitor = finished(client, CARL, at="whom")

    (card,) = visitor.page.find_class("addressee")
    assert "TikTok USDS Joint Venture LLC" in said(card)
    assert "Last checked on November 22, 2026" in said(card)


def test_the_company_before_a_change_gets_the_letter_too(client):
    visitor = finished(client, CARL, fact_since="2021-03-01")

    assert "TikTok Inc." in visitor.letter()


def test_a_company_that_is_not_listed_can_be_typed_in(client):
    visitor = finished(
        client,
        {
            **ADA,
            "platform": "unlisted",
            "other_name": "Kleine Firma GmbH",
            "other_address": "Hof 1\n10115 Berlin",
            "other_country": "DE",
            "other_email": "datenschutz@firma.example",
            "other_form": "",
        },
    )

    assert "Kleine Firma GmbH Hof 1 10115 Berlin" in visitor.letter()
    assert visitor.value("way") == "email"


def test_a_company_that_is_not_listed_needs_a_name(client):
    visitor = finished(client, {**ADA, "platform": "unlisted", "other_name": ""}, done="whom")

    assert visitor.errors() == ["Write down the name of the company."]


# Which law --------------------------------------------------------------------------------------


def test_the_law_that_fits_says_why_and_the_others_why_not(client):
    page = finished(client, CARL, at="law").text("section-law")

    assert "You live in Illinois, and the Act protects people" in page
    assert "The CCPA protects residents of California." in page


def test_where_no_letter_fits_the_page_says_so_and_offers_no_way_on(client):
    visitor = finished(client, {**CARL, "want": "correct"}, at="law")

    assert "We have no letter for this wish" in visitor.text("section-law")
    assert visitor.open() == "law"
    assert "done-law" not in visitor.response.content.decode()


def test_the_illinois_act_is_for_people_in_illinois(client):
    visitor = finished(client, {**CARL, "region": "TX"}, at="law")

    assert visitor.choices("law") == ["us-tx-cubi", "us-tx-tdpsa"]


@pytest.mark.parametrize(
    ("in_class", "opted_out", "means"),
    [
        ("no", None, "Then this settlement does not concern you."),
        (
            "yes",
            "yes",
            "Then your earlier claims were not settled. Time limits go on running: a lawyer should "
            "see this soon.",
        ),
        (
            "yes",
            "no",
            "Then claims about those years are probably settled, whether or not you took part in "
            "anything. What happened later is not part of it, and you can write this letter all "
            "the same.",
        ),
        (
            "unsure",
            None,
            "Then it is open what the settlement means for you. You can write this letter all the "
            "same; before you go to court, a lawyer should find out.",
        ),
    ],
)
def test_a_settlement_is_asked_about_and_explained(client, in_class, opted_out, means):
    more = {"in_class": in_class, **({"opted_out": opted_out} if opted_out else {})}
    visitor = finished(client, CARL, at="law", **more)

    assert "Did you use TikTok before 30 September 2021?" in visitor.labels()
    assert visitor.text("settlement-means") == means


def test_a_letter_is_never_said_to_be_worth_money(client):
    page = finished(client, CARL, at="law", in_class="yes").page.text_content()

    assert "a lawyer should see this" in page.lower()
    assert re.findall(r"\$|per scan|compensation|damages|dollar", page.lower()) == []


def test_no_settlement_is_asked_about_where_there_was_none(client):
    visitor = finished(client, {**ADA, "want": "face"}, at="law")

    assert visitor.choices("in_class") == []


# Who one is to them -----------------------------------------------------------------------------

VERA = {  # lives in Virginia
    "country": "US",
    "region": "VA",
    "want": "know",
    "q": "meta",
    "platform": "facebook",
    "handle": "vera",
    "account_email": "vera@example.org",
    "name": "Vera Sample",
}


def test_who_one_is_has_an_answer_already_and_asks_nobody_for_more(client):
    visitor = finished(client, CARL, at="whom")

    assert (visitor.value("fact-relation"), visitor.value("fact-acts_as")) == ("user", "self")
    assert visitor.choices("child_age") == []
    assert visitor.page.get_element_by_id("on-behalf").get("open") is None


def test_a_law_that_leaves_out_employees_says_so_with_its_citation(client):
    assert finished(client, VERA, at="law").choices("law") == ["us-va-vcdpa"]

    visitor = finished(client, VERA, at="law", fact_relation="employee")
    others = visitor.text("other-laws")
    assert visitor.choices("law") == []
    assert (
        "VCDPAYou live in Virginia, but this law leaves out people in their work for the company."
        "Va. Code 59.1-575 to 59.1-584"
    ) in others


def test_the_illinois_act_protects_people_at_work_and_needs_no_account_of_theirs(client):
    visitor = finished(client, CARL, at="details", fact_relation="employee")

    assert visitor.value("law") == "us-il-bipa"
    assert "Your name on the platform" not in visitor.labels()
    assert "E-mail address for the answer" in visitor.labels()
    visitor.answer(email="carl@example.org").press("Finish the letter")
    assert (visitor.open(), visitor.errors()) == ("send", [])
    assert "I have never had an account" not in visitor.letter()
    assert visitor.press("Download the PDF").response.content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("child_age", "laws"),
    [("0", ["us-coppa", "us-va-vcdpa"]), ("13", ["us-va-vcdpa"])],
)
def test_the_age_of_a_child_decides_on_the_law_for_children(client, child_age, laws):
    visitor = finished(client, VERA, at="law", fact_acts_as="parent", child_age=child_age)

    assert visitor.choices("law") == laws


def test_nobody_hears_that_it_depends_on_a_child(client):
    for more in ({}, {"fact_acts_as": "parent", "child_age": "13"}):
        page = finished(client, {**VERA, "region": "NY"}, at="law", **more).text("section-law")
        assert "depends on" not in page

    assert "It protects children under 13, for whom a parent acts.16 CFR 312" in page


def test_a_parent_of_a_young_child_gets_the_letter_for_children(client):
    mia = {"fact_acts_as": "parent", "child_age": "0", "fact_person_name": "Mia Sample"}
    visitor = finished(client, VERA, **mia)

    assert (visitor.value("law"), visitor.value("kind")) == ("us-coppa", "access")
    assert "I am a parent of the child." in visitor.letter()
    assert "It is about a child under 13 in the United States." in visitor.text("section-law")


def test_a_letter_says_that_a_child_is_under_13_without_asking_again(client):
    mia = {"fact_acts_as": "parent", "child_age": "0", "fact_person_name": "Mia Sample"}
    young = finished(client, {**VERA, "law": "us-va-vcdpa", "kind": "access"}, **mia)
    older = finished(client, VERA, **{**mia, "child_age": "13"})

    assert "is a child under 13" in young.letter()
    assert "is a child under 13" not in older.letter()
    assert young.choices("fact-consumer_since_child") == []


@pytest.mark.parametrize(
    ("country", "region", "ages"),
    [
        ("US", "TX", ["0", "13"]),
        ("DE", "BE", ["0", "16"]),
        ("GB", "SCT", ["0", "12"]),
        ("AU", "NSW", ["0", "15"]),
        ("CH", "ZH", []),
    ],
)
def test_an_age_is_asked_only_where_the_law_draws_a_line(client, country, region, ages):
    place = {**ADA, "country": country, "region": region}
    visitor = finished(client, place, at="whom", fact_acts_as="parent")

    assert visitor.choices("child_age") == ages


def test_a_guardian_may_write_for_a_grown_person(client):
    guardian = {"fact_acts_as": "guardian", "fact_person_name": "Gus Sample"}
    visitor = finished(client, VERA, at="whom", **guardian)
    assert visitor.choices("child_age") == ["0", "13", "grown"]

    visitor.answer(child_age="grown").press("Continue")
    assert visitor.choices("law") == ["us-va-vcdpa"]


def test_the_company_is_not_forgotten_while_an_age_is_missing(client):
    mia = {"fact_acts_as": "parent", "fact_person_name": "Mia Sample"}
    visitor = finished(client, VERA, at="whom", q="", **mia)

    assert (visitor.open(), visitor.value("platform")) == ("whom", "facebook")
    assert "Meta Platforms, Inc." in visitor.text("section-whom")
    visitor.answer(child_age="0").press("Continue")
    assert visitor.open() == "send"


def test_an_age_is_asked_for_before_it_is_missing(client):
    visitor = Visitor(client)
    visitor.answer(country="DE").press("Continue")
    visitor.answer(region="BE").press("Continue")
    visitor.answer(want="know").press("Continue")
    visitor.answer(q="meta").press("Search")
    visitor.answer(platform="facebook", fact_acts_as="parent").press("Continue")
    assert (visitor.open(), visitor.errors()) == ("whom", [])
    assert "How old is the child?" in visitor.labels()

    visitor.press("Continue")
    assert (visitor.open(), visitor.errors()) == ("whom", ["Choose an age."])
    visitor.answer(child_age="0").press("Continue")
    assert visitor.open() == "law"
    assert "a child under 16 cannot agree to an online service" in visitor.text("section-law")
    assert "Art. 8(1) GDPR" in visitor.text("section-law")


# Your details -----------------------------------------------------------------------------------


def test_only_what_the_letter_needs_is_asked_and_each_says_why(client):
    visitor = finished(client, CARL, at="details")

    labels = visitor.labels()
    assert "Your postal address" not in labels
    assert "When was that person born?" not in labels
    fields = visitor.page.get_element_by_id("section-details").find_class("field")
    whys = [one.find_class("field__why") or one.find_class("choice__hint") for one in fields]
    assert len(whys) > 5
    assert all(whys)


def test_a_postal_address_is_asked_for_a_letter_by_post_only(client):
    visitor = finished(client, CARL, way="post", address="1 Main St\nChicago, IL", at="details")
    assert "Your postal address" in visitor.labels()
    assert "1 Main St" in visitor.letter()

    visitor.answer(way="form").press("Finish the letter")
    assert "1 Main St" not in visitor.letter()


def test_whose_data_it_is_is_asked_when_one_writes_for_somebody(client):
    visitor = finished(client, CARL, at="details", fact_acts_as="parent", child_age="13")
    assert "Whose data is it about?" in visitor.labels()

    visitor.press("Finish the letter")
    assert visitor.errors() == ["The letter needs this."]
    visitor.answer(fact_person_name="Mia Carlson").press("Finish the letter")
    assert "Mia Carlson" in visitor.letter()


def test_somebody_without_an_account_is_not_asked_for_one(client):
    visitor = finished(client, CARL, at="details", fact_relation="non_user")

    assert "Your name on the platform" not in visitor.labels()
    assert "E-mail address for the answer" in visitor.labels()


@pytest.mark.parametrize(
    ("typed", "caution"),
    [
        ("123-45-6789", "social security number"),
        ("my number is 123 45 6789.", "social security number"),
        ("C01X00T478", "passport"),
        ("LZ6311T475", "passport"),
        ("123456789", "passport"),
        ("4111 1111 1111 1111", "payment card"),
        ("@carl_2005", None),
        ("carl1984chicago", None),
        ("+1 312 555 0100", None),
        ("carl.carlson@example.org", None),
        ("since 2021-06-02 or 03/04/2022", None),
        ("740 ILCS 14/15(b)", None),
    ],
)
def test_a_number_nobody_should_send_gets_a_word_of_caution(client, typed, caution):
    visitor = finished(client, CARL, handle=typed)

    assert [caution in one for one in visitor.cautions()] == ([True] if caution else [])
    assert visitor.open() == "send"  # it never stops anyone


def test_the_page_warns_of_the_same_numbers_before_anything_is_sent():
    with open("consentkit/static/consentkit/letter.js") as script:
        found = re.findall(r"^    /(.+)/,$", script.read(), flags=re.MULTILINE)

    assert found == [warnings.SOCIAL_SECURITY, warnings.DOCUMENT, warnings.LONG_NUMBER]


# The letter -------------------------------------------------------------------------------------


def test_every_paragraph_says_why_it_is_there(carl):
    tools = carl.page.find_class("piece__tools")
    whys = [said(one.find_class("letter-preview__why")[0]) for one in tools]

    assert len(whys) > 8
    assert all(whys)
    assert any("740 ILCS 14/15(a)" in why for why in whys)


def test_why_is_said_in_the_language_of_the_page(ada):
    ada.answer(language="de").press("Update the letter")

    whys = ada.page.find_class("letter-preview__why")
    assert {why.get("lang") for why in whys} == {"en"}


def edit(visitor: Visitor, key: str, text: str) -> str:
    (name,) = [
        name for name, _ in visitor.answers if name.startswith("text:") and name.endswith(key)
    ]
    visitor.answers = [(n, text if n == name else value) for n, value in visitor.answers]
    return name


@pytest.mark.parametrize(
    "text",
    [
        "My own words.",
        "<b>bold</b> & <script>alert(1)</script>",
        "{{ sender.name }} {% now 'Y' %} {facts.since} $& \\1 %(x)s",
        "שלום, 😀 مرحبا",
        "One line\nand another",
        "x" * 10_000,
    ],
)
def test_a_paragraph_becomes_exactly_what_was_typed(carl, text):
    name = edit(carl, ".opening", text)
    carl.press("Update the letter")

    assert carl.value(name).replace("\r\n", "\n") == text
    assert " ".join(text.split()) in carl.letter()
    carl.press("Download the text")
    assert text in carl.response.content.decode()


def test_ones_own_words_stay_when_the_facts_change_and_the_others_follow(carl):
    edit(carl, ".opening", "My own words.")
    carl.press("Update the letter")
    carl.answer(handle="@carl.the.second").press("Update the letter")

    assert "My own words." in carl.letter()
    assert "@carl.the.second" in carl.letter()
    assert "Account: @carl\n" not in carl.letter()


def test_the_original_words_can_be_put_back(carl):
    before = carl.letter()
    edit(carl, ".opening", "My own words.")
    carl.press("Update the letter")
    assert carl.letter() != before

    carl.press("Put the original words back")
    assert carl.letter() == before


def test_an_optional_paragraph_can_be_left_out_and_put_back(carl):
    before = carl.letter()
    carl.press("Leave it out")
    without = carl.letter()
    assert "You left this paragraph out." in without

    carl.press("Download the text")
    assert "You left this paragraph out." not in carl.response.content.decode()
    carl.press("Put it back")
    assert carl.letter() == before


def test_words_of_a_paragraph_that_is_out_come_back_with_it(carl):
    edit(carl, ".no_informal_step", "No step is needed, I think.")
    carl.answers.append(("out", "us-il-bipa.notice.en.no_informal_step"))
    carl.press("Update the letter")
    assert "No step is needed" not in carl.letter()

    carl.press("Put it back")
    assert "No step is needed, I think." in carl.letter()


def test_the_language_of_the_letter_is_not_that_of_the_page(ada):
    ada.answer(language="de").press("Update the letter")

    assert "Sehr geehrte Damen und Herren" in ada.letter()
    assert ada.page.get("lang") == "en"
    (article,) = ada.page.find_class("letter-preview")
    assert article.get("lang") == "de"


def test_edits_of_one_language_wait_for_their_letter(ada):
    edit(ada, ".request", "My own words.")
    ada.press("Update the letter")
    ada.answer(language="de").press("Update the letter")
    assert "My own words." not in ada.letter()

    ada.answer(language="en").press("Update the letter")
    assert "My own words." in ada.letter()


def test_a_letter_that_is_not_finished_shows_its_gaps(client):
    visitor = finished(client, {**CARL, "name": ""}, at="details")

    assert "[ … ]" in visitor.letter()


# Sending it -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("button", "kind", "name", "begins"),
    [
        ("Download the PDF", "application/pdf", "letter-tiktok-bipa.pdf", b"%PDF-"),
        ("Download the text", "text/plain; charset=utf-8", "letter-tiktok-bipa.txt", b"Carl"),
        (
            "Put the dates into my calendar (.ics)",
            "text/calendar; charset=utf-8",
            "dates-tiktok-bipa.ics",
            b"BEGIN:VCALENDAR",
        ),
    ],
)
def test_a_file_is_made_and_named_without_the_person(carl, button, kind, name, begins):
    carl.press(button)

    response = carl.response
    assert (response.status_code, response["Content-Type"]) == (200, kind)
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Cache-Control"] == "no-store, private"
    assert response.content.startswith(begins)


@pytest.mark.parametrize("address", ["pdf", "text", "calendar"])
def test_no_file_is_made_of_a_letter_with_gaps(client, address):
    visitor = finished(client, {**CARL, "name": ""})
    visitor.send(f"/letter/{address}/", visitor.answers)

    assert (visitor.response.status_code, visitor.open()) == (422, "details")
    assert visitor.errors() == ["Write down your name."]


@pytest.mark.parametrize("address", ["pdf", "text", "calendar"])
def test_a_file_has_no_address_to_look_up(client, address):
    assert client.get(f"/letter/{address}/").status_code == 405


def test_characters_no_font_has_are_named(carl):
    edit(carl, ".opening", "Hello \U0010fffd")
    carl.press("Download the PDF")

    assert carl.response.status_code == 422
    assert "\U0010fffd" in carl.text("trouble")
    assert any("\U0010fffd" in value for _, value in carl.answers)


def test_a_drawn_signature_travels_along_and_is_printed(client):
    visitor = finished(client, CARL, strokes="[[[0.1, 0.5], [0.4, 0.2], [0.9, 0.7]]]")
    assert visitor.value("strokes") == "[[[0.1, 0.5], [0.4, 0.2], [0.9, 0.7]]]"

    signed = visitor.press("Download the PDF").response.content
    unsigned = finished(client, CARL).press("Download the PDF").response.content
    assert signed != unsigned


def test_the_request_is_enclosed_as_data_unless_that_is_taken_back(client):
    with_data = finished(client, CARL).press("Download the PDF").response.content
    visitor = finished(client, CARL)
    assert visitor.value("machine_readable") == "on"

    without = visitor.answer(machine_readable=None).press("Download the PDF").response.content

    with pikepdf.open(BytesIO(with_data)) as letter:
        assert list(letter.attachments) == ["request.json"]
    with pikepdf.open(BytesIO(without)) as letter:
        assert list(letter.attachments) == []


def test_an_e_mail_can_be_opened_or_copied(client):
    company = {
        "platform": "unlisted",
        "other_name": "Firma",
        "other_address": "",
        "other_country": "",
        "other_email": "privacy@firma.example",
        "other_form": "",
    }
    visitor = finished(client, {**ADA, **company}, way="email")

    assert visitor.page.get_element_by_id("mail-to-1").get("value") == "privacy@firma.example"
    body = visitor.page.get_element_by_id("mail-text-1").text.strip()
    assert body.endswith("Ada Beispiel")
    empty, whole = [
        link.get("href")
        for link in visitor.page.iter("a")
        if link.get("href").startswith("mailto:")
    ]
    subject = visitor.page.get_element_by_id("mail-subject-1").get("value")
    assert empty == mailto("privacy@firma.example", subject)
    assert whole == mailto("privacy@firma.example", subject, f"{body}\n")


def test_a_web_form_gets_the_text_in_pieces_that_fit(client):
    visitor = finished(client, CARL, way="form", piece="1000")

    parts = [
        field
        for field in visitor.page.iter("textarea")
        if (field.get("id") or "").startswith("form-text-")
    ]
    assert len(parts) > 2
    assert all(len(part.text.strip("\n")) <= 1000 for part in parts)
    assert "Part 1 of" in visitor.text("section-send")


def test_the_post_is_told_with_address_service_and_proof(client):
    visitor = finished(client, CARL, way="post", address="1 Main St\nChicago, IL 60601")

    page = visitor.text("section-send")
    assert "5800 Bristol Parkway, Suite 300" in page
    assert "Certified Mail with Return Receipt" in page
    assert "Proof that it arrived" in page


def test_paper_is_that_of_the_country_and_can_be_changed(client):
    def paper(visitor):
        return visitor.value("paper")

    assert paper(finished(client, CARL)) == "letter"
    assert paper(finished(client, ADA)) == "a4"
    assert paper(finished(client, ADA, paper="letter")) == "letter"
    assert paper(finished(client, ADA, paper="din-a")) == "din-a"


def test_every_layout_is_offered_with_a_picture_of_it(client):
    visitor = finished(client, ADA, way="post", address="Weg 1\n10115 Berlin")

    assert sorted(visitor.choices("paper")) == sorted(LAYOUTS)
    assert len(visitor.page.xpath("//*[@class='choice__picture']")) == len(LAYOUTS)


@pytest.mark.parametrize("button", ["The envelope (PDF)", "For the post office (PDF)"])
def test_what_lies_beside_the_letter_can_be_printed(client, button):
    visitor = finished(client, CARL, way="post", address="1 Main St\nChicago, IL 60601")

    response = visitor.press(button).response

    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "no-store, private"
    assert "Carl" not in response["Content-Disposition"]


# What happens next ------------------------------------------------------------------------------


def test_dates_follow_from_the_day_it_arrives_with_their_steps(client):
    visitor = finished(client, ADA, arrives="2026-11-25")

    dates = visitor.text("dates")
    assert "Monday, December 28, 2026" in dates
    assert "Set by law: Art. 12(3) GDPR" in dates
    assert "that day is not counted" in dates
    assert "is a public holiday" in dates


def test_where_the_law_sets_no_date_the_page_says_so(client):
    dates = finished(client, CARL, arrives="2026-11-25").text("dates")

    assert "The law sets no date for an answer" in dates
    assert "Your own wish; the law sets no day" in dates


def test_another_day_gives_other_dates(client):
    earlier = finished(client, ADA, arrives="2026-11-25").text("dates")
    later = finished(client, ADA, arrives="2026-12-01").text("dates")

    assert earlier != later


def events(response) -> list[tuple[date, str]]:
    return [
        (event.decoded("DTSTART"), str(event["SUMMARY"]))
        for event in Calendar.from_ical(response.content).walk("VEVENT")
    ]


def test_the_calendar_has_the_due_day_and_the_day_to_look_again(client):
    visitor = finished(client, ADA, arrives="2026-11-25")

    assert events(visitor.press("Put the dates into my calendar (.ics)").response) == [
        (date(2026, 12, 28), "Facebook: answer due (GDPR)"),
        (date(2026, 12, 30), "Facebook: check whether they answered (GDPR)"),
    ]


def test_the_calendar_of_one_letter_has_the_same_events_every_time(client):
    visitor = finished(client, ADA, arrives="2026-11-25")

    def uids():
        made = visitor.press("Put the dates into my calendar (.ics)").response.content
        return [str(event["UID"]) for event in Calendar.from_ical(made).walk("VEVENT")]

    assert uids() == uids()


# Languages, caches, fragments -------------------------------------------------------------------


def test_the_language_can_be_switched_and_nothing_is_lost(carl):
    carl.press("Deutsch")

    assert carl.page.get("lang") == "de"
    assert (carl.open(), carl.value("name")) == ("send", "Carl Carlson")
    assert carl.form.get("action") == "/de/letter/"
    carl.press("English")
    assert (carl.page.get("lang"), carl.value("handle")) == ("en", "@carl")


def test_what_was_typed_is_in_no_cache(client, carl):
    assert carl.response["Cache-Control"] == "no-store, private"
    assert "no-store" not in client.get("/letter/").get("Cache-Control", "")


def test_a_page_with_script_gets_only_what_changes(client):
    whole = client.post("/letter/", CARL)
    part = client.post("/letter/", CARL, headers={"HX-Request": "true"})

    assert b"<title>" in whole.content
    assert part.content.strip().startswith(b"{#") is False
    assert b"<title>" not in part.content
    assert b'id="wizard"' in part.content
    assert "HX-Request" in part["Vary"]


def test_a_form_from_elsewhere_is_refused():
    stranger = Client(enforce_csrf_checks=True)

    assert stranger.post("/letter/", CARL).status_code == 403
    assert stranger.post("/letter/pdf/", CARL).status_code == 403


UNA = {**ADA, "country": "GB", "region": "SCT"}


@pytest.mark.parametrize("concern", CONCERNS)
@pytest.mark.parametrize("person", [CARL, ADA, UNA], ids=["Carl", "Ada", "Una"])
def test_every_wish_leads_to_a_letter_or_says_why_not(client, person, concern):
    answers = {name: value for name, value in person.items() if name not in ("law", "kind")}
    visitor = finished(client, {**answers, "want": concern}, at="details")

    assert visitor.open() in ("details", "law")
    if visitor.open() == "law":
        assert "We have no letter for this wish" in visitor.text("section-law")
    else:
        assert len(visitor.letter()) > 500


def test_who_wants_data_deleted_in_california_learns_of_the_platform_for_brokers(client):
    california = {**CARL, "region": "CA", "law": "us-ca-ccpa", "kind": "erasure"}
    deleting = finished(client, {**california, "want": "delete"}, at="law", reached="law")
    knowing = finished(
        client, {**california, "want": "know", "kind": "access"}, at="law", reached="law"
    )

    assert "not by letter" in deleting.text("section-law")
    assert "https://privacy.ca.gov/drop/" in deleting.response.content.decode()
    assert "not by letter" not in knowing.text("section-law")


def test_where_the_law_has_no_withdrawal_none_is_offered_and_the_page_says_so(client):
    iowa = {name: value for name, value in CARL.items() if name not in ("law", "kind")}
    visitor = finished(client, {**iowa, "region": "IA", "want": "consent"}, at="law")

    assert visitor.choices("law") == []
    assert "It gives no right to take back a consent" in visitor.text("section-law")


@pytest.mark.parametrize(
    ("want", "kind", "asks"),
    [
        ("correct", "rectification", ["What is wrong?", "What is right?"]),
        ("hold", "restriction", ["Why should the use of your data be put on hold?"]),
        ("object", "objection", ["What about your own situation speaks against it?"]),
        ("decision", "automated_decision", ["Which decision do you mean?"]),
        ("delete", "erasure", []),
    ],
)
def test_what_a_letter_needs_is_asked_for(client, want, kind, asks):
    visitor = finished(client, {**ADA, "want": want, "kind": kind}, done="details")

    wrong = visitor.page.find_class("has-error")
    assert [said(one.find_class("field__label")[0]) for one in wrong] == asks
    assert visitor.errors() == ["The letter needs this."] * len(asks)


# Other places, other laws -----------------------------------------------------------------------

ZOE = {  # lives in Zürich
    "country": "CH",
    "region": "ZH",
    "want": "know",
    "q": "meta",
    "platform": "facebook",
    "handle": "zoe",
    "account_email": "zoe@example.org",
    "name": "Zoé Exemple",
}
CAL = {**ZOE, "country": "US", "region": "CA", "handle": "cal", "name": "Cal Sample"}


def test_zoe_in_zuerich_asks_in_german_under_the_swiss_act(client):
    visitor = finished(client, ZOE, arrives="2026-03-04", way="post", address="Weg 1\n8000 Zürich")

    assert (visitor.value("law"), visitor.value("kind")) == ("ch-fadp", "access")
    assert visitor.value("language") == "de"
    assert "Art. 25" in visitor.letter()
    assert "DSG" in visitor.letter()
    assert visitor.value("paper") == "ch"
    assert "30 calendar days" in visitor.text("dates")


@pytest.mark.parametrize(
    ("country", "region", "page", "language"),
    [
        ("CH", "GE", "/letter/", "fr"),
        ("CH", "GE", "/de/letter/", "fr"),
        ("CH", "", "/letter/", "de"),
        ("BE", "", "/letter/", "nl"),
        ("BE", "", "/de/letter/", "de"),
        ("IE", "", "/de/letter/", "en"),
        ("PL", "", "/letter/", "pl"),
        ("SE", "", "/letter/", "en"),
    ],
)
def test_a_letter_is_in_a_language_of_the_place(client, country, region, page, language):
    visitor = Visitor(client, page)
    answers = {**ZOE, "country": country, "region": region, "at": "send", "reached": "send"}
    visitor.send(page, list(answers.items()))

    assert visitor.value("language") == language


def test_cal_in_california_asks_under_the_ccpa_and_learns_on_what_it_depends(client):
    visitor = finished(client, CAL, arrives="2026-11-13")

    assert (visitor.value("law"), visitor.value("kind")) == ("us-ca-ccpa", "access")
    law = visitor.text("section-law")
    assert "depends on the size of the company" in law
    assert "$26,625,000 of revenue" in law
    dates = visitor.text("dates")
    assert "They must have confirmed that it arrived" in dates
    assert "10 working days" in dates
    assert "You cannot go to court yourself." in dates
    assert visitor.value("paper") == "letter"


@pytest.mark.parametrize(
    ("region", "want", "law", "kind"),
    [
        ("TX", "face", "us-tx-cubi", "notice"),
        ("WA", "face", "us-wa-mhmda", "access"),
        ("CO", "face", "us-co-cpa", "destruction"),
        ("VA", "know", "us-va-vcdpa", "access"),
        ("CT", "advertising", "us-ct-ctdpa", "opt_out"),
        ("CA", "advertising", "us-ca-ccpa", "opt_out_sale"),
        ("NY-NYC", "shop", "us-nyc-biometric", "notice"),
    ],
)
def test_a_wish_leads_to_the_letter_of_the_state(client, region, want, law, kind):
    visitor = finished(client, {**CAL, "region": region, "want": want})

    assert (visitor.value("law"), visitor.value("kind")) == (law, kind)


def test_a_law_of_tomorrow_says_from_when_it_protects(client):
    visitor = finished(client, {**CAL, "region": "VT"}, at="law")

    assert "It protects people in Vermont from January 1, 2028 on." in visitor.text("other-laws")


# A letter was written already -------------------------------------------------------------------

AGAIN = {
    **ADA,
    "want": "again",
    "kind": "reminder",
    "used_right": "access",
    "fact-first_letter_on": "2026-02-26",
}
CAL_AGAIN = {
    **CAL,
    "want": "again",
    "kind": "reminder",
    "fact-first_letter_on": "2026-02-26",
}


def test_somebody_who_has_written_chooses_among_the_letters_that_go_on(client):
    visitor = finished(client, AGAIN, at="law")

    assert visitor.choices("kind") == ["reminder", "rebuttal", "complaint", "before_action"]


def test_the_day_of_the_answer_is_counted_from_the_day_of_arrival(client):
    visitor = finished(client, AGAIN, fact_received_on="2026-03-02")

    assert visitor.value("fact-due_on") == "2026-04-02"
    assert visitor.value("fact-is_over") == "on"
    assert "April" in visitor.letter()


def test_a_day_of_ones_own_stays_until_the_day_of_arrival_changes(client):
    visitor = finished(client, AGAIN, fact_received_on="2026-03-02")
    visitor.answer(fact_due_on="2026-04-10").press("Update the letter")
    assert visitor.value("fact-due_on") == "2026-04-10"

    visitor.answer(fact_received_on="2026-03-03").press("Update the letter")
    assert visitor.value("fact-due_on") == "2026-04-03"


@pytest.mark.parametrize(
    ("right", "due"),
    [("access", "2026-04-16"), ("opt_out_sale", "2026-03-23"), ("", ""), ("made up", "")],
)
def test_the_day_of_the_answer_is_counted_for_the_right_that_was_used(client, right, due):
    visitor = finished(client, CAL_AGAIN, used_right=right, fact_received_on="2026-03-02")

    assert (visitor.value("fact-due_on") or "") == due


def test_another_right_gives_another_day(client):
    visitor = finished(client, CAL_AGAIN, used_right="access", fact_received_on="2026-03-02")
    visitor.answer(used_right="opt_out_sale").press("Update the letter")

    assert visitor.value("fact-due_on") == "2026-03-23"


def test_the_right_is_not_asked_for_where_it_changes_no_date(client):
    again = {**CARL, "want": "again", "kind": "reminder", "fact-first_letter_on": "2026-02-26"}

    assert finished(client, again, at="details").choices("used_right") == []
    assert "access" in finished(client, CAL_AGAIN, at="details").choices("used_right")


def test_a_reminder_starts_no_new_time_but_asks_for_a_day(client):
    dates = finished(client, AGAIN, arrives="2026-11-25").text("dates")

    assert "You asked for an answer by this day" in dates
    assert "They must have answered" not in dates


def test_a_complaint_goes_to_the_authority_and_never_to_the_company(client):
    complaint = {**AGAIN, "kind": "complaint", "fact-claim": "They never answered."}
    visitor = finished(client, complaint)

    assert visitor.value("fact-authority") == (
        "Berliner Beauftragte für Datenschutz und Informationsfreiheit"
    )
    sending = visitor.text("section-send")
    assert "To the authority, not to the company" in sending
    assert visitor.page.get_element_by_id("authority-text").text.strip()
    assert visitor.page.xpath("count(//*[@name='paper' and @type='hidden'])") == 0
    [to] = visitor.page.find_class("letter-preview__to")
    assert list(to.itertext()) == [BERLIN, "Alt-Moabit 59-61", "10555 Berlin"]
    assert visitor.press("Download the PDF").response.content.startswith(b"%PDF-")


COMPLAINT = {**AGAIN, "kind": "complaint", "fact-claim": "They never answered."}
BERLIN = "Berliner Beauftragte für Datenschutz und Informationsfreiheit"


def addressee(visitor: Visitor) -> list[str]:
    [to] = visitor.page.find_class("letter-preview__to")
    return list(to.itertext())


def test_the_address_of_the_authority_says_where_it_comes_from(client):
    sending = finished(client, COMPLAINT).text("section-send")

    assert "Alt-Moabit 59-61" in sending
    assert "Last checked on November 22, 2026" in sending
    assert "List of authorities of datenanfragen.de" in sending


def test_a_complaint_can_go_by_post(client):
    visitor = finished(client, COMPLAINT, way="post", address="Hof 1\n10115 Berlin")

    assert visitor.open() == "send"
    assert "Hof 1" in visitor.letter()


def test_another_address_may_be_typed_over_the_proposed_one(client):
    visitor = finished(client, COMPLAINT)
    visitor.answer(fact_authority_address="Postfach 1\n10115 Berlin").press("Update the letter")

    assert addressee(visitor) == [BERLIN, "Postfach 1", "10115 Berlin"]


def test_the_proposed_address_goes_with_its_authority(client):
    visitor = finished(client, COMPLAINT)
    visitor.answer(fact_authority="Data Protection Commission").press("Update the letter")

    assert addressee(visitor) == ["Data Protection Commission"]


def test_who_moves_gets_the_authority_of_the_other_land_but_keeps_a_choice_of_their_own(client):
    visitor = finished(client, COMPLAINT)
    visitor.answer(region="BY", done="home").send("/letter/", visitor.answers)
    assert addressee(visitor) == [
        "Bayerisches Landesamt für Datenschutzaufsicht",
        "Postfach 1349",
        "91504 Ansbach",
    ]

    visitor.answer(fact_authority="My own choice").press("Update the letter")
    visitor.answer(region="HH", done="home").send("/letter/", visitor.answers)
    assert addressee(visitor) == ["My own choice"]


def test_without_a_land_no_authority_is_proposed(client):
    visitor = finished(client, {**COMPLAINT, "region": "", "fact-authority": "Someone"})

    assert "In Germany each Land has its own authority." in visitor.text("section-send")
    assert addressee(visitor) == ["Someone"]


def test_an_address_that_is_not_certain_is_shown_and_not_put_into_the_letter(client):
    visitor = finished(client, {**COMPLAINT, "country": "GB", "region": "SCT", "law": "uk-gdpr"})

    assert visitor.value("fact-authority") == "Information Commissioner's Office"
    assert addressee(visitor) == ["Information Commissioner's Office"]
    sending = visitor.text("section-send")
    assert "We are not certain of this address" in sending
    assert "Wycliffe House" in sending


# A certificate of a date ------------------------------------------------------------------------


def test_a_date_has_a_certificate_that_names_nobody(client):
    visitor = finished(client, ADA, arrives="2026-11-25")
    visitor.press("Certificate of this date (PDF)")

    response = visitor.response
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response["Content-Disposition"] == (
        'attachment; filename="deadline-facebook-gdpr-answer.pdf"'
    )
    assert response["Cache-Control"] == "no-store, private"
    assert response.content.startswith(b"%PDF-")


def test_a_date_that_the_letter_does_not_have_gets_no_certificate(client):
    visitor = finished(client, ADA, arrives="2026-11-25")
    visitor.send("/letter/certificate/", [*visitor.answers, ("duty", "nothing")])

    assert visitor.response.status_code == 422
