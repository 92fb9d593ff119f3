"""The last sheet of a blank form: how it is filled in."""

from __future__ import annotations

from xlsxwriter.workbook import Workbook

from lensan.domain import report_forms
from lensan.reports import fitting, styles
from lensan.reports.styles import Styles

NAME = "Hướng dẫn"
_WIDTH = 110


def add_guide(workbook: Workbook, style: Styles) -> None:
    """The lines of include/reports/guide.yml, below one another; to be read, not typed into."""
    sheet = workbook.add_worksheet(NAME)
    styles.set_up_page(sheet)
    sheet.set_column(0, 0, _WIDTH)
    title, *lines = report_forms.guide()
    sheet.set_row(0, 26)
    sheet.write_string(0, 0, title, style(bold=True, align="center", font_size=14))
    text = style(text_wrap=True, font_size=13)
    for row, line in enumerate(lines, 1):
        sheet.set_row(row, fitting.height(line, _WIDTH, 13) + 4)
        sheet.write_string(row, 0, line, text)
    sheet.protect()
