"""A group with many people, each with a case of their own; nobody of them exists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from consentkit.campaigns import batches, volumes
from consentkit.campaigns.models import Batch, Campaign
from consentkit.cases.models import Case
from consentkit.clients.actions import Intake, draft_mandate, sign, take_in
from consentkit.letters import actions as letters
from consentkit.letters.request import Account, Sender
from consentkit.teams.actions import found
from consentkit.teams.models import Membership, Team, User
from tests.world import a_person, a_request

DRAWN = (((0.1, 0.2), (0.5, 0.6)),)


@dataclass
class Group:
    """A team, who runs it, its coordinator, and a campaign."""

    team: Team
    clara: User
    coco: User
    campaign: Campaign

    def case(self, name: str, *, mandate: bool = True, **asked: Any) -> Case:
        """A client of the group, and their case with its opening letter as a draft."""
        on = asked.get("date") or timezone.localdate() - timedelta(days=2)
        told = Intake(name=name, residence="DE-BE")
        client = take_in(self.team, told, by=self.clara, on=on)
        if mandate:
            signed = draft_mandate(client, by=self.clara, starts_on=on)
            sign(signed, by=self.clara, signer=name, on=on, strokes=DRAWN)
        request = a_request(
            **{"date": on, "sender": sender(name), "account": account(name)} | asked
        )
        if mandate:
            case = letters.take_in(
                request, owner=self.clara, place="IE", team=self.team, client=client
            )
        else:
            case = letters.take_in(request, owner=self.clara, place="IE", team=self.team)
            case.client = client
        case.campaign = self.campaign
        case.save(update_fields=["client", "campaign"])
        return case


def sender(name: str) -> Sender:
    return Sender(name, (f"{name} Lane 5", "10115 Berlin"), f"{name.lower()}@example.org")


def account(name: str) -> Account:
    return Account(handle=f"@{name.lower()}")


def a_group() -> Group:
    clara = a_person("clara@example.org", name="Clara")
    team = found("Example Group", by=clara)
    coco = a_person("coco@example.org", name="Coco")
    Membership.objects.create(team=team, user=coco, role="coordinator", made_at=timezone.now())
    campaign = Campaign.objects.create(
        team=team,
        slug="faces",
        title="Faces",
        platform="example",
        law="eu-gdpr",
        kind="access",
        opens_on=date(2026, 1, 1),
        made_at=timezone.now(),
    )
    return Group(team, clara, coco, campaign)


def ids(cases: Iterable[Case]) -> list[int]:
    return [case.pk for case in cases]


def work(batch: Batch) -> Batch:
    """Do what the workers would do for a batch, until they have nothing to do."""
    before = ""
    while batch.state != before:
        before = batch.state
        for first in range(1, batch.size + 1, batches.CHUNK):
            batches.work_on(batch.pk, first)
        volumes.bind(batch.pk)
        batch.refresh_from_db()
    return batch
