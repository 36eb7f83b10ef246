"""A real mail server on this machine, which can be told how to behave."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

NOTIFY_EXTENSION = "250-DSN"


@dataclass
class Taken:
    """A message that the server took, with what was said on its envelope."""

    sender: str
    recipients: list[str]
    raw: bytes
    options: list[str]


class Conversation(SMTP):
    """Understands requests for notices of delivery (RFC 3461), which aiosmtpd refuses."""

    PARAMETERS = ("RET", "ENVID", "NOTIFY", "ORCPT")

    def _getparams(self, params: Any) -> Any:
        found = super()._getparams(params)
        for name in self.PARAMETERS:
            if found and name in found:
                self.event_handler.options.append(f"{name}={found.pop(name)}")
        return found


@dataclass
class Handler:
    """``refuse`` maps the beginning of a command (``RCPT``, ``DATA``, ``MAIL``) to an answer."""

    refuse: dict[str, str] = field(default_factory=dict)
    offers_dsn: bool = True
    before_the_last_word: Callable[[], None] | None = None
    taken: list[Taken] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    said_its_last_word: bool = False

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if self.offers_dsn:
            responses.insert(1, NOTIFY_EXTENSION)
        return responses

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.refuse:
            return self.refuse["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.refuse:
            return self.refuse["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        self.taken.append(
            Taken(envelope.mail_from, envelope.rcpt_tos, envelope.content, [*self.options])
        )
        self.options.clear()
        if self.before_the_last_word is not None:
            # In a thread, so that the server itself goes on.
            await asyncio.get_running_loop().run_in_executor(None, self.before_the_last_word)
        self.said_its_last_word = True
        return "250 Taken"


class LocalServer(Controller):
    def factory(self) -> SMTP:
        return Conversation(self.handler, **self.SMTP_kwargs)


@contextmanager
def mail_server(
    port: int, *, tls_context: ssl.SSLContext | None = None, **behaviour: Any
) -> Iterator[Handler]:
    handler = Handler(**behaviour)
    controller = LocalServer(handler, hostname="127.0.0.1", port=port, tls_context=tls_context)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


@contextmanager
def silent_server(port: int) -> Iterator[threading.Event]:
    """Takes calls and never says a word. The event is set when somebody has called."""
    called, calls = threading.Event(), []
    listening = socket.create_server(("127.0.0.1", port))

    def listen() -> None:
        while True:
            try:
                calls.append(listening.accept()[0])
            except OSError:
                return
            called.set()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield called
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        for call in calls:
            call.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
