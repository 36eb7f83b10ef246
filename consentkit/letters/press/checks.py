"""What Django's checks (``manage.py check``) say about the press."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning, register

from . import pinned


@register()
def check_press(**_: Any) -> list[CheckMessage]:
    """Letters are printed from standing type, if that is wanted."""
    why = pinned.obstacle() if pinned.is_wanted() else ""
    if not why:
        return []
    return [
        Warning(
            f"Letters are printed slowly: {why}.",
            hint="Install what requirements.txt names, or set STANDING_TYPE=False.",
            id="consentkit.W002",
        )
    ]
