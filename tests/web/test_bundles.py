"""The page of the evidence bundle: everything chosen, a download, and nothing for a stranger."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from lxml import html

from consentkit.cases.models import Case
from consentkit.correspondence.evidence import verify
from consentkit.letters.actions import take_in
from consentkit.letters.render import MissingEngine
from consentkit.teams.models import User
from tests.correspondence.evidence import a_full_case
from tests.world import a_request


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada@example.org", "x")


@pytest.fixture
def case(ada: User) -> Case:
    return a_full_case(ada)


@pytest.fixture
def page(client: Client, ada: User, case: Case) -> str:
    client.force_login(ada)
    return reverse("case-bundle", args=[case.code])


def form_of(response: Any) -> Any:
    (form,) = [
        form for form in html.fromstring(response.content.decode()).forms
        if "exhibits" in form.fields or "paper" in form.fields
    ]  # fmt: skip
    return form


def answers(form: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value)
    return found


def test_everything_is_chosen_and_one_press_gives_the_bundle(client: Client, page: str) -> None:
    form = form_of(client.get(page))

    response = client.post(page, answers(form))

    made = b"".join(response.streaming_content)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith('attachment; filename="CK-')
    assert response["Content-Length"] == str(len(made))
    assert "no-store" in response["Cache-Control"]
    assert verify(made) == []
    with pikepdf.open(BytesIO(made)) as document:
        assert len(document.Root.AF) == 11 + 2


def test_only_what_is_chosen_goes_in(client: Client, page: str) -> None:
    chosen = answers(form_of(client.get(page)))
    kept = chosen["exhibits"][1:3]
    told = {"exhibits": kept, "language": "de", "paper": "letter", "manifest": "yes"}

    manifest = json.loads(client.post(page, told).content)

    assert len(manifest["exhibits"]) == 2
    assert manifest["left_out"] == len(chosen["exhibits"]) - 2


NO_CHOICE = "Select a valid choice. %s is not one of the available choices."


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"exhibits": []}, "Choose at least one piece."),
        ({"paper": "a0"}, NO_CHOICE % "a0"),
        ({"language": ""}, "Choose a language."),
        ({"exhibits": ["file-0"]}, NO_CHOICE % "file-0"),
    ],
)
def test_what_is_wrong_stands_beside_the_field_and_choices_are_kept(
    client: Client, page: str, told: dict[str, Any], said: str
) -> None:
    chosen = {**answers(form_of(client.get(page))), "paper": "letter", **told}

    response = client.post(page, chosen)

    assert response.status_code == 422
    tree = html.fromstring(response.content.decode())
    errors = tree.xpath("//ul[contains(@class, 'errorlist')]/li")
    assert [one.text_content().strip() for one in errors] == [said]
    if "paper" not in told:
        assert form_of(response).fields["paper"] == "letter"


def test_a_stranger_finds_nothing(client: Client, page: str) -> None:
    client.force_login(User.objects.create_user("bob@example.org", "x"))

    assert client.get(page).status_code == 404
    assert client.post(page, {"exhibits": "letter-1"}).status_code == 404


def test_a_visitor_is_asked_to_sign_in(page: str) -> None:
    response = Client().get(page)

    assert response.status_code == 302
    assert "next=" in response["Location"]


def test_a_case_without_anything_says_so(client: Client, ada: User) -> None:
    client.force_login(ada)
    case = take_in(a_request(), owner=ada, place="IE")

    said = client.get(reverse("case-bundle", args=[case.code])).content.decode()

    assert "There is nothing to show yet: a letter goes in when it has gone out." in said


def test_a_missing_engine_is_told_and_nothing_is_downloaded(
    client: Client, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consentkit.letters import render

    def missing() -> None:
        raise MissingEngine

    chosen = answers(form_of(client.get(page)))
    monkeypatch.setattr(render, "_import_engine", missing)
    render._loaded.cache_clear()
    response = client.post(page, chosen)
    render._loaded.cache_clear()

    assert response.status_code == 422
    assert "PDF needs the Pango library" in response.content.decode()


def test_the_page_asks_the_database_as_often_for_one_file_as_for_many(
    client: Client, page: str, case: Case, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(50) as many:
        client.get(page)
    case.attachments.exclude(pk=case.attachments.order_by("pk")[0].pk).delete()

    with django_assert_max_num_queries(len(many)) as few:
        client.get(page)

    assert len(few) == len(many)


# In a browser -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False])
def test_it_works_on_a_telephone_with_and_without_script(
    make_page: Any, live_server: Any, axe: Any, transactional_db: None, scripts: bool
) -> None:
    ada = User.objects.create_user("ada@example.org", "x")
    case = a_full_case(ada)
    client = Client()
    client.force_login(ada)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = make_page(viewport={"width": 320, "height": 700}, java_script_enabled=scripts)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
    page.context.add_cookies([cookie])

    page.goto(case.get_absolute_url())
    page.get_by_role("link", name="Evidence bundle").click()
    if scripts:
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_label("Filed as proof of arrival").uncheck()
    # A busy machine takes longer over it than a page is otherwise given.
    with page.expect_download(timeout=90_000) as download:
        page.get_by_role("button", name="Make the bundle (PDF)").click(timeout=90_000)

    made = Path(download.value.path()).read_bytes()
    assert verify(made) == []
    with pikepdf.open(BytesIO(made)) as document:
        assert len(document.Root.AF) == 10 + 2
