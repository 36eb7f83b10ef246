"""The letter of a campaign as somebody would get it who joins. Nobody of this name exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.http import QueryDict

from consentkit.campaigns import joining
from consentkit.campaigns.checks import fit
from consentkit.campaigns.joining import Answers
from consentkit.campaigns.models import Campaign
from consentkit.letters.facts import FACTS, Fact, Kind
from consentkit.letters.request import LetterRequest
from consentkit.letters.texts import text_of

from .forms import JoinForm

NAME, HANDLE, ADDRESS = "Kim Example", "@kim.example", "kim@example.org"


def example(campaign: Campaign, *, on: date) -> LetterRequest:
    """The letter with made-up answers. Raises NotPossible, and LookupError where it is gone."""
    told = QueryDict(mutable=True)
    told.update({"name": NAME, "handle": HANDLE, "email": ADDRESS})
    text = text_of(campaign.law, campaign.kind, campaign.language)
    for key in text.needs:
        told.setlist(f"fact-{key}", _made_up(FACTS[key], on))
    form = JoinForm(told, campaign=campaign, strict=False)
    form.full_clean()
    answers = Answers(
        name=NAME,
        email=ADDRESS,
        residence=_place(campaign, on),
        language=joining.page_language(campaign),
        letter_language=campaign.language,
        on=on,
        handle=HANDLE,
        facts=form.facts(),
    )
    request = joining.letter(campaign, answers)
    if campaign.by_team:
        return request
    own = joining.house_of_own_letters(campaign, campaign.language)
    return replace(request, house=own)


def _place(campaign: Campaign, on: date) -> str:
    """Somewhere whose people the law protects, and from where somebody can be written to."""
    found = fit(
        platform=campaign.platform,
        law=campaign.law,
        kind=campaign.kind,
        wanted=campaign.languages,
        on=on,
    )
    reached = [place for place in found.protects if place not in found.unreached]
    likely = [place for place in reached if place.lower() == campaign.language]
    return [*likely, *reached, *found.protects][0]


def _made_up(fact: Fact, on: date) -> list[str]:
    match fact.kind:
        case Kind.YES:
            return ["on"]
        case Kind.DAY:
            return [on.isoformat()]
        case Kind.CHOICE | Kind.CHOICES | Kind.NUMBER:
            return [next(iter(fact.choices or {}))]
        case _:
            return ["…"]
