"""A unit's form of Appendix II or III as a sheet: letterhead, table, notes, signature block."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from lensan.samples import home
from lensan.samples.sheets import Sheet
from lensan.samples.spelling import Hand, places, unit_kind

# Appendix II's labels; the second spelling is the plan's own misprint
# (docs/rules/sources.md#what-is-declared).
LABELS: dict[str, tuple[str, str, str]] = {
    "I": ("Chỉ tiêu đưa sản phẩm OCOP tỉnh Quảng Ninh lên sàn TMĐT", "", "Sản phẩm"),
    "II.1": (
        "Số hộ được đào tạo, tập huấn về kỹ năng số và kỹ năng hoạt động trên không gian mạng",
        "",
        "Hộ",
    ),
    "II.2": (
        "Số hộ SXNN được đào tạo, tập huấn, hướng dẫn thực hiện quy trình đóng gói - kết nối - giao "
        "nhận",
        "",
        "Hộ",
    ),
    "II.3": ("Số hộ SXNN có tài khoản bán hàng/gian hàng trên sàn", "", "Hộ"),
    "II.4": ("Số hộ SXNN có tài khoản thanh toán điện tử", "", "Hộ"),
    "III.1": (
        "Số/loại sản phẩm được quảng bá, giới thiệu trên sàn",
        "",
        "Sản phẩm/Loại",
    ),
    "III.2": ("Sản lượng nông sản tiêu thụ qua sàn", "", "Tấn"),
    "III.3": (
        "Số sản phẩm nông nghiệp được gắn mark thương hiệu trên sàn",
        "Số sản phẩm nông nghiệp được gần mark thương hiệu trên sàn",
        "Sản phẩm",
    ),
    "III.4": (
        "Số hộ SXNN được gắn mark thương hiệu trên sàn",
        "Số hộ SXNN được gần mark thương hiệu trên sàn",
        "Hộ",
    ),
    "III.5": (
        "Số sản phẩm nông sản và/hoặc hộ SXNN có công cụ truy xuất nguồn gốc trên sàn",
        "Số sản phẩm nông sản và/hoặc hộ SXNN có công cụ truy xuất nguồn gốc trên sán",
        "Sản phẩm/hộ",
    ),
    "III.6": ("Số thị trường trong nước (tỉnh/thành phố) đã tiêu thụ", "", "tỉnh/thành phố"),
    "III.7": ("Số thị trường nước ngoài (quốc gia) đã tiêu thụ", "", "Quốc gia"),
}
_HEADINGS = {
    "II.1": ("II", "Chỉ tiêu hỗ trợ đưa hộ SXNN lên sàn TMĐT"),
    "III.1": ("III", "Chỉ tiêu hỗ trợ đẩy mạnh tiêu thụ sản phẩm nông nghiệp"),
}
_TWO_PARTS = ("III.1", "III.5")


def as_sheet(
    form: pd.DataFrame,
    unit: str | None,
    hand: Hand,
    draw: np.random.Generator,
    *,
    messy: bool,
    faulty: bool,
    enterprise: int = 0,
) -> tuple[Sheet, list[tuple[int, str]]]:
    """The sheet of one form, and its bad rows: number as a person counts, and the header to blame.

    ``unit`` None: the form of an enterprise, the provincial post before others.
    """
    month = form.kind.iloc[0] == "month"
    left: list[Any] = [None] if messy and draw.random() < 0.15 else []
    gap: list[Any] = [None] if messy and draw.random() < 0.15 else []
    sheet = Sheet("Phụ lục III" if month else "Phụ lục II", [])
    if messy:
        sheet.name = str(draw.choice([sheet.name, "Biểu tuần", "Biểu", "Sheet1"]))
    rows = sheet.rows

    def add(*cells: Any) -> None:
        rows.append([*left, *cells])

    for line in _heading(form, unit, hand, draw, messy, enterprise):
        add(*line)

    word = "tháng" if month else "tuần"
    size = "\n(Số lượng)" if messy and draw.random() < 0.4 else " (Số lượng)"
    headers = [
        "TT", "Chỉ tiêu", "Đơn vị tính",
        f"Chỉ tiêu đạt được trong {word}{size}", f"Tăng trưởng so với {word} trước (%)",
        f"Chỉ tiêu đạt được lũy kế đến hiện tại{size}",
        "Tỉ lệ hoàn thành chỉ tiêu đến thời điểm hiện tại (%)", "Ghi chú thông tin bổ sung",
    ]  # fmt: skip
    if messy and draw.random() < 0.3:
        top, first = len(rows), len(left) + 3 + len(gap)
        add(*headers[:3], *gap, "Kết quả thực hiện", None, None, None, headers[7])
        add(None, None, None, *gap, *headers[3:7], None)
        sheet.merges.append((top, first, top, first + 3))
        sheet.merges += [
            (top, c, top + 1, c) for c in (*range(len(left), len(left) + 3), first + 4)
        ]
    else:
        add(*headers[:3], *gap, *headers[3:])
    sheet.bold_rows.add(len(rows) - 1)
    if messy and draw.random() < 0.2:
        add(*(f"({i})" for i in range(1, 4)), *gap, *(f"({i})" for i in range(4, 9)))

    bad: list[tuple[int, str]] = []
    declared = {row.code: row for row in form.itertuples()}
    for code, number, label, misprint, measure in _lines():
        if code is None:
            add(*(hand.spell("text", text) for text in (number, label)))
            if messy and draw.random() < 0.15:
                rows.append([])
            continue
        if messy and misprint and draw.random() < 0.7:
            label = misprint
        row = declared.get(code)
        now, total = _values(row, hand, "in_period"), _values(row, hand, "cumulative")
        if row is not None and row.unreadable and faulty:
            now, total = "chưa tổng hợp", 57
        note = _note(code, row, hand) if row is not None else None
        add(number, hand.spell("text", label), measure, *gap, now, None, total, None, note)
        if row is not None and row.unreadable and faulty:
            bad.append((len(rows), headers[3].replace("\n", " ")))

    rows.append([])
    add(None, None, None, *gap, None, f"……, ngày …… tháng …… năm {form.sent_on.iloc[0].year}")
    add("NGƯỜI LẬP BIỂU", None, None, *gap, None, "TM. ỦY BAN NHÂN DÂN")
    add(None, None, None, *gap, None, "(Ký tên, đóng dấu)")
    return sheet, bad


def _lines() -> Iterator[tuple[str | None, str, str, str, str]]:
    """Code (null in a heading), number as printed, label, misprint and unit of measure of each row."""
    if not home.prints_the_plan_of_the_vocabulary():
        for line in home.form_lines():
            yield line.code, line.number, line.label, "", line.unit_of_measure
        return
    for code, (label, misprint, measure) in LABELS.items():
        if code in _HEADINGS:
            yield None, *_HEADINGS[code], "", ""
        number = code.split(".")[1] if "." in code else code
        yield code, number, label, misprint, measure


def _heading(
    form: pd.DataFrame,
    unit: str | None,
    hand: Hand,
    draw: np.random.Generator,
    messy: bool,
    enterprise: int,
) -> list[list[Any]]:
    motto = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    start, last = form.start.iloc[0], form.end.iloc[0] - timedelta(days=1)
    if form.kind.iloc[0] == "month":
        title, period = "BÁO CÁO THÁNG", f"(Tháng {start:%m/%Y})"
    else:
        title = "BÁO CÁO TUẦN"
        period = f"từ ngày {start:%d/%m/%Y} đến ngày {last:%d/%m/%Y}"
        if messy:
            match int(draw.integers(0, 4)):
                case 0:
                    period = f"(T{period[1:]})"
                case 1:
                    period = (
                        f"Từ ngày {start.day}/{start.month}/{start.year} "
                        f"đến ngày {last.day}/{last.month}/{last.year}"
                    )
                case 2:
                    period = period.upper()
    if unit is None:
        name = home.enterprise(enterprise)
        above = None if enterprise else "TỔNG CÔNG TY BƯU ĐIỆN VIỆT NAM"
        lines = [[above, None, None, None, motto[0]],
                 [name.upper(), None, None, None, motto[1]]]  # fmt: skip
        return [*lines, [], [title], [f"Kết quả của {name}"], [period], []]
    name = f"{unit_kind(unit)} {places('units')[unit][0]}"
    if messy and draw.random() < 0.2:
        # No letterhead: the sender on a line of its own.
        return [[f"Đơn vị báo cáo: {name}"], [title], [period], []]
    upper = name.upper() if draw.random() < 0.8 or not messy else name
    return [
        ["ỦY BAN NHÂN DÂN", None, None, None, motto[0]],
        [hand.spell("text", upper), None, None, None, motto[1]],
        [],
        [title],
        [
            "Kết quả hỗ trợ đưa hộ sản xuất nông nghiệp lên sàn thương mại điện tử của "
            f"{name[0].lower()}{name[1:]}"
        ],
        [period],
        [],
    ]


def _values(row: Any, hand: Hand, part: str) -> Any:
    if row is None:
        return None
    first, second = getattr(row, part), getattr(row, f"{part}_2")
    if first != first:
        return None
    if row.code in _TWO_PARTS:
        return f"{int(first)}/{int(second)}"
    return hand.spell("number" if row.code == "III.2" else "count", first)


def _note(code: str, row: Any, hand: Hand) -> str | None:
    if row.places is None:
        return None
    if code == "III.7":
        names = [places("countries")[country][0] for country in row.places]
        return f"Danh sách các quốc gia: {', '.join(names)}"
    regions = _regions()
    parts = []
    for region in ("Bắc", "Trung", "Nam"):
        names = [places("provinces")[p][0] for p in row.places if regions[p] == region]
        parts.append(f"- Miền {region}: {', '.join(names)}")
    return "\n".join(["Danh sách các tỉnh thành:", *parts])


def _regions() -> dict[str, str]:
    """Province → Bắc, Trung or Nam, by GSO's codes (domain notes: six regions folded to three)."""
    return {
        code: "Bắc" if int(code) < 38 else "Trung" if int(code) < 70 else "Nam"
        for code in places("provinces")
    }
