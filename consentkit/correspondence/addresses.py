"""An e-mail address for each case, to which answers come: ``in+<code>.<tag>@letters.example.org``.

The tag is a keyed hash of the code: nobody can make an address for a case, not even who knows its
code. An answer finds its case years later: where the search key had to change, tags of former keys
that still stand behind it are known too.
"""

from __future__ import annotations

import re
from base64 import b32encode
from hashlib import blake2b
from hmac import compare_digest

from django.conf import settings

from consentkit.cases.models import ALPHABET, CODE_LENGTH, Case
from consentkit.confidential.keys import search_key, search_keys

TAG_LENGTH = 12  # of base 32: 60 bits
EXTENSION = re.compile(rf"([{ALPHABET}]{{{CODE_LENGTH}}})\.([a-z2-7]{{{TAG_LENGTH}}})")


def case_address(case: Case) -> str:
    """The case's own address; empty where the site has no inbox."""
    if not settings.INBOX:
        return ""
    local, _, domain = settings.INBOX.partition("@")
    return f"{local}+{case.code}.{_tag(case.code, search_key())}@{domain}"


def code_in(address: str) -> str | None:
    """The code of the case whose address it is. None for any other, and for one that is made up."""
    local, _, domain = settings.INBOX.lower().partition("@")
    theirs, _, their_domain = address.strip().lower().rpartition("@")
    name, _, extension = theirs.partition("+")
    match = EXTENSION.fullmatch(extension)
    if not domain or their_domain != domain or name != local or match is None:
        return None
    code, tag = match.groups()
    known = [compare_digest(tag, _tag(code, key)) for key in search_keys()]
    return code if any(known) else None


def _tag(code: str, key: bytes) -> str:
    made = blake2b(code.encode(), digest_size=10, key=key, person=b"consentkit inbox")
    return b32encode(made.digest()).decode().lower()[:TAG_LENGTH]
