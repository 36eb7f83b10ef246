"""How long one letter takes, warm, beside other engines, each in turn; and the first of a worker.

Everything is measured from a draft in words to the bytes of a PDF. Ours is for PDF/UA-1 and PDF/A-3
at once. Then the worst case: letters of which each has a long text of its own, beside WeasyPrint
with fonts and style sheets that are kept. At last the first letter of a process that has just been
started, beside importing WeasyPrint and making the same letter with it. Run it from the top of the
project: .venv/bin/python benchmarks/one_letter.py [--letters N]
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")

import django  # noqa: E402 (after the path)

if __name__ == "__main__":
    django.setup()

from benchmarks.letters import LAWS, a_draft, a_request  # noqa: E402
from benchmarks.marks import Bar, Row, tell  # noqa: E402
from benchmarks.peers import PEERS, Maker  # noqa: E402
from consentkit.letters import render  # noqa: E402
from consentkit.letters.compose import Draft, compose  # noqa: E402

NAMES = {"eu-gdpr": "GDPR access, two pages", "us-il-bipa": "BIPA notice"}
WORDS = (
    "account answer article backup because company contact copy data delete device entry file "
    "information location message number person picture please purpose reason receive request "
    "right send service storage sure tell text transfer until where written year"
).split()


def paper_of(law: str) -> str:
    return "a4" if law == "eu-gdpr" else "letter"


def ours(law: str) -> Maker:
    paper = paper_of(law)
    return lambda draft: render.pdf(draft, paper)


def shared(law: str) -> Maker:
    """WeasyPrint with one font configuration and style sheets that are parsed once."""
    paper = paper_of(law)

    def make(draft: Draft) -> bytes:
        pages = [render._html(draft, paper, one) for one in draft.addressees]
        with render.typesetting() as engine:
            sheets = render.sheets_of(paper)
            return engine.written([engine.document(page, sheets) for page in pages])

    return make


def to_one(law: str, number: int) -> Draft:
    """A draft to its first company alone, as the other engines make it."""
    draft = a_draft(law, number)
    return replace(draft, addressees=draft.addressees[:1])


def milliseconds(make: Maker, draft: Draft) -> float:
    started = time.perf_counter()
    make(draft)
    return (time.perf_counter() - started) * 1000


def in_turns(
    makers: dict[str, Maker], drafts: list[Draft], *, slow: Callable[[str], int]
) -> dict[str, float]:
    """The median of each maker; ``slow`` says how many letters one that is slow may skip."""
    taken: dict[str, list[float]] = {name: [] for name in makers}
    for number, draft in enumerate(drafts):
        for name, make in makers.items():
            if number % slow(name) == 0:
                taken[name].append(milliseconds(make, draft))
    return {name: statistics.median(times) for name, times in taken.items()}


def measured(law: str, letters: int) -> dict[str, float]:
    """Milliseconds a letter, by engine."""
    with ExitStack() as stack:
        makers = {"ConsentKit": ours(law), "WeasyPrint, shared": shared(law)}
        for peer in PEERS:
            try:
                makers[peer.title] = peer.begin(stack)
            except (ImportError, LookupError) as error:
                sys.stdout.write(f"left out: {peer.name}: {error}\n")
        warm = [to_one(law, number) for number in range(1000, 1020)]
        for name, make in makers.items():
            for draft in warm if name == "ConsentKit" else warm[:2]:
                make(draft)
        drafts = [to_one(law, number) for number in range(letters)]
        return in_turns(makers, drafts, slow=lambda name: 1 if name == "ConsentKit" else 4)


def own_text(dice: random.Random) -> str:
    sentences = [
        " ".join(dice.choices(WORDS, k=dice.randint(6, 30))).capitalize() + "."
        for _ in range(dice.randint(12, 60))
    ]
    return "\n\n".join(" ".join(sentences[n : n + 6]) for n in range(0, len(sentences), 6))


def worst(letters: int) -> tuple[float, float]:
    """Milliseconds for letters with long texts of their own: ours, and WeasyPrint shared."""
    dice = random.Random(7)  # noqa: S311 (words, not secrets)
    drafts = [
        compose(replace(a_request("eu-gdpr", number), edits={"request": own_text(dice)}))
        for number in range(letters)
    ]
    makers = {"ours": ours("eu-gdpr"), "shared": shared("eu-gdpr")}
    pairs = []
    for number, draft in enumerate(drafts):
        order = list(makers) if number % 2 else list(reversed(makers))
        pairs.append({name: milliseconds(makers[name], draft) for name in order})
    return tuple(statistics.median(pair[name] for pair in pairs) for name in ("ours", "shared"))  # type: ignore[return-value]


COLD = """
import os, sys, time
sys.path.insert(0, {root!r})
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")
import django
django.setup()
from benchmarks.one_letter import ours, paper_of  # noqa: E402
from benchmarks.peers import stock  # noqa: E402
from benchmarks.letters import a_draft  # noqa: E402
draft = a_draft("eu-gdpr", 1)
from consentkit.letters.render import html  # noqa: E402
html(draft, "a4")
started = time.perf_counter()
({maker})(draft)
print(time.perf_counter() - started)
"""


def cold(rounds: int) -> tuple[float, float]:
    """Seconds for the first letter of a process: ours, and importing WeasyPrint and using it."""
    makers = {"ours": "ours('eu-gdpr')", "stock": "stock(None)"}
    taken: dict[str, list[float]] = {name: [] for name in makers}
    for _ in range(rounds):
        for name, maker in makers.items():
            program = COLD.format(root=str(ROOT), maker=maker)
            done = subprocess.run(
                [sys.executable, "-c", program], check=True, capture_output=True, text=True
            )
            taken[name].append(float(done.stdout))
    return statistics.median(taken["ours"]), statistics.median(taken["stock"])


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=200)
    letters = parser.parse_args().letters
    rows, bars = [], []
    for law in LAWS:
        taken = measured(law, letters)
        mine = taken["ConsentKit"]
        plain = next(ms for name, ms in taken.items() if name.startswith("WeasyPrint, plain"))
        typst = next((ms for name, ms in taken.items() if name.startswith("Typst")), None)
        ratio = plain / mine
        beside = "" if typst is None else f"; Typst {typst:.1f} ms"
        rows.append(
            Row(
                what=f"one letter, warm, tagged: {NAMES[law]}",
                mark="10 × a plain WeasyPrint loop, and ahead of Typst",
                reached=f"{mine:.1f} ms, {ratio:.1f} × ({plain:.0f} ms){beside}",
                holds=ratio >= 10 and (typst is None or mine < typst),
            )
        )
        bars += [
            Bar(f"One letter, {NAMES[law]}", "ms", name, ms, name == "ConsentKit")
            for name, ms in sorted(taken.items(), key=lambda one: one[1])
        ]
    mine, other = worst(max(12, letters // 4))
    rows.append(
        Row(
            what="one letter, each with a long text of its own",
            mark="1.1 × WeasyPrint with shared fonts and style sheets",
            reached=f"{mine:.0f} ms, {mine / other:.2f} × ({other:.0f} ms)",
            holds=mine / other <= 1.1,
        )
    )
    mine, other = cold(5 if letters >= 100 else 2)
    rows.append(
        Row(
            what="first letter of a worker",
            mark="1.3 × importing WeasyPrint and making it",
            reached=f"{mine:.2f} s, {mine / other:.2f} × ({other:.2f} s)",
            holds=mine / other <= 1.3,
        )
    )
    tell(*rows, bars=tuple(bars))


if __name__ == "__main__":
    main()
