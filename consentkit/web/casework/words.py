"""Cases in plain words: their stages, their dates, and the questions that lead to a fact."""

from __future__ import annotations

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from consentkit.cases.log import KINDS, By, Fact
from consentkit.cases.posture import Due, Stage
from consentkit.law.vocabulary import Law, Party
from consentkit.web.wizard.letter import title_of

Label = str | Promise

STAGES: dict[str, Label] = {
    Stage.DRAFT: _("Not sent yet"),
    Stage.RETURNED: _("Came back: not delivered"),
    Stage.SENT: _("Sent, arrival not shown yet"),
    Stage.WAITING: _("Arrived, waiting for their answer"),
    Stage.ASKED: _("They asked you something"),
    Stage.EXTENDED: _("They took more time"),
    Stage.PARTIAL: _("Answered in part"),
    Stage.REFUSED: _("Refused"),
    Stage.ANSWERED: _("Answered"),
    Stage.APPEALED: _("Appeal or complaint with the company"),
    Stage.COMPLAINED: _("Complaint with the authority"),
    Stage.COURT: _("In court"),
    Stage.CLOSED: _("Closed"),
}
# What the stage means, in a sentence or two.
MEANINGS: dict[str, Label] = {
    Stage.DRAFT: _("Your letter is written, and nothing has gone out. No time runs yet."),
    Stage.RETURNED: _("Your letter did not get there. Choose another way to send it."),
    Stage.SENT: _(
        "We assume for now that your letter arrived. As soon as you can show the day, say so: "
        "their time runs from it."
    ),
    Stage.WAITING: _("Your letter is there, and their time runs."),
    Stage.ASKED: _("They wait for you. Until you answer, their time may stand still."),
    Stage.EXTENDED: _("They announced that they need longer. Whether that counts, the dates say."),
    Stage.PARTIAL: _("Something is still missing. You can say what, and ask for it."),
    Stage.REFUSED: _("They do not want to do it. Look at what you can do next."),
    Stage.ANSWERED: _("They answered. If you are content, close the case."),
    Stage.APPEALED: _("You asked them to look at it again. Their time runs."),
    Stage.COMPLAINED: _("The authority has it. It works at its own pace, and tells you of it."),
    Stage.COURT: _("It goes on in court. The dates of the court are not counted here."),
    Stage.CLOSED: _("No date runs any more. You can open the case again."),
}
PARTIES: dict[Party, Label] = {
    Party.YOU: _("yours"),
    Party.PLATFORM: _("theirs"),
    Party.AUTHORITY: _("the authority’s"),
}


def right_title(law: Law, kind: str) -> str:
    """What a letter is called, in the reader's language where it is written in that."""
    return str(title_of(law.key, kind))


def state_of(due: Due, today: date) -> str:
    """How a date stands today, in words: never by colour alone."""
    if due.day is None:
        return gettext("no date runs")
    if due.settled_on is not None:
        return gettext("done")
    if due.is_overdue(today):
        late = (today - due.day).days
        return ngettext("%(days)s day late", "%(days)s days late", late) % {"days": late}
    if due.is_marker and due.day < today:
        return gettext("past")
    if due.day < today:
        return gettext("past, but somebody could count otherwise")
    left = (due.day - today).days
    if left == 0:
        return gettext("today is the last day")
    return ngettext("%(days)s day left", "%(days)s days left", left) % {"days": left}


# Recording ----------------------------------------------------------------------------------------

GROUPS: tuple[tuple[str, Label], ...] = (
    ("them", pgettext_lazy("whose doing", "They")),
    ("you", pgettext_lazy("whose doing", "You")),
    ("authority", pgettext_lazy("whose doing", "The authority")),
    ("matter", _("The matter itself")),
    ("case", _("For yourself")),
)
# Facts that the law wants to know of the matter, whoever's doing they are.
MATTER = frozenset(
    "became_aware infringement first_collected last_collected last_interaction "
    "purpose_satisfied".split()
)
# Where somebody chooses a fact, its name says what to tell.
CHOICES: dict[str, Label] = {
    "sent": _("You sent a letter"),
    "received": _("Your letter arrived there"),
    "bounced": _("Your letter came back"),
    "noted": _("Note something"),
    "reminder_set": _("Set a reminder"),
}
# What most likely comes next, by stage, the likeliest first.
LIKELY: dict[str, tuple[str, ...]] = {
    Stage.DRAFT: ("sent",),
    Stage.RETURNED: ("sent",),
    Stage.SENT: ("acknowledged", "received", "bounced", "answered"),
    Stage.WAITING: ("answered", "extension_notified", "identity_requested", "wrote"),
    Stage.ASKED: ("identity_provided", "clarification_provided", "answered"),
    Stage.EXTENDED: ("answered", "identity_requested", "wrote"),
    Stage.PARTIAL: ("answered", "sent", "wrote"),
    Stage.REFUSED: ("sent", "answered", "went_to_court"),
    Stage.ANSWERED: ("destruction_confirmed", "wrote"),
    Stage.APPEALED: ("appeal_answered", "acknowledged", "appeal_extension_notified"),
    Stage.COMPLAINED: ("authority_progress", "authority_decided", "answered"),
    Stage.COURT: ("noted", "wrote"),
}


def group_of(kind: str) -> str:
    """Under which heading a kind of fact is found."""
    if kind in MATTER:
        return "matter"
    by = KINDS[kind].by
    return "case" if by is By.NOBODY else by.value


def choice_title(kind: str) -> str:
    """A kind of fact as somebody chooses it from the list."""
    return str(CHOICES.get(kind, KINDS[kind].label))


def fact_title(fact: Fact) -> str:
    """A fact's kind in words."""
    return str(KINDS[fact.kind].label)
