"""Many letters as one PDF for the printer: each keeps its tags, its language and its own pages.

Nothing is added that would be printed. On both sides of the sheet, each letter begins on a new one:
a letter with an odd number of pages is followed by an empty one, and so is each copy of a letter
that goes to several. Bookmarks name letters by what the caller gives, never by their people.

The evidence of a case (``binding.py``) is put together in memory. A thousand letters are not: each
is written and forgotten before the next one is read. The structure of each letter becomes an
article of the whole, and what letters bring that is the very same (a font) is written once.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from consentkit.confidential.spool import Spool

HEADER = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
LEVEL = 6
METADATA = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>\
<rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


class Collator:
    """A stack of letters in the making."""

    def __init__(self, title: str, language: str, *, double_sided: bool) -> None:
        self.title, self.language, self.double_sided = title, language, double_sided
        self.pages = 0
        self._file = _File()
        self._root, self._tree, self._document = (self._file.number() for _ in range(3))
        self._page_tree, self._outline = self._file.number(), self._file.number()
        self._nodes: list[tuple[int, int]] = []  # of the page tree, and how many pages each has
        self._articles: list[int] = []
        self._parents: list[int] = []
        self._headings: list[tuple[str, int]] = []
        self._next_key = 0

    def add(self, pdf: bytes, heading: str) -> int:
        """Add a letter; the number of its own pages."""
        with pikepdf.open(BytesIO(pdf)) as letter:
            taken = _Taken(self._file, letter, key=self._next_key)
            node, article = self._file.number(), self._file.number()
            pages = taken.pages(node)
            starts = _copies(letter) if self.double_sided else [0]
            kids = list(self._on_sheets(pages, starts, letter, node, taken))
            taken.article(article, self._document)
            parents, self._next_key = taken.parents()
            taken.add(node, _node(kids, self._page_tree))
            taken.write()
        self._headings.append((heading, pages[0]))
        self._nodes.append((node, len(kids)))
        self._articles.append(article)
        self._parents.append(parents)
        self.pages += len(kids)
        return len(pages)

    def _on_sheets(
        self, pages: list[int], starts: list[int], letter: pikepdf.Pdf, node: int, taken: _Taken
    ) -> Iterator[int]:
        """The pages, with an empty one after each copy that would not fill its last sheet."""
        for start, end in zip(starts, [*starts[1:], len(pages)], strict=True):
            yield from pages[start:end]
            if self.double_sided and (end - start) % 2:
                blank = self._file.number()
                box = taken.said(Array(letter.pages[end - 1].mediabox))
                taken.add(
                    blank,
                    b"<< /Type /Page /Parent %d 0 R /MediaBox %b /Resources << >> /Tabs /S >>"
                    % (node, box),
                )
                yield blank

    def finish(self) -> Spool:
        """The stack. The same letters give the same bytes."""
        file = self._file
        metadata = METADATA.format(title=escape(self.title)).encode()
        about = file.stream(b"/Type /Metadata /Subtype /XML", metadata)
        parents = file.number()
        info = file.number()
        objects = [
            (info, b"<< /Title %b >>" % String(self.title).unparse()),
            (
                self._root,
                b"<< /Type /Catalog /Pages %d 0 R /StructTreeRoot %d 0 R /Metadata %d 0 R "
                b"/Outlines %d 0 R /PageMode /UseOutlines /Lang %b /MarkInfo << /Marked true >> "
                b"/ViewerPreferences << /DisplayDocTitle true >> "
                b"/PageLabels << /Nums [ 0 << /S /D >> ] >> >>"
                % (
                    self._page_tree,
                    self._tree,
                    about,
                    self._outline,
                    String(self.language).unparse(),
                ),
            ),
            (
                self._page_tree,
                b"<< /Type /Pages /Count %d /Kids [ %b ] >>"
                % (self.pages, _references(number for number, _count in self._nodes)),
            ),
            (
                self._tree,
                b"<< /Type /StructTreeRoot /K %d 0 R /ParentTree %d 0 R /ParentTreeNextKey %d >>"
                % (self._document, parents, self._next_key),
            ),
            (parents, b"<< /Kids [ %b ] >>" % _references(self._parents)),
            (
                self._document,
                b"<< /Type /StructElem /S /Document /P %d 0 R /K [ %b ] >>"
                % (self._tree, _references(self._articles)),
            ),
            *self._bookmarks(),
        ]
        file.pack(objects)
        return file.finish(self._root, info)

    def _bookmarks(self) -> Iterator[tuple[int, bytes]]:
        numbers = [self._file.number() for _ in self._headings]
        for n, (number, (title, page)) in enumerate(zip(numbers, self._headings, strict=True)):
            beside = b""
            if n:
                beside += b" /Prev %d 0 R" % numbers[n - 1]
            if n + 1 < len(numbers):
                beside += b" /Next %d 0 R" % numbers[n + 1]
            told = (String(title).unparse(), self._outline, page, beside)
            yield number, b"<< /Title %b /Parent %d 0 R /Dest [ %d 0 R /Fit ]%b >>" % told
        ends = b" /First %d 0 R /Last %d 0 R" % (numbers[0], numbers[-1]) if numbers else b""
        yield self._outline, b"<< /Type /Outlines /Count %d%b >>" % (len(numbers), ends)


def _references(numbers: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _node(pages: list[int], above: int) -> bytes:
    told = (above, len(pages), _references(pages))
    return b"<< /Type /Pages /Parent %d 0 R /Count %d /Kids [ %b ] >>" % told


def _copies(letter: pikepdf.Pdf) -> list[int]:
    """The first page of each copy of a letter, by where its heading of the first level stands."""
    numbers = {page.obj.objgen: number for number, page in enumerate(letter.pages)}
    found: set[int] = {0}
    waiting: list[tuple[Any, Any]] = [(letter.Root.get(Name.StructTreeRoot, Dictionary()), None)]
    while waiting:
        element, page = waiting.pop()
        page = element.get(Name.Pg, page)
        if element.get(Name.S) == Name.H1 and page is not None:
            found.add(numbers[page.objgen])
            continue
        waiting += [(child, page) for child in _children(element)]
    return sorted(found)


def _children(element: Any) -> list[Any]:
    children: Any = element.get(Name.K, [])
    listed = children if isinstance(children, Array) else [children]
    return [child for child in listed if isinstance(child, Dictionary)]


class _Taken:
    """What the whole takes over from one letter, with the numbers that it has there."""

    def __init__(self, file: _File, letter: pikepdf.Pdf, *, key: int) -> None:
        self.file, self.letter, self.key = file, letter, key
        self.tree: Any = letter.Root.get(Name.StructTreeRoot, Dictionary())
        self.numbers: dict[tuple[int, int], int] = {}
        self.waiting: list[tuple[int, Any]] = []
        self.objects: list[tuple[int, bytes]] = []

    def add(self, number: int, content: bytes) -> None:
        self.objects.append((number, content))

    def pages(self, node: int) -> list[int]:
        """Take the pages over; their numbers."""
        found = []
        for page in self.letter.pages:
            self.numbers[page.obj.objgen] = number = self.file.number()
            found.append(number)
        for number, page in zip(found, self.letter.pages, strict=True):
            entries = {**_inherited(page.obj), **dict(page.obj.items())}
            entries.pop("/Parent", None)
            said = b" ".join(self._entry(key, value) for key, value in entries.items())
            self.add(number, b"<< %b /Parent %d 0 R >>" % (said, node))
        return found

    def article(self, number: int, above: int) -> None:
        """Let the structure of the letter become an article of the whole."""
        top: list[Any] = []
        self.numbers[self.tree.objgen] = number
        for child in _children(self.tree):
            if child.get(Name.S) == Name.Document:
                self.numbers[child.objgen] = number
                top += _children(child)
            else:
                top.append(child)
        language: Any = self.letter.Root.get(Name.Lang)
        spoken = b" /Lang " + self.said(language) if language is not None else b""
        told = (above, spoken, b" ".join(map(self.said, top)))
        self.add(number, b"<< /Type /StructElem /S /Art /P %d 0 R%b /K [ %b ] >>" % told)

    def parents(self) -> tuple[int, int]:
        """Take over which element each mark belongs to; the number of this, and the next key."""
        pairs = list(_numbers_in(self.tree.get(Name.ParentTree, Dictionary())))
        number, last = self.file.number(), self.key
        said = b" ".join(b"%d %b" % (key + self.key, self.said(value)) for key, value in pairs)
        if pairs:
            last = pairs[-1][0] + self.key
        told = (self.key + (pairs[0][0] if pairs else 0), last, said)
        self.add(number, b"<< /Limits [ %d %d ] /Nums [ %b ] >>" % told)
        return number, last + 1

    def write(self) -> None:
        """Write everything that was taken over, and all that it refers to."""
        while self.waiting:
            number, thing = self.waiting.pop()
            self.add(number, self._content(thing))
        self.file.pack(self.objects)

    def said(self, thing: Any) -> bytes:
        """A thing as it stands in the file: itself, or a reference to it."""
        if isinstance(thing, pikepdf.Object) and thing.is_indirect:
            return b"%d 0 R" % self._number(thing)
        return self._content(thing)

    def _number(self, thing: Any) -> int:
        known = self.numbers.get(thing.objgen)
        if known is not None:
            return known
        if isinstance(thing, pikepdf.Stream):
            number = self.file.stream(self._entries(thing), thing.read_raw_bytes())
        else:
            number = self.file.number()
            self.waiting.append((number, thing))
        self.numbers[thing.objgen] = number
        return number

    def _content(self, thing: Any) -> bytes:
        if isinstance(thing, Dictionary):
            return b"<< %b >>" % self._entries(thing)
        if isinstance(thing, Array):
            return b"[ %b ]" % b" ".join(map(self.said, thing))
        if isinstance(thing, pikepdf.Object):
            return thing.unparse(resolved=True)
        return _plain(thing)

    def _entries(self, thing: Any) -> bytes:
        return b" ".join(
            self._entry(key, value) for key, value in thing.items() if key != "/Length"
        )

    def _entry(self, key: str, value: Any) -> bytes:
        if key in ("/StructParents", "/StructParent"):
            value = int(value) + self.key
        return b"%b %b" % (_name(key), self.said(value))


def _inherited(page: Any) -> dict[str, Any]:
    """What a page has from the nodes above it."""
    found: dict[str, Any] = {}
    node = page.get(Name.Parent)
    while node is not None:
        for key in ("/Resources", "/MediaBox", "/CropBox", "/Rotate"):
            if key in node:
                found.setdefault(key, node[key])
        node = node.get(Name.Parent)
    return found


def _numbers_in(tree: Any) -> Iterator[tuple[int, Any]]:
    """The pairs of a number tree, in their order."""
    numbers: Any = tree.get(Name.Nums, [])
    for n in range(0, len(numbers), 2):
        yield int(numbers[n]), numbers[n + 1]
    for kid in tree.get(Name.Kids, []):
        yield from _numbers_in(kid)


@cache
def _name(key: str) -> bytes:
    return Name(key).unparse()


def _plain(value: object) -> bytes:
    if value is None:
        return b"null"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, Decimal):
        return f"{value:f}".encode()
    return str(value).encode()


class _File:
    """The bytes of a PDF, written from the beginning to the end; only where things are is kept."""

    ENTRY = 8  # bytes of the table for each object: how it is kept, where, and its place in there

    def __init__(self) -> None:
        self.spool = Spool()
        self.table = bytearray(self.ENTRY)
        self.digest = sha256()
        self.known: dict[bytes, int] = {}
        self._write(HEADER)

    def _write(self, content: bytes) -> None:
        self.spool.write(content)
        self.digest.update(content)

    def number(self) -> int:
        """The next number of an object."""
        self.table += bytes(self.ENTRY)
        return len(self.table) // self.ENTRY - 1

    def stream(self, entries: bytes, content: bytes) -> int:
        """Write a stream, or find the very same one."""
        name = sha256(b"%d %b %b" % (len(entries), entries, content)).digest()
        if name not in self.known:
            self.known[name] = number = self.number()
            self._stream(number, entries, content)
        return self.known[name]

    def _stream(self, number: int, entries: bytes, content: bytes) -> None:
        self._note(number, 1, self.spool.size, 0)
        head = b"%d 0 obj\n<< %b /Length %d >>\nstream\n" % (number, entries, len(content))
        self._write(head + content + b"\nendstream\nendobj\n")

    def pack(self, objects: list[tuple[int, bytes]]) -> None:
        """Write objects that are no streams, packed into one."""
        within, offset, index = self.number(), 0, []
        for place, (number, content) in enumerate(objects):
            self._note(number, 2, within, place)
            index.append(b"%d %d" % (number, offset))
            offset += len(content) + 1
        head = b" ".join(index)
        content = b"\n".join((head, *(content for _number, content in objects)))
        entries = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode"
        packed = zlib.compress(content, LEVEL)
        self._stream(within, entries % (len(objects), len(head) + 1), packed)

    def _note(self, number: int, kind: int, where: int, place: int) -> None:
        entry = kind.to_bytes(1, "big") + where.to_bytes(5, "big") + place.to_bytes(2, "big")
        self.table[number * self.ENTRY : (number + 1) * self.ENTRY] = entry

    def finish(self, root: int, info: int) -> Spool:
        number, position = self.number(), self.spool.size
        identity = self.digest.hexdigest()[:32].encode()
        self._note(number, 1, position, 0)
        entries = (
            b"/Type /XRef /Size %d /W [ 1 5 2 ] /Root %d 0 R /Info %d 0 R /ID [ <%b> <%b> ] "
            b"/Filter /FlateDecode"
        )
        told = (number + 1, root, info, identity, identity)
        self._stream(number, entries % told, zlib.compress(bytes(self.table), LEVEL))
        self._write(b"startxref\n%d\n%%%%EOF\n" % position)
        return self.spool
