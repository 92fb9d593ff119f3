"""Delimited text: UTF-8 (with or without BOM), UTF-16, Windows-1258; comma, semicolon or tab."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from lensan import legacy_fonts
from lensan.gate import Unreadable
from lensan.readers.model import Document, Row, Table

LONGEST_FIELD = 1 << 20
LONGEST_LINE = 4 << 20
MOST_COLUMNS = 500
CHUNK = 1 << 20


def read(path: Path) -> Document:
    """The file as one table, its rows streamed. Raises Unreadable, also while rows are iterated."""
    encoding = encoding_of(path)
    return Document("csv", [Table(None, _rows(path, encoding))])


def encoding_of(path: Path) -> str:
    """By byte order mark, else UTF-8 where the whole file is, else Windows-1258."""
    with path.open("rb") as stream:
        head = stream.read(4)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := stream.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1258"
    return "utf-8"


def text_lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines with their ends kept, Unicode NFC, legacy text decoded. Raises Unreadable."""
    with path.open("rb") as binary:
        stream = io.TextIOWrapper(binary, encoding=encoding, errors="replace", newline="")
        while line := stream.readline(LONGEST_LINE):
            if len(line) >= LONGEST_LINE:
                raise Unreadable(
                    "line_too_long",
                    "Tệp có dòng dài bất thường, không phải bảng số liệu.",
                    f"a line of {LONGEST_LINE} characters or more",
                )
            if "\0" in line:
                raise Unreadable(
                    "nul_bytes",
                    "Tệp chứa ký tự không hợp lệ (NUL), có thể đã bị hỏng. Đề nghị xuất lại tệp.",
                    "NUL in text",
                )
            if line.isascii():
                yield line
                continue
            if legacy_fonts.might_be_legacy(line):
                line = legacy_fonts.decode(line)
            yield (
                line
                if unicodedata.is_normalized("NFC", line)
                else unicodedata.normalize("NFC", line)
            )


def _rows(path: Path, encoding: str) -> Iterator[Row]:
    lines = text_lines(path, encoding)
    first = next(lines, "")
    head = [first]
    while not first.strip(" \t\r\n,;") and len(head) < 50:
        first = next(lines, "")
        head.append(first)
        if not first:
            break
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(_chain(head, lines), delimiter=delimiter_of(first))
    try:
        for number, cells in enumerate(reader, 1):
            if len(cells) > MOST_COLUMNS:
                raise Unreadable(
                    "too_many_columns",
                    "Tệp có quá nhiều cột, không phải bảng số liệu.",
                    f"{len(cells)} columns in row {number}",
                )
            yield Row(number, tuple(cells))
    except csv.Error as error:
        raise Unreadable(
            "damaged",
            "Tệp CSV bị hỏng (dấu ngoặc kép hoặc độ dài ô không hợp lệ). Đề nghị xuất lại tệp.",
            f"csv: {error}",
        ) from error


def _chain(head: list[str], rest: Iterator[str]) -> Iterator[str]:
    yield from head
    yield from rest


def delimiter_of(header: str) -> str:
    """The separator of the header line: what stands most often outside quotes."""
    outside = "".join(header.split('"')[::2])
    return max(",;\t", key=outside.count)
