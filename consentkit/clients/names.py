"""Comparing names across spellings, orders and scripts: "Müller, Jörg" and "Mueller J.".

A name becomes words without case, accents or punctuation, in Latin letters. Two names are compared
word by word, in whatever order; an initial fits the name that begins with it. The result leans to
finding too much: a person decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.distance import DamerauLevenshtein

WORD = re.compile(r"[a-z0-9]+")
# German letters are written in two ways in Latin script; anyascii knows only one.
DIGRAPHS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae"}
)
# Spellings that sound alike, so that transcriptions of one name meet.
SOUNDS = (
    ("sch", "s"), ("sh", "s"), ("tsch", "c"), ("ch", "h"), ("kh", "h"), ("ph", "f"), ("th", "t"),
    ("ck", "k"), ("ae", "a"), ("oe", "o"), ("ue", "u"), ("ou", "u"), ("ee", "i"), ("ei", "i"),
    ("ai", "i"), ("ie", "i"), ("y", "i"), ("j", "i"), ("w", "v"), ("q", "k"), ("c", "k"),
    ("z", "s"), ("x", "ks"), ("dt", "t"),
)  # fmt: skip
# What stands beside a name without being one, and the forms of companies.
NOT_A_NAME = frozenset(
    "mr mrs ms miss dr prof herr frau jr sr inc llc ltd gmbh ag kg co corp corporation company "
    "limited plc sa sas sarl bv nv oy ab the and und".split()
)
LIKE = 0.82  # from here on, two words may be one name


VOWELS = re.compile(r"[aeiou]")


@dataclass(frozen=True)
class Name:
    """A name as it is compared: its words, how they sound, and their consonants alone.

    ``joined`` are its words as one, in both orders: some scripts put no space between them.
    """

    words: tuple[str, ...]
    sounds: tuple[str, ...]
    bones: tuple[str, ...]
    joined: frozenset[str]


@lru_cache(maxsize=50_000)
def name_of(text: str) -> Name:
    """A name to compare."""
    told = text.casefold()
    latin = anyascii(told.translate(DIGRAPHS)).casefold()
    words = tuple(word for word in WORD.findall(latin) if word not in NOT_A_NAME)
    words = words or tuple(WORD.findall(latin))
    sounds = tuple(map(sound, words))
    bones = tuple(VOWELS.sub("", heard) for heard in sounds)
    return Name(words, sounds, bones, frozenset({"".join(words), "".join(reversed(words))}))


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """A word by its sound, roughly: doubled letters are one, alike spellings the same."""
    for spelling, heard in SOUNDS:
        word = word.replace(spelling, heard)
    return re.sub(r"(.)\1+", r"\1", word)


def likeness(one: Name, other: Name) -> float:
    """How alike two names are, from 0 to 1: the mean of the best pairs of their words.

    The shorter name decides how many pairs are counted, so "Mueller J." fits "Müller, Jörg Peter".
    """
    shorter, longer = sorted((one, other), key=lambda name: len(name.words))
    if not shorter.words:
        return 0.0
    if one.joined & other.joined:
        return 1.0
    left = list(range(len(longer.words)))
    scores = []
    for at in range(len(shorter.words)):
        best, index = max(
            ((_pair(shorter, at, longer, there), there) for there in left), default=(0.0, -1)
        )
        scores.append(best)
        if best:
            left.remove(index)
        if not left:
            break
    return sum(scores) / len(shorter.words)


def may_be_same(one: str, other: str) -> float:
    """The likeness of two names as texts, 0 where they are plainly different."""
    score = likeness(name_of(one), name_of(other))
    return score if score >= LIKE else 0.0


def _pair(one: Name, at: int, other: Name, there: int) -> float:
    first, second = one.words[at], other.words[there]
    if first == second:
        return 1.0
    if len(first) == 1 or len(second) == 1:
        return 0.85 if first[0] == second[0] else 0.0
    if one.sounds[at] == other.sounds[there]:
        return 0.95
    if len(one.bones[at]) > 1 and one.bones[at] == other.bones[there]:
        return 0.88  # Arabic and Hebrew leave vowels out, and transcriptions choose their own
    alike = DamerauLevenshtein.normalized_similarity(one.sounds[at], other.sounds[there])
    return alike if alike >= 0.75 else 0.0
