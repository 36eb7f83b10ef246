"""The pages of an account: theirs alone, in both languages, for everybody to use."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from consentkit.cases.models import Case
from consentkit.teams.models import User
from tests.teams.people import PASSWORD, code, person, signs_in, signs_up
from tests.web.visitor import ADA, CARL, FINISHED, Visitor, said

LANGUAGES = [code for code, _ in settings.LANGUAGES]
DOORS = [
    "login/",
    "signup/",
    "signup/passkey/",
    "login/code/",
    "password/reset/",
    "inactive/",
]
ROOMS = [
    "",
    "email/",
    "password/change/",
    "sessions/",
    "logout/",
    "confirm/",
    "reauthenticate/",
    "2fa/",
    "2fa/reauthenticate/",
    "2fa/totp/deactivate/",
    "2fa/recovery-codes/",
    "2fa/recovery-codes/generate/",
    "2fa/webauthn/",
    "2fa/webauthn/add/",
    "2fa/webauthn/reauthenticate/",
]


def address(room: str, language: str = "en") -> str:
    return f"/account/{room}" if language == "en" else f"/{language}/account/{room}"


def title(answer) -> str:
    return " ".join(re.search(r"<title>(.*?)</title>", answer.text, re.S)[1].split())


def everything(user: User) -> None:
    """Give somebody every way to show who they are for which a page needs no script."""
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)


A_PASSKEY = {"name": "My phone", "credential": {"clientExtensionResults": {}}}


# Whose pages --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("door", DOORS)
def test_everybody_gets_to_the_doors(client, door, language):
    answer = client.get(address(door, language))

    assert answer.status_code == 200
    assert title(answer).endswith("· ConsentKit")
    assert f'<html lang="{language}"' in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("room", ROOMS)
def test_nobody_gets_into_the_rooms_without_signing_in(client, room):
    answer = client.get(address(room))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/" if room == "logout/" else "/account/login/")


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/about/", "/letter/", "/account/login/"])
def test_a_visitor_gets_no_session(client, page):
    client.get(page)

    assert settings.SESSION_COOKIE_NAME not in client.cookies


@pytest.mark.django_db
def test_the_menu_leads_in_and_then_to_what_is_ones_own(client):
    assert 'href="/account/login/">Sign in</a>' in client.get("/about/").text
    signs_up(client, "ada@example.org")

    page = client.get("/about/").text

    assert 'href="/account/">Account</a>' in page
    assert 'href="/cases/">Your cases</a>' in page
    assert "Sign in</a>" not in page


@pytest.mark.django_db
def test_no_page_of_somebody_signed_in_stays_in_a_cache(client):
    assert "Cache-Control" not in client.get("/about/").headers
    signs_up(client, "ada@example.org")

    assert client.get("/about/").headers["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_mistakes_stand_beside_their_fields_and_what_was_typed_is_kept(client):
    page = client.post("/account/login/", {"login": "no address", "password": ""}).text

    assert "This is not an e-mail address." in page
    assert "Write down your password." in page
    assert 'value="no address"' in page
    assert 'aria-invalid="true"' in page
    assert "<title>Something is wrong: Sign in" in page


@pytest.mark.django_db
def test_no_address_stands_in_a_title_a_cookie_or_an_address(client):
    signs_up(client, "ada.marker@example.org", PASSWORD)
    seen = []
    for room in ROOMS:
        answer = client.get(address(room))
        seen += [answer.headers.get("Location", ""), repr(client.cookies)]
        seen += [title(answer)] if answer.status_code == 200 else []

    assert [one for one in seen if "marker" in one.lower()] == []


# Settings -----------------------------------------------------------------------------------------

CHOSEN = {
    "name": "Ada Beispiel",
    "language": "de",
    "time_zone": "Europe/Berlin",
    "remind": "on",
    "lead": "1, 14,3",
    "names_in_mail": "on",
}


@pytest.mark.django_db
def test_settings_are_kept(client):
    signs_up(client, "ada@example.org")

    answer = client.post("/account/", CHOSEN)

    ada = User.objects.get()
    assert answer.headers["Location"] == "/de/account/"
    assert (ada.name, ada.language, ada.time_zone) == ("Ada Beispiel", "de", "Europe/Berlin")
    assert (ada.lead, ada.remind, ada.names_in_mail) == ("14,3,1", True, True)
    client.post("/account/", {"lead": ""})
    assert (User.objects.get().remind, User.objects.get().names_in_mail) == (False, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"lead": "soon"}, "Write whole numbers up to 90"),
        ({"lead": "91"}, "Write whole numbers up to 90"),
        ({"lead": "-1"}, "Write whole numbers up to 90"),
        ({"lead": "1,2,3,4,5,6,7"}, "Not more than 6 reminders"),
        ({"language": "xx"}, "Choose from the list."),
        ({"time_zone": "Mars/Olympus"}, "Choose from the list."),
    ],
)
def test_settings_that_make_no_sense_are_refused(client, wrong, said):
    signs_up(client, "ada@example.org")

    answer = client.post("/account/", {**CHOSEN, **wrong})

    assert answer.status_code == 422
    assert said in answer.text
    assert "Ada Beispiel" in answer.text
    assert User.objects.get().name == ""


@pytest.mark.django_db
def test_a_new_account_speaks_the_language_of_the_page_it_was_made_on(client):
    client.post("/de/account/signup/", {"email": "ada@example.org"})

    answer = client.post("/account/confirm-email/", {"code": code()})

    assert User.objects.get().language == "de"
    assert answer.headers["Location"] == "/de/account/"


@pytest.mark.django_db
def test_times_are_told_in_the_zone_of_whoever_reads_them(client):
    signs_up(client, "ada@example.org")
    client.post("/account/", {**CHOSEN, "language": "en", "time_zone": "Pacific/Auckland"})
    here = timezone.localtime(timezone=User.objects.get().zone())

    assert f"Signed in on {here:%b}" in client.get("/account/sessions/").text
    assert (
        f"{here.day}, {here.year}, {here.hour % 12 or 12}" in client.get("/account/sessions/").text
    )


# A letter is kept ---------------------------------------------------------------------------------


def finished(client: Client, told: dict[str, str] = CARL) -> Visitor:
    """A visitor before the finished letter."""
    visitor = Visitor(client)
    visitor.send("/letter/", list({**told, **FINISHED}.items()))
    return visitor


def buttons(visitor: Visitor) -> list[str]:
    keep = visitor.page.get_element_by_id("keep")
    return [said(button) for button in keep.iter("button")]


MAKE = "Make an account and keep this letter"
HAVE = "I have an account: sign in and keep it"


def test_who_is_signed_in_keeps_a_letter_with_one_button(client, companies):
    signs_up(client, "carl@example.org")
    visitor = finished(client)
    assert buttons(visitor) == ["Keep this letter"]

    visitor.press("Keep this letter")

    case = Case.objects.get()
    assert visitor.response.headers["Location"] == case.get_absolute_url()
    assert (case.owner, case.law, case.kind) == (User.objects.get(), "us-il-bipa", "notice")
    assert case.letters.get().letter_request().sender.name == "Carl Carlson"
    visitor.press("Keep this letter")
    assert Case.objects.count() == 1, "the same letter twice is one case"


def test_a_letter_is_taken_into_a_new_account_in_one_step(client, companies):
    visitor = finished(client)
    assert buttons(visitor) == [MAKE, HAVE]

    visitor.answer(**{"keep-email": "carl.new@example.org", "keep-password1": PASSWORD}).press(MAKE)
    assert visitor.response.headers["Location"] == "/account/confirm-email/"
    assert not Case.objects.exists()
    onward = client.post("/account/confirm-email/", {"code": code()}).headers["Location"]
    page = client.get(onward)

    case = Case.objects.get()
    assert page.headers["Location"] == case.get_absolute_url()
    assert case.owner == User.objects.get(email="carl.new@example.org")
    assert case.owner.check_password(PASSWORD)
    assert "letter" not in client.session
    assert "Your letter is kept." in client.get(case.get_absolute_url()).text
    # The session lasts as long as any other.
    assert client.session.get_expiry_age() == settings.SESSION_COOKIE_AGE


def test_the_address_is_the_one_of_the_letter_until_another_is_typed(client, companies):
    visitor = finished(client)
    assert dict(visitor.answers)["keep-email"] == "carl@example.org"

    visitor.answer(**{"keep-email": "not an address", "keep-password1": PASSWORD}).press(MAKE)

    assert visitor.response.status_code == 422
    assert "This is not an e-mail address." in visitor.response.text
    assert dict(visitor.answers)["keep-email"] == "not an address"
    assert PASSWORD not in visitor.response.text
    assert "letter" not in client.session


def test_with_an_account_already_the_answer_is_the_same_and_signing_in_keeps_it(client, companies):
    person("carl@example.org")
    answers = []
    for browser, email in ((Client(), "new@example.org"), (client, "carl@example.org")):
        visitor = finished(browser).answer(**{"keep-email": email}).press(MAKE)
        page = browser.get(visitor.response.headers["Location"]).text.replace(email, "ADDRESS")
        answers.append((visitor.response.status_code, re.sub(r'value="\w{64}"', "", page)))
    assert answers[0] == answers[1]
    assert "The letter that you wanted to keep waits for an hour" in mail.outbox[-1].body

    client.post("/account/leave/", {"instead": "yes"})
    onward = signs_in(client, "carl@example.org").headers["Location"]

    assert client.get(onward).headers["Location"] == Case.objects.get().get_absolute_url()
    assert Case.objects.get().owner.email == "carl@example.org"


def test_who_has_an_account_signs_in_and_finds_the_letter_kept(client, companies):
    person("ada@example.org", PASSWORD)
    visitor = finished(client, ADA).press(HAVE)
    assert visitor.response.headers["Location"] == "/account/login/"
    assert "Your letter waits" in client.get("/account/login/").text

    client.post("/account/login/", {"login": "ada@example.org", "password": PASSWORD})
    client.get("/account/")

    assert Case.objects.get().law == "eu-gdpr"


def test_after_an_hour_the_letter_is_gone(client, companies):
    person("carl@example.org")
    finished(client).press(HAVE)
    session = client.session
    assert session.get_expiry_age() in (3599, 3600)
    late = timezone.now() - timedelta(seconds=1)
    session["letter"] = {**session["letter"], "until": late.isoformat()}
    session.save()

    signs_in(client, "carl@example.org")

    assert "is gone. Please write it again." in client.get("/account/").text
    assert not Case.objects.exists()
    assert "letter" not in client.session


def test_a_letter_that_can_no_longer_be_made_does_not_lock_anybody_out(client, companies):
    person("carl@example.org")
    finished(client).press(HAVE)
    session = client.session
    wanted = {**session["letter"]["request"], "right": "no-longer-known"}
    session["letter"] = {**session["letter"], "request": wanted}
    session.save()

    signs_in(client, "carl@example.org")

    assert "Your letter could not be kept." in client.get("/account/").text
    assert client.get("/account/").status_code == 200


def test_who_cancels_leaves_no_letter_behind(client, companies):
    finished(client).answer(**{"keep-email": "carl@example.org"}).press(MAKE)

    client.post("/account/leave/")

    assert "letter" not in client.session
    assert client.get("/account/confirm-email/").headers["Location"] == "/account/login/"


def test_an_unfinished_letter_is_not_kept(client, companies):
    signs_up(client, "carl@example.org")
    visitor = Visitor(client)
    visitor.send("/letter/keep/", list({**CARL, **FINISHED, "name": ""}.items()))

    assert visitor.response.status_code == 422
    assert not Case.objects.exists()


# In a browser -------------------------------------------------------------------------------------

PHONE, DESKTOP = {"width": 320, "height": 700}, {"width": 1280, "height": 900}


@pytest.fixture
def signed_in_page(make_page, live_server):
    """A page of somebody who is signed in and has every way to show who they are."""

    def open_page(**options):
        ada = person("ada@example.org", PASSWORD, name="Ada")
        client = Client()
        client.force_login(ada)
        session = client.session
        now = timezone.now().timestamp()
        session["signed_in_at"] = now
        session["account_authentication_methods"] = [
            {"method": "password", "at": now, "reauthenticated": True}
        ]
        session["account_authentication_methods_user"] = str(ada.pk)
        session.save()
        everything(ada)
        page = make_page(**options)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key}
        page.context.add_cookies([{**cookie, "url": live_server.url}])
        return page

    return open_page


def look(page, axe, where: str) -> None:
    answer = page.goto(where)
    assert answer.status == 200, where
    assert page.url.endswith(where), f"{where} led to {page.url}"
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true }")
    axe(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width == page.viewport_size["width"], where


@pytest.mark.parametrize(
    ("viewport", "color_scheme"),
    [(PHONE, "dark"), (DESKTOP, "light")],
    ids=["phone in the dark", "desktop"],
)
def test_everybody_can_use_the_doors(make_page, axe, viewport, color_scheme):
    page = make_page(viewport=viewport, color_scheme=color_scheme)
    for door in DOORS:
        look(page, axe, address(door))
    page.goto(address("login/"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("Write down your password.").wait_for()
    axe(page)


@pytest.mark.parametrize(
    ("viewport", "color_scheme"),
    [(PHONE, "dark"), (DESKTOP, "light")],
    ids=["phone in the dark", "desktop"],
)
def test_everybody_can_use_the_rooms(signed_in_page, axe, viewport, color_scheme):
    page = signed_in_page(viewport=viewport, color_scheme=color_scheme)
    rooms = [room for room in ROOMS if room != "2fa/webauthn/reauthenticate/"]
    for room in rooms:
        look(page, axe, address(room))
    key = Authenticator.objects.create(
        user=User.objects.get(), type=Authenticator.Type.WEBAUTHN, data=A_PASSKEY
    )
    keys = "2fa/webauthn/"
    for room in (keys, f"{keys}keys/{key.pk}/edit/", f"{keys}keys/{key.pk}/remove/", ""):
        look(page, axe, address(room))


def test_a_mail_server_that_is_away_is_said_and_the_page_stays(client, db, monkeypatch):
    def refuse(*_: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)

    answer = client.post("/account/signup/", {"email": "eve@example.org"}, follow=True)

    assert answer.status_code == 200
    assert "could not be sent just now" in answer.content.decode()
