"""What the gate takes for XML, by its first letter, wherever that stands; and what it finds in it."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpus
import openpyxl
import pytest

from lensan.domain import contracts, problems
from lensan.intake import gate, readers, sections

TYPES = b"<Types><Override ContentType='x.spreadsheetml.sheet.main+xml'/></Types>"
DECLARED = b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"


@pytest.mark.parametrize(
    "blanks", [0, 1, gate.CHUNK - 1, gate.CHUNK, gate.CHUNK + 5, 3 * gate.CHUNK]
)
@pytest.mark.parametrize("name", ["xl/worksheets/sheet1.xml", "xl/worksheets/s.dat"])
def test_a_part_with_declarations_is_dangerous_whatever_its_name_and_however_late_it_begins(
    name: str, blanks: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(name, b" " * blanks + DECLARED)
    with pytest.raises(gate.Unreadable) as told:
        gate.check_zip(path)
    assert told.value.problem.rule == "dangerous"


SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ENCODINGS = {"utf-8": "utf-8", "utf-8 with its mark": "utf-8-sig", "utf-16": "utf-16", "big-endian": "utf-16-be"}  # fmt: skip


def written(text: str, encoding: str) -> bytes:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    return mark + text.encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("quote", ["'", '"'])
def test_far_cells_are_seen_in_any_quotes_and_encoding(
    quote: str, encoding: str, tmp_path: Path
) -> None:
    near = "<row r='1'><c r='A1'><v>1</v></c></row>"
    far = "<row r='1048576'><c s='0'\n r = 'XFD1048576'><v>1</v></c></row>"
    text = f"<worksheet xmlns='{SPACE}'><sheetData>{near}{far}</sheetData></worksheet>"
    part = written(text.replace("'", quote), encoding)
    path = corpus.changed(tmp_path / "a.xlsx", corpus.SHEET, lambda _: part)
    with pytest.raises(gate.Unreadable) as told:
        gate.check_zip(path)
    assert told.value.problem.rule == "too_sparse"


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("part", ["content.xml", "styles.xml", "meta.xml", "Configurations2/x"])
def test_declarations_are_seen_in_every_part_of_an_ods_in_any_encoding(
    part: str, encoding: str, tmp_path: Path
) -> None:
    path = corpus.ods(tmp_path / "a.ods")
    parts = corpus.parts_of(path)
    text = parts.get(part, b"<x/>").decode().replace('<?xml version="1.0" encoding="UTF-8"?>', "")
    declared = "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"
    corpus.zipped(path, {**parts, part: written(declared + text, encoding)})
    with pytest.raises(gate.Unreadable) as told:
        gate.check_zip(path)
    assert told.value.problem.rule == "dangerous"


@pytest.mark.parametrize("encoding", ["cp037", "utf-7", "IBM500"])
def test_an_encoding_that_hides_what_stands_there_is_dangerous(
    encoding: str, tmp_path: Path
) -> None:
    head = f"<?xml version='1.0' encoding='{encoding}'?>".encode()
    path = corpus.changed(
        tmp_path / "a.xlsx", corpus.SHEET, lambda part: head + DECLARED.decode().encode("cp037")
    )
    with pytest.raises(gate.Unreadable) as told:
        gate.check_zip(path)
    assert told.value.problem.rule == "dangerous"


@pytest.mark.parametrize("kind", ["xlsx", "ods", "csv", "jsonl", "array.jsonl"])
@pytest.mark.parametrize("width", [500, 501, 16_384])
def test_a_table_is_as_wide_in_one_format_as_in_another(
    kind: str, width: int, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        book.worksheets[0].cell(1, 1).value = "Nông sản"
        book.worksheets[0].cell(3, width).value = "x"
        book.save(path)
    elif kind == "ods":
        cells = "".join(
            f"<table:table-cell{repeat} office:value-type='string'><text:p>x</text:p></table:table-cell>"
            for repeat in ("", f" table:number-columns-repeated='{width - 1}'")
        )
        parts = corpus.parts_of(corpus.ods(path))
        row = f"<table:table-row>{cells}</table:table-row><table:table-row>"
        body = parts["content.xml"].decode().replace("<table:table-row>", row, 1)
        corpus.zipped(path, {**parts, "content.xml": body.encode()})
    elif kind == "csv":
        path.write_text(",".join("x" * width) + "\n")
    else:
        line = json.dumps({f"k{n}": 1 for n in range(width)})
        path.write_text(f"[{line}]" if kind == "array.jsonl" else line)
    if width > 500:
        with pytest.raises(gate.Unreadable) as told:
            list(_all_rows(path))
        assert told.value.problem.rule == "too_many_columns"
    else:
        assert max(map(len, _all_rows(path))) == width


def _all_rows(path: Path) -> Iterator[tuple[Any, ...]]:
    for table in readers.open_document(path, name=path.name).tables:
        if table.header is not None:
            yield table.header
        for row in table.rows:
            yield row.cells


def test_a_file_of_more_tables_than_anybody_sends_is_refused(tmp_path: Path) -> None:
    row: list[object] = ["Na dai", "10/11/2021", "Chợ Mạo Khê", 31000]
    two = [row, corpus.HEADERS[::-1], row[::-1], corpus.HEADERS]
    path = corpus.workbook(tmp_path / "a.xlsx", two * 501)
    document = readers.open_document(path, name="a.xlsx")
    with pytest.raises(gate.Unreadable) as told:
        sections.of_document(document, contracts.contract("prices"))
    assert "trên 1.000" in problems.sentence(told.value.problem)


@pytest.mark.parametrize("cut", ["</office:spreadsheet>", "</table:table>", "</text:p>"])
def test_an_ods_that_ends_within_an_element_is_damaged_at_once(cut: str, tmp_path: Path) -> None:
    """calamine reads on for ever where such a part ends."""
    path = corpus.ods(tmp_path / "a.ods")
    parts = corpus.parts_of(path)
    content = parts["content.xml"].partition(cut.encode())[0]
    corpus.zipped(path, {**parts, "content.xml": content})
    started = time.monotonic()
    with pytest.raises(gate.Unreadable) as told:
        readers.open_document(path, name="a.ods")
    assert told.value.problem.rule == "damaged"
    assert time.monotonic() - started < 10
