"""Letters to try the press with. Nobody in them is a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from consentkit.letters.request import Account, LetterRequest, Sender
from consentkit.platforms.records import EntityRecord, PlatformRecord

EXAMPLE = PlatformRecord(
    slug="example",
    name="Example",
    entities=(
        EntityRecord(
            regions=("EEA",),
            legal_name="Example Ireland Limited",
            address=("Attn: Privacy", "1 Quay Street", "Dublin 4", "D04 X2K5"),
            country="IE",
            holiday_place="IE",
        ),
        EntityRecord(
            regions=("US",),
            legal_name="Example Inc.",
            address=("4 Main Street", "Springfield, CA 90002"),
            country="US",
            holiday_place="US-CA",
        ),
    ),
)
NAMES = (
    ("Ada Beispiel", "@ada"),
    ("Łukasz Müßig-Sample", "@lukasz.muessig"),
    ("Zoé O’Neil", "@zoe_oneil_of_sample"),
    ("יעל Sample", "@yael"),
    ("Bo Ng", "@b"),
)
KINDS = (
    ("eu-gdpr", "access", "a4", "de", "DE-BE", ("Musterweg 5", "10115 Berlin")),
    ("us-il-bipa", "notice", "letter", "en", "US-IL", ("12 Elm Street", "Chicago, IL 60601")),
)


def requests() -> Iterator[LetterRequest]:
    """Requests for letters of a few shapes, each shape from several people."""
    for law, right, paper, language, residence, address in KINDS:
        for name, handle in NAMES:
            yield LetterRequest(
                law=law,
                right=right,
                platform=EXAMPLE,
                language=language,
                paper=paper,
                date=date(2026, 11, 24),
                residence=residence,
                sender=Sender(name, address, f"{handle[1:]}@example.org"),
                account=Account(handle=handle),
            )
