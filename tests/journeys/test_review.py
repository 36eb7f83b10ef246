"""A student's letter: returned, changed, approved with other words, and only then on its way."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from consentkit.cases.models import Case
from consentkit.letters.models import Review
from tests.correspondence.conftest import REACHABLE
from tests.teams.clinic import a_clinic
from tests.teams.people import PASSWORD

from .acts import follow, is_at, press

pytestmark = pytest.mark.django_db(transaction=True)
MISTAKES = ["status of 422"]


def comes(page, name):
    """Sign in as somebody else."""
    cache.clear()
    page.context.clear_cookies()
    page.goto("/account/login/")
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    press(page, "Sign in")
    is_at(page, "Your account")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_students_letter_is_returned_then_approved(make_page, axe, script):
    clinic = a_clinic()
    letter = clinic.letter_by("stu", platform=REACHABLE)
    case = letter.case.get_absolute_url()
    page = make_page(
        java_script_enabled=script, viewport={"width": 320, "height": 800}, allow=MISTAKES
    )

    def look():
        """See whether everybody can use the page, and nothing of it lies beside the screen."""
        width = page.evaluate("document.documentElement.scrollWidth") if script else 320
        assert width <= 320
        if script:
            axe(page)

    # The student asks
    comes(page, "stu")
    page.goto(case)
    follow(page, "Ask for review")
    is_at(page, "Review of a letter")
    look()
    press(page, "Ask for review")
    expect(page.get_by_text("The letter waits for its review.")).to_be_visible()

    # The supervisor finds it in the queue, and returns it
    comes(page, "sue")
    page.goto(f"/teams/{clinic.team.slug}/reviews/")
    look()
    page.get_by_role("listitem").get_by_role("link", name="Example").click()
    press(page, "Return with comments")
    expect(page.get_by_role("alert")).to_contain_text("Say what has to change")
    look()
    page.get_by_label("Comments for the author").fill("Say which account you mean.")
    press(page, "Return with comments")
    expect(page.get_by_text("Returned. The author is told.")).to_be_visible()

    # The student changes it, and asks again
    comes(page, "stu")
    page.goto(case)
    follow(page, "See what has to change")
    expect(page.get_by_text("Say which account you mean.").first).to_be_visible()
    follow(page, "Change the letter")
    page.locator(".piece__tools summary").first.click()
    field = page.locator(".piece__tools textarea").first
    field.fill(f"{field.input_value()} It is about @sample.")
    press(page, "Make this letter")
    page.goto(f"{case}letters/1/review/")
    press(page, "Ask for review")

    # The supervisor sees what is new, and approves with a word of her own
    comes(page, "sue")
    page.goto(f"{case}letters/1/review/")
    expect(page.locator("article ins").first).to_contain_text("@sample")
    page.get_by_text("Put paragraphs in other words").click()
    words = page.locator("textarea[name^='text:']").first
    words.fill(f"{words.input_value()} Thank you.")
    look()
    press(page, "Approve with edits")
    expect(page.get_by_text("Approved with your edits.")).to_be_visible()
    look()
    assert Review.objects.latest("pk").state == Review.State.EDITED

    # Only now does it go out
    follow(page, "Send the letter")
    page.get_by_role("link", name="By post", exact=True).click()
    press(page, "Record that it has gone out")
    is_at(page, "Example")
    assert "Thank you." in Case.objects.get().letters.get().text
