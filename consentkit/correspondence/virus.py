"""Asking ClamAV whether a file is harmful, where this site has it (clamd, INSTREAM)."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable

from django.conf import settings

PATIENCE = 60.0  # seconds; a large archive takes a while
LONGEST_ANSWER = 4096


class Infected(Exception):
    """The scanner found something in the file."""


class ScannerAway(Exception):
    """The scanner is configured and did not answer: nothing is taken in unseen."""


def is_configured() -> bool:
    return bool(settings.CLAMAV)


def scan(pieces: Iterable[bytes]) -> None:
    """Let the scanner look at a file. Raises Infected or ScannerAway."""
    try:
        with _connect() as clamd:
            clamd.sendall(b"zINSTREAM\0")
            for piece in pieces:
                clamd.sendall(struct.pack("!I", len(piece)) + piece)
            clamd.sendall(struct.pack("!I", 0))
            answer = _answer(clamd)
    except OSError:
        raise ScannerAway from None
    if answer.endswith(b"FOUND"):
        raise Infected
    if not answer.endswith(b"OK"):
        # Also where the file is larger than clamd's own StreamMaxLength.
        raise ScannerAway


def _connect() -> socket.socket:
    if "/" in settings.CLAMAV:
        clamd = socket.socket(socket.AF_UNIX)
        clamd.settimeout(PATIENCE)
        try:
            clamd.connect(settings.CLAMAV)
        except OSError:
            clamd.close()
            raise
        return clamd
    host, _, port = settings.CLAMAV.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE)


def _answer(clamd: socket.socket) -> bytes:
    told = b""
    while not told.endswith(b"\0") and len(told) < LONGEST_ANSWER:
        piece = clamd.recv(LONGEST_ANSWER)
        if not piece:
            break
        told += piece
    return told.rstrip(b"\0\n ")
