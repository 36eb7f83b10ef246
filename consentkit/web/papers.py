"""The layouts of a letter as people choose among them: by envelope, each with a small picture."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from consentkit.letters.envelope import MM, Box, Layout

NAMES = {
    "a4": (
        _("A4, German window, form B"),
        _("DL or C6/5, window at the left (DIN 5008). Good for most of Europe."),
    ),
    "din-a": (
        _("A4, German window, form A"),
        _("As form B, with less room above the address."),
    ),
    "uk": (_("A4, British window"), _("DL, window at the left.")),
    "ch": (_("A4, Swiss window"), _("C5/6, window at the right (SN 010130).")),
    "fr": (_("A4, French window"), _("DL, window at the right.")),
    "letter": (_("US Letter, one window"), _("No. 10.")),
    "letter-double": (
        _("US Letter, two windows"),
        _("No. 10; your own address shows in the upper window."),
    ),
}


PAPERS_WHY = _(
    "Address and fold marks fit this envelope. For one without a window, any of them will do."
)

# A picture is drawn in units of 5 mm.
UNIT = 5 * MM


def picture(layout: Layout) -> SafeString:
    """A sheet in small: its windows, what stands in and beside them, and where it is folded."""
    width, height = layout.size
    _top, right, _bottom, left = layout.margins
    text = Box(left, layout.body, width - left - right, height - layout.body - 30 * MM)
    windows = [layout.windows[0].address, layout.windows[0].sender]
    drawn = [_box(Box(0, 0, width, height), 'fill="none" stroke="currentColor" stroke-width="0.6"')]
    for pane in filter(None, windows):
        seen = _on_page(layout, pane)
        drawn.append(
            _box(
                seen,
                'rx="1" fill="currentColor" fill-opacity="0.16" stroke="currentColor" '
                'stroke-width="0.5"',
            )
        )
    drawn += [
        _lines(layout.sender, 3, 0.45),
        _lines(layout.about, 2, 0.45),
        _lines(layout.address, 4, 1),
        _lines(text, 12, 0.3),
    ]
    for fold in layout.folds:
        y = f"{fold / UNIT:.1f}"
        drawn.append(f'<path d="M0 {y}h1.6" stroke="currentColor" stroke-width="0.5"/>')
    return format_html(
        '<svg class="choice__picture" viewBox="-1 -1 {} {}" aria-hidden="true" focusable="false">'
        "{}</svg>",
        f"{width / UNIT + 2:.1f}",
        f"{height / UNIT + 2:.1f}",
        mark_safe("".join(drawn)),  # noqa: S308 (numbers of ours)
    )


def _on_page(layout: Layout, pane: Box) -> Box:
    """Where a window lies on the page when the sheet is in the middle of its envelope."""
    slips = list(layout.slips(layout.windows[0]))
    right = sum(one for one, _ in slips) / len(slips)
    down = sum(one for _, one in slips) / len(slips)
    return pane.moved(-right, -down)


def _box(box: Box, attributes: str) -> str:
    x, y, width, height = (
        f"{side / UNIT:.1f}" for side in (box.left, box.top, box.width, box.height)
    )
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" {attributes}/>'


def _lines(box: Box, number: int, opacity: float) -> str:
    """Lines of writing, some shorter than others."""
    step = min(box.height / number, 9 * MM if number > 4 else 5.2 * MM)
    paths = []
    for line in range(number):
        length = min(box.width, 42 * MM if number <= 4 else box.width) * (1, 0.8, 0.9)[line % 3]
        y = (box.top + step * (line + 0.5)) / UNIT
        paths.append(f"M{box.left / UNIT:.1f} {y:.1f}h{length / UNIT:.1f}")
    return (
        f'<path d="{"".join(paths)}" fill="none" stroke="currentColor" stroke-width="0.55" '
        f'stroke-opacity="{opacity}"/>'
    )
