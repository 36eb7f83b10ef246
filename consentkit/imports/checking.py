"""What the rows of a spreadsheet say: people to enter, or what is wrong and in which cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.conf import settings
from django.utils.functional import cached_property
from django.utils.translation import gettext

from consentkit.campaigns import entering
from consentkit.campaigns.entering import Entry
from consentkit.campaigns.many import Letters
from consentkit.campaigns.models import Campaign, EntryRecord
from consentkit.clients import actions as clients
from consentkit.clients.actions import Intake
from consentkit.clients.models import Client
from consentkit.law.statutes import LAWS
from consentkit.letters.facts import FACTS, Fact, Kind
from consentkit.letters.request import Account
from consentkit.letters.texts import kinds, languages, text_of
from consentkit.platforms.models import Platform
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import Team, User

from . import cells
from .cells import NotUnderstood
from .columns import FACT, plain
from .reading import CELL, Line

NEW, THERE, WRONG = "new", "there", "wrong"
OUTSIDE_ID, NAME = 100, 300
# Where an address has the town before the postcode.
TOWN_FIRST = frozenset({"US", "GB", "AU", "CA", "IE"})


@dataclass(frozen=True)
class Problem:
    """What is wrong, and in which column; None where it is the row as a whole."""

    column: int | None
    message: str


@dataclass(frozen=True)
class Finding:
    """What was found about one row. ``differs`` is what it says otherwise than the record."""

    verdict: str
    problems: tuple[Problem, ...] = ()
    differs: tuple[str, ...] = ()
    same_as: int = 0  # the row of this file that is about the same person
    client: int = 0  # the number of the client who is there

    def as_json(self) -> list[Any]:
        problems = [[one.column, one.message] for one in self.problems]
        return [self.verdict, problems, list(self.differs), self.same_as, self.client]

    @staticmethod
    def from_json(told: Sequence[Any]) -> Finding:
        verdict, problems, differs, same_as, client = told
        wrong = tuple(Problem(*one) for one in problems)
        return Finding(verdict, wrong, tuple(differs), same_as, client)


@dataclass(frozen=True)
class Choices:
    """What is true of every row. ``order`` is that of day and month, empty where nobody said."""

    order: str = ""
    residence: str = ""
    platform: str = ""
    law: str = ""
    right: str = ""
    how: str = "unknown"


@dataclass
class Reader:
    """Makes entries of rows. ``columns`` says what each column is."""

    team: Team
    campaign: Campaign | None
    columns: Sequence[str]
    choices: Choices

    def entry(self, line: Line) -> tuple[Entry | None, list[Problem]]:
        """Whom a row is about, or everything that is wrong with its cells."""
        row = _Row(self, line)
        entry = row.entry()
        return (None, row.problems) if row.problems else (entry, [])

    @cached_property
    def at(self) -> Mapping[str, int]:
        return {key: place for place, key in enumerate(self.columns) if key}

    @cached_property
    def facts(self) -> Sequence[Fact]:
        keys = (key.removeprefix(FACT) for key in self.at if key.startswith(FACT))
        return [FACTS[key] for key in keys if key in FACTS]

    @cached_property
    def companies(self) -> Mapping[str, str]:
        """Companies by name; None of two names that are the same."""
        found: dict[str, str] = {}
        listed = Platform.objects.filter(listed=True)
        for slug, name, aliases in listed.values_list("slug", "name", "aliases"):
            found[slug] = found[plain(name)] = slug
            for alias in aliases:
                found.setdefault(plain(alias), slug)
        return found

    @cached_property
    def laws(self) -> Mapping[str, str]:
        found = {plain(key): key for key in LAWS}
        for key, law in LAWS.items():
            found.setdefault(plain(str(law.short_title)), key)
            found.setdefault(plain(str(law.title)), key)
        return found

    def right(self, law: str, text: str) -> str:
        """A letter of a law, by its key or its title in any language; empty where there is none."""
        if law not in self._rights:
            self._rights[law] = {plain(kind): kind for kind in kinds(law)} | {
                plain(text_of(law, kind, language).title): kind
                for kind in kinds(law)
                for language in languages(law, kind)
            }
        return self._rights[law].get(plain(text), "")

    @cached_property
    def _rights(self) -> dict[str, dict[str, str]]:
        return {}


class _Row:
    """One row while it is read: every cell that is wrong is noted, not only the first."""

    def __init__(self, reader: Reader, line: Line) -> None:
        self.reader, self.line = reader, line
        self.problems: list[Problem] = []

    def cell(self, key: str) -> str:
        at = self.reader.at.get(key)
        text = self.line.cells[at] if at is not None and at < len(self.line.cells) else ""
        if len(text) > CELL:
            self.wrong(key, gettext("This is too long."))
            return ""
        return text

    def wrong(self, key: str, message: str) -> None:
        self.problems.append(Problem(self.reader.at.get(key), message))

    def read(self, key: str, understand: Callable[[str], Any], otherwise: Any) -> Any:
        text = self.cell(key)
        if not text:
            return otherwise
        try:
            return understand(text)
        except NotUnderstood as error:
            self.wrong(key, str(error))
            return otherwise

    def entry(self) -> Entry | None:
        reader = self.reader
        residence = self.residence()
        language = self.read("language", cells.language, reader.team.language)
        site = [code for code, _name in settings.LANGUAGES]
        born = self.read("born", lambda text: cells.day(text, reader.choices.order), None)
        acts_as = self.read("acts_as", cells.acts_as, Client.ActsAs.SELF)
        representative = self.one_line("representative")
        if acts_as != Client.ActsAs.SELF and not representative:
            self.wrong(
                "representative", gettext("Say who acts for the client: a parent or a guardian.")
            )
        if not self.read("consent", cells.yes, True):
            self.wrong("consent", str(clients.NO_CONSENT))
        platform, law, right = self.letter()
        about = {"matter": self.cell("matter")} if self.cell("matter") else {}
        intake = Intake(
            name=self.name(),
            residence=residence,
            language=language if language in site else reader.team.language,
            other_names=cells.several(self.cell("other_names")),
            email=self.read("email", cells.email, ""),
            phone=self.read("phone", lambda text: cells.whole(text, NAME), ""),
            address=self.address(residence),
            born=born,
            acts_as=acts_as,
            representative=representative,
            about=about,
            adverse=cells.several(self.cell("adverse")),
            related=cells.several(self.cell("related")),
            outside_id=self.read("outside_id", lambda text: cells.whole(text, OUTSIDE_ID), ""),
        )
        account = Account(self.one_line("handle"), self.read("account_email", cells.email, ""))
        facts = dict(self.facts())
        written = self.read("letter_language", cells.language, language)
        if self.problems:
            return None
        return Entry(
            intake=intake,
            platform=platform,
            law=law,
            right=right,
            account=account,
            facts=facts,
            language=written,
            how=reader.choices.how,
        )

    def name(self) -> str:
        parts = [self.one_line("first_name"), self.one_line("last_name")]
        whole = self.one_line("name")
        # "Müller, Jörg" is Jörg Müller.
        last, comma, first = whole.partition(", ")
        name = " ".join(filter(None, parts)) or (f"{first} {last}" if comma and first else whole)
        if not name:
            key = next(
                (one for one in ("name", "last_name", "first_name") if one in self.reader.at), ""
            )
            self.wrong(key, gettext("Write down the client’s name."))
        return name

    def one_line(self, key: str) -> str:
        text = " ".join(self.cell(key).split())
        if len(text) > NAME:
            self.wrong(key, gettext("This is too long."))
        return text[:NAME]

    def residence(self) -> str:
        country, region = self.cell("residence"), self.cell("region")
        if not country and not region:
            if not self.reader.choices.residence:
                self.wrong("residence", gettext("Say where they live: it decides which law helps."))
            return self.reader.choices.residence
        try:
            return cells.place(country, region)
        except NotUnderstood as error:
            self.wrong("residence" if "residence" in self.reader.at else "region", str(error))
            return ""

    def address(self, residence: str) -> list[str]:
        lines = cells.address(self.cell("address"))
        street, postcode, city = (self.one_line(key) for key in ("street", "postcode", "city"))
        country, _dash, region = residence.partition("-")
        if country == "US" and city:
            town = f"{city}, {region.split('-')[0]} {postcode}"
        elif country in TOWN_FIRST:
            town = f"{city} {postcode}"
        else:
            town = f"{postcode} {city}"
        return [one for one in (*lines, street, town.strip()) if one]

    def letter(self) -> tuple[str, str, str]:
        """Company, law and letter, where no campaign has them; all of them or none."""
        reader, choices = self.reader, self.reader.choices
        if reader.campaign is not None:
            return "", "", ""
        platform = self.known("platform", reader.companies.get, choices.platform)
        law = self.known("law", reader.laws.get, choices.law)
        right = self.known(
            "right", lambda text: reader.right(law, text) if law else "", choices.right
        )
        told = {"platform": platform, "law": law, "right": right}
        if any(told.values()):
            for key, value in told.items():
                if not value and not any(one.column == reader.at.get(key) for one in self.problems):
                    self.wrong(
                        key, gettext("Company, law and letter belong together: say all three.")
                    )
        return platform, law, right

    def known(self, key: str, find: Callable[[str], str | None], otherwise: str) -> str:
        text = self.cell(key)
        if not text:
            return otherwise
        found = find(plain(text)) or find(text)
        if not found:
            self.wrong(key, gettext("We do not know this name. Write it as it stands on the site."))
        return found or ""

    def facts(self) -> Iterator[tuple[str, object]]:
        for fact in self.reader.facts:
            value = self.read(f"{FACT}{fact.key}", partial(self.fact, fact), None)
            if value is not None:
                yield fact.key, value

    def fact(self, fact: Fact, text: str) -> object:
        match fact.kind:
            case Kind.YES:
                return cells.yes(text)
            case Kind.DAY:
                return cells.day(text, self.reader.choices.order)
            case Kind.CHOICE:
                return _choice(fact, text)
            case Kind.CHOICES:
                return tuple(_choice(fact, one) for one in cells.several(text))
            case Kind.NUMBER:
                return int(_choice(fact, text))
            case Kind.LINE:
                return " ".join(text.split())
            case _:
                return text


def _choice(fact: Fact, text: str) -> str:
    choices = fact.choices or {}
    for key, label in choices.items():
        if plain(text) in (plain(key), plain(str(label))):
            return key
    raise NotUnderstood(
        gettext("Choose one of these: %(choices)s.")
        % {"choices": "; ".join(map(str, choices.values()))}
    )


# Rows against the records -------------------------------------------------------------------------


@dataclass
class Checker:
    """Looks at rows in their order: whether they can be entered, and who is there already.

    ``by`` is who wants to know: of clients out of their reach nothing is told.
    """

    reader: Reader
    on: date
    by: User | None
    _seen: dict[tuple[object, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._letters = Letters(self.on)

    def check(self, lines: Sequence[Line]) -> list[Finding]:
        """What is found about some rows. The database is asked a fixed number of questions."""
        read = [self.reader.entry(line) for line in lines]
        campaign = self.reader.campaign
        entries = [one and entering.of_campaign(one, campaign) for one, _problems in read]
        team = self.reader.team
        persons = [
            entering.fingerprint(team, one.intake, one.account) if one else "" for one in entries
        ]
        rows = [one for one in entries if one]
        known = _Records(team, campaign, rows, set(persons) - {""}, self.by)
        found = []
        for at, (line, entry) in enumerate(zip(lines, entries, strict=True)):
            if entry is None:
                found.append(Finding(WRONG, tuple(read[at][1])))
            else:
                found.append(self._finding(line, entry, persons[at], known))
        return found

    def _finding(self, line: Line, entry: Entry, person: str, known: _Records) -> Finding:
        client = Client(**clients.columns_of(entry.intake))
        try:
            if entry.asks:
                self._letters.letter(client, entering.asked_of(entry))
        except NotPossible as error:
            return Finding(WRONG, (Problem(None, str(error)),))
        letter = (entry.platform, entry.law, entry.right)
        same_as = self._same_as(line, entry, person, letter)
        if same_as:
            return Finding(THERE, same_as=same_as)
        there = known.client(entry, person)
        if there is None:
            return Finding(NEW)
        if there.pk in known.out_of_reach:
            return Finding(WRONG, (Problem(None, str(entering.NOT_YOURS)),))
        if not entering.is_of(there, entry):
            column = self.reader.at.get("outside_id")
            return Finding(WRONG, (Problem(column, str(entering.OTHER_NAME)),))
        differs = entering.differences(there, entry)
        verdict = THERE if known.has(there, letter) else NEW
        return Finding(verdict, differs=differs, client=there.number)

    def _same_as(self, line: Line, entry: Entry, person: str, letter: tuple[str, ...]) -> int:
        """The row above that is about the same person, and asks for the same; 0 without one."""
        keys: list[tuple[object, ...]] = [("person", person, letter)]
        if entry.outside_id:
            keys = [("number", entry.outside_id, letter), ("person without", person, letter)]
        else:
            keys.append(("person without", person, letter))
        found = next((self._seen[key] for key in keys if key in self._seen), 0)
        if not found:
            self._seen[("person", person, letter)] = line.number
            kept = ("number", entry.outside_id, letter) if entry.outside_id else keys[-1]
            self._seen[kept] = line.number
        return found


class _Records:
    """Who of some entries is in the records, asked at once."""

    def __init__(
        self,
        team: Team,
        campaign: Campaign | None,
        entries: Sequence[Entry],
        persons: AbstractSet[str],
        by: User | None,
    ) -> None:
        numbers = {one.outside_id for one in entries if one.outside_id}
        numbered = Client.objects.filter(team=team, outside_id__in=numbers) if numbers else ()
        self._numbered = {one.outside_id: one for one in numbered}
        self._persons: dict[str, list[Client]] = {}
        records = EntryRecord.objects.filter(team=team, person__in=persons)
        for record in records.select_related("client").order_by("pk"):
            self._persons.setdefault(record.person, []).append(record.client)
        known = {one.pk for one in self._numbered.values()}
        known |= {one.pk for found in self._persons.values() for one in found}
        self.out_of_reach = known
        if known and by is not None:
            self.out_of_reach = entering.out_of_reach(team, known, by)
        asked = EntryRecord.objects.filter(client__in=known, campaign=campaign) if known else None
        self._asked = (
            set(asked.values_list("client", "platform", "law", "kind")) if asked is not None else ()
        )

    def client(self, entry: Entry, person: str) -> Client | None:
        """As ``entering.known_client``."""
        if entry.outside_id in self._numbered:
            return self._numbered[entry.outside_id]
        for client in self._persons.get(person, ()):
            if not (entry.outside_id and client.outside_id):
                return client
        return None

    def has(self, client: Client, letter: tuple[str, str, str]) -> bool:
        return (client.pk, *letter) in self._asked
