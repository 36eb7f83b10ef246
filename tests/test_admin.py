"""The back office knows people by e-mail, and shows the directory without letting it be changed."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.urls import reverse

from consentkit.platforms.models import Entity, Platform

User = get_user_model()
PASSWORD = "correct horse battery staple"


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser("clara@example.org", PASSWORD))
    return client


@pytest.fixture
def platform():
    platform = Platform.objects.create(slug="example", name="Example")
    Entity.objects.create(platform=platform, number=0, legal_name="Example Ltd", regions=["*"])
    return platform


def clara():
    """Somebody who works here, and whose address is confirmed."""
    person = User.objects.create_superuser("clara@example.org", PASSWORD)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.mark.django_db
def test_staff_signs_in_where_everybody_does(client):
    clara()

    door = client.get(reverse("admin:index"), follow=True).redirect_chain[-1][0]
    answer = client.post(door, {"login": "Clara@Example.org", "password": PASSWORD})

    assert door == "/account/login/?next=%2Fadmin%2F"
    assert answer.headers["Location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.django_db
def test_the_back_office_takes_no_password_itself(client):
    clara()

    answer = client.post(
        reverse("admin:login"), {"username": "clara@example.org", "password": PASSWORD}
    )

    assert answer.headers["Location"].startswith("/account/login/")
    assert client.get(reverse("admin:index")).status_code == 302


@pytest.mark.django_db
def test_somebody_who_does_not_work_here_is_refused(client):
    client.force_login(User.objects.create_user("ada@example.org", PASSWORD))

    assert client.get(reverse("admin:index"), follow=True).status_code == 403


@pytest.mark.django_db
def test_a_user_is_added_by_e_mail(staff):
    form = {
        "email": "dora@example.org",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    answer = staff.post(reverse("admin:consentkit_user_add"), form)

    assert answer.status_code == 302, answer.context["errors"]
    dora = User.objects.get(email="dora@example.org")
    assert answer.headers["Location"] == reverse("admin:consentkit_user_change", args=[dora.pk])
    assert dora.check_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "typed", "number"),
    [
        ("consentkit_platform_changelist", "exa", 1),
        ("consentkit_user_changelist", "Clara@Example.org", 1),
        ("consentkit_user_changelist", "clara", 0),  # sealed: found as a whole or not at all
        ("consentkit_user_changelist", "", 1),
    ],
)
def test_lists_can_be_searched(staff, platform, name, typed, number):
    found = staff.get(reverse(f"admin:{name}"), {"q": typed}).context["cl"].result_list

    assert len(found) == number


@pytest.mark.django_db
def test_the_directory_is_shown_and_not_changed(staff, platform):
    address = reverse("admin:consentkit_platform_change", args=[platform.pk])

    assert "Example Ltd" in staff.get(address).text
    assert staff.post(address, {"name": "Other"}).status_code == 403
    assert staff.get(reverse("admin:consentkit_platform_add")).status_code == 403
    delete = reverse("admin:consentkit_platform_delete", args=[platform.pk])
    assert staff.post(delete, {"post": "yes"}).status_code == 403


def test_the_back_office_keeps_to_the_content_policy(make_page, platform):
    person = clara()
    page = make_page(allow=["favicon.ico"])  # the back office names no icon
    page.goto(reverse("admin:index"))
    page.fill("[name=login]", person.email)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    for address in (
        reverse("admin:consentkit_user_changelist"),
        reverse("admin:consentkit_user_change", args=[person.pk]),
        reverse("admin:consentkit_user_add"),
        reverse("admin:consentkit_platform_change", args=[platform.pk]),
        reverse("admin:django_q_schedule_changelist"),
    ):
        page.goto(address)
        assert page.text_content("#site-name").strip() == "ConsentKit"
