"""The pages on which people take everything along, bring it back, and delete their account."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from consentkit.cases.actions import hold
from consentkit.cases.models import Case
from consentkit.correspondence.erasure import delete_case
from consentkit.teams.models import User
from tests import story
from tests.teams.people import PASSWORD, signs_in

pytestmark = pytest.mark.django_db

DATA, DELETE = "/account/data/", "/account/delete/"


@pytest.fixture
def told(client):
    """The story of somebody who has just signed in."""
    found = story.tell()
    found.user.set_password(PASSWORD)
    found.user.save()
    found.user.authenticator_set.all().delete()
    signs_in(client, story.EMAIL)
    return found


def shown(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def upload(content: bytes, name: str = "consentkit.zip") -> dict[str, SimpleUploadedFile]:
    return {"archive": SimpleUploadedFile(name, content, "application/zip")}


@pytest.mark.parametrize("address", [DATA, DELETE])
def test_a_stranger_is_asked_to_sign_in(client, address):
    assert client.get(address).status_code == 302
    assert client.post(address, {"download": "1"}).status_code in (302, 403)


@pytest.mark.parametrize("address", [DATA, DELETE])
def test_whoever_has_been_away_shows_again_who_they_are(client, told, address):
    session = client.session
    session["account_authentication_methods"] = [
        {**one, "at": one["at"] - 3600} for one in session["account_authentication_methods"]
    ]
    session["signed_in_at"] -= 3600
    session.save()

    for answer in (client.get(address), client.post(address, {"download": "1"})):
        assert answer.status_code == 302
        assert answer.url.endswith(f"?next={quote(address, safe='')}")
    assert User.objects.filter(pk=told.user.pk).exists()


def test_everything_is_downloaded_and_brought_back(client, told):
    answer = client.post(DATA, {"download": "1"})

    archive = b"".join(answer.streaming_content)
    today = timezone.localdate().isoformat()
    assert answer["Content-Disposition"] == f'attachment; filename="consentkit-{today}.zip"'
    assert answer["Cache-Control"] == "private, no-store"
    assert "account.json" in zipfile.ZipFile(io.BytesIO(archive)).namelist()

    delete_case(told.case, told.user)
    done = client.post(DATA, upload(archive), follow=True)
    assert "1 case was brought back." in shown(done)
    assert Case.objects.get(owner=told.user).code == told.case.code

    again = client.post(DATA, upload(archive), follow=True)
    assert "0 cases were brought back. 1 case was here already" in shown(again)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "Choose the ZIP file."),
        (upload(b""), "This file is empty."),
        (upload(b"%PDF-"), "it cannot be opened as a ZIP file"),
    ],
)
def test_what_is_wrong_with_a_file_stands_beside_it(client, told, files, says):
    answer = client.post(DATA, files)

    assert answer.status_code == 422
    beside = re.search(r'<input type="file".*?id="id_archive_error">(.*?)</div>', answer.text, re.S)
    assert says in beside[1]
    assert "<title>Something is wrong: Your data" in answer.text


def test_a_file_that_is_too_large_is_told_so(client, told, settings):
    settings.MAX_ARCHIVE_SIZE = 1024 * 1024

    answer = client.post(DATA, upload(b"x" * 2_200_000))

    assert answer.status_code == 422
    assert "This file is larger than 1 MB." in shown(answer)


def test_a_form_from_elsewhere_changes_nothing(client, told):
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies

    for address, what in (
        (DATA, upload(b"x")),
        (DATA, {"download": "1"}),
        (DELETE, {"email": "x"}),
    ):
        assert careful.post(address, what).status_code == 403


def test_deleting_asks_for_the_address_and_keeps_what_was_typed(client, told):
    page = client.get(DELETE)
    assert "1 case, with its log 2 letters, with their PDFs 2 messages 2 files" in shown(page)
    assert "Nothing stays" in shown(page)

    for typed, says in (
        ("", "Type your e-mail address."),
        ("ada@example.org", "This is not the address of your account."),
    ):
        answer = client.post(DELETE, {"email": typed})
        assert answer.status_code == 422
        assert says in shown(answer)
        assert not typed or f'value="{typed}"' in answer.text
    assert User.objects.filter(pk=told.user.pk).exists()


def test_a_deleted_account_is_gone_and_says_so(client, told):
    answer = client.post(DELETE, {"email": f" {story.EMAIL.upper()} "})

    assert answer.status_code == 200
    assert "Your account is deleted" in shown(answer)
    assert "Nothing stays" in shown(answer)
    assert story.NAME not in answer.text
    assert User.objects.count() == Case.objects.count() == 0
    assert client.get("/account/").status_code == 302


def test_what_is_on_hold_stays_and_it_is_said_why(client, told):
    until = timezone.localdate() + timedelta(days=30)
    hold(told.case, until=until, reason=story.HOLD)

    page = client.get(DELETE)
    assert "1 case" not in shown(page)
    assert f"The case {told.case.reference} (Example) stays until" in shown(page)
    assert story.HOLD in shown(page)

    answer = client.post(DELETE, {"email": story.EMAIL})

    assert story.HOLD in shown(answer)
    assert "after that day it is deleted by itself" in shown(answer)
    assert Case.objects.get().pk == told.case.pk
    assert User.objects.get().closed_at is not None
    assert not client.login(email=story.EMAIL, password=PASSWORD)


@pytest.mark.parametrize("address", [DATA, DELETE])
@pytest.mark.parametrize("language", ["", "/de"])
def test_the_pages_are_there_in_both_languages(client, told, address, language):
    assert client.get(language + address).status_code == 200
