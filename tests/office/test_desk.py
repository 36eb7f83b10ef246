"""What an office keeps beside its cases: tags, people, views, notes, time and outcomes."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from consentkit.cases.actions import close, record
from consentkit.cases.assignment import HandedOver, assign
from consentkit.cases.finding import places, with_words
from consentkit.cases.models import AppendOnly, Case
from consentkit.cases.selection import Selection
from consentkit.correspondence.actions import send_letter
from consentkit.correspondence.archive.writing import everything
from consentkit.correspondence.attachments import add_file
from consentkit.correspondence.bundle import bundle
from consentkit.correspondence.erasure import delete_case
from consentkit.correspondence.search import rebuild
from consentkit.office import hours, notes, outcomes, saved, tags
from consentkit.office.exports import FILES, lines
from consentkit.office.models import CaseNote, SavedView, Tag, TimeEntry
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import AuditEntry
from tests.clients.people import signed
from tests.correspondence.conftest import REACHABLE
from tests.office.matters import Office, a_matter, an_office, has_party
from tests.test_queue import drain
from tests.world import a_case

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("UTC"))
SENTINEL = "Zwiebelturm"


@pytest.fixture
def office() -> Office:
    return an_office()


def names(case: Case) -> list[str]:
    return sorted(tag.name for tag in case.tags.all())


# Tags ---------------------------------------------------------------------------------------------


def test_a_tag_is_one_however_it_is_typed_and_gone_with_its_last_case(office):
    clara = office["clara"]
    tags.put(office.both(), tags.split(" Face   filter, urgent;\n#urgent "), by=clara)
    tags.put([office.dora], ["FACE FILTER"], by=clara)

    assert names(office.dora) == names(office.emil) == ["Face filter", "urgent"]
    tags.take_off(office.both(), ["Urgent"], by=clara)
    assert [tag.name for tag in Tag.objects.all()] == ["Face filter"]


def test_a_tag_is_gone_with_its_last_case_however_that_went(office):
    tags.put([office.emil], ["Emil’s sister"], by=office["clara"])
    tags.put(office.both(), ["urgent"], by=office["clara"])
    delete_case(office.emil, office["clara"])

    assert [tag.name for tag in Tag.objects.all()] == ["urgent"]


def test_tags_of_a_team_and_tags_of_ones_own_do_not_mix(office):
    clara, cay = office["clara"], office["cay"]
    own = a_case(owner=clara)
    tags.put([own, office.dora], ["mine"], by=clara)

    assert [tag.name for tag in tags.in_use(cay, [office.team])] == ["mine"]
    assert [tag.name for tag in tags.in_use(cay, [])] == []
    assert len(tags.in_use(clara, [office.team])) == 2


def test_tags_reach_only_what_one_may_change_and_have_a_limit(office):
    office.wall("cay", office.emil)

    assert tags.put(office.both(), ["urgent"], by=office["cay"]) == 1
    assert tags.put(office.both(), ["urgent"], by=office["vic"]) == 0
    assert (names(office.dora), names(office.emil)) == (["urgent"], [])
    with pytest.raises(NotPossible):
        tags.put([office.dora], [f"no. {number}" for number in range(12)], by=office["clara"])
    for wrong in ("", " , ", "x" * 41):
        with pytest.raises(NotPossible):
            tags.put([office.dora], [wrong], by=office["clara"])


def test_a_tag_that_stands_only_on_cases_out_of_reach_is_not_told(office):
    def told(name: str) -> list[str]:
        return sorted(tag.name for tag in tags.in_use(office[name], [office.team]))

    tags.put([office.emil], ["Emil’s sister"], by=office["clara"])
    tags.put(office.both(), ["urgent"], by=office["clara"])
    office.wall("cay", office.emil)

    assert told("clara") == ["Emil’s sister", "urgent"]
    assert told("cay") == ["urgent"]
    assert told("stu") == []
    office.dora.owner = office["stu"]
    office.dora.save()
    assert told("stu") == ["urgent"]


# People -------------------------------------------------------------------------------------------


def test_many_cases_are_assigned_at_once_but_none_beyond_a_wall(office):
    clara, cay, stu = office["clara"], office["cay"], office["stu"]
    office.wall("cay", office.emil)
    done = assign(
        office.both(), owner=cay, second=stu, memo="Ring Dora.", by=clara, on=date(2026, 3, 10)
    )

    office.dora.refresh_from_db()
    office.emil.refresh_from_db()
    assert done == HandedOver(1, 1)
    assert (office.dora.owner, office.dora.second) == (cay, stu)
    assert (office.emil.owner, office.emil.second) == (clara, None)
    assert office.dora.facts()[-1].note == "Ring Dora."
    assert AuditEntry.objects.filter(action="case.assigned").count() == 1
    # Who answers for a case is not its second person as well, and who only reads cannot have it.
    on = date(2026, 3, 11)
    assert assign([office.dora], second=cay, by=clara, on=on) == HandedOver(0, 1)
    assert assign([office.dora], owner=office["vic"], by=clara, on=on) == HandedOver(0, 1)
    assert assign([office.dora], owner=office["sue"], by=cay, on=on) == HandedOver(0, 1)


# Saved views --------------------------------------------------------------------------------------


def test_views_are_kept_shared_moved_and_deleted(office):
    clara, cay = office["clara"], office["cay"]
    late = saved.save(Selection(show="late"), "Late", by=clara)
    shared = saved.save(Selection(tag="3"), "Team’s", by=clara, team=office.team)
    second = saved.save(Selection(law="eu-gdpr"), "GDPR", by=clara)

    assert [one.query for one in saved.views_of(cay)] == [f"team={office.team.slug}&tag=3"]
    assert list(saved.changeable(cay)) == []
    saved.move(second, earlier=True)
    saved.rename(second, "  Europe ")
    assert [one.name for one in saved.views_of(clara).filter(team=None)] == ["Europe", "Late"]
    with pytest.raises(NotPossible):
        saved.save(Selection(team="-"), "Mine", by=clara, team=office.team)
    with pytest.raises(NotPossible):
        saved.save(Selection(), "Not yours", by=a_case().owner, team=office.team)
    for view in (late, shared, second):
        saved.delete(view, by=clara)
    assert SavedView.objects.count() == 0


# Notes and search ---------------------------------------------------------------------------------


def test_a_note_stays_as_it_is_and_leaves_by_no_way_out(office, settings, tmp_path):
    """Each way by which something leaves the office is tried."""
    settings.OUTBOX_FOLDER = str(tmp_path)
    clara, client = office["clara"], office.dora.client
    signed(client, clara)
    on = timezone.localdate()
    case = a_matter(office.team, clara, client, platform=REACHABLE, date=on)
    note = notes.write(case, f"She fears the {SENTINEL}.", by=clara)
    with pytest.raises(AppendOnly):
        note.save()
    with pytest.raises(AppendOnly):
        note.delete()

    message = send_letter(case.letters.get(), channel="email", by=clara)
    drain()
    message.refresh_from_db()
    letter = case.letters.get()
    client.user = office["vic"]
    client.save()
    browser = Browser()
    browser.force_login(clara)
    made = bundle(case, language="en", paper="a4", made_on=on)
    with pypdfium2.PdfDocument(made.file.read()) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    further = reverse("case-letter-new", args=[case.code, "reminder"])
    ways = {
        "letter": f"{letter.text}{letter.html}",
        "next letter": _streamed(browser.get(further)),
        "e-mail": f"{message.text}{message.headers}{bytes(message.raw)!r}",
        "archive": repr(b"".join(everything(clara, made_at=NOON))),
        "archive of the client": repr(b"".join(everything(office["vic"], made_at=NOON))),
        "bundle": f"{pages}{made.manifest!r}",
        "exports": "".join("".join(lines(one, office.team, clara)) for one in FILES.values()),
        "list": _streamed(browser.post(reverse("cases-export"), {"show": "all"})),
        "audit log": _streamed(browser.get(reverse("team-audit-export", args=[office.team.slug]))),
    }

    assert [way for way, told in ways.items() if SENTINEL in told] == []
    assert {case.reference in ways[way] for way in ("letter", "e-mail", "bundle", "list")} == {True}
    assert SENTINEL in _streamed(browser.get(case.get_absolute_url()))


def _streamed(response) -> str:
    return response.getvalue().decode()


def test_words_are_found_where_they_stand_and_by_nobody_beyond_a_wall(office):
    clara, cay, dora = office["clara"], office["cay"], office.dora
    notes.write(dora, "Mirabelle", by=clara)
    record(dora, "noted", on=date(2026, 3, 10), by=clara, note="Mirabelle again")
    add_file(dora, "mirabelle.txt", BytesIO(b"x"))
    has_party(dora, "Mirabelle GmbH")
    rebuild(dora)

    def found(user, words: str) -> list[tuple[int, list[str]]]:
        hits = list(Case.objects.visible_to(user).filter(with_words(words, user, [office.team])))
        there = places(words, hits)
        return [(one.pk, [str(place) for place in there[one.pk]]) for one in hits]

    everywhere = ["log", "note", "file", "party"]
    assert found(clara, "mirabelle") == [(dora.pk, everywhere)]
    assert found(cay, "MIRABELLE") == [(dora.pk, everywhere)]
    assert found(office["stu"], "mirabelle") == []
    office.wall("cay", dora)
    assert found(cay, "mirabelle") == []


def test_only_the_team_writes_notes_and_keeps_time(office):
    own = a_case(owner=office["clara"])
    for case, person in ((own, "clara"), (office.dora, "vic"), (office.dora, "stu")):
        with pytest.raises(Forbidden):
            notes.write(case, "x", by=office[person])
        with pytest.raises(Forbidden):
            hours.start(case, by=office[person], now=NOON)
    assert (CaseNote.objects.count(), TimeEntry.objects.count()) == (0, 0)


# Time ---------------------------------------------------------------------------------------------


def test_everybody_has_one_timer_and_a_forgotten_one_is_not_believed(office):
    clara = office["clara"]
    entry = hours.start(office.dora, by=clara, now=NOON)
    hours.start(office.dora, by=office["cay"], now=NOON)
    with pytest.raises(NotPossible):
        hours.start(office.emil, by=clara, now=NOON)

    soon, late = NOON + timedelta(minutes=24, seconds=1), NOON + timedelta(hours=9)
    assert (hours.minutes_of(entry, soon), hours.was_forgotten(entry, soon)) == (25, False)
    assert hours.was_forgotten(entry, late)
    with pytest.raises(NotPossible):
        hours.stop(entry, now=late, activity="drafting")
    ended = hours.stop(entry, now=late, activity="drafting", what=" a  letter ", minutes=40)
    assert (ended.minutes, ended.what, ended.day) == (40, "a letter", date(2026, 3, 10))
    assert hours.running(clara) is None
    with pytest.raises(NotPossible):
        hours.stop(entry, now=late, activity="drafting", minutes=1)


def test_behind_a_wall_a_timer_is_not_shown_either(office):
    hours.start(office.dora, by=office["cay"], now=NOON)
    office.wall("cay", office.dora)

    assert hours.running(office["cay"]) is None


# Outcomes -----------------------------------------------------------------------------------------


def test_a_team_makes_the_table_of_outcomes_its_own(office):
    clara, team = office["clara"], office.team
    added = outcomes.add(team, "Ombudsman involved", by=clara)
    outcomes.change(team, "refused", name="They refused", retired=False, by=clara)
    outcomes.change(team, "settled", name="Settled", retired=True, by=clara)

    keys = {one.key: str(one.name) for one in outcomes.to_choose(team)}
    assert added.key == "ombudsman-involved"
    assert keys.keys() == outcomes.USUAL.keys() - {"settled"} | {"ombudsman-involved"}
    assert keys["refused"] == "They refused"
    with pytest.raises(NotPossible):
        outcomes.add(team, "they REFUSED", by=clara)
    with pytest.raises(NotPossible):
        outcomes.choose(office.dora, "settled", by=clara)
    with pytest.raises(Forbidden):
        outcomes.add(team, "Another", by=office["cay"])


# Exports ------------------------------------------------------------------------------------------


def test_the_four_files_have_what_their_columns_say_and_stop_at_walls(office):
    clara, dora, team = office["clara"], office.dora, office.team
    has_party(dora, "=HYPERLINK(1)")
    tags.put([dora], ["urgent"], by=clara)
    hours.enter(
        dora,
        by=clara,
        day=date(2026, 3, 10),
        minutes=45,
        activity="client",
        what="+call",
        now=NOON,
    )
    close(dora, "settled", by=clara, on=date(2026, 3, 12))
    outcomes.choose(dora, "settled", by=clara)

    def rows(name: str, person: str = "clara") -> list[dict[str, str]]:
        text = "".join(lines(FILES[name], team, office[person]))
        assert text.splitlines()[0] == ",".join(FILES[name].columns)
        return list(csv.DictReader(text.splitlines()))

    matter = rows("matters")[0]
    told = ("matter_number", "client_name", "closed_on", "ending", "outcome_code", "tags")
    assert [matter[name] for name in told] == [
        "26-1", "Dora Demo", "2026-03-12", "settled", "settled", "urgent",
    ]  # fmt: skip
    assert [(one["role"], one["name"]) for one in rows("parties")[:3]] == [
        ("client", "Dora Demo"),
        ("adverse", "'=HYPERLINK(1)"),
        ("company", "Example"),
    ]
    [time] = rows("time")
    assert (time["minutes"], time["hours"], time["what"]) == ("45", "0.75", "'+call")
    [outcome] = rows("outcomes")
    assert (outcome["outcome"], outcome["days"]) == ("Settled by agreement", "10")
    assert "".join(lines(FILES["time"], team, clara, bom=True)).startswith("\ufeffmatter_number")

    office.wall("sue", dora)
    assert [one["client_name"] for one in rows("matters", "sue")] == ["Emil Demo"]
    assert (rows("time", "sue"), rows("matters", "cay")) == ([], [])


def test_the_document_lists_every_column(settings):
    text = (settings.BASE_DIR / "docs" / "exports.md").read_text()
    listed = {
        part.split(".csv`", 1)[0]: [
            tuple(cell.strip(" `") for cell in line.strip("|").split("|"))
            for line in part.splitlines()
            if line.startswith("| `")
        ]
        for part in text.split("\n## `")[1:]
    }

    assert listed == {name: list(file.columns.items()) for name, file in FILES.items()}
