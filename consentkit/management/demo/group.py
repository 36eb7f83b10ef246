"""A group with an open campaign and a closed one, and some forty people who took part.

Its cases are not marked as demonstrations: statistics leave those out, and a group wants to see
what its statistics look like. They are only about companies that do not exist.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import override

from consentkit.campaigns import actions as campaigns
from consentkit.campaigns import batches, joining, volumes
from consentkit.campaigns.entering import Entry, enter
from consentkit.campaigns.joining import Answers
from consentkit.campaigns.models import Batch, Campaign, Participation
from consentkit.cases.assignment import assign
from consentkit.cases.models import Case
from consentkit.cases.selection import Selection
from consentkit.clients.actions import Intake
from consentkit.imports import actions as imports
from consentkit.imports.checking import Choices
from consentkit.imports.models import Import
from consentkit.letters import house_texts
from consentkit.letters.house import Kind
from consentkit.letters.models import HouseText
from consentkit.letters.request import Account
from consentkit.office import hours, notes, outcomes, saved, tags
from consentkit.queue import forget
from consentkit.reports.anonymous import quarter_of
from consentkit.reports.publishing import publish
from consentkit.retention.actions import set_rule
from consentkit.retention.models import Action, What
from consentkit.teams.actions import accept, found, hash_of, invite
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .companies import SOCIAL, VIDEO
from .people import EMAIL, NAME, SIGNATURE, user
from .steps import Step, arrived, closed, letter, mail, sent, told

GROUP, COORDINATOR = "Demo Group", "coordinator@example.org"
BEGAN = 150  # days ago
INTRO = (
    "Example Video has collected what we watch for years. Nobody knows what it concludes from it. "
    "We ask, many of us at once.\n\nThis is a campaign to try the site with: the company does not "
    "exist, and no letter goes out."
)


@transaction.atomic
def make_group(today: date) -> bool:
    """Make the group, its people and their cases; False where it is there.

    Its owner is the person of the demo, or whoever has that address.
    """
    if User.objects.filter(email=COORDINATOR).exists():
        return False
    owner = User.objects.filter(email=EMAIL).first() or user(EMAIL, NAME)
    coordinator = user(COORDINATOR, "Cora Coordinator")
    team = found(GROUP, by=owner)
    invitation, _secret = invite(team, COORDINATOR, "coordinator", by=owner)
    accept(invitation, by=coordinator)
    group = Group(team, owner, coordinator, today)
    group.has_rules()
    paragraph = group.has_texts()
    group.runs_closed_campaign()
    campaign = group.runs_open_campaign(paragraph)
    group.brings_spreadsheet(campaign)
    group.prints(campaign)
    group.keeps_its_desk()
    group.publishes()
    return True


@dataclass
class Group:
    """The group at work; each of its parts is made once."""

    team: Team
    owner: User
    coordinator: User
    today: date

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def has_rules(self) -> None:
        """What it keeps, and for how long."""
        for what, months, action in (
            (What.CASES, 36, Action.REVIEW),
            (What.DECLINED, 6, Action.DESTROY),
            (What.UNFINISHED, 3, Action.DESTROY),
        ):
            set_rule(self.team, what=what, months=months, action=action, by=self.owner)

    def has_texts(self) -> HouseText:
        """Its letterhead, a closing line, and a paragraph that the open campaign names."""
        self._text(Kind.LETTERHEAD, "Letterhead", "Demo Group\nDemoweg 7, 10115 Berlin", "")
        self._text(Kind.CLOSING, "Closing line", "Please quote {matter_number} when you answer.")
        return self._text(
            Kind.PARAGRAPH,
            "Many ask at once",
            "{client} is one of many people who ask {platform} the same, and for whom {team} "
            "writes. Each of these requests is a request of its own, and is to be answered on its "
            "own.",
            everywhere=False,
        )

    def _text(
        self, kind: Kind, title: str, body: str, language: str = "en", *, everywhere: bool = True
    ) -> HouseText:
        """A text that the coordinator wrote and the owner approved."""
        text = house_texts.begin(
            self.team,
            kind=kind,
            title=title,
            body=body,
            language=language,
            everywhere=everywhere,
            by=self.coordinator,
        )
        version = text.versions.get()
        house_texts.submit(version, by=self.coordinator)
        digest = house_texts.content_hash(version)
        house_texts.approve(version, by=self.owner, digest=digest)
        return text

    def _campaign(self, plan: campaigns.Plan, ended: int = 0) -> Campaign:
        """A campaign that was opened on its first day, and closed so many days ago."""
        made = campaigns.make(self.team, plan, by=self.coordinator)
        campaigns.open_(made, by=self.coordinator)
        if ended:
            campaigns.close(made, by=self.coordinator)
        # The site notes when somebody presses a button; here it was on another day.
        Campaign.objects.filter(pk=made.pk).update(
            made_at=at(plan.opens_on),
            opened_at=at(plan.opens_on),
            closed_at=at(self.ago(ended)) if ended else None,
        )
        made.refresh_from_db()
        return made

    def runs_closed_campaign(self) -> None:
        """What came of a campaign that is over: everybody signed on paper, at a stall."""
        campaign = self._campaign(
            campaigns.Plan(
                title="Delete what you know about us",
                platform=SOCIAL.slug,
                law="eu-gdpr",
                kind="erasure",
                want="delete",
                languages=("en",),
                sending=Campaign.Sending.TEAM,
                opens_on=self.ago(BEGAN),
            ),
            ended=90,
        )
        for number, (name, steps) in enumerate(zip(SIGNED_AT_A_STALL, ENDED, strict=True), start=1):
            entry = Entry(
                intake=Intake(
                    name=f"{name} Demo",
                    residence="DE-BE",
                    address=(f"Demostraße {number}", "10115 Berlin"),
                    outside_id=f"S-{number:03}",
                ),
                platform=SOCIAL.slug,
                law="eu-gdpr",
                right="erasure",
                account=Account(handle=f"@{name.lower()}.demo"),
                how="paper",
                strokes=SIGNATURE,
            )
            on = self.ago(STALL)
            entered = enter(self.team, entry, campaign=campaign, by=self.coordinator, on=on)
            assert entered.case is not None, entered
            self._goes(entered.case, steps)

    def runs_open_campaign(self, paragraph: HouseText) -> Campaign:
        """A campaign that people can join, and who has joined it."""
        campaign = self._campaign(
            campaigns.Plan(
                title="What does Example Video know about you?",
                intro=INTRO,
                platform=VIDEO.slug,
                law="eu-gdpr",
                kind="access",
                want="know",
                languages=("en", "de"),
                sending=Campaign.Sending.TEAM,
                house=paragraph,
                opens_on=self.ago(BEGAN),
                closes_on=self.today + timedelta(days=90),
            )
        )
        for name, (ago, steps) in zip(JOINED, self._joined(), strict=True):
            case = self._joins(campaign, name, ago, signs=name not in WITHOUT_SIGNATURE)
            self._goes(case, steps)
        theirs = campaign.cases.filter(stage__in=("asked", "partial", "extended"))
        assign(list(theirs), owner=self.owner, by=self.owner, on=self.today)
        return campaign

    def _joined(self) -> Iterator[tuple[int, tuple[Step, ...]]]:
        """How many days ago each joined, and what came of it."""
        for many, ago, steps in COURSES:
            for number in range(many):
                yield ago - number % 3, steps

    def _joins(self, campaign: Campaign, name: str, ago: int, *, signs: bool) -> Case:
        """Somebody who has confirmed the link that the site would have mailed them."""
        answers = Answers(
            name=f"{name} Demo",
            email=f"{name.lower()}.demo@example.org",
            residence="DE-BE",
            language="en",
            letter_language="en",
            on=self.ago(ago),
            handle=f"@{name.lower()}.demo",
            strokes=SIGNATURE if signs else (),
        )
        asked = Participation.objects.create(
            campaign=campaign,
            email=answers.email,
            answers=answers.as_json(),
            secret_hash=hash_of(secrets.token_urlsafe(24)),
            language=answers.language,
            joined_at=at(answers.on),
        )
        there = joining.confirm(asked)
        Participation.objects.filter(pk=there.pk).update(confirmed_at=at(answers.on))
        case = joining.case_of(there)
        assert case is not None, there
        return case

    def _goes(self, case: Case, steps: Iterable[Step]) -> None:
        for step in steps:
            step(case, self.today)

    def brings_spreadsheet(self, campaign: Campaign) -> None:
        """People from a spreadsheet, with what is wrong in it: entered already."""
        by, content = self.coordinator, SPREADSHEET.encode("cp1252")
        made = imports.begin(self.team, content, by=by, campaign=campaign)
        choices = Choices(**{**asdict(Choices()), "how": "paper"})
        imports.choose(made, made.columns, choices, by=by, on=self.today)
        imports.check(_again(made))
        imports.confirm(_again(made), by=by)
        while imports.write(_again(made)):
            pass
        for task in ("check_import", "write_import"):
            forget(task, [made.pk])

    def prints(self, campaign: Campaign) -> None:
        """Letters for the printer that are not posted yet, and reminders that would be next."""
        waiting = campaign.cases.filter(stage="draft", client__mandates__signed_on__isnull=False)
        self._batch("letters", waiting, done=True)
        late = Selection(team=self.team.slug, campaign=campaign.slug, show="late")
        cases = late.cases(self.coordinator, Permission.DRAFT, self.today)
        self._batch("chase", cases, step="reminder")

    def _batch(
        self, kind: str, cases: Iterable[Case], *, step: str = "", done: bool = False
    ) -> None:
        ids = [case.pk for case in cases]
        batch = batches.begin(self.team, kind, ids, by=self.coordinator, step=step)
        _work(batch)
        if done:
            batches.make(batch, by=self.coordinator)
            _work(batch)
        for task in ("work_on_batch", "bind_batch"):
            forget(task, [batch.pk])

    def keeps_its_desk(self) -> None:
        """Tags, notes, time, outcomes, and views for everybody in the team."""
        now, cases = at(self.ago(1)), self.team.cases.order_by("pk")
        partial, refused = cases.filter(stage="partial"), cases.filter(stage="refused")
        tags.put(partial, ["look closer", "press"], by=self.coordinator)
        tags.put(refused, ["press"], by=self.coordinator)
        for case in partial:
            notes.write(case, "They left out who got the data. Ask the others.", by=self.owner)
            hours.enter(
                case, by=self.coordinator, day=self.ago(3), minutes=25, activity="reading",
                what="What they sent, and what is missing", now=now,
            )  # fmt: skip
        for case in refused:
            hours.enter(
                case, by=self.owner, day=self.ago(5), minutes=40, activity="research", now=now
            )
        for case in cases.filter(stage="closed"):
            key = "deleted" if case.kind == "erasure" else "data-received"
            outcomes.choose(case, key, by=self.coordinator)
        pressing = self.team.tags.get(pk=max(one.pk for one in self.team.tags.all()))
        for name, selection in (
            ("No answer, and late", Selection(show="late")),
            ("To be posted", Selection(stage="draft")),
            (f"For the {pressing.name}", Selection(tag=str(pressing.pk), show="all")),
        ):
            saved.save(selection, name, by=self.owner, team=self.team)

    def publishes(self) -> None:
        """The figures of the quarter in which the closed campaign's letters arrived."""
        since, until = quarter_of(self.ago(ARRIVED))
        publish(self.team, since=since, until=until, by=self.owner, today=self.today)


def at(day: date) -> datetime:
    return datetime.combine(day, time(9, 30), UTC)


def _again(made: Import) -> Import:
    """An import as a worker would find it."""
    found = imports.of_id(made.pk)
    assert found is not None
    return found


def _work(batch: Batch) -> None:
    """Do what the workers would do."""
    with override(batch.team.language):
        for first in range(1, batch.size + 1, batches.CHUNK):
            batches.work_on(batch.pk, first)
        volumes.bind(batch.pk)
    batch.refresh_from_db()


# Who took part, and what came of it ---------------------------------------------------------------

# The closed campaign: signed on one day, posted on another. The quarter of the arrival is over.
STALL, WRITTEN, ARRIVED = 126, 123, 120
POSTED = (sent(WRITTEN, "registered"), arrived(ARRIVED, "tracking"))
SIGNED_AT_A_STALL = (
    "Alma", "Bruno", "Clara", "David", "Elif", "Felix", "Greta", "Hugo", "Iris", "Jonas", "Katja",
    "Leon", "Mila", "Nils",
)  # fmt: skip
IN_TIME = (*POSTED, told(100, "answered", verdict="complete"), closed(95, "fulfilled", "Deleted."))
LATE = (*POSTED, told(71, "answered", verdict="complete"), closed(70, "fulfilled", "Deleted."))
ENDED: tuple[tuple[Step, ...], ...] = (
    *([IN_TIME] * 8),
    *([LATE] * 5),
    (*POSTED, told(101, "answered", verdict="refusal", stalls=["excessive"])),
)

# The open campaign: how many people, how many days ago they joined, and what happened then.
JOINED = (
    "Olga", "Paul", "Quirin", "Rosa", "Samir", "Thea", "Uwe", "Vera", "Willi", "Xenia", "Yusuf",
    "Zoe", "Anton", "Birgit", "Carlo", "Daria", "Emil", "Frieda", "Georg", "Hanna", "Ruth", "Sven",
    "Tara", "Igor",
)  # fmt: skip
WITHOUT_SIGNATURE = ("Igor",)
COURSES: tuple[tuple[int, int, tuple[Step, ...]], ...] = (
    # No answer came, and the time is over
    (5, 70, (sent(60, "post"), arrived(56, "acknowledgement"))),
    # They announced that they take longer
    (
        2,
        52,
        (
            sent(48, "post"),
            arrived(45, "acknowledgement"),
            told(20, "extension_notified", reasons=False),
        ),
    ),
    # They want a passport
    (
        2,
        40,
        (
            sent(36, "email"),
            arrived(36, "acknowledgement"),
            mail(30, "Your request", "Please send us a copy of your passport first."),
            told(30, "identity_requested", justified=False),
        ),
    ),
    # Something is missing from the answer
    (
        2,
        45,
        (
            sent(42, "post"),
            arrived(40, "acknowledgement"),
            told(15, "answered", verdict="partial", missing=["recipients", "source"]),
        ),
    ),
    # They answered, and all is well
    (
        2,
        80,
        (
            sent(78, "post"),
            arrived(75, "acknowledgement"),
            told(52, "answered", verdict="complete"),
            closed(50, "fulfilled", "All of it was there."),
        ),
    ),
    # Reminded, and still nothing
    (
        1,
        100,
        (
            sent(96, "post"),
            arrived(93, "acknowledgement"),
            letter(50, "reminder", reply_within_days=14),
            sent(50, "post"),
        ),
    ),
    # Their time is over in a few days
    (3, 34, (sent(30, "post"), arrived(28, "acknowledgement"))),
    # It went out lately
    (3, 14, (sent(10, "post"), arrived(7, "acknowledgement"))),
    # Nobody has posted it yet; one has not signed
    (4, 4, ()),
)

SPREADSHEET = """\
Nachname;Vorname;E-Mail;Land;Konto;Nr.
Demo;Julia;julia.demo@example.org;Berlin;@julia.demo;L-001
Demo;Kemal;kemal.demo@example.org;Deutschland;@kemal.demo;L-002
Demo;Lotte;lotte.demo@example.org;Österreich;@lotte.demo;L-003
Demo;Moritz;moritz.demo@example;Deutschland;@moritz.demo;L-004
Demo;Nadia;nadia.demo@example.org;Atlantis;@nadia.demo;L-005
Demo;Julia;julia.demo@example.org;Berlin;@julia.demo;L-001
Demo;Nils;nils.other@example.org;Deutschland;=2+3;L-006
"""
