"""The first sheet of a blank form: Appendix II or III of a unit, prefilled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lensan.domain import indicators
from lensan.domain.periods import Period
from lensan.domain.report_forms import FormRow, ReportForm
from lensan.reports import fitting, styles, wording
from lensan.reports.styles import Styles

GREY, TO_FILL, DIFFERENT = "#EDEDED", "#FFFDE7", "#F8CBAD"
DIFFICULTIES = "Khó khăn, vướng mắc (nếu có)"
"""Title of the box that lensan.units.difficulties reads."""
SPLIT = 2
HELPERS = 2


_COMPUTED = {
    "validate": "any",
    "input_title": "Không cần ghi",
    "input_message": "Sở tính từ số trong kỳ, lũy kế và số liệu nền.",
}


@dataclass(frozen=True)
class LastValue:
    """What a unit last declared as cumulative, and until which day."""

    cumulative: Decimal
    cumulative_2: Decimal | None
    until: date


def within(full_name: str) -> str:
    """A unit's name as it stands within a sentence: ``thành phố Hạ Long``."""
    return full_name[:1].lower() + full_name[1:]


class FormSheet:
    """The official form of a unit, with the cells to fill in unlocked and two helping columns beside it."""

    def __init__(
        self,
        workbook: Workbook,
        style: Styles,
        form: ReportForm,
        period: Period,
        unit: Mapping[str, str],
        last: Mapping[str, LastValue],
    ) -> None:
        self.sheet: Worksheet = workbook.add_worksheet(form.sheet)
        self.style, self.form, self.period = style, form, period
        self.name, self.last = unit["name"], last
        self.full_name = f"{unit['kind']} {unit['name']}"
        self.different = workbook.add_format({"bg_color": DIFFERENT})
        self.end = len(form.columns) - 1
        self.at = {column.key: index for index, column in enumerate(form.columns)}
        self.word = form.word

    def write(self) -> None:
        """Write the sheet, once."""
        sheet, form = self.sheet, self.form
        styles.set_up_page(sheet)
        for index, column in enumerate(form.columns):
            # Room for the two helping columns on the screen; the print area leaves them out.
            sheet.set_column(index, index, 44 if column.key == "note" else column.width)
        sheet.set_column(self.end + 1, self.end + 1, 2)
        sheet.set_column(self.end + 2, self.end + 1 + HELPERS, 15)
        head = self._head()
        at = self._header(head)
        for row in form.rows:
            at = self._section(row, at) if row.indicator is None else self._line(row, at)
        bottom = self._foot(self._box(at) + 1)
        sheet.repeat_rows(head)
        sheet.print_area(0, 0, bottom, self.end)
        sheet.freeze_panes(head + 1, 2)
        sheet.protect(
            "",
            {"format_cells": True, "format_columns": True, "format_rows": True, "objects": True},
        )
        sheet.set_selection(head + 1, self.at["in_period"], head + 1, self.at["in_period"])
        sheet.activate()

    def _across(self, row: int, first: int, last: int, text: str, **look: Any) -> None:
        self.sheet.merge_range(row, first, row, last, text, self.style(align="center", **look))

    def _head(self) -> int:
        sheet, form = self.sheet, self.form
        head = wording.office_of(self.period).letterhead
        self._across(0, 0, SPLIT, "ỦY BAN NHÂN DÂN")
        self._across(1, 0, SPLIT, self.full_name.upper(), bold=True, underline=1)
        self._across(0, SPLIT + 1, self.end, head.nation, bold=True)
        self._across(1, SPLIT + 1, self.end, head.motto, bold=True, underline=1, font_size=13)  # fmt: skip
        self._across(3, 0, self.end, form.title, bold=True, font_size=14)
        plan = wording.plan_line(form, self.period, f"của {within(self.full_name)}")
        width = 44 + sum(column.width for column in form.columns if column.key != "note")
        self._across(4, 0, self.end, plan, bold=True, font_size=13, text_wrap=True)
        span = wording.fill(form.span, self.period)
        self._across(5, 0, self.end, span, italic=True, font_size=13)
        self._across(
            6, 0, self.end, wording.fill(form.basis, self.period), italic=True, font_size=11
        )
        heights = (18, 20, 8, 22, fitting.height(plan, width, 13, bold=True), 20, 17, 6)
        for row, points in enumerate(heights):
            sheet.set_row(row, points)
        helper = self.style(italic=True, font_size=10, text_wrap=True, font_color="#666666")
        sheet.merge_range(
            4, self.end + 2, 6, self.end + 1 + HELPERS,
            "Hai cột xám để đối chiếu, không in ra. Ô vàng nhạt là ô cần ghi.",
            helper,
        )  # fmt: skip
        return len(heights)

    def _header(self, at: int) -> int:
        headers = [column.header for column in self.form.columns]
        untils = {value.until for value in self.last.values()}
        when = f" (đến hết ngày {max(untils):%d/%m/%Y})" if untils else ""
        helpers = [f"Số đã nhận kỳ trước{when}", f"Kỳ trước cộng {self.word} này (tự tính)"]
        widths = [column.width for column in self.form.columns]
        points = [
            fitting.height(text, width, 12, bold=True)
            for text, width in zip([*headers, *helpers], [*widths, 15, 15], strict=True)
        ]
        self.sheet.set_row(at, max(points))
        for index, header in enumerate(headers):
            self.sheet.write_string(at, index, header, self.style.cell(bold=True, align="center"))
        grey = self.style.cell(italic=True, align="center", bg_color=GREY, font_size=11)
        for index, header in enumerate(helpers, self.end + 2):
            self.sheet.write_string(at, index, header, grey)
        return at + 1

    def _section(self, row: FormRow, at: int) -> int:
        self.sheet.set_row(at, 20)
        self.sheet.write_string(at, 0, str(row.tt), self.style.cell(bold=True, align="center"))
        self.sheet.merge_range(at, 1, at, self.end, row.label, self.style.cell(bold=True, indent=1))
        return at + 1

    def _line(self, row: FormRow, at: int) -> int:
        sheet, style = self.sheet, self.style
        code = row.indicator or ""
        bold = row.tt == code
        widths = {column.key: column.width for column in self.form.columns}
        sheet.set_row(
            at,
            max(
                24.0,
                fitting.height(row.label, widths["label"] - styles.INDENT_WIDTH, 12, bold=bold),
                fitting.height(row.unit_of_measure, widths["unit_of_measure"], 12),
            ),
        )
        sheet.write_string(at, 0, str(row.tt), style.cell(align="center", bold=bold))
        sheet.write_string(at, 1, row.label, style.cell(bold=bold, indent=1))
        sheet.write_string(at, 2, row.unit_of_measure, style.cell(align="center"))
        number = _number_format(row)
        to_fill = style.cell(align="center", num_format=number, locked=False, bg_color=TO_FILL)
        for key in ("in_period", "cumulative"):
            sheet.write_blank(at, self.at[key], None, to_fill)
            sheet.data_validation(at, self.at[key], at, self.at[key], self._rule(row, key, at))
        percent = style.cell(align="center", num_format="General", locked=False)
        for key in ("growth_pct", "completion_pct"):
            sheet.write_blank(at, self.at[key], None, percent)
            sheet.data_validation(at, self.at[key], at, self.at[key], _COMPUTED)
        note = style.cell(font_size=10, indent=1, num_format="@", locked=False, bg_color=TO_FILL)
        sheet.write_blank(at, self.at["note"], None, note)
        hint = indicators.indicator(code).note_hint
        if hint is not None:
            sheet.data_validation(
                at, self.at["note"], at, self.at["note"],
                {"validate": "any", "input_title": "Ghi chú", "input_message": hint},
            )  # fmt: skip
        self._helpers(row, at)
        return at + 1

    def _rule(self, row: FormRow, key: str, at: int) -> dict[str, Any]:
        measure = f"trong {self.word}" if key == "in_period" else "lũy kế đến hiện tại"
        title = f"Số {measure}"
        if row.parts == 2:
            cell = f"{_letter(self.at[key])}{at + 1}"
            slash = f'FIND("/",{cell})'
            return {
                "validate": "custom",
                "value": (
                    f"=AND(ISNUMBER(VALUE(LEFT({cell},{slash}-1))),"
                    f"ISNUMBER(VALUE(MID({cell},{slash}+1,15))))"
                ),
                "input_title": title,
                "input_message": "Ghi hai số cách nhau bởi dấu /, ví dụ 125/34.",
                "error_title": "Cần ghi hai số",
                "error_message": "Cần ghi hai số cách nhau bởi dấu /, ví dụ 125/34.",
            }
        expected = (
            f"Ghi một số từ 0 trở lên ({row.unit_of_measure.lower()}), có thể có phần lẻ, ví dụ 12,5."
            if row.decimals
            else "Ghi một số nguyên từ 0 trở lên, ví dụ 12."
        )
        return {
            "validate": "decimal" if row.decimals else "integer",
            "criteria": ">=",
            "value": 0,
            "input_title": title,
            "input_message": expected,
            "error_title": "Số chưa hợp lệ",
            "error_message": expected,
        }

    def _helpers(self, row: FormRow, at: int) -> None:
        """Grey cells beside the form: the last cumulative, and what the new one should be."""
        sheet, before, after = self.sheet, self.end + 2, self.end + 3
        look = {"align": "center", "bg_color": GREY, "font_color": "#555555"}
        last = self.last.get(row.indicator or "")
        if row.parts == 2:
            text = wording.parts(last.cumulative, last.cumulative_2) if last else ""
            sheet.write_string(at, before, text, self.style.cell(**look))
            if last is None:
                sheet.write_blank(at, after, None, self.style.cell(**look))
            else:
                self._two_parts(at, before, after, text, self.style.cell(**look))
            return
        cell = self.style.cell(**look, num_format=_number_format(row))
        if last is None:
            sheet.write_blank(at, before, None, cell)
            sheet.write_blank(at, after, None, cell)
            return
        sheet.write_number(at, before, float(last.cumulative), cell)
        if not indicators.indicator(row.indicator or "").is_additive:
            # Markets of this period may be among those of before: no sum says how many there are.
            note = self.style.cell(**look, font_size=9, text_wrap=True)
            sheet.write_string(at, after, "không cộng dồn: đếm số khác nhau", note)
            return
        now, known = f"{_letter(self.at['in_period'])}{at + 1}", f"{_letter(before)}{at + 1}"
        sheet.write_formula(
            at, after, f"={known}+IF(ISNUMBER({now}),{now},0)", cell, float(last.cumulative)
        )
        declared = self.at["cumulative"]
        total = f"{_letter(declared)}{at + 1}"
        sheet.conditional_format(
            at, declared, at, declared,
            {
                "type": "formula",
                "criteria": f"=AND(ISNUMBER({total}),ABS({total}-{_letter(after)}{at + 1})>0.0005)",
                "format": self.different,
            },
        )  # fmt: skip

    def _two_parts(self, at: int, before: int, after: int, last: str, cell: Any) -> None:
        """What a two-part cumulative should be: each part with that of the period added."""
        now, known = f"{_letter(self.at['in_period'])}{at + 1}", f"{_letter(before)}{at + 1}"
        first, second = (
            f'VALUE(LEFT({each},FIND("/",{each})-1))|VALUE(MID({each},FIND("/",{each})+1,15))'.split(
                "|"
            )
            for each in (known, now)
        )
        sums = [f"({a}+IFERROR({b},0))" for a, b in zip(first, second, strict=True)]
        self.sheet.write_formula(at, after, f'=IFERROR({sums[0]}&"/"&{sums[1]},"")', cell, last)

    def _box(self, at: int) -> int:
        """Below the table, where difficulties may be told; one row, so that it is read as one."""
        self.sheet.set_row(at, 60)
        self.sheet.merge_range(
            at, 0, at, 1, DIFFICULTIES, self.style.cell(bold=True, text_wrap=True)
        )
        told = self.style.cell(
            text_wrap=True, num_format="@", locked=False, bg_color=TO_FILL, valign="top"
        )
        self.sheet.merge_range(at, 2, at, self.end, "", told)
        return at + 1

    def _foot(self, at: int) -> int:
        halves = ((0, SPLIT), (SPLIT + 1, self.end))
        self.sheet.merge_range(
            at, *(halves[1][0], at), halves[1][1],
            f"{self.name}, ngày …… tháng …… năm {self.period.end.year}",
            self.style(align="center", italic=True, font_size=13, locked=False),
        )  # fmt: skip
        bold = {"bold": True, "font_size": 13}
        for half, title, hint in zip(
            halves,
            ("NGƯỜI LẬP BIỂU", "TM. ỦY BAN NHÂN DÂN"),
            ("(Ký, ghi rõ họ tên)", "(Ký tên, đóng dấu)"),
            strict=True,
        ):
            self._across(at + 1, *half, title, **bold)
            self._across(at + 2, *half, hint, italic=True)
            self._across(at + 3, *half, "", bold=True, locked=False, valign="bottom")
        for row in range(at, at + 3):
            self.sheet.set_row(row, 19)
        self.sheet.set_row(at + 3, 60)
        return at + 3


def _number_format(row: FormRow) -> str:
    if row.parts == 2:
        return "@"  # else Excel makes a date of 12/5
    return styles.TONNES if row.decimals else styles.WHOLE


def _letter(index: int) -> str:
    return chr(65 + index)
