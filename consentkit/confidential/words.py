"""An index of words that tells nobody without the key which words they are.

Each word becomes a keyed hash, another one for each owner: whoever steals the database can neither
read the words nor see that two people wrote the same one. Beginnings of words are indexed too, so
that "mül" finds "Müller".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

from .keys import search_key

WORD = re.compile(r"[^\W_]+")
SIZE = 12  # bytes of a hash
SHORTEST, LONGEST = 3, 12  # of the beginnings that are indexed


def words(text: str) -> set[str]:
    """The words of a text as they are compared: no case, no accents, no punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return set(WORD.findall("".join(one for one in plain if not unicodedata.combining(one))))


def index(texts: Iterable[str], owner: str, *, beginnings: bool) -> set[bytes]:
    """The hashes to store for some texts of one owner."""
    found: set[str] = set()
    for word in set().union(*map(words, texts)):
        found.add(word)
        if beginnings:
            found |= {word[:length] for length in range(SHORTEST, min(len(word), LONGEST + 1))}
    key = _key_of(owner, search_key())
    return {_hashed(word, key) for word in found}


def query(text: str, owner: str) -> set[bytes]:
    """The hashes that all must be there for a text to be found."""
    return {hashed(word, owner) for word in words(text)}


def hashed(word: str, owner: str) -> bytes:
    """One word as it stands in the index of one owner."""
    return _hashed(word, _key_of(owner, search_key()))


@lru_cache(maxsize=20_000)
def _hashed(word: str, key: bytes) -> bytes:
    return blake2b(word.encode(), digest_size=SIZE, key=key).digest()


@lru_cache(maxsize=1024)
def _key_of(owner: str, key: bytes) -> bytes:
    return blake2b(owner.encode(), digest_size=32, key=key, person=b"consentkit words").digest()
