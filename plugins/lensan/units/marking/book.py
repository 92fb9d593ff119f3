"""The whole workbook marked: its sheets one by one, ours before them, what the workbook says of both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from lensan.units.marking import comments, list_sheet
from lensan.units.marking.formats import CellFormats
from lensan.units.marking.model import AUTHORS, ListSheet, Mark, Unmarkable
from lensan.units.marking.package import WORKBOOK, Package
from lensan.units.marking.sheets import Scan
from lensan.units.marking.tags import (
    MAIN,
    OFFICE,
    Edits,
    Node,
    outline,
    prefix_of,
    without_attribute,
)


def marked(path: Path, marks: Sequence[Mark], first: Sequence[ListSheet], *, author: str) -> bytes:
    """The workbook at a path with marks at its cells and our sheets as its first ones.

    ``author``: of the comments. Raises Unmarkable where it is not safe to send on, or not built as Excel builds it.
    """
    package = Package(path)
    package.strip_macros()
    book = outline(package.parts[WORKBOOK])
    if MAIN.encode() not in package.parts[WORKBOOK][: book.opened]:
        raise Unmarkable("not the transitional kind of Office Open XML")
    sheets = book.child("sheets")
    if sheets is None:
        raise Unmarkable("a workbook without sheets")
    relations = package.relations(WORKBOOK)
    styles_part = next(
        (target for kind, target in relations.values() if kind.endswith("/styles")), ""
    )
    if styles_part not in package.parts:
        raise Unmarkable("a workbook without styles")
    styles = CellFormats(package.parts[styles_part])
    by_sheet: dict[str, list[Mark]] = {}
    for each in marks:
        by_sheet.setdefault(each.sheet, []).append(each)
    gone = {name for each in first for name in each.replaces}
    replaced = []
    for number, sheet in enumerate(sheets.of("sheet")):
        _, part = relations[sheet.get("id")]
        if sheet.get("name") in gone:
            replaced.append(_Replaced(number, sheet, part))
            continue
        _unselect(package, part)
        if "worksheets/" in part:
            on_sheet = by_sheet.get(sheet.get("name"), [])
            _mark_sheet(package, styles, part, on_sheet, author)
    added = [
        (each.name, list_sheet.add(package, styles, each, is_first=not number))
        for number, each in enumerate(first)
    ]
    _write_workbook(package, book, sheets, added, replaced)
    package.parts[styles_part] = styles.done()
    return package.zipped()


class _Replaced(NamedTuple):
    """A sheet of an earlier return: its number, its element and its part."""

    number: int
    element: Node
    part: str


def _mark_sheet(
    package: Package, styles: CellFormats, part: str, marks: Sequence[Mark], author: str
) -> None:
    relations = package.relations(part).values()
    commented = next((target for kind, target in relations if kind.endswith("/comments")), None)
    before = package.parts.get(commented or "", b"")
    is_returned = any(escape(each).encode() in before for each in AUTHORS)
    if not marks and not styles.ours and not is_returned:
        return
    scan = Scan(package.parts[part], marks, styles)
    comments.write(package, part, scan, commented, author)
    package.parts[part] = scan.edits.done()


def _unselect(package: Package, part: str) -> None:
    """Two selected sheets would be a group, in which Excel writes into both at once."""
    data = package.parts[part]
    stop = data.find(b"sheetData")
    head = data[:stop] if stop >= 0 else data
    head = re.sub(
        rb"(<(?:\w+:)?sheetView\b[^>]*?\stabSelected\s*=\s*[\"'])(?:1|true)", rb"\g<1>0", head
    )
    package.parts[part] = head + (data[stop:] if stop >= 0 else b"")


def _write_workbook(
    package: Package,
    book: Node,
    sheets: Node,
    added: Sequence[tuple[str, str]],
    replaced: Sequence[_Replaced],
) -> None:
    """Our sheets (names and parts) become the first ones; names that belong to a sheet move with it."""
    data = package.parts[WORKBOOK]
    edits = Edits(data)
    numbers = [int(node.get("sheetId", "0")) for node in sheets.of("sheet")]
    for each in replaced:
        edits.put(each.element.start, each.element.end, b"")
        package.unrelate(WORKBOOK, {each.part})
        package.drop(each.part)
    tags = []
    for number, (name, part) in enumerate(added, max(numbers, default=0) + 1):
        identity = package.relate(WORKBOOK, "worksheet", part)
        # The name space is said again: not every program declares the prefix r.
        tags.append(
            f"<{prefix_of(book)}sheet xmlns:r={quoteattr(OFFICE)} name={quoteattr(name)} "
            f'sheetId="{number}" r:id="{identity}"/>'
        )
    edits.put(sheets.opened, sheets.opened, "".join(tags))
    gone = [each.number for each in replaced]
    names = book.child("definedNames")
    for node in names.of("definedName") if names is not None else ():
        local = node.get("localSheetId")
        if local and int(local) in gone:
            edits.put(node.start, node.end, b"")
        elif local:
            before = sum(number < int(local) for number in gone)
            edits.set(node, "localSheetId", int(local) + len(added) - before)
    views = book.child("bookViews")
    for view in views.of("workbookView") if views is not None else ():
        tag = data[view.start : view.opened]
        plain_tag = without_attribute(without_attribute(tag, "activeTab"), "firstSheet")
        edits.put(view.start, view.opened, plain_tag)
    package.parts[WORKBOOK] = edits.done()
