"""UK GDPR and Data Protection Act 2018, as amended by the Data (Use and Access) Act 2025.

Since 5 February 2026 the time for an answer stands in Art. 12A: it begins at the latest of the
request, the information on identity that was lawfully asked for, and a fee that was lawfully
charged; days of clarification do not count for a request under Art. 15. Periods are counted under
Art. 3 of Regulation No 1182/71 (Art. 4A UK GDPR). Article 77 was omitted on 19 June 2026: a person
complains to the controller (s. 164A DPA 2018) and to the Commissioner (s. 165 DPA 2018).
"""

from dataclasses import replace
from datetime import date

from ..events import EventKind
from ..periods import Days, Months, Years
from ..places import UK
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
    Pause,
    Right,
    Roll,
    Signpost,
    Source,
    Term,
)
from .eu_gdpr import (
    ARTICLES_15_TO_22,
    BY_A_SIGNAL,
    CLAIMED_LATER,
    REQUESTED,
    STOP_AFTER_WITHDRAWAL,
    STOP_MARKETING,
)

READ_ON = date(2026, 11, 22)
UK_GDPR_URL = "https://www.legislation.gov.uk/eur/2016/679"
DPA_URL = "https://www.legislation.gov.uk/ukpga/2018/12"

UK_GDPR = Source("UK GDPR, consolidated text", Confidence.READ, READ_ON, UK_GDPR_URL)
DPA = Source("Data Protection Act 2018, consolidated text", Confidence.READ, READ_ON, DPA_URL)
ICO_ACCESS = Source(
    "ICO guidance on the right of access, 8 December 2025", Confidence.READ, READ_ON
)
ICO_COMPLAINTS = Source("ICO guidance on complaints, 12 February 2026", Confidence.READ, READ_ON)
LIMITATION = Source("Limitation of tort claims in the UK", Confidence.SETTLED)

ARTICLE_12A_FROM = date(2026, 2, 5)  # SI 2026/82 reg 2(h)
COMPLAINTS_FROM = date(2026, 6, 19)  # s. 103 and Sch. 10 DUAA 2025

COUNTING = "Art. 4A UK GDPR with Regulation No 1182/71, Art. 3(4)"

IDENTITY = LateStart(
    asked=EventKind.IDENTITY_REQUESTED,
    supplied=EventKind.IDENTITY_PROVIDED,
    force=Force.STANDS,
    citation="Arts. 12(6), 12A UK GDPR",
)
FEE = LateStart(
    asked=EventKind.FEE_REQUESTED,
    supplied=EventKind.FEE_PAID,
    force=Force.STANDS,
    citation="Arts. 12(5), 12A UK GDPR",
)
CLARIFICATION = Pause(
    asked=EventKind.CLARIFICATION_REQUESTED,
    supplied=EventKind.CLARIFICATION_PROVIDED,
    force=Force.STANDS,
    counts_first_day=True,
    citation="Art. 12A(5) UK GDPR",
    disputed="how the days of clarification are counted is inferred from Art. 12A(5)",
)

ONE_MONTH = Duty(
    key="answer",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=ARTICLES_15_TO_22 - {"access", "copy", "recipients"},
    terms=(Term(EventKind.RECEIVED, Months(1)),),
    citation="Arts. 12(3), 12A UK GDPR",
    source=UK_GDPR,
    since=ARTICLE_12A_FROM,
    roll_citation=COUNTING,
    late_starts=(IDENTITY, FEE),
    extension=Extension(
        notice=EventKind.EXTENSION_NOTIFIED,
        to=Months(3),
        needs_reasons=True,
        citation="Art. 12A UK GDPR",
        disputed_without_reasons="no court has decided what an extension without reasons is worth",
    ),
    examples=(
        Example(
            "2026-03-03",
            "2026-04-07",
            because="Good Friday, weekend, Easter Monday",
            place="GB-ENG",
        ),
        Example("2026-06-13", "2026-07-14", because="13 July stands for the 12th", place="GB-NIR"),
        Example("2026-12-01", "2027-01-05", because="2 January is kept on the 4th", place="GB-SCT"),
    ),
)
# Only an answer to an Art. 15 request can be paused for clarification.
ONE_MONTH_OF_ACCESS = replace(
    ONE_MONTH,
    rights=frozenset({"access", "copy", "recipients"}),
    pauses=(CLARIFICATION,),
)
# Before: one month of receipt (Art. 12(3) as it stood). The savings of SI 2026/82 were not seen,
# and the ICO let the clock wait for identity and clarification even then: two dates.
UNTIL_2026 = replace(
    ONE_MONTH,
    rights=ARTICLES_15_TO_22,
    since=None,
    until=date(2026, 2, 4),
    citation="Art. 12(3) UK GDPR as it stood before 5 February 2026",
    source=ICO_ACCESS,
    roll_citation="Regulation No 1182/71, Art. 3(4); s. 205(2) DPA 2018",
    late_starts=(
        replace(IDENTITY, force=Force.ARGUABLE),
        replace(FEE, force=Force.ARGUABLE),
    ),
    pauses=(replace(CLARIFICATION, force=Force.ARGUABLE),),
    examples=(
        Example("2025-01-31", "2025-02-28", because="no 31 February", place="GB-ENG"),
        Example("2024-11-25", "2024-12-27", because="25 and 26 December", place="GB-ENG"),
    ),
)
ANSWERS = (ONE_MONTH_OF_ACCESS, ONE_MONTH, UNTIL_2026)
EXTENSION_NOTICES = tuple(
    replace(answer, key="extension_notice", extension=None, examples=()) for answer in ANSWERS
)

# s. 164A: within 30 days beginning when the complaint is received; the ICO counts from the day
# after.
ACKNOWLEDGE_COMPLAINT = Duty(
    key="acknowledge_complaint",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    terms=(Term(EventKind.COMPLAINT_RECEIVED, Days(30)),),
    citation="s. 164A DPA 2018",
    source=ICO_COMPLAINTS,
    since=COMPLAINTS_FROM,
    roll_citation=COUNTING,
    examples=(
        Example("2026-06-19", "2026-07-20", because="19 July is a Sunday", place="GB-ENG"),
        Example(
            "2026-11-26", "2026-12-29", because="28 December stands for the 26th", place="GB-ENG"
        ),
    ),
)

# A policy of the ICO, not a limit in the Act.
COMPLAIN_UNTIL = Duty(
    key="complain_until",
    owed_by=Party.YOU,
    nature=Nature.GUIDANCE,
    terms=(Term(EventKind.LAST_CONTACT, Months(3)),),
    citation="ICO: within three months of the last meaningful contact",
    source=ICO_COMPLAINTS,
    roll=Roll.NONE,
    examples=(
        Example("2026-04-30", "2026-07-30", because="same date, three months on", place="GB-ENG"),
    ),
)
AUTHORITY_PROGRESS = Duty(
    key="authority_progress",
    owed_by=Party.AUTHORITY,
    nature=Nature.STATUTORY,
    terms=(Term(EventKind.COMPLAINED, Months(3)),),
    citation="s. 166 DPA 2018",
    source=DPA,
    roll_citation=COUNTING,
    examples=(
        Example("2026-06-19", "2026-09-21", because="19 September is a Saturday", place="GB-ENG"),
    ),
)
SUE_UNTIL = Duty(
    key="sue_until",
    owed_by=Party.YOU,
    nature=Nature.STATUTORY,
    terms=(Term(EventKind.INFRINGEMENT, Years(6)),),
    places=frozenset({"GB-ENG", "GB-WLS", "GB-NIR"}),
    citation="Six years (England and Wales, Northern Ireland)",
    source=LIMITATION,
    roll=Roll.NONE,
)
SUE_UNTIL_IN_SCOTLAND = replace(
    SUE_UNTIL,
    terms=(Term(EventKind.INFRINGEMENT, Years(5)),),
    places=frozenset({"GB-SCT"}),
    citation="Five years (Scotland)",
)

COMPLAIN_TO_THEM = Signpost(
    how=(
        "You complain to the company about how it handles your data, and it has to confirm that "
        "your complaint arrived. ConsentKit writes the complaint, once you have written to the "
        "company about your data."
    ),
    citation="s. 164A DPA 2018",
    source=DPA,
)

IN_COURT = Signpost(
    how=(
        "Only a court can grant this. ConsentKit files no lawsuit. It writes the letter that comes "
        "before one, once you have written to the company about your data."
    ),
    citation="Art. 79 UK GDPR; s. 167 DPA 2018",
    source=DPA,
)

LAW = Law(
    key="uk-gdpr",
    title="UK General Data Protection Regulation and Data Protection Act 2018",
    short_title="UK GDPR",
    protects=UK,
    why="It protects people in the United Kingdom.",
    citation="Art. 3 UK GDPR",
    source=UK_GDPR,
    enforcer=Enforcer.PERSON,
    rights=(
        Right("access", "Access", "Art. 15 UK GDPR", UK_GDPR),
        Right("copy", "Copy of the data", "Art. 15(3) UK GDPR", UK_GDPR),
        Right("recipients", "Actual recipients", "Art. 15(1)(c) UK GDPR", UK_GDPR),
        Right("rectification", "Rectification", "Art. 16 UK GDPR", UK_GDPR),
        Right("erasure", "Erasure", "Art. 17 UK GDPR", UK_GDPR),
        Right("erasure_public", "Informing other controllers", "Art. 17(2) UK GDPR", UK_GDPR),
        Right("restriction", "Restriction", "Art. 18 UK GDPR", UK_GDPR),
        Right("notify", "Informing recipients", "Art. 19 UK GDPR", UK_GDPR),
        Right("portability", "Portability", "Art. 20 UK GDPR", UK_GDPR),
        Right("objection", "Objection", "Art. 21(1) UK GDPR", UK_GDPR),
        Right(
            "objection_marketing", "Objection to direct marketing", "Art. 21(2) UK GDPR", UK_GDPR
        ),
        Right(
            "objection_automated",
            "Objection by automated means",
            "Art. 21(5) UK GDPR",
            UK_GDPR,
            replace(BY_A_SIGNAL, citation="Art. 21(5) UK GDPR", source=UK_GDPR),
        ),
        Right("automated_decision", "Automated decisions", "Arts. 22A-22D UK GDPR", UK_GDPR),
        Right("withdraw_consent", "Withdrawal of consent", "Art. 7(3) UK GDPR", UK_GDPR),
        Right("remedy", "Remedy against the controller", "Art. 79 UK GDPR", UK_GDPR, IN_COURT),
        Right(
            "damages",
            "Compensation",
            "Art. 82 UK GDPR",
            UK_GDPR,
            replace(CLAIMED_LATER, citation="Art. 82 UK GDPR", source=UK_GDPR),
        ),
        Right(
            "complaint", "Complaint to the controller", "s. 164A DPA 2018", DPA, COMPLAIN_TO_THEM
        ),
    ),
    duties=(
        *ANSWERS,
        *EXTENSION_NOTICES,
        replace(STOP_MARKETING, citation="Art. 21(3) UK GDPR", source=UK_GDPR),
        replace(STOP_AFTER_WITHDRAWAL, citation="Art. 7(3) UK GDPR", source=UK_GDPR),
        REQUESTED,
        ACKNOWLEDGE_COMPLAINT,
        COMPLAIN_UNTIL,
        AUTHORITY_PROGRESS,
        SUE_UNTIL,
        SUE_UNTIL_IN_SCOTLAND,
    ),
)
