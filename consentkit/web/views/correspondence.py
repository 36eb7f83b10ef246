"""Sending letters, the messages and files of a case, and the outbox of a development site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from consentkit.cases.log import KINDS, BadFact
from consentkit.cases.models import Case
from consentkit.correspondence import actions, outbox
from consentkit.correspondence.actions import CannotSend
from consentkit.correspondence.addresses import case_address
from consentkit.correspondence.attachments import PROBLEMS, Checked, keep_file
from consentkit.correspondence.channels import CHANNELS
from consentkit.correspondence.inbound import (
    NotAMessage,
    TooLarge,
    accept,
    receive,
    reject,
)
from consentkit.correspondence.kinds import EML
from consentkit.correspondence.models import Message
from consentkit.correspondence.postal import counter_sheet, envelope_sheet
from consentkit.correspondence.virus import ScannerAway
from consentkit.letters.approval import REASONS, hindrances
from consentkit.letters.authority import in_force_for
from consentkit.letters.compose import Draft, compose
from consentkit.letters.envelope import AddressTooLong
from consentkit.letters.mandate import mandate_paper
from consentkit.letters.models import Letter
from consentkit.letters.render import MissingEngine, NoGlyph, pdf
from consentkit.teams.roles import Permission
from consentkit.web.casework.sending import COULD_BE, AddForm, SendForm, SentForm, ways
from consentkit.web.doors import case_or_404
from consentkit.web.uploads import takes_files, too_large
from consentkit.web.wizard.sending import form_texts, mails, web_forms

Response = TypeVar("Response", bound=HttpResponseBase)
# Why a PDF cannot be made; the letter's own page says more.
UNPRINTABLE = (MissingEngine, NoGlyph, AddressTooLong)
FIELD_SIZE = 4_000  # what a web form usually takes
# A file is looked at where it lies, by nothing that could act.
SEALED_OFF = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store, private",
}

# Sending a letter ---------------------------------------------------------------------------------


@login_required
@require_safe
def send(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The ways a letter can go."""
    letter = _letter(request, code, number)
    draft = _draft(letter)
    if draft is None:
        return _incomplete(request, letter)
    return render(
        request,
        "web/correspondence/send.html",
        {
            "case": letter.case,
            "letter": letter,
            "ways": ways(letter.case, number, draft),
            "unread": REASONS.get(hindrances(letter.case, [letter])[number], ""),
            "mail_of_letter": _mail_of(letter),
        },
    )


@takes_files
@login_required
@sensitive_post_parameters()
def send_by(request: HttpRequest, code: str, number: int, way: str) -> HttpResponse:
    """One way: what to do, sending from here where that can be, and recording it."""
    letter = _letter(request, code, number)
    channel = CHANNELS.get(way)
    if channel is None:
        raise Http404
    draft = _draft(letter)
    if draft is None:
        return _incomplete(request, letter)
    today = timezone.localdate()
    sends = "send" in request.POST
    records = request.method == "POST" and not sends
    form = SentForm(
        request.POST if records else None,
        request.FILES if records else None,
        channel=channel,
        today=today,
    )
    send_form = _send_form(request, letter, way, sends=sends)
    if sends and send_form is not None and send_form.is_valid():
        problem = _send_now(request, letter, way, send_form.cleaned_data["answers_to"])
        if not problem:
            return redirect("case-send", code=code, number=number)
        send_form.add_error(None, problem)
    elif records and (trouble := too_large(request)):
        form.add_error("files", trouble)
    elif records and form.is_valid() and _record(request, letter, way, form):
        return redirect(letter.case)
    return render(
        request,
        "web/correspondence/send_by.html",
        {
            "case": letter.case,
            "letter": letter,
            "channel": channel,
            "form": form,
            "send_form": send_form,
            "in_outbox": bool(settings.OUTBOX_FOLDER),
            "mail_of_letter": _mail_of(letter),
            "mandate": in_force_for(letter, on=today),
            **_handed_over(way, draft),
        },
        status=422 if request.method == "POST" else 200,
    )


def _send_form(request: HttpRequest, letter: Letter, way: str, *, sends: bool) -> SendForm | None:
    if not CHANNELS[way].from_here():
        return None
    choices = actions.answers_to_choices(letter, request.user)  # type: ignore[arg-type]
    return SendForm(
        request.POST if sends else None, choices=choices, of_case=case_address(letter.case)
    )


def _send_now(request: HttpRequest, letter: Letter, way: str, answers_to: str) -> str:
    """Send it, or say why not."""
    try:
        actions.send_letter(letter, channel=way, by=request.user, answers_to=answers_to)  # type: ignore[arg-type]
    except CannotSend as error:
        return str(error.message)
    except UNPRINTABLE:
        return _unprintable()
    messages.success(
        request, gettext("The letter is on its way to the mail server. This takes a moment.")
    )
    return ""


def _record(request: HttpRequest, letter: Letter, way: str, form: SentForm) -> bool:
    told = form.cleaned_data
    try:
        actions.record_sent_by_hand(
            letter,
            channel=way,
            on=told["on"],
            by=request.user,  # type: ignore[arg-type]
            note=told["note"],
            files=told["files"],
            proven=told.get("proven", False),
        )
    except CannotSend as error:
        form.add_error(None, str(error.message))
    except BadFact as error:
        form.add_error("on", str(error))
    except UNPRINTABLE:
        form.add_error(None, _unprintable())
    else:
        messages.success(request, gettext("Recorded: the letter has gone out."))
        return True
    return False


def _handed_over(way: str, draft: Draft) -> dict[str, Any]:
    """What the person needs to carry the letter there themselves."""
    if way == "email":
        return {"mails": mails(draft)}
    if way in ("form", "app"):
        return {"web_forms": web_forms(draft), "texts": form_texts(draft, FIELD_SIZE)}
    return {"addressees": draft.addressees, "by_post": way in ("post", "registered")}


def _draft(letter: Letter) -> Draft | None:
    """The letter in words; None where its text asks for something that was not told then."""
    try:
        return compose(letter.letter_request())
    except LookupError:
        return None


def _incomplete(request: HttpRequest, letter: Letter) -> HttpResponse:
    messages.error(request, gettext("This letter lacks something by now. Look it through first."))
    return redirect("case-letter", code=letter.case.code, number=letter.number)


def _unprintable() -> str:
    return gettext(
        "The PDF of this letter cannot be made, so it cannot be fixed as it goes out. Open the "
        "letter: its page says what is wrong."
    )


@login_required
@require_safe
def letter_to_print(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The letter on paper: as it went out, or as it would now."""
    letter = _letter(request, code, number)
    asked = letter.letter_request()
    try:
        made = letter.pdf if letter.is_frozen else pdf(compose(asked), asked.paper)
    except UNPRINTABLE:
        messages.error(request, _unprintable())
        return redirect("case-send", code=code, number=number)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="letter-{asked.reference()}.pdf"'
    response["Cache-Control"] = "no-store, private"
    return response


@login_required
@require_safe
def envelope_to_print(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """An envelope to print on, for one without a window."""
    letter = _letter(request, code, number)
    language = get_language() or "en"
    return _beside(
        request,
        letter,
        "envelope",
        lambda draft: envelope_sheet(draft, letter.letter_request().paper, language),
    )


@login_required
@require_safe
def counter_to_print(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """What to write on the forms of registered post."""
    letter = _letter(request, code, number)
    asked, language = letter.letter_request(), get_language() or "en"
    country = asked.residence.split("-")[0]
    return _beside(
        request,
        letter,
        "post-office",
        lambda draft: counter_sheet(draft, asked.paper, country=country, language=language),
    )


def _beside(
    request: HttpRequest, letter: Letter, name: str, make: Callable[[Draft], bytes]
) -> HttpResponse:
    """A PDF that is made of a letter for the moment and kept nowhere."""
    draft = _draft(letter)
    if draft is None:
        return _incomplete(request, letter)
    try:
        made = make(draft)
    except UNPRINTABLE:
        messages.error(request, _unprintable())
        return redirect("case-send", code=letter.case.code, number=letter.number)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}-{draft.reference}.pdf"'
    response["Cache-Control"] = "no-store, private"
    return response


@login_required
@require_safe
def mandate_to_print(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The client's signed mandate, to be put into the envelope with the letter."""
    letter = _letter(request, code, number)
    found = in_force_for(letter, on=timezone.localdate())
    if found is None:
        raise Http404
    asked = letter.letter_request()
    try:
        made = mandate_paper(found, paper=asked.paper)
    except UNPRINTABLE:
        messages.error(request, _unprintable())
        return redirect("case-send", code=code, number=number)
    response = HttpResponse(made.content, content_type=made.kind)
    name = f"mandate-{asked.reference()}.{made.ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response


# Messages -----------------------------------------------------------------------------------------


@login_required
@require_safe
def message(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """One message, shown so that nothing in it can act."""
    found = _message(request, code, pk)
    return render(
        request,
        "web/correspondence/message.html",
        {
            "case": found.case,
            "message": found,
            "headers": found.headers,
            "html": mark_safe(found.html),  # noqa: S308 (sanitised before it was stored)
            "attachments": found.attachments.all(),
            "left_out": [(name, PROBLEMS.get(problem, "")) for name, problem in _left_out(found)],
            "problem": actions.problem_text(found.problem),
            "could_be": [(key, KINDS[key].label) for key in COULD_BE],
        },
    )


def _left_out(found: Message) -> list[tuple[str, str]]:
    return [(str(name), str(problem)) for name, problem in found.headers.get("left_out", [])]


@login_required
@require_safe
def message_original(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """The message as it came or went, byte for byte."""
    found = _message(request, code, pk)
    if not found.raw:
        raise Http404
    return _download(HttpResponse(found.raw, content_type=EML), f"message-{found.pk}.eml")


# What a person can decide about a message: the name of the button, and the words when it is done.
DECISIONS = {
    "stop": lambda found, by: actions.stop(found, by=by),
    "went_out": lambda found, by: actions.confirm_sent(found, by=by),
    "did_not": lambda found, by: actions.confirm_not_sent(found, by=by),
    "belongs": lambda found, by: accept(found, by=by),
    "foreign": lambda found, by: reject(found, by=by),
}


@login_required
@require_POST
def message_decide(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """A person decides what no machine can know."""
    case = case_or_404(request, code, Permission.RECORD)
    found = get_object_or_404(case.messages.select_related("letter"), pk=pk)
    decision = request.POST.get("decision", "")
    decide = DECISIONS.get(decision)
    if decide is None:
        raise Http404
    if decide(found, request.user):
        messages.success(request, _decided(decision))
    else:
        messages.warning(
            request, gettext("This message has changed in the meantime: look at it again.")
        )
    if decision == "foreign":
        return redirect(found.case)
    return redirect("case-message", code=code, pk=pk)


def _decided(decision: str) -> str:
    return {
        "stop": gettext("Stopped. It has not gone out."),
        "went_out": gettext("Recorded: the letter has gone out."),
        "did_not": gettext("Noted. You can send the letter again."),
        "belongs": gettext("The message belongs to this case now."),
        "foreign": gettext("The message is gone from this case."),
    }[decision]


# Files --------------------------------------------------------------------------------------------


@takes_files
@login_required
@sensitive_post_parameters()
def add_files(request: HttpRequest, code: str) -> HttpResponse:
    """Add files to a case; e-mails among them become messages."""
    case = case_or_404(request, code, Permission.RECORD)
    posted = request.method == "POST"
    form = AddForm(request.POST if posted else None, request.FILES if posted else None)
    if posted and (trouble := too_large(request)):
        form.add_error("files", trouble)
    elif posted and form.is_valid() and _keep(request, case, form):
        return redirect(case)
    return render(
        request,
        "web/correspondence/add_files.html",
        {"case": case, "form": form},
        status=422 if posted else 200,
    )


def _keep(request: HttpRequest, case: Case, form: AddForm) -> bool:
    """File what was added, and say what became of it."""
    files: list[Checked] = form.cleaned_data["files"]
    kept, filed, known = 0, 0, 0
    for file in files:
        if file.kind != EML:
            keep_file(case, file, by=request.user)  # type: ignore[arg-type]
            kept += 1
            continue
        file.stream.seek(0)
        try:
            found = receive(file.stream.read(), case=case)
        except (TooLarge, NotAMessage):
            form.add_error("files", f"{file.name}: {gettext('This is not an e-mail.')}")
        except ScannerAway:
            form.add_error("files", str(PROBLEMS["scanner_away"]))
        else:
            filed += bool(found and found.is_new)
            known += bool(found and not found.is_new)
    if kept:
        messages.success(
            request, ngettext("%(n)s file added.", "%(n)s files added.", kept) % {"n": kept}
        )
    if filed:
        text = ngettext("%(n)s message filed.", "%(n)s messages filed.", filed)
        messages.success(request, text % {"n": filed})
    if known:
        messages.info(request, gettext("A message was here already; it is kept once."))
    return not form.errors


@login_required
@require_safe
def file(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """A file of a case, to keep; it is never opened in the browser."""
    found = get_object_or_404(case_or_404(request, code).attachments.all(), pk=pk)
    response = StreamingHttpResponse(found.pieces(), content_type=found.kind)
    response["Content-Length"] = str(found.size)
    return _download(response, found.name)


def _download(response: Response, name: str) -> Response:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Disposition"] = disposition or "attachment"
    for header, value in SEALED_OFF.items():
        response[header] = value
    return response


# The outbox of a development site -----------------------------------------------------------------


@require_safe
def outbox_page(request: HttpRequest) -> HttpResponse:
    """What would have gone out."""
    _only_in_development()
    return render(request, "web/correspondence/outbox.html", {"letterbox": outbox.listing()})


@require_safe
def outbox_message(request: HttpRequest, name: str) -> HttpResponse:
    _only_in_development()
    raw = outbox.content(name)
    if raw is None:
        raise Http404
    return _download(HttpResponse(raw, content_type=EML), name)


def _only_in_development() -> None:
    if not settings.OUTBOX_FOLDER:
        raise Http404


# Fetching -----------------------------------------------------------------------------------------


def _letter(request: HttpRequest, code: str, number: int) -> Letter:
    case = case_or_404(request, code, Permission.SEND)
    return get_object_or_404(case.letters.all(), number=number)


def _message(request: HttpRequest, code: str, pk: int) -> Message:
    case = case_or_404(request, code)
    return get_object_or_404(case.messages.select_related("letter"), pk=pk)


def _mail_of(letter: Letter) -> Message | None:
    """The latest message by which a letter was sent from here."""
    return letter.messages.without_bodies().filter(outgoing=True).order_by("-pk").first()
