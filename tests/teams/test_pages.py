"""The pages of a team, as the people of a clinic use them."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from lxml import html

from consentkit.cases.actions import learn_words
from consentkit.cases.models import Case
from consentkit.clients.models import Client
from consentkit.correspondence.erasure import OnlyOwner, delete_account
from consentkit.teams.actions import found, invite, wall_off
from consentkit.teams.audit import verify
from consentkit.teams.models import AuditEntry, Invitation, Membership, Team, User, Wall
from tests.teams.people import code, signs_in
from tests.world import a_case, a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def clara() -> User:
    return a_person("clara@example.org", name="Clara")


@pytest.fixture
def team(clara: User) -> Team:
    return found("Example Clinic", by=clara)


def joins(team: Team, role: str, email: str = "sam@example.org", **fields: Any) -> User:
    person = a_person(email, name=email.partition("@")[0].title())
    Membership.objects.create(team=team, user=person, role=role, made_at=timezone.now(), **fields)
    return person


def signed_in(person: User) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


def matter(team: Team, owner: User, client: Client | None = None, **asked: Any) -> Case:
    case = a_case(owner=owner, **asked)
    case.words.all().delete()
    Case.objects.filter(pk=case.pk).update(team=team, client=client)
    case.refresh_from_db()
    learn_words(case)
    return case


def a_client(team: Team, number: int = 1, name: str = "Dora Demo") -> Client:
    return Client.objects.create(
        team=team, number=number, name=name, residence="DE-BE", made_at=timezone.now()
    )


def page(team: Team, name: str = "team", *more: object) -> str:
    return reverse(name, args=[team.slug, *more])


def text_of(response: Any) -> str:
    return " ".join(html.fromstring(response.content.decode()).text_content().split())


def told(team: Team) -> list[tuple[str, int | None]]:
    return list(AuditEntry.objects.filter(team=team).values_list("action", "user"))[1:]


# People -------------------------------------------------------------------------------------------


def test_somebody_founds_a_team_and_is_its_owner(clara):
    response = signed_in(clara).post(reverse("teams"), {"name": "Example Clinic"}, follow=True)

    assert response.redirect_chain[-1][0] == "/teams/example-clinic/"
    assert Membership.objects.get(user=clara).role == "owner"
    assert signed_in(clara).post(reverse("teams"), {"name": " "}).status_code == 422


def test_no_team_has_an_address_that_means_something_else(clara):
    assert found("Join", by=clara).slug == "join-2"


def test_the_table_of_roles_is_that_of_the_code(team, clara):
    shown = html.fromstring(signed_in(clara).get(page(team)).content.decode())
    rows = {
        row.find("th").text_content(): [cell.text_content() for cell in row.findall("td")]
        for row in shown.xpath("//section[@aria-labelledby='roles']//tbody/tr")
    }

    assert rows["Let letters go out"] == ["yes", "yes", "yes", "no", "yes", "no"]
    assert rows["Which cases"][3:5] == ["only cases assigned to them", "only cases of campaigns"]
    assert rows["Run campaigns, imports and letters in bulk"][3:] == ["no", "yes", "no"]


def test_an_invitation_goes_by_mail_and_is_accepted_once(team, clara):
    last_day = timezone.localdate() + timedelta(days=90)
    asked = {"email": "new@example.org", "role": "student", "expires_on": last_day.isoformat()}
    signed_in(clara).post(page(team, "team-invite"), asked)

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["new@example.org"], "You are asked to join Example Clinic")
    [link] = re.findall(r"/teams/join/\S+", sent.body)
    assert "Your role: Student." in sent.body

    stranger = Browser().get(link)
    assert f"{reverse('account_login')}?next={link}" in stranger.content.decode()
    assert Browser().post(link).url == f"{reverse('account_login')}?next={link}"

    new = signed_in(a_person("new@example.org"))
    assert "Join Example Clinic?" in text_of(new.get(link))
    assert new.post(link).url == page(team)
    membership = Membership.objects.get(user__email="new@example.org")
    assert (membership.role, membership.expires_on) == ("student", last_day)

    again = signed_in(a_person("other@example.org")).get(link)
    assert again.status_code == 404
    assert "This invitation is over" in text_of(again)


def test_whoever_has_no_account_makes_one_and_comes_back_to_the_invitation(team, clara, client):
    _, secret = invite(team, "new@example.org", "viewer", by=clara)
    link = reverse("team-join", args=[secret])
    [sign_up] = html.fromstring(client.get(link).content.decode()).xpath(
        "//main//a[contains(@href, 'signup')]/@href"
    )
    form = html.fromstring(client.get(sign_up).content.decode()).forms
    asked = next(dict(one.fields) for one in form if "email" in one.fields)
    client.post(sign_up, {**asked, "email": "new@example.org", "password1": ""})
    response = client.post("/account/confirm-email/", {"code": code()})

    assert response.url == link
    client.post(link)
    assert Membership.objects.get(user__email="new@example.org").role == "viewer"


def test_a_link_that_nobody_made_says_so_kindly(client, db):
    response = client.get(reverse("team-join", args=["x" * 32]))

    assert response.status_code == 404
    assert "ask the team for a new invitation" in text_of(response)


def test_where_no_mail_can_go_the_link_is_shown(team, clara, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = ""
    asked = {"email": "new@example.org", "role": "viewer", "expires_on": ""}
    response = signed_in(clara).post(page(team, "team-invite"), asked)

    [field] = html.fromstring(response.content.decode()).xpath("//input[@id='link']")
    link = field.get("value").removeprefix("http://testserver")
    assert "Join Example Clinic?" in text_of(Browser().get(link))


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"email": "nobody", "role": "viewer"}, "email"),
        ({"email": "new@example.org", "role": "king"}, "role"),
        ({"email": "new@example.org", "role": "viewer", "expires_on": "2020-01-01"}, "expires_on"),
    ],
)
def test_an_invitation_that_cannot_be_says_why_beside_the_field(team, clara, asked, field):
    response = signed_in(clara).post(page(team, "team-invite"), asked)

    assert response.status_code == 422
    shown = html.fromstring(response.content.decode())
    assert shown.get_element_by_id(f"id_{field}_error") is not None
    assert shown.get_element_by_id("id_email").get("value") == asked["email"]
    assert Invitation.objects.count() == 0


def test_a_withdrawn_invitation_leads_nowhere(team, clara):
    invitation, secret = invite(team, "new@example.org", "viewer", by=clara)
    signed_in(clara).post(page(team, "team-withdraw", invitation.pk))

    assert Browser().get(reverse("team-join", args=[secret])).status_code == 404


def test_a_role_and_a_last_day_are_changed_and_access_ended(team, clara):
    sam = joins(team, "viewer")
    place = Membership.objects.get(user=sam)
    address = page(team, "team-member", place.pk)
    day = timezone.localdate() + timedelta(days=7)

    signed_in(clara).post(address, {"role": "caseworker", "expires_on": day.isoformat()})
    place.refresh_from_db()
    assert (place.role, place.expires_on) == ("caseworker", day)

    signed_in(clara).post(address, {"end": "1"})
    assert signed_in(sam).get(page(team)).status_code == 404
    assert told(team) == [("person.changed", clara.pk), ("person.left", clara.pk)]


@pytest.mark.parametrize(
    "asked", [{"role": "viewer"}, {"role": "owner", "expires_on": "2090-01-01"}, {"end": "1"}]
)
def test_the_last_owner_stays(team, clara, asked):
    place = Membership.objects.get(user=clara)
    response = signed_in(clara).post(page(team, "team-member", place.pk), asked)

    assert response.status_code == 422
    assert "A team needs an owner" in text_of(response)
    place.refresh_from_db()
    assert (place.role, place.expires_on, place.ended_at) == ("owner", None, None)


def test_somebody_leaves_by_themselves(team):
    sam = joins(team, "viewer")
    signed_in(sam).post(page(team, "team-leave"))

    assert signed_in(sam).get(page(team)).status_code == 404


# Cases --------------------------------------------------------------------------------------------


def references(response: Any) -> list[str]:
    shown = html.fromstring(response.content.decode())
    return [one.text_content().rsplit("·", 1)[1].strip() for one in shown.xpath("//tbody//th")]


def test_the_list_has_ones_own_cases_and_the_teams_and_tells_them_apart(team, clara):
    sam = joins(team, "caseworker")
    own, shared = a_case(owner=sam), matter(team, clara, law="uk-gdpr")
    browser = signed_in(sam)

    def shown(**narrowed: str) -> set[str]:
        return set(references(browser.post(reverse("cases"), narrowed)))

    assert shown() == {own.reference, shared.reference}
    assert shown(team=team.slug) == {shared.reference}
    assert shown(team="-") == {own.reference}
    assert shown(q="Instance") == {shared.reference}
    assert shown(q="Beispiel") == {own.reference}
    assert shown(q="Beispiel Instance") == set()


def test_only_who_may_take_data_out_has_team_cases_in_the_spreadsheet(team, clara):
    shared = matter(team, clara)
    for role, expected in (("caseworker", []), ("supervisor", [shared.reference])):
        person = joins(team, role, f"{role}@example.org")
        response = signed_in(person).get(reverse("cases-export"))
        rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
        assert [row[0] for row in rows[1:]] == expected
    assert told(team) == [("cases.exported", person.pk)]


def test_who_sees_a_case_is_noted_once_an_hour(team, clara):
    case = matter(team, clara)
    sam = joins(team, "viewer")
    browser = signed_in(sam)
    for _ in range(3):
        browser.get(case.get_absolute_url())
    signed_in(clara).get(case.get_absolute_url())

    assert told(team) == [("case.viewed", sam.pk), ("case.viewed", clara.pk)]
    assert verify(team) is None


def test_what_is_done_with_a_case_is_noted_with_who_did_it(team, clara):
    case = matter(team, clara)
    browser = signed_in(clara)
    browser.get(case.get_absolute_url())
    browser.post(reverse("case-close", args=[case.code]), {"ending": "settled"})
    browser.post(reverse("case-reopen", args=[case.code]))

    assert told(team) == [
        ("case.viewed", clara.pk),
        ("case.closed", clara.pk),
        ("case.reopened", clara.pk),
    ]
    assert AuditEntry.objects.get(action="case.closed").details == {"fact": 2}


def test_ones_own_cases_are_in_no_audit_log(clara, team):
    case = a_case(owner=clara)
    signed_in(clara).get(case.get_absolute_url())

    assert told(team) == []


def test_an_attempt_from_behind_a_wall_is_noted_and_finds_nothing(team, clara):
    client = a_client(team)
    case = matter(team, clara, client)
    sam = joins(team, "owner")
    wall_off(team, sam, client.pk, by=clara, reason="His sister.")

    assert signed_in(sam).get(case.get_absolute_url()).status_code == 404
    assert told(team) == [("wall.made", clara.pk), ("wall.attempt", sam.pk)]


def test_a_stranger_s_attempt_is_none_of_the_team_s_business(team, clara):
    case = matter(team, clara, a_client(team))

    assert signed_in(a_person("eve@example.org")).get(case.get_absolute_url()).status_code == 404
    assert told(team) == []


def test_a_student_records_what_came_but_not_that_a_letter_went_out(team, clara):
    case = matter(team, clara)
    student = joins(team, "student")
    Case.objects.filter(pk=case.pk).update(second=student)
    browser = signed_in(student)

    assert browser.get(reverse("case-record", args=[case.code, "noted"])).status_code == 200
    assert browser.get(reverse("case-record", args=[case.code, "sent"])).status_code == 404


@pytest.mark.parametrize("role", ["viewer", "student", "caseworker", "supervisor", "owner"])
def test_the_page_of_a_case_offers_nothing_that_is_not_allowed(team, clara, role):
    case = matter(team, clara)
    sam = joins(team, role)
    Case.objects.filter(pk=case.pk).update(second=sam)
    browser = signed_in(sam)
    shown = html.fromstring(browser.get(case.get_absolute_url()).content.decode())
    main = shown.get_element_by_id("main")
    offered = {*main.xpath(".//a/@href"), *main.xpath(".//form/@action")}
    of_the_case = {one for one in offered if one.startswith("/cases/") and one != "/cases/"}

    refused = {one for one in of_the_case if browser.get(one).status_code == 404}
    assert refused == set()


# Handing over -------------------------------------------------------------------------------------


def test_cases_are_handed_over_with_a_memo_in_each_log(team, clara):
    sam, kim = joins(team, "caseworker"), joins(team, "caseworker", "kim@example.org")
    first, second = matter(team, sam), matter(team, sam, law="uk-gdpr")
    places = {one.user_id: one.pk for one in Membership.objects.all()}
    asked = {"giver": places[sam.pk], "taker": places[kim.pk], "memo": "Call the court."}

    signed_in(clara).post(page(team, "team-handover"), asked)

    assert {one.owner for one in Case.objects.filter(pk__in=[first.pk, second.pk])} == {kim}
    facts = Case.objects.get(pk=first.pk).facts()
    assert (facts[-1].kind, facts[-1].note, facts[-1].by) == ("noted", "Call the court.", clara.pk)
    assert told(team)[-1] == ("cases.handed_over", clara.pk)


def test_no_case_is_handed_to_somebody_behind_its_wall(team, clara):
    sam, kim = joins(team, "caseworker"), joins(team, "caseworker", "kim@example.org")
    client = a_client(team)
    case = matter(team, sam, client)
    wall_off(team, kim, client.pk, by=clara, reason="A friend.")
    places = {one.user_id: one.pk for one in Membership.objects.all()}
    asked = {"giver": places[sam.pk], "taker": places[kim.pk], "memo": "Yours now."}

    response = signed_in(clara).post(page(team, "team-handover"), asked, follow=True)

    assert Case.objects.get(pk=case.pk).owner == sam
    assert "1 case stayed: this person may not have it." in text_of(response)


@pytest.mark.parametrize("memo", ["", "  "])
def test_a_handover_takes_a_memo(team, clara, memo):
    sam = joins(team, "caseworker")
    places = {one.user_id: one.pk for one in Membership.objects.all()}
    asked = {"giver": places[clara.pk], "taker": places[sam.pk], "memo": memo}

    assert signed_in(clara).post(page(team, "team-handover"), asked).status_code == 422


def test_nobody_who_only_reads_takes_a_case(team, clara):
    case, sam = matter(team, clara), joins(team, "viewer")
    places = {one.user_id: one.pk for one in Membership.objects.all()}
    asked = {"giver": places[clara.pk], "taker": places[sam.pk], "memo": "Yours now."}
    response = signed_in(clara).post(page(team, "team-handover"), asked)

    assert "This person cannot work on cases of the team." in text_of(response)
    assert Case.objects.get(pk=case.pk).owner == clara


# Walls --------------------------------------------------------------------------------------------


def test_a_wall_is_put_up_attested_and_lifted_on_its_pages(team, clara):
    client, sam = a_client(team), joins(team, "caseworker")
    matter(team, clara, client)
    place = Membership.objects.get(user=sam)
    browser = signed_in(clara)
    asked = {"person": place.pk, "client": client.pk, "reason": "His sister works there."}
    browser.post(page(team, "team-walls"), asked)
    wall = Wall.objects.get()
    Wall.objects.update(attest_by=date(2026, 1, 1))

    assert "Due" in text_of(browser.get(page(team, "team-walls")))
    kept = {"statement": "I have seen nothing.", "attest": "1"}
    signed_in(sam).post(page(team, "team-wall", wall.pk), kept)
    wall.refresh_from_db()
    assert wall.attest_by > timezone.localdate()

    lifted = {"statement": "She left.", "lift": "1"}
    assert signed_in(sam).post(page(team, "team-wall", wall.pk), lifted).status_code == 404
    browser.post(page(team, "team-wall", wall.pk), lifted)
    wall.refresh_from_db()
    assert wall.lifted_by == clara
    report = b"".join(browser.get(page(team, "team-walls-report")).streaming_content).decode()
    [_, row] = list(csv.reader(io.StringIO(report)))
    assert (row[1], row[2], row[3]) == ("Sam", "1", "His sister works there.")


def test_whoever_stands_behind_a_wall_learns_no_name_from_it(team, clara):
    client = a_client(team, name="Dora Demo")
    sam, kim = joins(team, "owner"), joins(team, "owner", "kim@example.org")
    for person in (sam, kim):
        wall_off(team, person, client.pk, by=clara, reason="They are cousins.")
    browser = signed_in(sam)
    own = Wall.objects.get(user=sam)
    others = Wall.objects.get(user=kim)
    report = b"".join(browser.get(page(team, "team-walls-report")).streaming_content).decode()

    for shown in (
        text_of(browser.get(page(team, "team-walls"))),
        text_of(browser.get(page(team, "team-wall", own.pk))),
        text_of(browser.get(page(team, "team-wall", others.pk))),
        report,
    ):
        assert "Dora" not in shown
        assert "cousins" not in shown


def test_a_caseworker_sees_only_the_walls_before_themselves(team, clara):
    client = a_client(team)
    sam, kim = joins(team, "caseworker"), joins(team, "caseworker", "kim@example.org")
    wall_off(team, sam, client.pk, by=clara, reason="A friend.")
    wall_off(team, kim, client.pk, by=clara, reason="A friend.")
    shown = html.fromstring(signed_in(sam).get(page(team, "team-walls")).content.decode())

    assert [one.text_content().strip() for one in shown.xpath("//tbody//th")] == ["Sam"]


# The audit log ------------------------------------------------------------------------------------


def test_the_audit_log_is_read_narrowed_and_taken_along(team, clara):
    case = matter(team, clara)
    sam = joins(team, "viewer")
    signed_in(sam).get(case.get_absolute_url())
    browser = signed_in(clara)

    def rows(**narrowed: Any) -> list[list[str]]:
        shown = html.fromstring(browser.get(page(team, "team-audit"), narrowed).content.decode())
        return [
            [cell.text_content().strip() for cell in row][2:5] for row in shown.xpath("//tbody/tr")
        ]

    assert rows() == [["Sam", "Case viewed", case.reference], ["Clara", "Team founded", ""]]
    assert rows(person=sam.pk) == [["Sam", "Case viewed", case.reference]]
    assert rows(action="team.founded") == [["Clara", "Team founded", ""]]
    told_ = b"".join(browser.get(page(team, "team-audit-export")).streaming_content).decode()
    lines = list(csv.DictReader(io.StringIO(told_)))
    assert [line["action"] for line in lines] == ["team.founded", "case.viewed", "audit.exported"]
    assert lines[0]["digest"] == AuditEntry.objects.get(number=1).digest


def test_the_page_says_where_the_chain_breaks(team, clara):
    browser = signed_in(clara)
    assert "The chain is whole" in text_of(browser.get(page(team, "team-audit")))
    AuditEntry.objects.create(
        team=team, number=2, at=timezone.now(), action="case.viewed", digest="0" * 64
    )

    assert "The chain breaks at entry 2" in text_of(browser.get(page(team, "team-audit")))


@pytest.mark.parametrize("number", [1, 3])
def test_more_entries_need_no_more_queries(team, clara, django_assert_num_queries, number):
    browser = signed_in(clara)
    for day in range(2, 2 + number):
        browser.get(matter(team, clara, date=date(2026, 3, day)).get_absolute_url())

    browser.get(page(team, "team-audit"))
    with django_assert_num_queries(14):
        browser.get(page(team, "team-audit"))


# Leaving for good ---------------------------------------------------------------------------------


def test_the_only_owner_of_a_team_cannot_be_deleted(team, clara):
    case = matter(team, clara)
    joins(team, "supervisor")
    with pytest.raises(OnlyOwner):
        delete_account(clara, now=timezone.now())

    assert Case.objects.filter(pk=case.pk).exists()
    assert User.objects.filter(pk=clara.pk).exists()


def test_the_page_says_who_alone_runs_a_team(team, clara, client):
    joins(team, "supervisor")
    EmailAddress.objects.create(user=clara, email=clara.email, verified=True, primary=True)
    signs_in(client, clara.email)
    address = reverse("account-delete")

    assert "Make somebody else an owner of your team first." in text_of(client.get(address))
    response = client.post(address, {"email": clara.email})
    assert response.status_code == 422
    assert User.objects.filter(pk=clara.pk).exists()


def test_team_cases_go_to_an_owner_whom_no_wall_keeps_off(team, clara):
    client = a_client(team)
    sam = joins(team, "caseworker")
    other = joins(team, "owner", "olga@example.org")
    wall_off(team, clara, client.pk, by=other, reason="A friend.")
    behind, open_ = matter(team, sam, client), matter(team, sam, law="uk-gdpr")
    own = a_case(owner=sam, law="ch-fadp")

    delete_account(sam, now=timezone.now())

    assert Case.objects.get(pk=behind.pk).owner == other
    assert Case.objects.get(pk=open_.pk).owner == clara
    assert not Case.objects.filter(pk=own.pk).exists()
    assert verify(team) is None


def test_a_team_of_which_nothing_is_left_is_closed(team, clara):
    delete_account(clara, now=timezone.now())

    assert Team.objects.get(pk=team.pk).closed_at is not None


# For everybody ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [320, 1200])
def test_everybody_can_use_the_pages_of_a_team(make_page, live_server, axe, width):
    clara = a_person("clara@example.org", name="Clara")
    team = found("Example Clinic", by=clara)
    client = a_client(team)
    matter(team, clara, client)
    wall = wall_off(team, joins(team, "student"), client.pk, by=clara, reason="A friend.")
    _, secret = invite(team, "new@example.org", "viewer", by=clara)
    browser = make_page(viewport={"width": width, "height": 800})
    cookie = signed_in(clara).cookies["sessionid"].value
    browser.context.add_cookies(
        [{"name": "sessionid", "value": cookie, "url": live_server.url, "httpOnly": True}]
    )
    addresses = [
        reverse("teams"),
        page(team),
        page(team, "team-member", Membership.objects.latest("pk").pk),
        page(team, "team-handover"),
        page(team, "team-walls"),
        page(team, "team-wall", wall.pk),
        page(team, "team-audit"),
        reverse("team-join", args=[secret]),
    ]
    for address in addresses:
        browser.goto(address)
        axe(browser)
        wide = browser.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, address
