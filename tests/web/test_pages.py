"""The pages that explain, list and show: what each says, and that each can be used by everybody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.urls import reverse
from django.utils.translation import override
from django.views import defaults

from consentkit.law.statutes import LAWS
from consentkit.platforms.actions import sync
from consentkit.platforms.records import CATEGORIES, Confidence, FieldSource
from consentkit.templatetags.reading import HOW_SURE, reader_locale, written
from consentkit.web.views import laws as law_pages
from consentkit.web.views import platforms as platform_pages
from tests.world import EXAMPLE

STATIC = Path(settings.BASE_DIR) / "consentkit" / "static" / "consentkit"
POLICY = FieldSource(
    "Example privacy policy",
    "https://example.org/privacy",
    date(2026, 11, 20),
    Confidence.POLICY,
    date(2026, 8, 1),
)
GUESS = FieldSource("Not yet checked", None, None, Confidence.KNOWLEDGE)

PAGES = [
    ("home", {}),
    ("about", {}),
    ("how-we-count", {}),
    ("privacy", {}),
    ("laws", {}),
    *(("law", {"key": key}) for key in LAWS),
    ("platforms", {}),
    ("platform", {"slug": "example"}),
]
LANGUAGES = [code for code, _ in settings.LANGUAGES]


@pytest.fixture
def directory(db):
    """Example, with everything that a platform can have."""
    first, *others = EXAMPLE.entities
    sources = dict.fromkeys(
        ("regions", "legal_name", "address", "country", "holiday_place"), POLICY
    )
    ireland = replace(
        first,
        dpo_email="dpo@example.org",
        web_form="https://example.org/form",
        in_app_path="Menu > Privacy",
        lead_authority="iedpc",
        sources={**sources, "dpo_email": POLICY, "web_form": POLICY, "in_app_path": GUESS},
    )
    record = replace(
        EXAMPLE,
        owner="Example Holding",
        aliases=("Exemple",),
        categories=("social", "biometrics"),
        website="https://example.org",
        delete_account_url="https://example.org/delete",
        biometric_note="May collect faceprints.",
        entities=(ireland, *others),
        sources={"delete_account_url": POLICY, "biometric_note": POLICY},
    )
    sync([record, replace(EXAMPLE, slug="other", name="Other", entities=())])
    return record


def address(name: str, language: str = "en", **kwargs: str) -> str:
    with override(language):
        return reverse(name, kwargs=kwargs)


class Page(HTMLParser):
    """What a page is made of: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("br", "p", "div", "dt", "dd", "th", "td", "li"):
            self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


# Every page ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "kwargs"), PAGES)
def test_every_page_is_there_in_every_language(client, directory, name, kwargs, language):
    response = client.get(address(name, language, **kwargs))
    html = response.content.decode()
    page = Page(html)

    assert response.status_code == 200
    assert page.count("h1") == 1
    assert page.count("title") == 1
    assert f'<html lang="{language}" dir="ltr">' in html
    assert "csrftoken" not in response.cookies, "a page to read sets no cookie"
    assert not response.cookies


@pytest.mark.parametrize(("name", "kwargs"), PAGES)
def test_a_page_brings_nothing_from_elsewhere_and_nothing_inline(client, directory, name, kwargs):
    page = Page(client.get(address(name, **kwargs)).content.decode())
    fetched = [
        attributes[key]
        for tag, attributes in page.tags
        for key in ("src", "srcset", "action", "poster", "data", "hx-get", "hx-post", "href")
        if key in attributes and (tag, key) != ("a", "href")
    ]
    ways_out = [
        attributes for tag, attributes in page.tags if tag == "a" and "//" in attributes["href"]
    ]

    assert fetched
    assert [place for place in fetched if not place.startswith("/")] == []
    assert all(attributes["rel"] == "noreferrer" for attributes in ways_out)
    assert page.count("style") == 0
    assert [tag for tag, attributes in page.tags if "style" in attributes] == []
    assert [
        attributes for tag, attributes in page.tags if tag == "script" and "src" not in attributes
    ] == []
    assert [
        key for _, attributes in page.tags for key in attributes if key.startswith(("on", "hx-on"))
    ] == []


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda path: path.name)
def test_the_style_brings_nothing_from_elsewhere(path):
    fetched = re.findall(r"url\(\s*[\"']?([^\"')]*)|@import\s+([^;]*)", path.read_text())

    for place, imported in fetched:
        assert not imported
        assert (path.parent / place).is_file()


def test_the_font_has_its_licence_beside_it():
    assert "SIL OPEN FONT LICENSE" in (STATIC / "fonts" / "OFL.txt").read_text()
    assert all(font.stat().st_size < 45_000 for font in (STATIC / "fonts").glob("*.woff2"))


@pytest.mark.parametrize(("name", "kwargs"), PAGES)
def test_the_language_switch_stays_on_the_page(client, directory, name, kwargs):
    html = client.get(address(name, **kwargs) + "?q=a%26b").content.decode()
    german = address(name, "de", **kwargs) + "?q=a%26b"

    assert f'<a href="{german}" hreflang="de" lang="de">Deutsch</a>' in html
    assert '<span lang="en" aria-current="true">English</span>' in html


def test_a_german_page_leads_back_to_the_english_one(client, directory):
    html = client.get("/de/platforms/example/").content.decode()

    assert '<a href="/platforms/example/" hreflang="en" lang="en">English</a>' in html


@pytest.mark.parametrize(
    ("path", "preferred", "offered"),
    [
        ("/", "de-AT,de;q=0.9,en;q=0.5", '<a href="/de/" hreflang="de">'),
        ("/de/", "en-US", '<a href="/" hreflang="en">'),
        ("/", "en-GB,de;q=0.5", None),
        ("/", "fr", None),
        ("/", "", None),
    ],
)
def test_home_offers_the_readers_own_language(client, path, preferred, offered):
    html = client.get(path, headers={"Accept-Language": preferred}).content.decode()

    assert ('class="notice notice--info" lang=' in html) == (offered is not None)
    assert offered is None or offered in html


@pytest.mark.parametrize("want", ["face", "know", "delete"])
def test_home_leads_into_the_letter(client, want):
    html = client.get("/").content.decode()

    assert f'href="/letter/?want={want}"' in html


def test_healthz_and_robots_are_plain(client):
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/healthz").headers["Content-Type"] == "text/plain"
    assert b"Disallow: /letter/\nDisallow: /de/letter/\n" in client.get("/robots.txt").content


@pytest.mark.parametrize("path", ["/", "/healthz", "/laws/"])
def test_pages_to_read_take_no_posts(client, path):
    assert client.post(path).status_code == 405


# Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/nowhere/", "/de/nowhere/", "/laws/no-such-law/", "/platforms/nobody/"]
)
def test_not_found_is_a_page(client, db, path):
    response = client.get(path)

    assert response.status_code == 404
    assert Page(response.content.decode()).count("h1") == 1


def test_something_went_wrong_needs_no_database():
    response = defaults.server_error(RequestFactory().get("/"))
    page = Page(response.content.decode())

    assert response.status_code == 500
    assert page.count("h1") == 1
    assert page.count("script") == 0


def test_a_form_without_its_cookie_is_explained():
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post("/about/")

    assert response.status_code == 403
    assert "Allow cookies for this site" in response.content.decode()


# Dates and words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "header", "expected"),
    [
        ("en", "en-GB", "22 November 2026"),
        ("en", "en-US,en;q=0.9", "November 22, 2026"),
        ("en", "de-DE,en-GB;q=0.8", "22 November 2026"),
        ("en", "", "November 22, 2026"),
        ("en", "en-XX;q=1,*;q=0.1", "November 22, 2026"),
        ("de", "de-AT", "22. November 2026"),
        ("de", "en-US", "22. November 2026"),
    ],
)
def test_dates_are_written_as_the_reader_does(language, header, expected):
    request = RequestFactory().get("/", headers={"Accept-Language": header})
    with override(language):
        assert written(date(2026, 11, 22), request) == expected


def test_a_variety_that_nobody_knows_is_passed_over():
    request = RequestFactory().get("/", headers={"Accept-Language": "en-zz-qq-1,en-GB;q=0.1"})
    with override("en"):
        assert str(reader_locale(request)) == "en_GB"


def test_the_laws_are_shown_in_words():
    for law in LAWS.values():
        for part in law_pages.parts(law):
            for chapter in part.chapters:
                assert chapter.title
                assert all(rule.lengths for rule in chapter.rules)


def test_every_category_and_confidence_has_words():
    assert set(platform_pages.CATEGORIES) == CATEGORIES
    assert {each for each in HOW_SURE if isinstance(each, Confidence)} == set(Confidence)


def test_a_law_shows_rights_terms_sources_and_examples(client, db):
    text = " ".join(Page(client.get("/laws/eu-gdpr/").content.decode()).text.split())

    assert "Right Provision How we know" in text
    assert "Access Art. 15 GDPR read in the text itself" in text
    assert "1 month from the arrival of your letter" in text
    assert "then 3 months from the arrival of your letter" in text
    assert "3 years from the end of the year, counting from the day you learnt of it" in text
    assert "The company doubts who you are and asks for proof" in text
    assert "EDPB Guidelines 01/2022 on the right of access" in text
    assert "same date of the next month" in text


def test_illinois_is_honest_about_what_the_act_does_not_set(client, db):
    text = Page(client.get("/laws/us-il-bipa/").content.decode()).text

    assert "The law sets no time for this." in text
    assert "your own wish, not the law" in text
    assert "not settled" in text


def test_a_right_without_a_letter_says_where_to_turn(client, db):
    page = client.get(reverse("law", args=["us-ca-ccpa"])).content.decode()
    words = " ".join(re.sub("<[^>]*>", " ", page).split())

    assert 'href="https://privacy.ca.gov/drop/"' in page
    assert "You file this request on the state&#x27;s own platform, not by letter." in words
    assert "From January 1, 2027 on Data brokers must delete within 30 days" in words
    assert "30 days from the arrival of your request" in words
    assert "AB 883 (Stats. 2026 ch. 507)" in words


def test_the_example_of_counting_comes_from_the_law(client):
    page = Page(
        client.get("/about/counting/", headers={"Accept-Language": "en-GB"}).content.decode()
    )
    days = [attributes["datetime"] for tag, attributes in page.tags if tag == "time"]
    marked = [
        attributes["class"] for tag, attributes in page.tags if tag == "td" and attributes["class"]
    ]

    assert days == ["2026-11-25", "2026-12-28", "2026-12-29", "2026-12-30"]
    assert marked.count("is-counted is-closed") == 1
    assert marked.count("is-due is-arguable") == 1
    assert marked.count("is-late") == 1
    assert "26 December 2026 is a public holiday: Saint Stephen's Day." in page.text


# Platforms ----------------------------------------------------------------------------------------


def test_the_list_names_every_platform_under_its_letter(client, directory):
    page = Page(client.get("/platforms/").content.decode())
    links = [
        attributes["href"]
        for tag, attributes in page.tags
        if tag == "a" and attributes["href"].startswith("/platforms/")
    ]

    assert "2 platforms" in page.text
    assert links[-2:] == ["/platforms/example/", "/platforms/other/"]


@pytest.mark.parametrize(("typed", "found"), [("exmaple", True), ("qqqqqq", False)])
def test_the_list_can_be_searched(client, directory, typed, found):
    html = client.get("/platforms/", {"q": typed}).content.decode()

    assert ('href="/platforms/example/"' in html) == found
    assert ("We know no platform called" in html) != found
    assert f'value="{typed}"' in html


def test_what_is_searched_for_is_text(client, directory):
    html = client.get("/platforms/", {"q": "<b>'\""}).content.decode()

    assert "<b>" not in html


def test_htmx_gets_only_the_results(client, directory):
    response = client.get("/platforms/", {"q": "example"}, headers={"HX-Request": "true"})

    assert "<html" not in response.content.decode()
    assert 'href="/platforms/example/"' in response.content.decode()
    assert "HX-Request" in response.headers["Vary"]


def test_a_platform_shows_each_company_with_its_sources(client, directory):
    response = client.get("/platforms/example/", headers={"Accept-Language": "en-GB"})
    text = " ".join(Page(response.content.decode()).text.split())

    assert "For people in: European Union, Iceland, Liechtenstein and Norway" in text
    assert "Postal address Attn: Privacy 1 Quay Street Dublin 4 D04 X2K5 Ireland" in text
    assert "In the app Menu > Privacy not checked by anybody yet" in text
    assert "Authority in charge Data Protection Commission" in text
    assert (
        "Name and everything else here: Last checked on 20 November 2026 · the company's own "
        "published text · Example privacy policy, text of 1 August 2026"
    ) in text
    assert "In charge since 1 June 2026." in text
    assert "Who was in charge before" in text
    assert "May collect faceprints." in text
    assert "https://example.org/delete" in text
    assert 'href="/letter/?platform=example"' in response.content.decode()


def test_a_platform_that_is_no_longer_listed_is_not_shown(client, directory):
    sync([directory])

    assert client.get("/platforms/other/").status_code == 404
    assert "Other" not in client.get("/platforms/").content.decode()


def test_more_platforms_need_no_more_queries(client, directory, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/platforms/")
    sync([directory, *(replace(EXAMPLE, slug=name, name=name) for name in ("a", "b", "c"))])
    with django_assert_num_queries(1):
        client.get("/platforms/")
    with django_assert_num_queries(2):
        client.get("/platforms/example/")


# In a browser -------------------------------------------------------------------------------------

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.mark.browser
@pytest.mark.parametrize(
    ("viewport", "color_scheme"),
    [(PHONE, "dark"), (DESKTOP, "light")],
    ids=["phone in the dark", "desktop"],
)
def test_everybody_can_use_every_page(make_page, axe, directory, viewport, color_scheme):
    page = make_page(viewport=viewport, color_scheme=color_scheme, allow=["status of 404"])
    for name, kwargs in PAGES:
        page.goto(address(name, **kwargs))
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true }")
        axe(page)
    for path in ("/platforms/?q=example", "/platforms/?q=qqqqqq", "/nowhere/"):
        page.goto(path)
        axe(page)


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_is_wider_than_the_smallest_phone(make_page, directory, language):
    page = make_page(viewport={"width": 320, "height": 640})
    for name, kwargs in PAGES:
        page.goto(address(name, language, **kwargs))
        assert page.evaluate("document.documentElement.scrollWidth") == 320, name


@pytest.mark.browser
def test_the_first_tab_skips_to_the_content(browser_page):
    browser_page.goto("/about/")
    browser_page.keyboard.press("Tab")
    skip = browser_page.locator(".skip-link")

    assert skip.evaluate("element => element === document.activeElement")
    assert skip.bounding_box()["height"] >= 40
    browser_page.keyboard.press("Enter")
    browser_page.keyboard.press("Tab")
    assert browser_page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.browser
def test_the_search_finds_while_one_types(browser_page, directory):
    browser_page.goto("/platforms/")
    browser_page.get_by_role("searchbox").press_sequentially("exmaple")

    browser_page.locator("#results").get_by_text("1 platform found").wait_for()
    assert browser_page.locator("#results a[href^='/platforms/e']").all_inner_texts() == ["Example"]


@pytest.mark.browser
def test_the_search_works_without_script(make_page, directory):
    page = make_page(java_script_enabled=False)
    page.goto("/platforms/")
    page.get_by_role("searchbox").fill("example")
    page.get_by_role("button", name="Search").click()

    assert page.url.endswith("/platforms/?q=example")
    assert page.locator("#results a[href='/platforms/example/']").is_visible()
