"""Every role at every address that leads to a matter: whom it lets in, and who finds nothing.

The addresses come from the site itself: a new one fails here until ``NEEDS`` says what it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from consentkit.campaigns.models import Batch, BatchFile, BatchFilePart, BatchItem, Campaign
from consentkit.cases import watch
from consentkit.cases.models import Case
from consentkit.clients.actions import draft_mandate, give_consent, sign
from consentkit.clients.conflicts import check
from consentkit.clients.intake import ask
from consentkit.clients.models import Client
from consentkit.imports import actions as imports
from consentkit.letters.follow_up import letters_to_choose
from consentkit.letters.house_texts import begin
from consentkit.reports.models import Publication
from consentkit.retention.actions import set_rule
from consentkit.retention.models import Destruction
from consentkit.teams.actions import ROLES, end, found, invite, wall_off
from consentkit.teams.models import Membership, Team, User
from consentkit.teams.roles import Permission, Reach
from tests import story
from tests.world import a_person

pytestmark = pytest.mark.django_db

MEMBER = "member"  # whoever is in the team
Need = Permission | str

# What an address of a case needs; the case has to be within the role's reach besides.
OF_A_CASE: dict[str, Need] = {
    "case": Permission.VIEW,
    "case-ics": Permission.VIEW,
    "case-date": Permission.VIEW,
    "case-certificate": Permission.VIEW,
    "case-letter": Permission.VIEW,
    "case-letter-pdf": Permission.VIEW,
    "case-letter-text": Permission.VIEW,
    "case-message": Permission.VIEW,
    "case-message-original": Permission.VIEW,
    "case-file": Permission.VIEW,
    "case-review": Permission.VIEW,
    "case-notes": Permission.VIEW,
    "case-time": Permission.VIEW,
    "date-acknowledge": Permission.VIEW,
    "case-letters": Permission.DRAFT,
    "case-letter-new": Permission.DRAFT,
    "case-letter-edit": Permission.DRAFT,
    "case-letter-delete": Permission.DRAFT,
    "case-record": Permission.RECORD,
    "case-strike": Permission.RECORD,
    "case-proposal": Permission.RECORD,
    "case-message-decide": Permission.RECORD,
    "case-add-files": Permission.RECORD,
    "case-tags": Permission.RECORD,
    "case-time-start": Permission.RECORD,
    "date-new": Permission.RECORD,
    "date-check": Permission.RECORD,
    "case-send": Permission.SEND,
    "case-send-pdf": Permission.SEND,
    "case-send-envelope": Permission.SEND,
    "case-send-counter": Permission.SEND,
    "case-send-mandate": Permission.SEND,
    "case-send-by": Permission.SEND,
    "case-let-go": Permission.CLOSE,
    "case-close": Permission.CLOSE,
    "case-outcome": Permission.CLOSE,
    "case-reopen": Permission.CLOSE,
    "case-second": Permission.ASSIGN,
    "case-bundle": Permission.EXPORT,
    "case-hold": Permission.RETENTION,
    "case-delete": Permission.RETENTION,
    # Of a batch, and so of every case in it.
    "batch-letter": Permission.CAMPAIGNS,
    "batch-file": Permission.CAMPAIGNS,
}
OF_A_TEAM: dict[str, Need] = {
    "team": MEMBER,
    "team-leave": MEMBER,
    "team-walls": MEMBER,
    "team-wall": Permission.WALLS,
    "team-walls-report": Permission.WALLS,
    "team-walls-pdf": Permission.WALLS,
    "team-invite": Permission.MANAGE,
    "team-withdraw": Permission.MANAGE,
    "team-member": Permission.MANAGE,
    "team-outcomes": Permission.MANAGE,
    "team-exports": Permission.EXPORT,
    "team-handover": Permission.ASSIGN,
    "team-audit": Permission.AUDIT,
    "team-audit-export": Permission.AUDIT,
    "team-audit-verify": Permission.AUDIT,
    "team-watch": Permission.REVIEW,
    "team-control": Permission.REVIEW,
    "team-control-day": Permission.REVIEW,
    "team-reviews": Permission.REVIEW,
    "team-texts": Permission.VIEW,
    "team-text": Permission.VIEW,
    "team-text-sample": Permission.VIEW,
    "team-text-new": Permission.DRAFT,
    "team-text-write": Permission.DRAFT,
    "team-dashboard": Permission.VIEW,
    "team-retention": Permission.RETENTION,
    "retention-decide": Permission.RETENTION,
    "retention-rule-end": Permission.RETENTION,
    "destruction": Permission.RETENTION,
    "destruction-pdf": Permission.RETENTION,
    "team-platforms": Permission.REPORTS,
    "team-publish": Permission.REPORTS,
    "team-report": Permission.REPORTS,
    "team-publication": Permission.REPORTS,
    "clients": Permission.VIEW,
    "own-conflicts": Permission.VIEW,
    "client-intake": Permission.CLIENTS,
    "campaigns": Permission.CAMPAIGNS,
    "campaign-new": Permission.CAMPAIGNS,
    "campaign": Permission.CAMPAIGNS,
    "campaign-edit": Permission.CAMPAIGNS,
    "campaign-state": Permission.CAMPAIGNS,
    "campaign-preview": Permission.CAMPAIGNS,
    "team-frames": Permission.MANAGE,
    "batches": Permission.CAMPAIGNS,
    "imports": Permission.CAMPAIGNS,
    "import-template": Permission.CAMPAIGNS,
    "import": Permission.CAMPAIGNS,
    "import-columns": Permission.CAMPAIGNS,
    "import-errors": Permission.CAMPAIGNS,
    "batch": Permission.CAMPAIGNS,
    "batch-letters": Permission.CAMPAIGNS,
    "batch-chase": Permission.CAMPAIGNS,
    "batch-posted": Permission.CAMPAIGNS,
    "batch-send": Permission.CAMPAIGNS,
    "batch-print": Permission.CAMPAIGNS,
    "intake-links": Permission.CLIENTS,
    "conflicts": Permission.CONFLICTS,
    "intake-withdraw": Permission.CLIENTS,
}
# What an address of a client needs; the client has to be within reach besides.
OF_A_CLIENT: dict[str, Need] = {
    "client": Permission.VIEW,
    "client-mandate": Permission.VIEW,
    "client-mandate-scan": Permission.VIEW,
    "client-consents": Permission.VIEW,
    "client-hold": Permission.RETENTION,
    "client-party": Permission.CLIENTS,
    "client-change": Permission.CLIENTS,
    "client-close": Permission.CLIENTS,
    "client-mandate-new": Permission.CLIENTS,
    "client-mandate-revoke": Permission.CLIENTS,
    "client-consent-withdraw": Permission.CLIENTS,
    "client-conflict": Permission.CONFLICTS,
}
NEEDS = {**OF_A_CASE, **OF_A_TEAM, **OF_A_CLIENT}

# Addresses with something in them that is no matter of a team: laws, companies, and secrets that
# are the permission themselves; views that somebody saved.
OPEN = {
    "law",
    "platform",
    "outbox-message",
    "calendar",
    "team-join",
    "cases-view",
    "intake-by-client",
    "join",
    "join-sent",
    "join-frame",
    "participation",
}


def addresses(patterns: Any, within: str = "") -> dict[str, URLPattern]:
    """Every address of ours with something in it, by name."""
    named = {}
    for one in patterns:
        if isinstance(one, URLResolver):
            if one.app_name == "admin" or "allauth" in str(one.urlconf_name):
                continue
            named |= addresses(one.url_patterns)
        elif one.name and one.pattern.converters and one.callback.__module__.startswith("consent"):
            named[one.name] = one
    return named


ADDRESSES = addresses(get_resolver().url_patterns)


def test_every_address_of_a_matter_has_an_expectation():
    assert set(ADDRESSES) - OPEN == set(NEEDS)


# The clinic, and who comes to its doors -----------------------------------------------------------


@dataclass
class Office:
    """A team with one matter, in which everything that an address can name is there."""

    team: Team
    case: Case
    client: Client
    arguments: dict[str, dict[str, Any]]

    def address(self, name: str) -> str:
        own = self.arguments.get(name, {})
        of_all = {
            "code": self.case.code,
            "slug": self.team.slug,
            "number": self.client.number if name in OF_A_CLIENT else 1,
        }
        known = {**of_all, **own}
        return reverse(name, kwargs={key: known[key] for key in ADDRESSES[name].pattern.converters})


PUBLISHED = {"requests": 0, "lines": []}
# What is posted where nothing would not be understood.
POSTED = {"case-message-decide": {"decision": "stop"}}


@pytest.fixture
def office() -> Office:
    told = story.tell("clara@example.org")
    clara, case = told.user, told.case
    team = found("Example Clinic", by=clara)
    client = Client.objects.create(
        team=team, number=7, name="Dora Demo", residence="DE-BE", made_at=timezone.now()
    )
    Case.objects.filter(pk=case.pk).update(team=team, client=client)
    case.refresh_from_db()
    other = joins(team, "caseworker", "other@example.org")
    today = timezone.localdate()
    invitation, _ = invite(team, "new@example.org", "viewer", by=clara)
    wall = wall_off(team, other, client.pk, by=clara, reason="A friend.")
    typed = watch.set_date(
        case,
        day=today + timedelta(days=30),
        title="Hearing",
        reason="By letter of the court.",
        by=clara,
        on=today,
    )
    mandate = draft_mandate(client, by=clara, starts_on=today)
    sign(mandate, by=clara, signer="Dora Demo", on=today, scan=b"%PDF-1.7 signed")
    consent = give_consent(
        client, by=clara, toward="us", subject="other", wording="Yes.", on=today, how="spoken"
    )
    late = case.deadlines.filter(key="answer", void=False).latest("pk")
    message = case.messages.filter(outgoing=False).latest("pk")
    rule = set_rule(team, what="cases", months=60, action="destroy", by=clara)
    Destruction.objects.create(
        team=team, rule=rule, number=1, action="destroy", numbers=["26-1"], made_at=timezone.now()
    )
    published = Publication.objects.create(
        team=team,
        since=date(2026, 1, 1),
        until=date(2026, 3, 31),
        content={**PUBLISHED},
        made_at=timezone.now(),
    )
    batch = a_batch(case, by=clara)
    of_batch = {"pk": batch.pk}
    text = begin(team, kind="paragraph", title="We", body="We write.", language="en", by=clara)
    of_campaign = {"campaign": a_campaign(team, "voices").slug}
    sheet = imports.begin(team, b"Name;E-Mail\nMax Demo;max@example.org\n", by=clara)
    arguments: dict[str, dict[str, Any]] = {
        "campaign": of_campaign,
        "campaign-edit": of_campaign,
        "campaign-state": of_campaign,
        "campaign-preview": of_campaign,
        "team-text": {"pk": text.pk},
        "team-text-sample": {"pk": text.pk},
        "team-text-write": {"pk": text.pk},
        **dict.fromkeys(("batch", "batch-posted", "batch-send", "batch-print"), of_batch),
        "batch-letter": {**of_batch, "position": 1},
        "batch-file": {**of_batch, "kind": "pdf"},
        "team-publication": {"pk": published.pk, "kind": "json"},
        "retention-rule-end": {"pk": rule.pk},
        "destruction": {"number": 1},
        "destruction-pdf": {"number": 1},
        "intake-withdraw": {"pk": ask(team, by=clara, language="en")[0].pk},
        "client-mandate": {"pk": mandate.pk},
        "client-mandate-scan": {"pk": mandate.pk},
        "client-mandate-revoke": {"pk": mandate.pk},
        "client-consent-withdraw": {"pk": consent.pk},
        "client-conflict": {"pk": check(client, by=clara).pk},
        "case-ics": {"date": f"{late.key}.{late.right}.{late.letter}"},
        "case-date": {"pk": late.pk},
        "case-certificate": {"pk": late.pk},
        "case-let-go": {"pk": late.pk},
        "date-acknowledge": {"pk": late.pk},
        "date-check": {"pk": case.deadlines.get(key="date_set", letter=typed.number).pk},
        "case-record": {"kind": "answered"},
        "case-strike": {"number": 3},
        "case-proposal": {"pk": case.proposals.latest("pk").pk},
        "case-letter-new": {"kind": letters_to_choose(case)[0]},
        "case-letter-edit": {"number": 2},
        "case-letter-delete": {"number": 2},
        "case-send-by": {"way": "post"},
        "case-message": {"pk": message.pk},
        "case-message-original": {"pk": message.pk},
        "case-message-decide": {"pk": message.pk},
        "case-file": {"pk": case.attachments.latest("pk").pk},
        "team-control-day": {"day": today.isoformat()},
        "team-withdraw": {"pk": invitation.pk},
        "team-member": {"pk": Membership.objects.get(user=other).pk},
        "team-wall": {"pk": wall.pk},
        "import": {"pk": sheet.pk},
        "import-columns": {"pk": sheet.pk},
        "import-errors": {"pk": sheet.pk},
    }
    return Office(team, case, client, arguments)


def a_batch(case: Case, *, by: User) -> Batch:
    """Work on many cases that is done: one letter, and the file with it."""
    now = timezone.now()
    batch = Batch.objects.create(
        team=case.team, by=by, kind="letters", state="done", size=1, made_at=now, begun_at=now
    )
    BatchItem.objects.create(batch=batch, case=case, position=1, letter=1, state="done")
    file = BatchFile.objects.create(
        batch=batch, kind="pdf", size=9, letters=1, made_at=now, keep_until=now.date()
    )
    BatchFilePart.objects.create(file=file, number=1, data=b"%PDF-1.7 ")
    return batch


def joins(team: Team, role: str, email: str = "sam@example.org", **fields: Any) -> User:
    person = a_person(email)
    Membership.objects.create(team=team, user=person, role=role, made_at=timezone.now(), **fields)
    return person


def a_campaign(team: Team, slug: str) -> Campaign:
    return Campaign.objects.create(
        team=team,
        slug=slug,
        title="Faces",
        platform="example",
        law="eu-gdpr",
        kind="access",
        opens_on=date(2026, 1, 1),
        made_at=timezone.now(),
    )


def assigned(office: Office, person: User) -> None:
    """Let somebody watch the case, and the case be one of a campaign."""
    campaign = a_campaign(office.team, "faces")
    Case.objects.filter(pk=office.case.pk).update(second=person, campaign=campaign)


def lets_in(browser: Browser, office: Office, name: str) -> bool | int:
    """Whether an address lets somebody in. Nothing that it does stays; an odd answer is given."""
    address = office.address(name)
    seen = set()
    for method in (browser.get, browser.post):
        with transaction.atomic():
            response = method(address, POSTED.get(name, {}) if method == browser.post else {})
            if response.streaming:
                b"".join(response.streaming_content)  # type: ignore[arg-type]
            transaction.set_rollback(True)
        seen.add(response.status_code)
        if response.status_code not in (404, 405):
            break  # where looking is refused, writing must be refused as well
    seen.discard(405)
    [status] = seen
    if status == 302 and response.url.startswith(reverse("account_login")):
        return False
    return {404: False, 200: True, 302: True, 422: True}.get(status, status)


def finds(browser: Browser, office: Office) -> dict[str, bool | int]:
    return {name: lets_in(browser, office, name) for name in NEEDS}


def signed_in(person: User) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


def expected(role: str, *, in_reach: bool) -> dict[str, bool]:
    may = ROLES[role].may
    reaches = in_reach or ROLES[role].reach is Reach.ALL
    return {
        name: (need == MEMBER or need in may) and (name in OF_A_TEAM or reaches)
        for name, need in NEEDS.items()
    }


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_let_in_where_the_table_says(office, role):
    sam = joins(office.team, role)
    assigned(office, sam)

    assert finds(signed_in(sam), office) == expected(role, in_reach=True)


@pytest.mark.parametrize("role", [key for key, role in ROLES.items() if role.reach != Reach.ALL])
def test_a_role_with_less_reach_finds_nothing_of_other_matters(office, role):
    sam = joins(office.team, role)

    assert finds(signed_in(sam), office) == expected(role, in_reach=False)


def test_behind_a_wall_there_is_no_matter_whatever_the_role(office):
    sam = joins(office.team, "owner")
    assigned(office, sam)
    wall_off(office.team, sam, office.client.pk, by=office.case.owner, reason="His sister.")

    assert finds(signed_in(sam), office) == {name: name in OF_A_TEAM for name in NEEDS}


NOTHING = dict.fromkeys(NEEDS, False)


def test_a_stranger_finds_nothing(office):
    stranger = a_person("eve@example.org")
    found("Another Clinic", by=stranger)

    assert finds(signed_in(stranger), office) == NOTHING


def test_after_the_last_day_there_is_nothing(office):
    yesterday = timezone.localdate() - timedelta(days=1)
    sam = joins(office.team, "owner", expires_on=yesterday)
    assigned(office, sam)

    assert finds(signed_in(sam), office) == NOTHING


def test_whoever_left_finds_nothing_even_where_they_answer_for_the_matter(office):
    sam = joins(office.team, "caseworker")
    Case.objects.filter(pk=office.case.pk).update(owner=sam)
    end(Membership.objects.get(user=sam), by=sam)

    assert finds(signed_in(sam), office) == NOTHING


def test_whoever_is_not_signed_in_is_asked_to(office):
    assert finds(Browser(), office) == NOTHING


def test_the_owner_of_a_case_of_ones_own_needs_no_role(office):
    Case.objects.filter(pk=office.case.pk).update(team=None, client=None)
    lets = finds(signed_in(office.case.owner), office)

    team_only = {
        "case-send-mandate",
        "date-new",
        "date-check",
        "case-second",
        "case-review",
        "case-notes",
        "case-time",
        "case-time-start",
        "case-outcome",
    }
    assert {name: lets[name] for name in OF_A_CASE} == {
        name: name not in team_only for name in OF_A_CASE
    }
