"""Taking everything along and deleting an account, in a real browser, without script and small."""

from __future__ import annotations

import re
import zipfile

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from consentkit.cases.models import Case
from consentkit.correspondence.erasure import delete_case
from consentkit.teams.models import User
from tests import story
from tests.teams.people import PASSWORD

pytestmark = pytest.mark.usefixtures("transactional_db")

SMALL = {"width": 320, "height": 700}
MISTAKES = ["status of 422"]  # a browser logs an answer that names a mistake


@pytest.fixture
def told():
    """The story of somebody who signs in with a password."""
    cache.clear()
    found = story.tell()
    found.user.set_password(PASSWORD)
    found.user.save()
    found.user.authenticator_set.all().delete()
    return found


def sign_in(page) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mail address").fill(story.EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(r"/account/$"))


def fits(page) -> None:
    """Nothing hangs over the edge of a small screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


def test_everything_is_taken_along_and_brought_back(make_page, told, tmp_path):
    page = make_page(java_script_enabled=False, viewport=SMALL, allow=MISTAKES)
    sign_in(page)
    page.get_by_role("link", name="Download everything, or bring it back").click()

    with page.expect_download() as caught:
        page.get_by_role("button", name="Download the ZIP file").click()
    path = tmp_path / caught.value.suggested_filename
    caught.value.save_as(path)
    assert re.fullmatch(r"consentkit-\d{4}-\d\d-\d\d\.zip", path.name)
    assert zipfile.ZipFile(path).testzip() is None
    delete_case(told.case, told.user)

    page.get_by_role("button", name="Bring the cases back").click()
    expect(page.get_by_text("Choose the ZIP file.")).to_be_visible()
    page.get_by_label("The ZIP file").set_input_files(path)
    page.get_by_role("button", name="Bring the cases back").click()

    expect(page.get_by_text("1 case was brought back.")).to_be_visible()
    assert Case.objects.get().code == told.case.code


def test_an_account_is_deleted_after_its_address_was_typed(make_page, told):
    page = make_page(java_script_enabled=False, viewport=SMALL, allow=MISTAKES)
    sign_in(page)
    page.get_by_role("link", name="Delete the account").click()
    page.get_by_label("Type your e-mail address").fill("ada@example.org")
    page.get_by_role("button", name="Delete my account for good").click()
    expect(page.get_by_text("This is not the address of your account.")).to_be_visible()
    expect(page.get_by_label("Type your e-mail address")).to_have_value("ada@example.org")

    page.get_by_label("Type your e-mail address").fill(story.EMAIL)
    page.get_by_label("Type your e-mail address").press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Your account is deleted")
    assert User.objects.count() == 0


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_pages_are_for_everybody(make_page, told, axe, colours):
    page = make_page(viewport=SMALL, color_scheme=colours, allow=MISTAKES)
    sign_in(page)
    for address, button in (
        ("/account/data/", "Bring the cases back"),
        ("/account/delete/", "Delete my account for good"),
        ("/de/account/delete/", None),
    ):
        page.goto(address)
        axe(page)
        fits(page)
        if button:
            page.get_by_role("button", name=button).click()
            expect(page.locator(".field__error")).to_be_visible()
            axe(page)
            fits(page)
