"""What is asked about a client, their mandates and their consents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from consentkit.clients.actions import Intake
from consentkit.clients.models import Client, ConflictCheck, Party
from consentkit.clients.wordings import HOWS, SUBJECTS
from consentkit.law.statutes import LAWS
from consentkit.letters import signature
from consentkit.letters.texts import kinds
from consentkit.platforms.models import Platform
from consentkit.teams.models import User
from consentkit.web.forms import day_field
from consentkit.web.wizard.letter import title_of
from consentkit.web.wizard.places import REQUIRED, countries, regions

LINE, TEXT = 300, 20_000


class PlainForm(forms.Form):
    """Without the browser's own complaints: ours stand beside the field."""

    use_required_attribute = False


def _lines(label: Any, why: Any, rows: int = 2) -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=TEXT,
        label=label,
        help_text=why,
        widget=forms.Textarea({"rows": rows, "autocomplete": "off"}),
    )


def _line(**options: Any) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off"})
    return forms.CharField(max_length=LINE, widget=widget, **options)


def homes() -> list[tuple[str, Any]]:
    """Every place where a client may live, in one list: countries, and regions by country."""
    alone, grouped = [], []
    for code, name in countries():
        inside = [(f"{code}-{region}", title) for region, title in regions(code)]
        if not inside:
            alone.append((code, name))
            continue
        anywhere = [] if code in REQUIRED else [(code, name)]
        grouped.append((name, [*anywhere, *inside]))
    return [("", gettext("Choose a place")), *grouped, (gettext("Other countries"), alone)]


class IntakeForm(PlainForm):
    name = _line(
        label=_("Name"),
        help_text=_("As it stands in a passport, in the script the client writes it in."),
        error_messages={"required": _("Write down the client’s name.")},
    )
    other_names = _lines(
        _("Other names"),
        _("Names from before, other spellings, how Japanese names are read. One a line."),
    )
    acts_as = forms.ChoiceField(
        choices=Client.ActsAs.choices,
        initial=Client.ActsAs.SELF,
        widget=forms.RadioSelect,
        label=_("For whom do they come?"),
    )
    representative = _line(
        required=False,
        label=_("Name of the parent or guardian"),
        help_text=_("Only for a child or a ward. They sign the mandate."),
    )
    born = day_field(
        required=False,
        label=_("Day of birth"),
        help_text=_("Some laws protect children more. Leave it out where it does not matter."),
    )
    residence = forms.ChoiceField(
        label=_("Where do they live?"),
        help_text=_("It decides which laws protect them."),
        error_messages={
            "required": _("Choose where the client lives."),
            "invalid_choice": _("Choose a place from the list."),
        },
    )
    language = forms.ChoiceField(
        choices=settings.LANGUAGES,
        label=_("Language of the client"),
        help_text=_("The mandate and the consent are written in it."),
    )
    email = forms.EmailField(
        required=False,
        label=_("E-mail address"),
        error_messages={"invalid": _("This is not an e-mail address.")},
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    phone = _line(required=False, label=_("Telephone"))
    address = _lines(_("Postal address"), _("As it stands on an envelope."), rows=3)
    matter = _lines(_("What is it about?"), _("In the client’s own words."), rows=4)
    adverse = _lines(
        _("Against whom?"),
        _("Companies and people, one a line. Conflicts of interest are searched for them."),
    )
    related = _lines(_("Who else is involved?"), _("Relatives, witnesses, employers: one a line."))
    consents = forms.BooleanField(
        label=_("The client agrees that we keep and use what they tell us"),
        help_text=_("Read it out, or show it to them. They can take it back at any time."),
        error_messages={"required": _("Without the client’s consent we may not keep their data.")},
    )

    def __init__(self, *told: Any, **options: Any) -> None:
        super().__init__(*told, **options)
        residence = self.fields["residence"]
        assert isinstance(residence, forms.ChoiceField)
        residence.choices = homes()

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        for_somebody = told.get("acts_as") not in (None, Client.ActsAs.SELF)
        if for_somebody and not told.get("representative"):
            message = gettext("Say who acts for the client: a parent or a guardian.")
            self.add_error("representative", message)
        return told

    def intake(self, language: str = "") -> Intake:
        """The answers. ``language`` is the client's where the form does not ask for it."""
        told = self.cleaned_data
        return Intake(
            name=told["name"],
            other_names=told["other_names"].splitlines(),
            acts_as=told["acts_as"],
            representative=told["representative"],
            born=told["born"],
            residence=told["residence"],
            language=language or told["language"],
            email=told["email"],
            phone=told["phone"],
            address=told["address"].splitlines(),
            about={"matter": told["matter"]} if told["matter"] else {},
            adverse=told.get("adverse", "").splitlines(),
            related=told.get("related", "").splitlines(),
        )


class ChangeForm(IntakeForm):
    """What is known of a client, to be put right. Parties and consents have pages of their own."""

    adverse = None  # type: ignore[assignment]
    related = None  # type: ignore[assignment]
    consents = None  # type: ignore[assignment]

    def __init__(self, *told: Any, client: Client) -> None:
        known = client.contact
        initial = {
            "name": client.name,
            "other_names": "\n".join(client.other_names),
            "acts_as": client.acts_as,
            "representative": client.representative,
            "born": client.born_on,
            "residence": client.residence,
            "language": client.language,
            "email": known.get("email", ""),
            "phone": known.get("phone", ""),
            "address": "\n".join(known.get("address", [])),
            "matter": client.about.get("matter", ""),
        }
        super().__init__(*told, initial=initial)


# What the intake asks, as it is asked of the client themselves: label, help, what is missing.
OWN_WORDS: dict[str, tuple[Any, Any, Any]] = {
    "name": (
        _("Your name, or that of the person you come for"),
        _("As it stands in a passport, in your own script."),
        _("Write down the name."),
    ),
    "other_names": (
        _("Other names"),
        _("Names from before, and other spellings. One a line."),
        None,
    ),
    "acts_as": (_("For whom do you come?"), "", None),
    "representative": (
        _("Your name, where you come for a child or a ward"),
        _("The name of the parent or guardian."),
        None,
    ),
    "born": (
        _("Day of birth"),
        _("Some laws protect children more. Leave it out where it does not matter."),
        None,
    ),
    "residence": (
        _("Where do you live?"),
        _("It decides which laws protect you."),
        _("Choose where you live."),
    ),
    "matter": (
        _("What is it about?"),
        _("In your own words: which company, what happened, and since when."),
        None,
    ),
    "adverse": (
        _("Against whom?"),
        _("Companies and people, one a line. We look whether we are free to act against them."),
        None,
    ),
    "related": (
        _("Who else is involved?"),
        _("Relatives, witnesses, employers: one a line."),
        None,
    ),
    "consents": (
        _("I agree to this"),
        "",
        _("Without your consent we may not keep what you tell us."),
    ),
}


class OwnIntakeForm(IntakeForm):
    """The intake as the client fills it in. The language is that of the link."""

    language = None  # type: ignore[assignment]

    def __init__(self, *told: Any, **options: Any) -> None:
        super().__init__(*told, **options)
        for name, (label, why, missing) in OWN_WORDS.items():
            field = self.fields[name]
            field.label, field.help_text = label, why
            if missing:
                field.error_messages = {**field.error_messages, "required": missing}


class LinkForm(PlainForm):
    language = forms.ChoiceField(
        choices=settings.LANGUAGES,
        label=_("Language of the client"),
        help_text=_("The page, the consent and the mandate are written in it."),
    )
    email = forms.EmailField(
        required=False,
        label=_("Send the link to"),
        help_text=_("Empty: the link is shown once, for you to pass on. The address is not kept."),
        error_messages={"invalid": _("This is not an e-mail address.")},
        widget=forms.EmailInput({"autocomplete": "off"}),
    )


class PartyForm(PlainForm):
    name = _line(label=_("Name"), error_messages={"required": _("Write down the name.")})
    role = forms.ChoiceField(
        choices=[(one.value, one.label) for one in (Party.Role.ADVERSE, Party.Role.RELATED)],
        widget=forms.RadioSelect,
        label=_("How are they involved?"),
        error_messages={"required": _("Say how this person or company is involved.")},
    )
    remark = _lines(_("Remark"), "")


class OwnConflictForm(PlainForm):
    name = _line(
        label=_("Name of a person or company"),
        help_text=_("Toward whom are you not free? A relative, an employer, a former client."),
        error_messages={"required": _("Write down the name.")},
    )
    remark = _lines(_("Why?"), _("Only those who decide about conflicts read it."))


class DecisionForm(PlainForm):
    state = forms.ChoiceField(
        choices=[
            (ConflictCheck.State.PROCEED, _("Go ahead: it is no conflict")),
            (ConflictCheck.State.WALL, _("Go ahead behind a wall")),
            (ConflictCheck.State.DECLINE, _("Do not act for this client")),
        ],
        widget=forms.RadioSelect,
        label=_("What is decided?"),
        error_messages={"required": _("Choose what was decided.")},
    )
    wall = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Who must not see the client’s matters?"),
        help_text=_("Only for a wall. It beats every role, at once and everywhere."),
    )
    reason = forms.CharField(
        max_length=TEXT,
        widget=forms.Textarea({"rows": 4}),
        label=_("Why?"),
        error_messages={"required": _("Say why: the reason is kept.")},
    )

    def __init__(self, told: Any, *, people: Iterable[User], likely: Iterable[int]) -> None:
        super().__init__(told)
        self.people = {str(user.pk): user for user in people}
        wall = self.fields["wall"]
        assert isinstance(wall, forms.MultipleChoiceField)
        wall.choices = [(key, user.get_full_name()) for key, user in self.people.items()]
        wall.initial = [str(pk) for pk in likely]

    def behind(self) -> list[User]:
        """Those who are to be kept away."""
        return [self.people[key] for key in self.cleaned_data["wall"]]


class PileForm(PlainForm):
    reason = forms.CharField(
        max_length=TEXT,
        widget=forms.Textarea({"rows": 2}),
        label=_("Why are those that you ticked no conflicts?"),
        help_text=_("Other people of the same name, for example. It is kept with each decision."),
        error_messages={"required": _("Say why: the reason is kept.")},
    )


def _kinds() -> list[tuple[str, str]]:
    """Every kind of letter, by the title that the first law gives it."""
    titles: dict[str, str] = {}
    for law in LAWS:
        for kind in kinds(law):
            titles.setdefault(kind, str(title_of(law, kind)))
    return sorted(titles.items(), key=lambda one: one[1].casefold())


def _scope() -> dict[str, dict[str, Any]]:
    """Everything to which a mandate can be limited, by its names in the present language."""
    listed = Platform.objects.filter(listed=True).order_by("name").values_list("slug", "name")
    return {
        "laws": {key: law.short_title for key, law in LAWS.items() if kinds(key)},
        "kinds": dict(_kinds()),
        "platforms": dict(listed),
    }


class MandateForm(PlainForm):
    laws = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Under which laws?"),
        help_text=_("Choose none for every law."),
    )
    kinds = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Which letters?"),
        help_text=_("Choose none for every letter. Think of reminders and complaints, too."),
    )
    platforms = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Toward which companies?"),
        help_text=_("Choose none for every company."),
    )
    starts_on = day_field(label=_("From"))
    ends_on = day_field(
        required=False, label=_("Until"), help_text=_("The last day. Empty: until it is revoked.")
    )

    def __init__(self, *told: Any, **options: Any) -> None:
        super().__init__(*told, **options)
        for name, choices in _scope().items():
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = list(choices.items())

    def chosen(self, language: str) -> dict[str, dict[str, str]]:
        """What was chosen, with its names in the client's language."""
        with override(language):
            names = _scope()
            return {
                name: {key: str(choices[key]) for key in self.cleaned_data[name]}
                for name, choices in names.items()
            }

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        start, end = told.get("starts_on"), told.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", gettext("A mandate cannot end before it starts."))
        return told


class SignForm(PlainForm):
    signer = _line(label=_("Who signs?"), error_messages={"required": _("Write down who signs.")})
    on = day_field(label=_("Signed on"))
    strokes = forms.CharField(
        required=False, max_length=200_000, strip=True, widget=forms.HiddenInput
    )
    scan = forms.FileField(
        required=False,
        label=_("The signed paper"),
        help_text=_("PDF, PNG or JPEG, up to 10 MB. Not needed where they signed above."),
        widget=forms.FileInput({"accept": ".pdf,.png,.jpg,.jpeg"}),
        error_messages={"empty": _("This file is empty.")},
    )

    def clean_strokes(self) -> tuple[Any, ...]:
        try:
            return signature.strokes_from_json(self.cleaned_data["strokes"])
        except signature.NotASignature:
            raise forms.ValidationError(
                _("The drawing could not be read. Please sign again."), code="strokes"
            ) from None


class RevokeForm(PlainForm):
    how = forms.CharField(
        max_length=TEXT,
        widget=forms.Textarea({"rows": 3}),
        label=_("How did the client revoke it?"),
        help_text=_("By telephone on Monday, for example. It stays on record."),
        error_messages={"required": _("Say how the client revoked it.")},
    )


class ConsentForm(PlainForm):
    subject = forms.ChoiceField(choices=list(SUBJECTS.items()), label=_("What was agreed to?"))
    toward = forms.ChoiceField(label=_("Toward whom?"))
    wording = forms.CharField(
        max_length=TEXT,
        widget=forms.Textarea({"rows": 5}),
        label=_("The wording"),
        help_text=_("What the client was shown, word for word."),
        error_messages={"required": _("Write down the wording that the client agreed to.")},
    )
    on = day_field(required=False, label=_("When?"), help_text=_("Empty where nobody knows."))
    how = forms.ChoiceField(choices=list(HOWS.items()), label=_("How?"))

    def __init__(self, *told: Any, **options: Any) -> None:
        super().__init__(*told, **options)
        toward = self.fields["toward"]
        assert isinstance(toward, forms.ChoiceField)
        listed = Platform.objects.filter(listed=True).order_by("name").values_list("slug", "name")
        toward.choices = [("us", gettext("toward us")), *listed]


def today_or(day: str, today: date) -> date | None:
    """A day as a form sent it; today where it sent none, None for one that does not exist."""
    try:
        return date.fromisoformat(day) if day else today
    except ValueError:
        return None
