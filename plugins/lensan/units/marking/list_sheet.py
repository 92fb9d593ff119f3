"""A sheet of ours, put before the sender's own: what is to be corrected, what was understood."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from lensan.units.marking.formats import CellFormats
from lensan.units.marking.model import ListSheet, letters
from lensan.units.marking.package import Package
from lensan.units.marking.tags import MAIN, TYPES, plain


def add(package: Package, styles: CellFormats, first: ListSheet, *, is_first: bool) -> str:
    """Write the sheet's part; returns its name. ``is_first``: it is in front when the book is opened."""
    content = _content(styles, first, is_first=is_first)
    return package.add("xl/worksheets/canSua{}.xml", f"{TYPES}.worksheet+xml", content)


def _content(styles: CellFormats, first: ListSheet, *, is_first: bool) -> bytes:
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(first.widths, 1)
    )
    lines = []
    for number, (height, cells) in enumerate(first.rows, 1):
        inside = "".join(
            f'<c r="{letters(n)}{number}" s="{styles.role(cell[0])}" t="inlineStr">'
            f'<is><t xml:space="preserve">{plain(cell[1])}</t></is></c>'
            for n, cell in enumerate(cells, 1)
            if cell is not None
        )
        lines.append(f'<row r="{number}" ht="{height:.1f}" customHeight="1">{inside}</row>')
    merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in first.merges)
    links = "".join(
        f'<hyperlink ref="{letters(column)}{row}" location={quoteattr(target)}/>'
        for row, column, target in first.links
    )
    selected = ' tabSelected="1"' if is_first else ""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{MAIN}"><sheetPr><tabColor rgb="{first.colour}"/>'
        '<pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'
        f'<sheetView showGridLines="0"{selected} workbookViewId="0"/></sheetViews>'
        f"<cols>{columns}</cols><sheetData>{''.join(lines)}</sheetData>"
        + (f'<mergeCells count="{len(first.merges)}">{merges}</mergeCells>' if merges else "")
        + (f"<hyperlinks>{links}</hyperlinks>" if links else "")
        + '<pageMargins left="0.6" right="0.6" top="0.7" bottom="0.7" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
    ).encode()
