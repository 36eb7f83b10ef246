"""General Data Protection Regulation, Regulation (EU) 2016/679: European Union and EEA.

Periods are counted under Regulation (EEC, Euratom) No 1182/71, Art. 3: the day of the event is not
counted (3(1)); a month ends on the same date of the next month, or on its last day (3(2)(c)); a
last day on a Saturday, Sunday or public holiday moves to the next working day (3(4)). The holidays
are those of the place where the act has to be done (2(1)), so the controller's.
"""

from dataclasses import replace
from datetime import date

from ..events import EventKind
from ..periods import AskedDays, Days, Months, YearEnds, Years
from ..places import EEA
from ..vocabulary import (
    Confidence,
    Duty,
    Enforcer,
    Example,
    Extension,
    Force,
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

READ_ON = date(2026, 11, 22)
GDPR_URL = "https://eur-lex.europa.eu/eli/reg/2016/679/oj"

CHAPTER_III = Source("GDPR, Arts. 15-22, text", Confidence.READ, READ_ON, GDPR_URL)
GDPR = Source("GDPR, Arts. 7, 8, 9, 12, 77-82", Confidence.SETTLED, None, GDPR_URL)
EDPB = Source(
    "EDPB Guidelines 01/2022 on the right of access, v2.1, paras 157-164", Confidence.READ, READ_ON
)
LIMITS = Source("National limits for complaints, compiled", Confidence.SETTLED, READ_ON)
AUSTRIA = Source(
    "VwGH 17 December 2025, Ro 2023/04/0028, on s. 24(4) DSG", Confidence.READ, READ_ON
)

COUNTING = "Regulation (EEC, Euratom) No 1182/71, Art. 3(4)"

# Everything that Art. 12(3) sets a term for. Withdrawing consent (Art. 7(3)) is not among it.
ARTICLES_15_TO_22 = frozenset(
    {
        "access",
        "copy",
        "recipients",
        "rectification",
        "erasure",
        "erasure_public",
        "restriction",
        "notify",
        "portability",
        "objection",
        "objection_marketing",
        "objection_automated",
        "automated_decision",
    }
)

# Art. 12(3): one month of receipt, and two further months where necessary. The text knows no pause.
# The EDPB says that there may be one while an honest doubt about identity, or about what is meant
# by a request for very much data, is being cleared up: two dates, and the earlier one is due.
ONE_MONTH = Duty(
    key="answer",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=ARTICLES_15_TO_22,
    terms=(Term(EventKind.RECEIVED, Months(1)),),
    citation="Art. 12(3) GDPR",
    source=EDPB,
    roll_citation=COUNTING,
    pauses=(
        Pause(
            asked=EventKind.IDENTITY_REQUESTED,
            supplied=EventKind.IDENTITY_PROVIDED,
            force=Force.ARGUABLE,
            counts_first_day=False,
            citation="Art. 12(6) GDPR; EDPB Guidelines 01/2022, para. 159",
            disputed="Art. 12(3) GDPR has no pause; the EDPB says there may be one",
        ),
        Pause(
            asked=EventKind.CLARIFICATION_REQUESTED,
            supplied=EventKind.CLARIFICATION_PROVIDED,
            force=Force.ARGUABLE,
            counts_first_day=False,
            citation="Recital 63 GDPR; EDPB Guidelines 01/2022, para. 159",
            disputed="Art. 12(3) GDPR has no pause; the EDPB says there may be one",
        ),
    ),
    extension=Extension(
        notice=EventKind.EXTENSION_NOTIFIED,
        to=Months(3),
        needs_reasons=True,
        citation="Art. 12(3) GDPR, second and third sentence",
        disputed_without_reasons="no court has decided what an extension without reasons is worth",
    ),
    examples=(
        Example("2026-03-10", "2026-04-10", because="same date of the next month", place="IE"),
        Example(
            "2026-01-31", "2026-03-02", because="no 31 February; the 28th is a Saturday", place="IE"
        ),
        Example(
            "2026-02-28",
            "2026-03-30",
            because="28 March, not the month's end; a Saturday",
            place="IE",
        ),
        Example(
            "2026-03-03", "2026-04-07", because="Good Friday, weekend, Easter Monday", place="DE-BE"
        ),
        Example(
            "2026-11-25",
            "2026-12-28",
            because="25 December is a holiday, then a weekend",
            place="DE-BE",
        ),
    ),
)

EXTENSION_NOTICE = replace(
    ONE_MONTH,
    key="extension_notice",
    citation="Art. 12(3) GDPR, third sentence",
    extension=None,
    examples=(Example("2026-03-06", "2026-04-07", because="6 April is Easter Monday", place="IE"),),
)

# "Shall no longer be processed": at once, without a term of days.
STOP_MARKETING = Duty(
    key="stop",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=frozenset({"objection_marketing"}),
    terms=(Term(EventKind.RECEIVED, Days(0)),),
    citation="Art. 21(3) GDPR",
    source=CHAPTER_III,
    roll=Roll.NONE,
    examples=(
        Example("2026-03-14", "2026-03-14", because="at once, even on a Saturday", place="IE"),
    ),
)
STOP_AFTER_WITHDRAWAL = Duty(
    key="stop",
    owed_by=Party.PLATFORM,
    nature=Nature.STATUTORY,
    rights=frozenset({"withdraw_consent"}),
    terms=(
        Term(EventKind.CONSENT_REVOKED_RECEIVED, Days(0)),
        Term(EventKind.RECEIVED, Days(0)),
    ),
    citation="Art. 7(3) GDPR",
    source=GDPR,
    roll=Roll.NONE,
    examples=(
        Example("2026-03-14", "2026-03-14", because="takes effect when it arrives", place="IE"),
    ),
)

REQUESTED = Duty(
    key="requested_answer",
    owed_by=Party.PLATFORM,
    nature=Nature.REQUESTED,
    terms=(Term(EventKind.RECEIVED, AskedDays("reply_within_days")),),
    citation="asked for in the letter",
    source=Source("The letter itself", Confidence.READ),
    roll=Roll.NONE,
)

# Art. 78(2): an authority that says nothing for three months can be taken to court.
AUTHORITY_PROGRESS = Duty(
    key="authority_progress",
    owed_by=Party.AUTHORITY,
    nature=Nature.STATUTORY,
    terms=(Term(EventKind.COMPLAINED, Months(3)),),
    citation="Art. 78(2) GDPR",
    source=GDPR,
    roll_citation=COUNTING,
    examples=(
        Example("2026-06-19", "2026-09-21", because="19 September is a Saturday", place="AT"),
    ),
)

# The GDPR limits no complaint; two countries do. What you owe is never rolled.
COMPLAIN_UNTIL = Duty(
    key="complain_until",
    owed_by=Party.YOU,
    nature=Nature.STATUTORY,
    terms=(),
    citation="",
    source=LIMITS,
    roll=Roll.NONE,
)
COMPLAIN_IN_AUSTRIA = replace(
    COMPLAIN_UNTIL,
    places=frozenset({"AT"}),
    terms=(Term(EventKind.BECAME_AWARE, Years(1)), Term(EventKind.INFRINGEMENT, Years(3))),
    citation="s. 24(4) DSG (Austria): one year from knowledge, three years from the event",
    source=AUSTRIA,
)
COMPLAIN_IN_BULGARIA = replace(
    COMPLAIN_UNTIL,
    places=frozenset({"BG"}),
    terms=(Term(EventKind.BECAME_AWARE, Months(6)), Term(EventKind.INFRINGEMENT, Years(2))),
    citation="Bulgaria: six months from knowledge, two years from the event",
    source=Source("National limits for complaints, compiled", Confidence.UNCERTAIN, READ_ON),
    disputed="not verified in the Bulgarian act",
)

# Damages under Art. 82 are limited by national law. Where the first day is not settled, the
# infringement starts the clock: the earliest day, because the date warns the person.
SUE_UNTIL = replace(COMPLAIN_UNTIL, key="sue_until")


def _sue_until(country: str, period: Years, citation: str, *, disputed: str | None = None) -> Duty:
    return replace(
        SUE_UNTIL,
        places=frozenset({country}),
        terms=(Term(EventKind.INFRINGEMENT, period),),
        citation=citation,
        disputed=disputed,
    )


DAMAGES = (
    replace(
        SUE_UNTIL,
        places=frozenset({"AT"}),
        terms=(Term(EventKind.BECAME_AWARE, Years(3)),),
        citation="s. 1489 ABGB (Austria): three years from knowledge",
    ),
    replace(
        SUE_UNTIL,
        places=frozenset({"BE"}),
        terms=(Term(EventKind.BECAME_AWARE, Years(5)), Term(EventKind.INFRINGEMENT, Years(20))),
        citation="Belgium: five years from knowledge, twenty from the event",
    ),
    replace(
        SUE_UNTIL,
        places=frozenset({"DE"}),
        terms=(Term(EventKind.BECAME_AWARE, YearEnds(3)),),
        citation="ss. 195, 199 BGB (Germany): three years from the end of the year of knowledge",
    ),
    _sue_until("BG", Years(5), "Bulgaria: five years"),
    _sue_until("FR", Years(5), "France: five years"),
    _sue_until("IE", Years(6), "Ireland: six years, s. 117 Data Protection Act 2018 (tort)"),
    _sue_until("IT", Years(5), "Italy: five years"),
    _sue_until("NL", Years(5), "Netherlands: five years"),
    _sue_until("PL", Years(3), "Poland: three years"),
    _sue_until(
        "ES",
        Years(1),
        "Spain: one year, Art. 1968 Código Civil (tort)",
        disputed="five years may apply under a contract",
    ),
)

# Rights that are not exercised by a first letter to the company.
BY_A_SIGNAL = Signpost(
    how=(
        "You exercise this right with a technical signal, for example an opt-out signal of your "
        "browser, and not by letter. The letters that object say the same in words."
    ),
    citation="Art. 21(5) GDPR",
    source=CHAPTER_III,
)
IN_COURT = Signpost(
    how=(
        "Only a court can grant this: where the company is established, or where you live. "
        "ConsentKit files no lawsuit. It writes the letter that comes before one, once you have "
        "written to the company about your data."
    ),
    citation="Art. 79 GDPR",
    source=GDPR,
)
CLAIMED_LATER = Signpost(
    how=(
        "You claim this from the company, and a court decides if you cannot agree. You have to "
        "show the damage. ConsentKit writes the letter in which you claim it, once you have "
        "written to the company about your data."
    ),
    citation="Art. 82 GDPR",
    source=GDPR,
)
TO_THE_AUTHORITY = Signpost(
    how=(
        "A complaint goes to a data-protection authority, and not to the company; many "
        "authorities have a form for it. ConsentKit writes the complaint, once you have written "
        "to the company about your data."
    ),
    citation="Art. 77 GDPR",
    source=GDPR,
)

LAW = Law(
    key="eu-gdpr",
    title="General Data Protection Regulation, Regulation (EU) 2016/679",
    short_title="GDPR",
    protects=EEA,
    why="It protects people in the European Union, Iceland, Liechtenstein and Norway.",
    citation="Art. 3 GDPR",
    source=GDPR,
    enforcer=Enforcer.PERSON,
    rights=(
        Right("access", "Access", "Art. 15 GDPR", CHAPTER_III),
        Right("copy", "Copy of the data", "Art. 15(3) GDPR", CHAPTER_III),
        Right("recipients", "Actual recipients", "Art. 15(1)(c) GDPR", CHAPTER_III),
        Right("rectification", "Rectification", "Art. 16 GDPR", CHAPTER_III),
        Right("erasure", "Erasure", "Art. 17 GDPR", CHAPTER_III),
        Right("erasure_public", "Informing other controllers", "Art. 17(2) GDPR", CHAPTER_III),
        Right("restriction", "Restriction", "Art. 18 GDPR", CHAPTER_III),
        Right("notify", "Informing recipients", "Art. 19 GDPR", CHAPTER_III),
        Right("portability", "Portability", "Art. 20 GDPR", CHAPTER_III),
        Right("objection", "Objection", "Art. 21(1) GDPR", CHAPTER_III),
        Right(
            "objection_marketing", "Objection to direct marketing", "Art. 21(2) GDPR", CHAPTER_III
        ),
        Right(
            "objection_automated",
            "Objection by automated means",
            "Art. 21(5) GDPR",
            CHAPTER_III,
            BY_A_SIGNAL,
        ),
        Right("automated_decision", "Automated decisions", "Art. 22 GDPR", CHAPTER_III),
        Right("withdraw_consent", "Withdrawal of consent", "Art. 7(3) GDPR", GDPR),
        Right("remedy", "Remedy against the controller", "Art. 79 GDPR", GDPR, IN_COURT),
        Right("damages", "Compensation", "Art. 82 GDPR", GDPR, CLAIMED_LATER),
        Right("complaint", "Complaint to an authority", "Art. 77 GDPR", GDPR, TO_THE_AUTHORITY),
    ),
    duties=(
        ONE_MONTH,
        EXTENSION_NOTICE,
        STOP_MARKETING,
        STOP_AFTER_WITHDRAWAL,
        REQUESTED,
        AUTHORITY_PROGRESS,
        COMPLAIN_IN_AUSTRIA,
        COMPLAIN_IN_BULGARIA,
        *DAMAGES,
    ),
)
