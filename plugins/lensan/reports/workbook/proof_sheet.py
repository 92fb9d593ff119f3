"""By which root the figures can be proved (docs/decisions/0023-proof.md): below the table of their files,
where a report has none on a sheet of its own."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from lensan.domain.report_model import Report
from lensan.reports import styles
from lensan.reports.styles import Styles

NAME = "Chứng minh"
BELOW = "sources"
"""The table whose sheet ends with it."""
TITLE = "CHỨNG MINH SỐ LIỆU"
WIDTH = 110
LINES = (
    "Mã gốc (SHA-256) của danh mục tệp và dòng làm căn cứ cho từng số liệu của báo cáo này:",
    "{root}",
    "Danh mục, bản niêm phong và chương trình kiểm tra verify.py do đơn vị lập báo cáo lưu giữ và cung cấp.",
)


def foot(report: Report) -> tuple[str, ...]:
    """The lines to be printed; none of a report without a root."""
    return tuple(line.format(root=report.root) for line in LINES) if report.root else ()


def write(sheet: Worksheet, style: Styles, report: Report) -> None:
    """Write the report's root, which is not null."""
    styles.set_up_further_page(sheet, WIDTH)
    sheet.set_column(0, 0, WIDTH)
    sheet.write_string(0, 0, TITLE, style(bold=True, font_size=14))
    for row, line in enumerate(foot(report), 2):
        sheet.write_string(row, 0, line, style(font_size=11, text_wrap=True))
    sheet.print_area(0, 0, len(LINES) + 1, 0)
