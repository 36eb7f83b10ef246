"""What a case's log can say: facts in the past tense, each by the day it happened.

``KINDS`` is the vocabulary. A fact has a kind and a few details (``Detail``), none of which is
personal; what somebody wants to say in their own words is its note, which is sealed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consentkit.law.events import EventKind

Label = str | Promise


class By(StrEnum):
    """Whose doing a fact is."""

    YOU = "you"
    THEM = "them"
    AUTHORITY = "authority"
    NOBODY = "nobody"  # what is only noted


class Detail(StrEnum):
    """What can be told of a fact, and of which JSON type it is."""

    LETTER = "letter"  # the number of a letter of the case
    KIND = "kind"  # which kind of letter it is
    ARRIVAL = "arrival"  # what its arrival is to the law: an EventKind, or ""
    ASKED = "asked"  # the facts of the letter that a date can turn on
    CHANNEL = "channel"  # a key of CHANNELS
    EVIDENCE = "evidence"  # a key of EVIDENCE
    REASONS = "reasons"  # whether they gave reasons
    JUSTIFIED = "justified"  # whether what they asked for was needed
    NEW_DATE = "new_date"  # YYYY-MM-DD
    VERDICT = "verdict"  # a key of VERDICTS
    MISSING = "missing"  # what an answer lacks: keys of the letters' fact "missing"
    STALLS = "stalls"  # how they put it off: keys of the letters' fact "stalls"
    ENDING = "ending"  # a key of ENDINGS
    NUMBER = "number"  # the number of another fact of the case, or of one of its letters
    DUTY = "duty"  # the key of a deadline
    DUE = "due"  # YYYY-MM-DD
    UNLESS_HEARD = "unless_heard"  # whether a reminder falls away when they write
    MESSAGE = "message"  # the number of a message of the case
    BEFORE = "before"  # the dates before a rule changed
    AFTER = "after"  # the dates after it


# How a letter went out.
CHANNELS: dict[str, Label] = {
    "email": _("By e-mail"),
    "form": _("Through their web form"),
    "post": _("By post"),
    "registered": _("By registered or certified post"),
    "app": _("In their app"),
    "hand": _("Handed over in person"),
}

# What shows that something arrived, the strongest first.
EVIDENCE: dict[str, Label] = {
    "signed": _("A signed receipt, or proof of delivery by the post"),
    "acknowledgement": _("They confirmed it"),
    "answer": _("They answered it"),
    "form": _("Their web form confirmed it"),
    "delivery_status": _("Their mail server confirmed the delivery"),
    "tracking": _("The tracking of the post says so"),
    "none": _("Nothing yet; it is only likely"),
}
PROVES = frozenset(EVIDENCE) - {"none"}

VERDICTS: dict[str, Label] = {
    "complete": _("Complete"),
    "partial": _("Something is missing"),
    "refusal": _("They refuse"),
}

ENDINGS: dict[str, Label] = {
    "fulfilled": _("They did what was asked"),
    "settled": _("Settled in another way"),
    "given_up": _("Not pursued any further"),
    "court": _("It goes on in court"),
    "duplicate": _("Opened by mistake, or twice"),
}


@dataclass(frozen=True, kw_only=True)
class LogKind:
    """One kind of fact.

    ``law`` is what it is to the law; ``settles`` are the duties of a law that it ends. ``asks`` are
    the details it may have, ``needs`` those without which it is not told. ``by_hand`` says whether
    somebody records it on the case's page; the others follow from something else they do.
    """

    key: str
    label: Label
    by: By
    law: EventKind | None = None
    asks: tuple[Detail, ...] = ()
    needs: frozenset[Detail] = frozenset()
    settles: frozenset[str] = frozenset()
    by_hand: bool = True
    hint: Label = ""


# The duties of the first hour that an answer of any kind ends; some only when it is whole.
ANSWERS = frozenset({"answer", "comply", "requested_answer", "stop", "cure", "acknowledge"})

KINDS: dict[str, LogKind] = {
    kind.key: kind
    for kind in (
        # Ours
        LogKind(
            key="made",
            label=_("Letter made"),
            by=By.YOU,
            asks=(Detail.LETTER, Detail.KIND, Detail.ARRIVAL, Detail.ASKED),
            needs=frozenset({Detail.LETTER, Detail.KIND, Detail.ARRIVAL}),
            by_hand=False,
        ),
        LogKind(
            key="sent",
            label=pgettext_lazy("letter", "Sent"),
            by=By.YOU,
            law=EventKind.SENT,
            asks=(Detail.LETTER, Detail.CHANNEL, Detail.MESSAGE),
            needs=frozenset({Detail.LETTER, Detail.CHANNEL}),
            hint=_("On this day you handed the letter to the post, the mail server or their form."),
        ),
        LogKind(
            key="bounced",
            label=_("It came back: not delivered"),
            by=By.THEM,
            asks=(Detail.LETTER, Detail.MESSAGE),
            needs=frozenset({Detail.LETTER}),
            hint=_(
                "The letter counts as not sent, and no time runs. Choose another way to send it."
            ),
        ),
        LogKind(
            key="received",
            label=_("It arrived there"),
            by=By.THEM,
            law=EventKind.RECEIVED,
            asks=(Detail.LETTER, Detail.EVIDENCE),
            needs=frozenset({Detail.LETTER, Detail.EVIDENCE}),
            hint=_("The day from which their time runs."),
        ),
        LogKind(
            key="identity_provided",
            label=_("You showed them who you are"),
            by=By.YOU,
            law=EventKind.IDENTITY_PROVIDED,
        ),
        LogKind(
            key="clarification_provided",
            label=_("You answered their question"),
            by=By.YOU,
            law=EventKind.CLARIFICATION_PROVIDED,
        ),
        LogKind(
            key="fee_paid",
            label=_("You paid the fee"),
            by=By.YOU,
            law=EventKind.FEE_PAID,
        ),
        LogKind(
            key="cost_confirmed",
            label=_("You confirmed that you pay the costs"),
            by=By.YOU,
            law=EventKind.COST_CONFIRMED,
            settles=frozenset({"confirm_cost"}),
        ),
        LogKind(
            key="went_to_court",
            label=_("You went to court"),
            by=By.YOU,
            settles=frozenset({"sue_until", "sue_until_last_collection"}),
        ),
        # Theirs
        LogKind(
            key="acknowledged",
            label=_("They confirmed that it arrived"),
            by=By.THEM,
            law=EventKind.ACKNOWLEDGED,
            settles=frozenset({"acknowledge", "acknowledge_complaint"}),
            hint=_("This ends none of their other duties."),
        ),
        LogKind(
            key="identity_requested",
            label=_("They ask who you are"),
            by=By.THEM,
            law=EventKind.IDENTITY_REQUESTED,
            asks=(Detail.JUSTIFIED,),
        ),
        LogKind(
            key="clarification_requested",
            label=_("They ask what you mean"),
            by=By.THEM,
            law=EventKind.CLARIFICATION_REQUESTED,
            asks=(Detail.JUSTIFIED,),
        ),
        LogKind(
            key="fee_requested",
            label=_("They want a fee"),
            by=By.THEM,
            law=EventKind.FEE_REQUESTED,
            asks=(Detail.JUSTIFIED,),
        ),
        LogKind(
            key="cost_notice_received",
            label=_("They announced costs"),
            by=By.THEM,
            law=EventKind.COST_NOTICE_RECEIVED,
        ),
        LogKind(
            key="extension_notified",
            label=_("They say they need longer"),
            by=By.THEM,
            law=EventKind.EXTENSION_NOTIFIED,
            asks=(Detail.REASONS, Detail.NEW_DATE),
            settles=frozenset({"extension_notice"}),
        ),
        LogKind(
            key="answered",
            label=_("They answered"),
            by=By.THEM,
            law=EventKind.ANSWERED,
            asks=(Detail.VERDICT, Detail.MISSING, Detail.STALLS),
            needs=frozenset({Detail.VERDICT}),
            settles=ANSWERS | {"extension_notice"},
        ),
        LogKind(
            key="appeal_extension_notified",
            label=_("They say they need longer for the appeal"),
            by=By.THEM,
            law=EventKind.APPEAL_EXTENSION_NOTIFIED,
            asks=(Detail.REASONS,),
        ),
        LogKind(
            key="appeal_answered",
            label=_("They decided about the appeal or complaint"),
            by=By.THEM,
            asks=(Detail.VERDICT,),
            needs=frozenset({Detail.VERDICT}),
            settles=frozenset({"appeal_answer", "acknowledge_complaint"}),
        ),
        LogKind(
            key="destruction_confirmed",
            label=_("They confirmed that the data are destroyed"),
            by=By.THEM,
            settles=frozenset({"destroy"}),
        ),
        LogKind(
            key="wrote",
            label=_("They wrote something else"),
            by=By.THEM,
            law=EventKind.LAST_CONTACT,
            asks=(Detail.MESSAGE,),
        ),
        # The authority's
        LogKind(
            key="authority_progress",
            label=_("The authority told you how it is getting on"),
            by=By.AUTHORITY,
            settles=frozenset({"authority_progress"}),
        ),
        LogKind(
            key="authority_decided",
            label=_("The authority decided"),
            by=By.AUTHORITY,
            settles=frozenset({"authority_progress"}),
        ),
        # What the law wants to know of the matter
        LogKind(
            key="became_aware", label=_("You learnt of it"), by=By.YOU, law=EventKind.BECAME_AWARE
        ),
        LogKind(
            key="infringement",
            label=_("It happened: they broke the rule"),
            by=By.THEM,
            law=EventKind.INFRINGEMENT,
        ),
        LogKind(
            key="first_collected",
            label=_("Your data were first collected"),
            by=By.THEM,
            law=EventKind.FIRST_COLLECTED,
        ),
        LogKind(
            key="last_collected",
            label=_("Your data were last collected"),
            by=By.THEM,
            law=EventKind.LAST_COLLECTED,
        ),
        LogKind(
            key="last_interaction",
            label=_("You last used the service"),
            by=By.YOU,
            law=EventKind.LAST_INTERACTION,
        ),
        LogKind(
            key="purpose_satisfied",
            label=_("What the data were collected for is over"),
            by=By.THEM,
            law=EventKind.PURPOSE_SATISFIED,
        ),
        # About the case itself
        LogKind(key="noted", label=_("Note"), by=By.NOBODY),
        LogKind(
            key="reminder_set",
            label=_("Reminder set"),
            by=By.NOBODY,
            asks=(Detail.DUE, Detail.UNLESS_HEARD),
            needs=frozenset({Detail.DUE}),
        ),
        LogKind(
            key="date_set",
            label=_("A date was typed in"),
            by=By.NOBODY,
            asks=(Detail.DUE,),
            needs=frozenset({Detail.DUE}),
            by_hand=False,
        ),
        LogKind(
            key="date_checked",
            label=_("A second person checked a date that was typed in"),
            by=By.NOBODY,
            asks=(Detail.NUMBER,),
            needs=frozenset({Detail.NUMBER}),
            by_hand=False,
        ),
        LogKind(
            key="let_go",
            label=_("A date was closed without its being kept"),
            by=By.NOBODY,
            asks=(Detail.DUTY, Detail.DUE, Detail.NUMBER),
            needs=frozenset({Detail.DUTY, Detail.DUE}),
            by_hand=False,
        ),
        LogKind(
            key="rule_accepted",
            label=_("Dates counted anew after a rule had changed"),
            by=By.NOBODY,
            asks=(Detail.BEFORE, Detail.AFTER),
            by_hand=False,
        ),
        LogKind(
            key="struck",
            label=_("Struck: it was a mistake"),
            by=By.NOBODY,
            asks=(Detail.NUMBER,),
            needs=frozenset({Detail.NUMBER}),
            by_hand=False,
        ),
        LogKind(
            key="closed",
            label=_("Case closed"),
            by=By.NOBODY,
            asks=(Detail.ENDING,),
            needs=frozenset({Detail.ENDING}),
            by_hand=False,
        ),
        LogKind(key="reopened", label=_("Case opened again"), by=By.NOBODY, by_hand=False),
    )
}

# Which facts show that they have written: a reminder "unless I hear from them" then falls away.
HEARD = frozenset(key for key, kind in KINDS.items() if kind.by is By.THEM) - {
    "bounced", "received", "infringement", "first_collected", "last_collected", "purpose_satisfied"
}  # fmt: skip


def _one_of(choices: Mapping[str, Label]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in choices


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple))


def _is_words(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)


def _is_arrival(value: object) -> bool:
    return value == "" or value in set(EventKind)


NO_CHOICE = _("This is none of the choices.")
NO_DAY = _("This is no day that exists.")
# What a detail has to be, and what is said where it is not.
SHAPES: dict[Detail, tuple[Callable[[object], bool], Label]] = {
    Detail.LETTER: (_is_whole, NO_CHOICE),
    Detail.ARRIVAL: (_is_arrival, NO_CHOICE),
    Detail.CHANNEL: (_one_of(CHANNELS), NO_CHOICE),
    Detail.EVIDENCE: (_one_of(EVIDENCE), NO_CHOICE),
    Detail.REASONS: (_is_truth, NO_CHOICE),
    Detail.JUSTIFIED: (_is_truth, NO_CHOICE),
    Detail.NEW_DATE: (_is_day, NO_DAY),
    Detail.VERDICT: (_one_of(VERDICTS), NO_CHOICE),
    Detail.MISSING: (_is_words, NO_CHOICE),
    Detail.STALLS: (_is_words, NO_CHOICE),
    Detail.ENDING: (_one_of(ENDINGS), _("Choose how it ended.")),
    Detail.NUMBER: (_is_whole, NO_CHOICE),
    Detail.DUE: (_is_day, NO_DAY),
    Detail.UNLESS_HEARD: (_is_truth, NO_CHOICE),
    Detail.MESSAGE: (_is_whole, NO_CHOICE),
    Detail.ASKED: (lambda value: isinstance(value, Mapping), NO_CHOICE),
    Detail.BEFORE: (_is_list, NO_CHOICE),
    Detail.AFTER: (_is_list, NO_CHOICE),
}


class BadFact(ValueError):
    """A fact that cannot be; ``detail`` names what is wrong, or None for its day."""

    def __init__(self, message: str | Promise, detail: Detail | None = None) -> None:
        super().__init__(message)
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line of a log. ``number`` counts from 1 in each case and never changes.

    ``on`` is the day at the place of the duty; ``arguably_on`` the later day of somebody in
    another time zone, where the two differ.
    """

    number: int
    kind: str
    on: date
    arguably_on: date
    recorded_at: datetime
    details: Mapping[str, object] = field(default_factory=dict)
    note: str = ""
    by: int | None = None  # the person who recorded it

    def get(self, detail: Detail) -> object:
        return self.details.get(detail)

    @property
    def letter(self) -> int | None:
        number = self.details.get(Detail.LETTER)
        return number if isinstance(number, int) else None


def in_effect(facts: Iterable[Fact]) -> list[Fact]:
    """The facts without struck ones and the strikes, by the day they happened.

    Facts of one day keep the order in which they were recorded.
    """
    told = list(facts)
    struck = struck_numbers(told)
    kept = [fact for fact in told if fact.number not in struck and fact.kind != "struck"]
    return sorted(kept, key=lambda fact: (fact.on, fact.number))


def struck_numbers(facts: Iterable[Fact]) -> dict[int, Fact]:
    """The numbers of struck facts, each with the fact that struck it."""
    return {int(str(fact.get(Detail.NUMBER))): fact for fact in facts if fact.kind == "struck"}


def ending(facts: Iterable[Fact]) -> Fact | None:
    """The fact by which a case is closed, None for an open one: what was told last counts."""
    told = list(facts)
    struck = struck_numbers(told)
    turns = [
        fact for fact in told if fact.kind in ("closed", "reopened") and fact.number not in struck
    ]
    last = max(turns, key=lambda fact: fact.number, default=None)
    return last if last is not None and last.kind == "closed" else None


def digest(previous: str, fact: Fact) -> str:
    """The link of a fact in the chain of its log: it holds everything before it in place."""
    return linked(previous, fact, sha256(fact.note.encode()).hexdigest())


def linked(previous: str, fact: Fact, note_sha256: str) -> str:
    """The same link for somebody who knows of the fact's note only its hash."""
    told = [
        previous,
        fact.number,
        fact.kind,
        fact.on.isoformat(),
        fact.arguably_on.isoformat(),
        fact.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        dict(fact.details),
        note_sha256,
        fact.by,
    ]
    written = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()
