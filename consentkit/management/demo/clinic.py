"""A clinic with a supervisor, a student, and a client with two matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from django.db import transaction

from consentkit.cases.watch import give_second
from consentkit.clients.actions import Intake, draft_mandate, sign
from consentkit.clients.actions import take_in as take_client_in
from consentkit.clients.models import Client
from consentkit.letters.actions import take_in
from consentkit.letters.request import Account, Sender
from consentkit.teams.actions import accept, found, invite
from consentkit.teams.models import Team, User

from .companies import SOCIAL, VIDEO
from .people import SIGNATURE, user
from .steps import Story, arrived, letter, review_asked, sent

CLINIC, CLIENT = "Example Clinic", "Dora Demo"
SUPERVISOR, STUDENT = "supervisor@example.org", "student@example.org"
CLIENT_AT_HOME = Sender(CLIENT, ("Demoplatz 2", "10115 Berlin"), "dora@example.org")


@transaction.atomic
def make_clinic(today: date) -> bool:
    """Make the clinic, its people, and a client with two matters; False where it is there."""
    if User.objects.filter(email__in=[SUPERVISOR, STUDENT]).exists():
        return False
    supervisor, student = user(SUPERVISOR, "Sue Supervisor"), user(STUDENT, "Stu Student")
    team = found(CLINIC, by=supervisor)
    term_ends = today + timedelta(days=120)
    invitation, _secret = invite(team, STUDENT, "student", by=supervisor, expires_on=term_ends)
    accept(invitation, by=student)
    client = taken_in(team, supervisor, today - timedelta(days=70))
    for story in MATTERS:
        request = replace(
            story.request(today), sender=CLIENT_AT_HOME, account=Account(handle="@dora.demo")
        )
        case = take_in(
            request, owner=supervisor, place=story.owed_in, demo=True, team=team, client=client
        )
        give_second(case, student, by=supervisor)
        for step in story.steps:
            step(case, today)
    return True


def taken_in(team: Team, supervisor: User, on: date) -> Client:
    """The client of the clinic, with a signed mandate. Nobody else is there to conflict with."""
    intake = Intake(
        name=CLIENT,
        residence="DE-BE",
        email=CLIENT_AT_HOME.email,
        address=CLIENT_AT_HOME.address,
        about={"matter": "Two companies do not tell me what they hold about me."},
        adverse=[VIDEO.name, SOCIAL.name],
    )
    client = take_client_in(team, intake, by=supervisor, on=on)
    mandate = draft_mandate(client, by=supervisor, starts_on=on)
    sign(mandate, by=supervisor, signer=CLIENT, on=on, strokes=SIGNATURE)
    return client


# The matters of the clinic's client.
MATTERS: tuple[Story, ...] = (
    # No answer came: the student has drafted a reminder, which waits for its review
    Story(
        ago=50,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform=VIDEO,
        steps=(
            sent(50, "registered", note="RR 000 000 002 DE"),
            arrived(47, "signed"),
            letter(1, "reminder", by_second=True, reply_within_days=14),
            review_asked,
        ),
    ),
    # It went out, and both have to acknowledge when the answer is due
    Story(
        ago=24,
        law="eu-gdpr",
        kind="erasure",
        residence="DE-BE",
        place="IE",
        platform=SOCIAL,
        steps=(sent(24, "email"), arrived(23, "acknowledgement")),
    ),
)
