"""Joining a campaign whose letters the team sends, and leaving it again.

Anybody can type anybody's address into a public page. So nothing is done before the owner of the
address says yes behind the link that was mailed there, and what was filled in is sealed until then;
where nobody does, it is forgotten. Whether somebody takes part is told behind the link only.
"""

from __future__ import annotations

import secrets
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from consentkit.cases import actions as cases
from consentkit.cases.models import Case
from consentkit.cases.posture import Stage
from consentkit.clients import actions as clients
from consentkit.clients.actions import Intake, Strokes
from consentkit.clients.mandates import NoMandate, mandate_for
from consentkit.clients.models import Client, Mandate
from consentkit.clients.wordings import mandate_text, processing
from consentkit.correspondence import authority
from consentkit.correspondence.actions import stop
from consentkit.correspondence.mailings import address_of, can_send, in_words, new_message_id
from consentkit.correspondence.models import Message
from consentkit.law.statutes import law_of
from consentkit.letters.house import House
from consentkit.letters.house_texts import house_for, in_use
from consentkit.letters.request import Account, LetterRequest
from consentkit.teams.access import Forbidden, client_reach, may
from consentkit.teams.actions import NotPossible, hash_of, owners_of
from consentkit.teams.audit import note
from consentkit.teams.models import User
from consentkit.teams.roles import Permission

from .entering import Entry, company, enter, request_of
from .models import Campaign, EntryRecord, Participation

LASTS = timedelta(days=3)
# For how long after the last day the public page says that the campaign is over.
REMEMBERED = timedelta(days=1)
State = Campaign.State


class NotSent(Exception):
    """The mail server did not take the e-mail with the link, so nothing was kept."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What somebody fills in who joins. ``on`` is the day on which they read and signed it.

    ``language`` is that of the page, and so of the mandate and the consent; ``letter_language``
    that of the letter.
    """

    name: str
    email: str
    residence: str
    language: str
    letter_language: str
    on: date
    handle: str = ""
    account_email: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    strokes: Strokes = ()

    def as_json(self) -> dict[str, Any]:
        facts = {
            key: value.isoformat() if isinstance(value, date) else value
            for key, value in self.facts.items()
        }
        return {**self.__dict__, "on": self.on.isoformat(), "facts": facts}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Answers:
        return cls(**{**told, "on": date.fromisoformat(told["on"])})

    def entry(self, campaign: Campaign) -> Entry:
        """The same as whoever enters people needs it."""
        return Entry(
            intake=Intake(
                name=self.name, email=self.email, residence=self.residence, language=self.language
            ),
            platform=campaign.platform,
            law=campaign.law,
            right=campaign.kind,
            account=Account(self.handle, self.account_email),
            facts=self.facts,
            language=self.letter_language,
            strokes=self.strokes,
            how="link",
        )


# The public page ----------------------------------------------------------------------------------


def public(team: str, slug: str) -> Campaign | None:
    """The campaign that a public page shows: while it is open, and a day after it was."""
    found = (
        Campaign.objects.filter(team__slug=team, team__closed_at=None, slug=slug)
        .select_related("team", "house", "by")
        .first()
    )
    if found is None:
        return None
    today = found.team_today()
    state, last = found.state(today), found.last_day()
    if state is State.CLOSED and found.opened_at and last and today <= last + REMEMBERED:
        return found
    return found if state is State.OPEN else None


def page_language(campaign: Campaign) -> str:
    """The language of a campaign's public page: its own, where the site has that."""
    known = dict(settings.LANGUAGES)
    if campaign.language in known:
        return campaign.language
    return campaign.team.language if campaign.team.language in known else settings.LANGUAGE_CODE


def house_of_own_letters(campaign: Campaign, language: str) -> House:
    """The campaign's paragraph for letters that people send themselves.

    The letterhead and closing of the team are not theirs.
    """
    if campaign.house_id is None:
        return House()
    for one in in_use(campaign.team):
        if one.text_id == campaign.house_id and one.text.fits(
            campaign.law, campaign.kind, language
        ):
            return House(paragraphs=(one.body,), versions=(one.pk,), team=campaign.team.name)
    return House()


# What somebody reads before they join -------------------------------------------------------------


def letter(campaign: Campaign, answers: Answers) -> LetterRequest:
    """Their own letter. Raises NotPossible where it cannot be written."""
    entry = answers.entry(campaign)
    house = house_for(
        campaign.team,
        law=campaign.law,
        kind=campaign.kind,
        language=answers.letter_language,
        paragraph=campaign.house,
    )
    return replace(request_of(entry, answers.on), house=house)


def mandate(campaign: Campaign, answers: Answers) -> str:
    """The mandate that they sign, word for word as it is kept."""
    return mandate_text(
        Mandate(
            client=_client(campaign, answers),
            laws=[campaign.law],
            platforms=[campaign.platform],
            starts_on=answers.on,
        ),
        laws=[law_of(campaign.law).short_title],
        kinds=[],
        platforms=[company(campaign.platform).name],
    )


def consent(campaign: Campaign, answers: Answers) -> str:
    """The consent to process that they give, word for word as it is kept."""
    return processing(_client(campaign, answers))


def _client(campaign: Campaign, answers: Answers) -> Client:
    columns = clients.columns_of(answers.entry(campaign).intake)
    return Client(team=campaign.team, **columns)


# Joining ------------------------------------------------------------------------------------------


def ask(campaign: Campaign, answers: Answers) -> Participation:
    """Keep what was filled in, and mail a link to confirm it.

    Raises NotPossible where the campaign is not open or the letter cannot be written, and NotSent.
    It looks the same whether or not somebody takes part already.
    """
    if campaign.state(campaign.team_today()) is not State.OPEN or not campaign.by_team:
        raise NotPossible(_("This campaign is not open."))
    letter(campaign, answers)
    if not can_send():
        raise NotSent
    secret = secrets.token_urlsafe(24)
    asked = Participation.objects.create(
        campaign=campaign,
        email=answers.email,
        answers=answers.as_json(),
        secret_hash=hash_of(secret),
        language=answers.language,
        joined_at=timezone.now(),
    )
    try:
        _mail(asked, "join", secret)
    except OSError:  # every trouble with the mail server is one
        asked.delete()
        raise NotSent from None
    return asked


def _mail(participation: Participation, template: str, secret: str = "") -> None:
    """An e-mail to somebody who joins or leaves. Raises OSError."""
    campaign = participation.campaign
    with override(participation.language):
        told = {
            "team": campaign.team.name,
            "address": address_of("participation", secret) if secret else "",
            "until": in_words((participation.joined_at + LASTS).date()),
        }
        subject = render_to_string(f"email/{template}_subject.txt", told)
        body = render_to_string(f"email/{template}.txt", told)
    EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        to=[participation.email],
        headers={
            "Message-ID": new_message_id(),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    ).send()


def participation_of(secret: str, now: datetime) -> Participation | None:
    """What a link leads to: while it waits to be confirmed, and ever after it was."""
    found = (
        Participation.objects.filter(secret_hash=hash_of(secret), campaign__team__closed_at=None)
        .select_related("campaign__team", "campaign__house", "campaign__by", "client")
        .first()
    )
    if found is None:
        return None
    if found.confirmed_at is None and found.joined_at < now - LASTS:
        return None
    return found


def standing(participation: Participation) -> Participation | None:
    """The participation in force of the same person in the same campaign."""
    found = Participation.objects.filter(
        campaign=participation.campaign,
        email=participation.email,
        confirmed_at__isnull=False,
        withdrawn_at=None,
    )
    return found.select_related("campaign__team", "client").first()


def confirm(participation: Participation) -> Participation:
    """The owner of the address says yes: they become a client, and their letter is drafted.

    Gives what is in force, which is an earlier one where they take part already. Raises
    NotPossible where it cannot be done (any more); nothing is done then.
    """
    there = standing(participation)
    if there is not None:
        return there
    if participation.withdrawn_at or participation.confirmed_at:
        raise NotPossible(_("This participation was withdrawn. You can join anew."))
    campaign = participation.campaign
    if campaign.state(campaign.team_today()) not in (State.OPEN, State.PAUSED):
        raise NotPossible(_("This campaign is over. Nothing was done."))
    answers = Answers.from_json(participation.answers)
    try:
        with transaction.atomic():
            _enter(participation, answers)
    except IntegrityError:  # their other window was faster
        there = standing(participation)
        if there is None:
            raise
        return there
    return participation


def _enter(participation: Participation, answers: Answers) -> None:
    campaign = participation.campaign
    claimed = Participation.objects.filter(pk=participation.pk, confirmed_at=None).update(
        confirmed_at=timezone.now()
    )
    if not claimed:
        raise NotPossible(_("This was confirmed already."))
    entry = answers.entry(campaign)
    for person in _responsible(campaign):
        try:
            with transaction.atomic():
                entered = enter(campaign.team, entry, campaign=campaign, by=person, on=answers.on)
                if not entry.signed:
                    _draft_mandate(entered.client, campaign, by=person, on=answers.on)
        except Forbidden:
            continue
        participation.refresh_from_db()
        participation.client, participation.answers = entered.client, {}
        participation.save(update_fields=["client", "answers"])
        note(
            campaign.team,
            "participation.confirmed",
            by=None,
            thing="client",
            thing_id=entered.client.pk,
            details={"campaign": campaign.pk},
        )
        return
    raise NotPossible(_("Nobody in the team can take this in at present. Try again later."))


def _responsible(campaign: Campaign) -> Iterator[User]:
    """Who can answer for what joins: whoever runs the campaign, else the owners of the team."""
    if campaign.by is not None and may(campaign.by, Permission.CAMPAIGNS, campaign.team):
        yield campaign.by
    for membership in owners_of(campaign.team):
        if membership.user_id != campaign.by_id:
            yield membership.user


def _draft_mandate(client: Client, campaign: Campaign, *, by: User, on: date) -> None:
    """The paper that the team sends to somebody who did not sign on the screen."""
    if not _lacks_mandate(client, campaign, on, reasons=("mandate_none", "mandate_revoked")):
        return
    clients.draft_mandate(
        client,
        by=by,
        starts_on=on,
        laws={campaign.law: law_of(campaign.law).short_title},
        platforms={campaign.platform: company(campaign.platform).name},
    )


def _lacks_mandate(
    client: Client, campaign: Campaign, on: date, *, reasons: Container[str]
) -> bool:
    """Whether no mandate covers the campaign's letter, for one of some reasons."""
    try:
        mandate_for(client, law=campaign.law, kind=campaign.kind, platform=campaign.platform, on=on)
    except NoMandate as error:
        return error.reason in reasons
    return False


def tell(participation: Participation, secret: str) -> None:
    """Mail to somebody who joined how to leave again. Where that cannot go, the page says it."""
    try:
        _mail(participation, "joined", secret)
    except OSError:
        return


def case_of(participation: Participation) -> Case | None:
    """The case that came of it, once there is one."""
    found = Case.objects.filter(
        client=participation.client_id, client__isnull=False, campaign=participation.campaign_id
    )
    return found.first()


def is_unsigned(participation: Participation) -> bool:
    """Whether the team still waits for a signed mandate."""
    campaign, client = participation.campaign, participation.client
    return client is not None and _lacks_mandate(
        client, campaign, campaign.team_today(), reasons=("mandate_unsigned", "mandate_none")
    )


# Leaving ------------------------------------------------------------------------------------------


@transaction.atomic
def withdraw(participation: Participation, *, on: date) -> None:
    """Somebody leaves: their mandate is revoked, what waits to go out stops, no case opens.

    What was sent stays sent. Their consent to process is taken back, too, unless the team acts for
    them in something else. Safe to repeat.
    """
    with override(participation.campaign.team.language):
        _withdraw(participation, on=on)


def _withdraw(participation: Participation, *, on: date) -> None:
    now = timezone.now()
    gone = Participation.objects.filter(
        pk=participation.pk, confirmed_at__isnull=False, withdrawn_at=None
    ).update(withdrawn_at=now)
    if not gone:
        return
    participation.withdrawn_at = now
    campaign, client = participation.campaign, participation.client
    if client is None:
        return
    EntryRecord.objects.filter(client=client, campaign=campaign, case=None).update(asked={})
    by = _who_reaches(campaign, client)
    _revoke(campaign, client, by=by)
    # A mandate that reaches further stands; what is on its way for this campaign stops even so.
    ours = Message.objects.filter(case__client=client, case__campaign=campaign, outgoing=True)
    for message in ours.select_related("case__team"):
        stop(message, by=by)
    if not Case.objects.filter(client=client).exclude(campaign=campaign).exists():
        for given in client.consents.filter(toward="us", subject="processing", withdrawn_on=None):
            clients.withdraw_consent(given, by=by, on=max(on, given.given_on or on))
    for case in Case.objects.filter(client=client, campaign=campaign).exclude(stage=Stage.CLOSED):
        told = gettext("The client has left the campaign.")
        if case.stage == Stage.DRAFT:
            cases.close(case, "given_up", by=None, on=on, note=told)
        else:
            cases.record(case, "noted", on=on, by=None, note=told)
    note(
        campaign.team,
        "participation.withdrawn",
        by=None,
        thing="client",
        thing_id=client.pk,
        details={"campaign": campaign.pk},
    )


def _revoke(campaign: Campaign, client: Client, *, by: User) -> None:
    for given in client.mandates.filter(revoked_at=None).select_related("client__team"):
        if given.laws == [campaign.law] and given.platforms == [campaign.platform]:
            authority.revoke(given, by=by, how=gettext("By the link in the client’s e-mail."))


def _who_reaches(campaign: Campaign, client: Client) -> User:
    """Whoever writes down for the team that a client left, behind no wall before them."""
    for person in _responsible(campaign):
        reached = Client.objects.filter(client_reach(person, Permission.CLIENTS), pk=client.pk)
        if reached.exists():
            return person
    raise NotPossible(_("Nobody in the team can take this in at present. Try again later."))


def forget_unconfirmed(now: datetime) -> int:
    """Delete what was filled in and never confirmed."""
    left = Participation.objects.filter(confirmed_at=None, joined_at__lt=now - LASTS)
    return left.delete()[0]
