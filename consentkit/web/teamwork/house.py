"""The forms of a team's house texts, and a whole letter of an invented person to judge them by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from consentkit.law.statutes import LAWS
from consentkit.letters.compose import Draft, compose
from consentkit.letters.house import KINDS, LIMITS, House, Kind, faults, tidy
from consentkit.letters.house_texts import house_with
from consentkit.letters.models import HouseTextVersion
from consentkit.letters.request import Account, LetterRequest, Sender
from consentkit.letters.texts import Stage, catalogue, languages, read
from consentkit.platforms.records import EntityRecord, PlatformRecord
from consentkit.web.wizard.letter import title_of

# Wider than any text that passes, so that what is too long is said with its length.
ROOM = 5000


class WordsForm(forms.Form):
    """The words of a text."""

    use_required_attribute = False

    body = forms.CharField(
        required=False,
        strip=False,
        max_length=ROOM,
        widget=forms.Textarea({"rows": 8}),
        label=_("Text"),
    )
    kind_of_text: Kind | None = None

    def __init__(self, *args: Any, kind: Kind | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind_of_text = kind
        self.fields["body"].help_text = self.explanation()

    def explanation(self) -> str:
        """What can stand in a text, and how much."""
        said = gettext("Plain words, which are printed as you type them, and the places above.")
        kinds = [self.kind_of_text] if self.kind_of_text else list(Kind)
        return " ".join([said, *(str(ROOM_OF[kind]) % vars(LIMITS[kind]) for kind in kinds)])

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if "body" in told:
            # The kind with the most room, until one is chosen.
            kind = self.kind_of_text or Kind(told.get("kind") or Kind.PARAGRAPH)
            told["body"] = tidy(told["body"])
            for fault in faults(kind, told["body"]):
                self.add_error("body", fault)
        return told


ROOM_OF: dict[Kind, str | Promise] = {
    Kind.LETTERHEAD: _("A letterhead has up to %(lines)s lines of %(line)s characters."),
    Kind.PARAGRAPH: _("A paragraph has up to %(characters)s characters."),
    Kind.CLOSING: _("A closing line has up to %(characters)s characters."),
}


def _languages() -> list[tuple[str, str]]:
    codes = sorted({language for _law, _key, language in catalogue()})
    return [(code, get_language_info(code)["name_local"].capitalize()) for code in codes]


def _laws() -> list[tuple[str, str]]:
    keys = dict.fromkeys(law for law, _key, _language in catalogue())
    return sorted(((key, gettext(LAWS[key].title)) for key in keys), key=lambda one: one[1])


def _letters() -> list[tuple[str, str]]:
    laws = {key: law for law, key, _language in catalogue() if not _is_document(law, key)}
    named = [(key, str(title_of(law, key).text)) for key, law in laws.items()]
    return sorted(named, key=lambda one: one[1])


@cache
def _is_document(law: str, key: str) -> bool:
    return read(catalogue()[law, key, languages(law, key)[0]]).stage is Stage.DOCUMENT


class TextForm(WordsForm):
    """A new text: its words, where they stand, and in which letters."""

    kind = forms.ChoiceField(
        choices=[("", _("Choose"))],
        label=_("Where it stands in a letter"),
        error_messages={"required": _("Choose where it stands.")},
    )
    title = forms.CharField(
        max_length=100,
        label=_("Name of the text"),
        help_text=_("For the team; it does not stand in letters. No names of clients here."),
        error_messages={"required": _("Give the text a name.")},
    )
    language = forms.ChoiceField(
        required=False,
        label=_("Language of the letters"),
        help_text=_("A letterhead can stand in letters of every language."),
    )
    law = forms.ChoiceField(required=False, label=_("Law"))
    right = forms.ChoiceField(required=False, label=_("Letter"))
    everywhere = forms.BooleanField(
        required=False,
        initial=True,
        label=_("Put it into every letter that it fits"),
        help_text=_(
            "Otherwise a paragraph stands only in the letters of a campaign that names it. "
            "Letterheads and closing lines always stand in every letter that they fit."
        ),
    )
    field_order = ("kind", "title", "body", "language", "law", "right", "everywhere")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, Sequence[tuple[str, str | Promise]]] = {
            "kind": [("", _("Choose")), *((kind.value, name) for kind, name in KINDS.items())],
            "language": [("", _("Every language")), *_languages()],
            "law": [("", _("Any law")), *_laws()],
            "right": [("", _("Any letter")), *_letters()],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = list(offered)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        language, law, right = (told.get(name, "") for name in ("language", "law", "right"))
        if (
            told.get("kind") in (Kind.PARAGRAPH, Kind.CLOSING)
            and "language" in told
            and not language
        ):
            self.add_error("language", gettext("Say in which language the text is."))
        letters = [
            one
            for one in catalogue()
            if all(mine in ("", its) for mine, its in zip((law, right, language), one, strict=True))
        ]
        if not letters and {"language", "law", "right"} <= set(told):
            self.add_error(
                "right" if right else "law",
                gettext("There is no such letter under this law in this language."),
            )
        return told


class DecisionForm(forms.Form):
    """What whoever reviews a text says to its author."""

    use_required_attribute = False

    comments = forms.CharField(
        required=False,
        max_length=ROOM,
        widget=forms.Textarea({"rows": 4}),
        label=_("Comments for the author"),
        help_text=_("Needed where you return the text. The team sees them; the letters do not."),
    )


# A letter to look at ------------------------------------------------------------------------------

PREFERRED = ("eu-gdpr", "uk-gdpr", "us-il-bipa")


@dataclass(frozen=True)
class Sample:
    """A letter to look at, and its paper."""

    draft: Draft
    paper: str


def sample(version: HouseTextVersion | None, like: HouseTextVersion, today: date) -> Sample:
    """A letter of an invented person with the house texts of the team.

    It is a letter in which ``like`` can stand. ``version`` is put in instead of what is in use of
    the same text; None leaves the text out.
    """
    text = like.text
    law, kind, language = _letter_for(text.law, text.right, text.language)
    house = house_with(version, like.text, law=law, kind=kind, language=language)
    request = _request(law, kind, language, today, house)
    return Sample(compose(request, preview=True), request.paper)


def _letter_for(law: str, right: str, language: str) -> tuple[str, str, str]:
    """The first letter that a text fits, of those that most people know."""
    fitting = [
        one
        for one in catalogue()
        if all(mine in ("", its) for mine, its in zip((law, right, language), one, strict=True))
        and not _is_document(*one[:2])
    ]
    return min(
        fitting,
        key=lambda one: (
            PREFERRED.index(one[0]) if one[0] in PREFERRED else len(PREFERRED),
            one[1] != "access",
            one[2] != "en",
            one,
        ),
    )


def _request(law: str, kind: str, language: str, today: date, house: House) -> LetterRequest:
    place = LAWS[law].only_place or min(LAWS[law].protects, key=lambda one: (len(one), one))
    return LetterRequest(
        law=law,
        right=kind,
        platform=PlatformRecord(
            slug="example",
            name="Example Company",
            entities=(
                EntityRecord(
                    regions=("*",),
                    legal_name="Example Company Ltd",
                    address=("1 Example Street", "Example City"),
                ),
            ),
        ),
        language=language,
        paper="letter" if place.startswith("US") else "a4",
        date=today,
        residence=place,
        sender=Sender("Jo Example", ("2 Sample Road", "Example City"), "jo@example.org"),
        account=Account("@jo.example"),
        house=house,
    )
