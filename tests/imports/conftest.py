from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from consentkit.campaigns.models import Campaign
from consentkit.platforms.actions import sync
from consentkit.platforms.loading import read_platform
from consentkit.teams.actions import found
from tests.clients.people import joins
from tests.world import a_person


@pytest.fixture
def clara():
    """Runs the group."""
    return a_person("clara@example.org")


@pytest.fixture
def group(clara):
    sync([read_platform("tiktok"), read_platform("facebook")])
    return found("Example Group", by=clara)


@pytest.fixture
def cora(group):
    """Coordinates campaigns, and decides nothing else."""
    return joins(group, "coordinator", "cora@example.org")


@pytest.fixture
def campaign(group, cora):
    """Everybody asks TikTok for their data."""
    return Campaign.objects.create(
        team=group,
        slug="faces",
        title="Faces",
        platform="tiktok",
        law="eu-gdpr",
        kind="access",
        language="en",
        languages=["en", "de"],
        sending=Campaign.Sending.TEAM,
        opens_on=date(2026, 11, 1),
        by=cora,
        made_at=timezone.now(),
    )
