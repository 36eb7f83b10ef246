"""Many people at once leave behind what each of them alone would have left."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from itertools import count

import pytest
from django.db import models

from consentkit.campaigns.entering import Entry, enter
from consentkit.campaigns.many import Entering, Refused, enter_many
from consentkit.campaigns.models import Campaign
from consentkit.cases.actions import verify
from consentkit.cases.models import Case
from consentkit.clients import conflicts
from consentkit.clients.actions import Intake, own_conflict
from consentkit.clients.models import Client, ConflictCheck
from consentkit.clients.names import LIKE, name_of
from consentkit.clients.register import Register
from consentkit.letters.request import Account
from consentkit.teams import audit
from consentkit.teams.models import AuditEntry, Team
from tests.clients.people import comes

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)

# One name in many spellings and scripts, and others that only look like it.
FIRST = """Jörg Joerg Jorg J. Мария Maria Mária María Marie Mohammed Muhammad محمد Mohamad Sergei
Сергей Sergey Yuki 由紀 Anna Ana Hanna Łukasz Lukas Lucas Chiara Kiara Søren Soeren Al-Rashid Elif
Θεόδωρος Theodoros Ó'Brien OBrien 민준 Min-jun Jan Jan-Peter Peter Pet""".split()
LAST = """Müller Mueller Muller Miller Meyer Meier Maier Мюллер Иванова Ivanova Iwanowa Hassan حسن
Kim 김 Park 田中 Tanaka Núñez Nunez Nuñes Çelik Celik Celic Kowalska Kowalski Schmidt Schmitt Schmid
von Straßenberg-Wolfenstein Strassenberg-Wolfenstein Wolfenstein-Strasenbergh GmbH Παπαδόπουλος
Papadopoulos Smith Smyth Smithe O K Llc Ng Nguyễn Nguyen""".split()


def names(dice: random.Random) -> str:
    words = [dice.choice(FIRST), *(dice.choice(LAST) for _ in range(dice.choice((0, 1, 1, 1, 2))))]
    dice.shuffle(words)
    return " ".join(words)


def test_the_register_finds_what_the_single_search_finds(group, clara):
    """For hundreds of names, known and asked, in whatever spelling, order and script."""
    dice = random.Random(5)
    comes(group, clara, "Max Muster", adverse=["Jörg Müller", "Smyth GmbH"], related=["Ana Kim"])
    own_conflict(group, clara, "Мария Иванова", by=clara)
    numbers = count(100)
    Client.objects.bulk_create(
        Client(team=group, number=next(numbers), name=names(dice), residence="DE-BE",
               representative=names(dice) if dice.random() < 0.2 else "",
               other_names=[names(dice)] if dice.random() < 0.2 else [],
               stage=dice.choice(Client.Stage.values), made_at=group.made_at)
        for _ in range(250)
    )  # fmt: skip
    register = Register(group)
    hits = 0
    for client in Client.objects.filter(team=group).order_by("pk")[:70]:
        wanted = conflicts.asked(client, client.parties.all(), frozenset({client.pk + 1}))
        wanted.append(conflicts.Asked(names(dice), is_adverse=dice.random() < 0.3))
        single = conflicts.search(group, wanted, of=client)
        many = register.search(wanted, of=client)

        assert [(told(one)) for one in many[1]] == [told(one) for one in single[1]]
        assert many[0] == single[0]
        hits += len(single[1])
    assert hits > 300  # the test would see something missing


def told(hit):
    return hit.known.what, hit.known.pk, hit.score


def test_a_name_of_several_words_is_never_the_same_for_one_word_alone():
    assert LIKE * 2 > 1  # what ``Register._may_be`` relies on
    assert len(name_of("Ana Kim").words) == 2


def test_the_register_learns_what_somebody_else_added(group, clara):
    register = Register(group)
    client = comes(group, clara, "Jörg Müller")
    asked = [conflicts.Asked("Mueller J.")]
    assert register.search(asked, of=Client(team=group))[1] == []
    register.refresh()

    [hit] = register.search(asked, of=Client(team=group))[1]
    assert hit.known.pk == client.pk


# Row by row ---------------------------------------------------------------------------------------


def people() -> list[Entry]:
    """Everything that can make a difference to what is kept."""

    def one(name, **told):
        own = {key: told.pop(key) for key in ("account", "facts", "language", "how") if key in told}
        intake = {"residence": "DE-BE", "email": f"{name.split()[0].lower()}@example.org", **told}
        return Entry(intake=Intake(name=name, **intake), **own)

    return [
        one("Dora Demo", phone="030 1", address=("Demoplatz 2", "10115 Berlin"), outside_id="A-1"),
        one("Chiara Rossi", residence="IT", language="it", account=Account("@chiara", "")),
        one("Kim Kind", acts_as="parent", representative="Eva Eltern", born=date(2015, 5, 5)),
        one("Marek Nowak", residence="PL", adverse=["Meta"], related=["Ola Nowak"], how="paper"),
        one("Ola Nowak", facts={"scope": "My videos =1+1", "since": date(2020, 1, 1)}),
        one("Dora Demo", outside_id="A-1"),
        one("Nobody", residence="US-NY"),
    ]


UNLIKE = {"id", "code", "digest", "person"}


def rows(team: Team) -> dict[str, list[dict[str, object]]]:
    """Everything that hangs on the team's clients and cases, but for keys and moments."""
    found: dict[str, list[dict[str, object]]] = {}
    clients, cases = Client.objects.filter(team=team), Case.objects.filter(team=team)
    ids = {"client": list(clients.values_list("pk", flat=True).order_by("pk")),
           "case": list(cases.values_list("pk", flat=True).order_by("pk"))}  # fmt: skip
    of = [("Client", clients.order_by("pk")), ("Case", cases.order_by("pk"))]
    for model, own in ((Client, clients), (Case, cases)):
        for relation in model._meta.related_objects:
            name = f"{relation.related_model.__name__} {relation.field.name}"
            related = relation.related_model._default_manager
            of.append((name, related.filter(**{f"{relation.field.name}__in": own}).order_by("pk")))
    of.append(("AuditEntry", AuditEntry.objects.filter(team=team).order_by("number")))
    for name, query in of:
        found[name] = [plain(row, ids) for row in query]
    # Words are a set: in which order they were written says nothing.
    found["CaseWord case"].sort(key=lambda row: (row["case"], row["place"]))
    return found


def plain(row: models.Model, ids: dict[str, list[int]]) -> dict[str, object]:
    """A row without what differs from one run to the next: people and cases count from 0."""
    told: dict[str, object] = {}
    for one in row._meta.concrete_fields:
        value = getattr(row, one.attname)
        if one.name in UNLIKE or isinstance(one, models.DateTimeField) or one.name == "team":
            continue
        if one.name in ids and value is not None:
            value = ids[one.name].index(value)
        if one.name == "campaign":
            value = value is not None
        told[one.name] = bytes(value) if isinstance(value, memoryview) else value
    if isinstance(row, AuditEntry):
        told["thing_id"] = ids[row.thing].index(row.thing_id) if row.thing in ids else None
        told["details"] = {k: v for k, v in row.details.items() if k not in ("consent", "party")}
    if isinstance(row, ConflictCheck):
        told["hits"] = [[what, score] for what, _pk, score in row.hits]
    if "word" in told:
        told["word"] = told["place"]  # hashes differ from team to team
    return told


@pytest.mark.parametrize("joined", [True, False], ids=["in a campaign", "alone"])
def test_row_by_row_the_same_as_one_by_one(group, campaign, clara, cora, joined):
    """Every column of every table that hangs on a client or a case, the logs and the chains."""
    entries = people() if joined else [
        replace(one, platform="tiktok", law="eu-gdpr", right="access") for one in people()
    ]  # fmt: skip
    own_conflict(group, clara, "Meta", by=clara)
    twin = twin_of(group, campaign, clara)
    singly = []
    for entry in entries:
        try:
            singly.append(
                enter(group, entry, campaign=campaign if joined else None, by=clara, on=ON)
            )
        except ValueError as error:
            singly.append(Refused(str(error)))
    many = enter_many(
        twin, entries, campaign=twin.campaigns.get() if joined else None, by=clara, on=ON
    )

    assert [outcome(one) for one in many] == [outcome(one) for one in singly]
    assert [outcome(one)[0] for one in many] == EXPECTED
    one_by_one, at_once = rows(group), rows(twin)
    for name, expected in one_by_one.items():
        assert at_once[name] == expected, name
    assert audit.verify(twin) is None
    assert [verify(case) for case in Case.objects.filter(team=twin)] == [None] * 3


EXPECTED = ["opened", "opened", "opened", "waits", "waits", "there", "refused"]


def outcome(one):
    if isinstance(one, Refused):
        return "refused", one.reason
    return one.outcome.value, one.differs


def twin_of(group, campaign, clara) -> Team:
    """Another team of the same people, with the same campaign."""
    twin = Team.objects.create(slug="twin", name=group.name, made_at=group.made_at)
    for membership in group.memberships.all():
        membership.pk = None
        membership.team = twin
        membership.save()
    audit.note(twin, "team.founded", by=clara)
    own_conflict(twin, clara, "Meta", by=clara)
    copied = Campaign.objects.get(pk=campaign.pk)
    copied.pk, copied.team = None, twin
    copied.save()
    return twin


def test_twice_changes_nothing(group, campaign, cora):
    run = Entering(group, campaign, cora, ON)
    first, second = run.enter(people()), run.enter(people())

    assert [one.outcome for one in first if not isinstance(one, Refused)].count("opened") >= 3
    for before, after in zip(first, second, strict=True):
        if not isinstance(before, Refused):
            assert (after.client, after.case) == (before.client, before.case)
    assert Client.objects.count() == 5
