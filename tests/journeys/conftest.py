"""The companies that the journeys lead to."""

import pytest

from consentkit.platforms.actions import sync
from consentkit.platforms.loading import read_platform


@pytest.fixture
def companies(transactional_db):
    """TikTok, whose US company changed in January 2026, and Facebook."""
    sync([read_platform("tiktok"), read_platform("facebook")])
