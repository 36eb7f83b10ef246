"""Taking everything of an account along, bringing it back, and deleting the account.

Both pages are among those before which people show again who they are (``accounts.confirm``).
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from consentkit.confidential.addresses import normal
from consentkit.correspondence.archive.reading import Refused
from consentkit.correspondence.archive.restoring import Restored, restore
from consentkit.correspondence.archive.writing import everything
from consentkit.correspondence.erasure import OnlyOwner, delete_account, outlook
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import User
from consentkit.web.uploads import ROOM, takes_archive


class ArchiveForm(forms.Form):
    """The archive to bring back."""

    use_required_attribute = False

    archive = forms.FileField(
        label=_("The ZIP file"),
        help_text=_(
            "As you downloaded it from ConsentKit, here or on another site. We look through all of "
            "it before anything is taken in. Cases that you have already stay as they are."
        ),
        widget=forms.FileInput({"accept": ".zip,application/zip"}),
        error_messages={
            "required": _("Choose the ZIP file."),
            "empty": _("This file is empty."),
        },
    )


class DeleteAccountForm(forms.Form):
    """One's own address, typed, so that no account is deleted by mistake."""

    use_required_attribute = False

    email = forms.CharField(
        max_length=254,
        label=_("Type your e-mail address"),
        help_text=_("So that nothing is deleted by mistake."),
        widget=forms.EmailInput({"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type your e-mail address.")},
    )

    def __init__(self, told: Any, *, address: str) -> None:
        super().__init__(told)
        self.address = address

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"]
        if normal(typed) != normal(self.address):
            raise forms.ValidationError(gettext("This is not the address of your account."))
        return typed


@takes_archive
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Download everything; bring it back."""
    assert isinstance(request.user, User)
    if "download" in request.POST:
        return _download(request.user)
    form = ArchiveForm()
    if request.method == "POST":
        form = ArchiveForm(request.POST, request.FILES)
        found = _bring_back(request, form)
        if found is not None:
            messages.success(request, _told(found))
            return redirect("account-data")
    return render(
        request,
        "web/account/data.html",
        {"form": form, "outlook": outlook(request.user, request.user.today(timezone.now()))},
        status=422 if form.errors else 200,
    )


def _download(user: User) -> StreamingHttpResponse:
    now = timezone.now()
    response = StreamingHttpResponse(everything(user, made_at=now), content_type="application/zip")
    name = f"consentkit-{user.today(now).isoformat()}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _bring_back(request: HttpRequest, form: ArchiveForm) -> Restored | None:
    """What came of an archive; None where the form says why nothing did."""
    assert isinstance(request.user, User)
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_ARCHIVE_SIZE + ROOM:
        largest = settings.MAX_ARCHIVE_SIZE // (1024 * 1024)
        form.errors["archive"] = form.error_class(
            [gettext("This file is larger than %(size)s MB.") % {"size": largest}]
        )
        return None
    if not form.is_valid():
        return None
    try:
        return restore(form.cleaned_data["archive"].file, owner=request.user)
    except Refused as error:
        form.add_error("archive", error.message)
        return None


def _told(found: Restored) -> str:
    new = ngettext(
        "%(number)s case was brought back.", "%(number)s cases were brought back.", found.new
    ) % {"number": found.new}
    if not found.known:
        return new
    known = ngettext(
        "%(number)s case was here already and stayed as it is.",
        "%(number)s cases were here already and stayed as they are.",
        found.known,
    ) % {"number": found.known}
    return f"{new} {known}"


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Delete one's account: what goes, what stays for now and why, and then it is gone."""
    assert isinstance(request.user, User)
    now = timezone.now()
    posted = request.POST if request.method == "POST" else None
    form = DeleteAccountForm(posted, address=request.user.email)
    if request.method == "POST" and form.is_valid():
        try:
            told = delete_account(request.user, now=now)
        except (OnlyOwner, NotPossible):
            form.add_error(None, gettext("Make somebody else an owner of your team first."))
        else:
            logout(request)
            return render(request, "web/account/deleted.html", {"told": told})
    return render(
        request,
        "web/account/delete.html",
        {"form": form, "told": outlook(request.user, request.user.today(now))},
        status=422 if form.errors else 200,
    )
