"""What a column of a spreadsheet can be, and how its header says so, in several languages.

A column is a key of ``FIELDS``, or ``fact.`` and a key of ``letters.facts.FACTS``: what the letter
is told besides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consentkit.confidential.keys import search_key
from consentkit.letters.facts import FACTS, Kind

Label = str | Promise


@dataclass(frozen=True)
class Field:
    """One thing that a column can be. ``headers`` are words by which it is known, as ``plain``."""

    label: Label
    hint: Label
    headers: str = ""


FIELDS: dict[str, Field] = {
    "name": Field(
        _("Name"),
        _("First and last name in one cell, or in columns of their own."),
        "name|full name|fullname|client|client name|person|vor und nachname|vorname nachname|"
        "vollstandiger name|name vorname|kunde|mandant|teilnehmer|nom complet|nom et prenom|nombre "
        "completo|nombre y apellidos|nome completo|nome e cognome|naam|volledige naam|imie i "
        "nazwisko|imie nazwisko|фио|имя и фамилия|ονοματεπωνυμο|ad soyad",
    ),
    "first_name": Field(
        _("First name"),
        "",
        "first name|firstname|given name|forename|vorname|prenom|nombre|nombre de pila|nome|"
        "voornaam|imie|имя|ονομα|ad",
    ),
    "last_name": Field(
        _("Last name"),
        "",
        "last name|lastname|surname|family name|nachname|familienname|zuname|nom|nom de famille|"
        "apellido|apellidos|cognome|achternaam|nazwisko|фамилия|επωνυμο|soyad|soyadi",
    ),
    "other_names": Field(
        _("Other names"),
        _("Names from before and other spellings, with semicolons between them."),
        "other names|aliases|alias|also known as|maiden name|geburtsname|weitere namen|andere "
        "namen|autres noms|otros nombres|altri nomi|andere namen|inne nazwiska",
    ),
    "outside_id": Field(
        _("Your own number"),
        _("The number in your own system. The same number is always the same person."),
        "id|number|no|nr|client id|client number|external id|outside id|your own number|reference|"
        "nummer|kundennummer|mandantennummer|aktenzeichen|externe id|numero|identifiant|id "
        "cliente|numer|klantnummer",
    ),
    "email": Field(
        _("E-mail address"),
        "",
        "email|e mail|mail|email address|e mail address|mailadresse|e mail adresse|emailadresse|"
        "courriel|adresse e mail|adresse email|correo|correo electronico|posta elettronica|"
        "indirizzo email|e mailadres|adres e mail|эл почта|почта|eposta",
    ),
    "phone": Field(
        _("Telephone"),
        "",
        "phone|telephone|mobile|cell|phone number|telefon|telefonnummer|handy|mobil|tel|telefono|"
        "movil|cellulare|telefoon|numer telefonu|телефон",
    ),
    "address": Field(
        _("Postal address"),
        _("As it stands on an envelope, without the name. Lines or commas part it."),
        "address|postal address|full address|adresse|anschrift|postanschrift|adresse postale|"
        "direccion|domicilio|indirizzo|adres|adres pocztowy|адрес",
    ),
    "street": Field(
        _("Street and number"),
        "",
        "street|street address|address line 1|address 1|strasse|strasse hausnummer|strasse und "
        "hausnummer|str|rue|calle|via|straat|ulica|улица",
    ),
    "postcode": Field(
        _("Postcode"),
        "",
        "postcode|postal code|zip|zip code|plz|postleitzahl|code postal|codigo postal|cap|cp|"
        "kod pocztowy|индекс",
    ),
    "city": Field(
        _("Town"),
        "",
        "city|town|place|ort|stadt|wohnort|ville|ciudad|poblacion|citta|comune|plaats|woonplaats|"
        "miasto|miejscowosc|город",
    ),
    "residence": Field(
        _("Where they live"),
        _("A country or a state, by name or code: Germany, DE-BE, Illinois, US-IL."),
        "residence|country|home|land|wohnsitz|wohnland|staat|pays|pais|paese|kraj|страна|country "
        "of residence|where they live|state or country",
    ),
    "region": Field(
        _("State or region"),
        _("Where the country stands in a column of its own."),
        "state|region|province|bundesland|kanton|canton|etat|estado|provincia|regione|stan|область",
    ),
    "language": Field(
        _("Language of the client"),
        _("By name or code."),
        "language|sprache|langue|idioma|lingua|taal|jezyk|язык",
    ),
    "born": Field(
        _("Day of birth"),
        "",
        "born|birthday|date of birth|birth date|dob|geburtstag|geburtsdatum|geboren|geb|date de "
        "naissance|fecha de nacimiento|data di nascita|geboortedatum|data urodzenia|дата рождения",
    ),
    "acts_as": Field(
        _("For whom they come"),
        _("Empty for themselves; “child” or “ward” where somebody acts for them."),
        "acts as|acts for|for whom|capacity|handelt fur|vertretung",
    ),
    "representative": Field(
        _("Name of the parent or guardian"),
        "",
        "representative|parent|guardian|parent or guardian|eltern|elternteil|vormund|betreuer|"
        "vertreter|gesetzlicher vertreter|parent ou tuteur|tutor|genitore|ouder|opiekun",
    ),
    "handle": Field(
        _("Name on the platform"),
        "",
        "handle|username|user name|account|account name|profile|nick|nickname|benutzername|"
        "nutzername|konto|profil|nom d utilisateur|pseudo|usuario|cuenta|nome utente|"
        "gebruikersnaam|nazwa uzytkownika|ник|tiktok|instagram",
    ),
    "account_email": Field(
        _("E-mail address of the account"),
        "",
        "account email|account e mail|email of the account|konto e mail|e mail des kontos|email "
        "du compte|correo de la cuenta",
    ),
    "platform": Field(
        _("Company"),
        _("To whom the letter goes, by the name in our list."),
        "platform|company|service|plattform|firma|unternehmen|dienst|plateforme|entreprise|"
        "plataforma|empresa|piattaforma|azienda|bedrijf|platforma",
    ),
    "law": Field(
        _("Law"), _("By its key or its short title."), "law|gesetz|loi|ley|legge|wet|ustawa"
    ),
    "right": Field(
        _("Letter"),
        _("By its key or its title."),
        "right|letter|request|kind|recht|schreiben|brief|anliegen|droit|derecho|diritto|prawo",
    ),
    "letter_language": Field(
        _("Language of the letter"), "", "letter language|sprache des briefes|briefsprache"
    ),
    "matter": Field(
        _("What it is about"),
        _("In the client’s own words."),
        "matter|what is it about|about|description|notes|note|comment|sachverhalt|anliegen|worum "
        "geht es|bemerkung|notiz|remarque|nota",
    ),
    "adverse": Field(
        _("Against whom"),
        _("People and companies, with semicolons between them. Conflicts are searched for them."),
        "adverse|adverse party|against|against whom|opponent|gegner|gegenseite|gegen|partie "
        "adverse|contra|controparte",
    ),
    "related": Field(
        _("Who else is involved"),
        _("With semicolons between them."),
        "related|related persons|involved|relatives|beteiligte|angehorige|proches|familiares",
    ),
    "consent": Field(
        _("Whether they agreed"),
        _("That we keep and use their data: yes or no."),
        "consent|agreed|agrees|einwilligung|zustimmung|einverstanden|consentement|consentimiento|"
        "consenso|toestemming|zgoda",
    ),
}
FACT = "fact."
# A letter can be told all this in a cell; the rest is asked differently, or follows.
NOT_IN_A_CELL = frozenset({"acts_as", "person_name", "person_born"})
WORDS = re.compile(r"[^\w]+|_+")
LIKE_S = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "ı": "i"})


def plain(header: str) -> str:
    """A header as it is compared: small letters and digits with single spaces, no accents."""
    letters = unicodedata.normalize("NFKD", header.casefold().translate(LIKE_S))
    bare = "".join(one for one in letters if not unicodedata.combining(one))
    return " ".join(WORDS.sub(" ", bare).split())


KNOWN: dict[str, str] = {}
for _key, _field in FIELDS.items():
    for _word in (*_field.headers.split("|"), _key.replace("_", " ")):
        KNOWN.setdefault(plain(_word), _key)


def fact_columns() -> dict[str, Label]:
    """What a letter can be told besides, by the key of the column."""
    return {f"{FACT}{key}": fact.label for key, fact in FACTS.items() if key not in NOT_IN_A_CELL}


def kind_of(column: str) -> Kind | None:
    """How a fact in a column is told; None for another column."""
    fact = FACTS.get(column.removeprefix(FACT)) if column.startswith(FACT) else None
    return fact.kind if fact else None


def guessed(header: Sequence[str]) -> list[str]:
    """What the columns may be, by what their headers say; empty where nobody can tell.

    Each is given once, to the first that asks for it.
    """
    found: list[str] = []
    for cell in header:
        key = _guess(plain(cell))
        found.append(key if key not in found else "")
    if "name" in found and "first_name" in found and "last_name" not in found:
        found[found.index("name")] = "last_name"  # "Name, Vorname"
    return found


def _guess(header: str) -> str:
    if header in KNOWN:
        return KNOWN[header]
    if header.replace(" ", "_") in FACTS and header.replace(" ", "_") not in NOT_IN_A_CELL:
        return f"{FACT}{header.replace(' ', '_')}"
    # "E-mail (private)", "Name of the client": by the words that it begins with.
    words = header.split()
    for length in range(len(words) - 1, 0, -1):
        begins = " ".join(words[:length])
        if begins in KNOWN and len(begins) > 3:
            return KNOWN[begins]
    return ""


def shape_of(header: Sequence[str]) -> str:
    """A header row as a team is known to have used it before; the words themselves stay unknown."""
    told = "\x1f".join(map(plain, header)).encode()
    key = blake2b(search_key(), digest_size=32, person=b"consentkit hdrs").digest()
    return blake2b(told, digest_size=16, key=key).hexdigest()
