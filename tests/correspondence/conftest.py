"""A case of Ada's, its letter, and ways to send it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils.timezone import localdate

from consentkit.letters.actions import take_in
from consentkit.teams.models import User
from tests.correspondence.mailserver import free_port, mail_server
from tests.world import EXAMPLE, a_request

# Example's company for Europe, with an address and a form of its own.
REACHABLE = replace(
    EXAMPLE,
    entities=tuple(
        replace(
            one, privacy_email="privacy@example.com", web_form="https://example.com/privacy-form"
        )
        if one.country == "IE"
        else one
        for one in EXAMPLE.entities
    ),
)


@pytest.fixture
def ada(db):
    return User.objects.create_user("ada@example.org", "secret", name="Ada Beispiel")


@pytest.fixture
def bob(db):
    return User.objects.create_user("bob@example.net", "secret", name="Bob")


@pytest.fixture
def case(ada):
    """A case that was opened two days ago."""
    written = localdate() - timedelta(days=2)
    return take_in(a_request(platform=REACHABLE, date=written), owner=ada, place="IE")


@pytest.fixture
def letter(case):
    return case.letters.get()


@pytest.fixture
def outbox(settings, tmp_path):
    """The outbox of a development site."""
    settings.OUTBOX_FOLDER = str(tmp_path / "outbox")
    return Path(settings.OUTBOX_FOLDER)


@pytest.fixture
def port(settings):
    """Where this site expects its mail server; there is none yet."""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = ""
    settings.EMAIL_TIMEOUT = 5
    settings.DEFAULT_FROM_EMAIL = "ConsentKit <letters@letters.example>"
    return settings.EMAIL_PORT


@pytest.fixture
def server(port):
    with mail_server(port) as handler:
        yield handler


@pytest.fixture
def inbox(settings):
    settings.INBOX = "in@letters.example"
    return settings.INBOX
