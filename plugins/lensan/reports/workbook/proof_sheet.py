"""The last sheet: by which root the figures can be proved (docs/decisions/0023-proof.md)."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from lensan.domain.report_model import Report
from lensan.reports import styles
from lensan.reports.styles import Styles

NAME = "Chứng minh"
TITLE = "CHỨNG MINH SỐ LIỆU"
LINES = (
    "Mã gốc (SHA-256) của danh mục tệp và dòng làm căn cứ cho từng số liệu của báo cáo này:",
    "{root}",
    "Danh mục, bản niêm phong và chương trình kiểm tra verify.py do đơn vị lập báo cáo lưu giữ và cung cấp.",
)


def write(sheet: Worksheet, style: Styles, report: Report) -> None:
    """Write the report's root, which is not null."""
    styles.set_up_page(sheet)
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, TITLE, style(bold=True, font_size=14))
    for row, line in enumerate(LINES, 2):
        sheet.write_string(
            row, 0, line.format(root=report.root), style(font_size=11, text_wrap=True)
        )
    sheet.print_area(0, 0, len(LINES) + 1, 0)
