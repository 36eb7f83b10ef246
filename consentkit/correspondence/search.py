"""The search index of a case, made anew from all that it is made of."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from consentkit.cases.actions import learn_words
from consentkit.cases.models import Case, CaseWord

# Characters of a message by which its case can be found.
SEARCHED = 4_000


@transaction.atomic
def rebuild(case: Case) -> None:
    """Forget the words of a case and learn them again, with the key of today."""
    Case.objects.select_for_update(no_key=True).get(pk=case.pk)
    CaseWord.objects.filter(case=case).delete()
    learn_everything(case)


def learn_everything(case: Case) -> None:
    """Make a case findable by its names, notes, messages and files."""
    learn_words(case, _texts(case))


def _texts(case: Case) -> Iterator[str]:
    for record in case.records.iterator():
        yield record.note
    for message in case.messages.defer("raw", "html").exclude(sha256="").iterator():
        yield str(message.headers.get("subject", ""))
        yield str(message.headers.get("from", ""))
        yield message.text[:SEARCHED]
    for attachment in case.attachments.iterator():
        yield attachment.name
