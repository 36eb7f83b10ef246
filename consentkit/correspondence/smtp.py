"""Handing a message to the mail server, in two steps whose border is known.

Until ``hand_over`` nothing has gone out, whatever happens. Only while it runs may the server have
taken the message without our knowing.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Protocol
from urllib.parse import quote

from django.conf import settings

from . import outbox

# The server may look into a message before it says that it took it (RFC 5321, 4.5.3.2.6, would
# grant it ten minutes); the worker's own limit is five.
LAST_WORD = 150
LINE_THAT_BEGINS_WITH_A_DOT = re.compile(rb"(?m)^\.")


class NotHandedOver(Exception):
    """The message did not go out, for certain. ``problem`` is a key or an SMTP code."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Refused(NotHandedOver):
    """The server will not take it, today or tomorrow."""


class Postponed(NotHandedOver):
    """It did not work now, and may work later."""


class Unclear(Exception):
    """Nobody knows whether the server took the message."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Who sends and who gets it. ``name`` comes back in notices of delivery, and tells nothing."""

    sender: str
    recipients: tuple[str, ...]
    name: str


class Session(Protocol):
    """A conversation with a mail server."""

    def offer(self, envelope: Envelope) -> None:
        """Ask the server to take a message for these people, all or none. Raises NotHandedOver."""

    def hand_over(self, raw: bytes) -> None:
        """The bytes of the message. Raises NotHandedOver, or Unclear."""


def is_configured() -> bool:
    """Whether this site can send e-mail, if only into its own outbox."""
    return bool(settings.OUTBOX_FOLDER or settings.EMAIL_HOST)


@contextlib.contextmanager
def session() -> Iterator[Session]:
    """A conversation with the mail server, or with the outbox of a development site."""
    if settings.OUTBOX_FOLDER:
        yield OutboxSession()
        return
    server = _connect()
    try:
        yield ServerSession(server)
    finally:
        # Closing without a word leaves an unfinished message behind: the server drops it.
        server.close()


class OutboxSession:
    """Every message is taken, and lies in a folder of this machine."""

    def offer(self, envelope: Envelope) -> None:
        """There is nobody who could refuse."""

    def hand_over(self, raw: bytes) -> None:
        outbox.keep(raw)


class ServerSession:
    """A conversation with a real server."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self.server = server

    def offer(self, envelope: Envelope) -> None:
        with _nothing_has_gone_out():
            reports = self.server.has_extn("dsn")
            options = _smtputf8(self.server, (envelope.sender, *envelope.recipients))
            if reports:
                # Headers are enough to know a message again; its text need not travel once more.
                options += ["RET=HDRS", f"ENVID={envelope.name}"]
            _agree(self.server.mail(envelope.sender, options))
            for recipient in envelope.recipients:
                asked = ["NOTIFY=SUCCESS,FAILURE", f"ORCPT={_orcpt(recipient)}"] if reports else []
                _agree(self.server.rcpt(recipient, asked))
            _agree(self.server.docmd("DATA"), 354)

    def hand_over(self, raw: bytes) -> None:
        stuffed = LINE_THAT_BEGINS_WITH_A_DOT.sub(b"..", raw)
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        try:
            if self.server.sock is not None:
                self.server.sock.settimeout(LAST_WORD)
            self.server.send(stuffed + end)
            answer = self.server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Unclear(type(error).__name__) from None
        _agree(answer)
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self.server.quit()


def _connect() -> smtplib.SMTP:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    trusted = ssl.create_default_context()
    host, port, patience = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT
    server: smtplib.SMTP | None = None
    with _nothing_has_gone_out():
        try:
            if settings.EMAIL_USE_SSL:
                server = smtplib.SMTP_SSL(
                    host, port, local_hostname=domain, timeout=patience, context=trusted
                )
            else:
                server = smtplib.SMTP(host, port, local_hostname=domain, timeout=patience)
            if settings.EMAIL_USE_TLS:
                server.starttls(context=trusted)
            if settings.EMAIL_HOST_USER:
                server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            if server is not None:
                server.close()
            raise
    assert server is not None
    return server


@contextlib.contextmanager
def _nothing_has_gone_out() -> Iterator[None]:
    """Whatever fails here is worth another try: the server is away, or it does not let us in."""
    try:
        yield
    except smtplib.SMTPAuthenticationError:
        raise Postponed("login") from None
    except (OSError, smtplib.SMTPException):
        raise Postponed("unreachable") from None


def _agree(answer: tuple[int, bytes], *also: int) -> None:
    """Raise what the server's answer means, unless it agrees."""
    code, text = answer
    if code in also or 200 <= code < 300:
        return
    problem = " ".join(["smtp", str(code), *_detail(text)])
    raise (Refused if code >= 500 else Postponed)(problem)


def _detail(text: bytes) -> list[str]:
    """The enhanced code at the beginning of an answer (RFC 3463), and nothing of its words."""
    match = re.match(rb"[245]\.\d{1,3}\.\d{1,3}", text)
    return [match[0].decode()] if match else []


def _orcpt(address: str) -> str:
    """An address as RFC 3461 writes it: "+", "=" and whatever is not plain become hexadecimal."""
    if address.isascii():
        return "rfc822;" + quote(address, safe="!#$&'*/?^`{|}~@-._").replace("%", "+")
    return "utf-8;" + "".join(
        one if one.isascii() and one not in "+=\\ " else f"\\x{{{ord(one):X}}}" for one in address
    )


def _smtputf8(server: smtplib.SMTP, addresses: Sequence[str]) -> list[str]:
    """What is needed for an address that is not plain ASCII. Raises Refused without it."""
    if all(address.isascii() for address in addresses):
        return []
    if not server.has_extn("smtputf8"):
        raise Refused("address")
    return ["SMTPUTF8"]
