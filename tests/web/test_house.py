"""The pages of a team's house texts, and the house texts of a letter in the making."""

from __future__ import annotations

import pytest
from django.urls import reverse
from lxml import html

from consentkit.letters import house_texts
from consentkit.letters.models import HouseText, HouseTextVersion
from consentkit.teams.models import Membership
from tests.letters.test_house import a_matter, a_text, clinic, in_use, latest, passes, words_of
from tests.web.test_reviews import text_of

pytestmark = pytest.mark.django_db
State = HouseTextVersion.State
__all__ = ["clinic"]


def page_of(text, name="team-text"):
    return reverse(name, args=[text.team.slug, text.pk])


def main_of(response):
    return html.fromstring(response.content.decode()).xpath("//main")[0]


def errors_of(response):
    """What is said beside each field, by its name."""
    fields = main_of(response).xpath("//*[@aria-invalid='true']")
    return {one.get("name") for one in fields}


def test_a_text_goes_from_a_student_to_the_letters_of_the_team(client, clinic):
    listed = reverse("team-texts", args=[clinic.team.slug])
    new = reverse("team-text-new", args=[clinic.team.slug])
    told = {
        "kind": "paragraph",
        "title": "Who we are",
        "body": "We write for {client}.",
        "language": "en",
        "everywhere": "on",
    }

    client.force_login(clinic["stu"])
    assert "There are none yet." in text_of(client.get(listed))
    written = client.post(new, told, follow=True)
    [text] = HouseText.objects.all()
    assert "We write for Jo Example." in text_of(written)
    asked = client.post(page_of(text), {"do": "ask", "version": latest(text).pk}, follow=True)
    assert "This version waits for its review." in text_of(asked)

    client.force_login(clinic["sue"])
    queue = client.get(reverse("team-reviews", args=[clinic.team.slug]))
    [link] = main_of(queue).xpath("//a[@class='card__link']/@href")
    assert link == page_of(text)
    page = client.get(link)
    form = main_of(page).xpath("//form[.//button[@value='approve']]")[0]
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    decided = client.post(link, {**fields, "do": "approve", "comments": ""}, follow=True)
    assert "Approved. New letters have it from now on." in text_of(decided)
    assert "in use" in text_of(client.get(listed))
    assert house_texts.house_for(
        clinic.team, law="eu-gdpr", kind="access", language="en"
    ).paragraphs == ("We write for {client}.",)


def test_the_review_shows_what_changes_in_the_words_and_in_the_letter(client, clinic):
    text = in_use(clinic, body="We write for {client}.")
    house_texts.write(text, "We act for {client}.", by=clinic["stu"])
    client.force_login(clinic["sue"])

    page = main_of(client.get(page_of(text)))

    changed = page.xpath("//article//div[contains(@class, 'review-part--changed')]")
    assert [one.xpath("string(.//del/text())") for one in changed] == ["write"]
    assert [one.xpath("string(.//ins/text())") for one in changed] == ["act"]
    assert page.xpath("//ol/li/h3/text()") == ["Version 1: in use"]


def test_return_needs_words_and_the_author_finds_them(client, clinic):
    text = a_text(clinic)
    house_texts.submit(latest(text), by=clinic["stu"])
    version = latest(text)
    told = {"do": "return", "version": version.pk, "digest": version.content_sha256}
    client.force_login(clinic["sue"])

    empty = client.post(page_of(text), {**told, "comments": ""})
    client.post(page_of(text), {**told, "comments": "Say who we are."})

    assert empty.status_code == 422
    assert errors_of(empty) == {"comments"}
    client.force_login(clinic["stu"])
    assert "Say who we are." in text_of(client.get(page_of(text)))


def test_words_that_changed_since_are_not_approved(client, clinic):
    text = a_text(clinic)
    house_texts.submit(latest(text), by=clinic["stu"])
    seen = latest(text).content_sha256
    house_texts.write(text, "Something else.", by=clinic["stu"])
    house_texts.submit(latest(text), by=clinic["stu"])
    client.force_login(clinic["sue"])

    told = {"do": "approve", "version": latest(text).pk, "digest": seen, "comments": ""}
    response = client.post(page_of(text), told)

    assert response.status_code == 422
    assert latest(text).state == State.WAITING


@pytest.mark.parametrize(
    ("who", "do", "status"),
    [
        ("cay", "approve", 404),
        ("stu", "retire", 404),
        ("vic", "ask", 404),
        ("sue", "release", 404),
        ("clara", "approve", 422),
    ],
)
def test_what_somebody_may_not_do_is_refused(client, clinic, who, do, status):
    text = a_text(clinic, by="clara")
    version = latest(text)
    if do != "ask":
        house_texts.submit(version, by=clinic["clara"])
    told = {"do": do, "version": version.pk, "digest": latest(text).content_sha256}
    client.force_login(clinic[who])

    assert client.post(page_of(text), {**told, "comments": ""}).status_code == status
    assert latest(text).state == (State.DRAFT if do == "ask" else State.WAITING)


def test_a_text_of_another_team_is_not_found(client, clinic):
    text = a_text(clinic)
    client.force_login(clinic["stu"])
    Membership.objects.filter(user=clinic["stu"]).delete()

    for name in ("team-text", "team-text-write", "team-text-sample"):
        assert client.get(page_of(text, name)).status_code == 404


def test_where_nobody_else_may_approve_it_is_said(client, clinic):
    Membership.objects.filter(user=clinic["sue"]).delete()
    text = a_text(clinic, by="clara")
    client.force_login(clinic["clara"])

    assert "nobody approves a text of their own" in text_of(client.get(page_of(text)))


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({}, {"kind", "title", "body"}),
        ({"body": "{client.__class__}"}, {"kind", "title", "body"}),
        ({"kind": "paragraph", "title": "A", "body": "{% now %}", "language": "en"}, {"body"}),
        ({"kind": "closing", "title": "A", "body": "a\nb", "language": "en"}, {"body"}),
        ({"kind": "paragraph", "title": "A", "body": "Words."}, {"language"}),
        (
            {
                "kind": "letterhead",
                "title": "A",
                "body": "B",
                "law": "us-il-bipa",
                "right": "access",
            },
            {"right"},
        ),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_written(client, clinic, told, wrong):
    client.force_login(clinic["stu"])

    response = client.post(reverse("team-text-new", args=[clinic.team.slug]), told)

    assert response.status_code == 422
    assert errors_of(response) - {"kind"} == wrong - {"kind"}
    assert main_of(response).xpath("string(//textarea)").strip() == told.get("body", "")
    assert not HouseText.objects.exists()


def test_signs_that_no_font_has_are_found_before_the_review(client, clinic):
    text = a_text(clinic, body="We write for you \u0378.")
    client.force_login(clinic["stu"])

    response = client.post(page_of(text), {"do": "ask", "version": latest(text).pk})

    assert response.status_code == 422
    assert latest(text).state == State.DRAFT


def test_the_sample_letter_is_a_pdf_of_nobody(client, clinic):
    text = in_use(clinic, kind="letterhead", language="", body="{team}\nMatter {matter_number}")
    client.force_login(clinic["vic"])

    response = client.get(page_of(text, "team-text-sample"))

    assert response["Content-Type"] == "application/pdf"
    assert "Example Clinic Matter 2026-001 (end) Jo Example" in text_of(client.get(page_of(text)))


# A letter in the making ---------------------------------------------------------------------------


def choices(response):
    """The house texts that a letter can have, and which it has."""
    radios = html.fromstring(response.content.decode()).xpath("//input[@name='house']")
    return {one.get("value"): one.get("checked") is not None for one in radios}


def test_a_new_letter_of_a_case_has_them_and_can_do_without(client, clinic):
    case = a_matter(clinic)
    new = reverse("case-letter-new", args=[case.code, "reminder"])
    client.force_login(clinic["cay"])
    assert choices(client.get(new)) == {}
    in_use(clinic)

    with_them, without = client.get(new), client.post(new, {"house": "none"})

    assert choices(with_them) == {"now": True, "none": False}
    assert choices(without) == {"now": False, "none": True}
    assert ["We write for Ada Beispiel." in text_of(one) for one in (with_them, without)] == [
        True,
        False,
    ]


def test_a_draft_offers_the_newer_version_and_takes_it_when_somebody_says_so(client, clinic):
    text = in_use(clinic)
    letter = a_matter(clinic).letters.get()
    edit = reverse("case-letter-edit", args=[letter.case.code, letter.number])
    client.force_login(clinic["cay"])
    assert choices(client.get(edit)) == {"kept": True, "none": False}

    house_texts.write(text, "We act for {client}.", by=clinic["stu"])
    passes(clinic, text)
    page = client.get(edit)

    assert choices(page) == {"kept": True, "now": False, "none": False}
    assert "an approval of it counts no more" in text_of(page)
    assert "We write for Ada Beispiel." in text_of(page)
    form = html.fromstring(page.content.decode()).xpath("//form[@id='letter-form']")[0]
    told = {name: value or "" for name, value in form.form_values()}
    client.post(edit, {**told, "house": "now", "save": "yes"})
    letter.refresh_from_db()
    assert words_of(letter) == ["We act for Ada Beispiel."]

    house_texts.retire(text, by=clinic["sue"])
    assert "are no longer in use" in text_of(client.get(edit))


def test_a_letter_says_which_version_it_was_made_with(client, clinic):
    text = in_use(clinic)
    letter = a_matter(clinic).letters.get()
    house_texts.write(text, "We act for {client}.", by=clinic["stu"])
    passes(clinic, text)
    client.force_login(clinic["vic"])

    page = client.get(reverse("case-letter", args=[letter.case.code, letter.number]))

    assert "House texts of the team: Who we are, version 1" in text_of(page)


def test_a_paragraph_of_the_team_is_left_out_and_never_rewritten(client, clinic):
    in_use(clinic)
    letter = a_matter(clinic).letters.get()
    edit = reverse("case-letter-edit", args=[letter.case.code, letter.number])
    name = "eu-gdpr.access.en.house-1"
    client.force_login(clinic["cay"])

    rewritten = client.post(edit, {f"text:{name}": "Other words.", f"was:{name}": "x"})
    left_out = client.post(edit, {"toggle": name})

    assert "We write for Ada Beispiel." in text_of(rewritten)
    assert "Other words." not in text_of(rewritten)
    assert "We write for Ada Beispiel." not in text_of(left_out)
