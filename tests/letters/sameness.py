"""Whether a letter of ours is the one that WeasyPrint alone would have made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name

from consentkit.letters import render
from consentkit.letters.compose import Draft
from tests.letters.matterhorn import reached_marks


def stock_pdf(draft: Draft, paper: str) -> bytes:
    """The letter as WeasyPrint's own ``write_pdf`` makes it, for PDF/UA-1 alone."""
    pages = [render._html(draft, paper, one) for one in draft.addressees]
    sheets = render.sheets_of(paper)
    with render.typesetting() as engine:
        return engine.written([engine.document(page, sheets) for page in pages])


def differences(ours: bytes, stock: bytes) -> list[str]:
    """In what two letters differ, apart from what a letter of ours has besides."""
    with pikepdf.open(BytesIO(ours)) as one, pikepdf.open(BytesIO(stock)) as other:
        return [
            what
            for what, told in (
                ("pages", _measures),
                ("what is drawn", _drawn),
                ("structure", _structure),
                ("bookmarks", _bookmarks),
                ("information", _information),
                ("metadata", _metadata),
                ("fonts", _fonts),
            )
            if told(one) != told(other)
        ]


def pictures_differ(ours: bytes, stock: bytes, dpi: int) -> bool:
    return list(_pictures(ours, dpi)) != list(_pictures(stock, dpi))


def _pictures(written: bytes, dpi: int) -> Iterator[bytes]:
    with pypdfium2.PdfDocument(written) as document:
        for page in document:
            yield page.render(scale=dpi / 72).to_pil().tobytes()


def _measures(pdf: pikepdf.Pdf) -> list[Any]:
    names = ("/MediaBox", "/TrimBox", "/BleedBox")
    return [[list(map(float, page.obj[name])) for name in names] for page in pdf.pages]


def _drawn(pdf: pikepdf.Pdf) -> list[bytes]:
    """The operators of each page; what the tree does not reach counts as an artifact."""
    reached = reached_marks(pdf)
    pages = []
    for page in pdf.pages:
        operators: list[Any] = []
        for one in pikepdf.parse_content_stream(page):
            if str(one.operator) == "BDC" and isinstance(one.operands[1], Dictionary):
                mark = one.operands[1].get(Name.MCID)
                if mark is not None and int(mark) not in reached.get(page.obj.objgen, set()):
                    operators.append(([Name.Artifact], pikepdf.Operator("BMC")))
                    continue
            operators.append(one)
        pages.append(pikepdf.unparse_content_stream(operators))
    return pages


def _structure(pdf: pikepdf.Pdf) -> list[Any]:
    numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages)}

    def told(element: Any) -> Any:
        if isinstance(element, int):
            return element
        if "/S" not in element:
            return [numbers.get(element.Pg.objgen), str(element.Type)]
        children = element.get("/K", [])
        children = list(children) if isinstance(children, Array) else [children]
        page = numbers.get(element.Pg.objgen) if "/Pg" in element else None
        kind = str(element.S), page, str(element.get("/Alt", "")), str(element.get("/Lang", ""))
        return [kind, [told(child) for child in children]]

    return [told(child) for child in pdf.Root.StructTreeRoot.K]  # type: ignore[attr-defined]


def _bookmarks(pdf: pikepdf.Pdf) -> list[Any]:
    numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages)}
    found: list[Any] = []

    def walk(items: Any, depth: int) -> None:
        for item in items:
            where = [float(part) for part in list(item.destination)[2:]]
            found.append((depth, item.title, numbers[item.destination[0].objgen], where))
            walk(item.children, depth + 1)

    with pdf.open_outline() as outline:
        walk(outline.root, 0)
    return found


def _information(pdf: pikepdf.Pdf) -> dict[str, str]:
    told = {name: str(value) for name, value in pdf.docinfo.items()}
    return told | {"lang": str(pdf.Root.Lang), "title": str(pdf.Root.ViewerPreferences)}


def _metadata(pdf: pikepdf.Pdf) -> dict[str, str]:
    names = ("dc:title", "xmp:CreateDate", "xmp:ModifyDate", "pdf:Producer", "pdfuaid:part")
    with pdf.open_metadata() as metadata:
        return {name: str(metadata.get(name)) for name in names}


def _fonts(pdf: pikepdf.Pdf) -> dict[str, Any]:
    found = {}
    for name, font in pdf.pages[0].obj.Resources.Font.items():
        below = font.DescendantFonts[0]
        descriptor = below.FontDescriptor
        file = descriptor.get("/FontFile2", descriptor.get("/FontFile3"))
        found[name] = (
            str(font.BaseFont),
            file.read_bytes(),
            re.sub(rb"\s+", b" ", font.ToUnicode.read_bytes()),
            [str(one) for one in below.W],
        )
    return found
