"""A letter as an e-mail."""

from __future__ import annotations

from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from secrets import token_hex

from django.conf import settings

from consentkit.clients.models import Mandate
from consentkit.letters.compose import Draft
from consentkit.letters.mandate import mandate_paper
from consentkit.letters.models import Letter

from .addresses import case_address
from .models import Message
from .smtp import Envelope


def new_message_id() -> str:
    """A name for a message that nobody guesses: whoever answers with it got the message."""
    return f"<{token_hex(16)}@{_own_domain()}>"


def addresses_of(draft: Draft) -> tuple[str, ...]:
    """The e-mail addresses of those whom a letter goes to, as far as they have one."""
    found = (
        addressee.entity.privacy_email or addressee.entity.dpo_email
        for addressee in draft.addressees
    )
    return tuple(dict.fromkeys(address for address in found if address))


def headers_of(letter: Letter, draft: Draft, answers_to: str) -> dict[str, object]:
    """What a message will say of itself, kept from the moment it is asked for."""
    return {
        "from": str(_address(parseaddr(settings.DEFAULT_FROM_EMAIL)[1], draft.signer)),
        "to": list(addresses_of(draft)),
        "reply_to": answers_to,
        "subject": " ".join(draft.subject.split()),
        "reference": draft.reference,
        "language": letter.language,
    }


def envelope_of(message: Message) -> Envelope:
    """Who gets the message, and to whom the notices of its delivery go."""
    back = case_address(message.case) or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    name = message.message_id.strip("<>").partition("@")[0]
    return Envelope(sender=back, recipients=tuple(message.headers["to"]), name=name)


def written(
    message: Message, letter: Letter, at: datetime, mandate: Mandate | None = None
) -> bytes:
    """The message as it goes out: the letter's text, and its PDF. No header tells of more.

    ``mandate`` goes along, where we write for a client. Raises what ``mandate_paper`` raises.
    """
    told = message.headers
    plain = all(address.isascii() for address in (told["reply_to"], *told["to"]))
    mail = EmailMessage(policy=policy.SMTP if plain else policy.SMTPUTF8)
    mail["From"] = told["from"]
    mail["To"] = ", ".join(told["to"])
    if told["reply_to"]:
        mail["Reply-To"] = told["reply_to"]
    mail["Subject"] = told["subject"]
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message.message_id
    mail["Content-Language"] = told["language"]
    mail.set_content(message.text, charset="utf-8", cte="quoted-printable")
    mail.add_attachment(
        letter.pdf,
        maintype="application",
        subtype="pdf",
        filename=f"letter-{told['reference']}.pdf",
    )
    if mandate is not None:
        paper = mandate_paper(mandate, paper=letter.letter_request().paper)
        maintype, _slash, subtype = paper.kind.partition("/")
        mail.add_attachment(
            paper.content,
            maintype=maintype,
            subtype=subtype,
            filename=f"mandate-{told['reference']}.{paper.ending}",
        )
    return mail.as_bytes()


def _address(address: str, name: str) -> Address:
    return Address(display_name=" ".join(name.split()), addr_spec=address)


def _own_domain() -> str:
    address = settings.INBOX or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return address.rpartition("@")[2] or "localhost"
