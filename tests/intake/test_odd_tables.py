"""Which column, which row: headers and labels as people write them (docs/rules/sources.md#tables-as-they-come)."""

from __future__ import annotations

from typing import Any

import pytest

from lensan.domain.contracts import contract
from lensan.domain.places import places
from lensan.intake import filled_form, merged, recognise, recognise_form
from lensan.intake.readers import SourceRow, SourceTable
from lensan.intake.recognise import ListLayout
from lensan.intake.row_rules import CheckedRow, RowShape
from lensan.intake.sections import ListSection

ORDERS = [c.headers[0] for c in contract("postmart").entities[2].columns]
SELLERS = [c.headers[0] for c in contract("postmart").entities[0].columns]
PEOPLE = ["STT", "Họ tên", "Loại hình", "Số giấy tờ", "Xã/Phường"]
PRODUCTS = ["STT", "Tên sản phẩm", "Năm", "Sản lượng dự kiến (tấn)", "Chứng nhận"]


def layout(source: str, headers: list[Any], below: list[Any] | None = None) -> ListLayout:
    found = recognise.list_layout(contract(source), headers, below)
    assert found is not None
    return found


def changed(headers: list[str], old: str, new: str) -> list[str]:
    return [new if header == old else header for header in headers]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Mã đơn hàng", "MÃ ĐƠN HÀNG"),
        ("Mã đơn hàng", "Ma don hang"),
        ("Mã đơn hàng", "Mã đơn hàng / Order No"),
        ("Mã đơn hàng", "Mã đơn hàng (Order ID)"),
        ("Mã đơn hàng", "Order number - Mã đơn hàng"),
        ("Mã đơn hàng", "Mã đơn hàng (bắt buộc)"),
        ("Mã đơn hàng", "Mã đơn hàng *"),
        ("Mã đơn hàng", "Mã đơn  hàng:"),
        ("Mã đơn hàng", "Mã đơnhàng"),
        ("Thời điểm đặt", "Thời điểm đặt (dd/mm/yyyy)"),
        ("Thời điểm đặt", "Thời điển đặt"),
        ("Thời điểm hoàn thành", "Thời điểm hòan thành"),
        ("Thời điểm hoàn thành", "Thời điểm hoàn thàn"),
        ("Thời điểm hoàn thành", "Thời điểm hoàn thành / Completed time"),
        ("Khối lượng (kg)", "Khối lượng (Kg)"),
        ("Khối lượng (kg)", "Khối lượng, kg"),
        ("Khối lượng (kg)", "Khối lượng (g)"),
        ("Khối lượng (kg)", "Khối lượng (tạ)"),
        ("Khối lượng (kg)", "Trọng lượng (kg)"),
        ("Thành tiền (đồng)", "Thành tiền (VND)"),
        ("Thành tiền (đồng)", "Thành tiền (nghìn đồng)"),
        ("Thành tiền (đồng)", "Thành tiền (đồng) / Amount"),
        ("Tỉnh/Thành phố nhận", "Tỉnh / Thành phố nhận"),
        ("Tỉnh/Thành phố nhận", "Tỉnh, thành phố nhận"),
        ("Trạng thái", "Trạng thái (Status)"),
        ("Số điện thoại người mua", "Số điện thoại ngưòi mua"),
    ],
)
def test_a_header_is_read_with_a_slip_a_translation_or_a_note(old: str, new: str) -> None:
    assert (
        layout("postmart", changed(ORDERS, old, new)).columns == layout("postmart", ORDERS).columns
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Khối lượng (kg)", "Khối lượng hủy (kg)"),
        ("Khối lượng (kg)", "Cân nặng (kg)"),
        ("Khối lượng (kg)", "Khối lượng quy đổi (tạ)"),
        ("Thời điểm hoàn thành", "Thời điểm hoàn thành dự kiến"),
        ("Thời điểm hoàn thành", "Thời điểm chưa hoàn thành"),
        ("Thời điểm đặt", "Thời điểm đặt trước"),
        ("Tỉnh/Thành phố nhận", "Tỉnh/Thành phố gửi và nhận"),
        ("Số điện thoại người mua", "Số điện thoại người mua cũ"),
        ("Khối lượng (kg)", "Kh?i l??ng (kg)"),
    ],
)
def test_a_column_that_only_sounds_like_a_missing_one_holds_its_rows(old: str, new: str) -> None:
    headers = changed(ORDERS, old, new)
    found = layout("postmart", headers)
    at = headers.index(new)
    assert at not in found.columns.values()
    assert any(at in indexes for indexes in found.rivals.values())
    row: list[Any] = [None] * len(headers)
    assert problems(found, row) == []
    row[at] = "12"
    assert problems(found, row) == ["column_unclear"]


@pytest.mark.parametrize(
    "extra",
    [
        "Ghi chú", "Người giao", "Phí vận chuyển", "Kho xuất", "Mã vận đơn", "Nguồn đơn", "Ca trực",
        "Số lượng hủy", "Số lượng đã giao", "Số lượng kế hoạch", "Trạng thái thanh toán trước", "Email",
    ],
)  # fmt: skip
def test_a_column_of_another_name_changes_nothing_beside_the_right_one(extra: str) -> None:
    found = layout("postmart", [extra, *ORDERS])
    assert (len(found.columns), found.rivals) == (len(ORDERS), {})
    assert found.columns["quantity"] == ORDERS.index("Số lượng") + 1


@pytest.mark.parametrize(
    "header", ["Số lượng", "Trạng thái", "Mã đơn hàng", "Dòng", "Thời điểm đặt"]
)
def test_two_columns_of_one_header_hold_the_rows_in_which_they_differ(header: str) -> None:
    found = layout("postmart", [*ORDERS, header])
    row: list[Any] = [None] * (len(ORDERS) + 1)
    row[ORDERS.index(header)] = row[-1] = "4"
    assert problems(found, row) == []
    row[-1] = "2"
    assert problems(found, row) == ["two_columns"]


def problems(found: ListLayout, cells: list[Any], **more: Any) -> list[str]:
    row = CheckedRow()
    RowShape(section(found, **more)).check(cells, row)
    return [problem.rule for problem in row.problems]


def section(found: ListLayout, *, of_spreadsheet: bool = True) -> ListSection:
    return ListSection(0, None, found, 1, [], of_spreadsheet=of_spreadsheet)


@pytest.mark.parametrize("more", range(1, 11))
@pytest.mark.parametrize("blank", ["", " ", None])
def test_a_row_wider_than_its_header_is_held_back_where_something_stands_there(
    more: int, blank: str | None
) -> None:
    found = layout("postmart", SELLERS)
    row: list[Any] = ["x"] * len(SELLERS)
    assert problems(found, [*row, *[blank] * more], of_spreadsheet=False) == []
    wide = [*row, *[blank] * (more - 1), "500"]
    assert problems(found, wide, of_spreadsheet=False) == ["row_too_wide"]
    assert problems(found, wide, of_spreadsheet=True) == []


@pytest.mark.parametrize("missing", range(1, 11))
def test_a_cut_row_is_held_back_where_the_file_writes_blanks_and_else_doubted(missing: int) -> None:
    found = layout("postmart", SELLERS)
    shape = RowShape(section(found, of_spreadsheet=False))
    short: list[Any] = ["x"] * (len(SELLERS) - missing)
    first, whole, second = CheckedRow(), CheckedRow(), CheckedRow()
    shape.check(short, first)
    shape.check([*["x"] * (len(SELLERS) - 1), ""], whole)
    shape.check(short, second)
    assert [doubt.rule for doubt in first.doubts] == ["row_too_narrow"]
    assert (whole.problems, whole.doubts) == ([], [])
    assert [problem.rule for problem in second.problems] == ["row_too_narrow"]


# ---------------------------------------------------------------- rows that are no data


@pytest.mark.parametrize(
    "name",
    [
        "Tổng", "TỔNG", "Tổng cộng", "TỔNG CỘNG:", "Tổng số", "Cộng", "Cộng:", "Tổng cộng: 3 sản phẩm",
        "Tổng cộng (3)", "Cộng nhóm II", "Cộng mục 1", "Cộng xã Hồng Gai", "Cộng toàn huyện", "Tiểu cộng",
        "Total", "Grand total", "Sub total", "Subtotal", "Sum", "Toàn tỉnh", "Tổng toàn tỉnh", "Tổng năm 2021",
        "Cộng trang 1", "Cộng phần I", "Tổng cộng toàn tỉnh", "Tổng cộng các xã", "Tổng chung", "Tong cong",
        "Cộng vùng Đông", "Cộng thị trấn Ba Chẽ", "Tổng hợp",
    ],
)  # fmt: skip
def test_a_row_of_this_name_is_a_total_however_full_it_is(name: str) -> None:
    assert (
        recognise.not_data([None, name, 2021, 350, None], layout("districts", PRODUCTS)) == "total"
    )


@pytest.mark.parametrize(
    "name",
    [
        "Na dai", "Cộng đồng Dao", "Tổng hợp tác xã Đông Bắc", "Công ty Toàn Thắng", "Tổ hợp tác Cộng Hòa",
        "Toàn Phát", "Sumo", "Tổng số hộ SXNN", "Tổng số xã, phường", "Nhóm hộ trồng ba kích", "Khu phố 3", "Chả mực Hạ Long",
    ],
)  # fmt: skip
def test_a_full_row_of_another_name_is_data(name: str) -> None:
    assert recognise.not_data([1, name, 2021, 350, None], layout("districts", PRODUCTS)) is None


@pytest.mark.parametrize("number", ["I", "II", "III", "IV", "A", "B", "I.", "V"])
def test_a_group_that_bears_a_roman_number_sums_up_its_rows(number: str) -> None:
    row = [number, "Cây ăn quả", 2021, 250, None]
    assert recognise.not_data(row, layout("districts", PRODUCTS)) == "total"


# ---------------------------------------------------------------- the form


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("Chỉ tiêu đạt được trong tuần (Số lượng)", "week"),
        ("Trong tuần", "week"),
        ("Kết quả trong tuần", "week"),
        ("Tuần này", "week"),
        ("Số lượng trong tuần", "week"),
        ("Kết quả tuần báo cáo", "week"),
        ("Đạt được trong tuần", "week"),
        ("Trong tuần (11/11-17/11)", "week"),
        ("Chỉ tiêu đạt được trong tháng", "month"),
        ("Trong tháng", "month"),
        ("Lũy kế", "cumulative"),
        ("Luỹ kế", "cumulative"),
        ("Lũy kế đến nay", "cumulative"),
        ("Lưu kế đến hiện tại", "cumulative"),
        ("Chỉ tiêu đạt được lũy kế đến hiện tại (Số lượng)", "cumulative"),
        ("Kết quả lũy kế", "cumulative"),
        ("Lũy kế / Cumulative", "other"),
        ("Lũy kế đến tuần trước", "other"),
        ("Lũy kế đến hết tuần trước", "other"),
        ("Lũy kế năm trước", "other"),
        ("Kế hoạch lũy kế", "other"),
        ("Kế hoạch giao trong tuần", "other"),
        ("Chỉ tiêu chưa đạt được trong tuần", "other"),
        ("Chỉ tiêu đạt được trong tuần trước (Số lượng)", "other"),
        ("Trong tuần sau", "other"),
        ("Dự kiến trong tuần", "other"),
        ("Lũy kế trên sàn Postmart", "other"),
        ("Trong tuần trên Voso", "other"),
        ("Lũy kế cùng kỳ", "other"),
        ("Lũy kế cần đạt", "other"),
        ("Tăng trưởng so với tuần trước (%)", None),
        ("Tỉ lệ hoàn thành chỉ tiêu đến thời điểm hiện tại (%)", None),
        ("Lũy kế (%)", None),
        ("Ghi chú thông tin bổ sung", None),
        ("Đơn vị tính", None),
    ],
)
def test_a_form_header_says_one_thing_or_another(header: str, what: str | None) -> None:
    assert recognise_form.value_column(header) == what


STALLS = "Số hộ SXNN có tài khoản bán hàng/gian hàng trên sàn"


@pytest.mark.parametrize(
    "label",
    [
        f"{STALLS} Postmart", f"{STALLS} Voso", f"{STALLS} năm trước", f"{STALLS} tuần trước", f"Kế hoạch: {STALLS}",
        STALLS.replace("có", "chưa có"), STALLS.replace("có", "cần có"), STALLS.replace("có", "sẽ có"),
        STALLS.replace("trên", "ngoài"), f"Tỷ lệ {STALLS.lower()}", f"Trong đó: {STALLS}", f"{STALLS} (sản phẩm)",
        f"{STALLS} (%)", STALLS.replace("hộ SXNN", "HTX"), STALLS.replace("bán hàng/gian hàng", "thanh toán"),
        "Sản lượng nông sản tiêu thụ ngoài sàn", "Sản lượng nông sản tiêu thụ qua sàn (kg)",
        "Sản lượng nông sản tiêu thụ", "Số hộ SXNN có tài khoản", "Số sản phẩm được gắn mark",
        "Số thị trường đã tiêu thụ", f"{STALLS} dự kiến", f"Mục tiêu {STALLS}",
    ],
)  # fmt: skip
def test_a_label_with_a_word_more_or_less_is_no_indicators(label: str) -> None:
    assert recognise_form.labels().code(label) is None


@pytest.mark.parametrize(
    "label",
    [
        STALLS, STALLS.upper(), f"1. {STALLS}", f"II.3 {STALLS}:", f"- {STALLS} (*)", f"a) {STALLS}", f"{STALLS} (hộ)",
        STALLS.replace("tài khoản", "tài khỏan"), STALLS.replace("gian", "gain"), STALLS.replace("khoản", "khoảng"),
        STALLS.replace(" hàng", "hàng", 1), STALLS.replace("/", " / "), STALLS.replace("/", ", "),
    ],
)  # fmt: skip
def test_a_label_with_a_number_a_mark_its_unit_or_a_slip_is_its_indicators(label: str) -> None:
    assert recognise_form.labels().code(label) == "II.3"


@pytest.mark.parametrize(
    "note",
    [
        "Hà Nội, Hải Phòng", "Hà Nội (5 tấn), Hải Phòng (2 tấn)", "Miền Bắc (Hà Nội, Hải Phòng)",
        "1. Hà Nội 2. Hải Phòng", "Hà Nội: 5 tấn; Hải Phòng: 2 tấn", "Hà Nội 5 tấn, Hải Phòng 2 tấn",
        "Hà Nội – Hải Phòng", "Hà Nội - Hải Phòng", "Tiêu thụ tại Hà Nội và Hải Phòng", "Hà Nội. Hải Phòng.",
        "Các tỉnh Hà Nội, Hải Phòng", "Hà Nội/Hải Phòng", "Hà Nội; Hải Phòng", "Hà Nội\nHải Phòng",
        "- Hà Nội\n- Hải Phòng", "+ Hà Nội\n+ Hải Phòng", "• Hà Nội • Hải Phòng", "TP. Hà Nội và TP. Hải Phòng",
        "Thành phố Hà Nội, thành phố Hải Phòng", "- Miền Bắc: Hà Nội, Hải Phòng\n- Miền Nam: không",
        "Danh sách các tỉnh thành: Hà Nội, Hải Phòng", "Hà Nội (2 đơn), TP. Hải Phòng (1 đơn)",
        "Bán cho khách ở Hà Nội, Hải Phòng", "Hà Nội, Hải Phòng (Lũy kế: Cần Thơ)", "Hà Nội 3 đơn Hải Phòng 1 đơn",
        "Gửi Hà Nội; gửi Hải Phòng", "Hà Nội,Hải Phòng", "Hà Nội | Hải Phòng", "Hà Nội & Hải Phòng",
        "HÀ NỘI, HẢI PHÒNG",
    ],
)  # fmt: skip
def test_the_places_of_a_note_are_found_however_they_are_listed(note: str) -> None:
    assert filled_form.places_in(note, "province", places()) == ["01", "31"]


# ---------------------------------------------------------------- merged cells


@pytest.mark.parametrize("height", range(2, 12))
@pytest.mark.parametrize("column", [1, 2, 3])
def test_a_merged_text_stands_for_each_of_its_rows_and_a_merged_number_for_none(
    height: int, column: int
) -> None:
    rows = [SourceRow(1, tuple(PRODUCTS))]
    value: Any = 500 if column == 3 else ("Na dai" if column == 1 else 2021)
    for n in range(height):
        cells: list[Any] = [n + 1, f"Hàng {n}", 2021, 5, None]
        cells[column] = value if n == 0 else None
        rows.append(SourceRow(n + 2, tuple(cells)))
    table = SourceTable("S", rows, merged=((1, column, height, column),))
    merged.fill_down(table, rows, 1, layout("districts", PRODUCTS))
    meant = value if column != 3 else f"500 (ô gộp của {height} dòng)"
    assert [row.cells[column] for row in rows[1:]] == [meant] * height
