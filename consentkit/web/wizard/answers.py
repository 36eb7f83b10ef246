"""Everything somebody has answered so far, read from one form.

The sections are read in their order, each with the answers of those before it, up to the first
that is not complete. Nothing is kept: the same form always reads the same.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property

from django.conf import settings
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consentkit.campaigns.joining import house_of_own_letters, public
from consentkit.campaigns.models import Campaign
from consentkit.law import children
from consentkit.law.applicability import Situation, State, Verdict, assess
from consentkit.law.places import UnknownZone, zone_of
from consentkit.law.settlements import settlements
from consentkit.law.statutes import law_of
from consentkit.law.vocabulary import Law
from consentkit.letters.compose import MissingFact, compose
from consentkit.letters.house import House
from consentkit.letters.owed import paper_of, place_of_answer
from consentkit.letters.request import Account, LetterRequest, Sender
from consentkit.letters.role import is_to_authority
from consentkit.letters.texts import LetterText, languages, text_of
from consentkit.platforms.authorities import authorities_of
from consentkit.platforms.models import Platform
from consentkit.platforms.records import EntityRecord, NoAddressee, PlatformRecord, unlisted
from consentkit.web.forms import (
    DetailsForm,
    HomeForm,
    LawForm,
    SectionForm,
    SendForm,
    Tile,
    WantForm,
    WhomForm,
)

from . import dates, sending
from .concerns import CONCERNS, Concern
from .letter import Sheet, letter_language, sheet, title_of
from .places import place_name
from .rights import rights_to_tell_apart, usual_right

SECTIONS = ("home", "want", "whom", "law", "details", "send")

# What a letter misses: the field that asks for it, and what to say there.
ANSWER_ADDRESS = "sender.email or sender.address"
ACCOUNT = "account.handle or account.email"
MISSING: dict[str, tuple[str, str | Promise]] = {
    "sender.name": ("name", _("Write down your name.")),
    ANSWER_ADDRESS: (
        "account_email",
        _("Write down an e-mail address: they find you by it, and answer there."),
    ),
    ACCOUNT: (
        "handle",
        _("Write down your name on the platform, or the e-mail address of your account."),
    ),
}
CONSUMER_CHILD = 13  # the child of American consumer laws, for whom a parent may act


class Answers:
    """One reading of the form. With ``everything``, nothing may be missing: to make a file."""

    def __init__(self, posted: QueryDict, *, moment: datetime, everything: bool = False) -> None:
        self.posted = posted
        self.moment = moment
        self.everything = everything
        self.forms: dict[str, SectionForm] = {}
        for key in SECTIONS:
            form = self.forms[key] = self._form(key)
            form.full_clean()
            self._look_closer(form)
            if not form.complete:
                break

    # Reading, section by section ---------------------------------------------------------------

    def _form(self, key: str) -> SectionForm:
        posted, strict = self.posted, self._strict(key)
        match key:
            case "home":
                return HomeForm(posted, strict=strict)
            case "want":
                return WantForm(posted, strict=strict)
            case "whom":
                return WhomForm(posted, strict=strict, ages=children.bands(self.residence))
            case "law":
                return LawForm(
                    posted,
                    strict=strict,
                    letters={
                        verdict.law.key: letters
                        for verdict in self.verdicts
                        if (letters := self._letters(verdict))
                    },
                    settlements={
                        verdict.law.key: settlements(verdict.law.key, self.platform.slug)
                        for verdict in self.verdicts
                    },
                    preferred=self._preferred(),
                )
            case "details":
                return DetailsForm(
                    self._with_proposals(),
                    strict=strict,
                    needs=self.text.needs,
                    asks=self.text.asks,
                    known={**self.concern.facts, **self._known()},
                    told=self._told(),
                    ways=sending.ways(self.entities, to_authority=self.is_to_authority),
                    rights=rights_to_tell_apart(self.law, self.place or ""),
                    counted=self._counted,
                )
            case _:
                paper = paper_of(self.residence)
                return SendForm(posted, strict=strict, paper=paper, today=self.today)

    def _preferred(self) -> str:
        """The law to begin with: the first that applies, else the first that is for this place."""
        usable = [verdict for verdict in self.verdicts if self._letters(verdict)]
        surest = [
            *(verdict for verdict in usable if verdict.state is State.APPLIES),
            *(verdict for verdict in usable if verdict.law.only_place),
        ]
        return surest[0].law.key if surest else ""

    def _told(self) -> dict[str, object]:
        """The facts of the letter that were asked for before the law was chosen."""
        whom = self.whom.checked
        under = self.whom.child_under
        return {
            "relation": whom["fact-relation"],
            "acts_as": whom["fact-acts_as"],
            "consumer_since_child": under is not None and under <= CONSUMER_CHILD,
        }

    def _known(self) -> dict[str, object]:
        """What the letter can be told without a question."""
        name, address = proposed_authority(self.residence)
        known: dict[str, object] = {"authority": name, "authority_address": address}
        return {key: value for key, value in known.items() if value}

    def _with_proposals(self) -> QueryDict:
        """The answers without an authority that was proposed, and does not fit any more.

        What somebody typed stays. An address that was proposed goes with its authority.
        """
        posted = self.posted.copy()
        name, address = proposed_authority(posted.get("proposed_for", ""))
        told = posted.get("fact-authority", "")
        if name and told == name and posted["proposed_for"] != self.residence:
            del posted["fact-authority"]
            posted.pop("fact-authority_address", None)
        elif address and told != name and _lines(posted, "fact-authority_address") == address:
            posted["fact-authority_address"] = ""
        posted["proposed_for"] = self.residence
        return posted

    def _counted(self, received: date, used: str) -> tuple[date, bool] | None:
        """By when a letter that used a right had to be answered, and whether that is over."""
        place = self.place
        if place is None:
            return None
        right = used or usual_right(self.law)
        found = dates.due_for(self.law, right, place, received, {}, ("answer", "comply"))
        return (found.due, found.is_overdue(self.today)) if found and found.due else None

    def _strict(self, key: str) -> bool:
        """Whether a section counts as finished, so that what is missing is an error."""
        done = self.posted.get("done", "")
        return self.everything or (done in SECTIONS and _index(key) <= _index(done))

    def _look_closer(self, form: SectionForm) -> None:
        """See what a form cannot know alone."""
        if isinstance(form, WhomForm) and form.names_company:
            self._find_platform(form)
        elif isinstance(form, DetailsForm):
            self._find_gaps(form)

    def _find_platform(self, form: WhomForm) -> None:
        told = form.checked
        if form.unlisted:
            self.platform = unlisted(
                told["other_name"],
                told["other_address"].splitlines(),
                told["other_email"],
                told["other_form"],
                told["other_country"],
            )
        else:
            listed = Platform.objects.filter(slug=told["platform"], listed=True).first()
            if listed is None:
                form.complain(gettext("Choose a company from the list."))
                return
            self.platform = listed.record()
        try:
            self.entities = self.platform.addressees(self.residence, self.today)
        except NoAddressee:
            form.complain(
                gettext(
                    "We do not know whom somebody in %(place)s writes to at %(platform)s. Look the "
                    "address up in its privacy policy, and choose “It is not in the list”."
                )
                % {"place": place_name(self.residence), "platform": self.platform.name}
            )

    def _find_gaps(self, form: DetailsForm) -> None:
        """Ask for what the letter cannot do without; one e-mail address can be two answers."""
        try:
            compose(self.request)
        except MissingFact as error:
            missing = set(error.facts)
            if ANSWER_ADDRESS in missing:
                missing.discard(ACCOUNT)
            for fact in sorted(missing):
                name = f"fact-{fact.removeprefix('facts.')}"
                form.ask(*MISSING.get(fact, (name, _("The letter needs this."))))

    # Where the page stands ---------------------------------------------------------------------

    @cached_property
    def open(self) -> str:
        """The section that is open: the one in use, but none after the first unfinished one."""
        done, at = self.posted.get("done", ""), self.posted.get("at", "")
        if self.everything:
            return self.unfinished
        if done in SECTIONS:
            wanted = max(_index(done) + 1, _index(self.posted.get("reached", "")))
        else:
            wanted = _index(at)
        return SECTIONS[min(wanted, _index(self.unfinished))]

    @property
    def unfinished(self) -> str:
        """The first section that is not complete; the last one where all are."""
        return next((key for key, form in self.forms.items() if not form.complete), SECTIONS[-1])

    @property
    def reached(self) -> str:
        """The furthest section that somebody came to; it may wait for an earlier one."""
        if self.everything:
            return SECTIONS[-1]
        return SECTIONS[max(_index(self.open), _index(self.posted.get("reached", "")))]

    @property
    def shown(self) -> tuple[str, ...]:
        """The sections that are shown."""
        return SECTIONS[: min(_index(self.reached) + 1, len(self.forms))]

    @property
    def has_letter(self) -> bool:
        """Whether there is a letter to show."""
        return "details" in self.shown

    @property
    def can_be_sent(self) -> bool:
        """Whether the letter is complete."""
        return "send" in self.forms

    @property
    def faulty(self) -> bool:
        """Whether a finished section turned out to be wrong."""
        return any(form.strict and form.errors for form in self.forms.values())

    # What the answers amount to ----------------------------------------------------------------

    @property
    def residence(self) -> str:
        form = self.forms["home"]
        assert isinstance(form, HomeForm)
        return form.residence

    @cached_property
    def today(self) -> date:
        """The day at home: a letter written in Chicago in the evening bears Chicago's date."""
        try:
            return self.moment.astimezone(zone_of(self.residence)).date()
        except UnknownZone:
            return self.moment.date()

    @cached_property
    def concern(self) -> Concern:
        return CONCERNS[self.forms["want"].checked["want"]]

    @property
    def whom(self) -> WhomForm:
        form = self.forms["whom"]
        assert isinstance(form, WhomForm)
        return form

    platform: PlatformRecord
    entities: tuple[EntityRecord, ...]  # whom a letter of today goes to

    @cached_property
    def verdicts(self) -> list[Verdict]:
        country = next((entity.country for entity in self.entities if entity.country), None)
        return assess(
            Situation(
                residence=self.residence,
                on=self.today,
                controller_in=country,
                relation=self.whom.checked["fact-relation"],
                child=self.whom.child_under is not None,
                child_under=self.whom.child_under,
                platform_categories=frozenset(self.platform.categories),
            ),
            off=settings.LAWS_OFF,
        )

    @property
    def place(self) -> str | None:
        """Where the answer is owed, whose holidays count; None where we know no calendar."""
        return place_of_answer(self.law, self.entities, self.residence)

    def _letters(self, verdict: Verdict) -> list[tuple[str, Tile]]:
        """The letters that can be written under a law for what is wanted."""
        if not can_be_used(verdict, self.residence):
            return []
        law = verdict.law.key
        return [(kind, title_of(law, kind)) for kind in self.concern.letters_under(law)]

    @property
    def law(self) -> Law:
        return law_of(self.forms["law"].checked["law"])

    @property
    def kind(self) -> str:
        kind: str = self.forms["law"].checked["kind"]
        return kind

    @property
    def is_to_authority(self) -> bool:
        """Whether the letter goes to an authority, and only tells of the company."""
        return is_to_authority(self.law.key, self.kind)

    @property
    def language(self) -> str:
        """The language of the letter."""
        wanted = self.posted.get("language")
        return letter_language(self.law.key, self.kind, self.residence, wanted)

    @property
    def languages(self) -> list[str]:
        """The languages in which the letter is written."""
        return languages(self.law.key, self.kind)

    @property
    def text(self) -> LetterText:
        return text_of(self.law.key, self.kind, self.language)

    @property
    def details(self) -> DetailsForm:
        form = self.forms["details"]
        assert isinstance(form, DetailsForm)
        return form

    @cached_property
    def campaign(self) -> Campaign | None:
        """The campaign in which somebody takes part with a letter of their own."""
        return own_campaign(self.posted.get("campaign", ""))

    @property
    def is_of_campaign(self) -> bool:
        """Whether it is the letter of that campaign; one may write another one all the same."""
        campaign = self.campaign
        return campaign is not None and (campaign.platform, campaign.law, campaign.kind) == (
            self.platform.slug,
            self.law.key,
            self.kind,
        )

    @cached_property
    def house(self) -> House:
        """The paragraph of the campaign, in its own letter."""
        if self.campaign is None or not self.is_of_campaign:
            return House()
        return house_of_own_letters(self.campaign, self.language)

    @property
    def request(self) -> LetterRequest:
        """What the letter is asked for with, so far, as it would be without edits."""
        told = self.details.checked
        sent = self.forms["send"].checked if "send" in self.forms else {}
        address = told.get("address", "").splitlines()
        return LetterRequest(
            law=self.law.key,
            right=self.kind,
            platform=self.platform,
            language=self.language,
            paper=sent.get("paper", "a4"),
            date=self.today,
            residence=self.residence,
            sender=Sender(
                name=told.get("name", ""),
                address=tuple(line.strip() for line in address if line.strip()),
                email=told.get("email") or told.get("account_email", ""),
            ),
            account=Account(told.get("handle", ""), told.get("account_email", "")),
            facts=self.details.facts(),
            strokes=sent.get("strokes", ()),
            house=self.house,
            machine_readable=sent.get("machine_readable", True),
        )

    @cached_property
    def sheet(self) -> Sheet:
        """The letter, with the person's own edits."""
        return sheet(self.request, self.posted)


def own_campaign(reference: str) -> Campaign | None:
    """The campaign behind ``team/campaign``, while people can take part in it by themselves."""
    team, slash, slug = reference.partition("/")
    found = public(team, slug) if slash else None
    if found is None or found.by_team:
        return None
    is_open = found.state(found.team_today()) is Campaign.State.OPEN
    return found if is_open else None


def proposed_authority(residence: str) -> tuple[str, str]:
    """The name and address of the authority that a complaint from there would go to."""
    authority = next(iter(authorities_of(residence)), None)
    if authority is None:
        return "", ""
    address = authority.address if authority.has_sure_address else ()
    return authority.name, "\n".join(address)


def _lines(posted: QueryDict, name: str) -> str:
    return "\n".join(line.strip() for line in posted.get(name, "").splitlines())


def can_be_used(verdict: Verdict, residence: str) -> bool:
    """Whether letters under a law fit this person; one may live elsewhere only where that fits."""
    if not verdict.law.rights or verdict.state is State.DOES_NOT_APPLY:
        return False
    return verdict.state is State.APPLIES or verdict.law.only_place in (None, residence)


def _index(key: str) -> int:
    return SECTIONS.index(key) if key in SECTIONS else 0
