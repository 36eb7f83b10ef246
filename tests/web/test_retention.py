"""The pages of a team's rules for keeping, as somebody uses them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from consentkit import tasks
from consentkit.cases.actions import close
from consentkit.cases.models import Case
from consentkit.clients.models import Client
from consentkit.retention.models import Destruction, Falling, RetentionRule
from consentkit.teams.models import AuditEntry
from tests.teams.clinic import a_clinic
from tests.world import a_case

pytestmark = pytest.mark.django_db


def test_a_rule_is_set_and_a_hold_put_and_what_waits_is_decided_and_certified():
    clinic = a_clinic()
    slug = clinic.team.slug
    browser = Browser()
    browser.force_login(clinic["clara"])
    client = Client.objects.create(
        team=clinic.team, number=1, name="Dora Demo", residence="DE-BE", made_at=timezone.now()
    )
    for number in ("26-0001", "26-0002"):
        case = a_case(owner=clinic["clara"])
        Case.objects.filter(pk=case.pk).update(team=clinic.team, matter_number=number)
        case.refresh_from_db()
        close(case, "settled", by=clinic["clara"], on=timezone.localdate())
    held = Case.objects.get(matter_number="26-0002")
    Case.objects.filter(pk=held.pk).update(client=client)

    # What was typed stays where something is wrong.
    page = reverse("team-retention", args=[slug])
    wrong = {"what": "former", "outcome": "court", "months": "x", "action": "review", "notice": "3"}
    answer = browser.post(page, wrong)
    assert answer.status_code == 422
    assert "Only closed cases have an outcome." in answer.content.decode()
    assert RetentionRule.objects.count() == 0
    right = {"what": "cases", "months": "0", "action": "review", "notice": "14"}
    assert browser.post(page, right).status_code == 302

    until = (timezone.localdate() + timedelta(days=90)).isoformat()
    hold = reverse("client-hold", args=[slug, 1])
    assert browser.post(hold, {"until": until, "reason": ""}).status_code == 422
    assert browser.post(hold, {"until": until, "reason": "A court case."}).status_code == 302

    tasks.retain(clinic.team.pk)
    [waiting] = Falling.objects.all()
    shown = browser.get(page).content.decode()
    assert ("26-0001" in shown, "26-0002" in shown) == (True, False)
    assert "1 thing has fallen due" in browser.get(reverse("team", args=[slug])).content.decode()

    decide = reverse("retention-decide", args=[slug])
    chosen = {"chosen": [waiting.pk]}
    assert browser.post(decide, {**chosen, "decision": "keep"}).status_code == 422
    assert browser.post(decide, {**chosen, "decision": "destroy"}).status_code == 302
    assert [case.matter_number for case in Case.objects.all()] == ["26-0002"]

    certificate = browser.get(reverse("destruction", args=[slug, 1])).content.decode()
    assert "26-0001" in certificate
    assert "does not fit its hash" not in certificate
    Destruction.objects.update(numbers=["26-0009"])
    changed = browser.get(reverse("destruction", args=[slug, 1])).content.decode()
    assert "does not fit its hash" in changed
    paper = browser.get(reverse("destruction-pdf", args=[slug, 1]))
    assert paper.content.startswith(b"%PDF-")

    assert browser.post(hold, {"end": "yes"}).status_code == 302
    tasks.retain(clinic.team.pk)
    assert Falling.objects.filter(state="proposed").count() == 1
    told = AuditEntry.objects.filter(team=clinic.team, action__startswith="client.")
    assert {entry.action for entry in told} >= {"client.held", "client.released"}
