"""What people want, in their words, and the letters that ask for it under each law."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.letters.texts import kinds

Label = str | Promise

BIPA = "us-il-bipa"
GDPR = ("eu-gdpr", "uk-gdpr")


@dataclass(frozen=True)
class Concern:
    """One wish. ``letters`` are the kinds of letter for it by law, the most fitting first.

    ``facts`` are what the wish itself already tells. ``notes`` say, by law, what this law does not
    give although the wish sounds like it.
    """

    key: str
    label: Label
    hint: Label
    letters: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, object] = field(default_factory=dict)
    notes: Mapping[str, Label] = field(default_factory=dict)
    common: bool = True

    def letters_under(self, law: str) -> tuple[str, ...]:
        """The letters for this wish under a law, of those that are written."""
        written = kinds(law)
        return tuple(kind for kind in self.letters.get(law, ()) if kind in written)


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


CONCERNS: dict[str, Concern] = {
    concern.key: concern
    for concern in (
        Concern(
            "face",
            _("They scan my face or voice"),
            _("Ask what was made from your face or voice, and on what ground."),
            {
                BIPA: ("notice", "withdraw_consent", "preserve"),
                **_gdpr("access", "withdraw_consent"),
            },
            facts={"face": True, "voice": True},
        ),
        Concern(
            "know",
            _("What do they have on me?"),
            _("Ask for a copy of your data, and where it came from and went."),
            {BIPA: ("notice",), **_gdpr("access")},
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
            {BIPA: ("withdraw_consent",), **_gdpr("erasure", "access_erasure")},
            notes={
                BIPA: _(
                    "This law gives no right to have data erased on demand. The letter takes back "
                    "your permission for face and voice data, which must be destroyed when they "
                    "have served their purpose."
                )
            },
        ),
        Concern(
            "advertising",
            _("Stop using it for advertising"),
            _("They have to stop as soon as you say so."),
            _gdpr("objection_marketing"),
        ),
        Concern(
            "consent",
            _("I take back my consent"),
            _("You agreed once, and no longer do."),
            {BIPA: ("withdraw_consent",), **_gdpr("withdraw_consent")},
        ),
        Concern(
            "correct",
            _("Correct it"),
            _("Something they have about you is wrong."),
            _gdpr("rectification"),
        ),
        Concern(
            "take",
            _("Give it to me to take elsewhere"),
            _("Get what you gave them in a form that another service can read."),
            _gdpr("portability"),
        ),
        Concern(
            "object",
            _("Stop it, because of my situation"),
            _("Object to a use of your data, with your own reasons."),
            _gdpr("objection"),
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
    )
}
