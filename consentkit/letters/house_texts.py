"""The house texts of a team: written by who drafts, approved by somebody else, kept by version.

An approval is of one wording: its hash is kept, and a version that is not those words any more is
not used. A letter names the versions that stand in it. Every step is in the team's audit log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.cases.models import Case
from consentkit.teams.access import require
from consentkit.teams.audit import note
from consentkit.teams.models import AuditEntry, Membership, Team, User
from consentkit.teams.roles import Permission, roles_with

from .house import PARAGRAPHS_EVERYWHERE, House, Kind, faults, tidy
from .models import HouseText, HouseTextVersion, Letter
from .texts import Stage, text_of

State = HouseTextVersion.State
OPEN = (State.DRAFT, State.WAITING)
WRITTEN = "house.written"
EXAMPLE = "2026-001"  # the number of a matter in a letter to look at


class CannotDecide(ValueError):
    """It cannot be done; the message says why, for a person to read."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)


class BadWords(ValueError):
    """Words that cannot stand in a letter; ``faults`` say why, for whoever wrote them."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


# What stands in a letter --------------------------------------------------------------------------


def house_for(
    team: Team, *, law: str, kind: str, language: str, paragraph: HouseText | None = None
) -> House:
    """The approved texts of a team for a letter: a kind under a law in a language.

    ``paragraph`` is that of a campaign, which comes first. One question to the database. The number
    of the matter is put in when the letter is made (``in_matter``). A mandate has none.
    """
    return _assembled(team, in_use(team), law, kind, language, paragraph)


def house_with(
    version: HouseTextVersion | None, text: HouseText, *, law: str, kind: str, language: str
) -> House:
    """The texts of a team with one version of one text, approved or not; None leaves it out.

    The text stands there even where another would be chosen, so that somebody can look at it.
    """
    others = [one for one in in_use(text.team) if one.text_id != text.pk]
    if version is not None and text.kind != Kind.PARAGRAPH:
        others = [one for one in others if one.text.kind != text.kind]
    versions = [*others, version] if version is not None else others
    found = _assembled(text.team, versions, law, kind, language, text)
    return replace(found, matter_number=EXAMPLE if found else "")


def _assembled(
    team: Team,
    versions: Iterable[HouseTextVersion],
    law: str,
    kind: str,
    language: str,
    paragraph: HouseText | None,
) -> House:
    if text_of(law, kind, language).stage is Stage.DOCUMENT:  # it is what somebody signs
        return House()
    named = paragraph.pk if paragraph is not None else None
    found = [
        one
        for one in versions
        if one.text.fits(law, kind, language) and (one.text.everywhere or one.text_id == named)
    ]
    chosen = {here: [one for one in found if one.text.kind == here] for here in Kind}
    paragraphs = sorted(chosen[Kind.PARAGRAPH], key=lambda one: (one.text_id != named, one.text_id))
    letterhead, closing = _closest(chosen[Kind.LETTERHEAD]), _closest(chosen[Kind.CLOSING])
    standing = [*letterhead, *paragraphs, *closing]
    return House(
        letterhead=tuple(line for one in letterhead for line in one.body.split("\n")),
        paragraphs=tuple(one.body for one in paragraphs),
        closing="".join(one.body for one in closing),
        versions=tuple(one.pk for one in standing),
        team=team.name if standing else "",
    )


def house_of(case: Case, *, kind: str, language: str) -> House:
    """The approved texts for a letter of a case; none for somebody's own case."""
    if case.team is None:
        return House()
    paragraph = case.campaign.house if case.campaign is not None else None
    found = house_for(case.team, law=case.law, kind=kind, language=language, paragraph=paragraph)
    return in_matter(found, case)


def in_matter(house: House, case: Case) -> House:
    """House texts as they stand in the letters of a case."""
    if not house:
        return house
    return replace(house, matter_number=case.matter_number or case.reference)


def versions_in(letter: Letter) -> list[HouseTextVersion]:
    """The versions of house texts with which a team's letter was made."""
    if letter.case.team_id is None:
        return []
    named = letter.letter_request().house.versions
    of_team = HouseTextVersion.objects.filter(text__team=letter.case.team_id, pk__in=named)
    return list(of_team.select_related("text").order_by("text_id", "number"))


def in_use(team: Team) -> list[HouseTextVersion]:
    """The versions of a team that may stand in letters, as they were approved."""
    approved = HouseTextVersion.objects.filter(text__team=team, state=State.APPROVED)
    return [
        one
        for one in approved.select_related("text").order_by("text_id")
        if content_hash(one) == one.approved_sha256
    ]


def _closest(versions: Sequence[HouseTextVersion]) -> Sequence[HouseTextVersion]:
    """The one that is made most closely for the letter, of several the newest."""
    return sorted(versions, key=_closeness)[-1:]


def _closeness(version: HouseTextVersion) -> tuple[bool, bool, bool, int]:
    text = version.text
    return bool(text.right), bool(text.law), bool(text.language), version.pk


def content_hash(version: HouseTextVersion) -> str:
    """The hash of what is approved: the words, where they stand, and in which letters."""
    text = version.text
    told = [text.kind, text.language, text.law, text.right, text.everywhere, version.body]
    return sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


# Writing ------------------------------------------------------------------------------------------


@transaction.atomic
def begin(
    team: Team,
    *,
    kind: str,
    title: str,
    body: str,
    by: User,
    language: str = "",
    law: str = "",
    right: str = "",
    everywhere: bool = True,
) -> HouseText:
    """A new text with its first version, as a draft. Raises BadWords and Forbidden."""
    require(by, Permission.DRAFT, team)
    text = HouseText.objects.create(
        team=team,
        kind=kind,
        title=title,
        language=language,
        law=law,
        right=right,
        everywhere=everywhere or kind != Kind.PARAGRAPH,
        made_at=timezone.now(),
    )
    write(text, body, by=by)
    return text


@transaction.atomic
def write(text: HouseText, body: str, *, by: User) -> HouseTextVersion:
    """Put a text in other words: in the draft that there is, else in a new version.

    What waited for its review waits no more. What is in use stays in use. Raises BadWords and
    Forbidden.
    """
    text = _locked(text)
    require(by, Permission.DRAFT, text.team)
    body = tidy(body)
    if wrong := faults(Kind(text.kind), body):
        raise BadWords(wrong)
    now = timezone.now()
    version = text.versions.filter(state__in=OPEN).first()
    if version is None:
        last = text.versions.order_by("-number").first()
        number = last.number + 1 if last else 1
        version = HouseTextVersion(text=text, number=number, written_at=now)
    elif version.body == body:
        return version
    version.body, version.author, version.written_at = body, by, now
    version.state, version.asked_by, version.asked_at = State.DRAFT, None, None
    version.content_sha256 = ""
    version.save()
    _note(version, WRITTEN, by)
    return version


@transaction.atomic
def submit(version: HouseTextVersion, *, by: User) -> None:
    """Ask for a review. Asking twice is asking once. Raises CannotDecide and Forbidden."""
    version = _anew(version)
    require(by, Permission.DRAFT, version.text.team)
    if version.state == State.WAITING:
        return
    if version.state != State.DRAFT:
        raise CannotDecide(_("This version has been decided about. Write a new one."))
    version.state, version.asked_by, version.asked_at = State.WAITING, by, timezone.now()
    version.content_sha256 = content_hash(version)
    version.save()
    _note(version, "house.asked", by)


# Deciding -----------------------------------------------------------------------------------------


@transaction.atomic
def approve(version: HouseTextVersion, *, by: User, digest: str, comments: str = "") -> None:
    """Let a version stand in letters, instead of the one before it.

    ``digest`` is the hash of what was read. Raises CannotDecide and Forbidden.
    """
    version = _waiting(version, by, digest)
    _check_room(version)
    now = timezone.now()
    version.text.versions.filter(state=State.APPROVED).update(state=State.RETIRED, retired_at=now)
    _decide(version, State.APPROVED, by, comments, approved_sha256=digest)


@transaction.atomic
def send_back(version: HouseTextVersion, *, by: User, digest: str, comments: str) -> None:
    """Return a version to whoever wrote it. Raises CannotDecide and Forbidden."""
    version = _waiting(version, by, digest)
    if not comments.strip():
        raise CannotDecide(_("Say what has to change, so that the author knows."))
    _decide(version, State.RETURNED, by, comments)


@transaction.atomic
def retire(text: HouseText, *, by: User) -> None:
    """Put a text into no more letters. It stays on record, and in the letters that name it.

    Raises CannotDecide and Forbidden.
    """
    text = _locked(text)
    require(by, Permission.REVIEW, text.team)
    version = text.versions.filter(state=State.APPROVED).first()
    if version is None:
        raise CannotDecide(_("This text is not in use."))
    version.state, version.retired_at = State.RETIRED, timezone.now()
    version.save(update_fields=["state", "retired_at"])
    _note(version, "house.retired", by)


def is_own(version: HouseTextVersion, user: User) -> bool:
    """Whether somebody wrote any of the words of a version, or asked for its review."""
    return user.pk in _hands(version)


def others_who_review(version: HouseTextVersion) -> bool:
    """Whether there is anybody in the team who may approve a version that is not their own."""
    reviewers = Membership.objects.filter(
        team=version.text.team_id,
        role__in=roles_with(Permission.REVIEW),
        ended_at=None,
        user__is_active=True,
    )
    today = timezone.localdate()
    in_force = (one for one in reviewers if one.expires_on is None or one.expires_on >= today)
    return bool({one.user_id for one in in_force} - _hands(version))


def waiting(team: Team) -> QuerySet[HouseTextVersion]:
    """What waits for its review in a team, the oldest first."""
    found = HouseTextVersion.objects.filter(text__team=team, state=State.WAITING)
    return found.select_related("text", "asked_by").order_by("asked_at", "pk")


def texts_of(team: Team) -> QuerySet[HouseText]:
    """The texts of a team, with the numbers of the version in use and of the one in the making."""
    versions = HouseTextVersion.objects.filter(text=OuterRef("pk"))
    return HouseText.objects.filter(team=team).annotate(
        is_used=Exists(versions.filter(state=State.APPROVED)),
        is_waiting=Exists(versions.filter(state=State.WAITING)),
        is_draft=Exists(versions.filter(state=State.DRAFT)),
    )


def _waiting(version: HouseTextVersion, by: User, digest: str) -> HouseTextVersion:
    """A version that waits for a decision by this person, read anew."""
    version = _anew(version)
    require(by, Permission.REVIEW, version.text.team)
    if version.state != State.WAITING or version.content_sha256 != digest:
        raise CannotDecide(
            _("This version has been decided about, or it has changed. Look at it again.")
        )
    if is_own(version, by):
        raise CannotDecide(_("Nobody approves a text of their own. Somebody else has to read it."))
    if content_hash(version) != digest:
        raise CannotDecide(_("The text is not what was submitted. It has to be written anew."))
    return version


def _check_room(version: HouseTextVersion) -> None:
    """Refuse a paragraph where the law's own words would drown among those of the team."""
    text = version.text
    if text.kind != Kind.PARAGRAPH or not text.everywhere:
        return
    standing = [
        one.text
        for one in in_use(text.team)
        if one.text.kind == Kind.PARAGRAPH and one.text.everywhere and one.text_id != text.pk
    ]
    if _most_together([*standing, text]) > PARAGRAPHS_EVERYWHERE:
        raise CannotDecide(
            _(
                "There is no room for it: three paragraphs already stand in such letters. Retire "
                "one of them first."
            )
        )


def _most_together(texts: Iterable[HouseText]) -> int:
    """How many of some texts would stand in one letter at most."""
    texts = list(texts)
    return max(
        sum(one.fits(law, right, language) for one in texts)
        for law in {one.law for one in texts}
        for right in {one.right for one in texts}
        for language in {one.language for one in texts}
    )


def _decide(
    version: HouseTextVersion, state: State, by: User, comments: str, *, approved_sha256: str = ""
) -> None:
    version.state, version.decided_by, version.decided_at = state, by, timezone.now()
    version.comments, version.approved_sha256 = comments, approved_sha256
    version.save()
    _note(version, f"house.{state.value}", by)


def _hands(version: HouseTextVersion) -> set[int]:
    """Who wrote a version, and who asked for its review, as numbers of people."""
    written = AuditEntry.objects.filter(
        team=version.text.team_id, thing="house_text", thing_id=version.text_id, action=WRITTEN
    )
    writers = {
        entry.user
        for entry in written.only("details", "user")
        if entry.details["version"] == version.number
    }
    return {one for one in (*writers, version.author_id, version.asked_by_id) if one is not None}


def _locked(text: HouseText) -> HouseText:
    """The text, read anew, while nobody else decides about the texts of its team."""
    Team.objects.select_for_update(no_key=True).get(pk=text.team_id)
    return HouseText.objects.select_related("team").get(pk=text.pk)


def _anew(version: HouseTextVersion) -> HouseTextVersion:
    text = _locked(version.text)
    version = text.versions.get(pk=version.pk)
    version.text = text
    return version


def _note(version: HouseTextVersion, action: str, by: User) -> None:
    details: dict[str, object] = {"version": version.number, "sha256": content_hash(version)}
    team, number = version.text.team, version.text_id
    note(team, action, by=by, thing="house_text", thing_id=number, details=details)
