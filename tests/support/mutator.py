"""Seeded spoiling of files: what copying, mailing, re-saving and hurried hands do to them."""

from __future__ import annotations

import copy
import io
import random
from collections.abc import Callable

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

Bytes = Callable[[bytes, random.Random], bytes]
ODD_VALUES = (
    "", " ", "-", "0", "-1", "1.234,5", "1,234.5", "12/5", "31/02/2021", "2021-13-01", "không có",
    "=1+1", "'022147112903", "999999999999999999999", "1e308", "NaN", "12%", "\u00a0", "Hạ Long",
    "ha long", "HẠ LONG", "x" * 3000, "a\tb", 'a"b', "a;b", "\u202e", "TỔNG CỘNG", "½", "①",
)  # fmt: skip
LETTERHEAD = "ỦY BAN NHÂN DÂN TỈNH QUẢNG NINH"


# ---------------------------------------------------------------- text


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").split("\n")


def _joined(lines: list[str]) -> bytes:
    return "\n".join(lines).encode()


def separator_of(line: str) -> str:
    return max(",;\t", key=line.count)


def _by_cell(
    content: bytes, change: Callable[[list[list[str]], random.Random], None], draw: random.Random
) -> bytes:
    lines = _lines(content)
    separator = separator_of(lines[0])
    rows = [line.split(separator) for line in lines]
    change(rows, draw)
    return _joined([separator.join(row) for row in rows])


def _retype(rows: list[list[str]], draw: random.Random) -> None:
    for _ in range(draw.randint(1, 8)):
        row = draw.choice(rows)
        row[draw.randrange(len(row))] = draw.choice(ODD_VALUES)


def _swap_columns(rows: list[list[str]], draw: random.Random) -> None:
    width = len(rows[0])
    a, b = draw.randrange(width), draw.randrange(width)
    for row in rows:
        if len(row) > max(a, b):
            row[a], row[b] = row[b], row[a]


def _drop_column(rows: list[list[str]], draw: random.Random) -> None:
    at = draw.randrange(len(rows[0]))
    for row in rows:
        if len(row) > at:
            del row[at]


def text_retyped(content: bytes, draw: random.Random) -> bytes:
    return _by_cell(content, _retype, draw)


def text_columns_swapped(content: bytes, draw: random.Random) -> bytes:
    return _by_cell(content, _swap_columns, draw)


def text_column_dropped(content: bytes, draw: random.Random) -> bytes:
    return _by_cell(content, _drop_column, draw)


def text_rows_doubled(content: bytes, draw: random.Random) -> bytes:
    lines = _lines(content)
    for _ in range(draw.randint(1, 10)):
        lines.insert(draw.randrange(len(lines) + 1), draw.choice(lines))
    return _joined(lines)


def text_rows_moved(content: bytes, draw: random.Random) -> bytes:
    lines = _lines(content)
    for _ in range(draw.randint(1, 5)):
        lines.insert(draw.randrange(len(lines)), lines.pop(draw.randrange(len(lines))))
    return _joined(lines)


def text_headed(content: bytes, draw: random.Random) -> bytes:
    return _joined([LETTERHEAD, "", "Biểu số 1", *[""] * draw.randint(0, 5), *_lines(content)])


def text_reencoded(content: bytes, draw: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    encoding = draw.choice(["utf-8-sig", "utf-16", "cp1258", "utf-8", "latin-1", "utf-16-le"])
    return text.encode(encoding, "replace")


def text_line_ends(content: bytes, draw: random.Random) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(
        b"\n", draw.choice([b"\r\n", b"\r", b"\n\n", b"\n\r"])
    )


def text_separated(content: bytes, draw: random.Random) -> bytes:
    lines = _lines(content)
    old, new = separator_of(lines[0]), draw.choice(",;\t|")
    return _joined([line.replace(old, new) for line in lines])


def text_joined_twice(content: bytes, draw: random.Random) -> bytes:
    return content + (b"" if draw.random() < 0.3 else b"\n") + content


# ---------------------------------------------------------------- bytes


def bytes_cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def bytes_flipped(content: bytes, draw: random.Random) -> bytes:
    spoiled = bytearray(content)
    for _ in range(draw.randint(1, 20)):
        if spoiled:
            spoiled[draw.randrange(len(spoiled))] = draw.randrange(256)
    return bytes(spoiled)


def bytes_inserted(content: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(content) + 1)
    return content[:at] + draw.randbytes(draw.randint(1, 64)) + content[at:]


# ---------------------------------------------------------------- .xlsx


def _in_workbook(
    content: bytes,
    change: Callable[[openpyxl.Workbook, Worksheet, random.Random], None],
    draw: random.Random,
) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = draw.choice(book.worksheets)
    change(book, sheet, draw)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _book_retyped(book: openpyxl.Workbook, sheet: Worksheet, draw: random.Random) -> None:
    for _ in range(draw.randint(1, 10)):
        cell = sheet.cell(
            draw.randint(1, max(1, sheet.max_row)), draw.randint(1, max(1, sheet.max_column))
        )
        if type(cell).__name__ == "Cell":
            cell.value = draw.choice([*ODD_VALUES, 0, -1, 3.5, 10**12, True])


def _book_moved(book: openpyxl.Workbook, sheet: Worksheet, draw: random.Random) -> None:
    sheet.merged_cells.ranges = set()
    sheet.insert_rows(draw.randint(1, max(1, sheet.max_row)), draw.randint(1, 6))
    sheet.insert_cols(draw.randint(1, max(1, sheet.max_column)), draw.randint(1, 3))


def _book_cut(book: openpyxl.Workbook, sheet: Worksheet, draw: random.Random) -> None:
    sheet.merged_cells.ranges = set()
    if draw.random() < 0.5:
        sheet.delete_rows(draw.randint(1, max(1, sheet.max_row)), draw.randint(1, 4))
    else:
        sheet.delete_cols(draw.randint(1, max(1, sheet.max_column)), 1)


def _book_merged(book: openpyxl.Workbook, sheet: Worksheet, draw: random.Random) -> None:
    row, column = draw.randint(1, max(1, sheet.max_row)), draw.randint(1, max(1, sheet.max_column))
    sheet.merge_cells(
        start_row=row,
        start_column=column,
        end_row=row + draw.randint(0, 3),
        end_column=column + draw.randint(1, 3),
    )


def _book_hidden(book: openpyxl.Workbook, sheet: Worksheet, draw: random.Random) -> None:
    for _ in range(draw.randint(1, 6)):
        sheet.row_dimensions[draw.randint(1, max(1, sheet.max_row))].hidden = True
    if len(book.worksheets) > 1:
        draw.choice(book.worksheets[1:]).sheet_state = "hidden"


def _book_renamed(book: openpyxl.Workbook, sheet: Worksheet, draw: random.Random) -> None:
    sheet.title = draw.choice(["Sheet1 (2)", "x" * 31, "Biểu 2 - sửa", "ＤＡＴＡ"])


def _book_sheet_doubled(book: openpyxl.Workbook, sheet: Worksheet, draw: random.Random) -> None:
    book.copy_worksheet(sheet)


def _book_row_doubled(book: openpyxl.Workbook, sheet: Worksheet, draw: random.Random) -> None:
    source = draw.randint(1, max(1, sheet.max_row))
    target = sheet.max_row + draw.randint(1, 3)
    for cell in list(sheet[source]):
        sheet.cell(target, cell.column).value = copy.copy(cell.value)


BOOK_CHANGES = (
    _book_retyped, _book_moved, _book_cut, _book_merged, _book_hidden, _book_renamed,
    _book_sheet_doubled, _book_row_doubled,
)  # fmt: skip
TEXT_CHANGES: tuple[Bytes, ...] = (
    text_retyped, text_columns_swapped, text_column_dropped, text_rows_doubled, text_rows_moved,
    text_headed, text_reencoded, text_line_ends, text_separated, text_joined_twice,
)  # fmt: skip
BYTE_CHANGES: tuple[Bytes, ...] = (bytes_cut, bytes_flipped, bytes_inserted)


def variant(content: bytes, suffix: str, seed: int) -> tuple[bytes, str]:
    """The content spoiled once or twice, and how. The same seed spoils in the same way."""
    draw = random.Random(seed)
    done = []
    for _ in range(draw.randint(1, 2)):
        if suffix == ".xlsx" and content[:2] == b"PK" and draw.random() < 0.85:
            change = draw.choice(BOOK_CHANGES)
            content = _in_workbook(content, change, draw)
            done.append(change.__name__.strip("_"))
        elif suffix in (".csv", ".jsonl") and draw.random() < 0.85:
            changed = draw.choice(TEXT_CHANGES)
            content = changed(content, draw)
            done.append(changed.__name__)
        else:
            spoiled = draw.choice(BYTE_CHANGES)
            content = spoiled(content, draw)
            done.append(spoiled.__name__)
            break
    return content, " then ".join(done)
