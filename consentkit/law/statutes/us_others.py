"""American laws beside the comprehensive ones: Texas, Washington, New York City, Colorado.

Texas (CUBI) and Washington's biometric act are enforced by the attorney general alone. Washington's
My Health My Data Act covers biometric data expressly and can be enforced by the person. The New
York City law is about shops and venues, not about platforms.
"""

from dataclasses import replace
from datetime import date

from ..events import EventKind
from ..periods import Days, Months, Years
from ..vocabulary import (
    Accusation,
    Confidence,
    Duty,
    Enforcer,
    Example,
    Extension,
    Law,
    Nature,
    Party,
    Right,
    Source,
    Term,
)
from .eu_gdpr import REQUESTED

READ_ON = date(2026, 11, 22)

# Texas: Capture or Use of Biometric Identifier Act ------------------------------------------------

CUBI_TEXT = Source(
    "Tex. Bus. & Com. Code 503.001, 2026 text, parts (a) to (c)", Confidence.READ, READ_ON
)
CUBI = Law(
    key="us-tx-cubi",
    title="Texas Capture or Use of Biometric Identifier Act",
    short_title="CUBI",
    protects=frozenset({"US-TX"}),
    why="It protects people in Texas, and only the attorney general enforces it.",
    citation="Tex. Bus. & Com. Code 503.001",
    source=CUBI_TEXT,
    enforcer=Enforcer.ATTORNEY_GENERAL,
    accusation=Accusation.AFTER_OPEN_WEEKDAY,
    only_place="US-TX",
    rights=(
        Right("notice", "Notice and questions", "Tex. Bus. & Com. Code 503.001(b)", CUBI_TEXT),
        Right("destruction", "Destruction", "Tex. Bus. & Com. Code 503.001(c)(3)", CUBI_TEXT),
    ),
    duties=(
        REQUESTED,
        Duty(
            key="destroy",
            owed_by=Party.PLATFORM,
            nature=Nature.STATUTORY,
            terms=(Term(EventKind.PURPOSE_SATISFIED, Years(1)),),
            citation="Tex. Bus. & Com. Code 503.001(c)(3)",
            source=CUBI_TEXT,
            roll_citation="Tex. Gov't Code 311.014",
            examples=(
                Example(
                    "2028-02-29", "2029-02-28", because="no 29 February in 2029", place="US-TX"
                ),
            ),
        ),
    ),
)

# Washington: My Health My Data Act ----------------------------------------------------------------

MHMDA_TEXT = Source("RCW 19.373.040, compiled", Confidence.SECONDARY, READ_ON)
WASHINGTON_ROLL = "RCW 1.12.040"
MHMDA_ANSWER = Duty(
    key="answer",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=frozenset({"access", "erasure", "third_parties", "withdraw_consent"}),
    terms=(Term(EventKind.RECEIVED, Days(45)),),
    citation="RCW 19.373.040",
    source=MHMDA_TEXT,
    roll_citation=WASHINGTON_ROLL,
    extension=Extension(
        notice=EventKind.EXTENSION_NOTIFIED,
        to=Days(90),
        needs_reasons=True,
        citation="RCW 19.373.040",
    ),
    examples=(Example("2026-11-10", "2026-12-28", because="25 December, a Friday", place="US-WA"),),
)
MHMDA = Law(
    key="us-wa-mhmda",
    title="Washington My Health My Data Act",
    short_title="MHMDA",
    protects=frozenset({"US-WA"}),
    why=(
        "It protects residents of Washington, and people whose health data, biometric data "
        "included, are collected there."
    ),
    citation="RCW 19.373",
    source=MHMDA_TEXT,
    enforcer=Enforcer.PERSON,
    accusation=Accusation.AFTER_OPEN_WEEKDAY,
    only_place="US-WA",
    not_at_work=True,
    rights=(
        Right("access", "Confirmation and access", "RCW 19.373.040", MHMDA_TEXT),
        Right("third_parties", "List of third parties", "RCW 19.373.040", MHMDA_TEXT),
        Right("erasure", "Deletion", "RCW 19.373.040", MHMDA_TEXT),
        Right("withdraw_consent", "Withdrawal of consent", "RCW 19.373.040", MHMDA_TEXT),
    ),
    duties=(
        MHMDA_ANSWER,
        replace(MHMDA_ANSWER, key="extension_notice", extension=None, examples=()),
        replace(
            MHMDA_ANSWER,
            key="appeal_answer",
            rights=frozenset(),
            terms=(Term(EventKind.APPEALED, Days(45)),),
            extension=None,
            examples=(),
        ),
        REQUESTED,
    ),
)

# Washington: biometric identifiers ----------------------------------------------------------------

RCW_19_375 = Source("RCW 19.375, memo", Confidence.SECONDARY, READ_ON)
WASHINGTON_BIOMETRIC = Law(
    key="us-wa-biometric",
    title="Washington biometric identifiers act",
    short_title="RCW 19.375",
    protects=frozenset({"US-WA"}),
    why="It protects people in Washington, and only the attorney general enforces it.",
    citation="RCW 19.375",
    source=RCW_19_375,
    enforcer=Enforcer.ATTORNEY_GENERAL,
    accusation=Accusation.AFTER_OPEN_WEEKDAY,
    only_place="US-WA",
    rights=(Right("notice", "Notice and questions", "RCW 19.375", RCW_19_375),),
    duties=(REQUESTED,),
)

# New York City: biometric identifiers in commercial establishments --------------------------------

NYC_TEXT = Source(
    "NYC Admin. Code 22-1201 to 22-1205, law firm articles", Confidence.SECONDARY, READ_ON
)
NYC = Law(
    key="us-nyc-biometric",
    title="New York City Biometric Identifier Information Law",
    short_title="NYC 22-1201",
    protects=frozenset({"US-NY-NYC"}),
    why=(
        "It protects customers of shops, restaurants and venues in New York City, not users of a "
        "platform."
    ),
    citation="NYC Admin. Code 22-1201 to 22-1205",
    source=NYC_TEXT,
    enforcer=Enforcer.PERSON,
    accusation=Accusation.AFTER_OPEN_WEEKDAY,
    only_place="US-NY-NYC",
    rights=(Right("notice", "Notice of a missing sign", "NYC Admin. Code 22-1203", NYC_TEXT),),
    duties=(
        # Thirty full days to put up the sign before anybody may sue for its absence.
        Duty(
            key="cure",
            owed_by=Party.PLATFORM,
            nature=Nature.STATUTORY,
            terms=(Term(EventKind.RECEIVED, Days(30)),),
            citation="NYC Admin. Code 22-1203",
            source=NYC_TEXT,
            roll_citation="N.Y. Gen. Constr. Law 20, 25-a",
            examples=(
                Example(
                    "2026-11-25", "2026-12-28", because="25 December, a Friday", place="US-NY-NYC"
                ),
            ),
        ),
        REQUESTED,
    ),
)

# Colorado: the biometric amendment of 2024 --------------------------------------------------------

COLORADO_TEXT = Source("HB24-1130, C.R.S. 6-1-1314, text of the act", Confidence.SECONDARY, READ_ON)
COLORADO_DESTROY = Duty(
    key="destroy",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    terms=(
        Term(EventKind.PURPOSE_SATISFIED, Days(0)),
        Term(EventKind.LAST_INTERACTION, Months(24), or_later=(EventKind.ACCOUNT_DELETED,)),
        Term(EventKind.FOUND_UNNECESSARY, Days(45)),
    ),
    citation="C.R.S. 6-1-1314",
    source=COLORADO_TEXT,
    since=date(2023, 7, 1),
    roll_citation="C.R.S. 2-4-108",
    examples=(
        Example(
            "2025-07-15",
            "2027-07-15",
            because="24 months",
            place="US-CO",
            after=EventKind.LAST_INTERACTION,
        ),
    ),
)
COLORADO_RIGHT = Right(
    "destruction", "Destruction of biometric data", "C.R.S. 6-1-1314", COLORADO_TEXT
)
