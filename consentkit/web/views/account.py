"""One's account: what can be chosen, and the door to everything that keeps it safe."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter as session_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from consentkit.cases.reminders import replan
from consentkit.teams.models import User
from consentkit.web.accounts import confirm
from consentkit.web.accounts.adapter import start
from consentkit.web.accounts.forms import CodeForm, SettingsForm
from consentkit.web.accounts.signing_up import sign_in_instead


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The page of an account: settings to change, and links to the rest."""
    assert isinstance(request.user, User)
    form = SettingsForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        replan(request.user, timezone.now())
        messages.success(request, gettext("Your settings are saved."))
        return redirect(start(request))
    person = User.objects.get(pk=request.user.pk)  # as saved, whatever was typed
    kinds = list(Authenticator.objects.filter(user=person).values_list("type", flat=True))
    return render(
        request,
        "web/account/account.html",
        {
            "form": form,
            "person": person,
            "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
            "has_app": Authenticator.Type.TOTP in kinds,
            "has_codes": Authenticator.Type.RECOVERY_CODES in kinds,
            "sessions": UserSession.objects.filter(user=person).count(),
        },
        status=422 if form.errors else 200,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in, and the button that ends each."""
    every = UserSession.objects.purge_and_list(request.user)
    if request.method == "POST":
        wanted = request.POST.get("end", "")
        ended = [one for one in every if not one.is_current() and wanted in ("others", str(one.pk))]
        session_adapter().end_sessions(ended)
        if ended:
            messages.success(request, gettext("Signed out there."))
        return redirect("account-sessions")
    every.sort(key=lambda one: (not one.is_current(), -one.last_seen_at.timestamp()))
    return render(request, "web/account/sessions.html", {"sessions": every})


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave a sign-up or sign-in half-way: to sign in otherwise, or for good.

    Whoever leaves for good leaves nothing behind, not even a letter that waits.
    """
    if request.user.is_authenticated:
        return redirect("account")
    if "instead" in request.POST:
        sign_in_instead(request)
        return redirect("account_login")
    request.session.flush()
    return redirect("home")


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_by_code(request: HttpRequest) -> HttpResponse:
    """Show again who one is, by a code that is mailed; then on to where one was going."""
    assert isinstance(request.user, User)
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if not get_adapter().is_safe_url(onward):
        onward = reverse("account")
    form = CodeForm(request.POST if "code" in request.POST else None)
    trouble = ""
    if "send" in request.POST and not confirm.send_code(request, request.user):
        trouble = str(get_adapter().error_messages["rate_limited"])
    elif "code" in request.POST and form.is_valid():
        if confirm.check_code(request, request.user, form.cleaned_data["code"]):
            return redirect(onward)
        form.add_error("code", get_adapter().error_messages["incorrect_code"])
    return render(
        request,
        "web/account/confirm.html",
        {"form": form, "asked": confirm.is_asked(request), "next": onward, "trouble": trouble},
        status=422 if form.errors or trouble else 200,
    )
