"""Comparing names across spellings, orders and scripts: "Müller, Jörg" and "Mueller J.".

A name becomes words without case, accents or punctuation, in Latin letters. Two names are compared
word by word, in whatever order; an initial fits the name that begins with it. The result leans to
finding too much: a person decides. Japanese characters do not tell how they are read, so a name in
them meets only the same characters: keep the reading as a further name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.distance import DamerauLevenshtein

WORD = re.compile(r"[a-z0-9]+")
# German and Nordic letters are written in two ways in Latin script; anyascii knows only one. The
# Russian signs and apostrophes part no words.
LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "œ": "oe"}
    | dict.fromkeys("ьъ'’‘ʼ`´", "")
    | {"כ": "k", "ך": "k"}
)
# Scripts that leave vowels out: Hebrew and Arabic, and what stands glued to a word there.
ABJAD = re.compile("[\u0590-\u07bf\ufb1d-\ufdff\ufe70-\ufefc]")
ARTICLE = re.compile("(?<!\\w)ال(?=\\w{2})")
# Families whose name is spelled by custom in Latin letters, not by rule; a name begins with it.
KOREAN = dict(
    zip(
        "김이박최정강조윤장임한오서신권황안송유홍",
        "kim lee park choi jung kang cho yoon jang lim han oh seo shin kwon hwang ahn song yoo "
        "hong".split(),
        strict=True,
    )
)
HANGUL = re.compile("(?<!\\w)([" + "".join(KOREAN) + "])(?=[\uac00-\ud7a3]{1,2}(?!\\w))")
# Spellings that sound alike, so that transcriptions of one name meet.
SOUNDS = (
    ("tsch", "h"), ("tch", "h"), ("sch", "s"), ("sh", "s"), ("ch", "h"), ("kh", "h"), ("ph", "f"),
    ("th", "t"), ("ck", "k"), ("y", "i"), ("j", "i"), ("ts", "s"), ("tz", "s"), ("ae", "a"),
    ("oe", "o"), ("ue", "u"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ei", "i"), ("ai", "i"),
    ("ie", "i"), ("w", "v"), ("q", "k"), ("c", "k"), ("z", "s"), ("x", "ks"), ("dt", "t"),
)  # fmt: skip
# What is left of a word where vowels are not written, so that it meets its transcriptions.
SKELETON = (
    ("kh", "k"), ("ch", "k"), ("sh", "s"), ("gh", "g"), ("th", "t"), ("dh", "d"), ("ph", "f"),
    ("c", "k"), ("q", "k"), ("z", "s"), ("x", "ks"),
)  # fmt: skip
# What stands beside a name without being one, and the forms of companies.
NOT_A_NAME = frozenset(
    "mr mrs ms miss dr prof herr frau jr sr inc llc ltd gmbh ag kg co corp corporation company "
    "incorporated limited plc sa sas sarl bv nv oy ab the and und al el".split()
)
LIKE = 0.82  # from here on, two words may be one name

VOWELS = re.compile(r"[aeiou]")
SOFT = re.compile(r"[aeiouywvjh]")
TWICE = re.compile(r"(.)\1+")


@dataclass(frozen=True)
class Name:
    """A name as it is compared: its words, how they sound, and their consonants alone.

    ``joined`` are its words as one, whichever comes first: some scripts put no space between them.
    ``bare`` is whether it came from a script that leaves vowels out.
    """

    words: tuple[str, ...]
    sounds: tuple[str, ...]
    bones: tuple[str, ...]
    skeletons: tuple[str, ...]
    joined: frozenset[str]
    bare: bool


@lru_cache(maxsize=50_000)
def name_of(text: str) -> Name:
    """A name to compare."""
    told = HANGUL.sub(lambda found: KOREAN[found[1]] + " ", ARTICLE.sub("", text.casefold()))
    latin = anyascii(told.translate(LETTERS)).casefold().replace("'", "")
    words = tuple(word for word in WORD.findall(latin) if word not in NOT_A_NAME)
    words = words or tuple(WORD.findall(latin))
    sounds = tuple(map(sound, words))
    return Name(
        words=words,
        sounds=sounds,
        bones=tuple(VOWELS.sub("", heard) for heard in sounds),
        skeletons=tuple(map(skeleton, words)),
        joined=frozenset(
            sound("".join(words[first:] + words[:first])) for first in range(len(words))
        ),
        bare=ABJAD.search(text) is not None,
    )


@lru_cache(maxsize=100_000)
def skeleton(word: str) -> str:
    """The hard consonants of a word."""
    for spelling, heard in SKELETON:
        word = word.replace(spelling, heard)
    return TWICE.sub(r"\1", SOFT.sub("", word))


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """A word by its sound, roughly: doubled letters are one, alike spellings the same."""
    for spelling, heard in SOUNDS:
        word = word.replace(spelling, heard)
    return TWICE.sub(r"\1", word)


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
            ((pair(shorter, at, longer, there), there) for there in left), default=(0.0, -1)
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


def pair(one: Name, at: int, other: Name, there: int) -> float:
    """How alike a word of one name and one of another are; 0 where they are plainly different."""
    first, second = one.words[at], other.words[there]
    if first == second:
        return 1.0
    if len(first) == 1 or len(second) == 1:
        return 0.85 if first[0] == second[0] else 0.0
    if one.sounds[at] == other.sounds[there]:
        return 0.95
    if one.bare != other.bare and one.skeletons[at] == other.skeletons[there] != "":
        return 0.88
    if len(one.bones[at]) > 2 and one.bones[at] == other.bones[there]:
        return 0.88  # transcriptions of one name choose their own vowels
    alike = DamerauLevenshtein.normalized_similarity(one.sounds[at], other.sounds[there])
    return alike if alike >= 0.75 else 0.0
