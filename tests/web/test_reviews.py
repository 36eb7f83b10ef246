"""The pages of a review: who finds them, what they show, and what can be decided there."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from lxml import html

from consentkit.letters import review
from consentkit.letters.actions import revise
from consentkit.letters.compose import compose
from consentkit.letters.models import Letter, Review
from consentkit.web.casework.reviewing import Run, difference, parts
from tests.correspondence.conftest import REACHABLE
from tests.letters.test_review import approved, first_paragraph, in_other_words
from tests.teams.clinic import a_clinic
from tests.world import a_case

pytestmark = pytest.mark.django_db
State = Review.State


@pytest.fixture
def clinic():
    return a_clinic()


@pytest.fixture
def letter(clinic):
    return clinic.letter_by("stu", platform=REACHABLE)


def page_of(letter):
    return reverse("case-review", args=[letter.case.code, letter.number])


def does(client, who, letter, do, **told):
    client.force_login(who)
    return client.post(page_of(letter), {"do": do, **told})


def text_of(response):
    return " ".join(html.fromstring(response.content.decode()).text_content().split())


def buttons(response):
    return html.fromstring(response.content.decode()).xpath("//main//button[@name='do']/@value")


# Who finds it -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "page", "queue"),
    [
        ("clara", 200, 200),
        ("sue", 200, 200),
        ("cay", 200, 404),
        ("stu", 200, 404),
        ("vic", 200, 404),
        ("coo", 404, 404),
    ],
)
def test_each_finds_what_their_role_reaches(client, clinic, letter, who, page, queue):
    client.force_login(clinic[who])

    assert client.get(page_of(letter)).status_code == page
    assert client.get(reverse("team-reviews", args=[clinic.team.slug])).status_code == queue


def test_a_persons_own_letter_has_no_review(client):
    letter = a_case().letters.get()
    client.force_login(letter.case.owner)

    assert client.get(page_of(letter)).status_code == 404


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("clara", ["approve", "edit", "return", "release"]),
        ("sue", ["approve", "edit", "return", "release"]),
        ("cay", ["release"]),
        ("stu", []),
        ("vic", []),
    ],
)
def test_each_is_offered_what_they_may_do(client, clinic, letter, who, expected):
    review.submit(letter, by=clinic["stu"])
    client.force_login(clinic[who])

    assert buttons(client.get(page_of(letter))) == expected


@pytest.mark.parametrize("do", ["approve", "edit", "return"])
@pytest.mark.parametrize("who", ["cay", "vic"])
def test_what_is_not_offered_is_refused(client, clinic, letter, who, do):
    asked = review.submit(letter, by=clinic["stu"])
    key = first_paragraph(letter).key

    changed = {f"text:{key}": "Good day."} if do == "edit" else {}
    response = does(client, clinic[who], letter, do, review=asked.pk, comments="x", **changed)

    assert response.status_code == 404
    assert Review.objects.get().state == State.WAITING


# What it shows ------------------------------------------------------------------------------------


def test_the_page_shows_every_part_of_the_letter(client, clinic, letter):
    review.submit(letter, by=clinic["stu"])
    client.force_login(clinic["sue"])
    shown = text_of(client.get(page_of(letter)))

    for part in review.pieces(compose(letter.letter_request())):
        assert " ".join(part.text.split()) in shown


def test_what_changed_since_it_was_last_read_is_marked_for_eyes_and_ears(client, clinic, letter):
    asked = review.submit(letter, by=clinic["stu"])
    review.send_back(asked, by=clinic["sue"], comments="Name the date.")
    paragraph = first_paragraph(letter)
    revise(letter, in_other_words(letter, paragraph.text + " Thank you."), by=clinic["stu"])
    review.submit(letter, by=clinic["stu"])
    client.force_login(clinic["sue"])

    page = html.fromstring(client.get(page_of(letter)).content.decode())

    [added] = page.xpath("//article//ins")
    assert " ".join(added.text_content().split()) == "added: Thank you. (end)"
    assert page.xpath("//article//del") == []
    assert "1 part changed since it was last submitted" in page.text_content()


def test_what_a_reviewer_wrote_does_not_become_markup(client, clinic, letter):
    asked = review.submit(letter, by=clinic["stu"])
    key = first_paragraph(letter).key
    review.approve_with_edits(
        asked, {key: "<b>bold</b>"}, by=clinic["sue"], comments="<script>x</script>"
    )
    client.force_login(clinic["stu"])

    body = client.get(page_of(letter)).content.decode()

    assert "<b>bold" not in body
    assert "<script>x" not in body
    assert "&lt;b&gt;bold&lt;/b&gt;" in body


def test_words_that_came_and_went_are_told_apart():
    assert list(difference("one two three", "one 2 three four")) == [
        Run("", "one "),
        Run("del", "two"),
        Run("ins", "2"),
        Run("", " three"),
        Run("ins", " four"),
    ]


def test_a_part_that_went_stands_where_it_was():
    a, b, c, d = (review.Piece(key, "", key) for key in "abcd")

    found = parts([a, b, c], [a, d, c])

    assert [(one.piece.key, one.state) for one in found] == [
        ("a", ""),
        ("b", "gone"),
        ("d", "new"),
        ("c", ""),
    ]


# What can be decided ------------------------------------------------------------------------------


def test_a_letter_is_asked_for_and_approved(client, clinic, letter):
    does(client, clinic["stu"], letter, "ask")
    asked = Review.objects.get()

    response = does(client, clinic["sue"], letter, "approve", review=asked.pk, comments="Good.")

    assert response.status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.comments, asked.decided_by) == (
        State.APPROVED, "Good.", clinic["sue"],
    )  # fmt: skip
    assert "Send the letter" in text_of(client.get(page_of(letter)))


def test_edits_reach_the_letter_and_the_author_sees_them(client, clinic, letter):
    asked = review.submit(letter, by=clinic["stu"])
    words = {
        f"text:{one.key}": one.text.replace("\n", "\r\n")
        for one in compose(letter.letter_request()).included()
    }
    key = first_paragraph(letter).key
    words[f"text:{key}"] = "In short:"

    does(client, clinic["sue"], letter, "edit", review=asked.pk, comments="", **words)

    letter.refresh_from_db()
    assert letter.letter_request().edits == {key: "In short:"}
    client.force_login(clinic["stu"])
    page = html.fromstring(client.get(page_of(letter)).content.decode())
    assert "In" in page.xpath("//ol[contains(@class, 'review-history')]//ins")[0].text_content()


@pytest.mark.parametrize("do", ["approve", "return"])
def test_words_that_were_changed_are_not_lost_by_the_other_buttons(client, clinic, letter, do):
    asked = review.submit(letter, by=clinic["stu"])
    key = first_paragraph(letter).key

    response = does(
        client,
        clinic["sue"],
        letter,
        do,
        review=asked.pk,
        comments="Mine.",
        **{f"text:{key}": "Kept words."},
    )

    assert response.status_code == 422
    assert "Kept words." in text_of(response)
    assert "You have changed words." in text_of(response)
    assert Review.objects.get().state == State.WAITING


def test_returning_needs_a_comment_beside_its_field(client, clinic, letter):
    asked = review.submit(letter, by=clinic["stu"])

    response = does(client, clinic["sue"], letter, "return", review=asked.pk, comments=" ")

    assert response.status_code == 422
    page = html.fromstring(response.content.decode())
    [link] = page.xpath("//div[contains(@class, 'error-summary')]//a/@href")
    assert page.xpath(f"//textarea[@id='{link[1:]}' and @aria-invalid='true']")


def test_a_decision_is_about_what_was_on_the_page(client, clinic, letter):
    old = review.submit(letter, by=clinic["stu"])
    revise(letter, in_other_words(letter), by=clinic["stu"])
    review.submit(letter, by=clinic["stu"])

    response = does(client, clinic["sue"], letter, "approve", review=old.pk, comments="")

    assert response.status_code == 422
    assert "Look at it again" in text_of(response)
    assert sorted(Review.objects.values_list("state", flat=True)) == [State.VOID, State.WAITING]


def test_an_approval_is_taken_back(client, clinic, letter):
    asked = approved(letter, clinic)

    does(client, clinic["clara"], letter, "withdraw")

    asked.refresh_from_db()
    assert asked.state == State.VOID


def test_an_emergency_asks_why(client, clinic, letter):
    refused = does(client, clinic["cay"], letter, "release", reason="")
    assert (refused.status_code, Review.objects.count()) == (422, 0)

    does(client, clinic["cay"], letter, "release", reason="It ends tonight.")

    assert Review.objects.get().reason == "It ends tonight."


def test_the_page_on_which_a_letter_is_sent_says_that_it_is_unread(client, clinic, letter):
    client.force_login(clinic["sue"])
    address = reverse("case-send", args=[letter.case.code, 1])

    assert "Ask for a review first." in text_of(client.get(address))
    response = client.post(
        reverse("case-send-by", args=[letter.case.code, 1, "post"]),
        {"record": "1", "on": "2026-11-24"},
    )
    assert response.status_code == 422
    assert "Ask for a review first." in text_of(response)


def test_telling_by_hand_that_it_went_out_is_refused_too(client, clinic, letter):
    client.force_login(clinic["sue"])
    address = reverse("case-record", args=[letter.case.code, "sent"])
    told = {"on": str(letter.letter_request().date), "letter": "1", "channel": "post"}

    response = client.post(address, {**told, "step": "confirm", "known": "1"})

    assert response.status_code == 422
    assert "Ask for a review first." in text_of(response)
    assert not Letter.objects.get().is_frozen


def test_who_lets_nothing_go_out_is_led_to_no_closed_door(client, clinic, letter):
    approved(letter, clinic)
    client.force_login(clinic["stu"])

    case = client.get(reverse("case", args=[letter.case.code])).content.decode()
    page = client.get(reverse("case-letter", args=[letter.case.code, 1])).content.decode()

    send = reverse("case-send", args=[letter.case.code, 1])
    assert client.get(send).status_code == 404
    assert send not in case + page
    assert "Ready to go out" in case
    assert page_of(letter) in page


# The queue ----------------------------------------------------------------------------------------


def test_the_queue_shows_the_oldest_first_and_how_long_each_waits(
    client, clinic, letter, django_assert_max_num_queries
):
    other = clinic.letter_by("stu", platform=REACHABLE, language="de")
    first = review.submit(letter, by=clinic["stu"])
    review.submit(other, by=clinic["stu"])
    Review.objects.filter(pk=first.pk).update(asked_at="2026-01-01T10:00:00Z")
    client.force_login(clinic["sue"])
    address = reverse("team-reviews", args=[clinic.team.slug])

    with django_assert_max_num_queries(7):
        page = html.fromstring(client.get(address).content.decode())

    links = page.xpath("//main//h2/a/@href")
    assert links == [page_of(letter), page_of(other)]
    waits = page.xpath("//main//span[contains(@class, 'chip')]/text()")
    assert re.match(r"waits for \d+\sm", waits[0])
