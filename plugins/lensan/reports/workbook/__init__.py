"""The report's workbook: the official form first, then the sheets for readers who want more."""

from __future__ import annotations

from io import BytesIO

import xlsxwriter

from lensan.domain.report_forms import ReportForm, ReportSheet
from lensan.domain.report_model import Report
from lensan.reports import styles, wording
from lensan.reports.workbook import (
    compared_sheet,
    official_form,
    pace_sheet,
    progress_sheet,
    proof_sheet,
    table_sheet,
    unit_sheet,
)


def build(report: Report, form: ReportForm) -> bytes:
    """The .xlsx as bytes; the same report gives the same bytes, wherever and whenever it is made.

    Raises KeyError when the report lacks a figure of the form.
    """
    stream = BytesIO()
    workbook = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": styles.FONT, "font_size": 11},
        },
    )
    head = wording.office_of(report.period).letterhead
    workbook.set_properties(
        {
            "title": wording.subject(form, report),
            "author": head.office,
            "company": head.authority,
            "created": report.period.ends_at,
        }
    )
    style = styles.Styles(workbook)
    official_form.write(workbook.add_worksheet(form.sheet), style, report, form)
    for spec in form.sheets:
        if spec.layout == "units":
            unit_sheet.write(workbook.add_worksheet(spec.name), style, report, form, spec)
        elif not table_sheet.has_rows_for(report, spec):
            continue
        elif spec.layout == "progress":
            sheet = workbook.add_worksheet(spec.name)
            progress_sheet.write(workbook, sheet, style, report, form, spec)
        elif spec.layout == "pace":
            pace_sheet.write(workbook.add_worksheet(spec.name), style, report, form, spec)
        elif spec.layout == "compared":
            compared_sheet.write(workbook.add_worksheet(spec.name), style, report, form, spec)
        else:
            foot = proof_sheet.foot(report) if _is_of_files(spec) else ()
            sheet = workbook.add_worksheet(spec.name)
            table_sheet.write(workbook, sheet, style, report, form, spec, foot)
    if report.root is not None and proof_sheet.BELOW not in report.tables:
        proof_sheet.write(workbook.add_worksheet(proof_sheet.NAME), style, report)
    workbook.close()
    return stream.getvalue()


def _is_of_files(spec: ReportSheet) -> bool:
    return any(table.key == proof_sheet.BELOW for table in spec.tables)
