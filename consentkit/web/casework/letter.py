"""A letter of a case in the making: its facts from the log, its words as the person has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case
from consentkit.letters.compose import MissingFact, compose
from consentkit.letters.follow_up import next_steps, request_for
from consentkit.letters.house import House
from consentkit.letters.house_texts import house_of
from consentkit.letters.models import Letter
from consentkit.letters.request import LetterRequest
from consentkit.letters.texts import languages, text_of
from consentkit.web.forms import PAPERS, DetailsForm, data_field
from consentkit.web.papers import PAPERS_WHY
from consentkit.web.wizard.house import choose
from consentkit.web.wizard.letter import TEXT, WAS, Sheet, sheet, title_of
from consentkit.web.wizard.page import Shown
from consentkit.web.wizard.warnings import warning

# Who somebody is to the company, and for whom they write: the first letter has said it.
KNOWN_BEFORE = frozenset({"relation", "acts_as", "consumer_since_child"})


# What a person decides for each letter, even where the log has an idea.
DECIDED_ANEW = ("stalls", "missing", "why_wrong", "remedy", "claim")
ALWAYS_SHOWN = frozenset({"fact-stalls", "fact-missing"})


def _counted_by_the_log(received: date, used: str) -> None:
    """No date is put in while somebody types: the log has counted already."""


class LetterForm(DetailsForm):
    """What a letter of a case needs. Who writes is known from the first letter."""

    def __init__(self, posted: QueryDict, *, strict: bool, request: LetterRequest) -> None:
        self.request = request
        text = text_of(request.law, request.right, request.language)
        super().__init__(
            posted,
            strict=strict,
            needs=text.needs,
            asks=text.asks,
            known=request.facts,
            told={key: value for key, value in request.facts.items() if key in KNOWN_BEFORE},
            ways=[],
            rights=(),
            counted=_counted_by_the_log,
        )

    def build(self) -> None:
        """Ask first for what the log does not know; what it knows can be looked at and changed."""
        super().build()
        known = {f"fact-{key}" for key, value in self.known.items() if value not in (None, "", [])}
        asked = [f"fact-{key}" for key in (*self.needs, *DECIDED_ANEW)]
        first = {name for name in asked if name not in known or name in ALWAYS_SHOWN}
        for name in ("counted_for", "proposed_for"):
            self.fields.pop(name, None)
        self.core = [name for name in self.fields if name in first]
        self.more = [name for name in self.fields if name not in first]

    def add_contact(self, stranger: bool) -> None:
        sender = self.request.sender
        self.fields["name"] = forms.CharField(
            max_length=200, label=_("Your name"), initial=sender.name
        )
        self.fields["email"] = forms.EmailField(
            required=False, label=_("E-mail address for the answer"), initial=sender.email
        )
        self.fields["address"] = forms.CharField(
            required=False,
            max_length=1000,
            widget=forms.Textarea({"rows": 3}),
            label=_("Your postal address"),
            help_text=_("It stands on the letter, so that the answer can come by post."),
            initial="\n".join(sender.address),
        )
        self.fields["paper"] = forms.ChoiceField(
            choices=PAPERS,
            widget=forms.RadioSelect,
            label=_("Paper and envelope"),
            help_text=PAPERS_WHY,
            error_messages={"invalid_choice": _("Choose a paper and envelope.")},
            initial=self.request.paper,
        )
        self.fields["machine_readable"] = data_field(self.request.machine_readable)

    def count(self) -> None:
        """The log has counted already."""

    def letter_request(self) -> LetterRequest:
        """The request with what the form says."""
        told = self.checked
        address = told.get("address", "").splitlines()
        sender = replace(
            self.request.sender,
            name=told.get("name", ""),
            email=told.get("email", ""),
            address=tuple(line.strip() for line in address if line.strip()),
        )
        paper = told.get("paper") or self.request.paper
        return replace(
            self.request,
            sender=sender,
            facts=self.facts(),
            paper=paper,
            machine_readable=told.get("machine_readable", True),
        )


class LetterPage:
    """The page on which a letter of a case is made or changed."""

    def __init__(
        self,
        case: Case,
        base: LetterRequest,
        posted: QueryDict,
        *,
        strict: bool,
        kept: House | None = None,
    ) -> None:
        self.case = case
        wanted = posted.get("language", "")
        self.languages = languages(base.law, base.right)
        if wanted in self.languages and wanted != base.language:
            base = replace(base, language=wanted)
            if kept:
                kept = None  # its texts are in the other language
        now = house_of(case, kind=base.right, language=base.language)
        self.house = choose(posted, now=now, kept=kept)
        base = replace(base, house=self.house.house)
        self.posted = posted
        self.form = LetterForm(posted, strict=strict, request=base)
        self.form.full_clean()
        self._find_gaps()

    def _find_gaps(self) -> None:
        try:
            compose(self.form.letter_request())
        except MissingFact as error:
            for fact in error.facts:
                name = fact.removeprefix("facts.").removeprefix("sender.")
                field = name if name in self.form.fields else f"fact-{name}"
                self.form.ask(field, _("The letter needs this."))

    @property
    def is_complete(self) -> bool:
        return self.form.complete

    @cached_property
    def sheet(self) -> Sheet:
        """The letter with the person's own edits."""
        return sheet(self.form.letter_request(), self.posted)

    @property
    def title(self) -> Any:
        return title_of(self.form.request.law, self.form.request.right)

    def core(self) -> list[Shown]:
        """What the letter needs."""
        return [self._shown(name) for name in self.form.core]

    def more(self) -> list[Shown]:
        """What it can use besides."""
        return [self._shown(name) for name in self.form.more]

    def more_is_wrong(self) -> bool:
        """Whether something in the second part needs a look, so that it must not be folded away."""
        return any(name in self.form.errors for name in self.form.more)

    def errors(self) -> list[tuple[Any, str]]:
        """What is wrong, with the field it stands beside."""
        return [
            (self.form[name], str(error))
            for name in self.form.fields
            for error in self.form.errors.get(name, [])
        ]

    @property
    def error_summary(self) -> dict[str, Any]:
        """The errors as the summary above the form lists them."""
        return {"errors": self.errors()}

    def out(self) -> tuple[str, ...]:
        """The paragraphs that are left out, to be carried along."""
        return self.sheet.out

    def _shown(self, name: str) -> Shown:
        bound = self.form[name]
        value = bound.value()
        return Shown(
            bound,
            caution=warning(value) if isinstance(value, str) else "",
            optional=not bound.field.required and bound.widget_type not in ("checkbox",),
            row=False,
        )


def new_letter(
    case: Case, kind: str, posted: QueryDict, *, today: date, strict: bool
) -> LetterPage:
    """The page of a letter that is still to be made, with what the log knows filled in."""
    posture = case.posture()
    told: Mapping[str, object] = next(
        (step.facts for step in next_steps(case, posture, today) if step.letter == kind), {}
    )
    base = request_for(case, posture, kind, today=today, told=told)
    return LetterPage(case, base, posted, strict=strict)


def draft_page(letter: Letter, posted: QueryDict | None, *, strict: bool) -> LetterPage:
    """The page of a draft. Without ``posted`` it shows the draft as it is."""
    base = letter.letter_request()
    answers = posted if posted is not None else _as_answers(base)
    return LetterPage(letter.case, base, answers, strict=strict, kept=base.house)


def _as_answers(request: LetterRequest) -> QueryDict:
    """The edits of a letter as a form would send them."""
    answers = QueryDict(mutable=True)
    scope = f"{request.law}.{request.right}.{request.language}"
    for key, text in request.edits.items():
        name = f"{scope}.{key}"
        if text is None:
            answers.appendlist("out", name)
        else:
            answers[TEXT + name], answers[WAS + name] = text, "-"
    return answers
