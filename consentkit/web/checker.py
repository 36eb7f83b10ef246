"""What a company wrote back, held against the law: the questions of the page, and their answer.

Nothing is stored. What somebody types is read, judged and forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from babel.dates import format_date
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.law.applicability import Situation, State, assess
from consentkit.law.events import History
from consentkit.law.holidays import known_places
from consentkit.law.lawfulness import (
    SAYINGS,
    Answer,
    Claim,
    NoRuling,
    Ruling,
    Said,
    judge,
    recognise,
)
from consentkit.law.procedure import Deadline
from consentkit.law.statutes import LAWS
from consentkit.law.vocabulary import Law, Right
from consentkit.letters.explain import Written, sentence
from consentkit.letters.texts import kinds
from consentkit.web.forms import LINE, day_field, right_field
from consentkit.web.wizard.dates import TITLES, Line, arrival, due_for
from consentkit.web.wizard.places import countries
from consentkit.web.wizard.rights import rights_to_tell_apart, usual_right

EARLIEST, AHEAD = date(2010, 1, 1), 3660

# Whose holidays count where nobody says where the company sits.
SEATS = {"eu-gdpr": "IE", "uk-gdpr": "GB", "ch-fadp": "CH", "au-privacy": "AU"}

VERDICTS: dict[Answer, str | Promise] = {
    Answer.LAWFUL: _("Yes, that is lawful."),
    Answer.UNLAWFUL: _("No, that is not lawful."),
    Answer.DEPENDS: _("It depends."),
}


def laws_to_choose() -> list[tuple[str, str]]:
    """The laws whose rights are written down, each with the name people know it by."""
    return [
        (law.key, f"{gettext(law.title)} ({gettext(law.short_title)})")
        for law in LAWS.values()
        if law.rights
    ]


class CheckForm(forms.Form):
    """Which law and right, when, and what they said.

    The right is asked for once the law is known, where its dates differ from right to right.
    """

    use_required_attribute = False

    country = forms.ChoiceField(
        required=False,
        label=_("In which country do you live?"),
        help_text=_("We find the law by it. In the United States, choose the law below."),
        error_messages={"invalid_choice": _("Choose a country from the list.")},
    )
    law = forms.ChoiceField(
        required=False,
        label=_("Under which law did you write?"),
        help_text=_("Your letter names it. Leave it open where your country has only one."),
        error_messages={"invalid_choice": _("Choose a law from the list.")},
    )
    seat = forms.ChoiceField(
        required=False,
        label=_("In which country is the company?"),
        help_text=_("Its public holidays count. Your letter is addressed to that country."),
        error_messages={"invalid_choice": _("Choose a country from the list.")},
    )
    received = day_field(
        label=_("On which day did your letter reach them?"),
        help_text=_("The time runs from that day."),
    )
    words = forms.CharField(
        required=False,
        max_length=20 * LINE,
        widget=forms.Textarea({"rows": 3}),
        label=_("What did they write?"),
        help_text=_(
            "Copy the sentence here, in English or German, and we try to recognise it. Names are "
            "not needed. Or choose below."
        ),
    )
    claim = forms.ChoiceField(
        required=False,
        widget=forms.RadioSelect,
        label=_("Or choose what comes closest"),
        error_messages={"invalid_choice": _("Choose one from the list.")},
    )
    said_on = day_field(
        required=False,
        label=_("On which day did they say so?"),
        help_text=_("The day on which you got their message. Needed if they want more time."),
    )
    until = day_field(
        required=False,
        label=_("Until when do they want to take?"),
        help_text=_("Only if they named a day."),
    )
    reasons = forms.BooleanField(
        required=False,
        label=_("They said why they need more time"),
        help_text=_("Many laws allow more time only with reasons."),
    )
    authenticated = forms.BooleanField(
        required=False,
        label=_("I wrote from my account, or from the e-mail address of my account"),
        help_text=_("Then there is little reason to ask who you are."),
    )

    def __init__(self, *answers: Any, today: date) -> None:
        super().__init__(*answers)
        self.today = today
        homes = countries()
        self._choices("country", [("", _("I would rather not say")), *homes])
        self._choices("law", [("", _("I do not know")), *laws_to_choose()])
        with_calendar = known_places()
        seats = [(code, name) for code, name in homes if code in with_calendar]
        self._choices("seat", [("", _("I do not know")), *seats])
        self._choices("claim", [(claim.value, gettext(said)) for claim, said in SAYINGS.items()])
        self.written_under = law = self._find_law()
        rights = rights_to_tell_apart(law, self.place(law)) if law else ()
        if rights:
            self.fields["right"] = right_field(
                rights, required=True, label=_("Which right did you use?")
            )
            names = list(self.fields)
            names.insert(names.index("law") + 1, names.pop())
            self.order_fields(names)

    def place(self, law: Law) -> str:
        """Whose holidays count."""
        seat = self.data.get("seat", "")
        known = seat if seat in known_places() else ""
        return law.only_place or known or SEATS.get(law.key) or min(law.protects)

    def _find_law(self) -> Law | None:
        """The law that was chosen, or the one that protects people in the country."""
        key, country = self.data.get("law", ""), self.data.get("country", "")
        if key:
            law = LAWS.get(key)
            return law if law and law.rights else None
        verdicts = assess(Situation(residence=country, on=self.today)) if country else []
        return next(
            (
                verdict.law
                for verdict in verdicts
                if verdict.state is State.APPLIES and verdict.law.rights
            ),
            None,
        )

    def _choices(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        self._check_days(told)
        told["law"] = self.written_under
        if self.written_under is None and "law" not in self.errors:
            self._complain(
                "law",
                gettext("Choose the law: we cannot tell it from the country where you live."),
            )
        told["claims"] = self._claims(told)
        if told["claims"][:1] == [Claim.EXTENSION] and not told.get("said_on"):
            self._complain("said_on", gettext("Write down the day on which they said so."))
        return told

    def _check_days(self, told: dict[str, Any]) -> None:
        for name in ("received", "said_on", "until"):
            day = told.get(name)
            if day and (day < EARLIEST or (day - self.today).days > AHEAD):
                self._complain(name, gettext("Choose a day within the last years."))
                return
        received, said_on = told.get("received"), told.get("said_on")
        if received and said_on and said_on < received:
            self._complain(
                "said_on", gettext("This day is before the day on which your letter reached them.")
            )

    def _claims(self, told: dict[str, Any]) -> list[Claim]:
        if told.get("claim"):
            return [Claim(told["claim"])]
        found = recognise(told.get("words", ""))
        if not found and told.get("words"):
            self._complain(
                "claim", gettext("We did not recognise this sentence. Choose what comes closest.")
            )
        elif not found:
            self._complain(
                "claim", gettext("Write down what they said, or choose what comes closest.")
            )
        return found

    def _complain(self, name: str, message: str) -> None:
        if name not in self.errors:
            self.add_error(name, message)


@dataclass(frozen=True)
class Finding:
    """The answer to what was asked, in the reader's words.

    ``ruling`` is None where our sources say nothing about such a claim.
    """

    law: Law
    right: Right
    claim: Claim
    others: tuple[Claim, ...]
    place: str
    received: date
    country: str
    right_matters: bool
    ruling: Ruling | None
    stands: Deadline | None
    written: Written

    @property
    def saying(self) -> str:
        return gettext(SAYINGS[self.claim])

    @property
    def other_sayings(self) -> list[tuple[str, str]]:
        """What else the sentence may have said, to be looked at by itself."""
        return [(claim.value, gettext(SAYINGS[claim])) for claim in self.others]

    @property
    def verdict(self) -> str:
        if self.ruling is None:
            return gettext("We do not know.")
        return str(VERDICTS[self.ruling.answer])

    @property
    def kind(self) -> str:
        """The class of the notice."""
        kinds = {Answer.LAWFUL: "good", Answer.UNLAWFUL: "error", Answer.DEPENDS: "warn"}
        return "info" if self.ruling is None else kinds[self.ruling.answer]

    @property
    def reason(self) -> str:
        if self.ruling is None:
            return gettext("Our sources say nothing about such an answer under this law.")
        values = {
            name: self.written(value) if isinstance(value, date) else value
            for name, value in (self.ruling.values or {}).items()
        }
        text = gettext(self.ruling.reason)
        return text % values if values else text

    @property
    def due(self) -> str:
        return self.written(self.stands.due) if self.stands and self.stands.due else ""

    @property
    def owed(self) -> str:
        """What is due on the date that stands."""
        return str(TITLES[self.stands.duty.key]) if self.stands else ""

    @property
    def counted_for(self) -> str:
        """The right that was counted for; empty where it makes no difference."""
        return gettext(self.right.title) if self.right_matters else ""

    @cached_property
    def lines(self) -> list[Line]:
        """How the date that stands was counted."""
        steps = self.stands.steps if self.stands else ()
        return [Line(sentence(step, self.written), step.citation) for step in steps]

    @property
    def reply(self) -> dict[str, str]:
        """The answers with which the letter begins that replies to this; empty where none does."""
        if self.ruling is None or not self.ruling.stall or "rebuttal" not in kinds(self.law.key):
            return {}
        home = self.law.only_place or self.country
        country, _, region = home.partition("-")
        answers = {
            "country": country,
            "region": region,
            "want": "again",
            "law": self.law.key,
            "kind": "rebuttal",
            "fact-stalls": self.ruling.stall,
            "fact-received_on": self.received.isoformat(),
            "used_right": self.right.key if self.right_matters else "",
        }
        return {name: value for name, value in answers.items() if value}


def find(form: CheckForm, locale: Any) -> Finding:
    """Judge what a valid form tells."""
    told = form.cleaned_data
    law: Law = told["law"]
    claim, *others = told["claims"]
    received: date = told["received"]
    place = form.place(law)
    facts = {"requester_authenticated": told["authenticated"]}
    said_on = told["said_on"] or received
    said = Said(claim, said_on, reasons=told["reasons"], until=told["until"])
    right = told.get("right") or usual_right(law)
    history = History(arrival(law, (right,), received, facts))
    try:
        ruling = judge(law, right, place, history, facts, said)
    except NoRuling:
        ruling = None
    stands = ruling.stands if ruling else None
    return Finding(
        law=law,
        right=law.right(right),
        claim=claim,
        others=tuple(others),
        place=place,
        received=received,
        country=told["country"],
        right_matters="right" in form.fields,
        ruling=ruling,
        stands=stands or due_for(law, right, place, received, facts),
        written=lambda day: format_date(day, "full", locale=locale),
    )
