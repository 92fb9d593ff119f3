"""Bytes → rows with sheet and row number (first version: in process)."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from lensan import values

Value = Any


class Row(NamedTuple):
    number: int
    cells: tuple[Value, ...]
    note: str | None = None


@dataclass
class Table:
    sheet: str | None
    rows: Iterable[Row]
    header: tuple[str, ...] | None = None
    hidden: bool = False
    date1904: bool = False
    merges: tuple[tuple[int, int, int, int], ...] = ()


@dataclass
class Document:
    kind: str
    tables: list[Table]
    warnings: list[str] = field(default_factory=list)


class Unreadable(Exception):
    def __init__(self, rule: str, message_vi: str, detail: str) -> None:
        super().__init__(detail)
        self.rule, self.message_vi, self.detail = rule, message_vi, detail


def open_document(path: Path, *, name: str) -> Document:
    head = path.open("rb").read(8)
    try:
        if head[:4] == b"PK\x03\x04":
            names = zipfile.ZipFile(path).namelist()
            return _workbook(path, "xlsx" if "xl/workbook.xml" in names else "ods")
        if head == bytes.fromhex("d0cf11e0a1b11ae1"):
            return _workbook(path, "xls")
    except Exception as error:
        raise Unreadable(
            "damaged",
            "Tệp bị hỏng hoặc chưa tải lên hết (không mở được). Đề nghị mở lại bằng Excel, lưu lại và gửi lại.",
            repr(error),
        ) from error
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = raw.decode("utf-16")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1258")
    text = unicodedata.normalize("NFC", text)
    if text.lstrip()[:1] == "{":
        return Document("jsonl", [_jsonl(text)])
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = (
        Row(n, tuple(c if c else None for c in r))
        for n, r in enumerate(csv.reader(text.splitlines(keepends=True), delimiter=delimiter), 1)
    )
    return Document("csv", [Table(None, rows)])


def _jsonl(text: str) -> Table:
    keys: dict[str, int] = {}
    records: list[tuple[int, dict[str, Any] | None, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            if number <= text.count("\n"):
                records.append((number, {}, ""))
            continue
        try:
            record = json.loads(line)
        except ValueError:
            records.append((number, None, line))
            continue
        for key in record:
            keys.setdefault(key, len(keys))
        records.append((number, record, ""))

    def rows() -> Iterator[Row]:
        for number, record, line in records:
            if record is None:
                yield Row(number, (line,), "unreadable")
            else:
                yield Row(number, tuple(record.get(k) for k in keys))

    return Table(None, rows(), tuple(keys))


def _workbook(path: Path, kind: str) -> Document:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    missing = _formulas_without_value(path) if kind == "xlsx" else {}
    tables = []
    for sheet_no, name in enumerate(book.sheet_names):
        sheet = book.get_sheet_by_name(name)
        rows = []
        for number, cells in enumerate(sheet.to_python(skip_empty_area=False), 1):
            rows.append(
                Row(
                    number,
                    tuple(
                        _cell(c)
                        if (number, i) not in missing.get(sheet_no, ())
                        else values.FORMULA_WITHOUT_VALUE
                        for i, c in enumerate(cells)
                    ),
                )
            )
        tables.append(Table(name, rows))
    return Document(kind, tables)


def _cell(cell: Any) -> Any:
    if isinstance(cell, str):
        return unicodedata.normalize("NFC", cell) if cell else None
    return cell


def _formulas_without_value(path: Path) -> dict[int, set[tuple[int, int]]]:
    found: dict[int, set[tuple[int, int]]] = {}
    with zipfile.ZipFile(path) as archive:
        for number, name in enumerate(
            sorted(n for n in archive.namelist() if n.startswith("xl/worksheets/sheet"))
        ):
            xml = archive.read(name).decode("utf-8", "replace")
            for match in re.finditer(
                r'<c r="([A-Z]+)(\d+)"[^>]*>(<f[^>]*>[^<]*</f>|<f[^>]*/>)(<v\s*/>|<v></v>)?</c>',
                xml,
            ):
                column = 0
                for letter in match[1]:
                    column = column * 26 + ord(letter) - 64
                found.setdefault(number, set()).add((int(match[2]), column - 1))
    return found
