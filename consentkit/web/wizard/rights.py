"""Which right a letter used, asked of somebody whose letter we did not write.

It is asked only under laws that give one right another time than the next.
"""

from __future__ import annotations

from consentkit.law.procedure import owed
from consentkit.law.vocabulary import Law, Right
from consentkit.letters.texts import Stage, kinds, languages, text_of


def rights_to_tell_apart(law: Law, place: str) -> tuple[Right, ...]:
    """The rights that a first letter can use, where it matters which; none where it does not."""
    used = _rights_of_letters(law)
    rights = tuple(right for right in law.rights if right.key in used)
    first, *others = [owed(law, right.key, place) for right in rights] or [()]
    return rights if any(duties != first for duties in others) else ()


def usual_right(law: Law) -> str:
    """The right to count for where it does not matter which one was used."""
    keys = [right.key for right in law.rights]
    return "access" if "access" in keys else keys[0]


def _rights_of_letters(law: Law) -> set[str]:
    """The right for which each opening letter is written; what it asks for besides is left out."""
    texts = [text_of(law.key, kind, languages(law.key, kind)[0]) for kind in kinds(law.key)]
    return {text.rights[0] for text in texts if text.stage is Stage.OPENING}
