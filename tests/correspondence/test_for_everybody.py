"""The pages of sending, messages and files in a browser: on a phone, and without script."""

from __future__ import annotations

import io

import pytest
from django.conf import settings as site_settings
from django.test import Client
from django.urls import reverse

from consentkit.correspondence.actions import send_letter
from consentkit.correspondence.attachments import add_file
from consentkit.correspondence.channels import CHANNELS
from consentkit.correspondence.inbound import receive
from consentkit.correspondence.models import Message
from tests.correspondence.test_inbound import mail
from tests.test_queue import drain

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 320, "height": 700}


@pytest.fixture
def as_ada(make_page, ada):
    """Open a page as Ada, who has signed in."""

    def open_page(address, **options):
        client = Client()
        client.force_login(ada)
        page = make_page(**options)
        cookie = client.cookies[site_settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": site_settings.SESSION_COOKIE_NAME, "value": cookie, "url": make_page.address}]
        )
        page.goto(address)
        return page

    return open_page


@pytest.fixture
def pages(case, letter, ada, outbox, inbox):
    """Every page of this part, with something on each."""
    out = send_letter(letter, channel="email", by=ada)
    drain()
    Message.objects.filter(pk=out.pk).update(state="uncertain", problem="worker")
    came = receive(mail("answer", out)).message
    add_file(case, "a-rather-long-name-" * 6 + "proof.pdf", io.BytesIO(b"%PDF-1.7\n"))
    code, number = case.code, letter.number
    ways = [reverse("case-send-by", args=[code, number, way]) for way in CHANNELS]
    return [
        reverse("case-send", args=[code, number]),
        *ways,
        reverse("case-message", args=[code, out.pk]),
        reverse("case-message", args=[code, came.pk]),
        reverse("case-add-files", args=[code]),
        reverse("case", args=[code]),
        reverse("outbox"),
    ]


def test_every_page_fits_a_phone_and_has_no_barrier(as_ada, axe, pages):
    page = as_ada(pages[0], viewport=PHONE)
    too_wide = []
    for address in pages:
        page.goto(address)
        for details in page.locator("details").all():
            details.evaluate("one => one.open = true")
        axe(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            too_wide.append((address, width))

    assert too_wide == []


def test_the_text_can_be_copied_with_one_press(as_ada, case, outbox):
    page = as_ada(reverse("case-send-by", args=[case.code, 1, "email"]))
    button = page.locator("[data-copy='mail-subject-1']")
    button.click()

    assert button.inner_text() == "Copied"


def test_a_letter_is_sent_and_a_proof_is_kept_without_script(as_ada, case, outbox, tmp_path):
    proof = tmp_path / "receipt.pdf"
    proof.write_bytes(b"%PDF-1.7\n")
    page = as_ada(reverse("case-send", args=[case.code, 1]), java_script_enabled=False)
    page.get_by_role("link", name="By e-mail", exact=True).click()
    page.get_by_role("button", name="Send it now").click()
    assert page.get_by_role("status").inner_text().startswith("The letter is on its way")

    page.get_by_role("link", name="By registered or certified post").click()
    page.get_by_label("The number of the consignment").fill("RR 123")
    page.get_by_label("What you keep as proof").set_input_files(proof)
    page.get_by_role("button", name="Record that it has gone out").click()
    assert page.get_by_role("link", name="receipt.pdf").count() == 1
    assert case.records.get(kind="sent").note == "RR 123"
