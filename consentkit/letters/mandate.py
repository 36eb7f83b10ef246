"""The signed mandate as it goes out with a letter: whoever gets it sees our authority."""

from __future__ import annotations

from dataclasses import dataclass

from babel import Locale
from babel.dates import format_date
from django.template.loader import render_to_string
from django.utils.translation import override

from consentkit.clients.models import Mandate

from . import signature
from .render import tagged_pdf

ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True)
class Paper:
    """A file that goes along with a letter."""

    content: bytes
    kind: str  # its content type

    @property
    def ending(self) -> str:
        return ENDINGS[self.kind]


def mandate_paper(mandate: Mandate, *, paper: str) -> Paper:
    """A signed mandate as a file: the paper that was signed, or a PDF of what was signed on screen.

    ``paper`` is that of the letter. Raises ValueError for a mandate that nobody signed, and
    MissingEngine or NoGlyph as ``render.pdf`` does.
    """
    if mandate.signed_on is None:
        raise ValueError(f"{mandate} is not signed")
    if mandate.scan:
        return Paper(bytes(mandate.scan), mandate.scan_kind)
    language = mandate.client.language
    title, *told = mandate.text.split("\n")
    drawn = tuple(tuple((x, y) for x, y in stroke) for stroke in mandate.strokes)
    with override(language):
        page = render_to_string(
            "print/mandate.html",
            {
                "language": language,
                "paper": "letter" if paper.startswith(("letter", "us")) else "a4",
                "title": title,
                "lines": [line for line in told if line],
                "signer": mandate.signer,
                "signed_on": format_date(
                    mandate.signed_on, format="long", locale=Locale.parse(language)
                ),
                "signed_on_iso": mandate.signed_on.isoformat(),
                "drawing": signature.path(drawn),
                "size": (signature.WIDTH, signature.HEIGHT),
            },
        )
    return Paper(
        tagged_pdf([page], ("print/fonts.css", "print/certificate.css", "print/mandate.css")),
        "application/pdf",
    )
