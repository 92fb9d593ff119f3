"""What is read by columns is what would be read row by row: records, row numbers, problems, doubts, proofs."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import mutator
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from lensan import warehouse
from lensan.domain import contracts
from lensan.domain.identifiers import parse_phone
from lensan.domain.places import places
from lensan.domain.problems import Rejection
from lensan.domain.values import Parsed
from lensan.intake import order_columns, row_rules, sections
from lensan.intake.columns import Facts
from lensan.intake.readers import delimited
from lensan.intake.readers.model import Stream
from lensan.intake.row_rules import Batch
from lensan.intake.sections import ListSection

POSTMART = contracts.contract("postmart")
FACTS = Facts(POSTMART, places(), date(2021, 12, 9))
HEADERS = (
    "Mã đơn hàng", "Dòng", "Thời điểm đặt", "Thời điểm hoàn thành", "Mã gian hàng", "Mã sản phẩm",
    "Số lượng", "Khối lượng (kg)", "Thành tiền (đồng)", "Tỉnh/Thành phố nhận", "Quốc gia nhận",
    "Số điện thoại người mua", "Trạng thái",
)  # fmt: skip
ODD: dict[str, tuple[str, ...]] = {
    "Mã đơn hàng": ("", "2.11118E+14", "0001234", "1234567890123000", "Tổng cộng", "DH 12", "#N/A", "НD12", "Jan-21"),
    "Dòng": ("", "một", "1.5", "-1", "1"),
    "Thời điểm đặt": ("", "12/13/2021", "05/11/2021 08:00", "2021-02-30 10:00", "2031-01-01 08:00", "2021-11-30T09:10:11",
                      "2014-12-31 23:59", "2021-02-29 10:00", "2021-12-09 23:59"),
    "Thời điểm hoàn thành": ("", "-", "2021-12-31 00:00", "11/18/2021"),
    "Mã gian hàng": ("", "NULL", "GH?01"),
    "Số lượng": ("khoảng mười", "0", "-2", "1.250", "1,5", "12 kg"),
    "Khối lượng (kg)": ("", "1.250", "1,250", "12,5", "2 tấn", "abc", "0", "1.234,5"),
    "Thành tiền (đồng)": ("", "1.250.000", "15 nghìn", "-1", "1,250"),
    "Tỉnh/Thành phố nhận": ("", "Hà Nội", "Ha Noi", "Atlantis", "Quảng Ninh", "Hµ Néi", "Qua\u0309ng Ninh"),
    "Quốc gia nhận": ("Việt Nam", "Nhật Bản", "Xứ sở"),
    "Số điện thoại người mua": ("", "0999999999", "0912 345 678", "+84912345678", "12"),
    "Trạng thái": ("", "Đã hủy", "đã huỷ", "Bay mất", "Hoàn thành"),
}  # fmt: skip


def export(draw: random.Random) -> bytes:
    """An export of orders, a cell in thirty odd, some rows odd as a whole."""
    often = draw.choice((0.0, 0.005, 0.03, 0.2))
    lines = [",".join(HEADERS)]
    for number in range(200):
        day = date(2021, 10, 18) + timedelta(draw.randrange(50))
        cells = dict(zip(HEADERS, (
            f"DH{number // 3:06}", str(number % 3 + 1), f"{day} {draw.randrange(24):02}:{draw.randrange(60):02}",
            f"{day} 23:{draw.randrange(60):02}:59", f"GH{draw.randrange(9):03}", f"SP{draw.randrange(40):03}",
            str(draw.randrange(1, 30)), str(draw.randrange(1, 400) / 10), str(draw.randrange(10, 900) * 1000),
            draw.choice(("Quảng Ninh", "Hà Nội", "TP Hồ Chí Minh")), "", f"09{draw.randrange(10**8):08}",
            draw.choice(("Hoàn thành", "Đang giao")),
        ), strict=True))  # fmt: skip
        for header in HEADERS:
            if draw.random() < often and header in ODD:
                cells[header] = draw.choice(ODD[header])
        if draw.random() < often:
            for header in ("Mã đơn hàng", "Thời điểm đặt", "Thời điểm hoàn thành", "Tỉnh/Thành phố nhận",
                           "Quốc gia nhận", "Số điện thoại người mua", "Trạng thái"):  # fmt: skip
                cells[header] = ""
        line = ",".join(cells.values())
        if draw.random() < often / 2:
            line = draw.choice(("", ",,,,,,,,,,,,", "Tổng cộng,,,,,,90,12.5,1.250.000,,,,", ",".join(HEADERS),
                                line + ",", line + ",thừa", line.rsplit(",", 2)[0], "Ghi chú", f'"{line}"',
                                line.replace("DH", '"DH', 1), line.replace("DH", '"D""H"', 1)))  # fmt: skip
        lines.append(line)
    ends = draw.choice(("\n", "\r\n"))
    return (ends.join(lines) + draw.choice(("", ends))).encode()


def checked(path: Path, *, by_rows: bool) -> Any:
    """All that a file says, in plain values, or why it says nothing. ``by_rows``: read one by one."""
    try:
        document = delimited.document(path, delimited.encoding_of(path))
        if by_rows:
            document.tables[0].rows = Stream(partial(iter, document.tables[0].rows))
        found = sections.sections(document, POSTMART)
        return [found.rows_outside, found.unread, *(_list(each) for each in found.found)]
    except Rejection as verdict:
        return verdict.problem, verdict.detail


def _list(section: Any) -> Any:
    assert isinstance(section, ListSection)
    first = row_rules.check(section, FACTS)
    said = [_said(first.batches)]
    if first.reads_otherwise:
        said.append(_said(first.again().batches))
    return section.layout.columns, first.reads_otherwise, said


def _said(batches: Iterable[Batch]) -> Any:
    rows: dict[int, Any] = {}
    records: list[Any] = []
    rest: tuple[list[Any], ...] = ([], [], [])
    blank = end = 0
    for batch in batches:
        assert batch.first == end
        end, blank = batch.end, blank + batch.rows_blank
        for position, row in batch.rows.items():
            rows[position] = (
                row.number,
                row.key,
                [None if c is None else str(c) for c in row.cells],
            )
        records += [(at, _as_copied(record)) for at, record in batch.records]
        for told, more in zip(rest, (batch.ignored, batch.problems, batch.doubts), strict=True):
            told += more
        plain = batch.plain
        if plain is not None:
            cells = zip(*(each.to_pylist() for each in plain.cells), strict=True)
            said = zip(
                batch.plain_at.tolist(),
                plain.numbers.tolist(),
                plain.keys.to_pylist(),
                cells,
                strict=True,
            )
            rows |= {at: (number, key, list(of_row)) for at, number, key, of_row in said}
            names = list(plain.records)
            values = zip(*(each.to_pylist() for each in plain.records.values()), strict=True)
            found = (dict(zip(names, of_row, strict=True)) for of_row in values)
            records += zip(batch.plain_at.tolist(), found, strict=True)
    assert sorted(rows) == list(range(end))
    return sorted(rows.items()), sorted(records, key=lambda r: r[0]), rest, blank


def _as_copied(record: dict[str, Any]) -> dict[str, Any]:
    return {k: None if v is None else warehouse.copy_value(v) for k, v in record.items()}


def _moments(said: Any) -> Any:
    """Moments in one spelling: PostgreSQL reads what COPY writes in several."""
    if isinstance(said, str) and len(said) > 15 and said[:2] == "20" and said[4:5] == "-":
        at = said.replace("T", " ").removesuffix(":00").removesuffix("+07")
        return at if at.count(":") == 2 else f"{at}:00"
    if isinstance(said, dict):
        return {key: _moments(value) for key, value in said.items()}
    return [_moments(each) for each in said] if isinstance(said, list | tuple) else said


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "HEAD_BYTES", 6000)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 3000)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("seed", range(8))
def test_columns_say_what_rows_say(seed: int, tmp_path: Path) -> None:
    by_columns = 0
    for number in range(25):
        draw = random.Random(seed * 1000 + number)
        content = export(draw)
        if number % 3 == 2:
            content = mutator.variant(content, ".csv", seed * 1000 + number)[0]
        path = tmp_path / f"{number}.csv"
        path.write_bytes(content)
        assert _moments(checked(path, by_rows=False)) == _moments(checked(path, by_rows=True)), (
            number
        )
        by_columns += _plain_rows(path)
    assert by_columns > 500


def _plain_rows(path: Path) -> int:
    try:
        found = sections.sections(
            delimited.document(path, delimited.encoding_of(path)), POSTMART
        ).found
        batches = [b for s in found for b in row_rules.check(s, FACTS).batches]  # type: ignore[arg-type]
    except Rejection:
        return 0
    return sum(len(batch.plain_at) for batch in batches)


def test_of_phones_only_ranges_that_are_given_out_are_settled_by_columns() -> None:
    ranges = [f"{first:05}" for first in range(1000, 10000) if f"{first:05}"[1] in "35789"]
    numbers = [f"{first}12345" for first in ranges]
    settled = pc.match_substring_regex(pa.array(numbers), order_columns._SPELLINGS["phone"])
    assert settled.to_pylist() == [parse_phone(number) == Parsed(number) for number in numbers]
