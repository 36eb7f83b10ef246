"""Write docs/laws.md: every law with its rights, duties, terms, sources, examples and letters."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from consentkit.law.periods import (
    AskedDays,
    Before,
    Days,
    Months,
    NotSet,
    Period,
    WorkingDays,
    YearEnds,
    Years,
)
from consentkit.law.statutes import LAWS
from consentkit.law.vocabulary import Duty, Enforcer, Law, Roll, Signpost, Source
from consentkit.letters.texts import kinds, languages

PATH = Path(settings.BASE_DIR) / "docs" / "laws.md"
ENFORCERS = {
    Enforcer.PERSON: "the person can go to court",
    Enforcer.AUTHORITY: "an authority enforces it",
    Enforcer.ATTORNEY_GENERAL: "only the attorney general enforces it",
}
ROLLS = {
    Roll.NONE: "stays",
    Roll.WORKING_DAY: "next working day",
    Roll.SUNDAY: "from a Sunday to Monday",
}
HEAD = """# The laws

Written by `manage.py describe_laws` from `consentkit/law/statutes/`; a test holds the two
together. Information, not legal advice. How sure we are: *read* in the text or a faithful copy,
*secondary* from a compilation, *settled* knowledge that was not read again, *uncertain* where it
is open.
"""


class Command(BaseCommand):
    help = "Writes docs/laws.md from the statute files. --check only says whether it is up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        text = describe()
        if not options["check"]:
            PATH.write_text(text, "utf-8")
        elif not PATH.is_file() or PATH.read_text("utf-8") != text:
            raise CommandError("docs/laws.md is out of date; run: manage.py describe_laws")


def describe() -> str:
    """The whole page, as Markdown."""
    return HEAD + "".join(_law(law) for law in LAWS.values())


def _law(law: Law) -> str:
    lines = [
        "",
        f"## {law.title}",
        "",
        f"`{law.key}` · {law.citation} · {law.why} Here {ENFORCERS[law.enforcer]}.",
        f"Source: {_source(law.source)}.",
    ]
    if law.threshold:
        lines.append(f"It binds companies with {law.threshold}.")
    if law.note:
        lines.append(law.note)
    if law.in_force_from:
        lines.append(f"In force since {law.in_force_from}.")
    lines += ["", "| right | provision | source |", "|---|---|---|"]
    lines += [
        f"| {right.title} (`{right.key}`) | {right.provision} | {_source(right.source)} |"
        for right in law.rights
    ]
    signposts = [
        f"- {right.title}: {_signpost(right.instead)}" for right in law.rights if right.instead
    ]
    if signposts:
        lines += ["", "Not exercised with a first letter:", "", *signposts]
    lines += [
        "",
        "| duty | of | term | weekend or holiday | citation | source | open |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_duty(duty) for duty in law.duties]
    examples = [
        f"| {duty.key} | {example.place} | {example.day} | {example.due} | {example.because} |"
        for duty in law.duties
        for example in duty.examples
    ]
    if examples:
        lines += [
            "",
            "| example | place | from | due | because |",
            "|---|---|---|---|---|",
            *examples,
        ]
    written = [f"`{kind}` ({', '.join(languages(law.key, kind))})" for kind in kinds(law.key)]
    lines += ["", f"Letters: {', '.join(written) or 'none'}.", ""]
    return "\n".join(lines)


def _signpost(signpost: Signpost) -> str:
    parts = [signpost.how]
    if signpost.office:
        parts.append(f"[{signpost.office}]({signpost.url}).")
    parts += [f"From {change.since} on: {change.text}" for change in signpost.changes]
    return f"{' '.join(parts)} {signpost.citation}; {_source(signpost.source)}."


def _duty(duty: Duty) -> str:
    terms = "; or ".join(f"{_period(term.within)} after {term.after}" for term in duty.terms)
    if len(duty.terms) > 1:
        terms += ", whichever is first"
    if duty.extension is not None:
        longer = _period(duty.extension.to) if duty.extension.to else "the day the notice names"
        terms += f"; with an extension {longer}"
    if duty.since or duty.until:
        terms += f" (events from {duty.since or 'ever'} to {duty.until or 'now'})"
    where = f" [{', '.join(sorted(duty.places))}]" if duty.places else ""
    rights = f" ({', '.join(sorted(duty.rights))})" if duty.rights else ""
    return (
        f"| {duty.key}{rights}{where} | {duty.owed_by}, {duty.nature} | {terms} "
        f"| {ROLLS[duty.roll]} | {duty.citation} | {_source(duty.source)} | {duty.disputed or ''} |"
    )


def _period(period: Period) -> str:
    match period:
        case Days(0):
            return "at once"
        case Days(number):
            return f"{number} days"
        case WorkingDays(number):
            return f"{number} working days"
        case Months(number):
            return f"{number} months" if number != 1 else "1 month"
        case Years(number):
            return f"{number} years" if number != 1 else "1 year"
        case YearEnds(number):
            return f"{number} years from the end of the year"
        case Before(inner):
            return f"less than {_period(inner)}"
        case AskedDays():
            return "as many days as the letter asks for"
        case NotSet():
            return "no term"
    raise TypeError(period)


def _source(source: Source) -> str:
    title = f"[{source.title}]({source.url})" if source.url else source.title
    when = f", {source.read_on}" if source.read_on else ""
    return f"{title} ({source.confidence}{when})"
