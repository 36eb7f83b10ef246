"""American federal laws where a person can act: children's data (COPPA) and consumer files (FCRA).

COPPA sets no term of days for a parent's request. The FCRA binds consumer reporting agencies, not
every data broker; its terms begin "on the date" of receipt, and neither law moves a last day.
"""

from dataclasses import replace
from datetime import date

from ..events import EventKind
from ..periods import Days, NotSet
from ..vocabulary import (
    Accusation,
    Confidence,
    Duty,
    Enforcer,
    Example,
    Law,
    Nature,
    Party,
    Right,
    Roll,
    Source,
    Term,
)
from .eu_gdpr import REQUESTED

READ_ON = date(2026, 11, 22)
COPPA_RULE = Source(
    "16 CFR 312 with the amendments of 2025, compiled", Confidence.SECONDARY, READ_ON
)
FCRA_ACT = Source("15 U.S.C. 1681g, 1681i, 1681j", Confidence.SETTLED)

COPPA = Law(
    key="us-coppa",
    title="Children's Online Privacy Protection Act and Rule",
    short_title="COPPA",
    protects=frozenset({"US"}),
    why="It protects children under 13 in the United States; a parent acts for them.",
    citation="16 CFR 312",
    source=COPPA_RULE,
    enforcer=Enforcer.AUTHORITY,
    accusation=Accusation.AFTER_OPEN_WEEKDAY,
    for_children_under=13,
    rights=(
        Right("access", "Review of a child's data", "16 CFR 312.6", COPPA_RULE),
        Right("erasure", "Deletion of a child's data", "16 CFR 312.6", COPPA_RULE),
    ),
    duties=(
        Duty(
            key="answer",
            owed_by=Party.PLATFORM,
            nature=Nature.STATUTORY,
            terms=(Term(EventKind.RECEIVED, NotSet()),),
            citation="16 CFR 312.6 sets no term of days",
            source=COPPA_RULE,
        ),
        REQUESTED,
    ),
)

FILE_DISCLOSURE = Duty(
    key="answer",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=frozenset({"access"}),
    terms=(Term(EventKind.RECEIVED, Days(15)),),
    citation="15 U.S.C. 1681j(a)(2): the free annual disclosure",
    source=FCRA_ACT,
    roll=Roll.NONE,
    examples=(Example("2026-11-02", "2026-11-17", because="fifteen days", place="US-IL"),),
)
DISPUTE = replace(
    FILE_DISCLOSURE,
    rights=frozenset({"rectification"}),
    terms=(Term(EventKind.RECEIVED, Days(30)),),
    citation="15 U.S.C. 1681i(a)(1)",
    disputed=(
        "the period begins on the date of receipt; it is 45 days after a free annual report, "
        "and 15 "
        "days longer when you send more"
    ),
    examples=(Example("2026-11-02", "2026-12-02", because="thirty days", place="US-IL"),),
)
FCRA = Law(
    key="us-fcra",
    title="Fair Credit Reporting Act",
    short_title="FCRA",
    protects=frozenset({"US"}),
    why=(
        "It protects people in the United States against agencies that keep files for credit, work "
        "or housing."
    ),
    citation="15 U.S.C. 1681 ff.",
    source=FCRA_ACT,
    enforcer=Enforcer.PERSON,
    accusation=Accusation.AFTER_OPEN_WEEKDAY,
    categories=frozenset({"credit", "people-search", "data-broker"}),
    rights=(
        Right("access", "Disclosure of the file", "15 U.S.C. 1681g", FCRA_ACT),
        Right("rectification", "Dispute of an entry", "15 U.S.C. 1681i", FCRA_ACT),
    ),
    duties=(FILE_DISCLOSURE, DISPUTE, REQUESTED),
)

# Laws that are passed and not yet in force. They switch on by themselves on their day; until their
# rights are written down here, people are told when that will be.
COMING_SOURCE = Source("Round-ups of state legislation of 2026", Confidence.SECONDARY, READ_ON)


def _coming(key: str, place: str, title: str, short_title: str, citation: str, day: date) -> Law:
    return Law(
        key=key,
        title=title,
        short_title=short_title,
        protects=frozenset({place}),
        why="It protects residents of the state once it is in force.",
        citation=citation,
        source=COMING_SOURCE,
        enforcer=Enforcer.ATTORNEY_GENERAL,
        accusation=Accusation.AFTER_OPEN_WEEKDAY,
        only_place=place,
        in_force_from=day,
    )


COMING = (
    _coming(
        "us-ok-sb546", "US-OK", "Oklahoma privacy act", "SB 546", "Okla. SB 546", date(2027, 1, 1)
    ),
    _coming(
        "us-la-act502", "US-LA", "Louisiana privacy act", "Act 502", "La. Act 502", date(2027, 1, 1)
    ),
    _coming(
        "us-al-act552",
        "US-AL",
        "Alabama privacy act",
        "Act 2026-552",
        "Ala. Act 2026-552",
        date(2027, 5, 1),
    ),
    _coming(
        "us-vt-act145", "US-VT", "Vermont privacy act", "Act 145", "Vt. Act 145", date(2028, 1, 1)
    ),
)
