"""``request.json`` in a letter: what the letter says as data, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import pikepdf
import pytest
from django.conf import settings

from consentkit.letters import keeping, texts, wire
from consentkit.letters.compose import compose
from consentkit.letters.render import pdf
from consentkit.letters.request import LetterRequest
from tests.world import NEEDED_FACTS, a_request

SCHEMA = json.loads((Path(settings.BASE_DIR) / "docs" / "request.schema.json").read_text("utf-8"))


def enclosed(request: LetterRequest) -> dict[str, Any]:
    """The data in the PDF of a letter."""
    with pikepdf.open(BytesIO(pdf(compose(request), request.paper))) as document:
        content = document.attachments["request.json"].get_file().read_bytes()
        (associated,) = document.Root.AF  # type: ignore[attr-defined]
        assert associated.AFRelationship == pikepdf.Name.Data
    told: dict[str, Any] = json.loads(content)
    return told


def texts_in(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for value in told.values():
            yield from texts_in(value)
    elif isinstance(told, list):
        for value in told:
            yield from texts_in(value)


def test_a_letter_encloses_what_it_asks_for() -> None:
    told = enclosed(a_request())

    assert told["law"]["key"] == "eu-gdpr"
    assert told["kind"] == "access"
    assert {"key": "access", "provision": "Art. 15 GDPR"} in told["rights"]
    assert told["account"] == {"handle": "@sample"}
    assert told["from"]["email"] == "ada@example.org"
    assert told["deadline"] == {
        "months": 1,
        "from": "receipt",
        "nature": "statutory",
        "provision": "Art. 12(3) GDPR",
    }


def test_every_letter_fits_the_schema_and_names_nobody_whom_it_does_not_name() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    for law, right, language in sorted(texts.catalogue()):
        needed = {name: NEEDED_FACTS[name] for name in texts.text_of(law, right, language).needs}
        draft = compose(a_request(law, right, language=language, facts=needed))
        told = json.loads(draft.data)

        validator.validate(told)
        said = draft.text()
        personal = [told[key] for key in ("reference", "subject", "from", "to", "account")]
        assert [text for text in texts_in(personal) if text not in said] == []


def test_an_account_that_the_letter_does_not_name_is_not_enclosed() -> None:
    request = a_request(edits={"details": "You know me."})

    assert enclosed(request)["account"] == {}


def test_own_words_prevail_over_what_a_standard_letter_asks_for() -> None:
    told = enclosed(a_request(edits={"time": "Please take your time.", "request": "Hello."}))

    assert told["wording"] == "own"
    assert told["rights"] == []
    assert told["deadline"] is None


def test_a_term_that_the_letter_asks_for_is_told_as_asked_for() -> None:
    told = enclosed(a_request("us-il-bipa", "notice", facts={"reply_within_days": 30}))

    assert told["deadline"] == {
        "days": 30,
        "from": "receipt",
        "nature": "requested",
        "provision": "",
    }


def test_the_sender_can_leave_the_data_out() -> None:
    request = replace(a_request(), machine_readable=False)

    with pikepdf.open(BytesIO(pdf(compose(request), "a4"))) as document:
        assert list(document.attachments) == []
        assert "/AF" not in document.Root
    assert keeping.from_json(keeping.as_json(request)) == request
    assert "machine_readable" not in keeping.as_json(a_request())


@pytest.mark.parametrize("value", ["no", 0, None])
def test_the_wire_takes_only_true_or_false(value: object) -> None:
    told = {"machine_readable": value}
    with pytest.raises(wire.BadRequest, match="machine_readable"):
        wire._flag(told, "machine_readable", default=True)
