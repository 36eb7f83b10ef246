"""How platforms behave, in words, as a table and as a drawing, for pages and for paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases.behaviour import Outcome
from consentkit.cases.conduct import Group, by_platform
from consentkit.correspondence.chronicle import title_of_kind
from consentkit.law.statutes import law_of
from consentkit.platforms.models import Platform

from .charts import Chart, Part, Row

Label = str | Promise
Link = Callable[[str, str], str]

NOT_LISTED = _("companies that are not in the directory")
REST = _("neither of these")

OUTCOMES: dict[Outcome, Label] = {
    Outcome.IN_TIME: _("in time"),
    Outcome.ARGUABLE: _("disputable"),
    Outcome.LATE: _("late"),
    Outcome.MISSED: _("overdue, no answer"),
    Outcome.RUNNING: _("time still runs"),
    Outcome.ENDED: _("closed before"),
    Outcome.UNDATED: _("no date by law"),
}
FLAGS: dict[str, Label] = {
    "extended": _("took more time"),
    "identity": _("asked who you are"),
    "incomplete": _("answered in part"),
    "refused": _("refused"),
}
# What every figure means; the page, the report and docs/statistics.md say the same.
DEFINITIONS: tuple[tuple[Label, Label], ...] = (
    (
        _("Requests"),
        _(
            "One for each case whose opening letter arrived, counted by the day of arrival. Where "
            "nothing proves that day it is assumed. Cases opened by mistake, and demonstrations, "
            "are left out."
        ),
    ),
    (
        _("Answer"),
        _(
            "A complete answer, or a refusal: either ends the duty to answer. A confirmation of "
            "receipt, a question, or an answer in part is none."
        ),
    ),
    (
        OUTCOMES[Outcome.IN_TIME],
        _(
            "Answered on the last day or before, as the law counts it strictly, with every "
            "extension and pause that stands."
        ),
    ),
    (
        OUTCOMES[Outcome.ARGUABLE],
        _(
            "The strict last day is over, but somebody could argue for a later one, which was not "
            "over when the answer came, or is not over yet."
        ),
    ),
    (OUTCOMES[Outcome.LATE], _("Answered after the latest day for which somebody could argue.")),
    (
        OUTCOMES[Outcome.MISSED],
        _("Not answered, and the latest day for which somebody could argue is over."),
    ),
    (
        OUTCOMES[Outcome.ENDED],
        _("The case was closed without an answer while the time still ran."),
    ),
    (
        OUTCOMES[Outcome.UNDATED],
        _(
            "The law sets no date for an answer, or it has not begun to run. What an authority "
            "only advises is no date of the law."
        ),
    ),
    (
        _("Median of days"),
        _(
            "From the arrival to the answer, of the requests that were answered. Requests that "
            "wait are not in it, so it says little where many wait."
        ),
    ),
)
# How each outcome is drawn. What is left out there stands in the table.
DRAWN: dict[Outcome, str] = {
    Outcome.IN_TIME: "good",
    Outcome.ARGUABLE: "unsure",
    Outcome.LATE: "late",
    Outcome.MISSED: "missed",
}


def quarter_name(first: date) -> str:
    return f"{first.year}, {(first.month + 2) // 3}/4"


class Line:
    """A group, as the table shows it."""

    def __init__(self, group: Group, names: Mapping[str, str], link: Link) -> None:
        self.group = group
        self.platform = names.get(group.platform, group.platform) or str(NOT_LISTED)
        self.law = law_of(group.law).short_title if group.law else ""
        self.asked = title_of_kind(group.law, group.kind) if group.law else ""
        self.href = link(group.platform, group.law) if group.platform else ""

    @property
    def outcomes(self) -> list[tuple[Label, int]]:
        return [(OUTCOMES[outcome], number) for outcome, number in self.group.outcomes.items()]

    @property
    def flags(self) -> list[tuple[Label, int]]:
        return [(FLAGS[flag], number) for flag, number in self.group.flags.items()]

    @property
    def median(self) -> float | int | None:
        """The median, without a fraction where it has none."""
        found = self.group.median
        return int(found) if found is not None and found == int(found) else found


def _nowhere(platform: str, law: str) -> str:
    return ""


def table(found: list[Group], link: Link = _nowhere) -> list[Line]:
    """Every group, in words. ``link`` gives the address of the cases of a platform and a law."""
    names = names_of(group.platform for group in found)
    return [Line(group, names, link) for group in found]


def names_of(slugs: Iterable[str]) -> dict[str, str]:
    """The names of platforms."""
    found = Platform.objects.filter(slug__in=set(slugs) - {""})
    return dict(found.values_list("slug", "name"))


def drawing(found: list[Group], link: Link = _nowhere) -> Chart:
    """What became of the requests, by platform."""
    rows = [
        Row(line.platform, tuple(parts_of(line.group.outcomes)), line.href)
        for line in table(by_platform(found), link)
    ]
    return Chart("behaviour", gettext("What became of the requests, by platform"), tuple(rows))


def parts_of(numbers: Mapping[Outcome, int]) -> Iterator[Part]:
    """The pieces of a bar: the outcomes that are drawn, and the rest as one."""
    rest = sum(numbers.values())
    for outcome, kind in DRAWN.items():
        rest -= numbers[outcome]
        yield Part(kind, numbers[outcome], str(OUTCOMES[outcome]))
    yield Part("rest", rest, str(REST))


def key() -> list[tuple[str, Label]]:
    """What each pattern of the drawing means."""
    return [*((kind, OUTCOMES[outcome]) for outcome, kind in DRAWN.items()), ("rest", REST)]
