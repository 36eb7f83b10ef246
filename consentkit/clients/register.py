"""Every name of a team, read once and kept for many searches.

``conflicts.search`` unseals every name for each client. Whoever takes in thousands keeps a register
instead: it finds the same names with the same likeness, and learns each client that was added. It
compares only names that share enough alike words, which it looks up by what alike words have in
common: their sound up to a few letters, their consonants, or what is left of them in scripts that
leave vowels out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import combinations

from consentkit.teams.models import AuditEntry, Team

from .conflicts import CLIENTS, Asked, Hit, Known, names_of
from .models import Client, Party
from .names import LIKE, Name, likeness, name_of, pair

# Sounds are alike where at most a quarter of the letters of the longer one differ.
LETTERS_PER_MISTAKE = 4
# Longer words would have too many ways to leave letters out: they are compared one by one, with
# every word that is long enough.
LONG, LONG_ENOUGH = 16, 12
# What is noted of a team without a name having changed.
HARMLESS = ("client.viewed", "case.viewed", "wall.attempt")


class Words:
    """Every word of the names, with the words that may be the same."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, bool], int] = {}
        self._forms: list[Name] = []
        self.alike: list[list[int]] = []  # by the number of a word: those alike, and itself
        self._by_key: dict[str, list[int]] = defaultdict(list)
        self._by_first: dict[str, list[int]] = defaultdict(list)
        self._initials: dict[str, list[int]] = defaultdict(list)
        self._long: list[int] = []

    def numbers(self, name: Name) -> list[int]:
        """The words of a name by number; what is new is learned."""
        return [self._number(name, at) for at in range(len(name.words))]

    def _number(self, name: Name, at: int) -> int:
        key = (name.words[at], name.bare)
        if key not in self._numbers:
            self._numbers[key] = self._learn(_word(name, at))
        return self._numbers[key]

    def _learn(self, form: Name) -> int:
        number = len(self._forms)
        found = [one for one in self._candidates(form) if pair(form, 0, self._forms[one], 0) > 0]
        for one in found:
            self.alike[one].append(number)
        self.alike.append([*found, number])
        self._forms.append(form)
        word = form.words[0]
        for key in _keys(form):
            self._by_key[key].append(number)
        self._by_first[word[0]].append(number)
        if len(word) == 1:
            self._initials[word].append(number)
        if len(form.sounds[0]) >= LONG_ENOUGH:
            self._long.append(number)
        return number

    def _candidates(self, form: Name) -> set[int]:
        word = form.words[0]
        of_first = self._by_first if len(word) == 1 else self._initials
        found = set(of_first[word[0]])
        for key in _keys(form):
            found.update(self._by_key.get(key, ()))
        if len(form.sounds[0]) >= LONG:
            found.update(self._long)
        elif len(form.sounds[0]) >= LONG_ENOUGH:
            found.update(one for one in self._long if len(self._forms[one].sounds[0]) >= LONG)
        return found


def _word(name: Name, at: int) -> Name:
    """One word of a name as a name of its own."""
    return Name(
        words=(name.words[at],),
        sounds=(name.sounds[at],),
        bones=(name.bones[at],),
        skeletons=(name.skeletons[at],),
        joined=frozenset(),
        bare=name.bare,
    )


def _keys(form: Name) -> Iterator[str]:
    """What words share that are alike: ``names.pair`` finds no two alike that share none.

    Two sounds that differ by so many letters are the same once so many are left out of each.
    """
    sound, bones, skeleton = form.sounds[0], form.bones[0], form.skeletons[0]
    yield f"={form.words[0]}"
    yield f"~{sound}"
    if len(sound) < LONG:
        for one in _shortened(sound):
            yield f"~{one}"
    if len(bones) > 2:
        yield f"b{bones}"
    if skeleton:
        yield f"s{skeleton}"


@lru_cache(maxsize=1_000)
def _shortened(sound: str) -> frozenset[str]:
    mistakes = len(sound) // LETTERS_PER_MISTAKE
    return frozenset(
        "".join(letter for at, letter in enumerate(sound) if at not in left_out)
        for number in range(1, mistakes + 1)
        for left_out in combinations(range(len(sound)), number)
    )


class Register:
    """The names of one team. Use it under the lock of the team's row, and ``refresh`` it first."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._state: object = None
        self._noted = 0
        self._read()

    def _read(self) -> None:
        self._words = Words()
        self._known: list[tuple[Name, Known]] = []
        self._of_client: Counter[int] = Counter()
        self._single: dict[int, list[int]] = defaultdict(list)  # names of one word, by their word
        self._several: dict[int, list[int]] = defaultdict(list)
        self._joined: dict[str, list[int]] = defaultdict(list)
        for known in names_of(self._team):
            self.add(known)
        self.settle()

    def settle(self) -> None:
        """Remember how the team's records stand, once all that was added is written."""
        self._state = self._counted()
        self._noted = self._last_noted()

    def refresh(self) -> None:
        """Read everything again where somebody else has changed a name since."""
        noted = AuditEntry.objects.filter(team=self._team, number__gt=self._noted)
        if self._counted() != self._state or noted.exclude(action__in=HARMLESS).exists():
            self._read()

    def _counted(self) -> object:
        of_team = [model.objects.filter(team=self._team) for model in (Client, Party)]
        return [rows.count() for rows in of_team]

    def _last_noted(self) -> int:
        numbers = AuditEntry.objects.filter(team=self._team).order_by("-number")
        return numbers.values_list("number", flat=True).first() or 0

    def add(self, known: Known) -> None:
        """Learn a name that is in the records."""
        name, number = name_of(known.name), len(self._known)
        self._known.append((name, known))
        if known.client is not None:
            self._of_client[known.client] += 1
        words = set(self._words.numbers(name))
        by_word = self._single if len(name.words) == 1 else self._several
        for word in words:
            by_word[word].append(number)
        for one in name.joined:
            self._joined[one].append(number)

    def search(self, names: Iterable[Asked], *, of: Client) -> tuple[int, list[Hit]]:
        """As ``conflicts.search``."""
        best: dict[tuple[str, int], Hit] = {}
        for asked in names:
            if not asked.name.strip():
                continue
            name = name_of(asked.name)
            for number in self._may_be(name):
                there, known = self._known[number]
                if known.client == of.pk or not asked.concerns(known):
                    continue
                score = likeness(name, there)
                at = (known.what, known.pk)
                if score >= LIKE and (at not in best or best[at].score < score):
                    best[at] = Hit(known, score)
        compared = len(self._known) - self._of_client[of.pk]
        return compared, self._sorted(best.values()) if best else []

    def _may_be(self, name: Name) -> set[int]:
        """The names that share enough words with this one to be the same.

        A name of several words needs two of them at least: one alone is half of it, or less.
        """
        found: set[int] = set()
        for joined in name.joined:
            found.update(self._joined.get(joined, ()))
        alike = [self._words.alike[word] for word in self._words.numbers(name)]
        for words in alike:
            found.update(*(self._single.get(word, ()) for word in words))
        several = [set().union(*(self._several.get(word, ()) for word in words)) for words in alike]
        if len(several) == 1:
            return found | several[0]
        for one, other in combinations(several, 2):
            found |= one & other
        return found

    def _sorted(self, hits: Iterable[Hit]) -> list[Hit]:
        """In the order of ``conflicts.search``: the likeliest first, then as the records are."""
        order = {
            client.pk: (client.number, client.stage)
            for client in Client.objects.filter(
                pk__in=[hit.known.pk for hit in hits if hit.known.what not in Party.Role.values]
            ).only("number", "stage")
        }

        def told(hit: Hit) -> tuple[float, bool, int, Hit]:
            known, score = hit.known, round(hit.score, 2)
            if known.pk in order and known.what not in Party.Role.values:
                number, stage = order[known.pk]
                what = CLIENTS.get(Client.Stage(stage), "client")
                now = Known(what, known.pk, known.client, known.user, known.name)
                return -score, False, number, Hit(now, score)
            return -score, True, known.pk, Hit(known, score)

        return [one[-1] for one in sorted(map(told, hits), key=lambda one: one[:3])]
