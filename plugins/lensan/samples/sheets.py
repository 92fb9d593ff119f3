"""Workbooks as XLSX, XLS or ODS from plain rows, the same bytes for the same rows at any time.

A cell is None, text, a number, a date or a datetime (wall clock), ``Lettered`` text shown in a font of
its own, or ``UNCALCULATED``, a formula that no program has worked out yet.
"""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

HAS_XLS = importlib.util.find_spec("xlwt") is not None
CREATED = datetime(2021, 10, 1, tzinfo=UTC)


class Lettered(NamedTuple):
    """Text whose letters depend on the font it is shown in (TCVN3, VNI)."""

    text: str
    font: str


class _Uncalculated:
    formula = '=CONCATENATE("Hộ ",ROW())'


UNCALCULATED = _Uncalculated()


@dataclass
class Sheet:
    """Rows of cells; positions count from 0. ``merges``: (row, column, last row, last column)."""

    name: str
    rows: list[list[Any]]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden: bool = False
    bold_rows: set[int] = field(default_factory=set)


def write_workbook(path: Path, sheets: Sequence[Sheet], *, date_1904: bool = False) -> None:
    """Write a workbook in the format its suffix names; XLS needs xlwt (see ``HAS_XLS``)."""
    match path.suffix:
        case ".xlsx":
            _write_xlsx(path, sheets, date_1904)
        case ".xls":
            _write_xls(path, sheets)
        case ".ods":
            _write_ods(path, sheets)
        case other:
            raise ValueError(f"no workbook format for {other}")


def _write_xlsx(path: Path, sheets: Sequence[Sheet], date_1904: bool) -> None:
    book = xlsxwriter.Workbook(
        str(path), {"in_memory": True, "date_1904": date_1904, "remove_timezone": True}
    )
    book.set_properties({"created": CREATED})
    formats: dict[tuple[str | None, str | None, bool], Any] = {}

    def style(font: str | None, shape: str | None, bold: bool) -> Any:
        key = (font, shape, bold)
        if key not in formats:
            properties: dict[str, Any] = {"font_name": font or "Times New Roman", "bold": bold}
            if shape:
                properties["num_format"] = shape
            formats[key] = book.add_format(properties)
        return formats[key]

    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        if sheet.hidden:
            page.hide()
        for row in sheet.hidden_rows:
            page.set_row(row, None, None, {"hidden": True})
        for first, left, last, right in sheet.merges:
            page.merge_range(first, left, last, right, "")
        for r, cells in enumerate(sheet.rows):
            bold = r in sheet.bold_rows
            for c, value in enumerate(cells):
                match value:
                    case None:
                        continue
                    case Lettered(text, font):
                        page.write_string(r, c, text, style(font, None, bold))
                    case str():
                        page.write_string(r, c, value, style(None, None, bold))
                    case datetime():
                        page.write_datetime(r, c, value, style(None, "dd/mm/yyyy hh:mm", bold))
                    case date():
                        page.write_datetime(r, c, value, style(None, "dd/mm/yyyy", bold))
                    case _Uncalculated():
                        page.write_formula(r, c, value.formula, style(None, None, bold), "")
                    case _:
                        page.write_number(r, c, value, style(None, None, bold))
    book.close()


def _write_xls(path: Path, sheets: Sequence[Sheet]) -> None:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    styles: dict[tuple[str | None, str | None], Any] = {}

    def style(font: str | None, shape: str | None) -> Any:
        key = (font, shape)
        if key not in styles:
            styles[key] = xlwt.easyxf(
                f"font: name {font or 'Times New Roman'}", num_format_str=shape or "General"
            )
        return styles[key]

    for sheet in sheets:
        page = book.add_sheet(sheet.name, cell_overwrite_ok=True)
        if sheet.hidden:
            page.visibility = 1
        for row in sheet.hidden_rows:
            page.row(row).hidden = True
        for first, left, last, right in sheet.merges:
            page.merge(first, last, left, right)
        for r, cells in enumerate(sheet.rows):
            for c, value in enumerate(cells):
                match value:
                    case None | _Uncalculated():
                        continue
                    case Lettered(text, font):
                        page.write(r, c, text, style(font, None))
                    case datetime():
                        page.write(r, c, value, style(None, "dd/mm/yyyy hh:mm"))
                    case date():
                        page.write(r, c, value, style(None, "dd/mm/yyyy"))
                    case _:
                        page.write(r, c, value, style(None, None))
    book.save(str(path))


_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
    for name, urn in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
    )
)


def _write_ods(path: Path, sheets: Sequence[Sheet]) -> None:
    body = "".join(_ods_table(sheet) for sheet in sheets)
    styles = "".join(
        f'<style:style style:name="ta{int(shown)}" style:family="table">'
        f'<style:table-properties table:display="{str(shown).lower()}"/></style:style>'
        for shown in (True, False)
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ODS_SPACES} '
        f'office:version="1.2"><office:automatic-styles>{styles}</office:automatic-styles>'
        f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS_TYPE}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("mimetype", _ODS_TYPE),
            ("content.xml", content),
            ("META-INF/manifest.xml", manifest),
        ):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            if name != "mimetype":
                entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)


def _ods_table(sheet: Sheet) -> str:
    spans = {(r, c): (last - r + 1, right - c + 1) for r, c, last, right in sheet.merges}
    covered = {
        (r, c)
        for first, left, last, right in sheet.merges
        for r in range(first, last + 1)
        for c in range(left, right + 1)
        if (r, c) != (first, left)
    }
    rows = []
    for r, cells in enumerate(sheet.rows):
        parts = []
        for c, value in enumerate(cells):
            if (r, c) in covered:
                parts.append("<table:covered-table-cell/>")
                continue
            span = spans.get((r, c))
            extra = (
                f' table:number-rows-spanned="{span[0]}" table:number-columns-spanned="{span[1]}"'
                if span
                else ""
            )
            parts.append(_ods_cell(value, extra))
        hidden = ' table:visibility="collapse"' if r in sheet.hidden_rows else ""
        rows.append(f"<table:table-row{hidden}>{''.join(parts)}</table:table-row>")
    return (
        f"<table:table table:name={quoteattr(sheet.name)} "
        f'table:style-name="ta{int(not sheet.hidden)}">{"".join(rows)}</table:table>'
    )


def _ods_cell(value: Any, extra: str) -> str:
    match value:
        case None | _Uncalculated():
            return f"<table:table-cell{extra}/>"
        case Lettered():
            kind, shown = 'office:value-type="string"', value.text
        case datetime():
            kind = f'office:value-type="date" office:date-value="{value:%Y-%m-%dT%H:%M:%S}"'
            shown = f"{value:%d/%m/%Y %H:%M}"
        case date():
            kind = f'office:value-type="date" office:date-value="{value:%Y-%m-%d}"'
            shown = f"{value:%d/%m/%Y}"
        case str():
            kind, shown = 'office:value-type="string"', value
        case _:
            kind, shown = f'office:value-type="float" office:value="{value!r}"', str(value)
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in shown.split("\n"))
    return f"<table:table-cell {kind}{extra}>{lines}</table:table-cell>"
