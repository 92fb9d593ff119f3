"""Small files as senders write them, and what a warehouse holds of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import Engine, text
from taking_in import take_in

from lensan.intake import file_load

SELLERS = (
    "Mã gian hàng,Tên gian hàng,Chủ gian hàng,Loại hình,Số giấy tờ,Số điện thoại,Xã/Phường,"
    "Huyện/Thị xã/Thành phố,Tỉnh/Thành phố,Ngày mở gian hàng,Ngày đóng\n"
)
PRODUCTS = "Mã sản phẩm,Tên sản phẩm,Mã gian hàng,Nhóm hàng,Loại sản phẩm,Khối lượng tịnh (kg),Ngày đăng bán\n"
ORDERS = (
    "Mã đơn hàng,Dòng,Thời điểm đặt,Thời điểm hoàn thành,Mã gian hàng,Mã sản phẩm,Số lượng,"
    "Khối lượng (kg),Tỉnh/Thành phố nhận,Quốc gia nhận,Trạng thái\n"
)
SELLER = "GH1,Gian hàng An,Nguyễn Văn An,Hộ SXNN,022000000001,0912345678,Hồng Gai,Hạ Long,Quảng Ninh,05/11/2021,\n"
PRODUCT = "SP1,Chả mực,GH1,Nông sản,Chả mực Hạ Long,0.5,06/11/2021\n"
ORDER = "DH1,1,10/11/2021 08:00,12/11/2021 09:30,GH1,SP1,4,,Hà Nội,,Hoàn thành\n"


def put(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def rows(engine: Engine, query: str, **parameters: Any) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query), parameters).mappings()]


def held(engine: Engine) -> list[tuple[str, int, str, str, bool]]:
    return [
        (r["name"], r["row_number"], r["field"], r["rule"], r["closed_at"] is not None)
        for r in rows(
            engine,
            "select name, row_number, field, quarantine.rule, closed_at from ops.quarantine "
            "join ops.source_file using (file_id) order by quarantine_id",
        )
    ]


LABELS = [
    ("I", "Chỉ tiêu đưa sản phẩm OCOP tỉnh Quảng Ninh lên sàn TMĐT"),
    ("II", "Chỉ tiêu hỗ trợ đưa hộ SXNN lên sàn TMĐT"),
    ("1", "Số hộ được đào tạo, tập huấn về kỹ năng số và kỹ năng hoạt động trên không gian mạng"),
    ("3", "Số hộ SXNN có tài khoản bán hàng/gian hàng trên sàn"),
    ("1", "Số/loại sản phẩm được quảng bá, giới thiệu trên sàn"),
    ("4", "Số hộ SXNN được gần mark thương hiệu trên sàn"),
    ("6", "Số thị trường trong nước (tỉnh/thành phố) đã tiêu thụ"),
]
HEADER = [
    "TT",
    "Chỉ tiêu",
    "Đơn vị tính",
    "Chỉ tiêu đạt được trong tuần\n(Số lượng)",
    "Tăng trưởng so với tuần trước (%)",
    "Chỉ tiêu đạt được lũy kế đến hiện tại (Số lượng)",
    "Tỉ lệ hoàn thành chỉ tiêu đến thời điểm hiện tại (%)",
    "Ghi chú thông tin bổ sung",
]


def form(
    unit: str = "THÀNH PHỐ HẠ LONG",
    span: str = "Từ ngày 11/11/2021 đến ngày 17/11/2021",
    values: Sequence[tuple[Any, Any]] = (
        (2, 9),
        (None, None),
        (7, 35),
        (4, 40),
        ("5/1", "125/34"),
        (1, 3),
        (2, 6),
    ),
    note: str = "Danh sách các tỉnh thành:\n- Miền Bắc: Hà Nội, Hải Phòng\n- Miền Nam: TP HCM",
) -> tuple[str, list[list[Any]]]:
    table: list[list[Any]] = [
        ["ỦY BAN NHÂN DÂN", None, None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        [unit, None, None, None, "Độc lập - Tự do - Hạnh phúc"],
        [],
        ["BÁO CÁO TUẦN"],
        [f"({span})"],
        [],
        HEADER,
    ]
    for (tt, label), (now, total) in zip(LABELS, values, strict=True):
        table.append([tt, label, "Hộ", now, None, total, None, note if tt == "6" else None])
    table += [
        [],
        [None, None, None, None, "……, ngày …… tháng …… năm 2021"],
        ["NGƯỜI LẬP BIỂU", None, None, None, "TM. ỦY BAN NHÂN DÂN"],
        [],
        [None, None, None, None, "Nguyễn Văn Chủ Tịch"],
    ]
    return "Biểu tuần", table


def workbook(sheets: Sequence[tuple[str, list[list[Any]]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in sheets:
        sheet = book.create_sheet(name)
        for row in table:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def send(engine: Engine, tmp_path: Path, name: str, book: bytes, **more: Any) -> file_load.Outcome:
    root = put(tmp_path / "landing", {f"districts/{name}": book})
    return take_in(engine, root, tmp_path / "raw", **more)[-1]


def declared(engine: Engine) -> dict[str, tuple[Any, ...]]:
    return {
        r["indicator_code"]: (r["in_period"], r["in_period_2"], r["cumulative"], r["cumulative_2"])
        for r in rows(
            engine,
            "select value.* from core.submission join core.submission_value as value using (submission_id)",
        )
    }
