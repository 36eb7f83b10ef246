"""A request and a text make a letter in words, or name what is missing.

What a person typed goes into its place once and is never read again: not as a place, not as a
list, not as markup.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from babel import Locale
from babel.dates import format_date

from consentkit.law.periods import Days
from consentkit.law.places import region_name
from consentkit.law.statutes import law_of
from consentkit.law.vocabulary import Law
from consentkit.platforms.records import EntityRecord

from . import house
from .enclosed import as_data
from .facts import FACTS, WITHOUT_ACCOUNT, check_facts
from .request import LetterRequest, Stroke
from .texts import LABEL, PLACE, Block, LetterText, ParagraphText, text_of


class MissingFact(LookupError):
    """The letter cannot be made yet; ``facts`` names what is missing, as keys."""

    def __init__(self, facts: tuple[str, ...]) -> None:
        super().__init__(f"missing: {', '.join(facts)}")
        self.facts = facts


class NotProtected(LookupError):
    """The letter would say that somebody lives where they do not."""


@dataclass(frozen=True)
class Addressee:
    """Who the letter goes to: the lines for the envelope, and the record they come from."""

    name: str
    lines: tuple[str, ...]
    entity: EntityRecord


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of the letter.

    ``text`` is the paragraph as plain text, which is what a person edits. ``optional`` says
    whether it may be left out, ``included`` whether it is in, ``edited`` whether the person
    changed it. The words of a ``house`` paragraph are the team's and are not changed in a letter.
    """

    key: str
    heading: str
    blocks: tuple[Block, ...]
    why: str
    cites: str
    optional: bool
    included: bool = True
    edited: bool = False
    house: bool = False

    @property
    def text(self) -> str:
        return plain(self.blocks)


@dataclass(frozen=True)
class Draft:
    """A letter in words. ``locale`` is its language with the country, as ``en-US``.

    ``letterhead`` and ``last_line`` are house texts: above the sender, and before the closing.
    ``contact_lines`` are those of the sender's lines that are no part of the postal address.
    ``as_is`` are names, addresses and references, which print takes as they are written.
    ``data`` is the letter as JSON; empty where it is not to be enclosed.
    """

    law: str
    right: str
    rights: tuple[str, ...]
    language: str
    locale: str
    title: str
    subject: str
    reference: str
    date: date
    date_line: str
    sender_lines: tuple[str, ...]
    return_line: str
    addressees: tuple[Addressee, ...]
    salutation: str
    paragraphs: tuple[Paragraph, ...]
    closing: str
    signer: str
    strokes: tuple[Stroke, ...]
    letterhead: tuple[str, ...] = ()
    last_line: str = ""
    contact_lines: tuple[str, ...] = ()
    as_is: tuple[str, ...] = ()
    data: str = ""

    def included(self) -> tuple[Paragraph, ...]:
        return tuple(paragraph for paragraph in self.paragraphs if paragraph.included)

    def body(self) -> str:
        """From the salutation to the signer's name, for an e-mail or a web form."""
        parts = [self.salutation]
        for paragraph in self.included():
            if paragraph.heading:
                parts.append(paragraph.heading)
            parts.append(paragraph.text)
        if self.last_line:
            parts.append(self.last_line)
        return "\n\n".join([*parts, f"{self.closing}\n\n{self.signer}"]) + "\n"

    def text(self) -> str:
        """The whole letter as plain text."""
        words = WORDS[self.language]
        blocks = ["\n".join(self.letterhead), "\n".join(self.sender_lines)]
        blocks += ["\n".join(addressee.lines) for addressee in self.addressees]
        blocks += [
            f"{self.date_line}\n{words.reference}{words.colon} {self.reference}",
            self.subject,
            self.body().rstrip("\n"),
        ]
        return "\n\n".join(block for block in blocks if block) + "\n"


@dataclass(frozen=True)
class Words:
    """The few words of a letter that stand outside its text, per language."""

    reference: str
    page: str  # with {page} and {pages}
    copy_to: str
    email: str
    phone: str
    on_behalf: str  # with {name}
    signature: str
    colon: str = ":"  # with the space that the language sets before it


WORDS = {
    "en": Words(
        "Reference", "Page {page} of {pages}", "Also sent to", "Email", "Phone",
        "for {name}", "Signature",
    ),
    "de": Words(
        "Zeichen", "Seite {page} von {pages}", "Ebenfalls gesandt an", "E-Mail", "Telefon",
        "für {name}", "Unterschrift",
    ),
    "es": Words(
        "Referencia", "Página {page} de {pages}", "Enviada también a",
        "Correo electrónico", "Teléfono", "por {name}", "Firma",
    ),
    "fr": Words(
        "Référence", "Page {page} sur {pages}", "Envoyée également à", "Courriel",
        "Téléphone", "pour {name}", "Signature", "\N{NO-BREAK SPACE}:",
    ),
    "it": Words(
        "Riferimento", "Pagina {page} di {pages}", "Inviata anche a", "E-mail", "Telefono",
        "per {name}", "Firma",
    ),
    "nl": Words(
        "Kenmerk", "Pagina {page} van {pages}", "Ook verzonden aan", "E-mail", "Telefoon",
        "namens {name}", "Handtekening",
    ),
    "pl": Words(
        "Znak", "Strona {page} z {pages}", "Wysłano również do", "E-mail", "Telefon",
        "w imieniu: {name}", "Podpis",
    ),
}  # fmt: skip


def law_values(law: Law) -> dict[str, str]:
    """What a text that several laws share can say of the law at hand; empty where it has none."""
    duties = {duty.key: duty for duty in reversed(law.duties)}
    values = {
        "law.title": law.title,
        "law.short_title": law.short_title,
        "law.citation": law.citation,
    }
    for name, key in (("answer", "answer"), ("appeal", "appeal_answer")):
        duty = duties.get(key)
        if duty is not None and isinstance(duty.terms[0].within, Days):
            values[f"law.{name}"] = duty.citation
            values[f"law.{name}_days"] = str(duty.terms[0].within.number)
    for right in law.rights:
        if right.key == "withdraw_consent":
            values["law.consent"] = right.provision
    return values


def locale_of(language: str, law: str) -> Locale:
    """The locale in which a letter writes its dates: that of the law's own place."""
    if language == "en":
        return Locale("en", "US" if law.startswith("us-") else "GB")
    return Locale(language, "CH") if law.startswith("ch-") else Locale(language)


def compose(request: LetterRequest, *, preview: bool = False) -> Draft:
    """The letter in words.

    Raises MissingFact where something the letter needs was not told; with ``preview`` a gap is
    shown in its place instead. Raises LookupError for an unknown law, letter or language,
    NotProtected for a residence that the law does not cover, NoAddressee when the platform has none
    for it, and WrongFact for a fact of the wrong kind.
    """
    law = law_of(request.law)
    if law.only_place is not None and request.residence != law.only_place:
        raise NotProtected(
            f"the letter says that the person lives in {law.only_place}, not in {request.residence}"
        )
    text = text_of(law.key, request.right, request.language)
    draft = _Composition(request, text, preview).draft()
    if preview or not request.machine_readable:
        return draft
    return replace(draft, data=as_data(request, draft))


class _Composition:
    """One letter while it is composed: what is known, and what turned out to be missing."""

    def __init__(self, request: LetterRequest, text: LetterText, preview: bool) -> None:
        self.request = request
        self.text = text
        self.preview = preview
        self.locale = locale_of(request.language, request.law)
        self.missing: list[str] = []
        facts = check_facts(request.facts)
        self.facts = {
            name: facts.get(name, FACTS[name].default)
            for name in text.facts()
            if facts.get(name, FACTS[name].default) not in (None, "", ())
        }
        self.companies = self.find_companies()
        self.values = self.find_values()
        self.answers = self.find_answers()

    def draft(self) -> Draft:
        request, text = self.request, self.text
        self.check_needs()
        subject = self.filled(text.subject)
        paragraphs = tuple(
            self.paragraph(paragraph)
            for paragraph in text.paragraphs
            if paragraph.condition.holds(self.answers)
        )
        paragraphs += self.house_paragraphs()
        letterhead = tuple(map(self.of_house, request.house.letterhead))
        last_line = self.of_house(request.house.closing)
        if self.missing and not self.preview:
            raise MissingFact(tuple(dict.fromkeys(self.missing)))
        signer = request.sender.name or GAP
        return Draft(
            law=request.law,
            right=request.right,
            rights=text.rights_under(law_of(request.law)),
            language=request.language,
            locale=str(self.locale).replace("_", "-"),
            title=text.title,
            subject=subject,
            reference=request.reference(),
            date=request.date,
            date_line=self.day(request.date),
            sender_lines=self.sender_lines(),
            return_line=" · ".join((signer, *request.sender.address))
            if request.sender.address
            else "",
            addressees=self.addressees(),
            salutation=self.filled(text.salutation),
            paragraphs=paragraphs,
            closing=self.filled(text.closing),
            signer=self.signer(),
            strokes=request.strokes,
            letterhead=letterhead,
            last_line=last_line,
            contact_lines=self.contact_lines(),
            as_is=tuple(self.values[name] for name in AS_IS if name in self.values),
        )

    def find_companies(self) -> tuple[Addressee, ...]:
        since = self.facts.get("since")
        entities = self.request.platform.addressees(
            self.request.residence, self.request.date, since if isinstance(since, date) else None
        )
        return tuple(self.addressee(entity) for entity in entities)

    def addressee(self, entity: EntityRecord) -> Addressee:
        name = entity.legal_name or self.request.platform.name
        lines = [name, *entity.address]
        abroad = entity.country != self.request.residence.split("-")[0]
        if entity.country and entity.address and abroad:
            country = self.locale.territories.get(entity.country, entity.country).upper()
            if lines[-1].upper() != country:
                lines.append(country)
        return Addressee(name, tuple(lines), entity)

    def addressees(self) -> tuple[Addressee, ...]:
        """Whom the letter goes to: the companies, or the authority that its text names."""
        if not self.text.to:
            return self.companies
        name = self.filled(self.text.to)
        address = self.values.get("facts.authority_address", "").splitlines()
        lines = tuple(line.strip() for line in (name, *address) if line.strip())
        return (Addressee(name, lines, EntityRecord(regions=("*",), legal_name=name)),)

    def find_values(self) -> dict[str, str]:
        request = self.request
        told = {
            "sender.name": request.sender.name,
            "sender.email": request.sender.email,
            "sender.phone": request.sender.phone,
            "sender.address": ", ".join(request.sender.address),
            "account.handle": request.account.handle,
            "account.email": request.account.email,
            "platform.name": request.platform.name,
            "addressee.name": self.companies[0].name,
            **law_values(law_of(request.law)),
            "date": self.day(request.date),
            "reference": request.reference(),
            "residence": region_name(request.residence)
            or self.locale.territories.get(request.residence.split("-")[0], ""),
        }
        for name, value in self.facts.items():
            told[f"facts.{name}"] = self.day(value) if isinstance(value, date) else str(value)
        return {name: value for name, value in told.items() if value.strip()}

    def find_answers(self) -> dict[str, object]:
        """What conditions may ask."""
        request = self.request
        return {
            **self.values,
            **self.facts,
            "for_somebody": self.facts.get("acts_as", "self") != "self",
            "several_addressees": len(self.companies) > 1,
            "by_post": bool(request.sender.address),
            "law_grants": tuple(right.key for right in law_of(request.law).rights),
        }

    def check_needs(self) -> None:
        sender, account = self.request.sender, self.request.account
        if not sender.name.strip():
            self.missing.append("sender.name")
        if not sender.email and not sender.address:
            self.missing.append("sender.email or sender.address")
        known = account.handle or account.email or sender.email
        if not known and self.facts.get("relation") not in WITHOUT_ACCOUNT:
            self.missing.append("account.handle or account.email")
        if self.answers["for_somebody"] and "person_name" not in self.facts:
            self.missing.append("facts.person_name")
        self.missing += [f"facts.{name}" for name in self.text.needs if name not in self.facts]

    def paragraph(self, written: ParagraphText) -> Paragraph:
        blocks = tuple(self.blocks(written.blocks))
        paragraph = Paragraph(
            key=written.key,
            heading=written.heading,
            blocks=blocks,
            why=written.why,
            cites=written.cites,
            optional=written.optional,
        )
        if written.key not in self.request.edits:
            return paragraph
        own = self.request.edits[written.key]
        if own is None:
            return replace(paragraph, included=not written.optional)
        own = own.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        if own == paragraph.text or not own.strip():
            return paragraph
        return replace(paragraph, blocks=as_typed(own), edited=True)

    def house_paragraphs(self) -> tuple[Paragraph, ...]:
        """What the team adds. It may be left out; what the law's own paragraphs say stays."""
        paragraphs = []
        for number, words in enumerate(self.request.house.paragraphs, 1):
            key = f"{house.KEY}{number}"
            # A place is filled after the words have become blocks, so no value makes a list.
            blocks = tuple(
                replace(block, text=self.of_house(block.text)) for block in as_typed(words)
            )
            included = self.request.edits.get(key, "") is not None
            paragraphs.append(
                Paragraph(key, "", blocks, "", "", optional=True, included=included, house=True)
            )
        return tuple(paragraphs)

    def of_house(self, words: str) -> str:
        """A house text with its places filled in."""
        request = self.request
        values = {
            "matter_number": request.house.matter_number or request.reference(),
            "team": request.house.team,
            "reference": request.reference(),
            "platform": request.platform.name,
            # Where nobody is named, the letter lacks its sender besides.
            "client": self.values.get("facts.person_name", request.sender.name) or GAP,
        }
        return house.filled(words, values)

    def blocks(self, blocks: tuple[Block, ...]) -> list[Block]:
        filled = []
        for block in blocks:
            places = PLACE.findall(block.text)
            if block.droppable and any(place not in self.values for place in places):
                continue
            filled.append(replace(block, text=self.filled(block.text)))
        return filled

    def filled(self, template: str) -> str:
        """The text with every place filled in, in one pass."""
        return PLACE.sub(lambda place: self.value(place[1]), template)

    def value(self, name: str) -> str:
        if name not in self.values:
            self.missing.append(name)
            return GAP
        return self.values[name].replace("\r\n", "\n").replace("\r", "\n").strip("\n")

    def signer(self) -> str:
        name = self.request.sender.name or GAP
        if self.answers["for_somebody"] and "facts.person_name" in self.values:
            behalf = WORDS[self.request.language].on_behalf
            return f"{name}, {behalf.format(name=self.values['facts.person_name'])}"
        return name

    def sender_lines(self) -> tuple[str, ...]:
        sender = self.request.sender
        return (sender.name or GAP, *sender.address, *self.contact_lines())

    def contact_lines(self) -> tuple[str, ...]:
        sender, words = self.request.sender, WORDS[self.request.language]
        lines = []
        if sender.email:
            lines.append(f"{words.email}{words.colon} {sender.email}")
        if sender.phone:
            lines.append(f"{words.phone}{words.colon} {sender.phone}")
        return tuple(lines)

    def day(self, day: date) -> str:
        written = format_date(day, "long", locale=self.locale)
        first_in_french = self.locale.language == "fr" and day.day == 1
        return written.replace("1", "1er", 1) if first_in_french else written


# Values that are somebody's name or address, or a reference.
AS_IS = (
    "sender.name",
    "sender.email",
    "account.handle",
    "account.email",
    "platform.name",
    "addressee.name",
    "reference",
    "facts.first_reference",
    "facts.person_name",
    "facts.authority",
)
# What a preview shows where something has not been told yet.
GAP = "[ … ]"


def as_typed(text: str) -> tuple[Block, ...]:
    """What a person typed, as blocks that print exactly what they typed.

    A blank line ends a paragraph; other line ends are kept. A line that begins like an item of a
    list is set as one, with the very label that was typed.
    """
    blocks: list[Block] = []
    for chunk in text.split("\n\n"):
        lines: list[str] = []
        for line in chunk.split("\n"):
            item = LABEL.match(line)
            if item:
                if lines:
                    blocks.append(Block("text", "\n".join(lines)))
                lines = []
                blocks.append(Block("item", item[2], item[1]))
            else:
                lines.append(line)
        if any(line.strip() for line in lines):
            blocks.append(Block("text", "\n".join(lines)))
    return tuple(blocks)


def plain(blocks: tuple[Block, ...]) -> str:
    """Blocks as plain text: items and kept lines on lines of their own, the rest set apart."""
    text = ""
    last = ""
    for block in blocks:
        line = f"{block.label} {block.text}" if block.kind == "item" else block.text
        if not text:
            text = line
        elif block.kind == last and block.kind in ("item", "line"):
            text += "\n" + line
        else:
            text += "\n\n" + line
        last = block.kind
    return text
