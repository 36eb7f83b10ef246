"""Does a law protect this person, and why? Three answers, each with its reason and citation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from .places import EEA, UK, region_name, surroundings
from .statutes import LAWS
from .steps import gettext_noop
from .vocabulary import Law


class State(StrEnum):
    APPLIES = "applies"
    DOES_NOT_APPLY = "does_not_apply"
    DEPENDS_ON = "depends_on"


@dataclass(frozen=True)
class Verdict:
    """One law, and whether it protects the person.

    ``reason`` is English, marked for translation: translate it, then fill in ``values``.
    """

    law: Law
    state: State
    reason: str
    citation: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What decides whether a law protects somebody.

    ``residence`` is an ISO 3166-2 code. ``controller_in`` is the country of the company, if it is
    known. ``relation`` is ``user``, ``former_user``, ``non_user`` or ``employee``. ``on`` is the
    day on which it is asked. ``recorded_in`` names a further place where the person was recorded.
    ``child`` says whether a parent or guardian writes about a child (None: not known), and
    ``child_under`` below which age that child is (None: not known).
    ``platform_categories`` is what the platform is.
    """

    residence: str
    on: date
    controller_in: str | None = None
    relation: str = "user"
    recorded_in: str | None = None
    child: bool | None = None
    child_under: int | None = None
    platform_categories: frozenset[str] = frozenset()


APPLIES, DEPENDS_ON, DOES_NOT_APPLY = State.APPLIES, State.DEPENDS_ON, State.DOES_NOT_APPLY

REASONS = {
    ("eu-gdpr", APPLIES): gettext_noop(
        "You live in the European Union or in Iceland, Liechtenstein or Norway, and the company "
        "offers its service there or watches what people do there."
    ),
    ("eu-gdpr", DOES_NOT_APPLY): gettext_noop(
        "The GDPR protects people in the European Union, Iceland, Liechtenstein and Norway."
    ),
    ("eu-gdpr", DEPENDS_ON): gettext_noop(
        "The GDPR also binds companies established in the European Union when they handle data of "
        "people elsewhere. Whether this company handles yours there, only it can say."
    ),
    ("uk-gdpr", APPLIES): gettext_noop(
        "You live in the United Kingdom, and the company offers its service there or watches what "
        "people do there."
    ),
    ("us-il-bipa", APPLIES): gettext_noop(
        "You live in Illinois, and the Act protects people whose face geometry, voiceprint, "
        "fingerprint, hand or eye a private company scans."
    ),
    ("us-il-bipa", DEPENDS_ON): gettext_noop(
        "The Act protects people in Illinois. If your face or voice was recorded while you were "
        "there, it may protect you: a lawyer should see this."
    ),
    ("us-il-bipa", DOES_NOT_APPLY): gettext_noop(
        "The Biometric Information Privacy Act protects people in Illinois."
    ),
    ("us-ca-ccpa", DOES_NOT_APPLY): gettext_noop("The CCPA protects residents of California."),
    ("us-tx-cubi", APPLIES): gettext_noop(
        "This Texas law protects you, but only the attorney general can enforce it."
    ),
    ("us-wa-mhmda", APPLIES): gettext_noop(
        "You live in Washington, and this law protects biometric data expressly."
    ),
    ("us-nyc-biometric", APPLIES): gettext_noop(
        "It is about shops, restaurants and venues in New York City that use biometrics, not about "
        "platforms. New York has no general privacy law that you could use against one."
    ),
    ("us-coppa", APPLIES): gettext_noop("It is about a child under 13 in the United States."),
    ("us-fcra", APPLIES): gettext_noop(
        "You live in the United States, and the company keeps files about people. Whether it is a "
        "consumer reporting agency decides whether this law binds it."
    ),
    ("us-wa-biometric", APPLIES): gettext_noop(
        "This Washington law protects you, but only the attorney general can enforce it."
    ),
    ("ch-fadp", APPLIES): gettext_noop("You live in Switzerland."),
    ("au-privacy", APPLIES): gettext_noop(
        "You live in Australia. An agency has thirty days to answer; a company has a "
        "reasonable time."
    ),
}
PROTECTS = gettext_noop("It protects people in %(place)s.")
LARGE_ENOUGH = gettext_noop(
    "You live in %(place)s. The law binds companies with %(threshold)s. Only the attorney general "
    "can enforce it."
)
LARGE_ENOUGH_CALIFORNIA = gettext_noop(
    "You live in California. The law binds companies with %(threshold)s. The privacy agency "
    "and the "
    "attorney general enforce it."
)
AT_WORK = gettext_noop(
    "You live in %(place)s, but this law leaves out people in their work for the company."
)
CHILDREN_ONLY = gettext_noop("It protects children under 13, for whom a parent acts.")
OTHER_COMPANIES = gettext_noop(
    "It binds agencies that keep files about people for credit, work or housing, not this company."
)
NOT_YET = gettext_noop("It protects people in %(place)s from %(day)s on.")

# Laws whose name people bring along, wherever they live.
OFTEN_EXPECTED = ("eu-gdpr", "us-il-bipa", "us-ca-ccpa")


def assess(situation: Situation, off: frozenset[str] = frozenset()) -> list[Verdict]:
    """Every law worth a word to somebody in this situation, except those switched ``off``.

    The laws that apply come first, then those that may, then those a person might expect in vain.
    """
    verdicts = []
    for law in LAWS.values():
        if law.key in off:
            continue
        verdict = _verdict(law, situation)
        if verdict.state is not DOES_NOT_APPLY or _expected(law, situation):
            verdicts.append(verdict)
    order = [APPLIES, DEPENDS_ON, DOES_NOT_APPLY]
    return sorted(verdicts, key=lambda one: order.index(one.state))


def _expected(law: Law, situation: Situation) -> bool:
    at_home = not law.protects.isdisjoint(surroundings(situation.residence))
    for_children = law.for_children_under is not None and not situation.child
    needless = for_children or bool(law.categories)
    return (at_home and not needless) or law.key in OFTEN_EXPECTED


def _verdict(law: Law, situation: Situation) -> Verdict:
    place = _place_name(law)
    if law.protects.isdisjoint(surroundings(situation.residence)):
        return _elsewhere(law, situation, place)
    if law.for_children_under is not None:
        young = _is_under(law.for_children_under, situation)
        if not young:
            state = DEPENDS_ON if young is None else DOES_NOT_APPLY
            return Verdict(law, state, CHILDREN_ONLY, law.citation, {"place": place})
    if law.categories and not law.categories & situation.platform_categories:
        return Verdict(law, DOES_NOT_APPLY, OTHER_COMPANIES, law.citation, {"place": place})
    if law.in_force_from is not None and situation.on < law.in_force_from:
        values = {"place": place, "day": law.in_force_from.isoformat()}
        return Verdict(law, DOES_NOT_APPLY, NOT_YET, law.citation, values)
    if law.not_at_work and situation.relation == "employee":
        return Verdict(law, DOES_NOT_APPLY, AT_WORK, law.citation, {"place": place})
    if law.threshold:
        reason = LARGE_ENOUGH_CALIFORNIA if law.key == "us-ca-ccpa" else LARGE_ENOUGH
        values = {"place": place, "threshold": law.threshold}
        return Verdict(law, DEPENDS_ON, reason, law.citation, values)
    reason = REASONS.get((law.key, APPLIES), PROTECTS)
    return Verdict(law, APPLIES, reason, law.citation, {"place": place})


def _is_under(age: int, situation: Situation) -> bool | None:
    """Whether it is about a child under an age; None where that is not known."""
    if not situation.child:
        return situation.child
    return None if situation.child_under is None else situation.child_under <= age


def _elsewhere(law: Law, situation: Situation, place: str) -> Verdict:
    state = DOES_NOT_APPLY
    country = situation.residence.split("-")[0]
    if law.key == "eu-gdpr" and situation.controller_in in EEA and country not in UK:
        state = DEPENDS_ON
    if law.key == "us-il-bipa" and situation.recorded_in == "US-IL":
        state = DEPENDS_ON
    reason = REASONS.get((law.key, state), PROTECTS)
    return Verdict(law, state, reason, law.citation, {"place": place})


def _place_name(law: Law) -> str:
    place = min(law.protects)
    return region_name(place) or place
