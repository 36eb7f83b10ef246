"""Authorities: who has which, and whether an address of theirs can be relied on."""

from __future__ import annotations

import pytest

from consentkit.law.places import LAENDER
from consentkit.law.vocabulary import Confidence
from consentkit.letters.envelope import LAYOUTS, fit
from consentkit.platforms.authorities import Authority, authorities, authorities_of


@pytest.mark.parametrize("authority", authorities().values(), ids=list(authorities()))
def test_an_authority_can_be_written_to(authority: Authority) -> None:
    lines = (authority.name, *authority.address)

    assert len(lines) > 2
    assert authority.address_source.title
    assert authority.form == "" or authority.form.startswith("https://")
    for layout in LAYOUTS.values():
        fitted = fit(lines, layout.address)
        assert len(fitted.lines) * fitted.leading <= layout.address.height
    assert bool(authority.address_note) != authority.has_sure_address


def test_an_address_that_is_read_or_uncertain_was_looked_at_on_a_day() -> None:
    undated = {
        each.address_source.confidence
        for each in authorities().values()
        if each.address_source.read_on is None
    }

    assert undated == {Confidence.SETTLED}


@pytest.mark.parametrize("land", LAENDER)
def test_every_land_has_one_authority_for_companies(land: str) -> None:
    [authority] = authorities_of(f"DE-{land}")

    assert authority.place == f"DE-{land}"


@pytest.mark.parametrize(
    ("residence", "keys"),
    [
        ("DE-BY", ["debaylda"]),
        ("DE", []),
        ("CH-ZH", ["chedoeb"]),
        ("AU-NSW", ["auoaic"]),
        ("GB-SCT", ["gbico"]),
        ("FR", ["frcnil"]),
        ("US-CA", []),
    ],
)
def test_people_complain_where_they_live(residence: str, keys: list[str]) -> None:
    assert [authority.key for authority in authorities_of(residence)] == keys
