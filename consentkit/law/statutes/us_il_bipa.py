"""Illinois Biometric Information Privacy Act, 740 ILCS 14, as amended by P.A. 103-0769.

The Act gives no right of access, no erasure on demand and no term for answering a letter. Its only
dates are the destruction of the data (s. 15(a)) and the limitation of a claim (735 ILCS 5/13-205).
Periods are counted under 5 ILCS 70/1.11: the first day is left out, and a last day on a Saturday, a
Sunday or a holiday fixed in any statute (205 ILCS 630/17) is left out as well.
"""

from dataclasses import replace
from datetime import date

from ..events import EventKind
from ..periods import Days, NotSet, Years
from ..vocabulary import (
    Accusation,
    Confidence,
    Duty,
    Enforcer,
    Example,
    Law,
    Minority,
    Nature,
    Party,
    Right,
    Source,
    Term,
)
from .eu_gdpr import REQUESTED

READ_ON = date(2026, 11, 22)
ACT_URL = "https://www.ilga.gov/legislation/ilcs/ilcs3.asp?ActID=3004"

DEFINITIONS = Source(
    "740 ILCS 14/10 and 14/20 as amended by P.A. 103-0769", Confidence.READ, READ_ON, ACT_URL
)
DUTIES = Source(
    "740 ILCS 14/15, quoted in a memo of 2026-10-01", Confidence.SECONDARY, READ_ON, ACT_URL
)
COUNTING = Source("5 ILCS 70/1.11, verbatim quotation", Confidence.SECONDARY, READ_ON)
TIMS = Source("Tims v. Black Horse Carriers, 2023 IL 127801", Confidence.SETTLED)
PRESERVATION = Source(
    "Boyd v. Travelers, 166 Ill. 2d 188 (1995); Ill. S. Ct. R. 219(c); Fed. R. Civ. P. 37(e)",
    Confidence.SETTLED,
)

ROLL = "5 ILCS 70/1.11; 205 ILCS 630/17"

# What nobody owes: said, so that no page and no letter invents a date.
NO_ANSWER_OWED = Duty(
    key="answer",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    terms=(Term(EventKind.RECEIVED, NotSet()),),
    citation="740 ILCS 14 sets no term for an answer",
    source=DUTIES,
)
# s. 15(a): when the initial purpose is satisfied, or within three years of the last interaction,
# whichever is first.
DESTROY = Duty(
    key="destroy",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    terms=(
        Term(EventKind.PURPOSE_SATISFIED, Days(0)),
        # To delete an account is to interact, so it is the last interaction at the latest.
        Term(EventKind.LAST_INTERACTION, Years(3), or_later=(EventKind.ACCOUNT_DELETED,)),
    ),
    citation="740 ILCS 14/15(a)",
    source=DUTIES,
    roll_citation=ROLL,
    examples=(
        Example(
            "2023-11-24",
            "2026-11-24",
            because="three years after",
            place="US-IL",
            after=EventKind.LAST_INTERACTION,
        ),
        Example(
            "2024-02-29",
            "2027-03-02",
            because="28 February 2027 is a Sunday, 1 March is Pulaski Day",
            place="US-IL",
            after=EventKind.LAST_INTERACTION,
        ),
    ),
)
# Five years from accrual. Cothron v. White Castle, 2023 IL 128004: each scan is a claim of its own.
# Whether s. 20(b) as amended moves accrual to the first scan is open: two dates, and the earlier is
# the one to keep.
SUE_UNTIL = Duty(
    key="sue_until",
    owed_by=Party.YOU,
    nature=Nature.STATUTORY,
    terms=(Term(EventKind.FIRST_COLLECTED, Years(5)),),
    citation="735 ILCS 5/13-205; Tims v. Black Horse Carriers, 2023 IL 127801",
    source=TIMS,
    roll_citation=ROLL,
    minority=Minority(age=18, plus=Years(2), citation="735 ILCS 5/13-211"),
    disputed="whether a claim accrues with the first or with each scan is open since P.A. 103-0769",
    examples=(
        Example(
            "2021-10-12", "2026-10-13", because="12 October 2026 is Columbus Day", place="US-IL"
        ),
    ),
)
SUE_UNTIL_LAST_COLLECTION = replace(
    SUE_UNTIL,
    key="sue_until_last_collection",
    terms=(Term(EventKind.LAST_COLLECTED, Years(5)),),
    citation="735 ILCS 5/13-205; Cothron v. White Castle, 2023 IL 128004",
    examples=(
        Example("2022-03-26", "2027-03-29", because="26 March 2027 is Good Friday", place="US-IL"),
    ),
)

LAW = Law(
    key="us-il-bipa",
    title="Illinois Biometric Information Privacy Act",
    short_title="BIPA",
    protects=frozenset({"US-IL"}),
    why="It protects people in Illinois when a private company collects their biometrics.",
    citation="740 ILCS 14",
    source=DEFINITIONS,
    enforcer=Enforcer.PERSON,
    accusation=Accusation.AFTER_OPEN_WEEKDAY,
    only_place="US-IL",
    note=(
        "This law gives no right to a copy of your data and sets no time for an answer. A letter "
        "under it asks, demands what the law requires, and says by when you would like to hear."
    ),
    rights=(
        Right("notice", "Notice and demand for compliance", "740 ILCS 14/15(a)-(e)", DUTIES),
        Right("withdraw_consent", "Revocation of a release", "740 ILCS 14/15(a)-(b)", DUTIES),
        Right(
            "preserve", "Preservation of evidence", "Boyd v. Travelers (Ill. 1995)", PRESERVATION
        ),
        Right("destruction", "Destruction", "740 ILCS 14/15(a)", DUTIES),
    ),
    duties=(NO_ANSWER_OWED, REQUESTED, DESTROY, SUE_UNTIL, SUE_UNTIL_LAST_COLLECTION),
)
