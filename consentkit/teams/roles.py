"""What each role of a team may do: a table that describes itself.

Nobody may anything that is not in this table. A wall (``models.Wall``) beats every entry of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise


class Permission(StrEnum):
    """Something that a role may allow. The order is that of the page that shows the table."""

    VIEW = "view"
    DRAFT = "draft"
    RECORD = "record"
    SEND = "send"
    CLOSE = "close"
    REVIEW = "review"
    ASSIGN = "assign"
    CLIENTS = "clients"
    CONFLICTS = "conflicts"
    WALLS = "walls"
    CAMPAIGNS = "campaigns"
    EXPORT = "export"
    REPORTS = "reports"
    RETENTION = "retention"
    AUDIT = "audit"
    MANAGE = "manage"


PERMISSIONS: dict[Permission, Label] = {
    Permission.VIEW: _("Read cases, their letters and files"),
    Permission.DRAFT: _("Draft letters"),
    Permission.RECORD: _("Record what happened, and add files"),
    Permission.SEND: _("Let letters go out"),
    Permission.CLOSE: _("Close cases, and close missed dates with a reason"),
    Permission.REVIEW: _("Approve or return what others drafted"),
    Permission.ASSIGN: _("Say who works on which case, and hand cases over"),
    Permission.CLIENTS: _("Take in clients, their mandates and consents"),
    Permission.CONFLICTS: _("Decide about possible conflicts of interest"),
    Permission.WALLS: _("Put up ethical walls and attest them"),
    Permission.CAMPAIGNS: _("Run campaigns, imports and letters in bulk"),
    Permission.EXPORT: _("Take data out of the site"),
    Permission.REPORTS: _("See statistics and reports of the team"),
    Permission.RETENTION: _("Say how long data are kept, and destroy them"),
    Permission.AUDIT: _("Read who did and who saw what"),
    Permission.MANAGE: _("Invite people, change roles and settings"),
}


class Reach(StrEnum):
    """Which cases of the team a role is about."""

    ALL = "all"
    ASSIGNED = "assigned"
    CAMPAIGNS = "campaigns"


REACHES: dict[Reach, Label] = {
    Reach.ALL: _("all cases of the team"),
    Reach.ASSIGNED: _("only cases assigned to them"),
    Reach.CAMPAIGNS: _("only cases of campaigns"),
}


@dataclass(frozen=True, kw_only=True)
class Role:
    """What somebody may do in a team, and with which of its cases.

    What somebody with ``needs_review`` drafts goes out only after somebody else approved it.
    """

    key: str
    name: Label
    summary: Label
    may: frozenset[Permission]
    reach: Reach = Reach.ALL
    needs_review: bool = False


WORK = frozenset(
    {Permission.VIEW, Permission.DRAFT, Permission.RECORD, Permission.SEND, Permission.CLOSE}
)

ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        Role(
            key="owner",
            name=_("Owner"),
            summary=_("Runs the team: people, settings, and everything else."),
            may=frozenset(Permission),
        ),
        Role(
            key="supervisor",
            name=_("Supervisor"),
            summary=_("Answers for the work: approves letters, decides conflicts, assigns cases."),
            may=frozenset(Permission) - {Permission.MANAGE, Permission.RETENTION},
        ),
        Role(
            key="caseworker",
            name=_("Caseworker"),
            summary=_("Works on all cases of the team, and takes in clients."),
            may=WORK | {Permission.CLIENTS, Permission.REPORTS},
        ),
        Role(
            key="student",
            name=_("Student"),
            summary=_("Drafts and records in assigned cases; nothing goes out unread."),
            may=frozenset({Permission.VIEW, Permission.DRAFT, Permission.RECORD}),
            reach=Reach.ASSIGNED,
            needs_review=True,
        ),
        Role(
            key="coordinator",
            name=_("Coordinator"),
            summary=_("Runs campaigns, and works on their cases only."),
            may=WORK | {Permission.CAMPAIGNS, Permission.CLIENTS, Permission.REPORTS},
            reach=Reach.CAMPAIGNS,
        ),
        Role(
            key="viewer",
            name=_("Viewer"),
            summary=_("Reads, and changes nothing."),
            may=frozenset({Permission.VIEW}),
        ),
    )
}


def offered_roles() -> list[Role]:
    """The roles that somebody can be given."""
    return list(ROLES.values())


def roles_with(permission: Permission) -> list[str]:
    """The keys of the roles that allow something."""
    return [role.key for role in ROLES.values() if permission in role.may]
