"""The evidence bundle: one PDF of everything a case has to show, for an authority or a court.

It has a cover, an index, the chronology, the dates, the exhibits, and every original embedded as it
is, with a manifest of hashes. It follows from the case and its records alone: the same case on the
same day gives the same bytes. Whoever gets it can check it with ``evidence.verify``, or with any
program that computes SHA-256.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pikepdf
from babel.dates import format_date, format_datetime
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from consentkit.cases.models import Case
from consentkit.cases.posture import Due, Posture
from consentkit.confidential.spool import Spool
from consentkit.law.statutes import law_of
from consentkit.letters.certificate import Certificate, in_words
from consentkit.letters.render import Engine, NoGlyph, typesetting

from .binding import Binder, Heading, Original
from .chronicle import Written, date_lines, entries, evidence_of, rights_asked
from .evidence import LOG, MANIFEST, log_as_json
from .exhibits import Exhibit, NotTheOriginal, Sort, exhibits
from .shown import (
    PICTURES,
    Foreign,
    OwnLetter,
    Picture,
    Shown,
    Words,
    is_whole,
    printable,
    sheet,
    show,
)

if TYPE_CHECKING:
    from weasyprint import Document

STYLES = ("print/fonts.css", "print/certificate.css", "print/bundle.css")
# How long an index gets, in millimetres: only a guess, see _likely_length_of_index.
INDEX_HEAD, LINE_OF_INDEX, GAP_OF_INDEX, CHARACTERS_OF_INDEX = 46.0, 4.25, 2.4, 60
HEIGHT_OF_INDEX = {"a4": 246.0, "letter": 228.0}
FORMAT = "consentkit-evidence-bundle/1"


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An exhibit in its place: its first page in the bundle, counted from 1, and how many."""

    exhibit: Exhibit
    first: int
    pages: int
    size: int

    @property
    def last(self) -> int:
        return self.first + self.pages - 1


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle that is made. ``file`` is the PDF, ``manifest`` what is embedded under that name."""

    file: Spool
    manifest: bytes
    placed: tuple[Placed, ...]
    pages: int


def bundle(
    case: Case,
    *,
    language: str,
    paper: str,
    made_on: date,
    include: Collection[str] | None = None,
    notes: bool = True,
) -> Bundle:
    """The bundle of a case. ``include`` are the keys of the exhibits to show, None for all.

    Without ``notes`` the sender's own words in the log are left out. Raises MissingEngine, and
    NotTheOriginal where what is kept is not what was noted. A file that cannot be shown is no
    error.
    """
    with override(language):
        try:
            return _Book(case, language, paper, made_on, include, notes).made()
        except pikepdf.PdfError:
            # A foreign file that opens can still break when it is read to the end.
            book = _Book(case, language, paper, made_on, include, notes)
            book.give_up_on_broken_files()
            return book.made()


def writing(language: str, paper: str) -> Written:
    """How days are written: in the English of the place where the paper is used."""
    locale = "en_GB" if (language, paper) == ("en", "a4") else language
    return partial(format_date, format="long", locale=locale)


@dataclass(frozen=True)
class _Piece:
    exhibit: Exhibit
    content: bytes
    shown: Shown


@dataclass(frozen=True)
class _Part:
    """One of the parts before the exhibits, as the index lists it."""

    key: str
    title: str
    page: int


@dataclass(frozen=True, kw_only=True)
class _Printed:
    """Our own pages, written, and where everything will stand among them.

    ``own`` are the pages of the exhibits that are of our making, counted from ``in_front``.
    """

    pdf: bytes
    placed: Sequence[Placed]
    parts: Sequence[_Part]
    own: Mapping[str, Sequence[int]]
    in_front: int


class _Book:
    """A bundle in the making. It is made once."""

    def __init__(
        self,
        case: Case,
        language: str,
        paper: str,
        made_on: date,
        include: Collection[str] | None,
        notes: bool,
    ) -> None:
        self.case, self.language, self.paper = case, language, paper
        self.made_on, self.notes = made_on, notes
        self.written = writing(language, paper)
        self.posture: Posture = case.posture()
        every = exhibits(case, written=self.written)
        chosen = every if include is None else exhibits(case, written=self.written, include=include)
        self.left_out = len(every) - len(chosen)
        with ThreadPoolExecutor(max_workers=1) as beside:
            self.pieces = [
                _Piece(exhibit, content, look())
                for exhibit, content, look in [self._opened(one, beside) for one in chosen]
            ]
        self.log = log_as_json(case, notes=notes)
        self.unknown: frozenset[str] = frozenset()

    def _opened(
        self, exhibit: Exhibit, beside: Executor
    ) -> tuple[Exhibit, bytes, Callable[[], Shown]]:
        """An exhibit with what is in it, and what says how it is shown.

        A picture is read to its end, which takes time, while the next exhibits come from the
        database.
        """
        content = exhibit.read()
        if sha256(content).hexdigest() != exhibit.sha256:
            raise NotTheOriginal(exhibit.key)
        if exhibit.media_type in PICTURES:
            return exhibit, content, beside.submit(show, exhibit, content).result
        shown = show(exhibit, content)
        return exhibit, content, lambda: shown

    def give_up_on_broken_files(self) -> None:
        """Show a sheet instead of each foreign file that cannot be read to its end."""
        self.pieces = [
            replace(piece, shown=sheet("damaged"))
            if isinstance(piece.shown, Foreign) and not is_whole(piece.shown.document)
            else piece
            for piece in self.pieces
        ]

    def made(self) -> Bundle:
        try:
            return self._made()
        except NoGlyph as error:
            # Strangers write whatever they like: what no font has is told by its number.
            self.unknown = frozenset("".join(error.characters))
            return self._made()

    def _made(self) -> Bundle:
        with typesetting() as engine:
            printed = self._printed(engine)
        binder = Binder(printed.pdf, self.paper)
        manifest = self._manifest(printed.placed)
        self._bind(binder, printed)
        binder.embed(self._originals(manifest))
        return Bundle(
            file=binder.finish(sha256(printed.pdf + manifest).digest()[:16]),
            manifest=manifest,
            placed=tuple(printed.placed),
            pages=len(binder.leaves),
        )

    def _printed(self, engine: Engine) -> _Printed:
        cover = self._set(engine, "cover", self._cover())
        sections = self._sections(engine)
        record = self._set(engine, "record", self._record())
        in_front = len(cover.pages) + len(record.pages)
        own = pages_by_anchor(sections) if sections else {}
        placed, parts, index = self._placed_with_index(engine, in_front, cover, record, own)
        return _Printed(
            pdf=engine.written([cover, index, record, *([sections] if sections else [])]),
            placed=placed,
            parts=[_Part("cover", gettext("Cover"), 1), *parts],
            own=own,
            in_front=in_front + len(index.pages),
        )

    # Pages of our own

    def _set(self, engine: Engine, part: str, told: Mapping[str, Any]) -> Document:
        page = render_to_string(
            f"print/bundle_{part}.html",
            {
                "language": self.language,
                "paper": self.paper,
                "title": f"{gettext('Evidence bundle')} {self.case.reference}",
                "made_on": self.written(self.made_on),
                "made_on_iso": self.made_on.isoformat(),
                **told,
            },
        )
        return engine.document(printable(page, self.unknown) if self.unknown else page, STYLES)

    def _cover(self) -> dict[str, Any]:
        about = self.case.about
        sender = [line for line in about.get("sender") or [] if line]
        person = about.get("person") or ""
        return {
            "reference": self.case.reference,
            "sender": sender or [person],
            "person": person if sender and person != sender[0] else "",
            "company": self.case.company,
            "addressees": about.get("addressees") or [],
            "account": [line for line in about.get("account") or [] if line],
            "law": gettext(law_of(self.case.law).title),
            "rights": rights_asked(self.case),
            "shown": len(self.pieces),
            "left_out": self.left_out,
            "version": settings.VERSION,
            "events": self.log_length,
            "head": self.head,
            "notes": self.notes,
            "accessible": not any(isinstance(piece.shown, Foreign) for piece in self.pieces),
        }

    @property
    def log_length(self) -> int:
        return len(json.loads(self.log)["entries"])

    @property
    def head(self) -> str:
        return str(json.loads(self.log)["head"])

    def _record(self) -> dict[str, Any]:
        belongs: dict[int, list[int]] = {}
        certificates = {}
        for piece in self.pieces:
            for fact in piece.exhibit.facts:
                belongs.setdefault(fact, []).append(piece.exhibit.number)
            if piece.exhibit.sort is Sort.DATE:
                certificates[piece.exhibit.key.removeprefix("date-")] = piece.exhibit.number
        return {
            "entries": entries(self.case, written=self.written, notes=self.notes, exhibits=belongs),
            "dates": date_lines(
                self.posture,
                made_on=self.made_on,
                written=self.written,
                exhibits=certificates,
            ),
            "rows": [
                {"exhibit": piece.exhibit, "size": size_in_words(len(piece.content))}
                for piece in self.pieces
            ],
            "log_sha256": sha256(self.log).hexdigest(),
        }

    def _sections(self, engine: Engine) -> Document | None:
        told = [
            {
                "exhibit": piece.exhibit,
                "form": piece.shown.form,
                "told": self._told(piece.exhibit, piece.shown),
                "on": self.written(piece.exhibit.on),
                "size": size_in_words(len(piece.content)),
            }
            for piece in self.pieces
            if isinstance(piece.shown, Words)
        ]
        return self._set(engine, "exhibits", {"sections": told}) if told else None

    def _told(self, exhibit: Exhibit, shown: Words) -> Mapping[str, Any]:
        if exhibit.due is not None:
            return in_words(self._certificate(exhibit.due), self.language, self.paper)
        if shown.form == "message" and shown.told["date"] is not None:
            moment = format_datetime(shown.told["date"], "long", locale=self.language)
            return {**shown.told, "moment": moment}
        return shown.told

    def _certificate(self, due: Due) -> Certificate:
        assert due.deadline is not None
        return Certificate(
            law=law_of(self.case.law),
            right=due.right,
            place=self.case.place,
            deadline=due.deadline,
            evidence=evidence_of(due, self.posture, self.written),
            made_on=self.made_on,
        )

    # Where everything stands

    def _placed_with_index(
        self,
        engine: Engine,
        in_front: int,
        cover: Document,
        record: Document,
        own: Mapping[str, Sequence[int]],
    ) -> tuple[list[Placed], list[_Part], Document]:
        """The index needs the pages, and the pages follow the index: guess its length, look."""
        length = self._likely_length_of_index()
        for _attempt in range(5):
            placed = list(self._places(in_front + length, own))
            parts = self._parts(len(cover.pages), length, record)
            index = self._set(engine, "index", self._index(placed, parts))
            if len(index.pages) == length:
                break
            length = len(index.pages)
        return placed, parts, index

    def _likely_length_of_index(self) -> int:
        """How many pages the index will most likely have; a wrong guess costs a second try."""
        lines = sum(
            2 + bool(one.exhibit.detail) + len(one.exhibit.detail) // CHARACTERS_OF_INDEX
            for one in self.pieces
        )
        height = INDEX_HEAD + LINE_OF_INDEX * lines + GAP_OF_INDEX * len(self.pieces)
        return 1 + int(height // HEIGHT_OF_INDEX[self.paper])

    def _places(self, in_front: int, own: Mapping[str, Sequence[int]]) -> Iterator[Placed]:
        first = in_front + 1
        for piece in self.pieces:
            shown = piece.shown
            if isinstance(shown, Words):
                pages = len(own[f"e{piece.exhibit.number}"])
            else:
                pages = shown.pages
            yield Placed(
                exhibit=piece.exhibit,
                first=first,
                pages=pages,
                size=len(piece.content),
            )
            first += pages

    def _parts(self, cover: int, index: int, record: Document) -> list[_Part]:
        anchors = pages_by_anchor(record)
        later = {
            "chronology": gettext("Chronology"),
            "dates": gettext("Dates"),
            "originals": gettext("Originals"),
        }
        return [
            _Part("index", gettext("Index"), cover + 1),
            *(
                _Part(key, title, cover + index + anchors[key][0] + 1)
                for key, title in later.items()
            ),
        ]

    def _index(self, placed: Iterable[Placed], parts: Iterable[_Part]) -> dict[str, Any]:
        return {
            "parts": parts,
            "rows": [
                {
                    "exhibit": one.exhibit,
                    "on": self.written(one.exhibit.on),
                    "pages": f"{one.first}–{one.last}" if one.pages > 1 else str(one.first),
                }
                for one in placed
            ],
        }

    # Putting it together

    def _bind(self, binder: Binder, printed: _Printed) -> None:
        placed, parts = printed.placed, printed.parts
        binder.add_own(range(printed.in_front))
        for one, piece in zip(placed, self.pieces, strict=True):
            self._add(binder, one, piece.shown, printed)
        binder.stamp(list(self._stamps(printed, len(binder.leaves))))
        binder.link(self._targets(placed, parts))
        binder.bookmark(self._bookmarks(placed, parts))

    def _add(self, binder: Binder, one: Placed, shown: Shown, printed: _Printed) -> None:
        exhibit = one.exhibit
        if isinstance(shown, Words):
            own = printed.own[f"e{exhibit.number}"]
            binder.add_own(printed.in_front + number for number in own)
        elif isinstance(shown, OwnLetter):
            binder.add_letter(shown.document)
        elif isinstance(shown, Picture):
            said = gettext("Exhibit %(name)s, a picture: %(detail)s")
            said %= {"name": exhibit.name, "detail": exhibit.detail or exhibit.title}
            binder.add_picture(shown, said)
        else:
            said = gettext("Exhibit %(name)s, page %(page)s of %(pages)s, as a picture")
            binder.add_foreign(
                shown,
                [
                    said % {"name": exhibit.name, "page": page, "pages": one.pages}
                    for page in range(1, one.pages + 1)
                ],
            )

    def _stamps(self, printed: _Printed, total: int) -> Iterator[str]:
        of_front = gettext("%(reference)s · page %(page)s of %(pages)s")
        of_exhibit = gettext("%(reference)s · Exhibit %(name)s · page %(page)s of %(pages)s")
        told = {"reference": self.case.reference, "pages": total}
        for page in range(1, printed.in_front + 1):
            yield of_front % {**told, "page": page}
        for one in printed.placed:
            for page in range(one.first, one.last + 1):
                yield of_exhibit % {**told, "page": page, "name": one.exhibit.name}

    def _targets(
        self, placed: Iterable[Placed], parts: Iterable[_Part]
    ) -> dict[str, tuple[int, str]]:
        told = gettext("%(title)s, page %(page)s")
        found = {
            f"part:{part.key}": (part.page - 1, told % {"title": part.title, "page": part.page})
            for part in parts
        }
        for one in placed:
            title = gettext("Exhibit %(name)s") % {"name": one.exhibit.name}
            said = told % {"title": title, "page": one.first}
            found[f"exhibit:{one.exhibit.number}"] = (one.first - 1, said)
        return found

    def _bookmarks(self, placed: Iterable[Placed], parts: Iterable[_Part]) -> list[Heading]:
        below = tuple(
            Heading(f"{one.exhibit.name} · {one.exhibit.title}", one.first - 1) for one in placed
        )
        found = [Heading(part.title, part.page - 1) for part in parts]
        if below:
            found.append(Heading(gettext("Exhibits"), below[0].page, below))
        return found

    # What is embedded

    def _manifest(self, placed: Iterable[Placed]) -> bytes:
        told = {
            "format": FORMAT,
            "reference": self.case.reference,
            "made_on": self.made_on.isoformat(),
            "software": f"ConsentKit {settings.VERSION}",
            "log": {
                "file": LOG,
                "sha256": sha256(self.log).hexdigest(),
                "entries": self.log_length,
                "head": self.head,
            },
            "left_out": self.left_out,
            "exhibits": [
                {
                    "exhibit": one.exhibit.name,
                    "kind": one.exhibit.sort.value,
                    "date": one.exhibit.on.isoformat(),
                    "file": one.exhibit.file,
                    "media_type": one.exhibit.media_type,
                    "size": one.size,
                    "sha256": one.exhibit.sha256,
                    "first_page": one.first,
                    "pages": one.pages,
                }
                for one in placed
            ],
        }
        return json.dumps(told, ensure_ascii=False, indent=1).encode()

    def _originals(self, manifest: bytes) -> Iterator[Original]:
        """What is embedded is forgotten here, so that it is not held twice."""
        for piece in self._taken_out():
            exhibit = piece.exhibit
            shown = isinstance(piece.shown, Words) and piece.shown.form == "sheet"
            yield Original(
                name=exhibit.file,
                content=piece.content,
                media_type=exhibit.media_type,
                relationship="Supplement" if shown else "Source",
                sha256=exhibit.sha256,
                # The day of a certificate lies ahead; what shows it is of today.
                on=self.made_on if exhibit.sort is Sort.DATE else exhibit.on,
            )
        for name, content in ((LOG, self.log), (MANIFEST, manifest)):
            yield Original(
                name=name,
                content=content,
                media_type="application/json",
                relationship="Data",
                sha256=sha256(content).hexdigest(),
                on=self.made_on,
            )

    def _taken_out(self) -> Iterator[_Piece]:
        self.pieces.reverse()
        while self.pieces:
            yield self.pieces.pop()


def pages_by_anchor(document: Document) -> dict[str, list[int]]:
    """The pages of each section of a document, by its anchor. Each section begins a page."""
    starts = [(number, name) for number, page in enumerate(document.pages) for name in page.anchors]
    ends = [number for number, _ in starts[1:]] + [len(document.pages)]
    return {name: list(range(start, end)) for (start, name), end in zip(starts, ends, strict=True)}


def size_in_words(size: int) -> str:
    """The size of a file, for people."""
    if size < 10_000:
        return gettext("%(size)s bytes") % {"size": size}
    return gettext("%(size)s kB") % {"size": round(size / 1000)}
