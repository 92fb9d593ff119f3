"""Columns that the process that opens files hands over are those that the file itself gives."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lensan.intake import readers
from lensan.intake.readers import blocks, delimited, handed
from lensan.intake.readers.model import SourceDocument, SourceRow, Stream

LINES = 20_000
"""Some 500 KB: a head that is read line by line, and a block."""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    rows = (
        f"DH{number // 3:06},{number % 3},Hà Nội {number % 7},{number}" for number in range(LINES)
    )
    path.write_text("Mã đơn hàng,Dòng,Nơi nhận,Số lượng\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """First rows of the blocks that this process makes of text."""
    found: list[int] = []
    block = blocks.block

    def noted(lines: bytes, first: int, *more: Any) -> Any:
        found.append(first)
        return block(lines, first, *more)

    monkeypatch.setattr(blocks, "block", noted)
    return found


def rows_of(document: SourceDocument) -> list[SourceRow]:
    return list(document.tables[0].rows)


def parts_of(document: SourceDocument) -> list[Any]:
    rows = document.tables[0].rows
    assert isinstance(rows, Stream)
    return list(rows.parts())


def test_what_is_handed_over_is_what_the_file_says_and_no_text_is_made_columns_twice(
    export: Path, read_here: list[int]
) -> None:
    document = readers.open_document(export, name="export.csv")
    found = rows_of(document)
    assert any(not isinstance(part, SourceRow) for part in parts_of(document))
    assert read_here == []
    assert found == rows_of(delimited.document(export, "utf-8"))
    assert len(read_here) == 1
    assert len(found) == LINES + 1


def test_its_memory_is_free_again_when_nobody_holds_it(export: Path) -> None:
    gc.collect()
    before = handed._free
    document = readers.open_document(export, name="export.csv")
    assert handed._free < before
    rows_of(document)
    del document
    gc.collect()
    assert handed._free == before
    assert "memfd:columns" not in Path("/proc/self/maps").read_text()


def cut(receiving: handed.Handed) -> None:
    os.truncate(receiving.path, 100)


def fill(receiving: handed.Handed) -> None:
    size = receiving.path.stat().st_size
    receiving.path.write_bytes(b"\xff" * size)


def out_of_range(receiving: handed.Handed) -> None:
    """A code in the middle that names no text."""
    content = bytearray(receiving.path.read_bytes())
    at = len(content) - 4000
    content[at : at + 400] = b"\x7f" * 400
    receiving.path.write_bytes(content)


@pytest.mark.parametrize("spoil", [cut, fill, out_of_range])
def test_what_is_handed_over_and_is_not_whole_is_read_from_the_file(
    export: Path,
    read_here: list[int],
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[handed.Handed], None],
) -> None:
    receive = handed.Handed._receive

    def spoiled(receiving: handed.Handed, *more: Any) -> Any:
        spoil(receiving)
        return receive(receiving, *more)

    monkeypatch.setattr(handed.Handed, "_receive", spoiled)
    found = rows_of(readers.open_document(export, name="export.csv"))
    assert len(read_here) == 1
    assert found == rows_of(delimited.document(export, "utf-8"))


def test_what_is_too_much_for_the_memory_is_read_from_the_file(
    export: Path, read_here: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed, "_free", 1000)
    found = rows_of(readers.open_document(export, name="export.csv"))
    assert len(read_here) == 1
    assert found == rows_of(delimited.document(export, "utf-8"))


@pytest.mark.parametrize("path", ["/nonexistent/fd/7", "/dev/full"])
def test_where_memory_cannot_be_reached_or_is_full_the_file_is_read(
    export: Path, read_here: list[int], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(
        handed.Handed, "asked_for", property(lambda _: {"path": path, "most": handed.MOST_BYTES})
    )
    found = rows_of(readers.open_document(export, name="export.csv"))
    assert len(read_here) == 1
    assert found == rows_of(delimited.document(export, "utf-8"))
