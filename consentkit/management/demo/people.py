"""The people of the demo: how they sign in, and where they live."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from consentkit.letters.request import Sender
from consentkit.teams.models import User

EMAIL, PASSWORD, NAME = "demo@example.org", "demo", "Dana Demo"
HOMES = {
    "DE-BE": Sender(NAME, ("Demoweg 1", "10115 Berlin"), EMAIL),
    "GB-ENG": Sender(NAME, ("1 Demo Street", "Leeds", "LS1 1AA"), EMAIL),
    "CH-ZH": Sender(NAME, ("Demogasse 1", "8000 Zürich"), EMAIL),
    "US-IL": Sender(NAME, ("1 Demo Street", "Chicago, IL 60601"), EMAIL),
    "US-CO": Sender(NAME, ("1 Demo Street", "Denver, CO 80202"), EMAIL),
    "US-CA": Sender(NAME, ("1 Demo Street", "Sacramento, CA 95814"), EMAIL),
}
SIGNATURE = (((0.1, 0.7), (0.2, 0.2), (0.35, 0.6), (0.5, 0.4), (0.9, 0.5)),)  # a wave of a pen


def user(email: str, name: str) -> User:
    """Somebody who can sign in."""
    person = User.objects.create_user(email, PASSWORD, name=name)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person
