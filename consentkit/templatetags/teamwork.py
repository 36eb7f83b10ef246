"""The navigation of a team, on each of its pages.

One table says where each page belongs and whom it is offered: a page that somebody's role does
not allow is not in their navigation, and a page below another one belongs to the same entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case
from consentkit.cases.selection import Selection
from consentkit.teams.access import role_in
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Label, Permission, Role

register = template.Library()


@dataclass(frozen=True)
class Entry:
    """A page of a team by the name of its URL. ``below`` are the pages that hang on it."""

    label: Label
    page: str
    permission: Permission | None = None
    below: frozenset[str] = frozenset()

    def offered_to(self, role: Role) -> bool:
        return self.permission is None or self.permission in role.may

    def holds(self, page: str) -> bool:
        return page == self.page or page in self.below

    def address(self, team: Team) -> str:
        if self.page == "cases":
            return f"{reverse('cases')}?{Selection(team=team.slug).query()}"
        return reverse(self.page, args=[team.slug])


@dataclass(frozen=True)
class Group:
    """Pages about the same."""

    label: Label
    entries: tuple[Entry, ...]


GROUPS = (
    Group(
        _("Cases"),
        (
            Entry(_("Overview of today"), "team-dashboard", Permission.VIEW),
            Entry(_("All cases"), "cases", Permission.VIEW, frozenset({"case"})),
            Entry(
                _("Many cases at once"),
                "batches",
                Permission.CAMPAIGNS,
                frozenset(
                    {
                        "batch-letters",
                        "batch-chase",
                        "batch",
                        "batch-letter",
                        "batch-posted",
                        "batch-send",
                        "batch-print",
                    }
                ),
            ),
            Entry(_("Waiting for review"), "team-reviews", Permission.REVIEW),
            Entry(_("Who knows which date"), "team-watch", Permission.REVIEW),
            Entry(
                _("Control lists"),
                "team-control",
                Permission.REVIEW,
                frozenset({"team-control-day"}),
            ),
            Entry(_("Hand cases over"), "team-handover", Permission.ASSIGN),
        ),
    ),
    Group(
        _("Clients"),
        (
            Entry(
                _("All clients"),
                "clients",
                Permission.VIEW,
                frozenset(
                    {
                        "client",
                        "client-intake",
                        "client-change",
                        "client-close",
                        "client-party",
                        "client-hold",
                        "client-conflict",
                        "client-mandate",
                        "client-mandate-new",
                        "client-mandate-revoke",
                        "client-consents",
                    }
                ),
            ),
            Entry(
                _("Intake by a link"),
                "intake-links",
                Permission.CLIENTS,
                frozenset({"intake-withdraw"}),
            ),
            Entry(
                _("People from a spreadsheet"),
                "imports",
                Permission.CAMPAIGNS,
                frozenset({"import", "import-columns"}),
            ),
            Entry(_("Conflicts to decide about"), "conflicts", Permission.CONFLICTS),
            Entry(_("Your own conflicts"), "own-conflicts", Permission.VIEW),
            Entry(_("Ethical walls"), "team-walls", None, frozenset({"team-wall"})),
        ),
    ),
    Group(
        _("Campaigns and texts"),
        (
            Entry(
                _("Campaigns"),
                "campaigns",
                Permission.CAMPAIGNS,
                frozenset(
                    {
                        "campaign",
                        "campaign-new",
                        "campaign-edit",
                        "campaign-state",
                        "campaign-preview",
                    }
                ),
            ),
            Entry(
                _("House texts"),
                "team-texts",
                Permission.VIEW,
                frozenset({"team-text", "team-text-new", "team-text-write"}),
            ),
            Entry(_("Sites that may show our campaigns"), "team-frames", Permission.MANAGE),
        ),
    ),
    Group(
        _("Figures and files"),
        (
            Entry(
                _("How platforms behave"),
                "team-platforms",
                Permission.REPORTS,
                frozenset({"team-publish"}),
            ),
            Entry(_("Exports"), "team-exports", Permission.EXPORT),
        ),
    ),
    Group(
        _("The team itself"),
        (
            Entry(
                _("People and roles"),
                "team",
                None,
                frozenset({"team-invite", "team-member", "team-leave"}),
            ),
            Entry(_("Outcomes"), "team-outcomes", Permission.MANAGE),
            Entry(
                _("Keeping and destroying"),
                "team-retention",
                Permission.RETENTION,
                frozenset({"retention-decide", "retention-rule-end", "destruction"}),
            ),
            Entry(
                _("Audit log"),
                "team-audit",
                Permission.AUDIT,
                frozenset({"team-audit-verify"}),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    """An entry as the navigation shows it. ``here`` is what ``aria-current`` says, if anything."""

    label: Label
    address: str
    here: str = ""


@dataclass(frozen=True)
class Shown:
    """A group as somebody sees it: its name leads to the first of its pages."""

    head: Link
    links: tuple[Link, ...]


def belongs(page: str) -> bool:
    """Whether a page, by the name of its URL, is one of a team's."""
    return any(entry.holds(page) for group in GROUPS for entry in group.entries)


def shown(team: Team, role: Role, page: str) -> list[Shown]:
    """The groups of a team as a role sees them from one of its pages."""
    return list(_shown(team, role, page))


def _shown(team: Team, role: Role, page: str) -> Iterator[Shown]:
    for group in GROUPS:
        entries = [entry for entry in group.entries if entry.offered_to(role)]
        if not entries:
            continue
        links = tuple(
            Link(entry.label, entry.address(team), _here(entry, page)) for entry in entries
        )
        here = "true" if any(link.here for link in links) else ""
        if len(links) == 1:
            here = links[0].here
        yield Shown(Link(group.label, links[0].address, here), links)


def _here(entry: Entry, page: str) -> str:
    if page == entry.page:
        return "page"
    return "true" if page in entry.below else ""


@register.inclusion_tag("web/teams/_navigation.html", takes_context=True)
def team_navigation(context: Context) -> dict[str, Any]:
    """The pages of the team that a page is about; nothing where it is about none.

    The page says so with ``team`` or, where it is that of a case, with ``case``.
    """
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if request is None or match is None or not belongs(match.url_name or ""):
        return {}
    case, team = context.get("case"), context.get("team")
    if team is None and isinstance(case, Case):
        team = case.team
    user = request.user
    if not isinstance(team, Team) or not isinstance(user, User):
        return {}
    role = role_in(user, team)
    if role is None:
        return {}
    groups = shown(team, role, match.url_name)
    return {
        "team": team,
        "groups": groups,
        "current": next((group for group in groups if group.head.here), None),
    }
