"""The letter: one page that grows, and the files it ends in.

Everything somebody types travels in one form and comes back in the next one. Nothing of it is
stored, put into an address, or written to a log, until somebody presses "Keep this letter".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language, gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from consentkit.campaigns.actions import count_letter
from consentkit.clients.models import Client
from consentkit.correspondence.postal import counter_sheet, envelope_sheet
from consentkit.letters.actions import take_in
from consentkit.letters.authority import OutsideMandate
from consentkit.letters.certificate import Certificate, certificate
from consentkit.letters.compose import GAP, compose
from consentkit.letters.envelope import LAYOUTS, AddressTooLong
from consentkit.letters.house_texts import house_for
from consentkit.letters.render import RARE_SCRIPTS, MissingEngine, NoGlyph, pdf
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import User
from consentkit.web.accounts import kept
from consentkit.web.accounts.forms import SignUp
from consentkit.web.accounts.signing_up import begin
from consentkit.web.clients.door import client_of_token
from consentkit.web.htmx import page_or_fragment
from consentkit.web.wizard import dates
from consentkit.web.wizard.answers import Answers, own_campaign
from consentkit.web.wizard.concerns import CONCERNS
from consentkit.web.wizard.house import HouseChoice, choose
from consentkit.web.wizard.page import Page

View = Callable[[HttpRequest], HttpResponse]


def personal(view: View) -> View:
    """Keep what was posted out of error reports, and the answer out of every cache."""

    @sensitive_post_parameters()
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        response = view(request)
        if request.method == "POST":
            patch_cache_control(response, no_store=True, private=True)
        return response

    return guarded


@personal
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest) -> HttpResponse:
    """The page. ``?want=face`` and ``?platform=tiktok`` are answers that tell nothing of anyone.

    ``?campaign=team/name`` gives those of a campaign in which people send themselves.
    """
    posted: QueryDict = request.POST
    if request.method != "POST":
        posted = posted.copy()
        if request.GET.get("want") in CONCERNS:
            posted["want"] = request.GET["want"]
        if request.GET.get("platform"):
            posted["platform"] = request.GET["platform"]
        if request.GET.get("campaign"):
            posted.update(_of_campaign(request.GET["campaign"]))
    answers = Answers(posted, moment=timezone.now())
    return _page(request, answers, status=422 if answers.faulty else 200)


def _of_campaign(reference: str) -> dict[str, str]:
    """The answers that a campaign gives, so that somebody only says who they are."""
    found = own_campaign(reference)
    if found is None:
        return {}
    return {
        "campaign": reference,
        "want": found.want,
        "platform": found.platform,
        "law": found.law,
        "kind": found.kind,
        "language": found.language,
        "reached": "whom",
    }


def _count(answers: Answers) -> None:
    """Count that a letter of a campaign was taken away; nothing else is noted."""
    if answers.campaign is not None and answers.is_of_campaign:
        count_letter(answers.campaign)


@personal
@require_POST
def letter_pdf(request: HttpRequest) -> HttpResponse:
    """The letter on paper."""
    answers = Answers(request.POST, moment=timezone.now(), everything=True)
    if not answers.can_be_sent or answers.faulty:
        return _page(request, answers, status=422)
    letter_request = answers.sheet.request
    _count(answers)
    name = Page(answers, request).file_name("letter", "pdf")
    return _pdf(request, answers, name, lambda: pdf(compose(letter_request), letter_request.paper))


@personal
@require_POST
def letter_envelope(request: HttpRequest) -> HttpResponse:
    """An envelope to print on, for one without a window."""
    answers = Answers(request.POST, moment=timezone.now(), everything=True)
    if not answers.can_be_sent or answers.faulty:
        return _page(request, answers, status=422)
    asked, language = answers.sheet.request, get_language() or "en"
    name = Page(answers, request).file_name("envelope", "pdf")
    return _pdf(
        request, answers, name, lambda: envelope_sheet(compose(asked), asked.paper, language)
    )


@personal
@require_POST
def letter_counter(request: HttpRequest) -> HttpResponse:
    """What to write on the forms of registered post."""
    answers = Answers(request.POST, moment=timezone.now(), everything=True)
    if not answers.can_be_sent or answers.faulty:
        return _page(request, answers, status=422)
    asked, language = answers.sheet.request, get_language() or "en"
    country = answers.residence.split("-")[0]
    name = Page(answers, request).file_name("post-office", "pdf")
    return _pdf(
        request,
        answers,
        name,
        lambda: counter_sheet(compose(asked), asked.paper, country=country, language=language),
    )


@personal
@require_POST
def letter_certificate(request: HttpRequest) -> HttpResponse:
    """How one date was counted, on one page that somebody else can check."""
    answers = Answers(request.POST, moment=timezone.now(), everything=True)
    page = Page(answers, request)
    rows = page.dates() if answers.can_be_sent and not answers.faulty else []
    wanted = request.POST.get("duty", "")
    row = next((row for row in rows if wanted in (row.key, row.deadline.duty.key)), None)
    place = answers.place
    if row is None or place is None:
        return _page(request, answers, status=422)
    told = Certificate(
        law=answers.law,
        right=row.right,
        place=place,
        deadline=row.deadline,
        evidence="",  # the day of arrival is only assumed
        made_on=answers.today,
    )
    paper = LAYOUTS[answers.sheet.request.paper].sheet
    language = get_language() or "en"
    name = page.file_name("deadline", "pdf", row.deadline.duty.key)
    return _pdf(request, answers, name, lambda: certificate(told, language=language, paper=paper))


@personal
@require_POST
def letter_text(request: HttpRequest) -> HttpResponse:
    """The letter as plain text."""
    answers = Answers(request.POST, moment=timezone.now(), everything=True)
    if not answers.can_be_sent or answers.faulty:
        return _page(request, answers, status=422)
    draft = compose(answers.sheet.request)
    _count(answers)
    made = draft.text().encode()
    name = Page(answers, request).file_name("letter", "txt")
    return _file(made, name, "text/plain; charset=utf-8")


@personal
@require_POST
def letter_calendar(request: HttpRequest) -> HttpResponse:
    """The dates that follow, for a calendar."""
    answers = Answers(request.POST, moment=timezone.now(), everything=True)
    page = Page(answers, request)
    arrives = page.arrives() if answers.can_be_sent else None
    if answers.faulty or arrives is None:
        return _page(request, answers, status=422)
    made = dates.calendar_file(
        page.dates(),
        law=answers.law,
        kind=answers.kind,
        platform=answers.platform.name,
        reference=answers.sheet.draft.reference,
        arrives=arrives,
        written=page.written,
        made_at=answers.moment,
    )
    return _file(made, page.file_name("dates", "ics"), "text/calendar; charset=utf-8")


@personal
@require_POST
def letter_keep(request: HttpRequest) -> HttpResponse:
    """Keep the letter as a case: at once for whoever is signed in, else after they have.

    Until then it waits in the session. Whether an address has an account already, the answer does
    not tell.
    """
    answers = Answers(request.POST, moment=timezone.now(), everything=True)
    _choose_house(request, answers)
    if not answers.can_be_sent or answers.faulty:
        return _page(request, answers, status=422)
    place = answers.place
    if place is None:
        trouble = gettext("We know no holidays for this place, so we could not count its dates.")
        return _page(request, answers, status=422, trouble=trouble)
    wanted = answers.sheet.request
    if request.POST.get("matter"):
        return _open_matter(request, answers, place)
    if isinstance(request.user, User):
        case = take_in(wanted, owner=request.user, place=place)
        messages.success(request, gettext("Your letter is kept."))
        return redirect(case)
    if "sign-in" in request.POST:
        kept.keep(request, wanted, place)
        return redirect("account_login")
    form = SignUp(request.POST, prefix="keep")
    if not form.is_valid():
        return _page(request, answers, status=422, keep=form)
    kept.keep(request, wanted, place)
    return begin(request, form)


def _open_matter(request: HttpRequest, answers: Answers, place: str) -> HttpResponse:
    """Keep the letter as a matter of the client for whom it was begun."""
    user = request.user
    if not isinstance(user, User):
        trouble = gettext("You are signed out. Sign in in another window, and keep it again here.")
        return _page(request, answers, status=422, trouble=trouble)
    client = client_of_token(request.POST["matter"], user)
    wanted = answers.sheet.request
    try:
        case = take_in(
            wanted,
            owner=user,
            place=place,
            team=client.team,
            client=client,
            house=False,  # those of the request, as they were chosen
        )
    except (NotPossible, OutsideMandate) as error:
        return _page(request, answers, status=422, trouble=str(error))
    except Forbidden:
        raise Http404 from None
    messages.success(request, gettext("The matter is open."))
    return redirect(case)


def _client(request: HttpRequest) -> Client | None:
    """The client for whom the letter is written, where it is for one and that still may be."""
    token, user = request.POST.get("matter", ""), request.user
    if not token or not isinstance(user, User):
        return None
    try:
        return client_of_token(token, user)
    except Http404:
        return None


def _choose_house(request: HttpRequest, answers: Answers) -> HouseChoice | None:
    """Put in the house texts of the team for whose client one writes, unless they are left out."""
    client = _client(request)
    if client is None or not answers.has_letter:
        return None
    now = house_for(client.team, law=answers.law.key, kind=answers.kind, language=answers.language)
    if now:  # the matter gets its number when it is opened
        now = replace(now, matter_number=GAP)
    choice = choose(request.POST, now=now)
    answers.house = choice.house
    return choice


def _page(
    request: HttpRequest,
    answers: Answers,
    *,
    status: int,
    trouble: str = "",
    keep: SignUp | None = None,
) -> HttpResponse:
    house = _choose_house(request, answers)
    page = Page(answers, request, trouble)
    if keep is None and answers.can_be_sent and not isinstance(request.user, User):
        keep = SignUp(prefix="keep", initial={"email": _own_address(answers)})
    return page_or_fragment(
        request,
        "web/letter/letter.html",
        "web/letter/_wizard.html",
        {
            "page": page,
            "answers": answers,
            "address": reverse("letter"),
            "keep": keep,
            "client": _client(request),
            "house": house,
        },
        status=status,
    )


def _own_address(answers: Answers) -> str:
    """Where to write to: what was typed there already, or what the letter says."""
    told = answers.details.checked
    typed: str = answers.posted.get("keep-email", "")
    return typed or told.get("email") or told.get("account_email", "")


def _pdf(
    request: HttpRequest, answers: Answers, name: str, make: Callable[[], bytes]
) -> HttpResponse:
    try:
        made = make()
    except NoGlyph as error:
        return _page(request, answers, status=422, trouble=_no_glyph(error))
    except AddressTooLong:
        trouble = gettext("The company's address is too long for the window of an envelope.")
        return _page(request, answers, status=422, trouble=trouble)
    except MissingEngine as error:
        trouble = gettext(
            "This site cannot make PDF files yet. Whoever runs it has to install something: "
            "%(command)s. The text of the letter can be downloaded all the same."
        ) % {"command": error}
        return _page(request, answers, status=503, trouble=trouble)
    return _file(made, name, "application/pdf")


def _file(made: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(made, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _no_glyph(error: NoGlyph) -> str:
    return gettext(
        "No font on this server can print these characters: %(characters)s. Change them in the "
        "letter, or ask whoever runs this site to install more fonts: %(command)s."
    ) % {"characters": " ".join(error.characters), "command": RARE_SCRIPTS}
