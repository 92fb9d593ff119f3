"""Files taken in by hand: what became of each is told, and a second time nothing happens."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine
from taking_in import SAMPLES
from typer.testing import CliRunner, Result

from lensan.cli import app
from lensan.domain import values

AT = "2021-12-09T09:00+07:00"
FORM: list[list[object]] = [
    ["BÁO CÁO TUẦN"],
    ["Đơn vị: Thành phố Hạ Long"],
    ["Từ ngày 11/11/2021 đến ngày 17/11/2021"],
    ["TT", "Chỉ tiêu", "Chỉ tiêu đạt được trong tuần", "Chỉ tiêu đạt được lũy kế", "Ghi chú"],
    [
        1,
        "Số hộ được đào tạo, tập huấn về kỹ năng số và kỹ năng hoạt động trên không gian mạng",
        12,
        40,
        None,
    ],
    [
        2,
        "Số hộ SXNN được đào tạo, tập huấn, hướng dẫn thực hiện quy trình đóng gói - kết nối - giao nhận",
        "mười",
        44,
        None,
    ],
    [None, "Người lập biểu", None, None, None],
]


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list of wallets with bad rows, a form with a bad value and a sheet of notes, a file that is none."""
    root = tmp_path_factory.mktemp("landing")
    (root / "wallets").mkdir()
    shutil.copy(SAMPLES / "landing/wallets/viettelpay_20211209.csv", root / "wallets")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in FORM:
        sheet.append(row)
    book.create_sheet("Hướng dẫn").append(["Gửi trước thứ Tư"])
    products = book.create_sheet("Chủ lực")
    for line in (["Tên sản phẩm", "Năm", "Chứng nhận", "Sản lượng"], ["Na dai", 2021, None, 12]):
        products.append(line)
    (root / "districts/193").mkdir(parents=True)
    book.save(root / "districts/193/bao-cao_20211117.xlsx")
    (root / "districts/193/ho-so.xlsx").write_bytes(b"%PDF-1.7 scan")
    (root / "khac").mkdir()
    (root / "khac/ghi-chu.txt").write_text("?", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def lensan(
    new_warehouse: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Result]:
    environment = {
        "WAREHOUSE_URL": new_warehouse().url.render_as_string(hide_password=False),
        "HOME_DIR": str(tmp_path_factory.mktemp("home")),
    }
    return lambda *arguments: CliRunner().invoke(app, arguments, env=environment)


@pytest.fixture(scope="module")
def told(lensan: Callable[..., Result], landing: Path) -> dict[str, dict[str, Any]]:
    result = lensan("intake", str(landing), "--moment", AT, "--json")
    assert result.exit_code == 0, result.output
    return {file["path"]: file for file in json.loads(result.stdout)}


def test_every_file_that_lies_there_is_told(told: dict[str, dict[str, Any]]) -> None:
    assert {path: file["status"] for path, file in told.items()} == {
        "districts/193/bao-cao_20211117.xlsx": "loaded",
        "districts/193/ho-so.xlsx": "rejected",
        "khac/ghi-chu.txt": "ignored",
        "wallets/viettelpay_20211209.csv": "loaded",
    }


def test_a_form_tells_its_unit_period_columns_and_what_was_held_and_ignored(
    told: dict[str, dict[str, Any]],
) -> None:
    form = told["districts/193/bao-cao_20211117.xlsx"]
    assert (form["unit"], form["period"], form["export_date"]) == (
        "193",
        "week 2021-11-18",
        "2021-11-17",
    )
    (table,) = form["tables"]
    assert values.fold(table["columns"]["in_period"]) == "chi tieu dat duoc trong tuan"
    (problem,) = form["problems"]
    assert (problem["cell"], problem["row"], problem["value"]) == ("C6", 6, "mười")
    assert problem["message"]
    assert form["ignored_sheets"] == ["Hướng dẫn", "Chủ lực"]
    (unread,) = form["unread"]
    assert (unread["rule"], unread["sheet"], unread["row"]) == ("table_not_read", "Chủ lực", 1)
    assert "Sản lượng dự kiến (tấn)" in unread["message"]
    assert form["counts"]["unread_tables"] == 1
    assert form["counts"]["ignored_by"]["note"] == 1
    assert any("Người lập biểu" in row["text"] for row in form["ignored_rows"])
    counts = form["counts"]
    assert counts["read"] == counts["accepted"] + counts["quarantined"] + counts["ignored"]


def test_a_refused_file_tells_why(told: dict[str, dict[str, Any]]) -> None:
    refused = told["districts/193/ho-so.xlsx"]
    assert refused["rule"] == "not_a_spreadsheet"
    assert refused["problems"][0]["message"] == refused["reason"]


def test_a_second_run_takes_in_nothing_and_knows_the_same(
    lensan: Callable[..., Result], landing: Path, told: dict[str, dict[str, Any]]
) -> None:
    again = lensan("intake", str(landing), "--moment", AT, "--json")
    assert [{**file, "is_new": False} for file in told.values()] == json.loads(again.stdout)
    text = lensan("intake", str(landing), "--moment", AT)
    assert "new files: none; known before: 3" in text.stdout
    assert "bao-cao_20211117" in lensan("intake", str(landing), "--moment", AT, "--all").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("intake", "nowhere"), "there is no folder"),
        (("intake", ".", "--source", "sanmoi"), "there is no source"),
        (("intake", ".", "--moment", "2021-12-01T00:00+07:00"), "--moment"),
        (("figures", "week", "2021-11-18", "--indicator", "IX"), "there is no indicator"),
    ],
)
@pytest.mark.usefixtures("told")
def test_work_that_cannot_be_done_ends_with_what_to_do(
    lensan: Callable[..., Result], arguments: tuple[str, ...], said: str
) -> None:
    result = lensan(*arguments)
    assert result.exit_code == 1
    assert said in " ".join(result.output.split())


@pytest.mark.usefixtures("told")
def test_figures_are_computed_of_one_unit_and_indicator(lensan: Callable[..., Result]) -> None:
    ask = ("figures", "week", "2021-11-18", "--unit", "193", "--indicator", "II.1", "--json")
    (row,) = json.loads(lensan(*ask).stdout)
    assert (row["in_period"], row["cumulative"], row["channel"]) == (12, 40, "submission")
    assert lensan(*ask).stdout == lensan(*ask).stdout
