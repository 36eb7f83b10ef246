"""Work on many cases as people read and fill it in: the forms, the rows, the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeGuard

from babel.dates import format_time
from django import forms
from django.db.models import Count
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.campaigns.batches import (
    ENDED,
    MAKES_LETTERS,
    PROBLEMS,
    TAKEN_UP,
    Progress,
    done_of,
    progress,
)
from consentkit.campaigns.models import Batch, BatchItem
from consentkit.cases.models import Case, CaseQuerySet
from consentkit.cases.selection import SHOW, Selection
from consentkit.law.statutes import law_of
from consentkit.letters.facts import FACTS
from consentkit.letters.follow_up import FOLLOW_UPS
from consentkit.letters.models import Review
from consentkit.letters.texts import kinds
from consentkit.platforms.models import Platform
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission
from consentkit.templatetags.reading import reader_locale, written
from consentkit.web.casework.words import STAGES
from consentkit.web.forms import TEXT, day_field
from consentkit.web.wizard.letter import title_of

# What no log tells, and letters to an authority or before a court ask for.
IN_THE_SAME_WORDS = ("claim", "remedy")
PAGE = 50
MINUTE = timedelta(minutes=1)
ORDERS: dict[str, tuple[tuple[str, ...], str | Promise]] = {
    "next": (("next_on", "pk"), _("The next date first")),
    "opened": (("opened_on", "pk"), _("In the order in which they were opened")),
    "platform": (("platform", "law", "pk"), _("By company, then by law")),
    "matter": (("matter_number", "pk"), _("By matter number")),
}
WAYS: dict[str, str | Promise] = {"email": _("by e-mail"), "post": _("on paper")}


class WhichForm(forms.Form):
    """Which cases: what a selection says of them, in five questions."""

    use_required_attribute = False

    show = forms.ChoiceField(required=False, label=_("Which cases"), choices=list(SHOW.items()))
    stage = forms.ChoiceField(required=False, label=_("Where it stands"))
    campaign = forms.ChoiceField(required=False, label=_("Campaign"))
    platform = forms.ChoiceField(required=False, label=_("Platform"))
    law = forms.ChoiceField(required=False, label=_("Law"))

    def __init__(self, selection: Selection, team: Team, reached: CaseQuerySet) -> None:
        asked = ("show", "stage", "campaign", "platform", "law")
        super().__init__(initial={name: getattr(selection, name) for name in asked})
        self.initial["show"] = selection.shown
        self.rest = {
            name: value for name, value in selection.parts().items() if name not in (*asked, "team")
        }
        anything = ("", gettext("All"))
        self._choices("stage", [anything, *((str(key), label) for key, label in STAGES.items())])
        campaigns = team.campaigns.order_by("title").values_list("slug", "title")
        self._choices("campaign", [anything, *campaigns])
        there = reached.order_by().values_list("platform", flat=True).distinct()
        names = Platform.objects.filter(slug__in=there).order_by("name")
        self._choices("platform", [anything, *names.values_list("slug", "name")])
        laws = reached.order_by().values_list("law", flat=True).distinct()
        self._choices("law", [anything, *sorted((one, law_of(one).short_title) for one in laws)])

    def _choices(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)


class LettersForm(forms.Form):
    """How letters are put together for the printer."""

    use_required_attribute = False

    order = forms.ChoiceField(
        label=_("In which order"), choices=[(key, label) for key, (_by, label) in ORDERS.items()]
    )
    double_sided = forms.BooleanField(
        required=False,
        label=_("For printing on both sides"),
        help_text=_("Each letter then begins on a new sheet."),
    )


class ChaseForm(forms.Form):
    """Which letter carries the cases on."""

    use_required_attribute = False

    step = forms.ChoiceField(
        label=_("Which letter"),
        widget=forms.RadioSelect,
        help_text=_("It is made only in cases in which it is a next step now."),
        error_messages={"required": _("Choose a letter."), "invalid_choice": _("Choose a letter.")},
    )

    def __init__(self, posted: Any, laws: Sequence[str]) -> None:
        super().__init__(posted)
        for name in IN_THE_SAME_WORDS:
            self.fields[name] = forms.CharField(
                required=False,
                max_length=TEXT,
                label=str(FACTS[name].label),
                help_text=_(
                    "Only letters that ask for it say it, in the same words for all: it has to be "
                    "true in each of these cases."
                ),
                widget=forms.Textarea({"rows": 4}),
            )
        field = self.fields["step"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = steps_of(laws)

    def words(self) -> dict[str, str]:
        """What all letters say in the same words."""
        told = {name: str(self.cleaned_data[name]).strip() for name in IN_THE_SAME_WORDS}
        return {name: words for name, words in told.items() if words}


class PostedForm(forms.Form):
    """When and how letters were posted."""

    use_required_attribute = False

    on = day_field(
        label=_("Day on which they were posted"),
        error_messages={"required": _("Say on which day they were posted.")},
    )
    way = forms.ChoiceField(
        label=_("How"),
        widget=forms.RadioSelect,
        choices=[("post", _("By post")), ("registered", _("By registered or certified post"))],
        error_messages={"required": _("Choose how they were posted.")},
    )

    def __init__(self, posted: Any, today: date) -> None:
        super().__init__(posted, initial={"on": today, "way": "post"})
        self.today = today

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        return on


class RateForm(forms.Form):
    """How many letters go to one address in an hour."""

    use_required_attribute = False

    mails_an_hour = forms.IntegerField(
        min_value=1,
        max_value=500,
        label=_("E-mails to one address in an hour"),
        help_text=_("What is beyond that waits for its turn. A company that gets many at once may "
                    "take them for spam."),
        error_messages={
            "required": _("Write down a number from 1 to 500."),
            "invalid": _("Write down a number from 1 to 500."),
            "min_value": _("Write down a number from 1 to 500."),
            "max_value": _("Write down a number from 1 to 500."),
        },
    )  # fmt: skip


def steps_of(laws: Sequence[str]) -> list[tuple[str, str]]:
    """The letters that carry cases of some laws on, in the usual order."""
    found: dict[str, str] = {}
    for kind in FOLLOW_UPS:
        law = next((one for one in laws if kind in kinds(one)), None)
        if law is not None:
            found[kind] = str(title_of(law, kind).text)
    return list(found.items())


# One batch ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One case of a batch."""

    item: BatchItem
    batch: Batch
    request: HttpRequest
    user: User
    now: datetime

    @property
    def case(self) -> Case:
        return self.item.case

    @property
    def to(self) -> str:
        return ", ".join(self.item.told.get("to", ()))

    @property
    def way(self) -> str | Promise:
        return WAYS.get(self.item.way, "")

    @property
    def problem(self) -> str | Promise:
        return PROBLEMS.get(self.item.problem, "")

    @property
    def due(self) -> str:
        """When its e-mail goes out, where it has to wait."""
        item = self.item
        if item.state != BatchItem.State.READY or not _waits(item.due_at, self.now):
            return ""
        return moment(item.due_at, self.user, self.request)


@dataclass(frozen=True)
class BatchPage:
    """A batch as a page shows it: how far it is, and a part of its cases.

    Cases that the reader may not see are counted and not named.
    """

    batch: Batch
    user: User
    request: HttpRequest
    now: datetime
    state: str = ""
    start: int = 1

    @cached_property
    def progress(self) -> Progress:
        return progress(self.batch)

    @property
    def done(self) -> int:
        return done_of(self.batch, self.progress)

    @property
    def is_running(self) -> bool:
        return self.batch.state in (*TAKEN_UP, Batch.State.BINDING)

    @property
    def step(self) -> str:
        """The letter of a chase, or the way of posting."""
        return dict(steps_of(self._laws())).get(self.batch.step, "")

    def _laws(self) -> list[str]:
        laws = Case.objects.filter(batch_items__batch=self.batch).order_by()
        return list(laws.values_list("law", flat=True).distinct())

    @property
    def minutes(self) -> int:
        """About how many minutes are left, where that can be told."""
        began, done = self.batch.begun_at, self.done
        if began is None or not done or self.batch.kind == Batch.Kind.SENDING:
            return 0
        left = self.progress.total - done
        return max(1, round((self.now - began).total_seconds() / done * left / 60)) if left else 0

    @property
    def last_goes(self) -> str:
        """When the last e-mail goes out; empty where none has to wait."""
        waiting = self.batch.items.filter(state=BatchItem.State.READY, due_at__isnull=False)
        last = waiting.order_by("-due_at").values_list("due_at", flat=True).first()
        return moment(last, self.user, self.request) if _waits(last, self.now) else ""

    @property
    def reached(self) -> CaseQuerySet:
        return Case.objects.within(self.user, Permission.VIEW)

    @property
    def problems(self) -> list[tuple[str | Promise, int]]:
        """Why cases cannot be done, and how many."""
        found = self.batch.items.exclude(problem="").order_by().values_list("problem")
        counted = found.annotate(number=Count("pk")).order_by("-number", "problem")
        return [(PROBLEMS.get(key, key), number) for key, number in counted]

    @property
    def states(self) -> list[tuple[str, str | Promise, int]]:
        """The states of its cases, and how many are in each."""
        return [
            (value, label, self.progress.counts[value])
            for value, label in BatchItem.State.choices
            if self.progress.counts.get(value)
        ]

    def rows(self) -> list[Row]:
        """The cases of this page, and one more where there is a next one."""
        found = self.batch.items.filter(position__gte=self.start, case__in=self.reached)
        if self.state:
            found = found.filter(state=self.state)
        shown = found.select_related("case__client").order_by("position")[: PAGE + 1]
        return [Row(one, self.batch, self.request, self.user, self.now) for one in shown]

    @property
    def hidden(self) -> int:
        """How many of its cases the reader may not see."""
        seen = self.batch.items.filter(case__in=self.reached).count()
        return self.progress.total - seen

    @property
    def waiting(self) -> int:
        """How many of its letters wait for their review."""
        if self.batch.kind != Batch.Kind.CHASE:
            return 0
        made = self.batch.items.filter(state=BatchItem.State.DONE)
        numbers = dict(made.values_list("case", "letter"))
        waiting = Review.objects.filter(
            state=Review.State.WAITING, letter__case__batch_items__batch=self.batch
        )
        found = waiting.values_list("letter__case", "letter__number")
        return sum(numbers.get(case) == number for case, number in found)

    @property
    def may_follow(self) -> bool:
        """Whether there are letters that can be sent or posted from here."""
        makes = self.batch.kind in MAKES_LETTERS and self.batch.state in ENDED
        return makes and self.progress.done > 0


def _waits(due: datetime | None, now: datetime) -> TypeGuard[datetime]:
    return due is not None and due > now + MINUTE


def moment(at: datetime, user: User, request: HttpRequest | None) -> str:
    """A time as the reader writes it, rounded up to five minutes; with its day unless it is today.

    What waits is looked at every five minutes.
    """
    local = at.astimezone(user.zone())
    late = timedelta(minutes=-local.minute % 5, seconds=-local.second % 60)
    local = (local + late).replace(second=0, microsecond=0)
    time = format_time(local.time(), "short", locale=reader_locale(request))
    if local.date() == user.today(datetime.now(local.tzinfo)):
        return time
    return f"{written(local.date(), request)}, {time}"
