"""What people want, in their words, and the letters that ask for it under each law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.law.statutes import LAWS
from consentkit.letters.follow_up import FOLLOW_UPS
from consentkit.letters.role import stage_of
from consentkit.letters.texts import Stage, kinds

Label = str | Promise

BIPA = "us-il-bipa"
CUBI = "us-tx-cubi"
MHMDA = "us-wa-mhmda"
WASHINGTON = "us-wa-biometric"
NYC = "us-nyc-biometric"
FCRA = "us-fcra"
COPPA = "us-coppa"
CCPA = "us-ca-ccpa"
SWISS = "ch-fadp"
AUSTRALIAN = "au-privacy"
GDPR = ("eu-gdpr", "uk-gdpr")
STATES = tuple(key for key, law in LAWS.items() if law.letters == "us-states")
NO_WITHDRAWAL = tuple(
    key for key in STATES if all(right.key != "withdraw_consent" for right in LAWS[key].rights)
)


@dataclass(frozen=True)
class Concern:
    """One wish. ``letters`` are the kinds of letter for it by law, the most fitting first.

    ``facts`` are what the wish itself already tells. ``notes`` say, by law, what this law does not
    give although the wish sounds like it. ``signposts`` name, by law, rights for the same wish
    that no letter exercises. ``stage`` is where the letters stand in a case.
    """

    key: str
    label: Label
    hint: Label
    letters: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, object] = field(default_factory=dict)
    notes: Mapping[str, Label] = field(default_factory=dict)
    signposts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    common: bool = True
    stage: Stage = Stage.OPENING

    def letters_under(self, law: str) -> tuple[str, ...]:
        """The letters for this wish under a law, of those that are written."""
        written = kinds(law)
        return tuple(
            kind
            for kind in self.letters.get(law, ())
            if kind in written and stage_of(law, kind) is self.stage
        )


# What each letter does, in people's words; its title is a lawyer's.
LETTERS: dict[str, Label] = {
    "notice": _("Ask what they did with your face or voice, and call on them to keep to the law."),
    "preserve": _("Ask them to keep the records, for a later dispute."),
    "withdraw_consent": _("Take back whatever you agreed to."),
    "access": _("Ask for a copy of everything, where it came from and where it went."),
    "erasure": _("Ask them to erase your data."),
    "access_erasure": _("First a copy of everything, then erase it."),
}


def _gdpr(*kinds: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(GDPR, kinds)


def _states(*kinds: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(STATES, kinds)


AGAIN = "again"

CONCERNS: dict[str, Concern] = {
    concern.key: concern
    for concern in (
        Concern(
            "face",
            _("They scan my face or voice"),
            _("Ask what was made from your face or voice, and on what ground."),
            {
                BIPA: ("notice", "withdraw_consent", "preserve"),
                CUBI: ("notice", "destruction"),
                WASHINGTON: ("notice",),
                MHMDA: ("access", "withdraw_consent", "erasure"),
                **_gdpr("access", "withdraw_consent"),
                **_states("access", "withdraw_consent", "opt_out"),
                "us-co-cpa": ("destruction", "access", "withdraw_consent", "opt_out"),
                CCPA: ("access", "limit_sensitive"),
                COPPA: ("access", "erasure"),
                SWISS: ("access", "withdraw_consent"),
                AUSTRALIAN: ("access",),
            },
            facts={"face": True, "voice": True},
        ),
        Concern(
            "know",
            _("What do they have on me?"),
            _("Ask for a copy of your data, and where it came from and went."),
            {
                BIPA: ("notice",),
                **_gdpr("access"),
                **_states("access", "third_parties"),
                **dict.fromkeys((MHMDA, CCPA, SWISS, AUSTRALIAN, FCRA, COPPA), ("access",)),
            },
            notes={
                BIPA: _(
                    "This law gives no right to a copy of your data. It concerns face, voice and "
                    "other biometric data only; the letter puts questions about those."
                )
            },
        ),
        Concern(
            "delete",
            _("Delete it"),
            _("Ask them to erase your data, all of it or some."),
            {
                BIPA: ("withdraw_consent",),
                **_gdpr("erasure", "access_erasure"),
                **_states("erasure"),
                "us-co-cpa": ("erasure", "destruction"),
                CUBI: ("destruction",),
                **dict.fromkeys((MHMDA, CCPA, COPPA, SWISS), ("erasure",)),
            },
            notes={
                BIPA: _(
                    "This law gives no right to have data erased on demand. The letter takes back "
                    "your permission for face and voice data, which must be destroyed when they "
                    "have served their purpose."
                ),
                CUBI: _(
                    "This law is about your face, voice, fingerprint, hand or eye only. What was "
                    "made from them must be destroyed within a year after its purpose is over."
                ),
            },
            signposts={CCPA: ("broker_deletion",)},
        ),
        Concern(
            "advertising",
            _("Stop using it for advertising"),
            _("They have to stop as soon as you say so."),
            {
                **_gdpr("objection_marketing"),
                **_states("opt_out"),
                CCPA: ("opt_out_sale", "limit_sensitive"),
                SWISS: ("objection",),
                AUSTRALIAN: ("objection_marketing",),
            },
            signposts=dict.fromkeys(GDPR, ("objection_automated",)),
        ),
        Concern(
            "consent",
            _("I take back my consent"),
            _("You agreed once, and no longer do."),
            {
                **dict.fromkeys((BIPA, MHMDA, SWISS, *GDPR, *STATES), ("withdraw_consent",)),
                CCPA: ("limit_sensitive", "opt_out_sale"),
            },
            notes={
                CCPA: _(
                    "This law asks companies for no consent that you could take back. You can "
                    "limit what they do with sensitive data, and forbid them to sell or share it."
                ),
                **dict.fromkeys(
                    NO_WITHDRAWAL,
                    _(
                        "It gives no right to take back a consent, so there is no letter for this "
                        "wish. You can have data deleted and forbid their sale: those are other "
                        "wishes above."
                    ),
                ),
            },
        ),
        Concern(
            "correct",
            _("Correct it"),
            _("Something they have about you is wrong."),
            dict.fromkeys((*GDPR, *STATES, CCPA, SWISS, AUSTRALIAN, FCRA), ("rectification",)),
        ),
        Concern(
            "take",
            _("Give it to me to take elsewhere"),
            _("Get what you gave them in a form that another service can read."),
            {
                **dict.fromkeys((*GDPR, *STATES, SWISS), ("portability",)),
                CCPA: ("access",),
            },
        ),
        Concern(
            "object",
            _("Stop it, because of my situation"),
            _("Object to a use of your data, with your own reasons."),
            dict.fromkeys((*GDPR, SWISS), ("objection",)),
            common=False,
        ),
        Concern(
            "decision",
            _("A computer decided about me"),
            _("Ask that a person looks at the decision again and hears your side."),
            _gdpr("automated_decision"),
            common=False,
        ),
        Concern(
            "hold",
            _("Put it on hold"),
            _("They keep your data but may not use it while something is being cleared up."),
            _gdpr("restriction"),
            common=False,
        ),
        Concern(
            "keep",
            _("Keep the evidence"),
            _("Ask them to keep the records about your face or voice data, for a later dispute."),
            {BIPA: ("preserve",)},
            common=False,
        ),
        Concern(
            "shop",
            _("A shop or a venue scans faces"),
            _("In New York City they need a sign at the entrance that says so."),
            {NYC: ("notice",)},
            common=False,
        ),
        Concern(
            AGAIN,
            _("I have already written to them"),
            _("They do not answer, or not as they should."),
            dict.fromkeys(LAWS, FOLLOW_UPS),
            stage=Stage.FOLLOW_UP,
        ),
    )
}
