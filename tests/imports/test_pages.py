"""A messy spreadsheet, from its upload to the cases: every error beside its cell, nothing twice."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from consentkit import tasks
from consentkit.cases.models import Case
from consentkit.clients.models import Client, Consent
from consentkit.imports import actions
from consentkit.imports.models import Import, ImportBlock, KnownHeader
from consentkit.teams import audit
from consentkit.teams.actions import end, wall_off
from consentkit.teams.models import Membership
from tests.clients.people import comes, joins

pytestmark = pytest.mark.django_db

HEADER = ["Nr.", "Name, Vorname", "E-Mail", "Land", "Geburtstag", "Konto", "Bemerkung"]
FORMULA = '=HYPERLINK("x")'
ROWS = [
    ["1", "Demo, Dora", "dora@example.org", "Deutschland", "03.04.1990", "@dora", FORMULA],
    ["2", "Müller, Jörg", "jörg", "Atlantis", "03/04/1990", "", "three wrong cells"],
    ["3", "", "nobody@example.org", "DE", "", "", ""],
    ["4", "New, York", "york@example.org", "US-NY", "", "", "not protected"],
    ["5", "Łukasz, Nowak", "nowak@example.org", "Polska", "1990-04-03", "", ""],
    ["5", "Łukasz, Nowak", "nowak@example.org", "Polska", "1990-04-03", "", "twice"],
    ["6", "Conflict, Max", "max@example.org", "DE-BE", "", "", ""],
]  # fmt: skip


def sheet(*rows: list[str], header=HEADER, encoding="cp1250", delimiter=";") -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([header, *rows])
    return written.getvalue().encode(encoding)


def upload(client, team, content, **told):
    file = SimpleUploadedFile("people.csv", content)
    return client.post(reverse("imports", args=[team.slug]), {"file": file, **told})


def columns(made, **told):
    return {
        **{f"column-{at}": key for at, key in enumerate(made.columns)},
        "order": "",
        "how": "paper",
        **told,
    }


def checked(client, team, content, campaign, **told) -> Import:
    """An import whose rows are checked."""
    upload(client, team, content, campaign=campaign.pk)
    made = Import.objects.latest("pk")
    client.post(reverse("import-columns", args=[team.slug, made.pk]), columns(made, **told))
    tasks.check_import(made.pk)
    made.refresh_from_db()
    return made


def confirm(client, made):
    address = reverse("import", args=[made.team.slug, made.pk])
    return client.post(address, {"do": "confirm", "agreed": "on"})


@pytest.fixture
def browser(client, cora):
    client.force_login(cora)
    return client


def test_from_the_upload_to_the_cases(browser, group, campaign, clara):
    comes(group, clara, "Adam Adverse", adverse=["Max Conflict"])
    answer = upload(browser, group, sheet(*ROWS), campaign=campaign.pk)
    made = Import.objects.get()
    assert answer.url == reverse("import-columns", args=[group.slug, made.pk])
    assert (made.encoding, made.delimiter) == ("cp1250", ";")
    page = browser.get(answer.url).content.decode()
    assert "Müller, Jörg" in page
    assert made.columns == ["outside_id", "name", "email", "residence", "born", "handle", "matter"]

    browser.post(answer.url, columns(made))
    tasks.check_import(made.pk)
    made.refresh_from_db()
    assert (made.rows, made.new, made.there, made.wrong) == (7, 3, 1, 3)
    assert Client.objects.count() == 1  # nothing is entered yet
    page = browser.get(reverse("import", args=[group.slug, made.pk])).content.decode()
    for message in (
        "This is not an e-mail address.",
        "There is no such country or state in our list.",
        "Is the day or the month first?",
        "Write down the client’s name.",
        "This law does not protect people who live there.",
        "The same person as in row 6.",
    ):
        assert page.count(message) == 1, message
    wrong = browser.get(reverse("import", args=[group.slug, made.pk]), {"only": "wrong"})
    assert wrong.context["page"].total == 3

    refused = browser.post(reverse("import", args=[group.slug, made.pk]), {"do": "confirm"})
    assert refused.status_code == 422
    confirm(browser, made)
    tasks.write_import(made.pk)
    made.refresh_from_db()
    assert (made.state, made.opened, made.waiting, made.failed) == ("done", 2, 1, 0)
    assert made.file is None
    [dora, nowak] = Case.objects.order_by("pk")
    assert dora.about["person"] == "Dora Demo"
    assert dora.client.about == {"matter": FORMULA}
    assert nowak.client.name == "Nowak Łukasz"
    assert Consent.objects.filter(client=dora.client).get().how == "paper"
    assert audit.verify(group) is None


def test_the_same_file_twice_changes_nothing_and_a_corrected_one_says_what_differs(
    browser, group, campaign
):
    first = checked(browser, group, sheet(ROWS[0], ROWS[4]), campaign)
    confirm(browser, first)
    tasks.write_import(first.pk)

    again = checked(browser, group, sheet(ROWS[0], ROWS[4]), campaign)
    assert (again.new, again.there) == (0, 2)
    assert confirm(browser, again).status_code == 302
    assert Import.objects.get(pk=again.pk).state == "checked"

    moved = [*ROWS[0][:2], "dora@example.com", *ROWS[0][3:]]
    corrected = checked(browser, group, sheet(moved, ROWS[4], ROWS[6]), campaign)
    assert (corrected.new, corrected.there) == (1, 2)
    [row, *_] = actions.seen(corrected, 0, 10)
    assert row.finding.differs == ("email",)
    confirm(browser, corrected)
    tasks.write_import(corrected.pk)
    assert Client.objects.count() == 3
    assert Client.objects.get(number=1).contact["email"] == "dora@example.org"


def test_a_worker_that_died_is_followed_by_one_that_goes_on(browser, group, campaign, monkeypatch):
    monkeypatch.setattr(actions, "BLOCK", 2)
    people = [[str(n), f"Person{n}, P", f"p{n}@example.org", "DE", "", "", ""] for n in range(5)]
    made = checked(browser, group, sheet(*people), campaign)
    confirm(browser, made)
    made = actions.of_id(made.pk)
    assert actions.write(made, for_long=timedelta(0)) is True  # one block, and the time is over
    assert Case.objects.count() == 2

    Import.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    actions.look_after(timezone.now())
    tasks.write_import(made.pk)
    tasks.write_import(made.pk)
    assert (Case.objects.count(), Import.objects.get().state) == (5, "done")
    assert [block.written_at is not None for block in ImportBlock.objects.all()] == [True] * 3


def test_what_is_stopped_stays_as_it_is(browser, group, campaign, monkeypatch):
    monkeypatch.setattr(actions, "BLOCK", 1)
    made = checked(browser, group, sheet(ROWS[0], ROWS[4]), campaign)
    confirm(browser, made)
    actions.write(actions.of_id(made.pk), for_long=timedelta(0))
    browser.post(reverse("import", args=[group.slug, made.pk]), {"do": "stop"})
    tasks.write_import(made.pk)

    made.refresh_from_db()
    assert (made.state, made.opened, made.file, Case.objects.count()) == ("stopped", 1, None, 1)


def test_one_row_that_cannot_be_entered_fails_alone(browser, group, campaign):
    made = checked(browser, group, sheet(ROWS[0], ROWS[4]), campaign)
    confirm(browser, made)
    # Between the check and the entry somebody took the number of one of them.
    comes(group, made.by, "Somebody Else", outside_id="1")
    tasks.write_import(made.pk)

    made.refresh_from_db()
    assert (made.state, made.opened, made.failed) == ("done", 1, 1)
    answer = browser.get(reverse("import-errors", args=[group.slug, made.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    [header, row] = csv.reader(io.StringIO(text))
    assert header == [*HEADER, "row", "error"]
    assert row[5:8] == ["'@dora", f"'{FORMULA}", "2"]
    assert row[8] == "You cannot enter this person. Ask somebody who runs the team."


def test_whoever_left_enters_nobody(browser, group, campaign, cora):
    made = checked(browser, group, sheet(ROWS[0]), campaign)
    confirm(browser, made)
    end(Membership.objects.get(user=cora), by=cora)
    tasks.write_import(made.pk)

    made.refresh_from_db()
    assert (made.state, made.problem, Client.objects.count()) == ("stopped", "nobody", 0)


def test_the_rows_that_came_back_with_their_errors_are_known_again(browser, group, campaign):
    made = checked(browser, group, sheet(ROWS[0], ROWS[1]), campaign)
    answer = browser.get(reverse("import-errors", args=[group.slug, made.pk]))
    upload(browser, group, b"".join(answer.streaming_content), campaign=campaign.pk)

    back = Import.objects.latest("pk")
    assert back.columns == [*made.columns, "", ""]
    assert back.choices["how"] == "paper"
    assert KnownHeader.objects.count() == 2


def test_companies_laws_and_letters_can_stand_in_columns(browser, group, clara, cora):
    header = ["first name", "last name", "e-mail", "where they live", "company", "law", "letter"]
    rows = [
        ["Dora", "Demo", "dora@example.org", "DE-BE", "TikTok", "GDPR", "erasure"],
        ["Carl", "Sample", "carl@example.org", "Illinois", "facebook", "us-il-bipa", "notice"],
        ["Only", "Client", "only@example.org", "DE", "", "", ""],
        ["Half", "Asked", "half@example.org", "DE", "TikTok", "", ""],
    ]
    content = sheet(*rows, header=header, encoding="utf-8")
    refused = upload(browser, group, content)
    assert (refused.status_code, Import.objects.exists()) == (422, False)
    assert "Choose a campaign: your role is about" in refused.content.decode()
    browser.force_login(clara)
    upload(browser, group, content)
    made = Import.objects.get()
    browser.post(reverse("import-columns", args=[group.slug, made.pk]), columns(made))
    tasks.check_import(made.pk)
    found = [one.finding for one in actions.seen(made, 0, 10)]

    assert [one.verdict for one in found][::2] == ["new", "new"]
    assert [one.column for one in found[3].problems] == [5, 6]


def test_rows_about_somebody_behind_a_wall_are_not_shown(browser, group, campaign, clara):
    made = checked(browser, group, sheet(ROWS[0], ROWS[4]), campaign)
    confirm(browser, made)
    tasks.write_import(made.pk)
    sue = joins(group, "supervisor", "sue@example.org")
    wall_off(group, sue, Client.objects.get(number=1).pk, by=clara, reason="A sister.")
    browser.force_login(sue)
    page = browser.get(reverse("import", args=[group.slug, made.pk]))

    assert [row.is_hidden for row in page.context["page"].rows] == [True, False]
    assert "Dora" not in page.content.decode()


def test_old_spreadsheets_are_forgotten(browser, group, campaign):
    made = checked(browser, group, sheet(*ROWS), campaign)
    actions.look_after(timezone.now() + actions.KEPT + timedelta(days=1))

    made.refresh_from_db()
    assert (made.state, made.file, made.header, made.rows) == ("stopped", None, [], 7)
    assert not ImportBlock.objects.exists()
    assert browser.get(reverse("import", args=[group.slug, made.pk])).status_code == 200


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\x89PNG\x00", "This is no spreadsheet."), (b"Name;Ort\n", "Below the header")],
)
def test_what_cannot_be_read_is_said_beside_the_field(browser, group, content, message):
    answer = upload(browser, group, content)

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not Import.objects.exists()


def test_there_is_a_spreadsheet_to_begin_with(browser, group, clara):
    browser.force_login(clara)
    answer = browser.get(reverse("import-template", args=[group.slug]))
    content = b"".join(answer.streaming_content)
    upload(browser, group, content)
    made = Import.objects.get()

    assert "" not in made.columns
    browser.post(reverse("import-columns", args=[group.slug, made.pk]), columns(made))
    tasks.check_import(made.pk)
    [row] = actions.seen(made, 0, 10)
    assert row.finding.verdict == "new", row.finding
