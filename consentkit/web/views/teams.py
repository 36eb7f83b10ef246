"""A team: its people, the handing over of cases, its walls and its audit log."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consentkit.cases.assignment import are_many, begin, hand_over
from consentkit.clients.models import Client
from consentkit.correspondence.invitations import send_invitation
from consentkit.letters.render import MissingEngine, NoGlyph
from consentkit.reports import paper
from consentkit.reports.paper import WallLine
from consentkit.retention.actions import waiting_for
from consentkit.teams import actions
from consentkit.teams.access import client_reach, memberships, role_in
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note, verify, verify_new
from consentkit.teams.models import AuditMark, Membership, Team, User, Wall
from consentkit.teams.roles import (
    PERMISSIONS,
    REACHES,
    ROLES,
    Permission,
    offered_roles,
)
from consentkit.templatetags.teamwork import shown
from consentkit.web.doors import mine, team_or_404, user_of
from consentkit.web.strangers import may_mail
from consentkit.web.teamwork.forms import (
    AuditFilter,
    HandOverForm,
    InviteForm,
    MemberForm,
    StatementForm,
    TeamForm,
    WallForm,
)
from consentkit.web.teamwork.trail import (
    PAGE,
    actions_in,
    attempts,
    csv_lines,
    entries,
    lines,
    people_in,
    row,
    who_is,
)


def people_of(team: Team) -> list[Membership]:
    """Whoever has a place in a team, those whose last day is over included."""
    found = Membership.objects.filter(team=team, ended_at=None)
    return list(found.select_related("user").order_by("pk"))


# Teams --------------------------------------------------------------------------------------------


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """The teams somebody is in; a new one."""
    user = user_of(request)
    form = TeamForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = actions.found(
            form.cleaned_data["name"],
            by=user,
            language=get_language() or "en",
            time_zone=user.time_zone or "UTC",
        )
        messages.success(request, gettext("The team is there. You are its owner."))
        return redirect("team", slug=made.slug)
    mine_ = memberships(user).select_related("team").order_by("team__name")
    context = {"form": form, "rows": [(one, ROLES[one.role]) for one in mine_]}
    return render(request, "web/teams/list.html", context, status=422 if form.errors else 200)


@mine
@require_safe
def team(request: HttpRequest, slug: str) -> HttpResponse:
    """The people of a team, and what each role may do."""
    return _team_page(request, team_or_404(request, slug))


def _team_page(
    request: HttpRequest, found: Team, invite: InviteForm | None = None, link: str = ""
) -> HttpResponse:
    role = role_in(user_of(request), found)
    may = role.may if role else frozenset()
    manages = Permission.MANAGE in may
    today = timezone.localdate()
    roles = offered_roles()
    context = {
        "team": found,
        "groups": shown(found, role, "team") if role else [],
        "manages": manages,
        "people": [
            {
                "membership": one,
                "role": ROLES[one.role],
                "is_over": one.expires_on is not None and one.expires_on < today,
                "is_you": one.user_id == user_of(request).pk,
            }
            for one in people_of(found)
        ],
        "invitations": [
            (one, ROLES[one.role])
            for one in found.invitations.filter(
                accepted_at=None, withdrawn_at=None, valid_until__gte=timezone.now()
            )
        ]
        if manages
        else [],
        "falling": waiting_for(found, user_of(request)).count()
        if Permission.RETENTION in may
        else 0,
        "invite": invite or InviteForm(initial={"role": "caseworker"}),
        "link": link,
        "roles": roles,
        "reaches": [REACHES[one.reach] for one in roles],
        "permissions": [
            (name, [(one.name, permission in one.may) for one in roles])
            for permission, name in PERMISSIONS.items()
        ],
    }
    status = 422 if invite is not None and invite.errors else 200
    return render(request, "web/teams/detail.html", context, status=status)


# People -------------------------------------------------------------------------------------------


@mine
@require_POST
@sensitive_variables("secret")
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask somebody to join. Where no e-mail can go, the link is shown, once."""
    found = team_or_404(request, slug, Permission.MANAGE)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _team_page(request, found, form)
    told = form.cleaned_data
    try:
        invitation, secret = actions.invite(
            found, told["email"], told["role"], by=user_of(request), expires_on=told["expires_on"]
        )
    except NotPossible as error:
        form.add_error("expires_on", str(error))
        return _team_page(request, found, form)
    if may_mail(request, told["email"]) and send_invitation(invitation, secret):
        messages.success(request, gettext("The invitation is on its way."))
        return redirect("team", slug=slug)
    link = request.build_absolute_uri(reverse("team-join", args=[secret]))
    return _team_page(request, found, link=link)


@mine
@require_POST
def withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take an invitation back."""
    found = team_or_404(request, slug, Permission.MANAGE)
    actions.withdraw(get_object_or_404(found.invitations, pk=pk), by=user_of(request))
    messages.success(request, gettext("The invitation is withdrawn. Its link leads nowhere."))
    return redirect("team", slug=slug)


@mine
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Change somebody's role and last day, or end their place in the team."""
    found = team_or_404(request, slug, Permission.MANAGE)
    people = found.memberships.filter(ended_at=None).select_related("user")
    membership = get_object_or_404(people, pk=pk)
    told = request.POST if request.method == "POST" else None
    now = {"role": membership.role, "expires_on": membership.expires_on}
    form = MemberForm(None if told is None or "end" in told else told, initial=now)
    try:
        if told is not None and "end" in told:
            actions.end(membership, by=user_of(request))
            messages.success(request, gettext("Their access has ended."))
            return redirect(
                "teams" if membership.user_id == user_of(request).pk else found_page(slug)
            )
        if told is not None and form.is_valid():
            actions.change(membership, by=user_of(request), **form.cleaned_data)
            messages.success(request, gettext("Saved."))
            return redirect(found_page(slug))
    except NotPossible as error:
        membership.refresh_from_db()
        if not form.is_bound:
            form = MemberForm(now)
            form.is_valid()
        form.add_error(None, str(error))
    context = {
        "team": found,
        "membership": membership,
        "form": form,
        "cases": found.cases.filter(owner=membership.user_id).count(),
    }
    return render(request, "web/teams/member.html", context, status=422 if form.errors else 200)


def found_page(slug: str) -> str:
    return reverse("team", args=[slug])


@mine
@require_POST
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave a team oneself."""
    found = team_or_404(request, slug)
    try:
        actions.end(memberships(user_of(request)).get(team=found), by=user_of(request))
    except NotPossible as error:
        messages.error(request, str(error))
        return redirect(found_page(slug))
    messages.success(request, gettext("You have left the team."))
    return redirect("teams")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret")
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Where the link of an invitation leads: sign in, then accept."""
    invitation = actions.invitation_of(secret)
    if invitation is None:
        return render(request, "web/teams/join_gone.html", status=404)
    if request.method == "POST":
        if not isinstance(request.user, User):
            return redirect(f"{reverse('account_login')}?next={request.path}")
        try:
            actions.accept(invitation, by=request.user)
        except NotPossible as error:
            messages.error(request, str(error))
            return redirect("teams")
        messages.success(request, gettext("You are in the team."))
        return redirect(found_page(invitation.team.slug))
    context = {"invitation": invitation, "team": invitation.team, "role": ROLES[invitation.role]}
    response = render(request, "web/teams/join.html", context)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# Handing over -------------------------------------------------------------------------------------


@sensitive_post_parameters()
@mine
@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: HttpRequest, slug: str) -> HttpResponse:
    """Give all cases of somebody to somebody else, with a memo."""
    found = team_or_404(request, slug, Permission.ASSIGN)
    people = found.memberships.select_related("user").filter(ended_at=None).order_by("pk")
    form = HandOverForm(request.POST if request.method == "POST" else None, people=people)
    if request.method == "POST" and form.is_valid():
        told, user = form.cleaned_data, user_of(request)
        what = {
            "giver": told["giver"].user,
            "taker": told["taker"].user,
            "memo": told["memo"],
            "by": user,
            "on": user.today(timezone.now()),
        }
        try:
            if are_many(found, told["giver"].user):
                begin(found, **what)
                messages.success(request, gettext("The cases are on their way."))
                return redirect("team-handover", slug=slug)
            done = hand_over(found, **what)
        except NotPossible as error:
            form.add_error("taker", str(error))
        else:
            moved = ngettext(
                "%(number)s case was handed over.", "%(number)s cases were handed over.", done.moved
            )
            messages.success(request, moved % {"number": done.moved})
            if done.stayed:
                stayed = ngettext(
                    "%(number)s case stayed: this person may not have it.",
                    "%(number)s cases stayed: this person may not have them.",
                    done.stayed,
                )
                messages.warning(request, stayed % {"number": done.stayed})
            return redirect(found_page(slug))
    going = found.hand_overs.select_related("giver", "taker")[:5]
    context = {"team": found, "form": form, "going": going}
    return render(request, "web/teams/handover.html", context, status=422 if form.errors else 200)


# Walls --------------------------------------------------------------------------------------------


@sensitive_post_parameters()
@mine
@require_http_methods(["GET", "HEAD", "POST"])
def walls(request: HttpRequest, slug: str) -> HttpResponse:
    """The walls of a team; whoever may not put them up sees those before themselves."""
    found = team_or_404(request, slug)
    user = user_of(request)
    role = role_in(user, found)
    keeps = role is not None and Permission.WALLS in role.may
    if request.method == "POST" and not keeps:
        raise Http404
    people = found.memberships.select_related("user").filter(ended_at=None).order_by("pk")
    clients = Client.objects.filter(client_reach(user, Permission.VIEW), team=found).distinct()
    told = request.POST if request.method == "POST" else None
    form = WallForm(told, people=people, clients=clients)
    if told is not None and form.is_valid():
        try:
            actions.wall_off(
                found,
                form.cleaned_data["person"].user,
                form.cleaned_data["client"].pk,
                by=user,
                reason=form.cleaned_data["reason"],
            )
        except NotPossible as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, gettext("The wall stands, from now on and everywhere."))
            return redirect("team-walls", slug=slug)
    named, today = _named(found, user), timezone.localdate()
    context = {
        "team": found,
        "keeps": keeps,
        "form": form,
        "rows": [_wall_row(one, user, named, today) for one in _walls(found, user, keeps=keeps)],
    }
    return render(request, "web/teams/walls.html", context, status=422 if form.errors else 200)


def _walls(found: Team, user: User, *, keeps: bool) -> list[Wall]:
    rows = found.walls.select_related("user", "client", "by").prefetch_related("attestations__by")
    return list((rows if keeps else rows.filter(user=user)).order_by("lifted_at", "attest_by"))


def _wall_row(wall: Wall, reader: User, named: Set[int], today: date) -> dict[str, object]:
    """A wall as somebody reads it. ``named`` are the clients of whom they may know the name."""
    number, name = wall.client.number, wall.client.name
    return {
        "wall": wall,
        "is_mine": wall.user_id == reader.pk,
        "client": f"{number}: {name}" if wall.client_id in named else str(number),
        "knows": wall.client_id in named,
        "is_due": wall.lifted_at is None and wall.attest_by <= today,
        "last": max((one.at for one in wall.attestations.all()), default=None),
    }


def _named(found: Team, reader: User) -> set[int]:
    clients = Client.objects.filter(client_reach(reader, Permission.VIEW), team=found)
    return set(clients.values_list("pk", flat=True))


@sensitive_post_parameters()
@mine
@require_http_methods(["GET", "HEAD", "POST"])
def wall(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Attest a wall, or lift it."""
    found = team_or_404(request, slug)
    user = user_of(request)
    role = role_in(user, found)
    keeps = role is not None and Permission.WALLS in role.may
    standing = found.walls.filter(lifted_at=None).select_related("user", "client")
    one = get_object_or_404(standing if keeps else standing.filter(user=user), pk=pk)
    told = request.POST if request.method == "POST" else None
    form = StatementForm(told, prefix=f"wall-{pk}")
    if told is not None and form.is_valid():
        words = form.cleaned_data["statement"]
        try:
            if "lift" in told:
                if not keeps:
                    raise Http404
                actions.lift(one, by=user, reason=words)
                messages.success(request, gettext("The wall is lifted. It stays on record."))
            else:
                actions.attest(one, by=user, statement=words)
                messages.success(request, gettext("Attested. Thank you."))
        except NotPossible as error:
            form.add_error("statement", str(error))
        else:
            return redirect("team-walls", slug=slug)
    context = {
        "team": found,
        "keeps": keeps and one.user_id != user.pk,
        "form": form,
        "row": _wall_row(one, user, _named(found, user), timezone.localdate()),
    }
    return render(request, "web/teams/wall.html", context, status=422 if form.errors else 200)


@mine
@require_safe
def walls_report(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every wall with its attestations, for whoever checks the office."""
    found = team_or_404(request, slug, Permission.WALLS)
    user = user_of(request)
    note(found, "walls.exported", by=user)
    return _csv(_report(found, user), "walls.csv")


@mine
@require_safe
def walls_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The same on paper, with every attempt from behind a wall."""
    found = team_or_404(request, slug, Permission.WALLS)
    user = user_of(request)
    today = user.today(timezone.now())
    try:
        made = paper.walls(
            found,
            list(_wall_lines(found, user)),
            today=today,
            language=get_language() or "en",
            paper="a4",
        )
    except (MissingEngine, NoGlyph) as error:
        messages.error(request, str(error))
        return redirect("team-walls", slug=slug)
    note(found, "walls.exported", by=user)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="walls.pdf"'
    return response


def _wall_lines(found: Team, user: User) -> Iterator[WallLine]:
    names, named, tried = people_in(found), _named(found, user), attempts(found)
    for one in _walls(found, user, keeps=True):
        row = _wall_row(one, user, named, timezone.localdate())
        yield WallLine(
            number=one.pk,
            person=who_is(one.user_id, names),
            client=str(row["client"]),
            reason=one.reason if row["knows"] else "",
            made_at=one.made_at,
            made_by=who_is(one.by_id, names),
            lifted_at=one.lifted_at,
            attest_by=one.attest_by,
            attestations=tuple(
                (said.at, who_is(said.by_id, names)) for said in one.attestations.all()
            ),
            attempts=tuple(
                at
                for at in tried.get((one.user_id, one.client_id), ())
                if at >= one.made_at and (one.lifted_at is None or at <= one.lifted_at)
            ),
        )


def _report(found: Team, user: User) -> Iterator[str]:
    names, named = people_in(found), _named(found, user)
    yield row(
        [
            gettext("Wall"),
            gettext("Person"),
            gettext("Client"),
            gettext("Reason"),
            gettext("Put up"),
            gettext("By"),
            gettext("Lifted"),
            gettext("Next attestation by"),
            gettext("Attestations"),
        ]
    )
    for one in _walls(found, user, keeps=True):
        yield row(
            [
                one.pk,
                who_is(one.user_id, names),
                one.client.number,
                one.reason if one.client_id in named else "",
                one.made_at.isoformat(timespec="minutes"),
                who_is(one.by_id, names),
                one.lifted_at.isoformat(timespec="minutes") if one.lifted_at else "",
                "" if one.lifted_at else one.attest_by.isoformat(),
                "; ".join(
                    f"{said.at:%Y-%m-%d} {who_is(said.by_id, names)}"
                    for said in one.attestations.all()
                ),
            ]
        )


# The audit log ------------------------------------------------------------------------------------


@mine
@require_safe
def audit(request: HttpRequest, slug: str) -> HttpResponse:
    """Who did and who saw what, the latest first."""
    found = team_or_404(request, slug, Permission.AUDIT)
    form = _audit_filter(request, found)
    rows = entries(found, person=form.value("person"), action=form.value("action"))
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 16:
        rows = rows.filter(number__lt=int(before))
    page = list(rows[: PAGE + 1])
    context = {
        "team": found,
        "form": form,
        "lines": lines(page[:PAGE], found, user_of(request)),
        "next": page[PAGE - 1].number if len(page) > PAGE else None,
        "broken": verify_new(found),
        "mark": AuditMark.objects.filter(team=found).first(),
    }
    return render(request, "web/teams/audit.html", context)


@mine
@require_POST
def audit_verify(request: HttpRequest, slug: str) -> HttpResponse:
    """Walk the whole chain, from its first entry on."""
    found = team_or_404(request, slug, Permission.AUDIT)
    broken = verify(found)
    if broken is None:
        messages.success(request, gettext("The whole chain was walked, and it is whole."))
    else:
        messages.error(
            request,
            gettext("The chain breaks at entry %(number)s.") % {"number": broken},
        )
    return redirect("team-audit", slug=slug)


@mine
@require_safe
def audit_export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The audit log as CSV: what the filter lets through, with the chain's links."""
    found = team_or_404(request, slug, Permission.AUDIT)
    form = _audit_filter(request, found)
    note(found, "audit.exported", by=user_of(request))
    rows = entries(found, person=form.value("person"), action=form.value("action"))
    return _csv(csv_lines(rows), "audit.csv")


def _audit_filter(request: HttpRequest, found: Team) -> AuditFilter:
    people = [(str(pk), name) for pk, name in people_in(found).items()]
    return AuditFilter(request.GET, people=people, actions=actions_in(found))


def _csv(told: Iterator[str], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(told, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
