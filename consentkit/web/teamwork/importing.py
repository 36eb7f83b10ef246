"""What is asked about a spreadsheet, and how its rows are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.campaigns.models import Campaign
from consentkit.clients.models import Client
from consentkit.clients.wordings import HOWS
from consentkit.imports import actions
from consentkit.imports.actions import Seen
from consentkit.imports.checking import THERE, WRONG, Choices
from consentkit.imports.columns import FIELDS, fact_columns
from consentkit.imports.models import Import
from consentkit.imports.reading import DELIMITERS, ENCODINGS
from consentkit.law.statutes import LAWS
from consentkit.letters.texts import kinds
from consentkit.office.cells import line
from consentkit.platforms.models import Platform
from consentkit.teams.access import client_reach
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission
from consentkit.web.clients.forms import PlainForm, homes
from consentkit.web.wizard.letter import title_of

PAGE = 50
NOT_USED = ""
ORDERS: dict[str, str | Promise] = {
    "": _("as written; what can be meant in two ways is an error"),
    "dmy": _("the day first: 14/03/2025"),
    "mdy": _("the month first: 03/14/2025"),
}
# What a row says otherwise than the record, in words.
DIFFERENCES: dict[str, str | Promise] = {
    "name": _("the name"),
    "email": _("the e-mail address"),
    "phone": _("the telephone number"),
    "address": _("the postal address"),
    "born": _("the day of birth"),
    "residence": _("where they live"),
    "representative": _("who acts for them"),
    "outside_id": _("your own number"),
}
OUTCOMES: dict[str, str | Promise] = {
    "opened": _("entered, with a case"),
    "taken_in": _("entered"),
    "waits": _("entered; waits for a decision about a conflict"),
    "there": _("was there already"),
    "refused": _("not entered"),
}
VERDICTS: dict[str, str | Promise] = {
    "new": _("new"),
    "there": _("there already"),
    "wrong": _("wrong"),
}


class UploadForm(PlainForm):
    file = forms.FileField(
        label=_("The spreadsheet"),
        help_text=_(
            "CSV, TSV or XLSX, up to 10 MB and 25,000 rows. Its first row names the columns."
        ),
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,.xlsx"}),
        error_messages={
            "required": _("Choose a file."),
            "empty": _("There is nothing in this file."),
        },
    )
    campaign = forms.ChoiceField(
        required=False,
        label=_("Campaign"),
        help_text=_("Company and letter are then those of the campaign."),
    )

    def __init__(self, *told: Any, team: Team, **options: Any) -> None:
        super().__init__(*told, **options)
        self.campaigns = {
            str(one.pk): one for one in Campaign.objects.filter(team=team, closed_at=None)
        }
        field = self.fields["campaign"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", gettext("No campaign")),
            *((key, one.title) for key, one in self.campaigns.items()),
        ]

    def chosen(self) -> Campaign | None:
        """The campaign that was chosen, if any."""
        return self.campaigns.get(self.cleaned_data["campaign"])


class ColumnsForm(PlainForm):
    """What each column is, and what is true of every row."""

    order = forms.ChoiceField(
        required=False,
        choices=list(ORDERS.items()),
        widget=forms.RadioSelect,
        label=_("How are days written?"),
    )
    residence = forms.ChoiceField(
        required=False,
        label=_("Where do people live of whom no column says it?"),
        help_text=_("It decides which laws protect them."),
    )
    platform = forms.ChoiceField(
        required=False,
        label=_("To which company, where no column says it?"),
        help_text=_(
            "Without company, law and letter people become clients, and no case is opened."
        ),
    )
    law = forms.ChoiceField(required=False, label=_("Under which law, where no column says it?"))
    right = forms.ChoiceField(required=False, label=_("Which letter, where no column says it?"))
    how = forms.ChoiceField(
        choices=list(HOWS.items()),
        label=_("How did they agree that you keep and use their data?"),
        help_text=_("It stands in the ledger of each."),
    )
    OF_A_CAMPAIGN = ("platform", "law", "right")

    def __init__(self, told: Any, *, made: Import, sample: Sequence[Sequence[str]]) -> None:
        super().__init__(told, initial=made.choices)
        self.made = made
        choices = columns_to_choose(made.campaign)
        self.headed: list[tuple[str, str, list[str]]] = []
        for at, header in enumerate(made.header):
            name = f"column-{at}"
            proposed = made.columns[at] if at < len(made.columns) else NOT_USED
            self.fields[name] = forms.ChoiceField(
                required=False, choices=choices, label=header or f"{at + 1}", initial=proposed
            )
            shown = [row[at] for row in sample if at < len(row) and row[at]][:3]
            self.headed.append((name, header, shown))
        for name, values in self._choices().items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = values
        if made.campaign is not None:
            for name in self.OF_A_CAMPAIGN:
                del self.fields[name]

    def _choices(self) -> dict[str, list[tuple[str, Any]]]:
        none = [("", gettext("a column says it, or nothing"))]
        listed = Platform.objects.filter(listed=True).order_by("name").values_list("slug", "name")
        titles = {kind: title_of(law, kind) for law in LAWS for kind in reversed(kinds(law))}
        return {
            "residence": [("", gettext("a column says it")), *homes()[1:]],
            "platform": [*none, *listed],
            "law": [*none, *((key, one.short_title) for key, one in LAWS.items() if kinds(key))],
            "right": [*none, *sorted(titles.items(), key=lambda one: str(one[1]).casefold())],
        }

    def columns(self) -> list[tuple[Any, list[str]]]:
        """The question for each column, with what stands in its first rows."""
        return [(self[name], shown) for name, _header, shown in self.headed]

    def others(self) -> list[Any]:
        """What is asked besides."""
        return [self[name] for name in self.base_fields if name in self.fields]

    def chosen(self) -> tuple[list[str], Choices]:
        """What was said."""
        told = self.cleaned_data
        names = [name for name in self.base_fields if name in self.fields]
        columns = [told[name] for name, _header, _shown in self.headed]
        return columns, Choices(**{name: told[name] for name in names})


def columns_to_choose(campaign: Campaign | None) -> list[tuple[str, Any]]:
    """Everything that a column can be, in one list."""
    hidden = ("platform", "law", "right") if campaign else ()
    people = [(key, one.label) for key, one in FIELDS.items() if key not in hidden]
    return [
        (NOT_USED, gettext("is not used")),
        (gettext("The person"), people),
        (gettext("What the letter can be told"), list(fact_columns().items())),
    ]


class FormatForm(PlainForm):
    """How the file is read, where it was not recognised."""

    encoding = forms.ChoiceField(choices=list(ENCODINGS.items()), label=_("Characters"))
    delimiter = forms.ChoiceField(choices=list(DELIMITERS.items()), label=_("Between the cells"))

    def __init__(self, told: Any, *, made: Import) -> None:
        given = made.encoding.removesuffix("-le").removesuffix("-be")
        super().__init__(told, initial={"encoding": given, "delimiter": made.delimiter})


class ConfirmForm(PlainForm):
    agreed = forms.BooleanField(
        label=_("All of them agreed that we keep and use what stands here"),
        error_messages={"required": _("Without their consent we may not keep their data.")},
    )


# Rows ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A cell as it is shown, with its column and what is wrong with it."""

    header: str
    text: str
    wrong: Sequence[str]


@dataclass(frozen=True)
class Row:
    """A row as it is shown. ``cells`` are those that are used; ``wrong`` is about the whole row."""

    line: int
    verdict: str
    label: str | Promise
    cells: Sequence[Cell]
    wrong: Sequence[str]
    remarks: Sequence[str]
    client: int
    case: str
    is_hidden: bool = False


class RowsPage:
    """Some rows of an import, as somebody may see them."""

    def __init__(self, made: Import, viewer: User, start: int, *, only_wrong: bool) -> None:
        self.made, self.only_wrong = made, only_wrong
        self.total = actions.how_many(made, only_wrong=only_wrong)
        self.start = max(0, min(start, self.total - 1)) // PAGE * PAGE
        found = actions.seen(made, self.start, PAGE, only_wrong=only_wrong)
        hidden = _walled(made.team, viewer, found)
        self.rows = [_row(made, one, is_hidden=bool(_clients(one) & hidden)) for one in found]

    @property
    def first(self) -> int:
        return self.start + 1

    @property
    def last(self) -> int:
        return self.start + len(self.rows)

    @property
    def before(self) -> int | None:
        return self.start - PAGE if self.start else None

    @property
    def after(self) -> int | None:
        return self.start + PAGE if self.start + PAGE < self.total else None


def _clients(row: Seen) -> set[int]:
    """The clients whom a row is about, by number."""
    return {row.finding.client, row.result.client if row.result else 0} - {0}


def _walled(team: Team, viewer: User, rows: Sequence[Seen]) -> set[int]:
    """The clients among some rows whom somebody must not see: what is said of them is left out."""
    numbers = set().union(*map(_clients, rows))
    if not numbers:
        return set()
    reached = Client.objects.filter(
        client_reach(viewer, Permission.VIEW), team=team, number__in=numbers
    )
    return numbers - set(reached.values_list("number", flat=True))


def _row(made: Import, row: Seen, *, is_hidden: bool) -> Row:
    finding, result = row.finding, row.result
    verdict = finding.verdict
    label = VERDICTS[verdict]
    if result is not None and result.outcome in OUTCOMES:
        label = OUTCOMES[result.outcome]
        verdict = WRONG if result.outcome == actions.REFUSED else verdict
    if is_hidden:
        return Row(row.line, verdict, label, (), (), (), 0, "", is_hidden=True)
    by_column: dict[int | None, list[str]] = {}
    for problem in finding.problems:
        by_column.setdefault(problem.column, []).append(problem.message)
    whole = by_column.get(None, [])
    if result is not None and result.reason:
        whole = [*whole, result.reason]
    cells = [
        Cell(header, row.cells[at] if at < len(row.cells) else "", by_column.get(at, ()))
        for at, header in enumerate(made.header)
        if made.columns[at]
    ]
    client = result.client if result else 0
    case = result.case if result else ""
    return Row(row.line, verdict, label, cells, whole, list(_remarks(row)), client, case)


def _remarks(row: Seen) -> Iterator[str]:
    if row.finding.same_as:
        yield gettext("The same person as in row %(line)s.") % {"line": row.finding.same_as}
    if row.finding.differs:
        named = ", ".join(str(DIFFERENCES[one]) for one in row.finding.differs)
        told = (
            gettext("It says otherwise than the record: %(what)s. The record stays as it is.")
            if row.finding.verdict == THERE
            else gettext("The client is known. Otherwise than in the record: %(what)s.")
        )
        yield told % {"what": named}


# Files --------------------------------------------------------------------------------------------


def errors_csv(made: Import) -> Iterator[str]:
    """The rows that were not entered, as they came, with what is wrong in a column of its own."""
    yield "\ufeff" + line([*made.header, *actions.ERROR_COLUMNS])
    for row in actions.wrong_rows(made):
        padded = [*row.cells, *[""] * (len(made.header) - len(row.cells))][: len(made.header)]
        yield line([*padded, row.line, _errors(made, row)])


def _errors(made: Import, row: Seen) -> str:
    told = [
        one.message if one.column is None else f"{made.header[one.column]}: {one.message}"
        for one in row.finding.problems
    ]
    if row.result is not None and row.result.reason:
        told.append(row.result.reason)
    return " | ".join(told)


# An example of each column; nobody of these exists.
EXAMPLES = {
    "outside_id": "A-1001", "name": "", "first_name": "Dora", "last_name": "Demo",
    "other_names": "Dora Doe; Д. Демо", "email": "dora@example.org", "phone": "+49 30 1234567",
    "street": "Demoplatz 2", "postcode": "10115", "city": "Berlin", "residence": "DE-BE",
    "language": "de", "born": "1990-03-14", "handle": "@dora.demo", "related": "Max Demo",
}  # fmt: skip
WITH_A_LETTER = {"platform": "TikTok", "law": "eu-gdpr", "right": "access"}


def template_csv() -> Iterator[str]:
    """A spreadsheet with the usual columns and one row, to begin with."""
    columns = [key for key in EXAMPLES if key != "name"] + list(WITH_A_LETTER)
    yield "\ufeff" + line([key.replace("_", " ") for key in columns])
    yield line([{**EXAMPLES, **WITH_A_LETTER}[key] for key in columns])
