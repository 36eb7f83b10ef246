"""The back office knows people by e-mail, and shows the directory without letting it be changed."""

import pytest
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


@pytest.mark.django_db
def test_staff_signs_in_by_e_mail(client):
    User.objects.create_superuser("clara@example.org", PASSWORD)

    answer = client.post(
        reverse("admin:login"), {"username": "Clara@Example.org", "password": PASSWORD}
    )

    assert answer.status_code == 302
    assert client.get(reverse("admin:index")).status_code == 200


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
@pytest.mark.parametrize("name", ["consentkit_user_changelist", "consentkit_platform_changelist"])
def test_lists_can_be_searched(staff, platform, name):
    found = staff.get(reverse(f"admin:{name}"), {"q": "exa"}).context["cl"].result_list

    assert len(found) == 1


@pytest.mark.django_db
def test_the_directory_is_shown_and_not_changed(staff, platform):
    address = reverse("admin:consentkit_platform_change", args=[platform.pk])

    assert "Example Ltd" in staff.get(address).text
    assert staff.post(address, {"name": "Other"}).status_code == 403
    assert staff.get(reverse("admin:consentkit_platform_add")).status_code == 403
    delete = reverse("admin:consentkit_platform_delete", args=[platform.pk])
    assert staff.post(delete, {"post": "yes"}).status_code == 403


def test_the_back_office_keeps_to_the_content_policy(make_page, platform):
    clara = User.objects.create_superuser("clara@example.org", PASSWORD)
    page = make_page(allow=["favicon.ico"])  # the back office names no icon
    page.goto(reverse("admin:index"))
    page.fill("[name=username]", clara.email)
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    for address in (
        reverse("admin:consentkit_user_changelist"),
        reverse("admin:consentkit_user_change", args=[clara.pk]),
        reverse("admin:consentkit_user_add"),
        reverse("admin:consentkit_platform_change", args=[platform.pk]),
        reverse("admin:django_q_schedule_changelist"),
    ):
        page.goto(address)
        assert page.text_content("#site-name").strip() == "ConsentKit"
