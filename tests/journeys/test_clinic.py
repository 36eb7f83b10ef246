"""A clinic takes on a client: from the intake to the end of the student's access.

Cay takes Dora in and opens her matter once Sue has decided about a conflict. Stu drafts, Sue reads
it first and lets it out, Cay and Stu know the date of the answer, and Clara ends Stu's access.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.cache import cache
from playwright.sync_api import expect

from consentkit.cases.models import Acknowledgement, Case
from consentkit.clients.models import Client, ConflictCheck, Mandate
from consentkit.letters.models import Review
from consentkit.teams.models import AuditEntry
from tests.clients.people import comes
from tests.teams.clinic import a_clinic
from tests.teams.people import PASSWORD
from tests.web.visitor import ADA

from .acts import finished_letter, follow, is_at, press

pytestmark = pytest.mark.usefixtures("companies")
ALLOWED = ["status of 404"]


class Story:
    """The people of the clinic at one browser, one after the other."""

    def __init__(self, page) -> None:
        self.page = page
        self.clock = time_machine.travel(datetime(2026, 11, 2, 10, tzinfo=UTC), tick=True)
        self.clock.start()
        self.clinic = a_clinic()
        self.team = f"/teams/{self.clinic.team.slug}/"

    def on(self, day: str) -> None:
        self.clock.stop()
        moment = datetime.fromisoformat(f"{day}T10:00:00+00:00")
        self.clock = time_machine.travel(moment, tick=True)
        self.clock.start()

    def comes(self, name: str) -> None:
        """Somebody signs in."""
        page = self.page
        cache.clear()
        page.context.clear_cookies()
        page.goto("/account/login/")
        page.get_by_label("E-mail address").fill(f"{name}@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        press(page, "Sign in")
        is_at(page, "Your account")

    @property
    def matter(self) -> str:
        return Case.objects.get().get_absolute_url()

    def draws(self) -> None:
        """Sign with the mouse."""
        pad = self.page.locator("#signature-pad")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        self.page.mouse.move(box["x"] + 20, box["y"] + 20)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
        self.page.mouse.up()

    def begins_a_matter(self) -> None:
        """Finish the letter that the client's page begins, with what it knows of the client."""
        form = self.page.locator("form[action='/letter/']")
        start = form.locator("input").evaluate_all("all => all.map(one => [one.name, one.value])")
        finished_letter(self.page, {**ADA, **dict(start)})
        self.page.click("#keep-letter")

    def acknowledges(self, name: str) -> None:
        self.comes(name)
        self.page.goto(self.matter)
        self.page.get_by_role("button", name="Acknowledge").first.click()
        expect(self.page.get_by_text("You have acknowledged this date.")).to_be_visible()


@pytest.fixture
def story(make_page):
    cache.clear()
    story = Story(make_page(allow=ALLOWED))
    yield story
    story.clock.stop()


def test_from_the_intake_to_the_end_of_the_students_access(story, axe):
    page, clinic = story.page, story.clinic
    comes(clinic.team, clinic["sue"], "Peter Muster", adverse=["Dora Demo"])

    # A caseworker takes her in, and learns that there is something to decide
    story.comes("cay")
    page.goto(f"{story.team}clients/")
    follow(page, "Take a client in")
    page.get_by_label("Name", exact=True).fill("Demo, Dora")
    page.get_by_label("Where do they live?").select_option("DE-BE")
    page.get_by_label("Language of the client").select_option("en")
    page.get_by_label("Postal address").fill("Musterweg 5\n10115 Berlin")
    page.get_by_label("The client agrees that we keep and use what they tell us").check()
    press(page, "Take in")
    is_at(page, "Demo, Dora")
    expect(page.get_by_text("These people may decide:")).to_be_visible()
    expect(page.get_by_text("Peter Muster")).to_have_count(0)
    expect(page.get_by_role("button", name="Open a matter with a letter")).to_have_count(0)
    axe(page)

    # The supervisor sees the names side by side, and decides
    story.comes("sue")
    page.goto(f"{story.team}clients/2/")
    follow(page, "Look at a possible conflict, and decide")
    is_at(page, "A possible conflict of interest")
    page.get_by_label("Go ahead: it is no conflict").check()
    page.get_by_label("Why?").fill("Another person of that name.")
    axe(page)
    press(page, "Decide")
    dora = Client.objects.get(number=2)
    decided = ConflictCheck.objects.get(client=dora)
    assert (decided.state, decided.decided_by) == ("proceed", clinic["sue"])

    # The client signs a mandate on the screen
    story.comes("cay")
    page.goto(f"{story.team}clients/2/")
    follow(page, "A new mandate")
    page.get_by_label("From").fill("2026-11-02")
    press(page, "Continue")
    is_at(page, "Mandate")
    page.get_by_label("Who signs?").fill("Dora Demo")
    page.get_by_label("Signed on").fill("2026-11-02")
    story.draws()
    press(page, "It is signed")
    expect(page.get_by_text("It is in force.")).to_be_visible()
    assert Mandate.objects.get().strokes != []

    # Her matter opens, and the student is put beside the caseworker
    page.goto(f"{story.team}clients/2/")
    story.begins_a_matter()
    is_at(page, "Facebook")
    case = Case.objects.get()
    assert (case.client, case.owner, case.matter_number) == (dora, clinic["cay"], "26-0001")
    story.comes("sue")
    page.goto(story.matter)
    follow(page, "Choose the second person")
    page.get_by_label("The second person").select_option(label="Stu")
    press(page, "Save")
    is_at(page, "Facebook")

    # The student writes the letter, and cannot let it out
    story.comes("stu")
    page.goto(f"{story.matter}letters/1/edit/")
    words(page, "It is about my account.")
    page.goto(f"{story.matter}letters/1/review/")
    press(page, "Ask for review")
    expect(page.get_by_text("The letter waits for its review.")).to_be_visible()
    assert page.goto(f"{story.matter}letters/1/send/post/").status == 404

    # The supervisor returns it with a comment
    story.comes("sue")
    page.goto(f"{story.team}reviews/")
    page.get_by_role("listitem").get_by_role("link", name="Facebook").click()
    page.get_by_label("Comments for the author").fill("Say which account you mean.")
    press(page, "Return with comments")
    expect(page.get_by_text("Returned. The author is told.")).to_be_visible()

    # The student changes it, and asks again
    story.comes("stu")
    page.goto(story.matter)
    follow(page, "See what has to change")
    expect(page.get_by_text("Say which account you mean.").first).to_be_visible()
    follow(page, "Change the letter")
    words(page, "It is the account @dora.")
    page.goto(f"{story.matter}letters/1/review/")
    press(page, "Ask for review")

    # The supervisor approves, and it goes out
    story.comes("sue")
    page.goto(f"{story.matter}letters/1/review/")
    press(page, "Approve")
    assert Review.objects.latest("pk").state == Review.State.APPROVED
    follow(page, "Send the letter")
    page.get_by_role("link", name="By registered or certified post", exact=True).click()
    page.get_by_label("On which day did you send it?").fill("2026-11-02")
    press(page, "Record that it has gone out")
    is_at(page, "Facebook")
    assert "@dora" in Case.objects.get().letters.get().text

    # Before the answer is due, both say that they know the date
    story.on("2026-11-24")
    story.comes("sue")
    page.goto(f"{story.matter}record/received/")
    page.get_by_label("On which day?").fill("2026-11-05")
    page.locator("[name=evidence][value=signed]").check()
    press(page, "Go on")
    press(page, "Record it")
    is_at(page, "Facebook")
    story.acknowledges("cay")
    story.acknowledges("stu")
    axe(page)
    told = Acknowledgement.objects.order_by("pk")
    assert [one.user for one in told] == [clinic["cay"], clinic["stu"]]
    assert {one.deadline.key for one in told} == {"answer"}

    # The student's access ends: for them nothing of it is there any more
    story.comes("clara")
    place = clinic.team.memberships.get(user=clinic["stu"])
    page.goto(f"{story.team}people/{place.pk}/")
    press(page, "End their access now")
    story.comes("stu")
    for address in (story.matter, story.team, f"{story.matter}letters/1/"):
        assert page.goto(address).status == 404

    trail = set(AuditEntry.objects.filter(team=clinic.team).values_list("action", flat=True))
    assert trail >= {
        "client.taken_in", "conflict.decided", "mandate.signed", "case.opened", "review.returned",
        "review.approved", "date.acknowledged", "person.left",
    }  # fmt: skip


def words(page, added: str) -> None:
    """Put a sentence to the end of the letter's first paragraph."""
    page.locator(".piece__tools summary").first.click()
    field = page.locator(".piece__tools textarea").first
    field.fill(f"{field.input_value()} {added}")
    press(page, "Make this letter")
