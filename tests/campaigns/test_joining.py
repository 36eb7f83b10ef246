"""People join a campaign whose letters the team sends: from the public page to leaving again."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from consentkit.campaigns import actions
from consentkit.campaigns.batches import begin, make
from consentkit.campaigns.entering import open_waiting
from consentkit.campaigns.joining import forget_unconfirmed
from consentkit.campaigns.models import Campaign, Participation
from consentkit.cases.actions import record
from consentkit.cases.log import Detail
from consentkit.cases.models import Case
from consentkit.cases.selection import Selection
from consentkit.clients.actions import Intake, draft_mandate, sign, take_in
from consentkit.clients.conflicts import decide
from consentkit.clients.models import Client, ConflictCheck
from consentkit.correspondence.actions import CannotSend, send_letter
from consentkit.correspondence.models import Message
from consentkit.letters.compose import compose
from consentkit.letters.models import Letter
from consentkit.teams.actions import wall_off
from consentkit.teams.audit import verify
from consentkit.teams.models import AuditEntry
from consentkit.teams.roles import Permission
from consentkit.web.campaigning.numbers import chart
from tests.campaigns.joiners import (
    a_group,
    a_member,
    address,
    answers,
    joins,
    link,
    says_yes,
    text_of,
)
from tests.campaigns.many import work

pytestmark = pytest.mark.django_db
QUERIES = 16
DOT = (0.1, 0.2)


@pytest.fixture
def group():
    cache.clear()
    return a_group()


@pytest.fixture
def outbox(settings, tmp_path):
    """A site that can send e-mail, into a folder."""
    settings.OUTBOX_FOLDER = str(tmp_path / "outbox")


@pytest.fixture
def campaign(group):
    return group.campaign()


# From the page to the case ------------------------------------------------------------------------


def test_somebody_reads_their_letter_confirms_by_email_and_has_a_case(group, campaign):
    assert "error-summary" not in Browser().get(address(campaign)).content.decode()
    page = Browser().post(address(campaign), answers())
    assert "Dora Demo" in text_of(page)
    assert "I, Dora Demo, authorise Example Group" in text_of(page)
    assert not Participation.objects.exists()

    way = joins(campaign)
    assert not Client.objects.exists()
    seen = Browser().get(way)
    assert "Do you take part?" in text_of(seen)
    assert not Client.objects.exists()  # looking is not confirming: mail programs look

    assert "Your letter is written. It has not gone out yet." in says_yes(way)
    client = Client.objects.get()
    case = Case.objects.get()
    assert (client.name, client.residence) == ("Dora Demo", "DE-BE")
    assert (case.campaign, case.client, case.owner) == (campaign, client, group.coo)
    mandate = client.mandates.get()
    assert mandate.text in page.content.decode().replace("<br>", "\n")
    assert (mandate.laws, mandate.platforms) == (["eu-gdpr"], ["tiktok"])
    given = client.consents.get()
    assert given.wording in text_of(page)
    assert (given.how, given.given_on) == ("link", timezone.localdate())
    joined = Participation.objects.get()
    assert (joined.client, joined.answers) == (client, {})
    assert AuditEntry.objects.filter(action="participation.confirmed").count() == 1
    assert verify(group.team) is None


def test_the_letter_kept_is_the_letter_read(campaign):
    page = text_of(Browser().post(address(campaign), answers(language="de")))
    says_yes(joins(campaign, language="de"))

    letter = Letter.objects.get()
    assert letter.language == "de"
    assert letter.letter_request().sender.email == "dora@example.org"
    for paragraph in compose(letter.letter_request()).paragraphs:
        for block in paragraph.blocks:
            assert " ".join(block.text.split())[:60] in page


def test_without_a_drawing_the_letter_waits_for_the_paper(campaign, outbox):
    told = says_yes(joins(campaign, strokes=""))

    assert "Your signature is still missing." in told
    letter = Letter.objects.get()
    assert letter.case.client.mandates.get().signed_on is None  # the paper, to be printed
    with pytest.raises(CannotSend, match="mandate_unsigned"):
        send_letter(letter, channel="email", by=letter.case.owner)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"residence": "US-IL"}, "The law of this letter protects people who live in the European"),
        ({"name": ""}, "Write down your name."),
        ({"email": "nonsense"}, "This is not an e-mail address."),
        ({"residence": ""}, "Choose where you live."),
        ({"step": "join"}, "Without your consent we may not keep what you tell us."),
        ({"handle": ""}, "Write down your name on the platform"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(campaign, told, said):
    response = Browser().post(address(campaign), answers(**told))

    assert response.status_code == 422
    assert said in text_of(response)
    kept = "Dora Demo" if "handle" in told else "@dora"
    assert f'value="{kept}"' in response.content.decode()
    assert (Participation.objects.count(), mail.outbox) == (0, [])


# Once more, by others, never ----------------------------------------------------------------------


def test_joining_twice_gives_what_is_there_and_tells_the_asker_nothing(campaign):
    first = joins(campaign)
    says_yes(first)
    before = mail.outbox[0]
    response = Browser().post(address(campaign), answers(step="join", consents="on"), follow=True)
    again = mail.outbox[-1]

    assert "Look into your mailbox" in text_of(response)
    assert again.subject == before.subject
    assert again.body.replace(link(), "") == before.body.replace(first, "")
    assert "You take part." in text_of(Browser().get(link()))
    says_yes(link())
    assert (Client.objects.count(), Case.objects.count()) == (1, 1)


def test_a_stranger_who_types_my_address_changes_nothing_that_i_confirm(campaign):
    mine = joins(campaign)
    theirs = joins(campaign, "Mallory Mock", email="dora@example.org")
    says_yes(mine)
    says_yes(theirs)

    assert [one.name for one in Client.objects.all()] == ["Dora Demo"]


def test_what_nobody_confirms_is_forgotten(campaign):
    way = joins(campaign)
    assert b"Dora" not in raw_rows()

    later = timezone.now() + timedelta(days=3, minutes=1)
    assert forget_unconfirmed(later) == 1
    assert Browser().get(way).status_code == 404
    assert not Client.objects.exists()


def raw_rows() -> bytes:
    """The table of participations as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM consentkit_participation")
        return repr(cursor.fetchall()).encode()


def test_a_link_that_is_too_old_leads_nowhere_before_the_sweep(campaign):
    way = joins(campaign)
    Participation.objects.update(joined_at=timezone.now() - timedelta(days=4))

    assert Browser().get(way).status_code == 404
    assert Browser().post(way, {"do": "confirm"}).status_code == 404


def test_floods_are_slowed_down(campaign):
    posted = answers(step="join", consents="on")
    browser = Browser()
    # The same mailbox, however its address is written.
    ways = ("dora@", "Dora@", "dora+a@", "dora+b@", "DORA@", "dora+c@")
    seen = [
        browser.post(address(campaign), {**posted, "email": f"{one}example.org"}).status_code
        for one in ways
    ]

    assert seen == [302, 302, 302, 302, 429, 429]
    assert len(mail.outbox) == 4


# Conflicts ----------------------------------------------------------------------------------------


def test_a_conflict_is_decided_before_the_case_opens(group, campaign):
    other = Intake(name="Dora Demo", residence="DE-BE", email="another@example.org")
    take_in(group.team, other, by=group.clara, on=timezone.localdate())
    way = joins(campaign)

    told = says_yes(way)
    assert "Example Group looks at it first." in told
    assert "conflict" not in told.lower()
    assert not Case.objects.exists()
    page = group.sees(group.coo, "campaign", campaign.slug)
    assert "waits for a decision about a conflict" in page

    check = ConflictCheck.objects.get(state="waiting")
    decide(check, "proceed", by=group.clara, reason="Two people of one name.")
    open_waiting(check.client, on=timezone.localdate())
    assert Case.objects.get().client == check.client
    assert "Your letter is written." in text_of(Browser().get(way))


def test_who_leaves_while_a_conflict_waits_gets_no_case(group, campaign):
    other = Intake(name="Dora Demo", residence="DE-BE", email="another@example.org")
    take_in(group.team, other, by=group.clara, on=timezone.localdate())
    way = joins(campaign)
    says_yes(way)
    Browser().post(way, {"do": "withdraw"})

    check = ConflictCheck.objects.get(state="waiting")
    decide(check, "proceed", by=group.clara, reason="Two people of one name.")
    open_waiting(check.client, on=timezone.localdate())
    assert not Case.objects.exists()


# Leaving ------------------------------------------------------------------------------------------


def test_leaving_revokes_the_mandate_and_stops_what_waits(group, outbox):
    campaign = group.campaign(platform="acxiom")
    way = joins(campaign)
    says_yes(way)
    letter = Letter.objects.get()
    send_letter(letter, channel="email", by=group.coo)

    response = Browser().post(way, {"do": "withdraw"}, follow=True)
    client = Client.objects.get()
    assert "You have left this campaign." in text_of(response)
    assert client.mandates.get().revoked_at is not None
    assert [one.withdrawn_on for one in client.consents.all()] == [timezone.localdate()]
    assert Message.objects.get().state == Message.State.STOPPED
    assert "left again" in group.sees(group.coo, "campaign", campaign.slug)
    assert verify(group.team) is None

    Browser().post(way, {"do": "withdraw"})  # once is enough
    assert AuditEntry.objects.filter(action="participation.withdrawn").count() == 1


def test_leaving_stops_the_campaign_even_where_a_mandate_reaches_further(group, outbox):
    campaign = group.campaign(platform="acxiom")
    way = joins(campaign)
    says_yes(way)
    case, client = Case.objects.get(), Client.objects.get()
    reaches = draft_mandate(client, by=group.clara, starts_on=timezone.localdate())
    sign(reaches, by=group.clara, signer="Dora Demo", on=timezone.localdate(), strokes=((DOT,),))
    batch = work(begin(group.team, "letters", [case.pk], by=group.coo))
    send_letter(Letter.objects.get(), channel="email", by=group.coo)
    tell_posted = {Detail.LETTER: 1, Detail.CHANNEL: "post"}
    record(case, "sent", on=timezone.localdate(), by=group.coo, details=tell_posted)

    Browser().post(way, {"do": "withdraw"})
    assert Message.objects.get().state == Message.State.STOPPED
    assert client.mandates.get(pk=reaches.pk).revoked_at is None
    make(batch, by=group.coo)
    assert work(batch).items.get().problem == "left"


def test_who_left_can_join_anew_with_a_new_mandate(campaign):
    way = joins(campaign)
    says_yes(way)
    Browser().post(way, {"do": "withdraw"})
    again = joins(campaign)

    assert "You take part." in says_yes(again)
    client = Client.objects.get()
    assert sorted(one.revoked_at is None for one in client.mandates.all()) == [False, True]
    assert "You take part." in text_of(Browser().get(way))


# Open, closed and not there -----------------------------------------------------------------------


def test_a_stranger_finds_a_campaign_only_while_it_is_open(group):
    campaign = group.campaign(opened=False)

    def found() -> int:
        return Browser().get(address(campaign)).status_code

    assert found() == 404
    actions.open_(campaign, by=group.coo)
    assert found() == 200
    actions.pause(campaign, by=group.coo)
    assert found() == 404
    actions.open_(campaign, by=group.coo)
    actions.close(campaign, by=group.coo)
    assert "This campaign is over." in text_of(Browser().get(address(campaign)))
    Campaign.objects.update(closed_at=timezone.now() - timedelta(days=2))
    assert found() == 404


def test_nobody_joins_a_campaign_that_has_closed_meanwhile(group, campaign):
    way = joins(campaign)
    actions.close(campaign, by=group.coo)

    response = Browser().post(way, {"do": "confirm"})
    assert response.status_code == 422
    assert "This campaign is over. Nothing was done." in text_of(response)
    assert not Client.objects.exists()


# Nobody's data where they do not belong -----------------------------------------------------------


def test_no_letter_holds_what_somebody_else_said(campaign):
    names = ["Anna Alpha", "Bela Beta", "Cleo Gamma"]
    for name in names:
        says_yes(joins(campaign, name))

    assert Letter.objects.count() == 3
    for letter in Letter.objects.select_related("case__client"):
        own = letter.case.client.name
        text = compose(letter.letter_request()).text()
        assert [name for name in names if name.split()[0].lower() in text.lower()] == [own]


def test_addresses_and_subjects_tell_nothing_personal(campaign, group):
    seen = []

    class Watching(Browser):
        def request(self, **request):  # type: ignore[no-untyped-def]
            seen.append(request["PATH_INFO"] + request.get("QUERY_STRING", ""))
            return super().request(**request)

    browser = Watching()
    browser.post(address(campaign), answers(step="join", consents="on"), follow=True)
    browser.post(link(), {"do": "confirm"}, follow=True)
    page = group.browser(group.coo).get(f"/teams/{group.team.slug}/campaigns/{campaign.slug}/")
    hrefs = re.findall(r'href="([^"]+)"', page.content.decode())
    told = [*seen, *hrefs, *(str(one.subject) for one in mail.outbox)]

    assert [one for one in told if "dora" in one.lower()] == []
    assert all("tiktok" not in str(one.body).lower() for one in mail.outbox)


def test_the_secret_of_a_link_is_not_kept(campaign):
    secret = joins(campaign).rstrip("/").rpartition("/")[2]

    assert secret.encode() not in raw_rows()
    assert len(Participation.objects.get().secret_hash) == 64


# Who sees it in the team --------------------------------------------------------------------------


def test_a_wall_hides_a_participant_and_their_case(group, campaign):
    says_yes(joins(campaign))
    says_yes(joins(campaign, "Emil Example"))
    dora = Client.objects.get(number=1)
    wall_off(group.team, group.coo, dora.pk, by=group.clara, reason="His sister.")

    page = group.sees(group.coo, "campaign", campaign.slug)
    assert ("Dora Demo" in page, "Emil Example" in page) == (False, True)
    assert "Joined 1" in page
    assert "Joined 2" in group.sees(group.clara, "campaign", campaign.slug)


def test_every_number_leads_to_as_many_cases(group, campaign):
    says_yes(joins(campaign))
    says_yes(joins(campaign, "Emil Example"))
    other = joins(group.campaign(title="Other", platform="acxiom"), "Fay Example")
    says_yes(other)
    today = timezone.localdate()
    rows = [row for row in chart(campaign, group.coo, today).rows if row.href.startswith("/cases/")]

    assert [(row.label, row.number) for row in rows] == [
        ("Letters made", 2),
        ("Not sent yet", 2),
        ("Overdue", 0),
    ]
    for row in rows:
        chosen = Selection.from_query(dict(parse_qsl(urlsplit(row.href).query)))
        assert chosen.cases(group.coo, Permission.VIEW, today).count() == row.number
        assert group.browser(group.coo).get(row.href).status_code == 200


def test_without_the_coordinator_an_owner_answers_for_who_joins(group, campaign):
    group.team.memberships.filter(user=group.coo).update(ended_at=timezone.now())
    says_yes(joins(campaign))

    assert Case.objects.get().owner == group.clara


def test_more_participants_need_no_more_queries(group, campaign, django_assert_num_queries):
    for name in ("Anna Alpha", "Bela Beta", "Cleo Gamma"):
        says_yes(joins(campaign, name))
    where = f"/teams/{group.team.slug}/campaigns/{campaign.slug}/"
    browser = group.browser(group.coo)
    browser.get(where)
    with django_assert_num_queries(QUERIES):
        browser.get(where)
    Participation.objects.exclude(pk=Participation.objects.first().pk).delete()
    with django_assert_num_queries(QUERIES):
        browser.get(where)


def test_a_viewer_finds_no_campaigns(group, campaign):
    viewer = a_member(group.team, "viewer", "vic@example.org")

    where = f"/teams/{group.team.slug}/campaigns/{campaign.slug}/"
    assert group.browser(viewer).get(where).status_code == 404
