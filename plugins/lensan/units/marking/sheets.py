"""One pass over a sheet of the sender's: colours at cells, also at those that are not there yet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from lensan.units.marking.formats import CellFormats
from lensan.units.marking.model import Mark, letters, place_of
from lensan.units.marking.tags import (
    OFFICE,
    Edits,
    check_encoding,
    tag_at,
    with_attribute,
    without_attribute,
)

_AFTER_LEGACY_DRAWING = (
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip


class Scan:
    """One pass over a sheet: where its marked cells stand, or should, and how wide its columns are."""

    def __init__(self, data: bytes, marks: Sequence[Mark], styles: CellFormats) -> None:
        check_encoding(data)
        self._data = data
        self._styles = styles
        self.edits = Edits(data)
        self.marks = _anchored(data, marks)
        self._targets: dict[int, dict[int, Mark]] = {}
        for each in self.marks:
            self._targets.setdefault(each.row, {})[each.column] = each
        self._rows_to_come = sorted(self._targets, reverse=True)
        self.legacy_drawing = ""
        self._prefix = ""
        self._row = 0
        self._column = 0
        self._cells_to_come: list[int] = []
        self._row_tag: re.Match[bytes] | None = None
        self._row_style = 0
        self._row_new: list[bytes] = []
        self._columns: list[tuple[int, int, float, int]] = []
        self._default_width = 9.14
        self._default_height = 15.0
        self._heights: dict[int, float] = {}
        self._sheet_data: re.Match[bytes] | None = None
        self._tail: int | None = None
        self._end = 0
        self._depth = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._opened
        self._parser.EndElementHandler = self._closed
        self._parser.Parse(data, True)

    # ------------------------------------------------------------ tags as they come

    def _opened(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            prefix = name.rpartition(":")[0]
            self._prefix = f"{prefix}:" if prefix else ""
        local = name[len(self._prefix) :]
        if self._depth == 4 and local == "c":
            self._cell(attributes)
        elif self._depth == 3 and local == "row":
            self._begin_row(attributes)
        elif self._depth == 3 and local == "col":
            hidden = attributes.get("hidden") in ("1", "true")
            width = 0.0 if hidden else float(attributes.get("width") or self._default_width)
            first, last = int(attributes["min"]), int(attributes["max"])
            self._columns.append((first, last, width, int(attributes.get("style") or 0)))
        elif self._depth == 2:
            at = self._parser.CurrentByteIndex
            if local == "sheetFormatPr":
                self._default_width = float(attributes.get("defaultColWidth") or 9.14)
                self._default_height = float(attributes.get("defaultRowHeight") or 15)
            elif local == "sheetData":
                self._sheet_data = tag_at(self._data, at)
            elif local == "legacyDrawing":
                self.legacy_drawing = next(
                    (v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), ""
                )
            elif local in _AFTER_LEGACY_DRAWING and self._tail is None:
                self._tail = at

    def _closed(self, name: str) -> None:
        local = name[len(self._prefix) :]
        if self._depth == 3 and local == "row" and self._row_tag is not None:
            self._end_row()
        elif self._depth == 2 and local == "sheetData" and self._sheet_data is not None:
            self._missing_rows(None)
            new = b"".join(self._row_new)
            tag = self._sheet_data[0]
            if tag.endswith(b"/>"):
                if new:
                    close = f"</{self._prefix}sheetData>".encode()
                    self.edits.put(*self._sheet_data.span(), tag[:-2].rstrip() + b">" + new + close)
            else:
                at = self._parser.CurrentByteIndex
                self.edits.put(at, at, new)
            self._row_new = []
        elif self._depth == 1:
            self._end = self._parser.CurrentByteIndex
        self._depth -= 1

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._row = int(attributes.get("r") or self._row + 1)
        self._column = 0
        if "ht" in attributes and len(self._heights) < 200_000:
            self._heights[self._row] = float(attributes["ht"])
        self._missing_rows(self._row)
        if self._row_new:
            at = self._parser.CurrentByteIndex
            self.edits.put(at, at, b"".join(self._row_new))
            self._row_new = []
        if self._rows_to_come and self._rows_to_come[-1] == self._row:
            self._rows_to_come.pop()
            self._cells_to_come = sorted(self._targets[self._row], reverse=True)
            self._row_tag = tag_at(self._data, self._parser.CurrentByteIndex)
            with_style = attributes.get("customFormat") in ("1", "true")
            self._row_style = int(attributes.get("s") or 0) if with_style else 0

    def _missing_rows(self, before: int | None) -> None:
        while self._rows_to_come and (before is None or self._rows_to_come[-1] < before):
            number = self._rows_to_come.pop()
            cells = b"".join(self._new_cell(number, column, 0) for column in sorted(self._targets[number]))  # fmt: skip
            self._row_new.append(
                f'<{self._prefix}row r="{number}">'.encode()
                + cells
                + f"</{self._prefix}row>".encode()
            )

    def _new_cell(self, row: int, column: int, base: int) -> bytes:
        for first, last, _, style in self._columns:
            if base == 0 and first <= column <= last:
                base = style
        each = self._targets[row][column]
        style = self._styles.coloured(base, "doubt" if each.is_doubt else "bad")
        return f'<{self._prefix}c r="{letters(column)}{row}" s="{style}"/>'.encode()

    def _cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        self._column = place_of(reference)[1] if reference else self._column + 1
        at = self._parser.CurrentByteIndex
        base = int(attributes.get("s") or 0)
        while self._cells_to_come and self._cells_to_come[-1] < self._column:
            new = self._new_cell(self._row, self._cells_to_come.pop(), self._row_style)
            self.edits.put(at, at, new)
        if self._cells_to_come and self._cells_to_come[-1] == self._column:
            each = self._targets[self._row][self._cells_to_come.pop()]
            style = self._styles.coloured(base, "doubt" if each.is_doubt else "bad")
        elif base in self._styles.ours:
            style = self._styles.coloured(base, "none")  # corrected since the last return
        else:
            return
        tag = tag_at(self._data, at)
        self.edits.put(*tag.span(), with_attribute(tag[0], "s", style))

    def _end_row(self) -> None:
        assert self._row_tag is not None
        tag = self._row_tag[0]
        new = b"".join(
            self._new_cell(self._row, column, self._row_style)
            for column in reversed(self._cells_to_come)
        )
        if tag.endswith(b"/>"):
            close = f"</{self._prefix}row>".encode()
            whole = without_attribute(tag, "spans")[:-2].rstrip() + b">" + new + close
            self.edits.put(*self._row_tag.span(), whole)
        else:
            if tag != without_attribute(tag, "spans"):
                self.edits.put(*self._row_tag.span(), without_attribute(tag, "spans"))
            at = self._parser.CurrentByteIndex
            self.edits.put(at, at, new)
        self._row_tag, self._cells_to_come = None, []

    # ------------------------------------------------------------ comments' boxes

    def add_legacy_drawing(self, identity: str) -> None:
        """Say where the boxes of the comments are drawn."""
        at = self._end if self._tail is None else self._tail
        self.edits.put(
            at,
            at,
            f'<{self._prefix}legacyDrawing xmlns:r={quoteattr(OFFICE)} r:id="{identity}"/>',
        )

    def anchor(self, each: Mark) -> str:
        """Beside the cell, wide and high enough for its text, whatever the columns' widths."""
        text = f"{each.title}\n{each.text}"
        lines = sum(1 + len(line) // 44 for line in text.split("\n"))
        left, left_rest = self._walk(each.column, 12, self._column_pixels)
        right, right_rest = self._walk(left, left_rest + 290, self._column_pixels)
        top, top_rest = max(0, each.row - 2), 6
        bottom, bottom_rest = self._walk(top, top_rest + 16 * lines + 14, self._row_pixels)
        return f"{left}, {left_rest}, {top}, {top_rest}, {right}, {right_rest}, {bottom}, {bottom_rest}"

    @staticmethod
    def _walk(at: int, pixels: int, size: Any) -> tuple[int, int]:
        while pixels >= size(at) and at < 1_000_000:
            pixels -= size(at)
            at += 1
        return at, pixels

    def _column_pixels(self, index: int) -> int:
        for first, last, width, _ in self._columns:
            if first <= index + 1 <= last:
                return int(width * 7 + 0.5)
        return int(self._default_width * 7 + 0.5)

    def _row_pixels(self, index: int) -> int:
        return max(1, int(self._heights.get(index + 1, self._default_height) / 0.75))


_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\sref\s*=\s*[\"']([A-Z]+\d+):([A-Z]+\d+)[\"']")


def _anchored(data: bytes, marks: Sequence[Mark]) -> list[Mark]:
    """Marks inside merged cells go to the cell that is seen; marks of one cell become one."""
    areas = [
        (place_of(match[1].decode()), place_of(match[2].decode()))
        for match in _MERGED.finditer(data, max(0, data.rfind(b"sheetData")))
    ]
    found: dict[tuple[int, int], Mark] = {}
    for each in marks:
        row, column = each.row, each.column
        for (top, left), (bottom, right) in areas:
            if top <= row <= bottom and left <= column <= right:
                row, column = top, left
                break
        known: Mapping[str, Any] = vars(each) | {"row": row, "column": column}
        if (row, column) in found:
            other = found[row, column]
            worse = other if each.is_doubt else each
            text = other.text if each.text in other.text else f"{other.text}\n{each.text}"
            known = {
                **known,
                "is_doubt": other.is_doubt and each.is_doubt,
                "title": worse.title,
                "text": text,
            }
        found[row, column] = Mark(**known)
    return list(found.values())
