"""Swiss Federal Act on Data Protection (DSG, SR 235.1) and its ordinance (DSV, SR 235.11).

Thirty days, not a month, and an extension has no upper limit but must name its last day. That a
last day on a weekend or holiday moves rests on SR 173.110.3, Art. 1, by analogy.
"""

from dataclasses import replace
from datetime import date

from ..events import EventKind
from ..periods import Days, Years
from ..vocabulary import (
    Confidence,
    Duty,
    Enforcer,
    Example,
    Extension,
    Force,
    LateStart,
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
DSG = Source("DSG, SR 235.1, text", Confidence.READ, READ_ON)
DSV = Source("DSV, SR 235.11, text", Confidence.READ, READ_ON)
OR = Source("OR 60", Confidence.SETTLED)

ANSWER = Duty(
    key="answer",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=frozenset({"access", "portability"}),
    terms=(Term(EventKind.RECEIVED, Days(30)),),
    citation="Art. 25(7) DSG; Art. 18(1) DSV",
    source=DSV,
    roll_citation="Art. 77, 78 OR; SR 173.110.3, Art. 1 (by analogy)",
    late_starts=(
        LateStart(
            asked=EventKind.COST_NOTICE_RECEIVED,
            supplied=EventKind.COST_CONFIRMED,
            force=Force.STANDS,
            citation="Art. 19 DSV",
            reflection=Days(10),
        ),
    ),
    extension=Extension(
        notice=EventKind.EXTENSION_NOTIFIED,
        to=None,
        needs_reasons=False,
        citation="Art. 18(2) DSV",
    ),
    examples=(
        Example("2026-03-04", "2026-04-07", because="Good Friday to Easter Monday", place="CH-ZH"),
        Example("2026-01-30", "2026-03-02", because="1 March is a Sunday", place="CH-ZH"),
    ),
)
CONFIRM_COST = Duty(
    key="confirm_cost",
    owed_by=Party.YOU,
    nature=Nature.STATUTORY,
    terms=(Term(EventKind.COST_NOTICE_RECEIVED, Days(10)),),
    citation="Art. 19(3) DSV",
    source=DSV,
    roll=Roll.NONE,
    examples=(Example("2026-06-08", "2026-06-18", because="ten days", place="CH-ZH"),),
)
SUE_UNTIL = Duty(
    key="sue_until",
    owed_by=Party.YOU,
    nature=Nature.STATUTORY,
    terms=(Term(EventKind.BECAME_AWARE, Years(3)), Term(EventKind.INFRINGEMENT, Years(10))),
    citation="Art. 60 OR: three years from knowledge, ten from the event",
    source=OR,
    roll=Roll.NONE,
)

LAW = Law(
    key="ch-fadp",
    title="Swiss Federal Act on Data Protection",
    short_title="FADP",
    protects=frozenset({"CH"}),
    why="It protects people in Switzerland.",
    citation="SR 235.1",
    source=DSG,
    enforcer=Enforcer.PERSON,
    rights=(
        Right("access", "Access", "Art. 25 DSG", DSG),
        Right("portability", "Portability", "Art. 28 DSG", DSG),
        Right("rectification", "Rectification", "Art. 32(1) DSG", DSG),
        Right("erasure", "Deletion", "Art. 32(2)(c) DSG", DSG),
        Right("objection", "Objection", "Art. 30(2)(b) DSG", DSG),
        Right("withdraw_consent", "Withdrawal of consent", "Art. 6(6)-(7), 31(1) DSG", DSG),
    ),
    duties=(
        ANSWER,
        replace(ANSWER, key="extension_notice", extension=None, examples=()),
        CONFIRM_COST,
        REQUESTED,
        SUE_UNTIL,
    ),
)
