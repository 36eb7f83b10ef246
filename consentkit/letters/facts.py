"""What a letter can be told, beside who writes and to whom: every fact that a text may ask for.

A text names the facts it needs and the facts it may use. The pages make a field of each, and the
command line checks what it is given against the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise


class Kind(StrEnum):
    """How a fact is told, and of which JSON type it is."""

    YES = "yes"  # true or false
    LINE = "line"  # text of one line
    TEXT = "text"  # text of many lines
    DAY = "day"  # YYYY-MM-DD
    CHOICE = "choice"  # one key of ``choices``
    CHOICES = "choices"  # a list of keys of ``choices``
    NUMBER = "number"  # one whole number of ``choices``


class WrongFact(ValueError):
    """A fact that is unknown or of the wrong kind; the message says which and what is expected."""


@dataclass(frozen=True)
class Fact:
    """One thing that a letter can be told.

    ``label`` is the question in the person's words, ``why`` what the letter needs it for.
    """

    key: str
    kind: Kind
    label: Label
    why: Label
    choices: Mapping[str, Label] | None = None
    default: object = None

    def check(self, value: object) -> object:
        """The value in the form that texts use. Raises WrongFact."""
        expected = CHECKS[self.kind](self, value)
        if expected is not None:
            raise WrongFact(f"fact {self.key!r} {expected}, not {value!r}")
        if self.kind is Kind.DAY:
            return date.fromisoformat(str(value))
        return tuple(value) if isinstance(value, list) else value


def _is_yes(fact: Fact, value: object) -> str | None:
    return None if isinstance(value, bool) else "is true or false"


def _is_text(fact: Fact, value: object) -> str | None:
    return None if isinstance(value, str) else "is a text"


def _is_day(fact: Fact, value: object) -> str | None:
    try:
        if isinstance(value, date) or (
            isinstance(value, str) and len(value) == 10 and date.fromisoformat(value)
        ):
            return None
    except ValueError:
        pass
    return "is a date that exists, written as YYYY-MM-DD"


def _is_choice(fact: Fact, value: object) -> str | None:
    choices = fact.choices or {}
    return None if value in choices else f"is one of {', '.join(choices)}"


def _is_choices(fact: Fact, value: object) -> str | None:
    choices = fact.choices or {}
    if isinstance(value, (list, tuple)) and all(one in choices for one in value):
        return None
    return f"is a list of some of {', '.join(choices)}"


def _is_number(fact: Fact, value: object) -> str | None:
    choices = fact.choices or {}
    if isinstance(value, int) and not isinstance(value, bool) and str(value) in choices:
        return None
    return f"is one of the numbers {', '.join(choices)}"


CHECKS: dict[Kind, Callable[[Fact, object], str | None]] = {
    Kind.YES: _is_yes,
    Kind.LINE: _is_text,
    Kind.TEXT: _is_text,
    Kind.DAY: _is_day,
    Kind.CHOICE: _is_choice,
    Kind.CHOICES: _is_choices,
    Kind.NUMBER: _is_number,
}

ALL = (
    Fact(
        "face",
        Kind.YES,
        _("My face is concerned"),
        _("The letter then asks whether data were made from your face. It does not claim so."),
    ),
    Fact(
        "voice",
        Kind.YES,
        _("My voice is concerned"),
        _("The letter then asks whether data were made from your voice. It does not claim so."),
    ),
    Fact(
        "relation",
        Kind.CHOICE,
        _("How do you know this company?"),
        _("It decides which law helps, how they can find you, and whether their terms bind you."),
        choices={
            "user": _("I use it"),
            "former_user": _("I used it, but no longer do"),
            "non_user": _("I never had an account: I appear in what other people uploaded"),
            "employee": _("I work or worked for it, also as a contractor, or applied there"),
        },
        default="user",
    ),
    Fact(
        "since",
        Kind.DAY,
        _("Since about when?"),
        _("Who must answer can depend on when your data were collected."),
    ),
    Fact(
        "content",
        Kind.TEXT,
        _("Where does your face or voice appear?"),
        _("It tells them where to look: for example videos, photos, live streams, effects."),
    ),
    Fact(
        "reply_within_days",
        Kind.NUMBER,
        _("By when do you ask for an answer?"),
        _("The law sets no term here, so this is your own wish, and the letter says so."),
        choices={"14": _("14 days"), "21": _("21 days"), "30": _("30 days")},
        default=30,
    ),
    Fact(
        "acts_as",
        Kind.CHOICE,
        _("For whom do you write?"),
        _("Somebody who writes for another person must say by what authority."),
        choices={
            "self": _("For myself"),
            "parent": _("For my child"),
            "guardian": _("For a person whose guardian I am"),
            "agent": _("For a person who gave me a power of attorney"),
        },
        default="self",
    ),
    Fact(
        "person_name",
        Kind.LINE,
        _("Whose data is it about?"),
        _("The name of the person you write for."),
    ),
    Fact(
        "person_born",
        Kind.DAY,
        _("When was that person born?"),
        _("Only where a minor is concerned: it shows that a parent or guardian may act."),
    ),
    Fact(
        "child_at_collection",
        Kind.YES,
        _("I was a child when my data were collected"),
        _("The law lets you have such data erased even when you are an adult now."),
    ),
    Fact(
        "scope",
        Kind.TEXT,
        _("Is there something in particular you want to know about or mean?"),
        _("Optional. The letter always covers everything, and names this besides."),
    ),
    Fact(
        "authenticated",
        Kind.YES,
        _("I send this from my account, or from the e-mail address of my account"),
        _("It shows who you are, so that there is no reason to ask for more proof."),
    ),
    Fact(
        "made_public",
        Kind.YES,
        _("The company made my data public"),
        _("It must then also tell others who copied them."),
    ),
    Fact(
        "erasure_grounds",
        Kind.CHOICES,
        _("Why should it be erased?"),
        _("The law knows several grounds. Tick what may be true; the letter names each."),
        choices={
            "no_longer_necessary": _("They no longer need it"),
            "consent_withdrawn": _("I take back my consent"),
            "objection": _("I object to their using it"),
            "unlawful": _("They were not allowed to use it"),
            "child": _("I was a child when it was collected"),
        },
        default=("no_longer_necessary", "consent_withdrawn"),
    ),
    Fact(
        "situation",
        Kind.TEXT,
        _("What about your own situation speaks against it?"),
        _("The law asks for grounds that relate to your particular situation."),
    ),
    Fact(
        "processing",
        Kind.TEXT,
        _("What exactly should stop?"),
        _("Optional. It names the use of your data that you mean."),
    ),
    Fact(
        "consent",
        Kind.TEXT,
        _("Which consent do you take back?"),
        _("Optional. Without it the letter takes back every consent you gave."),
    ),
    Fact(
        "wrong_data",
        Kind.TEXT,
        _("What is wrong?"),
        _("What they have now, as far as you know."),
    ),
    Fact(
        "correct_data",
        Kind.TEXT,
        _("What is right?"),
        _("What it should be instead."),
    ),
    Fact(
        "restriction_ground",
        Kind.CHOICE,
        _("Why should the use of your data be put on hold?"),
        _("The law knows four grounds, and the letter must name one."),
        choices={
            "accuracy": _("My data are wrong, and they are still checking"),
            "unlawful": _("The use is unlawful, but I do not want the data erased"),
            "claims": _("They no longer need the data, but I need them for a legal claim"),
            "objection": _("I have objected, and they are still weighing it"),
        },
    ),
    Fact(
        "restriction_reason",
        Kind.TEXT,
        _("Which data, and why?"),
        _("Optional. It says which data you mean and what happened."),
    ),
    Fact(
        "decision",
        Kind.TEXT,
        _("Which decision do you mean?"),
        _("What was decided about you, and when you learnt of it."),
    ),
    Fact(
        "new_controller",
        Kind.TEXT,
        _("Should they send it straight to another company?"),
        _("Optional. Name and contact of the company that is to receive your data."),
    ),
    Fact(
        "claim",
        Kind.TEXT,
        _("What do you say happened?"),
        _("It describes the matter for which evidence must be kept, in your own words."),
    ),
    # What the letters that carry a case on need to know of it.
    Fact(
        "first_letter_on",
        Kind.DAY,
        _("What date does your first letter bear?"),
        _("The letter refers to it."),
    ),
    Fact(
        "first_reference",
        Kind.LINE,
        _("Which reference does it bear?"),
        _("Optional. It helps them find your first letter."),
    ),
    Fact(
        "received_on",
        Kind.DAY,
        _("When did it arrive there?"),
        _("The time for an answer runs from that day. Leave it empty if you cannot prove it."),
    ),
    Fact(
        "receipt_proved_by",
        Kind.CHOICE,
        _("How do you know?"),
        _("The letter says only what you can show."),
        choices={
            "delivery": _("Proof of delivery of a registered or certified letter"),
            "acknowledgement": _("They confirmed it"),
            "form": _("Their web form confirmed it"),
            "email": _("I sent an e-mail, and it did not come back"),
        },
    ),
    Fact(
        "due_on",
        Kind.DAY,
        _("By when should they have answered?"),
        _("ConsentKit works this date out and says how. It is shown in the letter."),
    ),
    Fact(
        "is_over",
        Kind.YES,
        _("That day is over, whatever can be argued"),
        _("Only then does the letter say that they are late."),
    ),
    Fact(
        "answered_on",
        Kind.DAY,
        _("What date does their answer bear?"),
        _("The letter refers to it."),
    ),
    Fact(
        "their_words",
        Kind.TEXT,
        _("What did they write?"),
        _("Optional. The letter quotes it word for word."),
    ),
    Fact(
        "stalls",
        Kind.CHOICES,
        _("What did they answer?"),
        _("The letter replies to each of these."),
        choices={
            "no_answer": _("Nothing at all"),
            "identity_document": _("They want a copy of my identity document"),
            "more_data": _("They want more information about me than they need"),
            "wrong_channel": _("They say that I must use their form or another address"),
            "other_language": _("They say that I must write in another language"),
            "fee": _("They want money"),
            "excessive": _("They call it manifestly unfounded or excessive"),
            "incomplete": _("Their answer is incomplete"),
            "self_service": _("They point me to a download or a setting"),
            "processor": _("They say that they only act for somebody else"),
            "pseudonymous": _("They say that they only have data without names"),
            "extension_late": _("They took more time too late, or without reasons"),
            "pause": _("They say that the time stands still"),
            "deactivated": _("They only deactivated my account"),
            "no_identifier": _("They say that they collect no biometric identifiers"),
        },
    ),
    Fact(
        "missing",
        Kind.CHOICES,
        _("What is missing from their answer?"),
        _("The letter asks for each of these."),
        choices={
            "confirmation": _("Whether they process my data at all"),
            "purposes": _("What they use my data for"),
            "categories": _("Which kinds of data"),
            "recipients": _("Who received them, by name"),
            "retention": _("How long they keep them"),
            "rights": _("My rights, and where I can complain"),
            "source": _("Where they got my data"),
            "automated": _("How automated decisions are made"),
            "transfers": _("What protects my data abroad"),
            "copy": _("The data themselves, all of them"),
            "biometrics": _("The questions about my face and voice"),
            "reasons": _("Why something was left out"),
            "erased": _("What was erased and what was kept"),
            "third_parties": _("Who was told about the erasure"),
            "done": _("Whether they did what I asked for"),
        },
    ),
    Fact(
        "authority",
        Kind.LINE,
        _("Which authority do you write to?"),
        _("Its name. ConsentKit proposes the one where you live."),
    ),
    Fact(
        "authority_address",
        Kind.TEXT,
        _("Its postal address"),
        _("Optional. It stands in the window of the envelope."),
    ),
    Fact(
        "remedy",
        Kind.TEXT,
        _("What should happen?"),
        _("Say what you want them to do, in your own words."),
    ),
    Fact(
        "refused_on",
        Kind.DAY,
        _("When did they refuse?"),
        _("The letter refers to the refusal."),
    ),
    Fact(
        "why_wrong",
        Kind.TEXT,
        _("Why is that wrong, in your view?"),
        _("Optional. In your own words."),
    ),
    Fact(
        "consumer_since_child",
        Kind.YES,
        _("The person is a child under 13"),
        _("The law then lets a parent act."),
    ),
    Fact(
        "venue",
        Kind.TEXT,
        _("Where and when was it?"),
        _("Name and address of the shop or venue, and the day."),
    ),
)
FACTS: dict[str, Fact] = {fact.key: fact for fact in ALL}

# Relations in which no account is needed to be found by.
WITHOUT_ACCOUNT = frozenset({"non_user", "employee"})


def check_facts(facts: Mapping[str, object]) -> dict[str, object]:
    """The facts in the form that texts use; empty texts count as not told. Raises WrongFact."""
    checked: dict[str, object] = {}
    for key, value in facts.items():
        if key not in FACTS:
            raise WrongFact(f"unknown fact {key!r}; known are: {', '.join(FACTS)}")
        if value is None or value == "":
            continue
        checked[key] = FACTS[key].check(value)
    return checked
