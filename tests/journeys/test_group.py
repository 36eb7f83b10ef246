"""A group writes to a company a thousand times: from the house text to the report.

Coo coordinates, Sue supervises. Fina joins on her phone; a thousand people come from a spreadsheet.
Of those whose signed papers have come back, letters are printed and posted; whoever gets no answer
is reminded by e-mail, and what came of it all is put on paper.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from email import message_from_bytes

import pikepdf
import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from consentkit.campaigns import batches
from consentkit.campaigns.models import Batch, Campaign
from consentkit.cases.actions import record
from consentkit.cases.log import Detail
from consentkit.cases.models import Case
from consentkit.clients.actions import draft_mandate, sign
from consentkit.correspondence.models import Message
from consentkit.management.demo.companies import VIDEO
from consentkit.office import tags
from consentkit.platforms.actions import sync
from consentkit.teams.actions import found
from consentkit.teams.audit import verify
from consentkit.teams.models import AuditEntry, Membership
from tests.correspondence.conftest import port, server  # noqa: F401 (a mail server on this machine)
from tests.teams.people import PASSWORD, person
from tests.test_queue import drain

from .acts import follow, is_at, press
from .sheets import messy

pytestmark = pytest.mark.django_db(transaction=True)
MISTAKES = ["status of 422", "status of 404"]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
ROWS, SIGNED, ANSWERED = 1000, 24, 2
DRAWN = (((0.1, 0.2), (0.5, 0.6)),)
PARAGRAPH = "{client} is one of many who ask {platform} the same."


class Story:
    """The people of the group at one browser, one after the other."""

    def __init__(self, page, axe) -> None:
        self.page = page
        self.axe = axe
        self.clock = time_machine.travel(datetime(2026, 3, 2, 10, tzinfo=UTC), tick=True)
        self.clock.start()
        sync([VIDEO])
        clara = person("clara@example.org", PASSWORD, name="Clara")
        self.group = found("Example Group", by=clara)
        self.people = {"clara": clara}
        for name, role in (("coo", "coordinator"), ("sue", "supervisor")):
            self.people[name] = person(f"{name}@example.org", PASSWORD, name=name.capitalize())
            Membership.objects.create(
                team=self.group, user=self.people[name], role=role, made_at=timezone.now()
            )
        self.team = f"/teams/{self.group.slug}/"

    def at(self, moment: str) -> None:
        self.clock.stop()
        self.clock = time_machine.travel(datetime.fromisoformat(f"{moment}+00:00"), tick=True)
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

    def look(self) -> None:
        """See whether everybody can use the page, and nothing lies beside a narrow screen."""
        page = self.page
        page.set_viewport_size({"width": 320, "height": 800})
        fits(page)
        self.axe(page)
        page.set_viewport_size({"width": 1280, "height": 800})

    def workers_work(self) -> None:
        """Let the workers do what waits, away from a page that asks how far they are."""
        page = self.page
        address = page.url
        page.goto("about:blank")
        batches.requeue_unfinished()
        drain()
        page.goto(address)

    def takes(self, link: str) -> bytes:
        """Download the file behind a link or button."""
        with self.page.expect_download() as download:
            self.page.get_by_text(link, exact=True).click()
        with open(download.value.path(), "rb") as file:
            return file.read()

    def number(self, label: str) -> int:
        """The number that stands beside a word."""
        term = self.page.locator("dt", has_text=re.compile(f"^{label}$"))
        return int(term.locator("xpath=following-sibling::dd").inner_text())


def fits(page) -> None:
    widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], (page.url, widths)


@pytest.fixture
def story(make_page, axe, server):  # noqa: F811
    cache.clear()
    story = Story(make_page(allow=MISTAKES), axe)
    yield story
    story.clock.stop()


def test_from_the_house_text_to_the_report(story, make_page, axe, server):  # noqa: F811
    a_text_is_written_and_approved(story)
    a_campaign_is_opened(story)
    public = f"/join/{story.group.slug}/what-do-they-know/"
    somebody_joins_on_a_phone(make_page(allow=MISTAKES, **PHONE), axe, public)
    somebody_joins_without_script(make_page(allow=MISTAKES, java_script_enabled=False), public)
    a_spreadsheet_is_brought(story)
    papers_come_back(story)
    letters_are_printed_and_posted(story)
    whoever_got_no_answer_is_reminded(story, server)
    it_is_told(story)

    trail = set(AuditEntry.objects.filter(team=story.group).values_list("action", flat=True))
    assert trail >= {
        "house.approved", "campaign.opened", "participation.confirmed", "import.confirmed",
        "batch.made", "batch.downloaded", "report.exported",
    }  # fmt: skip
    assert verify(story.group) is None


def a_text_is_written_and_approved(story: Story) -> None:
    page = story.page
    story.comes("coo")
    page.goto(f"{story.team}texts/")
    follow(page, "Write a text")
    page.get_by_label("Where it stands in a letter").select_option("paragraph")
    page.get_by_label("Name of the text").fill("Many ask at once")
    page.get_by_label("Text", exact=True).fill(PARAGRAPH)
    page.get_by_label("Language of the letters").select_option("en")
    page.get_by_label("Put it into every letter that it fits").uncheck()
    story.look()
    press(page, "Save")
    is_at(page, "Many ask at once")
    press(page, "Ask for review")
    expect(page.get_by_text("The text waits for its review.")).to_be_visible()

    story.comes("sue")
    page.goto(f"{story.team}texts/")
    follow(page, "Many ask at once")
    story.look()
    press(page, "Approve")
    expect(page.get_by_text("version 1 is in use")).to_be_visible()


def a_campaign_is_opened(story: Story) -> None:
    page = story.page
    story.comes("coo")
    page.goto(f"{story.team}campaigns/")
    follow(page, "Set up a campaign")
    page.get_by_label("Title").fill("What do they know?")
    page.get_by_label("Company").select_option(label="Example Video")
    page.get_by_label("Letter", exact=True).select_option("eu-gdpr:know:access")
    page.get_by_label("We for them").check()
    page.get_by_label("A paragraph of ours").select_option(label="Many ask at once")
    page.get_by_label("Introduction").fill("They have watched us for years.")
    story.look()
    press(page, "Save")
    is_at(page, "What do they know?")
    follow(page, "See the letter")
    expect(page.get_by_text("one of many who ask Example Video the same")).to_be_visible()
    page.go_back()
    press(page, "Open it")
    expect(page.get_by_text("open", exact=True)).to_be_visible()
    story.look()


def somebody_joins_on_a_phone(page, axe, public: str) -> None:
    page.goto(public)
    axe(page)
    fits(page)
    page.get_by_label("Where do you live?").select_option("DE-BE")
    page.get_by_label("Your name", exact=True).fill("Fina Demo")
    page.get_by_label("Your e-mail address").fill("fina@example.org")
    page.locator("[name=handle]").fill("@fina")
    press(page, "Show me my letter")
    expect(page.get_by_text("Fina Demo is one of many who ask Example Video")).to_be_visible()
    page.locator("#signature-pad").scroll_into_view_if_needed()
    box = page.locator("#signature-pad").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()
    page.get_by_label("I agree to this").check()
    axe(page)
    fits(page)
    press(page, "Join")
    is_at(page, "Look into your mailbox")
    assert not Case.objects.exists()

    [way] = re.findall(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))
    page.goto(way)
    press(page, "Yes, I take part")
    expect(page.get_by_text("Your letter is written. It has not gone out yet.")).to_be_visible()
    axe(page)
    fits(page)
    assert Case.objects.get().client.name == "Fina Demo"


def somebody_joins_without_script(page, public: str) -> None:
    page.goto(public)
    press(page, "Show me my letter")
    expect(page.get_by_role("alert").get_by_role("link").first).to_have_text(
        "Choose where you live."
    )
    page.get_by_label("Where do you live?").select_option("FR")
    page.get_by_label("Your name", exact=True).fill("Gil Demo")
    page.get_by_label("Your e-mail address").fill("gil@example.org")
    page.locator("[name=handle]").fill("@gil")
    press(page, "Show me my letter")
    expect(page.get_by_text("Gil Demo is one of many")).to_be_visible()
    press(page, "Join")
    expect(page.get_by_role("alert")).to_have_text(
        "Without your consent we may not keep what you tell us."
    )
    page.get_by_label("I agree to this").check()
    press(page, "Join")
    is_at(page, "Look into your mailbox")


def a_spreadsheet_is_brought(story: Story) -> None:
    page, sheet = story.page, messy(ROWS)
    page.goto(f"{story.team}campaigns/what-do-they-know/")
    follow(page, "People from a spreadsheet")
    story.look()
    page.get_by_label("The spreadsheet").set_input_files(
        {"name": "liste.csv", "mimeType": "text/csv", "buffer": sheet.content}
    )
    expect(page.get_by_label("Campaign").locator(":checked")).to_have_text("What do they know?")
    press(page, "Look at this file")
    is_at(page, "What the columns are")
    expect(page.get_by_label("Vorname")).to_have_value("first_name")
    page.get_by_label("Unsere Nummer").select_option("outside_id")
    page.get_by_label("Dabei?").select_option("consent")
    page.get_by_label("How did they agree").select_option("paper")
    story.look()
    press(page, "Check every row")
    story.workers_work()
    told = [story.number(label) for label in ("Rows", "New", "There already", "Wrong")]
    assert told == [ROWS, sheet.new, sheet.twice, sheet.wrong]
    assert Case.objects.count() == 1

    follow(page, "Only what is wrong")
    expect(page.locator(".import-cell--wrong", has_text="Atlantis").first).to_contain_text(
        "There is no such country or state in our list."
    )
    story.look()
    press(page, "Enter these people")
    expect(page.get_by_role("alert")).to_contain_text("Without their consent")
    page.get_by_label("All of them agreed").check()
    press(page, "Enter these people")
    story.workers_work()
    assert [story.number(label) for label in ("Entered", "Failed")] == [sheet.new, 0]
    assert Case.objects.count() == 1 + sheet.new


def papers_come_back(story: Story) -> None:
    """Some have signed the paper that the group sent them; their cases get a tag."""
    coo, today = story.people["coo"], timezone.localdate()
    chosen = list(Case.objects.filter(client__participations=None).order_by("pk")[:SIGNED])
    for case in chosen:
        paper = draft_mandate(case.client, by=coo, starts_on=today)
        sign(paper, by=coo, signer=case.client.name, on=today, strokes=DRAWN)
    tags.put(chosen, ["signed"], by=coo)

    page = story.page
    page.goto("/cases/")
    page.get_by_text("Narrow it down").click()
    page.get_by_label("Tag").select_option(label="signed")
    press(page, "Search")
    story.look()
    follow(page, "Save this view")
    page.get_by_label("Name of the view").fill("Papers are there")
    press(page, "Save the view")
    expect(page.get_by_role("link", name="Papers are there")).to_be_visible()


def letters_are_printed_and_posted(story: Story) -> None:
    page = story.page
    page.get_by_label("Not only the ticked ones").check()
    press(page, "Print letters")
    is_at(page, "Print letters")
    expect(page.get_by_text(f"{SIGNED} cases are chosen")).to_be_visible()
    story.look()
    press(page, "Look at these cases")
    story.workers_work()
    expect(page.get_by_text(f"{SIGNED} letters would be made final")).to_be_visible()
    story.look()
    press(page, "Make these letters")
    story.workers_work()
    story.look()

    printed = io.BytesIO(story.takes("One PDF for the printer"))
    with pikepdf.open(printed) as pdf, pdf.open_outline() as outline:
        assert len(outline.root) == SIGNED
    with zipfile.ZipFile(io.BytesIO(story.takes("ZIP with one PDF for each letter"))) as packed:
        names = packed.namelist()
        assert names[-1] == "index.csv"
        assert len(names) == SIGNED + 1
        assert not re.search("person|demo|müller", " ".join(names).lower())

    follow(page, "They have been posted")
    story.look()
    press(page, "Look at these cases")
    story.workers_work()
    press(page, "Record that they were posted")
    story.workers_work()
    assert story.number("Done") == SIGNED
    assert Case.objects.exclude(stage="draft").count() == SIGNED


def whoever_got_no_answer_is_reminded(story: Story, server) -> None:  # noqa: F811
    page, coo = story.page, story.people["coo"]
    written_to = Case.objects.exclude(stage="draft").order_by("pk")
    story.at("2026-03-27T10:00:00")
    for case in written_to[:ANSWERED]:
        whole = {Detail.VERDICT: "complete"}
        record(case, "answered", on=timezone.localdate(), by=coo, details=whole)

    # Nothing is done before somebody has seen what would be
    story.at("2026-06-10T10:00:00")
    late = SIGNED - ANSWERED
    story.comes("coo")
    page.goto(f"{story.team}batches/")
    story.look()
    follow(page, "Make the next letters")
    page.get_by_label("Which cases", exact=True).last.select_option("open")
    page.get_by_label("Where it stands").select_option("sent")
    page.get_by_label("Campaign").select_option(label="What do they know?")
    press(page, "Show how many")
    expect(page.get_by_text(f"{late} cases are chosen")).to_be_visible()
    page.locator("[name=step][value=reminder]").check()
    story.look()
    press(page, "Look at these cases")
    story.workers_work()
    expect(page.get_by_text(f"{late} letters would be drafted. Nothing goes out.")).to_be_visible()
    page.get_by_role("link", name="See the letter").first.click()
    is_at(page, "What would be written")
    story.look()
    assert Case.objects.filter(letters__kind="reminder").count() == 0
    page.go_back()
    press(page, "Draft these letters")
    story.workers_work()
    assert story.number("Done") == late

    # The supervisor reads, and sends; one address gets twenty in an hour
    batch = Batch.objects.latest("pk")
    story.comes("sue")
    page.goto(f"{story.team}batches/{batch.pk}/")
    page.get_by_role("link", name="See the letter").first.click()
    expect(page.get_by_text("Example Video").first).to_be_visible()
    page.go_back()
    press(page, "Send them by e-mail")
    story.workers_work()
    expect(page.get_by_text("To one address go at most 20 e-mails in an hour")).to_be_visible()
    story.look()
    press(page, "Send these e-mails")
    story.workers_work()
    assert len(server.taken) == 20
    story.at("2026-06-10T11:30:00")
    story.workers_work()
    assert len(server.taken) == late
    assert {one for taken in server.taken for one in taken.recipients} == {"privacy@example.com"}
    sent = [message_from_bytes(taken.raw) for taken in server.taken]
    assert {one["Subject"] for one in sent} == {"Reminder of my letter of 2 March 2026"}
    assert len({one["Message-ID"] for one in sent}) == late
    assert Message.objects.filter(outgoing=True, state="sent").count() == late


def it_is_told(story: Story) -> None:
    page = story.page
    story.comes("sue")
    page.goto(f"{story.team}dashboard/")
    story.look()
    page.get_by_role("link", name="Example Video").first.click()
    is_at(page, "Cases of Example Group")
    page.goto(f"{story.team}platforms/")
    story.look()
    row = page.get_by_role("row", name=re.compile("Example Video"))
    expect(row.get_by_role("cell").first).to_have_text(str(SIGNED))
    with pikepdf.open(io.BytesIO(story.takes("Save as PDF"))) as report:
        assert len(report.pages) >= 1
    page.goto(f"{story.team}campaigns/what-do-they-know/")
    story.look()
    assert Campaign.objects.get().state(timezone.localdate()) == Campaign.State.OPEN
