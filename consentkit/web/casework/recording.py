"""Telling a case what happened: one form, made of the vocabulary of the log.

Each kind of fact has a few details; each detail is a question here. An answer is looked through
point by point, and what is missing becomes part of the fact, for the letter that replies.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases import actions
from consentkit.cases.actions import AFTER_THE_END, Change
from consentkit.cases.log import CHANNELS, EVIDENCE, KINDS, VERDICTS, BadFact, Detail, LogKind
from consentkit.cases.models import Case
from consentkit.cases.naming import name_of
from consentkit.cases.posture import Posture, Stage
from consentkit.law.answers import Content, answer_contents
from consentkit.law.places import UnknownZone, zone_of
from consentkit.letters.facts import FACTS
from consentkit.teams.models import User
from consentkit.teams.roles import Permission
from consentkit.web.forms import day_field
from consentkit.web.uploads import FilesField

from .words import GROUPS, LIKELY, choice_title, group_of, right_title

EARLIEST = date(1990, 1, 1)
NOTE = 20_000
FURTHEST = timedelta(days=20 * 365)
YES_NO = (("yes", _("Yes")), ("no", _("No")))
YES_NO_UNSURE = (*YES_NO, ("", _("I am not sure")))
YES, NO, UNSURE, NOT_ME = "yes", "no", "", "not_me"
POINT = "point-"  # begins the name of a field that asks for a point of an answer
REFUSED, PARTIAL, COMPLETE = "refusal", "partial", "complete"


# What can be told ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Kinds of fact under one heading, the likely ones first."""

    heading: str
    kinds: tuple[tuple[str, str], ...]


def by_hand(kind: str) -> LogKind | None:
    """A kind of fact that somebody may tell on the case's page."""
    found = KINDS.get(kind)
    return found if found is not None and found.by_hand else None


def likely(posture: Posture, may: Set[str]) -> list[tuple[str, str]]:
    """What most likely happened now and somebody may tell, as ``(kind, words)``."""
    kinds = LIKELY.get(posture.stage, ())
    return [(kind, choice_title(kind)) for kind in kinds if needed(kind) in may]


def needed(kind: str) -> Permission:
    """What telling a fact needs: that a letter went out is told by those who may let it out."""
    return Permission.SEND if kind == "sent" else Permission.RECORD


def groups(posture: Posture, may: Set[str]) -> list[Group]:
    """Everything that can be told by somebody who may so much, by whose doing it is."""
    allowed = AFTER_THE_END if posture.is_closed else frozenset(KINDS)
    order = list(LIKELY.get(posture.stage, ()))
    found = []
    for name, heading in GROUPS:
        kinds = [
            key
            for key, kind in KINDS.items()
            if kind.by_hand and key in allowed and group_of(key) == name and needed(key) in may
        ]
        kinds.sort(key=lambda key: order.index(key) if key in order else len(order))
        if kinds:
            found.append(Group(str(heading), tuple((key, choice_title(key)) for key in kinds)))
    return found


# The form -----------------------------------------------------------------------------------------


def _radio(choices: Any, **options: Any) -> forms.ChoiceField:
    options.setdefault("error_messages", {"required": _("Choose one.")})
    return forms.ChoiceField(choices=list(choices), widget=forms.RadioSelect, **options)


class FactForm(forms.Form):
    """What happened and when. ``details`` is what the log keeps of it."""

    use_required_attribute = False

    def __init__(
        self,
        told: Any,
        files: Any = None,
        *,
        case: Case,
        posture: Posture,
        kind: str,
        user: User,
        today: date,
    ) -> None:
        super().__init__(told, files)
        self.case, self.posture, self.kind, self.user = case, posture, kind, user
        self.today = today
        self.contents: tuple[Content, ...] = ()
        asks = KINDS[kind].asks
        if kind not in ("noted", "reminder_set"):
            self.add_day()
        for detail in asks:
            if detail in FIELDS:
                FIELDS[detail](self)
        self.fields["note"] = forms.CharField(
            required=kind == "noted",
            max_length=NOTE,
            widget=forms.Textarea({"rows": 4}),
            label=NOTES.get(kind, _("Anything else worth keeping?")),
            help_text=_("Only you see it. It goes into no letter by itself."),
            error_messages={"required": _("Write something down.")},
        )

        self.fields["files"] = FilesField(
            required=False,
            label=_("Files"),
            help_text=_("A letter, a receipt, a picture of the screen: PDF, image, e-mail, ZIP."),
        )

    # Fields

    def add_day(self) -> None:
        self.fields["on"] = day_field(
            label=_("On which day?"),
            help_text=_("The day it happened, even if you record it only now."),
            initial=self.today.isoformat(),
        )
        self.fields["at"] = forms.TimeField(
            required=False,
            widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
            label=_("At what time, on your clock?"),
            help_text=_(
                "Only where it was close to midnight: the day counts where they are, and it may "
                "be another day there."
            ),
            error_messages={"invalid": _("Write the time as 23:30.")},
        )

    def add_letter(self) -> None:
        law = self.case.matter().law
        numbers = list(self.posture.letters)
        choices = [
            (
                str(number),
                gettext("No. %(number)s: %(title)s")
                % {"number": number, "title": right_title(law, self.posture.letters[number].kind)},
            )
            for number in numbers
        ]
        self.fields["letter"] = forms.TypedChoiceField(
            choices=choices,
            coerce=int,
            widget=forms.RadioSelect,
            label=_("Which letter?"),
            initial=self._usual_letter(),
            error_messages={"required": _("Choose the letter.")},
        )

    def _usual_letter(self) -> int | None:
        arrivals = self.posture.arrivals
        if self.kind == "sent":
            waiting = [one for one, arrival in arrivals.items() if arrival.sent is None]
        else:
            waiting = [
                one
                for one, arrival in arrivals.items()
                if arrival.sent is not None and not arrival.is_proven
            ]
        return next(reversed([*(list(arrivals)[-1:]), *waiting]), None)

    def add_channel(self) -> None:
        self.fields["channel"] = _radio(CHANNELS.items(), label=_("How did you send it?"))

    def add_evidence(self) -> None:
        self.fields["evidence"] = _radio(
            EVIDENCE.items(),
            label=_("What shows it?"),
            help_text=_("Without something that shows the day, the dates stay provisional."),
        )

    def add_reasons(self) -> None:
        self.fields["reasons"] = _radio(
            YES_NO,
            label=_("Did they say why they need longer?"),
            help_text=_("Many laws allow more time only with reasons."),
        )

    def add_justified(self) -> None:
        self.fields["justified"] = _radio(
            YES_NO_UNSURE,
            required=False,
            label=_("Was there a good reason to ask this?"),
            help_text=_("Where you wrote from your own account, for example, there is little."),
            initial="",
        )

    def add_new_date(self) -> None:
        self.fields["new_date"] = day_field(
            required=False, label=_("Until when?"), help_text=_("Only if they named a day.")
        )

    def add_due(self) -> None:
        self.fields["due"] = day_field(
            label=_("On which day do you want to be reminded?"),
            initial=(self.today + timedelta(days=14)).isoformat(),
        )

    def add_unless_heard(self) -> None:
        self.fields["unless_heard"] = forms.BooleanField(
            required=False,
            initial=True,
            label=_("Only if I have not heard from them by then"),
            help_text=_("The reminder falls away as soon as you record that they wrote."),
        )

    def add_verdict(self) -> None:
        if self.kind == "answered":
            self.contents = answer_contents(self.case.matter().law, self.case.rights)
        choices: list[tuple[str, Any]] = [(key, label) for key, label in VERDICTS.items()]
        if self.contents:
            choices.insert(0, (UNSURE, _("The list below decides")))
        self.fields["verdict"] = _radio(
            choices,
            required=not self.contents,
            initial=UNSURE,
            label=_("What do you make of it?"),
        )
        for content in self.contents:
            answers = [*YES_NO, (UNSURE, _("I am not sure"))]
            if content.sometimes:
                answers.insert(2, (NOT_ME, _("Does not concern me")))
            self.fields[POINT + content.key] = _radio(
                answers, required=False, initial=UNSURE, label=gettext(content.question)
            )

    def add_stalls(self) -> None:
        choices = {
            key: label
            for key, label in (FACTS["stalls"].choices or {}).items()
            if key not in ("no_answer", "incomplete")
        }
        self.fields["stalls"] = forms.MultipleChoiceField(
            required=False,
            choices=list(choices.items()),
            widget=forms.CheckboxSelectMultiple,
            label=_("Do they put you off with something?"),
            help_text=_("The letter that replies takes up each of these."),
        )

    # What was told

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        day = told.get("on")
        if day is not None and day > self.today:
            self.add_error("on", gettext("This day has not come yet."))
        elif day is not None and day < EARLIEST:
            self.add_error("on", gettext("This day is too long ago."))
        due = told.get("due")
        if due is not None and not self.today < due < self.today + FURTHEST:
            self.add_error("due", gettext("Choose a day in the future."))
        return told

    def days(self) -> tuple[date, date]:
        """The day where the duty is, and the later of it and the day where the person is."""
        day: date = self.cleaned_data.get("on") or self.today
        at: time | None = self.cleaned_data.get("at")
        if at is None:
            return day, day
        moment = datetime.combine(day, at, self.user.zone())
        try:
            there = moment.astimezone(zone_of(self.case.place)).date()
        except UnknownZone:
            return day, day
        return there, max(there, day)

    def details(self) -> dict[Detail, object]:
        """What the log keeps, besides the day and the note."""
        told = self.cleaned_data
        found: dict[Detail, object] = {}
        for detail in KINDS[self.kind].asks:
            value = told.get(detail.value)
            if detail in (Detail.REASONS, Detail.JUSTIFIED):
                found[detail] = {YES: True, NO: False}.get(str(value))
            elif detail is Detail.VERDICT:
                found[detail] = self.judged()
            elif detail is Detail.MISSING:
                found[detail] = self.missing() or None
            elif detail is Detail.STALLS:
                found[detail] = self.stalls() or None
            elif isinstance(value, date):
                found[detail] = value.isoformat()
            elif value not in (None, ""):
                found[detail] = value
        return {detail: value for detail, value in found.items() if value is not None}

    def lacking(self) -> list[Content]:
        """The points that the person did not find in the answer."""
        return [one for one in self.contents if self.cleaned_data.get(POINT + one.key) == NO]

    def lacks(self) -> list[str]:
        """The points that are missing, as the letter will name them."""
        names = FACTS["missing"].choices or {}
        return [str(names.get(one.key, gettext(one.question))) for one in self.lacking()]

    def derived(self) -> str:
        """The verdict that follows from the list."""
        return PARTIAL if any(one.owed for one in self.lacking()) else COMPLETE

    def judged(self) -> str:
        """The verdict: what was chosen, else what follows from the list."""
        return str(self.cleaned_data.get("verdict") or self.derived())

    def missing(self) -> list[str]:
        known = FACTS["missing"].choices or {}
        return [one.key for one in self.lacking() if one.key in known]

    def stalls(self) -> list[str]:
        chosen = list(self.cleaned_data.get("stalls") or [])
        if self.lacking() and self.judged() == PARTIAL:
            chosen.append("incomplete")
        return chosen

    # What is wrong

    def complain(self, error: BadFact) -> None:
        """Say beside its field why a fact cannot be."""
        name = error.detail.value if error.detail is not None else "on"
        self.add_error(name if name in self.fields else None, str(error))

    # What is shown

    @property
    def points(self) -> list[tuple[forms.BoundField, Content]]:
        """The questions about an answer, each with what it rests on."""
        return [(self[POINT + content.key], content) for content in self.contents]

    @property
    def plain(self) -> list[forms.BoundField]:
        """Every field but the points of an answer."""
        return [field for field in self if not field.name.startswith(POINT)]

    @property
    def verdicts(self) -> list[tuple[str, Any]]:
        """The verdicts there are, to choose another than the list suggests."""
        return list(VERDICTS.items())

    @property
    def carried(self) -> list[forms.BoundField]:
        """What travels on hidden while the changes are looked at; the verdict can be changed."""
        left = {"files", "verdict"} if self.contents else {"files"}
        return [field for field in self if field.name not in left]


NOTES = {
    "noted": _("Your note"),
    "reminder_set": _("What do you want to be reminded of?"),
    "answered": _("What did they say? In your own words, or theirs"),
}
FIELDS = {
    Detail.LETTER: FactForm.add_letter,
    Detail.CHANNEL: FactForm.add_channel,
    Detail.EVIDENCE: FactForm.add_evidence,
    Detail.REASONS: FactForm.add_reasons,
    Detail.JUSTIFIED: FactForm.add_justified,
    Detail.NEW_DATE: FactForm.add_new_date,
    Detail.DUE: FactForm.add_due,
    Detail.UNLESS_HEARD: FactForm.add_unless_heard,
    Detail.VERDICT: FactForm.add_verdict,
    Detail.STALLS: FactForm.add_stalls,
}


# What it changes ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """A date before and after, with its name."""

    title: str
    before: date | None
    after: date | None

    @property
    def days(self) -> int:
        return (self.after - self.before).days if self.before and self.after else 0

    @property
    def earlier(self) -> int:
        """By how many days it comes sooner."""
        return -self.days


def moved(found: list[Change]) -> list[Moved]:
    """Changes of dates as somebody looks at them, each once though several rights share it."""
    told = [Moved(name_of(one.key), one.before, one.after) for one in found]
    return list(dict.fromkeys(told))


def would_change(form: FactForm) -> tuple[list[Moved], Posture]:
    """The dates that recording would move, and where the case would stand. Raises BadFact."""
    on, arguably_on = form.days()
    after = actions.preview(
        form.case, form.kind, on=on, details=form.details(), arguably_on=arguably_on
    )
    return moved(actions.changes(form.posture, after)), after


def stage_changes(before: Posture, after: Posture) -> Mapping[str, Stage]:
    """The stage before and after; empty where it stays."""
    if before.stage == after.stage:
        return {}
    return {"before": before.stage, "after": after.stage}
