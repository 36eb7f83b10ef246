"""What makes a bundle evidence: the log with its chain of hashes, and the check of both.

Everything needed for the check is inside the file. Who keeps the manifest apart can show more: that
the whole file is the one that was made that day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf

from consentkit.cases.log import Fact, linked
from consentkit.cases.models import Case

from .exhibits import NotTheOriginal

MANIFEST, LOG = "manifest.json", "log.json"


def log_as_json(case: Case, *, notes: bool) -> bytes:
    """The log with the links of its chain. Raises NotTheOriginal where the chain does not hold."""
    records = list(case.records.order_by("number"))
    lines = []
    previous = ""
    for record in records:
        fact = record.fact
        note_sha256 = sha256(fact.note.encode()).hexdigest()
        previous = linked(previous, fact, note_sha256)
        if previous != record.digest:
            raise NotTheOriginal(f"entry-{fact.number}")
        line: dict[str, Any] = {
            "number": fact.number,
            "kind": fact.kind,
            "on": fact.on.isoformat(),
            "arguably_on": fact.arguably_on.isoformat(),
            "recorded_at": fact.recorded_at.isoformat(timespec="microseconds"),
            "details": dict(fact.details),
            "note_sha256": note_sha256,
            "by": fact.by,
            "link": record.digest,
        }
        if notes or fact.kind == "struck":
            line["note"] = fact.note
        lines.append(line)
    told = {"entries": lines, "head": previous}
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What does not agree in a bundle: the name of an embedded file, and what is wrong with it.

    ``problem`` is ``missing``, ``changed``, ``unlisted`` or ``unreadable``.
    """

    file: str
    problem: str


def verify(pdf: bytes, manifest: bytes | None = None) -> list[Fault]:
    """What does not agree in a bundle: empty where every original is the one that is listed.

    ``manifest`` is the one that was kept apart; without it the embedded one is believed.
    """
    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            files = embedded(document)
        told = json.loads(manifest if manifest is not None else files.get(MANIFEST, b""))
        listed = {one["file"]: str(one["sha256"]) for one in (*told["exhibits"], told["log"])}
        log = json.loads(files.get(LOG, b"{}"))
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, AttributeError):
        return [Fault(file=MANIFEST, problem="unreadable")]
    faults = []
    if manifest is not None and files.get(MANIFEST) != manifest:
        faults.append(Fault(file=MANIFEST, problem="changed"))
    for name, digest in listed.items():
        if name not in files:
            faults.append(Fault(file=name, problem="missing"))
        elif sha256(files[name]).hexdigest() != digest:
            faults.append(Fault(file=name, problem="changed"))
    faults += [
        Fault(file=name, problem="unlisted") for name in files if name not in {*listed, MANIFEST}
    ]
    if not faults and (log.get("head") != told["log"]["head"] or not chain_holds(log)):
        faults.append(Fault(file=LOG, problem="changed"))
    return faults


def embedded(document: pikepdf.Pdf) -> dict[str, bytes]:
    """The files that are embedded in a PDF, by name."""
    root: Any = document.Root
    try:
        names = root.Names.EmbeddedFiles.Names
    except AttributeError:
        return {}
    return {str(names[n]): names[n + 1].EF.F.read_bytes() for n in range(0, len(names), 2)}


def chain_holds(log: Mapping[str, Any]) -> bool:
    """Whether each entry of a log, as it is embedded, links to all before it."""
    previous = ""
    for line in log["entries"]:
        fact = Fact(
            number=line["number"],
            kind=line["kind"],
            on=date.fromisoformat(line["on"]),
            arguably_on=date.fromisoformat(line["arguably_on"]),
            recorded_at=datetime.fromisoformat(line["recorded_at"]),
            details=line["details"],
            by=line["by"],
        )
        previous = linked(previous, fact, line["note_sha256"])
        if previous != line["link"]:
            return False
        if "note" in line and sha256(line["note"].encode()).hexdigest() != line["note_sha256"]:
            return False
    return previous == str(log["head"])
