"""What happens to a case of the demo, told on a day, with the actions that the pages use."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from typing import Any

from consentkit.cases.actions import close, let_go, propose_receipt, record, strike
from consentkit.cases.log import Detail
from consentkit.cases.models import Case
from consentkit.correspondence.actions import record_sent_by_hand
from consentkit.correspondence.attachments import add_file
from consentkit.correspondence.inbound import receive
from consentkit.law.statutes import law_of
from consentkit.letters import review
from consentkit.letters.actions import draft_letter
from consentkit.letters.follow_up import next_steps, request_for
from consentkit.letters.request import Account, LetterRequest
from consentkit.platforms.loading import read_platform
from consentkit.platforms.records import PlatformRecord

from .people import EMAIL, HOMES

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
