"""How fast deadlines are counted: 10,000 cases on one core, start-up apart.

Run it from the top of the project: .venv/bin/python benchmarks/deadlines.py [CASES]
"""

import json
import sys
import time
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from consentkit.management.commands.deadlines import reply_to  # noqa: E402 (after the path)


def main(number: int = 10_000) -> None:
    lines = [
        line
        for path in sorted((ROOT / "tests" / "law" / "cases").glob("*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]
    for line in lines:
        reply_to(line)  # holidays of each place and year are built once
    started = time.perf_counter()
    for line in islice(cycle(lines), number):
        json.dumps(reply_to(line))
    seconds = time.perf_counter() - started
    sys.stdout.write(
        f"{number:,} cases in {seconds:.2f} s: {number / seconds:,.0f} a second, "
        f"{number / seconds * 60:,.0f} a minute\n"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
