"""``manage.py sync_platforms``: the database follows the files, and says what changed."""

from __future__ import annotations

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from consentkit.platforms import actions
from consentkit.platforms.actions import SyncReport, sync
from consentkit.platforms.loading import read_directory, read_platform
from consentkit.platforms.models import Entity, NameTrigram, Platform, PlatformName
from consentkit.platforms.search import search
from tests.platforms.files import EXAMPLE, example, write

pytestmark = pytest.mark.django_db


def run(directory: Path, *options: str) -> tuple[str, str]:
    """Run the command; gives what it printed, and what it complained of."""
    out, err = StringIO(), StringIO()
    try:
        call_command("sync_platforms", *options, directory=directory, stdout=out, stderr=err)
    except CommandError as error:
        err.write(f"{error} (exit status {error.returncode})\n")
    return out.getvalue(), err.getvalue()


def listed() -> list[str]:
    return list(Platform.objects.filter(listed=True).values_list("slug", flat=True))


def test_the_database_says_what_the_files_say() -> None:
    records, _ = read_directory()

    sync(records)

    stored = Platform.objects.order_by("slug").prefetch_related("entities")
    assert [platform.record() for platform in stored] == records


def test_the_first_run_adds_and_the_second_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "example", EXAMPLE)

    first = run(tmp_path)
    rows = list(Platform.objects.values()), list(NameTrigram.objects.values())
    second = run(tmp_path)

    assert first == (
        "added example\n1 added, 0 changed, 0 no longer listed, 0 unchanged\n",
        "",
    )
    assert second == ("0 added, 0 changed, 0 no longer listed, 1 unchanged\n", "")
    assert (list(Platform.objects.values()), list(NameTrigram.objects.values())) == rows


def test_unchanged_platforms_cost_one_query(tmp_path: Path) -> None:
    write(tmp_path, "example", EXAMPLE)
    records, _ = read_directory(tmp_path)
    sync(records)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        sync(records)

    reads = [query for query in queries if query["sql"].startswith("SELECT")]
    writes = [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert (len(reads), len(writes)) == (1, 0)


def test_a_change_is_reported_field_by_field(tmp_path: Path) -> None:
    write(tmp_path, "example", EXAMPLE)
    run(tmp_path)
    write(
        tmp_path,
        "example",
        example(
            owner='owner = "Somebody Else"',
            address='address = ["2 Main Street", "Springfield, IL 62701"]',
        ),
    )

    out, _ = run(tmp_path)

    assert out.splitlines() == [
        "changed example: owner, US, *: address",
        "0 added, 1 changed, 0 no longer listed, 0 unchanged",
    ]
    platform = Platform.objects.get()
    assert platform.record() == read_platform("example", tmp_path)
    assert [found.slug for found in search("somebody else")] == ["example"]
    assert search("example holdings", limit=1)[0].owner == "Somebody Else"


def test_another_number_of_companies_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "example", EXAMPLE)
    run(tmp_path)
    write(tmp_path, "example", EXAMPLE.rpartition("\n[[entities]]")[0])

    assert run(tmp_path)[0].startswith("changed example: entities\n")
    assert Entity.objects.count() == 1


def test_a_comment_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "example", EXAMPLE)
    run(tmp_path)
    write(tmp_path, "example", "# A comment.\n" + EXAMPLE)

    assert run(tmp_path)[0] == "0 added, 0 changed, 0 no longer listed, 1 unchanged\n"


def test_another_way_of_searching_fills_the_tables_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "example", EXAMPLE)
    run(tmp_path)
    monkeypatch.setattr(actions, "EDITION", actions.EDITION + 1)

    assert run(tmp_path)[0].startswith("changed example: how it is searched\n")


def test_a_platform_without_its_file_is_kept_but_not_listed(tmp_path: Path) -> None:
    write(tmp_path, "other", example(name='name = "Other"'))
    path = write(tmp_path, "example", EXAMPLE)
    run(tmp_path)
    path.unlink()

    out, _ = run(tmp_path)

    assert out.splitlines()[0] == "no longer listed: example"
    assert listed() == ["other"]
    assert Platform.objects.get(slug="example").record().name == "Example"
    assert PlatformName.objects.filter(platform__slug="example").count() == 0
    assert run(tmp_path)[0] == "0 added, 0 changed, 0 no longer listed, 1 unchanged\n"


def test_a_platform_comes_back_with_its_file(tmp_path: Path) -> None:
    write(tmp_path, "other", example(name='name = "Other"'))
    path = write(tmp_path, "example", EXAMPLE)
    run(tmp_path)
    path.unlink()
    run(tmp_path)
    write(tmp_path, "example", EXAMPLE)

    assert run(tmp_path)[0].splitlines()[0] == "added example"
    assert listed() == ["example", "other"]
    assert [found.slug for found in search("exemplar")] == ["example", "other"]


def test_an_invalid_file_is_named_and_stops_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "broken", EXAMPLE.replace('country = "US"', 'country = "USA"'))
    write(tmp_path, "example", EXAMPLE)

    out, err = run(tmp_path)

    assert out.splitlines()[0] == "added example"
    assert err.splitlines() == [
        "broken.toml:22: unknown country 'USA'; expected two letters, like IE",
        "broken.toml:23: US-IL does not lie in USA, the country",
        "1 left as they were, for the mistakes named above (exit status 1)",
    ]
    assert listed() == ["example"]


def test_a_platform_whose_file_breaks_stays_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, "example", EXAMPLE)
    run(tmp_path)
    write(tmp_path, "example", "name = ")
    write(tmp_path, "other", example(name='name = "Other"'))

    run(tmp_path)

    assert listed() == ["example", "other"]
    assert Platform.objects.get(slug="example").record().owner == "Example Holdings"


def test_checking_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "broken", "name = ")
    write(tmp_path, "example", EXAMPLE)

    out, err = run(tmp_path, "--check")

    assert out == "1 files are valid\n"
    assert err.startswith("broken.toml:1: is not valid TOML: invalid value")
    assert listed() == []


def test_an_empty_folder_empties_nothing(tmp_path: Path) -> None:
    write(tmp_path, "example", EXAMPLE)
    run(tmp_path)
    (tmp_path / "example.toml").unlink()

    assert run(tmp_path) == ("", f"there are no platform files in {tmp_path} (exit status 1)\n")
    assert listed() == ["example"]


def test_a_platform_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "example", EXAMPLE)

    def fail(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(actions, "_index", fail)
    with pytest.raises(RuntimeError):
        run(tmp_path)

    assert (Platform.objects.count(), Entity.objects.count()) == (0, 0)


def test_the_report_of_nothing() -> None:
    assert sync([]) == SyncReport()
    assert list(SyncReport().lines()) == ["0 added, 0 changed, 0 no longer listed, 0 unchanged"]


def test_the_database_refuses_what_cannot_be() -> None:
    platform = Platform.objects.create(slug="example", name="Example")

    with pytest.raises(IntegrityError), transaction.atomic():
        Entity.objects.create(
            platform=platform, number=1, since=date(2026, 2, 1), until=date(2026, 1, 1)
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        PlatformName.objects.create(platform=platform, kind="name", text="example", size=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Platform.objects.create(slug="example", name="Another")


def test_rows_introduce_themselves() -> None:
    sync([read_platform("tiktok")])

    assert str(Platform.objects.get()) == "TikTok"
    assert str(Entity.objects.get(number=1)) == "TikTok USDS Joint Venture LLC (US)"
    assert str(PlatformName.objects.get(kind="name")) == "tiktok (name)"
    assert str(NameTrigram.objects.filter(trigram="kto").first()).startswith("'kto' of ")
