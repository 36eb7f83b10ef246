"""The laws, straight from their files, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from consentkit.law.events import EventKind
from consentkit.law.periods import (
    AskedDays,
    Before,
    Days,
    Months,
    NotSet,
    Period,
    WorkingDays,
    YearEnds,
    Years,
)
from consentkit.law.statutes import LAWS
from consentkit.law.vocabulary import (
    Duty,
    Enforcer,
    Example,
    Force,
    LateStart,
    Law,
    Nature,
    Party,
    Roll,
    Source,
    Term,
)
from consentkit.templatetags.reading import place_name

Words = str | Promise


@require_safe
def laws(request: HttpRequest) -> HttpResponse:
    """Every law, by the place whose people it protects."""
    return render(request, "web/laws/list.html", {"groups": groups()})


@require_safe
def law(request: HttpRequest, key: str) -> HttpResponse:
    """One law: its rights, who owes what by when, and how we know."""
    if key not in LAWS:
        raise Http404(key)
    found = LAWS[key]
    return render(
        request,
        "web/laws/detail.html",
        {
            "law": found,
            "signposts": [right for right in found.rights if right.instead],
            "parts": parts(found),
            "in_court": in_court(found),
        },
    )


# The laws in the order of the list ----------------------------------------------------------------

FIRST = (
    ("illinois", gettext_lazy("Illinois"), ("us-il-bipa",)),
    ("europe", gettext_lazy("Europe"), ("eu-gdpr", "uk-gdpr")),
    ("switzerland", gettext_lazy("Switzerland"), ("ch-fadp",)),
    ("australia", gettext_lazy("Australia"), ("au-privacy",)),
)


@dataclass(frozen=True)
class Group:
    """Laws that stand together. ``key`` is an anchor on the page."""

    key: str
    title: Words
    laws: tuple[Law, ...]


def groups() -> list[Group]:
    """Illinois first, then Europe, Switzerland and Australia, then the United States by name."""
    found = [Group(key, title, tuple(LAWS[law] for law in laws)) for key, title, laws in FIRST]
    placed = {law.key for group in found for law in group.laws}
    others = sorted(
        (law for law in LAWS.values() if law.key not in placed),
        key=lambda law: (place_name(min(law.protects)), law.title),
    )
    everywhere = tuple(law for law in others if "US" in law.protects)
    coming = tuple(law for law in others if not law.rights)
    states = tuple(law for law in others if law not in everywhere and law not in coming)
    return [
        *found,
        Group("states", gettext_lazy("Other states of the United States"), states),
        Group("united-states", gettext_lazy("All of the United States"), everywhere),
        Group("coming", gettext_lazy("Passed, and not in force yet"), coming),
    ]


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
    "acknowledge": gettext_lazy("Confirm that your request has arrived"),
    "comply": gettext_lazy("Do what you asked for"),
    "appeal_answer": gettext_lazy("Decide about your appeal"),
    "cure": gettext_lazy("Put it right before you may go to court"),
    "confirm_cost": gettext_lazy("Confirm that you will pay the costs"),
    "complain_from": gettext_lazy("Wait before you complain to the authority"),
}
ENFORCERS: dict[Enforcer, Words] = {
    Enforcer.PERSON: gettext_lazy("You can go to court yourself when it is broken."),
    Enforcer.AUTHORITY: gettext_lazy("You cannot go to court yourself; only an authority can."),
    Enforcer.ATTORNEY_GENERAL: gettext_lazy(
        "You cannot go to court yourself; only the attorney general of the state can."
    ),
}
ROLLS: dict[Roll, Words] = {
    Roll.NONE: gettext_lazy("A last day on a weekend or a public holiday does not move."),
    Roll.WORKING_DAY: gettext_lazy(
        "A last day on a weekend or a public holiday moves to the next working day."
    ),
    Roll.SUNDAY: gettext_lazy("A last day on a Sunday moves to the next day; no other day moves."),
}
# When a duty is the one that binds, by the fact it turns on.
BINDS: dict[tuple[str, object], Words] = {("entity", "agency"): gettext_lazy("For public agencies")}
BINDS_OTHERS: dict[tuple[str, object], Words] = {
    ("entity", "agency"): gettext_lazy("For companies and other organisations")
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
    EventKind.APPEALED: gettext_lazy("the arrival of your appeal"),
    EventKind.COST_NOTICE_RECEIVED: gettext_lazy("the arrival of the notice of costs"),
    EventKind.INVASION: gettext_lazy("the invasion of your privacy"),
    EventKind.FOUND_UNNECESSARY: gettext_lazy("the day it is found to be no longer necessary"),
}
# Where the request is filed elsewhere, no letter arrives.
WITHOUT_A_LETTER: dict[EventKind, Words] = {
    **EVENTS,
    EventKind.RECEIVED: gettext_lazy("the arrival of your request"),
}
QUESTIONS: dict[EventKind, Words] = {
    EventKind.IDENTITY_REQUESTED: gettext_lazy("The company doubts who you are and asks for proof"),
    EventKind.CLARIFICATION_REQUESTED: gettext_lazy("The company asks what exactly you mean"),
    EventKind.FEE_REQUESTED: gettext_lazy("The company may charge a fee and asks for it"),
    EventKind.COST_NOTICE_RECEIVED: gettext_lazy("The company tells you in advance what it costs"),
}


def in_court(law: Law) -> Words:
    """Who can go to court."""
    if law.enforcer is Enforcer.AUTHORITY and any(duty.key == "sue_until" for duty in law.duties):
        return gettext_lazy(
            "Only an authority can enforce it. For a serious invasion of your privacy you can go "
            "to court yourself."
        )
    return ENFORCERS[law.enforcer]


def length(term: Term, events: Mapping[EventKind, Words] = EVENTS) -> str:
    """A term as a phrase: ``1 month from the arrival of your letter``."""
    event = events[term.after]
    return _period(term.within) % {"number": getattr(term.within, "number", 0), "event": event}


def _period(period: Period) -> str:
    match period:
        case Days(0):
            return _("at once, with %(event)s")
        case Days(number):
            return ngettext(
                "%(number)s day from %(event)s", "%(number)s days from %(event)s", number
            )
        case WorkingDays(number):
            return ngettext(
                "%(number)s working day from %(event)s",
                "%(number)s working days from %(event)s",
                number,
            )
        case Before(Years(number)):
            return ngettext(
                "before %(number)s year has passed, counting from %(event)s",
                "before %(number)s years have passed, counting from %(event)s",
                number,
            )
        case Before(inner):
            return _period(inner)
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
    """One way in which a duty is set: for some rights, places or times.

    ``by_letter`` says whether a letter brings it about, and not a request filed elsewhere.
    """

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
    roll: Words
    arguable_roll: Words | None
    binds: tuple[Words, ...]
    by_letter: bool


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
    by_letter = not duty.rights or any(law.right(key).instead is None for key in duty.rights)
    events = EVENTS if by_letter else WITHOUT_A_LETTER
    return Rule(
        duty=duty,
        lengths=tuple(length(term, events) for term in duty.terms),
        nature=NATURES[duty.nature],
        rights=tuple(right.title for right in law.rights if right.key in duty.rights),
        places=tuple(sorted(duty.places)),
        since=duty.since,
        until=duty.until,
        standing_still=_holds(duty),
        longer=_longer(duty),
        no_term=any(isinstance(term.within, NotSet) for term in duty.terms),
        roll=ROLLS[duty.roll],
        arguable_roll=None if duty.arguable_roll is None else ROLLS[duty.arguable_roll],
        binds=(
            *(BINDS[fact] for fact in duty.facts.items()),
            *(BINDS_OTHERS[fact] for fact in duty.unless.items()),
        ),
        by_letter=by_letter,
    )


def _holds(duty: Duty) -> tuple[Hold, ...]:
    paused = {
        Force.STANDS: gettext_lazy("the days until your answer do not count"),
        Force.ARGUABLE: gettext_lazy(
            "it can be argued that the days until your answer do not count"
        ),
    }
    starts = (
        Hold(QUESTIONS[each.asked], _late_start(each), each.citation) for each in duty.late_starts
    )
    pauses = (
        Hold(QUESTIONS[each.asked], paused[each.force], each.citation) for each in duty.pauses
    )
    return (*starts, *pauses)


def _late_start(rule: LateStart) -> str:
    if rule.reflection is not None:
        return ngettext(
            "you have %(number)s day to confirm, and the time starts when it is over",
            "you have %(number)s days to confirm, and the time starts when they are over",
            rule.reflection.number,
        ) % {"number": rule.reflection.number}
    if rule.force is Force.ARGUABLE:
        return _("it can be argued that the time starts only with your answer")
    return _("the time starts only when you have answered")


def _longer(duty: Duty) -> str | None:
    """Whether the company may take longer, and until when, as a sentence."""
    rule = duty.extension
    if rule is None:
        return None
    if rule.to is None:
        return _("The company may take longer if it says so in time and names the new last day.")
    longer = length(replace(duty.terms[0], within=rule.to))
    if rule.needs_reasons:
        text = _(
            "The company may take longer if it says so in time and gives its reasons: then "
            "%(longer)s."
        )
    else:
        text = _("The company may take longer if it says so in time: then %(longer)s.")
    return text % {"longer": longer}
