"""A copy of what is stored of a person, for the person: a workbook in Vietnamese (docs/rules/privacy.md#requests-of-persons).

What others bear too stays out: of a number that is not the person's alone only rows about the person are copied.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import contracts, installation
from lensan.domain.copy_words import CopyWords
from lensan.domain.periods import ICT
from lensan.domain.yaml_file import YamlFile
from lensan.privacy import people
from lensan.privacy.people import Person

WORDS = installation.REFERENCE / "copy_words.yml"
_ABOUT = (
    ("Bản sao dữ liệu cá nhân đang lưu", "theo Luật 91/2025/QH15; lập lúc {moment:%H:%M ngày %d/%m/%Y}"),
    ("Lưu để làm gì", "Thống kê kết quả đưa hộ sản xuất nông nghiệp lên sàn thương mại điện tử, theo kế hoạch của tỉnh."),
    ("Lấy từ đâu", "Tệp của các sàn, ví điện tử, địa phương và cơ quan nêu ở trang \"Dòng trong tệp\"."),
    ("Ai xem được", "Người được giao quản lý dữ liệu. Báo cáo và dữ liệu công khai không nêu tên, số giấy tờ, điện thoại của hộ."),
    ("Lưu đến khi nào", "Trong thời gian thực hiện kế hoạch; xóa khi người có tên yêu cầu."),
    ("Quyền của người có tên", "Xem, chỉnh sửa, nhận bản sao, rút đồng ý, hạn chế, phản đối, xóa dữ liệu; khiếu nại."),
)  # fmt: skip


def write(engine: Engine, person: Person, path: Path, *, moment: datetime) -> int:
    """Write the copy, for its owner's eyes only (0600); returns how many rows of records and files it has. ``moment``
    (aware) is printed. Raises FileExistsError: nothing is overwritten."""
    own = replace(person, numbers=person.numbers - person.shared)
    keys = sorted(own.keys)
    with engine.begin() as connection:
        records = warehouse.rows(
            connection,
            "privacy/copying/records",
            entities=[entity for entity, _ in keys],
            keys=[key for _, key in keys],
            numbers=sorted(own.numbers),
        )
        found = {row.record_id: row for row in people.file_rows(connection, own)}
        places = warehouse.rows(connection, "privacy/copying/places", record_ids=list(found))
    stored = _records(records)
    lines = _lines(places, found)
    content = _workbook(
        [
            ("Thông tin", ("Mục", "Nội dung"), [(a, b.format(moment=moment.astimezone(ICT))) for a, b in _ABOUT]),
            ("Dữ liệu đang lưu", ("Loại", "Số", "Trường", "Giá trị", "Từ lúc", "Đến lúc"), stored),
            ("Dòng trong tệp", ("Nguồn", "Nhận lúc", "Trang", "Dòng", "Cột", "Giá trị"), lines),
        ]
    )  # fmt: skip
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    return len(records) + len(places)


@cache
def _words() -> tuple[dict[str, str], dict[str, str]]:
    told = YamlFile(WORDS).read(CopyWords)
    return told.entities, told.columns


def _records(records: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """A line for each field that says something."""
    entities, columns = _words()
    lines: list[tuple[str, ...]] = []
    for number, row in enumerate(records, 1):
        said = row["said"]
        since, until = _moment(said.get("known_from")), _moment(said.get("known_until"))
        for column, value in said.items():
            label = columns.get(f"{row['entity']}.{column}", columns.get(column))
            if label is not None and value not in (None, ""):
                what = entities[row["entity"]]
                lines.append((what, str(number), label, str(value), since, until))
    return lines


def _moment(text: str | None) -> str:
    """As a person reads it; nothing for what holds still."""
    if text in (None, "infinity", "-infinity"):
        return ""
    return f"{datetime.fromisoformat(str(text)).astimezone(ICT):%d/%m/%Y %H:%M}"


def _lines(
    places: Sequence[Mapping[str, Any]], found: Mapping[int, people.FileRow]
) -> list[tuple[str, ...]]:
    """A line for each cell; of a row that stands in its file alone one line that says where."""
    lines: list[tuple[str, ...]] = []
    for place in places:
        row = found[place["record_id"]]
        where = (
            contracts.contract(place["source"]).title,
            _moment(place["received_at"].isoformat()),
            place["sheet"] or "",
            str(place["row_number"]),
        )
        filled = [(at, cell) for at, cell in enumerate(row.cells) if cell]
        for at, cell in filled:
            header = row.headers[at] if at < len(row.headers) else None
            lines.append((*where, header or "", cell or ""))
        if not filled:
            lines.append((*where, "", "(dòng đơn hàng, xem trang trước)"))
    return lines


def _workbook(
    sheets: Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]],
) -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": True})
    head = book.add_format({"bold": True, "bottom": 1, "font_name": "Times New Roman"})
    body = book.add_format({"text_wrap": True, "valign": "top", "font_name": "Times New Roman"})
    for name, header, rows in sheets:
        sheet = book.add_worksheet(name)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        widths = [26, 90] if len(header) == 2 else [28, 16, 26, 34, 18, 34]
        for column, (title, width) in enumerate(zip(header, widths, strict=False)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, head)
        for number, row in enumerate(rows, 1):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text, body)
    book.close()
    return stream.getvalue()
