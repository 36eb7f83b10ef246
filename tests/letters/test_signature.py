"""A drawn signature is numbers, and nothing else gets through."""

import json

import pytest

from consentkit.letters.signature import MOST_POINTS, NotASignature, path, strokes_from_json


def test_strokes_become_a_path() -> None:
    strokes = strokes_from_json("[[[0, 0], [0.5, 1]], [[1, 1]], []]")

    assert path(strokes) == "M0.0 0.0 L300.0 200.0 M600.0 200.0 L600.0 200.0"
    assert strokes_from_json("  ") == ()


@pytest.mark.parametrize(
    "sent",
    [
        "no",
        "{}",
        "[1]",
        "[[1]]",
        "[[[0, 0, 0]]]",
        "[[[0, 1.1]]]",
        "[[[NaN, 0]]]",
        '[[["0", 0]]]',
        "[[[true, 0]]]",
        '[["<script>"]]',
        "[" * 100_000,
        json.dumps([[[0, 0]] * (MOST_POINTS + 1)]),
    ],
)
def test_anything_else_is_refused(sent: str) -> None:
    with pytest.raises(NotASignature):
        strokes_from_json(sent)
