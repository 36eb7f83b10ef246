"""Does a law protect this person, and why? Three answers, each with its reason and citation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .places import EEA, UK
from .statutes import KNOWN_LAWS, LAWS
from .steps import gettext_noop
from .vocabulary import Law


class State(StrEnum):
    APPLIES = "applies"
    DOES_NOT_APPLY = "does_not_apply"
    DEPENDS_ON = "depends_on"


@dataclass(frozen=True)
class Verdict:
    """One law, and whether it protects the person.

    ``reason`` is a sentence in English, marked for translation: translate it as it is. ``usable``
    is false for a law that we can only speak about.
    """

    law: Law
    state: State
    reason: str
    citation: str
    usable: bool


REASONS = {
    ("eu-gdpr", State.APPLIES): gettext_noop(
        "You live in the European Union or in Iceland, Liechtenstein or Norway, and the company "
        "offers its service there or watches what people do there."
    ),
    ("eu-gdpr", State.DOES_NOT_APPLY): gettext_noop(
        "The GDPR protects people in the European Union, Iceland, Liechtenstein and Norway."
    ),
    ("eu-gdpr", State.DEPENDS_ON): gettext_noop(
        "The GDPR also binds companies established in the European Union when they handle data of "
        "people elsewhere. Whether this company handles yours there, only it can say."
    ),
    ("uk-gdpr", State.APPLIES): gettext_noop(
        "You live in the United Kingdom, and the company offers its service there or watches what "
        "people do there."
    ),
    ("uk-gdpr", State.DOES_NOT_APPLY): gettext_noop(
        "The UK GDPR protects people in the United Kingdom."
    ),
    ("us-il-bipa", State.APPLIES): gettext_noop(
        "You live in Illinois, and the Act protects people whose face geometry, voiceprint, "
        "fingerprint, hand or eye a private company scans."
    ),
    ("us-il-bipa", State.DEPENDS_ON): gettext_noop(
        "The Act protects people in Illinois. If your face or voice was recorded while you were "
        "there, it may protect you: a lawyer should see this."
    ),
    ("us-il-bipa", State.DOES_NOT_APPLY): gettext_noop(
        "The Biometric Information Privacy Act protects people in Illinois."
    ),
    ("us-ca-ccpa", State.APPLIES): gettext_noop(
        "The CCPA protects you, because you live in California. ConsentKit does not write letters "
        "under it yet."
    ),
    ("us-ca-ccpa", State.DOES_NOT_APPLY): gettext_noop(
        "The CCPA protects residents of California."
    ),
    ("us-tx-cubi", State.APPLIES): gettext_noop(
        "This Texas law protects you, but only the attorney general can enforce it. ConsentKit "
        "does not write letters under it yet."
    ),
    ("us-tx-cubi", State.DOES_NOT_APPLY): gettext_noop("It protects people in Texas."),
    ("us-wa-mhmda", State.APPLIES): gettext_noop(
        "This Washington law protects you. ConsentKit does not write letters under it yet."
    ),
    ("us-wa-mhmda", State.DOES_NOT_APPLY): gettext_noop("It protects residents of Washington."),
    ("ch-fadp", State.APPLIES): gettext_noop(
        "The Swiss data protection act protects you. ConsentKit does not write letters under it "
        "yet."
    ),
    ("ch-fadp", State.DOES_NOT_APPLY): gettext_noop("It protects people in Switzerland."),
    ("au-privacy", State.APPLIES): gettext_noop(
        "The Australian Privacy Act protects you. ConsentKit does not write letters under it yet."
    ),
    ("au-privacy", State.DOES_NOT_APPLY): gettext_noop("It protects people in Australia."),
}

# Laws whose name people bring along, wherever they live.
OFTEN_EXPECTED = ("eu-gdpr", "us-il-bipa", "us-ca-ccpa")


def assess(
    residence: str, *, controller_in: str | None = None, recorded_in_illinois: bool = False
) -> list[Verdict]:
    """Every law worth a word to somebody who lives at ``residence`` (ISO 3166-2).

    ``controller_in`` is the country of the company they write to. The laws that apply come first,
    then those that may, then those a person might expect in vain.
    """
    verdicts = []
    for law in (*LAWS.values(), *KNOWN_LAWS.values()):
        state = _state(law, residence, controller_in, recorded_in_illinois)
        if state is State.DOES_NOT_APPLY and law.key not in OFTEN_EXPECTED:
            continue
        verdicts.append(
            Verdict(law, state, REASONS[(law.key, state)], law.citation, law.key in LAWS)
        )
    order = [State.APPLIES, State.DEPENDS_ON, State.DOES_NOT_APPLY]
    return sorted(verdicts, key=lambda one: (order.index(one.state), not one.usable))


def _state(
    law: Law, residence: str, controller_in: str | None, recorded_in_illinois: bool
) -> State:
    country = residence.split("-")[0]
    if law.protects & {residence, country}:
        return State.APPLIES
    if law.key == "eu-gdpr" and controller_in in EEA and country not in UK:
        return State.DEPENDS_ON
    if law.key == "us-il-bipa" and recorded_in_illinois:
        return State.DEPENDS_ON
    return State.DOES_NOT_APPLY
