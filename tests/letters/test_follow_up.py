"""What to do next in a case, and what the next letter is told from the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from consentkit.law.statutes import LAWS
from consentkit.law.vocabulary import Enforcer
from consentkit.letters.actions import draft_letter, freeze
from consentkit.letters.compose import MissingFact, compose
from consentkit.letters.follow_up import (
    FOLLOW_UPS,
    earlier_letters,
    letters_to_choose,
    next_steps,
    request_for,
)
from consentkit.letters.models import Letter
from consentkit.letters.texts import Stage, kinds, languages, text_of
from tests.cases.test_posture import (
    ASKED,
    BOUNCED,
    CLOSED,
    COMPLAINED,
    COMPLAINT,
    CONFIRMED,
    GOT,
    LONGER,
    NO,
    PARTIAL,
    POSTED,
    REMINDED,
    REMINDER,
    SENT,
    SHOWN,
    WHOLE,
    day,
)
from tests.world import NEEDED_FACTS, a_case, home, tell

pytestmark = pytest.mark.django_db

UNNEEDED = ("identity_requested", "03-10", {"justified": False})
QUESTION = ("clarification_requested", "03-10", {"justified": True})
FEE = ("fee_requested", "03-10", {"justified": False})
NO_REASONS = ("extension_notified", "04-02", {"reasons": False})
TOO_LATE = ("extension_notified", "04-20", {"reasons": True})
EXCESSIVE = ("answered", "04-03", {"verdict": "refusal", "stalls": ["excessive"]})
APPEAL = ("made", "04-10", {"letter": 2, "kind": "appeal", "arrival": "appealed", "asked": {}})
APPEALED = ("sent", "04-10", {"letter": 2, "channel": "email"})
APPEAL_GOT = ("received", "04-10", {"letter": 2, "evidence": "signed"})
APPEAL_NO = ("appeal_answered", "05-04", {"verdict": "refusal"})
COURT = ("went_to_court", "06-01", {})
REBUTTAL = ("made", "04-10", {"letter": 2, "kind": "rebuttal", "arrival": "", "asked": {}})
REBUTTED = ("sent", "04-10", {"letter": 2, "channel": "email"})
OWN_COMPLAINT = (
    "made",
    "04-10",
    {"letter": 2, "kind": "complaint_to_controller", "arrival": "complaint_received"},
)
OWN_COMPLAINED = ("sent", "04-10", {"letter": 2, "channel": "email"})


def a_case_under(law, *facts, kind="access", **told):
    place = {"eu-gdpr": "IE"}.get(law, home(law)[0])
    return a_case(*facts, law=law, right=kind, place=place, **told)


def steps_of(case, today):
    return next_steps(case, case.posture(), day(today))


def way(step):
    """How a step is taken: a letter, a fact to record, or the number of a letter to send."""
    return step.letter or step.record or step.send


@pytest.mark.parametrize(
    ("law", "history", "today", "first", "first_letter", "facts"),
    [
        ("eu-gdpr", [], "03-03", 1, None, None),
        ("eu-gdpr", [SENT], "03-04", "received", "reminder", {}),
        ("eu-gdpr", [SENT, BOUNCED], "03-04", 1, None, None),
        ("eu-gdpr", [SENT, GOT], "03-20", "answered", "reminder", {}),
        ("eu-gdpr", [SENT, CONFIRMED], "03-20", "answered", "reminder", {}),
        # late
        ("eu-gdpr", [SENT, GOT], "05-04", "reminder", "reminder", {}),
        ("eu-gdpr", [SENT, GOT, REMINDER], "05-04", 2, "reminder", {}),
        ("eu-gdpr", [SENT, GOT, REMINDER, REMINDED], "05-04", "answered", "complaint",
         {"stalls": ["no_answer"]}),
        ("uk-gdpr", [SENT, GOT, REMINDER, REMINDED], "05-04", "answered",
         "complaint_to_controller", {"stalls": ["no_answer"]}),
        ("us-co-cpa", [SENT, GOT], "06-04", "reminder", "reminder", {}),
        ("au-privacy", [SENT, GOT, REMINDER, REMINDED], "06-04", "answered", "complaint",
         {"stalls": ["no_answer"]}),
        # they ask
        ("eu-gdpr", [SENT, GOT, ASKED], "03-12", "identity_provided", "rebuttal",
         {"stalls": ["identity_document"]}),
        ("eu-gdpr", [SENT, GOT, UNNEEDED], "03-12", "rebuttal", "rebuttal",
         {"stalls": ["identity_document"]}),
        ("eu-gdpr", [SENT, GOT, QUESTION], "03-12", "clarification_provided", "rebuttal",
         {"stalls": ["more_data"]}),
        ("eu-gdpr", [SENT, GOT, FEE], "03-12", "rebuttal", "rebuttal", {"stalls": ["fee"]}),
        ("eu-gdpr", [SENT, GOT, ASKED, SHOWN], "03-22", "answered", "reminder", {}),
        # they take longer
        ("eu-gdpr", [SENT, GOT, LONGER], "04-10", "answered", "reminder", {}),
        ("eu-gdpr", [SENT, GOT, TOO_LATE], "04-21", "rebuttal", "rebuttal",
         {"stalls": ["extension_late"]}),
        ("eu-gdpr", [SENT, GOT, NO_REASONS], "04-10", "rebuttal", "rebuttal",
         {"stalls": ["extension_late"]}),
        ("eu-gdpr", [SENT, GOT, NO_REASONS, REBUTTAL, REBUTTED], "04-11", "answered", "reminder",
         {}),
        # they answer
        ("eu-gdpr", [SENT, GOT, PARTIAL], "04-10", "rebuttal", "rebuttal",
         {"stalls": ["incomplete"], "missing": ["purposes"]}),
        ("eu-gdpr", [SENT, GOT, NO], "04-10", "complaint", "complaint", {}),
        ("eu-gdpr", [SENT, GOT, EXCESSIVE], "04-10", "rebuttal", "rebuttal",
         {"stalls": ["excessive"]}),
        ("us-co-cpa", [SENT, GOT, NO], "04-10", "appeal", "appeal", {}),
        ("us-co-cpa", [SENT, GOT, NO, APPEAL, APPEALED, APPEAL_GOT], "04-20", "appeal_answered",
         None, None),
        ("us-co-cpa", [SENT, GOT, NO, APPEAL, APPEALED, APPEAL_GOT, APPEAL_NO], "05-10",
         "attorney_general", "attorney_general", {}),
        ("uk-gdpr", [SENT, GOT, NO], "04-10", "complaint_to_controller", "complaint_to_controller",
         {}),
        ("uk-gdpr", [SENT, GOT, NO, OWN_COMPLAINT, OWN_COMPLAINED], "04-20", "appeal_answered",
         None, None),
        ("us-ca-ccpa", [SENT, GOT, NO], "04-10", "agency_complaint", "agency_complaint", {}),
        ("eu-gdpr", [SENT, GOT, WHOLE], "04-10", "closed", "rebuttal", {"stalls": ["incomplete"]}),
        # further on
        ("eu-gdpr", [SENT, GOT, NO, COMPLAINT, COMPLAINED], "06-01", "authority_progress",
         "before_action", {}),
        ("eu-gdpr", [SENT, GOT, NO, COURT], "06-10", "closed", None, None),
    ],
)  # fmt: skip
def test_the_first_step_and_the_first_letter(law, history, today, first, first_letter, facts):
    steps = steps_of(a_case_under(law, *history), today)
    letter = next((step for step in steps if step.letter), None)

    assert way(steps[0]) == first
    assert (letter and letter.letter) == first_letter
    assert (letter and dict(letter.facts)) == facts


def test_a_closed_case_has_no_next_step():
    assert steps_of(a_case(SENT, GOT, WHOLE, CLOSED), "06-02") == []


def test_an_open_case_always_has_one():
    case = a_case()

    for fact in (SENT, GOT, ASKED, SHOWN, LONGER, PARTIAL, NO, COURT):
        tell(case, fact)
        assert steps_of(case, "06-20") != []


def test_no_step_is_named_twice():
    case = a_case(SENT, GOT, NO_REASONS, PARTIAL)

    ways = [way(step) for step in steps_of(case, "07-01")]

    assert sorted(map(str, set(ways))) == sorted(map(str, ways))


# What the log knows -------------------------------------------------------------------------------


def told_to(case, kind="reminder", today="05-04", **told):
    return dict(request_for(case, case.posture(), kind, today=day(today), told=told).facts)


def test_the_letter_names_the_first_one_by_its_date_and_reference():
    case = a_case(SENT, GOT)

    told = told_to(case)

    assert (told["first_letter_on"], told["first_reference"]) == (day("03-02"), case.reference)


@pytest.mark.parametrize(
    ("history", "received", "proof"),
    [
        ([SENT], None, None),
        ([POSTED], None, None),
        ([SENT, ("received", "03-06", {"letter": 1, "evidence": "none"})], None, None),
        ([SENT, GOT], "03-06", "acknowledgement"),
        ([POSTED, ("received", "03-06", {"letter": 1, "evidence": "signed"})], "03-06", "delivery"),
        ([SENT, ("received", "03-03", {"letter": 1, "evidence": "delivery_status"})], "03-03",
         "email"),
        ([SENT, ("received", "03-03", {"letter": 1, "evidence": "form"})], "03-03", "form"),
    ],
)  # fmt: skip
def test_it_says_when_the_first_one_arrived_only_where_that_is_proven(history, received, proof):
    told = told_to(a_case(*history))

    assert (told.get("received_on"), told.get("receipt_proved_by")) == (
        received and day(received),
        proof,
    )


@pytest.mark.parametrize(
    ("history", "today", "is_over"),
    [
        ([SENT, GOT], "04-07", False),  # the last day itself
        ([SENT, GOT], "04-08", True),
        ([SENT], "06-10", False),  # only presumed to have arrived
        ([SENT, GOT, ASKED], "05-10", False),  # somebody could argue that their time stands still
        ([SENT, GOT, LONGER], "05-10", False),
        ([SENT, GOT, LONGER], "06-10", True),
    ],
)
def test_it_says_that_their_time_is_over_only_where_nothing_can_be_argued(history, today, is_over):
    assert told_to(a_case(*history), today=today).get("is_over", False) is is_over


def test_it_takes_up_what_was_recorded_of_their_answer():
    case = a_case(SENT, GOT)
    details = {"verdict": "partial", "missing": ["source", "copy"], "stalls": ["self_service"]}
    tell(case, ("answered", "04-03", details))

    told = told_to(case, "rebuttal", stalls=["self_service", "incomplete"])

    assert (told["answered_on"], told["missing"], told["stalls"]) == (
        day("04-03"), ["source", "copy"], ["self_service", "incomplete"],
    )  # fmt: skip
    assert "refused_on" not in told


def test_a_refusal_is_named_by_its_day():
    case = a_case_under("us-co-cpa", SENT, GOT, NO)

    assert told_to(case, "appeal")["refused_on"] == day("04-03")


@pytest.mark.parametrize(
    ("residence", "authority"),
    [
        ("DE-BE", "Berliner Beauftragte für Datenschutz und Informationsfreiheit"),
        ("DE", None),  # a German authority is that of a Land
        ("FR", "Commission Nationale de l'Informatique et des Libertés"),
    ],
)
def test_a_complaint_goes_to_the_authority_of_where_the_person_lives(residence, authority):
    case = a_case(SENT, GOT, NO, residence=residence)

    named = told_to(case, "complaint").get("authority")

    assert named == authority


def test_sender_company_and_paper_are_those_of_the_first_letter():
    case = a_case(SENT, GOT, paper="letter")
    opening = case.letters.get().letter_request()

    request = request_for(case, case.posture(), "reminder", today=day("05-04"), told={})

    assert request == replace(
        opening,
        right="reminder",
        date=day("05-04"),
        facts=request.facts,
        file=case.reference,
    )


@pytest.mark.parametrize("language", languages("eu-gdpr", "access"))
def test_a_case_goes_on_in_the_language_in_which_it_began(language):
    case = a_case(SENT, GOT, language=language)

    request = request_for(case, case.posture(), "reminder", today=day("05-04"), told={})

    assert request.language == language


def test_a_letter_that_is_not_written_in_that_language_is_in_english():
    case = a_case(SENT, GOT)
    opening = case.letters.get()
    Letter.objects.update(request={**opening.request, "language": "pt"})

    request = request_for(case, case.posture(), "reminder", today=day("05-04"), told={})

    assert (request.language, compose(request).language) == ("en", "en")


def test_what_somebody_wrote_into_the_first_letter_stays_there():
    case = a_case(SENT, GOT, edits={"opening": "Good morning."}, strokes=(((0.1, 0.1),),))

    request = request_for(case, case.posture(), "reminder", today=day("05-04"), told={})

    assert (request.edits, request.strokes) == ({}, ())


def test_a_complaint_encloses_the_letters_that_went_out():
    case = a_case(SENT, GOT)
    freeze(case.letters.get(number=1))
    request = request_for(case, case.posture(), "reminder", today=day("05-04"), told={})
    draft_letter(case, request, by=case.owner)

    assert [letter.number for letter in earlier_letters(case)] == [1]


# Every law ----------------------------------------------------------------------------------------

# What no log knows: the person says it in their own words, or ticks it.
ONLY_THE_PERSON_KNOWS = {"claim", "remedy", "stalls", "refused_on"}
LAWS_WITH_FOLLOW_UPS = [law for law in LAWS if set(kinds(law)) & set(FOLLOW_UPS)]


def opening_of(law):
    """The first opening letter of a law, with whatever it needs."""
    kind = next(
        kind for kind in kinds(law) if text_of(law, kind, languages(law, kind)[0]).stage
        is Stage.OPENING
    )  # fmt: skip
    language = "en" if "en" in languages(law, kind) else languages(law, kind)[0]
    facts = {name: NEEDED_FACTS[name] for name in text_of(law, kind, language).needs}
    return {"kind": kind, "language": language, "facts": facts}


def missing_from(request):
    """The facts that a letter still lacks."""
    try:
        compose(request)
    except MissingFact as error:
        return {name.removeprefix("facts.") for name in error.facts}
    return set()


@pytest.mark.parametrize("history", [[SENT, GOT], [SENT, GOT, EXCESSIVE]], ids=["late", "refused"])
@pytest.mark.parametrize("law", LAWS_WITH_FOLLOW_UPS)
def test_every_letter_that_can_be_chosen_is_made_or_asks_only_what_the_person_knows(law, history):
    case = a_case_under(law, *history, **opening_of(law))
    known = {"claim", "remedy"} if EXCESSIVE in history else ONLY_THE_PERSON_KNOWS

    for kind in letters_to_choose(case):
        request = request_for(case, case.posture(), kind, today=date(2026, 11, 24), told={})
        missing = missing_from(request)
        assert missing <= known
        told = {name: NEEDED_FACTS[name] for name in missing}
        letter = compose(replace(request, facts={**request.facts, **told}))
        assert letter.reference == case.reference


@pytest.mark.parametrize("law", LAWS_WITH_FOLLOW_UPS)
def test_a_letter_threatens_a_court_only_where_the_person_can_go_there(law):
    can = LAWS[law].enforcer is Enforcer.PERSON
    case = a_case_under(law, SENT, GOT, EXCESSIVE, **opening_of(law))

    offered = {step.letter for step in steps_of(case, "11-24")}

    before_court = {"before_action", "pre_suit"}
    assert can or not offered & before_court
    assert can or not set(letters_to_choose(case)) & before_court


@pytest.mark.parametrize("law", LAWS_WITH_FOLLOW_UPS)
def test_every_step_of_a_refusal_leads_to_a_letter_that_is_written(law):
    case = a_case_under(law, SENT, GOT, EXCESSIVE, **opening_of(law))

    letters = [step.letter for step in steps_of(case, "11-24") if step.letter]

    assert set(letters) <= set(letters_to_choose(case))
    assert letters != []
