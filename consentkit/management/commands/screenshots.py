"""``manage.py screenshots``: the pictures in docs/screenshots, taken of a fresh site."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from consentkit.management.demo.people import EMAIL, PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page

TARGET = settings.BASE_DIR / "docs" / "screenshots"


class Command(BaseCommand):
    help = "Take the pictures in docs/screenshots anew, with Chromium, of a site with demo data."

    def handle(self, *args: Any, **options: Any) -> None:
        # Only needed here, and only where the tests' packages are installed.
        from playwright.sync_api import sync_playwright

        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        if chromium is None:
            raise CommandError("Screenshots need Chromium: apt-get install chromium")
        TARGET.mkdir(parents=True, exist_ok=True)
        with fresh_site() as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(
                base_url=address, locale="en-US", viewport={"width": 1280, "height": 1000}
            )
            page.goto("/")
            self.take(page, "home")
            write_letter(page)
            self.take(page, "wizard")
            look_at_group(page)
            self.take(page, "dashboard")
            browser.close()

    def take(self, page: Page, name: str) -> None:
        page.screenshot(path=TARGET / f"{name}.png")
        self.stdout.write(f"docs/screenshots/{name}.png")


def write_letter(page: Page) -> None:
    """Carl in Chicago writes to TikTok about his face, until the letter can be sent."""

    def settle() -> None:
        page.wait_for_load_state("networkidle")
        page.wait_for_selector(".htmx-request", state="detached")

    def choose(name: str, value: str) -> None:
        page.check(f"input[name='{name}'][value='{value}']")
        settle()

    def done(section: str) -> None:
        page.click(f"#done-{section}")
        settle()

    page.goto("/letter/")
    page.select_option("#id_country", "US")
    settle()
    page.select_option("#id_region", label="Illinois")
    done("home")
    choose("want", "face")
    done("want")
    page.fill("#id_q", "tiktok")
    choose("platform", "tiktok")
    done("whom")
    done("law")
    page.fill("#id_handle", "@carl")
    page.fill("#id_account_email", "carl@example.org")
    page.fill("#id_name", "Carl Carlson")
    choose("way", "post")
    page.fill("#id_address", "1 Main Street\nChicago, IL 60601")
    page.locator("#id_address").blur()
    settle()
    page.locator("#section-details").evaluate("section => section.scrollIntoView()")


def look_at_group(page: Page) -> None:
    """The overview of the demo group, as its owner sees it."""
    page.goto("/account/login/?next=/teams/demo-group/dashboard/")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector(".charts")
    page.reload()  # without the message that one is signed in
    page.set_viewport_size({"width": 1280, "height": 800})


@contextmanager
def fresh_site() -> Iterator[str]:
    """The address of a development site with a database of its own, gone afterwards."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    quiet = subprocess.DEVNULL
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'db.sqlite3'}"
        environment = {**os.environ, "DATABASE_URL": database, "DEBUG": "True"}
        for command in (["migrate"], ["compile_translations"], ["sync_platforms"], ["demo"]):
            subprocess.run([*manage, *command], env=environment, stdout=quiet, check=True)
        serve = [*manage, "runserver", "--noreload", str(port)]
        server = subprocess.Popen(serve, env=environment, stdout=quiet, stderr=quiet)
        try:
            wait_for(address)
            yield address
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str) -> None:
    """Return as soon as the site answers. Raises CommandError after half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 (our own http address)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise CommandError(f"{address} does not answer")
