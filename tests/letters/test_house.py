"""House texts: what a team adds to its letters, who lets it in, and that the law's words stay."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from consentkit.campaigns.models import Campaign
from consentkit.cases.models import Case
from consentkit.clients.conflicts import check
from consentkit.letters import house_texts, review, wire
from consentkit.letters.actions import draft_letter, revise, take_in
from consentkit.letters.approval import content_hash
from consentkit.letters.compose import compose
from consentkit.letters.follow_up import request_for
from consentkit.letters.house import KEY, LIMITS, House, Kind, faults
from consentkit.letters.house_texts import (
    BadWords,
    CannotDecide,
    approve,
    begin,
    house_for,
    others_who_review,
    retire,
    send_back,
    submit,
    write,
)
from consentkit.letters.keeping import as_json, from_json
from consentkit.letters.models import HouseTextVersion
from consentkit.letters.render import html, pdf
from consentkit.letters.texts import catalogue, read
from consentkit.teams.access import Forbidden
from consentkit.teams.actions import end
from consentkit.teams.audit import verify
from consentkit.teams.models import AuditEntry, Membership
from tests.teams.clinic import a_clinic
from tests.teams.test_access import a_client
from tests.world import a_request

State = HouseTextVersion.State
HOUSE = House(
    letterhead=("Example Clinic", "Law School, 1 Campus Road"),
    paragraphs=(
        "We write for {client} (matter {matter_number}).",
        "Answer {team}, not {platform}.",
    ),
    closing="Please quote {reference}.",
    versions=(3, 4, 5, 6),
    team="Example Clinic",
    matter_number="2026-017",
)


# In a letter --------------------------------------------------------------------------------------


def test_house_texts_stand_around_the_words_of_the_law() -> None:
    request = a_request(house=HOUSE)
    bare, draft = compose(a_request()), compose(request)

    assert draft.included()[:-2] == bare.included()
    assert [(one.key, one.text) for one in draft.included()[-2:]] == [
        ("house-1", "We write for Ada Beispiel (matter 2026-017)."),
        ("house-2", "Answer Example Clinic, not Example."),
    ]
    assert draft.letterhead == HOUSE.letterhead
    assert draft.text().startswith("Example Clinic\nLaw School, 1 Campus Road\n\nAda Beispiel\n")
    last = f"\n\nPlease quote {request.reference()}.\n\n{draft.closing}\n\nAda Beispiel\n"
    assert draft.body().endswith(last)
    assert request.reference() == a_request().reference()


def test_a_letter_without_house_texts_is_kept_as_before() -> None:
    assert "house" not in as_json(a_request())
    assert from_json(json.loads(json.dumps(as_json(a_request())))) == a_request()


def test_house_texts_are_kept_with_the_letter() -> None:
    request = a_request(house=HOUSE)

    assert from_json(json.loads(json.dumps(as_json(request)))) == request


def asked(**house: object) -> dict[str, object]:
    """A request as JSON says it, of somebody for whom a team writes."""
    return {
        "law": "eu-gdpr",
        "right": "access",
        "platform": "tiktok",
        "language": "en",
        "paper": "a4",
        "date": "2026-11-24",
        "residence": "DE-BE",
        "sender": {"name": "Ada", "email": "ada@example.org"},
        "house": house,
    }


def test_house_texts_can_come_with_a_request_from_elsewhere() -> None:
    paragraphs = ["We write for {client}."]

    assert wire.from_json(asked(paragraphs=paragraphs)).house == House(paragraphs=(*paragraphs,))


@pytest.mark.parametrize(
    "house",
    [
        {"paragraphs": "We write."},
        {"versions": [True]},
        {"more": []},
        {"closing": 5},
        {"paragraphs": ["{law.title}"]},
        {"paragraphs": ["{team} writes."]},
        {"paragraphs": ["We write."] * 5},
        {"letterhead": ["line"] * 5},
    ],
)
def test_what_is_no_house_text_is_refused_with_a_request(house) -> None:
    with pytest.raises(wire.BadRequest):
        wire.from_json(asked(**house))


HOSTILE = [
    "{% load static %}",
    "{{ client }}",
    "{client.__class__}",
    "{client!r}",
    "{0}",
    "{}",
    "{matter_number",
    "client}",
    "{Client}",
    "{facts.situation}",
    "${client} {% debug %}",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_whatever_is_no_known_place_is_a_fault(words: str) -> None:
    assert faults(Kind.PARAGRAPH, words) != []


@pytest.mark.parametrize("words", HOSTILE)
def test_what_came_in_all_the_same_is_printed_and_never_evaluated(words: str) -> None:
    last = compose(a_request(house=House(paragraphs=(words,)))).included()[-1]

    assert last.text == words.replace("{client}", "Ada Beispiel")


def test_a_value_is_never_read_again_as_a_place_a_list_or_markup() -> None:
    sender = replace(a_request().sender, name="{team}\n\n1. <b>Ada</b> {% x %}")
    draft = compose(a_request(house=HOUSE, sender=sender))

    paragraph = draft.included()[-2]
    assert [block.kind for block in paragraph.blocks] == ["text"]
    assert paragraph.text == "We write for {team} 1. <b>Ada</b> {% x %} (matter 2026-017)."
    assert "<b>" not in html(draft, "a4")


def test_markup_is_printed_as_it_was_typed() -> None:
    words = "<script>alert(1)</script> & <b>bold</b>"
    draft = compose(a_request(house=House((words,), (words,), words)))
    page = html(draft, "a4")

    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;bold&lt;/b&gt;") == 3
    assert "<script" not in page


@pytest.mark.parametrize(
    ("kind", "words", "wrong"),
    [
        (Kind.PARAGRAPH, "a" * 1200, 0),
        (Kind.PARAGRAPH, "a" * 1201, 1),
        (Kind.PARAGRAPH, "a\n" * 20 + "a", 1),
        (Kind.PARAGRAPH, "{client} " * 8, 0),
        (Kind.PARAGRAPH, "{client} " * 9, 1),
        (Kind.LETTERHEAD, "a\nb\nc\nd", 0),
        (Kind.LETTERHEAD, "a\nb\nc\nd\ne", 1),
        (Kind.LETTERHEAD, "a" * 61, 1),
        (Kind.CLOSING, "a" * 160, 0),
        (Kind.CLOSING, "a" * 161, 1),
        (Kind.CLOSING, "a\nb", 1),
        (Kind.CLOSING, "  ", 1),
        (Kind.CLOSING, "a\N{RIGHT-TO-LEFT OVERRIDE}b", 1),
        (Kind.CLOSING, "a\x07b", 1),
    ],
)
def test_a_text_has_room_and_no_more(kind, words, wrong) -> None:
    assert len(faults(kind, words)) == wrong


def test_no_letter_of_ours_has_a_paragraph_with_the_key_of_a_house_text() -> None:
    keys = {one.key for path in set(catalogue().values()) for one in read(path).paragraphs}

    assert [key for key in keys if key.startswith(KEY)] == []


def test_whoever_drafts_can_leave_a_house_paragraph_out_and_not_rewrite_it() -> None:
    edits = {"house-1": None, "house-2": "Something else entirely."}
    draft = compose(a_request(house=HOUSE, edits=edits))

    assert [one.text for one in draft.included() if one.house] == [
        "Answer Example Clinic, not Example."
    ]


@pytest.mark.parametrize("layout", ["a4", "letter-double"])
def test_the_letterhead_is_on_paper_above_everything_else(layout: str) -> None:
    wide = tuple(
        "Clinic for the Rights of People Whose Data Others Have " + str(n) for n in range(4)
    )
    draft = compose(a_request(house=replace(HOUSE, letterhead=wide)))

    with pypdfium2.PdfDocument(pdf(draft, layout)) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    first = " ".join(pages[0].split())
    places = [first.index(line) for line in (*wide, draft.salutation)]
    assert places == sorted(places)
    # Words that were divided at the end of a line are put together again.
    whole = "".join("".join(pages).replace("\N{HYPHEN}\r\n", "").split())
    said = [block.text for one in draft.included() for block in one.blocks]
    assert [text for text in said if "".join(text.split()) not in whole] == []
    assert "".join(draft.last_line.split()) in whole


# Who lets a text in -------------------------------------------------------------------------------


@pytest.fixture
def clinic(db):
    return a_clinic()


def a_text(clinic, by="stu", body="We write for {client}.", **told):
    told = {"kind": "paragraph", "title": "Who we are", "language": "en", **told}
    return begin(clinic.team, body=body, by=clinic[by], **told)


def latest(text):
    return text.versions.order_by("-number")[0]


def in_use(clinic, by="stu", **told):
    """A text of the team that somebody wrote and the supervisor approved."""
    text = a_text(clinic, by, **told)
    passes(clinic, text, by)
    return text


def passes(clinic, text, by="stu", reader="sue"):
    submit(latest(text), by=clinic[by])
    approve(latest(text), by=clinic[reader], digest=latest(text).content_sha256)


def house(clinic, law="eu-gdpr", kind="access", language="en", **told):
    return house_for(clinic.team, law=law, kind=kind, language=language, **told)


def test_a_text_stands_in_letters_once_somebody_else_approved_it(clinic):
    text = a_text(clinic)
    assert house(clinic) == House()
    submit(latest(text), by=clinic["stu"])
    assert house(clinic) == House()

    approve(latest(text), by=clinic["sue"], digest=latest(text).content_sha256)

    version = latest(text)
    assert house(clinic) == House(
        paragraphs=("We write for {client}.",), versions=(version.pk,), team="Example Clinic"
    )
    noted = AuditEntry.objects.filter(thing="house_text", thing_id=text.pk)
    assert [(one.action, one.user) for one in noted.order_by("number")] == [
        ("house.written", clinic["stu"].pk),
        ("house.asked", clinic["stu"].pk),
        ("house.approved", clinic["sue"].pk),
    ]
    assert verify(clinic.team) is None


@pytest.mark.parametrize("who", ["vic"])
def test_who_may_not_draft_proposes_nothing(clinic, who):
    with pytest.raises(Forbidden):
        a_text(clinic, by=who)


@pytest.mark.parametrize("who", ["cay", "stu", "coo", "vic"])
def test_who_may_not_review_decides_nothing(clinic, who):
    text = a_text(clinic, by="clara")
    submit(latest(text), by=clinic["clara"])
    version = latest(text)

    for decide in (
        lambda: approve(version, by=clinic[who], digest=version.content_sha256),
        lambda: send_back(version, by=clinic[who], digest=version.content_sha256, comments="No."),
        lambda: retire(text, by=clinic[who]),
    ):
        with pytest.raises(Forbidden):
            decide()
    assert latest(text).state == State.WAITING


def test_nobody_approves_words_of_their_own_whoever_asked_and_whoever_wrote_last(clinic):
    text = a_text(clinic, by="sue")
    write(text, "We write for {client}, who asked us.", by=clinic["clara"])
    submit(latest(text), by=clinic["stu"])
    version = latest(text)

    for who in ("sue", "clara"):
        with pytest.raises(CannotDecide):
            approve(version, by=clinic[who], digest=version.content_sha256)
    assert not others_who_review(version)
    assert house(clinic) == House()

    second = Membership.objects.get(user=clinic["cay"])
    Membership.objects.filter(pk=second.pk).update(role="supervisor")
    assert others_who_review(version)
    approve(version, by=clinic["cay"], digest=version.content_sha256)
    assert latest(text).state == State.APPROVED


def test_in_a_team_with_one_reviewer_their_own_text_waits(clinic):
    end(Membership.objects.get(user=clinic["sue"]), by=clinic["clara"])
    text = a_text(clinic, by="clara")

    assert not others_who_review(latest(text))
    assert others_who_review(latest(a_text(clinic, by="stu")))


def test_an_approval_is_of_the_words_that_were_read(clinic):
    text = a_text(clinic)
    submit(latest(text), by=clinic["stu"])
    read_by_sue = latest(text).content_sha256
    write(text, "Other words.", by=clinic["stu"])
    assert latest(text).state == State.DRAFT
    submit(latest(text), by=clinic["stu"])

    with pytest.raises(CannotDecide):
        approve(latest(text), by=clinic["sue"], digest=read_by_sue)

    assert latest(text).number == 1
    assert house(clinic) == House()


def test_words_that_nobody_approved_are_not_used_however_they_got_there(clinic):
    text = in_use(clinic)
    version = latest(text)
    version.body = "Pay to this account."
    version.save()

    assert house(clinic) == House()


def test_letters_that_nobody_approved_are_not_reached_either(clinic):
    text = in_use(clinic, law="uk-gdpr")
    text.law = ""
    text.save()

    assert house(clinic, law="uk-gdpr") == house(clinic) == House()


def test_every_approved_version_stays_and_one_is_used(clinic):
    text = in_use(clinic)
    first = house(clinic)
    write(text, "We act for {client}.", by=clinic["stu"])
    assert house(clinic) == first
    passes(clinic, text)

    versions = list(text.versions.all())
    assert [(one.number, one.state, one.body) for one in versions] == [
        (1, State.RETIRED, "We write for {client}."),
        (2, State.APPROVED, "We act for {client}."),
    ]
    assert house(clinic).versions == (versions[1].pk,)
    with pytest.raises(IntegrityError), transaction.atomic():
        text.versions.update(state=State.APPROVED)


def test_a_returned_version_says_why_and_a_new_one_begins(clinic):
    text = a_text(clinic)
    submit(latest(text), by=clinic["stu"])
    version = latest(text)
    with pytest.raises(CannotDecide):
        send_back(version, by=clinic["sue"], digest=version.content_sha256, comments=" ")

    send_back(version, by=clinic["sue"], digest=version.content_sha256, comments="Too short.")
    with pytest.raises(CannotDecide):
        submit(latest(text), by=clinic["stu"])
    write(text, "We write for {client}, our client.", by=clinic["stu"])

    assert [(one.number, one.state, one.comments) for one in text.versions.all()] == [
        (1, State.RETURNED, "Too short."),
        (2, State.DRAFT, ""),
    ]


def test_a_retired_text_stands_in_no_more_letters(clinic):
    text = in_use(clinic)

    retire(text, by=clinic["sue"])

    assert house(clinic) == House()
    with pytest.raises(CannotDecide):
        retire(text, by=clinic["sue"])


def test_a_text_with_faults_is_not_written(clinic):
    with pytest.raises(BadWords):
        a_text(clinic, body="{client.__class__}")

    assert clinic.team.house_texts.count() == 0


def test_the_law_does_not_drown_among_paragraphs_of_the_team(clinic):
    for number in range(3):
        in_use(clinic, title=f"Text {number}", law="eu-gdpr" if number else "")
    elsewhere = a_text(clinic, law="uk-gdpr")
    fourth = a_text(clinic, law="eu-gdpr", right="access")
    passes(clinic, elsewhere)
    submit(latest(fourth), by=clinic["stu"])

    with pytest.raises(CannotDecide):
        approve(latest(fourth), by=clinic["sue"], digest=latest(fourth).content_sha256)

    assert len(house(clinic).paragraphs) == 3


# In the letters of a team -------------------------------------------------------------------------


def test_a_letter_has_the_texts_that_fit_it_best(clinic):
    for told in (
        {"kind": "letterhead", "language": "", "body": "Example Clinic"},
        {"kind": "letterhead", "language": "", "law": "uk-gdpr", "body": "Clinic, London"},
        {"kind": "closing", "body": "Thank you."},
        {"kind": "closing", "language": "de", "body": "Danke."},
        {"body": "In any letter."},
        {"body": "For access.", "right": "access"},
        {"body": "For deletion.", "right": "deletion"},
        {"body": "Nur auf Deutsch.", "language": "de"},
    ):
        in_use(clinic, **told)

    english, german = house(clinic), house(clinic, language="de")
    assert (english.letterhead, english.paragraphs, english.closing) == (
        ("Example Clinic",),
        ("In any letter.", "For access."),
        "Thank you.",
    )
    assert (german.letterhead, german.paragraphs, german.closing) == (
        ("Example Clinic",),
        ("Nur auf Deutsch.",),
        "Danke.",
    )
    assert house(clinic, law="uk-gdpr").letterhead == ("Clinic, London",)
    assert house(clinic, kind="mandate") == House()


def test_the_paragraph_of_a_campaign_comes_first_and_stands_nowhere_else(
    clinic, django_assert_num_queries
):
    in_use(clinic, body="In any letter.")
    own = in_use(clinic, body="With a thousand others.", everywhere=False)

    assert house(clinic).paragraphs == ("In any letter.",)
    with django_assert_num_queries(1):
        found = house(clinic, paragraph=own)
    assert found.paragraphs == ("With a thousand others.", "In any letter.")


def a_matter(clinic, **told):
    """A case of the team for a client, as somebody opens it."""
    request = a_request(date=timezone.localdate(), **told.pop("asked", {}))
    client = a_client(clinic.team)
    check(client, by=clinic["cay"])
    return take_in(
        request,
        owner=clinic["cay"],
        place="IE",
        team=clinic.team,
        client=client,
        mandate_later=True,
        **told,
    )


def words_of(letter):
    return [one.text for one in compose(letter.letter_request()).included() if one.house]


def test_letters_of_a_matter_have_the_texts_with_its_number_and_name_their_version(clinic):
    text = in_use(clinic, body="Matter {matter_number} of {team}.")
    case = a_matter(clinic)
    opening = case.letters.get()
    following = request_for(case, case.posture(), "reminder", today=date(2026, 12, 1), told={})
    second = draft_letter(case, following, by=clinic["cay"], mandate_later=True)

    assert case.matter_number
    expected = [f"Matter {case.matter_number} of Example Clinic."]
    assert words_of(opening) == words_of(second) == expected
    assert opening.letter_request().house.versions == (latest(text).pk,)


def test_whoever_opens_a_matter_can_do_without(clinic):
    in_use(clinic)

    assert words_of(a_matter(clinic, house=False).letters.get()) == []


def test_somebodys_own_letter_has_none(clinic):
    in_use(clinic)
    case = take_in(a_request(), owner=clinic["cay"], place="IE")

    assert words_of(case.letters.get()) == []


def test_the_letters_of_a_campaign_have_its_paragraph(clinic):
    own = in_use(clinic, body="With a thousand others.", everywhere=False)
    campaign = Campaign.objects.create(
        team=clinic.team,
        slug="faces",
        title="Faces",
        platform="example",
        law="eu-gdpr",
        kind="access",
        house=own,
        opens_on=date(2026, 1, 1),
        made_at=timezone.now(),
    )

    case = a_matter(clinic, campaign=campaign.pk)

    assert words_of(case.letters.get()) == ["With a thousand others."]


def test_a_draft_keeps_its_version_and_taking_the_new_one_voids_its_approval(clinic):
    text = in_use(clinic)
    letter = a_matter(clinic).letters.get()
    Case.objects.filter(pk=letter.case_id).update(second=clinic["stu"])
    asked = review.submit(letter, by=clinic["stu"])
    review.approve(asked, by=clinic["sue"])
    write(text, "We act for {client}.", by=clinic["stu"])
    passes(clinic, text)

    letter.refresh_from_db()
    assert words_of(letter) == ["We write for Ada Beispiel."]
    asked.refresh_from_db()
    assert asked.state == "approved"
    assert asked.approved_sha256 == content_hash(letter)

    now = house_texts.house_of(letter.case, kind=letter.kind, language=letter.language)
    revise(letter, replace(letter.letter_request(), house=now), by=clinic["cay"])

    assert words_of(letter) == ["We act for Ada Beispiel."]
    asked.refresh_from_db()
    assert asked.state == "void"


def test_who_reviews_a_letter_reads_house_texts_and_does_not_rewrite_them(clinic):
    in_use(clinic)
    letter = a_matter(clinic).letters.get()
    asked = review.submit(letter, by=clinic["cay"])

    assert [one.key for one in review.submitted(asked)][-2:] == ["@house-1", "@closing"]
    for key in ("house-1", "@house-1"):
        with pytest.raises(review.CannotReview):
            review.approve_with_edits(asked, {key: "Other words."}, by=clinic["sue"])


def test_limits_are_said_for_every_kind():
    assert set(LIMITS) == set(Kind)
