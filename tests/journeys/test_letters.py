"""Whole stories in a real browser, with and without script: Carl in Chicago, Ada in Berlin, Zoé in
Zürich, Cal in California, and Vera in Virginia, who writes for her child.
"""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from icalendar import Calendar
from playwright.sync_api import expect

pytestmark = pytest.mark.usefixtures("companies")

MISTAKES = ["status of 422"]  # a browser logs an answer that names a mistake
PHONE = {"width": 320, "height": 700}


class Reader:
    """Somebody at a browser, with script or without."""

    def __init__(self, page, axe, mirror=None) -> None:
        self.page = page
        self.axe = axe
        self.script = mirror is None
        self.mirror = mirror
        self.documents: list[object] = []
        page.on("response", self.note)

    def note(self, response) -> None:
        if response.request.resource_type == "document":
            self.documents.append(response)

    def choose(self, name: str, value: str) -> Reader:
        self.page.check(f"input[name='{name}'][value='{value}']")
        return self.settle()

    def press(self, key: str) -> Reader:
        self.page.click(f"#{key}")
        return self.settle()

    def settle(self) -> Reader:
        expect(self.page.locator(".htmx-request")).to_have_count(0)
        return self

    def is_at(self, section: str) -> Reader:
        """The section is open, alone."""
        self.page.wait_for_selector(f"#wizard[data-open={section}]")
        sections = self.page.query_selector_all("details.section[open]")
        assert [one.get_attribute("id") for one in sections] == [f"section-{section}"]
        return self

    def is_well_at(self, section: str) -> Reader:
        """The section is open, nothing hangs over the edge, and axe finds no fault."""
        self.is_at(section).has_no_fault()
        width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(width) == 0
        return self

    def has_no_fault(self) -> None:
        """axe needs script itself: where the page has none, it looks at the same page elsewhere."""
        if self.script:
            return self.axe(self.page)
        page = self.documents[-1].text()
        self.mirror.set_content(re.sub(r"<script.*?</script>", "", page))
        self.axe(self.mirror)

    def letter(self) -> str:
        """The words of the letter, each space an ordinary one."""
        return " ".join(self.page.inner_text(".letter-preview").split())


# Each of script, screen and light is seen both ways.
EVERY_WAY = [
    pytest.param({"script": True, "color_scheme": "light"}, id="with script"),
    pytest.param(
        {"script": False, "color_scheme": "dark", "viewport": PHONE},
        id="without script on a phone in the dark",
    ),
]


@pytest.fixture
def reader(make_page, axe):
    """Open the wizard with the given options."""

    def open_page(options, address="/letter/", **more):
        options = {**options, **more}
        script = options.pop("script")
        page = make_page(java_script_enabled=script, allow=MISTAKES, **options)
        mirror = None
        if not script:
            mirror = make_page(**options)
            mirror.goto("/about/")
        visit = Reader(page, axe, mirror)
        page.goto(address)
        return visit

    return open_page


@pytest.mark.parametrize("way", EVERY_WAY)
def test_carl_in_chicago_writes_to_tiktok_about_his_face(reader, way):
    carl = reader(way, locale="en-US")
    page = carl.is_well_at("home").page

    page.select_option("#id_country", "US")
    carl.settle()
    if not carl.script:
        carl.press("done-home")
    page.select_option("#id_region", label="Illinois")
    carl.press("done-home").is_well_at("want")

    carl.choose("want", "face").press("done-want").is_well_at("whom")

    page.fill("#id_q", "tik tock")  # a typo
    if not carl.script:
        carl.press("search-now")
    carl.choose("platform", "tiktok")
    carl.press("done-whom").is_well_at("law")
    assert "You live in Illinois" in page.inner_text("#section-law")
    assert "The CCPA protects residents of California." in page.text_content("#other-laws")

    carl.choose("in_class", "yes")
    if not carl.script:
        carl.press("done-law").is_well_at("details")
        page.click("#head-law")
    carl.choose("opted_out", "no")
    carl.press("done-law").is_well_at("details")

    carl.press("done-details").is_well_at("details")  # nothing filled in yet
    assert page.locator(".field__error").all_inner_texts() == [
        "Write down an e-mail address: they find you by it, and answer there.",
        "Write down your name.",
    ]
    page.fill("#id_handle", "@carl")
    page.fill("#id_account_email", "carl@example.org")
    page.fill("#id_name", "Carl Carlson")
    carl.settle().choose("way", "post")
    if not carl.script:
        carl.press("done-details").is_well_at("details")
    page.fill("#id_address", "1 Main Street\nChicago, IL 60601")
    carl.press("done-details").is_well_at("send")

    assert "Culver City, CA 90230" in carl.letter()
    assert "Chicago, IL 60601" in carl.letter()
    assert "Certified Mail" in page.inner_text("#section-send")
    assert "The law sets no date for an answer" in page.inner_text("#dates")
    with page.expect_download(timeout=30_000) as download:
        page.click("#make-pdf")
    assert download.value.suggested_filename == "letter-tiktok-bipa.pdf"
    assert page.url.endswith("/letter/")


@pytest.mark.parametrize("way", EVERY_WAY[:1])
def test_ada_in_berlin_asks_meta_what_it_has(reader, way):
    ada = reader(way, "/de/letter/?want=know", locale="de-DE")
    page = ada.is_well_at("home").page

    page.select_option("#id_country", "DE")
    ada.settle()
    if not ada.script:
        ada.press("done-home")
    page.select_option("#id_region", label="Berlin")
    ada.press("done-home").is_well_at("want")
    assert page.is_checked("input[name=want][value=know]")

    ada.press("done-want").is_well_at("whom")
    page.fill("#id_q", "meta")
    if not ada.script:
        ada.press("search-now")
    ada.choose("platform", "facebook").press("done-whom").is_well_at("law")
    ada.press("done-law").is_well_at("details")

    page.fill("#id_account_email", "ada@example.org")
    page.fill("#id_name", "Ada Beispiel")
    ada.press("done-details").is_well_at("send")
    assert "Meta Platforms Ireland Limited" in ada.letter()
    assert "Ada Beispiel" in ada.letter()

    page.fill("#id_arrives", "2026-11-25")
    if not ada.script:
        page.click("#dates button")
    page.wait_for_selector("time[datetime='2026-12-28']")
    ada.settle().is_well_at("send")
    with page.expect_download(timeout=30_000) as download:
        page.click("#make-calendar")
    made = Calendar.from_ical(download.value.path().read_bytes())
    assert next(event.decoded("DTSTART") for event in made.walk("VEVENT")) == date(2026, 12, 28)


@pytest.mark.parametrize("way", EVERY_WAY[1:])
def test_zoe_in_zuerich_asks_meta_in_german_under_the_swiss_act(reader, way):
    zoe = reader(way, "/de/letter/?want=know", locale="de-CH")
    page = zoe.is_well_at("home").page

    page.select_option("#id_country", "CH")
    zoe.settle()
    if not zoe.script:
        zoe.press("done-home")
    page.select_option("#id_region", label="Zürich")
    zoe.press("done-home").is_well_at("want")

    zoe.press("done-want").is_well_at("whom")
    page.fill("#id_q", "facebook")
    if not zoe.script:
        zoe.press("search-now")
    zoe.choose("platform", "facebook").press("done-whom").is_well_at("law")
    assert page.is_checked("#id_law_ch-fadp")
    assert "Sie leben in der Schweiz." in page.inner_text("#section-law")
    zoe.press("done-law").is_well_at("details")

    page.fill("#id_account_email", "zoe@example.org")
    page.fill("#id_name", "Zoé Exemple")
    zoe.settle().choose("way", "post")
    if not zoe.script:
        zoe.press("done-details").is_well_at("details")
    page.fill("#id_address", "Weg 1\n8000 Zürich")
    zoe.press("done-details").is_well_at("send")
    assert "Gestützt auf Art. 25 des Bundesgesetzes über den Datenschutz" in zoe.letter()
    assert page.get_attribute(".letter-preview", "lang") == "de-CH"
    assert "Weg 1" in zoe.letter()

    page.fill("#id_arrives", "2026-03-10")
    if not zoe.script:
        page.click("#dates button")
    page.wait_for_selector("time[datetime='2026-04-09']")  # thirty days
    zoe.settle().is_well_at("send")
    assert "30 Kalendertage" in page.text_content("#dates")
    assert "Eidgenössischer Datenschutz" in page.inner_text("#dates")
    with page.expect_download(timeout=30_000) as download:
        page.click("#make-calendar")
    made = Calendar.from_ical(download.value.path().read_bytes())
    assert next(event.decoded("DTSTART") for event in made.walk("VEVENT")) == date(2026, 4, 9)
    with page.expect_download(timeout=30_000) as download:
        page.click("#make-pdf")
    assert download.value.path().read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("way", EVERY_WAY[:1])
def test_cal_in_california_has_meta_delete_his_data(reader, way):
    cal = reader(way, "/letter/?want=delete", locale="en-US")
    page = cal.is_well_at("home").page

    page.select_option("#id_country", "US")
    cal.settle()
    if not cal.script:
        cal.press("done-home")
    page.select_option("#id_region", label="California")
    cal.press("done-home").is_well_at("want")

    cal.press("done-want").is_well_at("whom")
    page.fill("#id_q", "facebook")
    if not cal.script:
        cal.press("search-now")
    cal.choose("platform", "facebook").press("done-whom").is_well_at("law")
    assert page.is_checked("#id_law_us-ca-ccpa")
    assert "depends on the size of the company" in page.inner_text("#section-law")
    cal.press("done-law").is_well_at("details")

    page.fill("#id_account_email", "cal@example.org")
    page.fill("#id_name", "Cal Sample")
    cal.press("done-details").is_well_at("send")
    assert "I am a resident of California" in cal.letter()
    assert "Civil Code section 1798.100" in cal.letter()

    page.fill("#id_arrives", "2026-11-13")
    if not cal.script:
        page.click("#dates button")
    page.wait_for_selector("time[datetime='2026-12-01']")  # confirmed, ten business days
    page.wait_for_selector("time[datetime='2026-12-28']")  # answered, 45 days
    cal.settle().is_well_at("send")
    assert "You cannot go to court yourself." in page.inner_text("#dates")
    page.click("#way-copy summary")
    with page.expect_download(timeout=30_000) as download:
        page.click("#make-copy")
    assert download.value.suggested_filename == "letter-facebook-ccpa.pdf"
    assert page.url.endswith("/letter/?want=delete" if cal.script else "/letter/")


@pytest.mark.parametrize("way", EVERY_WAY[1:])
def test_vera_in_virginia_writes_for_her_child(reader, way):
    vera = reader(way, "/letter/?want=know&platform=facebook", locale="en-US")
    page = vera.is_at("home").page
    page.select_option("#id_country", "US")
    vera.settle()
    if not vera.script:
        vera.press("done-home")
    page.select_option("#id_region", label="Virginia")
    vera.press("done-home").press("done-want").is_well_at("whom")

    page.click("#on-behalf summary")
    vera.choose("fact-acts_as", "parent")
    if not vera.script:
        vera.press("done-whom")
    vera.is_well_at("whom")
    vera.choose("child_age", "0").press("done-whom").is_well_at("law")
    assert page.is_checked("#id_law_us-coppa")
    assert "It is about a child under 13 in the United States." in page.inner_text("#section-law")

    vera.press("done-law").is_well_at("details")
    page.fill("#id_fact-person_name", "Mia Sample")
    page.fill("#id_account_email", "vera@example.org")
    page.fill("#id_name", "Vera Sample")
    vera.press("done-details").is_well_at("send")
    assert "I am a parent of the child." in vera.letter()
    assert "Mia Sample" in vera.letter()


# With the keyboard alone --------------------------------------------------------------------------


class Keyboard:
    """Somebody without a mouse."""

    def __init__(self, page) -> None:
        self.page = page

    def reach(self, selector: str) -> Keyboard:
        """Press Tab until the element has the focus; a group of choices is one stop."""
        for _ in range(150):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return self
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    def press(self, *keys: str) -> Keyboard:
        for key in keys:
            self.page.keyboard.press(key)
        if "Enter" in keys:
            self.page.wait_for_load_state("networkidle")
        return self

    def type(self, text: str) -> Keyboard:
        self.page.keyboard.type(text)
        return self


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_keyboard_alone_is_enough(reader, script):
    opened = reader({"script": script, "locale": "en-US"})
    page = opened.page
    keys = Keyboard(page)

    keys.reach("#id_country").type("Germany")
    if not script:
        keys.reach("#done-home").press("Enter")
    page.wait_for_selector("#id_region")
    keys.reach("#id_region").type("Berlin")
    keys.reach("#done-home").press("Enter")
    opened.is_at("want")

    keys.reach("input[name=want]").press("Space", "ArrowDown")
    assert page.is_checked("input[value=know]")
    keys.reach("#done-want").press("Enter")
    opened.is_at("whom")

    keys.reach("#id_q").type("facebook")
    if not script:
        keys.press("Enter")
    page.wait_for_selector("#id_platform_facebook")
    keys.reach("input[name=platform]").press("Space")
    assert page.is_checked("#id_platform_facebook")
    keys.reach("#done-whom").press("Enter")
    opened.is_at("law")

    keys.reach("#done-law").press("Enter")
    opened.is_at("details")
    keys.reach("#id_account_email").type("ada@example.org")
    keys.reach("#id_name").type("Ada Beispiel")
    keys.reach("#done-details").press("Enter")
    opened.is_at("send")

    # Into the letter: open the first paragraph, leave it as it is, and get the PDF.
    keys.reach(".piece__tools summary").press("Enter")
    keys.reach(".piece__tools[open] textarea").press("End")
    keys.reach("#way-copy summary").press("Enter")
    with page.expect_download(timeout=30_000) as download:
        keys.reach("#make-copy").press("Enter")
    assert download.value.suggested_filename == "letter-facebook-gdpr.pdf"


# What only script can do --------------------------------------------------------------------------


@pytest.fixture
def ada(reader):
    """Ada at the details of her letter, with script."""
    visit = reader({"script": True}, "/letter/?want=know&platform=facebook", locale="en-GB")
    page = visit.page
    page.select_option("#id_country", "DE")
    visit.settle().press("done-home").press("done-want").press("done-whom").press("done-law")
    return visit.is_at("details")


def test_the_letter_follows_while_one_types_and_no_letter_is_lost(ada):
    page = ada.page
    page.click("#id_name")
    page.keyboard.type("Ada Lovelace of Berlin, who types on and on", delay=30)

    expect(page.locator(".letter-preview")).to_contain_text("types on and on")
    assert page.input_value("#id_name") == "Ada Lovelace of Berlin, who types on and on"
    assert page.evaluate("document.activeElement.id") == "id_name"


def test_typing_goes_on_while_the_whole_page_is_drawn_anew(ada):
    page = ada.page
    page.check("input[name='way'][value='post']")  # draws the whole page
    page.click("#id_name")
    page.keyboard.type("Ada Beispiel", delay=40)  # while that is under way

    expect(page.locator(".letter-preview")).to_contain_text("Ada Beispiel")
    assert page.input_value("#id_name") == "Ada Beispiel"
    assert page.is_checked("input[name='way'][value='post']")


def test_a_paragraph_is_edited_in_place(ada):
    page = ada.page
    page.fill("#id_name", "Ada Beispiel")
    page.fill("#id_account_email", "ada@example.org")
    ada.press("done-details").is_at("send")

    page.locator(".piece__tools summary").first.click()
    field = page.locator(".piece__tools textarea").first
    field.fill("My <b>own</b> words {{ x }} 😀")
    expect(page.locator(".piece__said").first).to_have_text("My <b>own</b> words {{ x }} 😀")
    assert field.is_visible()
    page.click("#way-copy summary")
    with page.expect_download(timeout=30_000) as download:
        page.click("#make-text")
    assert "My <b>own</b> words {{ x }} 😀" in download.value.path().read_text()


def test_back_goes_to_the_question_before_and_everything_is_still_there(ada):
    page = ada.page
    page.fill("#id_name", "Ada Beispiel")
    page.fill("#id_account_email", "ada@example.org")
    ada.press("done-details").is_at("send")

    page.go_back()
    ada.is_at("details")
    assert page.input_value("#id_name") == "Ada Beispiel"
    page.go_back()
    ada.is_at("law")
    page.go_forward()
    ada.is_at("details")
    assert page.input_value("#id_name") == "Ada Beispiel"
    assert page.url.endswith("/letter/?want=know&platform=facebook")


def test_a_number_nobody_should_send_is_named_while_one_types(ada):
    page = ada.page
    page.click("#id_handle")
    page.keyboard.type("123-45-6789")

    assert "social security number" in page.inner_text("#note-handle")
    page.fill("#id_handle", "ada.b")
    assert page.inner_text("#note-handle") == ""


def test_a_draft_is_kept_only_when_asked_for_and_can_be_forgotten(ada):
    page = ada.page
    page.fill("#id_name", "Ada Beispiel")
    ada.settle()
    kept = "localStorage.length"
    assert "Ada" not in page.evaluate("JSON.stringify(sessionStorage)")
    assert page.evaluate(kept) == 0

    page.check("#draft-keep")
    page.fill("#id_handle", "ada.b")
    ada.settle()
    assert "ada.b" in page.evaluate("localStorage.getItem('consentkit-draft')")

    page.goto("/letter/")
    page.click("#draft-use")
    ada.settle().is_at("details")
    assert (page.input_value("#id_name"), page.input_value("#id_handle")) == (
        "Ada Beispiel",
        "ada.b",
    )

    page.click("#draft-drop")
    assert page.evaluate(kept) == 0
    page.fill("#id_handle", "ada.c")
    ada.settle()
    assert page.evaluate(kept) == 0


def test_an_old_draft_can_be_forgotten_at_once(ada):
    page = ada.page
    page.check("#draft-keep")
    page.goto("/letter/")
    page.click("#draft-forget")

    assert page.evaluate("localStorage.length") == 0
    assert not page.is_visible("#draft-found")


def test_leaving_asks_when_something_would_be_lost(ada):
    page = ada.page
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.fill("#id_name", "Ada Beispiel")
    ada.settle()

    page.click(".brand")
    page.wait_for_url(re.compile(r"/$"))
    assert asked == ["beforeunload"]


def test_a_signature_is_drawn_and_printed(ada):
    page = ada.page
    page.fill("#id_name", "Ada Beispiel")
    page.fill("#id_account_email", "ada@example.org")
    ada.settle().choose("way", "post")
    page.fill("#id_address", "Hof 1\n10115 Berlin")
    ada.press("done-details").is_at("send")

    pad = page.locator("#signature-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 20, steps=5)
    page.mouse.up()
    strokes = json.loads(page.input_value("#id_strokes"))
    assert [len(stroke) > 3 for stroke in strokes] == [True]
    assert all(0 <= n <= 1 for stroke in strokes for point in stroke for n in point)

    page.fill("#id_arrives", "2026-12-01")  # the page is drawn anew, the drawing stays
    ada.settle()
    assert json.loads(page.input_value("#id_strokes")) == strokes
    with page.expect_download(timeout=30_000) as download:
        page.click("#make-pdf")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    page.click("#signature-clear")
    assert page.input_value("#id_strokes") == ""


def test_a_text_is_copied_with_one_press(ada):
    page = ada.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.fill("#id_name", "Ada Beispiel")
    page.fill("#id_account_email", "ada@example.org")
    ada.press("done-details").is_at("send")

    page.locator("[data-copy]").first.click()
    expect(page.locator("[data-copy]").first).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#form-text-1")


def test_the_language_is_switched_and_nothing_is_lost(ada):
    page = ada.page
    page.fill("#id_name", "Ada Beispiel")
    ada.settle()
    page.click("text=Deutsch")
    ada.settle().is_at("details")

    assert page.url.endswith("/de/letter/")
    assert page.input_value("#id_name") == "Ada Beispiel"
