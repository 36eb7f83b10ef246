"""A small world for tests. Ada lives in Berlin, Carl in Chicago, Una in Leeds; none is a person.

Their platform is Example, whose US company changed on 1 June 2026.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from consentkit.cases.actions import record
from consentkit.cases.models import Case
from consentkit.law.statutes import LAWS
from consentkit.letters.actions import take_in
from consentkit.letters.request import Account, LetterRequest, Sender
from consentkit.platforms.records import EntityRecord, PlatformRecord
from consentkit.teams.models import User

EXAMPLE = PlatformRecord(
    slug="example",
    name="Example",
    entities=(
        EntityRecord(
            regions=("EEA",),
            legal_name="Example Ireland Limited",
            address=("Attn: Privacy", "1 Quay Street", "Dublin 4", "D04 X2K5"),
            country="IE",
            holiday_place="IE",
        ),
        EntityRecord(
            regions=("GB",),
            legal_name="Example UK Limited",
            address=("2 Mill Lane", "Leeds", "LS1 1AA"),
            country="GB",
            holiday_place="GB-ENG",
        ),
        EntityRecord(
            regions=("CH", "AU"),
            legal_name="Example Worldwide Pte. Ltd.",
            address=("8 Harbour Road", "Singapore 000008"),
            country="SG",
            holiday_place="SG",
        ),
        EntityRecord(
            regions=("US",),
            legal_name="Example New LLC",
            address=("3 Main Street, Suite 100", "Springfield, CA 90001"),
            country="US",
            holiday_place="US-CA",
            since=date(2026, 6, 1),
        ),
        EntityRecord(
            regions=("US",),
            legal_name="Example Old Inc.",
            address=("4 Main Street", "Springfield, CA 90002"),
            country="US",
            holiday_place="US-CA",
            until=date(2026, 5, 31),
        ),
    ),
)

ADA = Sender("Ada Beispiel", ("Musterweg 5", "10115 Berlin"), "ada@example.org")
CARL = Sender("Carl Sample", ("12 Elm Street", "Chicago, IL 60601"), "carl@example.org")
UNA = Sender("Una Instance", ("7 Park Row", "Leeds", "LS1 5HD"), "una@example.org")

ZOE = Sender("Zoé Exemple", ("Musterweg 7", "8000 Zürich"), "zoe@example.org")
BRUCE = Sender("Bruce Sample", ("9 Wattle Street", "Sydney NSW 2000"), "bruce@example.org")


def home(law: str) -> tuple[str, str, Sender]:
    """Where somebody lives whom the law protects, their paper, and who they are."""
    homes = {
        "eu-gdpr": ("DE-BE", "a4", ADA),
        "uk-gdpr": ("GB-ENG", "a4", UNA),
        "ch-fadp": ("CH-ZH", "a4", ZOE),
        "au-privacy": ("AU-NSW", "a4", BRUCE),
    }
    return homes.get(law) or (LAWS[law].only_place or "US-IL", "letter", CARL)


# Whatever some letter cannot do without.
NEEDED_FACTS: dict[str, object] = {
    "situation": "I work with children and my employer reads what is shown beside my name.",
    "wrong_data": "born in 1999",
    "correct_data": "born in 1998",
    "restriction_ground": "accuracy",
    "decision": "On 2 November 2026 my account was closed, and no reason was given.",
    "claim": "Effects of the app measured my face without asking.",
    "first_letter_on": date(2026, 10, 1),
    "stalls": ["no_answer"],
    "authority": "The Authority",
    "remedy": "Tell me what was made from my face.",
    "refused_on": date(2026, 11, 2),
    "venue": "Example Store, 5 Sample Street, on 3 November 2026",
    "person_name": "Kim Sample",
}


def a_request(law: str = "eu-gdpr", right: str = "access", **told: Any) -> LetterRequest:
    """A request from somebody whom the law protects, to Example; anything may be told otherwise."""
    residence, paper, sender = home(law)
    return LetterRequest(
        **{
            "law": law,
            "right": right,
            "platform": EXAMPLE,
            "language": "en",
            "paper": paper,
            "date": date(2026, 11, 24),
            "residence": residence,
            "sender": sender,
            "account": Account(handle="@sample"),
            **told,
        }
    )


# Cases --------------------------------------------------------------------------------------------

Told = tuple[str, str, dict[str, Any]]  # a kind of fact, its day in 2026 (03-31), and its details


def a_person(email: str = "ada@example.org", **told: Any) -> User:
    """Somebody with an account."""
    return User.objects.create_user(email, "pass-word-of-nobody", **{"name": "Ada", **told})


def a_case(*facts: Told, owner: User | None = None, place: str = "IE", **asked: Any) -> Case:
    """A case whose opening letter bears the date of 2 March 2026, and what was told of it since."""
    request = a_request(**{"date": date(2026, 3, 2), **asked})
    case = take_in(request, owner=owner or a_person(), place=place)
    tell(case, *facts)
    return case


def tell(case: Case, *facts: Told) -> None:
    """Record facts, as their owner would."""
    for kind, on, details in facts:
        record(
            case,
            kind,
            on=date.fromisoformat(f"2026-{on}"),
            by=case.owner,
            details=details,  # type: ignore[arg-type]  # keys as texts, as they are stored
        )
