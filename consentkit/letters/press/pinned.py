"""The versions whose inside standing type knows, and whether it is wanted at all."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from django.conf import settings

KNOWN = {"weasyprint": "70.0", "pydyf": "0.13.0"}


def obstacle() -> str:
    """Why letters cannot be printed from standing type here; empty where they can."""
    for package, known in KNOWN.items():
        try:
            installed = version(package)
        except PackageNotFoundError:
            return f"{package} is not installed"
        if installed != known:
            return f"{package} is {installed}, and only the inside of {known} is known"
    return ""


def is_wanted() -> bool:
    """Whether letters are to be printed from standing type."""
    wanted: bool = settings.STANDING_TYPE
    return wanted
