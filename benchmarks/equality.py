"""Whether our letters are those of WeasyPrint, over many random ones.

Names, scripts, addresses, optional paragraphs and long texts are drawn by dice; each letter is
printed by us and by WeasyPrint alone, in a process of its own, which knows nothing of our press.
What is drawn on each page, the structure tree, the bookmarks and the metadata have to be equal, but
for what PDF/UA and PDF/A ask for besides: footers are artifacts, colours have a profile, files are
enclosed. Some are compared as pictures too. Run it from the top of the project:
.venv/bin/python benchmarks/equality.py [--letters N] [--pictures N]
"""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")

import django  # noqa: E402 (after the path)

if __name__ == "__main__":
    django.setup()

from benchmarks.marks import Row, tell  # noqa: E402
from consentkit.letters import render  # noqa: E402
from consentkit.letters.compose import compose  # noqa: E402
from tests.letters.random_letters import random_requests  # noqa: E402
from tests.letters.sameness import differences, pictures_differ, stock_pdf  # noqa: E402

DPI = 150


def compared(letters: int, pictures: int) -> tuple[int, int, list[str]]:
    """How many came from standing type, how many pictures were compared, and what differs."""
    found: list[str] = []
    shown = 0
    every = max(1, letters // max(1, pictures))
    for number, request in enumerate(random_requests(letters)):
        draft = compose(request)
        ours = render.pdf(draft, request.paper)
        stock = stock_pdf(draft, request.paper)
        found += [f"letter {number}: {what}" for what in differences(ours, stock)]
        if number % every == 0 and shown < pictures:
            shown += 1
            if pictures_differ(ours, stock, DPI):
                found.append(f"letter {number}: the picture differs")
    with render.typesetting() as engine:
        works = engine.works()
        printed = works.from_standing_type if works else 0
    return printed, shown, found


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=500)
    parser.add_argument("--pictures", type=int, default=50)
    told = parser.parse_args()
    started = time.perf_counter()
    printed, shown, found = compared(told.letters, told.pictures)
    for line in found[:20]:
        sys.stdout.write(line + "\n")
    tell(
        Row(
            what=f"{told.letters} random letters beside WeasyPrint's own",
            mark="equal in what is drawn, structure and metadata; pictures equal at 150 dpi",
            reached=f"{told.letters - len({one.split(':')[0] for one in found})} equal, "
            f"{shown} pictures; {printed} came from standing type",
            holds=not found,
            note=f"{time.perf_counter() - started:.0f} s",
        )
    )


if __name__ == "__main__":
    main()
