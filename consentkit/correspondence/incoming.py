"""Reading an e-mail that somebody else wrote: whatever it contains, this returns.

The limits keep a message from costing more than it is worth. What goes beyond them, or cannot be
read, is not shown; the original is kept all the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from html import unescape
from typing import TypeVar

import nh3

from .notices import Notice, notice_of

HEADER_BLOCK = 64 * 1024  # of the message itself
LONG_FIELD = 8 * 1024  # of the fields whose parameters are taken apart
VALUE = 2_000  # characters of a field that are kept
TEXT, HTML = 200_000, 500_000  # characters that are kept to be shown
PARTS, BOUNDARIES, FILES, ADDRESSES = 200, 100, 50, 100

END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
STRUCTURE = re.compile(rb"^content-(?:type|disposition):.*(?:\r?\n[ \t].*)*", re.I | re.M)
BOUNDARY = re.compile(rb"boundary\*?0?\*?=", re.I)
IDS = re.compile(r"<[^<>\s]{1,240}>")
LONGEST_ID = 250

# What may stay of a page: words and their order. No picture, style, form, frame or heading, and
# nothing that is fetched from elsewhere.
TAGS = frozenset(
    "a abbr b blockquote br code dd del div dl dt em hr i ins li ol p pre q s small span strong "
    "sub sup table tbody td tfoot th thead tr u ul".split()
)
DROPPED = frozenset("script style title head template iframe object svg math select".split())
SCHEMES = frozenset({"http", "https", "mailto"})

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that came with a message."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What a message says of itself. ``problem`` is ``complicated`` where it was not read whole.

    ``recipients`` are all addresses to which it may have been sent, ``references`` the ids of the
    messages that it answers, ``notice`` what it is if no person wrote it.
    """

    sha256: str
    message_id: str
    sender: str = ""
    sender_address: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: str = ""
    subject: str = ""
    date: datetime | None = None
    recipients: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    html: str = ""
    files: tuple[File, ...] = ()
    notice: Notice = field(default_factory=Notice)
    problem: str = ""


def read(raw: bytes) -> Incoming:
    """Everything that can be told of a message."""
    digest = sha256(raw).hexdigest()
    top = END_OF_HEADERS.split(raw, maxsplit=1)[0]
    if len(top) > HEADER_BLOCK:
        return Incoming(
            sha256=digest, message_id=_own_id(digest), headers=(), problem="complicated"
        )
    complicated = _is_complicated(raw)
    message = _quietly(
        lambda: message_from_bytes(top if complicated else raw, policy=policy.compat32)
    )
    if message is None:
        return Incoming(sha256=digest, message_id=_own_id(digest), problem="complicated")
    bodies = _Bodies() if complicated else _bodies(message)
    references = [*ids(message, "In-Reply-To"), *ids(message, "References")]
    html = sanitised("\n".join(bodies.html))
    text = "\n\n".join(bodies.text).strip() or _words_of(html)
    senders = addresses(message, "From")
    return Incoming(
        sha256=digest,
        message_id=_message_id(message, digest),
        sender=value(message, "From"),
        sender_address=senders[0] if senders else "",
        to=addresses(message, "To"),
        cc=addresses(message, "Cc"),
        reply_to=value(message, "Reply-To"),
        subject=value(message, "Subject"),
        date=_date(message),
        recipients=tuple(
            address
            for name in ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc", "Resent-To")
            for address in addresses(message, name)
        ),
        references=tuple(dict.fromkeys(references)),
        headers=_fields(message),
        text=text[:TEXT],
        html=html,
        files=tuple(bodies.files),
        notice=Notice() if complicated else _quietly(lambda: notice_of(message)) or Notice(),
        problem="complicated" if complicated or bodies.cut else "",
    )


# Headers ------------------------------------------------------------------------------------------


def value(message: Message, name: str) -> str:
    """A header as a person reads it: decoded, on one line, and not endless."""
    return _quietly(lambda: _decoded(message.get(name))) or ""


def addresses(message: Message, name: str) -> tuple[str, ...]:
    """The e-mail addresses in all headers of a name, in small letters."""
    written = _quietly(lambda: [str(one)[: 4 * VALUE] for one in message.get_all(name, [])]) or []
    pairs = _quietly(lambda: getaddresses(written)) or []
    found = (clean(address).strip().lower() for _, address in pairs[:ADDRESSES])
    return tuple(dict.fromkeys(one for one in found if "@" in one and len(one) <= 320))


def ids(message: Message, name: str) -> list[str]:
    """The ids of messages in a header."""
    written = _quietly(lambda: str(message.get(name, ""))[: 16 * VALUE]) or ""
    return IDS.findall(written)


def clean(text: str) -> str:
    """A text without what cannot be stored or seen; line ends and tabs stay."""
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    lines = encodable.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one in "\n\t" or unicodedata.category(one) != "Cc")


def _decoded(written: object) -> str:
    if written is None:
        return ""
    parts = []
    for part, charset in decode_header(str(written)[: 4 * VALUE]):
        parts.append(part if isinstance(part, str) else _in(part, charset))
    return " ".join(clean("".join(parts)).split())[:VALUE]


def _in(content: bytes, charset: str | None) -> str:
    """Bytes in an encoding that may not exist, or not be the one they are in."""
    for encoding in (charset or "utf-8", "utf-8"):
        try:
            return content.decode(encoding)
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def _fields(message: Message) -> tuple[tuple[str, str], ...]:
    raw = _quietly(lambda: message.items()[:PARTS]) or []
    return tuple(
        (clean(str(name))[:100], _quietly(lambda given=given: _decoded(given)) or "")  # type: ignore[misc]
        for name, given in raw
    )


def _date(message: Message) -> datetime | None:
    written = value(message, "Date")
    moment = _quietly(lambda: parsedate_to_datetime(written)) if written else None
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    # Far beyond any calendar it cannot be told in another time zone.
    return aware if 1990 <= aware.year <= 9000 else None


def _message_id(message: Message, digest: str) -> str:
    found = ids(message, "Message-ID")
    return found[0] if found and len(found[0]) <= LONGEST_ID else _own_id(digest)


def _own_id(digest: str) -> str:
    """What names a message that has no usable name of its own."""
    return f"<sha256.{digest}@no-id.invalid>"


# Bodies -------------------------------------------------------------------------------------------


@dataclass
class _Bodies:
    text: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    cut: bool = False


def _bodies(message: Message) -> _Bodies:
    found = _Bodies()
    for number, part in enumerate(_parts(message)):
        if number >= PARTS or len(found.files) >= FILES:
            found.cut = True
            break
        try:
            _sort(part, found)
        except Exception:  # a part that nobody can read hides no other
            found.cut = True
    return found


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a message, in order. A message within it is a leaf."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() == "multipart":
            waiting += [one for one in reversed(inner) if isinstance(one, Message)]
        else:
            yield part


def _sort(part: Message, found: _Bodies) -> None:
    kind = part.get_content_type()
    if kind in ("message/delivery-status", "text/rfc822-headers"):
        return
    name = _file_name(part)
    if kind in ("text/plain", "text/html") and not name and not _is_attached(part):
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            text = clean(_in(content, _quietly(part.get_content_charset)))
            (found.text if kind == "text/plain" else found.html).append(text[:HTML])
        return
    if kind == "message/rfc822":
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            found.files.append(File(name=name or "message.eml", content=inner[0].as_bytes()))
        return
    content = part.get_payload(decode=True)
    if isinstance(content, bytes) and content:
        found.files.append(File(name=name or "file", content=content))


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _file_name(part: Message) -> str:
    name = _quietly(part.get_filename)
    return (_quietly(lambda: _decoded(name)) or "") if name else ""


def _is_complicated(raw: bytes) -> bool:
    """Whether taking the message apart would cost too much."""
    if len(BOUNDARY.findall(raw)) > BOUNDARIES:
        return True
    return any(len(one[0]) > LONG_FIELD for one in STRUCTURE.finditer(raw))


def sanitised(html: str) -> str:
    """What may be shown of a page that a stranger made."""
    return nh3.clean(
        html[:HTML],
        tags=set(TAGS),
        clean_content_tags=set(DROPPED),
        attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        url_schemes=set(SCHEMES),
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )


def _words_of(html: str) -> str:
    broken = re.sub(r"<(?:br|/p|/div|/li|/tr|hr)\b[^>]*>", "\n", html)
    words = unescape(nh3.clean(broken, tags=set()))
    return re.sub(r"[ \t]*\n\s*\n\s*", "\n\n", words).strip()


def _quietly(look: Callable[[], Value]) -> Value | None:
    """The value, or None: the standard library's parser raises whatever a stranger provokes."""
    try:
        return look()
    except Exception:
        return None
