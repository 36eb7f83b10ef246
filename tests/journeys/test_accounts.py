"""Accounts in a real browser: a passkey, an app for codes, and a letter that becomes a case."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from playwright.sync_api import expect

from consentkit.cases.models import Case
from consentkit.confidential.sessions import SessionStore
from consentkit.teams.models import User
from tests.teams.people import PASSWORD, code, person
from tests.web.visitor import CARL, FINISHED

pytestmark = pytest.mark.usefixtures("transactional_db")

MISTAKES = ["status of 422"]  # a browser logs an answer that names a mistake
PHONE = {"width": 320, "height": 700}


@pytest.fixture(autouse=True)
def fresh_limits(transactional_db):
    """What a browser test counted is not undone with its database."""
    cache.clear()


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def follow(page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def is_at(page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def enter_code(page) -> None:
    """Type the code that was mailed."""
    is_at(page, "Enter the code")
    page.get_by_label("Code").fill(code())
    press(page, "Continue")


def with_authenticator(page):
    """Give the browser a phone that says yes to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": kind})


def sign_out(page) -> None:
    page.goto("/account/")
    press(page, "Sign out")
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()


# Passkeys -----------------------------------------------------------------------------------------


def test_an_account_with_a_passkey_and_no_password(browser_page, axe):
    page = browser_page
    with_authenticator(page)
    page.goto("/account/signup/")
    follow(page, "Make one with a passkey instead of a password")
    page.get_by_label("E-mail address").fill("ada@example.org")
    press(page, "Continue")
    axe(page)
    enter_code(page)
    is_at(page, "Make your passkey")
    axe(page)
    page.get_by_label("What you call it").fill("Ada's phone")
    press(page, "Make the passkey")
    is_at(page, "Your account")

    sign_out(page)
    follow(page, "Sign in")
    press(page, "Sign in with a passkey")
    is_at(page, "Your account")
    follow(page, "See your passkeys")
    expect(page.get_by_role("heading", level=2)).to_have_text("Ada's phone")
    axe(page)


def test_a_passkey_is_added_and_taken_away(browser_page, axe):
    person("ada@example.org", PASSWORD)
    page = browser_page
    with_authenticator(page)
    page.goto("/account/login/")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign in")
    follow(page, "Add a passkey")
    is_at(page, "Is it still you?")
    axe(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Continue")
    is_at(page, "Add a passkey")
    axe(page)
    assert page.get_by_label("Sign in with this key alone").is_checked()
    press(page, "Make the passkey")
    is_at(page, "Recovery codes")
    axe(page)

    sign_out(page)
    follow(page, "Sign in")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign in")
    is_at(page, "One more step")
    axe(page)
    press(page, "Use your passkey")
    is_at(page, "Your account")
    follow(page, "See your passkeys")
    page.get_by_role("link", name="Remove My passkey").click()
    is_at(page, "Is it still you?")
    follow(page, "Use your passkey")
    axe(page)
    press(page, "Use your passkey")
    is_at(page, "Remove a passkey")
    press(page, "Remove it")
    expect(page.get_by_text("You have none yet.")).to_be_visible()


def test_a_passkey_that_is_not_there_is_explained(browser_page):
    page = browser_page
    session, made = with_authenticator(page)
    session.send("WebAuthn.setUserVerified", {**made, "isUserVerified": False})
    page.goto("/account/login/")
    trouble = page.get_by_text("Your browser and the passkey did not come together.")
    assert not trouble.is_visible()

    press(page, "Sign in with a passkey")

    expect(trouble).to_be_visible()


# An app for codes ---------------------------------------------------------------------------------


def shown_now(secret: str) -> str:
    """What the app shows, a step ahead of the code that was used last."""
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06}"


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_app_for_codes_and_what_to_do_without_the_phone(make_page, axe, script):
    person("ada@example.org", PASSWORD)
    page = make_page(java_script_enabled=script, viewport=PHONE)

    def sign_in():
        page.goto("/account/login/")
        page.get_by_label("E-mail address").fill("ada@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        press(page, "Sign in")

    sign_in()
    follow(page, "Set up an app for codes")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Continue")
    is_at(page, "Set up an app for codes")
    if script:
        axe(page)
    secret = page.locator("#authenticator_secret").inner_text()
    page.get_by_label("The code that your app shows now").fill("000000")
    press(page, "Set it up")
    expect(page.get_by_text("This code is not right.")).to_be_visible()
    assert page.locator("#authenticator_secret").inner_text() == secret
    page.get_by_label("The code that your app shows now").fill(shown_now(secret))
    press(page, "Set it up")
    is_at(page, "Recovery codes")
    recovery = page.locator("#recovery_codes").inner_text().split()
    assert len(recovery) == 10
    with page.expect_download() as download:
        follow(page, "Download as a text file")
    assert download.value.suggested_filename == "recovery-codes.txt"

    sign_out(page)
    sign_in()
    is_at(page, "One more step")
    page.get_by_label("Code").fill(recovery[0])
    press(page, "Sign in")
    is_at(page, "Your account")
    follow(page, "See your recovery codes")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Continue")
    expect(page.get_by_text("9 codes are left of 10.")).to_be_visible()
    assert page.locator("#recovery_codes").inner_text().split() == recovery[1:]


# Is it still you? ---------------------------------------------------------------------------------


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_who_has_no_password_shows_by_code_that_it_is_still_them(make_page, axe, script):
    page = make_page(java_script_enabled=script, allow=MISTAKES, viewport=PHONE)
    page.goto("/account/signup/")
    page.get_by_label("E-mail address").fill("ada@example.org")
    press(page, "Make an account")
    enter_code(page)
    is_at(page, "Your account")
    session = SessionStore(UserSession.objects.get().session_key)
    session["signed_in_at"] = 0  # long ago
    session.save()

    follow(page, "Choose a password")
    is_at(page, "Is it still you?")
    if script:
        axe(page)
    press(page, "Send a code to my address")
    page.get_by_label("Code").fill("WRNG-CODE")
    press(page, "Continue")
    expect(page.get_by_text("This code is not right, or no longer valid.")).to_be_visible()
    if script:
        axe(page)
    page.get_by_label("Code").fill(code())
    press(page, "Continue")
    is_at(page, "Choose a password")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("The new password once more").fill(PASSWORD)
    press(page, "Save the password")
    is_at(page, "Your account")
    assert User.objects.get().check_password(PASSWORD)


# A letter becomes a case --------------------------------------------------------------------------


def finished_letter(page) -> None:
    """Open the wizard before the finished letter, as if every question had been answered."""
    page.goto("/letter/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    told = {**CARL, **FINISHED, "csrfmiddlewaretoken": token}
    fields = "".join(f'<input name="{name}" value="{value}">' for name, value in told.items())
    page.route(
        "**/start",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="/letter/">{fields}<button>Go</button></form>',
        ),
    )
    page.goto("/start")
    press(page, "Go")
    page.wait_for_selector("#wizard[data-open=send]")


@pytest.mark.usefixtures("companies")
@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_letter_made_without_an_account_is_taken_into_a_new_one(make_page, axe, script):
    page = make_page(java_script_enabled=script, allow=MISTAKES, viewport=PHONE)
    finished_letter(page)
    assert page.locator("#id_keep-email").input_value() == "carl@example.org"
    page.fill("#id_keep-email", "not an address")
    page.click("#keep-letter")
    expect(page.get_by_text("This is not an e-mail address.")).to_be_visible()
    page.fill("#id_keep-email", "carl.new@example.org")
    if script:
        axe(page)
    page.click("#keep-letter")
    enter_code(page)
    expect(page.get_by_text("Your letter is kept.")).to_be_visible()

    case = Case.objects.get()
    assert page.url.endswith(case.get_absolute_url())
    assert case.owner.email == "carl.new@example.org"
    width = "document.documentElement.scrollWidth"
    if script:
        assert page.evaluate(width) == PHONE["width"]


@pytest.mark.usefixtures("companies")
def test_who_has_an_account_already_finds_the_letter_after_signing_in(make_page):
    person("carl@example.org", PASSWORD)
    page = make_page(java_script_enabled=False)
    finished_letter(page)
    page.click("#keep-letter")
    is_at(page, "Enter the code")
    press(page, "Sign in in another way")
    expect(page.get_by_text(re.compile("Your letter waits"))).to_be_visible()
    page.get_by_label("E-mail address").fill("carl@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign in")
    expect(page.get_by_text("Your letter is kept.")).to_be_visible()

    assert Case.objects.get().owner.email == "carl@example.org"


@pytest.mark.usefixtures("companies")
def test_a_draft_in_the_browser_holds_no_password(browser_page):
    page = browser_page
    finished_letter(page)
    page.evaluate("document.getElementById('draft').open = true")
    page.check("#draft-keep")
    page.fill("#id_keep-email", "marker@example.org")
    page.fill("#id_keep-password1", PASSWORD)

    draft = page.evaluate("localStorage.getItem('consentkit-draft')")

    assert "@carl" in draft
    assert "marker" not in draft
    assert PASSWORD not in draft
