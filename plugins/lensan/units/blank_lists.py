"""The further sheets of a blank form: empty lists, with what belongs into each column."""

from __future__ import annotations

from datetime import date
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lensan.domain.contracts import ContractColumn, Entity
from lensan.reports import fitting, styles
from lensan.reports.styles import Styles

LISTS = (
    ("training", "Danh sách tập huấn", "DANH SÁCH TẬP HUẤN"),
    ("registry", "Danh sách hộ SXNN", "DANH SÁCH HỘ SẢN XUẤT NÔNG NGHIỆP"),
    ("ocop", "Sản phẩm OCOP", "DANH SÁCH SẢN PHẨM OCOP"),
    ("key_product", "Sản phẩm chủ lực", "DANH SÁCH SẢN PHẨM CHỦ LỰC"),
    ("base", "Số liệu nền", "SỐ LIỆU NỀN"),
)
LIST_ROWS = 200
WRITTEN_ROWS = 25
"""Rows whose cells stand in the file, for programs that heed no format of a column."""
LIST_HEAD = 3
"""Rows above a list's header: title, what to do, a blank one."""
_WIDTHS = {
    "name": 30,
    "main_product": 26,
    "certificate": 20,
    "owner_name": 28,
    "organiser": 28,
    "topic": 32,
    "commune": 20,
    "kind": 18,
    "paper_number": 19,
    "owner_paper_number": 19,
    "phone": 16,
}
_HINTS = {
    "paper_number": "CCCD 12 chữ số, CMND 9 chữ số hoặc mã số thuế 10 hay 13 chữ số.",
    "phone": "Số điện thoại 10 chữ số, ví dụ 0912345678.",
}


def add_list(
    workbook: Workbook, style: Styles, entity: Entity, name: str, title: str, full_name: str
) -> None:
    """An empty list with its headers; the unit is the heading's, so it needs no column."""
    sheet = workbook.add_worksheet(name)
    styles.set_up_page(sheet)
    columns = [column for column in entity.columns if column.name != "unit_code"]
    last = len(columns) - 1
    sheet.merge_range(0, 0, 0, last, title, style(bold=True, align="center", font_size=14))
    sheet.set_row(0, 24)
    hint = (
        f"{full_name}. Ghi mỗi dòng một mục, bắt đầu ngay dưới dòng tiêu đề; không có thì để trống."
    )
    width = sum(_WIDTHS.get(column.name, 14) for column in columns)
    sheet.merge_range(1, 0, 1, last, hint, style(italic=True, align="center", text_wrap=True))
    sheet.set_row(1, fitting.height(hint, width, 12))
    for index, column in enumerate(columns):
        look = {"locked": False, "num_format": _list_format(column), "text_wrap": True}
        sheet.set_column(index, index, _WIDTHS.get(column.name, 14), style(**look))
        for row in range(LIST_HEAD + 1, LIST_HEAD + 1 + WRITTEN_ROWS):
            sheet.write_blank(row, index, None, style(**look))
        header = column.headers[0]
        sheet.write_string(LIST_HEAD, index, header, style.header())
        rule = _list_rule(column)
        if rule is not None:
            sheet.data_validation(
                LIST_HEAD + 1, index, LIST_HEAD + LIST_ROWS, index,
                {"input_title": header[:32], **rule},
            )  # fmt: skip
    _border_what_is_filled(workbook, sheet, last)
    sheet.set_row(2, 6)
    sheet.set_row(
        LIST_HEAD,
        max(fitting.height(c.headers[0], _WIDTHS.get(c.name, 14), 12, bold=True) for c in columns),
    )
    sheet.repeat_rows(LIST_HEAD)
    sheet.freeze_panes(LIST_HEAD + 1, 0)
    styles.number_pages(sheet)
    sheet.protect(
        "",
        {
            "format_cells": True, "format_columns": True, "format_rows": True,
            "insert_rows": True, "delete_rows": True, "sort": True, "autofilter": True,
        },
    )  # fmt: skip


def _border_what_is_filled(workbook: Workbook, sheet: Worksheet, last: int) -> None:
    """Rows are seen on the screen by its grid lines; printed, only those that bear something."""
    sheet.hide_gridlines(1)
    first, name = LIST_HEAD + 1, xl_col_to_name(last)
    sheet.conditional_format(
        first, 0, LIST_HEAD + LIST_ROWS, last,
        {
            "type": "formula",
            "criteria": f"=COUNTA($A{first + 1}:${name}{first + 1})>0",
            "format": workbook.add_format({"border": 1}),
        },
    )  # fmt: skip


def _list_format(column: ContractColumn) -> str:
    match column.type:
        case "date":
            return styles.DATE
        case "year" | "stars":
            return "0"
        case "number":
            return styles.WHOLE if column.whole else styles.PLAIN
        case _:
            return "@"  # leading zeros of numbers on papers and phones stay


def _list_rule(column: ContractColumn) -> dict[str, Any] | None:
    """Data validation of a column, with what is expected in Vietnamese."""
    match column.type:
        case "word":
            return _choice([names[0] for names in column.words.values()])
        case "stars":
            return {**_choice([1, 2, 3, 4, 5]), "input_message": "Chọn số sao từ 1 đến 5."}
        case "date":
            text = "Ghi ngày/tháng/năm, ví dụ 12/11/2021."
            rule = {"validate": "date", "criteria": ">=", "value": date(2015, 1, 1)}
        case "year":
            text = "Ghi một năm, ví dụ 2021."
            rule = {"validate": "integer", "criteria": "between", "minimum": 2000, "maximum": 2100}
        case "number":
            text = "Ghi một số từ 0 trở lên." if not column.whole else "Ghi một số nguyên từ 0 trở lên."  # fmt: skip
            rule = {"validate": "integer" if column.whole else "decimal", "criteria": ">=", "value": 0}  # fmt: skip
        case "paper_number" | "phone":
            return {"validate": "any", "input_message": _HINTS[column.type]}
        case _:
            return None
    return {**rule, "input_message": text, "error_title": "Giá trị chưa hợp lệ", "error_message": text}  # fmt: skip


def _choice(words: list[Any]) -> dict[str, Any]:
    text = "Chọn một giá trị trong danh sách."
    return {
        "validate": "list",
        "source": words,
        "input_message": text,
        "error_title": "Không có trong danh sách",
        "error_message": text,
    }
