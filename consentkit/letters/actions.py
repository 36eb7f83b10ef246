"""Making the letters of a case, and freezing them when they go out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.cases import actions as cases
from consentkit.cases.log import BadFact, Detail
from consentkit.cases.models import Case, CaseWord
from consentkit.cases.trail import leave
from consentkit.clients.conflicts import may_open
from consentkit.clients.models import Client
from consentkit.teams.access import Forbidden, client_reach, require
from consentkit.teams.actions import NotPossible, matter_number
from consentkit.teams.models import Team, User
from consentkit.teams.roles import Permission

from . import approval, authority
from .compose import compose
from .house import House
from .house_texts import house_of, in_matter
from .keeping import as_json, filled_in
from .models import Letter
from .render import html, pdf
from .request import LetterRequest
from .role import arrival_of, is_to_authority
from .texts import LetterText, text_of

# The facts of a letter that a date can turn on, by the name under which the law asks for them.
FACTS_OF_LAW = {
    "reply_within_days": "reply_within_days",
    "authenticated": "requester_authenticated",
}


class Frozen(Exception):
    """The letter has gone out and cannot be changed."""


class Changed(BadFact):
    """The letter is not the one any more that was to become final."""


@transaction.atomic
def take_in(
    request: LetterRequest,
    *,
    owner: User,
    place: str,
    demo: bool = False,
    team: Team | None = None,
    client: Client | None = None,
    campaign: int | None = None,
    mandate_later: bool = False,
    house: bool = True,
) -> Case:
    """A new case with its opening letter. ``place`` is where the answer is owed.

    With a team and its client it is a matter of theirs, and ``owner`` is who answers for it. Taking
    the same letter in twice gives the case that is there. ``campaign`` is the key of the campaign
    to which it belongs; ``mandate_later`` lets the letter wait as a draft for a mandate that the
    client has yet to sign. The approved house texts of the team are put in, unless the request has
    some or ``house`` is off. Raises what ``compose`` raises; for a matter also Forbidden,
    NotPossible while a conflict is not decided, and OutsideMandate.
    """
    if team is not None:
        _may_open(team, client, owner)
    # One at a time, so that a button that is pressed twice makes one case.
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    reference = request.reference()
    known = Case.objects.visible_to(owner).filter(
        reference=reference, law=request.law, team=team, client=client
    )
    existing = known.filter(kind=request.right).first()
    if existing is not None:
        return existing
    draft = compose(replace(request, house=House()))  # the matter has no number yet
    case = cases.open_case(
        owner=owner,
        law=request.law,
        kind=request.right,
        rights=draft.rights,
        place=place,
        platform=request.platform.slug,
        language=request.language,
        reference=reference,
        about=about(request, [one.name for one in draft.addressees]),
        on=request.date,
        demo=demo,
        team=team,
        client=client,
        matter_number=matter_number(team, request.date) if team else "",
        campaign=campaign,
    )
    leave(case, "case.opened", by=owner)
    if house and not request.house:
        found = house_of(case, kind=request.right, language=request.language)
        request = replace(request, house=found)
    draft_letter(case, request, by=owner, mandate_later=mandate_later)
    return case


def about(request: LetterRequest, addressees: Sequence[str]) -> dict[str, object]:
    """What is personal of a case that a letter opens. ``addressees`` are companies by name."""
    facts, sender = request.facts, request.sender
    return {
        "company": request.platform.name,
        "addressees": list(addressees),
        "person": facts.get("person_name") or sender.name,
        "born": _iso(facts.get("person_born")),
        "collected_since": _iso(facts.get("since")) if request.law == "us-il-bipa" else None,
        "residence": request.residence,
        "sender": [sender.name, sender.email, *sender.address],
        "account": [request.account.handle, request.account.email],
    }


def _may_open(team: Team, client: Client | None, owner: User) -> None:
    """Raise Forbidden or NotPossible unless somebody may open a matter in a team."""
    require(owner, Permission.DRAFT, team)
    if client is None:
        return
    reached = Client.objects.filter(client_reach(owner, Permission.CLIENTS), team=team)
    if not reached.filter(pk=client.pk).exists():
        raise Forbidden(f"user {owner.pk}: client {client.pk}")
    if not may_open(client):
        raise NotPossible(_("A possible conflict of interest has to be decided first."))


@transaction.atomic
def draft_letter(
    case: Case, request: LetterRequest, *, by: User | None, mandate_later: bool = False
) -> Letter:
    """A further letter of a case, as a draft. Raises what ``compose`` raises, and OutsideMandate.

    With ``mandate_later`` the client may sign the mandate later; until then it cannot go out.
    """
    request = replace(request, house=in_matter(request.house, case))
    compose(request)
    authority.covers(case, request.law, request.right, on=request.date, later=mandate_later)
    # A number is never used twice, not even that of a draft that was given up.
    used = [fact.letter or 0 for fact in case.facts() if fact.kind == "made"]
    letter = Letter.objects.create(
        case=case,
        number=max(used, default=0) + 1,
        law=request.law,
        kind=request.right,
        language=request.language,
        to_authority=is_to_authority(request.law, request.right),
        made_at=timezone.now(),
        request=as_json(request),
    )
    cases.record(case, "made", on=request.date, by=by, details=made_details(request, letter.number))
    cases.learn_words(case, filled_in(request), CaseWord.Place.LETTER)
    return letter


def made_details(request: LetterRequest, number: int) -> dict[Detail, object]:
    """What the log says of a letter that was made."""
    arrival = arrival_of(request.law, request.right)
    return {
        Detail.LETTER: number,
        Detail.KIND: request.right,
        Detail.ARRIVAL: arrival.value if arrival else "",
        Detail.ASKED: {
            name: request.facts[fact]
            for fact, name in FACTS_OF_LAW.items()
            if fact in request.facts
        },
    }


@transaction.atomic
def revise(letter: Letter, request: LetterRequest, *, by: User | None = None) -> None:
    """Change a draft; what was approved of it before counts no more.

    Raises Frozen once it has gone out, and what ``compose`` raises.
    """
    # Whoever decides about a letter holds its case, so that nobody decides about what changes.
    Case.objects.select_for_update(no_key=True).get(pk=letter.case_id)
    before = Letter.objects.get(pk=letter.pk).request
    rewrite(letter, request)
    if letter.request != before:
        approval.changed(letter, by=by)


def rewrite(letter: Letter, request: LetterRequest) -> None:
    """Put a draft in other words, whatever was said of it. Raises as ``revise`` does."""
    compose(request)
    changed = Letter.objects.filter(pk=letter.pk, frozen_at=None).update(
        request=as_json(request), language=request.language
    )
    if not changed:
        raise Frozen(f"{letter} has gone out")
    letter.refresh_from_db()
    cases.learn_words(letter.case, filled_in(request), CaseWord.Place.LETTER)


@transaction.atomic
def delete_draft(letter: Letter, *, by: User | None) -> None:
    """Give a draft up: its making is struck from the log.

    Raises Frozen once it has gone out, and BadFact for the letter that opened the case.
    """
    made = next(
        fact for fact in letter.case.facts() if fact.kind == "made" and fact.letter == letter.number
    )
    deleted, _models = Letter.objects.filter(pk=letter.pk, frozen_at=None).delete()
    if not deleted:
        raise Frozen(f"{letter} has gone out")
    cases.strike(letter.case, made.number, by=by, reason=gettext("The draft was given up."))


def freeze(letter: Letter, *, at: datetime | None = None) -> Letter:
    """Make the letter final: its words, its page and its PDF, with their hashes.

    Safe to repeat: a frozen letter stays as it is. Raises NotApproved, MissingEngine, NoGlyph or
    AddressTooLong, and leaves the draft as it was; also Changed, where somebody changes the draft
    while its PDF is made.
    """
    approval.may_go_out(letter, by=None)
    if letter.is_frozen:
        return letter
    request = letter.letter_request()
    authority.covers(letter.case, letter.law, letter.kind, on=timezone.localdate(at))
    draft = compose(request)
    page, paper = html(draft, request.paper), pdf(draft, request.paper)
    with transaction.atomic():
        # Whoever changes a draft, or decides about it, holds its case.
        Case.objects.select_for_update(no_key=True).get(pk=letter.case_id)
        if Letter.objects.get(pk=letter.pk).request != letter.request:
            raise Changed(_("Somebody has changed this letter just now. Look at it again."))
        approval.may_go_out(letter, by=None)
        authority.covers(letter.case, letter.law, letter.kind, on=timezone.localdate(at))
        Letter.objects.filter(pk=letter.pk, frozen_at=None).update(
            frozen_at=at or timezone.now(),
            title=draft.title,
            text=draft.text(),
            html=page,
            pdf=paper,
            html_sha256=sha256(page.encode()).hexdigest(),
            pdf_sha256=sha256(paper).hexdigest(),
            text_version=text_version(text_of(letter.law, letter.kind, letter.language)),
            software_version=settings.VERSION,
        )
    letter.refresh_from_db()
    return letter


def text_version(text: LetterText) -> str:
    """The day a text was last reviewed, and the beginning of the hash of its file."""
    return f"{text.reviewed.isoformat()} {sha256(text.path.read_bytes()).hexdigest()[:12]}"


def _iso(day: object) -> str | None:
    return str(day) if day else None
