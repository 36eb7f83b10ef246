"""All laws we know: one that differs has its own page, twenty that hardly differ are one table."""

from ..vocabulary import Law
from . import au_privacy, ch_fadp, eu_gdpr, uk_gdpr, us_ca_ccpa, us_il_bipa
from .us_federal import COMING, COPPA, FCRA
from .us_others import CUBI, MHMDA, NYC, WASHINGTON_BIOMETRIC
from .us_states import COMPREHENSIVE

LAWS: dict[str, Law] = {
    law.key: law
    for law in (
        us_il_bipa.LAW,
        eu_gdpr.LAW,
        uk_gdpr.LAW,
        ch_fadp.LAW,
        au_privacy.LAW,
        us_ca_ccpa.LAW,
        CUBI,
        MHMDA,
        WASHINGTON_BIOMETRIC,
        NYC,
        *COMPREHENSIVE,
        COPPA,
        FCRA,
        *COMING,
    )
}


def law_of(key: str) -> Law:
    """The law of that key; raises LookupError, naming the choices."""
    try:
        return LAWS[key]
    except KeyError:
        raise LookupError(f"unknown law {key!r}; known are: {', '.join(LAWS)}") from None
