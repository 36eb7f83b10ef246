"""What an answer has to contain, right by right, so that somebody can tick off what they got.

``key`` names a point across laws; where the letters have a paragraph for a point that is missing,
it is the name of that paragraph. ``owed`` says whether the law calls for the point; the others are
what our letters ask for and the law leaves open, and nobody is called incomplete for their lack.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from .statutes.ch_fadp import DSG
from .statutes.eu_gdpr import CHAPTER_III, EDPB
from .statutes.uk_gdpr import DPA, UK_GDPR
from .statutes.us_federal import COPPA_RULE, FCRA_ACT
from .statutes.us_il_bipa import DUTIES as BIPA_DUTIES
from .statutes.us_others import MHMDA_TEXT
from .steps import gettext_noop
from .vocabulary import Confidence, Law, Source

READ_ON = date(2026, 11, 22)


@dataclass(frozen=True, kw_only=True)
class Content:
    """One point of an answer, as a question to whoever holds the answer in their hands.

    ``rights`` are those that call for it. ``sometimes`` says that it may not concern this person
    at all, so that a no needs a second look.
    """

    key: str
    question: str
    rights: frozenset[str]
    citation: str
    source: Source
    owed: bool = True
    sometimes: bool = False


def answer_contents(law: Law, rights: Iterable[str]) -> tuple[Content, ...]:
    """The points that an answer to some rights must cover, each once, in the order of the list."""
    asked = set(rights)
    found: dict[str, Content] = {}
    for content in CONTENTS.get(law.key) or CONTENTS.get(law.letters or "") or ():
        if content.rights & asked:
            found.setdefault(content.key, content)
    return tuple(found.values())


ACCESS = frozenset({"access", "copy", "recipients"})
ERASURE = frozenset({"erasure", "erasure_public"})
STOPPING = frozenset({"objection", "objection_marketing", "objection_automated"})

RECIPIENTS_CASE = Source(
    "CJEU C-154/21 Österreichische Post, 12 January 2023, summary", Confidence.SECONDARY, READ_ON
)
COPY_CASE = Source("CJEU C-487/21 F.F. v DSB, 4 May 2023, summary", Confidence.SECONDARY, READ_ON)
LOGIC_CASE = Source(
    "CJEU C-203/22 Dun & Bradstreet, 27 February 2025, summary", Confidence.SECONDARY, READ_ON
)

EU = (
    Content(
        key="confirmation",
        question=gettext_noop("Do they say whether they process your data at all, yes or no?"),
        rights=ACCESS,
        citation=gettext_noop("Art. 15(1) GDPR"),
        source=CHAPTER_III,
    ),
    Content(
        key="copy",
        question=gettext_noop(
            "Did you get the data themselves, all of them? Not only what you typed in: also logs, "
            "what they concluded about you, advertising and moderation."
        ),
        rights=ACCESS,
        citation=gettext_noop("Art. 15(3) GDPR; C-487/21"),
        source=COPY_CASE,
    ),
    Content(
        key="purposes",
        question=gettext_noop(
            "Do they say what each kind of your data is used for, and not only in general?"
        ),
        rights=ACCESS,
        citation=gettext_noop("Art. 15(1)(a) GDPR"),
        source=CHAPTER_III,
    ),
    Content(
        key="categories",
        question=gettext_noop("Do they say which kinds of data they have about you?"),
        rights=ACCESS,
        citation=gettext_noop("Art. 15(1)(b) GDPR"),
        source=CHAPTER_III,
    ),
    Content(
        key="recipients",
        question=gettext_noop("Do they name those who received your data, one by one?"),
        rights=ACCESS,
        citation=gettext_noop("Art. 15(1)(c) GDPR; C-154/21"),
        source=RECIPIENTS_CASE,
    ),
    Content(
        key="retention",
        question=gettext_noop(
            "Do they say how long each kind of data is kept, or what decides it?"
        ),
        rights=ACCESS,
        citation=gettext_noop("Art. 15(1)(d) GDPR"),
        source=CHAPTER_III,
    ),
    Content(
        key="rights",
        question=gettext_noop(
            "Do they tell you your rights, and that you can complain to an authority?"
        ),
        rights=ACCESS,
        citation=gettext_noop("Art. 15(1)(e) and (f) GDPR"),
        source=CHAPTER_III,
    ),
    Content(
        key="source",
        question=gettext_noop("Do they say where they got what did not come from you?"),
        rights=ACCESS,
        citation=gettext_noop("Art. 15(1)(g) GDPR"),
        source=CHAPTER_III,
        sometimes=True,
    ),
    Content(
        key="automated",
        question=gettext_noop(
            "Do they say whether a machine decides about you, and explain how so that you "
            "understand it?"
        ),
        rights=ACCESS | {"automated_decision"},
        citation=gettext_noop("Art. 15(1)(h) GDPR; C-203/22"),
        source=LOGIC_CASE,
        sometimes=True,
    ),
    Content(
        key="transfers",
        question=gettext_noop("Do they say what protects your data outside Europe?"),
        rights=ACCESS,
        citation=gettext_noop("Art. 15(2) GDPR"),
        source=CHAPTER_III,
        sometimes=True,
    ),
    Content(
        key="biometrics",
        question=gettext_noop("Do they answer your questions about your face and voice?"),
        rights=ACCESS,
        citation=gettext_noop("Art. 15(1)(a), (c) and (d) GDPR"),
        source=CHAPTER_III,
        sometimes=True,
    ),
    Content(
        key="erased",
        question=gettext_noop(
            "Do they say what they erased, what they keep, and which exception allows it?"
        ),
        rights=ERASURE,
        citation=gettext_noop("Arts. 12(3) and (4), 17 GDPR"),
        source=CHAPTER_III,
    ),
    Content(
        key="done",
        question=gettext_noop(
            "Do they say that they have done what you asked for? If they object, do they show "
            "compelling reasons of their own?"
        ),
        rights=STOPPING | {"rectification", "restriction", "portability", "withdraw_consent"},
        citation=gettext_noop("Art. 12(3) GDPR; Arts. 7(3), 16, 18, 20, 21 GDPR"),
        source=CHAPTER_III,
    ),
    Content(
        key="third_parties",
        question=gettext_noop("Do they say which recipients they told about it?"),
        rights=ERASURE | {"rectification", "restriction", "notify"},
        citation=gettext_noop("Arts. 17(2), 19 GDPR"),
        source=CHAPTER_III,
    ),
    Content(
        key="reasons",
        question=gettext_noop(
            "Where they hold something back or refuse: do they say what, under which exception "
            "and why, and where you can complain?"
        ),
        rights=ACCESS
        | ERASURE
        | STOPPING
        | {"rectification", "restriction", "portability", "notify", "automated_decision"},
        citation=gettext_noop("Art. 12(4) GDPR; EDPB Guidelines 01/2022, para. 193"),
        source=EDPB,
        sometimes=True,
    ),
)

# The United Kingdom asks for the same, by its own text; two points differ.
UK_CITATIONS = {
    "confirmation": gettext_noop("Art. 15(1) UK GDPR"),
    "copy": gettext_noop("Art. 15(3) UK GDPR"),
    "purposes": gettext_noop("Art. 15(1)(a) UK GDPR"),
    "categories": gettext_noop("Art. 15(1)(b) UK GDPR"),
    "recipients": gettext_noop("Art. 15(1)(c) UK GDPR"),
    "retention": gettext_noop("Art. 15(1)(d) UK GDPR"),
    "source": gettext_noop("Art. 15(1)(g) UK GDPR"),
    "automated": gettext_noop("Art. 15(1)(h) UK GDPR"),
    "transfers": gettext_noop("Art. 15(2) UK GDPR"),
    "biometrics": gettext_noop("Art. 15(1)(a), (c) and (d) UK GDPR"),
    "erased": gettext_noop("Arts. 12(3) and (4), 17 UK GDPR"),
    "done": gettext_noop("Art. 12(3) UK GDPR; Arts. 7(3), 16, 18, 20, 21 UK GDPR"),
    "third_parties": gettext_noop("Arts. 17(2), 19 UK GDPR"),
    "reasons": gettext_noop("Art. 12(4) UK GDPR"),
}
UK_RIGHTS = Content(
    key="rights",
    question=gettext_noop(
        "Do they tell you your rights, and that you can complain both to them and to the "
        "Information Commissioner?"
    ),
    rights=ACCESS,
    citation=gettext_noop("Art. 15(1)(e), (ea) and (f) UK GDPR; ss. 164A, 165 DPA 2018"),
    source=DPA,
)
UK_QUESTIONS = {
    "recipients": gettext_noop("Do they say who received your data?"),
    "transfers": gettext_noop("Do they say what protects your data outside the United Kingdom?"),
}
UK = tuple(
    UK_RIGHTS
    if content.key == "rights"
    else replace(
        content,
        question=UK_QUESTIONS.get(content.key, content.question),
        citation=UK_CITATIONS[content.key],
        source=UK_GDPR,
    )
    for content in EU
)

SWITZERLAND = (
    Content(
        key="confirmation",
        question=gettext_noop("Do they say whether they process your data and who answers for it?"),
        rights=frozenset({"access"}),
        citation=gettext_noop("Art. 25(1), 25(2)(a) DSG"),
        source=DSG,
    ),
    Content(
        key="copy",
        question=gettext_noop("Did you get the data themselves, and not only the kinds of data?"),
        rights=frozenset({"access"}),
        citation=gettext_noop("Art. 25(2)(b) DSG"),
        source=DSG,
    ),
    Content(
        key="purposes",
        question=gettext_noop("Do they say what your data are used for?"),
        rights=frozenset({"access"}),
        citation=gettext_noop("Art. 25(2)(c) DSG"),
        source=DSG,
    ),
    Content(
        key="retention",
        question=gettext_noop("Do they say how long the data are kept, or how they decide?"),
        rights=frozenset({"access"}),
        citation=gettext_noop("Art. 25(2)(d) DSG"),
        source=DSG,
    ),
    Content(
        key="source",
        question=gettext_noop("Do they say where they got what did not come from you?"),
        rights=frozenset({"access"}),
        citation=gettext_noop("Art. 25(2)(e) DSG"),
        source=DSG,
        sometimes=True,
    ),
    Content(
        key="automated",
        question=gettext_noop("Do they say whether a machine decides about you and by what logic?"),
        rights=frozenset({"access"}),
        citation=gettext_noop("Art. 25(2)(f) DSG"),
        source=DSG,
        sometimes=True,
    ),
    Content(
        key="recipients",
        question=gettext_noop(
            "Do they say who received your data, or at least what kind of people?"
        ),
        rights=frozenset({"access"}),
        citation=gettext_noop("Art. 25(2)(g) DSG"),
        source=DSG,
    ),
    Content(
        key="transfers",
        question=gettext_noop("Do they name the countries your data go to, and the guarantees?"),
        rights=frozenset({"access"}),
        citation=gettext_noop("Art. 25(2)(g), 19(4) DSG"),
        source=DSG,
        sometimes=True,
    ),
    Content(
        key="biometrics",
        question=gettext_noop("Do they answer your questions about your face and voice?"),
        rights=frozenset({"access"}),
        citation=gettext_noop("asked for in the letter"),
        source=Source("The letter itself", Confidence.READ),
        owed=False,
        sometimes=True,
    ),
    Content(
        key="done",
        question=gettext_noop("Do they say that they have done what you asked for?"),
        rights=frozenset({"portability", "rectification", "objection", "withdraw_consent"}),
        citation=gettext_noop("Art. 28, 30(2)(b), 32 DSG"),
        source=DSG,
    ),
    Content(
        key="erased",
        question=gettext_noop("Do they say what was deleted and what was kept?"),
        rights=frozenset({"erasure"}),
        citation=gettext_noop("Art. 32(2)(c) DSG"),
        source=DSG,
    ),
    Content(
        key="third_parties",
        question=gettext_noop("Do they say who was told about it?"),
        rights=frozenset({"erasure", "rectification"}),
        citation=gettext_noop("Art. 32(4) DSG"),
        source=DSG,
        owed=False,
        sometimes=True,
    ),
    Content(
        key="reasons",
        question=gettext_noop("Where they hold something back or refuse: do they say why?"),
        rights=frozenset({"access", "portability"}),
        citation=gettext_noop("Art. 26(4), 29(2) DSG"),
        source=DSG,
        sometimes=True,
    ),
)

APP = Source("Australian Privacy Principles 7, 12 and 13", Confidence.SETTLED)
AUSTRALIA = (
    Content(
        key="copy",
        question=gettext_noop("Did you get the information itself, and all of it?"),
        rights=frozenset({"access"}),
        citation="APP 12.1",
        source=APP,
    ),
    Content(
        key="done",
        question=gettext_noop("Do they say that they have done what you asked for?"),
        rights=frozenset({"rectification", "objection_marketing"}),
        citation="APP 7.6, 13.1",
        source=APP,
    ),
    Content(
        key="source",
        question=gettext_noop("Do they say where they got your information?"),
        rights=frozenset({"objection_marketing"}),
        citation="APP 7.6, 7.7",
        source=APP,
    ),
    Content(
        key="third_parties",
        question=gettext_noop("Do they say who was told about the correction?"),
        rights=frozenset({"rectification"}),
        citation="APP 13.2",
        source=APP,
        sometimes=True,
    ),
    Content(
        key="reasons",
        question=gettext_noop(
            "Where they hold something back or refuse: did you get the reasons in writing?"
        ),
        rights=frozenset({"access", "rectification"}),
        citation="APP 12.9, 13.3",
        source=APP,
        sometimes=True,
    ),
    Content(
        key="rights",
        question=gettext_noop("Where they refuse: do they say how you can complain?"),
        rights=frozenset({"access", "rectification"}),
        citation="APP 12.9, 13.3",
        source=APP,
        sometimes=True,
    ),
)

CCPA_KNOW = Source("11 CCR 7024; Cal. Civ. Code 1798.110", Confidence.SETTLED)
CCPA_DELETE = Source("11 CCR 7022(a)-(b)", Confidence.READ, READ_ON)
CCPA_DENIAL = Source("11 CCR 7022(f), 7023, 7026, 7027", Confidence.SETTLED)
CALIFORNIA = (
    Content(
        key="categories",
        question=gettext_noop("Do they name the categories of personal information?"),
        rights=frozenset({"access"}),
        citation="Cal. Civ. Code 1798.110; 11 CCR 7024(k)",
        source=CCPA_KNOW,
    ),
    Content(
        key="source",
        question=gettext_noop("Do they name the categories of sources?"),
        rights=frozenset({"access"}),
        citation="Cal. Civ. Code 1798.110; 11 CCR 7024(k)",
        source=CCPA_KNOW,
    ),
    Content(
        key="purposes",
        question=gettext_noop("Do they name the business or commercial purposes?"),
        rights=frozenset({"access"}),
        citation="Cal. Civ. Code 1798.110; 11 CCR 7024(k)",
        source=CCPA_KNOW,
    ),
    Content(
        key="recipients",
        question=gettext_noop("Do they name the categories of third parties that received it?"),
        rights=frozenset({"access"}),
        citation="Cal. Civ. Code 1798.110; 11 CCR 7024(k)",
        source=CCPA_KNOW,
    ),
    Content(
        key="copy",
        question=gettext_noop(
            "Did you get the specific pieces of information, reaching back more than twelve months?"
        ),
        rights=frozenset({"access"}),
        citation="11 CCR 7024(h)",
        source=CCPA_KNOW,
    ),
    Content(
        key="biometrics",
        question=gettext_noop(
            "If they hold biometric information: do they describe it exactly enough? They must "
            "not send it itself."
        ),
        rights=frozenset({"access"}),
        citation="11 CCR 7024(d)",
        source=CCPA_KNOW,
        sometimes=True,
    ),
    Content(
        key="erased",
        question=gettext_noop("Do they say what was deleted, and what was kept and why?"),
        rights=frozenset({"erasure"}),
        citation="Cal. Civ. Code 1798.105; 11 CCR 7022",
        source=CCPA_DELETE,
    ),
    Content(
        key="third_parties",
        question=gettext_noop(
            "Do they say that they told their service providers and those they sold it to?"
        ),
        rights=frozenset({"erasure"}),
        citation="11 CCR 7022(b) and (c)",
        source=CCPA_DELETE,
    ),
    Content(
        key="done",
        question=gettext_noop("Do they say that they have done what you asked for?"),
        rights=frozenset({"rectification", "opt_out_sale", "limit_sensitive", "broker_deletion"}),
        citation="11 CCR 7023, 7026, 7027",
        source=CCPA_DENIAL,
    ),
    Content(
        key="reasons",
        question=gettext_noop("Where they hold something back or refuse: do they say why?"),
        rights=frozenset({"access", "erasure", "rectification"}),
        citation="11 CCR 7022(f), 7023, 7024",
        source=CCPA_DENIAL,
        sometimes=True,
    ),
)

STATE_ACTS = Source("The comprehensive acts of the states, compiled", Confidence.SECONDARY, READ_ON)
STATES = (
    Content(
        key="confirmation",
        question=gettext_noop("Do they say whether they process your data at all, yes or no?"),
        rights=frozenset({"access"}),
        citation="the section on consumer rights of the state's act",
        source=STATE_ACTS,
    ),
    Content(
        key="copy",
        question=gettext_noop("Did you get the data themselves, and all of them?"),
        rights=frozenset({"access", "portability"}),
        citation="the section on consumer rights of the state's act",
        source=STATE_ACTS,
    ),
    Content(
        key="recipients",
        question=gettext_noop("Did you get the list of third parties?"),
        rights=frozenset({"third_parties"}),
        citation="the section on consumer rights of the state's act",
        source=STATE_ACTS,
    ),
    Content(
        key="erased",
        question=gettext_noop("Do they say what was deleted and what was kept?"),
        rights=frozenset({"erasure", "destruction"}),
        citation="asked for in the letter",
        source=Source("The letter itself", Confidence.READ),
        owed=False,
    ),
    Content(
        key="done",
        question=gettext_noop("Do they say that they have done what you asked for?"),
        rights=frozenset(
            {
                "erasure",
                "destruction",
                "rectification",
                "opt_out_sale",
                "opt_out_advertising",
                "opt_out_profiling",
                "withdraw_consent",
            }
        ),
        citation="the section on consumer rights of the state's act",
        source=STATE_ACTS,
    ),
    Content(
        key="reasons",
        question=gettext_noop("Where they hold something back or refuse: do they say why?"),
        rights=frozenset({"access", "erasure", "rectification", "portability", "third_parties"}),
        citation="the section on responding of the state's act",
        source=STATE_ACTS,
        sometimes=True,
    ),
    Content(
        key="rights",
        question=gettext_noop("Where they refuse: do they say how you can appeal?"),
        rights=frozenset({"access", "erasure", "rectification", "portability", "third_parties"}),
        citation="the section on appeals of the state's act",
        source=STATE_ACTS,
        sometimes=True,
    ),
)

HEALTH = (
    Content(
        key="confirmation",
        question=gettext_noop("Do they say whether they process your health data at all?"),
        rights=frozenset({"access"}),
        citation="RCW 19.373.040",
        source=MHMDA_TEXT,
    ),
    Content(
        key="copy",
        question=gettext_noop("Did you get the data themselves, and all of them?"),
        rights=frozenset({"access"}),
        citation="RCW 19.373.040",
        source=MHMDA_TEXT,
    ),
    Content(
        key="recipients",
        question=gettext_noop(
            "Did you get the list of all third parties and affiliates, with a way to reach them?"
        ),
        rights=frozenset({"access", "third_parties"}),
        citation="RCW 19.373.040",
        source=MHMDA_TEXT,
    ),
    Content(
        key="erased",
        question=gettext_noop("Do they say that it is deleted, also in archives and backups?"),
        rights=frozenset({"erasure"}),
        citation="RCW 19.373.040",
        source=MHMDA_TEXT,
    ),
    Content(
        key="third_parties",
        question=gettext_noop("Do they say that they passed the deletion on to third parties?"),
        rights=frozenset({"erasure"}),
        citation="RCW 19.373.040",
        source=MHMDA_TEXT,
        sometimes=True,
    ),
    Content(
        key="done",
        question=gettext_noop("Do they say that they have stopped?"),
        rights=frozenset({"withdraw_consent"}),
        citation="RCW 19.373.040",
        source=MHMDA_TEXT,
    ),
)

# Illinois prescribes no answer. The points are what the letter asks for, and what the Act says of
# each, so that somebody sees what is still open; none of them is owed as an answer.
ILLINOIS = tuple(
    Content(
        key=key,
        question=question,
        rights=frozenset(rights),
        citation=citation,
        source=BIPA_DUTIES,
        owed=False,
    )
    for key, question, rights, citation in (
        (
            "biometrics",
            gettext_noop(
                "Do they say whether identifiers were made from your face or voice, and on which "
                "notice and release?"
            ),
            {"notice"},
            "740 ILCS 14/15(b)",
        ),
        (
            "retention",
            gettext_noop("Do they show their public policy on keeping and destroying?"),
            {"notice", "destruction"},
            "740 ILCS 14/15(a)",
        ),
        (
            "purposes",
            gettext_noop("Do they say for what and for how long?"),
            {"notice"},
            "740 ILCS 14/15(b)",
        ),
        (
            "recipients",
            gettext_noop("Do they say who received them, and on which basis?"),
            {"notice"},
            "740 ILCS 14/15(c) and (d)",
        ),
        (
            "erased",
            gettext_noop("Do they say what was destroyed, and when?"),
            {"destruction", "withdraw_consent"},
            "740 ILCS 14/15(a)",
        ),
        (
            "done",
            gettext_noop("Do they say that they have done what you asked for?"),
            {"withdraw_consent", "preserve"},
            "740 ILCS 14/15",
        ),
    )
)

CHILDREN = (
    Content(
        key="categories",
        question=gettext_noop("Do they describe which kinds of data they have of the child?"),
        rights=frozenset({"access"}),
        citation="16 CFR 312.6",
        source=COPPA_RULE,
    ),
    Content(
        key="copy",
        question=gettext_noop("Do they give you a way to look at the data themselves?"),
        rights=frozenset({"access"}),
        citation="16 CFR 312.6",
        source=COPPA_RULE,
    ),
    Content(
        key="erased",
        question=gettext_noop("Do they say that the data are deleted?"),
        rights=frozenset({"erasure"}),
        citation="16 CFR 312.6",
        source=COPPA_RULE,
    ),
)

CREDIT = (
    Content(
        key="copy",
        question=gettext_noop("Did you get your whole file?"),
        rights=frozenset({"access"}),
        citation="15 U.S.C. 1681g",
        source=FCRA_ACT,
    ),
    Content(
        key="done",
        question=gettext_noop("Do they give you the result, with a new report free of charge?"),
        rights=frozenset({"rectification"}),
        citation="15 U.S.C. 1681i",
        source=FCRA_ACT,
    ),
    Content(
        key="rights",
        question=gettext_noop("Do they say that you may add a statement of your own?"),
        rights=frozenset({"rectification"}),
        citation="15 U.S.C. 1681i",
        source=FCRA_ACT,
    ),
)

# By law, or by the group of laws that share their letters.
CONTENTS: dict[str, tuple[Content, ...]] = {
    "eu-gdpr": EU,
    "uk-gdpr": UK,
    "ch-fadp": SWITZERLAND,
    "au-privacy": AUSTRALIA,
    "us-ca-ccpa": CALIFORNIA,
    "us-states": STATES,
    "us-wa-mhmda": HEALTH,
    "us-il-bipa": ILLINOIS,
    "us-coppa": CHILDREN,
    "us-fcra": CREDIT,
}
