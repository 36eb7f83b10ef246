"""Letters by dice: names and addresses of many scripts, optional paragraphs, long texts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from consentkit.letters import texts
from consentkit.letters.compose import compose
from consentkit.letters.request import Account, LetterRequest, Sender, Stroke
from tests.world import NEEDED_FACTS, a_request, home

FIRST = (
    "Ada Zoé Łukasz Þóra Jürgen Çağla Ἑλένη Борис יעל ليلى 雅子 Maximiliane-Friederike Bo".split()
)
LAST = (
    "Beispiel Müßig-Sample O’Neil Dvořák Ng García-Íñiguez Παπαδάκη Петров כהן الحسن 山田 Fjord"
).split()
STREETS = ("Musterweg", "Straße des 17. Juni", "Rue de l’Église", "ul. Źródlana", "High Street")
CITIES = ("10115 Berlin", "80331 München", "75004 Paris", "00-001 Warszawa", "Chicago, IL 60601")
HANDLES = "abcdefghijklmnopqrstuvwxyz0123456789._"
WORDS = (
    "data account please company contact delete Übermittlung fiancée office affluent waffle "
    "Verarbeitungstätigkeiten incomprehensibilities § 15 № 7 “quoted” 12.5 % naïve ﬁnal"
).split()
MOST_OF_A_CAMPAIGN = 12


def random_requests(number: int, seed: int = 1) -> Iterator[LetterRequest]:
    """So many requests, of campaigns of some people each; the same seed gives the same ones."""
    dice = random.Random(seed)
    every = sorted(texts.catalogue())
    made = 0
    while made < number:
        campaign = Campaign(dice, *dice.choice(every))
        for _ in range(min(number - made, dice.randint(1, MOST_OF_A_CAMPAIGN))):
            yield campaign.a_request(dice)
            made += 1


class Campaign:
    """Letters of one kind in one language; what differs is who writes, and now and then a text."""

    def __init__(self, dice: random.Random, law: str, right: str, language: str) -> None:
        self.law, self.right, self.language = law, right, language
        _residence, usual, _sender = home(law)
        self.paper = usual if dice.random() < 0.8 else dice.choice(("a4", "letter"))
        self.has_address = dice.random() < 0.9
        self.has_phone = dice.random() < 0.2
        self.is_signed = dice.random() < 0.3
        needs = texts.text_of(law, right, language).needs
        self.facts: dict[str, object] = {name: NEEDED_FACTS[name] for name in needs}
        self.edits = some_edits(dice, self.plain()) if dice.random() < 0.2 else {}

    def plain(self, **told: Any) -> LetterRequest:
        return a_request(
            self.law,
            self.right,
            **{"language": self.language, "paper": self.paper, "facts": self.facts, **told},
        )

    def a_request(self, dice: random.Random) -> LetterRequest:
        handle = "@" + "".join(dice.choices(HANDLES, k=dice.randint(3, 24)))
        told: dict[str, Any] = {
            "sender": self.a_sender(dice),
            "account": Account(handle),
            "edits": self.edits,
            "strokes": a_signature(dice) if self.is_signed else (),
        }
        if dice.random() < 0.15:
            told["edits"] = some_edits(dice, self.plain())
        return self.plain(**told)

    def a_sender(self, dice: random.Random) -> Sender:
        name = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
        if dice.random() < 0.05:
            name = f"{name} {dice.choice(LAST)} " * 3
        address = (f"{dice.choice(STREETS)} {dice.randint(1, 199)}", dice.choice(CITIES))
        return Sender(
            name.strip(),
            address if self.has_address else (),
            f"person{dice.randint(1, 99999)}@example.org",
            f"+49 30 {dice.randint(100000, 999999)}" if self.has_phone else "",
        )


def a_signature(dice: random.Random) -> tuple[Stroke, ...]:
    return tuple(
        tuple((dice.random(), dice.random()) for _ in range(dice.randint(1, 9)))
        for _ in range(dice.randint(1, 4))
    )


def some_edits(dice: random.Random, request: LetterRequest) -> dict[str, str | None]:
    """A paragraph in other words, perhaps very many, and one left out."""
    paragraphs = compose(request).paragraphs
    own = " ".join(dice.choices(WORDS, k=dice.choice((5, 40, 400))))
    edits: dict[str, str | None] = {dice.choice(paragraphs).key: own}
    optional = [one.key for one in paragraphs if one.optional and one.key not in edits]
    if optional:
        edits[dice.choice(optional)] = None
    return edits
