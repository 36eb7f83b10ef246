"""Work on many cases on its pages, without a script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html

from consentkit.campaigns.models import Batch
from consentkit.letters.models import Letter
from consentkit.teams.actions import wall_off
from consentkit.teams.models import AuditEntry, Team
from tests.campaigns.many import a_group, work
from tests.campaigns.test_batches import overdue
from tests.test_queue import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    return a_group()


@pytest.fixture
def coco(group):
    browser = Browser()
    browser.force_login(group.coco)
    return browser


HOME = "/teams/example-group/batches/"


def page(browser, address, status=200):
    response = browser.get(address)
    assert response.status_code == status
    return response.content.decode()


def do(browser, address, what):
    response = browser.post(address, {"do": what})
    assert response.status_code == 302
    return response.url


def test_letters_from_the_choice_to_the_printer_and_the_post_office(group, coco):
    cases = [group.case(name) for name in ("Anna", "Berta", "Cora")]
    assert "Nothing yet" in page(coco, HOME)
    assert "3 cases are chosen" in page(coco, f"{HOME}letters/?campaign=faces")
    assert "0 cases are chosen" in page(coco, f"{HOME}letters/?campaign=other")

    ticked = {"case": [case.code for case in cases[:2]]}
    chosen = coco.post(f"{HOME}letters/", ticked)
    assert "2 cases are chosen" in chosen.content.decode()
    everything = {**ticked, "all": "yes", "selection": "campaign=faces"}
    assert "3 cases are chosen" in coco.post(f"{HOME}letters/", everything).content.decode()
    wrong = coco.post(f"{HOME}letters/", {**ticked, "begin": "1", "order": "by heart"})
    assert wrong.status_code == 422
    begun = coco.post(
        f"{HOME}letters/", {**ticked, "begin": "1", "order": "opened", "double_sided": "on"}
    )
    batch = Batch.objects.get()
    assert begun.url == f"{HOME}{batch.pk}/"
    assert batch.selection == {"ticked": 2}
    assert "0 of 2 cases" in page(coco, begun.url)

    drain()
    checked = page(coco, begun.url)
    assert "2 letters would be made final" in checked
    assert not Letter.objects.exclude(frozen_at=None).exists()
    assert do(coco, begun.url, "make") == begun.url
    progress = coco.get(begun.url, headers={"HX-Request": "true"})
    assert "HX-Refresh" not in progress.headers
    assert b'hx-trigger="every 4s"' in progress.content
    drain()
    progress = coco.get(begun.url, headers={"HX-Request": "true"})
    assert progress.headers["HX-Refresh"] == "true"
    assert "Kept until" in page(coco, begun.url)

    got = coco.get(f"{begun.url}files/pdf/")
    content = b"".join(got.streaming_content)
    assert content.startswith(b"%PDF-")
    assert (got.headers["Content-Type"], int(got.headers["Content-Length"])) == (
        "application/pdf",
        len(content),
    )
    assert f"letters-{batch.pk}.pdf" in got.headers["Content-Disposition"]
    assert AuditEntry.objects.filter(action="batch.downloaded", user=group.coco.pk).count() == 1

    page(coco, f"{begun.url}posted/")
    tomorrow = timezone.localdate() + timedelta(days=2)
    early = coco.post(f"{begun.url}posted/", {"on": tomorrow.isoformat(), "way": "post"})
    assert early.status_code == 422
    today = timezone.localdate().isoformat()
    posted = coco.post(f"{begun.url}posted/", {"on": today, "way": "post"})
    drain()
    assert "2 letters would be recorded as posted" in page(coco, posted.url)
    do(coco, posted.url, "make")
    drain()
    assert [case.facts()[-1].kind for case in cases] == ["sent", "sent", "made"]

    do(coco, begun.url, "discard")
    page(coco, f"{begun.url}files/pdf/", status=404)
    assert "That cannot be done any more" in page(coco, do(coco, begun.url, "discard"))
    assert coco.post(begun.url, {"do": "dance"}).status_code == 404
    assert f"Batch {batch.pk}" in page(coco, HOME)


def test_nothing_ticked_in_the_list_is_not_everything(group, coco):
    anna, _berta = group.case("Anna"), group.case("Berta")
    shown = coco.post("/cases/", {"q": "Anna"})
    [form] = html.fromstring(shown.content.decode()).xpath("//form[@id='chosen']")
    posted = dict(form.form_values()) | {"csrfmiddlewaretoken": ""}
    assert (posted["ticked"], "all" in posted, "case" in posted) == ("here", False, False)

    back = coco.post(f"{HOME}letters/", posted, follow=True)
    assert back.redirect_chain == [("/cases/?show=all", 302)]
    assert "Tick the cases in the list first" in back.content.decode()
    ticked = coco.post(f"{HOME}letters/", {**posted, "case": anna.code})
    assert "1 case is chosen" in ticked.content.decode()
    every = coco.post(f"{HOME}letters/", {**posted, "all": "yes", "selection": "show=open"})
    assert "2 cases are chosen" in every.content.decode()


def test_a_chase_is_seen_before_anything_is_made(group, coco, settings):
    settings.EMAIL_HOST = "127.0.0.1"
    Team.objects.update(mails_an_hour=1)
    anna, berta = overdue(group, "Anna"), overdue(group, "Berta")
    group.case("Cora")
    choice = page(coco, f"{HOME}chase/?show=late&platform=example")
    assert "2 cases are chosen" in choice
    assert coco.post(f"{HOME}chase/", {"begin": "1"}).status_code == 422
    begun = coco.post(f"{HOME}chase/", {"selection": "show=late", "begin": "1", "step": "reminder"})
    batch = Batch.objects.get()
    assert batch.selection == {"query": "team=example-group&show=late"}
    drain()

    seen = page(coco, begun.url)
    assert "2 letters would be drafted. Nothing goes out." in seen
    assert "Example Ireland Limited" in seen
    assert "by e-mail" in seen
    sample = page(coco, f"{begun.url}letters/1/")
    assert anna.reference in sample or berta.reference in sample
    assert not Letter.objects.filter(kind="reminder").exists()
    assert AuditEntry.objects.filter(action="case.viewed", user=group.coco.pk).count() == 1

    do(coco, begun.url, "make")
    drain()
    letter = coco.get(f"{begun.url}letters/1/")
    assert letter.status_code == 302
    first = batch.items.get(position=1).case
    assert letter.url == f"/cases/{first.code}/letters/2/"
    sending = coco.post(f"{begun.url}send/")
    drain()
    dry = page(coco, sending.url)
    assert "2 letters would go out by e-mail" in dry
    assert "the last one would go out at about" in dry
    assert dry.count("goes out at about") == 1
    printed = coco.post(f"{begun.url}print/", {"double_sided": "on"})
    drain()
    assert "2 letters would be made final" in page(coco, printed.url)
    assert Batch.objects.latest("pk").options == {"double_sided": True}


def test_a_complaint_says_in_all_cases_what_no_log_tells(group, coco):
    overdue(group, "Anna")
    told = {"selection": "show=late", "begin": "1", "step": "complaint"}
    lacking = coco.post(f"{HOME}chase/", told)
    drain()
    assert "The letter lacks something" in page(coco, lacking.url)

    whole = coco.post(f"{HOME}chase/", {**told, "claim": "Nobody has answered us in any case."})
    drain()
    assert Batch.objects.latest("pk").words == {"claim": "Nobody has answered us in any case."}
    assert "Nobody has answered us in any case." in page(coco, f"{whole.url}letters/1/")
    do(coco, whole.url, "make")
    drain()
    letter = Letter.objects.get(kind="complaint")
    assert letter.request["facts"]["claim"] == "Nobody has answered us in any case."


def test_whoever_may_not_see_a_case_sees_a_number_and_no_file(group, coco):
    anna, berta = group.case("Anna"), group.case("Berta")
    begun = coco.post(f"{HOME}letters/", {"begin": "1", "order": "opened"})
    drain()
    do(coco, begun.url, "make")
    drain()
    wall_off(group.team, group.coco, anna.client_id, by=group.clara, reason="A friend.")

    shown = page(coco, begun.url)
    assert anna.reference not in shown
    assert berta.reference in shown
    assert "1 case is not shown" in shown
    assert "Somebody else has to take it" in shown
    for kind in ("pdf", "zip"):
        page(coco, f"{begun.url}files/{kind}/", status=404)
    page(coco, f"{begun.url}letters/1/", status=404)


def test_only_those_who_run_the_team_say_how_fast_e_mails_go_out(group, coco):
    clara = Browser()
    clara.force_login(group.clara)
    assert clara.post(HOME, {"mails_an_hour": "0"}).status_code == 422
    assert clara.post(HOME, {"mails_an_hour": "7"}).status_code == 302
    assert coco.post(HOME, {"mails_an_hour": "9"}).status_code == 404
    group.team.refresh_from_db()
    assert group.team.mails_an_hour == 7


def test_more_cases_need_no_more_queries(group, coco):
    counts = []
    for name in ("Anna", "Berta"):
        group.case(name)
        begun = coco.post(f"{HOME}letters/", {"begin": "1", "order": "matter"})
        work(Batch.objects.latest("pk"))
        with CaptureQueriesContext(connection) as asked:
            page(coco, begun.url)
        counts.append(len(asked))
        with CaptureQueriesContext(connection) as asked:
            page(coco, HOME)
        counts.append(len(asked))
    assert counts[:2] == counts[2:]
