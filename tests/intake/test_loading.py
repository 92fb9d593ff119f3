"""What becomes of files: received, recognised, read, checked, merged; nothing lost, nothing doubled."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loading import (
    ORDER,
    ORDERS,
    PRODUCT,
    PRODUCTS,
    SELLER,
    SELLERS,
    declared,
    form,
    held,
    put,
    rows,
    send,
    workbook,
)
from sqlalchemy import Engine, text
from taking_in import MOMENT, take_in

from lensan import warehouse
from lensan.domain import contracts
from lensan.intake import file_load, sweep
from lensan.warehouse import session


def test_a_file_is_loaded_once_however_often_it_is_swept(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(tmp_path / "landing", {"postmart/gian-hang_20211110.csv": SELLERS + SELLER})
    first = take_in(warehouse_engine, root, tmp_path / "raw")
    second = take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT + timedelta(hours=1))
    assert [outcome.status for outcome in first] == ["loaded"]
    assert second == []
    assert len(rows(warehouse_engine, "select * from core.stall")) == 1


@pytest.mark.parametrize(
    ("name", "status", "phone"),
    [
        ("gian-hang_20211110 (2).csv", "duplicate", "0987654321"),
        ("gian-hang_20211112.csv", "loaded", "0912345678"),
    ],
    ids=["older than what followed", "as young"],
)
def test_an_export_that_comes_again_counts_where_nothing_younger_followed(
    name: str, status: str, phone: str, tmp_path: Path, warehouse_engine: Engine
) -> None:
    for step, (file, seller) in enumerate(
        [
            ("gian-hang_20211110.csv", SELLER),
            ("gian-hang_20211112 (1).csv", SELLER.replace("0912345678", "0987654321")),
            (name, SELLER),
        ]
    ):
        root = put(tmp_path / f"landing {step}", {f"postmart/{file}": SELLERS + seller})
        at = MOMENT + timedelta(days=step)
        (outcome,) = take_in(warehouse_engine, root, tmp_path / "raw", moment=at)
    assert outcome.status == status
    (stall,) = rows(warehouse_engine, "select phone from core.stall")
    assert stall["phone"].endswith(phone[1:])


@pytest.mark.parametrize("differing", [False, True])
def test_a_key_that_a_file_repeats_takes_time_in_proportion(
    differing: bool, tmp_path: Path, warehouse_engine: Engine
) -> None:
    """Each row compared with each other, twenty thousand once took a quarter of an hour."""

    def seconds(count: int) -> float:
        lines = (
            SELLER.replace("An,", f"An {n},", 1) if differing else SELLER for n in range(count)
        )
        name = f"postmart/gian-hang_20211110 ({count}).csv"
        root = put(tmp_path / str(count), {name: SELLERS + "".join(lines)})
        started = time.monotonic()
        (outcome,) = take_in(warehouse_engine, root, tmp_path / "raw")
        assert outcome.rows_quarantined == (count if differing else 0)
        return time.monotonic() - started

    assert seconds(8_000) < 3 * seconds(4_000) + 3


def test_the_same_bytes_under_another_name_are_noted_not_loaded(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(
        tmp_path / "landing",
        {
            "postmart/gian-hang_20211110.csv": SELLERS + SELLER,
            "postmart/gui-lai/gian-hang_20211117.csv": SELLERS + SELLER,
        },
    )
    outcomes = take_in(warehouse_engine, root, tmp_path / "raw")
    assert sorted(outcome.status for outcome in outcomes) == ["duplicate", "loaded"]
    files = rows(
        warehouse_engine, "select status, entity, export_date from ops.source_file order by file_id"
    )
    assert {file["entity"] for file in files} == {"stall"}


def test_conservation_holds_for_every_kind_of_row(tmp_path: Path, warehouse_engine: Engine) -> None:
    bad = SELLER.replace("GH1", "GH2").replace("05/11/2021", "32/13/2021")
    root = put(
        tmp_path / "landing",
        {
            "postmart/gian-hang_20211110.csv": SELLERS + SELLER + "\n" + bad + SELLER,
        },
    )
    take_in(warehouse_engine, root, tmp_path / "raw")
    (file,) = rows(warehouse_engine, "select * from ops.source_file")
    assert (
        file["rows_read"],
        file["rows_accepted"],
        file["rows_quarantined"],
        file["rows_superseded"],
        file["rows_ignored"],
    ) == (5, 1, 1, 1, 2)


def test_a_bad_row_is_found_at_its_row_and_field_with_a_vietnamese_reason(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(
        tmp_path / "landing",
        {
            "postmart/gian-hang_20211110.csv": SELLERS
            + "\n"
            + SELLER.replace("05/11/2021", "32/13/2021"),
        },
    )
    take_in(warehouse_engine, root, tmp_path / "raw")
    (entry,) = rows(warehouse_engine, "select * from ops.quarantine")
    assert (entry["sheet"], entry["row_number"], entry["field"], entry["value"]) == (
        None,
        3,
        "Ngày mở gian hàng",
        "32/13/2021",
    )
    assert "không phải là ngày hợp lệ" in entry["message"]


def test_a_corrected_row_closes_its_quarantine_entry(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(
        tmp_path / "landing",
        {
            "postmart/gian-hang_20211103.csv": SELLERS
            + SELLER.replace("05/11/2021", "tháng trước"),
        },
    )
    take_in(warehouse_engine, root, tmp_path / "raw")
    assert held(warehouse_engine)[0][4] is False
    put(root, {"postmart/gian-hang_20211110.csv": SELLERS + SELLER})
    take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT + timedelta(days=1))
    assert held(warehouse_engine) == [
        ("gian-hang_20211103.csv", 2, "Ngày mở gian hàng", "no_such_date", True)
    ]
    assert len(rows(warehouse_engine, "select * from core.stall")) == 1


def test_what_was_exported_later_wins_in_whatever_order_files_come(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    newer = SELLER.replace("Gian hàng An", "Tên mới")
    root = put(tmp_path / "landing", {"postmart/gian-hang_20211117.csv": SELLERS + newer})
    take_in(warehouse_engine, root, tmp_path / "raw")
    put(
        root,
        {
            "postmart/gian-hang_20211110.csv": SELLERS
            + SELLER
            + SELLER.replace("GH1", "GH9").replace("05/11", "45/11")
        },
    )
    take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT + timedelta(days=1))
    (stall,) = rows(warehouse_engine, "select stall_name from core.stall")
    assert stall["stall_name"] == "Tên mới"
    old = rows(warehouse_engine, "select * from ops.source_file where name like '%1110%'")[0]
    assert (old["rows_accepted"], old["rows_superseded"], old["rows_quarantined"]) == (0, 1, 1)


def test_an_unchanged_row_of_a_newer_export_still_guards_against_an_older_one(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(tmp_path / "landing", {"postmart/a_20211108.csv": SELLERS + SELLER})
    take_in(warehouse_engine, root, tmp_path / "raw")
    put(root, {"postmart/c_20211117.csv": SELLERS + SELLER + SELLER.replace("GH1", "GH2")})
    take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT + timedelta(days=1))
    put(root, {"postmart/b_20211110.csv": SELLERS + SELLER.replace("Gian hàng An", "Tên cũ")})
    take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT + timedelta(days=2))
    names = {r["stall_name"] for r in rows(warehouse_engine, "select stall_name from core.stall")}
    assert names == {"Gian hàng An"}


def test_an_order_waits_for_its_stall_and_product_and_loads_by_itself(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(tmp_path / "landing", {"postmart/don-hang_20211117.csv": ORDERS + ORDER})
    take_in(warehouse_engine, root, tmp_path / "raw")
    assert held(warehouse_engine) == [
        ("don-hang_20211117.csv", 2, "Mã gian hàng", "unknown_stall", False)
    ]
    put(root, {"postmart/gian-hang_20211117.csv": SELLERS + SELLER})
    take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT + timedelta(days=1))
    assert rows(warehouse_engine, "select * from core.order_line") == []
    put(root, {"postmart/san-pham_20211117.csv": PRODUCTS + PRODUCT})
    take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT + timedelta(days=2))
    (line,) = rows(warehouse_engine, "select weight_kg, completed_on::text from core.order_line")
    assert (float(line["weight_kg"]), line["completed_on"]) == (2.0, "2021-11-12")
    assert held(warehouse_engine)[0][4] is True
    file = rows(warehouse_engine, "select * from ops.source_file where entity = 'order_line'")[0]
    assert (file["rows_accepted"], file["rows_quarantined"]) == (1, 0)


def test_files_found_together_make_no_orphans(tmp_path: Path, warehouse_engine: Engine) -> None:
    root = put(
        tmp_path / "landing",
        {
            "postmart/don-hang_20211103.csv": ORDERS
            + ORDER.replace("12/11/2021 09:30", "02/11/2021 09:30").replace("10/11", "01/11"),
            "postmart/gian-hang_20211110.csv": SELLERS + SELLER,
            "postmart/san-pham_20211110.csv": PRODUCTS + PRODUCT,
        },
    )
    take_in(warehouse_engine, root, tmp_path / "raw")
    assert held(warehouse_engine) == []


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        (("Hoàn thành", "Xong"), "Trạng thái", "unknown_word"),
        (("12/11/2021 09:30", ""), "Thời điểm hoàn thành", "missing"),
        (("SP1,4", "SP1,0"), "Số lượng", "zero"),
        (("SP1,4", "SP1,-4"), "Số lượng", "negative"),
        (("SP1,4", "SP1,bốn"), "Số lượng", "text_in_number"),
        (("Hà Nội", "Hà Nọi Phố"), "Tỉnh/Thành phố nhận", "unknown_place"),
        (("12/11/2021 09:30", "12/12/2021 09:30"), "Thời điểm hoàn thành", "in_future"),
        (("12/11/2021 09:30", "12/11/2014 09:30"), "Thời điểm hoàn thành", "too_early"),
    ],
)
def test_an_order_line_that_breaks_a_rule_is_held_back(
    change: tuple[str, str], field: str, rule: str, tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(
        tmp_path / "landing",
        {
            "postmart/don-hang_20211117.csv": ORDERS + ORDER.replace(*change),
            "postmart/gian-hang_20211117.csv": SELLERS + SELLER,
            "postmart/san-pham_20211117.csv": PRODUCTS + PRODUCT,
        },
    )
    take_in(warehouse_engine, root, tmp_path / "raw")
    assert held(warehouse_engine) == [("don-hang_20211117.csv", 2, field, rule, False)]


def test_a_domestic_line_without_province_is_accepted_with_a_warning(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(
        tmp_path / "landing",
        {
            "postmart/don-hang_20211117.csv": ORDERS + ORDER.replace("Hà Nội", ""),
            "postmart/gian-hang_20211117.csv": SELLERS + SELLER,
            "postmart/san-pham_20211117.csv": PRODUCTS + PRODUCT,
        },
    )
    take_in(warehouse_engine, root, tmp_path / "raw")
    assert held(warehouse_engine) == []
    assert [r["rule"] for r in rows(warehouse_engine, "select rule from ops.row_warning")] == [
        "no_province"
    ]


def test_a_proved_decimal_comma_decides_for_its_whole_column(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    orders = ORDERS.replace(",", ";") + (
        "DH1;1;10/11/2021 08:00;12/11/2021 09:30;GH1;SP1;4;35,475;Hà Nội;;Hoàn thành\n"
        "DH2;1;10/11/2021 08:00;12/11/2021 09:30;GH1;SP1;4;12,5;Hà Nội;;Hoàn thành\n"
    )
    root = put(
        tmp_path / "landing",
        {
            "postmart/don-hang_20211117.csv": orders,
            "postmart/gian-hang_20211117.csv": SELLERS + SELLER,
            "postmart/san-pham_20211117.csv": PRODUCTS + PRODUCT,
        },
    )
    take_in(warehouse_engine, root, tmp_path / "raw")
    weights = rows(warehouse_engine, "select weight_kg from core.order_line order by order_no")
    assert [float(row["weight_kg"]) for row in weights] == [35.475, 12.5]
    (file,) = rows(warehouse_engine, "select * from ops.source_file where entity = 'order_line'")
    assert file["rows_read"] == 3


def test_an_export_with_headers_and_no_rows_is_a_valid_export(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(tmp_path / "landing", {"postmart/don-hang_20211117.csv": ORDERS})
    (outcome,) = take_in(warehouse_engine, root, tmp_path / "raw")
    assert (outcome.status, outcome.rows_read) == ("loaded", 1)


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.4 nothing", b"a,b,c\n1,2,3\n", b"PK\x03\x04broken"]
)
def test_a_file_nobody_can_read_is_rejected_and_stops_nothing(
    content: bytes, tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(
        tmp_path / "landing",
        {
            "postmart/a_20211117.csv": content,
            "postmart/gian-hang_20211117.csv": SELLERS + SELLER,
        },
    )
    outcomes = {o.name: o for o in take_in(warehouse_engine, root, tmp_path / "raw")}
    assert outcomes["a_20211117.csv"].status == "rejected"
    assert len(outcomes["a_20211117.csv"].reason or "") > 30
    assert outcomes["gian-hang_20211117.csv"].status == "loaded"


def test_a_rejected_file_put_into_the_right_folder_is_loaded(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = workbook([form()])
    root = put(tmp_path / "landing", {"districts/mong-cai/bao-cao_20211118.xlsx": book})
    (rejected,) = take_in(warehouse_engine, root, tmp_path / "raw")
    assert rejected.status == "rejected"
    put(root, {"districts/ha-long/bao-cao_20211118.xlsx": book})
    (loaded,) = take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT + timedelta(days=1))
    assert loaded.status == "loaded"


def test_two_loaders_at_once_load_a_file_once(tmp_path: Path, warehouse_engine: Engine) -> None:
    from concurrent.futures import ThreadPoolExecutor

    root = put(
        tmp_path / "landing",
        {
            f"postmart/gian-hang_202111{day:02}.csv": SELLERS + SELLER.replace("GH1", f"GH{day}")
            for day in range(6, 18)
        },
    )
    contract = contracts.contract("postmart")

    def run(_: int) -> list[file_load.Outcome]:
        return sweep.sweep(
            warehouse_engine,
            contract,
            root / "postmart",
            tmp_path / "raw",
            moment=MOMENT,
            progress=lambda text: None,
        )

    with ThreadPoolExecutor(2) as pool:
        outcomes = [outcome for result in pool.map(run, range(2)) for outcome in result]
    assert sorted(outcome.name for outcome in outcomes) == sorted(
        f"gian-hang_202111{day:02}.csv" for day in range(6, 18)
    )
    assert len(rows(warehouse_engine, "select * from core.stall")) == 12


def test_a_load_that_dies_leaves_nothing_and_is_done_again(
    tmp_path: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = put(tmp_path / "landing", {"postmart/gian-hang_20211110.csv": SELLERS + SELLER})
    honest = session.run

    def dies(connection: Any, name: str, /, **parameters: Any) -> Any:
        if name == "intake/file_load/file_loaded":
            raise SystemExit("power cut")
        return honest(connection, name, **parameters)

    monkeypatch.setattr(session, "run", dies)
    with pytest.raises(SystemExit, match="power cut"):
        take_in(warehouse_engine, root, tmp_path / "raw")
    assert rows(warehouse_engine, "select * from raw.source_row") == []
    assert rows(warehouse_engine, "select * from core.stall_version") == []
    monkeypatch.undo()
    (outcome,) = take_in(
        warehouse_engine, root, tmp_path / "raw", moment=MOMENT + timedelta(days=1)
    )
    assert outcome.status == "loaded"
    (file,) = rows(warehouse_engine, "select received_at from ops.source_file")
    assert file["received_at"] == MOMENT


# ---------------------------------------------------------------- workbooks


def test_a_form_is_read_by_its_labels_the_plans_misprints_among_them(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    outcome = send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([form()]))
    assert (outcome.status, outcome.rows_quarantined) == ("loaded", 0)
    assert declared(warehouse_engine) == {
        "I": (2, None, 9, None),
        "II.1": (7, None, 35, None),
        "II.3": (4, None, 40, None),
        "III.1": (5, 1, 125, 34),
        "III.4": (1, None, 3, None),
        "III.6": (2, None, 6, None),
    }
    (places,) = rows(
        warehouse_engine, "select places from core.submission_value where indicator_code = 'III.6'"
    )
    assert places["places"] == ["01", "31", "79"]
    (file,) = rows(
        warehouse_engine, "select unit_code, period_end::text, entity from ops.source_file"
    )
    assert file == {"unit_code": "193", "period_end": "2021-11-18", "entity": "submission"}


def test_a_bad_cell_blanks_its_row_and_the_form_stays_accepted(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = workbook(
        [
            form(
                values=(
                    (2, 9),
                    (None, None),
                    ("khoảng bảy", 35),
                    (1.5, 40),
                    (datetime(2021, 5, 12), "125/34"),
                    (-1, 3),
                    (2, 6),
                )
            )
        ]
    )
    outcome = send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", book)
    assert (outcome.status, outcome.rows_quarantined) == ("loaded", 4)
    assert [(row, rule) for _, row, _, rule, _ in held(warehouse_engine)] == [
        (10, "text_in_number"),
        (11, "fraction_in_count"),
        (12, "date_in_two_parts"),
        (13, "negative"),
    ]
    assert set(declared(warehouse_engine)) == {"I", "III.6"}


def test_a_label_that_fits_nothing_is_held_back(tmp_path: Path, warehouse_engine: Engine) -> None:
    name, table = form()
    table[9][1] = "Số hộ gì đó"
    send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([(name, table)]))
    assert held(warehouse_engine) == [
        ("ha-long/bc_20211118.xlsx", 10, "Chỉ tiêu", "unknown_label", False)
    ]


@pytest.mark.parametrize(
    ("name", "span", "words"),
    [
        ("mong-cai/bc_20211118.xlsx", "Từ ngày 11/11/2021 đến ngày 17/11/2021", "TP Hạ Long"),
        ("ha-long/bc_20211118.xlsx", "Từ ngày 10/11/2021 đến ngày 16/11/2021", "từ thứ Năm"),
        ("ha-long/bc_20211118.xlsx", "Tuần vừa rồi", "Không tìm thấy thời gian"),
    ],
)
def test_a_form_of_whom_or_of_when_nobody_knows_is_rejected(
    name: str, span: str, words: str, tmp_path: Path, warehouse_engine: Engine
) -> None:
    outcome = send(warehouse_engine, tmp_path, name, workbook([form(span=span)]))
    assert outcome.status == "rejected"
    assert words in (outcome.reason or "")


def test_a_second_workbook_replaces_the_first_whole(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([form()]))
    second = form(
        values=((3, 9), (None, None), (None, None), (4, 40), ("5/1", "125/34"), (1, 3), (2, 6))
    )
    send(
        warehouse_engine,
        tmp_path,
        "ha-long/bc_20211119_dinh-chinh.xlsx",
        workbook([second]),
        moment=MOMENT + timedelta(days=1),
    )
    values = declared(warehouse_engine)
    assert values["I"] == (3, None, 9, None)
    assert values["II.1"] == (None, None, None, None)
    assert len(rows(warehouse_engine, "select * from core.submission_version")) == 2


def test_the_postal_enterprises_form_is_kept_and_is_no_units(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    send(
        warehouse_engine,
        tmp_path,
        "buu-dien-tinh/bc_20211118.xlsx",
        workbook([form(unit="BƯU ĐIỆN TỈNH QUẢNG NINH")]),
    )
    (submission,) = rows(warehouse_engine, "select sender, unit_code from core.submission")
    assert submission == {"sender": "buu-dien-tinh", "unit_code": None}


def test_lists_stand_beside_the_form_with_total_rows_and_notes(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    registry = [
        ["DANH SÁCH HỘ SXNN"],
        [],
        ["STT", "Họ tên/Tên cơ sở", "Loại hình", "Số giấy tờ", "Số điện thoại", "Xã/Phường"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
        [1, "Nguyễn Văn An", "Hộ SXNN", 22000000001, 912345678, "Hồng Gai"],
        [2, "HTX Một", "HTX", "5700000001", None, "Hồng Gai"],
        [None, "Tổng cộng", None, 2],
        ["Ghi chú: số liệu đến hết tháng 10"],
        [None, None, None, None, "NGƯỜI LẬP BIỂU"],
        [None, None, None, None, "Trần Thị Lập"],
    ]
    base = [["Chỉ tiêu nền", "Năm", "Giá trị"], ["Tổng số hộ SXNN", 2021, "1.489"]]
    outcome = send(
        warehouse_engine,
        tmp_path,
        "ha-long/bc_20211118.xlsx",
        workbook([form(), ("Hộ", registry), ("Nền", base)]),
    )
    assert (outcome.status, outcome.rows_quarantined) == ("loaded", 0)
    people = rows(
        warehouse_engine,
        "select name, paper_number, phone, unit_code from core.registry order by name",
    )
    assert people == [
        {"name": "HTX Một", "paper_number": "5700000001", "phone": None, "unit_code": "193"},
        {
            "name": "Nguyễn Văn An",
            "paper_number": "022000000001",
            "phone": "0912345678",
            "unit_code": "193",
        },
    ]
    assert rows(warehouse_engine, "select value from core.base") == [{"value": 1489}]


def test_blank_order_cells_of_a_spreadsheet_take_the_row_above(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    header = [
        "order_no",
        "line_no",
        "ordered_at",
        "completed_at",
        "shop_id",
        "sku",
        "qty",
        "weight_kg",
        "ship_province",
        "status",
    ]
    book = workbook(
        [
            (
                "Sheet1",
                [
                    header,
                    [
                        "V1",
                        1,
                        "2021-11-10T08:00:00+07:00",
                        "2021-11-12T08:00:00+07:00",
                        "S1",
                        "K1",
                        1,
                        5,
                        "Hà Nội",
                        "COMPLETED",
                    ],
                    [None, 2, None, None, "S1", "K1", 2, 7, None, None],
                ],
            )
        ]
    )
    root = put(
        tmp_path / "landing",
        {
            "voso/orders_20211117.xlsx": book,
            "voso/sellers_20211117.csv": "shop_id,owner_name,owner_type,province,district,created_at\nS1,Nguyễn Văn An,HOUSEHOLD,Quảng Ninh,Hạ Long,2021-11-01\n",
            "voso/products_20211117.jsonl": '{"sku": "K1", "name": "Mực", "shop_id": "S1", "group": "AGRI", "category": "Mực", "listed_at": "2021-11-02"}\n',
        },
    )
    take_in(warehouse_engine, root, tmp_path / "raw")
    lines = rows(
        warehouse_engine,
        "select order_no, line_no, status, receiving_province_code from core.order_line order by line_no",
    )
    assert lines == [
        {"order_no": "V1", "line_no": 1, "status": "completed", "receiving_province_code": "01"},
        {"order_no": "V1", "line_no": 2, "status": "completed", "receiving_province_code": "01"},
    ]


def test_both_layouts_of_the_calendar_say_the_same(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    year = [
        "Nông sản",
        "Địa phương",
        "Năm",
        *(f"Tháng {m}" for m in range(1, 13)),
        "Khung giá (đồng/kg)",
    ]
    root = put(
        tmp_path / "landing",
        {
            "seasonal/nam_20211014.xlsx": workbook(
                [
                    (
                        "2021",
                        [
                            year,
                            [
                                "Rươi",
                                "Đông Triều",
                                2021,
                                *[None] * 9,
                                "1,14",
                                2,
                                None,
                                "15.000 - 20.000",
                            ],
                        ],
                    )
                ]
            ),
            "seasonal/thang_20211104.csv": (
                "Nông sản,Địa phương,Tháng,Sản lượng (tấn),Khung giá (đồng/kg)\nrươi,TX Đông Triều,11/2021,3,\n"
            ),
        },
    )
    take_in(warehouse_engine, root, tmp_path / "raw")
    months = rows(
        warehouse_engine,
        "select month_on::text, planned_tonnes, price_low_vnd_kg from core.season order by month_on",
    )
    assert [(m["month_on"], float(m["planned_tonnes"]), m["price_low_vnd_kg"]) for m in months] == [
        ("2021-10-01", 1.14, 15000),
        ("2021-11-01", 3.0, None),
    ]


def test_what_was_known_at_a_moment_can_be_asked_later(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(tmp_path / "landing", {"postmart/a_20211108.csv": SELLERS + SELLER})
    take_in(warehouse_engine, root, tmp_path / "raw")
    put(root, {"postmart/b_20211110.csv": SELLERS + SELLER.replace("Gian hàng An", "Tên mới")})
    take_in(warehouse_engine, root, tmp_path / "raw", moment=MOMENT + timedelta(days=1))
    with warehouse_engine.connect() as connection:
        seen = []
        for moment in (MOMENT - timedelta(hours=1), MOMENT, MOMENT + timedelta(days=1), None):
            with warehouse.as_known_at(connection, moment):
                seen.append(
                    connection.execute(text("select stall_name from core.stall")).scalars().all()
                )
    assert seen == [[], ["Gian hàng An"], ["Tên mới"], ["Tên mới"]]
