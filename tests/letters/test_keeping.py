"""A request that was kept makes the same letter again, years later."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from consentkit.letters.compose import compose
from consentkit.letters.facts import check_facts
from consentkit.letters.keeping import as_json, from_json
from consentkit.letters.texts import text_of
from consentkit.platforms.loading import read_directory
from consentkit.platforms.records import PlatformRecord
from tests.letters.test_golden import one_law_each
from tests.world import NEEDED_FACTS, a_request

DIRECTORY = {platform.slug: platform for platform in read_directory()[0]}


def kept(request):
    """The request as the database gives it back."""
    return from_json(json.loads(json.dumps(as_json(request))))


@pytest.mark.parametrize(("folder", "law", "kind", "language"), one_law_each())
def test_every_letter_comes_back_as_it_was(folder, law, kind, language):
    needed = {name: NEEDED_FACTS[name] for name in text_of(law, kind, language).needs}
    request = a_request(law, kind, language=language, facts=needed)

    again = kept(request)

    assert again == replace(request, facts=check_facts(needed))
    assert compose(again) == compose(request)


def test_what_somebody_wrote_and_drew_comes_back():
    request = a_request(
        edits={"opening": "I am writing to you.\n\nAgain.", "manner": None},
        strokes=(((0.0, 0.25), (1.0, 0.5)), ((0.125, 0.75),)),
        file="CK-ABCDEFGH",
    )

    assert kept(request) == request
    assert kept(request).reference() == "CK-ABCDEFGH"


@pytest.mark.parametrize("slug", ["tiktok", "facebook", "clearview-ai"])
def test_a_company_is_kept_as_it_was_without_what_is_said_about_it_elsewhere(slug: str) -> None:
    request = a_request(platform=DIRECTORY[slug])

    again = kept(request).platform

    assert isinstance(again, PlatformRecord)
    assert [replace(entity, sources={}) for entity in request.platform.entities] == list(
        again.entities
    )
    assert compose(kept(request)) == compose(replace(request, platform=again))
