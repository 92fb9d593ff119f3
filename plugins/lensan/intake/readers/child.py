"""The process that parses spreadsheets, under limits of memory and processor time.

Reads lines ``{"path": …, "kind": …}`` from standard input and answers each with eight bytes of length
and msgpack. calamine gives the values; a second, independent look at the file (its XML, or xlrd) gives
fonts, hidden rows, formulas without value and the last row that holds anything: the two must agree.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree

import msgpack
from python_calamine import CalamineWorkbook

from lensan.domain.legacy_fonts import decode

MEMORY_BYTES = 1 << 30
CPU_SECONDS_A_FILE = 60

_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA")


@dataclass
class Look:
    """What the second look finds on a sheet. Rows and columns count from 0."""

    hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    formulas_without_value: set[tuple[int, int]] = field(default_factory=set)
    fonts: dict[tuple[int, int], str] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    last_row: int = -1


def is_legacy(font: str | None) -> bool:
    return bool(font) and (font.lower().startswith(".vn") or font.upper().startswith("VNI"))  # type: ignore[union-attr]


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    answers: BinaryIO = sys.stdout.buffer
    for line in sys.stdin.buffer:
        job = json.loads(line)
        spent = resource.getrusage(resource.RUSAGE_SELF)
        used = int(spent.ru_utime + spent.ru_stime) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_SECONDS_A_FILE, resource.RLIM_INFINITY))
        try:
            answer = parse(Path(job["path"]), job["kind"])
        except MemoryError:
            answer = {"error": "too_much_memory", "detail": f"more than {MEMORY_BYTES} bytes"}
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            encrypted = "encrypt" in text.lower() or "password" in text.lower()
            answer = {"error": "encrypted" if encrypted else "damaged", "detail": text[:300]}
        packed = msgpack.packb(answer, use_bin_type=True)
        answers.write(struct.pack(">Q", len(packed)) + packed)
        answers.flush()


def parse(path: Path, kind: str) -> dict[str, Any]:
    """The whole workbook as plain values."""
    book = CalamineWorkbook.from_path(str(path))
    looks, date1904, warnings = {"xlsx": look_at_xlsx, "ods": look_at_ods, "xls": look_at_xls}[
        kind
    ](path)
    sheets = []
    for number, name in enumerate(book.sheet_names):
        look = looks[number] if number < len(looks) else Look()
        values = book.get_sheet_by_index(number).to_python(skip_empty_area=False)
        last = max(
            (i for i, row in enumerate(values) if any(cell != "" for cell in row)), default=-1
        )
        marked = [*look.formulas_without_value, *look.errors]
        last_formula = max((row for row, _ in marked), default=-1)
        if max(look.last_row, last_formula) > max(last, last_formula):
            return {
                "error": "readers_disagree",
                "detail": f"sheet {number + 1}: last row {last + 1} and {look.last_row + 1}",
            }
        rows = []
        width = max((len(row) for row in values), default=0)
        widths: dict[int, int] = {}
        for row, column in marked:
            widths[row] = max(widths.get(row, 0), column + 1)
        for index in range(max(last, last_formula) + 1):
            cells = values[index] if index < len(values) else [""] * width
            rows.append(
                (
                    index + 1,
                    list(_row(index, cells, widths.get(index, 0), look)),
                    index in look.hidden_rows,
                )
            )
        sheets.append({"name": name, "rows": rows, "hidden": look.hidden})
    return {"sheets": sheets, "date1904": date1904, "warnings": warnings}


def _row(index: int, row: list[Any], marked_width: int, look: Look) -> Iterator[Any]:
    for column in range(max(len(row), marked_width)):
        if (index, column) in look.formulas_without_value:
            yield ["f", ""]
            continue
        if (index, column) in look.errors:
            # calamine gives nothing for an error, which would read as "no value".
            yield ["e", look.errors[index, column]]
            continue
        cell = row[column] if column < len(row) else ""
        if isinstance(cell, str):
            if not cell:
                yield None
            elif cell in _ERRORS:
                yield ["e", cell]
            else:
                text = decode(cell, look.fonts.get((index, column)))
                yield text if text.isascii() else unicodedata.normalize("NFC", text)
        elif isinstance(cell, datetime):
            yield ["m", cell.isoformat()]
        elif isinstance(cell, date):
            yield ["d", cell.isoformat()]
        elif isinstance(cell, time):
            yield ["t", cell.isoformat()]
        elif isinstance(cell, timedelta):
            yield cell.total_seconds() / 86400
        elif isinstance(cell, int) and not isinstance(cell, bool) and not -(2**63) <= cell < 2**63:
            yield ["n", str(cell)]
        else:
            yield cell


# ---------------------------------------------------------------- .xlsx

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def look_at_xlsx(path: Path) -> tuple[list[Look], bool, list[str]]:
    warnings = []
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
        properties = workbook.find(f"{_S}workbookPr")
        date1904 = properties is not None and properties.get("date1904") in ("1", "true")
        targets = {
            relation.get("Id"): (relation.get("Target") or "")
            for relation in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        }
        if "xl/vbaProject.bin" in names:
            warnings.append("macros")
        if any(name.startswith("xl/externalLinks/") for name in names):
            warnings.append("external_links")
        style_fonts = _style_fonts(archive) if "xl/styles.xml" in names else {}
        string_fonts = _string_fonts(archive) if "xl/sharedStrings.xml" in names else {}
        looks = []
        for sheet in workbook.iter(f"{_S}sheet"):
            target = targets.get(sheet.get(f"{_R}id"), "")
            name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if "worksheets/" not in name:
                looks.append(Look())
                continue
            look = _xlsx_sheet(archive, name, style_fonts, string_fonts)
            look.hidden = sheet.get("state") in ("hidden", "veryHidden")
            looks.append(look)
    return looks, date1904, warnings


def _style_fonts(archive: zipfile.ZipFile) -> dict[int, str]:
    """Cell style → name of its legacy font."""
    content = archive.read("xl/styles.xml")
    if b".Vn" not in content and b"VNI" not in content.upper():
        return {}
    root = ElementTree.fromstring(content)  # noqa: S314
    names = [
        (font.find(f"{_S}name").get("val") if font.find(f"{_S}name") is not None else None)  # type: ignore[union-attr]
        for font in root.iterfind(f"{_S}fonts/{_S}font")
    ]
    found = {}
    for number, style in enumerate(root.iterfind(f"{_S}cellXfs/{_S}xf")):
        index = int(style.get("fontId") or 0)
        if index < len(names) and is_legacy(names[index]):
            found[number] = str(names[index])
    return found


def _string_fonts(archive: zipfile.ZipFile) -> dict[int, str]:
    """Shared string → legacy font of its runs."""
    content = archive.read("xl/sharedStrings.xml")
    if b".Vn" not in content and b"VNI" not in content.upper():
        return {}
    found = {}
    for number, item in enumerate(ElementTree.fromstring(content).iterfind(f"{_S}si")):  # noqa: S314
        for font in item.iter(f"{_S}rFont"):
            if is_legacy(font.get("val")):
                found[number] = str(font.get("val"))
    return found


def _xlsx_sheet(
    archive: zipfile.ZipFile, name: str, style_fonts: dict[int, str], string_fonts: dict[int, str]
) -> Look:
    look = Look()
    row = -1
    column = -1
    with archive.open(name) as part:
        for event, element in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314
            tag = element.tag
            if event == "start":
                if tag == f"{_S}row":
                    row = int(element.get("r") or row + 2) - 1
                    column = -1
                    if element.get("hidden") in ("1", "true"):
                        look.hidden_rows.add(row)
                continue
            if tag == f"{_S}c":
                reference = element.get("r")
                if reference:
                    letters = reference.rstrip("0123456789")
                    column = -1
                    for letter in letters:
                        column = (column + 1) * 26 + ord(letter) - 65
                else:
                    column += 1
                _xlsx_cell(look, element, row, column, style_fonts, string_fonts)
                element.clear()
            elif tag == f"{_S}row":
                element.clear()
    return look


def _xlsx_cell(
    look: Look,
    element: Any,
    row: int,
    column: int,
    style_fonts: dict[int, str],
    string_fonts: dict[int, str],
) -> None:
    value = element.find(f"{_S}v")
    text = value.text if value is not None else None
    inline = element.find(f"{_S}is")
    has_text = bool(text) or (inline is not None and any(t.text for t in inline.iter(f"{_S}t")))
    if not has_text:
        if element.find(f"{_S}f") is not None and element.get("t") != "str":
            look.formulas_without_value.add((row, column))
        return
    if element.get("t") == "e":
        look.errors[row, column] = text or "#VALUE!"
        return
    if element.get("t") != "s" or text is not None:
        look.last_row = (
            max(look.last_row, row) if not _is_empty_string(element, text) else look.last_row
        )
    font = style_fonts.get(int(element.get("s") or 0))
    if font is None and element.get("t") == "s" and text:
        font = string_fonts.get(int(text))
    if font is not None:
        look.fonts[row, column] = font


def _is_empty_string(element: Any, text: str | None) -> bool:
    """A shared string may be empty; only calamine looks it up, so it does not count here."""
    return bool(element.get("t") == "s")


# ---------------------------------------------------------------- .ods

_T = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_O = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_X = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_C = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_Y = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
MOST_REPEATS = 2_000_000


def look_at_ods(path: Path) -> tuple[list[Look], bool, list[str]]:
    looks: list[Look] = []
    fonts: dict[str, str] = {}
    hidden_styles: set[str] = set()
    row = column = 0
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as part:
        style = None
        for event, element in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314
            tag = element.tag
            if event == "start":
                if tag == f"{_Y}style":
                    style = element.get(f"{_Y}name")
                elif tag == f"{_Y}text-properties" and style:
                    font = element.get(f"{_Y}font-name")
                    if is_legacy(font):
                        fonts[style] = str(font)
                elif tag == f"{_Y}table-properties" and style:
                    if element.get(f"{_T}display") == "false":
                        hidden_styles.add(style)
                elif tag == f"{_T}table":
                    looks.append(Look(hidden=element.get(f"{_T}style-name") in hidden_styles))
                    row = 0
                elif tag == f"{_T}table-row":
                    column = 0
                continue
            if tag in (f"{_T}table-cell", f"{_T}covered-table-cell"):
                repeat = int(element.get(f"{_T}number-columns-repeated") or 1)
                _ods_cell(looks[-1], element, row, column, fonts)
                column += repeat
                element.clear()
            elif tag == f"{_T}table-row":
                repeat = int(element.get(f"{_T}number-rows-repeated") or 1)
                look = looks[-1]
                if look.last_row == row and repeat > 1:
                    if repeat > MOST_REPEATS:
                        raise ValueError(f"a row with values is repeated {repeat} times")
                    look.last_row = row + repeat - 1
                if element.get(f"{_T}visibility") in ("collapse", "filter") and repeat < 10_000:
                    look.hidden_rows |= set(range(row, row + repeat))
                row += repeat
                element.clear()
    return looks, False, []


def _ods_cell(look: Look, element: Any, row: int, column: int, fonts: dict[str, str]) -> None:
    text = any("".join(p.itertext()) for p in element.iter(f"{_X}p"))
    value = element.get(f"{_O}value-type")
    if element.get(f"{_C}value-type") == "error":
        look.errors[row, column] = "".join(element.itertext()).strip() or "#VALUE!"
        return
    if element.get(f"{_T}formula") is not None and not text and value is None:
        look.formulas_without_value.add((row, column))
        return
    if text or (value is not None and value != "string"):
        look.last_row = max(look.last_row, row)
        font = fonts.get(element.get(f"{_T}style-name") or "")
        if font is not None:
            look.fonts[row, column] = font


# ---------------------------------------------------------------- .xls


def look_at_xls(path: Path) -> tuple[list[Look], bool, list[str]]:
    import xlrd

    looks = []
    with open(path, "rb") as stream:  # noqa: PTH123  (xlrd wants the content)
        content = stream.read()
    with xlrd.open_workbook(
        file_contents=content, formatting_info=True, logfile=sys.stderr
    ) as book:
        legacy = {
            number: book.font_list[style.font_index].name
            for number, style in enumerate(book.xf_list)
            if is_legacy(book.font_list[style.font_index].name)
        }
        for sheet in book.sheets():
            look = Look(hidden=sheet.visibility != 0)
            look.hidden_rows = {number for number, info in sheet.rowinfo_map.items() if info.hidden}
            for row in range(sheet.nrows):
                types = sheet.row_types(row)
                for column, kind in enumerate(types):
                    if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                        continue
                    if kind == xlrd.XL_CELL_TEXT and not sheet.cell_value(row, column):
                        continue
                    if kind == xlrd.XL_CELL_ERROR:
                        code = sheet.cell_value(row, column)
                        look.errors[row, column] = xlrd.error_text_from_code.get(code, "#VALUE!")
                        continue
                    look.last_row = max(look.last_row, row)
                    if legacy and sheet.cell_xf_index(row, column) in legacy:
                        look.fonts[row, column] = legacy[sheet.cell_xf_index(row, column)]
            looks.append(look)
        return looks, bool(book.datemode), []


if __name__ == "__main__":
    main()
