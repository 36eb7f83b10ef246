"""What people do on a page, in the words of the page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.teams.people import code
from tests.web.visitor import FINISHED


def press(page: Any, name: str) -> None:
    """Press the button of that name."""
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Any, name: str) -> None:
    """Follow the link of that name; the first, where there are several."""
    page.get_by_role("link", name=name, exact=True).first.click()


def is_at(page: Any, heading: str) -> None:
    """Be on the page with that heading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def enter_code(page: Any) -> None:
    """Type the code that was mailed."""
    is_at(page, "Enter the code")
    page.get_by_label("Code").fill(code())
    press(page, "Continue")


def finished_letter(page: Any, told: dict[str, str]) -> None:
    """Open the wizard before the finished letter, as if every question had been answered."""
    page.goto("/letter/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    answers = {**told, **FINISHED, "csrfmiddlewaretoken": token}
    fields = "".join(f'<input name="{name}" value="{value}">' for name, value in answers.items())
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
