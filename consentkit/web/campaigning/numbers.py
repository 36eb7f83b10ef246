"""A campaign in numbers: who joined, and where their cases stand, each with the cases behind it."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext

from consentkit.campaigns.models import Campaign, Participation
from consentkit.cases.models import Case
from consentkit.cases.posture import Stage
from consentkit.cases.selection import Selection
from consentkit.clients.models import Client
from consentkit.reports.charts import Chart, Part, Row
from consentkit.teams.access import beyond_walls
from consentkit.teams.models import User
from consentkit.teams.roles import Permission
from consentkit.web.casework.words import STAGES

PEOPLE = "#participants"


def participants(campaign: Campaign, reader: User) -> QuerySet[Participation]:
    """Whoever confirmed that they join, those behind a wall before the reader left out."""
    found = Participation.objects.filter(campaign=campaign, confirmed_at__isnull=False)
    return found.filter(beyond_walls(reader, "client"))


def chart(campaign: Campaign, reader: User, today: date) -> Chart:
    """The numbers of a campaign whose letters the team sends, as the reader may know them."""
    joined = participants(campaign, reader).aggregate(
        all=Count("pk"),
        waiting=Count("pk", filter=Q(client__stage=Client.Stage.INTAKE, withdrawn_at=None)),
        left=Count("pk", filter=Q(withdrawn_at__isnull=False)),
    )
    cases = Case.objects.within(reader, Permission.VIEW).filter(campaign=campaign)
    stages = dict(cases.order_by().values_list("stage").annotate(number=Count("pk")))
    late = cases.open().filter(late_from__lte=today).count()
    made = sum(stages.values())
    rows = [
        _row("ours", gettext("Joined"), joined["all"], PEOPLE),
        _row(
            "unsure", gettext("Waiting for a decision about a conflict"), joined["waiting"], PEOPLE
        ),
        _row("plain", gettext("Left again"), joined["left"], PEOPLE),
        _row("ours", gettext("Letters made"), made, _cases(campaign, show="all")),
        _row("good", gettext("Sent"), made - stages.get(Stage.DRAFT, 0)),
        *(
            _row(
                "theirs" if stage in (Stage.SENT, Stage.WAITING, Stage.EXTENDED) else "plain",
                STAGES[stage],
                stages[stage],
                _cases(campaign, show="all", stage=str(stage)),
            )
            for stage in Stage
            if stage in stages
        ),
        _row("late", gettext("Overdue"), late, _cases(campaign, show="late")),
    ]
    return Chart("campaign", gettext("The campaign in numbers"), tuple(rows), most=len(rows))


def _row(kind: str, label: str | Promise, number: int, href: str = "") -> Row:
    return Row(str(label), (Part(kind, number, str(label), href),), href)


def _cases(campaign: Campaign, **told: str) -> str:
    """The list of the cases that a number counts."""
    chosen = Selection(team=campaign.team.slug, campaign=campaign.slug, **told)
    return f"{reverse('cases')}?{chosen.query()}"
