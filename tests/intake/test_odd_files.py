"""Lists and exports as they really come: titles above, quotes left open, keys left out, slices."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from loading import (
    ORDER,
    ORDERS,
    PRODUCT,
    PRODUCTS,
    SELLER,
    SELLERS,
    form,
    held,
    put,
    rows,
    send,
    workbook,
)
from sqlalchemy import Engine
from taking_in import MOMENT, take_in

from lensan.domain import contracts, periods
from lensan.domain.periods import ICT
from lensan.domain.places import places
from lensan.figures import measuring
from lensan.intake import heading, landing
from lensan.reports import building


def load(
    engine: Engine, tmp_path: Path, files: dict[str, str | bytes], *, moment: datetime = MOMENT
) -> list[str]:
    outcomes = take_in(engine, put(tmp_path / "landing", files), tmp_path / "raw", moment=moment)
    return [outcome.status for outcome in outcomes]


def counts(engine: Engine) -> tuple[int, ...]:
    (row,) = rows(
        engine,
        "select rows_read, rows_accepted, rows_quarantined, rows_superseded, rows_ignored "
        "from ops.source_file where status = 'loaded'",
    )
    return tuple(row.values())


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("don-hang_20211018_20211117.csv", date(2021, 11, 17)),
        ("orders 2021-10-18 - 2021-11-17.xlsx", date(2021, 11, 17)),
        ("DH-20211117.csv", date(2021, 11, 17)),
        ("don-hang_20211399.csv", date(2021, 11, 20)),
        ("don-hang_2021117.csv", date(2021, 11, 20)),
    ],
)
def test_a_slice_was_exported_on_its_last_day_or_later(name: str, day: date) -> None:
    assert landing.export_date(name, datetime(2021, 11, 20, 8, tzinfo=ICT)) == day


ARRIVED = datetime(2021, 11, 18, 8, tzinfo=ICT)
MODIFIED = datetime(2021, 11, 17, 23, tzinfo=ICT)
NAMES = [
    ("gian-hang_20211118.csv", 18), ("gian-hang_20211117.csv", 17), ("gian-hang_20221110.csv", 17), ("gian-hang_20211119.csv", 17),
    ("gian-hang_20211218.csv", 17), ("gian-hang_20991231.csv", 17), ("gian-hang.csv", 17), ("gian-hang_2021-11-16.csv", 16),
    ("gian-hang_2022-11-16.csv", 17), ("20211018_20211115.csv", 15), ("20211101_20221115.csv", 1), ("a/b/don-hang_20211110.csv", 10),
    ("20221110/don-hang_20211110.csv", 10), ("don-hang_20211110_20221111_x.csv", 10), ("don-hang_20211399.csv", 17), ("don-hang_2021118.csv", 17),
    ("don-hang_20211118(1).csv", 18), ("don-hang 20211118 moi.csv", 18), ("don-hang_20211118_20211125.csv", 18), ("x20211116y.csv", 16),
    ("x120211116.csv", 17), ("x202111160.csv", 17), ("20211116.csv", 16), ("2021-11-31.csv", 17), ("2021-11-1.csv", 17), ("20211118T0800.csv", 18),
    ("export-20211118-20211111.csv", 18), ("export_20301118_20211111.csv", 11), ("EXPORT_20211116.CSV", 16), ("bao cao 20211118.xlsx", 18),
]  # fmt: skip


@pytest.mark.parametrize(("name", "day"), NAMES)
def test_no_export_is_younger_than_its_arrival(name: str, day: int) -> None:
    assert landing.export_date(name, MODIFIED, ARRIVED) == date(2021, 11, day)


@pytest.mark.parametrize("year", [2022, 2026, 2038])
def test_a_wrong_clock_makes_no_export_newer_than_its_arrival(year: int) -> None:
    modified = datetime(year, 1, 1, tzinfo=ICT)
    assert landing.export_date("a.csv", modified, ARRIVED) == date(2021, 11, 18)


def test_the_later_export_wins_over_one_named_for_next_year(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    closed = SELLER.rstrip("\n").rstrip(",") + ",15/11/2021\n"
    for name, content, day in (("20221110", SELLER, 11), ("20211118", closed, 18)):
        files: dict[str, str | bytes] = {f"postmart/gian-hang_{name}.csv": SELLERS + content}
        load(warehouse_engine, tmp_path, files, moment=datetime(2021, 11, day, 9, tzinfo=ICT))
    exports = rows(warehouse_engine, "select export_date from ops.source_file order by file_id")
    assert [row["export_date"].day for row in exports] == [11, 18]


def test_a_title_above_does_not_decide_the_separator(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    text = "Danh sách gian hàng, xuất ngày 10/11/2021\n\n" + (SELLERS + SELLER).replace(",", ";")
    assert load(warehouse_engine, tmp_path, {"postmart/gian-hang_20211110.csv": text}) == ["loaded"]
    assert counts(warehouse_engine) == (4, 1, 0, 0, 3)


def test_a_quote_that_swallows_rows_is_no_row(tmp_path: Path, warehouse_engine: Engine) -> None:
    text = SELLERS + SELLER.replace("Gian hàng An", '"Gian hàng An') + SELLER.replace("GH1", "GH2")
    more = SELLER.replace("GH1", "GH3") + SELLER.replace("GH1", "GH4")
    files: dict[str, str | bytes] = {
        "postmart/a_20211110.csv": text,
        "postmart/b_20211110.csv": text + more.replace("Văn An", 'Văn "An') + more,
        "postmart/c_20211110.csv": SELLERS
        + SELLER.replace("Gian hàng An", '"Gian hàng\nAn, ""Hai"""'),
    }
    assert load(warehouse_engine, tmp_path, files) == ["rejected", "rejected", "loaded"]
    (stall,) = rows(warehouse_engine, "select stall_name from core.stall")
    assert stall["stall_name"] == 'Gian hàng An, "Hai"'


def test_a_key_may_first_stand_in_the_last_line(tmp_path: Path, warehouse_engine: Engine) -> None:
    line = {"shop_id": "S", "owner_name": "Nguyễn Văn An", "owner_type": "HOUSEHOLD",
            "province": "Hà Nội", "created_at": "2021-11-01"}  # fmt: skip
    lines = [json.dumps({**line, "shop_id": f"S{n}"}, ensure_ascii=False) for n in range(1200)]
    lines.append(json.dumps({**line, "shop_id": "S1200", "closed_at": "2021-11-09"}))
    load(warehouse_engine, tmp_path, {"voso/sellers_20211110.jsonl": "\n".join(lines)})
    closed = rows(warehouse_engine, "select seller_id from core.stall where closed_on is not null")
    assert closed == [{"seller_id": "S1200"}]


def test_cells_of_both_encodings_may_stand_in_a_line(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    text = SELLERS + SELLER.replace("Gian hàng An", "Gian hµng NguyÔn V¨n An")
    load(warehouse_engine, tmp_path, {"postmart/gian-hang_20211110.csv": text})
    (stall,) = rows(warehouse_engine, "select stall_name, owner_name, commune from core.stall")
    assert tuple(stall.values()) == ("Gian hàng Nguyễn Văn An", "Nguyễn Văn An", "Hồng Gai")


def test_numbered_blank_lines_groups_and_totals_are_no_rows(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    registry: list[list[Any]] = [
        [
            "STT",
            "Họ tên/Tên cơ sở",
            "Loại hình",
            "Số giấy tờ",
            "Số điện thoại",
            "Xã/Phường",
            "Ghi chú",
        ],
        ["I", "Phường Hồng Gai"],
        [1, "Nguyễn Văn An", "Hộ SXNN", "022000000001", None, "Hồng Gai"],
        ["Phường Bãi Cháy"] * 7,
        [2, "Trần Thị Bình", "Hộ SXNN", "022000000002", None, "Bãi Cháy"],
        [3],
        [4, None, None, None, None, None, "chưa có"],
        [5, "Phan Văn Cường"],
        ["Tổng cộng", 2],
    ]
    season = [
        ["Nông sản", "Địa phương", "Tháng", "Sản lượng (tấn)"],
        ["Na dai", "Đông Triều", "11/2021", 10],
        ["Na dai", "Toàn tỉnh", "11/2021", 10],
    ]
    send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([("Hộ", registry)]))
    assert counts(warehouse_engine) == (9, 2, 1, 0, 6)
    assert [entry[1:4] for entry in held(warehouse_engine)] == [(8, "Xã/Phường", "missing")]
    load(warehouse_engine, tmp_path, {"seasonal/lich_20211101.xlsx": workbook([("1", season)])})
    assert [entry[1:4] for entry in held(warehouse_engine)] == [(8, "Xã/Phường", "missing")]
    assert len(rows(warehouse_engine, "select * from core.season")) == 1


def test_a_form_printed_over_two_pages_is_one(tmp_path: Path, warehouse_engine: Engine) -> None:
    name, table = form()
    table.insert(10, list(table[6]))
    send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([(name, table)]))
    assert held(warehouse_engine) == []
    assert len(rows(warehouse_engine, "select * from core.submission_value")) == 6


def test_an_export_of_today_still_names_the_districts_of_then(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    load(
        warehouse_engine,
        tmp_path,
        {"postmart/gian-hang_20251110.csv": SELLERS + SELLER},
        moment=datetime(2025, 11, 10, 9, tzinfo=ICT),
    )
    assert held(warehouse_engine) == []
    assert rows(warehouse_engine, "select unit_code from core.stall") == [{"unit_code": "193"}]


def test_an_order_wholly_in_the_past_of_its_slice_is_right(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    files: dict[str, str | bytes] = {
        "postmart/don-hang_20211018_20211117.csv": ORDERS + ORDER,
        "postmart/gian-hang_20211117.csv": SELLERS + SELLER,
        "postmart/san-pham_20211117.csv": PRODUCTS + PRODUCT,
    }
    load(warehouse_engine, tmp_path, files)
    assert held(warehouse_engine) == []


def test_a_week_since_the_districts_ended_has_the_54_units_and_goes_on(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    new = SELLER.replace("GH1", "GH2").replace("05/11/2021", "05/07/2025").replace("Hạ Long", "")
    new = new.replace("022000000001", "022000000002").replace("0912345678", "0912345679")
    order = (
        ORDER.replace("/11/2021", "/07/2025").replace("10/07", "06/07").replace("12/07", "07/07")
    )
    more = order.replace("DH1", "DH2").replace("Hà Nội", "Bắc Giang")
    again = order.replace("DH1", "DH3").replace("Hà Nội", "Bắc Ninh")
    files: dict[str, str | bytes] = {
        "postmart/don-hang_20250710.csv": ORDERS + order + more + again,
        "postmart/gian-hang_20250710.csv": SELLERS + SELLER + new,
        "postmart/san-pham_20250710.csv": PRODUCTS + PRODUCT,
    }
    load(warehouse_engine, tmp_path, files, moment=datetime(2025, 7, 10, 8, tzinfo=ICT))
    assert held(warehouse_engine) == []
    figures = measuring.compute(
        warehouse_engine, periods.parse("week", "2025-07-10"), moment=datetime(2025, 7, 10, 9, tzinfo=ICT)
    )  # fmt: skip
    assert len({figure.unit for figure in figures}) == 1 + 54
    stalls = {f.unit: f.cumulative for f in figures if f.indicator == "II.3" and f.cumulative}
    assert stalls == {"22": 2, "06685": 2}  # both in Hồng Gai, of before and of now
    found = {figure.indicator: figure for figure in figures if figure.unit == "22"}
    assert (found["II.3"].in_period, found["II.3"].cumulative, found["II.3"].channel) == (
        1,
        2,
        "platform",
    )
    assert found["II.3"].note and "chưa đặt chỉ tiêu cho năm 2025" in found["II.3"].note
    assert float(found["III.2"].in_period or 0) == 0.006
    assert found["III.6"].in_period == 2  # Bắc Giang is Bắc Ninh by now
    assert "- Miền Bắc: Hà Nội, Bắc Ninh" in (found["III.6"].note or "")


def test_a_calendar_of_a_former_unit_stands_under_its_name_and_one_of_the_whole_at_its_successor(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    """Hạ Long became several units, so nobody knows whose its calendar is; all of Vân Đồn went to one."""
    calendar = (
        "Nông sản,Địa phương,Tháng,Sản lượng (tấn),Khung giá (đồng/kg)\n"
        "Rươi,TP Hạ Long,07/2025,30,\nCam,Huyện Vân Đồn,08/2025,12,\n"
    )
    load(warehouse_engine, tmp_path, {"seasonal/thang_20250610.csv": calendar},
         moment=datetime(2025, 6, 12, 8, tzinfo=ICT))  # fmt: skip
    for name, shown in (
        ("2025-06-26", [("Rươi", "193", 0)]),
        ("2025-07-03", [("Cam", "06994", 0), ("Rươi", "TP Hạ Long (cũ)", None)]),
    ):
        week = periods.parse("week", name)
        report = building.build(warehouse_engine, week, moment=week.due_at)
        found = report.tables["season"].records()
        assert [(r["product"], r["unit"], r["live_listings"]) for r in found] == shown
    assert found[-1]["remark"].endswith("số trên sàn tính ở các đơn vị đó")


def test_a_path_names_units_of_any_of_its_forms_weeks() -> None:
    """A file begins with the last week of the district and goes on with the first of its successor: the name that
    is on the folder since then is the file's, whichever form stands first."""
    known, contract = places(), contracts.contract("districts")
    for days in ((date(2025, 6, 25), date(2025, 7, 9)), (date(2025, 7, 9), date(2025, 6, 25))):
        forms: Any = [
            SimpleNamespace(
                place=number,
                above=heading.Heading(("06994",) if day.month == 7 else (), None, day, None),
            )
            for number, day in enumerate(days)
        ]
        found = heading.sender_of(
            forms, "dac-khu-van-don/t.xlsx", [], contract, known, date(2025, 7, 10)
        )
        assert found == "06994"


def test_weights_that_are_merely_great_are_the_senders_word_and_35_5_proves_the_decimal_point(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    lines = "".join(
        ORDER.replace("DH1", f"DH{n}").replace("SP1,4,,", f"SP1,4,{weight},")
        for n, weight in enumerate(["5000", "12.253", '"35,475"', "2500", "1e3", "900", "35.5"])
    )
    files: dict[str, str | bytes] = {
        "postmart/don-hang_20211117.csv": ORDERS + lines,
        "postmart/gian-hang_20211117.csv": SELLERS + SELLER,
        "postmart/san-pham_20211117.csv": PRODUCTS + PRODUCT,
    }
    assert load(warehouse_engine, tmp_path, files) == ["loaded"] * 3
    weights = rows(warehouse_engine, "select weight_kg from core.order_line order by order_no")
    assert [float(w["weight_kg"]) for w in weights] == [
        5000, 12.253, 35475, 2500, 1000, 900, 35.5,
    ]  # fmt: skip
    assert rows(warehouse_engine, "select rule from ops.row_warning") == []
