"""A browser as people know it: "Firefox on Windows". Nothing finer is kept of it."""

from __future__ import annotations

# What a browser sends, and what it is; the first that fits, since most call themselves several.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
BETWEEN = " / "


def kind_of_device(user_agent: str) -> str:
    """``Firefox / Windows``, one of the two, or nothing. What it has made stays as it is."""
    if user_agent in _ours():
        return user_agent
    names = [
        next((name for sign, name in kinds if sign in user_agent), "")
        for kinds in (BROWSERS, SYSTEMS)
    ]
    return BETWEEN.join(filter(None, names))


def _ours() -> set[str]:
    browsers, systems = ({name for _, name in kinds} for kinds in (BROWSERS, SYSTEMS))
    both = {f"{browser}{BETWEEN}{system}" for browser in browsers for system in systems}
    return browsers | systems | both
