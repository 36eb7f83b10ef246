"""Letters of cases: taken in once, frozen once, and never changed after that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction

from consentkit.cases.log import BadFact, Detail
from consentkit.cases.models import Case
from consentkit.letters.actions import (
    Changed,
    Frozen,
    delete_draft,
    draft_letter,
    freeze,
    revise,
    take_in,
)
from consentkit.letters.compose import MissingFact, NotProtected, compose
from consentkit.letters.follow_up import request_for
from consentkit.letters.models import Letter
from consentkit.teams.models import User
from tests.cases.test_posture import GOT, SENT, day
from tests.world import a_case, a_person, a_request

pytestmark = pytest.mark.django_db


def reminder_of(case):
    return request_for(case, case.posture(), "reminder", today=date(2026, 5, 4), told={})


# Taken in -----------------------------------------------------------------------------------------


def test_a_letter_that_is_taken_in_opens_a_case():
    person = a_person()
    request = a_request(facts={"authenticated": True})

    case = take_in(request, owner=person, place="IE")

    assert (case.owner, case.law, case.kind, case.rights, case.place, case.reference) == (
        person, "eu-gdpr", "access", ["access", "copy", "recipients"], "IE", request.reference(),
    )  # fmt: skip
    assert case.company == "Example"
    letter = case.letters.get()
    assert compose(letter.letter_request()) == compose(request)
    [made] = case.facts()
    assert (made.kind, made.on, made.details) == (
        "made",
        request.date,
        {
            "letter": 1,
            "kind": "access",
            "arrival": "received",
            "asked": {"requester_authenticated": True},
        },
    )


def test_taking_the_same_letter_in_twice_gives_one_case():
    person = a_person()

    first, again = [take_in(a_request(), owner=person, place="IE") for _ in range(2)]

    assert first == again
    assert (Case.objects.count(), Letter.objects.count()) == (1, 1)


def test_each_person_has_a_case_of_their_own():
    take_in(a_request(), owner=a_person(), place="IE")
    take_in(a_request(), owner=a_person("carl@example.org"), place="IE")

    assert Case.objects.count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_button_that_is_pressed_twice_makes_one_case():
    person = a_person()

    def press(_):
        try:
            return take_in(a_request(), owner=User.objects.get(pk=person.pk), place="IE").pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(press, range(8)))) == 1


@pytest.mark.parametrize(
    ("law", "kind", "told", "error"),
    [
        ("eu-gdpr", "objection", {}, MissingFact),  # needs their situation
        ("us-il-bipa", "withdraw_consent", {"residence": "US-NY"}, NotProtected),
    ],
)
def test_a_letter_that_cannot_be_made_opens_no_case(law, kind, told, error):
    with pytest.raises(error):
        take_in(a_request(law, kind, **told), owner=a_person(), place="IE")

    assert Case.objects.count() == 0


# Drafts -------------------------------------------------------------------------------------------


def test_a_further_letter_bears_the_reference_of_the_case_and_the_next_number():
    case = a_case(SENT, GOT)

    letter = draft_letter(case, reminder_of(case), by=case.owner)

    assert (letter.number, letter.kind, letter.to_authority) == (2, "reminder", False)
    assert compose(letter.letter_request()).reference == case.reference
    made = case.facts()[-1]
    assert (made.kind, made.letter, made.get(Detail.ARRIVAL)) == ("made", 2, "")


def test_a_draft_can_be_changed():
    case = a_case()
    letter = case.letters.get()
    first = compose(letter.letter_request()).paragraphs[0].key

    revise(letter, replace(letter.letter_request(), edits={first: "Good morning."}))

    assert "Good morning." in compose(Letter.objects.get().letter_request()).text()


def test_a_draft_that_is_given_up_is_struck_and_its_number_not_used_again():
    case = a_case(SENT, GOT)
    letter = draft_letter(case, reminder_of(case), by=case.owner)

    delete_draft(letter, by=case.owner)
    another = draft_letter(case, reminder_of(case), by=case.owner)

    assert [one.kind for one in case.facts()[-3:]] == ["made", "struck", "made"]
    assert (another.number, sorted(case.posture().letters)) == (3, [1, 3])
    assert [letter.number for letter in case.letters.all()] == [1, 3]


def test_the_letter_that_opened_a_case_is_not_given_up_without_the_case():
    case = a_case()

    with pytest.raises(BadFact, match="This letter opened the case"):
        delete_draft(case.letters.get(), by=case.owner)

    assert (Letter.objects.count(), len(case.facts())) == (1, 1)


# Frozen -------------------------------------------------------------------------------------------


def test_a_frozen_letter_keeps_its_words_its_page_and_its_paper_with_their_hashes():
    case = a_case()
    letter = freeze(case.letters.get())

    assert letter.text == compose(letter.letter_request()).text()
    assert letter.html_sha256 == sha256(letter.html.encode()).hexdigest()
    assert letter.pdf_sha256 == sha256(bytes(letter.pdf)).hexdigest()
    assert bytes(letter.pdf).startswith(b"%PDF-1.7")
    assert letter.software_version == settings.VERSION
    assert "Ada" not in letter.title


def test_freezing_twice_changes_nothing_and_the_same_request_makes_the_same_bytes():
    letter = a_case().letters.get()
    other = a_case(owner=a_person("b@example.org")).letters.get()

    first = freeze(letter)
    before = (first.frozen_at, bytes(first.pdf), first.html)
    again, twin = freeze(Letter.objects.get(pk=letter.pk)), freeze(other)

    assert (again.frozen_at, bytes(again.pdf), again.html) == before
    assert (twin.pdf_sha256, twin.html_sha256) == (first.pdf_sha256, first.html_sha256)


def test_a_letter_that_went_out_is_neither_changed_nor_given_up():
    case = a_case(SENT, GOT)
    letter = draft_letter(case, reminder_of(case), by=case.owner)
    stale = Letter.objects.get(pk=letter.pk)
    before = bytes(freeze(letter).pdf)

    with pytest.raises(Frozen):
        revise(stale, replace(stale.letter_request(), edits={"opening": "Never mind."}))
    with pytest.raises(Frozen):
        delete_draft(stale, by=case.owner)

    letter.refresh_from_db()
    assert (bytes(letter.pdf), letter.letter_request().edits) == (before, {})
    assert [fact.kind for fact in case.facts()] == ["made", "sent", "received", "made"]


@pytest.mark.parametrize(
    "change",
    [{"title": "x"}, {"frozen_at": None}, {"pdf_sha256": "0" * 64}, {"kind": "x"}, {"number": 5}],
    ids=lambda change: next(iter(change)),
)
def test_the_database_refuses_to_change_a_frozen_letter(change):
    freeze(a_case().letters.get())

    with pytest.raises(DatabaseError, match="a letter that went out stays"), transaction.atomic():
        Letter.objects.update(**change)


def test_a_draft_of_another_day_is_dated_in_the_log_by_its_own_date():
    case = a_case()

    assert case.facts()[0].on == day("03-02") == case.opened_on


def test_a_draft_that_somebody_changes_meanwhile_does_not_become_final_in_its_old_words():
    letter = a_case().letters.get()
    stale = Letter.objects.get(pk=letter.pk)
    revise(letter, replace(letter.letter_request(), language="de"))

    with pytest.raises(Changed):
        freeze(stale)
    assert freeze(letter).text.startswith("Ada Beispiel")
    assert "Sehr geehrte" in letter.text
