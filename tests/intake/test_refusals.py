"""What is refused or doubted as a whole says what it is and what its sender is to do."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from loading import SELLER, SELLERS, form, put, rows, workbook
from sqlalchemy import Engine
from taking_in import MOMENT, take_in

from lensan.domain import contracts

WEEK_BEFORE = "Từ ngày 04/11/2021 đến ngày 10/11/2021"
BLANK: list[tuple[Any, Any]] = [(None, None)] * 7
NAME = "ha-long/bao-cao-tuan_20211118.xlsx"


def taken(engine: Engine, folder: Path, *files: tuple[str, str | bytes]) -> dict[str, Any]:
    """The last of files that come one after another, as it is settled."""
    for step, (name, content) in enumerate(files):
        root = put(folder / f"landing {step}", {name: content})
        take_in(engine, root, folder / "raw", moment=MOMENT + timedelta(hours=step))
    return rows(engine, "select * from ops.source_file order by file_id desc limit 1")[0]


STALE = workbook([form(span=WEEK_BEFORE, values=((1, 8), *[(1, 30)] * 3, ("5/1", "9/3"), (1, 3), (2, 6)))])  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "said", "advice"),
    [
        (
            ("districts/ha-long/bao-cao-tuan_20211111.xlsx", workbook([form(span=WEEK_BEFORE)])),
            (f"districts/{NAME}", STALE),
            "Tên tệp ghi ngày 18/11/2021, nhưng phần đầu biểu ghi kỳ từ ngày 04/11/2021",
            "ghi “dieu-chinh” trong tên tệp",
        ),
        (
            (f"districts/{NAME}", workbook([form()])),
            ("districts/ha-long/mau_20211118.xlsx", workbook([form(values=BLANK)])),
            "Biểu chưa có số liệu nào, trong khi kỳ này đã có báo cáo",
            "Đề nghị điền số liệu rồi gửi lại",
        ),
    ],
    ids=["a heading of last week", "a blank form"],
)
def test_a_form_that_would_take_back_anothers_figures_is_refused(
    first: tuple[str, bytes],
    second: tuple[str, bytes],
    said: str,
    advice: str,
    tmp_path: Path,
    warehouse_engine: Engine,
) -> None:
    file = taken(warehouse_engine, tmp_path, first, second)
    assert file["status"] == "rejected"
    assert said in file["reason"] and advice in file["reason"]
    (form_,) = rows(warehouse_engine, "select file_id from core.submission")
    assert form_["file_id"] == file["file_id"] - 1


@pytest.mark.parametrize("word", ["dieu-chinh", "dinh-chinh"])
def test_a_correction_of_last_week_is_taken_where_its_name_says_so(
    tmp_path: Path, warehouse_engine: Engine, word: str
) -> None:
    before = ("districts/ha-long/bao-cao-tuan_20211111.xlsx", workbook([form(span=WEEK_BEFORE)]))
    after = (f"districts/ha-long/{word}_20211118.xlsx", STALE)
    assert taken(warehouse_engine, tmp_path, before, after)["status"] == "loaded"


def test_a_name_of_the_future_is_told_and_is_no_export_date(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    file = taken(warehouse_engine, tmp_path, ("postmart/gian-hang_20221110.csv", SELLERS + SELLER))
    assert file["status"] == "loaded" and file["export_date"] <= MOMENT.date()
    (told,) = rows(warehouse_engine, "select message from ops.row_warning")
    assert "Ngày 10/11/2022 trong tên tệp sau ngày nhận tệp" in told["message"]


WITHOUT_DATE = SELLERS.replace("Ngày mở gian hàng", "Ngày sinh")
TEXT_FORM = (
    "UBND THÀNH PHỐ HẠ LONG\nTT,Chỉ tiêu,Chỉ tiêu đạt được trong tuần,Chỉ tiêu đạt được lũy kế\n"
)
TOLD = [
    ("postmart/a.csv", WITHOUT_DATE + SELLER, "thiếu cột", "Ngày mở gian hàng"),
    ("districts/ha-long/a.csv", TEXT_FORM, "trong tệp văn bản (CSV)", "Excel Workbook (.xlsx)"),
    ("info/a.json", '{"data": [{"id": 1}]}', "không có dạng bảng", "một mảng các đối tượng"),
    ("info/b.json", '{\n "id": 1\n}', "không có dạng bảng", "JSON Lines"),
    ("prices/a.xlsx", b"\x78\x9f\x3e\x22\x01\x00", "winmail.dat", ".xlsx"),
    ("prices/b.xlsx", b"Rar!\x1a\x07\x00", "tệp nén", "giải nén"),
    ("prices/c.xls", "<html><table></table></html>", "trang web", "Lưu thành .xlsx"),
    ("prices/d.xlsx", b"PK\x03\x04 cut", "bị hỏng", "lưu lại và gửi lại"),
    ("prices/e.csv", "", "Tệp rỗng", "gửi lại"),
]


def test_each_refusal_says_what_it_is_and_what_to_do(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    root = put(tmp_path / "landing", {name: content for name, content, _, _ in TOLD})
    take_in(warehouse_engine, root, tmp_path / "raw")
    found = {
        f"{row['source']}/{row['name']}": row["reason"]
        for row in rows(warehouse_engine, "select * from ops.source_file where status = 'rejected'")
    }
    wrong = {
        name: found.get(name)
        for name, _, said, advice in TOLD
        if said not in (found.get(name) or "") or advice not in (found.get(name) or "")
    }
    assert wrong == {}


def test_a_file_separated_by_tabs_is_read(tmp_path: Path, warehouse_engine: Engine) -> None:
    content = "Nông sản\tNgày\tNơi\tGiá (đồng/kg)\nNa dai\t10/11/2021\tChợ, Hạ Long\t31.000\n"
    assert taken(warehouse_engine, tmp_path, ("prices/gia.txt", content))["status"] == "loaded"
    (price,) = rows(warehouse_engine, "select place, price_vnd_kg from core.price")
    assert (price["place"], price["price_vnd_kg"]) == ("Chợ, Hạ Long", 31000)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("headers: [Nơi]", "heders: [Nơi]", "heders: unknown key"),
        ("type: date", "type: dat", "type: expected one of .*, not 'dat'"),
        ("entities:", "entitis:", "entitis: unknown key, .*is entities meant"),
    ],
)
def test_a_slip_in_a_contract_is_named_with_its_file(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    text = (contracts.SOURCES / "prices.yml").read_text(encoding="utf-8")
    path = tmp_path / "prices.yml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        contracts.read(path)
