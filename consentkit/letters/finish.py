"""The last pass over a PDF before it is written: PDF/UA-1 and PDF/A-3 in one file.

WeasyPrint writes one of the two at a time (its issue 2467), and tags the footer but leaves it out
of the structure tree, which PDF/UA forbids (its issue 1836). Here every marked content that the
tree does not reach becomes an artifact, the colours get their profile, files are enclosed as
PDF/A-3 wants them, and the metadata declare both standards.

PDF/A has three levels: A where the structure is tagged and all text can be read out, B where it
only looks the same. Ours is A unless a glyph has no character to read out, as happens in scripts
that write one sound with several glyphs.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import md5
from importlib.resources import files
from typing import Any
from xml.sax.saxutils import escape

import pydyf

PROFILE = "sRGB2014.icc"  # of the International Color Consortium, free to embed; in WeasyPrint
MIMETYPE = {"/": "#2f", "+": "#2b"}


@dataclass(frozen=True)
class Enclosure:
    """A file inside the PDF. ``relationship`` is what it is to the page: Data, Source, ..."""

    name: str
    media_type: str
    content: bytes
    description: str
    relationship: str
    on: date


@dataclass(frozen=True)
class About:
    """What the metadata say. ``readable`` is whether all of the text can be read out."""

    title: str
    created: str
    modified: str
    producer: str
    readable: bool


def finish(pdf: Any, about: About, enclosures: Sequence[Enclosure] = ()) -> None:
    """Change a ``pydyf.PDF`` that WeasyPrint generated for PDF/UA into one for both standards."""
    marks, elements = _reached(pdf)
    for page in pages(pdf):
        _mark_artifacts(at(pdf, page["Contents"]), marks.get(page.reference, set()))
    _forget_orphans(pdf, marks, elements)
    _drop_empty_resources(pdf)
    _declare_colours(pdf)
    _enclose(pdf, enclosures)
    metadata = at(pdf, pdf.catalog["Metadata"])
    metadata.stream = [xmp(about)]
    metadata.compress = False


def at(pdf: Any, reference: Any) -> Any:
    """The object that a reference names."""
    return pdf.objects[int(bytes(reference).split()[0])]


def pages(pdf: Any) -> list[Any]:
    """The pages, in their order."""
    return [pdf.objects[number] for number in pdf.pages["Kids"][::3]]


# The structure tree ------------------------------------------------------------------------------

# The marked contents that the structure tree reaches, by the reference of their page.
Marks = dict[bytes, set[int]]


def _reached(pdf: Any) -> tuple[Marks, set[int]]:
    """The marked contents that the tree reaches, and the numbers of its elements."""
    marks: Marks = {}
    elements: set[int] = set()
    waiting = [at(pdf, child) for child in at(pdf, pdf.catalog["StructTreeRoot"])["K"]]
    while waiting:
        element = waiting.pop()
        elements.add(element.number)
        for child in element["K"]:
            if isinstance(child, int):
                marks.setdefault(element["Pg"], set()).add(child)
            else:
                below = at(pdf, child)
                if below["Type"] == "/StructElem":
                    waiting.append(below)
    return marks, elements


def _mark_artifacts(content: Any, reached: set[int]) -> None:
    operators = content.stream
    for n, operator in enumerate(operators):
        if operator == b"BDC" and operators[n - 1].get("MCID") not in reached:
            operators[n - 2 : n + 1] = ["/Artifact", b"", b"BMC"]


def _forget_orphans(pdf: Any, marks: Marks, elements: set[int]) -> None:
    """Take the unreached elements out of the file, keeping each mark's place among its parents."""
    numbers = at(pdf, at(pdf, pdf.catalog["StructTreeRoot"])["ParentTree"])["Nums"]
    parents = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for page in pages(pdf):
        reached = marks.get(page.reference, set())
        of_page = parents[page["StructParents"]]
        of_page[:] = [
            element if mark in reached else b"null" for mark, element in enumerate(of_page)
        ]
    for one in pdf.objects:
        is_element = isinstance(one, pydyf.Dictionary) and one.get("Type") == "/StructElem"
        if is_element and one.number not in elements:
            one.free = "f"


# Colours, resources and files --------------------------------------------------------------------


def _drop_empty_resources(pdf: Any) -> None:
    for one in pdf.objects:
        if isinstance(one, pydyf.Dictionary) and "ExtGState" in one and "Pattern" in one:
            for name in ("XObject", "Pattern", "Shading"):
                if not one[name]:
                    del one[name]


@cache
def _profile() -> bytes:
    return zlib.compress((files("weasyprint.pdf") / PROFILE).read_bytes())


def _declare_colours(pdf: Any) -> None:
    profile = pydyf.Stream([_profile()], {"N": 3, "Filter": "/FlateDecode"})
    pdf.add_object(profile)
    intent = pydyf.Dictionary(
        {
            "Type": "/OutputIntent",
            "S": "/GTS_PDFA1",
            "OutputConditionIdentifier": pydyf.String("sRGB"),
            "Info": pydyf.String("sRGB IEC61966-2.1"),
            "DestOutputProfile": profile.reference,
        }
    )
    pdf.catalog["OutputIntents"] = pydyf.Array([intent])


def _enclose(pdf: Any, enclosures: Iterable[Enclosure]) -> None:
    names, associated = pydyf.Array(), pydyf.Array()
    for one in sorted(enclosures, key=lambda one: one.name):
        content = pydyf.Stream([one.content], embedded(one), compress=True)
        pdf.add_object(content)
        specification = pydyf.Dictionary(
            {
                "Type": "/Filespec",
                "F": pydyf.String(one.name),
                "UF": pydyf.String(one.name),
                "Desc": pydyf.String(one.description),
                "AFRelationship": f"/{one.relationship}",
                "EF": pydyf.Dictionary({"F": content.reference, "UF": content.reference}),
            }
        )
        pdf.add_object(specification)
        names.extend((pydyf.String(one.name), specification.reference))
        associated.append(specification.reference)
    if names:
        pdf.catalog["Names"] = pydyf.Dictionary(
            {"EmbeddedFiles": pydyf.Dictionary({"Names": names})}
        )
        pdf.catalog["AF"] = associated


def embedded(enclosure: Enclosure) -> Mapping[str, Any]:
    """The entries of an embedded file's stream."""
    subtype = enclosure.media_type
    for char, written in MIMETYPE.items():
        subtype = subtype.replace(char, written)
    digest = md5(enclosure.content, usedforsecurity=False).hexdigest()
    return {
        "Type": "/EmbeddedFile",
        "Subtype": f"/{subtype}",
        "Params": pydyf.Dictionary(
            {
                "Size": len(enclosure.content),
                "ModDate": pydyf.String(f"D:{enclosure.on:%Y%m%d}000000Z"),
                "CheckSum": f"<{digest}>",
            }
        ),
    }


# Metadata ----------------------------------------------------------------------------------------

# PDF/A lets metadata use only what it knows; the identifier of PDF/UA is described to it here.
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="3" \
pdfaid:conformance="{level}"/>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" pdf:Producer="{producer}"/>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>\
<rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title></rdf:Description>
{dates}<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>\
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification schema\
</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/\
</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property>\
<rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal\
</pdfaProperty:category><pdfaProperty:description>Part of ISO 14289 to which the file conforms\
</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag>\
</pdfaExtension:schemas></rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
DATES = """<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" \
xmp:CreateDate="{created}" xmp:ModifyDate="{modified}"/>
"""
NO_XML = {code: None for code in (*range(32), 0xFFFE, 0xFFFF) if code not in (9, 10, 13)}


def xmp(about: About) -> bytes:
    """The metadata as XMP."""
    quote = {'"': "&quot;"}
    dates = (
        DATES.format(created=escape(about.created, quote), modified=escape(about.modified, quote))
        if about.created and about.modified
        else ""
    )
    return XMP.format(
        level="A" if about.readable else "B",
        producer=escape(about.producer, quote),
        title=escape(about.title.translate(NO_XML)),
        dates=dates,
    ).encode("utf-8")
