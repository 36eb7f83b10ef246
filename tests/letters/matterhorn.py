"""What a machine can check of PDF/UA-1, after the Matterhorn Protocol 1.1 ([checkpoints]).

It is a checker of our own, not a certified one: it knows the constructs that a letter can have and
complains about any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

# The standard types of structure that a letter may use [02-001, 02-003].
TYPES = frozenset(
    "Document Part Art Sect Div BlockQuote P H1 H2 H3 H4 H5 H6 L LI Lbl LBody Table TR TH TD THead "
    "TBody TFoot Caption Span Link Figure NonStruct Form".split()
)
PARENTS = {
    "LI": {"L"},
    "LBody": {"LI"},
    "TR": {"Table", "THead", "TBody", "TFoot"},
    "TH": {"TR"},
    "TD": {"TR"},
}
PAINTING = frozenset("Tj TJ ' Do S s f F f* B B* b b* sh".split())
Marks = dict[tuple[int, int], set[int]]


def complaints(written: bytes) -> list[str]:
    """What is wrong with a PDF, one line for each failed condition."""
    with pikepdf.open(BytesIO(written)) as pdf:
        return [
            *_document(pdf),
            *_content(pdf),
            *_structure(pdf),
            *_annotations(pdf),
            *_fonts(pdf),
            *_enclosures(pdf),
        ]


def elements(pdf: pikepdf.Pdf) -> Iterator[tuple[Any, str]]:
    """Every element of the structure tree in reading order, with the type of its parent."""

    def walk(element: Any, parent: str) -> Iterator[tuple[Any, str]]:
        yield element, parent
        for child in children(element):
            if isinstance(child, Dictionary) and "/S" in child:
                yield from walk(child, str(element.S)[1:])

    for top in children(pdf.Root.StructTreeRoot):
        yield from walk(top, "")


def children(element: Any) -> list[Any]:
    below = element.get("/K", [])
    return list(below) if isinstance(below, Array) else [below]


def reached_marks(pdf: pikepdf.Pdf) -> Marks:
    """The marked contents that the structure tree reaches, by page."""
    found: Marks = {}
    for element, _parent in elements(pdf):
        for child in children(element):
            if isinstance(child, int):
                found.setdefault(element.Pg.objgen, set()).add(child)
    return found


def _document(pdf: pikepdf.Pdf) -> Iterator[str]:
    root = pdf.Root
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", str(root.get("/Lang", ""))):
        yield "the language is not named [11-001]"
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "it is not marked as tagged [06-001]"
    if root.MarkInfo.get("/Suspects"):
        yield "tags are suspect [06-002]"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "the title is not shown [07-002]"
    with pdf.open_metadata() as metadata:
        if not metadata.get("dc:title"):
            yield "it has no title [06-004]"
        if metadata.get("pdfuaid:part") != "1":
            yield "it does not say that it is PDF/UA-1 [06-003]"
        if metadata.get("pdfaid:part") != "3" or metadata.get("pdfaid:conformance") not in "AB":
            yield "it does not say that it is PDF/A-3"
        if metadata.get("dc:title") != str(pdf.docinfo.get("/Title", "")):
            yield "two titles"
    if pdf.is_encrypted:
        yield "it is encrypted [26-001]"
    for name in ("/OpenAction", "/AA", "/XFA", "/OCProperties"):
        if name in root:
            yield f"it has {name}"


def _content(pdf: pikepdf.Pdf) -> Iterator[str]:
    """All that is drawn is tagged or an artifact, and the tree reaches each tag once."""
    reached = reached_marks(pdf)
    for number, page in enumerate(pdf.pages, start=1):
        if page.obj.get("/Tabs") != Name.S:
            yield f"page {number}: the order of tabs is not that of the structure [28-004]"
        marks: list[int] = []
        depth = 0
        artifacts = 0
        for one in pikepdf.parse_content_stream(page):
            operator = str(one.operator)
            if operator in ("BMC", "BDC"):
                is_artifact = str(one.operands[0]) == "/Artifact"
                if depth and (is_artifact or artifacts):
                    yield f"page {number}: an artifact within a tag, or a tag within one [01-003]"
                depth += 1
                artifacts += is_artifact
                if operator == "BDC":
                    marks.append(int(one.operands[1].MCID))
                elif not is_artifact:
                    yield f"page {number}: a tag without a number"
            elif operator == "EMC":
                depth -= 1
                artifacts = 0 if depth == 0 else artifacts
            elif operator in PAINTING and not depth:
                yield f"page {number}: {operator} is neither tagged nor an artifact [01-005]"
        if len(marks) != len(set(marks)):
            yield f"page {number}: a number is used twice"
        if set(marks) != reached.get(page.obj.objgen, set()):
            yield f"page {number}: the tree does not reach what is tagged [01-004]"
        yield from _parents(pdf, page, number)


def _parents(pdf: pikepdf.Pdf, page: pikepdf.Page, number: int) -> Iterator[str]:
    """Each tag leads back to the element that holds it."""
    numbers: Any = pdf.Root.StructTreeRoot.ParentTree.Nums
    parents = {int(numbers[n]): numbers[n + 1] for n in range(0, len(numbers), 2)}
    of_page = parents.get(int(page.obj.get("/StructParents", -1)))
    if of_page is None:
        yield f"page {number}: no way back into the tree"
        return
    for mark in reached_marks(pdf).get(page.obj.objgen, set()):
        holder = of_page[mark] if mark < len(of_page) else None
        if holder is None or mark not in [one for one in children(holder) if isinstance(one, int)]:
            yield f"page {number}: tag {mark} leads back to another element"


def _structure(pdf: pikepdf.Pdf) -> Iterator[str]:
    level, first = 0, True
    roles = pdf.Root.StructTreeRoot.get("/RoleMap")
    if roles is not None and set(map(str, roles.keys())) & {f"/{one}" for one in TYPES}:
        yield "a standard type is mapped to another [02-004]"
    for element, parent in elements(pdf):
        kind = str(element.S)[1:]
        if kind not in TYPES:
            yield f"{kind} is no standard type [02-001]"
        if kind in PARENTS and parent not in PARENTS[kind]:
            yield f"{kind} within {parent} [09-004]"
        if re.fullmatch(r"H[1-6]", kind):
            if int(kind[1]) > level + 1 or (first and kind != "H1"):
                yield f"{kind} after H{level} [14-002, 14-003]"
            level, first = int(kind[1]), False
        if kind == "Figure" and not str(element.get("/Alt", "")):
            yield "a figure without words [13-004]"
        if kind == "Figure" and "/BBox" not in element.get("/A", {}):
            yield "a figure without its place"
        if kind == "TH" and "/Scope" not in element.get("/A", {}) and "/ID" not in element:
            yield "a table header that heads nothing [15-003]"
        if kind == "TD" and "/Headers" not in element.get("/A", {}):
            yield "a cell without headers [15-003]"
        if kind == "L" and not any("/S" in one for one in children(element)):
            yield "an empty list"
    if first:
        yield "no heading"


def _annotations(pdf: pikepdf.Pdf) -> Iterator[str]:
    held = {
        child.Obj.objgen
        for element, _parent in elements(pdf)
        for child in children(element)
        if isinstance(child, Dictionary) and child.get("/Type") == Name.OBJR
    }
    for page in pdf.pages:
        for annotation in page.obj.get("/Annots", []):
            if annotation.objgen not in held:
                yield "an annotation outside the tree [28-002]"
            if not str(annotation.get("/Contents", "")):
                yield "a link without words [28-012]"
            if not int(annotation.get("/F", 0)) & 4:
                yield "an annotation that is not printed"


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    for page in pdf.pages:
        for name, font in page.obj.Resources.get("/Font", {}).items():
            if font.Subtype != Name.Type0:
                yield f"{name} is no composite font"
                continue
            below = font.DescendantFonts[0]
            descriptor = below.FontDescriptor
            if "/FontFile2" not in descriptor and "/FontFile3" not in descriptor:
                yield f"{name} is not embedded [31-009]"
            if "/ToUnicode" not in font:
                yield f"{name} cannot be read out [10-001]"
                continue
            if below.Subtype == Name.CIDFontType2 and "/CIDToGIDMap" not in below:
                yield f"{name} does not say which glyph is which [31-004]"
            if not re.match(r"^/[A-Z]{6}\+", str(font.BaseFont)):
                yield f"{name} is no subset"
        yield from _glyphs(page)


def _glyphs(page: pikepdf.Page) -> Iterator[str]:
    """Each glyph that is shown has characters, and none is the one for a missing glyph."""
    readable = {
        name: {
            int(glyph, 16): text
            for glyph, text in re.findall(
                rb"<([0-9a-f]{4})> <([0-9a-f]*)>", font.ToUnicode.read_bytes()
            )
        }
        for name, font in page.obj.Resources.get("/Font", {}).items()
        if "/ToUnicode" in font
    }
    current = ""
    for one in pikepdf.parse_content_stream(page):
        if str(one.operator) == "Tf":
            current = str(one.operands[0])
        elif str(one.operator) == "TJ":
            for part in one.operands[0]:
                if not isinstance(part, pikepdf.String):
                    continue
                raw = bytes(part)
                for glyph in (raw[n] * 256 + raw[n + 1] for n in range(0, len(raw), 2)):
                    if glyph == 0:
                        yield "a character that no font has [31-030]"
                    elif glyph not in readable.get(current, {}):
                        yield f"glyph {glyph} cannot be read out [10-001]"


def _enclosures(pdf: pikepdf.Pdf) -> Iterator[str]:
    associated = [one.objgen for one in pdf.Root.get("/AF", [])]
    names: Any = pdf.Root.get("/Names", {}).get("/EmbeddedFiles", {}).get("/Names", [])
    for specification in list(names)[1::2]:
        if specification.objgen not in associated:
            yield "a file that is not associated"
        if "/AFRelationship" not in specification or not str(specification.get("/Desc", "")):
            yield "a file that says not what it is"
        for key in ("/F", "/UF"):
            if not str(specification.get(key, "")):
                yield "a file without a name [21-001]"


def structure(element: Any) -> list[Any]:
    """Every structure element below one, in reading order."""
    found = []
    for child in children(element):
        if isinstance(child, Dictionary) and "/S" in child:
            found += [child, *structure(child)]
    return found


def reached_on(page: pikepdf.Page, root: Any) -> set[int]:
    """The marked contents of a page that the tree below an element reaches."""
    marks = set()
    for element in structure(root):
        for child in children(element):
            on = element.get("/Pg")
            if isinstance(child, Dictionary) and "/MCID" in child:
                on, child = child.get("/Pg", on), child.MCID
            if not isinstance(child, Dictionary) and on.objgen == page.obj.objgen:
                marks.add(int(child))
    return marks
