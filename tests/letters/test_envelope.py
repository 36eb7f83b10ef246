"""The address is inside the window, whatever the address."""

import pytest

from consentkit.letters.envelope import ENVELOPES, AddressTooLong, Envelope, fit

SHORT = ("Example LLC", "1 Main Street", "Springfield, CA 90001")
LONG = (
    "Example Ireland Limited",
    "Attn: Privacy",
    "Merrion Road",
    "Dublin 4",
    "D04 X2K5",
    "IRELAND",
)


@pytest.mark.parametrize("envelope", ENVELOPES.values(), ids=list(ENVELOPES))
@pytest.mark.parametrize("lines", [SHORT, LONG, (*LONG, "one more"), ("word " * 40, *SHORT)])
def test_an_address_fits(lines: tuple[str, ...], envelope: Envelope) -> None:
    fitted = fit(lines, envelope)

    assert len(fitted.lines) * fitted.leading <= envelope.height
    assert (
        " ".join(fitted.lines).replace(",", "").split() == " ".join(lines).replace(",", "").split()
    )


def test_short_lines_are_joined_before_the_type_becomes_small() -> None:
    assert fit(LONG, ENVELOPES["a4"]).lines == LONG
    assert fit(LONG, ENVELOPES["letter"]).lines == (
        "Example Ireland Limited",
        "Attn: Privacy, Merrion Road",
        "Dublin 4, D04 X2K5",
        "IRELAND",
    )


def test_an_address_without_end_is_an_error() -> None:
    with pytest.raises(AddressTooLong):
        fit(tuple("x" * 60 for _ in range(40)), ENVELOPES["letter"])
