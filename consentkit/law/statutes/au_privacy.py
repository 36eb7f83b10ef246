"""Australian Privacy Act 1988 (Cth) and its Australian Privacy Principles (APP).

Thirty days bind an agency. An organisation has a reasonable period, which the OAIC says should not
be longer than thirty days: guidance, not law.
"""

from dataclasses import replace
from datetime import date

from ..events import EventKind
from ..periods import Before, Days, Months, Years
from ..vocabulary import (
    Confidence,
    Duty,
    Enforcer,
    Example,
    Law,
    Minority,
    Nature,
    Party,
    Right,
    Roll,
    Signpost,
    Source,
    Term,
)
from .eu_gdpr import REQUESTED

READ_ON = date(2026, 11, 22)
OAIC = Source("OAIC pages on APP 12 and on complaints", Confidence.READ, READ_ON)
SCHEDULE_2 = Source("Privacy Act 1988, Sch. 2, summary", Confidence.SECONDARY, READ_ON)

AGENCY = Duty(
    key="answer",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=frozenset({"access", "rectification"}),
    terms=(Term(EventKind.RECEIVED, Days(30)),),
    citation="APP 12.4(a)(i)",
    source=OAIC,
    facts={"entity": "agency"},
    roll_citation="Acts Interpretation Act 1901 (Cth) s 36(2)",
)
ORGANISATION = replace(
    AGENCY,
    nature=Nature.GUIDANCE,
    citation="APP 12.4(a)(ii): a reasonable period; OAIC: not more than 30 calendar days",
    facts={},
    unless={"entity": "agency"},
    roll=Roll.NONE,
    roll_citation=None,
)
COMPLAIN_FROM = Duty(
    key="complain_from",
    owed_by=Party.YOU,
    nature=Nature.STATUTORY,
    terms=(Term(EventKind.COMPLAINT_RECEIVED, Days(30)),),
    citation="Privacy Act 1988 s 40(1A)",
    source=OAIC,
    roll=Roll.NONE,
)
COMPLAIN_UNTIL = Duty(
    key="complain_until",
    owed_by=Party.YOU,
    nature=Nature.GUIDANCE,
    terms=(Term(EventKind.BECAME_AWARE, Months(12)),),
    citation="Privacy Act 1988 s 41(1)(c): the OAIC may decline a later complaint",
    source=OAIC,
    roll=Roll.NONE,
    examples=(Example("2026-02-15", "2027-02-15", because="twelve months", place="AU-NSW"),),
)
SUE_UNTIL = Duty(
    key="sue_until",
    owed_by=Party.YOU,
    nature=Nature.STATUTORY,
    terms=(
        Term(EventKind.BECAME_AWARE, Before(Years(1))),
        Term(EventKind.INVASION, Before(Years(3))),
    ),
    citation="Privacy Act 1988, Sch. 2: before one year from knowledge and three from the invasion",
    source=SCHEDULE_2,
    since=date(2025, 6, 10),
    roll=Roll.NONE,
    minority=Minority(age=18, plus=Before(Years(3)), citation="Privacy Act 1988, Sch. 2"),
)

COMPLAIN_FIRST_TO_THEM = Signpost(
    how=(
        "You complain to the organisation in writing, about what it did or did not do, and can go "
        "to the authority when its 30 days are over. ConsentKit writes both letters, once you have "
        "written to the organisation about your information."
    ),
    citation="Privacy Act 1988 s 40(1A)",
    source=OAIC,
)

LAW = Law(
    key="au-privacy",
    title="Australian Privacy Act 1988",
    short_title="Privacy Act",
    protects=frozenset({"AU"}),
    why="It protects people in Australia.",
    citation="Privacy Act 1988 (Cth)",
    source=OAIC,
    enforcer=Enforcer.AUTHORITY,
    rights=(
        Right("access", "Access", "APP 12", OAIC),
        Right("rectification", "Correction", "APP 13", OAIC),
        Right("objection_marketing", "Opt-out of direct marketing", "APP 7", OAIC),
        Right(
            "complaint",
            "Complaint to the organisation",
            "Privacy Act 1988 s 40(1A)",
            OAIC,
            COMPLAIN_FIRST_TO_THEM,
        ),
    ),
    duties=(AGENCY, ORGANISATION, COMPLAIN_FROM, COMPLAIN_UNTIL, SUE_UNTIL, REQUESTED),
)
