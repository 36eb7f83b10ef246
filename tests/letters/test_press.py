"""Standing type: the same bytes as WeasyPrint alone makes, or not used at all, and it says so."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from django.core.management import call_command

from consentkit.letters import render
from consentkit.letters.compose import compose
from consentkit.letters.enclosed import enclosures
from consentkit.letters.press import checks, pinned, sample
from consentkit.letters.press.works import Order, Works
from consentkit.letters.render import NoGlyph
from consentkit.letters.request import LetterRequest, Sender
from tests.letters.random_letters import random_requests
from tests.letters.sameness import differences, pictures_differ, stock_pdf
from tests.world import ADA, a_request


@pytest.fixture
def works() -> Iterator[Works]:
    """A press that has printed nothing yet."""
    with render.typesetting() as engine:
        yield Works(engine)


def order(request: LetterRequest) -> Order:
    draft = compose(request)
    pages = tuple(render._html(draft, request.paper, one) for one in draft.addressees)
    return Order(pages, render.sheets_of(request.paper), enclosures(draft))


def sender(name: str, number: int) -> Sender:
    return replace(ADA, name=name, address=(f"Musterweg {number}", "10115 Berlin"))


def of_campaign(number: int) -> list[LetterRequest]:
    """Letters of one shape: one line of each address is another, and a signature."""
    stroke = ((0.1, 0.5), (0.4, 0.2))
    return [
        a_request(
            sender=replace(
                ADA, name=f"Ada Beispiel {n}", address=(f"Musterweg {n}", "10115 Berlin")
            ),
            strokes=((*stroke, (0.9, n / 100)),),
        )
        for n in range(10, 10 + number)
    ]


def test_random_letters_are_those_of_weasyprint(works: Works) -> None:
    requests = list(random_requests(14, seed=4))

    for request in requests:
        asked = order(request)
        assert works.printed(asked) == works.plainly(asked)

    assert works.given_up == ""
    assert works.from_standing_type > 3


@pytest.mark.parametrize("seed", [7, 8])
def test_a_letter_differs_from_stock_weasyprint_only_in_what_was_added(seed: int) -> None:
    for request in islice(random_requests(9, seed), 0, 9, 4):
        draft = compose(request)
        ours, stock = render.pdf(draft, request.paper), stock_pdf(draft, request.paper)

        assert differences(ours, stock) == []
        assert not pictures_differ(ours, stock, 150)


def test_letters_of_a_campaign_come_from_standing_type_with_their_signatures(works: Works) -> None:
    printed = [works.printed(order(request)) for request in of_campaign(6)]

    assert works.from_standing_type == 5
    assert len(set(printed)) == 6


def test_what_was_printed_before_changes_no_letter(works: Works) -> None:
    one, *others = of_campaign(3)
    first = works.printed(order(one))
    for other in (*others, a_request(language="de"), a_request("us-il-bipa", "notice")):
        works.printed(order(other))

    assert works.printed(order(one)) == first


def test_a_character_that_no_font_has_is_named_in_a_letter_from_standing_type(works: Works) -> None:
    for request in of_campaign(2):
        works.printed(order(request))
    strange = replace(
        of_campaign(1)[0],
        sender=replace(ADA, name="Ada \ue123", address=("Musterweg 9", "10115 Berlin")),
    )

    with pytest.raises(NoGlyph, match=r"U\+E123"):
        works.printed(order(strange))

    works.engine.unknown.clear()
    assert works.printed(order(of_campaign(1)[0])) == works.plainly(order(of_campaign(1)[0]))


# Where it goes wrong ------------------------------------------------------------------------------


def test_a_press_that_prints_something_else_is_given_up_loudly(
    works: Works, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, third = of_campaign(3)
    works.printed(order(first))
    (family,) = works._stock._families.values()
    (forme,) = family.formes.values()
    forme.contents[0][0] += b"\n1 0 0 rg"

    with caplog.at_level(logging.ERROR):
        printed = works.printed(order(second))

    assert printed == works.plainly(order(second))
    assert "differs" in works.given_up
    assert "STANDING TYPE IS OFF" in caplog.text
    assert works.printed(order(third)) == works.plainly(order(third))
    assert works.from_standing_type == 1


def test_a_press_that_breaks_is_given_up_and_the_letter_is_printed(
    works: Works, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = of_campaign(2)
    works.printed(order(first))
    (family,) = works._stock._families.values()
    (forme,) = family.formes.values()
    forme.placed.clear()

    assert works.printed(order(second)) == works.plainly(order(second))
    assert works.given_up != ""
    assert "STANDING TYPE IS OFF" in caplog.text


def test_it_can_be_switched_off(settings: Any) -> None:
    with render.typesetting() as engine:
        assert engine.works() is not None
        settings.STANDING_TYPE = False
        assert engine.works() is None
    draft = compose(a_request())

    without = render.pdf(draft, "a4")
    settings.STANDING_TYPE = True

    assert render.pdf(draft, "a4") == without


def test_another_version_of_the_engine_switches_it_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(pinned.KNOWN, "weasyprint", "69.0")

    engine = render.Engine()

    assert engine.works() is None
    assert "only the inside of 69.0 is known" in caplog.text
    (warning,) = checks.check_press()
    assert warning.id == "consentkit.W002"


def test_the_command_prints_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_press")

    printed = len(list(sample.requests()))
    assert f"8 of {printed} letters came from standing type" in capsys.readouterr().out


def test_the_command_fails_where_it_is_off(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.STANDING_TYPE = False

    with pytest.raises(SystemExit) as stopped:
        call_command("check_press")

    assert stopped.value.code == 1
    assert "STANDING_TYPE is False" in capsys.readouterr().err
