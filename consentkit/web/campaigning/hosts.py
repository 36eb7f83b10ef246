"""The sites that may show a team's campaigns in a frame."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MOST = 20
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def origins(text: str) -> list[str]:
    """The sites named in a text, one a line, as a browser compares them: ``https://example.org``.

    Raises ValidationError naming the line that is none.
    """
    found = [_origin(line.strip()) for line in text.splitlines() if line.strip()]
    if len(found) > MOST:
        raise ValidationError(_("At most %(most)s sites."), params={"most": MOST})
    return list(dict.fromkeys(found))


def _origin(line: str) -> str:
    wrong = ValidationError(
        _("“%(line)s” is not the address of a site. Write it as https://www.example.org."),
        params={"line": line[:100]},
    )
    try:
        parts = urlsplit(line if "://" in line else f"https://{line}")
        host, port = (parts.hostname or "").encode("idna").decode("ascii").lower(), parts.port
    except (ValueError, UnicodeError):
        raise wrong from None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme != "https" or not plain or parts.path not in ("", "/") or not _is_host(host):
        raise wrong
    return f"https://{host}" + (f":{port}" if port and port != 443 else "")


def _is_host(host: str) -> bool:
    """Whether it is a name with a dot; a number or a pattern does not say whose site it is."""
    labels = host.split(".")
    if len(labels) < 2 or len(host) > 253 or not all(map(LABEL.fullmatch, labels)):
        return False
    try:
        ip_address(host)
    except ValueError:
        return True
    return False


def ancestors(hosts: Iterable[object]) -> list[str]:
    """What ``frame-ancestors`` is to say. Looked at once more: a header is built from it."""
    allowed = []
    for host in hosts:
        try:
            allowed.append(_origin(str(host)))
        except ValidationError:
            continue
    return allowed
