"""Binding: pages of our own, letters and foreign pages become one tagged PDF.

Our own pages and letters keep their tags. A foreign page is painted as a whole inside one tag, in
the place where it is read; nothing of it but what it paints is taken over. Every page bears a
stamp, which is an artifact.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, String

from consentkit.confidential.spool import Spool
from consentkit.letters.envelope import INCH, MM
from consentkit.letters.render import FONTS

from .shown import Foreign, Picture

PAPERS = {"a4": (210 * MM, 297 * MM), "letter": (8.5 * INCH, 11 * INCH)}
MARGIN = 12 * MM
STRIP = 12 * MM  # at the foot of a foreign page, for the stamp
STAMP_SIZE, STAMP_HEIGHT = 8.0, 5.5 * MM
STAMP = "/CKStamp"
# What is packed as well as it can be is embedded as it is; to pack it again only takes time.
PACKED = ("application/pdf", "image/", "application/zip", "application/vnd.")

# How a picture of each EXIF orientation is put upright: a, b, c, d, e, f of a unit square.
UPRIGHT = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}


@dataclass(frozen=True)
class Leaf:
    """One page in its place. ``stamp`` is what stands at its foot."""

    page: Any
    elements: tuple[Any, ...]


@dataclass(frozen=True)
class Heading:
    """A bookmark: its title, the page that it leads to (from 0), and those below it."""

    title: str
    page: int
    below: tuple[Heading, ...] = ()


@dataclass(frozen=True)
class Original:
    """A file that is embedded."""

    name: str
    content: bytes
    media_type: str
    relationship: str  # Source, Data or Supplement
    sha256: str
    on: date


class Binder:
    """A book in the making. ``pdf`` are our own pages, as the engine wrote them."""

    def __init__(self, pdf: bytes, paper: str) -> None:
        self.pdf = pikepdf.open(BytesIO(pdf))
        self.paper = PAPERS[paper]
        self.tree = self.pdf.Root.StructTreeRoot
        self.document = self.tree.K[0]
        self.own = [page.obj for page in self.pdf.pages]
        self.elements = self._elements_by_page()
        self.leaves: list[Leaf] = []
        self.is_accessible = True
        self._font = _font(self.pdf)
        self._stamped: set[tuple[int, int]] = set()
        self._sources: list[pikepdf.Pdf] = []  # read from until the book is written

    def _elements_by_page(self) -> dict[tuple[int, int], list[Any]]:
        found: dict[tuple[int, int], list[Any]] = {}
        for element in self.document.K:
            found.setdefault(element.Pg.objgen, []).append(element)
        return found

    # Pages, in their order

    def add_own(self, numbers: Iterable[int]) -> None:
        """Pages of our own, by their place in what the engine wrote."""
        for number in numbers:
            page = self.own[number]
            self.leaves.append(Leaf(page, tuple(self.elements.get(page.objgen, ()))))

    def add_letter(self, letter: pikepdf.Pdf) -> None:
        """A letter that was made here, with its tags."""
        if Name.StructTreeRoot not in letter.Root:
            self.add_foreign(Foreign(document=letter), [""] * len(letter.pages))
            return
        before = len(self.pdf.pages)
        self.pdf.pages.extend(letter.pages)
        self._sources.append(letter)
        pages = [page.obj for page in self.pdf.pages[before:]]
        tree = self.pdf.copy_foreign(letter.Root.StructTreeRoot)
        top = Dictionary(Type=Name.StructElem, S=Name.Art, P=self.document, K=Array())
        article = self.pdf.make_indirect(top)
        children: Any = tree.K
        for child in children if isinstance(children, Array) else [children]:
            for element in child.K if Name.Document == child.S else [child]:
                element.P = article
                article.K.append(element)
        self._take_over_parents(tree.ParentTree.Nums, pages)
        self.leaves.append(Leaf(pages[0], (article,)))
        self.leaves += [Leaf(page, ()) for page in pages[1:]]

    def _take_over_parents(self, numbers: Any, pages: Sequence[Any]) -> None:
        offset = self._next_key
        for n in range(0, len(numbers), 2):
            self._note_parents(int(numbers[n]) + offset, numbers[n + 1])
        for page in pages:
            page.StructParents = int(page.StructParents) + offset
            for annotation in page.get(Name.Annots, []):
                if Name.StructParent in annotation:
                    annotation.StructParent = int(annotation.StructParent) + offset

    def _note_parents(self, key: int, parents: Any) -> None:
        numbers: Any = self.tree.ParentTree.Nums
        numbers.append(key)
        numbers.append(parents)

    @property
    def _next_key(self) -> int:
        numbers: Any = self.tree.ParentTree.Nums
        return int(numbers[-2]) + 1 if len(numbers) else 0

    def add_foreign(self, foreign: Foreign, alternatives: Sequence[str]) -> None:
        """Foreign pages. ``alternatives`` say what a page is, for those without any text."""
        self.is_accessible = False
        self._sources.append(foreign.document)
        for source, alternative in zip(foreign.document.pages, alternatives, strict=True):
            form = self.pdf.copy_foreign(source.as_form_xobject())
            for key in (Name.StructParents, Name.StructParent, Name.Metadata, Name.PieceInfo):
                if key in form:
                    del form[key]
            has_text = Name.Font in form.get(Name.Resources, {}) or _draws_forms(form)
            page = self._page(form, _is_wide(form))
            width, height = (float(side) for side in page.obj.MediaBox[2:])
            box = pikepdf.Rectangle(0, STRIP, width, height)
            drawing = page.calc_form_xobject_placement(
                form, Name.X, box, allow_shrink=True, allow_expand=False
            )
            alternative = "" if has_text else alternative
            self._tag(page.obj, drawing, alternative)

    def add_picture(self, picture: Picture, alternative: str) -> None:
        """A picture on a page of its own."""
        image = self.pdf.make_stream(
            picture.data,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=picture.width,
            Height=picture.height,
            ColorSpace=picture.colours,
            BitsPerComponent=picture.bits,
            Filter=picture.encoding,
        )
        if picture.parameters:
            image.DecodeParms = Dictionary(dict(_named(picture.parameters)))
        wide, high = picture.width, picture.height
        if picture.turn > 4:
            wide, high = high, wide
        page = self._page(image, wide > high)
        width, height = (float(side) for side in page.obj.MediaBox[2:])
        room = width - 2 * MARGIN, height - MARGIN - 2 * STRIP
        scale = min(room[0] / wide, room[1] / high, 0.75)  # never larger than 96 dots an inch
        left = (width - wide * scale) / 2
        bottom = height - MARGIN - high * scale
        upright = " ".join(map(str, UPRIGHT[picture.turn]))
        drawing = (
            f"q {wide * scale:.3f} 0 0 {high * scale:.3f} {left:.3f} {bottom:.3f} cm "
            f"{upright} cm /X Do Q"
        )
        self._tag(page.obj, drawing.encode(), alternative)

    def _page(self, thing: Any, is_wide: bool) -> pikepdf.Page:
        width, height = reversed(self.paper) if is_wide else self.paper
        return pikepdf.Page(
            self.pdf.make_indirect(
                Dictionary(
                    Type=Name.Page,
                    Parent=self.pdf.Root.Pages,
                    MediaBox=[0, 0, round(width, 2), round(height, 2)],
                    Resources=Dictionary(XObject=Dictionary(X=thing)),
                    Tabs=Name.S,
                )
            )
        )

    def _tag(self, page: Any, drawing: bytes, alternative: str) -> None:
        """Put a drawing on a page inside one tag: a figure where it has no text to read."""
        kind = "Figure" if alternative else "P"
        page.Contents = self.pdf.make_stream(
            b"/" + kind.encode() + b" <</MCID 0>> BDC " + drawing.strip() + b" EMC\n"
        )
        element = self.pdf.make_indirect(
            Dictionary(Type=Name.StructElem, S=Name("/" + kind), P=self.document, Pg=page, K=0)
        )
        if alternative:
            element.Alt = String(alternative)
            element.A = Dictionary(O=Name.Layout, BBox=page.MediaBox)
        page.StructParents = self._next_key
        self._note_parents(page.StructParents, Array([element]))
        self.leaves.append(Leaf(page, (element,)))

    # What is on every page, and what leads there

    def stamp(self, texts: Sequence[str]) -> None:
        """Write a text at the foot of each page, as an artifact."""
        for leaf, text in zip(self.leaves, texts, strict=True):
            page = leaf.page
            glyphs, width = _set(text)
            x = float(page.MediaBox[2]) - MARGIN - width
            drawing = (
                f"/Artifact <</Type /Pagination>> BDC BT {STAMP} {STAMP_SIZE:g} Tf 0.2 g "
                f"{x:.2f} {STAMP_HEIGHT:.2f} Td <{glyphs.hex()}> Tj ET EMC"
            )
            self._add_font(page)
            stamp = self.pdf.make_stream(b"Q q " + drawing.encode() + b" Q\n")
            before: Any = page.Contents
            contents = list(before) if isinstance(before, Array) else [before]
            page.Contents = Array([self._save_state, *contents, stamp])

    @property
    def _save_state(self) -> Any:
        if not hasattr(self, "_saved"):
            self._saved = self.pdf.make_stream(b"q\n")
        return self._saved

    def _add_font(self, page: Any) -> None:
        resources = page.Resources
        if Name.Font not in resources:
            resources.Font = Dictionary()
        if STAMP not in resources.Font:
            resources.Font[STAMP] = self._font

    def link(self, targets: Mapping[str, tuple[int, str]]) -> None:
        """Let links to an address lead to a page instead, with a word on where they lead."""
        for own in self.own:
            for annotation in own.get(Name.Annots, []):
                action = annotation.get(Name.A)
                target = targets.get(str(action.URI)) if action and Name.URI in action else None
                if target is not None:
                    del annotation.A
                    annotation.Dest = Array([self.leaves[target[0]].page, Name.Fit])
                    annotation.Contents = String(target[1])

    def bookmark(self, headings: Iterable[Heading]) -> None:
        """Bookmarks, in two levels."""
        with self.pdf.open_outline() as outline:
            outline.root.extend(self._item(heading) for heading in headings)
        self.pdf.Root.PageMode = Name.UseOutlines

    def _item(self, heading: Heading) -> OutlineItem:
        target = Array([self.leaves[heading.page].page, Name.Fit])
        item = OutlineItem(heading.title, target)
        item.children.extend(self._item(one) for one in heading.below)
        return item

    def embed(self, originals: Iterable[Original]) -> None:
        """Embed files, unchanged."""
        found: dict[str, Any] = {}
        for original in originals:
            found[original.name] = self.pdf.make_indirect(
                Dictionary(
                    Type=Name.Filespec,
                    F=original.name,
                    UF=original.name,
                    Desc=f"SHA-256 {original.sha256}",
                    AFRelationship=Name("/" + original.relationship),
                    EF=Dictionary(F=self._file(original)),
                )
            )
        names = Array()
        for name in sorted(found):
            names.extend([String(name), found[name]])
        self.pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=names))
        self.pdf.Root.AF = self.pdf.make_indirect(Array(list(names)[1::2]))

    def _file(self, original: Original) -> Any:
        level = 0 if original.media_type.startswith(PACKED) else 6
        return self.pdf.make_stream(
            zlib.compress(original.content, level),
            Type=Name.EmbeddedFile,
            Subtype=Name("/" + original.media_type),
            Filter=Name.FlateDecode,
            Params=Dictionary(Size=len(original.content), ModDate=f"D:{original.on:%Y%m%d}000000Z"),
        )

    def finish(self, identity: bytes) -> Spool:
        """The book. The same pages give the same bytes.

        ``identity`` are 16 bytes that follow from what is in it.
        """
        order = Array([leaf.page for leaf in self.leaves])
        for leaf in self.leaves:
            leaf.page.Parent = self.pdf.Root.Pages
        self.pdf.Root.Pages.Kids = order
        self.pdf.Root.Pages.Count = len(self.leaves)
        self.document.K = Array([one for leaf in self.leaves for one in leaf.elements])
        self.tree.ParentTreeNextKey = self._next_key
        self.pdf.Root.PageLabels = Dictionary(Nums=[0, Dictionary(S=Name.D, St=1)])
        if not self.is_accessible:
            with self.pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
                del metadata["pdfuaid:part"]
        # To let qpdf find an identity takes as long as all the rest of writing: it reads every byte
        # for it. It keeps the first half of the one that is there, and puts a constant behind it.
        self.pdf.trailer.ID = Array([String(identity), String(identity)])
        written = Spool()
        self.pdf.save(
            written,  # type: ignore[arg-type]  # only what a spool has is asked of it
            static_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
        return written


def _named(parameters: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    return ((f"/{name}", value) for name, value in parameters.items())


def _is_wide(form: Any) -> bool:
    left, bottom, right, top = (float(side) for side in form.BBox)
    matrix = [float(one) for one in form.get(Name.Matrix, [1, 0, 0, 1, 0, 0])]
    width, height = abs(right - left), abs(top - bottom)
    if abs(matrix[1]) > abs(matrix[0]):
        width, height = height, width
    return width > height


def _draws_forms(form: Any) -> bool:
    """Whether a page draws forms, which may hold text of their own."""
    things: Any = form.get(Name.Resources, {}).get(Name.XObject, {})
    return any(one.get(Name.Subtype) == Name.Form for one in things.values())


# The font of the stamp ----------------------------------------------------------------------------

# What a stamp can say: Latin letters with their accents, digits, some signs.
CHARACTERS = [*range(0x20, 0x7F), *range(0xA0, 0x180), 0x2013, 0x2014, 0x2019]


@dataclass(frozen=True)
class _Subset:
    content: bytes
    glyphs: Mapping[int, int]  # by character
    widths: tuple[int, ...]  # by glyph, in thousandths
    box: tuple[int, int, int, int]
    ascent: int
    descent: int


@cache
def _subset() -> _Subset:
    from fontTools.subset import Options, Subsetter  # slow to import
    from fontTools.ttLib import TTFont

    font = TTFont(FONTS / "GentiumBookPlus-Regular.ttf", recalcTimestamp=False)
    options = Options(layout_features=[], hinting=False, name_IDs=[], notdef_outline=True)
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "Silf", "Sill", "Glat", "Gloc", "Feat", "Silt"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    written = BytesIO()
    font.save(written)
    units = font["head"].unitsPerEm
    order = font.getGlyphOrder()
    per_mille = 1000 / units
    head, metrics = font["head"], font["hhea"]
    return _Subset(
        content=written.getvalue(),
        glyphs={code: font.getGlyphID(name) for code, name in font.getBestCmap().items()},
        widths=tuple(round(font["hmtx"][name][0] * per_mille) for name in order),
        box=(
            round(head.xMin * per_mille),
            round(head.yMin * per_mille),
            round(head.xMax * per_mille),
            round(head.yMax * per_mille),
        ),
        ascent=round(metrics.ascent * per_mille),
        descent=round(metrics.descent * per_mille),
    )


def _set(text: str) -> tuple[bytes, float]:
    """The glyphs of a text, and how wide it is in points."""
    subset = _subset()
    glyphs = [subset.glyphs.get(ord(one), subset.glyphs[ord("?")]) for one in text]
    width = sum(subset.widths[glyph] for glyph in glyphs) * STAMP_SIZE / 1000
    return b"".join(glyph.to_bytes(2, "big") for glyph in glyphs), width


def _font(pdf: pikepdf.Pdf) -> Any:
    subset = _subset()
    name = Name("/CKSTMP+GentiumBookPlus")
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,
        FontBBox=list(subset.box),
        ItalicAngle=0,
        Ascent=subset.ascent,
        Descent=subset.descent,
        CapHeight=subset.ascent,
        StemV=80,
        FontFile2=pdf.make_stream(subset.content, Length1=len(subset.content)),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        CIDToGIDMap=Name.Identity,
        W=[0, list(subset.widths)],
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=[pdf.make_indirect(descendant)],
            ToUnicode=pdf.make_stream(_to_unicode(subset).encode("ascii")),
        )
    )


def _to_unicode(subset: _Subset) -> str:
    pairs = sorted((glyph, code) for code, glyph in subset.glyphs.items())
    blocks = []
    for start in range(0, len(pairs), 100):
        block = pairs[start : start + 100]
        lines = "\n".join(f"<{glyph:04X}> <{code:04X}>" for glyph, code in block)
        blocks.append(f"{len(block)} beginbfchar\n{lines}\nendbfchar")
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CMapName /CKStamp def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + "\n".join(blocks)
        + "\nendcmap end end"
    )
