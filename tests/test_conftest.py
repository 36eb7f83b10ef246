"""What the fixtures promise: a closed network, and pages that may not complain."""

import socket

import pytest
from django.http import HttpResponse
from django.urls import path

from tests.conftest import NetworkIsClosed, is_here


def answer(body, content_type="text/html", status=200):
    return lambda request: HttpResponse(body, content_type=content_type, status=status)


def page(html):
    return answer(f"<!doctype html><title>x</title>{html}")


urlpatterns = [
    path("quiet", page("<p>hello")),
    path("inline", page("<script>alert(1)</script>")),
    path("foreign", page("<img src='http://foreign.example/i.png'>")),
    path("raises", page("<script src='oh.js'></script>")),
    path("oh.js", answer("throw new Error('oh')", "text/javascript")),
    path("missing", answer("gone", status=404)),
    path("favicon.ico", answer("")),
]


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0)])
@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_no_socket_reaches_another_machine(address, method):
    family = socket.AF_INET if len(address) == 2 else socket.AF_INET6
    with socket.socket(family) as sock, pytest.raises(NetworkIsClosed):
        getattr(sock, method)(address)


def test_nobody_looks_up_a_foreign_name():
    with pytest.raises(NetworkIsClosed):
        socket.create_connection(("platform.example", 443), timeout=1)


@pytest.mark.parametrize(
    "address", [("127.0.0.1", 1), ("localhost", 1), ("::1", 1, 0, 0), "/tmp/socket", None]
)
def test_this_machine_stays_open(address):
    assert is_here(address)


@pytest.mark.urls("tests.test_conftest")
def test_a_quiet_page_has_no_problem(browser_page):
    browser_page.goto("/quiet")
    assert browser_page.text_content("p") == "hello"


@pytest.mark.urls("tests.test_conftest")
@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("/inline", "Content Security Policy"),
        ("/foreign", "foreign request: http://foreign.example/i.png"),
        ("/raises", "exception: oh"),
        ("/missing", "404 (Not Found)"),
    ],
)
def test_a_page_that_complains_fails_its_test(make_page, address, complaint):
    make_page().goto(address)
    found, make_page.problems[:] = list(make_page.problems), []

    assert complaint in "\n".join(found)


@pytest.mark.urls("tests.test_conftest")
def test_a_complaint_can_be_expected(make_page):
    make_page(allow=["404 (Not Found)"]).goto("/missing")


@pytest.mark.urls("tests.test_conftest")
def test_axe_finds_a_page_without_a_language(browser_page, axe):
    browser_page.goto("/quiet")
    with pytest.raises(AssertionError, match="html-has-lang"):
        axe(browser_page)
