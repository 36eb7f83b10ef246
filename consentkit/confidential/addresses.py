"""E-mail addresses, sealed so that they can still be looked up.

AES-SIV (RFC 5297) seals the same address to the same text, and two addresses to two that have
nothing in common; whoever lacks the key can neither read one nor try one out. It reveals only which
rows of one column hold the same address, which there is one of. The key is made from the search
key, and like that one it does not rotate: a lookup must find what was written years ago, and a
column that must be unique can hold one address in one way only. Where it has to change all the
same, the new key stands before the former one, and ``manage.py rebuild_search`` seals all anew.

The sealed text has small letters and digits alone (base 32), so that no database that compares or
changes letter case can spoil it.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from binascii import Error
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from .cipher import Tampered
from .keys import search_key, search_keys

LONGEST = 254  # bytes of an address, as in RFC 5321
COLUMN = 450  # what the longest one takes when it is sealed: (254 + 16) * 8 / 5, and some room


def normal(address: str) -> str:
    """An address as it is kept and compared: without spaces around it, in small letters."""
    return address.strip().lower()


def mailbox(address: str) -> str:
    """A keyed hash of the mailbox that an address leads to, to count what is mailed there.

    Capitals, and what stands behind a plus sign, lead to the same one.
    """
    name, _at, domain = normal(address).rpartition("@")
    plain = f"{name.partition('+')[0]}@{domain}".casefold()
    return blake2b(plain.encode(), digest_size=16, key=search_key()).hexdigest()


def seal_address(address: str, place: str) -> str:
    """The sealed text of an address; the same one each time. Nothing stays nothing."""
    return seal_exactly(normal(address), place)


def seal_exactly(text: str, place: str) -> str:
    """The sealed text of a text in just these letters; the same one each time."""
    if not text:
        return ""
    sealed = _cipher(search_key()).encrypt(text.encode(), [place.encode()])
    return b32encode(sealed).decode().rstrip("=").lower()


def open_address(sealed: str, place: str) -> str:
    """The address that was sealed. Raises Tampered; never returns what is sealed."""
    if not sealed:
        return ""
    padding = "=" * (-len(sealed) % 8)
    for key in search_keys():
        with suppress(Error, InvalidTag, ValueError):
            plain = _cipher(key).decrypt(b32decode(sealed.upper() + padding), [place.encode()])
            return plain.decode()
    raise Tampered(f"a sealed address of {place} was changed, or its key is another")


@lru_cache(maxsize=2)
def _cipher(key: bytes) -> AESSIV:
    return AESSIV(blake2b(key=key, digest_size=64, person=b"consentkit mail").digest())


@deconstructible
class FitsWhenSealed:
    """Refuses an address that is longer than e-mail allows."""

    def __call__(self, address: str) -> None:
        if len(address.encode()) > LONGEST:
            raise ValidationError(_("This address is too long."), code="max_length")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FitsWhenSealed)

    def __hash__(self) -> int:
        return hash(FitsWhenSealed)


class SealedAddress(models.EmailField):  # type: ignore[type-arg]  # generic in the stubs only
    """An e-mail address: sealed in the database, plain in Python, found by the whole address.

    ``exact``, ``iexact`` and ``in`` find it in any letter case. ``place`` is written down once and
    never changes, as with every sealed field.
    """

    default_validators = (*models.EmailField.default_validators, FitsWhenSealed())  # type: ignore[assignment]
    LOOKUPS = frozenset({"exact", "in", "isnull"})

    def __init__(self, *args: Any, place: str = "", **kwargs: Any) -> None:
        self.place = place
        super().__init__(*args, **{"max_length": COLUMN, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "place": self.place}

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return seal_address(value, self.place) if isinstance(value, str) else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return None if value is None else open_address(value, self.place)

    def get_lookup(self, lookup_name: str) -> Any:
        # Every address is sealed in small letters, so whoever ignores case asks the same question.
        name = "exact" if lookup_name == "iexact" else lookup_name
        if name not in self.LOOKUPS:
            raise TypeError(f"{self.name} is sealed and cannot be looked up by {lookup_name!r}")
        return super().get_lookup(name)


class SealedReference(SealedAddress):
    """The reference of a letter, in capital letters: sealed and found as an address is.

    It follows from names and addresses, so whoever could read it could try a guess about somebody.
    """

    default_validators = ()

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return None if value is None else open_address(value, self.place).upper()


class SealedNumber(SealedAddress):
    """A number that others gave to somebody: sealed, and found in just these letters."""

    default_validators = ()

    def get_prep_value(self, value: Any) -> Any:
        value = models.CharField.get_prep_value(self, value)
        return seal_exactly(value, self.place) if isinstance(value, str) else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "iexact":
            raise TypeError(f"{self.name} is looked up in just its letters")
        return super().get_lookup(lookup_name)
