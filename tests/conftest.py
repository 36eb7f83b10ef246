"""What every test may use. The network is closed; browser tests fail on any complaint of the page.

For browser tests, which need Chromium and are skipped (and named at the end) without it:

``browser_page``  a Playwright page on the live server: ``browser_page.goto("/letter/")``
``make_page``     the same with options, as often as needed:
                  ``make_page(java_script_enabled=False, viewport={"width": 360, "height": 800},
                  locale="de-DE", color_scheme="dark", allow=["status of 422"])``
``axe``           ``axe(page)`` fails with a list of what axe finds wrong with the page

A test that uses one of them is marked ``browser`` by itself.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

BROWSER_FIXTURES = {"browser", "make_page", "browser_page"}
CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # tests may run as root, where Chromium's own sandbox refuses to start
    "--disable-gpu",
    # A browser that calls home fails where the network is closed, and is none of our business.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# What can run here --------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-database",
        action="store_true",
        help="only tests that a database could answer differently; none in a browser",
    )
    parser.addoption(
        "--golden", action="store_true", help="write the golden letters anew; review the difference"
    )
    parser.addoption(
        "--every-letter", action="store_true", help="check every letter as PDF, not only a sample"
    )
    parser.addoption(
        "--pages", action="store_true", help="take the pages as they look now; look at each of them"
    )


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # once, not in every process of xdist
        from django.core.management import call_command  # only once the settings are there

        call_command("compile_translations")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--only-database"):
        items[:] = [item for item in items if asks_database(item)]
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", [])):
            item.add_marker(pytest.mark.browser)
        if item.get_closest_marker("browser") and CHROMIUM is None:
            item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install chromium"))


# Pages that read the list of companies and nothing else: no database answers them differently.
# Nor the matrix of roles and addresses: the conditions that it relies on have tests of their own.
ALIKE_ON_EVERY_DATABASE = frozenset(
    {
        "tests.teams.test_matrix",
        "tests.web.test_check",
        "tests.web.test_pages",
        "tests.web.test_wizard",
    }
)


def asks_database(item: Any) -> bool:
    if item.module.__name__ in ALIKE_ON_EVERY_DATABASE:
        return False
    fixtures = set(getattr(item, "fixturenames", []))
    if fixtures & BROWSER_FIXTURES:
        return False
    return bool(item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"})


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgres"):
        from django.db import connection  # only once the settings are there

        if connection.vendor != "postgresql":
            pytest.skip("only on PostgreSQL: set DATABASE_URL")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was not run, and why, in a section of its own."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    if reasons:
        terminalreporter.section("NOT RUN", yellow=True, bold=True)
        for reason, number in reasons.most_common():
            terminalreporter.line(f"{number} test{'s' if number > 1 else ''}: {reason}")


# The network is closed ----------------------------------------------------------------------------


class NetworkIsClosed(AssertionError):
    """A test tried to reach another machine."""


def is_here(address: object) -> bool:
    """Whether a host name, or the address of a socket, stays on this machine."""
    host = address[0] if isinstance(address, tuple) else address
    if host is None:
        return True
    name = os.fsdecode(host)
    is_unix_socket = "/" in name
    return is_unix_socket or name in ("localhost", "::1", "") or name.startswith("127.")


@pytest.fixture(autouse=True, scope="session")
def closed_network() -> Iterator[None]:
    """Let no socket reach another machine, and let nobody look up its name."""
    patch = pytest.MonkeyPatch()

    def guard(owner: object, name: str) -> None:
        original = getattr(owner, name)
        position = 1 if owner is socket.socket else 0  # after self, where there is one

        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not is_here(args[position]):
                raise NetworkIsClosed(f"{name}({args[position]!r}): tests talk to no other machine")
            return original(*args, **kwargs)

        patch.setattr(owner, name, guarded)

    guard(socket.socket, "connect")
    guard(socket.socket, "connect_ex")
    guard(socket, "getaddrinfo")
    yield
    patch.undo()


# Browsers -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium; one for all tests of a process."""
    from playwright.sync_api import sync_playwright  # slow to import; only browser tests need it

    with sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, which Django takes for an async view.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Pages:
    """Opens pages on the live server, each in a browser profile of its own.

    ``problems`` collects every error or warning that a page logs, every exception it raises and
    every request to another host, unless it contains one of the texts in ``allow``. The other
    options are those of Playwright's ``new_context``.
    """

    def __init__(self, browser: Any, address: str) -> None:
        self.browser = browser
        self.address = address
        self.contexts: list[Any] = []
        self.problems: list[str] = []

    def __call__(self, *, allow: Sequence[str] = (), **options: Any) -> Any:
        def complain(what: str) -> None:
            if not any(text in what for text in allow):
                self.problems.append(what)

        def look_at_console(message: Any) -> None:
            if message.type in ("error", "warning"):
                complain(f"console {message.type}: {message.text} ({message.location['url']})")

        def look_at_request(request: Any) -> None:
            if not request.url.startswith((self.address + "/", "data:", "blob:")):
                complain(f"foreign request: {request.url}")

        options = {"base_url": self.address, "locale": "en-GB", **options}
        context = self.browser.new_context(**options)
        self.contexts.append(context)
        context.set_default_timeout(10_000)
        context.on("console", look_at_console)
        context.on("weberror", lambda error: complain(f"exception: {error.error}"))
        context.on("request", look_at_request)
        return context.new_page()


@pytest.fixture
def make_page(browser: Any, live_server: Any) -> Iterator[Pages]:
    """Open pages with the options of ``Pages``; the test fails if a page had a problem."""
    pages = Pages(browser, live_server.url)
    yield pages
    for context in pages.contexts:
        context.close()
    assert pages.problems == []


@pytest.fixture
def browser_page(make_page: Pages) -> Any:
    """One page with scripts, in English, on a desktop screen."""
    return make_page()


@pytest.fixture
def axe() -> Callable[..., None]:
    """``axe(page)`` fails with a list of the accessibility faults that axe finds on the page.

    It runs as a script: on a page with scripts switched off it would wait for ever.
    """
    from axe_playwright_python.sync_playwright import Axe  # slow to import

    def check(page: Any, *, tags: list[str] = WCAG) -> None:
        options = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]}
        violations = Axe().run(page, options=options).response["violations"]
        faults = [
            f"{fault['id']}: {fault['help']}: {node['html']}"
            for fault in violations
            for node in fault["nodes"]
        ]
        assert faults == []

    return check
