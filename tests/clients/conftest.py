from __future__ import annotations

from pathlib import Path

import pytest

from consentkit.platforms.actions import sync
from consentkit.platforms.loading import read_platform
from consentkit.teams.actions import found
from tests.clients.people import joins
from tests.world import a_person


@pytest.fixture
def clara():
    """Runs the clinic."""
    return a_person("clara@example.org")


@pytest.fixture
def clinic(clara):
    return found("Example Clinic", by=clara)


@pytest.fixture
def carol(clinic):
    """A caseworker, who takes clients in and decides nothing."""
    return joins(clinic, "caseworker", "carol@example.org")


@pytest.fixture
def sid(clinic):
    """A student."""
    return joins(clinic, "student", "sid@example.org")


@pytest.fixture
def companies(db):
    """The companies that letters go to."""
    sync([read_platform("tiktok"), read_platform("facebook")])


@pytest.fixture
def outbox(settings, tmp_path):
    """The outbox of a development site."""
    settings.OUTBOX_FOLDER = str(tmp_path / "outbox")
    return Path(settings.OUTBOX_FOLDER)
