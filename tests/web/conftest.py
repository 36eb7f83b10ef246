"""The companies that the pages are tried with."""

import pytest

from consentkit.platforms.actions import sync
from consentkit.platforms.loading import read_platform


@pytest.fixture
def companies(db):
    """TikTok, whose US company changed in January 2026, and Facebook."""
    sync([read_platform("tiktok"), read_platform("facebook")])
