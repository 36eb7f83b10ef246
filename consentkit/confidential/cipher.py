"""Sealing: AES-256-GCM, with the key's id in front and the place of the value bound into it.

A sealed value is ``1``, the id of its key (4 bytes), a nonce (12 bytes), and the ciphertext with
its tag. ``place`` is where it belongs (``case.about``): moved elsewhere, it does not open.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag

from .keys import UnknownKey, ring

VERSION = b"\x01"
OVERHEAD = 1 + 4 + 12 + 16


class Tampered(ValueError):
    """What was sealed has been changed, or does not belong here."""


def seal(plain: bytes, place: str) -> bytes:
    """The bytes, sealed with the newest key for one place."""
    name, key = next(iter(ring().items()))
    nonce = os.urandom(12)
    return VERSION + name + nonce + key.encrypt(nonce, plain, place.encode())


def unseal(sealed: bytes, place: str) -> bytes:
    """The bytes that were sealed. Raises UnknownKey or Tampered; never returns what is sealed."""
    if len(sealed) < OVERHEAD or sealed[:1] != VERSION:
        raise Tampered("this was not sealed by us")
    key = ring().get(sealed[1:5])
    if key is None:
        raise UnknownKey(f"sealed with key {sealed[1:5].hex()}, which this server does not have")
    try:
        return key.decrypt(sealed[5:17], sealed[17:], place.encode())
    except InvalidTag:
        raise Tampered(f"a sealed value of {place} was changed") from None


def is_current(sealed: bytes) -> bool:
    """Whether it was sealed with the newest key."""
    return sealed[1:5] == next(iter(ring()))
