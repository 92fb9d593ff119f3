"""Cell formats, fonts and page set-up that all sheets share."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lensan.reports import fitting

FONT = "Times New Roman"
SIZE = 12
# Only LibreOffice takes the separators from the locale of a format; Excel takes its user's.
LOCALE = "[$-42A]"
WHOLE = f"{LOCALE}#,##0"
TONNES = f"{LOCALE}#,##0.000"
PERCENT = f"{LOCALE}#,##0.0"
PLAIN = f"{LOCALE}#,##0.###"
FRACTION = f"{LOCALE}#,##0.0##"
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
POINTS_PER_MM = 72 / MM_PER_INCH
PAGE_WIDTH_POINTS = (297 - 30 - 15) * POINTS_PER_MM
PAGE_HEIGHT_POINTS = (210 - 20 - 20) * POINTS_PER_MM
FURTHER_MARGIN_MM = 15.0
"""On all sides of the sheets behind the form; the page's number stands in it."""
FOOTER_MM = 8.0
LONG_POINTS = (297 - 2 * FURTHER_MARGIN_MM) * POINTS_PER_MM
SHORT_POINTS = (210 - 2 * FURTHER_MARGIN_MM) * POINTS_PER_MM
WIDEST_UPRIGHT = 160.0
"""Columns of that Excel width together can still be read on an upright page."""
LEAST_SCALE = 0.6
"""Smaller than that no further sheet is printed to save a page."""
ALMOST = 0.95
"""What of a page may be counted on: programs break lines a little differently."""
INDENT_WIDTH = 1.6
"""What an indent of 1 takes of a column's width, in Excel's units."""
DEFAULT_ROW_PIXELS = 20
POINTS_PER_PIXEL = 0.75


class Styles:
    """Makes each cell format once per workbook."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **properties: Any) -> Format:
        """The format of these properties, made once."""
        wanted = {"font_name": FONT, "font_size": SIZE, "valign": "vcenter", **properties}
        key = tuple(sorted(wanted.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(wanted)
        return self._made[key]

    def cell(self, **properties: Any) -> Format:
        """A cell of a table: bordered and wrapped."""
        return self(**{"border": 1, "text_wrap": True, **properties})

    def header(self, size: float = SIZE) -> Format:
        """The format of a column header."""
        return self.cell(bold=True, align="center", bg_color="#D9E2F3", font_size=size)


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
    """Page n of m at the foot of each printed page."""
    sheet.set_footer('&C&"Times New Roman"&11&P/&N', {"margin": FOOTER_MM / MM_PER_INCH})


def set_up_further_page(sheet: Worksheet, width: float) -> None:
    """A4, one page wide, pages numbered: upright where columns of that Excel width can be read so."""
    set_up_page(sheet)
    if _is_upright(width):
        sheet.set_portrait()
    _set_further_margins(sheet, FURTHER_MARGIN_MM)
    number_pages(sheet)


def _set_further_margins(sheet: Worksheet, side_mm: float) -> None:
    side, end = side_mm / MM_PER_INCH, FURTHER_MARGIN_MM / MM_PER_INCH
    sheet.set_margins(left=side, right=side, top=end, bottom=end)


def fit_pages(sheet: Worksheet, last: int, *, width: float) -> None:
    """Print a further sheet, its rows down to ``last``, on as few pages as can be read."""
    used = sum(_row_points(sheet, row) for row in range(last + 1))
    for pages in range(1, last + 2):
        if pages * page_points(width, at_scale=LEAST_SCALE) >= used:
            break
    natural = math.ceil(used / page_points(width))
    sheet.fit_to_pages(1, min(pages, natural))


def fit_tables(
    sheet: Worksheet,
    starts: list[int],
    last: int,
    *,
    width: float,
    head: tuple[int, int] = (0, 1),
    least: float = LEAST_SCALE,
) -> None:
    """Print a further sheet of several tables, which begin at ``starts`` and end with the row ``last``, on as
    few pages as can be read, none torn apart that fits a page. Rows ``head`` are repeated on each page. ``least``:
    smaller than that it is not printed to save a page.
    """
    natural = math.floor(100 * _scale(width))
    plans = [
        (pages, -percent, breaks)
        for percent in range(natural, min(natural, round(100 * least)) - 1, -1)
        for breaks, pages in [
            _breaks_between(sheet, starts, last, page_points(width, at_scale=percent / 100), head)
        ]
    ]
    _, scale, breaks = min(plans)
    sheet.set_h_pagebreaks(breaks)
    # Wider margins print it smaller. Fitted to a number of pages, breaks set by hand would be passed over and
    # a title stay behind; at a scale set by hand columns might not fit the page.
    across = 210 if _is_upright(width) else 297
    margin = (across - fitting.sheet_points(width) * -scale / 100 / POINTS_PER_MM) / 2
    _set_further_margins(sheet, max(margin, FURTHER_MARGIN_MM))


def _breaks_between(
    sheet: Worksheet, starts: list[int], last: int, page: float, head: tuple[int, int]
) -> tuple[list[int], int]:
    """Before which tables a page ends, one being ``page`` points high: before one that would be torn apart
    and fits a page; and how many pages that makes."""
    room = page - sum(_row_points(sheet, row) for row in head)
    breaks, used, pages = [], 0.0, 1
    for start, end in zip(starts, [*starts[1:], last + 1], strict=True):
        height = sum(_row_points(sheet, row) for row in range(start, end))
        if used and used + height > room and height <= room:
            breaks.append(start)
            used = 0.0
            pages += 1
        pages += int((used + height) // room)
        used = (used + height) % room
    return breaks, pages


def page_points(width: float, *, at_scale: float | None = None) -> float:
    """How many points of rows a page of a further sheet takes, printed ``width`` (Excel's units) wide, or
    smaller where ``at_scale`` is smaller."""
    down = LONG_POINTS if _is_upright(width) else SHORT_POINTS
    return down / min(_scale(width), at_scale or 1.0) * ALMOST


def _scale(width: float) -> float:
    """The largest scale at which a further sheet of that Excel width is one page wide."""
    across = SHORT_POINTS if _is_upright(width) else LONG_POINTS
    return min(1.0, across / fitting.sheet_points(width))


def _is_upright(width: float) -> bool:
    return width <= WIDEST_UPRIGHT


def _row_points(sheet: Worksheet, row: int) -> float:
    return float(sheet.row_sizes.get(row, [DEFAULT_ROW_PIXELS])[0]) * POINTS_PER_PIXEL


def as_it_is(value: object) -> str:
    """The format of a number printed as it is: "#,##0.###" alone would print 8 as "8,"."""
    if isinstance(value, Decimal | int | float) and value != int(value):
        return FRACTION
    return WHOLE


def write_value(
    sheet: Worksheet, row: int, column: int, value: object, cell_format: Format
) -> None:
    """Text as text, whatever it looks like; numbers as numbers; nothing as a blank cell."""
    if value is None:
        sheet.write_blank(row, column, None, cell_format)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, cell_format)
    elif isinstance(value, Decimal):
        # As a float: 6 and 6.000 are the same number and must be the same bytes.
        sheet.write_number(row, column, float(value), cell_format)
    else:
        sheet.write(row, column, value, cell_format)


def share_a_page(sheet: Worksheet, first: int, last: int, *, header: int, width: float) -> bool:
    """Whether the rows from first to last come out on one page, as far as can be foreseen.

    ``header``: the row repeated on each page; ``width``: of all columns, in Excel's units.
    """
    scale = min(1.0, PAGE_WIDTH_POINTS / fitting.sheet_points(width))
    room = PAGE_HEIGHT_POINTS / scale * ALMOST
    used = 0.0
    for row in range(last + 1):
        height = _row_points(sheet, row)
        if used + height > room:
            if row > first:
                return False
            used = _row_points(sheet, header)
        used += height
    return True
