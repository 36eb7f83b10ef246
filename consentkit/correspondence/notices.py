"""Messages that no person wrote: notices of delivery (RFC 3464), read receipts (RFC 8098), and
automatic answers (RFC 3834). They are only told apart; nothing is ever answered by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from .models import Message as Stored

Kind = Stored.Kind

# What an action of RFC 3464 means, the gravest first.
ACTIONS = {
    "failed": Kind.BOUNCED,
    "delivered": Kind.DELIVERED,
    "expanded": Kind.DELIVERED,
    "relayed": Kind.RELAYED,
    "delayed": Kind.DELAYED,
}
OUT_OF_OFFICE = re.compile(
    r"\s*(?:auto(?:matic|matische|matisch|-)?\s?(?:reply|response|antwort|antwoord)|"
    r"automatische antwort|abwesenheits|out of (?:the )?office|réponse automatique|"
    r"risposta automatica|respuesta automática|automatisch antwoord|autoodpowiedź)",
    re.I,
)
BULK = frozenset({"auto_reply", "bulk", "junk"})
QUOTED_ID = re.compile(r"^message-id:[ \t]*(<[^<>\s]{1,240}>)", re.I | re.M)
XTEXT = re.compile(r"\+([0-9A-F]{2})")
ID = re.compile(r"<[^<>\s]{1,240}>")
BLOCKS, LONGEST = 60, 2_000


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a message is. ``about`` are the ids of the messages that it may speak of.

    ``failed`` and ``arrived`` are the recipients that it names; ``status`` is the enhanced code of
    the first failure (RFC 3463).
    """

    kind: Kind = Kind.MAIL
    about: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    arrived: tuple[str, ...] = ()
    status: str = ""


def notice_of(message: Message) -> Notice:
    """Which kind of message it is."""
    kind = message.get_content_type()
    report = str(message.get_param("report-type", "")).lower()
    if kind == "multipart/report" and report == "delivery-status":
        return _delivery(message)
    if kind == "multipart/report" and report == "disposition-notification":
        return Notice(kind=Kind.READ, about=tuple(_originals(message)))
    failed = _get(message, "X-Failed-Recipients")
    if failed and _is_from_a_mail_server(message):
        recipients = tuple(one.strip().lower() for one in failed.split(",") if "@" in one)
        return Notice(kind=Kind.BOUNCED, about=tuple(_originals(message)), failed=recipients)
    return Notice(kind=Kind.AUTO if _is_automatic(message) else Kind.MAIL)


def _delivery(message: Message) -> Notice:
    blocks = [block for block in _status_blocks(message) if _get(block, "Action")]
    actions = {
        recipient: _get(block, "Action").split()[0].lower()
        for block in blocks
        if (recipient := _recipient(block))
    }
    known = [ACTIONS[action] for action in actions.values() if action in ACTIONS]
    failed = tuple(one for one, action in actions.items() if action == "failed")
    arrived = tuple(
        one
        for one, action in actions.items()
        if ACTIONS.get(action) in (Kind.DELIVERED, Kind.RELAYED)
    )
    return Notice(
        kind=next((one for one in ACTIONS.values() if one in known), Kind.AUTO),
        about=tuple(_originals(message)),
        failed=failed,
        arrived=arrived,
        status=next(
            (
                _get(block, "Status")[:12]
                for block in blocks
                if _get(block, "Action").lower().startswith("failed")
            ),
            "",
        ),
    )


def _status_blocks(message: Message) -> Iterator[Message]:
    for part in _reports(message):
        if part.get_content_type() == "message/delivery-status":
            inner = part.get_payload()
            if isinstance(inner, list):
                yield from (one for one in inner[:BLOCKS] if isinstance(one, Message))


def _recipient(block: Message) -> str:
    original = XTEXT.sub(lambda found: chr(int(found[1], 16)), _get(block, "Original-Recipient"))
    return (original or _get(block, "Final-Recipient")).rpartition(";")[2].strip().lower()


def _originals(message: Message) -> Iterator[str]:
    """The ids of the messages that a report may be about, the surest first."""
    for part in _reports(message):
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind == "message/disposition-notification" and isinstance(payload, list):
            for block in payload[:BLOCKS]:
                if isinstance(block, Message):
                    yield from ID.findall(_get(block, "Original-Message-ID"))
        elif kind in ("message/rfc822", "message/rfc822-headers") and isinstance(payload, list):
            for inner in payload[:1]:
                if isinstance(inner, Message):
                    yield from ID.findall(_get(inner, "Message-ID"))
        elif kind in ("text/rfc822-headers", "text/plain"):
            # Servers that know no reports quote the headers in their text.
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                text = content[:64_000].decode("latin-1")
                yield from QUOTED_ID.findall(text)
    yield from ID.findall(_get(message, "In-Reply-To"))
    yield from ID.findall(_get(message, "References"))


def _reports(message: Message) -> list[Message]:
    payload = message.get_payload()
    return (
        [one for one in payload[:BLOCKS] if isinstance(one, Message)]
        if isinstance(payload, list)
        else [message]
    )


def _is_from_a_mail_server(message: Message) -> bool:
    sender = _get(message, "From").lower()
    return (
        _get(message, "Return-Path") == "<>" or "mailer-daemon" in sender or "postmaster" in sender
    )


def _is_automatic(message: Message) -> bool:
    submitted = _get(message, "Auto-Submitted").lower()
    return (
        (bool(submitted) and not submitted.startswith("no"))
        or bool(_get(message, "X-Autoreply") or _get(message, "X-Autorespond"))
        or _get(message, "Precedence").lower() in BULK
        or _get(message, "Return-Path") == "<>"
        or bool(OUT_OF_OFFICE.match(_get(message, "Subject")))
    )


def _get(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:LONGEST].strip()
