"""What a letter asks for, as data: ``request.json`` inside its PDF.

A company that gets many letters can read it without retyping. It says what the letter says and
nothing else: what is not in the words of the letter is not in it, and once somebody has changed
the words, it no longer tells which rights or terms they name. docs/request.schema.json describes
it; the letter prevails.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from consentkit.law.periods import Days, Months
from consentkit.law.statutes import law_of
from consentkit.law.vocabulary import Duty, Law, Nature

from .finish import Enclosure
from .request import LetterRequest

if TYPE_CHECKING:
    from .compose import Draft, Paragraph

FORMAT, VERSION = "consentkit-request", 1
NAME = "request.json"
# The paragraphs that name a term, and the duty of the law that they name, by kind of letter.
TERMS = {"time": "answer", "term": "answer"}
APPEAL = {"time": "appeal_answer", "term": "appeal_answer"}
ASKED, ASKED_DAYS = "reply_term", "reply_within_days"


def as_data(request: LetterRequest, draft: Draft) -> str:
    """A letter as JSON."""
    law = law_of(draft.law)
    said = draft.text()
    is_own = any(one.edited or not one.included for one in draft.paragraphs if not one.house)
    told = {
        "format": FORMAT,
        "version": VERSION,
        "reference": draft.reference,
        "date": draft.date.isoformat(),
        "language": draft.locale,
        "subject": draft.subject,
        "law": {"key": law.key, "title": law.title},
        "kind": draft.right,
        "wording": "own" if is_own else "standard",
        "rights": [] if is_own else [_right(law, key) for key in draft.rights],
        "to": [{"name": one.name, "address": list(one.lines[1:])} for one in draft.addressees],
        "from": _person(request, said),
        "account": _only_said(
            {"handle": request.account.handle, "email": request.account.email}, said
        ),
        "deadline": _deadline(request, draft, law),
    }
    return json.dumps(told, ensure_ascii=False, indent=1)


def enclosures(draft: Draft) -> tuple[Enclosure, ...]:
    """The data of a letter as a file to enclose; none where the sender does not want it."""
    if not draft.data:
        return ()
    content = draft.data.encode("utf-8")
    return (
        Enclosure(NAME, "application/json", content, "The request as data", "Data", draft.date),
    )


def _right(law: Law, key: str) -> dict[str, str]:
    right = law.right(key)
    return {"key": right.key, "provision": right.provision}


def _person(request: LetterRequest, said: str) -> dict[str, Any]:
    sender = request.sender
    told: dict[str, Any] = {"name": sender.name}
    person = request.facts.get("person_name")
    if (
        isinstance(person, str)
        and person in said
        and request.facts.get("acts_as", "self") != "self"
    ):
        told["on_behalf_of"] = person
    return {
        **told,
        "address": list(sender.address),
        **_only_said({"email": sender.email, "phone": sender.phone}, said),
    }


def _only_said(values: Mapping[str, str], said: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value and value in said}


# The term that the letter names -------------------------------------------------------------------


def _deadline(request: LetterRequest, draft: Draft, law: Law) -> dict[str, Any] | None:
    """The term for an answer that the letter names in its own standard words, if it names one."""
    standard = [one for one in draft.included() if not one.edited and not one.house]
    asked = request.facts.get(ASKED_DAYS)
    if isinstance(asked, int) and _names(standard, {ASKED}, asked):
        return {"days": asked, "from": "receipt", "nature": "requested", "provision": ""}
    names = APPEAL if draft.right == "appeal" else TERMS
    for paragraph in standard:
        if paragraph.key in names:
            found = _statutory(law.duties, names[paragraph.key], request)
            if found is not None:
                return _within(found, [paragraph])
    return None


def _names(paragraphs: Iterable[Paragraph], keys: set[str], number: int) -> bool:
    return any(one.key in keys and f" {number} " in one.text for one in paragraphs)


def _statutory(duties: Sequence[Duty], key: str, request: LetterRequest) -> Duty | None:
    """The duty that the law sets for this; none where more than one could be meant."""
    found = [
        duty
        for duty in duties
        if duty.key == key
        and duty.in_force(request.date)
        and (not duty.rights or request.right in duty.rights)
    ]
    if len(found) != 1 or found[0].nature is not Nature.STATUTORY or found[0].facts:
        return None
    return found[0]


def _within(duty: Duty, paragraphs: Sequence[Paragraph]) -> dict[str, Any] | None:
    within = duty.terms[0].within
    told = {"from": "receipt", "nature": "statutory", "provision": duty.citation}
    if isinstance(within, Days) and _names(paragraphs, {paragraphs[0].key}, within.number):
        return {"days": within.number, **told}
    if isinstance(within, Months):
        return {"months": within.number, **told}
    return None
