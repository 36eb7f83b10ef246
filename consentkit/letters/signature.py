"""A signature drawn on a screen: strokes of points, and nothing else.

No picture and no markup of a stranger's ever reaches a letter: the page sends numbers, and the
path that is printed is made from these numbers here.
"""

from __future__ import annotations

import json
import math

from .request import Stroke

MOST_POINTS = 5_000
WIDTH, HEIGHT = 600, 200  # of the drawing, in its own units: three to one


class NotASignature(ValueError):
    """What was sent is not a drawing; the message says why."""


def strokes_from_json(text: str) -> tuple[Stroke, ...]:
    """Strokes from JSON, a list of lists of ``[x, y]`` between 0 and 1.

    Nothing drawn, or an empty text, gives no strokes. Raises NotASignature.
    """
    if not text.strip():
        return ()
    try:
        sent = json.loads(text)
    except (ValueError, RecursionError):
        raise NotASignature("the drawing is not JSON") from None
    if not isinstance(sent, list) or not all(isinstance(stroke, list) for stroke in sent):
        raise NotASignature("the drawing is not a list of strokes")
    if sum(len(stroke) for stroke in sent) > MOST_POINTS:
        raise NotASignature(f"the drawing has more than {MOST_POINTS} points")
    return tuple(tuple(_point(point) for point in stroke) for stroke in sent if stroke)


def _point(point: object) -> tuple[float, float]:
    if isinstance(point, list) and len(point) == 2:
        x, y = point
        if all(type(n) in (int, float) and math.isfinite(n) and 0 <= n <= 1 for n in (x, y)):
            return float(x), float(y)
    raise NotASignature("a point is not two numbers between 0 and 1")


def path(strokes: tuple[Stroke, ...]) -> str:
    """The strokes as the data of an SVG path in a field of WIDTH by HEIGHT."""
    parts = []
    for stroke in strokes:
        points = [f"{x * WIDTH:.1f} {y * HEIGHT:.1f}" for x, y in stroke]
        if len(points) == 1:
            points *= 2  # a dot is a line without length
        parts.append("M" + " L".join(points))
    return " ".join(parts)
