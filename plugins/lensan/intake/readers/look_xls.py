"""The second look at an .xls, with xlrd and, for formulas without result, its records themselves."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlrd

from lensan.domain import legacy_fonts
from lensan.intake.readers.looks import Look, Run, Workbook, as_shown

_BOF, _EOF, _BOUNDSHEET, _FORMULA = 0x0809, 0x000A, 0x0085, 0x0006


def look(path: Path) -> Workbook:
    """All sheets of a workbook of Excel 2 to 2003."""
    content = path.read_bytes()
    with xlrd.open_workbook(
        file_contents=content, formatting_info=True, logfile=sys.stderr
    ) as book:
        without_result = formulas_without_result(content)
        looks = []
        for number, sheet in enumerate(book.sheets()):
            look = _sheet(book, sheet)
            look.formulas_without_value = without_result.get(number, set())
            looks.append(look)
        return Workbook(looks, bool(book.datemode))


def _sheet(book: Any, sheet: Any) -> Look:
    look = Look(hidden=sheet.visibility != 0)
    look.hidden_rows = {number for number, info in sheet.rowinfo_map.items() if info.hidden}
    look.hidden_columns = {number for number, info in sheet.colinfo_map.items() if info.hidden}
    look.merged = [(a, c, b - 1, d - 1) for a, b, c, d in sheet.merged_cells]
    for row in range(sheet.nrows):
        for column, kind in enumerate(sheet.row_types(row)):
            if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                continue
            value = sheet.cell_value(row, column)
            if kind == xlrd.XL_CELL_TEXT and not value:
                continue
            if kind == xlrd.XL_CELL_ERROR:
                look.errors[row, column] = xlrd.error_text_from_code.get(value, "#VALUE!")
                continue
            look.last_row = max(look.last_row, row)
            style = book.xf_list[sheet.cell_xf_index(row, column)]
            if kind == xlrd.XL_CELL_NUMBER:
                shown = as_shown(value, book.format_map[style.format_key].format_str)
                if shown is not None:
                    look.shown[row, column] = shown
            elif kind == xlrd.XL_CELL_TEXT:
                _note_fonts(look, book, sheet, row, column, style.font_index)
    return look


def _note_fonts(look: Look, book: Any, sheet: Any, row: int, column: int, font_index: int) -> None:
    name = book.font_list[font_index].name
    own = name if legacy_fonts.is_legacy(name) else None
    changes = sheet.rich_text_runlist_map.get((row, column))
    if changes:
        text = sheet.cell_value(row, column)
        starts = [0, *(start for start, _ in changes), len(text)]
        fonts = [own, *(book.font_list[index].name for _, index in changes)]
        runs: list[Run] = [
            (text[a:b], font if legacy_fonts.is_legacy(font) else None)
            for a, b, font in zip(starts, starts[1:], fonts, strict=True)
            if a < b
        ]
        if len({font for _, font in runs}) > 1:
            look.runs[row, column] = runs
            return
        own = runs[0][1] if runs else own
    if own is not None:
        look.fonts[row, column] = own


# ---------------------------------------------------------------- formulas without result


def formulas_without_result(content: bytes) -> dict[int, set[tuple[int, int]]]:
    """By the number of the sheet, the cells whose formula was never calculated. Of Excel 97 and later;
    empty for anything else.

    Programs write an empty text as the result, which Excel does only for formulas that can give one,
    or 0 with the order to calculate when the file is opened.
    """
    try:
        document = xlrd.compdoc.CompDoc(content, logfile=sys.stderr)
        stream = document.get_named_stream("Workbook")
    except xlrd.compdoc.CompDocError:
        return {}
    if not stream or stream[:2] != struct.pack("<H", _BOF) or stream[4:6] != b"\x00\x06":
        return {}
    starts = [
        struct.unpack_from("<I", body)[0]
        for kind, body in _records(stream, 0)
        if kind == _BOUNDSHEET
    ]
    return {
        number: {
            struct.unpack_from("<2H", body)
            for kind, body in _records(stream, start)
            if kind == _FORMULA and _has_no_result(body)
        }
        for number, start in enumerate(starts)
    }


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of a substream, without those of charts within it."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<2H", stream, at)
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _has_no_result(body: bytes) -> bool:
    if len(body) < 22:
        return False
    result, options = body[6:14], struct.unpack_from("<H", body, 14)[0]
    if result[6:] == b"\xff\xff":
        length = struct.unpack_from("<H", body, 20)[0]
        return result[0] == 3 and not _gives_text(body[22 : 22 + length])
    return bool(options & 2) and result == bytes(8)


# Bytes that follow a token of a formula; tokens 0x20 to 0x3f come in three classes (0x40, 0x60).
_SIZES = {
    **dict.fromkeys(range(0x03, 0x17), 0), 0x01: 4, 0x02: 4, 0x1C: 1, 0x1D: 1, 0x1E: 2, 0x1F: 8, 0x20: 7, 0x21: 2,
    0x22: 3, 0x23: 4, 0x24: 4, 0x25: 8, 0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2, 0x2A: 4, 0x2B: 8, 0x2C: 4, 0x2D: 8,
    0x39: 6, 0x3A: 6, 0x3B: 10, 0x3C: 6, 0x3D: 10,
}  # fmt: skip
_TEXT, _ATTRIBUTE = 0x17, 0x19


def _gives_text(tokens: bytes) -> bool:
    """Whether a formula names a text, which may be its result: ``=IF(A1>0,A1,"")``."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token == _TEXT:
            return True
        if token == _ATTRIBUTE and at + 4 <= len(tokens):
            choices = struct.unpack_from("<H", tokens, at + 2)[0] if tokens[at + 1] & 4 else None
            at += 4 + (0 if choices is None else 2 * (choices + 1))
            continue
        size = _SIZES.get(token if token < 0x40 else 0x20 | (token & 0x1F))
        if size is None:
            return False
        at += 1 + size
    return False
