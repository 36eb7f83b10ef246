"""The dates that follow from a letter if it arrives on a day, on the page and as a calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.correspondence.calendar import Entry, calendar
from consentkit.law.events import Event, EventKind, History
from consentkit.law.procedure import OWED, Deadline, deadlines
from consentkit.law.vocabulary import Law, Nature, Party
from consentkit.letters.explain import Written, sentence

TITLES: dict[str, str | Promise] = {
    "answer": _("They must have answered"),
    "extension_notice": _("Last day on which they may announce that they need longer"),
    "stop": _("They must stop"),
    "requested_answer": _("You asked for an answer by this day"),
    "destroy": _("The data must be destroyed"),
    "sue_until": _("Last day to go to court, counted from the first time"),
    "sue_until_last_collection": _("Last day to go to court, counted from the latest time"),
    "acknowledge": _("They must have confirmed that it arrived"),
    "acknowledge_complaint": _("They must have confirmed that your complaint arrived"),
    "comply": _("They must have done it"),
    "appeal_answer": _("They must have decided about your appeal"),
    "cure": _("They must have put it right"),
    "confirm_cost": _("Last day to confirm that you pay the costs"),
    "complain_from": _("Wait until this day is over before you complain to the authority"),
    "complain_until": _("Complain to the authority by this day"),
    "authority_progress": _("The authority must have told you how it is getting on"),
}
# What a calendar says: the platform and the law, and nothing of the person.
SUMMARIES: dict[str, str | Promise] = {
    "answer": _("%(platform)s: answer due (%(law)s)"),
    "extension_notice": _("%(platform)s: last day to announce an extension (%(law)s)"),
    "stop": _("%(platform)s: must stop (%(law)s)"),
    "requested_answer": _("%(platform)s: answer asked for (%(law)s)"),
    "sue_until": _("%(platform)s: last day to go to court, cautious count (%(law)s)"),
    "acknowledge": _("%(platform)s: confirmation of receipt due (%(law)s)"),
    "acknowledge_complaint": _("%(platform)s: confirmation of the complaint due (%(law)s)"),
    "comply": _("%(platform)s: must have done it (%(law)s)"),
    "appeal_answer": _("%(platform)s: decision about the appeal due (%(law)s)"),
    "cure": _("%(platform)s: must have put it right (%(law)s)"),
    "complain_from": _("%(platform)s: from tomorrow on, complain to the authority (%(law)s)"),
    "authority_progress": _("%(platform)s: news from the authority due (%(law)s)"),
}
NATURES: dict[Nature, str | Promise] = {
    Nature.STATUTORY: _("Set by law"),
    Nature.GUIDANCE: _("Advice of the authority, not the law"),
    Nature.CONTRACT: _("From a contract"),
    Nature.REQUESTED: _("Your own wish; the law sets no day"),
}


@dataclass(frozen=True)
class Line:
    """One step of counting as a sentence, and what it rests on."""

    text: str
    citation: str | None


@dataclass(frozen=True)
class Row:
    """One date of the letter. ``due`` is None where the law sets none, which is worth saying."""

    right: str
    deadline: Deadline
    title: str
    nature: str
    lines: tuple[Line, ...]
    disputed: str
    day: str  # the due day in words
    late: str  # from when one may say that it has passed
    longer: str  # until when, if they announce in time that they need longer

    @property
    def key(self) -> str:
        """What names this date among those of the letter: ``answer.access``."""
        return f"{self.deadline.duty.key}.{self.right}"

    @property
    def due(self) -> date | None:
        return self.deadline.due

    @property
    def late_from(self) -> date | None:
        """The first day on which one may say that it has passed; of no use for one's own dates."""
        if self.deadline.duty.owed_by is Party.YOU:
            return None
        return self.deadline.overdue_from


def rows(
    law: Law,
    rights: tuple[str, ...],
    place: str,
    arrives: date,
    facts: Mapping[str, object],
    written: Written,
    starts: EventKind | None = EventKind.RECEIVED,
) -> list[Row]:
    """Every date that follows, the earliest first; what the law leaves open comes last.

    ``starts`` is what the letter's arrival is to the law. A follow-up that starts nothing has the
    day that it asks for itself.
    """
    events = arrival(law, rights, arrives, facts, starts)
    found: dict[tuple[str, date | None], Row] = {}
    for right in rights:
        for deadline in deadlines(law, right, place, History(events), facts):
            duty = deadline.duty
            if starts is None and duty.key != "requested_answer":
                continue  # the clock of the first letter goes on, and is not started again
            longer = None
            if duty.extension and duty.extension.to and deadline.due:
                notice = Event(duty.extension.notice, deadline.due, deadline.due, reasons=True)
                extended = deadlines(law, right, place, History([*events, notice]), facts)
                longer = next(one.due for one in extended if one.duty == duty)
            row = _row(right, deadline, longer, written)
            found.setdefault((duty.key, deadline.due), row)
    told = {row.due for row in found.values() if row.longer}  # they say the same of an extension
    kept = [
        row for (key, due), row in found.items() if key != "extension_notice" or due not in told
    ]
    return sorted(kept, key=lambda row: (row.due is None, row.due or date.max))


def arrival(
    law: Law,
    rights: tuple[str, ...],
    arrives: date,
    facts: Mapping[str, object],
    starts: EventKind | None = EventKind.RECEIVED,
) -> list[Event]:
    """What happens to the law when a letter that uses these rights arrives."""
    kind = starts or EventKind.RECEIVED
    events = [Event(kind, arrives, arrives)]
    if kind is EventKind.RECEIVED and "withdraw_consent" in rights:
        events.append(Event(EventKind.CONSENT_REVOKED_RECEIVED, arrives, arrives))
    since = facts.get("since")
    if isinstance(since, date) and law.key == "us-il-bipa" and since <= arrives:
        events.append(Event(EventKind.FIRST_COLLECTED, since, since))
    return events


def due_for(
    law: Law,
    right: str,
    place: str,
    received: date,
    facts: Mapping[str, object],
    duties: tuple[str, ...] = OWED,
) -> Deadline | None:
    """By when the first of these duties was owed to a letter that used a right and arrived on a
    day; None where the law sets no date."""
    history = History(arrival(law, (right,), received, facts))
    found = deadlines(law, right, place, history, facts)
    dated = [one for one in found if one.duty.key in duties and one.due is not None]
    return min(dated, key=lambda one: duties.index(one.duty.key), default=None)


def _row(right: str, deadline: Deadline, longer: date | None, written: Written) -> Row:
    duty = deadline.duty
    title = str(TITLES.get(duty.key, duty.key))
    if deadline.due is None and duty.key == "answer":
        title = gettext("The law sets no date for an answer")
    late = ""
    if deadline.overdue_from and duty.owed_by is not Party.YOU:
        late = gettext("From %(day)s on you can say that this day has passed.") % {
            "day": written(deadline.overdue_from)
        }
    if longer:
        text = gettext("If they announce by then, with reasons, that they need longer: %(day)s.")
    return Row(
        right=right,
        deadline=deadline,
        title=title,
        nature=str(NATURES[duty.nature]),
        lines=tuple(Line(sentence(step, written), step.citation) for step in deadline.steps),
        disputed=gettext(deadline.disputed) if deadline.disputed else "",
        day=written(deadline.due) if deadline.due else "",
        late=late,
        longer=text % {"day": written(longer)} if longer else "",
    )


def calendar_file(
    found: list[Row],
    *,
    law: Law,
    kind: str,
    platform: str,
    reference: str,
    arrives: date,
    written: Written,
    made_at: datetime,
) -> bytes:
    """The dates as all-day events; each carries how it was counted, and nothing of the person."""
    names = {"platform": platform, "law": law.short_title}
    provisional = gettext(
        "Provisional: counted as if the letter arrived on %(day)s. If it arrives on another day, "
        "the dates change."
    ) % {"day": written(arrives)}
    entries = []
    for row in found:
        duty = row.deadline.duty
        if row.due is None or duty.key not in SUMMARIES:
            continue
        subject = (law.key, kind, duty.key, row.due.isoformat(), reference)
        lines = [
            f"{line.text} ({line.citation})" if line.citation else line.text for line in row.lines
        ]
        counted = "\n".join([provisional, f"{row.nature}: {duty.citation}", *lines])
        entries.append(Entry(row.due, str(SUMMARIES[duty.key]) % names, counted, subject))
        if row.late_from and duty.key in ("answer", "comply", "appeal_answer", "requested_answer"):
            check = gettext("%(platform)s: check whether they answered (%(law)s)") % names
            entries.append(Entry(row.late_from, check, counted, (*subject, "check")))
    name = gettext("Letter to %(platform)s (%(law)s)") % names
    return calendar(entries, name=name, made_at=made_at)
