"""A thousand letters of a campaign, with two workers, each a file on disk; and the memory of it.

The workers are forked after a warm-up, as those of the queue are. Beside them one process makes
letters in a plain WeasyPrint loop. Then one worker makes ten thousand, and its memory is looked at
along the way. Run it from the top of the project:
.venv/bin/python benchmarks/many_letters.py [--letters N] [--flat N] [--workers N]
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import tempfile
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consentkit.settings")

import django  # noqa: E402 (after the path)

if __name__ == "__main__":
    django.setup()

from benchmarks.letters import a_draft  # noqa: E402
from benchmarks.marks import Bar, Row, tell  # noqa: E402
from benchmarks.peers import stock  # noqa: E402
from consentkit.letters import render  # noqa: E402

SHARE = 25
WARM = 20
PAGE = os.sysconf("SC_PAGE_SIZE")
Told = tuple[int, float]


def resident() -> float:
    """The memory that this process holds, in megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


def own_share() -> float:
    """The same, with what forked processes have in common counted in shares."""
    told = Path("/proc/self/smaps_rollup").read_text()
    return int(next(line for line in told.splitlines() if line.startswith("Pss:")).split()[1]) / 1e3


def warm_up() -> None:
    for number in range(WARM):
        render.pdf(a_draft("eu-gdpr", 100_000 + number), "a4")


def share(numbers: list[int], folder: str) -> tuple[float, float]:
    for number in numbers:
        path = Path(folder, f"{number}.pdf")
        path.write_bytes(render.pdf(a_draft("eu-gdpr", number), "a4"))
    return resident(), own_share()


def many(letters: int, workers: int) -> tuple[float, float, float, float]:
    """Seconds for so many letters, and of a worker's memory: before, at most, and its own share."""
    render._loaded()
    before = resident()
    warm_up()
    gc.freeze()
    pool = multiprocessing.get_context("fork").Pool(workers)
    with tempfile.TemporaryDirectory() as folder, pool:
        shares = [
            (list(range(begin, min(begin + SHARE, letters))), folder)
            for begin in range(0, letters, SHARE)
        ]
        started = time.perf_counter()
        peaks = pool.starmap(share, shares, chunksize=1)
        taken = time.perf_counter() - started
        assert len(list(Path(folder).iterdir())) == letters
    return taken, before, max(one for one, _own in peaks), max(own for _one, own in peaks)


def plain(letters: int) -> float:
    """Seconds for so many letters in a plain WeasyPrint loop, as files on disk."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        make = stock(stack)
        make(a_draft("eu-gdpr", 100_000))
        started = time.perf_counter()
        for number in range(letters):
            Path(folder, f"{number}.pdf").write_bytes(make(a_draft("eu-gdpr", number)))
        return time.perf_counter() - started


def flat(letters: int) -> list[Told]:
    """The memory of one worker along the way: after how many letters, how many megabytes."""
    queue: multiprocessing.SimpleQueue[list[Told]] = multiprocessing.get_context(
        "fork"
    ).SimpleQueue()
    worker = multiprocessing.get_context("fork").Process(target=_long, args=(letters, queue))
    worker.start()
    told = queue.get()
    worker.join()
    return told


def _long(letters: int, queue: multiprocessing.SimpleQueue[list[Told]]) -> None:
    told = []
    for number in range(letters):
        render.pdf(a_draft("eu-gdpr", number), "a4")
        if (number + 1) % max(1, letters // 10) == 0:
            told.append((number + 1, resident()))
    queue.put(told)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument("--flat", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    told = parser.parse_args()
    some = max(10, told.letters // 20)
    before = plain(some) / some
    taken, empty, peak, own = many(told.letters, told.workers)
    after = plain(some) / some
    one = (before + after) / 2
    ratio = one * told.letters / taken
    memory = flat(told.flat)
    early, late = memory[len(memory) // 5][1], memory[-1][1]
    speed = told.letters / taken
    tell(
        Row(
            what=f"{told.letters:,} letters of a campaign, {told.workers} workers, files on disk",
            mark="20 × a plain WeasyPrint loop on one core",
            reached=f"{taken:.1f} s, {speed:.0f} letters/s, {ratio:.1f} ×",
            holds=ratio >= 20,
        ),
        Row(
            what=f"memory of a worker over {told.flat:,} letters",
            mark="120 MB, flat",
            reached=f"{max(peak, late):.0f} MB; {early:.0f} MB early, {late:.0f} MB at the end",
            holds=max(peak, late) <= 120 and late <= early * 1.1,
            note=f"{empty:.0f} MB of it are Django, our texts and the engine before any letter; "
            f"with what forked workers have in common counted in shares, {own:.0f} MB",
        ),
        bars=(
            Bar("Letters of a campaign", "letters/s", "WeasyPrint, plain loop", 1 / one),
            Bar("Letters of a campaign", "letters/s", "ConsentKit, two workers", speed, True),
        ),
    )


if __name__ == "__main__":
    main()
