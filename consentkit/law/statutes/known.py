"""Laws that a person may expect, and that we write no letters under yet.

They are here so that an honest answer can be given: whom they protect, and that this is not you.
"""

from datetime import date

from ..vocabulary import Confidence, Law, Source

READ_ON = date(2026, 11, 22)
COMPILED = Source("Compilation of US privacy laws", Confidence.SECONDARY, READ_ON)


def _known(
    key: str, title: str, short_title: str, place: str, why: str, citation: str, source: Source
) -> Law:
    return Law(
        key=key,
        title=title,
        short_title=short_title,
        protects=frozenset({place}),
        why=why,
        citation=citation,
        source=source,
        private_suit=False,
    )


CALIFORNIA = _known(
    "us-ca-ccpa",
    "California Consumer Privacy Act",
    "CCPA",
    "US-CA",
    "It protects residents of California.",
    "Cal. Civ. Code 1798.100 ff.",
    COMPILED,
)
TEXAS = _known(
    "us-tx-cubi",
    "Texas Capture or Use of Biometric Identifier Act",
    "CUBI",
    "US-TX",
    "It protects people in Texas, and only the attorney general enforces it.",
    "Tex. Bus. & Com. Code 503.001",
    Source("Tex. Bus. & Com. Code 503.001, 2026 text", Confidence.READ, READ_ON),
)
WASHINGTON = _known(
    "us-wa-mhmda",
    "Washington My Health My Data Act",
    "MHMDA",
    "US-WA",
    "It protects residents of Washington, and people whose health data are collected there.",
    "RCW 19.373",
    COMPILED,
)
SWITZERLAND = _known(
    "ch-fadp",
    "Swiss Federal Act on Data Protection",
    "FADP",
    "CH",
    "It protects people in Switzerland.",
    "SR 235.1",
    Source("DSG, SR 235.1, text", Confidence.READ, READ_ON),
)
AUSTRALIA = _known(
    "au-privacy",
    "Australian Privacy Act 1988",
    "Privacy Act",
    "AU",
    "It protects people in Australia.",
    "Privacy Act 1988 (Cth)",
    Source("OAIC pages on the Privacy Act", Confidence.READ, READ_ON),
)

KNOWN = (CALIFORNIA, TEXAS, WASHINGTON, SWITZERLAND, AUSTRALIA)
