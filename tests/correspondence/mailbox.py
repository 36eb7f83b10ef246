"""An IMAP server on this machine, with the little that reading a mailbox takes, over TLS."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path) -> Path:
    """A certificate and its key for 127.0.0.1, which nobody trusts until told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Box:
    """The mailbox: messages by UID. ``commands`` is what was asked of it."""

    def __init__(self) -> None:
        self.validity = 7
        self.messages: dict[int, bytes] = {}
        self.commands: list[str] = []
        self.password = "secret"
        self.port = 0

    def add(self, *messages: bytes) -> None:
        for message in messages:
            self.messages[max(self.messages, default=0) + 1] = message

    def answer(self, command: str) -> list[bytes]:
        """The lines that answer a command, without its last one."""
        if found := re.fullmatch(r'EXAMINE "?INBOX"?', command):
            return [b"* %d EXISTS" % len(self.messages), b"* OK [UIDVALIDITY %d] x" % self.validity]
        if found := re.fullmatch(r"UID SEARCH \(?UID (\d+):\*\)?", command):
            first = min(int(found[1]), max(self.messages, default=0))
            return [b"* SEARCH " + b" ".join(b"%d" % one for one in self.messages if one >= first)]
        if found := re.fullmatch(r"UID FETCH (\d+) \(RFC822.SIZE\)", command):
            uid = int(found[1])
            return [b"* 1 FETCH (UID %d RFC822.SIZE %d)" % (uid, len(self.messages[uid]))]
        if found := re.fullmatch(r"UID FETCH (\d+) \(BODY.PEEK\[\]\)", command):
            raw = self.messages[int(found[1])]
            return [b"* 1 FETCH (BODY[] {%d}\r\n%s)" % (len(raw), raw)]
        if command == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1"]
        return []


@contextmanager
def mailbox(pem: Path) -> Iterator[Box]:
    box = Box()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    class Talk(socketserver.StreamRequestHandler):
        def setup(self) -> None:
            self.request = context.wrap_socket(self.request, server_side=True)
            super().setup()

        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                tag, _, command = line.decode().strip().partition(" ")
                word = command.partition(" ")[0]
                box.commands.append(word if word == "LOGIN" else command)
                for told in box.answer(command):
                    self.wfile.write(told + b"\r\n")
                is_wrong = word == "LOGIN" and f'"{box.password}"' not in command
                self.wfile.write(f"{tag} {'NO' if is_wrong else 'OK'} done\r\n".encode())
                if word == "LOGOUT":
                    return

        def finish(self) -> None:
            super().finish()
            self.request.close()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A caller who does not trust us hangs up; that is no fault of ours."""

    with Server(("127.0.0.1", 0), Talk) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield box
        server.shutdown()
        thread.join(5)
