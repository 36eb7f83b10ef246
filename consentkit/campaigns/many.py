"""Entering many people: what ``entering.enter`` leaves behind for each, with few statements.

The rows are the same, column by column, and in the same order: numbers of clients and matters, the
searches for conflicts, the logs and their chains. What many have in common (whether the letter can
be written, the dates that follow) is worked out once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from consentkit.cases.log import BadFact
from consentkit.cases.models import Case
from consentkit.cases.opening import Opener, Opening, columns_of
from consentkit.clients import actions as clients
from consentkit.clients.conflicts import Hit, Known, asked, names_of_client
from consentkit.clients.models import Client, ConflictCheck, Consent, Party
from consentkit.clients.register import Register
from consentkit.clients.wordings import processing
from consentkit.letters.actions import about, made_details
from consentkit.letters.compose import compose
from consentkit.letters.facts import FACTS, Kind
from consentkit.letters.house import House
from consentkit.letters.house_texts import house_for, in_matter
from consentkit.letters.keeping import as_json, company_as_json, filled_in
from consentkit.letters.models import Letter
from consentkit.letters.request import LetterRequest
from consentkit.letters.role import is_to_authority
from consentkit.platforms.records import PlatformRecord
from consentkit.rows import Row, insert
from consentkit.teams.access import Forbidden, require
from consentkit.teams.actions import NotPossible, matter_numbers
from consentkit.teams.audit import Note, note_many
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from . import entering
from .entering import Entered, Entry, Outcome
from .models import Campaign, EntryRecord

# Facts whose words decide nothing about a letter but where they stand.
FREE = frozenset(key for key, fact in FACTS.items() if fact.kind in (Kind.LINE, Kind.TEXT)) | {
    "person_born"
}
STATE = ConflictCheck.State
AT_ONCE = 500  # rows that one statement changes


@dataclass(frozen=True)
class Refused:
    """Somebody who was not entered, and why, in words."""

    reason: str


@dataclass(frozen=True)
class Shape:
    """What letters have in common that differ in nothing but names, addresses and words."""

    place: str
    rights: tuple[str, ...]
    addressees: tuple[str, ...]


@dataclass
class Letters:
    """The letters that entries ask for; whether such a letter can be written is found out once."""

    on: date
    companies: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # as JSON says them
    _shapes: dict[tuple[object, ...], Shape | NotPossible] = field(default_factory=dict)
    _companies: dict[str, PlatformRecord] = field(default_factory=dict)
    _houses: dict[tuple[str, str, str], House] = field(default_factory=dict)

    def letter(self, client: Client, asked: Mapping[str, Any]) -> tuple[LetterRequest, Shape]:
        """The letter for somebody, as ``entering.letter_of`` makes it. Raises NotPossible."""
        company = self.company(asked["platform"])
        request = entering.draft_request(client, asked, self.on, company)
        key = _shape(request, client, self.on)
        if key not in self._shapes:
            self._shapes[key] = self._look(client, request)
        shape = self._shapes[key]
        if isinstance(shape, NotPossible):
            raise shape
        return request, shape

    def _look(self, client: Client, request: LetterRequest) -> Shape | NotPossible:
        try:
            entering.can_be_written(request, client, self.on)
            place = entering.owed_in(request)
        except NotPossible as error:
            return error
        draft = compose(request)
        return Shape(place, draft.rights, tuple(one.name for one in draft.addressees))

    def house(self, team: Team, campaign: Campaign | None, request: LetterRequest) -> House:
        """The house texts of such a letter."""
        key = request.law, request.right, request.language
        if key not in self._houses:
            law, kind, language = key
            paragraph = campaign.house if campaign else None
            self._houses[key] = house_for(
                team, law=law, kind=kind, language=language, paragraph=paragraph
            )
        return self._houses[key]

    def company(self, slug: str) -> PlatformRecord:
        """A listed company. Raises NotPossible."""
        if slug not in self._companies:
            self._companies[slug] = entering.company(slug)
            self.companies[slug] = company_as_json(self._companies[slug])
        return self._companies[slug]


def _shape(request: LetterRequest, client: Client, on: date) -> tuple[object, ...]:
    """What decides whether a letter can be written, to whom it goes, and what it exercises."""
    sender, account = request.sender, request.account
    told = (sender.name, sender.email, sender.phone)
    facts = [(key, key in FREE or value) for key, value in sorted(request.facts.items())]
    child = client.acts_as == Client.ActsAs.PARENT
    born = client.born_on if child else None
    return (
        request.law,
        request.right,
        request.platform.slug,
        request.language,
        request.residence,
        tuple(bool(one.strip()) for one in told),
        bool(sender.address),
        bool(account.handle),
        bool(account.email),
        tuple(facts),
        client.acts_as,
        entering.age(born, on) if born else None,
    )


@dataclass
class Entering:
    """One run of entering people into a team. It may have many parts, each a transaction."""

    team: Team
    campaign: Campaign | None
    by: User
    on: date

    def __post_init__(self) -> None:
        self._register = Register(self.team)
        self.letters = Letters(self.on)

    def enter(self, entries: Sequence[Entry]) -> list[Entered | Refused]:
        """Enter some people; what came of each, in their order. Safe to repeat.

        Whoever cannot be entered is refused alone. Raises Forbidden.
        """
        require(self.by, Permission.CLIENTS, self.team)
        with transaction.atomic():
            Team.objects.select_for_update(no_key=True).get(pk=self.team.pk)
            self._register.refresh()
            part = _Part(self, [entering.of_campaign(one, self.campaign) for one in entries])
            results = part.enter(self._register)
            self._register.settle()
        return results


def enter_many(
    team: Team,
    entries: Sequence[Entry],
    *,
    campaign: Campaign | None = None,
    by: User,
    on: date,
) -> list[Entered | Refused]:
    """Enter some people at once; what came of each, in their order. Safe to repeat."""
    return Entering(team, campaign, by, on).enter(entries)


@dataclass
class _New:
    """Somebody whom the team does not have yet, while they are being entered."""

    entry: Entry
    person: str
    client: Client
    letter: tuple[LetterRequest, Shape] | None
    parties: list[Party] = field(default_factory=list)
    consent: int = 0
    compared: int = 0
    hits: Sequence[Hit] = ()
    case: Case | None = None


class _Part:
    """The people who are entered in one transaction."""

    def __init__(self, run: Entering, entries: Sequence[Entry]) -> None:
        self.run, self.entries = run, entries
        self.team, self.by, self.on = run.team, run.by, run.on
        self.new: list[_New] = []
        self.results: dict[int, Entered | Refused] = {}
        self.places: dict[int, int] = {}  # of an entry, the place of whom it is about
        self.persons = [entering.fingerprint(run.team, one.intake, one.account) for one in entries]
        self.known = _Known(run.team, entries, self.persons)

    def enter(self, register: Register) -> list[Entered | Refused]:
        again: list[tuple[int, Entry]] = []
        for at, entry in enumerate(self.entries):
            try:
                self._sort(at, entry, again)
            except (NotPossible, BadFact) as error:
                self.results[at] = Refused(str(error))
        if self.new:
            self._take_in()
            self._search(register)
            self._open()
            self._keep()
            note_many(self.team, self._notes(), by=self.by)
            for one in self.new:
                if one.entry.signed:
                    entering.sign(one.client, one.entry, by=self.by, on=self.on)
        for at, place in self.places.items():
            self.results[at] = self._told(self.new[place])
        for at, entry in again:
            self.results[at] = self._again(entry)
        return [self.results[at] for at in range(len(self.entries))]

    def _sort(self, at: int, entry: Entry, again: list[tuple[int, Entry]]) -> None:
        """Find out whether somebody is new. Raises NotPossible."""
        clients.complete(entry.intake)
        if not entry.intake.consents:
            raise NotPossible(clients.NO_CONSENT)
        client = Client(
            team=self.team,
            made_at=timezone.now(),
            outside_id=entry.outside_id,
            **clients.columns_of(entry.intake),
        )
        letter = None
        if entry.asks:
            letter = self.run.letters.letter(client, entering.asked_of(entry))
        person = self.persons[at]
        if self.known.find(entry, person):
            # Somebody who is there already, be it from this very part: they come one by one.
            again.append((at, entry))
            return
        self.known.add(entry, person)
        self.places[at] = len(self.new)
        self.new.append(_New(entry, person, client, letter))

    def _again(self, entry: Entry) -> Entered | Refused:
        try:
            with transaction.atomic():
                return entering.enter(
                    self.team, entry, campaign=self.run.campaign, by=self.by, on=self.on
                )
        except (NotPossible, BadFact) as error:
            return Refused(str(error))
        except Forbidden:  # whether they may enter anybody was asked before
            return Refused(str(entering.NOT_YOURS))

    def _told(self, one: _New) -> Entered:
        if not one.entry.asks:
            return Entered(one.client, None, Outcome.TAKEN_IN)
        return Entered(one.client, one.case, Outcome.OPENED if one.case else Outcome.WAITS)

    # Rows -----------------------------------------------------------------------------------------

    def _take_in(self) -> None:
        number = clients.next_number(self.team)
        for at, one in enumerate(self.new):
            one.client.number = number + at
        keys = insert(Client, [columns_of(one.client) for one in self.new])
        for one, key in zip(self.new, keys, strict=True):
            one.client.pk = key
        for one, key in zip(self.new, insert(Consent, self._consents()), strict=True):
            one.consent = key
        named = [(one, row) for one in self.new for row in _parties(one)]
        keys = insert(Party, [row for _one, row in named])
        for (one, row), key in zip(named, keys, strict=True):
            one.parties.append(Party(pk=key, **row))

    def _consents(self) -> list[Row]:
        wordings = {}
        for one in self.new:
            if one.client.language not in wordings:
                wordings[one.client.language] = processing(one.client)
        return [
            {
                "client_id": one.client.pk,
                "toward": "us",
                "subject": "processing",
                "wording": wordings[one.client.language],
                "wording_sha256": sha256(wordings[one.client.language].encode()).hexdigest(),
                "given_on": one.entry.agreed_on or self.on,
                "how": one.entry.how,
                "made_at": timezone.now(),
            }
            for one in self.new
        ]

    def _search(self, register: Register) -> None:
        """Search for conflicts one after the other: each meets those before it."""
        campaign = self.run.campaign
        beside = set(entering.members(campaign)) if campaign else set()
        for one in self.new:
            wanted = asked(one.client, one.parties, beside)
            one.compared, one.hits = register.search(wanted, of=one.client)
            if campaign:
                beside.add(one.client.pk)
            for name in names_of_client(one.client):
                register.add(Known("client", one.client.pk, one.client.pk, None, name))
            for party in one.parties:
                register.add(Known(party.role, party.pk, one.client.pk, None, party.name))
        insert(ConflictCheck, [self._check(one) for one in self.new])
        free = [one for one in self.new if not one.hits]
        for one in free:
            one.client.stage = Client.Stage.OPEN
        for start in range(0, len(free), AT_ONCE):
            keys = [one.client.pk for one in free[start : start + AT_ONCE]]
            Client.objects.filter(pk__in=keys).update(stage=Client.Stage.OPEN)

    def _check(self, one: _New) -> Row:
        return {
            "team_id": self.team.pk,
            "client_id": one.client.pk,
            "asked_by_id": self.by.pk,
            "asked_at": timezone.now(),
            "searched": one.compared,
            "hits": [[str(hit.known.what), hit.known.pk, hit.score] for hit in one.hits],
            "state": STATE.WAITING if one.hits else STATE.CLEAR,
        }

    def _open(self) -> None:
        opening = [one for one in self.new if one.letter is not None and not one.hits]
        numbers = matter_numbers(self.team, self.on, len(opening)) if opening else []
        made = [self._made(one, number) for one, number in zip(opening, numbers, strict=True)]
        Opener(self.by, self.on).open([opened for opened, _request in made])
        companies = self.run.letters.companies
        insert(
            Letter,
            [
                _letter(opened.case, request, companies[request.platform.slug])
                for opened, request in made
            ],
        )

    def _made(self, one: _New, number: str) -> tuple[Opening, LetterRequest]:
        assert one.letter is not None
        request, shape = one.letter
        campaign = self.run.campaign
        one.case = Case(
            owner=self.by,
            law=request.law,
            kind=request.right,
            rights=list(shape.rights),
            place=shape.place,
            platform=request.platform.slug,
            language=request.language,
            reference=request.reference(),
            about=about(request, shape.addressees),
            team=self.team,
            client=one.client,
            matter_number=number,
            campaign=campaign,
        )
        house = self.run.letters.house(self.team, campaign, request)
        request = replace(request, house=in_matter(house, one.case))
        parties = [party.name for party in one.parties]
        return Opening(one.case, made_details(request, 1), parties, filled_in(request)), request

    def _keep(self) -> None:
        """Keep who was entered, and what waits."""
        campaign = self.run.campaign
        insert(
            EntryRecord,
            [
                {
                    "team_id": self.team.pk,
                    "client_id": one.client.pk,
                    "campaign_id": campaign.pk if campaign else None,
                    "case_id": one.case.pk if one.case else None,
                    "person": one.person,
                    "platform": one.entry.platform,
                    "law": one.entry.law,
                    "kind": one.entry.right,
                    "asked": {} if one.case or not one.entry.asks else entering.asked_of(one.entry),
                    "by_id": self.by.pk,
                    "made_at": timezone.now(),
                }
                for one in self.new
            ],
        )

    def _notes(self) -> list[Note]:
        return [note for one in self.new for note in _notes(one)]


def _parties(one: _New) -> list[Row]:
    role, intake = Party.Role, one.entry.intake
    return [
        {
            "team_id": one.client.team_id,
            "client_id": one.client.pk,
            "role": kind,
            "name": name.strip(),
            "made_at": timezone.now(),
        }
        for kind, names in ((role.ADVERSE, intake.adverse), (role.RELATED, intake.related))
        for name in names
        if name.strip()
    ]


def _letter(case: Case, request: LetterRequest, company: Mapping[str, Any]) -> Row:
    return {
        "case_id": case.pk,
        "number": 1,
        "law": request.law,
        "kind": request.right,
        "language": request.language,
        "to_authority": is_to_authority(request.law, request.right),
        "made_at": timezone.now(),
        "request": as_json(request, company),
    }


def _notes(one: _New) -> list[Note]:
    """What the audit log says of one person, in the order in which it happens."""
    pk = one.client.pk
    found = {"compared": one.compared, "found": len(one.hits)}
    notes = [
        Note("client.taken_in", "client", pk, {"number": one.client.number}),
        Note("consent.given", "client", pk, {"consent": one.consent, "subject": "processing"}),
        *(
            Note("party.added", "client", pk, {"role": str(party.role), "party": party.pk})
            for party in one.parties
        ),
        Note("conflict.checked", "client", pk, found),
    ]
    if one.case is not None:
        notes.append(Note("case.opened", "case", one.case.pk))
        notes.append(Note("case.made", "case", one.case.pk, {"fact": 1}))
    return notes


class _Known:
    """Who of some entries is known already, asked at once; and who comes twice among them."""

    def __init__(self, team: Team, entries: Sequence[Entry], persons: Sequence[str]) -> None:
        numbers = {one.outside_id for one in entries if one.outside_id}
        numbered = Client.objects.filter(team=team, outside_id__in=numbers)
        self._numbers = set(numbered.values_list("outside_id", flat=True))
        self._persons: dict[str, set[str]] = {}
        records = EntryRecord.objects.filter(team=team, person__in=persons)
        for person, number in records.values_list("person", "client__outside_id"):
            self._persons.setdefault(person, set()).add(number)

    def find(self, entry: Entry, person: str) -> bool:
        """Whether ``entering.known_client`` will find somebody."""
        if entry.outside_id and entry.outside_id in self._numbers:
            return True
        known = self._persons.get(person, ())
        return any(not (entry.outside_id and number) for number in known)

    def add(self, entry: Entry, person: str) -> None:
        if entry.outside_id:
            self._numbers.add(entry.outside_id)
        self._persons.setdefault(person, set()).add(entry.outside_id)
