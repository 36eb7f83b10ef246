"""A spreadsheet is read however it was saved, and what is none is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from consentkit.imports import cells, reading
from consentkit.imports.cells import NotUnderstood
from consentkit.imports.columns import guessed
from consentkit.imports.reading import NotRead, detect, header_and_rows

WEST = "Name;Straße;Ort\nJörg Müller;Grüner Weg 1;Köln\nRenée Dupré;Rue de l’Été;Orléans\n"
EAST = "Imię,Miasto\nŁukasz Żółć,Łódź\nZbyněk,Plzeň\n"
RUSSIAN = "Имя\tГород\nМария\tМосква\n"


@pytest.mark.parametrize(
    ("content", "delimiter", "cell"),
    [
        (WEST.encode(), ";", "Jörg Müller"),
        (WEST.encode("utf-8-sig"), ";", "Jörg Müller"),
        (WEST.encode("utf-16"), ";", "Jörg Müller"),
        (WEST.encode("utf-16-le"), ";", "Jörg Müller"),
        (WEST.encode("utf-16-be"), ";", "Jörg Müller"),
        (WEST.encode("cp1252"), ";", "Jörg Müller"),
        (WEST.replace("’", "'").encode("mac_roman"), ";", "Jörg Müller"),
        (EAST.encode("cp1250"), ",", "Łukasz Żółć"),
        (RUSSIAN.encode("cp1251"), "\t", "Мария"),
        ("Ad|Şehir\nGökçe Yılmaz|İstanbul\n".encode("cp1254"), "|", "Gökçe Yılmaz"),
        (b"sep=,\r\nName,Ort\r\n'=1+1,Ulm\r\n", ",", "=1+1"),
        (b'"A title"\n\nName,Note\n"Ann, Lee","two\nlines"\n', ",", "Ann, Lee"),
    ],
    ids="utf8 utf8-bom utf16 utf16le utf16be 1252 mac 1250 1251 1254 sep title".split(),
)
def test_letters_and_delimiters_are_recognised(content, delimiter, cell):
    form = detect(content)
    _header, rows = header_and_rows(content, form)

    assert (form.delimiter, next(rows).cells[0]) == (delimiter, cell)


def workbook(*rows, hidden=False) -> bytes:
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if hidden:
        book.create_sheet("Shown")
        sheet.sheet_state = "hidden"
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def test_a_workbook_gives_texts_and_works_nothing_out():
    content = workbook(
        ["Name", "Born", "Number", "Sum", "Agreed"],
        ["Ann Lee", datetime.fromisoformat("1990-03-04"), 1234567.0, "=1+1", True],
        [None, None],
        ["'+49 30 1", date(1990, 3, 4), 1.5, '=HYPERLINK("http://x","y")', None],
    )
    header, rows = header_and_rows(content, detect(content))

    assert header.cells[0] == "Name"
    first, second = rows
    # A formula whose value nobody saved is nothing at all.
    assert first.cells == ("Ann Lee", "1990-03-04", "1234567", "", "yes")
    assert (second.number, second.cells) == (4, ("+49 30 1", "1990-03-04", "1.5"))


def bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (reading.UNPACKED + 1))
    return written.getvalue()


def zipped(name: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(name, b"x")
    return written.getvalue()


def read_whole(content: bytes) -> None:
    _header, rows = header_and_rows(content, detect(content))
    list(rows)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (lambda: b" \n", "empty"),
        (lambda: b"a;b\n" + b"x" * reading.LARGEST, "too_large"),
        (lambda: b"\x89PNG\r\n\x1a\n\x00\x00", "not_a_table"),
        (lambda: b"\xd0\xcf\x11\xe0" + b"x" * 100, "old"),
        (bomb, "swells"),
        (lambda: zipped("word/document.xml"), "not_a_table"),
        (lambda: zipped("xl/workbook.xml"), "broken"),
        (lambda: b"PK\x03\x04 and nothing", "broken"),
        (lambda: b"ann@example.org;Ann\n", "no_header"),
        (lambda: ("Name;Ort\n" + "a;b\n" * (reading.ROWS + 1)).encode(), "too_many_rows"),
        (lambda: ("Name;Ort\n" + "a;" * 100 + "b\n").encode(), "too_many_columns"),
    ],
)
def test_what_is_no_spreadsheet_or_too_much_is_refused(content, problem):
    with pytest.raises(NotRead) as refused:
        read_whole(content())

    assert refused.value.problem == problem


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("Name;Vorname;E-Mail;Straße;PLZ;Ort;Land",
         "last_name first_name email street postcode city residence"),
        ("Full name;Email address;State;Country;Username", "name email region residence handle"),
        ("Nom;Prénom;Courriel;Né le", "last_name first_name email -"),
        ("Imię i nazwisko;Adres e-mail;Data urodzenia", "name email born"),
        ("ФИО;Почта;Страна", "name email residence"),
        ("E-Mail (privat);E-Mail;Nr.;since", "email - outside_id fact.since"),
    ],
)  # fmt: skip
def test_columns_are_guessed_from_their_headers(header, columns):
    expected = ["" if one == "-" else one for one in columns.split()]
    assert guessed(header.split(";")) == expected


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2025-04-03", "", date(2025, 4, 3)),
        ("2025-04-03 00:00:00", "", date(2025, 4, 3)),
        ("03.04.2025", "", date(2025, 4, 3)),
        ("25/12/2025", "", date(2025, 12, 25)),
        ("12/25/2025", "", date(2025, 12, 25)),
        ("03/04/2025", "dmy", date(2025, 4, 3)),
        ("03/04/2025", "mdy", date(2025, 3, 4)),
        ("4/4/2025", "", date(2025, 4, 4)),
        ("3. März 2025", "", date(2025, 3, 3)),
        ("March 3, 2025", "", date(2025, 3, 3)),
        ("3 marca 2025", "", date(2025, 3, 3)),
        ("03/04/2025", "", None),
        ("25/12/2025", "mdy", None),
        ("31.02.2025", "", None),
        ("03.04.25", "", None),
        ("45000", "", None),
        ("tomorrow", "", None),
    ],
)
def test_a_day_is_understood_and_never_guessed(text, order, expected):
    if expected is None:
        with pytest.raises(NotUnderstood):
            cells.day(text, order)
    else:
        assert cells.day(text, order) == expected


@pytest.mark.parametrize(
    ("country", "region", "expected"),
    [
        ("DE-BE", "", "DE-BE"),
        ("Germany", "", "DE"),
        ("Deutschland", "Bayern", "DE-BY"),
        ("Illinois", "", "US-IL"),
        ("USA", "IL", "US-IL"),
        ("", "California", "US-CA"),
        ("Illinois, USA", "", "US-IL"),
        ("Allemagne", "", "DE"),
        ("Schottland", "", "GB-SCT"),
        ("États-Unis", "Texas", "US-TX"),
        ("USA", "", None),
        ("Georgia", "", None),
        ("Atlantis", "", None),
    ],
)
def test_a_place_is_understood(country, region, expected):
    if expected is None:
        with pytest.raises(NotUnderstood):
            cells.place(country, region)
    else:
        assert cells.place(country, region) == expected


def test_a_number_that_the_spreadsheet_destroyed_is_not_taken():
    with pytest.raises(NotUnderstood):
        cells.whole("4,93E+11", 100)
    assert cells.whole("A-1E5", 100) == "A-1E5"
