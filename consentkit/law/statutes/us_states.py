"""The comprehensive privacy laws of American states: one table, because they are nearly one law.

Each gives the rights of access, erasure, correction and portability, and opt-outs from sale,
targeted advertising and profiling; each sets days for an answer, one extension announced with its
reason inside the first period, and most an appeal. Only residents are protected; nobody but the
attorney general can go to court. What differs from state to state stands in the table.

The day of receipt is not counted. Whether a weekend moves the last day is the computing statute of
the state: where it reaches only acts before a court, nothing is moved, and only the day on which
anybody is called late waits for an open weekday.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from ..events import EventKind
from ..periods import Days
from ..vocabulary import (
    Accusation,
    Confidence,
    Duty,
    Enforcer,
    Extension,
    Law,
    Nature,
    Party,
    Right,
    Roll,
    Source,
    Term,
)
from .eu_gdpr import REQUESTED
from .us_others import COLORADO_DESTROY, COLORADO_RIGHT

READ_ON = date(2026, 11, 22)

# Rights, by the letters of the table.
RIGHTS = {
    "A": ("access", "Access"),
    "D": ("erasure", "Deletion"),
    "C": ("rectification", "Correction"),
    "P": ("portability", "Portability"),
    "S": ("opt_out_sale", "Opt-out of sale"),
    "T": ("opt_out_advertising", "Opt-out of targeted advertising"),
    "F": ("opt_out_profiling", "Opt-out of profiling"),
    "L": ("third_parties", "List of third parties"),
    "R": ("withdraw_consent", "Withdrawal of consent"),
}
ANSWERED = frozenset(
    {
        "access",
        "erasure",
        "rectification",
        "portability",
        "opt_out_sale",
        "opt_out_advertising",
        "opt_out_profiling",
        "third_parties",
    }
)


@dataclass(frozen=True, kw_only=True)
class State:
    """One row: terms in calendar days, sections as the state cites them.

    ``answer`` and ``extension`` add up to the longest time from receipt. ``revoke`` is the time to
    stop after consent was withdrawn. ``threshold`` says which companies are covered.
    """

    place: str
    key: str
    title: str
    short_title: str
    chapter: str
    since: date
    threshold: str
    rights: str
    answer: int = 45
    extension: int = 45
    appeal: int | None = 60
    appeal_extension: int = 0
    revoke: int | None = None
    answer_cite: str
    appeal_cite: str = ""
    consent_cite: str
    roll: Roll
    roll_cite: str | None = None
    read: Confidence = Confidence.SECONDARY
    note: str = ""


TABLE = (
    State(
        place="US-VA", key="us-va-vcdpa", title="Virginia Consumer Data Protection Act",
        short_title="VCDPA", chapter="Va. Code 59.1-575 to 59.1-584", since=date(2023, 1, 1),
        threshold="100,000 consumers, or 25,000 and half the revenue from sales",
        rights="ADCPSTFR",
        answer_cite="Va. Code 59.1-577(B)", appeal_cite="Va. Code 59.1-577(C)",
        consent_cite="Va. Code 59.1-578(A)(5)",
        roll=Roll.NONE,  # Va. Code 1-210 reaches judicial proceedings only
    ),
    State(
        place="US-CO", key="us-co-cpa", title="Colorado Privacy Act", short_title="CPA",
        chapter="C.R.S. 6-1-1301 ff.", since=date(2023, 7, 1),
        threshold="100,000 consumers, or 25,000 and sales; for biometric data, any amount",
        rights="ADCPSTFR",
        appeal=45, appeal_extension=60,
        answer_cite="C.R.S. 6-1-1306(2)(a)", appeal_cite="C.R.S. 6-1-1306(3)",
        consent_cite="C.R.S. 6-1-1308(7)",
        roll=Roll.WORKING_DAY, roll_cite="C.R.S. 2-4-108", read=Confidence.SETTLED,
    ),
    State(
        place="US-CT", key="us-ct-ctdpa", title="Connecticut Data Privacy Act",
        short_title="CTDPA", chapter="Conn. Gen. Stat. 42-515 to 42-525", since=date(2023, 7, 1),
        threshold="35,000 consumers, or any sensitive data, or an offer to sell",
        rights="ADCPSTFLR", revoke=15,
        answer_cite="Conn. Gen. Stat. 42-518(c)(1)", appeal_cite="Conn. Gen. Stat. 42-518(d)",
        consent_cite="Conn. Gen. Stat. 42-520(a)",
        roll=Roll.NONE,
    ),
    State(
        place="US-UT", key="us-ut-ucpa", title="Utah Consumer Privacy Act", short_title="UCPA",
        chapter="Utah Code 13-61", since=date(2023, 12, 31),
        threshold="$25 million, and 100,000 consumers or 25,000 and half the revenue from sales",
        rights="ADPCST", appeal=None,
        answer_cite="Utah Code 13-61-203", consent_cite="Utah Code 13-61-302(3)",
        roll=Roll.WORKING_DAY, roll_cite="Utah Code 68-3-7",
    ),
    State(
        place="US-TX", key="us-tx-tdpsa", title="Texas Data Privacy and Security Act",
        short_title="TDPSA", chapter="Tex. Bus. & Com. Code ch. 541", since=date(2024, 7, 1),
        threshold="any business that is not small by the federal standard",
        rights="ADCPSTFR",
        answer_cite="Tex. Bus. & Com. Code 541.052(b)",
        appeal_cite="Tex. Bus. & Com. Code 541.053",
        consent_cite="Tex. Bus. & Com. Code 541.101(b)",
        roll=Roll.WORKING_DAY, roll_cite="Tex. Gov't Code 311.014",
    ),
    State(
        place="US-OR", key="us-or-ocpa", title="Oregon Consumer Privacy Act", short_title="OCPA",
        chapter="ORS 646A.570 to 646A.589", since=date(2024, 7, 1),
        threshold="100,000 consumers, or 25,000 and a quarter of the revenue from sales",
        rights="ALDCPSTFR", appeal=45, revoke=15,
        answer_cite="ORS 646A.576(5)(a)", appeal_cite="ORS 646A.576(6)",
        consent_cite="ORS 646A.578(2)(b)",
        roll=Roll.NONE,
    ),
    State(
        place="US-MT", key="us-mt-mcdpa", title="Montana Consumer Data Privacy Act",
        short_title="MCDPA", chapter="Mont. Code 30-14-2801 ff.", since=date(2024, 10, 1),
        threshold="25,000 consumers, or 15,000 and a quarter of the revenue from sales",
        rights="ADCPSTFR", revoke=45,
        answer_cite="Mont. Code 30-14-2808(4)(a)", appeal_cite="Mont. Code 30-14-2808(5)",
        consent_cite="Mont. Code 30-14-2812(2)(b)",
        roll=Roll.WORKING_DAY, roll_cite="Mont. Code 1-1-306",
    ),
    State(
        place="US-FL", key="us-fl-fdbr", title="Florida Digital Bill of Rights",
        short_title="FDBR", chapter="Fla. Stat. 501.701 to 501.722", since=date(2024, 7, 1),
        threshold="more than $1 billion, and advertising, voice assistants or an app store",
        rights="ADCPSTFR", extension=15,
        answer_cite="Fla. Stat. 501.706", appeal_cite="Fla. Stat. 501.707",
        consent_cite="Fla. Stat. 501.71(2)(d)",
        roll=Roll.NONE,  # R. Gen. Prac. 2.514 is a rule of the courts
        note="You can also opt out of the collection of voice and face recognition data.",
    ),
    State(
        place="US-DE", key="us-de-dpdpa", title="Delaware Personal Data Privacy Act",
        short_title="DPDPA", chapter="6 Del. C. 12D", since=date(2025, 1, 1),
        threshold="35,000 consumers, or 10,000 and a fifth of the revenue from sales",
        rights="ALDCPSTFR", revoke=15,
        answer_cite="6 Del. C. 12D-104(c)(1)", appeal_cite="6 Del. C. 12D-104(d)",
        consent_cite="6 Del. C. 12D-106(a)(4)",
        roll=Roll.NONE,
        note="Amended from 1 January 2027 (85 Del. Laws 463).",
    ),
    State(
        place="US-IA", key="us-ia-icdpa", title="Iowa Consumer Data Protection Act",
        short_title="ICDPA", chapter="Iowa Code 715D", since=date(2025, 1, 1),
        threshold="100,000 consumers, or 25,000 and half the revenue from sales",
        rights="ADPS", answer=90, extension=45,
        answer_cite="Iowa Code 715D.3", appeal_cite="Iowa Code 715D.3",
        consent_cite="Iowa Code 715D.4(2)",
        roll=Roll.SUNDAY, roll_cite="Iowa Code 4.1(34)",
    ),
    State(
        place="US-NE", key="us-ne-ndpa", title="Nebraska Data Privacy Act", short_title="NDPA",
        chapter="Neb. Rev. Stat. 87-1101 ff.", since=date(2025, 1, 1),
        threshold="any business that is not small by the federal standard",
        rights="ADCPSTFR",
        answer_cite="Neb. Rev. Stat. 87-1108(2)", appeal_cite="Neb. Rev. Stat. 87-1109",
        consent_cite="Neb. Rev. Stat. 87-1112(2)(d)",
        roll=Roll.NONE,
    ),
    State(
        place="US-NH", key="us-nh-privacy", title="New Hampshire Privacy Act",
        short_title="RSA 507-H", chapter="RSA 507-H", since=date(2025, 1, 1),
        threshold="35,000 consumers, or 10,000 and a quarter of the revenue from sales",
        rights="ADCPSTFR", revoke=15,
        answer_cite="RSA 507-H:4 III(a)", appeal_cite="RSA 507-H:4 IV",
        consent_cite="RSA 507-H:6 I(d)",
        roll=Roll.NONE,
    ),
    State(
        place="US-NJ", key="us-nj-njdpa", title="New Jersey Data Privacy Act",
        short_title="NJDPA", chapter="N.J.S.A. 56:8-166.4 to 166.19", since=date(2025, 1, 15),
        threshold="100,000 consumers, or 25,000 and sales",
        rights="ADCPSTFR", appeal=45, revoke=15,
        answer_cite="N.J.S.A. 56:8-166.7(a)", appeal_cite="N.J.S.A. 56:8-166.7(f)",
        consent_cite="N.J.S.A. 56:8-166.12(a)(4)",
        roll=Roll.NONE, read=Confidence.READ,
    ),
    State(
        place="US-TN", key="us-tn-tipa", title="Tennessee Information Protection Act",
        short_title="TIPA", chapter="Tenn. Code 47-18-3301 ff.", since=date(2025, 7, 1),
        threshold="$25 million, and 175,000 consumers or 25,000 and half the revenue from sales",
        rights="ADCPSTF",
        answer_cite="Tenn. Code 47-18-3304(b)", appeal_cite="Tenn. Code 47-18-3304(c)",
        consent_cite="Tenn. Code 47-18-3305(a)(5)",
        roll=Roll.WORKING_DAY, roll_cite="Tenn. Code 1-3-102",
    ),
    State(
        place="US-MN", key="us-mn-mcdpa", title="Minnesota Consumer Data Privacy Act",
        short_title="MCDPA", chapter="Minn. Stat. 325M.10 to 325M.21", since=date(2025, 7, 31),
        threshold="100,000 consumers, or 25,000 and a quarter of the revenue from sales",
        rights="ALDCPSTFR", appeal=45, appeal_extension=60, revoke=15,
        answer_cite="Minn. Stat. 325M.14 subd. 4", appeal_cite="Minn. Stat. 325M.14 subd. 5",
        consent_cite="Minn. Stat. 325M.16 subd. 2(d)",
        roll=Roll.WORKING_DAY, roll_cite="Minn. Stat. 645.15", read=Confidence.READ,
    ),
    State(
        place="US-MD", key="us-md-modpa", title="Maryland Online Data Privacy Act",
        short_title="MODPA", chapter="Md. Code, Com. Law 14-4701 to 14-4714",
        since=date(2025, 10, 1),
        threshold="35,000 consumers, or 10,000 and a fifth of the revenue from sales",
        rights="ALDCPSTFR", revoke=30,
        answer_cite="Md. Code, Com. Law 14-4705", appeal_cite="Md. Code, Com. Law 14-4705",
        consent_cite="Md. Code, Com. Law 14-4707(a)",
        roll=Roll.WORKING_DAY, roll_cite="Md. Code, Gen. Prov. 1-302",
    ),
    State(
        place="US-IN", key="us-in-icdpa", title="Indiana Consumer Data Protection Act",
        short_title="ICDPA", chapter="Ind. Code 24-15", since=date(2026, 1, 1),
        threshold="100,000 consumers, or 25,000 and half the revenue from sales",
        rights="ADCPSTF",
        answer_cite="Ind. Code 24-15-3-1(c)(1)", appeal_cite="Ind. Code 24-15-3-1(d)",
        consent_cite="Ind. Code 24-15-4-1(5)",
        roll=Roll.NONE,
    ),
    State(
        place="US-KY", key="us-ky-kcdpa", title="Kentucky Consumer Data Protection Act",
        short_title="KCDPA", chapter="KRS 367.3611 ff.", since=date(2026, 1, 1),
        threshold="100,000 consumers, or 25,000 and half the revenue from sales",
        rights="ADCPSTF",
        answer_cite="KRS 367.3615(3)(a)", appeal_cite="KRS 367.3615(4)",
        consent_cite="KRS 367.3617(1)(e)",
        roll=Roll.WORKING_DAY, roll_cite="KRS 446.030",
    ),
    State(
        place="US-RI", key="us-ri-dtppa",
        title="Rhode Island Data Transparency and Privacy Protection Act", short_title="DTPPA",
        chapter="R.I. Gen. Laws 6-48.1", since=date(2026, 1, 1),
        threshold="35,000 consumers, or 10,000 and a fifth of the revenue from sales",
        rights="ADCPSTFR", revoke=15,
        answer_cite="R.I. Gen. Laws 6-48.1-6(b)(1)", appeal_cite="R.I. Gen. Laws 6-48.1-6(b)(6)",
        consent_cite="R.I. Gen. Laws 6-48.1-4(c)",
        roll=Roll.NONE,
    ),
)  # fmt: skip


def law(state: State) -> Law:
    """The law that a row of the table stands for."""
    source = Source(f"{state.chapter}, compiled", state.read, READ_ON)
    return Law(
        key=state.key,
        title=state.title,
        short_title=state.short_title,
        protects=frozenset({state.place}),
        why="It protects residents of the state, against companies of some size.",
        threshold=state.threshold,
        not_at_work=True,
        note=state.note,
        citation=state.chapter,
        source=source,
        enforcer=Enforcer.ATTORNEY_GENERAL,
        accusation=Accusation.AFTER_OPEN_WEEKDAY,
        only_place=state.place,
        letters="us-states",
        in_force_from=state.since,
        rights=tuple(
            Right(
                *RIGHTS[letter], state.consent_cite if letter == "R" else state.answer_cite, source
            )
            for letter in state.rights
        ),
        duties=(*duties(state, source), REQUESTED),
    )


def duties(state: State, source: Source) -> tuple[Duty, ...]:
    """The duties of a row: to answer, to announce an extension, to hear an appeal, to stop."""
    answer = Duty(
        key="answer",
        owed_by=Party.PLATFORM,
        nature=Nature.STATUTORY,
        rights=ANSWERED & {RIGHTS[letter][0] for letter in state.rights},
        terms=(Term(EventKind.RECEIVED, Days(state.answer)),),
        citation=state.answer_cite,
        source=source,
        roll=state.roll,
        roll_citation=state.roll_cite,
        extension=Extension(
            notice=EventKind.EXTENSION_NOTIFIED,
            to=Days(state.answer + state.extension),
            needs_reasons=True,
            citation=state.answer_cite,
        ),
    )
    found = [answer, extension_notice(answer)]
    if state.appeal is not None:
        found.append(appeal(state, source))
    if state.revoke is not None:
        found.append(
            Duty(
                key="stop",
                owed_by=Party.PLATFORM,
                nature=Nature.STATUTORY,
                rights=frozenset({"withdraw_consent"}),
                terms=(Term(EventKind.CONSENT_REVOKED_RECEIVED, Days(state.revoke)),),
                citation=state.consent_cite,
                source=source,
                roll=state.roll,
                roll_citation=state.roll_cite,
            )
        )
    return tuple(found)


def extension_notice(answer: Duty) -> Duty:
    """The last day on which the extension of an answer may be announced."""
    return replace(answer, key="extension_notice", extension=None, examples=())


def appeal(state: State, source: Source) -> Duty:
    """The answer to an appeal; the days run from the day on which the company received it."""
    assert state.appeal is not None
    longer = None
    if state.appeal_extension:
        longer = Extension(
            notice=EventKind.APPEAL_EXTENSION_NOTIFIED,
            to=Days(state.appeal + state.appeal_extension),
            needs_reasons=False,
            citation=state.appeal_cite,
        )
    return Duty(
        key="appeal_answer",
        owed_by=Party.PLATFORM,
        nature=Nature.STATUTORY,
        terms=(Term(EventKind.APPEALED, Days(state.appeal)),),
        citation=state.appeal_cite,
        source=source,
        roll=state.roll,
        roll_citation=state.roll_cite,
        extension=longer,
    )


def with_biometric_amendment(colorado: Law) -> Law:
    """Colorado's act as amended for biometric data, whatever the size of the company."""
    return replace(
        colorado,
        rights=(*colorado.rights, COLORADO_RIGHT),
        duties=(*colorado.duties, COLORADO_DESTROY),
    )


COMPREHENSIVE = tuple(
    with_biometric_amendment(law(state)) if state.key == "us-co-cpa" else law(state)
    for state in TABLE
)
