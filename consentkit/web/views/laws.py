"""The laws, straight from their files, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from consentkit.law.events import EventKind
from consentkit.law.periods import AskedDays, Days, Months, NotSet, Period, YearEnds, Years
from consentkit.law.statutes import KNOWN_LAWS, LAWS
from consentkit.law.vocabulary import (
    Duty,
    Example,
    Force,
    Law,
    Nature,
    Party,
    Source,
    Term,
)

Words = str | Promise


@require_safe
def laws(request: HttpRequest) -> HttpResponse:
    """The laws we write letters under, and those we only know of."""
    return render(
        request, "web/laws/list.html", {"laws": LAWS.values(), "known": KNOWN_LAWS.values()}
    )


@require_safe
def law(request: HttpRequest, key: str) -> HttpResponse:
    """One law: its rights, who owes what by when, and how we know."""
    if key not in LAWS:
        raise Http404(key)
    return render(request, "web/laws/detail.html", {"law": LAWS[key], "parts": parts(LAWS[key])})


# Words for the nouns of the statute files ---------------------------------------------------------

PARTIES: dict[Party, Words] = {
    Party.PLATFORM: gettext_lazy("What the company has to do"),
    Party.AUTHORITY: gettext_lazy("What the authority has to do"),
    Party.YOU: gettext_lazy("What you have to do in time"),
}
DUTIES: dict[str, Words] = {
    "answer": gettext_lazy("Answer your letter"),
    "extension_notice": gettext_lazy("Tell you that it takes longer, and why"),
    "stop": gettext_lazy("Stop"),
    "requested_answer": gettext_lazy("Answer by the day that your letter asks for"),
    "destroy": gettext_lazy("Destroy the data"),
    "acknowledge_complaint": gettext_lazy("Confirm that your complaint has arrived"),
    "authority_progress": gettext_lazy("Tell you how your complaint is getting on"),
    "complain_until": gettext_lazy("Complain to the authority"),
    "sue_until": gettext_lazy("Go to court"),
    "sue_until_last_collection": gettext_lazy("Go to court, counted from the last scan"),
}
NATURES: dict[Nature, Words] = {
    Nature.STATUTORY: gettext_lazy("set by law"),
    Nature.GUIDANCE: gettext_lazy("practice of the authority, not the law"),
    Nature.CONTRACT: gettext_lazy("set by a contract, not by law"),
    Nature.REQUESTED: gettext_lazy("your own wish, not the law"),
}
EVENTS: dict[EventKind, Words] = {
    EventKind.RECEIVED: gettext_lazy("the arrival of your letter"),
    EventKind.CONSENT_REVOKED_RECEIVED: gettext_lazy("the arrival of your withdrawal"),
    EventKind.COMPLAINT_RECEIVED: gettext_lazy("the arrival of your complaint"),
    EventKind.COMPLAINED: gettext_lazy("your complaint"),
    EventKind.LAST_CONTACT: gettext_lazy("your last contact with the company"),
    EventKind.BECAME_AWARE: gettext_lazy("the day you learnt of it"),
    EventKind.INFRINGEMENT: gettext_lazy("the day it happened"),
    EventKind.PURPOSE_SATISFIED: gettext_lazy("the end of the purpose"),
    EventKind.LAST_INTERACTION: gettext_lazy("your last dealings with the company"),
    EventKind.FIRST_COLLECTED: gettext_lazy("the first scan"),
    EventKind.LAST_COLLECTED: gettext_lazy("the last scan"),
}
QUESTIONS: dict[EventKind, Words] = {
    EventKind.IDENTITY_REQUESTED: gettext_lazy("The company doubts who you are and asks for proof"),
    EventKind.CLARIFICATION_REQUESTED: gettext_lazy("The company asks what exactly you mean"),
    EventKind.FEE_REQUESTED: gettext_lazy("The company may charge a fee and asks for it"),
}


def length(term: Term) -> str:
    """A term as a phrase: ``1 month from the arrival of your letter``."""
    event = EVENTS[term.after]
    return _period(term.within) % {"number": getattr(term.within, "number", 0), "event": event}


def _period(period: Period) -> str:
    match period:
        case Days(0):
            return _("at once, with %(event)s")
        case Days(number):
            return ngettext(
                "%(number)s day from %(event)s", "%(number)s days from %(event)s", number
            )
        case Months(number):
            return ngettext(
                "%(number)s month from %(event)s", "%(number)s months from %(event)s", number
            )
        case Years(number):
            return ngettext(
                "%(number)s year from %(event)s", "%(number)s years from %(event)s", number
            )
        case YearEnds(number):
            return ngettext(
                "%(number)s year from the end of the year, counting from %(event)s",
                "%(number)s years from the end of the year, counting from %(event)s",
                number,
            )
        case AskedDays():
            return _("as many days from %(event)s as your letter asks for")
        case NotSet():
            return _("The law sets no time for this.")


# A law's duties, in the order and the groups in which people read them ---------------------------


@dataclass(frozen=True)
class Rule:
    """One way in which a duty is set: for some rights, places or times."""

    duty: Duty
    lengths: tuple[str, ...]
    nature: Words
    rights: tuple[str, ...]
    places: tuple[str, ...]
    since: date | None
    until: date | None
    standing_still: tuple[Hold, ...]
    longer: str | None
    no_term: bool


@dataclass(frozen=True)
class Hold:
    """A question of the company during which the time may stand still, or after which it starts."""

    question: Words
    effect: Words
    citation: str


@dataclass(frozen=True)
class Chapter:
    """Everything about one thing that somebody has to do."""

    title: Words
    rules: tuple[Rule, ...]

    @property
    def source(self) -> Source | None:
        """The source, where all rules have the same."""
        sources = {rule.duty.source for rule in self.rules}
        return sources.pop() if len(sources) == 1 else None

    @property
    def examples(self) -> list[Example]:
        """The worked dates of all rules, each once."""
        return list(dict.fromkeys(one for rule in self.rules for one in rule.duty.examples))


@dataclass(frozen=True)
class Part:
    """Everything that one party has to do."""

    title: Words
    chapters: tuple[Chapter, ...]


def parts(law: Law) -> list[Part]:
    """The duties of a law by party and by what has to be done."""
    found = []
    for party, title in PARTIES.items():
        duties = [duty for duty in law.duties if duty.owed_by is party]
        keys = list(dict.fromkeys(duty.key for duty in duties))
        chapters = [
            Chapter(DUTIES[key], tuple(_rules(law, (duty for duty in duties if duty.key == key))))
            for key in keys
        ]
        if chapters:
            found.append(Part(title, tuple(chapters)))
    return found


def _rules(law: Law, duties: Iterable[Duty]) -> list[Rule]:
    return [_rule(law, duty) for duty in duties]


def _rule(law: Law, duty: Duty) -> Rule:
    return Rule(
        duty=duty,
        lengths=tuple(length(term) for term in duty.terms),
        nature=NATURES[duty.nature],
        rights=tuple(right.title for right in law.rights if right.key in duty.rights),
        places=tuple(sorted(duty.places)),
        since=duty.since,
        until=duty.until,
        standing_still=_holds(duty),
        longer=_longer(duty),
        no_term=any(isinstance(term.within, NotSet) for term in duty.terms),
    )


def _holds(duty: Duty) -> tuple[Hold, ...]:
    afresh = {
        Force.STANDS: gettext_lazy("the time starts only when you have answered"),
        Force.ARGUABLE: gettext_lazy("it can be argued that the time starts only with your answer"),
    }
    paused = {
        Force.STANDS: gettext_lazy("the days until your answer do not count"),
        Force.ARGUABLE: gettext_lazy(
            "it can be argued that the days until your answer do not count"
        ),
    }
    starts = (
        Hold(QUESTIONS[each.asked], afresh[each.force], each.citation) for each in duty.late_starts
    )
    pauses = (
        Hold(QUESTIONS[each.asked], paused[each.force], each.citation) for each in duty.pauses
    )
    return (*starts, *pauses)


def _longer(duty: Duty) -> str | None:
    """The whole time after an extension, as a phrase."""
    if duty.extension is None:
        return None
    return length(replace(duty.terms[0], within=duty.extension.to))
