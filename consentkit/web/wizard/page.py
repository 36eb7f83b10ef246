"""The page as its templates need it: its sections, their summaries, what is carried along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from babel.dates import format_date
from django import forms
from django.forms.boundfield import BoundField, BoundWidget
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.correspondence.postal import SERVICES
from consentkit.law import children
from consentkit.law.applicability import State, Verdict
from consentkit.law.events import EventKind
from consentkit.law.settlements import Reply, bearing
from consentkit.law.statutes import LAWS
from consentkit.law.vocabulary import Enforcer, Law, Signpost
from consentkit.letters.role import arrival_of
from consentkit.letters.signature import path
from consentkit.platforms.authorities import Authority, authorities_of
from consentkit.platforms.records import EntityRecord, NoAddressee
from consentkit.platforms.search import search
from consentkit.templatetags.reading import place_name as name_of
from consentkit.templatetags.reading import reader_locale
from consentkit.web.forms import (
    PIECES,
    DetailsForm,
    LawForm,
    SectionForm,
    Tile,
    WhomForm,
)

from . import dates, sending
from .answers import Answers
from .concerns import BIPA, CONCERNS, CUBI
from .letter import TEXT, WAS, fingerprint
from .places import place_name
from .warnings import ABOUT_DOCUMENTS, ABOUT_SOCIAL_SECURITY, warning

HEADINGS: dict[str, str | Promise] = {
    "home": _("Where do you live?"),
    "want": _("What do you want?"),
    "whom": _("Whom do you write to?"),
    "law": _("Which law helps you?"),
    "details": _("Your details"),
    "send": _("Send it"),
}

# What somebody can do who hears nothing. Nobody is told to sue who cannot.
SILENCE: dict[Enforcer, str | Promise] = {
    Enforcer.PERSON: _(
        "Wait until the day after which they are late. Then you can complain to an authority, "
        "which costs nothing, or go to court."
    ),
    Enforcer.AUTHORITY: _(
        "Wait until the day after which they are late. Then you can complain to the authority, "
        "which costs nothing. You cannot go to court yourself."
    ),
    Enforcer.ATTORNEY_GENERAL: _(
        "Wait until the day after which they are late. Then you can appeal to the company, where "
        "the law knows an appeal, and write to the attorney general of your state. You cannot go "
        "to court yourself."
    ),
}
SILENCE_UNDER: dict[str, str | Promise] = {
    BIPA: _(
        "The law sets no date for an answer to this letter, so silence alone breaks no rule. It is "
        "a good moment to show the letter and the proof of its arrival to a lawyer: the time for "
        "going to court is limited."
    ),
    CUBI: _(
        "The law sets no date for an answer to this letter, so silence alone breaks no rule. You "
        "can write to the attorney general of Texas, who alone can enforce this law."
    ),
}

# The letter itself is the sixth.
NUMBERS = {"home": 1, "want": 2, "whom": 3, "law": 4, "details": 5, "send": 7}

# Answers that a section's form does not have when it is not shown, and that must not get lost.
ANSWER = re.compile(
    "(country|region|campaign|want|q|platform|other_(name|address|email|form|country)|child_age|law|kind|"
    "in_class|opted_out|fact-[a-z_]+|used_right|counted_for|proposed_for|handle|account_email|"
    f"matter|email|name|way|address|language|paper|piece|machine_readable|arrives|strokes|({TEXT}|{WAS})[a-z0-9._-]+)"
)
FOUND = 8
OPTIONAL = {
    *("email", "other_address", "other_email", "other_form", "other_country", "used_right"),
    "fact-authority_address",
}
REDRAWING = {
    *("fact-relation", "fact-acts_as", "child_age"),
    *("kind", "in_class", "opted_out", "used_right", "fact-received_on"),
}
TYPED_IN = (forms.TextInput, forms.EmailInput, forms.Textarea, forms.DateInput)
SHORT = {"child_age", "in_class", "opted_out", "fact-reply_within_days"}


@dataclass(frozen=True)
class Shown:
    """A field as the page shows it. ``caution`` is said where somebody typed too much."""

    field: BoundField
    caution: str = ""
    optional: bool = False
    row: bool = False  # whether the choices are short enough to stand beside each other


@dataclass
class Section:
    """One section as the page shows it."""

    key: str
    number: int
    heading: str | Promise
    form: SectionForm
    open: bool
    summary: str

    @property
    def template(self) -> str:
        return f"web/letter/_{self.key}.html"

    @cached_property
    def fields(self) -> dict[str, Shown]:
        """The fields by name, made to bring the page up to date when they change."""
        _make_live(self.form)
        return {name: self._shown(name) for name in self.form.fields}

    def _shown(self, name: str) -> Shown:
        bound = self.form[name]
        value = bound.value()
        return Shown(
            bound,
            caution=warning(value) if isinstance(value, str) and name != "strokes" else "",
            optional=name in OPTIONAL and (name != "email" or "handle" in self.form.fields),
            row=name in SHORT,
        )

    def relation(self) -> Shown:
        """How one knows the company."""
        return self.fields["fact-relation"]

    def on_behalf(self) -> list[Shown]:
        """For whom one writes, and how old a child is where that matters."""
        return [self.fields[name] for name in ("fact-acts_as", "child_age") if name in self.fields]

    def is_on_behalf(self) -> bool:
        """Whether one writes for somebody else."""
        return str(self.form["fact-acts_as"].value()) != "self"

    def core(self) -> list[Shown]:
        """What the letter needs."""
        assert isinstance(self.form, DetailsForm)
        return [self.fields[name] for name in self.form.core]

    def more(self) -> list[Shown]:
        """What the letter can use besides."""
        assert isinstance(self.form, DetailsForm)
        return [self.fields[name] for name in self.form.more]

    def more_is_used(self) -> bool:
        """Whether somebody said something there, or something wrong."""
        return any(
            shown.field.errors or _text(shown.field.value()) != _text(shown.field.initial)
            for shown in self.more()
        )


class Page:
    """What the templates show of the answers. ``trouble`` is why a file could not be made."""

    def __init__(self, answers: Answers, request: HttpRequest, trouble: str = "") -> None:
        self.answers = answers
        self.trouble = trouble
        self.locale = reader_locale(request)
        self.fresh = request.method != "POST"
        self.moved = "done" in answers.posted or answers.everything
        self.sections = [
            Section(
                key=key,
                number=NUMBERS[key],
                heading=HEADINGS[key],
                form=answers.forms[key],
                open=key == answers.open,
                summary=self._summary(key),
            )
            for key in answers.shown
        ]
        self.last = self.sections[-1].key
        self.errors = [
            (section.form[name], error)
            for section in self.sections
            if section.open and section.form.strict
            for name in section.form.fields
            for error in section.form.errors.get(name, [])
        ]

    caution_social_security = ABOUT_SOCIAL_SECURITY
    caution_document = ABOUT_DOCUMENTS

    def written(self, day: date) -> str:
        """A day with its weekday, as the reader writes it."""
        return format_date(day, "full", locale=self.locale)

    def _summary(self, key: str) -> str:
        answers = self.answers
        if not answers.forms[key].complete:
            return ""
        match key:
            case "home":
                return place_name(answers.residence)
            case "want":
                return str(answers.concern.label)
            case "whom":
                return answers.platform.name
            case "law":
                title = dict(self.kinds())[answers.kind]
                return gettext("%(law)s: %(letter)s") % {
                    "law": answers.law.short_title,
                    "letter": title,
                }
            case "details":
                told = answers.details.checked
                way = dict(answers.details.ways)[told["way"]]
                named = told.get("handle") or told.get("account_email") or told.get("name", "")
                return f"{named} · {way}"
        return ""

    # What travels along unseen -----------------------------------------------------------------

    def carried(self) -> Iterator[tuple[str, str]]:
        """Answers that no visible field holds, so that they are there when they are needed."""
        posted = self.answers.posted
        visible = {name for section in self.sections for name in section.form.fields}
        if self.answers.has_letter:
            visible.add("language")
            for piece in self.answers.sheet.pieces:
                visible |= {TEXT + piece.name, WAS + piece.name}
        for name in posted:
            if not ANSWER.fullmatch(name) or name in visible or self._is_unedited(name):
                continue
            for value in posted.getlist(name):
                yield name, value
        for name in dict.fromkeys(posted.getlist("asked")):
            if ANSWER.fullmatch(name) and name not in visible:
                yield "asked", name
        out = self.answers.sheet.out if self.answers.has_letter else posted.getlist("out")
        for name in out:
            yield "out", name

    def _is_unedited(self, name: str) -> bool:
        """Whether a field is a paragraph of another letter that nobody has changed."""
        bare = name.removeprefix(TEXT).removeprefix(WAS)
        posted = self.answers.posted
        return bare != name and fingerprint(posted.get(TEXT + bare, "")) == posted.get(WAS + bare)

    # What --------------------------------------------------------------------------------------

    def common_wishes(self) -> list[BoundWidget]:
        return [wish for wish in self._wishes() if CONCERNS[wish.data["value"]].common]

    def rare_wishes(self) -> list[BoundWidget]:
        return [wish for wish in self._wishes() if not CONCERNS[wish.data["value"]].common]

    def has_rare_wish(self) -> bool:
        return any(wish.data["selected"] for wish in self.rare_wishes())

    def _wishes(self) -> list[BoundWidget]:
        return list(self.answers.forms["want"]["want"])

    # Whom --------------------------------------------------------------------------------------

    def companies(self) -> list[dict[str, Any]]:
        """The companies to choose from: the chosen one first, then what the search finds."""
        form = self.answers.forms["whom"]
        wanted = form["q"].value() or ""
        chosen = form["platform"].value() or ""
        found = [] if not wanted.strip() else search(wanted, FOUND)
        rows = [
            {
                "slug": one.slug,
                "name": one.name,
                "owner": one.owner or "",
                "chosen": one.slug == chosen,
            }
            for one in found
        ]
        one = getattr(self.answers, "platform", None)  # there is none until one was chosen
        if one and one.slug == chosen and one.slug not in [row["slug"] for row in rows]:
            row = {"slug": one.slug, "name": one.name, "owner": one.owner or "", "chosen": True}
            rows.insert(0, row)
        return rows

    def is_unlisted(self) -> bool:
        form = self.answers.forms["whom"]
        assert isinstance(form, WhomForm)
        return form.unlisted

    def addressees(self) -> tuple[EntityRecord, ...]:
        """The companies that the letter goes to, as far as that is known."""
        answers = self.answers
        if not answers.whom.names_company:
            return ()
        since = answers.details.facts().get("since") if "details" in answers.forms else None
        try:
            return answers.platform.addressees(
                answers.residence, answers.today, since if isinstance(since, date) else None
            )
        except NoAddressee:
            return answers.entities

    # Which law ---------------------------------------------------------------------------------

    def laws(self) -> list[dict[str, Any]]:
        """The laws that apply or may, each with the reason, and whether we write letters for it."""
        return [self._law(verdict) for verdict in self.answers.verdicts if _fits(verdict)]

    def other_laws(self) -> list[dict[str, Any]]:
        """The laws that a person might expect, and why they do not help."""
        return [self._law(verdict) for verdict in self.answers.verdicts if not _fits(verdict)]

    def _law(self, verdict: Verdict) -> dict[str, Any]:
        form = self.answers.forms["law"]
        assert isinstance(form, LawForm)
        return {
            "key": verdict.law.key,
            "law": verdict.law,
            "reason": self._reason(verdict),
            "citation": verdict.citation,
            "choosable": verdict.law.key in form.letters,
            "chosen": form["law"].value() == verdict.law.key,
            "usable": bool(verdict.law.rights),
            "maybe": verdict.state is State.DEPENDS_ON,
            "depends_on": _depends_on(verdict),
            "of_children": self._of_children(verdict.law),
            "note": self.answers.concern.notes.get(verdict.law.key, ""),
        }

    def _of_children(self, law: Law) -> dict[str, str] | None:
        """What a law says of the child that it is about."""
        under = self.answers.whom.child_under
        note = None if under is None else children.note(law.key, self.answers.residence, under)
        if note is None:
            return None
        return {
            "text": gettext(note.text) % {"age": note.age},
            "citation": gettext(note.citation),
        }

    def _reason(self, verdict: Verdict) -> str:
        """Why a law protects this person or not, in the reader's words."""
        values = dict(verdict.values)
        if "place" in values:
            values["place"] = name_of(min(verdict.law.protects))
        if "threshold" in values:
            values["threshold"] = gettext(values["threshold"])
        if "day" in values:
            day = date.fromisoformat(values["day"])
            values["day"] = format_date(day, "long", locale=self.locale)
        return gettext(verdict.reason) % values if values else gettext(verdict.reason)

    def has_choice(self) -> bool:
        """Whether there is a letter to choose at all."""
        form = self.answers.forms["law"]
        assert isinstance(form, LawForm)
        return bool(form.letters)

    def has_unwritten(self) -> bool:
        """Whether a law fits under which there is no letter for this wish."""
        return any(not one["choosable"] for one in self.laws())

    def kinds(self) -> list[tuple[str, Tile]]:
        """The letters to choose from under the chosen law."""
        form = self.answers.forms["law"]
        assert isinstance(form, LawForm)
        return form.letters.get(str(form["law"].value()), [])

    def law_note(self) -> str | Promise:
        """What the chosen law does not give, although the wish sounds like it."""
        return self.answers.concern.notes.get(str(self.answers.forms["law"]["law"].value()), "")

    def signposts(self) -> list[Signpost]:
        """Where this wish is taken up otherwise than by a letter, under the chosen law."""
        key = str(self.answers.forms["law"]["law"].value())
        found = (
            LAWS[key].right(right).instead for right in self.answers.concern.signposts.get(key, ())
        )
        return [one for one in found if one is not None]

    def is_biometric(self) -> bool:
        return str(self.answers.forms["law"]["law"].value()) == BIPA

    def settlement(self) -> dict[str, Any] | None:
        """The settlement that may matter, and what it means after what was answered."""
        form = self.answers.forms["law"]
        assert isinstance(form, LawForm)
        if form.settlement is None:
            return None
        in_class, opted_out = _reply(form, "in_class"), _reply(form, "opted_out")
        return {
            "settlement": form.settlement,
            "ask_opt_out": in_class in (Reply.YES, Reply.UNSURE),
            "bearing": bearing(in_class, opted_out) if in_class else None,
        }

    # Sending -----------------------------------------------------------------------------------

    def authority_text(self) -> str:
        """The letter to an authority, to be copied."""
        draft = self.answers.sheet.draft
        return f"{draft.subject}\n\n{draft.body()}"

    def signature(self) -> str:
        """The drawn signature, as the data of an SVG path."""
        return path(self.answers.sheet.draft.strokes)

    def way(self) -> str:
        way: str = self.answers.details.checked.get("way", "post")
        return way

    def mails(self) -> list[sending.Mail]:
        return sending.mails(self.answers.sheet.draft)

    def web_forms(self) -> list[EntityRecord]:
        return sending.web_forms(self.answers.sheet.draft)

    def form_texts(self) -> list[sending.FormText]:
        size = self.answers.forms["send"].checked.get("piece") or int(PIECES[1][0])
        return sending.form_texts(self.answers.sheet.draft, size)

    def postal_service(self) -> str | Promise:
        """What registered mail is called where the person lives."""
        return SERVICES.get(self.answers.residence.split("-")[0], "")

    # Dates -------------------------------------------------------------------------------------

    def arrives(self) -> date | None:
        day: date | None = self.answers.forms["send"].checked.get("arrives")
        return day

    def dates(self) -> list[dates.Row]:
        """What follows if the letter arrives on the day that was named."""
        answers = self.answers
        arrives, place = self.arrives(), answers.place
        if arrives is None or place is None:
            return []
        return dates.rows(
            answers.law,
            answers.sheet.draft.rights,
            place,
            arrives,
            answers.details.facts(),
            self.written,
            self.starts(),
        )

    def starts(self) -> EventKind | None:
        """What the arrival of the letter is to the law."""
        return arrival_of(self.answers.law.key, self.answers.kind)

    def authorities(self) -> list[Authority]:
        """The authorities to complain to."""
        return authorities_of(self.answers.residence)

    def silence(self) -> str | Promise:
        """What somebody can do who hears nothing."""
        law = self.answers.law
        if law.key in SILENCE_UNDER:
            return SILENCE_UNDER[law.key]
        return SILENCE[law.enforcer]

    # Files -------------------------------------------------------------------------------------

    def file_name(self, kind: str, ending: str, *more: str) -> str:
        """A name without anything of the person: ``letter-tiktok-bipa.pdf``."""
        answers = self.answers
        company = answers.platform.slug or "company"
        parts = [kind, company, slugify(answers.law.short_title), *map(slugify, more)]
        return f"{'-'.join(parts)}.{ending}"


# Fields that change one part of the page, and no field in it.
PARTS = {"country": "#region", "piece": "#form-texts", "arrives": "#due"}


def _make_live(form: SectionForm) -> None:
    """Have the fields tell the server when they change, where script runs.

    A choice can change what else is asked, so the whole page is drawn anew. A text goes into the
    letter only: its field is left alone, because somebody may be typing in it. So is a long list,
    in which people find their way by typing.
    """
    post = {"hx-post": reverse("letter")}
    for name, field in form.fields.items():
        attributes = field.widget.attrs
        if name in PARTS:
            part = PARTS[name]
            attributes |= {
                **post,
                "hx-trigger": "change",
                "hx-target": part,
                "hx-select": part,
                "hx-swap": "outerHTML",
            }
            if name != "country":
                attributes["hx-select-oob"] = f"#note-{name}"
        elif name in REDRAWING or (
            isinstance(form, DetailsForm) and not isinstance(field.widget, TYPED_IN)
        ):
            attributes |= {**post, "hx-trigger": "change"}
        elif isinstance(form, DetailsForm):
            attributes |= {
                **post,
                "hx-trigger": "input changed delay:500ms",
                "hx-target": "#sheet",
                "hx-select": "#sheet",
                "hx-swap": "outerHTML",
                "hx-select-oob": f"#sending,#note-{name}",
            }


def _text(value: object) -> str:
    """A field's value as a browser sends it, to compare what was said with what was offered."""
    if value in (None, False, "", [], ()):
        return ""
    if isinstance(value, (list, tuple)):
        return " ".join(str(one) for one in value)
    return "True" if value == "on" else str(value)


def _fits(verdict: Verdict) -> bool:
    return verdict.state is not State.DOES_NOT_APPLY


def _depends_on(verdict: Verdict) -> str:
    """What it depends on whether a law protects this person."""
    if verdict.state is not State.DEPENDS_ON:
        return ""
    if verdict.law.threshold:
        return gettext("depends on the size of the company")
    return gettext("depends on where the company handles your data")


def _reply(form: SectionForm, name: str) -> Reply | None:
    value = form[name].value()
    return Reply(value) if value in list(Reply) else None
