"""A rich story, told once: a person, their case, and everything that can belong to it.

Every text in it is made up of words that stand nowhere else, so that they can be looked for.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.utils import timezone

from consentkit.cases import actions as cases
from consentkit.cases.models import CalendarFeed, Case, Digest, Reminder
from consentkit.confidential.sessions import SessionStore
from consentkit.correspondence import mail
from consentkit.correspondence.attachments import add_file
from consentkit.correspondence.inbound import receive
from consentkit.correspondence.models import Message
from consentkit.letters.actions import draft_letter, freeze, take_in
from consentkit.letters.compose import compose
from consentkit.letters.request import Account, LetterRequest, Sender
from consentkit.queue import later
from consentkit.teams.models import User
from tests.world import a_request

NAME = "Wilhelmine Zwiebelturm"
EMAIL = "wilhelmine.zwiebelturm@quittengarten.example"
SENDER = Sender(NAME, ("Haselnussgasse 77a", "99999 Grünkohlbrück"), EMAIL, "+49 5555 0123987")
ACCOUNT = Account(handle="@zwiebelchen_zwölf", email="zwiebelchen@pseudonymia.example")
SITUATION = "Mein Vermieter liest mit, seit ich in der Uferpromenade wohne."
NOTE = "Telefonat mit Frau Pimpernelle, sie klang verschnupft."
STRIKE = "Verwechselt mit dem Brief an Kunigunde Dotterblume."
HOLD = "Das Verfahren Knödelmann ./. Löffelstein ist anhängig."
FILE_NAME = "Einschreiben Quittung Süßkirsche.txt"
FILE = "Aufgegeben am Schalter in Rübenhausen, Sendungsnummer RR77665544DE.\n"
SUBJECT = "Ihre Beschwerde wegen Mirabellenfotos"
ANSWER = "Sehr geehrte Frau Zwiebelturm, Ihre Mirabellenfotos liegen in Karottenstadt."
PASSKEY = "Schlüsselbund Pastinakenweg"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

TEXTS = (
    NAME, EMAIL, *SENDER.address, SENDER.phone, ACCOUNT.handle, ACCOUNT.email, SITUATION, NOTE,
    STRIKE, HOLD, FILE_NAME, FILE.strip(), SUBJECT, ANSWER, PASSKEY, TOTP,
)  # fmt: skip


@dataclass(frozen=True)
class Story:
    """What came out of it."""

    user: User
    case: Case
    texts: tuple[str, ...]


def request(**told: Any) -> LetterRequest:
    return a_request(
        **{
            "law": "eu-gdpr",
            "right": "erasure",
            "date": date(2026, 3, 2),
            "sender": SENDER,
            "account": ACCOUNT,
            "facts": {"situation": SITUATION},
            **told,
        },
    )


def incoming(message_id: str = "<1@karotten.example>") -> bytes:
    """An answer with a page, and a file in it."""
    return "\r\n".join(
        [
            "From: Datenschutz <datenschutz@karotten.example>",
            f"To: {EMAIL}",
            f"Subject: {SUBJECT}",
            "Date: Tue, 10 Mar 2026 10:00:00 +0100",
            f"Message-ID: {message_id}",
            "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="xyz"',
            "",
            "--xyz",
            'Content-Type: text/html; charset="utf-8"',
            "",
            f"<p onclick=x>{ANSWER}</p><script>x</script>",
            "--xyz",
            'Content-Type: text/plain; charset="utf-8"; name="Akte.txt"',
            'Content-Disposition: attachment; filename="Akte Rhabarber.txt"',
            "",
            "Aktenzeichen Rhabarber-4711",
            "--xyz--",
            "",
        ]
    ).encode()


def tell(email: str = EMAIL, *, hold_until: date | None = None, **asked: Any) -> Story:
    """Let it happen; with another address it happens to somebody else, in the same words."""
    user = User.objects.create_user(email, "ein Passwort das keiner kennt", name=NAME)
    case = take_in(request(**asked), owner=user, place="IE")
    _correspond(case, user)
    _sign_in(user)
    _remind(case, user)
    if hold_until is not None:
        cases.hold(case, until=hold_until, reason=HOLD)
    case.refresh_from_db()
    return Story(user, case, (*TEXTS, "Akte Rhabarber.txt", "Aktenzeichen Rhabarber-4711"))


def _correspond(case: Case, user: User) -> None:
    letter = freeze(case.letters.get(number=1))
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    sent = Message.objects.create(
        case=case,
        letter=letter,
        outgoing=True,
        state=Message.State.QUEUED,
        message_id=mail.new_message_id(),
        headers=mail.headers_of(letter, compose(letter.letter_request()), EMAIL),
        text=letter.text,
        made_at=at,
    )
    raw = mail.written(sent, letter, at)
    Message.objects.filter(pk=sent.pk).update(
        state=Message.State.SENT, handed_over_at=at, claimed_at=at, raw=raw, sha256=_sha256(raw)
    )
    later("deliver", sent.pk)
    told = {"letter": 1, "channel": "email", "message": sent.pk}
    cases.record(case, "sent", on=date(2026, 3, 2), by=None, details=told)  # type: ignore[arg-type]
    add_file(case, FILE_NAME, io.BytesIO(FILE.encode()), event=2)
    cases.record(case, "noted", on=date(2026, 3, 3), by=user, note=NOTE)
    cases.record(case, "acknowledged", on=date(2026, 3, 4), by=user)
    cases.strike(case, 4, by=user, reason=STRIKE)
    receive(incoming(), case=case)
    cases.propose_receipt(case, letter=1, on=date(2026, 3, 5), evidence="acknowledgement")
    draft_letter(case, request(right="reminder", file=case.reference, facts=REMINDER), by=user)


REMINDER: dict[str, object] = {"first_letter_on": date(2026, 3, 2)}


def _sign_in(user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for kind, data in (
        (Authenticator.Type.TOTP, {"secret": TOTP}),
        (Authenticator.Type.WEBAUTHN, {"name": PASSKEY}),
    ):
        Authenticator.objects.create(user=user, type=kind, data=data)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session["typed"] = [NAME, user.email]
    session.create()


def _remind(case: Case, user: User) -> None:
    now = timezone.now()
    deadline = case.deadlines.order_by("pk").first()
    assert deadline is not None
    Reminder.objects.create(
        deadline=deadline,
        kind="today",
        recipient=user,
        channel="email",
        state=Reminder.State.SENT,
        claimed_at=now - timedelta(days=1),
        sent_at=now,
        message_id=f"<r{user.pk}@consentkit>",
    )
    Digest.objects.create(
        recipient=user, day=now.date(), claimed_at=now, message_id=f"<d{user.pk}@consentkit>"
    )
    CalendarFeed.objects.create(user=user, secret_hash=_sha256(user.email.encode()), made_at=now)


def _sha256(content: bytes) -> str:
    return sha256(content).hexdigest()
