"""Was that lawful? What a platform said about a request, held against the law.

A platform extends, pauses, asks for a passport, wants money. Each such claim gets a ruling: lawful
or not, under which provision, and what answers it. Claims about time are not looked up but counted:
the date that stands is the one that ``procedure`` reckons from the history.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .events import Event, History
from .procedure import OWED, Deadline, deadlines
from .steps import gettext_noop
from .vocabulary import Confidence, Duty, Law


class Claim(StrEnum):
    """What platforms say when they do not simply answer."""

    EXTENSION = "extension"
    PAUSE = "pause"
    VERIFICATION = "verification"
    IDENTITY_DOCUMENT = "identity_document"
    FEE = "fee"
    FORM_ONLY = "form_only"
    LANGUAGE = "language"
    EXCESSIVE = "excessive"
    SELF_SERVICE = "self_service"
    PROCESSOR = "processor"
    PSEUDONYMOUS = "pseudonymous"
    NO_IDENTIFIER = "no_identifier"
    DEACTIVATED = "deactivated"


# In the platform's own words, as a person recognises them.
SAYINGS = {
    Claim.EXTENSION: gettext_noop("“We need more time.”"),
    Claim.PAUSE: gettext_noop("“We have paused your request.”"),
    Claim.VERIFICATION: gettext_noop("“The time starts once we have verified you.”"),
    Claim.IDENTITY_DOCUMENT: gettext_noop("“Send us your passport or identity card.”"),
    Claim.FEE: gettext_noop("“You must pay for this.”"),
    Claim.FORM_ONLY: gettext_noop("“You must use our form.”"),
    Claim.LANGUAGE: gettext_noop("“Write to us in another language.”"),
    Claim.EXCESSIVE: gettext_noop("“Your request is manifestly unfounded or excessive.”"),
    Claim.SELF_SERVICE: gettext_noop("“You can download your data in the settings.”"),
    Claim.PROCESSOR: gettext_noop("“We only process data for somebody else.”"),
    Claim.PSEUDONYMOUS: gettext_noop("“We only hold data without names.”"),
    Claim.NO_IDENTIFIER: gettext_noop("“We do not collect biometric identifiers.”"),
    Claim.DEACTIVATED: gettext_noop("“We have deactivated your account.”"),
}

# Words by which a typed sentence is recognised, in English and German. The order decides.
MARKS = (
    (
        Claim.IDENTITY_DOCUMENT,
        r"passport|identity (card|document)|driver.?s licen|\bid (card|copy)|government.issued"
        r"|photo id|ausweis|reisepass",
    ),
    (
        Claim.VERIFICATION,
        r"(once|after|until|when) (you|we|your identity)\b.*\bverif|verif\w* (you|your)"
        r"|verifizier|identität bestätig",
    ),
    (
        Claim.PAUSE,
        r"paus|on hold|suspend|stop the clock|clock (has )?stopp|ausgesetzt|pausiert|ruht",
    ),
    (
        Claim.EXTENSION,
        r"exten(d|sion)|more time|additional (time|days|months)|need longer"
        r"|verläng|mehr zeit|länger",
    ),
    (Claim.FEE, r"\bfee\b|\bpay|charge|cost|gebühr|kosten|bezahl"),
    (Claim.EXCESSIVE, r"excessive|unfounded|vexatious|abusive|exzessiv|unbegründet|missbräuch"),
    (Claim.SELF_SERVICE, r"download|settings|self.?service|export tool|einstellungen|herunterlad"),
    (Claim.FORM_ONLY, r"\bform\b|portal|only accept|wrong (address|channel)|formular"),
    (Claim.LANGUAGE, r"language|in english|sprache|auf englisch"),
    (Claim.PROCESSOR, r"processor|service provider|on behalf of|auftragsverarbeit|im auftrag"),
    (Claim.PSEUDONYMOUS, r"pseudonym|anonym|cannot identify|not identif|nicht identifizier"),
    (Claim.DEACTIVATED, r"deactivat|disabled your|suspended your account|deaktivier"),
    (Claim.NO_IDENTIFIER, r"biometric|faceprint|voiceprint|face geometry|biometrisch"),
)


def recognise(words: str) -> list[Claim]:
    """The claims that a typed sentence may make, the likeliest first; empty when none is known."""
    told = " ".join(words.lower().split())
    return [claim for claim, mark in MARKS if re.search(mark, told)]


class Answer(StrEnum):
    LAWFUL = "lawful"
    UNLAWFUL = "unlawful"
    DEPENDS = "depends"


@dataclass(frozen=True)
class Ruling:
    """What the law says to a claim.

    ``reason`` is English, marked for translation, with ``values`` to fill in. ``stall`` is the fact
    by which the rebuttal letter answers it, None where nothing needs an answer. ``stands`` is the
    deadline that counts, where a claim is about time.
    """

    answer: Answer
    reason: str
    provision: str
    confidence: Confidence
    stall: str | None = None
    stands: Deadline | None = None
    values: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Said:
    """A claim with its details: the day it was made, and for an extension its end and reasons."""

    claim: Claim
    on: date
    reasons: bool = False
    until: date | None = None


def judge(
    law: Law, right: str, place: str, history: History, facts: Mapping[str, object], said: Said
) -> Ruling:
    """Hold a claim against a law, in a case whose history is known so far.

    Raises NoRuling where our sources say nothing about such a claim under this law.
    """
    if said.claim is Claim.EXTENSION:
        return _extension(law, right, place, history, facts, said)
    ruling = _ruling(law, said.claim, bool(facts.get("requester_authenticated")), right)
    if said.claim in (Claim.PAUSE, Claim.VERIFICATION):
        return _with(ruling, _answer_date(law, right, place, history, facts))
    return ruling


class NoRuling(LookupError):
    """Our sources say nothing about such a claim under this law."""


def _with(ruling: Ruling, stands: Deadline | None) -> Ruling:
    return Ruling(
        ruling.answer, ruling.reason, ruling.provision, ruling.confidence, ruling.stall, stands
    )


def _answer_date(
    law: Law, right: str, place: str, history: History, facts: Mapping[str, object]
) -> Deadline | None:
    found = deadlines(law, right, place, history, facts)
    owed = [deadline for deadline in found if deadline.duty.key in OWED]
    return min(owed, key=lambda deadline: OWED.index(deadline.duty.key), default=None)


def _answer_duty(law: Law, right: str, place: str, facts: Mapping[str, object]) -> Duty | None:
    owed = [duty for duty in law.duties_of(right, place, facts) if duty.key in OWED]
    return min(owed, key=lambda duty: OWED.index(duty.key), default=None)


# Extensions are counted ---------------------------------------------------------------------------

NO_TERM = gettext_noop(
    "This law sets no term for an answer, so there is nothing to extend. Your own date is a wish."
)
LATE = gettext_noop("The extension was announced too late; the last day for it was %(last)s.")
NO_REASONS = gettext_noop("The extension was announced without reasons, which the law demands.")
NO_REASONS_OPEN = gettext_noop(
    "The extension was announced without reasons, which the law demands. No court has decided what "
    "such an extension is worth, so be careful before you call them late."
)
NO_DAY = gettext_noop("The extension names no new last day, which the law demands.")
TOO_LONG = gettext_noop("The law allows time until %(longest)s, not until %(until)s.")
IN_TIME = gettext_noop("The extension was announced in time and as the law demands.")
NO_EXTENSION = gettext_noop("The law knows no extension of this term.")


def _extension(
    law: Law, right: str, place: str, history: History, facts: Mapping[str, object], said: Said
) -> Ruling:
    duty = _answer_duty(law, right, place, facts)
    before = _answer_date(law, right, place, history, facts)
    if duty is None or before is None or before.due is None:
        return Ruling(Answer.DEPENDS, NO_TERM, law.citation, law.source.confidence, None, before)
    confidence = duty.source.confidence
    if duty.extension is None:
        # The letter that replies speaks of answers alone.
        stall = "extension_late" if duty.key == "answer" else None
        return Ruling(Answer.UNLAWFUL, NO_EXTENSION, duty.citation, confidence, stall, before)
    rule = duty.extension
    notice = Event(rule.notice, said.on, said.on, reasons=said.reasons, new_date=said.until)
    after = _answer_date(law, right, place, History([*history, notice]), facts)
    assert after is not None
    assert after.due is not None
    provision = rule.citation
    if said.on > before.due:
        return Ruling(
            Answer.UNLAWFUL, LATE, provision, confidence, "extension_late", before,
            {"last": before.due},
        )  # fmt: skip
    if rule.needs_reasons and not said.reasons:
        return Ruling(
            Answer.UNLAWFUL,
            NO_REASONS_OPEN if rule.disputed_without_reasons else NO_REASONS,
            provision,
            Confidence.UNCERTAIN if rule.disputed_without_reasons else confidence,
            "extension_late",
            before,
        )
    if rule.to is None and (said.until is None or said.until <= before.due):
        return Ruling(Answer.UNLAWFUL, NO_DAY, provision, confidence, "extension_late", before)
    if said.until is not None and said.until > after.due:
        return Ruling(
            Answer.UNLAWFUL, TOO_LONG, provision, confidence, "extension_late", after,
            {"longest": after.due, "until": said.until},
        )  # fmt: skip
    return Ruling(Answer.LAWFUL, IN_TIME, provision, confidence, None, after)


# Everything else is looked up ---------------------------------------------------------------------

Row = tuple[Answer, str, str, Confidence]

READ, SECONDARY, SETTLED, UNCERTAIN = (
    Confidence.READ, Confidence.SECONDARY, Confidence.SETTLED, Confidence.UNCERTAIN
)  # fmt: skip
AUTHENTICATED = gettext_noop(
    "You wrote from your own account. To ask for more proof then is disproportionate."
)
EU: dict[Claim, Row] = {
    Claim.PAUSE: (
        Answer.UNLAWFUL,
        gettext_noop(
            "The law knows no pause for talks inside the company. At most, time may stand "
            "still while "
            "a real doubt about your identity, or about what you mean, is being cleared up."
        ),
        "Art. 12(3) GDPR; EDPB Guidelines 01/2022, para. 159",
        READ,
    ),
    Claim.VERIFICATION: (
        Answer.DEPENDS,
        gettext_noop(
            "The text of the law starts the month with receipt. The EDPB says that it may "
            "stand still "
            "while a reasonable doubt about your identity is cleared up, if they asked at once."
        ),
        "Art. 12(3), 12(6) GDPR; EDPB Guidelines 01/2022, para. 159",
        UNCERTAIN,
    ),
    Claim.IDENTITY_DOCUMENT: (
        Answer.DEPENDS,
        gettext_noop(
            "They may ask for more only where they have a reasonable doubt about who you are, "
            "and a "
            "copy of an identity document is inappropriate unless it is necessary and "
            "suitable. You "
            "may black out what they do not need."
        ),
        "Art. 12(6) GDPR; EDPB Guidelines 01/2022, paras 65, 70-79",
        READ,
    ),
    Claim.FEE: (
        Answer.DEPENDS,
        gettext_noop(
            "It is free of charge. A fee is possible only for a request that they show to be "
            "manifestly unfounded or excessive, or for a further copy."
        ),
        "Art. 12(5), 15(3) GDPR; C-307/22",
        READ,
    ),
    Claim.FORM_ONLY: (
        Answer.UNLAWFUL,
        gettext_noop(
            "A request needs no form. Any official channel will do, a general e-mail address "
            "included; their own form cannot be demanded."
        ),
        "EDPB Guidelines 01/2022, paras 52-57",
        READ,
    ),
    Claim.LANGUAGE: (
        Answer.DEPENDS,
        gettext_noop(
            "The law names no language. Whoever offers a service in a country should be able to "
            "answer in a language understood there."
        ),
        "Art. 12(1) GDPR",
        SECONDARY,
    ),
    Claim.EXCESSIVE: (
        Answer.DEPENDS,
        gettext_noop(
            "They must show it. A request once a year is never excessive, and much work for "
            "them is "
            "not enough; a first request can be abusive only where they prove the intent."
        ),
        "Art. 12(5) GDPR; EDPB Guidelines 01/2022, paras 175-192; C-526/24",
        READ,
    ),
    Claim.SELF_SERVICE: (
        Answer.DEPENDS,
        gettext_noop(
            "A download is a way to answer, but it may not leave anything out, and it cannot "
            "be the "
            "only way."
        ),
        "Art. 15 GDPR; EDPB Guidelines 01/2022",
        SETTLED,
    ),
    Claim.PSEUDONYMOUS: (
        Answer.DEPENDS,
        gettext_noop(
            "If they cannot tell which data are yours they must say so, and you may give them what "
            "helps to find them."
        ),
        "Art. 11(2) GDPR",
        SETTLED,
    ),
    Claim.DEACTIVATED: (
        Answer.UNLAWFUL,
        gettext_noop("To hide data is not to erase them."),
        "Art. 17(1) GDPR",
        SETTLED,
    ),
}
UK: dict[Claim, Row] = {
    Claim.IDENTITY_DOCUMENT: (
        Answer.DEPENDS,
        gettext_noop(
            "They may ask for more only where they have a reasonable doubt about who you are. Then "
            "the month begins when you have shown it."
        ),
        "Art. 12(6), 12A UK GDPR",
        READ,
    ),
    Claim.VERIFICATION: (
        Answer.DEPENDS,
        gettext_noop(
            "The month begins when you have shown who you are, but only where they had a "
            "reasonable doubt and asked for it."
        ),
        "Art. 12(6), 12A UK GDPR",
        READ,
    ),
    Claim.PAUSE: (
        Answer.DEPENDS,
        gettext_noop(
            "Time stands still only for a request for access, and only while they wait for a "
            "clarification that they need because of the amount of data. Talks inside the company "
            "stop nothing."
        ),
        "Art. 12A(5) UK GDPR",
        READ,
    ),
    Claim.FEE: (
        Answer.DEPENDS,
        gettext_noop(
            "It is free of charge. A fee is possible only for a request that they show to be "
            "manifestly unfounded or excessive."
        ),
        "Art. 12(5) UK GDPR",
        SETTLED,
    ),
    Claim.EXCESSIVE: (
        Answer.DEPENDS,
        gettext_noop("They must show it."),
        "Art. 12(5) UK GDPR",
        SETTLED,
    ),
    Claim.PSEUDONYMOUS: (
        Answer.DEPENDS,
        gettext_noop(
            "If they cannot tell which data are yours they must say so, and you may give them what "
            "helps to find them."
        ),
        "Art. 11(2) UK GDPR",
        SETTLED,
    ),
    Claim.DEACTIVATED: (
        Answer.UNLAWFUL,
        gettext_noop("To hide data is not to erase them."),
        "Art. 17(1) UK GDPR",
        SETTLED,
    ),
}
SWITZERLAND: dict[Claim, Row] = {
    Claim.PAUSE: (
        Answer.UNLAWFUL,
        gettext_noop(
            "The thirty days run from receipt. Only a notice of costs, told before, lets them "
            "start "
            "later."
        ),
        "Art. 18(1), 19 DSV",
        READ,
    ),
    Claim.FEE: (
        Answer.DEPENDS,
        gettext_noop(
            "It is free. Costs of at most CHF 300 are possible where the effort is "
            "disproportionate, "
            "and only if they tell you before; you then have ten days to confirm."
        ),
        "Art. 25(6) DSG; Art. 19 DSV",
        READ,
    ),
    Claim.FORM_ONLY: (
        Answer.UNLAWFUL,
        gettext_noop("A request in text form or by electronic means is enough."),
        "Art. 16(1) DSV",
        READ,
    ),
}
AUSTRALIA: dict[Claim, Row] = {
    Claim.FEE: (
        Answer.DEPENDS,
        gettext_noop(
            "A request costs nothing. An agency may never charge for access; an organisation "
            "may, but "
            "not too much."
        ),
        "APP 12.8",
        SETTLED,
    ),
}
CALIFORNIA: dict[Claim, Row] = {
    Claim.VERIFICATION: (
        Answer.UNLAWFUL,
        gettext_noop(
            "The 45 days run from the day on which they received your request. Verification "
            "does not "
            "stop them."
        ),
        "11 CCR 7021(b)",
        READ,
    ),
    Claim.PAUSE: (
        Answer.UNLAWFUL,
        gettext_noop("The 45 days run from receipt, and the regulations know no pause."),
        "11 CCR 7021(b)",
        READ,
    ),
    Claim.IDENTITY_DOCUMENT: (
        Answer.DEPENDS,
        gettext_noop(
            "They must match what you give with what they have, and avoid collecting identity "
            "documents. For an opt-out they may not verify you at all."
        ),
        "11 CCR 7026(d), 7060-7062",
        SETTLED,
    ),
    Claim.FORM_ONLY: (
        Answer.DEPENDS,
        gettext_noop(
            "They may name ways to send a request. One that comes another way they must treat as "
            "received, or tell you how to send it."
        ),
        "11 CCR 7020(e)",
        SETTLED,
    ),
    Claim.FEE: (
        Answer.DEPENDS,
        gettext_noop("Two requests to know in twelve months are free."),
        "Cal. Civ. Code 1798.130(b)",
        SETTLED,
    ),
}
ILLINOIS: dict[Claim, Row] = {
    Claim.NO_IDENTIFIER: (
        Answer.DEPENDS,
        gettext_noop(
            "A picture alone is not covered. What counts is whether a scan of your face or a "
            "voiceprint was made, whether it can identify you, and who controls it: the "
            "company, or "
            "only your own device. Ask them that."
        ),
        "740 ILCS 14/10; Zellmer v. Meta, 104 F.4th 1117 (9th Cir. 2024); G.T. v. Samsung (7th "
        "Cir. 2026)",
        SECONDARY,
    ),
    Claim.PAUSE: (Answer.DEPENDS, NO_TERM, "740 ILCS 14", SECONDARY),
    Claim.VERIFICATION: (Answer.DEPENDS, NO_TERM, "740 ILCS 14", SECONDARY),
}
STATES: dict[Claim, Row] = {
    Claim.IDENTITY_DOCUMENT: (
        Answer.DEPENDS,
        gettext_noop(
            "They may check who you are by means that are commercially reasonable. In many "
            "states an "
            "opt-out needs no check at all."
        ),
        "the section on authentication of the state's act",
        SECONDARY,
    ),
    Claim.FEE: (
        Answer.DEPENDS,
        gettext_noop("Once or twice in twelve months, as the state says, it is free."),
        "the section on fees of the state's act",
        SECONDARY,
    ),
}
RULINGS: dict[str, dict[Claim, Row]] = {
    "eu-gdpr": EU,
    "uk-gdpr": UK,
    "ch-fadp": SWITZERLAND,
    "au-privacy": AUSTRALIA,
    "us-ca-ccpa": CALIFORNIA,
    "us-il-bipa": ILLINOIS,
    "us-states": STATES,
}
# Which paragraph of the rebuttal answers a claim.
STALLS = {
    Claim.PAUSE: "pause",
    Claim.VERIFICATION: "pause",
    Claim.IDENTITY_DOCUMENT: "identity_document",
    Claim.FEE: "fee",
    Claim.FORM_ONLY: "wrong_channel",
    Claim.LANGUAGE: "other_language",
    Claim.EXCESSIVE: "excessive",
    Claim.SELF_SERVICE: "self_service",
    Claim.PROCESSOR: "processor",
    Claim.PSEUDONYMOUS: "pseudonymous",
    Claim.NO_IDENTIFIER: "no_identifier",
    Claim.DEACTIVATED: "deactivated",
}


def _ruling(law: Law, claim: Claim, authenticated: bool, right: str) -> Ruling:
    rows = RULINGS.get(law.key) or RULINGS.get(law.letters or "") or {}
    if claim is Claim.IDENTITY_DOCUMENT and authenticated and law.key == "eu-gdpr":
        return Ruling(
            Answer.UNLAWFUL,
            AUTHENTICATED,
            "Art. 12(6) GDPR; EDPB Guidelines 01/2022, paras 65, 73",
            Confidence.READ,
            STALLS[claim],
        )
    if claim not in rows:
        raise NoRuling(f"we know of no rule on {claim} under {law.key}")
    answer, reason, provision, confidence = rows[claim]
    return Ruling(answer, reason, provision, confidence, STALLS[claim])
