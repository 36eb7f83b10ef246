"""From PDF objects to the bytes of a file: the same objects give the same bytes.

Objects that are no streams are packed into two object streams: one for what letters of one kind
have in common, which is packed once, and one for what differs from letter to letter.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pydyf

HEADER = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
LEVEL = 5  # of compression: the next ones take twice as long and gain little

# What the table of objects says of one: its kind, where it is, and which one there.
_ENTRY = struct.Struct(">BIH").pack

# A numbered object, as its bytes between "obj" and "endobj".
Numbered = tuple[int, bytes]


@dataclass(frozen=True)
class Packed:
    """Objects packed into a stream: their numbers in order, and the stream object's bytes."""

    numbers: tuple[int, ...]
    content: bytes


def stream(
    content: bytes, extra: Mapping[str, Any] | None = None, *, compress: bool = True
) -> bytes:
    """A stream object's bytes. ``extra`` are the entries of its dictionary."""
    entries = pydyf.Dictionary(dict(extra or {}))
    if compress:
        entries["Filter"] = "/FlateDecode"
        content = zlib.compress(content, LEVEL)
    entries["Length"] = len(content)
    return b"\n".join((as_bytes(entries), b"stream", content, b"endstream"))


def stream_of(one: pydyf.Stream) -> bytes:
    """The bytes of a stream that pydyf holds."""
    return stream(content_of(one), one.extra, compress=one.compress)


def content_of(one: pydyf.Stream) -> bytes:
    """What a stream that pydyf holds says, not compressed."""
    return b"\n".join(map(as_bytes, one.stream))


def as_bytes(item: Any) -> bytes:
    """An item of a stream or a dictionary, as pydyf writes it, the frequent kinds first."""
    kind = type(item)
    if kind is bytes:
        return item  # type: ignore[no-any-return]
    if kind is int:
        return b"%d" % item
    if kind is str:
        return item.encode("ascii")  # type: ignore[no-any-return]
    if kind is pydyf.Array:
        return b"[" + b" ".join(map(as_bytes, item)) + b"]"
    if kind is pydyf.Dictionary:
        entries = [b"/" + as_bytes(key) + b" " + as_bytes(one) for key, one in item.items()]
        return b"<<" + b"".join(entries) + b">>"
    return _PYDYF(item)  # type: ignore[no-any-return]


_PYDYF = pydyf._to_bytes


def packed(objects: Sequence[Numbered]) -> Packed:
    """Objects, in one stream."""
    offset, index = 0, []
    for number, content in objects:
        index.append(f"{number} {offset}")
        offset += len(content) + 1
    head = " ".join(index).encode()
    content = b"\n".join((head, *(content for _number, content in objects)))
    extra = {"Type": "/ObjStm", "N": len(objects), "First": len(head) + 1}
    return Packed(tuple(number for number, _content in objects), stream(content, extra))


@dataclass(frozen=True)
class Arranged:
    """The objects of a PDF with the numbers they bear in the file: those of fonts come last.

    ``fonts`` is the number of the dictionary that lists the fonts; what is above it is fonts.
    """

    streams: tuple[tuple[int, Any], ...]
    others: tuple[tuple[int, Any], ...]
    new_number: Mapping[int, int]
    fonts: int
    root: int
    info: int

    def bytes_of(self, one: Any) -> bytes:
        """An object that is no stream, with the numbers of the file."""
        return self.renumbered(as_bytes(one))

    def renumbered(self, content: bytes) -> bytes:
        return _REFERENCE.sub(self._renumbered, content)

    def _renumbered(self, found: re.Match[bytes]) -> bytes:
        return b"%d 0 R" % self.new_number[int(found[1])] if found[1] else found[0]


# A reference, or a text that may look like one.
_REFERENCE = re.compile(rb"\((?:\\.|[^\\()])*\)|(\d+) 0 R", re.DOTALL)


def arranged(pdf: Any) -> Arranged:
    """The objects of a finished ``pydyf.PDF`` in the order of the file."""
    pdf.add_object(pdf.info)
    used = [one for one in pdf.objects if one.free == "n"]
    first_page = pdf.objects[pdf.pages["Kids"][0]]
    listed = target(target(first_page["Resources"], pdf)["Font"], pdf)
    fonts = _below(listed, pdf)
    order = [one for one in used if one.number not in fonts]
    order += [listed, *(one for one in used if one.number in fonts and one is not listed)]
    numbers = {one.number: place for place, one in enumerate(order, start=1)}
    numbered = [(numbers[one.number], one) for one in order]
    return Arranged(
        streams=tuple(pair for pair in numbered if isinstance(pair[1], pydyf.Stream)),
        others=tuple(pair for pair in numbered if not isinstance(pair[1], pydyf.Stream)),
        new_number=numbers,
        fonts=numbers[listed.number],
        root=numbers[pdf.catalog.number],
        info=numbers[pdf.info.number],
    )


def target(reference: Any, pdf: Any) -> Any:
    """The object that a reference names."""
    return pdf.objects[int(bytes(reference).split()[0])]


def _below(one: Any, pdf: Any) -> set[int]:
    """The numbers of an object and of all that it refers to."""
    found, waiting = set(), [one]
    while waiting:
        here = waiting.pop()
        if here.number in found:
            continue
        found.add(here.number)
        said = pydyf.Dictionary(here.extra) if isinstance(here, pydyf.Stream) else here
        references = (match[1] for match in _REFERENCE.finditer(as_bytes(said)) if match[1])
        waiting += [pdf.objects[int(number)] for number in references]
    return found


@dataclass(frozen=True)
class Sheet:
    """A letter ready to be written; ``common`` is what letters of its shape have in common.

    ``streams`` are those that are no fonts.
    """

    objects: Arranged
    streams: Mapping[int, bytes]
    fonts: tuple[Numbered, ...]
    common: Packed
    differing: Packed

    def file(self) -> bytes:
        return file_of(
            (*self.streams.items(), *self.fonts),
            (self.common, self.differing),
            size=len(self.objects.new_number) + 1,
            root=self.objects.root,
            info=self.objects.info,
        )


def sheet(pdf: Any) -> Sheet:
    """A finished ``pydyf.PDF``, ready to be written."""
    objects = arranged(pdf)
    streams = [(number, numbered_stream(objects, one)) for number, one in objects.streams]
    packs = [
        packed(
            [
                (number, objects.bytes_of(one))
                for number, one in objects.others
                if differs(objects, number, one) is varying
            ]
        )
        for varying in (False, True)
    ]
    return Sheet(
        objects,
        {number: content for number, content in streams if number < objects.fonts},
        tuple((number, content) for number, content in streams if number > objects.fonts),
        *packs,
    )


def numbered_stream(objects: Arranged, one: pydyf.Stream) -> bytes:
    """The bytes of a stream, its dictionary with the numbers of the file."""
    head, _, rest = stream_of(one).partition(b"\nstream\n")
    return b"\nstream\n".join((objects.renumbered(head), rest))


def differs(objects: Arranged, number: int, one: Any) -> bool:
    """Whether an object may differ between letters of one shape: it bears a text, or is a font."""
    return number >= objects.fonts or "Title" in one or "Producer" in one


def file_of(
    streams: Iterable[Numbered], packs: Sequence[Packed], *, size: int, root: int, info: int
) -> bytes:
    """The file. ``size`` is the first number that no object bears."""
    parts = [HEADER]
    position = len(HEADER)
    last = size + len(packs)
    table = [_ENTRY(0, 0, 0)] * (last + 1)
    numbered = [*streams, *((size + n, pack.content) for n, pack in enumerate(packs))]
    for number, content in numbered:
        table[number] = _ENTRY(1, position, 0)
        part = b"%d 0 obj\n%b\nendobj\n" % (number, content)
        parts.append(part)
        position += len(part)
    for n, pack in enumerate(packs):
        for index, number in enumerate(pack.numbers):
            table[number] = _ENTRY(2, size + n, index)
    table[last] = _ENTRY(1, position, 0)
    identity = b"<%b>" % sha256(b"".join(parts)).hexdigest()[:32].encode()
    extra = {
        "Type": "/XRef",
        "Size": last + 1,
        "W": pydyf.Array((1, 4, 2)),
        "Root": f"{root} 0 R",
        "Info": f"{info} 0 R",
        "ID": pydyf.Array((identity, identity)),
    }
    parts.append(b"%d 0 obj\n%b\nendobj\n" % (last, stream(b"".join(table), extra)))
    parts.append(b"startxref\n%d\n%%%%EOF\n" % position)
    return b"".join(parts)
