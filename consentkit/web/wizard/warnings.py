"""A word of caution beside a field, where somebody types a number that nobody should send.

It never stops anyone: the letter is theirs. static/consentkit/letter.js knows the same patterns,
so the warning is there before anything is sent; a test holds the two together.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy

SOCIAL_SECURITY = r"(?<![\d-])(?!000|666|9\d\d)\d{3}[- ](?!00)\d{2}[- ](?!0000)\d{4}(?![\d-])"
# Passports and identity cards: nine or ten letters and digits in one word, at least five digits.
DOCUMENT = r"(?<![\w@./-])(?=[A-Z0-9]*\d)(?=(?:[A-Z]*\d){5})[A-Z0-9]{9,10}(?![\w@./-])"
# Personal numbers and payment cards: eleven to nineteen digits, perhaps in groups.
LONG_NUMBER = r"(?<![\w+/-])\d(?:[ -]?\d){10,18}(?![\w/-])"


ABOUT_SOCIAL_SECURITY = gettext_lazy(
    "This looks like a social security number. No company needs it to answer your letter: better "
    "leave it out."
)
ABOUT_DOCUMENTS = gettext_lazy(
    "This looks like the number of a passport, an identity card or a payment card. No company "
    "needs it to answer your letter: better leave it out."
)


def warning(text: str) -> str:
    """What to say beside a field with this text; nothing where it looks harmless."""
    if re.search(SOCIAL_SECURITY, text):
        return str(ABOUT_SOCIAL_SECURITY)
    if re.search(DOCUMENT, text) or re.search(LONG_NUMBER, text):
        return str(ABOUT_DOCUMENTS)
    return ""
