"""The pages of the desk: what one does with ticked cases, and what stands beside a case."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html

from consentkit.cases.models import Case
from consentkit.office import hours, notes, tags
from consentkit.office.models import SavedView, TimeEntry
from consentkit.teams.models import AuditEntry
from tests.office.matters import Office, an_office, has_party
from tests.world import a_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return an_office()


@pytest.fixture
def clara(client, office):
    """Clara, signed in: she owns the team."""
    client.force_login(office["clara"])
    return client


def text_of(response) -> str:
    return " ".join(html.fromstring(response.content.decode()).text_content().split())


def listed(response) -> list[str]:
    page = html.fromstring(response.content.decode())
    return [one.get("value") for one in page.xpath("//tbody//input[@name='case']")]


def hidden(response) -> list[tuple[str, str]]:
    """What the page would post once more, but for the token."""
    page = html.fromstring(response.content.decode())
    found = page.xpath("//form[.//button[@name='do']]//input[@type='hidden']")
    told = [(one.get("name"), one.get("value")) for one in found]
    return [one for one in told if one[0] != "csrfmiddlewaretoken"]


def labels(response) -> dict[str, str]:
    """The tabs that lead to saved views, and where."""
    page = html.fromstring(response.content.decode())
    links = page.xpath("//nav[@aria-label='Saved views']//a")
    return {one.text_content(): one.get("href") for one in links}


def test_ticked_cases_are_tagged_assigned_and_found_by_it(clara, office):
    dora, emil = office.dora, office.emil
    asked = clara.post(reverse("cases-tag"), {"case": [dora.code]})
    assert "For 1 case that you may change." in text_of(asked)
    assert hidden(asked) == [("case", dora.code)]
    wrong = clara.post(reverse("cases-tag"), {"case": [dora.code], "do": "on", "tags": "x" * 41})
    assert (wrong.status_code, "at most 40 characters" in text_of(wrong)) == (422, True)
    clara.post(reverse("cases-tag"), {"case": [dora.code], "do": "on", "tags": "Face, late"})
    face = next(tag for tag in dora.tags.all() if tag.name == "Face")

    narrowed = clara.get(reverse("cases"), {"tag": face.pk})
    assert listed(narrowed) == [dora.code]
    assert "Face" in text_of(narrowed)
    # All that the list shows: also what stands on further pages, and nothing behind a wall.
    everything = {"all": "yes", "team": office.team.slug, "case": [dora.code]}
    assert hidden(clara.post(reverse("cases-assign"), everything)) == [
        ("team", office.team.slug),
        ("all", "yes"),
    ]
    office.wall("cay", emil)
    told = {**everything, "do": "assign", "owner": office["cay"].pk, "second": "", "memo": ""}
    answer = text_of(clara.post(reverse("cases-assign"), told, follow=True))
    assert "1 case is assigned." in answer
    assert "1 case stayed as it was" in answer
    assert Case.objects.get(pk=dora.pk).owner == office["cay"]
    saved = clara.post(reverse("cases-export"), {"chosen": "yes", "case": [emil.code]})
    rows = list(csv.reader(io.StringIO(saved.getvalue().decode())))
    assert [row[0] for row in rows[1:]] == [emil.reference]


def test_what_was_searched_for_never_means_all(clara, office):
    page = clara.post(reverse("cases"), {"q": "example"})

    assert html.fromstring(page.content.decode()).xpath("//input[@name='all']") == []
    told = {"q": "Dora", "all": "yes", "do": "on", "tags": "x"}
    assert "Tick the cases in the list first." in text_of(clara.post(reverse("cases-tag"), told))


def test_a_narrowed_list_is_saved_and_stands_above_the_list(clara, office):
    asked = clara.get(reverse("cases-views"), {"show": "late", "law": "eu-gdpr"})
    assert "GDPR" in text_of(asked)
    told = {"show": "late", "law": "eu-gdpr", "q": "Dora", "share": office.team.slug}
    assert clara.post(reverse("cases-views"), told).status_code == 422
    clara.post(reverse("cases-views"), {**told, "name": "Late under the GDPR"})

    view = SavedView.objects.get()
    query = f"team={office.team.slug}&show=late&law=eu-gdpr"
    assert (view.query, view.team) == (query, office.team)
    clara.force_login(office["cay"])
    assert labels(clara.get(reverse("cases")))["Late under the GDPR"] == f"/cases/?{query}"
    assert clara.post(reverse("cases-view", args=[view.pk]), {"do": "delete"}).status_code == 404
    clara.force_login(office["clara"])
    clara.post(reverse("cases-view", args=[view.pk]), {"name": "GDPR"})
    assert "GDPR" in labels(clara.get(reverse("cases")))
    clara.post(reverse("cases-view", args=[view.pk]), {"do": "delete"})
    assert labels(clara.get(reverse("cases"))) == {}


def test_a_note_is_written_and_the_search_says_that_it_was_found_there(clara, office):
    address = reverse("case-notes", args=[office.dora.code])
    assert clara.post(address, {"text": " "}).status_code == 422
    clara.post(address, {"text": "Ask about the Mirabelle."})
    found = clara.post(reverse("cases"), {"q": "mirabelle"})

    assert "Ask about the Mirabelle." in text_of(clara.get(office.dora.get_absolute_url()))
    assert listed(found) == [office.dora.code]
    assert "Found in: an internal note" in text_of(found)
    clara.force_login(office["vic"])
    assert (clara.get(address).status_code, clara.post(address, {"text": "x"}).status_code) == (
        200,
        404,
    )


def test_a_timer_runs_is_asked_about_and_its_time_kept(clara, office):
    case = office.dora
    clara.post(reverse("case-time-start", args=[case.code]))
    assert "Your timer runs" in text_of(clara.get(reverse("cases")))
    TimeEntry.objects.update(started_at=timezone.now() - timedelta(hours=20))
    assert "Did you forget your timer?" in text_of(clara.get(case.get_absolute_url()))

    told = {"activity": "drafting", "what": "Letter", "minutes": ""}
    assert clara.post(reverse("timer"), told).status_code == 422
    clara.post(reverse("timer"), {**told, "minutes": "95"})
    page = clara.get(reverse("case-time", args=[case.code]))
    assert "1 h 35 min so far." in text_of(page)
    typed = {"day": "2199-01-01", "minutes": "5", "activity": "client", "what": ""}
    address = reverse("case-time", args=[case.code])
    assert clara.post(address, typed).status_code == 422
    clara.post(address, {**typed, "day": timezone.localdate().isoformat()})
    clara.post(address, {"discard": TimeEntry.objects.latest("pk").pk})
    assert [one.minutes for one in TimeEntry.objects.all()] == [95]


def test_whoever_closes_a_case_says_what_came_of_it(clara, office):
    case, table = office.dora, reverse("team-outcomes", args=[office.team.slug])
    clara.post(table, {"name": "Ombudsman involved"})
    address = reverse("case-close", args=[case.code])
    told = {"ending": "settled", "note": "", "outcome": "ombudsman-involved"}
    assert clara.post(address, {**told, "outcome": "?"}).status_code == 422
    clara.post(address, told)

    assert "What came of it: Ombudsman involved" in text_of(clara.get(case.get_absolute_url()))
    found = clara.get(reverse("cases"), {"outcome": "ombudsman-involved"})
    assert listed(found) == [case.code]
    clara.post(table, {"key": "ombudsman-involved", "name": "Ombudsman", "retired": "on"})
    clara.post(reverse("case-outcome", args=[case.code]), {"outcome": "ombudsman-involved"})
    assert "What came of it: Ombudsman" in text_of(clara.get(case.get_absolute_url()))
    clara.post(reverse("case-reopen", args=[case.code]))
    case.refresh_from_db()
    assert (case.is_closed, case.outcome) == (False, "")


def test_tags_of_ones_own_case_are_put_on_and_taken_off_on_its_page(clara, office):
    own = a_case(owner=office["clara"])
    address = reverse("case-tags", args=[own.code])
    clara.post(address, {"tags": "one, two"})
    clara.post(address, {"off": "one"})

    assert [tag.name for tag in own.tags.all()] == ["two"]
    assert "Internal notes" not in text_of(clara.get(own.get_absolute_url()))


def test_the_exports_come_as_one_file_or_one_by_one_and_are_noted(clara, office):
    address = reverse("team-exports", args=[office.team.slug])
    has_party(office.dora, "Grün & Söhne")
    assert clara.post(address, {"what": "?"}).status_code == 422
    together = clara.post(address, {"what": "all"})
    alone = clara.post(address, {"what": "parties", "bom": "on"})

    with zipfile.ZipFile(io.BytesIO(together.getvalue())) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["matters.csv", "parties.csv", "time.csv", "outcomes.csv"]
        parties = archive.read("parties.csv")
    assert alone.getvalue() == b"\xef\xbb\xbf" + parties
    assert "Grün & Söhne" in parties.decode()
    kept = AuditEntry.objects.filter(action="office.exported").values_list("details", flat=True)
    assert list(kept) == [{"what": "all"}, {"what": "parties"}]


def queries(browser, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        browser.get(address)
    return len(captured)


def test_list_and_exports_ask_as_often_for_many_as_for_few(clara, office):
    addresses = [reverse("cases"), office.dora.get_absolute_url()]
    exports = reverse("team-exports", args=[office.team.slug])

    def asked() -> list[int]:
        with CaptureQueriesContext(connection) as captured:
            clara.post(exports, {"what": "all"}).getvalue()
        return [*(queries(clara, one) for one in addresses), len(captured)]

    def more(number: int) -> None:
        for case in office.both():
            tags.put([case], [f"tag {number}"], by=office["clara"])
            notes.write(case, "x", by=office["clara"])
            has_party(case, "Somebody")
            hours.enter(
                case,
                by=office["clara"],
                day=timezone.localdate(),
                minutes=number,
                activity="other",
                now=timezone.now(),
            )

    more(1)
    clara.get(addresses[1])  # that it was seen is noted once an hour
    few = asked()
    more(2)
    for number in range(3):
        tags.put([office.dora], [f"further {number}"], by=office["clara"])
    assert asked() == few
    assert few[0] <= 20
