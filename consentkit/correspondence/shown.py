"""How an original is shown on pages: as its own pages, as a picture, in words, or not at all.

Whatever a stranger sent, this returns. What cannot be shown becomes a sheet that says why; the
original is embedded all the same.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pikepdf
from django.utils.translation import gettext_lazy as _
from pikepdf import Name

from consentkit.cases.log import Label

from .exhibits import Exhibit, Sort
from .incoming import Incoming, clean, read
from .kinds import CSV, EML, JSON, PDF, TEXT, ZIP

MOST_PAGES = 2_000
# Of a text that is listed; more than this nobody reads on paper.
MOST_CHARACTERS, MOST_LINES = 24_000, 500
MOST_HEADERS = 80
# Of a picture: what goes beyond is a bomb, or an aerial map.
MOST_PIXELS = 80_000_000
LONGEST_SIDE = 2_400  # of a picture that has to be made anew, in pixels

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

REASONS: Mapping[str, Label] = {
    "damaged": _("The file is damaged and cannot be opened."),
    "encrypted": _("The file opens only with a password."),
    "empty": _("The file has no pages."),
    "long": _("The file has too many pages to be shown here."),
    "huge": _("The picture is too large to be shown here."),
    "archive": _("An archive holds other files; it is not unpacked here."),
    "unshown": _("Files of this kind cannot be shown on pages."),
}


@dataclass(frozen=True, kw_only=True)
class Words:
    """A section of our own making. ``form`` says which: message, text, date or sheet."""

    form: str
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OwnLetter:
    """A letter that was made here: its pages keep their tags."""

    document: pikepdf.Pdf

    @property
    def pages(self) -> int:
        return len(self.document.pages)


@dataclass(frozen=True, kw_only=True)
class Foreign:
    """Pages that somebody else made."""

    document: pikepdf.Pdf

    @property
    def pages(self) -> int:
        return len(self.document.pages)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as PDF can hold it. ``turn`` is its orientation by EXIF, 1 to 8."""

    data: bytes
    encoding: Name  # DCTDecode or FlateDecode
    colours: Any  # a colour space
    bits: int
    width: int
    height: int
    turn: int = 1
    parameters: Mapping[str, int] = field(default_factory=dict)  # of the encoding

    pages = 1


Shown = Words | OwnLetter | Foreign | Picture


def show(exhibit: Exhibit, content: bytes) -> Shown:
    """How an exhibit is shown. ``content`` are the bytes of the original."""
    if exhibit.sort is Sort.LETTER:
        return OwnLetter(document=pikepdf.open(BytesIO(content)))
    if exhibit.sort is Sort.DATE:
        return Words(form="date")
    if exhibit.media_type in PICTURES:
        return _picture(content)
    look = LOOKS.get(exhibit.media_type)
    return look(content) if look else sheet("unshown")


def sheet(reason: str) -> Words:
    """A page that says why an original is not shown; ``reason`` is a key of ``REASONS``."""
    return Words(form="sheet", told={"reason": REASONS[reason]})


# PDF ----------------------------------------------------------------------------------------------


def _pdf(content: bytes) -> Shown:
    try:
        document = pikepdf.open(BytesIO(content))
        pages = len(document.pages)
        if pages == 0:
            return sheet("empty")
        if pages > MOST_PAGES:
            return sheet("long")
        _draw_forms(document)
        for page in document.pages:
            _settle_box(page)
    except pikepdf.PasswordError:
        return sheet("encrypted")
    except Exception:  # qpdf and a stranger's file: the kinds of error have no end
        return sheet("damaged")
    return Foreign(document=document)


def _draw_forms(document: pikepdf.Pdf) -> None:
    """Make what stands in form fields, stamps and comments part of the page.

    A page is taken over as what it paints, so nothing that acts comes along: no script, no launch,
    no link.
    """
    drawn = [
        annotation
        for page in document.pages
        for annotation in page.obj.get(Name.Annots, [])
        if annotation.get(Name.Subtype) not in (Name.Link, Name.Popup)
    ]
    if not drawn:
        return
    if any(annotation.get(Name.Subtype) == Name.Widget for annotation in drawn):
        with suppress(Exception):  # a form without its fields still has their last appearance
            document.generate_appearance_streams()
    document.flatten_annotations("print")


def _settle_box(page: pikepdf.Page) -> None:
    """Let the page be what a reader shows of it. Raises ValueError for one without an area."""
    left, bottom, right, top = (float(side) for side in page.cropbox)
    if not (1 <= abs(right - left) <= 20_000 and 1 <= abs(top - bottom) <= 20_000):
        raise ValueError("a page without an area")
    page.trimbox = page.cropbox


def is_whole(document: pikepdf.Pdf) -> bool:
    """Whether a document can be taken over to its last byte."""
    try:
        alone = pikepdf.new()
        for page in document.pages:
            alone.copy_foreign(page.as_form_xobject())
        alone.pages.extend(document.pages)
        alone.save(BytesIO())
    except Exception:
        return False
    return True


# Pictures -----------------------------------------------------------------------------------------


def _picture(content: bytes) -> Shown:
    from PIL import Image, ImageFile  # slow to import; only pictures need it

    # WeasyPrint lets Pillow make up what is missing of a picture. Evidence is not made up.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                return sheet("huge")
            if image.format == "JPEG" and image.mode in ("RGB", "L"):
                return _jpeg(content, image)
            return _png(content, image) or _made_anew(image)
    except Exception:  # Pillow and a stranger's file, as above
        return sheet("damaged")


def _jpeg(content: bytes, image: Any) -> Picture:
    """A JPEG as it is, once it has been read through in its smallest size."""
    width, height, turn = image.width, image.height, _turn(image)
    colours = Name.DeviceRGB if image.mode == "RGB" else Name.DeviceGray
    image.draft(None, (1, 1))
    image.load()
    return Picture(
        data=content,
        encoding=Name.DCTDecode,
        colours=colours,
        bits=8,
        width=width,
        height=height,
        turn=turn,
    )


def _png(content: bytes, image: Any) -> Picture | None:
    """A plain PNG as it is: PDF knows its way of packing. None for one with more to it."""
    plain = image.format == "PNG" and image.mode in ("RGB", "L", "P")
    if not plain or image.info.get("interlace") or "transparency" in image.info:
        return None
    if max(image.width, image.height) > 2 * LONGEST_SIDE:
        return None
    bits, colour_type, chunks = _taken_apart(content)
    colours: Any = {0: Name.DeviceGray, 2: Name.DeviceRGB}.get(colour_type)
    if colour_type == 3:
        palette = chunks[b"PLTE"]
        last = len(palette) // 3 - 1
        colours = pikepdf.Array([Name.Indexed, Name.DeviceRGB, last, pikepdf.String(palette)])
    if colours is None or bits == 16:
        return None
    image.load()  # raises for one that is damaged
    return Picture(
        data=chunks[b"IDAT"],
        encoding=Name.FlateDecode,
        colours=colours,
        bits=bits,
        width=image.width,
        height=image.height,
        turn=_turn(image),
        parameters={
            "Predictor": 15,
            "Colors": 3 if colour_type == 2 else 1,
            "BitsPerComponent": bits,
            "Columns": image.width,
        },
    )


def _taken_apart(content: bytes) -> tuple[int, int, dict[bytes, bytes]]:
    """The depth, the type of colour and the joined chunks of a PNG."""
    chunks: dict[bytes, list[bytes]] = {}
    at = 8
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        chunks.setdefault(content[at + 4 : at + 8], []).append(content[at + 8 : at + 8 + length])
        at += length + 12
    header = chunks[b"IHDR"][0]
    return header[8], header[9], {name: b"".join(parts) for name, parts in chunks.items()}


def _made_anew(image: Any) -> Picture:
    """Any other picture: smaller where it is large, on white where it is transparent."""
    from PIL import Image

    turn = _turn(image)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    ground = Image.new("RGB", image.size, "white")
    layered = image.convert("RGBA")
    ground.paste(layered, mask=layered.getchannel("A"))
    written = BytesIO()
    ground.save(written, "JPEG", quality=90, subsampling=0)
    return Picture(
        data=written.getvalue(),
        encoding=Name.DCTDecode,
        colours=Name.DeviceRGB,
        bits=8,
        width=ground.width,
        height=ground.height,
        turn=turn,
    )


ORIENTATION = 0x0112  # of EXIF


def _turn(image: Any) -> int:
    turn = image.getexif().get(ORIENTATION, 1)
    return turn if turn in range(1, 9) else 1


# Words --------------------------------------------------------------------------------------------


def _message(content: bytes) -> Shown:
    return Words(form="message", told=message_in_words(read(content)))


def message_in_words(message: Incoming) -> dict[str, Any]:
    """What a message says, as its section shows it."""
    text, cut = _limited(message.text)
    return {
        "from": message.sender,
        "to": ", ".join(message.to),
        "cc": ", ".join(message.cc),
        "subject": message.subject,
        "message_id": message.message_id,
        "date": message.date,
        "paragraphs": _paragraphs(text),
        "cut": cut,
        "files": [f"{one.name} ({len(one.content)} bytes)" for one in message.files],
        "headers": message.headers[:MOST_HEADERS],
        "more_headers": max(0, len(message.headers) - MOST_HEADERS),
    }


def _text(content: bytes) -> Shown:
    return _listing(clean(_decoded(content)))


def _json(content: bytes) -> Shown:
    text = _decoded(content)
    if len(text) <= 40 * MOST_CHARACTERS:
        with suppress(ValueError, RecursionError):
            return _listing(
                json.dumps(json.loads(text), ensure_ascii=False, indent=2), indented=True
            )
    return _listing(clean(text))


def _listing(text: str, *, indented: bool = False) -> Words:
    told, cut = _limited(text)
    return Words(form="text", told={"lines": told.split("\n"), "cut": cut, "indented": indented})


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _limited(text: str) -> tuple[str, bool]:
    """As much of a text as is shown, and whether that is less than all."""
    lines = text[:MOST_CHARACTERS].split("\n")[:MOST_LINES]
    told = "\n".join(lines)
    return told, len(told) < len(text.rstrip())


def _paragraphs(text: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text) if part.strip()]


LOOKS: Mapping[str, Callable[[bytes], Shown]] = {
    PDF: _pdf,
    EML: _message,
    TEXT: _text,
    CSV: _text,
    JSON: _json,
    ZIP: lambda content: sheet("archive"),
}


def printable(text: str, unknown: frozenset[str]) -> str:
    """A text in which characters that no font has are told by their number."""
    return "".join(
        f"[U+{ord(one):04X}]" if one in unknown and unicodedata.category(one) != "Zs" else one
        for one in text
    )
