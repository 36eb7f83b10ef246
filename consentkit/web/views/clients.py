"""A team's clients: intake, conflicts of interest, mandates, and the ledger of consents.

Clients stand in addresses by their number in the team; what is looked for is posted.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consentkit.cases.actions import learn_parties
from consentkit.cases.models import Case
from consentkit.clients import actions
from consentkit.clients.conflicts import (
    conflicted,
    decide,
    findings,
    may_open,
    who_decide,
)
from consentkit.clients.models import Client, ConflictCheck, Mandate, Party
from consentkit.clients.names import LIKE, likeness
from consentkit.clients.names import name_of as as_name
from consentkit.clients.wordings import HOWS, SUBJECTS
from consentkit.correspondence.authority import revoke
from consentkit.letters.signature import path as signature_path
from consentkit.teams.access import Forbidden, client_reach, may
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import User
from consentkit.teams.roles import Permission
from consentkit.web.clients.door import client_or_404, matter_token
from consentkit.web.clients.forms import (
    ChangeForm,
    ConsentForm,
    DecisionForm,
    IntakeForm,
    MandateForm,
    OwnConflictForm,
    PartyForm,
    PileForm,
    RevokeForm,
    SignForm,
    today_or,
)
from consentkit.web.doors import behind_the_door, team_or_404, today_of, user_of
from consentkit.web.uploads import takes_files
from consentkit.web.wizard.places import place_name

Response = TypeVar("Response", bound=HttpResponseBase)
SHOWN = 100
PILE = 20  # conflicts on one page


# The list and the intake --------------------------------------------------------------------------


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def clients(request: HttpRequest, slug: str) -> HttpResponse:
    """The clients of a team whom somebody may see; what is looked for is posted."""
    team = team_or_404(request, slug, Permission.VIEW)
    reached = Client.objects.filter(client_reach(user_of(request), Permission.VIEW), team=team)
    rows = Client.objects.filter(pk__in=reached.values("pk")).order_by("-number")
    wanted = request.POST.get("q", "").strip()[:200]
    found = _looked_for(rows, wanted) if wanted else list(rows[: SHOWN + 1])
    waiting = _reached_checks(user_of(request), team=team)
    context = {
        "team": team,
        "rows": found[:SHOWN],
        "more": len(found) > SHOWN,
        "q": wanted,
        "takes_in": may(user_of(request), Permission.CLIENTS, team),
        "waiting": _to_decide(user_of(request), waiting[:PILE]),
    }
    return render(request, "web/clients/list.html", context)


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def conflicts_pile(request: HttpRequest, slug: str) -> HttpResponse:
    """Conflicts that wait, one below the other; those that are none are decided in one step."""
    team = team_or_404(request, slug, Permission.CONFLICTS)
    user = user_of(request)
    waiting = _reached_checks(user, team=team)
    form = PileForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ticked = [pk for pk in request.POST.getlist("check") if pk.isascii() and pk.isdigit()]
        chosen = _to_decide(user, waiting.filter(pk__in=ticked[:PILE]))
        if not chosen:
            form.add_error(None, gettext("Tick those that you have looked at."))
        else:
            _go_ahead(request, chosen, form.cleaned_data["reason"])
            return redirect("conflicts", slug)
    shown = _to_decide(user, waiting.order_by("asked_at", "pk")[:PILE])
    context = {
        "team": team,
        "rows": [(check, findings(check)) for check in shown],
        "number": waiting.count(),
        "ticked": request.POST.getlist("check"),
    }
    return _form(request, "web/clients/conflicts.html", form, context)


def _go_ahead(request: HttpRequest, chosen: list[ConflictCheck], reason: str) -> None:
    """Decide each check by itself: it is no conflict."""
    decided = 0
    for check in chosen:
        try:
            decide(check, ConflictCheck.State.PROCEED, by=user_of(request), reason=reason)
            decided += 1
        except (NotPossible, Forbidden):
            continue  # somebody else was faster, or a wall went up meanwhile
    told = ngettext(
        "%(n)s is decided: it is no conflict.", "%(n)s are decided: they are no conflicts.", decided
    )
    messages.success(request, told % {"n": decided})


def _reached_checks(user: User, **wanted: Any) -> QuerySet[ConflictCheck]:
    """The checks that wait, of clients whom somebody reaches: behind no wall."""
    reached = Client.objects.filter(client_reach(user, Permission.CONFLICTS))
    return ConflictCheck.objects.filter(
        client__in=reached.values("pk"), state=ConflictCheck.State.WAITING, **wanted
    )


def _to_decide(user: User, waiting: QuerySet[ConflictCheck]) -> list[ConflictCheck]:
    """Those of the checks that are not about somebody themselves."""
    own = Party.objects.filter(user=user, role=Party.Role.OWN).values_list("pk", flat=True)
    theirs = {(str(Party.Role.OWN), pk) for pk in own}
    return [
        check
        for check in waiting.select_related("client", "team", "party")
        if theirs.isdisjoint((what, pk) for what, pk, _score in check.hits)
    ]


def _looked_for(rows: Any, wanted: str) -> list[Client]:
    """The clients whose name, number or e-mail address fits, the likeliest first."""
    asked, told = as_name(wanted), wanted.casefold()
    found: list[tuple[float, Client]] = []
    for client in rows.iterator(chunk_size=500):
        names = [client.name, client.representative, *client.other_names]
        exact = told in (str(client.number), str(client.contact.get("email", "")).casefold())
        part = any(told in name.casefold() for name in names if name)
        alike = max((likeness(asked, as_name(name)) for name in names if name), default=0.0)
        score = 2.0 if exact or part else alike
        if score >= LIKE:
            found.append((score, client))
    return [client for _score, client in sorted(found, key=lambda one: (-one[0], one[1].number))]


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a client in."""
    team = team_or_404(request, slug, Permission.CLIENTS)
    form = IntakeForm(request.POST or None, initial={"language": team.language})
    if request.method == "POST" and form.is_valid():
        try:
            client = actions.take_in(team, form.intake(), by=user_of(request), on=today_of(request))
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("The client is taken in."))
            seen = Client.objects.filter(client_reach(user_of(request), Permission.VIEW))
            if seen.filter(pk=client.pk).exists():
                return redirect("client", team.slug, client.number)
            return redirect("clients", team.slug)
    return _form(request, "web/clients/intake.html", form, {"team": team})


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def own_conflicts(request: HttpRequest, slug: str) -> HttpResponse:
    """Toward whom somebody is not free: they say it themselves, and nobody else sees the list."""
    team = team_or_404(request, slug, Permission.VIEW)
    user = user_of(request)
    form = OwnConflictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        actions.own_conflict(team, user, told["name"], by=user, remark=told["remark"])
        messages.success(request, gettext("It is kept, and will be looked at in every search."))
        return redirect("own-conflicts", team.slug)
    own = Party.objects.filter(team=team, user=user, role=Party.Role.OWN)
    return _form(request, "web/clients/own_conflicts.html", form, {"team": team, "own": own})


def _form(request: HttpRequest, template: str, form: Any, context: dict[str, Any]) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)


# One client ---------------------------------------------------------------------------------------


@behind_the_door
@require_safe
def client(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A client at a glance."""
    found = client_or_404(request, slug, number)
    user = user_of(request)
    works = client_reach(user, Permission.CLIENTS)
    checks = list(found.conflict_checks.select_related("decided_by"))
    waiting = _reached_checks(user, client=found)
    undecided = any(one.state == ConflictCheck.State.WAITING for one in checks)
    context = {
        "client": found,
        "team": found.team,
        "home": place_name(found.residence),
        "works": Client.objects.filter(works, pk=found.pk).exists(),
        "keeps": may(user, Permission.RETENTION, found.team),
        "checks": checks,
        "waiting": undecided,
        "to_decide": _to_decide(user, waiting) if undecided else (),
        "deciders": who_decide(found.team) if undecided else (),
        "opens": may_open(found) and found.stage == Client.Stage.OPEN,
        "parties": found.parties.all(),
        "mandates": found.mandates.defer("text", "strokes", "scan"),
        "today": today_of(request),
        "consents": found.consents.filter(withdrawn_on=None).count(),
        "cases": Case.objects.visible_to(user).filter(client=found),
        "start": start_of_letter(found, user),
    }
    return render(request, "web/clients/detail.html", context)


def start_of_letter(client: Client, user: User) -> list[tuple[str, str]]:
    """What the letter's form begins with; it is posted, so nothing of it stands in an address."""
    country, _dash, region = client.residence.partition("-")
    represented = client.acts_as != Client.ActsAs.SELF
    told = {
        "country": country,
        "region": region,
        "name": client.representative if represented else client.name,
        "email": client.contact.get("email", ""),
        "account_email": client.contact.get("email", ""),
        "address": "\n".join(client.contact.get("address", [])),
        "fact-acts_as": client.acts_as,
        "fact-person_name": client.name if represented else "",
        "fact-person_born": client.born if represented else "",
        "matter": matter_token(client, user),
    }
    return [(name, value) for name, value in told.items() if value]


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Put right what is known of a client; a new name is searched for conflicts."""
    found = client_or_404(request, slug, number, Permission.CLIENTS)
    form = ChangeForm(request.POST or None, client=found)
    if request.method == "POST" and form.is_valid():
        actions.change(found, form.intake(), by=user_of(request))
        messages.success(request, gettext("Saved."))
        return redirect("client", slug, number)
    return _form(request, "web/clients/change.html", form, {"client": found, "team": found.team})


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def add_party(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Name somebody who is involved; conflicts are searched at once."""
    found = client_or_404(request, slug, number, Permission.CLIENTS)
    form = PartyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        actions.add_party(found, by=user_of(request), **told)
        learn_parties(found)
        messages.success(request, gettext("The name is kept, and conflicts were searched for it."))
        return redirect("client", slug, number)
    return _form(request, "web/clients/party.html", form, {"client": found, "team": found.team})


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """We act for them no longer."""
    found = client_or_404(request, slug, number, Permission.CLIENTS)
    if request.method == "POST":
        try:
            actions.close_client(found, by=user_of(request), on=today_of(request))
        except NotPossible as error:
            messages.error(request, str(error))
        else:
            messages.success(request, gettext("They are a former client now."))
        return redirect("client", slug, number)
    return render(request, "web/clients/close.html", {"client": found, "team": found.team})


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """What a search found, side by side, for whoever may decide about it."""
    found = client_or_404(request, slug, number, Permission.CONFLICTS)
    check = get_object_or_404(
        found.conflict_checks.select_related("team", "client", "party", "decided_by"), pk=pk
    )
    user = user_of(request)
    not_free = conflicted(check)
    if user.pk in not_free:
        raise Http404
    people = User.objects.filter(memberships__team=found.team, memberships__ended_at=None).exclude(
        pk=user.pk
    )
    form = DecisionForm(
        request.POST or None, people=people.distinct().order_by("pk"), likely=not_free
    )
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            decide(check, told["state"], by=user, reason=told["reason"], wall=form.behind())
        except NotPossible as error:
            form.add_error("wall" if told["state"] == "wall" else None, str(error))
        else:
            messages.success(request, gettext("The decision is kept."))
            return redirect("client", slug, number)
    context = {"client": found, "team": found.team, "check": check, "rows": findings(check)}
    return _form(request, "web/clients/conflict.html", form, context)


# Mandates -----------------------------------------------------------------------------------------


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def new_mandate(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """How far a mandate goes. It is signed on its own page."""
    found = client_or_404(request, slug, number, Permission.CLIENTS)
    form = MandateForm(request.POST or None, initial={"starts_on": today_of(request)})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        mandate = actions.draft_mandate(
            found,
            by=user_of(request),
            **form.chosen(found.language),
            starts_on=told["starts_on"],
            ends_on=told["ends_on"],
        )
        return redirect("client-mandate", slug, number, mandate.pk)
    return _form(request, "web/clients/mandate_new.html", form, _with(found))


def _with(client: Client) -> dict[str, Any]:
    return {"client": client, "team": client.team}


def _mandate(
    request: HttpRequest, slug: str, number: int, pk: int, permission: Permission
) -> Mandate:
    found = client_or_404(request, slug, number, permission)
    return get_object_or_404(found.mandates.select_related("client__team"), pk=pk)


@takes_files
@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def mandate(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """A mandate as it reads, and signing it."""
    wanted = Permission.CLIENTS if request.method == "POST" else Permission.VIEW
    found = _mandate(request, slug, number, pk, wanted)
    client = found.client
    signer = client.representative or client.name
    initial = {"on": today_of(request), "signer": signer}
    form = SignForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        scan = told["scan"].read() if told["scan"] else b""
        try:
            actions.sign(
                found,
                by=user_of(request),
                signer=told["signer"],
                on=told["on"],
                strokes=told["strokes"],
                scan=scan,
            )
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("The mandate is signed."))
            return redirect("client-mandate", slug, number, pk)
    works = client_reach(user_of(request), Permission.CLIENTS)
    drawn = tuple(tuple((x, y) for x, y in stroke) for stroke in found.strokes)
    context = {
        **_with(client),
        "mandate": found,
        "works": Client.objects.filter(works, pk=client.pk).exists(),
        "drawing": signature_path(drawn),
        "in_force": found.in_force(today_of(request)),
    }
    return _form(request, "web/clients/mandate.html", form, context)


@behind_the_door
@require_safe
def mandate_scan(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """The signed paper, as it was uploaded."""
    found = _mandate(request, slug, number, pk, Permission.VIEW)
    if not found.scan:
        raise Http404
    ending = found.scan_kind.partition("/")[2]
    response = HttpResponse(bytes(found.scan), content_type=found.scan_kind)
    response["Content-Disposition"] = f'attachment; filename="mandate-{found.pk}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def mandate_revoke(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """The client takes a mandate back; what waits to go out under it stops."""
    found = _mandate(request, slug, number, pk, Permission.CLIENTS)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            stopped = revoke(found, by=user_of(request), how=form.cleaned_data["how"])
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("The mandate is revoked."))
            if stopped:
                told = ngettext(
                    "%(n)s message was stopped before it went out.",
                    "%(n)s messages were stopped before they went out.",
                    stopped,
                )
                messages.warning(request, told % {"n": stopped})
            return redirect("client-mandate", slug, number, pk)
    return _form(
        request, "web/clients/revoke.html", form, {**_with(found.client), "mandate": found}
    )


# Consents -----------------------------------------------------------------------------------------


@behind_the_door
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The ledger: what the client agreed to, on what wording, and when they took it back."""
    wanted = Permission.CLIENTS if request.method == "POST" else Permission.VIEW
    found = client_or_404(request, slug, number, wanted)
    form = ConsentForm(request.POST or None, initial={"on": today_of(request)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_consent(found, by=user_of(request), **form.cleaned_data)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("The consent is in the ledger."))
            return redirect("client-consents", slug, number)
    works = client_reach(user_of(request), Permission.CLIENTS)
    names = dict(form.fields["toward"].choices)  # type: ignore[attr-defined]
    context = {
        **_with(found),
        "rows": [
            (one, SUBJECTS.get(one.subject, one.subject), names.get(one.toward, one.toward),
             HOWS.get(one.how, ""))
            for one in found.consents.all()
        ],
        "works": Client.objects.filter(works, pk=found.pk).exists(),
        "today": today_of(request).isoformat(),
    }  # fmt: skip
    return _form(request, "web/clients/consents.html", form, context)


@behind_the_door
@require_POST
def consent_withdraw(request: HttpRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """The client takes a consent back."""
    found = client_or_404(request, slug, number, Permission.CLIENTS)
    consent = get_object_or_404(found.consents.select_related("client__team"), pk=pk)
    day = today_or(request.POST.get("on", ""), today_of(request))
    try:
        if day is None:
            raise NotPossible(gettext("This day does not exist. Write it as 2026-03-31."))
        actions.withdraw_consent(consent, by=user_of(request), on=day)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("It is noted that the client took it back."))
    return redirect(reverse("client-consents", args=[slug, number]))
