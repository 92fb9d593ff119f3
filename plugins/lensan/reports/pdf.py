"""The official form as PDF, and the mail's chart as PNG; laid out by typst.

Only the fonts of include/templates/fonts are used, so that the bytes are the same on every machine.
Liberation Serif has the metrics of Times New Roman and every Vietnamese letter.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

import typst

from lensan.domain.installation import INCLUDE
from lensan.domain.office import PROVINCE
from lensan.domain.report_forms import ReportForm
from lensan.domain.report_model import Report
from lensan.reports import weighing, wording
from lensan.reports.styles import POINTS_PER_MM
from lensan.reports.weighing import Weighed

TEMPLATES = INCLUDE / "templates"
CHART_PPI = 144.0
PAGES = 2
SIZES = ((11.0, 9.5), (10.5, 9.0), (10.0, 9.0), (9.5, 8.5), (9.0, 8.0), (8.5, 7.5))
"""Points of the table and of its notes: the first with which the form is two pages long."""
VALUES_MM = (9.0, 19.0, 20.0, 20.0, 22.0, 23.0)
"""All columns but those of the labels and of the notes."""
PADDING_MM = 5.6
"""What the edges of those two cells take."""
TABLE_MM = 297 - 30 - 15


def build(report: Report, form: ReportForm) -> bytes:
    """The form as PDF, A4 landscape, on two pages where its text can be read so."""
    facts = content(report, form)
    rows = [
        Weighed(row["label"], row["note"], row["is_section"])
        for row in facts["rows"]
        if "label" in row
    ]
    built = b""
    for text, note in SIZES:
        room = TABLE_MM - sum(VALUES_MM)
        share = weighing.label_share(
            rows, (room - PADDING_MM) * POINTS_PER_MM, label_size=text, note_size=note
        )
        tt, *values = VALUES_MM
        label_mm = round(room * share, 1)
        widths = [tt, label_mm, *values, round(room - label_mm, 1)]
        sizes = {"text_pt": text, "note_pt": note, "widths_mm": widths}
        built = _compile("report.typ", facts | sizes, "pdf")
        if page_count(built) <= PAGES:
            break
    return built


def page_count(built: bytes) -> int:
    """The pages of a PDF that this module made."""
    return len(re.findall(rb"/Type\s*/Page\b", built))


def chart(report: Report, form: ReportForm) -> bytes:
    """A PNG of 150 mm: how far the year's targets are reached, one bar an indicator."""
    bars = []
    for row in form.lines:
        value = report.figure(PROVINCE, row.indicator or "").completion_pct
        if value is not None:
            label = f"{row.indicator}. {row.short}"
            text = f"{wording.number(value, 1)}%"
            bars.append({"label": label, "value": float(value), "text": text})
    title = f"Tỉ lệ hoàn thành chỉ tiêu năm {report.period.year} của toàn tỉnh (%)"
    return _compile("chart.typ", {"title": title, "bars": bars}, "png")


def one_page(template: str, facts: dict[str, Any]) -> bytes:
    """A page of A4 by a template that takes ``text_pt``: the largest size with which it is one page, else the
    smallest."""
    built = b""
    for text, _note in SIZES:
        built = _compile(template, facts | {"text_pt": text}, "pdf")
        if page_count(built) == 1:
            break
    return built


def content(report: Report, form: ReportForm) -> dict[str, Any]:
    """What the PDF prints: texts only, numbers as they are written in Vietnam."""
    rows: list[dict[str, Any]] = []
    for row in form.rows:
        if row.indicator is None:
            rows.append({"tt": str(row.tt), "heading": row.label})
            continue
        figure = report.figure(report.whole, row.indicator)
        rows.append(
            {
                "tt": str(row.tt),
                "is_section": row.tt == row.indicator,
                "label": row.label,
                "unit_of_measure": row.unit_of_measure,
                "in_period": wording.amount(row, figure, "in_period"),
                "growth": wording.number(figure.growth_pct, 1),
                "cumulative": wording.amount(row, figure, "cumulative"),
                "completion": wording.number(figure.completion_pct, 1),
                "note": figure.note or "",
            }
        )
    office = wording.office_of(report.period)
    return {
        "title": wording.title(form, report.revision),
        "subject": wording.subject(form, report),
        "plan": wording.plan_line(form, report.period, wording.whose(report)),
        "span": wording.fill(form.span, report.period),
        "basis": wording.fill(form.basis, report.period),
        "letterhead": office.letterhead.model_dump(),
        "number": wording.letter_number(report.period),
        "columns": [column.header for column in form.columns],
        "rows": rows,
        "place_and_date": wording.place_and_date(report),
        "signatures": [signature.model_dump() for signature in office.signatures],
        "copies_to": wording.copies_to(report.period),
    }


def _compile(template: str, data: dict[str, Any], kind: Literal["pdf", "png"]) -> bytes:
    return typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=[str(TEMPLATES / "fonts")],
        ignore_system_fonts=True,
        format=kind,
        ppi=CHART_PPI,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
