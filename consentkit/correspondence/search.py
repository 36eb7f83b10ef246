"""The search index of a case, made anew from all that it is made of."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from consentkit.cases.actions import learn_words
from consentkit.cases.models import Case, CaseWord
from consentkit.letters.keeping import filled_in

Place = CaseWord.Place

# Characters of a message by which its case can be found.
SEARCHED = 4_000


@transaction.atomic
def rebuild(case: Case) -> None:
    """Forget the words of a case and learn them again, with the key of today."""
    Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    CaseWord.objects.filter(case=case).delete()
    learn_everything(case)


def learn_everything(case: Case) -> None:
    """Make a case findable by its names, notes, messages, letters, files and parties."""
    learn_words(case)
    for place, texts in _texts(case):
        learn_words(case, texts, place)


def _texts(case: Case) -> Iterator[tuple[Place, list[str]]]:
    yield Place.LOG, [one.note for one in case.records.iterator() if one.note]
    yield Place.NOTE, [one.text for one in case.notes.iterator()]
    for message in case.messages.defer("raw", "html").exclude(sha256="").iterator():
        headers = message.headers
        told = [str(headers.get("subject", "")), str(headers.get("from", ""))]
        yield Place.MESSAGE, [*told, message.text[:SEARCHED]]
    for letter in case.letters.only("request", "case").iterator():
        yield Place.LETTER, filled_in(letter.letter_request())
    yield Place.FILE, [one.name for one in case.attachments.iterator()]
    if case.client is not None:
        yield Place.PARTY, [one.name for one in case.client.parties.all()]
