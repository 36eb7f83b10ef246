"""Accounts: nobody learns who has one, nothing of them is readable, and nobody else gets in."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.test import Client
from django.utils import timezone

from consentkit import tasks
from consentkit.confidential import cipher, keys
from consentkit.confidential.addresses import open_address, seal_address
from consentkit.confidential.cached import hashed_key
from consentkit.confidential.sessions import SessionStore
from consentkit.teams.devices import kind_of_device
from consentkit.teams.models import User
from consentkit.teams.strangers import forget_unconfirmed
from tests.teams.hashing import Counting
from tests.teams.people import PASSWORD, code, person, signs_in, signs_up

pytestmark = pytest.mark.django_db


# Sealed addresses ---------------------------------------------------------------------------------


def test_an_address_is_found_in_any_case_and_only_as_a_whole():
    ada = person("Ada@Example.org")

    assert User.objects.get(email="ADA@example.ORG") == ada
    assert User.objects.get(email__iexact="ada@EXAMPLE.org") == ada
    assert [*User.objects.filter(email__in=["x@example.org", "Ada@example.org"])] == [ada]
    assert not User.objects.filter(email="ada").exists()
    for lookup in ("contains", "icontains", "startswith", "gt"):
        with pytest.raises(TypeError, match="sealed"):
            User.objects.filter(**{f"email__{lookup}": "ada"})


def test_an_address_is_plain_in_python_and_sealed_in_the_database():
    ada = person()
    raw = User.objects.annotate(raw=Cast("email", TextField())).values_list("raw", flat=True)

    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM consentkit_user")
        (stored,) = cursor.fetchone()

    assert User.objects.get(pk=ada.pk).email == "ada@example.org"
    assert stored == seal_address("ada@example.org", "user.email")
    assert [*raw] == [stored]
    assert re.fullmatch("[a-z2-7]+", stored)


def test_two_people_cannot_have_one_address():
    person("ada@example.org")

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="Ada@Example.ORG")


def test_a_sealed_address_opens_only_where_it_belongs_and_only_unchanged():
    sealed = seal_address("ada@example.org", "user.email")
    changed = ("a" if sealed[0] != "a" else "b") + sealed[1:]

    assert open_address(sealed, "user.email") == "ada@example.org"
    assert seal_address("", "user.email") == open_address("", "user.email") == ""
    for told, place in (
        (sealed, "account.email"),
        (changed, "user.email"),
        ("ada@example.org", "user.email"),
    ):
        with pytest.raises(cipher.Tampered):
            open_address(told, place)


def test_new_field_keys_do_not_lose_an_address(settings):
    person()
    settings.FIELD_KEYS = [keys.written(keys.new_key())]
    keys.forget()
    try:
        assert User.objects.filter(email="ada@example.org").exists()
    finally:
        keys.forget()


@pytest.mark.parametrize(("length", "fits"), [(254, True), (255, False)])
def test_the_longest_address_fits_and_a_longer_one_is_refused(client, length, fits):
    domain = ".".join(["d" * 60] * 3 + ["example.org"])
    email = f"{'a' * (length - len(domain) - 1)}@{domain}"

    answer = client.post("/account/signup/", {"email": email})

    assert len(email) == length
    assert answer.status_code == (302 if fits else 200)
    assert User.objects.filter(email=email).count() == (1 if fits else 0)


# A stolen database --------------------------------------------------------------------------------


def stolen() -> str:
    """Everything that the database holds, as whoever stole it would read it."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [
                f"{table}: {bytes(one) if isinstance(one, memoryview) else one!r}"
                for row in cursor.fetchall()
                for one in row
            ]
    if connection.vendor == "sqlite":
        found.append(connection.connection.serialize().decode("latin-1"))
    return "\n".join(found)


def test_a_stolen_database_shows_nothing_of_an_account(client):
    browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client = Client(REMOTE_ADDR="203.0.113.77", headers={"User-Agent": browser})
    client.post("/account/login/", {"login": "ada.secret@example.org", "password": "wrong"})
    signs_up(client, "ada.secret@example.org", PASSWORD)
    ada = User.objects.get(email="ada.secret@example.org")
    ada.name = "Ada Marker"
    ada.save()
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    Authenticator.objects.create(
        user=ada, type=Authenticator.Type.WEBAUTHN, data={"name": "Marker phone", "credential": {}}
    )
    session = client.session
    session["marker"] = "session-marker"
    session.save()
    waiting = Client()
    waiting.post("/account/signup/", {"email": "eve.secret@example.org"})
    waiting_code = code()

    text = stolen()

    plain = [
        "ada.secret",
        "eve.secret",
        "Ada Marker",
        secret,
        "Marker phone",
        "session-marker",
        "203.0.113.77",
        browser,
        waiting_code,
        waiting_code.replace("-", ""),
    ]
    assert [one for one in plain if one.lower() in text.lower()] == []
    # The search looks where something is.
    assert "Firefox / Linux" in text
    assert seal_address("eve.secret@example.org", "account.email") in text
    # And whoever has the keys can read it.
    assert Authenticator.objects.get(user=ada, type="totp").data == {"secret": secret}
    assert client.session["marker"] == "session-marker"


def test_a_stolen_database_signs_nobody_in(client):
    signs_up(client, "ada@example.org")
    cookie = client.cookies["sessionid"].value
    stolen_keys = [*Session.objects.values_list("pk", flat=True)]
    stolen_keys += UserSession.objects.values_list("session_key", flat=True)

    assert stolen_keys == [cookie, cookie], "each belongs to the session in the cookie"
    assert cookie not in stolen()
    for key in stolen_keys:
        thief = Client()
        thief.cookies["sessionid"] = str(key)
        assert thief.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200


def test_a_session_whose_key_is_gone_is_an_empty_one(settings):
    store = SessionStore()
    written = store.encode({"a": 1})
    assert store.decode(written) == {"a": 1}
    assert store.decode("not ours") == store.decode(written[:-8] + "AAAAAAA=") == {}
    settings.FIELD_KEYS = [keys.written(keys.new_key())]
    keys.forget()
    try:
        assert store.decode(written) == {}
    finally:
        keys.forget()


def test_the_cache_does_not_know_whom_it_slows_down(client):
    client.post("/account/login/code/", {"email": "ada@example.org"})

    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM consentkit_cache")
        stored = {key for (key,) in cursor.fetchall()}

    assert len(stored) >= 2
    assert [key for key in stored if not re.fullmatch("[0-9a-f]{64}", key)] == []
    assert hashed_key("a", "", 1) != hashed_key("b", "", 1)


def test_what_has_expired_is_forgotten():
    cache.set("old", 1, timeout=-1)
    cache.set("new", 1, timeout=60)
    UserSession.objects.create(user=person(), session_key="gone", ip="1.2.3.4", user_agent="x")

    tasks.clear_sessions()

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM consentkit_cache")
        assert cursor.fetchone() == (1,)
    assert cache.get("new") == 1
    assert not UserSession.objects.exists()


APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Firefox/140.0", "Firefox / Windows"),
        (f"Mozilla/5.0 (iPhone; CPU like Mac OS X) {APPLE} Safari/604.1", "Safari / iPhone"),
        (f"Mozilla/5.0 (Linux; Android 14) {APPLE} Chrome/126.0 Safari/537", "Chrome / Android"),
        (f"Mozilla/5.0 (Windows NT) {APPLE} Chrome/1 Safari/5 Edg/126.0", "Edge / Windows"),
        ("curl/8.5.0", ""),
        ("", ""),
        ("Firefox / Windows", "Firefox / Windows"),
    ],
)
def test_of_a_browser_only_its_kind_is_kept(sent, kept):
    assert kind_of_device(sent) == kept


# Nobody learns who has an account -----------------------------------------------------------------

DOORS = {
    "sign up with a password": (
        "/account/signup/",
        lambda email: {"email": email, "password1": PASSWORD},
    ),
    "sign up without one": ("/account/signup/", lambda email: {"email": email, "password1": ""}),
    "sign up with a passkey": ("/account/signup/passkey/", lambda email: {"email": email}),
    "a code by e-mail": ("/account/login/code/", lambda email: {"email": email}),
    "a new password": ("/account/password/reset/", lambda email: {"email": email}),
    "a wrong password": (
        "/account/login/",
        lambda email: {"login": email, "password": "not this one"},
    ),
}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


def tries(door: str, email: str) -> list[object]:
    """Everything that somebody at a browser gets to see who tries a door with an address."""
    address, form = DOORS[door]
    client = Client()
    seen: list[object] = []
    Counting.worked, mails = 0, len(mail.outbox)

    def look(answer):
        page = TOKEN.sub("", answer.content.decode()).replace(email, "ADDRESS")
        # The hour, and the length of the address itself.
        told = {"Expires", "Content-Length"}
        headers = {key: value for key, value in answer.headers.items() if key not in told}
        seen.extend([answer.status_code, headers, sorted(answer.cookies), page])

    answer = client.post(address, form(email))
    look(answer)
    seen.append({"hashes": Counting.worked, "mails": len(mail.outbox) - mails})
    if answer.status_code == 302:
        onward = answer.headers["Location"]
        look(client.get(onward))
        for _ in range(4):
            look(client.post(onward, {"code": "WRNG-CODE"}))
    return seen


@pytest.mark.parametrize("door", DOORS)
def test_no_address_can_be_probed(door, settings):
    settings.PASSWORD_HASHERS = ["tests.teams.hashing.Counting"]
    person("with.password@example.org", PASSWORD)
    person("without.password@example.org")
    User.objects.create_user("never.confirmed@example.org", PASSWORD)
    person("closed.account@example.org", PASSWORD, is_active=False)
    nobody = tries(door, "nobody.at.all@example.org")

    for email in ("with.password", "without.password", "never.confirmed", "closed.account"):
        cache.clear()
        assert tries(door, f"{email}@example.org") == nobody, email


@pytest.mark.parametrize("door", DOORS)
def test_no_address_can_be_probed_by_trying_again_and_again(door):
    person("known@example.org", PASSWORD)
    address, form = DOORS[door]
    seen = {}
    for email in ("known@example.org", "fresh@example.org"):
        cache.clear()
        seen[email] = []
        same = Client()
        for browser in (same, same, Client(), Client(), Client(), Client()):
            mails = len(mail.outbox)
            answer = browser.post(address, form(email))
            page = TOKEN.sub("", answer.text).replace(email, "ADDRESS")
            onward = answer.headers.get("Location")
            seen[email].append((answer.status_code, onward, page, len(mail.outbox) - mails))

    assert seen["known@example.org"] == seen["fresh@example.org"]


def test_whoever_signs_in_may_not_probe_either(client):
    person("bob@example.org")
    pages = []
    for email in ("bob@example.org", "nobody@example.org"):
        signs_in(client, person(f"of-{email}").email)
        answer = client.post("/account/email/", {"email": email, "action_add": "yes"})
        page = client.get(answer.headers["Location"]).content.decode()
        pages.append((answer.headers["Location"], TOKEN.sub("", page).replace(email, "ADDRESS")))
        client.logout()

    assert pages[0] == pages[1]


def test_the_owner_of_an_address_learns_that_somebody_tried(client):
    person("ada@example.org")
    client.post("/account/signup/", {"email": "ada@example.org"})

    assert "There is one already." in mail.outbox[-1].body
    assert mail.outbox[-1].to == ["ada@example.org"]
    assert mail.outbox[-1].extra_headers == {"Auto-Submitted": "auto-generated"}


# Nobody else gets in ------------------------------------------------------------------------------


def test_after_five_wrong_passwords_no_other_is_tried(client):
    person("ada@example.org", PASSWORD)
    form = {"login": "ada@example.org", "password": "wrong"}
    for _ in range(5):
        assert "is not right" in client.post("/account/login/", form).text

    late = client.post("/account/login/", {**form, "password": PASSWORD})

    assert "That was tried too often." in late.text
    # Whoever can read their e-mail gets in all the same.
    assert signs_in(Client(), "ada@example.org").status_code == 302


def test_a_mailed_code_is_dead_after_three_wrong_ones(client):
    person("ada@example.org")
    client.post("/account/login/code/", {"email": "ada@example.org"})
    right = code()
    for _ in range(3):
        client.post("/account/login/code/confirm/", {"code": "WRNG-CODE"})

    client.post("/account/login/code/confirm/", {"code": right})

    assert client.get("/account/").status_code == 302


def test_too_many_tries_are_answered_in_our_words(client):
    for number in range(21):
        answer = client.post("/account/signup/", {"email": f"person{number}@example.org"})

    assert answer.status_code == 429
    assert "<h1>Too many attempts</h1>" in answer.text


def totp_now(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return f"{hotp_value(secret, counter):06}"


def test_with_an_app_for_codes_neither_password_nor_mailed_code_is_enough(client):
    ada = person("ada@example.org", PASSWORD)
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    form = {"login": ada.email, "password": PASSWORD}

    assert client.post("/account/login/", form).headers["Location"] == "/account/2fa/authenticate/"
    assert client.get("/account/").status_code == 302
    assert signs_in(Client(), ada.email).headers["Location"] == "/account/2fa/authenticate/"
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert client.get("/account/").status_code == 302
    client.post("/account/2fa/authenticate/", {"code": totp_now(secret)})
    assert client.get("/account/").status_code == 200


def test_a_stranger_who_began_an_account_with_my_address_keeps_no_key_to_it(client):
    client.post("/account/signup/", {"email": "ada@example.org", "password1": PASSWORD})

    signs_in(Client(), "ada@example.org")

    ada = User.objects.get(email="ada@example.org")
    assert not ada.has_usable_password()
    assert EmailAddress.objects.get(user=ada).verified


def test_whoever_comes_back_with_their_password_to_confirm_their_address_keeps_it(client):
    client.post("/account/signup/", {"email": "ada@example.org", "password1": PASSWORD})
    cache.clear()
    later = Client()
    later.post("/account/login/", {"login": "ada@example.org", "password": PASSWORD})

    later.post("/account/confirm-email/", {"code": code()})

    assert later.get("/account/").status_code == 200
    assert User.objects.get(email="ada@example.org").check_password(PASSWORD)


def test_an_account_that_nobody_confirms_is_forgotten_after_a_day(client):
    client.post("/account/signup/", {"email": "begun@example.org"})
    person("confirmed@example.org")
    User.objects.create_superuser("staff@example.org", PASSWORD)
    now = timezone.now()

    assert forget_unconfirmed(now + timedelta(hours=23)) == 0
    assert forget_unconfirmed(now + timedelta(hours=25)) == 1
    assert {user.email for user in User.objects.all()} == {
        "confirmed@example.org",
        "staff@example.org",
    }


def left_alone(client: Client) -> None:
    """Let some time pass since somebody showed who they are."""
    session = client.session
    for name in ("signed_in_at", "account_authentication_methods"):
        session.pop(name, None)
    session.save()


SENSITIVE = [
    "/account/email/",
    "/account/password/set/",
    "/account/2fa/totp/activate/",
    "/account/2fa/webauthn/add/",
    "/account/2fa/recovery-codes/generate/",
]


@pytest.mark.parametrize("address", SENSITIVE)
def test_before_what_matters_people_without_password_show_again_who_they_are(client, address):
    signs_up(client, "ada@example.org")
    left_alone(client)

    detour = client.get(address).headers["Location"]
    client.post(detour, {"send": "yes"})
    wrong = client.post(detour, {"code": "WRNG-CODE"})
    onward = client.post(detour, {"code": code()})

    assert detour.startswith("/account/confirm/?next=")
    assert wrong.status_code == 422
    assert onward.headers["Location"] == address
    assert "/account/confirm/" not in client.get(address).headers.get("Location", "")


def test_three_wrong_codes_end_the_asking(client):
    signs_up(client, "ada@example.org")
    left_alone(client)
    client.post("/account/confirm/", {"send": "yes"})
    right = code()
    for _ in range(3):
        client.post("/account/confirm/", {"code": "WRNG-CODE"})

    assert client.post("/account/confirm/", {"code": right}).status_code == 422


def test_the_detour_leads_to_no_other_site(client):
    signs_up(client, "ada@example.org")
    client.post("/account/confirm/", {"send": "yes"})

    onward = client.post("/account/confirm/?next=https://evil.example/", {"code": code()})

    assert onward.headers["Location"] == "/account/"


@pytest.mark.parametrize("address", SENSITIVE[:1] + SENSITIVE[2:4])
def test_whoever_has_a_password_is_asked_for_it(client, address):
    signs_up(client, "ada@example.org", PASSWORD)
    left_alone(client)

    detour = client.get(address).headers["Location"]

    assert detour.startswith("/account/reauthenticate/?next=")
    assert "This is not your password." in client.post(detour, {"password": "wrong"}).text
    assert client.post(detour, {"password": PASSWORD}).headers["Location"] == address


# Where one is signed in ---------------------------------------------------------------------------


def test_a_session_on_another_device_can_be_ended(client):
    signs_up(client, "ada@example.org")
    phone, laptop = Client(headers={"User-Agent": "Firefox Android"}), Client()
    for device in (phone, laptop):
        signs_in(device, "ada@example.org")
    row = UserSession.objects.get(session_key=phone.session.session_key)

    client.post("/account/sessions/", {"end": str(row.pk)})

    assert row.ip == "0.0.0.0"
    assert row.user_agent == "Firefox / Android"
    assert phone.get("/account/").status_code == 302
    assert laptop.get("/account/").status_code == 200
    client.post("/account/sessions/", {"end": "others"})
    assert laptop.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200


def test_once_an_hour_a_device_is_seen_again(client):
    signs_up(client, "ada@example.org")
    long_ago = timezone.now() - timedelta(days=3)
    UserSession.objects.update(last_seen_at=long_ago)
    client.get("/about/")
    assert UserSession.objects.get().last_seen_at == long_ago
    session = client.session
    session["seen_at"] -= 3601
    session.save()

    client.get("/about/")

    assert timezone.now() - UserSession.objects.get().last_seen_at < timedelta(minutes=1)


def test_nobody_ends_the_session_of_somebody_else(client):
    signs_up(client, "ada@example.org")
    other = Client()
    signs_up(other, "bob@example.org")
    row = UserSession.objects.get(session_key=other.session.session_key)

    client.post("/account/sessions/", {"end": str(row.pk)})

    assert other.get("/account/").status_code == 200


def test_a_new_password_ends_every_other_session(client):
    signs_up(client, "ada@example.org", PASSWORD)
    other = Client()
    signs_in(other, "ada@example.org")
    new = "another horse battery staple"

    answer = client.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert answer.headers["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302


def test_a_forgotten_password_is_chosen_anew_by_code(client):
    person("ada@example.org", PASSWORD)
    new = "another horse battery staple"
    client.post("/account/password/reset/", {"email": "ada@example.org"})
    client.post("/account/password/reset/confirm/", {"code": code()})

    client.post("/account/password/reset/complete/", {"password1": new, "password2": new})

    assert User.objects.get(email="ada@example.org").check_password(new)
    assert client.get("/account/").status_code == 200


def test_the_address_changes_only_with_the_code_that_was_sent_to_the_new_one(client):
    signs_up(client, "ada@example.org")
    client.post("/account/email/", {"email": "new@example.org", "action_add": "yes"})
    assert mail.outbox[-1].to == ["new@example.org"]
    assert User.objects.get().email == "ada@example.org"

    client.post("/account/confirm-email/", {"code": code()})

    assert User.objects.get().email == "new@example.org"
    assert [one.email for one in EmailAddress.objects.all()] == ["new@example.org"]
    assert mail.outbox[-1].to == ["ada@example.org"]  # the old address is told
    assert json.dumps(mail.outbox[-1].subject) == '"ConsentKit: Your e-mail address was changed"'
