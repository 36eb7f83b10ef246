"""Rows out of a spreadsheet: CSV in whatever encoding and with whatever delimiter, or XLSX.

What stands in a cell is a text, whatever it looks like: a formula is never worked out, and of a
workbook only the values are read that were saved in it. A file that is no spreadsheet, or would
swell beyond all measure, is refused.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain, islice
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook

from consentkit.office.cells import FORMULA

LARGEST = 10 * 1024 * 1024  # bytes of a file
UNPACKED = 100 * 1024 * 1024  # bytes of a workbook once it is unpacked
PARTS = 2_000  # files in a workbook
ROWS, COLUMNS, CELL = 25_000, 80, 5_000
EMPTY_ROWS = 100_000  # rows with nothing in them that a workbook may drag along

PROBLEMS: dict[str, str | Promise] = {
    "empty": _("There is nothing in this file."),
    "too_large": _("This file is larger than 10 MB. Divide it into several."),
    "not_a_table": _("This is no spreadsheet. Save it as CSV or as XLSX."),
    "old": _("This is an old or a locked workbook. Save it as XLSX without a password."),
    "swells": _("This workbook would become too large when it is unpacked."),
    "broken": _("This file cannot be read: something in it is broken."),
    "too_many_rows": _("This file has more than 25,000 rows. Divide it into several."),
    "too_many_columns": _("This file has more than 80 columns."),
    "no_header": _("The first row has to say what the columns are: name, e-mail, and so on."),
    "no_rows": _("Below the header there is no row."),
    "nobody": _("Whoever confirmed it may not enter people any more. What is entered stays."),
}


class NotRead(ValueError):
    """The file cannot be read; ``problem`` is a key of ``PROBLEMS``."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Format:
    """How a file is to be read. ``encoding`` is empty for a workbook."""

    encoding: str = ""
    delimiter: str = ""

    @property
    def is_workbook(self) -> bool:
        return not self.encoding


@dataclass(frozen=True)
class Line:
    """A row of the file: its number as a spreadsheet shows it, and its cells as texts."""

    number: int
    cells: tuple[str, ...]


# The encodings that somebody may choose by hand, as they are called.
ENCODINGS: dict[str, str | Promise] = {
    "utf-8-sig": "Unicode (UTF-8)",
    "utf-16": "Unicode (UTF-16)",
    "cp1252": _("Western European (Windows)"),
    "cp1250": _("Central European (Windows)"),
    "cp1251": _("Cyrillic (Windows)"),
    "cp1253": _("Greek (Windows)"),
    "cp1254": _("Turkish (Windows)"),
    "mac_roman": _("Western European (Mac)"),
}
DELIMITERS: dict[str, str | Promise] = {
    ";": _("semicolon"),
    ",": _("comma"),
    "\t": _("tab"),
    "|": _("vertical bar"),
}
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The letters by which the encodings of one byte are told apart.
LETTERS = {
    "cp1252": "äöüßÄÖÜéèêëàâáãçñíìîïóòôõúùûåæøœÉÀÇÑÁÍÓÚÅÆØ",
    "cp1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽőűŐŰăâîșțäöüßÄÖÜđĐ",
    "cp1251": "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЭЮЯіїєґІЇЄҐ",
    "cp1253": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
    "cp1254": "çğıöşüÇĞİÖŞÜâîû",
    "mac_roman": "äöüßÄÖÜéèêëàâáãçñíìîïóòôõúùûåæøœÉÀÇÑ",
}
OTHER_SCRIPTS = frozenset({"cp1251", "cp1253"})
SAMPLE = 64 * 1024


def detect(content: bytes) -> Format:
    """How a file is to be read. Raises NotRead."""
    if not content.strip():
        raise NotRead("empty")
    if len(content) > LARGEST:
        raise NotRead("too_large")
    if content.startswith(b"PK\x03\x04"):
        _check_workbook(content)
        return Format()
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotRead("old")
    encoding = _encoding(content)
    text = _decoded(content, encoding)[:SAMPLE]
    if sum(not sign.isprintable() and sign not in "\r\n\t\x0b\x1c" for sign in text) > 2:
        raise NotRead("not_a_table")
    return Format(encoding, _delimiter(text))


def _encoding(content: bytes) -> str:
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return encoding
    head = content[:SAMPLE]
    # Without a mark, every other byte of a text in UTF-16 is zero where it is Latin.
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = head[start::2]
        if half and half.count(0) > 0.4 * len(half):
            return encoding
    if b"\x00" in head:
        raise NotRead("not_a_table")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return max(LETTERS, key=lambda one: _plausible(content[:SAMPLE], one))
    return "utf-8-sig"


def _plausible(head: bytes, encoding: str) -> int:
    """How well bytes read in an encoding: letters of its languages, no signs within words."""
    usual = LETTERS[encoding]
    text = head.decode(encoding, "replace")
    score = 0
    for at, sign in enumerate(text):
        if sign.isascii():
            continue
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        if sign not in usual:
            score -= 3 if sign.isalpha() or sign == "\ufffd" else 4
        elif encoding in OTHER_SCRIPTS and (_is_latin(before) or _is_latin(after)):
            score -= 3  # no word is half Latin
        else:
            # A capital does not follow a small letter.
            score += -1 if sign.isupper() and before.islower() else 2
    return score


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeError, LookupError):
        raise NotRead("broken") from None


def _delimiter(text: str) -> str:
    """What parts the cells: what gives the most rows the same number of them."""
    first = text.split("\n", 1)[0].strip().lower()
    if first.startswith("sep=") and len(first) == 5:
        return first[4]
    best, chosen = (0.0, 0), ";"
    for delimiter in DELIMITERS:
        rows = [row for row in _sample(text, delimiter) if any(map(str.strip, row))]
        if not rows:
            continue
        [(width, same)] = Counter(map(len, rows)).most_common(1)
        if width > 1 and (same / len(rows), width) > best:
            best, chosen = (same / len(rows), width), delimiter
    return chosen


def _sample(text: str, delimiter: str) -> list[list[str]]:
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) == 30:
                break
    except csv.Error:
        return []
    return rows


def _check_workbook(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        raise NotRead("broken") from None
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED:
        raise NotRead("swells")
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise NotRead("not_a_table")


# Rows ---------------------------------------------------------------------------------------------


def lines(content: bytes, format: Format) -> Iterator[Line]:
    """Every row with something in it, the header first. Raises NotRead, also on the way."""
    rows = _of_workbook(content) if format.is_workbook else _of_text(content, format)
    number_of_rows = empty = 0
    for number, cells in enumerate(rows, start=1):
        told = tuple(map(clean, cells))
        while told and not told[-1]:
            told = told[:-1]
        if not told:
            empty += 1
            if empty > EMPTY_ROWS:
                raise NotRead("too_many_rows")
            continue
        if number == 1 and told[0].lower().startswith("sep=") and len(told) == 1:
            continue
        if len(told) > COLUMNS:
            raise NotRead("too_many_columns")
        number_of_rows += 1
        if number_of_rows > ROWS + 1:
            raise NotRead("too_many_rows")
        yield Line(number, told)


def header_and_rows(content: bytes, format: Format) -> tuple[Line, Iterator[Line]]:
    """The row that says what the columns are, and those below it. Raises NotRead."""
    rows = lines(content, format)
    head = list(islice(rows, 20))
    # A title above the table stands alone in its row.
    wide = (at for at, line in enumerate(head) if len(list(filter(None, line.cells))) > 1)
    at = next(wide, 0)
    if not head or any("@" in cell for cell in head[at].cells):
        raise NotRead("no_header")
    return head[at], chain(head[at + 1 :], rows)


NOT_SEEN = " \t\n\ufeff\xa0"


def clean(value: object) -> str:
    """A cell as a text, without what nobody sees, and without the mark that kept a formula out."""
    text = _text(value).replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip(NOT_SEEN)
    return text[1:] if text.startswith("'") and text[1:2] in FORMULA else text


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
        case date():
            return value.isoformat()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)


def _of_text(content: bytes, format: Format) -> Iterator[Sequence[object]]:
    text = _decoded(content, format.encoding).removeprefix("\ufeff")
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=format.delimiter)
    except csv.Error:
        raise NotRead("broken") from None


def _of_workbook(content: bytes) -> Iterator[Sequence[object]]:
    """The rows of the first sheet that is not hidden, with the values that were saved."""
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        sheet: Any = shown[0] if shown else None
        if sheet is None:
            raise NotRead("empty")
        # What the file says of its size may be false.
        sheet.reset_dimensions()
        yield from sheet.iter_rows(max_col=COLUMNS + 1, values_only=True)
    except NotRead:
        raise
    except Exception:  # openpyxl raises whatever the file makes it stumble over
        raise NotRead("broken") from None
