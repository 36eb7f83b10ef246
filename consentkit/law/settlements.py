"""Class settlements that may have settled what somebody could still claim.

A settlement ends the claims of everybody in its class who did not opt out in time. It takes away
no right to write a letter, and says nothing about what happened after the class was closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .vocabulary import Confidence, Source


def gettext_noop(message: str) -> str:
    """Mark a text for translation, without translating it here: ``law`` knows no Django."""
    return message


class Reply(StrEnum):
    """What somebody remembers."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Bearing(StrEnum):
    """What a settlement means for a person's own earlier claims."""

    NONE = "none"  # not in the class
    KEPT = "kept"  # in the class, and out of it in time
    SETTLED = "settled"  # in the class, and not out of it: probably settled
    OPEN = "open"  # cannot be told from what the person remembers


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """One settlement. ``platforms`` are slugs of the directory; days that are not known are None.

    ``question`` asks in a person's words whether they were in the class.
    """

    key: str
    law: str
    platforms: frozenset[str]
    title: str
    question: str
    class_from: date | None
    class_until: date | None
    opt_out_ended: date | None
    source: Source


ALL = (
    Settlement(
        key="tiktok",
        law="us-il-bipa",
        platforms=frozenset({"tiktok"}),
        title="In re TikTok, Inc., Consumer Privacy Litigation, MDL No. 2948 (N.D. Ill.)",
        question=gettext_noop("Did you use TikTok before 30 September 2021?"),
        class_from=None,
        class_until=date(2021, 9, 29),
        opt_out_ended=date(2022, 1, 31),
        source=Source(
            "In re TikTok, 617 F. Supp. 3d 904 (N.D. Ill. 28 July 2022), docket copy",
            Confidence.READ,
            date(2026, 11, 22),
        ),
    ),
    Settlement(
        key="facebook",
        law="us-il-bipa",
        platforms=frozenset({"facebook"}),
        title="In re Facebook Biometric Information Privacy Litigation, 3:15-cv-03747 (N.D. Cal.)",
        question=gettext_noop("Did you use Facebook in Illinois before 2021?"),
        class_from=None,
        class_until=None,
        opt_out_ended=None,
        source=Source(
            "Final approval of February 2021; limits of the class not read again",
            Confidence.UNCERTAIN,
        ),
    ),
    Settlement(
        key="google-photos",
        law="us-il-bipa",
        platforms=frozenset({"google"}),
        title="Rivera v. Google LLC, No. 2019-CH-00990 (Ill. Cir. Ct., Cook County)",
        question=gettext_noop(
            "Were you in a photo on Google Photos between 1 May 2015 and 25 April 2022, "
            "while you lived in Illinois?"
        ),
        class_from=date(2015, 5, 1),
        class_until=date(2022, 4, 25),
        opt_out_ended=None,
        source=Source("Rivera v. Google LLC, 2019-CH-00990", Confidence.SETTLED),
    ),
    Settlement(
        key="snap",
        law="us-il-bipa",
        platforms=frozenset({"snapchat"}),
        title="Boone v. Snap Inc., No. 2022-LA-708 (Ill. Cir. Ct., DuPage County)",
        question=gettext_noop(
            "Did you use Snapchat's lenses or filters in Illinois "
            "between 17 November 2015 and 2022?"
        ),
        class_from=date(2015, 11, 17),
        class_until=None,
        opt_out_ended=None,
        source=Source(
            "Boone v. Snap Inc., 2022-LA-708; the end of the class not read again",
            Confidence.UNCERTAIN,
        ),
    ),
)


def settlements(law: str, platform: str) -> tuple[Settlement, ...]:
    """The settlements with a platform under a law."""
    return tuple(one for one in ALL if one.law == law and platform in one.platforms)


def bearing(in_class: Reply | None, opted_out: Reply | None) -> Bearing:
    """What a settlement means, from what the person remembers; None is not answered."""
    if in_class is Reply.NO:
        return Bearing.NONE
    if opted_out is Reply.YES:
        return Bearing.KEPT
    if in_class is Reply.YES and opted_out is Reply.NO:
        return Bearing.SETTLED
    return Bearing.OPEN
