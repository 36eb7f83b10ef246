"""All laws we know, one file a law. ``LAWS`` are those we write letters under."""

from ..vocabulary import Law
from . import eu_gdpr, uk_gdpr, us_il_bipa
from .known import KNOWN

LAWS: dict[str, Law] = {law.key: law for law in (us_il_bipa.LAW, eu_gdpr.LAW, uk_gdpr.LAW)}
# Laws that we can only speak about: whether they protect somebody, not how to use them.
KNOWN_LAWS: dict[str, Law] = {law.key: law for law in KNOWN}


def law_of(key: str) -> Law:
    """The law of that key; raises LookupError, naming the choices."""
    try:
        return LAWS[key]
    except KeyError:
        raise LookupError(f"unknown law {key!r}; known are: {', '.join(LAWS)}") from None
