"""Entering people: a client with what is asked for them, from a campaign's page or a spreadsheet.

Whoever is entered becomes a client, whose conflicts are searched, and gets a case with its opening
letter as a draft. Where a conflict has to be decided first, what was asked is kept, and the case
opens once it is decided. Entering the same person again changes nothing: it gives what is there,
and says what differs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case
from consentkit.clients import actions as clients
from consentkit.clients.actions import Intake, Strokes
from consentkit.clients.conflicts import may_open
from consentkit.clients.mandates import NoMandate, mandate_for
from consentkit.clients.models import Client, ConflictCheck
from consentkit.clients.names import may_be_same, name_of
from consentkit.confidential.addresses import normal
from consentkit.law.applicability import Situation, State, assess
from consentkit.law.statutes import LAWS, law_of
from consentkit.letters.actions import take_in
from consentkit.letters.compose import MissingFact, NotProtected, compose
from consentkit.letters.facts import FACTS, WrongFact, check_facts
from consentkit.letters.house import House
from consentkit.letters.owed import paper_of, place_of_answer
from consentkit.letters.request import Account, LetterRequest, Sender
from consentkit.letters.texts import languages
from consentkit.platforms.models import Platform
from consentkit.platforms.records import NoAddressee, PlatformRecord
from consentkit.teams.access import Forbidden, client_reach, may, require
from consentkit.teams.actions import NotPossible
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from .models import Campaign, EntryRecord

NO_ACCOUNT = Account()
NO_HOUSE = House()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Somebody to enter. Without a ``platform`` they become a client and nothing is asked.

    ``platform`` is the slug of a listed company, ``right`` the kind of the opening letter,
    ``language`` that of the letter (empty: the client's, where the letter exists in it). ``how``
    they agreed that we work with their data is a key of ``wordings.HOWS``, ``agreed_on`` the day
    where it is another one than that of the letter. A mandate that they signed comes as ``strokes``
    or as a ``scan``; without one the letter waits as a draft.
    """

    intake: Intake
    platform: str = ""
    law: str = ""
    right: str = ""
    account: Account = NO_ACCOUNT
    facts: Mapping[str, object] = field(default_factory=dict)
    language: str = ""
    how: str = "intake"
    agreed_on: date | None = None
    strokes: Strokes = ()
    scan: bytes = b""

    @property
    def outside_id(self) -> str:
        return self.intake.outside_id

    @property
    def asks(self) -> bool:
        return bool(self.platform)

    @property
    def signed(self) -> bool:
        return any(self.strokes) or bool(self.scan)


class Outcome(StrEnum):
    """What came of an entry."""

    OPENED = "opened"  # the case is there, with its letter
    TAKEN_IN = "taken_in"  # a client, for whom nothing was asked
    WAITS = "waits"  # for a decision about a conflict
    THERE = "there"  # it was there before, and nothing has changed


@dataclass(frozen=True)
class Entered:
    """What is there after somebody was entered. ``differs`` names what the entry says otherwise."""

    client: Client
    case: Case | None
    outcome: Outcome
    differs: tuple[str, ...] = ()


@transaction.atomic
def enter(
    team: Team, entry: Entry, *, campaign: Campaign | None = None, by: User, on: date
) -> Entered:
    """Enter one person; ``on`` is the day of the letter and of their consent. Safe to repeat.

    Raises Forbidden, also for somebody who is there and out of reach of ``by``; NotPossible where
    something is missing or does not fit, and OutsideMandate where the client's mandate was revoked,
    has ended or does not cover the letter.
    """
    require(by, Permission.CLIENTS, team)
    # Two who enter the same person at the same moment must see each other.
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    entry = of_campaign(entry, campaign)
    if entry.asks:
        owed_in(request_of(entry, on))
    client = known_client(team, entry)
    if client is not None and out_of_reach(team, [client.pk], by):
        # What is known of them would be told by what is said to differ.
        raise Forbidden(f"user {by.pk}: client {client.pk}")
    if client is not None and not is_of(client, entry):
        raise NotPossible(OTHER_NAME)
    differs = differences(client, entry) if client else ()
    if client is None:
        client = clients.taken_in(
            team,
            entry.intake,
            by=by,
            on=entry.agreed_on or on,
            how=entry.how,
            beside=members(campaign) if campaign else (),
        )
    record, is_new = _record(team, client, entry, campaign, by=by)
    if entry.signed:
        sign(client, entry, by=by, on=on)
    if not is_new:
        outcome = Outcome.WAITS if record.waits else Outcome.THERE
        return Entered(client, record.case, outcome, differs)
    if not entry.asks:
        return Entered(client, None, Outcome.TAKEN_IN, differs)
    case = _open(record, owner=by, on=on) if may_open(client) else None
    return Entered(client, case, Outcome.OPENED if case else Outcome.WAITS, differs)


def of_campaign(entry: Entry, campaign: Campaign | None) -> Entry:
    """The entry as a campaign has it: its company, its letter, and its language by default."""
    if campaign is None:
        return entry
    own = entry.language or entry.intake.language
    return replace(
        entry,
        platform=campaign.platform,
        law=campaign.law,
        right=campaign.kind,
        language=own if own in campaign.languages else campaign.language,
    )


def members(campaign: Campaign) -> frozenset[int]:
    """The clients of a campaign. They ask for the same of the same company, so that two of one
    name are no conflict."""
    return frozenset(EntryRecord.objects.filter(campaign=campaign).values_list("client", flat=True))


# Who it is ----------------------------------------------------------------------------------------


def fingerprint(team: Team, intake: Intake, account: Account) -> str:
    """By what somebody is known again: their name, and whatever is most their own besides."""
    address = " ".join(" ".join(intake.address).casefold().split())
    own = [normal(intake.email), account.handle.casefold(), intake.phone, address]
    name = " ".join(sorted(name_of(intake.name).words)) or intake.name.casefold().strip()
    born = intake.born.isoformat() if intake.born else ""
    told = [team.pk, name, born, next(filter(None, own), "")]
    return sha256(json.dumps(told).encode()).hexdigest()[:40].upper()


def known_client(team: Team, entry: Entry) -> Client | None:
    """The client who was entered before as the same person, or has the same outside number."""
    if entry.outside_id:
        numbered = Client.objects.filter(team=team, outside_id=entry.outside_id).first()
        if numbered is not None:
            return numbered
    person = fingerprint(team, entry.intake, entry.account)
    records = EntryRecord.objects.filter(team=team, person=person).select_related("client")
    for record in records.order_by("pk"):
        if not (entry.outside_id and record.client.outside_id):
            return record.client
    return None


def out_of_reach(team: Team, clients: Collection[int], by: User) -> set[int]:
    """Those of some clients of a team with whom somebody may not work."""
    reached = Client.objects.filter(client_reach(by, Permission.CLIENTS), team=team, pk__in=clients)
    return set(clients).difference(reached.values_list("pk", flat=True))


NOT_YOURS = _("You cannot enter this person. Ask somebody who runs the team.")
OTHER_NAME = _("This number belongs to somebody of another name.")


def is_of(client: Client, entry: Entry) -> bool:
    """Whether an entry can be about a client with its outside number, by their names."""
    told = entry.intake.name
    return any(may_be_same(name, told) for name in (client.name, *client.other_names))


# What an entry can say of a client that the record says otherwise.
def _told(intake: Intake) -> dict[str, Any]:
    return {
        "name": intake.name.strip(),
        "email": intake.email,
        "phone": intake.phone,
        "address": [line.strip() for line in intake.address if line.strip()],
        "born": intake.born.isoformat() if intake.born else "",
        "residence": intake.residence,
        "representative": intake.representative.strip(),
        "outside_id": intake.outside_id,
    }


def differences(client: Client, entry: Entry) -> tuple[str, ...]:
    """What an entry says of somebody otherwise than the record does; silence is no difference."""
    known = {
        **{name: client.contact.get(name, "") for name in ("email", "phone", "address")},
        **{
            name: getattr(client, name)
            for name in ("name", "born", "residence", "representative", "outside_id")
        },
    }
    told = _told(entry.intake)
    return tuple(name for name, value in told.items() if value and value != known[name])


# What is asked ------------------------------------------------------------------------------------


def request_of(entry: Entry, on: date, *, house: House = NO_HOUSE) -> LetterRequest:
    """The letter that an entry asks for. Raises NotPossible where it could not be written."""
    client = Client(**clients.columns_of(entry.intake))
    return replace(letter_of(client, asked_of(entry), on), house=house)


def asked_of(entry: Entry) -> dict[str, Any]:
    """What an entry asks for, as it is kept while a case waits."""
    return {
        "platform": entry.platform,
        "law": entry.law,
        "right": entry.right,
        "language": entry.language or entry.intake.language,
        "account": [entry.account.handle, entry.account.email],
        "facts": {name: _plain(value) for name, value in entry.facts.items()},
    }


def letter_of(client: Client, asked: Mapping[str, Any], on: date) -> LetterRequest:
    """The letter for somebody, by what was asked for them. Raises NotPossible."""
    request = draft_request(client, asked, on, company(asked["platform"]))
    can_be_written(request, client, on)
    return request


def can_be_written(request: LetterRequest, client: Client, on: date) -> None:
    """Raise NotPossible where a letter misses something, or does not fit."""
    try:
        _protects(request, client, on)
        compose(request)
    except MissingFact as error:
        raise NotPossible(missing(error.facts)) from None
    except NoAddressee:
        raise NotPossible(
            _("We do not know whom somebody who lives there writes to at this company.")
        ) from None
    except NotProtected:
        raise NotPossible(_("This law does not protect people who live there.")) from None


def draft_request(
    client: Client, asked: Mapping[str, Any], on: date, company: PlatformRecord
) -> LetterRequest:
    """The letter for somebody, whether or not it can be written. Raises NotPossible."""
    represented = client.acts_as != Client.ActsAs.SELF
    facts = dict(asked["facts"])
    if represented:
        facts |= {"acts_as": client.acts_as, "person_name": client.name}
        facts |= {"person_born": client.born} if client.born else {}
    law, right = asked["law"], asked["right"]
    known = languages(law, right) if law in LAWS else []
    if not known:
        raise NotPossible(_("There is no such letter."))
    contact = client.contact
    handle, email = asked["account"]
    try:
        facts = check_facts(facts)
    except WrongFact as error:
        raise NotPossible(str(error)) from None
    return LetterRequest(
        law=law,
        right=right,
        platform=company,
        language=asked["language"] if asked["language"] in known else known[0],
        paper=paper_of(client.residence),
        date=on,
        residence=client.residence,
        sender=Sender(
            name=client.representative if represented else client.name,
            address=tuple(contact.get("address", ())),
            email=contact.get("email", ""),
            phone=contact.get("phone", ""),
        ),
        # Where they know the account by its name, no address is called that of the account.
        account=Account(handle, email or ("" if handle else contact.get("email", ""))),
        facts=facts,
    )


def company(slug: str) -> PlatformRecord:
    """A listed company. Raises NotPossible."""
    found = Platform.objects.filter(slug=slug, listed=True).prefetch_related("entities").first()
    if found is None:
        raise NotPossible(_("There is no such company in our list."))
    return found.record()


def _protects(request: LetterRequest, client: Client, on: date) -> None:
    """Raise NotProtected unless the law helps this person against this company."""
    law = law_of(request.law)
    child = client.acts_as == Client.ActsAs.PARENT
    born = client.born_on
    companies = request.platform.addressees(request.residence, on)
    situation = Situation(
        residence=request.residence,
        on=on,
        controller_in=next((one.country for one in companies if one.country), None),
        relation=str(request.facts.get("relation", "user")),
        child=child,
        child_under=age(born, on) + 1 if child and born else None,
        platform_categories=frozenset(request.platform.categories),
    )
    verdicts = {one.law.key: one for one in assess(situation, off=settings.LAWS_OFF)}
    verdict = verdicts.get(law.key)
    helps = verdict is not None and (
        verdict.state is State.APPLIES
        or (verdict.state is State.DEPENDS_ON and law.only_place in (None, request.residence))
    )
    if not helps:
        raise NotProtected(f"{law.key} in {request.residence}")


def age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


# What a letter misses, by its name there.
MISSING: dict[str, str | Promise] = {
    "sender.name": _("the name"),
    "sender.email or sender.address": _("an e-mail address or a postal address"),
    "account.handle or account.email": _("the name or the e-mail address of the account"),
}


def missing(facts: Sequence[str]) -> str:
    """What is missing for a letter, in a sentence."""
    labels = {**MISSING, **{f"facts.{key}": fact.label for key, fact in FACTS.items()}}
    told = "; ".join(str(labels.get(one, one)) for one in facts)
    return gettext("The letter needs this besides: %(facts)s.") % {"facts": told}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


# Keeping it ---------------------------------------------------------------------------------------


def _record(
    team: Team, client: Client, entry: Entry, campaign: Campaign | None, *, by: User
) -> tuple[EntryRecord, bool]:
    """What is kept of an entry, and whether it is new."""
    return EntryRecord.objects.get_or_create(
        client=client,
        campaign=campaign,
        platform=entry.platform,
        law=entry.law,
        kind=entry.right,
        defaults={
            "team": team,
            "person": fingerprint(team, entry.intake, entry.account),
            "asked": asked_of(entry) if entry.asks else {},
            "by": by,
            "made_at": timezone.now(),
        },
    )


def sign(client: Client, entry: Entry, *, by: User, on: date) -> None:
    """Keep the mandate that came with an entry: for this law and company, and every letter.

    Where one covers the letter already, it is enough.
    """
    try:
        mandate_for(client, law=entry.law, kind=entry.right, platform=entry.platform, on=on)
    except NoMandate:
        pass
    else:
        return
    laws, platforms = {}, {}
    if entry.asks:
        laws = {entry.law: law_of(entry.law).short_title}
        platforms = {entry.platform: company(entry.platform).name}
    mandate = clients.draft_mandate(client, by=by, starts_on=on, laws=laws, platforms=platforms)
    signer = entry.intake.representative or entry.intake.name
    clients.sign(mandate, by=by, signer=signer, on=on, strokes=entry.strokes, scan=entry.scan)


def _open(record: EntryRecord, *, owner: User, on: date) -> Case:
    """The case of an entry, with its letter. Raises NotPossible, and OutsideMandate."""
    request = letter_of(record.client, record.asked, on)
    case = take_in(
        request,
        owner=owner,
        place=owed_in(request),
        team=record.team,
        client=record.client,
        campaign=record.campaign_id,
        mandate_later=True,
    )
    record.case, record.asked = case, {}
    record.save(update_fields=["case", "asked"])
    return case


def owed_in(request: LetterRequest) -> str:
    """Where the answer to a letter is owed. Raises NotPossible."""
    companies = request.platform.addressees(request.residence, request.date)
    place = place_of_answer(law_of(request.law), companies, request.residence)
    if place is None:
        raise NotPossible(_("We know no holidays for this place, so we could not count its dates."))
    return place


@transaction.atomic
def open_waiting(client: Client, *, on: date) -> int:
    """Open what waited for a decision about a client, once it is decided; gives how many cases.

    Where we do not act for the client, what was asked is forgotten. Safe to repeat.
    """
    Team.objects.select_for_update(no_key=True).get(pk=client.team_id)
    waiting = EntryRecord.objects.filter(client=client, case=None).select_related(
        "team", "client", "campaign", "by"
    )
    if client.stage == Client.Stage.DECLINED:
        waiting.update(asked={})
    if not may_open(client):
        return 0
    opened = 0
    for record in waiting:
        owner = _owner(record) if record.waits else None
        if owner is not None:
            _open(record, owner=owner, on=on)
            opened += 1
    return opened


def decided() -> QuerySet[Client]:
    """The clients for whom we act, and for whom something waits all the same."""
    waiting = EntryRecord.objects.filter(case=None).exclude(platform="")
    undecided = ConflictCheck.objects.filter(state=ConflictCheck.State.WAITING)
    clients = Client.objects.filter(pk__in=waiting.values("client"), stage=Client.Stage.OPEN)
    return clients.exclude(pk__in=undecided.values("client"))


def _owner(record: EntryRecord) -> User | None:
    """Who answers for a case that waited: whoever entered it, else whoever decided, if they may."""
    checks = record.client.conflict_checks.select_related("decided_by")
    for person in (record.by, *(one.decided_by for one in checks)):
        if person is None or not may(person, Permission.DRAFT, record.team):
            continue
        reached = client_reach(person, Permission.CLIENTS)
        if Client.objects.filter(reached, pk=record.client_id).exists():
            return person
    return None
