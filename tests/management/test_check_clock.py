"""manage.py check_clock, the page for monitors, and the warning on the pages."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from consentkit.cases import clock
from consentkit.teams.models import User

pytestmark = pytest.mark.django_db


def check() -> tuple[int, str, str]:
    """The exit status, what was said, and what was complained of."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("check_clock", stdout=out, stderr=err, no_color=True)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def ran(name: str, hours_ago: float) -> None:
    clock.beat(name, timezone.now() - timedelta(hours=hours_ago))


def test_all_is_well_when_both_ran_within_26_hours():
    ran("sweep", 25)
    ran("digest", 1)

    status, said, complained = check()

    assert (status, complained) == (0, "")
    assert [line.partition(":")[0] for line in said.splitlines()] == ["sweep", "digest"]


@pytest.mark.parametrize("name", clock.WATCHED)
def test_each_is_complained_of_loudly_when_it_stands_still(name):
    for one in clock.WATCHED:
        ran(one, 26.1 if one == name else 1)

    status, _, complained = check()

    assert status == 1
    assert [line.split()[4] for line in complained.splitlines()] == [name]
    assert complained.startswith("THE CLOCK STANDS STILL: ")


def test_what_never_ran_stands_still():
    status, said, complained = check()

    assert (status, said) == (1, "")
    assert complained.count("never ran") == 2


def test_a_monitor_can_ask_and_learns_nothing_else(client):
    ran("sweep", 1)
    late = client.get("/healthz/clock")
    ran("digest", 1)
    well = client.get("/healthz/clock")

    assert (late.status_code, well.status_code) == (503, 200)
    assert late.json()["digest"] == {"last": None, "late": True}
    assert {name: sorted(told) for name, told in well.json().items()} == {
        "sweep": ["last", "late"],
        "digest": ["last", "late"],
    }


WARNING = "No reminders go out at the moment"


def page_of(client, *, joined_hours_ago: float) -> str:
    joined = timezone.now() - timedelta(hours=joined_hours_ago)
    user = User.objects.create_user("ada@example.org", "secret", date_joined=joined)
    client.force_login(user)
    return client.get("/about/").content.decode()


@pytest.mark.parametrize(
    ("swept", "joined", "warned"),
    [
        (1, 100, False),
        (27, 100, True),
        (27, 1, True),
        (None, 100, True),
        (None, 1, False),  # the site is new, and its first sweep a minute away
    ],
)
def test_people_are_warned_when_reminders_stand_still(client, swept, joined, warned):
    if swept is not None:
        ran("sweep", swept)

    assert (WARNING in page_of(client, joined_hours_ago=joined)) is warned


def test_a_visitor_who_keeps_nothing_here_is_not_bothered(client, django_assert_num_queries):
    ran("sweep", 100)

    with django_assert_num_queries(0):
        assert WARNING not in client.get("/about/").content.decode()
