"""Children: the ages on which something turns, and who may write a letter for a child.

Whether a law is for children alone stands in its own file (``Law.for_children_under``). Here stands
what the other laws say of a child's age: one row a rule, with the places where it holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from .places import surroundings
from .statutes import LAWS
from .steps import gettext_noop
from .vocabulary import Confidence

OF_AGE = 18


@dataclass(frozen=True, kw_only=True)
class AgeRule:
    """What a law says of a child, by its age.

    ``younger`` is said of a child under ``age``, ``older`` of one that has reached it; both are
    English, marked for translation, with ``age`` to fill in. Without ``age`` the law draws no line,
    and ``younger`` is said of every child. ``laws`` are keys, ``places`` where the child lives.
    """

    laws: frozenset[str]
    places: frozenset[str]
    younger: str
    older: str
    citation: str
    confidence: Confidence
    age: int | None = None


@dataclass(frozen=True)
class Band:
    """The ages from ``at_least`` on, and below ``under``."""

    at_least: int
    under: int


@dataclass(frozen=True)
class Note:
    """A rule as it concerns one child: the sentence, and the age to fill in."""

    text: str
    age: int | None
    citation: str
    confidence: Confidence


# Below this age a parent has to agree to an online service (Art. 8(1) GDPR). Liechtenstein is left
# out: its age is not certain.
AGES_OF_CONSENT = {
    13: "BE EE FI LV MT NO PT SE IS",
    14: "AT BG CY IT LT ES",
    15: "CZ FR GR SI DK",
    16: "HR DE HU IE LU NL PL RO SK",
}
EU_YOUNGER = gettext_noop(
    "Where you live, a child under %(age)s cannot agree to an online service without a parent. You "
    "can write for your child; a child who understands what the letter is about can also write it "
    "itself."
)
EU_OLDER = gettext_noop(
    "Where you live, a child of %(age)s or more can agree to an online service without a parent, "
    "and if it understands what the letter is about it can write it itself. A parent can write for "
    "it where that is good for the child."
)
PARENTS_OF_YOUNG = gettext_noop(
    "Under this law a parent or guardian may act for a child who is known to be under %(age)s."
)
PARENTS_OF_OLDER = gettext_noop(
    "Under this law a parent or guardian may act for a child who is known to be under %(age)s. "
    "About older children we know of no such rule: let the child sign as well."
)
STATES = frozenset(law.key for law in LAWS.values() if law.letters == "us-states")

RULES = (
    *(
        AgeRule(
            laws=frozenset({"eu-gdpr"}),
            places=frozenset(places.split()),
            age=age,
            younger=EU_YOUNGER,
            older=EU_OLDER,
            citation=gettext_noop("Art. 8(1) GDPR; EDPB Guidelines 01/2022, paras 80-85"),
            confidence=Confidence.SETTLED,
        )
        for age, places in AGES_OF_CONSENT.items()
    ),
    AgeRule(
        laws=frozenset({"uk-gdpr"}),
        places=frozenset({"GB-SCT"}),
        age=12,
        younger=gettext_noop(
            "In Scotland a child is presumed able to use its rights itself from the age of %(age)s "
            "on. Until then you can write for it."
        ),
        older=gettext_noop(
            "In Scotland a child of %(age)s or more is presumed able to use its rights itself: "
            "let the child write, or sign as well."
        ),
        citation=gettext_noop("s. 208 Data Protection Act 2018"),
        confidence=Confidence.READ,
    ),
    AgeRule(
        laws=frozenset({"uk-gdpr"}),
        places=frozenset({"GB"}),
        age=13,
        younger=EU_YOUNGER,
        older=EU_OLDER,
        citation=gettext_noop("Art. 8 UK GDPR; s. 9 Data Protection Act 2018"),
        confidence=Confidence.READ,
    ),
    AgeRule(
        laws=frozenset({"ch-fadp"}),
        places=frozenset({"CH"}),
        younger=gettext_noop(
            "Swiss law names no age. A child who can judge what the letter means can write it "
            "itself; otherwise a parent writes."
        ),
        older="",
        citation=gettext_noop("Arts. 16 and 19c of the Swiss Civil Code"),
        confidence=Confidence.SETTLED,
    ),
    AgeRule(
        laws=frozenset({"au-privacy"}),
        places=frozenset({"AU"}),
        age=15,
        younger=gettext_noop(
            "Whether a child can decide for itself is judged case by case. The authority presumes "
            "it from the age of %(age)s on; until then you can write for your child."
        ),
        older=gettext_noop(
            "The authority presumes that a child of %(age)s or more can decide for itself: let the "
            "child write, or sign as well."
        ),
        citation="OAIC guidance",
        confidence=Confidence.SETTLED,
    ),
    AgeRule(
        laws=STATES,
        places=frozenset({"US"}),
        age=13,
        younger=PARENTS_OF_YOUNG,
        older=PARENTS_OF_OLDER,
        citation="",
        confidence=Confidence.SECONDARY,
    ),
    AgeRule(
        laws=frozenset({"us-ca-ccpa"}),
        places=frozenset({"US"}),
        age=13,
        younger=PARENTS_OF_YOUNG,
        older=PARENTS_OF_OLDER,
        citation="11 CCR 7070, 7071",
        confidence=Confidence.SETTLED,
    ),
    AgeRule(
        laws=frozenset({"us-il-bipa"}),
        places=frozenset({"US"}),
        age=13,
        younger=gettext_noop(
            "The Act lets a legally authorized representative act, and does not say who that is. "
            "We take it that a parent or guardian of a minor is one."
        ),
        older=gettext_noop(
            "The Act lets a legally authorized representative act, and does not say who that is. "
            "We take it that a parent or guardian of a minor is one. From the age of %(age)s on, "
            "let the child sign as well."
        ),
        citation="740 ILCS 14/15(b)",
        confidence=Confidence.SETTLED,
    ),
)


def bands(residence: str) -> tuple[Band, ...]:
    """The ages to tell apart in a child who lives there; none where nothing turns on it."""
    ages = set()
    for law in LAWS.values():
        if law.protects.isdisjoint(surroundings(residence)):
            continue
        rule = _rule(law.key, residence)
        ages |= {law.for_children_under, rule.age if rule else None} - {None}
    steps = [0, *sorted(age for age in ages if age), OF_AGE]
    return tuple(map(Band, steps, steps[1:])) if ages else ()


def note(law: str, residence: str, child_under: int) -> Note | None:
    """What a law says of a child that is under an age."""
    rule = _rule(law, residence)
    if rule is None:
        return None
    young = rule.age is None or child_under <= rule.age
    text = rule.younger if young else rule.older
    return Note(text, rule.age, rule.citation or LAWS[law].citation, rule.confidence)


def _rule(law: str, residence: str) -> AgeRule | None:
    """The rule that a law has for children there; that of the smallest place goes first."""
    for place in surroundings(residence):
        for rule in RULES:
            if law in rule.laws and place in rule.places:
                return rule
    return None
