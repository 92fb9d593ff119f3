"""Cell formats, fonts and page set-up that all sheets share."""

from __future__ import annotations

from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

FONT = "Times New Roman"
SIZE = 12
# Only LibreOffice takes the separators from the [$-42A] of a format; Excel takes its user's.
WHOLE = "[$-42A]#,##0"
TONNES = "[$-42A]#,##0.000"
PERCENT = "[$-42A]#,##0.0"
PLAIN = "[$-42A]#,##0.###"
DATE = "dd/mm/yyyy"
MOMENT = "dd/mm/yyyy hh:mm"
NUMBER_FORMATS = {
    "whole": WHOLE,
    "number": PLAIN,
    "tonnes": TONNES,
    "percent": PERCENT,
    "money": WHOLE,
    "date": DATE,
    "moment": MOMENT,
    "parts": WHOLE,
}
A4 = 9
MM_PER_INCH = 25.4


class Styles:
    """Makes each cell format once per workbook."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **properties: Any) -> Format:
        wanted = {"font_name": FONT, "font_size": SIZE, "valign": "vcenter", **properties}
        key = tuple(sorted(wanted.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(wanted)
        return self._made[key]

    def cell(self, **properties: Any) -> Format:
        """A cell of a table: bordered and wrapped."""
        return self(**{"border": 1, "text_wrap": True, **properties})

    def header(self) -> Format:
        return self.cell(bold=True, align="center", bg_color="#D9E2F3")


def set_up_page(sheet: Worksheet) -> None:
    """A4 landscape, one page wide, the margins of Nghị định 30/2020/NĐ-CP (20, 20, 30, 15 mm)."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(
        left=30 / MM_PER_INCH, right=15 / MM_PER_INCH, top=20 / MM_PER_INCH, bottom=20 / MM_PER_INCH
    )
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.hide_gridlines(2)


def number_pages(sheet: Worksheet) -> None:
    sheet.set_footer('&C&"Times New Roman"&11&P/&N')
