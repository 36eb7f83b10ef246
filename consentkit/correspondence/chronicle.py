"""A case in the words of somebody who is no party to it: its log, and the dates that follow.

Pages speak to the person ("you", "they"); what is handed to an authority or a court speaks of the
sender and the company, and says no more than the log does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import CHANNELS, EVIDENCE, Detail, Fact, Label, struck_numbers
from consentkit.cases.models import Case
from consentkit.cases.posture import Due, Posture
from consentkit.law.statutes import law_of
from consentkit.law.vocabulary import Nature, Party
from consentkit.letters.texts import NoSuchText, languages, text_of

# How the reader writes a day.
Written = Callable[[date], str]

WORDS: Mapping[str, Label] = {
    "made": _("Letter %(letter)s made"),
    "sent": _("Letter %(letter)s sent"),
    "bounced": _("Letter %(letter)s came back: not delivered"),
    "received": _("Letter %(letter)s arrived"),
    "identity_provided": _("The sender showed who they are"),
    "clarification_provided": _("The sender answered the company's question"),
    "fee_paid": _("The sender paid the fee"),
    "cost_confirmed": _("The sender confirmed to pay the costs"),
    "went_to_court": _("The sender went to court"),
    "acknowledged": _("The company confirmed receipt"),
    "identity_requested": _("The company asked the sender to show who they are"),
    "clarification_requested": _("The company asked what is meant"),
    "fee_requested": _("The company asked for a fee"),
    "cost_notice_received": _("The company announced costs"),
    "extension_notified": _("The company announced that it needs longer"),
    "answered": _("The company answered"),
    "appeal_extension_notified": _("The company announced that it needs longer for the appeal"),
    "appeal_answered": _("The company decided about the appeal or complaint"),
    "destruction_confirmed": _("The company confirmed that the data are destroyed"),
    "wrote": _("The company wrote something else"),
    "authority_progress": _("The authority reported progress"),
    "authority_decided": _("The authority decided"),
    "became_aware": _("The sender learnt of it"),
    "infringement": _("The event complained of"),
    "first_collected": _("The data were first collected"),
    "last_collected": _("The data were last collected"),
    "last_interaction": _("The sender last used the service"),
    "purpose_satisfied": _("The purpose of the collection came to an end"),
    "noted": _("Note of the sender"),
    "reminder_set": _("The sender set a reminder"),
    "date_set": _("A date was typed in by hand"),
    "date_checked": _("A second person checked the date of entry %(number)s"),
    "let_go": _("A date was closed without its being kept"),
    "rule_accepted": _("Dates counted anew after a rule had changed"),
    "struck": _("Entry %(number)s struck as a mistake"),
    "closed": _("Case closed by the sender"),
    "reopened": _("Case opened again"),
}
VERDICTS: Mapping[str, Label] = {
    "complete": _("judged complete by the sender"),
    "partial": _("judged incomplete by the sender"),
    "refusal": _("a refusal"),
}
ENDINGS: Mapping[str, Label] = {
    "fulfilled": _("the company did what was asked"),
    "settled": _("settled in another way"),
    "given_up": _("not pursued any further"),
    "court": _("it goes on in court"),
    "duplicate": _("opened by mistake, or twice"),
}
PROOFS: Mapping[str, Label] = {
    **EVIDENCE,
    "acknowledgement": _("The company confirmed it"),
    "answer": _("The company answered it"),
    "form": _("The company's web form confirmed it"),
    "delivery_status": _("The company's mail server confirmed the delivery"),
    "tracking": _("The tracking of the post says so"),
    "none": _("No proof on record; the day is only likely"),
}
WAYS: Mapping[str, Label] = {
    **CHANNELS,
    "form": _("Through the company's web form"),
    "app": _("In the company's app"),
}
DATES: Mapping[str, Label] = {
    "answer": _("Answer of the company due"),
    "extension_notice": _("Last day to announce an extension"),
    "stop": _("Day by which the company must stop"),
    "requested_answer": _("Answer asked for in the letter"),
    "destroy": _("Day by which the data must be destroyed"),
    "sue_until": _("Last day to go to court, counted from the first time"),
    "sue_until_last_collection": _("Last day to go to court, counted from the latest time"),
    "acknowledge": _("Confirmation of receipt due"),
    "acknowledge_complaint": _("Confirmation of the complaint due"),
    "comply": _("Day by which the company must comply"),
    "appeal_answer": _("Decision about the appeal or complaint due"),
    "cure": _("Day by which the company must put it right"),
    "confirm_cost": _("Last day for the sender to confirm the costs"),
    "complain_from": _("Last day to wait before a complaint to the authority"),
    "complain_until": _("Last day for a complaint to the authority"),
    "authority_progress": _("Report of the authority due"),
}
OWED_BY: Mapping[Party, Label] = {
    Party.PLATFORM: _("the company's"),
    Party.AUTHORITY: _("the authority's"),
    Party.YOU: _("the sender's"),
}
NATURES: Mapping[Nature, Label] = {
    Nature.STATUTORY: _("set by law"),
    Nature.GUIDANCE: _("advice of an authority, not law"),
    Nature.CONTRACT: _("from a contract"),
    Nature.REQUESTED: _("asked for in the letter, not set by law"),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the log in words. ``struck`` says when and why it was struck, or is empty."""

    number: int
    happened: str
    recorded: str
    what: str
    details: tuple[str, ...]
    note: str
    struck: str
    exhibits: tuple[int, ...]


def entries(
    case: Case, *, written: Written, notes: bool, exhibits: Mapping[int, Sequence[int]]
) -> list[Entry]:
    """The log, by the day things happened and then in the order in which they were recorded.

    ``exhibits`` are the numbers of those that belong to a fact. Without ``notes`` the sender's own
    words are left out; the reason for which an entry was struck is always told.
    """
    facts = case.facts()
    struck = struck_numbers(facts)
    return [
        Entry(
            number=fact.number,
            happened=_day(fact, written),
            recorded=_recorded(fact),
            what=_what(fact),
            details=tuple(_details(fact, case.law, written)),
            note=fact.note if notes or fact.kind == "struck" else "",
            struck=_struck(struck[fact.number], written) if fact.number in struck else "",
            exhibits=tuple(exhibits.get(fact.number, ())),
        )
        for fact in sorted(facts, key=lambda fact: (fact.on, fact.number))
    ]


def _day(fact: Fact, written: Written) -> str:
    if fact.arguably_on == fact.on:
        return written(fact.on)
    return gettext("%(day)s, arguably %(later)s") % {
        "day": written(fact.on),
        "later": written(fact.arguably_on),
    }


def _recorded(fact: Fact) -> str:
    moment = f"{fact.recorded_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if fact.by is None:
        return gettext("%(moment)s, by the software") % {"moment": moment}
    return moment


def _what(fact: Fact) -> str:
    return str(WORDS[fact.kind]) % {
        "letter": fact.letter or "?",
        "number": fact.get(Detail.NUMBER),
    }


def _struck(by: Fact, written: Written) -> str:
    return gettext("Struck on %(day)s by entry %(number)s: %(reason)s") % {
        "day": written(by.on),
        "number": by.number,
        "reason": by.note,
    }


def _details(fact: Fact, law: str, written: Written) -> Iterable[str]:
    told = fact.details
    if fact.kind == "made":
        yield title_of_kind(law, str(told.get(Detail.KIND, "")))
    for detail, words in (
        (Detail.CHANNEL, WAYS),
        (Detail.EVIDENCE, PROOFS),
        (Detail.VERDICT, VERDICTS),
        (Detail.ENDING, ENDINGS),
    ):
        key = str(told.get(detail) or "")
        if key:
            yield str(words.get(key, key))
    if fact.kind in ("extension_notified", "appeal_extension_notified"):
        yield gettext("with reasons") if told.get(Detail.REASONS) else gettext("without reasons")
    if told.get(Detail.NEW_DATE):
        day = date.fromisoformat(str(told[Detail.NEW_DATE]))
        yield gettext("new date named: %(day)s") % {"day": written(day)}
    if told.get(Detail.JUSTIFIED) is False:
        yield gettext("in the sender's view without need")
    missing = told.get(Detail.MISSING)
    if isinstance(missing, list) and missing:
        yield ngettext(
            "%(number)s point missing, by the sender's list",
            "%(number)s points missing, by the sender's list",
            len(missing),
        ) % {"number": len(missing)}
    if fact.kind == "let_go":
        key = str(told.get(Detail.DUTY))
        yield str(DATES.get(key, gettext("a date of the sender's own")))
    if told.get(Detail.DUE):
        yield written(date.fromisoformat(str(told[Detail.DUE])))


def title_of_kind(law: str, kind: str) -> str:
    """What a kind of letter is called, in English where it is written in that."""
    try:
        found = languages(law, kind)
        return text_of(law, kind, "en" if "en" in found else found[0]).title
    except NoSuchText:
        return kind


# Dates --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DateLine:
    """One date of the case in words. ``exhibit`` is the number of its certificate, or None."""

    title: str
    whose: str
    due: str
    late: str
    citation: str
    nature: str
    state: str
    remarks: tuple[str, ...]
    exhibit: int | None


def counted(posture: Posture) -> list[Due]:
    """The dates that a certificate can explain: those with a day that was counted."""
    return [due for due in posture.dues if due.deadline is not None and due.day is not None]


def key_of(due: Due) -> str:
    """What names a date among those of a case: ``answer.access.0``."""
    return ".".join(map(str, due.identity))


def date_lines(
    posture: Posture, *, made_on: date, written: Written, exhibits: Mapping[str, int]
) -> list[DateLine]:
    """The dates, the earliest first. ``exhibits`` are the certificates by the date's key."""
    return [
        DateLine(
            title=title_of(due),
            whose=str(OWED_BY[due.owed_by]),
            due=written(due.day) if due.day else "",
            late=written(due.overdue_from)
            if due.overdue_from and not due.is_ours and not due.is_marker
            else "",
            citation=due.deadline.duty.citation if due.deadline else "",
            nature=str(NATURES[due.nature]),
            state=_state(due, made_on, written),
            remarks=tuple(_remarks(due)),
            exhibit=exhibits.get(key_of(due)),
        )
        for due in counted(posture)
    ]


def title_of(due: Due) -> str:
    return str(DATES.get(due.key, due.key))


def _state(due: Due, made_on: date, written: Written) -> str:
    if due.settled_on is not None:
        return gettext("settled on %(day)s by entry %(number)s of the log") % {
            "day": written(due.settled_on),
            "number": due.settled_by,
        }
    if due.is_overdue(made_on):
        return gettext("passed; no entry of the log says that it was kept")
    if due.day is not None and made_on > due.day and not due.is_ours and not due.is_marker:
        return gettext("passed, but a later date can be argued")
    return gettext("open")


def _remarks(due: Due) -> Iterable[str]:
    if due.disputed:
        yield gettext("Open or disputed: %(why)s.") % {"why": gettext(due.disputed).rstrip(".")}
    if due.provisional:
        yield gettext("Provisional: the arrival of the letter is assumed, not proven.")
    if due.unconfirmed:
        yield gettext("The public holidays of that year are not yet checked.")


def evidence_of(due: Due, posture: Posture, written: Written) -> str:
    """How the day is known on which the time began; empty where that is only assumed."""
    number = due.letter or next(iter(posture.letters), 0)
    arrival = posture.arrivals.get(number)
    if arrival is None or not arrival.is_proven or arrival.received is None:
        return ""
    return gettext("Letter %(letter)s arrived on %(day)s. %(proof)s.") % {
        "letter": number,
        "day": written(arrival.received),
        "proof": str(PROOFS[arrival.proved_by]),
    }


def rights_asked(case: Case) -> list[str]:
    """What was asked for, each with its provision."""
    law = law_of(case.law)
    return [
        f"{gettext(law.right(right).title)} ({law.right(right).provision})" for right in case.rights
    ]
