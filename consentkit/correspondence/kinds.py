"""What a file is, told by its content and never by its name."""

from __future__ import annotations

import re
import unicodedata

# How much of a file's beginning and end is looked at.
LOOKED_AT = 64 * 1024

PDF, ZIP, TEXT, CSV = "application/pdf", "application/zip", "text/plain", "text/csv"
JSON, EML = "application/json", "message/rfc822"
OFFICE = "application/vnd.openxmlformats-officedocument."
# Every kind of file that may belong to a case, with the endings its name may have.
ENDINGS: dict[str, tuple[str, ...]] = {
    PDF: (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    ZIP: (".zip",),
    OFFICE + "wordprocessingml.document": (".docx",),
    OFFICE + "spreadsheetml.sheet": (".xlsx",),
    OFFICE + "presentationml.presentation": (".pptx",),
    TEXT: (".txt", ".log", ".md"),
    CSV: (".csv", ".tsv"),
    JSON: (".json",),
    EML: (".eml",),
}
BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"})
OFFICE_FOLDERS = (
    (b"word/", OFFICE + "wordprocessingml.document"),
    (b"xl/", OFFICE + "spreadsheetml.sheet"),
    (b"ppt/", OFFICE + "presentationml.presentation"),
)
# A header with which a message begins; one of the second kind must be among the first.
HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\n]*\n(?:[ \t][^\n]*\n)*)+", re.DOTALL)
OF_A_MESSAGE = re.compile(rb"^(from|received|return-path|message-id|delivered-to):", re.I | re.M)

LONGEST_NAME = 150
# Right-to-left overrides and the like can make "exe.pdf" of "fdp.exe".
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def kind_of(head: bytes, tail: bytes, name: str) -> str | None:
    """The media type of a file by its beginning and its end; None for what is not taken in.

    The name decides only between kinds of text that look the same.
    """
    if b"%PDF-" in head[:1024]:
        return PDF
    for beginning, kind in BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        return "image/heic"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(head, tail)
    return _text(head, tail, name)


def _zip(head: bytes, tail: bytes) -> str:
    """A ZIP file, or an office document, whose list of contents stands at the end."""
    if b"[Content_Types].xml" in head or b"[Content_Types].xml" in tail:
        for folder, kind in OFFICE_FOLDERS:
            if folder in tail:
                return kind
    return ZIP


def _text(head: bytes, tail: bytes, name: str) -> str | None:
    # A message may be in any encoding, or in several.
    start = HEADER.match(head.replace(b"\r\n", b"\n"))
    if start and OF_A_MESSAGE.search(start[0]) and b"\0" not in head:
        return EML
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        # The last character of what is looked at may be cut.
        text = (
            head.decode(encoding) if len(head) < LOOKED_AT else head[:-4].decode(encoding, "ignore")
        )
    except UnicodeDecodeError:
        text = head.decode("cp1252", "replace")
    if any(unicodedata.category(one) == "Cc" and one not in "\t\n\r\f" for one in text):
        return None
    first, last = text.lstrip("\ufeff \t\r\n")[:1], tail.rstrip()[-1:]
    if (first, last) in (("{", b"}"), ("[", b"]")):
        return JSON
    return CSV if name.lower().endswith(ENDINGS[CSV]) else TEXT


def safe_name(name: str, kind: str) -> str:
    """A file name that is only a name, and ends as its content does."""
    base = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    plain = "".join(one for one in base if unicodedata.category(one) not in UNSEEN)
    plain = re.sub(r'[<>:"|?*%]', "_", plain).strip(" .")
    endings = ENDINGS.get(kind, ())
    if endings and not plain.lower().endswith(endings):
        plain = f"{plain or 'file'}{endings[0]}"
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(ending)]}{dot}{ending}" if stem else plain
