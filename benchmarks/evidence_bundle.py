"""How fast an evidence bundle is made, beside a bare pikepdf merge of the same pages.

A case of 500 pages: PDF files as companies send them, pictures of a telephone, letters of our own,
messages. The merge only puts the pages of letters, files and pictures one after the other: no
index, no stamps, no tags, no originals inside. A second merge embeds the originals too. Each runs
in a process of its own, so that its memory is its own; the first bundle of a process, which loads
the engine, is told apart. Run it from the top of the project:
.venv/bin/python benchmarks/evidence_bundle.py [PAGES]
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")

from benchmarks.marks import Row, tell

ROUNDS = 5
MADE_ON = date(2027, 1, 15)


def main() -> None:
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/case.sqlite3",
            "KEYS_FOLDER": f"{folder}/keys",
        }
        told = {
            way: json.loads(
                subprocess.run(
                    [sys.executable, __file__, str(pages), way],
                    env=environment,
                    check=True,
                    stdout=subprocess.PIPE,
                ).stdout
            )
            for way in ("fill", "merge", "merge_with_originals", "bundle")
        }
    size, number = told["fill"]["megabytes"], told["fill"]["pages"]
    say(f"{number} pages of letters, files and pictures, {size:.0f} MB")
    bare, whole = told["merge"], told["merge_with_originals"]
    for way in ("merge", "merge_with_originals", "bundle"):
        one = told[way]
        say(
            f"{way:22} first {one['first']:6.2f} s, then {one['then']:6.2f} s "
            f"({one['then'] / bare['then']:5.1f} x bare), peak {one['peak']:4.0f} MB, "
            f"{one['pages']} pages, {one['megabytes']:.0f} MB"
        )
    ours = told["bundle"]
    times = ours["then"] / bare["then"]
    tell(
        Row(
            f"evidence bundle, {number} pages",
            "≤ 1.5 × a bare pikepdf merge of the same files, ≤ 300 MB",
            f"{times:.1f} ×, {ours['peak']:.0f} MB",
            times <= 1.5 and ours["peak"] <= 300,
            f"{ours['then'] / whole['then']:.1f} × a merge that embeds the originals too, as a "
            "bundle must. What is left is work that a bare merge does not do: "
            f"{ours['pages'] - bare['pages']:.0f} pages of our own (cover, index, chronology, "
            "certificates, messages) are typeset, every original is unsealed and its hash "
            "computed, and every picture is read to its end",
        )
    )


def measured(make: Callable[[], tuple[int, int]]) -> dict[str, float]:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        pages, size = make()
        times.append(time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "first": times[0],
        "then": statistics.median(times[1:]),
        "peak": peak,
        "pages": pages,
        "megabytes": size / 1e6,
    }


def run(pages: int, way: str) -> None:
    import django

    if not os.environ.get("DATABASE_URL"):
        raise SystemExit("this fills a database: say with DATABASE_URL which one")
    django.setup()
    from consentkit.cases.models import Case

    if way == "fill":
        told = fill(pages)
    else:
        case = Case.objects.get()
        told = measured(lambda: WAYS[way](case))
    sys.stdout.write(json.dumps(told))


def bundled(case: Any) -> tuple[int, int]:
    from consentkit.correspondence.bundle import bundle

    made = bundle(case, language="en", paper="a4", made_on=MADE_ON)
    return made.pages, made.file.size


def merged(case: Any, *, originals: bool = False) -> tuple[int, int]:
    import pikepdf

    book, sources = pikepdf.new(), []
    for name, kind, content in contents(case):
        if kind == "application/pdf":
            sources.append(pikepdf.open(io.BytesIO(content)))
            book.pages.extend(sources[-1].pages)
        elif kind == "image/jpeg":
            add_picture(book, content)
        if originals:
            book.attachments[name] = pikepdf.AttachedFileSpec(book, content, mime_type=kind)
    written = io.BytesIO()
    book.save(written)
    return len(book.pages), len(written.getvalue())


def contents(case: Any) -> list[tuple[str, str, bytes]]:
    letters = [(f"letter-{one.number}", "application/pdf", one.pdf) for one in case.letters.all()]
    files = [(f"file-{one.pk}", one.kind, one.content()) for one in case.attachments.all()]
    return [*letters, *files]


def add_picture(book: Any, content: bytes) -> None:
    import pikepdf

    book.add_blank_page(page_size=(595, 842))
    page = book.pages[-1]
    image = book.make_stream(
        content, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=2000, Height=1500,
        ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
    )  # fmt: skip
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=image))
    page.Contents = book.make_stream(b"q 500 0 0 375 47 400 cm /X Do Q")


WAYS: dict[str, Callable[[Any], tuple[int, int]]] = {
    "merge": merged,
    "merge_with_originals": lambda case: merged(case, originals=True),
    "bundle": bundled,
}


# The case -----------------------------------------------------------------------------------------


def fill(pages: int) -> dict[str, float]:
    """A case with so many pages: a tenth pictures, the rest files of 15 pages and a few letters."""
    from datetime import UTC, datetime
    from hashlib import sha256

    from django.core.management import call_command

    from consentkit.cases.actions import record
    from consentkit.cases.log import Detail
    from consentkit.correspondence.attachments import add_file
    from consentkit.correspondence.models import Message
    from consentkit.letters.actions import draft_letter, freeze, take_in
    from consentkit.teams.models import User
    from tests.world import a_request

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user("ada@example.org", "x")
    case = take_in(a_request(), owner=owner, place="IE")
    told = {
        "first_letter_on": date(2026, 11, 25),
        "stalls": ["no_answer"],
        "authority": "The Authority",
        "claim": "They have not answered.",
    }
    for right in ("reminder", "rebuttal", "complaint"):
        draft_letter(case, a_request(right=right, facts=told, file=case.reference), by=owner)
    letters = [freeze(letter) for letter in case.letters.all()]
    record(case, "sent", on=date(2026, 11, 25), by=owner,
           details={Detail.LETTER: 1, Detail.CHANNEL: "email"})  # fmt: skip
    received = {Detail.LETTER: 1, Detail.EVIDENCE: "signed"}
    record(case, "received", on=date(2026, 11, 26), by=owner, details=received)
    for number in range(5):
        raw = (
            f"From: privacy@example.ie\nTo: ada@example.org\nSubject: Your request, part {number}\n"
            f"Message-ID: <{number}@example.ie>\n\n" + "We are looking into it.\n\n" * 8
        ).encode()
        Message.objects.create(
            case=case, outgoing=False, state="received", message_id=f"<{number}@example.ie>",
            headers={"subject": f"Your request, part {number}"}, raw=raw,
            sha256=sha256(raw).hexdigest(),
            made_at=datetime(2026, 12, 1 + number, tzinfo=UTC),
        )  # fmt: skip
    dice = random.Random(2026)  # noqa: S311 (contents, not secrets)
    pictures = pages // 10
    for number in range(pictures):
        add_file(case, f"screen {number}.jpg", io.BytesIO(a_picture(dice)))
    left = pages - pictures - sum(page_count(letter.pdf) for letter in letters)
    while left > 0:
        add_file(case, "answer.pdf", io.BytesIO(a_file(dice, min(15, left))))
        left -= 15
    everything = contents(case)
    return {"pages": pages, "megabytes": sum(len(one) for _, _, one in everything) / 1e6}


def page_count(pdf: bytes) -> int:
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


def a_picture(dice: random.Random) -> bytes:
    from PIL import Image

    small = Image.frombytes("RGB", (200, 150), dice.randbytes(200 * 150 * 3))
    written = io.BytesIO()
    small.resize((2000, 1500)).save(written, "JPEG", quality=70)
    return written.getvalue()


def a_file(dice: random.Random, pages: int) -> bytes:
    """A file of text pages, every third one a scan."""
    import pikepdf

    file = pikepdf.new()
    font = file.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
    )
    for number in range(pages):
        file.add_blank_page(page_size=(595, 842))
        page = file.pages[-1]
        if number % 3 == 2:
            scan = file.make_stream(
                zlib.compress(dice.randbytes(100_000) * 5)[:100_000] , Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image, Width=800, Height=1000,
                ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8,
                Filter=pikepdf.Name.DCTDecode,
            )  # fmt: skip
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=scan))
            page.Contents = file.make_stream(b"q 500 0 0 700 47 70 cm /X Do Q")
            continue
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        lines = b"".join(
            b"1 0 0 1 50 %d Tm (%s) Tj\n" % (790 - 14 * line, dice.randbytes(35).hex().encode())
            for line in range(52)
        )
        page.Contents = file.make_stream(b"BT /F 10 Tf\n" + lines + b"ET")
    written = io.BytesIO()
    file.save(written)
    return written.getvalue()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        run(int(sys.argv[1]), sys.argv[2])
    else:
        main()
