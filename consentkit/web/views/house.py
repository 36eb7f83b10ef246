"""The house texts of a team: the list, one text with its versions, writing, and the decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from consentkit.law.statutes import LAWS
from consentkit.letters import house_texts as house
from consentkit.letters.envelope import AddressTooLong
from consentkit.letters.house import PLACES, Kind
from consentkit.letters.house_texts import BadWords, CannotDecide
from consentkit.letters.models import HouseText, HouseTextVersion
from consentkit.letters.render import MissingEngine, NoGlyph, pdf
from consentkit.letters.review import pieces
from consentkit.letters.texts import kinds
from consentkit.teams.access import Forbidden, role_in
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission
from consentkit.web.casework.reviewing import Part, Run, difference, parts
from consentkit.web.doors import mine, team_or_404, today_of, user_of
from consentkit.web.teamwork.house import DecisionForm, TextForm, WordsForm, sample
from consentkit.web.wizard.letter import title_of

State = HouseTextVersion.State


@dataclass(frozen=True)
class Row:
    """A text in the list."""

    text: HouseText
    letters: list[str]


@mine
@require_safe
def texts(request: HttpRequest, slug: str) -> HttpResponse:
    """The house texts of a team, and how each stands."""
    team = team_or_404(request, slug, Permission.VIEW)
    rows = [Row(one, _letters(one)) for one in house.texts_of(team)]
    context = {"team": team, "rows": rows, "may": _may(request, team)}
    return render(request, "web/house/list.html", context)


def _letters(text: HouseText) -> list[str]:
    """In which letters a text stands, in words."""
    law = gettext(LAWS[text.law].title) if text.law in LAWS else gettext("Any law")
    if not text.right:
        return [law, gettext("any letter")]
    laws = [text.law] if text.law else list(LAWS)
    named = next(one for one in laws if text.right in kinds(one))
    return [law, str(title_of(named, text.right).text)]


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Propose a text."""
    team = team_or_404(request, slug, Permission.DRAFT)
    form = TextForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        text = house.begin(team, by=user_of(request), **form.cleaned_data)
        messages.success(request, gettext("The text is written. Look at it, and ask for a review."))
        return redirect("team-text", slug=slug, pk=text.pk)
    return _writing(request, {"team": team, "form": form})


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Put a text in other words: a new version, or the one in the making."""
    team = team_or_404(request, slug, Permission.DRAFT)
    text = _text(team, pk)
    versions = list(text.versions.order_by("-number"))
    told = request.POST if request.method == "POST" else None
    form = WordsForm(told, kind=Kind(text.kind), initial={"body": versions[0].body})
    if told is not None and form.is_valid():
        try:
            house.write(text, form.cleaned_data["body"], by=user_of(request))
        except BadWords as error:
            for fault in error.faults:
                form.add_error("body", fault)
        else:
            messages.success(
                request, gettext("The text is changed. What is in use stays until it is approved.")
            )
            return redirect("team-text", slug=slug, pk=pk)
    return _writing(request, {"team": team, "form": form, "text": text})


def _writing(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    context["places"] = [(f"{{{name}}}", said) for name, said in PLACES.items()]
    status = 422 if context["form"].errors else 200
    return render(request, "web/house/write.html", context, status=status)


@mine
@require_safe
def sample_pdf(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A whole letter of an invented person with the newest version, on paper."""
    text = _text(team_or_404(request, slug, Permission.VIEW), pk)
    version = text.versions.order_by("-number")[0]
    version.text = text
    trouble, made = _printed(version, today_of(request))
    if made is None:
        messages.error(request, trouble)
        return redirect("team-text", slug=slug, pk=pk)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="sample-letter.pdf"'
    response["Cache-Control"] = "no-store, private"
    return response


def _printed(version: HouseTextVersion, today: date) -> tuple[str, bytes | None]:
    """The sample letter as a PDF, or why there is none."""
    made = sample(version, version, today)
    try:
        return "", pdf(made.draft, made.paper)
    except NoGlyph as error:
        signs = " ".join(error.characters)
        said = gettext("These signs cannot be printed: %(signs)s") % {"signs": signs}
        return said, None
    except AddressTooLong:
        return gettext("There is no room for it on the letter. Make it shorter."), None
    except MissingEngine:
        return gettext("No PDF can be made on this site now."), None


# One text -----------------------------------------------------------------------------------------


@dataclass
class _Page:
    """One text for one person."""

    request: HttpRequest
    user: User
    team: Team
    text: HouseText
    versions: list[HouseTextVersion]  # the newest first
    form: DecisionForm = field(default_factory=DecisionForm)

    @property
    def latest(self) -> HouseTextVersion:
        return self.versions[0]

    @property
    def before(self) -> HouseTextVersion | None:
        """What the newest version is compared with: the last that was in use."""
        approved = (State.APPROVED, State.RETIRED)
        return next((one for one in self.versions[1:] if one.state in approved), None)

    def asked(self) -> HouseTextVersion:
        """The version that the form was about: not one that was written since."""
        asked = self.request.POST.get("version", "")
        for one in self.versions:
            if str(one.pk) == asked:
                return one
        raise Http404


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One text: its words, a whole letter with it, what was before, and the decision."""
    team = team_or_404(request, slug, Permission.VIEW)
    found = _text(team, pk)
    versions = list(
        found.versions.select_related("author", "asked_by", "decided_by").order_by("-number")
    )
    for one in versions:
        one.text = found
    page = _Page(request, user_of(request), team, found, versions)
    if request.method == "POST":
        act = ACTS.get(request.POST.get("do", ""))
        if act is None:
            raise Http404
        try:
            done = act(page)
        except Forbidden:
            raise Http404 from None
        except CannotDecide as error:
            messages.error(request, str(error))
            done = ""
        if done:
            messages.success(request, done)
            return redirect("team-text", slug=slug, pk=pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "web/house/text.html", _context(page), status=status)


def _context(page: _Page) -> dict[str, Any]:
    latest, may = page.latest, _may(page.request, page.team)
    waits = latest.state == State.WAITING
    is_own = house.is_own(latest, page.user)
    in_use = next((one for one in page.versions if one.state == State.APPROVED), None)
    is_open = latest.state in (State.DRAFT, State.WAITING)
    letter = _letter(page)
    return {
        "team": page.team,
        "text": page.text,
        "letters": _letters(page.text),
        "latest": latest,
        "in_use": in_use,
        "before": page.before,
        "runs": _runs(page),
        "parts": letter.parts,
        "language": letter.language,
        "history": page.versions[1:],
        "form": page.form,
        "waits": waits,
        "is_own": is_own,
        "nobody_else": is_open and not house.others_who_review(latest),
        "may_write": "draft" in may,
        "may_ask": "draft" in may and latest.state == State.DRAFT,
        "may_decide": waits and "review" in may and not is_own,
        "may_review": "review" in may,
        "may_retire": "review" in may and in_use is not None,
    }


def _runs(page: _Page) -> Iterator[Run]:
    """The words of the newest version, with what changed since the one before it."""
    before = page.before
    if before is None:
        return iter([Run("", page.latest.body)])
    return difference(before.body, page.latest.body)


@dataclass(frozen=True)
class _Letter:
    """A whole letter with the newest version, with what changes in it."""

    parts: list[Part]
    language: str


def _letter(page: _Page) -> _Letter:
    today = today_of(page.request)
    before, now = sample(page.before, page.latest, today), sample(page.latest, page.latest, today)
    return _Letter(parts(pieces(before.draft), pieces(now.draft)), now.draft.language)


# What can be done. Each says what was done; nothing where a form has to be looked at again.


def _ask(page: _Page) -> str:
    version = page.asked()
    trouble, made = _printed(version, today_of(page.request))
    if made is None and trouble:
        raise CannotDecide(trouble)
    house.submit(version, by=page.user)
    return gettext("The text waits for its review.")


def _approve(page: _Page) -> str:
    told = _told(page)
    if told is None:
        return ""
    digest = page.request.POST.get("digest", "")
    house.approve(page.asked(), by=page.user, digest=digest, comments=told)
    return gettext("Approved. New letters have it from now on.")


def _return(page: _Page) -> str:
    told = _told(page)
    if told is None:
        return ""
    if not told.strip():
        page.form.add_error(
            "comments", gettext("Say what has to change, so that the author knows.")
        )
        return ""
    digest = page.request.POST.get("digest", "")
    house.send_back(page.asked(), by=page.user, digest=digest, comments=told)
    return gettext("Returned. The author finds your comments on this page.")


def _retire(page: _Page) -> str:
    house.retire(page.text, by=page.user)
    return gettext("The text is out of use. Letters that have it keep it.")


def _told(page: _Page) -> str | None:
    page.form = DecisionForm(page.request.POST)
    return page.form.cleaned_data["comments"] if page.form.is_valid() else None


ACTS: dict[str, Callable[[_Page], str]] = {
    "ask": _ask,
    "approve": _approve,
    "return": _return,
    "retire": _retire,
}


def _text(team: Team, pk: int) -> HouseText:
    found = get_object_or_404(HouseText, team=team, pk=pk)
    found.team = team
    return found


def _may(request: HttpRequest, team: Team) -> frozenset[str]:
    role = role_in(user_of(request), team)
    return frozenset(map(str, role.may)) if role else frozenset()
