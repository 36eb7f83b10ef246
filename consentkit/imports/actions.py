"""What can be done with an import: begin it, say what its columns are, confirm it, stop it.

The workers read, check and enter in blocks, each a transaction: whoever dies is followed by another
who goes on with the next block, and a block is never entered twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import islice, repeat
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from consentkit.campaigns.entering import NOT_YOURS, Entered, Entry, Outcome, enter
from consentkit.campaigns.many import Entering, Refused
from consentkit.campaigns.models import Campaign
from consentkit.cases.log import BadFact
from consentkit.queue import later
from consentkit.teams.access import Forbidden, require, role_in
from consentkit.teams.actions import NotPossible
from consentkit.teams.audit import note
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission, Reach

from .checking import NEW, THERE, WRONG, Checker, Choices, Finding, Reader
from .columns import FIELDS, fact_columns, guessed, shape_of
from .models import Import, ImportBlock, KnownHeader
from .reading import Format, Line, NotRead, detect, header_and_rows

logger = logging.getLogger(__name__)
State = Import.State
BLOCK = 500  # rows
# Long enough for thousands of rows, and well within the time that a task has.
AT_A_TIME = timedelta(seconds=60)
# How long an import that nobody finished keeps its file, and one that is done its rows.
KEPT = timedelta(days=7)
# Whoever was not seen for so long has died.
STALE = timedelta(minutes=7)
SAMPLE = 5


@dataclass(frozen=True)
class Result:
    """What came of a row: an outcome, or why it was refused. ``client`` is a number."""

    outcome: str
    reason: str = ""
    client: int = 0
    case: str = ""

    def as_json(self) -> list[Any]:
        return [self.outcome, self.reason, self.client, self.case]


SKIPPED, REFUSED = "skipped", "refused"


# Beginning ----------------------------------------------------------------------------------------


@transaction.atomic
def begin(team: Team, content: bytes, *, by: User, campaign: Campaign | None = None) -> Import:
    """Take a spreadsheet in. Raises NotRead, NotPossible and Forbidden."""
    require(by, Permission.CAMPAIGNS, team)
    require(by, Permission.CLIENTS, team)
    form = detect(content)
    header, rows = header_and_rows(content, form)
    if next(rows, None) is None:
        raise NotRead("no_rows")
    _will_be_seen(team, campaign, by)
    now = timezone.now()
    made = Import.objects.create(
        team=team,
        campaign=campaign,
        by=by,
        file=content,
        encoding=form.encoding,
        delimiter=form.delimiter,
        header=list(header.cells),
        made_at=now,
        seen_at=now,
        forget_on=timezone.localdate(now) + KEPT,
    )
    _propose(made)
    made.save(update_fields=["columns", "choices"])
    note(team, "import.begun", by=by, thing="import", thing_id=made.pk)
    return made


def _will_be_seen(team: Team, campaign: Campaign | None, by: User) -> None:
    """Raise NotPossible where somebody could not even see afterwards whom they entered."""
    role = role_in(by, team)
    if campaign is None and role is not None and role.reach is not Reach.ALL:
        raise NotPossible(_("Choose a campaign: your role is about the cases of campaigns."))


@transaction.atomic
def read_as(made: Import, form: Format, *, by: User) -> None:
    """Read the file in another encoding, or with another delimiter. Raises NotRead."""
    require(by, Permission.CAMPAIGNS, made.team)
    if made.state != State.COLUMNS or made.file is None:
        raise NotPossible(_("This import is past that."))
    header, _rows = header_and_rows(made.file, form)
    made.encoding, made.delimiter, made.header = form.encoding, form.delimiter, list(header.cells)
    _propose(made)
    made.save(update_fields=["encoding", "delimiter", "header", "columns", "choices"])


def _propose(made: Import) -> None:
    """Guess the columns, or take what the team said of the same header the last time."""
    known = KnownHeader.objects.filter(team=made.team, shape=shape_of(made.header)).first()
    made.columns = known.columns if known else guessed(made.header)
    made.choices = known.choices if known else asdict(Choices())


def sample(made: Import) -> list[Line]:
    """The first rows, to see what the columns are."""
    if made.file is None:
        return []
    _header, rows = header_and_rows(made.file, Format(made.encoding, made.delimiter))
    return list(islice(rows, SAMPLE))


@transaction.atomic
def choose(made: Import, columns: Sequence[str], choices: Choices, *, by: User, on: date) -> None:
    """Say what the columns are, and let the rows be checked. ``on`` is the day of the letters.

    Raises NotPossible where something that nobody can do without is not among them.
    """
    require(by, Permission.CAMPAIGNS, made.team)
    locked = Import.objects.select_for_update(no_key=True).get(pk=made.pk)
    if locked.state not in (State.COLUMNS, State.CHECKED) or locked.file is None:
        raise NotPossible(_("This import is past that."))
    _fit(locked, columns, choices)
    locked.columns, locked.choices, locked.on = list(columns), asdict(choices), on
    locked.state, locked.seen_at = State.CHECKING, timezone.now()
    locked.save()
    _remember(locked)
    later("check_import", locked.pk)


# What stands behind the columns of rows that were not entered, when they are taken away.
ERROR_COLUMNS = ("row", "error")


def _remember(made: Import) -> None:
    """Remember the columns under this header, also for when it comes back with its errors."""
    for header in (made.header, [*made.header, *ERROR_COLUMNS]):
        columns = [*made.columns, *[""] * (len(header) - len(made.columns))]
        KnownHeader.objects.update_or_create(
            team=made.team,
            shape=shape_of(header),
            defaults={"columns": columns, "choices": made.choices, "used_at": timezone.now()},
        )


def _fit(made: Import, columns: Sequence[str], choices: Choices) -> None:
    known = {"", *FIELDS, *fact_columns()}
    used = [one for one in columns if one]
    if len(columns) != len(made.header) or not known.issuperset(columns):
        raise NotPossible(_("Say of each column what it is."))
    if len(used) != len(set(used)):
        raise NotPossible(_("Two columns cannot be the same. Leave one of them out."))
    if not {"name", "first_name", "last_name"} & set(used):
        raise NotPossible(_("Say which column holds the names."))
    if not {"residence", "region"} & set(used) and not choices.residence:
        raise NotPossible(
            _("Say which column tells where people live, or choose one place for all of them.")
        )


# Checking -----------------------------------------------------------------------------------------


def check(made: Import) -> None:
    """Read every row into blocks, with what was found. Safe to repeat: it begins anew."""
    if made.state != State.CHECKING or made.file is None:
        return
    with _in_words_of(made):
        try:
            _check(made, made.file)
        except NotRead as error:
            made.blocks.all().delete()
            made.state, made.problem, made.file = State.FAILED, error.problem, None
            made.save(update_fields=["state", "problem", "file"])


def _check(made: Import, content: bytes) -> None:
    ImportBlock.objects.filter(of=made).delete()
    made.rows = made.new = made.there = made.wrong = 0
    checker = Checker(reader(made), _day(made), made.by)
    _header, rows = header_and_rows(content, Format(made.encoding, made.delimiter))
    for number, block in enumerate(_blocks(rows)):
        if not _check_block(made, checker, number, block):
            return
    made.state = State.CHECKED
    made.save(update_fields=["state"])


@transaction.atomic
def _check_block(made: Import, checker: Checker, number: int, block: list[Line]) -> bool:
    """Check some rows; False where somebody has stopped it meanwhile."""
    locked = Import.objects.select_for_update(no_key=True).defer("file").get(pk=made.pk)
    if locked.state != State.CHECKING:
        return False
    findings = checker.check(block)
    verdicts = [one.verdict for one in findings]
    ImportBlock.objects.create(
        of=made,
        number=number,
        rows=[[line.number, list(line.cells)] for line in block],
        findings=[one.as_json() for one in findings],
        size=len(block),
        wrong=verdicts.count(WRONG),
    )
    made.rows += len(block)
    made.new += verdicts.count(NEW)
    made.there += verdicts.count(THERE)
    made.wrong += verdicts.count(WRONG)
    made.seen_at = timezone.now()
    made.save(update_fields=["rows", "new", "there", "wrong", "seen_at"])
    return True


def _blocks(rows: Iterator[Line]) -> Iterator[list[Line]]:
    while block := list(islice(rows, BLOCK)):
        yield block


def reader(made: Import) -> Reader:
    """Who makes entries of the rows of an import."""
    return Reader(made.team, made.campaign, made.columns, Choices(**made.choices))


def _day(made: Import) -> date:
    assert made.on is not None
    return made.on


@contextmanager
def _in_words_of(made: Import) -> Iterator[None]:
    """What is wrong is said in the language of whoever imports."""
    language = (made.by.language if made.by else "") or made.team.language
    with override(language):
        yield


# Entering -----------------------------------------------------------------------------------------


@transaction.atomic
def confirm(made: Import, *, by: User) -> None:
    """Let whoever is new be entered; whoever confirms answers for the cases."""
    require(by, Permission.CAMPAIGNS, made.team)
    require(by, Permission.CLIENTS, made.team)
    _will_be_seen(made.team, made.campaign, by)
    now = timezone.now()
    confirmed = Import.objects.filter(pk=made.pk, state=State.CHECKED, new__gt=0)
    if not confirmed.update(state=State.WRITING, by=by, seen_at=now):
        raise NotPossible(_("There is nothing to enter."))
    note(made.team, "import.confirmed", by=by, thing="import", thing_id=made.pk)
    later("write_import", made.pk)


def write(made: Import, *, for_long: timedelta = AT_A_TIME) -> bool:
    """Enter block after block, as long as there is time; whether something is left."""
    if made.state != State.WRITING:
        return False
    until = monotonic() + for_long.total_seconds()
    try:
        if made.by is None:
            raise Forbidden(f"{made}: nobody answers for it")
        with _in_words_of(made):
            run = Entering(made.team, made.campaign, made.by, _day(made))
            read = reader(made)
            while left := _write_block(made, run, read):
                if monotonic() >= until:
                    break
            return left
    except Forbidden:
        # Whoever confirmed it has left the team since, or has another role.
        made.problem = "nobody"
        made.save(update_fields=["problem"])
        _finish(made, State.STOPPED)
        return False


@transaction.atomic
def _write_block(made: Import, run: Entering, read: Reader) -> bool:
    """Enter the next block; whether there was one."""
    locked = Import.objects.select_for_update(no_key=True).defer("file").get(pk=made.pk)
    if locked.state != State.WRITING:
        return False
    block = ImportBlock.objects.filter(of=made, written_at=None).order_by("number").first()
    if block is None:
        _finish(locked, State.DONE)
        return False
    results = _entered(block, run, read)
    block.results = [one.as_json() for one in results]
    block.failed = sum(one.outcome == REFUSED for one in results)
    block.written_at = timezone.now()
    block.save(update_fields=["results", "failed", "written_at"])
    tally = [one.outcome for one in results]
    locked.written += len(results)
    locked.opened += tally.count(Outcome.OPENED) + tally.count(Outcome.TAKEN_IN)
    locked.waiting += tally.count(Outcome.WAITS)
    locked.failed += block.failed
    locked.seen_at = timezone.now()
    locked.save(update_fields=["written", "opened", "waiting", "failed", "seen_at"])
    return True


def _entered(block: ImportBlock, run: Entering, read: Reader) -> list[Result]:
    """Enter the people of a block who are new. One who cannot be entered fails alone."""
    findings = [Finding.from_json(one) for one in block.findings]
    results = [Result(SKIPPED) for _one in findings]
    entries: dict[int, Entry] = {}
    for at, finding in enumerate(findings):
        if finding.verdict == NEW:
            number, cells = block.rows[at]
            entry, _problems = read.entry(Line(number, tuple(cells)))
            if entry is not None:
                entries[at] = entry
    for at, came in zip(entries, _each(run, list(entries.values())), strict=True):
        if isinstance(came, Refused):
            results[at] = Result(REFUSED, came.reason)
        else:
            code = came.case.code if came.case else ""
            results[at] = Result(came.outcome, "", came.client.number, code)
    return results


def _each(run: Entering, entries: Sequence[Entry]) -> list[Entered | Refused]:
    """Enter some people; where something is wrong that nobody has foreseen, one after the other."""
    try:
        with transaction.atomic():
            return run.enter(entries)
    except Forbidden:
        raise
    except Exception:
        logger.exception("%s: a block is entered row by row", run.team)
    results: list[Entered | Refused] = []
    for entry in entries:
        try:
            with transaction.atomic():
                results.append(enter(run.team, entry, campaign=run.campaign, by=run.by, on=run.on))
        except (NotPossible, BadFact) as error:
            results.append(Refused(str(error)))
        except Forbidden:
            results.append(Refused(str(NOT_YOURS)))
        except Exception:
            logger.exception("%s: a row cannot be entered", run.team)
            results.append(Refused(gettext("Something went wrong with this row.")))
    return results


@transaction.atomic
def stop(made: Import, *, by: User) -> None:
    """Stop it. What has been entered by then stays."""
    require(by, Permission.CAMPAIGNS, made.team)
    locked = Import.objects.select_for_update(no_key=True).defer("file").get(pk=made.pk)
    if locked.state in (State.DONE, State.STOPPED, State.FAILED):
        return
    _finish(locked, State.STOPPED)
    note(made.team, "import.stopped", by=by, thing="import", thing_id=made.pk)


def _finish(made: Import, state: str) -> None:
    made.state, made.file, made.finished_at = state, None, timezone.now()
    made.save(update_fields=["state", "file", "finished_at"])


def of_id(pk: int) -> Import | None:
    """An import, for a worker; None where it is gone."""
    return Import.objects.select_related("team", "campaign__house", "by").filter(pk=pk).first()


# Looking after them -------------------------------------------------------------------------------


def look_after(now: datetime) -> None:
    """Go on where a worker died, and forget what is old."""
    stale = Import.objects.filter(
        state__in=(State.CHECKING, State.WRITING), seen_at__lt=now - STALE
    )
    for pk, state in stale.values_list("pk", "state"):
        if state == State.CHECKING:
            later("check_import", pk)
        else:
            later("write_import", pk)
    old = Import.objects.filter(forget_on__lt=timezone.localdate(now))
    ImportBlock.objects.filter(of__in=old).delete()
    unfinished = old.exclude(state__in=(State.DONE, State.STOPPED, State.FAILED))
    unfinished.update(state=State.STOPPED, finished_at=now)
    old.update(file=None, header=[])


# Looking at them ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """One row as it is shown."""

    line: int
    cells: list[str]
    finding: Finding
    result: Result | None


def seen(made: Import, start: int, count: int, *, only_wrong: bool = False) -> list[Seen]:
    """Some rows of an import, by their place in it, or by that among the rows that failed.

    Only the blocks in which they lie are unsealed.
    """
    found: list[Seen] = []
    for number, size in _sizes(made, only_wrong=only_wrong):
        if start >= size:
            start -= size
            continue
        rows = _of_block(made, number, only_wrong=only_wrong)
        found += rows[start : start + count - len(found)]
        start = 0
        if len(found) >= count:
            break
    return found


def _sizes(made: Import, *, only_wrong: bool) -> list[tuple[int, int]]:
    blocks = made.blocks.values_list("number", "size", "wrong", "failed").order_by("number")
    return [
        (number, wrong + failed if only_wrong else size) for number, size, wrong, failed in blocks
    ]


def _of_block(made: Import, number: int, *, only_wrong: bool) -> list[Seen]:
    block = made.blocks.get(number=number)
    results = [Result(*one) for one in block.results] or repeat(None, block.size)
    rows = [
        Seen(line, cells, Finding.from_json(finding), result)
        for (line, cells), finding, result in zip(block.rows, block.findings, results, strict=True)
    ]
    return [row for row in rows if not only_wrong or fails(row)]


def fails(row: Seen) -> bool:
    """Whether a row is not entered."""
    return row.finding.verdict == WRONG or (
        row.result is not None and row.result.outcome == REFUSED
    )


def how_many(made: Import, *, only_wrong: bool = False) -> int:
    """How many rows there are to look at."""
    if not only_wrong:
        return made.rows
    sums: Mapping[str, int | None] = made.blocks.aggregate(a=Sum("wrong"), b=Sum("failed"))
    return (sums["a"] or 0) + (sums["b"] or 0)


def wrong_rows(made: Import) -> Iterator[Seen]:
    """Every row that was not entered, block by block."""
    for number, size in _sizes(made, only_wrong=True):
        if size:
            yield from _of_block(made, number, only_wrong=True)
