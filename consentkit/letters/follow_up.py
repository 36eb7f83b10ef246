"""What can be done next in a case, and the letter that does it, with what the log knows filled in.

The first step is the one to take. A letter never says more than the log can show: that a day is
over it says only where the arrival is proven, and that something is missing only where somebody
looked through the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import Detail, Fact
from consentkit.cases.models import Case
from consentkit.cases.posture import Arrival, Due, Posture, Stage
from consentkit.law.statutes import law_of
from consentkit.law.vocabulary import Enforcer, Party
from consentkit.platforms.authorities import authorities_of

from .approval import REASONS, hindrances
from .facts import FACTS
from .house_texts import house_of
from .models import Letter
from .request import LetterRequest
from .texts import kinds, languages, text_of

Label = str | Promise

# The day by which an answer was owed, the law's own first.
ANSWER_DUTIES = ("answer", "comply", "stop", "cure", "requested_answer")

# How the arrival is shown, as the letters say it.
SHOWN_BY = {
    "signed": "delivery",
    "tracking": "delivery",
    "acknowledgement": "acknowledgement",
    "answer": "acknowledgement",
    "form": "form",
    "delivery_status": "email",
}


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """Something to do: exactly one of ``letter``, ``record``, ``send`` and ``review`` says how.

    ``letter`` is the kind of letter that does it, ``record`` the kind of fact to tell, ``send`` the
    number of a letter that waits, ``review`` that of one which somebody else has to read first.

    ``facts`` are what the letter can be told from the log. ``from_on`` is the first day on which it
    makes sense, None for at once.
    """

    label: Label
    why: Label
    letter: str = ""
    record: str = ""
    send: int = 0
    review: int = 0
    facts: Mapping[str, object] = field(default_factory=dict)
    from_on: date | None = None

    def is_due(self, today: date) -> bool:
        return self.from_on is None or today >= self.from_on


def next_steps(case: Case, posture: Posture, today: date, *, sends: bool = True) -> list[NextStep]:
    """What can be done, the best first. Empty for a closed case.

    ``sends`` is False for somebody whose role lets no letter go out.
    """
    if posture.is_closed:
        return []
    return list(_Steps(case, posture, today, sends))


def letters_to_choose(case: Case) -> list[str]:
    """Every kind of letter that carries a case under its law on, the usual order."""
    return [kind for kind in FOLLOW_UPS if kind in kinds(case.law)]


# Letters that carry a case on, in the order in which people come to need them.
FOLLOW_UPS = (
    "reminder",
    "rebuttal",
    "appeal",
    "complaint_to_controller",
    "complaint",
    "oaic_complaint",
    "agency_complaint",
    "attorney_general",
    "before_action",
    "pre_suit",
)


class _Steps:
    """The steps of one case on one day."""

    def __init__(self, case: Case, posture: Posture, today: date, sends: bool) -> None:
        self.case = case
        self.sends = sends
        self.posture = posture
        self.today = today
        self.written = kinds(case.law)
        self.sent_kinds = {
            letter.kind
            for number, letter in posture.letters.items()
            if posture.arrivals[number].sent or posture.arrivals[number].received
        }
        self.late = [due for due in posture.late(today) if due.owed_by is not Party.YOU]

    def __iter__(self) -> Iterator[NextStep]:
        seen: set[tuple[str, str, int, int]] = set()
        for step in self.found():
            name = (step.letter, step.record, step.send, step.review)
            if name not in seen:
                seen.add(name)
                yield step

    def found(self) -> Iterator[NextStep]:
        yield from self.waiting_letters()
        yield from STAGES[self.posture.stage](self)

    def waiting_letters(self) -> Iterator[NextStep]:
        """Letters that have not gone out, or that came back."""
        unread = self.unread()
        for number, arrival in self.posture.arrivals.items():
            if arrival.sent is None and arrival.received is None:
                if reason := unread.get(number):
                    label, why = REVIEWS[reason]
                    yield NextStep(review=number, label=label, why=why)
                    continue
                if not self.sends:
                    label, why = _("Ready to go out"), REASONS["no_right"]
                    yield NextStep(review=number, label=label, why=why)
                    continue
                yield NextStep(
                    send=number,
                    label=_("Send it another way") if arrival.returned else _("Send the letter"),
                    why=_("It came back, so it counts as not sent. No time runs yet.")
                    if arrival.returned
                    else _("It has been made, but it has not gone out. No time runs yet."),
                )

    def unread(self) -> Mapping[int, str]:
        """Why letters of a team may not go out yet, by their number."""
        if self.case.team_id is None:
            return {}
        letters = list(self.case.letters.defer("html", "pdf"))
        return hindrances(self.case, letters, facts=self.posture.facts)

    # By stage

    def before(self) -> Iterator[NextStep]:
        return iter(())

    def on_its_way(self) -> Iterator[NextStep]:
        """Sent: they owe an answer, or will."""
        late = self.late_answer()
        if late is not None:
            yield from self.silence(late)
            return
        unproven = [one for one in self.posture.arrivals.values() if one.sent and not one.is_proven]
        if unproven and self.posture.stage is Stage.SENT:
            yield NextStep(
                record="received",
                label=_("Record that it arrived"),
                why=_(
                    "Their time runs from the day it arrived. Until you can show that day, the "
                    "dates are only assumed."
                ),
            )
        yield NextStep(
            record="answered",
            label=_("They answered? Record it"),
            why=_("The list of what the law requires in an answer shows what is missing."),
        )
        yield from self.letter(
            "reminder",
            _("Remind them before the day"),
            _("A friendly reminder; it changes none of their dates."),
        )

    def asked(self) -> Iterator[NextStep]:
        question = self.posture.last(
            "identity_requested", "clarification_requested", "fee_requested"
        )
        if question is not None and question.get(Detail.JUSTIFIED) is False:
            yield from self.letter(
                "rebuttal",
                _("Reply to what they ask"),
                _("You said that they did not need to ask for this. The letter says why."),
                stalls=[STALL_OF[question.kind]],
            )
        if question is not None:
            answer, label = REPLIES[question.kind]
            yield NextStep(
                record=answer,
                label=label,
                why=_("While their question is open, their time may stand still."),
            )
        if question is not None and question.get(Detail.JUSTIFIED) is not False:
            yield from self.letter(
                "rebuttal",
                _("Reply that they do not need this"),
                _("If what they ask for is not needed, you can say so."),
                stalls=[STALL_OF[question.kind]],
            )
        yield from self.on_its_way()

    def extended(self) -> Iterator[NextStep]:
        notice = self.posture.last("extension_notified")
        due = self.answer_due()
        refused = _is_refused_extension(due)
        if notice is not None and refused and not self.sent_since(notice, "rebuttal"):
            yield from self.letter(
                "rebuttal",
                _("Answer the extension"),
                _("By the law's own words it does not stand: it came late or without reasons."),
                stalls=["extension_late"],
            )
        yield from self.on_its_way()

    def partial(self) -> Iterator[NextStep]:
        reply = self.posture.last("answered")
        stalls = _listed(reply, Detail.STALLS)
        missing = _listed(reply, Detail.MISSING)
        yield from self.letter(
            "rebuttal",
            _("Ask for what is missing"),
            _("The letter names each thing that their answer lacks."),
            stalls=list(dict.fromkeys([*stalls, *(["incomplete"] if missing else [])])),
            missing=missing,
        )
        yield from self.escalation()
        yield self.closing()

    def refused(self) -> Iterator[NextStep]:
        reply = self.posture.last("answered", "appeal_answered")
        if reply is not None and reply.kind == "answered":
            yield from self.letter(
                "appeal",
                _("Appeal"),
                _("The law lets you ask the company to look at its refusal again."),
            )
            stalls = _listed(reply, Detail.STALLS)
            if stalls:
                yield from self.letter(
                    "rebuttal",
                    _("Reply to their reasons"),
                    _("The letter answers each of the grounds they gave."),
                    stalls=stalls,
                )
        yield from self.escalation()
        yield self.closing()

    def answered(self) -> Iterator[NextStep]:
        yield self.closing()
        yield from self.letter(
            "rebuttal",
            _("Something was missing after all"),
            _("You can still ask for it."),
            stalls=["incomplete"],
        )
        yield from self.escalation()

    def appealed(self) -> Iterator[NextStep]:
        yield NextStep(
            record="appeal_answered",
            label=_("They decided? Record it"),
            why=_("What can be done next depends on their decision."),
        )
        if self.late or not self.posture.open:
            yield from self.escalation()

    def complained(self) -> Iterator[NextStep]:
        yield NextStep(
            record="authority_progress",
            label=_("Record what the authority writes"),
            why=_("The authority must tell you how your complaint is getting on."),
        )
        yield NextStep(
            record="authority_decided",
            label=_("The authority decided? Record it"),
            why=_("Its decision can be the end, or open the way to a court."),
        )
        yield from self.court()
        yield self.closing()

    def in_court(self) -> Iterator[NextStep]:
        yield self.closing()

    # Pieces

    def silence(self, late: Due) -> Iterator[NextStep]:
        """They are late and have not answered."""
        reminded = [one for one in self.sent_kinds if one == "reminder"]
        if not reminded:
            yield from self.letter(
                "reminder",
                _("Remind them: the day is over"),
                _("Many answer when they are reminded. It also shows that you tried."),
            )
        yield NextStep(
            record="answered",
            label=_("They did answer? Record it"),
            why=_("Then the next step depends on what they wrote."),
        )
        yield from self.escalation(silent=True)
        yield from self.letter(
            "rebuttal",
            _("Reply to their silence"),
            _("The letter says what their silence means under the law."),
            stalls=["no_answer"],
        )
        if reminded:
            yield from self.letter(
                "reminder", _("Remind them again"), _("Nothing they owe has come yet.")
            )

    def escalation(self, *, silent: bool = False) -> Iterator[NextStep]:
        """The company itself, then an authority, then a court, as far as the law knows them."""
        stalls = {"stalls": ["no_answer"]} if silent else {}
        for kind, (label, why) in ESCALATIONS.items():
            if kind not in self.sent_kinds:
                yield from self.letter(kind, label, why, **stalls)
        yield from self.court()

    def court(self) -> Iterator[NextStep]:
        """Only where the person can go to court."""
        if law_of(self.case.law).enforcer is not Enforcer.PERSON:
            return
        for kind in ("before_action", "pre_suit"):
            if kind not in self.sent_kinds:
                yield from self.letter(
                    kind,
                    _("Write to them before you go to court"),
                    _("Have a lawyer read this letter before you send it."),
                )

    def closing(self) -> NextStep:
        return NextStep(
            record="closed",
            label=_("Close the case"),
            why=_("No date of it runs any longer. You can open it again."),
        )

    def letter(self, kind: str, label: Label, why: Label, **told: object) -> Iterator[NextStep]:
        if kind in self.written:
            facts = {key: value for key, value in told.items() if value}
            yield NextStep(letter=kind, label=label, why=why, facts=facts)

    def answer_due(self) -> Due | None:
        return _answer_due(self.posture)

    def late_answer(self) -> Due | None:
        owed = [due for due in self.late if due.key in (*ANSWER_DUTIES, "acknowledge")]
        return owed[0] if owed else None

    def sent_since(self, fact: Fact, kind: str) -> bool:
        return any(
            letter.kind == kind and letter.on >= fact.on for letter in self.posture.letters.values()
        )


STAGES: Mapping[Stage, Callable[[_Steps], Iterator[NextStep]]] = {
    Stage.DRAFT: _Steps.before,
    Stage.RETURNED: _Steps.before,
    Stage.SENT: _Steps.on_its_way,
    Stage.WAITING: _Steps.on_its_way,
    Stage.ASKED: _Steps.asked,
    Stage.EXTENDED: _Steps.extended,
    Stage.PARTIAL: _Steps.partial,
    Stage.REFUSED: _Steps.refused,
    Stage.ANSWERED: _Steps.answered,
    Stage.APPEALED: _Steps.appealed,
    Stage.COMPLAINED: _Steps.complained,
    Stage.COURT: _Steps.in_court,
}
STALL_OF = {
    "identity_requested": "identity_document",
    "clarification_requested": "more_data",
    "fee_requested": "fee",
}
# What is to be done with a letter that somebody else has to read, by why it may not go out.
REVIEWS: Mapping[str, tuple[Label, Label]] = {
    "ask": (_("Ask for review"), _("Somebody else has to read this letter before it goes out.")),
    "waiting": (_("Waits for review"), _("It can go out once somebody else has approved it.")),
    "returned": (
        _("See what has to change"),
        _("The letter came back from its review with comments."),
    ),
    "void": (
        _("Ask for review again"),
        _("The letter has changed since it was reviewed, or its approval was taken back."),
    ),
}
REPLIES: Mapping[str, tuple[str, Label]] = {
    "identity_requested": ("identity_provided", _("Record that you showed them who you are")),
    "clarification_requested": (
        "clarification_provided",
        _("Record that you answered their question"),
    ),
    "fee_requested": ("fee_paid", _("Record that you paid")),
}
ESCALATIONS: Mapping[str, tuple[Label, Label]] = {
    "complaint_to_controller": (
        _("Complain to the company itself"),
        _("The law wants this step before the authority's."),
    ),
    "complaint": (
        _("Make a complaint"),
        _("It costs nothing, and takes up what your log shows."),
    ),
    "oaic_complaint": (
        _("Complain to the authority"),
        _("It costs nothing, and takes up what your log shows."),
    ),
    "agency_complaint": (
        _("Complain to the agency"),
        _("It costs nothing, and takes up what your log shows."),
    ),
    "attorney_general": (
        _("Write to the attorney general"),
        _("Under this law only the attorney general can act; the letter tells what happened."),
    ),
}


# What the log tells a letter ----------------------------------------------------------------------


def request_for(
    case: Case, posture: Posture, kind: str, *, today: date, told: Mapping[str, object]
) -> LetterRequest:
    """The follow-up letter of a kind with everything the log knows. ``told`` are facts of a step.

    Sender, account and company are those of the opening letter; its reference is the case's. The
    house texts are those that a team has in use.
    """
    opening = case.letters.order_by("number")[0].letter_request()
    language = opening.language
    written = languages(case.law, kind)
    if language not in written:
        language = "en" if "en" in written else written[0]
    text = text_of(case.law, kind, language)
    known = {**known_facts(case, posture, opening, today), **told}
    return replace(
        opening,
        right=kind,
        language=language,
        date=today,
        facts={key: value for key, value in known.items() if key in text.facts()},
        edits={},
        strokes=(),
        file=case.reference,
        house=house_of(case, kind=kind, language=language),
    )


def known_facts(
    case: Case, posture: Posture, opening: LetterRequest, today: date
) -> dict[str, object]:
    """What the log and the opening letter know of the facts that letters ask for."""
    first: Arrival = next(iter(posture.arrivals.values()))
    due = _answer_due(posture)
    reply = posture.last("answered", "appeal_answered")
    authority = next(iter(authorities_of(opening.residence)), None)
    found: dict[str, object] = {
        **{key: value for key, value in opening.facts.items() if key in FACTS},
        "first_letter_on": opening.date,
        "first_reference": case.reference,
    }
    if first.is_proven:
        found["received_on"] = first.received
        found["receipt_proved_by"] = SHOWN_BY[first.proved_by]
    if due is not None and due.day is not None:
        found["due_on"] = due.day
        found["is_over"] = due.is_overdue(today) and not due.provisional
    found["stalls"] = _stalls(posture, today)
    if reply is not None:
        found["answered_on"] = reply.on
        found["missing"] = _listed(reply, Detail.MISSING)
        if reply.get(Detail.VERDICT) == "refusal":
            found["refused_on"] = reply.on
    if authority is not None:
        found["authority"] = authority.name
        if authority.has_sure_address:
            found["authority_address"] = "\n".join(authority.address)
    return {key: value for key, value in found.items() if value not in (None, "", [], False)}


def _stalls(posture: Posture, today: date) -> list[str]:
    """Every way in which they put it off, as the log tells: what a complaint goes through."""
    found: list[str] = []
    for fact in posture.facts:
        if fact.kind in STALL_OF and fact.get(Detail.JUSTIFIED) is False:
            found.append(STALL_OF[fact.kind])
        elif fact.kind == "answered":
            found += _listed(fact, Detail.STALLS)
            if _listed(fact, Detail.MISSING):
                found.append("incomplete")
    due = _answer_due(posture)
    if _is_refused_extension(due):
        found.append("extension_late")
    answered = posture.last("answered") is not None
    if not answered and due is not None and due.is_overdue(today) and not due.provisional:
        found.append("no_answer")
    return list(dict.fromkeys(found))


def _is_refused_extension(due: Due | None) -> bool:
    """Whether they took more time in a way that does not stand by the law's own words."""
    return (
        due is not None
        and due.deadline is not None
        and any(step.key in REFUSED_EXTENSIONS for step in due.deadline.steps)
    )


REFUSED_EXTENSIONS = frozenset(
    {"extension_late", "extension_without_reasons", "extension_names_no_day"}
)


def earlier_letters(case: Case) -> list[Letter]:
    """The letters that went out, the first one first: what a complaint encloses."""
    return list(case.letters.filter(frozen_at__isnull=False).order_by("number"))


def _answer_due(posture: Posture) -> Due | None:
    """The date by which the opening letter has to be answered."""
    for key in ANSWER_DUTIES:
        for due in posture.dues:
            if due.key == key and due.letter is None and due.day is not None:
                return due
    return None


def _listed(fact: Fact | None, detail: Detail) -> list[str]:
    value = fact.get(detail) if fact is not None else None
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else []
