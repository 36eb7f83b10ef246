"""``manage.py demo``: a person with a case for each place where one can stand, and a clinic.

Everything is written with the actions that the pages use, dated back from today. Whatever a company
is said to have done, an invented one has done it; real ones only get letters that nobody sends.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.timezone import localdate

from consentkit.cases.actions import close, let_go, propose_receipt, record, strike
from consentkit.cases.log import Detail
from consentkit.cases.models import Case
from consentkit.cases.watch import give_second
from consentkit.clients.actions import Intake, draft_mandate, sign
from consentkit.clients.actions import take_in as take_client_in
from consentkit.clients.models import Client
from consentkit.correspondence.actions import record_sent_by_hand
from consentkit.correspondence.attachments import add_file
from consentkit.correspondence.inbound import receive
from consentkit.law.statutes import law_of
from consentkit.letters import review
from consentkit.letters.actions import draft_letter, take_in
from consentkit.letters.follow_up import next_steps, request_for
from consentkit.letters.request import Account, LetterRequest, Sender
from consentkit.platforms.loading import read_platform
from consentkit.platforms.records import EntityRecord, PlatformRecord
from consentkit.teams.actions import accept, found, invite
from consentkit.teams.models import Team, User

EMAIL, PASSWORD, NAME = "demo@example.org", "demo", "Dana Demo"
CLINIC, CLIENT = "Example Clinic", "Dora Demo"
SUPERVISOR, STUDENT = "supervisor@example.org", "student@example.org"


class Command(BaseCommand):
    help = (
        "Makes a person to try the site with, a case of theirs for each place where a case can "
        "stand, and a clinic with a client. Only on a development site; safe to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo data belong on a development site: DEBUG is off.")
        today = localdate()
        if make(today):
            self.stdout.write(f"The demo data are there: sign in as {EMAIL}, password {PASSWORD}.")
        else:
            self.stdout.write(f"{EMAIL} has an account already; nothing was changed.")
        if make_clinic(today):
            self.stdout.write(
                f"The demo clinic is there: sign in as {SUPERVISOR} or {STUDENT}, "
                f"password {PASSWORD}."
            )
        else:
            self.stdout.write(f"{SUPERVISOR} or {STUDENT} has an account; no clinic was made.")


@transaction.atomic
def make(today: date) -> bool:
    """Make the person and the cases; False where the person is there already."""
    if User.objects.filter(email=EMAIL).exists():
        return False
    person = user(EMAIL, NAME)
    for story in STORIES:
        case = take_in(story.request(today), owner=person, place=story.owed_in, demo=True)
        for step in story.steps:
            step(case, today)
    return True


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


def user(email: str, name: str) -> User:
    """Somebody who can sign in."""
    person = User.objects.create_user(email, PASSWORD, name=name)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


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


# Invented companies -------------------------------------------------------------------------------


def example(name: str) -> PlatformRecord:
    """A company that does not exist, with an office wherever somebody of the demo lives."""

    def office(region: str, form: str, holidays: str, *address: str) -> EntityRecord:
        return EntityRecord(
            regions=(region,),
            legal_name=f"{name} {form}",
            address=address,
            country=holidays[:2],
            holiday_place=holidays,
            privacy_email="privacy@example.com",
            web_form="https://example.com/privacy",
        )

    return PlatformRecord(
        slug="",
        name=name,
        entities=(
            office("EEA", "Europe Limited", "IE", "1 Example Quay", "Dublin 2"),
            office("GB", "UK Limited", "GB-ENG", "2 Example Lane", "London", "SW1A 1AA"),
            office("CH", "Schweiz AG", "CH-ZH", "Beispielgasse 3", "8001 Zürich"),
            office("US", "Inc.", "US-CA", "4 Example Avenue", "Springfield, CA 90001"),
        ),
    )


VIDEO, SOCIAL, SHOP = (example(f"Example {name}") for name in ("Video", "Social", "Shop"))
HOMES = {
    "DE-BE": Sender(NAME, ("Demoweg 1", "10115 Berlin"), EMAIL),
    "GB-ENG": Sender(NAME, ("1 Demo Street", "Leeds", "LS1 1AA"), EMAIL),
    "CH-ZH": Sender(NAME, ("Demogasse 1", "8000 Zürich"), EMAIL),
    "US-IL": Sender(NAME, ("1 Demo Street", "Chicago, IL 60601"), EMAIL),
    "US-CO": Sender(NAME, ("1 Demo Street", "Denver, CO 80202"), EMAIL),
    "US-CA": Sender(NAME, ("1 Demo Street", "Sacramento, CA 95814"), EMAIL),
}
CLIENT_AT_HOME = Sender(CLIENT, ("Demoplatz 2", "10115 Berlin"), "dora@example.org")
SIGNATURE = (((0.1, 0.7), (0.2, 0.2), (0.35, 0.6), (0.5, 0.4), (0.9, 0.5)),)  # a wave of a pen
CLAIM = (
    "I asked for a copy of my data. They did not send it, and they did not say why. I use the "
    "service under the name @dana.demo."
)


# Steps --------------------------------------------------------------------------------------------

# What happens to a case, told on a day.
Step = Callable[[Case, date], None]


def told(ago: int, kind: str, *, note: str = "", **details: Any) -> Step:
    """Something happened so many days ago."""

    def step(case: Case, today: date) -> None:
        record(
            case,
            kind,
            on=today - timedelta(days=ago),
            by=case.owner,
            details={Detail(name): value for name, value in details.items()},
            note=note,
        )

    return step


def sent(ago: int, channel: str, *, note: str = "", proven: bool = False) -> Step:
    """The latest letter went out."""

    def step(case: Case, today: date) -> None:
        letter = case.letters.order_by("-number")[0]
        on = today - timedelta(days=ago)
        record_sent_by_hand(letter, channel=channel, on=on, by=case.owner, note=note, proven=proven)

    return step


def arrived(ago: int, evidence: str, *, letter: int = 1) -> Step:
    return told(ago, "received", letter=letter, evidence=evidence)


def letter(ago: int, kind: str, *, by_second: bool = False, **facts: object) -> Step:
    """A letter that carries the case on, with what the log knows filled in."""

    def step(case: Case, today: date) -> None:
        on = today - timedelta(days=ago)
        posture = case.posture()
        advised: Mapping[str, object] = next(
            (step.facts for step in next_steps(case, posture, on) if step.letter == kind), {}
        )
        request = request_for(case, posture, kind, today=on, told={**advised, **facts})
        draft_letter(case, request, by=case.second if by_second else case.owner)

    return step


def review_asked(case: Case, today: date) -> None:
    """The second person asks that their latest letter be read."""
    assert case.second is not None
    review.submit(case.letters.order_by("-number")[0], by=case.second)


def mail(ago: int, subject: str, text: str, *, data: object = None) -> Step:
    """An e-mail came in, and was put into the case; ``data`` is attached as a JSON file."""

    def step(case: Case, today: date) -> None:
        on = today - timedelta(days=ago)
        message = EmailMessage()
        message["From"] = f"{case.company} Privacy <privacy@example.com>"
        message["To"] = EMAIL
        message["Subject"] = f"{subject} [{case.reference}]"
        message["Date"] = datetime.combine(on, time(9, 30), UTC)
        message["Message-ID"] = f"<{case.code}.{ago}@example.com>"
        message.set_content(text)
        if data is not None:
            content = json.dumps(data, indent=2).encode()
            message.add_attachment(
                content, maintype="application", subtype="json", filename="account-data.json"
            )
        receive(message.as_bytes(), case=case)

    return step


def scan(name: str) -> Step:
    """A file is added to the latest fact: the letter as it was signed."""

    def step(case: Case, today: date) -> None:
        letter = case.letters.order_by("number")[0]
        stream = io.BytesIO(bytes(letter.pdf))
        add_file(case, name, stream, event=case.facts()[-1].number)

    return step


def struck(number: int, reason: str) -> Step:
    def step(case: Case, today: date) -> None:
        strike(case, number, by=case.owner, reason=reason)

    return step


def shown(ago: int, evidence: str) -> Step:
    """Something shows when the letter arrived; nobody has looked at it yet."""

    def step(case: Case, today: date) -> None:
        propose_receipt(case, letter=1, on=today - timedelta(days=ago), evidence=evidence)

    return step


def left(ago: int, key: str, reason: str) -> Step:
    """A date is closed without its being kept."""

    def step(case: Case, today: date) -> None:
        due = next(due for due in case.posture().open if due.key == key)
        let_go(case, due, by=case.owner, on=today - timedelta(days=ago), reason=reason)

    return step


def closed(ago: int, ending: str, note: str) -> Step:
    def step(case: Case, today: date) -> None:
        close(case, ending, by=case.owner, on=today - timedelta(days=ago), note=note)

    return step


# Stories ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Story:
    """One case: its opening letter, so many days ago, and what happened then."""

    ago: int
    law: str
    kind: str
    residence: str
    platform: PlatformRecord | str  # a real one by its slug
    steps: tuple[Step, ...] = ()
    place: str = ""
    language: str = "en"
    facts: Mapping[str, object] = field(default_factory=dict)
    since: int = 0  # how many days ago they began to collect, where that matters

    @property
    def owed_in(self) -> str:
        """Where the answer is owed."""
        return law_of(self.law).only_place or self.place or self.residence

    def request(self, today: date) -> LetterRequest:
        record = self.platform
        since = {"since": today - timedelta(days=self.since)} if self.since else {}
        return LetterRequest(
            law=self.law,
            right=self.kind,
            platform=read_platform(record) if isinstance(record, str) else record,
            language=self.language,
            paper="letter" if self.residence.startswith("US") else "a4",
            date=today - timedelta(days=self.ago),
            residence=self.residence,
            sender=HOMES[self.residence],
            account=Account(handle="@dana.demo"),
            facts={**self.facts, **since},
        )


STORIES: tuple[Story, ...] = (
    # Draft: made, and not sent yet
    Story(
        ago=1,
        law="us-il-bipa",
        kind="notice",
        residence="US-IL",
        platform="tiktok",
        facts={"relation": "user"},
    ),
    # Returned: it went out and came back
    Story(
        ago=5,
        law="eu-gdpr",
        kind="erasure",
        residence="DE-BE",
        place="IE",
        platform=SHOP,
        steps=(
            sent(5, "email"),
            mail(4, "Undelivered mail", "This mailbox is not in use any more."),
            told(4, "bounced", letter=1),
        ),
    ),
    # Sent: in German, by plain post, nothing shows that it arrived
    Story(
        ago=6,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform="facebook",
        language="de",
        steps=(sent(6, "post", note="Briefkasten an der Ecke, gegen 17 Uhr"), scan("Brief.pdf")),
    ),
    # Sent, and something that came shows when it arrived: to be decided
    Story(
        ago=9,
        law="uk-gdpr",
        kind="access",
        residence="GB-ENG",
        platform=SOCIAL,
        steps=(
            sent(9, "registered", note="RR 000 000 000 GB"),
            mail(7, "We received your request", "Thank you for your message. Ticket 0000-1."),
            shown(7, "acknowledgement"),
        ),
    ),
    # Waiting, with a fact that was a mistake and is struck
    Story(
        ago=14,
        law="eu-gdpr",
        kind="objection_marketing",
        residence="DE-BE",
        place="IE",
        platform=SHOP,
        steps=(
            sent(14, "form", note="Request 4711"),
            arrived(13, "form"),
            told(12, "answered", verdict="complete", note="They stopped."),
            struck(4, "That was their newsletter, not an answer."),
        ),
    ),
    # Waiting, under BIPA: the letter itself asks for an answer within thirty days
    Story(
        ago=20,
        law="us-il-bipa",
        kind="withdraw_consent",
        residence="US-IL",
        platform=VIDEO,
        facts={"relation": "user"},
        since=700,
        steps=(
            sent(20, "registered", note="7000 0000 0000 0000 0000"),
            arrived(17, "signed"),
            scan("Return receipt.pdf"),
            told(16, "noted", note="The green card came back, signed by their reception."),
        ),
    ),
    # Asked: they want a passport that they do not need
    Story(
        ago=16,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform=VIDEO,
        steps=(
            sent(16, "email"),
            arrived(15, "acknowledgement"),
            mail(
                11,
                "Your request",
                "Dear customer,\n\nplease send us a copy of your passport first.\n\nExample Video",
            ),
            told(
                11,
                "identity_requested",
                justified=False,
                note="I wrote from the e-mail address of my account.",
            ),
        ),
    ),
    # Extended, without a reason
    Story(
        ago=45,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform=SOCIAL,
        steps=(
            sent(45, "email"),
            arrived(44, "acknowledgement"),
            mail(18, "Your request", "We need two more months for this."),
            told(18, "extension_notified", reasons=False),
        ),
    ),
    # Late: no answer at all, and they have been reminded
    Story(
        ago=61,
        law="eu-gdpr",
        kind="erasure",
        residence="DE-BE",
        place="IE",
        platform=VIDEO,
        steps=(
            sent(61, "registered", note="RR 000 000 000 DE"),
            arrived(58, "signed"),
            letter(10, "reminder", reply_within_days=14),
            sent(10, "email"),
        ),
    ),
    # A date of one's own was missed: the costs were to be confirmed within ten days
    Story(
        ago=30,
        law="ch-fadp",
        kind="access",
        residence="CH-ZH",
        platform=SHOP,
        steps=(
            sent(30, "registered"),
            arrived(28, "tracking"),
            mail(21, "Costs of your request", "This will cost CHF 300. Please confirm."),
            told(21, "cost_notice_received"),
        ),
    ),
    # Partial: something is missing from the answer
    Story(
        ago=38,
        law="uk-gdpr",
        kind="access",
        residence="GB-ENG",
        platform=VIDEO,
        steps=(
            sent(38, "form", proven=True),
            mail(
                9,
                "Your data",
                "Please find your data attached.",
                data={"user": "dana.demo", "videos": 12, "shared_with": "partners"},
            ),
            told(
                9,
                "answered",
                verdict="partial",
                missing=["recipients", "source", "retention"],
                stalls=["self_service"],
            ),
        ),
    ),
    # Refused
    Story(
        ago=50,
        law="us-ca-ccpa",
        kind="erasure",
        residence="US-CA",
        platform=SOCIAL,
        steps=(
            sent(50, "form", proven=True),
            told(49, "acknowledged"),
            mail(12, "Your request to delete", "We cannot verify your request and deny it."),
            told(12, "answered", verdict="refusal", stalls=["more_data"]),
        ),
    ),
    # Answered: look through it, and close the case
    Story(
        ago=29,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform=SHOP,
        language="de",
        steps=(
            sent(29, "email"),
            arrived(29, "delivery_status"),
            mail(
                4,
                "Ihre Auskunft",
                "Guten Tag,\n\nanbei die Auskunft über Ihre Daten.\n\nExample Shop",
                data={"kundin": "Dana Demo", "bestellungen": 3},
            ),
            told(4, "answered", verdict="complete"),
        ),
    ),
    # Appealed: an American state lets one ask the company to look at its refusal again
    Story(
        ago=70,
        law="us-co-cpa",
        kind="access",
        residence="US-CO",
        platform=VIDEO,
        steps=(
            sent(70, "email"),
            arrived(70, "acknowledgement"),
            mail(30, "Your request", "We do not grant your request."),
            told(30, "answered", verdict="refusal"),
            letter(20, "appeal"),
            sent(20, "email"),
            arrived(19, "acknowledgement", letter=2),
        ),
    ),
    # Complained: to the authority
    Story(
        ago=150,
        law="eu-gdpr",
        kind="access",
        residence="DE-BE",
        place="IE",
        platform=SOCIAL,
        steps=(
            sent(150, "registered", note="RR 000 000 001 DE"),
            arrived(147, "signed"),
            letter(100, "reminder", reply_within_days=14),
            sent(100, "email"),
            letter(60, "complaint", claim=CLAIM),
            sent(60, "form", proven=True),
            told(30, "authority_progress", note="They have asked the company for a statement."),
        ),
    ),
    # Court
    Story(
        ago=260,
        law="uk-gdpr",
        kind="access",
        residence="GB-ENG",
        platform=SOCIAL,
        steps=(
            sent(260, "registered", note="RR 000 000 001 GB"),
            arrived(258, "signed"),
            told(230, "answered", verdict="refusal", stalls=["excessive"]),
            letter(180, "before_action", claim=CLAIM, remedy="Send me the copy of my data."),
            sent(180, "registered"),
            arrived(178, "signed", letter=2),
            told(90, "went_to_court", note="County Court at Leeds"),
            left(90, "complain_until", "I go to court instead."),
        ),
    ),
    # Closed
    Story(
        ago=75,
        law="eu-gdpr",
        kind="erasure",
        residence="DE-BE",
        place="IE",
        platform=SHOP,
        steps=(
            sent(75, "email"),
            arrived(75, "acknowledgement"),
            told(52, "answered", verdict="complete"),
            closed(50, "fulfilled", "They erased the account and confirmed it."),
        ),
    ),
)

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
