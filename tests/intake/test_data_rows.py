"""Rows that are taken for data at a glance are those that asking each in full would take for data."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from long_lists import REGISTRY, registry

from lensan.domain import contracts, values
from lensan.intake import data_rows, sections
from lensan.intake.readers import SourceDocument, SourceRow, SourceTable

DISTRICTS = contracts.contract("districts")
SELLERS = [
    "Mã gian hàng", "Tên gian hàng", "Chủ gian hàng", "Loại hình", "Số giấy tờ", "Số điện thoại",
    "Xã/Phường", "Huyện/Thị xã/Thành phố", "Tỉnh/Thành phố", "Ngày mở gian hàng", "Ngày đóng",
]  # fmt: skip
FORM = ["STT", "Chỉ tiêu", "Trong tuần", "Lũy kế đến nay", "Ghi chú"]
ODD: list[Any] = [
    None, "", " ", "\u00a0", 5, "5", 12.5, True, date(2021, 11, 18), "I", "IV", "A", "1", "-", "không",
    "Tổng cộng", "TỔNG", "Cộng xã Hồng Gai", "Luỹ kế", "Lũy kế đến nay", "Trong tuần", "Chỉ tiêu",
    "Ghi chú: số liệu đến 18/11", "Người lập biểu", "Hạ Long, ngày 18 tháng 11 năm 2021", "Nhóm cây ăn quả",
    "Phường Hồng Gai", "Số điện thoại", "Họ tên", "Họ tên/Tên cơ sở", "Ten co so", "Số giấy tờ (CCCD)", "Loai hinh",
    "Name", "Phone", "123456", "0912345678", "Khối lượng (tấn)", "Mã sản phẩm", "Thủ trưởng",
    values.CellError("#REF!"), values.FORMULA_WITHOUT_VALUE, values.DoubtfulText("Hµ Néi", "two_fonts"),
]  # fmt: skip


def sheet(draw: random.Random, headers: list[str], rows: list[list[Any]]) -> SourceTable:
    """A sheet with a list of which some cells, and some whole rows, are odd."""
    often = draw.choice((0.0, 0.01, 0.1, 0.4))
    table: list[list[Any]] = [["ỦY BAN NHÂN DÂN HUYỆN"]] * draw.randrange(2) + [headers]
    for row in rows:
        cells = list(row)
        for at in range(len(cells)):
            if draw.random() < often:
                cells[at] = draw.choice(ODD)
        table.append(cells)
        if draw.random() < often:
            one = draw.choice(ODD)
            table.append(
                draw.choice(
                    (
                        [],
                        [one],
                        [None, one],
                        [one] * 4,
                        [one, draw.choice(ODD)],
                        headers,
                        FORM,
                        SELLERS,
                        REGISTRY,
                        [draw.choice(ODD) for _ in headers],
                        [*headers[:1], "Trong tuần", *headers[2:]],
                        ["1", "Số hộ SXNN có tài khoản bán hàng/gian hàng trên sàn", 5, 50, ""],
                    )
                )
            )
    numbered = [SourceRow(number, tuple(cells)) for number, cells in enumerate(table, 1)]
    return SourceTable("Danh sách", numbered)


def test_what_is_taken_for_data_at_a_glance_is_data_when_each_row_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick = data_rows.only_data
    draw, taken, asked = random.Random(16), 0, 0

    def found(table: SourceTable, contract: contracts.Contract) -> Any:
        document = SourceDocument("xlsx", [table])
        return sections.of_document(document, contract)

    for number in range(400):
        rows = registry(number % 13)[1:]
        start = draw.randrange(len(rows) - 40)
        each = sheet(draw, REGISTRY, rows[start : start + draw.randrange(1, 40)])
        contract = draw.choice((DISTRICTS, DISTRICTS, contracts.contract("registry")))
        monkeypatch.setattr(data_rows, "only_data", quick)
        at_a_glance = found(each, contract)
        told: list[bool] = []

        def by_each(
            contract: Any, layout: Any, rows: Any, first: int, told: list[bool] = told
        ) -> list[bool]:
            told += quick(contract, layout, rows, first)
            return [False] * (len(rows) - first)

        monkeypatch.setattr(data_rows, "only_data", by_each)
        assert found(each, contract) == at_a_glance, number
        taken += sum(told)
        asked += len(told) - sum(told)
    assert taken > 2000 and asked > 2000, (taken, asked)
