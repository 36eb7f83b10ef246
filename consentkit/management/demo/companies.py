"""Companies that do not exist: whatever a company is said to have done, one of these has done it.

They stand in the directory of a development site, so that campaigns, lists and statistics have
somebody to be about.
"""

from __future__ import annotations

from django.utils.text import slugify

from consentkit.platforms.actions import sync
from consentkit.platforms.models import Platform
from consentkit.platforms.records import EntityRecord, PlatformRecord


def example(name: str, category: str) -> PlatformRecord:
    """A company that does not exist, with an office wherever somebody of the demo lives."""

    def office(region: str, form: str, holidays: str, *address: str) -> EntityRecord:
        return EntityRecord(
            regions=(region,),
            legal_name=f"{name} {form}",
            address=address,
            country=holidays[:2],
            holiday_place=holidays,
            privacy_email="privacy@example.com",
            web_form="https://example.com/privacy",
        )

    return PlatformRecord(
        slug=slugify(name),
        name=name,
        categories=(category,),
        website="https://example.com",
        entities=(
            office("EEA", "Europe Limited", "IE", "1 Example Quay", "Dublin 2"),
            office("GB", "UK Limited", "GB-ENG", "2 Example Lane", "London", "SW1A 1AA"),
            office("CH", "Schweiz AG", "CH-ZH", "Beispielgasse 3", "8001 Zürich"),
            office("US", "Inc.", "US-CA", "4 Example Avenue", "Springfield, CA 90001"),
        ),
    )


VIDEO = example("Example Video", "video")
SOCIAL = example("Example Social", "social")
SHOP = example("Example Shop", "shopping")
SLUGS = frozenset(one.slug for one in (VIDEO, SOCIAL, SHOP))


def list_companies() -> None:
    """Put them beside the companies that are listed already."""
    listed = Platform.objects.filter(listed=True).values_list("slug", flat=True)
    sync((VIDEO, SOCIAL, SHOP), keep=frozenset(listed))
