"""The story of one case, from the wizard to the evidence bundle.

Ada asks Meta what it holds. Meta asks for her passport, takes more time without saying why, answers
late and in part. She reminds, replies, complains to the authority, and takes her evidence along.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pikepdf
import pytest
import time_machine
from django.core.cache import cache
from playwright.sync_api import expect

from consentkit.cases.models import Case
from consentkit.cases.posture import Stage
from tests.teams.people import PASSWORD, person
from tests.web.visitor import ADA

from .acts import finished_letter, follow, is_at, press

pytestmark = pytest.mark.usefixtures("companies")
MISTAKES = ["status of 422"]


class Story:
    """Ada at her browser, on one day after another."""

    def __init__(self, page, axe, *, script: bool) -> None:
        self.page = page
        self.axe = axe
        self.script = script
        self.clock = time_machine.travel(datetime(2026, 3, 2, 10, tzinfo=UTC), tick=True)
        self.clock.start()

    def on(self, day: str) -> None:
        """Come back on another day, and sign in again."""
        self.clock.stop()
        moment = datetime.fromisoformat(f"{day}T10:00:00+00:00")
        self.clock = time_machine.travel(moment, tick=True)
        self.clock.start()
        cache.clear()
        self.page.context.clear_cookies()
        self.sign_in()
        self.open()

    def sign_in(self) -> None:
        page = self.page
        page.goto("/account/login/")
        page.get_by_label("E-mail address").fill("ada@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        press(page, "Sign in")
        is_at(page, "Your account")

    def open(self) -> None:
        self.page.goto(Case.objects.get().get_absolute_url())

    def records(self, kind: str, day: str, **ticks: str) -> None:
        """Record something by its form, and accept what it changes."""
        page = self.page
        page.goto(f"{Case.objects.get().get_absolute_url()}record/{kind}/")
        page.get_by_label("On which day?").fill(day)
        for name, value in ticks.items():
            page.locator(f"[name={name}][value={value}]").check()
        self.goes_on()

    def goes_on(self) -> None:
        """Accept what the fact changes, where it changes something."""
        page = self.page
        press(page, "Go on")
        page.locator("#confirm, .case-page").first.wait_for()
        if page.locator("#confirm").count():
            press(page, "Record it")
        is_at(page, "Facebook")

    def sends(self, day: str, way: str = "By registered or certified post") -> None:
        """Send the letter that waits, and say so."""
        page = self.page
        is_at(page, "Send the letter")
        page.get_by_role("link", name=way, exact=True).click()
        page.get_by_label("On which day did you send it?").fill(day)
        press(page, "Record that it has gone out")
        is_at(page, "Facebook")

    def look(self) -> None:
        """See whether everybody can use the page; the check itself needs script."""
        if self.script:
            self.axe(self.page)

    def stage(self) -> str:
        return Case.objects.get().stage

    def stop(self) -> None:
        self.clock.stop()


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def story(make_page, axe, request):
    cache.clear()
    page = make_page(java_script_enabled=request.param, allow=MISTAKES)
    story = Story(page, axe, script=request.param)
    yield story
    story.stop()


def test_from_the_first_letter_to_the_evidence(story):
    page = story.page
    person("ada@example.org", PASSWORD)
    story.sign_in()

    # The letter becomes a case
    finished_letter(page, ADA)
    page.click("#keep-letter")
    is_at(page, "Facebook")
    assert story.stage() == Stage.DRAFT

    # It goes out, and arrives
    follow(page, "Send the letter")
    story.sends("2026-03-02")
    assert story.stage() == Stage.SENT
    expect(page.get_by_text("provisional").first).to_be_visible()
    story.on("2026-03-06")
    story.records("received", "2026-03-05", evidence="signed")
    assert story.stage() == Stage.WAITING
    story.look()

    # They want a passport without doubting who she is
    story.on("2026-03-16")
    story.records("identity_requested", "2026-03-13", justified="no")
    assert story.stage() == Stage.ASKED
    follow(page, "Reply to what they ask")
    is_at(page, "Reply to an answer that is not enough")
    assert page.locator("[name=fact-stalls][value=identity_document]").is_checked()
    story.look()
    press(page, "Make this letter")
    story.sends("2026-03-16", "By e-mail")

    # They take more time, and say no reason
    story.on("2026-04-02")
    story.records("extension_notified", "2026-04-01", reasons="no")
    [answer] = [due for due in Case.objects.get().posture().dues if due.key == "answer"]
    assert (str(answer.day), bool(answer.disputed)) == ("2026-04-07", True)

    # The day is over whatever can be argued: a reminder
    story.on("2026-06-10")
    expect(page.locator(".late-notice").first).to_be_visible()
    page.goto(f"{Case.objects.get().get_absolute_url()}letters/new/reminder/")
    press(page, "Make this letter")
    story.sends("2026-06-10", "By e-mail")

    # They answer late, and leave half of it out
    story.on("2026-06-22")
    page.goto(f"{Case.objects.get().get_absolute_url()}record/answered/")
    page.get_by_label("On which day?").fill("2026-06-19")
    page.locator("[name=point-recipients][value=no]").check()
    page.locator("[name=point-purposes][value=no]").check()
    story.goes_on()
    assert story.stage() == Stage.PARTIAL
    follow(page, "Ask for what is missing")
    assert page.locator("[name=fact-missing][value=recipients]").is_checked()
    press(page, "Make this letter")
    story.sends("2026-06-22", "By e-mail")

    # Nothing more comes: a complaint to the authority
    story.on("2026-07-20")
    page.goto(f"{Case.objects.get().get_absolute_url()}letters/new/complaint/")
    page.get_by_label("What do you say happened?").fill("They never named the recipients.")
    press(page, "Make this letter")
    story.sends("2026-07-20", "By post")
    assert story.stage() == Stage.COMPLAINED

    # The evidence
    page.goto(f"{Case.objects.get().get_absolute_url()}bundle/")
    story.look()
    with page.expect_download() as download:
        press(page, "Make the bundle (PDF)")
    made = pikepdf.open(io.BytesIO(download.value.path().read_bytes()))
    with made:
        assert len(made.pages) > 8
        assert "manifest.json" in made.attachments

    # The end
    story.open()
    follow(page, "Close the case")
    page.get_by_label("They did what was asked").check()
    press(page, "Close the case")
    assert story.stage() == Stage.CLOSED
