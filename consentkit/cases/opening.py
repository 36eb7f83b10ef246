"""Many cases at once: what ``actions.open_case`` and the record of their first letter leave behind,
row by row the same, with few statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from django.db import models
from django.utils import timezone

from consentkit.confidential.words import index
from consentkit.law.edition import edition
from consentkit.rows import Row, insert, pour
from consentkit.teams.models import User

from .actions import fill, late_from, texts_in
from .log import Detail, Fact, digest
from .models import Case, CaseWord, Deadline, EventRecord
from .posture import Due, Posture, Stage, assess

# What decides about the dates of a case on the day on which its letter is made.
Kind = tuple[object, ...]


@dataclass(frozen=True)
class Opening:
    """A case that is about to open. ``made`` is what its log says of the letter, ``parties`` are
    the names around its client, ``told`` the words that somebody wrote into the letter."""

    case: Case
    made: Mapping[Detail, object]
    parties: Sequence[str] = ()
    told: Sequence[str] = ()


@dataclass
class Opener:
    """Opens cases; what is the same for many of them is worked out once."""

    by: User
    on: date
    _postures: dict[Kind, Posture] = field(default_factory=dict)
    _deadlines: dict[Kind, list[Row]] = field(default_factory=dict)

    def open(self, openings: Sequence[Opening]) -> None:
        """Write the cases with their logs, their dates and their words; they get their keys."""
        facts = [self._fact(one) for one in openings]
        for one, fact in zip(openings, facts, strict=True):
            self._index(one.case, fact)
        keys = insert(Case, [columns_of(one.case) for one in openings])
        for one, key in zip(openings, keys, strict=True):
            one.case.pk = key
        cases = [(one.case, fact) for one, fact in zip(openings, facts, strict=True)]
        insert(EventRecord, [_record(case, fact) for case, fact in cases])
        insert(Deadline, [row for case, fact in cases for row in self._rows(case, fact)])
        _learn(openings)

    def _fact(self, opening: Opening) -> Fact:
        return Fact(
            number=1,
            kind="made",
            on=self.on,
            arguably_on=self.on,
            recorded_at=timezone.now(),
            details={str(key): value for key, value in opening.made.items() if value is not None},
            note="",
            by=self.by.pk,
        )

    def _index(self, case: Case, fact: Fact) -> None:
        """Fill in what lists ask of a case."""
        posture = self._posture(case, fact)
        now = timezone.now()
        case.opened_on, case.created_at, case.changed_at = self.on, now, now
        case.stage, case.edition = posture.stage, edition(case.law)
        following = posture.next
        case.next_on = following.day if following else None
        case.next_key = following.key if following else ""
        case.late_from = late_from(posture)

    def _posture(self, case: Case, fact: Fact) -> Posture:
        kind = _kind(case, fact)
        if kind not in self._postures:
            posture = assess(case.matter(), [fact])
            assert posture.stage == Stage.DRAFT, "only letters that have not gone out are opened"
            self._postures[kind] = posture
        return self._postures[kind]

    def _rows(self, case: Case, fact: Fact) -> Iterator[Row]:
        kind, now = _kind(case, fact), timezone.now()
        if kind not in self._deadlines:
            dues = [due for due in self._posture(case, fact).dues if due.day is not None]
            self._deadlines[kind] = [columns_of(_deadline(case, due, now)) for due in dues]
        for columns in self._deadlines[kind]:
            yield {**columns, "case_id": case.pk, "made_at": now}


def _kind(case: Case, fact: Fact) -> Kind:
    born, since = case.about.get("born"), case.about.get("collected_since")
    asked = str(sorted(fact.details.items()))
    return case.law, tuple(case.rights), case.place, born, since, fact.on, asked


def _deadline(case: Case, due: Due, now: datetime) -> Deadline:
    assert due.day is not None
    row = Deadline(case=case, day=due.day, made_at=now)
    row.key, row.right, row.letter = due.identity
    fill(row, due, case)
    return row


def columns_of(row: models.Model) -> dict[str, Any]:
    """The columns of a row that has no key yet."""
    fields = row._meta.concrete_fields
    return {one.attname: getattr(row, one.attname) for one in fields if not one.primary_key}


def _record(case: Case, fact: Fact) -> Row:
    return {
        "case_id": case.pk,
        "number": fact.number,
        "kind": fact.kind,
        "on": fact.on,
        "arguably_on": fact.arguably_on,
        "recorded_at": fact.recorded_at,
        "details": dict(fact.details),
        "note": fact.note,
        "by_id": fact.by,
        "digest": digest("", fact),
    }


def _learn(openings: Sequence[Opening]) -> None:
    """Make the cases findable, as ``actions.learn_words`` does.

    A case has a hundred words and beginnings of words: they are written without a model each.
    """
    place = CaseWord.Place
    rows = []
    for one in openings:
        owner, case = one.case.search_owner(), one.case.pk
        names = [one.case.reference, *texts_in(one.case.about)]
        words = {
            place.CASE.value: index(names, owner, beginnings=True),
            place.PARTY.value: index(one.parties, owner, beginnings=False),
            place.LETTER.value: index(one.told, owner, beginnings=False),
        }
        for where, found in words.items():
            rows += [(case, word, where) for word in found]
    # In the order of the index, which is then written from one end to the other.
    rows.sort(key=itemgetter(1))
    pour(CaseWord, ("case", "word", "place"), rows)
