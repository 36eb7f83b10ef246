"""What people may type, checked. One form a section; all of them read the same answers.

A section that somebody has only begun is not scolded for what is still empty: unless a form is
``strict``, it keeps quiet about missing answers, and ``complete`` says whether any are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.law.children import OF_AGE, Band
from consentkit.law.settlements import Reply, Settlement
from consentkit.law.vocabulary import Right
from consentkit.letters import signature
from consentkit.letters.envelope import LAYOUTS
from consentkit.letters.facts import FACTS, WITHOUT_ACCOUNT, Fact, Kind
from consentkit.web.papers import NAMES, PAPERS_WHY, picture
from consentkit.web.wizard.concerns import CONCERNS
from consentkit.web.wizard.places import REGION_LABELS, REGION_WHYS, REQUIRED, countries, regions

LINE, TEXT = 300, 20_000
EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True)
class Tile:
    """The label of a choice with a line below it."""

    text: str | Promise
    hint: str | Promise = ""
    lang: str = ""  # where it is not the page's own
    picture: str = ""  # as SVG of ours

    def __str__(self) -> str:
        return str(self.text)


class LongSelect(forms.Select):
    """A choice of many: Django renders a template for each option, which takes long."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, mark_safe(" selected") if str(key) == chosen else "", label)
                for key, label in self.choices
            ),
        )
        told = flatatt({**self.build_attrs(self.attrs, attrs), "name": name})
        return format_html("<select{}>{}</select>", told, options)


class SectionForm(forms.Form):
    """One section. Answers that were never asked for have the field's own initial value."""

    use_required_attribute = False

    def __init__(self, answers: QueryDict, *, strict: bool = False) -> None:
        super().__init__(answers)
        self.answers = answers
        self.strict = strict
        self.complete = False
        self.build()
        self.data = self.with_initial()

    def build(self) -> None:
        """Make the fields that depend on earlier answers."""

    def with_initial(self) -> QueryDict:
        data = self.answers.copy()
        asked = set(data.getlist("asked"))
        for name, field in self.fields.items():
            if name in data or name in asked or field.initial in (None, "", False, ()):
                continue
            values = field.initial if isinstance(field.initial, (list, tuple)) else [field.initial]
            data.setlist(name, ["on" if value is True else str(value) for value in values])
        return data

    def full_clean(self) -> None:
        super().full_clean()
        self.complete = not self.errors
        if not self.strict:
            for name in list(self.errors):
                if all(error.code == "required" for error in self.errors[name].as_data()):
                    del self.errors[name]

    def choice(self, name: str) -> forms.ChoiceField:
        """A field whose choices depend on earlier answers."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    @property
    def checked(self) -> dict[str, Any]:
        """The answers that are in order."""
        self.errors  # noqa: B018 (looking at the errors is what checks)
        return self.cleaned_data


def _line(**options: Any) -> forms.CharField:
    return forms.CharField(max_length=LINE, **options)


def _text(rows: int = 3, **options: Any) -> forms.CharField:
    return forms.CharField(max_length=TEXT, widget=forms.Textarea({"rows": rows}), **options)


def _radio(choices: Iterable[tuple[str, Any]], **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(choices=list(choices), widget=forms.RadioSelect, **options)


def day_field(**options: Any) -> forms.DateField:
    """A day, as a browser's calendar gives it or typed in."""
    field = forms.DateField(
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        **options,
    )
    field.error_messages["invalid"] = _("This day does not exist. Write it as 2026-03-31.")
    if "error_messages" not in options:
        field.error_messages["required"] = _("Write down the day.")
    return field


def right_field(rights: Iterable[Right], *, required: bool, **options: Any) -> forms.ChoiceField:
    """Which of these rights was used; asked where it changes the time for an answer."""
    choices = [(right.key, gettext(right.title)) for right in rights]
    return _radio(
        choices if required else [*choices, ("", _("I do not know"))],
        required=required,
        help_text=_("Under this law the time for an answer depends on it."),
        error_messages={
            "required": _("Choose the right that you used."),
            "invalid_choice": _("Choose one from the list."),
        },
        **options,
    )


def _autocomplete(field: forms.Field, value: str) -> forms.Field:
    field.widget.attrs["autocomplete"] = value
    return field


# Where do you live? What do you want? ---------------------------------------------------------


class HomeForm(SectionForm):
    country = forms.ChoiceField(
        label=_("Country"),
        widget=LongSelect,
        error_messages={
            "required": _("Choose the country where you live."),
            "invalid_choice": _("Choose a country from the list."),
        },
    )
    region = forms.ChoiceField(
        required=False,
        widget=LongSelect,
        error_messages={"invalid_choice": _("Choose from the list.")},
    )

    def build(self) -> None:
        country = self.answers.get("country", "")
        self.choice("country").choices = [("", _("Choose a country")), *countries()]
        _autocomplete(self.fields["country"], "country")
        here = regions(country)
        if not here:
            del self.fields["region"]
            return
        region = self.choice("region")
        nothing = _("Choose a state") if country in REQUIRED else _("I would rather not say")
        region.choices = [("", nothing), *here]
        region.label = str(REGION_LABELS[country])
        region.help_text = str(REGION_WHYS[country])
        region.required = country in REQUIRED
        region.error_messages["required"] = _("Choose the state where you live.")

    def full_clean(self) -> None:
        super().full_clean()
        # A region that was not asked for yet is neither an answer nor a mistake.
        if "region" in self.fields and "region" not in self.data:
            self.complete = False
            self.errors.pop("region", None)

    @property
    def residence(self) -> str:
        """Where the person lives, as in ISO 3166-2."""
        region = self.checked.get("region")
        country: str = self.checked.get("country", "")
        return f"{country}-{region}" if region else country


class WantForm(SectionForm):
    want = _radio(
        [(concern.key, Tile(concern.label, concern.hint)) for concern in CONCERNS.values()],
        label=_("What do you want?"),
        error_messages={
            "required": _("Choose what you want."),
            "invalid_choice": _("Choose one from the list."),
        },
    )


# Whom? ----------------------------------------------------------------------------------------

UNLISTED = "unlisted"


# Who may speak for a child, and who for a grown person as well.
FOR_CHILDREN = ("parent", "guardian")
GROWN = "grown"


class WhomForm(SectionForm):
    """The platform, one that was found or one that is typed in, and who one is to it.

    ``ages`` are the ages of a child that have to be told apart where the person lives.
    """

    q = _line(required=False, label=_("Name of the company, app or website"))
    platform = forms.CharField(
        max_length=80, error_messages={"required": _("Choose whom you write to.")}
    )
    other_name = _line(
        required=False,
        label=_("Name of the company"),
        help_text=_("As it stands in its privacy policy or imprint."),
    )
    other_address = _text(
        required=False,
        label=_("Its postal address"),
        help_text=_("One line below the other. The privacy policy usually names it."),
    )
    other_email = forms.EmailField(
        required=False,
        label=_("Its e-mail address for privacy matters"),
        error_messages={"invalid": _("This is not an e-mail address.")},
    )
    other_form = forms.URLField(
        required=False,
        assume_scheme="https",
        label=_("The address of its web form"),
        error_messages={"invalid": _("This is not a web address.")},
    )
    other_country = forms.ChoiceField(
        required=False,
        label=_("The country it is in"),
        widget=LongSelect,
        help_text=_("Its public holidays decide when an answer is due."),
        error_messages={"invalid_choice": _("Choose a country from the list.")},
    )

    def __init__(
        self, answers: QueryDict, *, strict: bool = False, ages: tuple[Band, ...] = ()
    ) -> None:
        self.ages = ages
        super().__init__(answers, strict=strict)

    def build(self) -> None:
        for key in ("relation", "acts_as"):
            self.fields[f"fact-{key}"] = _choice_of(FACTS[key])
        acts_as = self.answers.get("fact-acts_as", "")
        if self.ages and acts_as in FOR_CHILDREN:
            grown = [(GROWN, _("18 or older"))] if acts_as == "guardian" else []
            self.fields["child_age"] = _radio(
                [*((str(band.at_least), _in_words(band)) for band in self.ages), *grown],
                label=_("How old is the child?")
                if acts_as == "parent"
                else _("How old is that person?"),
                help_text=_("The law where you live draws a line there."),
                error_messages={
                    "required": _("Choose an age."),
                    "invalid_choice": _("Choose an age."),
                },
            )
        self.choice("other_country").choices = [("", _("I do not know")), *countries()]
        self.unlisted = self.answers.get("platform") == UNLISTED
        if self.unlisted:
            field = self.fields["other_name"]
            field.required = True
            field.error_messages["required"] = _("Write down the name of the company.")
        else:
            for name in [name for name in self.fields if name.startswith("other_")]:
                del self.fields[name]

    def full_clean(self) -> None:
        super().full_clean()
        # An age that was not asked for yet is neither an answer nor a mistake.
        asked = "child_age" in self.answers.getlist("asked")
        unasked = "child_age" not in self.answers and not asked
        if "child_age" in self.fields and unasked:
            self.complete = False
            self.errors.pop("child_age", None)

    @property
    def names_company(self) -> bool:
        """Whether the company is known, even where something else is missing still."""
        about = {name for name in self.fields if name == "platform" or name.startswith("other_")}
        return about <= set(self.checked)

    @property
    def child_under(self) -> int | None:
        """The age below which the child is that it is about; None where it is about no child."""
        acts_as, age = self.checked.get("fact-acts_as"), self.checked.get("child_age")
        if age is not None and age != GROWN:
            return next(band.under for band in self.ages if str(band.at_least) == age)
        return OF_AGE if acts_as == "parent" else None

    def complain(self, message: str) -> None:
        """The choice cannot be used, for a reason that the form itself does not know."""
        self.add_error("platform", message)
        self.complete = False


def _choice_of(fact: Fact) -> forms.ChoiceField:
    """The question for a fact that has a usual answer."""
    return _radio(
        (fact.choices or {}).items(),
        label=fact.label,
        help_text=fact.why,
        initial=fact.default,
        error_messages={"invalid_choice": _("Choose from the list.")},
    )


def _in_words(band: Band) -> str:
    if band.at_least == 0:
        return gettext("Under %(age)s") % {"age": band.under}
    if band.under == OF_AGE:
        return gettext("%(age)s or older, but under 18") % {"age": band.at_least}
    return gettext("From %(first)s to %(last)s") % {
        "first": band.at_least,
        "last": band.under - 1,
    }


# Which law? -----------------------------------------------------------------------------------

REPLIES = [(Reply.YES, _("Yes")), (Reply.NO, _("No")), (Reply.UNSURE, _("I do not know"))]


class LawForm(SectionForm):
    """The law and the letter under it, and what a settlement may have changed."""

    law = _radio([], error_messages={"required": _("Choose a law.")})
    kind = _radio([], label=_("Which letter?"), error_messages={"required": _("Choose a letter.")})
    in_class = _radio(REPLIES, required=False)
    opted_out = _radio(REPLIES, required=False)

    def __init__(
        self,
        answers: QueryDict,
        *,
        strict: bool = False,
        letters: Mapping[str, list[tuple[str, Tile]]],
        settlements: Mapping[str, tuple[Settlement, ...]],
        preferred: str = "",
    ) -> None:
        self.letters = letters
        self.settlements = settlements
        self.preferred = preferred
        super().__init__(answers, strict=strict)

    def build(self) -> None:
        law = self.answers.get("law", "")
        if law not in self.letters:
            law = self.preferred  # nothing chosen yet, or something that no longer fits
        kinds = self.letters.get(law, [])
        kind = self.answers.get("kind", "")
        if kind not in [key for key, _ in kinds]:
            kind = kinds[0][0] if kinds else ""
        self.answers = self.answers.copy()
        self.answers["law"], self.answers["kind"] = law, kind
        self.choice("law").choices = [(key, key) for key in self.letters]
        self.choice("kind").choices = kinds
        self.settlement = next(iter(self.settlements.get(law, ())), None)
        if self.settlement is None:
            del self.fields["in_class"], self.fields["opted_out"]
            return
        self.fields["in_class"].label = gettext(self.settlement.question)
        self.fields["opted_out"].label = _("Did you opt out of the settlement in time?")


# Your details ---------------------------------------------------------------------------------

# Facts about the person come before the details of the account, the rest after them.
FIRST = ("person_name", "person_born")
# Facts that shape the letter; every other fact that is not needed is offered on request.
CENTRAL = frozenset(
    {
        *FIRST,
        "since",
        "erasure_grounds",
        "restriction_ground",
        "received_on",
        "receipt_proved_by",
        "due_on",
        "is_over",
        "stalls",
    }
)
DETAILS = ("handle", "account_email", "email", "name", "way", "address")

WAYS = {
    "email": _("By e-mail"),
    "form": _("Through their web form"),
    "post": _("By post"),
    "authority": _("Through the authority's form"),
}


class DetailsForm(SectionForm):
    """What this letter needs, and what it can use. ``core`` and ``more`` are names of fields.

    ``told`` are facts of the letter that earlier sections have asked for already. ``rights`` are
    those that have to be told apart in the first letter, to count its time.
    ``counted`` says by when a letter that arrived on a day and used a right had to be answered,
    and whether that is over. It is put in once for each day and right: what somebody then changes
    there is their own.
    """

    def __init__(
        self,
        answers: QueryDict,
        *,
        strict: bool = False,
        needs: tuple[str, ...],
        asks: tuple[str, ...],
        known: Mapping[str, object],
        told: Mapping[str, object],
        ways: list[tuple[str, Tile]],
        rights: tuple[Right, ...],
        counted: Callable[[date, str], tuple[date, bool] | None],
    ) -> None:
        self.needs = needs
        self.asks = asks
        self.known = known
        self.told = told
        self.ways = ways
        self.rights = rights
        self.counted = counted
        super().__init__(answers, strict=strict)

    def build(self) -> None:
        asked = {*self.needs, *self.asks}
        acts_as = self.told.get("acts_as", "self")
        stranger = self.told.get("relation") in WITHOUT_ACCOUNT
        hidden = set(self.told)
        if acts_as == "self":
            hidden |= {"person_name", "person_born"} - set(self.needs)
        else:
            hidden |= {"child_at_collection"}
            if acts_as == "agent":
                hidden |= {"person_born"}
        facts = [FACTS[key] for key in (*self.needs, *self.asks) if key not in hidden]
        for fact in sorted(facts, key=_place):
            if fact.key in FIRST:
                self.fields[f"fact-{fact.key}"] = self.fact_field(fact)
        self.add_contact(stranger)
        for fact in facts:
            if fact.key == "received_on" and self.rights and "due_on" in asked:
                self.fields["used_right"] = right_field(
                    self.rights, label=_("Which right did your first letter use?"), required=False
                )
            if fact.key not in FIRST:
                self.fields[f"fact-{fact.key}"] = self.fact_field(fact)
        optional = {
            f"fact-{fact.key}"
            for fact in facts
            if fact.key not in {*self.needs, *self.known, *CENTRAL}
        }
        self.core = [name for name in self.fields if name not in optional]
        self.more = [name for name in self.fields if name in optional]
        if "due_on" in asked:
            self.fields["counted_for"] = forms.CharField(
                required=False, max_length=100, widget=forms.HiddenInput
            )
            self.count()
        if "authority" in asked:
            self.fields["proposed_for"] = forms.CharField(
                required=False, max_length=20, widget=forms.HiddenInput
            )

    def count(self) -> None:
        """Put in the day on which the answer was due, when the day of arrival or the right is told
        anew. Where the right matters and is not told, no day is put in."""
        told, used = self.answers.get("fact-received_on", ""), self.answers.get("used_right", "")
        known = {right.key for right in self.rights}
        used = used if used in known else ""
        try:
            received = self.fields["fact-received_on"].clean(told)
        except forms.ValidationError:
            return
        counted_for = f"{told} {used}".strip()
        if counted_for == self.answers.get("counted_for", ""):
            return
        self.answers = self.answers.copy()
        self.answers["counted_for"] = counted_for
        countable = received and received >= EARLIEST and (used or not known)
        found = self.counted(received, used) if countable else None
        self.answers["fact-due_on"] = found[0].isoformat() if found else ""
        self.answers.setlist("fact-is_over", ["on"] if found and found[1] else [])
        self.answers.appendlist("asked", "fact-is_over")

    def fact_field(self, fact: Fact) -> forms.Field:
        needed = fact.key in self.needs or fact.key == "person_name"
        options: dict[str, Any] = {
            "label": fact.label,
            "help_text": fact.why,
            "required": needed,
            "error_messages": {"required": _("The letter needs this.")},
            "initial": self.known.get(fact.key, fact.default),
        }
        choices = list((fact.choices or {}).items())
        match fact.kind:
            case Kind.YES:
                return forms.BooleanField(**{**options, "required": False})
            case Kind.LINE:
                return _line(**options)
            case Kind.TEXT:
                return _text(**options)
            case Kind.DAY:
                return day_field(**options)
            case Kind.CHOICE:
                return _radio(choices, **options)
            case Kind.CHOICES:
                return forms.MultipleChoiceField(
                    choices=choices, widget=forms.CheckboxSelectMultiple, **options
                )
            case Kind.NUMBER:
                return forms.TypedChoiceField(
                    choices=choices,
                    coerce=int,
                    empty_value=None,
                    widget=forms.RadioSelect,
                    **options,
                )

    def add_contact(self, stranger: bool) -> None:
        email_errors = {"invalid": _("This is not an e-mail address.")}
        if not stranger:
            self.fields["handle"] = _line(
                required=False,
                label=_("Your name on the platform"),
                help_text=_("The account name, as @somebody. It is how they find your data."),
            )
            self.fields["account_email"] = forms.EmailField(
                required=False,
                label=_("E-mail address of your account"),
                help_text=_(
                    "It shows that the account is yours, so that nobody needs your identity card. "
                    "They answer there."
                ),
                error_messages=email_errors,
            )
        self.fields["email"] = forms.EmailField(
            required=False,
            label=_("E-mail address for the answer")
            if stranger
            else _("Another e-mail address for the answer"),
            help_text=_("They answer there.")
            if stranger
            else _("Only if they should not write to the address of your account."),
            error_messages=email_errors,
        )
        self.fields["name"] = _line(
            label=_("Your name"),
            help_text=_("A letter needs somebody who signs it."),
            error_messages={"required": _("Write down your name.")},
        )
        self.fields["way"] = _radio(
            self.ways,
            label=_("How will you send it?"),
            help_text=_("Your postal address goes only into a letter that goes by post."),
            initial=self.ways[0][0],
        )
        if (self.answers.get("way") or self.ways[0][0]) == "post":
            self.fields["address"] = _text(
                label=_("Your postal address"),
                help_text=_("It stands on the letter, so that the answer can come by post."),
                error_messages={"required": _("Write down where the answer can be sent.")},
            )
            _autocomplete(self.fields["address"], "street-address")
        _autocomplete(self.fields["name"], "name")
        _autocomplete(self.fields["email"], "email")

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        for name in ("fact-since", "fact-person_born"):
            day = told.get(name)
            if isinstance(day, date) and day < EARLIEST:
                self.add_error(name, gettext("This day is too long ago."))
        return told

    def facts(self) -> dict[str, object]:
        """The facts of the letter, as far as they are in order."""
        asked = {*self.needs, *self.asks}
        told = {key: value for key, value in self.told.items() if key in asked}
        return told | {
            name.removeprefix("fact-"): value
            for name, value in self.checked.items()
            if name.startswith("fact-") and value not in (None, "", [])
        }

    def ask(self, name: str, message: str | Promise) -> None:
        """The letter cannot do without this answer."""
        self.complete = False
        if name == "account_email" and name not in self.fields:
            name = "email"
        where = name if name in self.fields else None
        if self.strict and not self.has_error(where or NON_FIELD_ERRORS):
            self.add_error(where, str(message))


def _place(fact: Fact) -> int:
    return FIRST.index(fact.key) if fact.key in FIRST else len(FIRST)


# Send it --------------------------------------------------------------------------------------

PIECES = (
    ("1000", _("1,000 characters")),
    ("2000", _("2,000 characters")),
    ("5000", _("5,000 characters")),
)
PAPERS = [
    (key, Tile(name, hint, picture=picture(LAYOUTS[key]))) for key, (name, hint) in NAMES.items()
]


def data_field(initial: bool = True) -> forms.BooleanField:
    """Whether the PDF encloses what the letter asks for as data."""
    return forms.BooleanField(
        required=False,
        initial=initial,
        label=_("Enclose the request in the PDF as data, too"),
        help_text=_(
            "The company can then read in the law, the right and your reference without retyping. "
            "It says nothing that the letter does not say."
        ),
    )


class SendForm(SectionForm):
    paper = _radio(
        PAPERS,
        label=_("Paper and envelope"),
        help_text=PAPERS_WHY,
        error_messages={"invalid_choice": _("Choose a paper and envelope.")},
    )
    piece = forms.TypedChoiceField(
        choices=PIECES,
        coerce=int,
        initial="2000",
        label=_("How much fits into a field of the form?"),
    )
    machine_readable = data_field()
    arrives = day_field(
        label=_("It arrives on"),
        help_text=_("A day you choose. When it has really arrived, come back and put in that day."),
    )
    strokes = forms.CharField(
        required=False, max_length=200_000, strip=True, widget=forms.HiddenInput
    )

    def __init__(
        self, answers: QueryDict, *, strict: bool = False, paper: str, today: date
    ) -> None:
        self.usual_paper = paper
        self.today = today
        super().__init__(answers, strict=strict)

    def build(self) -> None:
        self.fields["paper"].initial = self.usual_paper
        self.fields["arrives"].initial = self.today.isoformat()

    def clean_strokes(self) -> tuple[Any, ...]:
        try:
            return signature.strokes_from_json(self.cleaned_data["strokes"])
        except signature.NotASignature:
            raise forms.ValidationError(
                _("The drawing could not be read. Please sign again."), code="strokes"
            ) from None

    def clean_arrives(self) -> date:
        day: date = self.cleaned_data["arrives"]
        if abs((day - self.today).days) > 3660:
            raise forms.ValidationError(_("Choose a day within the next ten years."))
        return day
