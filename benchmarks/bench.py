"""All benchmarks one after the other, and docs/performance.md with what they reached.

    make bench
    .venv/bin/python benchmarks/bench.py one_letter deadlines     # only these; the document stays

Each runs in a process of its own. What belongs on SQLite and on PostgreSQL runs on both; a
PostgreSQL of its own is started for it. With --quick the numbers are smaller and the document stays
as it is: good enough to see that everything runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.marks import Bar, Row

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT, CHARTS = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance"
PEERS = ("weasyprint", "typst", "reportlab", "fpdf2", "playwright", "pikepdf", "django")


@dataclass(frozen=True)
class Run:
    """One benchmark: its file, its arguments, and those of a quick run."""

    name: str
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()
    databases: tuple[str, ...] = ("",)  # "sqlite" and "postgresql"; empty: it sees to it itself


BOTH = ("sqlite", "postgresql")
RUNS = (
    Run("one_letter", quick=("--letters", "20")),
    Run("many_letters", quick=("--letters", "100", "--flat", "200")),
    Run("equality", quick=("--letters", "20", "--pictures", "3")),
    Run("campaign_letters", ("1000",), ("60",)),
    Run("evidence_bundle", ("500",), ("60",)),
    Run("deadlines", ("100000",), ("2000",)),
    Run("platform_search", quick=("--platforms", "600", "--rounds", "3"), databases=BOTH),
    Run("wizard", quick=("--rounds", "5")),
    Run("case_list", ("--office",), ("--cases", "2000", "--rounds", "5")),
    Run("dashboard", quick=("--cases", "2000", "--rounds", "5"), databases=BOTH),
    Run("import_cases", quick=("--rows", "500"), databases=BOTH),
    Run("sweep", quick=("--dates", "20000", "--rounds", "3"), databases=BOTH),
)


def main() -> None:
    quick = "--quick" in sys.argv
    wanted = [one for one in sys.argv[1:] if not one.startswith("--")]
    chosen = [run for run in RUNS if not wanted or run.name in wanted]
    rows: list[Row] = []
    bars: list[Bar] = []
    failed = []
    for run in chosen:
        for database in run.databases:
            started = time.monotonic()
            say(f"--- {run.name} {database}".rstrip())
            told = measured(run, database, quick=quick)
            if told is None:
                failed.append(run.name)
                continue
            rows += told[0]
            bars += told[1]
            say(f"    {time.monotonic() - started:.0f} s")
            if not quick and not wanted:
                write(rows, bars)  # what was measured is kept, even where a later one breaks off
    say("")
    say(table(rows))
    if not quick and not wanted:
        say(f"written: {DOCUMENT.relative_to(ROOT)}")
    if failed:
        sys.exit(f"did not run to its end: {', '.join(failed)}")


def measured(run: Run, database: str, *, quick: bool) -> tuple[list[Row], list[Bar]] | None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        collected = Path(folder) / "rows"
        environment = {**os.environ, "BENCH_ROWS": str(collected)}
        if database == "sqlite":
            environment["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
        elif database == "postgresql":
            stack.enter_context(own_postgresql())
            environment |= {name: os.environ[name] for name in ("PGHOST", "DATABASE_URL")}
        program = [sys.executable, str(ROOT / "benchmarks" / f"{run.name}.py")]
        arguments = run.quick if quick and run.quick else run.arguments
        done = subprocess.run([*program, *arguments], env=environment, cwd=ROOT, check=False)
        if done.returncode or not collected.exists():
            return None
        told = [json.loads(line) for line in collected.read_text("utf-8").splitlines()]
    place = {"sqlite": " (SQLite)", "postgresql": " (PostgreSQL)"}.get(database, "")
    found = [Row(**{**row, "what": row["what"] + place}) for one in told for row in one["rows"]]
    return found, [Bar(**bar) for one in told for bar in one["bars"]]


@contextlib.contextmanager
def own_postgresql() -> Iterator[None]:
    from benchmarks.case_list import cluster

    before = {name: os.environ.get(name) for name in ("PGHOST", "DATABASE_URL")}
    with cluster():
        yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


# The document -------------------------------------------------------------------------------------


def table(rows: list[Row]) -> str:
    lines = ["| what | mark | reached | |", "|---|---|---|---|"]
    for row in rows:
        verdict = "holds" if row.holds else "**missed**"
        note = f"{verdict}; {row.note}" if row.note else verdict
        lines.append(f"| {row.what} | {row.mark} | {row.reached} | {note} |")
    return "\n".join(lines)


def write(rows: list[Row], bars: list[Bar]) -> None:
    """The document and its charts, anew."""
    CHARTS.mkdir(exist_ok=True)
    pictures = []
    for name in dict.fromkeys(bar.chart for bar in bars):
        chosen = [bar for bar in bars if bar.chart == name]
        file = CHARTS / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.svg"
        file.write_text(chart(name, chosen), "utf-8")
        pictures.append(f"![{name}]({CHARTS.name}/{file.name})")
        pictures.append(bars_as_table(chosen))
    DOCUMENT.write_text(
        "\n\n".join(
            [
                "# How fast it is",
                "`make bench` measured this and wrote it. The machine is shared and noisy, so "
                "read ratios: what is compared ran in turns, in one run.",
                "\n".join(f"- {line}" for line in machine()),
                "## The marks",
                table(rows),
                "## Side by side",
                *pictures,
                AFTERWORD,
            ]
        )
        + "\n",
        "utf-8",
    )


AFTERWORD = """## How to read it

- *Stock* is WeasyPrint as its documentation shows it: fonts and style sheets are read for each
  letter. *Shared* keeps both between letters. Ours is `consentkit/letters/press`, whose output is
  compared with stock in the row on equality.
- Typst, ReportLab and fpdf2 set the same words in the same fonts, by a template of their own; what
  they can keep between letters they keep. ReportLab and fpdf2 write no tags.
- Every benchmark is a file in `benchmarks/`, runs by itself, and says at its top what it does."""


def machine() -> list[str]:
    cores = os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = []
    for name in PEERS:
        with contextlib.suppress(Exception):  # a peer that is not installed has no version
            packages.append(f"{name} {version(name)}")
    return [
        f"{datetime.now(UTC):%Y-%m-%d}, {cores} cores ({processor()}), {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}",
        ", ".join(packages),
    ]


def processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def bars_as_table(bars: list[Bar]) -> str:
    lines = [f"| | {bars[0].unit} |", "|---|---:|"]
    lines += [f"| {bar.name} | {bar.value:,.1f} |" for bar in bars]
    return "\n".join(lines)


WIDTH, LEFT, LINE = 760, 250, 30


def chart(title: str, bars: list[Bar]) -> str:
    """Bars from the smallest to the largest as SVG; ours has a sign besides its colour."""
    ordered = sorted(bars, key=lambda bar: bar.value)
    longest = max(bar.value for bar in ordered) or 1
    height = 50 + LINE * len(ordered)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="14">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="10" y="24" font-weight="bold">{escape(title)} '
        f"({escape(ordered[0].unit)})</text>",
    ]
    for number, bar in enumerate(ordered):
        y = 40 + LINE * number
        width = max(2, bar.value / longest * (WIDTH - LEFT - 90))
        fill = "#0b5" if bar.ours else "#89a"
        name = f"{bar.name} ◀" if bar.ours else bar.name
        parts.append(
            f'<text x="{LEFT - 10}" y="{y + 16}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{width:.0f}" height="20" fill="{fill}"/>'
            f'<text x="{LEFT + width + 6:.0f}" y="{y + 16}">{bar.value:,.1f}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
