"""What a coordinator decides about a campaign, and what people who join are asked."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.lists import format_list
from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import get_language, get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from consentkit.campaigns.actions import Plan, questions_of
from consentkit.campaigns.checks import Fit, fit
from consentkit.campaigns.models import Campaign
from consentkit.law.places import EEA
from consentkit.law.statutes import LAWS
from consentkit.letters.facts import FACTS
from consentkit.letters.house import Kind
from consentkit.letters.models import HouseText
from consentkit.letters.texts import catalogue, text_of
from consentkit.platforms.models import Platform
from consentkit.teams.models import Team
from consentkit.web.clients.forms import homes
from consentkit.web.forms import CENTRAL, DetailsForm, LongSelect, Tile, day_field
from consentkit.web.wizard.answers import ACCOUNT, MISSING
from consentkit.web.wizard.concerns import CONCERNS
from consentkit.web.wizard.letter import title_of
from consentkit.web.wizard.places import place_name

from .hosts import origins

Choices = list[tuple[str, Any]]


def in_words(names: list[str]) -> str:
    """Some names as the reader's language lists them."""
    return str(format_list(names, locale=(get_language() or "en").replace("-", "_")))


def language_name(code: str) -> str:
    """A language in the reader's words."""
    return str(get_language_info(code)["name_translated"])


def places(codes: tuple[str, ...]) -> str:
    """Some places as the reader's language lists them."""
    if set(codes) == EEA:
        return gettext("the European Union, Iceland, Liechtenstein or Norway")
    return in_words(sorted(place_name(code) for code in codes))


# The letter ---------------------------------------------------------------------------------------


def letters() -> list[tuple[str, Choices]]:
    """Every letter that opens a case, by law: what people want, and the letter for it."""
    found = []
    for law in sorted(LAWS.values(), key=lambda one: one.short_title):
        if law.key in settings.LAWS_OFF:
            continue
        choices: Choices = []
        for concern in CONCERNS.values():
            for kind in concern.letters_under(law.key) if concern.key != "again" else ():
                label = gettext("%(wish)s: %(letter)s") % {
                    "wish": concern.label,
                    "letter": title_of(law.key, kind),
                }
                choices.append((f"{law.key}:{concern.key}:{kind}", label))
        if choices:
            found.append((law.short_title, choices))
    return found


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


class CampaignForm(forms.Form):
    """A campaign as it is set up. ``fit`` is what was looked up, once the letter is known."""

    use_required_attribute = False

    title = forms.CharField(
        max_length=200,
        label=_("Title"),
        help_text=_("Its public page bears it, and its address is made of it."),
        error_messages={"required": _("Give the campaign a title.")},
    )
    platform = forms.ChoiceField(
        widget=LongSelect,
        label=_("Company"),
        help_text=_("Whom everybody writes to."),
        error_messages={
            "required": _("Choose a company."),
            "invalid_choice": _("Choose a company from the list."),
        },
    )
    letter = forms.ChoiceField(
        label=_("Letter"),
        help_text=_("What people want, and the letter for it, under the law that protects them."),
        error_messages={
            "required": _("Choose a letter."),
            "invalid_choice": _("Choose a letter from the list."),
        },
    )
    languages = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=_("Language of the letter"),
        help_text=_("Of several, people choose one."),
        error_messages={"required": _("Choose a language for the letter.")},
    )
    sending = forms.ChoiceField(
        choices=[
            (
                Campaign.Sending.SELF,
                _("Everybody themselves: they get the letter, we learn nothing about them"),
            ),
            (
                Campaign.Sending.TEAM,
                _("We for them: they sign a mandate and become clients of the team"),
            ),
        ],
        widget=forms.RadioSelect,
        label=_("Who sends?"),
        error_messages={"required": _("Choose who sends the letters.")},
    )
    house = forms.ChoiceField(
        required=False,
        label=_("A paragraph of ours"),
        help_text=_("It stands in every letter, after what the law says. It has to be approved."),
        error_messages={"invalid_choice": _("Choose an approved paragraph of the team.")},
    )
    intro = forms.CharField(
        required=False,
        max_length=5_000,
        widget=forms.Textarea({"rows": 6}),
        label=_("Introduction"),
        help_text=_("What it is about, in plain words. An empty line begins a new paragraph."),
    )
    questions = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("What else do we ask?"),
        help_text=_("What the letter cannot do without is asked in any case."),
    )
    opens_on = day_field(label=_("Opens on"))
    closes_on = day_field(
        required=False,
        label=_("Last day"),
        help_text=_("Nobody joins after it. Empty where it has no end."),
    )

    def __init__(
        self, told: Any, *, team: Team, campaign: Campaign | None = None, **options: Any
    ) -> None:
        super().__init__(told, **options)
        self.team = team
        self.campaign = campaign
        self.fit: Fit | None = None
        names = Platform.objects.filter(listed=True).order_by("name").values_list("slug", "name")
        self._choices("platform", [("", gettext("Choose a company")), *names])
        self._choices("letter", [("", gettext("Choose a letter")), *letters()])
        codes = sorted({language for _law, _kind, language in catalogue()})
        self._choices("languages", sorted(((one, language_name(one)) for one in codes),
                                          key=lambda one: one[1]))  # fmt: skip
        self.houses = {str(one.pk): one for one in approved_paragraphs(team)}
        nothing = ("", gettext("None"))
        self._choices("house", [nothing, *((key, one.title) for key, one in self.houses.items())])
        if not self.houses:
            self.fields["house"].help_text = _(
                "The team has no approved paragraph. Without one the letter is the law’s alone."
            )
        self._ask()
        if campaign is not None and campaign.opened_at:
            for name in ("platform", "letter", "sending"):
                self.fields[name].disabled = True

    def _choices(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _ask(self) -> None:
        """Offer what the chosen letter can be told; a new campaign has none yet."""
        campaign = self.campaign
        if campaign is None:
            del self.fields["questions"]
            return
        _needed, asks = questions_of(campaign.law, campaign.kind, campaign.language)
        if not asks:
            del self.fields["questions"]
            return
        self._choices("questions", [(key, FACTS[key].label) for key in asks])

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        opens, closes = _day(told.get("opens_on")), _day(told.get("closes_on"))
        if opens and closes and closes < opens:
            self.add_error("closes_on", gettext("It cannot close before it opens."))
        if told.get("platform") and told.get("letter") and opens:
            self._look_up(told, opens)
        return told

    def _look_up(self, told: dict[str, Any], opens: date) -> None:
        """See whether this can work at all, and say so beside the field that has to change."""
        law, _wish, kind = told["letter"].split(":")
        wanted = told.get("languages", [])
        self.fit = found = fit(
            platform=told["platform"], law=law, kind=kind, wanted=wanted, on=opens
        )
        for name, trouble in troubles(found, sending=told.get("sending", "")):
            if name in self.fields and not self.has_error(name):
                self.add_error(name, trouble)

    def plan(self) -> Plan:
        """What was decided."""
        told = self.cleaned_data
        law, want, kind = told["letter"].split(":")
        same = self.campaign is not None and (self.campaign.law, self.campaign.kind) == (law, kind)
        return Plan(
            title=told["title"],
            platform=told["platform"],
            law=law,
            kind=kind,
            want=want,
            languages=self._in_order(told["languages"]),
            sending=told["sending"],
            house=self.houses.get(told["house"]),
            intro=told["intro"],
            questions=told.get("questions", []) if same else central(law, kind),
            opens_on=told["opens_on"],
            closes_on=told["closes_on"],
        )

    def _in_order(self, chosen: list[str]) -> list[str]:
        """The chosen languages, the team's own first."""
        return sorted(chosen, key=lambda code: code != self.team.language)


def central(law: str, kind: str) -> list[str]:
    """What people are asked besides unless a coordinator says otherwise: what shapes the letter."""
    language = next(one for of_law, key, one in sorted(catalogue()) if (of_law, key) == (law, kind))
    _needed, asks = questions_of(law, kind, language)
    return [key for key in asks if key in CENTRAL]


def troubles(found: Fit, *, sending: str) -> list[tuple[str, str]]:
    """Why a campaign cannot work: the field that has to change, and why."""
    said = []
    if found.is_off:
        said.append(("letter", gettext("This site does not offer letters under this law.")))
    if found.begins:
        said.append(
            (
                "opens_on",
                gettext("This law is in force from %(day)s on.") % {"day": found.begins},
            )
        )
    if not found.has_addressee:
        said.append(
            (
                "platform",
                gettext("We know nobody there to whom people in %(places)s write.")
                % {"places": places(found.protects)},
            )
        )
    if found.unwritten:
        said.append(
            (
                "languages",
                gettext("This letter is not written in %(missing)s. It is written in %(there)s.")
                % {
                    "missing": in_words([language_name(one) for one in found.unwritten]),
                    "there": in_words([language_name(one) for one in found.written]),
                },
            )
        )
    if found.is_for_children and sending == Campaign.Sending.TEAM:
        told = gettext("Under this law a parent writes for a child, so they send themselves.")
        said.append(("sending", told))
    return said


def approved_paragraphs(team: Team) -> list[HouseText]:
    """The paragraphs of a team of which an approved version is in force, by title."""
    found = HouseText.objects.filter(team=team, kind=Kind.PARAGRAPH, versions__state="approved")
    return list(found.distinct().order_by("title", "pk"))


def initial_of(campaign: Campaign) -> dict[str, Any]:
    """A campaign as its form shows it."""
    return {
        "title": campaign.title,
        "platform": campaign.platform,
        "letter": f"{campaign.law}:{campaign.want}:{campaign.kind}",
        "languages": campaign.languages,
        "sending": campaign.sending,
        "house": str(campaign.house_id or ""),
        "intro": campaign.intro,
        "questions": campaign.questions,
        "opens_on": campaign.opens_on,
        "closes_on": campaign.closes_on,
    }


class FramesForm(forms.Form):
    use_required_attribute = False

    hosts = forms.CharField(
        required=False,
        max_length=5_000,
        widget=forms.Textarea({"rows": 4, "spellcheck": "false"}),
        label=_("Sites that may show our campaigns"),
        help_text=_("One a line, as https://www.example.org. Empty: none."),
    )

    def clean_hosts(self) -> list[str]:
        return origins(self.cleaned_data["hosts"])


# Joining ------------------------------------------------------------------------------------------


class JoinForm(DetailsForm):
    """What somebody is asked who wants the team to write for them.

    Contact, account and facts are those of the wizard. ``fit`` and what the letter misses are
    looked at by the view, which knows the company.
    """

    def __init__(self, answers: QueryDict, *, campaign: Campaign, strict: bool) -> None:
        self.campaign = campaign
        text = text_of(campaign.law, campaign.kind, campaign.language)
        self.text_facts = text.facts()
        wish = CONCERNS.get(campaign.want)
        super().__init__(
            answers,
            strict=strict,
            needs=text.needs,
            asks=tuple(key for key in text.asks if key in campaign.questions),
            known=dict(wish.facts) if wish else {},
            told={"relation": answers.get("fact-relation") or "user", "acts_as": "self"},
            ways=[("email", Tile(""))],
            rights=(),
            counted=lambda _received, _used: None,
        )

    def build(self) -> None:
        super().build()
        details = {name: field for name, field in self.fields.items() if name != "way"}
        residence = forms.ChoiceField(
            choices=homes(),
            widget=forms.Select({"autocomplete": "off"}),
            label=_("Where do you live?"),
            help_text=_("It decides whether the law of this letter protects you."),
            error_messages={
                "required": _("Choose where you live."),
                "invalid_choice": _("Choose a place from the list."),
            },
        )
        relation = FACTS["relation"]
        known: dict[str, Any] = {"label": relation.label, "help_text": relation.why}
        email = forms.EmailField(
            max_length=254,
            label=_("Your e-mail address"),
            help_text=_("We write there so that you can confirm. It stands in your letter, too."),
            error_messages={
                "required": _("Write down your e-mail address."),
                "invalid": _("This is not an e-mail address."),
            },
            widget=forms.EmailInput({"autocomplete": "email"}),
        )
        first: dict[str, forms.Field] = {
            "residence": residence,
            "fact-relation": forms.ChoiceField(
                choices=list((relation.choices or {}).items()),
                widget=forms.RadioSelect,
                **known,
                initial=relation.default,
                error_messages={"invalid_choice": _("Choose from the list.")},
            ),
            "name": details.pop("name"),
            "email": email,
        }
        details.pop("email", None)
        if "account_email" in details:
            details["account_email"].help_text = _(
                "It shows that the account is yours, so that nobody needs your identity card."
            )
        if len(self.campaign.languages) > 1:
            first["language"] = forms.ChoiceField(
                choices=[(one, language_name(one)) for one in self.campaign.languages],
                initial=self.campaign.language,
                label=_("Language of the letter"),
                error_messages={"invalid_choice": _("Choose from the list.")},
            )
        self.fields = {**first, **details}
        self.core = list(self.fields)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        named = told.get("handle") or told.get("account_email")
        if self.strict and "handle" in self.fields and not named:
            self.add_error("handle", str(MISSING[ACCOUNT][1]))
        return told

    def facts(self) -> dict[str, object]:
        """The facts of the letter: what was told, and what is usual where nobody was asked."""
        usual: dict[str, object] = {
            key: FACTS[key].default
            for key in self.text_facts
            if FACTS[key].default is not None and key not in ("relation", "acts_as")
        }
        wished = {key: value for key, value in self.known.items() if key in self.text_facts}
        told: dict[str, object] = {
            key: self.told[key] for key in ("relation", "acts_as") if key in self.text_facts
        }
        asked = {
            name.removeprefix("fact-"): value
            for name, value in self.checked.items()
            if name.startswith("fact-") and value not in (None, "", []) and name != "fact-relation"
        }
        return {**usual, **wished, **told, **asked}

    def hidden(self) -> list[tuple[str, str]]:
        """The answers, to travel along to the next page."""
        return [
            (name, value)
            for name in self.fields
            for value in self.data.getlist(name)  # type: ignore[attr-defined]
        ]
