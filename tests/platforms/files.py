"""Small files of a directory, made by the tests that need them."""

from __future__ import annotations

from pathlib import Path

EXAMPLE = """\
name = "Example"
owner = "Example Holdings"
aliases = ["Exemplar"]
categories = ["social"]
website = "https://example.com"
biometric_note = "The policy says that faces are counted."

[source_of]
biometric_note = "policy"

[sources.policy]
ref = "Example privacy policy"
url = "https://example.com/privacy"
dated = 2026-07-15
checked = 2026-11-22
confidence = "policy"

[[entities]]
regions = ["US", "*"]
legal_name = "Example, Inc."
address = ["1 Main Street", "Springfield, IL 62701"]
country = "US"
holiday_place = "US-IL"
privacy_email = "privacy@example.com"
in_app_path = "Settings > Your data"
since = 2026-01-22
source = "policy"
[entities.source_of]
in_app_path = "not-checked"

[[entities]]
regions = ["US"]
legal_name = "Old Example, Inc."
until = 2026-01-21
source = "policy"
"""


def write(directory: Path, slug: str, text: str) -> Path:
    """Write the file of a platform."""
    path = directory / f"{slug}.toml"
    path.write_text(text, "utf-8")
    return path


def example(**changes: str) -> str:
    """The example with some of its lines changed: ``example(website='website = "x"')``.

    The first line that begins with the name is replaced; with an empty text, it is left out.
    """
    lines = EXAMPLE.splitlines()
    for name, line in changes.items():
        at = next(number for number, each in enumerate(lines) if each.startswith(f"{name} ="))
        lines[at : at + 1] = [line] if line else []
    return "\n".join(lines) + "\n"
