"""The last pass over a PDF: what stands in the page's margin becomes an artifact.

WeasyPrint tags the footer but leaves it out of the structure tree, which PDF/UA forbids (its issue
1836). Every marked content that the tree does not reach is marked as an artifact instead.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Operator

# The marked contents that the structure tree reaches, by the number of their page's object.
Marks = dict[tuple[int, int], set[int]]


def finish(pdf: bytes) -> bytes:
    """The PDF with footers as artifacts. The same bytes in give the same bytes out."""
    with pikepdf.open(BytesIO(pdf)) as document:
        reached = _reached(document)
        for page in document.pages:
            _mark_artifacts(document, page, reached.get(page.obj.objgen, set()))
        _forget_orphans(document, reached)
        document.remove_unreferenced_resources()
        written = BytesIO()
        document.save(
            written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate
        )
    return written.getvalue()


def _reached(document: pikepdf.Pdf) -> Marks:
    found: Marks = {}
    waiting: list[tuple[Any, Any]] = [(document.Root.StructTreeRoot, None)]
    while waiting:
        element, page = waiting.pop()
        page = element.get(Name.Pg, page)
        children: Any = element.get(Name.K, [])
        for child in children if isinstance(children, Array) else [children]:
            if isinstance(child, int):
                found.setdefault(page.objgen, set()).add(child)
            elif isinstance(child, Dictionary):
                if child.get(Name.Type) == Name.MCR:
                    on = child.get(Name.Pg, page)
                    found.setdefault(on.objgen, set()).add(int(child.MCID))
                elif child.get(Name.Type) != Name.OBJR:
                    waiting.append((child, page))
    return found


def _mark_artifacts(document: pikepdf.Pdf, page: pikepdf.Page, reached: set[int]) -> None:
    instructions: list[Any] = []
    for instruction in pikepdf.parse_content_stream(page):
        if instruction.operator == Operator("BDC"):
            properties: Any = instruction.operands[1]
            mark = properties.get(Name.MCID) if isinstance(properties, Dictionary) else None
            if mark is not None and int(mark) not in reached:
                instructions.append(([Name.Artifact], Operator("BMC")))
                continue
        instructions.append(instruction)
    page.Contents = document.make_stream(pikepdf.unparse_content_stream(instructions))


def _forget_orphans(document: pikepdf.Pdf, reached: Marks) -> None:
    """Take the unreached elements out of the parent tree, keeping each mark's place in it."""
    numbers: Any = document.Root.StructTreeRoot.ParentTree.Nums
    parents = {int(numbers[n]): numbers[n + 1] for n in range(0, len(numbers), 2)}
    for page in document.pages:
        marks = parents.get(int(page.obj.get(Name.StructParents, -1)))
        if isinstance(marks, Array):
            for mark in range(len(marks)):
                if mark not in reached.get(page.obj.objgen, set()):
                    marks[mark] = None
