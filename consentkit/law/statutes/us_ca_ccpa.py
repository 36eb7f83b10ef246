"""California Consumer Privacy Act, Cal. Civ. Code 1798.100 ff., and 11 CCR 7000 ff.

Two clocks run at once: receipt is confirmed within ten business days, and the answer is due within
45 calendar days, which verification does not stop. Neither the Act nor the regulations say what a
business day is; Monday to Friday without the holidays of Code Civ. Proc. 135 is the convention,
and the later date. That Code Civ. Proc. 12a moves the last day of a private duty is strong, not
settled.
"""

from dataclasses import replace
from datetime import date

from ..events import EventKind
from ..periods import Days, WorkingDays
from ..vocabulary import (
    Accusation,
    Change,
    Confidence,
    Duty,
    Enforcer,
    Example,
    Extension,
    Law,
    Nature,
    Party,
    Right,
    Signpost,
    Source,
    Term,
)
from .eu_gdpr import REQUESTED

READ_ON = date(2026, 11, 22)
ACT = Source("Cal. Civ. Code 1798.100 ff., compiled", Confidence.SETTLED, READ_ON)
CLOCKS = Source("11 CCR 7021, full text copy", Confidence.READ, READ_ON)
OPT_OUTS = Source("11 CCR 7026, 7027, compiled", Confidence.SECONDARY, READ_ON)
DROP = Source(
    "Civ. Code 1798.99.86, AB 883 (Stats. 2026 ch. 507), compiled", Confidence.SECONDARY, READ_ON
)

ROLL = "Cal. Code Civ. Proc. 12, 12a, 135"
ROLL_DISPUTED = "whether Code Civ. Proc. 12a moves the last day of a private duty is not settled"
BUSINESS_DAYS_DISPUTED = "no statute or regulation says what a business day is here"

REQUESTS = frozenset({"access", "erasure", "rectification"})

CONFIRM = Duty(
    key="acknowledge",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=REQUESTS,
    terms=(Term(EventKind.RECEIVED, WorkingDays(10)),),
    citation="11 CCR 7021(a)",
    source=CLOCKS,
    disputed=BUSINESS_DAYS_DISPUTED,
    examples=(
        Example(
            "2026-11-13", "2026-12-01", because="Thanksgiving and the day after", place="US-CA"
        ),
    ),
)
ANSWER = Duty(
    key="answer",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=REQUESTS,
    terms=(Term(EventKind.RECEIVED, Days(45)),),
    citation="Cal. Civ. Code 1798.130(a)(2); 11 CCR 7021(b)",
    source=CLOCKS,
    roll_citation=ROLL,
    extension=Extension(
        notice=EventKind.EXTENSION_NOTIFIED,
        to=Days(90),
        needs_reasons=True,
        citation="11 CCR 7021(b)",
    ),
    disputed=ROLL_DISPUTED,
    examples=(
        Example(
            "2026-12-29", "2027-02-16", because="Lincoln, weekend, Presidents' Day", place="US-CA"
        ),
    ),
)
COMPLY = Duty(
    key="comply",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=frozenset({"opt_out_sale", "limit_sensitive"}),
    terms=(Term(EventKind.RECEIVED, WorkingDays(15)),),
    citation="11 CCR 7026(f), 7027(g)",
    source=OPT_OUTS,
    disputed=BUSINESS_DAYS_DISPUTED,
    examples=(
        Example("2026-11-24", "2026-12-17", because="two days of Thanksgiving", place="US-CA"),
    ),
)
# The deletion platform: brokers must look every 45 days, from 2027 every 30.
DELETE_BY_BROKER = Duty(
    key="comply",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=frozenset({"broker_deletion"}),
    terms=(Term(EventKind.RECEIVED, Days(45)),),
    citation="Cal. Civ. Code 1798.99.86",
    source=DROP,
    since=date(2026, 8, 1),
    until=date(2026, 12, 31),
    roll_citation=ROLL,
    disputed=ROLL_DISPUTED,
)
DELETE_BY_BROKER_2027 = replace(
    DELETE_BY_BROKER,
    terms=(Term(EventKind.RECEIVED, Days(30)),),
    citation="Cal. Civ. Code 1798.99.86 as amended by AB 883",
    since=date(2027, 1, 1),
    until=None,
)
# The request is filed with the state, which passes it on: there is nobody to write a letter to.
FILED_ON_DROP = Signpost(
    how=(
        "You file this request on the state's own platform, not by letter. One request there "
        "reaches every data broker that is registered in California, and no other company. Against "
        "a company that collected the data from you, use the request to delete."
    ),
    office="DROP, the Delete Request and Opt-out Platform of California",
    url="https://privacy.ca.gov/drop/",
    citation="Cal. Civ. Code 1798.99.86; AB 883 (Stats. 2026 ch. 507)",
    source=DROP,
    changes=(
        Change(date(2026, 1, 1), "Residents of California can file a request there."),
        Change(
            date(2026, 8, 1),
            "Data brokers must look there every 45 days, and delete within 45 days of receiving "
            "your request.",
        ),
        Change(
            date(2027, 1, 1), "Data brokers must delete within 30 days of receiving your request."
        ),
    ),
)

LAW = Law(
    key="us-ca-ccpa",
    title="California Consumer Privacy Act",
    short_title="CCPA",
    protects=frozenset({"US-CA"}),
    why="It protects residents of California, against companies of some size.",
    threshold="more than $26,625,000 of revenue, 100,000 consumers, or half the revenue from sales",
    citation="Cal. Civ. Code 1798.100 ff.",
    source=ACT,
    enforcer=Enforcer.AUTHORITY,
    accusation=Accusation.AFTER_OPEN_WEEKDAY,
    only_place="US-CA",
    rights=(
        Right("access", "Request to know", "11 CCR 7024", ACT),
        Right("erasure", "Request to delete", "Cal. Civ. Code 1798.105; 11 CCR 7022", ACT),
        Right("rectification", "Request to correct", "11 CCR 7023", ACT),
        Right("opt_out_sale", "Opt-out of sale and sharing", "11 CCR 7026", ACT),
        Right(
            "limit_sensitive",
            "Limit on sensitive data",
            "Cal. Civ. Code 1798.121; 11 CCR 7027",
            ACT,
        ),
        Right(
            "broker_deletion",
            "Deletion by data brokers (DROP)",
            "Cal. Civ. Code 1798.99.86",
            DROP,
            FILED_ON_DROP,
        ),
    ),
    duties=(
        CONFIRM,
        ANSWER,
        replace(ANSWER, key="extension_notice", extension=None, examples=()),
        COMPLY,
        DELETE_BY_BROKER,
        DELETE_BY_BROKER_2027,
        REQUESTED,
    ),
)
