"""Finding cases by words: each team, and each person, has an index with words of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, Q

from consentkit.confidential.words import hashed, query, words
from consentkit.teams.models import Team, User

from .models import Case, CaseWord

Place = CaseWord.Place


def with_words(text: str, user: User, teams: Iterable[Team]) -> Q:
    """The cases with all the words of a text, among those of somebody and of some teams.

    A word is another one in each index, so it may be any of these: a condition that the database
    answers from the index of words alone, however many cases there are.
    """
    owners = [Case(owner=user), *(Case(team=team) for team in teams)]
    found = Q()
    for word in sorted(words(text)):
        hashes = [hashed(word, owner.search_owner()) for owner in owners]
        found &= Q(Exists(CaseWord.objects.filter(case=OuterRef("pk"), word__in=hashes)))
    return found


def places(text: str, cases: Sequence[Case]) -> dict[int, list[Place]]:
    """In what of each case the words of a text stand; asks the index once."""
    wanted = {owner: query(text, owner) for owner in {one.search_owner() for one in cases}}
    rows = CaseWord.objects.filter(
        case__in=[one.pk for one in cases], word__in=set().union(*wanted.values())
    )
    found: dict[int, set[str]] = {}
    for pk, place in rows.values_list("case", "place"):
        found.setdefault(pk, set()).add(place)
    return {pk: [place for place in Place if place in there] for pk, there in found.items()}
